/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that meet: limits, groups, floors and tenders, each in a lane or beside a rule that could get round it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

static const struct span group = {(const uint8_t *)"g", 1};
static const struct span x = {(const uint8_t *)"x", 1}, y = {(const uint8_t *)"y", 1};

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

static struct book_source_offer *percent(struct shelf *s, const char *id, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = bp;
    return offer;
}

static struct book_source_offer *pair_at(struct shelf *s, const char *id, int64_t price)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = 2, .amount_minor = price, .mix_mode = BOOK_MIX_PRICE};
    return offer;
}

static void one_a_line(struct book_source_offer *offer)
{
    offer->groups = &group;
    offer->group_count = 1;
    offer->group_scope = BOOK_GROUP_PER_LINE;
}

static void offers_price__adds_up_one_offer_of_a_group_on_each_line(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    one_a_line(percent(s, "a", 1000));
    one_a_line(percent(s, "b", 2000));
    percent(s, "c", 500);
    s->offers[0].target = shelf_item(&x);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 150); /* a and c */
    assert_int_equal(s->result.lines[1].discount_minor, 250); /* b and c */
    shelf_check_sums(s);
}

/* One of "b" pays for one of "x", which has "a" already. */
static void offers_price__lets_no_line_be_got_that_has_one_of_the_group(void **state)
{
    struct shelf *s = *state;
    static const enum book_lane_mode modes[] = {BOOK_LANE_ALL, BOOK_LANE_SUM_PERCENT,
                                                BOOK_LANE_BEST_COMBINATION};
    one_a_line(percent(s, "a", 1000));
    s->offers[0].target = shelf_item(&x);
    struct book_source_offer *deal = shelf_offer(s, "b", BOOK_BUY_GET, BOOK_EACH_UNIT);
    one_a_line(deal);
    deal->target = shelf_item(&y);
    deal->get = shelf_item(&x);
    deal->give = (struct book_give){.percent_bp = 5000, .buy_units = 1, .get_units = 1};
    deal->lane = 1;
    s->source.lane_count = 2;
    s->lanes[1].name = span_of_text("deals");
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        s->lanes[1].mode = modes[i];
        shelf_price(s);
        assert_int_equal(s->result.discount_minor, 100);
    }
    deal->lane = 0; /* where both wait for the sum */
    s->source.lane_count = 1;
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    s->source.order = BOOK_BY_PRIORITY;
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 100);
}

static void offers_price__limits_what_a_group_leaves(void **state)
{
    struct shelf *s = *state;
    const struct book_limit limit = {.what = BOOK_LIMIT_UNITS, .per = BOOK_PER_BASKET, .value = 1000};
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    one_a_line(percent(s, "a", 1000));
    s->offers[0].target = shelf_item(&x);
    one_a_line(percent(s, "b", 2000));
    s->offers[1].limits = &limit;
    s->offers[1].limit_count = 1;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 300);
    shelf_check_sums(s);
}

static void offers_price__adds_up_no_more_than_a_limit_leaves(void **state)
{
    struct shelf *s = *state;
    const struct book_limit limit = {
        .what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_LINE, .partial = 1, .value = 5};
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    struct book_source_offer *offer = percent(s, "a", 5000);
    offer->limits = &limit;
    offer->limit_count = 1;
    percent(s, "b", 500);
    shelf_line(s, "x", NULL, 30, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "a").amount_minor, 5);
    assert_int_equal(shelf_why(s, "b").amount_minor, 2); /* 1.5, rounded */
    shelf_check_sums(s);
}

static void offers_price__combines_one_offer_of_a_group_on_each_line(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
    one_a_line(pair_at(s, "a", 1500));
    one_a_line(pair_at(s, "b", 1600));
    s->offers[0].give.repeats_max = 1;
    shelf_line(s, "x", NULL, 1000, 4);
    shelf_price(s);
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->result.discount_count; i++)
        count += s->result.discounts[i].line == 0;
    assert_int_equal(count, 1);
    assert_int_equal(s->result.discount_minor, 800); /* b twice; a is once only */
    shelf_check_sums(s);
}

static void offers_price__chooses_for_what_limits_leave(void **state)
{
    struct shelf *s = *state;
    const struct book_limit limit = {
        .what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_BASKET, .partial = 1, .value = 100};
    s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
    struct book_source_offer *offer = pair_at(s, "a", 1000);
    offer->limits = &limit;
    offer->limit_count = 1;
    pair_at(s, "b", 1500);
    shelf_line(s, "x", NULL, 1000, 2);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 500); /* a would give 10.00, of which 1.00 is left; b 5.00 */
    assert_int_equal(s->result.search, OFFERS_OPTIMAL);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_GIVEN);
    shelf_check_sums(s);
}

static void offers_price__keeps_floors_where_deals_and_lines_offers_share_a_line(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
    s->source.order = BOOK_BY_PRIORITY;
    struct book_source_offer *deal = pair_at(s, "deal", 1000);
    deal->give.repeats_max = 1;
    deal->priority = 1;
    struct book_source_offer *off = shelf_offer(s, "off", BOOK_AMOUNT_OFF, BOOK_EACH_LINE);
    off->give.amount_minor = 400;
    off->target = shelf_item(&x);
    shelf_line(s, "x", NULL, 1000, 2)->floor_minor = 1600;
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_true(s->result.lines[0].net_minor >= 1600);
    shelf_check_sums(s);
}

static void offers_price__takes_voucher_money_out_of_points_with_the_tax_on_top(void **state)
{
    struct shelf *s = *state;
    const struct offers_tender voucher = {.kind = 3, .amount_minor = 6000};
    struct book_source_offer *offer = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give = (struct book_give){.points = 1, .per_minor = 100, .excluded_tenders = 1u << 3};
    s->basket.price_mode = OFFERS_NET_PRICES;
    s->basket.tenders = &voucher;
    s->basket.tender_count = 1;
    shelf_line(s, "x", NULL, 10000, 1)->tax_rate_bp = 2000;
    shelf_price(s);
    assert_int_equal(s->result.payable_minor, 12000);
    assert_int_equal(s->result.points, 50); /* half of it is paid with the voucher */
}

static void offers_price__multiplies_the_points_that_a_limit_leaves(void **state)
{
    struct shelf *s = *state;
    const struct book_limit limit = {
        .what = BOOK_LIMIT_POINTS, .per = BOOK_PER_BASKET, .partial = 1, .value = 20};
    struct book_source_offer *offer = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give = (struct book_give){.points = 1, .per_minor = 100};
    offer->limits = &limit;
    offer->limit_count = 1;
    shelf_offer(s, "double", BOOK_POINTS_MULTIPLIER, BOOK_TOGETHER)->give.factor_bp = 20000;
    shelf_line(s, "x", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "points").points, 20);
    assert_int_equal(s->result.points, 40);
}

/* Points for what costs little alone: with less burned, less is earned. */
static void offers_price__never_burns_more_than_is_there_in_the_end(void **state)
{
    struct shelf *s = *state;
    const struct book_source_condition conditions[] = {{.kind = BOOK_MIN_AMOUNT, .value = 10000},
                                                       {.kind = BOOK_MAX_AMOUNT, .value = 9400}};
    static const uint32_t points[] = {600, 500};
    static const char *const ids[] = {"whole", "cheap"};
    s->source.programme_rules =
        (struct book_programme){.burn_points = 100, .burn_value_minor = 100, .burn_same_sale = 1};
    s->member = (struct offers_member){.known = true, .points = 0};
    s->basket.burn_points = 1000;
    for (uint32_t i = 0; i < COUNT_OF(points); i++) {
        struct book_source_offer *offer = shelf_offer(s, ids[i], BOOK_POINTS_PER_VISIT, BOOK_TOGETHER);
        offer->give.points = points[i];
        offer->conditions = &conditions[i];
        offer->condition_count = 1;
    }
    shelf_line(s, "x", NULL, 10000, 1);
    shelf_price(s); /* 600 without burning; with 600 burned 500; with 500 burned 0 at 95.00 */
    assert_true(s->result.burned.points <= s->result.points);
}

static void offers_price__charges_back_no_more_units_of_a_deal_than_were_given(void **state)
{
    struct shelf *s = *state;
    const struct book_limit limit = {
        .what = BOOK_LIMIT_UNITS, .per = BOOK_PER_BASKET, .partial = 1, .value = 1000};
    struct book_source_offer *offer = shelf_offer(s, "deal", BOOK_BUY_GET, BOOK_EACH_UNIT);
    offer->give =
        (struct book_give){.buy_units = 1, .get_units = 1, .percent_bp = 10000, .placement = BOOK_ON_GET};
    offer->limits = &limit;
    offer->limit_count = 1;
    shelf_line(s, "x", NULL, 1000, 6);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 1000);
    assert_int_equal(s->result.deal_count, 1);
    assert_int_equal(s->result.deals[0].given_milli, 1000);
    assert_int_equal(s->result.deals[0].paid_milli, 1000);
    assert_int_equal(s->result.deals[0].sets, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(offers_price__adds_up_one_offer_of_a_group_on_each_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__limits_what_a_group_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__lets_no_line_be_got_that_has_one_of_the_group, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__adds_up_no_more_than_a_limit_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__combines_one_offer_of_a_group_on_each_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__chooses_for_what_limits_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__keeps_floors_where_deals_and_lines_offers_share_a_line,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__takes_voucher_money_out_of_points_with_the_tax_on_top,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_price__multiplies_the_points_that_a_limit_leaves, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__never_burns_more_than_is_there_in_the_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offers_price__charges_back_no_more_units_of_a_deal_than_were_given,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("meeting", tests, NULL, NULL);
}
