/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cel_cases.h"

#include <stdio.h>
#include <stdlib.h>

#include "office/cel_trial.h"
#include "office/cel_values.h"

#define FAULT_TEXT_SIZE (CEL_SENTENCE_MAX + 64)

static void free_text(char **text)
{
    free(*text);
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

/* The value as text, which the caller frees; NULL: no memory. */
static char *shown(const struct cel_value *value, const struct cel_declarations *declarations)
{
    json_t *json = cel_values_write(value, declarations);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    json_decref(json);
    return text;
}

static const char *word(const json_t *one, const char *key)
{
    const char *text = json_string_value(json_object_get(one, key));
    return text == NULL ? "" : text;
}

struct running {
    void (*on_failure)(void *self, const struct cel_cases_failure *failure);
    void *self;
    struct cel_cases_report report;
};

static void fail(struct running *r, const json_t *one, const char *got)
{
    char *expected CLEANUP(free_text) =
        json_dumps(json_object_get(one, "expect"), JSON_ENCODE_ANY | JSON_SORT_KEYS);
    struct cel_cases_failure failure = {.file = word(one, "file"),
                                        .section = word(one, "section"),
                                        .name = word(one, "name"),
                                        .expression = word(one, "expr"),
                                        .expected = expected == NULL ? "" : expected,
                                        .got = got};
    r->report.failed++;
    r->on_failure(r->self, &failure);
}

/* ---- escapes that a conversion left in what is expected */

/* How many bytes of text stand for one character at `at`; 0: it is no such escape. */
static size_t escape_size(struct span text, size_t at, uint32_t *out_rune)
{
    uint8_t letter = at + 1 < text.size && text.bytes[at] == '\\' ? text.bytes[at + 1] : 0;
    size_t digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    char number[9] = "";
    char *end;
    *out_rune = '?';
    if (letter == '?')
        return 2;
    if (digits == 0 || text.size - at < 2 + digits)
        return 0;
    memcpy(number, text.bytes + at + 2, digits);
    *out_rune = (uint32_t)strtoul(number, &end, 16);
    return *end == '\0' && *out_rune <= 0x10ffff ? 2 + digits : 0;
}

static size_t write_rune(uint32_t rune, uint8_t *out)
{
    size_t size = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i > 1; i--, rune >>= 6)
        out[i - 1] = (uint8_t)(0x80 | (rune & 0x3f));
    out[0] = (uint8_t)(leads[size] | rune);
    return size;
}

static enum err unescape(struct pool *pool, const struct cel_value *expected, struct cel_value *out)
{
    struct span text = span_of(expected->bytes, expected->count);
    uint8_t *bytes = pool_take(pool, text.size, 1);
    size_t size = 0;
    if (bytes == NULL)
        return ERR_MEMORY;
    for (size_t at = 0; at < text.size;) {
        uint32_t rune;
        size_t taken = escape_size(text, at, &rune);
        if (taken > 0)
            size += write_rune(rune, bytes + size);
        else
            bytes[size++] = text.bytes[at];
        at += taken > 0 ? taken : 1;
    }
    *out = *expected;
    out->bytes = bytes;
    out->count = (uint32_t)size;
    return ERR_OK;
}

static bool matches(struct cel_trial *trial, const struct cel_value *expected)
{
    struct cel_value unescaped;
    if (cel_values_match(&trial->value, expected))
        return true;
    bool is_text = expected->kind == CEL_STRING || expected->kind == CEL_BYTES;
    return is_text && unescape(&trial->pool, expected, &unescaped) == ERR_OK &&
           cel_values_match(&trial->value, &unescaped);
}

/* ---- one case */

static void judge(struct running *r, const json_t *one, struct cel_trial *trial,
                  const struct cel_value *expected)
{
    if (matches(trial, expected)) {
        r->report.passed++;
        return;
    }
    char *got CLEANUP(free_text) = shown(&trial->value, &trial->declarations);
    fail(r, one, got == NULL ? "" : got);
}

/* It does not compile: as good as an error of the evaluation where one is expected. */
static void judge_fault(struct running *r, const json_t *one, const struct cel_trial *trial, enum err error,
                        const struct cel_value *expected)
{
    char text[FAULT_TEXT_SIZE];
    const struct cel_fault *fault = &trial->faults.list[0];
    if (expected->kind == CEL_ERROR && error == ERR_SYNTAX) {
        r->report.passed++;
        return;
    }
    (void)snprintf(text, sizeof text, "%u:%u: %s", fault->line, fault->column, fault->sentence);
    fail(r, one, trial->faults.count > 0 ? text : err_sentence(error));
}

static enum err run_case(struct running *r, const json_t *one)
{
    struct cel_trial trial CLEANUP(cel_trial_done) = {.pool = {NULL}};
    struct cel_value expected;
    const json_t *expression = json_object_get(one, "expr");
    if (!json_is_string(expression))
        return ERR_SYNTAX;
    TRY(cel_trial_open(json_object_get(one, "bindings"), json_string_value(json_object_get(one, "container")),
                       &trial));
    TRY(cel_values_read(&trial.pool, json_object_get(one, "expect"), &expected));
    struct span text = span_of(json_string_value(expression), json_string_length(expression));
    enum err error = cel_trial_run(&trial, text, json_is_false(json_object_get(one, "check")));
    if (error == ERR_OK)
        judge(r, one, &trial, &expected);
    else
        judge_fault(r, one, &trial, error, &expected);
    return error == ERR_MEMORY ? error : ERR_OK;
}

enum err cel_cases_run(struct span text,
                       void (*on_failure)(void *self, const struct cel_cases_failure *failure), void *self,
                       struct cel_cases_report *out)
{
    json_error_t where;
    json_t *root CLEANUP(free_json) =
        json_loadb((const char *)text.bytes, text.size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
    const json_t *cases = json_object_get(root, "cases");
    struct running running = {.on_failure = on_failure, .self = self};
    if (!json_is_array(cases))
        return ERR_SYNTAX;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        enum err error = run_case(&running, json_array_get(cases, i));
        if (error == ERR_SYNTAX)
            fail(&running, json_array_get(cases, i), "the case is not well-formed");
        else if (error != ERR_OK)
            return error;
    }
    *out = running.report;
    return ERR_OK;
}
