/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-offers - how long pricing takes against a book of a chosen shape and size: p50 and p99 over --rounds
 * rounds of 64 baskets, and what opening the book costs. p99 also of this thread's own processor time, which
 * others on a busy machine do not lengthen. Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "offers_books.h"

#define OPENINGS 5

struct options {
    struct shop_options shop;
    unsigned rounds;
    const char *export_path;
    bool has_held;  /* print which offers each basket was given */
    bool has_deals; /* else all of them are tried, and the slowest is told */
};

struct figures {
    double *round_medians_us, *times_us, *own_times_us;
    double open_ms;        /* median */
    double touched, given; /* offers a basket, on average */
    double discount_minor; /* a basket, on average */
    double states;         /* of the search, a basket, on average */
    uint32_t states_max;
    unsigned bounded; /* baskets whose search ended at its bound */
};

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

static double quantile(double *values, unsigned count, double share)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return values[(unsigned)((double)(count - 1) * share)];
}

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (block == NULL)
        exit(1);
    return block;
}

static struct book open_book(const struct shop *shop, struct figures *figures)
{
    struct book book = {0};
    double times[OPENINGS];
    for (unsigned i = 0; i < OPENINGS; i++) {
        double began = now_us(CLOCK_MONOTONIC);
        if (book_open(shop_book(shop), &book) != ERR_OK)
            exit(1);
        times[i] = (now_us(CLOCK_MONOTONIC) - began) / 1e3;
    }
    figures->open_ms = quantile(times, OPENINGS, 0.5);
    return book;
}

static struct offers_result price(const struct shop *shop, const struct book *book,
                                  struct offers_workspace *workspace, unsigned basket_index, double *out_us,
                                  double *out_own_us)
{
    struct offers_basket basket = shop_basket(shop, basket_index);
    struct offers_member member = shop_member(shop, basket_index);
    struct offers_moment moment = {.day = 20778, .minute_of_day = 720, .store = span_of_text("s1")};
    struct offers_result result = {0};
    double began = now_us(CLOCK_MONOTONIC), own_began = now_us(CLOCK_THREAD_CPUTIME_ID);
    enum err error = offers_price(book, &basket, &member, &moment, workspace, &result);
    *out_own_us = now_us(CLOCK_THREAD_CPUTIME_ID) - own_began;
    *out_us = now_us(CLOCK_MONOTONIC) - began;
    if (error != ERR_OK) {
        (void)fprintf(stderr, "kassa-bench-offers: %s\n", err_sentence(error));
        exit(1);
    }
    return result;
}

static void count_result(const struct offers_result *result, struct figures *figures)
{
    figures->touched += (double)result->explanation_count / BASKETS;
    for (uint32_t k = 0; k < result->explanation_count; k++)
        figures->given += result->explanations[k].reason == OFFERS_GIVEN ? 1.0 / BASKETS : 0;
    figures->discount_minor += (double)result->discount_minor / BASKETS;
    figures->states += (double)result->search_states / BASKETS;
    if (result->search_states > figures->states_max)
        figures->states_max = result->search_states;
    figures->bounded += result->search == OFFERS_BOUNDED ? 1 : 0;
}

static void measure(const struct shop *shop, const struct book *book, struct offers_workspace *workspace,
                    unsigned rounds, struct figures *figures)
{
    double median[BASKETS];
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < BASKETS; i++) {
            unsigned at = round * BASKETS + i;
            struct offers_result result =
                price(shop, book, workspace, i, &figures->times_us[at], &figures->own_times_us[at]);
            median[i] = figures->times_us[at];
            if (round == 0)
                count_result(&result, figures);
        }
        figures->round_medians_us[round] = quantile(median, BASKETS, 0.5);
    }
}

/* ---- telling */

/* A receipt has room for so many awards; the conditions of those beyond held as well. */
static bool has_held(enum offers_reason reason)
{
    return reason == OFFERS_GIVEN || reason == OFFERS_TOO_MANY_ROWS;
}

static void print_held(const struct shop *shop, const struct book *book, struct offers_workspace *workspace)
{
    printf(",\"held\":[");
    for (unsigned i = 0; i < BASKETS; i++) {
        double unused;
        struct offers_result result = price(shop, book, workspace, i, &unused, &unused);
        const char *comma = "";
        printf("%s[", i > 0 ? "," : "");
        for (uint32_t k = 0; k < result.explanation_count; k++) {
            struct book_offer offer;
            if (!has_held(result.explanations[k].reason))
                continue;
            book_offer_at(book, result.explanations[k].offer, &offer);
            printf("%s\"%.*s\"", comma, (int)offer.id.size, (const char *)offer.id.bytes);
            comma = ",";
        }
        printf("]");
    }
    printf("]");
}

static void print(const struct options *options, const struct shop *shop, struct figures *f)
{
    unsigned count = options->rounds * BASKETS;
    printf("{\"bench\":\"offers\",\"offers\":%u,\"lines\":%u,\"rounds\":%u,\"touched\":%.1f,\"given\":%.1f,"
           "\"p50_us\":%.1f,\"p99_us\":%.1f,\"own_p99_us\":%.1f,\"max_us\":%.1f,\"open_ms\":%.3f,"
           "\"own_max_us\":%.1f,\"book_bytes\":%zu,\"states\":%.0f,\"states_max\":%u,\"bounded\":%u,"
           "\"deals\":\"%s\",\"medians_us\":[",
           options->shop.offers, options->shop.lines, options->rounds, f->touched, f->given,
           quantile(f->times_us, count, 0.5), quantile(f->times_us, count, 0.99),
           quantile(f->own_times_us, count, 0.99), quantile(f->times_us, count, 1.0), f->open_ms,
           quantile(f->own_times_us, count, 1.0), shop_book(shop).size, f->states, f->states_max, f->bounded,
           options->shop.shape == SHAPE_DEALS ? deals_name(options->shop.deals) : "");
    for (unsigned i = 0; i < options->rounds; i++)
        printf("%s%.2f", i > 0 ? "," : "", f->round_medians_us[i]);
    printf("]");
}

/* ---- options */

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < least || value > most)
        return false;
    *out = (unsigned)value;
    return true;
}

static bool read_shape(const char *text, enum book_shape *out)
{
    static const char *const names[] = {
        [SHAPE_SHELF] = "shelf", [SHAPE_DEALS] = "deals", [SHAPE_CONDITIONS] = "conditions"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (enum book_shape)i;
            return true;
        }
    }
    return false;
}

static bool read_deals(const char *text, struct options *out)
{
    for (unsigned i = 0; i < DEALS_COUNT; i++) {
        if (strcmp(deals_name((enum deals_shape)i), text) != 0)
            continue;
        out->shop.deals = (enum deals_shape)i;
        out->has_deals = true;
        return true;
    }
    return false;
}

static bool read_option(const char *name, const char *value, struct options *out)
{
    const struct {
        const char *name;
        unsigned least, most, *at;
    } numbers[] = {{"--offers", 1, BOOK_OFFERS_MAX, &out->shop.offers},
                   {"--near", 1, BOOK_OFFERS_MAX, &out->shop.near},
                   {"--lines", 1, LINES_MAX, &out->shop.lines},
                   {"--rounds", 1, 100000, &out->rounds}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(name, numbers[i].name) == 0)
            return read_number(value, numbers[i].least, numbers[i].most, numbers[i].at);
    }
    if (strcmp(name, "--export") == 0) {
        out->export_path = value;
        return *value != '\0';
    }
    if (strcmp(name, "--deals") == 0)
        return read_deals(value, out);
    return strcmp(name, "--shape") == 0 && read_shape(value, &out->shop.shape);
}

static bool read_options(int count, char **words, struct options *out)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--held") == 0)
            out->has_held = true;
        else if (i + 1 == count || !read_option(words[i], words[i + 1], out))
            return false;
        else
            i++;
    }
    return true;
}

/* A shop, and what was measured in it. */
struct run {
    struct options options;
    struct shop *shop;
    struct book book;
    struct figures figures;
};

static struct run run_begin(const struct options *options, struct offers_workspace *workspace)
{
    size_t count = (size_t)options->rounds * BASKETS;
    struct run run = {.options = *options,
                      .shop = shop_build(&options->shop),
                      .figures = {.round_medians_us = take(options->rounds, sizeof(double)),
                                  .times_us = take(count, sizeof(double)),
                                  .own_times_us = take(count, sizeof(double))}};
    run.book = open_book(run.shop, &run.figures);
    measure(run.shop, &run.book, workspace, options->rounds, &run.figures);
    return run;
}

static void run_end(struct run *run)
{
    free(run->figures.round_medians_us);
    free(run->figures.times_us);
    free(run->figures.own_times_us);
    shop_free(run->shop);
}

static double longest_of(const struct run *run)
{
    return quantile(run->figures.own_times_us, run->options.rounds * BASKETS, 1.0);
}

/* Of all shapes of deals the one with the longest pricing. */
static struct run run_worst(struct options options, struct offers_workspace *workspace)
{
    struct run worst = {.shop = NULL};
    for (unsigned i = 0; i < DEALS_COUNT; i++) {
        options.shop.deals = (enum deals_shape)i;
        struct run run = run_begin(&options, workspace);
        (void)fprintf(
            stderr,
            "deals %-9s p50 %8.1f us, longest %8.1f us of own time; %6.0f states, %u bounded, %.1f off\n",
            deals_name(options.shop.deals), quantile(run.figures.own_times_us, options.rounds * BASKETS, 0.5),
            longest_of(&run), run.figures.states, run.figures.bounded, run.figures.discount_minor);
        bool is_worse = worst.shop == NULL || longest_of(&run) > longest_of(&worst);
        struct run *other = is_worse ? &worst : &run;
        if (other->shop != NULL)
            run_end(other);
        worst = is_worse ? run : worst;
    }
    return worst;
}

int main(int argc, char **argv)
{
    struct options options = {.shop = {.offers = 2000, .near = 400, .lines = 50}, .rounds = 300};
    if (!read_options(argc, argv, &options)) {
        (void)fprintf(
            stderr, "usage: kassa-bench-offers [--shape shelf|deals|conditions] [--deals SHAPE] [--offers N] "
                    "[--near N] [--lines N] [--rounds N] [--held] [--export FILE]\n");
        return 2;
    }
    struct offers_workspace *workspace =
        offers_workspace_init(take(1, offers_workspace_size()), offers_workspace_size());
    bool tries_all = options.shop.shape == SHAPE_DEALS && !options.has_deals;
    struct run run = tries_all ? run_worst(options, workspace) : run_begin(&options, workspace);
    bool is_written = options.export_path == NULL || shop_export(run.shop, options.export_path);
    if (!is_written)
        (void)fprintf(stderr, "kassa-bench-offers: %s cannot be written\n", options.export_path);
    print(&run.options, run.shop, &run.figures);
    if (options.has_held)
        print_held(run.shop, &run.book, workspace);
    printf("}\n");
    run_end(&run);
    free(workspace);
    return is_written ? 0 : 1;
}
