/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lmdb/store_lmdb.h"

#include <stdlib.h>

#include "platform/lmdb/lmdb_storage.h"
#include "store/keyed/store_keyed.h"

static const char *const table_names[STORE_KEYED_TABLE_COUNT] = {
    [STORE_META] = "meta",
    [STORE_TILLS] = "tills",
    [STORE_MEMBERS] = "members",
    [STORE_CARDS] = "cards",
    [STORE_CHANGES] = "changes",
    [STORE_ACCOUNTS] = "accounts",
    [STORE_RECEIPTS] = "receipts",
    [STORE_MANIFESTS] = "manifests",
    [STORE_BOOKS] = "books",
    [STORE_KEYED_RECORDS] = "records",
    [STORE_QUARANTINE] = "quarantine",
    [STORE_KEYED_MARKS] = "marks",
    [STORE_EVENTS] = "events",
    [STORE_COUPONS] = "coupons",
    [STORE_HELD] = "held",
    [STORE_COUNTERS] = "counters",
    [STORE_GIFTS] = "gifts",
    [STORE_RETURNS] = "returns",
    [STORE_RESERVATIONS] = "reservations",
    [STORE_HOLDS] = "holds",
    [STORE_DEBTS] = "debts",
    [STORE_SIGNALS] = "signals",
    [STORE_KEYS] = "keys",
    [STORE_ERASURES] = "erasures",
};
_Static_assert(STORE_KEYED_TABLE_COUNT <= LMDB_TABLES_MAX, "platform/lmdb opens no more");

struct store_lmdb {
    struct store_keyed keyed;
    struct lmdb_storage *lmdb;
};

static void close_store(struct store_keyed *keyed)
{
    struct store_lmdb *store = (struct store_lmdb *)(void *)keyed; /* its first member */
    lmdb_storage_close(store->lmdb);
    free(store);
}

static enum err compact_store(struct store_keyed *keyed)
{
    struct store_lmdb *store = (struct store_lmdb *)(void *)keyed; /* its first member */
    return lmdb_storage_compact(store->lmdb);
}

static void free_store(struct store_lmdb **store)
{
    free(*store);
}

enum err store_lmdb_open(const struct store_settings *settings, struct store *out_store)
{
    struct store_lmdb *store CLEANUP(free_store) = calloc(1, sizeof(*store));
    if (store == NULL)
        return ERR_MEMORY;
    struct lmdb_options options = {.path = settings->path,
                                   .tables = table_names,
                                   .table_count = STORE_KEYED_TABLE_COUNT,
                                   .map_size_bytes = settings->map_size_bytes,
                                   .access = LMDB_SHARED,
                                   .absent = settings->must_exist ? LMDB_REFUSE : LMDB_CREATE,
                                   .random = settings->random};
    TRY(lmdb_storage_open(&options, &store->lmdb));
    store->keyed.storage = lmdb_storage_as_storage(store->lmdb);
    store->keyed.compact = compact_store;
    store->keyed.close = close_store;
    *out_store = store_keyed_as_store(&TAKE(store)->keyed);
    return ERR_OK;
}
