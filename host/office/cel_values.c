/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cel_values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/utf8.h"

#define NUMBER_TEXT_SIZE 64

static enum err read_value(struct pool *pool, const json_t *json, struct cel_value *out);

static struct span text_of(const json_t *json)
{
    return span_of(json_string_value(json), json_string_length(json));
}

/* ---- by key */

static enum err read_null(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    *out = cel_null();
    return json_is_null(json) ? ERR_OK : ERR_SYNTAX;
}

static enum err read_bool(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    *out = cel_bool(json_is_true(json));
    return json_is_boolean(json) ? ERR_OK : ERR_SYNTAX;
}

static enum err read_int(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    char *end;
    const char *text = json_string_value(json);
    if (json_is_integer(json)) {
        *out = cel_int(json_integer_value(json));
        return ERR_OK;
    }
    if (text == NULL || *text == '\0')
        return ERR_SYNTAX;
    *out = cel_int(strtoll(text, &end, 10));
    return *end == '\0' ? ERR_OK : ERR_SYNTAX;
}

static enum err read_uint(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    char *end;
    const char *text = json_string_value(json);
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        *out = cel_uint((uint64_t)json_integer_value(json));
        return ERR_OK;
    }
    if (text == NULL || *text < '0' || *text > '9')
        return ERR_SYNTAX;
    *out = cel_uint(strtoull(text, &end, 10));
    return *end == '\0' ? ERR_OK : ERR_SYNTAX;
}

static enum err read_double(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    char *end;
    const char *text = json_string_value(json);
    if (json_is_number(json)) {
        *out = cel_double(json_number_value(json));
        return ERR_OK;
    }
    if (text == NULL || *text == '\0')
        return ERR_SYNTAX;
    *out = cel_double(strtod(text, &end));
    return *end == '\0' ? ERR_OK : ERR_SYNTAX;
}

static enum err read_string(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    if (!json_is_string(json) || !utf8_is_valid(text_of(json)))
        return ERR_SYNTAX;
    *out = cel_string(text_of(json));
    return ERR_OK;
}

static enum err read_bytes(struct pool *pool, const json_t *json, struct cel_value *out)
{
    if (!json_is_string(json) || json_string_length(json) % 2 != 0)
        return ERR_SYNTAX;
    size_t size = json_string_length(json) / 2;
    uint8_t *bytes = pool_take(pool, size, 1);
    if (bytes == NULL)
        return ERR_MEMORY;
    *out = cel_bytes(span_of(bytes, size));
    return hex_read(text_of(json), bytes, size);
}

static enum err read_list(struct pool *pool, const json_t *json, struct cel_value *out)
{
    size_t count = json_array_size(json);
    struct cel_value *items = pool_take(pool, count, sizeof *items);
    if (items == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        TRY(read_value(pool, json_array_get(json, i), &items[i]));
    *out = cel_list(items, (uint32_t)count);
    return json_is_array(json) ? ERR_OK : ERR_SYNTAX;
}

static enum err read_map(struct pool *pool, const json_t *json, struct cel_value *out)
{
    size_t count = json_array_size(json);
    struct cel_value *items = pool_take(pool, 2 * count, sizeof *items);
    if (items == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(json, i);
        if (json_array_size(pair) != 2)
            return ERR_SYNTAX;
        TRY(read_value(pool, json_array_get(pair, 0), &items[2 * i]));
        TRY(read_value(pool, json_array_get(pair, 1), &items[2 * i + 1]));
    }
    *out = cel_map(items, (uint32_t)count);
    return json_is_array(json) ? ERR_OK : ERR_SYNTAX;
}

/* Times, types and errors as the language itself reads them. */
struct conversion {
    struct cel_value argument;
};

static struct cel_value give_argument(void *self, uint32_t variable)
{
    (void)variable;
    return ((const struct conversion *)self)->argument;
}

#define CONVERSION_MEMORY  (128u << 10)
#define CONVERSION_SCRATCH 1024

static enum err convert(struct pool *pool, const char *expression, struct cel_value argument,
                        struct cel_value *out)
{
    static const struct cel_type any = {.kind = CEL_DYN};
    static const struct cel_variable variable = {.name = "x", .type = &any};
    static const struct cel_declarations declarations = {.variables = &variable, .variable_count = 1};
    struct cel_source source = {.text = span_of_text(expression), .declarations = &declarations};
    struct cel_program program;
    struct cel_faults faults;
    void *memory = pool_take(pool, CONVERSION_MEMORY, 1);
    uint8_t *scratch = pool_take(pool, CONVERSION_SCRATCH, 1);
    if (memory == NULL || scratch == NULL)
        return ERR_MEMORY;
    struct arena arena = arena_of(memory, CONVERSION_MEMORY);
    TRY(cel_compile(&source, &arena, &program, &faults));
    struct conversion conversion = {argument};
    struct cel_host host = {.self = &conversion, .declarations = &declarations, .variable = give_argument};
    struct cel_run run = {
        .scratch = scratch, .scratch_size = CONVERSION_SCRATCH, .budget = CEL_BUDGET_DEFAULT};
    *out = cel_eval(program.bytes, &host, &run);
    return out->kind == CEL_ERROR ? ERR_SYNTAX : ERR_OK;
}

static enum err read_timestamp(struct pool *pool, const json_t *json, struct cel_value *out)
{
    struct cel_value text;
    TRY(read_string(pool, json, &text));
    return convert(pool, "timestamp(x)", text, out);
}

static enum err read_duration(struct pool *pool, const json_t *json, struct cel_value *out)
{
    struct cel_value text;
    TRY(read_string(pool, json, &text));
    return convert(pool, "duration(x)", text, out);
}

static enum err read_type(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    for (uint32_t kind = 0; json_is_string(json) && kind < CEL_KIND_COUNT; kind++) {
        *out = cel_type_of_kind((enum cel_kind)kind);
        if (strcmp(cel_type_name(*out, NULL), json_string_value(json)) == 0)
            return ERR_OK;
    }
    return ERR_SYNTAX;
}

static enum err read_error(struct pool *pool, const json_t *json, struct cel_value *out)
{
    (void)pool;
    *out = cel_fail(CEL_HOST_ERROR);
    return json_is_string(json) ? ERR_OK : ERR_SYNTAX;
}

struct kind_row {
    const char *key;
    enum cel_kind kind;
    enum err (*read)(struct pool *pool, const json_t *json, struct cel_value *out);
};

static const struct kind_row kinds[] = {
    {"null", CEL_NULL, read_null},
    {"bool", CEL_BOOL, read_bool},
    {"int", CEL_INT, read_int},
    {"uint", CEL_UINT, read_uint},
    {"double", CEL_DOUBLE, read_double},
    {"string", CEL_STRING, read_string},
    {"bytes", CEL_BYTES, read_bytes},
    {"list", CEL_LIST, read_list},
    {"map", CEL_MAP, read_map},
    {"timestamp", CEL_TIMESTAMP, read_timestamp},
    {"duration", CEL_DURATION, read_duration},
    {"type", CEL_TYPE, read_type},
    {"error", CEL_ERROR, read_error},
};

/* ---- plain JSON */

static enum err read_object(struct pool *pool, const json_t *json, struct cel_value *out)
{
    size_t index = 0, count = json_object_size(json);
    struct cel_value *items = pool_take(pool, 2 * count, sizeof *items);
    if (items == NULL)
        return ERR_MEMORY;
    json_t *object = (json_t *)(uintptr_t)json; /* jansson's iterators are not const */
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        items[index++] = cel_string(span_of_text(json_object_iter_key(at)));
        TRY(read_value(pool, json_object_iter_value(at), &items[index++]));
    }
    *out = cel_map(items, (uint32_t)count);
    return ERR_OK;
}

static enum err read_plain(struct pool *pool, const json_t *json, struct cel_value *out)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return read_object(pool, json, out);
    case JSON_ARRAY:
        return read_list(pool, json, out);
    case JSON_STRING:
        return read_string(pool, json, out);
    case JSON_INTEGER:
        return read_int(pool, json, out);
    case JSON_REAL:
        return read_double(pool, json, out);
    case JSON_TRUE:
    case JSON_FALSE:
        return read_bool(pool, json, out);
    case JSON_NULL:
        break;
    }
    return read_null(pool, json, out);
}

static enum err read_value(struct pool *pool, const json_t *json, struct cel_value *out)
{
    for (size_t i = 0; json_object_size(json) == 1 && i < COUNT_OF(kinds); i++) {
        const json_t *content = json_object_get(json, kinds[i].key);
        if (content != NULL)
            return kinds[i].read(pool, content, out);
    }
    return json == NULL ? ERR_SYNTAX : read_plain(pool, json, out);
}

enum err cel_values_read(struct pool *pool, const json_t *json, struct cel_value *out)
{
    return read_value(pool, json, out);
}

/* ---- types */

static bool are_same(const struct cel_type *a, const struct cel_type *b)
{
    if (a == NULL || b == NULL || a->kind != b->kind)
        return a == b;
    return a->kind < CEL_LIST || a->kind > CEL_MAP ||
           (are_same(a->element, b->element) && are_same(a->key, b->key));
}

/* The one type of every `step`th value; dyn if they differ. */
static const struct cel_type *common_type(struct pool *pool, const struct cel_value *values, uint32_t count,
                                          uint32_t step)
{
    static const struct cel_type dyn = {.kind = CEL_DYN};
    const struct cel_type *common = count == 0 ? &dyn : cel_values_type(pool, &values[0]);
    for (uint32_t i = 1; i < count && common != NULL; i++) {
        const struct cel_type *type = cel_values_type(pool, &values[(size_t)i * step]);
        if (type == NULL || !are_same(type, common))
            return type == NULL ? NULL : &dyn;
    }
    return common;
}

const struct cel_type *cel_values_type(struct pool *pool, const struct cel_value *value)
{
    struct cel_type *type = pool_take(pool, 1, sizeof *type);
    if (type == NULL)
        return NULL;
    type->kind = value->kind == CEL_ERROR ? (uint8_t)CEL_DYN : value->kind;
    if (value->kind == CEL_LIST)
        type->element = common_type(pool, value->items, value->count, 1);
    if (value->kind == CEL_MAP) {
        type->key = common_type(pool, value->items, value->count, 2);
        type->element = common_type(pool, value->items + (value->count > 0 ? 1 : 0), value->count, 2);
    }
    return type;
}

/* ---- writing */

static json_t *text_json(struct span text)
{
    return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
}

static json_t *number_json(const char *format, ...) __attribute__((format(printf, 1, 2)));
static json_t *number_json(const char *format, ...)
{
    char text[NUMBER_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return json_string(text);
}

/* The fewest digits that read back as the same. */
static json_t *double_json(double real)
{
    char text[NUMBER_TEXT_SIZE];
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    return json_string(text);
}

static json_t *bytes_json(struct span bytes)
{
    char *text = malloc(2 * bytes.size + 1);
    if (text == NULL)
        return NULL;
    hex_write(bytes, text);
    json_t *json = json_stringn(text, 2 * bytes.size);
    free(text);
    return json;
}

static json_t *aggregate_json(const struct cel_value *value, const struct cel_declarations *declarations)
{
    json_t *json = json_array();
    bool is_map = value->kind == CEL_MAP;
    for (uint32_t i = 0; i < value->count && !value->is_hosted; i++) {
        const struct cel_value *item = &value->items[is_map ? 2 * i : i];
        json_t *written = cel_values_write(item, declarations);
        if (is_map)
            written = json_pack("[o, o]", written, cel_values_write(item + 1, declarations));
        json_array_append_new(json, written);
    }
    return json;
}

/* As string() writes them. */
static json_t *time_json(const struct cel_value *value)
{
    struct pool pool CLEANUP(pool_done) = {NULL};
    struct cel_value text;
    if (convert(&pool, "string(x)", *value, &text) != ERR_OK)
        return NULL;
    return text_json(span_of(text.bytes, text.count));
}

static json_t *content_json(const struct cel_value *value, const struct cel_declarations *declarations)
{
    switch ((int)value->kind) {
    case CEL_BOOL:
        return json_boolean(value->truth);
    case CEL_INT:
        return number_json("%" PRId64, value->integer);
    case CEL_UINT:
        return number_json("%" PRIu64, value->natural);
    case CEL_DOUBLE:
        return double_json(value->real);
    case CEL_STRING:
        return text_json(span_of(value->bytes, value->count));
    case CEL_BYTES:
        return bytes_json(span_of(value->bytes, value->count));
    case CEL_LIST:
    case CEL_MAP:
        return aggregate_json(value, declarations);
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return time_json(value);
    case CEL_TYPE:
        return json_string(cel_type_name(*value, declarations));
    case CEL_ERROR:
        return json_string(cel_error_row((enum cel_error)value->count)->name);
    default:
        return json_null();
    }
}

json_t *cel_values_write(const struct cel_value *value, const struct cel_declarations *declarations)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind == (enum cel_kind)value->kind)
            return json_pack("{s:o}", kinds[i].key, content_json(value, declarations));
    }
    return json_pack("{s:n}", "object");
}

/* ---- comparing */

static bool is_nan(const struct cel_value *value)
{
    return value->real != value->real;
}

static bool lists_match(const struct cel_value *got, const struct cel_value *expected)
{
    for (uint32_t i = 0; i < got->count; i++) {
        if (!cel_values_match(&got->items[i], &expected->items[i]))
            return false;
    }
    return true;
}

static bool has_entry(const struct cel_value *map, const struct cel_value *entry)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (cel_values_match(&map->items[2 * i], &entry[0]) &&
            cel_values_match(&map->items[2 * i + 1], &entry[1]))
            return true;
    }
    return false;
}

static bool maps_match(const struct cel_value *got, const struct cel_value *expected)
{
    for (uint32_t i = 0; i < expected->count; i++) {
        if (!has_entry(got, &expected->items[2 * i]))
            return false;
    }
    return true;
}

bool cel_values_match(const struct cel_value *got, const struct cel_value *expected)
{
    if (got->kind != expected->kind)
        return false;
    if (got->kind == CEL_ERROR)
        return true;
    if (got->kind == CEL_DOUBLE)
        return (is_nan(got) && is_nan(expected)) || got->natural == expected->natural;
    if (got->kind == CEL_LIST || got->kind == CEL_MAP) {
        bool is_comparable = got->count == expected->count && !got->is_hosted && !expected->is_hosted;
        return is_comparable &&
               (got->kind == CEL_LIST ? lists_match(got, expected) : maps_match(got, expected));
    }
    return cel_value_is_equal(*got, *expected);
}
