/* SPDX-License-Identifier: Apache-2.0 */
/* The minder with children that misbehave: this program again, told how by its arguments. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "card/message.h"
#include "harness/folder.h"
#include "unit/minder/world.h"

#define CHANNEL   3
#define WITHIN_MS 20000

/* --- the children --- */

static void say(enum reader_event event, const char *text, enum reader_technology technology)
{
    struct reader_message message = card_message_of(event, text);
    message.technology = (uint8_t)technology;
    message.trust = (uint8_t)card_trust_of(technology);
    (void)!send(CHANNEL, &message, sizeof message, MSG_NOSIGNAL);
}

static void hang(void)
{
    for (;;)
        (void)pause();
}

/* Ticks, and answers when it is spoken to. */
static void child_steady(void)
{
    say(READER_HELLO, "steady", 0);
    struct pollfd channel = {.fd = CHANNEL, .events = POLLIN};
    for (;;) {
        struct reader_message message;
        if (poll(&channel, 1, 20) == 0)
            say(READER_TICK, NULL, 0);
        else if (recv(CHANNEL, &message, sizeof message, 0) == sizeof message)
            say(READER_UNKNOWN, message.event == READER_REST ? "rest" : "hasten", 0);
        else
            _exit(0);
    }
}

static void child_silent(void)
{
    say(READER_HELLO, "silent", 0);
    hang();
}

static void child_crash(void)
{
    say(READER_HELLO, "crash", 0);
    (void)raise(SIGKILL);
}

static void child_card(void)
{
    say(READER_HELLO, "card", 0);
    say(READER_CARD, "num:1234", READER_NDEF);
    say(READER_CARD, "num:5678", READER_NDEF);
    say(READER_UNKNOWN, "some card", 0);
    say(READER_ERROR, "the device went", 0);
    _exit(1);
}

static void child_liar(void)
{
    say(READER_CARD, "num:1234", READER_NDEF);
    hang();
}

static void child_garbage(void)
{
    say(READER_HELLO, "garbage", 0);
    (void)!send(CHANNEL, "0123456789", 10, MSG_NOSIGNAL);
    hang();
}

static void child_stubborn(void)
{
    (void)signal(SIGTERM, SIG_IGN);
    say(READER_HELLO, "stubborn", 0);
    hang();
}

static void child_deaf(void)
{
    (void)close(CHANNEL);
    hang();
}

/* Leaves a trace of what it was given: its environment, and its descriptors beside the channel. */
static void child_tell(void)
{
    char text[64];
    (void)snprintf(text, sizeof text, "env=%d fd0=%d fd4=%d", environ[0] != NULL,
                   (int)read(STDIN_FILENO, text, 1), close(4));
    say(READER_HELLO, text, 0);
    hang();
}

static const struct child_row {
    const char *name;
    void (*run)(void);
} CHILDREN[] = {
    {"steady", child_steady},   {"silent", child_silent},     {"mute", hang},
    {"crash", child_crash},     {"card", child_card},         {"liar", child_liar},
    {"garbage", child_garbage}, {"stubborn", child_stubborn}, {"deaf", child_deaf},
    {"tell", child_tell},
};

static int run_child(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(CHILDREN); i++)
        if (strcmp(CHILDREN[i].name, name) == 0)
            CHILDREN[i].run();
    return 1;
}

/* --- the tests --- */

static char self_path[4096];

static void open_world_for(struct minder_world *world, const char *const arguments[],
                           const struct card_programme *programme)
{
    minder_world_open(world, (struct minder_options){
                                 .program = self_path,
                                 .arguments = arguments,
                                 .open_ms_max = 500,
                                 .silence_ms_max = 500,
                                 .retry_ms_min = 10,
                                 .retry_ms_max = 40,
                                 .stop_ms_max = 200,
                                 .programme = programme,
                             });
}

static void open_world(struct minder_world *world, const char *const arguments[])
{
    open_world_for(world, arguments, NULL);
}

static bool is_ready(const struct minder_world *world)
{
    return world->state == MINDER_READY;
}

static bool has_died_twice(const struct minder_world *world)
{
    return minder_deaths(world->minder) >= 2;
}

static bool is_out(const struct minder_world *world)
{
    return world->state == MINDER_OUT;
}

static bool heard_rest(const struct minder_world *world)
{
    return strcmp(world->unknown, "rest") == 0;
}

static void minder__keeps_a_child_that_ticks(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "steady", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    (void)minder_world_run_until(&world, is_ready, WITHIN_MS);
    assert_string_equal(world.what, "steady");
    /* a loop that slept longer than the child may be silent finds its words, and kills nobody */
    assert_int_equal(poll(NULL, 0, 800), 0);
    minder_expect_card(world.minder, false);
    (void)minder_world_run_until(&world, heard_rest, WITHIN_MS);
    assert_int_equal(minder_deaths(world.minder), 0);
    assert_int_equal(minder_state_of(world.minder), MINDER_READY);
    minder_world_close(&world);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void minder__kills_and_restarts_each_child_that_fails(void **state)
{
    (void)state;
    static const struct {
        const char *child;
        const char *end;
    } cases[] = {
        {"silent", "killed: it said nothing for too long"},
        {"mute", "killed: it could not open its device in time"},
        {"deaf", "killed: it could not open its device in time"},
        {"crash", "died of signal 9"},
        {"card", "ended with 1"},
        {"nosuch", "ended with 1"},
        {"liar", "killed: it sent what is no message of a reader (ok)"},
        {"garbage", "killed: it sent what is no message of a reader (truncated)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const arguments[] = {"--child", cases[i].child, NULL};
        struct minder_world world;
        open_world(&world, arguments);
        (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
        assert_string_equal(world.last_end, cases[i].end);
        minder_world_close(&world);
    }
}

static void minder__believes_no_technology_that_the_programme_does_not_take(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "card", NULL};
    static const struct card_programme programme = {.order_count = 1, .order = {READER_UID}};
    struct minder_world world;
    open_world_for(&world, arguments, &programme);
    (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
    assert_int_equal(world.card_count, 0);
    assert_string_equal(world.last_end, "killed: it sent what is no message of a reader (unsupported)");
    minder_world_close(&world);
}

static void minder__says_gone_for_a_card_whose_reader_died(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "card", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
    assert_int_equal(world.card_count, 4);
    assert_int_equal(world.gone_count,
                     4); /* the second card pushes the first away; the error takes the second */
    assert_int_equal(world.unknown_count, 2);
    assert_string_equal(world.unknown, "some card");
    assert_string_equal(world.card.text, "num:5678");
    assert_int_equal(world.card.technology, READER_NDEF);
    assert_int_equal(world.card.trust, CARD_TRUST_STATIC);
    assert_string_equal(world.gone, "num:5678");
    minder_world_close(&world);
}

static void minder__is_unstable_after_three_deaths_and_out_after_ten(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "nosuch", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    (void)minder_world_run_until(&world, is_out, WITHIN_MS);
    assert_int_equal(minder_deaths(world.minder), MINDER_DEATHS_OUT);
    assert_int_equal(world.state_counts[MINDER_LOST], MINDER_DEATHS_UNSTABLE - 1);
    assert_int_equal(world.state_counts[MINDER_UNSTABLE], MINDER_DEATHS_OUT - MINDER_DEATHS_UNSTABLE);
    minder_world_close(&world);
}

static void minder__tries_again_when_the_program_is_missing(void **state)
{
    (void)state;
    static const char *const arguments[] = {NULL};
    struct minder_world world;
    minder_world_open(&world, (struct minder_options){.program = "/nonexistent/kassa-reader",
                                                      .arguments = arguments,
                                                      .retry_ms_min = 10,
                                                      .retry_ms_max = 40});
    (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
    assert_non_null(strstr(world.what, "could not be started: no such file"));
    minder_world_close(&world);
}

static void minder_close__kills_a_child_that_ignores_term(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "stubborn", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    (void)minder_world_run_until(&world, is_ready, WITHIN_MS);
    minder_world_close(&world);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static bool heard_hasten(const struct minder_world *world)
{
    return strcmp(world->unknown, "hasten") == 0;
}

static void minder_expect_card__is_passed_on(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "steady", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    minder_expect_card(world.minder, false); /* before the child even listens */
    (void)minder_world_run_until(&world, heard_rest, WITHIN_MS);
    minder_expect_card(world.minder, true);
    minder_expect_card(world.minder, true);
    (void)minder_world_run_until(&world, heard_hasten, WITHIN_MS);
    assert_int_equal(world.unknown_count, 2);
    minder_world_close(&world);
}

static void minder__hands_the_child_nothing_but_the_channel(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "tell", NULL};
    struct minder_world world;
    open_world(&world, arguments);
    (void)minder_world_run_until(&world, is_ready, WITHIN_MS);
    assert_string_equal(world.what, "env=0 fd0=0 fd4=-1");
    minder_world_close(&world);
}

struct closing_world {
    uv_loop_t loop;
    struct minder *minder;
    bool is_closed;
};

static void note_closed(void *self)
{
    ((struct closing_world *)self)->is_closed = true;
}

static void close_on_state(void *self, enum minder_state state, const char *what)
{
    (void)what;
    struct closing_world *world = self;
    if (state == MINDER_LOST)
        minder_close(world->minder, note_closed, world);
}

static void minder_close__may_be_called_by_its_listener(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--child", "nosuch", NULL};
    struct closing_world world = {.is_closed = false};
    assert_int_equal(uv_loop_init(&world.loop), 0);
    const struct minder_options options = {.loop = &world.loop,
                                           .program = self_path,
                                           .arguments = arguments,
                                           .listener = {.self = &world, .on_state = close_on_state}};
    assert_int_equal(minder_open(&options, &world.minder), ERR_OK);
    (void)uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_true(world.is_closed);
    assert_int_equal(uv_loop_close(&world.loop), 0);
}

/* --- a service manager that starts the child at each connection --- */

struct manager {
    struct folder folder;
    char path[128];
    pid_t pid;
};

/* A child that hangs is ended by the manager's watchdog; here, when the next one is asked for. */
static void manage(int listen_fd, const char *child)
{
    pid_t pid = 0;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int fd = accept(listen_fd, NULL, NULL);
        if (fd < 0)
            _exit(1);
        if (pid > 0 && (kill(pid, SIGKILL) != 0 || waitpid(pid, NULL, 0) != pid))
            _exit(1);
        pid = fork();
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)close(listen_fd);
            if (fd == CHANNEL || dup2(fd, CHANNEL) == CHANNEL)
                (void)execl(self_path, self_path, "--child", child, (char *)NULL);
            _exit(1);
        }
        (void)close(fd);
    }
}

static void start_manager(struct manager *manager, const char *child)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    manager->folder = folder_make();
    folder_join(&manager->folder, "reader.sock", manager->path);
    memcpy(address.sun_path, manager->path, strlen(manager->path));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    manager->pid = fork();
    assert_true(manager->pid >= 0);
    if (manager->pid == 0)
        manage(fd, child);
    (void)close(fd);
}

static void end_manager(const struct manager *manager)
{
    assert_int_equal(kill(manager->pid, SIGKILL), 0);
    assert_int_equal(waitpid(manager->pid, NULL, 0), manager->pid);
    folder_remove(&manager->folder);
}

static void open_managed(struct minder_world *world, const char *path)
{
    static const char *const none[] = {NULL};
    minder_world_open(world, (struct minder_options){.socket_path = path,
                                                     .program = "/nonexistent/kassa-reader",
                                                     .arguments = none,
                                                     .open_ms_max = 500,
                                                     .silence_ms_max = 500,
                                                     .retry_ms_min = 10,
                                                     .retry_ms_max = 40});
}

/* The manager first: closing the world looks whether any child is left. */
static void close_managed(struct minder_world *world, const struct manager *manager)
{
    end_manager(manager);
    minder_world_close(world);
}

static void minder__speaks_to_a_child_that_a_manager_starts(void **state)
{
    (void)state;
    struct minder_world world;
    struct manager manager;
    start_manager(&manager, "steady");
    open_managed(&world, manager.path);
    (void)minder_world_run_until(&world, is_ready, WITHIN_MS);
    assert_string_equal(world.what, "steady");
    minder_expect_card(world.minder, false);
    (void)minder_world_run_until(&world, heard_rest, WITHIN_MS);
    assert_int_equal(minder_deaths(world.minder), 0);
    close_managed(&world, &manager);
}

static void minder__leaves_each_child_of_a_manager_that_fails_and_asks_for_another(void **state)
{
    (void)state;
    static const struct {
        const char *child;
        const char *end;
    } cases[] = {
        {"silent", "killed: it said nothing for too long"},
        {"mute", "killed: it could not open its device in time"},
        {"crash", "its connection ended"},
        {"card", "its connection ended"},
        {"nosuch", "its connection ended"},
        {"liar", "killed: it sent what is no message of a reader (ok)"},
        {"garbage", "killed: it sent what is no message of a reader (truncated)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct minder_world world;
        struct manager manager;
        start_manager(&manager, cases[i].child);
        open_managed(&world, manager.path);
        (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
        assert_string_equal(world.what, cases[i].end);
        close_managed(&world, &manager);
    }
}

static void minder__waits_for_a_manager_that_is_not_there(void **state)
{
    (void)state;
    struct minder_world world;
    struct folder folder = folder_make();
    char path[128];
    folder_join(&folder, "nobody.sock", path);
    open_managed(&world, path);
    (void)minder_world_run_until(&world, has_died_twice, WITHIN_MS);
    assert_non_null(strstr(world.what, "could not be started: no such file"));
    minder_world_close(&world);
    folder_remove(&folder);
}

static void minder_state_name__knows_each_state(void **state)
{
    (void)state;
    for (int i = 0; i < MINDER_STATE_COUNT; i++)
        assert_string_not_equal(minder_state_name((enum minder_state)i), "?");
    assert_string_equal(minder_state_name(MINDER_STATE_COUNT), "?");
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--child") == 0)
        return run_child(argv[2]);
    size_t size = sizeof self_path;
    if (uv_exepath(self_path, &size) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minder__keeps_a_child_that_ticks),
        cmocka_unit_test(minder__kills_and_restarts_each_child_that_fails),
        cmocka_unit_test(minder__believes_no_technology_that_the_programme_does_not_take),
        cmocka_unit_test(minder__says_gone_for_a_card_whose_reader_died),
        cmocka_unit_test(minder__is_unstable_after_three_deaths_and_out_after_ten),
        cmocka_unit_test(minder__tries_again_when_the_program_is_missing),
        cmocka_unit_test(minder_close__kills_a_child_that_ignores_term),
        cmocka_unit_test(minder_expect_card__is_passed_on),
        cmocka_unit_test(minder__hands_the_child_nothing_but_the_channel),
        cmocka_unit_test(minder_close__may_be_called_by_its_listener),
        cmocka_unit_test(minder__speaks_to_a_child_that_a_manager_starts),
        cmocka_unit_test(minder__leaves_each_child_of_a_manager_that_fails_and_asks_for_another),
        cmocka_unit_test(minder__waits_for_a_manager_that_is_not_there),
        cmocka_unit_test(minder_state_name__knows_each_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
