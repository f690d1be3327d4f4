/* SPDX-License-Identifier: Apache-2.0 */
/* book_words.h - what stands in a book, in words: a row a field, each with a label and a text. What is not there
 * has no row. The same rows are shown and compared: a field that is added here shows up in both.
 * Owner: rows own their texts. Threads: one. */
#ifndef KASSA_OFFICE_BOOK_WORDS_H
#define KASSA_OFFICE_BOOK_WORDS_H

#include <jansson.h>

#include "offers/book.h"

#define WORDS_LABEL_SIZE 40

struct words_row {
    char label[WORDS_LABEL_SIZE]; /* "percent", "message pl" */
    char *text;                   /* "20 %" */
    bool is_list;                 /* texts parted by ", " */
};

struct words {
    struct words_row *rows;
    size_t count, capacity;
    bool is_out_of_memory;
};

/* A book, and the offers of the JSON that it came from, if it did (words_index; NULL: not known): conditions are
 * told in its words. */
struct words_source {
    const struct book *book;
    const json_t *by_id;
};

/* The offers of a JSON book by their ids. NULL: no memory. The caller's to free. */
json_t *words_index(const json_t *book);

/* Adds the rows of an offer, of the book's head. */
void words_of_offer(const struct words_source *source, const struct book_offer *offer, struct words *out);
void words_of_book(const struct words_source *source, struct words *out);
void words_done(struct words *words); /* also for CLEANUP */

/* NULL: there is no row of that label. */
const struct words_row *words_find(const struct words *words, const char *label);

#endif
