/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"

static json_t *json_of(const char *path, const struct findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *row = &findings->rows[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "severity",
                                        row->severity == FINDING_ERROR ? "error" : "warning", "line",
                                        (json_int_t)row->place.line, "column", (json_int_t)row->place.column,
                                        "path", row->path, "what", row->what, "hint", row->hint));
    }
    return json_pack("{s:s, s:I, s:I, s:o}", "file", path, "errors", (json_int_t)findings->error_count,
                     "warnings", (json_int_t)findings->warning_count, "findings", list);
}

static enum exit_code print(const struct call *call, const char *path, const struct findings *findings)
{
    if (call_has(call, "json"))
        return screen_json(call->out, json_of(path, findings)) == ERR_OK
                   ? EXIT_DONE
                   : call_fail(call, ERR_MEMORY, path, "");
    load_print_findings(call->out, path, findings);
    screen_text(call->out, path);
    if (findings->error_count + findings->warning_count == 0)
        fputs(": good\n", call->out);
    else
        fprintf(call->out, ": %zu errors, %zu warnings\n", findings->error_count, findings->warning_count);
    return EXIT_DONE;
}

static enum exit_code check(const struct call *call, const char *path)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct book_image image CLEANUP(book_image_done) = {0};
    enum err error = load_file(path, BOOK_JSON_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = book_json_compile(load_span(&file), &findings, &image);
    if (error != ERR_OK && error != ERR_SYNTAX)
        return call_fail(call, error, path, "");
    enum exit_code code = print(call, path, &findings);
    bool is_strict = call_has(call, "strict") && findings.warning_count > 0;
    return code == EXIT_DONE && (error == ERR_SYNTAX || is_strict) ? EXIT_FINDING : code;
}

static enum exit_code run(const struct call *call)
{
    enum exit_code worst = EXIT_DONE;
    for (size_t i = 0; i < call->operand_count; i++) {
        enum exit_code code = check(call, call->operands[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const struct call_option options[] = {
    {.name = "strict", .help = "warnings fail the check too"},
    {.name = "json", .help = "one JSON object a file"},
};
const struct verb verb_book_check = {
    .noun = "book",
    .name = "check",
    .operands = "FILE...",
    .operand_min = 1,
    .operand_max = SIZE_MAX,
    .summary = "Check books of offers (JSON)",
    .details =
        "Each finding names line, column and path, what is wrong and what to do. \"-\" is standard input.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
