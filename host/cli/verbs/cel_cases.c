/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cel_cases.h"

#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"

#define FILE_SIZE_MAX (64u << 20)

static void print_failure(void *self, const struct cel_cases_failure *failure)
{
    FILE *out = self;
    const char *const parts[] = {failure->file,     "/",      failure->section,    "/",
                                 failure->name,     ": ",     failure->expression, ": expected ",
                                 failure->expected, ", got ", failure->got};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        screen_text(out, parts[i]);
    fputc('\n', out);
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct cel_cases_report report;
    const char *path = call->operands[0];
    enum err error = load_file(path, FILE_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = cel_cases_run(load_span(&file), print_failure, call->out, &report);
    if (error != ERR_OK)
        return call_fail(call, error, path,
                         error == ERR_SYNTAX ? "A file of cases is {\"cases\": [...]}." : "");
    fprintf(call->out, "%u passed, %u failed\n", report.passed, report.failed);
    return report.failed == 0 ? EXIT_DONE : EXIT_FINDING;
}

const struct verb verb_cel_cases = {
    .noun = "cel",
    .name = "cases",
    .operands = "FILE",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Run cases of the expression language (JSON)",
    .details =
        "Each failing case is a line with what was expected and what came of it. \"-\" is standard input.",
    .run = run};
