/* SPDX-License-Identifier: Apache-2.0 */
/* A void undoes all that its receipt did. The void names little of that, so that the receipt's own record is
 * read; where that is not there (in quarantine, or a void before its receipt), the void waits for it, and only its money
 * counts meanwhile.
 *
 * What a receipt does to points may change once more when the receipt is voided that it took goods back of; then its own
 * void undoes what it does now. So that all is the same in whatever order the records come.
 *
 *   "void", receipt -> where its void is */
#include "base/utf8.h"
#include "crm/document.h"

static struct crm_key waiting_key(const kassa_ReceiptId *original)
{
    struct crm_key key = {.size = 0}, receipt = crm_receipt_key(original);
    crm_key_text(&key, "void");
    crm_key_bytes(&key, receipt.bytes, receipt.size);
    return key;
}

/* A till voids its own receipts alone, each once. */
static enum err check_whose(const struct crm_fold *fold, const kassa_Void *body)
{
    struct crm_key key = waiting_key(&body->original);
    struct span there;
    if (!crm_fold_is_own(fold, &body->id) || (body->has_original && !crm_fold_is_own(fold, &body->original)))
        return ERR_ARGUMENT;
    enum err error = store_get(fold->txn, STORE_META, crm_key_span(&key), &there);
    if (error == ERR_OK)
        return ERR_CONFLICT;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
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

/* The voided receipt, without what it took back of one that is voided itself. */
struct original {
    struct wire_record record;
    struct crm_when when;
    int64_t said_earned, said_burned; /* with all that it took back */
    bool has_member;
    uint8_t member[MEMBER_SIZE]; /* resolved */
};

static enum err describe_original(const struct crm_fold *fold, int64_t taken_unix_ms, struct original *out)
{
    struct wire_receipt *body = &out->record.body.receipt;
    const kassa_Loyalty *loyalty = &body->head.loyalty;
    out->when = crm_when_of_record(&out->record, taken_unix_ms);
    out->said_earned = loyalty->points_earned;
    out->said_burned = loyalty->points_burned;
    out->has_member = loyalty->member.size == MEMBER_SIZE;
    if (out->has_member) {
        bool is_erased;
        TRY(crm_member_resolve_live(fold->txn, loyalty->member.bytes, out->member, &is_erased));
        out->has_member = !is_erased;
    }
    return crm_returns_settle(fold, body);
}

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
    return is_receipt ? describe_original(fold, receipt.taken_unix_ms, out) : ERR_NOT_FOUND;
}

static enum err remember_void(const struct crm_fold *fold, const kassa_Void *body)
{
    crm_WaitingVoid waiting = {
        .incarnation = fold->incarnation, .seq = fold->seq, .taken_unix_ms = fold->when.taken_unix_ms};
    memcpy(waiting.till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    struct crm_key key = waiting_key(&body->original);
    if (!body->has_original)
        return ERR_OK;
    return crm_document_put(fold->txn, STORE_META, crm_key_span(&key), crm_WaitingVoid_fields, &waiting);
}

/* What the void does to the points of the receipt's member. */
static void write_event(const struct crm_fold *of_void, const kassa_Void *body,
                        const struct original *original, crm_Event *out)
{
    crm_Event voided; /* its place and days do not count */
    bool is_return = original->record.head.kind == kassa_RecordKind_RECORD_RETURN;
    const struct wire_receipt *receipt = &original->record.body.receipt;
    crm_event_of_receipt(of_void, receipt, is_return, &voided);
    *out = (crm_Event){.has_order = true,
                       .order = crm_order_of(of_void, &body->id),
                       .kind = LEDGER_VOID,
                       .receipt = crm_receipt_hash(&body->id),
                       .voided = crm_receipt_hash(&body->original)};
    for (pb_size_t i = 0; i < voided.earns_count; i++) {
        if (voided.earns[i].points > 0 &&
            __builtin_add_overflow(out->voided_points, voided.earns[i].points, &out->voided_points))
            out->voided_points = LEDGER_POINTS_MAX;
    }
    crm_event_undo(&voided, out);
}

/* All but money and points. */
static enum err undo_rows(struct crm_fold *fold, const struct original *voided, int32_t day)
{
    struct wire_receipt receipt = voided->record.body.receipt;
    struct crm_loyalty loyalty = {fold, &receipt.head, voided->has_member ? voided->member : NULL, -1,
                                  &voided->when};
    TRY(crm_loyalty_fold(&loyalty));
    receipt.head.loyalty.points_earned = voided->said_earned;
    receipt.head.loyalty.points_burned = voided->said_burned;
    TRY(crm_returns_fold(fold, &receipt, -1));
    TRY(crm_returns_set_voided(fold->txn, &receipt.head.id, day));
    return crm_returns_undo(fold, &receipt.head.id);
}

static enum err touch(const struct crm_fold *fold, const struct original *original)
{
    if (!original->has_member)
        return ERR_OK;
    return crm_member_touch(fold->txn, original->member, fold->store, fold->intake->hub_unix_ms);
}

enum err crm_fold_void(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_Void *body = &record->body.voided;
    crm_Event event;
    struct original original;
    if (!is_sound(body))
        return ERR_SYNTAX;
    TRY(check_whose(fold, body));
    enum err found = read_original(fold, body, &original);
    if (found != ERR_OK && found != ERR_NOT_FOUND)
        return found;
    bool is_there = found == ERR_OK;
    if (is_there)
        write_event(fold, body, &original, &event);
    crm_Receipt receipt = describe(fold, record);
    struct crm_effect effect = {.currency = body->currency,
                                .exponent = body->exponent,
                                .sum = offsetof(crm_CurrencyTotals, voids_minor),
                                .amount_minor = -body->total_minor,
                                .member = is_there && original.has_member      ? original.member
                                          : !is_there && body->member.size > 0 ? body->member.bytes
                                                                               : NULL,
                                .event = is_there ? &event : NULL};
    TRY(crm_effect_apply(fold, &effect, &receipt));
    fold->totals->voids++;
    TRY(remember_void(fold, body));
    if (!is_there)
        return ERR_OK;
    TRY(undo_rows(fold, &original, fold->when.day));
    return touch(fold, &original);
}

/* ---- a void that came before */

struct earlier {
    struct wire_record record;
    char till[TILL_ID_MAX + 1];
    struct crm_fold fold; /* as it was folded */
};

/* ERR_NOT_FOUND: there is none. */
static enum err find_void(const struct crm_fold *fold, const kassa_ReceiptId *original, struct earlier *out)
{
    struct crm_key key = waiting_key(original);
    crm_WaitingVoid where;
    struct span bytes;
    TRY(crm_document_get(fold->txn, STORE_META, crm_key_span(&key), crm_WaitingVoid_fields, &where));
    TRY(crm_record_get(fold->txn, where.till, where.incarnation, where.seq, &bytes));
    if (wire_record_decode(bytes, fold->scratch, &out->record) != ERR_OK ||
        out->record.head.kind != kassa_RecordKind_RECORD_VOID)
        return ERR_NOT_FOUND;
    out->fold = *fold;
    memcpy(out->till, where.till, sizeof(out->till));
    out->fold.till = out->till;
    out->fold.incarnation = where.incarnation;
    out->fold.seq = where.seq;
    out->fold.when = crm_when_of_record(&out->record, where.taken_unix_ms);
    return ERR_OK;
}

/* The void's event as it is with the receipt as it is now: the account is folded anew with it. */
static enum err post_again(struct crm_fold *fold, const struct earlier *earlier,
                           const struct original *original)
{
    crm_Event event;
    if (!original->has_member)
        return ERR_OK;
    write_event(&earlier->fold, &earlier->record.body.voided, original, &event);
    enum err error = crm_event_post(fold->txn, original->member, &event, fold->totals);
    return err_fault_of(error) == FAULT_RESOURCE ? error : ERR_OK;
}

enum err crm_void_again(struct crm_fold *fold, const kassa_ReceiptId *voided)
{
    struct earlier earlier;
    struct original original;
    enum err error = find_void(fold, voided, &earlier);
    if (error == ERR_OK)
        error = read_original(fold, &earlier.record.body.voided, &original);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    return post_again(fold, &earlier, &original);
}

enum err crm_void_catch_up(struct crm_fold *fold, const kassa_ReceiptId *voided)
{
    struct earlier earlier;
    struct original original;
    bool is_done = false;
    TRY(crm_returns_is_voided(fold->txn, voided, &is_done));
    if (is_done)
        return ERR_OK;
    enum err error = find_void(fold, voided, &earlier);
    if (error == ERR_OK)
        error = read_original(fold, &earlier.record.body.voided, &original);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    TRY(post_again(fold, &earlier, &original));
    return undo_rows(fold, &original, earlier.fold.when.day);
}
