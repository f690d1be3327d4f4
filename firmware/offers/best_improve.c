/* SPDX-License-Identifier: Apache-2.0 */
/* Better deals for groups that are too large to be searched through: a window of a few deals, and of units beside them
 * that serve nothing, is taken apart and searched as a small group is. The deals are passed again and again, each time
 * in another order, until a whole pass finds nothing or the states are used up. All orders are the same everywhere. */
#include "offers/best.h"
#include "offers/sort.h"

struct improving {
    struct engine *e;
    struct best_workspace *w;
    uint32_t rank_count, deal_count; /* deal_count: of the solution before the group */
    uint32_t states_end;
    uint64_t steps_end; /* what w->steps_left may fall to */
    int64_t gained_bp;
};

/* ---- the order of a pass */

enum { BY_DEAREST, BY_CHEAPEST, BY_OFFER, BY_CHANCE };

static uint64_t mix(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

static uint64_t key_of(const struct best_workspace *w, const struct best_item *item, uint32_t pass)
{
    uint64_t first = item->run, last = item->run, offer = 0;
    if (item->deal != BOOK_NONE) {
        const struct best_deal *deal = &w->solution.deals[item->deal];
        first = w->solution.members[deal->member_first].run;
        last = w->solution.members[deal->member_first + deal->member_count - 1].run;
        offer = deal->offer;
    }
    if (pass == BY_DEAREST)
        return first << 32 | last;
    if (pass == BY_CHEAPEST)
        return last << 32 | first;
    if (pass == BY_OFFER)
        return offer << 32 | first;
    return mix((first << 40 ^ last << 20 ^ offer) + pass * UINT64_C(0x9e3779b97f4a7c15));
}

static int compare_items(const void *context, uint32_t a, uint32_t b)
{
    const struct best_item *items = context;
    if (items[a].key != items[b].key)
        return items[a].key < items[b].key ? -1 : 1;
    return (a > b) - (a < b);
}

static void add_item(struct improving *g, struct best_item item, uint32_t pass)
{
    struct best_workspace *w = g->w;
    item.key = key_of(w, &item, pass);
    w->items[w->item_count] = item;
    w->item_order[w->item_count] = w->item_count;
    w->item_count++;
}

static void list_items(struct improving *g, uint32_t pass)
{
    struct best_workspace *w = g->w;
    w->item_count = 0;
    for (uint32_t i = g->deal_count; i < w->solution.deal_count; i++)
        add_item(g, (struct best_item){.deal = i, .run = BOOK_NONE}, pass);
    for (uint32_t i = 0; i < w->all_count; i++) {
        if (w->runs[w->all[i]].left > 0)
            add_item(g, (struct best_item){.deal = BOOK_NONE, .run = w->all[i]}, pass);
    }
    offers_sort(w->item_order, w->item_count, compare_items, w->items);
}

/* ---- a window */

static int64_t units_of(const struct best_workspace *w, const struct best_item *item)
{
    if (item->deal == BOOK_NONE)
        return w->runs[item->run].left < BEST_WINDOW_LOOSE ? w->runs[item->run].left : BEST_WINDOW_LOOSE;
    return w->offers[w->solution.deals[item->deal].offer].units;
}

/* Items from `from` on: two at least, then as many as have few units. */
static uint32_t end_of_window(const struct best_workspace *w, uint32_t from)
{
    int64_t units = 0;
    uint32_t end = from;
    for (; end < w->item_count; end++) {
        units += units_of(w, &w->items[w->item_order[end]]);
        if (units > BEST_UNITS_MAX || (end >= from + 2 && units > BEST_WINDOW_UNITS))
            break;
    }
    return end;
}

/* One of the deal's repetitions comes to the end of the solution, as a deal of its own. */
static void set_apart(struct best_workspace *w, uint32_t at)
{
    struct best_solution *solution = &w->solution;
    struct best_deal apart = solution->deals[at];
    memcpy(&solution->members[solution->member_count], &solution->members[apart.member_first],
           apart.member_count * sizeof(solution->members[0]));
    solution->deals[at].times--;
    apart.member_first = solution->member_count;
    apart.times = 1;
    solution->member_count += apart.member_count;
    solution->deals[solution->deal_count++] = apart;
}

static bool has_room(const struct best_workspace *w, uint32_t from, uint32_t end)
{
    uint32_t members = 0;
    for (uint32_t i = from; i < end; i++) {
        uint32_t deal = w->items[w->item_order[i]].deal;
        members += deal != BOOK_NONE ? w->solution.deals[deal].member_count : 0;
    }
    return members <= BEST_MEMBERS_MAX - w->solution.member_count &&
           end - from <= BEST_DEALS_MAX - w->solution.deal_count;
}

static void use_run(struct best_workspace *w, uint32_t run)
{
    if (w->runs[run].is_in_window)
        return;
    w->runs[run].is_in_window = true;
    w->local[w->local_count++] = run;
}

static int compare_numbers(const void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return (a > b) - (a < b);
}

/* The runs of the window's items, dearest first. Of what they have left beside the deals only a few units take
 * part: the others are hidden for the time. */
static void open_window(struct improving *g, uint32_t from, uint32_t end)
{
    struct best_workspace *w = g->w;
    w->local_count = 0;
    for (uint32_t i = from; i < end; i++) {
        struct best_item item = w->items[w->item_order[i]];
        if (item.deal == BOOK_NONE) {
            use_run(w, item.run);
            continue;
        }
        const struct best_deal *deal = &w->solution.deals[item.deal];
        for (uint32_t k = 0; k < deal->member_count; k++)
            use_run(w, w->solution.members[deal->member_first + k].run);
        set_apart(w, item.deal);
    }
    offers_sort(w->local, w->local_count, compare_numbers, NULL);
    for (uint32_t i = 0; i < w->local_count; i++) {
        struct best_run *run = &w->runs[w->local[i]];
        run->hidden = run->left > BEST_WINDOW_LOOSE ? run->left - BEST_WINDOW_LOOSE : 0;
        run->left -= run->hidden;
    }
}

static void close_window(struct best_workspace *w)
{
    for (uint32_t i = 0; i < w->local_count; i++) {
        struct best_run *run = &w->runs[w->local[i]];
        run->left += run->hidden;
        run->hidden = 0;
        run->is_in_window = false;
    }
}

static int64_t improve_window(struct improving *g, uint32_t from, uint32_t end)
{
    struct best_workspace *w = g->w;
    uint32_t states = g->states_end - w->states;
    states = states < BEST_WINDOW_STATES ? states : BEST_WINDOW_STATES;
    uint64_t steps = w->steps_left - g->steps_end, most = (uint64_t)BEST_STEPS * states;
    struct best_bounds bounds = {.states = states, .steps = steps < most ? steps : most};
    uint32_t before = w->solution.deal_count;
    open_window(g, from, end);
    int64_t gained = offers_best_search_deals(g->e, g->rank_count, before, &bounds);
    close_window(w);
    return gained;
}

/* ---- passes */

/* Deals of which nothing is left make room for others. */
static void close_ranks(struct improving *g)
{
    struct best_solution *solution = &g->w->solution;
    uint32_t deals = g->deal_count, members;
    if (deals == solution->deal_count)
        return;
    members = solution->deals[deals].member_first;
    for (uint32_t i = g->deal_count; i < solution->deal_count; i++) {
        struct best_deal deal = solution->deals[i];
        if (deal.times == 0)
            continue;
        memmove(&solution->members[members], &solution->members[deal.member_first],
                deal.member_count * sizeof(solution->members[0]));
        deal.member_first = members;
        members += deal.member_count;
        solution->deals[deals++] = deal;
    }
    solution->deal_count = deals;
    solution->member_count = members;
}

static bool may_go_on(const struct improving *g)
{
    return g->w->states < g->states_end && g->w->steps_left > g->steps_end;
}

static int64_t run_pass(struct improving *g, uint32_t pass)
{
    struct best_workspace *w = g->w;
    int64_t gained = 0;
    list_items(g, pass);
    for (uint32_t from = 0; from < w->item_count && may_go_on(g);) {
        uint32_t end = end_of_window(w, from);
        if (end <= from || !has_room(w, from, end))
            break;
        gained += improve_window(g, from, end);
        from = end;
    }
    close_ranks(g);
    return gained;
}

int64_t offers_best_improve(struct engine *e, uint32_t rank_count, uint32_t deal_count,
                            const struct best_bounds *bounds)
{
    struct best_workspace *w = e->contest;
    uint64_t steps_end = w->steps_left > bounds->steps ? w->steps_left - bounds->steps : 0;
    struct improving g = {e, w, rank_count, deal_count, w->states + bounds->states, steps_end, 0};
    uint32_t in_vain = 0;
    memcpy(w->all, w->local, w->local_count * sizeof(w->local[0]));
    w->all_count = w->local_count;
    for (uint32_t pass = 0; pass < BEST_PASSES_MAX && in_vain <= BY_CHANCE && may_go_on(&g); pass++) {
        int64_t gained = run_pass(&g, pass);
        g.gained_bp += gained;
        in_vain = gained > 0 ? 0 : in_vain + 1;
    }
    memcpy(w->local, w->all, w->all_count * sizeof(w->local[0]));
    w->local_count = w->all_count;
    return g.gained_bp;
}
