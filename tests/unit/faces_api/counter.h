/* SPDX-License-Identifier: Apache-2.0 */
/* counter.h - a till with its API on a free port, and a client in the same thread: what is asked is sent, the
 * api runs until it has answered. Include it after cmocka.h. */
#ifndef KASSA_TESTS_COUNTER_H
#define KASSA_TESTS_COUNTER_H

#include "../till/desk.h"
#include "faces/api/api.h"

#define ANSWER_MAX (4 * 1024 * 1024)

struct counter {
    struct desk *desk;
    struct api *api;
    uint16_t port;
    char unix_path[128];
    bool is_peer_allowed;
    uint64_t taken; /* the newest step of a code with a time */
    bool is_disk_failing;
    struct api_card_refused refused; /* what the world says of the last card that named nobody */
    unsigned status;                 /* of the last answer */
    char head[8192];                 /* its head, */
    char body[ANSWER_MAX];           /* and its body */
};

int counter_setup(void **state);
/* Asks each but the POS on its socket for a token: its digits are 1 for the POS, 2 for the cashier, 3 for the kiosk. */
int counter_setup_guarded(void **state);
int counter_teardown(void **state);

/* Sends a whole request as it stands, and reads the whole answer. */
void counter_send(struct counter *counter, const char *request, size_t size);
/* The same with a frame around it; headers are lines with "\r\n", or "". body may be NULL. */
void counter_ask(struct counter *counter, const char *method, const char *path, const char *headers,
                 const char *body);
bool counter_says(const struct counter *counter, const char *part);

/* A connection that stays. */
int counter_connect(struct counter *counter);
int counter_connect_unix(struct counter *counter);
/* Runs the api until `text` has come on that connection, all of which is put into body. */
bool counter_wait_for(struct counter *counter, int fd, const char *text);

#endif
