/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/message.h"

#include "base/crc32c.h"
#include "wire/lists.h"

enum err wire_encode(const pb_msgdesc_t *fields, const void *message, uint8_t *out, size_t capacity,
                     size_t *out_size)
{
    pb_ostream_t stream = pb_ostream_from_buffer(out, capacity);
    if (!pb_encode(&stream, fields, message))
        return ERR_TOO_LONG;
    *out_size = stream.bytes_written;
    return ERR_OK;
}

enum err wire_decode(const pb_msgdesc_t *fields, struct span bytes, void *out_message)
{
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    return pb_decode(&stream, fields, out_message) ? ERR_OK : ERR_SYNTAX;
}

static uint32_t crc_of_records(const struct span *records, size_t count)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < count; i++)
        crc = crc32c(crc, records[i]);
    return crc;
}

enum err wire_batch_encode(const struct wire_batch *batch, uint8_t *out, size_t capacity, size_t *out_size)
{
    if (batch->record_count > BATCH_RECORDS_MAX)
        return ERR_TOO_LONG;
    struct list_source records = {NULL, batch->records, batch->record_count, sizeof(struct span)};
    kassa_Batch head = batch->head;
    head.count = (uint32_t)batch->record_count;
    head.crc32c = crc_of_records(batch->records, batch->record_count);
    head.records = list_write_bytes(&records);
    return wire_encode(kassa_Batch_fields, &head, out, capacity, out_size);
}

static enum err decode_with_list(const pb_msgdesc_t *fields, struct span bytes, void *message,
                                 const struct list_sink *sink)
{
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    if (pb_decode_ex(&stream, fields, message, PB_DECODE_NOINIT))
        return ERR_OK;
    return sink->error != ERR_OK ? sink->error : ERR_SYNTAX;
}

enum err wire_batch_decode(struct span bytes, struct arena *arena, struct wire_batch *out)
{
    struct list_sink records = {
        .arena = arena, .item_size = sizeof(struct span), .count_max = BATCH_RECORDS_MAX};
    kassa_Batch head = kassa_Batch_init_zero;
    head.records = list_read_bytes(&records);
    TRY(decode_with_list(kassa_Batch_fields, bytes, &head, &records));
    if (head.count != records.count || head.crc32c != crc_of_records(records.items, records.count))
        return ERR_CHECKSUM;
    head.records = (pb_callback_t){0};
    *out = (struct wire_batch){head, records.items, records.count};
    return ERR_OK;
}

enum err wire_member_updates_encode(const struct wire_member_updates *updates, uint8_t *out, size_t capacity,
                                    size_t *out_size)
{
    if (updates->member_count > MEMBERS_PER_UPDATE_MAX)
        return ERR_TOO_LONG;
    struct list_source members = {kassa_Member_fields, updates->members, updates->member_count,
                                  sizeof(kassa_Member)};
    kassa_MemberUpdates head = updates->head;
    head.members = list_write(&members);
    return wire_encode(kassa_MemberUpdates_fields, &head, out, capacity, out_size);
}

enum err wire_member_updates_decode(struct span bytes, struct arena *arena, struct wire_member_updates *out)
{
    struct list_sink members = {.fields = kassa_Member_fields,
                                .arena = arena,
                                .item_size = sizeof(kassa_Member),
                                .count_max = MEMBERS_PER_UPDATE_MAX};
    kassa_MemberUpdates head = kassa_MemberUpdates_init_zero;
    head.members = list_read(&members);
    TRY(decode_with_list(kassa_MemberUpdates_fields, bytes, &head, &members));
    head.members = (pb_callback_t){0};
    *out = (struct wire_member_updates){head, members.items, members.count};
    return ERR_OK;
}

enum err wire_book_chunk_encode(const struct wire_book_chunk *chunk, uint8_t *out, size_t capacity,
                                size_t *out_size)
{
    if (chunk->bytes.size > BOOK_CHUNK_SIZE)
        return ERR_TOO_LONG;
    struct span bytes = chunk->bytes;
    kassa_BookChunk message = {
        .version = chunk->version, .index = chunk->index, .bytes = bytes_write(&bytes)};
    return wire_encode(kassa_BookChunk_fields, &message, out, capacity, out_size);
}

enum err wire_book_chunk_decode(struct span bytes, struct arena *arena, struct wire_book_chunk *out)
{
    struct list_sink pieces = {.arena = arena, .item_size = sizeof(struct span), .count_max = 1};
    kassa_BookChunk message = kassa_BookChunk_init_zero;
    message.bytes = list_read_bytes(&pieces);
    TRY(decode_with_list(kassa_BookChunk_fields, bytes, &message, &pieces));
    struct span content = pieces.count == 1 ? *(const struct span *)pieces.items : (struct span){NULL, 0};
    if (content.size > BOOK_CHUNK_SIZE)
        return ERR_TOO_LONG;
    *out = (struct wire_book_chunk){message.version, message.index, content};
    return ERR_OK;
}
