/* SPDX-License-Identifier: Apache-2.0 */
/* upkeep.c - what is done to a journal besides appending: the hub's mark, trimming, a new incarnation, the
 * end. */
#include <stdlib.h>

#include "journal/internal.h"

#define TRIM_STEP                                                                                            \
    128 /* records of one commit; halved while space is short, since removing copies pages first */

static enum err store_row(struct journal *journal)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    TRY(journal_put_row(&txn, journal->generation, &journal->row));
    return storage_commit(&txn);
}

static enum err store_mark(struct journal *journal)
{
    TRY(store_row(journal));
    journal->stored_acknowledged_seq = journal->row.acknowledged_seq;
    return ERR_OK;
}

enum err journal_acknowledge(struct journal *journal, uint64_t hw, const uint8_t hash[HASH_SIZE])
{
    uint8_t own[HASH_SIZE];
    if (journal->is_read_only)
        return ERR_STATE;
    TRY(journal_settle(journal));
    if (hw <= journal->row.acknowledged_seq)
        return ERR_OK;
    if (hw > journal->tail.seq)
        return ERR_RANGE;
    TRY(journal_hash_at(journal, hw, own));
    if (memcmp(own, hash, HASH_SIZE) != 0)
        return ERR_FORK;
    journal->row.acknowledged_seq = hw;
    memcpy(journal->row.acknowledged_hash, hash, HASH_SIZE);
    if (hw - journal->stored_acknowledged_seq >= JOURNAL_ACK_STRIDE && store_mark(journal) != ERR_OK)
        return ERR_OK; /* a full or failing disk: the mark holds in memory and is stored another time */
    return ERR_OK;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    bool has_moved = journal->row.acknowledged_seq > journal->stored_acknowledged_seq;
    if (!journal->is_read_only && !journal->is_uncertain && has_moved)
        (void)store_mark(journal); /* lost: the hub skips what it has, and says so */
    free(journal);
}

/* ---- trimming */

/* The oldest record that is kept, if it may go. */
struct candidate {
    struct place place;
    struct record_parts parts;
    struct generation_row row;
};

static bool may_go(const struct journal *journal, const struct candidate *candidate, int64_t before_unix_ms)
{
    if (candidate->parts.unix_ms >= before_unix_ms)
        return false;
    return candidate->place.generation < journal->generation ||
           candidate->place.number <= journal->row.acknowledged_seq;
}

static enum err find_candidate(const struct storage_txn *txn, const struct journal *journal,
                               struct candidate *out)
{
    struct span key;
    struct span value;
    TRY(journal_first(txn, TABLE_RECORDS, span_of(NULL, 0), STORAGE_ASCENDING, &key, &value));
    TRY(corrupt_if_bad(journal_place_read(key, &out->place)));
    TRY(corrupt_if_bad(journal_record_read(out->place, value, &out->parts)));
    if (out->place.generation == journal->generation) {
        out->row = journal->row;
        return ERR_OK;
    }
    enum err error = journal_get_row(txn, out->place.generation, &out->row);
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

static enum err remove_row(const struct storage_txn *txn, enum journal_table table, struct place place)
{
    uint8_t key[PLACE_SIZE];
    journal_place_write(place, key);
    return storage_remove(txn, table, span_of(key, sizeof key));
}

/* The candidate goes; the row learns where its generation begins from now on. */
static enum err remove_record(const struct storage_txn *txn, struct candidate *candidate)
{
    struct place place = candidate->place;
    struct generation_row *row = &candidate->row;
    row->first_seq = place.number + 1;
    if (candidate->parts.receipts > row->base_receipts)
        row->base_receipts = candidate->parts.receipts;
    memcpy(row->base_hash, candidate->parts.hash, HASH_SIZE);
    TRY(remove_row(txn, TABLE_RECORDS, place)); /* the parts are gone now */
    TRY(journal_put_row(txn, place.generation, row));
    if (place.number % CHUNK_RECORDS != 0)
        return ERR_OK;
    struct place chunk = {place.generation, place.number / CHUNK_RECORDS - 1};
    enum err error = remove_row(txn, TABLE_KEYS, chunk);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* One transaction of at most step records. Fewer than step went: that was all. */
static enum err trim_step(struct journal *journal, int64_t before_unix_ms, size_t step, size_t *out_count)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    struct generation_row before = journal->row;
    size_t count = 0;
    enum err error = ERR_OK;
    for (; count < step; count++) {
        struct candidate candidate;
        error = find_candidate(&txn, journal, &candidate);
        if (error != ERR_OK || !may_go(journal, &candidate, before_unix_ms))
            break;
        error = remove_record(&txn, &candidate);
        if (error != ERR_OK)
            break;
        if (candidate.place.generation == journal->generation)
            journal->row = candidate.row; /* the next candidate's row builds on it */
    }
    if (error == ERR_NOT_FOUND)
        error = ERR_OK; /* the last record went */
    if (error == ERR_OK && count > 0)
        error = storage_commit(&txn);
    if (error != ERR_OK) {
        journal->row = before;
        journal->is_uncertain = error == ERR_IO;
        return error;
    }
    if (journal->row.first_seq != before.first_seq)
        journal->stored_acknowledged_seq = journal->row.acknowledged_seq;
    *out_count = count;
    return ERR_OK;
}

enum err journal_trim(struct journal *journal, int64_t before_unix_ms, size_t count_max, size_t *out_count)
{
    size_t step_max = TRIM_STEP;
    size_t total = 0;
    if (journal->is_read_only)
        return ERR_STATE;
    TRY(journal_settle(journal));
    while (total < count_max) {
        size_t step = count_max - total < step_max ? count_max - total : step_max;
        size_t count = 0;
        enum err error = trim_step(journal, before_unix_ms, step, &count);
        if (error == ERR_FULL && step > 1) {
            step_max = step / 2;
            continue;
        }
        TRY(error);
        total += count;
        if (count < step)
            break;
    }
    *out_count = total;
    return ERR_OK;
}

/* ---- a new incarnation */

/* Copies one record of the old generation to the end of the new one: what get yields dies with the put, which
 * writes from the journal's own buffer. */
static enum err carry_record(struct journal *journal, const struct storage_txn *txn, struct place place)
{
    struct record_parts parts;
    enum err error = journal_get_record(txn, place, &parts);
    if (error != ERR_OK)
        return error;
    return journal_put_record(journal, txn, &parts);
}

static enum err receipts_before(const struct storage_txn *txn, const struct journal *journal,
                                uint64_t carry_from, uint64_t *out_receipts)
{
    struct record_parts parts;
    if (carry_from == 0) {
        *out_receipts = journal->tail.receipts;
        return ERR_OK;
    }
    if (carry_from == journal->row.first_seq) {
        *out_receipts = journal->row.base_receipts;
        return ERR_OK;
    }
    TRY(journal_get_record(txn, (struct place){journal->generation, carry_from - 1}, &parts));
    *out_receipts = parts.receipts;
    return ERR_OK;
}

static enum err write_incarnation(struct journal *journal, uint64_t incarnation, uint64_t carry_from)
{
    uint32_t old_generation = journal->generation;
    uint64_t old_last = journal->tail.seq;
    struct generation_row row = {.incarnation = incarnation, .first_seq = 1};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    TRY(receipts_before(&txn, journal, carry_from, &row.base_receipts));
    if (row.base_receipts < journal->row.base_receipts) /* numbers were left out when that one began */
        row.base_receipts = journal->row.base_receipts;
    TRY(journal_put_row(&txn, old_generation, &journal->row)); /* its mark, for good */
    journal->generation = old_generation + 1;
    journal->row = row;
    journal->tail = (struct tail){.receipts = row.base_receipts};
    memset(journal->tags, 0, sizeof journal->tags);
    TRY(journal_put_row(&txn, journal->generation, &row));
    for (uint64_t seq = carry_from; carry_from > 0 && seq <= old_last; seq++)
        TRY(carry_record(journal, &txn, (struct place){old_generation, seq}));
    if (journal->tail.receipts < row.base_receipts)
        journal->tail.receipts = row.base_receipts;
    TRY(storage_commit(&txn));
    journal->stored_acknowledged_seq = 0;
    return ERR_OK;
}

enum err journal_new_incarnation(struct journal *journal, uint64_t carry_from)
{
    uint64_t incarnation = 0;
    if (journal->is_read_only)
        return ERR_STATE;
    TRY(journal_settle(journal));
    if (carry_from != 0 && (carry_from < journal->row.first_seq || carry_from > journal->tail.seq))
        return ERR_NOT_FOUND;
    while (incarnation == 0)
        TRY(journal->random.fill(journal->random.self, (uint8_t *)&incarnation, sizeof incarnation));
    enum err error = write_incarnation(journal, incarnation, carry_from);
    if (error == ERR_OK)
        return ERR_OK;
    uint64_t wanted = journal->row.incarnation;
    journal->is_uncertain = true; /* memory has moved: back to what the disk holds */
    if (journal_settle(journal) != ERR_OK)
        return error;
    return error == ERR_IO && wanted == incarnation && journal->row.incarnation == incarnation ? ERR_OK
                                                                                               : error;
}
