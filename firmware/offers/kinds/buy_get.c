/* SPDX-License-Identifier: Apache-2.0 */
/* buy_get: for buy_units of the target (dearest first), a percentage, an amount or down to a price off get_units of
 * `get` (cheapest or dearest first), as often as both fit and repeats_max allows. Only whole deals count. A unit
 * serves one deal in a lane.
 *
 * Bought units are taken from the front of the pool and got units from the back, or for the dearest from the front.
 * Runs that are used up stay used up, so both ends only move inwards:
 *
 *     dearest  [ 20.00 x1 ][ 10.00 x2 ][ 8.00 x7 ][ 4.00 x1 ]  cheapest
 *               buy ->                              <- get
 */
#include "offers/kinds/deals.h"

#include "offers/kinds/amounts.h"

enum { MAY_BUY = 1, MAY_GET = 2 };

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = {NULL, NULL};
    if (give->price_mode == BOOK_PRICE_PERCENT)
        fault = offers_need_percent(give);
    else if (give->price_mode == BOOK_PRICE_AMOUNT)
        fault = offers_need_amount(give);
    else if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        fault = (struct offers_fault){"give.amount", "is negative or too large"};
    if (fault.field == NULL)
        fault = offers_need_units(give->buy_units, "give.buy_units");
    if (fault.field == NULL)
        fault = offers_need_units(give->get_units, "give.get_units");
    return fault;
}

/* The units of one offer at work. */
struct deal {
    struct unit_pool pool;
    const struct offers_deal_terms *terms;
    uint32_t buy_at; /* no unit before that place can be bought */
    uint32_t get_at; /* places whose prices nothing can be got from any more */
    int64_t repeats;
};

/* The run that the next bought unit comes from; NULL: none is left. */
static struct unit_run *next_to_buy(struct deal *d)
{
    for (; d->buy_at < d->pool.run_count; d->buy_at++) {
        struct unit_run *run = pool_run(&d->pool, d->buy_at);
        if ((run->roles & MAY_BUY) && run->left > 0)
            return run;
    }
    return NULL;
}

/* Of runs of one price, those that cannot be bought first, so that a deal takes no unit which the next one needs;
 * then the earlier line. */
static struct unit_run *next_of_price(const struct deal *d, uint32_t first, uint32_t last)
{
    struct unit_run *found = NULL;
    for (uint32_t place = first; place <= last; place++) {
        struct unit_run *run = pool_run(&d->pool, place);
        if (!(run->roles & MAY_GET) || run->left == 0)
            continue;
        if (!(run->roles & MAY_BUY))
            return run;
        found = found == NULL ? run : found;
    }
    return found;
}

/* Runs of one price at a time, from the end that `choose` says. get_at counts the runs of used up prices. */
static struct unit_run *next_to_get(struct deal *d)
{
    bool from_back = d->terms->choose == BOOK_CHEAPEST;
    while (d->get_at < d->pool.run_count) {
        uint32_t first = from_back ? d->pool.run_count - 1 - d->get_at : d->get_at, last = first;
        int64_t price = pool_run(&d->pool, first)->price;
        while (from_back && first > 0 && pool_run(&d->pool, first - 1)->price == price)
            first--;
        while (!from_back && last + 1 < d->pool.run_count && pool_run(&d->pool, last + 1)->price == price)
            last++;
        struct unit_run *run = next_of_price(d, first, last);
        if (run != NULL)
            return run;
        d->get_at += last - first + 1;
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
    int64_t buys = d->terms->buy_units, gets = d->terms->get_units, times;
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
    int64_t buys = d->terms->buy_units, gets = d->terms->get_units;
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
    for (uint32_t i = 0; i < d->pool.run_count; i++) {
        struct unit_run *run = &d->pool.e->runs[i];
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
    int64_t repeats_max = d->terms->repeats_max > 0 ? d->terms->repeats_max : INT64_MAX;
    while (d->repeats < repeats_max) {
        int64_t times = take_many(d, repeats_max - d->repeats);
        if (times == 0 && !take_one(d, d->repeats + 1))
            return;
        d->repeats += times > 0 ? times : 1;
    }
}

/* What one got unit of that price gets off. */
static int64_t off_of_unit(const struct unit_terms *terms, int64_t price)
{
    if (terms->mode == BOOK_PRICE_PERCENT)
        return offers_percent(price, terms->percent_bp);
    if (terms->mode == BOOK_PRICE_FIXED)
        return price > terms->amount_minor ? price - terms->amount_minor : 0;
    return terms->amount_minor < price ? terms->amount_minor : price;
}

/* No deal came about: what is missing for the first one, and what it would give. */
static enum offers_reason measure_missing(const struct deal *d, const struct line_set *lines)
{
    int64_t buyable = 0, gettable = 0, cheapest_get = 0;
    for (uint32_t i = 0; i < d->pool.run_count; i++) {
        const struct unit_run *run = &d->pool.e->runs[i];
        int64_t units = run->left + run->bought + run->got;
        buyable += run->roles & MAY_BUY ? units : 0;
        gettable += run->roles & MAY_GET ? units : 0;
        if ((run->roles & MAY_GET) && (cheapest_get == 0 || run->price < cheapest_get))
            cheapest_get = run->price;
    }
    int64_t buys = d->terms->buy_units, gets = d->terms->get_units, needs = buys + gets;
    int64_t value = multiply_saturating(off_of_unit(&d->terms->unit, cheapest_get), gets);
    enum offers_reason reason = offers_pool_missing(&d->pool, lines, needs, value);
    struct figures *figures = &d->pool.e->figures;
    if (reason != OFFERS_QUANTITY_TOO_SMALL)
        return reason;
    int64_t has = figures->has / 1000;
    if (buyable < buys)
        has = buyable, needs = buys;
    else if (has >= needs) /* enough in all, but the wrong ones */
        has = gettable < gets ? gettable : gets - 1, needs = gets;
    figures->has = has * 1000;
    figures->needs = needs * 1000;
    figures->effort_minor = multiply_saturating(offers_pool_cheapest(&d->pool), needs - has);
    return reason;
}

enum offers_reason offers_propose_deals(struct engine *e, const struct offers_deal_terms *terms,
                                        const struct line_set *buy, const struct line_set *get)
{
    struct line_set both = {.words = {0}};
    for (uint32_t i = 0; i < e->word_count; i++)
        both.words[i] = buy->words[i] | get->words[i];
    struct deal d = {.pool = {.e = e}, .terms = terms};
    FOR_EACH_LINE(e, &both, line)
    offers_pool_add(&d.pool, line,
                    (line_set_has(buy, line) ? MAY_BUY : 0) | (line_set_has(get, line) ? MAY_GET : 0));
    offers_pool_sort(&d.pool);
    take_all(&d);
    if (d.repeats == 0) {
        offers_begin_proposal(e, /* percent_bp= */ 0);
        return measure_missing(&d, &both);
    }
    offers_pool_propose_each(&d.pool, &terms->unit, terms->placement, d.repeats);
    return offers_end_proposal(e, &both);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    struct line_set get;
    offers_match(e, give->get, &get);
    line_set_intersect(e, &get, &e->discountable);
    offers_leave_lines_of_groups(e, offer, &get);
    struct offers_deal_terms terms = {
        .buy_units = give->buy_units,
        .get_units = give->get_units,
        .repeats_max = give->repeats_max,
        .choose = (enum book_choose)give->choose,
        .placement = (enum book_placement)give->placement,
        .unit = {(enum book_price_mode)give->price_mode, give->percent_bp, give->amount_minor},
    };
    return offers_propose_deals(e, &terms, matched, &get);
}

const struct offers_kind offers_buy_get = {
    .kind = BOOK_BUY_GET,
    .name = "buy_get",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .has_get = true,
    .check = check,
    .propose = propose,
    .deal = offers_deal_of_buy_get,
};
