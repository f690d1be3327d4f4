/* SPDX-License-Identifier: Apache-2.0 */
#include "offers_books.h"

#include <stdio.h>
#include <stdlib.h>

#define NEAR_ITEMS      400
#define NEAR_CATEGORIES 40
#define FAR_ITEMS       5000
#define FAR_CATEGORIES  200
#define ITEMS           (NEAR_ITEMS + FAR_ITEMS)
#define CATEGORIES      (NEAR_CATEGORIES + FAR_CATEGORIES)
#define NAME_SIZE       16
#define NEEDS_MAX       3

static const char *const tier_names[] = {"silver", "gold"};
#define TIERS (sizeof(tier_names) / sizeof(tier_names[0]))

struct shop {
    struct shop_options options;
    char (*item_names)[NAME_SIZE], (*category_names)[NAME_SIZE], (*offer_names)[NAME_SIZE];
    struct span *items, *categories, tiers[TIERS];
    struct book_source_offer *offers;
    struct book_source_condition (*needs)[NEEDS_MAX];
    struct book_source_text text;
    void *memory;
    struct span bytes;
    struct offers_line *lines; /* BASKETS of options.lines */
};

static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t bench_draw(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(next_number(state) % bound);
}

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (block == NULL) {
        (void)fprintf(stderr, "kassa-bench-offers: no memory\n");
        exit(1);
    }
    return block;
}

static struct span *name_all(char (*names)[NAME_SIZE], unsigned count, const char *prefix)
{
    struct span *spans = take(count, sizeof(*spans));
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(names[i], NAME_SIZE, "%s%06u", prefix, i);
        spans[i] = span_of_text(names[i]);
    }
    return spans;
}

/* ---- offers */

static struct book_source_offer blank_offer(const struct shop *shop, unsigned index)
{
    return (struct book_source_offer){.id = span_of_text(shop->offer_names[index]),
                                      .version = 1,
                                      .weekdays = BOOK_WEEKDAYS_ALL,
                                      .from_day = BOOK_DAY_FIRST,
                                      .until_day = BOOK_DAY_LAST};
}

static void need(struct shop *shop, unsigned index, struct book_source_condition condition)
{
    struct book_source_offer *offer = &shop->offers[index];
    shop->needs[index][offer->condition_count++] = condition;
    offer->conditions = shop->needs[index];
}

/* Of a hundred offers: 58 on a few items, 35 on a category, 5 deals, 2 on the whole basket (far ones: none); a
 * third has a threshold. */
static void fill_shelf_offer(struct shop *shop, unsigned index, uint64_t *chance)
{
    bool is_near = index < shop->options.near;
    uint32_t first_item = is_near ? 0 : NEAR_ITEMS, items = is_near ? NEAR_ITEMS : FAR_ITEMS;
    uint32_t first_category = is_near ? 0 : NEAR_CATEGORIES;
    uint32_t categories = is_near ? NEAR_CATEGORIES : FAR_CATEGORIES;
    uint32_t choice = bench_draw(chance, is_near ? 100 : 98);
    struct book_source_offer *offer = &shop->offers[index];
    offer->kind = (uint16_t)(BOOK_PERCENT_OFF + bench_draw(chance, 3));
    offer->scope = BOOK_EACH_LINE;
    offer->priority = (int32_t)bench_draw(chance, 10);
    offer->lane = bench_draw(chance, 2);
    offer->give.percent_bp = offer->kind == BOOK_PERCENT_OFF ? 500 + bench_draw(chance, 3000) : 0;
    offer->give.amount_minor = offer->kind == BOOK_PERCENT_OFF ? 0 : 10 + bench_draw(chance, 200);
    if (choice < 58)
        offer->target =
            (struct book_source_selector){.items = &shop->items[first_item + bench_draw(chance, items - 8)],
                                          .item_count = 1 + bench_draw(chance, 8)};
    else if (choice < 98)
        offer->target = (struct book_source_selector){
            .categories = &shop->categories[first_category + bench_draw(chance, categories)],
            .category_count = 1};
    else
        offer->target.everything = true;
    if (choice >= 93 && choice < 98) {
        offer->kind = BOOK_BUY_GET;
        offer->scope = BOOK_EACH_UNIT;
        offer->give = (struct book_give){.percent_bp = 10000, .buy_units = 2, .get_units = 1};
    } else if (choice >= 98) {
        offer->kind = BOOK_PERCENT_OFF;
        offer->scope = BOOK_TOGETHER;
        offer->give = (struct book_give){.percent_bp = 100};
    }
    if (bench_draw(chance, 3) == 0)
        need(shop, index,
             (struct book_source_condition){.kind = BOOK_MIN_AMOUNT, .value = bench_draw(chance, 5000)});
}

static void fill_deal(struct shop *shop, unsigned index, uint64_t *chance)
{
    struct deals_maker maker = {shop->items, chance};
    deals_fill(&maker, shop->options.deals, index, &shop->offers[index]);
}

/* Nine of ten are about a category; of six categories that the shop has one is in the baskets. */
static void fill_condition(struct shop *shop, unsigned index, uint64_t *chance)
{
    struct book_source_offer *offer = &shop->offers[index];
    offer->kind = BOOK_MESSAGE_SHOWN;
    offer->scope = BOOK_TOGETHER;
    offer->texts = &shop->text;
    offer->text_count = 1;
    offer->target.everything = true;
    struct book_source_selector all = {.everything = true};
    need(shop, index,
         (struct book_source_condition){
             .kind = BOOK_MIN_AMOUNT, .of = all, .value = bench_draw(chance, 60000)});
    need(shop, index,
         (struct book_source_condition){
             .kind = BOOK_MIN_QUANTITY, .of = all, .value = 1000 * (1 + (int64_t)bench_draw(chance, 120))});
    if (bench_draw(chance, 10) < 9)
        need(shop, index,
             (struct book_source_condition){
                 .kind = BOOK_MIN_QUANTITY,
                 .of = {.categories = &shop->categories[bench_draw(chance, CATEGORIES)], .category_count = 1},
                 .value = 1000 * (1 + (int64_t)bench_draw(chance, 4))});
    if (bench_draw(chance, 10) < 4) {
        offer->audience = BOOK_TIER;
        offer->who = &shop->tiers[bench_draw(chance, TIERS)];
        offer->who_count = 1;
    }
}

/* ---- the book */

static void fill_offers(struct shop *shop)
{
    static void (*const fills[])(struct shop *, unsigned, uint64_t *) = {
        [SHAPE_SHELF] = fill_shelf_offer, [SHAPE_DEALS] = fill_deal, [SHAPE_CONDITIONS] = fill_condition};
    uint64_t chance = 1;
    for (unsigned i = 0; i < shop->options.offers; i++) {
        shop->offers[i] = blank_offer(shop, i);
        fills[shop->options.shape](shop, i, &chance);
    }
}

static void build_book(struct shop *shop)
{
    const struct book_source_lane shelf[] = {{.name = span_of_text("best"), .mode = BOOK_LANE_BEST_PER_LINE},
                                             {.name = span_of_text("all"), .mode = BOOK_LANE_ALL}};
    const struct book_source_lane deals[] = {{.name = span_of_text("deals"),
                                              .mode = BOOK_LANE_BEST_COMBINATION,
                                              .offers_max = deals_offers_max(shop->options.deals)}};
    bool is_deals = shop->options.shape == SHAPE_DEALS;
    struct book_source source = {.version = 1,
                                 .currency = span_of_text("EUR"),
                                 .exponent = 2,
                                 .valid_from_day = BOOK_DAY_FIRST,
                                 .lanes = is_deals ? deals : shelf,
                                 .lane_count = is_deals ? 1 : 2,
                                 .order = is_deals ? BOOK_BY_PRIORITY : BOOK_BY_STEP,
                                 .offers = shop->offers,
                                 .offer_count = shop->options.offers};
    size_t size = book_builder_memory_size(&source);
    shop->memory = take(1, size);
    struct book_fault fault = {0};
    enum err error = book_builder_write(&source, shop->memory, size, &shop->bytes, &fault);
    if (error != ERR_OK) {
        (void)fprintf(stderr, "kassa-bench-offers: no book of %u offers: %s\n", shop->options.offers,
                      error == ERR_ARGUMENT ? fault.what : err_sentence(error));
        exit(1);
    }
}

/* An item's category follows from the item, as in a shop. */
static void fill_lines(struct shop *shop)
{
    uint64_t chance = 2;
    bool is_deals = shop->options.shape == SHAPE_DEALS;
    uint32_t items = is_deals ? DEAL_ITEMS : NEAR_ITEMS;
    for (unsigned i = 0; i < BASKETS * shop->options.lines; i++) {
        uint32_t item = bench_draw(&chance, items);
        int64_t units =
            is_deals ? deals_units(shop->options.deals, &chance) : 1 + (int64_t)bench_draw(&chance, 3);
        int64_t price = is_deals ? deals_price_minor(shop->options.deals, &chance)
                                 : 50 + (int64_t)bench_draw(&chance, 2000);
        shop->lines[i] = (struct offers_line){.sku = shop->items[item],
                                              .categories = {shop->categories[item % NEAR_CATEGORIES]},
                                              .category_count = 1,
                                              .quantity_milli = 1000 * units,
                                              .unit_price_e5 = 1000 * price};
    }
}

struct shop *shop_build(const struct shop_options *options)
{
    struct shop *shop = take(1, sizeof(*shop));
    shop->options = *options;
    shop->item_names = take(ITEMS, NAME_SIZE);
    shop->category_names = take(CATEGORIES, NAME_SIZE);
    shop->offer_names = take(options->offers, NAME_SIZE);
    shop->items = name_all(shop->item_names, ITEMS, "4770");
    shop->categories = name_all(shop->category_names, CATEGORIES, "c");
    free(name_all(shop->offer_names, options->offers, "o"));
    for (size_t i = 0; i < TIERS; i++)
        shop->tiers[i] = span_of_text(tier_names[i]);
    shop->text = (struct book_source_text){
        .language = span_of_text("en"), .role = BOOK_MESSAGE, .text = span_of_text("Well met")};
    shop->offers = take(options->offers, sizeof(*shop->offers));
    shop->needs = take(options->offers, sizeof(*shop->needs));
    shop->lines = take((size_t)BASKETS * options->lines, sizeof(*shop->lines));
    fill_offers(shop);
    fill_lines(shop);
    build_book(shop);
    return shop;
}

void shop_free(struct shop *shop)
{
    free(shop->item_names);
    free(shop->category_names);
    free(shop->offer_names);
    free(shop->items);
    free(shop->categories);
    free(shop->offers);
    free(shop->needs);
    free(shop->lines);
    free(shop->memory);
    free(shop);
}

struct span shop_book(const struct shop *shop)
{
    return shop->bytes;
}

struct offers_basket shop_basket(const struct shop *shop, unsigned index)
{
    return (struct offers_basket){.lines = shop->lines + (size_t)index * shop->options.lines,
                                  .line_count = shop->options.lines,
                                  .exponent = 2};
}

struct offers_member shop_member(const struct shop *shop, unsigned index)
{
    return (struct offers_member){.known = true, .tier = shop->tiers[index % TIERS]};
}

/* ---- for others */

static void export_condition(const struct shop *shop, unsigned index, FILE *file)
{
    const struct book_source_offer *offer = &shop->offers[index];
    const struct book_source_condition *needs = offer->conditions;
    (void)fprintf(file, "%s{\"id\":\"%s\",\"amount\":%lld,\"units\":%lld", index > 0 ? ",\n" : "",
                  shop->offer_names[index], (long long)needs[0].value, (long long)needs[1].value / 1000);
    if (offer->condition_count > 2)
        (void)fprintf(file, ",\"category\":\"%s\",\"quantity\":%lld",
                      (const char *)needs[2].of.categories[0].bytes, (long long)needs[2].value / 1000);
    if (offer->who_count > 0)
        (void)fprintf(file, ",\"tier\":\"%s\"", (const char *)offer->who[0].bytes);
    (void)fprintf(file, "}");
}

static void export_basket(const struct shop *shop, unsigned index, FILE *file)
{
    struct offers_basket basket = shop_basket(shop, index);
    struct offers_member member = shop_member(shop, index);
    (void)fprintf(file, "%s{\"tier\":\"%s\",\"lines\":[", index > 0 ? ",\n" : "",
                  (const char *)member.tier.bytes);
    for (uint32_t i = 0; i < basket.line_count; i++) {
        const struct offers_line *line = &basket.lines[i];
        (void)fprintf(file, "%s{\"category\":\"%s\",\"units\":%lld,\"amount\":%lld}", i > 0 ? "," : "",
                      (const char *)line->categories[0].bytes, (long long)line->quantity_milli / 1000,
                      (long long)(line->unit_price_e5 / 1000 * (line->quantity_milli / 1000)));
    }
    (void)fprintf(file, "]}");
}

bool shop_export(const struct shop *shop, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    (void)fprintf(file, "{\"conditions\":[");
    for (unsigned i = 0; i < shop->options.offers; i++)
        export_condition(shop, i, file);
    (void)fprintf(file, "],\n\"baskets\":[");
    for (unsigned i = 0; i < BASKETS; i++)
        export_basket(shop, i, file);
    (void)fprintf(file, "]}\n");
    bool is_written = ferror(file) == 0;
    return fclose(file) == 0 && is_written;
}
