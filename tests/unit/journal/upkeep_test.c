/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"

static struct journal_stats stats_of(struct journal_fixture *fixture)
{
    struct journal_stats stats = {0};
    ok(journal_get_stats(fixture->journal, &stats));
    return stats;
}

static void acknowledge_to(struct journal_fixture *fixture, uint64_t hw)
{
    uint8_t hash[HASH_SIZE];
    ok(journal_hash_at(fixture->journal, hw, hash));
    ok(journal_acknowledge(fixture->journal, hw, hash));
}

static void verify(struct journal_fixture *fixture, uint64_t count)
{
    struct journal_report report = {0};
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
    assert_int_equal(report.record_count, count);
}

static void journal_acknowledge__believes_only_its_own_hash(void **state)
{
    struct journal_fixture *fixture = *state;
    uint8_t hash[HASH_SIZE];
    fixture_append_many(fixture, 1, 10);
    ok(journal_hash_at(fixture->journal, 5, hash));
    assert_int_equal(journal_acknowledge(fixture->journal, 6, hash), ERR_FORK);
    assert_int_equal(journal_acknowledge(fixture->journal, 11, hash), ERR_RANGE);
    assert_int_equal(stats_of(fixture).newest.acknowledged_seq, 0);
    ok(journal_acknowledge(fixture->journal, 5, hash));
    acknowledge_to(fixture, 3); /* late and lower: no news */
    assert_int_equal(stats_of(fixture).newest.acknowledged_seq, 5);
}

static void journal_acknowledge__is_stored_at_close_and_every_stride(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_append_many(fixture, 1, JOURNAL_ACK_STRIDE + 9);
    acknowledge_to(fixture, 7);
    fixture_restart(fixture);
    assert_int_equal(stats_of(fixture).newest.acknowledged_seq, 0);
    acknowledge_to(fixture, 7);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(stats_of(fixture).newest.acknowledged_seq, 7);
    acknowledge_to(fixture, 7 + JOURNAL_ACK_STRIDE);
    fixture_restart(fixture);
    assert_int_equal(stats_of(fixture).newest.acknowledged_seq, 7 + JOURNAL_ACK_STRIDE);
}

static void journal_trim__removes_only_what_is_old_and_acknowledged(void **state)
{
    struct journal_fixture *fixture = *state;
    size_t count = 99;
    fixture_append_many(fixture, 1, 700);
    ok(journal_trim(fixture->journal, INT64_MAX, SIZE_MAX, &count));
    assert_int_equal(count, 0);
    acknowledge_to(fixture, 650);
    ok(journal_trim(fixture->journal, 600 * (int64_t)DAY_MS, 40, &count));
    assert_int_equal(count, 40);
    ok(journal_trim(fixture->journal, 600 * (int64_t)DAY_MS, SIZE_MAX, &count));
    assert_int_equal(count, 599 - 40);
    fixture_restart(fixture);
    assert_int_equal(stats_of(fixture).newest.first_seq, 600);
    struct journal_record record;
    assert_int_equal(journal_read(fixture->journal, 599, fixture->buffer, 2000, &record), ERR_NOT_FOUND);
    fixture_expect(fixture, 600, 600);
    uint8_t hash[HASH_SIZE];
    ok(journal_hash_at(fixture->journal, 599, hash)); /* where a batch from 600 begins */
    assert_int_equal(journal_hash_at(fixture->journal, 598, hash), ERR_NOT_FOUND);
    verify(fixture, 101);
    struct journal_found found;
    assert_int_equal(journal_find_key(fixture->journal, span_of_text("key-599"), &found), ERR_NOT_FOUND);
    ok(journal_find_key(fixture->journal, span_of_text("key-600"), &found));
    ok(journal_trim(fixture->journal, INT64_MAX, SIZE_MAX, &count));
    assert_int_equal(count, 51);
}

static void journal_trim__of_everything_keeps_numbers_and_chain(void **state)
{
    struct journal_fixture *fixture = *state;
    uint8_t before[HASH_SIZE];
    size_t count = 0;
    fixture_append_many(fixture, 1, 30);
    ok(journal_hash_at(fixture->journal, 30, before));
    acknowledge_to(fixture, 30);
    ok(journal_trim(fixture->journal, INT64_MAX, SIZE_MAX, &count));
    assert_int_equal(count, 30);
    fixture_restart(fixture);
    uint8_t hash[HASH_SIZE];
    ok(journal_hash_at(fixture->journal, 30, hash));
    assert_memory_equal(hash, before, HASH_SIZE);
    assert_int_equal(journal_next_seq(fixture->journal), 31);
    assert_int_equal(journal_next_receipt(fixture->journal), 31);
    fixture_append_many(fixture, 31, 35);
    fixture_restart(fixture);
    fixture_expect(fixture, 31, 31);
    verify(fixture, 5);
}

static void journal_new_incarnation__starts_at_1_and_keeps_the_old_readable(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_append_many(fixture, 1, 12);
    acknowledge_to(fixture, 4);
    uint64_t old = journal_incarnation(fixture->journal);
    ok(journal_new_incarnation(fixture->journal, 0));
    for (int round = 0; round < 2; round++) {
        assert_int_not_equal(journal_incarnation(fixture->journal), old);
        assert_int_equal(journal_next_seq(fixture->journal), 1);
        assert_int_equal(journal_next_receipt(fixture->journal), 13);
        struct journal_generation first;
        ok(journal_get_generation(fixture->journal, 1, &first));
        assert_int_equal(first.incarnation, old);
        assert_int_equal(first.last_seq, 12);
        assert_int_equal(first.acknowledged_seq, 4);
        struct journal_record record;
        ok(journal_read_generation(fixture->journal, 1, 12, fixture->buffer, 2000, &record));
        uint64_t seq;
        assert_int_equal(fixture_append(fixture, 5, &seq), ERR_EXISTS); /* keys go on */
        fixture_restart(fixture);
    }
    fixture_append_many(fixture, 13, 14);
    fixture_expect(fixture, 1, 13);
    verify(fixture, 14);
}

static void journal_new_incarnation__carries_what_the_hub_lacks(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_append_many(fixture, 1, 1300);
    ok(journal_new_incarnation(fixture->journal, 201));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(journal_next_seq(fixture->journal), 1101);
        assert_int_equal(journal_next_receipt(fixture->journal), 1301);
        fixture_expect(fixture, 1, 201);
        fixture_expect(fixture, 1100, 1300);
        struct journal_found found;
        ok(journal_find_key(fixture->journal, span_of_text("key-1300"), &found));
        assert_int_equal(found.generation, 2);
        assert_int_equal(found.seq, 1100);
        ok(journal_find_key(fixture->journal, span_of_text("key-200"), &found));
        assert_int_equal(found.generation, 1);
        fixture_restart(fixture);
    }
    struct journal_record record;
    ok(journal_read(fixture->journal, 1, fixture->buffer, 2000, &record));
    assert_int_equal(record.receipt, 201);
    verify(fixture, 1300 + 1100);
    assert_int_equal(journal_new_incarnation(fixture->journal, 1101), ERR_NOT_FOUND);
    size_t count = 0;
    ok(journal_trim(fixture->journal, 1301 * (int64_t)DAY_MS, SIZE_MAX, &count));
    assert_int_equal(count, 1300); /* the old generation by age; the new one waits for the hub */
    fixture_restart(fixture);
    verify(fixture, 1100);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(journal_acknowledge__believes_only_its_own_hash),
        CASE(journal_acknowledge__is_stored_at_close_and_every_stride),
        CASE(journal_trim__removes_only_what_is_old_and_acknowledged),
        CASE(journal_trim__of_everything_keeps_numbers_and_chain),
        CASE(journal_new_incarnation__starts_at_1_and_keeps_the_old_readable),
        CASE(journal_new_incarnation__carries_what_the_hub_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
