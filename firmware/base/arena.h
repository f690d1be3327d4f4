/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h - memory of one sale or one message: taken piece by piece, given back all at once.
 * Owner: the caller owns the block. Threads: one. No call allocates from the heap. */
#ifndef KASSA_ARENA_H
#define KASSA_ARENA_H

#include "base/base.h"

struct arena {
    uint8_t *block;
    size_t size;
    size_t used;
};

static inline struct arena arena_of(void *block, size_t size)
{
    return (struct arena){block, size, 0};
}

static inline void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

/* count pieces of piece_size bytes, zeroed and aligned for any object; NULL if the arena is too small. */
void *arena_take(struct arena *arena, size_t count, size_t piece_size);

#endif
