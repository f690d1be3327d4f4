/* SPDX-License-Identifier: Apache-2.0 */
/* The search: units are looked at dearest first. The dearest that is left begins a deal (of each offer in turn, with
 * every choice of the other units, none of them dearer), or serves none. A branch ends where even the most that the
 * units left can add gives no more than was found, or where the same units were left before with as much given.
 *
 * It is bounded by states (which units are left) and by units tried, never by time: every till finds the same. */
#include "offers/best.h"

struct search {
    struct engine *e;
    struct best_workspace *w;
    uint32_t rank_count, deal_count; /* deal_count: of the solution before those that it looks for */
    int64_t total_bp;                /* gained so far */
    int64_t open_bp;                 /* what the units that are left can add at most */
    int64_t best_bp;
    uint64_t key; /* of the units that are left */
    uint32_t states_end;
    uint64_t steps_left;
    uint32_t looked_at; /* places, of the step at hand */
    bool is_cut;
};

/* A deal that is being put together. */
struct opening {
    uint32_t offer;
    uint32_t place;  /* of its first unit, in w->local */
    uint32_t opened; /* the part that this unit serves */
};

static struct best_run *run_at(const struct search *s, uint32_t place)
{
    return &s->w->runs[s->w->local[place]];
}

/* ---- what was found */

static void copy_deals(const struct best_solution *from, uint32_t first, struct best_solution *to)
{
    uint32_t member_first = first < from->deal_count ? from->deals[first].member_first : from->member_count;
    to->deal_count = from->deal_count - first;
    to->member_count = from->member_count - member_first;
    memcpy(to->deals, from->deals + first, to->deal_count * sizeof(to->deals[0]));
    memcpy(to->members, from->members + member_first, to->member_count * sizeof(to->members[0]));
    for (uint32_t i = 0; i < to->deal_count; i++)
        to->deals[i].member_first -= member_first;
}

static void note_better(struct search *s)
{
    if (s->total_bp <= s->best_bp)
        return;
    s->best_bp = s->total_bp;
    copy_deals(&s->w->solution, s->deal_count, &s->w->found);
    memcpy(s->w->found.has_block, s->w->solution.has_block, sizeof(s->w->found.has_block));
}

/* ---- states */

/* All that what follows hangs on, as a sum of one number a thing, so that it is kept up as things change. */
enum keyed { KEYED_RUN, KEYED_LINE, KEYED_OFFER, KEYED_GIVEN };

static uint64_t number_of(enum keyed kind, uint32_t index, int64_t value)
{
    uint64_t number = ((uint64_t)kind << 32 | index) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)value;
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

static void set_left(struct search *s, uint32_t place, int64_t left)
{
    struct best_run *run = run_at(s, place);
    s->key += number_of(KEYED_RUN, place, left) - number_of(KEYED_RUN, place, run->left);
    run->left = left;
}

/* Units of a line that serve deals, or serve them no more (units < 0); what its alternative loses by it. */
static int64_t move_line(struct search *s, uint32_t line, int64_t units)
{
    int64_t *left = &s->w->line_left[line];
    if (s->e->best[line].offer == BOOK_NONE) {
        *left -= units;
        return 0;
    }
    int64_t lost =
        offers_best_alternative(s->e, line, *left) - offers_best_alternative(s->e, line, *left - units);
    s->key += number_of(KEYED_LINE, line, *left - units) - number_of(KEYED_LINE, line, *left);
    *left -= units;
    return lost;
}

static void count_use(struct search *s, const struct best_deal *deal, int64_t times)
{
    struct best_offer *offer = &s->w->offers[deal->offer];
    int64_t used = offer->used + times, given = offer->given_bp + deal->value_bp * times;
    if (offer->repeats_max > 0)
        s->key +=
            number_of(KEYED_OFFER, deal->offer, used) - number_of(KEYED_OFFER, deal->offer, offer->used);
    if (offer->most_bp < INT64_MAX)
        s->key +=
            number_of(KEYED_GIVEN, deal->offer, given) - number_of(KEYED_GIVEN, deal->offer, offer->given_bp);
    offer->used = used;
    offer->given_bp = given;
}

/* Whether the same was left before, with at least as much given. */
static bool was_seen(struct search *s)
{
    uint64_t key = s->key;
    struct best_seen *seen = &s->w->seen[key % BEST_SEEN_SLOTS];
    if (seen->search == s->w->search && seen->key == key && seen->total_bp >= s->total_bp)
        return true;
    *seen = (struct best_seen){key, s->total_bp, s->w->search};
    return false;
}

static bool begin_state(struct search *s)
{
    if (s->w->states >= s->states_end || s->steps_left == 0) {
        s->is_cut = true;
        return false;
    }
    s->w->states++;
    return true;
}

/* What is worked, in steps; false: there are none left. */
static bool spend_steps(struct search *s, uint32_t steps)
{
    if (s->steps_left <= steps) {
        s->steps_left = 0;
        s->is_cut = true;
        return false;
    }
    s->steps_left -= steps;
    return true;
}

/* A place that is only looked at costs a small part of a step. */
static bool look_at_place(struct search *s)
{
    if (++s->looked_at < BEST_LOOKS)
        return true;
    s->looked_at = 0;
    return spend_steps(s, 1);
}

/* ---- deals */

static void explore(struct search *s, uint32_t place, uint32_t closed_class);

static int64_t gain_of_members(const struct search *s, const struct best_deal *deal)
{
    int64_t gain = 0;
    for (uint32_t i = 0; i < deal->member_count; i++) {
        const struct best_member *member = &s->w->solution.members[deal->member_first + i];
        gain += member->units * s->w->runs[member->run].gain_bp;
    }
    return gain;
}

static uint32_t line_of(const struct search *s, uint32_t member)
{
    return s->w->runs[s->w->solution.members[member].run].line;
}

/* The members since member_first are a whole deal: go on with what is left. The units were taken from their runs
 * already; here they are taken from their lines. */
static void complete(struct search *s, const struct opening *opening, uint32_t member_first)
{
    struct best_solution *solution = &s->w->solution;
    const struct best_offer *offer = &s->w->offers[opening->offer];
    struct best_deal deal = {.offer = opening->offer,
                             .member_first = member_first,
                             .member_count = solution->member_count - member_first,
                             .times = 1};
    if (!spend_steps(s, deal.member_count / BEST_MOVES))
        return;
    deal.value_bp = offers_best_value_of(s->w, offer, &solution->members[member_first], deal.member_count);
    deal.value_bp = deal.value_bp > 0 ? offers_best_within_limits(offer, deal.value_bp) : 0;
    if (deal.value_bp == 0 || solution->deal_count == BEST_DEALS_MAX)
        return;
    int64_t lost = 0, gain = gain_of_members(s, &deal);
    for (uint32_t i = 0; i < deal.member_count; i++)
        lost += move_line(s, line_of(s, member_first + i), solution->members[member_first + i].units);
    solution->deals[solution->deal_count++] = deal;
    count_use(s, &deal, 1);
    s->total_bp += deal.value_bp - lost;
    s->open_bp -= gain;
    explore(s, opening->place, BOOK_NONE);
    s->open_bp += gain;
    s->total_bp -= deal.value_bp - lost;
    count_use(s, &deal, -1);
    solution->deal_count--;
    for (uint32_t i = 0; i < deal.member_count; i++)
        (void)move_line(s, line_of(s, member_first + i), -solution->members[member_first + i].units);
}

/* Adds a unit of the run to the deal. */
static void place_unit(struct search *s, uint32_t place, uint32_t part)
{
    struct best_solution *solution = &s->w->solution;
    solution->members[solution->member_count++] = (struct best_member){s->w->local[place], part, 1};
    set_left(s, place, run_at(s, place)->left - 1);
}

static void take_unit_back(struct search *s, uint32_t place)
{
    s->w->solution.member_count--;
    set_left(s, place, run_at(s, place)->left + 1);
}

static bool can_serve(const struct search *s, uint32_t place, uint32_t part)
{
    return run_at(s, place)->left > 0 && best_may_serve(run_at(s, place), part);
}

/* The last place at or behind `from` that has a unit for the part; BOOK_NONE: none has. */
static uint32_t cheapest_place(struct search *s, uint32_t from, uint32_t part)
{
    for (uint32_t place = s->w->local_count; place > from && look_at_place(s); place--) {
        if (can_serve(s, place - 1, part))
            return place - 1;
    }
    return BOOK_NONE;
}

/* Where the deal stands: `wanted` units of the i-th part are to be chosen, from the place `from` on. */
struct filling {
    const struct opening *opening;
    uint32_t member_first;
    uint32_t i, wanted, from;
};

static void fill(struct search *s, struct filling f);

static void fill_cheapest(struct search *s, const struct filling *f, uint32_t part)
{
    uint32_t place = cheapest_place(s, f->opening->place, part);
    struct filling next = *f;
    if (place == BOOK_NONE || !spend_steps(s, 1))
        return;
    next.wanted--;
    place_unit(s, place, part);
    fill(s, next);
    take_unit_back(s, place);
}

/* Every choice; of runs that are alike the first will do. */
static void fill_any(struct search *s, const struct filling *f, uint32_t part)
{
    uint32_t tried_class = BOOK_NONE;
    for (uint32_t place = f->from; place < s->w->local_count; place++) {
        if (!look_at_place(s))
            return;
        if (!can_serve(s, place, part) || run_at(s, place)->class == tried_class)
            continue;
        if (!spend_steps(s, 1))
            return;
        tried_class = run_at(s, place)->class;
        struct filling next = *f;
        next.wanted--;
        next.from = place;
        place_unit(s, place, part);
        fill(s, next);
        take_unit_back(s, place);
    }
}

static void fill(struct search *s, struct filling f)
{
    const struct best_offer *offer = &s->w->offers[f.opening->offer];
    while (f.wanted == 0) {
        if (++f.i == offer->part_count) {
            complete(s, f.opening, f.member_first);
            return;
        }
        uint32_t part = offer->part_first + f.i;
        f.wanted = s->w->parts[part].units - (part == f.opening->opened ? 1 : 0);
        f.from = f.opening->place;
    }
    uint32_t part = offer->part_first + f.i;
    if (s->w->parts[part].is_cheapest)
        fill_cheapest(s, &f, part);
    else
        fill_any(s, &f, part);
}

/* The unit at the place begins a deal as a member of that part. */
static void open_deal(struct search *s, uint32_t place, uint32_t offer_at, uint32_t part)
{
    struct opening opening = {offer_at, place, part};
    struct filling f = {
        .opening = &opening, .member_first = s->w->solution.member_count, .i = 0, .from = place};
    uint32_t first = s->w->offers[offer_at].part_first;
    if (s->w->parts[part].is_cheapest) {
        uint32_t cheapest = cheapest_place(s, place, part);
        if (cheapest == BOOK_NONE || run_at(s, cheapest)->price < run_at(s, place)->price)
            return; /* a cheaper one is there to be had */
    }
    f.wanted = s->w->parts[first].units - (part == first ? 1 : 0);
    place_unit(s, place, part);
    fill(s, f);
    take_unit_back(s, place);
}

static void open_deals(struct search *s, uint32_t place)
{
    for (uint32_t i = 0; i < s->rank_count && !s->is_cut; i++) {
        const struct best_offer *offer = &s->w->offers[s->w->rank[i]];
        if (offer->is_block || offer->is_shut ||
            (offer->repeats_max > 0 && offer->used >= offer->repeats_max))
            continue;
        for (uint32_t part = offer->part_first; part < offer->part_first + offer->part_count; part++) {
            if (best_may_serve(run_at(s, place), part))
                open_deal(s, place, s->w->rank[i], part);
        }
    }
}

/* closed_class: runs of that class serve no deal, since one that is like them serves none. */
static void explore(struct search *s, uint32_t place, uint32_t closed_class)
{
    while (place < s->w->local_count && run_at(s, place)->left == 0)
        place++;
    note_better(s);
    if (place == s->w->local_count || s->total_bp + s->open_bp <= s->best_bp || s->is_cut)
        return;
    struct best_run *run = run_at(s, place);
    if (run->class != closed_class) {
        if (was_seen(s) || !begin_state(s))
            return;
        open_deals(s, place);
    }
    int64_t left = run->left;
    set_left(s, place, 0);
    s->open_bp -= left * run->gain_bp;
    explore(s, place + 1, run->class);
    s->open_bp += left * run->gain_bp;
    set_left(s, place, left);
}

/* ---- blocks first: each is taken or not */

static int64_t open_sum(const struct search *s)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->w->local_count; i++)
        sum += run_at(s, i)->left * run_at(s, i)->gain_bp;
    return sum;
}

/* blocks_bp: what the blocks from the rank `from` on can add at most. */
static void explore_blocks(struct search *s, uint32_t from, int64_t blocks_bp)
{
    while (from < s->rank_count && !s->w->offers[s->w->rank[from]].is_block)
        from++;
    if (s->total_bp + s->open_bp + blocks_bp <= s->best_bp || s->is_cut)
        return;
    if (from == s->rank_count) {
        s->w->search++; /* other blocks, other units */
        explore(s, 0, BOOK_NONE);
        return;
    }
    uint32_t offer = s->w->rank[from];
    int64_t gain = s->w->offers[offer].full_bp > 0 ? s->w->offers[offer].full_bp : 0;
    if (!begin_state(s))
        return;
    if (gain > 0 && offers_best_block_is_free(s->e, offer)) {
        int64_t open_bp = s->open_bp;
        s->total_bp += offers_best_take_block(s->e, offer);
        s->open_bp = open_sum(s);
        explore_blocks(s, from + 1, blocks_bp - gain);
        offers_best_give_back_block(s->e, offer);
        s->total_bp -= gain;
        s->open_bp = open_bp;
    }
    explore_blocks(s, from + 1, blocks_bp - gain);
}

/* ---- the whole of it */

static int64_t units_left(const struct search *s)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < s->w->local_count; i++)
        units += run_at(s, i)->units < BEST_UNITS_MAX ? run_at(s, i)->units : BEST_UNITS_MAX;
    return units;
}

static void give_blocks_back(struct search *s)
{
    for (uint32_t i = 0; i < s->rank_count; i++) {
        if (s->w->solution.has_block[s->w->rank[i]])
            offers_best_give_back_block(s->e, s->w->rank[i]);
    }
}

/* Puts what was found into the solution. */
static void take_found(struct search *s)
{
    struct best_solution *solution = &s->w->solution;
    for (uint32_t i = 0; i < s->rank_count; i++) {
        if (s->w->found.has_block[s->w->rank[i]] && !solution->has_block[s->w->rank[i]])
            (void)offers_best_take_block(s->e, s->w->rank[i]);
    }
    for (uint32_t i = 0; i < s->w->found.deal_count; i++) {
        struct best_deal deal = s->w->found.deals[i];
        memcpy(solution->members + solution->member_count, s->w->found.members + deal.member_first,
               deal.member_count * sizeof(solution->members[0]));
        deal.member_first = solution->member_count;
        solution->member_count += deal.member_count;
        solution->deals[solution->deal_count++] = deal;
        (void)offers_best_move_units(s->e, &deal, deal.times);
    }
}

/* What the blocks of the rank can add at most. */
static int64_t sum_blocks(const struct search *s)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->rank_count; i++) {
        const struct best_offer *offer = &s->w->offers[s->w->rank[i]];
        sum += offer->is_block && offer->full_bp > 0 ? offer->full_bp : 0;
    }
    return sum;
}

/* Keeps what the solution has since deal_count as the best so far, and frees its units. */
static int64_t free_deals(struct engine *e, uint32_t deal_count)
{
    struct best_workspace *w = e->contest;
    int64_t gained = 0;
    copy_deals(&w->solution, deal_count, &w->found);
    memcpy(w->found.has_block, w->solution.has_block, sizeof(w->found.has_block));
    for (uint32_t i = deal_count; i < w->solution.deal_count; i++)
        gained += w->solution.deals[i].value_bp * w->solution.deals[i].times;
    return gained - offers_best_give_back(e, deal_count);
}

static bool end_search(struct search *s, const struct best_bounds *bounds)
{
    s->w->steps_left -= bounds->steps - s->steps_left;
    return !s->is_cut;
}

static struct search begin_search(struct engine *e, uint32_t rank_count, uint32_t deal_count,
                                  const struct best_bounds *bounds)
{
    struct best_workspace *w = e->contest;
    return (struct search){.e = e,
                           .w = w,
                           .rank_count = rank_count,
                           .deal_count = deal_count,
                           .states_end = w->states + bounds->states,
                           .steps_left = bounds->steps};
}

bool offers_best_search(struct engine *e, uint32_t rank_count, uint32_t deal_count, int64_t gained_bp,
                        const struct best_bounds *bounds)
{
    struct search s = begin_search(e, rank_count, deal_count, bounds);
    (void)free_deals(e, deal_count);
    give_blocks_back(&s);
    s.best_bp = gained_bp;
    if (units_left(&s) > BEST_UNITS_MAX) {
        s.is_cut = true;
    } else {
        s.open_bp = open_sum(&s);
        explore_blocks(&s, 0, sum_blocks(&s));
    }
    take_found(&s);
    return end_search(&s, bounds);
}

int64_t offers_best_search_deals(struct engine *e, uint32_t rank_count, uint32_t deal_count,
                                 const struct best_bounds *bounds)
{
    struct search s = begin_search(e, rank_count, deal_count, bounds);
    int64_t before = s.best_bp = free_deals(e, deal_count);
    s.open_bp = open_sum(&s);
    s.w->search++; /* other units */
    explore(&s, 0, BOOK_NONE);
    take_found(&s);
    (void)end_search(&s, bounds);
    return s.best_bp - before;
}
