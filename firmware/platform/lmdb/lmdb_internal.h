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

/* Looks at the files before LMDB does, for an only owner at every page: ERR_OK (go on and open),
 * ERR_NOT_FOUND (nothing there at all), ERR_CORRUPT, ERR_VERSION, ERR_IO, ERR_MEMORY. */
NODISCARD
enum err lmdb_home_inspect(const struct lmdb_options *options);

/* Makes a new one aside and renames it into place; with the id beside. */
NODISCARD
enum err lmdb_home_create(const struct lmdb_options *options);

/* Compares the id inside with the one beside; writes a missing one beside, unless read-only. */
NODISCARD
enum err lmdb_home_check_id(const struct lmdb_options *options, const struct lmdb_env *env);

/* Renames what is there to <path>.bad-<n>. */
NODISCARD
enum err lmdb_home_set_aside(const char *path);

/* Syncs a file or a folder by its path. */
NODISCARD
enum err lmdb_sync_path(const char *path);

#endif
