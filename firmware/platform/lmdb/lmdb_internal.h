/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_internal.h - what the files of this room share; nobody else includes it. */
#ifndef KASSA_LMDB_INTERNAL_H
#define KASSA_LMDB_INTERNAL_H

#include <lmdb.h>

#include "platform/lmdb/lmdb_storage.h"

#define LMDB_ID_SIZE     16
#define LMDB_READERS_MAX 32 /* slots of the lock file: the owner, the CLI, an export */
#define LMDB_TXNS_MAX    5  /* of this process at once: one writes */

/* An open environment with its tables. */
struct lmdb_env {
    MDB_env *env;
    MDB_dbi tables[LMDB_TABLES_MAX];
    MDB_dbi identity; /* the table that holds the id */
};

/* One row for each of LMDB's codes and the few of errno that it passes on. */
enum err lmdb_error_of(int code);

/* Opens the environment in an existing folder and its tables, which are created unless it is read-only. */
NODISCARD
enum err lmdb_env_start(const struct lmdb_options *options, const char *folder, struct lmdb_env *out_env);
void lmdb_env_stop(struct lmdb_env *env); /* for CLEANUP; closed already is allowed */

/* Takes the lock of the access in question; -1 on a read-only file system, which needs none. ERR_BUSY,
 * ERR_IO. */
NODISCARD
enum err lmdb_home_lock(const struct lmdb_options *options, int *out_fd);

/* Looks at the files before LMDB does, with is_walked at every page: ERR_OK (go on and open), ERR_NOT_FOUND
 * (nothing there at all), ERR_CORRUPT, ERR_VERSION, ERR_IO, ERR_MEMORY. Only an only owner may walk: others
 * would move the pages under it. */
NODISCARD
enum err lmdb_home_inspect(const struct lmdb_options *options, bool is_walked);

/* The walk and options.check, each in a child process: damage that kills whoever reads it kills the child
 * alone. ERR_OK, ERR_CORRUPT (also: a child died, or took longer than it may), ERR_CHECKSUM (the tree is whole,
 * the check says ERR_CORRUPT), or what else a child met. The lock is held; LMDB is not open here. */
NODISCARD
enum err lmdb_check_in_child(const struct lmdb_options *options);

/* Fills the storage in `folder`, which is whole, synced and empty but for its id. */
struct lmdb_fill {
    enum err (*run)(void *context, const char *folder);
    void *context;
};

/* Makes a new one aside, lets `fill` (NULL: nobody) fill it, and renames it into place; with the id beside. A
 * data file that is there is replaced in one rename, and kept in <path>.bad-<n>/. */
NODISCARD
enum err lmdb_home_create(const struct lmdb_options *options, const struct lmdb_fill *fill);

/* Compares the id inside with the one beside; writes a missing one beside, unless read-only. ERR_CONFLICT:
 * they differ, or the one beside is no id. */
NODISCARD
enum err lmdb_home_check_id(const struct lmdb_options *options, const struct lmdb_env *env);

/* Every page that is in use is there and whole: lmdb_walk of an open file. */
NODISCARD
enum err lmdb_home_walk(int fd);

/* Makes room for a copy aside and names its folder; puts the copy's data in the place of the storage's. */
NODISCARD
enum err lmdb_home_begin_copy(const char *path, char *out_folder, size_t capacity);
NODISCARD
enum err lmdb_home_take_copy(const char *path);
void lmdb_home_drop_copy(const char *path);
/* ERR_NOT_FOUND, or what a walk over every page of it says. */
NODISCARD
enum err lmdb_home_check_copy(const char *path);

/* The number behind the last <path>.bad-<n>; 0: there is none. */
NODISCARD
enum err lmdb_aside_last(const char *path, unsigned *out_number);

/* Whoever opens the storage waits until the door is open again. ERR_BUSY: somebody else has it open. fd: of
 * lmdb_home_lock. */
NODISCARD
enum err lmdb_home_shut_door(int fd);
void lmdb_home_open_door(int fd);

bool lmdb_home_has_data(const char *path);

/* Opens <path>/data.mdb for a scan, by reading alone: nothing is mapped. ERR_NOT_FOUND, ERR_IO, ERR_MEMORY. */
NODISCARD
enum err lmdb_salvage_open(const char *path, struct lmdb_salvage **out_salvage);
void lmdb_salvage_closep(struct lmdb_salvage **salvage); /* for CLEANUP */

/* Opens, creates, rebuilds or begins anew, as the options and the files have it. */
NODISCARD
enum err lmdb_open_or_mend(const struct lmdb_options *options, struct lmdb_env *out_env,
                           enum lmdb_loss *out_loss);

/* lmdb_storage_open of a whole folder, without lock, id or look at the files. */
NODISCARD
enum err lmdb_storage_open_unlocked(const struct lmdb_options *options, struct lmdb_storage **out_storage);

/* Renames what is there to <path>.bad-<n>. */
NODISCARD
enum err lmdb_home_set_aside(const char *path);

/* Syncs a file or a folder by its path. */
NODISCARD
enum err lmdb_sync_path(const char *path);

#endif
