/* SPDX-License-Identifier: Apache-2.0 */
/* preview.h - a basket priced at head office as a till would: the same engine, the same book, the same cents.
 *
 * A basket is the JSON that a POS sends to a till ({"lines": [{"sku": "ROLL", "quantity": "6", "unit_price":
 * "0.35", "categories": ["bakery"]}], "coupons": ["welcome"], "burn_points": 500, "tenders": [...]}) with what
 * was had of limited offers ("counters"); a member is {"tier": "gold", "segments": ["families"], "visits": 9,
 * "birthday": "05-17", "points": 800, "consents": ["personal_offers"]}, or what `kassa member show` prints. Keys
 * that do not bear on prices are taken and mean nothing. Threads: one a preview. */
#ifndef KASSA_OFFICE_PREVIEW_H
#define KASSA_OFFICE_PREVIEW_H

#include <jansson.h>

#include "offers/offers.h"
#include "office/finding.h"
#include "office/form.h"
#include "office/pool.h"

#define PREVIEW_COUNTERS_MAX   1000
#define PREVIEW_COUNTER_SAMPLE "{\"offer\": \"coffee-20\", \"limit\": 0, \"used\": 3}"

struct preview {
    const struct book *book;
    struct pool pool;                  /* lines, segments, the workspace */
    json_t *basket_json, *member_json; /* the spans below point into them */
    struct offers_line *lines;
    struct span *descriptions; /* one a line; empty: none was given */
    uint32_t line_count;
    const struct offers_coupon *coupons;
    const struct offers_tender *tenders;
    const struct offers_counter *counters; /* ascending by offer, then limit */
    uint32_t coupon_count, tender_count, counter_count;
    int64_t burn_points, price_mode; /* enum offers_price_mode */
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

/* Parts of them, for the two readers. */
form_read preview_read_counters;
enum err preview_verdict(const struct form *form, size_t errors_before);

/* "2026-11-21T18:30" on the store's own clock; the offset from UTC is the moment's. ERR_SYNTAX. */
NODISCARD
enum err preview_read_time(struct span text, struct offers_moment *moment);

/* Fills preview->result. ERR_RANGE: amounts that overflow; ERR_ARGUMENT: more than LINES_MAX lines. */
NODISCARD
enum err preview_price(struct preview *preview);

/* Everything that the engine said, as an object; all offers of the book are explained. NULL: no memory. */
json_t *preview_as_json(const struct preview *preview, struct span language);

#endif
