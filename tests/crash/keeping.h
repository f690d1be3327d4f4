/* SPDX-License-Identifier: Apache-2.0 */
/* keeping.h - what is done to a journal or a cache as a whole: snapshots, restoring, rebuilding, export and import,
 * compaction, migration. Each is a chain of acts; act i leads from state i to state i + 1, and a cut leaves one of the
 * two, whole. What was there before the first act is on the disk for sure. */
#ifndef KASSA_TESTS_CRASH_KEEPING_H
#define KASSA_TESTS_CRASH_KEEPING_H

#include "crash/subject.h"
#include "journal/journal.h"
#include "platform/lmdb/lmdb_storage.h"
#include "snapshot/snapshot.h"

#define KEEP_MAP_SIZE (4 * 1024 * 1024)
#define KEEP_PATH_MAX 512
#define KEEP_NOW_MS   INT64_C(1795262400000)

struct keep {
    const char *folder;
    uint64_t seed;
    uint32_t records; /* of the journal that was there */
};

/* What a look has found; error: it could not be opened, or is not what it should be. */
struct keep_seen {
    uint32_t state;
    enum err error;
    char why[120];
};

struct keep_case {
    enum err (*prepare)(const struct keep *keep);
    enum err (*act)(const struct keep *keep, uint32_t state);
    /* Opens it as the product does, compares all of it, and goes on working. */
    struct keep_seen (*look)(const struct keep *keep);
    uint32_t act_count;
};

extern const struct keep_case keep_snapshot, keep_restore, keep_rebuild, keep_import, keep_compact,
    keep_migrate;

/* From a format that there never was, older than the first: keeping_migrate.c. */
extern const struct journal_step keep_steps[];

/* ---- what the cases share */

void keep_join(const struct keep *keep, const char *name, char out[KEEP_PATH_MAX]);
bool keep_is_there(const struct keep *keep, const char *name);
/* <folder>/journal.bad-<n> that has a file; NULL: none. A cut may leave an empty one before it. */
const char *keep_aside(const struct keep *keep);
/* Whether a file below the folder holds these bytes. */
bool keep_holds(const struct keep *keep, struct span bytes);
struct keep_seen keep_bad(enum err error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The n-th record, from 1: another one for each seed and number. Good until the next call. */
struct span keep_record(const struct keep *keep, uint64_t n);

/* A journal in <folder>/journal, its tables those of a till. */
struct keep_journal {
    struct lmdb_storage *lmdb;
    struct journal *journal;
    struct snapshot_guard guard;
    char snapshot[KEEP_PATH_MAX];
    struct seed *chance;
};
enum keep_way {
    KEEP_PLAIN,   /* what is damaged or gone is refused */
    KEEP_MIGRATE, /* verified by a child first; an older format is migrated */
    KEEP_REBUILD  /* and what is damaged or gone is rebuilt, as a till does */
};
NODISCARD
enum err keep_open(const struct keep *keep, enum keep_way way, enum lmdb_absent absent, const char *archive,
                   struct keep_journal *out);
void keep_close(struct keep_journal *journal); /* for CLEANUP */
NODISCARD
enum err keep_append(const struct keep *keep, struct keep_journal *journal, uint64_t n);
NODISCARD
enum err keep_make_journal(const struct keep *keep, uint32_t records);
NODISCARD
enum err keep_take_snapshot(const struct keep *keep, struct keep_journal *journal, const char *name);
/* How many of the records there are: 1 to count, each with its bytes and key, and none more; ERR_CORRUPT: not so. */
NODISCARD
enum err keep_count(const struct keep *keep, struct keep_journal *journal, uint32_t *out_count);
/* One more record, the file is closed and opened, and all of it is looked at again. */
NODISCARD
enum err keep_go_on(const struct keep *keep, struct keep_journal *journal, uint32_t count);

#endif
