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
#include <stdlib.h>

static const uint8_t book_hash[HASH_SIZE] = {9};

/* Buy two cups, get one free; the discount sits on the free one. A point a euro. */
static struct shelf *open_shop(struct desk *desk)
{
    static const struct span cup[] = {{(const uint8_t *)"cup", 3}};
    static const struct span tea[] = {{(const uint8_t *)"tea", 3}};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
    struct book_source_offer *deal = shelf_offer(shelf, "two-cups", BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->target = shelf_item(cup);
    deal->get = shelf_item(tea);
    deal->give.buy_units = 2;
    deal->give.get_units = 1;
    deal->give.percent_bp = 10000;
    deal->give.placement = BOOK_ON_GET;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    return shelf;
}

static enum err pay_rest(struct desk *desk, const char *basket, const char *key, struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    struct till_request request = desk_request(key, basket);
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

/* cups at 4.00, teas at 3.00 */
static struct till_outcome sell(struct desk *desk, int64_t cups, int64_t teas)
{
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b1");
    (void)desk_ring_up(basket, "cup", 400, cups);
    (void)desk_ring_up(basket, "tea", 300, teas);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, "b1", "sale", &out));
    return out;
}

static enum err bring_back(struct desk *desk, const kassa_ReceiptId *id, uint32_t line, int64_t units,
                           const char *key, struct till_outcome *out)
{
    struct till_return *back = till_stage_return(desk->till);
    struct till_request request = desk_request(key, key);
    back->has_original = true;
    back->original = *id;
    back->back[0] = (struct till_line_back){line, units * 1000};
    back->back_count = 1;
    return till_take_return(desk->till, &request, out, &desk->refusal);
}

static void till_take_return__charges_a_broken_deal_back(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    struct till_outcome sale = sell(desk, 2, 1);
    assert_int_equal(sale.total_minor, 800);
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.deals_count, 2);
    ok(bring_back(desk, &sale.receipt, 1, 1, "r1", &out));
    assert_int_equal(out.total_minor, -100); /* 4.00, less the tea that is not free any more */
    ok(bring_back(desk, &sale.receipt, 2, 1, "r2", &out));
    assert_int_equal(out.total_minor, -300); /* it was paid meanwhile */
    ok(bring_back(desk, &sale.receipt, 1, 1, "r3", &out));
    assert_int_equal(out.total_minor, -400);
    shelf_delete(shelf);
}

static void till_take_return__gives_the_free_member_of_a_deal_back_for_nothing(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    struct till_outcome sale = sell(desk, 2, 1);
    ok(bring_back(desk, &sale.receipt, 2, 1, "r1", &out));
    assert_int_equal(out.total_minor, 0);
    ok(bring_back(desk, &sale.receipt, 1, 2, "r2", &out));
    assert_int_equal(out.total_minor, -800);
    shelf_delete(shelf);
}

/* Several deals on one receipt: in any order and in any parts all ends at zero, and nothing is ever owed. */
static void till_take_return__ends_at_zero_in_any_order_of_a_deals_members(void **state)
{
    struct desk *desk = *state;
    unsigned seed = (unsigned)desk->wall_unix_ms % 1000 + 1;
    const char *given = getenv("KASSA_SEED");
    if (given != NULL)
        seed = (unsigned)strtoul(given, NULL, 10);
    struct shelf *shelf = open_shop(desk);
    for (int round = 0; round < 24; round++) {
        char key[32];
        struct till_outcome out;
        int64_t left[2] = {5 + round % 3, 3};
        ok(desk_tap(desk, DESK_ALICE));
        struct till_basket *basket = till_stage_basket(desk->till);
        (void)snprintf(basket->id, sizeof basket->id, "s%d", round);
        (void)desk_ring_up(basket, "cup", 401, left[0]);
        desk_ring_up(basket, "tea", 703, left[1])->tax_rate_bp = 2100;
        ok(till_put_basket(desk->till, &desk->refusal));
        ok(pay_rest(desk, basket->id, basket->id, &out));
        kassa_ReceiptId sale = out.receipt;
        int64_t money = out.total_minor;
        int64_t points = out.points_earned;
        int64_t discount = desk_receipt(desk, sale.number)->body.receipt.head.discount_minor;
        assert_true(discount > 0);
        for (int i = 0; left[0] + left[1] > 0; i++) {
            seed = seed * 1103515245u + 12345u;
            unsigned line = seed >> 16 & 1;
            if (left[line] == 0)
                line = 1 - line;
            int64_t units = 1 + (int64_t)(seed >> 20) % left[line];
            (void)snprintf(key, sizeof key, "r%d-%d", round, i);
            ok(bring_back(desk, &sale, line + 1, units, key, &out));
            left[line] -= units;
            money += out.total_minor;
            points += out.points_earned;
            discount += desk_receipt(desk, out.receipt.number)->body.receipt.head.discount_minor;
            if (out.total_minor > 0 || money < 0 || points < 0)
                fail_msg("round %d, return %d: %d back, %d and %d points left", round, i,
                         (int)out.total_minor, (int)money, (int)points);
        }
        if (money != 0 || points != 0 || discount != 0)
            fail_msg("round %d ends at %d, %d points, discount %d", round, (int)money, (int)points,
                     (int)discount);
    }
    shelf_delete(shelf);
}

/* ------------------------------------------------------------------------------------------------ exchange */

static struct till_basket *stage_exchange(struct desk *desk, const char *id, const kassa_ReceiptId *original,
                                          uint32_t line, int64_t units)
{
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "%s", id);
    basket->exchange.original = *original;
    basket->exchange.back[0] = (struct till_line_back){line, units * 1000};
    basket->exchange.back_count = 1;
    return basket;
}

static void till_commit__exchanges_goods_in_one_receipt_with_one_total(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    struct till_priced priced;
    struct till_outcome sale = sell(desk, 1, 2);
    assert_int_equal(sale.points_earned, 10);
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = stage_exchange(desk, "x1", &sale.receipt, 2, 1);
    (void)desk_ring_up(basket, "pot", 1500, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_true(till_get_basket(desk->till, &priced));
    assert_int_equal(priced.total_minor, 1200);
    assert_int_equal(priced.result->total_minor, 1500);
    ok(pay_rest(desk, "x1", "x1", &out));
    assert_int_equal(out.total_minor, 1200);
    assert_int_equal(out.points_earned, 15 - 3);
    const struct wire_receipt *receipt = &desk_receipt(desk, 2)->body.receipt;
    assert_int_equal(receipt->head.kind, kassa_ReceiptKind_RECEIPT_EXCHANGE);
    assert_int_equal(receipt->line_count, 2);
    assert_int_equal(receipt->lines[1].kind, kassa_LineKind_LINE_RETURN);
    desk_restart(desk); /* the second tea alone is left */
    assert_int_equal(bring_back(desk, &sale.receipt, 2, 2, "r1", &out), ERR_RANGE);
    ok(bring_back(desk, &sale.receipt, 2, 1, "r2", &out));
    ok(bring_back(desk, &(kassa_ReceiptId){"s1", "till-1", DESK_DAY, 2}, 1, 1, "r3", &out));
    assert_int_equal(out.total_minor, -1500); /* what was got for it can come back, too */
    assert_int_equal(bring_back(desk, &(kassa_ReceiptId){"s1", "till-1", DESK_DAY, 2}, 2, 1, "r4", &out),
                     ERR_RANGE);
    shelf_delete(shelf);
}

static void till_commit__pays_out_when_what_comes_back_is_worth_more(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    struct till_outcome sale = sell(desk, 1, 1);
    struct till_basket *basket = stage_exchange(desk, "x1", &sale.receipt, 1, 1);
    (void)desk_ring_up(basket, "pin", 150, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(till_suspend(desk->till, "x1", &desk->refusal));
    ok(till_resume(desk->till, "x1", &desk->refusal));
    ok(pay_rest(desk, "x1", "x1", &out));
    assert_int_equal(out.total_minor, -250);
    assert_int_equal(desk_receipt(desk, 2)->body.receipt.head.tenders[0].amount_minor, -250);
    shelf_delete(shelf);
}

static void till_commit__refuses_the_goods_of_another_member_in_an_exchange(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    struct till_outcome sale = sell(desk, 1, 1);
    desk_put_member(desk, DESK_STRANGER, 0xB0, 5, 1000);
    ok(desk_tap(desk, DESK_STRANGER));
    struct till_basket *basket = stage_exchange(desk, "x1", &sale.receipt, 1, 1);
    (void)desk_ring_up(basket, "pin", 150, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_int_equal(pay_rest(desk, "x1", "x1", &out), ERR_STATE);
    ok(till_leave_member(desk->till));
    ok(pay_rest(desk, "x1", "x1", &out));
    assert_int_equal(out.points_earned, -4); /* from whoever earned them */
    shelf_delete(shelf);
}

#define RULES EARN_ROWS_MAX

/* As many rules as a sale has room for give points, stamps move all the cards that one can: an exchange has all of
 * these, and all of what it takes back. */
static void till_commit__loses_no_row_of_an_exchange_with_as_many_as_there_can_be(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_outcome out;
    char ids[RULES + STAMP_ROWS_MAX][16];
    for (int i = 0; i < RULES + STAMP_ROWS_MAX; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "o%02d", i);
        struct book_source_offer *offer =
            shelf_offer(shelf, ids[i], i < RULES ? BOOK_POINTS_PER_SPEND : BOOK_STAMPS, BOOK_TOGETHER);
        offer->audience = BOOK_ANY_MEMBER;
        offer->give.points = 1;
        offer->give.per_minor = 100;
        if (i >= RULES) {
            offer->give.earn_by = BOOK_EARN_PER_SPEND;
            offer->give.card = span_of_text(ids[i]);
        }
    }
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    struct till_outcome sale = sell(desk, 1, 1);
    assert_int_equal(sale.points_earned, 7 * RULES);
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = stage_exchange(desk, "x1", &sale.receipt, 1, 1);
    (void)desk_ring_up(basket, "pot", 1500, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, "x1", "x1", &out));
    assert_int_equal(out.points_earned, (15 - 4) * RULES);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 2)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->earned_count, EARN_MOVES_MAX);
    int64_t points = 0, stamps = 0;
    for (pb_size_t i = 0; i < loyalty->earned_count; i++)
        points += loyalty->earned[i].points;
    assert_int_equal(points, loyalty->points_earned);
    assert_int_equal(loyalty->stamps_count, STAMP_MOVES_MAX);
    for (pb_size_t i = 0; i < loyalty->stamps_count; i++)
        stamps += loyalty->stamps[i].count;
    assert_int_equal(stamps, (15 - 4) * STAMP_ROWS_MAX);
    ok(bring_back(desk, &out.receipt, 1, 1, "r1", &out));
    assert_int_equal(out.points_earned, -15 * RULES);
    shelf_delete(shelf);
}

/* ---------------------------------------------------------------------------------------- across tills */

static const kassa_ReceiptId foreign = {"s1", "till-2", DESK_DAY, 41};

/* What head office knows: a sale of 4 cups at 2.50 at till-2, of which some came back. */
static void answer_foreign(struct desk *desk, int64_t returned_units, bool is_voided)
{
    static uint8_t bytes[4096];
    kassa_Line line = kassa_Line_init_zero;
    size_t size = 0;
    (void)snprintf(line.sku, sizeof line.sku, "cup");
    line.number = 1;
    line.quantity_milli = 4000;
    line.unit_price_e5 = 250000;
    line.amount_minor = 1000;
    struct wire_record *record = calloc(1, sizeof *record);
    assert_non_null(record);
    record->head.kind = kassa_RecordKind_RECORD_PURCHASE;
    record->body.receipt = (struct wire_receipt){.lines = &line, .line_count = 1};
    record->body.receipt.head.has_id = true;
    record->body.receipt.head.id = foreign;
    ok(wire_record_encode(record, bytes, sizeof bytes, &size));
    free(record);
    kassa_LineReturned returned = {
        .line = 1, .quantity_milli = returned_units * 1000, .amount_minor = returned_units * 250};
    struct wire_receipt_found found = {
        .record = span_of(bytes, size), .returned = &returned, .returned_count = returned_units > 0 ? 1 : 0};
    found.head.has_id = true;
    found.head.id = foreign;
    found.head.found = true;
    found.head.voided = is_voided;
    till_hear_receipt(desk->till, &foreign, &found);
}

static void till_take_return__takes_back_what_another_till_sold(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r1", &out), ERR_PENDING);
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r1", &out), ERR_PENDING);
    assert_int_equal(desk->wanted_count, 1);
    answer_foreign(desk, 1, false);
    assert_true(desk_heard(desk, TILL_ANSWERED));
    ok(bring_back(desk, &foreign, 1, 2, "r1", &out));
    assert_int_equal(out.total_minor, -500);
    assert_string_equal(desk_receipt(desk, 1)->body.receipt.lines[0].original.receipt.till, "till-2");
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r2", &out),
                     ERR_PENDING); /* others may have, meanwhile */
    answer_foreign(desk, 1, false);
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r2", &out), ERR_RANGE); /* its own return counts too */
    desk->mono_ms += 5000;
    desk_restart(desk);
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r2", &out), ERR_PENDING);
    answer_foreign(desk, 1, false);
    assert_int_equal(bring_back(desk, &foreign, 1, 2, "r2", &out), ERR_RANGE);
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r3", &out), ERR_PENDING);
    answer_foreign(desk, 1, false);
    ok(bring_back(desk, &foreign, 1, 1, "r3", &out));
}

static void till_take_return__says_when_nobody_knows_the_receipt(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r1", &out), ERR_NOT_FOUND);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r1", &out), ERR_PENDING);
    answer_foreign(desk, 0, true);
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r1", &out), ERR_STATE);
    desk->mono_ms += 5000;
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r1", &out), ERR_PENDING);
    desk->mono_ms += 400;
    (void)till_tick(desk->till);
    assert_int_equal(bring_back(desk, &foreign, 1, 1, "r1", &out), ERR_NOT_FOUND);
}

static void till_take_return__takes_it_unverified_only_where_nobody_knows_the_receipt(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_request request = desk_request("r1", "x");
    struct till_return *back = till_stage_return(desk->till);
    struct till_basket lines = {.lines = back->lines};
    back->has_original = true;
    back->original = foreign;
    back->back[0] = (struct till_line_back){1, 1000};
    back->back_count = 1;
    (void)desk_ring_up(&lines, "cup", 250, 1);
    back->line_count = 1;
    ok(till_take_return(desk->till, &request, &out, &desk->refusal));
    assert_int_equal(out.total_minor, -250);
    assert_true(desk_receipt(desk, 1)->body.receipt.lines[0].original.unverified);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_take_return__charges_a_broken_deal_back),
        ON_DESK(till_take_return__gives_the_free_member_of_a_deal_back_for_nothing),
        ON_DESK(till_take_return__ends_at_zero_in_any_order_of_a_deals_members),
        ON_DESK(till_commit__exchanges_goods_in_one_receipt_with_one_total),
        ON_DESK(till_commit__pays_out_when_what_comes_back_is_worth_more),
        ON_DESK(till_commit__refuses_the_goods_of_another_member_in_an_exchange),
        ON_DESK(till_commit__loses_no_row_of_an_exchange_with_as_many_as_there_can_be),
        ON_DESK(till_take_return__takes_back_what_another_till_sold),
        ON_DESK(till_take_return__says_when_nobody_knows_the_receipt),
        ON_DESK(till_take_return__takes_it_unverified_only_where_nobody_knows_the_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
