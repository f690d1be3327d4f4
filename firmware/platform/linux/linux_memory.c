/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

void linux_memory_guard(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering a limit of one's own cannot fail */
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_OWN_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HAS_OWN_HEAP 1
#endif

#ifndef HAS_OWN_HEAP
void __libc_free(void *block); /* glibc's, under the name that is never replaced */

void free(void *block)
{
    if (block == NULL)
        return;
    memset(block, 0, malloc_usable_size(block));
    __libc_free(block);
}

/* What a block leaves behind when it moves is given back through free. */
void *realloc(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    size_t had = malloc_usable_size(block);
    if (size > 0 && size <= had && size > had / 2)
        return block;
    void *moved = size == 0 ? NULL : malloc(size);
    if (moved != NULL)
        memcpy(moved, block, size < had ? size : had);
    if (moved != NULL || size == 0)
        free(block);
    return moved;
}
#endif
