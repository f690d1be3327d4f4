/* SPDX-License-Identifier: Apache-2.0 */
/* finding.h - what a check found wrong in a text: where, what, and what to do.
 * Owner: the list owns its texts until findings_done. Threads: one. */
#ifndef KASSA_OFFICE_FINDING_H
#define KASSA_OFFICE_FINDING_H

#include <stdarg.h>

#include "office/place.h"

#define FINDINGS_MAX                                                                                         \
    200 /* more are counted, not kept: who has two hundred faults mends the first ones first */

enum finding_severity {
    FINDING_ERROR,  /* the text is refused */
    FINDING_WARNING /* it is taken, but hardly means what it says */
};

struct finding {
    enum finding_severity severity;
    struct place place;
    char *path; /* "offers[3].give.percent"; "" is the whole */
    char *what; /* a sentence without a full stop; may hold characters of the text: neutralise it for a
                   terminal */
    char *hint; /* what to do; "" if there is nothing to add */
};

struct findings {
    struct finding *rows; /* in the order in which they were found; findings_sort: by place */
    size_t count;
    size_t error_count, warning_count; /* of all, kept or not */
    bool is_out_of_memory;             /* a finding could not be kept */
};

#define FINDINGS_NONE                                                                                        \
    (struct findings)                                                                                        \
    {                                                                                                        \
        0                                                                                                    \
    }

void findings_done(struct findings *findings);

/* Adds one; path and hint are copied, what is formatted. */
void findings_add(struct findings *findings, enum finding_severity severity, struct place place,
                  const char *path, const char *hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void findings_add_list(struct findings *findings, enum finding_severity severity, struct place place,
                       const char *path, const char *hint, const char *format, va_list arguments)
    __attribute__((format(printf, 6, 0)));

void findings_sort(struct findings *findings);

#endif
