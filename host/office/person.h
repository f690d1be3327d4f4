/* SPDX-License-Identifier: Apache-2.0 */
/* person.h - what a member told of himself, as head office's desk reads and writes it: sealed under his own key
 * everywhere but here, and here only with the chain's pepper, which opens the key. Threads: one, that of the store. */
#ifndef KASSA_OFFICE_PERSON_H
#define KASSA_OFFICE_PERSON_H

#include "crm/crm.h"
#include "vault/pepper.h"

struct person {
    char first_name[NAME_MAX_BYTES + 1]; /* empty: not told */
    uint32_t birth_month_day;            /* month * 100 + day; 0: not told */
};
void person_wipe(struct person *person); /* for CLEANUP */

/* Reads what is sealed. A member without a key has told nothing. ERR_NOT_FOUND: his key is wrapped under a pepper that
 * is not among these. ERR_SIGNATURE: another chain's pepper. */
NODISCARD
enum err person_open(const struct vault_peppers *peppers, const struct store_txn *txn,
                     const kassa_Member *member, struct person *out);

/* Whether that is about this one alone: a key wrapped under a pepper that is not here, or that is none, or an envelope that
 * it does not open. Others can be read all the same. */
bool person_is_unreadable(enum err error);

/* Seals it into member->personal, whose id stands, under the key that he has, or a new one, which is kept. */
NODISCARD
enum err person_seal(const struct vault_peppers *peppers, const struct store_txn *txn, struct random random,
                     const struct person *person, kassa_Member *member);

/* "0229" <-> 229; anything else is 0. */
uint32_t person_month_day(const char *text);

#endif
