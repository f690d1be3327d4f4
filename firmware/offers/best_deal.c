/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/best.h"
#include "offers/share.h"
#include "offers/sort.h"

int64_t offers_best_alternative(const struct engine *e, uint32_t line, int64_t units)
{
    if (e->best[line].offer == BOOK_NONE || units <= 0)
        return 0;
    return offers_first_units(e->best[line].row.amount, e->lines[line].units, units) * BEST_WHOLE_BP;
}

/* ---- the worth of a deal */

/* The saving on counted units of that price, of each. */
static int64_t saving_of_unit(const struct best_offer *offer, int64_t price)
{
    switch (offer->mode) {
    case DEAL_PERCENT:
        return price * offer->percent_bp;
    case DEAL_EACH:
        return (price < offer->amount_minor ? price : offer->amount_minor) * BEST_WHOLE_BP;
    case DEAL_UNIT_PRICE:
        return price > offer->amount_minor ? (price - offer->amount_minor) * BEST_WHOLE_BP : 0;
    case DEAL_SUM:
    case DEAL_PRICE:
        return 0;
    }
    return 0;
}

/* ---- some of the counted units: from the dear end or the cheap one */

struct counted_order {
    const struct best_member *members;
    bool is_dearest;
};

/* Runs stand dearest first; of members of one run the first. */
static int compare_counted(const void *context, uint32_t a, uint32_t b)
{
    const struct counted_order *order = context;
    uint32_t run_a = order->members[a].run, run_b = order->members[b].run;
    if (run_a != run_b)
        return (run_a < run_b) == order->is_dearest ? -1 : 1;
    return (a > b) - (a < b);
}

/* Members come by part, and most deals have one part: mostly they stand in order already, from one end or the other. */
uint32_t offers_best_order_counted(struct best_workspace *w, const struct best_offer *offer,
                                   const struct best_member *members, uint32_t count)
{
    struct counted_order order = {members, offer->is_dearest};
    bool is_sorted = true;
    uint32_t counted = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = offer->is_dearest ? i : count - 1 - i;
        if (!w->parts[members[at].part].counts)
            continue;
        w->order[counted++] = at;
        if (counted > 1) {
            uint32_t before = members[w->order[counted - 2]].run, run = members[at].run;
            is_sorted = is_sorted && (offer->is_dearest ? before <= run : before >= run);
        }
    }
    if (!is_sorted)
        offers_sort(w->order, counted, compare_counted, &order);
    return counted;
}

/* A run may serve two counted parts of a deal: each of its members counts for itself. */
static int64_t saving_of_some(struct best_workspace *w, const struct best_offer *offer,
                              const struct best_member *members, uint32_t count)
{
    int64_t left = offer->some_units, saving = 0;
    uint32_t counted = offers_best_order_counted(w, offer, members, count);
    for (uint32_t i = 0; i < counted && left > 0; i++) {
        const struct best_member *member = &members[w->order[i]];
        int64_t units = member->units < left ? member->units : left;
        saving += units * saving_of_unit(offer, w->runs[member->run].price);
        left -= units;
    }
    return saving;
}

int64_t offers_best_value_of(struct best_workspace *w, const struct best_offer *offer,
                             const struct best_member *members, uint32_t count)
{
    int64_t price = 0, takeable = 0, value = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct best_run *run = &w->runs[members[i].run];
        price += members[i].units * run->price;
        takeable += members[i].units * run->takeable;
        if (w->parts[members[i].part].counts && offer->some_units == 0)
            value += members[i].units * saving_of_unit(offer, run->price);
    }
    if (offer->mode == DEAL_SUM)
        value = (offer->amount_minor < price ? offer->amount_minor : price) * BEST_WHOLE_BP;
    else if (offer->mode == DEAL_PRICE)
        value = price > offer->amount_minor ? (price - offer->amount_minor) * BEST_WHOLE_BP : 0;
    else if (offer->some_units > 0)
        value = saving_of_some(w, offer, members, count);
    return value < takeable * BEST_WHOLE_BP ? value : takeable * BEST_WHOLE_BP;
}

int64_t offers_best_within_limits(const struct best_offer *offer, int64_t value_bp)
{
    int64_t left = offer->most_bp - offer->given_bp;
    if (value_bp <= left)
        return value_bp;
    return offer->may_cut && left > 0 ? left : 0;
}

static int64_t divide_up(int64_t value, int64_t by)
{
    return value <= 0 ? 0 : (value - 1) / by + 1;
}

int64_t offers_best_gain_of(const struct best_offer *offer, const struct best_part *part, int64_t price)
{
    int64_t units = offer->units, sum_bp = offer->amount_minor * BEST_WHOLE_BP;
    if (offer->mode == DEAL_SUM)
        return divide_up(sum_bp, units);
    if (offer->mode == DEAL_PRICE) /* every unit pays its part of the price */
        return divide_up(price * BEST_WHOLE_BP - sum_bp / units, 1);
    if (!part->counts)
        return 0;
    int64_t saving = saving_of_unit(offer, price);
    /* Of a group the cheapest cost no more than their part of all. */
    bool is_cheapest_of_group =
        offer->some_units > 0 && !offer->is_dearest && offer->part_count == 1 && offer->mode == DEAL_PERCENT;
    return is_cheapest_of_group ? divide_up(saving * offer->some_units, units) : saving;
}

/* ---- taking and giving back */

int64_t offers_best_move_units(struct engine *e, const struct best_deal *deal, int64_t times)
{
    struct best_workspace *w = e->contest;
    int64_t lost = 0;
    for (uint32_t i = 0; i < deal->member_count; i++) {
        const struct best_member *member = &w->solution.members[deal->member_first + i];
        struct best_run *run = &w->runs[member->run];
        int64_t *line_left = &w->line_left[run->line];
        lost += offers_best_alternative(e, run->line, *line_left);
        run->left -= member->units * times;
        *line_left -= member->units * times;
        lost -= offers_best_alternative(e, run->line, *line_left);
    }
    w->offers[deal->offer].used += times;
    w->offers[deal->offer].given_bp += deal->value_bp * times;
    return lost;
}

int64_t offers_best_give_back(struct engine *e, uint32_t deal_count)
{
    struct best_solution *solution = &e->contest->solution;
    int64_t regained = 0;
    while (solution->deal_count > deal_count) {
        const struct best_deal *deal = &solution->deals[--solution->deal_count];
        regained -= offers_best_move_units(e, deal, -deal->times);
        solution->member_count = deal->member_first;
    }
    return regained;
}

bool offers_best_block_is_free(const struct engine *e, uint32_t offer)
{
    const struct best_workspace *w = e->contest;
    const struct best_offer *block = &w->offers[offer];
    for (uint32_t i = 0; i < block->row_count; i++) {
        uint32_t line = w->block_rows[block->row_first + i].line;
        if (w->line_left[line] != e->lines[line].units)
            return false;
    }
    return true;
}

/* The lines of a block have all of their units, or none. */
static int64_t set_lines(struct engine *e, uint32_t offer, bool is_free)
{
    struct best_workspace *w = e->contest;
    const struct best_offer *block = &w->offers[offer];
    int64_t alternatives = 0;
    for (uint32_t i = 0; i < block->row_count; i++) {
        uint32_t line = w->block_rows[block->row_first + i].line;
        w->line_left[line] = is_free ? e->lines[line].units : 0;
        alternatives += offers_best_alternative(e, line, e->lines[line].units);
    }
    for (uint32_t i = 0; i < w->local_count; i++) {
        struct best_run *run = &w->runs[w->local[i]];
        if (run->left != 0 && !is_free && w->line_left[run->line] == 0)
            run->left = 0;
        else if (run->left == 0 && is_free && w->line_left[run->line] == e->lines[run->line].units)
            run->left = run->units;
    }
    w->solution.has_block[offer] = !is_free;
    return block->block_minor * BEST_WHOLE_BP - alternatives;
}

int64_t offers_best_take_block(struct engine *e, uint32_t offer)
{
    return set_lines(e, offer, /* is_free= */ false);
}

void offers_best_give_back_block(struct engine *e, uint32_t offer)
{
    (void)set_lines(e, offer, /* is_free= */ true);
}
