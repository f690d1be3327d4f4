/* SPDX-License-Identifier: Apache-2.0 */
/* event.h - an account folded from records, in one order that stands in the records themselves.
 *
 * Order      business day, time of the receipt, store, till, receipt number, incarnation, seq. It is the
 *            identity of an event too: a record has one place, and two records never share one.
 * Repeated   an event that is folded already, or whose place lies before one that is, is refused; who gets
 *            such a one folds anew from the first (ledger_replay, or a walk over sorted events). So that the
 *            same set of records gives the same account, in whatever order and how often they came.
 * Pure       no clock, no heap, no I/O. */
#ifndef KASSA_LEDGER_EVENT_H
#define KASSA_LEDGER_EVENT_H

#include "ledger/account.h"

/* < 0, 0, > 0 as a lies before, at or after b. */
int ledger_order_compare(const struct ledger_order *a, const struct ledger_order *b);

struct ledger_earn_row { /* > 0: opens a lot; < 0: takes back from the original's */
    int64_t points;
    int32_t available_day;
    int32_t expires_day;
    uint64_t original;     /* of a negative row: the receipt that earned */
    uint32_t original_row; /* 0: any of that receipt's */
};

struct ledger_burn_row { /* > 0: spends; < 0: gives back what the original spent */
    int64_t points;
    uint64_t original;
};

struct ledger_stamp_row {
    char card[STAMP_CARD_MAX + 1];
    uint32_t card_size;
    int64_t count;
    bool no_rollover;
};

enum ledger_event_kind {
    LEDGER_RECEIPT = 0, /* a purchase, a return or an exchange */
    LEDGER_VOID,        /* undoes what the voided receipt did to points, and then applies its own rows */
    LEDGER_ADJUSTMENT /* the earn rows are points by hand: negative ones are taken from the balance, unlimited */
};

struct ledger_event {
    enum ledger_event_kind kind;
    struct ledger_order order;
    uint64_t receipt; /* its own */
    uint64_t voided;  /* of a void: the receipt that is undone */
    int64_t
        voided_points; /* of a void: what that has earned and not given back; negative (a return): 0 counts */
    const struct ledger_earn_row *earns; /* row n of the receipt is earns[n - 1] */
    uint32_t earn_count;
    const struct ledger_burn_row *burns;
    uint32_t burn_count;
    const struct ledger_stamp_row *stamps;
    uint32_t stamp_count;
    int64_t spent_minor;
    int32_t visits;
    enum ledger_return_policy policy;
    uint32_t reinstate_days;
};
#define LEDGER_ROWS_MAX 64 /* of each list */

bool ledger_event_is_equal(const struct ledger_event *a, const struct ledger_event *b);

/* Folds the next event. Within one: what goes back to the member, what is taken back, what he spends, what he
 * earns; so that a receipt never pays itself. ERR_STATE: its place is that of the last one or before.
 * ERR_RANGE, ERR_ARGUMENT: of its numbers. The account is untouched unless it is ERR_OK. */
NODISCARD
enum err ledger_fold(struct ledger_account *account, const struct ledger_event *event);

/* Folds all of them into an empty account: events[] is sorted in place, equal ones count once. ERR_CONFLICT: two
 * of the same place that are not equal. Others as ledger_fold; *out is untouched unless it is ERR_OK. */
NODISCARD
enum err ledger_replay(const struct ledger_event **events, size_t count, struct ledger_account *out);

#endif
