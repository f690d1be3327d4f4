/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - the parts of an account that its files share. Inside ledger/ only. */
#ifndef KASSA_LEDGER_INTERNAL_H
#define KASSA_LEDGER_INTERNAL_H

#include "ledger/account.h"
#include "ledger/dates.h"

/* Whether no sum can overflow by what one row moves; as_event: by what a whole event does. */
bool ledger_has_room(const struct ledger_account *account, bool as_event);

/* Lets lots expire; answers the day that counts: `day`, or today if that is later. */
int32_t ledger_turn_to(struct ledger_account *account, int32_t day);

/* The member's side of a movement; the programme's is its opposite. */
void ledger_move(struct ledger_account *account, enum ledger_reason reason, int64_t points);

/* Puts a lot at the end and pays what is owed out of it; one that has expired by `day` is gone at once. Moves
 * its points under `reason`. */
void ledger_open_lot(struct ledger_account *account, const struct ledger_lot *lot, int32_t day,
                     enum ledger_reason reason);

/* Pays what is owed out of a lot. */
void ledger_pay_owed(struct ledger_account *account, struct ledger_lot *lot);

/* What takes from lots on whose behalf. */
struct ledger_taker {
    uint64_t receipt;
    enum ledger_take_kind kind;
};

/* Takes up to `points` from a lot and remembers it; returns how many. Moves nothing. */
int64_t ledger_take_from(struct ledger_account *account, struct ledger_lot *lot, struct ledger_taker taker,
                         int64_t points);

/* Takes what had expired of a lot, up to `points`, and remembers it; returns how many. Moves nothing. */
int64_t ledger_take_expired(struct ledger_account *account, struct ledger_lot *lot, uint64_t receipt,
                            int64_t points);

/* The same from all lots in the order of spending: those available on `day`, or those pending. */
int64_t ledger_take_any(struct ledger_account *account, struct ledger_taker taker, int32_t day,
                        bool is_pending, int64_t points);

/* Writes down what there was not enough for. Moves nothing. */
void ledger_owe(struct ledger_account *account, uint64_t receipt, enum ledger_reason reason, int32_t day,
                int64_t points);

#endif
