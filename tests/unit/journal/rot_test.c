/* SPDX-License-Identifier: Apache-2.0 */
/* Bit rot and bad sectors on the file itself, LMDB's own pages included. Whatever is damaged: this process
 * lives, and no record is served that is not the one that was written. (A damaged newest meta page makes LMDB
 * fall back to the commit before it: then the last sale is missing here, which only the hub's mark can tell.)
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"

#define RECORDS     150
#define CASES       250 /* of each kind */
#define SECTOR_SIZE 512
#define PAGE_SIZE   4096
#define FILE_MAX    (2 * 1024 * 1024)

static uint8_t original[FILE_MAX];
static uint8_t damaged[FILE_MAX];

static size_t rot_bit(struct seed *seed, size_t size)
{
    damaged[seed_below(seed, size)] ^= (uint8_t)(1u << seed_below(seed, 8));
    return size;
}

static size_t rot_byte(struct seed *seed, size_t size)
{
    damaged[seed_below(seed, size)] = (uint8_t)seed_next(seed);
    return size;
}

static size_t rot_sector(struct seed *seed, size_t size)
{
    memset(damaged + seed_below(seed, size / SECTOR_SIZE) * SECTOR_SIZE, 0, SECTOR_SIZE);
    return size;
}

static size_t rot_page(struct seed *seed, size_t size)
{
    memset(damaged + seed_below(seed, size / PAGE_SIZE) * PAGE_SIZE, 0, PAGE_SIZE);
    return size;
}

static size_t rot_swap(struct seed *seed, size_t size)
{
    size_t a = (size_t)seed_below(seed, size / PAGE_SIZE) * PAGE_SIZE;
    size_t b = (size_t)seed_below(seed, size / PAGE_SIZE) * PAGE_SIZE;
    memcpy(damaged + a, original + b, PAGE_SIZE);
    memcpy(damaged + b, original + a, PAGE_SIZE);
    return size;
}

static size_t rot_cut(struct seed *seed, size_t size)
{
    return (size_t)seed_below(seed, size);
}

static const struct {
    const char *name;
    size_t (*rot)(struct seed *seed, size_t size);
} kinds[] = {{"bit flipped", rot_bit},  {"byte replaced", rot_byte}, {"sector zeroed", rot_sector},
             {"page zeroed", rot_page}, {"pages swapped", rot_swap}, {"cut short", rot_cut}};

struct tally {
    unsigned refused;  /* at the opening of the storage or the journal */
    unsigned reported; /* by journal_verify */
    unsigned harmless;
};

static void data_path(struct journal_fixture *fixture, char out[128])
{
    folder_join(&fixture->folder, "journal/data.mdb", out);
}

static size_t load_original(struct journal_fixture *fixture)
{
    char path[128];
    data_path(fixture, path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, original, sizeof original);
    assert_int_equal(close(fd), 0);
    assert_true(size > 10 * PAGE_SIZE && size < FILE_MAX);
    return (size_t)size;
}

static void store_damaged(struct journal_fixture *fixture, size_t size)
{
    char path[128];
    data_path(fixture, path);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, damaged, size), (ssize_t)size);
    assert_int_equal(close(fd), 0);
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
    size_t size = load_original(fixture);
    for (size_t kind = 0; kind < COUNT_OF(kinds); kind++) {
        struct tally tally = {0};
        for (unsigned i = 0; i < CASES; i++) {
            memcpy(damaged, original, size);
            store_damaged(fixture, kinds[kind].rot(&fixture->seed, size));
            use_damaged(fixture, &tally);
        }
        printf("%-14s refused %3u, reported %3u, harmless (free page or slack) %3u\n", kinds[kind].name,
               tally.refused, tally.reported, tally.harmless);
        assert_true(tally.refused + tally.reported > 0);
    }
    memcpy(damaged, original, size);
    store_damaged(fixture, size);
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
