/* SPDX-License-Identifier: Apache-2.0 */
#include "storage_suite.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "harness/ok.h"

static struct span text(const char *bytes)
{
    return span_of_text(bytes);
}

static void put_one(struct storage storage, unsigned table, const char *key, const char *value)
{
    struct storage_txn txn = {0};
    ok(storage_begin(storage, STORAGE_WRITE, &txn));
    ok(storage_put(&txn, table, text(key), text(value), STORAGE_REPLACE));
    ok(storage_commit(&txn));
}

static enum err get_one(struct storage storage, unsigned table, const char *key, char out[16])
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    TRY(storage_begin(storage, STORAGE_READ, &txn));
    TRY(storage_get(&txn, table, text(key), &value));
    memset(out, 0, 16);
    memcpy(out, value.bytes, value.size < 15 ? value.size : 15);
    return ERR_OK;
}

static void get__finds_what_was_committed_also_after_a_restart(void **state)
{
    struct storage_fixture *fixture = *state;
    char value[16];
    put_one(fixture->storage, 0, "bread", "2.55");
    ok(get_one(fixture->storage, 0, "bread", value));
    assert_string_equal(value, "2.55");
    fixture->reopen(fixture);
    ok(get_one(fixture->storage, 0, "bread", value));
    assert_string_equal(value, "2.55");
}

static void tables__do_not_mix(void **state)
{
    struct storage_fixture *fixture = *state;
    char value[16];
    put_one(fixture->storage, 0, "bread", "2.55");
    assert_int_equal(get_one(fixture->storage, 1, "bread", value), ERR_NOT_FOUND);
}

static void abort__leaves_no_trace(void **state)
{
    struct storage_fixture *fixture = *state;
    char value[16];
    {
        struct storage_txn txn CLEANUP(storage_abort) = {0};
        ok(storage_begin(fixture->storage, STORAGE_WRITE, &txn));
        ok(storage_put(&txn, 0, text("bread"), text("2.55"), STORAGE_REPLACE));
    }
    assert_int_equal(get_one(fixture->storage, 0, "bread", value), ERR_NOT_FOUND);
}

static void begin__refuses_a_second_writer(void **state)
{
    struct storage_fixture *fixture = *state;
    struct storage_txn first CLEANUP(storage_abort) = {0};
    struct storage_txn second = {0};
    ok(storage_begin(fixture->storage, STORAGE_WRITE, &first));
    assert_int_equal(storage_begin(fixture->storage, STORAGE_WRITE, &second), ERR_BUSY);
    assert_null(second.handle);
}

static void read__sees_one_moment_while_a_writer_commits(void **state)
{
    struct storage_fixture *fixture = *state;
    struct storage_txn reader CLEANUP(storage_abort) = {0};
    struct span value;
    put_one(fixture->storage, 0, "bread", "2.55");
    ok(storage_begin(fixture->storage, STORAGE_READ, &reader));
    put_one(fixture->storage, 0, "bread", "2.75");
    ok(storage_get(&reader, 0, text("bread"), &value));
    assert_true(span_is_equal(value, text("2.55")));
}

static void put__replaces_and_appends_only_at_the_end(void **state)
{
    struct storage_fixture *fixture = *state;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    ok(storage_begin(fixture->storage, STORAGE_WRITE, &txn));
    ok(storage_put(&txn, 0, text("b"), text("1"), STORAGE_APPEND));
    ok(storage_put(&txn, 0, text("b"), text("2"), STORAGE_REPLACE));
    assert_int_equal(storage_put(&txn, 0, text("a"), text("3"), STORAGE_APPEND), ERR_CONFLICT);
    ok(storage_put(&txn, 0, text("c"), text("4"), STORAGE_APPEND));
    ok(storage_get(&txn, 0, text("b"), &value));
    assert_true(span_is_equal(value, text("2")));
}

static void remove__takes_one_and_says_when_there_is_none(void **state)
{
    struct storage_fixture *fixture = *state;
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    put_one(fixture->storage, 0, "bread", "2.55");
    ok(storage_begin(fixture->storage, STORAGE_WRITE, &txn));
    ok(storage_remove(&txn, 0, text("bread")));
    assert_int_equal(storage_remove(&txn, 0, text("bread")), ERR_NOT_FOUND);
    assert_int_equal(storage_get(&txn, 0, text("bread"), &value), ERR_NOT_FOUND);
}

static void values__may_be_large_or_empty(void **state)
{
    struct storage_fixture *fixture = *state;
    static uint8_t large[300000];
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    memset(large, 7, sizeof large);
    ok(storage_begin(fixture->storage, STORAGE_WRITE, &txn));
    ok(storage_put(&txn, 0, text("large"), span_of(large, sizeof large), STORAGE_REPLACE));
    ok(storage_put(&txn, 0, text("empty"), span_of(large, 0), STORAGE_REPLACE));
    ok(storage_commit(&txn));
    ok(storage_begin(fixture->storage, STORAGE_READ, &txn));
    ok(storage_get(&txn, 0, text("large"), &value));
    assert_true(span_is_equal(value, span_of(large, sizeof large)));
    ok(storage_get(&txn, 0, text("empty"), &value));
    assert_int_equal(value.size, 0);
}

struct letters {
    char seen[8];
    size_t count;
    size_t limit;
};

static bool note_letter(void *context, struct span key, struct span value)
{
    struct letters *letters = context;
    (void)value;
    letters->seen[letters->count++] = (char)key.bytes[0];
    return letters->count < letters->limit;
}

static void expect_scan(struct storage storage, const char *from, enum storage_order order, size_t limit,
                        const char *expected)
{
    struct letters letters = {.limit = limit};
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    ok(storage_begin(storage, STORAGE_READ, &txn));
    ok(storage_scan(&txn, 0, text(from), order, note_letter, &letters));
    assert_string_equal(letters.seen, expected);
}

static void scan__goes_in_order_either_way_from_any_key(void **state)
{
    struct storage_fixture *fixture = *state;
    struct storage storage = fixture->storage;
    expect_scan(storage, "", STORAGE_ASCENDING, 7, "");
    expect_scan(storage, "", STORAGE_DESCENDING, 7, "");
    put_one(storage, 0, "d", "");
    put_one(storage, 0, "b", "");
    put_one(storage, 0, "f", "");
    put_one(storage, 1, "c", "");
    expect_scan(storage, "", STORAGE_ASCENDING, 7, "bdf");
    expect_scan(storage, "", STORAGE_DESCENDING, 7, "fdb");
    expect_scan(storage, "d", STORAGE_ASCENDING, 7, "df");
    expect_scan(storage, "c", STORAGE_ASCENDING, 7, "df");
    expect_scan(storage, "d", STORAGE_DESCENDING, 7, "db");
    expect_scan(storage, "e", STORAGE_DESCENDING, 7, "db");
    expect_scan(storage, "z", STORAGE_DESCENDING, 7, "fdb");
    expect_scan(storage, "z", STORAGE_ASCENDING, 7, "");
    expect_scan(storage, "a", STORAGE_DESCENDING, 7, "");
    expect_scan(storage, "", STORAGE_ASCENDING, 2, "bd");
}

/* Fills it up; returns how many values of 20 kB were committed before ERR_FULL. */
static int fill_up(struct storage storage)
{
    static uint8_t block[20000];
    for (int count = 0; count < 10000; count++) {
        char key[2] = {(char)('A' + count / 100), (char)('A' + count % 100)};
        struct storage_txn txn CLEANUP(storage_abort) = {0};
        enum err error = storage_begin(storage, STORAGE_WRITE, &txn);
        if (error == ERR_OK)
            error = storage_put(&txn, 0, span_of(key, 2), span_of(block, sizeof block), STORAGE_REPLACE);
        if (error == ERR_OK)
            error = storage_commit(&txn);
        if (error != ERR_OK) {
            assert_int_equal(error, ERR_FULL);
            return count;
        }
    }
    fail_msg("never full");
    return 0;
}

static void full__stores_nothing_and_is_usable_after_removing(void **state)
{
    struct storage_fixture *fixture = *state;
    char value[16];
    put_one(fixture->storage, 1, "bread", "2.55");
    int count = fill_up(fixture->storage);
    assert_true(count > 2);
    ok(get_one(fixture->storage, 1, "bread", value));
    struct storage_usage usage;
    ok(storage_get_usage(fixture->storage, &usage));
    assert_true(usage.used_bytes <= usage.capacity_bytes);
    assert_true(usage.used_bytes > usage.capacity_bytes / 10 * 9);
    struct storage_txn txn = {0};
    ok(storage_begin(fixture->storage, STORAGE_WRITE, &txn));
    ok(storage_remove(&txn, 0, text("AA")));
    ok(storage_remove(&txn, 0, text("AB")));
    ok(storage_commit(&txn));
    put_one(fixture->storage, 1, "milk", "1.05"); /* LMDB frees pages with the commit after the next */
    put_one(fixture->storage, 1, "milk", "1.06");
    struct storage_usage after;
    ok(storage_get_usage(fixture->storage, &after));
    assert_true(after.used_bytes < usage.used_bytes);
}

int storage_suite_run(int (*setup)(void **state), int (*teardown)(void **state))
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(get__finds_what_was_committed_also_after_a_restart),
        CASE(tables__do_not_mix),
        CASE(abort__leaves_no_trace),
        CASE(begin__refuses_a_second_writer),
        CASE(read__sees_one_moment_while_a_writer_commits),
        CASE(put__replaces_and_appends_only_at_the_end),
        CASE(remove__takes_one_and_says_when_there_is_none),
        CASE(values__may_be_large_or_empty),
        CASE(scan__goes_in_order_either_way_from_any_key),
        CASE(full__stores_nothing_and_is_usable_after_removing),
    };
#undef CASE
    return cmocka_run_group_tests_name("storage", tests, NULL, NULL);
}
