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

/* A card whose code is at hand, a member's or a gift card's: what stands under its tokens of older peppers is found by that of
 * the newest from now on, as when it is shown at a till. *out_is_known: somebody's, or it has an account. day: today. */
NODISCARD
enum err pepper_change_renew(const struct store_txn *txn, const struct vault_peppers *peppers,
                             const char *card_text, int32_t day, bool *out_is_known);

struct pepper_retiring {
    uint8_t version;
    uint8_t from[MEMBER_SIZE]; /* who is next; all zero: the first */
    bool is_done;
    uint64_t wrapped_count; /* keys that are under the newest pepper now */
    uint64_t
        unreadable_count; /* keys that the version does not open: damaged, or another chain's. They stay as they are */
};
/* One transaction's work of retiring a version: wraps keys under the newest pepper and drops tokens under the version. Until
 * it is done, call it again. */
NODISCARD
enum err pepper_change_retire(const struct store_txn *txn, const struct vault_peppers *peppers,
                              struct random random, struct pepper_retiring *retiring);

#endif
