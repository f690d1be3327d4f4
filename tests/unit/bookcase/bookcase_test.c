/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "bookcase/bookcase.h"
#include "harness/faulty_storage.h"
#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"

#define BOOK_SIZE (3 * BOOK_CHUNK_SIZE + 100) /* four chunks, the last a short one */

static const struct span nothing = {NULL, 0};

struct fixture {
    struct folder folder;
    struct seed seed;
    struct lmdb_storage *lmdb;
    struct faulty_storage faulty;
    struct bookcase *bookcase;
    uint8_t buffer[BOOK_SIZE_MAX];
};

static void open_bookcase(struct fixture *fixture)
{
    static const char *const tables[] = {BOOKCASE_TABLES};
    char path[128];
    folder_join(&fixture->folder, "cache", path);
    struct lmdb_options options = {.path = path,
                                   .tables = tables,
                                   .table_count = BOOKCASE_TABLE_COUNT,
                                   .map_size_bytes = 64 * 1024 * 1024,
                                   .random = seed_as_random(&fixture->seed)};
    ok(lmdb_storage_open(&options, &fixture->lmdb));
    fixture->faulty = (struct faulty_storage){.inner = lmdb_storage_as_storage(fixture->lmdb)};
    ok(bookcase_open(faulty_storage_as_storage(&fixture->faulty), 0, &fixture->bookcase));
}

static void restart(struct fixture *fixture)
{
    bookcase_close(TAKE(fixture->bookcase));
    lmdb_storage_close(TAKE(fixture->lmdb));
    open_bookcase(fixture);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    fixture->folder = folder_make();
    fixture->seed = seed_of_environment();
    open_bookcase(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    bookcase_close(fixture->bookcase);
    lmdb_storage_close(fixture->lmdb);
    folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

static struct book_copy copy_of(uint64_t version)
{
    struct book_copy copy = {.version = version, .size = BOOK_SIZE};
    memset(copy.hash, (int)version, HASH_SIZE);
    return copy;
}

static enum err put_chunk(struct fixture *fixture, uint64_t version, uint32_t index)
{
    static uint8_t chunk[BOOK_CHUNK_SIZE];
    size_t size = index == 3 ? 100 : BOOK_CHUNK_SIZE;
    memset(chunk, (int)(version * 16 + index), size);
    return bookcase_put_chunk(fixture->bookcase, index, span_of(chunk, size));
}

static void receive(struct fixture *fixture, uint64_t version)
{
    struct book_copy copy = copy_of(version);
    ok(bookcase_receive(fixture->bookcase, &copy));
    for (uint32_t i = 0; i < 4; i++)
        ok(put_chunk(fixture, version, i));
}

static void expect_book(struct fixture *fixture, enum bookcase_which which, uint64_t version)
{
    assert_int_equal(bookcase_get(fixture->bookcase, which).version, version);
    ok(bookcase_read(fixture->bookcase, which, fixture->buffer, sizeof fixture->buffer));
    for (size_t i = 0; i < BOOK_SIZE; i += 97)
        assert_int_equal(fixture->buffer[i], version * 16 + i / BOOK_CHUNK_SIZE);
}

static void bookcase_activate__puts_a_whole_book_in_force_and_keeps_the_one_before(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(bookcase_get(fixture->bookcase, BOOKCASE_ACTIVE).version, 0);
    assert_int_equal(bookcase_read(fixture->bookcase, BOOKCASE_ACTIVE, fixture->buffer, 1), ERR_NOT_FOUND);
    assert_int_equal(bookcase_activate(fixture->bookcase, nothing), ERR_STATE);
    receive(fixture, 3);
    assert_int_equal(bookcase_get(fixture->bookcase, BOOKCASE_ACTIVE).version, 0);
    expect_book(fixture, BOOKCASE_INCOMING, 3);
    ok(bookcase_activate(fixture->bookcase, nothing));
    receive(fixture, 5);
    expect_book(fixture, BOOKCASE_ACTIVE, 3);
    ok(bookcase_activate(fixture->bookcase, nothing));
    restart(fixture);
    expect_book(fixture, BOOKCASE_ACTIVE, 5);
    expect_book(fixture, BOOKCASE_BEFORE, 3);
    assert_int_equal(bookcase_version_max(fixture->bookcase), 5);
    assert_int_equal(bookcase_read(fixture->bookcase, BOOKCASE_ACTIVE, fixture->buffer, BOOK_SIZE - 1),
                     ERR_TOO_LONG);
}

static void bookcase_receive__goes_on_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct book_copy copy = copy_of(3);
    uint32_t missing = 99;
    ok(bookcase_receive(fixture->bookcase, &copy));
    ok(put_chunk(fixture, 3, 0));
    ok(put_chunk(fixture, 3, 2));
    restart(fixture);
    ok(bookcase_receive(fixture->bookcase, &copy));
    ok(bookcase_next_missing(fixture->bookcase, 0, &missing));
    assert_int_equal(missing, 1);
    ok(bookcase_next_missing(fixture->bookcase, 2, &missing));
    assert_int_equal(missing, 3);
    assert_int_equal(bookcase_activate(fixture->bookcase, nothing), ERR_GAP);
    assert_int_equal(bookcase_read(fixture->bookcase, BOOKCASE_INCOMING, fixture->buffer, BOOK_SIZE),
                     ERR_NOT_FOUND);
    ok(put_chunk(fixture, 3, 3));
    ok(put_chunk(fixture, 3, 1));
    assert_int_equal(bookcase_next_missing(fixture->bookcase, 0, &missing), ERR_NOT_FOUND);
    ok(bookcase_activate(fixture->bookcase, nothing));
    expect_book(fixture, BOOKCASE_ACTIVE, 3);
}

static void bookcase_receive__of_another_book_drops_the_half_one(void **state)
{
    struct fixture *fixture = *state;
    struct book_copy copy = copy_of(3);
    uint32_t missing = 99;
    ok(bookcase_receive(fixture->bookcase, &copy));
    ok(put_chunk(fixture, 3, 0));
    copy = copy_of(4);
    ok(bookcase_receive(fixture->bookcase, &copy));
    ok(bookcase_next_missing(fixture->bookcase, 0, &missing));
    assert_int_equal(missing, 0);
    copy.hash[0] ^= 1; /* the same version with other content is another book */
    ok(put_chunk(fixture, 4, 0));
    ok(bookcase_receive(fixture->bookcase, &copy));
    ok(bookcase_next_missing(fixture->bookcase, 0, &missing));
    assert_int_equal(missing, 0);
}

static void bookcase_receive__takes_a_version_anew_in_the_place_of_its_copy(void **state)
{
    struct fixture *fixture = *state;
    receive(fixture, 3);
    ok(bookcase_activate(fixture->bookcase, nothing));
    receive(fixture, 5);
    ok(bookcase_activate(fixture->bookcase, nothing));
    receive(fixture, 5); /* which versions may come is trust's to judge */
    ok(bookcase_activate(fixture->bookcase, nothing));
    restart(fixture);
    expect_book(fixture, BOOKCASE_ACTIVE, 5);
    expect_book(fixture, BOOKCASE_BEFORE, 3);
    receive(fixture, 4);
    ok(bookcase_activate(fixture->bookcase, nothing));
    expect_book(fixture, BOOKCASE_ACTIVE, 4);
    assert_int_equal(bookcase_version_max(fixture->bookcase), 5);
}

static void bookcase_receive__refuses_what_has_no_version_or_size(void **state)
{
    struct fixture *fixture = *state;
    struct book_copy copy = copy_of(0);
    assert_int_equal(bookcase_receive(fixture->bookcase, &copy), ERR_RANGE);
    copy = copy_of(6);
    copy.size = 0;
    assert_int_equal(bookcase_receive(fixture->bookcase, &copy), ERR_RANGE);
    copy.size = BOOK_SIZE_MAX + 1;
    assert_int_equal(bookcase_receive(fixture->bookcase, &copy), ERR_RANGE);
}

static void bookcase_put_chunk__takes_only_chunks_of_the_book(void **state)
{
    struct fixture *fixture = *state;
    struct book_copy copy = copy_of(3);
    assert_int_equal(put_chunk(fixture, 3, 0), ERR_STATE);
    ok(bookcase_receive(fixture->bookcase, &copy));
    assert_int_equal(bookcase_put_chunk(fixture->bookcase, 4, span_of(fixture->buffer, 100)), ERR_RANGE);
    assert_int_equal(bookcase_put_chunk(fixture->bookcase, 3, span_of(fixture->buffer, 101)), ERR_RANGE);
    assert_int_equal(bookcase_put_chunk(fixture->bookcase, 0, span_of(fixture->buffer, 100)), ERR_RANGE);
    assert_int_equal(bookcase_put_chunk(fixture->bookcase, UINT32_MAX, span_of(fixture->buffer, 0)),
                     ERR_RANGE);
}

static void bookcase_fall_back__puts_the_one_before_in_force_and_counts_from_the_highest(void **state)
{
    struct fixture *fixture = *state;
    receive(fixture, 3);
    ok(bookcase_activate(fixture->bookcase, nothing));
    assert_int_equal(bookcase_fall_back(fixture->bookcase, nothing), ERR_NOT_FOUND);
    receive(fixture, 5);
    assert_int_equal(bookcase_fall_back(fixture->bookcase, nothing),
                     ERR_NOT_FOUND); /* what is received is not the one before */
    ok(bookcase_activate(fixture->bookcase, nothing));
    ok(bookcase_fall_back(fixture->bookcase, nothing));
    restart(fixture);
    expect_book(fixture, BOOKCASE_ACTIVE, 3);
    assert_int_equal(bookcase_version_max(fixture->bookcase), 5);
}

static void bookcase__holds_the_largest_book(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t chunk[BOOK_CHUNK_SIZE];
    struct book_copy copy = {.version = 1, .size = BOOK_SIZE_MAX};
    ok(bookcase_receive(fixture->bookcase, &copy));
    for (uint32_t i = 0; i < BOOKCASE_CHUNKS_MAX; i++) {
        memset(chunk, (int)(i & 0xff), sizeof chunk);
        ok(bookcase_put_chunk(fixture->bookcase, i, span_of(chunk, sizeof chunk)));
    }
    ok(bookcase_activate(fixture->bookcase, nothing));
    ok(bookcase_read(fixture->bookcase, BOOKCASE_ACTIVE, fixture->buffer, sizeof fixture->buffer));
    assert_int_equal(fixture->buffer[BOOK_SIZE_MAX - 1], (BOOKCASE_CHUNKS_MAX - 1) & 0xff);
}

static enum err renew(struct fixture *fixture, uint64_t version)
{
    struct book_copy copy = copy_of(version);
    TRY(bookcase_receive(fixture->bookcase, &copy));
    for (uint32_t i = 0; i < 4; i++)
        TRY(put_chunk(fixture, version, i));
    return bookcase_activate(fixture->bookcase, nothing);
}

static void bookcase__has_the_old_or_the_new_book_at_each_fault(void **state)
{
    struct fixture *fixture = *state;
    const enum fault faults[] = {FAULT_IO, FAULT_IO_COMMITTED, FAULT_FULL};
    uint64_t version = 1;
    unsigned failures = 0;
    receive(fixture, version);
    ok(bookcase_activate(fixture->bookcase, nothing));
    for (size_t kind = 0; kind < COUNT_OF(faults); kind++) {
        for (uint64_t k = 1; k <= 30; k++) {
            fixture->faulty.fault = faults[kind];
            fixture->faulty.count = 0;
            fixture->faulty.fail_at = k;
            enum err error = renew(fixture, version + 1);
            fixture->faulty.fail_at = 0;
            restart(fixture);
            version += error == ERR_OK ? 1 : 0;
            failures += error != ERR_OK ? 1 : 0;
            assert_int_equal(bookcase_get(fixture->bookcase, BOOKCASE_ACTIVE).version, version);
            assert_int_equal(bookcase_version_max(fixture->bookcase), version);
            ok(bookcase_read(fixture->bookcase, BOOKCASE_ACTIVE, fixture->buffer, sizeof fixture->buffer));
            assert_int_equal(fixture->buffer[BOOK_SIZE - 1], (uint8_t)(version * 16 + 3));
        }
    }
    assert_true(failures > 20);
}

static void bookcase_next_missing__counts_a_damaged_chunk_as_missing(void **state)
{
    struct fixture *fixture = *state;
    uint32_t missing = 99;
    static uint8_t junk[4 + BOOK_CHUNK_SIZE];
    receive(fixture, 3);
    struct storage_txn txn = {0};
    ok(storage_begin(lmdb_storage_as_storage(fixture->lmdb), STORAGE_WRITE, &txn));
    ok(storage_put(&txn, 0, span_of("\2\0\0\0\2", 5), span_of(junk, sizeof junk), STORAGE_REPLACE));
    ok(storage_commit(&txn));
    ok(bookcase_next_missing(fixture->bookcase, 0, &missing));
    assert_int_equal(missing, 2);
    assert_int_equal(bookcase_read(fixture->bookcase, BOOKCASE_INCOMING, fixture->buffer, BOOK_SIZE),
                     ERR_CORRUPT);
    assert_int_equal(bookcase_activate(fixture->bookcase, nothing), ERR_GAP);
    ok(put_chunk(fixture, 3, 2));
    ok(bookcase_activate(fixture->bookcase, nothing));
}

static void bookcase_fall_back__is_done_once_and_leaves_what_is_being_received(void **state)
{
    struct fixture *fixture = *state;
    receive(fixture, 3);
    ok(bookcase_activate(fixture->bookcase, nothing));
    receive(fixture, 5);
    ok(bookcase_activate(fixture->bookcase, nothing));
    receive(fixture, 7);
    expect_book(fixture, BOOKCASE_BEFORE, 3); /* two generations, while the third comes */
    ok(bookcase_fall_back(fixture->bookcase, nothing));
    assert_int_equal(bookcase_fall_back(fixture->bookcase, nothing), ERR_NOT_FOUND); /* 5 was bad */
    restart(fixture);
    assert_int_equal(bookcase_fall_back(fixture->bookcase, nothing), ERR_NOT_FOUND);
    expect_book(fixture, BOOKCASE_ACTIVE, 3);
    expect_book(fixture, BOOKCASE_INCOMING, 7);
    ok(bookcase_activate(fixture->bookcase, nothing));
    expect_book(fixture, BOOKCASE_ACTIVE, 7);
    ok(bookcase_fall_back(fixture->bookcase, nothing));
    expect_book(fixture, BOOKCASE_ACTIVE, 3);
}

static void expect_trust(struct fixture *fixture, const char *text)
{
    static uint8_t trust[BOOKCASE_TRUST_MAX];
    size_t size = 99;
    ok(bookcase_get_trust(fixture->bookcase, trust, &size));
    assert_int_equal(size, strlen(text));
    assert_memory_equal(trust, text, size);
}

static void bookcase_activate__remembers_trust_in_the_same_step(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t base = 2;
    expect_trust(fixture, "");
    receive(fixture, 3);
    ok(bookcase_activate(fixture->bookcase, span_of_text("root 1")));
    restart(fixture);
    expect_trust(fixture, "root 1");
    ok(bookcase_put_trust(fixture->bookcase, span_of_text("root 2"), NULL));
    assert_int_equal(bookcase_version_max(fixture->bookcase), 3);
    ok(bookcase_put_trust(fixture->bookcase, span_of_text("root 3"), &base)); /* counted anew */
    restart(fixture);
    expect_trust(fixture, "root 3");
    assert_int_equal(bookcase_version_max(fixture->bookcase), 2);
    receive(fixture, 4);
    for (uint64_t k = 1; k <= 8; k++) { /* either both or none of it */
        fixture->faulty.fault = FAULT_IO;
        fixture->faulty.count = 0;
        fixture->faulty.fail_at = k;
        enum err error = bookcase_activate(fixture->bookcase, span_of_text("root 4"));
        fixture->faulty.fail_at = 0;
        restart(fixture);
        bool is_done = bookcase_get(fixture->bookcase, BOOKCASE_ACTIVE).version == 4;
        expect_trust(fixture, is_done ? "root 4" : "root 3");
        assert_true(is_done || error != ERR_OK);
        if (is_done)
            break;
    }
    static uint8_t long_one[BOOKCASE_TRUST_MAX + 1];
    assert_int_equal(bookcase_put_trust(fixture->bookcase, span_of(long_one, sizeof long_one), NULL),
                     ERR_TOO_LONG);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(bookcase_activate__puts_a_whole_book_in_force_and_keeps_the_one_before),
        CASE(bookcase_receive__goes_on_after_a_restart),
        CASE(bookcase_receive__of_another_book_drops_the_half_one),
        CASE(bookcase_receive__takes_a_version_anew_in_the_place_of_its_copy),
        CASE(bookcase_receive__refuses_what_has_no_version_or_size),
        CASE(bookcase_put_chunk__takes_only_chunks_of_the_book),
        CASE(bookcase_fall_back__puts_the_one_before_in_force_and_counts_from_the_highest),
        CASE(bookcase__holds_the_largest_book),
        CASE(bookcase__has_the_old_or_the_new_book_at_each_fault),
        CASE(bookcase_fall_back__is_done_once_and_leaves_what_is_being_received),
        CASE(bookcase_activate__remembers_trust_in_the_same_step),
        CASE(bookcase_next_missing__counts_a_damaged_chunk_as_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
