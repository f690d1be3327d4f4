/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bucket.h"

static void refill(struct bucket *bucket, uint64_t now_mono_ms)
{
    uint64_t passed_ms = now_mono_ms > bucket->since_mono_ms ? now_mono_ms - bucket->since_mono_ms : 0;
    uint64_t count = passed_ms / bucket->refill_ms;
    if (bucket->used == 0 || count >= bucket->used) {
        bucket->used = 0;
        bucket->since_mono_ms = now_mono_ms;
        return;
    }
    bucket->used -= (uint32_t)count;
    bucket->since_mono_ms += count * bucket->refill_ms;
}

bool bucket_take(struct bucket *bucket, uint64_t now_mono_ms)
{
    refill(bucket, now_mono_ms);
    if (bucket->used >= bucket->capacity)
        return false;
    bucket->used++;
    return true;
}

void bucket_give_back(struct bucket *bucket)
{
    bucket->used -= bucket->used > 0 ? 1 : 0;
}

uint64_t bucket_wait_ms(struct bucket *bucket, uint64_t now_mono_ms)
{
    refill(bucket, now_mono_ms);
    if (bucket->used < bucket->capacity)
        return 0;
    uint64_t over = bucket->used - bucket->capacity;
    return bucket->since_mono_ms + (over + 1) * bucket->refill_ms - now_mono_ms;
}
