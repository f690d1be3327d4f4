/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "unit/offers_cel/bench.h"

static struct cel_value give(void *self, uint32_t variable)
{
    return ((const struct bench *)self)->values[variable];
}

/* Two zones of this world: one an hour ahead, one that is half a day behind. */
static bool offset(void *self, struct span zone, int64_t unix_s, int32_t *out)
{
    (void)self;
    (void)unix_s;
    bool is_ahead = span_is_equal(zone, span_of_text("Test/Ahead"));
    *out = is_ahead ? 3600 : -43200;
    return is_ahead || span_is_equal(zone, span_of_text("Test/Behind"));
}

struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->memory = malloc(CEL_MEMORY_SIZE);
    bench->scratch = malloc(BENCH_SCRATCH_SIZE);
    assert_true(bench->memory != NULL && bench->scratch != NULL);
    bench->budget = CEL_BUDGET_DEFAULT;
    bench->scratch_size = BENCH_SCRATCH_SIZE;
    bench->declarations.variables = bench->variables;
    bench->declarations.has_zones = true;
    bench->host = (struct cel_host){
        .self = bench, .declarations = &bench->declarations, .variable = give, .offset = offset};
    return bench;
}

void bench_delete(struct bench *bench)
{
    free(bench->memory);
    free(bench->scratch);
    free(bench);
}

void bench_variable(struct bench *bench, const char *name, const struct cel_type *type,
                    struct cel_value value)
{
    uint32_t index = bench->declarations.variable_count++;
    assert_true(index < BENCH_VARIABLES);
    bench->variables[index] = (struct cel_variable){.name = name, .type = type};
    bench->values[index] = value;
}

enum err bench_compile(struct bench *bench, const char *text)
{
    struct arena arena = arena_of(bench->memory, CEL_MEMORY_SIZE);
    struct cel_source source = {.text = span_of_text(text),
                                .declarations = &bench->declarations,
                                .is_unchecked = bench->is_unchecked};
    return cel_compile(&source, &arena, &bench->program, &bench->faults);
}

struct cel_value bench_eval(struct bench *bench)
{
    struct cel_run run = {
        .scratch = bench->scratch, .scratch_size = bench->scratch_size, .budget = bench->budget};
    struct cel_value value = cel_eval(bench->program.bytes, &bench->host, &run);
    bench->spent = bench->budget - run.budget;
    return value;
}

struct cel_value bench_run(struct bench *bench, const char *text)
{
    enum err error = bench_compile(bench, text);
    if (error != ERR_OK) {
        fail_msg("%s: %s", text, bench->faults.count > 0 ? bench->faults.list[0].sentence : err_name(error));
        abort();
    }
    assert_int_equal(cel_verify(bench->program.bytes, &bench->declarations), ERR_OK);
    return bench_eval(bench);
}
