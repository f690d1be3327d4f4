/* SPDX-License-Identifier: Apache-2.0 */
#include "till/trusted.h"

void trusted_init(struct trusted_time *time, int64_t newest_record_unix_ms, struct clock_reading now)
{
    *time = (struct trusted_time){.floor_unix_ms = newest_record_unix_ms, .floor_mono_ms = now.mono_ms};
}

void trusted_hear_hub(struct trusted_time *time, int64_t hub_unix_ms, struct clock_reading now)
{
    time->has_hub = true;
    time->hub_unix_ms = hub_unix_ms;
    time->hub_mono_ms = now.mono_ms;
}

int64_t trusted_now(const struct trusted_time *time, struct clock_reading now, bool *out_is_off)
{
    if (time->has_hub) {
        int64_t hub = time->hub_unix_ms + (int64_t)(now.mono_ms - time->hub_mono_ms);
        int64_t skew = now.wall_unix_ms - hub;
        *out_is_off = skew > TRUSTED_SKEW_MS_MAX || skew < -TRUSTED_SKEW_MS_MAX;
        return *out_is_off ? hub : now.wall_unix_ms;
    }
    int64_t floor = time->floor_unix_ms + (int64_t)(now.mono_ms - time->floor_mono_ms);
    *out_is_off = now.wall_unix_ms < floor - TRUSTED_SKEW_MS_MAX;
    return *out_is_off ? floor : now.wall_unix_ms;
}
