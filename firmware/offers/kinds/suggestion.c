/* SPDX-License-Identifier: Apache-2.0 */
/* suggestion: an item that is not in the basket yet; none named: the next one of the member's own list, which the
 * till knows. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)give;
    (void)scope;
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    (void)matched;
    const struct span item = offer->give.item;
    for (uint32_t i = 0; i < e->line_count && item.size > 0; i++) {
        if (e->lines[i].gross >= 0 && e->lines[i].quantity_milli > 0 &&
            span_is_equal(e->basket->lines[i].sku, item))
            return OFFERS_NOTHING_TO_GIVE;
    }
    e->award.item = item;
    e->award.count = 1;
    return OFFERS_GIVEN;
}

const struct offers_kind offers_suggestion = {
    .kind = BOOK_SUGGESTION,
    .name = "suggestion",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
