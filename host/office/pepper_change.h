/* SPDX-License-Identifier: Apache-2.0 */
/* pepper_change.h - the chain's pepper is changed: the file gets a new version, tills learn it, cards get new tokens as
 * they are shown, and one day the old version goes. Threads: one, that of the store. */
#ifndef KASSA_OFFICE_PEPPER_CHANGE_H
#define KASSA_OFFICE_PEPPER_CHANGE_H

#include "crm/crm.h"
#include "vault/pepper.h"

/* What stands under a version. */
struct pepper_use {
    uint64_t card_count;     /* tokens of members' cards */
    uint64_t stranded_count; /* ... of cards that have no newer token yet */
    uint64_t key_count;      /* members' keys that are wrapped by it */
    uint64_t gift_count;     /* gift cards with value */
};
NODISCARD
enum err pepper_change_count(const struct store_txn *txn, uint8_t version, struct pepper_use *out);

/* One transaction's work of retiring a version: wraps keys under the newest pepper and drops tokens under `version`, of the
 * members from `from` on (all zero: the first). *out_done: there is no more; otherwise `from` is where to go on. */
NODISCARD
enum err pepper_change_retire(const struct store_txn *txn, const struct vault_peppers *peppers,
                              uint8_t version, struct random random, uint8_t from[MEMBER_SIZE],
                              bool *out_done);

#endif
