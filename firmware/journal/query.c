/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - reading. Each call is one short transaction. */
#include "journal/internal.h"

static enum err begin_read(struct journal *journal, struct storage_txn *out_txn)
{
    TRY(journal_settle(journal));
    return storage_begin(journal->storage, STORAGE_READ, out_txn);
}

enum err journal_read_generation(struct journal *journal, uint32_t generation, uint64_t seq, uint8_t *buffer,
                                 size_t size, struct journal_record *out_record)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct record_parts parts;
    TRY(begin_read(journal, &txn));
    TRY(journal_get_record(&txn, (struct place){generation, seq}, &parts));
    if (parts.bytes.size > size)
        return ERR_TOO_LONG;
    memcpy(buffer, parts.bytes.bytes, parts.bytes.size);
    out_record->bytes = span_of(buffer, parts.bytes.size);
    out_record->unix_ms = parts.unix_ms;
    out_record->receipt = parts.takes_receipt ? parts.receipts : 0;
    memcpy(out_record->hash, parts.hash, HASH_SIZE);
    return ERR_OK;
}

enum err journal_read(struct journal *journal, uint64_t seq, uint8_t *buffer, size_t size,
                      struct journal_record *out_record)
{
    TRY(journal_settle(journal));
    return journal_read_generation(journal, journal->generation, seq, buffer, size, out_record);
}

enum err journal_hash_at(struct journal *journal, uint64_t seq, uint8_t out_hash[HASH_SIZE])
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct record_parts parts;
    TRY(begin_read(journal, &txn));
    if (seq == 0)
        memset(out_hash, 0, HASH_SIZE);
    else if (seq == journal->row.first_seq - 1)
        memcpy(out_hash, journal->row.base_hash, HASH_SIZE);
    else {
        TRY(journal_get_record(&txn, (struct place){journal->generation, seq}, &parts));
        memcpy(out_hash, parts.hash, HASH_SIZE);
    }
    return ERR_OK;
}

static enum err find_in(struct journal *journal, const struct storage_txn *txn, struct span key,
                        struct journal_found *out_found)
{
    struct place place;
    struct record_parts parts;
    uint64_t tag = journal_key_tag(key);
    for (uint64_t number = journal_key_index_find(&journal->keys, tag, 0, &place); number != 0;
         number = journal_key_index_find(&journal->keys, tag, number, &place)) {
        enum err error = journal_get_record(txn, place, &parts);
        if (error == ERR_NOT_FOUND) /* trimmed since */
            continue;
        TRY(error);
        if (!span_is_equal(parts.key, key))
            continue;
        *out_found = (struct journal_found){.generation = place.generation, .seq = place.number};
        memcpy(out_found->digest, parts.digest, HASH_SIZE);
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

enum err journal_find_key(struct journal *journal, struct span key, struct journal_found *out_found)
{
    struct place place;
    if (key.size == 0 || key.size > KEY_MAX)
        return ERR_NOT_FOUND;
    TRY(journal_settle(journal));
    if (journal_key_index_find(&journal->keys, journal_key_tag(key), 0, &place) == 0)
        return ERR_NOT_FOUND; /* what most sales ask: answered without the disk */
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_READ, &txn));
    return find_in(journal, &txn, key, out_found);
}

/* The last record of a generation that may no longer have any. */
static enum err find_last(const struct storage_txn *txn, uint32_t generation,
                          const struct generation_row *row, uint64_t *out_seq)
{
    uint8_t from[PLACE_SIZE];
    struct span key;
    struct span value;
    struct place place = {0};
    journal_place_write((struct place){generation, UINT64_MAX}, from);
    enum err error =
        journal_first(txn, TABLE_RECORDS, span_of(from, sizeof from), STORAGE_DESCENDING, &key, &value);
    if (error != ERR_NOT_FOUND) {
        TRY(error);
        TRY(corrupt_if_bad(journal_place_read(key, &place)));
    }
    *out_seq = place.generation == generation ? place.number : row->first_seq - 1;
    return ERR_OK;
}

enum err journal_get_generation(struct journal *journal, uint32_t generation, struct journal_generation *out)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct generation_row row;
    uint64_t last_seq = 0;
    TRY(begin_read(journal, &txn));
    TRY(journal_get_row(&txn, generation, &row));
    TRY(find_last(&txn, generation, &row, &last_seq));
    *out = (struct journal_generation){.incarnation = row.incarnation,
                                       .first_seq = row.first_seq,
                                       .last_seq = last_seq,
                                       .acknowledged_seq = generation == journal->generation
                                                               ? journal->row.acknowledged_seq
                                                               : row.acknowledged_seq};
    return ERR_OK;
}

enum err journal_get_stats(struct journal *journal, struct journal_stats *out)
{
    struct storage_usage usage;
    TRY(journal_settle(journal));
    TRY(storage_get_usage(journal->storage, &usage));
    *out = (struct journal_stats){.generation = journal->generation,
                                  .newest = {.incarnation = journal->row.incarnation,
                                             .first_seq = journal->row.first_seq,
                                             .last_seq = journal->tail.seq,
                                             .acknowledged_seq = journal->row.acknowledged_seq},
                                  .used_bytes = usage.used_bytes,
                                  .capacity_bytes = usage.capacity_bytes,
                                  .is_full = usage.is_disk_short ||
                                             usage.used_bytes >= journal_full_at(usage.capacity_bytes)};
    memcpy(out->last_hash, journal->tail.hash, HASH_SIZE);
    return ERR_OK;
}
