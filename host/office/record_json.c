/* SPDX-License-Identifier: Apache-2.0 */
#include "office/record_json.h"

#include <inttypes.h>
#include <pb_common.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"

#define DEPTH_MAX 8 /* messages within messages */

struct field_name {
    uint32_t tag;
    const char *name;
};

struct message_row {
    const pb_msgdesc_t *fields;
    const struct field_name *names;
    size_t name_count;
};

/* The generated header lists each message's fields for the preprocessor. */
#define FIELD_NAME(a, allocation, label, type, name, tag) {(tag), #name},
#define NAMES_OF(package, message)                                                                           \
    static const struct field_name package##_##message##_names[] = {                                         \
        package##_##message##_FIELDLIST(FIELD_NAME, 0)};
#define ROW_OF(package, message)                                                                             \
    {                                                                                                        \
        package##_##message##_fields, package##_##message##_names, COUNT_OF(package##_##message##_names)     \
    }

NAMES_OF(kassa, Record)
NAMES_OF(kassa, ReceiptId)
NAMES_OF(kassa, Receipt)
NAMES_OF(kassa, Line)
NAMES_OF(kassa, Original)
NAMES_OF(kassa, Discount)
NAMES_OF(kassa, Tender)
NAMES_OF(kassa, EarnRow)
NAMES_OF(kassa, BurnRow)
NAMES_OF(kassa, OfferNote)
NAMES_OF(kassa, Loyalty)
NAMES_OF(kassa, StampRow)
NAMES_OF(kassa, CouponRow)
NAMES_OF(kassa, CouponNeed)
NAMES_OF(kassa, AwardRow)
NAMES_OF(kassa, OfferUse)
NAMES_OF(kassa, GiftRow)
NAMES_OF(kassa, Deal)
NAMES_OF(kassa, PointsLot)
NAMES_OF(kassa, CouponHeld)
NAMES_OF(kassa, StampCard)
NAMES_OF(kassa, LimitCounter)
NAMES_OF(kassa, Attribute)
NAMES_OF(kassa, Void)
NAMES_OF(kassa, Consent)
NAMES_OF(kassa, MemberEnrolled)
NAMES_OF(kassa, ConsentChanged)
NAMES_OF(kassa, CardSeen)
NAMES_OF(kassa, OfferShown)
NAMES_OF(kassa, OfferAnswered)
NAMES_OF(kassa, AnswerGiven)
NAMES_OF(kassa, TillStarted)
NAMES_OF(kassa, TillStopped)
NAMES_OF(kassa, TillFault)
NAMES_OF(kassa, BookActivated)
NAMES_OF(kassa, Personal)
NAMES_OF(kassa, MemberErased)
NAMES_OF(kassa, BookManifest)
NAMES_OF(kassa, Member)
NAMES_OF(crm, Member)
NAMES_OF(crm, Till)
NAMES_OF(crm, Receipt)
NAMES_OF(crm, CardTotals)
NAMES_OF(crm, CurrencyTotals)
NAMES_OF(crm, Totals)
NAMES_OF(crm, Order)
NAMES_OF(crm, Event)
NAMES_OF(crm, EventEarn)
NAMES_OF(crm, EventBurn)
NAMES_OF(crm, EventStamp)
NAMES_OF(crm, Coupon)
NAMES_OF(crm, Counter)
NAMES_OF(crm, ConsentSaid)
NAMES_OF(crm, Account)
NAMES_OF(crm, Owed)
NAMES_OF(crm, Stamps)
NAMES_OF(crm, Spend)
NAMES_OF(crm, Debt)
NAMES_OF(crm, Returned)
NAMES_OF(crm, Reservation)
NAMES_OF(crm, Gift)
NAMES_OF(crm, Hold)
NAMES_OF(crm, Signal)
NAMES_OF(crm, Sighting)
NAMES_OF(crm, Erasure)
NAMES_OF(kassa, Reservation)
NAMES_OF(kassa, Reserve)

static const struct message_row messages[] = {
    ROW_OF(kassa, Record),
    ROW_OF(kassa, ReceiptId),
    ROW_OF(kassa, Receipt),
    ROW_OF(kassa, Line),
    ROW_OF(kassa, Original),
    ROW_OF(kassa, Discount),
    ROW_OF(kassa, Tender),
    ROW_OF(kassa, EarnRow),
    ROW_OF(kassa, BurnRow),
    ROW_OF(kassa, OfferNote),
    ROW_OF(kassa, Loyalty),
    ROW_OF(kassa, Void),
    ROW_OF(kassa, Consent),
    ROW_OF(kassa, MemberEnrolled),
    ROW_OF(kassa, ConsentChanged),
    ROW_OF(kassa, CardSeen),
    ROW_OF(kassa, OfferShown),
    ROW_OF(kassa, OfferAnswered),
    ROW_OF(kassa, AnswerGiven),
    ROW_OF(kassa, TillStarted),
    ROW_OF(kassa, TillStopped),
    ROW_OF(kassa, TillFault),
    ROW_OF(kassa, BookActivated),
    ROW_OF(kassa, BookManifest),
    ROW_OF(kassa, Member),
    ROW_OF(crm, Member),
    ROW_OF(crm, Till),
    ROW_OF(crm, Receipt),
    ROW_OF(crm, CardTotals),
    ROW_OF(crm, CurrencyTotals),
    ROW_OF(crm, Totals),
    ROW_OF(kassa, StampRow),
    ROW_OF(kassa, CouponRow),
    ROW_OF(kassa, CouponNeed),
    ROW_OF(kassa, AwardRow),
    ROW_OF(kassa, OfferUse),
    ROW_OF(kassa, GiftRow),
    ROW_OF(kassa, Deal),
    ROW_OF(kassa, PointsLot),
    ROW_OF(kassa, CouponHeld),
    ROW_OF(kassa, StampCard),
    ROW_OF(kassa, LimitCounter),
    ROW_OF(kassa, Attribute),
    ROW_OF(kassa, Personal),
    ROW_OF(kassa, MemberErased),
    ROW_OF(crm, Order),
    ROW_OF(crm, Event),
    ROW_OF(crm, EventEarn),
    ROW_OF(crm, EventBurn),
    ROW_OF(crm, EventStamp),
    ROW_OF(crm, Coupon),
    ROW_OF(crm, Counter),
    ROW_OF(crm, ConsentSaid),
    ROW_OF(crm, Account),
    ROW_OF(crm, Owed),
    ROW_OF(crm, Stamps),
    ROW_OF(crm, Spend),
    ROW_OF(crm, Debt),
    ROW_OF(crm, Returned),
    ROW_OF(crm, Reservation),
    ROW_OF(crm, Gift),
    ROW_OF(crm, Hold),
    ROW_OF(crm, Signal),
    ROW_OF(crm, Sighting),
    ROW_OF(crm, Erasure),
    ROW_OF(kassa, Reservation),
    ROW_OF(kassa, Reserve),
};

/* The values of the schema's enumerations, which the descriptors do not name. Places without a name, and
 * values beyond the list, are shown as numbers. */
static const char *const record_kinds[] = {
    "unspecified",     "purchase",        "return",       "void",
    "member_enrolled", "consent_changed", "card_seen",    "offer_shown",
    "offer_answered",  "answer_given",    "till_started", "till_stopped",
    "till_fault",      "book_activated",  NULL,           "member_erased"};
static const char *const personal_fields[] = {"unspecified", "first_name", "birthday"};
static const char *const receipt_kinds[] = {"unspecified", "sale", "return", "exchange", "no_sale"};
static const char *const price_modes[] = {"gross", "net"};
static const char *const line_kinds[] = {"sale", "return", "gift_value", "deposit", "fee", "correction"};
static const char *const price_origins[] = {"pos", "override", "weight_label", "rule"};
static const char *const discount_kinds[] = {"automatic", "manual", "points", "employee"};
static const char *const tender_kinds[] = {"unspecified", "cash",    "card", "gift",
                                           "points",      "voucher", "other"};
static const char *const card_reads[] = {"unspecified", "nfc", "scan", "typed", "phone"};
static const char *const technologies[] = {"unspecified", "uid",         "ndef", "classic", "barcode",
                                           "type4",       "originality", "sun",  "mad",     "desfire",
                                           "vas",         "smart_tap",   "link", "dynamic", "gs1"};
static const char *const trusts[] = {"none", "identify", "static", "genuine", "proven"};
static const char *const coupon_events[] = {"unspecified", "issued", "redeemed", "returned", "withdrawn"};
static const char *const limit_whats[] = {"uses", "units", "amount", "points"};
static const char *const limit_pers[] = {"line", "basket", "member", "till", "store", "chain"};
static const char *const limit_periods[] = {"ever", "day", "week", "month", "year"};
static const char *const return_policies[] = {"unspecified", "only_pending", "within_balance", "unlimited"};
static const char *const debt_units[] = {"by_reason", "points", "coupons", "uses", "milli", "minor"};
static const char *const reserve_states[] = {"unspecified", "granted",   "refused",
                                             "conflict",    "committed", "released"};
static const char *const reserve_reasons[] = {
    "fits",          "points_short", "coupon_unknown", "coupon_used", "coupon_expired", "coupon_others",
    "limit_reached", "gift_short",   "member_unknown", "malformed",   "coupon_not_yet"};
static const char *const offer_events[] = {"unspecified", "shown", "accepted", "declined"};

static const struct {
    const pb_msgdesc_t *fields;
    uint32_t tag;
    const char *const *names;
    size_t name_count;
} enums[] = {
#define VALUES(package, message, field, list)                                                                \
    {                                                                                                        \
        package##_##message##_fields, package##_##message##_##field##_tag, list, COUNT_OF(list)              \
    }
    VALUES(kassa, Record, kind, record_kinds),
    VALUES(kassa, Receipt, kind, receipt_kinds),
    VALUES(kassa, Receipt, price_mode, price_modes),
    VALUES(kassa, Line, kind, line_kinds),
    VALUES(kassa, Line, price_origin, price_origins),
    VALUES(kassa, Discount, kind, discount_kinds),
    VALUES(kassa, Tender, kind, tender_kinds),
    VALUES(kassa, Loyalty, read, card_reads),
    VALUES(kassa, Loyalty, technology, technologies),
    VALUES(kassa, Loyalty, trust, trusts),
    VALUES(kassa, OfferNote, event, offer_events),
    VALUES(kassa, Void, original_kind, record_kinds),
    VALUES(kassa, MemberEnrolled, technology, technologies),
    VALUES(kassa, CardSeen, read, card_reads),
    VALUES(kassa, Personal, field, personal_fields),
    VALUES(kassa, CardSeen, technology, technologies),
    VALUES(kassa, CardSeen, trust, trusts),
    VALUES(kassa, CouponRow, event, coupon_events),
    VALUES(kassa, OfferUse, what, limit_whats),
    VALUES(kassa, OfferUse, per, limit_pers),
    VALUES(kassa, OfferUse, period, limit_periods),
    VALUES(kassa, LimitCounter, what, limit_whats),
    VALUES(kassa, LimitCounter, period, limit_periods),
    VALUES(kassa, Loyalty, return_policy, return_policies),
    VALUES(crm, Receipt, kind, record_kinds),
    VALUES(crm, CardTotals, technology, technologies),
    VALUES(crm, CardTotals, trust, trusts),
    VALUES(crm, Counter, what, limit_whats),
    VALUES(crm, Counter, per, limit_pers),
    VALUES(crm, Counter, period, limit_periods),
    VALUES(crm, Debt, unit, debt_units),
    VALUES(kassa, Reservation, status, reserve_states),
    VALUES(kassa, Reservation, reason, reserve_reasons),
};

static const struct message_row *row_of(const pb_msgdesc_t *fields)
{
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (messages[i].fields == fields)
            return &messages[i];
    return NULL;
}

static const char *name_of(const struct message_row *row, uint32_t tag)
{
    for (size_t i = 0; i < row->name_count; i++)
        if (row->names[i].tag == tag)
            return row->names[i].name;
    return NULL;
}

static json_t *json_of_hex(struct span bytes)
{
    char *text = malloc(2 * bytes.size + 1);
    if (text == NULL)
        return NULL;
    hex_write(bytes, text);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static json_t *json_of_enum(const pb_field_iter_t *field, const void *value)
{
    int32_t number = *(const int32_t *)value;
    for (size_t i = 0; i < COUNT_OF(enums); i++)
        if (enums[i].fields == field->descriptor && enums[i].tag == field->tag && number >= 0 &&
            (size_t)number < enums[i].name_count)
            return json_string(enums[i].names[number]);
    return json_integer(number);
}

/* JSON's numbers are exact to 2^53; all that is counted stays far below, and jansson holds 63 bits. */
static json_t *json_of_unsigned(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *json_of_number(const pb_field_iter_t *field, const void *value)
{
    bool is_unsigned = PB_LTYPE(field->type) == PB_LTYPE_UVARINT;
    if (field->data_size == sizeof(int64_t))
        return is_unsigned ? json_of_unsigned(*(const uint64_t *)value)
                           : json_integer(*(const int64_t *)value);
    if (field->data_size == sizeof(int32_t))
        return is_unsigned ? json_integer(*(const uint32_t *)value) : json_integer(*(const int32_t *)value);
    return json_null();
}

static json_t *json_of_fixed64(const void *value)
{
    char text[17];
    snprintf(text, sizeof(text), "%016" PRIx64, *(const uint64_t *)value);
    return json_string(text);
}

/* A text that is no UTF-8 (nanopb does not look) is shown as its bytes. */
static json_t *json_of_text(const char *text)
{
    json_t *json = json_string(text);
    return json != NULL ? json : json_of_hex(span_of_text(text));
}

/* How a message is shown, and how deep it stands. */
struct showing {
    enum record_json_defaults defaults;
    unsigned depth;
};
static const struct showing body_showing = {RECORD_JSON_LEAVE_OUT, 1};

static json_t *json_of_fields(const pb_msgdesc_t *fields, const void *message, struct showing showing);

static bool is_enum(const pb_field_iter_t *field)
{
    for (size_t i = 0; i < COUNT_OF(enums); i++)
        if (enums[i].fields == field->descriptor && enums[i].tag == field->tag)
            return true;
    return false;
}

static json_t *json_of_value(const pb_field_iter_t *field, const void *value, struct showing showing)
{
    const pb_bytes_array_t *bytes = value;
    switch (PB_LTYPE(field->type)) {
    case PB_LTYPE_BOOL:
        return json_boolean(*(const bool *)value);
    case PB_LTYPE_VARINT:
    case PB_LTYPE_UVARINT:
    case PB_LTYPE_SVARINT:
        return is_enum(field) ? json_of_enum(field, value) : json_of_number(field, value);
    case PB_LTYPE_FIXED32:
        return json_integer(*(const uint32_t *)value);
    case PB_LTYPE_FIXED64:
        return json_of_fixed64(value);
    case PB_LTYPE_BYTES:
        return json_of_hex(span_of(bytes->bytes, bytes->size));
    case PB_LTYPE_STRING:
        return json_of_text(value);
    case PB_LTYPE_SUBMESSAGE:
        showing.depth++;
        return json_of_fields(field->submsg_desc, value, showing);
    default: /* nanopb's kinds that this schema does not use */
        return json_null();
    }
}

/* proto3: a field that holds its default is as good as not there. */
static bool is_default(const pb_field_iter_t *field)
{
    if (PB_HTYPE(field->type) == PB_HTYPE_REPEATED)
        return *(const pb_size_t *)field->pSize == 0;
    if (PB_LTYPE(field->type) == PB_LTYPE_BYTES)
        return ((const pb_bytes_array_t *)field->pData)->size == 0;
    if (PB_LTYPE(field->type) == PB_LTYPE_STRING)
        return *(const char *)field->pData == '\0';
    if (PB_LTYPE(field->type) == PB_LTYPE_SUBMESSAGE)
        return !*(const bool *)field->pSize;
    const uint8_t *bytes = field->pData;
    for (size_t i = 0; i < field->data_size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* A message in a message that was not sent has no value at all. */
static bool is_absent(const pb_field_iter_t *field)
{
    return PB_LTYPE(field->type) == PB_LTYPE_SUBMESSAGE && PB_HTYPE(field->type) == PB_HTYPE_OPTIONAL &&
           !*(const bool *)field->pSize;
}

static json_t *json_of_list(const pb_field_iter_t *field, struct showing showing)
{
    json_t *list = json_array();
    size_t count = *(const pb_size_t *)field->pSize;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_of_value(field, (const uint8_t *)field->pData + i * field->data_size, showing));
    return list;
}

static json_t *json_of_fields(const pb_msgdesc_t *fields, const void *message, struct showing showing)
{
    const struct message_row *row = row_of(fields);
    json_t *json = row != NULL && showing.depth < DEPTH_MAX ? json_object() : NULL;
    pb_field_iter_t field;
    if (json == NULL || !pb_field_iter_begin_const(&field, fields, message))
        return json;
    do {
        const char *name = name_of(row, field.tag);
        if (name == NULL || PB_ATYPE(field.type) != PB_ATYPE_STATIC ||
            (showing.defaults == RECORD_JSON_LEAVE_OUT && is_default(&field)) || is_absent(&field))
            continue;
        bool is_list = PB_HTYPE(field.type) == PB_HTYPE_REPEATED;
        json_object_set_new(json, name,
                            is_list ? json_of_list(&field, showing)
                                    : json_of_value(&field, field.pData, showing));
    } while (pb_field_iter_next(&field));
    return json;
}

json_t *record_json_of_message(const pb_msgdesc_t *fields, const void *message,
                               enum record_json_defaults defaults)
{
    return json_of_fields(fields, message, (struct showing){defaults, 0});
}

static json_t *json_of_items(const pb_msgdesc_t *fields, const void *items, size_t count, size_t size)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_of_fields(fields, (const uint8_t *)items + i * size, body_showing));
    return list;
}

static json_t *json_of_receipt(const struct wire_receipt *receipt)
{
    json_t *json = json_of_fields(kassa_Receipt_fields, &receipt->head, body_showing);
    json_object_set_new(
        json, "lines",
        json_of_items(kassa_Line_fields, receipt->lines, receipt->line_count, sizeof(kassa_Line)));
    if (receipt->discount_count > 0)
        json_object_set_new(json, "discounts",
                            json_of_items(kassa_Discount_fields, receipt->discounts, receipt->discount_count,
                                          sizeof(kassa_Discount)));
    return json;
}

/* The body of each kind that is no receipt; all of them stand at the start of the union. */
static const pb_msgdesc_t *const bodies[] = {
    [kassa_RecordKind_RECORD_VOID] = kassa_Void_fields,
    [kassa_RecordKind_RECORD_MEMBER_ENROLLED] = kassa_MemberEnrolled_fields,
    [kassa_RecordKind_RECORD_CONSENT_CHANGED] = kassa_ConsentChanged_fields,
    [kassa_RecordKind_RECORD_CARD_SEEN] = kassa_CardSeen_fields,
    [kassa_RecordKind_RECORD_OFFER_SHOWN] = kassa_OfferShown_fields,
    [kassa_RecordKind_RECORD_OFFER_ANSWERED] = kassa_OfferAnswered_fields,
    [kassa_RecordKind_RECORD_ANSWER_GIVEN] = kassa_AnswerGiven_fields,
    [kassa_RecordKind_RECORD_TILL_STARTED] = kassa_TillStarted_fields,
    [kassa_RecordKind_RECORD_TILL_STOPPED] = kassa_TillStopped_fields,
    [kassa_RecordKind_RECORD_TILL_FAULT] = kassa_TillFault_fields,
    [kassa_RecordKind_RECORD_BOOK_ACTIVATED] = kassa_BookActivated_fields,
    [kassa_RecordKind_RECORD_MEMBER_ERASED] = kassa_MemberErased_fields,
};

static json_t *json_of_body(const struct wire_record *record)
{
    kassa_RecordKind kind = record->head.kind;
    if (kind == kassa_RecordKind_RECORD_PURCHASE || kind == kassa_RecordKind_RECORD_RETURN)
        return json_of_receipt(&record->body.receipt);
    return (size_t)kind < COUNT_OF(bodies) && bodies[kind] != NULL
               ? json_of_fields(bodies[kind], &record->body, body_showing)
               : NULL;
}

json_t *record_json_of_record(struct span bytes, struct arena *arena)
{
    struct wire_record *record;
    arena_reset(arena);
    record = arena_take(arena, 1, sizeof(*record));
    if (record == NULL)
        return NULL;
    enum err error = wire_record_decode(bytes, arena, record);
    json_t *json = NULL;
    if (error == ERR_OK || error == ERR_UNSUPPORTED)
        json = json_of_fields(kassa_Record_fields, &record->head, (struct showing){RECORD_JSON_LEAVE_OUT, 0});
    else
        json = json_object();
    if (error == ERR_OK) {
        json_object_set_new(json, wire_record_kind_name(record->head.kind), json_of_body(record));
    } else {
        json_object_set_new(json, "raw", json_of_hex(bytes));
        json_object_set_new(json, "error", json_string(err_name(error)));
    }
    return json;
}
