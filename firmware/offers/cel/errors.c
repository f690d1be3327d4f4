/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/cel.h"

static const struct cel_error_row rows[CEL_ERROR_COUNT] = {
    [CEL_NO_ERROR] = {"none", "no error"},
    [CEL_NO_OVERLOAD] = {"no_such_overload", "the operator or function does not take such values"},
    [CEL_NO_SUCH_FIELD] = {"no_such_field", "the value has no such field"},
    [CEL_NO_SUCH_KEY] = {"no_such_key", "the map has no such key"},
    [CEL_BAD_INDEX] = {"bad_index", "the index is outside the list or text"},
    [CEL_OVERFLOW] = {"overflow", "the result is too large or too small for its type"},
    [CEL_DIVIDE_BY_ZERO] = {"divide_by_zero", "division by zero"},
    [CEL_OUT_OF_RANGE] = {"out_of_range", "the value is outside the range of the type"},
    [CEL_BAD_CONVERSION] = {"bad_conversion", "the value cannot be converted to that type"},
    [CEL_UNKNOWN_NAME] = {"unknown_name", "there is no variable or type of that name"},
    [CEL_UNKNOWN_FUNCTION] = {"unknown_function", "there is no function of that name"},
    [CEL_REPEATED_KEY] = {"repeated_key", "the map has the same key twice"},
    [CEL_BAD_KEY] = {"bad_key", "a map's key must be an int, a uint, a bool or a string"},
    [CEL_BAD_PATTERN] = {"bad_pattern", "the pattern or format is not well-formed"},
    [CEL_BAD_ZONE] = {"bad_zone", "there is no time zone of that name"},
    [CEL_BAD_ARGUMENT] = {"bad_argument", "the argument is not allowed"},
    [CEL_HOST_ERROR] = {"host_error", "the value is not known here"},
    [CEL_NO_SCRATCH] = {"no_scratch", "the evaluation takes more memory than it was given"},
    [CEL_NO_BUDGET] = {"no_budget", "the evaluation takes more steps than it was given"},
    [CEL_TOO_DEEP] = {"too_deep", "the values are nested too deeply"},
};

static const struct cel_error_row unknown = {"unknown", "an error that has no name"};

const struct cel_error_row *cel_error_row(enum cel_error error)
{
    unsigned index = (unsigned)error;
    return index < CEL_ERROR_COUNT ? &rows[index] : &unknown;
}
