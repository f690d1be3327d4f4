/* SPDX-License-Identifier: Apache-2.0 */
/* keeping_cases.c - the acts, and what a cut amid them must leave. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash/image.h"
#include "crash/keeping.h"

#define SNAPSHOT "journal.snapshot"

/* Opens what is there, counts, and goes on. */
static struct keep_seen look_at_journal(const struct keep *keep, enum keep_way way, enum lmdb_absent absent,
                                        uint32_t *out_count, uint32_t *out_generation)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    struct journal_stats stats;
    enum err error = keep_open(keep, way, absent, SNAPSHOT, &journal);
    if (error != ERR_OK)
        return keep_bad(error, "the journal cannot be opened");
    error = keep_count(keep, &journal, out_count);
    if (error == ERR_OK)
        error = journal_get_stats(journal.journal, &stats);
    if (error != ERR_OK)
        return keep_bad(error, "the journal is not whole");
    *out_generation = stats.generation;
    error = keep_go_on(keep, &journal, *out_count);
    return error == ERR_OK ? (struct keep_seen){0} : keep_bad(error, "what was written after");
}

static enum err append_one(const struct keep *keep, uint64_t n)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    TRY(keep_open(keep, KEEP_PLAIN, LMDB_REFUSE, SNAPSHOT, &journal));
    return keep_append(keep, &journal, n);
}

static enum err take_one(const struct keep *keep, const char *name)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    TRY(keep_open(keep, KEEP_PLAIN, LMDB_REFUSE, SNAPSHOT, &journal));
    return keep_take_snapshot(keep, &journal, name);
}

/* 0: there is no such archive. */
static enum err count_in_archive(const struct keep *keep, const char *name, uint32_t *out_count)
{
    char path[KEEP_PATH_MAX];
    struct archive_summary summary;
    struct journal_report report;
    keep_join(keep, name, path);
    *out_count = 0;
    if (!keep_is_there(keep, name))
        return ERR_OK;
    TRY(snapshot_verify(path, &summary, &report));
    *out_count = (uint32_t)summary.record_count;
    return ERR_OK;
}

/* ---- snapshot: taken, a sale, taken, a sale, taken */

static enum err prepare_snapshot(const struct keep *keep)
{
    return keep_make_journal(keep, keep->records);
}

static enum err act_snapshot(const struct keep *keep, uint32_t state)
{
    return state % 2 == 0 ? take_one(keep, SNAPSHOT) : append_one(keep, keep->records + state / 2 + 1);
}

static struct keep_seen look_snapshot(const struct keep *keep)
{
    uint32_t count = 0;
    uint32_t generation = 0;
    uint32_t kept = 0;
    enum err error = count_in_archive(keep, SNAPSHOT, &kept);
    if (error != ERR_OK)
        return keep_bad(error, "the snapshot is not whole");
    struct keep_seen seen = look_at_journal(keep, KEEP_PLAIN, LMDB_REFUSE, &count, &generation);
    if (seen.error != ERR_OK)
        return seen;
    uint32_t sales = count - keep->records;
    bool is_fresh = kept == count;
    if (kept == 0 ? sales != 0 : (!is_fresh && kept + 1 != count))
        return keep_bad(ERR_CORRUPT, "a snapshot of %" PRIu32 " of %" PRIu32 " records", kept, count);
    return (struct keep_seen){.state = 2 * sales + (is_fresh ? 1 : 0)};
}

const struct keep_case keep_snapshot = {prepare_snapshot, act_snapshot, look_snapshot, 5};

/* ---- restore: the journal's folder is gone, its id and its snapshot are there; then a sale */

static void remove_folder(const struct keep *keep, const char *name)
{
    char path[KEEP_PATH_MAX];
    keep_join(keep, name, path);
    image_clear_folder(path);
    KASSA_ASSERT(rmdir(path) == 0);
}

static enum err prepare_restore(const struct keep *keep)
{
    TRY(keep_make_journal(keep, keep->records));
    TRY(take_one(keep, SNAPSHOT));
    remove_folder(keep, "journal");
    return ERR_OK;
}

static enum err open_and_mend(const struct keep *keep)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    return keep_open(keep, KEEP_REBUILD, LMDB_CREATE, SNAPSHOT, &journal);
}

static enum err act_restore(const struct keep *keep, uint32_t state)
{
    return state == 0 ? open_and_mend(keep) : append_one(keep, keep->records + 1);
}

/* Under a new incarnation, and only once: what the cut left is gone, or whole. */
static struct keep_seen look_mended(const struct keep *keep, bool is_done)
{
    uint32_t count = 0;
    uint32_t generation = 0;
    struct keep_seen seen = look_at_journal(keep, KEEP_REBUILD, LMDB_CREATE, &count, &generation);
    if (seen.error != ERR_OK)
        return seen;
    if (generation != 2)
        return keep_bad(ERR_CORRUPT, "it is in generation %" PRIu32, generation);
    if (count < keep->records || count > keep->records + 1)
        return keep_bad(ERR_CORRUPT, "%" PRIu32 " records of %" PRIu32, count, keep->records);
    return (struct keep_seen){.state = (is_done ? 1 : 0) + count - keep->records};
}

static struct keep_seen look_restore(const struct keep *keep)
{
    return look_mended(keep, keep_is_there(keep, "journal/data.mdb"));
}

const struct keep_case keep_restore = {prepare_restore, act_restore, look_restore, 2};

/* ---- rebuild: a record is damaged that the snapshot has, and others came after the snapshot; then a sale */

/* The middle of the record that is damaged, as it stood and as it stands. */
static struct span damaged_part(const struct keep *keep, bool is_damaged, uint8_t out[16])
{
    struct span record = keep_record(keep, keep->records / 3 + 1);
    memcpy(out, record.bytes + record.size / 2 - 8, 16);
    out[8] ^= is_damaged ? 0x20 : 0;
    return span_of(out, 16);
}

static enum err damage(const struct keep *keep)
{
    static uint8_t bytes[1 << 20];
    uint8_t part[16];
    char path[KEEP_PATH_MAX];
    keep_join(keep, "journal/data.mdb", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    KASSA_ASSERT(fd >= 0);
    ssize_t size = read(fd, bytes, sizeof bytes);
    struct span wanted = damaged_part(keep, /* is_damaged= */ false, part);
    uint8_t worse;
    for (uint8_t *at = bytes; size > 0;) { /* LMDB leaves copies of a page where it stood before */
        at = memmem(at, (size_t)size - (size_t)(at - bytes), wanted.bytes, wanted.size);
        if (at == NULL)
            break;
        worse = at[8] ^ 0x20;
        KASSA_ASSERT(pwrite(fd, &worse, 1, at + 8 - bytes) == 1);
        at++;
    }
    KASSA_ASSERT(close(fd) == 0);
    return ERR_OK;
}

static enum err prepare_rebuild(const struct keep *keep)
{
    TRY(keep_make_journal(keep, keep->records / 2));
    {
        struct keep_journal journal CLEANUP(keep_close) = {0};
        TRY(keep_open(keep, KEEP_PLAIN, LMDB_REFUSE, SNAPSHOT, &journal));
        TRY(keep_take_snapshot(keep, &journal, SNAPSHOT));
        for (uint64_t n = keep->records / 2 + 1; n <= keep->records; n++)
            TRY(keep_append(keep, &journal, n));
    }
    return damage(keep);
}

static bool is_damaged_in(const struct keep *keep, const char *folder)
{
    char path[KEEP_PATH_MAX];
    if (folder == NULL)
        return false;
    uint8_t part[16];
    keep_join(keep, folder, path);
    const struct keep below = {path, keep->seed, keep->records};
    struct span wanted = damaged_part(keep, /* is_damaged= */ true, part);
    return keep_is_there(keep, folder) && keep_holds(&below, wanted);
}

static struct keep_seen look_rebuild(const struct keep *keep)
{
    bool is_done = !is_damaged_in(keep, "journal");
    if (is_done && !is_damaged_in(keep, keep_aside(keep)))
        return keep_bad(ERR_CORRUPT, "what was damaged is not kept");
    return look_mended(keep, is_done);
}

const struct keep_case keep_rebuild = {prepare_rebuild, act_restore, look_rebuild, 2};

/* ---- export to a file; an import of it in the place of another journal, which is kept; then a sale */

#define EXPORT       "export.kassa"
#define OTHER_SEED   77
#define OTHER_AMOUNT 5

static struct keep other_of(const struct keep *keep)
{
    return (struct keep){keep->folder, keep->seed + OTHER_SEED, OTHER_AMOUNT};
}

/* The one to be exported lies elsewhere: <folder>/from/journal. */
static struct keep from_of(const struct keep *keep, char path[KEEP_PATH_MAX])
{
    keep_join(keep, "from", path);
    return (struct keep){path, keep->seed, keep->records};
}

static enum err prepare_import(const struct keep *keep)
{
    char path[KEEP_PATH_MAX];
    struct keep other = other_of(keep);
    struct keep from = from_of(keep, path);
    KASSA_ASSERT(mkdir(path, 0700) == 0);
    TRY(keep_make_journal(&from, from.records));
    return keep_make_journal(&other, OTHER_AMOUNT);
}

static enum err import(const struct keep *keep)
{
    struct keep_journal journal CLEANUP(keep_close) = {0};
    return keep_open(keep, KEEP_REBUILD, LMDB_REPLACE, EXPORT, &journal);
}

static enum err export(const struct keep *keep) {
    char path[KEEP_PATH_MAX]; struct keep from = from_of(keep, path);
    struct keep_journal journal CLEANUP(keep_close) = {0};
    TRY(keep_open(&from, KEEP_PLAIN, LMDB_REFUSE, SNAPSHOT, &journal));
    return keep_take_snapshot(keep, &journal, EXPORT);
}

static enum err act_import(const struct keep *keep, uint32_t state)
{
    if (state == 0)
        return export(keep);
    return state == 1 ? import(keep) : append_one(keep, keep->records + 1);
}

/* Before the import the other journal, with all it had. */
static bool is_other_whole(const struct keep *keep)
{
    struct keep other = other_of(keep);
    struct keep_journal journal CLEANUP(keep_close) = {0};
    uint32_t count = 0;
    return keep_open(&other, KEEP_PLAIN, LMDB_REFUSE, SNAPSHOT, &journal) == ERR_OK &&
           keep_count(&other, &journal, &count) == ERR_OK && count == OTHER_AMOUNT;
}

static struct keep_seen look_import(const struct keep *keep)
{
    uint32_t exported = 0;
    uint32_t count = 0;
    uint32_t generation = 0;
    enum err error = count_in_archive(keep, EXPORT, &exported);
    if (error != ERR_OK)
        return keep_bad(error, "the export is not whole");
    if (exported != 0 && exported != keep->records)
        return keep_bad(ERR_CORRUPT, "%" PRIu32 " records were exported", exported);
    if (is_other_whole(keep))
        return (struct keep_seen){.state = exported == 0 ? 0 : 1};
    struct keep_seen seen = look_at_journal(keep, KEEP_PLAIN, LMDB_REFUSE, &count, &generation);
    if (seen.error != ERR_OK)
        return seen;
    if (generation != 2 || count < keep->records || keep_aside(keep) == NULL)
        return keep_bad(ERR_CORRUPT, "generation %" PRIu32 ", %" PRIu32 " records", generation, count);
    return (struct keep_seen){.state = 2 + count - keep->records};
}

const struct keep_case keep_import = {prepare_import, act_import, look_import, 3};

/* ---- compaction of a cache, at once and by a copy aside; two keys are removed and must leave nothing */

static const char *const cache_tables[] = {"rows"};
static const char first_key[] = "canary-of-the-first";
static const char second_key[] = "canary-of-the-second";

#define CACHE_ROWS 60

static enum err open_cache(const struct keep *keep, enum lmdb_absent absent, enum lmdb_access access,
                           struct lmdb_storage **out)
{
    char path[KEEP_PATH_MAX];
    struct seed chance = {keep->seed};
    keep_join(keep, "cache", path);
    const struct lmdb_options options = {.path = path,
                                         .tables = cache_tables,
                                         .table_count = COUNT_OF(cache_tables),
                                         .map_size_bytes = KEEP_MAP_SIZE,
                                         .access = access,
                                         .absent = absent,
                                         .random = seed_as_random(&chance)};
    return lmdb_storage_open(&options, out);
}

static enum err put_row(struct lmdb_storage *cache, const char *key, const char *value)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(lmdb_storage_as_storage(cache), STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, 0, span_of_text(key), span_of_text(value), STORAGE_REPLACE));
    return storage_commit(&txn);
}

/* The member's row goes, and that he is to be told of stands in its place. */
static enum err erase_row(struct lmdb_storage *cache, const char *key, const char *told)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(lmdb_storage_as_storage(cache), STORAGE_WRITE, &txn));
    TRY(storage_remove(&txn, 0, span_of_text(key)));
    TRY(storage_put(&txn, 0, span_of_text(told), span_of_text("1"), STORAGE_REPLACE));
    return storage_commit(&txn);
}

static bool has_row(struct lmdb_storage *cache, const char *key)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    return storage_begin(lmdb_storage_as_storage(cache), STORAGE_READ, &txn) == ERR_OK &&
           storage_get(&txn, 0, span_of_text(key), &value) == ERR_OK;
}

static void name_row(uint32_t n, char key[16])
{
    (void)snprintf(key, 16, "row-%" PRIu32, n);
}

static enum err prepare_compact(const struct keep *keep)
{
    struct lmdb_storage *cache CLEANUP(lmdb_storage_closep) = NULL;
    char key[16];
    char value[300] = {0};
    TRY(open_cache(keep, LMDB_CREATE, LMDB_EXCLUSIVE, &cache));
    memset(value, 'x', sizeof value - 1);
    for (uint32_t n = 0; n < CACHE_ROWS; n++) {
        name_row(n, key);
        TRY(put_row(cache, key, value));
    }
    TRY(put_row(cache, "first", first_key));
    return erase_row(cache, "first", "told-first");
}

/* By a process of its own, as the agent has it done. */
static enum err copy_and_take(const struct keep *keep, struct lmdb_storage **cache)
{
    struct lmdb_storage *helper CLEANUP(lmdb_storage_closep) = NULL;
    uint64_t commits = lmdb_storage_commits(*cache);
    lmdb_storage_closep(cache); /* a process has a storage open once */
    *cache = NULL;
    TRY(open_cache(keep, LMDB_REFUSE, LMDB_READ_ONLY, &helper));
    TRY(lmdb_storage_copy_aside(helper));
    lmdb_storage_close(TAKE(helper));
    TRY(open_cache(keep, LMDB_REFUSE, LMDB_EXCLUSIVE, cache));
    return lmdb_storage_take_copy(*cache, commits);
}

static enum err act_compact(const struct keep *keep, uint32_t state)
{
    struct lmdb_storage *cache CLEANUP(lmdb_storage_closep) = NULL;
    TRY(open_cache(keep, LMDB_REFUSE, LMDB_EXCLUSIVE, &cache));
    switch (state) {
    case 0:
        return lmdb_storage_compact(cache);
    case 1:
        return put_row(cache, "second", second_key);
    case 2:
        return erase_row(cache, "second", "told-second");
    default:
        return copy_and_take(keep, &cache);
    }
}

static bool has_all_rows(struct lmdb_storage *cache)
{
    bool has_all = true;
    char key[16];
    for (uint32_t n = 0; n < CACHE_ROWS; n++) {
        name_row(n, key);
        has_all = has_all && has_row(cache, key);
    }
    return has_all && has_row(cache, "told-first") && !has_row(cache, "first");
}

static struct keep_seen look_compact(const struct keep *keep)
{
    struct lmdb_storage *cache CLEANUP(lmdb_storage_closep) = NULL;
    bool has_first = keep_holds(keep, span_of_text(first_key));
    bool has_second = keep_holds(keep, span_of_text(second_key));
    enum err error = open_cache(keep, LMDB_REFUSE, LMDB_EXCLUSIVE, &cache);
    if (error != ERR_OK)
        return keep_bad(error, "the cache cannot be opened");
    if (!has_all_rows(cache))
        return keep_bad(ERR_CORRUPT, "the cache is not whole");
    bool is_told = has_row(cache, "told-second");
    bool is_there = has_row(cache, "second");
    error = put_row(cache, "later", "row");
    if (error == ERR_OK)
        error = lmdb_storage_compact(cache);
    if (error != ERR_OK || !has_all_rows(cache) || !has_row(cache, "later"))
        return keep_bad(error, "what was written after");
    uint32_t state = is_told ? (has_second ? 3 : 4) : is_there ? 2 : has_first ? 0 : 1;
    if (state > 0 && has_first)
        return keep_bad(ERR_CORRUPT, "what was erased before state %" PRIu32 " is in a file", state);
    return (struct keep_seen){.state = state};
}

const struct keep_case keep_compact = {prepare_compact, act_compact, look_compact, 4};
