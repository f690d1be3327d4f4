/* SPDX-License-Identifier: Apache-2.0 */
#include "bookcase/shelf.h"

#include "base/bytes.h"
#include "base/crc32c.h"

#define COPY_SIZE 44

_Static_assert(SHELF_SIZE == 20 + BOOKCASE_SLOTS * COPY_SIZE, "the row's layout");

static uint32_t crc_of(struct span key, struct span value)
{
    return crc32c(crc32c(0, key), span_of(value.bytes + 4, value.size - 4));
}

void bookcase_shelf_write(const struct shelf *shelf, uint8_t out[SHELF_SIZE])
{
    out[4] = BOOKCASE_FORMAT;
    out[5] = shelf->active;
    out[6] = (uint8_t)((shelf->is_receiving ? 1 : 0) | (shelf->is_back ? 2 : 0));
    out[7] = shelf->before;
    memset(out + 8, 0, 4);
    bytes_put_le64(out + 12, shelf->version_max);
    for (size_t i = 0; i < BOOKCASE_SLOTS; i++) {
        uint8_t *at = out + 20 + i * COPY_SIZE;
        bytes_put_le64(at, shelf->copies[i].version);
        bytes_put_le32(at + 8, shelf->copies[i].size);
        memcpy(at + 12, shelf->copies[i].hash, HASH_SIZE);
    }
    bytes_put_le32(out, crc_of(span_of_text(SHELF_KEY), span_of(out, SHELF_SIZE)));
}

static bool is_sound(const struct shelf *shelf)
{
    for (size_t i = 0; i < BOOKCASE_SLOTS; i++) {
        const struct book_copy *copy = &shelf->copies[i];
        if (copy->size > BOOK_SIZE_MAX || (copy->version == 0) != (copy->size == 0))
            return false;
    }
    return shelf->active < BOOKCASE_SLOTS && shelf->before < BOOKCASE_SLOTS && shelf->active != shelf->before;
}

enum err bookcase_shelf_read(struct span value, struct shelf *out)
{
    if (value.size != SHELF_SIZE || bytes_get_le32(value.bytes) != crc_of(span_of_text(SHELF_KEY), value))
        return ERR_CORRUPT;
    if (value.bytes[4] != BOOKCASE_FORMAT)
        return ERR_VERSION;
    struct shelf shelf = {.active = value.bytes[5],
                          .before = value.bytes[7],
                          .is_receiving = (value.bytes[6] & 1) != 0,
                          .is_back = (value.bytes[6] & 2) != 0,
                          .version_max = bytes_get_le64(value.bytes + 12)};
    for (size_t i = 0; i < BOOKCASE_SLOTS; i++) {
        const uint8_t *at = value.bytes + 20 + i * COPY_SIZE;
        shelf.copies[i].version = bytes_get_le64(at);
        shelf.copies[i].size = bytes_get_le32(at + 8);
        memcpy(shelf.copies[i].hash, at + 12, HASH_SIZE);
    }
    if (!is_sound(&shelf))
        return ERR_CORRUPT;
    *out = shelf;
    return ERR_OK;
}

size_t bookcase_trust_write(struct span bytes, uint8_t *out)
{
    KASSA_ASSERT(bytes.size <= BOOKCASE_TRUST_MAX);
    if (bytes.size > 0)
        memcpy(out + TRUST_HEAD_SIZE, bytes.bytes, bytes.size);
    size_t size = TRUST_HEAD_SIZE + bytes.size;
    bytes_put_le32(out, crc_of(span_of_text(TRUST_KEY), span_of(out, size)));
    return size;
}

enum err bookcase_trust_read(struct span value, struct span *out_bytes)
{
    if (value.size < TRUST_HEAD_SIZE || value.size > TRUST_HEAD_SIZE + BOOKCASE_TRUST_MAX ||
        bytes_get_le32(value.bytes) != crc_of(span_of_text(TRUST_KEY), value))
        return ERR_CORRUPT;
    *out_bytes = span_of(value.bytes + TRUST_HEAD_SIZE, value.size - TRUST_HEAD_SIZE);
    return ERR_OK;
}

void bookcase_chunk_write_key(uint8_t slot, uint32_t index, uint8_t out[CHUNK_KEY_SIZE])
{
    out[0] = slot;
    bytes_put_be32(out + 1, index);
}

size_t bookcase_chunk_write(uint8_t slot, uint32_t index, struct span bytes, uint8_t *out)
{
    uint8_t key[CHUNK_KEY_SIZE];
    KASSA_ASSERT(bytes.size <= BOOK_CHUNK_SIZE);
    bookcase_chunk_write_key(slot, index, key);
    memcpy(out + CHUNK_HEAD_SIZE, bytes.bytes, bytes.size);
    size_t size = CHUNK_HEAD_SIZE + bytes.size;
    bytes_put_le32(out, crc_of(span_of(key, sizeof key), span_of(out, size)));
    return size;
}

enum err bookcase_chunk_read(uint8_t slot, uint32_t index, struct span value, struct span *out_bytes)
{
    uint8_t key[CHUNK_KEY_SIZE];
    bookcase_chunk_write_key(slot, index, key);
    if (value.size <= CHUNK_HEAD_SIZE || value.size > CHUNK_HEAD_SIZE + BOOK_CHUNK_SIZE ||
        bytes_get_le32(value.bytes) != crc_of(span_of(key, sizeof key), value))
        return ERR_CORRUPT;
    *out_bytes = span_of(value.bytes + CHUNK_HEAD_SIZE, value.size - CHUNK_HEAD_SIZE);
    return ERR_OK;
}

uint32_t bookcase_chunk_count(uint32_t book_size)
{
    return (book_size + BOOK_CHUNK_SIZE - 1) / BOOK_CHUNK_SIZE;
}

uint32_t bookcase_chunk_size(uint32_t book_size, uint32_t index)
{
    uint32_t before = index * BOOK_CHUNK_SIZE;
    return book_size - before < BOOK_CHUNK_SIZE ? book_size - before : BOOK_CHUNK_SIZE;
}
