/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h - a pn532-sim of the test's own, told what to do over its control socket. For tests. */
#ifndef KASSA_TESTS_MINDER_SIM_H
#define KASSA_TESTS_MINDER_SIM_H

#include <sys/types.h>

struct sim {
    pid_t pid;
    int control;
    char folder[64];
    char device[128]; /* libnfc's connection string */
};

void sim_start(struct sim *sim);
void sim_stop(struct sim *sim);

/* Sends one line; fails the test unless the answer begins with "ok". */
void sim_tell(struct sim *sim, const char *line);

/* The same, and the answer up to its line end; *out has SIM_ANSWER_SIZE bytes. */
#define SIM_ANSWER_SIZE 2048
void sim_ask(struct sim *sim, const char *line, char *out);

#endif
