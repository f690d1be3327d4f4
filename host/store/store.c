/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "store/table.h"

enum err store_open(const struct store_settings *settings, struct store *out_store)
{
    for (const struct store_row *row = store_table; row->kind != NULL; row++) {
        if (strcmp(row->kind, settings->kind) == 0)
            return row->open(settings, out_store);
    }
    return ERR_UNSUPPORTED;
}

void store_close(struct store *store)
{
    if (store->ops != NULL)
        store->ops->close(store->self);
    *store = (struct store){NULL, NULL};
}

enum err store_begin(struct store store, enum store_mode mode, struct store_txn *out_txn)
{
    void *handle = NULL;
    TRY(store.ops->begin(store.self, mode, &handle));
    *out_txn = (struct store_txn){store, handle};
    return ERR_OK;
}

enum err store_commit(struct store_txn *txn)
{
    void *handle = TAKE(txn->handle);
    return txn->store.ops->end(txn->store.self, handle, STORE_COMMIT);
}

void store_abort(struct store_txn *txn)
{
    void *handle = TAKE(txn->handle);
    if (handle != NULL)
        (void)txn->store.ops->end(txn->store.self, handle, STORE_ABORT);
}
