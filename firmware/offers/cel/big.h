/* SPDX-License-Identifier: Apache-2.0 */
/* big.h - whole numbers of up to 4,128 bits, as far as exact decimals need them. Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_BIG_H
#define KASSA_OFFERS_CEL_BIG_H

#include "base/base.h"

/* 10^1145 (the least double's last digit) has 3,804 bits, and a quotient's 64 more. */
#define CEL_BIG_WORDS 129

struct cel_big {
    uint32_t count;                /* words in use; the last one is not 0 */
    uint32_t words[CEL_BIG_WORDS]; /* least first */
};

void cel_big_set(struct cel_big *number, uint64_t value);
void cel_big_multiply_add(struct cel_big *number, uint32_t factor, uint32_t summand);
void cel_big_multiply_power(struct cel_big *number, uint32_t base, uint32_t exponent);
void cel_big_shift_left(struct cel_big *number, uint32_t bits);
/* number /= divisor; the remainder. */
uint32_t cel_big_divide_small(struct cel_big *number, uint32_t divisor);
void cel_big_subtract(struct cel_big *number, const struct cel_big *other); /* other <= number */
int cel_big_compare(const struct cel_big *a, const struct cel_big *b);
uint32_t cel_big_bit_count(const struct cel_big *number);

#endif
