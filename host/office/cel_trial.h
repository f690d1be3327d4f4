/* SPDX-License-Identifier: Apache-2.0 */
/* cel_trial.h - an expression compiled and evaluated at head office over variables that are given as JSON. */
#ifndef KASSA_OFFICE_CEL_TRIAL_H
#define KASSA_OFFICE_CEL_TRIAL_H

#include <jansson.h>

#include "offers/cel/cel.h"
#include "office/pool.h"

#define CEL_TRIAL_SCRATCH_SIZE (1u << 20)
#define CEL_TRIAL_BUDGET       10000000

struct cel_trial {
    struct pool pool; /* of all that follows */
    struct cel_declarations declarations;
    const struct cel_value *values; /* by variable */
    uint8_t *memory, *scratch;
    struct cel_program program;
    struct cel_faults faults; /* of the text */
    struct cel_value value;
    uint64_t steps; /* that the evaluation took */
};
void cel_trial_done(struct cel_trial *trial); /* also for CLEANUP */

/* Declares the keys of `bindings` (an object; NULL: none) as variables of their values' types; keys may have dots.
 * container: NULL, or the name that is tried before others. The JSON must outlive the trial. ERR_SYNTAX: a value that
 * is none; ERR_MEMORY. */
NODISCARD
enum err cel_trial_open(const json_t *bindings, const char *container, struct cel_trial *out);

/* Compiles, verifies and evaluates into trial->value, which is an error value if that is what came of it. ERR_SYNTAX:
 * trial->faults say why; other errors are those of cel_compile and cel_verify. */
NODISCARD
enum err cel_trial_run(struct cel_trial *trial, struct span expression, bool is_unchecked);

#endif
