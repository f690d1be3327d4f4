/* SPDX-License-Identifier: Apache-2.0 */
/* books.h - which book of offers this till takes: news of roots, timestamps and books as they come down the
 * line, held against what is remembered (trust/state.h), received in chunks, offered, put in force in one
 * transaction, and given back. include/kassa/SPEC.md "Trust" has the rules.
 *
 * Refusal    leaves what is in force in force, and is told with its reason: the same reason of the same book at
 *            most once an hour.
 * Line       none of its own: what came is handed in, and what is to be asked is handed out.
 * Memory     1.2 MiB, taken at opening, but for a received book, which is on the heap while it is tried.
 * Threads    one, the event loop. News and chunks wait for the disk.
 */
#ifndef KASSA_BOOKS_H
#define KASSA_BOOKS_H

#include "bookcase/bookcase.h"
#include "iface/clock.h"
#include "iface/random.h"
#include "trust/state.h"

struct books; /* opaque */

#define BOOKS_NEVER UINT64_MAX

/* What the journal says of the book that was put in force last: it holds where the bookcase was lost. */
struct books_witness {
    uint64_t version; /* 0: none */
    uint8_t hash[HASH_SIZE];
    uint64_t root_version;
    int64_t signed_unix_ms; /* the time that was known then */
};

struct books_settings {
    const char *tenant; /* these three outlive the books */
    const char *store;
    const char *till;
    struct span first_root; /* the file of the first root */
    struct books_witness witness;
    uint32_t pull_ms_max; /* jitter before missing chunks are asked for: 2000 */
};

struct books_parts {
    struct clock clock;
    struct random random;
    struct bookcase *bookcase;
};

struct books_trial {
    const kassa_BookManifest *manifest;
    struct span bytes;
    bool is_begin;
};

struct books_handler {
    /* A book is whole, verified and wanted: it is tried, a slice a call (is_begin: the first), and bytes stay where
     * they are until it is done or another one begins. false: not done. Anything but TRUST_GOOD refuses it for
     * good. NULL: every book is good. */
    bool (*try_on)(void *context, const struct books_trial *trial, enum trust_reason *out_reason);
    /* It was tried; bytes live until the return. TRUST_GOOD: it was recorded and is in force in memory; the
     * bookcase follows at once. Anything else refuses it for good. */
    enum trust_reason (*use)(void *context, const kassa_BookManifest *manifest, struct span bytes);
    /* The book of the bookcase is another than the one that was used last: it is to be loaded; or it may not be
     * used any more (books_may_use): there is none then. */
    void (*go_back)(void *context);
    /* An alarm for head office. version 0: of none in particular. */
    void (*tell)(void *context, enum trust_reason reason, uint64_t version, const char *text);
    /* A new root: its coupon keys hold from now on. */
    void (*take_keys)(void *context);
    void *context;
};

/* ERR_SIGNATURE: the first root's file is no sound root, or of another chain (*out_reason). ERR_MEMORY, ERR_IO,
 * ERR_CORRUPT. */
NODISCARD
enum err books_open(const struct books_settings *settings, const struct books_parts *parts,
                    const struct books_handler *handler, enum trust_reason *out_reason,
                    struct books **out_books);
void books_close(struct books *books);   /* NULL is allowed */
void books_closep(struct books **books); /* for CLEANUP */

/* A BookNews as it came. */
void books_take_news(struct books *books, struct span payload);
/* A BookChunk as it came. */
void books_take_chunk(struct books *books, struct span payload);

/* Does what is due: alarms, a slice of a trial, the book that waits for its hour, time written down. Returns when it is to be called
 * again (mono_ms; BOOKS_NEVER: not by itself). */
uint64_t books_run(struct books *books);

/* What is to be asked of the hub now; false: nothing is. Called while there is a line, at books_pull_due. */
bool books_next_pull(struct books *books, kassa_BookPull *out);
uint64_t books_pull_due(const struct books *books); /* mono_ms; BOOKS_NEVER */

/* The book in force does harm: the one before is in force again. ERR_NOT_FOUND: there is none; it stays. Both
 * are told. TRUST_NOT_KEPT: its copy is damaged; it is asked for again, at most once an hour. */
NODISCARD
enum err books_give_back(struct books *books, enum trust_reason reason, const char *text);

/* Whether the bookcase's active book may be priced with: it is not withdrawn. */
bool books_may_use(const struct books *books);

/* The keys whose signature makes a coupon good. */
size_t books_coupon_keys(const struct books *books, uint8_t out[SIGNATURES_MAX][VAULT_PUBLIC_SIZE]);

struct books_status {
    uint64_t book_version; /* in force; 0: none */
    uint64_t root_version;
    int64_t timestamp_unix_ms; /* when it was issued; 0: there is none */
    int64_t signed_unix_ms;    /* the highest time that is known from signatures */
    uint64_t incoming_version; /* that is being received; 0: none */
    uint64_t refused_version;
    enum trust_reason refused_reason;
    kassa_BookLimits limits; /* that were signed of the book in force */
    enum trust_reason alarm; /* TRUST_GOOD, TRUST_FROZEN or TRUST_OUTLIVED */
    uint64_t refusals;       /* since the start, told or not */
};
void books_get_status(const struct books *books, struct books_status *out);

#endif
