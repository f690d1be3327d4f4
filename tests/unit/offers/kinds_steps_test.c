/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers, first and more, bounds of percent_off and amount_off, price rules, points and awards. */
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

static struct span text(const char *of)
{
    return span_of_text(of);
}

static void expect_price(struct shelf *s, int64_t price, int64_t expected_off)
{
    s->lines[0].unit_price_e5 = price * 1000;
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, expected_off);
}

/* ---- tiers */

static const struct book_step_row PERCENTS[] = {{2000, 1500}, {3000, 2000}};

static void tiered_percent__gives_the_highest_step_that_is_reached(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "t", BOOK_TIERED_PERCENT, BOOK_EACH_LINE);
    offer->give.percent_bp = 1000;
    offer->steps = PERCENTS;
    offer->step_count = COUNT_OF(PERCENTS);
    shelf_line(s, "a", NULL, 1000, 1);
    expect_price(s, 1000, 100);
    expect_price(s, 1999, 200);
    expect_price(s, 2000, 300);
    expect_price(s, 3000, 600);
    offer->give.percent_bp = 0;
    expect_price(s, 1999, 0);
    assert_int_equal(shelf_why(s, "t").reason, OFFERS_AMOUNT_TOO_SMALL);
    assert_int_equal(shelf_why(s, "t").has, 1999);
    assert_int_equal(shelf_why(s, "t").needs, 2000);
}

static void tiered_percent__counts_units_of_the_target_in_thousandths(void **state)
{
    struct shelf *s = *state;
    const struct span clothes = text("clothes");
    const struct book_step_row steps[] = {{10000, 1500}};
    struct book_source_offer *offer = shelf_offer(s, "t", BOOK_TIERED_PERCENT, BOOK_EACH_LINE);
    offer->target = shelf_category(&clothes);
    offer->give.percent_bp = 1000;
    offer->give.tier_by = BOOK_TIER_MATCHED_QUANTITY;
    offer->steps = steps;
    offer->step_count = 1;
    shelf_line(s, "shirt", "clothes", 5000, 7);
    shelf_line(s, "pants", "clothes", 1000, 5);
    shelf_line(s, "mug", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(off(s, 0), 5250);
    assert_int_equal(off(s, 1), 750);
    assert_int_equal(off(s, 2), 0);
    s->lines[0].quantity_milli = 4000; /* nine in all */
    shelf_price(s);
    assert_int_equal(off(s, 0), 2000);
}

static void tiered_percent__reads_what_is_left_or_the_initial_amount_as_it_says(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *first = shelf_offer(s, "first", BOOK_AMOUNT_OFF, BOOK_EACH_LINE);
    first->priority = 1;
    first->give.amount_minor = 500;
    struct book_source_offer *offer = shelf_offer(s, "t", BOOK_TIERED_PERCENT, BOOK_EACH_LINE);
    offer->steps = PERCENTS;
    offer->step_count = COUNT_OF(PERCENTS);
    shelf_line(s, "a", NULL, 2400, 1);
    expect_price(s, 2400, 500);
    offer->give.tier_base = BOOK_INITIAL;
    expect_price(s, 2400, 500 + 285);
}

static void tiered_amount__comes_off_the_target_once(void **state)
{
    struct shelf *s = *state;
    const struct book_step_row steps[] = {{10000, 1500}, {20000, 2000}};
    struct book_source_offer *offer = shelf_offer(s, "t", BOOK_TIERED_AMOUNT, BOOK_TOGETHER);
    offer->give.amount_minor = 1000;
    offer->steps = steps;
    offer->step_count = COUNT_OF(steps);
    shelf_line(s, "a", NULL, 15000, 1);
    expect_price(s, 15000, 1500);
    expect_price(s, 20000, 2000);
    expect_price(s, 9999, 1000);
    expect_price(s, 700, 700);
}

/* ---- bounds within a line */

static void first_and_more__gives_one_amount_for_the_first_unit_and_another_for_the_rest(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "f", BOOK_FIRST_AND_MORE, BOOK_EACH_LINE);
    offer->give = (struct book_give){.amount_minor = 113, .more_minor = 211, .max_units = 5};
    shelf_line(s, "a", NULL, 5000, 10);
    shelf_line(s, "b", NULL, 5000, 1);
    shelf_line(s, "c", NULL, 100, 4);
    shelf_price(s);
    assert_int_equal(off(s, 0), 957);
    assert_int_equal(off(s, 1), 113);
    assert_int_equal(off(s, 2), 400); /* no more than they cost */
    s->offers[0].give.max_units = 0;
    shelf_price(s);
    assert_int_equal(off(s, 0), 113 + 9 * 211);
}

static void percent_off__of_at_most_some_units_of_a_line(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give = (struct book_give){.percent_bp = 1000, .max_units = 3};
    shelf_line(s, "a", NULL, 105, 5);
    shelf_line(s, "b", NULL, 105, 2);
    shelf_price(s);
    assert_int_equal(off(s, 0), 32); /* 31.5 of three */
    assert_int_equal(off(s, 1), 21);
    offer->scope = BOOK_EACH_UNIT;
    shelf_price(s);
    assert_int_equal(off(s, 0), 33); /* 0.105 each, half-up */
}

static void percent_off__of_lines_keeps_each_below_its_share_of_the_cap(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give = (struct book_give){.percent_bp = 1500, .max_amount_minor = 5000};
    shelf_line(s, "a", NULL, 12000, 1);
    shelf_line(s, "b", NULL, 23000, 1);
    shelf_line(s, "c", NULL, 30000, 1);
    s->source.sharing = BOOK_FLOOR_IN_ORDER;
    shelf_price(s);
    assert_int_equal(off(s, 0), 924);
    assert_int_equal(off(s, 1), 1769);
    assert_int_equal(off(s, 2), 2307);
    s->source.sharing = BOOK_LARGEST_REMAINDER;
    shelf_price(s);
    assert_int_equal(off(s, 0), 923);
    assert_int_equal(off(s, 2), 2308);
}

static void amount_off__of_a_line_takes_at_most_the_price_of_some_units(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_EACH_LINE);
    offer->give = (struct book_give){.amount_minor = 20000, .cap_units = 1};
    shelf_line(s, "a", NULL, 10000, 1);
    shelf_line(s, "b", NULL, 15000, 5);
    shelf_price(s);
    assert_int_equal(off(s, 0), 10000);
    assert_int_equal(off(s, 1), 15000);
}

static void amount_off__of_units_stops_at_the_most_units(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.amount_minor = 30, .max_units = 2};
    shelf_line(s, "a", NULL, 100, 5);
    shelf_line(s, "b", NULL, 20, 5);
    shelf_price(s);
    assert_int_equal(off(s, 0), 60);
    assert_int_equal(off(s, 1), 40);
}

static void amount_off__for_each_full_step_of_spend_up_to_the_most_repeats(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give = (struct book_give){.amount_minor = 300, .per_minor = 3000, .repeats_max = 2};
    shelf_line(s, "a", NULL, 26000, 1);
    expect_price(s, 26000, 600);
    expect_price(s, 5999, 300);
    expect_price(s, 2999, 0);
}

static void amounts__never_overflow(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *more = shelf_offer(s, "f", BOOK_FIRST_AND_MORE, BOOK_EACH_LINE);
    more->give = (struct book_give){.amount_minor = BOOK_AMOUNT_MAX, .more_minor = BOOK_AMOUNT_MAX};
    struct book_source_offer *group = shelf_offer(s, "g", BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT);
    group->give = (struct book_give){.amount_minor = BOOK_AMOUNT_MAX, .group_units = 2};
    struct book_source_offer *steps = shelf_offer(s, "s", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    steps->give = (struct book_give){.amount_minor = BOOK_AMOUNT_MAX, .per_minor = 1};
    struct book_source_offer *points = shelf_offer(s, "p", BOOK_POINTS_PER_UNIT, BOOK_TOGETHER);
    points->give.points = BOOK_POINTS_MAX;
    shelf_line(s, "a", NULL, 1, INT64_C(90000000000000));
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 0);
    assert_int_equal(shelf_why(s, "p").reason, OFFERS_OUT_OF_RANGE);
}

/* ---- price rules */

static struct book_source_offer *price_rule(struct shelf *s, enum book_price_mode mode)
{
    struct book_source_offer *offer = shelf_offer(s, "r", BOOK_PRICE, BOOK_EACH_UNIT);
    offer->give.price_mode = (uint8_t)mode;
    return offer;
}

static void price__rounds_the_price_that_results_half_up(void **state)
{
    struct shelf *s = *state;
    price_rule(s, BOOK_PRICE_PERCENT)->give.percent_bp = 1500;
    shelf_line(s, "a", NULL, 1050, 2);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].unit_price_e5, 893000); /* 8.925 */
    assert_int_equal(s->result.total_minor, 1786);
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(s->result.lines[0].prior_price_minor, 1050);
}

static void price__is_set_where_it_is_lower_alone(void **state)
{
    struct shelf *s = *state;
    price_rule(s, BOOK_PRICE_FIXED)->give.amount_minor = 500;
    shelf_line(s, "a", NULL, 600, 1);
    shelf_line(s, "b", NULL, 500, 1);
    shelf_line(s, "c", NULL, 499, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 1499);
    assert_int_equal(s->result.lines[1].prior_price_minor, 0);
    s->offers[0].give = (struct book_give){.price_mode = BOOK_PRICE_AMOUNT, .amount_minor = 550};
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 50);
}

static void price__is_what_later_selectors_see(void **state)
{
    struct shelf *s = *state;
    const struct span drinks = text("drinks");
    struct book_source_offer *rule = price_rule(s, BOOK_PRICE_PERCENT);
    rule->target = shelf_category(&drinks);
    rule->give.percent_bp = 2500;
    struct book_source_offer *full = shelf_offer(s, "full", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    full->give.amount_minor = 10;
    full->target.not_reduced = true;
    struct book_source_offer *range = shelf_offer(s, "range", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    range->give.amount_minor = 1;
    range->target.has_price_min = range->target.has_price_max = true;
    range->target.price_min_minor = 75;
    range->target.price_max_minor = 75;
    shelf_line(s, "tea", "drinks", 100, 1);
    shelf_line(s, "cup", NULL, 100, 1);
    shelf_line(s, "old", NULL, 75, 1)->is_reduced = true;
    shelf_price(s);
    assert_int_equal(off(s, 0), 1);
    assert_int_equal(off(s, 1), 10);
    assert_int_equal(off(s, 2), 1);
}

/* The rule and the discount share a row for what they mean: the answer from before the rule is of no use after. */
static void price__changes_what_a_selector_of_prices_means(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *rule = price_rule(s, BOOK_PRICE_PERCENT);
    rule->give.percent_bp = 1000;
    rule->target.not_reduced = true;
    struct book_source_offer *full = shelf_offer(s, "full", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    full->give.amount_minor = 10;
    full->target.not_reduced = true;
    shelf_line(s, "tea", NULL, 100, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 90);
    assert_int_equal(shelf_why(s, "full").reason, OFFERS_NO_MATCHING_ITEM);
}

/* ---- points */

static void points_per_spend__is_floored_once_a_receipt_or_a_line(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give = (struct book_give){.points = 2, .per_minor = 100};
    shelf_line(s, "a", NULL, 150, 1);
    shelf_line(s, "b", NULL, 150, 1);
    shelf_price(s);
    assert_int_equal(s->result.points, 6);
    s->offers[0].give.line_rounding = BOOK_FLOOR_PER_LINE;
    shelf_price(s);
    assert_int_equal(s->result.points, 4);
    s->offers[0].give.repeats_max = 1;
    shelf_price(s);
    assert_int_equal(s->result.points, 2);
    assert_int_equal(s->result.lines[0].points, 2);
}

static void points_per_unit__counts_units_and_a_weighed_line_as_one(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "p", BOOK_POINTS_PER_UNIT, BOOK_TOGETHER);
    offer->give = (struct book_give){.points = 5};
    shelf_line(s, "a", NULL, 150, 3);
    struct offers_line *ham = shelf_line(s, "ham", NULL, 1000, 1);
    ham->quantity_milli = 2345;
    ham->weighed = true;
    shelf_line(s, "stamp", NULL, 100, 9)->no_points = true;
    shelf_line(s, "back", NULL, 100, -2);
    shelf_price(s);
    assert_int_equal(s->result.points, 20);
    assert_int_equal(s->result.lines[0].points, 15);
    s->offers[0].give.buy_units = 3;
    shelf_price(s);
    assert_int_equal(s->result.points, 5);
}

static void points_per_visit__are_given_once_and_multiplied_like_all_points(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "p", BOOK_POINTS_PER_VISIT, BOOK_TOGETHER)->give.points = 7;
    shelf_line(s, "a", NULL, 150, 3);
    shelf_line(s, "b", NULL, 150, 3);
    shelf_price(s);
    assert_int_equal(s->result.points, 7);
    shelf_offer(s, "x", BOOK_POINTS_MULTIPLIER, BOOK_TOGETHER)->give.factor_bp = 25000;
    shelf_price(s);
    assert_int_equal(s->result.points, 7 + 10);
}

/* ---- awards */

static const struct offers_award *only_award(struct shelf *s)
{
    shelf_price(s);
    assert_int_equal(s->result.award_count, 1);
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(s->result.points, 0);
    return &s->result.awards[0];
}

static void free_units__come_on_top_for_each_full_number_within_the_bounds(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "f", BOOK_FREE_UNITS, BOOK_TOGETHER);
    offer->give = (struct book_give){
        .item = text("ITEM"), .buy_units = 2, .get_units = 1, .min_units = 3, .max_units = 7};
    shelf_line(s, "ITEM", NULL, 100, 5);
    const struct offers_award *award = only_award(s);
    assert_int_equal(award->kind, BOOK_FREE_UNITS);
    assert_true(span_is_equal(award->item, text("ITEM")));
    assert_int_equal(award->count, 2);
    s->offers[0].give.repeats_max = 1;
    assert_int_equal(only_award(s)->count, 1);
    s->lines[0].quantity_milli = 2000;
    shelf_price(s);
    assert_int_equal(s->result.award_count, 0);
    assert_int_equal(shelf_why(s, "f").reason, OFFERS_QUANTITY_TOO_SMALL);
    assert_int_equal(shelf_why(s, "f").needs, 3000);
    s->lines[0].quantity_milli = 8000;
    shelf_price(s);
    assert_int_equal(shelf_why(s, "f").reason, OFFERS_QUANTITY_TOO_LARGE);
}

static void gift_line__says_what_it_is_worth_and_what_is_charged(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "g", BOOK_GIFT_LINE, BOOK_TOGETHER);
    offer->give =
        (struct book_give){.item = text("GOODIE"), .get_units = 2, .unit_minor = 400, .charged_minor = 50};
    shelf_line(s, "SHIRT", NULL, 1999, 1);
    const struct offers_award *award = only_award(s);
    assert_int_equal(award->count, 2);
    assert_int_equal(award->unit_price_minor, 400);
    assert_int_equal(award->charged_minor, 50);
}

static void stamps__count_units_spend_or_the_visit(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = shelf_offer(s, "s", BOOK_STAMPS, BOOK_TOGETHER);
    offer->give = (struct book_give){.card = text("coffee"),
                                     .card_size = 10,
                                     .reward = text("free-coffee"),
                                     .points = 2,
                                     .earn_by = BOOK_EARN_PER_UNIT};
    shelf_line(s, "coffee", NULL, 250, 3);
    const struct offers_award *award = only_award(s);
    assert_int_equal(award->count, 6);
    assert_int_equal(award->card_size, 10);
    assert_true(span_is_equal(award->card, text("coffee")));
    assert_true(span_is_equal(award->reward, text("free-coffee")));
    s->offers[0].give.earn_by = BOOK_EARN_PER_VISIT;
    assert_int_equal(only_award(s)->count, 2);
    s->offers[0].give.earn_by = BOOK_EARN_PER_SPEND;
    s->offers[0].give.per_minor = 300;
    assert_int_equal(only_award(s)->count, 4);
    s->offers[0].give.per_minor = 800;
    shelf_price(s);
    assert_int_equal(s->result.award_count, 0);
    assert_int_equal(shelf_why(s, "s").reason, OFFERS_NOTHING_TO_GIVE);
}

static void coupon_and_ticket__name_their_series_and_how_many(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *coupon = shelf_offer(s, "coupon", BOOK_COUPON, BOOK_TOGETHER);
    coupon->give = (struct book_give){.card = text("next"), .get_units = 1, .days = 30};
    struct book_source_offer *ticket = shelf_offer(s, "ticket", BOOK_TICKET, BOOK_TOGETHER);
    ticket->give = (struct book_give){
        .card = text("tombola"), .get_units = 3, .earn_by = BOOK_EARN_PER_SPEND, .per_minor = 1000};
    shelf_line(s, "a", NULL, 2500, 1);
    shelf_price(s);
    assert_int_equal(s->result.award_count, 2);
    assert_int_equal(s->result.awards[0].days, 30);
    assert_int_equal(s->result.awards[0].count, 1);
    assert_int_equal(s->result.awards[1].count, 6);
    assert_true(span_is_equal(s->result.awards[1].card, text("tombola")));
}

static void message_question_suggestion__are_awards_without_money(void **state)
{
    struct shelf *s = *state;
    shelf_offer(s, "m", BOOK_MESSAGE_SHOWN, BOOK_TOGETHER);
    shelf_offer(s, "q", BOOK_QUESTION, BOOK_TOGETHER);
    struct book_source_offer *suggestion = shelf_offer(s, "s", BOOK_SUGGESTION, BOOK_TOGETHER);
    suggestion->give.item = text("milk");
    shelf_line(s, "bread", NULL, 100, 1);
    shelf_price(s);
    assert_int_equal(s->result.award_count, 3);
    assert_true(span_is_equal(s->result.awards[2].item, text("milk")));
    shelf_line(s, "milk", NULL, 100, 1);
    shelf_price(s);
    assert_int_equal(s->result.award_count, 2); /* it is in the basket already */
}

struct fault_case {
    enum book_kind kind;
    enum book_scope scope;
    struct book_give give;
    const char *field;
};

static void book_builder_write__refuses_numbers_that_a_kind_cannot_use(void **state)
{
    (void)state;
    const struct fault_case cases[] = {
        {BOOK_PERCENT_OFF, BOOK_EACH_UNIT, {.percent_bp = 1, .max_amount_minor = 1}, "give.max_amount"},
        {BOOK_PERCENT_OFF, BOOK_TOGETHER, {.percent_bp = 1, .max_units = 1}, "give.max_units"},
        {BOOK_AMOUNT_OFF, BOOK_EACH_LINE, {.amount_minor = 1, .per_minor = 1}, "give.per"},
        {BOOK_AMOUNT_OFF, BOOK_EACH_UNIT, {.amount_minor = 1, .cap_units = 1}, "give.cap_units"},
        {BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT, {.group_units = 2}, "give"},
        {BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT, {.percent_bp = 1}, "give.group_units"},
        {BOOK_TIERED_PERCENT, BOOK_EACH_LINE, {.percent_bp = 1}, "give.steps"},
        {BOOK_FIRST_AND_MORE, BOOK_EACH_LINE, {.percent_bp = 1}, "give.amount"},
        {BOOK_CHEAPEST_UNIT, BOOK_EACH_UNIT, {.percent_bp = 10001}, "give.percent"},
        {BOOK_NTH_FREE,
         BOOK_EACH_UNIT,
         {.percent_bp = 1, .group_units = 2, .get_units = 2},
         "give.group_units"},
        {BOOK_BUNDLE, BOOK_EACH_UNIT, {.amount_minor = 1}, "give.parts"},
        {BOOK_FREE_UNITS, BOOK_TOGETHER, {.buy_units = 1, .get_units = 1}, "give.item"},
        {BOOK_GIFT_LINE, BOOK_TOGETHER, {.get_units = 1}, "give.item"},
        {BOOK_POINTS_PER_UNIT, BOOK_TOGETHER, {.buy_units = 1}, "give.points"},
        {BOOK_POINTS_PER_VISIT, BOOK_TOGETHER, {.buy_units = 1}, "give.points"},
        {BOOK_STAMPS, BOOK_TOGETHER, {.points = 1}, "give.card"},
        {BOOK_COUPON, BOOK_TOGETHER, {.get_units = 1}, "give.card"},
        {BOOK_TICKET, BOOK_TOGETHER, {.card = {(const uint8_t *)"x", 1}}, "give.get_units"},
        {BOOK_PRICE, BOOK_EACH_UNIT, {.price_mode = BOOK_PRICE_AMOUNT}, "give.amount"},
        {BOOK_MIX, BOOK_EACH_UNIT, {.group_units = 2, .mix_mode = BOOK_MIX_PRICE}, "give.amount"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shelf *s = shelf_new();
        shelf_offer(s, "x", cases[i].kind, cases[i].scope)->give = cases[i].give;
        static uint8_t memory[65536];
        struct book_fault fault = {0};
        struct span bytes;
        assert_int_equal(book_builder_write(&s->source, memory, sizeof(memory), &bytes, &fault),
                         ERR_ARGUMENT);
        assert_string_equal(fault.field, cases[i].field);
        shelf_delete(s);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tiered_percent__gives_the_highest_step_that_is_reached),
        TEST(tiered_percent__counts_units_of_the_target_in_thousandths),
        TEST(tiered_percent__reads_what_is_left_or_the_initial_amount_as_it_says),
        TEST(tiered_amount__comes_off_the_target_once),
        TEST(first_and_more__gives_one_amount_for_the_first_unit_and_another_for_the_rest),
        TEST(percent_off__of_at_most_some_units_of_a_line),
        TEST(percent_off__of_lines_keeps_each_below_its_share_of_the_cap),
        TEST(amount_off__of_a_line_takes_at_most_the_price_of_some_units),
        TEST(amount_off__of_units_stops_at_the_most_units),
        TEST(amount_off__for_each_full_step_of_spend_up_to_the_most_repeats),
        TEST(amounts__never_overflow),
        TEST(price__rounds_the_price_that_results_half_up),
        TEST(price__is_set_where_it_is_lower_alone),
        TEST(price__is_what_later_selectors_see),
        TEST(price__changes_what_a_selector_of_prices_means),
        TEST(points_per_spend__is_floored_once_a_receipt_or_a_line),
        TEST(points_per_unit__counts_units_and_a_weighed_line_as_one),
        TEST(points_per_visit__are_given_once_and_multiplied_like_all_points),
        TEST(free_units__come_on_top_for_each_full_number_within_the_bounds),
        TEST(gift_line__says_what_it_is_worth_and_what_is_charged),
        TEST(stamps__count_units_spend_or_the_visit),
        TEST(coupon_and_ticket__name_their_series_and_how_many),
        TEST(message_question_suggestion__are_awards_without_money),
        cmocka_unit_test(book_builder_write__refuses_numbers_that_a_kind_cannot_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
