/* SPDX-License-Identifier: Apache-2.0 */
/* read_times.h - how long it took to know whose card it is: since the start, in little room.
 *
 * Times are kept in steps, four to each doubling, from a quarter of a millisecond to a quarter of a minute: a quantile is
 * told a quarter too large at most, and never larger than the largest time. Zero = none was read. Pure. */
#ifndef KASSA_READ_TIMES_H
#define KASSA_READ_TIMES_H

#include "base/base.h"

#define READ_STEPS 64

struct read_times {
    uint64_t count, total_us;
    uint32_t max_us;
    uint32_t steps[READ_STEPS];
};

void read_times_add(struct read_times *times, uint32_t read_us);

/* So many of a hundred took no longer. 0: none was read. */
uint32_t read_times_quantile(const struct read_times *times, unsigned percent);

#endif
