/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of this room share; nobody else includes it. */
#ifndef KASSA_JOURNAL_INTERNAL_H
#define KASSA_JOURNAL_INTERNAL_H

#include "journal/format.h"
#include "journal/journal.h"
#include "journal/key_index.h"

/* The end of the newest generation: what an append moves. */
struct tail {
    uint64_t seq; /* of the last record; 0 before the first */
    uint64_t receipts;
    uint8_t hash[HASH_SIZE];
};

struct journal {
    struct storage storage;
    struct random random;
    bool is_read_only;
    bool is_uncertain; /* memory may differ from the disk: load before anything else */
    uint32_t generation;
    struct generation_row row; /* of the newest generation; its mark may be ahead of the stored one */
    uint64_t stored_acknowledged_seq;
    struct tail tail;
    uint64_t tags[CHUNK_RECORDS]; /* of the records after the last stored chunk */
    struct key_index keys;
    uint8_t scratch[RECORD_VALUE_MAX];
};

/* load.c: makes memory what the disk holds. ERR_NOT_FOUND: no journal is in the storage. */
NODISCARD
enum err journal_load(struct journal *journal);

/* The same, if memory may differ. Every call that touches the disk begins with it. */
NODISCARD
enum err journal_settle(struct journal *journal);

/* The newest generation's row in the storage. ERR_NOT_FOUND, ERR_CORRUPT. */
NODISCARD
enum err journal_load_newest(const struct storage_txn *txn, uint32_t *out_generation,
                             struct generation_row *out_row);

NODISCARD
enum err journal_get_row(const struct storage_txn *txn, uint32_t generation, struct generation_row *out_row);

/* Puts one entry into the transaction and moves the tail, the tags and the index in memory with it. If the
 * transaction then fails, is_uncertain must be set. */
NODISCARD
enum err journal_put_record(struct journal *journal, const struct storage_txn *txn,
                            const struct record_parts *parts);
NODISCARD
enum err journal_put_row(const struct storage_txn *txn, uint32_t generation,
                         const struct generation_row *row);

/* The first row at or after (before) `from`. ERR_NOT_FOUND. */
NODISCARD
enum err journal_first(const struct storage_txn *txn, enum journal_table table, struct span from,
                       enum storage_order order, struct span *out_key, struct span *out_value);

/* The record at `place`, its parts within the transaction. ERR_NOT_FOUND, ERR_CORRUPT. */
NODISCARD
enum err journal_get_record(const struct storage_txn *txn, struct place place,
                            struct record_parts *out_parts);

/* Beyond this many bytes appends are refused. */
static inline uint64_t journal_full_at(uint64_t capacity_bytes)
{
    return capacity_bytes / 10000 * JOURNAL_FULL_BP;
}

/* What a damaged row is to a caller: the formats' own errors name no storage. */
static inline enum err corrupt_if_bad(enum err error)
{
    return error == ERR_CHECKSUM || error == ERR_SYNTAX || error == ERR_FORK || error == ERR_GAP ? ERR_CORRUPT
                                                                                                 : error;
}

#endif
