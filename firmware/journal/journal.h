/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h - the till's memory: an append-only log of records that survives a power cut. The only truth:
 * points, counters and the outbox are folds of it. SPEC.md has the format byte by byte.
 *
 * Records     a record is bytes that the journal never looks into. It is named by (incarnation, seq): seq
 *             counts from 1 without gaps; an incarnation is 64 random bits, drawn when a journal is created,
 *             restored from an old image or found behind the hub. A generation is the local number of an
 *             incarnation, counted from 1; only the newest is written.
 * Chain       hash(n) = SHA-256(hash(n-1) then the record's bytes); hash(0) is 32 zero bytes.
 * Durable     a record is visible only after it is durable. A call that fails changed nothing.
 * Owner       the caller owns every buffer that it passes; the journal keeps no pointer past the call.
 * Memory      all memory is taken in journal_open (2 MiB at most); nothing allocates after.
 * Threads     one thread, the event loop. Only append, trim, acknowledge, new_incarnation and close wait for
 *             the disk.
 */
#ifndef KASSA_JOURNAL_H
#define KASSA_JOURNAL_H

#include "iface/random.h"
#include "iface/storage.h"
#include "kassa/limits.h"

#define JOURNAL_APPEND_MAX 64    /* records of one durable commit */
#define JOURNAL_KEYS_MAX   32768 /* newest idempotency keys that are remembered: two weeks of a busy till */
#define JOURNAL_FULL_BP    9000  /* beyond this share of the map no append: the rest is for bookkeeping */

/* The tables of a storage that holds a journal, for lmdb_options.tables. */
#define JOURNAL_TABLE_COUNT 3
#define JOURNAL_TABLES      "records", "journal_meta", "journal_keys"
extern const char *const journal_tables[JOURNAL_TABLE_COUNT];

struct journal; /* opaque */

struct journal_settings {
    struct random random; /* draws the incarnation of a new journal */
    bool is_read_only;    /* the storage is opened for reading: appends and the like are ERR_STATE */
    bool repairs; /* the newest record or its chain is damaged: begin a new generation, carry nothing, and
                     go on; the damaged one stays readable as far as it is. Otherwise that is ERR_CORRUPT */
};

/* Opens the journal in `storage`, or begins one if the storage is empty.
 *
 * ERR_VERSION    another format version or word size
 * ERR_CORRUPT    its bookkeeping or its last record does not fit (journal_verify tells where;
 *                settings.repairs begins a new generation, LMDB_SET_ASIDE a new journal)
 * ERR_NOT_FOUND  an empty storage, read-only
 * ERR_IO, ERR_FULL, ERR_MEMORY */
NODISCARD
enum err journal_open(struct storage storage, const struct journal_settings *settings,
                      struct journal **out_journal);

/* Stores the acknowledged mark, if it moved, and frees the memory. The storage stays open. NULL
 * is allowed. */
void journal_close(struct journal *journal);
void journal_closep(struct journal **journal); /* for CLEANUP */

/* What the next record's seq and the next receipt's number will be; they hold until the next append. */
uint64_t journal_next_seq(const struct journal *journal);
uint64_t journal_next_receipt(const struct journal *journal);
uint64_t journal_incarnation(const struct journal *journal);

struct journal_entry {
    struct span bytes;  /* 1 to RECORD_SIZE_MAX bytes */
    int64_t unix_ms;    /* the wall clock when it was written: journal_trim goes by it, nothing else does */
    bool takes_receipt; /* it used journal_next_receipt: the number is taken with it */
    struct span key;    /* idempotency key, at most KEY_MAX bytes; empty: none */
    const uint8_t *digest; /* HASH_SIZE bytes that stand for the request's content; NULL without a key */
};

/* Appends 1 to JOURNAL_APPEND_MAX records in one durable commit, and returns once they are durable: all or
 * none. *out_seq is the first one's seq. At most one of them takes a receipt's number.
 *
 * ERR_EXISTS    a key was used with the same content: nothing was appended; journal_find_key tells where
 * ERR_CONFLICT  a key was used with other content: nothing was appended
 * ERR_FULL      beyond JOURNAL_FULL_BP, or disk or map is full, or the disk has but a reserve left for
 *               bookkeeping: nothing was appended, "not recorded"
 * ERR_IO        nothing was appended, unless the disk cannot even be read again: then every call answers
 *               ERR_IO until it can, and journal_find_key tells what became of it
 * ERR_ARGUMENT  sizes, counts, a key twice, a key without digest
 * ERR_STATE     opened read-only */
NODISCARD
enum err journal_append(struct journal *journal, const struct journal_entry *entries, size_t count,
                        uint64_t *out_seq);

struct journal_record {
    struct span bytes; /* in the caller's buffer */
    int64_t unix_ms;
    uint64_t receipt; /* the number that it took; 0 if none */
    uint8_t hash[HASH_SIZE];
};

/* Copies record seq of the newest generation into buffer (RECORD_SIZE_MAX always suffices).
 * ERR_NOT_FOUND (not written yet, or trimmed), ERR_TOO_LONG (the buffer), ERR_CORRUPT (crc), ERR_IO. */
NODISCARD
enum err journal_read(struct journal *journal, uint64_t seq, uint8_t *buffer, size_t size,
                      struct journal_record *out_record);

/* The same of an older generation (1 to journal_stats.generation). */
NODISCARD
enum err journal_read_generation(struct journal *journal, uint32_t generation, uint64_t seq, uint8_t *buffer,
                                 size_t size, struct journal_record *out_record);

/* The chain's hash after record seq: where a batch that starts at seq + 1 begins. seq 0 and the one just
 * below the first kept record are known too. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err journal_hash_at(struct journal *journal, uint64_t seq, uint8_t out_hash[HASH_SIZE]);

struct journal_found {
    uint32_t generation;
    uint64_t seq;
    uint8_t digest[HASH_SIZE]; /* of the request's content */
};

/* Where the record with this idempotency key is. ERR_NOT_FOUND (also: forgotten, trimmed), ERR_CORRUPT,
 * ERR_IO. */
NODISCARD
enum err journal_find_key(struct journal *journal, struct span key, struct journal_found *out_found);

/* The hub has everything up to seq hw durably and its chain's hash there is `hash`. A mark at or below the
 * present one is ERR_OK and changes nothing. The mark is stored every JOURNAL_ACK_STRIDE records and at close
 * (later, if the disk refuses it): after a power cut it may stand lower than the hub's, which then skips what
 * it has.
 *
 * ERR_FORK   hash is not this journal's at hw
 * ERR_RANGE  hw is beyond the last record: a journal restored from an old image; take a new incarnation
 * ERR_IO, ERR_CORRUPT, ERR_STATE (read-only) */
#define JOURNAL_ACK_STRIDE 256
NODISCARD
enum err journal_acknowledge(struct journal *journal, uint64_t hw, const uint8_t hash[HASH_SIZE]);

/* Removes acknowledged records written before `before_unix_ms`, the oldest first and at most count_max of
 * them (in smaller steps when space is short), older generations first; stops at the first that must stay. An
 * older generation's records go by their age alone. *out_count is how many went. ERR_FULL, ERR_IO. */
NODISCARD
enum err journal_trim(struct journal *journal, int64_t before_unix_ms, size_t count_max, size_t *out_count);

/* Begins a new generation with a new incarnation; seq starts at 1 again, receipt numbers and idempotency keys
 * go on. Records from seq carry_from on to the last are copied, bytes, times and keys, as its first records
 * (what the hub does not have yet); 0 carries none. The old generation stays readable. One commit: all or
 * nothing. ERR_FULL, ERR_IO, ERR_NOT_FOUND (carry_from is trimmed or not written). */
NODISCARD
enum err journal_new_incarnation(struct journal *journal, uint64_t carry_from);

struct journal_generation {
    uint64_t incarnation;
    uint64_t first_seq; /* the oldest that is kept; last_seq + 1 if none is */
    uint64_t last_seq;  /* 0: none was written yet */
    uint64_t acknowledged_seq;
};

/* ERR_NOT_FOUND: no such generation. */
NODISCARD
enum err journal_get_generation(struct journal *journal, uint32_t generation, struct journal_generation *out);

struct journal_stats {
    uint32_t generation; /* the newest */
    struct journal_generation newest;
    uint8_t last_hash[HASH_SIZE];
    uint64_t used_bytes;
    uint64_t capacity_bytes;
    bool is_full; /* appends are refused */
};
NODISCARD
enum err journal_get_stats(struct journal *journal, struct journal_stats *out);

struct journal_report {
    uint64_t record_count;   /* whole records, all generations */
    uint32_t bad_generation; /* where the first bad one is; 0: none */
    uint64_t bad_seq;
    enum err reason; /* ERR_CHECKSUM, ERR_GAP, ERR_SYNTAX (header), ERR_FORK (chain) */
};

/* Walks every generation: each record's crc, the chain, no gaps, the bookkeeping. Needs no journal_open, so
 * that the CLI can ask it of a damaged one. ERR_CORRUPT if something is bad: then *out_report says what
 * first. ERR_VERSION: another format, of which nothing more is known. Any other error leaves *out_report untouched. */
NODISCARD
enum err journal_verify(struct storage storage, struct journal_report *out_report);

#endif
