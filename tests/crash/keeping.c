/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/keeping.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash/disk.h"
#include "harness/seed.h"
#include "vault/vault.h"

#define RECORDS_MIN  6
#define RECORDS_MORE 10
#define RECORD_MAX   1500

/* ---- the model: a number */

enum { KEEP_BEGIN, KEEP_DONE };

struct keep_mark {
    uint32_t kind;
    uint32_t state;
};

struct keep_point {
    uint32_t base;
    uint32_t candidate;
};

struct keep_model {
    struct subject_settings settings;
    const struct keep_case *way;
    struct keep_point *points;
    size_t point_count;
};

static void add_point(struct keep_model *model, struct keep_point point)
{
    model->points = disk_memory(model->points, (model->point_count + 1) * sizeof *model->points);
    model->points[model->point_count++] = point;
}

static void *create(const struct subject_settings *settings, const struct keep_case *way)
{
    struct keep_model *model = disk_memory(NULL, sizeof *model);
    KASSA_ASSERT(vault_open() == ERR_OK);
    *model = (struct keep_model){.settings = *settings, .way = way};
    add_point(model, (struct keep_point){0, 0});
    return model;
}

static void destroy(void *self)
{
    struct keep_model *model = self;
    free(model->points);
    free(model);
}

static size_t points(const void *self)
{
    const struct keep_model *model = self;
    return model->point_count;
}

static struct keep keep_of(const struct keep_model *model, const char *folder)
{
    struct seed seed = {model->settings.seed};
    return (struct keep){folder, model->settings.seed,
                         RECORDS_MIN + (uint32_t)seed_below(&seed, RECORDS_MORE)};
}

static void prepare(void *self, const char *folder)
{
    const struct keep_model *model = self;
    struct keep keep = keep_of(model, folder);
    enum err error = model->way->prepare(&keep);
    if (error != ERR_OK)
        (void)fprintf(stderr, "kassa-crash: cannot be prepared: %s\n", err_name(error));
    KASSA_ASSERT(error == ERR_OK);
}

static void follow(void *self, struct span bytes)
{
    struct keep_model *model = self;
    struct keep_mark mark;
    KASSA_ASSERT(bytes.size == sizeof mark);
    memcpy(&mark, bytes.bytes, sizeof mark);
    struct keep_point point = model->points[model->point_count - 1];
    if (mark.kind == KEEP_BEGIN)
        point.candidate = mark.state + 1;
    else
        point.base = point.candidate;
    add_point(model, point);
}

static void tell(struct keep_model *model, uint32_t kind, uint32_t state)
{
    struct keep_mark mark = {kind, state};
    crash_shim_mark(&mark, sizeof mark);
    follow(model, span_of(&mark, sizeof mark));
}

/* An act that was answered with an error may have been done, or not: that is the last one. */
static const char *work(void *self, const char *folder)
{
    struct keep_model *model = self;
    struct keep keep = keep_of(model, folder);
    for (uint32_t state = 0; state < model->way->act_count; state++) {
        tell(model, KEEP_BEGIN, state);
        if (model->way->act(&keep, state) != ERR_OK)
            return model->settings.fault.kind == CRASH_FAULT_NONE ? "an act was refused" : NULL;
        tell(model, KEEP_DONE, state);
    }
    return NULL;
}

static void check(void *self, const char *folder, struct verdict *out)
{
    const struct keep_model *model = self;
    struct keep keep = keep_of(model, folder);
    struct keep_seen seen = model->way->look(&keep);
    *out = (struct verdict){.kind = seen.error == ERR_OK ? VERDICT_SOUND : VERDICT_TORN, .class = seen.state};
    if (seen.error != ERR_OK)
        (void)snprintf(out->why, sizeof out->why, "%s: %s", seen.why, err_name(seen.error));
}

static void judge(const void *self, size_t index, struct verdict *verdict)
{
    const struct keep_model *model = self;
    struct keep_point point = model->points[index];
    if (verdict->class == point.base || verdict->class == point.candidate)
        return;
    verdict->kind = verdict->class < point.base ? VERDICT_LOST : VERDICT_PHANTOM;
    (void)snprintf(verdict->why, sizeof verdict->why, "seen is state %" PRIu32 ", acknowledged %" PRIu32,
                   verdict->class, point.base);
}

#define SUBJECT(name_, what_)                                                                                \
    static void *create_##name_(const struct subject_settings *settings)                                     \
    {                                                                                                        \
        return create(settings, &keep_##name_);                                                              \
    }                                                                                                        \
    const struct subject crash_##name_ = {.name = #name_,                                                    \
                                          .what = what_,                                                     \
                                          .create = create_##name_,                                          \
                                          .destroy = destroy,                                                \
                                          .prepare = prepare,                                                \
                                          .work = work,                                                      \
                                          .follow = follow,                                                  \
                                          .points = points,                                                  \
                                          .check = check,                                                    \
                                          .judge = judge}

SUBJECT(snapshot, "snapshots of a journal that goes on: the one before, or the new one, whole");
SUBJECT(restore, "a journal that is gone is made anew of its snapshot");
SUBJECT(rebuild, "a damaged journal is rebuilt of what is whole of it and of its snapshot");
SUBJECT(import, "a journal is exported, and takes another one's place");
SUBJECT(compact, "a cache is written anew, so that nothing is left of what was removed");
SUBJECT(migrate, "a journal of an older format is opened by this program");

/* ---- files */

void keep_join(const struct keep *keep, const char *name, char out[KEEP_PATH_MAX])
{
    (void)snprintf(out, KEEP_PATH_MAX, "%s/%s", keep->folder, name);
}

bool keep_is_there(const struct keep *keep, const char *name)
{
    char path[KEEP_PATH_MAX];
    keep_join(keep, name, path);
    return access(path, F_OK) == 0;
}

const char *keep_aside(const struct keep *keep)
{
    static const char *const names[] = {"journal.bad-1", "journal.bad-2"};
    char file[64];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(file, sizeof file, "%s/data.mdb", names[i]);
        if (keep_is_there(keep, file))
            return names[i];
    }
    return NULL;
}

struct keep_seen keep_bad(enum err error, const char *format, ...)
{
    struct keep_seen seen = {.error = error};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(seen.why, sizeof seen.why, format, arguments);
    va_end(arguments);
    return seen;
}

static struct {
    struct span wanted;
    bool is_found;
} search; /* nftw hands nothing on */

static int search_file(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)where;
    if (type != FTW_F || status->st_size == 0)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    KASSA_ASSERT(fd >= 0);
    size_t size = (size_t)status->st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    KASSA_ASSERT(bytes != MAP_FAILED);
    search.is_found = search.is_found || memmem(bytes, size, search.wanted.bytes, search.wanted.size) != NULL;
    (void)munmap(bytes, size);
    (void)close(fd);
    return 0;
}

bool keep_holds(const struct keep *keep, struct span bytes)
{
    search.wanted = bytes;
    search.is_found = false;
    KASSA_ASSERT(nftw(keep->folder, search_file, 8, FTW_PHYS) == 0);
    return search.is_found;
}

/* ---- a journal */

struct span keep_record(const struct keep *keep, uint64_t n)
{
    static uint8_t bytes[RECORD_MAX];
    struct seed seed = {keep->seed * 1000003 + n};
    size_t size = 40 + (size_t)seed_below(&seed, sizeof bytes - 40);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)seed_next(&seed);
    return span_of(bytes, size);
}

static struct span key_of(uint64_t n, char out[32])
{
    return span_of(out, (size_t)snprintf(out, 32, "key-%" PRIu64, n));
}

enum err keep_open(const struct keep *keep, enum keep_way way, enum lmdb_absent absent, const char *archive,
                   struct keep_journal *out)
{
    static const char *const tables[] = {JOURNAL_TABLES, "parked"};
    static const char *const others[] = {"parked"};
    static struct seed chance;
    char path[KEEP_PATH_MAX];
    keep_join(keep, "journal", path);
    chance = (struct seed){keep->seed + 99};
    *out = (struct keep_journal){.chance = &chance};
    keep_join(keep, archive, out->snapshot);
    out->guard = (struct snapshot_guard){.path = out->snapshot,
                                         .random = seed_as_random(&chance),
                                         .others = {others, JOURNAL_TABLE_COUNT, 1},
                                         .steps = keep_steps,
                                         .unix_ms = KEEP_NOW_MS};
    snapshot_guard_init(&out->guard);
    const struct lmdb_options options = {.path = path,
                                         .tables = tables,
                                         .table_count = COUNT_OF(tables),
                                         .map_size_bytes = KEEP_MAP_SIZE,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = absent,
                                         .random = seed_as_random(&chance),
                                         .check = way == KEEP_PLAIN ? NULL : &out->guard.check,
                                         .rebuild = way == KEEP_REBUILD ? &out->guard.rebuild : NULL,
                                         .migrate = &out->guard.migrate};
    const struct journal_settings settings = {.random = seed_as_random(&chance)};
    TRY(lmdb_storage_open(&options, &out->lmdb));
    return journal_open(lmdb_storage_as_storage(out->lmdb), &settings, &out->journal);
}

void keep_close(struct keep_journal *journal)
{
    journal_close(TAKE(journal->journal));
    lmdb_storage_close(TAKE(journal->lmdb));
}

enum err keep_append(const struct keep *keep, struct keep_journal *journal, uint64_t n)
{
    static const uint8_t digest[HASH_SIZE] = {7};
    char key[32];
    uint64_t seq;
    const struct journal_entry entry = {.bytes = keep_record(keep, n),
                                        .unix_ms = KEEP_NOW_MS + (int64_t)n,
                                        .takes_receipt = true,
                                        .key = key_of(n, key),
                                        .digest = digest};
    return journal_append(journal->journal, &entry, 1, &seq);
}

static enum err acknowledge(struct keep_journal *journal, uint64_t seq)
{
    uint8_t hash[HASH_SIZE];
    TRY(journal_hash_at(journal->journal, seq, hash));
    return journal_acknowledge(journal->journal, seq, hash);
}

enum err keep_make_journal(const struct keep *keep, uint32_t records)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(keep_open(keep, KEEP_PLAIN, LMDB_CREATE, "journal.snapshot", &journal));
    for (uint64_t n = 1; n <= records; n++)
        TRY(keep_append(keep, &journal, n));
    TRY(acknowledge(&journal, records / 3));
    TRY(storage_begin(lmdb_storage_as_storage(journal.lmdb), STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, JOURNAL_TABLE_COUNT, span_of_text("basket"), span_of_text("milk"),
                    STORAGE_REPLACE));
    return storage_commit(&txn);
}

enum err keep_take_snapshot(const struct keep *keep, struct keep_journal *journal, const char *name)
{
    char path[KEEP_PATH_MAX];
    struct archive_summary summary;
    keep_join(keep, name, path);
    return snapshot_write(lmdb_storage_as_storage(journal->lmdb), &journal->guard.others, path, KEEP_NOW_MS,
                          &summary);
}

static enum err check_record(const struct keep *keep, struct keep_journal *journal, uint64_t n)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct journal_found found;
    struct journal_record record;
    char key[32];
    TRY(journal_find_key(journal->journal, key_of(n, key), &found));
    enum err error = journal_read_generation(journal->journal, found.generation, found.seq, buffer,
                                             sizeof buffer, &record);
    if (error != ERR_OK)
        return ERR_CORRUPT;
    bool is_it = span_is_equal(record.bytes, keep_record(keep, n)) &&
                 record.unix_ms == KEEP_NOW_MS + (int64_t)n && record.receipt >= n;
    return is_it ? ERR_OK : ERR_CORRUPT;
}

static enum err check_parked(struct keep_journal *journal)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    TRY(storage_begin(lmdb_storage_as_storage(journal->lmdb), STORAGE_READ, &txn));
    enum err error = storage_get(&txn, JOURNAL_TABLE_COUNT, span_of_text("basket"), &value);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
    return span_is_equal(value, span_of_text("milk")) ? ERR_OK : ERR_CORRUPT;
}

enum err keep_count(const struct keep *keep, struct keep_journal *journal, uint32_t *out_count)
{
    struct journal_report report;
    uint32_t count = 0;
    enum err error = ERR_OK;
    TRY(journal_verify(lmdb_storage_as_storage(journal->lmdb), &report));
    TRY(check_parked(journal));
    while (error == ERR_OK)
        error = check_record(keep, journal, ++count);
    if (error != ERR_NOT_FOUND)
        return error;
    count--;
    for (uint32_t n = 2; n < 6; n++) /* none behind a hole */
        if (check_record(keep, journal, count + n) != ERR_NOT_FOUND)
            return ERR_CORRUPT;
    if (journal_next_receipt(journal->journal) <= count)
        return ERR_CORRUPT; /* a number would be given twice */
    *out_count = count;
    return ERR_OK;
}

enum err keep_go_on(const struct keep *keep, struct keep_journal *journal, uint32_t count)
{
    uint32_t seen = 0;
    for (uint32_t n = 1; n <= 3; n++)
        TRY(keep_append(keep, journal, count + n));
    keep_close(journal);
    TRY(keep_open(keep, KEEP_PLAIN, LMDB_REFUSE, "journal.snapshot", journal));
    TRY(keep_count(keep, journal, &seen));
    return seen == count + 3 ? ERR_OK : ERR_CORRUPT;
}
