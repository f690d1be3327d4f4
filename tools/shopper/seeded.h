/* SPDX-License-Identifier: Apache-2.0 */
/* seeded.h - the same numbers for the same seed on every machine (splitmix64, Steele, Lea and Flood 2014).
 * Not for secrets. */
#ifndef KASSA_SHOPPER_SEEDED_H
#define KASSA_SHOPPER_SEEDED_H

#include "base/base.h"

struct seeded {
    uint64_t state;
};

static inline uint64_t seeded_next(struct seeded *seeded)
{
    uint64_t z = seeded->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint32_t seeded_below(struct seeded *seeded, uint32_t bound)
{
    return (uint32_t)(seeded_next(seeded) % bound);
}

static inline bool seeded_chance(struct seeded *seeded, uint32_t percent)
{
    return seeded_below(seeded, 100) < percent;
}

#endif
