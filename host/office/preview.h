/* SPDX-License-Identifier: Apache-2.0 */
/* preview.h - a basket priced at head office as a till would: the same engine, the same book, the same cents.
 *
 * A basket is the JSON that a POS sends to a till ({"lines": [{"sku": "ROLL", "quantity": "6", "unit_price":
 * "0.35", "categories": ["bakery"]}]}); a member is {"tier": "gold", "segments": ["families"]}. Keys of the
 * till's API that do not bear on prices are taken and mean nothing. Threads: one a preview. */
#ifndef KASSA_OFFICE_PREVIEW_H
#define KASSA_OFFICE_PREVIEW_H

#include <jansson.h>

#include "offers/offers.h"
#include "office/finding.h"
#include "office/pool.h"

struct preview {
    const struct book *book;
    struct pool pool;                  /* lines, segments, the workspace */
    json_t *basket_json, *member_json; /* the spans below point into them */
    struct offers_line *lines;
    struct span *descriptions; /* one a line; empty: none was given */
    uint32_t line_count;
    struct offers_member member;
    struct offers_moment moment;
    struct offers_result result;
};

void preview_done(struct preview *preview); /* also for CLEANUP */

/* Reads a basket, a member. Line by line what is wrong goes to findings. ERR_SYNTAX: something is;
 * ERR_MEMORY. */
NODISCARD
enum err preview_read_basket(struct preview *preview, struct span text, struct findings *findings);
NODISCARD
enum err preview_read_member(struct preview *preview, struct span text, struct findings *findings);

/* "2026-11-21T18:30" on the store's own clock. ERR_SYNTAX. */
NODISCARD
enum err preview_read_time(struct span text, struct offers_moment *moment);

/* Fills preview->result. ERR_RANGE: amounts that overflow; ERR_ARGUMENT: more than LINES_MAX lines. */
NODISCARD
enum err preview_price(struct preview *preview);

/* Everything that the engine said, as an object; all offers of the book are explained. NULL: no memory. */
json_t *preview_as_json(const struct preview *preview, struct span language);

#endif
