/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic, comparison, membership, indexes, sizes. */
#include "offers/cel/decimal.h"
#include "offers/cel/functions.h"
#include "offers/cel/moment.h"
#include "offers/cel/text.h"

static struct cel_value no_overload(void)
{
    return cel_fail(CEL_NO_OVERLOAD);
}

static bool are_both(const struct cel_value *arguments, enum cel_kind kind)
{
    return arguments[0].kind == kind && arguments[1].kind == kind;
}

/* ---- arithmetic: a row an operator, NULL where a kind has none */

struct arithmetic_row {
    bool (*ints)(int64_t a, int64_t b, int64_t *out); /* false: overflow */
    bool (*uints)(uint64_t a, uint64_t b, uint64_t *out);
    double (*doubles)(double a, double b);
};

static bool add_ints(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
static bool add_uints(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
static double add_doubles(double a, double b)
{
    return a + b;
}
static bool subtract_ints(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_sub_overflow(a, b, out);
}
static bool subtract_uints(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_sub_overflow(a, b, out);
}
static double subtract_doubles(double a, double b)
{
    return a - b;
}
static bool multiply_ints(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static bool multiply_uints(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static double multiply_doubles(double a, double b)
{
    return a * b;
}
/* The divisor is not 0. */
static bool divide_ints(int64_t a, int64_t b, int64_t *out)
{
    if (a == INT64_MIN && b == -1)
        return false;
    *out = a / b;
    return true;
}
static bool divide_uints(uint64_t a, uint64_t b, uint64_t *out)
{
    *out = a / b;
    return true;
}
/* By zero too: IEEE 754 says what comes of it. */
__attribute__((no_sanitize("float-divide-by-zero"))) static double divide_doubles(double a, double b)
{
    return a / b;
}
static bool modulo_ints(int64_t a, int64_t b, int64_t *out)
{
    if (a == INT64_MIN && b == -1)
        return false;
    *out = a % b;
    return true;
}
static bool modulo_uints(uint64_t a, uint64_t b, uint64_t *out)
{
    *out = a % b;
    return true;
}

static const struct arithmetic_row addition = {add_ints, add_uints, add_doubles};
static const struct arithmetic_row subtraction = {subtract_ints, subtract_uints, subtract_doubles};
static const struct arithmetic_row multiplication = {multiply_ints, multiply_uints, multiply_doubles};
static const struct arithmetic_row division = {divide_ints, divide_uints, divide_doubles};
static const struct arithmetic_row modulo = {modulo_ints, modulo_uints, NULL};

static struct cel_value calculate(const struct arithmetic_row *row, const struct cel_value *arguments)
{
    struct cel_value result = {.kind = arguments[0].kind};
    bool is_in_range = true;
    if (are_both(arguments, CEL_INT))
        is_in_range = row->ints(arguments[0].integer, arguments[1].integer, &result.integer);
    else if (are_both(arguments, CEL_UINT))
        is_in_range = row->uints(arguments[0].natural, arguments[1].natural, &result.natural);
    else if (are_both(arguments, CEL_DOUBLE) && row->doubles != NULL)
        result.real = row->doubles(arguments[0].real, arguments[1].real);
    else
        return no_overload();
    return is_in_range ? result : cel_fail(CEL_OVERFLOW);
}

/* ---- times */

static struct cel_value moved(const struct cel_value *time, int64_t duration)
{
    struct cel_moment moment = {time->integer, time->count};
    if (cel_moment_add(moment, duration, &moment) != ERR_OK)
        return cel_fail(CEL_OVERFLOW);
    return cel_timestamp(moment.unix_s, moment.nanoseconds);
}

static struct cel_value add_times(const struct cel_value *arguments)
{
    int64_t sum;
    if (arguments[0].kind == CEL_TIMESTAMP && arguments[1].kind == CEL_DURATION)
        return moved(&arguments[0], arguments[1].integer);
    if (arguments[0].kind == CEL_DURATION && arguments[1].kind == CEL_TIMESTAMP)
        return moved(&arguments[1], arguments[0].integer);
    if (!are_both(arguments, CEL_DURATION))
        return no_overload();
    return __builtin_add_overflow(arguments[0].integer, arguments[1].integer, &sum) ? cel_fail(CEL_OVERFLOW)
                                                                                    : cel_duration(sum);
}

static struct cel_value subtract_times(const struct cel_value *arguments)
{
    int64_t difference;
    if (are_both(arguments, CEL_TIMESTAMP)) {
        struct cel_moment a = {arguments[0].integer, arguments[0].count},
                          b = {arguments[1].integer, arguments[1].count};
        return cel_moment_subtract(a, b, &difference) == ERR_OK ? cel_duration(difference)
                                                                : cel_fail(CEL_OVERFLOW);
    }
    if (arguments[0].kind == CEL_TIMESTAMP && arguments[1].kind == CEL_DURATION) {
        if (arguments[1].integer == INT64_MIN)
            return cel_fail(CEL_OVERFLOW);
        return moved(&arguments[0], -arguments[1].integer);
    }
    if (!are_both(arguments, CEL_DURATION))
        return no_overload();
    return __builtin_sub_overflow(arguments[0].integer, arguments[1].integer, &difference)
               ? cel_fail(CEL_OVERFLOW)
               : cel_duration(difference);
}

/* ---- joining */

static struct cel_value join_bytes(struct cel_machine *m, const struct cel_value *arguments)
{
    struct cel_value joined = arguments[0];
    size_t size = (size_t)arguments[0].count + arguments[1].count;
    if (size > UINT32_MAX)
        return cel_halt(m, CEL_NO_SCRATCH);
    uint8_t *bytes = cel_take(m, size, 1);
    if (bytes == NULL)
        return cel_fail(m->halted);
    if (arguments[0].count > 0)
        memcpy(bytes, arguments[0].bytes, arguments[0].count);
    if (arguments[1].count > 0)
        memcpy(bytes + arguments[0].count, arguments[1].bytes, arguments[1].count);
    joined.bytes = bytes;
    joined.count = (uint32_t)size;
    return joined;
}

static struct cel_value join_lists(struct cel_machine *m, const struct cel_value *arguments)
{
    size_t count = (size_t)arguments[0].count + arguments[1].count;
    struct cel_value *items = count > UINT32_MAX ? NULL : cel_take(m, count, sizeof *items);
    if (items == NULL)
        return cel_halt(m, CEL_NO_SCRATCH);
    for (uint32_t i = 0; i < count; i++) {
        bool is_first = i < arguments[0].count;
        items[i] = cel_item(m, &arguments[is_first ? 0 : 1], is_first ? i : i - arguments[0].count);
        if (items[i].kind == CEL_ERROR)
            return items[i];
    }
    return cel_list(items, (uint32_t)count);
}

CEL_FUNCTION(cel_fn_add)
{
    (void)count;
    if (cel_is_number(&arguments[0]))
        return calculate(&addition, arguments);
    if (are_both(arguments, CEL_STRING) || are_both(arguments, CEL_BYTES))
        return join_bytes(m, arguments);
    return are_both(arguments, CEL_LIST) ? join_lists(m, arguments) : add_times(arguments);
}

CEL_FUNCTION(cel_fn_subtract)
{
    (void)m;
    (void)count;
    return cel_is_number(&arguments[0]) ? calculate(&subtraction, arguments) : subtract_times(arguments);
}

CEL_FUNCTION(cel_fn_multiply)
{
    (void)m;
    (void)count;
    return calculate(&multiplication, arguments);
}

static bool is_zero_divisor(const struct cel_value *arguments)
{
    return arguments[0].kind == arguments[1].kind &&
           ((arguments[1].kind == CEL_INT && arguments[1].integer == 0) ||
            (arguments[1].kind == CEL_UINT && arguments[1].natural == 0));
}

CEL_FUNCTION(cel_fn_divide)
{
    (void)m;
    (void)count;
    return is_zero_divisor(arguments) ? cel_fail(CEL_DIVIDE_BY_ZERO) : calculate(&division, arguments);
}

CEL_FUNCTION(cel_fn_modulo)
{
    (void)m;
    (void)count;
    return is_zero_divisor(arguments) ? cel_fail(CEL_DIVIDE_BY_ZERO) : calculate(&modulo, arguments);
}

CEL_FUNCTION(cel_fn_negate)
{
    (void)m;
    (void)count;
    if (arguments[0].kind == CEL_DOUBLE)
        return cel_double(-arguments[0].real);
    if (arguments[0].kind != CEL_INT)
        return no_overload();
    return arguments[0].integer == INT64_MIN ? cel_fail(CEL_OVERFLOW) : cel_int(-arguments[0].integer);
}

CEL_FUNCTION(cel_fn_not)
{
    (void)m;
    (void)count;
    return arguments[0].kind == CEL_BOOL ? cel_bool(!arguments[0].truth) : no_overload();
}

/* ---- comparison */

CEL_FUNCTION(cel_fn_equal)
{
    (void)count;
    bool is_equal = cel_equal(m, &arguments[0], &arguments[1]);
    return m->halted != CEL_NO_ERROR ? cel_fail(m->halted) : cel_bool(is_equal);
}

CEL_FUNCTION(cel_fn_not_equal)
{
    (void)count;
    bool is_equal = cel_equal(m, &arguments[0], &arguments[1]);
    return m->halted != CEL_NO_ERROR ? cel_fail(m->halted) : cel_bool(!is_equal);
}

/* Whether the order is one of the two. */
static struct cel_value ordered(struct cel_machine *m, const struct cel_value *arguments,
                                enum cel_order first, enum cel_order second)
{
    bool is_text = arguments[0].kind == CEL_STRING || arguments[0].kind == CEL_BYTES;
    if (is_text && !cel_spend(m, cel_steps_of_bytes(arguments[0].count)))
        return cel_fail(m->halted);
    enum cel_order order = cel_compare(&arguments[0], &arguments[1]);
    return order == CEL_NO_ORDER ? no_overload() : cel_bool(order == first || order == second);
}

CEL_FUNCTION(cel_fn_less)
{
    (void)count;
    return ordered(m, arguments, CEL_LESS, CEL_LESS);
}

CEL_FUNCTION(cel_fn_less_equal)
{
    (void)count;
    return ordered(m, arguments, CEL_LESS, CEL_SAME);
}

CEL_FUNCTION(cel_fn_greater)
{
    (void)count;
    return ordered(m, arguments, CEL_MORE, CEL_MORE);
}

CEL_FUNCTION(cel_fn_greater_equal)
{
    (void)count;
    return ordered(m, arguments, CEL_MORE, CEL_SAME);
}

/* ---- lists and maps */

static struct cel_value in_list(struct cel_machine *m, const struct cel_value *value,
                                const struct cel_value *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct cel_value item = cel_item(m, list, i);
        if (item.kind == CEL_ERROR)
            return item;
        if (cel_equal(m, value, &item))
            return cel_bool(true);
        if (m->halted != CEL_NO_ERROR)
            return cel_fail(m->halted);
    }
    return cel_bool(false);
}

CEL_FUNCTION(cel_fn_in)
{
    (void)count;
    if (arguments[1].kind == CEL_LIST)
        return in_list(m, &arguments[0], &arguments[1]);
    if (arguments[1].kind != CEL_MAP)
        return no_overload();
    bool is_found = cel_find_key(m, &arguments[1], &arguments[0]) != NULL;
    return m->halted != CEL_NO_ERROR ? cel_fail(m->halted) : cel_bool(is_found);
}

/* A whole number of whatever kind; false: it is none. */
static bool index_of(const struct cel_value *value, uint32_t *out)
{
    struct cel_value whole = {.kind = CEL_INT, .integer = 0};
    if (value->kind == CEL_DOUBLE && value->real >= 0 && value->real < UINT32_MAX)
        whole.integer = (int64_t)value->real;
    else if (value->kind == CEL_INT && value->integer >= 0 && value->integer < UINT32_MAX)
        whole.integer = value->integer;
    else if (value->kind == CEL_UINT && value->natural < UINT32_MAX)
        whole.integer = (int64_t)value->natural;
    if (cel_compare(value, &whole) != CEL_SAME)
        return false;
    *out = (uint32_t)whole.integer;
    return true;
}

static struct cel_value item_at(struct cel_machine *m, const struct cel_value *list,
                                const struct cel_value *index)
{
    uint32_t number;
    if (!cel_is_number(index))
        return no_overload();
    if (!index_of(index, &number) || number >= list->count)
        return cel_fail(CEL_BAD_INDEX);
    return cel_item(m, list, number);
}

CEL_FUNCTION(cel_fn_index)
{
    (void)count;
    if (arguments[0].kind == CEL_LIST)
        return item_at(m, &arguments[0], &arguments[1]);
    if (arguments[0].kind != CEL_MAP)
        return no_overload();
    const struct cel_value *value = cel_find_key(m, &arguments[0], &arguments[1]);
    return value != NULL ? *value : cel_failed(m, CEL_NO_SUCH_KEY);
}

CEL_FUNCTION(cel_fn_size)
{
    (void)count;
    const struct cel_value *value = &arguments[0];
    if (value->kind == CEL_STRING)
        return cel_spend(m, cel_steps_of_bytes(value->count))
                   ? cel_int((int64_t)cel_rune_count(cel_text_of(value)))
                   : cel_fail(m->halted);
    bool has_size = value->kind == CEL_BYTES || value->kind == CEL_LIST || value->kind == CEL_MAP;
    return has_size ? cel_int(value->count) : no_overload();
}
