/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c - a journal as a stream (SPEC.md, "The archive"). */
#include "journal/archive.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "journal/internal.h"
#include "vault/vault.h"

#define MAGIC        "KASSAJNL"
#define VERSION      1u
#define HEAD_SIZE    24 /* magic 8, version 4, 0 4, made at 8 */
#define ROW_HEAD     8  /* kind 1, size of name 1, of key 1, 0 1, of value 4 */
#define KIND_END     0xff
#define END_SIZE     (8 + HASH_SIZE) /* rows, hash */
#define STEP_ROWS    500             /* of one transaction */
#define ATTEMPTS_MAX 3

#define GENERATIONS_MAX 1024

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

/* ---- writing */

/* Of each generation whose row was written: the first record that has to follow. */
struct written_row {
    uint32_t generation;
    uint64_t first_seq;
};

static void free_rows(struct written_row **rows)
{
    free(*rows);
}

struct writing {
    const struct archive_export *what;
    struct archive_summary summary;
    struct written_row *rows; /* GENERATIONS_MAX */
    size_t generation_count;
    uint8_t hash[HASH_SIZE]; /* of all rows so far: each over the one before */
    uint8_t *row;            /* ARCHIVE_ROW_SIZE_MAX */
    size_t step_count;
    struct place at;                   /* the last record that was written */
    uint8_t last_key[STORAGE_KEY_MAX]; /* of another table */
    size_t last_key_size;
    const char *name;
    bool is_step_full;
    enum err error;
};

static enum err put_row(struct writing *writing, const struct archive_row *row)
{
    size_t size = ROW_HEAD + row->name.size + row->key.size + row->value.size;
    uint8_t *out = writing->row;
    if (size > ARCHIVE_ROW_SIZE_MAX || row->name.size > ARCHIVE_NAME_MAX || row->key.size > STORAGE_KEY_MAX)
        return ERR_TOO_LONG;
    out[0] = (uint8_t)row->kind;
    out[1] = (uint8_t)row->name.size;
    out[2] = (uint8_t)row->key.size;
    out[3] = 0;
    bytes_put_le32(out + 4, (uint32_t)row->value.size);
    if (row->name.size > 0)
        memcpy(out + ROW_HEAD, row->name.bytes, row->name.size);
    memcpy(out + ROW_HEAD + row->name.size, row->key.bytes, row->key.size);
    if (row->value.size > 0)
        memcpy(out + size - row->value.size, row->value.bytes, row->value.size);
    TRY(vault_sha256_two(span_of(writing->hash, HASH_SIZE), span_of(out, size), writing->hash));
    writing->summary.row_count++;
    return writing->what->sink.write(writing->what->sink.context, span_of(out, size));
}

static enum err put_head(struct writing *writing)
{
    uint8_t head[HEAD_SIZE] = {0};
    memcpy(head, MAGIC, 8);
    bytes_put_le32(head + 8, VERSION);
    bytes_put_le64(head + 16, (uint64_t)writing->what->unix_ms);
    TRY(vault_sha256(span_of(head, sizeof head), writing->hash));
    return writing->what->sink.write(writing->what->sink.context, span_of(head, sizeof head));
}

static enum err put_end(struct writing *writing)
{
    uint8_t end[ROW_HEAD + END_SIZE] = {KIND_END};
    bytes_put_le32(end + 4, END_SIZE);
    bytes_put_le64(end + ROW_HEAD, writing->summary.row_count);
    memcpy(end + ROW_HEAD + 8, writing->hash, HASH_SIZE);
    return writing->what->sink.write(writing->what->sink.context, span_of(end, sizeof end));
}

static bool visit_generation(void *context, struct span key, struct span value)
{
    struct writing *writing = context;
    struct generation_row row;
    uint32_t generation = 0;
    writing->error = journal_generation_read_key(key, &generation);
    if (writing->error == ERR_OK)
        writing->error = journal_generation_read(generation, value, &row);
    writing->error = corrupt_if_bad(writing->error);
    if (writing->error == ERR_OK && writing->generation_count == GENERATIONS_MAX)
        writing->error = ERR_TOO_LONG;
    if (writing->error == ERR_OK) {
        const struct archive_row out = {.kind = ARCHIVE_GENERATION, .key = key, .value = value};
        writing->rows[writing->generation_count++] = (struct written_row){generation, row.first_seq};
        writing->summary.generation = generation;
        writing->error = put_row(writing, &out);
    }
    return writing->error == ERR_OK;
}

/* ERR_NOT_FOUND: its owner has made the storage and not begun the journal yet. */
static enum err check_format(const struct storage_txn *txn)
{
    struct span key;
    struct span value;
    enum err error = storage_get(txn, TABLE_META, span_of_text(FORMAT_KEY), &value);
    if (error == ERR_OK)
        return corrupt_if_bad(journal_format_check(value));
    if (error != ERR_NOT_FOUND)
        return error;
    error = journal_first(txn, TABLE_META, span_of(NULL, 0), STORAGE_ASCENDING, &key, &value);
    if (error == ERR_NOT_FOUND)
        error = journal_first(txn, TABLE_RECORDS, span_of(NULL, 0), STORAGE_ASCENDING, &key, &value);
    return error == ERR_OK ? ERR_CORRUPT : error;
}

static enum err put_generations(struct writing *writing, const struct storage_txn *txn)
{
    uint8_t from[GENERATION_KEY_SIZE];
    journal_generation_write_key(0, from);
    TRY(check_format(txn));
    TRY(storage_scan(txn, TABLE_META, span_of(from, sizeof from), STORAGE_ASCENDING, visit_generation,
                     writing));
    return writing->error;
}

/* ERR_BUSY: what comes next was trimmed between two transactions, also the first ones of a generation whose row
 * was written before. */
static enum err check_next(const struct writing *writing, struct place place)
{
    struct place at = writing->at;
    if (place.generation == at.generation && at.number != 0)
        return place.number == at.number + 1 ? ERR_OK : ERR_BUSY;
    for (size_t i = 0; i < writing->generation_count; i++)
        if (writing->rows[i].generation == place.generation)
            return place.number == writing->rows[i].first_seq ? ERR_OK : ERR_BUSY;
    return ERR_CORRUPT; /* a record of no generation */
}

static bool visit_record(void *context, struct span key, struct span value)
{
    struct writing *writing = context;
    struct place place = {0};
    struct record_parts parts;
    if (writing->step_count++ == STEP_ROWS) {
        writing->is_step_full = true;
        return false;
    }
    enum err error = journal_place_read(key, &place);
    if (error == ERR_OK && place.generation > writing->summary.generation)
        return false; /* begun since: its row is not in this archive */
    if (error == ERR_OK)
        error = journal_record_read(place, value, &parts);
    writing->error = corrupt_if_bad(error);
    if (writing->error == ERR_OK)
        writing->error = check_next(writing, place);
    if (writing->error == ERR_OK) {
        const struct archive_row row = {.kind = ARCHIVE_RECORD, .key = key, .value = value};
        writing->error = put_row(writing, &row);
        writing->at = place;
        writing->summary.record_count++;
        writing->summary.last_seq = place.generation == writing->summary.generation ? place.number : 0;
    }
    return writing->error == ERR_OK;
}

/* The first kept record of the generation is still the one behind the last written. */
static enum err check_untrimmed(const struct writing *writing, const struct storage_txn *txn)
{
    struct generation_row row;
    if (writing->at.number == 0)
        return ERR_OK;
    enum err error = journal_get_row(txn, writing->at.generation, &row);
    if (error == ERR_OK && row.first_seq > writing->at.number + 1)
        return ERR_BUSY;
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

static enum err put_records_step(struct writing *writing, const struct storage_txn *txn)
{
    uint8_t from[PLACE_SIZE];
    writing->step_count = 0;
    writing->is_step_full = false;
    journal_place_write((struct place){writing->at.generation, writing->at.number + 1}, from);
    TRY(check_untrimmed(writing, txn));
    TRY(storage_scan(txn, TABLE_RECORDS, span_of(from, sizeof from), STORAGE_ASCENDING, visit_record,
                     writing));
    return writing->error;
}

/* The first records are read together with the generations: a till that trims what is oldest all the time would come
 * between the two again and again. */
static enum err put_journal(struct writing *writing)
{
    bool is_begin = true;
    do {
        struct storage_txn txn CLEANUP(storage_abort) = {0};
        TRY(storage_begin(writing->what->storage, STORAGE_READ, &txn));
        if (is_begin)
            TRY(put_generations(writing, &txn));
        TRY(put_records_step(writing, &txn));
        is_begin = false;
    } while (writing->is_step_full);
    return ERR_OK;
}

static bool visit_other(void *context, struct span key, struct span value)
{
    struct writing *writing = context;
    if (writing->last_key_size == key.size && memcmp(writing->last_key, key.bytes, key.size) == 0)
        return true; /* a step begins with the last one of the step before */
    if (writing->step_count++ == STEP_ROWS) {
        writing->is_step_full = true;
        return false;
    }
    const struct archive_row row = {
        .kind = ARCHIVE_OTHER, .name = span_of_text(writing->name), .key = key, .value = value};
    memcpy(writing->last_key, key.bytes, key.size);
    writing->last_key_size = key.size;
    writing->error = put_row(writing, &row);
    return writing->error == ERR_OK;
}

static enum err put_other(struct writing *writing, unsigned index)
{
    writing->name = writing->what->others.names[index];
    writing->last_key_size = 0;
    do {
        struct storage_txn txn CLEANUP(storage_abort) = {0};
        writing->step_count = 0;
        writing->is_step_full = false;
        TRY(storage_begin(writing->what->storage, STORAGE_READ, &txn));
        TRY(storage_scan(&txn, writing->what->others.first + index,
                         span_of(writing->last_key, writing->last_key_size), STORAGE_ASCENDING, visit_other,
                         writing));
        TRY(writing->error);
    } while (writing->is_step_full);
    return ERR_OK;
}

static enum err write_all(struct writing *writing)
{
    if (writing->what->begin != NULL)
        TRY(writing->what->begin(writing->what->sink.context));
    TRY(put_head(writing));
    TRY(put_journal(writing));
    for (unsigned i = 0; i < writing->what->others.count; i++)
        TRY(put_other(writing, i));
    return put_end(writing);
}

enum err journal_export(const struct archive_export *what, struct archive_summary *out_summary)
{
    uint8_t *row CLEANUP(free_bytes) = malloc(ARCHIVE_ROW_SIZE_MAX);
    struct written_row *rows CLEANUP(free_rows) = malloc(GENERATIONS_MAX * sizeof *rows);
    struct writing writing;
    enum err error = ERR_BUSY;
    if (row == NULL || rows == NULL)
        return ERR_MEMORY;
    for (unsigned attempt = 0; error == ERR_BUSY && attempt < ATTEMPTS_MAX; attempt++) {
        writing =
            (struct writing){.what = what, .row = row, .rows = rows, .summary = {.unix_ms = what->unix_ms}};
        error = write_all(&writing);
    }
    TRY(error);
    *out_summary = writing.summary;
    return ERR_OK;
}

/* ---- reading */

struct reading {
    const struct archive_source *source;
    struct archive_summary summary;
    uint8_t hash[HASH_SIZE];
    uint8_t *row; /* ARCHIVE_ROW_SIZE_MAX */
};

static enum err read_exactly(const struct reading *reading, uint8_t *out, size_t size)
{
    size_t got = 0;
    TRY(reading->source->read(reading->source->context, out, size, &got));
    return got == size ? ERR_OK : ERR_TRUNCATED;
}

static enum err read_head(struct reading *reading)
{
    uint8_t head[HEAD_SIZE];
    size_t got = 0;
    TRY(reading->source->read(reading->source->context, head, sizeof head, &got));
    if (got < sizeof head || memcmp(head, MAGIC, 8) != 0)
        return ERR_SYNTAX;
    if (bytes_get_le32(head + 8) != VERSION || bytes_get_le32(head + 12) != 0)
        return ERR_VERSION;
    reading->summary.unix_ms = (int64_t)bytes_get_le64(head + 16);
    return vault_sha256(span_of(head, sizeof head), reading->hash);
}

static enum err read_row(struct reading *reading, struct archive_row *out)
{
    uint8_t *row = reading->row;
    TRY(read_exactly(reading, row, ROW_HEAD));
    size_t name_size = row[1];
    size_t key_size = row[2];
    size_t value_size = bytes_get_le32(row + 4);
    if (row[3] != 0 || value_size > ARCHIVE_ROW_SIZE_MAX - ROW_HEAD - name_size - key_size)
        return ERR_CHECKSUM;
    size_t size = ROW_HEAD + name_size + key_size + value_size;
    TRY(read_exactly(reading, row + ROW_HEAD, size - ROW_HEAD));
    *out = (struct archive_row){.kind = row[0],
                                .name = span_of(row + ROW_HEAD, name_size),
                                .key = span_of(row + ROW_HEAD + name_size, key_size),
                                .value = span_of(row + size - value_size, value_size)};
    if (row[0] == KIND_END)
        return ERR_OK;
    reading->summary.row_count++;
    return vault_sha256_two(span_of(reading->hash, HASH_SIZE), span_of(row, size), reading->hash);
}

static enum err check_end(const struct reading *reading, const struct archive_row *row)
{
    if (row->name.size != 0 || row->key.size != 0 || row->value.size != END_SIZE)
        return ERR_CHECKSUM;
    bool is_whole = bytes_get_le64(row->value.bytes) == reading->summary.row_count &&
                    memcmp(row->value.bytes + 8, reading->hash, HASH_SIZE) == 0;
    return is_whole ? ERR_OK : ERR_CHECKSUM;
}

static void count_row(struct archive_summary *summary, const struct archive_row *row)
{
    struct place place;
    uint32_t generation = 0;
    if (row->kind == ARCHIVE_GENERATION && journal_generation_read_key(row->key, &generation) == ERR_OK)
        summary->generation = generation;
    if (row->kind != ARCHIVE_RECORD)
        return;
    summary->record_count++;
    if (journal_place_read(row->key, &place) == ERR_OK && place.generation == summary->generation)
        summary->last_seq = place.number;
}

static bool is_sound(const struct archive_row *row)
{
    if (row->key.size == 0)
        return false;
    return row->kind == ARCHIVE_OTHER ? row->name.size > 0 && row->name.size <= ARCHIVE_NAME_MAX
                                      : row->name.size == 0;
}

enum err journal_archive_scan(const struct archive_source *source, archive_visit *visit, void *context,
                              struct archive_summary *out_summary)
{
    uint8_t *bytes CLEANUP(free_bytes) = malloc(ARCHIVE_ROW_SIZE_MAX);
    struct reading reading = {.source = source, .row = bytes};
    struct archive_row row;
    if (bytes == NULL)
        return ERR_MEMORY;
    TRY(read_head(&reading));
    for (;;) {
        TRY(read_row(&reading, &row));
        if (row.kind == KIND_END)
            break;
        if (row.kind < ARCHIVE_GENERATION || row.kind > ARCHIVE_OTHER || !is_sound(&row))
            return ERR_CHECKSUM;
        count_row(&reading.summary, &row);
        TRY(visit(context, &row));
    }
    TRY(check_end(&reading, &row));
    *out_summary = reading.summary;
    return ERR_OK;
}

/* ---- verifying */

struct verifying {
    struct journal_report report;
    struct {
        uint32_t generation;
        struct generation_row row;
    } generations[GENERATIONS_MAX];
    size_t generation_count;
    struct place at;
    uint8_t hash[HASH_SIZE];
};

static void free_verifying(struct verifying **verifying)
{
    free(*verifying);
}

static enum err report_bad(struct verifying *verifying, struct place place, enum err reason)
{
    verifying->report.bad_generation = place.generation == 0 ? 1 : place.generation;
    verifying->report.bad_seq = place.number;
    verifying->report.reason = reason;
    return ERR_CORRUPT;
}

static enum err verify_generation(struct verifying *verifying, const struct archive_row *row)
{
    uint32_t generation = 0;
    struct generation_row read;
    enum err error = journal_generation_read_key(row->key, &generation);
    if (error == ERR_OK)
        error = journal_generation_read(generation, row->value, &read);
    if (error != ERR_OK)
        return report_bad(verifying, (struct place){generation, 0}, error);
    if (verifying->generation_count == GENERATIONS_MAX)
        return ERR_TOO_LONG;
    verifying->generations[verifying->generation_count].generation = generation;
    verifying->generations[verifying->generation_count++].row = read;
    return ERR_OK;
}

static enum err enter_generation(struct verifying *verifying, uint32_t generation)
{
    for (size_t i = 0; i < verifying->generation_count; i++) {
        if (verifying->generations[i].generation != generation)
            continue;
        verifying->at = (struct place){generation, verifying->generations[i].row.first_seq - 1};
        memcpy(verifying->hash, verifying->generations[i].row.base_hash, HASH_SIZE);
        return ERR_OK;
    }
    return report_bad(verifying, (struct place){generation, 0}, ERR_SYNTAX);
}

static enum err verify_record(struct verifying *verifying, const struct archive_row *row)
{
    struct place place = {0};
    struct record_parts parts;
    uint8_t hash[HASH_SIZE];
    if (journal_place_read(row->key, &place) != ERR_OK)
        return report_bad(verifying, verifying->at, ERR_SYNTAX);
    if (place.generation != verifying->at.generation)
        TRY(enter_generation(verifying, place.generation));
    if (place.number != verifying->at.number + 1)
        return report_bad(verifying, (struct place){place.generation, verifying->at.number + 1}, ERR_GAP);
    enum err error = journal_record_read(place, row->value, &parts);
    if (error != ERR_OK)
        return report_bad(verifying, place, error);
    TRY(vault_sha256_two(span_of(verifying->hash, HASH_SIZE), parts.bytes, hash));
    if (memcmp(hash, parts.hash, HASH_SIZE) != 0)
        return report_bad(verifying, place, ERR_FORK);
    memcpy(verifying->hash, hash, HASH_SIZE);
    verifying->at = place;
    verifying->report.record_count++;
    return ERR_OK;
}

static enum err verify_row(void *context, const struct archive_row *row)
{
    struct verifying *verifying = context;
    if (row->kind == ARCHIVE_GENERATION)
        return verify_generation(verifying, row);
    return row->kind == ARCHIVE_RECORD ? verify_record(verifying, row) : ERR_OK;
}

enum err journal_archive_verify(const struct archive_source *source, struct archive_summary *out_summary,
                                struct journal_report *out_report)
{
    struct verifying *verifying CLEANUP(free_verifying) = calloc(1, sizeof *verifying);
    if (verifying == NULL)
        return ERR_MEMORY;
    enum err error = journal_archive_scan(source, verify_row, verifying, out_summary);
    if (error == ERR_OK || (error == ERR_CORRUPT && verifying->report.bad_generation != 0))
        *out_report = verifying->report;
    return error;
}
