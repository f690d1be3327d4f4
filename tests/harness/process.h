/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - real programs that a test starts and kills: a broker on a port of its own, a hub. */
#ifndef KASSA_HARNESS_PROCESS_H
#define KASSA_HARNESS_PROCESS_H

#include <sys/types.h>

#include "harness/folder.h"

struct process {
    pid_t pid; /* 0: none */
};

/* A TCP port of 127.0.0.1 that nobody listens on now. It stays bound, by a socket that never listens, until the test program
 * ends: nobody else is given it, and a program that sets SO_REUSEADDR, as mosquitto does, listens there all the same. */
uint16_t process_free_port(void);

/* Starts argv[0] (a path) with its standard error in `log`. Any failure ends the test program. It dies with
 * the test program. */
struct process process_start(const char *const *argv, const char *log);

/* Sends the signal and waits for the end; answers the exit status, -1 if a signal ended it. */
int process_end(struct process *process, int signal);

/* Debian's mosquitto on 127.0.0.1:port, without persistence, files in `folder`; returns once it listens. More
 * settings may follow those of its one listener. */
struct process process_start_broker_with(const struct folder *folder, uint16_t port, const char *settings);
/* The same, open to anybody. */
struct process process_start_broker(const struct folder *folder, uint16_t port);

#endif
