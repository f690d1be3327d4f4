/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - units that compete for deals: buy_get, nth_free, mix, bundle. Private to this module.
 *
 * Units are handled as runs of one price, never one by one: a line of a million pieces is two runs. The runs stand
 * in one order, dearest first (ties: the earlier line):
 *
 *     dearest  [ 20.00 x1 ][ 10.00 x2 ][ 8.00 x7 ][ 4.00 x1 ]  cheapest
 *
 * A deal moves units from `left` to `bought` (paid in full) or `got` (what the discount is of). Units that an
 * earlier deal of the lane took, and units at zero price, are not in it. */
#ifndef KASSA_OFFERS_KINDS_POOL_H
#define KASSA_OFFERS_KINDS_POOL_H

#include "offers/kinds/kinds.h"

struct unit_pool {
    struct engine *e;
    uint32_t run_count;
};

/* The free units of a line; roles are what they may serve as: bits of the caller's. */
void offers_pool_add(struct unit_pool *pool, uint32_t line, uint32_t roles);
/* ... of all of the lines, with one role. */
void offers_pool_add_all(struct unit_pool *pool, const struct line_set *lines);
void offers_pool_sort(struct unit_pool *pool);

/* place < run_count, in the order of the prices. */
static inline struct unit_run *pool_run(const struct unit_pool *pool, uint32_t place)
{
    return &pool->e->runs[pool->e->run_order[place]];
}

int64_t offers_pool_units(const struct unit_pool *pool);
/* Price of the cheapest unit; 0: there is none. */
int64_t offers_pool_cheapest(const struct unit_pool *pool);

/* What a unit that is got gets off; percent_bp is of what all got units of a line cost, rounded once. */
struct unit_terms {
    enum book_price_mode mode;
    uint32_t percent_bp;
    int64_t amount_minor; /* off each, or its price */
};

/* Proposes what the got units get: on themselves, or spread over all units of the deals by price. `sets` is how many
 * deals there are. */
void offers_pool_propose_each(const struct unit_pool *pool, const struct unit_terms *terms,
                              enum book_placement placement, int64_t sets);
/* Proposes a sum off all units of the deals together, spread by price. */
void offers_pool_propose_sum(const struct unit_pool *pool, int64_t off);
/* No deal came about: OFFERS_UNITS_USED, or what is missing for the first one into e->figures. */
enum offers_reason offers_pool_missing(const struct unit_pool *pool, const struct line_set *lines,
                                       int64_t needs, int64_t value_minor);

#endif
