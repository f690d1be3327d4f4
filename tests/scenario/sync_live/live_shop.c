/* SPDX-License-Identifier: Apache-2.0 */
#include "live_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "base/hex.h"
#include "crm/crm.h"
#include "harness/ok.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

uint64_t shop_now_ms(void)
{
    struct clock clock = linux_clock();
    return clock.ops->mono_ms(clock.self);
}

void shop_start_hub(struct shop *shop)
{
    char log[128], path[192], key[192], port[64];
    folder_join(&shop->folder, "hub.log", log);
    (void)snprintf(path, sizeof(path), "store.path=%s", shop->store_path);
    (void)snprintf(key, sizeof(key), "trust.timestamp_key_file=%s", shop->time_key_path);
    (void)snprintf(port, sizeof(port), "broker.port=%u", (unsigned)shop->port);
    const char *const argv[] = {KASSA_BINARY_DIR "/bin/kassa-hub",
                                "--set",
                                path,
                                "--set",
                                port,
                                "--set",
                                key,
                                "--set",
                                "broker.backoff_ms=100",
                                "--set",
                                "store.map_mib=256",
                                NULL};
    shop->hub = process_start(argv, log);
}

void shop_open_till(struct shop *shop)
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
                                        .first_root = span_of(shop->root_file, shop->root_size)};
    sync_till_open(&shop->till, &shop->folder, &options);
}

void shop_close_till(struct shop *shop)
{
    sync_till_close(&shop->till);
    mosquitto_transport_close(shop->line);
    shop->line = NULL;
}

/* The hub's own key, as kassa key create writes it. */
static void write_time_key(struct shop *shop)
{
    char text[2 * VAULT_PRIVATE_SIZE + 1];
    folder_join(&shop->folder, "hub.private", shop->time_key_path);
    hex_write(span_of(shop->kit.keys[KIT_TIME].private_key, VAULT_PRIVATE_SIZE), text);
    ok(linux_file_replace(shop->time_key_path, span_of_text(text), 0600));
}

static struct store open_store(const struct shop *shop, bool must_exist)
{
    struct store_settings settings = {.kind = "lmdb",
                                      .path = shop->store_path,
                                      .map_size_bytes = UINT64_C(256) << 20,
                                      .must_exist = must_exist,
                                      .random = linux_random()};
    struct store store;
    ok(store_open(&settings, &store));
    return store;
}

/* Young, whatever the machine's clock says. */
static void put_root(struct shop *shop)
{
    struct clock clock = linux_clock();
    kassa_TrustRoot root;
    kassa_Signed sealed;
    trust_kit_root(&shop->kit, &root);
    root.created_unix_ms = clock.ops->wall_unix_ms(clock.self) - KIT_DAY_MS;
    root.expires_unix_ms = root.created_unix_ms + KIT_YEAR_MS;
    trust_kit_sign_root(&shop->kit, &root, &sealed);
    ok(trust_root_file_write(&sealed, shop->root_file, &shop->root_size));
    struct store store CLEANUP(store_close) = open_store(shop, /* must_exist= */ false);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(store, STORE_WRITE, &txn));
    ok(crm_root_put(&txn, root.version, &sealed));
    ok(store_commit(&txn));
}

int shop_set_up(void **state)
{
    struct shop *shop = calloc(1, sizeof(*shop));
    assert_non_null(shop);
    trust_kit_open(&shop->kit);
    shop->folder = folder_make();
    folder_join(&shop->folder, "hub.store", shop->store_path);
    write_time_key(shop);
    put_root(shop);
    shop->port = process_free_port();
    shop->broker = process_start_broker(&shop->folder, shop->port);
    shop_start_hub(shop);
    shop_open_till(shop);
    *state = shop;
    return 0;
}

int shop_tear_down(void **state)
{
    struct shop *shop = *state;
    if (shop->line != NULL)
        shop_close_till(shop);
    (void)process_end(&shop->hub, SIGTERM);
    (void)process_end(&shop->broker, SIGTERM);
    folder_remove(&shop->folder);
    free(shop);
    return 0;
}

/* One shop_turn of the till's loop: at most 20 ms. */
void shop_turn(struct shop *shop)
{
    uint64_t due = sync_run(shop->till.sync);
    uint64_t now = shop_now_ms();
    uint64_t wait = due > now ? due - now : 0;
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(shop->line), .events = POLLIN};
    if (mosquitto_transport_wants_write(shop->line))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, wait < 20 ? (int)wait : 20) > 0)
        mosquitto_transport_step(shop->line, (ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0);
}

void shop_turn_until_empty(struct shop *shop)
{
    uint64_t deadline = shop_now_ms() + DEADLINE_MS;
    while (sync_till_backlog(&shop->till) > 0 && shop_now_ms() < deadline)
        shop_turn(shop);
    assert_int_equal(sync_till_backlog(&shop->till), 0);
}

struct store shop_open_store(const struct shop *shop)
{
    return open_store(shop, /* must_exist= */ true);
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

void shop_expect_all_kept_once(struct shop *shop, uint64_t count)
{
    struct store store CLEANUP(store_close) = shop_open_store(shop);
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

void shop_turn_for(struct shop *shop, uint64_t ms)
{
    uint64_t end = shop_now_ms() + ms;
    while (shop_now_ms() < end)
        shop_turn(shop);
}
