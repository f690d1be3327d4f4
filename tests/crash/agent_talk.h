/* SPDX-License-Identifier: Apache-2.0 */
/* agent_talk.h - a real kassa-agent over a data folder: started, asked through its socket, stopped. */
#ifndef KASSA_TESTS_CRASH_AGENT_TALK_H
#define KASSA_TESTS_CRASH_AGENT_TALK_H

#include <sys/types.h>

#include "base/base.h"

#define ANSWER_MAX 8192

struct agent_process {
    pid_t pid;        /* 0: none */
    int signal;       /* that ended it while it started; 0: none */
    char beside[512]; /* the folder of its settings, socket and log, beside its data */
};

struct answer {
    int status; /* 0: no answer */
    char body[ANSWER_MAX];
};

struct agent_variable {
    const char *name;
    const char *value; /* of LD_PRELOAD: a library that stands beside this program */
};

/* Starts it over `data` with these variables in its environment. False: it ended, or is not ready after ten
 * seconds. */
bool agent_start(const char *data, const struct agent_variable *variables, size_t variable_count,
                 struct agent_process *out);

/* One request; its answer's body is text. */
void agent_ask(const struct agent_process *agent, const char *method, const char *path, const char *key,
               const char *body, struct answer *out);

/* SIGTERM; answers the signal that ended it: 0 if none did, or the SIGTERM itself, which finds an agent that is on its
 * way out already without a handler. */
int agent_stop(struct agent_process *agent);

#endif
