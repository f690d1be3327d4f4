/* SPDX-License-Identifier: Apache-2.0 */
#include "book_stall.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t wall(void *self)
{
    const struct stall *stall = self;
    return stall->wall_unix_ms;
}

static uint64_t mono(void *self)
{
    const struct stall *stall = self;
    return stall->mono_ms;
}

static int32_t offset(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 0;
}

static const struct clock_ops clock_ops = {wall, mono, offset};

/* ---- what the till does */

static enum trust_reason use(void *context, const kassa_BookManifest *manifest, struct span bytes)
{
    struct stall *stall = context;
    uint8_t wanted[STALL_SIZE];
    stall_fill_book(manifest->version, wanted);
    KASSA_ASSERT(span_is_equal(bytes, span_of(wanted, sizeof wanted))); /* nothing else ever comes so far */
    stall->uses++;
    if (stall->dies_in_use)
        memory_storage_copy(stall->disk_at_use, &stall->disk);
    if (stall->verdict == TRUST_GOOD)
        stall->in_force = manifest->version;
    return stall->verdict;
}

static bool try_on(void *context, const struct books_trial *trial, enum trust_reason *out_reason)
{
    struct stall *stall = context;
    if (trial->is_begin)
        stall->slices_left = stall->slices;
    *out_reason = TRUST_GOOD;
    return stall->slices_left == 0 || --stall->slices_left == 0;
}

static void go_back(void *context)
{
    struct stall *stall = context;
    stall->backs++;
    stall->in_force = books_may_use(stall->books) ? stall_version(stall) : 0;
}

static void tell(void *context, enum trust_reason reason, uint64_t version, const char *text)
{
    struct stall *stall = context;
    KASSA_ASSERT(text[0] != '\0' && stall->told_count < 512);
    stall->told_version[stall->told_count] = version;
    stall->told[stall->told_count++] = reason;
}

static void take_keys(void *context)
{
    struct stall *stall = context;
    stall->keys_taken++;
}

/* ---- its life */

static void open_books(struct stall *stall)
{
    const struct books_settings settings = {.tenant = KIT_TENANT,
                                            .store = STALL_STORE,
                                            .till = STALL_TILL,
                                            .first_root = span_of(stall->root_file, stall->root_file_size),
                                            .witness = stall->witness,
                                            .pull_ms_max = 100};
    const struct books_handler handler = {try_on, use, go_back, tell, take_keys, stall};
    enum trust_reason reason;
    KASSA_ASSERT(bookcase_open(memory_storage_as_storage(&stall->disk), 0, &stall->bookcase) == ERR_OK);
    const struct books_parts parts = {{&clock_ops, stall}, seed_as_random(&stall->seed), stall->bookcase};
    KASSA_ASSERT(books_open(&settings, &parts, &handler, &reason, &stall->books) == ERR_OK);
}

static void close_books(struct stall *stall)
{
    books_closep(&stall->books);
    bookcase_closep(&stall->bookcase);
    stall->books = NULL;
    stall->bookcase = NULL;
}

struct stall *stall_new(void)
{
    struct stall *stall = calloc(1, sizeof *stall);
    KASSA_ASSERT(stall != NULL);
    trust_kit_open(&stall->kit);
    trust_kit_root(&stall->kit, &stall->root);
    trust_kit_sign_root(&stall->kit, &stall->root, &stall->root_sealed);
    stall->first_root = stall->root_sealed;
    KASSA_ASSERT(trust_root_file_write(&stall->root_sealed, stall->root_file, &stall->root_file_size) ==
                 ERR_OK);
    stall->wall_unix_ms = STALL_NOW;
    stall->mono_ms = 1000;
    stall->seed.state = 7;
    memory_storage_init(&stall->disk, &stall->shelf, BOOKCASE_TABLE_COUNT, UINT64_C(1) << 30);
    open_books(stall);
    return stall;
}

void stall_delete(struct stall *stall)
{
    close_books(stall);
    memory_shelf_close(&stall->shelf);
    free(stall);
}

void stall_restart(struct stall *stall)
{
    close_books(stall);
    memory_storage_revive(&stall->disk);
    stall->mono_ms = 500; /* the machine's clock begins anew */
    open_books(stall);
    stall->in_force = stall_version(stall);
}

void stall_lose_cache(struct stall *stall)
{
    close_books(stall);
    memory_storage_init(&stall->disk, &stall->shelf, BOOKCASE_TABLE_COUNT, UINT64_C(1) << 30);
    stall->mono_ms = 500;
    open_books(stall);
    stall->in_force = 0;
}

/* ---- the chain */

void stall_fill_book(uint64_t version, uint8_t out[STALL_SIZE])
{
    for (size_t i = 0; i < STALL_SIZE; i++)
        out[i] = (uint8_t)(version * 31 + i / 97 + i);
}

kassa_BookManifest stall_manifest(uint64_t version)
{
    uint8_t book[STALL_SIZE];
    kassa_BookManifest manifest = {.version = version,
                                   .size = STALL_SIZE,
                                   .hash = {.size = HASH_SIZE},
                                   .chunk_size = BOOK_CHUNK_SIZE,
                                   .tenant = KIT_TENANT,
                                   .created_unix_ms = STALL_NOW,
                                   .expires_unix_ms = STALL_NOW + KIT_YEAR_MS};
    stall_fill_book(version, book);
    KASSA_ASSERT(vault_sha256(span_of(book, sizeof book), manifest.hash.bytes) == ERR_OK);
    return manifest;
}

void stall_sign_book(const struct stall *stall, const kassa_BookManifest *manifest, kassa_Signed *out)
{
    static const enum kit_key signers[] = {KIT_RULES_ANA, KIT_RULES_BO, KIT_KEYS};
    trust_kit_sign(&stall->kit, WIRE_SIGNED_BOOK, manifest, signers, out);
}

kassa_Timestamp stall_timestamp(const struct stall *stall, const kassa_Signed *book, uint64_t version)
{
    kassa_Timestamp timestamp = {.tenant = KIT_TENANT,
                                 .issued_unix_ms = stall->wall_unix_ms,
                                 .expires_unix_ms = stall->wall_unix_ms + 7 * KIT_DAY_MS,
                                 .root_version = stall->root.version,
                                 .root_hash = {.size = HASH_SIZE}};
    KASSA_ASSERT(vault_sha256(span_of(stall->root_sealed.content.bytes, stall->root_sealed.content.size),
                              timestamp.root_hash.bytes) == ERR_OK);
    if (book == NULL)
        return timestamp;
    timestamp.books_count = 1;
    timestamp.books[0] =
        (kassa_BookShare){.version = version, .manifest_hash = {.size = HASH_SIZE}, .share_bp = 10000};
    KASSA_ASSERT(vault_sha256(span_of(book->content.bytes, book->content.size),
                              timestamp.books[0].manifest_hash.bytes) == ERR_OK);
    return timestamp;
}

void stall_sign_timestamp(const struct stall *stall, const kassa_Timestamp *timestamp, kassa_Signed *out)
{
    static const enum kit_key signers[] = {KIT_TIME, KIT_KEYS};
    trust_kit_sign(&stall->kit, WIRE_SIGNED_TIMESTAMP, timestamp, signers, out);
}

void stall_name_it(const struct stall *stall, struct stall_offer *offer)
{
    offer->timestamp = stall_timestamp(stall, &offer->book, offer->manifest.version);
    stall_sign_timestamp(stall, &offer->timestamp, &offer->stamp);
}

void stall_sign_and_name(struct stall *stall, struct stall_offer *offer, const enum kit_key *signers)
{
    stall->wall_unix_ms += 1000;
    trust_kit_sign(&stall->kit, WIRE_SIGNED_BOOK, &offer->manifest, signers, &offer->book);
    stall_name_it(stall, offer);
}

void stall_make_offer(struct stall *stall, uint64_t version, struct stall_offer *offer)
{
    static const enum kit_key signers[] = {KIT_RULES_ANA, KIT_RULES_BO, KIT_KEYS};
    offer->manifest = stall_manifest(version);
    stall_sign_and_name(stall, offer, signers);
}

/* ---- the line */

static struct span encode(const kassa_Signed *sealed, uint8_t out[SIGNED_SIZE_MAX])
{
    size_t size = 0;
    if (sealed == NULL)
        return (struct span){NULL, 0};
    KASSA_ASSERT(wire_encode(kassa_Signed_fields, sealed, out, SIGNED_SIZE_MAX, &size) == ERR_OK);
    return span_of(out, size);
}

void stall_tell(struct stall *stall, const kassa_Signed *root, const kassa_Signed *timestamp,
                const kassa_Signed *book)
{
    static uint8_t parts[3][SIGNED_SIZE_MAX];
    static uint8_t bytes[4 * SIGNED_SIZE_MAX];
    size_t size = 0;
    struct wire_book_news news = {.root_count = root != NULL ? 1 : 0};
    news.roots[0] = encode(root, parts[0]);
    news.timestamp = encode(timestamp, parts[1]);
    news.manifest = encode(book, parts[2]);
    KASSA_ASSERT(wire_book_news_encode(&news, bytes, sizeof bytes, &size) == ERR_OK);
    books_take_news(stall->books, span_of(bytes, size));
}

void stall_send_chunk(struct stall *stall, uint64_t version, uint32_t index, struct span bytes)
{
    static uint8_t message[BOOK_CHUNK_SIZE + 64];
    size_t size = 0;
    struct wire_book_chunk chunk = {version, index, bytes};
    KASSA_ASSERT(wire_book_chunk_encode(&chunk, message, sizeof message, &size) == ERR_OK);
    books_take_chunk(stall->books, span_of(message, size));
}

void stall_send_chunks(struct stall *stall, uint64_t version)
{
    uint8_t book[STALL_SIZE];
    stall_fill_book(version, book);
    for (uint32_t i = 0; i < 3; i++) {
        size_t at = (size_t)i * BOOK_CHUNK_SIZE;
        size_t left = STALL_SIZE - at;
        stall_send_chunk(stall, version, i,
                         span_of(book + at, left < BOOK_CHUNK_SIZE ? left : BOOK_CHUNK_SIZE));
    }
}

void stall_publish(struct stall *stall, uint64_t version)
{
    kassa_Signed book, stamp;
    kassa_BookManifest manifest = stall_manifest(version);
    stall_sign_book(stall, &manifest, &book);
    stall->wall_unix_ms += 1000;
    kassa_Timestamp timestamp = stall_timestamp(stall, &book, version);
    stall_sign_timestamp(stall, &timestamp, &stamp);
    stall_tell(stall, NULL, &stamp, &book);
    stall_send_chunks(stall, version);
}

/* ---- looking */

uint64_t stall_version(const struct stall *stall)
{
    return bookcase_get(stall->bookcase, BOOKCASE_ACTIVE).version;
}

bool stall_heard(const struct stall *stall, enum trust_reason reason)
{
    for (size_t i = 0; i < stall->told_count; i++) {
        if (stall->told[i] == reason)
            return true;
    }
    return false;
}

void stall_forget(struct stall *stall)
{
    stall->told_count = 0;
}
