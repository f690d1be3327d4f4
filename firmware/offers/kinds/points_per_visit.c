/* SPDX-License-Identifier: Apache-2.0 */
/* points_per_visit: points once a receipt that holds something of the target. */
#include "offers/kinds/points.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->points == 0 || give->points > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.points", "is zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    e->earning.base_minor = offers_sum(e, matched, BOOK_RUNNING);
    e->earning.points = offer->give.points;
    offers_share_points(e, matched, e->earning.points);
    return OFFERS_GIVEN;
}

const struct offers_kind offers_points_per_visit = {
    .kind = BOOK_POINTS_PER_VISIT,
    .name = "points_per_visit",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_EARN},
    .check = check,
    .earn = earn,
};
