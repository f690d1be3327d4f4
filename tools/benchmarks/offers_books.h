/* SPDX-License-Identifier: Apache-2.0 */
/* offers_books.h - books and baskets that kassa-bench-offers prices; the same seed gives the same ones.
 *
 * shelf       a shop's usual book. `near` of its offers are on the goods that baskets hold, the others on goods
 *             that no basket holds, so that books of any size touch the same basket alike.
 * deals       mix-and-match offers that all contend for the same units in one best-combination lane.
 * conditions  offers that show a message where sums over the basket, a category's quantity and the member's
 *             tier are right: what a general rule engine can be asked, too. */
#ifndef KASSA_BENCH_OFFERS_BOOKS_H
#define KASSA_BENCH_OFFERS_BOOKS_H

#include "offers/offers.h"

#define BASKETS 64

enum book_shape { SHAPE_SHELF, SHAPE_DEALS, SHAPE_CONDITIONS };

struct shop_options {
    enum book_shape shape;
    unsigned offers, near, lines;
};

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
