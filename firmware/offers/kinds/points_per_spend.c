/* SPDX-License-Identifier: Apache-2.0 */
/* points_per_spend: points for each full per_minor of what the target costs, floored once a receipt. The part
 * that is paid with tenders that earn nothing is taken out in proportion. */
#include "offers/kinds/kinds.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->points == 0 || give->points > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.points", "is zero or too large"};
    if (give->per_minor <= 0 || give->per_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.per", "is not above zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    struct earning *earning = &e->earning;
    earning->base_minor =
        offers_earning_base(e, matched, (enum book_basis)offer->give.basis, offer->give.excluded_tenders);
    int64_t steps = earning->base_minor / offer->give.per_minor;
    if (__builtin_mul_overflow(steps, (int64_t)offer->give.points, &earning->points))
        return OFFERS_OUT_OF_RANGE;
    if (earning->points == 0)
        return OFFERS_NOTHING_TO_GIVE;
    offers_share_points(e, matched, earning->points);
    return OFFERS_GIVEN;
}

const struct offers_kind offers_points_per_spend = {
    .kind = BOOK_POINTS_PER_SPEND,
    .name = "points_per_spend",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_EARN},
    .check = check,
    .earn = earn,
};
