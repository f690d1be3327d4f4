/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"
#include "vault/vault.h"

static void journal_append__counts_from_1_without_gaps_over_restarts(void **state)
{
    struct journal_fixture *fixture = *state;
    for (uint64_t n = 1; n <= 40; n++) {
        uint64_t seq = 0;
        assert_int_equal(journal_next_seq(fixture->journal), n);
        assert_int_equal(journal_next_receipt(fixture->journal), n);
        ok(fixture_append(fixture, n, &seq));
        assert_int_equal(seq, n);
        if (n % 7 == 0)
            fixture_restart(fixture);
    }
    for (uint64_t n = 1; n <= 40; n++)
        fixture_expect(fixture, n, n);
}

static void journal_append__chains_each_record_to_the_one_before(void **state)
{
    struct journal_fixture *fixture = *state;
    uint8_t expected[HASH_SIZE] = {0};
    uint8_t hash[HASH_SIZE];
    ok(journal_hash_at(fixture->journal, 0, hash));
    assert_memory_equal(hash, expected, HASH_SIZE);
    fixture_append_many(fixture, 1, 20);
    for (uint64_t n = 1; n <= 20; n++) {
        ok(vault_sha256_two(span_of(expected, HASH_SIZE), fixture_record(fixture, n), hash));
        memcpy(expected, hash, HASH_SIZE);
        ok(journal_hash_at(fixture->journal, n, hash));
        assert_memory_equal(hash, expected, HASH_SIZE);
    }
    struct journal_stats stats;
    ok(journal_get_stats(fixture->journal, &stats));
    assert_memory_equal(stats.last_hash, expected, HASH_SIZE);
    assert_int_equal(journal_hash_at(fixture->journal, 21, hash), ERR_NOT_FOUND);
}

static void journal_append__takes_several_records_in_one_commit(void **state)
{
    struct journal_fixture *fixture = *state;
    uint8_t digest[HASH_SIZE] = {1};
    struct journal_entry entries[3] = {{.bytes = span_of_text("offer shown")},
                                       {.bytes = span_of_text("purchase"),
                                        .takes_receipt = true,
                                        .key = span_of_text("k"),
                                        .digest = digest},
                                       {.bytes = span_of_text("card seen")}};
    uint64_t seq = 0;
    uint64_t before = fixture->faulty.count;
    ok(journal_append(fixture->journal, entries, 3, &seq));
    assert_int_equal(seq, 1);
    assert_int_equal(fixture->faulty.count - before, /* usage, begin, put x 3, commit */ 6);
    struct journal_found found;
    ok(journal_find_key(fixture->journal, span_of_text("k"), &found));
    assert_int_equal(found.seq, 2);
    struct journal_record record;
    ok(journal_read(fixture->journal, 2, fixture->buffer, sizeof fixture->buffer, &record));
    assert_int_equal(record.receipt, 1);
    ok(journal_read(fixture->journal, 3, fixture->buffer, sizeof fixture->buffer, &record));
    assert_int_equal(record.receipt, 0);
}

static void journal_append__knows_a_key_again(void **state)
{
    struct journal_fixture *fixture = *state;
    uint64_t seq = 99;
    fixture_append_many(fixture, 1, 3);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(fixture_append(fixture, 2, &seq), ERR_EXISTS);
        uint8_t other[HASH_SIZE] = {0xee};
        struct journal_entry entry = {
            .bytes = span_of_text("x"), .key = span_of_text("key-2"), .digest = other};
        assert_int_equal(journal_append(fixture->journal, &entry, 1, &seq), ERR_CONFLICT);
        assert_int_equal(seq, 99);
        assert_int_equal(journal_next_seq(fixture->journal), 4);
        fixture_restart(fixture);
    }
    struct journal_found found;
    uint8_t digest[HASH_SIZE];
    ok(journal_find_key(fixture->journal, span_of_text("key-2"), &found));
    fixture_digest(2, digest);
    assert_int_equal(found.generation, 1);
    assert_int_equal(found.seq, 2);
    assert_memory_equal(found.digest, digest, HASH_SIZE);
    assert_int_equal(journal_find_key(fixture->journal, span_of_text("key-9"), &found), ERR_NOT_FOUND);
}

/* Two chunks of 500 tags are stored with the journal, the rest is read from the records. */
static void journal_open__finds_every_key_again_over_stored_chunks(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_append_many(fixture, 1, 1203);
    fixture_restart(fixture);
    for (uint64_t n = 1; n <= 1203; n++) {
        char key[32];
        struct journal_found found;
        ok(journal_find_key(fixture->journal, fixture_key(n, key), &found));
        assert_int_equal(found.seq, n);
    }
}

static void journal_append__refuses_what_the_contract_forbids(void **state)
{
    struct journal_fixture *fixture = *state;
    uint8_t digest[HASH_SIZE] = {1};
    uint64_t seq;
    struct span bytes = span_of_text("x");
    struct span key = span_of_text("k");
    static char long_key[KEY_MAX + 1];
    const struct journal_entry bad[] = {
        {.bytes = span_of("", 0)},
        {.bytes = span_of(fixture->buffer, RECORD_SIZE_MAX + 1)},
        {.bytes = bytes, .key = key},
        {.bytes = bytes, .digest = digest},
        {.bytes = bytes, .key = span_of(long_key, sizeof long_key), .digest = digest},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(journal_append(fixture->journal, &bad[i], 1, &seq), ERR_ARGUMENT);
    struct journal_entry good = {.bytes = bytes, .takes_receipt = true, .key = key, .digest = digest};
    struct journal_entry twice[] = {good, good};
    assert_int_equal(journal_append(fixture->journal, twice, 2, &seq), ERR_ARGUMENT);
    assert_int_equal(journal_append(fixture->journal, &good, 0, &seq), ERR_ARGUMENT);
    assert_int_equal(journal_next_seq(fixture->journal), 1);
}

static void journal_append__keeps_the_largest_record(void **state)
{
    struct journal_fixture *fixture = *state;
    static uint8_t large[RECORD_SIZE_MAX];
    memset(large, 0x5a, sizeof large);
    struct journal_entry entry = {.bytes = span_of(large, sizeof large)};
    struct journal_record record;
    uint64_t seq;
    ok(journal_append(fixture->journal, &entry, 1, &seq));
    assert_int_equal(journal_read(fixture->journal, 1, fixture->buffer, 100, &record), ERR_TOO_LONG);
    ok(journal_read(fixture->journal, 1, fixture->buffer, sizeof fixture->buffer, &record));
    assert_true(span_is_equal(record.bytes, entry.bytes));
}

static void journal_read__knows_only_what_was_written(void **state)
{
    struct journal_fixture *fixture = *state;
    struct journal_record record;
    fixture_append_many(fixture, 1, 2);
    assert_int_equal(journal_read(fixture->journal, 0, fixture->buffer, 9, &record), ERR_NOT_FOUND);
    assert_int_equal(journal_read(fixture->journal, 3, fixture->buffer, 9, &record), ERR_NOT_FOUND);
    assert_int_equal(journal_read_generation(fixture->journal, 2, 1, fixture->buffer, 9, &record),
                     ERR_NOT_FOUND);
}

static void journal_open__reads_beside_the_owner_and_writes_nothing(void **state)
{
    struct journal_fixture *fixture = *state;
    struct journal_settings settings = {.is_read_only = true};
    struct journal *reader CLEANUP(journal_closep) = NULL;
    struct journal_record record;
    struct journal_entry entry = {.bytes = span_of_text("x")};
    uint64_t seq;
    fixture_append_many(fixture, 1, 3);
    ok(journal_open(faulty_storage_as_storage(&fixture->faulty), &settings, &reader));
    ok(journal_read(reader, 3, fixture->buffer, sizeof fixture->buffer, &record));
    assert_int_equal(journal_append(reader, &entry, 1, &seq), ERR_STATE);
    assert_int_equal(journal_new_incarnation(reader, 0), ERR_STATE);
}

static void journal_append__says_full_and_stays_usable_when_the_map_is_full(void **state)
{
    struct journal_fixture *fixture = *state;
    uint64_t seq = 0;
    uint64_t n = 1;
    enum err error;
    while ((error = fixture_append(fixture, n, &seq)) == ERR_OK)
        n++;
    assert_int_equal(error, ERR_FULL);
    uint64_t last = n - 1;
    assert_true(last > 500);
    assert_int_equal(seq, last);
    assert_int_equal(journal_next_seq(fixture->journal), last + 1);
    struct journal_report report;
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
    assert_int_equal(report.record_count, last);

    /* sync goes on: the hub acknowledges, old records go, and there is room again */
    uint8_t hash[HASH_SIZE];
    size_t count = 0;
    ok(journal_hash_at(fixture->journal, last, hash));
    ok(journal_acknowledge(fixture->journal, last, hash));
    ok(journal_trim(fixture->journal, (int64_t)(last / 2) * DAY_MS, SIZE_MAX, &count));
    assert_int_equal(count, last / 2 - 1);
    uint64_t sold = 0;
    while (fixture_append(fixture, last + 1 + sold, &seq) == ERR_OK)
        sold++;
    assert_true(sold > last / 4);
    fixture_restart(fixture);
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
    assert_int_equal(report.record_count, last + sold - count);
}

int main(void)
{
#define CASE(function)  cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
#define SMALL(function) cmocka_unit_test_setup_teardown(function, fixture_setup_small, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(journal_append__counts_from_1_without_gaps_over_restarts),
        CASE(journal_append__chains_each_record_to_the_one_before),
        CASE(journal_append__takes_several_records_in_one_commit),
        CASE(journal_append__knows_a_key_again),
        CASE(journal_open__finds_every_key_again_over_stored_chunks),
        CASE(journal_append__refuses_what_the_contract_forbids),
        CASE(journal_append__keeps_the_largest_record),
        CASE(journal_read__knows_only_what_was_written),
        CASE(journal_open__reads_beside_the_owner_and_writes_nothing),
        SMALL(journal_append__says_full_and_stays_usable_when_the_map_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
