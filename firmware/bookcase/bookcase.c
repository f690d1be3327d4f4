/* SPDX-License-Identifier: Apache-2.0 */
#include "bookcase/bookcase.h"

#include <stdlib.h>

#include "bookcase/shelf.h"

enum bookcase_table { TABLE_CHUNKS, TABLE_SHELF };

struct bookcase {
    struct storage storage;
    unsigned first_table;
    struct shelf shelf;
    bool is_uncertain; /* a commit failed and the shelf could not be read again yet */
    uint8_t scratch[CHUNK_HEAD_SIZE + BOOK_CHUNK_SIZE];
    uint8_t trust[TRUST_HEAD_SIZE + BOOKCASE_TRUST_MAX];
};

static unsigned table_of(const struct bookcase *bookcase, enum bookcase_table table)
{
    return bookcase->first_table + (unsigned)table;
}

static uint8_t incoming_slot(const struct shelf *shelf)
{
    return (uint8_t)(3 - shelf->active - shelf->before);
}

static uint8_t slot_of(const struct shelf *shelf, enum bookcase_which which)
{
    if (which == BOOKCASE_ACTIVE)
        return shelf->active;
    return which == BOOKCASE_BEFORE ? shelf->before : incoming_slot(shelf);
}

/* ---- the shelf */

static enum err load_shelf(struct bookcase *bookcase)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct shelf shelf = {.before = 1};
    struct span value;
    TRY(storage_begin(bookcase->storage, STORAGE_READ, &txn));
    enum err error = storage_get(&txn, table_of(bookcase, TABLE_SHELF), span_of_text(SHELF_KEY), &value);
    if (error == ERR_OK)
        error = bookcase_shelf_read(value, &shelf);
    if (error != ERR_OK && error != ERR_NOT_FOUND) /* nothing there: no book yet */
        return error;
    bookcase->shelf = shelf;
    bookcase->is_uncertain = false;
    return ERR_OK;
}

static enum err settle(struct bookcase *bookcase)
{
    return bookcase->is_uncertain ? load_shelf(bookcase) : ERR_OK;
}

static enum err put_shelf(const struct bookcase *bookcase, const struct storage_txn *txn,
                          const struct shelf *shelf)
{
    uint8_t value[SHELF_SIZE];
    bookcase_shelf_write(shelf, value);
    return storage_put(txn, table_of(bookcase, TABLE_SHELF), span_of_text(SHELF_KEY),
                       span_of(value, sizeof value), STORAGE_REPLACE);
}

static enum err put_trust(struct bookcase *bookcase, const struct storage_txn *txn, struct span trust)
{
    size_t size = bookcase_trust_write(trust, bookcase->trust);
    return storage_put(txn, table_of(bookcase, TABLE_SHELF), span_of_text(TRUST_KEY),
                       span_of(bookcase->trust, size), STORAGE_REPLACE);
}

static enum err remove_chunks(const struct bookcase *bookcase, const struct storage_txn *txn, uint8_t slot)
{
    uint32_t count = bookcase_chunk_count(bookcase->shelf.copies[slot].size);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t key[CHUNK_KEY_SIZE];
        bookcase_chunk_write_key(slot, i, key);
        enum err error = storage_remove(txn, table_of(bookcase, TABLE_CHUNKS), span_of(key, sizeof key));
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_OK;
}

/* What changes with the shelf, in one transaction. */
struct move {
    bool clears_incoming;
    struct span trust; /* empty: it stays as it is */
};

static enum err write_shelf(struct bookcase *bookcase, const struct shelf *shelf, const struct move *move)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(bookcase->storage, STORAGE_WRITE, &txn));
    if (move->clears_incoming)
        TRY(remove_chunks(bookcase, &txn, incoming_slot(&bookcase->shelf)));
    if (move->trust.size > 0)
        TRY(put_trust(bookcase, &txn, move->trust));
    TRY(put_shelf(bookcase, &txn, shelf));
    return storage_commit(&txn);
}

static bool is_shelf_equal(const struct shelf *a, const struct shelf *b)
{
    uint8_t a_bytes[SHELF_SIZE];
    uint8_t b_bytes[SHELF_SIZE];
    bookcase_shelf_write(a, a_bytes);
    bookcase_shelf_write(b, b_bytes);
    return memcmp(a_bytes, b_bytes, SHELF_SIZE) == 0;
}

/* A commit that failed may have happened: the disk tells. */
static enum err move_shelf(struct bookcase *bookcase, const struct shelf *shelf, const struct move *move)
{
    if (move->trust.size > BOOKCASE_TRUST_MAX)
        return ERR_TOO_LONG;
    bool tells = !is_shelf_equal(&bookcase->shelf, shelf); /* whether it happened; trust alone does not */
    enum err error = write_shelf(bookcase, shelf, move);
    if (error == ERR_OK) {
        bookcase->shelf = *shelf;
        return ERR_OK;
    }
    bookcase->is_uncertain = true;
    if (settle(bookcase) != ERR_OK)
        return error;
    return tells && is_shelf_equal(&bookcase->shelf, shelf) ? ERR_OK : error;
}

enum err bookcase_open(struct storage storage, unsigned first_table, struct bookcase **out_bookcase)
{
    struct bookcase *bookcase CLEANUP(bookcase_closep) = calloc(1, sizeof *bookcase);
    if (bookcase == NULL)
        return ERR_MEMORY;
    bookcase->storage = storage;
    bookcase->first_table = first_table;
    TRY(load_shelf(bookcase));
    *out_bookcase = TAKE(bookcase);
    return ERR_OK;
}

void bookcase_close(struct bookcase *bookcase)
{
    free(bookcase);
}

void bookcase_closep(struct bookcase **bookcase)
{
    bookcase_close(*bookcase);
}

struct book_copy bookcase_get(const struct bookcase *bookcase, enum bookcase_which which)
{
    const struct shelf *shelf = &bookcase->shelf;
    if (which == BOOKCASE_INCOMING && !shelf->is_receiving)
        return (struct book_copy){0};
    return shelf->copies[slot_of(shelf, which)];
}

uint64_t bookcase_version_max(const struct bookcase *bookcase)
{
    return bookcase->shelf.version_max;
}

/* ---- trust */

enum err bookcase_get_trust(struct bookcase *bookcase, uint8_t out[BOOKCASE_TRUST_MAX], size_t *out_size)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    struct span bytes;
    TRY(storage_begin(bookcase->storage, STORAGE_READ, &txn));
    enum err error = storage_get(&txn, table_of(bookcase, TABLE_SHELF), span_of_text(TRUST_KEY), &value);
    if (error == ERR_NOT_FOUND) {
        *out_size = 0;
        return ERR_OK;
    }
    TRY(error);
    TRY(bookcase_trust_read(value, &bytes));
    memcpy(out, bytes.bytes, bytes.size);
    *out_size = bytes.size;
    return ERR_OK;
}

enum err bookcase_put_trust(struct bookcase *bookcase, struct span trust, const uint64_t *version_base)
{
    TRY(settle(bookcase));
    struct shelf shelf = bookcase->shelf;
    if (version_base != NULL)
        shelf.version_max = *version_base;
    return move_shelf(bookcase, &shelf, &(struct move){.trust = trust});
}

/* ---- receiving */

static bool is_copy_equal(const struct book_copy *a, const struct book_copy *b)
{
    return a->version == b->version && a->size == b->size && memcmp(a->hash, b->hash, HASH_SIZE) == 0;
}

enum err bookcase_receive(struct bookcase *bookcase, const struct book_copy *copy)
{
    TRY(settle(bookcase));
    struct shelf shelf = bookcase->shelf;
    struct book_copy *other = &shelf.copies[incoming_slot(&shelf)];
    if (copy->version < 1 || copy->size < 1 || copy->size > BOOK_SIZE_MAX)
        return ERR_RANGE;
    if (shelf.is_receiving && is_copy_equal(other, copy))
        return ERR_OK;
    *other = *copy;
    shelf.is_receiving = true;
    return move_shelf(bookcase, &shelf, &(struct move){.clears_incoming = true});
}

enum err bookcase_put_chunk(struct bookcase *bookcase, uint32_t index, struct span bytes)
{
    TRY(settle(bookcase));
    const struct shelf *shelf = &bookcase->shelf;
    uint8_t slot = incoming_slot(shelf);
    uint32_t book_size = shelf->copies[slot].size;
    if (!shelf->is_receiving)
        return ERR_STATE;
    if (index >= bookcase_chunk_count(book_size) || bytes.size != bookcase_chunk_size(book_size, index))
        return ERR_RANGE;
    uint8_t key[CHUNK_KEY_SIZE];
    bookcase_chunk_write_key(slot, index, key);
    size_t size = bookcase_chunk_write(slot, index, bytes, bookcase->scratch);
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(bookcase->storage, STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, table_of(bookcase, TABLE_CHUNKS), span_of(key, sizeof key),
                    span_of(bookcase->scratch, size), STORAGE_REPLACE));
    return storage_commit(&txn);
}

/* ERR_NOT_FOUND: the chunk is not there; ERR_CORRUPT: it is damaged. */
static enum err get_chunk(const struct bookcase *bookcase, const struct storage_txn *txn, uint8_t slot,
                          uint32_t index, struct span *out_bytes)
{
    uint8_t key[CHUNK_KEY_SIZE];
    struct span value;
    struct span bytes;
    bookcase_chunk_write_key(slot, index, key);
    TRY(storage_get(txn, table_of(bookcase, TABLE_CHUNKS), span_of(key, sizeof key), &value));
    TRY(bookcase_chunk_read(slot, index, value, &bytes));
    if (bytes.size != bookcase_chunk_size(bookcase->shelf.copies[slot].size, index))
        return ERR_CORRUPT;
    *out_bytes = bytes;
    return ERR_OK;
}

/* A damaged chunk counts as missing: it can be had again. */
enum err bookcase_next_missing(struct bookcase *bookcase, uint32_t index, uint32_t *out_missing)
{
    TRY(settle(bookcase));
    const struct shelf *shelf = &bookcase->shelf;
    uint8_t slot = incoming_slot(shelf);
    if (!shelf->is_receiving)
        return ERR_STATE;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(bookcase->storage, STORAGE_READ, &txn));
    uint32_t count = bookcase_chunk_count(shelf->copies[slot].size);
    for (; index < count; index++) {
        struct span bytes;
        enum err error = get_chunk(bookcase, &txn, slot, index, &bytes);
        if (error == ERR_NOT_FOUND || error == ERR_CORRUPT) {
            *out_missing = index;
            return ERR_OK;
        }
        TRY(error);
    }
    return ERR_NOT_FOUND;
}

enum err bookcase_read(struct bookcase *bookcase, enum bookcase_which which, uint8_t *buffer, size_t size)
{
    TRY(settle(bookcase));
    const struct shelf *shelf = &bookcase->shelf;
    uint8_t slot = slot_of(shelf, which);
    const struct book_copy *copy = &shelf->copies[slot];
    if (copy->version == 0 || (which == BOOKCASE_INCOMING && !shelf->is_receiving))
        return ERR_NOT_FOUND;
    if (copy->size > size)
        return ERR_TOO_LONG;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(bookcase->storage, STORAGE_READ, &txn));
    for (uint32_t i = 0; i < bookcase_chunk_count(copy->size); i++) {
        struct span bytes;
        enum err error = get_chunk(bookcase, &txn, slot, i, &bytes);
        if (error == ERR_NOT_FOUND && which != BOOKCASE_INCOMING)
            return ERR_CORRUPT; /* it was whole once */
        TRY(error);
        memcpy(buffer + (size_t)i * BOOK_CHUNK_SIZE, bytes.bytes, bytes.size);
    }
    return ERR_OK;
}

/* ---- switching */

enum err bookcase_activate(struct bookcase *bookcase, struct span trust)
{
    uint32_t missing = 0;
    enum err error = bookcase_next_missing(bookcase, 0, &missing);
    if (error == ERR_OK)
        return ERR_GAP;
    if (error != ERR_NOT_FOUND)
        return error;
    struct shelf shelf = bookcase->shelf;
    uint8_t incoming = incoming_slot(&shelf);
    uint64_t version = shelf.copies[incoming].version;
    if (shelf.copies[shelf.active].version != version) /* a copy anew takes the place of the damaged one */
        shelf.before = shelf.active;
    shelf.active = incoming;
    shelf.is_receiving = false;
    shelf.is_back = false;
    if (version > shelf.version_max)
        shelf.version_max = version;
    return move_shelf(bookcase, &shelf, &(struct move){.trust = trust});
}

enum err bookcase_fall_back(struct bookcase *bookcase, struct span trust)
{
    TRY(settle(bookcase));
    struct shelf shelf = bookcase->shelf;
    if (shelf.is_back || shelf.copies[shelf.before].version == 0)
        return ERR_NOT_FOUND;
    uint8_t active = shelf.active;
    shelf.active = shelf.before;
    shelf.before = active;
    shelf.is_back = true;
    return move_shelf(bookcase, &shelf, &(struct move){.trust = trust});
}
