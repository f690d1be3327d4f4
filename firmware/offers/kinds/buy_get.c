/* SPDX-License-Identifier: Apache-2.0 */
/* buy_get: for buy_units of the target (dearest first), percent off get_units of `get` (cheapest or dearest
 * first), as often as both fit and repeats_max allows. Only whole deals count. A unit serves one deal in a
 * lane.
 *
 * Units are handled as runs of one price, never one by one: a line of a million pieces is two runs. The runs
 * stand in one order, dearest first (ties: the earlier line), in which bought units are taken from the front
 * and got units from the back, or for the dearest from the front. Runs that are used up stay used up, so both
 * ends only move inwards:
 *
 *     dearest  [ 20.00 x1 ][ 10.00 x2 ][ 8.00 x7 ][ 4.00 x1 ]  cheapest
 *               buy ->                              <- get
 */
#include "offers/kinds/kinds.h"
#include "offers/sort.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->percent_bp == 0 || give->percent_bp > BOOK_PERCENT_MAX_BP)
        return (struct offers_fault){"give.percent", "is not above 0 and at most 100"};
    if (give->buy_units == 0 || give->buy_units > BOOK_UNITS_MAX)
        return (struct offers_fault){"give.buy_units", "is zero or too large"};
    if (give->get_units == 0 || give->get_units > BOOK_UNITS_MAX)
        return (struct offers_fault){"give.get_units", "is zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

static int compare_runs(const void *context, uint32_t a, uint32_t b)
{
    const struct unit_run *run_a = (const struct unit_run *)context + a;
    const struct unit_run *run_b = (const struct unit_run *)context + b;
    if (run_a->price != run_b->price)
        return run_a->price > run_b->price ? -1 : 1;
    return (a > b) - (a < b); /* runs are made in the order of the lines */
}

/* The units of one offer at work. */
struct deal {
    struct engine *e;
    const struct book_give *give;
    uint32_t run_count;
    uint32_t buy_at, get_at; /* places in e->run_order, which no unit before (behind) can be taken from */
    int64_t repeats;
};

static void add_run(struct deal *d, uint32_t line, int64_t price, int64_t units, bool may_buy, bool may_get)
{
    if (units == 0 || price == 0) /* a free unit gains nothing from a deal and pays for none */
        return;
    d->e->runs[d->run_count] = (struct unit_run){
        .price = price, .left = units, .line = line, .may_buy = may_buy, .may_get = may_get};
    d->e->run_order[d->run_count] = d->run_count;
    d->run_count++;
}

static void add_line(struct deal *d, uint32_t line, bool may_buy, bool may_get)
{
    const struct line_state *state = &d->e->lines[line];
    int64_t units = state->units - state->units_used;
    if (units <= 0)
        return;
    struct unit_prices prices = offers_unit_prices(state->running - state->used_minor, units);
    add_run(d, line, prices.low + 1, prices.high_count, may_buy, may_get);
    add_run(d, line, prices.low, units - prices.high_count, may_buy, may_get);
}

static struct unit_run *run_at(const struct deal *d, uint32_t place)
{
    return &d->e->runs[d->e->run_order[place]];
}

/* The run that the next bought unit comes from; NULL: none is left. */
static struct unit_run *next_to_buy(struct deal *d)
{
    for (; d->buy_at < d->run_count; d->buy_at++) {
        struct unit_run *run = run_at(d, d->buy_at);
        if (run->may_buy && run->left > 0)
            return run;
    }
    return NULL;
}

static struct unit_run *next_to_get(struct deal *d)
{
    for (; d->get_at < d->run_count; d->get_at++) {
        bool from_back = d->give->choose == BOOK_CHEAPEST;
        struct unit_run *run = run_at(d, from_back ? d->run_count - 1 - d->get_at : d->get_at);
        if (run->may_get && run->left > 0)
            return run;
    }
    return NULL;
}

/* As many whole deals at once as the two runs at hand have units for; 0: the next deal needs more than these
 * two. */
static int64_t take_many(struct deal *d, int64_t repeats_left)
{
    struct unit_run *buy = next_to_buy(d), *get = next_to_get(d);
    if (buy == NULL || get == NULL)
        return 0;
    int64_t buys = d->give->buy_units, gets = d->give->get_units, times;
    if (buy == get)
        times = buy->left / (buys + gets);
    else
        times = buy->left / buys < get->left / gets ? buy->left / buys : get->left / gets;
    times = times < repeats_left ? times : repeats_left;
    buy->left -= times * buys;
    buy->bought += times * buys;
    get->left -= times * gets;
    get->got += times * gets;
    return times;
}

/* Takes units for the deal of that number run by run; false: there are too few, then what was taken is given
 * back. */
static bool take_one(struct deal *d, int64_t number)
{
    int64_t buys = d->give->buy_units, gets = d->give->get_units;
    while (buys + gets > 0) {
        bool is_buying = buys > 0;
        struct unit_run *run = is_buying ? next_to_buy(d) : next_to_get(d);
        if (run == NULL)
            break;
        int64_t *wanted = is_buying ? &buys : &gets;
        int64_t units = run->left < *wanted ? run->left : *wanted;
        if (run->deal != number)
            run->deal = number, run->deal_bought = run->deal_got = 0;
        *(is_buying ? &run->deal_bought : &run->deal_got) += units;
        *(is_buying ? &run->bought : &run->got) += units;
        run->left -= units;
        *wanted -= units;
    }
    if (buys + gets == 0)
        return true;
    for (uint32_t i = 0; i < d->run_count; i++) {
        struct unit_run *run = &d->e->runs[i];
        if (run->deal != number)
            continue;
        run->bought -= run->deal_bought;
        run->got -= run->deal_got;
        run->left += run->deal_bought + run->deal_got;
    }
    return false;
}

static void take_all(struct deal *d)
{
    int64_t repeats_max = d->give->repeats_max > 0 ? d->give->repeats_max : INT64_MAX;
    while (d->repeats < repeats_max) {
        int64_t times = take_many(d, repeats_max - d->repeats);
        if (times == 0 && !take_one(d, d->repeats + 1))
            return;
        d->repeats += times > 0 ? times : 1;
    }
}

static int64_t percent_of(const struct deal *d, int64_t amount)
{
    int64_t percent = 0;
    enum err error = money_percent(amount, d->give->percent_bp, &percent);
    KASSA_ASSERT(error == ERR_OK); /* at most 100 % of an amount */
    return percent;
}

/* The runs of one line, from run i on, become a row; *out_off is the line's percentage, rounded once. The
 * index of the first run of the next line. */
static uint32_t add_deal_row(const struct deal *d, uint32_t i, int64_t *out_off)
{
    struct engine *e = d->e;
    struct proposal_row row = {.line = e->runs[i].line};
    int64_t got_minor = 0;
    for (; i < d->run_count && e->runs[i].line == row.line; i++) {
        const struct unit_run *run = &e->runs[i];
        row.units += run->bought + run->got;
        row.units_minor += (run->bought + run->got) * run->price;
        got_minor += run->got * run->price;
    }
    *out_off = percent_of(d, got_minor);
    if (row.units > 0)
        e->proposal.rows[e->proposal.count++] = row;
    return i;
}

static void propose_rows(const struct deal *d)
{
    struct engine *e = d->e;
    bool is_spread = d->give->placement == BOOK_SPREAD;
    int64_t off_sum = 0;
    for (uint32_t i = 0; i < d->run_count;) {
        int64_t off;
        uint32_t before = e->proposal.count;
        i = add_deal_row(d, i, &off);
        if (e->proposal.count == before)
            continue;
        struct proposal_row *row = &e->proposal.rows[before];
        int64_t takeable = line_takeable(&e->lines[row->line]);
        e->weights[before] = row->units_minor;
        e->caps[before] = takeable;
        off_sum += off;
        row->wanted = off;
        row->amount = off < takeable ? off : takeable;
        e->proposal.total += is_spread ? 0 : row->amount;
    }
    if (is_spread && e->proposal.count > 0)
        offers_share_rows(e, off_sum);
}

/* No deal came about: what is missing for the first one, and what it would give. */
static void measure_missing(struct deal *d)
{
    int64_t buyable = 0, gettable = 0, all = 0, cheapest = 0, cheapest_get = 0;
    for (uint32_t i = 0; i < d->run_count; i++) {
        const struct unit_run *run = &d->e->runs[i];
        int64_t units = run->left + run->bought + run->got;
        all += units;
        buyable += run->may_buy ? units : 0;
        gettable += run->may_get ? units : 0;
        cheapest = cheapest == 0 || run->price < cheapest ? run->price : cheapest;
        if (run->may_get && (cheapest_get == 0 || run->price < cheapest_get))
            cheapest_get = run->price;
    }
    int64_t buys = d->give->buy_units, gets = d->give->get_units, has = all, needs = buys + gets;
    if (buyable < buys)
        has = buyable, needs = buys;
    else if (all >= needs) /* enough in all, but the wrong ones */
        has = gettable < gets ? gettable : gets - 1, needs = gets;
    d->e->figures = (struct figures){
        .has = has * 1000,
        .needs = needs * 1000,
        .value_minor = percent_of(d, multiply_saturating(cheapest_get, gets)),
        .effort_minor = multiply_saturating(cheapest, needs - has),
    };
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

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    struct line_set get, both = {.words = {0}};
    offers_match(e, offer->give.get, &get);
    line_set_intersect(e, &get, &e->discountable);
    for (uint32_t i = 0; i < e->word_count; i++)
        both.words[i] = matched->words[i] | get.words[i];
    struct deal d = {.e = e, .give = &offer->give};
    FOR_EACH_LINE(e, &both, line)
    add_line(&d, line, line_set_has(matched, line), line_set_has(&get, line));
    offers_sort(e->run_order, d.run_count, compare_runs, e->runs);
    take_all(&d);
    offers_begin_proposal(e, offer->give.percent_bp);
    if (d.repeats > 0) {
        e->proposal.is_together = offer->give.placement == BOOK_SPREAD;
        propose_rows(&d);
        return offers_end_proposal(e, &both);
    }
    if (any_units_used(e, &both))
        return OFFERS_UNITS_USED;
    measure_missing(&d);
    return OFFERS_QUANTITY_TOO_SMALL;
}

const struct offers_kind offers_buy_get = {
    .kind = BOOK_BUY_GET,
    .name = "buy_get",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .has_get = true,
    .check = check,
    .propose = propose,
};
