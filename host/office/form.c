/* SPDX-License-Identifier: Apache-2.0 */
#include "office/form.h"

#include <stdio.h>

#include "base/likeness.h"
#include "base/utf8.h"

#define PATH_SIZE 256

/* The path from the root, outermost step first; a deeper one is cut at its root. */
static size_t path_of(const struct form_node *node, struct place_step steps[PLACE_DEPTH_MAX])
{
    size_t depth = 0;
    for (const struct form_node *n = node; n->parent != NULL && depth < PLACE_DEPTH_MAX; n = n->parent)
        depth++;
    size_t i = depth;
    for (const struct form_node *n = node; i > 0; n = n->parent)
        steps[--i] = (struct place_step){n->key, n->index};
    return depth;
}

static void write_path(const struct place_step *steps, size_t count, char out[PATH_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && used < PATH_SIZE; i++) {
        int size = steps[i].key != NULL
                       ? snprintf(out + used, PATH_SIZE - used, "%s%s", i > 0 ? "." : "", steps[i].key)
                       : snprintf(out + used, PATH_SIZE - used, "[%zu]", steps[i].index);
        used += size > 0 ? (size_t)size : 0;
    }
}

/* How a finding is told, and where it is. */
struct tone {
    enum finding_severity severity;
    enum place_part part;
    struct place within; /* a place in the string that the node is; {0, 0}: the node's own place */
};

static struct place place_of(struct form *form, const struct tone *tone, const struct place_step *steps,
                             size_t count)
{
    return tone->within.line != 0 ? place_find_within(form->text, &form->memo, steps, count, tone->within)
                                  : place_find(form->text, &form->memo, steps, count, tone->part);
}

static void complain_list(struct form *form, const struct form_node *node, const struct tone *tone,
                          const char *hint, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));
static void complain_list(struct form *form, const struct form_node *node, const struct tone *tone,
                          const char *hint, const char *format, va_list arguments)
{
    struct place_step steps[PLACE_DEPTH_MAX] = {0};
    size_t count = path_of(node, steps);
    char path[PATH_SIZE];
    write_path(steps, count, path);
    bool is_kept = form->findings->count < FINDINGS_MAX; /* a place costs a walk over the text */
    struct place place = is_kept ? place_of(form, tone, steps, count) : (struct place){0, 0};
    findings_add_list(form->findings, tone->severity, place, path, hint, format, arguments);
}

void form_complain(struct form *form, const struct form_node *node, const char *hint, const char *format, ...)
{
    const struct tone tone = {FINDING_ERROR, PLACE_OF_VALUE, {0, 0}};
    va_list arguments;
    va_start(arguments, format);
    complain_list(form, node, &tone, hint, format, arguments);
    va_end(arguments);
}

void form_complain_key(struct form *form, const struct form_node *node, const char *hint, const char *format,
                       ...)
{
    const struct tone tone = {FINDING_ERROR, PLACE_OF_KEY, {0, 0}};
    va_list arguments;
    va_start(arguments, format);
    complain_list(form, node, &tone, hint, format, arguments);
    va_end(arguments);
}

void form_complain_within(struct form *form, const struct form_node *node, struct place within,
                          const char *sentence)
{
    const struct tone tone = {FINDING_ERROR, PLACE_OF_VALUE, within};
    struct place_step steps[PLACE_DEPTH_MAX] = {0};
    size_t count = path_of(node, steps);
    char path[PATH_SIZE], hint[FORM_HINT_SIZE];
    write_path(steps, count, path);
    snprintf(hint, sizeof(hint), "line %u, column %u of the expression", within.line, within.column);
    bool is_kept = form->findings->count < FINDINGS_MAX;
    struct place place = is_kept ? place_of(form, &tone, steps, count) : (struct place){0, 0};
    findings_add(form->findings, tone.severity, place, path, hint, "%s", sentence);
}

void form_warn(struct form *form, const struct form_node *node, const char *hint, const char *format, ...)
{
    const struct tone tone = {FINDING_WARNING, PLACE_OF_VALUE, {0, 0}};
    va_list arguments;
    va_start(arguments, format);
    complain_list(form, node, &tone, hint, format, arguments);
    va_end(arguments);
}

void *form_take(struct form *form, size_t count, size_t size)
{
    void *taken = pool_take(form->pool, count, size);
    form->is_out_of_memory |= taken == NULL;
    return taken;
}

void form_hint(const struct likeness *likeness, const char *otherwise, char out[FORM_HINT_SIZE])
{
    if (likeness->best.size > 0)
        snprintf(out, FORM_HINT_SIZE, "did you mean \"%.*s\"?", (int)likeness->best.size,
                 (const char *)likeness->best.bytes);
    else
        snprintf(out, FORM_HINT_SIZE, "%s", otherwise);
}

struct form_node form_member(const struct form_node *node, const char *key)
{
    return (struct form_node){json_object_get(node->json, key), node, key, 0};
}

struct form_node form_item(const struct form_node *node, size_t index)
{
    return (struct form_node){json_array_get(node->json, index), node, NULL, index};
}

struct span form_span_of(const json_t *text)
{
    return span_of(json_string_value(text), json_string_length(text));
}

int form_compare_spans(const void *left, const void *right)
{
    const struct span *a = left;
    const struct span *b = right;
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = shorter > 0 ? memcmp(a->bytes, b->bytes, shorter) : 0;
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

const char *form_kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static bool is_field(const struct form_field *fields, size_t field_count, const char *key)
{
    for (size_t i = 0; i < field_count; i++)
        if (strcmp(fields[i].name, key) == 0)
            return true;
    return false;
}

void form_hint_add(char hint[FORM_HINT_SIZE], const char *word)
{
    static const char more[] = " ...";
    size_t used = strlen(hint), room = FORM_HINT_SIZE - used;
    if (used >= strlen(more) && strcmp(hint + used - strlen(more), more) == 0)
        return;
    bool is_fitting = strlen(word) + 1 + sizeof(more) <= room;
    (void)snprintf(hint + used, room, "%s%s", is_fitting ? " " : more, is_fitting ? word : "");
}

/* The nearest known key; where none is near, all of them. */
static void hint_at_keys(const struct form_field *fields, size_t field_count, const char *key,
                         char out[FORM_HINT_SIZE])
{
    struct likeness likeness = likeness_of(span_of_text(key));
    char known[FORM_HINT_SIZE] = "known here:";
    for (size_t i = 0; i < field_count; i++) {
        likeness_try(&likeness, span_of_text(fields[i].name));
        form_hint_add(known, fields[i].name);
    }
    form_hint(&likeness, known, out);
}

/* Keys that no row names. */
static bool refuse_unknown_keys(struct form *form, const struct form_node *node,
                                const struct form_field *fields, size_t field_count)
{
    bool is_known_all = true;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)node->json, key, value)
    {
        if (is_field(fields, field_count, key))
            continue;
        char hint[FORM_HINT_SIZE];
        hint_at_keys(fields, field_count, key, hint);
        struct form_node unknown = {value, node, key, 0};
        form_complain_key(form, &unknown, hint, "unknown key \"%s\"", key);
        is_known_all = false;
    }
    return is_known_all;
}

bool form_read_object(struct form *form, const struct form_node *node, const struct form_field *fields,
                      size_t field_count, void *out)
{
    if (!json_is_object(node->json)) {
        form_complain(form, node, "", "must be an object, {...}, and is %s", form_kind_of(node->json));
        return false;
    }
    size_t errors_before = form->findings->error_count;
    bool is_whole = refuse_unknown_keys(form, node, fields, field_count);
    for (size_t i = 0; i < field_count; i++) {
        struct form_node member = form_member(node, fields[i].name);
        if (member.json != NULL)
            fields[i].read(form, &member, &fields[i], (uint8_t *)out + fields[i].offset);
        else if (fields[i].is_required)
            form_complain(form, node, fields[i].hint != NULL ? fields[i].hint : "", "\"%s\" is missing",
                          fields[i].name);
    }
    return is_whole && form->findings->error_count == errors_before;
}

/* What to do about jansson's errors that people make most. */
static const struct {
    enum json_error_code code;
    const char *hint;
} syntax_hints[] = {
    {json_error_duplicate_key, "each key stands once in its object: remove one of the two"},
    {json_error_premature_end_of_input, "the text ends too early: a bracket or a quote is not closed"},
    {json_error_invalid_utf8, "save the file as UTF-8"},
    {json_error_end_of_input_expected, "the book is one object: remove what follows its last bracket"},
    {json_error_invalid_syntax, "look for a missing comma, quote or bracket just before (RFC 8259)"},
};

static size_t first_bad_byte(struct span text)
{
    size_t at = 0;
    while (at < text.size) {
        uint8_t lead = text.bytes[at];
        size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (at + size > text.size || !utf8_is_valid(span_of(text.bytes + at, size)))
            return at;
        at += size;
    }
    return at;
}

/* jansson tells how far it has read, which is behind what it stumbled on, and of an end nothing. */
static struct place place_of_syntax(struct span text, const json_error_t *error)
{
    size_t offset = error->position > 0 ? (size_t)error->position : 0;
    switch ((unsigned)json_error_code(error)) {
    case json_error_premature_end_of_input:
        return place_of_offset(text, text.size);
    case json_error_invalid_utf8:
        return place_of_offset(text, first_bad_byte(text));
    default:
        return place_of_token(text, offset);
    }
}

json_t *form_parse(struct form *form)
{
    json_error_t error;
    form->text = utf8_without_mark(form->text);
    json_t *root =
        json_loadb((const char *)form->text.bytes, form->text.size, JSON_REJECT_DUPLICATES, &error);
    if (root != NULL)
        return root;
    const char *hint = "";
    enum json_error_code code = json_error_code(&error);
    struct place place = place_of_syntax(form->text, &error);
    for (size_t i = 0; i < COUNT_OF(syntax_hints); i++)
        hint = syntax_hints[i].code == code ? syntax_hints[i].hint : hint;
    form->is_out_of_memory |= code == json_error_out_of_memory;
    findings_add(form->findings, FINDING_ERROR, place, "", hint, "%s", error.text);
    return NULL;
}
