/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_storage.c - the seam's seven operations. Sync flags: LMDB's default, on purpose and without a way to
 * change them (NOMETASYNC loses the last sale, NOSYNC and MAPASYNC the file, WRITEMAP dies of a full disk).
 * MDB_NOTLS only lets the owner hold several readers in one thread. */
#include "platform/lmdb/lmdb_storage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "platform/lmdb/lmdb_internal.h"

#define MAP_GRAIN             65536u /* the largest page size in use: a map is a whole number of pages anywhere */
#define DISK_FULL_BELOW_BYTES (1024 * 1024)
#define META_SECTOR_SIZE      512 /* a meta page's content is within its first sector */
#define SHORT_WALKS_MAX       5
#define RESERVE_SHARE         20 /* of the map: what is kept for bookkeeping on a full disk */
#define RESERVE_BYTES_MAX     (1024u * 1024)

struct lmdb_txn {
    struct lmdb_storage *owner;
    MDB_txn *txn; /* NULL: this place is free */
    bool writes;
};

struct lmdb_storage {
    struct lmdb_options options; /* path is a copy */
    struct lmdb_env env;
    int lock_fd;
    enum lmdb_loss loss; /* that the opening mended */
    bool is_broken;      /* the device failed: to be opened again before anything else */
    bool is_stopped;
    uint64_t fault_count;
    uint64_t reserved_bytes; /* of the file, from its beginning: the disk has given them */
    bool has_writer;
    unsigned open_count;
    MDB_txn *idle_reader; /* reset, to be renewed: saves an allocation a read */
    struct lmdb_txn txns[LMDB_TXNS_MAX];
};

/* ---- opening and closing */

/* Opens a table if it is there; *count is of those that are. */
static int open_present(MDB_txn *txn, const char *name, MDB_dbi *out_table, size_t *count)
{
    int code = mdb_dbi_open(txn, name, 0, out_table);
    *count += code == 0 ? 1 : 0;
    return code == MDB_NOTFOUND ? 0 : code;
}

/* A table that is missing while one of an unknown name is there was not forgotten at its making: its name is
 * damaged, and creating it anew would begin an empty journal under an old identity. Missing alone it is a
 * newer program's. */
static enum err check_names(const struct lmdb_options *options, MDB_txn *txn, struct lmdb_env *env)
{
    MDB_dbi main_table;
    MDB_stat names;
    size_t count = 0;
    TRY(lmdb_error_of(mdb_dbi_open(txn, NULL, 0, &main_table)));
    TRY(lmdb_error_of(mdb_stat(txn, main_table, &names)));
    TRY(lmdb_error_of(open_present(txn, "storage", &env->identity, &count)));
    for (unsigned i = 0; i < options->table_count; i++)
        TRY(lmdb_error_of(open_present(txn, options->tables[i], &env->tables[i], &count)));
    bool is_complete = count == options->table_count + 1u;
    return is_complete || names.ms_entries == count ? ERR_OK : ERR_CORRUPT;
}

static enum err open_tables(const struct lmdb_options *options, MDB_txn *txn, struct lmdb_env *env)
{
    unsigned create = options->access == LMDB_READ_ONLY ? 0 : MDB_CREATE;
    TRY(check_names(options, txn, env));
    int code = mdb_dbi_open(txn, "storage", create, &env->identity);
    for (unsigned i = 0; code == 0 && i < options->table_count; i++)
        code = mdb_dbi_open(txn, options->tables[i], create, &env->tables[i]);
    return code == MDB_NOTFOUND ? ERR_VERSION
                                : lmdb_error_of(code); /* read-only: it does not have that table */
}

/* LMDB maps the file and trusts its own page numbers: a page in use beyond the end would be a SIGBUS. Where the
 * file is shorter than its highest page a walk tells whether that one is in use; one that was allocated and
 * freed by the same transaction never is written. Others may be writing meanwhile: the reader keeps the pages of its
 * snapshot and of all later ones from being used again; the two meta pages may still be caught amid a change. */
static enum err check_short_file(MDB_env *env, int fd)
{
    enum err error = ERR_CORRUPT;
    for (unsigned i = 0; error == ERR_CORRUPT && i < SHORT_WALKS_MAX; i++) {
        MDB_txn *reader = NULL;
        TRY(lmdb_error_of(mdb_txn_begin(env, NULL, MDB_RDONLY, &reader)));
        error = lmdb_home_walk(fd);
        mdb_txn_abort(reader);
    }
    return error;
}

static enum err check_length(MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat main_table;
    struct stat status;
    mdb_filehandle_t fd = -1;
    TRY(lmdb_error_of(mdb_env_info(env, &info)));
    TRY(lmdb_error_of(mdb_env_stat(env, &main_table)));
    TRY(lmdb_error_of(mdb_env_get_fd(env, &fd)));
    if (fstat(fd, &status) != 0)
        return ERR_IO;
    uint64_t needed = ((uint64_t)info.me_last_pgno + 1) * main_table.ms_psize;
    return (uint64_t)status.st_size >= needed ? ERR_OK : check_short_file(env, fd);
}

static int open_env(const struct lmdb_options *options, const char *folder, MDB_env *env)
{
    unsigned flags = MDB_NOTLS | (options->access == LMDB_READ_ONLY ? MDB_RDONLY : 0);
    int code = mdb_env_set_mapsize(env, (size_t)options->map_size_bytes);
    if (code == 0)
        code = mdb_env_set_maxdbs(env, options->table_count + 1);
    if (code == 0)
        code = mdb_env_set_maxreaders(env, LMDB_READERS_MAX);
    if (code == 0)
        code = mdb_env_open(env, folder, flags, 0600);
    return code;
}

/* What the page cache shows of the two meta pages becomes what the disk holds. A commit or a sync that failed
 * may have left them apart: the cache shows pages that the disk never got, or hides one that it did, and the
 * system takes them for clean, so that a sync alone does nothing. Only writing them again and syncing does.
 * The caller holds the writer's lock. */
static enum err settle_meta_pages(MDB_env *env)
{
    MDB_stat main_table;
    mdb_filehandle_t fd = -1;
    TRY(lmdb_error_of(mdb_env_stat(env, &main_table)));
    TRY(lmdb_error_of(mdb_env_get_fd(env, &fd)));
    for (unsigned i = 0; i < 2; i++) {
        uint8_t head[META_SECTOR_SIZE];
        off_t at = (off_t)(i * main_table.ms_psize);
        if (pread(fd, head, sizeof head, at) != (ssize_t)sizeof head ||
            pwrite(fd, head, sizeof head, at) != (ssize_t)sizeof head)
            return ERR_IO;
    }
    return fdatasync(fd) == 0 ? ERR_OK : ERR_IO;
}

enum err lmdb_env_start(const struct lmdb_options *options, const char *folder, struct lmdb_env *out_env)
{
    struct lmdb_env env CLEANUP(lmdb_env_stop) = {0};
    TRY(lmdb_error_of(mdb_env_create(&env.env)));
    TRY(lmdb_error_of(open_env(options, folder, env.env)));
    TRY(check_length(env.env));
    int dead_readers = 0;
    TRY(lmdb_error_of(mdb_reader_check(env.env, &dead_readers)));
    MDB_txn *txn = NULL;
    bool is_read_only = options->access == LMDB_READ_ONLY;
    TRY(lmdb_error_of(mdb_txn_begin(env.env, NULL, is_read_only ? MDB_RDONLY : 0, &txn)));
    enum err error = is_read_only ? ERR_OK : settle_meta_pages(env.env);
    if (error == ERR_OK)
        error = open_tables(options, txn, &env);
    if (error != ERR_OK) {
        mdb_txn_abort(txn);
        return error;
    }
    TRY(lmdb_error_of(mdb_txn_commit(txn))); /* an aborted one would close the tables' handles */
    *out_env = env;
    env.env = NULL;
    return ERR_OK;
}

void lmdb_env_stop(struct lmdb_env *env)
{
    if (env->env != NULL)
        mdb_env_close(env->env);
    env->env = NULL;
}

static enum err make_storage(const struct lmdb_options *options, struct lmdb_storage **out_storage)
{
    KASSA_ASSERT(options->table_count >= 1 && options->table_count <= LMDB_TABLES_MAX);
    if (options->map_size_bytes == 0 || options->map_size_bytes % MAP_GRAIN != 0 ||
        options->map_size_bytes > SIZE_MAX / 2)
        return ERR_RANGE;
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = calloc(1, sizeof *storage);
    if (storage == NULL)
        return ERR_MEMORY;
    storage->lock_fd = -1;
    storage->options = *options;
    storage->options.path = strdup(options->path);
    if (storage->options.path == NULL)
        return ERR_MEMORY;
    *out_storage = TAKE(storage);
    return ERR_OK;
}

enum err lmdb_storage_open_unlocked(const struct lmdb_options *options, struct lmdb_storage **out_storage)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    TRY(make_storage(options, &storage));
    TRY(lmdb_env_start(options, options->path, &storage->env));
    *out_storage = TAKE(storage);
    return ERR_OK;
}

enum err lmdb_storage_open(const struct lmdb_options *options, struct lmdb_storage **out_storage)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    TRY(make_storage(options, &storage));
    TRY(lmdb_home_lock(options, &storage->lock_fd));
    TRY(lmdb_open_or_mend(options, &storage->env, &storage->loss));
    *out_storage = TAKE(storage);
    return ERR_OK;
}

static void drop_env(struct lmdb_storage *storage)
{
    if (storage->idle_reader != NULL)
        mdb_txn_abort(storage->idle_reader);
    storage->idle_reader = NULL;
    lmdb_env_stop(&storage->env);
}

void lmdb_storage_close(struct lmdb_storage *storage)
{
    if (storage == NULL)
        return;
    KASSA_ASSERT(storage->open_count == 0);
    drop_env(storage);
    if (storage->lock_fd >= 0)
        (void)close(storage->lock_fd);
    free((void *)(uintptr_t)storage->options.path);
    free(storage);
}

void lmdb_storage_closep(struct lmdb_storage **storage)
{
    lmdb_storage_close(*storage);
}

/* After a failed commit: lmdb_env_start makes the meta pages the disk's before the first write. */
static enum err reopen(struct lmdb_storage *storage)
{
    drop_env(storage);
    struct lmdb_env env CLEANUP(lmdb_env_stop) = {0};
    TRY(lmdb_env_start(&storage->options, storage->options.path, &env));
    storage->env = env;
    env.env = NULL;
    storage->is_broken = false;
    return ERR_OK;
}

/* ---- transactions */

static struct lmdb_txn *free_place(struct lmdb_storage *storage)
{
    for (size_t i = 0; i < LMDB_TXNS_MAX; i++)
        if (storage->txns[i].txn == NULL)
            return &storage->txns[i];
    return NULL;
}

static int begin_txn(struct lmdb_storage *storage, bool writes, MDB_txn **out_txn)
{
    if (!writes && storage->idle_reader != NULL) {
        *out_txn = TAKE(storage->idle_reader);
        int code = mdb_txn_renew(*out_txn);
        if (code != 0)
            mdb_txn_abort(*out_txn);
        return code;
    }
    return mdb_txn_begin(storage->env.env, NULL, writes ? 0 : MDB_RDONLY, out_txn);
}

static enum err storage_op_begin(void *self, enum storage_mode mode, void **out_handle)
{
    struct lmdb_storage *storage = self;
    bool writes = mode == STORAGE_WRITE;
    if (writes && storage->options.access == LMDB_READ_ONLY)
        return ERR_STATE;
    if (writes && storage->is_stopped)
        return ERR_IO;
    if (writes && storage->has_writer)
        return ERR_BUSY;
    if (storage->is_broken && (storage->open_count > 0 || reopen(storage) != ERR_OK))
        return ERR_IO;
    struct lmdb_txn *place = free_place(storage);
    if (place == NULL)
        return ERR_FULL;
    MDB_txn *txn = NULL;
    int code = begin_txn(storage, writes, &txn);
    if (code == MDB_PANIC)
        storage->is_broken = true;
    TRY(lmdb_error_of(code));
    *place = (struct lmdb_txn){.owner = storage, .txn = txn, .writes = writes};
    storage->open_count++;
    storage->has_writer = storage->has_writer || writes;
    *out_handle = place;
    return ERR_OK;
}

static bool is_disk_full(const struct lmdb_storage *storage)
{
    struct statvfs disk;
    return statvfs(storage->options.path, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < DISK_FULL_BELOW_BYTES;
}

/* LMDB says EIO for a write that a full disk cut short: the pages of data come first, so that nothing was
 * stored. */
static enum err settle_failed_commit(struct lmdb_storage *storage, int code)
{
    enum err error = lmdb_error_of(code);
    if (error == ERR_FULL)
        return ERR_FULL;
    bool is_short_write = code == EIO && is_disk_full(storage);
    storage->is_broken = true;
    storage->fault_count += is_short_write ? 0 : 1;
    if (storage->open_count == 0 && reopen(storage) != ERR_OK)
        return ERR_IO;
    return is_short_write ? ERR_FULL : ERR_IO;
}

static enum err storage_op_end(void *self, void *handle, enum storage_ending ending)
{
    struct lmdb_storage *storage = self;
    struct lmdb_txn *place = handle;
    KASSA_ASSERT(place != NULL && place->owner == storage && place->txn != NULL);
    MDB_txn *txn = TAKE(place->txn);
    storage->open_count--;
    if (!place->writes) {
        if (storage->idle_reader == NULL && !storage->is_broken) {
            mdb_txn_reset(txn);
            storage->idle_reader = txn;
        } else {
            mdb_txn_abort(txn);
        }
        return ERR_OK;
    }
    storage->has_writer = false;
    if (ending == STORAGE_ABORT) {
        mdb_txn_abort(txn);
        return ERR_OK;
    }
    int code = mdb_txn_commit(txn);
    return code == 0 ? ERR_OK : settle_failed_commit(storage, code);
}

/* ---- entries */

static MDB_val val_of(struct span span)
{
    /* LMDB takes non-const pointers and does not write through them. */
    return (MDB_val){span.size, (void *)(uintptr_t)span.bytes};
}

static struct span span_of_val(MDB_val val)
{
    return span_of(val.mv_data, val.mv_size);
}

static MDB_dbi table_of(const struct lmdb_txn *txn, unsigned table)
{
    KASSA_ASSERT(table < txn->owner->options.table_count);
    return txn->owner->env.tables[table];
}

static bool is_key_fit(struct span key)
{
    return key.size >= 1 && key.size <= STORAGE_KEY_MAX;
}

static enum err storage_op_get(void *handle, unsigned table, struct span key, struct span *out_value)
{
    const struct lmdb_txn *txn = handle;
    KASSA_ASSERT(is_key_fit(key));
    MDB_val lmdb_key = val_of(key);
    MDB_val value;
    TRY(lmdb_error_of(mdb_get(txn->txn, table_of(txn, table), &lmdb_key, &value)));
    *out_value = span_of_val(value);
    return ERR_OK;
}

static enum err storage_op_put(void *handle, unsigned table, struct span key, struct span value,
                               enum storage_placing placing)
{
    const struct lmdb_txn *txn = handle;
    KASSA_ASSERT(is_key_fit(key));
    MDB_val lmdb_key = val_of(key);
    MDB_val lmdb_value = val_of(value);
    unsigned flags = placing == STORAGE_APPEND ? MDB_APPEND : 0;
    return lmdb_error_of(mdb_put(txn->txn, table_of(txn, table), &lmdb_key, &lmdb_value, flags));
}

static enum err storage_op_remove(void *handle, unsigned table, struct span key)
{
    const struct lmdb_txn *txn = handle;
    KASSA_ASSERT(is_key_fit(key));
    MDB_val lmdb_key = val_of(key);
    return lmdb_error_of(mdb_del(txn->txn, table_of(txn, table), &lmdb_key, NULL));
}

static void close_cursor(MDB_cursor **cursor)
{
    if (*cursor != NULL)
        mdb_cursor_close(*cursor);
}

/* Descending from a key starts at or before it; LMDB only finds at or after. */
static int first_descending(MDB_cursor *cursor, MDB_val *key, MDB_val *value, struct span from)
{
    int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    if (code == 0 && !span_is_equal(span_of_val(*key), from))
        return mdb_cursor_get(cursor, key, value, MDB_PREV);
    return code;
}

static enum err storage_op_scan(void *handle, unsigned table, struct span from, enum storage_order order,
                                storage_visit *visit, void *context)
{
    const struct lmdb_txn *txn = handle;
    MDB_cursor *cursor CLEANUP(close_cursor) = NULL;
    TRY(lmdb_error_of(mdb_cursor_open(txn->txn, table_of(txn, table), &cursor)));
    bool ascends = order == STORAGE_ASCENDING;
    MDB_val key = val_of(from);
    MDB_val value;
    int code;
    if (from.size == 0)
        code = mdb_cursor_get(cursor, &key, &value, ascends ? MDB_FIRST : MDB_LAST);
    else if (ascends)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    else
        code = first_descending(cursor, &key, &value, from);
    while (code == 0 && visit(context, span_of_val(key), span_of_val(value)))
        code = mdb_cursor_get(cursor, &key, &value, ascends ? MDB_NEXT : MDB_PREV);
    return code == MDB_NOTFOUND ? ERR_OK : lmdb_error_of(code);
}

/* ---- usage */

static bool has_free_space(const struct lmdb_storage *storage, uint64_t bytes)
{
    struct statvfs disk;
    return statvfs(storage->options.path, &disk) != 0 || (uint64_t)disk.f_bavail * disk.f_frsize >= bytes;
}

/* Blocks behind the end of the file, which LMDB's writes then find: its size stays. Asked for a step ahead, so
 * that most calls have nothing to do. */
static bool keep_reserve(struct lmdb_storage *storage, uint64_t end_bytes)
{
    uint64_t capacity = storage->options.map_size_bytes;
    uint64_t share = capacity / RESERVE_SHARE;
    uint64_t reserve = share < RESERVE_BYTES_MAX ? share : RESERVE_BYTES_MAX;
    uint64_t needed = end_bytes + reserve < capacity ? end_bytes + reserve : capacity;
    uint64_t ahead = needed + reserve < capacity ? needed + reserve : capacity;
    mdb_filehandle_t fd = -1;
    if (needed <= storage->reserved_bytes || storage->options.access != LMDB_EXCLUSIVE)
        return true;
    if (mdb_env_get_fd(storage->env.env, &fd) != 0)
        return true;
    uint64_t wanted = ahead;
    int failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)wanted);
    if (failed != 0 && errno == ENOSPC) {
        wanted = needed;
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)wanted);
    }
    if (failed != 0 && errno != ENOSPC &&
        errno != EDQUOT) /* this file system cannot: ask how much there is */
        return has_free_space(storage, reserve);
    if (failed == 0)
        storage->reserved_bytes = wanted;
    return failed == 0;
}

static int count_free_pages(MDB_txn *txn, uint64_t *out_count)
{
    MDB_cursor *cursor CLEANUP(close_cursor) = NULL;
    int code = mdb_cursor_open(txn, /* LMDB's table of free pages */ 0, &cursor);
    MDB_val key;
    MDB_val value;
    uint64_t count = 0;
    while (code == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t pages; /* an entry is a list of page numbers, its length first */
        memcpy(&pages, value.mv_data, sizeof pages);
        count += pages;
    }
    *out_count = count;
    return code == MDB_NOTFOUND ? 0 : code;
}

static enum err storage_op_usage(void *self, struct storage_usage *out)
{
    struct lmdb_storage *storage = self;
    void *handle = NULL;
    TRY(storage_op_begin(self, STORAGE_READ, &handle)); /* reopens a broken one, too */
    const struct lmdb_txn *txn = handle;
    MDB_envinfo info;
    MDB_stat main_table = {0};
    uint64_t free_pages = 0;
    int code = mdb_env_info(storage->env.env, &info);
    if (code == 0)
        code = mdb_env_stat(storage->env.env, &main_table);
    /* The free pages only matter once the file has grown: below, the end of the file is bound enough, and
     * free. */
    uint64_t pages = code == 0 ? (uint64_t)info.me_last_pgno + 1 : 0;
    if (code == 0 && pages * main_table.ms_psize > info.me_mapsize / 4 * 3)
        code = count_free_pages(txn->txn, &free_pages);
    (void)storage_op_end(self, handle, STORAGE_ABORT);
    TRY(lmdb_error_of(code));
    *out = (struct storage_usage){.used_bytes = (pages - free_pages) * main_table.ms_psize,
                                  .capacity_bytes = info.me_mapsize,
                                  .is_disk_short = !keep_reserve(storage, pages * main_table.ms_psize)};
    return ERR_OK;
}

struct storage lmdb_storage_as_storage(struct lmdb_storage *storage)
{
    static const struct storage_ops ops = {.begin = storage_op_begin,
                                           .end = storage_op_end,
                                           .get = storage_op_get,
                                           .put = storage_op_put,
                                           .remove = storage_op_remove,
                                           .scan = storage_op_scan,
                                           .usage = storage_op_usage};
    return (struct storage){&ops, storage};
}

enum lmdb_loss lmdb_storage_get_loss(const struct lmdb_storage *storage)
{
    return storage->loss;
}

struct lmdb_health lmdb_storage_get_health(const struct lmdb_storage *storage)
{
    return (struct lmdb_health){.fault_count = storage->fault_count, .is_broken = storage->is_broken};
}

void lmdb_storage_stop_writing(struct lmdb_storage *storage)
{
    storage->is_stopped = true;
}

enum err lmdb_storage_check_readers(struct lmdb_storage *storage)
{
    if (storage->env.env == NULL)
        return ERR_IO; /* broken: the next transaction opens it again and checks then */
    int dead_readers = 0;
    return lmdb_error_of(mdb_reader_check(storage->env.env, &dead_readers));
}

enum err lmdb_storage_copy(struct lmdb_storage *storage, const char *path)
{
    char file[PATH_MAX];
    int length = snprintf(file, sizeof file, "%s/data.mdb", path);
    if (length < 0 || (size_t)length >= sizeof file)
        return ERR_ARGUMENT;
    if (storage->env.env == NULL)
        return ERR_IO;
    TRY(lmdb_error_of(mdb_env_copy2(storage->env.env, path, MDB_CP_COMPACT)));
    TRY(lmdb_sync_path(file));
    return lmdb_sync_path(path);
}

uint64_t lmdb_storage_commits(const struct lmdb_storage *storage)
{
    MDB_envinfo info;
    if (storage->env.env == NULL || mdb_env_info(storage->env.env, &info) != 0)
        return UINT64_MAX;
    return info.me_last_txnid;
}

static enum err write_aside(struct lmdb_storage *storage)
{
    char folder[PATH_MAX];
    TRY(lmdb_home_begin_copy(storage->options.path, folder, sizeof folder));
    TRY(lmdb_storage_copy(storage, folder));
    return lmdb_home_check_copy(storage->options.path);
}

enum err lmdb_storage_copy_aside(struct lmdb_storage *storage)
{
    enum err error = write_aside(storage);
    if (error != ERR_OK) /* a disk that it has filled is full no longer */
        lmdb_home_drop_copy(storage->options.path);
    return error;
}

/* The copy is whole and synced before it takes the file's place; nobody else has the file open. */
static enum err switch_to_copy(struct lmdb_storage *storage)
{
    storage->is_broken = true; /* until it is open again */
    storage->reserved_bytes = 0;
    drop_env(storage);
    enum err error = lmdb_home_take_copy(storage->options.path);
    enum err reopened = reopen(storage);
    return error != ERR_OK ? error : reopened;
}

static enum err check_replaceable(const struct lmdb_storage *storage)
{
    if (storage->open_count > 0)
        return ERR_BUSY;
    bool is_unfit = storage->is_stopped || storage->is_broken || storage->options.access == LMDB_READ_ONLY;
    return is_unfit ? ERR_IO : ERR_OK;
}

enum err lmdb_storage_compact(struct lmdb_storage *storage)
{
    TRY(check_replaceable(storage));
    TRY(lmdb_home_shut_door(storage->lock_fd));
    enum err error = lmdb_storage_copy_aside(storage);
    if (error == ERR_OK)
        error = switch_to_copy(storage);
    lmdb_home_open_door(storage->lock_fd);
    return error;
}

enum err lmdb_storage_take_copy(struct lmdb_storage *storage, uint64_t commits)
{
    TRY(check_replaceable(storage));
    TRY(lmdb_home_shut_door(storage->lock_fd));
    bool is_same = commits != UINT64_MAX && lmdb_storage_commits(storage) == commits;
    enum err error = is_same ? lmdb_home_check_copy(storage->options.path) : ERR_STATE;
    if (error == ERR_OK)
        error = switch_to_copy(storage);
    else
        lmdb_home_drop_copy(storage->options.path);
    lmdb_home_open_door(storage->lock_fd);
    return error;
}
