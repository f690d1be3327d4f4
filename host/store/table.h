/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - the kinds of stores, a row each. Inside store/ only. */
#ifndef KASSA_STORE_TABLE_H
#define KASSA_STORE_TABLE_H

#include "store/store.h"

struct store_row {
    const char *kind;
    enum err (*open)(const struct store_settings *settings, struct store *out_store);
};

/* Ends with a row whose kind is NULL. */
extern const struct store_row store_table[];

#endif
