/* SPDX-License-Identifier: Apache-2.0 */
/* nth_free: of each group_units of the target, get_units are percent_bp off; the cheapest of all of them, or the
 * dearest. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/deals.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_percent(give);
    if (fault.field == NULL)
        fault = offers_need_units(give->get_units, "give.get_units");
    if (fault.field == NULL && give->group_units <= give->get_units)
        return (struct offers_fault){"give.group_units", "is not larger than the units that are got of it"};
    return fault;
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    struct offers_deal_terms terms = {
        .buy_units = (int64_t)give->group_units - give->get_units,
        .get_units = give->get_units,
        .repeats_max = give->repeats_max,
        .choose = (enum book_choose)give->choose,
        .placement = (enum book_placement)give->placement,
        .unit = {.mode = BOOK_PRICE_PERCENT, .percent_bp = give->percent_bp},
    };
    return offers_propose_deals(e, &terms, matched, matched);
}

const struct offers_kind offers_nth_free = {
    .kind = BOOK_NTH_FREE,
    .name = "nth_free",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .check = check,
    .propose = propose,
    .deal = offers_deal_of_nth_free,
};
