/* SPDX-License-Identifier: Apache-2.0 */
/* starve.h - the real agent with one request for memory or for a file that fails, at every place in turn, from
 * its start to its stop with a sale between: it may refuse and say so, or end in good order and be started again;
 * it may not die of a signal, hang, or lose what it acknowledged. */
#ifndef KASSA_TESTS_CRASH_STARVE_H
#define KASSA_TESTS_CRASH_STARVE_H

#include "base/base.h"

struct starved {
    uint64_t runs;
    uint64_t memory_places; /* requests from start to stop */
    uint64_t file_places;
    uint64_t not_started; /* ended in good order while starting */
    uint64_t given_up;    /* of these: libuv, which aborts where it gets no memory for its first tables */
    uint64_t refused;     /* the sale was refused at first */
    uint64_t crashes;     /* signals and hangs */
    uint64_t lost;        /* and doubled ones */
    char first_bad[256];
};

/* Only each `stride`th place; `only` ("memory:17") just this one. */
void starve_agent(unsigned stride, unsigned jobs, const char *only, struct starved *out);

#endif
