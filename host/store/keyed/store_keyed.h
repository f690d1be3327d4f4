/* SPDX-License-Identifier: Apache-2.0 */
/* store_keyed.h - the hub's store over an ordered key-value storage: a table a kind of document, then the records by
 * (till, incarnation, seq) and a mark an incarnation. Whoever opens the storage embeds this as its first member. */
#ifndef KASSA_STORE_KEYED_H
#define KASSA_STORE_KEYED_H

#include "iface/storage.h"
#include "store/store.h"

/* Tables of the storage, after those that enum store_kind numbers. */
enum { STORE_KEYED_RECORDS = STORE_KIND_COUNT, STORE_KEYED_MARKS, STORE_KEYED_TABLE_COUNT };

struct store_keyed {
    struct storage storage;
    struct storage_txn txn;                         /* the one that is open; handle NULL: none */
    enum err (*compact)(struct store_keyed *store); /* NULL: what is removed leaves nothing */
    void (*close)(struct store_keyed *store);
};

struct store store_keyed_as_store(struct store_keyed *store);

#endif
