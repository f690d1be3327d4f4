/* SPDX-License-Identifier: Apache-2.0 */
/* Scanners of USB's own kind: their description of reports, and codes from reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "platform/scanner/scanner.h"

/* As scanners describe themselves: report 2 holds a count, three bytes of AIM's identifier, 56 of data and a bit that says whether
 * it goes on; report 4 (settings) holds what is none of ours. */
static const uint8_t numbered[] = {
    0x05, 0x8C,                                           /* usage page: bar code scanner */
    0x09, 0x02,                                           /* usage: bar code scanner */
    0xA1, 0x01,                                           /* collection: application */
    0x85, 0x04, 0x09, 0x11,                               /* report 4, settings */
    0x75, 0x08, 0x95, 0x05,                               /* five bytes */
    0x09, 0x20, 0x81, 0x02,                               /* input */
    0x85, 0x02,                                           /* report 2 */
    0x09, 0x12, 0xA1, 0x02,                               /* collection: scanned data */
    0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, /* bytes */
    0xA4, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, 0xB4,       /* push, generic desktop: byte count, pop */
    0x95, 0x03, 0x19, 0xFB, 0x29, 0xFD, 0x81, 0x02,       /* usages FB to FD: symbology */
    0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01,             /* 56 of FE: data, buffered bytes */
    0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02,       /* one bit: continued */
    0x95, 0x07, 0x81, 0x03,                               /* seven that mean nothing */
    0xC0, 0xC0};

#define REPORT_SIZE (1 + 1 + 3 + 56 + 1)

static struct hid_pos described(const uint8_t *bytes, size_t size)
{
    struct hid_pos hid_pos;
    assert_int_equal(scanner_hid_read_descriptor(span_of(bytes, size), &hid_pos), ERR_OK);
    return hid_pos;
}

static void make_report(uint8_t report[REPORT_SIZE], const char *aim, const char *data, bool is_continued)
{
    memset(report, 0, REPORT_SIZE);
    report[0] = 2;
    report[1] = (uint8_t)strlen(data);
    memcpy(report + 2, aim, strlen(aim));
    memset(report + 5, 'x', 56); /* what is left from before */
    memcpy(report + 5, data, strlen(data));
    report[61] = is_continued ? 1 : 0;
}

static void scanner_hid_read_descriptor__finds_where_the_code_stands(void **state)
{
    (void)state;
    struct hid_pos hid_pos = described(numbered, sizeof numbered);
    assert_true(hid_pos.has_numbers);
    assert_int_equal(hid_pos.number, 2);
    assert_int_equal(hid_pos.count.offset, 1);
    assert_int_equal(hid_pos.count.size, 1);
    assert_int_equal(hid_pos.aim[0].offset, 2);
    assert_int_equal(hid_pos.aim[2].offset, 4);
    assert_int_equal(hid_pos.data.offset, 5);
    assert_int_equal(hid_pos.data.size, 56);
    assert_int_equal(hid_pos.continued_bit, 61 * 8);
}

static void scanner_hid_read_descriptor__takes_a_device_with_one_report_and_no_count(void **state)
{
    (void)state;
    static const uint8_t plain[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x08, 0x95,
                                    0x20, 0x0B, 0xFE, 0x00, 0x8C, 0x00, 0x81, 0x02, 0xC0};
    struct hid_pos hid_pos = described(plain, sizeof plain);
    uint8_t report[32] = "2900000010000";
    struct hid_pos_part part;
    assert_false(hid_pos.has_numbers);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    assert_true(span_is_equal(part.data, span_of_text("2900000010000")));
    assert_false(part.is_continued);
    memset(report, '1', sizeof report);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    assert_int_equal(part.data.size, 32);
}

static void scanner_hid_read_descriptor__refuses_keyboards_and_what_is_broken(void **state)
{
    (void)state;
    static const uint8_t keyboard[] = {0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0,
                                       0x29, 0xE7, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0xC0};
    static const uint8_t bits[] = {0x05, 0x8C, 0x75, 0x07, 0x95, 0x09, 0x09, 0xFE, 0x81, 0x02};
    static const uint8_t endless[] = {0x05, 0x8C, 0x75, 0x08, 0x97, 0xFF, 0xFF,
                                      0xFF, 0xFF, 0x09, 0xFE, 0x81, 0x02};
    static const uint8_t pop[] = {0xB4};
    struct hid_pos hid_pos;
    assert_int_equal(scanner_hid_read_descriptor(span_of(keyboard, sizeof keyboard), &hid_pos),
                     ERR_UNSUPPORTED);
    assert_int_equal(scanner_hid_read_descriptor(span_of(bits, sizeof bits), &hid_pos), ERR_UNSUPPORTED);
    assert_int_equal(scanner_hid_read_descriptor(span_of(endless, sizeof endless), &hid_pos),
                     ERR_UNSUPPORTED);
    assert_int_equal(scanner_hid_read_descriptor(span_of(pop, sizeof pop), &hid_pos), ERR_SYNTAX);
    assert_int_equal(scanner_hid_read_descriptor(span_of(pop, 0), &hid_pos), ERR_UNSUPPORTED);
    for (size_t size = 0; size < sizeof numbered; size++) {
        enum err error = scanner_hid_read_descriptor(span_of(numbered, size), &hid_pos);
        assert_true(error == ERR_OK || error == ERR_TRUNCATED || error == ERR_UNSUPPORTED);
        assert_true(error != ERR_OK || hid_pos.data.size == 56);
    }
}

static void scanner_hid_read_report__reads_code_and_symbology(void **state)
{
    (void)state;
    struct hid_pos hid_pos = described(numbered, sizeof numbered);
    uint8_t report[REPORT_SIZE];
    struct hid_pos_part part;
    make_report(report, "]E0", "2900000010000", false);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    assert_true(span_is_equal(part.data, span_of_text("2900000010000")));
    assert_memory_equal(part.aim, "]E0", 3);
    assert_false(part.is_continued);
    make_report(report, "", "1", true);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    assert_int_equal(part.aim[0], 0);
    assert_true(part.is_continued);
    report[1] = 255; /* more than there is room for */
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    assert_int_equal(part.data.size, 56);
    report[0] = 4;
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_NOT_FOUND);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, 0), &part), ERR_NOT_FOUND);
    report[0] = 2;
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, 60), &part), ERR_TRUNCATED);
}

struct heard {
    char line[SCANNER_LINE_SIZE_MAX + 1];
    enum err error;
    size_t count;
};

static void on_line(void *self, enum err error, struct span line)
{
    struct heard *heard = self;
    memset(heard->line, 0, sizeof heard->line);
    memcpy(heard->line, line.bytes, line.size);
    heard->error = error;
    heard->count++;
}

static void feed(struct scanner_lines *lines, const char *aim, const char *data, bool is_continued,
                 uint64_t at_ms, struct heard *heard)
{
    struct hid_pos hid_pos = described(numbered, sizeof numbered);
    uint8_t report[REPORT_SIZE];
    struct hid_pos_part part;
    make_report(report, aim, data, is_continued);
    assert_int_equal(scanner_hid_read_report(&hid_pos, span_of(report, sizeof report), &part), ERR_OK);
    scanner_lines_feed_part(lines, &part, at_ms, on_line, heard);
}

static void scanner_lines_feed_part__puts_a_long_code_together(void **state)
{
    (void)state;
    struct scanner_lines lines = {0};
    struct heard heard = {0};
    feed(&lines, "]C1", "0184000000000000", true, 0, &heard);
    assert_int_equal(heard.count, 0);
    feed(&lines, "]C1", "10ABC\r\n", false, 5, &heard); /* some add what keyboards would */
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.line, "]C1018400000000000010ABC");
    feed(&lines, "", "1234", false, 10, &heard);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.line, "1234");
    feed(&lines, "", "12", true, 20, &heard);
    feed(&lines, "", "34", false, 21 + SCANNER_GAP_MS_MAX, &heard); /* its head was of another one */
    assert_int_equal(heard.count, 4);
    assert_string_equal(heard.line, "34");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanner_hid_read_descriptor__finds_where_the_code_stands),
        cmocka_unit_test(scanner_hid_read_descriptor__takes_a_device_with_one_report_and_no_count),
        cmocka_unit_test(scanner_hid_read_descriptor__refuses_keyboards_and_what_is_broken),
        cmocka_unit_test(scanner_hid_read_report__reads_code_and_symbology),
        cmocka_unit_test(scanner_lines_feed_part__puts_a_long_code_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
