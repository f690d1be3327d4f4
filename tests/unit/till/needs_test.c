/* SPDX-License-Identifier: Apache-2.0 */
/* Coupons for next time stay as long as what remains of the sale earns them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

static const uint8_t book_hash[HASH_SIZE] = {9};
static const struct span cup[] = {{(const uint8_t *)"cup", 3}};

static struct book_source_offer *coupon_offer(struct shelf *shelf, const char *id, const char *series)
{
    struct book_source_offer *offer = shelf_offer(shelf, id, BOOK_COUPON, BOOK_TOGETHER);
    offer->give.get_units = 1;
    offer->give.card = span_of_text(series);
    return offer;
}

/* To Alice, by default cups at 6.00 and one pot at 9.00. */
static void sell(struct desk *desk, struct shelf *shelf, int64_t cups)
{
    struct till_outcome out;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b1");
    desk_ring_up(basket, "cup", 600, cups)->tax_rate_bp = 2000;
    (void)desk_ring_up(basket, "pot", 900, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "b1", "sale", 100000, &out));
    assert_int_equal(out.receipt.number, 1);
}

static unsigned issued(struct desk *desk)
{
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    unsigned count = 0;
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++)
        count += loyalty->coupons[i].event == kassa_CouponEvent_COUPON_ISSUED;
    return count;
}

static kassa_ReceiptId first_receipt(void)
{
    kassa_ReceiptId id = {.business_day = DESK_DAY, .number = 1};
    (void)snprintf(id.store, sizeof id.store, "s1");
    (void)snprintf(id.till, sizeof id.till, "till-1");
    return id;
}

/* Brings units of a line back; answers how many coupons that withdraws. */
static unsigned bring_back(struct desk *desk, uint32_t line, int64_t units)
{
    struct till_return *back = till_stage_return(desk->till);
    struct till_outcome out;
    char key[32];
    unsigned count = 0;
    back->has_original = true;
    back->original = first_receipt();
    back->back[0] = (struct till_line_back){line, units * 1000};
    back->back_count = 1;
    (void)snprintf(key, sizeof key, "r%u", (unsigned)++desk->next_key);
    struct till_request request = desk_request(key, key);
    ok(till_take_return(desk->till, &request, &out, &desk->refusal));
    const struct wire_receipt *receipt = &desk_receipt(desk, out.receipt.number)->body.receipt;
    for (size_t i = 0; i < receipt->line_count; i++)
        assert_int_equal(receipt->lines[i].needs, 0);
    assert_int_equal(receipt->head.loyalty.needs_count, 0);
    for (pb_size_t i = 0; i < receipt->head.loyalty.coupons_count; i++)
        count += receipt->head.loyalty.coupons[i].event == kassa_CouponEvent_COUPON_WITHDRAWN;
    return count;
}

static void till_take_return__withdraws_a_coupon_whose_threshold_what_remains_misses(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    static const struct book_source_condition fifty = {
        .kind = BOOK_MIN_AMOUNT, .base = BOOK_INITIAL, .of = {.items = cup, .item_count = 1}, .value = 5000};
    struct book_source_offer *offer = coupon_offer(shelf, "fifty", "next");
    offer->conditions = &fifty;
    offer->condition_count = 1;
    sell(desk, shelf, 10);
    assert_int_equal(issued(desk), 1);
    assert_int_equal(bring_back(desk, 2, 1), 0); /* the pot does not count */
    assert_int_equal(bring_back(desk, 1, 1), 0); /* 54.00 are left */
    assert_int_equal(bring_back(desk, 1, 1), 1); /* 48.00 */
    assert_int_equal(bring_back(desk, 1, 8), 0); /* it is gone already */
    shelf_delete(shelf);
}

static void till_take_return__withdraws_as_many_coupons_as_the_spend_counts_less(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *offer = coupon_offer(shelf, "each-20", "next");
    offer->give.earn_by = BOOK_EARN_PER_SPEND;
    offer->give.per_minor = 2000;
    offer->give.get_units = 2;
    shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    sell(desk, shelf, 10); /* 69.00 less 10 %: 62.10 */
    assert_int_equal(issued(desk), 6);
    assert_int_equal(bring_back(desk, 1, 1), 2); /* 56.70 */
    assert_int_equal(bring_back(desk, 2, 1), 0); /* 48.60 */
    assert_int_equal(bring_back(desk, 1, 2), 2); /* 37.80 */
    assert_int_equal(bring_back(desk, 1, 7), 2);
    shelf_delete(shelf);
}

/* What a voucher paid earns nothing: 60.00 of 68.99 count, and that is three coupons in terms of the lines, too. */
static void till_take_return__withdraws_coupons_of_what_other_tenders_paid(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_outcome out;
    struct till_tenders tenders = {.count = 2, .rest = 1};
    struct till_request request = desk_request("sale", "sale");
    struct book_source_offer *offer = coupon_offer(shelf, "each-20", "next");
    offer->give.earn_by = BOOK_EARN_PER_SPEND;
    offer->give.per_minor = 2000;
    offer->give.excluded_tenders = 1u << kassa_TenderKind_TENDER_VOUCHER;
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_VOUCHER, .amount_minor = 899};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH};
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 6899, 1);
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    assert_int_equal(issued(desk), 3);
    assert_int_equal(bring_back(desk, 1, 1), 3);
    shelf_delete(shelf);
}

static void till_take_return__withdraws_coupons_that_units_earned(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    static const struct book_source_condition nine = {.kind = BOOK_MIN_QUANTITY, .value = 9000};
    struct book_source_offer *offer = coupon_offer(shelf, "each-4", "next");
    offer->target = shelf_item(cup);
    offer->give.earn_by = BOOK_EARN_PER_UNIT;
    offer->give.buy_units = 4;
    offer->conditions = &nine;
    offer->condition_count = 1;
    sell(desk, shelf, 12);
    assert_int_equal(issued(desk), 3);
    assert_int_equal(bring_back(desk, 1, 3), 1); /* 9 cups: two coupons */
    assert_int_equal(bring_back(desk, 1, 1), 2); /* 8: no more than the condition allows */
    shelf_delete(shelf);
}

static void till_take_return__keeps_the_coupon_of_a_visit_until_all_came_back(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    (void)coupon_offer(shelf, "thanks", "next");
    sell(desk, shelf, 2);
    assert_int_equal(bring_back(desk, 1, 2), 0);
    assert_int_equal(bring_back(desk, 2, 1), 1);
    shelf_delete(shelf);
}

static void till_take_return__takes_out_the_tax_where_the_condition_does(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    static const struct book_source_condition twenty = {.kind = BOOK_MIN_AMOUNT,
                                                        .base = BOOK_INITIAL,
                                                        .amount_net_of_tax = true,
                                                        .of = {.items = cup, .item_count = 1},
                                                        .value = 2000};
    struct book_source_offer *offer = coupon_offer(shelf, "net", "next");
    offer->conditions = &twenty;
    offer->condition_count = 1;
    sell(desk, shelf, 5); /* 25.00 without 20 % */
    assert_int_equal(issued(desk), 1);
    assert_int_equal(bring_back(desk, 1, 1), 0); /* 20.00 */
    assert_int_equal(bring_back(desk, 1, 1), 1); /* 15.00 */
    shelf_delete(shelf);
}

/* Stamps of this receipt fill the second card; then they come back. */
static void till_take_return__withdraws_what_a_full_card_gave_when_its_stamps_come_back(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *offer = shelf_offer(shelf, "stamps", BOOK_STAMPS, BOOK_TOGETHER);
    offer->audience = BOOK_ANY_MEMBER;
    offer->target = shelf_item(cup);
    offer->give.points = 1;
    offer->give.card = span_of_text("card");
    offer->give.card_size = 4;
    offer->give.reward = span_of_text("free");
    offer->give.earn_by = BOOK_EARN_PER_UNIT;
    sell(desk, shelf, 10);
    assert_int_equal(issued(desk), 2);           /* 8 of 10 stamps */
    assert_int_equal(bring_back(desk, 2, 1), 0); /* 60.00 of 69.00: 9 stamps */
    assert_int_equal(bring_back(desk, 1, 2), 1); /* 7 */
    assert_int_equal(bring_back(desk, 1, 8), 1);
    shelf_delete(shelf);
}

static void till_commit__withdraws_a_coupon_in_an_exchange_too(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_outcome out;
    static const struct book_source_condition fifty = {
        .kind = BOOK_MIN_AMOUNT, .of = {.items = cup, .item_count = 1}, .value = 5000};
    struct book_source_offer *offer = coupon_offer(shelf, "fifty", "next");
    offer->conditions = &fifty;
    offer->condition_count = 1;
    sell(desk, shelf, 9);
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "x1");
    basket->exchange.original = first_receipt();
    basket->exchange.back[0] = (struct till_line_back){1, 1000};
    basket->exchange.back_count = 1;
    (void)desk_ring_up(basket, "pot", 900, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "x1", "x1", 100000, &out));
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 2)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->coupons_count, 1);
    assert_int_equal(loyalty->coupons[0].event, kassa_CouponEvent_COUPON_WITHDRAWN);
    assert_string_equal(loyalty->coupons[0].series, "next");
    shelf_delete(shelf);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_take_return__withdraws_a_coupon_whose_threshold_what_remains_misses),
        ON_DESK(till_take_return__withdraws_as_many_coupons_as_the_spend_counts_less),
        ON_DESK(till_take_return__withdraws_coupons_of_what_other_tenders_paid),
        ON_DESK(till_take_return__withdraws_coupons_that_units_earned),
        ON_DESK(till_take_return__keeps_the_coupon_of_a_visit_until_all_came_back),
        ON_DESK(till_take_return__takes_out_the_tax_where_the_condition_does),
        ON_DESK(till_take_return__withdraws_what_a_full_card_gave_when_its_stamps_come_back),
        ON_DESK(till_commit__withdraws_a_coupon_in_an_exchange_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
