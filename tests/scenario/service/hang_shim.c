/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded: a call to the disk does not come back while the folder that KASSA_HANG names holds a file of that call's
 * name, "pread" or "pwrite" (and all that writes or syncs). */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static void hang_if(const char *call)
{
    char path[4096];
    const char *folder = getenv("KASSA_HANG");
    if (folder == NULL)
        return;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, call);
    while (access(path, F_OK) == 0)
        (void)pause();
}

static void *next_of(const char *name)
{
    void *next = dlsym(RTLD_NEXT, name);
    if (next == NULL)
        abort();
    return next;
}

/* POSIX lets dlsym's pointer be one to a function; ISO C has no such conversion. */
#define NEXT(type, name)                                                                                     \
    union {                                                                                                  \
        void *object;                                                                                        \
        type call;                                                                                           \
    } next = {next_of(name)}

typedef ssize_t read_call(int, void *, size_t, off_t);
typedef ssize_t write_call(int, const void *, size_t, off_t);
typedef ssize_t gather_call(int, const struct iovec *, int, off_t);
typedef int sync_call(int);

static ssize_t read_at(const char *name, int fd, void *buffer, size_t size, off_t offset)
{
    NEXT(read_call *, name);
    hang_if("pread");
    return next.call(fd, buffer, size, offset);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    return read_at("pread", fd, buffer, size, offset);
}

ssize_t pread64(int fd, void *buffer, size_t size, off_t offset)
{
    return read_at("pread64", fd, buffer, size, offset);
}

static ssize_t write_at(const char *name, int fd, const void *buffer, size_t size, off_t offset)
{
    NEXT(write_call *, name);
    hang_if("pwrite");
    return next.call(fd, buffer, size, offset);
}

ssize_t pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
    return write_at("pwrite", fd, buffer, size, offset);
}

ssize_t pwrite64(int fd, const void *buffer, size_t size, off_t offset)
{
    return write_at("pwrite64", fd, buffer, size, offset);
}

static ssize_t gather_at(const char *name, int fd, const struct iovec *parts, int count, off_t offset)
{
    NEXT(gather_call *, name);
    hang_if("pwrite");
    return next.call(fd, parts, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return gather_at("pwritev", fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    return gather_at("pwritev64", fd, parts, count, offset);
}

int fdatasync(int fd)
{
    NEXT(sync_call *, "fdatasync");
    hang_if("pwrite");
    return next.call(fd);
}
