/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_home.c - the folder, its id and its lock.
 *
 *   <path>/data.mdb  lock.mdb      LMDB's
 *   <path>.id                      32 hex digits and a newline: the id that also stands inside
 *   <path>.lock                    locked bytes: 0 = who owns it, 1 + pid = that process has it open, one behind all
 *                                  pids = the door: who compacts it holds it, who opens it passes through
 *   <path>.new/                    one in the making; a left-over of a power cut is removed
 *   <path>.bad-<n>/                what LMDB_SET_ASIDE put away, or what was damaged and rebuilt
 *
 * A new one is made in this order, so that a power cut anywhere leaves nothing or a whole one (LMDB alone
 * leaves a half-made file that it refuses for ever after): made in .new, synced, file and folder fsynced,
 * renamed, parent fsynced, id beside. An id beside without the data therefore means that the data was lost;
 * data without the id beside only that the power went between the last two steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/hex.h"
#include "platform/lmdb/lmdb_internal.h"
#include "platform/lmdb/lmdb_walk.h"

#define PROVEN_ID_SIZE (LMDB_ID_SIZE + 4)     /* as it stands inside */
#define DOOR_BYTE      (1 + (off_t)INT32_MAX) /* behind the byte of any process */
#define META_MAGIC     0xBEEFC0DEu            /* lmdb.h hides it: the first word of a meta page's content */

static enum err error_of_errno(void)
{
    return lmdb_error_of(errno);
}

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

NODISCARD
static enum err join(char out[PATH_MAX], const char *path, const char *suffix)
{
    int length = snprintf(out, PATH_MAX, "%s%s", path, suffix);
    return length > 0 && length < PATH_MAX ? ERR_OK : ERR_ARGUMENT;
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

enum err lmdb_sync_path(const char *path)
{
    int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return error_of_errno();
    return ERR_OK;
}

static enum err sync_parent(const char *path)
{
    char copy[PATH_MAX];
    TRY(join(copy, path, ""));
    return lmdb_sync_path(dirname(copy));
}

/* Open file description locks: two openings in one process exclude each other too, and a dead process holds
 * none. */
static enum err lock_byte(int fd, off_t offset, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return ERR_OK;
    return errno == EAGAIN || errno == EACCES ? ERR_BUSY : ERR_IO;
}

/* Whoever compacts holds the door until the new file is in place: that takes as long as a copy. */
static enum err pass_door(int fd)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = DOOR_BYTE, .l_len = 1};
    while (fcntl(fd, F_OFD_SETLKW, &lock) != 0) {
        if (errno != EINTR)
            return ERR_IO;
    }
    return ERR_OK;
}

enum err lmdb_home_lock(const struct lmdb_options *options, int *out_fd)
{
    char path[PATH_MAX];
    TRY(join(path, options->path, ".lock"));
    int create = options->access == LMDB_READ_ONLY ? 0 : O_CREAT;
    int fd CLEANUP(close_fd) = open(path, O_RDWR | O_CLOEXEC | create, 0600);
    if (fd < 0) {
        if (options->access != LMDB_READ_ONLY || (errno != EROFS && errno != ENOENT))
            return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        *out_fd = -1;
        return ERR_OK;
    }
    TRY(pass_door(fd));
    TRY(lock_byte(fd, 1 + (off_t)getpid(), F_WRLCK));
    lmdb_home_open_door(fd);
    if (options->access != LMDB_READ_ONLY)
        TRY(lock_byte(fd, 0, options->access == LMDB_EXCLUSIVE ? F_WRLCK : F_RDLCK));
    *out_fd = fd;
    fd = -1;
    return ERR_OK;
}

/* Whether another process has a byte of its own among those of the openings. */
static enum err expect_alone(int fd)
{
    off_t own = 1 + (off_t)getpid();
    const struct flock ranges[] = {
        {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = own - 1},
        {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = own + 1, .l_len = DOOR_BYTE - own - 1}};
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        struct flock lock = ranges[i];
        if (lock.l_len > 0 && fcntl(fd, F_OFD_GETLK, &lock) != 0)
            return ERR_IO;
        if (ranges[i].l_len > 0 && lock.l_type != F_UNLCK)
            return ERR_BUSY;
    }
    return ERR_OK;
}

enum err lmdb_home_shut_door(int fd)
{
    if (fd < 0)
        return ERR_STATE;
    TRY(lock_byte(fd, DOOR_BYTE, F_WRLCK));
    enum err error = expect_alone(fd);
    if (error != ERR_OK)
        lmdb_home_open_door(fd);
    return error;
}

void lmdb_home_open_door(int fd)
{
    (void)!lock_byte(fd, DOOR_BYTE, F_UNLCK); /* closing the file does it too */
}

/* A meta page is LMDB's page header and then the magic. The header is a word and 8 bytes, so that the magic
 * of a file of the other word size stands elsewhere. */
static enum err inspect_header(int fd)
{
    uint8_t head[32];
    struct stat status;
    if (fstat(fd, &status) != 0)
        return ERR_IO;
    if (!S_ISREG(status.st_mode) || status.st_size < 2 * (off_t)sysconf(_SC_PAGESIZE))
        return ERR_CORRUPT;
    ssize_t got = pread(fd, head, sizeof head, 0);
    if (got < 0)
        return ERR_IO;
    if ((size_t)got < sizeof head)
        return ERR_CORRUPT;
    uint32_t magic = META_MAGIC;
    if (memcmp(head + sizeof(size_t) + 8, &magic, sizeof magic) == 0)
        return ERR_OK;
    size_t other_word = sizeof(size_t) == 8 ? 4 : 8;
    return memcmp(head + other_word + 8, &magic, sizeof magic) == 0 ? ERR_VERSION : ERR_CORRUPT;
}

struct mapping {
    void *bytes;
    size_t size;
};

static void unmap(const struct mapping *mapping)
{
    if (mapping->bytes != NULL)
        (void)munmap(mapping->bytes, mapping->size);
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

/* A few milliseconds for the largest journal, against a process that dies of its first read. */
enum err lmdb_home_walk(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return ERR_IO;
    size_t size = (size_t)status.st_size;
    uint8_t *used CLEANUP(free_bytes) = malloc(lmdb_walk_used_size(size));
    if (used == NULL)
        return ERR_MEMORY;
    struct mapping mapping CLEANUP(unmap) = {NULL, size};
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return ERR_IO;
    mapping.bytes = bytes;
    return lmdb_walk(span_of(bytes, size), used);
}

static enum err inspect_file(int fd, bool is_walked)
{
    TRY(inspect_header(fd));
    return is_walked ? lmdb_home_walk(fd) : ERR_OK;
}

enum err lmdb_home_inspect(const struct lmdb_options *options, bool is_walked)
{
    char data[PATH_MAX];
    char id[PATH_MAX];
    TRY(join(data, options->path, "/data.mdb"));
    TRY(join(id, options->path, ".id"));
    int fd CLEANUP(close_fd) = open(data, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return inspect_file(fd, is_walked);
    if (errno != ENOENT)
        return errno == ENOTDIR ? ERR_CORRUPT : ERR_IO;
    return is_there(id) ? ERR_CORRUPT : ERR_NOT_FOUND;
}

/* Takes away a .new that a power cut left behind. Its names are known: nothing else is ever removed. */
static enum err clear_aside(const char *aside)
{
    static const char *const names[] = {"/data.mdb", "/lock.mdb"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char file[PATH_MAX];
        TRY(join(file, aside, names[i]));
        if (unlink(file) != 0 && errno != ENOENT && errno != ENOTDIR)
            return ERR_IO;
    }
    return rmdir(aside) == 0 || errno == ENOENT ? ERR_OK : ERR_IO;
}

static enum err write_id(const char *path, const uint8_t id[LMDB_ID_SIZE])
{
    char file[PATH_MAX];
    char aside[PATH_MAX];
    TRY(join(file, path, ".id"));
    TRY(join(aside, path, ".id.new"));
    char text[2 * LMDB_ID_SIZE + 1];
    hex_write(span_of(id, LMDB_ID_SIZE), text);
    text[2 * LMDB_ID_SIZE] = '\n';
    {
        int fd CLEANUP(close_fd) = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0)
            return error_of_errno();
        ssize_t written = write(fd, text, sizeof text);
        if (written < 0 || fsync(fd) != 0)
            return error_of_errno();
        if ((size_t)written != sizeof text)
            return ERR_FULL; /* a short write of 33 bytes has no other cause */
    }
    if (rename(aside, file) != 0)
        return error_of_errno();
    return sync_parent(path);
}

static enum err fill_new(const struct lmdb_options *options, const char *aside,
                         const uint8_t id[LMDB_ID_SIZE])
{
    struct lmdb_env env CLEANUP(lmdb_env_stop) = {0};
    TRY(lmdb_env_start(options, aside, &env));
    MDB_txn *txn = NULL;
    TRY(lmdb_error_of(mdb_txn_begin(env.env, NULL, 0, &txn)));
    /* LMDB takes non-const pointers and does not write through them. */
    MDB_val key = {2, (void *)(uintptr_t) "id"};
    uint8_t proven[PROVEN_ID_SIZE];
    memcpy(proven, id, LMDB_ID_SIZE);
    bytes_put_le32(proven + LMDB_ID_SIZE, crc32c(0, span_of(id, LMDB_ID_SIZE)));
    MDB_val value = {sizeof proven, proven};
    int code = mdb_put(txn, env.identity, &key, &value, 0);
    if (code != 0) {
        mdb_txn_abort(txn);
        return lmdb_error_of(code);
    }
    TRY(lmdb_error_of(mdb_txn_commit(txn)));
    return lmdb_error_of(mdb_env_sync(env.env, 1));
}

static enum err read_id_beside(const char *path, uint8_t out_id[LMDB_ID_SIZE])
{
    char file[PATH_MAX];
    TRY(join(file, path, ".id"));
    int fd CLEANUP(close_fd) = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_of_errno();
    char text[2 * LMDB_ID_SIZE + 2];
    ssize_t got = read(fd, text, sizeof text);
    if (got < 0)
        return ERR_IO;
    uint8_t id[LMDB_ID_SIZE];
    if (got != 2 * LMDB_ID_SIZE + 1 || hex_read(span_of(text, 2 * LMDB_ID_SIZE), id, sizeof id) != ERR_OK)
        return ERR_CORRUPT;
    memcpy(out_id, id, sizeof id);
    return ERR_OK;
}

/* Behind all that there are: the highest number is the newest. */
static enum err name_bad(const char *path, char out[PATH_MAX])
{
    char suffix[24];
    unsigned last = 0;
    TRY(lmdb_aside_last(path, &last));
    (void)snprintf(suffix, sizeof suffix, ".bad-%u", last + 1);
    return join(out, path, suffix);
}

/* The damaged file under a second name, so that there is never a moment without any; where the file system
 * knows no second names it is renamed. */
static enum err keep_damaged(const char *path)
{
    char bad[PATH_MAX];
    char data[PATH_MAX];
    char kept[PATH_MAX];
    TRY(name_bad(path, bad));
    TRY(join(data, path, "/data.mdb"));
    TRY(join(kept, bad, "/data.mdb"));
    if (mkdir(bad, 0700) != 0)
        return error_of_errno();
    if (link(data, kept) != 0 && rename(data, kept) != 0)
        return error_of_errno();
    return lmdb_sync_path(bad);
}

/* One rename decides: before it stands what was there, after it the new one. */
static enum err put_in_place(const char *path, const char *aside)
{
    char data[PATH_MAX];
    char fresh[PATH_MAX];
    TRY(join(data, path, "/data.mdb"));
    TRY(join(fresh, aside, "/data.mdb"));
    if (!is_there(data)) { /* an empty folder in its place is replaced */
        if (rename(aside, path) != 0)
            return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? ERR_CORRUPT : error_of_errno();
        return sync_parent(path);
    }
    TRY(keep_damaged(path));
    TRY(sync_parent(path));
    if (rename(fresh, data) != 0)
        return error_of_errno();
    TRY(lmdb_sync_path(path));
    return clear_aside(aside);
}

enum err lmdb_home_create(const struct lmdb_options *options, const struct lmdb_fill *fill)
{
    char aside[PATH_MAX];
    char file[PATH_MAX];
    uint8_t id[LMDB_ID_SIZE];
    TRY(join(aside, options->path, ".new"));
    TRY(clear_aside(aside));
    if (read_id_beside(options->path, id) != ERR_OK) /* one that takes another's place takes its id, too */
        TRY(options->random.fill(options->random.self, id, sizeof id));
    if (mkdir(aside, 0700) != 0)
        return error_of_errno();
    TRY(fill_new(options, aside, id));
    if (fill != NULL)
        TRY(fill->run(fill->context, aside));
    TRY(join(file, aside, "/lock.mdb"));
    if (unlink(file) != 0)
        return error_of_errno();
    TRY(join(file, aside, "/data.mdb"));
    TRY(lmdb_sync_path(file));
    TRY(lmdb_sync_path(aside));
    TRY(put_in_place(options->path, aside));
    return write_id(options->path, id);
}

enum err lmdb_home_begin_copy(const char *path, char *out_folder, size_t capacity)
{
    char aside[PATH_MAX];
    TRY(join(aside, path, ".new"));
    if (strlen(aside) >= capacity)
        return ERR_ARGUMENT;
    TRY(clear_aside(aside));
    if (mkdir(aside, 0700) != 0)
        return error_of_errno();
    memcpy(out_folder, aside, strlen(aside) + 1);
    return ERR_OK;
}

enum err lmdb_home_take_copy(const char *path)
{
    char data[PATH_MAX];
    char aside[PATH_MAX];
    char fresh[PATH_MAX];
    TRY(join(data, path, "/data.mdb"));
    TRY(join(aside, path, ".new"));
    TRY(join(fresh, aside, "/data.mdb"));
    if (rename(fresh, data) != 0)
        return error_of_errno();
    TRY(lmdb_sync_path(path));
    /* Or a power cut may leave the data's name there, too, and with it what was compacted away since. */
    TRY(lmdb_sync_path(aside));
    TRY(clear_aside(aside));
    return sync_parent(path);
}

void lmdb_home_drop_copy(const char *path)
{
    char aside[PATH_MAX];
    if (join(aside, path, ".new") == ERR_OK)
        (void)!clear_aside(aside);
}

enum err lmdb_home_check_copy(const char *path)
{
    char fresh[PATH_MAX];
    TRY(join(fresh, path, ".new/data.mdb"));
    int fd CLEANUP(close_fd) = open(fresh, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_of_errno();
    return inspect_file(fd, /* is_walked= */ true);
}

bool lmdb_home_has_data(const char *path)
{
    char data[PATH_MAX];
    return join(data, path, "/data.mdb") == ERR_OK && is_there(data);
}

/* Its crc tells a damaged id from another's. */
static bool is_id_whole(struct span value)
{
    return value.size == PROVEN_ID_SIZE &&
           bytes_get_le32(value.bytes + LMDB_ID_SIZE) == crc32c(0, span_of(value.bytes, LMDB_ID_SIZE));
}

static enum err read_id_inside(const struct lmdb_env *env, uint8_t out_id[LMDB_ID_SIZE])
{
    MDB_txn *txn = NULL;
    TRY(lmdb_error_of(mdb_txn_begin(env->env, NULL, MDB_RDONLY, &txn)));
    MDB_val key = {2, (void *)(uintptr_t) "id"};
    MDB_val value = {0};
    int code = mdb_get(txn, env->identity, &key, &value);
    bool is_whole = code == 0 && is_id_whole(span_of(value.mv_data, value.mv_size));
    if (is_whole)
        memcpy(out_id, value.mv_data, LMDB_ID_SIZE);
    mdb_txn_abort(txn);
    if (code == 0 || code == MDB_NOTFOUND)
        return is_whole ? ERR_OK : ERR_CORRUPT;
    return lmdb_error_of(code);
}

enum err lmdb_home_check_id(const struct lmdb_options *options, const struct lmdb_env *env)
{
    uint8_t inside[LMDB_ID_SIZE];
    uint8_t beside[LMDB_ID_SIZE];
    TRY(read_id_inside(env, inside));
    enum err error = read_id_beside(options->path, beside);
    if (error == ERR_NOT_FOUND) {
        if (options->access == LMDB_READ_ONLY)
            return ERR_OK;
        /* Whoever made it may have ended before the folder's name was durable: an id without data would be
         * refused for ever. */
        TRY(sync_parent(options->path));
        return write_id(options->path, inside);
    }
    if (error == ERR_CORRUPT)
        return ERR_CONFLICT;
    TRY(error);
    return memcmp(inside, beside, sizeof inside) == 0 ? ERR_OK : ERR_CONFLICT;
}

enum err lmdb_home_set_aside(const char *path)
{
    char target[PATH_MAX];
    if (is_there(path)) {
        TRY(name_bad(path, target));
        if (rename(path, target) != 0)
            return error_of_errno();
    }
    char id[PATH_MAX];
    TRY(join(id, path, ".id"));
    if (unlink(id) != 0 && errno != ENOENT)
        return ERR_IO;
    return sync_parent(path);
}
