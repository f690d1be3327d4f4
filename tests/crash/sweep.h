/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h - many runs on several processors. */
#ifndef KASSA_TESTS_CRASH_SWEEP_H
#define KASSA_TESTS_CRASH_SWEEP_H

#include "crash/run.h"

enum sweep_kind {
    SWEEP_CUT,   /* one run a seed */
    SWEEP_FAULT, /* each kind of fault at each call, then cuts */
    SWEEP_CHAIN  /* one chain a seed */
};

struct sweep {
    enum sweep_kind kind;
    struct run_settings run;
    uint64_t states; /* go on until so many were looked at (cuts of chains: made) */
    double seconds;  /* begin no run after so many; 0: no such limit */
    uint32_t links;
    unsigned jobs;
    bool stops_at_bad;               /* the first bad state is enough */
    enum crash_fault_kind only_kind; /* of faults; CRASH_FAULT_NONE: all */
    unsigned fault_stride;           /* each how manieth call fails: 1 is each */
};

struct swept {
    struct tally tally;
    double seconds;     /* on the wall */
    double cpu_seconds; /* of all processes together */
};

void sweep_run(const struct sweep *sweep, struct swept *out);

#endif
