/* SPDX-License-Identifier: Apache-2.0 */
/* Steps, lanes and what is given (OFFERS.md B2). The book's offers stand in the order of evaluation, so a
 * lane of a step is a row of neighbours among the touched ones; the pipeline walks them once. */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

/* What a lane mode does once an offer of the lane was given. */
struct lane_mode {
    bool one_priority; /* only offers of the same priority may follow */
    bool one_offer;    /* none may follow */
    bool best;         /* nothing is given before all have made their proposals */
};

static const struct lane_mode lane_modes[] = {
    [BOOK_LANE_ALL] = {false, false, false},
    [BOOK_LANE_BEST_PER_LINE] = {false, false, true},
    [BOOK_LANE_HIGHEST_PRIORITY] = {true, false, false},
    [BOOK_LANE_EXCLUSIVE] = {false, true, false},
};

/* A lane of a step while it runs. */
struct lane {
    const struct lane_mode *mode;
    uint8_t step, number;
    bool has_given;
    int32_t given_priority;
    uint32_t best_earner, best_explanation; /* best, of points: the offer that gives most so far */
    int64_t best_points;
    uint32_t explanation_first;
};

static bool is_excluded(const struct engine *e, const struct book_offer *offer, uint32_t index)
{
    if (offer->step >= BOOK_STEP_EARN)
        return false;
    return (e->exclusive_in_basket != BOOK_NONE && e->exclusive_in_basket != index) ||
           (e->exclusive_in_step != BOOK_NONE && e->exclusive_in_step != index);
}

static bool is_beaten(const struct lane *lane, const struct book_offer *offer)
{
    return lane->has_given &&
           (lane->mode->one_offer || (lane->mode->one_priority && offer->priority != lane->given_priority));
}

/* ---- discounts */

static void give_row(struct engine *e, const struct offers_discount *discount)
{
    struct line_state *line = &e->lines[discount->line];
    struct offers_discount *row = &e->discounts[e->discount_count++];
    *row = *discount;
    row->sequence = ++line->row_count;
    row->base_minor = line->running;
    line->running -= discount->amount_minor;
}

static uint32_t number_prorated(struct engine *e)
{
    return e->proposal.is_together ? ++e->prorate_count : 0;
}

static enum offers_reason give_proposal(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    const struct proposal *proposal = &e->proposal;
    uint32_t needed = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        needed += proposal->rows[i].amount > 0 ? 1 : 0;
    if (needed > DISCOUNTS_MAX - e->discount_count)
        return OFFERS_TOO_MANY_ROWS;
    uint32_t prorate_from = number_prorated(e);
    for (uint32_t i = 0; i < proposal->count; i++) {
        const struct proposal_row *row = &proposal->rows[i];
        struct offers_discount discount = {.line = row->line,
                                           .offer = index,
                                           .id = offer->id,
                                           .version = offer->version,
                                           .percent_bp = proposal->percent_bp,
                                           .prorate_from = prorate_from,
                                           .wanted_minor = row->wanted,
                                           .amount_minor = row->amount};
        if (row->amount > 0)
            give_row(e, &discount);
        e->lines[row->line].units_used += row->units;
        e->lines[row->line].used_minor += row->units > 0 ? row->units_minor - row->amount : 0;
    }
    return OFFERS_GIVEN;
}

/* Keeps the proposal where it is better than what the line has so far; of equals the earlier offer stays. */
static void keep_best(struct engine *e, uint32_t index)
{
    const struct proposal *proposal = &e->proposal;
    uint32_t prorate_from = number_prorated(e);
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct best_row *best = &e->best[proposal->rows[i].line];
        if (best->offer != BOOK_NONE && best->amount >= proposal->rows[i].amount)
            continue;
        if (proposal->rows[i].amount > 0)
            *best = (struct best_row){index,        e->explanation_count,     proposal->percent_bp,
                                      prorate_from, proposal->rows[i].wanted, proposal->rows[i].amount};
    }
}

static void settle_best_discounts(struct engine *e)
{
    for (uint32_t i = 0; i < e->line_count && e->discount_count < DISCOUNTS_MAX; i++) {
        const struct best_row *best = &e->best[i];
        if (best->offer == BOOK_NONE)
            continue;
        struct book_offer offer;
        book_offer_at(e->book, best->offer, &offer);
        e->explanations[best->explanation].amount_minor += best->amount;
        give_row(e, &(struct offers_discount){.line = i,
                                              .offer = best->offer,
                                              .id = offer.id,
                                              .version = offer.version,
                                              .percent_bp = best->percent_bp,
                                              .prorate_from = best->prorate_from,
                                              .wanted_minor = best->wanted,
                                              .amount_minor = best->amount});
    }
}

/* ---- points */

static enum offers_reason compute_earning(struct engine *e, const struct book_offer *offer,
                                          const struct line_set *matched)
{
    e->earning.base_minor = e->earning.points = 0;
    memset(e->earning.line_points, 0, e->line_count * sizeof(e->earning.line_points[0]));
    return offers_kind_of(offer->kind)->earn(e, offer, matched);
}

static enum offers_reason give_earning(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    if (e->earn_count == EARN_ROWS_MAX)
        return OFFERS_TOO_MANY_ROWS;
    int64_t total = e->earning.points;
    for (uint32_t i = 0; i < e->earn_count; i++) {
        if (__builtin_add_overflow(total, e->earns[i].points, &total))
            return OFFERS_OUT_OF_RANGE;
    }
    e->earns[e->earn_count++] = (struct offers_earn){.offer = index,
                                                     .id = offer->id,
                                                     .version = offer->version,
                                                     .base_minor = e->earning.base_minor,
                                                     .points = e->earning.points};
    for (uint32_t i = 0; i < e->line_count; i++)
        e->line_points[i] += e->earning.line_points[i];
    return OFFERS_GIVEN;
}

/* The offer that was best is worked out once more, for its shares, and given. */
static void settle_best_earner(struct engine *e, const struct lane *lane)
{
    if (lane->best_earner == BOOK_NONE)
        return;
    struct book_offer offer;
    struct line_set matched;
    book_offer_at(e->book, lane->best_earner, &offer);
    struct offers_explanation *explanation = &e->explanations[lane->best_explanation];
    explanation->reason = offers_check_offer(e, &offer, &matched);
    if (explanation->reason == OFFERS_GIVEN)
        explanation->reason = compute_earning(e, &offer, &matched);
    if (explanation->reason == OFFERS_GIVEN)
        explanation->reason = give_earning(e, &offer, lane->best_earner);
    if (explanation->reason == OFFERS_GIVEN)
        explanation->points = e->earning.points;
}

/* ---- lanes */

static struct lane begin_lane(struct engine *e, const struct book_offer *first)
{
    struct book_lane row = book_lane_at(e->book, first->lane);
    for (uint32_t i = 0; i < e->line_count; i++) {
        e->lines[i].units_used = e->lines[i].used_minor = 0;
        e->best[i].offer = BOOK_NONE;
    }
    return (struct lane){.mode = &lane_modes[row.mode],
                         .step = first->step,
                         .number = first->lane,
                         .best_earner = BOOK_NONE,
                         .explanation_first = e->explanation_count};
}

static void end_lane(struct engine *e, const struct lane *lane)
{
    if (!lane->mode->best)
        return;
    if (lane->step >= BOOK_STEP_EARN)
        settle_best_earner(e, lane);
    else
        settle_best_discounts(e);
    for (uint32_t i = lane->explanation_first; i < e->explanation_count; i++) {
        struct offers_explanation *explanation = &e->explanations[i];
        if (explanation->reason == OFFERS_GIVEN && explanation->amount_minor == 0 && explanation->points == 0)
            explanation->reason = OFFERS_BEATEN_IN_LANE;
    }
}

static enum offers_reason run_discount(struct engine *e, const struct lane *lane,
                                       const struct book_offer *offer, uint32_t index,
                                       const struct line_set *matched)
{
    enum offers_reason reason = offers_kind_of(offer->kind)->propose(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    if (lane->mode->best) {
        keep_best(e, index);
        return OFFERS_GIVEN;
    }
    reason = give_proposal(e, offer, index);
    if (reason == OFFERS_GIVEN)
        e->explanations[e->explanation_count].amount_minor = e->proposal.total;
    return reason;
}

static enum offers_reason run_earning(struct engine *e, struct lane *lane, const struct book_offer *offer,
                                      uint32_t index, const struct line_set *matched)
{
    enum offers_reason reason = compute_earning(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    if (lane->mode->best) {
        if (lane->best_earner == BOOK_NONE || e->earning.points > lane->best_points) {
            lane->best_earner = index;
            lane->best_explanation = e->explanation_count;
            lane->best_points = e->earning.points;
        }
        return OFFERS_GIVEN;
    }
    reason = give_earning(e, offer, index);
    if (reason == OFFERS_GIVEN)
        e->explanations[e->explanation_count].points = e->earning.points;
    return reason;
}

static enum offers_reason run_offer(struct engine *e, struct lane *lane, const struct book_offer *offer,
                                    uint32_t index)
{
    struct line_set matched;
    enum offers_reason reason = offers_check_offer(e, offer, &matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    if (is_excluded(e, offer, index))
        return OFFERS_EXCLUDED_BY_EXCLUSIVE;
    if (is_beaten(lane, offer))
        return OFFERS_BEATEN_IN_LANE;
    reason = offer->step >= BOOK_STEP_EARN ? run_earning(e, lane, offer, index, &matched)
                                           : run_discount(e, lane, offer, index, &matched);
    if (reason == OFFERS_GIVEN) {
        lane->has_given = true;
        lane->given_priority = offer->priority;
    }
    return reason;
}

static void explain_offer(struct engine *e, struct lane *lane, const struct book_offer *offer, uint32_t index)
{
    struct offers_explanation *explanation = &e->explanations[e->explanation_count];
    *explanation = (struct offers_explanation){.offer = index};
    explanation->reason = run_offer(e, lane, offer, index);
    enum offers_figure figure = offers_reason_row(explanation->reason)->figures;
    if (figure != OFFERS_NO_FIGURE) {
        explanation->has = e->figures.has;
        explanation->needs = e->figures.needs;
        if (offers_value_missing(e, offer, explanation->reason))
            offers_note_near_miss(e, index, figure);
    }
    e->explanation_count++;
}

/* ---- steps */

/* The exclusive offer that is alone: of those that are eligible as the lines stand and would give something,
 * the one of the highest priority, then the first. step 0: of the whole basket. */
static uint32_t find_exclusive(struct engine *e, enum book_exclusive kind, uint32_t from, uint8_t step)
{
    uint32_t found = BOOK_NONE;
    int32_t found_priority = 0;
    for (uint32_t i = offers_next_touched(e, from); i != BOOK_NONE; i = offers_next_touched(e, i + 1)) {
        struct book_offer offer;
        struct line_set matched;
        book_offer_at(e->book, i, &offer);
        if (offer.step >= BOOK_STEP_EARN || (step != 0 && offer.step != step))
            break;
        if (offer.exclusive != kind || (found != BOOK_NONE && offer.priority <= found_priority))
            continue;
        if (offers_check_offer(e, &offer, &matched) == OFFERS_GIVEN &&
            offers_kind_of(offer.kind)->propose(e, &offer, &matched) == OFFERS_GIVEN) {
            found = i;
            found_priority = offer.priority;
        }
    }
    return found;
}

static void begin_step(struct engine *e, uint32_t from, uint8_t earlier, uint8_t step)
{
    if (earlier < BOOK_STEP_BASKET && step >= BOOK_STEP_BASKET) {
        for (uint32_t i = 0; i < e->line_count; i++)
            e->lines[i].before_basket = e->lines[i].running;
    }
    e->exclusive_in_step = BOOK_NONE;
    if (e->exclusive_in_basket == BOOK_NONE)
        e->exclusive_in_step = find_exclusive(e, BOOK_EXCLUSIVE_IN_STEP, from, step);
}

void offers_run_pipeline(struct engine *e)
{
    struct lane lane = {.mode = NULL}; /* none has begun */
    e->exclusive_in_basket = find_exclusive(e, BOOK_EXCLUSIVE_IN_BASKET, 0, 0);
    for (uint32_t i = offers_next_touched(e, 0); i != BOOK_NONE; i = offers_next_touched(e, i + 1)) {
        struct book_offer offer;
        book_offer_at(e->book, i, &offer);
        if (lane.mode == NULL || lane.step != offer.step || lane.number != offer.lane) {
            if (lane.mode != NULL)
                end_lane(e, &lane);
            if (lane.step != offer.step)
                begin_step(e, i, lane.step, offer.step);
            lane = begin_lane(e, &offer);
        }
        explain_offer(e, &lane, &offer, i);
    }
    if (lane.mode != NULL)
        end_lane(e, &lane);
}
