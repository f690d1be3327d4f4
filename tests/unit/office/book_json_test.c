/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON says stands in the binary book; faults and their places are tests/scenario/cli's. */
#include "office/book_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/civil.h"

#define HEAD                                                                                                 \
    "{\"format\": 1, \"version\": 7, \"programme\": \"club\", \"currency\": {\"code\": \"EUR\", "            \
    "\"exponent\": 2},"                                                                                      \
    "\"valid_from\": \"2026-06-01\", \"stores\": [\"s2\", \"s1\"], \"offers\": ["
#define OFFER(rest) "{\"id\": \"o\", \"version\": 3, \"names\": {\"en\": \"N\", \"pt\": \"P\"}, " rest "}"

struct made {
    struct book_image image;
    struct book book;
    struct book_offer offer;
};

static void compile(const char *text, struct made *out)
{
    struct findings findings = FINDINGS_NONE;
    enum err error = book_json_compile(span_of_text(text), &findings, &out->image);
    if (findings.count > 0)
        fail_msg("%u:%u %s: %s", findings.rows[0].place.line, findings.rows[0].place.column,
                 findings.rows[0].path, findings.rows[0].what);
    assert_int_equal(error, ERR_OK);
    assert_int_equal(book_open(out->image.bytes, &out->book), ERR_OK);
    if (book_offer_count(&out->book) > 0)
        book_offer_at(&out->book, 0, &out->offer);
    findings_done(&findings);
}

static void book_json_compile__carries_the_head_over(void **state)
{
    (void)state;
    struct made made;
    compile(HEAD "]}", &made);
    int32_t day;
    assert_int_equal(civil_parse_day(span_of_text("2026-06-01"), &day), ERR_OK);
    assert_int_equal(made.book.header.version, 7);
    assert_int_equal(made.book.header.valid_from_day, day);
    assert_string_equal(made.book.header.currency, "EUR");
    assert_true(span_is_equal(made.book.header.programme, span_of_text("club")));
    assert_int_equal(made.book.header.stores.count, 2);
    assert_int_equal(book_offer_count(&made.book), 0);
    book_image_done(&made.image);
}

static void book_json_compile__reads_money_and_rates_exactly(void **state)
{
    (void)state;
    struct made made;
    compile(
        HEAD OFFER(
            "\"audience\": \"anyone\", \"what\": {\"basket\": true, \"min_amount\": \"19.99\"}, \"give\": "
            "{\"kind\": \"percent_off\", \"percent\": \"33.33\", \"max_amount\": \"0.07\"}") "]}",
        &made);
    assert_int_equal(made.offer.kind, BOOK_PERCENT_OFF);
    assert_int_equal(made.offer.give.percent_bp, 3333);
    assert_int_equal(made.offer.give.max_amount_minor, 7);
    assert_int_equal(made.offer.scope, BOOK_TOGETHER); /* the basket's default */
    assert_int_equal(made.offer.conditions.count, 1);
    struct book_condition condition = book_condition_at(&made.book, &made.offer, 0);
    assert_int_equal(condition.kind, BOOK_MIN_AMOUNT);
    assert_int_equal(condition.value, 1999);
    book_image_done(&made.image);
}

static void book_json_compile__carries_who_when_and_where_over(void **state)
{
    (void)state;
    struct made made;
    compile(HEAD OFFER("\"audience\": {\"tiers\": [\"gold\", \"silver\"]}, \"when\": {\"until\": "
                       "\"2026-12-31\", \"weekdays\": "
                       "[\"sun\", \"mon\"], \"hours\": [{\"from\": \"22:00\", \"until\": \"02:00\"}]}, "
                       "\"where\": {\"stores\": "
                       "[\"s1\"]}, \"priority\": -4, \"exclusive\": \"basket\", \"what\": {\"items\": "
                       "[\"A\"]}, \"give\": "
                       "{\"kind\": \"fixed_price\", \"price\": \"1\"}") "]}",
            &made);
    assert_int_equal(made.offer.audience, BOOK_TIER);
    assert_int_equal(made.offer.who.count, 2);
    assert_int_equal(made.offer.from_day, BOOK_DAY_FIRST);
    assert_true(made.offer.until_day > made.book.header.valid_from_day);
    assert_int_equal(made.offer.weekdays, 1 << 6 | 1 << 0);
    assert_true(book_is_within_hours(&made.book, &made.offer, 23 * 60));
    assert_true(book_is_within_hours(&made.book, &made.offer, 1 * 60));
    assert_false(book_is_within_hours(&made.book, &made.offer, 2 * 60));
    assert_int_equal(made.offer.stores.count, 1);
    assert_int_equal(made.offer.priority, -4);
    assert_int_equal(made.offer.exclusive, BOOK_EXCLUSIVE_IN_BASKET);
    assert_int_equal(made.offer.scope, BOOK_EACH_UNIT); /* the default of a price on items */
    assert_int_equal(made.offer.give.amount_minor, 100);
    book_image_done(&made.image);
}

static void book_json_compile__carries_texts_and_deals_over(void **state)
{
    (void)state;
    struct made made;
    compile(
        HEAD OFFER(
            "\"messages\": {\"en\": \"M\"}, \"audience\": \"member\", \"what\": {\"categories\": [\"tea\"], "
            "\"except\": {\"items\": [\"T1\"]}}, \"give\": {\"kind\": \"buy_get\", \"buy\": 2, \"get\": 1, "
            "\"choose\": "
            "\"dearest\", \"of\": {\"items\": [\"CUP\"]}}") "]}",
        &made);
    assert_int_equal(made.offer.audience, BOOK_ANY_MEMBER);
    assert_int_equal(made.offer.give.percent_bp, 10000); /* free, unless it says how much off */
    assert_int_equal(made.offer.give.buy_units, 2);
    assert_int_equal(made.offer.give.choose, BOOK_DEAREST);
    assert_int_equal(made.offer.give.placement, BOOK_SPREAD);
    assert_true(made.offer.give.get != made.offer.target);
    struct book_selector target = book_selector_at(&made.book, made.offer.target);
    assert_false(target.everything);
    assert_int_equal(target.include.count, 1);
    assert_int_equal(target.exclude.count, 1);
    assert_true(span_is_equal(book_offer_text(&made.book, &made.offer, BOOK_NAME, span_of_text("pt-BR")),
                              span_of_text("P")));
    assert_true(span_is_equal(book_offer_text(&made.book, &made.offer, BOOK_MESSAGE, span_of_text("en")),
                              span_of_text("M")));
    book_image_done(&made.image);
}

static void book_json_compile__keeps_its_outputs_when_it_refuses(void **state)
{
    (void)state;
    struct book_image image = {NULL, {NULL, 77}};
    struct findings findings = FINDINGS_NONE;
    assert_int_equal(book_json_compile(span_of_text("[]"), &findings, &image), ERR_SYNTAX);
    assert_int_equal(image.bytes.size, 77);
    assert_int_equal(findings.error_count, 1);
    assert_int_equal(findings.warning_count, 0);
    findings_done(&findings);
}

static void findings_add__counts_what_it_has_no_room_for(void **state)
{
    (void)state;
    struct findings findings = FINDINGS_NONE;
    for (uint32_t i = 0; i < FINDINGS_MAX + 50; i++)
        findings_add(&findings, FINDING_WARNING, (struct place){FINDINGS_MAX + 50 - i, 1}, "", "", "%u", i);
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_int_equal(findings.warning_count, FINDINGS_MAX + 50);
    assert_false(findings.is_out_of_memory);
    findings_sort(&findings);
    for (size_t i = 1; i < findings.count; i++)
        assert_true(findings.rows[i - 1].place.line < findings.rows[i].place.line);
    findings_done(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(book_json_compile__carries_the_head_over),
        cmocka_unit_test(book_json_compile__reads_money_and_rates_exactly),
        cmocka_unit_test(book_json_compile__carries_who_when_and_where_over),
        cmocka_unit_test(book_json_compile__carries_texts_and_deals_over),
        cmocka_unit_test(book_json_compile__keeps_its_outputs_when_it_refuses),
        cmocka_unit_test(findings_add__counts_what_it_has_no_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
