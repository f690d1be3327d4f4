/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"

#define DOCUMENT_SIZE_MAX 65536 /* the largest is an account with all lots, takes and days: some 30 KiB */

static const char totals_key[] = "totals";

enum err crm_document_get(const struct store_txn *txn, enum store_kind kind, struct span key,
                          const pb_msgdesc_t *fields, void *out)
{
    struct span body;
    TRY(store_get(txn, kind, key, &body));
    return wire_decode(fields, body, out) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

enum err crm_document_put(const struct store_txn *txn, enum store_kind kind, struct span key,
                          const pb_msgdesc_t *fields, const void *document)
{
    uint8_t body[DOCUMENT_SIZE_MAX];
    size_t size;
    TRY(wire_encode(fields, document, body, sizeof(body), &size));
    return store_put(txn, kind, key, span_of(body, size));
}

enum err crm_document_remove(const struct store_txn *txn, enum store_kind kind, struct span key)
{
    return store_put(txn, kind, key, span_of(NULL, 0));
}

void crm_key_text(struct crm_key *key, const char *text)
{
    size_t size = strlen(text) + 1;
    KASSA_ASSERT(key->size + size <= sizeof(key->bytes));
    memcpy(key->bytes + key->size, text, size);
    key->size += size;
}

void crm_key_u64(struct crm_key *key, uint64_t value)
{
    KASSA_ASSERT(key->size + 8 <= sizeof(key->bytes));
    for (unsigned i = 0; i < 8; i++)
        key->bytes[key->size++] = (uint8_t)(value >> (56 - 8 * i));
}

void crm_key_bytes(struct crm_key *key, const void *bytes, size_t size)
{
    KASSA_ASSERT(key->size + size <= sizeof(key->bytes));
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

bool crm_rows_read(struct crm_rows *rows, struct span key, struct span body, const pb_msgdesc_t *fields,
                   void *out)
{
    if (key.size < rows->prefix.size || memcmp(key.bytes, rows->prefix.bytes, rows->prefix.size) != 0)
        return false;
    rows->error = wire_decode(fields, body, out) == ERR_OK ? ERR_OK : ERR_CORRUPT;
    return rows->error == ERR_OK;
}

enum err crm_totals_get(const struct store_txn *txn, crm_Totals *out)
{
    enum err error = crm_document_get(txn, STORE_META, span_of_text(totals_key), crm_Totals_fields, out);
    if (error != ERR_NOT_FOUND)
        return error;
    *out = (crm_Totals)crm_Totals_init_zero;
    return ERR_OK;
}

enum err crm_totals_put(const struct store_txn *txn, const crm_Totals *totals)
{
    return crm_document_put(txn, STORE_META, span_of_text(totals_key), crm_Totals_fields, totals);
}
