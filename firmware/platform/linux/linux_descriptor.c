/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

void linux_descriptor_close(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

enum err linux_descriptor_error(void)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return ERR_NOT_FOUND;
    return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
}

enum err linux_descriptor_write(int fd, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t written = write(fd, bytes.bytes, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return linux_descriptor_error();
        bytes = span_of(bytes.bytes + written, bytes.size - (size_t)written);
    }
    return ERR_OK;
}

enum err linux_descriptor_sync(int fd)
{
    return fsync(fd) == 0 ? ERR_OK : linux_descriptor_error();
}

enum err linux_descriptor_sync_parent(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    int fd CLEANUP(linux_descriptor_close) = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return linux_descriptor_error();
    return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}
