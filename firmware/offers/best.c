/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes that give the best combination: who wants which units, group by group the best deals for them, and what is
 * given in the end. */
#include "offers/best.h"
#include "offers/kinds/kinds.h"
#include "offers/sort.h"

#define MILLI 1000

/* ---- the offers of the lane */

static void add_part(struct engine *e, uint32_t offer, const struct deal_part *part)
{
    struct best_workspace *w = e->contest;
    uint32_t at = w->part_count++;
    w->parts[at] = (struct best_part){offer, part->units, part->counts, part->is_cheapest};
    FOR_EACH_LINE(e, &part->lines, line)
    w->line_parts[line][at / 64] |= UINT64_C(1) << (at % 64);
}

/* What its limits leave the offer: of an amount exactly that; of units as many deals as they are begun (or whole, where
 * what would pass is not cut). */
static void set_limits(const struct engine *e, const struct book_offer *row, uint32_t index,
                       struct best_offer *offer, uint32_t units)
{
    bool is_cut;
    int64_t left = offers_limit_left(e, row, index, BOOK_LIMIT_UNITS, &is_cut);
    if (left < INT64_MAX) {
        int64_t deals = (left / MILLI + (is_cut ? units - 1 : 0)) / units;
        offer->repeats_max =
            offer->repeats_max > 0 && offer->repeats_max < deals ? offer->repeats_max : deals;
        offer->is_shut = deals == 0;
    }
    left = offers_limit_left(e, row, index, BOOK_LIMIT_AMOUNT, &is_cut);
    offer->most_bp = left <= BEST_MINOR_MAX ? left * BEST_WHOLE_BP : INT64_MAX;
    offer->may_cut = is_cut;
}

/* Of one deal: those that limits count. */
static uint32_t units_that_count(const struct deal_terms *terms)
{
    uint32_t all = 0, counted = 0;
    for (uint32_t i = 0; i < terms->part_count; i++) {
        all += terms->parts[i].units;
        counted += terms->parts[i].counts ? terms->parts[i].units : 0;
    }
    if (!terms->is_on_given)
        return all;
    return terms->some_units > 0 ? terms->some_units : counted;
}

static void add_deals(struct engine *e, uint32_t k, const struct book_offer *row,
                      const struct deal_terms *terms)
{
    struct best_workspace *w = e->contest;
    uint32_t at = w->offer_count++;
    w->offers[at] = (struct best_offer){.explanation = k,
                                        .priority = row->priority,
                                        .mode = terms->mode,
                                        .percent_bp = terms->percent_bp,
                                        .some_units = terms->some_units,
                                        .is_dearest = terms->is_dearest,
                                        .is_on_given = terms->is_on_given,
                                        .amount_minor = terms->amount_minor,
                                        .repeats_max = terms->repeats_max,
                                        .part_first = w->part_count,
                                        .part_count = terms->part_count,
                                        .group = at};
    set_limits(e, row, e->explanations[k].offer, &w->offers[at], units_that_count(terms));
    for (uint32_t i = 0; i < terms->part_count; i++) {
        w->offers[at].units += terms->parts[i].units;
        add_part(e, at, &terms->parts[i]);
    }
}

/* The offer's proposal is a sum over lines. */
static void add_block(struct engine *e, uint32_t k, int32_t priority)
{
    struct best_workspace *w = e->contest;
    w->offers[w->offer_count] = (struct best_offer){.explanation = k,
                                                    .priority = priority,
                                                    .is_block = true,
                                                    .row_first = w->block_row_count,
                                                    .block_minor = e->proposal.total,
                                                    .percent_shown_bp = e->proposal.percent_bp,
                                                    .group = w->offer_count};
    for (uint32_t i = 0; i < e->proposal.count; i++) {
        if (e->proposal.rows[i].amount > 0)
            w->block_rows[w->block_row_count++] = e->proposal.rows[i];
    }
    w->offers[w->offer_count].row_count = w->block_row_count - w->offers[w->offer_count].row_first;
    w->offer_count++;
}

/* Each line's best offer of those that are for each line by itself; of equals the earlier. */
static void add_alternatives(struct engine *e, uint32_t k)
{
    for (uint32_t i = 0; i < e->proposal.count; i++) {
        const struct proposal_row *row = &e->proposal.rows[i];
        struct best_row *best = &e->best[row->line];
        if (row->amount == 0 || (best->offer != BOOK_NONE && best->row.amount >= row->amount))
            continue;
        *best = (struct best_row){e->explanations[k].offer, k, e->proposal.percent_bp, false, *row};
    }
}

/* One after the other; those for which there is no room are not looked at, and the result is no longer called the
 * best. */
static void add_offer(struct engine *e, uint32_t k)
{
    struct best_workspace *w = e->contest;
    struct deal_terms terms;
    struct line_set matched;
    struct book_offer offer;
    uint32_t index = e->explanations[k].offer;
    book_offer_at(e->book, index, &offer);
    if (offers_check_all(e, &offer, index, &matched) != OFFERS_GIVEN ||
        offers_check_stacking(e, &offer, &matched) != OFFERS_GIVEN)
        return;
    const struct offers_kind *kind = offers_kind_of(offer.kind);
    bool has_room = w->offer_count < BEST_OFFERS_MAX;
    if (kind->deal != NULL && kind->deal(e, &offer, &matched, &terms)) {
        if (has_room && terms.part_count <= BEST_PARTS_MAX - w->part_count)
            add_deals(e, k, &offer, &terms);
        else
            w->is_bounded = true;
        return;
    }
    if (kind->propose(e, &offer, &matched) != OFFERS_GIVEN)
        return;
    int64_t wanted = e->proposal.total;
    if (offers_limit_proposal(e, &offer, index) != OFFERS_GIVEN)
        return;
    if (!e->proposal.is_together) {
        /* What a limit leaves was shared out in the order of the lines: another offer may have one of them in the
         * end, and a later line have had its part. */
        w->is_bounded = w->is_bounded || e->proposal.total < wanted;
        add_alternatives(e, k);
    } else if (has_room && e->proposal.count <= BEST_BLOCK_ROWS_MAX - w->block_row_count)
        add_block(e, k, offer.priority);
    else
        w->is_bounded = true;
}

/* ---- the units that they want */

static void add_run(struct engine *e, uint32_t line, int64_t price, int64_t units)
{
    struct best_workspace *w = e->contest;
    if (units == 0 || price == 0) /* a free unit gains nothing from a deal and pays for none */
        return;
    int64_t takeable = line_takeable(&e->lines[line]) / e->lines[line].units;
    struct best_run *run = &w->runs[w->run_count++];
    *run = (struct best_run){
        .line = line, .price = price, .takeable = takeable < price ? takeable : price, .units = units};
    if (line_takeable(&e->lines[line]) == e->lines[line].running)
        run->takeable = price;
    memcpy(run->parts, w->line_parts[line], sizeof(run->parts));
}

static void add_runs(struct engine *e, uint32_t line)
{
    const struct line_state *state = &e->lines[line];
    const uint64_t *parts = e->contest->line_parts[line];
    uint64_t any = 0;
    for (uint32_t i = 0; i < BEST_WORDS; i++)
        any |= parts[i];
    if (any == 0)
        return;
    struct unit_prices prices = offers_unit_prices(state->running, state->units);
    add_run(e, line, prices.low + 1, prices.high_count);
    add_run(e, line, prices.low, state->units - prices.high_count);
}

static int compare_runs(const void *context, uint32_t a, uint32_t b)
{
    const struct best_run *run_a = (const struct best_run *)context + a,
                          *run_b = (const struct best_run *)context + b;
    if (run_a->price != run_b->price)
        return run_a->price > run_b->price ? -1 : 1;
    return (a > b) - (a < b); /* runs are made in the order of the lines */
}

/* Puts the runs into the order of e->run_order, in place: each cycle is walked once. */
static void reorder(struct engine *e)
{
    struct best_workspace *w = e->contest;
    for (uint32_t i = 0; i < w->run_count; i++) {
        uint32_t from = e->run_order[i];
        while (from < i)
            from = e->run_order[from];
        struct best_run kept = w->runs[i];
        w->runs[i] = w->runs[from];
        w->runs[from] = kept;
    }
}

static bool is_alike(const struct engine *e, const struct best_run *a, const struct best_run *b)
{
    const struct best_workspace *w = e->contest;
    return a->price == b->price && a->takeable == b->takeable && a->takeable == a->price &&
           memcmp(a->parts, b->parts, sizeof(a->parts)) == 0 && e->best[a->line].offer == BOOK_NONE &&
           e->best[b->line].offer == BOOK_NONE && w->line_block[a->line] == BOOK_NONE &&
           w->line_block[b->line] == BOOK_NONE;
}

static void make_runs(struct engine *e)
{
    struct best_workspace *w = e->contest;
    w->run_count = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        add_runs(e, i);
    for (uint32_t i = 0; i < w->run_count; i++)
        e->run_order[i] = i;
    offers_sort(e->run_order, w->run_count, compare_runs, w->runs);
    reorder(e);
    for (uint32_t i = 0; i < w->run_count; i++)
        w->runs[i].class = i > 0 && is_alike(e, &w->runs[i - 1], &w->runs[i]) ? w->runs[i - 1].class : i;
}

/* ---- groups: offers that contest units, directly or through others */

static uint32_t group_of(struct best_workspace *w, uint32_t offer)
{
    while (w->offers[offer].group != offer)
        offer = w->offers[offer].group = w->offers[w->offers[offer].group].group;
    return offer;
}

static void join(struct best_workspace *w, uint32_t a, uint32_t b)
{
    a = group_of(w, a);
    b = group_of(w, b);
    w->offers[a > b ? a : b].group = a < b ? a : b;
}

#define FOR_EACH_PART(parts, part)                                                                           \
    for (uint32_t part = next_part((parts), 0); part < BEST_PARTS_MAX; part = next_part((parts), part + 1))

static uint32_t next_part(const uint64_t *parts, uint32_t from)
{
    for (uint32_t word = from / 64; word < BEST_WORDS; word++) {
        uint64_t bits = word == from / 64 ? parts[word] & ~UINT64_C(0) << (from % 64) : parts[word];
        if (bits != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(bits);
    }
    return BEST_PARTS_MAX;
}

/* Of the blocks on one line the first stands for all of them. */
static void join_blocks(struct engine *e)
{
    struct best_workspace *w = e->contest;
    for (uint32_t i = 0; i < w->offer_count; i++) {
        for (uint32_t k = 0; k < w->offers[i].row_count; k++) {
            uint32_t *first = &w->line_block[w->block_rows[w->offers[i].row_first + k].line];
            if (*first == BOOK_NONE)
                *first = i;
            join(w, *first, i);
        }
    }
}

static void join_deals(struct engine *e)
{
    struct best_workspace *w = e->contest;
    for (uint32_t i = 0; i < w->run_count; i++) {
        struct best_run *run = &w->runs[i];
        uint32_t first = w->line_block[run->line];
        run->is_shared = false;
        FOR_EACH_PART(run->parts, part)
        {
            uint32_t offer = w->parts[part].offer;
            run->is_shared = run->is_shared || (first != BOOK_NONE && first != offer);
            first = first == BOOK_NONE ? offer : first;
            join(w, first, offer);
        }
    }
}

/* ---- solving */

static void begin_lane(struct engine *e)
{
    struct best_workspace *w = e->contest;
    w->offer_count = w->part_count = w->block_row_count = 0;
    w->solution.deal_count = w->solution.member_count = 0;
    memset(w->solution.has_block, 0, sizeof(w->solution.has_block));
    for (uint32_t i = 0; i < e->line_count; i++) {
        e->best[i].offer = BOOK_NONE;
        w->line_left[i] = e->lines[i].units;
        w->line_block[i] = BOOK_NONE;
        memset(w->line_parts[i], 0, sizeof(w->line_parts[i]));
    }
}

/* The most that a unit of the run can add: its part of the deal that suits it best, less what its line's
 * alternative loses at the least. */
static int64_t gain_of_run(const struct engine *e, const struct best_run *run)
{
    const struct best_workspace *w = e->contest;
    const struct best_row *best = &e->best[run->line];
    int64_t gain = 0;
    int64_t lost =
        best->offer != BOOK_NONE ? best->row.amount / e->lines[run->line].units * BEST_WHOLE_BP : 0;
    FOR_EACH_PART(run->parts, part)
    {
        int64_t part_gain =
            offers_best_gain_of(&w->offers[w->parts[part].offer], &w->parts[part], run->price);
        gain = gain > part_gain ? gain : part_gain;
    }
    return gain > lost ? gain - lost : 0;
}

static bool belongs(struct best_workspace *w, const struct best_run *run, uint32_t group)
{
    uint32_t part = next_part(run->parts, 0);
    return part < BEST_PARTS_MAX && group_of(w, w->parts[part].offer) == group;
}

/* A few deals at a time with half of what the search may cost, then all of it together with the rest. */
static void look_for_better(struct engine *e, uint32_t ranked, uint32_t deals, int64_t gained)
{
    struct best_workspace *w = e->contest;
    int64_t units = 0;
    for (uint32_t i = 0; i < w->local_count; i++)
        units += w->runs[w->local[i]].units < BEST_UNITS_MAX ? w->runs[w->local[i]].units : BEST_UNITS_MAX;
    struct best_bounds bounds = {w->states_end - w->states, w->steps_left};
    if (units > BEST_WINDOW_UNITS) {
        bool is_all = units > BEST_UNITS_MAX;
        struct best_bounds part = {is_all ? bounds.states : bounds.states / 2,
                                   is_all ? bounds.steps : bounds.steps / 2};
        gained += offers_best_improve(e, ranked, deals, &part);
        bounds = (struct best_bounds){w->states_end - w->states, w->steps_left};
    }
    if (!offers_best_search(e, ranked, deals, gained, &bounds))
        w->is_bounded = true;
}

static void solve_group(struct engine *e, uint32_t group)
{
    struct best_workspace *w = e->contest;
    uint32_t ranked;
    int64_t most = 0;
    w->local_count = 0;
    for (uint32_t i = 0; i < w->run_count; i++) {
        struct best_run *run = &w->runs[i];
        if (!belongs(w, run, group))
            continue;
        run->left = run->units;
        run->gain_bp = gain_of_run(e, run);
        most = multiply_saturating(run->gain_bp, run->units) < INT64_MAX - most
                   ? most + run->gain_bp * run->units
                   : INT64_MAX;
        w->local[w->local_count++] = i;
    }
    uint32_t deals = w->solution.deal_count;
    int64_t gained = offers_best_take_by_rank(e, group, &ranked);
    bool has_block = false;
    for (uint32_t i = 0; i < ranked; i++)
        has_block = has_block || w->offers[w->rank[i]].is_block;
    if (gained < most || has_block) /* else nothing can be better */
        look_for_better(e, ranked, deals, gained);
}

static int64_t sum_given(const struct engine *e)
{
    const struct best_workspace *w = e->contest;
    int64_t sum = 0;
    for (uint32_t i = 0; i < w->solution.deal_count; i++)
        sum += w->solution.deals[i].value_bp * w->solution.deals[i].times;
    for (uint32_t i = 0; i < w->offer_count; i++)
        sum += w->solution.has_block[i] ? w->offers[i].block_minor * BEST_WHOLE_BP : 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        sum += offers_best_alternative(e, i, w->line_left[i]);
    return sum;
}

void offers_best_sum_each(struct engine *e, const struct lane *lane)
{
    const struct best_workspace *w = e->contest;
    struct offers_explanation *explanations = e->explanations;
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++)
        explanations[k].amount_minor = 0;
    for (uint32_t i = 0; i < w->solution.deal_count; i++) {
        const struct best_deal *deal = &w->solution.deals[i];
        explanations[w->offers[deal->offer].explanation].amount_minor += deal->value_bp * deal->times;
    }
    for (uint32_t i = 0; i < w->offer_count; i++) {
        if (w->solution.has_block[i])
            explanations[w->offers[i].explanation].amount_minor += w->offers[i].block_minor * BEST_WHOLE_BP;
    }
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->best[i].offer != BOOK_NONE)
            explanations[e->best[i].explanation].amount_minor +=
                offers_best_alternative(e, i, w->line_left[i]);
    }
}

/* A lane whose offers may keep one another out is solved several times: each time has its part of the states, so
 * that the same is found again in the end. */
static void begin_count(struct engine *e)
{
    struct best_workspace *w = e->contest;
    uint32_t states = e->book->header.search_states_max;
    if (w->is_bound)
        states = states > BEST_SOLVES_MAX ? states / BEST_SOLVES_MAX : 1;
    w->states_end = w->states + states;
    w->steps_left = (uint64_t)BEST_STEPS * states;
}

int64_t offers_best_solve(struct engine *e, const struct lane *lane)
{
    struct best_workspace *w = e->contest;
    begin_lane(e);
    begin_count(e);
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++) {
        if (e->explanations[k].reason == OFFERS_GIVEN && !offers_best_is_out(w, k))
            add_offer(e, k);
    }
    make_runs(e);
    join_blocks(e);
    join_deals(e);
    for (uint32_t i = 0; i < w->offer_count; i++)
        w->offers[i].group = group_of(w, i);
    for (uint32_t i = 0; i < w->offer_count; i++) {
        if (w->offers[i].group == i)
            solve_group(e, i);
    }
    return sum_given(e);
}

/* Amounts so large that their ten-thousandths do not fit are not of this world: each line takes its best offer. */
static bool is_too_large(const struct engine *e)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        sum += e->lines[i].running > 0 ? e->lines[i].running : 0; /* their sum was checked */
    return sum > BEST_MINOR_MAX;
}

/* All the deals of an offer together may pass a limit that some of them keep. */
static void let_limited_in(struct engine *e, const struct lane *lane)
{
    e->contest->is_bound = lane->is_bound || lane->offers_max > 0;
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++) {
        struct book_offer offer;
        if (e->explanations[k].reason != OFFERS_LIMIT_REACHED)
            continue;
        book_offer_at(e->book, e->explanations[k].offer, &offer);
        if (offers_kind_of(offer.kind)->deal == NULL)
            continue;
        e->explanations[k].reason = OFFERS_GIVEN;
        e->contest->is_bound =
            e->contest->is_bound || offer.groups.count > 0 || offer.excluded_with.count > 0;
    }
}

/* Of those: the ones of which nothing came. */
static void leave_limited_out(struct engine *e, const struct lane *lane)
{
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++) {
        struct offers_explanation *explanation = &e->explanations[k];
        bool is_limited = explanation->reason == OFFERS_GIVEN && explanation->needs > 0;
        if (is_limited && explanation->amount_minor == 0)
            explanation->reason = OFFERS_LIMIT_REACHED;
        else if (is_limited)
            explanation->has = explanation->needs = 0;
    }
}

void offers_settle_best_combination(struct engine *e, const struct lane *lane)
{
    struct best_workspace *w = e->contest;
    if (is_too_large(e)) {
        e->search.outcome = OFFERS_BOUNDED;
        offers_settle_best_afresh(e, lane);
        return;
    }
    w->states = 0;
    w->work = 0;
    w->is_bounded = false;
    let_limited_in(e, lane);
    offers_best_choose(e, lane);
    e->search.states += w->states;
    if (w->is_bounded)
        e->search.outcome = OFFERS_BOUNDED;
    else if (w->offer_count > 0 && e->search.outcome == OFFERS_SEARCH_NONE)
        e->search.outcome = OFFERS_OPTIMAL;
    offers_best_give(e, lane);
    leave_limited_out(e, lane);
}
