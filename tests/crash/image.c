/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define ROOT       1u
#define PIECES_MAX 256

void image_init(struct image *image)
{
    memset(image, 0, sizeof *image);
}

void image_done(struct image *image)
{
    for (uint32_t i = 0; i < image->content_count; i++)
        free(image->contents[i].pages);
    free(image->contents);
}

/* ---- files */

static const struct disk_page zeros = {.hash = 0};

/* New in some sectors, old in the others. */
static const struct disk_page *tear(struct image *image, const struct disk_page *old,
                                    const struct disk_page *new, uint8_t mask)
{
    memcpy(image->torn.bytes, old == NULL ? zeros.bytes : old->bytes, DISK_PAGE_SIZE);
    for (size_t i = 0; i < DISK_PAGE_SIZE / DISK_SECTOR_SIZE; i++) {
        size_t at = i * DISK_SECTOR_SIZE;
        if ((mask >> i & 1) != 0)
            memcpy(image->torn.bytes + at, new->bytes + at, DISK_SECTOR_SIZE);
    }
    image->torn.hash = disk_hash(1, image->torn.bytes, DISK_PAGE_SIZE);
    return &image->torn;
}

static void take_durable(struct image *image, struct disk *disk)
{
    if (image->content_count < disk->inode_count) {
        image->contents = disk_memory(image->contents, disk->inode_count * sizeof *image->contents);
        for (uint32_t i = image->content_count; i < disk->inode_count; i++)
            image->contents[i] = (struct disk_content){0};
        image->content_count = disk->inode_count;
    }
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        const struct disk_content *durable = &disk->inodes[i].durable;
        image->contents[i].size = 0;
        disk_resize(disk, &image->contents[i], durable->size);
        size_t count = (size_t)((durable->size + DISK_PAGE_SIZE - 1) / DISK_PAGE_SIZE);
        if (count > 0)
            memcpy((void *)image->contents[i].pages, (const void *)durable->pages,
                   count * sizeof *durable->pages);
    }
}

static void add_unit(struct image *image, struct disk *disk, size_t index, const struct cut *cut)
{
    const struct disk_unit *unit = &disk->pending[index];
    struct disk_content *content = &image->contents[unit->inode];
    if (unit->kind == DISK_NAME)
        return;
    if (unit->kind == DISK_SIZE || content->size < unit->size)
        disk_resize(disk, content, unit->size);
    if (unit->kind == DISK_PAGE)
        content->pages[unit->page_index] =
            index == cut->torn ? tear(image, content->pages[unit->page_index], unit->page, cut->torn_mask)
                               : unit->page;
}

static void fill_contents(struct image *image, struct disk *disk, const struct cut *cut)
{
    take_durable(image, disk);
    for (size_t i = 0; i < disk->pending_count; i++)
        if (cut->picked[i])
            add_unit(image, disk, i, cut);
    for (uint32_t i = 0; cut->is_size_ahead && i < disk->inode_count; i++)
        if (image->contents[i].size < disk->inodes[i].cache.size)
            disk_resize(disk, &image->contents[i], disk->inodes[i].cache.size);
}

/* ---- names */

static uint64_t hash_of(const struct image_file *file)
{
    uint64_t hash = disk_hash(file->size, file->path, strlen(file->path));
    size_t count = file->is_folder ? 0 : (size_t)((file->size + DISK_PAGE_SIZE - 1) / DISK_PAGE_SIZE);
    for (size_t i = 0; i < count; i++) {
        const struct disk_page *page = file->pages[i];
        hash = (hash ^ (page == NULL ? 7 : page->hash)) * 0x9fb21c651e98df25u;
        hash ^= hash >> 31;
    }
    return hash;
}

static void list_folder(struct image *image, const struct disk *disk, const struct cut *cut, uint32_t folder,
                        const char *path)
{
    struct disk_folder names = {0};
    const struct disk_folder *durable = &disk->inodes[folder].durable_names;
    for (size_t i = 0; i < durable->count; i++)
        disk_set_name(&names, durable->entries[i].name, durable->entries[i].inode);
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct disk_unit *unit = &disk->pending[i];
        if (unit->kind != DISK_NAME || unit->inode != folder || !cut->picked[i])
            continue;
        if (unit->gone[0] != '\0')
            disk_set_name(&names, unit->gone, 0);
        disk_set_name(&names, unit->entry.name, unit->entry.inode);
    }
    for (size_t i = 0; i < names.count; i++) {
        uint32_t inode = names.entries[i].inode;
        if (inode == 0)
            continue;
        KASSA_ASSERT(image->count < IMAGE_FILES_MAX);
        struct image_file *file = &image->files[image->count++];
        file->is_folder = disk->inodes[inode].is_folder;
        file->pages = image->contents[inode].pages;
        file->size = file->is_folder ? 0 : image->contents[inode].size;
        (void)snprintf(file->path, sizeof file->path, "%.120s%s%s", path, path[0] == '\0' ? "" : "/",
                       names.entries[i].name);
        image->hash += hash_of(file);
        if (file->is_folder)
            list_folder(image, disk, cut, inode, file->path);
    }
    free(names.entries);
}

void image_build(struct image *image, struct disk *disk, const struct cut *cut)
{
    image->count = 0;
    image->hash = 0;
    fill_contents(image, disk, cut);
    list_folder(image, disk, cut, ROOT, "");
}

/* ---- to a folder */

static void clear_below(int folder)
{
    DIR *listing = fdopendir(folder);
    KASSA_ASSERT(listing != NULL);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (entry->d_type == DT_DIR) {
            clear_below(openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            KASSA_ASSERT(unlinkat(folder, entry->d_name, AT_REMOVEDIR) == 0);
        } else {
            KASSA_ASSERT(unlinkat(folder, entry->d_name, 0) == 0);
        }
    }
    (void)closedir(listing);
}

void image_clear_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KASSA_ASSERT(fd >= 0);
    clear_below(fd);
}

/* Pages that follow one another, up to the first that was never written: that one is a hole. */
static int gather_pieces(const struct image_file *file, uint64_t *at, struct iovec pieces[PIECES_MAX])
{
    int count = 0;
    for (; *at < file->size && count < PIECES_MAX && file->pages[*at / DISK_PAGE_SIZE] != NULL; count++) {
        uint64_t left = file->size - *at;
        size_t size = left < DISK_PAGE_SIZE ? (size_t)left : DISK_PAGE_SIZE;
        pieces[count] = (struct iovec){(void *)(uintptr_t)file->pages[*at / DISK_PAGE_SIZE]->bytes, size};
        *at += size;
    }
    return count;
}

static void write_pages(int fd, const struct image_file *file)
{
    struct iovec pieces[PIECES_MAX];
    KASSA_ASSERT(ftruncate(fd, (off_t)file->size) == 0);
    for (uint64_t at = 0; at < file->size;) {
        uint64_t begin = at;
        int count = gather_pieces(file, &at, pieces);
        if (count == 0)
            at += DISK_PAGE_SIZE;
        else
            KASSA_ASSERT(pwritev(fd, pieces, count, (off_t)begin) == (ssize_t)(at - begin));
    }
}

void image_write(const struct image *image, const char *folder)
{
    image_clear_folder(folder);
    int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KASSA_ASSERT(root >= 0);
    for (size_t i = 0; i < image->count; i++) {
        const struct image_file *file = &image->files[i];
        if (file->is_folder) {
            KASSA_ASSERT(mkdirat(root, file->path, 0700) == 0);
            continue;
        }
        int fd = openat(root, file->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        KASSA_ASSERT(fd >= 0);
        write_pages(fd, file);
        (void)close(fd);
    }
    (void)close(root);
}
