/* SPDX-License-Identifier: Apache-2.0 */
/* shim_calls.c - the system's calls that change files, each as it is plus what the trace wants to know. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crash/shim_internal.h"

/* libc's own function behind ours of the same name. */
#define NEXT(type, name) ((type)next_of(name))

static void *next_of(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        (void)dprintf(STDERR_FILENO, "crash shim: no %s\n", name);
        _exit(99);
    }
    return found;
}

#define REAL(variable, type, name)                                                                           \
    static type variable;                                                                                    \
    if (variable == NULL)                                                                                    \
    variable = NEXT(type, name)

/* ---- opening and closing */

typedef int open_function(int, const char *, int, ...);
typedef int int_function(int);

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    char below[SHIM_PATH_MAX];
    REAL(real, open_function *, "openat");
    if (!shim_enter())
        return real(folder, path, flags, mode);
    bool is_ours = shim_path(folder, path, below);
    struct shim_fate fate = {0};
    if (is_ours && (flags & O_CREAT) != 0 && faccessat(folder, path, F_OK, 0) != 0)
        fate = shim_fate_of(SHIM_GROWS);
    int fd = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        fd = real(folder, path, flags, mode);
    if (fd >= 0) {
        shim_forget(fd);
        if (is_ours)
            shim_opened(fd, below, flags);
    }
    shim_leave();
    return fd;
}

static mode_t mode_of(int flags, va_list *arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(*arguments, mode_t) : 0;
}

#define WITH_MODE(call)                                                                                      \
    va_list arguments;                                                                                       \
    va_start(arguments, flags);                                                                              \
    mode_t mode = mode_of(flags, &arguments);                                                                \
    va_end(arguments);                                                                                       \
    return call

int open(const char *path, int flags, ...)
{
    WITH_MODE(open_at(AT_FDCWD, path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    WITH_MODE(open_at(AT_FDCWD, path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    WITH_MODE(open_at(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...)
{
    WITH_MODE(open_at(folder, path, flags, mode));
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int close(int fd)
{
    REAL(real, int_function *, "close");
    if (shim_enter()) {
        shim_forget(fd);
        shim_leave();
    }
    return real(fd);
}

/* ---- writing */

typedef ssize_t pwritev_function(int, const struct iovec *, int, off_t);
typedef ssize_t writev_function(int, const struct iovec *, int);

static ssize_t really_write(int fd, const struct iovec *pieces, int count, const off_t *offset)
{
    REAL(real_pwritev, pwritev_function *, "pwritev");
    REAL(real_writev, writev_function *, "writev");
    return offset != NULL ? real_pwritev(fd, pieces, count, *offset) : real_writev(fd, pieces, count);
}

static off_t place_of(int fd, const struct shim_file *file, const off_t *offset)
{
    struct stat status;
    if (offset != NULL)
        return *offset;
    if (file->is_appending && fstat(fd, &status) == 0)
        return status.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

/* Half of it, in whole bytes, as one piece. */
static ssize_t write_half(int fd, const struct iovec *pieces, const off_t *offset)
{
    struct iovec half = {pieces[0].iov_base, (pieces[0].iov_len + 1) / 2};
    return really_write(fd, &half, 1, offset);
}

static ssize_t write_ours(int fd, const struct shim_file *file, const struct iovec *pieces, int count,
                          const off_t *offset)
{
    struct crash_event event = {.kind = CRASH_WRITE, .file = file->name};
    struct shim_fate fate = shim_fate_of(SHIM_WRITES | SHIM_GROWS | (file->is_durable ? SHIM_SYNCS : 0));
    event.offset = (uint64_t)place_of(fd, file, offset);
    bool is_on_its_way = file->is_durable && fate.error == EIO; /* into the cache, and maybe to the disk */
    if (fate.error != 0 && !is_on_its_way) {
        errno = fate.error;
        return -1;
    }
    ssize_t size = fate.is_short ? write_half(fd, pieces, offset) : really_write(fd, pieces, count, offset);
    if (size > 0) {
        if (file->is_durable)
            event.flags = CRASH_SYNCED;
        if (is_on_its_way)
            event.flags = CRASH_FAILED;
        shim_log(event, pieces, count, (size_t)size);
    }
    if (is_on_its_way) {
        errno = EIO;
        return -1;
    }
    return size;
}

/* platform/lmdb writes the first sector of both meta pages as it found it; LMDB itself never writes whole
 * sectors. Left out together with the sync that
 * follows. */
static bool is_meta_settled(const struct iovec *pieces, int count, const off_t *offset)
{
    return shim_drops(CRASH_DROP_META_SETTLE) && count == 1 && offset != NULL && pieces[0].iov_len == 512 &&
           (*offset == 0 || *offset == 4096);
}

static ssize_t write_any(int fd, const struct iovec *pieces, int count, const off_t *offset)
{
    if (!shim_enter())
        return really_write(fd, pieces, count, offset);
    struct shim_file *file = shim_file_of(fd);
    if (file != NULL && is_meta_settled(pieces, count, offset)) {
        file->skips_sync = true;
        shim_leave();
        return (ssize_t)pieces[0].iov_len;
    }
    ssize_t size = file == NULL || file->has_no_content ? really_write(fd, pieces, count, offset)
                                                        : write_ours(fd, file, pieces, count, offset);
    shim_leave();
    return size;
}

static ssize_t write_one(int fd, const void *bytes, size_t size, const off_t *offset)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, size};
    return write_any(fd, &piece, 1, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return write_one(fd, bytes, size, NULL);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return write_one(fd, bytes, size, &offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    off_t at = offset;
    return write_one(fd, bytes, size, &at);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return write_any(fd, pieces, count, NULL);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
    return write_any(fd, pieces, count, &offset);
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset)
{
    off_t at = offset;
    return write_any(fd, pieces, count, &at);
}

/* ---- sizes */

typedef int truncate_function(int, off_t);
typedef int allocate_function(int, int, off_t, off_t);

static int set_size(int fd, off_t size)
{
    REAL(real, truncate_function *, "ftruncate");
    if (!shim_enter())
        return real(fd, size);
    const struct shim_file *file = shim_file_of(fd);
    bool is_ours = file != NULL && !file->has_no_content;
    struct shim_fate fate = is_ours ? shim_fate_of(SHIM_GROWS) : (struct shim_fate){0};
    int result = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        result = real(fd, size);
    if (result == 0 && is_ours)
        shim_log((struct crash_event){.kind = CRASH_SIZE, .file = file->name, .offset = (uint64_t)size}, NULL,
                 0, 0);
    shim_leave();
    return result;
}

int ftruncate(int fd, off_t size)
{
    return set_size(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return set_size(fd, size);
}

static int allocate(int fd, int mode, off_t offset, off_t size)
{
    REAL(real, allocate_function *, "fallocate");
    if (!shim_enter())
        return real(fd, mode, offset, size);
    const struct shim_file *file = shim_file_of(fd);
    struct shim_fate fate = file != NULL ? shim_fate_of(SHIM_GROWS) : (struct shim_fate){0};
    struct stat before = {0};
    struct stat after = {0};
    (void)fstat(fd, &before);
    int result = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        result = real(fd, mode, offset, size);
    if (result == 0 && file != NULL && fstat(fd, &after) == 0 && after.st_size != before.st_size)
        shim_log(
            (struct crash_event){.kind = CRASH_SIZE, .file = file->name, .offset = (uint64_t)after.st_size},
            NULL, 0, 0);
    shim_leave();
    return result;
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    return allocate(fd, mode, offset, size);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t size)
{
    return allocate(fd, mode, offset, size);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    return allocate(fd, 0, offset, size) == 0 ? 0 : errno;
}

int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    return posix_fallocate(fd, offset, size);
}

/* ---- syncing */

static bool is_folder(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A sync that fails says nothing of what is on the disk, and the next one does not try again. */
static int sync_ours(int fd, struct shim_file *file, int_function *real)
{
    struct crash_event event = {.kind = CRASH_SYNC, .file = file->name};
    if (is_folder(fd) && shim_drops(CRASH_DROP_FOLDER_SYNC))
        return real(fd);
    if (file->skips_sync) {
        file->skips_sync = false;
        return 0;
    }
    struct shim_fate fate = shim_fate_of(SHIM_SYNCS);
    if (fate.error == 0 && real(fd) != 0)
        return -1;
    if (fate.error == EINTR) {
        errno = EINTR;
        return -1;
    }
    event.flags = fate.error != 0 ? CRASH_FAILED : 0;
    shim_log(event, NULL, 0, 0);
    if (fate.error == 0)
        return 0;
    errno = fate.error;
    return -1;
}

static int sync_any(int fd, int_function *real)
{
    if (!shim_enter())
        return real(fd);
    struct shim_file *file = shim_file_of(fd);
    int result = file != NULL && !file->has_no_content ? sync_ours(fd, file, real) : real(fd);
    shim_leave();
    return result;
}

int fsync(int fd)
{
    REAL(real, int_function *, "fsync");
    return sync_any(fd, real);
}

int fdatasync(int fd)
{
    REAL(real, int_function *, "fdatasync");
    return sync_any(fd, real);
}

/* ---- names */

typedef int two_paths_function(int, const char *, int, const char *, unsigned);

struct two_paths {
    enum crash_event_kind kind;
    int from_folder;
    const char *from;
    int to_folder;
    const char *to;
};

static int change_two(const struct two_paths *paths, two_paths_function *real, unsigned flags)
{
    char from[SHIM_PATH_MAX];
    char to[SHIM_PATH_MAX];
    if (!shim_enter())
        return real(paths->from_folder, paths->from, paths->to_folder, paths->to, flags);
    bool is_ours =
        shim_path(paths->from_folder, paths->from, from) && shim_path(paths->to_folder, paths->to, to);
    struct shim_fate fate = is_ours ? shim_fate_of(SHIM_GROWS) : (struct shim_fate){0};
    int result = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        result = real(paths->from_folder, paths->from, paths->to_folder, paths->to, flags);
    if (result == 0 && is_ours)
        shim_log_paths(paths->kind, from, to);
    shim_leave();
    return result;
}

static int rename_paths(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    REAL(real, two_paths_function *, "renameat2");
    return change_two(&(struct two_paths){CRASH_RENAME, from_folder, from, to_folder, to}, real, flags);
}

int rename(const char *from, const char *to)
{
    return rename_paths(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return rename_paths(from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return rename_paths(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    REAL(real, two_paths_function *, "linkat");
    return change_two(&(struct two_paths){CRASH_LINK, AT_FDCWD, from, AT_FDCWD, to}, real, 0);
}

typedef int unlink_function(int, const char *, int);
typedef int mkdir_function(int, const char *, mode_t);

static int unlink_path(int folder, const char *path, int flags)
{
    char below[SHIM_PATH_MAX];
    REAL(real, unlink_function *, "unlinkat");
    if (!shim_enter())
        return real(folder, path, flags);
    bool is_ours = shim_path(folder, path, below);
    struct shim_fate fate = is_ours ? shim_fate_of(0) : (struct shim_fate){0};
    int result = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        result = real(folder, path, flags);
    if (result == 0 && is_ours)
        shim_log_paths(CRASH_UNLINK, below, NULL);
    shim_leave();
    return result;
}

int unlink(const char *path)
{
    return unlink_path(AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    return unlink_path(folder, path, flags);
}

int rmdir(const char *path)
{
    return unlink_path(AT_FDCWD, path, AT_REMOVEDIR);
}

static int make_folder(int folder, const char *path, mode_t mode)
{
    char below[SHIM_PATH_MAX];
    REAL(real, mkdir_function *, "mkdirat");
    if (!shim_enter())
        return real(folder, path, mode);
    bool is_ours = shim_path(folder, path, below);
    struct shim_fate fate = is_ours ? shim_fate_of(SHIM_GROWS) : (struct shim_fate){0};
    int result = -1;
    if (fate.error != 0)
        errno = fate.error;
    else
        result = real(folder, path, mode);
    if (result == 0 && is_ours)
        shim_log_paths(CRASH_MKDIR, below, NULL);
    shim_leave();
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    return make_folder(AT_FDCWD, path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    return make_folder(folder, path, mode);
}

/* ---- how much is free */

typedef int statvfs_function(const char *, struct statvfs *);
typedef int statvfs64_function(const char *, struct statvfs64 *);

static void show_full(fsblkcnt_t *available, fsblkcnt_t *free_blocks)
{
    if (!shim_disk_is_full())
        return;
    *available = 0;
    *free_blocks = 0;
}

int statvfs(const char *path, struct statvfs *out)
{
    REAL(real, statvfs_function *, "statvfs");
    int result = real(path, out);
    if (result == 0)
        show_full(&out->f_bavail, &out->f_bfree);
    return result;
}

int statvfs64(const char *path, struct statvfs64 *out)
{
    REAL(real, statvfs64_function *, "statvfs64");
    int result = real(path, out);
    if (result == 0)
        show_full(&out->f_bavail, &out->f_bfree);
    return result;
}
