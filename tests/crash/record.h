/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - one piece of work in a process of its own, and the trace that it left. */
#ifndef KASSA_TESTS_CRASH_RECORD_H
#define KASSA_TESTS_CRASH_RECORD_H

#include "crash/run.h"

struct recorded {
    uint8_t *bytes; /* the trace: shim.h */
    size_t size;
    bool is_refused; /* the part answered what it may not, or died */
    char why[200];
};

/* Works in scratch->root. */
void record_work(const struct run_settings *settings, const struct scratch *scratch, void *model,
                 struct recorded *out);
void record_forget(struct recorded *recorded);

/* The next event, false at the end. A last one that is cut short counts as none. */
bool record_next(const struct recorded *recorded, size_t *at, struct crash_event *out,
                 const uint8_t **out_payload);

/* The model moves along by all marks. */
void record_follow(const struct run_settings *settings, const struct recorded *recorded, void *model);

#endif
