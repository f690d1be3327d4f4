/* SPDX-License-Identifier: Apache-2.0 */
/* Offers of a lane that never meet, and lanes that give so many offers at most: the lane is solved as if there were
 * no such rule; where the solution breaks one, it is solved again without either of the two offers (of a lane that is
 * too full: without each of its offers), and the better of these is taken. A solution of which more is left out gives
 * no more, so that branches end early. After so many solutions the lesser offer leaves each time. */
#include "offers/best.h"

struct choice {
    struct engine *e;
    const struct lane *lane;
    uint32_t solves;
    int64_t best_bp; /* -1: none was found */
    uint32_t path[BEST_OFFERS_MAX], path_count;
    uint32_t best_path[BEST_OFFERS_MAX], best_count; /* the offers that are left out of the best */
    enum offers_reason reason;                       /* why the last ones had to be */
};

/* The offers that the solution gives something of, and what, into w->rank and ... */
struct used {
    uint32_t list[BEST_OFFERS_MAX];
    uint32_t count;
};

/* Those of them that others may keep from standing there; all of them, if the lane is too full. */
static uint32_t list_used(const struct choice *c, struct used *out)
{
    uint32_t all = 0;
    out->count = 0;
    for (uint32_t k = c->lane->explanation_first; k < c->e->explanation_count; k++) {
        if (c->e->explanations[k].reason != OFFERS_GIVEN || offers_best_given_bp(c->e, k) == 0)
            continue;
        all++;
        if (out->count < BEST_OFFERS_MAX)
            out->list[out->count++] = k;
    }
    return all;
}

static bool is_bound(const struct engine *e, uint32_t k)
{
    struct book_offer offer;
    book_offer_at(e->book, e->explanations[k].offer, &offer);
    return offer.groups.count > 0 || offer.excluded_with.count > 0;
}

/* The lines on which the solution gives something of the offer. */
static struct line_set lines_of(const struct engine *e, uint32_t k)
{
    const struct best_workspace *w = e->contest;
    const struct best_solution *solution = &w->solution;
    struct line_set lines = {.words = {0}};
    for (uint32_t i = 0; i < solution->deal_count; i++) {
        const struct best_deal *deal = &solution->deals[i];
        for (uint32_t at = 0; at < deal->member_count && w->offers[deal->offer].explanation == k; at++)
            line_set_add(&lines, w->runs[solution->members[deal->member_first + at].run].line);
    }
    for (uint32_t i = 0; i < w->offer_count; i++) {
        const struct best_offer *offer = &w->offers[i];
        for (uint32_t at = 0; at < offer->row_count && solution->has_block[i] && offer->explanation == k;
             at++)
            line_set_add(&lines, w->block_rows[offer->row_first + at].line);
    }
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->best[i].offer != BOOK_NONE && e->best[i].explanation == k && w->line_left[i] > 0)
            line_set_add(&lines, i);
    }
    return lines;
}

/* Whether they are of one group, of which each line has one at most, and share a line. Without one of them more is
 * lost than that line, so that the result is not called the best. */
static bool meet_on_line(const struct engine *e, uint32_t a, uint32_t b)
{
    struct book_offer offer;
    book_offer_at(e->book, e->explanations[a].offer, &offer);
    if (offer.groups.count == 0 || !offers_share_group(e, &offer, e->explanations[b].offer))
        return false;
    struct line_set lines = lines_of(e, a), others = lines_of(e, b);
    line_set_intersect(e, &lines, &others);
    bool they_do = !line_set_is_empty(e, &lines);
    e->contest->is_bounded = e->contest->is_bounded || they_do;
    return they_do;
}

/* Two used offers that never meet: then they alone are left in *used. */
static bool find_pair(const struct choice *c, struct used *used)
{
    const struct engine *e = c->e;
    for (uint32_t i = 0; i < used->count; i++) {
        if (!is_bound(e, used->list[i]))
            continue;
        for (uint32_t k = i + 1; k < used->count; k++) {
            if (!offers_never_meet(e, e->explanations[used->list[i]].offer,
                                   e->explanations[used->list[k]].offer) &&
                !meet_on_line(e, used->list[i], used->list[k]))
                continue;
            *used = (struct used){.list = {used->list[i], used->list[k]}, .count = 2};
            return true;
        }
    }
    return false;
}

/* The least first; of equals the later. */
static void sort_used(const struct engine *e, struct used *used)
{
    for (uint32_t i = 1; i < used->count; i++) {
        uint32_t k = used->list[i], at = i;
        int64_t given = offers_best_given_bp(e, k);
        for (; at > 0 && offers_best_given_bp(e, used->list[at - 1]) >= given; at--)
            used->list[at] = used->list[at - 1];
        used->list[at] = k;
    }
}

/* Whether the solution breaks a rule; then one of *used has to leave. */
static bool find_broken(struct choice *c, struct used *used)
{
    uint32_t all = list_used(c, used);
    if (find_pair(c, used))
        c->reason = OFFERS_GROUP_TAKEN;
    else if (all > offers_lane_room(c->e, c->lane))
        c->reason = OFFERS_LANE_FULL;
    else
        return false;
    sort_used(c->e, used);
    return true;
}

static void note_best(struct choice *c, int64_t sum_bp)
{
    c->best_bp = sum_bp;
    c->best_count = c->path_count;
    memcpy(c->best_path, c->path, c->path_count * sizeof(c->path[0]));
}

static void branch(struct choice *c)
{
    struct used used;
    int64_t sum_bp = offers_best_solve(c->e, c->lane);
    c->solves++;
    if (sum_bp <= c->best_bp)
        return;
    if (!find_broken(c, &used)) {
        note_best(c, sum_bp);
        return;
    }
    enum offers_reason reason = c->reason;
    for (uint32_t i = 0; i < used.count && c->path_count < BEST_OFFERS_MAX; i++) {
        if (i > 0 && c->solves >= BEST_CHOICES_MAX) {
            c->e->contest->is_bounded = true;
            return;
        }
        struct offers_explanation *explanation = &c->e->explanations[used.list[i]];
        explanation->reason = reason;
        c->path[c->path_count++] = used.list[i];
        branch(c);
        c->path_count--;
        explanation->reason = OFFERS_GIVEN;
    }
}

/* An offer that had to leave stays out if nothing of it could be given beside the others. */
void offers_best_choose(struct engine *e, const struct lane *lane)
{
    struct choice c = {.e = e, .lane = lane, .best_bp = -1};
    branch(&c);
    for (uint32_t i = 0; i < c.best_count; i++) {
        struct book_offer offer;
        struct offers_explanation *explanation = &e->explanations[c.best_path[i]];
        book_offer_at(e->book, explanation->offer, &offer);
        if (offer.groups.count > 0)
            explanation->reason = OFFERS_GROUP_TAKEN;
        else
            explanation->reason = offer.excluded_with.count > 0 ? OFFERS_EXCLUDED_WITH : OFFERS_LANE_FULL;
    }
    if (c.solves > 1)
        (void)offers_best_solve(e, lane);
}
