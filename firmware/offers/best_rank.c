/* SPDX-License-Identifier: Apache-2.0 */
/* Deals by rank: as D365 does where a search would take too long, the offers of a group are ranked by the marginal
 * value of the units that others want, too: (what the offer gains - what it gains without those units) / their
 * number. Each takes all its deals in that order. Ties: priority, then the whole gain, then the earlier offer. */
#include "base/wide.h"
#include "offers/best.h"
#include "offers/sort.h"

/* Where the next units of each part come from: in w->local, no run before it (behind it, of the cheapest) has any. */
struct picking {
    struct engine *e;
    const struct best_offer *offer;
    uint32_t at[BOOK_PARTS_MAX];
};

static void add_member(struct best_solution *solution, struct best_deal *deal, uint32_t run, uint32_t part,
                       int64_t units)
{
    solution->members[solution->member_count++] = (struct best_member){run, part, units};
    deal->member_count++;
}

/* The run that the next unit of the part comes from; BOOK_NONE: there is none. */
static uint32_t next_run(struct picking *p, uint32_t i)
{
    const struct best_workspace *w = p->e->contest;
    uint32_t part = p->offer->part_first + i;
    for (; p->at[i] < w->local_count; p->at[i]++) {
        uint32_t place = w->parts[part].is_cheapest ? w->local_count - 1 - p->at[i] : p->at[i];
        if (w->runs[w->local[place]].left > 0 && best_may_serve(&w->runs[w->local[place]], part))
            return w->local[place];
    }
    return BOOK_NONE;
}

/* Takes the units of one deal; false: there are too few, or the solution is full. What was taken is in *deal either
 * way. */
static bool pick_deal(struct picking *p, struct best_deal *deal)
{
    struct best_workspace *w = p->e->contest;
    for (uint32_t i = 0; i < p->offer->part_count; i++) {
        int64_t wanted = w->parts[p->offer->part_first + i].units;
        while (wanted > 0) {
            uint32_t run = next_run(p, i);
            if (run == BOOK_NONE || w->solution.member_count == BEST_MEMBERS_MAX ||
                deal->member_count == SHARE_COUNT_MAX)
                return false;
            int64_t units = w->runs[run].left < wanted ? w->runs[run].left : wanted;
            add_member(&w->solution, deal, run, p->offer->part_first + i, units);
            w->runs[run].left -= units;
            wanted -= units;
        }
    }
    return true;
}

/* How many more of the same deal the runs at hand have units for. A deal that used a run up is alone. */
static int64_t more_of_same(struct best_workspace *w, const struct best_deal *deal)
{
    int64_t more = INT64_MAX;
    const struct best_member *members = &w->solution.members[deal->member_first];
    for (uint32_t i = 0; i < deal->member_count; i++)
        w->runs[members[i].run].in_deal = 0;
    for (uint32_t i = 0; i < deal->member_count; i++)
        w->runs[members[i].run].in_deal += members[i].units;
    for (uint32_t i = 0; i < deal->member_count && more > 0; i++) {
        const struct best_run *run = &w->runs[members[i].run];
        more = more < run->left / run->in_deal ? more : run->left / run->in_deal;
    }
    return more;
}

static int64_t repeats_left(const struct best_offer *offer)
{
    return offer->repeats_max > 0 ? offer->repeats_max - offer->used : INT64_MAX;
}

static int64_t value_of(struct best_workspace *w, const struct best_deal *deal)
{
    const struct best_offer *offer = &w->offers[deal->offer];
    int64_t value =
        offers_best_value_of(w, offer, &w->solution.members[deal->member_first], deal->member_count);
    return value > 0 ? offers_best_within_limits(offer, value) : 0;
}

/* Takes one deal as often as it fits and gains; what it gains, 0: it was not taken. */
static int64_t take_deal(struct picking *p, uint32_t offer)
{
    struct engine *e = p->e;
    struct best_workspace *w = e->contest;
    struct best_deal deal = {.offer = offer, .member_first = w->solution.member_count, .times = 1};
    bool is_whole = w->solution.deal_count < BEST_DEALS_MAX && pick_deal(p, &deal);
    int64_t more = is_whole ? more_of_same(w, &deal) : 0;
    for (uint32_t i = 0; i < deal.member_count; i++) /* moved for good below, with their lines */
        w->runs[w->solution.members[deal.member_first + i].run].left +=
            w->solution.members[deal.member_first + i].units;
    int64_t value = is_whole ? value_of(w, &deal) : 0;
    deal.value_bp = value;
    w->work += deal.member_count + 1;
    int64_t gained = value > 0 ? value - offers_best_move_units(e, &deal, 1) : 0;
    if (gained <= 0) {
        if (value > 0)
            (void)offers_best_move_units(e, &deal, -1);
        w->solution.member_count = deal.member_first;
        return 0;
    }
    more = more < repeats_left(p->offer) ? more : repeats_left(p->offer);
    int64_t fits = (p->offer->most_bp - p->offer->given_bp) / value;
    more = more < fits ? more : fits;
    if (more > 0) {
        gained += value * more - offers_best_move_units(e, &deal, more);
        deal.times += more;
    }
    w->solution.deals[w->solution.deal_count++] = deal;
    return gained;
}

static int64_t take_all(struct engine *e, uint32_t offer)
{
    struct best_workspace *w = e->contest;
    struct picking p = {.e = e, .offer = &w->offers[offer]};
    int64_t sum = 0;
    while (!p.offer->is_shut && repeats_left(p.offer) > 0) {
        int64_t gained = take_deal(&p, offer);
        if (gained == 0)
            break;
        sum += gained;
    }
    return sum;
}

/* ---- marginal values */

static int64_t shared_units(const struct best_workspace *w, uint32_t deal_count)
{
    int64_t units = 0;
    for (uint32_t i = deal_count; i < w->solution.deal_count; i++) {
        const struct best_deal *deal = &w->solution.deals[i];
        for (uint32_t k = 0; k < deal->member_count; k++) {
            const struct best_member *member = &w->solution.members[deal->member_first + k];
            units += w->runs[member->run].is_shared ? member->units * deal->times : 0;
        }
    }
    return units;
}

static void hide_shared(struct best_workspace *w, bool is_hidden)
{
    for (uint32_t i = 0; i < w->local_count; i++) {
        struct best_run *run = &w->runs[w->local[i]];
        if (run->is_shared)
            run->left = is_hidden ? 0 : run->units;
    }
}

static void measure_deals(struct engine *e, uint32_t at)
{
    struct best_workspace *w = e->contest;
    struct best_offer *offer = &w->offers[at];
    uint32_t before = w->solution.deal_count;
    offer->full_bp = take_all(e, at);
    offer->shared_units = shared_units(w, before);
    (void)offers_best_give_back(e, before);
    offer->rest_bp = 0;
    if (offer->shared_units == 0)
        return;
    hide_shared(w, true);
    offer->rest_bp = take_all(e, at);
    (void)offers_best_give_back(e, before);
    hide_shared(w, false);
}

/* A block has all its lines or none: where others want any of them, all of it hangs on these units. */
static void measure_block(struct engine *e, uint32_t at)
{
    const struct best_workspace *w = e->contest;
    struct best_offer *offer = &e->contest->offers[at];
    offer->full_bp = offer->block_minor * BEST_WHOLE_BP;
    offer->rest_bp = offer->shared_units = 0;
    for (uint32_t i = 0; i < offer->row_count; i++) {
        uint32_t line = w->block_rows[offer->row_first + i].line;
        offer->full_bp -= offers_best_alternative(e, line, e->lines[line].units);
        offer->shared_units += e->lines[line].units;
    }
}

/* (full - rest) / shared units, multiplied out; what shares nothing comes first. */
static int compare_marginal(const struct best_offer *a, const struct best_offer *b)
{
    if (a->shared_units == 0 || b->shared_units == 0)
        return (a->shared_units != 0) - (b->shared_units != 0);
    int64_t gain_a = a->full_bp > a->rest_bp ? a->full_bp - a->rest_bp : 0;
    int64_t gain_b = b->full_bp > b->rest_bp ? b->full_bp - b->rest_bp : 0;
    return wide_compare(wide_multiply((uint64_t)gain_b, (uint64_t)a->shared_units),
                        wide_multiply((uint64_t)gain_a, (uint64_t)b->shared_units));
}

static int compare_ranks(const void *context, uint32_t a, uint32_t b)
{
    const struct best_workspace *w = context;
    const struct best_offer *offer_a = &w->offers[a], *offer_b = &w->offers[b];
    int order = compare_marginal(offer_a, offer_b);
    if (order != 0)
        return order;
    if (offer_a->priority != offer_b->priority)
        return offer_a->priority > offer_b->priority ? -1 : 1;
    if (offer_a->full_bp != offer_b->full_bp)
        return offer_a->full_bp > offer_b->full_bp ? -1 : 1;
    return (a > b) - (a < b); /* they stand in the order of the book */
}

int64_t offers_best_take_by_rank(struct engine *e, uint32_t group, uint32_t *out_count)
{
    struct best_workspace *w = e->contest;
    uint32_t count = 0;
    int64_t gained = 0;
    for (uint32_t i = 0; i < w->offer_count; i++) {
        if (w->offers[i].group != group)
            continue;
        (w->offers[i].is_block ? measure_block : measure_deals)(e, i);
        w->rank[count++] = i;
    }
    offers_sort(w->rank, count, compare_ranks, w);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offer = w->rank[i];
        if (!w->offers[offer].is_block)
            gained += take_all(e, offer);
        else if (w->offers[offer].full_bp > 0 && offers_best_block_is_free(e, offer))
            gained += offers_best_take_block(e, offer);
    }
    *out_count = count;
    return gained;
}
