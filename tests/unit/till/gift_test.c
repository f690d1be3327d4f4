/* SPDX-License-Identifier: Apache-2.0 */
/* Gift cards at the till: sold, taken as payment with head office's word, given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

#include "vault/vault.h"

#define CARD_A "num:GIFT0001"
#define CARD_B "num:GIFT0002"

static void account_of(const struct desk *desk, const char *code, uint8_t out[TOKEN_SIZE])
{
    ok(vault_card_token(&desk->settings.peppers.rows[0], code, out));
}

static void assert_row(const struct desk *desk, const kassa_GiftRow *row, const char *code, int64_t minor)
{
    uint8_t account[TOKEN_SIZE];
    account_of(desk, code, account);
    assert_int_equal(row->account.size, TOKEN_SIZE);
    assert_memory_equal(row->account.bytes, account, TOKEN_SIZE);
    assert_int_equal(row->amount_minor, minor);
}

static void load(struct till_basket *basket, const char *code, int64_t minor)
{
    kassa_Line *line = desk_ring_up(basket, "card", minor, 1);
    line->kind = kassa_LineKind_LINE_GIFT_VALUE;
    if (code == NULL)
        return;
    struct till_gift *gift = &basket->loads[basket->load_count++];
    gift->place = (uint32_t)basket->line_count - 1;
    (void)snprintf(gift->code, sizeof gift->code, "%s", code);
}

static struct till_basket *stage(struct desk *desk, const char *id)
{
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "%s", id);
    return basket;
}

static struct till_tenders paid_with(const char *code, int64_t minor)
{
    struct till_tenders tenders = {.count = 2, .rest = 1};
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_GIFT, .amount_minor = minor};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    (void)snprintf(tenders.gifts[tenders.gift_count++].code, CARD_TEXT_MAX, "%s", code);
    return tenders;
}

static enum err commit(struct desk *desk, const char *basket, const struct till_tenders *tenders)
{
    struct till_outcome out;
    struct till_request request = desk_request(basket, basket);
    return till_commit(desk->till, &request, basket, tenders, &out, &desk->refusal);
}

static enum err pay_by_card(struct desk *desk, const char *basket)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    return commit(desk, basket, &tenders);
}

static void connect(struct desk *desk)
{
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
}

/* Goods for `price`, of which the card pays `minor`. */
static void buy_with(struct desk *desk, const char *basket, const char *code, int64_t price, int64_t minor)
{
    struct till_tenders tenders = paid_with(code, minor);
    desk_put_basket(desk, basket, price, 1);
    assert_int_equal(commit(desk, basket, &tenders), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
    ok(commit(desk, basket, &tenders));
}

static enum err bring_back(struct desk *desk, const char *key, uint64_t number, uint32_t line)
{
    struct till_outcome out;
    struct till_return *back = till_stage_return(desk->till);
    back->has_original = true;
    back->original = (kassa_ReceiptId){.business_day = DESK_DAY, .number = number};
    (void)snprintf(back->original.store, sizeof back->original.store, "s1");
    (void)snprintf(back->original.till, sizeof back->original.till, "till-1");
    back->back[0] = (struct till_line_back){line, 1000};
    back->back_count = 1;
    struct till_request request = desk_request(key, key);
    return till_take_return(desk->till, &request, &out, &desk->refusal);
}

static void till_commit__loads_the_cards_that_were_sold(void **state)
{
    struct desk *desk = *state;
    struct till_basket *basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    (void)desk_ring_up(basket, "tea", 300, 1);
    load(basket, CARD_B, 500);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_by_card(desk, "b1")); /* selling needs no line */
    const kassa_Receipt *head = &desk_receipt(desk, 1)->body.receipt.head;
    assert_int_equal(head->total_minor, 2800);
    assert_int_equal(head->loyalty.gifts_count, 2);
    assert_row(desk, &head->loyalty.gifts[0], CARD_A, 2000);
    assert_row(desk, &head->loyalty.gifts[1], CARD_B, 500);
    ok(bring_back(desk, "r1", 1, 3));
    head = &desk_receipt(desk, 2)->body.receipt.head;
    assert_int_equal(head->total_minor, -500);
    assert_int_equal(head->tenders[0].kind, kassa_TenderKind_TENDER_CASH);
    assert_int_equal(head->loyalty.gifts_count, 1);
    assert_row(desk, &head->loyalty.gifts[0], CARD_B, -500);
    assert_int_equal(desk_receipt(desk, 2)->body.receipt.lines[0].original.kind,
                     kassa_LineKind_LINE_GIFT_VALUE);
}

static void assert_refused(struct desk *desk, enum err error, const char *field)
{
    assert_int_equal(till_put_basket(desk->till, &desk->refusal), error);
    assert_string_equal(desk->refusal.field, field);
}

static void till_put_basket__refuses_what_loads_no_card(void **state)
{
    struct desk *desk = *state;
    struct till_basket *basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    basket->lines[0].kind = kassa_LineKind_LINE_SALE;
    assert_refused(desk, ERR_ARGUMENT, "lines[0].gift");
    basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    basket->lines[0].quantity_milli = 2000;
    assert_refused(desk, ERR_RANGE, "lines[0].quantity");
    basket = stage(desk, "b1");
    load(basket, CARD_A, 0);
    assert_refused(desk, ERR_RANGE, "lines[0].unit_price");
    basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    load(basket, NULL, 2000);
    assert_refused(desk, ERR_ARGUMENT, "lines[1].gift");
}

static void till_commit__spends_what_head_office_has_set_aside(void **state)
{
    struct desk *desk = *state;
    connect(desk);
    buy_with(desk, "b1", CARD_A, 2000, 1500);
    assert_int_equal(desk->reserve_count, 1);
    assert_int_equal(desk->reserve.gifts_count, 1);
    assert_row(desk, &desk->reserve.gifts[0], CARD_A, -1500);
    const kassa_Receipt *head = &desk_receipt(desk, 1)->body.receipt.head;
    assert_row(desk, &head->loyalty.gifts[0], CARD_A, -1500);
    assert_string_equal(head->loyalty.reservation, desk->reserve.key);
    assert_int_equal(head->tenders[1].amount_minor, 500);
    assert_null(strstr(head->tenders[0].reference, "GIFT0001"));
    assert_int_equal(desk->release_count, 0);
}

static void till_reserve__sets_the_rest_aside_that_a_card_is_to_pay(void **state)
{
    struct desk *desk = *state;
    struct till_tenders tenders = paid_with(CARD_A, 0);
    connect(desk);
    tenders.rows[1].amount_minor = 700;
    tenders.rest = 0;
    desk_put_basket(desk, "b1", 2000, 1);
    assert_int_equal(till_reserve(desk->till, "b1", &tenders, &desk->refusal), ERR_PENDING);
    assert_row(desk, &desk->reserve.gifts[0], CARD_A, -1300);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
    ok(till_reserve(desk->till, "b1", &tenders, &desk->refusal));
    ok(commit(desk, "b1", &tenders));
    assert_int_equal(desk->reserve_count, 1);
    assert_row(desk, &desk_receipt(desk, 1)->body.receipt.head.loyalty.gifts[0], CARD_A, -1300);
}

static void till_commit__refuses_a_card_that_has_too_little_and_takes_another_tender(void **state)
{
    struct desk *desk = *state;
    struct till_tenders tenders = paid_with(CARD_A, 1500);
    connect(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_GIFT_SHORT, 0);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_STATE);
    assert_string_equal(desk->refusal.field, "tenders[0].gift");
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING); /* it may have been topped up */
    assert_int_equal(desk->reserve_count, 2);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_GIFT_SHORT, 0);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_STATE);
    ok(pay_by_card(desk, "b1"));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.gifts_count, 0);
}

static void till_commit__never_spends_gift_value_without_head_office(void **state)
{
    struct desk *desk = *state;
    struct till_tenders tenders = paid_with(CARD_A, 1500);
    desk_put_basket(desk, "b1", 2000, 1);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_STATE);
    assert_string_equal(desk->refusal.field, "tenders[0].gift");
    connect(desk);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING);
    desk->mono_ms += desk->settings.ask_ms;
    (void)till_tick(desk->till); /* silence */
    assert_int_equal(commit(desk, "b1", &tenders), ERR_STATE);
    assert_string_equal(desk->refusal.field, "tenders");
    assert_int_equal(desk->release_count, 1);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING); /* asked anew */
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
    ok(pay_by_card(desk, "b1"));
    assert_int_equal(desk->release_count, 2); /* it pays otherwise: the value is free again */
}

static void till_commit__refuses_a_card_that_cannot_pay_this(void **state)
{
    struct desk *desk = *state;
    connect(desk);
    struct till_basket *basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    ok(till_put_basket(desk->till, &desk->refusal));
    struct till_tenders tenders = paid_with(CARD_A, 1000);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_ARGUMENT);
    assert_string_equal(desk->refusal.field, "tenders[0].gift");
    tenders = paid_with(CARD_B, -5);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_RANGE);
    assert_string_equal(desk->refusal.field, "tenders[0].amount_minor");
    tenders = paid_with(CARD_B, 5);
    tenders.rows[0].kind = kassa_TenderKind_TENDER_CASH;
    assert_int_equal(commit(desk, "b1", &tenders), ERR_ARGUMENT);
    tenders = paid_with(CARD_B, 5);
    tenders.rows[1].kind = kassa_TenderKind_TENDER_GIFT;
    tenders.gifts[1] = tenders.gifts[0];
    tenders.gifts[1].place = 1;
    tenders.gift_count = 2;
    assert_int_equal(commit(desk, "b1", &tenders), ERR_ARGUMENT);
    assert_string_equal(desk->refusal.field, "tenders[1].gift");
    assert_int_equal(desk->reserve_count, 0);
}

static void till_take_return__gives_value_back_to_the_card_that_paid(void **state)
{
    struct desk *desk = *state;
    connect(desk);
    struct till_basket *basket = stage(desk, "b1");
    (void)desk_ring_up(basket, "tea", 1000, 1);
    (void)desk_ring_up(basket, "cup", 1001, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    struct till_tenders tenders = paid_with(CARD_A, 1501);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
    ok(commit(desk, "b1", &tenders));
    desk->is_hub_connected = false; /* giving back needs no line */
    int64_t gift = 0;
    int64_t total = 0;
    for (uint32_t line = 1; line <= 2; line++) {
        ok(bring_back(desk, line == 1 ? "r1" : "r2", 1, line));
        const kassa_Receipt *head = &desk_receipt(desk, 1 + line)->body.receipt.head;
        assert_int_equal(head->loyalty.gifts_count, 1);
        assert_int_equal(head->tenders_count, 2);
        assert_int_equal(head->tenders[1].kind, kassa_TenderKind_TENDER_GIFT);
        assert_int_equal(head->tenders[1].amount_minor, -head->loyalty.gifts[0].amount_minor);
        assert_true(head->tenders[0].amount_minor <= 0);
        gift += head->loyalty.gifts[0].amount_minor;
        total += head->total_minor;
    }
    assert_int_equal(gift, 1501);
    assert_int_equal(total, -2001);
}

/* Nor by a row of cash below 0: what is on a gift card is spent here, and not paid out. */
static void till_commit__gives_no_change_of_a_gift_card(void **state)
{
    struct desk *desk = *state;
    struct till_tenders tenders = paid_with(CARD_A, 1500);
    tenders.rows[1].kind = kassa_TenderKind_TENDER_CASH;
    connect(desk);
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_RANGE);
    assert_string_equal(desk->refusal.field, "tenders[1].amount_minor");
    tenders.rest = tenders.count;
    tenders.rows[1].amount_minor = -500;
    assert_int_equal(commit(desk, "b1", &tenders), ERR_RANGE);
    assert_int_equal(desk->reserve_count, 0);
    tenders.rest = 1;
    tenders.rows[0].amount_minor = 1000; /* all of it */
    assert_int_equal(commit(desk, "b1", &tenders), ERR_PENDING);
}

static void till_commit__gives_value_back_in_an_exchange(void **state)
{
    struct desk *desk = *state;
    connect(desk);
    buy_with(desk, "b1", CARD_A, 2000, 2000);
    desk->is_hub_connected = false;
    struct till_basket *basket = stage(desk, "b2");
    (void)desk_ring_up(basket, "cup", 2500, 1);
    basket->exchange.original = (kassa_ReceiptId){.business_day = DESK_DAY, .number = 1};
    (void)snprintf(basket->exchange.original.store, sizeof basket->exchange.original.store, "s1");
    (void)snprintf(basket->exchange.original.till, sizeof basket->exchange.original.till, "till-1");
    basket->exchange.back[0] = (struct till_line_back){1, 1000};
    basket->exchange.back_count = 1;
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_by_card(desk, "b2"));
    const kassa_Receipt *head = &desk_receipt(desk, 2)->body.receipt.head;
    assert_int_equal(head->total_minor, 500);
    assert_int_equal(head->tenders[0].amount_minor, 2500);
    assert_int_equal(head->tenders[1].amount_minor, -2000);
    assert_row(desk, &head->loyalty.gifts[0], CARD_A, 2000);
}

static void till_resume__still_knows_the_cards_that_a_basket_loads(void **state)
{
    struct desk *desk = *state;
    struct till_basket *basket = stage(desk, "b1");
    (void)desk_ring_up(basket, "tea", 300, 1);
    load(basket, CARD_A, 2000);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    desk_restart(desk);
    ok(till_resume(desk->till, "b1", &desk->refusal));
    ok(pay_by_card(desk, "b1"));
    assert_row(desk, &desk_receipt(desk, 1)->body.receipt.head.loyalty.gifts[0], CARD_A, 2000);
}

static void till_commit__moves_no_gift_value_in_training(void **state)
{
    struct desk *desk = *state;
    struct till_basket *basket = stage(desk, "b1");
    struct till_tenders tenders = paid_with(CARD_B, 100);
    basket->training = true;
    load(basket, CARD_A, 2000);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(commit(desk, "b1", &tenders));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.gifts_count, 0);
}

#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)

static enum err look(struct desk *desk, const char *code, struct till_gift_balance *out)
{
    desk->refusal = (struct till_refusal){0};
    return till_get_gift_balance(desk->till, code, out, &desk->refusal);
}

static void till_get_gift_balance__tells_what_head_office_answers(void **state)
{
    struct desk *desk = *state;
    struct till_gift_balance balance = {0};
    uint8_t account[TOKEN_SIZE];
    connect(desk);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING); /* asked once */
    assert_int_equal(desk->gift_count, 1);
    account_of(desk, CARD_A, account);
    assert_memory_equal(desk->gift, account, TOKEN_SIZE);
    desk_forget_events(desk);
    desk_answer_gift(desk, 1750);
    assert_true(desk_heard(desk, TILL_ANSWERED));
    ok(look(desk, CARD_A, &balance));
    assert_int_equal(balance.available_minor, 1750);
    assert_string_equal(balance.currency, "EUR");
    assert_int_equal(balance.exponent, 2);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING); /* an answer is told once */
    desk_answer_gift(desk, 0);
    ok(look(desk, CARD_A, &balance));
    assert_int_equal(balance.available_minor, 0);
    assert_int_equal(look(desk, "GIFT", &balance), ERR_ARGUMENT);
}

static void till_get_gift_balance__has_one_question_at_a_time(void **state)
{
    struct desk *desk = *state;
    struct till_gift_balance balance = {0};
    connect(desk);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING);
    assert_int_equal(look(desk, CARD_B, &balance), ERR_PENDING);
    assert_int_equal(desk->gift_count, 1);
    desk_answer_gift(desk, 500);
    assert_int_equal(look(desk, CARD_B, &balance),
                     ERR_PENDING); /* it does not take the other's answer away */
    desk_forget_events(desk);
    ok(look(desk, CARD_A, &balance));
    assert_true(desk_heard(desk, TILL_ANSWERED)); /* now B's turn */
    assert_int_equal(look(desk, CARD_B, &balance), ERR_PENDING);
    assert_int_equal(desk->gift_count, 2);
    desk_answer_gift(desk, 700);
    desk->mono_ms += 2000; /* who asked is gone */
    desk_forget_events(desk);
    (void)till_tick(desk->till);
    assert_true(desk_heard(desk, TILL_ANSWERED));
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING);
    assert_int_equal(desk->gift_count, 3);
}

static void till_get_gift_balance__says_when_head_office_cannot_be_asked(void **state)
{
    struct desk *desk = *state;
    struct till_gift_balance balance = {0};
    assert_int_equal(look(desk, CARD_A, &balance), ERR_CLOSED);
    connect(desk);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING);
    desk->mono_ms += desk->settings.ask_ms;
    (void)till_tick(desk->till);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_TIMEOUT);
    assert_string_equal(desk->refusal.field, "gift");
}

/* Codes are tried as fast as the till lets: head office knows none of them. */
static unsigned guess(struct desk *desk, unsigned tries)
{
    unsigned heard = 0;
    for (unsigned i = 0; i < tries; i++) {
        struct till_gift_balance balance;
        char code[CARD_TEXT_MAX];
        (void)snprintf(code, sizeof code, "num:GUESS%05u", i);
        if (look(desk, code, &balance) != ERR_PENDING)
            continue;
        desk_answer_gift(desk, -1);
        assert_int_equal(look(desk, code, &balance), ERR_NOT_FOUND);
        heard++;
    }
    return heard;
}

static void till_get_gift_balance__goes_slowly_with_who_tries_codes(void **state)
{
    struct desk *desk = *state;
    struct till_gift_balance balance;
    connect(desk);
    for (unsigned i = 0; i < 50; i++) { /* cards that there are cost nothing */
        assert_int_equal(look(desk, CARD_A, &balance), ERR_PENDING);
        desk_answer_gift(desk, 100);
        ok(look(desk, CARD_A, &balance));
    }
    assert_int_equal(guess(desk, 100), 10);
    assert_int_equal(look(desk, CARD_A, &balance), ERR_THROTTLED);
    desk->mono_ms += 60000;
    assert_int_equal(guess(desk, 100), 2);
    desk_put_basket(desk, "b1", 2000, 1); /* nor is a tender a way round it */
    struct till_tenders tenders = paid_with(CARD_A, 1500);
    assert_int_equal(commit(desk, "b1", &tenders), ERR_THROTTLED);
    ok(pay_by_card(desk, "b1"));
}

static void till_commit__counts_cards_that_are_empty_or_unknown(void **state)
{
    struct desk *desk = *state;
    struct till_tenders tenders = paid_with(CARD_A, 1500);
    unsigned refused = 0;
    connect(desk);
    desk_put_basket(desk, "b1", 2000, 1);
    while (commit(desk, "b1", &tenders) == ERR_PENDING && refused < 50) {
        desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_GIFT_SHORT, 0);
        refused++;
        (void)!commit(desk, "b1", &tenders); /* hears why */
    }
    assert_int_equal(refused, 10);
}

/* While the chain's pepper is changed: named by the old one, as at tills that have no other, with the new token beside it. */
static void till_commit__names_a_card_by_the_old_pepper_and_tells_the_new_token(void **state)
{
    struct desk *desk = *state;
    uint8_t bytes[VAULT_PEPPER_SIZE] = {42}, old[TOKEN_SIZE], new[TOKEN_SIZE];
    account_of(desk, CARD_A, old);
    ok(vault_pepper_add(&desk->settings.peppers, 2, bytes));
    account_of(desk, CARD_A, new);
    desk_restart(desk);
    struct till_basket *basket = stage(desk, "b1");
    load(basket, CARD_A, 2000);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_by_card(desk, "b1"));
    const kassa_GiftRow *row = &desk_receipt(desk, 1)->body.receipt.head.loyalty.gifts[0];
    assert_memory_equal(row->account.bytes, old, TOKEN_SIZE);
    assert_int_equal(row->newer.size, TOKEN_SIZE);
    assert_memory_equal(row->newer.bytes, new, TOKEN_SIZE);
    assert_int_equal(new[0], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__loads_the_cards_that_were_sold),
        ON_DESK(till_put_basket__refuses_what_loads_no_card),
        ON_DESK(till_commit__spends_what_head_office_has_set_aside),
        ON_DESK(till_reserve__sets_the_rest_aside_that_a_card_is_to_pay),
        ON_DESK(till_commit__refuses_a_card_that_has_too_little_and_takes_another_tender),
        ON_DESK(till_commit__never_spends_gift_value_without_head_office),
        ON_DESK(till_commit__refuses_a_card_that_cannot_pay_this),
        ON_DESK(till_take_return__gives_value_back_to_the_card_that_paid),
        ON_DESK(till_commit__gives_no_change_of_a_gift_card),
        ON_DESK(till_commit__gives_value_back_in_an_exchange),
        ON_DESK(till_resume__still_knows_the_cards_that_a_basket_loads),
        ON_DESK(till_commit__moves_no_gift_value_in_training),
        ON_DESK(till_get_gift_balance__tells_what_head_office_answers),
        ON_DESK(till_get_gift_balance__has_one_question_at_a_time),
        ON_DESK(till_get_gift_balance__says_when_head_office_cannot_be_asked),
        ON_DESK(till_get_gift_balance__goes_slowly_with_who_tries_codes),
        ON_DESK(till_commit__counts_cards_that_are_empty_or_unknown),
        ON_DESK(till_commit__names_a_card_by_the_old_pepper_and_tells_the_new_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
