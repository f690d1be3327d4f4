/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one piece of work, recorded, and every power cut that could have come into it. */
#ifndef KASSA_TESTS_CRASH_RUN_H
#define KASSA_TESTS_CRASH_RUN_H

#include "crash/image.h"
#include "crash/shim.h"
#include "crash/subject.h"

/* How the work is made to misbehave: see run_controls in controls.c. */
struct misuse {
    unsigned env_flags;
    bool is_without_sync;
    unsigned drops;    /* CRASH_DROP_... */
    unsigned controls; /* CONTROL_... */
};

struct run_settings {
    const struct subject *subject;
    uint64_t seed;
    uint32_t operations;
    struct crash_fault fault;
    struct misuse misuse;
    struct cut_limits limits;
    uint64_t only_state; /* 0: all; otherwise the one to look at */
    const char *keep;    /* the folder to leave its image in; NULL: none */
};

struct bad_state {
    enum verdict_kind kind; /* VERDICT_SOUND: none yet */
    uint64_t seed;
    struct crash_fault fault;
    uint64_t state;
    uint64_t event;
    char why[200];
};

struct tally {
    uint64_t runs;
    uint64_t states;
    uint64_t images; /* different ones: each was opened, read, written on and read again */
    uint64_t cuts;   /* of chains */
    uint64_t faults; /* faults that were met */
    uint64_t counts[VERDICT_KINDS];
    uint64_t refused; /* runs in which the part itself answered what it may not */
    struct bad_state first_bad;
};

/* Where it works: root/ for the recorded program, slot/ for images, trace. */
struct scratch {
    char folder[256];
    char root[300];
    char slot[300];
    char trace[300];
};
void scratch_make(struct scratch *scratch);
void scratch_remove(const struct scratch *scratch);

/* The subject's model of this run. */
void *run_create_model(const struct run_settings *settings);

/* Records and looks at all states. Adds to *tally. */
void run_cuts(const struct run_settings *settings, const struct scratch *scratch, struct tally *tally);

/* The numbers of calls that could fail, and of those that sync, in a run without a fault. */
void run_count(const struct run_settings *settings, const struct scratch *scratch, uint32_t *out_calls,
               uint32_t *out_syncs);

/* Works, is cut off at a random point in a random way, and goes on with what is left, so many times. */
void run_chain(const struct run_settings *settings, const struct scratch *scratch, uint32_t links,
               struct tally *tally);

bool tally_is_clean(const struct tally *tally);
void tally_add(struct tally *sum, const struct tally *more);

#endif
