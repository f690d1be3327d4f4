/* SPDX-License-Identifier: Apache-2.0 */
/* cel_cases.h - runs cases of the Common Expression Language out of a JSON file.
 *
 * {"cases": [{"file", "section", "name": texts, "expr": text, "bindings": {name: value}, "container": text, "check": false,
 * "expect": value}]}; values as cel_values.h says. Without "check": false the types are checked. An expression that ought to
 * fail passes with any error, also one of its types; one that ought to have a value must have it, of the same type.
 *
 * Files that were converted from the conformance suite's own notation have some texts and bytes in "expect" that are still
 * escaped in it (\\u0100, \\U00088888, \\?), others that have such a text in earnest (what raw literals give): a value passes
 * if it is what stands there, or what that means with these three escapes read. */
#ifndef KASSA_OFFICE_CEL_CASES_H
#define KASSA_OFFICE_CEL_CASES_H

#include "base/base.h"

struct cel_cases_failure {
    const char *file, *section, *name, *expression; /* "" if the case does not say */
    const char *expected, *got;                     /* as JSON, or a fault's sentence with its place */
};

struct cel_cases_report {
    uint32_t passed, failed;
};

/* on_failure is called for each failing case; what it gets is gone afterwards. ERR_SYNTAX: not a file of cases;
 * ERR_MEMORY. */
NODISCARD
enum err cel_cases_run(struct span text,
                       void (*on_failure)(void *self, const struct cel_cases_failure *failure), void *self,
                       struct cel_cases_report *out);

#endif
