/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever comes down to a till: a sequence of messages, each as one byte of topic, two of size
 * (little-endian) and the payload. The till neither dies nor moves its mark beyond its own records, and no
 * book that is not signed is offered. */
#include <stdlib.h>
#include <unistd.h>

#include "harness/null_transport.h"
#include "harness/sync_till.h"
#include "harness/trust_kit.h"
#include "wire/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 20

static struct folder folder;
static struct seed seed = {1};
static struct null_transport line;
static struct sync_till till;
static struct trust_kit kit;
static uint64_t now_ms = 1000;

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
    sync_till_close(&till);
    folder_remove(&folder);
}

static void open_once(void)
{
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    static uint8_t root_file[ROOT_FILE_SIZE_MAX];
    size_t root_size = 0;
    kassa_TrustRoot root;
    kassa_Signed sealed;
    trust_kit_open(&kit);
    trust_kit_root(&kit, &root);
    trust_kit_sign_root(&kit, &root, &sealed);
    KASSA_ASSERT(trust_root_file_write(&sealed, root_file, &root_size) == ERR_OK);
    folder = folder_make();
    static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, NULL};
    struct sync_till_options options = {.id = "till-1",
                                        .transport = null_transport_as_transport(&line),
                                        .clock = {&clock_ops, NULL},
                                        .random = seed_as_random(&seed),
                                        .backoff_ms_max = 10,
                                        .ack_timeout_ms = 100,
                                        .first_root = span_of(root_file, root_size)};
    sync_till_open(&till, &folder, &options);
    sync_till_append(&till, RECORDS);
    (void)atexit(at_end);
}

static void come_up(void)
{
    now_ms += 100;
    (void)sync_run(till.sync);
    if (!line.is_up)
        null_transport_come_up(&line);
}

static void hear(uint8_t choice, struct span payload)
{
    static const enum topic topics[] = {TOPIC_ACK,      TOPIC_MEMBERS, TOPIC_REPAIR,
                                        TOPIC_MANIFEST, TOPIC_CHUNK,   TOPIC_ANSWER};
    struct topic_parts parts = {.till = "till-1", .cohort = "all", .version = 2, .index = 0};
    char name[TOPIC_SIZE_MAX];
    parts.is_manifest = choice >= 128;
    topic_write(topics[choice % COUNT_OF(topics)], &parts, name);
    line.handler.message(line.handler.context, span_of_text(name), payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (till.sync == NULL)
        open_once();
    come_up();
    while (size >= 3 && line.is_up) {
        size_t payload_size = (size_t)(data[1] | data[2] << 8);
        payload_size = payload_size < size - 3 ? payload_size : size - 3;
        hear(data[0], span_of(data + 3, payload_size));
        data += 3 + payload_size;
        size -= 3 + payload_size;
    }
    struct sync_status status;
    sync_get_status(till.sync, &status);
    KASSA_ASSERT(status.acknowledged_seq < journal_next_seq(till.journal));
    KASSA_ASSERT(till.book_version == 0);
    return 0;
}
