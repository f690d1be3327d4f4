/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - from the disk to memory: the newest generation, its end, and the index of keys. */
#include "journal/internal.h"
#include "vault/vault.h"

struct first {
    bool is_found;
    struct span key;
    struct span value;
};

static bool visit_first(void *context, struct span key, struct span value)
{
    struct first *first = context;
    *first = (struct first){true, key, value};
    return false;
}

enum err journal_first(const struct storage_txn *txn, enum journal_table table, struct span from,
                       enum storage_order order, struct span *out_key, struct span *out_value)
{
    struct first first = {0};
    TRY(storage_scan(txn, table, from, order, visit_first, &first));
    if (!first.is_found)
        return ERR_NOT_FOUND;
    *out_key = first.key;
    *out_value = first.value;
    return ERR_OK;
}

enum err journal_get_record(const struct storage_txn *txn, struct place place, struct record_parts *out_parts)
{
    uint8_t key[PLACE_SIZE];
    struct span value;
    journal_place_write(place, key);
    TRY(storage_get(txn, TABLE_RECORDS, span_of(key, sizeof key), &value));
    return corrupt_if_bad(journal_record_read(place, value, out_parts));
}

enum err journal_get_row(const struct storage_txn *txn, uint32_t generation, struct generation_row *out_row)
{
    uint8_t key[GENERATION_KEY_SIZE];
    struct span value;
    journal_generation_write_key(generation, key);
    TRY(storage_get(txn, TABLE_META, span_of(key, sizeof key), &value));
    return corrupt_if_bad(journal_generation_read(generation, value, out_row));
}

enum err journal_load_newest(const struct storage_txn *txn, uint32_t *out_generation,
                             struct generation_row *out_row)
{
    struct span key;
    struct span value;
    uint32_t generation = 0;
    struct generation_row row;
    TRY(storage_get(txn, TABLE_META, span_of_text(FORMAT_KEY), &value));
    TRY(corrupt_if_bad(journal_format_check(value)));
    enum err error = journal_first(txn, TABLE_META, span_of(NULL, 0), STORAGE_DESCENDING, &key, &value);
    if (error == ERR_NOT_FOUND ||
        (error == ERR_OK && journal_generation_read_key(key, &generation) != ERR_OK))
        return ERR_CORRUPT; /* the format's row is there: a generation's must be, and sorts behind it */
    TRY(error);
    TRY(corrupt_if_bad(journal_generation_read(generation, value, &row)));
    *out_generation = generation;
    *out_row = row;
    return ERR_OK;
}

/* The hash before a record: the record's before it, or the generation's base. */
static enum err hash_before(const struct storage_txn *txn, struct place place,
                            const struct generation_row *row, uint8_t out_hash[HASH_SIZE])
{
    if (place.number == row->first_seq) {
        memcpy(out_hash, row->base_hash, HASH_SIZE);
        return ERR_OK;
    }
    struct record_parts before;
    enum err error = journal_get_record(txn, (struct place){place.generation, place.number - 1}, &before);
    if (error == ERR_OK)
        memcpy(out_hash, before.hash, HASH_SIZE);
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

/* The last record decides where the next goes and what it is chained to: it is checked to the last bit. */
static enum err load_tail(const struct storage_txn *txn, uint32_t generation,
                          const struct generation_row *row, struct tail *out_tail)
{
    struct span key;
    struct span value;
    struct place place = {0};
    struct tail tail = {.seq = row->first_seq - 1, .receipts = row->base_receipts};
    memcpy(tail.hash, row->base_hash, HASH_SIZE);
    enum err error = journal_first(txn, TABLE_RECORDS, span_of(NULL, 0), STORAGE_DESCENDING, &key, &value);
    if (error != ERR_NOT_FOUND) {
        TRY(error);
        TRY(corrupt_if_bad(journal_place_read(key, &place)));
    }
    if (place.generation > generation)
        return ERR_CORRUPT;
    if (place.generation == generation && place.number != 0) {
        struct record_parts parts;
        uint8_t before[HASH_SIZE];
        if (place.number < row->first_seq)
            return ERR_CORRUPT;
        TRY(corrupt_if_bad(journal_record_read(place, value, &parts)));
        TRY(hash_before(txn, place, row, before));
        tail.seq = place.number;
        if (parts.receipts > tail.receipts) /* less: numbers were left out when the generation began */
            tail.receipts = parts.receipts;
        TRY(vault_sha256_two(span_of(before, HASH_SIZE), parts.bytes, tail.hash));
        if (memcmp(tail.hash, parts.hash, HASH_SIZE) != 0)
            return ERR_CORRUPT;
    }
    if (tail.seq < row->acknowledged_seq)
        return ERR_CORRUPT; /* records that the hub has are gone from here */
    *out_tail = tail;
    return ERR_OK;
}

/* ---- the index of keys: stored chunks first, then the records behind them */

struct key_loading {
    struct journal *journal;
    const struct storage_txn *txn;
    uint32_t generation;
    uint64_t covered_seq; /* the last record whose key is known */
    uint64_t last_seq;    /* of the records to read */
    enum err error;
};

static enum err load_record_keys(struct key_loading *loading, uint64_t first_seq, uint64_t last_seq);

static bool visit_chunk(void *context, struct span key, struct span value)
{
    struct key_loading *loading = context;
    struct journal *journal = loading->journal;
    struct place place;
    loading->error = corrupt_if_bad(journal_place_read(key, &place));
    if (loading->error != ERR_OK || place.generation != loading->generation)
        return false;
    uint64_t first_seq = place.number * CHUNK_RECORDS + 1;
    loading->covered_seq = first_seq + CHUNK_RECORDS - 1;
    if (journal_chunk_read(place, value, journal->tags) !=
        ERR_OK) { /* damaged: it only repeats what the records say */
        loading->error = load_record_keys(loading, first_seq, loading->covered_seq);
        return loading->error == ERR_OK;
    }
    for (uint64_t i = 0; i < CHUNK_RECORDS; i++)
        if (journal->tags[i] != 0)
            journal_key_index_add(&journal->keys, journal->tags[i],
                                  (struct place){place.generation, first_seq + i});
    return true;
}

/* A damaged record in the middle does not stop a till from starting: its key is forgotten, and
 * journal_verify (`kassa journal verify`) tells of it. */
static bool visit_record(void *context, struct span key, struct span value)
{
    struct key_loading *loading = context;
    struct journal *journal = loading->journal;
    struct place place;
    struct record_parts parts;
    loading->error = corrupt_if_bad(journal_place_read(key, &place));
    if (loading->error != ERR_OK || place.generation != loading->generation ||
        place.number > loading->last_seq)
        return false;
    bool has_key = journal_record_read(place, value, &parts) == ERR_OK && parts.key.size > 0;
    uint64_t tag = has_key ? journal_key_tag(parts.key) : 0;
    journal->tags[(place.number - 1) % CHUNK_RECORDS] = tag;
    if (has_key)
        journal_key_index_add(&journal->keys, tag, place);
    return true;
}

static enum err load_record_keys(struct key_loading *loading, uint64_t first_seq, uint64_t last_seq)
{
    uint8_t from[PLACE_SIZE];
    journal_place_write((struct place){loading->generation, first_seq}, from);
    loading->last_seq = last_seq;
    TRY(storage_scan(loading->txn, TABLE_RECORDS, span_of(from, sizeof from), STORAGE_ASCENDING, visit_record,
                     loading));
    return loading->error;
}

/* last_seq: of the generation's records, where it is known; a chunk beyond it tells of records that
 * are gone. */
static enum err load_keys_of(const struct storage_txn *txn, struct journal *journal, uint32_t generation,
                             uint64_t last_seq)
{
    struct key_loading loading = {.journal = journal, .txn = txn, .generation = generation};
    uint8_t from[PLACE_SIZE];
    journal_place_write((struct place){generation, 0}, from);
    TRY(storage_scan(txn, TABLE_KEYS, span_of(from, sizeof from), STORAGE_ASCENDING, visit_chunk, &loading));
    TRY(loading.error);
    if (loading.covered_seq > last_seq)
        return ERR_CORRUPT;
    memset(journal->tags, 0, sizeof journal->tags);
    return load_record_keys(&loading, loading.covered_seq + 1, UINT64_MAX);
}

enum err journal_load(struct journal *journal)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    uint32_t generation = 0;
    struct generation_row row;
    struct tail tail;
    TRY(storage_begin(journal->storage, STORAGE_READ, &txn));
    TRY(journal_load_newest(&txn, &generation, &row));
    TRY(load_tail(&txn, generation, &row, &tail));
    journal_key_index_clear(&journal->keys);
    for (uint32_t older = 1; older <= generation; older++)
        TRY(load_keys_of(&txn, journal, older, older == generation ? tail.seq : UINT64_MAX));
    journal->generation = generation;
    journal->row = row;
    journal->stored_acknowledged_seq = row.acknowledged_seq;
    journal->tail = tail;
    journal->is_uncertain = false;
    return ERR_OK;
}

enum err journal_settle(struct journal *journal)
{
    if (!journal->is_uncertain)
        return ERR_OK;
    enum err error = journal_load(journal);
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}
