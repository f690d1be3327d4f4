/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-reader as a process: what it gives up, whom it obeys, and when it ends. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "card/message.h"
#include "card/programme.h"
#include "unit/minder/sim.h"

#define PROGRAM    KASSA_BINARY_DIR "/bin/kassa-reader"
#define WITHIN_MS  20000
#define WORDS_MAX  16
#define CHANNEL_FD 3

struct reader {
    struct sim sim;
    pid_t pid;
    int channel;
};

static int start_sim(void **state)
{
    static struct reader reader;
    reader = (struct reader){.channel = -1};
    sim_start(&reader.sim);
    *state = &reader;
    return 0;
}

static int stop_sim(void **state)
{
    struct reader *reader = *state;
    sim_stop(&reader->sim);
    return 0;
}

/* In the child: becomes kassa-reader with the channel on descriptor 3. */
static void become_reader(int channel, const char *const words[])
{
    char *argv[WORDS_MAX] = {NULL};
    memcpy(argv, words, sizeof argv);
    if (channel >= 0 && dup2(channel, CHANNEL_FD) != CHANNEL_FD)
        _exit(99);
    (void)execv(PROGRAM, argv);
    _exit(99);
}

static void start_reader(struct reader *reader, const char *first, const char *second)
{
    const char *const words[WORDS_MAX] = {
        "kassa-reader", "--device", reader->sim.device, "--poll-ms", "10", "--away-ms", "0", first, second};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    reader->pid = fork();
    assert_true(reader->pid >= 0);
    if (reader->pid == 0)
        become_reader(pair[1], words);
    (void)close(pair[1]);
    reader->channel = pair[0];
}

/* The next message that is no tick. */
static struct reader_message next_message(const struct reader *reader)
{
    struct reader_message message = {.event = READER_TICK};
    while (message.event == READER_TICK) {
        uint8_t datagram[sizeof message + 1];
        struct pollfd ready = {.fd = reader->channel, .events = POLLIN};
        assert_int_equal(poll(&ready, 1, WITHIN_MS), 1);
        ssize_t size = recv(reader->channel, datagram, sizeof datagram, 0);
        assert_true(size > 0);
        assert_int_equal(card_message_read(span_of(datagram, (size_t)size), CARD_MESSAGE_OF_READER, &message),
                         ERR_OK);
    }
    return message;
}

static void expect_event(const struct reader *reader, enum reader_event event)
{
    struct reader_message message = next_message(reader);
    if (message.event != event)
        fail_msg("event %u (%s) instead of %u", message.event, message.text, (unsigned)event);
}

/* The channel ends when the process does. */
static void expect_end(struct reader *reader, int exit_code)
{
    struct pollfd ended = {.fd = reader->channel, .events = 0};
    while (poll(&ended, 1, WITHIN_MS) == 1 && (ended.revents & POLLHUP) == 0)
        ;
    assert_true((ended.revents & POLLHUP) != 0);
    int status = 0;
    assert_int_equal(waitpid(reader->pid, &status, 0), reader->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), exit_code);
    (void)close(reader->channel);
}

static void tell_to_end(struct reader *reader)
{
    assert_int_equal(kill(reader->pid, SIGTERM), 0);
    expect_end(reader, 0);
}

static void read_status(pid_t pid, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(out, 1, size - 1, file);
    out[got] = '\0';
    (void)fclose(file);
}

static void reader__has_given_up_every_privilege_before_the_first_card(void **state)
{
    struct reader *reader = *state;
    start_reader(reader, NULL, NULL);
    expect_event(reader, READER_HELLO);
    char status[8192];
    read_status(reader->pid, status, sizeof status);
    assert_non_null(strstr(status, "NoNewPrivs:\t1"));
    assert_true(strstr(status, "Seccomp:\t2") != NULL ||
                strstr(status, "Seccomp:") == NULL); /* an emulator tells none */
    assert_non_null(strstr(status, "CapEff:\t0000000000000000"));
    assert_null(strstr(status, "Uid:\t0\t"));
    assert_null(strstr(status, "Gid:\t0\t"));
    tell_to_end(reader);
}

static void reader__ends_with_its_parent(void **state)
{
    struct reader *reader = *state;
    start_reader(reader, NULL, NULL);
    expect_event(reader, READER_HELLO);
    assert_int_equal(shutdown(reader->channel, SHUT_RDWR), 0); /* as a dead parent's socket does */
    expect_end(reader, 0);
}

/* A parent that is killed while somebody else still holds the socket open. */
static void reader__is_killed_when_its_parent_is(void **state)
{
    struct reader *reader = *state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        const char *const words[WORDS_MAX] = {"kassa-reader", "--device", reader->sim.device};
        if (fork() == 0)
            become_reader(pair[1], words);
        for (;;)
            (void)pause();
    }
    (void)close(pair[1]);
    reader->channel = pair[0];
    expect_event(reader, READER_HELLO);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    struct pollfd ended = {.fd = reader->channel, .events = 0};
    assert_int_equal(poll(&ended, 1, WITHIN_MS), 1);
    assert_true((ended.revents & POLLHUP) != 0);
    (void)close(reader->channel);
}

static void reader__refuses_a_device_that_another_holds(void **state)
{
    struct reader *reader = *state;
    struct reader second = *reader;
    start_reader(reader, NULL, NULL);
    expect_event(reader, READER_HELLO);
    start_reader(&second, NULL, NULL);
    struct reader_message message = next_message(&second);
    assert_int_equal(message.event, READER_ERROR);
    assert_non_null(strstr(message.text, err_sentence(ERR_BUSY)));
    tell_to_end(reader);
    expect_event(&second, READER_HELLO); /* it went on trying */
    tell_to_end(&second);
}

static void send_whole_programme(const struct reader *reader, const struct card_programme *programme)
{
    struct card_programme_message message;
    card_programme_pack(programme, &message);
    assert_int_equal(send(reader->channel, &message, sizeof message, 0), sizeof message);
}

static void send_programme(const struct reader *reader, const char *link)
{
    struct card_programme programme = card_programme_default();
    assert_int_equal(card_links_add(&programme.links, span_of_text(link)), ERR_OK);
    send_whole_programme(reader, &programme);
}

#define SUN_URI "https://tap.example/s?picc_data=00000000000000000000000000000000&cmac=0000000000000000"

/* A link that the tag signs anew at each tap, its key made of the master key by the UID; the same tag under another key is
 * no other member, but nobody. */
static void reader__knows_a_tag_that_signs_its_link_at_each_tap(void **state)
{
    struct reader *reader = *state;
    static const uint8_t meta[] = {0x0F, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    static const uint8_t master[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                     0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
    struct card_programme programme = card_programme_default();
    programme.order_count = 3;
    memcpy(programme.order, ((const uint8_t[]){READER_SUN, READER_TYPE4, READER_UID}), 3);
    assert_int_equal(card_links_add(&programme.sun.links, span_of_text("tap.example/s")), ERR_OK);
    programme.sun.has_meta_key = true;
    memcpy(programme.sun.meta_key, meta, sizeof meta);
    memcpy(programme.sun.file_key.bytes, master, sizeof master);
    programme.sun.file_key.diversify = CARD_DIVERSIFY_AN10922;
    programme.sun.file_key.input_size = 11;
    memcpy(programme.sun.file_key.input, "LOYALTY-SDM", 11);
    sim_tell(&reader->sim, "present 0 ntag424 uid 04DE5F1EACC040 meta 0f0e0d0c0b0a09080706050403020100 "
                           "key 1B3D545C53BB5C9D6DD2B0B2C6B16450 counter 417 uri " SUN_URI);
    start_reader(reader, "--await-programme", NULL);
    send_whole_programme(reader, &programme);
    expect_event(reader, READER_HELLO);
    struct reader_message card = next_message(reader);
    assert_int_equal(card.event, READER_CARD);
    assert_int_equal(card.technology, READER_SUN);
    assert_string_equal(card.text, "uid:04de5f1eacc040");
    assert_int_equal(card.freshness.kind, READER_FRESH_COUNTER);
    assert_int_equal(card.freshness.value, 418); /* read once */
    sim_tell(&reader->sim, "swap 0 ntag424 uid 04DE5F1EACC041 meta 0f0e0d0c0b0a09080706050403020100 "
                           "key 1B3D545C53BB5C9D6DD2B0B2C6B16450 counter 417 uri " SUN_URI);
    expect_event(reader, READER_GONE);
    expect_event(reader, READER_UNKNOWN);
    tell_to_end(reader);
}

/* An NTAG213 whose pages from 4 on are read with the password alone: CFG0, CFG1, PWD, PACK are its last pages. */
static void reader__opens_a_tag_by_its_password(void **state)
{
    struct reader *reader = *state;
    struct card_programme programme = card_programme_default();
    assert_int_equal(card_links_add(&programme.links, span_of_text("loyalty.example/c/")), ERR_OK);
    programme.type2 = (struct card_type2_settings){
        .has_password = true, .has_pack = true, .password = {0xFF, 0xFF, 0xFF, 0xFF}, .pack = {0, 0}};
    sim_tell(&reader->sim, "present 0 ntag213 uri https://loyalty.example/c/1234567");
    start_reader(reader, "--await-programme", NULL);
    send_whole_programme(reader, &programme);
    expect_event(reader, READER_HELLO);
    struct reader_message card = next_message(reader);
    assert_string_equal(card.text, "num:1234567");
    sim_tell(&reader->sim, "remove 0");
    expect_event(reader, READER_GONE);
    programme.type2.password[0] = 0x11; /* none of the programme's: its number is not read */
    send_whole_programme(reader, &programme);
    sim_tell(&reader->sim, "wait-poll 3 10000");
    sim_tell(&reader->sim, "present 0 ntag213 uri https://loyalty.example/c/1234567");
    card = next_message(reader);
    assert_string_equal(card.text, "uid:04a1b2c3d4e513");
    tell_to_end(reader);
}

static void reader__reads_the_number_on_a_type_4_tag(void **state)
{
    struct reader *reader = *state;
    sim_tell(&reader->sim, "present 0 type4 uri https://loyalty.example/c/1234567");
    start_reader(reader, "--link", "loyalty.example/c/");
    expect_event(reader, READER_HELLO);
    struct reader_message card = next_message(reader);
    assert_int_equal(card.technology, READER_TYPE4);
    assert_string_equal(card.text, "num:1234567");
    sim_tell(&reader->sim, "swap 0 type4 uid 04112233445566");
    expect_event(reader, READER_GONE);
    card = next_message(reader);
    assert_string_equal(card.text, "uid:04112233445566");
    tell_to_end(reader);
}

/* The first one before the first card, and another one whenever it comes. */
static void reader__takes_cards_for_what_its_parents_programme_says(void **state)
{
    struct reader *reader = *state;
    sim_tell(&reader->sim, "present 0 ntag213 uri https://loyalty.example/c/1234567");
    start_reader(reader, "--await-programme", NULL);
    send_programme(reader, "loyalty.example/c/");
    expect_event(reader, READER_HELLO);
    struct reader_message card = next_message(reader);
    assert_int_equal(card.event, READER_CARD);
    assert_string_equal(card.text, "num:1234567");
    sim_tell(&reader->sim, "remove 0");
    expect_event(reader, READER_GONE);
    send_programme(reader, "other.example/c/");
    sim_tell(&reader->sim, "wait-poll 3 10000");
    sim_tell(&reader->sim, "present 0 ntag213 uri https://other.example/c/7654321");
    card = next_message(reader);
    assert_string_equal(card.text, "num:7654321");
    tell_to_end(reader);
}

static void reader__reads_no_card_without_the_programme_that_it_was_promised(void **state)
{
    struct reader *reader = *state;
    sim_tell(&reader->sim, "present 0 uid 11223344");
    start_reader(reader, "--await-programme", NULL);
    expect_end(reader, 2);
}

static void reader__reads_on_after_it_set_its_radio_up_anew(void **state)
{
    struct reader *reader = *state;
    start_reader(reader, "--refresh-ms", "1");
    expect_event(reader, READER_HELLO);
    for (int tap = 0; tap < 5; tap++) {
        sim_tell(&reader->sim, "wait-poll 3 10000");
        sim_tell(&reader->sim, "present 0 uid 11223344");
        expect_event(reader, READER_CARD);
        sim_tell(&reader->sim, "remove 0");
        expect_event(reader, READER_GONE);
    }
    tell_to_end(reader);
}

static void reader__still_tells_of_cards_at_the_resting_pace(void **state)
{
    struct reader *reader = *state;
    start_reader(reader, "--rest-ms", "200");
    expect_event(reader, READER_HELLO);
    struct reader_message rest = card_message_of(READER_REST, NULL);
    assert_int_equal(send(reader->channel, &rest, sizeof rest, 0), sizeof rest);
    sim_tell(&reader->sim, "present 0 ntag213 uid 04a1b2c3d4e5f6");
    expect_event(reader, READER_CARD);
    sim_tell(&reader->sim, "remove 0");
    expect_event(reader, READER_GONE);
    tell_to_end(reader);
}

static void reader__ends_when_its_parent_talks_nonsense(void **state)
{
    struct reader *reader = *state;
    start_reader(reader, NULL, NULL);
    expect_event(reader, READER_HELLO);
    assert_int_equal(send(reader->channel, "nonsense", 8, 0), 8);
    expect_end(reader, 0);
}

static int run_for_exit_code(const char *device, bool has_channel)
{
    const char *const words[WORDS_MAX] = {"kassa-reader", "--device", device};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(CHANNEL_FD);
        become_reader(has_channel ? pair[1] : -1, words);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)close(pair[0]);
    (void)close(pair[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void reader__refuses_to_start_when_called_wrongly(void **state)
{
    (void)state;
    assert_int_equal(run_for_exit_code("pn532_uart:/dev/null:115200", false), 2);
    assert_int_equal(run_for_exit_code("pn532_uart:/dev/serial/by-path/pci-0000:00:14:115200", true), 2);
    assert_int_equal(run_for_exit_code("nothing", true), 2);
    assert_int_equal(run_for_exit_code(NULL, true), 2);
}

#define WITH_SIM(test) cmocka_unit_test_setup_teardown(test, start_sim, stop_sim)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SIM(reader__has_given_up_every_privilege_before_the_first_card),
        WITH_SIM(reader__ends_with_its_parent),
        WITH_SIM(reader__takes_cards_for_what_its_parents_programme_says),
        WITH_SIM(reader__knows_a_tag_that_signs_its_link_at_each_tap),
        WITH_SIM(reader__opens_a_tag_by_its_password),
        WITH_SIM(reader__reads_the_number_on_a_type_4_tag),
        WITH_SIM(reader__reads_no_card_without_the_programme_that_it_was_promised),
        WITH_SIM(reader__is_killed_when_its_parent_is),
        WITH_SIM(reader__refuses_a_device_that_another_holds),
        WITH_SIM(reader__reads_on_after_it_set_its_radio_up_anew),
        WITH_SIM(reader__still_tells_of_cards_at_the_resting_pace),
        WITH_SIM(reader__ends_when_its_parent_talks_nonsense),
        cmocka_unit_test(reader__refuses_to_start_when_called_wrongly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
