/* SPDX-License-Identifier: Apache-2.0 */
/* programme.h - the rules of points of a book, as head office's store keeps them for who does not read books
 * (crm): put there with the book when it is published. Threads: any. */
#ifndef KASSA_OFFICE_PROGRAMME_H
#define KASSA_OFFICE_PROGRAMME_H

#include "crm/crm.h"

/* ERR_SYNTAX, ERR_TRUNCATED, ERR_VERSION, ERR_TOO_LONG: no book that book_open takes, or it has more tiers than
 * the ledger. */
NODISCARD
enum err programme_of_book(struct span book, crm_Programme *out);

#endif
