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

/* A sale to Alice of 7 x 1.01 and 0.350 kg at 9.99, with 10 % off and a point a euro. */
static struct shelf *sell(struct desk *desk)
{
    static const uint8_t hash[HASH_SIZE] = {9};
    struct shelf *shelf = shelf_new();
    struct till_outcome out;
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
    shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, hash));
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b1");
    desk_ring_up(basket, "cup", 101, 7)->tax_rate_bp = 2100;
    kassa_Line *cheese = desk_ring_up(basket, "cheese", 999, 1);
    cheese->quantity_milli = 350;
    cheese->weighed = true;
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "b1", "sale", 2000, &out));
    assert_int_equal(out.total_minor, 951); /* 7.07 + 3.50 less 1.06, by largest remainder */
    assert_int_equal(out.points_earned, 9);
    return shelf;
}

static enum err bring_back(struct desk *desk, uint64_t number, uint32_t line, int64_t milli, const char *key,
                           struct till_outcome *out)
{
    struct till_return *back = till_stage_return(desk->till);
    char content[64];
    back->has_original = true;
    back->original = (kassa_ReceiptId){.business_day = DESK_DAY, .number = number};
    (void)snprintf(back->original.store, sizeof back->original.store, "s1");
    (void)snprintf(back->original.till, sizeof back->original.till, "till-1");
    back->back[0] = (struct till_line_back){line, milli};
    back->back_count = 1;
    (void)snprintf(content, sizeof content, "%d %d", (int)line, (int)milli);
    struct till_request request = desk_request(key, content);
    return till_take_return(desk->till, &request, out, &desk->refusal);
}

static void till_take_return__ends_at_zero_in_every_way_of_coming_back(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = sell(desk);
    static const struct till_line_back backs[] = {{1, 2000}, {2, 100}, {1, 1000},
                                                  {1, 3000}, {2, 250}, {1, 1000}};
    int64_t money = 951;
    int64_t points = 9;
    int64_t discount = 0;
    for (size_t i = 0; i < COUNT_OF(backs); i++) {
        struct till_outcome out;
        char key[16];
        (void)snprintf(key, sizeof key, "r%d", (int)i);
        ok(bring_back(desk, 1, backs[i].line, backs[i].quantity_milli, key, &out));
        if (i == 2)
            desk_restart(desk); /* what came back before is read from the journal */
        money += out.total_minor;
        points += out.points_earned;
        assert_int_equal(
            desk_receipt(desk, out.receipt.number)->body.receipt.lines[0].original.quantity_milli,
            backs[i].line == 1 ? 7000 : 350); /* what was sold */
        discount += desk_receipt(desk, out.receipt.number)->body.receipt.head.discount_minor;
        assert_true(money >= 0 && points >= 0);
    }
    assert_int_equal(money, 0);
    assert_int_equal(points, 0);
    assert_int_equal(discount, -(707 + 350 - 951));
    struct till_outcome out;
    assert_int_equal(bring_back(desk, 1, 1, 1000, "more", &out), ERR_RANGE);
    assert_string_equal(desk->refusal.field, "lines[0].quantity");
    shelf_delete(shelf);
}

static void till_take_return__refuses_what_was_not_bought_here(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = sell(desk);
    struct till_outcome out;
    assert_int_equal(bring_back(desk, 2, 1, 1000, "r1", &out), ERR_NOT_FOUND);
    assert_string_equal(desk->refusal.field, "original");
    assert_int_equal(bring_back(desk, 1, 3, 1000, "r1", &out), ERR_RANGE);
    assert_int_equal(bring_back(desk, 1, 1, 7001, "r1", &out), ERR_RANGE);
    assert_int_equal(bring_back(desk, 1, 1, -1000, "r1", &out), ERR_RANGE);
    assert_int_equal(journal_next_receipt(desk->journal), 2);
    shelf_delete(shelf);
}

static void till_take_return__answers_its_key_again_and_takes_nothing_twice(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = sell(desk);
    struct till_outcome first, again;
    ok(bring_back(desk, 1, 1, 7000, "r1", &first));
    ok(bring_back(desk, 1, 1, 7000, "r1", &again));
    assert_true(again.is_replay);
    assert_int_equal(again.receipt.number, first.receipt.number);
    assert_int_equal(bring_back(desk, 1, 1, 1000, "r1", &again), ERR_CONFLICT);
    shelf_delete(shelf);
}

static void till_take_return__takes_goods_without_a_receipt_as_unverified(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_return *back = till_stage_return(desk->till);
    struct till_basket lines = {.lines = back->lines};
    struct till_request request = desk_request("r1", "x");
    (void)desk_ring_up(&lines, "cup", 101, 3);
    back->line_count = lines.line_count;
    (void)snprintf(back->card_text, sizeof back->card_text, "%s", DESK_ALICE);
    ok(till_take_return(desk->till, &request, &out, &desk->refusal));
    assert_int_equal(out.total_minor, -303);
    assert_true(out.has_member);
    assert_int_equal(out.points_earned, 0);
    assert_int_equal(desk_state(desk), SALE_IDLE);
    const struct wire_receipt *receipt = &desk_receipt(desk, 1)->body.receipt;
    assert_true(receipt->lines[0].original.unverified);
    assert_int_equal(receipt->lines[0].quantity_milli, -3000);
    assert_int_equal(receipt->head.tenders[0].amount_minor, -303);
}

static enum err void_receipt(struct desk *desk, uint64_t number, const char *key, struct till_outcome *out)
{
    struct till_void what = {.original = {.business_day = DESK_DAY, .number = number}};
    (void)snprintf(what.original.store, sizeof what.original.store, "s1");
    (void)snprintf(what.original.till, sizeof what.original.till, "till-1");
    struct till_request request = desk_request(key, "x");
    return till_void_receipt(desk->till, &request, &what, out, &desk->refusal);
}

static void till_void_receipt__takes_a_sale_back_once_and_its_points(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = sell(desk);
    struct till_outcome out;
    ok(void_receipt(desk, 1, "v1", &out));
    assert_int_equal(out.total_minor, -951);
    assert_int_equal(out.points_earned, -9);
    assert_int_equal(out.receipt.number, 2);
    assert_int_equal(void_receipt(desk, 1, "v2", &out), ERR_STATE);
    assert_int_equal(void_receipt(desk, 2, "v2", &out), ERR_STATE);
    assert_int_equal(void_receipt(desk, 3, "v2", &out), ERR_NOT_FOUND);
    assert_int_equal(bring_back(desk, 1, 1, 1000, "r1", &out), ERR_STATE);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(till_get_member(desk->till)->points, 100);
    shelf_delete(shelf);
}

static void till_void_receipt__gives_the_goods_of_a_voided_return_back_to_the_sale(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = sell(desk);
    struct till_outcome out;
    ok(bring_back(desk, 1, 1, 7000, "r1", &out));
    assert_int_equal(void_receipt(desk, 1, "v1", &out), ERR_STATE);
    ok(void_receipt(desk, 2, "v1", &out));
    ok(bring_back(desk, 1, 1, 7000, "r2", &out));
    shelf_delete(shelf);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_take_return__ends_at_zero_in_every_way_of_coming_back),
        ON_DESK(till_take_return__refuses_what_was_not_bought_here),
        ON_DESK(till_take_return__answers_its_key_again_and_takes_nothing_twice),
        ON_DESK(till_take_return__takes_goods_without_a_receipt_as_unverified),
        ON_DESK(till_void_receipt__takes_a_sale_back_once_and_its_points),
        ON_DESK(till_void_receipt__gives_the_goods_of_a_voided_return_back_to_the_sale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
