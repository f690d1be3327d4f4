/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wide.h"

/* By halves of 32 bits, as on paper. */
struct wide wide_multiply(uint64_t a, uint64_t b)
{
    uint64_t a_low = (uint32_t)a, a_high = a >> 32;
    uint64_t b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32); /* at most 2^64 - 2^32: no overflow */
    uint64_t middle_more = a_low * b_high + (uint32_t)middle;
    return (struct wide){.high = a_high * b_high + (middle >> 32) + (middle_more >> 32),
                         .low = middle_more << 32 | (uint32_t)low};
}

int wide_compare(struct wide a, struct wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

/* A bit at a time: the remainder stays below the divisor, so that doubled it still fits 64 bits. */
enum err wide_divide(struct wide number, uint64_t divisor, uint64_t *out_quotient, uint64_t *out_rest)
{
    KASSA_ASSERT(divisor > 0 && divisor <= UINT64_C(1) << 63);
    if (number.high >= divisor)
        return ERR_RANGE;
    uint64_t rest = number.high, quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
        rest = rest << 1 | (number.low >> bit & 1);
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *out_quotient = quotient;
    *out_rest = rest;
    return ERR_OK;
}
