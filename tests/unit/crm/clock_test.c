/* SPDX-License-Identifier: Apache-2.0 */
/* Tills whose clocks are wrong by years, and what that does to members: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

#define MS_PER_DAY INT64_C(86400000)
#define TEN_YEARS  3652

static struct shop_receipt *earning(struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                    int64_t points)
{
    return shop_earning(
        shop, till, number, day,
        (kassa_EarnRow){.points = points, .available_day = day + 14, .expires_day = day + 100});
}

/* From here on the tills' clocks may be anywhere. */
static void set_time(struct shop *shop, int32_t day)
{
    shop->is_clock_off = true;
    shop->intake.hub_unix_ms = MS_PER_DAY * day + MS_PER_DAY / 2;
}

static void crm_clock__years_ahead_lets_no_points_expire(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100));
    shop_take_receipt(shop, 1, earning(shop, 1, 1, SHOP_DAY + TEN_YEARS, 7));
    assert_int_equal(shop_account(shop, 1).today, SHOP_DAY);
    shop_take_receipt(shop, 0, earning(shop, 0, 2, SHOP_DAY, 30));
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.balance, 137);
    assert_int_equal(account.moved[LEDGER_EXPIRED], 0);
    set_time(shop, SHOP_DAY + 20);
    shop_take_receipt(shop, 0, shop_burning(shop, 0, 3, SHOP_DAY + 20, 137));
    assert_int_equal(shop_account(shop, 1).owed, 0);
}

static void crm_clock__years_ahead_gives_points_the_life_that_they_have(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    shop_take_receipt(shop, 1, earning(shop, 1, 1, SHOP_DAY + TEN_YEARS, 7));
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.lots[0].earned_day, SHOP_DAY);
    assert_int_equal(account.lots[0].available_day, SHOP_DAY + 14);
    assert_int_equal(account.lots[0].expires_day, SHOP_DAY + 100);
}

static void crm_clock__far_behind_gives_points_the_life_that_they_have(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    struct shop_receipt *receipt = earning(shop, 1, 1, SHOP_DAY - TEN_YEARS, 7);
    shop_loyalty(receipt)->balance_as_of_unix_ms = MS_PER_DAY * (SHOP_DAY - 1);
    shop_take_receipt(shop, 1, receipt);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.balance, 7);
    assert_int_equal(account.lots[0].earned_day, SHOP_DAY - 1);
    assert_int_equal(account.lots[0].expires_day, SHOP_DAY + 99);
}

static void crm_clock__far_behind_brings_no_expired_points_back(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY - 200, 100)); /* gone since SHOP_DAY - 100 */
    shop_take_receipt(shop, 0, earning(shop, 0, 2, SHOP_DAY - 50, 40));
    set_time(shop, SHOP_DAY);
    struct shop_receipt *receipt = shop_burning(shop, 1, 1, SHOP_DAY - 150, 40);
    shop_loyalty(receipt)->balance_as_of_unix_ms = MS_PER_DAY * (SHOP_DAY - 1);
    shop_take_receipt(shop, 1, receipt);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.moved[LEDGER_EXPIRED], -100);
    assert_int_equal(account.balance, 0);
    assert_int_equal(account.owed, 0);
}

static void crm_clock__of_a_till_that_was_without_a_line_is_believed(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY - 200, 100));
    set_time(shop, SHOP_DAY);
    struct shop_receipt *receipt = shop_burning(shop, 1, 1, SHOP_DAY - 150, 40);
    shop_loyalty(receipt)->balance_as_of_unix_ms = MS_PER_DAY * (SHOP_DAY - 151);
    shop_take_receipt(shop, 1, receipt);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.moved[LEDGER_BURNED], -40);
    assert_int_equal(account.owed, 0); /* they were there on that day */
}

static void crm_clock__that_is_off_by_two_minutes_is_believed(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    shop->intake.hub_unix_ms = MS_PER_DAY * (SHOP_DAY + 1) - 60000;
    struct shop_receipt *receipt = earning(shop, 0, 1, SHOP_DAY + 1, 5);
    receipt->record.body.receipt.head.end_unix_ms = MS_PER_DAY * (SHOP_DAY + 1) + 59000;
    shop_take_receipt(shop, 0, receipt);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.last.business_day, SHOP_DAY + 1);
    assert_true(account.last.unix_ms == MS_PER_DAY * (SHOP_DAY + 1) + 59000);
}

static void crm_clock__of_another_day_than_utc_is_believed(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY); /* noon: in Auckland the next day has begun */
    struct shop_receipt *receipt = earning(shop, 0, 1, SHOP_DAY + 1, 5);
    receipt->record.head.utc_offset_min = 780;
    receipt->record.body.receipt.head.end_unix_ms = shop->intake.hub_unix_ms;
    shop_take_receipt(shop, 0, receipt);
    assert_int_equal(shop_account(shop, 1).last.business_day, SHOP_DAY + 1);
}

/* What is folded anew comes out as it did, though it is long since taken. */
static void crm_clock__is_put_right_the_same_way_when_the_account_is_folded_anew(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100));
    shop_take_receipt(shop, 1, earning(shop, 1, 1, SHOP_DAY + TEN_YEARS, 7));
    set_time(shop, SHOP_DAY + 5);
    shop_take_receipt(shop, 2, earning(shop, 2, 1, SHOP_DAY - 1, 3)); /* late: folded from the first */
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.balance, 110);
    assert_int_equal(account.today, SHOP_DAY);
    assert_int_equal(account.lots[2].expires_day, SHOP_DAY + 100);
}

static struct wire_record void_of(const struct shop_receipt *sale, uint64_t number, int32_t day)
{
    struct wire_record undone = {
        .head = {.kind = kassa_RecordKind_RECORD_VOID, .wall_unix_ms = MS_PER_DAY * day + 9000}};
    undone.body.voided = (kassa_Void){.has_id = true,
                                      .id = {.store = "store-1", .business_day = day, .number = number},
                                      .has_original = true,
                                      .original = sale->record.body.receipt.head.id,
                                      .total_minor = 1000,
                                      .points_earned = sale->record.body.receipt.head.loyalty.points_earned,
                                      .currency = "EUR",
                                      .exponent = 2};
    memcpy(undone.body.voided.id.till, sale->record.body.receipt.head.id.till, TILL_ID_MAX);
    undone.body.voided.member.size = MEMBER_SIZE;
    undone.body.voided.member.bytes[0] = 1;
    return undone;
}

static bool note_counter(void *context, const crm_Counter *counter)
{
    *(crm_Counter *)context = *counter;
    return true;
}

static crm_Counter counter_of(struct shop *shop)
{
    uint8_t id[MEMBER_SIZE] = {1};
    crm_Counter counter = {.used = -1};
    ok(crm_counter_scan(&shop->txn, id, note_counter, &counter));
    return counter;
}

static struct shop_receipt *using_a_limit(struct shop *shop, int32_t day)
{
    struct shop_receipt *sale = earning(shop, 1, 1, day, 50);
    kassa_Loyalty *loyalty = shop_loyalty(sale);
    loyalty->uses_count = 1;
    loyalty->uses[0] = (kassa_OfferUse){.offer = "o",
                                        .per = kassa_LimitPer_LIMIT_PER_MEMBER,
                                        .period = kassa_LimitPeriod_LIMIT_DAY,
                                        .since_day = day,
                                        .amount = 1,
                                        .most = 1};
    loyalty->coupons_count = 1;
    loyalty->coupons[0] = (kassa_CouponRow){.series = "next",
                                            .serial = "1",
                                            .event = kassa_CouponEvent_COUPON_ISSUED,
                                            .valid_from_day = day + 1,
                                            .valid_until_day = day + 30};
    return sale;
}

static void crm_clock__moves_limits_and_coupons_with_the_day_and_a_void_finds_them(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    set_time(shop, SHOP_DAY);
    struct shop_receipt *sale = using_a_limit(shop, SHOP_DAY + TEN_YEARS);
    shop_take_receipt(shop, 1, sale);
    assert_int_equal(counter_of(shop).since_day, SHOP_DAY);
    assert_int_equal(counter_of(shop).used, 1);
    assert_int_equal(shop_member(shop, 1).coupons[0].valid_until_day, SHOP_DAY + 30);
    set_time(shop, SHOP_DAY + 3);
    struct wire_record undone = void_of(sale, 2, SHOP_DAY + 3 + TEN_YEARS);
    shop_take(shop, 1, &undone);
    assert_int_equal(shop->ack.quarantined_count, 0);
    assert_int_equal(counter_of(shop).since_day, SHOP_DAY);
    assert_int_equal(counter_of(shop).used, 0);
    assert_int_equal(shop_account(shop, 1).balance, 0);
    assert_int_equal(shop_account(shop, 1).today, SHOP_DAY + 3);
}

static void crm_clock__of_a_void_that_came_first_is_put_right_too(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100));
    struct shop_receipt *sale = using_a_limit(shop, SHOP_DAY);
    set_time(shop, SHOP_DAY + 3);
    struct wire_record undone = void_of(sale, 2, SHOP_DAY + TEN_YEARS);
    shop_take(shop, 1, &undone);
    set_time(shop, SHOP_DAY + 9);
    shop_take_receipt(shop, 1, sale);
    assert_int_equal(counter_of(shop).used, 0);
    assert_int_equal(shop_account(shop, 1).balance, 100);
    assert_int_equal(shop_account(shop, 1).today, SHOP_DAY + 3);
}

static kassa_ReserveStatus ask_points(struct shop *shop, const char *key, int32_t day)
{
    kassa_Reserve asked = {.points = 40, .business_day = day};
    kassa_Reservation answer;
    struct crm_asker asker = {"till-1", "store-1", shop->intake.hub_unix_ms};
    memcpy(asked.key, key, strlen(key));
    asked.member.size = MEMBER_SIZE;
    asked.member.bytes[0] = 1;
    ok(crm_reserve(&shop->txn, &asker, &asked, &answer));
    return answer.status;
}

static void crm_clock__that_is_wrong_neither_hides_points_nor_brings_them_back(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY - 50, 40));
    set_time(shop, SHOP_DAY);
    assert_int_equal(ask_points(shop, "ahead", SHOP_DAY + TEN_YEARS), kassa_ReserveStatus_RESERVE_GRANTED);
    set_time(shop, SHOP_DAY + 100);
    assert_int_equal(ask_points(shop, "behind", SHOP_DAY), kassa_ReserveStatus_RESERVE_REFUSED);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, shop_set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_clock__years_ahead_lets_no_points_expire),
        CASE(crm_clock__years_ahead_gives_points_the_life_that_they_have),
        CASE(crm_clock__far_behind_gives_points_the_life_that_they_have),
        CASE(crm_clock__far_behind_brings_no_expired_points_back),
        CASE(crm_clock__of_a_till_that_was_without_a_line_is_believed),
        CASE(crm_clock__that_is_off_by_two_minutes_is_believed),
        CASE(crm_clock__of_another_day_than_utc_is_believed),
        CASE(crm_clock__is_put_right_the_same_way_when_the_account_is_folded_anew),
        CASE(crm_clock__moves_limits_and_coupons_with_the_day_and_a_void_finds_them),
        CASE(crm_clock__of_a_void_that_came_first_is_put_right_too),
        CASE(crm_clock__that_is_wrong_neither_hides_points_nor_brings_them_back),
    };
    return cmocka_run_group_tests_name("crm_clock", tests, NULL, NULL);
}
