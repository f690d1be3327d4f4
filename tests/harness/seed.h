/* SPDX-License-Identifier: Apache-2.0 */
/* seed.h - repeatable chance: a stream of numbers (splitmix64) from KASSA_SEED, or from the clock, printed.
 */
#ifndef KASSA_HARNESS_SEED_H
#define KASSA_HARNESS_SEED_H

#include "iface/random.h"

struct seed {
    uint64_t state;
};

/* From KASSA_SEED, or drawn; prints it, so that a failure can be repeated. */
struct seed seed_of_environment(void);
uint64_t seed_next(struct seed *seed);
uint64_t seed_below(struct seed *seed, uint64_t bound); /* 0 to bound - 1; bound > 0 */

/* As iface/random.h: unpredictable to nobody. */
struct random seed_as_random(struct seed *seed);

#endif
