/* SPDX-License-Identifier: Apache-2.0 */
/* store_lmdb.h - the embedded store, on platform/lmdb. Tables: one a kind of document, and
 *
 *   records  till NUL incarnation(8) seq(8)  ->  the record's bytes as they came
 *   marks    till NUL incarnation(8)         ->  hw(8) hash(32)
 *
 * Numbers are big-endian, so that the order of keys is the order of seq. */
#ifndef KASSA_STORE_LMDB_H
#define KASSA_STORE_LMDB_H

#include "store/store.h"

NODISCARD
enum err store_lmdb_open(const struct store_settings *settings, struct store *out_store);

#endif
