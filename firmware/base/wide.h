/* SPDX-License-Identifier: Apache-2.0 */
/* wide.h - whole numbers of 128 bits, as far as products of two of 64 bits need them: multiply, compare, divide. In
 * plain C, because __int128 is there on 64-bit processors only and the tills are 32-bit, too. Pure. */
#ifndef KASSA_WIDE_H
#define KASSA_WIDE_H

#include "base/base.h"

struct wide {
    uint64_t high, low; /* high x 2^64 + low */
};

struct wide wide_multiply(uint64_t a, uint64_t b);

/* Less than 0, 0 or more than 0: a is less than, equal to or more than b. */
int wide_compare(struct wide a, struct wide b);

/* number / divisor, with the remainder; 0 < divisor <= 2^63. ERR_RANGE: the quotient takes more than 64 bits. */
NODISCARD
enum err wide_divide(struct wide number, uint64_t divisor, uint64_t *out_quotient, uint64_t *out_rest);

#endif
