/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - points of a purchase and of its returns: what a till needs of the ledger.
 *
 * account.h  a member's lots, takes and debts            event.h   the fold of records into an account
 * dates.h    when points expire and limits begin anew    tier.h    tiers by spend
 * stored.h   gift value, coupons, limits                 SPEC.md   what each record posts, and why
 *
 * Pure       no clock, no heap, no I/O. */
#ifndef KASSA_LEDGER_H
#define KASSA_LEDGER_H

#include "base/base.h"

/* The share of `total` that goes back when `now` of `whole` comes back after `before`: the difference of the
 * cumulated shares, each rounded half-up, so that all parts in any order sum to total exactly. Used for
 * points over the net amounts (or the quantities) that come back. whole > 0, before >= 0, now >= 0, before +
 * now <= whole, else ERR_RANGE. */
NODISCARD
enum err ledger_share(int64_t total, int64_t whole, int64_t before, int64_t now, int64_t *out_share);

/* What a purchase has earned and given back so far: a fold of it and of its returns. */
struct ledger_purchase {
    int64_t points;         /* earned */
    int64_t base_minor;     /* the net amount of its lines that earn; 0: then nothing is taken back */
    int64_t returned_minor; /* of that, what has come back */
    int64_t taken_back;     /* points */
};

/* The points to take back for a return of returned_minor of the purchase's earning lines; the row is brought
 * up to date. More than is left counts as all that is left. ERR_RANGE: a negative amount; the row is
 * untouched. */
NODISCARD
enum err ledger_take_back(struct ledger_purchase *purchase, int64_t returned_minor, int64_t *out_points);

/* The points to undo when the purchase is voided: what it earned less what returns took back. The row is
 * closed. */
int64_t ledger_void(struct ledger_purchase *purchase);

#endif
