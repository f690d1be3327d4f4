/* SPDX-License-Identifier: Apache-2.0 */
/* ticket: get_units tickets of a lottery, once a receipt, for each buy_units units or for each full per_minor of the
 * target. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_units(give->get_units, "give.get_units");
    if (fault.field == NULL && give->card.size == 0)
        fault = (struct offers_fault){"give.card", "names no lottery"};
    return fault.field == NULL ? offers_need_count(give) : fault;
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    e->award.card = offer->give.card;
    if (!offers_count_by(e, &offer->give, matched, offer->give.get_units, &e->award.count))
        return OFFERS_OUT_OF_RANGE;
    return e->award.count > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_ticket = {
    .kind = BOOK_TICKET,
    .name = "ticket",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
