/* SPDX-License-Identifier: Apache-2.0 */
/* fixed_price: each unit (of a measured line: each whole measure), each line or the whole target costs that
 * much, where it costs more now. The new price of a measured line is what is rounded half-up (OFFERS.md B3,
 * price rules). */
#include "offers/kinds/kinds.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is negative or too large"};
    return (struct offers_fault){NULL, NULL};
}

/* Units whose price is above the fixed one come down to it; the others stay. */
static int64_t off_units(const struct line_state *line, int64_t price)
{
    struct unit_prices prices = offers_unit_prices(line->running, line->units);
    int64_t high = prices.low + 1 > price ? (prices.low + 1 - price) * prices.high_count : 0;
    int64_t low = prices.low > price ? (prices.low - price) * (line->units - prices.high_count) : 0;
    return high + low; /* at most the running amount */
}

static int64_t wanted_of_line(const struct line_state *line, int64_t price, uint8_t scope)
{
    if (scope == BOOK_EACH_LINE)
        return line->running - price;
    if (!line->is_measured)
        return off_units(line, price);
    int64_t amount;
    if (money_scale(price, line->quantity_milli, 1000, &amount) != ERR_OK)
        return 0; /* dearer than any line */
    return line->running - amount;
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    int64_t price = offer->give.amount_minor;
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (offer->scope == BOOK_TOGETHER) {
        offers_propose_together(e, matched, offers_sum(e, matched, BOOK_RUNNING) - price);
    } else {
        FOR_EACH_LINE(e, matched, line)
        offers_propose_line(e, line, wanted_of_line(&e->lines[line], price, offer->scope));
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_fixed_price = {
    .kind = BOOK_FIXED_PRICE,
    .name = "fixed_price",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_ITEM,
             [BOOK_EACH_LINE] = BOOK_STEP_ITEM,
             [BOOK_TOGETHER] = BOOK_STEP_BASKET},
    .check = check,
    .propose = propose,
};
