/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"
#include "platform/linux/linux_listen.h"
#include "platform/linux/linux_stream.h"

static void linux_clock__knows_the_offset_of_the_zone_at_each_moment(void **state)
{
    (void)state;
    struct clock clock = linux_clock();
    const struct {
        const char *zone;
        int64_t unix_ms;
        int32_t offset_min;
    } moments[] = {
        {"UTC0", 0, 0},
        /* POSIX zone rules, so that the test needs no zone files: Warsaw, winter and summer of 2026 */
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1767225600000, 60},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1782864000000, 120},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1774745999999,
         60}, /* the last moment before 2026-03-29 01:00 UTC ... */
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1774746000000, 120}, /* ... and that */
        {"XXX5:30", 0, -330},
    };
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        assert_int_equal(setenv("TZ", moments[i].zone, 1), 0);
        tzset();
        assert_int_equal(clock.ops->utc_offset_min(clock.self, moments[i].unix_ms), moments[i].offset_min);
    }
}

static void linux_clock__goes_on(void **state)
{
    (void)state;
    struct clock clock = linux_clock();
    uint64_t mono_ms = clock.ops->mono_ms(clock.self);
    assert_true(clock.ops->wall_unix_ms(clock.self) > 1767225600000); /* after 2026-01-01 */
    assert_true(clock.ops->mono_ms(clock.self) >= mono_ms);
}

static void linux_random__fills_all_and_never_twice_the_same(void **state)
{
    (void)state;
    struct random random = linux_random();
    uint8_t a[1000] = {0};
    uint8_t b[1000] = {0};
    ok(random.fill(random.self, a, sizeof a));
    ok(random.fill(random.self, b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    size_t zeros = 0;
    for (size_t i = sizeof a - 100; i < sizeof a; i++)
        zeros += a[i] == 0 ? 1 : 0;
    assert_true(zeros < 50);
}

static void linux_file__replaces_and_reads_whole_files(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    char path[128];
    uint8_t buffer[16];
    size_t size = 99;
    folder_join(&folder, "book", path);
    assert_int_equal(linux_file_read(path, buffer, sizeof buffer, &size), ERR_NOT_FOUND);
    ok(linux_file_replace(path, span_of_text("sixteen bytes: 1"), 0644));
    ok(linux_file_replace(path, span_of_text("sixteen bytes: 2"), 0600));
    ok(linux_file_read(path, buffer, sizeof buffer, &size));
    assert_true(span_is_equal(span_of(buffer, size), span_of_text("sixteen bytes: 2")));
    assert_int_equal(linux_file_read(path, buffer, 15, &size), ERR_TOO_LONG);
    assert_int_equal(size, 16);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    ok(linux_file_replace(path, span_of_text(""), 0600));
    ok(linux_file_read(path, buffer, 0, &size));
    assert_int_equal(size, 0);
}

static void linux_file__refuses_what_is_no_file(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    char path[128];
    uint8_t buffer[16];
    size_t size;
    assert_int_equal(linux_file_read(folder.path, buffer, sizeof buffer, &size), ERR_IO);
    folder_join(&folder, "pipe", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(linux_file_read(path, buffer, sizeof buffer, &size), ERR_IO); /* and does not hang */
    folder_join(&folder, "none/book", path);
    assert_int_equal(linux_file_replace(path, span_of_text("x"), 0600), ERR_NOT_FOUND);
}

static void linux_listen_unix__takes_over_only_what_nobody_listens_on(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    char path[128];
    int first = -1;
    int second = -1;
    folder_join(&folder, "pos.sock", path);
    ok(linux_listen_unix(path, &first));
    assert_int_equal(linux_listen_unix(path, &second), ERR_BUSY);
    assert_int_equal(access(path, F_OK), 0);
    (void)close(first);
    ok(linux_listen_unix(path, &second));
    (void)close(second);
    folder_join(&folder, "file", path);
    (void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(linux_listen_unix(path, &second), ERR_EXISTS);
}

/* A till whose callers wait is alive: its file stays. */
static void linux_listen_unix__leaves_a_socket_whose_backlog_is_full(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int second = -1;
    char path[128];
    folder_join(&folder, "pos.sock", path);
    memcpy(address.sun_path, path, strlen(path));
    int busy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(busy, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(busy, 0), 0);
    assert_int_equal(connect(caller, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(linux_listen_unix(address.sun_path, &second), ERR_BUSY);
    assert_int_equal(access(address.sun_path, F_OK), 0);
    (void)close(caller);
    (void)close(busy);
}

/* How another process ends that begins the same file: by the alarm where it has to wait. */
static int signal_of_a_second_writer(const char *path)
{
    int status = 0;
    pid_t second = fork();
    assert_true(second >= 0);
    if (second == 0) {
        const struct itimerval soon = {.it_value.tv_usec = 100000};
        struct linux_writer *writer = NULL;
        (void)setitimer(ITIMER_REAL, &soon, NULL);
        _exit(linux_writer_open(path, 0600, &writer) == ERR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(second, &status, 0), second);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void linux_writer__waits_while_another_writes_the_same(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    struct linux_writer *writer CLEANUP(linux_writer_closep) = NULL;
    uint8_t bytes[8];
    size_t size = 0;
    char path[128];
    folder_join(&folder, "file", path);
    ok(linux_writer_open(path, 0600, &writer));
    ok(linux_writer_write(writer, span_of_text("whole")));
    assert_int_equal(signal_of_a_second_writer(path), SIGALRM);
    ok(linux_writer_keep(writer));
    linux_writer_closep(&writer);
    ok(linux_file_read(path, bytes, sizeof bytes, &size));
    assert_int_equal(size, 5);
    ok(linux_writer_open(path, 0600, &writer));
}

static void linux_writer__begins_anew_what_was_left_over(void **state)
{
    (void)state;
    struct folder folder CLEANUP(folder_remove) = folder_make();
    struct linux_writer *writer CLEANUP(linux_writer_closep) = NULL;
    struct stat status;
    char path[128];
    char aside[128];
    folder_join(&folder, "file", path);
    folder_join(&folder, "file.new", aside);
    ok(linux_file_replace(aside, span_of_text("a power cut came"), 0644));
    ok(linux_writer_open(path, 0600, &writer));
    ok(linux_writer_write(writer, span_of_text("whole")));
    ok(linux_writer_keep(writer));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 5);
    assert_int_equal(status.st_mode & 0777, 0600);
    linux_writer_closep(&writer);
    ok(linux_writer_open(path, 0600, &writer));
    linux_writer_closep(&writer);
    assert_int_not_equal(access(aside, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_clock__knows_the_offset_of_the_zone_at_each_moment),
        cmocka_unit_test(linux_clock__goes_on),
        cmocka_unit_test(linux_random__fills_all_and_never_twice_the_same),
        cmocka_unit_test(linux_file__replaces_and_reads_whole_files),
        cmocka_unit_test(linux_file__refuses_what_is_no_file),
        cmocka_unit_test(linux_listen_unix__takes_over_only_what_nobody_listens_on),
        cmocka_unit_test(linux_listen_unix__leaves_a_socket_whose_backlog_is_full),
        cmocka_unit_test(linux_writer__waits_while_another_writes_the_same),
        cmocka_unit_test(linux_writer__begins_anew_what_was_left_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
