/* SPDX-License-Identifier: Apache-2.0 */
/* points_per_spend: points for each full per_minor of what the target costs, floored once a receipt or once a line,
 * for at most repeats_max steps. The part that is paid with tenders that earn nothing is taken out in proportion. */
#include "offers/kinds/points.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->points == 0 || give->points > BOOK_POINTS_MAX)
        return (struct offers_fault){"give.points", "is zero or too large"};
    if (give->per_minor <= 0 || give->per_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.per", "is not above zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

/* Full steps of one line after another, until the most is reached; each line has the points of its own steps. */
static enum offers_reason earn_by_line(struct engine *e, const struct book_offer *offer,
                                       const struct line_set *lines)
{
    struct earning *earning = &e->earning;
    int64_t steps_left = offer->give.repeats_max > 0 ? offer->give.repeats_max : INT64_MAX;
    FOR_EACH_LINE(e, lines, line)
    {
        struct line_set one = {.words = {0}};
        line_set_add(&one, line);
        int64_t base =
            offers_earning_base(e, &one, (enum book_basis)offer->give.basis, offer->give.excluded_tenders);
        int64_t steps = base / offer->give.per_minor, points;
        steps = steps < steps_left ? steps : steps_left;
        steps_left -= steps;
        if (__builtin_mul_overflow(steps, (int64_t)offer->give.points, &points) ||
            __builtin_add_overflow(earning->points, points, &earning->points))
            return OFFERS_OUT_OF_RANGE;
        earning->line_points[line] += points;
        earning->base_minor += base;
    }
    return OFFERS_GIVEN;
}

static enum offers_reason earn_by_receipt(struct engine *e, const struct book_offer *offer,
                                          const struct line_set *lines)
{
    struct earning *earning = &e->earning;
    earning->base_minor =
        offers_earning_base(e, lines, (enum book_basis)offer->give.basis, offer->give.excluded_tenders);
    int64_t steps = earning->base_minor / offer->give.per_minor;
    if (offer->give.repeats_max > 0 && steps > offer->give.repeats_max)
        steps = offer->give.repeats_max;
    if (__builtin_mul_overflow(steps, (int64_t)offer->give.points, &earning->points))
        return OFFERS_OUT_OF_RANGE;
    if (earning->points > 0)
        offers_share_points(e, lines, earning->points);
    return OFFERS_GIVEN;
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    bool is_by_line = offer->give.line_rounding == BOOK_FLOOR_PER_LINE;
    enum offers_reason reason =
        is_by_line ? earn_by_line(e, offer, matched) : earn_by_receipt(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    return e->earning.points > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_points_per_spend = {
    .kind = BOOK_POINTS_PER_SPEND,
    .name = "points_per_spend",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_EARN},
    .check = check,
    .earn = earn,
};
