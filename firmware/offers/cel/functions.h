/* SPDX-License-Identifier: Apache-2.0 */
/* functions.h - the table of operators and functions: how they are called, what they take, what they do. Private. */
#ifndef KASSA_OFFERS_CEL_FUNCTIONS_H
#define KASSA_OFFERS_CEL_FUNCTIONS_H

#include "offers/cel/machine.h"

enum cel_style { STYLE_OPERATOR, STYLE_GLOBAL, STYLE_METHOD };

/* overloads: one after the other, parameters ':' result, a letter each: n null, b bool, i int, u uint, d double, s string,
 * y bytes, t timestamp, r duration, T type, * dyn, A and B any type (the same one wherever it stands), L list of what
 * follows, M map of the two that follow. NULL: the greatest or least of numbers, whatever they are. */
struct cel_function_row {
    const char *name;
    enum cel_style style;
    uint8_t least, most; /* arguments, what a method is called on included */
    const char *overloads;
    struct cel_value (*run)(struct cel_machine *m, const struct cel_value *arguments, uint32_t count);
    uint16_t cost; /* beyond one step, for texts of usual length */
};

uint32_t cel_function_count(void);
const struct cel_function_row *cel_function_at(uint32_t number);

/* The rows' functions, by file. */
#define CEL_FUNCTION(name)                                                                                   \
    struct cel_value name(struct cel_machine *m, const struct cel_value *arguments, uint32_t count)

/* operators.c */
CEL_FUNCTION(cel_fn_negate);
CEL_FUNCTION(cel_fn_not);
CEL_FUNCTION(cel_fn_add);
CEL_FUNCTION(cel_fn_subtract);
CEL_FUNCTION(cel_fn_multiply);
CEL_FUNCTION(cel_fn_divide);
CEL_FUNCTION(cel_fn_modulo);
CEL_FUNCTION(cel_fn_equal);
CEL_FUNCTION(cel_fn_not_equal);
CEL_FUNCTION(cel_fn_less);
CEL_FUNCTION(cel_fn_less_equal);
CEL_FUNCTION(cel_fn_greater);
CEL_FUNCTION(cel_fn_greater_equal);
CEL_FUNCTION(cel_fn_in);
CEL_FUNCTION(cel_fn_index);
CEL_FUNCTION(cel_fn_size);
/* convert.c */
CEL_FUNCTION(cel_fn_bool);
CEL_FUNCTION(cel_fn_bytes);
CEL_FUNCTION(cel_fn_double);
CEL_FUNCTION(cel_fn_int);
CEL_FUNCTION(cel_fn_uint);
CEL_FUNCTION(cel_fn_string);
CEL_FUNCTION(cel_fn_timestamp);
CEL_FUNCTION(cel_fn_duration);
CEL_FUNCTION(cel_fn_type);
CEL_FUNCTION(cel_fn_dyn);
/* strings.c */
CEL_FUNCTION(cel_fn_contains);
CEL_FUNCTION(cel_fn_starts_with);
CEL_FUNCTION(cel_fn_ends_with);
CEL_FUNCTION(cel_fn_matches);
CEL_FUNCTION(cel_fn_char_at);
CEL_FUNCTION(cel_fn_index_of);
CEL_FUNCTION(cel_fn_last_index_of);
CEL_FUNCTION(cel_fn_lower_ascii);
CEL_FUNCTION(cel_fn_upper_ascii);
CEL_FUNCTION(cel_fn_substring);
CEL_FUNCTION(cel_fn_trim);
CEL_FUNCTION(cel_fn_reverse);
/* rewrite.c */
CEL_FUNCTION(cel_fn_replace);
CEL_FUNCTION(cel_fn_split);
CEL_FUNCTION(cel_fn_join);
CEL_FUNCTION(cel_fn_quote);
/* format.c */
CEL_FUNCTION(cel_fn_format);
/* math.c */
CEL_FUNCTION(cel_fn_greatest);
CEL_FUNCTION(cel_fn_least);
CEL_FUNCTION(cel_fn_ceil);
CEL_FUNCTION(cel_fn_floor);
CEL_FUNCTION(cel_fn_round);
CEL_FUNCTION(cel_fn_trunc);
CEL_FUNCTION(cel_fn_sqrt);
CEL_FUNCTION(cel_fn_abs);
CEL_FUNCTION(cel_fn_sign);
CEL_FUNCTION(cel_fn_is_nan);
CEL_FUNCTION(cel_fn_is_inf);
CEL_FUNCTION(cel_fn_is_finite);
CEL_FUNCTION(cel_fn_bit_and);
CEL_FUNCTION(cel_fn_bit_or);
CEL_FUNCTION(cel_fn_bit_xor);
CEL_FUNCTION(cel_fn_bit_not);
CEL_FUNCTION(cel_fn_bit_shift_left);
CEL_FUNCTION(cel_fn_bit_shift_right);
/* times.c */
CEL_FUNCTION(cel_fn_year);
CEL_FUNCTION(cel_fn_month);
CEL_FUNCTION(cel_fn_day_of_year);
CEL_FUNCTION(cel_fn_day_of_month);
CEL_FUNCTION(cel_fn_date);
CEL_FUNCTION(cel_fn_day_of_week);
CEL_FUNCTION(cel_fn_hours);
CEL_FUNCTION(cel_fn_minutes);
CEL_FUNCTION(cel_fn_seconds);
CEL_FUNCTION(cel_fn_milliseconds);

#endif
