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
    uint64_t retried; /* calls sent again because no answer came */
    uint64_t refused; /* visits that a till refused: always a fault */
    int64_t sales_minor;
    int64_t returns_minor;
    int64_t member_minor; /* of both, with a member */
    int64_t discount_minor;
    int64_t points; /* earned, less taken back */
    struct samples
        tap_to_offer; /* from the reader's selecting the card to the event, without the simulator's time */
    struct samples card_to_offer; /* from laying down the card, with the wait for the reader's next poll */
    struct samples commit;        /* of the commit call */
};

void summary_add_sample(struct samples *samples, int64_t us);

/* Adds other's figures to sum, and takes over nothing. */
void summary_merge(struct summary *sum, const struct summary *other);

/* The caller owns the result. */
json_t *summary_to_json(struct summary *summary, double seconds);
void summary_print(json_t *summary);
void summary_done(struct summary *summary);

#endif
