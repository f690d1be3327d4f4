/* SPDX-License-Identifier: Apache-2.0 */
/* amounts.h - sums that several kinds work with. Private to this module. */
#ifndef KASSA_OFFERS_KINDS_AMOUNTS_H
#define KASSA_OFFERS_KINDS_AMOUNTS_H

#include "offers/kinds/kinds.h"

/* A share of at most 100 % of an amount, rounded half-up. */
int64_t offers_percent(int64_t amount, uint32_t percent_bp);
/* The price of `count` of the units over which an amount is split, dearest first; count <= units. */
int64_t offers_price_of_units(int64_t amount, int64_t units, int64_t count);
/* Units of the lines; a measured line is one. */
int64_t offers_units_of(const struct engine *e, const struct line_set *lines);
/* How many of a line's units a bound leaves; 0: no bound. */
int64_t offers_bounded_units(const struct line_state *line, uint32_t max_units);

/* What is wrong with an amount, a share or a number of units that the kind needs. */
struct offers_fault offers_need_percent(const struct book_give *give);
struct offers_fault offers_need_amount(const struct book_give *give);
struct offers_fault offers_need_units(uint32_t units, const char *field);

/* Points for `each` counted by earn_by: the receipt, each buy_units, each full per_minor of the lines' net amount.
 * false: it overflows. */
bool offers_count_by(const struct engine *e, const struct book_give *give, const struct line_set *lines,
                     int64_t each, int64_t *out_count);
struct offers_fault offers_need_count(const struct book_give *give);

#endif
