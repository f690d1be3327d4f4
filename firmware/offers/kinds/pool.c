/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/pool.h"

#include "offers/kinds/amounts.h"
#include "offers/sort.h"

static int compare_runs(const void *context, uint32_t a, uint32_t b)
{
    const struct unit_run *run_a = (const struct unit_run *)context + a;
    const struct unit_run *run_b = (const struct unit_run *)context + b;
    if (run_a->price != run_b->price)
        return run_a->price > run_b->price ? -1 : 1;
    return (a > b) - (a < b); /* runs are made in the order of the lines */
}

static void add_run(struct unit_pool *pool, uint32_t line, int64_t price, int64_t units, uint32_t roles)
{
    if (units == 0 || price == 0) /* a free unit gains nothing from a deal and pays for none */
        return;
    struct engine *e = pool->e;
    e->runs[pool->run_count] = (struct unit_run){.price = price, .left = units, .line = line, .roles = roles};
    e->run_order[pool->run_count] = pool->run_count;
    pool->run_count++;
}

void offers_pool_add(struct unit_pool *pool, uint32_t line, uint32_t roles)
{
    const struct line_state *state = &pool->e->lines[line];
    int64_t units = state->units - state->units_used, amount = state->running - state->used_minor;
    if (units <= 0 || amount <= 0)
        return;
    struct unit_prices prices = offers_unit_prices(amount, units);
    add_run(pool, line, prices.low + 1, prices.high_count, roles);
    add_run(pool, line, prices.low, units - prices.high_count, roles);
}

void offers_pool_add_all(struct unit_pool *pool, const struct line_set *lines)
{
    FOR_EACH_LINE(pool->e, lines, line)
    offers_pool_add(pool, line, 1);
}

void offers_pool_sort(struct unit_pool *pool)
{
    offers_sort(pool->e->run_order, pool->run_count, compare_runs, pool->e->runs);
}

int64_t offers_pool_units(const struct unit_pool *pool)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < pool->run_count; i++) {
        const struct unit_run *run = &pool->e->runs[i];
        units += run->left + run->bought + run->got;
    }
    return units;
}

int64_t offers_pool_cheapest(const struct unit_pool *pool)
{
    return pool->run_count > 0 ? pool_run(pool, pool->run_count - 1)->price : 0;
}

/* ---- from deals to rows */

static int64_t off_of_run(const struct unit_run *run, const struct unit_terms *terms)
{
    int64_t each = terms->amount_minor;
    if (terms->mode == BOOK_PRICE_FIXED)
        each = run->price > terms->amount_minor ? run->price - terms->amount_minor : 0;
    return run->got * (each < run->price ? each : run->price);
}

/* The runs of one line, from run i on, become a row whose `wanted` is what its got units get off, unless no deal
 * takes any of them. The index of the first run of the next line. */
static uint32_t add_row(const struct unit_pool *pool, uint32_t i, const struct unit_terms *terms)
{
    struct engine *e = pool->e;
    struct proposal_row row = {.line = e->runs[i].line};
    int64_t got_minor = 0;
    for (; i < pool->run_count && e->runs[i].line == row.line; i++) {
        const struct unit_run *run = &e->runs[i];
        row.units += run->bought + run->got;
        row.units_minor += (run->bought + run->got) * run->price;
        row.given_units += run->got;
        got_minor += run->got * run->price;
        if (terms != NULL && terms->mode != BOOK_PRICE_PERCENT)
            row.wanted += off_of_run(run, terms);
    }
    if (terms != NULL && terms->mode == BOOK_PRICE_PERCENT)
        row.wanted = offers_percent(got_minor, terms->percent_bp);
    if (row.units > 0)
        e->proposal.rows[e->proposal.count++] = row;
    return i;
}

static void add_rows(const struct unit_pool *pool, const struct unit_terms *terms)
{
    for (uint32_t i = 0; i < pool->run_count;)
        i = add_row(pool, i, terms);
}

/* The rows share one sum by what their units cost. */
static void spread(const struct unit_pool *pool, int64_t off)
{
    struct engine *e = pool->e;
    struct proposal *proposal = &e->proposal;
    proposal->is_together = true;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row *row = &proposal->rows[i];
        e->weights[i] = row->units_minor;
        e->caps[i] = line_takeable(&e->lines[row->line]);
        row->given_units = 0;
    }
    if (proposal->count > 0 && off > 0)
        offers_share_rows(e, off);
}

void offers_pool_propose_each(const struct unit_pool *pool, const struct unit_terms *terms,
                              enum book_placement placement, int64_t sets)
{
    struct engine *e = pool->e;
    struct proposal *proposal = &e->proposal;
    offers_begin_proposal(e, terms->mode == BOOK_PRICE_PERCENT ? terms->percent_bp : 0);
    add_rows(pool, terms);
    int64_t off = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        off += proposal->rows[i].wanted;
    if (placement == BOOK_SPREAD) {
        spread(pool, off);
        return;
    }
    proposal->sets = sets < UINT32_MAX ? (uint32_t)sets : UINT32_MAX;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row *row = &proposal->rows[i];
        int64_t takeable = line_takeable(&e->lines[row->line]);
        row->amount = row->wanted < takeable ? row->wanted : takeable;
        row->discounted_units = row->given_units;
        proposal->total += row->amount;
    }
}

void offers_pool_propose_sum(const struct unit_pool *pool, int64_t off)
{
    offers_begin_proposal(pool->e, /* percent_bp= */ 0);
    add_rows(pool, /* terms= */ NULL);
    spread(pool, off);
}

static bool any_units_used(const struct engine *e, const struct line_set *lines)
{
    FOR_EACH_LINE(e, lines, line)
    {
        if (e->lines[line].units_used > 0)
            return true;
    }
    return false;
}

enum offers_reason offers_pool_missing(const struct unit_pool *pool, const struct line_set *lines,
                                       int64_t needs, int64_t value_minor)
{
    struct engine *e = pool->e;
    if (any_units_used(e, lines))
        return OFFERS_UNITS_USED;
    int64_t has = offers_pool_units(pool);
    e->figures = (struct figures){
        .has = has * 1000,
        .needs = needs * 1000,
        .value_minor = value_minor,
        .effort_minor = multiply_saturating(offers_pool_cheapest(pool), needs - has),
    };
    return OFFERS_QUANTITY_TOO_SMALL;
}
