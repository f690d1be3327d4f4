/* SPDX-License-Identifier: Apache-2.0 */
/* bureau_return.h - is what a printer's bureau gave back what was ordered, and does a till know it?
 *
 * Memory    a row of some 64 bytes a card while it runs. Threads: one (vault's). */
#ifndef KASSA_OFFICE_BUREAU_RETURN_H
#define KASSA_OFFICE_BUREAU_RETURN_H

#include "office/bureau_list.h"

/* Reads the list of cards that came (bureau_list.h). Each link must be the programme's, signed where it is one that tags
 * sign, and say the row's number and UID; no number and no UID may come twice; and where `ordered` has bytes, just the numbers
 * of that list must be there. What is wrong is in findings, with lines of what came. *out_count: rows that came.
 * ERR_SYNTAX: there are findings. ERR_MEMORY. */
NODISCARD
enum err bureau_return_check(const struct card_programme *programme, struct span came, struct span ordered,
                             struct findings *findings, size_t *out_count);

#endif
