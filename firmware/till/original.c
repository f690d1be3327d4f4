/* SPDX-License-Identifier: Apache-2.0 */
/* original.c - the receipt that goods come back of: out of this till's journal or from head office, and what
 * came back of it so far.
 *
 * Head office knows what other tills took back of any receipt, this till's own too; it does not know what this
 * till has not sent yet. So both are asked, and added: of its own returns the till adds those that head office
 * had not confirmed when it answered. Without a line its own journal has to do. */
#include <stdio.h>

#include "till/internal.h"
#include "wire/message.h"

#define TOLD_FRESH_MS 2000

static bool is_same(const kassa_ReceiptId *a, const kassa_ReceiptId *b)
{
    return a->number == b->number && a->business_day == b->business_day && strcmp(a->store, b->store) == 0 &&
           strcmp(a->till, b->till) == 0;
}

static bool is_own(const struct till *till, const kassa_ReceiptId *id)
{
    return strcmp(id->store, till->settings.store) == 0 && strcmp(id->till, till->settings.till) == 0;
}

/* ---------------------------------------------------------------------------------------- asking head office */

static bool can_ask(const struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    return hub->ask_receipt != NULL && hub->is_connected != NULL && hub->is_connected(hub->self);
}

/* ERR_PENDING until it has answered, or the time is over. ERR_OK: the answer is in till->told, or there
 * is none. */
static enum err ask(struct till *till, const kassa_ReceiptId *id)
{
    struct told *told = &till->told;
    uint64_t now = till_read_clock(till).mono_ms;
    bool is_fresh = told->state == TOLD_ASKED || (told->state != TOLD_NOTHING && now < told->until_mono_ms);
    if (is_fresh && is_same(&told->id, id)) {
        if (told->state == TOLD_ASKED)
            return ERR_PENDING;
        told->until_mono_ms = 0; /* for the call that waited: the next one asks anew */
        return ERR_OK;
    }
    *told = (struct told){.id = *id, .state = TOLD_NO_ANSWER, .receipt = told->receipt};
    if (!can_ask(till) || till->settings.hub.ask_receipt(till->settings.hub.self, id) != ERR_OK)
        return ERR_OK;
    told->state = TOLD_ASKED;
    told->until_mono_ms = now + till->settings.ask_ms;
    return ERR_PENDING;
}

static uint64_t acknowledged_seq(const struct till *till)
{
    struct journal_stats stats;
    return journal_get_stats(till->settings.journal, &stats) == ERR_OK ? stats.newest.acknowledged_seq : 0;
}

/* The answer is for the call that waits for it, if that comes back soon. */
static void finish_asking(struct till *till, enum told_state state)
{
    till->told.state = state;
    till->told.until_mono_ms = till_read_clock(till).mono_ms + TOLD_FRESH_MS;
    till_notify(till, TILL_ANSWERED, NULL);
}

static enum err keep_told(struct till *till, const struct wire_receipt_found *found)
{
    struct told *told = &till->told;
    if (!found->head.found || found->record.size > RECORD_SIZE_MAX)
        return ERR_NOT_FOUND;
    memcpy(told->receipt.bytes, found->record.bytes, found->record.size);
    TRY(till_decode(&told->receipt, found->record.size));
    const struct wire_record *record = &told->receipt.record;
    if (record->head.kind != kassa_RecordKind_RECORD_PURCHASE ||
        !is_same(&record->body.receipt.head.id, &told->id))
        return ERR_CORRUPT;
    for (size_t i = 0; i < found->returned_count; i++) {
        const kassa_LineReturned *row = &found->returned[i];
        if (row->line < 1 || row->line > record->body.receipt.line_count || row->quantity_milli < 0)
            return ERR_CORRUPT;
        told->returned_milli[row->line - 1] += row->quantity_milli;
        told->discount_minor += row->discount_minor;
        told->tax_minor += row->tax_minor;
        told->has_returns = told->has_returns || row->quantity_milli > 0;
    }
    told->is_voided = found->head.voided;
    return ERR_OK;
}

void till_hear_receipt(struct till *till, const kassa_ReceiptId *id, const struct wire_receipt_found *found)
{
    struct told *told = &till->told;
    if (told->state != TOLD_ASKED || !is_same(&told->id, id))
        return;
    memset(told->returned_milli, 0, sizeof told->returned_milli);
    told->acknowledged_seq = acknowledged_seq(till);
    enum err error = found == NULL ? ERR_NOT_FOUND : keep_told(till, found);
    finish_asking(till, error == ERR_OK          ? TOLD_FOUND
                        : error == ERR_NOT_FOUND ? TOLD_UNKNOWN
                                                 : TOLD_NO_ANSWER);
}

void till_expire_told(struct till *till, uint64_t now_mono_ms)
{
    if (till->told.state != TOLD_ASKED || till->told.until_mono_ms > now_mono_ms)
        return;
    finish_asking(till, TOLD_NO_ANSWER);
}

/* --------------------------------------------------------------------------------------------- finding it */

enum err till_find_own(struct till *till, const kassa_ReceiptId *id, kassa_RecordKind *out_kind)
{
    if (!is_own(till, id))
        return ERR_NOT_FOUND;
    TRY(till_find_receipt(till, id->number, &till->found));
    const struct wire_record *record = &till->found.record;
    *out_kind = record->head.kind;
    bool is_void = record->head.kind == kassa_RecordKind_RECORD_VOID;
    int32_t day = is_void ? record->body.voided.id.business_day : record->body.receipt.head.id.business_day;
    return day == id->business_day ? ERR_OK : ERR_NOT_FOUND;
}

enum err till_ask_original(struct till *till, const kassa_ReceiptId *id)
{
    return ask(till, id);
}

static enum err refuse(struct till_refusal *out, enum err error, const char *reason)
{
    till_refuse(out, reason, "original");
    return error;
}

/* The purchase, and from where. */
static enum err find_sale(struct till *till, const kassa_ReceiptId *id, const struct wire_receipt **out,
                          struct till_refusal *out_refusal)
{
    const struct told *told = &till->told;
    kassa_RecordKind kind = kassa_RecordKind_RECORD_PURCHASE;
    enum err error = till_find_own(till, id, &kind);
    if (error == ERR_OK && kind != kassa_RecordKind_RECORD_PURCHASE)
        return refuse(out_refusal, ERR_STATE, "that receipt is no sale, or was voided");
    if (error == ERR_OK) {
        *out = &till->found.record.body.receipt;
        return ERR_OK;
    }
    if (error != ERR_NOT_FOUND)
        return error;
    if (told->state == TOLD_FOUND) {
        *out = &told->receipt.record.body.receipt;
        return ERR_OK;
    }
    return refuse(out_refusal, ERR_NOT_FOUND,
                  told->state == TOLD_UNKNOWN ? "neither this till nor head office knows that receipt"
                  : is_own(till, id)
                      ? "no such receipt in this till's journal, and head office cannot be asked"
                      : "a receipt of another till, and head office cannot be asked now");
}

/* --------------------------------------------------------------------------------- what came back of it so far */

static bool is_confirmed(const struct till *till, const struct link *link)
{
    if (till->told.state != TOLD_FOUND)
        return false;
    struct journal_stats stats;
    struct journal_generation older;
    if (journal_get_stats(till->settings.journal, &stats) != ERR_OK)
        return false;
    if (link->generation == stats.generation)
        return link->seq <= till->told.acknowledged_seq;
    return journal_get_generation(till->settings.journal, link->generation, &older) == ERR_OK &&
           link->seq <= older.acknowledged_seq;
}

static void add_return(struct back *back, const kassa_ReceiptId *id, const struct wire_receipt *earlier)
{
    for (size_t i = 0; i < earlier->line_count; i++) {
        const kassa_Line *line = &earlier->lines[i];
        bool is_of_it = line->has_original && line->original.has_receipt &&
                        is_same(&line->original.receipt, id) &&
                        back_line_of(back->original, line->original.line) != NULL;
        if (!is_of_it)
            continue;
        back->before_milli[line->original.line - 1] -= line->quantity_milli;
        back->discount_before_minor -= line->discount_minor;
        back->tax_before_minor -= line->tax_minor;
    }
}

static bool is_link_of(const struct link *link, const kassa_ReceiptId *id)
{
    return link->original == id->number && link->place == till_place_of(id);
}

bool till_is_voided(const struct till *till, const kassa_ReceiptId *id)
{
    for (size_t i = 0; i < till->link_count; i++) {
        if (till->links[i].kind == kassa_RecordKind_RECORD_VOID && is_link_of(&till->links[i], id))
            return true;
    }
    return false;
}

static bool is_link_voided(const struct till *till, const struct link *link)
{
    uint32_t here = till_place_here(till);
    for (size_t i = 0; i < till->link_count; i++) {
        const struct link *other = &till->links[i];
        if (other->kind == kassa_RecordKind_RECORD_VOID && other->place == here &&
            other->original == link->number)
            return true;
    }
    return false;
}

bool till_has_standing_return(const struct till *till, const kassa_ReceiptId *id)
{
    for (size_t i = 0; i < till->link_count; i++) {
        const struct link *link = &till->links[i];
        if (link->kind == kassa_RecordKind_RECORD_RETURN && is_link_of(link, id) &&
            !is_link_voided(till, link))
            return true;
    }
    return false;
}

static enum err count_so_far(struct till *till, const kassa_ReceiptId *id, struct back *back)
{
    const struct told *told = &till->told;
    memset(back->before_milli, 0, sizeof back->before_milli);
    back->discount_before_minor = 0;
    back->tax_before_minor = 0;
    if (told->state == TOLD_FOUND) {
        memcpy(back->before_milli, told->returned_milli, sizeof back->before_milli);
        back->discount_before_minor = told->discount_minor;
        back->tax_before_minor = told->tax_minor;
    }
    for (size_t i = 0; i < till->link_count; i++) {
        const struct link *link = &till->links[i];
        if (link->kind != kassa_RecordKind_RECORD_RETURN || !is_link_of(link, id) ||
            is_link_voided(till, link) || is_confirmed(till, link))
            continue;
        TRY(till_find_receipt(till, link->number, &till->other));
        add_return(back, id, &till->other.record.body.receipt);
    }
    return ERR_OK;
}

/* A return of before that head office does not confirm may stand in a till without a line: never more than
 * was sold. */
static void clamp(struct back *back)
{
    for (size_t i = 0; i < back->original->line_count; i++) {
        int64_t sold_milli = back->original->lines[i].quantity_milli;
        if (back->before_milli[i] > sold_milli)
            back->before_milli[i] = sold_milli > 0 ? sold_milli : 0;
    }
}

enum err till_find_original(struct till *till, const kassa_ReceiptId *id, struct till_refusal *out_refusal)
{
    struct back *back = &till->so_far;
    TRY(ask(till, id));
    TRY(find_sale(till, id, &back->original, out_refusal));
    TRY(till_read_links(till));
    if (till_is_voided(till, id) || (till->told.state == TOLD_FOUND && till->told.is_voided))
        return refuse(out_refusal, ERR_STATE, "that receipt is no sale, or was voided");
    TRY(count_so_far(till, id, back));
    clamp(back);
    return back_begin(back);
}

enum err till_check_price_mode(const struct till *till, kassa_PriceMode mode, const char *field,
                               struct till_refusal *out_refusal)
{
    kassa_PriceMode of_original = till->so_far.original->head.price_mode;
    if (of_original == mode)
        return ERR_OK;
    till_refuse(
        out_refusal,
        of_original == kassa_PriceMode_PRICE_NET
            ? "that receipt has net prices, and this one gross prices: take the goods back by themselves"
            : "that receipt has gross prices, and this one net prices: take the goods back by themselves",
        "%s", field);
    return ERR_STATE;
}
