/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-pricing - a basket of 50 lines against a book of 2,000 offers (or of --offers N, --lines N):
 * how long pricing takes, as p50 and p99 over --rounds N baskets, and what opening the book costs. p99 also
 * of this thread's own processor time, which others on a busy machine do not lengthen. --json prints one JSON
 * object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "offers/offers.h"

#define ITEMS      5000
#define CATEGORIES 200
#define BASKETS    64
#define NAME_SIZE  16

struct options {
    unsigned offers, lines, rounds;
    bool json;
};

struct shop {
    char (*item_names)[NAME_SIZE], (*category_names)[NAME_SIZE], (*offer_names)[NAME_SIZE];
    struct span *items, *categories;
    struct book_source_offer *offers;
    struct book_source_condition *conditions;
    void *memory;
    struct span bytes;
};

struct figures {
    double p50_us, p99_us, max_us, open_ms;
    double own_p99_us;     /* of processor time */
    double touched, given; /* offers a basket, on average */
    size_t book_size;
};

static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t draw(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(next_number(state) % bound);
}

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (block == NULL) {
        (void)fprintf(stderr, "kassa-bench-pricing: no memory\n");
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

/* Of a hundred offers: 58 on a few items, 35 on a category, 5 deals, 2 on the whole basket; a third has a
 * threshold. */
static void fill_offer(struct shop *shop, unsigned index, uint64_t *chance)
{
    struct book_source_offer *offer = &shop->offers[index];
    uint32_t choice = draw(chance, 100);
    *offer = (struct book_source_offer){.id = span_of_text(shop->offer_names[index]),
                                        .version = 1,
                                        .kind = (uint16_t)(BOOK_PERCENT_OFF + draw(chance, 3)),
                                        .scope = BOOK_EACH_LINE,
                                        .weekdays = BOOK_WEEKDAYS_ALL,
                                        .from_day = BOOK_DAY_FIRST,
                                        .until_day = BOOK_DAY_LAST,
                                        .priority = (int32_t)draw(chance, 10),
                                        .lane = draw(chance, 2)};
    offer->give.percent_bp = offer->kind == BOOK_PERCENT_OFF ? 500 + draw(chance, 3000) : 0;
    offer->give.amount_minor = offer->kind == BOOK_PERCENT_OFF ? 0 : 10 + draw(chance, 200);
    if (choice < 58)
        offer->target = (struct book_source_selector){.items = &shop->items[draw(chance, ITEMS - 8)],
                                                      .item_count = 1 + draw(chance, 8)};
    else if (choice < 98)
        offer->target = (struct book_source_selector){
            .categories = &shop->categories[draw(chance, CATEGORIES)], .category_count = 1};
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
    if (draw(chance, 3) == 0) {
        shop->conditions[index] =
            (struct book_source_condition){.kind = BOOK_MIN_AMOUNT, .value = draw(chance, 5000)};
        offer->conditions = &shop->conditions[index];
        offer->condition_count = 1;
    }
}

static void build(struct shop *shop, const struct options *options)
{
    static const struct book_source_lane lanes[2] = {
        {.name = {(const uint8_t *)"best", 4}, .mode = BOOK_LANE_BEST_PER_LINE},
        {.name = {(const uint8_t *)"all", 3}, .mode = BOOK_LANE_ALL}};
    uint64_t chance = 1;
    shop->item_names = take(ITEMS, NAME_SIZE);
    shop->category_names = take(CATEGORIES, NAME_SIZE);
    shop->offer_names = take(options->offers, NAME_SIZE);
    shop->items = name_all(shop->item_names, ITEMS, "4770");
    shop->categories = name_all(shop->category_names, CATEGORIES, "c");
    free(name_all(shop->offer_names, options->offers, "o"));
    shop->offers = take(options->offers, sizeof(*shop->offers));
    shop->conditions = take(options->offers, sizeof(*shop->conditions));
    for (unsigned i = 0; i < options->offers; i++)
        fill_offer(shop, i, &chance);
    struct book_source source = {.version = 1,
                                 .currency = span_of_text("EUR"),
                                 .exponent = 2,
                                 .valid_from_day = BOOK_DAY_FIRST,
                                 .lanes = lanes,
                                 .lane_count = 2,
                                 .offers = shop->offers,
                                 .offer_count = options->offers};
    size_t size = book_builder_memory_size(&source);
    shop->memory = take(1, size);
    struct book_fault fault = {0};
    enum err error = book_builder_write(&source, shop->memory, size, &shop->bytes, &fault);
    if (error != ERR_OK) {
        (void)fprintf(stderr, "kassa-bench-pricing: no book of %u offers: %s\n", options->offers,
                      error == ERR_ARGUMENT ? fault.what : err_sentence(error));
        exit(1);
    }
}

static void tear_down(struct shop *shop)
{
    free(shop->item_names);
    free(shop->category_names);
    free(shop->offer_names);
    free(shop->items);
    free(shop->categories);
    free(shop->offers);
    free(shop->conditions);
    free(shop->memory);
}

static double now_us(clockid_t clock)
{
    struct timespec now = {0};
    if (clock_gettime(clock, &now) != 0)
        exit(1);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* An item's category follows from the item, as in a shop. */
static void fill_lines(const struct shop *shop, struct offers_line *lines, unsigned count, uint64_t *chance)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t item = draw(chance, ITEMS);
        lines[i] = (struct offers_line){.sku = shop->items[item],
                                        .categories = {shop->categories[item % CATEGORIES]},
                                        .category_count = 1,
                                        .quantity_milli = 1000 * (1 + (int64_t)draw(chance, 3)),
                                        .unit_price_e5 = 1000 * (50 + (int64_t)draw(chance, 2000))};
    }
}

static struct figures measure(const struct shop *shop, const struct options *options)
{
    struct book book = {0};
    struct figures figures = {.book_size = shop->bytes.size};
    double began = now_us(CLOCK_MONOTONIC);
    if (book_open(shop->bytes, &book) != ERR_OK)
        exit(1);
    figures.open_ms = (now_us(CLOCK_MONOTONIC) - began) / 1e3;
    uint64_t chance = 2;
    struct offers_line *lines = take((size_t)BASKETS * options->lines, sizeof(*lines));
    fill_lines(shop, lines, BASKETS * options->lines, &chance);
    struct offers_workspace *workspace =
        offers_workspace_init(take(1, offers_workspace_size()), offers_workspace_size());
    double *times = take(options->rounds, sizeof(*times));
    double *own_times = take(options->rounds, sizeof(*own_times));
    struct offers_moment moment = {.day = 20778, .minute_of_day = 720, .store = span_of_text("s1")};
    for (unsigned i = 0; i < options->rounds; i++) {
        struct offers_basket basket = {.lines = lines + (size_t)(i % BASKETS) * options->lines,
                                       .line_count = options->lines,
                                       .exponent = 2};
        struct offers_result result = {0};
        double start = now_us(CLOCK_MONOTONIC), own_start = now_us(CLOCK_THREAD_CPUTIME_ID);
        enum err error = offers_price(&book, &basket, NULL, &moment, workspace, &result);
        own_times[i] = now_us(CLOCK_THREAD_CPUTIME_ID) - own_start;
        times[i] = now_us(CLOCK_MONOTONIC) - start;
        if (error != ERR_OK)
            exit(1);
        figures.touched += (double)result.explanation_count / options->rounds;
        for (uint32_t k = 0; k < result.explanation_count; k++)
            figures.given += result.explanations[k].reason == OFFERS_GIVEN ? 1.0 / options->rounds : 0;
    }
    qsort(times, options->rounds, sizeof(*times), compare_doubles);
    qsort(own_times, options->rounds, sizeof(*own_times), compare_doubles);
    figures.p50_us = times[options->rounds / 2];
    figures.p99_us = times[options->rounds - 1 - options->rounds / 100];
    figures.max_us = times[options->rounds - 1];
    figures.own_p99_us = own_times[options->rounds - 1 - options->rounds / 100];
    free(own_times);
    free(times);
    free(workspace);
    free(lines);
    return figures;
}

static void print(const struct options *options, const struct figures *f)
{
    if (options->json)
        printf("{\"bench\":\"pricing\",\"offers\":%u,\"lines\":%u,\"rounds\":%u,\"touched\":%.1f,"
               "\"given\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"own_p99_us\":%.1f,\"max_us\":%.1f,\"open_"
               "ms\":%.3f,"
               "\"book_bytes\":%zu}\n",
               options->offers, options->lines, options->rounds, f->touched, f->given, f->p50_us, f->p99_us,
               f->own_p99_us, f->max_us, f->open_ms, f->book_size);
    else
        printf(
            "pricing: %u offers, %u lines, %u rounds; %.1f offers touch a basket, %.1f are given\n"
            "  p50 %.1f us  p99 %.1f us (%.1f us of processor time)  max %.1f us; opening the book %.3f ms, "
            "%zu bytes\n",
            options->offers, options->lines, options->rounds, f->touched, f->given, f->p50_us, f->p99_us,
            f->own_p99_us, f->max_us, f->open_ms, f->book_size);
}

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < least || value > most)
        return false;
    *out = (unsigned)value;
    return true;
}

static bool read_options(int count, char **words, struct options *out)
{
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "--json") == 0)
            out->json = true;
        else if ((strcmp(words[i], "--offers") == 0 &&
                  read_number(value, 1, BOOK_OFFERS_MAX, &out->offers)) ||
                 (strcmp(words[i], "--lines") == 0 && read_number(value, 1, LINES_MAX, &out->lines)) ||
                 (strcmp(words[i], "--rounds") == 0 && read_number(value, 100, 10000000, &out->rounds)))
            i++;
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.offers = 2000, .lines = 50, .rounds = 20000};
    if (!read_options(argc, argv, &options)) {
        (void)fprintf(stderr, "usage: kassa-bench-pricing [--offers N] [--lines N] [--rounds N] [--json]\n");
        return 2;
    }
    struct shop shop = {0};
    build(&shop, &options);
    struct figures figures = measure(&shop, &options);
    print(&options, &figures);
    tear_down(&shop);
    return 0;
}
