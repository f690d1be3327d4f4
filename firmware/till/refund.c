/* SPDX-License-Identifier: Apache-2.0 */
/* refund.c - goods that come back. With an original receipt each line gives back its share of what was paid
 * for it, unit by unit, so that all parts in any order end at zero; the points that it earned go back in
 * proportion. Without one, the lines are taken as they are told, unverified, and move no points. */
#include <stdio.h>

#include "ledger/ledger.h"
#include "till/internal.h"
#include "wire/message.h"

/* How much of a line came back, before and now. */
struct share {
    const kassa_Line *sold;
    int64_t before_milli;
    int64_t now_milli;
};

struct till_return *till_stage_return(struct till *till)
{
    struct till_line_back *back = till->back.back;
    till->back = (struct till_return){.back = back, .lines = till_stage_basket(till)->lines};
    return &till->back;
}

static enum err share_of(const struct share *share, int64_t amount_minor, int64_t *out_minor)
{
    bool is_negative = amount_minor < 0; /* a correction comes back as its negative */
    int64_t magnitude = is_negative ? -amount_minor : amount_minor;
    TRY(offers_unit_share(magnitude, share->sold->quantity_milli, share->before_milli, share->now_milli,
                          share->sold->weighed, out_minor));
    if (is_negative)
        *out_minor = -*out_minor;
    return ERR_OK;
}

/* ---------------------------------------------------------------------------------- what came back before */

static const kassa_Line *line_of(const struct wire_receipt *receipt, uint32_t number)
{
    return number >= 1 && number <= receipt->line_count ? &receipt->lines[number - 1] : NULL;
}

static bool is_voided(const struct till *till, uint64_t number)
{
    for (size_t i = 0; i < till->link_count; i++) {
        if (till->links[i].kind == kassa_RecordKind_RECORD_VOID && till->links[i].original == number)
            return true;
    }
    return false;
}

/* Visits the standing returns of the original in till->found; each stands in till->other for the visit. */
static enum err visit_returns(struct till *till,
                              void (*visit)(void *context, const struct wire_receipt *earlier), void *context)
{
    uint64_t number = till->found.record.body.receipt.head.id.number;
    for (size_t i = 0; i < till->link_count; i++) {
        const struct link *link = &till->links[i];
        if (link->kind != kassa_RecordKind_RECORD_RETURN || link->original != number ||
            is_voided(till, link->number))
            continue;
        TRY(till_find_receipt(till, link->number, &till->other));
        visit(context, &till->other.record.body.receipt);
    }
    return ERR_OK;
}

/* What came back of each line so far, in offer_lines' place of the line: quantity_milli. And the points. */
struct so_far {
    const struct wire_receipt *original;
    int64_t *returned_milli; /* a line of the original each */
    struct ledger_purchase points;
};

static bool earns(const kassa_Line *sold)
{
    return sold != NULL && !sold->loyalty_excluded && sold->kind == kassa_LineKind_LINE_SALE &&
           sold->amount_minor > 0;
}

static void add_earlier(void *context, const struct wire_receipt *earlier)
{
    struct so_far *so_far = context;
    for (size_t i = 0; i < earlier->line_count; i++) {
        const kassa_Line *line = &earlier->lines[i];
        const kassa_Line *sold = line_of(so_far->original, line->original.line);
        if (sold == NULL)
            continue;
        so_far->returned_milli[line->original.line - 1] += line->original.quantity_milli;
        if (earns(sold))
            so_far->points.returned_minor -= line->amount_minor - line->discount_minor;
    }
    if (earlier->head.has_loyalty)
        so_far->points.taken_back -= earlier->head.loyalty.points_earned;
}

static enum err count_so_far(struct till *till, int64_t *returned_milli, struct so_far *out)
{
    const struct wire_receipt *original = &till->found.record.body.receipt;
    *out = (struct so_far){.original = original, .returned_milli = returned_milli};
    if (original->head.has_loyalty && original->head.loyalty.member.size == MEMBER_SIZE)
        out->points.points = original->head.loyalty.points_earned;
    for (size_t i = 0; i < original->line_count; i++) {
        const kassa_Line *line = &original->lines[i];
        if (earns(line))
            out->points.base_minor += line->amount_minor - line->discount_minor;
    }
    return visit_returns(till, add_earlier, out);
}

/* ----------------------------------------------------------------------------------- lines of an original */

/* The line's discount came from its rows in their order: what comes back is taken from them in that order
 * too, so that each row ends at zero with the line. */
static void return_discounts(const struct wire_receipt *original, const struct share *share,
                             int64_t before_minor, int64_t now_minor, uint32_t number,
                             struct wire_receipt *receipt)
{
    uint32_t sequence = 0;
    for (size_t i = 0; i < original->discount_count && now_minor > 0; i++) {
        const kassa_Discount *row = &original->discounts[i];
        if (row->line != share->sold->number)
            continue;
        int64_t gone_minor = before_minor < row->amount_minor ? before_minor : row->amount_minor;
        int64_t left_minor = row->amount_minor - gone_minor;
        int64_t taken_minor = now_minor < left_minor ? now_minor : left_minor;
        before_minor -= gone_minor;
        now_minor -= taken_minor;
        if (taken_minor == 0 || receipt->discount_count == DISCOUNTS_MAX)
            continue;
        kassa_Discount *out = &receipt->discounts[receipt->discount_count++];
        *out = *row;
        out->line = number;
        out->sequence = ++sequence;
        out->base_minor = -row->base_minor;
        out->wanted_minor = -taken_minor;
        out->amount_minor = -taken_minor;
    }
}

static enum err share_of_line(const struct share *share, int64_t *out_amount, int64_t *out_discount)
{
    const kassa_Line *sold = share->sold;
    if (sold->amount_minor < 0) { /* a correction: it had no discount */
        TRY(share_of(share, sold->amount_minor, out_amount));
        *out_discount = 0;
        return ERR_OK;
    }
    struct offers_sold part;
    struct offers_sold whole = {sold->amount_minor, sold->discount_minor, sold->quantity_milli,
                                sold->weighed};
    TRY(offers_return_share(&whole, share->before_milli, share->now_milli, &part));
    *out_amount = part.amount_minor;
    *out_discount = part.discount_minor;
    return ERR_OK;
}

static enum err fill_amounts(const struct share *share, kassa_Line *line, int64_t *out_discount_before)
{
    const kassa_Line *sold = share->sold;
    struct share before = {sold, 0, share->before_milli};
    int64_t amount = 0;
    int64_t discount = 0;
    int64_t tax = 0;
    TRY(share_of_line(share, &amount, &discount));
    TRY(share_of(share, sold->tax_minor, &tax));
    *out_discount_before = 0;
    if (share->before_milli > 0)
        TRY(share_of(&before, sold->discount_minor, out_discount_before));
    line->amount_minor = -amount;
    line->discount_minor = -discount;
    line->tax_minor = -tax;
    line->tax_base_minor = -(amount - discount - tax);
    return ERR_OK;
}

static enum err return_line(struct till *till, const struct share *share, struct wire_receipt *receipt)
{
    const struct wire_receipt *original = &till->found.record.body.receipt;
    kassa_Line *line = &till->back.lines[receipt->line_count];
    int64_t discount_before = 0;
    *line = *share->sold;
    line->number = (uint32_t)receipt->line_count + 1;
    line->kind = kassa_LineKind_LINE_RETURN;
    line->quantity_milli = -share->now_milli;
    line->has_original = true;
    line->original.has_receipt = true;
    line->original.receipt = original->head.id;
    line->original.line = share->sold->number;
    line->original.quantity_milli = share->now_milli;
    memcpy(line->return_reason, till->back.reason, sizeof line->return_reason);
    TRY(fill_amounts(share, line, &discount_before));
    return_discounts(original, share, discount_before, -line->discount_minor, line->number, receipt);
    receipt->line_count++;
    return ERR_OK;
}

static enum err refuse_line(size_t i, const char *field, const char *reason, struct till_refusal *out)
{
    till_refuse(out, reason, "lines[%zu].%s", i, field);
    return ERR_RANGE;
}

static enum err return_originals(struct till *till, struct so_far *so_far, struct wire_receipt *receipt,
                                 struct till_refusal *out)
{
    for (size_t i = 0; i < till->back.back_count; i++) {
        const struct till_line_back *back = &till->back.back[i];
        const kassa_Line *sold = line_of(so_far->original, back->line);
        if (sold == NULL)
            return refuse_line(i, "line", "the receipt has no such line", out);
        int64_t before_milli = so_far->returned_milli[back->line - 1];
        if (sold->quantity_milli <= 0)
            return refuse_line(i, "line", "that line was no sale", out);
        if (back->quantity_milli <= 0)
            return refuse_line(i, "quantity", "is what comes back: positive", out);
        if (back->quantity_milli > sold->quantity_milli - before_milli)
            return refuse_line(i, "quantity", "more than is left of what was bought", out);
        struct share share = {sold, before_milli, back->quantity_milli};
        TRY(return_line(till, &share, receipt));
        so_far->returned_milli[back->line - 1] += back->quantity_milli;
    }
    return ERR_OK;
}

/* The points go back from whoever earned them, whoever brings the goods. */
static enum err take_points_back(struct so_far *so_far, struct wire_receipt *receipt)
{
    const kassa_Receipt *original = &so_far->original->head;
    if (!original->has_loyalty || original->loyalty.member.size != MEMBER_SIZE)
        return ERR_OK;
    int64_t returned_minor = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        if (earns(line_of(so_far->original, receipt->lines[i].original.line)))
            returned_minor -= receipt->lines[i].amount_minor - receipt->lines[i].discount_minor;
    }
    int64_t points = 0;
    TRY(ledger_take_back(&so_far->points, returned_minor, &points));
    kassa_Loyalty *loyalty = &receipt->head.loyalty;
    receipt->head.has_loyalty = true;
    loyalty->member = original->loyalty.member;
    loyalty->card_token = original->loyalty.card_token;
    memcpy(loyalty->programme, original->loyalty.programme, sizeof loyalty->programme);
    loyalty->points_earned = -points;
    return ERR_OK;
}

static enum err find_original(struct till *till, const kassa_ReceiptId *id, kassa_RecordKind *out_kind)
{
    if (strcmp(id->store, till->settings.store) != 0 || strcmp(id->till, till->settings.till) != 0)
        return ERR_NOT_FOUND;
    TRY(till_find_receipt(till, id->number, &till->found));
    const struct wire_record *record = &till->found.record;
    *out_kind = record->head.kind;
    bool is_void = record->head.kind == kassa_RecordKind_RECORD_VOID;
    int32_t day = is_void ? record->body.voided.id.business_day : record->body.receipt.head.id.business_day;
    return day == id->business_day ? ERR_OK : ERR_NOT_FOUND;
}

static enum err fill_with_original(struct till *till, struct wire_receipt *receipt, struct till_refusal *out)
{
    kassa_RecordKind kind = kassa_RecordKind_RECORD_UNSPECIFIED;
    enum err error = find_original(till, &till->back.original, &kind);
    if (error == ERR_OK && kind != kassa_RecordKind_RECORD_PURCHASE)
        error = ERR_STATE;
    if (error == ERR_OK)
        error = till_read_links(till);
    if (error == ERR_OK && is_voided(till, till->back.original.number))
        error = ERR_STATE;
    if (error != ERR_OK) {
        till_refuse(out,
                    error == ERR_STATE ? "that receipt is no sale, or was voided"
                                       : "no such receipt in this till's journal",
                    "original");
        return error;
    }
    struct so_far so_far;
    int64_t returned_milli[LINES_MAX] = {0};
    TRY(count_so_far(till, returned_milli, &so_far));
    TRY(return_originals(till, &so_far, receipt, out));
    receipt->head.training = so_far.original->head.training;
    return take_points_back(&so_far, receipt);
}

/* --------------------------------------------------------------------------------------------- unverified */

static enum err fill_unverified(struct till *till, struct wire_receipt *receipt, struct till_refusal *out)
{
    TRY(till_check_lines(till, till->back.lines, till->back.line_count, /* is_return= */ true, out));
    for (size_t i = 0; i < till->back.line_count; i++) {
        kassa_Line *line = &till->back.lines[i];
        line->number = (uint32_t)i + 1;
        line->kind = kassa_LineKind_LINE_RETURN;
        line->has_original = true;
        line->original = (kassa_Original){.unverified = true, .quantity_milli = line->quantity_milli};
        line->quantity_milli = -line->quantity_milli;
        memcpy(line->return_reason, till->back.reason, sizeof line->return_reason);
        TRY(till_set_amount(line, till->settings.exponent));
    }
    receipt->line_count = till->back.line_count;
    return ERR_OK;
}

static void set_bringer(struct till *till, kassa_Loyalty *loyalty)
{
    const struct till_member *customer = &till->customer;
    loyalty->card_token.size = TOKEN_SIZE;
    memcpy(loyalty->card_token.bytes, customer->card_token, TOKEN_SIZE);
    loyalty->read = customer->card.read;
    loyalty->technology = customer->card.technology;
    if (!customer->is_known)
        return;
    loyalty->member.size = MEMBER_SIZE;
    memcpy(loyalty->member.bytes, customer->member.id.bytes, MEMBER_SIZE);
}

/* --------------------------------------------------------------------------------------------- the return */

static enum err sum_up(struct wire_receipt *receipt)
{
    kassa_Receipt *head = &receipt->head;
    for (size_t i = 0; i < receipt->line_count; i++) {
        if (__builtin_add_overflow(head->gross_minor, receipt->lines[i].amount_minor, &head->gross_minor) ||
            __builtin_add_overflow(head->discount_minor, receipt->lines[i].discount_minor,
                                   &head->discount_minor))
            return ERR_RANGE;
        head->tax_minor += receipt->lines[i].tax_minor;
    }
    return __builtin_sub_overflow(head->gross_minor, head->discount_minor, &head->total_minor) ? ERR_RANGE
                                                                                               : ERR_OK;
}

/* What is shown: the balance of whoever's points were moved, as far as the till knows him. */
static void show_balance(struct till *till, kassa_Loyalty *loyalty)
{
    struct member_found found;
    kassa_Member member;
    if (loyalty->member.size != MEMBER_SIZE)
        return;
    loyalty->balance_shown = loyalty->points_earned;
    if (members_find_id(till->settings.members, loyalty->member.bytes, &found) != ERR_OK ||
        wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), &member) != ERR_OK)
        return;
    loyalty->balance_as_of_unix_ms = member.points_as_of_unix_ms;
    loyalty->balance_shown += till_points_of(till, &member);
}

static enum err fill_return(struct till *till, struct till_refusal *out)
{
    struct wire_receipt *receipt = &till_blank_record(till)->body.receipt;
    kassa_Receipt *head = &receipt->head;
    till_fill_head(till, head, kassa_ReceiptKind_RECEIPT_RETURN);
    head->training = till->back.training;
    memcpy(head->operator, till->back.operator_id, sizeof head->operator);
    receipt->lines = till->back.lines;
    receipt->discounts = till->discounts;
    TRY(till->back.has_original ? fill_with_original(till, receipt, out)
                                : fill_unverified(till, receipt, out));
    if (!head->has_loyalty && till->has_customer) {
        head->has_loyalty = true;
        set_bringer(till, &head->loyalty);
    }
    show_balance(till, &head->loyalty);
    return sum_up(receipt);
}

static enum err see_bringer(struct till *till)
{
    struct till_card card = {.text = till->back.card_text,
                             .technology = kassa_CardTechnology_CARD_BARCODE,
                             .read = till->back.card_read};
    return till->back.card_text[0] == '\0' ? ERR_OK : till_see_card(till, &card);
}

static enum err write_return(struct till *till, const struct till_request *request, const uint8_t *digest,
                             struct till_outcome *out, struct till_refusal *out_refusal)
{
    struct till_tenders tenders = till->back.tenders;
    if (tenders.count == 0) {
        tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH};
        tenders.count = 1;
        tenders.rest = 0;
    }
    TRY(fill_return(till, out_refusal));
    struct wire_receipt *receipt = &till->record.body.receipt;
    TRY(till_settle(receipt, &tenders, out_refusal));
    TRY(till_check_receipt(receipt));
    return till_write(till, kassa_RecordKind_RECORD_RETURN, request, digest, out);
}

enum err till_take_return(struct till *till, const struct till_request *request, struct till_outcome *out,
                          struct till_refusal *out_refusal)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    TRY(till_check_step(till, SALE_RETURNED));
    TRY(see_bringer(till));
    TRY(write_return(till, request, digest, out, out_refusal));
    till_notify(till, TILL_RETURNED, out);
    till_take_step(till, SALE_RETURNED);
    return ERR_OK;
}

/* ----------------------------------------------------------------------------------------------- the void */

static enum err check_void(struct till *till, const struct till_void *what, kassa_RecordKind *out_kind,
                           struct till_refusal *out)
{
    const char *reason = "no such receipt in this till's journal";
    enum err error = find_original(till, &what->original, out_kind);
    if (error == ERR_OK)
        error = till_read_links(till);
    if (error == ERR_OK && *out_kind == kassa_RecordKind_RECORD_VOID) {
        reason = "that receipt is a void itself";
        error = ERR_STATE;
    }
    for (size_t i = 0; error == ERR_OK && i < till->link_count; i++) {
        const struct link *link = &till->links[i];
        if (link->original != what->original.number || is_voided(till, link->number))
            continue;
        reason = "it was voided, or goods of it came back";
        error = ERR_STATE;
    }
    if (error != ERR_OK)
        till_refuse(out, reason, "receipt");
    return error;
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
