/* SPDX-License-Identifier: Apache-2.0 */
#include "books/books.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "books/internal.h"

struct trust_reading books_read_clock(const struct books *books)
{
    const struct clock *clock = &books->parts.clock;
    return (struct trust_reading){clock->ops->wall_unix_ms(clock->self), clock->ops->mono_ms(clock->self)};
}

uint64_t books_draw(const struct books *books, uint64_t below)
{
    uint8_t bytes[8];
    const struct random *random = &books->parts.random;
    if (random->fill(random->self, bytes, sizeof bytes) != ERR_OK)
        return 0; /* no jitter: all is asked for a little earlier */
    return bytes_get_le64(bytes) % below;
}

struct span books_encode_state(struct books *books)
{
    size_t size = 0;
    if (trust_state_write(&books->state, books->scratch, sizeof books->scratch, &size) != ERR_OK)
        return (struct span){NULL, 0};
    return span_of(books->scratch, size);
}

/* ---- opening */

/* What is kept was taken with all signatures; a disk that lost it, or an image of old, is held to what the
 * journal says: nothing below the book that was in force, nothing under an older root. */
static void heed_witness(struct books *books)
{
    const struct books_witness *witness = &books->settings.witness;
    struct trust_state *state = &books->state;
    if (witness->version == 0 || strcmp(state->root.body.tenant, books->settings.tenant) != 0)
        return;
    if (witness->signed_unix_ms > state->floor_unix_ms &&
        witness->signed_unix_ms <= state->root.body.expires_unix_ms &&
        witness->root_version >= state->root.body.version)
        state->floor_unix_ms = witness->signed_unix_ms;
}

/* Books are counted from the witness's where the bookcase knows less: the very one may come again. */
static uint64_t version_max(const struct books *books)
{
    const struct books_witness *witness = &books->settings.witness;
    uint64_t kept = bookcase_version_max(books->parts.bookcase);
    uint64_t base = books->state.root.body.book_version_base;
    uint64_t most = kept > base ? kept : base;
    bool is_lost = bookcase_get(books->parts.bookcase, BOOKCASE_ACTIVE).version == 0;
    bool holds =
        is_lost && witness->version > most && witness->root_version >= books->state.root.body.version;
    return holds ? witness->version - 1 : most;
}

static enum err read_state(struct books *books, enum trust_reason *out_reason)
{
    kassa_Signed first;
    size_t size = 0;
    enum err error = bookcase_get_trust(books->parts.bookcase, books->scratch, &size);
    if (error != ERR_OK && error != ERR_CORRUPT)
        return error;
    *out_reason = TRUST_MALFORMED;
    if (trust_root_file_read(books->settings.first_root, &first) != ERR_OK)
        return ERR_SIGNATURE;
    *out_reason = trust_state_begin(&first, span_of(books->scratch, error == ERR_OK ? size : 0),
                                    books->settings.tenant, books_read_clock(books), &books->state);
    if (*out_reason != TRUST_GOOD)
        return ERR_SIGNATURE;
    heed_witness(books);
    return ERR_OK;
}

enum err books_open(const struct books_settings *settings, const struct books_parts *parts,
                    const struct books_handler *handler, enum trust_reason *out_reason,
                    struct books **out_books)
{
    struct books *books CLEANUP(books_closep) = calloc(1, sizeof *books);
    if (books == NULL)
        return ERR_MEMORY;
    books->settings = *settings;
    books->parts = *parts;
    books->handler = *handler;
    TRY(read_state(books, out_reason));
    books->settings.first_root = (struct span){NULL, 0};
    books->incoming.pull_due_mono_ms = BOOKS_NEVER;
    books->news_due_mono_ms = BOOKS_NEVER;
    books->is_bare = !books_may_use(books);
    books->time_due_mono_ms = books_read_clock(books).mono_ms + KEEP_TIME_MS;
    *out_books = TAKE(books);
    return ERR_OK;
}

void books_close(struct books *books)
{
    if (books != NULL)
        books_close_incoming(books);
    free(books);
}

void books_closep(struct books **books)
{
    books_close(*books);
}

/* ---- news */

static void want_news(struct books *books)
{
    uint64_t jitter = books_draw(books, books->settings.pull_ms_max + 1ull);
    uint64_t due = books_read_clock(books).mono_ms + books->settings.pull_ms_max / 4 + jitter;
    if (books->lacks_news)
        return;
    books->lacks_news = true;
    books->news_due_mono_ms = due;
}

/* What a till cannot remember it does not go by: it would forget it with the next power cut. */
static enum trust_reason keep_state(struct books *books, const struct trust_state *before, bool resets_books)
{
    uint64_t base = books->state.root.body.book_version_base;
    enum err error =
        bookcase_put_trust(books->parts.bookcase, books_encode_state(books), resets_books ? &base : NULL);
    if (error == ERR_OK)
        return TRUST_GOOD;
    books->state = *before;
    return TRUST_NOT_KEPT;
}

static enum trust_reason take_root(struct books *books, const kassa_Signed *sealed)
{
    struct trust_effect effect;
    const struct trust_state before = books->state;
    enum trust_reason reason = trust_take_root(&books->state, sealed, books_read_clock(books), &effect);
    if (reason == TRUST_ROOT_GAP)
        want_news(books);
    if (reason != TRUST_GOOD || !effect.is_new)
        return reason;
    reason = keep_state(books, &before, effect.resets_books);
    if (reason == TRUST_GOOD && books->handler.take_keys != NULL)
        books->handler.take_keys(books->handler.context);
    return reason;
}

static enum trust_reason take_timestamp(struct books *books, const kassa_Signed *sealed)
{
    struct trust_effect effect;
    const struct trust_state before = books->state;
    enum trust_reason reason = trust_take_timestamp(&books->state, sealed, books_read_clock(books), &effect);
    if (reason != TRUST_GOOD)
        return reason;
    if (effect.lacks_roots)
        want_news(books);
    return effect.is_new ? keep_state(books, &before, false) : TRUST_GOOD;
}

/* A copy that was found damaged may come again, with the bytes that it had. */
static void fill_damaged(const struct books *books, struct trust_stand *stand)
{
    static const enum bookcase_which places[] = {BOOKCASE_ACTIVE, BOOKCASE_BEFORE};
    const struct trust_state *state = &books->state;
    if (state->refused_reason != TRUST_NOT_KEPT || stand->reading.mono_ms < books->again_due_mono_ms)
        return;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct book_copy copy = bookcase_get(books->parts.bookcase, places[i]);
        if (copy.version != state->refused_version)
            continue;
        stand->damaged_version = copy.version;
        memcpy(stand->damaged_hash, copy.hash, HASH_SIZE);
    }
}

static struct trust_stand stand_of(const struct books *books)
{
    struct book_copy active = bookcase_get(books->parts.bookcase, BOOKCASE_ACTIVE);
    const struct books_witness *witness = &books->settings.witness;
    struct trust_stand stand = {.who = {books->settings.tenant, books->settings.store, books->settings.till},
                                .version_max = version_max(books),
                                .known_version = active.version,
                                .reading = books_read_clock(books)};
    bool is_lost = active.version == 0 && stand.version_max + 1 == witness->version;
    memcpy(stand.known_hash, is_lost ? witness->hash : active.hash, HASH_SIZE);
    if (is_lost)
        stand.known_version = witness->version;
    fill_damaged(books, &stand);
    return stand;
}

/* Under an older root than the one that the journal knows of, nothing is taken: it may be one of before a key
 * was stolen. */
static bool is_root_old(const struct books *books)
{
    return books->settings.witness.root_version > books->state.root.body.version;
}

static enum trust_reason take_manifest(struct books *books, const kassa_Signed *sealed, uint64_t *out_version)
{
    struct trust_manifest manifest = {.body = kassa_BookManifest_init_zero};
    struct trust_stand stand = stand_of(books);
    bool is_wanted = false;
    enum trust_reason reason = trust_judge(&books->state, &stand, sealed, &manifest, &is_wanted);
    *out_version = manifest.body.version;
    if (reason != TRUST_GOOD || !is_wanted)
        return reason;
    if (is_root_old(books)) {
        want_news(books);
        return TRUST_ROOT_GAP;
    }
    if (manifest.body.version == stand.damaged_version)
        books->again_due_mono_ms = stand.reading.mono_ms + AGAIN_MS;
    books_begin_incoming(books, &manifest);
    return TRUST_GOOD;
}

/* ---- what head office took back */

static uint64_t active_version(const struct books *books)
{
    return bookcase_get(books->parts.bookcase, BOOKCASE_ACTIVE).version;
}

static enum err fall_back(struct books *books, uint64_t version, enum trust_reason reason)
{
    uint64_t before = bookcase_get(books->parts.bookcase, BOOKCASE_BEFORE).version;
    const struct trust_state kept = books->state;
    if (trust_is_withdrawn(&kept.timestamp, before))
        return ERR_NOT_FOUND;
    trust_note_fallen_back(&books->state, before);
    trust_note_refused(&books->state, version, NULL, reason);
    enum err error = bookcase_fall_back(books->parts.bookcase, books_encode_state(books));
    if (error != ERR_OK)
        books->state = kept;
    return error;
}

/* Whatever is in force now: a copy that is damaged is had again. */
static void want_again(struct books *books, uint64_t version)
{
    trust_note_refused(&books->state, version, NULL, TRUST_NOT_KEPT);
    /* Where it cannot be written the damage is found again at the next start. */
    (void)!bookcase_put_trust(books->parts.bookcase, books_encode_state(books), NULL);
    want_news(books);
}

enum err books_give_back(struct books *books, enum trust_reason reason, const char *text)
{
    uint64_t version = active_version(books);
    enum err error = fall_back(books, version, reason);
    if (reason == TRUST_NOT_KEPT)
        want_again(books, version);
    if (error == ERR_OK && books->handler.go_back != NULL)
        books->handler.go_back(books->handler.context);
    books_refuse(books, reason, version, text);
    if (error != ERR_OK)
        books_refuse(books, error == ERR_NOT_FOUND ? TRUST_NO_EARLIER : TRUST_NOT_KEPT, version,
                     err_sentence(error));
    return error;
}

static void heed_withdrawals(struct books *books)
{
    uint64_t version = active_version(books);
    uint64_t before = bookcase_get(books->parts.bookcase, BOOKCASE_BEFORE).version;
    const kassa_Timestamp *timestamp = &books->state.timestamp;
    if (version == 0 || books->is_bare || !trust_is_withdrawn(timestamp, version))
        return;
    if (before != 0 && !trust_is_withdrawn(timestamp, before) &&
        books_give_back(books, TRUST_WITHDRAWN, trust_reason_sentence(TRUST_WITHDRAWN)) != ERR_NOT_FOUND)
        return;
    books->is_bare = true;
    books_refuse(books, TRUST_NO_EARLIER, version, trust_reason_sentence(TRUST_NO_EARLIER));
    if (books->handler.go_back != NULL)
        books->handler.go_back(books->handler.context);
}

/* ---- what came */

enum part { PART_ROOT, PART_TIMESTAMP, PART_MANIFEST };

/* ERR_OK and an empty Signed: there is no such part. */
static enum trust_reason take_part(struct books *books, enum part part, struct span bytes)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    uint64_t version = 0;
    enum trust_reason reason = TRUST_MALFORMED;
    if (bytes.size == 0)
        return TRUST_GOOD;
    if (wire_decode(kassa_Signed_fields, bytes, &sealed) != ERR_OK)
        reason = TRUST_MALFORMED;
    else if (part == PART_ROOT)
        reason = take_root(books, &sealed);
    else if (part == PART_TIMESTAMP)
        reason = take_timestamp(books, &sealed);
    else
        reason = take_manifest(books, &sealed, &version);
    if (reason != TRUST_GOOD)
        books_refuse(books, reason, version, trust_reason_sentence(reason));
    return reason;
}

/* The book that stands for this till and is neither here nor on its way; 0: there is none such. */
static uint64_t lacked_version(const struct books *books)
{
    uint32_t place;
    const struct trust_state *state = &books->state;
    if (trust_place(state->timestamp.rollout, books->settings.till, &place) != ERR_OK)
        return 0;
    const kassa_BookShare *share = trust_share_of(&state->timestamp, place);
    struct trust_stand stand = stand_of(books);
    if (share == NULL || !trust_may_come(state, &stand, share->version))
        return 0;
    bool is_coming = books->incoming.is_open && books->incoming.manifest.body.version == share->version;
    bool is_refused = state->refused_version == share->version && state->refused_reason != TRUST_GOOD &&
                      state->refused_reason != TRUST_NOT_KEPT;
    return is_coming || is_refused ? 0 : share->version;
}

void books_take_news(struct books *books, struct span payload)
{
    struct arena arena = arena_of(books->arena_block, NEWS_ARENA_SIZE);
    struct wire_book_news news;
    enum err error = wire_book_news_decode(payload, &arena, &news);
    if (error != ERR_OK) {
        enum trust_reason reason = error == ERR_TOO_LONG ? TRUST_TOO_LARGE : TRUST_MALFORMED;
        books_refuse(books, reason, 0, trust_reason_sentence(reason));
        return;
    }
    books->lacks_news = false;
    for (size_t i = 0; i < news.root_count; i++) {
        if (take_part(books, PART_ROOT, news.roots[i]) != TRUST_GOOD)
            break;
    }
    (void)take_part(books, PART_TIMESTAMP, news.timestamp);
    heed_withdrawals(books);
    (void)take_part(books, PART_MANIFEST, news.manifest);
    if (news.timestamp.size > 0 && lacked_version(books) != 0 && news.manifest.size == 0)
        want_news(books);
    books_watch_time(books);
}

/* ---- time */

uint64_t books_run(struct books *books)
{
    struct trust_reading reading = books_read_clock(books);
    books_run_incoming(books);
    books_watch_time(books);
    if (reading.mono_ms >= books->time_due_mono_ms) {
        trust_count_on(&books->state, reading);
        /* What is not written is counted again from the last time that was. */
        (void)!bookcase_put_trust(books->parts.bookcase, books_encode_state(books), NULL);
        books->time_due_mono_ms = reading.mono_ms + KEEP_TIME_MS;
    }
    bool waits = books->incoming.is_whole;
    uint64_t soon = reading.mono_ms + (books->incoming.bytes != NULL ? 0 : LOOK_MS);
    return waits && soon < books->time_due_mono_ms ? soon : books->time_due_mono_ms;
}

uint64_t books_pull_due(const struct books *books)
{
    uint64_t chunks = books->incoming.pull_due_mono_ms;
    uint64_t news = books->lacks_news ? books->news_due_mono_ms : BOOKS_NEVER;
    return chunks < news ? chunks : news;
}

bool books_next_pull(struct books *books, kassa_BookPull *out)
{
    uint64_t now = books_read_clock(books).mono_ms;
    *out = (kassa_BookPull)kassa_BookPull_init_zero;
    if (books->lacks_news && now >= books->news_due_mono_ms) {
        out->root_version = books->state.root.body.version;
        out->version = lacked_version(books);
        books->lacks_news = false;
        return true;
    }
    if (now < books->incoming.pull_due_mono_ms)
        return false;
    books_fill_pull(books, out);
    books_time_pull(books);
    return true;
}

/* ---- looking */

bool books_may_use(const struct books *books)
{
    return !books->is_bare && !trust_is_withdrawn(&books->state.timestamp, active_version(books));
}

size_t books_coupon_keys(const struct books *books, uint8_t out[SIGNATURES_MAX][VAULT_PUBLIC_SIZE])
{
    return trust_keys_of(&books->state.root.body, kassa_TrustRole_TRUST_COUPONS, out);
}

void books_get_status(const struct books *books, struct books_status *out)
{
    const struct trust_state *state = &books->state;
    *out = (struct books_status){
        .book_version = active_version(books),
        .root_version = state->root.body.version,
        .timestamp_unix_ms = state->timestamp.issued_unix_ms,
        .signed_unix_ms = state->floor_unix_ms,
        .incoming_version = books->incoming.is_open ? books->incoming.manifest.body.version : 0,
        .refused_version = state->refused_reason == TRUST_GOOD ? 0 : state->refused_version,
        .refused_reason = state->refused_reason,
        .alarm = books->alarm,
        .refusals = books->refusals};
    if (state->terms[0].version == out->book_version)
        out->limits = state->terms[0].limits;
}
