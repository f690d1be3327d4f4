/* SPDX-License-Identifier: Apache-2.0 */
/* keeping_migrate.c - a journal of a format 0 that never was: in its records the head stands behind the body, in the rows of
 * generations all bytes are turned around, and there is no crc. It is made from one of this program's, row by row. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "crash/keeping.h"
#include "journal/format.h"

static void seal(struct span key, uint8_t *row, size_t size)
{
    bytes_put_le32(row, crc32c(crc32c(0, key), span_of(row + 4, size - 4)));
}

/* ---- the step to format 1 */

static void turn_around(const uint8_t *from, size_t size, uint8_t *to)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[size - 1 - i];
}

static enum err convert(enum journal_row_kind kind, struct span key, struct span value, uint8_t *out,
                        size_t *out_size)
{
    size_t size = value.size + 4;
    if (kind == JOURNAL_ROW_GENERATION) {
        if (size != GENERATION_SIZE)
            return ERR_CORRUPT;
        turn_around(value.bytes, value.size, out + 4);
    } else {
        const size_t head = RECORD_HEAD_SIZE - 4;
        if (value.size <= head || size > JOURNAL_ROW_MAX)
            return ERR_CORRUPT;
        memcpy(out + 4, value.bytes + value.size - head, head);
        memcpy(out + RECORD_HEAD_SIZE, value.bytes, value.size - head);
        out[4] = 1; /* the format */
    }
    seal(key, out, size);
    *out_size = size;
    return ERR_OK;
}

const struct journal_step keep_steps[] = {{0, convert}, {.convert = NULL}};

/* ---- the way back, to have one */

struct ageing {
    const struct storage_txn *txn;
    uint8_t *row;
    unsigned table;
    uint8_t key[STORAGE_KEY_MAX];
    size_t key_size;
    size_t size;
};

/* One row at a time: what is scanned may not be written meanwhile. */
static bool take_row(void *context, struct span key, struct span value)
{
    struct ageing *ageing = context;
    if (ageing->key_size == key.size && memcmp(ageing->key, key.bytes, key.size) == 0)
        return true;
    memcpy(ageing->key, key.bytes, key.size);
    ageing->key_size = key.size;
    ageing->size = value.size - 4;
    if (ageing->table == TABLE_META) {
        turn_around(value.bytes + 4, ageing->size, ageing->row);
        return false;
    }
    const size_t head = RECORD_HEAD_SIZE - 4;
    memcpy(ageing->row, value.bytes + RECORD_HEAD_SIZE, value.size - RECORD_HEAD_SIZE);
    memcpy(ageing->row + value.size - RECORD_HEAD_SIZE, value.bytes + 4, head);
    ageing->row[value.size - RECORD_HEAD_SIZE] = 0; /* the format */
    return false;
}

static enum err age_table(struct ageing *ageing, unsigned table, struct span from)
{
    ageing->table = table;
    ageing->key_size = 0;
    for (;;) {
        ageing->size = 0;
        struct span begin = ageing->key_size == 0 ? from : span_of(ageing->key, ageing->key_size);
        TRY(storage_scan(ageing->txn, table, begin, STORAGE_ASCENDING, take_row, ageing));
        if (ageing->size == 0)
            return ERR_OK;
        TRY(storage_put(ageing->txn, table, span_of(ageing->key, ageing->key_size),
                        span_of(ageing->row, ageing->size), STORAGE_REPLACE));
    }
}

static enum err age(const struct keep *keep, uint8_t *row)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct ageing ageing = {.txn = &txn, .row = row};
    uint8_t from[GENERATION_KEY_SIZE];
    uint8_t format[FORMAT_SIZE];
    TRY(keep_open(keep, KEEP_PLAIN, LMDB_REFUSE, "journal.snapshot", &journal));
    TRY(storage_begin(lmdb_storage_as_storage(journal.lmdb), STORAGE_WRITE, &txn));
    journal_generation_write_key(0, from);
    TRY(age_table(&ageing, TABLE_META, span_of(from, sizeof from)));
    TRY(age_table(&ageing, TABLE_RECORDS, span_of(NULL, 0)));
    bytes_put_le32(format + 4, 0);
    bytes_put_le32(format + 8, sizeof(size_t) * 8);
    seal(span_of_text(FORMAT_KEY), format, sizeof format);
    TRY(storage_put(&txn, TABLE_META, span_of_text(FORMAT_KEY), span_of(format, sizeof format),
                    STORAGE_REPLACE));
    return storage_commit(&txn);
}

static enum err prepare_migrate(const struct keep *keep)
{
    uint8_t *row = malloc(JOURNAL_ROW_MAX);
    KASSA_ASSERT(row != NULL);
    enum err error = keep_make_journal(keep, keep->records);
    if (error == ERR_OK)
        error = age(keep, row);
    free(row);
    return error;
}

/* ---- the acts: it is opened, then a sale */

static enum err act_migrate(const struct keep *keep, uint32_t state)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    TRY(keep_open(keep, KEEP_MIGRATE, LMDB_REFUSE, "journal.snapshot", &journal));
    return state == 0 ? ERR_OK : keep_append(keep, &journal, keep->records + 1);
}

static struct keep_seen look_migrate(const struct keep *keep)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    struct journal_stats stats;
    uint32_t count = 0;
    enum err error = keep_open(keep, KEEP_MIGRATE, LMDB_REFUSE, "journal.snapshot", &journal);
    if (error != ERR_OK)
        return keep_bad(error, "the journal cannot be opened");
    bool was_old = journal.guard.was_migrated;
    error = keep_count(keep, &journal, &count);
    if (error == ERR_OK)
        error = journal_get_stats(journal.journal, &stats);
    if (error != ERR_OK || count < keep->records)
        return keep_bad(error == ERR_OK ? ERR_CORRUPT : error, "%" PRIu32 " records of %" PRIu32, count,
                        keep->records);
    if (stats.generation != 1 || stats.newest.acknowledged_seq != keep->records / 3)
        return keep_bad(ERR_CORRUPT, "generation %" PRIu32 ", another mark", stats.generation);
    if (keep_aside(keep) == NULL)
        return keep_bad(ERR_CORRUPT, "the old file is not kept");
    error = keep_go_on(keep, &journal, count);
    if (error != ERR_OK)
        return keep_bad(error, "what was written after");
    return (struct keep_seen){.state = (was_old ? 0 : 1) + count - keep->records};
}

const struct keep_case keep_migrate = {prepare_migrate, act_migrate, look_migrate, 2};
