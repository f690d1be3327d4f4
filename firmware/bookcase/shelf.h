/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.h - the bookcase's rows as bytes: SPEC.md in C. Pure; used by this room alone. */
#ifndef KASSA_BOOKCASE_SHELF_H
#define KASSA_BOOKCASE_SHELF_H

#include "bookcase/bookcase.h"

#define BOOKCASE_FORMAT 1
#define BOOKCASE_SLOTS  3

#define SHELF_KEY  "b"
#define SHELF_SIZE 152
struct shelf {
    uint8_t active;    /* the slot in force; its version is 0 while no book ever was */
    uint8_t before;    /* the slot that was in force before it; the third one is for what comes */
    bool is_receiving; /* the third slot is being filled */
    bool is_back;      /* `before` was fallen back from: it is not put in force again */
    uint64_t version_max;
    struct book_copy copies[BOOKCASE_SLOTS];
};
void bookcase_shelf_write(const struct shelf *shelf, uint8_t out[SHELF_SIZE]);
/* ERR_CORRUPT, ERR_VERSION. */
NODISCARD
enum err bookcase_shelf_read(struct span value, struct shelf *out);

#define TRUST_KEY       "t"
#define TRUST_HEAD_SIZE 4
/* out has TRUST_HEAD_SIZE + BOOKCASE_TRUST_MAX bytes; returns the row's size. */
size_t bookcase_trust_write(struct span bytes, uint8_t *out);
/* ERR_CORRUPT. */
NODISCARD
enum err bookcase_trust_read(struct span value, struct span *out_bytes);

#define CHUNK_KEY_SIZE  5
#define CHUNK_HEAD_SIZE 4
void bookcase_chunk_write_key(uint8_t slot, uint32_t index, uint8_t out[CHUNK_KEY_SIZE]);
/* out has CHUNK_HEAD_SIZE + BOOK_CHUNK_SIZE bytes; returns the row's size. */
size_t bookcase_chunk_write(uint8_t slot, uint32_t index, struct span bytes, uint8_t *out);
/* ERR_CORRUPT. */
NODISCARD
enum err bookcase_chunk_read(uint8_t slot, uint32_t index, struct span value, struct span *out_bytes);

uint32_t bookcase_chunk_count(uint32_t book_size);
uint32_t bookcase_chunk_size(uint32_t book_size, uint32_t index);

#endif
