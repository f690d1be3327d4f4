/* SPDX-License-Identifier: Apache-2.0 */
/* subject.h - what is being cut off: a part of the product, a plan of work for it, and a model of what it must
 * remember. The same model is built by whoever does the work and by whoever judges what a cut has left: the
 * work tells what it does with marks in the trace.
 *
 *   point    the model after so many marks. At each, at most two contents are allowed: what is acknowledged,
 *            and what is under way
 *   content  all that the part must show; a class is its number, equal contents have one */
#ifndef KASSA_TESTS_CRASH_SUBJECT_H
#define KASSA_TESTS_CRASH_SUBJECT_H

#include "base/base.h"
#include "crash/shim.h"

/* How the work misbehaves on purpose: the harness must find out. */
enum {
    CONTROL_ACK_EARLY = 1, /* acknowledged before it is durable */
    CONTROL_IN_PLACE = 2,  /* created where it stays, without aside and rename */
};

enum verdict_kind {
    VERDICT_SOUND,
    VERDICT_BRICK,   /* it cannot be opened */
    VERDICT_LOST,    /* something acknowledged is gone */
    VERDICT_PHANTOM, /* something that was never made, or was refused, is there */
    VERDICT_TORN,    /* neither before nor after: records, names or sums do not fit */
    VERDICT_LATER,   /* sound at first, damaged by what was written after */
    VERDICT_SIGNAL,  /* the program died of it */
    VERDICT_HANG,
    VERDICT_KINDS
};
const char *verdict_name(enum verdict_kind kind);

struct verdict {
    enum verdict_kind kind;
    uint32_t class;
    uint64_t mark;     /* what may lag behind, as it was seen */
    uint64_t identity; /* what is drawn by chance, as it was seen */
    char why[200];
};

struct subject_settings {
    uint64_t seed;
    uint32_t operations; /* of one piece of work */
    unsigned controls;
    struct crash_fault fault; /* if there is one: what is only done if the disk lets it is not insisted on */
};

struct subject {
    const char *name;
    const char *what;
    bool
        is_another_program; /* the work is done by one, which gets the fault; the process that starts it gets none */
    void *(*create)(const struct subject_settings *settings);
    void (*destroy)(void *model);
    /* Makes what is on the disk for sure when the work begins. NULL: nothing. */
    void (*prepare)(void *model, const char *folder);
    /* Does the next piece of work in `folder`; the model moves along. Answers a sentence if the part answered
     * what it may not, NULL otherwise. */
    const char *(*work)(void *model, const char *folder);
    /* Moves the model on by one mark: one more point. */
    void (*follow)(void *model, struct span mark);
    size_t (*points)(const void *model);
    /* Opens what is in `folder` and compares it with each content that there ever was; then goes on working
     * and compares again. */
    void (*check)(void *model, const char *folder, struct verdict *out);
    /* Whether that is allowed at a point. */
    void (*judge)(const void *model, size_t point, struct verdict *verdict);
    /* The content of a sound verdict is what the next piece of work begins with. NULL: no chains. */
    void (*restart)(void *model, size_t point, const struct verdict *verdict);
};

extern const struct subject *const subjects[];
const struct subject *subject_find(const char *name); /* NULL: no such */

/* Flags that are added to each mdb_env_open, and whether mdb_env_sync does nothing: lmdb_between.c. */
void lmdb_misuse(unsigned env_flags, bool is_without_sync);

#endif
