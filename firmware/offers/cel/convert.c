/* SPDX-License-Identifier: Apache-2.0 */
/* int(), string() and the other conversions. */
#include "base/utf8.h"
#include "offers/cel/decimal.h"
#include "offers/cel/functions.h"
#include "offers/cel/moment.h"
#include "offers/cel/text.h"

#define TWO_TO_63 9223372036854775808.0
#define TWO_TO_64 18446744073709551616.0

/* What writing the shortest decimal of a double takes, in steps: it tries. */
#define SHORTEST_STEPS 500
#define DOUBLE_STEPS   200
/* string() writes doubles from 10^6 on with an exponent, as the language's reference implementation does. */
#define EXPONENT_FROM 6

static struct cel_value no_overload(void)
{
    return cel_fail(CEL_NO_OVERLOAD);
}

struct word_row {
    const char *word;
    bool truth;
};

static const struct word_row words[] = {{"1", true},    {"t", true},      {"T", true},      {"true", true},
                                        {"TRUE", true}, {"True", true},   {"0", false},     {"f", false},
                                        {"F", false},   {"false", false}, {"FALSE", false}, {"False", false}};

CEL_FUNCTION(cel_fn_bool)
{
    (void)m;
    (void)count;
    if (arguments[0].kind == CEL_BOOL)
        return arguments[0];
    if (arguments[0].kind != CEL_STRING)
        return no_overload();
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (span_is_equal(cel_text_of(&arguments[0]), span_of_text(words[i].word)))
            return cel_bool(words[i].truth);
    }
    return cel_fail(CEL_BAD_CONVERSION);
}

CEL_FUNCTION(cel_fn_bytes)
{
    (void)m;
    (void)count;
    bool is_text = arguments[0].kind == CEL_STRING || arguments[0].kind == CEL_BYTES;
    return is_text ? cel_bytes(cel_text_of(&arguments[0])) : no_overload();
}

static struct cel_value double_of_text(struct cel_machine *m, struct span text)
{
    double real;
    if (!cel_spend(m, DOUBLE_STEPS + text.size))
        return cel_fail(m->halted);
    return cel_decimal_read(text, &real) ? cel_double(real) : cel_fail(CEL_BAD_CONVERSION);
}

CEL_FUNCTION(cel_fn_double)
{
    (void)count;
    switch ((int)arguments[0].kind) {
    case CEL_DOUBLE:
        return arguments[0];
    case CEL_INT:
        return cel_double((double)arguments[0].integer);
    case CEL_UINT:
        return cel_double((double)arguments[0].natural);
    case CEL_STRING:
        return double_of_text(m, cel_text_of(&arguments[0]));
    default:
        return no_overload();
    }
}

CEL_FUNCTION(cel_fn_int)
{
    (void)m;
    (void)count;
    int64_t number;
    const struct cel_value *value = &arguments[0];
    switch ((int)value->kind) {
    case CEL_INT:
        return *value;
    case CEL_UINT:
        return value->natural > (uint64_t)INT64_MAX ? cel_fail(CEL_OUT_OF_RANGE)
                                                    : cel_int((int64_t)value->natural);
    case CEL_DOUBLE:
        /* The ends are excluded: a double there stands for numbers beyond them, too. */
        if (!(value->real > -TWO_TO_63 && value->real < TWO_TO_63))
            return cel_fail(CEL_OUT_OF_RANGE);
        return cel_int((int64_t)value->real);
    case CEL_STRING:
        return cel_read_int(cel_text_of(value), &number) ? cel_int(number) : cel_fail(CEL_BAD_CONVERSION);
    case CEL_TIMESTAMP:
        return cel_int(value->integer);
    default:
        return no_overload();
    }
}

CEL_FUNCTION(cel_fn_uint)
{
    (void)m;
    (void)count;
    uint64_t number;
    const struct cel_value *value = &arguments[0];
    switch ((int)value->kind) {
    case CEL_UINT:
        return *value;
    case CEL_INT:
        return value->integer < 0 ? cel_fail(CEL_OUT_OF_RANGE) : cel_uint((uint64_t)value->integer);
    case CEL_DOUBLE:
        if (!(value->real >= 0 && value->real < TWO_TO_64))
            return cel_fail(CEL_OUT_OF_RANGE);
        return cel_uint((uint64_t)value->real);
    case CEL_STRING:
        return cel_read_digits(cel_text_of(value), 10, &number) ? cel_uint(number)
                                                                : cel_fail(CEL_BAD_CONVERSION);
    default:
        return no_overload();
    }
}

/* ---- string() */

static struct cel_value kept(struct cel_machine *m, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = cel_take(m, size, 1);
    if (copy == NULL)
        return cel_fail(m->halted);
    memcpy(copy, bytes, size);
    return cel_string(span_of(copy, size));
}

static struct cel_value text_of_double(struct cel_machine *m, double real)
{
    uint8_t text[CEL_DECIMAL_TEXT_SIZE];
    if (!cel_spend(m, SHORTEST_STEPS))
        return cel_fail(m->halted);
    return kept(m, text, cel_decimal_write_shortest(real, EXPONENT_FROM, text));
}

static struct cel_value text_of_time(struct cel_machine *m, const struct cel_value *value)
{
    uint8_t text[CEL_MOMENT_TEXT_SIZE];
    if (value->kind == CEL_DURATION)
        return kept(m, text, cel_duration_write(value->integer, text));
    struct cel_moment moment = {value->integer, value->count};
    return cel_moment_is_valid(moment) ? kept(m, text, cel_moment_write(moment, text))
                                       : cel_fail(CEL_OUT_OF_RANGE);
}

CEL_FUNCTION(cel_fn_string)
{
    (void)count;
    uint8_t text[CEL_INT_TEXT_SIZE];
    const struct cel_value *value = &arguments[0];
    switch ((int)value->kind) {
    case CEL_STRING:
        return *value;
    case CEL_BOOL:
        return cel_string(span_of_text(value->truth ? "true" : "false"));
    case CEL_INT:
        return kept(m, text, cel_write_int(value->integer, 10, false, text));
    case CEL_UINT:
        return kept(m, text, cel_write_uint(value->natural, 10, false, text));
    case CEL_DOUBLE:
        return text_of_double(m, value->real);
    case CEL_BYTES:
        if (!cel_spend(m, cel_steps_of_bytes(value->count)))
            return cel_fail(m->halted);
        return utf8_is_valid(cel_text_of(value)) ? cel_string(cel_text_of(value))
                                                 : cel_fail(CEL_BAD_CONVERSION);
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return text_of_time(m, value);
    default:
        return no_overload();
    }
}

/* ---- times */

static struct cel_value time_error(enum err error)
{
    return cel_fail(error == ERR_RANGE ? CEL_OUT_OF_RANGE : CEL_BAD_CONVERSION);
}

CEL_FUNCTION(cel_fn_timestamp)
{
    (void)m;
    (void)count;
    struct cel_moment moment = {0, 0};
    if (arguments[0].kind == CEL_TIMESTAMP)
        return arguments[0];
    if (arguments[0].kind == CEL_INT)
        moment.unix_s = arguments[0].integer;
    else if (arguments[0].kind != CEL_STRING)
        return no_overload();
    enum err error =
        arguments[0].kind == CEL_STRING ? cel_moment_read(cel_text_of(&arguments[0]), &moment) : ERR_OK;
    if (error != ERR_OK || !cel_moment_is_valid(moment))
        return time_error(error == ERR_OK ? ERR_RANGE : error);
    return cel_timestamp(moment.unix_s, moment.nanoseconds);
}

CEL_FUNCTION(cel_fn_duration)
{
    (void)m;
    (void)count;
    int64_t duration;
    if (arguments[0].kind == CEL_DURATION)
        return arguments[0];
    if (arguments[0].kind != CEL_STRING)
        return no_overload();
    enum err error = cel_duration_read(cel_text_of(&arguments[0]), &duration);
    return error == ERR_OK ? cel_duration(duration) : time_error(error);
}

CEL_FUNCTION(cel_fn_type)
{
    (void)m;
    (void)count;
    struct cel_value type = cel_type_of_kind((enum cel_kind)arguments[0].kind);
    type.object = arguments[0].kind == CEL_OBJECT ? arguments[0].object : 0;
    return type;
}

CEL_FUNCTION(cel_fn_dyn)
{
    (void)m;
    (void)count;
    return arguments[0];
}
