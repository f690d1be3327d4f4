/* SPDX-License-Identifier: Apache-2.0 */
/* points_per_unit: points for each buy_units units of the target (0: each unit), at most repeats_max times; a measured
 * line is one unit. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/points.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->points == 0 || give->points > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.points", "is zero or too large"};
    if (give->buy_units > BOOK_UNITS_MAX)
        return (struct offers_fault){"give.buy_units", "is too large"};
    return (struct offers_fault){NULL, NULL};
}

void offers_share_points_by_units(struct engine *e, const struct line_set *lines, int64_t points)
{
    uint32_t count = 0;
    FOR_EACH_LINE(e, lines, line)
    e->weights[count++] = e->lines[line].units;
    if (count == 0)
        return;
    enum err error = money_allocate(points, e->weights, count, e->scratch, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* units of this basket, whose sum was checked */
    count = 0;
    FOR_EACH_LINE(e, lines, line)
    e->earning.line_points[line] += e->shares[count++];
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    struct earning *earning = &e->earning;
    const struct book_give *give = &offer->give;
    int64_t times = offers_units_of(e, matched) / (give->buy_units > 0 ? give->buy_units : 1);
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    earning->base_minor = offers_sum(e, matched, BOOK_RUNNING);
    if (__builtin_mul_overflow(times, (int64_t)give->points, &earning->points))
        return OFFERS_OUT_OF_RANGE;
    if (earning->points == 0)
        return OFFERS_NOTHING_TO_GIVE;
    offers_share_points_by_units(e, matched, earning->points);
    return OFFERS_GIVEN;
}

const struct offers_kind offers_points_per_unit = {
    .kind = BOOK_POINTS_PER_UNIT,
    .name = "points_per_unit",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_EARN},
    .check = check,
    .earn = earn,
};
