/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB has no checksums: whatever changes in a record's row must be found by the journal. Bits are flipped in
 * the stored rows, through the storage, so that every case is a change of value and not of LMDB's own pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"

#define RECORDS 12

struct row {
    uint8_t key[STORAGE_KEY_MAX];
    size_t key_size;
    uint8_t value[8192];
    size_t value_size;
};

struct rows {
    struct row rows[RECORDS + 2];
    size_t count;
};

static bool keep_row(void *context, struct span key, struct span value)
{
    struct rows *rows = context;
    struct row *row = &rows->rows[rows->count++];
    KASSA_ASSERT(value.size <= sizeof row->value && rows->count <= COUNT_OF(rows->rows));
    memcpy(row->key, key.bytes, key.size);
    memcpy(row->value, value.bytes, value.size);
    row->key_size = key.size;
    row->value_size = value.size;
    return true;
}

static void read_rows(struct storage storage, unsigned table, struct rows *out)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    out->count = 0;
    ok(storage_begin(storage, STORAGE_READ, &txn));
    ok(storage_scan(&txn, table, span_of(NULL, 0), STORAGE_ASCENDING, keep_row, out));
}

static void write_row(struct storage storage, unsigned table, const struct row *row)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    ok(storage_begin(storage, STORAGE_WRITE, &txn));
    ok(storage_put(&txn, table, span_of(row->key, row->key_size), span_of(row->value, row->value_size),
                   STORAGE_REPLACE));
    ok(storage_commit(&txn));
}

static void remove_row(struct storage storage, unsigned table, const struct row *row)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    ok(storage_begin(storage, STORAGE_WRITE, &txn));
    ok(storage_remove(&txn, table, span_of(row->key, row->key_size)));
    ok(storage_commit(&txn));
}

static void expect_bad(struct storage storage, uint64_t seq)
{
    struct journal_report report = {0};
    assert_int_equal(journal_verify(storage, &report), ERR_CORRUPT);
    assert_int_equal(report.bad_generation, 1);
    assert_int_equal(report.bad_seq, seq);
}

static void journal_verify__finds_every_flipped_bit_and_read_serves_none(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    struct journal_record record;
    fixture_append_many(fixture, 1, RECORDS);
    read_rows(storage, 0, &rows);
    size_t flips = 0;
    for (size_t i = 0; i < rows.count; i += 5) {
        for (size_t bit = 0; bit < rows.rows[i].value_size * 8; bit++) {
            struct row damaged = rows.rows[i];
            damaged.value[bit / 8] ^= (uint8_t)(1u << bit % 8);
            write_row(storage, 0, &damaged);
            expect_bad(storage, i + 1);
            assert_int_equal(journal_read(fixture->journal, i + 1, fixture->buffer, 4000, &record),
                             ERR_CORRUPT);
            flips++;
        }
        write_row(storage, 0, &rows.rows[i]);
    }
    assert_true(flips > 3000);
    struct journal_report report;
    ok(journal_verify(storage, &report));
    assert_int_equal(report.record_count, RECORDS);
}

static void journal_verify__finds_bytes_cut_and_rows_lost_swapped_or_replaced(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    fixture_append_many(fixture, 1, RECORDS);
    read_rows(storage, 0, &rows);
    for (size_t size = 0; size < rows.rows[4].value_size; size++) {
        struct row damaged = rows.rows[4];
        damaged.value_size = size;
        write_row(storage, 0, &damaged);
        expect_bad(storage, 5);
    }
    remove_row(storage, 0, &rows.rows[4]);
    expect_bad(storage, 5);
    struct row swapped = rows.rows[4];
    memcpy(swapped.value, rows.rows[5].value, rows.rows[5].value_size);
    swapped.value_size = rows.rows[5].value_size;
    write_row(storage, 0, &swapped); /* whole in itself, but another's */
    expect_bad(storage, 5);
    write_row(storage, 0, &rows.rows[4]);
    struct journal_report report;
    ok(journal_verify(storage, &report));
}

/* Somebody who can compute a crc replaces a sale by a smaller one: the chain tells. */
static void journal_verify__finds_an_edited_record_by_the_chain(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    static struct rows others;
    fixture_append_many(fixture, 1, RECORDS);
    read_rows(storage, 0, &rows);
    struct journal_fixture *other = NULL;
    assert_int_equal(fixture_setup((void **)&other), 0);
    fixture_append_many(other, 1, 3);
    fixture_append_many(other, 100, 100); /* another fourth record with a sound crc */
    read_rows(lmdb_storage_as_storage(other->lmdb), 0, &others);
    write_row(storage, 0, &others.rows[3]);
    assert_int_equal(fixture_teardown((void **)&other), 0);
    struct journal_report report = {0};
    assert_int_equal(journal_verify(storage, &report), ERR_CORRUPT);
    assert_int_equal(report.bad_seq, 5);
    assert_int_equal(report.reason, ERR_FORK);
}

static void journal_open__refuses_a_damaged_end_and_goes_on_under_a_new_incarnation(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    struct journal_settings settings = {.random = seed_as_random(&fixture->seed)};
    fixture_append_many(fixture, 1, RECORDS);
    read_rows(storage, 0, &rows);
    rows.rows[RECORDS - 1].value[60] ^= 1;
    write_row(storage, 0, &rows.rows[RECORDS - 1]);
    assert_int_equal(journal_open(storage, &settings, &journal), ERR_CORRUPT);
    settings.repairs = true;
    ok(journal_open(storage, &settings, &journal));
    assert_int_not_equal(journal_incarnation(journal), journal_incarnation(fixture->journal));
    assert_int_equal(journal_next_seq(journal), 1);
    assert_int_equal(journal_next_receipt(journal),
                     RECORDS + 1); /* the damaged one's number is not given again */
    struct journal_record record;
    ok(journal_read_generation(journal, 1, RECORDS - 1, fixture->buffer, 4000, &record));
}

static void journal_open__rebuilds_a_damaged_chunk_of_keys(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    fixture_append_many(fixture, 1, 1005);
    read_rows(storage, 2, &rows);
    assert_int_equal(rows.count, 2);
    rows.rows[0].value[100] ^= 4;
    write_row(storage, 2, &rows.rows[0]);
    fixture_restart(fixture);
    for (uint64_t n = 1; n <= 1005; n++) {
        char key[32];
        struct journal_found found;
        ok(journal_find_key(fixture->journal, fixture_key(n, key), &found));
        assert_int_equal(found.seq, n);
    }
}

static void journal_open__refuses_damaged_or_foreign_bookkeeping(void **state)
{
    struct journal_fixture *fixture = *state;
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    static struct rows rows;
    struct journal_settings settings = {.random = seed_as_random(&fixture->seed)};
    fixture_append_many(fixture, 1, 3);
    read_rows(storage, 1, &rows);
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < rows.count; i++) {
        for (size_t byte = 0; byte < rows.rows[i].value_size; byte++) {
            struct journal *journal CLEANUP(journal_closep) = NULL;
            struct journal_report report;
            struct row damaged = rows.rows[i];
            damaged.value[byte] ^= 0x20;
            write_row(storage, 1, &damaged);
            assert_int_equal(journal_open(storage, &settings, &journal), ERR_CORRUPT);
            assert_int_equal(journal_verify(storage, &report), ERR_CORRUPT);
        }
        write_row(storage, 1, &rows.rows[i]);
    }
    fixture_restart(fixture);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(journal_verify__finds_every_flipped_bit_and_read_serves_none),
        CASE(journal_verify__finds_bytes_cut_and_rows_lost_swapped_or_replaced),
        CASE(journal_verify__finds_an_edited_record_by_the_chain),
        CASE(journal_open__refuses_a_damaged_end_and_goes_on_under_a_new_incarnation),
        CASE(journal_open__rebuilds_a_damaged_chunk_of_keys),
        CASE(journal_open__refuses_damaged_or_foreign_bookkeeping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
