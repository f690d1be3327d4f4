/* SPDX-License-Identifier: Apache-2.0 */
/* What the shopper lacks: the next tier, one more unit, the missing part. */
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

static void check_miss(const struct shelf *s, uint32_t at, enum offers_figure figure, int64_t missing,
                       int64_t value, int64_t effort)
{
    assert_true(at < s->result.near_miss_count);
    const struct offers_near_miss *miss = &s->result.near_misses[at];
    assert_int_equal(miss->missing_is, figure);
    assert_int_equal(miss->missing, missing);
    assert_int_equal(miss->value_minor, value);
    assert_int_equal(miss->effort_minor, effort);
}

static void offers_price__names_the_next_tier_of_an_offer_that_is_given(void **state)
{
    struct shelf *s = *state;
    const struct book_step_row steps[] = {{2000, 200}, {3000, 500}};
    struct book_source_offer *offer = shelf_offer(s, "tiers", BOOK_TIERED_AMOUNT, BOOK_TOGETHER);
    offer->steps = steps;
    offer->step_count = 2;
    shelf_line(s, "x", NULL, 2600, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    check_miss(s, 0, OFFERS_MINOR, 400, 300, 400);
    s->lines[0].unit_price_e5 = 1800 * 1000; /* none is reached: the first */
    shelf_price_again(s);
    check_miss(s, 0, OFFERS_MINOR, 200, 200, 200);
}

static void offers_price__names_the_unit_that_makes_one_more_deal(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "third", BOOK_NTH_FREE, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = 3, .get_units = 1, .percent_bp = 10000};
    shelf_line(s, "x", NULL, 300, 5);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 300);
    check_miss(s, 0, OFFERS_MILLI, 1000, 300, 300);
    s->lines[0].quantity_milli = 6000; /* all serve deals */
    shelf_price_again(s);
    assert_int_equal(s->result.near_miss_count, 0);
    s->lines[0].quantity_milli = 5000;
    offer->give.repeats_max = 1; /* there is no further one */
    shelf_price(s);
    assert_int_equal(s->result.near_miss_count, 0);
}

static void offers_price__names_what_a_further_bundle_lacks(void **state)
{
    struct shelf *s = *state;
    const struct span skus[] = {span_of_text("burger"), span_of_text("fries")};
    const struct book_source_part parts[] = {{shelf_item(&skus[0]), 1}, {shelf_item(&skus[1]), 1}};
    struct book_source_offer *offer = shelf_offer(s, "menu", BOOK_BUNDLE, BOOK_EACH_UNIT);
    offer->give.amount_minor = 700;
    offer->parts = parts;
    offer->part_count = 2;
    shelf_line(s, "burger", NULL, 600, 2);
    shelf_line(s, "fries", NULL, 300, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 200);
    check_miss(s, 0, OFFERS_MILLI, 1000, 200, 300);
}

static void offers_price__names_the_next_deal_of_a_best_combination(void **state)
{
    struct shelf *s = *state;
    s->lanes[0].mode = BOOK_LANE_BEST_COMBINATION;
    struct book_source_offer *offer = shelf_offer(s, "two", BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = 2, .amount_minor = 500, .mix_mode = BOOK_MIX_PRICE};
    shelf_line(s, "x", NULL, 300, 3);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 100);
    check_miss(s, 0, OFFERS_MILLI, 1000, 100, 300);
}

static void offers_price__says_nothing_of_a_discount_that_would_be_none(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "four", BOOK_MIX, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = 4, .amount_minor = 500, .mix_mode = BOOK_MIX_PRICE};
    shelf_line(s, "x", NULL, 119, 3);
    shelf_price(s); /* four cost 4.76 */
    assert_int_equal(s->result.near_miss_count, 0);
    s->lines[0].unit_price_e5 = 130 * 1000;
    shelf_price_again(s);
    check_miss(s, 0, OFFERS_MILLI, 1000, 20, 130);
}

static void offers_price__knows_what_a_missing_group_is_worth(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "ten", BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.group_units = 10, .percent_bp = 5000};
    shelf_line(s, "x", NULL, 100, 9);
    shelf_price(s);
    check_miss(s, 0, OFFERS_MILLI, 1000, 500, 100);
}

static void offers_price__ranks_by_value_for_effort(void **state)
{
    struct shelf *s = *state;
    const struct span x = span_of_text("x"), y = span_of_text("y");
    static const struct book_source_condition need = {.kind = BOOK_MIN_QUANTITY, .value = 2000};
    for (int i = 0; i < 2; i++) {
        struct book_source_offer *offer =
            shelf_offer(s, i == 0 ? "dear" : "cheap", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
        offer->give.percent_bp = i == 0 ? 1000 : 2000;
        offer->target = shelf_item(i == 0 ? &x : &y);
        offer->conditions = &need;
        offer->condition_count = 1;
    }
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_line(s, "y", NULL, 100, 1);
    shelf_price(s);
    assert_int_equal(s->result.near_miss_count, 2);
    check_miss(s, 0, OFFERS_MILLI, 1000, 20, 100);
    check_miss(s, 1, OFFERS_MILLI, 1000, 100, 1000);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(names_the_next_tier_of_an_offer_that_is_given),
        CASE(names_the_unit_that_makes_one_more_deal),
        CASE(names_what_a_further_bundle_lacks),
        CASE(names_the_next_deal_of_a_best_combination),
        CASE(says_nothing_of_a_discount_that_would_be_none),
        CASE(knows_what_a_missing_group_is_worth),
        CASE(ranks_by_value_for_effort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
