/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

_Noreturn void kassa_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "<0>assertion failed: %s at %s:%d\n", condition, file, line);
    abort();
}
