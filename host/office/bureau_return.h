/* SPDX-License-Identifier: Apache-2.0 */
/* bureau_return.h - is what a printer's bureau gave back what was ordered, and does a till know it?
 *
 * Memory    a row of some 64 bytes a card while it runs. Threads: one (vault's). */
#ifndef KASSA_OFFICE_BUREAU_RETURN_H
#define KASSA_OFFICE_BUREAU_RETURN_H

#include "office/bureau_list.h"

struct bureau_return {
    size_t count;   /* rows that came */
    bool has_links; /* false: the list has no such column, and what is on the cards was not looked at */
};

/* Reads the list of cards that came (bureau_list.h). Where it has a column for links, each row must have one (a card without was
 * not written), and it must be the programme's, signed where it is one that tags
 * sign, and say the row's number and UID; no number and no UID may come twice; and just the
 * cards of `ordered` (NULL: that is not looked at) must be there: found by number, and where a row has none by UID; the UIDs
 * must be the same where both have one. What is wrong is in findings, with lines of what came. ERR_SYNTAX: there are findings. ERR_MEMORY. */
NODISCARD
enum err bureau_return_check(const struct card_programme *programme, struct span came,
                             const struct span *ordered, struct findings *findings,
                             struct bureau_return *out);

#endif
