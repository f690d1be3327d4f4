/* SPDX-License-Identifier: Apache-2.0 */
/* cases_cel.h - matches that no list of names can say, as conditions in CEL. Private to the cases*.c files. */
#ifndef KASSA_OFFICE_CASES_CEL_H
#define KASSA_OFFICE_CASES_CEL_H

#include "office/cases_kit.h"

/* A match as it is written; all that is there holds together. */
struct case_match {
    const json_t *sku, *category, *any, *except; /* NULL: not asked for */
    int64_t price_min, price_max, not_reduced;
};

void case_read_match(struct case_run *run, const char *where, const json_t *json, struct case_match *out);

/* The compiled condition that a line is meant; that the basket holds such a line. Empty, and a fault, on
 * failure. */
struct span case_line_program(struct case_run *run, const json_t *match);
struct span case_contains_program(struct case_run *run, const json_t *match);

#endif
