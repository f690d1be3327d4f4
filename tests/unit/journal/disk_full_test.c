/* SPDX-License-Identifier: Apache-2.0 */
/* A file system of 3 MiB that really is full, in a mount namespace of this process alone. Skipped where the
 * user may not mount one. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "journal_fixture.h"

static bool mount_small(const char *path)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("kassa-test", path, "tmpfs", 0, "size=3m,mode=700") == 0;
}

/* Something else takes half of the space. Returns its descriptor. */
static int take_space(const struct folder *folder)
{
    static uint8_t ballast[1500000];
    char path[128];
    folder_join(folder, "ballast", path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, ballast, sizeof ballast), (ssize_t)sizeof ballast);
    return fd;
}

static void journal_append__says_not_recorded_on_a_full_disk_and_goes_on_after(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_close(fixture);
    struct folder old_folder = fixture->folder;
    struct folder small = folder_make();
    if (!mount_small(small.path)) {
        folder_remove(&small);
        fixture_open(fixture);
        skip();
    }
    fixture->folder = small;
    int ballast = take_space(&small);
    fixture_open(fixture);
    uint64_t n = 1;
    uint64_t seq = 0;
    enum err error;
    while ((error = fixture_append(fixture, n, &seq)) == ERR_OK)
        n++;
    assert_int_equal(error, ERR_FULL);
    assert_int_equal(fixture_append(fixture, n, &seq), ERR_FULL);
    assert_int_equal(journal_next_seq(fixture->journal), n);
    struct journal_report report = {0};
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
    assert_int_equal(report.record_count, n - 1);
    assert_int_equal(ftruncate(ballast, 0), 0);
    assert_int_equal(close(ballast), 0);
    fixture_append_many(fixture, n, n + 50);
    fixture_restart(fixture);
    fixture_expect(fixture, n, n);
    ok(journal_verify(lmdb_storage_as_storage(fixture->lmdb), &report));
    assert_int_equal(report.record_count, n + 50);
    fixture_close(fixture);
    assert_int_equal(umount(small.path), 0);
    folder_remove(&small);
    fixture->folder = old_folder;
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(journal_append__says_not_recorded_on_a_full_disk_and_goes_on_after,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
