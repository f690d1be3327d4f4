/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_pages.h - the file format of LMDB 0.9 (data version 1), as its mdb.c documents it beside the structs.
 * W is the machine's word: 8 or 4 bytes.
 *
 *   page      pgno W, pad 2, flags 2, then lower 2 and upper 2 (overflow: number of pages 4), then content
 *   meta      magic 4, version 4, address W, map size W, table of free pages, main table, last pgno W, txnid W
 *   table     page size or pad 4, flags 2, depth 2, branch pages W, leaf pages W, overflow pages W, entries W,
 *             root W
 *   node      low 2, high 2, flags 2, key size 2, key, data
 *             leaf: data size = low | high << 16; branch: child = low | high << 16 | flags << 32
 *   free      key: a txnid; value: count W, then so many page numbers
 */
#ifndef KASSA_LMDB_PAGES_H
#define KASSA_LMDB_PAGES_H

#include "base/base.h"

#define WORD      sizeof(size_t)
#define HEAD_SIZE (WORD + 8)
#define NODE_SIZE 8u

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8, PAGE_KINDS = 0x6f };
enum { NODE_BIG = 1, NODE_TABLE = 2 };

static inline uint16_t lmdb_get16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t lmdb_get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline size_t lmdb_get_word(const uint8_t *at)
{
    size_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

#endif
