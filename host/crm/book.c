/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"

static const char current_key[] = "book_current";

enum err crm_book_current(const struct store_txn *txn, kassa_BookManifest *out)
{
    return crm_document_get(txn, STORE_META, span_of_text(current_key), kassa_BookManifest_fields, out);
}

enum err crm_book_get(const struct store_txn *txn, uint64_t version, struct span *out_bytes)
{
    struct crm_key key = {.size = 0};
    crm_key_u64(&key, version);
    return store_get(txn, STORE_BOOKS, crm_key_span(&key), out_bytes);
}

enum err crm_book_manifest(const struct store_txn *txn, uint64_t version, kassa_BookManifest *out)
{
    struct crm_key key = {.size = 0};
    crm_key_u64(&key, version);
    return crm_document_get(txn, STORE_MANIFESTS, crm_key_span(&key), kassa_BookManifest_fields, out);
}

enum err crm_book_put(const struct store_txn *txn, const kassa_BookManifest *manifest, struct span bytes)
{
    if (bytes.size == 0 || bytes.size != manifest->size || bytes.size > BOOK_SIZE_MAX)
        return ERR_RANGE;
    kassa_BookManifest current = kassa_BookManifest_init_zero;
    enum err error = crm_book_current(txn, &current);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (manifest->version <= current.version)
        return ERR_VERSION;
    struct crm_key key = {.size = 0};
    crm_key_u64(&key, manifest->version);
    TRY(store_put(txn, STORE_BOOKS, crm_key_span(&key), bytes));
    TRY(crm_document_put(txn, STORE_MANIFESTS, crm_key_span(&key), kassa_BookManifest_fields, manifest));
    return crm_document_put(txn, STORE_META, span_of_text(current_key), kassa_BookManifest_fields, manifest);
}

/* ---- what was signed, as it came: roots, manifests, the newest timestamp */

static struct crm_key key_of(const char *name, uint64_t version)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, name);
    if (version != 0)
        crm_key_u64(&key, version);
    return key;
}

static enum err put_signed(const struct store_txn *txn, struct crm_key key, const kassa_Signed *sealed)
{
    return crm_document_put(txn, STORE_META, crm_key_span(&key), kassa_Signed_fields, sealed);
}

static enum err get_signed(const struct store_txn *txn, struct crm_key key, kassa_Signed *out)
{
    return crm_document_get(txn, STORE_META, crm_key_span(&key), kassa_Signed_fields, out);
}

enum err crm_root_put(const struct store_txn *txn, uint64_t version, const kassa_Signed *sealed)
{
    TRY(put_signed(txn, key_of("root", version), sealed));
    return put_signed(txn, key_of("root newest", 0), sealed);
}

enum err crm_root_get(const struct store_txn *txn, uint64_t version, kassa_Signed *out)
{
    return get_signed(txn, version != 0 ? key_of("root", version) : key_of("root newest", 0), out);
}

enum err crm_book_put_signed(const struct store_txn *txn, uint64_t version, const kassa_Signed *sealed)
{
    return put_signed(txn, key_of("signed book", version), sealed);
}

enum err crm_book_get_signed(const struct store_txn *txn, uint64_t version, kassa_Signed *out)
{
    return get_signed(txn, key_of("signed book", version), out);
}

enum err crm_timestamp_put(const struct store_txn *txn, const kassa_Signed *sealed)
{
    return put_signed(txn, key_of("timestamp", 0), sealed);
}

enum err crm_timestamp_get(const struct store_txn *txn, kassa_Signed *out)
{
    return get_signed(txn, key_of("timestamp", 0), out);
}
