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

/* Longer than the longest link head and number: what comes later cannot matter. */
#define LINK_TEXT_MAX (CARD_LINK_SIZE_MAX + CARD_NUMBER_SIZE_MAX + 16)

struct link_text {
    uint8_t bytes[LINK_TEXT_MAX];
    size_t size;
};

static void link_append(struct link_text *link, struct span text)
{
    size_t room = sizeof link->bytes - link->size;
    size_t size = text.size < room ? text.size : room;
    if (size > 0)
        memcpy(link->bytes + link->size, text.bytes, size);
    link->size += size;
}

static uint8_t lower_of(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_equal_any_case(const uint8_t *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower_of(a[i]) != lower_of((uint8_t)b[i]))
            return false;
    return true;
}

static bool starts_with_any_case(struct span text, const char *head)
{
    size_t size = strlen(head);
    return text.size >= size && is_equal_any_case(text.bytes, head, size);
}

/* NFC Forum URI RTD table 3: the first byte of the payload abbreviates the link's head; codes above are no
 * web links. scheme is what must still be read away, head what the code stands for without its scheme. */
static const struct uri_code {
    const char *scheme[2];
    const char *head;
} URI_CODES[] = {
    {{"https://", "http://"}, ""}, {{""}, "www."}, {{""}, "www."}, {{""}, ""}, {{""}, ""},
};

static bool link_of_uri(struct span payload, struct link_text *out)
{
    if (payload.size == 0 || payload.bytes[0] >= COUNT_OF(URI_CODES))
        return false;
    const struct uri_code *code = &URI_CODES[payload.bytes[0]];
    struct span rest = span_of(payload.bytes + 1, payload.size - 1);
    for (size_t i = 0; i < COUNT_OF(code->scheme) && code->scheme[i] != NULL; i++) {
        if (!starts_with_any_case(rest, code->scheme[i]))
            continue;
        size_t skip = strlen(code->scheme[i]);
        link_append(out, span_of_text(code->head));
        link_append(out, span_of(rest.bytes + skip, rest.size - skip));
        return true;
    }
    return false;
}

/* RFC 3986 6.2.2.1: a host is the same in either case, a path is not. */
static bool link_starts_with(struct span link, const char *head)
{
    size_t size = strlen(head);
    size_t host_size = strcspn(head, "/");
    return link.size >= size && is_equal_any_case(link.bytes, head, host_size) &&
           memcmp(link.bytes + host_size, head + host_size, size - host_size) == 0;
}

static size_t size_before_query(struct span text)
{
    size_t size = 0;
    while (size < text.size && text.bytes[size] != '?' && text.bytes[size] != '#')
        size++;
    return size;
}

static enum err number_of_uri(struct span payload, const struct card_links *links,
                              char out_text[CARD_TEXT_MAX])
{
    struct link_text link = {.size = 0};
    if (!link_of_uri(payload, &link))
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < links->count; i++) {
        if (!link_starts_with(span_of(link.bytes, link.size), links->heads[i]))
            continue;
        size_t head_size = strlen(links->heads[i]);
        struct span number = span_of(link.bytes + head_size, link.size - head_size);
        number.size = size_before_query(number);
        return card_text_of_number(number, out_text) == ERR_OK ? ERR_OK : ERR_NOT_FOUND;
    }
    return ERR_NOT_FOUND;
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
    return card_text_of_number(number, out_text) == ERR_OK ? ERR_OK : ERR_NOT_FOUND;
}

static enum err number_of_record(const struct card_record *record, const struct card_links *links,
                                 char out_text[CARD_TEXT_MAX])
{
    if ((record->flags & CARD_RECORD_FORMAT) != CARD_RECORD_WELL_KNOWN)
        return ERR_NOT_FOUND;
    if (span_is_equal(record->type, span_of_text("U")))
        return number_of_uri(record->payload, links, out_text);
    if (span_is_equal(record->type, span_of_text("T")))
        return number_of_text(record->payload, out_text);
    return ERR_NOT_FOUND;
}

enum err card_ndef_find_number(struct span message, const struct card_links *links,
                               char out_text[CARD_TEXT_MAX])
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
        enum err error = number_of_record(&record, links, out_text);
        if (error != ERR_NOT_FOUND)
            return error;
    } while ((record.flags & CARD_RECORD_LAST) == 0);
    return ERR_NOT_FOUND;
}
