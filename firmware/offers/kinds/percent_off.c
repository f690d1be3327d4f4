/* SPDX-License-Identifier: Apache-2.0 */
/* percent_off: a rate of what the units, the lines or the whole target cost, rounded half-up once at each. */
#include "offers/kinds/kinds.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    if (give->percent_bp == 0 || give->percent_bp > BOOK_PERCENT_MAX_BP)
        return (struct offers_fault){"give.percent", "is not above 0 and at most 100"};
    if (give->max_amount_minor < 0 || give->max_amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.max_amount", "is negative or too large"};
    if (give->max_amount_minor > 0 && scope != BOOK_TOGETHER)
        return (struct offers_fault){"give.max_amount", "needs a discount on the whole target"};
    return (struct offers_fault){NULL, NULL};
}

static int64_t percent_of(int64_t amount, const struct book_give *give)
{
    int64_t percent = 0;
    enum err error = money_percent(amount, give->percent_bp, &percent);
    KASSA_ASSERT(error == ERR_OK); /* at most 100 % of an amount */
    return percent;
}

static int64_t percent_of_line(const struct line_state *line, const struct book_give *give, uint8_t scope)
{
    int64_t amount = give->percent_of == BOOK_INITIAL ? line->gross : line->running;
    if (scope == BOOK_EACH_LINE)
        return percent_of(amount, give);
    struct unit_prices prices = offers_unit_prices(amount, line->units);
    int64_t high = multiply_saturating(percent_of(prices.low + 1, give), prices.high_count);
    int64_t low = multiply_saturating(percent_of(prices.low, give), line->units - prices.high_count);
    return low > INT64_MAX - high ? INT64_MAX : low + high;
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    offers_begin_proposal(e, give->percent_bp);
    if (offer->scope == BOOK_TOGETHER) {
        int64_t wanted = percent_of(offers_sum(e, matched, (enum book_base)give->percent_of), give);
        if (give->max_amount_minor > 0 && wanted > give->max_amount_minor)
            wanted = give->max_amount_minor;
        offers_propose_together(e, matched, wanted);
    } else {
        FOR_EACH_LINE(e, matched, line)
        offers_propose_line(e, line, percent_of_line(&e->lines[line], give, offer->scope));
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
