/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/format.h"

#include "base/bytes.h"
#include "base/crc32c.h"

#define FLAG_TAKES_RECEIPT 1u
#define GENERATION_TAG     'g'

/* Every row's crc also covers its key: a row under another's key is found out. */
static uint32_t crc_of(struct span key, struct span value)
{
    return crc32c(crc32c(0, key), span_of(value.bytes + 4, value.size - 4));
}

static enum err check_crc(struct span key, struct span value)
{
    return bytes_get_le32(value.bytes) == crc_of(key, value) ? ERR_OK : ERR_CHECKSUM;
}

void journal_place_write(struct place place, uint8_t out[PLACE_SIZE])
{
    bytes_put_be32(out, place.generation);
    bytes_put_be64(out + 4, place.number);
}

enum err journal_place_read(struct span key, struct place *out)
{
    if (key.size != PLACE_SIZE)
        return ERR_SYNTAX;
    *out = (struct place){bytes_get_be32(key.bytes), bytes_get_be64(key.bytes + 4)};
    return ERR_OK;
}

size_t journal_record_write(struct place place, const struct record_parts *parts, uint8_t *out)
{
    KASSA_ASSERT(parts->key.size <= KEY_MAX && parts->bytes.size <= RECORD_SIZE_MAX);
    out[4] = JOURNAL_FORMAT;
    out[5] = parts->takes_receipt ? FLAG_TAKES_RECEIPT : 0;
    out[6] = (uint8_t)parts->key.size;
    out[7] = 0;
    bytes_put_le64(out + 8, (uint64_t)parts->unix_ms);
    bytes_put_le64(out + 16, parts->receipts);
    memcpy(out + 24, parts->hash, HASH_SIZE);
    size_t size = RECORD_HEAD_SIZE;
    if (parts->key.size > 0) {
        memcpy(out + size, parts->digest, HASH_SIZE);
        memcpy(out + size + HASH_SIZE, parts->key.bytes, parts->key.size);
        size += HASH_SIZE + parts->key.size;
    }
    memcpy(out + size, parts->bytes.bytes, parts->bytes.size);
    size += parts->bytes.size;
    uint8_t key[PLACE_SIZE];
    journal_place_write(place, key);
    bytes_put_le32(out, crc_of(span_of(key, sizeof key), span_of(out, size)));
    return size;
}

enum err journal_record_read(struct place place, struct span value, struct record_parts *out)
{
    uint8_t key[PLACE_SIZE];
    if (value.size < RECORD_HEAD_SIZE || value.size > RECORD_VALUE_MAX)
        return ERR_SYNTAX;
    journal_place_write(place, key);
    TRY(check_crc(span_of(key, sizeof key), value));
    const uint8_t *in = value.bytes;
    size_t key_size = in[6];
    size_t head_size = RECORD_HEAD_SIZE + (key_size > 0 ? HASH_SIZE + key_size : 0);
    if (in[4] != JOURNAL_FORMAT || (in[5] & ~FLAG_TAKES_RECEIPT) != 0 || in[7] != 0 || key_size > KEY_MAX ||
        value.size <= head_size || value.size - head_size > RECORD_SIZE_MAX)
        return ERR_SYNTAX;
    *out = (struct record_parts){.unix_ms = (int64_t)bytes_get_le64(in + 8),
                                 .takes_receipt = (in[5] & FLAG_TAKES_RECEIPT) != 0,
                                 .receipts = bytes_get_le64(in + 16),
                                 .hash = in + 24,
                                 .digest = key_size > 0 ? in + RECORD_HEAD_SIZE : NULL,
                                 .key = span_of(in + head_size - key_size, key_size),
                                 .bytes = span_of(in + head_size, value.size - head_size)};
    return ERR_OK;
}

void journal_generation_write_key(uint32_t generation, uint8_t out[GENERATION_KEY_SIZE])
{
    out[0] = GENERATION_TAG;
    bytes_put_be32(out + 1, generation);
}

enum err journal_generation_read_key(struct span key, uint32_t *out_generation)
{
    if (key.size != GENERATION_KEY_SIZE || key.bytes[0] != GENERATION_TAG)
        return ERR_SYNTAX;
    *out_generation = bytes_get_be32(key.bytes + 1);
    return ERR_OK;
}

void journal_generation_write(uint32_t generation, const struct generation_row *row,
                              uint8_t out[GENERATION_SIZE])
{
    uint8_t key[GENERATION_KEY_SIZE];
    journal_generation_write_key(generation, key);
    bytes_put_le64(out + 4, row->incarnation);
    bytes_put_le64(out + 12, row->first_seq);
    bytes_put_le64(out + 20, row->base_receipts);
    bytes_put_le64(out + 28, row->acknowledged_seq);
    memcpy(out + 36, row->base_hash, HASH_SIZE);
    memcpy(out + 68, row->acknowledged_hash, HASH_SIZE);
    bytes_put_le32(out, crc_of(span_of(key, sizeof key), span_of(out, GENERATION_SIZE)));
}

enum err journal_generation_read(uint32_t generation, struct span value, struct generation_row *out)
{
    uint8_t key[GENERATION_KEY_SIZE];
    if (value.size != GENERATION_SIZE)
        return ERR_SYNTAX;
    journal_generation_write_key(generation, key);
    TRY(check_crc(span_of(key, sizeof key), value));
    struct generation_row row = {.incarnation = bytes_get_le64(value.bytes + 4),
                                 .first_seq = bytes_get_le64(value.bytes + 12),
                                 .base_receipts = bytes_get_le64(value.bytes + 20),
                                 .acknowledged_seq = bytes_get_le64(value.bytes + 28)};
    if (row.first_seq == 0)
        return ERR_SYNTAX;
    memcpy(row.base_hash, value.bytes + 36, HASH_SIZE);
    memcpy(row.acknowledged_hash, value.bytes + 68, HASH_SIZE);
    *out = row;
    return ERR_OK;
}

void journal_format_write(uint8_t out[FORMAT_SIZE])
{
    bytes_put_le32(out + 4, JOURNAL_FORMAT);
    bytes_put_le32(out + 8, sizeof(size_t) * 8);
    bytes_put_le32(out, crc_of(span_of_text(FORMAT_KEY), span_of(out, FORMAT_SIZE)));
}

enum err journal_format_read(struct span value, uint32_t *out_format)
{
    if (value.size != FORMAT_SIZE)
        return ERR_SYNTAX;
    TRY(check_crc(span_of_text(FORMAT_KEY), value));
    if (bytes_get_le32(value.bytes + 8) != sizeof(size_t) * 8)
        return ERR_VERSION;
    *out_format = bytes_get_le32(value.bytes + 4);
    return ERR_OK;
}

enum err journal_format_check(struct span value)
{
    uint32_t format = 0;
    TRY(journal_format_read(value, &format));
    return format == JOURNAL_FORMAT ? ERR_OK : ERR_VERSION;
}

void journal_chunk_write(struct place place, const uint64_t tags[CHUNK_RECORDS], uint8_t out[CHUNK_SIZE])
{
    uint8_t key[PLACE_SIZE];
    journal_place_write(place, key);
    for (size_t i = 0; i < CHUNK_RECORDS; i++)
        bytes_put_le64(out + 4 + 8 * i, tags[i]);
    bytes_put_le32(out, crc_of(span_of(key, sizeof key), span_of(out, CHUNK_SIZE)));
}

enum err journal_chunk_read(struct place place, struct span value, uint64_t out_tags[CHUNK_RECORDS])
{
    uint8_t key[PLACE_SIZE];
    if (value.size != CHUNK_SIZE)
        return ERR_SYNTAX;
    journal_place_write(place, key);
    TRY(check_crc(span_of(key, sizeof key), value));
    for (size_t i = 0; i < CHUNK_RECORDS; i++)
        out_tags[i] = bytes_get_le64(value.bytes + 4 + 8 * i);
    return ERR_OK;
}

/* FNV-1a, 64 bits (draft-eastlake-fnv). */
uint64_t journal_key_tag(struct span key)
{
    uint64_t tag = 0xcbf29ce484222325u;
    for (size_t i = 0; i < key.size; i++)
        tag = (tag ^ key.bytes[i]) * 0x100000001b3u;
    return tag != 0 ? tag : 1;
}
