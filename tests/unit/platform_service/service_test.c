/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "platform/service/probe.h"
#include "platform/service/service.h"

#define WATCHDOG_MS 1000
#define BEAT_MS     (WATCHDOG_MS / 4 + 1)

/* A manager that listens, and a clock that the test sets. */
struct world {
    struct folder folder;
    int manager_fd;
    uint64_t now_mono_ms;
    uint64_t due_ms;
    struct service *service;
};

static uint64_t mono_ms(void *self)
{
    const struct world *world = self;
    return world->now_mono_ms;
}

static struct clock clock_of(struct world *world)
{
    static const struct clock_ops ops = {.mono_ms = mono_ms};
    return (struct clock){&ops, world};
}

static void listen_at(struct world *world, const char *path, bool is_abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    if (is_abstract)
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    world->manager_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(world->manager_fd >= 0);
    assert_int_equal(bind(world->manager_fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
}

static int set_up(void **state)
{
    static struct world world;
    char path[128];
    world = (struct world){.folder = folder_make(), .now_mono_ms = 1};
    folder_join(&world.folder, "notify", path);
    listen_at(&world, path, false);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    service_close(world->service);
    (void)close(world->manager_fd);
    folder_remove(&world->folder);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    return 0;
}

static void open_service(struct world *world, const char *folder)
{
    ok(service_open(folder, clock_of(world), &world->service));
}

/* A datagram is there as soon as sendto has returned. */
static void expect_told(const struct world *world, const char *wanted)
{
    char text[512] = "";
    ssize_t size = recv(world->manager_fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    if (wanted == NULL) {
        assert_int_equal(size, -1);
        return;
    }
    assert_string_equal(text, wanted);
}

static void watch(uint64_t us, long pid)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)us);
    assert_int_equal(setenv("WATCHDOG_USEC", text, 1), 0);
    (void)snprintf(text, sizeof(text), "%ld", pid);
    assert_int_equal(setenv("WATCHDOG_PID", text, 1), 0);
}

static void service_tell__is_a_datagram_each(void **state)
{
    struct world *world = *state;
    open_service(world, NULL);
    assert_true(service_is_heard(world->service));
    service_tell_ready(world->service);
    expect_told(world, "READY=1");
    service_tell_stopping(world->service);
    service_tell_stopping(world->service);
    expect_told(world, "STOPPING=1");
    expect_told(world, NULL);
}

static void service_tell__reaches_a_socket_without_a_file(void **state)
{
    struct world *world = *state;
    char name[64];
    (void)close(world->manager_fd);
    (void)snprintf(name, sizeof(name), "@kassa-service-test-%ld", (long)getpid());
    listen_at(world, name, true);
    open_service(world, NULL);
    service_tell_ready(world->service);
    expect_told(world, "READY=1");
}

static void service_tell_status__is_one_line_and_sent_once(void **state)
{
    struct world *world = *state;
    char longest[SERVICE_STATUS_MAX + 100];
    char wanted[SERVICE_STATUS_MAX + sizeof("STATUS=")];
    open_service(world, NULL);
    service_tell_status(world->service, "well\nWATCHDOG=1");
    expect_told(world, "STATUS=well WATCHDOG=1");
    service_tell_status(world->service, "well\nWATCHDOG=1");
    expect_told(world, NULL);
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    (void)snprintf(wanted, sizeof(wanted), "STATUS=%.*s", SERVICE_STATUS_MAX, longest);
    service_tell_status(world->service, longest);
    expect_told(world, wanted);
}

static void service_open__takes_its_words_out_of_the_environment(void **state)
{
    struct world *world = *state;
    watch(WATCHDOG_MS * 1000, (long)getpid());
    open_service(world, NULL);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
}

static void service_open__tells_nobody_without_a_socket(void **state)
{
    struct world *world = *state;
    (void)unsetenv("NOTIFY_SOCKET");
    watch(WATCHDOG_MS * 1000, (long)getpid());
    open_service(world, world->folder.path);
    assert_false(service_is_heard(world->service));
    service_tell_ready(world->service);
    assert_true(service_beat(world->service, true) == UINT64_MAX);
    expect_told(world, NULL);
}

static void service_open__refuses_what_is_no_address(void **state)
{
    static const char *const texts[] = {"", "/", "@", "relative", "vsock:2:1"};
    struct world *world = *state;
    char longest[200];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", texts[i], 1), 0);
        assert_int_equal(service_open(NULL, clock_of(world), &world->service), ERR_ARGUMENT);
    }
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    assert_int_equal(service_open(NULL, clock_of(world), &world->service), ERR_ARGUMENT);
    assert_null(world->service);
}

static void service_beat__is_only_for_whom_it_is_meant(void **state)
{
    static const char *const times[] = {"", "x", "-1", "1x", "99999999999999999999999"};
    struct world *world = *state;
    watch(WATCHDOG_MS * 1000, (long)getpid() + 1);
    open_service(world, NULL);
    assert_true(service_beat(world->service, true) == UINT64_MAX);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        char path[128];
        service_close(world->service);
        folder_join(&world->folder, "notify", path);
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        assert_int_equal(setenv("WATCHDOG_USEC", times[i], 1), 0);
        open_service(world, NULL);
        assert_true(service_beat(world->service, true) == UINT64_MAX);
    }
    expect_told(world, NULL);
}

static void service_beat__comes_four_times_a_watchdog(void **state)
{
    struct world *world = *state;
    watch(WATCHDOG_MS * 1000, (long)getpid());
    open_service(world, NULL);
    assert_int_equal(service_beat(world->service, true), BEAT_MS);
    expect_told(world, "WATCHDOG=1");
    world->now_mono_ms += BEAT_MS - 1;
    assert_int_equal(service_beat(world->service, true), 1);
    expect_told(world, NULL);
    world->now_mono_ms += 1;
    assert_int_equal(service_beat(world->service, true), BEAT_MS);
    expect_told(world, "WATCHDOG=1");
}

static void service_beat__is_held_back_by_one_that_is_not_well(void **state)
{
    struct world *world = *state;
    watch(WATCHDOG_MS * 1000, (long)getpid());
    open_service(world, NULL);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t wait_ms = service_beat(world->service, false);
        assert_in_range(wait_ms, 1, BEAT_MS);
        world->now_mono_ms += wait_ms;
    }
    expect_told(world, NULL);
    assert_int_equal(service_beat(world->service, true), BEAT_MS);
    expect_told(world, "WATCHDOG=1");
}

/* A lease on the file stands in for a disk that says nothing: whoever opens it waits until it is given up (fcntl(2),
 * "Leases"). */
static int hold_disk(const struct world *world)
{
    char path[128];
    folder_join(&world->folder, PROBE_FILE_NAME, path);
    (void)signal(SIGIO, SIG_IGN);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0) {
        (void)close(fd);
        skip(); /* a file system without leases */
    }
    return fd;
}

static void service_beat__is_held_back_by_a_disk_that_says_nothing(void **state)
{
    struct world *world = *state;
    watch(WATCHDOG_MS * 1000, (long)getpid());
    int held = hold_disk(world);
    open_service(world, world->folder.path);
    assert_int_equal(service_beat(world->service, true), BEAT_MS); /* nothing was asked before */
    expect_told(world, "WATCHDOG=1");
    for (uint64_t until = world->now_mono_ms + 5 * WATCHDOG_MS; world->now_mono_ms < until;)
        world->now_mono_ms += service_beat(world->service, true);
    expect_told(world, NULL);
    assert_int_equal(fcntl(held, F_SETLEASE, F_UNLCK), 0);
    (void)close(held);
    for (unsigned i = 0; i < 100000 && world->due_ms != BEAT_MS; i++) {
        (void)poll(NULL, 0, 1);
        world->due_ms = service_beat(world->service, true);
        world->now_mono_ms += world->due_ms;
    }
    expect_told(world, "WATCHDOG=1");
}

static void wait_for(const struct probe *probe)
{
    for (unsigned i = 0; i < 100000 && !probe_has_answered(probe); i++)
        (void)poll(NULL, 0, 1);
    assert_true(probe_has_answered(probe));
}

static void probe__answers_of_a_disk_that_does(void **state)
{
    struct world *world = *state;
    struct probe *probe = NULL;
    struct stat there;
    char path[128];
    ok(probe_open(world->folder.path, &probe));
    assert_true(probe_has_answered(probe));
    for (unsigned i = 0; i < 3; i++) {
        probe_ask(probe);
        wait_for(probe);
    }
    folder_join(&world->folder, PROBE_FILE_NAME, path);
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_size, 4096);
    assert_int_equal(there.st_mode & 0777, 0600);
    probe_close(probe);
}

static void probe__takes_an_error_for_an_answer(void **state)
{
    struct world *world = *state;
    struct probe *probe = NULL;
    char path[128];
    folder_join(&world->folder, "gone", path);
    ok(probe_open(path, &probe));
    probe_ask(probe);
    wait_for(probe);
    probe_close(probe);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(service_tell__is_a_datagram_each),
        CASE(service_tell__reaches_a_socket_without_a_file),
        CASE(service_tell_status__is_one_line_and_sent_once),
        CASE(service_open__takes_its_words_out_of_the_environment),
        CASE(service_open__tells_nobody_without_a_socket),
        CASE(service_open__refuses_what_is_no_address),
        CASE(service_beat__is_only_for_whom_it_is_meant),
        CASE(service_beat__comes_four_times_a_watchdog),
        CASE(service_beat__is_held_back_by_one_that_is_not_well),
        CASE(service_beat__is_held_back_by_a_disk_that_says_nothing),
        CASE(probe__answers_of_a_disk_that_does),
        CASE(probe__takes_an_error_for_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
