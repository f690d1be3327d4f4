/* SPDX-License-Identifier: Apache-2.0 */
/* The steps (OFFERS.md B2): prices, discounts, points that are burned, points that are earned, awards. */
#include "offers/engine.h"

#define OWN_POINTS_TRIES 2 /* at burning what the sale itself earns */

/* ---- discounts */

/* What all discounts of a line together leave of it, by the book. */
static void raise_floors(struct engine *e)
{
    uint32_t most_bp = e->book->header.line_discount_max_bp;
    if (most_bp == 0 || most_bp >= BOOK_PERCENT_MAX_BP)
        return;
    for (uint32_t i = 0; i < e->line_count; i++) {
        struct line_state *line = &e->lines[i];
        int64_t most = line->gross / BOOK_PERCENT_MAX_BP * most_bp +
                       line->gross % BOOK_PERCENT_MAX_BP * most_bp / BOOK_PERCENT_MAX_BP;
        line->floor = line->floor > line->gross - most ? line->floor : line->gross - most;
    }
}

static int64_t discount_sum(const struct engine *e)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        sum += e->lines[i].gross - e->lines[i].running;
    return sum;
}

/* The figures of those that gave way: what each would give alone, and what the others give. */
static void explain_gave_way(struct engine *e, uint32_t first, uint32_t last, int64_t others_minor)
{
    for (uint32_t i = first; i < last; i++) {
        struct offers_explanation *explanation = &e->explanations[i];
        if (explanation->reason != OFFERS_NOT_BETTER)
            continue;
        explanation->has = e->candidates[i].alone_minor;
        explanation->needs = others_minor;
    }
}

/* false: the offer that was to be alone, and shut the others out, was not given. */
static bool try_discounts(struct engine *e, const struct offers_mark *mark, uint32_t first, uint32_t last)
{
    int64_t alone_minor;
    e->gives_way = false;
    e->exclusive_in_basket = offers_find_exclusive(e, BOOK_EXCLUSIVE_IN_BASKET, first, last);
    uint32_t alone =
        e->exclusive_in_basket == BOOK_NONE ? offers_find_alone(e, first, last, &alone_minor) : BOOK_NONE;
    e->gives_way = alone != BOOK_NONE;
    offers_run_candidates(e, first, last);
    e->gives_way = false;
    if (alone == BOOK_NONE)
        return offers_was_given(e, e->exclusive_in_basket);
    int64_t others_minor = discount_sum(e);
    if (alone_minor <= others_minor) {
        explain_gave_way(e, first, last, others_minor);
        return true;
    }
    offers_rewind(e, mark);
    e->exclusive_in_basket = alone;
    offers_run_candidates(e, first, last);
    return offers_was_given(e, alone);
}

static void run_discounts(struct engine *e, uint32_t first, uint32_t last)
{
    struct offers_mark mark = offers_take_mark(e);
    while (!try_discounts(e, &mark, first, last)) {
        offers_waive_exclusive(e, e->exclusive_in_basket, first, last);
        offers_rewind(e, &mark);
    }
}

/* ---- points */

static int64_t points_earned(const struct engine *e)
{
    int64_t points = 0;
    for (uint32_t i = 0; i < e->earn_count; i++)
        points += e->earns[i].points; /* their sum was checked */
    return points;
}

static int64_t add_saturating(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void burn_then_earn(struct engine *e, int64_t available, uint32_t first, uint32_t last)
{
    offers_burn_points(e, available);
    offers_run_candidates(e, first, last);
}

/* Points that this sale earns are there to be burned only where the programme says so. What is burned lowers what is
 * earned, so that more is never burned than is there in the end: with less burned at least as much is earned, as a
 * rule. Where it is not (points for what costs little), only those are burned that were there before. */
static void burn_and_earn(struct engine *e, uint32_t first, uint32_t last)
{
    int64_t points = e->member->known && e->member->points > 0 ? e->member->points : 0;
    bool may_use_own = e->book->header.programme_rules.burn_same_sale != 0 && e->member->known &&
                       e->basket->burn_points > points;
    struct offers_mark mark = offers_take_mark(e);
    if (!may_use_own) {
        burn_then_earn(e, points, first, last);
        return;
    }
    offers_run_candidates(e, first, last);
    for (unsigned tries = 0; tries < OWN_POINTS_TRIES; tries++) {
        int64_t available = add_saturating(points, points_earned(e));
        offers_rewind(e, &mark);
        burn_then_earn(e, available, first, last);
        if (e->burned.points <= add_saturating(points, points_earned(e)))
            return;
    }
    offers_rewind(e, &mark);
    burn_then_earn(e, points, first, last);
}

/* The touched offers, in the order of evaluation. */
static void list_candidates(struct engine *e)
{
    e->candidate_count = 0;
    for (uint32_t i = offers_next_touched(e, 0); i != BOOK_NONE; i = offers_next_touched(e, i + 1)) {
        const uint8_t *row = row_of(e->book, SECTION_OFFERS, i);
        e->candidates[e->candidate_count++] =
            (struct candidate){.offer = i,
                               .stage = running_step((enum book_order)e->book->header.order, row[OFFER_STEP]),
                               .step = row[OFFER_STEP],
                               .lane = row[OFFER_LANE],
                               .exclusive = row[OFFER_EXCLUSIVE]};
    }
}

/* The first candidate of that step or a later one. */
static uint32_t first_of_step(const struct engine *e, uint32_t from, uint8_t step)
{
    while (from < e->candidate_count && e->candidates[from].step < step)
        from++;
    return from;
}

void offers_run_pipeline(struct engine *e)
{
    list_candidates(e);
    uint32_t discounts = first_of_step(e, 0, BOOK_STEP_ITEM);
    uint32_t earning = first_of_step(e, discounts, BOOK_STEP_EARN);
    uint32_t awards = first_of_step(e, earning, BOOK_STEP_AWARD);
    offers_run_candidates(e, 0, discounts);
    raise_floors(e);
    run_discounts(e, discounts, earning);
    burn_and_earn(e, earning, awards);
    offers_run_candidates(e, awards, e->candidate_count);
}
