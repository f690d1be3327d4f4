/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"

static const char prefix[] = "invitation";

static struct crm_key key_of(struct span id)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, prefix);
    crm_key_bytes(&key, id.bytes, id.size);
    return key;
}

enum err crm_invitation_put(const struct store_txn *txn, const crm_Invitation *row)
{
    struct crm_key key = key_of(span_of(row->id.bytes, row->id.size));
    return crm_document_put(txn, STORE_META, crm_key_span(&key), crm_Invitation_fields, row);
}

enum err crm_invitation_get(const struct store_txn *txn, struct span id, crm_Invitation *out)
{
    if (id.size != sizeof(out->id.bytes))
        return ERR_NOT_FOUND;
    struct crm_key key = key_of(id);
    return crm_document_get(txn, STORE_META, crm_key_span(&key), crm_Invitation_fields, out);
}

struct scan {
    crm_visit_invitation *visit;
    void *context;
    struct crm_rows rows;
};

static bool visit_one(void *context, struct span key, struct span body)
{
    struct scan *scan = context;
    crm_Invitation row;
    return crm_rows_read(&scan->rows, key, body, crm_Invitation_fields, &row) &&
           scan->visit(scan->context, &row);
}

enum err crm_invitation_scan(const struct store_txn *txn, crm_visit_invitation *visit, void *context)
{
    struct scan scan = {visit, context, {key_of(span_of("", 0)), ERR_OK}};
    TRY(store_scan(txn, STORE_META, crm_key_span(&scan.rows.prefix), visit_one, &scan));
    return scan.rows.error;
}

struct search {
    const char *till;
    int64_t before_unix_ms;
    crm_Invitation found;
};

static bool find_useless(void *context, const crm_Invitation *row)
{
    struct search *search = context;
    bool is_meant = search->till != NULL ? row->used_unix_ms == 0 && strcmp(row->till, search->till) == 0
                                         : row->until_unix_ms < search->before_unix_ms;
    if (is_meant)
        search->found = *row;
    return !is_meant;
}

enum err crm_invitation_remove(const struct store_txn *txn, const char *till, int64_t before_unix_ms,
                               size_t *out_count)
{
    for (size_t count = 0;; count++) { /* a store is not written while it is scanned */
        struct search search = {till, before_unix_ms, crm_Invitation_init_zero};
        TRY(crm_invitation_scan(txn, find_useless, &search));
        if (search.found.id.size == 0) {
            *out_count = count;
            return ERR_OK;
        }
        struct crm_key key = key_of(span_of(search.found.id.bytes, search.found.id.size));
        TRY(crm_document_remove(txn, STORE_META, crm_key_span(&key)));
    }
}
