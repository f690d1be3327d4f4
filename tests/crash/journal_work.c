/* SPDX-License-Identifier: Apache-2.0 */
/* journal_work.c - a till's journal at work: the product's own journal over its own LMDB storage. */
#include <lmdb.h>
#include <stdio.h>
#include <sys/stat.h>

#include "crash/journal_model.h"
#include "crash/shim.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"

/* Ten times what the work takes: the reserve is a share of it, and costs each state. */
#define MAP_SIZE      (4 * 1024 * 1024)
#define TABLE_PARKED  JOURNAL_TABLE_COUNT
#define PARKED_KEY    "parked"
#define OPEN_TRIES    4
#define SETTLE_TRIES  4
#define PARKED_FILLER 700 /* bytes beside the number: rows of a size that a parked basket has */

static const char *const tables[] = {JOURNAL_TABLES, "parked"};

enum err journal_open_in(const char *folder, struct random random, struct opened *out)
{
    char path[512];
    struct opened opened CLEANUP(journal_close_opened) = {0};
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    const struct lmdb_options options = {.path = path,
                                         .tables = tables,
                                         .table_count = COUNT_OF(tables),
                                         .map_size_bytes = MAP_SIZE,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = LMDB_CREATE,
                                         .random = random};
    const struct journal_settings settings = {.random = random};
    TRY(lmdb_storage_open(&options, &opened.lmdb));
    TRY(journal_open(lmdb_storage_as_storage(opened.lmdb), &settings, &opened.journal));
    *out = opened;
    opened = (struct opened){0};
    return ERR_OK;
}

void journal_close_opened(struct opened *opened)
{
    journal_close(opened->journal);
    lmdb_storage_close(opened->lmdb);
    *opened = (struct opened){0};
}

enum err journal_put_parked(struct opened *opened, uint64_t value)
{
    uint8_t row[sizeof value + PARKED_FILLER];
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    memset(row, (int)(value & 0xff), sizeof row);
    memcpy(row, &value, sizeof value);
    TRY(storage_begin(lmdb_storage_as_storage(opened->lmdb), STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, TABLE_PARKED, span_of_text(PARKED_KEY), span_of(row, sizeof row), STORAGE_REPLACE));
    return storage_commit(&txn);
}

enum err journal_get_parked(struct opened *opened, uint64_t *out_value)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span row;
    TRY(storage_begin(lmdb_storage_as_storage(opened->lmdb), STORAGE_READ, &txn));
    enum err error = storage_get(&txn, TABLE_PARKED, span_of_text(PARKED_KEY), &row);
    *out_value = 0;
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    if (row.size != sizeof *out_value + PARKED_FILLER)
        return ERR_CORRUPT;
    memcpy(out_value, row.bytes, sizeof *out_value);
    for (size_t i = sizeof *out_value; i < row.size; i++)
        if (row.bytes[i] != (uint8_t)(*out_value & 0xff))
            return ERR_CORRUPT;
    return ERR_OK;
}

struct journal_entry journal_entry_of(const struct model_record *record)
{
    return (struct journal_entry){.bytes = span_of(record->bytes, record->size),
                                  .unix_ms = record->unix_ms,
                                  .takes_receipt = record->takes_receipt,
                                  .key = span_of_text(record->key),
                                  .digest = record->digest};
}

/* ---- the work */

struct work {
    struct journal_model *model;
    const char *folder;
    struct seed chance;
    struct opened opened;
    struct operation operation;
    const char *fault; /* the journal answered what it may not */
};

static struct content *base_of(const struct work *work)
{
    return &work->model->contents[work->model->points[work->model->point_count - 1].base];
}

static void tell(struct work *work, enum mark_kind kind)
{
    struct mark mark = {.kind = kind, .index = work->operation.index, .operation = work->operation.kind};
    struct journal_stats stats = {0};
    if (kind != MARK_BEGIN && journal_get_stats(work->opened.journal, &stats) == ERR_OK) {
        mark.incarnation = stats.newest.incarnation;
        mark.mark = stats.newest.acknowledged_seq;
    }
    crash_shim_mark(&mark, sizeof mark);
    model_follow(work->model, span_of(&mark, sizeof mark));
}

/* Acknowledged before it is done: nothing is known yet of what it will be. */
static void tell_early(struct work *work)
{
    tell(work, MARK_DONE);
}

static enum err append(struct work *work, size_t count)
{
    struct journal_entry entries[BATCH_MAX + 2];
    const struct operation *operation = &work->operation;
    uint64_t seq = 0;
    for (size_t i = 0; i < count; i++)
        entries[i] = journal_entry_of(&operation->records[i]);
    return journal_append(work->opened.journal, entries, count, &seq);
}

static enum err acknowledge(struct work *work)
{
    uint8_t hash[HASH_SIZE];
    TRY(journal_hash_at(work->opened.journal, work->operation.seq, hash));
    return journal_acknowledge(work->opened.journal, work->operation.seq, hash);
}

/* The newest record's key, once as it was and once with another content. */
static enum err repeat(struct work *work)
{
    const struct model_generation *newest = model_newest(base_of(work));
    uint64_t seq = 0;
    if (newest->count == 0)
        return ERR_OK;
    struct journal_entry entry = journal_entry_of(newest->records[newest->count - 1]);
    uint8_t other[HASH_SIZE] = {0};
    enum err error = journal_append(work->opened.journal, &entry, 1, &seq);
    if (error != ERR_EXISTS) {
        work->fault = "a key that was used was not refused";
        return error;
    }
    entry.digest = other;
    if (journal_append(work->opened.journal, &entry, 1, &seq) != ERR_CONFLICT)
        work->fault = "a key that was used with another content was not refused";
    return ERR_OK;
}

static enum err open_it(struct work *work)
{
    enum err error = ERR_IO;
    for (int tries = 0; error != ERR_OK && tries < OPEN_TRIES; tries++)
        error = journal_open_in(work->folder, seed_as_random(&work->chance), &work->opened);
    return error;
}

static enum err close_and_open(struct work *work)
{
    struct journal_stats stats;
    journal_close_opened(&work->opened);
    TRY(open_it(work));
    TRY(journal_get_stats(work->opened.journal, &stats));
    if (work->model->settings.fault.kind == CRASH_FAULT_NONE &&
        stats.newest.acknowledged_seq != model_newest(base_of(work))->mark_high)
        work->fault = "an orderly close did not store the mark";
    return ERR_OK;
}

static enum err perform(struct work *work)
{
    size_t trimmed = 0;
    switch (work->operation.kind) {
    case OPERATION_OPEN:
        return open_it(work);
    case OPERATION_APPEND:
    case OPERATION_BATCH:
    case OPERATION_BIG:
        return append(work, work->operation.record_count);
    case OPERATION_ACKNOWLEDGE:
        return acknowledge(work);
    case OPERATION_TRIM:
        return journal_trim(work->opened.journal, work->operation.before_unix_ms, work->operation.trim_count,
                            &trimmed);
    case OPERATION_INCARNATION:
        return journal_new_incarnation(work->opened.journal, work->operation.seq);
    case OPERATION_PARK:
        return journal_put_parked(&work->opened, work->operation.index + 1);
    case OPERATION_REPEAT:
        return repeat(work);
    case OPERATION_REOPEN:
        return close_and_open(work);
    case OPERATION_KINDS:
        break;
    }
    return ERR_ARGUMENT;
}

/* ---- after an error: what became of it? */

static bool is_live(struct work *work, const struct content *content, bool *out_is_it)
{
    struct journal_stats stats;
    uint64_t parked = 0;
    const struct model_generation *newest = &content->generations[content->generation_count - 1];
    const struct model_generation *oldest = &content->generations[0];
    struct journal_generation generation;
    if (journal_get_stats(work->opened.journal, &stats) != ERR_OK ||
        journal_get_generation(work->opened.journal, 1, &generation) != ERR_OK ||
        journal_get_parked(&work->opened, &parked) != ERR_OK)
        return false;
    *out_is_it = stats.generation == content->generation_count &&
                 stats.newest.first_seq == newest->first_seq &&
                 stats.newest.last_seq == model_last_seq(newest) &&
                 generation.first_seq == oldest->first_seq && parked == content->parked;
    return true;
}

static bool appends(const struct operation *operation)
{
    return operation->record_count > 0;
}

/* False: nothing can be learned, the till would stop here. */
static bool settle(struct work *work)
{
    struct point point = work->model->points[work->model->point_count - 1];
    for (int tries = 0; tries < SETTLE_TRIES; tries++) {
        bool is_base = false;
        bool is_candidate = false;
        if (work->opened.journal == NULL || !is_live(work, &work->model->contents[point.base], &is_base) ||
            !is_live(work, &work->model->contents[point.candidate], &is_candidate))
            continue;
        if (!is_base && !is_candidate)
            work->fault = "after an error neither what was before nor what was asked for is there";
        if (is_candidate && !is_base && appends(&work->operation) && tries == 0)
            work->fault = "an append was answered with an error, and is there";
        tell(work, is_base ? MARK_UNDONE : MARK_DONE);
        return true;
    }
    return false;
}

static bool step(struct work *work, enum operation_kind kind)
{
    struct journal_model *model = work->model;
    uint32_t base = model->points[model->point_count - 1].base;
    work->operation = model_operation(model, kind, model->next_operation, base);
    tell(work, MARK_BEGIN);
    bool is_early = (model->settings.controls & CONTROL_ACK_EARLY) != 0 && appends(&work->operation);
    if (is_early)
        tell_early(work);
    if (perform(work) != ERR_OK)
        return settle(work) && work->fault == NULL;
    if (!is_early)
        tell(work, MARK_DONE);
    return work->fault == NULL;
}

/* What a program does that asks LMDB for a file where it is to stay. */
static void create_in_place(const char *folder)
{
    char path[512];
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    if (mkdir(path, 0700) != 0 || mdb_env_create(&env) != 0)
        return;
    if (mdb_env_set_maxdbs(env, 1) == 0 && mdb_env_open(env, path, 0, 0600) == 0 &&
        mdb_txn_begin(env, NULL, 0, &txn) == 0)
        (void)mdb_txn_commit(txn);
    mdb_env_close(env);
}

const char *journal_work(void *self, const char *folder)
{
    struct journal_model *model = self;
    struct work work = {
        .model = model, .folder = folder, .chance = {model->settings.seed ^ model->next_operation}};
    if ((model->settings.controls & CONTROL_IN_PLACE) != 0)
        create_in_place(folder);
    bool goes_on = step(&work, OPERATION_OPEN);
    for (uint32_t i = 0; goes_on && i < model->settings.operations; i++)
        goes_on = step(&work, OPERATION_KINDS);
    journal_close_opened(&work.opened);
    return work.fault;
}
