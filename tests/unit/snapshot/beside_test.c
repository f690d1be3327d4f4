/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot is made beside a till that sells, acknowledges and trims meanwhile: between any two of its steps, and by
 * another process. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

#define MAP_SIZE            (64 * 1024 * 1024)
#define SNAPSHOTS           100
#define KEPT                300 /* records of a till that trims all the time */
#define TRIM_AT_ONCE        3
#define RECORD_BIG          20000
#define NEW_GENERATION_EACH 700

struct places {
    struct folder folder;
    char journal[128];
    char snapshot[128];
};

static enum err open_journal(const struct places *places, struct random random, enum lmdb_access access,
                             struct lmdb_storage **out)
{
    const struct lmdb_options options = {.path = places->journal,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .access = access,
                                         .random = random};
    return lmdb_storage_open(&options, out);
}

static enum err sell(struct journal *journal, struct seed *seed, uint64_t n)
{
    static uint8_t bytes[RECORD_BIG];
    uint64_t seq = 0;
    size_t size = seed_below(seed, 8) == 0 ? 1 + seed_below(seed, sizeof bytes) : 1 + seed_below(seed, 700);
    memset(bytes, (int)(n & 0xff), size);
    const struct journal_entry entry = {
        .bytes = span_of(bytes, size), .unix_ms = (int64_t)n, .takes_receipt = true};
    return journal_append(journal, &entry, 1, &seq);
}

static enum err acknowledge_and_trim(struct journal *journal, uint64_t n)
{
    uint8_t hash[HASH_SIZE];
    size_t count = 0;
    uint64_t seq = journal_next_seq(journal) - 1;
    TRY(journal_hash_at(journal, seq, hash));
    TRY(journal_acknowledge(journal, seq, hash));
    return n < KEPT ? ERR_OK : journal_trim(journal, (int64_t)(n - KEPT), TRIM_AT_ONCE, &count);
}

/* Never ends by itself. Only an error is told, by the exit code. */
_Noreturn static void be_till(const struct places *places, int ready)
{
    struct seed seed = seed_of_environment();
    struct lmdb_storage *storage = NULL;
    struct journal *journal = NULL;
    const struct journal_settings settings = {.random = seed_as_random(&seed)};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    enum err error = open_journal(places, settings.random, LMDB_EXCLUSIVE, &storage);
    if (error == ERR_OK)
        error = journal_open(lmdb_storage_as_storage(storage), &settings, &journal);
    for (uint64_t n = 1; error == ERR_OK; n++) {
        error = sell(journal, &seed, n);
        if (error == ERR_OK && n % TRIM_AT_ONCE == 0)
            error = acknowledge_and_trim(journal, n);
        if (error == ERR_OK && n % NEW_GENERATION_EACH == 0)
            error = journal_new_incarnation(journal, 0);
        if (n == KEPT && write(ready, "r", 1) != 1)
            error = ERR_IO;
    }
    _exit((int)error);
}

/* A storage whose till goes on before each transaction that reads. */
struct busy_storage {
    struct storage inner;
    struct journal *journal;
    struct seed seed;
    uint64_t n;
};

static enum err go_on(struct busy_storage *busy)
{
    for (unsigned i = 0; i < TRIM_AT_ONCE; i++)
        TRY(sell(busy->journal, &busy->seed, ++busy->n));
    return acknowledge_and_trim(busy->journal, busy->n);
}

static enum err busy_begin(void *self, enum storage_mode mode, void **out_handle)
{
    struct busy_storage *busy = self;
    if (mode == STORAGE_READ)
        TRY(go_on(busy));
    return busy->inner.ops->begin(busy->inner.self, mode, out_handle);
}

static enum err busy_end(void *self, void *handle, enum storage_ending ending)
{
    struct busy_storage *busy = self;
    return busy->inner.ops->end(busy->inner.self, handle, ending);
}

static void snapshot__is_whole_whatever_is_trimmed_between_its_steps(void **state)
{
    struct places places = {.folder = folder_make()};
    struct busy_storage busy = {.seed = seed_of_environment()};
    const struct journal_settings settings = {.random = seed_as_random(&busy.seed)};
    const struct archive_others none = {0};
    struct archive_summary summary;
    struct lmdb_storage *storage = NULL;
    (void)state;
    folder_join(&places.folder, "journal", places.journal);
    folder_join(&places.folder, "journal.snapshot", places.snapshot);
    ok(vault_open());
    ok(open_journal(&places, settings.random, LMDB_EXCLUSIVE, &storage));
    busy.inner = lmdb_storage_as_storage(storage);
    ok(journal_open(busy.inner, &settings, &busy.journal));
    while (busy.n <= KEPT)
        ok(go_on(&busy));
    struct storage_ops ops = *busy.inner.ops;
    ops.begin = busy_begin;
    ops.end = busy_end;
    ops.usage = NULL; /* no step asks for it */
    ok(snapshot_write((struct storage){&ops, &busy}, &none, places.snapshot, 1, &summary));
    assert_true(summary.record_count >= KEPT);
    journal_close(busy.journal);
    lmdb_storage_close(storage);
    folder_remove(&places.folder);
}

static enum err take_snapshot(const struct places *places)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct archive_summary summary;
    const struct archive_others none = {0};
    const struct random no_random = {0};
    TRY(open_journal(places, no_random, LMDB_READ_ONLY, &storage));
    return snapshot_write(lmdb_storage_as_storage(storage), &none, places->snapshot, 1, &summary);
}

static void snapshot__is_whole_beside_a_till_that_sells_and_trims(void **state)
{
    struct places places = {.folder = folder_make()};
    int ends[2];
    int status = 0;
    char byte;
    (void)state;
    folder_join(&places.folder, "journal", places.journal);
    folder_join(&places.folder, "journal.snapshot", places.snapshot);
    ok(vault_open());
    assert_int_equal(pipe(ends), 0);
    pid_t till = fork();
    assert_true(till >= 0);
    if (till == 0)
        be_till(&places, ends[1]);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    unsigned failed[ERR_COUNT] = {0};
    for (unsigned i = 0; i < SNAPSHOTS; i++)
        failed[take_snapshot(&places)]++;
    assert_int_equal(waitpid(till, &status, WNOHANG), 0); /* it sells still */
    assert_int_equal(kill(till, SIGKILL), 0);
    assert_int_equal(waitpid(till, &status, 0), till);
    assert_int_equal(close(ends[0]), 0);
    folder_remove(&places.folder);
    for (enum err error = 1; error < ERR_COUNT; error++)
        if (failed[error] > 0)
            print_error("%u of %u: %s\n", failed[error], SNAPSHOTS, err_name(error));
    assert_int_equal(failed[ERR_OK], SNAPSHOTS);
}

/* In memory, where there is room: the till is then quick enough to come between two steps of a snapshot. */
int main(void)
{
    if (access("/dev/shm", W_OK | X_OK) == 0)
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 1), 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot__is_whole_whatever_is_trimmed_between_its_steps),
        cmocka_unit_test(snapshot__is_whole_beside_a_till_that_sells_and_trims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
