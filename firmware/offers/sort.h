/* SPDX-License-Identifier: Apache-2.0 */
/* sort.h - heap sort of indexes: in place, without the heap (the C library's qsort may allocate), not stable:
 * compare must tell all of them apart for the result to be defined. Private to this module. */
#ifndef KASSA_OFFERS_SORT_H
#define KASSA_OFFERS_SORT_H

#include "base/base.h"

/* < 0: a stands before b. */
typedef int offers_compare(const void *context, uint32_t a, uint32_t b);

void offers_sort(uint32_t *values, uint32_t count, offers_compare *compare, const void *context);

#endif
