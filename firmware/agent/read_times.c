/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/read_times.h"

enum { OCTAVE_FIRST = 8, STEPS_BITS = 2, STEPS_AN_OCTAVE = 1 << STEPS_BITS }; /* 2^8 us */

static unsigned octave_of(uint32_t us)
{
    unsigned octave = 0;
    while (us > 1) {
        us >>= 1;
        octave++;
    }
    return octave;
}

static size_t step_of(uint32_t us)
{
    unsigned octave = octave_of(us);
    if (octave < OCTAVE_FIRST)
        return 0;
    size_t step = (octave - OCTAVE_FIRST) * STEPS_AN_OCTAVE + (us >> (octave - STEPS_BITS)) % STEPS_AN_OCTAVE;
    return step < READ_STEPS ? step : READ_STEPS - 1;
}

static uint32_t end_of(size_t step)
{
    unsigned octave = OCTAVE_FIRST + (unsigned)step / STEPS_AN_OCTAVE;
    return (uint32_t)(STEPS_AN_OCTAVE + step % STEPS_AN_OCTAVE + 1) << (octave - STEPS_BITS);
}

void read_times_add(struct read_times *times, uint32_t read_us)
{
    times->count++;
    times->total_us += read_us;
    times->steps[step_of(read_us)]++;
    if (read_us > times->max_us)
        times->max_us = read_us;
}

uint32_t read_times_quantile(const struct read_times *times, unsigned percent)
{
    uint64_t wanted = (times->count * percent + 99) / 100;
    uint64_t count = 0;
    for (size_t i = 0; i < READ_STEPS - 1; i++) {
        count += times->steps[i];
        if (count >= wanted)
            return end_of(i) < times->max_us ? end_of(i) : times->max_us;
    }
    return times->max_us;
}
