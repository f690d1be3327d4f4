/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_walk.h - is the structure of an LMDB file whole? LMDB trusts its pages: a damaged one is a wrong
 * answer, an assertion or a SIGSEGV in the program that opened it. This reads the file as bytes and trusts
 * nothing. Pure. */
#ifndef KASSA_LMDB_WALK_H
#define KASSA_LMDB_WALK_H

#include "base/base.h"

/* Walks the newest snapshot in `file`: each page is of its kind and number, is used once, its nodes lie
 * within it, keys are in order, counts agree. Values are not looked at: they carry their own crc. Files of
 * this machine's word size and byte order, LMDB 0.9, without duplicate-sorted tables (Kassa has none).
 * used[(file.size / 512 + 7) / 8] is the caller's, for a bit a page. ERR_CORRUPT, ERR_VERSION. */
NODISCARD
enum err lmdb_walk(struct span file, uint8_t *used);
size_t lmdb_walk_used_size(size_t file_size);

#endif
