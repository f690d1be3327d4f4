/* SPDX-License-Identifier: Apache-2.0 */
/* heap_count.h - counts the calls to the heap that the objects of a test program make (not those of shared libraries).
 * Link with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. One test program has one count. */
#ifndef KASSA_TESTS_HEAP_COUNT_H
#define KASSA_TESTS_HEAP_COUNT_H

unsigned long heap_count(void);

#endif
