/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    shelf_offer(s, "p", BOOK_PERCENT_OFF, BOOK_EACH_LINE)->give.percent_bp = 1000;
    shelf_line(s, "x", "tea", 1000, 1);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static enum offers_reason why(struct shelf *s)
{
    shelf_price(s);
    return shelf_why(s, "p").reason;
}

static void offers_price__minds_the_days_of_an_offer_with_the_last_one_included(void **state)
{
    struct shelf *s = *state;
    s->offers[0].from_day = SHELF_DAY + 1;
    assert_int_equal(why(s), OFFERS_NOT_YET_VALID);
    s->offers[0].from_day = SHELF_DAY;
    s->offers[0].until_day = SHELF_DAY;
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->moment.day++;
    assert_int_equal(why(s), OFFERS_EXPIRED);
    s->moment.day = SHELF_DAY;
    s->source.valid_from_day = SHELF_DAY + 1; /* the book itself */
    assert_int_equal(why(s), OFFERS_NOT_YET_VALID);
}

static void offers_price__minds_weekdays_from_monday_to_sunday(void **state)
{
    struct shelf *s = *state;
    s->offers[0].weekdays = 1 << 5; /* Saturday */
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->moment.day = SHELF_DAY + 1;
    assert_int_equal(why(s), OFFERS_WRONG_WEEKDAY);
    s->offers[0].weekdays = 1 << 6;
    assert_int_equal(why(s), OFFERS_GIVEN);
}

static void offers_price__minds_hours_also_over_midnight(void **state)
{
    struct shelf *s = *state;
    static const struct book_hours hours[] = {{8 * 60, 10 * 60}, {22 * 60, 2 * 60}};
    static const struct {
        uint16_t minute;
        enum offers_reason reason;
    } cases[] = {{479, OFFERS_WRONG_HOUR}, {480, OFFERS_GIVEN},       {599, OFFERS_GIVEN},
                 {600, OFFERS_WRONG_HOUR}, {1319, OFFERS_WRONG_HOUR}, {1320, OFFERS_GIVEN},
                 {1439, OFFERS_GIVEN},     {0, OFFERS_GIVEN},         {119, OFFERS_GIVEN},
                 {120, OFFERS_WRONG_HOUR}};
    s->offers[0].hours = hours;
    s->offers[0].hour_count = 2;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        s->moment.minute_of_day = cases[i].minute;
        assert_int_equal(why(s), cases[i].reason);
    }
}

static void offers_price__minds_the_stores_of_the_offer_and_of_the_book(void **state)
{
    struct shelf *s = *state;
    static const struct span stores[] = {{(const uint8_t *)"s2", 2}, {(const uint8_t *)"s3", 2}};
    s->offers[0].stores = stores;
    s->offers[0].store_count = 2;
    assert_int_equal(why(s), OFFERS_WRONG_STORE);
    s->moment.store = span_of_text("s3");
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->source.stores = stores;
    s->source.store_count = 1;
    assert_int_equal(why(s), OFFERS_WRONG_STORE);
}

static void offers_price__minds_who_the_offer_is_for(void **state)
{
    struct shelf *s = *state;
    static const struct span names[] = {{(const uint8_t *)"gold", 4}, {(const uint8_t *)"silver", 6}};
    static const struct span segments[] = {{(const uint8_t *)"parents", 7}, {(const uint8_t *)"silver", 6}};
    s->offers[0].audience = BOOK_ANY_MEMBER;
    assert_int_equal(why(s), OFFERS_MEMBERS_ONLY);
    s->member.known = true;
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->offers[0].audience = BOOK_TIER;
    s->offers[0].who = names;
    s->offers[0].who_count = 2;
    assert_int_equal(why(s), OFFERS_WRONG_TIER);
    s->member.tier = names[1];
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->offers[0].audience = BOOK_SEGMENT;
    assert_int_equal(why(s), OFFERS_WRONG_SEGMENT); /* a tier of that name is no segment */
    s->member.segments = segments;
    s->member.segment_count = 2;
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->member.known = false;
    assert_int_equal(why(s), OFFERS_MEMBERS_ONLY);
}

static void offers_price__matches_items_and_categories_less_the_excluded_ones(void **state)
{
    struct shelf *s = *state;
    static const struct span tea = {(const uint8_t *)"tea", 3}, x = {(const uint8_t *)"x", 1},
                             y = {(const uint8_t *)"y", 1};
    s->offers[0].target = shelf_item(&y);
    assert_int_equal(why(s), OFFERS_NO_MATCHING_ITEM);
    assert_int_equal(s->result.explanation_count, 0); /* the basket did not even touch it */
    s->offers[0].target = shelf_category(&tea);
    assert_int_equal(why(s), OFFERS_GIVEN);
    s->offers[0].target.excluded_items = &x;
    s->offers[0].target.excluded_item_count = 1;
    assert_int_equal(why(s), OFFERS_NO_MATCHING_ITEM);
    s->offers[0].target = (struct book_source_selector){
        .everything = true, .excluded_categories = &tea, .excluded_category_count = 1};
    assert_int_equal(why(s), OFFERS_NO_MATCHING_ITEM);
    shelf_line(s, "y", "soap", 500, 1);
    shelf_price(s);
    assert_int_equal(s->result.discount_minor, 50);
}

static void offers_price__tells_items_from_categories_of_the_same_name(void **state)
{
    struct shelf *s = *state;
    static const struct span tea = {(const uint8_t *)"tea", 3};
    s->offers[0].target = shelf_item(&tea);
    assert_int_equal(why(s), OFFERS_NO_MATCHING_ITEM);
}

static void offers_price__asks_for_another_item_in_the_basket_where_a_condition_says_so(void **state)
{
    struct shelf *s = *state;
    static const struct span tea = {(const uint8_t *)"tea", 3}, cake = {(const uint8_t *)"cake", 4};
    struct book_source_condition has_cake = {
        .kind = BOOK_MIN_QUANTITY, .of = shelf_category(&cake), .value = 1000};
    s->offers[0].target = shelf_category(&tea);
    s->offers[0].conditions = &has_cake;
    s->offers[0].condition_count = 1;
    assert_int_equal(why(s), OFFERS_QUANTITY_TOO_SMALL);
    shelf_line(s, "tart", "cake", 400, 1);
    assert_int_equal(why(s), OFFERS_GIVEN);
    assert_int_equal(s->result.lines[1].discount_minor, 0);
    has_cake.kind = BOOK_MAX_QUANTITY;
    has_cake.value = 0;
    assert_int_equal(why(s), OFFERS_QUANTITY_TOO_LARGE);
}

static void offers_list_open__shows_personal_offers_first_and_only_what_is_open(void **state)
{
    struct shelf *s = *state;
    static const struct span parents = {(const uint8_t *)"parents", 7}, gold = {(const uint8_t *)"gold", 4};
    s->offers[0].audience = BOOK_ANY_MEMBER; /* "p" */
    s->offers[0].priority = 99;
    struct book_source_offer *personal = shelf_offer(s, "parents", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    personal->give.amount_minor = 1;
    personal->audience = BOOK_SEGMENT;
    personal->who = &parents;
    personal->who_count = 1;
    struct book_source_offer *golden = shelf_offer(s, "gold", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    golden->give.amount_minor = 1;
    golden->audience = BOOK_TIER;
    golden->who = &gold;
    golden->who_count = 1;
    golden->priority = 1;
    struct book_source_offer *over = shelf_offer(s, "over", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    over->give.amount_minor = 1;
    over->audience = BOOK_ANY_MEMBER;
    over->until_day = SHELF_DAY - 1;
    shelf_build(s);
    uint32_t open[8], count = 99;
    offers_list_open(&s->book, &s->member, &s->moment, open, 8, &count);
    assert_int_equal(count, 0);
    s->member = (struct offers_member){.known = true, .tier = gold, .segments = &parents, .segment_count = 1};
    offers_list_open(&s->book, &s->member, &s->moment, open, 8, &count);
    assert_int_equal(count, 3);
    assert_int_equal(open[0], book_find_offer(&s->book, gold));
    assert_int_equal(open[1], book_find_offer(&s->book, parents));
    assert_int_equal(open[2], book_find_offer(&s->book, span_of_text("p")));
    offers_list_open(&s->book, &s->member, &s->moment, open, 2, &count);
    assert_int_equal(count, 2);
    assert_int_equal(open[1], book_find_offer(&s->book, parents));
}

static void offers_reason_row__answers_any_value(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= OFFERS_REASON_COUNT; i++)
        assert_non_null(offers_reason_row((enum offers_reason)i)->name);
    assert_string_equal(offers_reason_row(OFFERS_BEATEN_IN_LANE)->name, "beaten_in_lane");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(offers_price__minds_the_days_of_an_offer_with_the_last_one_included),
        TEST(offers_price__minds_weekdays_from_monday_to_sunday),
        TEST(offers_price__minds_hours_also_over_midnight),
        TEST(offers_price__minds_the_stores_of_the_offer_and_of_the_book),
        TEST(offers_price__minds_who_the_offer_is_for),
        TEST(offers_price__matches_items_and_categories_less_the_excluded_ones),
        TEST(offers_price__tells_items_from_categories_of_the_same_name),
        TEST(offers_price__asks_for_another_item_in_the_basket_where_a_condition_says_so),
        TEST(offers_list_open__shows_personal_offers_first_and_only_what_is_open),
        cmocka_unit_test(offers_reason_row__answers_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
