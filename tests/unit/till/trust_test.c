/* SPDX-License-Identifier: Apache-2.0 */
/* What a member may take out who was known by a card that anybody could have copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"
#include "offers/conditions_cel.h"

#include <stdio.h>
#include <stdlib.h>

#define ALICES_TAG "num:2900000000032" /* another card of hers */
#define SERIAL     "00000001-20778-7-0"

static const uint8_t book_hash[HASH_SIZE] = {9};
static const struct span welcome[] = {{(const uint8_t *)"welcome", 7}};

static void add_token(const struct desk *desk, kassa_Member *member, const char *card)
{
    pb_size_t at = member->card_tokens_count++;
    member->card_tokens[at].size = TOKEN_SIZE;
    ok(vault_card_token(&desk->settings.peppers.rows[0], card, member->card_tokens[at].bytes));
}

static kassa_Member alice(const struct desk *desk)
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
    (void)snprintf(member.coupons[0].serial, sizeof member.coupons[0].serial, SERIAL);
    (void)snprintf(member.coupons[0].store, sizeof member.coupons[0].store, "%s", desk->settings.store);
    add_token(desk, &member, DESK_ALICE);
    add_token(desk, &member, ALICES_TAG);
    return member;
}

/* 100 points are worth 1.00; a point a euro is earned; the coupon takes a tenth off. */
static struct shelf *open_shop(struct desk *desk, enum card_trust redeem_from)
{
    struct till_settings *settings = (struct till_settings *)(uintptr_t)till_get_settings(desk->till);
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
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
    desk->settings.redeem_from = redeem_from;
    settings->redeem_from = redeem_from;
    kassa_Member member = alice(desk);
    desk_tell_member(desk, DESK_ALICE, &member);
    return shelf;
}

static void tap_as(struct desk *desk, const char *text, kassa_CardTechnology technology,
                   enum card_trust trust)
{
    const struct till_card card = {
        .text = text, .technology = technology, .read = kassa_CardRead_READ_NFC, .trust = trust};
    ok(till_see_card(desk->till, &card));
}

static void tap_uid(struct desk *desk)
{
    tap_as(desk, DESK_ALICE, kassa_CardTechnology_CARD_UID, CARD_TRUST_IDENTIFY);
}

static void tap_sun(struct desk *desk)
{
    tap_as(desk, ALICES_TAG, kassa_CardTechnology_CARD_SUN, CARD_TRUST_PROVEN);
}

static enum err pay_rest(struct desk *desk, const char *basket, struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    struct till_request request = desk_request(basket, basket);
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

static enum till_burn_refusal burn_refused(const struct desk *desk)
{
    struct till_burn burn;
    till_get_burn(desk->till, &burn);
    return burn.refused;
}

static enum till_coupon_state state_of_first(struct desk *desk)
{
    struct till_coupon coupons[TILL_COUPONS_MAX];
    assert_true(till_list_coupons(desk->till, coupons, TILL_COUPONS_MAX) > 0);
    return coupons[0].state;
}

static void till_commit__lets_a_card_that_may_not_pay_earn_all_the_same(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    struct till_outcome out;
    tap_uid(desk);
    assert_false(till_may_redeem(desk->till));
    desk_put_basket(desk, "b1", 2000, 1);
    ok(pay_rest(desk, "b1", &out));
    assert_int_equal(out.points_earned, 20);
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.trust, kassa_CardTrust_TRUST_IDENTIFY);
    shelf_delete(shelf);
}

static void till_commit__refuses_the_points_of_a_card_that_may_not_pay_and_says_why(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    struct till_outcome out;
    struct till_burn burn;
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    till_get_burn(desk->till, &burn);
    assert_int_equal(burn.refused, TILL_BURN_BY_CARD);
    assert_int_equal(burn.available, 0);
    assert_int_equal(desk_total(desk), 2000);
    assert_int_equal(till_reserve(desk->till, "b1", NULL, &desk->refusal), ERR_RANGE);
    assert_int_equal(pay_rest(desk, "b1", &out), ERR_RANGE);
    assert_string_equal(desk->refusal.field, "burn_points");
    assert_string_equal(desk->refusal.code, TILL_CODE_CARD_TRUST);
    ok(till_set_burn(desk->till, 0, &desk->refusal));
    ok(pay_rest(desk, "b1", &out));
    assert_int_equal(out.points_burned, 0);
    shelf_delete(shelf);
}

static void till_see_card__lets_a_surer_card_of_the_member_pay_in_the_same_basket(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_PROVEN);
    struct till_outcome out;
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    assert_int_equal(burn_refused(desk), TILL_BURN_BY_CARD);
    desk_forget_events(desk);
    tap_sun(desk);
    assert_true(desk_heard(desk, TILL_MEMBER));
    assert_true(desk_heard(desk, TILL_BASKET));
    assert_false(desk_heard(desk, TILL_MEMBER_GONE));
    assert_true(till_may_redeem(desk->till));
    assert_int_equal(burn_refused(desk), TILL_BURN_FITS);
    assert_int_equal(desk_total(desk), 1700);
    ok(pay_rest(desk, "b1", &out));
    assert_int_equal(out.points_burned, 300);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->trust, kassa_CardTrust_TRUST_PROVEN);
    assert_int_equal(loyalty->technology, kassa_CardTechnology_CARD_SUN);
    shelf_delete(shelf);
}

static void till_see_card__never_lowers_what_the_member_has_proven(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_PROVEN);
    struct till_outcome out;
    tap_sun(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    desk_forget_events(desk);
    tap_uid(desk);
    assert_int_equal(desk->event_count, 0);
    assert_int_equal(desk_total(desk), 1700);
    ok(pay_rest(desk, "b1", &out));
    tap_uid(desk); /* the next sale begins anew */
    assert_false(till_may_redeem(desk->till));
    shelf_delete(shelf);
}

static void till_see_card__raises_the_same_card_that_was_typed_before_it_was_scanned(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    for (int i = 0; i < 3; i++) {
        struct till_basket *basket = till_stage_basket(desk->till);
        (void)snprintf(basket->id, sizeof basket->id, "b1");
        (void)snprintf(basket->card_text, sizeof basket->card_text, DESK_ALICE);
        basket->card.read = i == 0 ? kassa_CardRead_READ_TYPED : kassa_CardRead_READ_SCAN;
        basket->card.technology = kassa_CardTechnology_CARD_BARCODE;
        basket->card.trust = i == 0 ? CARD_TRUST_IDENTIFY : CARD_TRUST_STATIC;
        (void)desk_ring_up(basket, "tea", 100, 1);
        ok(till_put_basket(desk->till, &desk->refusal));
        assert_int_equal(till_may_redeem(desk->till), i > 0);
    }
    ok(till_flush(desk->till));
    unsigned seen = 0;
    for (uint64_t seq = 1; seq <= desk_last_seq(desk); seq++)
        seen += desk_kind_at(desk, seq) == kassa_RecordKind_RECORD_CARD_SEEN;
    assert_int_equal(seen, 2); /* once for each, however often the basket is put */
    shelf_delete(shelf);
}

static void till_see_card__lets_nobody_pay_with_the_points_of_another_by_a_surer_card(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_PROVEN);
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    tap_as(desk, DESK_STRANGER, kassa_CardTechnology_CARD_SUN, CARD_TRUST_PROVEN);
    assert_int_equal(desk_state(desk), SALE_OPEN_STRANGER);
    assert_int_equal(desk_total(desk), 2000);
    tap_uid(desk);
    assert_false(till_may_redeem(desk->till));
    assert_int_equal(desk_total(desk), 2000);
    shelf_delete(shelf);
}

static void till_present_coupon__keeps_a_members_own_coupon_for_a_card_that_may_pay(void **state)
{
    static const char *const codes[] = {SERIAL, "welcome/" SERIAL};
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        tap_uid(desk);
        desk_put_basket(desk, "b1", 2000, 1);
        ok(till_present_coupon(desk->till, codes[i], &desk->refusal));
        assert_int_equal(state_of_first(desk), TILL_COUPON_BY_CARD);
        assert_int_equal(desk_total(desk), 2000);
        tap_sun(desk);
        assert_int_equal(desk_total(desk),
                         i == 0 ? 1800 : 2000); /* the other one is for head office to judge */
        assert_int_not_equal(state_of_first(desk), TILL_COUPON_BY_CARD);
        ok(till_drop_basket(desk->till));
        ok(till_leave_member(desk->till));
    }
    shelf_delete(shelf);
}

static void till_present_coupon__takes_a_coupon_that_is_nobodys_with_any_card(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_PROVEN);
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_present_coupon(desk->till, "welcome", &desk->refusal));
    assert_int_equal(state_of_first(desk), TILL_COUPON_FRESH);
    assert_int_equal(desk_total(desk), 1800);
    shelf_delete(shelf);
}

static void till_resume__believes_a_card_as_far_as_it_was_when_the_basket_was_put_aside(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_PROVEN);
    for (int is_proven = 0; is_proven < 2; is_proven++) {
        char id[8];
        (void)snprintf(id, sizeof id, "b%d", is_proven);
        if (is_proven)
            tap_sun(desk);
        else
            tap_uid(desk);
        desk_put_basket(desk, id, 2000, 1);
        ok(till_suspend(desk->till, id, &desk->refusal));
        desk_restart(desk);
        ok(till_use_book(desk->till, &shelf->book, book_hash));
        ok(till_resume(desk->till, id, &desk->refusal));
        assert_int_equal(till_may_redeem(desk->till), is_proven);
        ok(till_drop_basket(desk->till));
        ok(till_leave_member(desk->till));
    }
    shelf_delete(shelf);
}

static void type_card(struct desk *desk)
{
    const struct till_card card = {.text = DESK_ALICE,
                                   .technology = kassa_CardTechnology_CARD_BARCODE,
                                   .read = kassa_CardRead_READ_TYPED,
                                   .trust = CARD_TRUST_IDENTIFY};
    ok(till_see_card(desk->till, &card));
}

/* A barcode that was scanned would be static: a typed one does not become so on the way, whoever was served meanwhile and whether
 * the power was cut. */
static void till_resume__believes_a_typed_card_no_more_than_before(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    struct till_outcome out;
    for (int i = 0; i < 3; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "b%d", i);
        type_card(desk);
        desk_put_basket(desk, id, 2000, 1);
        ok(till_set_burn(desk->till, 300, &desk->refusal));
        ok(till_suspend(desk->till, id, &desk->refusal));
        if (i == 1) {
            tap_as(desk, DESK_STRANGER, kassa_CardTechnology_CARD_SUN, CARD_TRUST_PROVEN);
            desk_put_basket(desk, "other", 1000, 1);
            ok(till_suspend(desk->till, "other", &desk->refusal));
        }
        if (i == 2) {
            desk_restart(desk);
            ok(till_use_book(desk->till, &shelf->book, book_hash));
        }
        ok(till_resume(desk->till, id, &desk->refusal));
        assert_false(till_may_redeem(desk->till));
        assert_int_equal(burn_refused(desk), TILL_BURN_BY_CARD);
        assert_int_equal(desk_total(desk), 2000);
        assert_int_equal(pay_rest(desk, id, &out), ERR_RANGE);
        assert_string_equal(desk->refusal.code, TILL_CODE_CARD_TRUST);
        ok(till_set_burn(desk->till, 0, &desk->refusal));
        ok(pay_rest(desk, id, &out));
        assert_int_equal(desk_receipt(desk, (uint64_t)i + 1)->body.receipt.head.loyalty.trust,
                         kassa_CardTrust_TRUST_IDENTIFY);
    }
    shelf_delete(shelf);
}

static struct span compile(const char *text, void **memory)
{
    struct cel_source source = {.text = span_of_text(text),
                                .declarations = conditions_cel_declarations(false)};
    struct cel_program program;
    struct cel_faults faults;
    *memory = malloc(CEL_MEMORY_SIZE);
    assert_non_null(*memory);
    struct arena arena = arena_of(*memory, CEL_MEMORY_SIZE);
    ok(cel_compile(&source, &arena, &program, &faults));
    return program.bytes;
}

static void till_put_basket__has_offers_for_points_by_a_card_that_may_not_pay_with_them(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    void *memory = NULL;
    struct book_source_offer *rich = shelf_offer(shelf, "rich", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    rich->condition = compile("member.points == 1000", &memory);
    rich->give.percent_bp = 500;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    assert_false(till_may_redeem(desk->till));
    assert_int_equal(desk_total(desk), 1900);
    shelf_delete(shelf);
    free(memory);
}

static kassa_CardSeen last_seen(struct desk *desk)
{
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct journal_record record;
    struct wire_record seen;
    struct arena none = arena_of(NULL, 0);
    ok(till_flush(desk->till));
    uint64_t last = desk_last_seq(desk);
    while (desk_kind_at(desk, last) != kassa_RecordKind_RECORD_CARD_SEEN)
        last--;
    ok(journal_read(desk->journal, last, bytes, sizeof bytes, &record));
    ok(wire_record_decode(record.bytes, &none, &seen));
    return seen.body.card_seen;
}

/* The chain's pepper is changed: one card of hers is in the cache under the old one, the other under the new one as well. */
static void till_see_card__records_no_older_token_of_another_card(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    const uint8_t pepper[VAULT_PEPPER_SIZE] = {42};
    kassa_Member member = alice(desk);
    ok(vault_pepper_add(&desk->settings.peppers, 2, pepper));
    add_token(desk, &member, ALICES_TAG);
    desk_tell_member(desk, ALICES_TAG, &member);
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    tap_uid(desk);
    assert_int_equal(last_seen(desk).earlier_token.size, TOKEN_SIZE);
    tap_sun(desk);
    assert_int_equal(last_seen(desk).technology, kassa_CardTechnology_CARD_SUN);
    assert_int_equal(last_seen(desk).card_token.bytes[0], 2);
    assert_int_equal(last_seen(desk).earlier_token.size, 0);
    shelf_delete(shelf);
}

static void till_enrol__believes_a_typed_number_no_more_than_a_typed_card(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_STATIC);
    struct till_outcome out;
    struct till_enrolment enrolled = {.record = kassa_MemberEnrolled_init_zero};
    struct till_request request = desk_request("e1", "x");
    (void)snprintf(enrolled.first_name, sizeof enrolled.first_name, "Bob");
    ok(till_enrol(desk->till, &request, "num:2900000000049", &enrolled, &out));
    assert_int_equal(till_get_member(desk->till)->card.trust, CARD_TRUST_IDENTIFY);
    assert_false(till_may_redeem(desk->till));
    shelf_delete(shelf);
}

static void till_may_redeem__asks_nothing_where_the_programme_asks_nothing(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, CARD_TRUST_NONE);
    struct till_outcome out;
    tap_uid(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    ok(pay_rest(desk, "b1", &out));
    assert_int_equal(out.points_burned, 300);
    shelf_delete(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(till_commit__lets_a_card_that_may_not_pay_earn_all_the_same,
                                        desk_setup, desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_commit__refuses_the_points_of_a_card_that_may_not_pay_and_says_why, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(till_see_card__lets_a_surer_card_of_the_member_pay_in_the_same_basket,
                                        desk_setup, desk_teardown),
        cmocka_unit_test_setup_teardown(till_see_card__never_lowers_what_the_member_has_proven, desk_setup,
                                        desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_see_card__raises_the_same_card_that_was_typed_before_it_was_scanned, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_see_card__lets_nobody_pay_with_the_points_of_another_by_a_surer_card, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_present_coupon__keeps_a_members_own_coupon_for_a_card_that_may_pay, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(till_present_coupon__takes_a_coupon_that_is_nobodys_with_any_card,
                                        desk_setup, desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_resume__believes_a_card_as_far_as_it_was_when_the_basket_was_put_aside, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(
            till_put_basket__has_offers_for_points_by_a_card_that_may_not_pay_with_them, desk_setup,
            desk_teardown),
        cmocka_unit_test_setup_teardown(till_see_card__records_no_older_token_of_another_card, desk_setup,
                                        desk_teardown),
        cmocka_unit_test_setup_teardown(till_enrol__believes_a_typed_number_no_more_than_a_typed_card,
                                        desk_setup, desk_teardown),
        cmocka_unit_test_setup_teardown(till_resume__believes_a_typed_card_no_more_than_before, desk_setup,
                                        desk_teardown),
        cmocka_unit_test_setup_teardown(till_may_redeem__asks_nothing_where_the_programme_asks_nothing,
                                        desk_setup, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
