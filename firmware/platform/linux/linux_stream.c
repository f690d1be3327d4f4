/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/linux_descriptor.h"

#define BUFFER_SIZE (64u * 1024)

/* ---- writing */

struct linux_writer {
    char path[PATH_MAX];
    char aside[PATH_MAX];
    int fd;
    bool is_kept;
    size_t used;
    uint8_t buffer[BUFFER_SIZE];
};

static bool is_still_at(int fd, const char *path)
{
    struct stat own;
    struct stat there;
    return fstat(fd, &own) == 0 && stat(path, &there) == 0 && own.st_ino == there.st_ino;
}

/* Its file, empty and locked; ERR_BUSY: the one who had it before has kept or removed it meanwhile. */
static enum err open_aside(struct linux_writer *writer, unsigned mode)
{
    int fd CLEANUP(linux_descriptor_close) =
        open(writer->aside, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return linux_descriptor_error();
    int code;
    do
        code = flock(fd, LOCK_EX);
    while (code != 0 && errno == EINTR);
    if (code != 0)
        return linux_descriptor_error();
    if (!is_still_at(fd, writer->aside))
        return ERR_BUSY;
    if (fchmod(fd, (mode_t)mode) != 0 || ftruncate(fd, 0) != 0)
        return linux_descriptor_error();
    writer->fd = fd;
    fd = -1;
    return ERR_OK;
}

enum err linux_writer_open(const char *path, unsigned mode, struct linux_writer **out_writer)
{
    struct linux_writer *writer CLEANUP(linux_writer_closep) = calloc(1, sizeof *writer);
    if (writer == NULL)
        return ERR_MEMORY;
    writer->fd = -1;
    int length = snprintf(writer->path, sizeof writer->path, "%s", path);
    int aside_length = snprintf(writer->aside, sizeof writer->aside, "%s.new", path);
    if (length < 0 || aside_length < 0 || (size_t)aside_length >= sizeof writer->aside)
        return ERR_ARGUMENT;
    enum err error;
    do
        error = open_aside(writer, mode);
    while (error == ERR_BUSY);
    TRY(error);
    *out_writer = TAKE(writer);
    return ERR_OK;
}

static enum err flush(struct linux_writer *writer)
{
    size_t size = writer->used;
    writer->used = 0;
    return linux_descriptor_write(writer->fd, span_of(writer->buffer, size));
}

enum err linux_writer_write(struct linux_writer *writer, struct span bytes)
{
    if (bytes.size > BUFFER_SIZE - writer->used)
        TRY(flush(writer));
    if (bytes.size > BUFFER_SIZE)
        return linux_descriptor_write(writer->fd, bytes);
    memcpy(writer->buffer + writer->used, bytes.bytes, bytes.size);
    writer->used += bytes.size;
    return ERR_OK;
}

enum err linux_writer_begin_again(struct linux_writer *writer)
{
    writer->used = 0;
    if (lseek(writer->fd, 0, SEEK_SET) != 0 || ftruncate(writer->fd, 0) != 0)
        return linux_descriptor_error();
    return ERR_OK;
}

enum err linux_writer_sync(struct linux_writer *writer)
{
    TRY(flush(writer));
    return linux_descriptor_sync(writer->fd);
}

enum err linux_writer_keep(struct linux_writer *writer)
{
    TRY(linux_writer_sync(writer));
    if (rename(writer->aside, writer->path) != 0)
        return linux_descriptor_error();
    writer->is_kept = true;
    return linux_descriptor_sync_parent(writer->path);
}

void linux_writer_closep(struct linux_writer **writer)
{
    struct linux_writer *closing = TAKE(*writer);
    if (closing == NULL)
        return;
    if (closing->fd >= 0) {
        if (!closing->is_kept) /* before the next one may begin */
            (void)unlink(closing->aside);
        (void)close(closing->fd);
    }
    free(closing);
}

const char *linux_writer_path(const struct linux_writer *writer)
{
    return writer->aside;
}

/* ---- reading */

struct linux_reader {
    int fd;
    size_t begin; /* of what is read and not taken */
    size_t end;
    uint8_t buffer[BUFFER_SIZE];
};

enum err linux_reader_open(const char *path, struct linux_reader **out_reader)
{
    struct linux_reader *reader CLEANUP(linux_reader_closep) = calloc(1, sizeof *reader);
    struct stat status;
    if (reader == NULL)
        return ERR_MEMORY;
    reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reader->fd < 0)
        return linux_descriptor_error();
    if (fstat(reader->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return ERR_IO;
    *out_reader = TAKE(reader);
    return ERR_OK;
}

static enum err fill(struct linux_reader *reader)
{
    ssize_t got;
    do
        got = read(reader->fd, reader->buffer, BUFFER_SIZE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return ERR_IO;
    reader->begin = 0;
    reader->end = (size_t)got;
    return ERR_OK;
}

enum err linux_reader_read(struct linux_reader *reader, uint8_t *buffer, size_t size, size_t *out_got)
{
    size_t got = 0;
    while (got < size) {
        if (reader->begin == reader->end)
            TRY(fill(reader));
        if (reader->end == 0)
            break;
        size_t there = reader->end - reader->begin;
        size_t part = size - got < there ? size - got : there;
        memcpy(buffer + got, reader->buffer + reader->begin, part);
        reader->begin += part;
        got += part;
    }
    *out_got = got;
    return ERR_OK;
}

void linux_reader_closep(struct linux_reader **reader)
{
    struct linux_reader *closing = TAKE(*reader);
    if (closing == NULL)
        return;
    if (closing->fd >= 0)
        (void)close(closing->fd);
    free(closing);
}
