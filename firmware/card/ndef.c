/* SPDX-License-Identifier: Apache-2.0 */
#include "card/ndef.h"

#include "base/bytes.h"
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

/* ---- what a record says */

static bool is_well_known(const struct card_record *record, const char *type)
{
    return (record->flags & CARD_RECORD_FORMAT) == CARD_RECORD_WELL_KNOWN &&
           span_is_equal(record->type, span_of_text(type));
}

/* NFC Forum Smart Poster RTD 3.3.1: a message within the payload, with one URI record. */
static bool link_of_poster(struct span message, struct card_link *out)
{
    struct card_record record = {.flags = 0};
    while (message.size > 0 && card_record_take(&message, &record) == ERR_OK)
        if (is_well_known(&record, "U") && (record.flags & CARD_RECORD_CHUNK) == 0)
            return card_link_of_uri(record.payload, out);
    return false;
}

bool card_ndef_link_of_record(const struct card_record *record, struct card_link *out)
{
    if ((record->flags & CARD_RECORD_FORMAT) == CARD_RECORD_ABSOLUTE_URI)
        return card_link_of_text(record->type, out);
    if (is_well_known(record, "Sp"))
        return link_of_poster(record->payload, out);
    return is_well_known(record, "U") && card_link_of_uri(record->payload, out);
}

/* RFC 2781 4.3: what does not say by FE FF or FF FE which byte of two comes first has the high one there. A number has none in it. */
static enum err number_of_utf16(struct span text, char out_text[CARD_TEXT_MAX])
{
    uint8_t narrow[CARD_NUMBER_SIZE_MAX];
    uint64_t mark = text.size >= 2 ? bytes_get_be(text.bytes, 2) : 0;
    size_t low = mark == 0xFFFE ? 0 : 1;
    size_t skip = mark == 0xFFFE || mark == 0xFEFF ? 2 : 0;
    size_t size = (text.size - skip) / 2;
    if (text.size % 2 != 0 || size > sizeof narrow)
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < size; i++) {
        if (text.bytes[skip + 2 * i + 1 - low] != 0)
            return ERR_NOT_FOUND;
        narrow[i] = text.bytes[skip + 2 * i + low];
    }
    return card_text_of_number_or(ERR_NOT_FOUND, span_of(narrow, size), out_text);
}

enum { TEXT_IS_UTF16 = 0x80, TEXT_LANGUAGE_SIZE = 0x3F };

/* NFC Forum Text RTD 3.2.1: status byte (bit 7 UTF-16, low six bits the size of the language code), language,
 * text. */
static enum err number_of_text(struct span payload, char out_text[CARD_TEXT_MAX])
{
    if (payload.size == 0)
        return ERR_NOT_FOUND;
    size_t skip = 1 + (size_t)(payload.bytes[0] & TEXT_LANGUAGE_SIZE);
    if (skip > payload.size)
        return ERR_SYNTAX;
    struct span number = span_of(payload.bytes + skip, payload.size - skip);
    return (payload.bytes[0] & TEXT_IS_UTF16) != 0 ? number_of_utf16(number, out_text)
                                                   : card_text_of_number_or(ERR_NOT_FOUND, number, out_text);
}

/* ---- the message */

/* Asks about each record until one is what is looked for. */
static enum err search_records(struct span message,
                               enum err (*ask)(const struct card_record *record, void *context),
                               void *context)
{
    struct card_record record = {.flags = 0};
    struct card_chunks chunks;
    bool is_first = true;
    do {
        TRY(card_record_take_whole(&message, &chunks, &record));
        if (((record.flags & CARD_RECORD_FIRST) != 0) != is_first)
            return ERR_SYNTAX;
        is_first = false;
        enum err error = ask(&record, context);
        if (error != ERR_NOT_FOUND)
            return error;
    } while ((record.flags & CARD_RECORD_LAST) == 0);
    return ERR_NOT_FOUND;
}

struct number_search {
    const struct card_links *links;
    char *out_text;
};

static enum err number_of_record(const struct card_record *record, void *context)
{
    struct number_search *search = context;
    struct card_link link;
    if (card_ndef_link_of_record(record, &link))
        return card_link_find_number(&link, search->links, search->out_text);
    return is_well_known(record, "T") ? number_of_text(record->payload, search->out_text) : ERR_NOT_FOUND;
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
    if (!card_ndef_link_of_record(record, &link) || card_link_find_head(&link, search->links) < 0)
        return ERR_NOT_FOUND;
    *search->out = link;
    return ERR_OK;
}

enum err card_ndef_find_link(struct span message, const struct card_links *links, struct card_link *out)
{
    struct link_search search = {links, out};
    return search_records(message, link_of_record, &search);
}
