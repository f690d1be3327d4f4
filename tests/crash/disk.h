/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h - what a disk may hold after a power cut, as POSIX lets it.
 *
 *   cache     what programs see: every write, every name
 *   durable   what a sync has made sure of
 *   pending   between the two, in the order in which they were done: pages of files, sizes, names. After a cut each may
 *             be there or not, whatever the order; of a page any of its versions, or sectors of two of them
 *
 * A write whose sync failed is "loose": it may be on the disk or not, and no later sync makes sure of it; only writing
 * and syncing the same page again does. A name is pending until its folder is synced: the sync of the file is not
 * enough.
 *
 * Memory   grows until disk_close; pages are never changed once made, and shared. */
#ifndef KASSA_TESTS_CRASH_DISK_H
#define KASSA_TESTS_CRASH_DISK_H

#include "base/base.h"
#include "crash/shim.h"

#define DISK_PAGE_SIZE   4096u
#define DISK_SECTOR_SIZE 512u
#define DISK_NAME_MAX    63

struct disk_page {
    uint64_t hash;
    uint8_t bytes[DISK_PAGE_SIZE];
};

struct disk_content {
    const struct disk_page **pages; /* NULL: zeros */
    size_t room;
    uint64_t size; /* in bytes */
};

struct disk_entry {
    char name[DISK_NAME_MAX + 1];
    uint32_t inode; /* 0: none */
};

struct disk_folder {
    struct disk_entry *entries;
    size_t count;
};

struct disk_inode {
    bool is_folder;
    struct disk_content durable;
    struct disk_content cache;
    struct disk_folder durable_names;
    struct disk_folder cache_names;
};

enum disk_unit_kind { DISK_PAGE, DISK_SIZE, DISK_NAME };

struct disk_unit {
    enum disk_unit_kind kind;
    bool is_loose;
    uint32_t inode; /* of the file, or of the folder that has the name */
    uint64_t size;  /* of the file: at least so much (page), or just so much (size) */
    size_t page_index;
    const struct disk_page *page;
    struct disk_entry entry;      /* a name and where it leads to from now on */
    char gone[DISK_NAME_MAX + 1]; /* renamed: the name that goes in the same step */
};

struct disk {
    struct disk_inode *inodes; /* 1 is the root; 0 is none */
    uint32_t inode_count;
    uint32_t inode_room;
    struct disk_unit *pending;
    size_t pending_count;
    size_t pending_room;
    struct { /* openings, newest last */
        uint32_t name;
        uint32_t inode;
    } * open;
    size_t open_count;
    size_t open_room;
    void *memory; /* of pages */
};

void disk_init(struct disk *disk);
void disk_done(struct disk *disk);

/* What a folder holds now becomes the durable root. */
void disk_load(struct disk *disk, const char *folder);

/* Moves on by one event of a trace. Answers whether what a cut would leave is another now. */
bool disk_apply(struct disk *disk, const struct crash_event *event, const uint8_t *payload);

/* A page of these bytes, kept by the disk until it is done. */
const struct disk_page *disk_make_page(struct disk *disk, const uint8_t bytes[DISK_PAGE_SIZE]);

/* The inode behind a name in `names`, 0 if there is none. */
uint32_t disk_find(const struct disk_folder *names, const char *name);
void disk_set_name(struct disk_folder *names, const char *name, uint32_t inode);

/* Makes room for pages below `size` and sets it; what is beyond is dropped. */
void disk_resize(struct disk *disk, struct disk_content *content, uint64_t size);

uint64_t disk_hash(uint64_t seed, const void *bytes, size_t size);

/* malloc that ends the program when there is none: a harness has no better answer. */
void *disk_memory(void *old, size_t size);

#endif
