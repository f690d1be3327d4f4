/* SPDX-License-Identifier: Apache-2.0 */
/* sim_client.h - lays cards before a till's simulated reader (tools/pn532-sim/README.md), and holds codes before its
 * simulated scanner (tools/shop/scanner.py), which takes lines in the same way. One thread a client. */
#ifndef KASSA_SHOPPER_SIM_CLIENT_H
#define KASSA_SHOPPER_SIM_CLIENT_H

#include "base/base.h"

struct sim_client {
    int fd; /* -1: not connected */
    const char *path;
};

/* When the reader took note of a card (CLOCK_MONOTONIC, one clock for all processes), and the simulator's own
 * time. */
struct sim_tap {
    int64_t presented_mono_us;
    int64_t selected_mono_us;
    int64_t sim_us;
};

NODISCARD
enum err sim_client_open(const char *path, struct sim_client *out);
void sim_client_close(struct sim_client *client);

/* Takes away what lies there and lays that card down. ERR_CLOSED, ERR_SYNTAX: the simulator refused. */
NODISCARD
enum err sim_client_present(struct sim_client *client, const char *card);
NODISCARD
enum err sim_client_remove(struct sim_client *client);

/* Waits until the reader has asked that many times more for cards. ERR_TIMEOUT. */
NODISCARD
enum err sim_client_await_polls(struct sim_client *client, unsigned count, unsigned timeout_ms);

/* What the reader has done about the card so far. ERR_TIMEOUT: it has not seen it within the time. */
NODISCARD
enum err sim_client_seen(struct sim_client *client, unsigned timeout_ms, struct sim_tap *out);

/* The scanner reads that code. */
NODISCARD
enum err sim_client_scan(struct sim_client *client, const char *code);

#endif
