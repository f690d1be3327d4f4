/* SPDX-License-Identifier: Apache-2.0 */
/* members_csv.h - members from a CSV file (RFC 4180, UTF-8): a head line that names the columns, in any
 * order, then a member a line.
 *
 *     card,first_name,language,tier,segments,consents
 *     num:2900000000018,Ona,lt,gold,families;coffee-lovers,personal_offers;email:2
 *
 * card is required; the others may be left out or empty. It is read twice: once to find every fault, then to
 * take in, so that a file is taken in whole or not at all. Bytes from outside: nothing of them is believed.
 */
#ifndef KASSA_OFFICE_MEMBERS_CSV_H
#define KASSA_OFFICE_MEMBERS_CSV_H

#include "office/member_desk.h"

#define MEMBERS_CSV_SIZE_MAX   (1024 * 1024 * 1024)
#define MEMBERS_CSV_ROW_MAX    4096 /* bytes of one line */
#define MEMBERS_CSV_FIELDS_MAX 16

struct members_csv {
    struct span text;
    size_t at;
    uint32_t line;                              /* of the row that was read last, from 1 */
    uint8_t scratch[MEMBERS_CSV_ROW_MAX];       /* the row's fields, quotes resolved */
    struct span fields[MEMBERS_CSV_FIELDS_MAX]; /* of the row, within scratch */
    uint32_t columns[MEMBERS_CSV_FIELDS_MAX];   /* where in the text each begins, in characters from 1 */
    uint32_t field_count;
    int column_of_field[6]; /* by the table in members_csv.c; -1: no such column */
};

/* Reads the head. ERR_SYNTAX: its faults are in findings. */
NODISCARD
enum err members_csv_open(struct span text, struct findings *findings, struct members_csv *out);

/* Reads the next member; spans live until the next call. ERR_NOT_FOUND: there is no more. ERR_SYNTAX: this
 * row is not one; its faults are in findings and the next call goes on behind it. */
NODISCARD
enum err members_csv_next(struct members_csv *csv, struct findings *findings, struct member_entry *out);

/* Where the field of that name stood in the row that was read last. */
struct place members_csv_place(const struct members_csv *csv, const char *field);

#endif
