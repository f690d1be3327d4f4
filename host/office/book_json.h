/* SPDX-License-Identifier: Apache-2.0 */
/* book_json.h - the book of offers as people write it (include/kassa/book.schema.json) -> the binary book.
 *
 * Everything that is wrong is found in one go, each with line, column, path, what it is and what to do. What
 * is said twice in different words (dates reversed, an item both in and out, an offer that no basket can get)
 * is found here; what the schema can say, the schema says too, and tests hold the two together. Owner: the
 * caller owns the text and the findings; *out_image is freed with book_image_done. Threads: any, on their own
 * objects. The same text gives the same bytes. */
#ifndef KASSA_OFFICE_BOOK_JSON_H
#define KASSA_OFFICE_BOOK_JSON_H

#include "offers/book.h"
#include "office/finding.h"

#define BOOK_JSON_SIZE_MAX (64 * 1024 * 1024)

/* A binary book and the memory that it stands in. */
struct book_image {
    uint8_t *memory;
    struct span bytes; /* within memory */
};

void book_image_done(struct book_image *image); /* also for CLEANUP */

/* What a check may know besides the book. */
struct book_json_terms {
    struct span catalogue;         /* articles with prices and costs (catalogue.h); empty: none */
    struct findings *of_catalogue; /* what is wrong with that text; NULL where there is none */
    int32_t today;                 /* offers that ended before are warned of; BOOK_DAY_FIRST: not told */
};

/* Adds to findings whatever is wrong. ERR_SYNTAX: there is at least one error among them, and no book.
 * ERR_TOO_LONG: the text is over BOOK_JSON_SIZE_MAX, or the book would be over BOOK_SIZE_MAX. ERR_MEMORY. */
NODISCARD
enum err book_json_compile(struct span text, struct findings *findings, struct book_image *out_image);

/* The same with more to hold it against. ERR_SYNTAX too, if the catalogue is wrong. */
NODISCARD
enum err book_json_check(struct span text, const struct book_json_terms *terms, struct findings *findings,
                         struct book_image *out_image);

#endif
