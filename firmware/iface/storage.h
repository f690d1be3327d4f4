/* SPDX-License-Identifier: Apache-2.0 */
/* storage.h - an ordered key-value store with transactions, as somebody else keeps it.
 *
 * A storage has a few tables, numbered from 0 in the order in which they were named at its opening. Keys are
 * 1 to STORAGE_KEY_MAX bytes and ordered as memcmp orders them; values are any bytes.
 *
 * Durable    a transaction ended with STORAGE_COMMIT and ERR_OK survives a power cut, whole; any other ending
 *            leaves no trace, but see ERR_IO of end.
 * Owner      spans that get and scan yield belong to the storage and die with the transaction, or with its
 *            next put or remove.
 * Threads    one thread, the one that opened it. One writing transaction at a time.
 * Keep short a reading transaction pins old pages: end it within 100 ms and never hold it across the network.
 */
#ifndef KASSA_STORAGE_H
#define KASSA_STORAGE_H

#include "base/base.h"

#define STORAGE_KEY_MAX 255

enum storage_mode { STORAGE_READ, STORAGE_WRITE };
enum storage_ending { STORAGE_ABORT, STORAGE_COMMIT };
enum storage_order { STORAGE_ASCENDING, STORAGE_DESCENDING };
enum storage_placing {
    STORAGE_REPLACE, /* the value takes the place of an older one */
    STORAGE_APPEND   /* the key is above every other of its table, else ERR_CONFLICT: fills pages whole */
};

struct storage_usage {
    uint64_t used_bytes;     /* pages that hold something */
    uint64_t capacity_bytes; /* the fixed size of the map */
    bool is_disk_short; /* the disk has no room for more than bookkeeping: nothing new should be stored */
};

/* Gets one entry of a scan; answers whether to go on. It may not write to the table that is scanned. */
typedef bool storage_visit(void *context, struct span key, struct span value);

struct storage_ops {
    /* ERR_IO, ERR_FULL (no reader's slot is free), ERR_BUSY (a second writing transaction of
     * this process). */
    enum err (*begin)(void *self, enum storage_mode mode, void **out_handle);
    /* Ends the transaction, whatever is answered. Only a commit can fail:
     * ERR_FULL  map or disk is full; nothing was stored; the storage stays usable.
     * ERR_IO    the device failed; the storage was closed, opened again and synced, and is usable; what the
     *           transaction wrote MAY be stored: read it again. If it cannot be opened again, every begin
     *           tries to and answers ERR_IO. */
    enum err (*end)(void *self, void *handle, enum storage_ending ending);
    /* ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT. */
    enum err (*get)(void *handle, unsigned table, struct span key, struct span *out_value);
    /* ERR_FULL, ERR_CONFLICT (see STORAGE_APPEND), ERR_IO. After ERR_FULL and ERR_IO only an abort
     * is left. */
    enum err (*put)(void *handle, unsigned table, struct span key, struct span value,
                    enum storage_placing placing);
    /* ERR_NOT_FOUND, ERR_FULL (removing copies pages too), ERR_IO. */
    enum err (*remove)(void *handle, unsigned table, struct span key);
    /* Visits entries in order from the first at or after `from` (ascending), or at or before it (descending);
     * an empty `from` starts at the table's end in question. ERR_OK also when there is none. */
    enum err (*scan)(void *handle, unsigned table, struct span from, enum storage_order order,
                     storage_visit *visit, void *context);
    enum err (*usage)(void *self, struct storage_usage *out);
};

struct storage {
    const struct storage_ops *ops;
    void *self;
};

/* A transaction by value. `handle` is NULL once it has ended. */
struct storage_txn {
    struct storage storage;
    void *handle;
};

NODISCARD
static inline enum err storage_begin(struct storage storage, enum storage_mode mode,
                                     struct storage_txn *out_txn)
{
    void *handle = NULL;
    TRY(storage.ops->begin(storage.self, mode, &handle));
    *out_txn = (struct storage_txn){storage, handle};
    return ERR_OK;
}

NODISCARD
static inline enum err storage_commit(struct storage_txn *txn)
{
    void *handle = TAKE(txn->handle);
    return txn->storage.ops->end(txn->storage.self, handle, STORAGE_COMMIT);
}

/* For CLEANUP: gives the transaction up unless it has ended. */
static inline void storage_abort(struct storage_txn *txn)
{
    void *handle = TAKE(txn->handle);
    if (handle != NULL)
        (void)txn->storage.ops->end(txn->storage.self, handle, STORAGE_ABORT);
}

NODISCARD
static inline enum err storage_get(const struct storage_txn *txn, unsigned table, struct span key,
                                   struct span *out_value)
{
    return txn->storage.ops->get(txn->handle, table, key, out_value);
}

NODISCARD
static inline enum err storage_put(const struct storage_txn *txn, unsigned table, struct span key,
                                   struct span value, enum storage_placing placing)
{
    return txn->storage.ops->put(txn->handle, table, key, value, placing);
}

NODISCARD
static inline enum err storage_remove(const struct storage_txn *txn, unsigned table, struct span key)
{
    return txn->storage.ops->remove(txn->handle, table, key);
}

NODISCARD
static inline enum err storage_scan(const struct storage_txn *txn, unsigned table, struct span from,
                                    enum storage_order order, storage_visit *visit, void *context)
{
    return txn->storage.ops->scan(txn->handle, table, from, order, visit, context);
}

NODISCARD
static inline enum err storage_get_usage(struct storage storage, struct storage_usage *out)
{
    return storage.ops->usage(storage.self, out);
}

#endif
