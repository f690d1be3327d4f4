/* SPDX-License-Identifier: Apache-2.0 */
/* linux_clock.h - iface/clock.h and iface/random.h by Linux.
 * Time zone: that of the environment variable TZ, which a main sets from the store's setting before it calls
 * these (setenv and tzset are a main's: they are process-wide). Threads: any. */
#ifndef KASSA_LINUX_CLOCK_H
#define KASSA_LINUX_CLOCK_H

#include "iface/clock.h"
#include "iface/random.h"

/* Wall: CLOCK_REALTIME. Mono: CLOCK_BOOTTIME, which counts on while the machine sleeps. */
struct clock linux_clock(void);

/* getrandom(2), waiting for the pool at boot. */
struct random linux_random(void);

#endif
