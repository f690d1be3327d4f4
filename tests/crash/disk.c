/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT        1u
#define BLOCK_PAGES 64

struct page_block {
    struct page_block *older;
    size_t used;
    struct disk_page pages[BLOCK_PAGES];
};

void *disk_memory(void *old, size_t size)
{
    void *memory = realloc(old, size == 0 ? 1 : size);
    if (memory == NULL) {
        (void)fprintf(stderr, "kassa-crash: out of memory\n");
        _exit(70);
    }
    return memory;
}

/* FNV-1a by words, mixed at the end: for telling images apart, not for secrets. */
uint64_t disk_hash(uint64_t seed, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * 0x9fb21c651e98df25u;
        hash ^= hash >> 29;
    }
    for (; size > 0; size--, at++)
        hash = (hash ^ *at) * 0x100000001b3u;
    hash ^= hash >> 32;
    return hash * 0xd6e8feb86659fd93u;
}

/* ---- memory that grows */

static void grow(void **items, size_t *room, size_t wanted, size_t item_size)
{
    if (wanted <= *room)
        return;
    *room = wanted < 16 ? 16 : wanted * 2;
    *items = disk_memory(*items, *room * item_size);
}

const struct disk_page *disk_make_page(struct disk *disk, const uint8_t bytes[DISK_PAGE_SIZE])
{
    struct page_block *block = disk->memory;
    if (block == NULL || block->used == BLOCK_PAGES) {
        block = disk_memory(NULL, sizeof *block);
        block->older = disk->memory;
        block->used = 0;
        disk->memory = block;
    }
    struct disk_page *page = &block->pages[block->used++];
    memcpy(page->bytes, bytes, DISK_PAGE_SIZE);
    page->hash = disk_hash(1, bytes, DISK_PAGE_SIZE);
    return page;
}

static size_t pages_of(uint64_t size)
{
    return (size_t)((size + DISK_PAGE_SIZE - 1) / DISK_PAGE_SIZE);
}

void disk_resize(struct disk *disk, struct disk_content *content, uint64_t size)
{
    size_t old_count = pages_of(content->size);
    size_t count = pages_of(size);
    void *pages = (void *)content->pages;
    grow(&pages, &content->room, count, sizeof *content->pages);
    content->pages = pages;
    for (size_t i = old_count; i < count; i++)
        content->pages[i] = NULL;
    size_t rest = (size_t)(size % DISK_PAGE_SIZE);
    if (size < content->size && rest != 0 && content->pages[count - 1] != NULL) {
        uint8_t cut[DISK_PAGE_SIZE] = {0};
        memcpy(cut, content->pages[count - 1]->bytes, rest);
        content->pages[count - 1] = disk_make_page(disk, cut);
    }
    content->size = size;
}

static uint32_t make_inode(struct disk *disk, bool is_folder)
{
    size_t room = disk->inode_room;
    void *inodes = disk->inodes;
    grow(&inodes, &room, disk->inode_count + 1u, sizeof *disk->inodes);
    disk->inodes = inodes;
    disk->inode_room = (uint32_t)room;
    disk->inodes[disk->inode_count] = (struct disk_inode){.is_folder = is_folder};
    return disk->inode_count++;
}

static struct disk_unit *add_pending(struct disk *disk, enum disk_unit_kind kind, uint32_t inode)
{
    void *pending = disk->pending;
    grow(&pending, &disk->pending_room, disk->pending_count + 1, sizeof *disk->pending);
    disk->pending = pending;
    struct disk_unit *unit = &disk->pending[disk->pending_count++];
    *unit = (struct disk_unit){.kind = kind, .inode = inode};
    return unit;
}

void disk_init(struct disk *disk)
{
    *disk = (struct disk){0};
    (void)make_inode(disk, false); /* 0: none */
    (void)make_inode(disk, true);
}

void disk_done(struct disk *disk)
{
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        free(disk->inodes[i].durable.pages);
        free(disk->inodes[i].cache.pages);
        free(disk->inodes[i].durable_names.entries);
        free(disk->inodes[i].cache_names.entries);
    }
    free(disk->inodes);
    free(disk->pending);
    free(disk->open);
    for (struct page_block *block = disk->memory; block != NULL;) {
        struct page_block *older = block->older;
        free(block);
        block = older;
    }
    *disk = (struct disk){0};
}

/* ---- names */

uint32_t disk_find(const struct disk_folder *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->entries[i].name, name) == 0)
            return names->entries[i].inode;
    return 0;
}

void disk_set_name(struct disk_folder *names, const char *name, uint32_t inode)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->entries[i].name, name) == 0) {
            names->entries[i].inode = inode;
            return;
        }
    }
    names->entries = disk_memory(names->entries, (names->count + 1) * sizeof *names->entries);
    struct disk_entry *entry = &names->entries[names->count++];
    *entry = (struct disk_entry){.inode = inode};
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
}

struct place {
    uint32_t folder;
    const char *name; /* the path's last part */
};

/* The folder that a path's last name stands in, as programs see it now. */
static struct place place_of(const struct disk *disk, const char *path)
{
    uint32_t folder = ROOT;
    const char *slash;
    while ((slash = strchr(path, '/')) != NULL && folder != 0) {
        char name[DISK_NAME_MAX + 1];
        (void)snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
        folder = disk_find(&disk->inodes[folder].cache_names, name);
        path = slash + 1;
    }
    KASSA_ASSERT(strlen(path) <= DISK_NAME_MAX);
    return (struct place){folder, path};
}

static uint32_t inode_at(const struct disk *disk, const char *path)
{
    if (path[0] == '\0')
        return ROOT;
    struct place place = place_of(disk, path);
    return place.folder == 0 ? 0 : disk_find(&disk->inodes[place.folder].cache_names, place.name);
}

static void change_name(struct disk *disk, struct place place, uint32_t inode, const char *gone)
{
    KASSA_ASSERT(place.folder != 0);
    struct disk_unit *unit = add_pending(disk, DISK_NAME, place.folder);
    struct disk_folder *names = &disk->inodes[place.folder].cache_names;
    unit->entry.inode = inode;
    (void)snprintf(unit->entry.name, sizeof unit->entry.name, "%s", place.name);
    if (gone != NULL) {
        (void)snprintf(unit->gone, sizeof unit->gone, "%s", gone);
        disk_set_name(names, gone, 0);
    }
    disk_set_name(names, place.name, inode);
}

/* Within one folder a rename is one step; between two the old name may outlive the new one's coming. */
static void rename_path(struct disk *disk, const char *from, const char *to)
{
    uint32_t inode = inode_at(disk, from);
    struct place source = place_of(disk, from);
    struct place target = place_of(disk, to);
    bool is_one_folder = source.folder == target.folder;
    KASSA_ASSERT(inode != 0);
    change_name(disk, target, inode, is_one_folder ? source.name : NULL);
    if (!is_one_folder)
        change_name(disk, source, 0, NULL);
}

/* ---- files */

static uint32_t inode_of_opening(const struct disk *disk, uint32_t name)
{
    for (size_t i = disk->open_count; i-- > 0;)
        if (disk->open[i].name == name)
            return disk->open[i].inode;
    KASSA_ASSERT(false); /* a file that was not opened */
}

static void set_size(struct disk *disk, uint32_t inode, uint64_t size)
{
    if (disk->inodes[inode].cache.size == size)
        return;
    disk_resize(disk, &disk->inodes[inode].cache, size);
    add_pending(disk, DISK_SIZE, inode)->size = size;
}

static void open_path(struct disk *disk, const struct crash_event *event, const char *path)
{
    uint32_t inode = inode_at(disk, path);
    if (inode == 0) {
        inode = make_inode(disk, (event->flags & O_DIRECTORY) == O_DIRECTORY);
        change_name(disk, place_of(disk, path), inode, NULL);
    } else if ((event->flags & O_TRUNC) != 0) {
        set_size(disk, inode, 0);
    }
    void *open = disk->open;
    grow(&open, &disk->open_room, disk->open_count + 1, sizeof *disk->open);
    disk->open = open;
    disk->open[disk->open_count].name = event->file;
    disk->open[disk->open_count++].inode = inode;
}

static void write_page(struct disk *disk, uint32_t inode, uint64_t offset, struct span bytes, bool is_loose)
{
    struct disk_content *cache = &disk->inodes[inode].cache;
    size_t index = (size_t)(offset / DISK_PAGE_SIZE);
    uint8_t page[DISK_PAGE_SIZE] = {0};
    if (cache->pages[index] != NULL)
        memcpy(page, cache->pages[index]->bytes, sizeof page);
    memcpy(page + offset % DISK_PAGE_SIZE, bytes.bytes, bytes.size);
    cache->pages[index] = disk_make_page(disk, page);
    struct disk_unit *unit = add_pending(disk, DISK_PAGE, inode);
    unit->is_loose = is_loose;
    unit->page_index = index;
    unit->page = cache->pages[index];
    unit->size = offset + bytes.size;
}

static void sync_range(struct disk *disk, uint32_t inode, uint64_t from, uint64_t to);

static void write_bytes(struct disk *disk, const struct crash_event *event, const uint8_t *bytes)
{
    uint32_t inode = inode_of_opening(disk, event->file);
    uint64_t end = event->offset + event->size;
    if (end > disk->inodes[inode].cache.size)
        disk_resize(disk, &disk->inodes[inode].cache, end);
    for (uint64_t at = event->offset; at < end;) {
        uint64_t room = DISK_PAGE_SIZE - at % DISK_PAGE_SIZE;
        uint64_t size = end - at < room ? end - at : room;
        write_page(disk, inode, at, span_of(bytes + (at - event->offset), (size_t)size),
                   (event->flags & CRASH_FAILED) != 0);
        at += size;
    }
    if ((event->flags & CRASH_SYNCED) != 0)
        sync_range(disk, inode, event->offset, end);
}

/* ---- syncing */

static void settle(struct disk *disk, const struct disk_unit *unit)
{
    struct disk_inode *inode = &disk->inodes[unit->inode];
    if (unit->kind == DISK_NAME) {
        if (unit->gone[0] != '\0')
            disk_set_name(&inode->durable_names, unit->gone, 0);
        disk_set_name(&inode->durable_names, unit->entry.name, unit->entry.inode);
        return;
    }
    if (unit->kind == DISK_SIZE || inode->durable.size < unit->size)
        disk_resize(disk, &inode->durable, unit->size);
    if (unit->kind == DISK_PAGE)
        inode->durable.pages[unit->page_index] = unit->page;
}

static bool is_in_range(const struct disk_unit *unit, uint64_t from, uint64_t to)
{
    uint64_t begin = (uint64_t)unit->page_index * DISK_PAGE_SIZE;
    return unit->kind != DISK_PAGE || (begin < to && begin + DISK_PAGE_SIZE > from);
}

/* A loose page stays as it is until the same page is written and synced again. */
static bool is_overwritten(const struct disk *disk, size_t index)
{
    const struct disk_unit *unit = &disk->pending[index];
    for (size_t i = index + 1; i < disk->pending_count; i++) {
        const struct disk_unit *later = &disk->pending[i];
        if (later->inode == unit->inode && later->kind == DISK_PAGE && !later->is_loose &&
            later->page_index == unit->page_index)
            return true;
    }
    return false;
}

static void sync_range(struct disk *disk, uint32_t inode, uint64_t from, uint64_t to)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct disk_unit *unit = &disk->pending[i];
        bool is_meant = unit->inode == inode && is_in_range(unit, from, to);
        if (is_meant && unit->is_loose && is_overwritten(disk, i))
            continue;
        if (!is_meant || unit->is_loose)
            disk->pending[kept++] = *unit;
        else
            settle(disk, unit);
    }
    disk->pending_count = kept;
    struct disk_inode *file = &disk->inodes[inode];
    if (!file->is_folder && to == UINT64_MAX && file->durable.size != file->cache.size)
        disk_resize(disk, &file->durable, file->cache.size);
}

static void sync_file(struct disk *disk, const struct crash_event *event)
{
    uint32_t inode = inode_of_opening(disk, event->file);
    if ((event->flags & CRASH_FAILED) == 0) {
        sync_range(disk, inode, 0, UINT64_MAX);
        return;
    }
    for (size_t i = 0; i < disk->pending_count; i++)
        if (disk->pending[i].inode == inode && disk->pending[i].kind == DISK_PAGE)
            disk->pending[i].is_loose = true;
}

bool disk_apply(struct disk *disk, const struct crash_event *event, const uint8_t *payload)
{
    const char *path = (const char *)payload;
    switch ((enum crash_event_kind)event->kind) {
    case CRASH_OPEN: {
        size_t before = disk->pending_count;
        open_path(disk, event, path);
        return disk->pending_count != before;
    }
    case CRASH_WRITE:
        write_bytes(disk, event, payload);
        return true;
    case CRASH_SYNC:
        sync_file(disk, event);
        return true;
    case CRASH_SIZE:
        set_size(disk, inode_of_opening(disk, event->file), event->offset);
        return true;
    case CRASH_RENAME:
        rename_path(disk, path, path + strlen(path) + 1);
        return true;
    case CRASH_LINK:
        change_name(disk, place_of(disk, path + strlen(path) + 1), inode_at(disk, path), NULL);
        return true;
    case CRASH_UNLINK:
        change_name(disk, place_of(disk, path), 0, NULL);
        return true;
    case CRASH_MKDIR:
        change_name(disk, place_of(disk, path), make_inode(disk, true), NULL);
        return true;
    case CRASH_MARK:
        break;
    }
    return false;
}

/* ---- what is there already */

static void load_file(struct disk *disk, uint32_t inode, const char *path)
{
    uint8_t bytes[DISK_PAGE_SIZE];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    KASSA_ASSERT(fd >= 0 && fstat(fd, &status) == 0);
    uint64_t size = (uint64_t)status.st_size;
    disk_resize(disk, &disk->inodes[inode].durable, size);
    disk_resize(disk, &disk->inodes[inode].cache, size);
    for (size_t i = 0; i < pages_of(size); i++) {
        memset(bytes, 0, sizeof bytes);
        KASSA_ASSERT(pread(fd, bytes, sizeof bytes, (off_t)(i * sizeof bytes)) > 0);
        disk->inodes[inode].durable.pages[i] = disk_make_page(disk, bytes);
        disk->inodes[inode].cache.pages[i] = disk->inodes[inode].durable.pages[i];
    }
    (void)close(fd);
}

static void load_folder(struct disk *disk, uint32_t folder, const char *path)
{
    DIR *listing = opendir(path);
    KASSA_ASSERT(listing != NULL);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char below[4096];
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        KASSA_ASSERT(lstat(below, &status) == 0 && strlen(entry->d_name) <= DISK_NAME_MAX);
        uint32_t inode = make_inode(disk, S_ISDIR(status.st_mode));
        disk_set_name(&disk->inodes[folder].durable_names, entry->d_name, inode);
        disk_set_name(&disk->inodes[folder].cache_names, entry->d_name, inode);
        if (S_ISDIR(status.st_mode))
            load_folder(disk, inode, below);
        else if (strcmp(entry->d_name, "lock.mdb") != 0)
            load_file(disk, inode, below);
    }
    (void)closedir(listing);
}

void disk_load(struct disk *disk, const char *folder)
{
    load_folder(disk, ROOT, folder);
}
