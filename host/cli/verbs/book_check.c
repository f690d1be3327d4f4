/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/catalogue.h"

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

/* What the book is held against besides itself. */
struct beside {
    const char *catalogue_path; /* NULL: none */
    struct load_file catalogue;
    struct findings of_catalogue;
    int32_t today;
};

static void beside_done(struct beside *beside)
{
    load_file_done(&beside->catalogue);
    findings_done(&beside->of_catalogue);
}

static enum exit_code load_beside(const struct call *call, struct beside *out)
{
    out->catalogue_path = call_value(call, "items");
    out->today = BOOK_DAY_FIRST;
    const char *day = call_value(call, "at");
    if (day != NULL && civil_parse_day(span_of_text(day), &out->today) != ERR_OK)
        return call_refuse(call, "2026-11-21", "\"%s\" is no day", day);
    if (out->catalogue_path == NULL)
        return EXIT_DONE;
    enum err error = load_file(out->catalogue_path, CATALOGUE_SIZE_MAX, &out->catalogue);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, out->catalogue_path, "");
}

static enum exit_code check(const struct call *call, const char *path, struct beside *beside)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct book_image image CLEANUP(book_image_done) = {0};
    findings_done(&beside->of_catalogue); /* its amounts are read by each book's currency */
    const struct book_json_terms terms = {.catalogue = load_span(&beside->catalogue),
                                          .of_catalogue = &beside->of_catalogue,
                                          .today = beside->today};
    enum err error = load_file(path, BOOK_JSON_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = book_json_check(load_span(&file), &terms, &findings, &image);
    if (beside->catalogue_path != NULL)
        load_print_findings(call->err, beside->catalogue_path, &beside->of_catalogue);
    if (error != ERR_OK && error != ERR_SYNTAX)
        return call_fail(call, error, path, "");
    enum exit_code code = print(call, path, &findings);
    bool is_strict = call_has(call, "strict") && findings.warning_count > 0;
    return code == EXIT_DONE && (error == ERR_SYNTAX || is_strict) ? EXIT_FINDING : code;
}

static enum exit_code run(const struct call *call)
{
    struct beside beside CLEANUP(beside_done) = {.of_catalogue = FINDINGS_NONE};
    enum exit_code worst = load_beside(call, &beside);
    if (worst != EXIT_DONE)
        return worst;
    for (size_t i = 0; i < call->operand_count; i++) {
        enum exit_code code = check(call, call->operands[i], &beside);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const struct call_option options[] = {
    {.name = "items",
     .value = "FILE",
     .help = "the articles with prices and costs (CSV or JSON): finds offers below cost"},
    {.name = "at", .value = "DAY", .help = "2026-11-21: warns of offers that are over by then"},
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
        "Each finding names line, column and path, what is wrong and what to do. An error is what no till\n"
        "may get; a warning what hardly means what it says: an offer that nobody can get, offers that "
        "together\n"
        "take everything off. --items is a CSV file with the columns sku, category, price and cost (several\n"
        "categories parted by \"|\"), or a JSON list of such objects. \"-\" is standard input.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
