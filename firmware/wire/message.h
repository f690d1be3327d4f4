/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - what till and hub say to each other over MQTT, as bytes (include/kassa/kassa.proto, SPEC.md).
 * Pure: no heap; lists are the caller's when encoding and live in the caller's arena when decoding. */
#ifndef KASSA_WIRE_MESSAGE_H
#define KASSA_WIRE_MESSAGE_H

#include "base/arena.h"
#include "base/base.h"
#include "kassa.pb.h"
#include "kassa/limits.h"

/* Messages without long lists: kassa_Ack, kassa_TillState, kassa_Request, kassa_BookManifest, kassa_Member;
 * name them by the generated descriptor: wire_encode(kassa_Ack_fields, &ack, ...). ERR_TOO_LONG: more than
 * capacity. ERR_SYNTAX: not such a message, or a text or list over its bound. */
NODISCARD
enum err wire_encode(const pb_msgdesc_t *fields, const void *message, uint8_t *out, size_t capacity,
                     size_t *out_size);
NODISCARD
enum err wire_decode(const pb_msgdesc_t *fields, struct span bytes, void *out_message);

/* A batch of records, each as stored. */
struct wire_batch {
    kassa_Batch head; /* count and crc32c are set by encode and checked by decode */
    struct span *records;
    size_t record_count; /* at most BATCH_RECORDS_MAX */
};
NODISCARD
enum err wire_batch_encode(const struct wire_batch *batch, uint8_t *out, size_t capacity, size_t *out_size);

/* ERR_CHECKSUM: count or crc does not fit. ERR_TOO_LONG, ERR_SYNTAX, ERR_MEMORY as for records. */
NODISCARD
enum err wire_batch_decode(struct span bytes, struct arena *arena, struct wire_batch *out);

struct wire_member_updates {
    kassa_MemberUpdates head;
    kassa_Member *members;
    size_t member_count;
};
#define MEMBERS_PER_UPDATE_MAX 64 /* decoded, each takes some 6 KiB */
NODISCARD
enum err wire_member_updates_encode(const struct wire_member_updates *updates, uint8_t *out, size_t capacity,
                                    size_t *out_size);
NODISCARD
enum err wire_member_updates_decode(struct span bytes, struct arena *arena, struct wire_member_updates *out);

struct wire_book_chunk {
    uint64_t version;
    uint32_t index;
    struct span bytes; /* at most BOOK_CHUNK_SIZE */
};
NODISCARD
enum err wire_book_chunk_encode(const struct wire_book_chunk *chunk, uint8_t *out, size_t capacity,
                                size_t *out_size);
/* out->bytes is copied into the arena. */
NODISCARD
enum err wire_book_chunk_decode(struct span bytes, struct arena *arena, struct wire_book_chunk *out);

/* A receipt for a return: the purchase's record as its till wrote it, and what came back of it so far. */
struct wire_receipt_found {
    kassa_ReceiptFound head; /* record and returned are not used: those beside it are */
    struct span record;      /* at most RECORD_SIZE_MAX */
    kassa_LineReturned *returned;
    size_t returned_count; /* at most LINES_MAX */
};

/* The hub's answer to a question: one of these. */
enum wire_answer_kind {
    WIRE_ANSWER_RESERVATION,
    WIRE_ANSWER_RECEIPT,
    WIRE_ANSWER_GIFT,
    WIRE_ANSWER_RENEWED,
    WIRE_ANSWER_COUNT
};

struct wire_answer {
    kassa_Answer head;
    enum wire_answer_kind kind;
    kassa_Reservation reservation;
    struct wire_receipt_found receipt;
    kassa_GiftFound gift;
    kassa_Renewed renewed;
};
NODISCARD
enum err wire_answer_encode(const struct wire_answer *answer, uint8_t *out, size_t capacity,
                            size_t *out_size);

/* Record and list are copied into the arena. ERR_UNSUPPORTED: an answer of a kind that this program does not
 * know. ERR_SYNTAX, ERR_TOO_LONG, ERR_MEMORY as for records. */
NODISCARD
enum err wire_answer_decode(struct span bytes, struct arena *arena, struct wire_answer *out);

/* What is signed, by its purpose: a signature of one is none of another. */
enum wire_purpose { WIRE_SIGNED_ROOT, WIRE_SIGNED_BOOK, WIRE_SIGNED_TIMESTAMP, WIRE_PURPOSE_COUNT };

/* The bytes that a signature covers: the purpose's prefix, NUL and content. ERR_TOO_LONG: content is longer
 * than SIGNED_CONTENT_MAX. */
#define WIRE_STATEMENT_SIZE_MAX (SIGNED_CONTENT_MAX + 32)
NODISCARD
enum err wire_signed_statement(enum wire_purpose purpose, struct span content,
                               uint8_t out[WIRE_STATEMENT_SIZE_MAX], size_t *out_size);

/* What is new of books: each part a kassa_Signed as bytes, empty where there is none. */
struct wire_book_news {
    struct span roots[NEWS_ROOTS_MAX];
    size_t root_count;
    struct span timestamp;
    struct span manifest;
};
/* ERR_TOO_LONG: a part is longer than SIGNED_SIZE_MAX, there are too many, or all is more than capacity. */
NODISCARD
enum err wire_book_news_encode(const struct wire_book_news *news, uint8_t *out, size_t capacity,
                               size_t *out_size);
/* The parts are copied into the arena, and not looked at. ERR_SYNTAX, ERR_TOO_LONG, ERR_MEMORY. */
NODISCARD
enum err wire_book_news_decode(struct span bytes, struct arena *arena, struct wire_book_news *out);

#endif
