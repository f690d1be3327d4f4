/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.h - a small shop for tests: offers are put on the shelf, lines into the basket, and the basket is
 * priced against the book that is built of the offers. Include it after cmocka.h. */
#ifndef KASSA_TESTS_SHELF_H
#define KASSA_TESTS_SHELF_H

#include "base/base.h"
#include "offers/offers.h"

#define SHELF_OFFERS 64
#define SHELF_DAY    20778 /* 2026-11-21, a Saturday */

struct shelf {
    struct book_source source;
    struct book_source_offer offers[SHELF_OFFERS];
    struct book_source_lane lanes[4]; /* the first is there: all */
    struct offers_line lines[LINES_MAX];
    struct offers_basket basket;
    struct offers_member member; /* unknown at first */
    struct offers_moment moment; /* SHELF_DAY, 12:00, store "s1" */
    void *book_memory, *workspace_memory;
    struct book book;
    struct offers_workspace *workspace;
    struct offers_result result;
};

struct shelf *shelf_new(void);
void shelf_delete(struct shelf *shelf);

/* An offer of that kind and scope for anyone at any time on everything, in lane 0; the caller fills in the
 * rest. */
struct book_source_offer *shelf_offer(struct shelf *shelf, const char *id, enum book_kind kind,
                                      enum book_scope scope);
/* Lines of whole units; category may be NULL. */
struct offers_line *shelf_line(struct shelf *shelf, const char *sku, const char *category,
                               int64_t price_minor, int64_t units);

/* A selector of one item or category; the texts must outlive the shelf. */
struct book_source_selector shelf_item(const struct span *sku);
struct book_source_selector shelf_category(const struct span *category);

/* Builds the book and prices the basket; fails the test on an error. */
void shelf_build(struct shelf *shelf);
void shelf_price(struct shelf *shelf); /* builds first */
void shelf_price_again(struct shelf *shelf);

/* The explanation of the offer with that id. */
struct offers_explanation shelf_why(const struct shelf *shelf, const char *id);

/* What must hold of every result. */
void shelf_check_sums(const struct shelf *shelf);

#endif
