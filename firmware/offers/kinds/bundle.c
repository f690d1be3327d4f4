/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: a complete set of the parts, of the target, costs amount_minor, as often as complete sets are there and
 * worth it. The dearest units go into the sets. A unit serves one deal in a lane.
 *
 * Parts may overlap: a unit may serve one of several. A number of units of each run can be put into `sets` sets if,
 * for every subset S of the parts, no more units serve parts of S alone than S has places (Hall). With at most
 * BOOK_PARTS_MAX parts there are few subsets, so all of them are counted; and taking units dearest first as long as
 * that holds gives the dearest units that fit at all (it is a matroid). What sets are worth more than one fewer only
 * falls as they grow in number, so the best number is found by halving. */
#include "offers/kinds/amounts.h"
#include "offers/kinds/pool.h"

#define SUBSETS (1u << BOOK_PARTS_MAX)

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is negative or too large"};
    return (struct offers_fault){NULL, NULL};
}

struct bundle {
    struct unit_pool pool;
    uint32_t subset_count;
    int64_t places[SUBSETS]; /* that the parts of a subset have in one set */
    int64_t filled[SUBSETS]; /* by units that serve these parts alone */
};

static void count_places(struct bundle *b, const struct book *book, const struct book_offer *offer)
{
    b->subset_count = 1u << offer->give.parts.count;
    for (uint32_t subset = 0; subset < b->subset_count; subset++) {
        b->places[subset] = 0;
        for (uint32_t i = 0; i < offer->give.parts.count; i++)
            b->places[subset] += subset >> i & 1 ? book_part_at(book, offer, i).units : 0;
    }
}

/* The units of the pool, each with the parts that it may serve. */
static void add_units(struct bundle *b, const struct book_offer *offer, const struct line_set *matched)
{
    struct engine *e = b->pool.e;
    struct line_set parts[BOOK_PARTS_MAX];
    for (uint32_t i = 0; i < offer->give.parts.count; i++)
        offers_match(e, book_part_at(e->book, offer, i).selector, &parts[i]);
    FOR_EACH_LINE(e, matched, line)
    {
        uint32_t serves = 0;
        for (uint32_t i = 0; i < offer->give.parts.count; i++)
            serves |= line_set_has(&parts[i], line) ? 1u << i : 0;
        if (serves != 0)
            offers_pool_add(&b->pool, line, serves);
    }
    offers_pool_sort(&b->pool);
}

/* How many more units of those roles fit. */
static int64_t room_for(const struct bundle *b, uint32_t roles, int64_t sets)
{
    int64_t room = INT64_MAX;
    for (uint32_t subset = roles; subset < b->subset_count; subset = (subset + 1) | roles) {
        int64_t left = sets * b->places[subset] - b->filled[subset];
        room = left < room ? left : room;
    }
    return room;
}

static void fill(struct bundle *b, uint32_t roles, int64_t units)
{
    for (uint32_t subset = roles; subset < b->subset_count; subset = (subset + 1) | roles)
        b->filled[subset] += units;
}

/* Puts the dearest units into that many sets, as `got`; their price, or -1 if there are too few. */
static int64_t fill_sets(struct bundle *b, int64_t sets)
{
    int64_t price = 0, units = 0;
    memset(b->filled, 0, b->subset_count * sizeof(b->filled[0]));
    for (uint32_t place = 0; place < b->pool.run_count; place++) {
        struct unit_run *run = pool_run(&b->pool, place);
        int64_t room = room_for(b, run->roles, sets), all = run->left + run->got;
        run->got = room < all ? room : all;
        run->left = all - run->got;
        fill(b, run->roles, run->got);
        units += run->got;
        price += run->got * run->price;
    }
    return units == sets * b->places[b->subset_count - 1] ? price : -1;
}

/* What that many sets save; they are complete. */
static int64_t saving_of(struct bundle *b, int64_t sets, int64_t price)
{
    int64_t costs = multiply_saturating(sets, price);
    return costs == INT64_MAX ? -1 : fill_sets(b, sets) - costs;
}

static int64_t most_complete(struct bundle *b, uint32_t repeats_max)
{
    int64_t low = 0, high = offers_pool_units(&b->pool) / b->places[b->subset_count - 1];
    if (repeats_max > 0 && high > repeats_max)
        high = repeats_max;
    while (low < high) {
        int64_t middle = high - (high - low) / 2;
        if (fill_sets(b, middle) >= 0)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* The number of sets that saves most: the first one after which one more saves nothing more. */
static int64_t best_number(struct bundle *b, int64_t most, int64_t price)
{
    int64_t low = 0, high = most;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (saving_of(b, middle + 1, price) > saving_of(b, middle, price))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum offers_reason missing(struct bundle *b, const struct line_set *matched, int64_t price)
{
    struct engine *e = b->pool.e;
    int64_t has = 0, needs = b->places[b->subset_count - 1], has_minor = 0;
    (void)fill_sets(b, 1);
    for (uint32_t i = 0; i < b->pool.run_count; i++) {
        has += e->runs[i].got;
        has_minor += e->runs[i].got * e->runs[i].price;
    }
    enum offers_reason reason =
        offers_pool_missing(&b->pool, matched, needs, has_minor > price ? has_minor - price : 0);
    e->figures.has = has * 1000;
    e->figures.effort_minor = 0; /* what is missing is not in the basket: nobody knows its price */
    return reason;
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched)
{
    struct bundle b = {.pool = {.e = e}};
    int64_t price = offer->give.amount_minor;
    count_places(&b, e->book, offer);
    add_units(&b, offer, matched);
    offers_begin_proposal(e, /* percent_bp= */ 0);
    int64_t most = most_complete(&b, offer->give.repeats_max);
    if (most == 0)
        return missing(&b, matched, price);
    int64_t sets = best_number(&b, most, price);
    if (sets == 0)
        return offers_end_proposal(e, matched);
    offers_pool_propose_sum(&b.pool, saving_of(&b, sets, price));
    return offers_end_proposal(e, matched);
}

const struct offers_kind offers_bundle = {
    .kind = BOOK_BUNDLE,
    .name = "bundle",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_GROUP},
    .has_parts = true,
    .check = check,
    .propose = propose,
    .deal = offers_deal_of_bundle,
};
