/* SPDX-License-Identifier: Apache-2.0 */
/* gift_line: get_units of an item, worth unit_minor each, are added to the basket at charged_minor each. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->item.size == 0)
        return (struct offers_fault){"give.item", "names no item"};
    if (give->charged_minor > give->unit_minor)
        return (struct offers_fault){"give.charged", "is more than the gift is worth"};
    return offers_need_units(give->get_units, "give.get_units");
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    (void)matched;
    e->award.item = offer->give.item;
    e->award.count = offer->give.get_units;
    e->award.unit_price_minor = offer->give.unit_minor;
    e->award.charged_minor = offer->give.charged_minor;
    return OFFERS_GIVEN;
}

const struct offers_kind offers_gift_line = {
    .kind = BOOK_GIFT_LINE,
    .name = "gift_line",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
