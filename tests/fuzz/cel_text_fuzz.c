/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is a condition or is refused with faults that have places within it; what is compiled is a program that is
 * verified, is the same each time, and runs to an end with plenty of scratch and budget and with hardly any. */
#include <stdlib.h>

#include "fuzz/cel_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_faults(struct span text, const struct cel_faults *faults)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < text.size; i++)
        lines += text.bytes[i] == '\n' ? 1 : 0;
    KASSA_ASSERT(faults->count > 0 && faults->count <= CEL_FAULTS_MAX);
    for (uint32_t i = 0; i < faults->count; i++) {
        KASSA_ASSERT(faults->list[i].line >= 1 && faults->list[i].line <= lines);
        KASSA_ASSERT(faults->list[i].column >= 1 && faults->list[i].column <= text.size + 1);
        KASSA_ASSERT(faults->list[i].sentence[0] != '\0');
    }
}

static void run(struct span program, const struct cel_declarations *declarations, uint64_t state)
{
    struct cel_world world = {declarations, state};
    KASSA_ASSERT(cel_verify(program, declarations) == ERR_OK);
    cel_world_run(&world, program, CEL_SCRATCH_SIZE, CEL_BUDGET_DEFAULT);
    cel_world_run(&world, program, 256, CEL_BUDGET_DEFAULT);
    cel_world_run(&world, program, CEL_SCRATCH_SIZE, 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t *memory, *again; /* of this program alone: for all inputs */
    static struct cel_faults faults;
    if (memory == NULL)
        memory = malloc(CEL_MEMORY_SIZE), again = malloc(CEL_MEMORY_SIZE);
    if (size == 0 || memory == NULL || again == NULL)
        return 0;
    /* The first byte says how: with a line, unchecked. */
    struct cel_source source = {.text = span_of(data + 1, size - 1),
                                .declarations = conditions_cel_declarations(data[0] & 1),
                                .is_unchecked = (data[0] & 2) != 0};
    struct arena arena = arena_of(memory, CEL_MEMORY_SIZE), other = arena_of(again, CEL_MEMORY_SIZE);
    struct cel_program program, repeated;
    faults.count = 0;
    enum err error = cel_compile(&source, &arena, &program, &faults);
    KASSA_ASSERT(error == ERR_OK || error == ERR_SYNTAX || error == ERR_TOO_LONG);
    if (error != ERR_OK) {
        check_faults(source.text, &faults);
        return 0;
    }
    KASSA_ASSERT(program.bytes.size <= CEL_PROGRAM_MAX);
    error = cel_compile(&source, &other, &repeated, &faults);
    KASSA_ASSERT(error == ERR_OK && span_is_equal(program.bytes, repeated.bytes));
    char type[64];
    cel_type_print(program.type, source.declarations, type, sizeof(type));
    run(program.bytes, source.declarations, size);
    return 0;
}
