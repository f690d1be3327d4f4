/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - the journal's rows as bytes: SPEC.md in C. Pure; used by this room alone. */
#ifndef KASSA_JOURNAL_FORMAT_H
#define KASSA_JOURNAL_FORMAT_H

#include "base/base.h"
#include "kassa/limits.h"

#define JOURNAL_FORMAT 1

enum journal_table { TABLE_RECORDS, TABLE_META, TABLE_KEYS };

/* The name of a record, and of a chunk of keys, as a key: big-endian, so that they sort by age. */
#define PLACE_SIZE 12
struct place {
    uint32_t generation;
    uint64_t number; /* a record's seq, a chunk's number */
};
void journal_place_write(struct place place, uint8_t out[PLACE_SIZE]);
NODISCARD
enum err journal_place_read(struct span key, struct place *out);

/* A record with what stands before it. */
#define RECORD_HEAD_SIZE 56
#define RECORD_VALUE_MAX (RECORD_HEAD_SIZE + HASH_SIZE + KEY_MAX + RECORD_SIZE_MAX)
struct record_parts {
    int64_t unix_ms;
    bool takes_receipt;
    uint64_t receipts; /* receipt numbers taken up to and with this record */
    const uint8_t *hash;
    const uint8_t *digest; /* NULL without a key */
    struct span key;
    struct span bytes;
};

/* Writes the value of the record at `place` and returns its size; out has RECORD_VALUE_MAX bytes. */
size_t journal_record_write(struct place place, const struct record_parts *parts, uint8_t *out);

/* Reads it; the parts point into value. ERR_CHECKSUM, ERR_SYNTAX. */
NODISCARD
enum err journal_record_read(struct place place, struct span value, struct record_parts *out);

/* What is known of a generation besides its records. */
#define GENERATION_KEY_SIZE 5
#define GENERATION_SIZE     100
struct generation_row {
    uint64_t incarnation;
    uint64_t first_seq;     /* the oldest that is kept, or would be */
    uint64_t base_receipts; /* receipt numbers taken before first_seq */
    uint64_t acknowledged_seq;
    uint8_t base_hash[HASH_SIZE]; /* the chain's hash before first_seq */
    uint8_t acknowledged_hash[HASH_SIZE];
};
void journal_generation_write_key(uint32_t generation, uint8_t out[GENERATION_KEY_SIZE]);
NODISCARD
enum err journal_generation_read_key(struct span key, uint32_t *out_generation);
void journal_generation_write(uint32_t generation, const struct generation_row *row,
                              uint8_t out[GENERATION_SIZE]);
/* ERR_CHECKSUM, ERR_SYNTAX. */
NODISCARD
enum err journal_generation_read(uint32_t generation, struct span value, struct generation_row *out);

/* The row that says how the others are to be read. */
#define FORMAT_KEY  "f"
#define FORMAT_SIZE 12
void journal_format_write(uint8_t out[FORMAT_SIZE]);
/* ERR_VERSION (another format or word size), ERR_CHECKSUM, ERR_SYNTAX. */
NODISCARD
enum err journal_format_check(struct span value);
/* Which format a journal of this word size has. ERR_VERSION (another word size), ERR_CHECKSUM, ERR_SYNTAX. */
NODISCARD
enum err journal_format_read(struct span value, uint32_t *out_format);

/* The tags of the idempotency keys of CHUNK_RECORDS consecutive records, 0 where there is none. 500 of them
 * and LMDB's page header fill one page. */
#define CHUNK_RECORDS 500
#define CHUNK_SIZE    (4 + CHUNK_RECORDS * 8)
void journal_chunk_write(struct place place, const uint64_t tags[CHUNK_RECORDS], uint8_t out[CHUNK_SIZE]);
NODISCARD
enum err journal_chunk_read(struct place place, struct span value, uint64_t out_tags[CHUNK_RECORDS]);

/* A key's tag: 64 bits of FNV-1a, never 0. Two keys may share one: the record itself is compared. */
uint64_t journal_key_tag(struct span key);

#endif
