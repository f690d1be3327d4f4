/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct seed seed_of_environment(void)
{
    const char *text = getenv("KASSA_SEED");
    struct timespec now = {0};
    KASSA_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    uint64_t state =
        text != NULL ? strtoull(text, NULL, 10) : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    printf("KASSA_SEED=%" PRIu64 "\n", state);
    return (struct seed){state};
}

/* splitmix64, Steele, Lea, Flood 2014. */
uint64_t seed_next(struct seed *seed)
{
    uint64_t z = seed->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t seed_below(struct seed *seed, uint64_t bound)
{
    KASSA_ASSERT(bound > 0);
    return seed_next(seed) % bound;
}

static enum err fill(void *self, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)seed_next(self);
    return ERR_OK;
}

struct random seed_as_random(struct seed *seed)
{
    return (struct random){fill, seed};
}
