/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/screen.h"
#include "cli/verbs.h"
#include "offers/conditions_cel.h"

#define TYPE_TEXT_SIZE 128

static void free_block(void **block)
{
    free(*block);
}

static enum exit_code report(const struct call *call, const char *expression, const struct cel_faults *faults)
{
    for (uint32_t i = 0; i < faults->count; i++) {
        screen_text(call->out, expression);
        fprintf(call->out, ":%u:%u: error: ", faults->list[i].line, faults->list[i].column);
        screen_text(call->out, faults->list[i].sentence);
        fputc('\n', call->out);
    }
    return EXIT_FINDING;
}

static void print_type(FILE *out, const struct cel_type *type, const struct cel_declarations *declarations)
{
    char text[TYPE_TEXT_SIZE];
    cel_type_print(type, declarations, text, sizeof text);
    fputs(text, out);
}

static void print_program(const struct call *call, const struct cel_program *program,
                          const struct cel_declarations *declarations)
{
    fputs("type ", call->out);
    print_type(call->out, program->type, declarations);
    fprintf(call->out, ", %zu bytes, ", program->bytes.size);
    if (program->cost == UINT64_MAX)
        fputs("steps not bounded", call->out);
    else
        fprintf(call->out, "at most %" PRIu64 " steps", program->cost);
    fprintf(call->out, " (a till gives %d)\n", CEL_BUDGET_DEFAULT);
}

static enum exit_code check(const struct call *call, const char *expression)
{
    static const struct cel_type truth = {.kind = CEL_BOOL};
    const struct cel_declarations *declarations = conditions_cel_declarations(call_has(call, "line"));
    struct cel_program program;
    struct cel_faults faults;
    struct cel_source source = {.text = span_of_text(expression),
                                .declarations = declarations,
                                .wanted = call_has(call, "any") ? NULL : &truth};
    void *memory CLEANUP(free_block) = malloc(CEL_MEMORY_SIZE);
    if (memory == NULL)
        return call_fail(call, ERR_MEMORY, expression, "");
    struct arena arena = arena_of(memory, CEL_MEMORY_SIZE);
    enum err error = cel_compile(&source, &arena, &program, &faults);
    if (faults.count > 0)
        return report(call, expression, &faults);
    if (error != ERR_OK)
        return call_fail(call, error, expression, "");
    print_program(call, &program, declarations);
    return EXIT_DONE;
}

/* ---- what may be named */

static void print_name(FILE *out, const char *before, const char *name, const struct cel_type *type,
                       const char *help, const struct cel_declarations *declarations)
{
    fprintf(out, "%s%s: ", before, name);
    print_type(out, type, declarations);
    fprintf(out, " - %s\n", help);
}

static void print_fields(FILE *out, const char *name, const struct cel_object *object,
                         const struct cel_declarations *declarations)
{
    for (uint32_t i = 0; i < object->field_count; i++) {
        const struct cel_field *field = &object->fields[i];
        fprintf(out, "  %s.", name);
        print_name(out, "", field->name, field->type, field->help, declarations);
    }
}

static void print_names(FILE *out, const struct cel_declarations *declarations)
{
    for (uint32_t i = 0; i < declarations->variable_count; i++) {
        const struct cel_variable *variable = &declarations->variables[i];
        print_name(out, "", variable->name, variable->type, variable->help, declarations);
        if (variable->type->kind == CEL_OBJECT)
            print_fields(out, variable->name, &declarations->objects[variable->type->object], declarations);
    }
    for (uint32_t i = 0; i < declarations->function_count; i++) {
        const struct cel_function *function = &declarations->functions[i];
        fputs("  ", out);
        print_type(out, function->parameters[0], declarations);
        fprintf(out, ".%s(", function->name);
        for (uint32_t k = 1; k < function->parameter_count; k++) {
            fputs(k > 1 ? ", " : "", out);
            print_type(out, function->parameters[k], declarations);
        }
        print_name(out, "", ")", function->result, function->help, declarations);
    }
}

static enum exit_code run(const struct call *call)
{
    if (call->operand_count > 0)
        return check(call, call->operands[0]);
    print_names(call->out, conditions_cel_declarations(true));
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "line", .help = "a condition of a line: `line` may be named"},
    {.name = "any", .help = "any type of result will do, not only bool"},
};
const struct verb verb_cel_check = {.noun = "cel",
                                    .name = "check",
                                    .operands = "[EXPRESSION]",
                                    .operand_max = 1,
                                    .takes_expression = true,
                                    .summary = "Check a condition against what offers may name",
                                    .details = "Faults are shown with line and column, a good condition with "
                                               "its type and how many steps it takes at "
                                               "most. Without EXPRESSION it lists what may be named.",
                                    .options = options,
                                    .option_count = COUNT_OF(options),
                                    .run = run};
