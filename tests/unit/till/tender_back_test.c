/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever paid a sale: as its goods come back, in any parts and order, each tender gets back what it paid, never more, and
 * nothing is owed meanwhile. */
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

#define ROUNDS      150
#define LINES       6
#define KINDS       8 /* more than there are kinds of tenders */
#define CARDS       2
#define POINTS      1000000
#define POINT_MINOR 7 /* what 10 points are worth: not a round number of either */

static const uint8_t book_hash[HASH_SIZE] = {9};
static const char *const codes[CARDS] = {"num:GIFT0001", "num:GIFT0002"};

static struct book_source_offer *add_deal(struct shelf *shelf, const char *id, const struct span *bought,
                                          const struct span *got)
{
    struct book_source_offer *deal = shelf_offer(shelf, id, BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->target = shelf_item(bought);
    deal->get = shelf_item(got);
    deal->give.get_units = 1;
    deal->give.placement = BOOK_ON_GET;
    return deal;
}

/* A tea is free with a cup, the third cake has half off, a pot ten percent; 10 points are worth 0.07. */
static struct shelf *open_shop(struct desk *desk)
{
    static const struct span cup[] = {{(const uint8_t *)"cup", 3}};
    static const struct span tea[] = {{(const uint8_t *)"tea", 3}};
    static const struct span cake[] = {{(const uint8_t *)"cake", 4}};
    static const struct span pot[] = {{(const uint8_t *)"pot", 3}};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
    struct book_source_offer *free_tea = add_deal(shelf, "cup-and-tea", cup, tea);
    free_tea->give.buy_units = 1;
    free_tea->give.percent_bp = 10000;
    struct book_source_offer *third = add_deal(shelf, "third-cake", cake, cake);
    third->give.buy_units = 2;
    third->give.percent_bp = 5000;
    struct book_source_offer *ten = shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    ten->target = shelf_item(pot);
    ten->give.percent_bp = 1000;
    shelf->source.programme_rules = (struct book_programme){
        .burn_points = 10, .burn_value_minor = POINT_MINOR, .burn_as = BOOK_BURN_AS_TENDER};
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_member(desk, DESK_ALICE, 1, POINTS, 2000);
    return shelf;
}

static int64_t below(struct seed *seed, int64_t bound)
{
    return bound <= 0 ? 0 : (int64_t)seed_below(seed, (uint64_t)bound);
}

static bool chance(struct seed *seed, int64_t percent)
{
    return below(seed, 100) < percent;
}

/* What of a sale has not gone back. */
struct left {
    kassa_ReceiptId id;
    size_t count;
    bool has_correction;
    int64_t milli[LINES];
    int64_t minor, tenders[KINDS], gifts[CARDS];
    int64_t burned, burned_minor, earned;
};

static void count_gift(const struct desk *desk, const kassa_GiftRow *row, struct left *left)
{
    for (size_t i = 0; i < CARDS; i++) {
        uint8_t account[TOKEN_SIZE];
        ok(vault_card_token(&desk->settings.peppers.rows[0], codes[i], account));
        if (memcmp(row->account.bytes, account, TOKEN_SIZE) == 0)
            left->gifts[i] -= row->amount_minor;
    }
}

static void count(const struct desk *desk, const kassa_Receipt *head, struct left *left)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    left->minor += head->total_minor;
    left->burned += loyalty->points_burned;
    left->earned += loyalty->points_earned;
    for (pb_size_t i = 0; i < head->tenders_count; i++)
        left->tenders[head->tenders[i].kind] += head->tenders[i].amount_minor;
    for (pb_size_t i = 0; i < loyalty->burned_count; i++)
        left->burned_minor += loyalty->burned[i].value_minor;
    for (pb_size_t i = 0; i < loyalty->gifts_count; i++)
        count_gift(desk, &loyalty->gifts[i], left);
}

/* ------------------------------------------------------------------------------------------------ the sale */

static void ring_up(struct seed *seed, struct till_basket *basket, struct left *out)
{
    static const char *const skus[] = {"cup", "tea", "pot", "cake", "cheese"};
    static const uint32_t rates[] = {0, 500, 2100, 10000};
    const char *sku = skus[below(seed, (int64_t)COUNT_OF(skus))];
    bool is_weighed = strcmp(sku, "cheese") == 0;
    bool is_correction = !is_weighed && chance(seed, 4) && basket->line_count > 0;
    int64_t most = is_correction ? 40 : chance(seed, 30) ? 12 : 2000;
    kassa_Line *line = desk_ring_up(basket, sku, 1 + below(seed, most), 1 + below(seed, 4));
    line->tax_rate_bp = rates[below(seed, (int64_t)COUNT_OF(rates))];
    line->weighed = is_weighed;
    line->quantity_milli += is_weighed ? below(seed, 999) : 0;
    if (is_correction) {
        line->kind = kassa_LineKind_LINE_CORRECTION;
        line->unit_price_e5 *= -1;
        out->has_correction = true;
    }
    out->milli[basket->line_count - 1] = line->quantity_milli;
}

static int64_t to_pay(const struct desk *desk)
{
    struct till_priced priced;
    assert_true(till_get_basket(desk->till, &priced));
    return priced.total_minor;
}

/* Some in points, some by one or two gift cards, the rest in cash: each part may be all of it, or nothing. */
static struct till_tenders share_out(struct desk *desk, struct seed *seed)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH};
    int64_t rest = to_pay(desk);
    int64_t steps = rest / POINT_MINOR;
    int64_t burned = chance(seed, 50) ? below(seed, steps + 1) : chance(seed, 20) ? steps : 0;
    if (burned > 0)
        ok(till_set_burn(desk->till, burned * 10, &desk->refusal));
    rest -= burned * POINT_MINOR;
    for (size_t i = 0; i < CARDS; i++) {
        int64_t minor = chance(seed, 25) ? rest : chance(seed, 60) ? below(seed, rest + 1) : 0;
        if (minor <= 0)
            continue;
        struct till_gift *gift = &tenders.gifts[tenders.gift_count++];
        gift->place = (uint32_t)tenders.count;
        (void)snprintf(gift->code, sizeof gift->code, "%s", codes[i]);
        tenders.rows[tenders.count++] =
            (kassa_Tender){.kind = kassa_TenderKind_TENDER_GIFT, .amount_minor = minor};
        rest -= minor;
    }
    return tenders;
}

static void pay(struct desk *desk, const char *id, const struct till_tenders *tenders,
                struct till_outcome *out)
{
    struct till_request request = desk_request(id, id);
    enum err error = till_commit(desk->till, &request, id, tenders, out, &desk->refusal);
    if (error == ERR_PENDING) {
        desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, kassa_ReserveReason_RESERVE_FITS, 0);
        error = till_commit(desk->till, &request, id, tenders, out, &desk->refusal);
    }
    ok(error);
    desk->is_hub_connected = false;
}

/* false: what was rung up is worth less than nothing, and put away. */
static bool sell(struct desk *desk, struct seed *seed, struct left *out)
{
    char id[16];
    struct till_outcome sale;
    *out = (struct left){.count = 1 + (size_t)below(seed, LINES)};
    (void)snprintf(id, sizeof id, "s%d", (int)++desk->next_key);
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "%s", id);
    basket->price_mode = chance(seed, 50) ? kassa_PriceMode_PRICE_NET : kassa_PriceMode_PRICE_GROSS;
    for (size_t i = 0; i < out->count; i++)
        ring_up(seed, basket, out);
    ok(till_put_basket(desk->till, &desk->refusal));
    if (to_pay(desk) < 0) {
        ok(till_drop_basket(desk->till));
        return false;
    }
    desk->is_hub_connected = true; /* points and gift cards pay what head office has set aside */
    desk->answers_reserves = true;
    struct till_tenders tenders = share_out(desk, seed);
    pay(desk, id, &tenders, &sale);
    out->id = sale.receipt;
    count(desk, &desk_receipt(desk, sale.receipt.number)->body.receipt.head, out);
    return true;
}

/* -------------------------------------------------------------------------------------------- what comes back */

static int64_t part_of(struct seed *seed, int64_t left_milli, bool is_weighed)
{
    if (is_weighed)
        return chance(seed, 50) ? left_milli : 1 + below(seed, left_milli);
    return 1000 * (1 + below(seed, left_milli / 1000));
}

/* One line or several at a time. */
static size_t choose(struct desk *desk, struct seed *seed, struct left *left, struct till_line_back *out)
{
    size_t count = 0;
    while (count == 0) {
        for (size_t i = 0; i < left->count; i++) {
            if (left->milli[i] == 0 || !chance(seed, 30))
                continue;
            const kassa_Line *sold = &desk_receipt(desk, left->id.number)->body.receipt.lines[i];
            int64_t milli = part_of(seed, left->milli[i], sold->weighed);
            out[count++] = (struct till_line_back){(uint32_t)i + 1, milli};
            left->milli[i] -= milli;
        }
    }
    return count;
}

static void check_signs(const kassa_Receipt *head, bool has_correction)
{
    int64_t sum = 0;
    for (pb_size_t i = 0; i < head->tenders_count; i++) {
        bool is_cash = head->tenders[i].kind == kassa_TenderKind_TENDER_CASH;
        sum += head->tenders[i].amount_minor;
        if (head->tenders[i].amount_minor > 0 && !(is_cash && has_correction))
            fail_msg("a tender of kind %d takes %d of %d back", (int)head->tenders[i].kind,
                     (int)head->tenders[i].amount_minor, (int)head->total_minor);
    }
    assert_int_equal(sum, head->total_minor);
}

/* A correction that did not come back yet: then more cash than was paid is out. */
static void check_left(const struct left *left)
{
    for (size_t i = 0; i < KINDS; i++) {
        bool is_cash = i == kassa_TenderKind_TENDER_CASH;
        if (left->tenders[i] < 0 && !(is_cash && left->has_correction))
            fail_msg("%d more than it paid went back to tender %d", -(int)left->tenders[i], (int)i);
    }
    for (size_t i = 0; i < CARDS; i++)
        assert_true(left->gifts[i] >= 0);
    assert_int_equal(left->gifts[0] + left->gifts[1], left->tenders[kassa_TenderKind_TENDER_GIFT]);
    assert_int_equal(left->burned_minor, left->tenders[kassa_TenderKind_TENDER_POINTS]);
    assert_true(left->burned >= 0 && left->earned >= 0);
}

static void bring_some(struct desk *desk, struct seed *seed, struct left *left)
{
    struct till_outcome out;
    struct till_line_back lines[LINES];
    char key[32];
    size_t line_count = choose(desk, seed, left, lines);
    (void)snprintf(key, sizeof key, "back-%d", (int)++desk->next_key);
    struct till_request request = desk_request(key, key);
    struct till_return *back = till_stage_return(desk->till);
    back->has_original = true;
    back->original = left->id;
    memcpy(back->back, lines, line_count * sizeof *lines);
    back->back_count = line_count;
    ok(till_take_return(desk->till, &request, &out, &desk->refusal));
    const kassa_Receipt *head = &desk_receipt(desk, out.receipt.number)->body.receipt.head;
    check_signs(head, left->has_correction);
    count(desk, head, left);
    check_left(left);
}

static bool is_left(const struct left *left)
{
    int64_t milli = 0;
    for (size_t i = 0; i < left->count; i++)
        milli += left->milli[i];
    return milli > 0;
}

static void check_nothing_left(const struct left *left, int round)
{
    int64_t sum = left->minor | left->gifts[0] | left->gifts[1] | left->burned | left->earned;
    for (size_t i = 0; i < KINDS; i++)
        sum |= left->tenders[i];
    if (sum != 0)
        fail_msg("round %d: %d is left in all, %d and %d of gift cards, %d points, %d earned", round,
                 (int)left->minor, (int)left->gifts[0], (int)left->gifts[1], (int)left->burned,
                 (int)left->earned);
}

static void till_take_return__gives_each_tender_back_what_it_paid(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct seed seed = seed_of_environment();
    for (int round = 0; round < ROUNDS; round++) {
        struct left left;
        if (!sell(desk, &seed, &left))
            continue;
        while (is_left(&left)) {
            bring_some(desk, &seed, &left);
            if (chance(&seed, 4)) {
                desk_restart(desk);
                ok(till_use_book(desk->till, &shelf->book, book_hash));
            }
        }
        check_nothing_left(&left, round);
    }
    shelf_delete(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(till_take_return__gives_each_tender_back_what_it_paid, desk_setup,
                                        desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
