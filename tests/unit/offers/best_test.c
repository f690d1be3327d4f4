/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes that give the best combination: against examples, and against every combination there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/seed.h"
#include "unit/offers/shelf.h"

#define ROUNDS    300
#define UNITS_MAX 9
#define RULES_MAX 4
#define WHOLE_BP  10000

static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

/* Of any two, percent off the cheaper one. */
static struct book_source_offer *cheaper_of_pair(struct shelf *s, const char *id, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){
        .group_units = 2, .get_units = 1, .percent_bp = bp, .mix_mode = BOOK_MIX_PERCENT_SOME};
    return offer;
}

static struct book_source_offer *group(struct shelf *s, const char *id, uint32_t units, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = units, .percent_bp = bp, .mix_mode = BOOK_MIX_PERCENT};
    return offer;
}

static struct book_source_offer *priced(struct shelf *s, const char *id, uint32_t units, int64_t price)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = units, .amount_minor = price, .mix_mode = BOOK_MIX_PRICE};
    return offer;
}

static void pairs(struct shelf *s)
{
    cheaper_of_pair(s, "half", 5000);
    group(s, "fifth", 2, 2000);
}

static void offers_price__pairs_units_so_that_each_pair_has_the_better_rule(void **state)
{
    struct shelf *s = *state;
    pairs(s);
    shelf_line(s, "a", NULL, 1500, 1);
    shelf_line(s, "b", NULL, 1000, 1);
    shelf_line(s, "c", NULL, 1000, 1);
    shelf_line(s, "d", NULL, 100, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 820); /* b and c by half, a and d by a fifth */
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
    assert_int_equal(shelf_why(s, "half").amount_minor, 500);
    assert_int_equal(shelf_why(s, "fifth").amount_minor, 320);
}

static void offers_price__takes_either_rule_at_the_break_even(void **state)
{
    struct shelf *s = *state;
    pairs(s);
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_line(s, "b", NULL, 1500, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 500);
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
}

static void offers_price__splits_the_units_of_one_line_between_deals_and_the_rest(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *each = shelf_offer(s, "each", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    each->give.percent_bp = 1000;
    priced(s, "three", 3, 2000);
    s->source.order = BOOK_BY_PRIORITY;
    shelf_line(s, "a", NULL, 1000, 7);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "three").amount_minor, 2000); /* two times three for 20.00 */
    assert_int_equal(shelf_why(s, "each").amount_minor, 100);   /* ten percent of the one that is left */
    assert_int_equal(s->result.discount_count, 2);
}

static void offers_price__weighs_a_sum_off_the_basket_against_deals(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *all = shelf_offer(s, "all", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    all->give.amount_minor = 500;
    group(s, "pair", 2, 2000);
    s->source.order = BOOK_BY_PRIORITY;
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "all").amount_minor, 500);
    assert_int_equal(shelf_why(s, "pair").reason, OFFERS_BEATEN_IN_LANE);
    shelf_line(s, "b", NULL, 1000, 2);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "pair").amount_minor, 800);
    assert_int_equal(shelf_why(s, "all").reason, OFFERS_BEATEN_IN_LANE);
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
}

static void offers_price__gives_two_deals_that_want_the_same_dear_unit_one_each(void **state)
{
    struct shelf *s = *state;
    const struct span pizza = span_of_text("pizza"), drink = span_of_text("drink"),
                      cake = span_of_text("cake");
    struct book_source_offer *drinks = shelf_offer(s, "drinks", BOOK_BUY_GET, BOOK_EACH_UNIT);
    drinks->give = (struct book_give){.buy_units = 1, .get_units = 1, .percent_bp = 10000};
    drinks->target = shelf_category(&pizza);
    drinks->get = shelf_category(&drink);
    struct book_source_offer *cakes = shelf_offer(s, "cakes", BOOK_BUY_GET, BOOK_EACH_UNIT);
    cakes->give = drinks->give;
    cakes->target = shelf_category(&pizza);
    cakes->get = shelf_category(&cake);
    shelf_line(s, "p", "pizza", 1200, 1);
    shelf_line(s, "q", "pizza", 900, 1);
    shelf_line(s, "d", "drink", 300, 1);
    shelf_line(s, "e", "drink", 250, 1);
    shelf_line(s, "c", "cake", 400, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "cakes").amount_minor, 400);
    assert_int_equal(shelf_why(s, "drinks").amount_minor, 250); /* the cheapest is what is got */
}

static void offers_price__keeps_offers_apart_that_never_meet(void **state)
{
    struct shelf *s = *state;
    const struct span a = span_of_text("a"), b = span_of_text("b"), c = span_of_text("c");
    const struct span others[] = {span_of_text("ga"), span_of_text("gc")};
    group(s, "ga", 2, 2000)->target = shelf_item(&a);
    struct book_source_offer *gb = group(s, "gb", 2, 3000);
    gb->target = shelf_item(&b);
    gb->excluded_with = others;
    gb->excluded_with_count = 2;
    group(s, "gc", 2, 2000)->target = shelf_item(&c);
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_line(s, "b", NULL, 1000, 2);
    shelf_line(s, "c", NULL, 1000, 2);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 800); /* two of 4.00 rather than one of 6.00 */
    assert_int_equal(shelf_why(s, "gb").reason, OFFERS_EXCLUDED_WITH);
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
}

static void offers_price__fills_a_lane_with_the_offers_that_give_most(void **state)
{
    struct shelf *s = *state;
    const struct span skus[] = {span_of_text("a"), span_of_text("b"), span_of_text("c")};
    group(s, "ga", 2, 1000)->target = shelf_item(&skus[0]);
    group(s, "gb", 2, 3000)->target = shelf_item(&skus[1]);
    group(s, "gc", 2, 2000)->target = shelf_item(&skus[2]);
    s->lanes[0].offers_max = 2;
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_line(s, "b", NULL, 1000, 2);
    shelf_line(s, "c", NULL, 1000, 2);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 1000);
    assert_int_equal(shelf_why(s, "ga").reason, OFFERS_LANE_FULL);
}

static void offers_price__says_when_the_search_was_cut_short_and_gives_the_same_again(void **state)
{
    struct shelf *s = *state;
    pairs(s);
    group(s, "triple", 3, 2200);
    s->source.search_states_max = 3;
    for (int64_t i = 0; i < 12; i++)
        shelf_line(s, "a", NULL, 300 + i * 137, 1);
    shelf_price(s);
    int64_t bounded = s->result.discount_minor;
    assert_int_equal(s->result.search, OFFERS_BOUNDED);
    assert_true(s->result.search_states <= 3);
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, bounded);
    s->source.search_states_max = 100000;
    shelf_price(s);
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
    assert_true(s->result.discount_minor >= bounded);
}

/* Three hundred and twenty units that four offers want, each those of two goods: too many to try all combinations. */
static void offers_price__looks_for_better_where_hundreds_of_units_are_contested(void **state)
{
    struct shelf *s = *state;
    static const struct span goods[] = {{(const uint8_t *)"a", 1},
                                        {(const uint8_t *)"b", 1},
                                        {(const uint8_t *)"c", 1},
                                        {(const uint8_t *)"d", 1},
                                        {(const uint8_t *)"a", 1}};
    static const struct {
        const char *id;
        uint32_t units, percent_bp;
    } rules[] = {{"ab", 2, 3000}, {"bc", 3, 3500}, {"cd", 2, 2800}, {"da", 4, 4000}};
    for (uint32_t i = 0; i < COUNT_OF(rules); i++)
        group(s, rules[i].id, rules[i].units, rules[i].percent_bp)->target =
            (struct book_source_selector){.items = &goods[i], .item_count = 2};
    for (int64_t i = 0; i < 320; i++)
        shelf_line(s, (const char *)goods[i * 7 % 4].bytes, NULL, 100 + i * 613 % 1500, 1);
    s->source.search_states_max = 1;
    shelf_price(s);
    int64_t by_rank = s->result.discount_minor;
    s->source.search_states_max = 0;
    shelf_price(s);
    assert_true(s->result.discount_minor > by_rank);
    assert_in_range(s->result.search_states, 100, BOOK_SEARCH_STATES_DEFAULT);
    assert_int_equal(s->result.search, OFFERS_BOUNDED);
    int64_t better = s->result.discount_minor;
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, better);
}

/* Groups of dozens of units, of which the cheapest are free: a deal's worth is not worked out pair by pair. */
static void offers_price__bounds_its_work_where_groups_are_large(void **state)
{
    struct shelf *s = *state;
    for (int64_t i = 0; i < 40; i++) {
        static const char *const ids[] = {"a", "b", "c", "d"};
        if (i < 4)
            cheaper_of_pair(s, ids[i], 4000 + 1000 * (uint32_t)i)->give.group_units = 20 + 5 * (uint32_t)i;
        shelf_line(s, "x", NULL, 300 + i * 137, 5);
    }
    shelf_price(s);
    assert_true(s->result.search_states <= BOOK_SEARCH_STATES_DEFAULT);
    assert_true(s->result.discount_minor > 0);
}

static void offers_price__makes_millions_of_deals_of_a_line(void **state)
{
    struct shelf *s = *state;
    pairs(s);
    priced(s, "price", 3, 2);
    shelf_line(s, "a", NULL, 100, 3000000);
    shelf_line(s, "b", NULL, 50, 1000001);
    shelf_price(s);
    assert_true(s->result.discount_minor >= 98 * 3000000);
    assert_int_equal(s->result.search, OFFERS_BOUNDED);
}

static void offers_price__keeps_floors_in_the_best_combination(void **state)
{
    struct shelf *s = *state;
    group(s, "pair", 2, 5000);
    shelf_line(s, "a", NULL, 1000, 1)->floor_minor = 900;
    shelf_line(s, "b", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 100);
    assert_int_equal(s->result.lines[1].discount_minor, 900);
}

/* ---- every combination */

struct rule {
    uint32_t units, some, bp;
    int64_t price, amount; /* -1: not by it */
    uint32_t category;     /* 2: any */
};

struct world {
    uint32_t unit_count, rule_count;
    int64_t prices[UNITS_MAX], alternatives[UNITS_MAX];
    uint32_t categories[UNITS_MAX];
    struct rule rules[RULES_MAX];
    int64_t memo[1 << UNITS_MAX];
};

static int64_t value_of(const struct world *w, const struct rule *rule, uint32_t mask)
{
    int64_t sum = 0, counted[UNITS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->unit_count; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        if (rule->category != 2 && rule->category != w->categories[i])
            return 0;
        sum += w->prices[i];
        uint32_t at = count++;
        for (; at > 0 && counted[at - 1] > w->prices[i]; at--)
            counted[at] = counted[at - 1];
        counted[at] = w->prices[i];
    }
    if (rule->price >= 0)
        return sum > rule->price ? sum - rule->price : 0;
    if (rule->amount >= 0)
        return sum < rule->amount ? sum : rule->amount;
    int64_t base = 0;
    for (uint32_t i = 0; i < (rule->some > 0 ? rule->some : count); i++)
        base += counted[i];
    return base * rule->bp / WHOLE_BP; /* exact: prices are whole hundreds, rates whole tens of percents */
}

/* The most that the units of the mask can have. */
static int64_t best_of(struct world *w, uint32_t mask)
{
    if (mask == 0)
        return 0;
    if (w->memo[mask] >= 0)
        return w->memo[mask];
    uint32_t first = (uint32_t)__builtin_ctz(mask);
    uint32_t rest = mask & ~(1u << first);
    int64_t best = w->alternatives[first] + best_of(w, rest);
    for (uint32_t i = 0; i < w->rule_count; i++) {
        for (uint32_t others = rest;; others = (others - 1) & rest) {
            if ((uint32_t)__builtin_popcount(others) + 1 == w->rules[i].units) {
                int64_t value = value_of(w, &w->rules[i], others | 1u << first) + best_of(w, rest & ~others);
                best = value > best ? value : best;
            }
            if (others == 0)
                break;
        }
    }
    return w->memo[mask] = best;
}

static void draw_rule(struct seed *seed, struct shelf *s, struct world *w, const struct span *categories)
{
    static const char *const ids[RULES_MAX] = {"r0", "r1", "r2", "r3"};
    uint32_t at = w->rule_count++;
    struct rule *rule = &w->rules[at];
    *rule = (struct rule){.units = 2 + (uint32_t)seed_below(seed, 2),
                          .bp = 1000 * (1 + (uint32_t)seed_below(seed, 9)),
                          .price = -1,
                          .amount = -1,
                          .category = (uint32_t)seed_below(seed, 3)};
    struct book_source_offer *offer = shelf_offer(s, ids[at], BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = rule->units, .percent_bp = rule->bp};
    offer->priority = (int32_t)seed_below(seed, 3);
    if (rule->category < 2)
        offer->target = shelf_category(&categories[rule->category]);
    switch (seed_below(seed, 4)) {
    case 0:
        break;
    case 1:
        rule->some = 1 + (uint32_t)seed_below(seed, rule->units);
        offer->give.mix_mode = BOOK_MIX_PERCENT_SOME;
        offer->give.get_units = rule->some;
        break;
    case 2:
        rule->price = 100 * (int64_t)(5 + seed_below(seed, 30));
        offer->give = (struct book_give){
            .group_units = rule->units, .amount_minor = rule->price, .mix_mode = BOOK_MIX_PRICE};
        break;
    default:
        rule->amount = 100 * (int64_t)(1 + seed_below(seed, 15));
        offer->give = (struct book_give){
            .group_units = rule->units, .amount_minor = rule->amount, .mix_mode = BOOK_MIX_AMOUNT};
    }
}

static void draw_line(struct seed *seed, struct shelf *s, struct world *w, uint32_t alternative_bp)
{
    static const char *const names[] = {"x", "y"};
    uint32_t category = (uint32_t)seed_below(seed, 2), units = 1 + (uint32_t)seed_below(seed, 3);
    units = units < UNITS_MAX - w->unit_count ? units : UNITS_MAX - w->unit_count;
    int64_t price = 100 * (int64_t)(1 + seed_below(seed, 20));
    shelf_line(s, "sku", names[category], price, units);
    for (uint32_t i = 0; i < units; i++) {
        w->prices[w->unit_count] = price;
        w->categories[w->unit_count] = category;
        w->alternatives[w->unit_count++] = price * alternative_bp / WHOLE_BP;
    }
}

static void offers_price__finds_what_no_combination_exceeds(void **state)
{
    static const struct span categories[] = {{(const uint8_t *)"x", 1}, {(const uint8_t *)"y", 1}};
    static struct world w;
    (void)state;
    struct seed seed = seed_of_environment();
    for (int round = 0; round < ROUNDS; round++) {
        struct shelf *s = shelf_new();
        s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
        s->source.order = BOOK_BY_PRIORITY;
        s->source.search_states_max = 100000;
        w = (struct world){0};
        memset(w.memo, 0xff, sizeof(w.memo));
        for (uint64_t i = 1 + seed_below(&seed, RULES_MAX); i > 0; i--)
            draw_rule(&seed, s, &w, categories);
        uint32_t alternative_bp =
            (uint32_t)seed_below(&seed, 2) * 1000 * (1 + (uint32_t)seed_below(&seed, 3));
        if (alternative_bp > 0) {
            struct book_source_offer *each = shelf_offer(s, "each", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
            each->give.percent_bp = alternative_bp;
        }
        uint32_t wanted = 2 + (uint32_t)seed_below(&seed, UNITS_MAX - 1);
        while (w.unit_count < wanted)
            draw_line(&seed, s, &w, alternative_bp);
        shelf_price(s);
        int64_t best = best_of(&w, (1u << w.unit_count) - 1);
        if (s->result.discount_minor != best)
            fail_msg("round %d: %lld of %lld", round, (long long)s->result.discount_minor, (long long)best);
        assert_int_not_equal(s->result.search, OFFERS_BOUNDED);
        shelf_delete(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(offers_price__pairs_units_so_that_each_pair_has_the_better_rule,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__takes_either_rule_at_the_break_even, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__splits_the_units_of_one_line_between_deals_and_the_rest,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__weighs_a_sum_off_the_basket_against_deals, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__gives_two_deals_that_want_the_same_dear_unit_one_each,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__keeps_offers_apart_that_never_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__fills_a_lane_with_the_offers_that_give_most, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            offers_price__says_when_the_search_was_cut_short_and_gives_the_same_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__looks_for_better_where_hundreds_of_units_are_contested,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__bounds_its_work_where_groups_are_large, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__makes_millions_of_deals_of_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__keeps_floors_in_the_best_combination, set_up,
                                        tear_down),
        cmocka_unit_test(offers_price__finds_what_no_combination_exceeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
