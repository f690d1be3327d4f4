/* SPDX-License-Identifier: Apache-2.0 */
/* points_multiplier: factor_bp times the points that its target earns. It adds (factor - 1) times the points
 * of every points_per_spend offer that was given, on the lines that both mean, floored for each of those
 * offers; so several multipliers in one lane add up: double and triple together are fourfold. */
#include "offers/kinds/kinds.h"

#define ONCE_BP 10000

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->factor_bp <= ONCE_BP || give->factor_bp > BOOK_FACTOR_MAX_BP)
        return (struct offers_fault){"give.factor", "is not above 1 and at most 100"};
    return (struct offers_fault){NULL, NULL};
}

/* points x times_bp, floored: the whole multiples of ONCE_BP apart from the rest, so that nothing exceeds 64 bits that
 * the result does not. */
static bool multiply_floor(int64_t points, int64_t times_bp, int64_t *out)
{
    int64_t whole;
    return !__builtin_mul_overflow(points / ONCE_BP, times_bp, &whole) &&
           !__builtin_add_overflow(whole, points % ONCE_BP * times_bp / ONCE_BP, out);
}

/* Adds what one base offer gives more. */
static enum offers_reason add_extra(struct engine *e, const struct book_offer *offer,
                                    const struct book_offer *base, const struct line_set *matched)
{
    struct line_set lines;
    offers_match(e, base->target, &lines);
    line_set_intersect(e, &lines, matched);
    int64_t base_minor =
        offers_earning_base(e, &lines, (enum book_basis)base->give.basis, base->give.excluded_tenders);
    int64_t given, extra;
    struct earning *earning = &e->earning;
    if (__builtin_mul_overflow(base_minor / base->give.per_minor, base->give.points, &given) ||
        !multiply_floor(given, offer->give.factor_bp - ONCE_BP, &extra) ||
        __builtin_add_overflow(earning->points, extra, &earning->points) ||
        __builtin_add_overflow(earning->base_minor, base_minor, &earning->base_minor))
        return OFFERS_OUT_OF_RANGE;
    if (extra > 0)
        offers_share_points(e, &lines, extra);
    return OFFERS_GIVEN;
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    uint32_t base_count = 0;
    for (uint32_t i = 0; i < e->earn_count; i++) {
        struct book_offer base;
        book_offer_at(e->book, e->earns[i].offer, &base);
        if (base.kind != BOOK_POINTS_PER_SPEND)
            continue;
        base_count++;
        enum offers_reason reason = add_extra(e, offer, &base, matched);
        if (reason != OFFERS_GIVEN)
            return reason;
    }
    if (base_count == 0)
        return OFFERS_NO_BASE_POINTS;
    return e->earning.points > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_points_multiplier = {
    .kind = BOOK_POINTS_MULTIPLIER,
    .name = "points_multiplier",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_MULTIPLY},
    .check = check,
    .earn = earn,
};
