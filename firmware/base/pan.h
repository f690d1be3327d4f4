/* SPDX-License-Identifier: Apache-2.0 */
/* pan.h - numbers of payment cards (ISO/IEC 7812-1) where they have no business: 14 to 19 digits out of the major
 * schemes' ranges whose check digit holds. What holds one is in the scope of PCI DSS, so none may come into a journal,
 * a log or an answer. Pure. */
#ifndef KASSA_PAN_H
#define KASSA_PAN_H

#include "base/base.h"

/* digits: nothing but 0-9. */
bool pan_is(struct span digits);

/* Puts asterisks over all but the first six and the last four digits of each in the text, in place; blocks of digits
 * with one blank, hyphen or full stop between are read together. Whether there was one. */
bool pan_mask(char *text, size_t size);

#endif
