/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t wall_unix_ms(void *self)
{
    (void)self;
    struct timespec now = {0};
    KASSA_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t mono_ms(void *self)
{
    (void)self;
    struct timespec now = {0};
    KASSA_ASSERT(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm local = {0};
    if (localtime_r(&seconds, &local) == NULL)
        return 0; /* a year that no int holds: there is no local time then */
    return (int32_t)(local.tm_gmtoff / 60);
}

struct clock linux_clock(void)
{
    static const struct clock_ops ops = {
        .wall_unix_ms = wall_unix_ms, .mono_ms = mono_ms, .utc_offset_min = utc_offset_min};
    return (struct clock){.ops = &ops, .self = NULL};
}

static enum err fill(void *self, uint8_t *out, size_t size)
{
    (void)self;
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ERR_IO;
        out += got;
        size -= (size_t)got;
    }
    return ERR_OK;
}

struct random linux_random(void)
{
    return (struct random){.fill = fill, .self = NULL};
}
