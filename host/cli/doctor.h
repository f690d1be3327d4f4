/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h - why a card reader does not work, as far as this machine shows it: the device string, the port and who has it,
 * what the kernel and other programs do to readers. Nothing is sent to the reader, and nothing is changed. */
#ifndef KASSA_CLI_DOCTOR_H
#define KASSA_CLI_DOCTOR_H

#include "base/base.h"

struct doctor_case {
    const char *device; /* as [reader] device; NULL: none, only the machine is looked at */
    const char *user;   /* who is to open it; NULL: as whom this runs */
    const char
        *root; /* folder before /proc, /sys and /run: another machine's, laid out as a copy; "": this one's */
};

struct doctor_finding {
    bool is_trouble;
    char what[256];
    char advice[512]; /* what to do; empty when there is nothing to do */
};

typedef void (*doctor_tell)(void *self, const struct doctor_finding *finding);

/* Tells each finding, in the order in which it is to be mended. How many are troubles. */
unsigned doctor_look(const struct doctor_case *sick, doctor_tell tell, void *self);

#endif
