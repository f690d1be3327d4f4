/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - one way into the journal: what waits goes first, then the record, in one durable commit. */
#include <stdio.h>

#include "till/internal.h"

struct wire_record *till_blank_record(struct till *till)
{
    till->record = (struct wire_record){0};
    return &till->record;
}

static void fill_head(const struct till *till, kassa_RecordKind kind, kassa_Record *head)
{
    const struct clock *clock = &till->settings.clock;
    struct clock_reading now = till_read_clock(till);
    *head = (kassa_Record){
        .kind = kind,
        .wall_unix_ms = now.wall_unix_ms,
        .mono_ms = now.mono_ms,
        .boot_id = till->boot_id,
        .utc_offset_min = clock->ops->utc_offset_min(clock->self, now.wall_unix_ms),
    };
}

void till_add_pending(struct till *till, kassa_RecordKind kind, const struct pending *what)
{
    if (till->pending_count == PENDING_MAX) { /* the disk is full, or flushes do not come: the oldest goes */
        memmove(&till->pending[0], &till->pending[1], (PENDING_MAX - 1) * sizeof till->pending[0]);
        till->pending_count--;
    }
    struct pending *slot = &till->pending[till->pending_count++];
    *slot = *what;
    fill_head(till, kind, &slot->head);
}

/* -------------------------------------------------------------------------------------------- idempotency */

static bool is_key(struct span key)
{
    if (key.size == 0 || key.size > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++) {
        if (key.bytes[i] <= 0x20 || key.bytes[i] >= 0x7f)
            return false;
    }
    return true;
}

static enum err read_found(struct till *till, const struct journal_found *found, struct till_outcome *out)
{
    struct journal_record stored;
    TRY(journal_read_generation(till->settings.journal, found->generation, found->seq, till->found.bytes,
                                RECORD_SIZE_MAX, &stored));
    TRY(till_decode(&till->found, stored.bytes.size));
    till_outcome_of(&till->found.record, out);
    out->is_replay = true;
    return ERR_OK;
}

enum err till_find_outcome(struct till *till, struct span key, struct till_outcome *out)
{
    if (!is_key(key))
        return ERR_ARGUMENT;
    struct journal_found found;
    TRY(journal_find_key(till->settings.journal, key, &found));
    return read_found(till, &found, out);
}

/* The record may have been written before the newest pepper was known here. */
static enum err compare_earlier(const struct till *till, const struct till_request *request,
                                const uint8_t digest[HASH_SIZE])
{
    const struct vault_peppers *peppers = &till->settings.peppers;
    for (size_t i = 1; i < peppers->count; i++) {
        uint8_t own[HASH_SIZE];
        TRY(vault_keyed_hash(peppers->rows[i].bytes, request->content, own));
        if (memcmp(own, digest, HASH_SIZE) == 0)
            return ERR_OK;
    }
    return ERR_CONFLICT;
}

enum err till_begin_request(struct till *till, const struct till_request *request,
                            uint8_t out_digest[HASH_SIZE], struct till_outcome *out, bool *out_is_done)
{
    *out_is_done = false;
    if (request->key.size == 0)
        return ERR_OK;
    if (!is_key(request->key))
        return ERR_ARGUMENT;
    /* Keyed: it may hold the number of a card, which could be found from a plain hash. */
    TRY(vault_keyed_hash(till->settings.peppers.rows[0].bytes, request->content, out_digest));
    struct journal_found found;
    enum err error = journal_find_key(till->settings.journal, request->key, &found);
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    if (memcmp(found.digest, out_digest, HASH_SIZE) != 0)
        TRY(compare_earlier(till, request, found.digest));
    TRY(read_found(till, &found, out));
    *out_is_done = true;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ writing */

static enum err encode_pending(struct till *till, uint64_t seq, struct journal_entry *out_entries)
{
    struct wire_record record = {0};
    for (size_t i = 0; i < till->pending_count; i++) {
        const struct pending *what = &till->pending[i];
        record.head = what->head;
        record.head.seq = seq + i;
        memcpy(&record.body, &what->body, sizeof what->body);
        uint8_t *bytes = till->pending_bytes + i * SMALL_RECORD_MAX;
        size_t size = 0;
        TRY(wire_record_encode(&record, bytes, SMALL_RECORD_MAX, &size));
        out_entries[i] =
            (struct journal_entry){.bytes = span_of(bytes, size), .unix_ms = record.head.wall_unix_ms};
    }
    return ERR_OK;
}

static bool takes_receipt(kassa_RecordKind kind)
{
    return kind == kassa_RecordKind_RECORD_PURCHASE || kind == kassa_RecordKind_RECORD_RETURN ||
           kind == kassa_RecordKind_RECORD_VOID;
}

static enum err append(struct till *till, const struct journal_entry *entries, size_t count)
{
    uint64_t seq = 0;
    TRY(journal_append(till->settings.journal, entries, count, &seq));
    till->pending_count = 0;
    return ERR_OK;
}

enum err till_flush(struct till *till)
{
    if (till->pending_count == 0)
        return parked_clean(&till->parked);
    struct journal_entry entries[PENDING_MAX];
    TRY(encode_pending(till, journal_next_seq(till->settings.journal), entries));
    TRY(append(till, entries, till->pending_count));
    return parked_clean(&till->parked);
}

/* A failed disk may have kept the record all the same: only the journal knows. */
static enum err ask_journal(struct till *till, const struct till_request *request, const uint8_t *digest,
                            enum err error)
{
    struct journal_found found;
    if (error != ERR_IO || digest == NULL ||
        journal_find_key(till->settings.journal, request->key, &found) != ERR_OK)
        return error;
    if (memcmp(found.digest, digest, HASH_SIZE) != 0)
        return error;
    till->pending_count = 0;
    return ERR_OK;
}

enum err till_write(struct till *till, kassa_RecordKind kind, const struct till_request *request,
                    const uint8_t *digest, struct till_outcome *out)
{
    struct journal_entry entries[PENDING_MAX + 1];
    struct wire_record *record = &till->record;
    size_t count = till->pending_count;
    uint64_t seq = journal_next_seq(till->settings.journal);
    TRY(encode_pending(till, seq, entries));
    fill_head(till, kind, &record->head);
    record->head.seq = seq + count;
    struct span key = digest == NULL ? (struct span){0} : request->key;
    memcpy(record->head.key, key.bytes == NULL ? (const uint8_t *)"" : key.bytes, key.size);
    size_t size = 0;
    TRY(wire_record_encode(record, till->encoded, RECORD_SIZE_MAX, &size));
    entries[count] = (struct journal_entry){.bytes = span_of(till->encoded, size),
                                            .unix_ms = record->head.wall_unix_ms,
                                            .takes_receipt = takes_receipt(kind),
                                            .key = key,
                                            .digest = digest};
    enum err error = append(till, entries, count + 1);
    if (error != ERR_OK)
        TRY(ask_journal(till, request, digest, error));
    till_fold_record(till, record, record->head.seq);
    till_outcome_of(record, out);
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ telling */

static void set_outcome_member(struct till_outcome *out, const uint8_t *bytes, pb_size_t size)
{
    out->has_member = size == MEMBER_SIZE;
    if (out->has_member)
        memcpy(out->member, bytes, MEMBER_SIZE);
}

static void tell_receipt(const kassa_Receipt *head, struct till_outcome *out)
{
    out->receipt = head->id;
    out->total_minor = head->total_minor;
    out->rounding_minor = head->rounding_minor;
    out->change_minor = head->change_minor;
    if (!head->has_loyalty)
        return;
    set_outcome_member(out, head->loyalty.member.bytes, head->loyalty.member.size);
    out->points_earned = head->loyalty.points_earned;
    out->points_burned = head->loyalty.points_burned;
    out->balance = head->loyalty.balance_shown;
    out->as_of_unix_ms = head->loyalty.balance_as_of_unix_ms;
}

void till_outcome_of(const struct wire_record *record, struct till_outcome *out)
{
    *out = (struct till_outcome){.kind = record->head.kind, .seq = record->head.seq};
    if (record->head.kind == kassa_RecordKind_RECORD_PURCHASE ||
        record->head.kind == kassa_RecordKind_RECORD_RETURN) {
        tell_receipt(&record->body.receipt.head, out);
    } else if (record->head.kind == kassa_RecordKind_RECORD_VOID) {
        const kassa_Void *voided = &record->body.voided;
        out->receipt = voided->id;
        out->total_minor = -voided->total_minor;
        set_outcome_member(out, voided->member.bytes, voided->member.size);
        out->points_earned = -voided->points_earned;
        out->points_burned = -voided->points_burned;
    } else if (record->head.kind == kassa_RecordKind_RECORD_MEMBER_ENROLLED) {
        const kassa_MemberEnrolled *enrolled = &record->body.member_enrolled;
        set_outcome_member(out, enrolled->member.bytes, enrolled->member.size);
    }
}
