/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - the walk over everything. In transactions of a few hundred records each, so that it never pins
 * the pages of a journal that a till is writing meanwhile. */
#include "base/sha256.h"
#include "journal/internal.h"
#include "vault/vault.h"

#define WALK_STEP 500

struct walk {
    struct journal_report report;
    struct generation_row row; /* of `at` */
    struct place at;           /* the last good record; number first_seq - 1 at a generation's begin */
    uint8_t hash[HASH_SIZE];
    size_t step_count;
    bool is_step_full;
    enum err error; /* what stopped the walk and is not damage */
    const struct storage_txn *txn;
    sha256_two_fn *sha256; /* NULL: the vault's */
};

static enum err hash_link(const struct walk *walk, struct span bytes, uint8_t out[HASH_SIZE])
{
    struct span before = span_of(walk->hash, HASH_SIZE);
    if (walk->sha256 == NULL)
        return vault_sha256_two(before, bytes, out);
    walk->sha256(before, bytes, out);
    return ERR_OK;
}

static bool report_bad(struct walk *walk, struct place place, enum err reason)
{
    walk->report.bad_generation = place.generation;
    walk->report.bad_seq = place.number;
    walk->report.reason = reason;
    return false;
}

/* A generation must at least reach what the hub acknowledged. */
static bool leave_generation(struct walk *walk)
{
    if (walk->at.generation == 0 || walk->at.number >= walk->row.acknowledged_seq)
        return true;
    return report_bad(walk, (struct place){walk->at.generation, walk->at.number + 1}, ERR_GAP);
}

static bool enter_generation(struct walk *walk, uint32_t generation)
{
    struct generation_row row;
    enum err error = journal_get_row(walk->txn, generation, &row);
    if (error == ERR_NOT_FOUND || error == ERR_CORRUPT)
        return report_bad(walk, (struct place){generation, 0}, ERR_SYNTAX);
    if (error != ERR_OK) {
        walk->error = error;
        return false;
    }
    walk->row = row;
    walk->at = (struct place){generation, row.first_seq - 1};
    memcpy(walk->hash, row.base_hash, HASH_SIZE);
    return true;
}

static bool check_record(struct walk *walk, struct place place, struct span value)
{
    struct record_parts parts;
    struct place expected = {walk->at.generation, walk->at.number + 1};
    if (place.number != expected.number)
        return report_bad(walk, expected, ERR_GAP);
    enum err error = journal_record_read(place, value, &parts);
    if (error != ERR_OK)
        return report_bad(walk, place, error);
    uint8_t hash[HASH_SIZE];
    walk->error = hash_link(walk, parts.bytes, hash);
    if (walk->error != ERR_OK)
        return false;
    if (memcmp(hash, parts.hash, HASH_SIZE) != 0)
        return report_bad(walk, place, ERR_FORK);
    memcpy(walk->hash, hash, HASH_SIZE);
    walk->at = place;
    walk->report.record_count++;
    return true;
}

static bool visit_record(void *context, struct span key, struct span value)
{
    struct walk *walk = context;
    struct place place;
    if (walk->step_count++ == WALK_STEP) {
        walk->is_step_full = true;
        return false;
    }
    if (journal_place_read(key, &place) != ERR_OK)
        return report_bad(walk, (struct place){walk->at.generation, walk->at.number + 1}, ERR_SYNTAX);
    if (place.generation != walk->at.generation &&
        (!leave_generation(walk) || !enter_generation(walk, place.generation)))
        return false;
    return check_record(walk, place, value);
}

/* Between two steps a live till may have trimmed what comes next: go on from where the journal now begins. */
static enum err skip_trimmed(struct walk *walk)
{
    struct generation_row row;
    if (walk->at.generation == 0)
        return ERR_OK;
    enum err error = journal_get_row(walk->txn, walk->at.generation, &row);
    if (error == ERR_OK && row.first_seq > walk->at.number + 1) {
        walk->at.number = row.first_seq - 1;
        memcpy(walk->hash, row.base_hash, HASH_SIZE);
    }
    return error == ERR_CORRUPT || error == ERR_NOT_FOUND ? ERR_OK : error; /* damage is for check_rows */
}

static enum err scan_step(struct walk *walk)
{
    uint8_t from[PLACE_SIZE];
    TRY(skip_trimmed(walk));
    journal_place_write((struct place){walk->at.generation, walk->at.number + 1}, from);
    TRY(storage_scan(walk->txn, TABLE_RECORDS, span_of(from, sizeof from), STORAGE_ASCENDING, visit_record,
                     walk));
    return walk->error;
}

static enum err walk_step(struct storage storage, struct walk *walk)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(storage, STORAGE_READ, &txn));
    walk->step_count = 0;
    walk->is_step_full = false;
    walk->txn = &txn;
    enum err error = scan_step(walk);
    walk->txn = NULL;
    return error;
}

/* Generations without any record left are not met by the walk; their rows are checked all the same. The key
 * chunks are derived and rebuilt when damaged: they only count as evidence of records that should be there.
 */
static bool visit_row(void *context, struct span key, struct span value)
{
    struct walk *walk = context;
    uint32_t generation = 0;
    struct generation_row row;
    enum err error = journal_generation_read_key(key, &generation);
    if (error == ERR_OK)
        error = journal_generation_read(generation, value, &row);
    if (error == ERR_OK && generation > walk->at.generation && row.acknowledged_seq >= row.first_seq)
        error = ERR_GAP; /* acknowledged and kept, but not met */
    return error == ERR_OK ? true
                           : report_bad(walk, (struct place){generation == 0 ? 1 : generation, 0}, error);
}

static enum err check_rows(struct storage storage, struct walk *walk)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    uint8_t from[GENERATION_KEY_SIZE];
    struct span format;
    journal_generation_write_key(0, from);
    TRY(storage_begin(storage, STORAGE_READ, &txn));
    TRY(storage_get(&txn, TABLE_META, span_of_text(FORMAT_KEY), &format));
    enum err error = journal_format_check(format);
    if (error == ERR_VERSION)
        return error;
    if (error != ERR_OK) {
        (void)report_bad(walk, (struct place){1, 0}, error);
        return ERR_OK;
    }
    return storage_scan(&txn, TABLE_META, span_of(from, sizeof from), STORAGE_ASCENDING, visit_row, walk);
}

/* Rows of another format look damaged: they are not to be judged. Damage of this row itself is for check_rows. */
static enum err check_version(struct storage storage)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span format;
    TRY(storage_begin(storage, STORAGE_READ, &txn));
    enum err error = storage_get(&txn, TABLE_META, span_of_text(FORMAT_KEY), &format);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    return journal_format_check(format) == ERR_VERSION ? ERR_VERSION : ERR_OK;
}

enum err journal_verify(struct storage storage, struct journal_report *out_report)
{
    struct walk walk = {.sha256 = sha256_of_processor()};
    TRY(check_version(storage));
    do
        TRY(walk_step(storage, &walk));
    while (walk.is_step_full);
    if (walk.report.bad_generation == 0)
        (void)leave_generation(&walk);
    if (walk.report.bad_generation == 0)
        TRY(check_rows(storage, &walk));
    *out_report = walk.report;
    return walk.report.bad_generation == 0 ? ERR_OK : ERR_CORRUPT;
}
