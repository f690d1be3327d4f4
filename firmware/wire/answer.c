/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/lists.h"
#include "wire/message.h"

/* [kind]: the body's field number in Answer; nanopb makes no names for what it does not read by itself. */
static const uint32_t tags[WIRE_ANSWER_COUNT] = {[WIRE_ANSWER_RESERVATION] = 2,
                                                 [WIRE_ANSWER_RECEIPT] = 3,
                                                 [WIRE_ANSWER_GIFT] = 4,
                                                 [WIRE_ANSWER_RENEWED] = 5};

static bool encode_receipt(pb_ostream_t *stream, const struct wire_receipt_found *found)
{
    struct span record = found->record;
    struct list_source returned = {kassa_LineReturned_fields, found->returned, found->returned_count,
                                   sizeof(kassa_LineReturned)};
    kassa_ReceiptFound head = found->head;
    head.record = bytes_write(&record);
    head.returned = list_write(&returned);
    return pb_encode_submessage(stream, kassa_ReceiptFound_fields, &head);
}

static bool encode_body(pb_ostream_t *stream, const struct wire_answer *answer)
{
    if (!pb_encode_tag(stream, PB_WT_STRING, tags[answer->kind]))
        return false;
    switch (answer->kind) {
    case WIRE_ANSWER_RESERVATION:
        return pb_encode_submessage(stream, kassa_Reservation_fields, &answer->reservation);
    case WIRE_ANSWER_RECEIPT:
        return encode_receipt(stream, &answer->receipt);
    case WIRE_ANSWER_GIFT:
        return pb_encode_submessage(stream, kassa_GiftFound_fields, &answer->gift);
    case WIRE_ANSWER_RENEWED:
        return pb_encode_submessage(stream, kassa_Renewed_fields, &answer->renewed);
    case WIRE_ANSWER_COUNT:
        break;
    }
    return false;
}

enum err wire_answer_encode(const struct wire_answer *answer, uint8_t *out, size_t capacity, size_t *out_size)
{
    if (answer->kind >= WIRE_ANSWER_COUNT)
        return ERR_ARGUMENT;
    if (answer->kind == WIRE_ANSWER_RECEIPT &&
        (answer->receipt.record.size > RECORD_SIZE_MAX || answer->receipt.returned_count > LINES_MAX))
        return ERR_TOO_LONG;
    pb_ostream_t stream = pb_ostream_from_buffer(out, capacity);
    if (!pb_encode(&stream, kassa_Answer_fields, &answer->head) || !encode_body(&stream, answer))
        return ERR_TOO_LONG;
    *out_size = stream.bytes_written;
    return ERR_OK;
}

static enum err decode_receipt(pb_istream_t *stream, struct arena *arena, struct wire_receipt_found *out)
{
    struct list_sink record = {.arena = arena, .item_size = sizeof(struct span), .count_max = 1};
    struct list_sink returned = {.fields = kassa_LineReturned_fields,
                                 .arena = arena,
                                 .item_size = sizeof(kassa_LineReturned),
                                 .count_max = LINES_MAX};
    out->head.record = list_read_bytes(&record);
    out->head.returned = list_read(&returned);
    bool is_read = pb_decode_ex(stream, kassa_ReceiptFound_fields, &out->head, PB_DECODE_NOINIT);
    out->head.record = (pb_callback_t){0};
    out->head.returned = (pb_callback_t){0};
    if (!is_read)
        return record.error != ERR_OK ? record.error : returned.error != ERR_OK ? returned.error : ERR_SYNTAX;
    out->record = record.count == 1 ? *(const struct span *)record.items : (struct span){NULL, 0};
    out->returned = returned.items;
    out->returned_count = returned.count;
    return out->record.size > RECORD_SIZE_MAX ? ERR_TOO_LONG : ERR_OK;
}

static enum err decode_body(pb_istream_t *body, struct arena *arena, struct wire_answer *out)
{
    switch (out->kind) {
    case WIRE_ANSWER_RESERVATION:
        return pb_decode(body, kassa_Reservation_fields, &out->reservation) ? ERR_OK : ERR_SYNTAX;
    case WIRE_ANSWER_RECEIPT:
        return decode_receipt(body, arena, &out->receipt);
    case WIRE_ANSWER_GIFT:
        return pb_decode(body, kassa_GiftFound_fields, &out->gift) ? ERR_OK : ERR_SYNTAX;
    case WIRE_ANSWER_RENEWED:
        return pb_decode(body, kassa_Renewed_fields, &out->renewed) ? ERR_OK : ERR_SYNTAX;
    case WIRE_ANSWER_COUNT:
        break;
    }
    return ERR_UNSUPPORTED;
}

static enum wire_answer_kind kind_of(uint32_t tag)
{
    unsigned kind = 0;
    while (kind < WIRE_ANSWER_COUNT && tags[kind] != tag)
        kind++;
    return (enum wire_answer_kind)kind;
}

enum err wire_answer_decode(struct span bytes, struct arena *arena, struct wire_answer *out)
{
    struct wire_answer answer;
    memset(&answer, 0, sizeof(answer));
    TRY(wire_decode(kassa_Answer_fields, bytes, &answer.head));
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    pb_wire_type_t type;
    uint32_t tag;
    bool at_end = false;
    while (pb_decode_tag(&stream, &type, &tag, &at_end)) {
        answer.kind = kind_of(tag);
        if (answer.kind != WIRE_ANSWER_COUNT && type == PB_WT_STRING) {
            pb_istream_t body;
            if (!pb_make_string_substream(&stream, &body))
                return ERR_SYNTAX;
            TRY(decode_body(&body, arena, &answer));
            *out = answer;
            return ERR_OK;
        }
        if (!pb_skip_field(&stream, type))
            return ERR_SYNTAX;
    }
    return at_end ? ERR_UNSUPPORTED : ERR_SYNTAX;
}
