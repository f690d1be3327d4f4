/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of form.h, one for each kind of value. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/likeness.h"
#include "base/money.h"
#include "base/utf8.h"
#include "office/form.h"

#define TEXTS_ROW_MAX 32

static const char *hint_of(const struct form_field *field)
{
    return field->hint != NULL ? field->hint : "";
}

static unsigned decimals_of(const struct form *form, const struct form_field *field)
{
    return field->decimals == FORM_DECIMALS_OF_CURRENCY ? form->exponent : field->decimals;
}

/* Hints write money with two decimals: where the currency has another number of them, its own notation is shown. */
static const char *decimal_hint(const struct form *form, const struct form_field *field,
                                char out[FORM_HINT_SIZE])
{
    static const char *const examples[] = {"50", "0.5", "0.50", "0.500", "0.5000"};
    unsigned decimals = decimals_of(form, field);
    if (field->decimals != FORM_DECIMALS_OF_CURRENCY || decimals == 2 || decimals >= COUNT_OF(examples))
        return hint_of(field);
    (void)snprintf(out, FORM_HINT_SIZE, "\"%s\": \"%s\": the book's currency has %u decimals", field->name,
                   examples[decimals], decimals);
    return out;
}

/* Within bounds, or a complaint in the field's own notation. */
static bool is_within(struct form *form, const struct form_node *node, const struct form_field *field,
                      int64_t value)
{
    if (value >= field->min && value <= field->max)
        return true;
    char min[32], max[32], hint[FORM_HINT_SIZE];
    unsigned decimals = decimals_of(form, field);
    (void)money_format_decimal(field->min, decimals, 0, min);
    (void)money_format_decimal(field->max, decimals, 0, max);
    form_complain(form, node, decimal_hint(form, field, hint), "\"%s\" must be from %s to %s", field->name,
                  min, max);
    return false;
}

void form_read_integer(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    if (!json_is_integer(node->json)) {
        form_complain(form, node, hint_of(field), "\"%s\" must be a whole number, without quotes, and is %s",
                      field->name, json_is_real(node->json) ? "not whole" : form_kind_of(node->json));
        return;
    }
    int64_t value = json_integer_value(node->json);
    if (is_within(form, node, field, value))
        *(int64_t *)out = value;
}

/* How many digits stand behind the point. */
static size_t decimals_in(struct span text)
{
    const uint8_t *point = memchr(text.bytes, '.', text.size);
    return point != NULL ? (size_t)(text.bytes + text.size - point) - 1 : 0;
}

void form_read_decimal(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    unsigned decimals = decimals_of(form, field);
    if (json_is_number(node->json)) {
        form_complain(form, node,
                      "put it in quotes: \"2.50\"; decimals are texts, so that nothing is rounded on the way",
                      "\"%s\" must be a decimal text and is a number", field->name);
        return;
    }
    if (!json_is_string(node->json)) {
        form_complain(form, node, hint_of(field), "\"%s\" must be a decimal text like \"2.50\" and is %s",
                      field->name, form_kind_of(node->json));
        return;
    }
    int64_t value;
    char hint[FORM_HINT_SIZE];
    struct span text = form_span_of(node->json);
    enum err error = money_parse_decimal(text, decimals, &value);
    if (error == ERR_RANGE && decimals_in(text) > decimals)
        form_complain(form, node, decimal_hint(form, field, hint), "\"%s\" has more than %u decimals",
                      field->name, decimals);
    else if (error == ERR_RANGE)
        form_complain(form, node, decimal_hint(form, field, hint), "\"%s\" is too large", field->name);
    else if (error != ERR_OK)
        form_complain(form, node, decimal_hint(form, field, hint), "\"%s\" is no decimal number: \"%s\"",
                      field->name, json_string_value(node->json));
    else if (is_within(form, node, field, value))
        *(int64_t *)out = value;
}

/* The nearest known word; where none is near, all of them. */
static void complain_of_choice(struct form *form, const struct form_node *node,
                               const struct form_field *field, const char *typed)
{
    struct likeness likeness = likeness_of(span_of_text(typed));
    char known[FORM_HINT_SIZE] = "one of:";
    for (size_t i = 0; i < field->choice_count; i++) {
        likeness_try(&likeness, span_of_text(field->choices[i].name));
        form_hint_add(known, field->choices[i].name);
    }
    char hint[FORM_HINT_SIZE];
    form_hint(&likeness, known, hint);
    if (json_is_string(node->json))
        form_complain(form, node, hint, "\"%s\" knows no \"%s\"", field->name, typed);
    else
        form_complain(form, node, known, "\"%s\" must be a text and is %s", field->name,
                      form_kind_of(node->json));
}

void form_read_choice(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    const char *typed = json_is_string(node->json) ? json_string_value(node->json) : "";
    for (size_t i = 0; i < field->choice_count; i++) {
        if (strcmp(field->choices[i].name, typed) == 0) {
            *(int64_t *)out = field->choices[i].value;
            return;
        }
    }
    complain_of_choice(form, node, field, typed);
}

void form_read_true(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out)
{
    if (json_is_true(node->json))
        *(int64_t *)out = 1;
    else
        form_complain(form, node, "write true, or leave the key out", "\"%s\" can only be true", field->name);
}

void form_read_flag(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out)
{
    if (json_is_boolean(node->json))
        *(int64_t *)out = json_is_true(node->json) ? 1 : 0;
    else
        form_complain(form, node, "", "\"%s\" must be true or false and is %s", field->name,
                      form_kind_of(node->json));
}

/* A text within the field's length, without control characters. */
static bool is_text(struct form *form, const struct form_node *node, const struct form_field *field)
{
    if (!json_is_string(node->json)) {
        form_complain(form, node, hint_of(field), "\"%s\" must be a text and is %s", field->name,
                      form_kind_of(node->json));
        return false;
    }
    struct span text = form_span_of(node->json);
    if (text.size < (size_t)field->min || text.size > (size_t)field->max)
        form_complain(form, node, hint_of(field),
                      "\"%s\" must have %" PRId64 " to %" PRId64 " bytes and has %zu", field->name,
                      field->min, field->max, text.size);
    else if (!utf8_is_printable(text))
        form_complain(form, node, "remove tabs, line ends and the like", "\"%s\" holds a control character",
                      field->name);
    else
        return true;
    return false;
}

void form_read_text(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out)
{
    if (is_text(form, node, field))
        *(struct span *)out = form_span_of(node->json);
}

static bool is_name_character(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '_' ||
           c == '-';
}

/* A text that machines compare. */
static bool is_name(struct form *form, const struct form_node *node, const struct form_field *field)
{
    if (!is_text(form, node, field))
        return false;
    struct span text = form_span_of(node->json);
    for (size_t i = 0; i < text.size; i++) {
        if (is_name_character(text.bytes[i]))
            continue;
        form_complain(form, node, "use letters a to z, digits, point, hyphen and underscore",
                      "\"%s\" may not hold the character at its place %zu", field->name, i + 1);
        return false;
    }
    return true;
}

void form_read_name(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out)
{
    if (is_name(form, node, field))
        *(struct span *)out = form_span_of(node->json);
}

void form_read_day(struct form *form, const struct form_node *node, const struct form_field *field, void *out)
{
    int32_t day;
    if (!json_is_string(node->json))
        form_complain(form, node, "write it as \"2026-11-21\"", "\"%s\" must be a date and is %s",
                      field->name, form_kind_of(node->json));
    else if (civil_parse_day(form_span_of(node->json), &day) != ERR_OK)
        form_complain(form, node, "write it as \"2026-11-21\"", "\"%s\" is no such day: \"%s\"", field->name,
                      json_string_value(node->json));
    else
        *(int64_t *)out = day;
}

/* A copy of the rows is sorted, so that ten thousand items cost no hundred million comparisons. */
static void refuse_repetitions(struct form *form, const struct form_node *node,
                               const struct form_field *field, const struct span *rows, size_t count)
{
    struct span *sorted = form_take(form, count, sizeof(*sorted));
    if (sorted == NULL || count < 2)
        return;
    memcpy(sorted, rows, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), form_compare_spans);
    for (size_t i = 1; i < count; i++)
        if (span_is_equal(sorted[i - 1], sorted[i]))
            form_complain(form, node, "name each once", "\"%s\" names \"%.*s\" twice", field->name,
                          (int)sorted[i].size, (const char *)sorted[i].bytes);
}

/* A list whose items each pass is_row. */
static void read_list(struct form *form, const struct form_node *node, const struct form_field *field,
                      bool (*is_row)(struct form *, const struct form_node *, const struct form_field *),
                      struct form_texts *out)
{
    if (!json_is_array(node->json)) {
        form_complain(form, node, hint_of(field), "\"%s\" must be a list of texts, [...], and is %s",
                      field->name, form_kind_of(node->json));
        return;
    }
    size_t count = json_array_size(node->json);
    if (count < (size_t)field->min || count > (size_t)field->max) {
        form_complain(form, node, hint_of(field),
                      "\"%s\" must have %" PRId64 " to %" PRId64 " entries and has %zu", field->name,
                      field->min, field->max, count);
        return;
    }
    struct span *rows = form_take(form, count, sizeof(*rows));
    if (rows == NULL)
        return;
    const struct form_field row = {.name = field->name, .min = 1, .max = TEXTS_ROW_MAX, .hint = field->hint};
    bool is_whole = true;
    for (size_t i = 0; i < count; i++) {
        struct form_node item = form_item(node, i);
        is_whole &= is_row(form, &item, &row);
        rows[i] = json_is_string(item.json) ? form_span_of(item.json) : span_of("", 0);
    }
    if (!is_whole)
        return;
    refuse_repetitions(form, node, field, rows, count);
    *out = (struct form_texts){rows, (uint32_t)count};
}

void form_read_texts(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    read_list(form, node, field, is_text, out);
}

void form_read_names(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    read_list(form, node, field, is_name, out);
}

void form_read_bits(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out)
{
    if (!json_is_array(node->json) || json_array_size(node->json) == 0) {
        form_complain(form, node, hint_of(field), "\"%s\" must be a list of at least one word", field->name);
        return;
    }
    int64_t bits = 0;
    for (size_t i = 0; i < json_array_size(node->json); i++) {
        struct form_node item = form_item(node, i);
        int64_t bit = -1;
        form_read_choice(form, &item, field, &bit);
        if (bit < 0)
            continue;
        if ((bits >> bit & 1) != 0)
            form_complain(form, &item, "name each once", "\"%s\" names \"%s\" twice", field->name,
                          json_string_value(item.json));
        bits |= (int64_t)1 << bit;
    }
    *(int64_t *)out = bits;
}

void form_read_nothing(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    (void)form;
    (void)node;
    (void)field;
    (void)out;
}
