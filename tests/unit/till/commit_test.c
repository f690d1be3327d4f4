/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

static void till_commit__records_the_priced_basket_and_is_idle_again(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    desk_put_basket(desk, "b1", 255, 3);
    assert_int_equal(desk_total(desk), 765);
    ok(desk_commit(desk, "b1", "k1", 1000, &out));
    assert_int_equal(out.total_minor, 765);
    assert_int_equal(out.change_minor, 235);
    assert_int_equal(out.receipt.number, 1);
    assert_int_equal(out.receipt.business_day, DESK_DAY);
    assert_int_equal(desk_state(desk), SALE_IDLE);
    assert_true(desk_heard(desk, TILL_COMMITTED));
    const struct wire_receipt *receipt = &desk_receipt(desk, 1)->body.receipt;
    assert_int_equal(receipt->line_count, 1);
    assert_int_equal(receipt->head.gross_minor, 765);
    assert_string_equal(receipt->head.basket, "b1");
    assert_true(receipt->head.offline);
    assert_false(receipt->head.has_loyalty);
}

static void till_commit__numbers_receipts_without_a_gap(void **state)
{
    struct desk *desk = *state;
    for (uint64_t n = 1; n <= 5; n++) {
        struct till_outcome out;
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", (int)n);
        desk_put_basket(desk, "b", 100, 1);
        assert_int_equal(desk_commit(desk, "b", "broken key", 100, &out), ERR_ARGUMENT);
        assert_int_equal(desk_commit(desk, "b", key, 99, &out), ERR_UNBALANCED);
        ok(desk_commit(desk, "b", key, 100, &out));
        assert_int_equal(out.receipt.number, n);
    }
}

static void till_commit__answers_a_key_as_it_did_the_first_time(void **state)
{
    struct desk *desk = *state;
    struct till_outcome first, again, found;
    desk_put_basket(desk, "b1", 100, 2);
    ok(desk_commit(desk, "b1", "k1", 500, &first));
    uint64_t last = desk_last_seq(desk);
    ok(desk_commit(desk, "b1", "k1", 500, &again));
    assert_true(again.is_replay);
    again.is_replay = false;
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(desk_commit(desk, "b1", "k1", 501, &again), ERR_CONFLICT);
    assert_int_equal(desk_last_seq(desk), last);
    ok(till_find_outcome(desk->till, span_of_text("k1"), &found));
    assert_int_equal(found.total_minor, 200);
    assert_int_equal(till_find_outcome(desk->till, span_of_text("k2"), &found), ERR_NOT_FOUND);
}

static void till_commit__knows_its_keys_after_a_power_cut(void **state)
{
    struct desk *desk = *state;
    struct till_outcome first, again;
    desk_put_basket(desk, "b1", 100, 2);
    ok(desk_commit(desk, "b1", "k1", 200, &first));
    desk_put_basket(desk, "b2", 100, 2);
    desk_restart(desk);
    struct till_status status;
    till_get_status(desk->till, &status);
    assert_false(status.was_clean);
    ok(desk_commit(desk, "b1", "k1", 200, &again));
    assert_int_equal(again.seq, first.seq);
    assert_int_equal(desk_commit(desk, "b2", "k2", 200, &again), ERR_STATE);
    desk_put_basket(desk, "b2", 100, 2);
    ok(desk_commit(desk, "b2", "k2", 200, &again));
    assert_int_equal(again.receipt.number, 2);
}

static void till_commit__refuses_another_basket_than_the_open_one(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    assert_int_equal(desk_commit(desk, "b1", "k1", 100, &out), ERR_STATE);
    desk_put_basket(desk, "b1", 100, 1);
    assert_int_equal(desk_commit(desk, "b2", "k1", 100, &out), ERR_STATE);
    assert_int_equal(desk_state(desk), SALE_OPEN);
}

static void till_commit__gives_change_of_cash_alone(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_tenders tenders = {.count = 2, .rest = 2};
    struct till_request request = desk_request("k1", "x");
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD, .amount_minor = 900};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH, .amount_minor = 50};
    desk_put_basket(desk, "b1", 100, 8);
    assert_int_equal(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal), ERR_UNBALANCED);
    assert_string_equal(desk->refusal.field, "tenders");
    tenders.rows[1].amount_minor = 200;
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal) == ERR_UNBALANCED ? ERR_OK
                                                                                                 : ERR_STATE);
    tenders.rows[0].amount_minor = 700;
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    assert_int_equal(out.change_minor, 100);
}

static void till_commit__lets_one_tender_take_the_rest(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_tenders tenders = {.count = 2, .rest = 1};
    struct till_request request = desk_request("k1", "x");
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_VOUCHER, .amount_minor = 300};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    desk_put_basket(desk, "b1", 100, 8);
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.tenders[1].amount_minor, 500);
}

static void till_put_basket__records_the_odd_lines_of_real_receipts(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "odd");
    kassa_Line *lost = desk_ring_up(basket, "lost", 250, -4);
    lost->kind = kassa_LineKind_LINE_CORRECTION;
    kassa_Line *debt = desk_ring_up(basket, "debt", -1106206, 1);
    debt->kind = kassa_LineKind_LINE_CORRECTION;
    (void)desk_ring_up(basket, "free", 0, 12);
    kassa_Line *fine = desk_ring_up(basket, "fine", 0, 3);
    fine->unit_price_e5 = 12345; /* 0.12345 x 3 = 0.37035 */
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_int_equal(desk_total(desk), -1000 - 1106206 + 37);
    ok(desk_commit(desk, "odd", "k1", desk_total(desk), &out));
    const struct wire_receipt *receipt = &desk_receipt(desk, 1)->body.receipt;
    assert_int_equal(receipt->head.total_minor, -1107169);
    assert_int_equal(receipt->lines[3].unit_price_e5, 12345);
}

static void till_put_basket__refuses_a_negative_line_that_is_no_correction(void **state)
{
    struct desk *desk = *state;
    desk_put_basket(desk, "good", 100, 1);
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "bad");
    (void)desk_ring_up(basket, "a", 100, 1);
    (void)desk_ring_up(basket, "b", 100, -1);
    assert_int_equal(till_put_basket(desk->till, &desk->refusal), ERR_RANGE);
    assert_string_equal(desk->refusal.field, "lines[1].quantity");
    struct till_priced priced;
    assert_true(till_get_basket(desk->till, &priced));
    assert_string_equal(priced.basket->id, "good");
    assert_int_equal(priced.result->total_minor, 100);
}

static void till_commit__records_as_many_lines_as_the_limit_allows(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "long");
    for (int i = 0; i < 2000; i++) {
        kassa_Line *line = desk_ring_up(basket, "x", 101, 1);
        (void)snprintf(line->description, sizeof line->description, "an article of the year, number %d", i);
    }
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "long", "k1", 202000, &out));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.line_count, 2000);
}

static void till_commit__takes_the_tax_out_of_each_line(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "tax");
    desk_ring_up(basket, "a", 1210, 1)->tax_rate_bp = 2100;
    desk_ring_up(basket, "b", 105, 1)->tax_rate_bp = 500;
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "tax", "k1", 1315, &out));
    const struct wire_receipt *receipt = &desk_receipt(desk, 1)->body.receipt;
    assert_int_equal(receipt->lines[0].tax_minor, 210);
    assert_int_equal(receipt->lines[1].tax_base_minor, 100);
    assert_int_equal(receipt->head.tax_minor, 215);
}

static void till_commit__says_not_recorded_when_the_disk_is_full(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    enum err error = ERR_OK;
    uint64_t number = 0;
    for (int i = 0; error == ERR_OK && i < 10000; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        desk_put_basket(desk, "b", 100, 1);
        error = desk_commit(desk, "b", key, 100, &out);
        number += error == ERR_OK;
    }
    assert_int_equal(error, ERR_FULL);
    assert_int_equal(desk_state(desk), SALE_OPEN);
    assert_int_equal(desk_total(desk), 100);
    assert_int_equal(journal_next_receipt(desk->journal), number + 1);
    assert_int_equal(desk_commit(desk, "b", "again", 100, &out), ERR_FULL);
    assert_int_equal(till_find_outcome(desk->till, span_of_text("again"), &out), ERR_NOT_FOUND);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__records_the_priced_basket_and_is_idle_again),
        ON_DESK(till_commit__numbers_receipts_without_a_gap),
        ON_DESK(till_commit__answers_a_key_as_it_did_the_first_time),
        ON_DESK(till_commit__knows_its_keys_after_a_power_cut),
        ON_DESK(till_commit__refuses_another_basket_than_the_open_one),
        ON_DESK(till_commit__gives_change_of_cash_alone),
        ON_DESK(till_commit__lets_one_tender_take_the_rest),
        ON_DESK(till_put_basket__records_the_odd_lines_of_real_receipts),
        ON_DESK(till_put_basket__refuses_a_negative_line_that_is_no_correction),
        ON_DESK(till_commit__records_as_many_lines_as_the_limit_allows),
        ON_DESK(till_commit__takes_the_tax_out_of_each_line),
        cmocka_unit_test_setup_teardown(till_commit__says_not_recorded_when_the_disk_is_full,
                                        desk_setup_small, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
