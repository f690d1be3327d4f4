/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of any book and basket. A case that breaks a property is made small and printed.
 *
 *   test_offers_properties [--seed N] [--cases N] [--seconds N] */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "model/shop.h"

#define CASES_IN_CTEST 3000
#define BYTES_MAX      (256 * 1024)

/* A place where a shop is priced; its workspace holds whatever was there before. */
struct bench {
    void *book_memory;
    struct offers_workspace *workspace;
    struct shop_built *built;
    struct book book;
    const struct offers_basket *basket;
    struct offers_result result;
};

struct prover {
    struct bench benches[2]; /* as two tills, or a till and head office */
    uint8_t *bytes[2];
    char broken[160];
};

/* ---- pricing */

static void done(struct bench *bench)
{
    free(bench->book_memory);
    shop_close(bench->built);
    bench->book_memory = NULL;
    bench->built = NULL;
}

/* false: the book or the basket is refused. done() ends it either way. */
static bool price(struct bench *bench, const struct shop *shop)
{
    struct book_fault fault;
    struct span bytes;
    bench->built = shop_open(shop);
    const struct book_source *source = shop_source(bench->built);
    size_t size = book_builder_memory_size(source);
    bench->book_memory = malloc(size);
    KASSA_ASSERT(bench->book_memory != NULL);
    if (book_builder_write(source, bench->book_memory, size, &bytes, &fault) != ERR_OK)
        return false;
    enum err error = book_open(bytes, &bench->book);
    KASSA_ASSERT(error == ERR_OK);
    bench->basket = shop_basket(bench->built, &bench->book);
    return offers_price(&bench->book, bench->basket, shop_member(bench->built), shop_moment(bench->built),
                        bench->workspace, &bench->result) == ERR_OK;
}

static bool breaks(struct prover *p, const char *what, uint32_t at, int64_t has, int64_t wanted)
{
    if (has == wanted)
        return false;
    (void)snprintf(p->broken, sizeof(p->broken), "%s %" PRIu32 " is %" PRId64 ", not %" PRId64, what, at, has,
                   wanted);
    return true;
}

/* ---- sums */

static bool line_is_broken(struct prover *p, const struct bench *b, uint32_t i)
{
    const struct offers_result *result = &b->result;
    const struct offers_line_result *line = &result->lines[i];
    int64_t rows = 0, floor = b->basket->lines[i].floor_minor;
    uint32_t sequence = 0;
    for (uint32_t k = 0; k < result->discount_count; k++) {
        const struct offers_discount *row = &result->discounts[k];
        if (row->line != i)
            continue;
        if (breaks(p, "sequence of a row of line", i, row->sequence, ++sequence) ||
            breaks(p, "base of a row of line", i, row->base_minor, line->amount_minor - rows) ||
            breaks(p, "a row above zero of line", i, row->amount_minor > 0, true) ||
            breaks(p, "a row of at most what was wanted of line", i, row->amount_minor <= row->wanted_minor,
                   true))
            return true;
        rows += row->amount_minor;
    }
    bool is_low = line->discount_minor > 0 && (line->net_minor < 0 || line->net_minor < floor);
    return breaks(p, "sum of the rows of line", i, rows, line->discount_minor) ||
           breaks(p, "net of line", i, line->net_minor, line->amount_minor - line->discount_minor) ||
           breaks(p, "below zero or its floor: line", i, is_low, false) ||
           breaks(p, "discount below zero of line", i, line->discount_minor < 0, false);
}

/* Lines, offers and rows say the same of all discounts and points. */
static bool sums_are_broken(struct prover *p, const struct bench *b)
{
    const struct offers_result *r = &b->result;
    int64_t gross = 0, discount = 0, points = 0, given = 0, earned = 0, by_points = 0, tax = 0;
    for (uint32_t i = 0; i < b->basket->line_count; i++) {
        if (line_is_broken(p, b, i))
            return true;
        gross += r->lines[i].amount_minor;
        discount += r->lines[i].discount_minor;
        points += r->lines[i].points;
        tax += r->lines[i].tax_minor;
    }
    for (uint32_t i = 0; i < r->explanation_count; i++)
        given += r->explanations[i].amount_minor, earned += r->explanations[i].points;
    for (uint32_t i = 0; i < r->discount_count; i++)
        by_points += r->discounts[i].origin == OFFERS_BY_POINTS ? r->discounts[i].amount_minor : 0;
    bool is_discount = r->burned.as == BOOK_BURN_AS_DISCOUNT;
    return breaks(p, "sum of the lines' amounts", 0, gross, r->gross_minor) ||
           breaks(p, "sum of the lines' discounts", 0, discount, r->discount_minor) ||
           breaks(p, "sum of the lines' points", 0, points, r->points) ||
           breaks(p, "sum of the lines' taxes", 0, tax, r->tax_minor) ||
           breaks(p, "sum of the offers' discounts", 0, given + by_points, r->discount_minor) ||
           breaks(p, "sum of the offers' points", 0, earned, r->points) ||
           breaks(p, "discount for points", 0, by_points, is_discount ? r->burned.value_minor : 0) ||
           breaks(p, "total", 0, r->total_minor, r->gross_minor - r->discount_minor);
}

static bool check_sums(struct prover *p, const struct shop *shop)
{
    return !price(&p->benches[0], shop) || !sums_are_broken(p, &p->benches[0]);
}

/* ---- 100 % off leaves nothing */

static bool check_all_off(struct prover *p, const struct shop *shop)
{
    struct shop free_of_all = *shop;
    if (shop->offer_count == SHOP_OFFERS || shop->lane_count == SHOP_LANES || shop->order != BOOK_BY_STEP)
        return true;
    for (uint32_t i = 0; i < shop->offer_count; i++)
        free_of_all.offers[i].exclusive = BOOK_NOT_EXCLUSIVE;
    for (uint32_t i = 0; i < shop->line_count; i++)
        free_of_all.lines[i].floor_minor = 0, free_of_all.lines[i].no_discount = false;
    free_of_all.line_discount_max_bp = 0;
    free_of_all.valid_from_day = BOOK_DAY_FIRST;
    free_of_all.stores = 0;
    free_of_all.lanes[free_of_all.lane_count] = (struct shop_lane){.mode = BOOK_LANE_ALL};
    free_of_all.offers[free_of_all.offer_count] =
        (struct shop_offer){.number = 15,
                            .kind = BOOK_PERCENT_OFF,
                            .scope = BOOK_TOGETHER,
                            .lane = (uint8_t)free_of_all.lane_count++,
                            .weekdays = BOOK_WEEKDAYS_ALL,
                            .from_day = BOOK_DAY_FIRST,
                            .until_day = BOOK_DAY_LAST,
                            .target = {.everything = true},
                            .give = {.percent_bp = 10000}};
    free_of_all.offer_count++;
    struct bench *b = &p->benches[0];
    if (!price(b, &free_of_all))
        return true;
    for (uint32_t i = 0; i < b->basket->line_count; i++) {
        bool is_sale = b->basket->lines[i].quantity_milli > 0 && b->result.lines[i].amount_minor >= 0;
        if (is_sale && breaks(p, "what is left at 100 % off of line", i, b->result.lines[i].net_minor, 0))
            return false;
    }
    return true;
}

/* ---- the same to the last byte, whoever prices it and whatever was priced before */

static void put(uint8_t *bytes, size_t *at, const void *from, size_t size)
{
    KASSA_ASSERT(size <= BYTES_MAX - *at);
    memcpy(bytes + *at, from, size);
    *at += size;
}

#define PUT(value) put(bytes, &at, &(value), sizeof(value))

/* All figures of a result, field by field: padding and pointers say nothing. */
static size_t encode(const struct bench *b, uint8_t *bytes)
{
    const struct offers_result *r = &b->result;
    size_t at = 0;
    for (uint32_t i = 0; i < b->basket->line_count; i++) {
        PUT(r->lines[i].amount_minor), PUT(r->lines[i].discount_minor), PUT(r->lines[i].points);
        PUT(r->lines[i].unit_price_e5), PUT(r->lines[i].prior_price_minor), PUT(r->lines[i].price_offer);
        PUT(r->lines[i].tax_minor), PUT(r->lines[i].tax_base_minor);
    }
    for (uint32_t i = 0; i < r->discount_count; i++) {
        const struct offers_discount *row = &r->discounts[i];
        PUT(row->line), PUT(row->sequence), PUT(row->offer), PUT(row->percent_bp), PUT(row->prorate_from);
        PUT(row->base_minor), PUT(row->wanted_minor), PUT(row->amount_minor), PUT(row->coupon);
    }
    for (uint32_t i = 0; i < r->earn_count; i++)
        PUT(r->earns[i].offer), PUT(r->earns[i].base_minor), PUT(r->earns[i].points);
    for (uint32_t i = 0; i < r->explanation_count; i++) {
        const struct offers_explanation *why = &r->explanations[i];
        PUT(why->offer), PUT(why->reason), PUT(why->amount_minor), PUT(why->points), PUT(why->has),
            PUT(why->needs);
    }
    for (uint32_t i = 0; i < r->near_miss_count; i++)
        PUT(r->near_misses[i].offer), PUT(r->near_misses[i].missing), PUT(r->near_misses[i].value_minor);
    for (uint32_t i = 0; i < r->award_count; i++)
        PUT(r->awards[i].offer), PUT(r->awards[i].count), PUT(r->awards[i].charged_minor);
    for (uint32_t i = 0; i < r->deal_count; i++)
        PUT(r->deals[i].number), PUT(r->deals[i].line), PUT(r->deals[i].paid_milli),
            PUT(r->deals[i].given_milli);
    for (uint32_t i = 0; i < r->use_count; i++)
        PUT(r->uses[i].offer), PUT(r->uses[i].units_milli), PUT(r->uses[i].amount_minor),
            PUT(r->uses[i].points);
    for (uint32_t i = 0; i < r->coupon_used_count; i++)
        PUT(r->coupons_used[i]);
    PUT(r->total_minor), PUT(r->points), PUT(r->tax_minor), PUT(r->payable_minor);
    PUT(r->burned.points), PUT(r->burned.value_minor), PUT(r->search), PUT(r->search_states);
    return at;
}

/* The second workspace has priced another basket before; the first one keeps what earlier cases left. */
static bool check_bytes(struct prover *p, const struct shop *shop)
{
    struct shop other;
    shop_random(&other, shop->seed + 1, (struct shop_mix){UINT32_MAX, SHOP_ALL});
    (void)price(&p->benches[1], &other);
    done(&p->benches[1]);
    if (!price(&p->benches[0], shop))
        return true;
    if (breaks(p, "priced by the other one", 0, price(&p->benches[1], shop), true))
        return false;
    size_t size = encode(&p->benches[0], p->bytes[0]), size_again = encode(&p->benches[1], p->bytes[1]);
    if (breaks(p, "size of the result", 0, (int64_t)size_again, (int64_t)size))
        return false;
    return !breaks(p, "difference of the results", 0, memcmp(p->bytes[0], p->bytes[1], size) != 0, false);
}

/* ---- the order of the lines, where each line stands for itself */

static bool asks_for_a_number(const struct terms *terms)
{
    for (uint32_t i = 0; i < terms->line_count; i++) {
        if (terms->line_terms[i].what == TERM_LINE_NUMBER)
            return true;
    }
    return false;
}

static bool minds_no_order(const struct shop *shop)
{
    for (uint32_t i = 0; i < shop->offer_count; i++) {
        const struct shop_offer *offer = &shop->offers[i];
        bool is_item = offer->kind == BOOK_PRICE || offer->kind == BOOK_FIRST_AND_MORE ||
                       ((offer->kind == BOOK_PERCENT_OFF || offer->kind == BOOK_AMOUNT_OFF ||
                         offer->kind == BOOK_FIXED_PRICE || offer->kind == BOOK_TIERED_PERCENT) &&
                        offer->scope != BOOK_TOGETHER);
        bool is_points =
            (offer->kind == BOOK_POINTS_PER_SPEND && offer->give.line_rounding == BOOK_FLOOR_PER_RECEIPT) ||
            offer->kind == BOOK_POINTS_PER_UNIT || offer->kind == BOOK_POINTS_PER_VISIT;
        /* A limit serves the first lines first; a largest discount is shared, cents go to the first. */
        if ((!is_item && !is_points) || offer->limit_count > 0 || offer->give.max_amount_minor > 0 ||
            asks_for_a_number(&offer->terms))
            return false;
    }
    for (uint32_t i = 0; i < shop->lane_count; i++) {
        if (shop->lanes[i].mode == BOOK_LANE_BEST_COMBINATION || shop->lanes[i].offers_max > 0)
            return false;
    }
    return true;
}

static bool check_order(struct prover *p, const struct shop *shop)
{
    struct shop turned = *shop;
    struct seed seed = {shop->seed};
    for (uint32_t i = turned.line_count; i > 1; i--) {
        uint32_t other = (uint32_t)seed_below(&seed, i);
        struct shop_line swap = turned.lines[i - 1];
        turned.lines[i - 1] = turned.lines[other];
        turned.lines[other] = swap;
    }
    if (!minds_no_order(shop) || shop->burn_points > 0 || !price(&p->benches[0], shop) ||
        !price(&p->benches[1], &turned))
        return true;
    const struct offers_result *a = &p->benches[0].result, *b = &p->benches[1].result;
    return !breaks(p, "total with the lines in another order", 0, b->total_minor, a->total_minor) &&
           !breaks(p, "points with the lines in another order", 0, b->points, a->points);
}

/* ---- all comes back, in any order and in any parts */

struct remainder {
    int64_t money, discount, points;
    int64_t back_milli[SHOP_LINES];
};

/* Some of a line comes back; false: it cannot be taken back. */
static bool take_back(struct prover *p, const struct bench *b, struct seed *seed, uint32_t i,
                      struct remainder *left)
{
    const struct offers_line *line = &b->basket->lines[i];
    const struct offers_line_result *priced = &b->result.lines[i];
    bool is_measured = line->weighed || line->quantity_milli % 1000 != 0;
    int64_t open = line->quantity_milli - left->back_milli[i], step = is_measured ? 1 : 1000;
    int64_t now =
        seed_below(seed, 2) == 0 ? open : step * (1 + (int64_t)seed_below(seed, (uint64_t)(open / step)));
    struct offers_sold sold = {priced->amount_minor, priced->discount_minor, line->quantity_milli,
                               line->weighed},
                       part;
    int64_t points;
    if (breaks(p, "return of line", i, offers_return_share(&sold, left->back_milli[i], now, &part), ERR_OK) ||
        breaks(p, "points of line", i,
               offers_unit_share(priced->points, line->quantity_milli, left->back_milli[i], now,
                                 line->weighed, &points),
               ERR_OK) ||
        breaks(p, "negative part of line", i,
               part.discount_minor < 0 || part.amount_minor < part.discount_minor || points < 0, false))
        return false;
    left->back_milli[i] += now;
    left->money -= part.amount_minor - part.discount_minor;
    left->discount -= part.discount_minor;
    left->points -= points;
    return true;
}

static bool check_refunds(struct prover *p, const struct shop *shop)
{
    struct bench *b = &p->benches[0];
    struct seed seed = {shop->seed};
    struct remainder left = {0};
    uint32_t open[SHOP_LINES], count = 0;
    if (!price(b, shop))
        return true;
    for (uint32_t i = 0; i < b->basket->line_count; i++) {
        const struct offers_line_result *line = &b->result.lines[i];
        if (b->basket->lines[i].quantity_milli <= 0 || line->amount_minor < 0)
            continue;
        left.money += line->net_minor;
        left.discount += line->discount_minor;
        left.points += line->points;
        open[count++] = i;
    }
    while (count > 0) {
        uint32_t at = (uint32_t)seed_below(&seed, count), line = open[at];
        if (!take_back(p, b, &seed, line, &left))
            return false;
        if (left.back_milli[line] == b->basket->lines[line].quantity_milli)
            open[at] = open[--count];
    }
    return !breaks(p, "money that is left when all came back", 0, left.money, 0) &&
           !breaks(p, "discount that is left when all came back", 0, left.discount, 0) &&
           !breaks(p, "points that are left when all came back", 0, left.points, 0);
}

/* ---- running */

static const struct property {
    const char *name;
    bool (*holds)(struct prover *p, const struct shop *shop);
} properties[] = {
    {"sums", check_sums},   {"100 % off", check_all_off}, {"bytes", check_bytes},
    {"order", check_order}, {"refunds", check_refunds},
};

struct attempt {
    struct prover *prover;
    const struct property *property;
};

static bool fails(void *self, const struct shop *shop)
{
    struct attempt *attempt = self;
    bool holds = attempt->property->holds(attempt->prover, shop);
    done(&attempt->prover->benches[0]);
    done(&attempt->prover->benches[1]);
    return !holds;
}

static uint64_t number_after(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 0);
    }
    return otherwise;
}

/* Kinds that are all of one sort now and then, so that properties of that sort are met. */
static struct shop_mix mix_of(uint64_t seed)
{
    const uint32_t items = 1u << BOOK_PERCENT_OFF | 1u << BOOK_AMOUNT_OFF | 1u << BOOK_FIXED_PRICE |
                           1u << BOOK_PRICE | 1u << BOOK_FIRST_AND_MORE | 1u << BOOK_TIERED_PERCENT |
                           1u << BOOK_POINTS_PER_SPEND;
    if (seed % 4 == 0)
        return (struct shop_mix){items, SHOP_WHO | SHOP_SELECTION | SHOP_SHARING | SHOP_NASTY};
    return (struct shop_mix){UINT32_MAX, SHOP_ALL};
}

static bool run_case(struct prover *p, uint64_t seed)
{
    bool all_hold = true;
    for (size_t i = 0; i < COUNT_OF(properties); i++) {
        struct attempt attempt = {p, &properties[i]};
        struct shop shop;
        shop_random(&shop, seed, mix_of(seed));
        if (!fails(&attempt, &shop))
            continue;
        all_hold = false;
        printf("BROKEN at --seed %" PRIu64 " --cases 1: %s: %s\n", seed, properties[i].name, p->broken);
        shop_shrink(&shop, fails, &attempt);
        (void)fails(&attempt, &shop);
        printf("made small: %s\n", p->broken);
        shop_print(&shop, stdout);
    }
    return all_hold;
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    uint64_t seed = number_after(argc, argv, "--seed", UINT64_MAX), broken = 0, i = 0;
    uint64_t cases = number_after(argc, argv, "--cases", CASES_IN_CTEST);
    uint64_t seconds = number_after(argc, argv, "--seconds", 0);
    time_t end = time(NULL) + (time_t)seconds;
    if (seed == UINT64_MAX)
        seed = seed_of_environment().state % 1000000000000;
    printf("--seed %" PRIu64 "\n", seed);
    struct prover prover = {.bytes = {malloc(BYTES_MAX), malloc(BYTES_MAX)}};
    size_t size = offers_workspace_size();
    for (size_t k = 0; k < COUNT_OF(prover.benches); k++) {
        void *memory = malloc(size);
        KASSA_ASSERT(memory != NULL && prover.bytes[k] != NULL);
        memset(memory, k == 0 ? 0 : 0xa5, size); /* nothing is to be read that was not written */
        prover.benches[k].workspace = offers_workspace_init(memory, size);
    }
    for (; (seconds > 0 ? time(NULL) < end : i < cases) && broken < 3; i++)
        broken += run_case(&prover, seed + i) ? 0 : 1;
    printf("%" PRIu64 " cases, %" PRIu64 " differences\n", i, broken);
    for (size_t k = 0; k < COUNT_OF(prover.benches); k++) {
        free(prover.benches[k].workspace);
        free(prover.bytes[k]);
    }
    return broken == 0 ? 0 : 1;
}
