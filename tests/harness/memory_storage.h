/* SPDX-License-Identifier: Apache-2.0 */
/* memory_storage.h - iface/storage.h in memory, for simulations that open and lose thousands of disks a second.
 *
 * A table is a sorted array of entries whose bytes never change once written; a writing transaction works on copies
 * of the arrays that it touches, and a commit puts them in place. An image of the disk is a copy of the arrays.
 *
 * Memory     a shelf, shared by many storages and emptied at once.
 * Faults     the k-th operation from now fails, or is the one at which the power goes: then nothing is written any
 *            more, and whoever holds the storage is to be thrown away.
 */
#ifndef KASSA_HARNESS_MEMORY_STORAGE_H
#define KASSA_HARNESS_MEMORY_STORAGE_H

#include "iface/storage.h"

#define MEMORY_TABLES_MAX 32

/* Bytes that are given out and taken back all at once. */
struct memory_shelf {
    struct memory_block *blocks; /* the one in use first */
    struct memory_block *spare;
};
void *memory_shelf_take(struct memory_shelf *shelf, size_t size);
void memory_shelf_empty(struct memory_shelf *shelf); /* keeps the blocks */
void memory_shelf_close(struct memory_shelf *shelf);

struct memory_entry {
    const uint8_t *bytes; /* the key, then the value */
    uint32_t key_size;
    uint32_t value_size;
};

struct memory_table {
    struct memory_entry *entries;
    size_t count;
    size_t capacity;
    uint64_t bytes; /* of keys and values */
};

enum memory_fault {
    MEMORY_POWER_CUT,      /* nothing is written from here on; a commit at which it happens did not happen */
    MEMORY_POWER_CUT_LATE, /* the same, but a commit at which it happens did happen */
    MEMORY_IO,             /* that one operation answers ERR_IO; a commit did not happen */
    MEMORY_IO_COMMITTED,   /* that one operation answers ERR_IO; a commit did happen */
    MEMORY_FULL            /* that one operation answers ERR_FULL, if it is one that may */
};

struct memory_txn {
    struct memory_storage *storage;
    bool is_open;
    bool writes;
    struct memory_table tables[MEMORY_TABLES_MAX]; /* as the transaction sees them */
    uint32_t touched;                              /* a bit a table that is its own */
};

struct memory_storage {
    struct memory_shelf *shelf;
    unsigned table_count;
    uint64_t capacity_bytes;
    struct memory_table tables[MEMORY_TABLES_MAX];
    struct memory_table spare[MEMORY_TABLES_MAX]; /* arrays that nobody looks at any more */
    struct memory_txn txns[4];
    enum memory_fault fault;
    uint64_t fail_in; /* operations until then, 1: the next one; 0: never */
    bool is_dead;     /* the power is gone */
    uint64_t failures;
    uint64_t commits; /* that wrote something */
};

void memory_storage_init(struct memory_storage *storage, struct memory_shelf *shelf, unsigned table_count,
                         uint64_t capacity_bytes);
struct storage memory_storage_as_storage(struct memory_storage *storage);

/* The disk as it stands, committed, without faults; the copy lives as long as the shelf. */
void memory_storage_copy(struct memory_storage *to, const struct memory_storage *from);

/* The power is back: transactions that were open are gone. */
void memory_storage_revive(struct memory_storage *storage);

#endif
