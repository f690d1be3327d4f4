/* SPDX-License-Identifier: Apache-2.0 */
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

static struct book_source_offer *percent(struct shelf *s, const char *id, enum book_scope scope, uint32_t bp,
                                         int32_t priority)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_PERCENT_OFF, scope);
    offer->give.percent_bp = bp;
    offer->priority = priority;
    return offer;
}

static enum offers_reason reason_of(const struct shelf *s, const char *id)
{
    return shelf_why(s, id).reason;
}

static void offers_price__applies_by_priority_then_id_each_on_what_the_last_left(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *ten = shelf_offer(s, "b", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    ten->give.amount_minor = 1000;
    ten->priority = 5;
    percent(s, "a", BOOK_TOGETHER, 2000, 2);
    shelf_line(s, "mug", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7200);
    ten->priority = 2; /* of equals the lower id is first */
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7000);
}

static void offers_price__runs_item_group_and_basket_steps_in_that_order_whatever_the_priority(void **state)
{
    struct shelf *s = *state;
    percent(s, "basket", BOOK_TOGETHER, 1000, 99);
    struct book_source_offer *deal = shelf_offer(s, "group", BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->give = (struct book_give){.percent_bp = 10000, .buy_units = 1, .get_units = 1};
    deal->priority = 50;
    percent(s, "item", BOOK_EACH_LINE, 5000, 1);
    shelf_line(s, "a", NULL, 1000, 2);
    shelf_price(s);
    assert_memory_equal(s->result.discounts[0].id.bytes, "item", 4);
    assert_memory_equal(s->result.discounts[1].id.bytes, "group", 5);
    assert_memory_equal(s->result.discounts[2].id.bytes, "basket", 6);
    assert_int_equal(s->result.total_minor, 450);
}

static void offers_price__lets_an_eligible_exclusive_offer_be_alone_in_the_basket(void **state)
{
    struct shelf *s = *state;
    percent(s, "item", BOOK_EACH_LINE, 1000, 9);
    struct book_source_offer *alone = percent(s, "alone", BOOK_TOGETHER, 2000, 1);
    alone->exclusive = BOOK_EXCLUSIVE_IN_BASKET;
    struct book_source_offer *points = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give.points = 1;
    points->give.per_minor = 100;
    shelf_line(s, "mug", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 8000);
    assert_int_equal(reason_of(s, "item"), OFFERS_EXCLUDED_BY_EXCLUSIVE);
    assert_int_equal(s->result.points, 80);
    alone->audience = BOOK_ANY_MEMBER; /* not eligible any more */
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 9000);
}

static void offers_price__lets_an_exclusive_offer_of_a_step_leave_the_other_steps_alone(void **state)
{
    struct shelf *s = *state;
    percent(s, "item", BOOK_EACH_LINE, 1000, 9);
    percent(s, "other", BOOK_TOGETHER, 5000, 5);
    percent(s, "alone", BOOK_TOGETHER, 2000, 1)->exclusive = BOOK_EXCLUSIVE_IN_STEP;
    shelf_line(s, "mug", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7200);
    assert_int_equal(reason_of(s, "other"), OFFERS_EXCLUDED_BY_EXCLUSIVE);
}

static void offers_price__gives_each_line_its_best_offer_in_a_best_per_line_lane(void **state)
{
    struct shelf *s = *state;
    static const struct span tea = {(const uint8_t *)"tea", 3};
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    percent(s, "ten", BOOK_EACH_LINE, 1000, 3);
    struct book_source_offer *amount = shelf_offer(s, "amount", BOOK_AMOUNT_OFF, BOOK_EACH_LINE);
    amount->give.amount_minor = 150;
    amount->target = shelf_category(&tea);
    percent(s, "five", BOOK_EACH_LINE, 500, 1);
    shelf_line(s, "a", "tea", 1000, 1);
    shelf_line(s, "b", "coffee", 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 150);
    assert_int_equal(s->result.lines[1].discount_minor, 100);
    assert_int_equal(shelf_why(s, "amount").amount_minor, 150);
    assert_int_equal(reason_of(s, "five"), OFFERS_BEATEN_IN_LANE);
}

static void offers_price__leaves_a_line_to_the_earlier_of_equal_offers_in_a_best_lane(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    percent(s, "b", BOOK_EACH_LINE, 1000, 0);
    percent(s, "a", BOOK_EACH_LINE, 1000, 0);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "a").amount_minor, 100);
    assert_int_equal(reason_of(s, "b"), OFFERS_BEATEN_IN_LANE);
}

static void offers_price__gives_all_of_the_highest_eligible_priority_only(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_HIGHEST_PRIORITY;
    percent(s, "high-but-not-today", BOOK_EACH_LINE, 9000, 9)->until_day = SHELF_DAY - 1;
    percent(s, "a", BOOK_EACH_LINE, 1000, 5);
    percent(s, "b", BOOK_EACH_LINE, 1000, 5);
    percent(s, "c", BOOK_EACH_LINE, 5000, 1);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 810);
    assert_int_equal(reason_of(s, "c"), OFFERS_BEATEN_IN_LANE);
    s->lanes[0].mode = BOOK_LANE_EXCLUSIVE;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 900);
    assert_int_equal(reason_of(s, "b"), OFFERS_BEATEN_IN_LANE);
}

static void offers_price__runs_lanes_one_after_another_on_what_the_last_left(void **state)
{
    struct shelf *s = *state;
    s->source.lane_count = 2;
    s->lanes[0] = (struct book_source_lane){.name = span_of_text("shelf"), .mode = BOOK_LANE_EXCLUSIVE};
    s->lanes[1] = (struct book_source_lane){.name = span_of_text("club"), .mode = BOOK_LANE_EXCLUSIVE};
    percent(s, "shelf-1", BOOK_EACH_LINE, 1000, 1);
    percent(s, "shelf-2", BOOK_EACH_LINE, 1000, 0);
    percent(s, "club-1", BOOK_EACH_LINE, 1000, 9)->lane = 1;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 810);
    assert_memory_equal(s->result.discounts[0].id.bytes, "shelf-1", 7);
}

static void offers_price__gives_the_receipt_the_offer_with_most_points_in_a_best_lane(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    struct book_source_offer *one = shelf_offer(s, "one", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    one->give = (struct book_give){.points = 1, .per_minor = 100};
    one->priority = 9;
    struct book_source_offer *two = shelf_offer(s, "two", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    two->give = (struct book_give){.points = 3, .per_minor = 200};
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.points, 15);
    assert_int_equal(reason_of(s, "one"), OFFERS_BEATEN_IN_LANE);
}

static void offers_price__tests_thresholds_on_what_is_left_unless_told_the_initial_amount(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition hundred = {.kind = BOOK_MIN_AMOUNT, .value = 10000};
    struct book_source_offer *first = shelf_offer(s, "first", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    first->give.amount_minor = 10000;
    first->conditions = &hundred;
    first->condition_count = 1;
    struct book_source_offer *second = shelf_offer(s, "second", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    second->give.amount_minor = 10000;
    second->conditions = &hundred;
    second->condition_count = 1;
    shelf_line(s, "chair", NULL, 1650, 10);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 6500);
    struct offers_explanation why = shelf_why(s, "second");
    assert_int_equal(why.reason, OFFERS_AMOUNT_TOO_SMALL);
    assert_int_equal(why.has, 6500);
    assert_int_equal(why.needs, 10000);
    hundred.base = BOOK_INITIAL;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 0);
}

static void offers_price__neither_counts_nor_discounts_returns_and_excluded_lines(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition two = {.kind = BOOK_MIN_QUANTITY, .value = 2000};
    struct book_source_offer *offer = percent(s, "p", BOOK_TOGETHER, 1000, 0);
    offer->conditions = &two;
    offer->condition_count = 1;
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_line(s, "deposit", NULL, 25, 4)->no_discount = true;
    shelf_line(s, "returned", NULL, 5000, -3);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "p").reason, OFFERS_QUANTITY_TOO_SMALL);
    assert_int_equal(shelf_why(s, "p").has, 1000);
    shelf_line(s, "a", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    assert_int_equal(s->result.total_minor, 1800 + 100 - 15000);
    s->basket.lines++; /* only what is excluded is left */
    s->basket.line_count = 2;
    s->lines[2].quantity_milli = -1000;
    assert_int_equal(offers_price(&s->book, &s->basket, NULL, &s->moment, s->workspace, &s->result), ERR_OK);
    assert_int_equal(shelf_why(s, "p").reason, OFFERS_LINE_EXCLUDED);
}

static void offers_price__ranks_near_misses_by_value_for_effort(void **state)
{
    struct shelf *s = *state;
    static const struct span tea = {(const uint8_t *)"tea", 3};
    struct book_source_condition hundred = {.kind = BOOK_MIN_AMOUNT, .value = 10000};
    struct book_source_condition three = {.kind = BOOK_MIN_QUANTITY, .value = 3000};
    struct book_source_condition far = {.kind = BOOK_MIN_AMOUNT, .value = 1000000};
    struct book_source_offer *basket = percent(s, "basket", BOOK_TOGETHER, 1000, 0);
    basket->conditions = &hundred;
    basket->condition_count = 1;
    struct book_source_offer *item = percent(s, "tea", BOOK_EACH_LINE, 5000, 0);
    item->target = shelf_category(&tea);
    item->conditions = &three;
    item->condition_count = 1;
    struct book_source_offer *dream = percent(s, "dream", BOOK_TOGETHER, 9000, 0);
    dream->conditions = &far;
    dream->condition_count = 1;
    shelf_line(s, "green", "tea", 500, 2);
    shelf_line(s, "pot", NULL, 6000, 1);
    shelf_price(s); /* tea: 5.00 off for 5.00; basket: 7.00 off for 30.00; the dream is too far */
    assert_int_equal(s->result.near_miss_count, 2);
    assert_int_equal(s->result.near_misses[0].offer, book_find_offer(&s->book, span_of_text("tea")));
    assert_int_equal(s->result.near_misses[0].missing, 1000);
    assert_int_equal(s->result.near_misses[0].value_minor, 500);
    assert_int_equal(s->result.near_misses[1].missing, 3000);
    assert_int_equal(s->result.near_misses[1].missing_is, OFFERS_MINOR);
    assert_int_equal(s->result.near_misses[1].value_minor, 700);
}

static void offers_price__gives_no_offer_in_part_when_the_receipt_has_no_room_for_its_rows(void **state)
{
    struct shelf *s = *state;
    percent(s, "a", BOOK_EACH_LINE, 1000, 3);
    percent(s, "b", BOOK_EACH_LINE, 1000, 2);
    percent(s, "c", BOOK_EACH_LINE, 1000, 1);
    for (int i = 0; i < LINES_MAX; i++)
        shelf_line(s, "x", NULL, 1000, 1);
    shelf_build(s);
    assert_int_equal(offers_price(&s->book, &s->basket, NULL, &s->moment, s->workspace, &s->result), ERR_OK);
    assert_int_equal(s->result.discount_count, DISCOUNTS_MAX);
    assert_int_equal(reason_of(s, "c"), OFFERS_TOO_MANY_ROWS);
    assert_int_equal(s->result.total_minor, (int64_t)LINES_MAX * 810);
}

static void offers_price__refuses_amounts_that_overflow_and_leaves_its_result_alone(void **state)
{
    struct shelf *s = *state;
    shelf_line(s, "a", NULL, 1, 1)->unit_price_e5 = INT64_MAX;
    s->lines[0].quantity_milli = INT64_MAX;
    shelf_build(s);
    s->result.total_minor = 77;
    assert_int_equal(offers_price(&s->book, &s->basket, NULL, &s->moment, s->workspace, &s->result),
                     ERR_RANGE);
    s->lines[0].quantity_milli = 1000000; /* exactly INT64_MAX minor units: no room for one more */
    assert_int_equal(offers_price(&s->book, &s->basket, NULL, &s->moment, s->workspace, &s->result),
                     ERR_RANGE);
    s->basket.exponent = 3;
    assert_int_equal(offers_price(&s->book, &s->basket, NULL, &s->moment, s->workspace, &s->result),
                     ERR_ARGUMENT);
    assert_int_equal(s->result.total_minor, 77);
}

static void offers_price__without_a_book_gives_the_amounts(void **state)
{
    struct shelf *s = *state;
    shelf_line(s, "a", NULL, 255, 3);
    assert_int_equal(offers_price(NULL, &s->basket, NULL, &s->moment, s->workspace, &s->result), ERR_OK);
    assert_int_equal(s->result.total_minor, 765);
    assert_int_equal(s->result.explanation_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(offers_price__applies_by_priority_then_id_each_on_what_the_last_left),
        TEST(offers_price__runs_item_group_and_basket_steps_in_that_order_whatever_the_priority),
        TEST(offers_price__lets_an_eligible_exclusive_offer_be_alone_in_the_basket),
        TEST(offers_price__lets_an_exclusive_offer_of_a_step_leave_the_other_steps_alone),
        TEST(offers_price__gives_each_line_its_best_offer_in_a_best_per_line_lane),
        TEST(offers_price__leaves_a_line_to_the_earlier_of_equal_offers_in_a_best_lane),
        TEST(offers_price__gives_all_of_the_highest_eligible_priority_only),
        TEST(offers_price__runs_lanes_one_after_another_on_what_the_last_left),
        TEST(offers_price__gives_the_receipt_the_offer_with_most_points_in_a_best_lane),
        TEST(offers_price__tests_thresholds_on_what_is_left_unless_told_the_initial_amount),
        TEST(offers_price__neither_counts_nor_discounts_returns_and_excluded_lines),
        TEST(offers_price__ranks_near_misses_by_value_for_effort),
        TEST(offers_price__gives_no_offer_in_part_when_the_receipt_has_no_room_for_its_rows),
        TEST(offers_price__refuses_amounts_that_overflow_and_leaves_its_result_alone),
        TEST(offers_price__without_a_book_gives_the_amounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
