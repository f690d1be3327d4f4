/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_storage.h - iface/storage.h on LMDB, with its default sync flags and none else (PROOF: what a power
 * cut does). The only room that links LMDB.
 *
 * A storage is a folder <path>/ with LMDB's files, and two files beside it: <path>.id and <path>.lock. The
 * id, 128 random bits, stands in its file and inside the data: a folder that is gone, empty or another's
 * while the id is there is refused, never silently begun anew. Creation is done aside in <path>.new/ and
 * renamed, so that a power cut leaves either nothing or the whole.
 *
 * Owner      close it with lmdb_storage_close once every transaction has ended. Not across fork.
 * Memory     transactions come from a fixed pool; LMDB itself keeps dirty pages on the heap.
 * Threads    one. Local file systems only.
 */
#ifndef KASSA_LMDB_STORAGE_H
#define KASSA_LMDB_STORAGE_H

#include "iface/random.h"
#include "iface/storage.h"

#define LMDB_TABLES_MAX 24

enum lmdb_access {
    LMDB_EXCLUSIVE, /* one process writes: a second one is ERR_BUSY (the journal, a till's cache) */
    LMDB_SHARED,    /* several processes write in turn (the hub's store and the CLI) */
    LMDB_READ_ONLY  /* reads beside a live owner, creates nothing; begin(STORAGE_WRITE) is ERR_STATE */
};

enum lmdb_absent {
    LMDB_CREATE,   /* nothing there: begin a new one */
    LMDB_REFUSE,   /* nothing there: ERR_NOT_FOUND */
    LMDB_SET_ASIDE /* damaged or gone (ERR_CORRUPT without this): rename what is there to <path>.bad-<n> and
                      begin a new one. The explicit way of repair; a whole one is opened as ever */
};

struct lmdb_options {
    const char *path;          /* its parent folder exists */
    const char *const *tables; /* names, table 0 first */
    unsigned table_count;      /* 1 to LMDB_TABLES_MAX */
    uint64_t map_size_bytes;   /* a multiple of 64 KiB; the file never grows beyond */
    enum lmdb_access access;
    enum lmdb_absent absent;
    struct random random; /* draws the id of a new one; unused with LMDB_READ_ONLY */
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

/* Frees the slots of readers whose process died; also done at opening. Call it once a minute. */
NODISCARD
enum err lmdb_storage_check_readers(struct lmdb_storage *storage);

/* Writes a compacted copy, without remains of what was removed, into the empty folder `path`, and syncs it.
 * ERR_IO, ERR_FULL. */
NODISCARD
enum err lmdb_storage_copy(struct lmdb_storage *storage, const char *path);

#endif
