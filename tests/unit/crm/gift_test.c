/* SPDX-License-Identifier: Apache-2.0 */
/* Gift cards while the chain's pepper changes, and tills that tell untrue tokens: an account's value is moved, never made or
 * lost, and what one till says of its cards stops no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

#define HONEST  0
#define HOSTILE 1

struct token {
    uint8_t bytes[TOKEN_SIZE];
};

/* Of a card under a pepper's version. */
static struct token token_of(uint8_t version, unsigned card)
{
    struct token token = {{version, (uint8_t)(card >> 8), (uint8_t)card}};
    memset(token.bytes + 3, version, TOKEN_SIZE - 3);
    return token;
}

static kassa_GiftRow row_of(struct token account, const struct token *newer, int64_t minor)
{
    kassa_GiftRow row = {.amount_minor = minor, .account = {.size = TOKEN_SIZE}};
    memcpy(row.account.bytes, account.bytes, TOKEN_SIZE);
    if (newer != NULL) {
        row.newer.size = TOKEN_SIZE;
        memcpy(row.newer.bytes, newer->bytes, TOKEN_SIZE);
    }
    return row;
}

static void tell_in(struct shop *shop, unsigned till, kassa_GiftRow row, uint32_t exponent)
{
    struct shop_receipt *receipt = shop_receipt(shop, till, shop->tills[till].last_seq + 1, SHOP_DAY, 0);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    receipt->record.body.receipt.head.exponent = exponent;
    loyalty->gifts_count = 1;
    loyalty->gifts[0] = row;
    shop_take(shop, till, &receipt->record);
}

static void tell(struct shop *shop, unsigned till, struct token account, const struct token *newer,
                 int64_t minor)
{
    tell_in(shop, till, row_of(account, newer, minor), 2);
    assert_int_equal(shop->ack.quarantined_count, 0);
}

static kassa_Reservation ask(struct shop *shop, const char *till, const char *key, const kassa_GiftRow *rows,
                             pb_size_t count)
{
    struct crm_asker asker = {till, "store-1", shop->intake.hub_unix_ms};
    kassa_Reserve asked = {.business_day = SHOP_DAY, .gifts_count = count};
    kassa_Reservation answer = kassa_Reservation_init_zero;
    (void)snprintf(asked.key, sizeof(asked.key), "%s", key);
    for (pb_size_t i = 0; i < count; i++)
        asked.gifts[i] = rows[i];
    ok(crm_reserve(&shop->txn, &asker, &asked, &answer));
    return answer;
}

static void release(struct shop *shop, const char *till, const char *key)
{
    struct crm_asker asker = {till, "store-1", shop->intake.hub_unix_ms};
    kassa_Reservation answer;
    ok(crm_release(&shop->txn, &asker, key, &answer));
    assert_int_equal(answer.status, kassa_ReserveStatus_RESERVE_RELEASED);
}

/* Not set aside; -1: nobody has loaded it. */
static int64_t left_on(struct shop *shop, struct token token)
{
    kassa_GiftFound found;
    ok(crm_gift_find(&shop->txn, token.bytes, shop->intake.hub_unix_ms, &found));
    return found.found ? found.available_minor : -1;
}

static bool add_balance(void *context, struct span key, struct span body)
{
    int64_t *sum = context;
    crm_Gift gift;
    (void)key;
    ok(wire_decode(crm_Gift_fields, body, &gift));
    assert_true(gift.same_as.size == 0 || (gift.loaded_minor == 0 && gift.spent_minor == 0));
    *sum += gift.loaded_minor - gift.spent_minor;
    return true;
}

static int64_t sum_of_balances(struct shop *shop)
{
    int64_t sum = 0;
    ok(store_scan(&shop->txn, STORE_GIFTS, span_of(NULL, 0), add_balance, &sum));
    return sum;
}

static void crm_gift__cards_of_one_pepper_are_never_joined(void **state)
{
    struct shop *shop = *state;
    struct token honest = token_of(9, 1);
    tell(shop, HONEST, honest, NULL, 2000);
    for (unsigned i = 0; i < 300; i++)
        tell(shop, HOSTILE, token_of(7, 100 + i), &honest, 1);
    tell(shop, HONEST, honest, NULL, -500);
    assert_int_equal(left_on(shop, honest), 1501); /* with the first one: one card may have both tokens */
    for (unsigned i = 1; i < 300; i++)
        assert_int_equal(left_on(shop, token_of(7, 100 + i)), 1);
    assert_int_equal(sum_of_balances(shop), 2000 + 300 - 500);
}

static void crm_gift__a_token_that_leads_to_an_account_is_not_led_to_another(void **state)
{
    struct shop *shop = *state;
    struct token old = token_of(7, 1), new = token_of(9, 1), thiefs = token_of(7, 2), fresh = token_of(9, 2);
    tell(shop, HONEST, old, &new, 2000);
    tell(shop, HOSTILE, thiefs, &new, 5);
    tell(shop, HOSTILE, old, &fresh, 1);
    kassa_GiftRow rows[] = {row_of(thiefs, &new, -100)};
    assert_int_equal(ask(shop, "till-2", "a", rows, 1).reason, kassa_ReserveReason_RESERVE_GIFT_SHORT);
    rows[0] = row_of(token_of(7, 3), &new, -100); /* of an account that is none */
    assert_int_equal(ask(shop, "till-2", "b", rows, 1).reason, kassa_ReserveReason_RESERVE_GIFT_SHORT);
    assert_int_equal(left_on(shop, thiefs), 5);
    assert_int_equal(left_on(shop, fresh), -1);
    assert_int_equal(left_on(shop, new), 2001);
    assert_int_equal(sum_of_balances(shop), 2006);
}

/* Tills with 7 to 9, with 8 and 9, with 8 alone, and with 9 and 10: in any order it is one card. */
static void crm_gift__one_card_under_four_peppers_is_one_account_in_any_order(void **state)
{
    (void)state;
    static const uint8_t told[][2] = {{7, 9}, {8, 9}, {8, 0}, {9, 10}};
    static const uint8_t orders[][4] = {{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}, {1, 3, 2, 0}, {3, 2, 0, 1}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        void *made = NULL;
        assert_int_equal(shop_set_up(&made), 0);
        struct shop *shop = made;
        for (size_t k = 0; k < COUNT_OF(told); k++) {
            const uint8_t *versions = told[orders[i][k]];
            struct token newer = token_of(versions[1], 1);
            tell(shop, HONEST, token_of(versions[0], 1), versions[1] == 0 ? NULL : &newer, 100);
        }
        for (uint8_t version = 7; version <= 10; version++)
            assert_int_equal(left_on(shop, token_of(version, 1)), 400);
        assert_int_equal(sum_of_balances(shop), 400);
        shop_tear_down(&made);
    }
}

static void crm_gift__what_is_set_aside_comes_along_when_accounts_are_joined(void **state)
{
    struct shop *shop = *state;
    struct token old = token_of(7, 1), new = token_of(8, 1);
    tell(shop, HONEST, old, NULL, 2000);
    tell(shop, HONEST, new, NULL, 300);
    kassa_GiftRow all_new[] = {row_of(new, NULL, -250)}, all[] = {row_of(old, &new, -2100)};
    kassa_GiftRow both[] = {row_of(old, NULL, -50), row_of(new, NULL, -50)};
    assert_int_equal(ask(shop, "till-1", "a", all_new, 1).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask(shop, "till-1", "b", both, 2).status, kassa_ReserveStatus_RESERVE_GRANTED);
    kassa_Reservation answer = ask(shop, "till-2", "c", all, 1);
    assert_int_equal(answer.reason, kassa_ReserveReason_RESERVE_GIFT_SHORT);
    assert_int_equal(answer.available, 2300 - 250 - 100);
    assert_int_equal(sum_of_balances(shop), 2300);
    release(shop, "till-1", "b");
    assert_int_equal(left_on(shop, new), 2050);
    release(shop, "till-1", "a");
    assert_int_equal(left_on(shop, old), 2300);
}

static void crm_gift__other_money_and_wallets_stay_apart(void **state)
{
    struct shop *shop = *state;
    struct token old = token_of(7, 1), new = token_of(8, 1), wallet = {{1}};
    tell(shop, HONEST, old, NULL, 2000);
    tell_in(shop, HONEST, row_of(new, NULL, 30000), 3);
    tell(shop, HOSTILE, old, &new, 1);
    assert_int_equal(left_on(shop, old), 2001);
    assert_int_equal(left_on(shop, new), 30000);
    shop_enrol(shop, 1); /* his id is 1 and zeroes */
    tell(shop, HONEST, wallet, NULL, 700);
    struct token thiefs = token_of(9, 5);
    tell(shop, HOSTILE, wallet, &thiefs, 1);
    assert_int_equal(left_on(shop, thiefs), -1);
    assert_int_equal(left_on(shop, wallet), 701);
}

static void put_lead(struct shop *shop, struct token from, struct token to)
{
    crm_Gift row = {.account = {.size = TOKEN_SIZE}, .same_as = {.size = TOKEN_SIZE}};
    uint8_t body[crm_Gift_size];
    size_t size;
    memcpy(row.account.bytes, from.bytes, TOKEN_SIZE);
    memcpy(row.same_as.bytes, to.bytes, TOKEN_SIZE);
    ok(wire_encode(crm_Gift_fields, &row, body, sizeof(body), &size));
    ok(store_put(&shop->txn, STORE_GIFTS, span_of(from.bytes, TOKEN_SIZE), span_of(body, size)));
}

/* Rows as earlier versions could be made to write them. */
static void crm_gift__a_record_whose_account_leads_nowhere_is_set_aside_alone(void **state)
{
    struct shop *shop = *state;
    struct token circle = token_of(7, 1), other = token_of(8, 1), lost = token_of(7, 2),
                 good = token_of(7, 3);
    put_lead(shop, circle, other);
    put_lead(shop, other, circle);
    put_lead(shop, lost, token_of(6, 9));
    struct token unsound[] = {circle, lost};
    for (size_t i = 0; i < COUNT_OF(unsound); i++) {
        crm_Totals before = shop_totals(shop);
        tell_in(shop, HONEST, row_of(unsound[i], NULL, 100), 2);
        assert_int_equal(shop->ack.quarantined_count, 1);
        assert_string_equal(shop->ack.quarantined[0].reason, "syntax");
        assert_int_equal(shop_totals(shop).purchases, before.purchases); /* nothing of it counts */
        kassa_GiftRow row = row_of(unsound[i], &good, -1);
        assert_int_equal(ask(shop, "till-1", i == 0 ? "a" : "b", &row, 1).reason,
                         kassa_ReserveReason_RESERVE_GIFT_SHORT);
        assert_int_equal(left_on(shop, unsound[i]), -1);
    }
    tell(shop, HONEST, good, &other, 100); /* the other row's token is nobody's to join */
    assert_int_equal(left_on(shop, good), 100);
}

/* Whatever tills say and in whatever order, each token leads to at most one account and the balances are what was told. */
static void crm_gift__value_is_neither_made_nor_lost_whatever_tills_say(void **state)
{
    struct shop *shop = *state;
    struct seed seed = seed_of_environment();
    int64_t told = 0;
    for (unsigned i = 0; i < 600; i++) {
        uint8_t version = (uint8_t)(1 + seed_below(&seed, 6));
        struct token newer = token_of((uint8_t)(1 + seed_below(&seed, 7)), (unsigned)seed_below(&seed, 8));
        int64_t minor = (int64_t)seed_below(&seed, 1000) - 400;
        tell(shop, (unsigned)seed_below(&seed, 2), token_of(version, (unsigned)seed_below(&seed, 8)), &newer,
             minor);
        told += minor;
        assert_int_equal(sum_of_balances(shop), told);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, shop_set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_gift__cards_of_one_pepper_are_never_joined),
        CASE(crm_gift__a_token_that_leads_to_an_account_is_not_led_to_another),
        cmocka_unit_test(crm_gift__one_card_under_four_peppers_is_one_account_in_any_order),
        CASE(crm_gift__what_is_set_aside_comes_along_when_accounts_are_joined),
        CASE(crm_gift__other_money_and_wallets_stay_apart),
        CASE(crm_gift__a_record_whose_account_leads_nowhere_is_set_aside_alone),
        CASE(crm_gift__value_is_neither_made_nor_lost_whatever_tills_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
