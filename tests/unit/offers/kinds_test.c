/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
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

/* ---- percent_off */

static void percent_off__rounds_once_at_the_line_or_at_each_unit_as_its_scope_says(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = 1000;
    shelf_line(s, "a", NULL, 1, 10);
    shelf_price(s);
    assert_int_equal(off(s, 0), 1); /* OFFERS.md B3: ten x 0.01 at 10 % is 0.01 at the line ... */
    offer->scope = BOOK_EACH_UNIT;
    shelf_price(s);
    assert_int_equal(off(s, 0), 0); /* ... and 0.00 at the unit */
    assert_int_equal(shelf_why(s, "p").reason, OFFERS_NOTHING_TO_GIVE);
}

static void percent_off__rounds_half_up(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 1500;
    shelf_line(s, "a", NULL, 1050, 1); /* 1.575 -> 1.58 */
    shelf_line(s, "b", NULL, 1049, 1); /* 1.5735 -> 1.57 */
    shelf_price(s);
    assert_int_equal(off(s, 0), 158);
    assert_int_equal(off(s, 1), 157);
}

static void percent_off__of_the_whole_basket_is_rounded_once_and_shared_by_largest_remainder(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_line(s, "a", NULL, 333, 1);
    shelf_line(s, "b", NULL, 333, 1);
    shelf_line(s, "c", NULL, 334, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 100);
    assert_int_equal(off(s, 0), 33);
    assert_int_equal(off(s, 1), 33);
    assert_int_equal(off(s, 2), 34);
    assert_int_equal(s->result.discounts[0].prorate_from, 1);
    assert_int_equal(s->result.discounts[2].prorate_from, 1);
}

static void percent_off__stops_at_its_cap(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    offer->give.percent_bp = 5000;
    offer->give.max_amount_minor = 300;
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_line(s, "b", NULL, 2000, 1);
    shelf_price(s);
    assert_int_equal(off(s, 0), 100);
    assert_int_equal(off(s, 1), 200);
}

static void percent_off__of_100_percent_leaves_exactly_nothing(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 10000;
    shelf_line(s, "a", NULL, 1, 1);
    shelf_line(s, "b", NULL, 99999, 7);
    shelf_line(s, "c", NULL, 0, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 0);
}

static void percent_off__runs_on_what_is_left_or_on_the_list_price(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "a", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 2000;
    struct book_source_offer *second = shelf_offer(s, "b", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    second->give.percent_bp = 1000;
    shelf_line(s, "x", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7200);
    second->give.percent_of = BOOK_INITIAL;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7000);
}

/* ---- amount_off */

static void amount_off__takes_from_each_unit_each_line_or_once(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    offer->give.amount_minor = 100;
    shelf_line(s, "x", NULL, 250, 3);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(off(s, 0), 300);
    offer->scope = BOOK_EACH_LINE;
    shelf_price(s);
    assert_int_equal(off(s, 0), 100);
    assert_int_equal(off(s, 1), 100);
    offer->scope = BOOK_TOGETHER;
    shelf_price(s);
    assert_int_equal(off(s, 0), 43); /* 100 x 750 / 1750 = 42.86 */
    assert_int_equal(off(s, 1), 57);
}

static void amount_off__takes_no_more_than_there_is_and_says_what_it_wanted(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_TOGETHER)->give.amount_minor = 5000;
    shelf_line(s, "x", NULL, 250, 1);
    shelf_line(s, "y", NULL, 750, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 0);
    assert_int_equal(s->result.discounts[0].wanted_minor, 1250);
    assert_int_equal(s->result.discounts[0].amount_minor, 250);
}

static void amount_off__moves_what_a_floor_refuses_to_the_other_lines(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_TOGETHER)->give.amount_minor = 1000;
    shelf_line(s, "x", NULL, 1000, 1)->floor_minor = 900;
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_line(s, "z", NULL, 1000, 1)->floor_minor = 2000;
    shelf_price(s);
    assert_int_equal(off(s, 0), 100);
    assert_int_equal(off(s, 1), 900);
    assert_int_equal(off(s, 2), 0);
}

static void amount_off__of_a_weighed_line_is_per_kilogram(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT)->give.amount_minor = 101;
    struct offers_line *line = shelf_line(s, "ham", NULL, 1999, 1);
    line->quantity_milli = 350;
    line->weighed = true;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].amount_minor, 700); /* 6.9965 */
    assert_int_equal(off(s, 0), 35);                        /* 0.3535 */
}

/* ---- fixed_price */

static void fixed_price__brings_units_lines_or_the_target_down_to_it(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "f", BOOK_FIXED_PRICE, BOOK_EACH_UNIT);
    offer->give.amount_minor = 199;
    shelf_line(s, "x", NULL, 250, 3);
    shelf_line(s, "y", NULL, 150, 2);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].net_minor, 597);
    assert_int_equal(off(s, 1), 0); /* it is cheaper already */
    offer->scope = BOOK_EACH_LINE;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].net_minor, 199);
    assert_int_equal(s->result.lines[1].net_minor, 199);
    offer->scope = BOOK_TOGETHER;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 199);
}

static void fixed_price__of_a_weighed_line_rounds_the_price_half_up(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "f", BOOK_FIXED_PRICE, BOOK_EACH_UNIT)->give.amount_minor = 1050;
    struct offers_line *line = shelf_line(s, "ham", NULL, 1999, 1);
    line->quantity_milli = 850;
    line->weighed = true;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 893); /* 8.925 */
}

/* ---- buy_get */

static struct book_source_offer *deal(struct shelf *s, uint32_t buys, uint32_t gets,
                                      enum book_placement placement)
{
    struct book_source_offer *offer = shelf_offer(s, "deal", BOOK_BUY_GET, BOOK_EACH_UNIT);
    offer->give = (struct book_give){
        .percent_bp = 10000, .buy_units = buys, .get_units = gets, .placement = (uint8_t)placement};
    return offer;
}

static void buy_get__frees_the_cheapest_and_repeats(void **state)
{
    struct shelf *s = *state;
    deal(s, 2, 1, BOOK_ON_GET);
    shelf_line(s, "a", NULL, 100, 3);
    shelf_line(s, "b", NULL, 300, 2);
    shelf_line(s, "c", NULL, 200, 2);
    shelf_price(s); /* 300 300 | 100 and 200 200 | 100; one of 100 is over */
    assert_int_equal(off(s, 0), 200);
    assert_int_equal(s->result.discount_minor, 200);
}

static void buy_get__frees_the_dearest_when_it_says_so_and_stops_at_its_cap(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = deal(s, 1, 1, BOOK_ON_GET);
    offer->give.choose = BOOK_DEAREST;
    offer->give.repeats_max = 1;
    shelf_line(s, "a", NULL, 100, 2);
    shelf_line(s, "b", NULL, 300, 2);
    shelf_price(s);
    assert_int_equal(off(s, 1), 300);
    assert_int_equal(s->result.discount_minor, 300);
}

static void buy_get__spreads_its_saving_over_paid_and_free_units_by_price(void **state)
{
    struct shelf *s = *state;
    deal(s, 1, 1, BOOK_SPREAD);
    shelf_line(s, "a", NULL, 2000, 1);
    shelf_line(s, "b", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(off(s, 0), 667); /* 10.00 over 20.00 and 10.00 */
    assert_int_equal(off(s, 1), 333);
}

static void buy_get__spreads_what_a_floor_refuses_over_the_other_units(void **state)
{
    struct shelf *s = *state;
    deal(s, 1, 1, BOOK_SPREAD);
    shelf_line(s, "a", NULL, 2000, 1)->floor_minor = 2000;
    shelf_line(s, "b", NULL, 1000, 1)->floor_minor = 100;
    shelf_price(s);
    assert_int_equal(off(s, 0), 0);
    assert_int_equal(off(s, 1), 900);
    assert_int_equal(shelf_why(s, "deal").amount_minor, 900);
}

static void buy_get__gives_only_whole_deals_and_says_what_is_missing(void **state)
{
    struct shelf *s = *state;
    deal(s, 2, 2, BOOK_ON_GET);
    shelf_line(s, "a", NULL, 333, 3);
    shelf_price(s);
    struct offers_explanation why = shelf_why(s, "deal");
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(why.reason, OFFERS_QUANTITY_TOO_SMALL);
    assert_int_equal(why.has, 3000);
    assert_int_equal(why.needs, 4000);
    assert_int_equal(s->result.near_miss_count, 1);
    assert_int_equal(s->result.near_misses[0].missing, 1000);
    assert_int_equal(s->result.near_misses[0].effort_minor, 333);
    assert_int_equal(s->result.near_misses[0].value_minor, 666);
}

static void buy_get__buys_from_one_set_and_gets_from_another(void **state)
{
    struct shelf *s = *state;
    static const struct span coffee = {(const uint8_t *)"coffee", 6}, cake = {(const uint8_t *)"cake", 4};
    struct book_source_offer *offer = deal(s, 1, 1, BOOK_ON_GET);
    offer->target = shelf_category(&coffee);
    offer->get = shelf_category(&cake);
    offer->give.percent_bp = 5000;
    shelf_line(s, "espresso", "coffee", 250, 3);
    shelf_line(s, "muffin", "cake", 301, 1);
    shelf_line(s, "tart", "cake", 405, 1);
    shelf_line(s, "soap", "home", 100, 9);
    shelf_price(s);
    assert_int_equal(off(s, 1), 151);
    assert_int_equal(off(s, 2), 203);
    assert_int_equal(s->result.discount_minor, 354);
}

static void buy_get__never_uses_a_unit_twice_in_a_lane(void **state)
{
    struct shelf *s = *state;
    deal(s, 1, 1, BOOK_ON_GET)->priority = 2;
    struct book_source_offer *second = deal(s, 1, 1, BOOK_ON_GET);
    second->id = span_of_text("second");
    shelf_line(s, "a", NULL, 100, 4);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    assert_int_equal(shelf_why(s, "second").reason, OFFERS_UNITS_USED);
    s->lines[0].quantity_milli = 5000; /* a fifth is left, alone */
    s->offers[0].give.repeats_max = 1; /* and the first deal uses two only */
    shelf_price_again(s);
    s->offers[1].give.repeats_max = 1;
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    assert_int_equal(shelf_why(s, "second").amount_minor, 100);
}

static void buy_get__prices_a_million_units_at_once(void **state)
{
    struct shelf *s = *state;
    deal(s, 2, 1, BOOK_ON_GET);
    shelf_line(s, "a", NULL, 7, 1000000);
    shelf_line(s, "b", NULL, 9, 999999);
    shelf_price(s);
    assert_int_equal(off(s, 0), 666666 * 7);
    assert_int_equal(off(s, 1), 0);
}

static void buy_get__counts_a_weighed_line_as_one_unit(void **state)
{
    struct shelf *s = *state;
    deal(s, 1, 1, BOOK_ON_GET);
    for (int i = 0; i < 2; i++) {
        struct offers_line *line = shelf_line(s, "ham", NULL, 1000, 1);
        line->quantity_milli = 500 - 100 * i;
        line->weighed = true;
    }
    shelf_price(s);
    assert_int_equal(off(s, 1), 400);
    assert_int_equal(s->result.discount_minor, 400);
}

/* ---- points */

static struct book_source_offer *points(struct shelf *s, const char *id, uint32_t each, int64_t per_minor)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give.points = each;
    offer->give.per_minor = per_minor;
    return offer;
}

static void points_per_spend__floors_once_a_receipt_on_the_net(void **state)
{
    struct shelf *s = *state;
    points(s, "base", 2, 1000);
    shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_line(s, "a", NULL, 1550, 1);
    shelf_line(s, "b", NULL, 1650, 1);
    shelf_line(s, "deposit", NULL, 9999, 1)->no_points = true;
    s->lines[2].no_discount = true;
    shelf_price(s); /* 32.00 - 3.20 = 28.80 */
    assert_int_equal(s->result.points, 4);
    assert_int_equal(s->result.earns[0].base_minor, 2880);
    assert_int_equal(s->result.lines[2].points, 0);
}

static void points_per_spend__leaves_out_what_is_paid_with_points(void **state)
{
    struct shelf *s = *state;
    points(s, "base", 1, 100000);
    shelf_line(s, "a", NULL, 1000000, 1);
    s->basket.not_earning_minor = 1000;
    shelf_price(s);
    assert_int_equal(s->result.points, 9);
}

static void points_per_spend__earns_on_the_basis_it_names(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = points(s, "base", 1, 1);
    shelf_offer(s, "item", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 1000;
    shelf_offer(s, "basket", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.points, 810);
    offer->give.basis = BOOK_NET_BEFORE_BASKET;
    shelf_price(s);
    assert_int_equal(s->result.points, 900);
    offer->give.basis = BOOK_GROSS;
    shelf_price(s);
    assert_int_equal(s->result.points, 1000);
}

static void points_multiplier__multiplies_what_its_target_earns(void **state)
{
    struct shelf *s = *state;
    static const struct span fruit = {(const uint8_t *)"fruit", 5};
    points(s, "base", 1, 100);
    struct book_source_offer *triple = shelf_offer(s, "triple", BOOK_POINTS_MULTIPLIER, BOOK_TOGETHER);
    triple->give.factor_bp = 30000;
    triple->target = shelf_category(&fruit);
    shelf_line(s, "apple", "fruit", 250, 2);
    shelf_line(s, "soap", "home", 320, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "base").points, 8);
    assert_int_equal(shelf_why(s, "triple").points, 10);
    assert_int_equal(s->result.points, 18);
    s->offers[0].from_day = SHELF_DAY + 1;
    shelf_price(s);
    assert_int_equal(shelf_why(s, "triple").reason, OFFERS_NO_BASE_POINTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(percent_off__rounds_once_at_the_line_or_at_each_unit_as_its_scope_says),
        TEST(percent_off__rounds_half_up),
        TEST(percent_off__of_the_whole_basket_is_rounded_once_and_shared_by_largest_remainder),
        TEST(percent_off__stops_at_its_cap),
        TEST(percent_off__of_100_percent_leaves_exactly_nothing),
        TEST(percent_off__runs_on_what_is_left_or_on_the_list_price),
        TEST(amount_off__takes_from_each_unit_each_line_or_once),
        TEST(amount_off__takes_no_more_than_there_is_and_says_what_it_wanted),
        TEST(amount_off__moves_what_a_floor_refuses_to_the_other_lines),
        TEST(amount_off__of_a_weighed_line_is_per_kilogram),
        TEST(fixed_price__brings_units_lines_or_the_target_down_to_it),
        TEST(fixed_price__of_a_weighed_line_rounds_the_price_half_up),
        TEST(buy_get__frees_the_cheapest_and_repeats),
        TEST(buy_get__frees_the_dearest_when_it_says_so_and_stops_at_its_cap),
        TEST(buy_get__spreads_its_saving_over_paid_and_free_units_by_price),
        TEST(buy_get__spreads_what_a_floor_refuses_over_the_other_units),
        TEST(buy_get__gives_only_whole_deals_and_says_what_is_missing),
        TEST(buy_get__buys_from_one_set_and_gets_from_another),
        TEST(buy_get__never_uses_a_unit_twice_in_a_lane),
        TEST(buy_get__prices_a_million_units_at_once),
        TEST(buy_get__counts_a_weighed_line_as_one_unit),
        TEST(points_per_spend__floors_once_a_receipt_on_the_net),
        TEST(points_per_spend__leaves_out_what_is_paid_with_points),
        TEST(points_per_spend__earns_on_the_basis_it_names),
        TEST(points_multiplier__multiplies_what_its_target_earns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
