/* SPDX-License-Identifier: Apache-2.0 */
/* members.h - the till's copy of the members that it may meet: found by card token or by id. A cache: the hub
 * has the truth and can send all of it again. SPEC.md has the format.
 *
 * Owner      the caller owns every buffer. The cache keeps no pointer past the call.
 * Memory     5 KiB, taken at opening, however many members there are; nothing allocates after.
 * Threads    one thread, the event loop. Only apply waits for the disk.
 */
#ifndef KASSA_MEMBERS_H
#define KASSA_MEMBERS_H

#include "iface/storage.h"
#include "kassa/limits.h"

#define MEMBER_RECORD_SIZE_MAX 8192 /* one member's message, with all its lists full */
#define MEMBERS_CHANGES_MAX    1024 /* of one update */

/* The tables of a storage that holds members, for lmdb_options.tables; they stand from first_table on. */
#define MEMBERS_TABLE_COUNT 4
#define MEMBERS_TABLES      "members", "member_cards", "members_meta", "member_keys"

struct members; /* opaque */

/* Opens the cache in `storage`, whose tables first_table and following are MEMBERS_TABLES; reads one row.
 * ERR_VERSION: another format. ERR_CORRUPT, ERR_IO, ERR_FULL, ERR_MEMORY. */
NODISCARD
enum err members_open(struct storage storage, unsigned first_table, struct members **out_members);
void members_close(struct members *members);   /* NULL is allowed */
void members_closep(struct members **members); /* for CLEANUP */

struct member_change {
    uint8_t id[MEMBER_SIZE];
    bool is_erased;      /* the member goes, with all cards; the rest is ignored */
    struct span message; /* the encoded kassa_Member without his key, kept as it came */
    struct span key;     /* wrapped: MEMBER_KEY_SIZE bytes; empty: his key is not for this till, and goes */
    /* The cards that are valid now: others of his are withdrawn. */
    uint8_t tokens[CARDS_PER_MEMBER][TOKEN_SIZE];
    size_t token_count;
};

struct members_update {
    uint64_t from_version; /* the version that it builds on */
    uint64_t to_version;   /* the version that stands after it; both 0: an answer, applied whatever stands */
    const struct member_change *changes;
    size_t count;
};

/* Applies an update in one transaction. An update whose to_version is not above what stands is skipped:
 * ERR_OK. A card that another member had is this one's from now on. ERR_GAP (from_version is above what
 * stands: ask for the missing ones), ERR_ARGUMENT (sizes, counts, from above to), ERR_FULL, ERR_IO: nothing
 * was applied. */
NODISCARD
enum err members_apply(struct members *members, const struct members_update *update);

struct member_found {
    uint8_t id[MEMBER_SIZE];
    uint8_t message[MEMBER_RECORD_SIZE_MAX]; /* the encoded kassa_Member */
    size_t message_size;
    uint8_t key[MEMBER_KEY_SIZE]; /* wrapped */
    size_t key_size;              /* 0: it is not here */
};

/* By card token, by id. ERR_NOT_FOUND, ERR_CORRUPT (crc), ERR_IO. */
NODISCARD
enum err members_find_token(struct members *members, const uint8_t token[TOKEN_SIZE],
                            struct member_found *out);
NODISCARD
enum err members_find_id(struct members *members, const uint8_t id[MEMBER_SIZE], struct member_found *out);

/* Keys are kept apart from what they open, each in one row, so that one who is erased is erased everywhere. A
 * till that enrols a member puts his key here before his record is written: durable when it returns. ERR_ARGUMENT
 * (size), ERR_FULL, ERR_IO. */
NODISCARD
enum err members_put_key(struct members *members, const uint8_t id[MEMBER_SIZE], struct span key);
/* ERR_NOT_FOUND: it is not here, or was destroyed. ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err members_get_key(struct members *members, const uint8_t id[MEMBER_SIZE],
                         uint8_t out[MEMBER_KEY_SIZE]);

/* Members whose rows and keys an update has removed, and of whom the file still has remains: up to `capacity` of
 * them, to be told to head office once the file was compacted. */
NODISCARD
enum err members_list_erased(struct members *members, uint8_t (*out_ids)[MEMBER_SIZE], size_t capacity,
                             size_t *out_count);
/* It was told, and is durable: they are forgotten. */
NODISCARD
enum err members_settle_erased(struct members *members, const uint8_t (*ids)[MEMBER_SIZE], size_t count);

/* The version of the last update that was applied; 0: none. */
uint64_t members_version(const struct members *members);
uint64_t members_count(const struct members *members);

#endif
