/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the time, as somebody else tells it. Nothing outside platform/ asks the operating system. */
#ifndef KASSA_CLOCK_H
#define KASSA_CLOCK_H

#include "base/base.h"

struct clock_ops {
    int64_t (*wall_unix_ms)(void *self);                    /* may jump either way */
    uint64_t (*mono_ms)(void *self);                        /* since the machine's start; never goes back */
    int32_t (*utc_offset_min)(void *self, int64_t unix_ms); /* of the store's time zone at that moment */
};

struct clock {
    const struct clock_ops *ops;
    void *self;
};

#endif
