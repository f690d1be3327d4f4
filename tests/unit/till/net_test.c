/* SPDX-License-Identifier: Apache-2.0 */
/* Net prices: the tax comes on top, is paid, and goes back with the goods; and the tax of gross prices, by the
 * same properties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"
#include "harness/seed.h"

#include <stdio.h>

#define GROSS kassa_PriceMode_PRICE_GROSS
#define NET   kassa_PriceMode_PRICE_NET

static const uint8_t book_hash[HASH_SIZE] = {9};

/* The rule is the till's own for good: a till that was opened with another one would be another till. */
static struct till_settings *settings_of(struct desk *desk)
{
    return (struct till_settings *)(uintptr_t)till_get_settings(desk->till);
}

static enum err pay_rest(struct desk *desk, const char *basket, const char *key, kassa_TenderKind kind,
                         struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    struct till_request request = desk_request(key, key);
    tenders.rows[0] = (kassa_Tender){.kind = kind};
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

static struct till_basket *stage(struct desk *desk, const char *id, kassa_PriceMode mode)
{
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "%s", id);
    basket->price_mode = mode;
    return basket;
}

static void ring_up(struct till_basket *basket, const char *sku, int64_t price_minor, int64_t units,
                    uint32_t rate_bp)
{
    desk_ring_up(basket, sku, price_minor, units)->tax_rate_bp = rate_bp;
}

static enum err bring_back(struct desk *desk, const kassa_ReceiptId *id, uint32_t line, int64_t milli,
                           struct till_outcome *out)
{
    struct till_return *back = till_stage_return(desk->till);
    char key[32];
    (void)snprintf(key, sizeof key, "back-%d", (int)++desk->next_key);
    struct till_request request = desk_request(key, key);
    back->has_original = true;
    back->original = *id;
    back->back[0] = (struct till_line_back){line, milli};
    back->back_count = 1;
    return till_take_return(desk->till, &request, out, &desk->refusal);
}

static const kassa_Receipt *head_of(struct desk *desk, const struct till_outcome *out)
{
    return &desk_receipt(desk, out->receipt.number)->body.receipt.head;
}

/* -------------------------------------------------------------------------------------------------- a sale */

static void till_commit__puts_the_tax_of_net_prices_on_top(void **state)
{
    struct desk *desk = *state;
    struct till_priced priced;
    struct till_outcome out;
    struct till_basket *basket = stage(desk, "b1", NET);
    ring_up(basket, "a", 1000, 1, 2100);
    ring_up(basket, "b", 333, 2, 500); /* 33.3, half up, once a line */
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_true(till_get_basket(desk->till, &priced));
    assert_int_equal(priced.gross_minor, 1666);
    assert_int_equal(priced.tax_minor, 210 + 33);
    assert_int_equal(priced.total_minor, 1909);
    assert_int_equal(desk_commit(desk, "b1", "k1", 1908, &out), ERR_UNBALANCED);
    ok(desk_commit(desk, "b1", "k2", 2000, &out));
    assert_int_equal(out.total_minor, 1909);
    assert_int_equal(out.change_minor, 91);
    const struct wire_receipt *receipt = &desk_receipt(desk, 1)->body.receipt;
    assert_int_equal(receipt->head.price_mode, NET);
    assert_int_equal(receipt->head.tax_minor, 243);
    assert_int_equal(receipt->head.total_minor, 1909);
    assert_int_equal(receipt->lines[1].tax_base_minor, 666);
    assert_int_equal(receipt->lines[1].tax_minor, 33);
}

static void till_commit__rounds_cash_with_the_tax_on_top(void **state)
{
    struct desk *desk = *state;
    struct till_priced priced;
    struct till_outcome out;
    settings_of(desk)->cash_rounding_minor = 5;
    ring_up(stage(desk, "b1", NET), "a", 1001, 1, 2100); /* 10.01 and 2.10 */
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_true(till_get_basket(desk->till, &priced));
    assert_int_equal(priced.total_minor, 1211);
    assert_int_equal(priced.cash_minor, 1210);
    ok(pay_rest(desk, "b1", "k1", kassa_TenderKind_TENDER_CASH, &out));
    assert_int_equal(out.total_minor, 1210);
    assert_int_equal(out.rounding_minor, -1);
    ok(bring_back(desk, &out.receipt, 1, 1000, &out));
    assert_int_equal(out.total_minor, -1210);
    assert_int_equal(head_of(desk, &out)->tax_minor, -210);
}

static void till_stage_basket__has_the_price_mode_of_the_till(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    settings_of(desk)->price_mode = NET;
    desk_put_basket(desk, "b1", 1000, 1);
    ok(pay_rest(desk, "b1", "k1", kassa_TenderKind_TENDER_CARD, &out));
    assert_int_equal(head_of(desk, &out)->price_mode, NET);
}

static void till_resume__keeps_the_price_mode(void **state)
{
    struct desk *desk = *state;
    struct till_suspended row;
    struct till_priced priced;
    ring_up(stage(desk, "b1", NET), "a", 1000, 1, 2100);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    desk_restart(desk);
    assert_int_equal(till_list_suspended(desk->till, &row, 1), 1);
    assert_int_equal(row.total_minor, 1210);
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_true(till_get_basket(desk->till, &priced));
    assert_int_equal(priced.basket->price_mode, NET);
    assert_int_equal(priced.total_minor, 1210);
}

static void till_put_basket__loads_a_gift_card_without_a_tax_on_top(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 2; i++) {
        struct till_basket *basket = stage(desk, "b1", i == 0 ? NET : GROSS);
        ring_up(basket, "card", 1000, 1, 2100);
        basket->lines[0].kind = kassa_LineKind_LINE_GIFT_VALUE;
        basket->load_count = 1;
        (void)snprintf(basket->loads[0].code, CARD_TEXT_MAX, "num:GIFT0001");
        assert_int_equal(till_put_basket(desk->till, &desk->refusal), i == 0 ? ERR_RANGE : ERR_OK);
    }
    assert_string_equal(desk->refusal.field, "lines[0].tax_rate_bp");
}

static void till_void_receipt__takes_the_tax_back_too(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    ring_up(stage(desk, "b1", NET), "a", 1000, 1, 2100);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, "b1", "k1", kassa_TenderKind_TENDER_CARD, &out));
    struct till_void what = {.original = out.receipt};
    struct till_request request = desk_request("v", "v");
    ok(till_void_receipt(desk->till, &request, &what, &out, &desk->refusal));
    assert_int_equal(desk_receipt(desk, 2)->body.voided.total_minor, 1210);
}

/* ----------------------------------------------------------------------------------------------- going back */

static struct till_outcome sell_one(struct desk *desk, kassa_PriceMode mode)
{
    struct till_outcome out;
    ring_up(stage(desk, "b1", mode), "a", 1000, 3, 2100);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, "b1", mode == NET ? "net" : "gross", kassa_TenderKind_TENDER_CARD, &out));
    return out;
}

static void till_put_basket__refuses_to_exchange_goods_of_the_other_price_mode(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 2; i++) {
        struct till_outcome sale = sell_one(desk, i == 0 ? NET : GROSS);
        struct till_basket *basket = stage(desk, "x", i == 0 ? GROSS : NET);
        ring_up(basket, "b", 500, 1, 2100);
        basket->exchange.original = sale.receipt;
        basket->exchange.back[0] = (struct till_line_back){1, 1000};
        basket->exchange.back_count = 1;
        assert_int_equal(till_put_basket(desk->till, &desk->refusal), ERR_STATE);
        assert_string_equal(desk->refusal.field, "return.original");
        assert_non_null(strstr(desk->refusal.reason, i == 0 ? "has net prices" : "has gross prices"));
    }
}

static void till_commit__exchanges_goods_with_net_prices(void **state)
{
    struct desk *desk = *state;
    struct till_outcome sale = sell_one(desk, NET);
    struct till_priced priced;
    struct till_outcome out;
    struct till_basket *basket = stage(desk, "x", NET);
    ring_up(basket, "b", 500, 1, 500);
    basket->exchange.original = sale.receipt;
    basket->exchange.back[0] = (struct till_line_back){1, 1000};
    basket->exchange.back_count = 1;
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_true(till_get_basket(desk->till, &priced));
    assert_int_equal(priced.tax_minor, 25 - 210);
    assert_int_equal(priced.total_minor, 525 - 1210);
    ok(pay_rest(desk, "x", "x", kassa_TenderKind_TENDER_CARD, &out));
    assert_int_equal(out.total_minor, 525 - 1210);
    ok(bring_back(desk, &sale.receipt, 1, 2000, &out));
    assert_int_equal(out.total_minor, -2420);
}

static void till_take_return__has_the_price_mode_of_the_original(void **state)
{
    struct desk *desk = *state;
    struct till_outcome sale = sell_one(desk, NET);
    struct till_outcome out;
    ok(bring_back(desk, &sale.receipt, 1, 1000, &out));
    assert_int_equal(out.total_minor, -1210);
    assert_int_equal(head_of(desk, &out)->price_mode, NET);
    struct till_request request = desk_request("r", "r");
    struct till_return *back = till_stage_return(desk->till);
    back->has_original = true;
    back->original = sale.receipt;
    back->back[0] = (struct till_line_back){1, 1000};
    back->back_count = 1;
    back->has_price_mode = true; /* gross */
    assert_int_equal(till_take_return(desk->till, &request, &out, &desk->refusal), ERR_STATE);
    assert_string_equal(desk->refusal.field, "price_mode");
}

static void till_take_return__puts_the_tax_on_top_of_what_is_unverified(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_request request = desk_request("r", "r");
    struct till_return *back = till_stage_return(desk->till);
    struct till_basket lines = {.lines = back->lines};
    ring_up(&lines, "a", 1000, 1, 2100);
    back->line_count = 1;
    back->has_price_mode = true;
    back->price_mode = NET;
    ok(till_take_return(desk->till, &request, &out, &desk->refusal));
    assert_int_equal(out.total_minor, -1210);
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.lines[0].tax_base_minor, -1000);
}

/* Buy a taxed cup, get a tea that has another rate. */
static struct shelf *open_shop(struct desk *desk)
{
    static const struct span cup[] = {{(const uint8_t *)"cup", 3}};
    static const struct span tea[] = {{(const uint8_t *)"tea", 3}};
    static const struct span cake[] = {{(const uint8_t *)"cake", 4}};
    static const struct span pot[] = {{(const uint8_t *)"pot", 3}};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *deal = shelf_offer(shelf, "cup-and-tea", BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->target = shelf_item(cup);
    deal->get = shelf_item(tea);
    deal->give.buy_units = 1;
    deal->give.get_units = 1;
    deal->give.percent_bp = 10000;
    deal->give.placement = BOOK_ON_GET;
    struct book_source_offer *third = shelf_offer(shelf, "third-cake", BOOK_BUY_GET, BOOK_EACH_UNIT);
    third->target = shelf_item(cake);
    third->get = shelf_item(cake);
    third->give.buy_units = 2;
    third->give.get_units = 1;
    third->give.percent_bp = 5000;
    third->give.placement = BOOK_ON_GET;
    struct book_source_offer *ten = shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    ten->target = shelf_item(pot);
    ten->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    return shelf;
}

struct step {
    uint32_t line;
    int64_t money, tax;
};

static void check_steps(struct desk *desk, kassa_PriceMode mode, const uint32_t rates[2],
                        const struct step *steps)
{
    struct till_outcome sale;
    struct till_outcome out;
    char id[16];
    (void)snprintf(id, sizeof id, "s%d", (int)++desk->next_key);
    struct till_basket *basket = stage(desk, id, mode);
    ring_up(basket, "cup", 10000, 1, rates[0]);
    ring_up(basket, "tea", 10000, 1, rates[1]);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, id, id, kassa_TenderKind_TENDER_CARD, &sale));
    for (size_t i = 0; i < 2; i++) {
        ok(bring_back(desk, &sale.receipt, steps[i].line, 1000, &out));
        assert_int_equal(out.total_minor, -steps[i].money);
        assert_int_equal(head_of(desk, &out)->tax_minor, -steps[i].tax);
    }
}

/* The customer keeps a tea that was free: now it is what he paid for, with its own tax. */
static void till_take_return__gives_the_tax_back_that_is_not_of_what_is_kept(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    static const uint32_t down[2] = {2100, 500};
    static const uint32_t up[2] = {500, 2100};
    check_steps(desk, NET, down, (struct step[]){{1, 1600, 1600}, {2, 10500, 500}});
    check_steps(desk, NET, down, (struct step[]){{2, 0, 0}, {1, 12100, 2100}});
    check_steps(desk, GROSS, down, (struct step[]){{1, 0, 1736 - 476}, {2, 10000, 476}});
    check_steps(desk, GROSS, up, (struct step[]){{1, 0, 476 - 1736}, {2, 10000, 1736}});
    check_steps(desk, NET, up, (struct step[]){{1, 0, 0}, {2, 10500, 500}}); /* never less than nothing */
    shelf_delete(shelf);
}

/* Head office has the receipt, and says what another till took back of it. */
static void answer_as_another_tills(struct desk *desk, uint64_t number, const kassa_ReceiptId *id,
                                    const kassa_LineReturned *returned)
{
    static uint8_t bytes[16384];
    static struct wire_record record;
    size_t size = 0;
    record = *desk_receipt(desk, number);
    record.body.receipt.head.id = *id;
    ok(wire_record_encode(&record, bytes, sizeof bytes, &size));
    struct wire_receipt_found found = {.record = span_of(bytes, size),
                                       .returned = (kassa_LineReturned *)(uintptr_t)returned,
                                       .returned_count = 1};
    found.head.has_id = true;
    found.head.id = *id;
    found.head.found = true;
    till_hear_receipt(desk->till, id, &found);
}

static void till_take_return__goes_on_from_the_tax_that_other_tills_gave_back(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_outcome out;
    static const kassa_ReceiptId foreign = {"s1", "till-2", DESK_DAY, 41};
    static const kassa_LineReturned cup = {
        .line = 1, .quantity_milli = 1000, .amount_minor = 10000, .discount_minor = 10000, .tax_minor = 1600};
    struct till_basket *basket = stage(desk, "b1", NET);
    ring_up(basket, "cup", 10000, 1, 2100);
    ring_up(basket, "tea", 10000, 1, 500);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, "b1", "k1", kassa_TenderKind_TENDER_CARD, &out));
    assert_int_equal(out.total_minor, 12100);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(bring_back(desk, &foreign, 2, 1000, &out), ERR_PENDING);
    answer_as_another_tills(desk, 1, &foreign, &cup);
    ok(bring_back(desk, &foreign, 2, 1000, &out));
    assert_int_equal(head_of(desk, &out)->tax_minor, -500);
    assert_int_equal(out.total_minor, -10500);
    shelf_delete(shelf);
}

/* Of what a gift card paid, each piece gives back what was paid for it: no cash is left over. */
static void till_take_return__gives_a_gift_card_back_what_it_paid_with_the_tax(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_tenders tenders = {.count = 1, .rest = 0, .gift_count = 1};
    struct till_request request = desk_request("k1", "k1");
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_GIFT};
    (void)snprintf(tenders.gifts[0].code, CARD_TEXT_MAX, "num:GIFT0001");
    struct till_basket *basket = stage(desk, "b1", NET);
    ring_up(basket, "a", 1000, 1, 0);
    ring_up(basket, "b", 1000, 1, 10000);
    ok(till_put_basket(desk->till, &desk->refusal));
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal), ERR_PENDING);
    assert_int_equal(desk->reserve.gifts[0].amount_minor, -3000);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    desk->is_hub_connected = false;
    kassa_ReceiptId sale = out.receipt;
    for (uint32_t line = 1; line <= 2; line++) {
        ok(bring_back(desk, &sale, line, 1000, &out));
        const kassa_Receipt *head = head_of(desk, &out);
        assert_int_equal(head->loyalty.gifts[0].amount_minor, 1000 * line);
        assert_int_equal(head->tenders[1].kind, kassa_TenderKind_TENDER_GIFT);
        assert_int_equal(head->tenders[1].amount_minor, head->total_minor);
        assert_int_equal(head->tenders[0].amount_minor, 0); /* in cash */
    }
}

/* ---------------------------------------------------------------------------------------- whatever is sold */

static const uint32_t rates[] = {0, 500, 900, 1300, 2100, 10000};
static const char *const skus[] = {"cup", "tea", "pot", "cake"};

static int64_t below(struct seed *seed, int64_t bound)
{
    return (int64_t)seed_below(seed, (uint64_t)bound);
}

static bool chance(struct seed *seed, int64_t percent)
{
    return below(seed, 100) < percent;
}

struct sums {
    int64_t money, gross, discount, tax;
};

static void add_sums(struct sums *sums, const kassa_Receipt *head)
{
    sums->money += head->total_minor;
    sums->gross += head->gross_minor;
    sums->discount += head->discount_minor;
    sums->tax += head->tax_minor;
}

struct bought {
    kassa_ReceiptId id;
    int64_t left_milli[8], net_minor[8], tax_minor[8], quantity_milli[8];
    bool has_deals;
    size_t count;
};

static void buy(struct desk *desk, struct seed *seed, kassa_PriceMode mode, struct sums *sums,
                struct bought *out)
{
    char id[16];
    struct till_outcome sale;
    (void)snprintf(id, sizeof id, "s%d", (int)++desk->next_key);
    struct till_basket *basket = stage(desk, id, mode);
    *out = (struct bought){.count = 1 + (size_t)below(seed, 6)};
    for (size_t i = 0; i < out->count; i++) {
        bool is_weighed = chance(seed, 20);
        const char *sku = is_weighed ? "cheese" : skus[below(seed, (int64_t)COUNT_OF(skus))];
        ring_up(basket, sku, 1 + below(seed, chance(seed, 30) ? 12 : 2000), 1 + below(seed, 5),
                rates[below(seed, (int64_t)COUNT_OF(rates))]);
        basket->lines[i].weighed = is_weighed;
        basket->lines[i].quantity_milli += is_weighed ? below(seed, 999) : 0;
        basket->lines[i].kind =
            !is_weighed && chance(seed, 5) ? kassa_LineKind_LINE_CORRECTION : kassa_LineKind_LINE_SALE;
        if (basket->lines[i].kind == kassa_LineKind_LINE_CORRECTION)
            basket->lines[i].unit_price_e5 *= -1;
    }
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(pay_rest(desk, id, id, kassa_TenderKind_TENDER_CARD, &sale));
    const struct wire_receipt *receipt = &desk_receipt(desk, sale.receipt.number)->body.receipt;
    out->id = sale.receipt;
    out->has_deals = receipt->head.deals_count > 0;
    for (size_t i = 0; i < out->count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        out->left_milli[i] = out->quantity_milli[i] = line->quantity_milli;
        out->tax_minor[i] = line->tax_minor;
        out->net_minor[i] = line->amount_minor - line->discount_minor;
    }
    add_sums(sums, &receipt->head);
}

static int64_t part_of(struct seed *seed, int64_t left_milli)
{
    if (left_milli % 1000 != 0)
        return chance(seed, 50) ? left_milli : 1 + below(seed, left_milli);
    return 1000 * (1 + below(seed, left_milli / 1000));
}

/* Alone, or for something else that is bought instead and comes back by itself. */
static enum err bring_some(struct desk *desk, struct seed *seed, const struct bought *bought, size_t line,
                           int64_t milli, struct till_outcome *out)
{
    const kassa_Receipt *head = &desk_receipt(desk, bought->id.number)->body.receipt.head;
    kassa_PriceMode mode = head->price_mode;
    if (!chance(seed, 25))
        return bring_back(desk, &bought->id, (uint32_t)line + 1, milli, out);
    char id[16];
    (void)snprintf(id, sizeof id, "x%d", (int)++desk->next_key);
    struct till_basket *basket = stage(desk, id, mode);
    basket->exchange.original = bought->id;
    basket->exchange.back[0] = (struct till_line_back){(uint32_t)line + 1, milli};
    basket->exchange.back_count = 1;
    TRY(till_put_basket(desk->till, &desk->refusal));
    return pay_rest(desk, id, id, kassa_TenderKind_TENDER_CARD, out);
}

/* What each line of a receipt without deals gives back: its net and its tax, by the units, to the cent. */
static void check_share(const struct bought *bought, size_t line, int64_t milli, bool is_weighed,
                        const kassa_Line *back)
{
    int64_t before = bought->quantity_milli[line] - bought->left_milli[line];
    int64_t tax = 0;
    if (bought->has_deals || bought->tax_minor[line] < 0)
        return;
    ok(offers_unit_share(bought->tax_minor[line], bought->quantity_milli[line], before, milli, is_weighed,
                         &tax));
    assert_int_equal(back->tax_minor, -tax);
}

static void bring_all(struct desk *desk, struct seed *seed, struct sums *sums, struct bought *bought,
                      bool has_correction)
{
    for (size_t left = bought->count; left > 0;) {
        size_t line = (size_t)below(seed, (int64_t)bought->count);
        struct till_outcome out;
        if (bought->left_milli[line] == 0)
            continue;
        const kassa_Line *sold = &desk_receipt(desk, bought->id.number)->body.receipt.lines[line];
        bool is_weighed = sold->weighed;
        int64_t milli = is_weighed && bought->left_milli[line] > 1 && chance(seed, 50)
                            ? 1 + below(seed, bought->left_milli[line] - 1)
                        : is_weighed ? bought->left_milli[line]
                                     : part_of(seed, bought->left_milli[line]);
        ok(bring_some(desk, seed, bought, line, milli, &out));
        const struct wire_receipt *receipt = &desk_receipt(desk, out.receipt.number)->body.receipt;
        assert_int_equal(receipt->line_count, 1);
        check_share(bought, line, milli, is_weighed, &receipt->lines[0]);
        add_sums(sums, &receipt->head);
        bought->left_milli[line] -= milli;
        left -= bought->left_milli[line] == 0 ? 1 : 0;
        if (!has_correction && (out.total_minor > 0 || sums->money < 0))
            fail_msg("gives %d back, %d are left", (int)out.total_minor, (int)sums->money);
        if (chance(seed, 4))
            desk_restart(desk);
    }
}

static void till_take_return__ends_at_zero_money_and_tax_in_both_price_modes(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct seed seed = seed_of_environment();
    for (int round = 0; round < 150; round++) {
        struct sums sums = {0};
        struct bought bought;
        buy(desk, &seed, chance(&seed, 50) ? NET : GROSS, &sums, &bought);
        bool has_correction = false;
        for (size_t i = 0; i < bought.count; i++)
            has_correction = has_correction || bought.net_minor[i] < 0;
        bring_all(desk, &seed, &sums, &bought, has_correction);
        if (sums.money != 0 || sums.tax != 0 || sums.gross != 0 || sums.discount != 0)
            fail_msg("round %d ends at %d, gross %d, discount %d, tax %d", round, (int)sums.money,
                     (int)sums.gross, (int)sums.discount, (int)sums.tax);
    }
    shelf_delete(shelf);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__puts_the_tax_of_net_prices_on_top),
        ON_DESK(till_commit__rounds_cash_with_the_tax_on_top),
        ON_DESK(till_stage_basket__has_the_price_mode_of_the_till),
        ON_DESK(till_resume__keeps_the_price_mode),
        ON_DESK(till_put_basket__loads_a_gift_card_without_a_tax_on_top),
        ON_DESK(till_void_receipt__takes_the_tax_back_too),
        ON_DESK(till_put_basket__refuses_to_exchange_goods_of_the_other_price_mode),
        ON_DESK(till_commit__exchanges_goods_with_net_prices),
        ON_DESK(till_take_return__has_the_price_mode_of_the_original),
        ON_DESK(till_take_return__puts_the_tax_on_top_of_what_is_unverified),
        ON_DESK(till_take_return__gives_the_tax_back_that_is_not_of_what_is_kept),
        ON_DESK(till_take_return__goes_on_from_the_tax_that_other_tills_gave_back),
        ON_DESK(till_take_return__gives_a_gift_card_back_what_it_paid_with_the_tax),
        ON_DESK(till_take_return__ends_at_zero_money_and_tax_in_both_price_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
