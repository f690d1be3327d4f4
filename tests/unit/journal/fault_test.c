/* SPDX-License-Identifier: Apache-2.0 */
/* The k-th operation of the storage fails, for every k that a few sales, an acknowledgement, a trim and a new
 * incarnation have. Whatever is answered must be what the disk holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"

static void verify(struct journal_fixture *fixture)
{
    struct journal_report report = {0};
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
}

/* Appends until the journal has taken it, as a POS that repeats its call. Returns the answers that were not
 * ERR_OK. */
static int append_stubbornly(struct journal_fixture *fixture, uint64_t n)
{
    int refusals = 0;
    uint64_t expected = journal_next_seq(fixture->journal);
    for (;;) {
        uint64_t seq = 0;
        enum err error = fixture_append(fixture, n, &seq);
        if (error == ERR_OK) {
            assert_int_equal(seq, expected);
            return refusals;
        }
        /* a single fault leaves nothing behind: not even ERR_EXISTS */
        assert_true(error == ERR_IO || error == ERR_FULL);
        assert_int_equal(journal_next_seq(fixture->journal), expected);
        refusals++;
        assert_true(refusals < 3);
    }
}

static void run_with_fault(struct journal_fixture *fixture, enum fault fault, uint64_t fail_at)
{
    uint64_t first = journal_next_seq(fixture->journal);
    fixture->faulty.fault = fault;
    fixture->faulty.count = 0;
    fixture->faulty.fail_at = fail_at;
    for (uint64_t n = first; n < first + 3; n++)
        (void)append_stubbornly(fixture, n);
    fixture->faulty.fail_at = 0;
    fixture_restart(fixture);
    assert_int_equal(journal_next_seq(fixture->journal), first + 3);
    for (uint64_t n = first; n < first + 3; n++)
        fixture_expect(fixture, n, n);
}

static void journal_append__answers_what_the_disk_holds_at_each_fault(void **state)
{
    struct journal_fixture *fixture = *state;
    const enum fault faults[] = {FAULT_IO, FAULT_IO_COMMITTED, FAULT_FULL};
    fixture_append_many(fixture, 1, 495); /* the chunk of keys is stored on the way */
    for (size_t kind = 0; kind < COUNT_OF(faults); kind++)
        for (uint64_t k = 1; k <= 14; k++)
            run_with_fault(fixture, faults[kind], k);
    verify(fixture);
}

static void journal_append__tells_the_truth_once_a_dead_disk_is_back(void **state)
{
    struct journal_fixture *fixture = *state;
    uint64_t seq = 0;
    fixture_append_many(fixture, 1, 3);
    fixture->faulty = (struct faulty_storage){
        .inner = fixture->faulty.inner, .fault = FAULT_IO_COMMITTED, .fail_at = 4, .is_sticky = true};
    assert_int_equal(fixture_append(fixture, 4, &seq),
                     ERR_IO); /* usage, begin, put, and the commit fails but holds */
    assert_int_equal(fixture_append(fixture, 4, &seq), ERR_IO);
    fixture->faulty.fail_at = 0;
    struct journal_found found;
    char key[32];
    ok(journal_find_key(fixture->journal, fixture_key(4, key), &found));
    assert_int_equal(found.seq, 4);
    assert_int_equal(fixture_append(fixture, 4, &seq), ERR_EXISTS);
    ok(fixture_append(fixture, 5, &seq));
    assert_int_equal(seq, 5);
    verify(fixture);
}

/* Returns whether the fault struck. */
static bool upkeep_with_fault(struct journal_fixture *fixture, enum fault fault, uint64_t fail_at)
{
    struct journal_stats before;
    struct journal_stats after;
    uint8_t hash[HASH_SIZE];
    size_t count = 0;
    fixture_append_many(fixture, journal_next_receipt(fixture->journal),
                        journal_next_receipt(fixture->journal) + 5);
    ok(journal_get_stats(fixture->journal, &before));
    ok(journal_hash_at(fixture->journal, before.newest.last_seq, hash));
    fixture->faulty.fault = fault;
    fixture->faulty.count = 0;
    fixture->faulty.failures = 0;
    fixture->faulty.fail_at = fail_at;
    enum err acknowledged =
        journal_acknowledge(fixture->journal, before.newest.last_seq - 2, before.last_hash);
    assert_true(acknowledged == ERR_FORK || acknowledged == (fault == FAULT_FULL ? ERR_FULL : ERR_IO));
    if (journal_acknowledge(fixture->journal, before.newest.last_seq, hash) == ERR_OK)
        (void)!journal_trim(fixture->journal, 3 * (int64_t)DAY_MS, 4, &count);
    enum err error = journal_new_incarnation(fixture->journal, before.newest.last_seq - 1);
    fixture->faulty.fail_at = 0;
    ok(journal_get_stats(fixture->journal, &after));
    assert_int_equal(after.generation, before.generation + (error == ERR_OK ? 1 : 0));
    assert_int_equal(after.newest.last_seq, error == ERR_OK ? 2 : before.newest.last_seq);
    verify(fixture);
    fixture_restart(fixture);
    struct journal_stats again;
    ok(journal_get_stats(fixture->journal, &again));
    assert_int_equal(again.generation, after.generation);
    assert_int_equal(again.newest.last_seq, after.newest.last_seq);
    return fixture->faulty.failures > 0 || error != ERR_OK;
}

static void journal_upkeep__is_whole_or_absent_at_each_fault(void **state)
{
    struct journal_fixture *fixture = *state;
    const enum fault faults[] = {FAULT_IO, FAULT_IO_COMMITTED, FAULT_FULL};
    for (size_t kind = 0; kind < COUNT_OF(faults); kind++)
        for (uint64_t k = 1; k <= 40; k++)
            (void)upkeep_with_fault(fixture, faults[kind], k);
}

static void journal_open__begins_whole_or_not_at_all(void **state)
{
    struct journal_fixture *fixture = *state;
    (void)fixture;
    for (uint64_t k = 1; k <= 12; k++) {
        struct folder folder CLEANUP(folder_remove) = folder_make();
        char path[128];
        folder_join(&folder, "journal", path);
        struct lmdb_options options = {.path = path,
                                       .tables = journal_tables,
                                       .table_count = JOURNAL_TABLE_COUNT,
                                       .map_size_bytes = 1024 * 1024,
                                       .random = seed_as_random(&fixture->seed)};
        struct journal_settings settings = {.random = seed_as_random(&fixture->seed)};
        struct lmdb_storage *lmdb CLEANUP(lmdb_storage_closep) = NULL;
        struct journal *journal CLEANUP(journal_closep) = NULL;
        ok(lmdb_storage_open(&options, &lmdb));
        struct faulty_storage faulty = {
            .inner = lmdb_storage_as_storage(lmdb), .fault = FAULT_IO, .fail_at = k};
        enum err error = journal_open(faulty_storage_as_storage(&faulty), &settings, &journal);
        assert_true(error == ERR_OK || error == ERR_IO);
        assert_int_equal(error == ERR_OK, faulty.failures == 0);
        faulty.fail_at = 0;
        if (error != ERR_OK)
            ok(journal_open(faulty_storage_as_storage(&faulty), &settings, &journal));
        assert_int_equal(journal_next_seq(journal), 1);
    }
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(journal_append__answers_what_the_disk_holds_at_each_fault),
        CASE(journal_append__tells_the_truth_once_a_dead_disk_is_back),
        CASE(journal_upkeep__is_whole_or_absent_at_each_fault),
        CASE(journal_open__begins_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
