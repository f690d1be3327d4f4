/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, counters, and what a receipt adds to them. */
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

static struct book_source_offer *limited(struct shelf *s, const struct book_limit *limit)
{
    struct book_source_offer *offer = shelf_offer(s, "off", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = 1000;
    offer->limits = limit;
    offer->limit_count = 1;
    return offer;
}

/* The offer's first limit is used so far. */
static void used(struct shelf *s, struct offers_counter *counter, int64_t so_far)
{
    *counter = (struct offers_counter){.offer = 0, .limit = 0, .used = so_far};
    s->basket.counters = counter;
    s->basket.counter_count = 1;
}

static void offers_counter_take__takes_all_or_nothing_or_what_is_left(void **state)
{
    (void)state;
    struct book_limit limit = {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_CHAIN, .value = 1000};
    assert_int_equal(offers_counter_take(&limit, 900, 100), 100);
    assert_int_equal(offers_counter_take(&limit, 900, 101), 0);
    assert_int_equal(offers_counter_take(&limit, 1000, 1), 0);
    assert_int_equal(offers_counter_take(&limit, INT64_MAX, 1), 0);
    limit.partial = 1;
    assert_int_equal(offers_counter_take(&limit, 900, 101), 100);
    assert_int_equal(offers_counter_take(&limit, 1100, 101), 0);
}

static void offers_price__gives_a_limited_offer_until_its_uses_are_used_up(void **state)
{
    struct shelf *s = *state;
    struct offers_counter counter;
    const struct book_limit limit = {.what = BOOK_LIMIT_USES, .per = BOOK_PER_CHAIN, .value = 5};
    limited(s, &limit);
    shelf_line(s, "x", NULL, 1000, 2);
    used(s, &counter, 4);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    assert_int_equal(s->result.use_count, 1);
    assert_int_equal(s->result.uses[0].uses, 1);
    assert_int_equal(s->result.uses[0].units_milli, 2000);
    assert_int_equal(s->result.uses[0].amount_minor, 200);
    used(s, &counter, 5);
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(shelf_why(s, "off").reason, OFFERS_LIMIT_REACHED);
    assert_int_equal(shelf_why(s, "off").has, 5);
    assert_int_equal(shelf_why(s, "off").needs, 5);
}

static void offers_price__leaves_out_the_line_that_would_pass_the_budget(void **state)
{
    struct shelf *s = *state;
    struct offers_counter counter;
    struct book_limit limit = {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_STORE, .value = 1000};
    limited(s, &limit);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 2000, 1);
    shelf_line(s, "z", NULL, 500, 1);
    used(s, &counter, 840);
    shelf_price(s); /* 1.00 fits, 2.00 does not, 0.50 does */
    assert_int_equal(s->result.lines[0].discount_minor, 100);
    assert_int_equal(s->result.lines[1].discount_minor, 0);
    assert_int_equal(s->result.lines[2].discount_minor, 50);
    limit.partial = 1;
    shelf_price(s); /* 1.00, then what is left */
    assert_int_equal(s->result.lines[1].discount_minor, 60);
    assert_int_equal(s->result.lines[2].discount_minor, 0);
    assert_int_equal(s->result.uses[0].amount_minor, 160);
}

static void offers_price__gives_a_sum_off_the_basket_whole_or_cut(void **state)
{
    struct shelf *s = *state;
    struct offers_counter counter;
    struct book_limit limit = {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_MEMBER, .value = 1000};
    struct book_source_offer *offer = shelf_offer(s, "off", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = 300;
    offer->limits = &limit;
    offer->limit_count = 1;
    s->member.known = true;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 2000, 1);
    used(s, &counter, 800);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "off").reason, OFFERS_LIMIT_REACHED);
    limit.partial = 1;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 67);
    assert_int_equal(s->result.lines[1].discount_minor, 133);
    s->member.known = false; /* there is nobody to count it for */
    shelf_price_again(s);
    assert_int_equal(shelf_why(s, "off").reason, OFFERS_MEMBERS_ONLY);
}

static void offers_price__counts_units_over_the_lines(void **state)
{
    struct shelf *s = *state;
    struct book_limit limit = {.what = BOOK_LIMIT_UNITS, .per = BOOK_PER_BASKET, .value = 5000, .partial = 1};
    limited(s, &limit);
    shelf_line(s, "x", NULL, 1000, 3);
    shelf_line(s, "y", NULL, 1000, 3);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 300);
    assert_int_equal(s->result.lines[1].discount_minor, 200);
    assert_int_equal(s->result.use_count, 0); /* nothing that is counted beyond this receipt */
    limit.partial = 0;
    shelf_price(s);
    assert_int_equal(shelf_why(s, "off").reason, OFFERS_LIMIT_REACHED);
}

static void offers_price__limits_each_line_by_itself(void **state)
{
    struct shelf *s = *state;
    struct book_limit limit = {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_LINE, .value = 150, .partial = 1};
    limited(s, &limit);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 2000, 1);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 100);
    assert_int_equal(s->result.lines[1].discount_minor, 150);
    limit.partial = 0;
    shelf_price(s);
    assert_int_equal(s->result.lines[1].discount_minor, 0);
    limit = (struct book_limit){.what = BOOK_LIMIT_UNITS, .per = BOOK_PER_LINE, .value = 2000, .partial = 1};
    s->lines[0].quantity_milli = 5000;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 200);
}

static void offers_price__cuts_points_to_what_is_left(void **state)
{
    struct shelf *s = *state;
    struct offers_counter counter;
    struct book_limit limit = {.what = BOOK_LIMIT_POINTS, .per = BOOK_PER_TILL, .value = 100, .partial = 1};
    struct book_source_offer *points = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give = (struct book_give){.points = 1, .per_minor = 100};
    points->limits = &limit;
    points->limit_count = 1;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 3000, 1);
    used(s, &counter, 90);
    shelf_price(s);
    assert_int_equal(s->result.points, 10);
    assert_int_equal(s->result.lines[0].points, 3); /* 2.5 and 7.5: the tie goes to the earlier line */
    assert_int_equal(s->result.lines[1].points, 7);
    assert_int_equal(s->result.uses[0].points, 10);
    limit.partial = 0;
    shelf_price(s);
    assert_int_equal(s->result.points, 0);
    assert_int_equal(shelf_why(s, "points").reason, OFFERS_LIMIT_REACHED);
}

/* 10 % of 1.04 twice: 0.21 together, of which one would be given 0.11. */
static void offers_price__never_passes_a_limit_where_percents_add_up(void **state)
{
    struct shelf *s = *state;
    struct book_limit limit = {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_BASKET, .value = 10, .partial = 1};
    for (unsigned which = 0; which < 2; which++) {
        s->source.offer_count = s->basket.line_count = 0;
        limited(s, &limit)->id = span_of_text(which == 0 ? "a" : "z");
        shelf_offer(s, "m", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 1000;
        s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
        shelf_line(s, "x", NULL, 104, 1);
        shelf_price(s);
        assert_int_equal(shelf_why(s, which == 0 ? "a" : "z").amount_minor, 10);
        assert_int_equal(s->result.discount_minor, 20);
    }
    limit.value = 11; /* there is room */
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 21);
}

/* On each line there is room; on both together there is none. */
static void offers_price__never_passes_a_budget_where_percents_add_up(void **state)
{
    struct shelf *s = *state;
    struct offers_counter counter;
    const struct book_limit limit = {
        .what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_STORE, .value = 1021, .partial = 1};
    limited(s, &limit)->id = span_of_text("a");
    shelf_offer(s, "m", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 1000;
    s->lanes[0].mode = BOOK_LANE_SUM_PERCENT;
    shelf_line(s, "x", NULL, 104, 1);
    shelf_line(s, "y", NULL, 104, 1);
    used(s, &counter, 1000);
    shelf_price(s);
    assert_in_range(shelf_why(s, "a").amount_minor, 20, 21);
    assert_in_range(s->result.uses[0].amount_minor, 20, 21);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_counter_take__takes_all_or_nothing_or_what_is_left),
        CASE(gives_a_limited_offer_until_its_uses_are_used_up),
        CASE(leaves_out_the_line_that_would_pass_the_budget),
        CASE(gives_a_sum_off_the_basket_whole_or_cut),
        CASE(counts_units_over_the_lines),
        CASE(limits_each_line_by_itself),
        CASE(cuts_points_to_what_is_left),
        CASE(never_passes_a_limit_where_percents_add_up),
        CASE(never_passes_a_budget_where_percents_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
