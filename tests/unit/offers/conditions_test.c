/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
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

/* An offer of 1.00 off everything under one condition. */
static void offer_if(struct shelf *s, const struct book_source_condition *condition)
{
    struct book_source_offer *offer = shelf_offer(s, "c", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = 100;
    offer->conditions = condition;
    offer->condition_count = 1;
}

static enum offers_reason reason(struct shelf *s)
{
    shelf_price(s);
    return shelf_why(s, "c").reason;
}

static const struct span MUGS = {(const uint8_t *)"mugs", 4};

static void max_amount__and_max_quantity__hold_where_none_of_it_is_bought(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition condition = {
        .kind = BOOK_MAX_AMOUNT, .of = shelf_category(&MUGS), .value = 500};
    offer_if(s, &condition);
    shelf_line(s, "a", NULL, 1000, 1);
    assert_int_equal(reason(s), OFFERS_GIVEN);
    struct offers_line *mug = shelf_line(s, "mug", "mugs", 500, 1);
    assert_int_equal(reason(s), OFFERS_GIVEN);
    mug->unit_price_e5 += 1000;
    assert_int_equal(reason(s), OFFERS_AMOUNT_TOO_LARGE);
    assert_int_equal(shelf_why(s, "c").has, 501);
    condition.kind = BOOK_MAX_QUANTITY;
    condition.value = 1000;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    mug->quantity_milli = 2000;
    assert_int_equal(reason(s), OFFERS_QUANTITY_TOO_LARGE);
}

static void min_amount__net_of_tax_takes_the_tax_out_of_each_line_half_up(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition condition = {
        .kind = BOOK_MIN_AMOUNT, .of = {.everything = true}, .value = 32000, .amount_net_of_tax = true};
    offer_if(s, &condition);
    shelf_line(s, "cabinet", NULL, 36800, 1)->tax_rate_bp = 1500;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->lines[0].unit_price_e5 -= 1000;
    assert_int_equal(reason(s), OFFERS_AMOUNT_TOO_SMALL);
    s->basket.price_mode = OFFERS_NET_PRICES; /* then nothing is included */
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->basket.price_mode = OFFERS_GROSS_PRICES;
    s->lines[0].unit_price_e5 = 50 * 1000; /* 0.50 at 7 %: 0.03271 of tax */
    s->lines[0].tax_rate_bp = 700;
    shelf_line(s, "b", NULL, 50, 1)->tax_rate_bp = 700;
    condition.value = 95;
    assert_int_equal(reason(s), OFFERS_AMOUNT_TOO_SMALL);
    assert_int_equal(shelf_why(s, "c").has, 94);
}

static void min_line_quantity__wants_it_of_one_line(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition condition = {
        .kind = BOOK_MIN_LINE_QUANTITY, .of = {.everything = true}, .value = 3000};
    offer_if(s, &condition);
    shelf_line(s, "a", NULL, 200, 2);
    shelf_line(s, "b", NULL, 200, 2);
    assert_int_equal(reason(s), OFFERS_LINE_TOO_SMALL);
    assert_int_equal(shelf_why(s, "c").has, 2000);
    s->lines[1].quantity_milli = 3000;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->lines[1].quantity_milli = -3000;
    assert_int_equal(reason(s), OFFERS_LINE_TOO_SMALL);
    s->lines[1].quantity_milli = 3250;
    s->lines[1].weighed = true;
    assert_int_equal(reason(s), OFFERS_GIVEN); /* kilograms, as they were weighed */
}

static void contains__wants_a_unit_that_counts(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition condition = {.kind = BOOK_CONTAINS, .of = shelf_category(&MUGS)};
    offer_if(s, &condition);
    shelf_line(s, "a", NULL, 200, 1);
    assert_int_equal(reason(s), OFFERS_NO_MATCHING_ITEM); /* nothing wakes it */
    shelf_line(s, "mug", "mugs", 200, 1);
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->lines[1].no_discount = true;
    assert_int_equal(reason(s), OFFERS_QUANTITY_TOO_SMALL);
}

static void visit__is_the_members_next_one(void **state)
{
    struct shelf *s = *state;
    struct book_source_condition condition = {.kind = BOOK_VISIT_NUMBER, .value = 5};
    offer_if(s, &condition);
    shelf_line(s, "a", NULL, 200, 1);
    assert_int_equal(reason(s), OFFERS_MEMBERS_ONLY);
    s->member.known = true;
    s->member.visits = 4;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->member.visits = 5;
    assert_int_equal(reason(s), OFFERS_WRONG_VISIT);
    assert_int_equal(shelf_why(s, "c").has, 6);
    assert_int_equal(shelf_why(s, "c").needs, 5);
    condition.kind = BOOK_VISIT_EVERY;
    assert_int_equal(reason(s), OFFERS_WRONG_VISIT);
    s->member.visits = 9;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->member.visits = UINT32_MAX;
    condition.value = 1;
    assert_int_equal(reason(s), OFFERS_GIVEN);
}

static void segment__is_wanted_beside_the_audience(void **state)
{
    struct shelf *s = *state;
    static const struct span has[] = {{(const uint8_t *)"parents", 7}, {(const uint8_t *)"vip", 3}};
    struct book_source_condition condition = {.kind = BOOK_IN_SEGMENT,
                                              .segment = {(const uint8_t *)"vip", 3}};
    offer_if(s, &condition);
    s->offers[0].audience = BOOK_SEGMENT;
    s->offers[0].who = has;
    s->offers[0].who_count = 1;
    shelf_line(s, "a", NULL, 200, 1);
    s->member = (struct offers_member){.known = true, .segments = has, .segment_count = 1};
    assert_int_equal(reason(s), OFFERS_WRONG_SEGMENT);
    s->member.segment_count = 2;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->offers[0].audience = BOOK_ANYONE;
    s->offers[0].who_count = 0;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->member = (struct offers_member){.known = false};
    assert_int_not_equal(reason(s), OFFERS_GIVEN);
}

struct birthday_case {
    const char *today;
    uint16_t born; /* month * 100 + day */
    int64_t before, after;
    bool holds;
};

static void birthday__has_a_window_that_may_reach_over_the_end_of_the_year(void **state)
{
    struct shelf *s = *state;
    static const struct birthday_case cases[] = {
        {"2026-11-21", 1121, 0, 0, true},      {"2026-11-22", 1121, 0, 0, false},
        {"2026-11-20", 1121, 0, 0, false},     {"2026-11-22", 1121, 0, 1, true},
        {"2026-11-18", 1121, 3, 0, true},      {"2026-11-17", 1121, 3, 0, false},
        {"2026-12-30", 102, 3, 3, true},       {"2027-01-05", 102, 3, 3, true},
        {"2027-01-06", 102, 3, 3, false},      {"2026-01-02", 1230, 0, 3, true},
        {"2026-01-03", 1230, 0, 3, false}, /* four days after */
        {"2028-02-29", 229, 0, 0, true},       {"2028-02-28", 229, 0, 0, false},
        {"2027-02-28", 229, 0, 0, true},       {"2027-03-01", 229, 0, 0, false},
        {"2100-02-28", 229, 0, 0, true},       {"2026-06-01", 0, 180, 180, false},
        {"2026-06-01", 1301, 180, 180, false}, {"2026-06-01", 631, 180, 180, false},
    };
    struct book_source_condition condition = {.kind = BOOK_BIRTHDAY};
    offer_if(s, &condition);
    shelf_line(s, "a", NULL, 200, 1);
    s->member.known = true;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        condition.value = cases[i].before * BOOK_BIRTHDAY_FACTOR + cases[i].after;
        s->member.birth_month_day = cases[i].born;
        assert_int_equal(civil_parse_day(span_of_text(cases[i].today), &s->moment.day), ERR_OK);
        assert_int_equal(reason(s), cases[i].holds ? OFFERS_GIVEN : OFFERS_NOT_BIRTHDAY);
    }
    s->member.known = false;
    assert_int_equal(reason(s), OFFERS_MEMBERS_ONLY);
}

static void conditions__all_hold_or_the_first_that_does_not_is_the_reason(void **state)
{
    struct shelf *s = *state;
    const struct book_source_condition conditions[] = {
        {.kind = BOOK_MIN_QUANTITY, .of = {.everything = true}, .value = 2000},
        {.kind = BOOK_MAX_AMOUNT, .of = {.everything = true}, .value = 500},
    };
    offer_if(s, conditions);
    s->offers[0].condition_count = 2;
    shelf_line(s, "a", NULL, 600, 1);
    assert_int_equal(reason(s), OFFERS_QUANTITY_TOO_SMALL);
    s->lines[0].quantity_milli = 2000;
    assert_int_equal(reason(s), OFFERS_AMOUNT_TOO_LARGE);
    s->lines[0].unit_price_e5 = 250000;
    assert_int_equal(reason(s), OFFERS_GIVEN);
}

/* Only what can concern the basket is looked at: the offers that other things wake do not appear. */
static void offers__are_woken_by_their_rarest_trigger_alone(void **state)
{
    struct shelf *s = *state;
    static const struct span vip = {(const uint8_t *)"vip", 3}, store = {(const uint8_t *)"s2", 2};
    static const struct span member = {(const uint8_t *)"00000000000000000000000000000007", 32};
    struct book_source_offer *segment = shelf_offer(s, "segment", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    segment->audience = BOOK_SEGMENT;
    segment->who = &vip;
    segment->who_count = 1;
    struct book_source_offer *listed = shelf_offer(s, "listed", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    listed->audience = BOOK_LISTED;
    listed->who = &member;
    listed->who_count = 1;
    struct book_source_offer *local = shelf_offer(s, "local", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    local->stores = &store;
    local->store_count = 1;
    for (uint32_t i = 0; i < 3; i++)
        s->offers[i].give.amount_minor = 10;
    shelf_line(s, "a", NULL, 600, 1);
    shelf_price(s);
    assert_int_equal(s->result.explanation_count, 0);
    assert_int_equal(shelf_why(s, "segment").reason, OFFERS_MEMBERS_ONLY);
    assert_int_equal(shelf_why(s, "local").reason, OFFERS_WRONG_STORE);
    s->member = (struct offers_member){.known = true, .id = {[15] = 7}, .segments = &vip, .segment_count = 1};
    s->moment.store = store;
    shelf_price(s);
    assert_int_equal(s->result.explanation_count, 3);
    assert_int_equal(s->result.discount_minor, 30);
    s->member.id[15] = 8;
    shelf_price(s);
    assert_int_equal(s->result.explanation_count, 2);
    assert_int_equal(shelf_why(s, "listed").reason, OFFERS_NOT_LISTED);
}

static void an_offer_with_a_coupon__is_woken_by_its_series_alone(void **state)
{
    struct shelf *s = *state;
    static const struct span series = {(const uint8_t *)"SANTA", 5};
    static const struct offers_coupon santa = {.code = {(const uint8_t *)"SANTA", 5}},
                                      other = {.code = {(const uint8_t *)"EASTER", 6}};
    struct book_source_offer *offer = shelf_offer(s, "c", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = 100;
    offer->coupons = &series;
    offer->coupon_count = 1;
    shelf_line(s, "a", NULL, 600, 1);
    s->basket.coupons = &other;
    s->basket.coupon_count = 1;
    assert_int_equal(reason(s), OFFERS_COUPON_MISSING);
    assert_int_equal(s->result.explanation_count, 0);
    s->basket.coupons = &santa;
    assert_int_equal(reason(s), OFFERS_GIVEN);
    assert_int_equal(s->result.explanation_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(max_amount__and_max_quantity__hold_where_none_of_it_is_bought),
        TEST(min_amount__net_of_tax_takes_the_tax_out_of_each_line_half_up),
        TEST(min_line_quantity__wants_it_of_one_line),
        TEST(contains__wants_a_unit_that_counts),
        TEST(visit__is_the_members_next_one),
        TEST(segment__is_wanted_beside_the_audience),
        TEST(birthday__has_a_window_that_may_reach_over_the_end_of_the_year),
        TEST(conditions__all_hold_or_the_first_that_does_not_is_the_reason),
        TEST(offers__are_woken_by_their_rarest_trigger_alone),
        TEST(an_offer_with_a_coupon__is_woken_by_its_series_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
