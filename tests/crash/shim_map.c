/* SPDX-License-Identifier: Apache-2.0 */
/* shim_map.c - files that are written through a map, as LMDB does it with MDB_WRITEMAP. No call says what was stored: a copy
 * of each map is held against it at each msync, each mark and its end, and what differs is written down, page by page, as
 * not synced; an msync that waits then syncs its range. So stores between two of these moments are seen in no finer order. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crash/shim_internal.h"

#define MAPS_MAX  16
#define PAGE_SIZE 4096u

struct map {
    uint8_t *bytes; /* NULL: this place is free */
    uint8_t *copy;
    size_t size;
    uint64_t offset; /* in the file */
    uint32_t file;
};

static struct map maps[MAPS_MAX];

static void *really_map(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset); /* NOLINT: an address */
}

static void log_page(const struct map *map, size_t at, unsigned flags)
{
    size_t left = map->size - at;
    struct iovec piece = {map->bytes + at, left < PAGE_SIZE ? left : PAGE_SIZE};
    const struct crash_event event = {
        .kind = CRASH_WRITE, .file = map->file, .offset = map->offset + at, .flags = flags};
    shim_log(event, &piece, 1, piece.iov_len);
}

/* What was stored since the last look. */
static void look_at(struct map *map)
{
    for (size_t at = 0; at < map->size; at += PAGE_SIZE) {
        size_t size = map->size - at < PAGE_SIZE ? map->size - at : PAGE_SIZE;
        if (memcmp(map->bytes + at, map->copy + at, size) == 0)
            continue;
        memcpy(map->copy + at, map->bytes + at, size);
        log_page(map, at, 0);
    }
}

void shim_look_at_maps(void)
{
    for (size_t i = 0; i < MAPS_MAX; i++)
        if (maps[i].bytes != NULL)
            look_at(&maps[i]);
}

static void remember(void *bytes, size_t size, uint32_t file, off_t offset)
{
    for (size_t i = 0; i < MAPS_MAX; i++) {
        if (maps[i].bytes != NULL)
            continue;
        void *copy = really_map(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy == MAP_FAILED)
            break;
        memcpy(copy, bytes, size);
        maps[i] = (struct map){bytes, copy, size, (uint64_t)offset, file};
        return;
    }
    (void)dprintf(STDERR_FILENO, "crash shim: too many maps\n");
    _exit(99);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    void *bytes = really_map(at, size, protection, flags, fd, offset);
    if (bytes == MAP_FAILED || fd < 0 || (flags & MAP_SHARED) == 0 || (protection & PROT_WRITE) == 0 ||
        !shim_enter())
        return bytes;
    const struct shim_file *file = shim_file_of(fd);
    if (file != NULL && !file->has_no_content)
        remember(bytes, size, file->name, offset);
    shim_leave();
    return bytes;
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    return mmap(at, size, protection, flags, fd, offset);
}

static struct map *find(const void *address)
{
    const uint8_t *at = address;
    for (size_t i = 0; i < MAPS_MAX; i++)
        if (maps[i].bytes != NULL && at >= maps[i].bytes && at < maps[i].bytes + maps[i].size)
            return &maps[i];
    return NULL;
}

/* From the beginning: all that was written. Elsewhere (a meta page): those pages. */
static int sync_range(struct map *map, const void *address, size_t size, int flags)
{
    size_t begin = (size_t)((const uint8_t *)address - map->bytes);
    look_at(map);
    if ((flags & MS_SYNC) == 0)
        return 0;
    struct shim_fate fate = shim_fate_of(SHIM_SYNCS);
    if (fate.error != 0) {
        errno = fate.error;
        return -1;
    }
    if (begin == 0)
        shim_log((struct crash_event){.kind = CRASH_SYNC, .file = map->file}, NULL, 0, 0);
    for (size_t at = begin; begin != 0 && at < begin + size && at < map->size; at += PAGE_SIZE)
        log_page(map, at, CRASH_SYNCED);
    return 0;
}

int msync(void *address, size_t size, int flags)
{
    int result = 0;
    if (shim_enter()) {
        struct map *map = find(address);
        if (map != NULL)
            result = sync_range(map, address, size, flags);
        shim_leave();
    }
    return result != 0 ? result : (int)syscall(SYS_msync, address, size, flags);
}

int munmap(void *address, size_t size)
{
    if (shim_enter()) {
        struct map *map = find(address);
        if (map != NULL && map->bytes == address) {
            look_at(map);
            (void)syscall(SYS_munmap, map->copy, map->size);
            map->bytes = NULL;
        }
        shim_leave();
    }
    return (int)syscall(SYS_munmap, address, size);
}
