/* SPDX-License-Identifier: Apache-2.0 */
/* P6: whatever becomes of the journal's file, its owner lives, serves no record that was not written, and goes
 * on within seconds; what the hub may not have is carried into a new incarnation, and no receipt number is given
 * twice.
 *
 * usage: test_snapshot_rebuild [--cases N]   of each of six kinds of damage; KASSA_SEED names the first */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/rot.h"
#include "harness/seed.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

#define RECORDS      120
#define ACKNOWLEDGED 40
#define SNAPSHOT_AT  60
#define MAP_SIZE     (4 * 1024 * 1024)
#define NOW_MS       INT64_C(1795262400000)
#define SECONDS_MAX  5.0

static unsigned cases_of_each = 60;

struct world {
    struct folder folder;
    struct seed seed;
    char journal[128];
    char snapshot[128];
    char data[160];
    uint64_t incarnation;
};

static struct rot_file file;
static uint8_t bytes[RECORD_SIZE_MAX];

static struct span record_of(uint64_t n)
{
    static uint8_t record[1200];
    struct seed seed = {n};
    size_t size = 100 + (size_t)(n * 37 % 1000);
    for (size_t i = 0; i < size; i++)
        record[i] = (uint8_t)seed_next(&seed);
    memcpy(record, &n, sizeof n);
    return span_of(record, size);
}

static enum err append(struct journal *journal, uint64_t n)
{
    uint8_t digest[HASH_SIZE] = {1};
    char key[32];
    uint64_t seq;
    struct journal_entry entry = {.bytes = record_of(n),
                                  .unix_ms = NOW_MS + (int64_t)n,
                                  .takes_receipt = true,
                                  .key =
                                      span_of(key, (size_t)snprintf(key, sizeof key, "key-%u", (unsigned)n)),
                                  .digest = digest};
    return journal_append(journal, &entry, 1, &seq);
}

static struct snapshot_guard guard_of(struct world *world)
{
    struct snapshot_guard guard = {
        .path = world->snapshot, .random = seed_as_random(&world->seed), .unix_ms = NOW_MS};
    return guard;
}

static enum err open_storage(struct world *world, struct snapshot_guard *guard, struct lmdb_storage **out)
{
    const struct lmdb_options options = {.path = world->journal,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .random = seed_as_random(&world->seed),
                                         .check = &guard->check,
                                         .rebuild = &guard->rebuild};
    return lmdb_storage_open(&options, out);
}

static void write_snapshot(struct world *world, struct lmdb_storage *storage)
{
    struct archive_summary summary;
    const struct archive_others none = {0};
    ok(snapshot_write(lmdb_storage_as_storage(storage), &none, world->snapshot, NOW_MS, &summary));
    assert_int_equal(summary.record_count, SNAPSHOT_AT);
}

static void make_journal(struct world *world)
{
    struct snapshot_guard guard = guard_of(world);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    const struct journal_settings settings = {.random = seed_as_random(&world->seed)};
    uint8_t hash[HASH_SIZE];
    snapshot_guard_init(&guard);
    ok(open_storage(world, &guard, &storage));
    ok(journal_open(lmdb_storage_as_storage(storage), &settings, &journal));
    for (uint64_t n = 1; n <= RECORDS; n++) {
        ok(append(journal, n));
        if (n == SNAPSHOT_AT)
            write_snapshot(world, storage);
    }
    ok(journal_hash_at(journal, ACKNOWLEDGED, hash));
    ok(journal_acknowledge(journal, ACKNOWLEDGED, hash));
    world->incarnation = journal_incarnation(journal);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    ok(vault_open());
    world->folder = folder_make();
    world->seed = seed_of_environment();
    folder_join(&world->folder, "journal", world->journal);
    folder_join(&world->folder, "journal.snapshot", world->snapshot);
    (void)snprintf(world->data, sizeof world->data, "%s/data.mdb", world->journal);
    make_journal(world);
    rot_load(&file, world->data);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    folder_remove(&world->folder);
    free(world);
    return 0;
}

static void forget_bad(const struct world *world)
{
    char path[192];
    (void)snprintf(path, sizeof path, "%s.bad-1/data.mdb", world->journal);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s.bad-1", world->journal);
    (void)rmdir(path);
}

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct tally {
    unsigned rebuilt;
    unsigned harmless;
    uint64_t served;
    double slowest_s;
};

/* Every record that is read is one that was written, by its number in its first bytes. */
static uint64_t read_all(struct journal *journal)
{
    struct journal_stats stats;
    uint64_t served = 0;
    ok(journal_get_stats(journal, &stats));
    for (uint32_t g = 1; g <= stats.generation; g++) {
        struct journal_generation range;
        if (journal_get_generation(journal, g, &range) != ERR_OK)
            continue;
        for (uint64_t seq = range.first_seq; seq <= range.last_seq; seq++, served++) {
            struct journal_record record;
            uint64_t n = 0;
            ok(journal_read_generation(journal, g, seq, bytes, sizeof bytes, &record));
            memcpy(&n, record.bytes.bytes, sizeof n);
            assert_true(n >= 1 && n <= RECORDS + 1);
            assert_true(span_is_equal(record.bytes, record_of(n)));
        }
    }
    return served;
}

static void expect_gone_on(struct world *world, struct journal *journal, const struct snapshot_guard *guard)
{
    struct journal_stats stats;
    assert_int_not_equal(journal_incarnation(journal), world->incarnation);
    assert_true(journal_next_receipt(journal) > RECORDS);
    ok(journal_get_stats(journal, &stats));
    assert_int_equal(stats.newest.last_seq, guard->rebuilt.carried_count);
    assert_true(guard->rebuilt.carried_count >= SNAPSHOT_AT - ACKNOWLEDGED); /* the snapshot has them */
}

static void use_damaged(struct world *world, struct tally *tally)
{
    struct snapshot_guard guard = guard_of(world);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    const struct journal_settings settings = {.random = seed_as_random(&world->seed)};
    struct journal_report report;
    double begin = now_s();
    snapshot_guard_init(&guard);
    ok(open_storage(world, &guard, &storage));
    ok(journal_open(lmdb_storage_as_storage(storage), &settings, &journal));
    double seconds = now_s() - begin;
    tally->slowest_s = seconds > tally->slowest_s ? seconds : tally->slowest_s;
    tally->served += read_all(journal);
    if (guard.was_rebuilt)
        expect_gone_on(world, journal, &guard);
    else
        assert_int_equal(journal_next_seq(journal), RECORDS + 1); /* nothing that counts was hit */
    tally->rebuilt += guard.was_rebuilt ? 1 : 0;
    tally->harmless += guard.was_rebuilt ? 0 : 1;
    ok(append(journal, RECORDS + 1));
    ok(journal_verify(lmdb_storage_as_storage(storage), &report));
}

static void snapshot_guard__lives_and_goes_on_whatever_the_disk_did(void **state)
{
    struct world *world = *state;
    struct tally all = {0};
    unsigned cases = 0;
    for (size_t kind = 0; kind < ROT_KINDS; kind++) {
        struct tally tally = {0};
        for (unsigned i = 0; i < cases_of_each; i++, cases++) {
            rot_begin(&file);
            rot_store(&file, world->data, rot_kinds[kind].rot(&file, &world->seed));
            use_damaged(world, &tally);
            forget_bad(world);
        }
        printf("%-14s rebuilt %4u, harmless (free page or slack) %4u, slowest %.3f s\n", rot_kinds[kind].name,
               tally.rebuilt, tally.harmless, tally.slowest_s);
        assert_true(tally.rebuilt > 0);
        all.rebuilt += tally.rebuilt;
        all.served += tally.served;
        all.slowest_s = tally.slowest_s > all.slowest_s ? tally.slowest_s : all.slowest_s;
    }
    printf(
        "P6: %u damaged files of %zu kinds, %u rebuilt, 0 owners died, %llu records served, 0 of them wrong, "
        "slowest opening %.3f s\n",
        cases, (size_t)ROT_KINDS, all.rebuilt, (unsigned long long)all.served, all.slowest_s);
    assert_true(all.slowest_s <= SECONDS_MAX);
}

static void snapshot_guard__carries_all_that_the_hub_may_not_have(void **state)
{
    struct world *world = *state;
    struct snapshot_guard guard = guard_of(world);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    const struct journal_settings settings = {.random = seed_as_random(&world->seed)};
    rot_begin(&file);
    memset(file.damaged, 0, (size_t)2 * ROT_PAGE_SIZE); /* both meta pages: LMDB sees nothing any more */
    assert_int_equal(unlink(world->snapshot), 0);
    rot_store(&file, world->data, file.size);
    snapshot_guard_init(&guard);
    ok(open_storage(world, &guard, &storage));
    ok(journal_open(lmdb_storage_as_storage(storage), &settings, &journal));
    assert_int_equal(lmdb_storage_get_loss(storage), LMDB_LOSS_DAMAGED);
    assert_int_equal(guard.rebuilt.carried_count, RECORDS - ACKNOWLEDGED);
    for (uint64_t seq = 1; seq <= RECORDS - ACKNOWLEDGED; seq++) {
        struct journal_record record;
        ok(journal_read(journal, seq, bytes, sizeof bytes, &record));
        assert_true(span_is_equal(record.bytes, record_of(ACKNOWLEDGED + seq)));
        assert_int_equal(record.receipt, ACKNOWLEDGED + seq);
    }
    assert_int_equal(append(journal, RECORDS), ERR_EXISTS); /* its key is known, too */
    assert_int_equal(journal_next_receipt(journal), RECORDS + JOURNAL_RECEIPTS_SKIPPED + 1);
}

int main(int argc, char **argv)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(snapshot_guard__carries_all_that_the_hub_may_not_have),
        CASE(snapshot_guard__lives_and_goes_on_whatever_the_disk_did),
    };
    if (argc == 3 && strcmp(argv[1], "--cases") == 0)
        cases_of_each = (unsigned)strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
