/* SPDX-License-Identifier: Apache-2.0 */
/* stamps: points stamps on a card, once a receipt, for each buy_units units or for each full per_minor of the target. A
 * card of card_size stamps that is full gives a coupon of the series `reward`: that is the ledger's to see. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->points == 0 || give->points > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.points", "is zero or too large"};
    if (give->card.size == 0)
        return (struct offers_fault){"give.card", "names no stamp card"};
    if (give->card_size > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.card_size", "is too large"};
    if (give->reward.size > 0 && give->card_size == 0)
        return (struct offers_fault){"give.reward", "is for a full card, and this one is never full"};
    return offers_need_count(give);
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    e->award.card = offer->give.card;
    e->award.card_size = offer->give.card_size;
    e->award.reward = offer->give.reward;
    e->award.days = offer->give.days;
    if (!offers_count_by(e, &offer->give, matched, offer->give.points, &e->award.count))
        return OFFERS_OUT_OF_RANGE;
    return e->award.count > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_stamps = {
    .kind = BOOK_STAMPS,
    .name = "stamps",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
