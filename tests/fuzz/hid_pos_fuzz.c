/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a USB device says of its reports and in them: an error, or bytes of the report itself. The input is a descriptor,
 * behind its length in two bytes, and one report. */
#include <stdlib.h>

#include "platform/scanner/scanner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void on_line(void *self, enum err error, struct span line)
{
    (void)self;
    expect(line.size <= SCANNER_LINE_SIZE_MAX);
    expect(error == ERR_OK || line.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hid_pos hid_pos;
    struct hid_pos_part part;
    struct scanner_lines lines = {.size = 0};
    if (size < 2)
        return 0;
    size_t room = size - 2;
    size_t descriptor_size = (size_t)(data[0] << 8 | data[1]) % (room + 1);
    struct span report = span_of(data + 2 + descriptor_size, room - descriptor_size);
    if (scanner_hid_read_descriptor(span_of(data + 2, descriptor_size), &hid_pos) != ERR_OK)
        return 0;
    expect(hid_pos.data.size > 0);
    if (scanner_hid_read_report(&hid_pos, report, &part) != ERR_OK)
        return 0;
    expect(part.data.bytes >= report.bytes && part.data.bytes + part.data.size <= report.bytes + report.size);
    scanner_lines_feed_part(&lines, &part, 0, on_line, NULL);
    scanner_lines_feed_part(&lines, &part, 1, on_line, NULL);
    return 0;
}
