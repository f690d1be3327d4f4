/* SPDX-License-Identifier: Apache-2.0 */
/* Which offers stand beside which: groups, offers that never meet, exclusive ones that must be better, lanes that add
 * up or are full, the order by priority, floors. */
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

static struct book_source_offer *percent(struct shelf *s, const char *id, enum book_scope scope, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_PERCENT_OFF, scope);
    offer->give.percent_bp = bp;
    return offer;
}

static struct book_source_offer *amount(struct shelf *s, const char *id, enum book_scope scope, int64_t minor)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_AMOUNT_OFF, scope);
    offer->give.amount_minor = minor;
    return offer;
}

static void in_group(struct book_source_offer *offer, const struct span *name, enum book_group_scope scope)
{
    offer->groups = name;
    offer->group_count = 1;
    offer->group_scope = scope;
}

static void offers_price__gives_one_offer_of_a_group(void **state)
{
    struct shelf *s = *state;
    const struct span global = span_of_text("global");
    in_group(percent(s, "a", BOOK_TOGETHER, 1000), &global, BOOK_GROUP_PER_BASKET);
    in_group(percent(s, "b", BOOK_TOGETHER, 1000), &global, BOOK_GROUP_PER_BASKET);
    percent(s, "c", BOOK_TOGETHER, 1000);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 810);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_GROUP_TAKEN);
}

static void offers_price__gives_one_offer_of_a_group_to_each_line(void **state)
{
    struct shelf *s = *state;
    const struct span group = span_of_text("g"), x = span_of_text("x");
    struct book_source_offer *first = percent(s, "a", BOOK_EACH_LINE, 5000);
    in_group(first, &group, BOOK_GROUP_PER_LINE);
    first->target = shelf_item(&x);
    in_group(percent(s, "b", BOOK_EACH_LINE, 1000), &group, BOOK_GROUP_PER_LINE);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].net_minor, 500);
    assert_int_equal(s->result.lines[1].net_minor, 900);
    s->basket.line_count = 1;
    shelf_price_again(s);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_GROUP_TAKEN);
}

static void offers_price__never_gives_two_that_exclude_one_another_whichever_says_so(void **state)
{
    struct shelf *s = *state;
    const struct span other = span_of_text("a");
    percent(s, "a", BOOK_EACH_LINE, 1000)->priority = 1;
    struct book_source_offer *b = percent(s, "b", BOOK_EACH_LINE, 5000);
    b->excluded_with = &other;
    b->excluded_with_count = 1;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 100);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_EXCLUDED_WITH);
    s->offers[0].priority = -1; /* now b comes first, and a is who was not asked */
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 500);
    assert_int_equal(shelf_why(s, "a").reason, OFFERS_EXCLUDED_WITH);
}

/* A price rule has filled the lane of the exclusive offer. */
static void offers_price__lets_nobody_be_shut_out_by_an_offer_whose_lane_is_full(void **state)
{
    struct shelf *s = *state;
    static const enum book_exclusive kinds[] = {BOOK_EXCLUSIVE_IN_BASKET, BOOK_EXCLUSIVE_IN_STEP,
                                                BOOK_EXCLUSIVE_IF_BETTER};
    shelf_offer(s, "price", BOOK_PRICE, BOOK_EACH_UNIT)->give =
        (struct book_give){.price_mode = BOOK_PRICE_FIXED, .amount_minor = 900};
    struct book_source_offer *alone = percent(s, "alone", BOOK_EACH_LINE, 5000);
    percent(s, "other", BOOK_EACH_LINE, 1000)->lane = 1;
    s->lanes[0].offers_max = 1;
    s->lanes[1].name = span_of_text("more");
    s->source.lane_count = 2;
    shelf_line(s, "x", NULL, 1000, 1);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        alone->exclusive = kinds[i];
        shelf_price(s);
        assert_int_equal(s->result.discount_minor, 90);
        assert_int_equal(shelf_why(s, "alone").reason, OFFERS_LANE_FULL);
        assert_int_equal(shelf_why(s, "other").reason, OFFERS_GIVEN);
    }
}

static void offers_price__lets_an_exclusive_offer_be_alone_only_if_it_is_better(void **state)
{
    struct shelf *s = *state;
    percent(s, "item", BOOK_EACH_LINE, 1000);
    amount(s, "basket", BOOK_TOGETHER, 100);
    struct book_source_offer *alone = percent(s, "alone", BOOK_TOGETHER, 1500);
    alone->exclusive = BOOK_EXCLUSIVE_IF_BETTER;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s); /* the others: 1.00 + 1.00 */
    assert_int_equal(s->result.discount_minor, 200);
    assert_int_equal(shelf_why(s, "alone").reason, OFFERS_NOT_BETTER);
    assert_int_equal(shelf_why(s, "alone").has, 150);
    assert_int_equal(shelf_why(s, "alone").needs, 200);
    s->lines[0].unit_price_e5 = 5000 * 1000; /* 15 % is 7.50, the others 6.00 */
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, 750);
    assert_int_equal(shelf_why(s, "item").reason, OFFERS_EXCLUDED_BY_EXCLUSIVE);
    s->lines[0].unit_price_e5 = 2000 * 1000; /* 3.00 each way: it must be more */
    shelf_price_again(s);
    assert_int_equal(shelf_why(s, "alone").reason, OFFERS_NOT_BETTER);
}

static void offers_price__weighs_several_that_would_be_alone(void **state)
{
    struct shelf *s = *state;
    percent(s, "a", BOOK_TOGETHER, 1000)->exclusive = BOOK_EXCLUSIVE_IF_BETTER;
    percent(s, "b", BOOK_TOGETHER, 2000)->exclusive = BOOK_EXCLUSIVE_IF_BETTER;
    percent(s, "c", BOOK_EACH_LINE, 500);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "b").amount_minor, 200);
    assert_int_equal(s->result.discount_minor, 200);
}

static void offers_price__never_excludes_price_rules_nor_points(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *price = shelf_offer(s, "price", BOOK_PRICE, BOOK_EACH_UNIT);
    price->give = (struct book_give){.price_mode = BOOK_PRICE_PERCENT, .percent_bp = 2000};
    percent(s, "alone", BOOK_TOGETHER, 1000)->exclusive = BOOK_EXCLUSIVE_IN_BASKET;
    struct book_source_offer *points = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give = (struct book_give){.points = 1, .per_minor = 100};
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 720);
    assert_int_equal(s->result.points, 7);
}

static void offers_price__adds_percents_of_the_list_and_amounts_and_rounds_once(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    percent(s, "ten", BOOK_EACH_LINE, 1000);
    amount(s, "sum", BOOK_EACH_LINE, 10000);
    shelf_line(s, "x", NULL, 100000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 20000);
    s->source.offer_count = 1;
    percent(s, "b", BOOK_EACH_LINE, 1000);
    percent(s, "c", BOOK_EACH_LINE, 1000);
    s->lines[0].unit_price_e5 = 4 * 1000; /* three times 0.4 is 1.2: once, not three times nothing */
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 1);
    s->lines[0].unit_price_e5 = 333 * 1000; /* 99.9 */
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, 100);
}

static void offers_price__never_adds_up_to_more_than_the_line(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    percent(s, "a", BOOK_EACH_LINE, 7000);
    percent(s, "b", BOOK_EACH_LINE, 7000);
    amount(s, "c", BOOK_EACH_LINE, 300);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 1000);
    assert_int_equal(s->result.discount_count, 3);
    s->lines[0].floor_minor = 400;
    shelf_price_again(s);
    assert_int_equal(s->result.total_minor, 400);
}

static void offers_price__gives_no_more_offers_than_the_lane_may(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].offers_max = 2;
    percent(s, "a", BOOK_EACH_LINE, 1000);
    percent(s, "b", BOOK_EACH_LINE, 1000);
    percent(s, "c", BOOK_TOGETHER, 9000); /* the same lane, a later step: it counts */
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 810);
    assert_int_equal(shelf_why(s, "c").reason, OFFERS_LANE_FULL);
}

static void offers_price__keeps_the_best_offers_of_a_full_best_per_line_lane(void **state)
{
    struct shelf *s = *state;
    const struct span skus[] = {span_of_text("x"), span_of_text("y"), span_of_text("z")};
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    s->lanes[0].offers_max = 2;
    percent(s, "a", BOOK_EACH_LINE, 1000)->target = shelf_item(&skus[0]);
    percent(s, "b", BOOK_EACH_LINE, 3000)->target = shelf_item(&skus[1]);
    percent(s, "c", BOOK_EACH_LINE, 2000)->target = shelf_item(&skus[2]);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_line(s, "z", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 500);
    assert_int_equal(shelf_why(s, "a").reason, OFFERS_LANE_FULL);
}

static void offers_price__holds_the_contest_again_without_what_may_not_stand_beside_the_winner(void **state)
{
    struct shelf *s = *state;
    const struct span group = span_of_text("g"), x = span_of_text("x"), y = span_of_text("y");
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    struct book_source_offer *a = percent(s, "a", BOOK_EACH_LINE, 5000),
                             *b = percent(s, "b", BOOK_EACH_LINE, 3000);
    in_group(a, &group, BOOK_GROUP_PER_BASKET);
    in_group(b, &group, BOOK_GROUP_PER_BASKET);
    a->target = shelf_item(&x);
    b->target = shelf_item(&y);
    percent(s, "c", BOOK_EACH_LINE, 1000);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 500);
    assert_int_equal(s->result.lines[1].discount_minor, 100); /* b had to leave: c is y's best now */
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_GROUP_TAKEN);
}

static void offers_price__runs_all_discounts_as_one_step_by_priority(void **state)
{
    struct shelf *s = *state;
    s->source.order = BOOK_BY_PRIORITY;
    amount(s, "basket", BOOK_TOGETHER, 1000)->priority = 5;
    percent(s, "item", BOOK_EACH_LINE, 2000)->priority = 2;
    shelf_line(s, "x", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7200);
    s->source.order = BOOK_BY_STEP;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 7000);
}

static void offers_price__earns_before_basket_offers_whatever_their_order(void **state)
{
    struct shelf *s = *state;
    s->source.order = BOOK_BY_PRIORITY;
    percent(s, "basket", BOOK_TOGETHER, 1000)->priority = 9;
    percent(s, "item", BOOK_EACH_LINE, 5000);
    struct book_source_offer *points = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give = (struct book_give){.points = 1, .per_minor = 100, .basis = BOOK_NET_BEFORE_BASKET};
    shelf_line(s, "x", NULL, 10000, 1); /* 10.00 off the basket first, then half of 90.00 */
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 4500);
    assert_int_equal(s->result.points, 55);
}

static void offers_price__moves_what_floors_refuse_by_the_books_method(void **state)
{
    struct shelf *s = *state;
    s->source.sharing = BOOK_HALF_DOWN_IN_ORDER;
    amount(s, "off", BOOK_TOGETHER, 1200);
    shelf_line(s, "cup", NULL, 1000, 1);
    shelf_line(s, "keyboard", NULL, 2000, 1)->floor_minor = 1900;
    shelf_line(s, "mouse", NULL, 5000, 1)->floor_minor = 5000;
    shelf_line(s, "phones", NULL, 3000, 1)->floor_minor = 2600;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 700);
    assert_int_equal(s->result.lines[1].discount_minor, 100);
    assert_int_equal(s->result.lines[2].discount_minor, 0);
    assert_int_equal(s->result.lines[3].discount_minor, 400);
}

static void offers_price__leaves_each_line_what_the_book_says(void **state)
{
    struct shelf *s = *state;
    s->source.line_discount_max_bp = 8000;
    percent(s, "a", BOOK_EACH_LINE, 7000);
    percent(s, "b", BOOK_EACH_LINE, 7000);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 999, 1); /* 80 % of it is 799.2: never more than that */
    shelf_price(s);
    assert_int_equal(s->result.lines[0].net_minor, 200);
    assert_int_equal(s->result.lines[1].net_minor, 200);
}

static void offers_price__counts_a_price_rule_of_a_group_though_a_later_one_set_the_price(void **state)
{
    struct shelf *s = *state;
    const struct span group = span_of_text("g");
    struct book_source_offer *first = shelf_offer(s, "a", BOOK_PRICE, BOOK_EACH_UNIT);
    first->give.percent_bp = 1000;
    in_group(first, &group, BOOK_GROUP_PER_LINE);
    shelf_offer(s, "b", BOOK_PRICE, BOOK_EACH_UNIT)->give.percent_bp = 1000;
    in_group(percent(s, "c", BOOK_EACH_LINE, 1000), &group, BOOK_GROUP_PER_LINE);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].amount_minor, 810);
    assert_int_equal(s->result.lines[0].discount_minor, 0);
    assert_int_equal(shelf_why(s, "c").reason, OFFERS_GROUP_TAKEN);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(gives_one_offer_of_a_group),
        CASE(gives_one_offer_of_a_group_to_each_line),
        CASE(never_gives_two_that_exclude_one_another_whichever_says_so),
        CASE(lets_nobody_be_shut_out_by_an_offer_whose_lane_is_full),
        CASE(lets_an_exclusive_offer_be_alone_only_if_it_is_better),
        CASE(weighs_several_that_would_be_alone),
        CASE(never_excludes_price_rules_nor_points),
        CASE(adds_percents_of_the_list_and_amounts_and_rounds_once),
        CASE(never_adds_up_to_more_than_the_line),
        CASE(gives_no_more_offers_than_the_lane_may),
        CASE(keeps_the_best_offers_of_a_full_best_per_line_lane),
        CASE(holds_the_contest_again_without_what_may_not_stand_beside_the_winner),
        CASE(runs_all_discounts_as_one_step_by_priority),
        CASE(earns_before_basket_offers_whatever_their_order),
        CASE(moves_what_floors_refuse_by_the_books_method),
        CASE(leaves_each_line_what_the_book_says),
        CASE(counts_a_price_rule_of_a_group_though_a_later_one_set_the_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
