/* SPDX-License-Identifier: Apache-2.0 */
/* A void undoes all that its receipt did. The void names little of that, so that the receipt's own record is
 * read; where that is still on its way (another till's, or one in quarantine), the void waits for it, and only
 * its money and points count meanwhile. */
#include "base/utf8.h"
#include "crm/document.h"

static struct crm_key waiting_key(const kassa_ReceiptId *original)
{
    struct crm_key key = {.size = 0}, receipt = crm_receipt_key(original);
    crm_key_text(&key, "void");
    crm_key_bytes(&key, receipt.bytes, receipt.size);
    return key;
}

static bool is_sound(const kassa_Void *body)
{
    bool is_day = body->id.business_day >= 0 && body->id.business_day <= 2932896;
    return is_day && (body->member.size == 0 || body->member.size == MEMBER_SIZE) &&
           body->total_minor != INT64_MIN && utf8_is_printable(span_of_text(body->id.store)) &&
           utf8_is_printable(span_of_text(body->id.till)) &&
           utf8_is_printable(span_of_text(body->original.store)) &&
           utf8_is_printable(span_of_text(body->original.till));
}

static crm_Receipt describe(const struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_Void *body = &record->body.voided;
    crm_Receipt receipt = {.has_id = true,
                           .id = body->id,
                           .incarnation = fold->incarnation,
                           .seq = fold->seq,
                           .taken_unix_ms = fold->when.taken_unix_ms,
                           .kind = record->head.kind,
                           .exponent = body->exponent,
                           .total_minor = -body->total_minor,
                           .end_unix_ms = record->head.wall_unix_ms};
    memcpy(receipt.till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    memcpy(receipt.currency, body->currency, sizeof(receipt.currency));
    receipt.member.size = body->member.size;
    memcpy(receipt.member.bytes, body->member.bytes, receipt.member.size);
    return receipt;
}

/* The voided receipt. */
struct original {
    struct wire_record record;
    struct crm_when when;
};

/* The voided receipt's record, decoded. ERR_NOT_FOUND: it has not come yet, or cannot be read. */
static enum err read_original(const struct crm_fold *fold, const kassa_Void *body, struct original *out)
{
    crm_Receipt receipt;
    struct span bytes;
    if (!body->has_original)
        return ERR_NOT_FOUND;
    TRY(crm_receipt_get(fold->txn, &body->original, &receipt));
    TRY(crm_record_get(fold->txn, receipt.till, receipt.incarnation, receipt.seq, &bytes));
    enum err error = wire_record_decode(bytes, fold->scratch, &out->record);
    bool is_receipt = error == ERR_OK && (out->record.head.kind == kassa_RecordKind_RECORD_PURCHASE ||
                                          out->record.head.kind == kassa_RecordKind_RECORD_RETURN);
    if (!is_receipt)
        return ERR_NOT_FOUND;
    out->when = crm_when_of_record(&out->record, receipt.taken_unix_ms);
    return crm_returns_settle(fold, &out->record.body.receipt);
}

static enum err wait_for_original(const struct crm_fold *fold, const kassa_Void *body)
{
    crm_WaitingVoid waiting = {
        .incarnation = fold->incarnation, .seq = fold->seq, .taken_unix_ms = fold->when.taken_unix_ms};
    memcpy(waiting.till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    struct crm_key key = waiting_key(&body->original);
    if (!body->has_original)
        return ERR_OK;
    return crm_document_put(fold->txn, STORE_META, crm_key_span(&key), crm_WaitingVoid_fields, &waiting);
}

static void begin_event(const struct crm_fold *fold, const struct wire_record *record, crm_Event *out)
{
    const kassa_Void *body = &record->body.voided;
    *out = (crm_Event){.has_order = true,
                       .order = crm_order_of(fold, &body->id),
                       .kind = LEDGER_VOID,
                       .receipt = crm_receipt_hash(&body->id),
                       .voided = crm_receipt_hash(&body->original),
                       .voided_points = body->points_earned};
}

static void undo_event(const struct crm_fold *fold, const struct wire_record *original, crm_Event *event)
{
    crm_Event voided; /* its place and days do not count */
    bool is_return = original->head.kind == kassa_RecordKind_RECORD_RETURN;
    crm_event_of_receipt(fold, &original->body.receipt, is_return, &voided);
    crm_event_undo(&voided, event);
}

static enum err undo_rows(struct crm_fold *fold, const struct original *voided, const uint8_t *member,
                          int32_t day)
{
    const struct wire_receipt *original = &voided->record.body.receipt;
    struct crm_loyalty loyalty = {fold, &original->head, member, -1, &voided->when};
    TRY(crm_loyalty_fold(&loyalty));
    TRY(crm_returns_fold(fold, original, -1));
    TRY(crm_returns_undo(fold, &original->head.id));
    return crm_returns_set_voided(fold->txn, &original->head.id, day);
}

enum err crm_fold_void(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_Void *body = &record->body.voided;
    uint8_t id[MEMBER_SIZE];
    crm_Event event;
    struct original original;
    if (!is_sound(body))
        return ERR_SYNTAX;
    begin_event(fold, record, &event);
    enum err found = read_original(fold, body, &original);
    if (found != ERR_OK && found != ERR_NOT_FOUND)
        return found;
    if (found == ERR_OK)
        undo_event(fold, &original.record, &event);
    const uint8_t *member = body->member.size > 0 ? id : NULL;
    if (member != NULL)
        TRY(crm_member_resolve(fold->txn, body->member.bytes, id));
    crm_Receipt receipt = describe(fold, record);
    struct crm_effect effect = {.currency = body->currency,
                                .exponent = body->exponent,
                                .sum = offsetof(crm_CurrencyTotals, voids_minor),
                                .amount_minor = -body->total_minor,
                                .member = member,
                                .event = &event};
    TRY(crm_effect_apply(fold, &effect, &receipt));
    fold->totals->voids++;
    TRY(found == ERR_OK ? undo_rows(fold, &original, member, fold->when.day) : wait_for_original(fold, body));
    return member == NULL ? ERR_OK
                          : crm_member_touch(fold->txn, member, fold->store, fold->intake->hub_unix_ms);
}

/* The void's event as it would have been had its receipt come first: the account is folded anew with it. */
static enum err complete(struct crm_fold *fold, const struct wire_record *record, struct crm_fold *of_void)
{
    const kassa_Void *body = &record->body.voided;
    struct original original;
    crm_Event event;
    uint8_t id[MEMBER_SIZE];
    enum err found = read_original(fold, body, &original);
    if (found != ERR_OK)
        return found == ERR_NOT_FOUND ? ERR_OK : found;
    begin_event(of_void, record, &event);
    undo_event(fold, &original.record, &event);
    const uint8_t *member = body->member.size > 0 ? id : NULL;
    if (member != NULL) {
        TRY(crm_member_resolve(fold->txn, body->member.bytes, id));
        enum err error = crm_event_post(fold->txn, id, &event, fold->totals);
        if (err_fault_of(error) == FAULT_RESOURCE)
            return error;
    }
    return undo_rows(fold, &original, member, of_void->when.day);
}

enum err crm_void_catch_up(struct crm_fold *fold, const kassa_ReceiptId *original)
{
    struct crm_key key = waiting_key(original);
    crm_WaitingVoid waiting;
    struct wire_record record;
    struct span bytes;
    enum err error =
        crm_document_get(fold->txn, STORE_META, crm_key_span(&key), crm_WaitingVoid_fields, &waiting);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    TRY(crm_document_remove(fold->txn, STORE_META, crm_key_span(&key)));
    error = crm_record_get(fold->txn, waiting.till, waiting.incarnation, waiting.seq, &bytes);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    if (wire_record_decode(bytes, fold->scratch, &record) != ERR_OK ||
        record.head.kind != kassa_RecordKind_RECORD_VOID)
        return ERR_OK;
    struct crm_fold of_void = *fold;
    of_void.till = waiting.till;
    of_void.incarnation = waiting.incarnation;
    of_void.seq = waiting.seq;
    of_void.when = crm_when_of_record(&record, waiting.taken_unix_ms);
    return complete(fold, &record, &of_void);
}
