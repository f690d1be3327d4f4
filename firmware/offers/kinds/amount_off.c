/* SPDX-License-Identifier: Apache-2.0 */
/* amount_off: a sum off each unit (of a measured line: off each whole measure, a kilogram), off each line, or
 * once off the whole target. */
#include "offers/kinds/kinds.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->amount_minor <= 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is not above zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

static int64_t wanted_of_line(const struct line_state *line, int64_t amount, uint8_t scope)
{
    if (scope == BOOK_EACH_LINE)
        return amount;
    int64_t wanted;
    if (line->is_measured)
        return money_scale(amount, line->quantity_milli, 1000, &wanted) == ERR_OK ? wanted : INT64_MAX;
    return multiply_saturating(amount, line->units);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (offer->scope == BOOK_TOGETHER) {
        offers_propose_together(e, matched, offer->give.amount_minor);
    } else {
        FOR_EACH_LINE(e, matched, line)
        offers_propose_line(e, line, wanted_of_line(&e->lines[line], offer->give.amount_minor, offer->scope));
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
