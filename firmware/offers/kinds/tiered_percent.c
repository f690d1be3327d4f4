/* SPDX-License-Identifier: Apache-2.0 */
/* tiered_percent: the percentage of the highest step that the basket or the target reaches, off each line or off the
 * target together; percent_bp below the first step. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/steps.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    if (give->steps.count == 0)
        return (struct offers_fault){"give.steps", "are none"};
    if (give->percent_bp > BOOK_PERCENT_MAX_BP)
        return (struct offers_fault){"give.percent", "is more than 100"};
    if (give->max_amount_minor < 0 || give->max_amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.max_amount", "is negative or too large"};
    if (give->max_amount_minor > 0 && scope != BOOK_TOGETHER)
        return (struct offers_fault){"give.max_amount", "needs a discount on the whole target"};
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    uint32_t percent_bp = (uint32_t)offers_value_of_steps(e, offer, matched, give->percent_bp);
    offers_begin_proposal(e, percent_bp);
    if (percent_bp == 0)
        return offers_step_missing(offer);
    if (offer->scope == BOOK_TOGETHER) {
        int64_t wanted = offers_percent(offers_sum(e, matched, (enum book_base)give->percent_of), percent_bp);
        if (give->max_amount_minor > 0 && wanted > give->max_amount_minor)
            wanted = give->max_amount_minor;
        offers_propose_together(e, matched, wanted);
    } else {
        FOR_EACH_LINE(e, matched, line)
        {
            const struct line_state *state = &e->lines[line];
            int64_t amount = give->percent_of == BOOK_INITIAL ? state->gross : state->running;
            offers_propose_line(e, line, offers_percent(amount, percent_bp));
        }
    }
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_tiered_percent = {
    .kind = BOOK_TIERED_PERCENT,
    .name = "tiered_percent",
    .step = {[BOOK_EACH_LINE] = BOOK_STEP_ITEM, [BOOK_TOGETHER] = BOOK_STEP_BASKET},
    .step_value_max = BOOK_PERCENT_MAX_BP,
    .check = check,
    .propose = propose,
};
