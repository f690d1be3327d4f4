/* SPDX-License-Identifier: Apache-2.0 */
/* bureau_list.h - cards from a CSV file: those that a bureau is to make, or has made.
 *
 *     number,uid,link
 *     2940000123454,04a1b2c3d4e5f6,https://tap.example/s?picc_data=...
 *
 * The first line names the columns, in any order; others than these three are passed over, and each of them may be
 * missing. Commas or semicolons between, double quotes around a field where one wants them. Bytes from outside. Pure. */
#ifndef KASSA_OFFICE_BUREAU_LIST_H
#define KASSA_OFFICE_BUREAU_LIST_H

#include "office/bureau_recipe.h"
#include "office/finding.h"
#include "office/list_lines.h"

#define BUREAU_LIST_SIZE_MAX (64 * 1024 * 1024)

enum bureau_list_column { BUREAU_LIST_NUMBER, BUREAU_LIST_UID, BUREAU_LIST_LINK, BUREAU_LIST_COLUMNS };

struct bureau_list {
    struct list_lines lines;
    char separator;
    int columns[BUREAU_LIST_COLUMNS]; /* -1: there is none */
};

struct bureau_list_row {
    struct bureau_card card;
    char link[BUREAU_RECIPE_LINK_MAX]; /* "": none */
};

/* A number as it stands on cards: capitals. False: it is too long. */
bool bureau_list_put_number(struct span text, struct bureau_card *out);

/* Reads the head. ERR_SYNTAX: its fault is in findings. */
NODISCARD
enum err bureau_list_open(struct span text, struct findings *findings, struct bureau_list *out);

/* The next row; blank lines are left out. ERR_NOT_FOUND: there is no more. ERR_SYNTAX: the fault is in findings, and the
 * next call goes on behind it. */
NODISCARD
enum err bureau_list_next(struct bureau_list *list, struct findings *findings, struct bureau_list_row *out);

#endif
