/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - the driver's parts. Inside sync/ only. */
#ifndef KASSA_SYNC_INTERNAL_H
#define KASSA_SYNC_INTERNAL_H

#include "sync/step.h"
#include "wire/record.h"
#include "wire/topic.h"

/* ---- outbox: records of the journal as batches */

#define OUTBOX_READ_SIZE (BATCH_SIZE_TARGET + RECORD_SIZE_MAX)

struct outbox {
    uint8_t read[OUTBOX_READ_SIZE]; /* records, one after the other */
    uint8_t batch[BATCH_SIZE_MAX];
    struct span records[BATCH_RECORDS_MAX];
    struct wire_record record; /* one that enrols a member, decoded */
};

struct outbox_batch {
    struct span payload; /* in the outbox */
    uint64_t last_seq;
};

/* Takes records from first_seq on into a batch, and the keys of members that they enrol beside them. ERR_NOT_FOUND: first_seq is trimmed or not written. */
NODISCARD
enum err sync_outbox_fill(struct outbox *outbox, const struct sync_parts *parts,
                          const struct sync_settings *who, uint64_t first_seq, uint64_t last_seq,
                          struct outbox_batch *out);

/* How a hash that the hub names compares with the journal's. */
enum step_own sync_outbox_compare(struct journal *journal, uint64_t seq, const uint8_t *hash,
                                  size_t hash_size);

/* ---- inbox: members and books */

#define INBOX_ARENA_SIZE (768u << 10) /* MEMBERS_PER_UPDATE_MAX decoded members */

struct sync_question {
    bool is_open;
    uint64_t id;
    uint8_t token[TOKEN_SIZE];
};

struct inbox {
    _Alignas(max_align_t) uint8_t arena_block[INBOX_ARENA_SIZE];
    struct member_change changes[MEMBERS_PER_UPDATE_MAX];
    uint8_t messages[2 * MEMBER_UPDATE_SIZE_MAX];
    struct sync_question questions[SYNC_QUESTIONS_MAX];
    size_t question_next;
    uint64_t ask_due_mono_ms;   /* missing members are not asked for before */
    uint64_t books_due_mono_ms; /* books_run's */
};

#define SCRATCH_SIZE 8192 /* a reserve of OFFER_USES_MAX limits and COUPON_ROWS_MAX coupons */

struct sync {
    struct step_state step;
    struct sync_settings settings; /* texts point into what follows */
    char till[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    char tenant[TILL_ID_MAX + 1];
    char software[TILL_ID_MAX + 1];
    struct sync_parts parts;
    struct sync_handler handler;
    bool wants_disconnect; /* asked for inside a handler of the transport: done in sync_run */
    bool wants_incarnation;
    uint64_t carry_from;
    enum sync_state told_state;
    bool told_empty;
    int64_t hub_offset_ms;
    int64_t acknowledged_unix_ms;
    struct outbox outbox;
    struct inbox inbox;
    uint8_t scratch[SCRATCH_SIZE]; /* a message of ours on its way */
};

uint64_t sync_now(const struct sync *sync);
uint64_t sync_draw(const struct sync *sync);
void sync_tell_fault(struct sync *sync, enum sync_fault fault, const char *text);

/* Publishes a question of ours; the id is filled in. One that is lost is asked again when its need shows
 * again. */
enum err sync_send_request(struct sync *sync, kassa_Request *request);

void sync_inbox_take_members(struct sync *sync, struct span payload);
void sync_inbox_take_answer(struct sync *sync, struct span payload);
void sync_inbox_take_manifest(struct sync *sync, struct span payload);
void sync_inbox_take_chunk(struct sync *sync, struct span payload);
void sync_inbox_run(struct sync *sync); /* pulls what is missing, when it is due */
uint64_t sync_inbox_due(const struct sync *sync);

#endif
