/* SPDX-License-Identifier: Apache-2.0 */
/* hid_pos.h - scanners of USB's own kind (HID Point of Sale Usage Tables, usage page 8C): where in a report the code stands, from the
 * device's description of its reports, and the code from a report. Pure functions of bytes. */
#ifndef KASSA_SCANNER_HID_POS_H
#define KASSA_SCANNER_HID_POS_H

#include "base/base.h"

#define HID_POS_DESCRIPTOR_MAX 4096
#define HID_POS_REPORT_MAX     1024
#define HID_POS_AIM_SIZE       3

/* Bytes of a report; size 0: the report has no such field. */
struct hid_pos_field {
    uint16_t offset; /* in bytes, the report's number included if there is one */
    uint16_t size;
};

struct hid_pos {
    bool has_numbers; /* each report begins with its number */
    uint8_t number;   /* of the report that holds codes */
    struct hid_pos_field data;
    struct hid_pos_field count;                 /* how many bytes of data count; none: up to the first NUL */
    struct hid_pos_field aim[HID_POS_AIM_SIZE]; /* the symbology, as AIM names it: "]E0" */
    uint32_t continued_bit; /* set: the next report goes on with this code; 0: no such field */
};

/* Reads a report descriptor (HID 1.11, 6.2.2). ERR_UNSUPPORTED: no scanner, or one whose fields are no bytes.
 * ERR_SYNTAX, ERR_TRUNCATED: it is broken. */
NODISCARD
enum err scanner_hid_read_descriptor(struct span descriptor, struct hid_pos *out);

/* What one report says. */
struct hid_pos_part {
    struct span data;              /* views into the report */
    uint8_t aim[HID_POS_AIM_SIZE]; /* zeroes: it tells none */
    bool is_continued;
};

/* ERR_NOT_FOUND: a report of another kind. ERR_TRUNCATED: shorter than was described. */
NODISCARD
enum err scanner_hid_read_report(const struct hid_pos *hid_pos, struct span report, struct hid_pos_part *out);

#endif
