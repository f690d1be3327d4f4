/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.h - the shop's articles, for checks: what they cost and what they are sold at.
 *
 * JSON: a list of {"sku", "category" or "categories", "price", "cost"}, or an object with that list as "items".
 * CSV (RFC 4180, UTF-8): a head line that names the columns, in any order, then an article a line:
 *
 *     sku,category,price,cost
 *     ROLL,bakery,0.35,0.12
 *
 * sku is required; several categories are parted by "|"; a column that has no such name is passed over, for
 * catalogues come out of other programs. Bytes from outside: nothing of them is believed. */
#ifndef KASSA_OFFICE_CATALOGUE_H
#define KASSA_OFFICE_CATALOGUE_H

#include "office/book_draft.h"

#define CATALOGUE_SIZE_MAX (64 * 1024 * 1024)

/* Reads the articles into the form's pool; amounts have the form's exponent. What is wrong goes to findings,
 * and *out then holds what was right. */
void catalogue_read(struct form *form, struct span text, struct findings *findings, struct draft_items *out);

#endif
