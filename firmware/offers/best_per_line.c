/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes in which each line takes the offer that gives it most (of price rules: the lowest price), and receipts the
 * offer that gives most points. All offers make their proposals on what the lane began with. Offers that may not
 * stand beside one another, or are too many for the lane, leave the contest one by one, the one that gives least
 * first, and it is held again without them. */
#include "offers/engine.h"

struct contest {
    struct engine *e;
    const struct lane *lane;
    enum offers_reason (*work_out)(struct engine *e, const struct book_offer *offer, uint32_t index,
                                   const struct line_set *matched);
    enum offers_reason (*give)(struct engine *e, const struct book_offer *offer, uint32_t index,
                               struct offers_explanation *explanation);
};

#define FOR_EACH_ENTRANT(c, k)                                                                               \
    for (uint32_t k = (c)->lane->explanation_first; k < (c)->e->explanation_count; k++)                      \
        if ((c)->e->explanations[k].reason == OFFERS_GIVEN)

/* Works the proposal of an explained offer out once more. */
static enum offers_reason propose_again(const struct contest *c, uint32_t k, struct book_offer *out_offer)
{
    struct line_set matched;
    uint32_t index = c->e->explanations[k].offer;
    book_offer_at(c->e->book, index, out_offer);
    enum offers_reason reason = offers_check_all(c->e, out_offer, index, &matched);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_stacking(c->e, out_offer, &matched);
    return reason == OFFERS_GIVEN ? c->work_out(c->e, out_offer, index, &matched) : reason;
}

void offers_keep_best(struct engine *e, uint32_t k)
{
    const struct proposal *proposal = &e->proposal;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct best_row *best = &e->best[proposal->rows[i].line];
        if (proposal->rows[i].amount == 0 ||
            (best->offer != BOOK_NONE && best->row.amount >= proposal->rows[i].amount))
            continue;
        *best = (struct best_row){e->explanations[k].offer, k, proposal->percent_bp, proposal->is_together,
                                  proposal->rows[i]};
    }
}

/* What each entrant has won. */
static void sum_best(const struct contest *c)
{
    struct engine *e = c->e;
    FOR_EACH_ENTRANT(c, k)
    e->explanations[k].amount_minor = 0;
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->best[i].offer != BOOK_NONE)
            e->explanations[e->best[i].explanation].amount_minor += e->best[i].row.amount;
    }
}

static void hold_again(const struct contest *c)
{
    struct engine *e = c->e;
    for (uint32_t i = 0; i < e->line_count; i++)
        e->best[i].offer = BOOK_NONE;
    FOR_EACH_ENTRANT(c, k)
    {
        struct book_offer offer;
        if (propose_again(c, k, &offer) == OFFERS_GIVEN)
            offers_keep_best(e, k);
    }
    sum_best(c);
}

/* Of two winners the one that gives less; of equals the later. */
static uint32_t lesser(const struct engine *e, uint32_t a, uint32_t b)
{
    return e->explanations[a].amount_minor < e->explanations[b].amount_minor ? a : b;
}

/* Of more winners than the lane may give: the least. */
static uint32_t find_surplus(const struct contest *c)
{
    uint32_t winners = 0, least = BOOK_NONE;
    FOR_EACH_ENTRANT(c, k)
    {
        if (c->e->explanations[k].amount_minor == 0)
            continue;
        winners++;
        least = least == BOOK_NONE ? k : lesser(c->e, least, k);
    }
    return winners > offers_lane_room(c->e, c->lane) ? least : BOOK_NONE;
}

/* Of two winners that never meet: the lesser. */
static uint32_t find_conflict(const struct contest *c)
{
    struct engine *e = c->e;
    uint32_t *bound = e->run_order, count = 0; /* winners that have others to keep clear of */
    FOR_EACH_ENTRANT(c, k)
    {
        struct book_offer offer;
        if (e->explanations[k].amount_minor == 0)
            continue;
        book_offer_head_at(e->book, e->explanations[k].offer, &offer);
        if (offer.groups.count == 0 && offer.excluded_with.count == 0)
            continue;
        for (uint32_t i = 0; i < count; i++) {
            if (offers_never_meet(e, e->explanations[bound[i]].offer, e->explanations[k].offer))
                return lesser(e, bound[i], k);
        }
        bound[count++] = k;
    }
    return BOOK_NONE;
}

/* The winner that has to leave; BOOK_NONE: they may stand together. */
static uint32_t find_leaver(const struct contest *c, enum offers_reason *out_reason)
{
    uint32_t leaver = c->lane->is_bound ? find_conflict(c) : BOOK_NONE;
    *out_reason = OFFERS_EXCLUDED_WITH;
    if (leaver != BOOK_NONE) {
        struct book_offer offer;
        book_offer_head_at(c->e->book, c->e->explanations[leaver].offer, &offer);
        *out_reason = offer.groups.count > 0 ? OFFERS_GROUP_TAKEN : OFFERS_EXCLUDED_WITH;
        return leaver;
    }
    *out_reason = OFFERS_LANE_FULL;
    return c->lane->offers_max > 0 ? find_surplus(c) : BOOK_NONE;
}

/* The rows that the offer has won. */
static void collect_rows(struct engine *e, uint32_t k)
{
    offers_begin_proposal(e, /* percent_bp= */ 0);
    for (uint32_t i = 0; i < e->line_count; i++) {
        const struct best_row *best = &e->best[i];
        if (best->offer == BOOK_NONE || best->explanation != k)
            continue;
        e->proposal.percent_bp = best->percent_bp;
        e->proposal.is_together = best->is_together;
        e->proposal.rows[e->proposal.count++] = best->row;
        e->proposal.total += best->row.amount;
    }
}

static void settle(const struct contest *c)
{
    struct engine *e = c->e;
    enum offers_reason reason;
    sum_best(c); /* the lines have kept the best proposals as they were made */
    for (uint32_t leaver = find_leaver(c, &reason); leaver != BOOK_NONE; leaver = find_leaver(c, &reason)) {
        e->explanations[leaver].reason = reason;
        e->explanations[leaver].amount_minor = 0;
        hold_again(c);
    }
    FOR_EACH_ENTRANT(c, k)
    {
        struct offers_explanation *explanation = &e->explanations[k];
        struct book_offer offer;
        if (explanation->amount_minor == 0)
            continue;
        explanation->amount_minor = 0;
        book_offer_at(e->book, explanation->offer, &offer);
        collect_rows(e, k);
        explanation->reason = c->give(e, &offer, explanation->offer, explanation);
    }
}

void offers_settle_best_per_line(struct engine *e, const struct lane *lane)
{
    struct contest contest = {e, lane, offers_work_out_discount, offers_give};
    settle(&contest);
}

void offers_settle_best_afresh(struct engine *e, const struct lane *lane)
{
    struct contest contest = {e, lane, offers_work_out_discount, offers_give};
    hold_again(&contest);
    settle(&contest);
}

void offers_settle_lowest_price(struct engine *e, const struct lane *lane)
{
    struct contest contest = {e, lane, offers_work_out_price, offers_give_price};
    settle(&contest);
}

void offers_settle_best_earner(struct engine *e, const struct lane *lane)
{
    struct contest c = {e, lane, offers_work_out_earning, offers_give_earning};
    uint32_t best = BOOK_NONE;
    int64_t best_points = 0;
    struct book_offer offer;
    FOR_EACH_ENTRANT(&c, k)
    {
        if (propose_again(&c, k, &offer) != OFFERS_GIVEN || e->earning.points <= best_points)
            continue;
        best = k;
        best_points = e->earning.points;
    }
    if (best == BOOK_NONE)
        return;
    struct offers_explanation *explanation = &e->explanations[best];
    explanation->reason = propose_again(&c, best, &offer);
    if (explanation->reason == OFFERS_GIVEN)
        explanation->reason = offers_give_earning(e, &offer, explanation->offer, explanation);
}
