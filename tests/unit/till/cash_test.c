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

#define CASH  kassa_TenderKind_TENDER_CASH
#define CARD  kassa_TenderKind_TENDER_CARD
#define EXACT INT64_MAX /* of a row: it takes what the others leave */

/* The rule is the till's own for good: a till that was opened with another one would be another till. */
static void round_to(struct desk *desk, int64_t step_minor)
{
    ((struct till_settings *)(uintptr_t)till_get_settings(desk->till))->cash_rounding_minor = step_minor;
    desk->settings.cash_rounding_minor = step_minor;
}

struct paid {
    kassa_TenderKind kind;
    int64_t minor; /* EXACT: the rest */
};

static struct till_tenders tenders_of(const struct paid *paid, size_t count)
{
    struct till_tenders tenders = {.count = count, .rest = count};
    for (size_t i = 0; i < count; i++) {
        bool is_rest = paid[i].minor == EXACT;
        tenders.rows[i] = (kassa_Tender){.kind = paid[i].kind, .amount_minor = is_rest ? 0 : paid[i].minor};
        tenders.rest = is_rest ? i : tenders.rest;
    }
    return tenders;
}

static enum err pay(struct desk *desk, const struct paid *paid, size_t count, struct till_outcome *out)
{
    struct till_tenders tenders = tenders_of(paid, count);
    char key[24];
    (void)snprintf(key, sizeof key, "k%d", (int)++desk->next_key);
    struct till_request request = desk_request(key, key);
    return till_commit(desk->till, &request, "b1", &tenders, out, &desk->refusal);
}

static void check_sums(struct desk *desk, uint64_t number)
{
    const struct wire_receipt *receipt = &desk_receipt(desk, number)->body.receipt;
    const kassa_Receipt *head = &receipt->head;
    int64_t lines = 0;
    int64_t tenders = 0;
    for (size_t i = 0; i < receipt->line_count; i++)
        lines += receipt->lines[i].amount_minor - receipt->lines[i].discount_minor;
    for (pb_size_t i = 0; i < head->tenders_count; i++)
        tenders += head->tenders[i].amount_minor;
    assert_int_equal(lines, head->gross_minor - head->discount_minor);
    assert_int_equal(lines + head->rounding_minor, head->total_minor);
    assert_int_equal(tenders - head->change_minor, head->total_minor);
}

static void till_commit__rounds_cash_to_the_nearest_and_a_half_away_from_zero(void **state)
{
    static const struct {
        int64_t price, step, paid;
    } rows[] = {
        {997, 0, 997},     {997, 1, 997},   {997, 5, 995},    {998, 5, 1000},   {992, 5, 990},
        {993, 5, 995},     {995, 5, 995},   {2, 5, 0},        {3, 5, 5},        {994, 10, 990},
        {995, 10, 1000},   {985, 10, 990},  {1024, 50, 1000}, {1025, 50, 1050}, {1049, 100, 1000},
        {1050, 100, 1100}, {150, 100, 200}, {2499, 5000, 0},
    };
    struct desk *desk = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const struct paid in_cash[] = {{CASH, EXACT}};
        struct till_outcome out;
        struct till_priced priced;
        round_to(desk, rows[i].step);
        desk_put_basket(desk, "b1", rows[i].price, 1);
        assert_true(till_get_basket(desk->till, &priced));
        assert_int_equal(priced.total_minor, rows[i].price);
        assert_int_equal(priced.cash_minor, rows[i].paid);
        ok(pay(desk, in_cash, 1, &out));
        assert_int_equal(out.total_minor, rows[i].paid);
        assert_int_equal(out.rounding_minor, rows[i].paid - rows[i].price);
        check_sums(desk, out.receipt.number);
        const struct wire_receipt *receipt = &desk_receipt(desk, out.receipt.number)->body.receipt;
        assert_int_equal(receipt->lines[0].amount_minor, rows[i].price);
        assert_int_equal(receipt->head.tenders[0].amount_minor, rows[i].paid);
    }
}

static void till_commit__rounds_what_other_tenders_leave_and_never_those(void **state)
{
    static const struct {
        struct paid paid[2];
        size_t count;
        int64_t total, change;
    } rows[] = {
        {{{CARD, EXACT}}, 1, 997, 0},
        {{{CARD, 997}}, 1, 997, 0},
        {{{CASH, 995}}, 1, 995, 0},
        {{{CASH, 2000}}, 1, 995, 1005},
        {{{CARD, 500}, {CASH, EXACT}}, 2, 995, 0},
        {{{CARD, 501}, {CASH, EXACT}}, 2, 996, 0}, /* 4.96 in cash: 4.95 */
        {{{CARD, 499}, {CASH, 500}}, 2, 999, 0},   /* 4.98 in cash: 5.00 */
        {{{CASH, 500}, {CARD, EXACT}}, 2, 997, 0}, /* the card takes 4.97 */
        {{{CASH, 500}, {CARD, 497}}, 2, 997, 0},
        {{{CARD, 997}, {CASH, EXACT}}, 2, 997, 0},
        {{{CARD, 600}, {CASH, 1000}}, 2, 995, 605}, /* 3.97 in cash: 3.95 */
    };
    struct desk *desk = *state;
    round_to(desk, 5);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct till_outcome out;
        desk_put_basket(desk, "b1", 997, 1);
        ok(pay(desk, rows[i].paid, rows[i].count, &out));
        if (out.total_minor != rows[i].total || out.change_minor != rows[i].change)
            fail_msg("row %d: total %d, change %d", (int)i, (int)out.total_minor, (int)out.change_minor);
        check_sums(desk, out.receipt.number);
    }
}

static void till_commit__says_what_cash_would_have_been(void **state)
{
    static const struct paid too_little[] = {{CASH, 998}};
    struct desk *desk = *state;
    struct till_outcome out;
    round_to(desk, 5);
    desk_put_basket(desk, "b1", 998, 1);
    assert_int_equal(pay(desk, too_little, 1, &out), ERR_UNBALANCED);
    assert_string_equal(desk->refusal.reason, "the tenders sum to 998, the total is 1000, rounded for cash");
    assert_int_equal(desk_state(desk), SALE_OPEN);
    ok(desk_commit(desk, "b1", "again", 1000, &out));
    assert_int_equal(out.rounding_minor, 2);
}

/* A point a cent: it would show a cent of rounding. */
static struct shelf *offer_points(struct desk *desk)
{
    static const uint8_t hash[HASH_SIZE] = {7};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 1;
    shelf->source.programme_rules.excluded_tenders = 1u << CASH;
    shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, hash));
    return shelf;
}

static void till_commit__leaves_lines_discounts_tax_and_points_as_they_are(void **state)
{
    static const struct paid mixed[][2] = {{{CARD, 400}, {CASH, EXACT}}, {{CARD, 400}, {CASH, 495}}};
    struct desk *desk = *state;
    struct shelf *shelf = offer_points(desk);
    round_to(desk, 5);
    for (size_t i = 0; i < COUNT_OF(mixed); i++) {
        struct till_outcome out;
        ok(desk_tap(desk, DESK_ALICE));
        struct till_basket *basket = till_stage_basket(desk->till);
        (void)snprintf(basket->id, sizeof basket->id, "b1");
        desk_ring_up(basket, "cup", 997, 1)->tax_rate_bp = 2100;
        ok(till_put_basket(desk->till, &desk->refusal)); /* 8.97 to pay */
        ok(pay(desk, mixed[i], 2, &out));
        assert_int_equal(out.total_minor, 895);
        assert_int_equal(out.points_earned, 400); /* of the card alone, to the cent */
        const struct wire_receipt *receipt = &desk_receipt(desk, out.receipt.number)->body.receipt;
        assert_int_equal(receipt->head.rounding_minor, -2);
        assert_int_equal(receipt->head.discount_minor, 100);
        assert_int_equal(receipt->head.tax_minor, 156); /* of 8.97 */
        check_sums(desk, out.receipt.number);
    }
    shelf_delete(shelf);
}

/* ------------------------------------------------------------------------------------------------- returns */

static enum err bring_back(struct desk *desk, uint64_t number, int64_t milli, const struct paid *paid,
                           struct till_outcome *out)
{
    struct till_return *back = till_stage_return(desk->till);
    char key[24];
    (void)snprintf(key, sizeof key, "r%d", (int)++desk->next_key);
    back->has_original = true;
    back->original = (kassa_ReceiptId){.business_day = DESK_DAY, .number = number};
    (void)snprintf(back->original.store, sizeof back->original.store, "s1");
    (void)snprintf(back->original.till, sizeof back->original.till, "till-1");
    back->back[0] = (struct till_line_back){1, milli};
    back->back_count = 1;
    if (paid != NULL)
        back->tenders = tenders_of(paid, 1);
    struct till_request request = desk_request(key, key);
    return till_take_return(desk->till, &request, out, &desk->refusal);
}

static uint64_t sell(struct desk *desk, int64_t price_minor, int64_t units)
{
    static const struct paid in_cash[] = {{CASH, EXACT}};
    struct till_outcome out;
    desk_put_basket(desk, "b1", price_minor, units);
    ok(pay(desk, in_cash, 1, &out));
    return out.receipt.number;
}

static void till_take_return__pays_back_in_cash_what_cash_took_in(void **state)
{
    static const int64_t prices[] = {997, 998, 992, 995, 985, 5, 4, 1005, 1015};
    static const int64_t steps[] = {1, 5, 10, 50, 100};
    struct desk *desk = *state;
    for (size_t i = 0; i < COUNT_OF(prices) * COUNT_OF(steps); i++) {
        struct till_outcome out;
        round_to(desk, steps[i / COUNT_OF(prices)]);
        uint64_t number = sell(desk, prices[i % COUNT_OF(prices)], 1);
        int64_t paid = desk_receipt(desk, number)->body.receipt.head.total_minor;
        ok(bring_back(desk, number, 1000, NULL, &out));
        assert_int_equal(out.total_minor, -paid);
        check_sums(desk, out.receipt.number);
    }
}

static void till_take_return__rounds_each_payment_by_itself_and_ends_at_zero_goods(void **state)
{
    static const struct paid to_card[] = {{CARD, EXACT}};
    static const int64_t totals[] = {-335, -335, -333}; /* 3.33 a unit; the last one goes to a card */
    struct desk *desk = *state;
    int64_t goods = 999;
    round_to(desk, 5);
    uint64_t number = sell(desk, 333, 3);
    for (size_t i = 0; i < COUNT_OF(totals); i++) {
        struct till_outcome out;
        ok(bring_back(desk, number, 1000, i == 2 ? to_card : NULL, &out));
        assert_int_equal(out.total_minor, totals[i]);
        goods += out.total_minor - out.rounding_minor;
        check_sums(desk, out.receipt.number);
    }
    assert_int_equal(goods, 0);
}

static void till_void_receipt__takes_the_rounding_back_with_the_total(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    round_to(desk, 5);
    struct till_void what = {.original = {.business_day = DESK_DAY, .number = sell(desk, 997, 1)}};
    (void)snprintf(what.original.store, sizeof what.original.store, "s1");
    (void)snprintf(what.original.till, sizeof what.original.till, "till-1");
    struct till_request request = desk_request("v1", "x");
    ok(till_void_receipt(desk->till, &request, &what, &out, &desk->refusal));
    assert_int_equal(out.total_minor, -995);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__rounds_cash_to_the_nearest_and_a_half_away_from_zero),
        ON_DESK(till_commit__rounds_what_other_tenders_leave_and_never_those),
        ON_DESK(till_commit__says_what_cash_would_have_been),
        ON_DESK(till_commit__leaves_lines_discounts_tax_and_points_as_they_are),
        ON_DESK(till_take_return__pays_back_in_cash_what_cash_took_in),
        ON_DESK(till_take_return__rounds_each_payment_by_itself_and_ends_at_zero_goods),
        ON_DESK(till_void_receipt__takes_the_rounding_back_with_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
