/* SPDX-License-Identifier: Apache-2.0 */
/* sim_store.h - a store around another one that crashes, or has a fault planted into it. */
#ifndef KASSA_SIM_STORE_H
#define KASSA_SIM_STORE_H

#include "harness/seed.h"
#include "store/store.h"

struct sim_store {
    struct store inner;
    struct seed *seed;
    bool is_crashed;        /* nothing is committed any more */
    unsigned lie_percent;   /* planted: commits that are confirmed and forgotten */
    bool forgets_to_dedupe; /* planted: what is known is called new */
    bool is_writing;
    struct sim_txn { /* the inner transaction's handle, with the way back */
        struct sim_store *sim;
        void *inner;
    } txn;
};

struct store sim_store_as_store(struct sim_store *sim);

#endif
