/* SPDX-License-Identifier: Apache-2.0 */
#include "card/record.h"

static enum err take(struct span *rest, size_t size, struct span *out)
{
    if (size > rest->size)
        return ERR_TRUNCATED;
    *out = span_of(rest->bytes, size);
    *rest = span_of(rest->bytes + size, rest->size - size);
    return ERR_OK;
}

static enum err take_number(struct span *rest, size_t width, size_t *out)
{
    struct span bytes = {0};
    TRY(take(rest, width, &bytes));
    size_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | bytes.bytes[i];
    *out = value;
    return ERR_OK;
}

enum err card_record_take(struct span *rest, struct card_record *out)
{
    size_t flags = 0;
    size_t type_size = 0;
    size_t payload_size = 0;
    size_t id_size = 0;
    TRY(take_number(rest, 1, &flags));
    TRY(take_number(rest, 1, &type_size));
    TRY(take_number(rest, (flags & CARD_RECORD_SHORT) != 0 ? 1 : 4, &payload_size));
    if ((flags & CARD_RECORD_HAS_ID) != 0)
        TRY(take_number(rest, 1, &id_size));
    out->flags = (uint8_t)flags;
    TRY(take(rest, type_size, &out->type));
    TRY(take(rest, id_size, &out->id));
    return take(rest, payload_size, &out->payload);
}

static void add_chunk(struct card_chunks *chunks, struct span bytes)
{
    size_t room = sizeof chunks->bytes - chunks->size;
    size_t size = bytes.size < room ? bytes.size : room;
    if (size > 0)
        memcpy(chunks->bytes + chunks->size, bytes.bytes, size);
    chunks->size += size;
}

static bool continues(const struct card_record *part)
{
    return (part->flags & CARD_RECORD_FIRST) == 0 && part->type.size == 0 &&
           (part->flags & CARD_RECORD_FORMAT) == CARD_RECORD_UNCHANGED;
}

/* NFC Forum NDEF 2.3.3: the last chunk is the one that does not say that more follow, and it alone may end the message. */
enum err card_record_take_whole(struct span *rest, struct card_chunks *chunks, struct card_record *out)
{
    TRY(card_record_take(rest, out));
    if ((out->flags & CARD_RECORD_CHUNK) == 0)
        return ERR_OK;
    struct card_record part = *out;
    chunks->size = 0;
    add_chunk(chunks, part.payload);
    while ((part.flags & CARD_RECORD_CHUNK) != 0) {
        TRY(card_record_take(rest, &part));
        if (!continues(&part))
            return ERR_SYNTAX;
        add_chunk(chunks, part.payload);
    }
    out->flags = (uint8_t)((out->flags & ~CARD_RECORD_CHUNK) | (part.flags & CARD_RECORD_LAST));
    out->payload = span_of(chunks->bytes, chunks->size);
    return ERR_OK;
}

enum err card_record_find(struct span message, const char *type, struct span *out_payload)
{
    struct card_record record = {.flags = 0};
    while (message.size > 0) {
        TRY(card_record_take(&message, &record));
        if ((record.flags & CARD_RECORD_CHUNK) != 0)
            return ERR_UNSUPPORTED;
        if ((record.flags & CARD_RECORD_FORMAT) != CARD_RECORD_EXTERNAL ||
            !span_is_equal(record.type, span_of_text(type)))
            continue;
        *out_payload = record.payload;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

void card_writer_put(struct card_writer *writer, struct span bytes)
{
    if (bytes.size > writer->capacity - writer->size)
        writer->has_failed = true;
    if (writer->has_failed || bytes.size == 0)
        return;
    memcpy(writer->bytes + writer->size, bytes.bytes, bytes.size);
    writer->size += bytes.size;
}

void card_writer_put_byte(struct card_writer *writer, uint8_t byte)
{
    card_writer_put(writer, span_of(&byte, 1));
}

#define AT_PAYLOAD_SIZE 2
#define AT_TYPE         3

size_t card_writer_open(struct card_writer *writer, uint8_t place, const char *type)
{
    size_t mark = writer->size;
    card_writer_put_byte(writer, place | CARD_RECORD_SHORT | CARD_RECORD_EXTERNAL);
    card_writer_put_byte(writer, (uint8_t)strlen(type));
    card_writer_put_byte(writer, 0);
    card_writer_put(writer, span_of_text(type));
    return mark;
}

void card_writer_close(struct card_writer *writer, size_t mark)
{
    if (writer->has_failed)
        return;
    size_t start = mark + AT_TYPE + writer->bytes[mark + 1];
    size_t size = writer->size - start;
    if (size > UINT8_MAX)
        writer->has_failed = true;
    else
        writer->bytes[mark + AT_PAYLOAD_SIZE] = (uint8_t)size;
}

void card_writer_record(struct card_writer *writer, uint8_t place, const char *type, struct span payload)
{
    size_t mark = card_writer_open(writer, place, type);
    card_writer_put(writer, payload);
    card_writer_close(writer, mark);
}
