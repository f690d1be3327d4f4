/* SPDX-License-Identifier: Apache-2.0 */
/* signed_book.h - a binary book and its signed manifest in one file (SPEC.md "The signed book file"): what
 * goes from desk to desk, each of which adds a signature, and then to the hub. The hub and the tills get the two
 * parts of it; they check the signatures again. Needs vault_open. Threads: any, on their own objects. */
#ifndef KASSA_OFFICE_SIGNED_BOOK_H
#define KASSA_OFFICE_SIGNED_BOOK_H

#include "offers/book.h"
#include "trust/trust.h"

#define SIGNED_BOOK_MAGIC        "KSIGNED1"
#define SIGNED_BOOK_HEAD_SIZE    12 /* magic (8), the size of the signed manifest (4, little-endian) */
#define SIGNED_BOOK_OVERHEAD_MAX (SIGNED_BOOK_HEAD_SIZE + SIGNED_SIZE_MAX)

struct signed_book {
    kassa_Signed sealed;         /* the manifest, and the signatures so far */
    kassa_BookManifest manifest; /* what stands in it; believe it once the signatures are good */
    struct span book;            /* within the bytes that were given */
};

struct signed_book_terms {
    const char *tenant; /* the root's */
    int64_t created_unix_ms;
    int64_t not_before_unix_ms; /* 0: at once */
    int64_t expires_unix_ms;    /* 0: never */
    const char *const *tills;   /* that it is for */
    size_t till_count;          /* 0: all of its stores */
    kassa_BookLimits limits;
};

/* Describes a binary book, without signatures. Its version and stores are the book's own. ERR_SYNTAX,
 * ERR_TRUNCATED, ERR_VERSION, ERR_TOO_LONG: no book that book_open takes, or it names more stores or tills than
 * a manifest holds (64). ERR_RANGE: the tenant or a till is longer than TILL_ID_MAX. */
NODISCARD
enum err signed_book_draft(struct span book, const struct signed_book_terms *terms, struct signed_book *out);

/* Adds a signature. ERR_ARGUMENT: no valid key. ERR_TOO_LONG: there are SIGNATURES_MAX. */
NODISCARD
enum err signed_book_sign(struct signed_book *signed_book, const uint8_t private_key[VAULT_PRIVATE_SIZE]);

/* out has room for book.size + SIGNED_BOOK_OVERHEAD_MAX bytes, and lies elsewhere. */
NODISCARD
enum err signed_book_write(const struct signed_book *signed_book, uint8_t *out, size_t *out_size);

/* Takes a file apart; believes nothing of it yet. ERR_SYNTAX (no signed book), ERR_TRUNCATED. */
NODISCARD
enum err signed_book_read(struct span file, struct signed_book *out);

/* Whether the book is the manifest's: its size, hash and version. ERR_CHECKSUM: it is not. ERR_SYNTAX,
 * ERR_TRUNCATED, ERR_VERSION: it is, yet no book that this program knows. */
NODISCARD
enum err signed_book_check(const struct signed_book *signed_book);

/* What a till with this root says to it at that time, as far as it does not depend on the till: signatures,
 * tenant, expiry (also the root's), and the book itself (TRUST_MIXED, TRUST_UNREADABLE). */
enum trust_reason signed_book_judge(const struct signed_book *signed_book, const struct trust_root *root,
                                    int64_t now_unix_ms);

bool signed_book_is_one(struct span file);

#endif
