/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - what verbs read: whole files ("-" is standard input), books in any of their three forms, keys,
 * peppers. */
#ifndef KASSA_CLI_LOAD_H
#define KASSA_CLI_LOAD_H

#include "cli/call.h"
#include "office/book_json.h"
#include "office/signed_book.h"
#include "vault/pepper.h"

struct load_file {
    uint8_t *bytes; /* one NUL behind them */
    size_t size;
};
void load_file_done(struct load_file *file); /* also for CLEANUP */

/* ERR_NOT_FOUND, ERR_FOLDER, ERR_TOO_LONG, ERR_IO, ERR_MEMORY. */
NODISCARD
enum err load_file(const char *path, size_t size_max, struct load_file *out);
struct span load_span(const struct load_file *file);

enum load_form { LOAD_JSON, LOAD_BINARY, LOAD_SIGNED };

/* A book, whatever the file holds: JSON is compiled, a signed one is taken apart (and not verified). */
struct load_book {
    enum load_form form;
    struct load_file file;
    struct book_image image;  /* LOAD_JSON */
    struct signed_book parts; /* LOAD_SIGNED */
    struct span bytes;        /* the binary book */
    struct book book;
};
void load_book_done(struct load_book *book); /* also for CLEANUP */

/* Complains on call->err of whatever is wrong. */
NODISCARD
enum exit_code load_book(const struct call *call, const char *path, struct load_book *out);

/* A file of one line of hexadecimal digits: exactly size bytes. Complains. */
NODISCARD
enum exit_code load_key(const struct call *call, const char *path, size_t size, const char *what,
                        uint8_t *out);
/* The chain's peppers, as vault/pepper.h reads them. Complains. */
NODISCARD
enum exit_code load_peppers(const struct call *call, const char *path, struct vault_peppers *out);
/* A private key, from a file that may be locked (office/key_lock.h): then the passphrase is asked for. Complains. */
NODISCARD
enum exit_code load_private_key(const struct call *call, const char *path, uint8_t out[VAULT_PRIVATE_SIZE]);
/* The public key: from a file of it, or of the private one. */
NODISCARD
enum exit_code load_public_key(const struct call *call, const char *path, uint8_t out[VAULT_PUBLIC_SIZE]);

/* "file:3:14: error: <what>" and its hint, one finding a pair of lines. */
void load_print_findings(FILE *out, const char *path, const struct findings *findings);

#endif
