/* SPDX-License-Identifier: Apache-2.0 */
/* words_out.h - how the rows of book_words.h are written: into a text that grows. Inside office/ only. */
#ifndef KASSA_OFFICE_WORDS_OUT_H
#define KASSA_OFFICE_WORDS_OUT_H

#include <stdio.h>

#include "office/book_words.h"

/* What a row is written from. */
struct words_of {
    const struct book *book;
    const struct book_offer *offer; /* NULL: the book's head */
    const json_t *json;             /* of the offer; NULL: not known */
};

typedef void words_write(FILE *out, const struct words_of *of);

struct words_rule {
    const char *label;
    words_write *write; /* writes nothing: there is no such row */
    bool is_list;
};

void words_apply(const struct words_rule *rules, size_t count, const struct words_of *of, struct words *out);

/* Rows of what an offer gives. */
void words_add_give(const struct words_of *of, struct words *out);

/* Pieces of sentences. */
void words_span(FILE *out, struct span text);
void words_money(FILE *out, const struct book *book, int64_t minor);
void words_decimal(FILE *out, int64_t value, unsigned decimals, const char *unit); /* "20 %" */
void words_references(FILE *out, const struct book *book, struct book_range range);
void words_selector(FILE *out, const struct book *book, uint32_t selector);
void words_tenders(FILE *out, uint32_t bits);
void words_day(FILE *out, int32_t day); /* nothing where there is no such bound */
/* The n-th word; nothing beyond the last one. */
void words_choice(FILE *out, const char *const *choices, size_t count, unsigned value);

#endif
