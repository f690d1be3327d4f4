/* SPDX-License-Identifier: Apache-2.0 */
/* coupon_list.h - who gets a coupon, from a CSV file: a member's id a line, and perhaps a serial.
 *
 *     member,serial
 *     0f1e2d3c4b5a69788796a5b4c3d2e1f0,xmas-0001
 *
 * The head line is there; serial may be left out, as a column or empty: each then has one that is made of series and
 * member, so that a list which is given again gives nothing twice. Bytes from outside. Pure. */
#ifndef KASSA_OFFICE_COUPON_LIST_H
#define KASSA_OFFICE_COUPON_LIST_H

#include "kassa/limits.h"
#include "office/finding.h"
#include "office/list_lines.h"

#define COUPON_LIST_SIZE_MAX (256 * 1024 * 1024)

struct coupon_list {
    struct list_lines lines;
    bool has_serials;
};

struct coupon_list_row {
    uint8_t member[MEMBER_SIZE];
    char serial[COUPON_SERIAL_MAX + 1]; /* empty: none was named */
};

/* Reads the head. ERR_SYNTAX: its fault is in findings. */
NODISCARD
enum err coupon_list_open(struct span text, struct findings *findings, struct coupon_list *out);

/* The next row; blank lines are left out. ERR_NOT_FOUND: there is no more. ERR_SYNTAX: the fault is in findings, and
 * the next call goes on behind it. */
NODISCARD
enum err coupon_list_next(struct coupon_list *list, struct findings *findings, struct coupon_list_row *out);

#endif
