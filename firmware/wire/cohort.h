/* SPDX-License-Identifier: Apache-2.0 */
/* cohort.h - which tills take a book that is being rolled out (SPEC.md "Rollout"): each till has a place in
 * each book's queue, by a hash, so that hub and till agree without a list, a larger share holds the smaller
 * one, and another book begins with other tills. Pure. */
#ifndef KASSA_WIRE_COHORT_H
#define KASSA_WIRE_COHORT_H

#include "base/base.h"
#include "kassa/limits.h"

#define COHORT_ALL 10000 /* shares are in ten-thousandths of the tills */

/* The till's place in the queue of the book with this hash: 0 to COHORT_ALL - 1. */
uint32_t wire_cohort_place(const uint8_t book_hash[HASH_SIZE], const char *till);

/* Whether the till is among the first share_bp ten-thousandths. */
bool wire_cohort_has(const uint8_t book_hash[HASH_SIZE], const char *till, uint32_t share_bp);

#endif
