/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_salvage.c - single entries of a file whose tree is broken. Every page of the file is read by itself;
 * what stands in a leaf is taken where it lies within bounds, whatever the rest says. The layout: lmdb_pages.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lmdb/lmdb_internal.h"
#include "platform/lmdb/lmdb_pages.h"

#define VALUE_MAX (1024u * 1024) /* of a value in pages of its own: more is none of ours */

struct lmdb_salvage {
    int fd;
    size_t page_size;
    uint64_t page_count;
    uint8_t *page;  /* the one that is looked at */
    uint8_t *value; /* a large one: HEAD_SIZE and VALUE_MAX bytes */
};

/* A bad sector is a page less. */
static bool read_at(const struct lmdb_salvage *salvage, uint64_t offset, uint8_t *out, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t count = pread(salvage->fd, out + got, size - got, (off_t)(offset + got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        got += (size_t)count;
    }
    return true;
}

static bool read_big(const struct lmdb_salvage *salvage, const uint8_t *reference, size_t size,
                     struct span *out_value)
{
    size_t number = lmdb_get_word(reference);
    if (number >= salvage->page_count || size > VALUE_MAX)
        return false;
    if (!read_at(salvage, (uint64_t)number * salvage->page_size, salvage->value, HEAD_SIZE + size))
        return false;
    *out_value = span_of(salvage->value + HEAD_SIZE, size);
    return lmdb_get_word(salvage->value) == number &&
           (lmdb_get16(salvage->value + WORD + 2) & PAGE_KINDS) == PAGE_OVERFLOW;
}

static bool read_node(const struct lmdb_salvage *salvage, size_t index, struct span *out_key,
                      struct span *out_value)
{
    const uint8_t *page = salvage->page;
    size_t at = lmdb_get16(page + HEAD_SIZE + 2 * index);
    if (at < HEAD_SIZE || at > salvage->page_size - NODE_SIZE)
        return false;
    size_t value_size = lmdb_get16(page + at) | (size_t)lmdb_get16(page + at + 2) << 16;
    unsigned flags = lmdb_get16(page + at + 4);
    size_t key_size = lmdb_get16(page + at + 6);
    size_t room = salvage->page_size - at - NODE_SIZE;
    if (key_size == 0 || key_size > room || key_size > STORAGE_KEY_MAX)
        return false;
    const uint8_t *key = page + at + NODE_SIZE;
    *out_key = span_of(key, key_size);
    if ((flags & NODE_BIG) != 0)
        return room - key_size >= WORD && read_big(salvage, key + key_size, value_size, out_value);
    *out_value = span_of(key + key_size, value_size);
    return value_size <= room - key_size;
}

static void scan_page(const struct lmdb_salvage *salvage, lmdb_salvage_visit *visit, void *context)
{
    const uint8_t *page = salvage->page;
    size_t lower = lmdb_get16(page + WORD + 4);
    if ((lmdb_get16(page + WORD + 2) & PAGE_KINDS) != PAGE_LEAF || lower < HEAD_SIZE ||
        lower > salvage->page_size)
        return;
    for (size_t i = 0; i < (lower - HEAD_SIZE) / 2; i++) {
        struct span key;
        struct span value;
        if (read_node(salvage, i, &key, &value))
            visit(context, key, value);
    }
}

enum err lmdb_salvage_scan(struct lmdb_salvage *salvage, lmdb_salvage_visit *visit, void *context)
{
    for (uint64_t number = 0; number < salvage->page_count; number++)
        if (read_at(salvage, number * salvage->page_size, salvage->page, salvage->page_size))
            scan_page(salvage, visit, context);
    return ERR_OK;
}

void lmdb_salvage_closep(struct lmdb_salvage **salvage)
{
    struct lmdb_salvage *closing = TAKE(*salvage);
    if (closing == NULL)
        return;
    if (closing->fd >= 0)
        (void)close(closing->fd);
    free(closing->page);
    free(closing->value);
    free(closing);
}

/* LMDB makes pages as large as the system's, and the meta page that would say so may be lost. */
enum err lmdb_salvage_open(const char *path, struct lmdb_salvage **out_salvage)
{
    char file[PATH_MAX];
    struct stat status;
    int length = snprintf(file, sizeof file, "%s/data.mdb", path);
    struct lmdb_salvage *salvage CLEANUP(lmdb_salvage_closep) = calloc(1, sizeof *salvage);
    if (salvage == NULL)
        return ERR_MEMORY;
    salvage->fd = -1;
    if (length < 0 || (size_t)length >= sizeof file)
        return ERR_ARGUMENT;
    salvage->fd = open(file, O_RDONLY | O_CLOEXEC);
    if (salvage->fd < 0 || fstat(salvage->fd, &status) != 0)
        return lmdb_error_of(errno);
    salvage->page_size = (size_t)sysconf(_SC_PAGESIZE);
    salvage->page_count = (uint64_t)status.st_size / salvage->page_size;
    salvage->page = malloc(salvage->page_size);
    salvage->value = malloc(HEAD_SIZE + VALUE_MAX);
    if (salvage->page == NULL || salvage->value == NULL)
        return ERR_MEMORY;
    *out_salvage = TAKE(salvage);
    return ERR_OK;
}
