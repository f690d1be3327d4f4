/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cases.h"

#include <stdio.h>

#include "base/utf8.h"
#include "office/cases_kit.h"

/* What a case can be of. */
static const struct case_kind kinds[] = {
    {"allocation", case_run_allocation},
    {"basket", case_run_basket},
    {"best_pairs", case_run_best_pairs},
    {"counter", case_run_counter},
    {"expiry_date", case_run_expiry_date},
    {"ledger", case_run_ledger},
    {"points_for_discount", case_run_points_for_discount},
    {"race", case_run_race},
    {"race_limit", case_run_race_limit},
    {"return", case_run_return},
    {"spend_step", case_run_spend_step},
    {"tier", case_run_tier},
    {"unit_split", case_run_unit_split},
};

static const struct case_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (name != NULL && strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

static void run_case(struct case_run *run, const struct case_head *head)
{
    const struct case_kind *kind = find_kind(head->kind);
    if (kind == NULL)
        case_fault(run, "the kind \"%s\" is not known", head->kind != NULL ? head->kind : "");
    if (case_is_sound(run))
        kind->run(run);
}

static void run_one(const json_t *json, size_t index, const struct cases_sink *sink,
                    struct cases_totals *totals)
{
    char number[32];
    struct case_run run = {.json = json, .is_sound = true};
    struct case_head head = {0};
    case_read_head(&run, &head);
    run_case(&run, &head);
    (void)snprintf(number, sizeof(number), "case %zu", index + 1);
    if (run.is_failed)
        sink->failed(sink->self, head.id != NULL ? head.id : number, run.said);
    *(run.is_failed ? &totals->failed : &totals->passed) += 1;
    pool_done(&run.pool);
}

/* ---- the text */

static bool is_number_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || byte == '-' || byte == '+' || byte == '.' || byte == 'e' ||
           byte == 'E';
}

/* The end of the string that begins at `at`. */
static size_t end_of_string(struct span text, size_t at)
{
    for (at++; at < text.size && text.bytes[at] != '"'; at++)
        at += text.bytes[at] == '\\' ? 1 : 0;
    return at < text.size ? at + 1 : text.size;
}

/* Puts numbers with a fraction between quotes: 10.5 becomes "10.5", which is read as a decimal. As a number it
 * would become a double on its way, and 10.55 is none. out has room for three times the text. */
static size_t quote_fractions(struct span text, uint8_t *out)
{
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        size_t end = at + 1;
        bool is_fraction = false;
        if (text.bytes[at] == '"') {
            end = end_of_string(text, at);
        } else if ((text.bytes[at] >= '0' && text.bytes[at] <= '9') || text.bytes[at] == '-') {
            for (; end < text.size && is_number_byte(text.bytes[end]); end++)
                is_fraction = is_fraction || text.bytes[end] == '.';
        }
        if (is_fraction)
            out[size++] = '"';
        memcpy(out + size, text.bytes + at, end - at);
        size += end - at;
        if (is_fraction)
            out[size++] = '"';
        at = end;
    }
    return size;
}

static enum err parse(struct span text, json_t **out_json, struct cases_fault *out_fault)
{
    struct pool pool CLEANUP(pool_done) = {0};
    text = utf8_without_mark(text);
    uint8_t *quoted = text.size <= CASES_SIZE_MAX ? pool_take(&pool, text.size, 3) : NULL;
    if (quoted == NULL)
        return text.size <= CASES_SIZE_MAX ? ERR_MEMORY : ERR_TOO_LONG;
    json_error_t error;
    *out_json =
        json_loadb((const char *)quoted, quote_fractions(text, quoted), JSON_REJECT_DUPLICATES, &error);
    if (*out_json != NULL)
        return ERR_OK;
    out_fault->line = error.line > 0 ? (uint32_t)error.line : 0;
    (void)snprintf(out_fault->what, sizeof(out_fault->what), "%s", error.text);
    return ERR_SYNTAX;
}

enum err cases_run(struct span text, const struct cases_sink *sink, struct cases_totals *out_totals,
                   struct cases_fault *out_fault)
{
    json_t *root = NULL;
    *out_fault = (struct cases_fault){0};
    TRY(parse(text, &root, out_fault));
    const json_t *cases = json_is_array(root) ? root : json_object_get(root, "cases");
    struct cases_totals totals = {0};
    for (size_t i = 0; i < json_array_size(cases); i++)
        run_one(json_array_get(cases, i), i, sink, &totals);
    bool is_list = json_is_array(cases);
    json_decref(root);
    if (!is_list) {
        (void)snprintf(out_fault->what, sizeof(out_fault->what), "it holds no list of \"cases\"");
        return ERR_SYNTAX;
    }
    *out_totals = totals;
    return ERR_OK;
}
