/* SPDX-License-Identifier: Apache-2.0 */
/* Erasure: the member's key goes, and with it all that was ever sealed under it, wherever it lies; what is kept of him
 * beside the records goes; his sales stay, and are nobody's. Tills hear of it with their members, destroy their copy
 * and confirm that; a row for each tells until when. */
#include "crm/document.h"

static const char compact_key[] = "compact"; /* remains are in the store's file: the order of the newest */

static struct crm_key row_key(const uint8_t id[MEMBER_SIZE], const char *till)
{
    struct crm_key key = {.size = 0};
    crm_key_bytes(&key, id, MEMBER_SIZE);
    crm_key_text(&key, till);
    return key;
}

static enum err put_row(const struct store_txn *txn, const crm_Erasure *row)
{
    struct crm_key key = row_key(row->member.bytes, row->till);
    return crm_document_put(txn, STORE_ERASURES, crm_key_span(&key), crm_Erasure_fields, row);
}

/* ---- asking */

struct asking {
    const struct store_txn *txn;
    crm_Erasure row;
    enum err error;
};

static bool ask_till(void *context, const crm_Till *till)
{
    struct asking *asking = context;
    memcpy(asking->row.till, till->till, sizeof(asking->row.till));
    asking->error = put_row(asking->txn, &asking->row);
    return asking->error == ERR_OK;
}

static enum err ask_all(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], int64_t unix_ms)
{
    struct asking asking = {.txn = txn, .row = {.asked_unix_ms = unix_ms, .member = {.size = MEMBER_SIZE}}};
    uint64_t newest;
    TRY(crm_compaction_is_due(txn, &newest));
    asking.row.order = newest + 1;
    memcpy(asking.row.member.bytes, id, MEMBER_SIZE);
    TRY(put_row(txn, &asking.row)); /* the hub's own: its file is compacted */
    TRY(crm_till_scan(txn, ask_till, &asking));
    TRY(asking.error);
    return crm_document_put(txn, STORE_META, span_of_text(compact_key), crm_Erasure_fields, &asking.row);
}

enum err crm_member_erase(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], int64_t unix_ms)
{
    uint8_t own[MEMBER_SIZE];
    crm_Member member;
    crm_Totals totals;
    TRY(crm_member_resolve(txn, id, own));
    TRY(crm_member_get(txn, own, &member));
    if (member.member.erased)
        return ERR_EXISTS;
    TRY(crm_totals_get(txn, &totals));
    TRY(crm_signals_remove(txn, &member));
    TRY(crm_events_remove(txn, own, &totals));
    TRY(crm_holdings_remove(txn, own));
    TRY(crm_waiting_remove(txn, own));
    TRY(crm_totals_put(txn, &totals));
    member.member.erased = true;
    TRY(crm_member_put(txn, &member));
    return ask_all(txn, own, unix_ms);
}

/* ---- confirming */

enum err crm_fold_erased(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_MemberErased *body = &record->body.member_erased;
    crm_Erasure row;
    if (body->member.size != MEMBER_SIZE)
        return ERR_SYNTAX;
    struct crm_key key = row_key(body->member.bytes, fold->till);
    enum err error =
        crm_document_get(fold->txn, STORE_ERASURES, crm_key_span(&key), crm_Erasure_fields, &row);
    if (error != ERR_OK || row.done_unix_ms != 0)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    row.done_unix_ms = fold->intake->hub_unix_ms;
    return put_row(fold->txn, &row);
}

struct erasure_scan {
    const uint8_t *member;
    crm_visit_erasure *visit;
    void *context;
    enum err error;
};

static bool visit_erasure(void *context, struct span key, struct span body)
{
    struct erasure_scan *scan = context;
    crm_Erasure row;
    if (scan->member != NULL && (key.size < MEMBER_SIZE || memcmp(key.bytes, scan->member, MEMBER_SIZE) != 0))
        return false;
    if (wire_decode(crm_Erasure_fields, body, &row) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, &row);
}

enum err crm_erasure_scan(const struct store_txn *txn, const uint8_t *member, crm_visit_erasure *visit,
                          void *context)
{
    struct erasure_scan scan = {member, visit, context, ERR_OK};
    struct span from = span_of(member, member == NULL ? 0 : MEMBER_SIZE);
    TRY(store_scan(txn, STORE_ERASURES, from, visit_erasure, &scan));
    return scan.error;
}

enum err crm_erasure_is_open(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], const char *till,
                             bool *out_is_open)
{
    crm_Erasure row;
    struct crm_key key = row_key(member, till);
    enum err error = crm_document_get(txn, STORE_ERASURES, crm_key_span(&key), crm_Erasure_fields, &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    *out_is_open = error == ERR_OK && row.done_unix_ms == 0;
    return ERR_OK;
}

/* ---- the hub's own file */

enum err crm_compaction_is_due(const struct store_txn *txn, uint64_t *out_newest)
{
    crm_Erasure newest;
    enum err error =
        crm_document_get(txn, STORE_META, span_of_text(compact_key), crm_Erasure_fields, &newest);
    *out_newest = error == ERR_OK ? newest.order : 0;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

#define DONE_A_SCAN 256

struct open_rows {
    uint64_t newest;
    size_t count;
    crm_Erasure rows[DONE_A_SCAN];
};

static bool gather_open(void *context, const crm_Erasure *row)
{
    struct open_rows *open = context;
    if (row->till[0] == '\0' && row->done_unix_ms == 0 && row->order <= open->newest)
        open->rows[open->count++] = *row;
    return open->count < DONE_A_SCAN;
}

enum err crm_compaction_done(const struct store_txn *txn, uint64_t newest, int64_t unix_ms)
{
    struct open_rows open = {.newest = newest};
    uint64_t asked_since;
    do {
        open.count = 0;
        TRY(crm_erasure_scan(txn, NULL, gather_open, &open));
        for (size_t i = 0; i < open.count; i++) {
            open.rows[i].done_unix_ms = unix_ms;
            TRY(put_row(txn, &open.rows[i]));
        }
    } while (open.count == DONE_A_SCAN);
    TRY(crm_compaction_is_due(txn, &asked_since));
    return asked_since > newest ? ERR_OK : crm_document_remove(txn, STORE_META, span_of_text(compact_key));
}
