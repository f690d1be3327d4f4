/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - a workbench for tests of expressions: one is compiled, verified and evaluated over variables that the test
 * puts on it. Include it after cmocka.h. */
#ifndef KASSA_TESTS_CEL_BENCH_H
#define KASSA_TESTS_CEL_BENCH_H

#include "offers/cel/cel.h"

#define BENCH_VARIABLES    8
#define BENCH_SCRATCH_SIZE (256u << 10)

struct bench {
    struct cel_variable variables[BENCH_VARIABLES];
    struct cel_value values[BENCH_VARIABLES];
    struct cel_declarations declarations;
    struct cel_host host;
    struct cel_program program;
    struct cel_faults faults;
    uint8_t *memory, *scratch; /* made by bench_new */
    uint64_t budget, spent;
    size_t scratch_size;
    bool is_unchecked;
};

struct bench *bench_new(void);
void bench_delete(struct bench *bench);
void bench_variable(struct bench *bench, const char *name, const struct cel_type *type,
                    struct cel_value value);

/* Compiles the text into bench->program. */
enum err bench_compile(struct bench *bench, const char *text);
/* Evaluates bench->program. */
struct cel_value bench_eval(struct bench *bench);
/* Both; fails the test if it does not compile. */
struct cel_value bench_run(struct bench *bench, const char *text);

#endif
