/* SPDX-License-Identifier: Apache-2.0 */
/* find.c - looking back into the journal: receipts by number, and what was taken back of them. */
#include "base/crc32c.h"
#include "till/internal.h"

enum err till_decode(struct lookup *lookup, size_t size)
{
    arena_reset(&lookup->arena);
    return wire_record_decode(span_of(lookup->bytes, size), &lookup->arena, &lookup->record);
}

/* The receipt number at seq or the next one after it that took any, up to last_seq; 0: none did. */
static enum err next_receipt_at(struct till *till, uint32_t generation, uint64_t *seq, uint64_t last_seq,
                                uint8_t *buffer, struct journal_record *out)
{
    for (; *seq <= last_seq; (*seq)++) {
        TRY(journal_read_generation(till->settings.journal, generation, *seq, buffer, RECORD_SIZE_MAX, out));
        if (out->receipt != 0)
            return ERR_OK;
    }
    out->receipt = 0;
    return ERR_OK;
}

/* Receipt numbers grow with seq, so that halving finds one. ERR_NOT_FOUND: not in this generation. */
static enum err find_in_generation(struct till *till, uint32_t generation, uint64_t number,
                                   struct lookup *out)
{
    struct journal_generation range;
    TRY(journal_get_generation(till->settings.journal, generation, &range));
    uint64_t low = range.first_seq;
    uint64_t high = range.last_seq;
    while (low <= high && high != 0) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t seq = middle;
        struct journal_record record;
        TRY(next_receipt_at(till, generation, &seq, high, out->bytes, &record));
        if (record.receipt == number)
            return till_decode(out, record.bytes.size);
        if (record.receipt == 0 || record.receipt > number)
            high = middle - 1;
        else
            low = seq + 1;
    }
    return ERR_NOT_FOUND;
}

enum err till_find_receipt(struct till *till, uint64_t number, struct lookup *out)
{
    struct journal_stats stats;
    if (number == 0 || number >= journal_next_receipt(till->settings.journal))
        return ERR_NOT_FOUND;
    TRY(journal_get_stats(till->settings.journal, &stats));
    for (uint32_t generation = stats.generation; generation > 0; generation--) {
        enum err error = find_in_generation(till, generation, number, out);
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_NOT_FOUND;
}

enum err till_read_receipt(struct till *till, uint64_t number, const struct wire_record **out_record)
{
    TRY(till_find_receipt(till, number, &till->found));
    *out_record = &till->found.record;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------ what was taken back */

uint32_t till_place_of(const kassa_ReceiptId *id)
{
    uint32_t crc =
        crc32c(0, span_of(id->store, strlen(id->store) + 1)); /* with the NUL: no two names run on */
    return crc32c(crc, span_of_text(id->till));
}

uint32_t till_place_here(const struct till *till)
{
    kassa_ReceiptId here = {0};
    memcpy(here.store, till->settings.store, sizeof here.store);
    memcpy(here.till, till->settings.till, sizeof here.till);
    return till_place_of(&here);
}

static void add_link(struct till *till, const struct link *link)
{
    if (till->link_count == LINKS_MAX) { /* far more than any retention keeps: the oldest gives way */
        memmove(&till->links[0], &till->links[1], (LINKS_MAX - 1) * sizeof till->links[0]);
        till->link_count--;
    }
    till->links[till->link_count++] = *link;
}

/* An exchange may hold goods of several receipts, a return as a rule of one: a link each. */
static void add_returns(struct till *till, const struct wire_receipt *receipt, struct link *link)
{
    const kassa_ReceiptId *last = NULL;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        if (!line->has_original || !line->original.has_receipt)
            continue;
        const kassa_ReceiptId *id = &line->original.receipt;
        bool is_same = last != NULL && last->number == id->number && strcmp(last->till, id->till) == 0 &&
                       strcmp(last->store, id->store) == 0;
        last = id;
        link->original = id->number;
        link->place = till_place_of(id);
        if (!is_same)
            add_link(till, link);
    }
}

void till_add_link(struct till *till, const struct wire_record *record, uint32_t generation)
{
    kassa_RecordKind kind = record->head.kind;
    struct link link = {.seq = record->head.seq, .generation = generation};
    if (kind == kassa_RecordKind_RECORD_VOID) {
        const kassa_Void *voided = &record->body.voided;
        link.kind = kind;
        link.number = voided->id.number;
        link.original = voided->original.number;
        link.place = till_place_of(&voided->original);
        add_link(till, &link);
    } else if (kind == kassa_RecordKind_RECORD_RETURN || kind == kassa_RecordKind_RECORD_PURCHASE) {
        link.kind = kassa_RecordKind_RECORD_RETURN;
        link.number = record->body.receipt.head.id.number;
        add_returns(till, &record->body.receipt, &link);
    }
}

/* Receipt numbers grow through all generations: one that is not above the last was carried along from an
 * older generation, and was met there. */
static enum err read_links_of(struct till *till, uint32_t generation, uint64_t *last_number)
{
    struct journal_generation range;
    TRY(journal_get_generation(till->settings.journal, generation, &range));
    for (uint64_t seq = range.first_seq; seq <= range.last_seq && range.last_seq != 0; seq++) {
        struct journal_record stored;
        TRY(journal_read_generation(till->settings.journal, generation, seq, till->other.bytes,
                                    RECORD_SIZE_MAX, &stored));
        if (stored.receipt <= *last_number)
            continue;
        *last_number = stored.receipt;
        kassa_ReceiptKind kind;
        bool is_sale =
            wire_record_peek_receipt(stored.bytes, &kind) == ERR_OK && kind == kassa_ReceiptKind_RECEIPT_SALE;
        if (is_sale)
            continue;
        TRY(till_decode(&till->other, stored.bytes.size));
        till_add_link(till, &till->other.record, generation);
    }
    return ERR_OK;
}

/* Once a start, at the first return: most tills take back little, and a start must be quick. */
enum err till_read_links(struct till *till)
{
    if (till->has_links)
        return ERR_OK;
    struct journal_stats stats;
    TRY(journal_get_stats(till->settings.journal, &stats));
    till->link_count = 0;
    uint64_t last_number = 0;
    for (uint32_t generation = 1; generation <= stats.generation; generation++)
        TRY(read_links_of(till, generation, &last_number));
    till->has_links = true;
    return ERR_OK;
}
