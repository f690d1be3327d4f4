/* SPDX-License-Identifier: Apache-2.0 */
/* summary.h - what one POS, or all of them, did and measured. */
#ifndef KASSA_SHOPPER_SUMMARY_H
#define KASSA_SHOPPER_SUMMARY_H

#include <jansson.h>

#include "base/base.h"

struct samples {
    int64_t *us;
    size_t count;
    size_t capacity;
};

/* Cards of one kind, by the technology and trust that the till told. */
struct summary_card {
    char technology[16];
    char trust[16];
    uint64_t shown;
    uint64_t known;             /* that named a member */
    struct samples known_after; /* without the simulator's own time */
};

#define SUMMARY_CARDS_MAX 64

struct summary {
    uint64_t visits;
    uint64_t taps;      /* cards that a reader reported */
    uint64_t scans;     /* cards read as a number */
    uint64_t purchases; /* receipts that the till answered for */
    uint64_t returns;
    uint64_t lines;
    uint64_t enrolled;
    uint64_t offers_shown; /* in the greeting of a member */
    uint64_t offers_given; /* on a paid receipt */
    uint64_t offers_answered;
    uint64_t retried;  /* calls sent again because no answer came */
    uint64_t refused;  /* visits that a till refused: always a fault */
    uint64_t unread;   /* cards and codes of which the till said nothing */
    uint64_t replayed; /* that it refused, as they had been shown before */
    uint64_t mistaken; /* that it took for another technology than theirs */
    int64_t sales_minor;
    int64_t returns_minor;
    int64_t member_minor; /* of both, with a member */
    int64_t discount_minor;
    int64_t points; /* earned, less taken back */
    struct samples
        tap_to_offer; /* from the reader's selecting the card to the event, without the simulator's time */
    struct samples card_to_offer; /* from laying down the card, with the wait for the reader's next poll */
    struct samples commit;        /* of the commit call */
    struct summary_card cards[SUMMARY_CARDS_MAX];
    size_t card_count;
};

void summary_add_sample(struct samples *samples, int64_t us);

/* The row of that technology and trust, a new one if there is none; NULL: no room. */
struct summary_card *summary_find_card(struct summary *summary, const char *technology, const char *trust);

/* Adds other's figures to sum, and takes over nothing. */
void summary_merge(struct summary *sum, const struct summary *other);

/* The caller owns the result. */
json_t *summary_to_json(struct summary *summary, double seconds);
void summary_print(json_t *summary);
void summary_done(struct summary *summary);

#endif
