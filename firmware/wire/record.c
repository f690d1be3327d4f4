/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/record.h"

#include "wire/lists.h"

#define BODY_TAG_BASE 15 /* a body's field number is this + its kind */

struct kind_row {
    const char *name;
    const pb_msgdesc_t *fields;
};

static const struct kind_row kinds[] = {
    [kassa_RecordKind_RECORD_PURCHASE] = {"purchase", kassa_Receipt_fields},
    [kassa_RecordKind_RECORD_RETURN] = {"return", kassa_Receipt_fields},
    [kassa_RecordKind_RECORD_VOID] = {"void", kassa_Void_fields},
    [kassa_RecordKind_RECORD_MEMBER_ENROLLED] = {"member_enrolled", kassa_MemberEnrolled_fields},
    [kassa_RecordKind_RECORD_CONSENT_CHANGED] = {"consent_changed", kassa_ConsentChanged_fields},
    [kassa_RecordKind_RECORD_CARD_SEEN] = {"card_seen", kassa_CardSeen_fields},
    [kassa_RecordKind_RECORD_OFFER_SHOWN] = {"offer_shown", kassa_OfferShown_fields},
    [kassa_RecordKind_RECORD_OFFER_ANSWERED] = {"offer_answered", kassa_OfferAnswered_fields},
    [kassa_RecordKind_RECORD_ANSWER_GIVEN] = {"answer_given", kassa_AnswerGiven_fields},
    [kassa_RecordKind_RECORD_TILL_STARTED] = {"till_started", kassa_TillStarted_fields},
    [kassa_RecordKind_RECORD_TILL_STOPPED] = {"till_stopped", kassa_TillStopped_fields},
    [kassa_RecordKind_RECORD_TILL_FAULT] = {"till_fault", kassa_TillFault_fields},
    [kassa_RecordKind_RECORD_BOOK_ACTIVATED] = {"book_activated", kassa_BookActivated_fields},
    [kassa_RecordKind_RECORD_MEMBER_ERASED] = {"member_erased", kassa_MemberErased_fields},
};

static const struct kind_row *row_of(kassa_RecordKind kind)
{
    size_t index = (size_t)kind;
    return index < COUNT_OF(kinds) && kinds[index].fields != NULL ? &kinds[index] : NULL;
}

const char *wire_record_kind_name(kassa_RecordKind kind)
{
    const struct kind_row *row = row_of(kind);
    return row == NULL ? "unknown" : row->name;
}

static bool encode_body(pb_ostream_t *stream, const struct kind_row *row, const struct wire_record *record)
{
    uint32_t tag = BODY_TAG_BASE + (uint32_t)record->head.kind;
    if (!pb_encode_tag(stream, PB_WT_STRING, tag))
        return false;
    if (row->fields != kassa_Receipt_fields)
        return pb_encode_submessage(stream, row->fields, &record->body);
    const struct wire_receipt *receipt = &record->body.receipt;
    struct list_source lines = {kassa_Line_fields, receipt->lines, receipt->line_count, sizeof(kassa_Line)};
    struct list_source discounts = {kassa_Discount_fields, receipt->discounts, receipt->discount_count,
                                    sizeof(kassa_Discount)};
    kassa_Receipt head = receipt->head;
    head.lines = list_write(&lines);
    head.discounts = list_write(&discounts);
    return pb_encode_submessage(stream, row->fields, &head);
}

enum err wire_record_encode(const struct wire_record *record, uint8_t *out, size_t capacity, size_t *out_size)
{
    const struct kind_row *row = row_of(record->head.kind);
    if (row == NULL)
        return ERR_ARGUMENT;
    bool is_receipt = row->fields == kassa_Receipt_fields;
    if (is_receipt &&
        (record->body.receipt.line_count > LINES_MAX || record->body.receipt.discount_count > DISCOUNTS_MAX))
        return ERR_TOO_LONG;
    pb_ostream_t stream = pb_ostream_from_buffer(out, capacity);
    if (!pb_encode(&stream, kassa_Record_fields, &record->head) || !encode_body(&stream, row, record))
        return ERR_TOO_LONG;
    *out_size = stream.bytes_written;
    return ERR_OK;
}

/* Leaves the stream at the value of that field; false: there is none. */
static bool seek_field(pb_istream_t *stream, uint32_t wanted, pb_wire_type_t wanted_type)
{
    pb_wire_type_t type;
    uint32_t tag;
    bool at_end;
    while (pb_decode_tag(stream, &type, &tag, &at_end)) {
        if (tag == wanted)
            return type == wanted_type;
        if (!pb_skip_field(stream, type))
            return false;
    }
    return false;
}

enum err wire_record_peek_receipt(struct span bytes, kassa_ReceiptKind *out)
{
    kassa_Record head;
    TRY(wire_record_peek(bytes, &head));
    const struct kind_row *row = row_of(head.kind);
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    pb_istream_t body;
    uint32_t value = kassa_ReceiptKind_RECEIPT_UNSPECIFIED;
    if (row == NULL || row->fields != kassa_Receipt_fields ||
        !seek_field(&stream, BODY_TAG_BASE + (uint32_t)head.kind, PB_WT_STRING) ||
        !pb_make_string_substream(&stream, &body))
        return ERR_SYNTAX;
    if (seek_field(&body, kassa_Receipt_kind_tag, PB_WT_VARINT) && !pb_decode_varint32(&body, &value))
        return ERR_SYNTAX;
    *out = (kassa_ReceiptKind)value;
    return ERR_OK;
}

enum err wire_record_peek(struct span bytes, kassa_Record *out)
{
    kassa_Record head = kassa_Record_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    if (!pb_decode_ex(&stream, kassa_Record_fields, &head, PB_DECODE_NOINIT))
        return ERR_SYNTAX;
    *out = head;
    return ERR_OK;
}

/* Finds the body of the kind and opens a stream on it. A record holds one body. */
static enum err open_body(struct span bytes, uint32_t body_tag, pb_istream_t *out)
{
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    pb_wire_type_t type;
    uint32_t tag;
    bool at_end = false;
    while (pb_decode_tag(&stream, &type, &tag, &at_end)) {
        if (tag == body_tag && type == PB_WT_STRING) {
            pb_istream_t body;
            if (!pb_make_string_substream(&stream, &body))
                return ERR_SYNTAX;
            *out = body;
            return ERR_OK;
        }
        if (!pb_skip_field(&stream, type))
            return ERR_SYNTAX;
    }
    return ERR_SYNTAX;
}

static enum err decode_receipt(pb_istream_t *stream, struct arena *arena, struct wire_receipt *out)
{
    struct list_sink lines = {
        .fields = kassa_Line_fields, .arena = arena, .item_size = sizeof(kassa_Line), .count_max = LINES_MAX};
    struct list_sink discounts = {.fields = kassa_Discount_fields,
                                  .arena = arena,
                                  .item_size = sizeof(kassa_Discount),
                                  .count_max = DISCOUNTS_MAX};
    memset(out, 0, sizeof(*out));
    out->head.lines = list_read(&lines);
    out->head.discounts = list_read(&discounts);
    bool decoded = pb_decode_ex(stream, kassa_Receipt_fields, &out->head, PB_DECODE_NOINIT);
    out->head.lines = (pb_callback_t){0};
    out->head.discounts = (pb_callback_t){0};
    if (!decoded)
        return lines.error != ERR_OK ? lines.error : discounts.error != ERR_OK ? discounts.error : ERR_SYNTAX;
    out->lines = lines.items;
    out->line_count = lines.count;
    out->discounts = discounts.items;
    out->discount_count = discounts.count;
    return ERR_OK;
}

enum err wire_record_read_head(struct span bytes, kassa_Receipt *out)
{
    kassa_Record head;
    TRY(wire_record_peek(bytes, &head));
    const struct kind_row *row = row_of(head.kind);
    if (row == NULL || row->fields != kassa_Receipt_fields)
        return ERR_UNSUPPORTED;
    pb_istream_t body;
    TRY(open_body(bytes, BODY_TAG_BASE + (uint32_t)head.kind, &body));
    memset(out, 0, sizeof(*out)); /* lists without a reader are skipped */
    return pb_decode_ex(&body, kassa_Receipt_fields, out, PB_DECODE_NOINIT) ? ERR_OK : ERR_SYNTAX;
}

enum err wire_record_decode(struct span bytes, struct arena *arena, struct wire_record *out)
{
    kassa_Record head;
    TRY(wire_record_peek(bytes, &head));
    const struct kind_row *row = row_of(head.kind);
    if (row == NULL) {
        out->head = head;
        return ERR_UNSUPPORTED;
    }
    pb_istream_t body;
    TRY(open_body(bytes, BODY_TAG_BASE + (uint32_t)head.kind, &body));
    if (row->fields == kassa_Receipt_fields)
        TRY(decode_receipt(&body, arena, &out->body.receipt));
    else if (!pb_decode(&body, row->fields, &out->body))
        return ERR_SYNTAX;
    out->head = head;
    return ERR_OK;
}
