/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h - a second generation of the journal, and what an owner does with it: verifies the journal before
 * it is opened, and where that is damaged or gone makes a new one of what is left of it and of the snapshot.
 *
 * A snapshot is an archive (journal/archive.h) in a file of its own, made beside a till that goes on selling,
 * read back and verified before it takes the place of the one before.
 * Threads    one. Everything here waits for the disk. */
#ifndef KASSA_SNAPSHOT_H
#define KASSA_SNAPSHOT_H

#include "journal/migrate.h"
#include "platform/lmdb/lmdb_storage.h"

/* Writes an archive of the journal in `storage` into the file `path`, verified. ERR_CORRUPT: the journal is
 * damaged, or what was written cannot be read again; the one before stays. ERR_BUSY, ERR_FULL, ERR_IO,
 * ERR_MEMORY, ERR_NOT_FOUND (no such folder). */
NODISCARD
enum err snapshot_write(struct storage storage, const struct archive_others *others, const char *path,
                        int64_t unix_ms, struct archive_summary *out_summary);

/* The rows of an archive in the file `path` (journal_archive_scan). */
NODISCARD
enum err snapshot_scan(const char *path, archive_visit *visit, void *context,
                       struct archive_summary *out_summary);

/* Is the file a whole archive? journal_archive_verify. */
NODISCARD
enum err snapshot_verify(const char *path, struct archive_summary *out_summary,
                         struct journal_report *out_report);

/* What an owner gives to lmdb_options (check, rebuild, migrate), and what became of it. */
struct snapshot_guard {
    const char *path; /* of the snapshot; it need not be there */
    struct random random;
    struct archive_others others;
    int64_t unix_ms;
    const struct journal_step *steps; /* from older formats; NULL: journal_steps */
    bool begins_empty; /* where nothing is left and there is no snapshot, too: an explicit repair */

    struct lmdb_check check;
    struct lmdb_rebuild rebuild;
    struct lmdb_migrate migrate;
    bool was_migrated;
    uint32_t migrated_from; /* the format */
    bool was_rebuilt;       /* then `rebuilt` tells; record_count 0: nothing could be saved */
    struct journal_rebuilt rebuilt;
};

/* Fills check, rebuild and migrate; the other members are the caller's and set before. */
void snapshot_guard_init(struct snapshot_guard *guard);

#endif
