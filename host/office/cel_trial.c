/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cel_trial.h"

#include "office/cel_values.h"
#include "office/zone.h"

void cel_trial_done(struct cel_trial *trial)
{
    pool_done(&trial->pool);
}

static enum err declare(struct cel_trial *trial, json_t *bindings, struct cel_variable *variables,
                        struct cel_value *values)
{
    uint32_t count = 0;
    for (void *at = json_object_iter(bindings); at != NULL;
         at = json_object_iter_next(bindings, at), count++) {
        TRY(cel_values_read(&trial->pool, json_object_iter_value(at), &values[count]));
        variables[count] = (struct cel_variable){.name = json_object_iter_key(at),
                                                 .type = cel_values_type(&trial->pool, &values[count])};
        if (variables[count].type == NULL)
            return ERR_MEMORY;
    }
    return ERR_OK;
}

enum err cel_trial_open(const json_t *bindings, const char *container, struct cel_trial *out)
{
    size_t count = json_object_size(bindings);
    struct cel_trial trial = {.pool = {NULL}};
    struct cel_variable *variables = pool_take(&trial.pool, count, sizeof *variables);
    struct cel_value *values = pool_take(&trial.pool, count, sizeof *values);
    trial.memory = pool_take(&trial.pool, CEL_MEMORY_SIZE, 1);
    trial.scratch = pool_take(&trial.pool, CEL_TRIAL_SCRATCH_SIZE, 1);
    enum err error = ERR_MEMORY;
    if (variables != NULL && values != NULL && trial.memory != NULL && trial.scratch != NULL)
        error =
            declare(&trial, (json_t *)(uintptr_t)bindings, variables, values); /* iterators are not const */
    if (error != ERR_OK) {
        pool_done(&trial.pool);
        return error;
    }
    trial.values = values;
    trial.declarations = (struct cel_declarations){
        .variables = variables, .variable_count = (uint32_t)count, .container = container, .has_zones = true};
    *out = trial;
    return ERR_OK;
}

static struct cel_value give_variable(void *self, uint32_t variable)
{
    const struct cel_trial *trial = self;
    return trial->values[variable];
}

static bool give_offset(void *self, struct span zone, int64_t unix_s, int32_t *out_offset_s)
{
    (void)self;
    return zone_offset(zone, unix_s, out_offset_s) == ERR_OK;
}

enum err cel_trial_run(struct cel_trial *trial, struct span expression, bool is_unchecked)
{
    struct arena arena = arena_of(trial->memory, CEL_MEMORY_SIZE);
    struct cel_source source = {
        .text = expression, .declarations = &trial->declarations, .is_unchecked = is_unchecked};
    TRY(cel_compile(&source, &arena, &trial->program, &trial->faults));
    TRY(cel_verify(trial->program.bytes, &trial->declarations));
    struct cel_host host = {.self = trial,
                            .declarations = &trial->declarations,
                            .variable = give_variable,
                            .offset = give_offset};
    struct cel_run run = {
        .scratch = trial->scratch, .scratch_size = CEL_TRIAL_SCRATCH_SIZE, .budget = CEL_TRIAL_BUDGET};
    trial->value = cel_eval(trial->program.bytes, &host, &run);
    trial->steps = CEL_TRIAL_BUDGET - run.budget;
    return ERR_OK;
}
