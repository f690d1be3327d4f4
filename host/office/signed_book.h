/* SPDX-License-Identifier: Apache-2.0 */
/* signed_book.h - a binary book and its signed manifest in one file (SPEC.md "The signed book file"): what
 * goes from the desk where books are signed to the hub. The hub and the tills get the two parts of it; they
 * check the signature again. Needs vault_open. Threads: any, on their own objects. */
#ifndef KASSA_OFFICE_SIGNED_BOOK_H
#define KASSA_OFFICE_SIGNED_BOOK_H

#include "offers/book.h"
#include "vault/vault.h"
#include "wire/message.h"

#define SIGNED_BOOK_MAGIC        "KSIGNED1"
#define SIGNED_BOOK_HEAD_SIZE    12 /* magic (8), the manifest's size (4, little-endian) */
#define SIGNED_BOOK_OVERHEAD_MAX (SIGNED_BOOK_HEAD_SIZE + WIRE_BOOK_STATEMENT_SIZE_MAX + 128)

struct signed_book {
    kassa_BookManifest manifest;
    struct span book; /* within the file's bytes */
};

struct signed_book_terms {
    const char *tenant; /* "": of no tenant in particular */
    int64_t created_unix_ms;
};

/* Writes a signed file of the binary book to out. Its manifest's version and stores are the book's own.
 * ERR_SYNTAX, ERR_TRUNCATED, ERR_VERSION, ERR_TOO_LONG: no book that book_open takes, or it names more stores
 * than a manifest holds (64). ERR_RANGE: the tenant is longer than TILL_ID_MAX. ERR_ARGUMENT: no valid key.
 * out has room for book.size + SIGNED_BOOK_OVERHEAD_MAX bytes. */
NODISCARD
enum err signed_book_write(struct span book, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                           const struct signed_book_terms *terms, uint8_t *out, size_t *out_size);

/* Takes a file apart; believes nothing of it yet. ERR_SYNTAX (no signed book), ERR_TRUNCATED. */
NODISCARD
enum err signed_book_read(struct span file, struct signed_book *out);

/* Signature, key, size and hash, in the order in which a till checks them, then the book itself. Without a
 * key (NULL) the signature is not looked at: the tills will. ERR_SIGNATURE: signed with another key, or not
 * this manifest. ERR_CHECKSUM: the book is not the signed one. ERR_SYNTAX, ERR_TRUNCATED, ERR_VERSION:
 * signed, yet no book that this program knows, or of another version than the manifest says (then
 * ERR_CHECKSUM). */
NODISCARD
enum err signed_book_verify(const struct signed_book *signed_book,
                            const uint8_t public_key[VAULT_PUBLIC_SIZE]);

bool signed_book_is_one(struct span file);

#endif
