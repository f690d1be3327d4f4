/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - the product wipes what it frees (platform/linux/linux_memory.c), which is linked with what a snapshot needs. Here
 * two MiB are freed a state, and nothing is secret: libc's own, under its names that are never replaced. */
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_OWN_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HAS_OWN_HEAP 1
#endif

#ifndef HAS_OWN_HEAP
void __libc_free(void *block);
void *__libc_realloc(void *block, size_t size);

void free(void *block)
{
    __libc_free(block);
}

void *realloc(void *block, size_t size)
{
    return __libc_realloc(block, size);
}
#else
enum { HEAP_IS_THE_SANITIZERS }; /* a file may not be empty */
#endif
