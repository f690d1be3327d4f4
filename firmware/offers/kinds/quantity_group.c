/* SPDX-License-Identifier: Apache-2.0 */
/* quantity_group: the units of the target are counted in complete groups of group_units, those of the line with most
 * units first, then in the order of the basket; each unit of a complete group is percent_bp or amount_minor off, the
 * units beyond the last complete group are not. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/pool.h"
#include "offers/sort.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_units(give->group_units, "give.group_units");
    if (fault.field != NULL)
        return fault;
    if ((give->percent_bp > 0) == (give->amount_minor != 0))
        return (struct offers_fault){"give", "wants either a percentage or an amount"};
    return give->percent_bp > 0 ? offers_need_percent(give) : offers_need_amount(give);
}

static int64_t free_units(const struct line_state *line)
{
    return line->units - line->units_used;
}

static int compare_lines(const void *context, uint32_t a, uint32_t b)
{
    const struct line_state *lines = context;
    int64_t units_a = free_units(&lines[a]), units_b = free_units(&lines[b]);
    if (units_a != units_b)
        return units_a > units_b ? -1 : 1;
    return (a > b) - (a < b);
}

/* The lines that have units for groups, in the order in which they are counted, into e->run_order; *out_units of
 * them all. */
static uint32_t order_lines(struct engine *e, const struct line_set *matched, int64_t *out_units)
{
    uint32_t count = 0;
    *out_units = 0;
    FOR_EACH_LINE(e, matched, line)
    {
        const struct line_state *state = &e->lines[line];
        if (free_units(state) <= 0 || state->running - state->used_minor <= 0)
            continue;
        e->run_order[count++] = line;
        *out_units += free_units(state);
    }
    offers_sort(e->run_order, count, compare_lines, e->lines);
    return count;
}

static void propose_units(struct engine *e, uint32_t line, int64_t count, const struct book_give *give)
{
    const struct line_state *state = &e->lines[line];
    int64_t price = offers_price_of_units(state->running - state->used_minor, free_units(state), count);
    int64_t wanted = multiply_saturating(give->amount_minor, count);
    if (give->percent_bp > 0)
        wanted = offers_percent(price, give->percent_bp);
    uint32_t before = e->proposal.count;
    offers_propose_line(e, line, wanted < price ? wanted : price);
    if (e->proposal.count == before)
        return;
    e->proposal.rows[before].units = count;
    e->proposal.rows[before].units_minor = price;
}

static enum offers_reason missing(struct engine *e, const struct line_set *matched, int64_t needs)
{
    struct unit_pool pool = {.e = e};
    offers_pool_add_all(&pool, matched);
    offers_pool_sort(&pool);
    return offers_pool_missing(&pool, matched, needs, /* value_minor= */ 0);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    int64_t units, groups;
    uint32_t count = order_lines(e, matched, &units);
    offers_begin_proposal(e, give->percent_bp);
    groups = units / give->group_units;
    if (groups == 0)
        return missing(e, matched, give->group_units);
    if (give->repeats_max > 0 && groups > give->repeats_max)
        groups = give->repeats_max;
    int64_t left = groups * give->group_units;
    for (uint32_t i = 0; i < count && left > 0; i++) {
        uint32_t line = e->run_order[i];
        int64_t taken = free_units(&e->lines[line]) < left ? free_units(&e->lines[line]) : left;
        propose_units(e, line, taken, give);
        left -= taken;
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_quantity_group = {
    .kind = BOOK_QUANTITY_GROUP,
    .name = "quantity_group",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .check = check,
    .propose = propose,
    .deal = offers_deal_of_quantity_group,
};
