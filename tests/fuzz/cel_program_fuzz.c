/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are refused as a program, or run to an end over Kassa's variables without harm. */
#include "fuzz/cel_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span program = span_of(data, size);
    for (int has_line = 0; has_line < 2; has_line++) {
        struct cel_world world = {conditions_cel_declarations(has_line == 1), size};
        if (cel_verify(program, world.declarations) != ERR_OK)
            continue;
        cel_world_run(&world, program, CEL_SCRATCH_SIZE, CEL_BUDGET_DEFAULT);
        world.state = 77;
        cel_world_run(&world, program, 512, 2000);
    }
    return 0;
}
