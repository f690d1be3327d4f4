/* SPDX-License-Identifier: Apache-2.0 */
/* whole_book.h - a book that has every kind of offer and a value in every field. Include it after cmocka.h. */
#ifndef KASSA_TESTS_WHOLE_BOOK_H
#define KASSA_TESTS_WHOLE_BOOK_H

#include "unit/offers/shelf.h"

/* Puts the offers and the rules of the programme on an empty shelf. */
void whole_book(struct shelf *shelf);
/* Lines that touch all of its offers. */
void whole_basket(struct shelf *shelf);
/* The text as a program, in memory that stays. */
struct span whole_program(const char *text, bool has_line);

#endif
