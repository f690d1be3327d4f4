/* SPDX-License-Identifier: Apache-2.0 */
/* tiered_amount: the amount of the highest step that the basket or the target reaches, once off the target;
 * amount_minor below the first step. */
#include "offers/kinds/steps.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->steps.count == 0)
        return (struct offers_fault){"give.steps", "are none"};
    if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is negative or too large"};
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    int64_t amount = offers_value_of_steps(e, offer, matched, offer->give.amount_minor);
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (amount == 0)
        return offers_step_missing(offer);
    offers_propose_together(e, matched, amount);
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_tiered_amount = {
    .kind = BOOK_TIERED_AMOUNT,
    .name = "tiered_amount",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_BASKET},
    .step_value_max = BOOK_AMOUNT_MAX,
    .check = check,
    .propose = propose,
};
