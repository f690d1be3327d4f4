/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_storage.h - iface/storage.h on LMDB, with its default sync flags and none else (PROOF: what a power
 * cut does). The only room that links LMDB.
 *
 * A storage is a folder <path>/ with LMDB's files, and two files beside it: <path>.id and <path>.lock. The
 * id, 128 random bits, stands in its file and inside the data: a folder that is gone, empty or another's
 * while the id is there is refused, never silently begun anew. Creation is done aside in <path>.new/ and
 * renamed, so that a power cut leaves either nothing or the whole.
 *
 * Space      map_size_bytes bounds the file. So that a disk that others have filled still takes bookkeeping and
 *            erasure, an only owner keeps a twentieth of that (1 MiB at most) allocated behind the file's end;
 *            storage_usage.is_disk_short tells when there is no more to be had.
 * Owner      close it with lmdb_storage_close once every transaction has ended. Not across fork.
 * Memory     transactions come from a fixed pool; LMDB itself keeps dirty pages on the heap.
 * Threads    one. Local file systems only.
 */
#ifndef KASSA_LMDB_STORAGE_H
#define KASSA_LMDB_STORAGE_H

#include "iface/random.h"
#include "iface/storage.h"

#define LMDB_TABLES_MAX 40

enum lmdb_access {
    LMDB_EXCLUSIVE, /* one process writes: a second one is ERR_BUSY (the journal, a till's cache) */
    LMDB_SHARED,    /* several processes write in turn (the hub's store and the CLI) */
    LMDB_READ_ONLY  /* reads beside a live owner, creates nothing; begin(STORAGE_WRITE) is ERR_STATE */
};

enum lmdb_absent {
    LMDB_CREATE,    /* nothing there: begin a new one */
    LMDB_REFUSE,    /* nothing there: ERR_NOT_FOUND */
    LMDB_SET_ASIDE, /* damaged or gone (ERR_CORRUPT without this): rename what is there to <path>.bad-<n> and
                       begin a new one. The explicit way of repair; a whole one is opened as ever */
    LMDB_FILL,      /* nothing there: begin a new one, filled by options.rebuild (LMDB_LOSS_GONE); else
                       ERR_EXISTS */
    LMDB_REPLACE    /* the same; what is there is kept as <path>.bad-<n>/ and replaced in one rename */
};

/* What the owner wants known of the data before LMDB opens it: it trusts its pages, and a damaged one is a
 * wrong answer, an assertion or a signal. Runs in a child process with the storage opened read-only, after a
 * walk over every page; nothing that it changes in memory is seen outside. */
struct lmdb_check {
    /* ERR_CORRUPT: the data is damaged. Any other error stops the opening as it is. */
    enum err (*run)(void *context, struct storage storage);
    void *context;
    unsigned table_count; /* of lmdb_options.tables, the first ones: those that it looks at */
};

/* What became of the data that an owner found. */
enum lmdb_loss {
    LMDB_LOSS_NONE,    /* whole, or there never was any */
    LMDB_LOSS_DAMAGED, /* damaged or cut short */
    LMDB_LOSS_VALUES,  /* the tree is whole; options.check found what its entries hold damaged */
    LMDB_LOSS_GONE,    /* no data where <path>.id says that there was some */
    LMDB_LOSS_FOREIGN  /* the data of another storage than <path>.id names */
};

/* A damaged file, of which single entries may be whole. */
struct lmdb_salvage; /* opaque */

/* Visits each entry that lies whole within a leaf page, in the order of the file and whatever table it is of;
 * also what was removed or replaced since, while its page was not used again. Nothing says that a value is what
 * was written: it must carry its own proof. The spans die with the visit. */
typedef void lmdb_salvage_visit(void *context, struct span key, struct span value);
NODISCARD
enum err lmdb_salvage_scan(struct lmdb_salvage *salvage, lmdb_salvage_visit *visit, void *context);

/* How an owner saves what can be saved. Runs on a new storage that is made aside and takes the old one's place
 * in one rename; the damaged file is kept as <path>.bad-<n>/. */
struct lmdb_rebuild {
    /* Fills `fresh`, whose tables are lmdb_options.tables; salvage is NULL where nothing is left. ERR_CORRUPT:
     * there is nothing to go on from; then the opening answers that, and all stays as it is. */
    enum err (*run)(void *context, struct storage fresh, enum lmdb_loss loss, struct lmdb_salvage *salvage);
    void *context;
};

/* How an owner goes on from data of an older format: on a new storage that is made aside, as with lmdb_rebuild; the old
 * one is kept as <path>.bad-<n>/. */
struct lmdb_migrate {
    /* Fills `fresh` from `old`, which can only be read; the tables of both are lmdb_options.tables. ERR_VERSION: it is not
     * of a format that it knows; after any error all stays as it is, and the opening answers that. */
    enum err (*run)(void *context, struct storage fresh, struct storage old);
    void *context;
};

struct lmdb_options {
    const char *path;          /* its parent folder exists */
    const char *const *tables; /* names, table 0 first */
    unsigned table_count;      /* 1 to LMDB_TABLES_MAX */
    uint64_t map_size_bytes;   /* a multiple of 64 KiB; the file never grows beyond */
    enum lmdb_access access;
    enum lmdb_absent absent;
    struct random random;           /* draws the id of a new one; unused with LMDB_READ_ONLY */
    const struct lmdb_check *check; /* with LMDB_EXCLUSIVE; NULL: only the walk, in this process */
    /* With LMDB_EXCLUSIVE: what is damaged or gone is rebuilt, of another id only with LMDB_SET_ASIDE, which
     * begins an empty one where nothing could be saved. NULL: ERR_CORRUPT. */
    const struct lmdb_rebuild *rebuild;
    /* With LMDB_EXCLUSIVE: where check answers ERR_VERSION. NULL: that is the opening's answer. */
    const struct lmdb_migrate *migrate;
};

struct lmdb_storage; /* opaque */

/* Opens or creates.
 *
 * ERR_NOT_FOUND  nothing there (LMDB_REFUSE, LMDB_READ_ONLY)
 * ERR_CORRUPT    data damaged, cut short, gone, or of another id than <path>.id
 * ERR_VERSION    of a machine of another word size (LMDB's format differs), of another LMDB, or, read-only,
 *                without one of the tables
 * ERR_BUSY       another process holds it, or this process has it open already
 * ERR_RANGE      map_size_bytes is not whole or does not fit this machine's addresses
 * ERR_FULL, ERR_IO, ERR_MEMORY */
NODISCARD
enum err lmdb_storage_open(const struct lmdb_options *options, struct lmdb_storage **out_storage);

void lmdb_storage_close(struct lmdb_storage *storage);
void lmdb_storage_closep(struct lmdb_storage **storage); /* for CLEANUP */

/* The seam to hand to whoever stores. Valid until the close. */
struct storage lmdb_storage_as_storage(struct lmdb_storage *storage);

/* What the opening found and mended. */
enum lmdb_loss lmdb_storage_get_loss(const struct lmdb_storage *storage);

/* How often the device failed since the opening (a full disk is none), and whether the storage stands: broken
 * means that it could not even be opened and synced again; every begin tries to. */
struct lmdb_health {
    uint64_t fault_count;
    bool is_broken;
};
struct lmdb_health lmdb_storage_get_health(const struct lmdb_storage *storage);

/* From now on nothing is written: begin(STORAGE_WRITE) is ERR_IO. For a device that cannot be trusted, until
 * the process ends. */
void lmdb_storage_stop_writing(struct lmdb_storage *storage);

/* Frees the slots of readers whose process died; also done at opening. Call it once a minute. */
NODISCARD
enum err lmdb_storage_check_readers(struct lmdb_storage *storage);

/* Puts a compacted copy, without remains of what was removed, in the file's place, in one rename: after a power cut
 * there is the old file or the new one. ERR_BUSY: a transaction is open, or another process has the storage open, and
 * would go on writing to the old file: later. ERR_FULL, ERR_IO: the old file stands. */
NODISCARD
enum err lmdb_storage_compact(struct lmdb_storage *storage);

/* The same in two steps, so that an owner goes on while another process copies: that one, which opened the storage
 * LMDB_READ_ONLY, puts the copy aside; the owner, once that process has ended, takes it, if nothing was committed
 * since lmdb_storage_commits answered `commits`, which it asked before. One process copies at a time.
 * Aside: ERR_FULL, ERR_IO, ERR_CORRUPT (what was written cannot be read again): nothing is left of it.
 * Taking: ERR_STATE (something was committed since), ERR_NOT_FOUND (no copy), and what compacting answers. */
uint64_t lmdb_storage_commits(const struct lmdb_storage *storage);
NODISCARD
enum err lmdb_storage_copy_aside(struct lmdb_storage *storage);
NODISCARD
enum err lmdb_storage_take_copy(struct lmdb_storage *storage, uint64_t commits);

/* Storages of this path that were damaged, or replaced, and are kept as <path>.bad-<n>/: how many, and their bytes. */
struct lmdb_aside {
    unsigned count;
    uint64_t bytes;
};
NODISCARD
enum err lmdb_aside_look(const char *path, struct lmdb_aside *out);

/* Removes all but the `keep` newest of them, their bytes overwritten first: as far as the device lets that count,
 * nothing of them is left. ERR_IO: some are left. */
NODISCARD
enum err lmdb_aside_remove(const char *path, unsigned keep);

/* Writes a compacted copy, without remains of what was removed, into the empty folder `path`, and syncs it.
 * ERR_IO, ERR_FULL. */
NODISCARD
enum err lmdb_storage_copy(struct lmdb_storage *storage, const char *path);

#endif
