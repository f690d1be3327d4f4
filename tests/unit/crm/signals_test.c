/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of fraud: histories made by hand, some just below what is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define NOON_MS   (DAY_MS * SHOP_DAY + 12 * HOUR_MS)

static const struct crm_fraud fraud = {.together = 4,
                                       .velocity_hour = 3,
                                       .velocity_day = 5,
                                       .late_credit = 1,
                                       .late_s = 60,
                                       .replayed = 1,
                                       .guessed = 3,
                                       .tap_replayed = 3,
                                       .tap_copied = 2};

static int set_up(void **state)
{
    int error = shop_set_up(state);
    struct shop *shop = *state;
    shop->intake.fraud = &fraud;
    shop->intake.hub_unix_ms = NOON_MS + 30 * DAY_MS;
    return error;
}

static struct shop_receipt *sale(struct shop *shop, unsigned till, uint64_t number, int64_t unix_ms,
                                 uint8_t card, const char *operator)
{
    struct shop_receipt *receipt = shop_receipt(shop, till, number, (int32_t)(unix_ms / DAY_MS), card);
    kassa_Receipt *head = &receipt->record.body.receipt.head;
    receipt->record.head.wall_unix_ms = head->end_unix_ms = unix_ms;
    (void)snprintf(head->operator, sizeof(head->operator), "%s", operator);
    head->loyalty.card_token.size = TOKEN_SIZE;
    head->loyalty.card_token.bytes[0] = card;
    head->loyalty.points_earned = 1;
    return receipt;
}

struct found {
    const char *rule;
    crm_Signal signal;
    unsigned count; /* of that rule */
};

static bool find_rule(void *context, const crm_Signal *signal)
{
    struct found *found = context;
    if (strcmp(signal->rule, found->rule) == 0) {
        found->signal = *signal;
        found->count++;
    }
    return true;
}

static struct found find(struct shop *shop, const char *rule)
{
    struct found found = {.rule = rule};
    ok(crm_signal_scan(&shop->txn, find_rule, &found));
    return found;
}

static void crm_signals__tell_a_card_and_a_cashier_that_meet_too_often(void **state)
{
    struct shop *shop = *state;
    for (uint64_t i = 0; i < 4; i++) {
        shop_take_receipt(shop, 0, sale(shop, 0, i + 1, NOON_MS + (int64_t)i * DAY_MS, 1, "ann"));
        shop_take_receipt(shop, 1,
                          sale(shop, 1, i + 1, NOON_MS + (int64_t)i * DAY_MS, 2, i == 3 ? "bob" : "ann"));
        shop_take_receipt(shop, 2, sale(shop, 2, i + 1, NOON_MS + (int64_t)i * 3 * DAY_MS, 3, "ann"));
        assert_int_equal(find(shop, "together").count, i < 3 ? 0 : 1);
    }
    struct found found = find(shop, "together");
    assert_string_equal(found.signal.operator, "ann");
    assert_int_equal(found.signal.card.bytes[0], 1);
    assert_int_equal(found.signal.card.size, 4);
    assert_int_equal(found.signal.most, 4);
    assert_int_equal(found.signal.threshold, 4);
    assert_int_equal(found.signal.sightings_count, 4);
    assert_int_equal(found.signal.sightings[3].number, 4);
    assert_string_equal(found.signal.sightings[3].till, "till-1");
}

static void crm_signals__tell_a_card_that_is_too_fast_at_all_tills_together(void **state)
{
    struct shop *shop = *state;
    static const int64_t minutes[] = {0, 59, 60, 119, 179}; /* never three in an hour */
    for (unsigned i = 0; i < COUNT_OF(minutes); i++)
        shop_take_receipt(shop, i % 3, sale(shop, i % 3, i + 1, NOON_MS + minutes[i] * MINUTE_MS, 1, ""));
    assert_int_equal(find(shop, "velocity_hour").count, 0);
    assert_int_equal(find(shop, "velocity_day").count, 1);
    assert_int_equal(find(shop, "together").count, 0); /* nobody is named */
    shop_take_receipt(
        shop, 3, sale(shop, 3, 1, NOON_MS + 90 * MINUTE_MS, 1, "")); /* it comes late, and stands between */
    struct found found = find(shop, "velocity_hour");
    assert_int_equal(found.count, 1);
    assert_int_equal(found.signal.most, 3);
    assert_string_equal(found.signal.sightings[3].till, "till-4");
}

static void crm_signals__tell_points_that_come_after_the_receipt(void **state)
{
    struct shop *shop = *state;
    struct shop_receipt *late = sale(shop, 0, 1, NOON_MS, 1, "ann");
    late->record.head.wall_unix_ms += 60000;
    shop_take_receipt(shop, 0, late);
    struct shop_receipt *nobodys = sale(shop, 0, 2, NOON_MS, 2, "ann");
    nobodys->record.head.wall_unix_ms += HOUR_MS;
    nobodys->record.body.receipt.head.loyalty.points_earned = 0;
    shop_take_receipt(shop, 0, nobodys);
    assert_int_equal(find(shop, "late_credit").count, 0);
    late = sale(shop, 0, 3, NOON_MS, 3, "ann");
    late->record.head.wall_unix_ms += 60001;
    shop_take_receipt(shop, 0, late);
    struct shop_receipt *again = sale(shop, 1, 1, NOON_MS, 4, "bob");
    again->record.body.receipt.head.reentered = true;
    shop_take_receipt(shop, 1, again);
    struct found found = find(shop, "late_credit");
    assert_int_equal(found.count, 2); /* a row a till */
    assert_string_equal(found.signal.till, "till-2");
    assert_string_equal(found.signal.operator, "bob");
}

static void crm_signals__tell_a_receipt_number_that_comes_twice(void **state)
{
    struct shop *shop = *state;
    shop_take_receipt(shop, 0, sale(shop, 0, 1, NOON_MS, 1, "ann"));
    shop_take_receipt(shop, 1, sale(shop, 1, 1, NOON_MS, 2, "ann"));
    shop_take_receipt(shop, 0, sale(shop, 0, 1, NOON_MS + DAY_MS, 3, "ann")); /* another day */
    assert_int_equal(find(shop, "replayed").count, 0);
    shop_take_receipt(shop, 0, sale(shop, 0, 1, NOON_MS, 4, "ann"));
    struct found found = find(shop, "replayed");
    assert_int_equal(found.count, 1);
    assert_string_equal(found.signal.till, "till-1");
    assert_int_equal(found.signal.sightings[0].number, 1);
}

static void tap(struct shop *shop, uint8_t card, int64_t unix_ms)
{
    struct wire_record record = {
        .head = {.kind = kassa_RecordKind_RECORD_CARD_SEEN, .wall_unix_ms = unix_ms}};
    record.body.card_seen.card_token.size = TOKEN_SIZE;
    record.body.card_seen.card_token.bytes[0] = card;
    shop_take(shop, 0, &record);
}

static void enrol_with_card(struct shop *shop, uint8_t member, uint8_t card)
{
    crm_Member row = crm_Member_init_zero;
    row.has_member = true;
    row.member.id.size = MEMBER_SIZE;
    row.member.id.bytes[0] = member;
    row.member.card_tokens_count = 1;
    row.member.card_tokens[0].size = TOKEN_SIZE;
    row.member.card_tokens[0].bytes[0] = card;
    ok(crm_member_put(&shop->txn, &row));
}

/* A till that was set back to an old image gives its numbers again: neither receipt is lost. */
static void crm_receipt__stands_beside_another_one_of_its_number(void **state)
{
    struct shop *shop = *state;
    crm_Receipt receipt;
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct shop_receipt *made = shop_receipt(shop, 0, 77, SHOP_DAY, 0);
        made->record.body.receipt.head.total_minor = (int64_t)(1000 * seq);
        shop_take(shop, 0, &made->record);
    }
    kassa_ReceiptId id = shop_receipt(shop, 0, 77, SHOP_DAY, 0)->record.body.receipt.head.id;
    ok(crm_receipt_get(&shop->txn, &id, &receipt));
    assert_int_equal(receipt.total_minor, 3000);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct store_record_id record = {.till = "till-1", .incarnation = receipt.incarnation, .seq = seq};
        crm_Receipt own;
        ok(crm_receipt_get_of_record(&shop->txn, &id, &record, &own));
        assert_int_equal(own.total_minor, 1000 * seq);
    }
    assert_int_equal(shop_totals(shop).currencies[0].sales_minor, 6000);
}

static void crm_signals__tell_guesses_and_not_the_same_card_again_or_one_that_is_known(void **state)
{
    struct shop *shop = *state;
    struct crm_asker asker = {"till-1", "store-1", NOON_MS + 40 * MINUTE_MS};
    enrol_with_card(shop, 1, 99);
    tap(shop, 1, NOON_MS);
    tap(shop, 1, NOON_MS + MINUTE_MS);
    tap(shop, 99, NOON_MS + 2 * MINUTE_MS); /* unknown at its till, not here */
    tap(shop, 2, NOON_MS + 3 * MINUTE_MS);
    assert_int_equal(find(shop, "guessed").count, 0);
    kassa_Reserve asked = {.key = "k", .business_day = SHOP_DAY, .coupons_count = 1};
    kassa_Reservation answer;
    asked.coupons[0] = (kassa_CouponRow){.series = "spring", .serial = "123"};
    ok(crm_reserve(&shop->txn, &asker, &asked, &answer));
    ok(crm_note_coupon_guess(&shop->txn, &fraud, &asker, &asked, &answer));
    struct found found = find(shop, "guessed");
    assert_int_equal(found.count, 1);
    assert_string_equal(found.signal.till, "till-1");
    assert_int_equal(found.signal.card.size, 0);
    uint8_t code[TOKEN_SIZE] = {5};
    asker.till = "till-2";
    for (uint8_t i = 0; i < 3; i++) {
        asker.hub_unix_ms += i == 2 ? HOUR_MS : MINUTE_MS; /* the third an hour later */
        code[1] = i;
        ok(crm_note_gift_guess(&shop->txn, &fraud, &asker, code));
    }
    assert_int_equal(find(shop, "guessed").count, 1);
    code[1] = 7;
    ok(crm_note_gift_guess(&shop->txn, &fraud, &asker, code));
    code[1] = 8;
    ok(crm_note_gift_guess(&shop->txn, &fraud, &asker, code));
    assert_int_equal(find(shop, "guessed").count, 2);
}

static void take_tap(struct shop *shop, unsigned till, uint8_t card, unsigned tap_name, int64_t unix_ms)
{
    struct wire_record record = {
        .head = {.kind = kassa_RecordKind_RECORD_CARD_SEEN, .wall_unix_ms = unix_ms}};
    kassa_CardSeen *seen = &record.body.card_seen;
    seen->card_token.size = TOKEN_SIZE;
    seen->card_token.bytes[0] = card;
    seen->member.size = MEMBER_SIZE;
    seen->member.bytes[0] = card;
    seen->tap.size = tap_name == 0 ? 0 : sizeof(seen->tap.bytes);
    seen->tap.bytes[6] = (uint8_t)(tap_name >> 8);
    seen->tap.bytes[7] = (uint8_t)tap_name;
    shop_take(shop, till, &record);
}

static void crm_signals__tell_one_tap_that_two_tills_took_and_no_card_that_taps_often(void **state)
{
    struct shop *shop = *state;
    for (uint8_t i = 1; i <= 6; i++) {
        take_tap(shop, i % 3, 9, i, NOON_MS + i * MINUTE_MS); /* one card, another tap each time */
        take_tap(shop, i % 3, 8, 0, NOON_MS + i * MINUTE_MS); /* a card whose taps are all alike */
    }
    take_tap(shop, 0, 7, 200, NOON_MS);
    take_tap(shop, 0, 7, 200, NOON_MS + MINUTE_MS); /* read twice by one till */
    take_tap(shop, 2, 7, 200, NOON_MS + 8 * DAY_MS);
    assert_int_equal(find(shop, "tap_copied").count, 0);
    take_tap(shop, 1, 7, 200, NOON_MS + 6 * DAY_MS);
    struct found found = find(shop, "tap_copied");
    assert_int_equal(found.count, 1);
    assert_int_equal(found.signal.card.bytes[0], 7);
    assert_int_equal(found.signal.member.bytes[0], 7);
    assert_int_equal(found.signal.sightings_count, 3);
    assert_string_equal(found.signal.sightings[0].till, "till-1");
    assert_string_equal(found.signal.sightings[1].till, "till-2");
}

static void crm_signals__tell_a_till_that_is_shown_old_taps_again_and_again(void **state)
{
    struct shop *shop = *state;
    for (unsigned i = 0; i < 3; i++) {
        struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_TILL_FAULT,
                                              .wall_unix_ms = NOON_MS + (int64_t)i * 12 * HOUR_MS}};
        for (unsigned k = 0; k < 2; k++) {
            (void)snprintf(record.body.till_fault.code, sizeof(record.body.till_fault.code),
                           k == 0 ? "card.replayed" : "reader.out");
            shop_take(shop, 0, &record);
        }
        assert_int_equal(find(shop, "tap_replayed").count, 0); /* never three in a day */
    }
    struct wire_record record = {
        .head = {.kind = kassa_RecordKind_RECORD_TILL_FAULT, .wall_unix_ms = NOON_MS + HOUR_MS}};
    (void)snprintf(record.body.till_fault.code, sizeof(record.body.till_fault.code), "card.replayed");
    shop_take(shop, 0, &record);
    struct found found = find(shop, "tap_replayed");
    assert_int_equal(found.count, 1);
    assert_string_equal(found.signal.till, "till-1");
    assert_int_equal(found.signal.most, 3);
}

static void crm_signals__are_off_where_their_threshold_is_zero(void **state)
{
    struct shop *shop = *state;
    static const struct crm_fraud none = {.together = 0};
    shop->intake.fraud = &none;
    for (uint64_t i = 1; i <= 40; i++)
        shop_take_receipt(shop, 0, sale(shop, 0, i % 2, NOON_MS + (int64_t)i, 1, "ann"));
    struct found found = find(shop, "together");
    assert_int_equal(found.count + find(shop, "velocity_day").count + find(shop, "replayed").count, 0);
}

/* A row holds only the newest; a signal stays one for ninety days, what is merely counted goes after its window. */
static void crm_signals__hold_the_newest_and_are_forgotten_in_the_end(void **state)
{
    struct shop *shop = *state;
    for (uint64_t i = 1; i <= 50; i++)
        shop_take_receipt(shop, 0, sale(shop, 0, i, NOON_MS + (int64_t)i * MINUTE_MS, 1, "ann"));
    struct found found = find(shop, "velocity_hour");
    assert_int_equal(found.signal.most, 7); /* as many as a row of that threshold holds */
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(found.signal.sightings[i].number, 44 + i);
    bool is_done = false;
    for (int64_t days = 89; days <= 92; days += 3) {
        for (is_done = false; !is_done;)
            ok(crm_refresh(&shop->txn, NOON_MS + days * DAY_MS, 10, &is_done));
        assert_int_equal(find(shop, "velocity_hour").count, days == 89 ? 1 : 0);
    }
}

static bool count_row(void *context, struct span key, struct span body)
{
    (void)key;
    (void)body;
    ++*(unsigned *)context;
    return true;
}

static unsigned count_rows(const struct shop *shop, enum store_kind kind)
{
    unsigned count = 0;
    ok(store_scan(&shop->txn, kind, span_of(NULL, 0), count_row, &count));
    return count;
}

/* A busy day leaves more than one round of forgetting takes. */
static void crm_refresh__goes_on_until_nothing_old_is_left(void **state)
{
    struct shop *shop = *state;
    for (unsigned i = 1; i <= 700; i++)
        take_tap(shop, 0, 7, i, NOON_MS);
    assert_true(count_rows(shop, STORE_SIGNALS) >= 700);
    const int64_t later = NOON_MS + 100 * DAY_MS;
    bool is_done = false, is_due = true;
    for (unsigned rounds = 0; is_due && rounds < 100; rounds++) {
        ok(crm_refresh(&shop->txn, later, 10, &is_done));
        ok(crm_refresh_is_due(&shop->txn, later, &is_due));
        assert_int_equal(is_done, !is_due);
    }
    assert_true(is_done);
    assert_int_equal(count_rows(shop, STORE_SIGNALS), 0);
}

static bool has_bytes(struct span in, struct span wanted)
{
    for (size_t i = 0; i + wanted.size <= in.size; i++) {
        if (memcmp(in.bytes + i, wanted.bytes, wanted.size) == 0)
            return true;
    }
    return false;
}

static bool check_no_token(void *context, struct span key, struct span body)
{
    (void)key;
    assert_false(has_bytes(body, span_of(context, TOKEN_SIZE)));
    return true;
}

static void crm_signals__hold_no_whole_token_of_a_card(void **state)
{
    struct shop *shop = *state;
    uint8_t token[TOKEN_SIZE];
    for (uint8_t i = 0; i < TOKEN_SIZE; i++)
        token[i] = (uint8_t)(i * 17 + 1);
    for (uint64_t i = 1; i <= 5; i++) {
        struct shop_receipt *receipt = sale(shop, 0, i, NOON_MS, 1, "ann");
        memcpy(receipt->record.body.receipt.head.loyalty.card_token.bytes, token, TOKEN_SIZE);
        shop_take_receipt(shop, 0, receipt);
    }
    assert_int_equal(find(shop, "together").count, 1);
    ok(store_scan(&shop->txn, STORE_SIGNALS, span_of(NULL, 0), check_no_token, token));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_signals__tell_a_card_and_a_cashier_that_meet_too_often),
        CASE(crm_signals__tell_a_card_that_is_too_fast_at_all_tills_together),
        CASE(crm_signals__tell_points_that_come_after_the_receipt),
        CASE(crm_signals__tell_a_receipt_number_that_comes_twice),
        CASE(crm_receipt__stands_beside_another_one_of_its_number),
        CASE(crm_signals__tell_guesses_and_not_the_same_card_again_or_one_that_is_known),
        CASE(crm_signals__tell_one_tap_that_two_tills_took_and_no_card_that_taps_often),
        CASE(crm_signals__tell_a_till_that_is_shown_old_taps_again_and_again),
        CASE(crm_signals__are_off_where_their_threshold_is_zero),
        CASE(crm_signals__hold_the_newest_and_are_forgotten_in_the_end),
        CASE(crm_refresh__goes_on_until_nothing_old_is_left),
        CASE(crm_signals__hold_no_whole_token_of_a_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
