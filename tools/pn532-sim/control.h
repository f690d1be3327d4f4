/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - the control socket: clients send lines, each line gets one line back, in order. A client whose
 * order waits gets nothing else until it has its answer. A client that does not read its answers is cut off.
 */
#ifndef KASSA_PN532_CONTROL_H
#define KASSA_PN532_CONTROL_H

#include <poll.h>

#include "pn532-sim/sim.h"
#include "pn532-sim/words.h"

#define PN532_CLIENT_COUNT_MAX 16u

struct pn532_client {
    int fd; /* -1: free */
    size_t size;
    bool is_ended; /* it will send no more */
    struct pn532_wait wait;
    uint8_t line[PN532_LINE_SIZE_MAX + 1];
};

struct pn532_control {
    const char *path;
    int listen_fd;
    struct pn532_client clients[PN532_CLIENT_COUNT_MAX];
};

/* Called for each line; fills the answer, or the wait. */
struct pn532_orders {
    void *context;
    void (*obey)(void *context, struct span line, struct pn532_text *out_answer, struct pn532_wait *out_wait);
    void (*check)(void *context, struct pn532_wait *wait, struct pn532_text *out_answer);
};

/* Listens at path. A socket left there by a run that died is replaced; ERR_BUSY: one answers
 * there. ERR_IO. */
NODISCARD
enum err pn532_control_open(struct pn532_control *control, const char *path);
void pn532_control_close(struct pn532_control *control);

/* Fills what is to be polled: the listener, then all clients (fd -1 for free ones). */
#define PN532_CONTROL_FD_COUNT (1 + PN532_CLIENT_COUNT_MAX)
void pn532_control_poll(const struct pn532_control *control, struct pollfd *out_fds);
/* Serves what is ready, then looks at all waits. */
void pn532_control_serve(struct pn532_control *control, const struct pollfd *fds,
                         const struct pn532_orders *orders);
/* The earliest end of a wait, PN532_NEVER if nobody waits. */
uint64_t pn532_control_wake_mono_us(const struct pn532_control *control);

#endif
