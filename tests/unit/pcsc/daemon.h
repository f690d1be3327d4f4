/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.h - a pcscd of the test's own: its socket, its settings and the port of its virtual reader in a folder that goes
 * with it. For tests. */
#ifndef KASSA_TESTS_PCSC_DAEMON_H
#define KASSA_TESTS_PCSC_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DAEMON_READER "Virtual PCD 00 00"

struct daemon {
    pid_t pid; /* 0: stopped */
    uint16_t port;
    char folder[64];
    char socket_path[96];
    char device[128]; /* kassa-reader's device string */
};

/* False: there is no pcscd here, no virtual reader for it, or no right to start it. */
bool daemon_is_possible(void);

void daemon_open(struct daemon *daemon);
void daemon_close(struct daemon *daemon);

/* In between: as a package's update does. Starting waits until its readers are there. */
void daemon_stop(struct daemon *daemon);
void daemon_start(struct daemon *daemon);

#endif
