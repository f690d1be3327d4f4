/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a hostile till sends: a sequence of messages on its three topics reaches the hub, each as one byte
 * of topic, two of size (little-endian) and the payload. The hub neither dies nor counts a record that it
 * does not keep. */
#include <stdlib.h>
#include <unistd.h>

#include "harness/folder.h"
#include "harness/null_transport.h"
#include "harness/seed.h"
#include "hub/hub.h"
#include "vault/vault.h"
#include "wire/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)
#define TILL             "till-1"

static struct folder folder;
static struct seed seed = {1};
static struct null_transport line;
static struct store store;
static struct hub *hub;
static uint64_t now_ms;

static int64_t wall_unix_ms(void *self)
{
    (void)self;
    return (int64_t)now_ms;
}

static uint64_t mono_ms(void *self)
{
    (void)self;
    return now_ms;
}

static void at_end(void)
{
    hub_close(hub);
    store_close(&store);
    folder_remove(&folder);
}

static void open_once(void)
{
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    MUST(vault_open());
    folder = folder_make();
    char path[128];
    folder_join(&folder, "store", path);
    struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = UINT64_C(1) << 30, .random = seed_as_random(&seed)};
    MUST(store_open(&settings, &store));
    static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, NULL};
    struct hub_options options = {.burst_messages_max = 512,
                                  .burst_ms_max = 5,
                                  .credit = 1,
                                  .drain_tills_max = 1,
                                  .tills_max = 4,
                                  .poll_ms = 100,
                                  .push_ms = 200};
    struct hub_parts parts = {.transport = null_transport_as_transport(&line),
                              .store = store,
                              .clock = {&clock_ops, NULL},
                              .random = seed_as_random(&seed)};
    MUST(hub_open(&options, &parts, &hub));
    (void)hub_run(hub);
    null_transport_come_up(&line);
    (void)atexit(at_end);
}

static void say(uint8_t choice, struct span payload)
{
    static const enum topic topics[] = {TOPIC_STATE, TOPIC_UP, TOPIC_REQUEST};
    struct topic_parts parts = {.till = TILL};
    char name[TOPIC_SIZE_MAX];
    topic_write(topics[choice % COUNT_OF(topics)], &parts, name);
    line.handler.message(line.handler.context, span_of_text(name), payload);
}

static bool count_record(void *context, const struct store_record_id *id, struct span record)
{
    (void)id;
    (void)record;
    ++*(uint64_t *)context;
    return true;
}

static void judge(void)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    struct store_record_id all = {.till = ""};
    crm_Totals totals;
    uint64_t kept = 0;
    MUST(store_begin(store, STORE_READ, &txn));
    MUST(crm_totals_get(&txn, &totals));
    MUST(store_scan_records(&txn, &all, count_record, &kept));
    KASSA_ASSERT(kept == totals.records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (hub == NULL)
        open_once();
    while (size >= 3) {
        size_t payload_size = (size_t)(data[1] | data[2] << 8);
        payload_size = payload_size < size - 3 ? payload_size : size - 3;
        say(data[0], span_of(data + 3, payload_size));
        data += 3 + payload_size;
        size -= 3 + payload_size;
    }
    now_ms += 250;
    (void)hub_run(hub);
    if (now_ms % 4000 == 0)
        judge();
    return 0;
}
