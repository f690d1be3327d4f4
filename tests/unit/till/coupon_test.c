/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

#include "wire/coupon.h"

static const uint8_t book_hash[HASH_SIZE] = {9};
static const struct span spring[] = {{(const uint8_t *)"spring", 6}};

static enum err pay_rest(struct desk *desk, const char *basket, const char *key, struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    struct till_request request = desk_request(key, basket);
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

static struct shelf *open_coupon_shop(struct desk *desk)
{
    struct shelf *shelf = shelf_new();
    struct book_source_offer *off = shelf_offer(shelf, "spring-10", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    off->coupons = spring;
    off->coupon_count = 1;
    off->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    return shelf;
}

static enum till_coupon_state state_of_first(struct desk *desk)
{
    struct till_coupon coupons[TILL_COUPONS_MAX];
    assert_true(till_list_coupons(desk->till, coupons, TILL_COUPONS_MAX) > 0);
    return coupons[0].state;
}

static void till_present_coupon__unlocks_by_the_code_of_a_series_as_often_as_it_comes(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    for (int i = 0; i < 2; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "b%d", i);
        desk_put_basket(desk, id, 1000, 1);
        assert_int_equal(desk_total(desk), 1000);
        ok(till_present_coupon(desk->till, "spring", &desk->refusal));
        assert_int_equal(desk_total(desk), 900);
        ok(till_present_coupon(desk->till, "nobody-knows", &desk->refusal));
        assert_int_equal(desk_total(desk), 900);
        ok(pay_rest(desk, id, id, &out));
    }
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->coupons_count, 1);
    assert_string_equal(loyalty->coupons[0].series, "spring");
    assert_int_equal(loyalty->coupons[0].event, kassa_CouponEvent_COUPON_REDEEMED);
    shelf_delete(shelf);
}

static void sign_token_from(struct desk *desk, const char *serial, const char *store, int32_t from_day,
                            int32_t until_day, char out[COUPON_CODE_MAX + 1])
{
    static uint8_t secret[VAULT_PRIVATE_SIZE];
    static uint8_t public_keys[1][VAULT_PUBLIC_SIZE];
    struct wire_coupon coupon = {.valid_from_day = from_day, .valid_until_day = until_day};
    uint8_t statement[WIRE_COUPON_STATEMENT_MAX];
    size_t size = 0;
    memset(secret, 7, sizeof secret);
    ok(vault_public_key_of(secret, public_keys[0]));
    struct till_settings *settings = (struct till_settings *)(uintptr_t)till_get_settings(desk->till);
    desk->settings.coupon_keys = (const uint8_t(*)[VAULT_PUBLIC_SIZE])public_keys;
    desk->settings.coupon_key_count = 1;
    settings->coupon_keys = desk->settings.coupon_keys;
    settings->coupon_key_count = 1;
    ok(vault_key_id(public_keys[0], coupon.key_id));
    (void)snprintf(coupon.series, sizeof coupon.series, "spring");
    (void)snprintf(coupon.serial, sizeof coupon.serial, "%s", serial);
    (void)snprintf(coupon.store, sizeof coupon.store, "%s", store);
    ok(wire_coupon_statement(&coupon, statement, &size));
    ok(vault_sign(secret, span_of(statement, size), coupon.signature));
    ok(wire_coupon_write(&coupon, out));
}

static void sign_token(struct desk *desk, const char *serial, const char *store, int32_t until_day,
                       char out[COUPON_CODE_MAX + 1])
{
    sign_token_from(desk, serial, store, DESK_DAY - 1, until_day, out);
}

static void till_present_coupon__takes_a_signed_token_once_offline_and_after_a_power_cut(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    char token[COUPON_CODE_MAX + 1];
    sign_token(desk, "000123", "", 0, token);
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_int_equal(desk_total(desk), 900);
    ok(pay_rest(desk, "b1", "b1", &out));
    ok(pay_rest(desk, "b1", "b1", &out)); /* asked again: answered again */
    assert_true(out.is_replay);
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b2", 1000, 1);
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_int_equal(desk_total(desk), 1000);
    assert_int_equal(state_of_first(desk), TILL_COUPON_USED);
    ok(till_drop_basket(desk->till));
    struct till_void what = {.original = desk_receipt(desk, 1)->body.receipt.head.id};
    struct till_request request = desk_request("v1", "x");
    ok(till_void_receipt(desk->till, &request, &what, &out, &desk->refusal)); /* the void gives it back */
    desk_put_basket(desk, "b3", 1000, 1);
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_int_equal(desk_total(desk), 900);
    shelf_delete(shelf);
}

/* Whoever has a signed coupon has been given it; one that is merely listed as his a copied card shows to anybody. */
static void till_present_coupon__takes_a_signed_one_by_a_card_that_may_not_pay(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_settings *settings = (struct till_settings *)(uintptr_t)till_get_settings(desk->till);
    const struct till_card uid = {.text = DESK_ALICE,
                                  .technology = kassa_CardTechnology_CARD_UID,
                                  .read = kassa_CardRead_READ_NFC,
                                  .trust = CARD_TRUST_IDENTIFY};
    kassa_Member member = {.id = {.size = MEMBER_SIZE, .bytes = {0xA1}}, .coupons_count = 1};
    char token[COUPON_CODE_MAX + 1];
    settings->redeem_from = CARD_TRUST_STATIC;
    (void)snprintf(member.coupons[0].series, sizeof member.coupons[0].series, "spring");
    (void)snprintf(member.coupons[0].serial, sizeof member.coupons[0].serial, "000124");
    desk_tell_member(desk, DESK_ALICE, &member);
    sign_token(desk, "000124", "", 0, token);
    ok(till_see_card(desk->till, &uid));
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_false(till_may_redeem(desk->till));
    assert_int_equal(state_of_first(desk), TILL_COUPON_FRESH);
    assert_int_equal(desk_total(desk), 900);
    ok(till_drop_basket(desk->till));
    ok(till_see_card(desk->till, &uid));
    desk_put_basket(desk, "b2", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/000124", &desk->refusal));
    assert_int_equal(state_of_first(desk), TILL_COUPON_BY_CARD);
    shelf_delete(shelf);
}

static void till_present_coupon__refuses_what_is_forged_over_or_for_another_store(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    char token[COUPON_CODE_MAX + 1];
    const struct {
        const char *store;
        int32_t until_day;
        bool is_changed;
        enum till_coupon_state state;
    } rows[] = {
        {"s1", DESK_DAY, false, TILL_COUPON_FRESH},
        {"s2", 0, false, TILL_COUPON_WRONG_STORE},
        {"", DESK_DAY - 1, false, TILL_COUPON_EXPIRED},
        {"", 0, true, TILL_COUPON_FORGED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        sign_token(desk, "000124", rows[i].store, rows[i].until_day, token);
        if (rows[i].is_changed)
            token[30] = token[30] == 'A' ? 'B' : 'A';
        desk_put_basket(desk, "b1", 1000, 1);
        ok(till_present_coupon(desk->till, token, &desk->refusal));
        assert_int_equal(state_of_first(desk), rows[i].state);
        assert_int_equal(desk_total(desk), rows[i].state == TILL_COUPON_FRESH ? 900 : 1000);
        ok(till_withdraw_coupon(desk->till, token));
    }
    assert_int_equal(till_withdraw_coupon(desk->till, token), ERR_NOT_FOUND);
    shelf_delete(shelf);
}

static void till_present_coupon__takes_a_numbered_one_only_when_head_office_sets_it_aside(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    assert_int_equal(state_of_first(desk), TILL_COUPON_UNCERTAIN);
    assert_int_equal(desk_total(desk), 1000);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    assert_string_equal(desk->reserve.coupons[0].serial, "0042");
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_COUPON_USED, 0);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE);
    assert_string_equal(desk->refusal.field, "coupons");
    assert_int_equal(desk_total(desk), 1000); /* and the shopper may buy without it */
    ok(pay_rest(desk, "b1", "b1", &out));
    shelf_delete(shelf);
}

static void till_present_coupon__says_not_yet_until_its_first_day(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    char token[COUPON_CODE_MAX + 1];
    sign_token_from(desk, "000125", "", DESK_DAY + 1, DESK_DAY + 9, token);
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_int_equal(state_of_first(desk), TILL_COUPON_NOT_YET);
    assert_int_equal(desk_total(desk), 1000);
    desk->wall_unix_ms += INT64_C(86400000);
    desk->mono_ms += 86400000;
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(state_of_first(desk), TILL_COUPON_FRESH);
    assert_int_equal(desk_total(desk), 900);
    shelf_delete(shelf);
}

static void till_present_coupon__says_not_yet_when_head_office_does(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_COUPON_NOT_YET, 0);
    assert_int_equal(state_of_first(desk), TILL_COUPON_NOT_YET);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE);
    assert_string_equal(desk->refusal.reason, "the coupon cannot be used yet");
    shelf_delete(shelf);
}

static void till_present_coupon__of_another_member_is_good_when_the_right_card_taps(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    desk_put_member(desk, DESK_STRANGER, 7, 0, 1000);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    ok(desk_tap(desk, DESK_STRANGER));
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_COUPON_OTHERS, 0);
    assert_int_equal(state_of_first(desk), TILL_COUPON_UNKNOWN);
    assert_int_equal(desk_total(desk), 1000);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(state_of_first(desk), TILL_COUPON_FRESH);
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(out.total_minor, 900);
    shelf_delete(shelf);
}

static void till_present_coupon__that_was_used_is_used_whoever_taps(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_COUPON_USED, 0);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(state_of_first(desk), TILL_COUPON_USED);
    shelf_delete(shelf);
}

/* ------------------------------------------------------------------------------------- whose wishes they are */

static void till_put_basket__of_another_id_has_none_of_the_wishes_of_the_one_before(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_coupon coupons[TILL_COUPONS_MAX];
    struct till_burn burn;
    ok(desk_tap(desk, DESK_ALICE));
    ok(till_present_coupon(desk->till, "spring",
                           &desk->refusal)); /* before any basket: it is the first one's */
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(desk_total(desk), 900);
    ok(till_set_burn(desk->till, 50, &desk->refusal));
    desk_put_basket(desk, "b1", 1000, 2);
    assert_int_equal(desk_total(desk), 1800);
    desk_put_basket(desk, "b2", 1000, 1);
    assert_int_equal(desk_total(desk), 1000);
    assert_int_equal(till_list_coupons(desk->till, coupons, TILL_COUPONS_MAX), 0);
    till_get_burn(desk->till, &burn);
    assert_int_equal(burn.wanted, 0);
    shelf_delete(shelf);
}

static void till_put_basket__that_is_refused_leaves_the_wishes_of_the_one_that_stands(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_coupon coupons[TILL_COUPONS_MAX];
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring", &desk->refusal));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b2");
    (void)desk_ring_up(basket, "tea", 100, 1);
    basket->has_coupons = true;
    basket->coupon_count = 1;
    basket->coupons[0][0] = '\0';
    assert_int_equal(till_put_basket(desk->till, &desk->refusal), ERR_RANGE);
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(till_list_coupons(desk->till, coupons, TILL_COUPONS_MAX), 1);
    shelf_delete(shelf);
}

static void till_put_basket__of_another_id_gives_back_what_was_set_aside(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    assert_int_equal(till_reserve(desk->till, "b1", NULL, &desk->refusal), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    desk_put_basket(desk, "b2", 1000, 1);
    assert_int_equal(desk->release_count, 1);
    assert_string_equal(desk->released, desk->reserve.key);
    shelf_delete(shelf);
}

static void till_resume__needs_no_coupon_to_be_shown_again(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_coupon_shop(desk);
    struct till_coupon coupons[TILL_COUPONS_MAX];
    struct till_outcome out;
    char token[COUPON_CODE_MAX + 1];
    sign_token(desk, "000126", "", 0, token);
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_present_coupon(desk->till, "spring/0042", &desk->refusal));
    ok(till_present_coupon(desk->till, token, &desk->refusal));
    assert_int_equal(desk_total(desk), 900);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    desk_put_basket(desk, "b2", 1000, 1); /* somebody else, in between */
    assert_int_equal(desk_total(desk), 1000);
    ok(till_suspend(desk->till, "b2", &desk->refusal));
    desk_restart(desk); /* as after a power cut */
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(till_list_coupons(desk->till, coupons, TILL_COUPONS_MAX), 2);
    assert_string_equal(coupons[0].code, "spring/0042");
    assert_int_equal(coupons[0].state, TILL_COUPON_UNCERTAIN); /* as before: only head office knows it */
    assert_string_equal(coupons[1].code, token);
    assert_string_equal(coupons[1].serial, "000126");
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_string_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.coupons[0].serial, "000126");
    ok(till_resume(desk->till, "b2", &desk->refusal));
    assert_int_equal(desk_total(desk), 1000);
    shelf_delete(shelf);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_present_coupon__unlocks_by_the_code_of_a_series_as_often_as_it_comes),
        ON_DESK(till_present_coupon__takes_a_signed_token_once_offline_and_after_a_power_cut),
        ON_DESK(till_present_coupon__takes_a_signed_one_by_a_card_that_may_not_pay),
        ON_DESK(till_present_coupon__refuses_what_is_forged_over_or_for_another_store),
        ON_DESK(till_present_coupon__takes_a_numbered_one_only_when_head_office_sets_it_aside),
        ON_DESK(till_present_coupon__says_not_yet_until_its_first_day),
        ON_DESK(till_present_coupon__says_not_yet_when_head_office_does),
        ON_DESK(till_present_coupon__of_another_member_is_good_when_the_right_card_taps),
        ON_DESK(till_present_coupon__that_was_used_is_used_whoever_taps),
        ON_DESK(till_put_basket__of_another_id_has_none_of_the_wishes_of_the_one_before),
        ON_DESK(till_put_basket__that_is_refused_leaves_the_wishes_of_the_one_that_stands),
        ON_DESK(till_put_basket__of_another_id_gives_back_what_was_set_aside),
        ON_DESK(till_resume__needs_no_coupon_to_be_shown_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
