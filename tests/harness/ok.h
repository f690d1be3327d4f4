/* SPDX-License-Identifier: Apache-2.0 */
/* ok.h - asserts success, in a form from which the compiler too learns that nothing after it runs on failure.
 * Include it after cmocka.h. */
#ifndef KASSA_HARNESS_OK_H
#define KASSA_HARNESS_OK_H

#include <stdlib.h>

#include "base/base.h"

#define ok(expression)                                                                                       \
    do {                                                                                                     \
        enum err ok_err_ = (expression);                                                                     \
        if (ok_err_ != ERR_OK) {                                                                             \
            fail_msg("%s: %s", #expression, err_name(ok_err_));                                              \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
