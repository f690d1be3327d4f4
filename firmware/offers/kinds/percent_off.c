/* SPDX-License-Identifier: Apache-2.0 */
/* percent_off: a rate of what the units, the lines or the whole target cost, rounded half-up once at each; of at
 * most max_units of a line. The target's largest discount caps it: together as a whole, of lines each at most its
 * share of it. */
#include "offers/kinds/amounts.h"
#include "offers/share.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    if (give->max_amount_minor < 0 || give->max_amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.max_amount", "is negative or too large"};
    if (give->max_amount_minor > 0 && scope == BOOK_EACH_UNIT)
        return (struct offers_fault){"give.max_amount", "needs a discount on lines or on the whole target"};
    if (give->max_units > 0 && scope == BOOK_TOGETHER)
        return (struct offers_fault){"give.max_units", "needs a discount on units or lines"};
    return offers_need_percent(give);
}

/* Of `count` units of a line that cost amount. */
static int64_t percent_of_units(const struct line_state *line, int64_t amount, int64_t count,
                                uint32_t percent_bp)
{
    struct unit_prices prices = offers_unit_prices(amount, line->units);
    int64_t high_count = count < prices.high_count ? count : prices.high_count;
    int64_t high = multiply_saturating(offers_percent(prices.low + 1, percent_bp), high_count);
    int64_t low = multiply_saturating(offers_percent(prices.low, percent_bp), count - high_count);
    return low > INT64_MAX - high ? INT64_MAX : low + high;
}

static int64_t percent_of_line(const struct line_state *line, const struct book_give *give, uint8_t scope)
{
    int64_t amount = give->percent_of == BOOK_INITIAL ? line->gross : line->running;
    int64_t count = offers_bounded_units(line, give->max_units);
    if (scope == BOOK_EACH_UNIT)
        return percent_of_units(line, amount, count, give->percent_bp);
    if (count < line->units)
        amount = offers_price_of_units(amount, line->units, count);
    return offers_percent(amount, give->percent_bp);
}

/* Each line's share of the largest discount, by what the lines cost, into e->shares. */
static void share_cap(struct engine *e, const struct line_set *matched, const struct book_give *give)
{
    uint32_t count = 0;
    FOR_EACH_LINE(e, matched, line)
    e->weights[count++] = give->percent_of == BOOK_INITIAL ? e->lines[line].gross : e->lines[line].running;
    enum err error = offers_share((enum book_sharing)e->book->header.sharing, give->max_amount_minor,
                                  e->weights, count, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* amounts of this basket, whose sum was checked */
}

static void propose_lines(struct engine *e, const struct book_offer *offer, const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    uint32_t index = 0;
    if (give->max_amount_minor > 0)
        share_cap(e, matched, give);
    FOR_EACH_LINE(e, matched, line)
    {
        const struct line_state *state = &e->lines[line];
        int64_t wanted = percent_of_line(state, give, offer->scope);
        if (give->max_amount_minor > 0 && wanted > e->shares[index])
            wanted = e->shares[index];
        index++;
        uint32_t before = e->proposal.count;
        offers_propose_line(e, line, wanted);
        if (e->proposal.count > before)
            e->proposal.rows[before].discounted_units = offers_bounded_units(state, give->max_units);
    }
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    offers_begin_proposal(e, give->percent_bp);
    if (offer->scope == BOOK_TOGETHER) {
        int64_t wanted =
            offers_percent(offers_sum(e, matched, (enum book_base)give->percent_of), give->percent_bp);
        if (give->max_amount_minor > 0 && wanted > give->max_amount_minor)
            wanted = give->max_amount_minor;
        offers_propose_together(e, matched, wanted);
    } else {
        propose_lines(e, offer, matched);
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_percent_off = {
    .kind = BOOK_PERCENT_OFF,
    .name = "percent_off",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_ITEM,
             [BOOK_EACH_LINE] = BOOK_STEP_ITEM,
             [BOOK_TOGETHER] = BOOK_STEP_BASKET},
    .check = check,
    .propose = propose,
};
