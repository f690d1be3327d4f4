/* SPDX-License-Identifier: Apache-2.0 */
/* block_run.h - the same power cuts one floor below: the work is done on a real ext4, on a loop device over a file whose
 * writes and flushes are recorded; of those that were not flushed any may be on the disk; the kernel's ext4 mounts what is left,
 * and the till's journal on it is looked at. What the model of disk.c says must be so here, too. */
#ifndef KASSA_TESTS_CRASH_BLOCK_RUN_H
#define KASSA_TESTS_CRASH_BLOCK_RUN_H

#include "crash/run.h"

/* Whether this user may mount file systems here; what it mounts from now on nobody else sees, and it goes with the process. */
bool block_may_mount(void);

/* One run and so many states of it. Adds to *tally. */
void block_run(const struct run_settings *settings, const struct scratch *scratch, uint64_t states,
               struct tally *tally);

#endif
