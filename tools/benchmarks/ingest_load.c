/* SPDX-License-Identifier: Apache-2.0 */
#include "benchmarks/ingest_load.h"

#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/sales_maker.h"
#include "vault/vault.h"

#define SALE_SIZE       4096
#define SALE_UNIX_MS    INT64_C(1795132800000)
#define RECORD_OVERHEAD 8 /* a record's tag and length in the batch, as sync counts it */

_Noreturn void ingest_die(const char *what, const char *why)
{
    (void)fprintf(stderr, "kassa-bench-ingest: %s: %s\n", what, why);
    exit(1);
}

void ingest_must(enum err error, const char *what)
{
    if (error != ERR_OK)
        ingest_die(what, err_sentence(error));
}

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (block == NULL)
        ingest_die("memory", "none left");
    return block;
}

/* What a till is on its way through its sales. */
struct writer {
    struct sales_maker maker;
    uint64_t next_seq;
    uint8_t hash[HASH_SIZE];
    uint8_t *block; /* records of a batch */
    struct span records[BATCH_RECORDS_MAX];
    uint8_t *out;
};

/* As sync fills a batch: no further record beyond the target. */
static struct wire_batch fill_batch(struct writer *writer, const struct ingest_till *till, size_t records_max)
{
    struct wire_batch batch = {.head = {.incarnation = till->incarnation, .first_seq = writer->next_seq},
                               .records = writer->records};
    memcpy(batch.head.till, till->id, sizeof(batch.head.till));
    memcpy(batch.head.store, INGEST_STORE, sizeof(INGEST_STORE));
    batch.head.hash_before.size = HASH_SIZE;
    memcpy(batch.head.hash_before.bytes, writer->hash, HASH_SIZE);
    size_t used = 0;
    while (batch.record_count < records_max && writer->next_seq <= till->last_seq &&
           used + SALE_SIZE <= BATCH_SIZE_TARGET) {
        uint8_t *record = writer->block + used;
        size_t size = sales_maker_write(&writer->maker, writer->next_seq, writer->next_seq, SALE_UNIX_MS,
                                        record, SALE_SIZE);
        struct span bytes = span_of(record, size);
        ingest_must(vault_sha256_two(span_of(writer->hash, HASH_SIZE), bytes, writer->hash), "hash");
        writer->records[batch.record_count++] = bytes;
        writer->next_seq++;
        used += size + RECORD_OVERHEAD;
    }
    batch.head.backlog = writer->next_seq <= till->last_seq;
    return batch;
}

static void add_message(struct ingest_load *load, struct ingest_till *till, const struct wire_batch *batch,
                        uint8_t *buffer)
{
    size_t size = 0;
    ingest_must(wire_batch_encode(batch, buffer, BATCH_SIZE_MAX, &size), "batch");
    struct ingest_message *message = &till->messages[till->message_count++];
    *message = (struct ingest_message){
        .bytes = take(size, 1), .size = size, .last_seq = batch->head.first_seq + batch->record_count - 1};
    memcpy(message->bytes, buffer, size);
    load->message_count++;
    load->record_count += batch->record_count;
    load->byte_count += size;
}

static void make_till(struct ingest_load *load, const struct ingest_load_options *options, size_t index)
{
    struct ingest_till *till = &load->tills[index];
    (void)snprintf(till->id, sizeof(till->id), "bench-%u-%zu", options->round, index);
    till->incarnation = 1 + options->round * UINT64_C(1000003) + index;
    till->last_seq = options->records_a_till;
    till->messages = take(options->records_a_till, sizeof(*till->messages));
    struct topic_parts parts = {.till = ""};
    memcpy(parts.till, till->id, sizeof(parts.till));
    topic_write(TOPIC_UP, &parts, till->topic);
    struct writer *writer = take(1, sizeof(*writer));
    writer->maker = (struct sales_maker){till->id, INGEST_STORE, till->incarnation};
    writer->next_seq = 1;
    writer->block = take(1, BATCH_SIZE_TARGET);
    writer->out = take(1, BATCH_SIZE_MAX);
    while (writer->next_seq <= till->last_seq) {
        struct wire_batch batch = fill_batch(writer, till, options->records_a_batch);
        add_message(load, till, &batch, writer->out);
    }
    free(writer->out);
    free(writer->block);
    free(writer);
}

void ingest_load_make(const struct ingest_load_options *options, struct ingest_load *out)
{
    *out = (struct ingest_load){.tills = take(options->till_count, sizeof(*out->tills)),
                                .till_count = options->till_count};
    for (size_t i = 0; i < options->till_count; i++)
        make_till(out, options, i);
}

void ingest_load_free(struct ingest_load *load)
{
    for (size_t i = 0; i < load->till_count; i++) {
        for (size_t k = 0; k < load->tills[i].message_count; k++)
            free(load->tills[i].messages[k].bytes);
        free(load->tills[i].messages);
    }
    free(load->tills);
    *load = (struct ingest_load){.tills = NULL};
}

struct ingest_till *ingest_load_find(const struct ingest_load *load, const char *till)
{
    for (size_t i = 0; i < load->till_count; i++) {
        if (strcmp(load->tills[i].id, till) == 0)
            return &load->tills[i];
    }
    return NULL;
}
