/* SPDX-License-Identifier: Apache-2.0 */
/* How programs and pages are told that a card may earn, and not pay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "counter.h"
#include "harness/ok.h"

#include <stdio.h>

#define KEY(key) "Idempotency-Key: " key "\r\n"

static const uint8_t book_hash[HASH_SIZE] = {9};
static const struct span welcome[] = {{(const uint8_t *)"welcome", 7}};

static void expect(struct counter *counter, unsigned status, const char *part)
{
    if (counter->status != status || !counter_says(counter, part))
        fail_msg("%u %s, not %u with %s", counter->status, counter->body, status, part);
}

static void tell_alice(struct desk *desk)
{
    kassa_Member member = kassa_Member_init_zero;
    member.id.size = MEMBER_SIZE;
    memset(member.id.bytes, 0xA1, MEMBER_SIZE);
    member.points = 1000;
    member.points_as_of_unix_ms = 2000;
    member.allowance_points = 500;
    member.till_allowance_points = 700;
    member.coupons_count = 1;
    (void)snprintf(member.coupons[0].series, sizeof member.coupons[0].series, "welcome");
    (void)snprintf(member.coupons[0].serial, sizeof member.coupons[0].serial, "her-own");
    (void)snprintf(member.coupons[0].store, sizeof member.coupons[0].store, "%s", desk->settings.store);
    desk_tell_member(desk, DESK_ALICE, &member);
}

static struct shelf *open_shop(struct desk *desk)
{
    struct shelf *shelf = shelf_new();
    struct book_source_offer *off = shelf_offer(shelf, "welcome-10", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    off->coupons = welcome;
    off->coupon_count = 1;
    off->give.percent_bp = 1000;
    shelf->source.programme_rules = (struct book_programme){.burn_points = 100,
                                                            .burn_value_minor = 100,
                                                            .burn_as = BOOK_BURN_AS_DISCOUNT,
                                                            .offline_card_day_points = 500,
                                                            .offline_till_day_points = 700};
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ((struct till_settings *)(uintptr_t)till_get_settings(desk->till))->redeem_from = CARD_TRUST_STATIC;
    tell_alice(desk);
    return shelf;
}

static void show_card(struct counter *counter, const char *read)
{
    char body[96];
    (void)snprintf(body, sizeof body, "{\"number\":\"2900000000018\",\"read\":\"%s\"}", read);
    counter_ask(counter, "POST", "/v1/cards", "", body);
}

static void api__tells_how_a_member_was_known_and_whether_he_may_pay(void **state)
{
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    show_card(counter, "typed");
    expect(counter, 200,
           "\"technology\":\"barcode\",\"trust\":\"identify\",\"read\":\"typed\",\"reader\":0,\"may_redeem\":"
           "false");
    show_card(counter, "scan");
    expect(
        counter, 200,
        "\"technology\":\"barcode\",\"trust\":\"static\",\"read\":\"scan\",\"reader\":0,\"may_redeem\":true");
    shelf_delete(shelf);
}

static void api__refuses_points_and_coupons_of_a_card_that_may_not_pay_and_names_why(void **state)
{
    static const char commit[] = "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\"}]}";
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    show_card(counter, "typed");
    counter_ask(
        counter, "PUT", "/v1/basket", "",
        "{\"basket\":\"b1\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"20.00\"}]}");
    counter_ask(counter, "PUT", "/v1/basket/burn", "", "{\"points\":300}");
    expect(counter, 200, "\"refused\":\"card\"");
    counter_ask(counter, "POST", "/v1/basket/coupons", "", "{\"code\":\"her-own\"}");
    expect(counter, 200, "\"serial\":\"her-own\",\"state\":\"card\",\"redeemed\":false");
    expect(counter, 200, "\"reason\":\"coupon_card\"");
    expect(counter, 200, "\"total_minor\":2000");
    counter_ask(counter, "POST", "/v1/basket/reserve", "", "{\"basket\":\"b1\"}");
    expect(counter, 422, "\"field\":\"burn_points\",\"code\":\"card_trust\"");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"), commit);
    expect(counter, 422, "\"error\":\"range\",\"message\":\"this card may earn, and not pay");
    expect(counter, 422, "\"field\":\"burn_points\",\"code\":\"card_trust\"");
    show_card(counter, "scan");
    expect(counter, 200, "\"may_redeem\":true");
    counter_ask(counter, "GET", "/v1/basket", "", NULL);
    expect(counter, 200, "\"total_minor\":1500"); /* a tenth off, and 3.00 by points */
    expect(counter, 200, "\"serial\":\"her-own\",\"state\":\"fresh\",\"redeemed\":true");
    assert_false(counter_says(counter, "\"refused\""));
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"), commit);
    expect(counter, 201, "\"burned\":300");
    shelf_delete(shelf);
}

static void api__calls_a_coupon_unknown_that_is_unknown(void **state)
{
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    show_card(counter, "typed");
    counter_ask(
        counter, "PUT", "/v1/basket", "",
        "{\"basket\":\"b1\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"20.00\"}]}");
    counter_ask(counter, "POST", "/v1/basket/coupons", "", "{\"code\":\"not-hers\"}");
    expect(counter, 200, "\"state\":\"unknown\"");
    assert_false(counter_says(counter, "coupon_card"));
    shelf_delete(shelf);
}

#define LINES "\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"20.00\"}]"

static void put_with(struct counter *counter, const char *basket, const char *number)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"basket\":\"%s\",\"card\":{\"number\":\"%s\",\"read\":\"scan\"}," LINES "}", basket,
                   number);
    counter_ask(counter, "PUT", "/v1/basket", "", body);
}

static void api__takes_what_scanners_read_as_a_cards_number(void **state)
{
    static const struct {
        const char *number, *technology;
    } codes[] = {
        {"2900000000018", "barcode"},
        {"]E02900000000018", "barcode"},
        {"https://loyalty.example/c/2900000000018", "link"},
        {"]C1\\u001d8018950123456789012341", "gs1"},
        {"https://loyalty.example/8018/950123456789012341", "gs1"},
        {"KD1:a", "dynamic"},
    };
    struct counter *counter = *state;
    char body[160];
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        char wanted[64];
        (void)snprintf(body, sizeof body, "{\"number\":\"%s\",\"read\":\"scan\"}", codes[i].number);
        (void)snprintf(wanted, sizeof wanted, "\"card\":{\"technology\":\"%s\"", codes[i].technology);
        counter_ask(counter, "POST", "/v1/cards", "", body);
        expect(counter, 200, wanted);
        counter_ask(counter, "DELETE", "/v1/member", "", NULL);
    }
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"https://evil.example/c/2900000000018\"}");
    expect(counter, 422, "\"message\":\"the link is none of this programme's\",\"field\":\"number\"");
    counter_ask(counter, "POST", "/v1/cards", "",
                "{\"number\":\"https://loyalty.example/c/4111111111111111\",\"read\":\"scan\"}");
    expect(counter, 422, "payment card");
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":2900000000018}");
    expect(counter, 400, "\"field\":\"number\"");
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"https://loyalty.example/c/2900000000018\"}");
    expect(counter, 200, "\"technology\":\"link\",\"trust\":\"identify\",\"read\":\"typed\"");
}

static void api__takes_a_code_with_a_time_once_however_often_its_basket_is_put(void **state)
{
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    for (int i = 0; i < 3; i++) {
        put_with(counter, "b1", "KD1:a");
        expect(counter, 200, "\"technology\":\"dynamic\",\"trust\":\"proven\"");
    }
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\"}]}");
    expect(counter, 201, "\"member\":\"a1a1");
    put_with(counter, "b2", "KD1:a");
    expect(counter, 422, "\"field\":\"card.number\",\"code\":\"card_replayed\"");
    counter_ask(counter, "GET", "/v1/basket", "", NULL);
    expect(counter, 200, "\"basket\":null");
    put_with(counter, "b2", "KD1:b");
    expect(counter, 200, "\"trust\":\"proven\"");
    shelf_delete(shelf);
}

static void api__believes_a_code_no_more_than_a_copy_while_nobody_can_judge_it(void **state)
{
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    counter->is_disk_failing = true;
    put_with(counter, "b1", "KD1:a");
    expect(counter, 200, "\"technology\":\"dynamic\",\"trust\":\"static\"");
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"KD1:b\"}");
    expect(counter, 200, "\"technology\":\"dynamic\",\"trust\":\"static\"");
    shelf_delete(shelf);
}

static void api__answers_a_repeated_return_whatever_code_its_bringer_showed(void **state)
{
    static const char back[] =
        "{\"card\":{\"number\":\"KD1:a\",\"read\":\"scan\"},\"lines\":[{\"sku\":\"a\",\"quantity\":"
        "\"1\",\"unit_price\":\"1.00\"}]}";
    struct counter *counter = *state;
    for (int i = 0; i < 2; i++) {
        counter_ask(counter, "POST", "/v1/returns", KEY("r1"), back);
        expect(counter, 201, "\"kind\":\"return\"");
    }
    assert_int_equal(counter->taken, 0);
}

/* It says who brings the goods and pays nothing: he can still pay with it afterwards. */
static void api__takes_a_code_with_a_time_at_a_return_for_no_more_than_a_name(void **state)
{
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    counter_ask(counter, "POST", "/v1/returns", KEY("r1"),
                "{\"card\":{\"number\":\"KD1:a\",\"read\":\"scan\"}," LINES "}");
    expect(counter, 201, "\"kind\":\"return\"");
    ok(till_flush(counter->desk->till));
    const kassa_Loyalty *loyalty = &desk_receipt(counter->desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->technology, kassa_CardTechnology_CARD_DYNAMIC);
    assert_int_equal(loyalty->trust, kassa_CardTrust_TRUST_STATIC);
    put_with(counter, "b1", "KD1:a");
    expect(counter, 200, "\"technology\":\"dynamic\",\"trust\":\"proven\"");
    shelf_delete(shelf);
}

#define HEX_4(digit)  digit digit digit digit
#define HEX_16(digit) HEX_4(digit) HEX_4(digit) HEX_4(digit) HEX_4(digit)
#define TOKEN(digit)  "Authorization: Bearer " HEX_16(digit) HEX_16(digit) HEX_16(digit) HEX_16(digit) "\r\n"

/* The customer himself asks there: what he says of how it was read would make him pay with a number that he only knows. */
static void api__takes_a_number_at_a_kiosk_as_typed_whatever_it_is_said_to_be(void **state)
{
    static const struct {
        const char *token, *wanted;
    } rows[] = {
        {TOKEN("3"), "\"trust\":\"identify\",\"read\":\"typed\",\"reader\":0,\"may_redeem\":false"},
        {TOKEN("2"), "\"trust\":\"static\",\"read\":\"scan\",\"reader\":0,\"may_redeem\":true"},
    };
    struct counter *counter = *state;
    struct shelf *shelf = open_shop(counter->desk);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        counter_ask(counter, "POST", "/v1/cards", rows[i].token,
                    "{\"number\":\"2900000000018\",\"read\":\"scan\"}");
        expect(counter, 200, rows[i].wanted);
    }
    shelf_delete(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(api__tells_how_a_member_was_known_and_whether_he_may_pay,
                                        counter_setup, counter_teardown),
        cmocka_unit_test_setup_teardown(
            api__refuses_points_and_coupons_of_a_card_that_may_not_pay_and_names_why, counter_setup,
            counter_teardown),
        cmocka_unit_test_setup_teardown(api__calls_a_coupon_unknown_that_is_unknown, counter_setup,
                                        counter_teardown),
        cmocka_unit_test_setup_teardown(api__takes_what_scanners_read_as_a_cards_number, counter_setup,
                                        counter_teardown),
        cmocka_unit_test_setup_teardown(api__takes_a_code_with_a_time_once_however_often_its_basket_is_put,
                                        counter_setup, counter_teardown),
        cmocka_unit_test_setup_teardown(api__believes_a_code_no_more_than_a_copy_while_nobody_can_judge_it,
                                        counter_setup, counter_teardown),
        cmocka_unit_test_setup_teardown(api__takes_a_code_with_a_time_at_a_return_for_no_more_than_a_name,
                                        counter_setup, counter_teardown),
        cmocka_unit_test_setup_teardown(api__takes_a_number_at_a_kiosk_as_typed_whatever_it_is_said_to_be,
                                        counter_setup_guarded, counter_teardown),
        cmocka_unit_test_setup_teardown(api__answers_a_repeated_return_whatever_code_its_bringer_showed,
                                        counter_setup, counter_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
