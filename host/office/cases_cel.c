/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cases_cel.h"

#include <stdio.h>

#include "offers/conditions_cel.h"

/* The text while it is written. */
struct writing {
    struct case_run *run;
    char *text;
    size_t size;
};

static void put(struct writing *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writing *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(w->text + w->size, CEL_TEXT_MAX - w->size, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= CEL_TEXT_MAX - w->size)
        case_fault(w->run, "a match is too long");
    else
        w->size += (size_t)size;
}

/* JSON's strings are strings of the language, too. */
static void put_text(struct writing *w, const json_t *text)
{
    char *quoted = json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    if (!json_is_string(text) || quoted == NULL)
        case_fault(w->run, "a match: a name is not a text");
    else
        put(w, "%s", quoted);
    free(quoted);
}

/* `item` is a format of one text: "line.sku == ". */
static void put_names(struct writing *w, const json_t *names, const char *before, const char *after)
{
    size_t count = json_is_array(names) ? json_array_size(names) : 1;
    put(w, "(");
    for (size_t i = 0; i < count; i++) {
        put(w, "%s%s", i > 0 ? " || " : "", before);
        put_text(w, json_is_array(names) ? json_array_get(names, i) : names);
        put(w, "%s", after);
    }
    put(w, ")");
}

static void put_match(struct writing *w, const json_t *json, unsigned depth);

static void put_any(struct writing *w, const json_t *any, unsigned depth)
{
    put(w, "(");
    for (size_t i = 0; i < json_array_size(any); i++) {
        put(w, "%s", i > 0 ? " || " : "");
        put_match(w, json_array_get(any, i), depth + 1);
    }
    put(w, ")");
}

#define MATCH_DEPTH_MAX 8

static void put_match(struct writing *w, const json_t *json, unsigned depth)
{
    struct case_match match;
    case_read_match(w->run, "a match", json, &match);
    if (depth > MATCH_DEPTH_MAX)
        case_fault(w->run, "a match is too deep");
    if (!case_is_sound(w->run))
        return;
    put(w, "(true");
    if (match.sku != NULL)
        put(w, " && "), put_names(w, match.sku, "line.sku == ", "");
    if (match.category != NULL)
        put(w, " && "), put_names(w, match.category, "", " in line.categories");
    if (match.any != NULL)
        put(w, " && "), put_any(w, match.any, depth);
    if (match.except != NULL)
        put(w, " && !"), put_match(w, match.except, depth + 1);
    if (match.price_min != CASE_ABSENT)
        put(w, " && line.unit_price >= %lld", (long long)match.price_min);
    if (match.price_max != CASE_ABSENT)
        put(w, " && line.unit_price <= %lld", (long long)match.price_max);
    if (match.not_reduced == 1)
        put(w, " && !line.reduced");
    put(w, ")");
}

static struct span compile(struct writing *w, bool has_line)
{
    static const struct cel_type truth = {.kind = CEL_BOOL};
    struct cel_program program;
    struct cel_faults faults = {.count = 0};
    void *memory = case_take(w->run, 1, CEL_MEMORY_SIZE);
    struct cel_source source = {.text = span_of(w->text, w->size),
                                .declarations = conditions_cel_declarations(has_line),
                                .wanted = &truth};
    if (memory == NULL || !case_is_sound(w->run))
        return span_of("", 0);
    struct arena arena = arena_of(memory, CEL_MEMORY_SIZE);
    enum err error = cel_compile(&source, &arena, &program, &faults);
    if (error != ERR_OK && faults.count > 0)
        case_fault(w->run, "a match: %s", faults.list[0].sentence);
    return case_ok(w->run, error, "a match") ? program.bytes : span_of("", 0);
}

struct span case_line_program(struct case_run *run, const json_t *match)
{
    struct writing w = {run, case_take(run, 1, CEL_TEXT_MAX), 0};
    if (w.text == NULL)
        return span_of("", 0);
    put_match(&w, match, 0);
    return compile(&w, /* has_line= */ true);
}

struct span case_contains_program(struct case_run *run, const json_t *match)
{
    struct writing w = {run, case_take(run, 1, CEL_TEXT_MAX), 0};
    if (w.text == NULL)
        return span_of("", 0);
    put(&w, "basket.lines.exists(line, ");
    put_match(&w, match, 0);
    put(&w, ")");
    return compile(&w, /* has_line= */ false);
}
