/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static enum err error_of_errno(void)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return ERR_NOT_FOUND;
    return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
}

enum err linux_file_read(const char *path, uint8_t *buffer, size_t size, size_t *out_size)
{
    int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_of_errno();
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return ERR_IO; /* a folder, a pipe or a device is no file to read whole */
    size_t used = 0;
    for (;;) {
        uint8_t beyond;
        bool is_past_end = used == size;
        ssize_t got = read(fd, is_past_end ? &beyond : buffer + used, is_past_end ? 1 : size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        if (is_past_end)
            return ERR_TOO_LONG;
        used += (size_t)got;
    }
    *out_size = used;
    return ERR_OK;
}

static enum err write_all(int fd, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t written = write(fd, bytes.bytes, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_of_errno();
        bytes = span_of(bytes.bytes + written, bytes.size - (size_t)written);
    }
    return fsync(fd) == 0 ? ERR_OK : error_of_errno();
}

static enum err sync_parent(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    int fd CLEANUP(close_fd) = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_of_errno();
    return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

enum err linux_file_replace(const char *path, struct span bytes, unsigned mode)
{
    char aside[PATH_MAX];
    int length = snprintf(aside, sizeof aside, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof aside)
        return ERR_ARGUMENT;
    (void)unlink(aside); /* a left-over might have another mode */
    int fd CLEANUP(close_fd) = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return error_of_errno();
    enum err error = write_all(fd, bytes);
    if (error != ERR_OK) {
        (void)unlink(aside);
        return error;
    }
    if (rename(aside, path) != 0)
        return error_of_errno();
    return sync_parent(path);
}
