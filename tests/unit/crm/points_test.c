/* SPDX-License-Identifier: Apache-2.0 */
/* What receipts do to members: lots, stamps, coupons, limits, gift value, tiers, debts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

static struct shop_receipt *earning(struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                    int64_t points, int32_t available_day, int32_t expires_day)
{
    return shop_earning(
        shop, till, number, day,
        (kassa_EarnRow){.points = points, .available_day = available_day, .expires_day = expires_day});
}

static void crm_points__tell_what_is_there_pending_and_next_to_expire(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100, SHOP_DAY + 14, SHOP_DAY + 365));
    shop_take_receipt(shop, 0, earning(shop, 0, 2, SHOP_DAY, 30, SHOP_DAY, SHOP_DAY + 60));
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.points, 30);
    assert_int_equal(member.points_pending, 100);
    assert_int_equal(member.expiring_points, 30);
    assert_int_equal(member.expires_day, SHOP_DAY + 60);
    assert_int_equal(member.lots_count, 2);
    assert_int_equal(member.lots[1].available_day, SHOP_DAY + 14);
    assert_int_equal(member.visits, 2);
    assert_int_equal(shop_totals(shop).points, 130);
}

static void crm_points__are_the_same_in_whatever_order_tills_come_back(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    /* till 2 was without a line: what it sold yesterday comes after what till 1 sold today */
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY - 2, 50, SHOP_DAY - 2, SHOP_DAY + 9));
    shop_take_receipt(shop, 0, shop_burning(shop, 0, 2, SHOP_DAY, 60));
    assert_int_equal(shop_account(shop, 1).owed, 10);
    assert_int_equal(shop_totals(shop).points_owed, 10);
    shop_take_receipt(shop, 1, earning(shop, 1, 1, SHOP_DAY - 1, 40, SHOP_DAY - 1, SHOP_DAY + 5));
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.owed, 0);
    assert_int_equal(account.debt_count, 0); /* it never was one */
    assert_int_equal(account.balance, 30);
    assert_int_equal(account.lots[0].left, 30); /* the lot of yesterday ended sooner and went first */
    assert_int_equal(account.lots[1].left, 0);
    assert_int_equal(shop_totals(shop).points, 30);
    assert_int_equal(shop_totals(shop).points_owed, 0);
}

static void crm_points__of_a_return_go_back_where_they_came_from(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100, SHOP_DAY, SHOP_DAY + 30));
    struct shop_receipt *burned = shop_burning(shop, 0, 2, SHOP_DAY, 80);
    shop_take_receipt(shop, 0, burned);
    struct shop_receipt *back = shop_burning(shop, 1, 1, SHOP_DAY + 1, -80);
    shop_return_of(back, burned, 1000);
    shop_take_receipt(shop, 1, back);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.lots[0].left, 100);
    assert_int_equal(account.lots[0].expires_day, SHOP_DAY + 30);
    assert_int_equal(account.moved[LEDGER_GIVEN_BACK], 80);
}

static void crm_points__of_a_void_are_undone_with_all_else(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100, SHOP_DAY, 0));
    struct shop_receipt *sale = shop_burning(shop, 0, 2, SHOP_DAY, 80);
    kassa_Loyalty *loyalty = shop_loyalty(sale);
    loyalty->stamps_count = 1;
    loyalty->stamps[0] = (kassa_StampRow){.card = "coffee", .count = 3, .card_size = 10};
    loyalty->coupons_count = 1;
    loyalty->coupons[0] =
        (kassa_CouponRow){.series = "s", .serial = "1", .event = kassa_CouponEvent_COUPON_ISSUED};
    shop_take_receipt(shop, 0, sale);
    assert_int_equal(shop_member(shop, 1).stamps[0].count, 3);
    assert_int_equal(shop_member(shop, 1).coupons_count, 1);
    struct wire_record undone = {
        .head = {.kind = kassa_RecordKind_RECORD_VOID, .wall_unix_ms = INT64_C(86400000) * SHOP_DAY + 9000}};
    undone.body.voided =
        (kassa_Void){.has_id = true,
                     .id = {.store = "store-1", .till = "till-1", .business_day = SHOP_DAY, .number = 3},
                     .has_original = true,
                     .original = sale->record.body.receipt.head.id,
                     .total_minor = 1000,
                     .currency = "EUR",
                     .exponent = 2};
    undone.body.voided.member.size = MEMBER_SIZE;
    undone.body.voided.member.bytes[0] = 1;
    shop_take(shop, 0, &undone);
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.points, 100);
    assert_int_equal(member.stamps[0].count, 0);
    assert_int_equal(member.coupons_count, 0);
    assert_int_equal(member.visits, 1);
    assert_int_equal(shop_account(shop, 1).years[0].spent_minor, 1000);
}

static void crm_points__of_a_void_that_came_before_its_receipt_are_the_same(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    struct shop_receipt *sale = earning(shop, 0, 2, SHOP_DAY, 80, SHOP_DAY, 0);
    kassa_Loyalty *loyalty = shop_loyalty(sale);
    loyalty->stamps_count = 1;
    loyalty->stamps[0] = (kassa_StampRow){.card = "coffee", .count = 3, .card_size = 10};
    struct wire_record undone = {
        .head = {.kind = kassa_RecordKind_RECORD_VOID, .wall_unix_ms = INT64_C(86400000) * SHOP_DAY + 9000}};
    undone.body.voided =
        (kassa_Void){.has_id = true,
                     .id = {.store = "store-1", .till = "till-1", .business_day = SHOP_DAY, .number = 3},
                     .has_original = true,
                     .original = sale->record.body.receipt.head.id,
                     .total_minor = 1000,
                     .points_earned = 80,
                     .currency = "EUR",
                     .exponent = 2};
    undone.body.voided.member.size = MEMBER_SIZE;
    undone.body.voided.member.bytes[0] = 1;
    shop_take(shop, 0, &undone);
    shop_take_receipt(shop, 0, sale);
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.points, 0);
    assert_int_equal(member.points_owed, 0);
    assert_int_equal(member.stamps[0].count, 0);
    assert_int_equal(member.visits, 0);
}

/* A hostile till: it voids what is not its own, the same twice, and writes receipts in another's name. */
static void crm_take_batch__believes_a_till_of_its_own_receipts_alone(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    struct shop_receipt *sale = earning(shop, 0, 2, SHOP_DAY, 80, SHOP_DAY, 0);
    shop_take_receipt(shop, 0, sale);
    struct wire_record undone = {
        .head = {.kind = kassa_RecordKind_RECORD_VOID, .wall_unix_ms = INT64_C(86400000) * SHOP_DAY + 9000}};
    undone.body.voided =
        (kassa_Void){.has_id = true,
                     .id = {.store = "store-1", .till = "till-2", .business_day = SHOP_DAY, .number = 3},
                     .has_original = true,
                     .original = sale->record.body.receipt.head.id,
                     .total_minor = 1000,
                     .currency = "EUR",
                     .exponent = 2};
    shop_take(shop, 1, &undone);
    assert_string_equal(shop->ack.quarantined[0].reason, err_name(ERR_ARGUMENT));
    struct shop_receipt *forged = earning(shop, 0, 2, SHOP_DAY, 5, SHOP_DAY, 0);
    shop_take(shop, 1, &forged->record); /* till-1's number, sent by till-2 */
    assert_string_equal(shop->ack.quarantined[0].reason, err_name(ERR_ARGUMENT));
    assert_int_equal(shop_member(shop, 1).points, 80);
    memcpy(undone.body.voided.id.till, shop->tills[0].id, sizeof(undone.body.voided.id.till));
    for (unsigned i = 0; i < 2; i++) {
        undone.body.voided.id.number = 4 + i;
        shop_take(shop, 0, &undone);
        assert_int_equal(shop->ack.quarantined_count, i);
        assert_int_equal(shop_member(shop, 1).points, 0);
        assert_int_equal(shop_totals(shop).currencies[0].voids_minor, -1000);
    }
    assert_string_equal(shop->ack.quarantined[0].reason, err_name(ERR_CONFLICT));
}

/* P a sale, R a return of half of it at another till, V the void, W the void of R. */
static void take_letter(struct shop *shop, char letter)
{
    struct shop_receipt *sale = earning(shop, 0, 2, SHOP_DAY, 80, SHOP_DAY, 0);
    kassa_Loyalty *loyalty = shop_loyalty(sale);
    loyalty->burned_count = 1;
    loyalty->burned[0].points = 40;
    loyalty->points_burned = 40;
    loyalty->stamps_count = 1;
    loyalty->stamps[0] = (kassa_StampRow){.card = "coffee", .count = 4, .card_size = 10};
    loyalty->uses_count = 1;
    loyalty->uses[0] = (kassa_OfferUse){.offer = "o",
                                        .what = kassa_LimitWhat_LIMIT_UNITS,
                                        .per = kassa_LimitPer_LIMIT_PER_MEMBER,
                                        .amount = 6,
                                        .most = 9};
    struct shop_receipt *back = shop_receipt(shop, 1, 1, SHOP_DAY, 1);
    kassa_Loyalty *taken = shop_loyalty(back);
    shop_return_of(back, sale, 500);
    taken->earned_count = 1;
    taken->earned[0] = (kassa_EarnRow){.points = -40, .original_row = 1, .original_line = 1};
    taken->points_earned = -40;
    taken->burned_count = 1;
    taken->burned[0] = (kassa_BurnRow){.points = -20, .original_line = 1};
    taken->points_burned = -20;
    taken->return_policy = kassa_ReturnPolicy_RETURN_UNLIMITED;
    taken->stamps_count = 1;
    taken->stamps[0] = (kassa_StampRow){.card = "coffee", .count = -2, .card_size = 10};
    taken->uses_count = 1;
    taken->uses[0] = loyalty->uses[0];
    taken->uses[0].amount = -3;
    unsigned till = letter == 'R' || letter == 'W' ? 1 : 0;
    const struct shop_receipt *original = letter == 'W' ? back : sale;
    struct wire_record undone = {
        .head = {.kind = kassa_RecordKind_RECORD_VOID, .wall_unix_ms = INT64_C(86400000) * SHOP_DAY + 9000}};
    undone.body.voided = (kassa_Void){.has_id = true,
                                      .id = {.store = "store-1", .business_day = SHOP_DAY, .number = 3},
                                      .has_original = true,
                                      .original = original->record.body.receipt.head.id,
                                      .total_minor = original->record.body.receipt.head.total_minor,
                                      .points_earned = letter == 'W' ? -40 : 80,
                                      .currency = "EUR",
                                      .exponent = 2};
    memcpy(undone.body.voided.id.till, shop->tills[till].id, sizeof(undone.body.voided.id.till));
    undone.body.voided.member.size = MEMBER_SIZE;
    undone.body.voided.member.bytes[0] = 1;
    shop_take(shop, till, letter == 'P' ? &sale->record : letter == 'R' ? &back->record : &undone);
    assert_int_equal(shop->ack.quarantined_count, 0);
}

static bool count_debt(void *context, const crm_Debt *debt)
{
    crm_Debt *last = context;
    *last = *debt;
    return true;
}

static crm_Debt last_debt(struct shop *shop)
{
    crm_Debt debt = crm_Debt_init_zero;
    ok(crm_debt_scan(&shop->txn, count_debt, &debt));
    return debt;
}

static void void_in_order(void **state, const char *order)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 2, earning(shop, 2, 1, SHOP_DAY - 1, 100, SHOP_DAY - 1, 0));
    for (const char *letter = order; *letter != '\0'; letter++)
        take_letter(shop, *letter);
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.points, 100);
    assert_int_equal(member.points_owed, 0);
    assert_int_equal(member.stamps[0].count, 0);
    for (pb_size_t i = 0; i < member.counters_count; i++)
        assert_int_equal(member.counters[i].used, 0);
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.years[0].spent_minor, 1000);
    assert_int_equal(account.visits, 1);
    assert_int_equal(shop_totals(shop).points, 100);
    /* the void has paid for what the return has paid for too */
    bool is_owed = strchr(order, 'R') != NULL && strchr(order, 'W') == NULL;
    assert_int_equal(last_debt(shop).amount, is_owed ? 500 : 0);
    assert_string_equal(last_debt(shop).reason, is_owed ? "returned_twice" : "");
    assert_string_equal(last_debt(shop).what, is_owed ? "till-1 2/1" : "");
}

#define VOID_IN_ORDER(order)                                                                                 \
    static void crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_##order(void **state)           \
    {                                                                                                        \
        void_in_order(state, #order);                                                                        \
    }
VOID_IN_ORDER(PV)
VOID_IN_ORDER(PRV)
VOID_IN_ORDER(PVR)
VOID_IN_ORDER(VPR)
VOID_IN_ORDER(VRP)
VOID_IN_ORDER(RVP)
VOID_IN_ORDER(RPV)
VOID_IN_ORDER(PRWV)
VOID_IN_ORDER(PRVW)
VOID_IN_ORDER(PVRW)
VOID_IN_ORDER(PVWR)

static void crm_debts__are_rows_and_go_when_they_are_paid(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 50, SHOP_DAY, 0));
    shop_take_receipt(shop, 1, shop_burning(shop, 1, 1, SHOP_DAY, 50));
    shop_take_receipt(shop, 2,
                      shop_burning(shop, 2, 1, SHOP_DAY, 50)); /* two tills without a line, one balance */
    assert_string_equal(last_debt(shop).reason, "points");
    assert_int_equal(last_debt(shop).amount, 50);
    assert_int_equal(last_debt(shop).unit, crm_DebtUnit_UNIT_POINTS);
    assert_int_equal(shop_member(shop, 1).points, -50);
    shop_take_receipt(shop, 0, earning(shop, 0, 2, SHOP_DAY + 1, 70, SHOP_DAY + 1, 0));
    assert_int_equal(last_debt(shop).amount, 0);
    assert_int_equal(shop_member(shop, 1).points, 20);
}

static void crm_coupons__are_used_once_and_twice_is_a_debt(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    struct shop_receipt *issue = shop_receipt(shop, 0, 1, SHOP_DAY, 1);
    shop_loyalty(issue)->coupons_count = 1;
    shop_loyalty(issue)->coupons[0] = (kassa_CouponRow){.series = "spring",
                                                        .serial = "a1",
                                                        .event = kassa_CouponEvent_COUPON_ISSUED,
                                                        .valid_from_day = SHOP_DAY + 1,
                                                        .valid_until_day = SHOP_DAY + 30};
    shop_take_receipt(shop, 0, issue);
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.coupons_count, 1);
    assert_string_equal(member.coupons[0].serial, "a1");
    for (unsigned i = 1; i < 3; i++) {
        struct shop_receipt *use = shop_receipt(shop, i, 1, SHOP_DAY + 1, i == 1 ? 1 : 0);
        shop_loyalty(use)->coupons_count = 1;
        shop_loyalty(use)->coupons[0] =
            (kassa_CouponRow){.series = "spring", .serial = "a1", .event = kassa_CouponEvent_COUPON_REDEEMED};
        shop_take_receipt(shop, i, use);
        assert_int_equal(last_debt(shop).amount, i - 1);
    }
    assert_string_equal(last_debt(shop).reason, "coupon_used_twice");
    assert_string_equal(last_debt(shop).what, "spring a1");
    assert_int_equal(last_debt(shop).unit, crm_DebtUnit_UNIT_COUPONS);
    assert_int_equal(shop_member(shop, 1).coupons_count, 0);
}

/* What issued it came back in part, so that it is not earned any more: but it was used already. */
static void crm_coupons__that_are_withdrawn_after_their_use_are_a_debt(void **state)
{
    struct shop *shop = *state;
    static const kassa_CouponEvent events[] = {kassa_CouponEvent_COUPON_ISSUED,
                                               kassa_CouponEvent_COUPON_REDEEMED,
                                               kassa_CouponEvent_COUPON_WITHDRAWN};
    shop_enrol(shop, 1);
    struct shop_receipt *issue = shop_receipt(shop, 0, 1, SHOP_DAY, 1);
    for (unsigned i = 0; i < COUNT_OF(events); i++) {
        struct shop_receipt *receipt = i == 0 ? issue : shop_receipt(shop, i, 1, SHOP_DAY + 1, 1);
        if (i == 2)
            shop_return_of(receipt, issue, 400);
        shop_loyalty(receipt)->coupons_count = 1;
        shop_loyalty(receipt)->coupons[0] =
            (kassa_CouponRow){.series = "spring", .serial = "a1", .event = events[i]};
        assert_int_equal(last_debt(shop).amount, 0);
        shop_take_receipt(shop, i, receipt);
    }
    assert_string_equal(last_debt(shop).reason, "coupon_used_twice");
    assert_int_equal(last_debt(shop).amount, 1);
}

static void use_offer(struct shop *shop, unsigned till, uint64_t number, int64_t amount, kassa_LimitPer per)
{
    struct shop_receipt *receipt = shop_receipt(shop, till, number, SHOP_DAY, 1);
    shop_loyalty(receipt)->uses_count = 1;
    shop_loyalty(receipt)->uses[0] = (kassa_OfferUse){.offer = "coffee",
                                                      .offer_version = 1,
                                                      .limit = 2,
                                                      .what = kassa_LimitWhat_LIMIT_UNITS,
                                                      .per = per,
                                                      .period = kassa_LimitPeriod_LIMIT_MONTH,
                                                      .since_day = SHOP_DAY - 20,
                                                      .amount = amount,
                                                      .most = 5};
    shop_take_receipt(shop, till, receipt);
}

static void crm_limits__count_for_whom_they_are_and_what_passed_is_a_debt(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    use_offer(shop, 0, 1, 3, kassa_LimitPer_LIMIT_PER_MEMBER);
    use_offer(shop, 1, 1, 2, kassa_LimitPer_LIMIT_PER_MEMBER);
    kassa_Member member = shop_member(shop, 1);
    assert_int_equal(member.counters_count, 1);
    assert_int_equal(member.counters[0].used, 5);
    assert_int_equal(member.counters[0].limit, 2);
    assert_int_equal(last_debt(shop).amount, 0);
    use_offer(shop, 2, 1, 4, kassa_LimitPer_LIMIT_PER_MEMBER);
    assert_string_equal(last_debt(shop).reason, "limit_passed");
    assert_int_equal(last_debt(shop).amount, 4);
    assert_int_equal(last_debt(shop).unit, crm_DebtUnit_UNIT_MILLI);
    use_offer(shop, 0, 2, -4, kassa_LimitPer_LIMIT_PER_MEMBER);
    assert_int_equal(last_debt(shop).amount, 0);
    use_offer(shop, 0, 3, 5, kassa_LimitPer_LIMIT_PER_TILL);
    use_offer(shop, 1, 3, 5, kassa_LimitPer_LIMIT_PER_TILL);
    assert_int_equal(last_debt(shop).amount, 0);
    use_offer(shop, 0, 4, 5, kassa_LimitPer_LIMIT_PER_CHAIN);
    use_offer(shop, 1, 4, 1, kassa_LimitPer_LIMIT_PER_CHAIN);
    assert_int_equal(last_debt(shop).amount, 1);
}

static void crm_gift_value__never_mixes_with_points(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    for (unsigned i = 0; i < 3; i++) {
        struct shop_receipt *receipt = shop_receipt(shop, i, 1, SHOP_DAY, 1);
        shop_loyalty(receipt)->gifts_count = 1;
        shop_loyalty(receipt)->gifts[0].account.size = MEMBER_SIZE;
        shop_loyalty(receipt)->gifts[0].account.bytes[0] = 77;
        shop_loyalty(receipt)->gifts[0].amount_minor = i == 0 ? 5000 : -3000;
        shop_take_receipt(shop, i, receipt);
    }
    assert_string_equal(last_debt(shop).reason, "gift_overspent");
    assert_int_equal(last_debt(shop).amount, 1000);
    assert_int_equal(last_debt(shop).unit, crm_DebtUnit_UNIT_MINOR);
    assert_string_equal(last_debt(shop).currency, "EUR");
    assert_int_equal(shop_member(shop, 1).points, 0);
    assert_int_equal(shop_totals(shop).points, 0);
}

static void crm_receipt_find__answers_a_purchase_and_what_came_back_of_it(void **state)
{
    struct shop *shop = *state;
    struct shop_receipt *sale = shop_receipt(shop, 0, 1, SHOP_DAY, 0);
    shop_take_receipt(shop, 0, sale);
    struct wire_receipt_found found;
    struct arena arena = shop->arena;
    ok(crm_receipt_find(&shop->txn, &sale->record.body.receipt.head.id, &arena, &found));
    assert_true(found.head.found && !found.head.voided);
    assert_int_equal(found.returned_count, 0);
    for (unsigned i = 1; i < 3; i++) {
        struct shop_receipt *back = shop_receipt(shop, i, 1, SHOP_DAY, 0);
        shop_return_of(back, sale, 600);
        shop_take_receipt(shop, i, back);
    }
    ok(crm_receipt_find(&shop->txn, &sale->record.body.receipt.head.id, &arena, &found));
    assert_int_equal(found.returned_count, 1);
    assert_int_equal(found.returned[0].quantity_milli, 1200);
    assert_int_equal(found.returned[0].amount_minor, 1200);
    assert_string_equal(last_debt(shop).reason, "returned_twice");
    assert_int_equal(last_debt(shop).amount, 200);
    assert_int_equal(last_debt(shop).unit, crm_DebtUnit_UNIT_MILLI);
    assert_string_equal(last_debt(shop).what, "till-1 1/1");
    kassa_ReceiptId unknown = {.store = "store-1", .till = "till-9", .number = 5};
    ok(crm_receipt_find(&shop->txn, &unknown, &arena, &found));
    assert_false(found.head.found);
}

/* 10.00 of goods and a gift card of 10.00, with a tax of 2.10 on top of either. */
static struct shop_receipt *net_receipt(struct shop *shop, uint64_t number, kassa_LineKind kind)
{
    struct shop_receipt *sale = shop_receipt(shop, 0, number, SHOP_DAY, 1);
    sale->line.kind = kind;
    sale->line.tax_minor = 210;
    sale->record.body.receipt.head.price_mode = kassa_PriceMode_PRICE_NET;
    sale->record.body.receipt.head.tax_minor = 210;
    sale->record.body.receipt.head.total_minor = 1210;
    return sale;
}

static void crm_tiers__count_net_prices_with_the_tax_that_was_paid(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, net_receipt(shop, 1, kassa_LineKind_LINE_SALE));
    shop_take_receipt(shop, 0, net_receipt(shop, 2, kassa_LineKind_LINE_GIFT_VALUE));
    assert_int_equal(shop_totals(shop).currencies[0].sales_minor, 2420);
    assert_int_equal(shop_account(shop, 1).years[0].spent_minor, 1210);
}

static void crm_receipt_find__says_how_much_tax_came_back(void **state)
{
    struct shop *shop = *state;
    struct shop_receipt *sale = net_receipt(shop, 1, kassa_LineKind_LINE_SALE);
    struct wire_receipt_found found;
    struct arena arena = shop->arena;
    shop_take_receipt(shop, 0, sale);
    for (unsigned i = 1; i < 3; i++) {
        struct shop_receipt *back = shop_receipt(shop, i, 1, SHOP_DAY, 0);
        shop_return_of(back, sale, 300);
        back->line.tax_minor = -63;
        shop_take_receipt(shop, i, back);
    }
    ok(crm_receipt_find(&shop->txn, &sale->record.body.receipt.head.id, &arena, &found));
    assert_int_equal(found.returned_count, 1);
    assert_int_equal(found.returned[0].tax_minor, 126);
}

static void crm_programme__gives_tiers_and_allowances(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    crm_Programme programme = {.book_version = 3,
                               .offline_card_day_points = 40,
                               .offline_till_day_points = 400,
                               .tiers_count = 2,
                               .tiers = {{.name = "silver"}, {.name = "gold", .from_minor = 2000}}};
    ok(crm_programme_put(&shop->txn, &programme));
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100, SHOP_DAY, SHOP_DAY + 3));
    kassa_Member member = shop_member(shop, 1);
    assert_string_equal(member.tier, "silver");
    assert_int_equal(member.allowance_points, 40);
    assert_int_equal(member.till_allowance_points, 400);
    shop_take_receipt(shop, 0, earning(shop, 0, 2, SHOP_DAY, 1, SHOP_DAY, 0));
    assert_string_equal(shop_member(shop, 1).tier, "gold");
}

/* Money is what was paid; what counts for tiers is what the goods cost. */
static void crm_totals__hold_the_rounding_of_cash_and_tiers_do_not(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    struct shop_receipt *receipt = shop_receipt(shop, 0, 1, SHOP_DAY, 1);
    kassa_Receipt *head = &receipt->record.body.receipt.head;
    receipt->line.amount_minor = 998;
    head->gross_minor = 998;
    head->rounding_minor = 2;
    shop_take_receipt(shop, 0, receipt);
    assert_int_equal(shop_totals(shop).currencies[0].sales_minor, 1000);
    assert_int_equal(shop_account(shop, 1).spends[0].spent_minor, 998);
}

/* A gift card that is sold is no spend: so its return lowers none. */
static void crm_tiers__are_not_lowered_by_a_gift_card_that_comes_back(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    shop_take_receipt(shop, 0, shop_receipt(shop, 0, 1, SHOP_DAY, 1));
    struct shop_receipt *sold = shop_receipt(shop, 0, 2, SHOP_DAY, 1);
    sold->line.kind = kassa_LineKind_LINE_GIFT_VALUE;
    shop_take_receipt(shop, 0, sold);
    assert_int_equal(shop_account(shop, 1).years[0].spent_minor, 1000);
    struct shop_receipt *back = shop_receipt(shop, 1, 1, SHOP_DAY, 1);
    shop_return_of(back, sold, 1000);
    shop_take_receipt(shop, 1, back);
    assert_int_equal(shop_account(shop, 1).years[0].spent_minor, 1000);
}

static void crm_tiers__are_not_raised_by_a_gift_card_whose_sale_was_voided_and_came_back(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    struct shop_receipt *sold = shop_receipt(shop, 0, 1, SHOP_DAY, 1);
    struct shop_receipt *back = shop_receipt(shop, 1, 1, SHOP_DAY, 1);
    struct wire_record undone = {.head = {.kind = kassa_RecordKind_RECORD_VOID}};
    sold->line.kind = kassa_LineKind_LINE_GIFT_VALUE;
    shop_return_of(back, sold, 1000);
    undone.body.voided = (kassa_Void){.has_id = true,
                                      .id = {.store = "store-1", .business_day = SHOP_DAY, .number = 2},
                                      .has_original = true,
                                      .original = sold->record.body.receipt.head.id,
                                      .total_minor = 1000,
                                      .currency = "EUR",
                                      .exponent = 2};
    memcpy(undone.body.voided.id.till, shop->tills[0].id, sizeof(undone.body.voided.id.till));
    shop_take_receipt(shop, 0, shop_receipt(shop, 0, 3, SHOP_DAY, 1));
    shop_take_receipt(shop, 0, sold);
    shop_take(shop, 0, &undone);
    shop_take_receipt(shop, 1, back);
    assert_int_equal(shop_account(shop, 1).years[0].spent_minor, 1000);
}

static void crm_refresh__lets_points_expire_without_a_record(void **state)
{
    struct shop *shop = *state;
    for (uint8_t i = 1; i <= 5; i++)
        shop_enrol(shop, i);
    shop_take_receipt(shop, 0, earning(shop, 0, 1, SHOP_DAY, 100, SHOP_DAY, SHOP_DAY + 3));
    uint64_t before, after;
    bool is_due = false, is_done = false;
    int64_t later = INT64_C(86400000) * (SHOP_DAY + 3);
    ok(crm_members_version(&shop->txn, &before));
    ok(crm_refresh_is_due(&shop->txn, later, &is_due));
    assert_true(is_due);
    for (unsigned rounds = 0; !is_done; rounds++) {
        assert_true(rounds < 5);
        ok(crm_refresh(&shop->txn, later, 2, &is_done));
    }
    assert_int_equal(shop_member(shop, 1).points, 0);
    ok(crm_members_version(&shop->txn, &after));
    assert_int_equal(after, before + 1); /* only he has changed */
    ok(crm_refresh_is_due(&shop->txn, later, &is_due));
    assert_false(is_due);
    crm_Programme programme = {.book_version = 9, .offline_card_day_points = 10};
    ok(crm_programme_put(&shop->txn, &programme));
    ok(crm_refresh_is_due(&shop->txn, later, &is_due));
    assert_true(is_due);
}

static void crm_points_adjust__moves_points_by_hand_once(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    uint8_t id[MEMBER_SIZE] = {1}, nobody[MEMBER_SIZE] = {2};
    struct crm_adjustment more = {.points = 50, .day = SHOP_DAY, .id = 7, .reason = "apology"};
    ok(crm_points_adjust(&shop->txn, id, &more));
    ok(crm_points_adjust(&shop->txn, id, &more));
    assert_int_equal(shop_member(shop, 1).points, 50);
    assert_int_equal(shop_totals(shop).points, 50);
    struct crm_adjustment less = {.points = -20, .day = SHOP_DAY, .id = 8, .reason = "mistake"};
    ok(crm_points_adjust(&shop->txn, id, &less));
    assert_int_equal(shop_member(shop, 1).points, 30);
    assert_int_equal(crm_points_adjust(&shop->txn, nobody, &more), ERR_NOT_FOUND);
}

static void crm_account__is_kept_whole_at_all_its_bounds(void **state)
{
    struct shop *shop = *state;
    int64_t earned = 0, burned = 0;
    shop_enrol(shop, 1);
    for (uint64_t i = 1; i <= 450; i++) {
        int32_t day = SHOP_DAY + (int32_t)i;
        bool is_burn = i > 280;
        shop_take_receipt(shop, 0,
                          is_burn ? shop_burning(shop, 0, i, day, 3)
                                  : earning(shop, 0, i, day, LEDGER_POINTS_MAX / 1000 + (int64_t)i, day,
                                            i % 7 == 0 ? 0 : day + 5000));
        earned += is_burn ? 0 : LEDGER_POINTS_MAX / 1000 + (int64_t)i;
        burned += is_burn ? 3 : 0;
    }
    struct ledger_account account = shop_account(shop, 1);
    assert_int_equal(account.balance, earned - burned);
    assert_int_equal(account.lot_count, LEDGER_LOTS_MAX);
    assert_int_equal(account.take_count, LEDGER_TAKES_MAX);
    assert_int_equal(account.spend_count, LEDGER_SPENDS_MAX);
    int64_t left = 0, spent = 0;
    for (uint32_t i = 0; i < account.lot_count; i++)
        left += account.lots[i].left;
    for (uint32_t i = 0; i < account.spend_count; i++)
        spent += account.spends[i].spent_minor;
    assert_int_equal(left, account.balance);
    assert_int_equal(spent, 450 * 1000);
    assert_int_equal(shop_member(shop, 1).points, account.balance);
}

/* The same records, each till's in its own order, but the tills mixed in any way. */
static void tell(struct shop *shop, struct seed *seed, int64_t out_sums[8])
{
    enum { SALES = 12 };
    uint64_t next[3] = {1, 1, 1};
    shop_enrol(shop, 1);
    for (unsigned left = 3 * SALES; left > 0;) {
        unsigned till = (unsigned)seed_below(seed, 3);
        uint64_t number = next[till];
        if (number > SALES)
            continue;
        int32_t day = SHOP_DAY + (int32_t)number / 2;
        struct shop_receipt *receipt = (number + till) % 3 == 0
                                           ? shop_burning(shop, till, number, day, 20 + (int64_t)till)
                                           : earning(shop, till, number, day, 10 + (int64_t)number,
                                                     day + (int32_t)till, number % 2 == 0 ? 0 : day + 3);
        shop_loyalty(receipt)->stamps_count = 1;
        shop_loyalty(receipt)->stamps[0] = (kassa_StampRow){.card = "c", .count = 3, .card_size = 10};
        shop_take_receipt(shop, till, receipt);
        next[till]++;
        left--;
    }
    struct ledger_account account = shop_account(shop, 1);
    out_sums[0] = account.balance;
    out_sums[1] = account.owed;
    out_sums[2] = account.moved[LEDGER_EXPIRED];
    out_sums[3] = account.stamps[0].filled * 10 + account.stamps[0].count;
    out_sums[4] = ledger_available(&account, SHOP_DAY + 7);
    out_sums[5] = shop_totals(shop).points;
    out_sums[6] = shop_totals(shop).points_owed;
    out_sums[7] = account.lot_count;
}

static void crm_points__hang_on_no_order_of_arrival(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    int64_t first[8], again[8];
    for (unsigned round = 0; round < 12; round++) {
        void *shop = NULL;
        assert_int_equal(shop_set_up(&shop), 0);
        tell(shop, &seed, round == 0 ? first : again);
        if (round > 0)
            assert_memory_equal(first, again, sizeof(first));
        assert_int_equal(first[0], first[5]);
        assert_int_equal(shop_tear_down(&shop), 0);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, shop_set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_points__tell_what_is_there_pending_and_next_to_expire),
        CASE(crm_points__are_the_same_in_whatever_order_tills_come_back),
        CASE(crm_points__of_a_return_go_back_where_they_came_from),
        CASE(crm_points__of_a_void_are_undone_with_all_else),
        CASE(crm_points__of_a_void_that_came_before_its_receipt_are_the_same),
        CASE(crm_take_batch__believes_a_till_of_its_own_receipts_alone),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PV),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PRV),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PVR),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_VPR),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_VRP),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_RVP),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_RPV),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PRWV),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PRVW),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PVRW),
        CASE(crm_void__of_what_came_back_in_part_ends_at_nothing_in_order_PVWR),
        CASE(crm_debts__are_rows_and_go_when_they_are_paid),
        CASE(crm_coupons__are_used_once_and_twice_is_a_debt),
        CASE(crm_coupons__that_are_withdrawn_after_their_use_are_a_debt),
        CASE(crm_limits__count_for_whom_they_are_and_what_passed_is_a_debt),
        CASE(crm_gift_value__never_mixes_with_points),
        CASE(crm_receipt_find__answers_a_purchase_and_what_came_back_of_it),
        CASE(crm_tiers__count_net_prices_with_the_tax_that_was_paid),
        CASE(crm_receipt_find__says_how_much_tax_came_back),
        CASE(crm_programme__gives_tiers_and_allowances),
        CASE(crm_totals__hold_the_rounding_of_cash_and_tiers_do_not),
        CASE(crm_tiers__are_not_lowered_by_a_gift_card_that_comes_back),
        CASE(crm_tiers__are_not_raised_by_a_gift_card_whose_sale_was_voided_and_came_back),
        CASE(crm_refresh__lets_points_expire_without_a_record),
        CASE(crm_points_adjust__moves_points_by_hand_once),
        CASE(crm_account__is_kept_whole_at_all_its_bounds),
        cmocka_unit_test(crm_points__hang_on_no_order_of_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
