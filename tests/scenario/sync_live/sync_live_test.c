/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "crm/crm.h"
#include "harness/ok.h"
#include "harness/process.h"
#include "harness/sync_till.h"
#include "platform/linux/linux_clock.h"
#include "platform/mosquitto/mosquitto_transport.h"

#define DEADLINE_MS 15000

struct shop {
    struct folder folder;
    uint16_t port;
    struct process broker;
    struct process hub;
    struct mosquitto_transport *line;
    struct sync_till till;
    struct vault_key_pair key;
    char store_path[128];
};

static uint64_t now_ms(void)
{
    struct clock clock = linux_clock();
    return clock.ops->mono_ms(clock.self);
}

static void start_hub(struct shop *shop)
{
    char log[128], path[192], port[64];
    folder_join(&shop->folder, "hub.log", log);
    (void)snprintf(path, sizeof(path), "store.path=%s", shop->store_path);
    (void)snprintf(port, sizeof(port), "broker.port=%u", (unsigned)shop->port);
    const char *const argv[] = {KASSA_BINARY_DIR "/bin/kassa-hub",
                                "--set",
                                path,
                                "--set",
                                port,
                                "--set",
                                "broker.backoff_ms=100",
                                "--set",
                                "store.map_mib=256",
                                NULL};
    shop->hub = process_start(argv, log);
}

static void open_till(struct shop *shop)
{
    struct mosquitto_settings broker = {
        .host = "127.0.0.1", .port = shop->port, .client_id = "till-1", .keepalive_s = 30};
    ok(mosquitto_transport_open(&broker, &shop->line));
    struct sync_till_options options = {.id = "till-1",
                                        .transport = mosquitto_transport_as_transport(shop->line),
                                        .clock = linux_clock(),
                                        .random = linux_random(),
                                        .backoff_ms_max = 100,
                                        .ack_timeout_ms = 300,
                                        .trusted_keys = &shop->key.public_key,
                                        .trusted_key_count = 1};
    sync_till_open(&shop->till, &shop->folder, &options);
}

static void close_till(struct shop *shop)
{
    sync_till_close(&shop->till);
    mosquitto_transport_close(shop->line);
    shop->line = NULL;
}

static int set_up(void **state)
{
    struct shop *shop = calloc(1, sizeof(*shop));
    assert_non_null(shop);
    ok(vault_open());
    ok(vault_generate_key_pair(&shop->key));
    shop->folder = folder_make();
    folder_join(&shop->folder, "hub.store", shop->store_path);
    shop->port = process_free_port();
    shop->broker = process_start_broker(&shop->folder, shop->port);
    start_hub(shop);
    open_till(shop);
    *state = shop;
    return 0;
}

static int tear_down(void **state)
{
    struct shop *shop = *state;
    if (shop->line != NULL)
        close_till(shop);
    (void)process_end(&shop->hub, SIGTERM);
    (void)process_end(&shop->broker, SIGTERM);
    folder_remove(&shop->folder);
    free(shop);
    return 0;
}

/* One turn of the till's loop: at most 20 ms. */
static void turn(struct shop *shop)
{
    uint64_t due = sync_run(shop->till.sync);
    uint64_t now = now_ms();
    uint64_t wait = due > now ? due - now : 0;
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(shop->line), .events = POLLIN};
    if (mosquitto_transport_wants_write(shop->line))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, wait < 20 ? (int)wait : 20) > 0)
        mosquitto_transport_step(shop->line, (ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0);
}

static void turn_until_empty(struct shop *shop)
{
    uint64_t deadline = now_ms() + DEADLINE_MS;
    while (sync_till_backlog(&shop->till) > 0 && now_ms() < deadline)
        turn(shop);
    assert_int_equal(sync_till_backlog(&shop->till), 0);
}

static struct store open_store(const struct shop *shop)
{
    struct store_settings settings = {.kind = "lmdb",
                                      .path = shop->store_path,
                                      .map_size_bytes = UINT64_C(256) << 20,
                                      .must_exist = true,
                                      .random = linux_random()};
    struct store store;
    ok(store_open(&settings, &store));
    return store;
}

struct audit {
    const struct shop *shop;
    uint64_t next_seq;
    unsigned differences;
};

/* Each kept record is the journal's, byte for byte, and none is missing. */
static bool audit_record(void *context, const struct store_record_id *id, struct span record)
{
    struct audit *audit = context;
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct journal_record own;
    audit->differences += id->seq == audit->next_seq ? 0 : 1;
    audit->next_seq = id->seq + 1;
    enum err error = journal_read(audit->shop->till.journal, id->seq, buffer, sizeof(buffer), &own);
    audit->differences += error == ERR_OK && span_is_equal(own.bytes, record) ? 0 : 1;
    return true;
}

static void expect_all_kept_once(struct shop *shop, uint64_t count)
{
    struct store store CLEANUP(store_close) = open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_READ, &txn));
    crm_Totals totals;
    ok(crm_totals_get(&txn, &totals));
    assert_int_equal(totals.records, count);
    assert_int_equal(totals.taps, count);
    assert_int_equal(totals.quarantined, 0);
    struct audit audit = {shop, 1, 0};
    struct store_record_id from = {.till = ""};
    ok(store_scan_records(&txn, &from, audit_record, &audit));
    assert_int_equal(audit.differences, 0);
    assert_int_equal(audit.next_seq, count + 1);
}

static void sync_live__a_thousand_records_reach_the_hub_once(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1000);
    turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    expect_all_kept_once(shop, 1000);
}

static void turn_for(struct shop *shop, uint64_t ms)
{
    uint64_t end = now_ms() + ms;
    while (now_ms() < end)
        turn(shop);
}

static void sync_live__nothing_is_lost_or_doubled_when_hub_broker_and_till_are_killed(void **state)
{
    struct shop *shop = *state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 12; round++) {
        sync_till_append(&shop->till, 100);
        turn_for(shop, seed_below(&seed, 60));
        switch (seed_below(&seed, 4)) {
        case 0:
            (void)process_end(&shop->hub, SIGKILL);
            turn_for(shop, seed_below(&seed, 30));
            start_hub(shop);
            break;
        case 1:
            (void)process_end(&shop->broker, SIGKILL);
            turn_for(shop, seed_below(&seed, 30));
            shop->broker = process_start_broker(&shop->folder, shop->port);
            break;
        case 2:
            close_till(shop);
            open_till(shop);
            break;
        default:
            break;
        }
    }
    turn_until_empty(shop);
    sync_till_append(&shop->till, 1); /* a hub that has just been started again must be up to end in order */
    turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    expect_all_kept_once(shop, 1201);
}

static void sync_live__a_long_backlog_drains_fast(void **state)
{
    struct shop *shop = *state;
    (void)process_end(&shop->broker, SIGKILL);
    sync_till_append(&shop->till, 28000);
    shop->broker = process_start_broker(&shop->folder, shop->port);
    uint64_t begin = now_ms();
    turn_until_empty(shop);
    print_message("28000 records in %llu ms\n", (unsigned long long)(now_ms() - begin));
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    expect_all_kept_once(shop, 28000);
}

static void put_member(const struct shop *shop, uint8_t number)
{
    struct store store CLEANUP(store_close) = open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_WRITE, &txn));
    crm_Member member = crm_Member_init_zero;
    member.has_member = true;
    member.member.id.size = MEMBER_SIZE;
    member.member.id.bytes[0] = number;
    member.member.card_tokens_count = 1;
    member.member.card_tokens[0].size = TOKEN_SIZE;
    member.member.card_tokens[0].bytes[0] = number;
    memcpy(member.member.first_name, "Ada", 4);
    ok(crm_member_put(&txn, &member));
    ok(store_commit(&txn));
}

static void put_book(const struct shop *shop, uint64_t version, struct span bytes)
{
    kassa_BookManifest manifest = {
        .version = version, .size = (uint32_t)bytes.size, .chunk_size = BOOK_CHUNK_SIZE, .tenant = "kassa"};
    uint8_t statement[WIRE_BOOK_STATEMENT_SIZE_MAX];
    size_t size;
    manifest.hash.size = HASH_SIZE;
    ok(vault_sha256(bytes, manifest.hash.bytes));
    ok(wire_book_statement(&manifest, statement, sizeof(statement), &size));
    manifest.signature.size = VAULT_SIGNATURE_SIZE;
    ok(vault_sign(shop->key.private_key, span_of(statement, size), manifest.signature.bytes));
    manifest.key_id.size = VAULT_KEY_ID_SIZE;
    ok(vault_key_id(shop->key.public_key, manifest.key_id.bytes));
    struct store store CLEANUP(store_close) = open_store(shop);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_WRITE, &txn));
    ok(crm_book_put(&txn, &manifest, bytes));
    ok(store_commit(&txn));
}

/* Turns until *value is `wanted`. */
#define turn_until(shop, value, wanted)                                                                      \
    do {                                                                                                     \
        uint64_t deadline_ = now_ms() + DEADLINE_MS;                                                         \
        while ((value) != (wanted) && now_ms() < deadline_)                                                  \
            turn(shop);                                                                                      \
        assert_int_equal(value, wanted);                                                                     \
    } while (0)

static void sync_live__members_and_points_come_down(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    turn_until_empty(shop);
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
    assert_string_equal(member.first_name, "Ada");
}

static void sync_live__a_question_for_a_member_is_answered(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    turn_until_empty(shop);
    uint8_t token[TOKEN_SIZE] = {99};
    ok(sync_ask_member(shop->till.sync, token));
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
    turn_until_empty(shop);
    put_book(shop, 3, span_of(book, sizeof(book)));
    turn_until(shop, shop->till.book_version, 3);
    assert_int_equal(shop->till.book_size, sizeof(book));
    close_till(shop); /* published while the till is away */
    put_book(shop, 4, span_of(book, 40000));
    open_till(shop);
    turn_until(shop, shop->till.book_version, 4);
    assert_int_equal(bookcase_get(shop->till.bookcase, BOOKCASE_ACTIVE).version, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sync_live__a_thousand_records_reach_the_hub_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            sync_live__nothing_is_lost_or_doubled_when_hub_broker_and_till_are_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_long_backlog_drains_fast, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sync_live__members_and_points_come_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_question_for_a_member_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sync_live__a_signed_book_comes_down_whole_and_a_later_one_replaces_it,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
