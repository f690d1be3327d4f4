/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - records of the journal as bytes (include/kassa/kassa.proto, SPEC.md).
 *
 * A record is encoded once, when it is written, and never again: what is stored is what is sent. The head and
 * the body are encoded one after the other; the body's field number is 15 + kind, so that a kind unknown here
 * is still skipped, kept and forwarded whole. Pure: no heap. Lists that are too long for a struct (lines,
 * discounts, records) live in the caller's arrays when encoding and in the caller's arena when decoding.
 * Threads: any, on their own objects. */
#ifndef KASSA_WIRE_RECORD_H
#define KASSA_WIRE_RECORD_H

#include "base/arena.h"
#include "base/base.h"
#include "kassa.pb.h"
#include "kassa/limits.h"

/* A purchase or a return. head.lines and head.discounts are not used: the arrays beside it are. */
struct wire_receipt {
    kassa_Receipt head;
    kassa_Line *lines;
    size_t line_count; /* at most LINES_MAX */
    kassa_Discount *discounts;
    size_t discount_count; /* at most DISCOUNTS_MAX */
};

struct wire_record {
    kassa_Record head; /* head.kind says which body holds */
    union {
        struct wire_receipt receipt; /* RECORD_PURCHASE, RECORD_RETURN */
        kassa_Void voided;
        kassa_MemberEnrolled member_enrolled;
        kassa_ConsentChanged consent_changed;
        kassa_CardSeen card_seen;
        kassa_OfferShown offer_shown;
        kassa_OfferAnswered offer_answered;
        kassa_AnswerGiven answer_given;
        kassa_TillStarted till_started;
        kassa_TillStopped till_stopped;
        kassa_TillFault till_fault;
        kassa_BookActivated book_activated;
        kassa_MemberErased member_erased;
    } body;
};

/* Writes the record's bytes to out. ERR_TOO_LONG: more than capacity, or a list over its limit; ERR_ARGUMENT:
 * no kind that has a body here. */
NODISCARD
enum err wire_record_encode(const struct wire_record *record, uint8_t *out, size_t capacity,
                            size_t *out_size);

/* Reads a whole record; lists and their texts are taken from arena and live as long as it. ERR_UNSUPPORTED: a
 * well-formed record of a kind that this program does not know (out->head is then filled; keep the bytes).
 * ERR_SYNTAX: not a record. ERR_TOO_LONG: a list over its limit. ERR_MEMORY: the arena is too small. */
NODISCARD
enum err wire_record_decode(struct span bytes, struct arena *arena, struct wire_record *out);

/* Reads the head alone: kind, seq, times, key. ERR_SYNTAX: not a record. */
NODISCARD
enum err wire_record_peek(struct span bytes, kassa_Record *out);

/* Reads of a purchase or a return whether it is a sale, a return or an exchange, and nothing else.
 * ERR_SYNTAX: not a record with such a body. */
NODISCARD
enum err wire_record_peek_receipt(struct span bytes, kassa_ReceiptKind *out);

/* Reads the head of a purchase's or return's receipt, without lines and discounts. ERR_UNSUPPORTED: it is neither.
 * ERR_SYNTAX. */
NODISCARD
enum err wire_record_read_head(struct span bytes, kassa_Receipt *out);

/* The kind's name as the schema has it without its prefix, in lower case ("purchase"); "unknown"
 * for others. */
const char *wire_record_kind_name(kassa_RecordKind kind);

#endif
