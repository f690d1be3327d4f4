/* SPDX-License-Identifier: Apache-2.0 */
/* exit.h - how Kassa's programs end: the same codes in all of them. `kassa help` prints the table. */
#ifndef KASSA_BASE_EXIT_H
#define KASSA_BASE_EXIT_H

#include "base/base.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FINDING = 1,   /* the check that was asked for failed */
    EXIT_USAGE = 2,     /* what was typed or set makes no call */
    EXIT_NOT_FOUND = 3, /* there is no such thing */
    EXIT_DATA = 4,      /* bytes that are not of the format, or damaged */
    EXIT_DEVICE = 5,    /* disk, memory or another process is in the way */
    EXIT_CODE_COUNT
};

const char *exit_meaning(enum exit_code code);
enum exit_code exit_code_of(enum err error);

#endif
