/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/cel_trial.h"
#include "office/cel_values.h"

static void free_json(json_t **json)
{
    json_decref(*json);
}

static void print_faults(const struct call *call, const char *expression, const struct cel_faults *faults)
{
    for (uint32_t i = 0; i < faults->count; i++) {
        screen_text(call->err, expression);
        fprintf(call->err, ":%u:%u: ", faults->list[i].line, faults->list[i].column);
        screen_text(call->err, faults->list[i].sentence);
        fputc('\n', call->err);
    }
}

static enum exit_code print_value(const struct call *call, const struct cel_trial *trial)
{
    json_t *json = cel_values_write(&trial->value, &trial->declarations);
    if (screen_json(call->out, json) != ERR_OK)
        return call_fail(call, ERR_MEMORY, "the value", "");
    if (trial->value.kind != CEL_ERROR)
        return EXIT_DONE;
    fprintf(call->err, "kassa: %s\n", cel_error_row((enum cel_error)trial->value.count)->sentence);
    return EXIT_FINDING;
}

static enum exit_code evaluate(const struct call *call, const json_t *bindings)
{
    struct cel_trial trial CLEANUP(cel_trial_done) = {.pool = {NULL}};
    const char *expression = call->operands[0];
    enum err error = cel_trial_open(bindings, call_value(call, "container"), &trial);
    if (error != ERR_OK)
        return call_fail(call, error, "--bind", "A value is plain JSON, or {\"uint\": \"5\"} and such.");
    error = cel_trial_run(&trial, span_of_text(expression), call_has(call, "unchecked"));
    if (error == ERR_OK)
        return print_value(call, &trial);
    print_faults(call, expression, &trial.faults);
    return trial.faults.count > 0 ? EXIT_FINDING : call_fail(call, error, expression, "");
}

static enum exit_code run(const struct call *call)
{
    json_error_t where;
    const char *bind = call_value(call, "bind");
    json_t *bindings CLEANUP(free_json) = bind == NULL ? NULL : json_loads(bind, JSON_ALLOW_NUL, &where);
    if (bind != NULL && !json_is_object(bindings))
        return call_refuse(call, "For instance --bind '{\"x\": 5}'.", "--bind takes a JSON object");
    return evaluate(call, bindings);
}

static const struct call_option options[] = {
    {.name = "bind",
     .value = "JSON",
     .help = "variables and their values: {\"x\": 5, \"y\": {\"uint\": \"7\"}}"},
    {.name = "container", .value = "NAME", .help = "names are looked up in it first"},
    {.name = "unchecked", .help = "without the check of types: what does not fit fails when it is evaluated"},
};
const struct verb verb_cel_eval = {
    .noun = "cel",
    .name = "eval",
    .operands = "EXPRESSION",
    .operand_min = 1,
    .operand_max = 1,
    .takes_expression = true,
    .summary = "Evaluate an expression",
    .details =
        "The value is printed as JSON with its type: {\"int\": \"5\"}. Variables are those of --bind alone; "
        "`kassa book try` evaluates an offer's condition over a basket. What begins with two minuses goes "
        "behind\n"
        "\"--\": kassa cel eval -- '--5'.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
