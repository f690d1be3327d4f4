/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - opening and appending. One commit touches one table: the record carries its hash, its receipt
 * number and its idempotency key, and everything else is a fold of that, kept in memory (a commit that
 * touches four tables writes twice the bytes). Only every 500th append writes a second row, the chunk of tags
 * that spares the next start the reading of every record.
 *
 * An append moves memory first and commits then. If the commit fails, memory is read again from the disk:
 * what it holds is the truth, also when the commit went through in spite of the error. */
#include "journal/journal.h"

#include <stdlib.h>

#include "journal/internal.h"
#include "vault/vault.h"

const char *const journal_tables[JOURNAL_TABLE_COUNT] = {JOURNAL_TABLES};

_Static_assert(sizeof(struct journal) <= 2 * 1024 * 1024, "what journal.h promises");
_Static_assert(KEY_MAX <= UINT8_MAX, "a key's size is one byte");

enum err journal_put_row(const struct storage_txn *txn, uint32_t generation, const struct generation_row *row)
{
    uint8_t key[GENERATION_KEY_SIZE];
    uint8_t value[GENERATION_SIZE];
    journal_generation_write_key(generation, key);
    journal_generation_write(generation, row, value);
    return storage_put(txn, TABLE_META, span_of(key, sizeof key), span_of(value, sizeof value),
                       STORAGE_REPLACE);
}

static enum err draw_incarnation(struct random random, uint64_t *out)
{
    uint64_t incarnation = 0;
    while (incarnation == 0)
        TRY(random.fill(random.self, (uint8_t *)&incarnation, sizeof incarnation));
    *out = incarnation;
    return ERR_OK;
}

static enum err begin_journal(struct journal *journal)
{
    uint8_t format[FORMAT_SIZE];
    struct generation_row row = {.first_seq = 1};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(draw_incarnation(journal->random, &row.incarnation));
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    journal_format_write(format);
    TRY(storage_put(&txn, TABLE_META, span_of_text(FORMAT_KEY), span_of(format, sizeof format),
                    STORAGE_REPLACE));
    TRY(journal_put_row(&txn, 1, &row));
    return storage_commit(&txn);
}

/* Receipt numbers are never given twice: each damaged record at the end may have taken one. */
struct receipt_search {
    uint64_t bad_count;
    uint64_t receipts;
    bool is_found;
};

static bool visit_backwards(void *context, struct span key, struct span value)
{
    struct receipt_search *search = context;
    struct place place;
    struct record_parts parts;
    search->is_found =
        journal_place_read(key, &place) == ERR_OK && journal_record_read(place, value, &parts) == ERR_OK;
    if (search->is_found)
        search->receipts = parts.receipts;
    else
        search->bad_count++;
    return !search->is_found;
}

static enum err begin_after_damage(struct journal *journal)
{
    uint32_t generation = 0;
    struct generation_row row;
    struct receipt_search search = {0};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    TRY(journal_load_newest(&txn, &generation, &row));
    TRY(storage_scan(&txn, TABLE_RECORDS, span_of(NULL, 0), STORAGE_DESCENDING, visit_backwards, &search));
    struct generation_row next = {.first_seq = 1};
    uint64_t known = search.is_found ? search.receipts : row.base_receipts;
    next.base_receipts = (known > row.base_receipts ? known : row.base_receipts) + search.bad_count;
    TRY(draw_incarnation(journal->random, &next.incarnation));
    TRY(journal_put_row(&txn, generation + 1, &next));
    return storage_commit(&txn);
}

enum err journal_open(struct storage storage, const struct journal_settings *settings,
                      struct journal **out_journal)
{
    struct journal *journal CLEANUP(journal_closep) = calloc(1, sizeof *journal);
    if (journal == NULL)
        return ERR_MEMORY;
    journal->storage = storage;
    journal->random = settings->random;
    journal->is_read_only = settings->is_read_only;
    enum err error = journal_load(journal);
    if (error == ERR_NOT_FOUND && !settings->is_read_only) {
        TRY(begin_journal(journal));
        error = journal_load(journal);
    }
    if (error == ERR_CORRUPT && settings->repairs && !settings->is_read_only) {
        TRY(begin_after_damage(journal));
        error = journal_load(journal);
    }
    TRY(error);
    *out_journal = TAKE(journal);
    return ERR_OK;
}

void journal_closep(struct journal **journal)
{
    journal_close(*journal);
}

uint64_t journal_next_seq(const struct journal *journal)
{
    return journal->tail.seq + 1;
}

uint64_t journal_next_receipt(const struct journal *journal)
{
    return journal->tail.receipts + 1;
}

uint64_t journal_incarnation(const struct journal *journal)
{
    return journal->row.incarnation;
}

/* ---- appending */

static enum err put_chunk(struct journal *journal, const struct storage_txn *txn, uint64_t number)
{
    struct place place = {journal->generation, number};
    uint8_t key[PLACE_SIZE];
    journal_place_write(place, key);
    journal_chunk_write(place, journal->tags, journal->scratch);
    memset(journal->tags, 0, sizeof journal->tags);
    return storage_put(txn, TABLE_KEYS, span_of(key, sizeof key), span_of(journal->scratch, CHUNK_SIZE),
                       STORAGE_APPEND);
}

enum err journal_put_record(struct journal *journal, const struct storage_txn *txn,
                            const struct record_parts *parts)
{
    struct place place = {journal->generation, journal->tail.seq + 1};
    struct tail tail = {.seq = place.number, .receipts = parts->receipts};
    struct record_parts chained = *parts;
    uint8_t key[PLACE_SIZE];
    TRY(vault_sha256_two(span_of(journal->tail.hash, HASH_SIZE), parts->bytes, tail.hash));
    chained.hash = tail.hash;
    size_t size = journal_record_write(place, &chained, journal->scratch);
    size_t slot = (size_t)((place.number - 1) % CHUNK_RECORDS);
    journal->tags[slot] = parts->key.size > 0 ? journal_key_tag(parts->key) : 0;
    if (parts->key.size > 0)
        journal_key_index_add(&journal->keys, journal->tags[slot], place);
    journal_place_write(place, key);
    TRY(storage_put(txn, TABLE_RECORDS, span_of(key, sizeof key), span_of(journal->scratch, size),
                    STORAGE_APPEND));
    journal->tail = tail;
    return slot + 1 == CHUNK_RECORDS ? put_chunk(journal, txn, (place.number - 1) / CHUNK_RECORDS) : ERR_OK;
}

/* One transaction, all entries. */
static enum err put_entries(struct journal *journal, const struct journal_entry *entries, size_t count)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(journal->storage, STORAGE_WRITE, &txn));
    for (size_t i = 0; i < count; i++) {
        struct record_parts parts = {.unix_ms = entries[i].unix_ms,
                                     .takes_receipt = entries[i].takes_receipt,
                                     .receipts = journal->tail.receipts + (entries[i].takes_receipt ? 1 : 0),
                                     .digest = entries[i].digest,
                                     .key = entries[i].key,
                                     .bytes = entries[i].bytes};
        TRY(journal_put_record(journal, &txn, &parts));
    }
    return storage_commit(&txn);
}

static bool is_tail_equal(const struct tail *a, const struct tail *b)
{
    return a->seq == b->seq && memcmp(a->hash, b->hash, HASH_SIZE) == 0;
}

/* After ERR_IO the commit may have gone through all the same: the disk's tail tells. */
static enum err settle_append(struct journal *journal, enum err error, const struct tail *before)
{
    struct tail wanted = journal->tail;
    journal->tail = *before;
    journal->is_uncertain = true;
    if (journal_settle(journal) != ERR_OK)
        return ERR_IO;
    bool is_whole = wanted.seq != before->seq && is_tail_equal(&journal->tail, &wanted);
    return error == ERR_IO && is_whole ? ERR_OK : error;
}

static enum err check_entries(const struct journal_entry *entries, size_t count)
{
    size_t receipts = 0;
    if (count < 1 || count > JOURNAL_APPEND_MAX)
        return ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        const struct journal_entry *entry = &entries[i];
        bool has_key = entry->key.size > 0;
        if (entry->bytes.size < 1 || entry->bytes.size > RECORD_SIZE_MAX || entry->key.size > KEY_MAX ||
            has_key != (entry->digest != NULL))
            return ERR_ARGUMENT;
        receipts += entry->takes_receipt ? 1 : 0;
        for (size_t other = 0; has_key && other < i; other++)
            if (span_is_equal(entry->key, entries[other].key))
                return ERR_ARGUMENT;
    }
    return receipts <= 1 ? ERR_OK : ERR_ARGUMENT;
}

static enum err check_keys(struct journal *journal, const struct journal_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct journal_found found;
        if (entries[i].key.size == 0)
            continue;
        enum err error = journal_find_key(journal, entries[i].key, &found);
        if (error == ERR_OK)
            return memcmp(found.digest, entries[i].digest, HASH_SIZE) == 0 ? ERR_EXISTS : ERR_CONFLICT;
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_OK;
}

/* Sales stop short of the end, so that acknowledging and trimming, which free space, still find some. */
static enum err check_space(struct journal *journal, const struct journal_entry *entries, size_t count)
{
    struct storage_usage usage;
    uint64_t wanted = 0;
    TRY(storage_get_usage(journal->storage, &usage));
    for (size_t i = 0; i < count; i++)
        wanted += RECORD_HEAD_SIZE + entries[i].bytes.size;
    bool has_room = usage.used_bytes + wanted < journal_full_at(usage.capacity_bytes);
    return has_room && !usage.is_disk_short ? ERR_OK : ERR_FULL;
}

enum err journal_append(struct journal *journal, const struct journal_entry *entries, size_t count,
                        uint64_t *out_seq)
{
    if (journal->is_read_only)
        return ERR_STATE;
    TRY(check_entries(entries, count));
    TRY(journal_settle(journal));
    TRY(check_keys(journal, entries, count));
    TRY(check_space(journal, entries, count));
    struct tail before = journal->tail;
    enum err error = put_entries(journal, entries, count);
    if (error != ERR_OK)
        TRY(settle_append(journal, error, &before));
    *out_seq = before.seq + 1;
    return ERR_OK;
}
