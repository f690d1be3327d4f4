/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild.c - a journal out of what is whole of one or several others. The new storage itself sorts the rows
 * and makes one of two that are the same; then each generation is cut to the part whose chain holds, and what
 * the hub may not have is carried into a new one. */
#include <stdlib.h>

#include "journal/archive.h"
#include "journal/internal.h"
#include "vault/vault.h"

#define BATCH_ROWS  4096 /* of one transaction: it keeps its pages in memory */
#define BATCH_BYTES (4u * 1024 * 1024)
#define MS_OF_2020  INT64_C(1577836800000) /* 2020-01-01T00:00:00Z */

struct rebuilding {
    const struct journal_rebuild *what;
    struct journal_rebuilt out;
    struct storage_txn txn;
    size_t batch_rows;
    size_t batch_bytes;
    uint64_t receipts;       /* the highest number that is known to be taken */
    uint32_t newest;         /* generation that was met */
    struct journal *journal; /* for its new records */
};

static void free_journal(struct journal **journal)
{
    free(*journal);
}

static enum err end_batch(struct rebuilding *rebuilding)
{
    return rebuilding->txn.handle == NULL ? ERR_OK : storage_commit(&rebuilding->txn);
}

static enum err begin_step(struct rebuilding *rebuilding)
{
    if (rebuilding->txn.handle != NULL && rebuilding->batch_rows++ < BATCH_ROWS)
        return ERR_OK;
    TRY(end_batch(rebuilding));
    rebuilding->batch_rows = 0;
    rebuilding->batch_bytes = 0;
    return storage_begin(rebuilding->what->fresh, STORAGE_WRITE, &rebuilding->txn);
}

static enum err put(struct rebuilding *rebuilding, unsigned table, struct span key, struct span value)
{
    if (rebuilding->batch_bytes >= BATCH_BYTES)
        rebuilding->batch_rows = BATCH_ROWS;
    TRY(begin_step(rebuilding));
    rebuilding->batch_bytes += key.size + value.size;
    return storage_put(&rebuilding->txn, table, key, value, STORAGE_REPLACE);
}

/* ---- gathering */

static void note(struct rebuilding *rebuilding, uint32_t generation, uint64_t receipts)
{
    if (generation > rebuilding->newest)
        rebuilding->newest = generation;
    if (receipts > rebuilding->receipts)
        rebuilding->receipts = receipts;
}

static enum err take_record(struct rebuilding *rebuilding, struct place place, const struct archive_row *row)
{
    struct record_parts parts;
    if (place.generation == 0 || place.number == 0 ||
        journal_record_read(place, row->value, &parts) != ERR_OK) {
        rebuilding->out.damaged_count++;
        return ERR_OK;
    }
    note(rebuilding, place.generation, parts.receipts);
    return put(rebuilding, TABLE_RECORDS, row->key, row->value);
}

/* Of two of one generation the later counts: it was trimmed further, or more of it was acknowledged. */
static bool is_later(const struct generation_row *a, const struct generation_row *b)
{
    return a->first_seq != b->first_seq ? a->first_seq > b->first_seq
                                        : a->acknowledged_seq > b->acknowledged_seq;
}

static enum err take_generation(struct rebuilding *rebuilding, uint32_t generation,
                                const struct archive_row *row)
{
    struct generation_row read;
    struct generation_row known;
    struct span value;
    if (generation == 0 || journal_generation_read(generation, row->value, &read) != ERR_OK) {
        rebuilding->out.damaged_count++;
        return ERR_OK;
    }
    note(rebuilding, generation, read.base_receipts);
    TRY(begin_step(rebuilding));
    if (storage_get(&rebuilding->txn, TABLE_META, row->key, &value) == ERR_OK &&
        journal_generation_read(generation, value, &known) == ERR_OK && !is_later(&read, &known))
        return ERR_OK;
    return put(rebuilding, TABLE_META, row->key, row->value);
}

static enum err take_other(struct rebuilding *rebuilding, const struct archive_row *row)
{
    const struct archive_others *others = &rebuilding->what->others;
    for (unsigned i = 0; i < others->count; i++)
        if (span_is_equal(row->name, span_of_text(others->names[i])))
            return put(rebuilding, others->first + i, row->key, row->value);
    return ERR_OK; /* a table that this program does not have */
}

/* A row of an unknown table is what its key and its crc say. A chunk of keys has a record's key; its crc fits,
 * its head does not. */
static enum err take_unknown(struct rebuilding *rebuilding, const struct archive_row *row)
{
    struct place place;
    uint32_t generation = 0;
    uint64_t damaged = rebuilding->out.damaged_count;
    enum err error = ERR_OK;
    if (journal_generation_read_key(row->key, &generation) == ERR_OK && row->value.size == GENERATION_SIZE)
        return take_generation(rebuilding, generation, row);
    if (journal_place_read(row->key, &place) != ERR_OK)
        return ERR_OK;
    uint64_t tags[CHUNK_RECORDS];
    error = take_record(rebuilding, place, row);
    if (rebuilding->out.damaged_count != damaged && journal_chunk_read(place, row->value, tags) == ERR_OK)
        rebuilding->out.damaged_count = damaged;
    return error;
}

static enum err take_row(void *context, const struct archive_row *row)
{
    struct rebuilding *rebuilding = context;
    struct place place = {0};
    uint32_t generation = 0;
    switch (row->kind) {
    case ARCHIVE_GENERATION:
        if (journal_generation_read_key(row->key, &generation) != ERR_OK)
            return ERR_OK;
        return take_generation(rebuilding, generation, row);
    case ARCHIVE_RECORD:
        if (journal_place_read(row->key, &place) != ERR_OK)
            return ERR_OK;
        return take_record(rebuilding, place, row);
    case ARCHIVE_OTHER:
        return take_other(rebuilding, row);
    case ARCHIVE_UNKNOWN:
        return take_unknown(rebuilding, row);
    }
    return ERR_OK;
}

static enum err gather(struct rebuilding *rebuilding)
{
    for (size_t i = 0; i < rebuilding->what->source_count; i++) {
        const struct rebuild_source *source = &rebuilding->what->sources[i];
        enum err error = source->scan(source->context, take_row, rebuilding);
        /* what is bad in a source was left out; an archive that ends too early was true up to there */
        bool is_bad = error == ERR_CHECKSUM || error == ERR_TRUNCATED || error == ERR_SYNTAX ||
                      error == ERR_NOT_FOUND || error == ERR_VERSION;
        if (error != ERR_OK && !is_bad)
            return error;
    }
    return end_batch(rebuilding);
}

/* ---- the new generation: what the hub may not have */

struct row_copy {
    bool is_found;
    struct place place;
    size_t size;
    uint8_t *value; /* RECORD_VALUE_MAX */
};

static bool copy_first(void *context, struct span key, struct span value)
{
    struct row_copy *copy = context;
    copy->is_found = journal_place_read(key, &copy->place) == ERR_OK && value.size <= RECORD_VALUE_MAX;
    if (!copy->is_found)
        return false;
    copy->size = value.size;
    memcpy(copy->value, value.bytes, value.size);
    return false;
}

/* The first record of the table at or behind `place`. ERR_NOT_FOUND. */
static enum err next_record(struct rebuilding *rebuilding, struct place place, struct row_copy *copy)
{
    uint8_t from[PLACE_SIZE];
    copy->is_found = false;
    journal_place_write(place, from);
    TRY(begin_step(rebuilding));
    TRY(storage_scan(&rebuilding->txn, TABLE_RECORDS, span_of(from, sizeof from), STORAGE_ASCENDING,
                     copy_first, copy));
    return copy->is_found ? ERR_OK : ERR_NOT_FOUND;
}

static enum err carry_all(struct rebuilding *rebuilding, uint64_t acknowledged_seq, struct row_copy *copy)
{
    struct place at = {rebuilding->newest, acknowledged_seq + 1};
    for (;;) {
        struct record_parts parts;
        enum err error = next_record(rebuilding, at, copy);
        if (error == ERR_NOT_FOUND || (error == ERR_OK && copy->place.generation != rebuilding->newest))
            return ERR_OK;
        TRY(error);
        TRY(journal_record_read(copy->place, span_of(copy->value, copy->size), &parts));
        TRY(journal_put_record(rebuilding->journal, &rebuilding->txn, &parts));
        rebuilding->out.carried_count++;
        at.number = copy->place.number + 1;
    }
}

static enum err put_row_of(struct rebuilding *rebuilding, uint32_t generation,
                           const struct generation_row *row)
{
    TRY(begin_step(rebuilding));
    return journal_put_row(&rebuilding->txn, generation, row);
}

/* ---- the old ones: each as far as its chain holds */

static enum err remove_record(struct rebuilding *rebuilding, struct place place)
{
    uint8_t key[PLACE_SIZE];
    journal_place_write(place, key);
    return storage_remove(&rebuilding->txn, TABLE_RECORDS, span_of(key, sizeof key));
}

static bool continues(const struct row_copy *copy, uint64_t expected, uint8_t hash[HASH_SIZE])
{
    struct record_parts parts;
    uint8_t own[HASH_SIZE];
    if (copy->place.number != expected ||
        journal_record_read(copy->place, span_of(copy->value, copy->size), &parts) != ERR_OK ||
        vault_sha256_two(span_of(hash, HASH_SIZE), parts.bytes, own) != ERR_OK ||
        memcmp(own, parts.hash, HASH_SIZE) != 0)
        return false;
    memcpy(hash, own, HASH_SIZE);
    return true;
}

/* row NULL: nothing is known of this generation, and its records go. */
static enum err cut_generation(struct rebuilding *rebuilding, uint32_t generation, struct generation_row *row,
                               struct row_copy *copy)
{
    uint64_t expected = row == NULL ? 0 : row->first_seq;
    uint8_t hash[HASH_SIZE] = {0};
    struct place at = {generation, 0};
    if (row != NULL)
        memcpy(hash, row->base_hash, HASH_SIZE);
    for (;;) {
        enum err error = next_record(rebuilding, at, copy);
        if (error == ERR_NOT_FOUND || (error == ERR_OK && copy->place.generation != generation))
            break;
        TRY(error);
        if (expected != 0 && continues(copy, expected, hash))
            expected++;
        else /* trimmed before, or behind a gap */
            TRY(remove_record(rebuilding, copy->place));
        at.number = copy->place.number + 1;
    }
    if (row == NULL || row->acknowledged_seq < expected)
        return ERR_OK;
    row->acknowledged_seq = expected - 1; /* of what is here */
    memcpy(row->acknowledged_hash, hash, HASH_SIZE);
    return put_row_of(rebuilding, generation, row);
}

static enum err get_row(struct rebuilding *rebuilding, uint32_t generation, struct generation_row *out_row)
{
    TRY(begin_step(rebuilding));
    return journal_get_row(&rebuilding->txn, generation, out_row);
}

static enum err cut_all(struct rebuilding *rebuilding, struct row_copy *copy)
{
    struct place at = {0, 0};
    while (next_record(rebuilding, at, copy) == ERR_OK && copy->place.generation <= rebuilding->newest) {
        uint32_t generation = copy->place.generation;
        struct generation_row row;
        enum err error = get_row(rebuilding, generation, &row);
        if (error != ERR_OK && error != ERR_NOT_FOUND && error != ERR_CORRUPT)
            return error;
        TRY(cut_generation(rebuilding, generation, error == ERR_OK ? &row : NULL, copy));
        at = (struct place){generation + 1, 0};
    }
    return ERR_OK;
}

/* ---- all of it */

static enum err put_format(struct rebuilding *rebuilding)
{
    uint8_t format[FORMAT_SIZE];
    journal_format_write(format);
    TRY(begin_step(rebuilding));
    return storage_put(&rebuilding->txn, TABLE_META, span_of_text(FORMAT_KEY), span_of(format, sizeof format),
                       STORAGE_REPLACE);
}

static uint64_t receipts_after_loss(const struct rebuilding *rebuilding)
{
    const struct journal_rebuild *what = rebuilding->what;
    if (what->is_end_known)
        return rebuilding->receipts + rebuilding->out.damaged_count; /* each may have taken one */
    return rebuilding->receipts + JOURNAL_RECEIPTS_SKIPPED;
}

static enum err begin_generation(struct rebuilding *rebuilding)
{
    struct journal *journal = rebuilding->journal;
    journal->storage = rebuilding->what->fresh;
    journal->random = rebuilding->what->random;
    journal->generation = rebuilding->newest + 1;
    journal->row = (struct generation_row){.first_seq = 1, .base_receipts = receipts_after_loss(rebuilding)};
    while (journal->row.incarnation == 0)
        TRY(journal->random.fill(journal->random.self, (uint8_t *)&journal->row.incarnation,
                                 sizeof journal->row.incarnation));
    TRY(put_format(rebuilding));
    return put_row_of(rebuilding, journal->generation, &journal->row);
}

static enum err normalise(struct rebuilding *rebuilding, struct row_copy *copy)
{
    struct generation_row newest = {0};
    uint64_t acknowledged_seq = 0;
    if (get_row(rebuilding, rebuilding->newest, &newest) == ERR_OK)
        acknowledged_seq = newest.acknowledged_seq;
    TRY(begin_generation(rebuilding));
    TRY(carry_all(rebuilding, acknowledged_seq, copy));
    TRY(cut_all(rebuilding, copy));
    return end_batch(rebuilding);
}

static bool count_record(void *context, struct span key, struct span value)
{
    (void)key;
    (void)value;
    ++*(uint64_t *)context;
    return true;
}

static enum err count_records(struct rebuilding *rebuilding)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(rebuilding->what->fresh, STORAGE_READ, &txn));
    return storage_scan(&txn, TABLE_RECORDS, span_of(NULL, 0), STORAGE_ASCENDING, count_record,
                        &rebuilding->out.record_count);
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static void abort_batch(struct rebuilding *rebuilding)
{
    storage_abort(&rebuilding->txn);
}

enum err journal_rebuild(const struct journal_rebuild *what, struct journal_rebuilt *out_rebuilt)
{
    struct journal *journal CLEANUP(free_journal) = calloc(1, sizeof *journal);
    uint8_t *value CLEANUP(free_bytes) = malloc(RECORD_VALUE_MAX);
    struct row_copy copy = {.value = value};
    struct rebuilding rebuilding CLEANUP(abort_batch) = {.what = what, .journal = journal};
    if (journal == NULL || value == NULL)
        return ERR_MEMORY;
    TRY(gather(&rebuilding));
    if (rebuilding.newest == 0)
        return ERR_NOT_FOUND;
    TRY(count_records(&rebuilding));
    TRY(normalise(&rebuilding, &copy));
    rebuilding.out.generation = journal->generation;
    rebuilding.out.incarnation = journal->row.incarnation;
    rebuilding.out.next_receipt = journal->row.base_receipts + 1;
    *out_rebuilt = rebuilding.out;
    return ERR_OK;
}

enum err journal_begin_after_loss(struct storage fresh, struct random random, int64_t unix_ms)
{
    struct generation_row row = {.first_seq = 1};
    uint8_t format[FORMAT_SIZE];
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    if (unix_ms > MS_OF_2020)
        row.base_receipts = (uint64_t)(unix_ms - MS_OF_2020) / 1000;
    while (row.incarnation == 0)
        TRY(random.fill(random.self, (uint8_t *)&row.incarnation, sizeof row.incarnation));
    TRY(storage_begin(fresh, STORAGE_WRITE, &txn));
    journal_format_write(format);
    TRY(storage_put(&txn, TABLE_META, span_of_text(FORMAT_KEY), span_of(format, sizeof format),
                    STORAGE_REPLACE));
    TRY(journal_put_row(&txn, 1, &row));
    return storage_commit(&txn);
}
