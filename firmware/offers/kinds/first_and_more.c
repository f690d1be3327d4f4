/* SPDX-License-Identifier: Apache-2.0 */
/* first_and_more: amount_minor off the first unit of each line, more_minor off each further one; of at most
 * max_units of a line. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is negative or too large"};
    if (give->amount_minor == 0 && give->more_minor == 0)
        return (struct offers_fault){"give.amount", "is zero, and so is that of further units"};
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    offers_begin_proposal(e, /* percent_bp= */ 0);
    FOR_EACH_LINE(e, matched, line)
    {
        const struct line_state *state = &e->lines[line];
        int64_t count = offers_bounded_units(state, give->max_units);
        int64_t more = multiply_saturating(give->more_minor, count - 1);
        int64_t wanted = more > INT64_MAX - give->amount_minor ? INT64_MAX : more + give->amount_minor;
        int64_t price = offers_price_of_units(state->running, state->units, count);
        uint32_t before = e->proposal.count;
        offers_propose_line(e, line, wanted < price ? wanted : price);
        if (e->proposal.count > before)
            e->proposal.rows[before].discounted_units = count;
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_first_and_more = {
    .kind = BOOK_FIRST_AND_MORE,
    .name = "first_and_more",
    .step = {[BOOK_EACH_LINE] = BOOK_STEP_ITEM},
    .check = check,
    .propose = propose,
};
