/* SPDX-License-Identifier: Apache-2.0 */
/* mix: group_units of the target, whichever they are: a percentage off all of them or off get_units of each group,
 * an amount off the group, or a price for it. Groups are formed dearest first, so that each of them is worth most;
 * only whole groups count. A unit serves one deal in a lane. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/pool.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_units(give->group_units, "give.group_units");
    if (fault.field == NULL && give->mix_mode <= BOOK_MIX_PERCENT_SOME)
        fault = offers_need_percent(give);
    if (fault.field == NULL && give->mix_mode >= BOOK_MIX_PRICE)
        fault = offers_need_amount(give);
    if (fault.field == NULL && give->mix_mode == BOOK_MIX_PERCENT_SOME &&
        (give->get_units == 0 || give->get_units > give->group_units))
        fault = (struct offers_fault){"give.get_units", "is zero or more than the group"};
    return fault;
}

struct mix {
    struct unit_pool pool;
    const struct book_give *give;
    uint32_t at;             /* place: no run before it has units left */
    int64_t groups, off_sum; /* off_sum: of modes that give a sum */
};

/* What a group of that price gets off, for modes that give a sum. */
static int64_t off_of_group(const struct book_give *give, int64_t price)
{
    if (give->mix_mode == BOOK_MIX_AMOUNT)
        return give->amount_minor < price ? give->amount_minor : price;
    return price > give->amount_minor ? price - give->amount_minor : 0;
}

static bool gives_sum(const struct book_give *give)
{
    return give->mix_mode >= BOOK_MIX_PRICE;
}

/* Of a group, how many units before its `got` ones, dearest first, are paid in full; *out_got: how many are got. */
static int64_t paid_before(const struct book_give *give, int64_t *out_got)
{
    *out_got = give->mix_mode == BOOK_MIX_PERCENT_SOME ? give->get_units : give->group_units;
    return give->choose == BOOK_CHEAPEST ? give->group_units - *out_got : 0;
}

static struct unit_run *front(struct mix *m)
{
    while (m->at < m->pool.run_count && pool_run(&m->pool, m->at)->left == 0)
        m->at++;
    return m->at < m->pool.run_count ? pool_run(&m->pool, m->at) : NULL;
}

/* As many groups as the run at the front makes alone; 0: the next group needs more than this run. */
static int64_t take_many(struct mix *m, int64_t groups_left)
{
    struct unit_run *run = front(m);
    KASSA_ASSERT(run != NULL);
    int64_t got, size = m->give->group_units, times = run->left / size;
    if (times > groups_left)
        times = groups_left;
    (void)paid_before(m->give, &got);
    run->left -= times * size;
    run->got += times * got;
    run->bought += times * (size - got);
    if (gives_sum(m->give))
        m->off_sum += times * off_of_group(m->give, size * run->price);
    return times;
}

/* One group over several runs; there are units enough. */
static void take_one(struct mix *m)
{
    int64_t got, before = paid_before(m->give, &got), price = 0;
    for (int64_t taken = 0; taken < m->give->group_units;) {
        struct unit_run *run = front(m);
        KASSA_ASSERT(run != NULL);
        bool is_got = taken >= before && taken < before + got;
        int64_t until = taken < before ? before : (is_got ? before + got : m->give->group_units);
        int64_t units = run->left < until - taken ? run->left : until - taken;
        *(is_got ? &run->got : &run->bought) += units;
        run->left -= units;
        taken += units;
        price += units * run->price;
    }
    if (gives_sum(m->give))
        m->off_sum += off_of_group(m->give, price);
}

/* The price of the next group, dearest first. */
static int64_t price_of_next(struct mix *m)
{
    int64_t price = 0, wanted = m->give->group_units;
    for (uint32_t place = m->at; place < m->pool.run_count && wanted > 0; place++) {
        const struct unit_run *run = pool_run(&m->pool, place);
        int64_t units = run->left < wanted ? run->left : wanted;
        price += units * run->price;
        wanted -= units;
    }
    return price;
}

static void take_all(struct mix *m)
{
    int64_t most = offers_pool_units(&m->pool) / m->give->group_units;
    if (m->give->repeats_max > 0 && most > m->give->repeats_max)
        most = m->give->repeats_max;
    while (m->groups < most) {
        /* Later groups are worth less: once one gains nothing, none after it does. */
        if (gives_sum(m->give) && off_of_group(m->give, price_of_next(m)) == 0)
            return;
        int64_t times = take_many(m, most - m->groups);
        if (times == 0)
            take_one(m);
        m->groups += times > 0 ? times : 1;
    }
}

/* What the units at hand would get if the group were whole, for the near miss. */
static int64_t value_of_missing(const struct mix *m)
{
    const struct book_give *give = m->give;
    int64_t cheapest = offers_pool_cheapest(&m->pool), sum = 0;
    for (uint32_t i = 0; i < m->pool.run_count; i++)
        sum += m->pool.e->runs[i].left * m->pool.e->runs[i].price;
    int64_t missing = give->group_units - offers_pool_units(&m->pool),
            price = multiply_saturating(cheapest, missing);
    price = price > INT64_MAX - sum ? INT64_MAX : price + sum;
    if (gives_sum(give))
        return off_of_group(give, price);
    bool is_some = give->mix_mode == BOOK_MIX_PERCENT_SOME;
    return offers_percent(is_some ? multiply_saturating(cheapest, give->get_units) : price, give->percent_bp);
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    struct mix m = {.pool = {.e = e}, .give = give};
    offers_pool_add_all(&m.pool, matched);
    offers_pool_sort(&m.pool);
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (offers_pool_units(&m.pool) < give->group_units)
        return offers_pool_missing(&m.pool, matched, give->group_units, value_of_missing(&m));
    take_all(&m);
    struct unit_terms terms = {.mode = BOOK_PRICE_PERCENT, .percent_bp = give->percent_bp};
    if (gives_sum(give))
        offers_pool_propose_sum(&m.pool, m.off_sum);
    else
        offers_pool_propose_each(&m.pool, &terms, (enum book_placement)give->placement, m.groups);
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_mix = {
    .kind = BOOK_MIX,
    .name = "mix",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .check = check,
    .propose = propose,
    .deal = offers_deal_of_mix,
};
