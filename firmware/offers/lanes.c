/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: which of the offers of one lane and stage are given. The book's offers stand in the order of evaluation,
 * so a lane is a row of neighbours among the touched ones. */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

/* What the steps have in common: what an offer gives is worked out, which changes nothing, and given. */
struct step_class {
    enum offers_reason (*work_out)(struct engine *e, const struct book_offer *offer, uint32_t index,
                                   const struct line_set *matched);
    enum offers_reason (*give)(struct engine *e, const struct book_offer *offer, uint32_t index,
                               struct offers_explanation *explanation);
};

enum class_id { CLASS_PRICE, CLASS_DISCOUNT, CLASS_EARN, CLASS_AWARD, CLASS_COUNT };

static const struct step_class classes[CLASS_COUNT] = {
    [CLASS_PRICE] = {offers_work_out_price, offers_give_price},
    [CLASS_DISCOUNT] = {offers_work_out_discount, offers_give},
    [CLASS_EARN] = {offers_work_out_earning, offers_give_earning},
    [CLASS_AWARD] = {offers_work_out_award, offers_give_award},
};

static enum class_id class_of(uint8_t step)
{
    if (step < BOOK_STEP_ITEM)
        return CLASS_PRICE;
    if (step < BOOK_STEP_EARN)
        return CLASS_DISCOUNT;
    return step < BOOK_STEP_AWARD ? CLASS_EARN : CLASS_AWARD;
}

/* What a lane mode does once an offer of the lane was given, or after all were tried. */
struct lane_mode {
    bool one_priority; /* only offers of the same priority may follow */
    bool one_offer;    /* none may follow */
    /* Where all offers are looked at before any is given: what is done with each proposal (NULL: nothing), and in the
     * end. NULL: each is given in its turn. */
    void (*keep[CLASS_COUNT])(struct engine *e, uint32_t k);
    void (*settle[CLASS_COUNT])(struct engine *e, const struct lane *lane);
};

static const struct lane_mode lane_modes[] = {
    [BOOK_LANE_ALL] = {.one_offer = false},
    [BOOK_LANE_BEST_PER_LINE] = {.keep = {offers_keep_best, offers_keep_best, NULL, NULL},
                                 .settle = {offers_settle_lowest_price, offers_settle_best_per_line,
                                            offers_settle_best_earner, NULL}},
    [BOOK_LANE_HIGHEST_PRIORITY] = {.one_priority = true},
    [BOOK_LANE_EXCLUSIVE] = {.one_offer = true},
    [BOOK_LANE_SUM_PERCENT] = {.settle = {NULL, offers_settle_sum_percent, NULL, NULL}},
    [BOOK_LANE_BEST_COMBINATION] = {.keep = {offers_keep_best, NULL, NULL, NULL},
                                    .settle = {offers_settle_lowest_price, offers_settle_best_combination,
                                               offers_settle_best_earner, NULL}},
};

uint32_t offers_lane_room(const struct engine *e, const struct lane *lane)
{
    if (lane->offers_max == 0)
        return UINT32_MAX;
    uint32_t given = e->lane_given[lane->number];
    return given < lane->offers_max ? lane->offers_max - given : 0;
}

static bool is_excluded(const struct engine *e, const struct candidate *candidate)
{
    if (class_of(candidate->step) != CLASS_DISCOUNT)
        return false;
    return (e->exclusive_in_basket != BOOK_NONE && e->exclusive_in_basket != candidate->offer) ||
           (e->exclusive_in_step != BOOK_NONE && e->exclusive_in_step != candidate->offer);
}

static bool is_beaten(const struct lane *lane, const struct book_offer *offer)
{
    return lane->has_given &&
           (lane->mode->one_offer || (lane->mode->one_priority && offer->priority != lane->given_priority));
}

/* Why the lane, or an exclusive offer, does not let the offer in. */
static enum offers_reason check_lane(const struct engine *e, const struct lane *lane,
                                     const struct candidate *candidate, const struct book_offer *offer)
{
    if (is_excluded(e, candidate))
        return OFFERS_EXCLUDED_BY_EXCLUSIVE;
    if (e->gives_way && candidate->exclusive == BOOK_EXCLUSIVE_IF_BETTER)
        return OFFERS_NOT_BETTER;
    if (is_beaten(lane, offer))
        return OFFERS_BEATEN_IN_LANE;
    return offers_lane_room(e, lane) == 0 ? OFFERS_LANE_FULL : OFFERS_GIVEN;
}

/* Of the offer its head is there; what it gives is read once all the rest lets it. */
static enum offers_reason run_offer(struct engine *e, struct lane *lane, const struct candidate *candidate,
                                    struct book_offer *offer, struct offers_explanation *explanation)
{
    enum class_id id = class_of(candidate->step);
    struct line_set matched;
    enum offers_reason reason = offers_check_all(e, offer, candidate->offer, &matched);
    if (reason == OFFERS_GIVEN)
        reason = check_lane(e, lane, candidate, offer);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_stacking(e, offer, &matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    book_offer_give_at(e->book, candidate->offer, offer);
    reason = classes[id].work_out(e, offer, candidate->offer, &matched);
    if (reason == OFFERS_GIVEN && lane->mode->settle[id] == NULL)
        reason = classes[id].give(e, offer, candidate->offer, explanation);
    if (reason == OFFERS_GIVEN) {
        lane->has_given = true;
        lane->given_priority = offer->priority;
        lane->is_bound = lane->is_bound || offer->groups.count > 0 || offer->excluded_with.count > 0;
        if (lane->mode->keep[id] != NULL)
            lane->mode->keep[id](e, e->explanation_count);
    }
    return reason;
}

static void explain_offer(struct engine *e, struct lane *lane, const struct candidate *candidate)
{
    struct book_offer offer;
    book_offer_head_at(e->book, candidate->offer, &offer);
    struct offers_explanation *explanation = &e->explanations[e->explanation_count];
    *explanation = (struct offers_explanation){.offer = candidate->offer};
    e->figures = e->next = (struct figures){0};
    explanation->reason = run_offer(e, lane, candidate, &offer, explanation);
    explanation->detail = e->figures.detail;
    if (offers_reason_row(explanation->reason)->figures != OFFERS_NO_FIGURE) {
        explanation->has = e->figures.has;
        explanation->needs = e->figures.needs;
        offers_note_missing(e, &offer, candidate->offer, explanation->reason);
    } else if (explanation->reason == OFFERS_GIVEN && lane->mode->settle[class_of(candidate->step)] == NULL) {
        offers_note_next(e, &offer, candidate->offer);
    }
    e->explanation_count++;
}

static struct lane begin_lane(struct engine *e, const struct candidate *first)
{
    struct book_lane row = book_lane_at(e->book, first->lane);
    for (uint32_t i = 0; i < e->line_count; i++) {
        e->lines[i].units_used = e->lines[i].used_minor = 0;
        e->best[i].offer = BOOK_NONE;
    }
    return (struct lane){.mode = &lane_modes[row.mode],
                         .stage = first->stage,
                         .number = first->lane,
                         .offers_max = row.offers_max,
                         .explanation_first = e->explanation_count};
}

static void end_lane(struct engine *e, const struct lane *lane)
{
    void (*settle)(struct engine *, const struct lane *) = lane->mode->settle[class_of(lane->stage)];
    if (settle == NULL)
        return;
    settle(e, lane);
    for (uint32_t i = lane->explanation_first; i < e->explanation_count; i++) {
        struct offers_explanation *explanation = &e->explanations[i];
        bool is_empty =
            explanation->amount_minor == 0 && explanation->points == 0 && explanation->reduced_minor == 0;
        if (explanation->reason == OFFERS_GIVEN && is_empty)
            explanation->reason = OFFERS_BEATEN_IN_LANE;
    }
}

/* The first candidate behind `first` that is of another stage. */
static uint32_t end_of_stage(const struct engine *e, uint32_t first, uint32_t last)
{
    uint32_t end = first;
    while (end < last && e->candidates[end].stage == e->candidates[first].stage)
        end++;
    return end;
}

static void run_lanes(struct engine *e, uint32_t first, uint32_t last)
{
    struct lane lane = {.mode = NULL}; /* none has begun */
    for (uint32_t i = first; i < last; i++) {
        const struct candidate *candidate = &e->candidates[i];
        if (lane.mode == NULL || lane.number != candidate->lane) {
            if (lane.mode != NULL)
                end_lane(e, &lane);
            lane = begin_lane(e, candidate);
        }
        explain_offer(e, &lane, candidate);
    }
    if (lane.mode != NULL)
        end_lane(e, &lane);
}

/* An earlier run of the step, in other company, says nothing of this one. */
static void begin_exclusive(struct engine *e, uint32_t first, uint32_t last)
{
    e->exclusive_in_step = BOOK_NONE;
    for (uint32_t i = first; i < last && e->waived_count > 0 && e->waived_count < EXCLUSIVE_TRIES; i++) {
        if (e->candidates[i].exclusive == BOOK_EXCLUSIVE_IN_STEP)
            e->candidates[i].is_waived = false;
    }
}

static void run_stage(struct engine *e, uint32_t first, uint32_t last)
{
    begin_exclusive(e, first, last);
    if (class_of(e->candidates[first].step) == CLASS_DISCOUNT && e->exclusive_in_basket == BOOK_NONE)
        e->exclusive_in_step = offers_find_exclusive(e, BOOK_EXCLUSIVE_IN_STEP, first, last);
    if (e->exclusive_in_step == BOOK_NONE) {
        run_lanes(e, first, last);
        return;
    }
    struct offers_mark mark = offers_take_mark(e);
    run_lanes(e, first, last);
    while (!offers_was_given(e, e->exclusive_in_step)) {
        offers_waive_exclusive(e, e->exclusive_in_step, first, last);
        offers_rewind(e, &mark);
        e->exclusive_in_step = offers_find_exclusive(e, BOOK_EXCLUSIVE_IN_STEP, first, last);
        run_lanes(e, first, last);
    }
}

void offers_run_candidates(struct engine *e, uint32_t first, uint32_t last)
{
    while (first < last) {
        uint32_t end = end_of_stage(e, first, last);
        run_stage(e, first, end);
        first = end;
    }
}
