/* SPDX-License-Identifier: Apache-2.0 */
/* "%d of %s".format([1, "x"]) */
#include "base/utf8.h"
#include "offers/cel/decimal.h"
#include "offers/cel/functions.h"
#include "offers/cel/moment.h"
#include "offers/cel/text.h"

#define PLACES_DEFAULT 6
#define DOUBLE_STEPS   200
#define SHORTEST_STEPS 500

/* One placeholder at work: what is written, and what went wrong. */
struct formatter {
    struct cel_machine *m;
    struct cel_writer writer;
    uint32_t places;
    uint32_t depth;
    enum cel_error error; /* CEL_NO_ERROR: none */
};

static bool fail(struct formatter *f, enum cel_error error)
{
    f->error = error;
    return false;
}

static bool put(struct formatter *f, struct span text)
{
    return cel_write(f->m, &f->writer, text);
}

static bool put_text(struct formatter *f, const char *text)
{
    return put(f, span_of_text(text));
}

/* ---- %s */

static bool put_string_of(struct formatter *f, const struct cel_value *value);

/* A run of bytes that are no text becomes one U+FFFD. */
static bool put_bytes(struct formatter *f, struct span bytes)
{
    if (!cel_spend(f->m, bytes.size))
        return false;
    bool was_bad = false;
    for (size_t at = 0; at < bytes.size;) {
        size_t begin = at;
        bool is_bad = cel_rune_next(bytes, &at) == CEL_RUNE_BAD;
        bool is_written =
            is_bad ? was_bad || put_text(f, "\xef\xbf\xbd") : put(f, cel_part(bytes, begin, at));
        if (!is_written)
            return false;
        was_bad = is_bad;
    }
    return true;
}

static bool put_double(struct formatter *f, double real)
{
    uint8_t text[CEL_DECIMAL_TEXT_SIZE];
    return cel_spend(f->m, SHORTEST_STEPS) &&
           put(f, span_of(text, cel_decimal_write_shortest(real, INT32_MAX, text)));
}

static bool put_list(struct formatter *f, const struct cel_value *list)
{
    bool goes_on = put_text(f, "[");
    for (uint32_t i = 0; i < list->count && goes_on; i++) {
        struct cel_value item = cel_item(f->m, list, i);
        goes_on = (i == 0 || put_text(f, ", ")) && put_string_of(f, &item);
    }
    return goes_on && put_text(f, "]");
}

/* A key as text; maps are written in the order of these. */
static bool key_text(struct formatter *f, const struct cel_value *key, struct span *out)
{
    struct formatter inner = {.m = f->m, .depth = f->depth};
    if (!put_string_of(&inner, key))
        return fail(f, inner.error);
    *out = span_of(inner.writer.bytes, inner.writer.size);
    return true;
}

struct entry {
    struct cel_value key; /* as text */
    const struct cel_value *value;
};

/* Insertion: a map of some entries, and the budget is charged for each look. */
static bool sort(struct formatter *f, struct entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct entry moving = entries[i];
        uint32_t place = i;
        for (; place > 0 && cel_compare(&moving.key, &entries[place - 1].key) == CEL_LESS; place--) {
            if (!cel_spend(f->m, 1))
                return false;
            entries[place] = entries[place - 1];
        }
        entries[place] = moving;
    }
    return true;
}

static bool put_map(struct formatter *f, const struct cel_value *map)
{
    struct entry *entries = cel_take(f->m, map->count, sizeof *entries);
    bool goes_on = entries != NULL;
    for (uint32_t i = 0; i < map->count && goes_on; i++) {
        struct span key;
        goes_on = key_text(f, &map->items[2 * i], &key);
        if (goes_on)
            entries[i] = (struct entry){cel_string(key), &map->items[2 * i + 1]};
    }
    goes_on = goes_on && sort(f, entries, map->count) && put_text(f, "{");
    for (uint32_t i = 0; i < map->count && goes_on; i++)
        goes_on = (i == 0 || put_text(f, ", ")) && put(f, cel_text_of(&entries[i].key)) &&
                  put_text(f, ": ") && put_string_of(f, entries[i].value);
    return goes_on && put_text(f, "}");
}

static bool put_aggregate(struct formatter *f, const struct cel_value *value)
{
    if (f->depth >= CEL_NESTING_MAX)
        return fail(f, CEL_TOO_DEEP);
    f->depth++;
    bool goes_on = value->kind == CEL_LIST ? put_list(f, value) : put_map(f, value);
    f->depth--;
    return goes_on;
}

/* As string() makes it. */
static bool put_converted(struct formatter *f, const struct cel_value *value)
{
    struct cel_value text = cel_fn_string(f->m, value, 1);
    return text.kind == CEL_STRING ? put(f, cel_text_of(&text)) : fail(f, (enum cel_error)text.count);
}

static bool put_string_of(struct formatter *f, const struct cel_value *value)
{
    switch ((int)value->kind) {
    case CEL_NULL:
        return put_text(f, "null");
    case CEL_DOUBLE:
        return put_double(f, value->real);
    case CEL_BYTES:
        return put_bytes(f, cel_text_of(value));
    case CEL_TYPE:
        return put_text(f, cel_type_name(*value, f->m->host->declarations));
    case CEL_LIST:
    case CEL_MAP:
        return put_aggregate(f, value);
    case CEL_OBJECT:
        return fail(f, CEL_NO_OVERLOAD);
    case CEL_ERROR:
        return fail(f, (enum cel_error)value->count);
    default:
        return put_converted(f, value);
    }
}

/* ---- numbers */

static bool put_integer(struct formatter *f, const struct cel_value *value, unsigned base, bool upper)
{
    uint8_t text[CEL_INT_TEXT_SIZE];
    size_t size = value->kind == CEL_INT ? cel_write_int(value->integer, base, upper, text)
                                         : cel_write_uint(value->natural, base, upper, text);
    return put(f, span_of(text, size));
}

static bool is_integer(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT;
}

static bool put_decimal(struct formatter *f, const struct cel_value *value)
{
    if (value->kind == CEL_DOUBLE)
        return put_double(f, value->real);
    return is_integer(value) ? put_integer(f, value, 10, false) : fail(f, CEL_NO_OVERLOAD);
}

static bool put_octal(struct formatter *f, const struct cel_value *value)
{
    return is_integer(value) ? put_integer(f, value, 8, false) : fail(f, CEL_NO_OVERLOAD);
}

static bool put_binary(struct formatter *f, const struct cel_value *value)
{
    if (value->kind == CEL_BOOL)
        return put_text(f, value->truth ? "1" : "0");
    return is_integer(value) ? put_integer(f, value, 2, false) : fail(f, CEL_NO_OVERLOAD);
}

static bool put_hex(struct formatter *f, const struct cel_value *value, bool upper)
{
    if (is_integer(value))
        return put_integer(f, value, 16, upper);
    if (value->kind != CEL_STRING && value->kind != CEL_BYTES)
        return fail(f, CEL_NO_OVERLOAD);
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    bool goes_on = cel_spend(f->m, value->count);
    for (uint32_t i = 0; i < value->count && goes_on; i++) {
        char pair[2] = {digits[value->bytes[i] >> 4], digits[value->bytes[i] & 15]};
        goes_on = put(f, span_of(pair, 2));
    }
    return goes_on;
}

static bool put_hex_lower(struct formatter *f, const struct cel_value *value)
{
    return put_hex(f, value, false);
}

static bool put_hex_upper(struct formatter *f, const struct cel_value *value)
{
    return put_hex(f, value, true);
}

/* An int whose digits a double cannot hold keeps them. */
static bool put_places(struct formatter *f, const struct cel_value *value,
                       size_t (*write)(double number, uint32_t places, uint8_t *out))
{
    uint8_t text[CEL_DECIMAL_TEXT_SIZE];
    struct cel_value number = *value;
    if (!cel_is_number(value))
        return fail(f, CEL_NO_OVERLOAD);
    if (is_integer(value))
        number = cel_fn_double(f->m, value, 1);
    return cel_spend(f->m, DOUBLE_STEPS) && put(f, span_of(text, write(number.real, f->places, text)));
}

static bool put_fixed(struct formatter *f, const struct cel_value *value)
{
    return put_places(f, value, cel_decimal_write_fixed);
}

static bool put_scientific(struct formatter *f, const struct cel_value *value)
{
    return put_places(f, value, cel_decimal_write_scientific);
}

/* ---- the format */

struct clause_row {
    uint8_t letter;
    bool (*put)(struct formatter *f, const struct cel_value *value);
};

static const struct clause_row clauses[] = {{'s', put_string_of},  {'d', put_decimal},   {'f', put_fixed},
                                            {'e', put_scientific}, {'x', put_hex_lower}, {'X', put_hex_upper},
                                            {'o', put_octal},      {'b', put_binary}};

/* ".3" at *at. */
static bool read_places(struct formatter *f, struct span format, size_t *at)
{
    uint64_t places;
    f->places = PLACES_DEFAULT;
    if (*at >= format.size || format.bytes[*at] != '.')
        return true;
    size_t begin = ++*at;
    while (*at < format.size && cel_is_digit(format.bytes[*at]))
        (*at)++;
    if (!cel_read_digits(cel_part(format, begin, *at), 10, &places) || places > CEL_DECIMAL_PLACES_MAX)
        return fail(f, CEL_BAD_PATTERN);
    f->places = (uint32_t)places;
    return true;
}

static const struct clause_row *read_clause(struct span format, size_t *at)
{
    for (size_t i = 0; *at < format.size && i < COUNT_OF(clauses); i++) {
        if (clauses[i].letter == format.bytes[*at]) {
            (*at)++;
            return &clauses[i];
        }
    }
    return NULL;
}

static bool put_clause(struct formatter *f, struct span format, size_t *at, const struct cel_value *list,
                       uint32_t *index)
{
    if (*at < format.size && format.bytes[*at] == '%') {
        (*at)++;
        return put_text(f, "%");
    }
    if (!read_places(f, format, at))
        return false;
    const struct clause_row *clause = read_clause(format, at);
    if (clause == NULL)
        return fail(f, CEL_BAD_PATTERN);
    if (*index >= list->count)
        return fail(f, CEL_BAD_INDEX);
    struct cel_value item = cel_item(f->m, list, (*index)++);
    return item.kind == CEL_ERROR ? fail(f, (enum cel_error)item.count) : clause->put(f, &item);
}

static bool put_format(struct formatter *f, struct span format, const struct cel_value *list)
{
    uint32_t index = 0;
    for (size_t at = 0; at < format.size;) {
        size_t begin = at;
        while (at < format.size && format.bytes[at] != '%')
            at++;
        if (!cel_spend(f->m, 1) || !put(f, cel_part(format, begin, at)))
            return false;
        if (at < format.size) {
            at++;
            if (!put_clause(f, format, &at, list, &index))
                return false;
        }
    }
    return true;
}

CEL_FUNCTION(cel_fn_format)
{
    (void)count;
    if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_LIST)
        return cel_fail(CEL_NO_OVERLOAD);
    struct formatter f = {.m = m};
    if (!put_format(&f, cel_text_of(&arguments[0]), &arguments[1]))
        return cel_failed(m, f.error);
    return cel_written(m, &f.writer);
}
