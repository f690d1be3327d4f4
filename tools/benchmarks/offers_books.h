/* SPDX-License-Identifier: Apache-2.0 */
/* offers_books.h - books and baskets that kassa-bench-offers prices; the same seed gives the same ones.
 *
 * shelf       a shop's usual book. `near` of its offers are on the goods that baskets hold, the others on goods
 *             that no basket holds, so that books of any size touch the same basket alike.
 * deals       offers that all contend for the same units in one best-combination lane, in several nasty ways: a
 *             `deals` each.
 * conditions  offers that show a message where sums over the basket, a category's quantity and the member's
 *             tier are right: what a general rule engine can be asked, too. */
#ifndef KASSA_BENCH_OFFERS_BOOKS_H
#define KASSA_BENCH_OFFERS_BOOKS_H

#include "offers/offers.h"

#define BASKETS 64

enum book_shape { SHAPE_SHELF, SHAPE_DEALS, SHAPE_CONDITIONS };

enum deals_shape {
    DEALS_RANGES,   /* three to six units of overlapping ranges of goods */
    DEALS_CHAINS,   /* each offer shares a few goods with the next one only */
    DEALS_LARGE,    /* groups of twenty to sixty units */
    DEALS_CHEAPEST, /* the cheapest of large groups, all lines of other prices */
    DEALS_UNITS,    /* lines of dozens of units */
    DEALS_ALIKE,    /* all goods of one price */
    DEALS_KINDS,    /* all kinds of deals, sums off all of it, and what each line has by itself */
    DEALS_FEW,      /* of which the lane gives three */
    DEALS_GROUPS,   /* of which no two of a group stand together */
    DEALS_LIMITS,   /* each of which may give so much only */
    DEALS_COUNT
};

struct shop_options {
    enum book_shape shape;
    enum deals_shape deals; /* of SHAPE_DEALS */
    unsigned offers, near, lines;
};

/* What fills the offers of SHAPE_DEALS: offers_deals.c. */
struct deals_maker {
    const struct span *items; /* DEAL_ITEMS of them */
    uint64_t *chance;
};
#define DEAL_ITEMS 40
const char *deals_name(enum deals_shape shape);
/* Kind, target, limits and what it gives; index: the offer's number. */
void deals_fill(const struct deals_maker *maker, enum deals_shape shape, unsigned index,
                struct book_source_offer *offer);
uint16_t deals_offers_max(enum deals_shape shape);
int64_t deals_units(enum deals_shape shape, uint64_t *chance);
int64_t deals_price_minor(enum deals_shape shape, uint64_t *chance);
uint32_t bench_draw(uint64_t *state, uint32_t bound);

struct shop; /* opaque */

/* Ends the program, saying why, when there is no memory or no such book. */
struct shop *shop_build(const struct shop_options *options);
void shop_free(struct shop *shop);

struct span shop_book(const struct shop *shop);
/* The basket of that number, below BASKETS, and who buys it. */
struct offers_basket shop_basket(const struct shop *shop, unsigned index);
struct offers_member shop_member(const struct shop *shop, unsigned index);

/* Writes the conditions and baskets of that shape as JSON, for other rule engines. False: the file cannot be
 * written. */
bool shop_export(const struct shop *shop, const char *path);

#endif
