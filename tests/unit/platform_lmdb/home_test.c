/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of an LMDB storage: its birth, its id, its lock, and what it is refused for. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"

struct home {
    struct folder folder;
    struct seed seed;
    char path[128];
};

static int setup(void **state)
{
    struct home *home = calloc(1, sizeof *home);
    if (home == NULL)
        return -1;
    home->folder = folder_make();
    home->seed = seed_of_environment();
    folder_join(&home->folder, "store", home->path);
    *state = home;
    return 0;
}

static int teardown(void **state)
{
    struct home *home = *state;
    folder_remove(&home->folder);
    free(home);
    return 0;
}

static enum err open_as(struct home *home, enum lmdb_access access, enum lmdb_absent absent,
                        struct lmdb_storage **out)
{
    static const char *const tables[] = {"one"};
    struct lmdb_options options = {.path = home->path,
                                   .tables = tables,
                                   .table_count = 1,
                                   .map_size_bytes = 4 * 1024 * 1024,
                                   .access = access,
                                   .absent = absent,
                                   .random = seed_as_random(&home->seed)};
    return lmdb_storage_open(&options, out);
}

static enum err open_close(struct home *home, enum lmdb_access access, enum lmdb_absent absent)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    return open_as(home, access, absent, &storage);
}

static enum err put_bread(struct lmdb_storage *lmdb, const char *value)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(lmdb_storage_as_storage(lmdb), STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, 0, span_of_text("bread"), span_of_text(value), STORAGE_REPLACE));
    return storage_commit(&txn);
}

static void expect_bread(struct lmdb_storage *lmdb, const char *expected)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span value;
    ok(storage_begin(lmdb_storage_as_storage(lmdb), STORAGE_READ, &txn));
    ok(storage_get(&txn, 0, span_of_text("bread"), &value));
    assert_true(span_is_equal(value, span_of_text(expected)));
}

/* A storage with bread in it, closed. */
static void make_with_bread(struct home *home)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
    ok(put_bread(storage, "2.55"));
}

static void file_of(const struct home *home, const char *suffix, char out[256])
{
    (void)snprintf(out, 256, "%s%s", home->path, suffix);
}

static bool is_there(const struct home *home, const char *suffix)
{
    char path[256];
    struct stat status;
    file_of(home, suffix, path);
    return stat(path, &status) == 0;
}

static void write_file(const struct home *home, const char *suffix, struct span bytes)
{
    char path[256];
    file_of(home, suffix, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.bytes, bytes.size), (ssize_t)bytes.size);
    assert_int_equal(close(fd), 0);
}

static void remove_file(const struct home *home, const char *suffix)
{
    char path[256];
    file_of(home, suffix, path);
    assert_int_equal(remove(path), 0);
}

/* What a second process gets, as its exit status. */
static enum err open_in_child(struct home *home, enum lmdb_access access)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct lmdb_storage *storage = NULL;
        enum err error = open_as(home, access, LMDB_CREATE, &storage);
        if (error == ERR_OK)
            expect_bread(storage, "2.55");
        _exit((int)error);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum err)WEXITSTATUS(status);
}

static void lmdb_storage_open__creates_aside_and_leaves_an_id_beside(void **state)
{
    struct home *home = *state;
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_REFUSE), ERR_NOT_FOUND);
    assert_int_equal(open_close(home, LMDB_READ_ONLY, LMDB_CREATE), ERR_NOT_FOUND);
    make_with_bread(home);
    assert_true(is_there(home, "/data.mdb"));
    assert_true(is_there(home, ".id"));
    assert_false(is_there(home, ".new"));
}

static void lmdb_storage_open__takes_away_what_a_power_cut_left_of_a_first_boot(void **state)
{
    struct home *home = *state;
    char path[256];
    file_of(home, ".new", path);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(home, ".new/data.mdb", span_of_text("half a page"));
    write_file(home, ".new/lock.mdb", span_of_text(""));
    make_with_bread(home);
    assert_false(is_there(home, ".new"));
}

static void lmdb_storage_open__replaces_an_empty_folder_but_no_other(void **state)
{
    struct home *home = *state;
    assert_int_equal(mkdir(home->path, 0700), 0);
    make_with_bread(home);
    remove_file(home, "/data.mdb");
    remove_file(home, ".id");
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT); /* lock.mdb is left there */
}

static void lmdb_storage_open__refuses_a_second_owner(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
    assert_int_equal(open_in_child(home, LMDB_EXCLUSIVE), ERR_BUSY);
    assert_int_equal(open_in_child(home, LMDB_SHARED), ERR_BUSY);
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_BUSY); /* nor twice in one process */
    assert_int_equal(open_close(home, LMDB_READ_ONLY, LMDB_CREATE), ERR_BUSY);
    assert_int_equal(open_in_child(home, LMDB_READ_ONLY), ERR_OK);
    expect_bread(storage, "2.55");
    ok(put_bread(storage, "2.75"));
}

static void lmdb_storage_open__shares_when_all_agree(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_SHARED, LMDB_CREATE, &storage));
    assert_int_equal(open_in_child(home, LMDB_SHARED), ERR_OK);
    assert_int_equal(open_in_child(home, LMDB_EXCLUSIVE), ERR_BUSY);
    assert_int_equal(open_close(home, LMDB_SHARED, LMDB_CREATE), ERR_BUSY);
}

static void lmdb_storage_begin__refuses_to_write_when_read_only(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_READ_ONLY, LMDB_REFUSE, &storage));
    expect_bread(storage, "2.55");
    assert_int_equal(put_bread(storage, "0"), ERR_STATE);
}

static void lmdb_storage_open__never_starts_empty_where_an_id_says_there_was_one(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    remove_file(home, "/data.mdb");
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
    ok(open_close(home, LMDB_EXCLUSIVE, LMDB_SET_ASIDE));
    assert_true(is_there(home, ".bad-1"));
    ok(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE));
}

static void lmdb_storage_open__never_starts_empty_where_the_folder_itself_is_gone(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    remove_file(home, "/data.mdb");
    remove_file(home, "/lock.mdb");
    remove_file(home, "");
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
    assert_false(is_there(home, ""));
}

/* LMDB would go on from the commit before, or after, and nobody would know. */
static void lmdb_storage_open__refuses_a_meta_page_whose_number_is_damaged(void **state)
{
    struct home *home = *state;
    const size_t word = sizeof(size_t);
    const off_t number_at = (off_t)(word + 8 + 8 + 2 * word + 2 * (8 + 5 * word) + word);
    size_t numbers[2];
    char path[256];
    make_with_bread(home);
    file_of(home, "/data.mdb", path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pread(fd, &numbers[i], word, (off_t)i * sysconf(_SC_PAGESIZE) + number_at), word);
    size_t newest = numbers[1] > numbers[0] ? 1 : 0;
    numbers[newest] ^= 64; /* a bit of it */
    assert_int_equal(pwrite(fd, &numbers[newest], word, (off_t)newest * sysconf(_SC_PAGESIZE) + number_at),
                     word);
    assert_int_equal(close(fd), 0);
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
}

static void lmdb_storage_open__refuses_anothers_data(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    write_file(home, ".id", span_of_text("00112233445566778899aabbccddeeff\n"));
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
    write_file(home, ".id", span_of_text("not an id\n"));
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
}

static void lmdb_storage_open__writes_the_id_that_a_power_cut_kept_from_it(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    remove_file(home, ".id");
    ok(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE));
    assert_true(is_there(home, ".id"));
    ok(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE));
}

static void lmdb_storage_open__refuses_a_file_of_another_word_size(void **state)
{
    struct home *home = *state;
    static uint8_t file[4 * 4096];
    uint32_t magic = 0xBEEFC0DE;
    make_with_bread(home);
    memcpy(file + (sizeof(size_t) == 8 ? 12 : 16), &magic, sizeof magic);
    write_file(home, "/data.mdb", span_of(file, sizeof file));
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_VERSION);
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_SET_ASIDE),
                     ERR_VERSION); /* it may be whole elsewhere */
}

static void lmdb_storage_open__refuses_a_file_cut_short_at_any_length(void **state)
{
    struct home *home = *state;
    char path[256];
    struct stat status;
    make_with_bread(home);
    file_of(home, "/data.mdb", path);
    assert_int_equal(stat(path, &status), 0);
    for (off_t size = status.st_size - 1; size > 0; size -= 509) {
        assert_int_equal(truncate(path, size), 0);
        assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
    }
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
}

/* A table's name stands in a page like anything else. */
static void lmdb_storage_open__begins_no_empty_table_for_one_whose_name_is_damaged(void **state)
{
    struct home *home = *state;
    static uint8_t bytes[1 << 20];
    char path[256];
    make_with_bread(home);
    file_of(home, "/data.mdb", path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    ssize_t size = read(fd, bytes, sizeof bytes);
    assert_true(size > 0);
    unsigned renamed = 0;
    for (size_t at = 0; at + 4 < (size_t)size; at++) {
        if (memcmp(bytes + at, "\3\0one", 5) != 0) /* a node's key size and key */
            continue;
        assert_int_equal(pwrite(fd, "onf", 3, (off_t)at + 2), 3);
        renamed++;
    }
    assert_int_equal(close(fd), 0);
    assert_true(renamed > 0);
    assert_int_equal(open_close(home, LMDB_EXCLUSIVE, LMDB_CREATE), ERR_CORRUPT);
    assert_int_equal(open_close(home, LMDB_READ_ONLY, LMDB_CREATE), ERR_CORRUPT);
}

static void lmdb_storage_open__makes_the_tables_that_a_newer_program_adds(void **state)
{
    struct home *home = *state;
    static const char *const tables[] = {"one", "two"};
    struct lmdb_options options = {.path = home->path,
                                   .tables = tables,
                                   .table_count = 2,
                                   .map_size_bytes = 4 * 1024 * 1024,
                                   .access = LMDB_READ_ONLY,
                                   .random = seed_as_random(&home->seed)};
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    make_with_bread(home);
    assert_int_equal(lmdb_storage_open(&options, &storage), ERR_VERSION);
    options.access = LMDB_EXCLUSIVE;
    ok(lmdb_storage_open(&options, &storage));
    expect_bread(storage, "2.55");
}

static void lmdb_storage_open__wants_a_map_that_fits(void **state)
{
    struct home *home = *state;
    static const char *const tables[] = {"one"};
    const uint64_t sizes[] = {0, 1000, 65536 * 20 + 4096, UINT64_MAX - 65535,
                              (uint64_t)SIZE_MAX / 65536 * 65536};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct lmdb_storage *storage = NULL;
        struct lmdb_options options = {.path = home->path,
                                       .tables = tables,
                                       .table_count = 1,
                                       .map_size_bytes = sizes[i],
                                       .random = seed_as_random(&home->seed)};
        assert_int_equal(lmdb_storage_open(&options, &storage), ERR_RANGE);
    }
}

/* The system refuses to let the file grow: a failure of the real write path, not of a stand-in. */
static void lmdb_storage_commit__fails_clean_when_the_file_cannot_grow_and_works_again_after(void **state)
{
    struct home *home = *state;
    static uint8_t large[600000];
    make_with_bread(home);
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {100000, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum err errors[3];
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct storage_txn txn CLEANUP(storage_abort) = {0};
        ok(storage_begin(lmdb_storage_as_storage(storage), STORAGE_WRITE, &txn));
        ok(storage_put(&txn, 0, span_of_text("large"), span_of(large, sizeof large), STORAGE_REPLACE));
        ok(storage_put(&txn, 0, span_of_text("bread"), span_of_text("9.99"), STORAGE_REPLACE));
        errors[i] = storage_commit(&txn);
        expect_bread(storage, "2.55");
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        assert_int_equal(errors[i], ERR_IO);
    ok(put_bread(storage, "2.75"));
    expect_bread(storage, "2.75");
}

static void lmdb_storage_copy__makes_a_whole_copy_without_remains(void **state)
{
    struct home *home = *state;
    struct home copy = *home;
    make_with_bread(home);
    {
        struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
        ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
        for (int i = 0; i < 50; i++)
            ok(put_bread(storage, "canary-4711"));
        ok(put_bread(storage, "2.55"));
        folder_join(&home->folder, "copy", copy.path);
        assert_int_equal(mkdir(copy.path, 0700), 0);
        ok(lmdb_storage_copy(storage, copy.path));
        ok(lmdb_storage_check_readers(storage));
    }
    char path[256];
    static uint8_t bytes[1 << 20];
    file_of(&copy, "/data.mdb", path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, bytes, sizeof bytes);
    assert_int_equal(close(fd), 0);
    assert_true(size > 0);
    assert_null(memmem(bytes, (size_t)size, "canary-4711", 11));
    struct lmdb_storage *opened CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(&copy, LMDB_EXCLUSIVE, LMDB_REFUSE, &opened));
    expect_bread(opened, "2.55");
}

static bool has_canary(struct home *home)
{
    char path[256];
    static uint8_t bytes[1 << 20];
    file_of(home, "/data.mdb", path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, bytes, sizeof bytes);
    assert_int_equal(close(fd), 0);
    assert_true(size > 0);
    return memmem(bytes, (size_t)size, "canary-4711", 11) != NULL;
}

static void lmdb_storage_compact__leaves_no_remains_and_goes_on(void **state)
{
    struct home *home = *state;
    make_with_bread(home);
    {
        struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
        struct storage_txn reading;
        ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
        for (int i = 0; i < 50; i++)
            ok(put_bread(storage, "canary-4711"));
        ok(put_bread(storage, "2.55"));
        assert_true(has_canary(home));
        ok(storage_begin(lmdb_storage_as_storage(storage), STORAGE_READ, &reading));
        assert_int_equal(lmdb_storage_compact(storage), ERR_BUSY); /* it would pull the pages away */
        storage_abort(&reading);
        ok(lmdb_storage_compact(storage));
        assert_false(has_canary(home));
        expect_bread(storage, "2.55");
        ok(put_bread(storage, "2.65"));
        ok(lmdb_storage_compact(storage)); /* and again */
    }
    struct lmdb_storage *opened CLEANUP(lmdb_storage_closep) = NULL;
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_REFUSE, &opened)); /* of the same id */
    expect_bread(opened, "2.65");
}

/* As an agent's helper: a process of its own, beside the owner. */
static enum err copy_aside_elsewhere(struct home *home)
{
    pid_t pid = fork();
    int status = 0;
    assert_true(pid >= 0);
    if (pid == 0) {
        struct lmdb_storage *storage = NULL;
        enum err error = open_as(home, LMDB_READ_ONLY, LMDB_REFUSE, &storage);
        error = error == ERR_OK ? lmdb_storage_copy_aside(storage) : error;
        lmdb_storage_close(storage);
        _exit((int)error);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum err)WEXITSTATUS(status);
}

static void lmdb_storage_take_copy__takes_only_what_is_not_old(void **state)
{
    struct home *home = *state;
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct storage_txn reading;
    make_with_bread(home);
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_CREATE, &storage));
    for (int i = 0; i < 50; i++)
        ok(put_bread(storage, "canary-4711"));
    ok(put_bread(storage, "2.55"));
    uint64_t commits = lmdb_storage_commits(storage);
    assert_int_equal(lmdb_storage_take_copy(storage, commits), ERR_NOT_FOUND);
    ok(copy_aside_elsewhere(home));
    ok(put_bread(storage, "2.65"));
    assert_int_equal(lmdb_storage_take_copy(storage, commits), ERR_STATE);
    assert_false(is_there(home, ".new"));
    expect_bread(storage, "2.65");
    assert_true(has_canary(home));

    commits = lmdb_storage_commits(storage);
    ok(copy_aside_elsewhere(home));
    ok(storage_begin(lmdb_storage_as_storage(storage), STORAGE_READ, &reading));
    assert_int_equal(lmdb_storage_take_copy(storage, commits), ERR_BUSY);
    storage_abort(&reading);
    ok(lmdb_storage_take_copy(storage, commits));
    assert_false(is_there(home, ".new"));
    assert_false(has_canary(home));
    expect_bread(storage, "2.65");
    ok(put_bread(storage, "2.75"));
    expect_bread(storage, "2.75");
}

/* One damaged storage after another, each set aside: the cache's way. */
static void damage_and_open(struct home *home)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    static const uint8_t rubbish[3000] = {1, 2, 3};
    write_file(home, "/data.mdb", span_of(rubbish, sizeof rubbish));
    ok(open_as(home, LMDB_EXCLUSIVE, LMDB_SET_ASIDE, &storage));
    ok(put_bread(storage, "2.55"));
}

static void lmdb_aside_remove__keeps_the_newest_and_nothing_of_the_others(void **state)
{
    struct home *home = *state;
    struct lmdb_aside aside;
    char other[256];
    make_with_bread(home);
    for (int i = 0; i < 4; i++)
        damage_and_open(home);
    ok(lmdb_aside_look(home->path, &aside));
    assert_int_equal(aside.count, 4);
    assert_int_equal(aside.bytes, 4 * 3000);
    ok(lmdb_aside_remove(home->path, 4));
    ok(lmdb_aside_remove(home->path, 1));
    assert_false(is_there(home, ".bad-1") || is_there(home, ".bad-2") || is_there(home, ".bad-3"));
    assert_true(is_there(home, ".bad-4"));
    damage_and_open(home); /* the next number, though lower ones are free: the highest is the newest */
    assert_true(is_there(home, ".bad-5"));

    file_of(home, ".bad-7x", other); /* names that only look like it */
    assert_int_equal(mkdir(other, 0700), 0);
    file_of(home, "2.bad-1", other);
    assert_int_equal(mkdir(other, 0700), 0);
    ok(lmdb_aside_remove(home->path, 0));
    ok(lmdb_aside_look(home->path, &aside));
    assert_int_equal(aside.count, 0);
    assert_true(is_there(home, ".bad-7x") && is_there(home, "2.bad-1") && is_there(home, "/data.mdb"));
}

static void lmdb_aside_remove__overwrites_what_it_removes_and_no_file_in_use(void **state)
{
    struct home *home = *state;
    char data[256], kept[256];
    uint8_t byte = 1;
    make_with_bread(home);
    file_of(home, ".bad-1", kept);
    assert_int_equal(mkdir(kept, 0700), 0);
    file_of(home, "/data.mdb", data);
    file_of(home, ".bad-1/data.mdb", kept);
    assert_int_equal(link(data, kept), 0); /* as a power cut may leave it */
    ok(lmdb_aside_remove(home->path, 0));
    ok(open_close(home, LMDB_EXCLUSIVE, LMDB_REFUSE));

    damage_and_open(home);
    file_of(home, ".bad-1/data.mdb", kept);
    int fd = open(kept, O_RDONLY);
    assert_true(fd >= 0);
    ok(lmdb_aside_remove(home->path, 0));
    assert_int_equal(pread(fd, &byte, 1, 0), 1);
    assert_int_equal(byte, 0);
    assert_int_equal(close(fd), 0);
}

/* Another process would go on writing to the file that is replaced. */
static void lmdb_storage_compact__waits_for_others_to_go(void **state)
{
    struct home *home = *state;
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    int told[2], end[2];
    char byte = 0;
    make_with_bread(home);
    assert_int_equal(pipe(told) + pipe(end), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct lmdb_storage *other = NULL;
        bool is_open = open_as(home, LMDB_SHARED, LMDB_REFUSE, &other) == ERR_OK;
        bool has_told = write(told[1], &byte, 1) == 1 && read(end[0], &byte, 1) == 1;
        _exit(is_open && has_told ? 0 : 1);
    }
    assert_int_equal(read(told[0], &byte, 1), 1);
    ok(open_as(home, LMDB_SHARED, LMDB_REFUSE, &storage));
    assert_int_equal(lmdb_storage_compact(storage), ERR_BUSY);
    assert_int_equal(write(end[1], &byte, 1), 1);
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ok(lmdb_storage_compact(storage));
    expect_bread(storage, "2.55");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(close(told[i]) + close(end[i]), 0);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(lmdb_storage_open__creates_aside_and_leaves_an_id_beside),
        CASE(lmdb_storage_open__takes_away_what_a_power_cut_left_of_a_first_boot),
        CASE(lmdb_storage_open__replaces_an_empty_folder_but_no_other),
        CASE(lmdb_storage_open__refuses_a_second_owner),
        CASE(lmdb_storage_open__shares_when_all_agree),
        CASE(lmdb_storage_begin__refuses_to_write_when_read_only),
        CASE(lmdb_storage_open__never_starts_empty_where_an_id_says_there_was_one),
        CASE(lmdb_storage_open__never_starts_empty_where_the_folder_itself_is_gone),
        CASE(lmdb_storage_open__refuses_a_meta_page_whose_number_is_damaged),
        CASE(lmdb_storage_open__refuses_anothers_data),
        CASE(lmdb_storage_open__writes_the_id_that_a_power_cut_kept_from_it),
        CASE(lmdb_storage_open__refuses_a_file_of_another_word_size),
        CASE(lmdb_storage_open__refuses_a_file_cut_short_at_any_length),
        CASE(lmdb_storage_open__begins_no_empty_table_for_one_whose_name_is_damaged),
        CASE(lmdb_storage_open__makes_the_tables_that_a_newer_program_adds),
        CASE(lmdb_storage_open__wants_a_map_that_fits),
        CASE(lmdb_storage_commit__fails_clean_when_the_file_cannot_grow_and_works_again_after),
        CASE(lmdb_storage_copy__makes_a_whole_copy_without_remains),
        CASE(lmdb_storage_compact__leaves_no_remains_and_goes_on),
        CASE(lmdb_storage_compact__waits_for_others_to_go),
        CASE(lmdb_storage_take_copy__takes_only_what_is_not_old),
        CASE(lmdb_aside_remove__keeps_the_newest_and_nothing_of_the_others),
        CASE(lmdb_aside_remove__overwrites_what_it_removes_and_no_file_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
