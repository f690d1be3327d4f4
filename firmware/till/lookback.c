/* SPDX-License-Identifier: Apache-2.0 */
/* lookback.c - what the journal before its tail says of limits that go on for more than a day, and of coupons that
 * were redeemed here. A journal of weeks is long, and the loop waits for nobody: it is read a little at a time,
 * from the oldest generation on to where the tail begins. Until it is read, what it could say counts as not
 * known: such an offer is rather not given than given too often. */
#include "till/internal.h"

#define SLICE_RECORDS_MAX 64                  /* some 2 ms of work, with the bytes ... */
#define SLICE_BYTES_MAX   ((size_t)256 << 10) /* ... of large receipts */
#define RETRY_MS          1000

void till_begin_looking_back(struct till *till)
{
    till->has_tally = false;
    till->looking_back =
        (struct looking_back){.generation = 1, .before_number = journal_next_receipt(till->settings.journal)};
}

static void add_stored(struct till *till, size_t size)
{
    if (till_decode(&till->other, size) != ERR_OK)
        return;
    const struct wire_record *record = &till->other.record;
    if (record->head.kind != kassa_RecordKind_RECORD_VOID)
        tally_add_old(&till->tally, &record->body.receipt.head, 1);
    else if (till_find_receipt(till, record->body.voided.original.number, &till->found) == ERR_OK)
        tally_add_old(&till->tally, &till->found.record.body.receipt.head, -1);
}

/* One that cannot be read says nothing: the others still do. */
static enum err read_one(struct till *till, size_t *bytes)
{
    struct looking_back *back = &till->looking_back;
    struct journal_record stored;
    enum err error = journal_read_generation(till->settings.journal, back->generation, back->seq,
                                             till->other.bytes, RECORD_SIZE_MAX, &stored);
    if (error == ERR_IO)
        return error;
    back->seq++;
    bool is_new = error == ERR_OK && stored.receipt > back->last_number; /* and not carried along */
    if (is_new && stored.receipt < back->before_number) {
        back->last_number = stored.receipt;
        add_stored(till, stored.bytes.size);
    }
    *bytes += error == ERR_OK ? stored.bytes.size : 0;
    back->is_damaged = back->is_damaged || error == ERR_CORRUPT;
    return ERR_OK;
}

/* Receipt numbers grow with seq and from generation to generation: the tail has all from before_number on. */
static enum err read_slice(struct till *till, bool *out_is_done)
{
    struct looking_back *back = &till->looking_back;
    struct journal_stats stats;
    size_t records = 0;
    size_t bytes = 0;
    TRY(journal_get_stats(till->settings.journal, &stats));
    while (back->generation <= stats.generation) {
        struct journal_generation range;
        TRY(journal_get_generation(till->settings.journal, back->generation, &range));
        if (back->seq < range.first_seq) /* or trimmed meanwhile */
            back->seq = range.first_seq;
        bool is_over = range.last_seq == 0 || back->seq > range.last_seq;
        for (; !is_over && records < SLICE_RECORDS_MAX && bytes < SLICE_BYTES_MAX; records++) {
            TRY(read_one(till, &bytes));
            is_over = back->seq > range.last_seq || back->last_number + 1 >= back->before_number;
        }
        if (!is_over)
            return ERR_OK;
        back->generation++;
        back->seq = 0;
    }
    *out_is_done = true;
    return ERR_OK;
}

static void finish(struct till *till)
{
    till->has_tally = true;
    till->has_counters = false;
    if (till->looking_back.is_damaged)
        till_note_fault(till, "journal.read", "limits and coupons go by the records that can be read");
    if (till->limited_count > 0 || till->wishes.presented_count > 0)
        till_price_again(till);
}

uint32_t till_look_back(struct till *till, uint64_t now_mono_ms)
{
    struct looking_back *back = &till->looking_back;
    bool is_done = false;
    if (till->has_tally)
        return UINT32_MAX;
    if (now_mono_ms < back->retry_mono_ms)
        return (uint32_t)(back->retry_mono_ms - now_mono_ms);
    if (read_slice(till, &is_done) != ERR_OK) {
        back->retry_mono_ms = now_mono_ms + RETRY_MS;
        return RETRY_MS;
    }
    if (!is_done)
        return 1;
    finish(till);
    return UINT32_MAX;
}
