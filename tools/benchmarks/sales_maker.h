/* SPDX-License-Identifier: Apache-2.0 */
/* sales_maker.h - sales as a busy till records them, without the till: twelve lines, two discounts, a member
 * with points. The same seed makes the same sales. */
#ifndef KASSA_SALES_MAKER_H
#define KASSA_SALES_MAKER_H

#include "base/base.h"

struct sales_maker {
    const char *till;
    const char *store;
    uint64_t state; /* of its random numbers: the seed */
};

/* Encodes the sale with that record and receipt number. Returns its size; 0: capacity is too small. */
size_t sales_maker_write(struct sales_maker *maker, uint64_t seq, uint64_t receipt, int64_t unix_ms,
                         uint8_t *out, size_t capacity);

#endif
