/* SPDX-License-Identifier: Apache-2.0 */
/* cel_values.h - values of conditions as JSON and back.
 *
 * A value is an object of one key, {"int": "5"}: null, bool, int and uint (decimal texts), double ("1.5", "inf"), string,
 * bytes (hexadecimal), list ([...]), map ([[key, value], ...]), timestamp ("2026-11-21T10:00:00Z"), duration ("90s"), type
 * ("int"), error. Plain JSON is read, too: whole numbers are ints, others doubles, objects maps. */
#ifndef KASSA_OFFICE_CEL_VALUES_H
#define KASSA_OFFICE_CEL_VALUES_H

#include <jansson.h>

#include "offers/cel/cel.h"
#include "office/pool.h"

/* Texts point into the JSON, lists and maps into the pool. ERR_SYNTAX, ERR_MEMORY. */
NODISCARD
enum err cel_values_read(struct pool *pool, const json_t *json, struct cel_value *out);

/* The type that a variable of that value has; NULL: no memory. */
const struct cel_type *cel_values_type(struct pool *pool, const struct cel_value *value);

/* NULL: no memory. */
json_t *cel_values_write(const struct cel_value *value, const struct cel_declarations *declarations);

/* Of the same kinds all through, and equal: doubles to the bit but for which NaN it is, maps in whatever order. Any
 * error is as good as another. */
bool cel_values_match(const struct cel_value *got, const struct cel_value *expected);

#endif
