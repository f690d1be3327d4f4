/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"

static const char prefix[] = "certificate";

/* Certificates of one name stand together. */
static struct crm_key key_of(const char *name, const void *serial, size_t size)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, prefix);
    if (name != NULL)
        crm_key_text(&key, name);
    crm_key_bytes(&key, serial, size);
    return key;
}

static struct crm_key key_of_row(const crm_Certificate *row)
{
    return key_of(row->name, row->serial.bytes, row->serial.size);
}

enum err crm_certificate_add(const struct store_txn *txn, const crm_Certificate *row)
{
    struct crm_key key = key_of_row(row);
    struct span body;
    enum err error = store_get(txn, STORE_META, crm_key_span(&key), &body);
    if (error != ERR_NOT_FOUND)
        return error == ERR_OK ? ERR_EXISTS : error;
    return crm_document_put(txn, STORE_META, crm_key_span(&key), crm_Certificate_fields, row);
}

struct scan {
    crm_visit_certificate *visit;
    void *context;
    struct crm_rows rows;
};

static bool visit_one(void *context, struct span key, struct span body)
{
    struct scan *scan = context;
    crm_Certificate row;
    return crm_rows_read(&scan->rows, key, body, crm_Certificate_fields, &row) &&
           scan->visit(scan->context, &row);
}

enum err crm_certificate_scan(const struct store_txn *txn, const char *name, crm_visit_certificate *visit,
                              void *context)
{
    struct scan scan = {visit, context, {key_of(name, "", 0), ERR_OK}};
    TRY(store_scan(txn, STORE_META, crm_key_span(&scan.rows.prefix), visit_one, &scan));
    return scan.rows.error;
}

static bool find_unrevoked(void *context, const crm_Certificate *row)
{
    crm_Certificate *found = context;
    if (row->revoked_unix_ms == 0)
        *found = *row;
    return row->revoked_unix_ms != 0;
}

enum err crm_certificate_revoke(const struct store_txn *txn, const char *name, int64_t now_unix_ms,
                                size_t *out_count)
{
    for (size_t count = 0;; count++) { /* a store is not written while it is scanned */
        crm_Certificate row = crm_Certificate_init_zero;
        TRY(crm_certificate_scan(txn, name, find_unrevoked, &row));
        if (row.serial.size == 0) {
            *out_count = count;
            return ERR_OK;
        }
        struct crm_key key = key_of_row(&row);
        row.revoked_unix_ms = now_unix_ms;
        TRY(crm_document_put(txn, STORE_META, crm_key_span(&key), crm_Certificate_fields, &row));
    }
}

struct question {
    int64_t now_unix_s;
    bool is_in_force;
};

static bool find_in_force(void *context, const crm_Certificate *row)
{
    struct question *question = context;
    int64_t now = question->now_unix_s;
    question->is_in_force = row->revoked_unix_ms == 0 && now >= row->from_unix_s && now <= row->until_unix_s;
    return !question->is_in_force;
}

enum err crm_certificate_is_in_force(const struct store_txn *txn, const char *name, int64_t now_unix_ms,
                                     bool *out_is_in_force)
{
    struct question question = {now_unix_ms / 1000, false};
    TRY(crm_certificate_scan(txn, name, find_in_force, &question));
    *out_is_in_force = question.is_in_force;
    return ERR_OK;
}
