/* SPDX-License-Identifier: Apache-2.0 */
/* Offers of a lane that never meet, and lanes that give so many offers at most: the lane is solved as if there were
 * no such rule; where the solution breaks one, it is solved again without either of the two offers (of a lane that is
 * too full: without each of its offers), and the better of these is taken. A solution of which more is left out gives
 * no more, so that branches end early. Of a lane that is far too full the least leave at once. After so many
 * solutions, or so much work, those stay that give most beside one another, and that is all. */
#include "offers/best.h"
#include "offers/sort.h"

#define CROWD  2 /* times more offers than the lane has room for: the rest leaves at once */
#define ROUNDS 3 /* of the end, in which offers may come in again that had nothing so far */

struct choice {
    struct engine *e;
    struct best_workspace *w;
    const struct lane *lane;
    uint32_t solves;
    int64_t best_bp; /* -1: none was found */
};

/* Offers of which one has to leave. */
struct leavers {
    uint32_t list[BEST_CHOICES_MAX];
    uint32_t count;
    uint32_t crowd; /* the lane is far too full: so many leave at once */
};

/* ---- who is in */

static bool is_in(const struct choice *c, uint32_t k)
{
    return c->e->explanations[k].reason == OFFERS_GIVEN && !offers_best_is_out(c->w, k);
}

static void leave(const struct choice *c, uint32_t k)
{
    c->w->out[k / 64] |= UINT64_C(1) << (k % 64);
}

static void come_back(const struct choice *c, uint32_t k)
{
    c->w->out[k / 64] &= ~(UINT64_C(1) << (k % 64));
}

static size_t size_of_sets(const struct choice *c)
{
    return (c->e->explanation_count + 63) / 64 * sizeof(c->w->out[0]);
}

/* ---- what was given */

/* What the solution gives of an offer stands in its explanation's amount for as long as the choice is made. */
static int compare_given(const void *context, uint32_t a, uint32_t b)
{
    const struct engine *e = context;
    int64_t given_a = e->explanations[a].amount_minor, given_b = e->explanations[b].amount_minor;
    if (given_a != given_b)
        return given_a > given_b ? -1 : 1;
    return (a > b) - (a < b);
}

/* Those of which the solution gives something into w->order, most first, of equals the earlier: each line has one
 * beside the deals and blocks. */
static uint32_t list_used(const struct choice *c)
{
    uint32_t count = 0;
    _Static_assert(SHARE_COUNT_MAX >= LINES_MAX + BEST_OFFERS_MAX, "they fit");
    offers_best_sum_each(c->e, c->lane);
    for (uint32_t k = c->lane->explanation_first; k < c->e->explanation_count; k++) {
        if (is_in(c, k) && c->e->explanations[k].amount_minor > 0)
            c->w->order[count++] = k;
    }
    offers_sort(c->w->order, count, compare_given, c->e);
    return count;
}

static bool is_bound(const struct engine *e, uint32_t k)
{
    struct book_offer offer;
    book_offer_head_at(e->book, e->explanations[k].offer, &offer);
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
    book_offer_head_at(e->book, e->explanations[a].offer, &offer);
    if (!offers_share_group(e, &offer, e->explanations[b].offer))
        return false;
    struct line_set lines = lines_of(e, a), others = lines_of(e, b);
    line_set_intersect(e, &lines, &others);
    bool they_do = !line_set_is_empty(e, &lines);
    e->contest->is_bounded = e->contest->is_bounded || they_do;
    return they_do;
}

/* Two used offers that may not stand together: the lesser first. */
static bool find_pair(const struct choice *c, uint32_t used, struct leavers *out)
{
    const struct engine *e = c->e;
    const uint32_t *order = c->w->order;
    uint32_t bound[BEST_BOUND_MAX], count = 0;
    for (uint32_t i = 0; i < used && count < BEST_BOUND_MAX && c->w->is_bound; i++) {
        if (!is_bound(e, order[i]))
            continue;
        for (uint32_t k = 0; k < count; k++) {
            if (!offers_never_meet(e, e->explanations[bound[k]].offer, e->explanations[order[i]].offer) &&
                !meet_on_line(e, bound[k], order[i]))
                continue;
            *out = (struct leavers){.list = {order[i], bound[k]}, .count = 2};
            return true;
        }
        bound[count++] = order[i];
    }
    return false;
}

/* Whether the solution breaks a rule; then one of *out has to leave. */
static bool find_broken(const struct choice *c, struct leavers *out)
{
    uint32_t used = list_used(c), room = offers_lane_room(c->e, c->lane);
    *out = (struct leavers){
        .crowd = used > room && used - room > (CROWD - 1) * (uint64_t)room ? used - CROWD * room : 0};
    if (out->crowd > 0 || find_pair(c, used, out))
        return true;
    for (uint32_t i = 0; used > room && i < used && i < BEST_CHOICES_MAX; i++)
        out->list[out->count++] = c->w->order[used - 1 - i];
    return out->count > 0;
}

static void note_best(struct choice *c, int64_t sum_bp)
{
    if (sum_bp <= c->best_bp)
        return;
    c->best_bp = sum_bp;
    memcpy(c->w->best_out, c->w->out, size_of_sets(c));
}

/* ---- the end of the choice */

/* Beside those that are kept there is room for one more, and it may stand there. */
static bool may_stay(const struct choice *c, const uint32_t *kept, uint32_t count, uint32_t k)
{
    const struct engine *e = c->e;
    struct book_offer offer;
    book_offer_head_at(e->book, e->explanations[k].offer, &offer);
    if (count >= offers_lane_room(e, c->lane))
        return false;
    for (uint32_t i = 0; i < count && is_bound(e, k); i++) {
        uint32_t other = e->explanations[kept[i]].offer;
        if (offers_never_meet(e, e->explanations[k].offer, other) || offers_share_group(e, &offer, other))
            return false;
    }
    return true;
}

/* Of the used ones those leave that may not stay beside those that give more; in the end all others as well. */
static void keep_most(const struct choice *c, bool is_last)
{
    uint32_t used = list_used(c), kept = 0, *order = c->w->order;
    for (uint32_t i = 0; i < used; i++) {
        if (may_stay(c, order, kept, order[i]))
            order[kept++] = order[i]; /* kept <= i */
        else
            leave(c, order[i]);
    }
    for (uint32_t k = c->lane->explanation_first; k < c->e->explanation_count && is_last; k++) {
        if (is_in(c, k) && c->e->explanations[k].amount_minor == 0)
            leave(c, k);
    }
}

/* The solution at hand is brought in order without trying more than one way. */
static void finish(struct choice *c)
{
    struct leavers leavers;
    c->w->is_bounded = true;
    memcpy(c->w->kept_out, c->w->out, size_of_sets(c));
    for (unsigned round = 1; round <= ROUNDS; round++) {
        keep_most(c, round == ROUNDS);
        int64_t sum_bp = offers_best_solve(c->e, c->lane);
        c->solves++;
        if (find_broken(c, &leavers) && round < ROUNDS)
            continue;
        note_best(c, sum_bp);
        break;
    }
    memcpy(c->w->out, c->w->kept_out, size_of_sets(c));
}

/* ---- the choice */

static bool is_spent(const struct choice *c)
{
    return c->solves >= BEST_CHOICES_MAX || c->w->work >= BEST_WORK_MAX;
}

static void branch(struct choice *c);

/* The least of the crowd, w->order being that of all used. */
static void leave_at_once(struct choice *c, uint32_t crowd)
{
    uint32_t used = 0;
    c->w->is_bounded = true;
    for (uint32_t k = c->lane->explanation_first; k < c->e->explanation_count; k++)
        used += is_in(c, k) && c->e->explanations[k].amount_minor > 0 ? 1 : 0;
    for (uint32_t i = used - crowd; i < used; i++)
        leave(c, c->w->order[i]);
    branch(c); /* nobody who left comes back: this is the only way that is tried */
}

static void branch(struct choice *c)
{
    struct leavers leavers;
    int64_t sum_bp = offers_best_solve(c->e, c->lane);
    c->solves++;
    if (sum_bp <= c->best_bp)
        return;
    if (!find_broken(c, &leavers)) {
        note_best(c, sum_bp);
        return;
    }
    if (is_spent(c)) {
        finish(c);
        return;
    }
    if (leavers.crowd > 0) {
        leave_at_once(c, leavers.crowd);
        return;
    }
    for (uint32_t i = 0; i < leavers.count; i++) {
        if (i > 0 && is_spent(c)) {
            c->w->is_bounded = true;
            return;
        }
        leave(c, leavers.list[i]);
        branch(c);
        come_back(c, leavers.list[i]);
    }
}

/* An offer that had to leave stays out if nothing of it could be given beside the others. */
static void explain_leavers(const struct choice *c)
{
    struct engine *e = c->e;
    for (uint32_t k = c->lane->explanation_first; k < e->explanation_count; k++) {
        struct offers_explanation *explanation = &e->explanations[k];
        struct book_offer offer;
        explanation->amount_minor = 0;
        if (explanation->reason != OFFERS_GIVEN || !offers_best_is_out(c->w, k))
            continue;
        book_offer_head_at(e->book, explanation->offer, &offer);
        if (offer.groups.count > 0)
            explanation->reason = OFFERS_GROUP_TAKEN;
        else
            explanation->reason = offer.excluded_with.count > 0 ? OFFERS_EXCLUDED_WITH : OFFERS_LANE_FULL;
    }
}

void offers_best_choose(struct engine *e, const struct lane *lane)
{
    struct choice c = {.e = e, .w = e->contest, .lane = lane, .best_bp = -1};
    memset(c.w->out, 0, size_of_sets(&c));
    branch(&c);
    memcpy(c.w->out, c.w->best_out, size_of_sets(&c));
    explain_leavers(&c);
    if (c.solves > 1)
        (void)offers_best_solve(e, lane);
}
