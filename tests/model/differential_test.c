/* SPDX-License-Identifier: Apache-2.0 */
/* The engine and the slow evaluator price the same random cases and must agree on each line's amount, discount, points
 * and tax, on each offer's being given and how much, and on all sums. A case on which they differ is made small and
 * printed.
 *
 *   test_offers_differential [--seed N] [--cases N] [--seconds N] [--kinds MASK] [--features MASK]
 *
 * Case i is made of the seed N + i: what is printed is repeated by --seed SEED --cases 1. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "model/shop.h"
#include "model/slow.h"

#define CASES_IN_CTEST 10000
/* Best-combination lanes are compared by search_test.c. */
#define FEATURES (SHOP_ALL & ~SHOP_SEARCH)

struct options {
    uint64_t seed, cases, seconds;
    struct shop_mix mix;
};

/* What was met: a comparison of cases in which nothing happens proves nothing. */
struct tally {
    uint64_t cases, refused_books, refused_baskets, with_discount, with_points, differences;
    uint64_t given_of_kind[BOOK_KIND_LAST + 1], of_kind[BOOK_KIND_LAST + 1],
        given_in_mode[BOOK_LANE_MODE_LAST + 1];
    uint64_t reasons[OFFERS_REASON_COUNT];
};

struct comparer {
    struct offers_workspace *workspace;
    void *book_memory;
    size_t book_memory_size;
    char difference[160]; /* the first one found */
    struct tally *tally;  /* NULL while a case is made smaller */
};

/* ---- the engine's side */

static bool open_book(struct comparer *c, const struct book_source *source, struct book *out_book)
{
    struct book_fault fault;
    struct span bytes;
    size_t size = book_builder_memory_size(source);
    if (size > c->book_memory_size) {
        free(c->book_memory);
        c->book_memory = malloc(size);
        KASSA_ASSERT(c->book_memory != NULL);
        c->book_memory_size = size;
    }
    enum err error = book_builder_write(source, c->book_memory, size, &bytes, &fault);
    if (error != ERR_OK) {
        (void)snprintf(c->difference, sizeof(c->difference), "the builder refuses offer %" PRIu32 ": %s %s",
                       fault.offer, fault.field, fault.what);
        return false;
    }
    error = book_open(bytes, out_book);
    KASSA_ASSERT(error == ERR_OK); /* what the builder writes the reader takes */
    return true;
}

/* ---- comparing */

static bool is_same(struct comparer *c, const char *what, uint32_t at, int64_t engine, int64_t slow)
{
    if (engine == slow)
        return true;
    (void)snprintf(c->difference, sizeof(c->difference),
                   "%s %" PRIu32 ": the engine says %" PRId64 ", the model %" PRId64, what, at, engine, slow);
    return false;
}

static bool compare_lines(struct comparer *c, const struct offers_result *engine,
                          const struct slow_result *slow, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct offers_line_result *a = &engine->lines[i];
        const struct slow_line_result *b = &slow->lines[i];
        if (!is_same(c, "amount of line", i, a->amount_minor, b->amount_minor) ||
            !is_same(c, "discount of line", i, a->discount_minor, b->discount_minor) ||
            !is_same(c, "points of line", i, a->points, b->points) ||
            !is_same(c, "unit price of line", i, a->unit_price_e5, b->unit_price_e5) ||
            !is_same(c, "prior price of line", i, a->prior_price_minor, b->prior_price_minor) ||
            !is_same(c, "tax of line", i, a->tax_minor, b->tax_minor) ||
            !is_same(c, "tax base of line", i, a->tax_base_minor, b->tax_base_minor))
            return false;
    }
    return true;
}

static bool compare_offers(struct comparer *c, const struct shop *shop, const struct shop_built *built,
                           const struct book *book, const struct offers_result *engine,
                           const struct slow_result *slow)
{
    const struct book_source *source = shop_source(built);
    for (uint32_t i = 0; i < source->offer_count; i++) {
        uint32_t index = book_find_offer(book, source->offers[i].id);
        struct offers_explanation why =
            offers_explain(book, shop_member(built), shop_moment(built), engine, index);
        const struct slow_offer_result *b = &slow->offers[i];
        uint32_t number = shop->offers[i].number;
        if (!is_same(c, "given offer", number, why.reason == OFFERS_GIVEN, b->is_given) ||
            !is_same(c, "discount of offer", number, why.amount_minor, b->amount_minor) ||
            !is_same(c, "points of offer", number, why.points, b->points)) {
            size_t used = strlen(c->difference);
            (void)snprintf(c->difference + used, sizeof(c->difference) - used, " (engine: %s; model: %s)",
                           offers_reason_row(why.reason)->name, b->why != NULL ? b->why : "given");
            return false;
        }
        if (c->tally != NULL) {
            c->tally->of_kind[shop->offers[i].kind]++;
            c->tally->given_of_kind[shop->offers[i].kind] += b->is_given;
            c->tally->given_in_mode[shop->lanes[shop->offers[i].lane].mode] += b->is_given;
            c->tally->reasons[why.reason]++;
        }
    }
    return true;
}

static bool compare_sums(struct comparer *c, const struct offers_result *engine,
                         const struct slow_result *slow)
{
    return is_same(c, "sum of amounts", 0, engine->gross_minor, slow->gross_minor) &&
           is_same(c, "sum of discounts", 0, engine->discount_minor, slow->discount_minor) &&
           is_same(c, "total", 0, engine->total_minor, slow->total_minor) &&
           is_same(c, "points", 0, engine->points, slow->points) &&
           is_same(c, "tax", 0, engine->tax_minor, slow->tax_minor) &&
           is_same(c, "payable", 0, engine->payable_minor, slow->payable_minor) &&
           is_same(c, "burned points", 0, engine->burned.points, slow->burned_points) &&
           is_same(c, "burned value", 0, engine->burned.value_minor, slow->burned_minor);
}

static bool compare_awards(struct comparer *c, const struct shop_built *built, const struct book *book,
                           const struct offers_result *engine, const struct slow_result *slow)
{
    if (!is_same(c, "number of awards", 0, engine->award_count, slow->award_count))
        return false;
    for (uint32_t i = 0; i < slow->award_count; i++) {
        const struct offers_award *a = &engine->awards[i];
        const struct slow_award *b = &slow->awards[i];
        uint32_t index = book_find_offer(book, shop_source(built)->offers[b->offer].id);
        if (!is_same(c, "offer of award", i, a->offer, index) ||
            !is_same(c, "count of award", i, a->count, b->count) ||
            !is_same(c, "charge of award", i, a->charged_minor, b->charged_minor) ||
            !is_same(c, "price of award", i, a->unit_price_minor, b->unit_price_minor))
            return false;
    }
    return true;
}

/* What the model cannot follow: more units than it makes structs of. */
static bool is_too_large(const struct shop *shop)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < shop->line_count; i++)
        units += shop->lines[i].quantity_milli > 0 ? shop->lines[i].quantity_milli / 1000 + 1 : 0;
    return units > SLOW_UNITS;
}

/* Whether both say the same of the case; what it says is false of a case that cannot be priced at all. */
static bool agrees(struct comparer *c, const struct shop *shop)
{
    if (is_too_large(shop))
        return true;
    struct shop_built *built = shop_open(shop);
    struct book book;
    bool same = true;
    c->difference[0] = '\0';
    if (!open_book(c, shop_source(built), &book)) {
        if (c->tally != NULL)
            c->tally->refused_books++;
    } else {
        struct offers_result engine;
        enum err error = offers_price(&book, shop_basket(built, &book), shop_member(built),
                                      shop_moment(built), c->workspace, &engine);
        if (error == ERR_OK) {
            struct slow_result slow;
            slow_price(shop_source(built), shop_terms(built), shop_basket(built, NULL), shop_member(built),
                       shop_moment(built), &slow);
            same = compare_lines(c, &engine, &slow, shop->line_count) && compare_sums(c, &engine, &slow) &&
                   compare_awards(c, built, &book, &engine, &slow) &&
                   compare_offers(c, shop, built, &book, &engine, &slow);
        }
        if (c->tally != NULL) {
            c->tally->refused_baskets += error != ERR_OK;
            c->tally->with_discount += error == ERR_OK && engine.discount_minor > 0;
            c->tally->with_points += error == ERR_OK && engine.points > 0;
        }
    }
    shop_close(built);
    return same;
}

static bool differs(void *self, const struct shop *shop)
{
    return !agrees(self, shop);
}

/* ---- running */

static void report(struct comparer *c, struct shop *shop)
{
    struct tally *tally = c->tally;
    tally->differences++;
    printf("DIFFERENCE at --seed %" PRIu64 " --cases 1: %s\n", shop->seed, c->difference);
    c->tally = NULL;
    shop_shrink(shop, differs, c);
    (void)agrees(c, shop);
    printf("made small: %s\n", c->difference);
    shop_print(shop, stdout);
    c->tally = tally;
}

static void run(struct comparer *c, const struct options *options)
{
    time_t end = options->seconds > 0 ? time(NULL) + (time_t)options->seconds : 0;
    for (uint64_t i = 0; i < options->cases || options->seconds > 0; i++) {
        struct shop shop;
        shop_random(&shop, options->seed + i, options->mix);
        c->tally->cases++;
        if (!agrees(c, &shop))
            report(c, &shop);
        else if (c->difference[0] != '\0' && c->tally->refused_books <= 3)
            printf("seed %" PRIu64 ": %s\n", shop.seed, c->difference);
        if (c->tally->differences == 3 || (end > 0 && i % 256 == 0 && time(NULL) >= end))
            return;
    }
}

static void print_tally(const struct tally *tally)
{
    printf("%" PRIu64 " cases, %" PRIu64 " differences; %" PRIu64 " books and %" PRIu64
           " baskets refused; %" PRIu64 " with a discount, %" PRIu64 " with points\n",
           tally->cases, tally->differences, tally->refused_books, tally->refused_baskets,
           tally->with_discount, tally->with_points);
    for (uint16_t kind = 1; kind <= BOOK_KIND_LAST; kind++) {
        if (tally->of_kind[kind] > 0)
            printf("  %-20s %10" PRIu64 " given of %" PRIu64 "\n",
                   book_kind_name(kind) ? book_kind_name(kind) : "?", tally->given_of_kind[kind],
                   tally->of_kind[kind]);
    }
    for (uint32_t mode = 0; mode <= BOOK_LANE_MODE_LAST; mode++)
        printf("  lanes of mode %" PRIu32 "      %10" PRIu64 " given\n", mode, tally->given_in_mode[mode]);
    for (unsigned reason = 0; reason < OFFERS_REASON_COUNT; reason++) {
        if (tally->reasons[reason] > 0)
            printf("  %-24s %10" PRIu64 "\n", offers_reason_row((enum offers_reason)reason)->name,
                   tally->reasons[reason]);
    }
}

static uint64_t number_after(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 0);
    }
    return otherwise;
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* what was found is seen even if the run is cut short */
    const char *cases = getenv("KASSA_CASES");
    struct options options = {
        .cases =
            number_after(argc, argv, "--cases", cases != NULL ? strtoull(cases, NULL, 10) : CASES_IN_CTEST),
        .seconds = number_after(argc, argv, "--seconds", 0),
        .mix = {.kinds = (uint32_t)number_after(argc, argv, "--kinds", UINT32_MAX),
                .features = (uint32_t)number_after(argc, argv, "--features", FEATURES)},
    };
    options.seed = number_after(argc, argv, "--seed", UINT64_MAX);
    if (options.seed == UINT64_MAX) {
        struct seed drawn = seed_of_environment();
        options.seed = drawn.state % 1000000000000;
    }
    printf("--seed %" PRIu64 "\n", options.seed);
    struct tally tally = {0};
    size_t size = offers_workspace_size();
    struct comparer c = {.workspace = offers_workspace_init(calloc(1, size), size), .tally = &tally};
    run(&c, &options);
    print_tally(&tally);
    free(c.book_memory);
    free(c.workspace);
    return tally.differences == 0 ? 0 : 1;
}
