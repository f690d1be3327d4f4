/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes arrive as a record, a batch or a message: an error or a sound object, never more. */
#include "wire/coupon.h"
#include "wire/message.h"
#include "wire/record.h"
#include "wire/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[4 * 1024 * 1024];
static uint8_t again[RECORD_SIZE_MAX];

static void try_record(struct span bytes)
{
    struct arena arena = arena_of(memory, sizeof(memory));
    static struct wire_record record;
    size_t again_size;
    kassa_ReceiptKind kind;
    (void)!wire_record_peek_receipt(bytes, &kind);
    if (wire_record_decode(bytes, &arena, &record) == ERR_OK)
        (void)!wire_record_encode(&record, again, sizeof(again), &again_size);
}

static void try_messages(struct span bytes)
{
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_batch batch;
    struct wire_member_updates updates;
    struct wire_book_chunk chunk;
    static kassa_Ack ack;
    static kassa_TillState till_state;
    static kassa_Request request;
    static kassa_BookManifest manifest;
    static struct wire_answer answer;
    struct wire_book_news news;
    static kassa_Signed sealed;
    static kassa_TrustRoot root;
    static kassa_Timestamp timestamp;
    (void)!wire_book_news_decode(bytes, &arena, &news);
    (void)!wire_decode(kassa_Signed_fields, bytes, &sealed);
    (void)!wire_decode(kassa_TrustRoot_fields, bytes, &root);
    (void)!wire_decode(kassa_Timestamp_fields, bytes, &timestamp);
    (void)!wire_answer_decode(bytes, &arena, &answer);
    (void)!wire_batch_decode(bytes, &arena, &batch);
    (void)!wire_member_updates_decode(bytes, &arena, &updates);
    (void)!wire_book_chunk_decode(bytes, &arena, &chunk);
    (void)!wire_decode(kassa_Ack_fields, bytes, &ack);
    (void)!wire_decode(kassa_TillState_fields, bytes, &till_state);
    (void)!wire_decode(kassa_Request_fields, bytes, &request);
    (void)!wire_decode(kassa_BookManifest_fields, bytes, &manifest);
}

/* One token has one text: what is read is written as it was, but for capitals. */
static void try_coupon(struct span bytes)
{
    struct wire_coupon coupon;
    char text[COUPON_CODE_MAX + 1];
    if (wire_coupon_read(bytes, &coupon) != ERR_OK)
        return;
    KASSA_ASSERT(wire_coupon_write(&coupon, text) == ERR_OK && strlen(text) == bytes.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_coupon(span_of(data, size));
    struct span bytes = span_of(data, size);
    enum topic topic;
    struct topic_parts parts;
    try_record(bytes);
    try_messages(bytes);
    (void)!topic_read(bytes, &topic, &parts);
    return 0;
}
