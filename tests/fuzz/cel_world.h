/* SPDX-License-Identifier: Apache-2.0 */
/* cel_world.h - a host for any program over Kassa's declarations: every variable, field, element and function answers
 * with some value of its declared type, made from a number, so that the same input runs the same way. */
#ifndef KASSA_FUZZ_CEL_WORLD_H
#define KASSA_FUZZ_CEL_WORLD_H

#include "offers/conditions_cel.h"

struct cel_world {
    const struct cel_declarations *declarations;
    uint64_t state;
};

/* Runs a verified program in such a world, with that much scratch and budget, and reads all of its value. */
void cel_world_run(const struct cel_world *world, struct span program, size_t scratch_size, uint64_t budget);

#endif
