/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/memory_storage.h"

#include <stdlib.h>

#define BLOCK_SIZE (1u << 20)

/* ---- the shelf */

struct memory_block {
    struct memory_block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) uint8_t bytes[];
};

static struct memory_block *add_block(struct memory_shelf *shelf, size_t size)
{
    size_t whole = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct memory_block *block = shelf->spare;
    if (block != NULL && block->size >= whole) {
        shelf->spare = block->next;
    } else {
        block = malloc(sizeof(*block) + whole);
        KASSA_ASSERT(block != NULL);
        block->size = whole;
    }
    block->used = 0;
    block->next = shelf->blocks;
    shelf->blocks = block;
    return block;
}

void *memory_shelf_take(struct memory_shelf *shelf, size_t size)
{
    struct memory_block *block = shelf->blocks;
    size_t whole = (size + 15) & ~(size_t)15;
    if (block == NULL || block->size - block->used < whole)
        block = add_block(shelf, whole);
    uint8_t *bytes = block->bytes + block->used;
    block->used += whole;
    return bytes;
}

void memory_shelf_empty(struct memory_shelf *shelf)
{
    while (shelf->blocks != NULL) {
        struct memory_block *block = shelf->blocks;
        shelf->blocks = block->next;
        block->next = shelf->spare;
        shelf->spare = block;
    }
}

void memory_shelf_close(struct memory_shelf *shelf)
{
    memory_shelf_empty(shelf);
    while (shelf->spare != NULL) {
        struct memory_block *block = shelf->spare;
        shelf->spare = block->next;
        free(block);
    }
}

/* ---- faults */

static enum err injected(struct memory_storage *storage, bool may_be_full)
{
    if (storage->is_dead)
        return ERR_IO;
    if (storage->fail_in == 0 || --storage->fail_in > 0)
        return ERR_OK;
    if (storage->fault == MEMORY_FULL && !may_be_full)
        return ERR_OK;
    storage->failures++;
    storage->is_dead = storage->fault == MEMORY_POWER_CUT || storage->fault == MEMORY_POWER_CUT_LATE;
    return storage->fault == MEMORY_FULL ? ERR_FULL : ERR_IO;
}

static bool happened_though_failed(const struct memory_storage *storage)
{
    return storage->fault == MEMORY_POWER_CUT_LATE || storage->fault == MEMORY_IO_COMMITTED;
}

/* ---- tables */

static struct span key_of(const struct memory_entry *entry)
{
    return span_of(entry->bytes, entry->key_size);
}

static struct span value_of(const struct memory_entry *entry)
{
    return span_of(entry->bytes + entry->key_size, entry->value_size);
}

static int compare(struct span a, struct span b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.bytes, b.bytes, size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* The first entry that is not below the key. */
static size_t find(const struct memory_table *table, struct span key, bool *out_is_there)
{
    size_t low = 0, high = table->count;
    if (high > 0 && compare(key_of(&table->entries[high - 1]), key) < 0) /* most keys come in order */
        low = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(key_of(&table->entries[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out_is_there = low < table->count && compare(key_of(&table->entries[low]), key) == 0;
    return low;
}

static bool is_somebody_reading(const struct memory_storage *storage)
{
    for (size_t i = 0; i < COUNT_OF(storage->txns); i++) {
        if (storage->txns[i].is_open && !storage->txns[i].writes)
            return true;
    }
    return false;
}

static struct memory_table copy_table(struct memory_shelf *shelf, const struct memory_table *from,
                                      struct memory_table room)
{
    if (room.capacity <= from->count) {
        room.capacity = 2 * from->count + 16;
        room.entries = memory_shelf_take(shelf, room.capacity * sizeof(*room.entries));
    }
    room.count = from->count;
    room.bytes = from->bytes;
    if (from->count > 0)
        memcpy(room.entries, from->entries, from->count * sizeof(*room.entries));
    return room;
}

static struct memory_table *touch(struct memory_txn *txn, unsigned number)
{
    struct memory_storage *storage = txn->storage;
    struct memory_table *table = &txn->tables[number];
    if ((txn->touched >> number & 1) != 0)
        return table;
    struct memory_table room = {.entries = NULL};
    if (!is_somebody_reading(storage)) {
        room = storage->spare[number];
        storage->spare[number] = (struct memory_table){.entries = NULL};
    }
    *table = copy_table(storage->shelf, table, room);
    txn->touched |= UINT32_C(1) << number;
    return table;
}

static void insert(struct memory_shelf *shelf, struct memory_table *table, size_t at)
{
    if (table->count == table->capacity)
        *table = copy_table(shelf, table, (struct memory_table){.entries = NULL});
    memmove(&table->entries[at + 1], &table->entries[at], (table->count - at) * sizeof(*table->entries));
    table->count++;
}

static uint64_t used_bytes(const struct memory_table *tables, unsigned count)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += tables[i].bytes;
    return sum;
}

/* ---- operations */

static enum err op_begin(void *self, enum storage_mode mode, void **out_handle)
{
    struct memory_storage *storage = self;
    TRY(injected(storage, true));
    struct memory_txn *free_txn = NULL;
    for (size_t i = 0; i < COUNT_OF(storage->txns); i++) {
        struct memory_txn *txn = &storage->txns[i];
        if (mode == STORAGE_WRITE && txn->is_open && txn->writes)
            return ERR_BUSY;
        if (!txn->is_open)
            free_txn = txn;
    }
    if (free_txn == NULL)
        return ERR_FULL;
    free_txn->storage = storage;
    free_txn->is_open = true;
    free_txn->writes = mode == STORAGE_WRITE;
    free_txn->touched = 0;
    memcpy(free_txn->tables, storage->tables, storage->table_count * sizeof(storage->tables[0]));
    *out_handle = free_txn;
    return ERR_OK;
}

static void put_in_place(struct memory_txn *txn)
{
    struct memory_storage *storage = txn->storage;
    bool is_read = is_somebody_reading(storage);
    storage->commits += txn->touched != 0 ? 1 : 0;
    for (unsigned i = 0; i < storage->table_count; i++) {
        if ((txn->touched >> i & 1) == 0)
            continue;
        storage->spare[i] = is_read ? (struct memory_table){.entries = NULL} : storage->tables[i];
        storage->tables[i] = txn->tables[i];
    }
}

static enum err op_end(void *self, void *handle, enum storage_ending ending)
{
    struct memory_storage *storage = self;
    struct memory_txn *txn = handle;
    bool was_dead = storage->is_dead;
    enum err error = txn->writes && ending == STORAGE_COMMIT ? injected(storage, true) : ERR_OK;
    txn->is_open = false;
    bool happens = error == ERR_OK || (!was_dead && happened_though_failed(storage));
    if (txn->writes && ending == STORAGE_COMMIT && happens)
        put_in_place(txn);
    return error;
}

static enum err op_get(void *handle, unsigned table, struct span key, struct span *out_value)
{
    struct memory_txn *txn = handle;
    TRY(injected(txn->storage, false));
    bool is_there;
    size_t at = find(&txn->tables[table], key, &is_there);
    if (!is_there)
        return ERR_NOT_FOUND;
    *out_value = value_of(&txn->tables[table].entries[at]);
    return ERR_OK;
}

static enum err op_put(void *handle, unsigned table_number, struct span key, struct span value,
                       enum storage_placing placing)
{
    struct memory_txn *txn = handle;
    struct memory_storage *storage = txn->storage;
    TRY(injected(storage, true));
    if (used_bytes(txn->tables, storage->table_count) + key.size + value.size > storage->capacity_bytes)
        return ERR_FULL;
    struct memory_table *table = touch(txn, table_number);
    bool is_there;
    size_t at = find(table, key, &is_there);
    if (placing == STORAGE_APPEND && at < table->count)
        return ERR_CONFLICT;
    uint8_t *bytes = memory_shelf_take(storage->shelf, key.size + value.size);
    memcpy(bytes, key.bytes, key.size);
    if (value.size > 0)
        memcpy(bytes + key.size, value.bytes, value.size);
    if (is_there)
        table->bytes -= key.size + table->entries[at].value_size;
    else
        insert(storage->shelf, table, at);
    table->entries[at] = (struct memory_entry){bytes, (uint32_t)key.size, (uint32_t)value.size};
    table->bytes += key.size + value.size;
    return ERR_OK;
}

static enum err op_remove(void *handle, unsigned table_number, struct span key)
{
    struct memory_txn *txn = handle;
    TRY(injected(txn->storage, true));
    bool is_there;
    size_t at = find(&txn->tables[table_number], key, &is_there);
    if (!is_there)
        return ERR_NOT_FOUND;
    struct memory_table *table = touch(txn, table_number);
    table->bytes -= table->entries[at].key_size + table->entries[at].value_size;
    table->count--;
    memmove(&table->entries[at], &table->entries[at + 1], (table->count - at) * sizeof(*table->entries));
    return ERR_OK;
}

static enum err op_scan(void *handle, unsigned table_number, struct span from, enum storage_order order,
                        storage_visit *visit, void *context)
{
    struct memory_txn *txn = handle;
    TRY(injected(txn->storage, false));
    const struct memory_table *table = &txn->tables[table_number];
    bool is_there = false;
    bool is_up = order == STORAGE_ASCENDING;
    size_t at = is_up ? 0 : table->count;
    if (from.size > 0)
        at = find(table, from, &is_there) + (!is_up && is_there ? 1 : 0);
    while (is_up ? at < table->count : at > 0) {
        const struct memory_entry *entry = &table->entries[is_up ? at++ : --at];
        if (!visit(context, key_of(entry), value_of(entry)))
            break;
    }
    return ERR_OK;
}

static enum err op_usage(void *self, struct storage_usage *out)
{
    struct memory_storage *storage = self;
    TRY(injected(storage, false));
    *out = (struct storage_usage){.used_bytes = used_bytes(storage->tables, storage->table_count),
                                  .capacity_bytes = storage->capacity_bytes};
    return ERR_OK;
}

struct storage memory_storage_as_storage(struct memory_storage *storage)
{
    static const struct storage_ops ops = {.begin = op_begin,
                                           .end = op_end,
                                           .get = op_get,
                                           .put = op_put,
                                           .remove = op_remove,
                                           .scan = op_scan,
                                           .usage = op_usage};
    return (struct storage){&ops, storage};
}

void memory_storage_init(struct memory_storage *storage, struct memory_shelf *shelf, unsigned table_count,
                         uint64_t capacity_bytes)
{
    KASSA_ASSERT(table_count <= MEMORY_TABLES_MAX);
    *storage =
        (struct memory_storage){.shelf = shelf, .table_count = table_count, .capacity_bytes = capacity_bytes};
}

void memory_storage_copy(struct memory_storage *to, const struct memory_storage *from)
{
    memory_storage_init(to, from->shelf, from->table_count, from->capacity_bytes);
    for (unsigned i = 0; i < from->table_count; i++)
        to->tables[i] = copy_table(to->shelf, &from->tables[i], (struct memory_table){.entries = NULL});
}

void memory_storage_revive(struct memory_storage *storage)
{
    storage->is_dead = false;
    storage->fail_in = 0;
    for (size_t i = 0; i < COUNT_OF(storage->txns); i++)
        storage->txns[i].is_open = false;
}
