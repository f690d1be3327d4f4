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

static enum err fill_manifest(struct span bytes, const struct signed_book_terms *terms,
                              kassa_BookManifest *out)
{
    struct book book;
    TRY(book_open(bytes, &book));
    kassa_BookManifest manifest = kassa_BookManifest_init_zero;
    size_t tenant_size = strlen(terms->tenant);
    if (tenant_size >= sizeof(manifest.tenant))
        return ERR_RANGE;
    manifest.version = book.header.version;
    manifest.size = (uint32_t)bytes.size;
    manifest.hash.size = HASH_SIZE;
    TRY(vault_sha256(bytes, manifest.hash.bytes));
    manifest.chunk_size = BOOK_CHUNK_SIZE;
    memcpy(manifest.tenant, terms->tenant, tenant_size);
    manifest.created_unix_ms = terms->created_unix_ms;
    TRY(fill_scope(&book, &manifest));
    *out = manifest;
    return ERR_OK;
}

static enum err sign(kassa_BookManifest *manifest, const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t statement[WIRE_BOOK_STATEMENT_SIZE_MAX];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    size_t size;
    TRY(wire_book_statement(manifest, statement, sizeof(statement), &size));
    TRY(vault_public_key_of(private_key, public_key));
    TRY(vault_sign(private_key, span_of(statement, size), manifest->signature.bytes));
    TRY(vault_key_id(public_key, manifest->key_id.bytes));
    manifest->signature.size = VAULT_SIGNATURE_SIZE;
    manifest->key_id.size = VAULT_KEY_ID_SIZE;
    return ERR_OK;
}

enum err signed_book_write(struct span book, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                           const struct signed_book_terms *terms, uint8_t *out, size_t *out_size)
{
    kassa_BookManifest manifest;
    TRY(fill_manifest(book, terms, &manifest));
    TRY(sign(&manifest, private_key));
    size_t manifest_size;
    TRY(wire_encode(kassa_BookManifest_fields, &manifest, out + SIGNED_BOOK_HEAD_SIZE,
                    SIGNED_BOOK_OVERHEAD_MAX - SIGNED_BOOK_HEAD_SIZE, &manifest_size));
    memcpy(out, SIGNED_BOOK_MAGIC, magic_size);
    store_u32(out + magic_size, (uint32_t)manifest_size);
    memcpy(out + SIGNED_BOOK_HEAD_SIZE + manifest_size, book.bytes, book.size);
    *out_size = SIGNED_BOOK_HEAD_SIZE + manifest_size + book.size;
    return ERR_OK;
}

enum err signed_book_read(struct span file, struct signed_book *out)
{
    if (file.size < SIGNED_BOOK_HEAD_SIZE)
        return file.size >= magic_size && !signed_book_is_one(file) ? ERR_SYNTAX : ERR_TRUNCATED;
    if (!signed_book_is_one(file))
        return ERR_SYNTAX;
    size_t rest = file.size - SIGNED_BOOK_HEAD_SIZE;
    uint32_t manifest_size = load_u32(file.bytes + magic_size);
    if (manifest_size > SIGNED_BOOK_OVERHEAD_MAX)
        return ERR_SYNTAX;
    if (manifest_size > rest)
        return ERR_TRUNCATED;
    kassa_BookManifest manifest = kassa_BookManifest_init_zero;
    const uint8_t *at = file.bytes + SIGNED_BOOK_HEAD_SIZE;
    TRY(wire_decode(kassa_BookManifest_fields, span_of(at, manifest_size), &manifest));
    *out = (struct signed_book){manifest, span_of(at + manifest_size, rest - manifest_size)};
    return ERR_OK;
}

static enum err check_signature(const kassa_BookManifest *manifest,
                                const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    uint8_t statement[WIRE_BOOK_STATEMENT_SIZE_MAX];
    size_t size;
    uint8_t key_id[VAULT_KEY_ID_SIZE];
    TRY(vault_key_id(public_key, key_id));
    if (manifest->signature.size != VAULT_SIGNATURE_SIZE ||
        !span_is_equal(span_of(manifest->key_id.bytes, manifest->key_id.size),
                       span_of(key_id, sizeof(key_id))))
        return ERR_SIGNATURE;
    TRY(wire_book_statement(manifest, statement, sizeof(statement), &size));
    return vault_verify(public_key, span_of(statement, size), manifest->signature.bytes);
}

enum err signed_book_verify(const struct signed_book *signed_book,
                            const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    const kassa_BookManifest *manifest = &signed_book->manifest;
    uint8_t hash[HASH_SIZE];
    if (public_key != NULL)
        TRY(check_signature(manifest, public_key));
    TRY(vault_sha256(signed_book->book, hash));
    if (manifest->size != signed_book->book.size ||
        !span_is_equal(span_of(manifest->hash.bytes, manifest->hash.size), span_of(hash, sizeof(hash))))
        return ERR_CHECKSUM;
    struct book book;
    TRY(book_open(signed_book->book, &book));
    return book.header.version == manifest->version ? ERR_OK : ERR_CHECKSUM;
}
