/* SPDX-License-Identifier: Apache-2.0 */
#include "store/table.h"

#include "store/lmdb/store_lmdb.h"

const struct store_row store_table[] = {
    {"lmdb", store_lmdb_open}, /* embedded: the default */
    {NULL, NULL},
};
