/* SPDX-License-Identifier: Apache-2.0 */
/* verifier.h - a process of its own that looks at images, since looking at a broken one may kill or hang it.
 * It is started again when that happens. */
#ifndef KASSA_TESTS_CRASH_VERIFIER_H
#define KASSA_TESTS_CRASH_VERIFIER_H

#include <sys/types.h>

#include "crash/subject.h"

struct verifier {
    const struct subject *subject;
    void *model; /* as it is when the process starts */
    const char *folder;
    pid_t pid; /* 0: none runs */
    int channel;
};

/* Looks at what is in the folder now. */
void verifier_check(struct verifier *verifier, struct verdict *out);
void verifier_stop(struct verifier *verifier);

#endif
