/* SPDX-License-Identifier: Apache-2.0 */
/* slow.h - a second evaluator of offers, written to be obviously right and for nothing else: it reads the book as
 * head office wrote it, walks all offers and all lines, makes a struct of each single unit and tries every
 * combination. It shares no code with the engine; the rules are those of firmware/offers/SPEC.md. Where the two
 * disagree, one of them is wrong.
 *
 * Its sums are 128 bits wide, so that nothing overflows; what the engine refuses as out of range it refuses as
 * well where SPEC.md names a bound, and else the case is not compared. */
#ifndef KASSA_MODEL_SLOW_H
#define KASSA_MODEL_SLOW_H

#include "model/terms.h"
#include "offers/offers.h"

#define SLOW_LINES  16
#define SLOW_OFFERS 16
#define SLOW_UNITS  512
#define SLOW_AWARDS AWARDS_MAX

__extension__ typedef __int128 slow_wide; /* the one typedef: a type that has no other portable name */

struct slow_line_result {
    int64_t amount_minor, discount_minor, points, unit_price_e5, prior_price_minor, tax_minor, tax_base_minor;
};

struct slow_offer_result {
    bool is_given;
    const char *why; /* not */
    int64_t amount_minor, points;
};

struct slow_award {
    uint32_t offer; /* index into the source */
    int64_t count, charged_minor, unit_price_minor;
};

struct slow_result {
    struct slow_line_result lines[SLOW_LINES];
    struct slow_offer_result offers[SLOW_OFFERS]; /* as in the source */
    int64_t gross_minor, discount_minor, total_minor, points, tax_minor, payable_minor;
    int64_t burned_points, burned_minor;
    struct slow_award awards[SLOW_AWARDS];
    uint32_t award_count;
    bool is_searched; /* a best-combination lane had something to try */
};

/* source must be one that the builder accepts; at most SLOW_LINES lines, SLOW_OFFERS offers and SLOW_UNITS units.
 * The counters of the basket carry indexes into the source. terms: what the offers' programs were written from, by
 * offer; NULL: no offer has any. */
void slow_price(const struct book_source *source, const struct terms *terms,
                const struct offers_basket *basket, const struct offers_member *member,
                const struct offers_moment *moment, struct slow_result *out_result);

#endif
