/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/internal.h"

#define RECORD_OVERHEAD 8 /* a record's tag and length in the batch */
#define KEYS_SIZE_MAX   (32 * (MEMBER_SIZE + MEMBER_KEY_SIZE + 8))
#define HEAD_SIZE_MAX   (256 + KEYS_SIZE_MAX) /* everything else in it */
_Static_assert(RECORD_SIZE_MAX + RECORD_OVERHEAD + HEAD_SIZE_MAX <= BATCH_SIZE_MAX, "one record always fits");

/* The key of a member whom this record enrols, if he has one here still: one who is erased has none, or whose cache was lost,
 * and then he goes on without a name: the record must not wait for that. What cannot be read for now is waited for:
 * a key that does not go with its record never goes. */
static enum err add_key(struct outbox *outbox, const struct sync_parts *parts, struct span bytes,
                        kassa_Batch *head)
{
    struct wire_record *record = &outbox->record;
    const kassa_MemberEnrolled *enrolled = &record->body.member_enrolled;
    struct arena none = arena_of(NULL, 0); /* a record of this kind has no lists of its own */
    kassa_MemberKey *key = &head->keys[head->keys_count];
    if (wire_record_peek(bytes, &record->head) != ERR_OK ||
        record->head.kind != kassa_RecordKind_RECORD_MEMBER_ENROLLED ||
        wire_record_decode(bytes, &none, record) != ERR_OK || enrolled->member.size != MEMBER_SIZE ||
        enrolled->personal_count == 0)
        return ERR_OK;
    enum err error = members_get_key(parts->members, enrolled->member.bytes, key->key.bytes);
    if (error == ERR_NOT_FOUND || error == ERR_CORRUPT)
        return ERR_OK;
    TRY(error);
    key->key.size = MEMBER_KEY_SIZE;
    key->member.size = MEMBER_SIZE;
    memcpy(key->member.bytes, enrolled->member.bytes, MEMBER_SIZE);
    head->keys_count++;
    return ERR_OK;
}

/* Reads records until the target is reached; the first one always goes. */
static enum err read_records(struct outbox *outbox, const struct sync_parts *parts, uint64_t first_seq,
                             uint64_t last_seq, struct wire_batch *batch)
{
    size_t used = 0;
    size_t count = 0;
    while (count < BATCH_RECORDS_MAX && first_seq + count <= last_seq &&
           batch->head.keys_count < COUNT_OF(batch->head.keys)) {
        struct journal_record record;
        enum err error = journal_read(parts->journal, first_seq + count, outbox->read + used,
                                      sizeof(outbox->read) - used, &record);
        if (error != ERR_OK && count == 0)
            return error;
        size_t wire_size = record.bytes.size + RECORD_OVERHEAD;
        if (error != ERR_OK || (count > 0 && used + wire_size > BATCH_SIZE_TARGET))
            break; /* what is wrong with that one is told when it comes first */
        error = add_key(outbox, parts, record.bytes, &batch->head);
        if (error != ERR_OK && count == 0)
            return error;
        if (error != ERR_OK)
            break;
        outbox->records[count++] = record.bytes;
        used += wire_size;
    }
    batch->record_count = count;
    return ERR_OK;
}

enum err sync_outbox_fill(struct outbox *outbox, const struct sync_parts *parts,
                          const struct sync_settings *who, uint64_t first_seq, uint64_t last_seq,
                          struct outbox_batch *out)
{
    struct journal *journal = parts->journal;
    struct wire_batch batch = {.head = kassa_Batch_init_zero};
    batch.head.hash_before.size = HASH_SIZE;
    TRY(journal_hash_at(journal, first_seq - 1, batch.head.hash_before.bytes));
    TRY(read_records(outbox, parts, first_seq, last_seq, &batch));
    batch.records = outbox->records;
    memcpy(batch.head.till, who->till, strlen(who->till));
    memcpy(batch.head.store, who->store, strlen(who->store));
    batch.head.incarnation = journal_incarnation(journal);
    batch.head.first_seq = first_seq;
    uint64_t batch_last = first_seq + batch.record_count - 1;
    batch.head.backlog = batch_last < last_seq;
    size_t size;
    TRY(wire_batch_encode(&batch, outbox->batch, sizeof(outbox->batch), &size));
    *out = (struct outbox_batch){span_of(outbox->batch, size), batch_last};
    return ERR_OK;
}

enum step_own sync_outbox_compare(struct journal *journal, uint64_t seq, const uint8_t *hash,
                                  size_t hash_size)
{
    if (hash_size != HASH_SIZE)
        return STEP_OWN_UNKNOWN;
    if (seq >= journal_next_seq(journal))
        return STEP_OWN_BEYOND;
    uint8_t own[HASH_SIZE];
    if (journal_hash_at(journal, seq, own) != ERR_OK)
        return STEP_OWN_UNKNOWN;
    return memcmp(own, hash, HASH_SIZE) == 0 ? STEP_OWN_FITS : STEP_OWN_DIFFERS;
}
