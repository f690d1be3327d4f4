/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - memory of one compilation: taken piece by piece, freed all at once. */
#ifndef KASSA_OFFICE_POOL_H
#define KASSA_OFFICE_POOL_H

#include "base/base.h"

struct pool_piece; /* opaque */

/* {NULL} is an empty one. */
struct pool {
    struct pool_piece *last;
};

/* count pieces of size bytes, zeroed and aligned for any object; NULL: no memory. count 0 gives a
 * piece too. */
void *pool_take(struct pool *pool, size_t count, size_t size);
void pool_done(struct pool *pool); /* also for CLEANUP */

#endif
