/* SPDX-License-Identifier: Apache-2.0 */
/* controls.h - programs that are wrong on purpose. A harness that does not find them proves nothing. */
#ifndef KASSA_TESTS_CRASH_CONTROLS_H
#define KASSA_TESTS_CRASH_CONTROLS_H

#include "crash/run.h"

struct control {
    const char *name;
    const char *what;
    struct misuse misuse;
    enum crash_fault_kind fault; /* it shows only after such calls failed; CRASH_FAULT_NONE: without any */
};

extern const struct control controls[];
extern const size_t control_count;
const struct control *control_find(const char *name); /* NULL: no such */

#endif
