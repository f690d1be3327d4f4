/* SPDX-License-Identifier: Apache-2.0 */
#include "office/pool.h"

#include <stdalign.h>
#include <stdlib.h>

struct pool_piece {
    struct pool_piece *before;
    alignas(max_align_t) uint8_t bytes[];
};

void *pool_take(struct pool *pool, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct pool_piece), &bytes))
        return NULL;
    struct pool_piece *piece = calloc(1, bytes);
    if (piece == NULL)
        return NULL;
    piece->before = pool->last;
    pool->last = piece;
    return piece->bytes;
}

void pool_done(struct pool *pool)
{
    while (pool->last != NULL) {
        struct pool_piece *piece = pool->last;
        pool->last = piece->before;
        free(piece);
    }
}
