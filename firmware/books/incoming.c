/* SPDX-License-Identifier: Apache-2.0 */
/* A book on its way: chunks of it and of no other, then the whole against its hash, then in force. */
#include <stdlib.h>

#include "books/internal.h"

static uint32_t chunk_count(const struct incoming *incoming)
{
    return (incoming->manifest.body.size + BOOK_CHUNK_SIZE - 1) / BOOK_CHUNK_SIZE;
}

static bool has_chunk(const struct incoming *incoming, uint32_t index)
{
    return (incoming->have[index / 64] >> (index % 64) & 1) != 0;
}

static bool has_all(const struct incoming *incoming)
{
    for (uint32_t i = 0; i < chunk_count(incoming); i++) {
        if (!has_chunk(incoming, i))
            return false;
    }
    return true;
}

void books_time_pull(struct books *books)
{
    struct incoming *incoming = &books->incoming;
    uint64_t wait = books->settings.pull_ms_max / 4 + books_draw(books, books->settings.pull_ms_max + 1ull);
    for (unsigned i = 0; i < incoming->mixed_count && wait < PULL_SLOW_MS; i++)
        wait = 2 * wait + 1000;
    incoming->pull_due_mono_ms = books_read_clock(books).mono_ms + wait;
}

void books_close_incoming(struct books *books)
{
    free(books->incoming.bytes);
    books->incoming = (struct incoming){.pull_due_mono_ms = BOOKS_NEVER};
}

void books_fill_pull(const struct books *books, kassa_BookPull *out)
{
    const struct incoming *incoming = &books->incoming;
    out->version = incoming->manifest.body.version;
    for (uint32_t i = 0; i < chunk_count(incoming) && out->chunks_count < CHUNKS_A_PULL; i++) {
        if (!has_chunk(incoming, i))
            out->chunks[out->chunks_count++] = i;
    }
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

/* The book that this till has received, against what was signed. */
static enum trust_reason read_whole(struct books *books, uint8_t **out_bytes)
{
    const kassa_BookManifest *manifest = &books->incoming.manifest.body;
    uint8_t *bytes CLEANUP(free_bytes) = malloc(manifest->size);
    uint8_t hash[HASH_SIZE];
    if (bytes == NULL)
        return TRUST_NOT_KEPT;
    enum err error = bookcase_read(books->parts.bookcase, BOOKCASE_INCOMING, bytes, manifest->size);
    if (error == ERR_OK)
        error = vault_sha256(span_of(bytes, manifest->size), hash);
    if (error == ERR_CORRUPT || error == ERR_NOT_FOUND)
        return TRUST_MIXED;
    if (error != ERR_OK)
        return TRUST_NOT_KEPT;
    if (memcmp(hash, manifest->hash.bytes, HASH_SIZE) != 0)
        return TRUST_MIXED;
    *out_bytes = TAKE(bytes);
    return TRUST_GOOD;
}

/* A book on which the till dies would be tried at each start anew: that it is tried is written down before. */
static enum trust_reason begin_trial(struct books *books)
{
    if (!trust_note_trial(&books->state, &books->incoming.manifest))
        return TRUST_FAULTY;
    enum err error = bookcase_put_trust(books->parts.bookcase, books_encode_state(books), NULL);
    return error == ERR_OK ? TRUST_GOOD : TRUST_NOT_KEPT;
}

/* In memory it is in force already: what the disk does not take is taken back, and offered again later. */
static enum trust_reason keep(struct books *books)
{
    const struct trust_state before = books->state;
    trust_count_on(&books->state, books_read_clock(books));
    trust_note_active(&books->state, &books->incoming.manifest);
    books->is_bare = false;
    if (bookcase_activate(books->parts.bookcase, books_encode_state(books)) == ERR_OK)
        return TRUST_GOOD;
    books->state = before;
    if (books->handler.go_back != NULL)
        books->handler.go_back(books->handler.context);
    return TRUST_NOT_KEPT;
}

static enum trust_reason put_in_force(struct books *books)
{
    const kassa_BookManifest *manifest = &books->incoming.manifest.body;
    enum trust_reason reason =
        books->handler.use(books->handler.context, manifest, span_of(books->incoming.bytes, manifest->size));
    return reason == TRUST_GOOD ? keep(books) : reason;
}

/* Which chunk did not belong shows only in the whole: all of it is asked for again, more and more seldom. */
static void begin_again(struct books *books)
{
    memset(books->incoming.have, 0, sizeof books->incoming.have);
    books->incoming.is_whole = false;
    books->incoming.mixed_count++;
    books_time_pull(books);
}

static void refuse_for_good(struct books *books, enum trust_reason reason)
{
    const struct trust_manifest manifest = books->incoming.manifest;
    trust_note_refused(&books->state, manifest.body.version, manifest.hash, reason);
    /* Where it cannot be written the book is tried, and refused, once more after the next start. */
    (void)!bookcase_put_trust(books->parts.bookcase, books_encode_state(books), NULL);
}

static bool is_time(const struct books *books)
{
    int64_t not_before = books->incoming.manifest.body.not_before_unix_ms;
    return not_before <= trust_now(&books->state, books_read_clock(books));
}

static void settle(struct books *books, enum trust_reason reason)
{
    uint64_t version = books->incoming.manifest.body.version;
    if (reason == TRUST_MIXED)
        begin_again(books);
    else if (reason != TRUST_GOOD && reason != TRUST_NOT_KEPT)
        refuse_for_good(books, reason);
    if (reason != TRUST_MIXED)
        books_close_incoming(books);
    if (reason != TRUST_GOOD)
        books_refuse(books, reason, version, trust_reason_sentence(reason));
}

/* A slice of its trial; after the last one it is in force, or refused. */
static void try_on(struct books *books, bool is_begin)
{
    const kassa_BookManifest *manifest = &books->incoming.manifest.body;
    const struct books_handler *handler = &books->handler;
    const struct books_trial trial = {manifest, span_of(books->incoming.bytes, manifest->size), is_begin};
    enum trust_reason reason = TRUST_GOOD;
    if (handler->try_on == NULL || handler->try_on(handler->context, &trial, &reason))
        settle(books, reason == TRUST_GOOD ? put_in_force(books) : reason);
}

static void finish(struct books *books)
{
    books->incoming.is_whole = true;
    books->incoming.pull_due_mono_ms = BOOKS_NEVER;
    if (!is_time(books))
        return;
    enum trust_reason reason = read_whole(books, &books->incoming.bytes);
    if (reason == TRUST_GOOD)
        reason = begin_trial(books);
    if (reason == TRUST_GOOD)
        try_on(books, /* is_begin= */ true);
    else
        settle(books, reason);
}

/* What survived a restart need not come again. */
static enum err open_incoming(struct books *books, const struct trust_manifest *manifest)
{
    struct incoming *incoming = &books->incoming;
    struct book_copy copy = {.version = manifest->body.version, .size = manifest->body.size};
    memcpy(copy.hash, manifest->body.hash.bytes, HASH_SIZE);
    books_close_incoming(books);
    TRY(bookcase_receive(books->parts.bookcase, &copy));
    *incoming = (struct incoming){.is_open = true, .manifest = *manifest};
    memset(incoming->have, 0xff, sizeof incoming->have);
    uint32_t missing = 0;
    while (bookcase_next_missing(books->parts.bookcase, missing, &missing) == ERR_OK) {
        incoming->have[missing / 64] &= ~(UINT64_C(1) << (missing % 64));
        missing++;
    }
    books_time_pull(books);
    return ERR_OK;
}

void books_begin_incoming(struct books *books, const struct trust_manifest *manifest)
{
    const struct incoming *incoming = &books->incoming;
    if (incoming->is_open && memcmp(incoming->manifest.hash, manifest->hash, HASH_SIZE) == 0)
        return;
    enum err error = open_incoming(books, manifest);
    if (error != ERR_OK) {
        books_close_incoming(books);
        books_refuse(books, TRUST_NOT_KEPT, manifest->body.version, err_sentence(error));
    } else if (has_all(incoming)) {
        finish(books);
    }
}

void books_take_chunk(struct books *books, struct span payload)
{
    struct incoming *incoming = &books->incoming;
    struct arena arena = arena_of(books->arena_block, NEWS_ARENA_SIZE);
    struct wire_book_chunk chunk;
    if (!incoming->is_open || incoming->is_whole ||
        wire_book_chunk_decode(payload, &arena, &chunk) != ERR_OK ||
        chunk.version != incoming->manifest.body.version || chunk.index >= chunk_count(incoming) ||
        has_chunk(incoming, chunk.index))
        return;
    if (bookcase_put_chunk(books->parts.bookcase, chunk.index, chunk.bytes) != ERR_OK)
        return; /* of another size; or the disk: pulled again later */
    incoming->have[chunk.index / 64] |= UINT64_C(1) << (chunk.index % 64);
    if (has_all(incoming))
        finish(books);
    else
        books_time_pull(books);
}

/* Halted or withdrawn while it came, or the timestamp that named it is over. */
static bool stands_still(const struct books *books)
{
    const struct trust_manifest *manifest = &books->incoming.manifest;
    const kassa_Timestamp *timestamp = &books->state.timestamp;
    uint32_t place;
    if (trust_place(timestamp->rollout, books->settings.till, &place) != ERR_OK)
        return false;
    const kassa_BookShare *share = trust_share_of(timestamp, place);
    return share != NULL && share->version == manifest->body.version &&
           memcmp(share->manifest_hash.bytes, manifest->hash, HASH_SIZE) == 0;
}

void books_run_incoming(struct books *books)
{
    struct incoming *incoming = &books->incoming;
    if (!incoming->is_open)
        return;
    int64_t now = trust_now(&books->state, books_read_clock(books));
    int64_t expires = incoming->manifest.body.expires_unix_ms;
    if (!stands_still(books))
        books_close_incoming(books);
    else if (expires != 0 && expires <= now) {
        uint64_t version = incoming->manifest.body.version;
        books_close_incoming(books);
        books_refuse(books, TRUST_EXPIRED, version, trust_reason_sentence(TRUST_EXPIRED));
    } else if (incoming->bytes != NULL) {
        try_on(books, /* is_begin= */ false);
    } else if (incoming->is_whole && is_time(books)) {
        finish(books);
    }
}
