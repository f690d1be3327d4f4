/* SPDX-License-Identifier: Apache-2.0 */
/* bucket.h - how often something may happen: `capacity` times at once, and one more time each `refill_ms`. */
#ifndef KASSA_BASE_BUCKET_H
#define KASSA_BASE_BUCKET_H

#include "base/base.h"

/* The caller's memory; used and since_mono_ms begin with 0. */
struct bucket {
    uint32_t capacity;
    uint32_t refill_ms; /* above 0 */
    uint32_t used;
    uint64_t since_mono_ms; /* of the last refill that was counted */
};

/* true: it may happen, and has been counted. */
bool bucket_take(struct bucket *bucket, uint64_t now_mono_ms);

/* It did not count after all. */
void bucket_give_back(struct bucket *bucket);

/* In how many ms it may happen again; 0: now. */
uint64_t bucket_wait_ms(struct bucket *bucket, uint64_t now_mono_ms);

#endif
