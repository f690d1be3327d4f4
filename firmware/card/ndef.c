/* SPDX-License-Identifier: Apache-2.0 */
#include "card/ndef.h"

#include "card/record.h"
#include "card/text.h"

enum { TLV_NULL = 0x00, TLV_NDEF = 0x03, TLV_END = 0xFE };

struct tlv_head {
    uint8_t kind;
    size_t value_offset;
    size_t value_size;
};

/* NFC Forum Type 2 Tag 2.3: the length is one byte, or FF and two bytes big-endian. NULL and END
 * have none. */
static enum err read_tlv_head(struct span known, size_t at, struct tlv_head *out)
{
    if (at >= known.size)
        return ERR_TRUNCATED;
    uint8_t kind = known.bytes[at];
    if (kind == TLV_NULL || kind == TLV_END) {
        *out = (struct tlv_head){kind, at + 1, 0};
        return ERR_OK;
    }
    if (at + 2 > known.size)
        return ERR_TRUNCATED;
    if (known.bytes[at + 1] != 0xFF) {
        *out = (struct tlv_head){kind, at + 2, known.bytes[at + 1]};
        return ERR_OK;
    }
    if (at + 4 > known.size)
        return ERR_TRUNCATED;
    *out = (struct tlv_head){kind, at + 4, (size_t)known.bytes[at + 2] << 8 | known.bytes[at + 3]};
    return ERR_OK;
}

enum err card_tlv_find_ndef(struct span known, size_t area_size, struct card_tlv *out)
{
    size_t at = 0;
    while (at < area_size) {
        struct tlv_head head;
        enum err error = read_tlv_head(known, at, &head);
        if (error != ERR_OK)
            return known.size < area_size ? error : ERR_SYNTAX;
        if (head.value_offset + head.value_size > area_size)
            return ERR_SYNTAX;
        if (head.kind == TLV_END)
            return ERR_NOT_FOUND;
        if (head.kind == TLV_NDEF) {
            *out = (struct card_tlv){head.value_offset, head.value_size};
            return head.value_size > 0 ? ERR_OK : ERR_NOT_FOUND;
        }
        at = head.value_offset + head.value_size;
    }
    return ERR_NOT_FOUND;
}

struct number_search {
    const struct card_links *links;
    char *out_text;
};

static enum err number_of_uri(struct span payload, const struct card_links *links,
                              char out_text[CARD_TEXT_MAX])
{
    struct card_link link;
    if (!card_link_of_uri(payload, &link))
        return ERR_NOT_FOUND;
    return card_link_find_number(&link, links, out_text);
}

/* NFC Forum Text RTD 3.2.1: status byte (bit 7 UTF-16, low six bits the size of the language code), language,
 * text. */
static enum err number_of_text(struct span payload, char out_text[CARD_TEXT_MAX])
{
    if (payload.size == 0 || (payload.bytes[0] & 0x80) != 0)
        return ERR_NOT_FOUND;
    size_t skip = 1 + (size_t)(payload.bytes[0] & 0x3F);
    if (skip > payload.size)
        return ERR_SYNTAX;
    struct span number = span_of(payload.bytes + skip, payload.size - skip);
    return card_text_of_number_or(ERR_NOT_FOUND, number, out_text);
}

static enum err number_of_record(const struct card_record *record, void *context)
{
    struct number_search *search = context;
    if (span_is_equal(record->type, span_of_text("U")))
        return number_of_uri(record->payload, search->links, search->out_text);
    if (span_is_equal(record->type, span_of_text("T")))
        return number_of_text(record->payload, search->out_text);
    return ERR_NOT_FOUND;
}

/* Asks about each well-known record until one is what is looked for. */
static enum err search_records(struct span message,
                               enum err (*ask)(const struct card_record *record, void *context),
                               void *context)
{
    struct card_record record = {.flags = 0};
    bool is_first = true;
    do {
        TRY(card_record_take(&message, &record));
        if ((record.flags & CARD_RECORD_CHUNK) != 0)
            return ERR_UNSUPPORTED;
        if (((record.flags & CARD_RECORD_FIRST) != 0) != is_first)
            return ERR_SYNTAX;
        is_first = false;
        bool is_known = (record.flags & CARD_RECORD_FORMAT) == CARD_RECORD_WELL_KNOWN;
        enum err error = is_known ? ask(&record, context) : ERR_NOT_FOUND;
        if (error != ERR_NOT_FOUND)
            return error;
    } while ((record.flags & CARD_RECORD_LAST) == 0);
    return ERR_NOT_FOUND;
}

enum err card_ndef_find_number(struct span message, const struct card_links *links,
                               char out_text[CARD_TEXT_MAX])
{
    struct number_search search = {links, out_text};
    return search_records(message, number_of_record, &search);
}

struct link_search {
    const struct card_links *links;
    struct card_link *out;
};

static enum err link_of_record(const struct card_record *record, void *context)
{
    struct link_search *search = context;
    struct card_link link;
    if (!span_is_equal(record->type, span_of_text("U")) || !card_link_of_uri(record->payload, &link) ||
        card_link_find_head(&link, search->links) < 0)
        return ERR_NOT_FOUND;
    *search->out = link;
    return ERR_OK;
}

enum err card_ndef_find_link(struct span message, const struct card_links *links, struct card_link *out)
{
    struct link_search search = {links, out};
    return search_records(message, link_of_record, &search);
}
