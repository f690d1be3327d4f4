/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes that give the best combination, against all combinations of a small basket: every unit is tried in every deal
 * that it can serve, every sum off whole lines is tried and left out. Where the engine says that its answer is the best,
 * nothing may be better; and never may it give more than there is to give.
 *
 *   test_offers_search [--seed N] [--cases N] [--seconds N] */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "model/shop.h"
#include "model/slow.h"

#define CASES_IN_CTEST 3000
#define UNITS_MAX      8
#define WHOLE_BP       10000
#define HALF_BP        5000

struct unit {
    uint32_t line;
    int64_t price;
    bool is_taken;
};

/* One case, unit by unit. */
struct lane {
    const struct shop *shop;
    struct unit units[UNITS_MAX];
    uint32_t unit_count;
    int64_t line_units[SHOP_LINES], alternative[SHOP_LINES];
    bool is_blocked[SHOP_LINES];
    bool is_out[SHOP_OFFERS];    /* what comes to nothing alone is not tried */
    uint32_t deals[SHOP_OFFERS]; /* made so far ... */
    int64_t given[SHOP_OFFERS];  /* ... and what they give */
};

static bool is_deal(uint16_t kind)
{
    return kind == BOOK_MIX || kind == BOOK_NTH_FREE || kind == BOOK_QUANTITY_GROUP || kind == BOOK_BUNDLE ||
           kind == BOOK_BUY_GET;
}

static bool means(const struct shop_selector *selector, const struct shop_line *line)
{
    bool is_named = selector->everything || (selector->items >> line->item & 1) ||
                    (selector->categories & line->categories & 0xf) != 0;
    return is_named && !(selector->excluded_items >> line->item & 1) &&
           (selector->excluded_categories & line->categories & 0xf) == 0;
}

static uint32_t size_of_deal(const struct shop_offer *offer)
{
    uint32_t size = offer->give.group_units;
    if (offer->kind == BOOK_BUY_GET)
        size = offer->give.buy_units + offer->give.get_units;
    for (uint32_t i = 0; i < offer->part_count; i++)
        size += offer->parts[i].units;
    return size;
}

/* ---- what a deal of some units is worth, in ten-thousandths of a minor unit */

/* The units of a deal, dearest first. */
struct members {
    uint32_t units[UNITS_MAX];
    uint32_t count;
};

static int64_t saving_of_unit(const struct book_give *give, uint8_t mode, int64_t price)
{
    if (mode == BOOK_PRICE_PERCENT)
        return price * give->percent_bp;
    if (mode == BOOK_PRICE_FIXED)
        return price > give->amount_minor ? (price - give->amount_minor) * WHOLE_BP : 0;
    return (price < give->amount_minor ? price : give->amount_minor) * WHOLE_BP;
}

/* Of `got` of the units: the cheapest, or the dearest. */
static int64_t saving_of_some(const struct lane *lane, const struct members *m, const struct book_give *give,
                              uint8_t mode, uint32_t got, bool dearest)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < got; i++)
        sum += saving_of_unit(give, mode, lane->units[m->units[dearest ? i : m->count - 1 - i]].price);
    return sum;
}

static int64_t price_of(const struct lane *lane, const struct members *m)
{
    int64_t price = 0;
    for (uint32_t i = 0; i < m->count; i++)
        price += lane->units[m->units[i]].price;
    return price;
}

/* Whether the units fill the parts, from unit i on. */
static bool fills(const struct lane *lane, const struct shop_offer *offer, const struct members *m,
                  uint32_t i, uint32_t *left)
{
    if (i == m->count)
        return true;
    for (uint32_t part = 0; part < offer->part_count; part++) {
        const struct shop_line *line = &lane->shop->lines[lane->units[m->units[i]].line];
        if (left[part] == 0 || !means(&offer->parts[part].of, line))
            continue;
        left[part]--;
        if (fills(lane, offer, m, i + 1, left))
            return true;
        left[part]++;
    }
    return false;
}

static int64_t saving_of_bundle(const struct lane *lane, const struct shop_offer *offer,
                                const struct members *m)
{
    uint32_t left[SHOP_PARTS];
    for (uint32_t i = 0; i < offer->part_count; i++)
        left[i] = offer->parts[i].units;
    return fills(lane, offer, m, 0, left) ? (price_of(lane, m) - offer->give.amount_minor) * WHOLE_BP : 0;
}

static int64_t saving_of_mix(const struct lane *lane, const struct shop_offer *offer, const struct members *m)
{
    const struct book_give *give = &offer->give;
    int64_t price = price_of(lane, m);
    switch ((enum book_mix_mode)give->mix_mode) {
    case BOOK_MIX_PERCENT:
        return price * give->percent_bp;
    case BOOK_MIX_PERCENT_SOME:
        return saving_of_some(lane, m, give, BOOK_PRICE_PERCENT, give->get_units,
                              give->choose == BOOK_DEAREST);
    case BOOK_MIX_PRICE:
        return (price - give->amount_minor) * WHOLE_BP;
    case BOOK_MIX_AMOUNT:
        return (price < give->amount_minor ? price : give->amount_minor) * WHOLE_BP;
    }
    return 0;
}

static int64_t saving_of_deal(const struct lane *lane, const struct shop_offer *offer,
                              const struct members *m)
{
    const struct book_give *give = &offer->give;
    bool dearest = give->choose == BOOK_DEAREST;
    if (offer->kind == BOOK_BUNDLE)
        return saving_of_bundle(lane, offer, m);
    if (offer->kind == BOOK_MIX)
        return saving_of_mix(lane, offer, m);
    if (offer->kind == BOOK_NTH_FREE)
        return saving_of_some(lane, m, give, BOOK_PRICE_PERCENT, give->get_units, dearest);
    if (offer->kind == BOOK_BUY_GET)
        return saving_of_some(lane, m, give, give->price_mode, give->get_units, dearest);
    uint8_t mode = give->percent_bp > 0 ? BOOK_PRICE_PERCENT : BOOK_PRICE_AMOUNT;
    return saving_of_some(lane, m, give, mode, m->count, false);
}

/* ---- limits of the receipt */

/* Units of a deal that limits count: those that get something, where it sits on them. */
static uint32_t counted_units(const struct shop_offer *offer)
{
    bool is_on_get = offer->give.placement == BOOK_ON_GET;
    bool has_get = offer->kind == BOOK_BUY_GET || offer->kind == BOOK_NTH_FREE ||
                   (offer->kind == BOOK_MIX && offer->give.mix_mode == BOOK_MIX_PERCENT_SOME);
    return is_on_get && has_get ? offer->give.get_units : size_of_deal(offer);
}

/* What the limits leave of one more deal; 0: it may not be made. */
static int64_t within_limits(const struct lane *lane, uint32_t offer, int64_t saving)
{
    const struct shop_offer *row = &lane->shop->offers[offer];
    for (uint32_t i = 0; i < row->limit_count; i++) {
        const struct book_limit *limit = &row->limits[i];
        int64_t units = (int64_t)(lane->deals[offer] + 1) * counted_units(row) * 1000;
        if (limit->what == BOOK_LIMIT_UNITS && units > limit->value)
            return 0;
        int64_t left = limit->value * WHOLE_BP - lane->given[offer];
        if (limit->what == BOOK_LIMIT_AMOUNT && saving > left)
            saving = limit->partial ? left : 0;
    }
    return saving;
}

/* ---- all combinations */

static int64_t best_from(struct lane *lane, uint32_t at);

/* Adds units behind `from` to the deal until it is whole, in every way; the best of what comes of it. */
static int64_t best_with(struct lane *lane, uint32_t offer, struct members *m, uint32_t from)
{
    const struct shop_offer *row = &lane->shop->offers[offer];
    int64_t best = 0;
    if (m->count == size_of_deal(row)) {
        int64_t saving = saving_of_deal(lane, row, m);
        saving = saving > 0 ? within_limits(lane, offer, saving) : 0;
        if (saving <= 0)
            return 0;
        lane->deals[offer]++;
        lane->given[offer] += saving;
        int64_t value = saving + best_from(lane, m->units[0] + 1);
        lane->given[offer] -= saving;
        lane->deals[offer]--;
        return value;
    }
    for (uint32_t i = from; i < lane->unit_count; i++) {
        struct unit *unit = &lane->units[i];
        if (unit->is_taken || lane->is_blocked[unit->line] ||
            !means(&row->target, &lane->shop->lines[unit->line]))
            continue;
        unit->is_taken = true;
        m->units[m->count++] = i;
        int64_t value = best_with(lane, offer, m, i + 1);
        m->count--;
        unit->is_taken = false;
        best = value > best ? value : best;
    }
    return best;
}

/* What the units that serve nothing have of their lines' alternatives. */
static int64_t sum_alternatives(const struct lane *lane)
{
    int64_t sum = 0;
    for (uint32_t line = 0; line < lane->shop->line_count; line++) {
        int64_t left = lane->is_blocked[line] ? 0 : lane->line_units[line], part = 0;
        for (uint32_t i = 0; i < lane->unit_count; i++)
            left -= lane->units[i].line == line && lane->units[i].is_taken ? 1 : 0;
        for (int64_t i = 0; i < left; i++)
            part += lane->alternative[line] / lane->line_units[line] +
                    (i < lane->alternative[line] % lane->line_units[line] ? 1 : 0);
        sum += part * WHOLE_BP;
    }
    return sum;
}

/* The unit `at` begins a deal, or serves none; units before it are decided. */
static int64_t best_from(struct lane *lane, uint32_t at)
{
    while (at < lane->unit_count && (lane->units[at].is_taken || lane->is_blocked[lane->units[at].line]))
        at++;
    if (at == lane->unit_count)
        return sum_alternatives(lane);
    int64_t best = best_from(lane, at + 1);
    for (uint32_t offer = 0; offer < lane->shop->offer_count; offer++) {
        const struct shop_offer *row = &lane->shop->offers[offer];
        bool may_repeat = row->give.repeats_max == 0 || lane->deals[offer] < row->give.repeats_max;
        if (!is_deal(row->kind) || lane->is_out[offer] || !may_repeat ||
            !means(&row->target, &lane->shop->lines[lane->units[at].line]))
            continue;
        struct members m = {.units = {at}, .count = 1};
        lane->units[at].is_taken = true;
        int64_t value = best_with(lane, offer, &m, at + 1);
        lane->units[at].is_taken = false;
        best = value > best ? value : best;
    }
    return best;
}

/* What an offer gives each line when it is alone. */
static void price_alone(const struct shop *shop, uint32_t offer, struct slow_result *out)
{
    struct shop alone = *shop;
    alone.offers[0] = shop->offers[offer];
    alone.offer_count = 1;
    alone.lanes[0].mode = BOOK_LANE_ALL;
    if (is_deal(alone.offers[0].kind)) /* fewer deals may keep its limits */
        alone.offers[0].limit_count = 0;
    struct shop_built *built = shop_open(&alone);
    slow_price(shop_source(built), NULL, shop_basket(built, NULL), shop_member(built), shop_moment(built),
               out);
    shop_close(built);
}

static void note_alternatives(struct lane *lane, uint32_t offer)
{
    struct slow_result alone;
    price_alone(lane->shop, offer, &alone);
    for (uint32_t i = 0; i < lane->shop->line_count; i++) {
        if (alone.lines[i].discount_minor > lane->alternative[i])
            lane->alternative[i] = alone.lines[i].discount_minor;
    }
}

/* With every choice of the sums off whole lines from `offer` on. */
static int64_t best_with_blocks(struct lane *lane, uint32_t offer)
{
    while (offer < lane->shop->offer_count &&
           (is_deal(lane->shop->offers[offer].kind) || lane->shop->offers[offer].scope != BOOK_TOGETHER))
        offer++;
    if (offer == lane->shop->offer_count)
        return best_from(lane, 0);
    int64_t best = best_with_blocks(lane, offer + 1);
    struct slow_result alone;
    price_alone(lane->shop, offer, &alone);
    bool is_free = alone.discount_minor > 0, before[SHOP_LINES];
    memcpy(before, lane->is_blocked, sizeof(before));
    for (uint32_t i = 0; i < lane->shop->line_count; i++) {
        is_free = is_free && !(alone.lines[i].discount_minor > 0 && before[i]);
        lane->is_blocked[i] = before[i] || alone.lines[i].discount_minor > 0;
    }
    int64_t value = is_free ? alone.discount_minor * WHOLE_BP + best_with_blocks(lane, offer + 1) : 0;
    memcpy(lane->is_blocked, before, sizeof(before));
    return value > best ? value : best;
}

/* Units dearest first; false: they are too many to try all combinations. */
static bool list_units(struct lane *lane)
{
    for (uint32_t i = 0; i < lane->shop->line_count; i++) {
        int64_t units = lane->shop->lines[i].quantity_milli / 1000;
        int64_t amount = lane->shop->lines[i].unit_price_e5 / 1000 * units;
        lane->line_units[i] = units;
        for (int64_t k = 0; k < units && amount > 0; k++) {
            uint32_t at = lane->unit_count;
            if (at == UNITS_MAX)
                return false;
            int64_t price = amount / units + (k < amount % units ? 1 : 0);
            for (; at > 0 && lane->units[at - 1].price < price; at--)
                lane->units[at] = lane->units[at - 1];
            lane->units[at] = (struct unit){i, price, false};
            lane->unit_count++;
        }
    }
    return true;
}

/* -1: too many units. */
static int64_t best_of_all(const struct shop *shop)
{
    struct lane lane = {.shop = shop};
    if (!list_units(&lane))
        return -1;
    for (uint32_t i = 0; i < shop->offer_count; i++) {
        struct slow_result alone;
        price_alone(shop, i, &alone);
        lane.is_out[i] = alone.discount_minor == 0;
        if (!is_deal(shop->offers[i].kind) && shop->offers[i].scope != BOOK_TOGETHER)
            note_alternatives(&lane, i);
    }
    return best_with_blocks(&lane, 0);
}

/* ---- comparing */

struct tally {
    uint64_t cases, compared, optimal, bounded, short_of_best;
};

struct searcher {
    struct offers_workspace *workspace;
    struct tally *tally; /* NULL while a case is made smaller */
    char difference[200];
};

/* So few units are always searched to the end, unless the book leaves the search next to no states. */
static bool may_be_bounded(const struct shop *shop)
{
    return shop->search_states_max > 0;
}

static bool check_search(struct searcher *c, const struct shop *shop, const struct offers_result *result,
                         int64_t best_bp)
{
    /* What each offer gives is rounded half-up once, though it be to nothing. */
    int64_t has_bp = result->discount_minor * WHOLE_BP, tolerance = (int64_t)shop->offer_count * HALF_BP;
    bool is_short = has_bp < best_bp - tolerance;
    if (c->tally != NULL) {
        c->tally->compared++;
        c->tally->optimal += result->search == OFFERS_OPTIMAL;
        c->tally->bounded += result->search == OFFERS_BOUNDED;
        c->tally->short_of_best += is_short;
    }
    bool is_bounded = result->search == OFFERS_BOUNDED;
    if (has_bp <= best_bp + tolerance && (!is_short || is_bounded) && (!is_bounded || may_be_bounded(shop)))
        return true;
    (void)snprintf(c->difference, sizeof(c->difference),
                   "the engine gives %" PRId64 " (search %d), the best is %" PRId64 ".%04" PRId64,
                   result->discount_minor, (int)result->search, best_bp / WHOLE_BP, best_bp % WHOLE_BP);
    return false;
}

static bool is_best(struct searcher *c, const struct shop *shop)
{
    if (shop->lanes[0].mode != BOOK_LANE_BEST_COMBINATION)
        return true;
    struct shop_built *built = shop_open(shop);
    struct book_fault fault;
    struct span bytes;
    size_t size = book_builder_memory_size(shop_source(built));
    void *memory = malloc(size);
    KASSA_ASSERT(memory != NULL);
    bool holds = true;
    enum err built_well = book_builder_write(shop_source(built), memory, size, &bytes, &fault);
    int64_t best_bp = built_well == ERR_OK ? best_of_all(shop) : -1;
    if (best_bp >= 0) {
        struct book book;
        struct offers_result result;
        enum err error = book_open(bytes, &book);
        KASSA_ASSERT(error == ERR_OK);
        error = offers_price(&book, shop_basket(built, &book), shop_member(built), shop_moment(built),
                             c->workspace, &result);
        holds = error == ERR_OK && check_search(c, shop, &result, best_bp);
    }
    free(memory);
    shop_close(built);
    return holds;
}

static bool fails(void *self, const struct shop *shop)
{
    return !is_best(self, shop);
}

/* A random shop, of which only what this is about is left. */
static void make_case(struct shop *shop, uint64_t seed)
{
    uint32_t deals = 1u << BOOK_MIX | 1u << BOOK_NTH_FREE | 1u << BOOK_QUANTITY_GROUP | 1u << BOOK_BUNDLE |
                     1u << BOOK_BUY_GET;
    uint32_t items = 1u << BOOK_PERCENT_OFF | 1u << BOOK_AMOUNT_OFF | 1u << BOOK_FIXED_PRICE;
    bool is_mixed = seed % 2 == 0;
    shop_random(shop, seed, (struct shop_mix){.kinds = is_mixed ? deals | items : deals, .features = 0});
    shop->order = is_mixed ? BOOK_BY_PRIORITY : BOOK_BY_STEP;
    shop->exponent = 2;
    shop->valid_from_day = BOOK_DAY_FIRST;
    shop->search_states_max = seed % 7 == 0 ? 1 + (uint32_t)(seed % 5) : 0;
    shop->counter_count = 0;
    shop->lane_count = 1;
    shop->lanes[0] = (struct shop_lane){.mode = BOOK_LANE_BEST_COMBINATION};
    shop->offer_count = shop->offer_count < 4 ? shop->offer_count : 1 + (uint32_t)(seed / 2 % 4);
    for (uint32_t i = 0; i < shop->offer_count; i++) {
        struct shop_offer *offer = &shop->offers[i];
        offer->lane = 0;
        offer->condition_count = 0;
        offer->has_get = false;
        offer->limit_count = is_deal(offer->kind) && (seed + i) % 3 == 0 ? 1 : 0;
        bool is_amount = (seed + i) % 2 == 0;
        offer->limits[0] = (struct book_limit){.what = is_amount ? BOOK_LIMIT_AMOUNT : BOOK_LIMIT_UNITS,
                                               .per = BOOK_PER_BASKET,
                                               .partial = is_amount && seed % 5 < 3,
                                               .value = is_amount ? 1 + (int64_t)(seed / 3 % 700)
                                                                  : 1000 * (1 + (int64_t)(seed / 3 % 6))};
        if (offer->kind == BOOK_BUNDLE) /* its parts are of its target */
            offer->target = (struct shop_selector){.everything = true};
    }
}

static void report(struct searcher *c, struct shop *shop)
{
    printf("DIFFERENCE at --seed %" PRIu64 " --cases 1: %s\n", shop->seed, c->difference);
    shop_print(shop, stdout);
    struct tally *tally = c->tally;
    c->tally = NULL;
    shop_shrink(shop, fails, c);
    (void)is_best(c, shop);
    printf("made small: %s\n", c->difference);
    shop_print(shop, stdout);
    c->tally = tally;
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
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    uint64_t seed = number_after(argc, argv, "--seed", UINT64_MAX);
    uint64_t cases = number_after(argc, argv, "--cases", CASES_IN_CTEST), differences = 0;
    uint64_t seconds = number_after(argc, argv, "--seconds", 0);
    time_t end = time(NULL) + (time_t)seconds;
    if (seed == UINT64_MAX)
        seed = seed_of_environment().state % 1000000000000;
    printf("--seed %" PRIu64 "\n", seed);
    struct tally tally = {0};
    size_t size = offers_workspace_size();
    void *memory = calloc(1, size);
    struct searcher c = {.workspace = offers_workspace_init(memory, size), .tally = &tally};
    for (uint64_t i = 0; (seconds > 0 ? time(NULL) < end : i < cases) && differences < 3; i++) {
        struct shop shop;
        make_case(&shop, seed + i);
        tally.cases++;
        if (is_best(&c, &shop))
            continue;
        differences++;
        report(&c, &shop);
    }
    printf("%" PRIu64 " cases, %" PRIu64 " differences; %" PRIu64 " compared, %" PRIu64 " optimal, %" PRIu64
           " bounded, of which %" PRIu64 " short of the best\n",
           tally.cases, differences, tally.compared, tally.optimal, tally.bounded, tally.short_of_best);
    free(memory);
    return differences == 0 ? 0 : 1;
}
