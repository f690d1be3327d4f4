/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: whose answer counts, and what is given. */
#include "model/slow_state.h"

struct lane {
    uint8_t stage, mode;
    uint32_t number, offers_max;
    bool has_given;
    int32_t given_priority;
    bool runs[SLOW_OFFERS]; /* those that would give something: the lane settles when all were asked */
};

static bool is_discount(uint8_t stage)
{
    return stage >= BOOK_STEP_ITEM && stage <= BOOK_STEP_BASKET;
}

static uint32_t room_in(const struct slow *s, const struct lane *lane)
{
    uint32_t given = s->lane_given[lane->number];
    return lane->offers_max == 0 ? UINT32_MAX : given < lane->offers_max ? lane->offers_max - given : 0;
}

/* ---- giving */

static void note_given(struct slow *s, const struct slow_offer *offer)
{
    s->result.offers[offer->number].is_given = true;
    s->result.offers[offer->number].why = NULL;
    s->lane_given[offer->in->lane]++;
}

static void give_price(struct slow *s, const struct slow_offer *offer, const struct slow_take *take,
                       uint32_t i)
{
    struct slow_line *line = &s->lines[i];
    int64_t prior = offer->in->give.prior_price_minor;
    line->gross = line->left = line->gross - take->off[i];
    line->price_e5 = take->price_e5[i];
    line->prior_minor = prior > 0 ? prior : line->list_e5 / slow_e5_of_minor(s);
    line->is_reduced = true;
}

void slow_give(struct slow *s, const struct slow_offer *offer, const struct slow_take *take)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        struct slow_line *line = &s->lines[i];
        line->used += take->units[i];
        line->used_minor += take->units[i] > 0 ? take->minor[i] - take->off[i] : 0;
        if (take->off[i] == 0)
            continue;
        line->touched_by[offer->number] = true;
        if (offer->step == BOOK_STEP_PRICE) {
            give_price(s, offer, take, i);
            continue;
        }
        line->left -= take->off[i];
        line->basket_off += offer->step == BOOK_STEP_BASKET ? take->off[i] : 0;
        s->result.offers[offer->number].amount_minor += take->off[i];
    }
    note_given(s, offer);
}

static void give_points(struct slow *s, const struct slow_offer *offer, const struct slow_earning *earning)
{
    s->result.offers[offer->number].points = earning->points;
    for (uint32_t i = 0; i < s->line_count; i++)
        s->lines[i].points += earning->of_line[i];
    note_given(s, offer);
}

/* ---- asking */

static void work_out(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                     struct slow_take *out)
{
    slow_propose(s, offer, matched, out);
    if (out->why == NULL)
        slow_limit_take(s, offer, out);
}

static const char *check(const struct slow *s, const struct slow_offer *offer, struct slow_set *matched)
{
    const char *why = slow_check_offer(s, offer, matched);
    if (why == NULL)
        why = slow_limit_uses(s, offer);
    return why != NULL ? why : slow_check_stacking(s, offer, matched);
}

void slow_try(const struct slow *s, const struct slow_offer *offer, struct slow_take *out)
{
    struct slow_set matched;
    *out = (struct slow_take){.why = check(s, offer, &matched)};
    if (out->why == NULL)
        work_out(s, offer, &matched, out);
}

static void try_earning(const struct slow *s, const struct slow_offer *offer, struct slow_earning *out)
{
    struct slow_set matched;
    *out = (struct slow_earning){.why = check(s, offer, &matched)};
    if (out->why != NULL)
        return;
    slow_earn(s, offer, &matched, out);
    slow_limit_earning(s, offer, out);
}

static const char *check_lane(const struct slow *s, const struct lane *lane, const struct slow_offer *offer)
{
    bool is_kept_out = (s->alone_in_basket != NULL && s->alone_in_basket != offer) ||
                       (s->alone_in_step != NULL && s->alone_in_step != offer);
    if (is_discount(lane->stage) && is_kept_out)
        return "exclusive";
    if (s->gives_way && offer->in->exclusive == BOOK_EXCLUSIVE_IF_BETTER)
        return "not better";
    if (lane->has_given && lane->mode == BOOK_LANE_EXCLUSIVE)
        return "beaten";
    if (lane->has_given && lane->mode == BOOK_LANE_HIGHEST_PRIORITY &&
        offer->in->priority != lane->given_priority)
        return "beaten";
    return room_in(s, lane) == 0 ? "lane is full" : NULL;
}

/* ---- lanes in which each line takes the best */

/* What each offer that is still in the contest wins: each line goes to the largest proposal, of equals the earlier. */
static void hold_contest(const struct slow *s, const bool *runs, const struct slow_take *all,
                         struct slow_take *won)
{
    for (uint32_t i = 0; i < s->offer_count; i++) {
        won[i] = all[i];
        memset(won[i].off, 0, sizeof(won[i].off));
    }
    for (uint32_t line = 0; line < s->line_count; line++) {
        uint32_t best = SLOW_OFFERS;
        for (uint32_t i = 0; i < s->offer_count; i++) {
            if (runs[i] && all[i].why == NULL &&
                all[i].off[line] > (best == SLOW_OFFERS ? 0 : all[best].off[line]))
                best = i;
        }
        if (best != SLOW_OFFERS)
            won[best].off[line] = all[best].off[line];
    }
}

/* Which winner has to leave: of two that never meet, else of more than the lane may give, the one that gives least;
 * of equals the later. SLOW_OFFERS: none. */
static uint32_t find_leaver(const struct slow *s, const bool *runs, const struct slow_take *won,
                            uint32_t room)
{
    uint32_t winners = 0, least = SLOW_OFFERS;
    int64_t totals[SLOW_OFFERS];
    for (uint32_t i = 0; i < s->offer_count; i++)
        totals[i] = runs[i] ? slow_take_total(s, &won[i]) : 0;
    for (uint32_t k = 0; k < s->offer_count; k++) {
        for (uint32_t i = 0; i < k; i++) {
            if (totals[i] > 0 && totals[k] > 0 && slow_never_meet(&s->offers[i], &s->offers[k]))
                return totals[i] < totals[k] ? i : k;
        }
    }
    for (uint32_t i = 0; i < s->offer_count; i++) {
        winners += totals[i] > 0 ? 1 : 0;
        if (totals[i] > 0 && (least == SLOW_OFFERS || totals[i] <= totals[least]))
            least = i;
    }
    return winners > room ? least : SLOW_OFFERS;
}

static void settle_best(struct slow *s, struct lane *lane)
{
    struct slow_take all[SLOW_OFFERS], won[SLOW_OFFERS];
    for (uint32_t i = 0; i < s->offer_count; i++) {
        all[i] = (struct slow_take){.why = "not in this lane"};
        if (lane->runs[i])
            slow_try(s, &s->offers[i], &all[i]);
    }
    for (;;) {
        hold_contest(s, lane->runs, all, won);
        uint32_t leaver = find_leaver(s, lane->runs, won, room_in(s, lane));
        if (leaver == SLOW_OFFERS)
            break;
        lane->runs[leaver] = false;
    }
    for (uint32_t i = 0; i < s->offer_count; i++) {
        if (lane->runs[i] && slow_take_total(s, &won[i]) > 0)
            slow_give(s, &s->offers[i], &won[i]);
    }
}

/* The receipt takes the offer with most points, of equals the earlier. */
static void settle_best_earner(struct slow *s, const struct lane *lane)
{
    const struct slow_offer *best = NULL;
    struct slow_earning most = {.points = 0};
    for (uint32_t i = 0; i < s->offer_count; i++) {
        struct slow_earning earning;
        if (!lane->runs[i])
            continue;
        try_earning(s, &s->offers[i], &earning);
        if (earning.why == NULL && earning.points > most.points)
            most = earning, best = &s->offers[i];
    }
    if (best != NULL)
        give_points(s, best, &most);
}

/* ---- running */

static bool settles(const struct lane *lane)
{
    bool is_best = lane->mode == BOOK_LANE_BEST_PER_LINE || lane->mode == BOOK_LANE_BEST_COMBINATION;
    if (lane->stage == BOOK_STEP_AWARD)
        return false;
    return is_best || (lane->mode == BOOK_LANE_SUM_PERCENT && is_discount(lane->stage));
}

static const char *run_discount(struct slow *s, struct lane *lane, const struct slow_offer *offer)
{
    struct slow_take take;
    slow_try(s, offer, &take);
    if (take.why == NULL && !settles(lane))
        slow_give(s, offer, &take);
    return take.why;
}

static const char *run_earning(struct slow *s, struct lane *lane, const struct slow_offer *offer)
{
    struct slow_earning earning;
    try_earning(s, offer, &earning);
    if (earning.why == NULL && !settles(lane))
        give_points(s, offer, &earning);
    return earning.why;
}

static const char *run_award(struct slow *s, const struct slow_offer *offer)
{
    struct slow_set matched;
    struct slow_award award = {.offer = offer->number};
    const char *why = check(s, offer, &matched);
    if (why == NULL)
        why = slow_award(s, offer, &matched, &award);
    if (why != NULL)
        return why;
    if (s->result.award_count == SLOW_AWARDS)
        return "too many";
    s->result.awards[s->result.award_count++] = award;
    note_given(s, offer);
    return NULL;
}

static void run_offer(struct slow *s, struct lane *lane, const struct slow_offer *offer)
{
    const char *why = check_lane(s, lane, offer);
    if (why == NULL && lane->stage == BOOK_STEP_AWARD)
        why = run_award(s, offer);
    else if (why == NULL && lane->stage >= BOOK_STEP_EARN)
        why = run_earning(s, lane, offer);
    else if (why == NULL)
        why = run_discount(s, lane, offer);
    s->result.offers[offer->number].why = why;
    if (lane->mode == BOOK_LANE_SUM_PERCENT && is_discount(lane->stage) && check_lane(s, lane, offer) == NULL)
        lane->runs[offer - s->offers] = true; /* what comes to nothing alone may add up */
    if (why != NULL)
        return;
    lane->has_given = true;
    lane->given_priority = offer->in->priority;
    lane->runs[offer - s->offers] = true;
}

void slow_run_lane(struct slow *s, uint32_t first, uint32_t count)
{
    const struct slow_offer *offer = &s->offers[first];
    const struct book_source_lane *row = &s->source->lanes[offer->in->lane];
    struct lane lane = {.stage = offer->stage,
                        .mode = (uint8_t)row->mode,
                        .number = offer->in->lane,
                        .offers_max = row->offers_max};
    for (uint32_t i = 0; i < s->line_count; i++)
        s->lines[i].used = s->lines[i].used_minor = 0;
    for (uint32_t i = first; i < first + count; i++)
        run_offer(s, &lane, &s->offers[i]);
    if (!settles(&lane))
        return;
    if (lane.stage >= BOOK_STEP_EARN)
        settle_best_earner(s, &lane);
    else if (lane.mode == BOOK_LANE_SUM_PERCENT)
        slow_settle_sums(s, lane.runs, room_in(s, &lane));
    else
        settle_best(s, &lane);
}
