/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "platform/scanner/scanner.h"

#define DEADLINE_MS 5000

struct heard {
    char lines[8][SCANNER_LINE_SIZE_MAX + 1];
    enum err errors[8];
    size_t count;
};

static void on_line(void *self, enum err error, struct span line)
{
    struct heard *heard = self;
    assert_true(heard->count < COUNT_OF(heard->lines));
    assert_true(line.size <= SCANNER_LINE_SIZE_MAX);
    memcpy(heard->lines[heard->count], line.bytes, line.size);
    heard->errors[heard->count++] = error;
}

static void feed(struct scanner_lines *lines, const char *text, uint64_t now_mono_ms, struct heard *heard)
{
    scanner_lines_feed(lines, span_of_text(text), now_mono_ms, on_line, heard);
}

static void scanner_lines_feed__ends_a_code_at_cr_lf_or_etx(void **state)
{
    (void)state;
    struct scanner_lines lines = {0};
    struct heard heard = {0};
    feed(&lines,
         "\x02"
         "111\r\n222\r333\n\x02"
         "444\x03\r\n\r\n",
         0, &heard);
    assert_int_equal(heard.count, 4);
    assert_string_equal(heard.lines[0], "\x02"
                                        "111");
    assert_string_equal(heard.lines[1], "222");
    assert_string_equal(heard.lines[2], "333");
    assert_string_equal(heard.lines[3], "\x02"
                                        "444");
}

static void scanner_lines_feed__puts_a_code_together_byte_by_byte(void **state)
{
    (void)state;
    struct scanner_lines lines = {0};
    struct heard heard = {0};
    const char *text = "2940000123454\r";
    for (size_t i = 0; text[i] != '\0'; i++)
        scanner_lines_feed(&lines, span_of(text + i, 1), i, on_line, &heard);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.lines[0], "2940000123454");
}

static void scanner_lines_feed__drops_a_code_that_broke_off(void **state)
{
    (void)state;
    struct scanner_lines lines = {0};
    struct heard heard = {0};
    feed(&lines, "29400", 1000, &heard);
    feed(&lines, "5901234123457\r", 1001 + SCANNER_GAP_MS_MAX, &heard);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.errors[0], ERR_TRUNCATED);
    assert_int_equal(heard.errors[1], ERR_OK);
    assert_string_equal(heard.lines[1], "5901234123457");
}

static void scanner_lines_feed__refuses_an_endless_line_once(void **state)
{
    (void)state;
    struct scanner_lines lines = {0};
    struct heard heard = {0};
    for (int i = 0; i < 100; i++)
        feed(&lines, "0123456789", 0, &heard);
    assert_int_equal(heard.count, 0);
    feed(&lines, "\r1234\r", 0, &heard);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.errors[0], ERR_TOO_LONG);
    assert_string_equal(heard.lines[1], "1234");
}

static int open_master(char path[64])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    assert_int_equal(ptsname_r(master, path, 64), 0);
    return master;
}

static enum err read_when_ready(struct scanner *scanner, struct heard *heard)
{
    struct pollfd ready = {.fd = scanner_fd(scanner), .events = POLLIN};
    assert_int_equal(poll(&ready, 1, DEADLINE_MS), 1);
    return scanner_read(scanner, 0, on_line, heard);
}

static void scanner_read__hands_over_what_a_serial_scanner_sends(void **state)
{
    (void)state;
    char path[64];
    int master = open_master(path);
    struct scanner *scanner CLEANUP(scanner_closep) = NULL;
    struct heard heard = {0};
    assert_int_equal(scanner_open(path, 0, &scanner), ERR_OK);
    assert_int_equal(scanner_read(scanner, 0, on_line, &heard), ERR_OK); /* nothing there: no blocking */
    static const char code[] = "]E02940000123454\r\n\x04\x11"; /* no byte means anything to a raw line */
    assert_int_equal(write(master, code, sizeof code - 1), sizeof code - 1);
    while (heard.count == 0)
        assert_int_equal(read_when_ready(scanner, &heard), ERR_OK);
    assert_string_equal(heard.lines[0], "]E02940000123454");
    (void)close(master);
    assert_int_equal(read_when_ready(scanner, &heard), ERR_CLOSED);
}

static void scanner_open__sets_the_line_to_9600_8n1_raw(void **state)
{
    (void)state;
    char path[64];
    int master = open_master(path);
    struct scanner *scanner CLEANUP(scanner_closep) = NULL;
    assert_int_equal(scanner_open(path, 0, &scanner), ERR_OK);
    struct termios port;
    assert_int_equal(tcgetattr(scanner_fd(scanner), &port), 0);
    assert_int_equal(cfgetispeed(&port), B9600);
    assert_int_equal(port.c_cflag & (CSIZE | CSTOPB | PARENB), CS8);
    assert_int_equal(port.c_lflag & (ICANON | ECHO | ISIG), 0);
    (void)close(master);
}

static void scanner_open__tells_why_it_cannot(void **state)
{
    (void)state;
    char path[64];
    int master = open_master(path);
    struct scanner *scanner CLEANUP(scanner_closep) = NULL;
    struct scanner *second = NULL;
    assert_int_equal(scanner_open("/nonexistent/scanner", 0, &second), ERR_NOT_FOUND);
    assert_int_equal(scanner_open("/dev/null", 0, &second), ERR_UNSUPPORTED);
    assert_int_equal(scanner_open(path, 0, &scanner), ERR_OK);
    assert_int_equal(scanner_open(path, 0, &second), ERR_BUSY);
    assert_null(second);
    (void)close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanner_lines_feed__ends_a_code_at_cr_lf_or_etx),
        cmocka_unit_test(scanner_lines_feed__puts_a_code_together_byte_by_byte),
        cmocka_unit_test(scanner_lines_feed__drops_a_code_that_broke_off),
        cmocka_unit_test(scanner_lines_feed__refuses_an_endless_line_once),
        cmocka_unit_test(scanner_read__hands_over_what_a_serial_scanner_sends),
        cmocka_unit_test(scanner_open__sets_the_line_to_9600_8n1_raw),
        cmocka_unit_test(scanner_open__tells_why_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
