/* SPDX-License-Identifier: Apache-2.0 */
/* math.greatest() and the other functions of that name. */
#include "offers/cel/decimal.h"
#include "offers/cel/functions.h"

static struct cel_value no_overload(void)
{
    return cel_fail(CEL_NO_OVERLOAD);
}

/* ---- the greatest and the least */

/* Of equal ones the first stays. */
static struct cel_value extreme_of(struct cel_machine *m, const struct cel_value *values, uint32_t count,
                                   enum cel_order wanted)
{
    struct cel_value best = values[0];
    if (!cel_spend(m, count))
        return cel_fail(m->halted);
    for (uint32_t i = 0; i < count; i++) {
        if (!cel_is_number(&values[i]))
            return no_overload();
        if (cel_compare(&values[i], &best) == wanted)
            best = values[i];
    }
    return best;
}

static struct cel_value extreme(struct cel_machine *m, const struct cel_value *arguments, uint32_t count,
                                enum cel_order wanted)
{
    const struct cel_value *first = &arguments[0];
    if (count != 1 || first->kind != CEL_LIST)
        return extreme_of(m, arguments, count, wanted);
    if (first->count == 0)
        return cel_fail(CEL_BAD_ARGUMENT);
    struct cel_value *items = cel_take(m, first->count, sizeof *items);
    if (items == NULL)
        return cel_fail(m->halted);
    for (uint32_t i = 0; i < first->count; i++) {
        items[i] = cel_item(m, first, i);
        if (items[i].kind == CEL_ERROR)
            return items[i];
    }
    return extreme_of(m, items, first->count, wanted);
}

CEL_FUNCTION(cel_fn_greatest)
{
    return extreme(m, arguments, count, CEL_MORE);
}

CEL_FUNCTION(cel_fn_least)
{
    return extreme(m, arguments, count, CEL_LESS);
}

/* ---- of doubles */

static struct cel_value of_double(const struct cel_value *argument, double (*function)(double))
{
    return argument->kind == CEL_DOUBLE ? cel_double(function(argument->real)) : no_overload();
}

CEL_FUNCTION(cel_fn_ceil)
{
    (void)m;
    (void)count;
    return of_double(&arguments[0], cel_double_ceil);
}

CEL_FUNCTION(cel_fn_floor)
{
    (void)m;
    (void)count;
    return of_double(&arguments[0], cel_double_floor);
}

CEL_FUNCTION(cel_fn_round)
{
    (void)m;
    (void)count;
    return of_double(&arguments[0], cel_double_round);
}

CEL_FUNCTION(cel_fn_trunc)
{
    (void)m;
    (void)count;
    return of_double(&arguments[0], cel_double_truncate);
}

CEL_FUNCTION(cel_fn_sqrt)
{
    (void)m;
    (void)count;
    struct cel_value number = arguments[0];
    if (number.kind == CEL_INT)
        number = cel_double((double)number.integer);
    else if (number.kind == CEL_UINT)
        number = cel_double((double)number.natural);
    return of_double(&number, cel_double_sqrt);
}

static struct cel_value is_of_class(const struct cel_value *argument, enum cel_double_class wanted)
{
    if (argument->kind != CEL_DOUBLE)
        return no_overload();
    return cel_bool(cel_double_class_of(argument->real) == wanted);
}

CEL_FUNCTION(cel_fn_is_nan)
{
    (void)m;
    (void)count;
    return is_of_class(&arguments[0], CEL_DOUBLE_NAN);
}

CEL_FUNCTION(cel_fn_is_inf)
{
    (void)m;
    (void)count;
    return is_of_class(&arguments[0], CEL_DOUBLE_INFINITE);
}

CEL_FUNCTION(cel_fn_is_finite)
{
    (void)m;
    (void)count;
    return is_of_class(&arguments[0], CEL_DOUBLE_FINITE);
}

/* ---- of any number */

CEL_FUNCTION(cel_fn_abs)
{
    (void)m;
    (void)count;
    const struct cel_value *number = &arguments[0];
    if (number->kind == CEL_UINT)
        return *number;
    if (number->kind == CEL_DOUBLE)
        return cel_double(cel_double_of_bits(cel_double_bits(number->real) & ~(UINT64_C(1) << 63)));
    if (number->kind != CEL_INT)
        return no_overload();
    if (number->integer == INT64_MIN)
        return cel_fail(CEL_OVERFLOW);
    return cel_int(number->integer < 0 ? -number->integer : number->integer);
}

CEL_FUNCTION(cel_fn_sign)
{
    (void)m;
    (void)count;
    const struct cel_value *number = &arguments[0];
    if (number->kind == CEL_UINT)
        return cel_uint(number->natural > 0 ? 1 : 0);
    if (number->kind == CEL_INT)
        return cel_int(number->integer > 0 ? 1 : number->integer < 0 ? -1 : 0);
    if (number->kind != CEL_DOUBLE)
        return no_overload();
    if (cel_double_class_of(number->real) == CEL_DOUBLE_NAN)
        return *number;
    return cel_double(number->real > 0 ? 1 : number->real < 0 ? -1 : 0);
}

/* ---- bits: an int's as those of the uint */

static bool are_alike(const struct cel_value *arguments)
{
    return arguments[0].kind == arguments[1].kind &&
           (arguments[0].kind == CEL_INT || arguments[0].kind == CEL_UINT);
}

static struct cel_value of_bits(const struct cel_value *model, uint64_t bits)
{
    struct cel_value value = *model;
    value.natural = bits;
    return value;
}

CEL_FUNCTION(cel_fn_bit_and)
{
    (void)m;
    (void)count;
    return are_alike(arguments) ? of_bits(arguments, arguments[0].natural & arguments[1].natural)
                                : no_overload();
}

CEL_FUNCTION(cel_fn_bit_or)
{
    (void)m;
    (void)count;
    return are_alike(arguments) ? of_bits(arguments, arguments[0].natural | arguments[1].natural)
                                : no_overload();
}

CEL_FUNCTION(cel_fn_bit_xor)
{
    (void)m;
    (void)count;
    return are_alike(arguments) ? of_bits(arguments, arguments[0].natural ^ arguments[1].natural)
                                : no_overload();
}

CEL_FUNCTION(cel_fn_bit_not)
{
    (void)m;
    (void)count;
    bool has_bits = arguments[0].kind == CEL_INT || arguments[0].kind == CEL_UINT;
    return has_bits ? of_bits(arguments, ~arguments[0].natural) : no_overload();
}

static struct cel_value shift(const struct cel_value *arguments, bool to_left)
{
    bool has_bits = arguments[0].kind == CEL_INT || arguments[0].kind == CEL_UINT;
    if (!has_bits || arguments[1].kind != CEL_INT)
        return no_overload();
    int64_t places = arguments[1].integer;
    if (places < 0)
        return cel_fail(CEL_BAD_ARGUMENT);
    if (places > 63)
        return of_bits(arguments, 0);
    return of_bits(arguments, to_left ? arguments[0].natural << places : arguments[0].natural >> places);
}

CEL_FUNCTION(cel_fn_bit_shift_left)
{
    (void)m;
    (void)count;
    return shift(arguments, true);
}

CEL_FUNCTION(cel_fn_bit_shift_right)
{
    (void)m;
    (void)count;
    return shift(arguments, false);
}
