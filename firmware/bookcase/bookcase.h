/* SPDX-License-Identifier: Apache-2.0 */
/* bookcase.h - the till's copies of the signed book of offers: the one in force, the one before it, and the
 * one that is being received. Bytes only: whoever receives a book verifies its signature before he activates
 * it. SPEC.md has the format.
 *
 * Slots      two generations, and room for what comes. Activation is one pointer switched in one transaction,
 *            so that a power cut leaves the old book or the new one.
 * Trust      what the till must remember of roots, timestamps and time, as bytes of its own (trust/state.h):
 *            they change with the pointer, in one transaction.
 * Resume     chunks that were received survive a restart.
 * Memory     50 KiB, taken at opening; nothing allocates after.
 * Threads    one thread, the event loop.
 */
#ifndef KASSA_BOOKCASE_H
#define KASSA_BOOKCASE_H

#include "iface/storage.h"
#include "kassa/limits.h"

#define BOOKCASE_CHUNKS_MAX (BOOK_SIZE_MAX / BOOK_CHUNK_SIZE)

#define BOOKCASE_TABLE_COUNT 2
#define BOOKCASE_TABLES      "book_chunks", "book_meta"
#define BOOKCASE_TRUST_MAX   16384 /* a root and a timestamp, each signed up to sixteen times */

struct bookcase; /* opaque */

struct book_copy {
    uint64_t version;        /* 1 and above; 0: there is no such copy */
    uint32_t size;           /* 1 to BOOK_SIZE_MAX bytes */
    uint8_t hash[HASH_SIZE]; /* SHA-256 of the whole, as the manifest states it */
};

enum bookcase_which { BOOKCASE_ACTIVE, BOOKCASE_BEFORE, BOOKCASE_INCOMING };

/* Tables first_table and following of the storage are BOOKCASE_TABLES. ERR_VERSION, ERR_CORRUPT, ERR_IO,
 * ERR_FULL, ERR_MEMORY. */
NODISCARD
enum err bookcase_open(struct storage storage, unsigned first_table, struct bookcase **out_bookcase);
void bookcase_close(struct bookcase *bookcase);   /* NULL is allowed */
void bookcase_closep(struct bookcase **bookcase); /* for CLEANUP */

/* What the copy is; version 0 if there is none. */
struct book_copy bookcase_get(const struct bookcase *bookcase, enum bookcase_which which);

/* The highest version that was ever in force, also after a fall back: trust/ judges by it what may come. A new
 * root may have set it anew. */
uint64_t bookcase_version_max(const struct bookcase *bookcase);

/* What is remembered of trust; empty if there is nothing. ERR_TOO_LONG, ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err bookcase_get_trust(struct bookcase *bookcase, uint8_t out[BOOKCASE_TRUST_MAX], size_t *out_size);

/* Remembers it from now on; with version_base, books are counted from there. ERR_TOO_LONG, ERR_FULL, ERR_IO. */
NODISCARD
enum err bookcase_put_trust(struct bookcase *bookcase, struct span trust, const uint64_t *version_base);

/* Begins to receive a book, or goes on if this very book (version, size, hash) is being received.
 * ERR_RANGE: version or size. ERR_FULL, ERR_IO. */
NODISCARD
enum err bookcase_receive(struct bookcase *bookcase, const struct book_copy *copy);

/* Keeps chunk `index` of the book that is being received; all but the last are BOOK_CHUNK_SIZE bytes. A chunk
 * that is there already is replaced. ERR_STATE: none is being received. ERR_RANGE: no such chunk or another
 * size. ERR_FULL, ERR_IO. */
NODISCARD
enum err bookcase_put_chunk(struct bookcase *bookcase, uint32_t index, struct span bytes);

/* The first chunk at or after `index` that is missing. ERR_NOT_FOUND: none is. ERR_STATE: none is being
 * received. */
NODISCARD
enum err bookcase_next_missing(struct bookcase *bookcase, uint32_t index, uint32_t *out_missing);

/* Copies a whole book into buffer (its size is in bookcase_get). ERR_NOT_FOUND: there is none, or it is not
 * whole. ERR_TOO_LONG: the buffer. ERR_CORRUPT: a chunk's crc. ERR_IO. */
NODISCARD
enum err bookcase_read(struct bookcase *bookcase, enum bookcase_which which, uint8_t *buffer, size_t size);

/* The received book, whole and verified by the caller, is in force from now on, and with it this is remembered
 * of trust (empty: what was); the one before it is kept (the same version anew: the one before that). ERR_STATE: none is being received. ERR_GAP: a chunk is
 * missing. ERR_TOO_LONG, ERR_FULL, ERR_IO. */
NODISCARD
enum err bookcase_activate(struct bookcase *bookcase, struct span trust);

/* Puts the one before in force again (a book that faults), once: ERR_NOT_FOUND: there is none, or it was fallen
 * back from itself. With it this is remembered of trust. ERR_TOO_LONG, ERR_FULL, ERR_IO. */
NODISCARD
enum err bookcase_fall_back(struct bookcase *bookcase, struct span trust);

#endif
