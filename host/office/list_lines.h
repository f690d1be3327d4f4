/* SPDX-License-Identifier: Apache-2.0 */
/* list_lines.h - the lines of a list that somebody saved from a spreadsheet: UTF-8 with or without its mark, ended by LF or
 * CR LF. Borrows the text. */
#ifndef KASSA_OFFICE_LIST_LINES_H
#define KASSA_OFFICE_LIST_LINES_H

#include "base/base.h"

struct list_lines {
    struct span text;
    size_t at;
    uint32_t number; /* of the line that was taken last, from 1; 0: none was */
};

struct list_lines list_lines_of(struct span text);

/* The next line without its end; false: there is none. */
bool list_lines_take(struct list_lines *lines, struct span *out);
/* The next one that is not empty. */
bool list_lines_take_filled(struct list_lines *lines, struct span *out);

#endif
