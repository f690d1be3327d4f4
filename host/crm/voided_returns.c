/* SPDX-License-Identifier: Apache-2.0 */
/* A return of a receipt that is voided. The void undoes all that the receipt did, also what a return has taken
 * back already; so the return moves no points, stamps, coupons and limits any more, whichever of the two came
 * first. What it says of goods and money stands: they went over the counter.
 *
 *   "back", original, return -> where the return's record is */
#include "crm/document.h"

/* What a return took back stands under the first receipt that it names. */
static const kassa_ReceiptId *first_original(const struct wire_receipt *receipt)
{
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        if (line->has_original && line->original.has_receipt && line->quantity_milli < 0)
            return &line->original.receipt;
    }
    return NULL;
}

static struct crm_key back_key(const kassa_ReceiptId *original)
{
    struct crm_key key = {.size = 0}, receipt = crm_receipt_key(original);
    crm_key_text(&key, "back");
    crm_key_bytes(&key, receipt.bytes, receipt.size);
    return key;
}

/* ---- a receipt's rows in two: those that take back, and the others */

static bool is_taking_back(const kassa_CouponRow *row)
{
    return row->event == kassa_CouponEvent_COUPON_RETURNED ||
           row->event == kassa_CouponEvent_COUPON_WITHDRAWN;
}

static void keep_points(kassa_Loyalty *loyalty, bool is_back)
{
    pb_size_t earned = 0, burned = 0;
    for (pb_size_t i = 0; i < loyalty->earned_count; i++) {
        if ((loyalty->earned[i].points < 0) == is_back)
            loyalty->earned[earned++] = loyalty->earned[i];
    }
    for (pb_size_t i = 0; i < loyalty->burned_count; i++) {
        if ((loyalty->burned[i].points < 0) == is_back)
            loyalty->burned[burned++] = loyalty->burned[i];
    }
    /* the sums count where there are no rows */
    if (loyalty->earned_count > 0 || (loyalty->points_earned < 0) != is_back)
        loyalty->points_earned = 0;
    if (loyalty->burned_count > 0 || (loyalty->points_burned < 0) != is_back)
        loyalty->points_burned = 0;
    loyalty->earned_count = earned;
    loyalty->burned_count = burned;
}

static void keep_rows(kassa_Loyalty *loyalty, bool is_back)
{
    pb_size_t stamps = 0, uses = 0, coupons = 0;
    for (pb_size_t i = 0; i < loyalty->stamps_count; i++) {
        if ((loyalty->stamps[i].count < 0) == is_back)
            loyalty->stamps[stamps++] = loyalty->stamps[i];
    }
    for (pb_size_t i = 0; i < loyalty->uses_count; i++) {
        if ((loyalty->uses[i].amount < 0) == is_back)
            loyalty->uses[uses++] = loyalty->uses[i];
    }
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++) {
        if (is_taking_back(&loyalty->coupons[i]) == is_back)
            loyalty->coupons[coupons++] = loyalty->coupons[i];
    }
    loyalty->stamps_count = stamps;
    loyalty->uses_count = uses;
    loyalty->coupons_count = coupons;
    if (is_back) /* gift value is money: it stands */
        loyalty->gifts_count = 0;
}

/* The receipt without what came back, as its points see it. */
static void leave_out_back(struct wire_receipt *receipt)
{
    int64_t total = receipt->head.total_minor;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        int64_t paid, without;
        if (crm_line_is_gift_value(line)) /* left out in any case */
            continue;
        if (line->has_original && line->quantity_milli < 0 && crm_line_money(&receipt->head, line, &paid) &&
            !__builtin_sub_overflow(total, paid, &without))
            total = without;
    }
    receipt->head.total_minor = total;
    keep_points(&receipt->head.loyalty, /* is_back= */ false);
    keep_rows(&receipt->head.loyalty, /* is_back= */ false);
}

/* ---- when the return comes, or is undone itself */

enum err crm_returns_settle(const struct crm_fold *fold, struct wire_receipt *receipt)
{
    bool is_voided = false;
    const kassa_ReceiptId *original = first_original(receipt);
    if (original == NULL)
        return ERR_OK;
    TRY(crm_returns_is_voided(fold->txn, original, &is_voided));
    if (is_voided)
        leave_out_back(receipt);
    return ERR_OK;
}

enum err crm_returns_remember(const struct crm_fold *fold, const struct wire_receipt *receipt)
{
    const kassa_ReceiptId *original = first_original(receipt);
    if (original == NULL)
        return ERR_OK;
    struct crm_key key = back_key(original), own = crm_receipt_key(&receipt->head.id);
    crm_key_bytes(&key, own.bytes, own.size);
    crm_WaitingVoid where = {
        .incarnation = fold->incarnation, .seq = fold->seq, .taken_unix_ms = fold->when.taken_unix_ms};
    memcpy(where.till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    return crm_document_put(fold->txn, STORE_META, crm_key_span(&key), crm_WaitingVoid_fields, &where);
}

/* ---- when the void comes */

struct search {
    struct crm_key prefix;
    struct crm_key after; /* where to go on */
    crm_WaitingVoid where;
    bool is_found;
    enum err error;
};

static bool take_next(void *context, struct span key, struct span body)
{
    struct search *search = context;
    if (key.size <= search->prefix.size || key.size >= STORE_KEY_MAX ||
        memcmp(key.bytes, search->prefix.bytes, search->prefix.size) != 0)
        return false;
    search->error =
        wire_decode(crm_WaitingVoid_fields, body, &search->where) == ERR_OK ? ERR_OK : ERR_CORRUPT;
    search->is_found = search->error == ERR_OK;
    search->after.size = 0;
    crm_key_bytes(&search->after, key.bytes, key.size);
    crm_key_bytes(&search->after, "", 1);
    return false;
}

/* The account as if the return had brought nothing back; and coupons and limits as they were before it, unless its own
 * void has seen to that. */
static enum err undo_back(struct crm_fold *fold, struct wire_receipt *receipt, bool is_return, bool is_voided)
{
    uint8_t id[MEMBER_SIZE];
    crm_Event event;
    kassa_Receipt back = receipt->head;
    const uint8_t *member = receipt->head.loyalty.member.size == MEMBER_SIZE ? id : NULL;
    bool is_erased = false;
    if (member != NULL)
        TRY(crm_member_resolve_live(fold->txn, receipt->head.loyalty.member.bytes, id, &is_erased));
    member = is_erased ? NULL : member;
    keep_rows(&back.loyalty, /* is_back= */ true);
    leave_out_back(receipt);
    crm_event_of_receipt(fold, receipt, is_return, &event);
    enum err error = member == NULL ? ERR_OK : crm_event_post(fold->txn, id, &event, fold->totals);
    if (err_fault_of(error) == FAULT_RESOURCE)
        return error;
    struct crm_loyalty loyalty = {fold, &back, member, -1, &fold->when};
    return is_voided ? ERR_OK : crm_loyalty_fold(&loyalty);
}

static enum err undo_one(struct crm_fold *fold, const crm_WaitingVoid *where)
{
    struct arena arena = *fold->scratch; /* of this one alone */
    struct wire_record record;
    struct span bytes;
    bool is_voided = false;
    enum err error = crm_record_get(fold->txn, where->till, where->incarnation, where->seq, &bytes);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    error = wire_record_decode(bytes, &arena, &record);
    if (error != ERR_OK)
        return error == ERR_MEMORY ? error : ERR_OK;
    TRY(crm_returns_is_voided(fold->txn, &record.body.receipt.head.id, &is_voided));
    struct crm_fold of_return = *fold;
    of_return.till = where->till;
    of_return.incarnation = where->incarnation;
    of_return.seq = where->seq;
    of_return.when = crm_when_of_record(&record, where->taken_unix_ms);
    kassa_ReceiptId id = record.body.receipt.head.id;
    TRY(undo_back(&of_return, &record.body.receipt, record.head.kind == kassa_RecordKind_RECORD_RETURN,
                  is_voided));
    arena = *fold->scratch;
    of_return.scratch = &arena;
    return is_voided ? crm_void_again(&of_return, &id) : ERR_OK;
}

enum err crm_returns_undo(struct crm_fold *fold, const kassa_ReceiptId *original)
{
    struct search search = {.prefix = back_key(original)};
    search.after = search.prefix;
    do {
        struct crm_key from = search.after;
        search.is_found = false;
        TRY(store_scan(fold->txn, STORE_META, crm_key_span(&from), take_next, &search));
        TRY(search.error);
        if (search.is_found)
            TRY(undo_one(fold, &search.where));
    } while (search.is_found);
    return ERR_OK;
}
