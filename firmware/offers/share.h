/* SPDX-License-Identifier: Apache-2.0 */
/* share.h - how a sum falls on lines, and a line's amount on its units. Shares sum to the amount exactly, have
 * its sign or are zero, and a negative amount has exactly the negative shares: a return mirrors its sale. Pure. */
#ifndef KASSA_OFFERS_SHARE_H
#define KASSA_OFFERS_SHARE_H

#include "base/base.h"
#include "kassa/limits.h"
#include "offers/book.h"

#define SHARE_COUNT_MAX (2 * LINES_MAX) /* a line has units of two prices at most */

/* Shares amount over weights (each >= 0) by the book's method:
 *   largest remainder    floor of each share, then one to each of the largest fractions, ties to the earlier
 *   floor in order       floor, then one to each from the first on
 *   half-down in order   each to the nearest, a half down, then one more (or less) from the first on
 *   half-even, last      each to the nearest, a half to the even, but never more than is left; the last takes the rest
 *   equal if zero        largest remainder
 * What weighs nothing gets nothing, unless all weigh nothing: then the shares are equal, the first ones one more.
 * ERR_ARGUMENT: no weights, more than SHARE_COUNT_MAX, a negative one, or no such method; ERR_RANGE: their sum
 * overflows. out_shares is untouched on failure; it must not overlap the weights. */
NODISCARD
enum err offers_share(enum book_sharing method, int64_t amount, const int64_t *weights, uint32_t count,
                      int64_t *out_shares);

/* An amount over its units: floor of each, the first ones one more. ERR_ARGUMENT: no units. */
NODISCARD
enum err offers_unit_split(int64_t amount, uint32_t units, int64_t *out_shares);

/* What the first `units` of `count` units have of an amount >= 0 (the sum of the first parts of the split). */
static inline int64_t offers_first_units(int64_t amount, int64_t count, int64_t units)
{
    int64_t remainder = amount % count;
    return amount / count * units + (units < remainder ? units : remainder);
}

#endif
