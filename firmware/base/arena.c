/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>

void *arena_take(struct arena *arena, size_t count, size_t piece_size)
{
    size_t size;
    if (__builtin_mul_overflow(count, piece_size, &size))
        return NULL;
    size_t misalignment = ((uintptr_t)arena->block + arena->used) % alignof(max_align_t);
    size_t padding = misalignment ? alignof(max_align_t) - misalignment : 0;
    size_t left = arena->size - arena->used;
    if (padding > left || size > left - padding)
        return NULL;
    uint8_t *piece = arena->block + arena->used + padding;
    arena->used += padding + size;
    memset(piece, 0, size);
    return piece;
}
