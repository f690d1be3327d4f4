/* SPDX-License-Identifier: Apache-2.0 */
#include "till/parked.h"

#include "base/bytes.h"
#include "base/crc32c.h"

#define FORMAT  2    /* 1: without codes */
#define FULL_BP 9000 /* as the journal: beyond this share of the map nothing is put */

void parked_add_code(uint8_t codes[PARKED_CODES_SIZE], size_t *size, const char *code)
{
    size_t length = strnlen(code, COUPON_CODE_MAX);
    KASSA_ASSERT(*size + 4 + length <= PARKED_CODES_SIZE);
    bytes_put_le32(codes + *size, (uint32_t)length);
    memcpy(codes + *size + 4, code, length);
    *size += 4 + length;
}

bool parked_next_code(struct span *rest, struct span *out)
{
    if (rest->size < 4)
        return false;
    size_t length = bytes_get_le32(rest->bytes);
    if (length > rest->size - 4)
        return false;
    *out = span_of(rest->bytes + 4, length);
    *rest = span_of(rest->bytes + 4 + length, rest->size - 4 - length);
    return true;
}

static void write_head(const struct parked_row *row, size_t codes_size, uint8_t out[PARKED_HEAD_SIZE])
{
    memset(out, 0, PARKED_HEAD_SIZE);
    out[4] = FORMAT;
    bytes_put_le64(out + 8, (uint64_t)row->suspended_unix_ms);
    bytes_put_le32(out + 16, row->generation);
    bytes_put_le32(out + 20, (uint32_t)codes_size);
    bytes_put_le64(out + 24, row->seq);
}

static uint32_t checksum(struct span key, struct span value)
{
    return crc32c(crc32c(0, key), span_of(value.bytes + 4, value.size - 4));
}

static enum err read_value(struct span key, struct span value, struct parked_value *out)
{
    if (value.size < PARKED_HEAD_SIZE || bytes_get_le32(value.bytes) != checksum(key, value) ||
        value.bytes[4] < 1 || value.bytes[4] > FORMAT)
        return ERR_CORRUPT;
    struct span rest = span_of(value.bytes + PARKED_HEAD_SIZE, value.size - PARKED_HEAD_SIZE);
    size_t codes_size = bytes_get_le32(value.bytes + 20);
    if (codes_size > rest.size)
        return ERR_CORRUPT;
    *out = (struct parked_value){.suspended_unix_ms = (int64_t)bytes_get_le64(value.bytes + 8),
                                 .generation = bytes_get_le32(value.bytes + 16),
                                 .seq = bytes_get_le64(value.bytes + 24),
                                 .record = span_of(rest.bytes + codes_size, rest.size - codes_size),
                                 .codes = span_of(rest.bytes, codes_size)};
    return ERR_OK;
}

static enum err check_space(const struct parked *parked)
{
    struct storage_usage usage;
    TRY(storage_get_usage(parked->storage, &usage));
    return usage.used_bytes / FULL_BP >= usage.capacity_bytes / 10000 ? ERR_FULL : ERR_OK;
}

static enum err store(struct parked *parked, const char *basket, struct span value)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(parked->storage, STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, parked->table, span_of_text(basket), value, STORAGE_REPLACE));
    return storage_commit(&txn);
}

/* One that is done for gives way; else there must be room. */
static struct parked_row *place_for(struct parked *parked, const char *basket)
{
    for (size_t i = 0; i < parked->count; i++) {
        if (strcmp(parked->rows[i].basket, basket) == 0)
            return &parked->rows[i];
    }
    return parked->count < PARKED_MAX ? &parked->rows[parked->count] : NULL;
}

enum err parked_put(struct parked *parked, const struct parked_basket *basket, uint8_t *scratch,
                    size_t scratch_size)
{
    const struct parked_row *row = basket->row;
    struct span record = basket->record, codes = basket->codes;
    if (parked->storage.ops == NULL)
        return ERR_UNSUPPORTED;
    if (record.size + codes.size > scratch_size - PARKED_HEAD_SIZE)
        return ERR_TOO_LONG;
    if (place_for(parked, row->basket) == NULL)
        TRY(parked_clean(parked));
    struct parked_row *place = place_for(parked, row->basket);
    if (place == NULL)
        return ERR_FULL;
    TRY(check_space(parked));
    write_head(row, codes.size, scratch);
    memcpy(scratch + PARKED_HEAD_SIZE, codes.bytes, codes.size);
    memcpy(scratch + PARKED_HEAD_SIZE + codes.size, record.bytes, record.size);
    struct span value = span_of(scratch, PARKED_HEAD_SIZE + codes.size + record.size);
    bytes_put_le32(scratch, checksum(span_of_text(row->basket), value));
    TRY(store(parked, row->basket, value));
    if (place == &parked->rows[parked->count])
        parked->count++;
    *place = *row;
    return ERR_OK;
}

enum err parked_read(struct parked *parked, const char *basket, uint8_t *buffer, size_t size,
                     struct parked_value *out)
{
    if (parked_find(parked, basket) == NULL)
        return ERR_NOT_FOUND;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    struct parked_value read;
    TRY(storage_begin(parked->storage, STORAGE_READ, &txn));
    TRY(storage_get(&txn, parked->table, span_of_text(basket), &value));
    TRY(read_value(span_of_text(basket), value, &read));
    if (read.record.size + read.codes.size > size)
        return ERR_TOO_LONG;
    memcpy(buffer, read.record.bytes, read.record.size);
    memcpy(buffer + read.record.size, read.codes.bytes, read.codes.size);
    read.record = span_of(buffer, read.record.size);
    read.codes = span_of(buffer + read.record.size, read.codes.size);
    *out = read;
    return ERR_OK;
}

struct parked_row *parked_find(struct parked *parked, const char *basket)
{
    for (size_t i = 0; i < parked->count; i++) {
        if (!parked->rows[i].is_gone && strcmp(parked->rows[i].basket, basket) == 0)
            return &parked->rows[i];
    }
    return NULL;
}

void parked_drop(struct parked *parked, const char *basket)
{
    struct parked_row *row = parked_find(parked, basket);
    if (row != NULL)
        row->is_gone = true;
}

bool parked_has_gone(const struct parked *parked)
{
    for (size_t i = 0; i < parked->count; i++) {
        if (parked->rows[i].is_gone)
            return true;
    }
    return false;
}

static void forget_gone(struct parked *parked)
{
    size_t kept = 0;
    for (size_t i = 0; i < parked->count; i++) {
        if (!parked->rows[i].is_gone)
            parked->rows[kept++] = parked->rows[i];
    }
    parked->count = kept;
}

enum err parked_clean(struct parked *parked)
{
    if (!parked_has_gone(parked))
        return ERR_OK;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(parked->storage, STORAGE_WRITE, &txn));
    for (size_t i = 0; i < parked->count; i++) {
        if (!parked->rows[i].is_gone)
            continue;
        enum err error = storage_remove(&txn, parked->table, span_of_text(parked->rows[i].basket));
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
    }
    TRY(storage_commit(&txn));
    forget_gone(parked);
    return ERR_OK;
}

struct scanning {
    parked_visit *visit;
    void *context;
    size_t damaged;
};

static bool visit_one(void *context, struct span key, struct span value)
{
    struct scanning *scanning = context;
    struct parked_value read;
    if (read_value(key, value, &read) == ERR_OK && key.size <= KEY_MAX)
        scanning->visit(scanning->context, key, &read);
    else
        scanning->damaged++;
    return true;
}

enum err parked_scan(struct parked *parked, parked_visit *visit, void *context, size_t *out_damaged)
{
    *out_damaged = 0;
    if (parked->storage.ops == NULL)
        return ERR_OK;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct scanning scanning = {visit, context, 0};
    TRY(storage_begin(parked->storage, STORAGE_READ, &txn));
    TRY(storage_scan(&txn, parked->table, (struct span){0}, STORAGE_ASCENDING, visit_one, &scanning));
    *out_damaged = scanning.damaged;
    return ERR_OK;
}
