/* SPDX-License-Identifier: Apache-2.0 */
#include "office/signed_book.h"

static const size_t magic_size = sizeof(SIGNED_BOOK_MAGIC) - 1;

bool signed_book_is_one(struct span file)
{
    return file.size >= magic_size && memcmp(file.bytes, SIGNED_BOOK_MAGIC, magic_size) == 0;
}

static void store_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The book's own stores are the manifest's scope. */
static enum err fill_scope(const struct book *book, kassa_BookManifest *manifest)
{
    const struct book_range stores = book->header.stores;
    if (stores.count > COUNT_OF(manifest->stores))
        return ERR_TOO_LONG;
    for (uint32_t i = 0; i < stores.count; i++) {
        struct span text = book_symbol_text(book, book_reference_at(book, stores.first + i));
        if (text.size >= sizeof(manifest->stores[0]))
            return ERR_TOO_LONG;
        memcpy(manifest->stores[i], text.bytes, text.size);
    }
    manifest->stores_count = (pb_size_t)stores.count;
    return ERR_OK;
}

static enum err copy_text(char out[TILL_ID_MAX + 1], const char *text)
{
    size_t size = strlen(text);
    if (size > TILL_ID_MAX)
        return ERR_RANGE;
    memcpy(out, text, size + 1);
    return ERR_OK;
}

static enum err fill_tills(const struct signed_book_terms *terms, kassa_BookManifest *manifest)
{
    if (terms->till_count > COUNT_OF(manifest->tills))
        return ERR_TOO_LONG;
    for (size_t i = 0; i < terms->till_count; i++)
        TRY(copy_text(manifest->tills[i], terms->tills[i]));
    manifest->tills_count = (pb_size_t)terms->till_count;
    return ERR_OK;
}

static enum err fill_manifest(struct span bytes, const struct signed_book_terms *terms,
                              kassa_BookManifest *manifest)
{
    struct book book;
    TRY(book_open(bytes, &book));
    manifest->version = book.header.version;
    manifest->size = (uint32_t)bytes.size;
    manifest->hash.size = HASH_SIZE;
    TRY(vault_sha256(bytes, manifest->hash.bytes));
    manifest->chunk_size = BOOK_CHUNK_SIZE;
    TRY(copy_text(manifest->tenant, terms->tenant));
    manifest->created_unix_ms = terms->created_unix_ms;
    manifest->not_before_unix_ms = terms->not_before_unix_ms;
    manifest->expires_unix_ms = terms->expires_unix_ms;
    const kassa_BookLimits none = kassa_BookLimits_init_zero;
    manifest->has_limits = memcmp(&terms->limits, &none, sizeof(none)) != 0;
    manifest->limits = terms->limits;
    TRY(fill_scope(&book, manifest));
    return fill_tills(terms, manifest);
}

enum err signed_book_draft(struct span book, const struct signed_book_terms *terms, struct signed_book *out)
{
    kassa_BookManifest manifest = kassa_BookManifest_init_zero;
    kassa_Signed sealed = kassa_Signed_init_zero;
    TRY(fill_manifest(book, terms, &manifest));
    TRY(trust_seal(kassa_BookManifest_fields, &manifest, &sealed));
    *out = (struct signed_book){sealed, manifest, book};
    return ERR_OK;
}

enum err signed_book_sign(struct signed_book *signed_book, const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    return trust_sign(&signed_book->sealed, WIRE_SIGNED_BOOK, private_key);
}

enum err signed_book_write(const struct signed_book *signed_book, uint8_t *out, size_t *out_size)
{
    size_t sealed_size;
    TRY(wire_encode(kassa_Signed_fields, &signed_book->sealed, out + SIGNED_BOOK_HEAD_SIZE,
                    SIGNED_BOOK_OVERHEAD_MAX - SIGNED_BOOK_HEAD_SIZE, &sealed_size));
    memcpy(out, SIGNED_BOOK_MAGIC, magic_size);
    store_u32(out + magic_size, (uint32_t)sealed_size);
    memcpy(out + SIGNED_BOOK_HEAD_SIZE + sealed_size, signed_book->book.bytes, signed_book->book.size);
    *out_size = SIGNED_BOOK_HEAD_SIZE + sealed_size + signed_book->book.size;
    return ERR_OK;
}

enum err signed_book_read(struct span file, struct signed_book *out)
{
    if (file.size < SIGNED_BOOK_HEAD_SIZE)
        return file.size >= magic_size && !signed_book_is_one(file) ? ERR_SYNTAX : ERR_TRUNCATED;
    if (!signed_book_is_one(file))
        return ERR_SYNTAX;
    size_t rest = file.size - SIGNED_BOOK_HEAD_SIZE;
    uint32_t sealed_size = load_u32(file.bytes + magic_size);
    if (sealed_size > SIGNED_BOOK_OVERHEAD_MAX)
        return ERR_SYNTAX;
    if (sealed_size > rest)
        return ERR_TRUNCATED;
    const uint8_t *at = file.bytes + SIGNED_BOOK_HEAD_SIZE;
    kassa_Signed sealed = kassa_Signed_init_zero;
    kassa_BookManifest manifest = kassa_BookManifest_init_zero;
    TRY(wire_decode(kassa_Signed_fields, span_of(at, sealed_size), &sealed));
    TRY(wire_decode(kassa_BookManifest_fields, span_of(sealed.content.bytes, sealed.content.size),
                    &manifest));
    *out = (struct signed_book){sealed, manifest, span_of(at + sealed_size, rest - sealed_size)};
    return ERR_OK;
}

enum err signed_book_check(const struct signed_book *signed_book)
{
    const kassa_BookManifest *manifest = &signed_book->manifest;
    uint8_t hash[HASH_SIZE];
    TRY(vault_sha256(signed_book->book, hash));
    if (manifest->size != signed_book->book.size ||
        !span_is_equal(span_of(manifest->hash.bytes, manifest->hash.size), span_of(hash, sizeof(hash))))
        return ERR_CHECKSUM;
    struct book book;
    TRY(book_open(signed_book->book, &book));
    return book.header.version == manifest->version ? ERR_OK : ERR_CHECKSUM;
}

enum trust_reason signed_book_judge(const struct signed_book *signed_book, const struct trust_root *root,
                                    int64_t now_unix_ms)
{
    struct trust_manifest manifest;
    enum trust_reason reason = trust_read_manifest(root, &signed_book->sealed, &manifest);
    if (reason != TRUST_GOOD)
        return reason;
    if (root->body.expires_unix_ms <= now_unix_ms ||
        (manifest.body.expires_unix_ms != 0 && manifest.body.expires_unix_ms <= now_unix_ms))
        return TRUST_EXPIRED;
    if (manifest.body.size > BOOK_SIZE_MAX)
        return TRUST_TOO_LARGE;
    enum err error = signed_book_check(signed_book);
    if (error == ERR_OK)
        return TRUST_GOOD;
    return error == ERR_CHECKSUM ? TRUST_MIXED : TRUST_UNREADABLE;
}
