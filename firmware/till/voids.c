/* SPDX-License-Identifier: Apache-2.0 */
/* voids.c - a whole receipt of this till is taken back. */
#include <stdio.h>

#include "till/internal.h"

/* ----------------------------------------------------------------------------------------------- the void */

static enum err refuse(struct till_refusal *out, enum err error, const char *reason)
{
    till_refuse(out, reason, "receipt");
    return error;
}

/* Head office may know of goods that came back at another till; without a line this journal has to do. */
static enum err check_void(struct till *till, const struct till_void *what, kassa_RecordKind *out_kind,
                           struct till_refusal *out)
{
    const kassa_ReceiptId *id = &what->original;
    enum err error = till_find_own(till, id, out_kind);
    if (error == ERR_NOT_FOUND)
        return refuse(out, error, "no such receipt in this till's journal");
    TRY(error);
    if (*out_kind == kassa_RecordKind_RECORD_VOID)
        return refuse(out, ERR_STATE, "that receipt is a void itself");
    TRY(till_read_links(till));
    if (till_is_voided(till, id) || till_has_standing_return(till, id))
        return refuse(out, ERR_STATE, "it was voided, or goods of it came back");
    if (*out_kind == kassa_RecordKind_RECORD_PURCHASE)
        TRY(till_ask_original(till, id));
    const struct told *told = &till->told;
    bool is_told = *out_kind == kassa_RecordKind_RECORD_PURCHASE && told->state == TOLD_FOUND;
    if (is_told && (told->is_voided || told->has_returns))
        return refuse(out, ERR_STATE, "it was voided, or goods of it came back, at another till");
    return ERR_OK;
}

static void fill_void(struct till *till, const struct till_void *what, kassa_RecordKind kind)
{
    const kassa_Receipt *original = &till->found.record.body.receipt.head;
    kassa_Void *voided = &till_blank_record(till)->body.voided;
    voided->has_id = true;
    (void)snprintf(voided->id.store, sizeof voided->id.store, "%s", till->settings.store);
    (void)snprintf(voided->id.till, sizeof voided->id.till, "%s", till->settings.till);
    voided->id.business_day = till_business_day(till);
    voided->id.number = journal_next_receipt(till->settings.journal);
    voided->has_original = true;
    voided->original = original->id;
    memcpy(voided->operator, what->operator_id, sizeof voided->operator);
    memcpy(voided->reason, what->reason, sizeof voided->reason);
    voided->total_minor = original->total_minor;
    voided->original_kind = kind;
    memcpy(voided->currency, original->currency, sizeof voided->currency);
    voided->exponent = original->exponent;
    if (!original->has_loyalty || original->training)
        return;
    voided->member.size = original->loyalty.member.size;
    memcpy(voided->member.bytes, original->loyalty.member.bytes, MEMBER_SIZE);
    voided->points_earned = original->loyalty.points_earned;
    voided->points_burned = original->loyalty.points_burned;
}

enum err till_void_receipt(struct till *till, const struct till_request *request,
                           const struct till_void *what, struct till_outcome *out,
                           struct till_refusal *out_refusal)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    kassa_RecordKind kind = kassa_RecordKind_RECORD_UNSPECIFIED;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    TRY(till_check_step(till, SALE_VOIDED));
    TRY(check_void(till, what, &kind, out_refusal));
    fill_void(till, what, kind);
    TRY(till_write(till, kassa_RecordKind_RECORD_VOID, request, digest, out));
    till_notify(till, TILL_VOIDED, out);
    till_take_step(till, SALE_VOIDED);
    return ERR_OK;
}
