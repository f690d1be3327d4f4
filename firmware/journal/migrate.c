/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/migrate.h"

#include <stdlib.h>

#include "journal/internal.h"

#define ROWS_OF_A_COMMIT 500

/* Format 1 is the first one. */
const struct journal_step journal_steps[] = {{.convert = NULL}};

struct migrating {
    const struct journal_migration *what;
    const struct journal_step *first; /* of those that are taken */
    uint32_t format;                  /* of the old journal */
    uint8_t *values[2];               /* JOURNAL_ROW_MAX each: one is read, the other written */
    struct storage_txn txn;           /* of fresh */
    size_t row_count;                 /* of this commit */
    uint64_t record_count;
    unsigned table;
    enum journal_row_kind kind;
    bool is_converted;
    enum err error;
};

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static void abort_fresh(struct migrating *migrating)
{
    storage_abort(&migrating->txn);
}

/* Through all steps, from one buffer to the other. */
static enum err convert(struct migrating *migrating, struct span key, struct span *value)
{
    size_t to = 0;
    for (const struct journal_step *step = migrating->first; step->convert != NULL; step++) {
        size_t size = 0;
        TRY(step->convert(migrating->kind, key, *value, migrating->values[to], &size));
        *value = span_of(migrating->values[to], size);
        to = 1 - to;
    }
    return ERR_OK;
}

static enum err begin_commit(struct migrating *migrating)
{
    if (migrating->row_count > 0)
        return ERR_OK;
    return storage_begin(migrating->what->fresh, STORAGE_WRITE, &migrating->txn);
}

static enum err end_commit(struct migrating *migrating)
{
    if (migrating->row_count == 0)
        return ERR_OK;
    migrating->row_count = 0;
    return storage_commit(&migrating->txn);
}

static enum err put(struct migrating *migrating, struct span key, struct span value)
{
    TRY(begin_commit(migrating));
    migrating->row_count++;
    TRY(storage_put(&migrating->txn, migrating->table, key, value, STORAGE_REPLACE));
    return migrating->row_count < ROWS_OF_A_COMMIT ? ERR_OK : end_commit(migrating);
}

static bool visit(void *context, struct span key, struct span value)
{
    struct migrating *migrating = context;
    bool is_record = migrating->is_converted && migrating->kind == JOURNAL_ROW_RECORD;
    migrating->error = migrating->is_converted ? convert(migrating, key, &value) : ERR_OK;
    if (migrating->error == ERR_OK)
        migrating->error = put(migrating, key, value);
    migrating->record_count += is_record ? 1 : 0;
    return migrating->error == ERR_OK;
}

static enum err copy_table(struct migrating *migrating, unsigned table, struct span from)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    migrating->table = table;
    TRY(storage_begin(migrating->what->old, STORAGE_READ, &txn));
    TRY(storage_scan(&txn, table, from, STORAGE_ASCENDING, visit, migrating));
    TRY(migrating->error);
    return end_commit(migrating);
}

/* Chunks of keys are derived from the records: the next start makes them anew. */
static enum err copy_all(struct migrating *migrating)
{
    uint8_t from[GENERATION_KEY_SIZE];
    journal_generation_write_key(0, from);
    migrating->is_converted = true;
    migrating->kind = JOURNAL_ROW_GENERATION;
    TRY(copy_table(migrating, TABLE_META, span_of(from, sizeof from)));
    migrating->kind = JOURNAL_ROW_RECORD;
    TRY(copy_table(migrating, TABLE_RECORDS, span_of(NULL, 0)));
    migrating->is_converted = false;
    for (unsigned i = 0; i < migrating->what->others.count; i++)
        TRY(copy_table(migrating, migrating->what->others.first + i, span_of(NULL, 0)));
    return ERR_OK;
}

static enum err put_format(struct migrating *migrating)
{
    uint8_t format[FORMAT_SIZE];
    journal_format_write(format);
    migrating->table = TABLE_META;
    TRY(put(migrating, span_of_text(FORMAT_KEY), span_of(format, sizeof format)));
    return end_commit(migrating);
}

static enum err read_format(struct migrating *migrating)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    TRY(storage_begin(migrating->what->old, STORAGE_READ, &txn));
    enum err error = storage_get(&txn, TABLE_META, span_of_text(FORMAT_KEY), &value);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
    return corrupt_if_bad(journal_format_read(value, &migrating->format));
}

/* The steps from the old format to ours are there, without a gap. */
static enum err find_steps(struct migrating *migrating)
{
    const struct journal_step *step = migrating->what->steps;
    while (step->convert != NULL && step->from != migrating->format)
        step++;
    migrating->first = step;
    uint32_t format = migrating->format;
    for (; step->convert != NULL && step->from == format; step++)
        format++;
    return format == JOURNAL_FORMAT && step->convert == NULL && format != migrating->format ? ERR_OK
                                                                                            : ERR_VERSION;
}

enum err journal_migrate(const struct journal_migration *what, uint32_t *out_from)
{
    uint8_t *first CLEANUP(free_bytes) = malloc(JOURNAL_ROW_MAX);
    uint8_t *second CLEANUP(free_bytes) = malloc(JOURNAL_ROW_MAX);
    struct migrating migrating CLEANUP(abort_fresh) = {.what = what, .values = {first, second}};
    struct journal_report report;
    if (first == NULL || second == NULL)
        return ERR_MEMORY;
    TRY(read_format(&migrating));
    TRY(find_steps(&migrating));
    TRY(copy_all(&migrating));
    TRY(put_format(&migrating));
    TRY(journal_verify(what->fresh, &report));
    if (report.record_count != migrating.record_count)
        return ERR_CORRUPT;
    *out_from = migrating.format;
    return ERR_OK;
}
