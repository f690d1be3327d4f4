/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/functions.h"

/* Programs hold the rows' numbers: append only. */
static const struct cel_function_row rows[] = {
    {"-_", STYLE_OPERATOR, 1, 1, "i:i d:d", cel_fn_negate, 0},
    {"!_", STYLE_OPERATOR, 1, 1, "b:b", cel_fn_not, 0},
    {"_+_", STYLE_OPERATOR, 2, 2, "ii:i uu:u dd:d ss:s yy:y LALA:LA tr:t rt:t rr:r", cel_fn_add, 8},
    {"_-_", STYLE_OPERATOR, 2, 2, "ii:i uu:u dd:d tt:r tr:t rr:r", cel_fn_subtract, 0},
    {"_*_", STYLE_OPERATOR, 2, 2, "ii:i uu:u dd:d", cel_fn_multiply, 0},
    {"_/_", STYLE_OPERATOR, 2, 2, "ii:i uu:u dd:d", cel_fn_divide, 0},
    {"_%_", STYLE_OPERATOR, 2, 2, "ii:i uu:u", cel_fn_modulo, 0},
    {"_==_", STYLE_OPERATOR, 2, 2, "AA:b", cel_fn_equal, 8},
    {"_!=_", STYLE_OPERATOR, 2, 2, "AA:b", cel_fn_not_equal, 8},
#define ORDERED "bb:b ii:b uu:b dd:b ss:b yy:b tt:b rr:b iu:b id:b ui:b ud:b di:b du:b"
    {"_<_", STYLE_OPERATOR, 2, 2, ORDERED, cel_fn_less, 8},
    {"_<=_", STYLE_OPERATOR, 2, 2, ORDERED, cel_fn_less_equal, 8},
    {"_>_", STYLE_OPERATOR, 2, 2, ORDERED, cel_fn_greater, 8},
    {"_>=_", STYLE_OPERATOR, 2, 2, ORDERED, cel_fn_greater_equal, 8},
#undef ORDERED
    {"@in", STYLE_OPERATOR, 2, 2, "ALA:b AMAB:b", cel_fn_in, 64},
    {"_[_]", STYLE_OPERATOR, 2, 2, "LAi:A MABA:B", cel_fn_index, 16},
    {"size", STYLE_GLOBAL, 1, 1, "s:i y:i LA:i MAB:i", cel_fn_size, 4},
    {"size", STYLE_METHOD, 1, 1, "s:i y:i LA:i MAB:i", cel_fn_size, 4},
    {"bool", STYLE_GLOBAL, 1, 1, "b:b s:b", cel_fn_bool, 0},
    {"bytes", STYLE_GLOBAL, 1, 1, "y:y s:y", cel_fn_bytes, 0},
    {"double", STYLE_GLOBAL, 1, 1, "d:d i:d u:d s:d", cel_fn_double, 200},
    {"int", STYLE_GLOBAL, 1, 1, "i:i u:i d:i s:i t:i", cel_fn_int, 4},
    {"uint", STYLE_GLOBAL, 1, 1, "u:u i:u d:u s:u", cel_fn_uint, 4},
    {"string", STYLE_GLOBAL, 1, 1, "s:s b:s i:s u:s d:s y:s t:s r:s", cel_fn_string, 500},
    {"timestamp", STYLE_GLOBAL, 1, 1, "t:t s:t i:t", cel_fn_timestamp, 8},
    {"duration", STYLE_GLOBAL, 1, 1, "r:r s:r", cel_fn_duration, 8},
    {"type", STYLE_GLOBAL, 1, 1, "A:T", cel_fn_type, 0},
    {"dyn", STYLE_GLOBAL, 1, 1, "A:*", cel_fn_dyn, 0},
    {"contains", STYLE_METHOD, 2, 2, "ss:b", cel_fn_contains, 64},
    {"startsWith", STYLE_METHOD, 2, 2, "ss:b", cel_fn_starts_with, 4},
    {"endsWith", STYLE_METHOD, 2, 2, "ss:b", cel_fn_ends_with, 4},
    {"matches", STYLE_GLOBAL, 2, 2, "ss:b", cel_fn_matches, 4000},
    {"matches", STYLE_METHOD, 2, 2, "ss:b", cel_fn_matches, 4000},
    {"charAt", STYLE_METHOD, 2, 2, "si:s", cel_fn_char_at, 8},
    {"indexOf", STYLE_METHOD, 2, 3, "ss:i ssi:i", cel_fn_index_of, 64},
    {"lastIndexOf", STYLE_METHOD, 2, 3, "ss:i ssi:i", cel_fn_last_index_of, 64},
    {"lowerAscii", STYLE_METHOD, 1, 1, "s:s", cel_fn_lower_ascii, 8},
    {"upperAscii", STYLE_METHOD, 1, 1, "s:s", cel_fn_upper_ascii, 8},
    {"substring", STYLE_METHOD, 2, 3, "si:s sii:s", cel_fn_substring, 8},
    {"trim", STYLE_METHOD, 1, 1, "s:s", cel_fn_trim, 8},
    {"reverse", STYLE_METHOD, 1, 1, "s:s", cel_fn_reverse, 8},
    {"replace", STYLE_METHOD, 3, 4, "sss:s sssi:s", cel_fn_replace, 64},
    {"split", STYLE_METHOD, 2, 3, "ss:Ls ssi:Ls", cel_fn_split, 64},
    {"join", STYLE_METHOD, 1, 2, "Ls:s Lss:s", cel_fn_join, 64},
    {"strings.quote", STYLE_GLOBAL, 1, 1, "s:s", cel_fn_quote, 16},
    {"format", STYLE_METHOD, 2, 2, "sL*:s", cel_fn_format, 1000},
    {"math.greatest", STYLE_GLOBAL, 1, 255, NULL, cel_fn_greatest, 4},
    {"math.least", STYLE_GLOBAL, 1, 255, NULL, cel_fn_least, 4},
    {"math.ceil", STYLE_GLOBAL, 1, 1, "d:d", cel_fn_ceil, 0},
    {"math.floor", STYLE_GLOBAL, 1, 1, "d:d", cel_fn_floor, 0},
    {"math.round", STYLE_GLOBAL, 1, 1, "d:d", cel_fn_round, 0},
    {"math.trunc", STYLE_GLOBAL, 1, 1, "d:d", cel_fn_trunc, 0},
    {"math.sqrt", STYLE_GLOBAL, 1, 1, "d:d i:d u:d", cel_fn_sqrt, 20},
    {"math.abs", STYLE_GLOBAL, 1, 1, "i:i u:u d:d", cel_fn_abs, 0},
    {"math.sign", STYLE_GLOBAL, 1, 1, "i:i u:u d:d", cel_fn_sign, 0},
    {"math.isNaN", STYLE_GLOBAL, 1, 1, "d:b", cel_fn_is_nan, 0},
    {"math.isInf", STYLE_GLOBAL, 1, 1, "d:b", cel_fn_is_inf, 0},
    {"math.isFinite", STYLE_GLOBAL, 1, 1, "d:b", cel_fn_is_finite, 0},
    {"math.bitAnd", STYLE_GLOBAL, 2, 2, "ii:i uu:u", cel_fn_bit_and, 0},
    {"math.bitOr", STYLE_GLOBAL, 2, 2, "ii:i uu:u", cel_fn_bit_or, 0},
    {"math.bitXor", STYLE_GLOBAL, 2, 2, "ii:i uu:u", cel_fn_bit_xor, 0},
    {"math.bitNot", STYLE_GLOBAL, 1, 1, "i:i u:u", cel_fn_bit_not, 0},
    {"math.bitShiftLeft", STYLE_GLOBAL, 2, 2, "ii:i ui:u", cel_fn_bit_shift_left, 0},
    {"math.bitShiftRight", STYLE_GLOBAL, 2, 2, "ii:i ui:u", cel_fn_bit_shift_right, 0},
    {"getFullYear", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_year, 16},
    {"getMonth", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_month, 16},
    {"getDayOfYear", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_day_of_year, 16},
    {"getDayOfMonth", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_day_of_month, 16},
    {"getDate", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_date, 16},
    {"getDayOfWeek", STYLE_METHOD, 1, 2, "t:i ts:i", cel_fn_day_of_week, 16},
    {"getHours", STYLE_METHOD, 1, 2, "t:i ts:i r:i", cel_fn_hours, 16},
    {"getMinutes", STYLE_METHOD, 1, 2, "t:i ts:i r:i", cel_fn_minutes, 16},
    {"getSeconds", STYLE_METHOD, 1, 2, "t:i ts:i r:i", cel_fn_seconds, 16},
    {"getMilliseconds", STYLE_METHOD, 1, 2, "t:i ts:i r:i", cel_fn_milliseconds, 16},
};
_Static_assert(COUNT_OF(rows) <= 256, "programs hold a function's number in one byte");

uint32_t cel_function_count(void)
{
    return COUNT_OF(rows);
}

const struct cel_function_row *cel_function_at(uint32_t number)
{
    return &rows[number];
}
