/* SPDX-License-Identifier: Apache-2.0 */
/* What a phone gives: a message of records "asv", each with an issuer "i" and one object.
 *
 *   asv { i, ly { oid, T, id n: the member's number } }      also of (offer) and others
 *   asv { i, cus { cid: the customer's id, cpl, cut } } */
#include "card/record.h"
#include "card/tech/smart_tap.h"
#include "card/text.h"

#define VALUE_SIZE_MAX 4096 /* that a number is read from; more than that is nobody's */

/* The first byte of a primitive payload says what the rest is. */
enum { PRIMITIVE_ASCII = 0x01, PRIMITIVE_UTF8 = 0x02, PRIMITIVE_BINARY = 0x04, PRIMITIVE_BCD = 0x05 };
enum { TEXT_UTF16 = 0x80, TEXT_LANGUAGE_SIZE = 0x3F };

enum found { FOUND_NOTHING, FOUND_CUSTOMER, FOUND_NUMBER };

struct search {
    bool takes_any;       /* loyalty is not asked for: whatever has a number will do */
    bool takes_customers; /* by their id, if nothing else is there */
    bool has_payment_card;
    enum found found;
    struct card_smart_tap_pass pass;
};

/* Two digits a byte, the first in the high half; F fills up an odd count. */
static enum err text_of_bcd(struct span bcd, char out_text[CARD_TEXT_MAX])
{
    uint8_t digits[2 * CARD_NUMBER_SIZE_MAX];
    size_t count = 0;
    if (bcd.size > sizeof digits / 2)
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < 2 * bcd.size; i++) {
        uint8_t nibble = i % 2 == 0 ? bcd.bytes[i / 2] >> 4 : bcd.bytes[i / 2] & 0x0F;
        if (nibble == 0x0F && i + 1 == 2 * bcd.size)
            continue;
        if (nibble > 9)
            return ERR_NOT_FOUND;
        digits[count++] = (uint8_t)('0' + nibble);
    }
    return card_text_of_pass(span_of(digits, count), out_text);
}

static enum err text_of_primitive(struct span payload, char out_text[CARD_TEXT_MAX])
{
    if (payload.size < 2)
        return ERR_NOT_FOUND;
    struct span value = span_of(payload.bytes + 1, payload.size - 1);
    switch (payload.bytes[0]) {
    case PRIMITIVE_ASCII:
    case PRIMITIVE_UTF8:
    case PRIMITIVE_BINARY:
        return card_text_of_pass(value, out_text);
    case PRIMITIVE_BCD:
        return text_of_bcd(value, out_text);
    default: /* a phone's byte */
        return ERR_NOT_FOUND;
    }
}

/* NFC Forum Text RTD 3.2.1 */
static enum err text_of_text(struct span payload, char out_text[CARD_TEXT_MAX])
{
    if (payload.size == 0 || (payload.bytes[0] & TEXT_UTF16) != 0)
        return ERR_NOT_FOUND;
    size_t skip = 1 + (size_t)(payload.bytes[0] & TEXT_LANGUAGE_SIZE);
    if (skip > payload.size)
        return ERR_NOT_FOUND;
    return card_text_of_pass(span_of(payload.bytes + skip, payload.size - skip), out_text);
}

/* A text with this id, or an external record of this type. */
static enum err text_of_record(const struct card_record *record, const char *name,
                               char out_text[CARD_TEXT_MAX])
{
    uint8_t format = record->flags & CARD_RECORD_FORMAT;
    struct span wanted = span_of_text(name);
    if (record->payload.size > VALUE_SIZE_MAX)
        return ERR_NOT_FOUND;
    if (format == CARD_RECORD_WELL_KNOWN && span_is_equal(record->type, span_of_text("T")) &&
        span_is_equal(record->id, wanted))
        return text_of_text(record->payload, out_text);
    if (format == CARD_RECORD_EXTERNAL && span_is_equal(record->type, wanted))
        return text_of_primitive(record->payload, out_text);
    return ERR_NOT_FOUND;
}

/* A customer whose id is nothing but zeros has none. */
static bool is_all_zero(struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.bytes[i] != 0)
            return false;
    return true;
}

static enum err take_sound(struct span *rest, struct card_record *out)
{
    TRY(card_record_take(rest, out));
    return (out->flags & CARD_RECORD_CHUNK) != 0 ? ERR_SYNTAX : ERR_OK;
}

static enum err text_within(struct span object, const char *name, char out_text[CARD_TEXT_MAX])
{
    struct card_record record = {.flags = 0};
    while (object.size > 0) {
        TRY(take_sound(&object, &record));
        enum err error = text_of_record(&record, name, out_text);
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_NOT_FOUND;
}

static bool is_external(const struct card_record *record, const char *type)
{
    return (record->flags & CARD_RECORD_FORMAT) == CARD_RECORD_EXTERNAL &&
           span_is_equal(record->type, span_of_text(type));
}

/* The payment card's number that somebody typed into his pass is nobody's (ERR_EXISTS): the next object may be somebody's. */
static enum err note(struct search *search, enum err error, const char text[CARD_TEXT_MAX], enum found found)
{
    search->has_payment_card = search->has_payment_card || error == ERR_EXISTS;
    if (error == ERR_NOT_FOUND || error == ERR_UNSUPPORTED || error == ERR_EXISTS)
        return ERR_OK;
    TRY(error);
    memcpy(search->pass.text, text, CARD_TEXT_MAX);
    search->found = found;
    return ERR_OK;
}

static enum err read_customer(struct search *search, const struct card_record *object)
{
    char text[CARD_TEXT_MAX] = {0};
    struct span id;
    if (!search->takes_customers || search->found != FOUND_NOTHING)
        return ERR_OK;
    enum err error = card_record_find(object->payload, "cid", &id);
    if (error == ERR_OK)
        error = id.size < 2 || is_all_zero(span_of(id.bytes + 1, id.size - 1)) ? ERR_NOT_FOUND
                                                                               : text_of_primitive(id, text);
    return note(search, error, text, FOUND_CUSTOMER);
}

static enum err read_object(struct search *search, const struct card_record *object)
{
    char text[CARD_TEXT_MAX] = {0};
    if (is_external(object, "i"))
        return ERR_OK;
    search->pass.object_count++;
    if (is_external(object, "cus"))
        return read_customer(search, object);
    if (search->found == FOUND_NUMBER || (!search->takes_any && !is_external(object, "ly")))
        return ERR_OK;
    return note(search, text_within(object->payload, "n", text), text, FOUND_NUMBER);
}

static enum err read_service(struct search *search, struct span service)
{
    struct card_record object = {.flags = 0};
    while (service.size > 0) {
        TRY(take_sound(&service, &object));
        TRY(read_object(search, &object));
    }
    return ERR_OK;
}

static bool asks_for(const struct card_smart_tap_settings *settings, enum card_smart_tap_type type)
{
    for (size_t i = 0; i < settings->type_count; i++)
        if (settings->types[i] == (uint8_t)type)
            return true;
    return false;
}

enum err card_smart_tap_find(const struct card_smart_tap_settings *settings, struct span content,
                             struct card_smart_tap_pass *out)
{
    struct search search = {
        .takes_any = settings->type_count > 0 && !asks_for(settings, CARD_SMART_TAP_LOYALTY) &&
                     !asks_for(settings, CARD_SMART_TAP_ALL),
        .takes_customers = asks_for(settings, CARD_SMART_TAP_CUSTOMER),
    };
    struct card_record service = {.flags = 0};
    while (content.size > 0) {
        TRY(take_sound(&content, &service));
        if (is_external(&service, "asv"))
            TRY(read_service(&search, service.payload));
    }
    if (search.found == FOUND_NOTHING)
        return search.has_payment_card ? ERR_EXISTS : ERR_NOT_FOUND;
    *out = search.pass;
    return ERR_OK;
}
