/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/likeness.h"
#include "base/money.h"
#include "base/utf8.h"

#define NAME_SHOWN_MAX 24 /* of a stranger's field name */

void fields_refuse(struct till_refusal *out, const char *path, const char *name, const char *reason)
{
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
    (void)snprintf(out->field, sizeof out->field, "%.36s%.*s", path, NAME_SHOWN_MAX, name);
    size_t size = strlen(out->field);
    if (size > 0 && out->field[size - 1] == '.') /* what the path leads to, not a field of it */
        out->field[size - 1] = '\0';
}

/* Writes into the struct without knowing its type. */
static void store(void *out, const struct field *field, const void *value, size_t size)
{
    memcpy((uint8_t *)out + field->offset, value, size);
}

static enum err read_text(const json_t *value, const struct field *field, void *out, const char **reason)
{
    *reason = "must be a text";
    if (!json_is_string(value))
        return ERR_SYNTAX;
    struct span text = span_of(json_string_value(value), json_string_length(value));
    *reason = "is too long";
    if (text.size >= field->size)
        return ERR_RANGE;
    *reason = "has a control character";
    if (!utf8_is_printable(text))
        return ERR_RANGE;
    memset((uint8_t *)out + field->offset, 0, field->size);
    store(out, field, text.bytes, text.size);
    return ERR_OK;
}

static enum err read_bool(const json_t *value, const struct field *field, void *out, const char **reason)
{
    *reason = "must be true or false";
    if (!json_is_boolean(value))
        return ERR_SYNTAX;
    bool flag = json_is_true(value);
    store(out, field, &flag, sizeof flag);
    return ERR_OK;
}

static enum err read_integer(const json_t *value, const struct field *field, void *out, const char **reason)
{
    *reason = "must be a whole number";
    if (!json_is_integer(value))
        return ERR_SYNTAX;
    int64_t number = json_integer_value(value);
    *reason = "is out of range";
    if (field->type != FIELD_MINOR && number < 0)
        return ERR_RANGE;
    if (field->type != FIELD_UINT32) {
        store(out, field, &number, sizeof number);
        return ERR_OK;
    }
    uint32_t small = (uint32_t)number;
    if (number > UINT32_MAX)
        return ERR_RANGE;
    store(out, field, &small, sizeof small);
    return ERR_OK;
}

static enum err read_decimal(const json_t *value, const struct field *field, void *out, const char **reason)
{
    unsigned decimals = field->type == FIELD_MILLI ? 3 : 5;
    int64_t number = 0;
    *reason = "must be a decimal number in quotes: \"2.55\"";
    if (!json_is_string(value))
        return ERR_SYNTAX;
    enum err error =
        money_parse_decimal(span_of(json_string_value(value), json_string_length(value)), decimals, &number);
    if (error == ERR_RANGE)
        *reason = field->type == FIELD_MILLI ? "is too large, or has more than three decimals"
                                             : "is too large, or has more than five decimals";
    TRY(error);
    store(out, field, &number, sizeof number);
    return ERR_OK;
}

static enum err read_day(const json_t *value, const struct field *field, void *out, const char **reason)
{
    int32_t day = 0;
    *reason = "must be a day: \"2026-11-21\"";
    if (!json_is_string(value))
        return ERR_SYNTAX;
    TRY(civil_parse_day(span_of(json_string_value(value), json_string_length(value)), &day));
    store(out, field, &day, sizeof day);
    return ERR_OK;
}

static enum err read_word(const json_t *value, const struct field *field, void *out, const char **reason)
{
    *reason = "must be one of the words that are allowed here";
    for (const struct field_word *word = field->words; json_is_string(value) && word->name != NULL; word++) {
        if (strcmp(word->name, json_string_value(value)) != 0)
            continue;
        store(out, field, &word->value, sizeof word->value);
        return ERR_OK;
    }
    return ERR_SYNTAX;
}

static enum err read_field(const json_t *value, const struct field *field, void *out, const char **reason)
{
    switch (field->type) {
    case FIELD_TEXT:
        return read_text(value, field, out, reason);
    case FIELD_BOOL:
        return read_bool(value, field, out, reason);
    case FIELD_UINT32:
    case FIELD_UINT64:
    case FIELD_MINOR:
        return read_integer(value, field, out, reason);
    case FIELD_MILLI:
    case FIELD_E5:
        return read_decimal(value, field, out, reason);
    case FIELD_DAY:
        return read_day(value, field, out, reason);
    case FIELD_WORD:
        return read_word(value, field, out, reason);
    case FIELD_SELF:
        return ERR_OK;
    }
    return ERR_ARGUMENT;
}

static bool is_known(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return true;
    }
    return false;
}

static void refuse_name(const char *name, const struct field *fields, size_t count, const char *path,
                        struct till_refusal *out_refusal)
{
    struct likeness likeness = likeness_of(span_of_text(name));
    char reason[TILL_REASON_MAX];
    for (size_t i = 0; i < count; i++)
        likeness_try(&likeness, span_of_text(fields[i].name));
    bool is_like = likeness.best.size > 0;
    (void)snprintf(reason, sizeof reason,
                   is_like ? FIELDS_STRANGE ": did you mean \"%.*s\"?" : FIELDS_STRANGE,
                   (int)likeness.best.size, is_like ? (const char *)likeness.best.bytes : "");
    fields_refuse(out_refusal, path, utf8_is_printable(span_of_text(name)) ? name : "?", reason);
}

static enum err refuse_unknown(const json_t *object, const struct field *fields, size_t count,
                               const char *path, struct till_refusal *out_refusal)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (is_known(fields, count, name))
            continue;
        refuse_name(name, fields, count, path, out_refusal);
        return ERR_SYNTAX;
    }
    return ERR_OK;
}

enum err fields_read(const json_t *object, const struct field *fields, size_t count, const char *path,
                     void *out, struct till_refusal *out_refusal)
{
    if (!json_is_object(object)) {
        fields_refuse(out_refusal, path, "", "must be an object, {...}");
        return ERR_SYNTAX;
    }
    /* first: a name that is misspelt says more than that the right one is missing */
    TRY(refuse_unknown(object, fields, count, path, out_refusal));
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        bool is_absent = value == NULL || json_is_null(value);
        if (is_absent && !fields[i].is_required)
            continue;
        const char *reason = "is missing";
        enum err error = is_absent ? ERR_SYNTAX : read_field(value, &fields[i], out, &reason);
        if (error != ERR_OK) {
            fields_refuse(out_refusal, path, fields[i].name, reason);
            return error;
        }
    }
    return ERR_OK;
}

const char *field_word_name(const struct field_word *words, int value)
{
    for (; words->name != NULL; words++) {
        if (words->value == value)
            return words->name;
    }
    return "?";
}
