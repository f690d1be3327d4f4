/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - where the hub keeps what the tills sent and what head office knows.
 *
 * Records are kept raw, for ever, by (till, incarnation, seq). Beside them stand documents: small messages of
 * a kind, by key; who writes them (crm) gives them their meaning. Both change in one transaction, so that
 * what is acknowledged, counted and told to members never disagrees. A later store (PostgreSQL) has a table a
 * kind.
 *
 * Sharing    the hub and the CLI have the embedded store open in two processes; one writes at a time.
 * Durable    an ending with STORE_COMMIT and ERR_OK survives a power cut, whole; any other leaves no trace.
 * Owner      spans that are yielded belong to the store and die with the transaction or with its next write.
 * Threads    one, the one that opened it. One transaction at a time.
 * Keep short a reading transaction pins old pages, a writing one stops the other process: end them within
 *            100 ms where the amount of work allows.
 */
#ifndef KASSA_STORE_H
#define KASSA_STORE_H

#include "iface/random.h"
#include "kassa/limits.h"
#include "wire/message.h"

/* Kinds of documents, and what their keys are (numbers big-endian, texts end with a NUL). */
enum store_kind {
    STORE_META,     /* a name */
    STORE_TILLS,    /* till */
    STORE_MEMBERS,  /* member id */
    STORE_CARDS,    /* card token -> member id */
    STORE_CHANGES,  /* version (8) -> member id: the newest change of each member */
    STORE_ACCOUNTS, /* member id */
    STORE_RECEIPTS, /* store, till, business day (8), number (8); behind it incarnation, seq (8 each): an older one */
    STORE_MANIFESTS,  /* book version (8) */
    STORE_BOOKS,      /* book version (8) */
    STORE_QUARANTINE, /* till, incarnation (8), seq (8) */
    STORE_EVENTS,  /* member id, business day (8), time (8), store, till, number, incarnation, seq (8 each) */
    STORE_COUPONS, /* series, serial */
    STORE_HELD,    /* member id, series, serial: coupons that are a member's */
    STORE_COUNTERS,     /* whose (a letter and an id), offer, what, period, first day (8): uses of a limit */
    STORE_GIFTS,        /* account: gift value */
    STORE_RETURNS,      /* store, till, business day (8), number (8), line (8): what came back of a receipt */
    STORE_RESERVATIONS, /* the key that the till chose, the till */
    STORE_HOLDS,        /* what is held (a letter and its key), the reservation's key */
    STORE_DEBTS,        /* a letter and a key */
    STORE_SIGNALS,      /* a rule's name, what it is about */
    STORE_KEYS,         /* member id: his key, wrapped */
    STORE_ERASURES,     /* member id, till (empty: the hub's own) */
    STORE_KIND_COUNT
};
#define STORE_KEY_MAX 255

enum store_mode { STORE_READ, STORE_WRITE };
enum store_ending { STORE_ABORT, STORE_COMMIT };

/* How far the hub has got with an incarnation of a till. */
struct store_mark {
    uint64_t hw; /* all records up to this one are kept; 0: none */
    uint8_t hash[HASH_SIZE];
};

struct store_record_id {
    char till[TILL_ID_MAX + 1];
    uint64_t incarnation;
    uint64_t seq;
};

/* What became of a batch. */
struct store_appended {
    struct store_mark mark;  /* after it */
    uint8_t hash[HASH_SIZE]; /* with ERR_OK: the chain's after the batch's last record */
    size_t first_new;        /* index of the first record that was not there before; record_count: none */
    uint64_t fork_seq;       /* with ERR_FORK: the first record that differs */
};

/* Get one entry of a scan and answer whether to go on. They write nothing. */
typedef bool store_visit(void *context, struct span key, struct span body);
typedef bool store_visit_record(void *context, const struct store_record_id *id, struct span record);

struct store_ops {
    enum err (*begin)(void *self, enum store_mode mode, void **out_txn);
    /* ERR_FULL, ERR_IO: nothing was stored. */
    enum err (*end)(void *self, void *txn, enum store_ending ending);
    /* Keeps the records of a batch that are not there yet and moves the mark; what is at or below it is
     * compared byte by byte. *out is filled with ERR_OK, ERR_GAP (it does not begin at hw + 1 or below) and
     * ERR_FORK (a record that is there has other bytes, or the chain does not fit); nothing is kept with the
     * latter two. ERR_FULL, ERR_IO: only an abort is left. */
    enum err (*append)(void *txn, const struct wire_batch *batch, struct store_appended *out);
    /* ERR_NOT_FOUND: nothing was ever kept of that incarnation. */
    enum err (*mark)(void *txn, const char *till, uint64_t incarnation, struct store_mark *out);
    /* Visits kept records from `from` on (all zero: from the first), ordered by till, incarnation, seq. */
    enum err (*scan_records)(void *txn, const struct store_record_id *from, store_visit_record *visit,
                             void *context);
    enum err (*get)(void *txn, enum store_kind kind, struct span key, struct span *out_body);
    /* body.bytes NULL: the document goes (ERR_OK also if there was none). */
    enum err (*put)(void *txn, enum store_kind kind, struct span key, struct span body);
    /* Visits documents in the order of their keys, from the first at or after `from`. */
    enum err (*scan)(void *txn, enum store_kind kind, struct span from, store_visit *visit, void *context);
    /* Rewrites the store's file without remains of what was removed; NULL: none are left. ERR_BUSY: another process
     * has it open, or a transaction is: later. */
    enum err (*compact)(void *self);
    void (*close)(void *self);
};

struct store {
    const struct store_ops *ops;
    void *self;
};

struct store_settings {
    const char *kind;        /* a row of store_table: "lmdb" */
    const char *path;        /* the embedded store's folder; its parent exists */
    uint64_t map_size_bytes; /* the embedded store's bound; the file is sparse */
    bool must_exist;         /* ERR_NOT_FOUND instead of beginning a new one */
    struct random random;
};
#define STORE_MAP_SIZE_DEFAULT (UINT64_C(8) << 30)

/* ERR_UNSUPPORTED: no such kind. ERR_NOT_FOUND, ERR_CORRUPT, ERR_VERSION, ERR_BUSY, ERR_IO, ERR_FULL,
 * ERR_MEMORY as the kind has them (platform/lmdb/lmdb_storage.h). */
NODISCARD
enum err store_open(const struct store_settings *settings, struct store *out_store);
void store_close(struct store *store); /* of one that is all zero too */

NODISCARD
static inline enum err store_compact(struct store store)
{
    return store.ops->compact == NULL ? ERR_OK : store.ops->compact(store.self);
}

/* A transaction by value. `handle` is NULL once it has ended. */
struct store_txn {
    struct store store;
    void *handle;
};

NODISCARD
enum err store_begin(struct store store, enum store_mode mode, struct store_txn *out_txn);
NODISCARD
enum err store_commit(struct store_txn *txn);
void store_abort(struct store_txn *txn); /* for CLEANUP: gives it up unless it has ended */

NODISCARD
static inline enum err store_get(const struct store_txn *txn, enum store_kind kind, struct span key,
                                 struct span *out_body)
{
    return txn->store.ops->get(txn->handle, kind, key, out_body);
}

NODISCARD
static inline enum err store_put(const struct store_txn *txn, enum store_kind kind, struct span key,
                                 struct span body)
{
    return txn->store.ops->put(txn->handle, kind, key, body);
}

NODISCARD
static inline enum err store_scan(const struct store_txn *txn, enum store_kind kind, struct span from,
                                  store_visit *visit, void *context)
{
    return txn->store.ops->scan(txn->handle, kind, from, visit, context);
}

NODISCARD
static inline enum err store_append(const struct store_txn *txn, const struct wire_batch *batch,
                                    struct store_appended *out)
{
    return txn->store.ops->append(txn->handle, batch, out);
}

NODISCARD
static inline enum err store_get_mark(const struct store_txn *txn, const char *till, uint64_t incarnation,
                                      struct store_mark *out)
{
    return txn->store.ops->mark(txn->handle, till, incarnation, out);
}

NODISCARD
static inline enum err store_scan_records(const struct store_txn *txn, const struct store_record_id *from,
                                          store_visit_record *visit, void *context)
{
    return txn->store.ops->scan_records(txn->handle, from, visit, context);
}

#endif
