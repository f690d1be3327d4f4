/* SPDX-License-Identifier: Apache-2.0 */
/* What a scanner types that plays a keyboard: key events through a pipe, as the kernel words them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/scanner/scanner.h"

enum { UP, DOWN, REPEAT };

struct typist {
    char folder[32];
    char device[64];
    int fd;
    struct scanner *scanner;
    char heard[4][SCANNER_LINE_SIZE_MAX + 1];
    enum err errors[4];
    size_t count;
};

static void on_line(void *self, enum err error, struct span line)
{
    struct typist *typist = self;
    assert_true(typist->count < COUNT_OF(typist->heard));
    memcpy(typist->heard[typist->count], line.bytes, line.size);
    typist->errors[typist->count++] = error;
}

static void open_typist(struct typist *typist, uint32_t gap_ms)
{
    *typist = (struct typist){.folder = "/tmp/kassa-keys-XXXXXX"};
    assert_non_null(mkdtemp(typist->folder));
    (void)snprintf(typist->device, sizeof typist->device, "evdev:%s/keys", typist->folder);
    assert_int_equal(mkfifo(typist->device + strlen("evdev:"), 0600), 0);
    assert_int_equal(scanner_open(typist->device, gap_ms, &typist->scanner), ERR_OK);
    typist->fd = open(typist->device + strlen("evdev:"), O_WRONLY | O_CLOEXEC);
    assert_true(typist->fd >= 0);
}

static void close_typist(struct typist *typist)
{
    scanner_close(typist->scanner);
    (void)close(typist->fd);
    assert_int_equal(unlink(typist->device + strlen("evdev:")), 0);
    assert_int_equal(rmdir(typist->folder), 0);
}

static void send_event(struct typist *typist, uint16_t type, uint16_t code, int32_t value, uint64_t at_ms)
{
    const struct input_event event = {.type = type, .code = code, .value = value};
    /* In two parts: a pipe may cut them anywhere. */
    assert_int_equal(write(typist->fd, &event, 5), 5);
    assert_int_equal(scanner_read(typist->scanner, at_ms, on_line, typist), ERR_OK);
    assert_int_equal(write(typist->fd, (const char *)&event + 5, sizeof event - 5), sizeof event - 5);
    assert_int_equal(scanner_read(typist->scanner, at_ms, on_line, typist), ERR_OK);
}

static void key(struct typist *typist, uint16_t code, int32_t value)
{
    send_event(typist, EV_KEY, code, value, 0);
    send_event(typist, EV_SYN, SYN_REPORT, 0, 0);
}

static void strike(struct typist *typist, uint16_t code)
{
    key(typist, code, DOWN);
    key(typist, code, UP);
}

static void strike_with(struct typist *typist, uint16_t held, uint16_t code)
{
    key(typist, held, DOWN);
    strike(typist, code);
    key(typist, held, UP);
}

static void scanner_keys__types_by_the_us_layout_whatever_the_machine_has(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    static const uint16_t plain[] = {KEY_2, KEY_9, KEY_0, KEY_A, KEY_Z, KEY_MINUS, KEY_SLASH, KEY_KP7};
    static const uint16_t shifted[] = {KEY_2, KEY_A, KEY_MINUS, KEY_SLASH, KEY_SEMICOLON};
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        strike(&typist, plain[i]);
    for (size_t i = 0; i < COUNT_OF(shifted); i++)
        strike_with(&typist, i % 2 == 0 ? KEY_LEFTSHIFT : KEY_RIGHTSHIFT, shifted[i]);
    strike(&typist, KEY_ENTER);
    assert_int_equal(typist.count, 1);
    assert_string_equal(typist.heard[0], "290az-/7@A_?:");
    close_typist(&typist);
}

static void scanner_keys__ends_a_code_at_enter_of_either_kind_and_at_tab(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    static const uint16_t ends[] = {KEY_ENTER, KEY_KPENTER, KEY_TAB};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        strike(&typist, KEY_1);
        strike(&typist, ends[i]);
        assert_int_equal(typist.count, i + 1);
        assert_string_equal(typist.heard[i], "1");
    }
    close_typist(&typist);
}

static void scanner_keys__takes_gs_from_control_and_from_f8(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    strike(&typist, KEY_1);
    strike_with(&typist, KEY_LEFTCTRL, KEY_RIGHTBRACE);
    strike(&typist, KEY_2);
    strike(&typist, KEY_F8);
    strike(&typist, KEY_3);
    strike_with(&typist, KEY_RIGHTCTRL, KEY_5); /* no character of its own */
    strike_with(&typist, KEY_RIGHTCTRL, KEY_M); /* CR */
    assert_int_equal(typist.count, 1);
    assert_string_equal(typist.heard[0], "1\x1D"
                                         "2\x1D"
                                         "3");
    close_typist(&typist);
}

static void strike_alt(struct typist *typist, const char *digits)
{
    static const uint16_t keypad[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                      KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};
    key(typist, KEY_LEFTALT, DOWN);
    for (; *digits != '\0'; digits++)
        strike(typist, keypad[*digits - '0']);
    key(typist, KEY_LEFTALT, UP);
}

static void scanner_keys__takes_characters_by_alt_and_their_number(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    strike_alt(&typist, "065");
    strike_alt(&typist, "0050");
    strike_alt(&typist, "");
    strike_alt(&typist, "0");
    strike_alt(&typist, "0233");    /* no ASCII */
    strike_alt(&typist, "0000065"); /* no character has so long a number */
    strike_alt(&typist, "29");
    strike(&typist, KEY_9);
    strike(&typist, KEY_ENTER);
    assert_int_equal(typist.count, 1);
    assert_string_equal(typist.heard[0], "A2??\x1D"
                                         "9");
    close_typist(&typist);
}

static void scanner_keys__counts_no_key_twice_that_is_held(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    key(&typist, KEY_1, DOWN);
    key(&typist, KEY_1, REPEAT);
    key(&typist, KEY_1, REPEAT);
    key(&typist, KEY_1, UP);
    strike(&typist, KEY_CAPSLOCK);
    strike(&typist, KEY_A);
    strike_with(&typist, KEY_LEFTSHIFT, KEY_A);
    strike(&typist, KEY_CAPSLOCK);
    strike(&typist, KEY_A);
    strike(&typist, KEY_VOLUMEUP); /* and keys that type nothing */
    strike(&typist, KEY_ENTER);
    assert_string_equal(typist.heard[0], "1Aaa");
    close_typist(&typist);
}

static void scanner_keys__believes_no_code_of_which_the_kernel_lost_keys(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 0);
    strike(&typist, KEY_1);
    key(&typist, KEY_LEFTSHIFT, DOWN); /* whose release is lost */
    send_event(&typist, EV_SYN, SYN_DROPPED, 0, 0);
    strike(&typist, KEY_2);
    strike(&typist, KEY_ENTER);
    assert_int_equal(typist.count, 2);
    assert_int_equal(typist.errors[0], ERR_TRUNCATED);
    assert_string_equal(typist.heard[1], "2");
    close_typist(&typist);
}

static void scanner_rest__ends_a_code_by_silence_where_nothing_else_does(void **state)
{
    (void)state;
    struct typist typist;
    open_typist(&typist, 50);
    assert_int_equal(scanner_rest(typist.scanner, 0, on_line, &typist), UINT32_MAX);
    send_event(&typist, EV_KEY, KEY_1, DOWN, 1000);
    send_event(&typist, EV_KEY, KEY_2, DOWN, 1020);
    assert_int_equal(scanner_rest(typist.scanner, 1040, on_line, &typist), 30);
    assert_int_equal(typist.count, 0);
    assert_int_equal(scanner_rest(typist.scanner, 1070, on_line, &typist), UINT32_MAX);
    assert_int_equal(typist.count, 1);
    assert_string_equal(typist.heard[0], "12");
    send_event(&typist, EV_KEY, KEY_3, DOWN, 2000);
    send_event(&typist, EV_KEY, KEY_4, DOWN, 3000); /* nobody looked meanwhile */
    assert_int_equal(typist.count, 2);
    assert_string_equal(typist.heard[1], "3");
    close_typist(&typist);
}

static void scanner_open__refuses_what_is_no_keyboard(void **state)
{
    (void)state;
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_open("evdev:/dev/null", 0, &scanner), ERR_UNSUPPORTED);
    assert_int_equal(scanner_open("hidpos:/dev/null", 0, &scanner), ERR_UNSUPPORTED);
    assert_int_equal(scanner_open("/dev/null", 0, &scanner), ERR_UNSUPPORTED);
    assert_int_equal(scanner_open("evdev:/tmp/kassa-is-not-there", 0, &scanner), ERR_NOT_FOUND);
    assert_int_equal(scanner_open("/dev/input/kassa-is-not-there", 0, &scanner), ERR_NOT_FOUND);
    assert_null(scanner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanner_keys__types_by_the_us_layout_whatever_the_machine_has),
        cmocka_unit_test(scanner_keys__ends_a_code_at_enter_of_either_kind_and_at_tab),
        cmocka_unit_test(scanner_keys__takes_gs_from_control_and_from_f8),
        cmocka_unit_test(scanner_keys__takes_characters_by_alt_and_their_number),
        cmocka_unit_test(scanner_keys__counts_no_key_twice_that_is_held),
        cmocka_unit_test(scanner_keys__believes_no_code_of_which_the_kernel_lost_keys),
        cmocka_unit_test(scanner_rest__ends_a_code_by_silence_where_nothing_else_does),
        cmocka_unit_test(scanner_open__refuses_what_is_no_keyboard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
