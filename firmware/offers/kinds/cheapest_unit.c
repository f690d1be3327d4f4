/* SPDX-License-Identifier: Apache-2.0 */
/* cheapest_unit: a percentage off one unit of the line whose units cost least (ties: the earlier line). */
#include "offers/kinds/amounts.h"
#include "offers/kinds/pool.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    return offers_need_percent(give);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    struct unit_pool pool = {.e = e};
    offers_pool_add_all(&pool, matched);
    offers_pool_sort(&pool);
    if (pool.run_count == 0) {
        offers_begin_proposal(e, /* percent_bp= */ 0);
        return offers_pool_missing(&pool, matched, /* needs= */ 1, /* value_minor= */ 0) == OFFERS_UNITS_USED
                   ? OFFERS_UNITS_USED
                   : offers_end_proposal(e, matched);
    }
    uint32_t place = pool.run_count - 1;
    while (place > 0 && pool_run(&pool, place - 1)->price == pool_run(&pool, place)->price)
        place--;
    struct unit_run *run = pool_run(&pool, place);
    run->left--;
    run->got++;
    struct unit_terms terms = {.mode = BOOK_PRICE_PERCENT, .percent_bp = offer->give.percent_bp};
    offers_pool_propose_each(&pool, &terms, BOOK_ON_GET, /* sets= */ 0);
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_cheapest_unit = {
    .kind = BOOK_CHEAPEST_UNIT,
    .name = "cheapest_unit",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .check = check,
    .propose = propose,
};
