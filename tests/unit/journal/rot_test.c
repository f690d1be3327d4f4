/* SPDX-License-Identifier: Apache-2.0 */
/* Bit rot and bad sectors on the file itself, LMDB's own pages included. Whatever is damaged: this process
 * lives, and no record is served that is not the one that was written. (A damaged newest meta page makes LMDB
 * fall back to the commit before it: then the last sale is missing here, which only the hub's mark can tell.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/rot.h"
#include "journal_fixture.h"

#define RECORDS 150
#define CASES   250 /* of each kind */

static struct rot_file file;

struct tally {
    unsigned refused;  /* at the opening of the storage or the journal */
    unsigned reported; /* by journal_verify */
    unsigned harmless;
};

static void data_path(struct journal_fixture *fixture, char out[128])
{
    folder_join(&fixture->folder, "journal/data.mdb", out);
}

/* Every record is the right one or an error; all right: 0 or 1 missing at the end. Returns whether none was
 * an error. */
static bool read_all(struct journal_fixture *fixture, struct journal *journal)
{
    static uint8_t bytes[4096];
    bool is_whole = true;
    uint64_t last = journal_next_seq(journal) - 1;
    for (uint64_t seq = 1; seq <= last; seq++) {
        struct journal_record record;
        enum err error = journal_read(journal, seq, bytes, sizeof bytes, &record);
        if (error == ERR_OK)
            assert_true(span_is_equal(record.bytes, fixture_record(fixture, seq)));
        else
            is_whole = false;
    }
    return is_whole && (last == RECORDS || last == RECORDS - 1);
}

static void use_damaged(struct journal_fixture *fixture, struct tally *tally)
{
    char path[128];
    folder_join(&fixture->folder, "journal", path);
    struct lmdb_options options = {.path = path,
                                   .tables = journal_tables,
                                   .table_count = JOURNAL_TABLE_COUNT,
                                   .map_size_bytes = fixture->map_size_bytes,
                                   .random = seed_as_random(&fixture->seed)};
    struct journal_settings settings = {.random = seed_as_random(&fixture->seed)};
    struct lmdb_storage *lmdb CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    struct journal_report report;
    if (lmdb_storage_open(&options, &lmdb) != ERR_OK ||
        journal_open(lmdb_storage_as_storage(lmdb), &settings, &journal) != ERR_OK) {
        tally->refused++;
        return;
    }
    bool is_whole = read_all(fixture, journal);
    enum err verdict = journal_verify(lmdb_storage_as_storage(lmdb), &report);
    assert_true(verdict == ERR_OK || verdict == ERR_CORRUPT);
    if (verdict == ERR_OK) {
        assert_true(is_whole);
        tally->harmless++;
    } else {
        tally->reported++;
    }
}

static void journal__never_serves_what_was_not_written_from_a_rotten_file(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_append_many(fixture, 1, RECORDS);
    fixture_close(fixture);
    char path[128];
    data_path(fixture, path);
    rot_load(&file, path);
    for (size_t kind = 0; kind < COUNT_OF(rot_kinds); kind++) {
        struct tally tally = {0};
        for (unsigned i = 0; i < CASES; i++) {
            rot_begin(&file);
            rot_store(&file, path, rot_kinds[kind].rot(&file, &fixture->seed));
            use_damaged(fixture, &tally);
        }
        printf("%-14s refused %3u, reported %3u, harmless (free page or slack) %3u\n", rot_kinds[kind].name,
               tally.refused, tally.reported, tally.harmless);
        assert_true(tally.refused + tally.reported > 0);
    }
    rot_begin(&file);
    rot_store(&file, path, file.size);
    fixture_open(fixture); /* the teardown closes it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(journal__never_serves_what_was_not_written_from_a_rotten_file,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
