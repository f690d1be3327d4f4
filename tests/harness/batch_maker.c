/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/batch_maker.h"

#include "vault/vault.h"

void batch_maker_init(struct batch_maker *maker, const char *till, uint64_t incarnation)
{
    memset(maker, 0, sizeof(*maker));
    memcpy(maker->till, till, strlen(till));
    maker->incarnation = incarnation;
}

void batch_maker_begin(struct batch_maker *maker)
{
    maker->used = 0;
    maker->batch =
        (struct wire_batch){.head = {.incarnation = maker->incarnation, .first_seq = maker->last_seq + 1},
                            .records = maker->records};
    memcpy(maker->batch.head.till, maker->till, sizeof(maker->till));
    memcpy(maker->batch.head.store, "store-1", 8);
    maker->batch.head.hash_before.size = HASH_SIZE;
    memcpy(maker->batch.head.hash_before.bytes, maker->hash, HASH_SIZE);
}

void batch_maker_add_raw(struct batch_maker *maker, struct span record)
{
    KASSA_ASSERT(maker->batch.record_count < BATCH_MAKER_RECORDS);
    KASSA_ASSERT(maker->used + record.size <= sizeof(maker->block));
    memcpy(maker->block + maker->used, record.bytes, record.size);
    struct span own = span_of(maker->block + maker->used, record.size);
    maker->used += record.size;
    maker->records[maker->batch.record_count++] = own;
    KASSA_ASSERT(vault_sha256_two(span_of(maker->hash, HASH_SIZE), own, maker->hash) == ERR_OK);
    maker->last_seq++;
}

void batch_maker_add(struct batch_maker *maker, const struct wire_record *record)
{
    uint8_t bytes[16384];
    size_t size;
    KASSA_ASSERT(wire_record_encode(record, bytes, sizeof(bytes), &size) == ERR_OK);
    batch_maker_add_raw(maker, span_of(bytes, size));
}

const struct wire_batch *batch_maker_end(struct batch_maker *maker)
{
    maker->batch.head.count = (uint32_t)maker->batch.record_count;
    return &maker->batch;
}

const struct wire_batch *batch_maker_taps(struct batch_maker *maker, size_t count)
{
    batch_maker_begin(maker);
    for (size_t i = 0; i < count; i++) {
        struct wire_record record = {
            .head = {.kind = kassa_RecordKind_RECORD_CARD_SEEN, .seq = maker->last_seq + 1}};
        record.body.card_seen.card_token.size = TOKEN_SIZE;
        batch_maker_add(maker, &record);
    }
    return batch_maker_end(maker);
}

struct wire_record batch_maker_receipt(const struct batch_maker *maker, uint64_t number, int64_t total_minor,
                                       kassa_Line *line)
{
    *line = (kassa_Line){.number = 1, .sku = "bread", .quantity_milli = 1000, .amount_minor = total_minor};
    struct wire_record record = {.head = {.kind = total_minor < 0 ? kassa_RecordKind_RECORD_RETURN
                                                                  : kassa_RecordKind_RECORD_PURCHASE}};
    kassa_Receipt *head = &record.body.receipt.head;
    head->has_id = true;
    head->id.number = number;
    head->id.business_day = 20000;
    memcpy(head->id.till, maker->till, sizeof(maker->till));
    memcpy(head->id.store, "store-1", 8);
    memcpy(head->currency, "EUR", 4);
    head->exponent = 2;
    head->total_minor = total_minor;
    record.body.receipt.lines = line;
    record.body.receipt.line_count = 1;
    return record;
}
