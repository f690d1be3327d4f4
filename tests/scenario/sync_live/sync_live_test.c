/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>

#include "crm/crm.h"
#include "harness/ok.h"
#include "live_shop.h"

static void sync_live__a_thousand_records_reach_the_hub_once(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1000);
    shop_turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, 1000);
}

static void sync_live__nothing_is_lost_or_doubled_when_hub_broker_and_till_are_killed(void **state)
{
    struct shop *shop = *state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 12; round++) {
        sync_till_append(&shop->till, 100);
        shop_turn_for(shop, seed_below(&seed, 60));
        switch (seed_below(&seed, 4)) {
        case 0:
            (void)process_end(&shop->hub, SIGKILL);
            shop_turn_for(shop, seed_below(&seed, 30));
            shop_start_hub(shop);
            break;
        case 1:
            (void)process_end(&shop->broker, SIGKILL);
            shop_turn_for(shop, seed_below(&seed, 30));
            shop->broker = process_start_broker(&shop->folder, shop->port);
            break;
        case 2:
            shop_close_till(shop);
            shop_open_till(shop);
            break;
        default:
            break;
        }
    }
    shop_turn_until_empty(shop);
    sync_till_append(&shop->till, 1); /* a hub that has just been started again must be up to end in order */
    shop_turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, 1201);
}

static bool is_online(const struct shop *shop)
{
    struct store store CLEANUP(store_close) = shop_open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    crm_Till till;
    ok(store_begin(store, STORE_READ, &txn));
    ok(crm_till_get(&txn, "till-1", &till));
    return till.online;
}

static void sync_live__a_till_that_ends_in_order_is_told_to_be_off_line(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    assert_true(is_online(shop));
    shop_close_till(shop);
    shop_open_till(shop); /* it says nothing before its first turn */
    uint64_t deadline_ms = shop_now_ms() + DEADLINE_MS;
    while (is_online(shop) && shop_now_ms() < deadline_ms)
        (void)poll(NULL, 0, 20);
    assert_false(is_online(shop));
    shop_turn_for(shop, 100);
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    assert_true(is_online(shop));
}

static void sync_live__a_long_backlog_drains_fast(void **state)
{
    struct shop *shop = *state;
    (void)process_end(&shop->broker, SIGKILL);
    sync_till_append(&shop->till, 28000);
    shop->broker = process_start_broker(&shop->folder, shop->port);
    uint64_t begin = shop_now_ms();
    shop_turn_until_empty(shop);
    print_message("28000 records in %llu ms\n", (unsigned long long)(shop_now_ms() - begin));
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, 28000);
}

static void put_member(const struct shop *shop, uint8_t number)
{
    struct store store CLEANUP(store_close) = shop_open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_WRITE, &txn));
    crm_Member member = crm_Member_init_zero;
    member.has_member = true;
    member.member.id.size = MEMBER_SIZE;
    member.member.id.bytes[0] = number;
    member.member.card_tokens_count = 1;
    member.member.card_tokens[0].size = TOKEN_SIZE;
    member.member.card_tokens[0].bytes[0] = number;
    member.member.personal_count = 1;
    member.member.personal[0].envelope.size = 44;
    uint8_t key[MEMBER_KEY_SIZE] = {1};
    ok(crm_member_key_put(&txn, member.member.id.bytes, key));
    ok(crm_member_put(&txn, &member));
    ok(store_commit(&txn));
}

static void put_book(const struct shop *shop, uint64_t version, struct span bytes)
{
    static const enum kit_key signers[] = {KIT_RULES_ANA, KIT_RULES_BO, KIT_KEYS};
    kassa_BookManifest manifest = {.version = version,
                                   .size = (uint32_t)bytes.size,
                                   .hash = {.size = HASH_SIZE},
                                   .chunk_size = BOOK_CHUNK_SIZE,
                                   .tenant = KIT_TENANT};
    const struct crm_rollout_plan plan = {.share_bp = CRM_SHARE_ALL};
    kassa_Signed sealed;
    ok(vault_sha256(bytes, manifest.hash.bytes));
    trust_kit_sign(&shop->kit, WIRE_SIGNED_BOOK, &manifest, signers, &sealed);
    struct store store CLEANUP(store_close) = shop_open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_WRITE, &txn));
    ok(crm_rollout_begin(&txn, &manifest, bytes, &plan));
    ok(crm_book_put_signed(&txn, version, &sealed));
    ok(store_commit(&txn));
}

/* Turns until *value is `wanted`. */
#define turn_until(shop, value, wanted)                                                                      \
    do {                                                                                                     \
        uint64_t deadline_ = shop_now_ms() + DEADLINE_MS;                                                    \
        while ((value) != (wanted) && shop_now_ms() < deadline_)                                             \
            shop_turn(shop);                                                                                 \
        assert_int_equal(value, wanted);                                                                     \
    } while (0)

static void sync_live__members_and_points_come_down(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    put_member(shop, 7);
    turn_until(shop, members_count(shop->till.members), 1);
    uint8_t id[MEMBER_SIZE] = {7};
    uint64_t before = members_version(shop->till.members);
    sync_till_sell(&shop->till, 1, 500, id, 5);
    sync_till_sell(&shop->till, 2, 700, id, 7);
    turn_until(shop, members_version(shop->till.members), before + 2);
    struct member_found found;
    ok(members_find_id(shop->till.members, id, &found));
    kassa_Member member;
    ok(wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), &member));
    assert_int_equal(member.points, 12);
    assert_int_equal(member.personal_count, 1); /* and his key, apart from it */
    assert_int_equal(member.key.size, 0);
    assert_int_equal(found.key_size, MEMBER_KEY_SIZE);
}

static void sync_live__a_question_for_a_member_is_answered(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    struct vault_tokens tokens = {.count = 1, .rows = {{99}}};
    ok(sync_ask_member(shop->till.sync, &tokens));
    turn_until(shop, shop->till.member_answers, 1);
    assert_false(shop->till.was_member_known);
}

static void sync_live__a_signed_book_comes_down_whole_and_a_later_one_replaces_it(void **state)
{
    struct shop *shop = *state;
    static uint8_t book[100000];
    for (size_t i = 0; i < sizeof(book); i++)
        book[i] = (uint8_t)(i * 7 >> 3);
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    put_book(shop, 3, span_of(book, sizeof(book)));
    turn_until(shop, shop->till.book_version, 3);
    assert_int_equal(shop->till.book_size, sizeof(book));
    shop_close_till(shop); /* published while the till is away */
    put_book(shop, 4, span_of(book, 40000));
    shop_open_till(shop);
    turn_until(shop, shop->till.book_version, 4);
    assert_int_equal(bookcase_get(shop->till.bookcase, BOOKCASE_ACTIVE).version, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sync_live__a_thousand_records_reach_the_hub_once, shop_set_up,
                                        shop_tear_down),
        cmocka_unit_test_setup_teardown(
            sync_live__nothing_is_lost_or_doubled_when_hub_broker_and_till_are_killed, shop_set_up,
            shop_tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_till_that_ends_in_order_is_told_to_be_off_line,
                                        shop_set_up, shop_tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_long_backlog_drains_fast, shop_set_up, shop_tear_down),
        cmocka_unit_test_setup_teardown(sync_live__members_and_points_come_down, shop_set_up, shop_tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_question_for_a_member_is_answered, shop_set_up,
                                        shop_tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_signed_book_comes_down_whole_and_a_later_one_replaces_it,
                                        shop_set_up, shop_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
