/* SPDX-License-Identifier: Apache-2.0 */
/* points_multiplier: factor_bp times the points that its target earns. It adds (factor - 1) times what each offer of
 * points that was given earns on the lines that both mean, floored for each of those offers; so several multipliers
 * in one lane add up: double and triple together are fourfold. */
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

/* What has been added up so far; the lines' points stand in e->caps, which earning leaves alone. */
struct extra {
    int64_t base_minor, points;
};

/* What the base offer's own kind says that it earns on the lines of both, into e->earning. */
static enum offers_reason earn_once(struct engine *e, const struct book_offer *base,
                                    const struct line_set *matched)
{
    struct line_set lines;
    offers_match(e, base->target, &lines);
    line_set_intersect(e, &lines, matched);
    e->earning.points = e->earning.base_minor = 0;
    memset(e->earning.line_points, 0, e->line_count * sizeof(e->earning.line_points[0]));
    if (line_set_is_empty(e, &lines))
        return OFFERS_NO_MATCHING_ITEM;
    enum offers_reason reason = offers_check_line_program(e, base, &lines);
    return reason == OFFERS_GIVEN ? offers_kind_of(base->kind)->earn(e, base, &lines) : reason;
}

/* given: what the base offer was given; its limits may have left it less than its kind says. */
static enum offers_reason add_extra(struct engine *e, const struct book_offer *offer,
                                    const struct book_offer *base, const struct line_set *matched,
                                    int64_t given, struct extra *sum)
{
    enum offers_reason reason = earn_once(e, base, matched);
    if (reason != OFFERS_GIVEN)
        return reason == OFFERS_OUT_OF_RANGE ? reason : OFFERS_GIVEN;
    int64_t extra, points = e->earning.points < given ? e->earning.points : given;
    if (!multiply_floor(points, offer->give.factor_bp - ONCE_BP, &extra) ||
        __builtin_add_overflow(sum->points, extra, &sum->points) ||
        __builtin_add_overflow(sum->base_minor, e->earning.base_minor, &sum->base_minor))
        return OFFERS_OUT_OF_RANGE;
    if (extra == 0)
        return OFFERS_GIVEN;
    enum err error = money_allocate(extra, e->earning.line_points, e->line_count, e->scratch, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* what the lines earn once, whose sum is its points */
    for (uint32_t i = 0; i < e->line_count; i++)
        e->caps[i] += e->shares[i];
    return OFFERS_GIVEN;
}

static enum offers_reason earn(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched)
{
    struct extra sum = {0, 0};
    uint32_t base_count = 0;
    memset(e->caps, 0, e->line_count * sizeof(e->caps[0]));
    for (uint32_t i = 0; i < e->earn_count; i++) {
        struct book_offer base;
        book_offer_at(e->book, e->earns[i].offer, &base);
        if (base.kind == BOOK_POINTS_MULTIPLIER)
            continue;
        base_count++;
        enum offers_reason reason = add_extra(e, offer, &base, matched, e->earns[i].points, &sum);
        if (reason != OFFERS_GIVEN)
            return reason;
    }
    if (base_count == 0)
        return OFFERS_NO_BASE_POINTS;
    e->earning.base_minor = sum.base_minor;
    e->earning.points = sum.points;
    memcpy(e->earning.line_points, e->caps, e->line_count * sizeof(e->caps[0]));
    return sum.points > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_points_multiplier = {
    .kind = BOOK_POINTS_MULTIPLIER,
    .name = "points_multiplier",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_MULTIPLY},
    .check = check,
    .earn = earn,
};
