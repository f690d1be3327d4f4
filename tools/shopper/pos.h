/* SPDX-License-Identifier: Apache-2.0 */
/* pos.h - one POS: serves visits at one till, one after the other, through the till's local API and its
 * simulated reader. One thread a POS. A till that does not answer is asked again with the same idempotency
 * key until it does. */
#ifndef KASSA_SHOPPER_POS_H
#define KASSA_SHOPPER_POS_H

#include "shopper/api_client.h"
#include "shopper/seeded.h"
#include "shopper/sim_client.h"
#include "shopper/summary.h"
#include "shopper/wallet.h"

#define RECENT_MAX 16

/* A receipt that somebody may bring back. */
struct recent {
    json_t *receipt; /* its id, as the API gave it */
    uint32_t line;
    int64_t quantity_milli;
    bool is_weighed;
};

struct pos {
    const char *name;
    struct api_client *api;
    struct sim_client sim;     /* the reader */
    struct sim_client scanner; /* fd -1: a cashier hands numbers on */
    struct wallet *wallet;     /* of all POSes */
    const struct shopper *last_tapped;
    struct seeded seeded;
    struct summary summary;
    struct recent recent[RECENT_MAX];
    size_t recent_count;
    char member[40];         /* id of the member whom the tap of this visit brought; empty: none */
    bool is_still_here;      /* the till has him still, though the sale has to be tried again */
    unsigned return_percent; /* visits after which somebody brings something back */
    unsigned patience_ms;    /* how long a silent till is asked again */
};

struct pos_settings {
    const char *name;
    const char *url;
    const char *sim_path;     /* NULL: no reader; cards are scanned as numbers */
    const char *scanner_path; /* NULL: no scanner at the till; codes are handed on as numbers */
    struct wallet *wallet;
    uint64_t seed;
    unsigned return_percent;
    unsigned patience_ms;
};

NODISCARD
enum err pos_open(const struct pos_settings *settings, struct pos *out);
void pos_close(struct pos *pos);

/* Serves one visit. ERR_CLOSED: the till stayed silent for patience_ms; nothing is known of the visit then. A
 * visit that the till refuses is counted in the summary and reported on standard error. */
NODISCARD
enum err pos_serve(struct pos *pos, const struct visit *visit);

#endif
