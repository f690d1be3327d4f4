/* SPDX-License-Identifier: Apache-2.0 */
/* book_stall.h - a till as far as its books are concerned: the product's own books, trust and bookcase on a disk in
 * memory, a clock and a handler that the test holds in its hand, and a chain that signs what the test says.
 * Include it after cmocka.h. */
#ifndef KASSA_TEST_BOOK_STALL_H
#define KASSA_TEST_BOOK_STALL_H

#include "books/books.h"
#include "memory_storage.h"
#include "seed.h"
#include "trust_kit.h"

#define STALL_STORE "store-1"
#define STALL_TILL  "till-1"
#define STALL_NOW   (KIT_CREATED_MS + 30 * KIT_DAY_MS)
#define STALL_SIZE  (2 * BOOK_CHUNK_SIZE + 777) /* of a book: three chunks */

struct stall {
    struct trust_kit kit;
    kassa_TrustRoot root; /* that signs now */
    kassa_Signed root_sealed;
    kassa_Signed first_root;
    uint8_t root_file[ROOT_FILE_SIZE_MAX];
    size_t root_file_size;
    struct memory_shelf shelf;
    struct memory_storage disk;
    struct bookcase *bookcase;
    struct books *books;
    struct books_witness witness;
    struct seed seed;
    int64_t wall_unix_ms;
    uint64_t mono_ms;
    /* what the till heard */
    enum trust_reason verdict; /* that its trial comes to */
    uint64_t in_force;         /* the version that was used last; by go_back the bookcase's */
    unsigned uses, backs, keys_taken;
    unsigned slices, slices_left; /* of a trial; 0: one */
    bool dies_in_use;             /* then the disk as it is at that moment goes to ... */
    struct memory_storage *disk_at_use;
    enum trust_reason told[512];
    uint64_t told_version[512];
    size_t told_count;
};

struct stall *stall_new(void);
void stall_delete(struct stall *stall);

/* As after a power cut: what was committed is there. */
void stall_restart(struct stall *stall);
/* The cache is gone; the journal's witness stays. */
void stall_lose_cache(struct stall *stall);

/* A manifest of a book of that version, of STALL_SIZE bytes that follow from it. */
kassa_BookManifest stall_manifest(uint64_t version);
void stall_sign_book(const struct stall *stall, const kassa_BookManifest *manifest, kassa_Signed *out);
/* A timestamp of now that names one book for all tills. */
kassa_Timestamp stall_timestamp(const struct stall *stall, const kassa_Signed *book, uint64_t version);
void stall_sign_timestamp(const struct stall *stall, const kassa_Timestamp *timestamp, kassa_Signed *out);

/* A manifest, signed, and named by a timestamp that is as it should be. */
struct stall_offer {
    kassa_BookManifest manifest;
    kassa_Timestamp timestamp;
    kassa_Signed book, stamp;
};
/* Signs a timestamp of now for it; signs its manifest by some (the list ends with KIT_KEYS) and names it, a second
 * later; makes a good one of that version. */
void stall_name_it(const struct stall *stall, struct stall_offer *offer);
void stall_sign_and_name(struct stall *stall, struct stall_offer *offer, const enum kit_key *signers);
void stall_make_offer(struct stall *stall, uint64_t version, struct stall_offer *offer);

/* Hands news to the till; each may be NULL. */
void stall_tell(struct stall *stall, const kassa_Signed *root, const kassa_Signed *timestamp,
                const kassa_Signed *book);
/* All chunks of that version, as they should be. */
void stall_send_chunks(struct stall *stall, uint64_t version);
void stall_send_chunk(struct stall *stall, uint64_t version, uint32_t index, struct span bytes);
void stall_fill_book(uint64_t version, uint8_t out[STALL_SIZE]);
/* News and chunks of a good book; it is in force then. */
void stall_publish(struct stall *stall, uint64_t version);

/* The version in force, by the bookcase. */
uint64_t stall_version(const struct stall *stall);
/* Whether that reason was told since the last call of stall_forget. */
bool stall_heard(const struct stall *stall, enum trust_reason reason);
void stall_forget(struct stall *stall);

#endif
