/* SPDX-License-Identifier: Apache-2.0 */
/* amount_off: a sum off each unit (of a measured line: off each whole measure, a kilogram) of at most max_units of a
 * line; off each line, at most the price of cap_units of it; once off the whole target, or once for each full
 * per_minor of what it costs. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    if (give->max_units > 0 && scope != BOOK_EACH_UNIT)
        return (struct offers_fault){"give.max_units", "needs a discount on units"};
    if (give->cap_units > 0 && scope != BOOK_EACH_LINE)
        return (struct offers_fault){"give.cap_units", "needs a discount on lines"};
    if (give->per_minor < 0 || give->per_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.per", "is negative or too large"};
    if (give->per_minor > 0 && scope != BOOK_TOGETHER)
        return (struct offers_fault){"give.per", "needs a discount on the whole target"};
    return offers_need_amount(give);
}

static int64_t wanted_of_units(const struct line_state *line, const struct book_give *give)
{
    int64_t wanted;
    if (line->is_measured)
        return money_scale(give->amount_minor, line->quantity_milli, 1000, &wanted) == ERR_OK ? wanted
                                                                                              : INT64_MAX;
    int64_t count = offers_bounded_units(line, give->max_units);
    wanted = multiply_saturating(give->amount_minor, count);
    if (count == line->units)
        return wanted;
    int64_t price =
        offers_price_of_units(line->running, line->units, count); /* no unit gives another one's part */
    return wanted < price ? wanted : price;
}

static int64_t wanted_of_line(const struct line_state *line, const struct book_give *give)
{
    int64_t count = offers_bounded_units(line, give->cap_units);
    int64_t price = offers_price_of_units(line->running, line->units, count);
    return give->amount_minor < price ? give->amount_minor : price;
}

static int64_t wanted_together(const struct engine *e, const struct line_set *matched,
                               const struct book_give *give)
{
    int64_t times = 1;
    if (give->per_minor > 0)
        times = offers_sum(e, matched, BOOK_RUNNING) / give->per_minor;
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    return multiply_saturating(give->amount_minor, times);
}

static void propose_line(struct engine *e, const struct book_offer *offer, uint32_t line)
{
    const struct line_state *state = &e->lines[line];
    bool is_line = offer->scope == BOOK_EACH_LINE;
    uint32_t before = e->proposal.count;
    offers_propose_line(e, line,
                        is_line ? wanted_of_line(state, &offer->give) : wanted_of_units(state, &offer->give));
    if (e->proposal.count > before)
        e->proposal.rows[before].discounted_units =
            offers_bounded_units(state, is_line ? offer->give.cap_units : offer->give.max_units);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (offer->scope == BOOK_TOGETHER) {
        offers_propose_together(e, matched, wanted_together(e, matched, &offer->give));
    } else {
        FOR_EACH_LINE(e, matched, line)
        propose_line(e, offer, line);
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_amount_off = {
    .kind = BOOK_AMOUNT_OFF,
    .name = "amount_off",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_ITEM,
             [BOOK_EACH_LINE] = BOOK_STEP_ITEM,
             [BOOK_TOGETHER] = BOOK_STEP_BASKET},
    .check = check,
    .propose = propose,
};
