/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds whose units compete for deals, and kinds that count units of a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

static int set_up(void **state)
{
    *state = shelf_new();
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static int64_t off(const struct shelf *s, uint32_t line)
{
    return s->result.lines[line].discount_minor;
}

/* Prices the basket; the discount of each line, in order. */
static void expect_off(struct shelf *s, const int64_t *expected, uint32_t count)
{
    shelf_price(s);
    assert_int_equal(s->basket.line_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(off(s, i), expected[i]);
}
#define EXPECT_OFF(s, ...)                                                                                   \
    expect_off((s), (const int64_t[]){__VA_ARGS__}, COUNT_OF(((const int64_t[]){__VA_ARGS__})))

/* ---- quantity_group */

static struct book_source_offer *quantity_group(struct shelf *s, uint32_t size)
{
    struct book_source_offer *offer = shelf_offer(s, "g", BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT);
    offer->give.group_units = size;
    offer->give.amount_minor = 500;
    return offer;
}

static void quantity_group__counts_complete_groups_from_the_line_with_most_units_on(void **state)
{
    struct shelf *s = *state;
    quantity_group(s, 3);
    shelf_line(s, "b", NULL, 1000, 1);
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_line(s, "c", NULL, 1000, 1);
    EXPECT_OFF(s, 500, 1000, 0);
}

static void quantity_group__gives_nothing_to_units_of_an_incomplete_group(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = quantity_group(s, 10);
    offer->give.amount_minor = 0;
    offer->give.percent_bp = 5000;
    shelf_line(s, "a", NULL, 100, 11);
    EXPECT_OFF(s, 500);
    s->lines[0].quantity_milli = 9000;
    EXPECT_OFF(s, 0);
    struct offers_explanation why = shelf_why(s, "g");
    assert_int_equal(why.reason, OFFERS_QUANTITY_TOO_SMALL);
    assert_int_equal(why.has, 9000);
    assert_int_equal(why.needs, 10000);
}

static void quantity_group__takes_no_more_off_a_unit_than_it_costs(void **state)
{
    struct shelf *s = *state;
    quantity_group(s, 2);
    shelf_line(s, "a", NULL, 300, 2);
    EXPECT_OFF(s, 600);
}

static void quantity_group__repeats_no_more_often_than_it_may(void **state)
{
    struct shelf *s = *state;
    quantity_group(s, 2)->give.repeats_max = 1;
    shelf_line(s, "a", NULL, 1000, 6);
    EXPECT_OFF(s, 1000);
}

/* ---- nth_free */

static struct book_source_offer *nth_free(struct shelf *s, uint32_t size, uint32_t got)
{
    struct book_source_offer *offer = shelf_offer(s, "n", BOOK_NTH_FREE, BOOK_EACH_UNIT);
    offer->give.group_units = size;
    offer->give.get_units = got;
    offer->give.percent_bp = 10000;
    offer->give.placement = BOOK_ON_GET;
    return offer;
}

static void nth_free__gives_the_cheapest_of_all_units_however_many_groups_there_are(void **state)
{
    struct shelf *s = *state;
    nth_free(s, 3, 1);
    shelf_line(s, "a", NULL, 900, 2);
    shelf_line(s, "b", NULL, 500, 2);
    shelf_line(s, "c", NULL, 300, 2);
    shelf_line(s, "d", NULL, 100, 1);
    EXPECT_OFF(s, 0, 0, 300, 100); /* 7 units are two groups: the 1.00 and one at 3.00 */
    assert_int_equal(s->result.deal_count, 4);
}

static void nth_free__spreads_over_the_units_of_its_groups_by_price(void **state)
{
    struct shelf *s = *state;
    nth_free(s, 3, 1)->give.placement = BOOK_SPREAD;
    shelf_line(s, "a", NULL, 600, 1);
    shelf_line(s, "b", NULL, 300, 1);
    shelf_line(s, "c", NULL, 100, 1);
    EXPECT_OFF(s, 60, 30, 10);
}

static void nth_free__gives_the_dearest_if_it_says_so_and_only_a_part_if_it_says_so(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = nth_free(s, 2, 1);
    offer->give.choose = BOOK_DEAREST;
    offer->give.percent_bp = 5000;
    offer->give.repeats_max = 1;
    shelf_line(s, "a", NULL, 333, 1);
    shelf_line(s, "b", NULL, 555, 3);
    EXPECT_OFF(s, 0, 278); /* half of 5.55, half-up */
}

static void nth_free__leaves_weighed_lines_whole_and_free_units_out(void **state)
{
    struct shelf *s = *state;
    nth_free(s, 2, 1);
    shelf_line(s, "gift", NULL, 0, 5);
    struct offers_line *ham = shelf_line(s, "ham", NULL, 1000, 1);
    ham->weighed = true;
    ham->quantity_milli = 2500;
    shelf_line(s, "a", NULL, 400, 1);
    EXPECT_OFF(s, 0, 0, 400); /* the ham is one unit at 25.00 */
}

static void nth_free__does_not_count_what_comes_back_or_is_excluded(void **state)
{
    struct shelf *s = *state;
    nth_free(s, 2, 1);
    shelf_line(s, "a", NULL, 400, 1);
    shelf_line(s, "b", NULL, 400, -3);
    shelf_line(s, "deposit", NULL, 25, 6)->no_discount = true;
    EXPECT_OFF(s, 0, 0, 0);
    assert_int_equal(shelf_why(s, "n").reason, OFFERS_QUANTITY_TOO_SMALL);
}

/* ---- mix */

static struct book_source_offer *mix(struct shelf *s, uint32_t size, enum book_mix_mode mode)
{
    struct book_source_offer *offer = shelf_offer(s, "m", BOOK_MIX, BOOK_EACH_UNIT);
    offer->give.group_units = size;
    offer->give.mix_mode = (uint8_t)mode;
    return offer;
}

static void mix__of_pairs_halves_the_cheaper_of_each(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = mix(s, 2, BOOK_MIX_PERCENT_SOME);
    offer->give.get_units = 1;
    offer->give.percent_bp = 5000;
    offer->give.placement = BOOK_ON_GET;
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_line(s, "b", NULL, 1500, 1);
    shelf_line(s, "c", NULL, 800, 1);
    shelf_line(s, "d", NULL, 700, 1);
    EXPECT_OFF(s, 500, 0, 0, 350); /* pairs dearest first: 15 + 10, 8 + 7 */
    assert_int_equal(s->result.discounts[0].percent_bp, 5000);
}

static void mix__takes_a_percentage_off_whole_groups_alone(void **state)
{
    struct shelf *s = *state;
    mix(s, 3, BOOK_MIX_PERCENT)->give.percent_bp = 2000;
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_line(s, "b", NULL, 500, 2);
    EXPECT_OFF(s, 400, 100); /* one 5.00 stays out */
}

static void mix__has_a_price_where_the_group_costs_more(void **state)
{
    struct shelf *s = *state;
    mix(s, 3, BOOK_MIX_PRICE)->give.amount_minor = 1000;
    shelf_line(s, "a", NULL, 500, 2);
    shelf_line(s, "b", NULL, 400, 1);
    shelf_line(s, "c", NULL, 300, 3);
    EXPECT_OFF(s, 286, 114, 0); /* 4.00 off 14.00; three at 3.00 are cheaper without it */
}

static void mix__shares_a_price_over_a_million_units_exactly(void **state)
{
    struct shelf *s = *state;
    mix(s, 3, BOOK_MIX_PRICE)->give.amount_minor = 200;
    shelf_line(s, "a", NULL, 100, 1000000);
    EXPECT_OFF(s, 33333300);
}

static void mix__takes_an_amount_off_a_group_but_no_more_than_it_costs(void **state)
{
    struct shelf *s = *state;
    mix(s, 2, BOOK_MIX_AMOUNT)->give.amount_minor = 300;
    shelf_line(s, "a", NULL, 200, 2);
    shelf_line(s, "b", NULL, 100, 2);
    EXPECT_OFF(s, 333, 167); /* 3.00 and 2.00, by price */
}

static void mix__tells_what_is_missing_and_what_it_would_give(void **state)
{
    struct shelf *s = *state;
    mix(s, 3, BOOK_MIX_PRICE)->give.amount_minor = 1000;
    shelf_line(s, "a", NULL, 500, 2);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "m").has, 2000);
    assert_int_equal(s->result.near_miss_count, 1);
    assert_int_equal(s->result.near_misses[0].missing, 1000);
    assert_int_equal(s->result.near_misses[0].value_minor, 500);
    assert_int_equal(s->result.near_misses[0].effort_minor, 500);
}

static void mix__serves_no_unit_of_another_deal_of_its_lane(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *first = mix(s, 2, BOOK_MIX_PERCENT);
    first->give.percent_bp = 1000;
    first->give.repeats_max = 1;
    first->priority = 2;
    struct book_source_offer *second = shelf_offer(s, "second", BOOK_MIX, BOOK_EACH_UNIT);
    second->give = (struct book_give){.group_units = 2, .percent_bp = 5000};
    shelf_line(s, "a", NULL, 1000, 3);
    EXPECT_OFF(s, 200);
    assert_int_equal(shelf_why(s, "second").reason, OFFERS_UNITS_USED);
}

/* ---- bundle */

static const struct span ITEMS[] = {
    {(const uint8_t *)"soup", 4}, {(const uint8_t *)"bread", 5}, {(const uint8_t *)"tea", 3}};
static const struct span FOOD = {(const uint8_t *)"food", 4};

static struct book_source_offer *bundle(struct shelf *s, const struct book_source_part *parts, uint32_t count)
{
    struct book_source_offer *offer = shelf_offer(s, "b", BOOK_BUNDLE, BOOK_EACH_UNIT);
    offer->parts = parts;
    offer->part_count = count;
    offer->give.amount_minor = 500;
    return offer;
}

static void bundle__prices_each_complete_set(void **state)
{
    struct shelf *s = *state;
    const struct book_source_part parts[] = {{shelf_item(&ITEMS[0]), 1}, {shelf_item(&ITEMS[1]), 2}};
    bundle(s, parts, 2);
    shelf_line(s, "soup", NULL, 400, 3);
    shelf_line(s, "bread", NULL, 100, 5);
    EXPECT_OFF(s, 133, 67); /* two sets of 6.00 for 5.00 each, shared by price */
}

static void bundle__takes_the_dearest_units_of_a_part(void **state)
{
    struct shelf *s = *state;
    const struct book_source_part parts[] = {{shelf_category(&FOOD), 1}, {shelf_item(&ITEMS[2]), 1}};
    bundle(s, parts, 2);
    shelf_line(s, "soup", "food", 300, 1);
    shelf_line(s, "cake", "food", 700, 1);
    shelf_line(s, "tea", NULL, 100, 1);
    EXPECT_OFF(s, 0, 263, 37);
}

static void bundle__finds_the_sets_where_a_unit_may_serve_two_parts(void **state)
{
    struct shelf *s = *state;
    const struct span either[] = {ITEMS[0], ITEMS[1]};
    const struct book_source_part parts[] = {{{.items = either, .item_count = 2}, 1},
                                             {shelf_item(&ITEMS[0]), 1}};
    bundle(s, parts, 2);
    shelf_line(s, "soup", NULL, 900, 1); /* dearest, and wanted by both: it must go to the second part */
    shelf_line(s, "bread", NULL, 300, 1);
    EXPECT_OFF(s, 525, 175);
}

static void bundle__makes_no_set_that_is_cheaper_without_it(void **state)
{
    struct shelf *s = *state;
    const struct book_source_part parts[] = {{shelf_category(&FOOD), 2}};
    bundle(s, parts, 1);
    shelf_line(s, "cake", "food", 400, 2);
    shelf_line(s, "bun", "food", 100, 4);
    EXPECT_OFF(s, 300, 0);
    s->offers[0].give.amount_minor = 10000;
    EXPECT_OFF(s, 0, 0);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_NOTHING_TO_GIVE);
}

static void bundle__repeats_no_more_often_than_it_may_and_tells_what_is_missing(void **state)
{
    struct shelf *s = *state;
    const struct book_source_part parts[] = {{shelf_item(&ITEMS[0]), 1}, {shelf_item(&ITEMS[1]), 1}};
    bundle(s, parts, 2)->give.repeats_max = 1;
    shelf_line(s, "soup", NULL, 400, 2);
    shelf_line(s, "bread", NULL, 200, 2);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 100);
    s->basket.line_count = 1;
    shelf_price(s);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_QUANTITY_TOO_SMALL);
    assert_int_equal(shelf_why(s, "b").has, 1000);
    assert_int_equal(shelf_why(s, "b").needs, 2000);
}

/* ---- cheapest_unit */

static void cheapest_unit__gives_a_percentage_of_one_unit_of_the_cheapest_line(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "c", BOOK_CHEAPEST_UNIT, BOOK_EACH_UNIT)->give.percent_bp = 1000;
    shelf_line(s, "free", NULL, 0, 1);
    shelf_line(s, "a", NULL, 11500, 1);
    shelf_line(s, "b", NULL, 575, 4);
    shelf_line(s, "c", NULL, 575, 1);
    EXPECT_OFF(s, 0, 0, 58, 0);
}

static void cheapest_unit__has_nothing_to_give_where_all_is_free(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "c", BOOK_CHEAPEST_UNIT, BOOK_EACH_UNIT)->give.percent_bp = 1000;
    shelf_line(s, "free", NULL, 0, 1);
    EXPECT_OFF(s, 0);
    assert_int_equal(shelf_why(s, "c").reason, OFFERS_FLOOR_REACHED);
}

/* ---- buy_get with amounts */

static void buy_get__takes_an_amount_off_or_has_a_price_for_what_is_got(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "second", BOOK_BUY_GET, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.price_mode = BOOK_PRICE_AMOUNT,
                                     .amount_minor = 100,
                                     .buy_units = 1,
                                     .get_units = 1,
                                     .placement = BOOK_ON_GET};
    shelf_line(s, "a", NULL, 300, 4);
    shelf_line(s, "b", NULL, 50, 1);
    EXPECT_OFF(s, 100, 50); /* two deals: the 0.50 is got, and one at 3.00 */
    s->offers[0].give.price_mode = BOOK_PRICE_FIXED;
    s->offers[0].give.amount_minor = 120;
    EXPECT_OFF(s, 180, 0); /* the 0.50 is below the price already */
}

static void buy_get__takes_of_equal_prices_the_earlier_line(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "many", BOOK_BUY_GET, BOOK_EACH_UNIT);
    offer->give =
        (struct book_give){.percent_bp = 10000, .buy_units = 50, .get_units = 1000, .placement = BOOK_ON_GET};
    shelf_line(s, "a", NULL, 250, 540);
    shelf_line(s, "b", NULL, 250, 540);
    EXPECT_OFF(s, 122500, 127500);
}

static void buy_get__leaves_what_can_be_bought_to_the_next_deal_where_the_prices_are_equal(void **state)
{
    struct shelf *s = *state;
    const struct span bought = span_of_text("a"), got[] = {span_of_text("a"), span_of_text("b")};
    struct book_source_offer *offer = shelf_offer(s, "pairs", BOOK_BUY_GET, BOOK_EACH_UNIT);
    offer->give =
        (struct book_give){.percent_bp = 10000, .buy_units = 1, .get_units = 1, .placement = BOOK_ON_GET};
    offer->target = shelf_item(&bought);
    offer->get = (struct book_source_selector){.items = got, .item_count = 2};
    shelf_line(s, "a", NULL, 250, 2);
    shelf_line(s, "b", NULL, 250, 2);
    EXPECT_OFF(s, 0, 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(quantity_group__counts_complete_groups_from_the_line_with_most_units_on),
        TEST(quantity_group__gives_nothing_to_units_of_an_incomplete_group),
        TEST(quantity_group__takes_no_more_off_a_unit_than_it_costs),
        TEST(quantity_group__repeats_no_more_often_than_it_may),
        TEST(nth_free__gives_the_cheapest_of_all_units_however_many_groups_there_are),
        TEST(nth_free__spreads_over_the_units_of_its_groups_by_price),
        TEST(nth_free__gives_the_dearest_if_it_says_so_and_only_a_part_if_it_says_so),
        TEST(nth_free__leaves_weighed_lines_whole_and_free_units_out),
        TEST(nth_free__does_not_count_what_comes_back_or_is_excluded),
        TEST(mix__of_pairs_halves_the_cheaper_of_each),
        TEST(mix__takes_a_percentage_off_whole_groups_alone),
        TEST(mix__has_a_price_where_the_group_costs_more),
        TEST(mix__shares_a_price_over_a_million_units_exactly),
        TEST(mix__takes_an_amount_off_a_group_but_no_more_than_it_costs),
        TEST(mix__tells_what_is_missing_and_what_it_would_give),
        TEST(mix__serves_no_unit_of_another_deal_of_its_lane),
        TEST(bundle__prices_each_complete_set),
        TEST(bundle__takes_the_dearest_units_of_a_part),
        TEST(bundle__finds_the_sets_where_a_unit_may_serve_two_parts),
        TEST(bundle__makes_no_set_that_is_cheaper_without_it),
        TEST(bundle__repeats_no_more_often_than_it_may_and_tells_what_is_missing),
        TEST(cheapest_unit__gives_a_percentage_of_one_unit_of_the_cheapest_line),
        TEST(cheapest_unit__has_nothing_to_give_where_all_is_free),
        TEST(buy_get__takes_an_amount_off_or_has_a_price_for_what_is_got),
        TEST(buy_get__takes_of_equal_prices_the_earlier_line),
        TEST(buy_get__leaves_what_can_be_bought_to_the_next_deal_where_the_prices_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
