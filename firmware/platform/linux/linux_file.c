/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/linux_descriptor.h"

enum err linux_file_read(const char *path, uint8_t *buffer, size_t size, size_t *out_size)
{
    int fd CLEANUP(linux_descriptor_close) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return linux_descriptor_error();
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

enum err linux_file_replace(const char *path, struct span bytes, unsigned mode)
{
    char aside[PATH_MAX];
    int length = snprintf(aside, sizeof aside, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof aside)
        return ERR_ARGUMENT;
    (void)unlink(aside); /* a left-over might have another mode */
    int fd CLEANUP(linux_descriptor_close) =
        open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return linux_descriptor_error();
    enum err error = linux_descriptor_write(fd, bytes);
    if (error == ERR_OK)
        error = linux_descriptor_sync(fd);
    if (error != ERR_OK) {
        (void)unlink(aside);
        return error;
    }
    if (rename(aside, path) != 0)
        return linux_descriptor_error();
    return linux_descriptor_sync_parent(path);
}
