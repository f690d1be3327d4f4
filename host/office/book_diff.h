/* SPDX-License-Identifier: Apache-2.0 */
/* book_diff.h - what a new book changes: offers added, removed, and changed field by field, in words.
 * Owner: the list owns its texts until book_diff_done; offers are named by index into their book. Threads: one. */
#ifndef KASSA_OFFICE_BOOK_DIFF_H
#define KASSA_OFFICE_BOOK_DIFF_H

#include "office/book_words.h"

/* "percent: 20 % -> 25 %"; of a list, what came and what went. NULL: it was not there, is no more there. */
struct book_diff_field {
    char label[WORDS_LABEL_SIZE];
    char *before, *after;
    char *added, *removed; /* of lists that both have; else NULL */
};

enum book_diff_kind { BOOK_DIFF_ADDED, BOOK_DIFF_REMOVED, BOOK_DIFF_CHANGED };

struct book_diff_offer {
    enum book_diff_kind kind;
    uint32_t before, after; /* BOOK_NONE: not in that book */
    bool is_version_raised; /* of a changed one: receipts tell the two apart */
    struct book_diff_field *fields;
    size_t field_count;
};

struct book_diff {
    struct book_diff_field *head; /* of the book itself */
    size_t head_count;
    struct book_diff_offer *offers; /* in the new book's order, then those that are gone */
    size_t offer_count;
    uint32_t same_count;
};

/* ERR_MEMORY. */
NODISCARD
enum err book_diff_make(const struct words_source *before, const struct words_source *after,
                        struct book_diff *out);
void book_diff_done(struct book_diff *diff); /* also for CLEANUP */

#endif
