/* SPDX-License-Identifier: Apache-2.0 */
/* Books whose offers all want the same units: what a search for the best combination finds hardest. */
#include "offers_books.h"

#define HALF (DEAL_ITEMS / 2)

static const struct span group_names[] = {{(const uint8_t *)"g0", 2},
                                          {(const uint8_t *)"g1", 2},
                                          {(const uint8_t *)"g2", 2},
                                          {(const uint8_t *)"g3", 2}};
static const struct book_limit most_of_receipt = {
    .what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_BASKET, .partial = 1, .value = 700};
static const struct book_limit most_of_units = {
    .what = BOOK_LIMIT_UNITS, .per = BOOK_PER_BASKET, .value = 7000};

/* A range of `count` goods, somewhere. */
static void aim(const struct deals_maker *m, struct book_source_offer *offer, uint32_t first, uint32_t count)
{
    offer->target = (struct book_source_selector){.items = &m->items[first], .item_count = count};
}

static void percent_of_group(const struct deals_maker *m, struct book_source_offer *offer, uint32_t units)
{
    offer->kind = BOOK_MIX;
    offer->scope = BOOK_EACH_UNIT;
    offer->give = (struct book_give){
        .group_units = units, .mix_mode = BOOK_MIX_PERCENT, .percent_bp = 1000 + bench_draw(m->chance, 4000)};
}

static void fill_ranges(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    (void)index;
    aim(m, offer, bench_draw(m->chance, HALF), HALF);
    percent_of_group(m, offer, 3 + bench_draw(m->chance, 4));
}

static void fill_chains(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    aim(m, offer, index % (DEAL_ITEMS - 2), 3);
    percent_of_group(m, offer, 2 + bench_draw(m->chance, 3));
}

static void fill_large(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    (void)index;
    aim(m, offer, bench_draw(m->chance, HALF), HALF);
    percent_of_group(m, offer, 20 + bench_draw(m->chance, 40));
}

static void fill_cheapest(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    fill_large(m, index, offer);
    offer->give.mix_mode = BOOK_MIX_PERCENT_SOME;
    offer->give.percent_bp = 5000 + bench_draw(m->chance, 5000);
    offer->give.get_units = 1 + bench_draw(m->chance, offer->give.group_units - 1);
    offer->give.placement = bench_draw(m->chance, 2) == 0 ? BOOK_ON_GET : BOOK_SPREAD;
    offer->give.choose = bench_draw(m->chance, 2) == 0 ? BOOK_CHEAPEST : BOOK_DEAREST;
}

static void fill_buy_get(const struct deals_maker *m, struct book_source_offer *offer)
{
    uint32_t first = bench_draw(m->chance, HALF);
    offer->kind = BOOK_BUY_GET;
    offer->get = (struct book_source_selector){.items = &m->items[first], .item_count = HALF};
    offer->give = (struct book_give){.percent_bp = 10000,
                                     .buy_units = 2 + bench_draw(m->chance, 2),
                                     .get_units = 1,
                                     .choose = bench_draw(m->chance, 2) == 0 ? BOOK_CHEAPEST : BOOK_DEAREST};
}

static void fill_kinds(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    fill_ranges(m, index, offer);
    if (index % 5 == 1) {
        fill_buy_get(m, offer);
    } else if (index % 5 == 2) {
        offer->kind = BOOK_NTH_FREE;
        offer->give = (struct book_give){.group_units = 3, .get_units = 1, .percent_bp = 10000};
    } else if (index % 10 == 3) {
        offer->kind = BOOK_PERCENT_OFF;
        offer->scope = BOOK_TOGETHER;
        offer->give = (struct book_give){.percent_bp = 500 + bench_draw(m->chance, 1500)};
    } else if (index % 10 == 8) {
        offer->kind = BOOK_AMOUNT_OFF;
        offer->scope = BOOK_EACH_LINE;
        offer->give = (struct book_give){.amount_minor = 10 + bench_draw(m->chance, 200)};
    }
}

static void fill_groups(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    fill_ranges(m, index, offer);
    offer->groups = &group_names[index % 4];
    offer->group_count = 1;
    offer->group_scope = index % 8 < 4 ? BOOK_GROUP_PER_LINE : BOOK_GROUP_PER_BASKET;
}

static void fill_limits(const struct deals_maker *m, unsigned index, struct book_source_offer *offer)
{
    fill_ranges(m, index, offer);
    offer->limits = index % 2 == 0 ? &most_of_receipt : &most_of_units;
    offer->limit_count = 1;
}

static const struct deals_row {
    const char *name;
    void (*fill)(const struct deals_maker *m, unsigned index, struct book_source_offer *offer);
    uint32_t units_max, price_range; /* of a line; a unit's price beyond its least */
    uint16_t offers_max;
} rows[DEALS_COUNT] = {
    [DEALS_RANGES] = {"ranges", fill_ranges, 3, 2000, 0},
    [DEALS_CHAINS] = {"chains", fill_chains, 3, 2000, 0},
    [DEALS_LARGE] = {"large", fill_large, 3, 2000, 0},
    [DEALS_CHEAPEST] = {"cheapest", fill_cheapest, 1, 2000, 0},
    [DEALS_UNITS] = {"units", fill_ranges, 60, 2000, 0},
    [DEALS_ALIKE] = {"alike", fill_ranges, 3, 1, 0},
    [DEALS_KINDS] = {"kinds", fill_kinds, 3, 2000, 0},
    [DEALS_FEW] = {"few", fill_kinds, 3, 2000, 3},
    [DEALS_GROUPS] = {"groups", fill_groups, 3, 2000, 0},
    [DEALS_LIMITS] = {"limits", fill_limits, 3, 2000, 0},
};

const char *deals_name(enum deals_shape shape)
{
    return rows[shape].name;
}

void deals_fill(const struct deals_maker *maker, enum deals_shape shape, unsigned index,
                struct book_source_offer *offer)
{
    offer->priority = (int32_t)bench_draw(maker->chance, 3);
    rows[shape].fill(maker, index, offer);
}

uint16_t deals_offers_max(enum deals_shape shape)
{
    return rows[shape].offers_max;
}

int64_t deals_units(enum deals_shape shape, uint64_t *chance)
{
    return 1 + (int64_t)bench_draw(chance, rows[shape].units_max);
}

int64_t deals_price_minor(enum deals_shape shape, uint64_t *chance)
{
    return 50 + (int64_t)bench_draw(chance, rows[shape].price_range);
}
