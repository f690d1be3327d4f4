/* SPDX-License-Identifier: Apache-2.0 */
/* coupon: get_units coupons of a series for next time, once a receipt, for each buy_units units or for each full
 * per_minor of the target. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_units(give->get_units, "give.get_units");
    if (fault.field == NULL && give->card.size == 0)
        fault = (struct offers_fault){"give.card", "names no series"};
    if (fault.field == NULL && give->days > BOOK_DAYS_MAX)
        fault = (struct offers_fault){"give.days", "is more than a hundred years"};
    return fault.field == NULL ? offers_need_count(give) : fault;
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    e->award.card = offer->give.card;
    e->award.days = offer->give.days;
    if (!offers_count_by(e, &offer->give, matched, offer->give.get_units, &e->award.count))
        return OFFERS_OUT_OF_RANGE;
    return e->award.count > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_coupon = {
    .kind = BOOK_COUPON,
    .name = "coupon",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
