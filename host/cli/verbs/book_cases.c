/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/cases.h"

static void print_failed(void *self, const char *id, const char *sentence)
{
    const struct call *call = self;
    screen_text(call->out, id);
    fputs(": ", call->out);
    screen_text(call->out, sentence);
    fputc('\n', call->out);
}

static enum exit_code refuse(const struct call *call, const char *path, enum err error,
                             const struct cases_fault *fault)
{
    enum exit_code code = call_fail(call, error, path, "");
    if (fault->what[0] == '\0')
        return code;
    if (fault->line > 0)
        fprintf(call->err, "  line %u: ", fault->line);
    else
        fputs("  ", call->err);
    screen_text(call->err, fault->what);
    fputc('\n', call->err);
    return code;
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct cases_fault fault = {0};
    struct cases_totals totals = {0};
    struct cases_sink sink = {.self = (void *)(uintptr_t)call, .failed = print_failed};
    enum err error = load_file(call->operands[0], CASES_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = cases_run(load_span(&file), &sink, &totals, &fault);
    if (error != ERR_OK)
        return refuse(call, call->operands[0], error, &fault);
    fprintf(call->out, "%u passed, %u failed\n", totals.passed, totals.failed);
    return totals.failed > 0 ? EXIT_FINDING : EXIT_DONE;
}

const struct verb verb_book_cases = {
    .noun = "book",
    .name = "cases",
    .operands = "FILE",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Run cases of offers, points and returns through the engine, and say which fail",
    .details =
        "FILE is of the form \"loyalty-cases/1\" (JSON). Each case that fails has a line: its id, what was "
        "expected and what was got, or the word of it that is not known. \"-\" is standard input.",
    .run = run};
