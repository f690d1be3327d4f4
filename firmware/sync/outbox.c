/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/internal.h"

#define RECORD_OVERHEAD 8   /* a record's tag and length in the batch */
#define HEAD_SIZE_MAX   256 /* everything else in it */
_Static_assert(RECORD_SIZE_MAX + RECORD_OVERHEAD + HEAD_SIZE_MAX <= BATCH_SIZE_MAX, "one record always fits");

/* Reads records until the target is reached; the first one always goes. */
static enum err read_records(struct outbox *outbox, struct journal *journal, uint64_t first_seq,
                             uint64_t last_seq, size_t *out_count)
{
    size_t used = 0;
    size_t count = 0;
    while (count < BATCH_RECORDS_MAX && first_seq + count <= last_seq) {
        struct journal_record record;
        enum err error = journal_read(journal, first_seq + count, outbox->read + used,
                                      sizeof(outbox->read) - used, &record);
        if (error != ERR_OK && count == 0)
            return error;
        size_t wire_size = record.bytes.size + RECORD_OVERHEAD;
        if (error != ERR_OK || (count > 0 && used + wire_size > BATCH_SIZE_TARGET))
            break; /* what is wrong with that one is told when it comes first */
        outbox->records[count++] = record.bytes;
        used += wire_size;
    }
    *out_count = count;
    return ERR_OK;
}

enum err sync_outbox_fill(struct outbox *outbox, struct journal *journal, const struct sync_settings *who,
                          uint64_t first_seq, uint64_t last_seq, struct outbox_batch *out)
{
    struct wire_batch batch = {.head = kassa_Batch_init_zero};
    batch.head.hash_before.size = HASH_SIZE;
    TRY(journal_hash_at(journal, first_seq - 1, batch.head.hash_before.bytes));
    TRY(read_records(outbox, journal, first_seq, last_seq, &batch.record_count));
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
