/* SPDX-License-Identifier: Apache-2.0 */
/* getHours() and the other parts of timestamps and durations. */
#include "offers/cel/functions.h"
#include "offers/cel/moment.h"

#define OFFSET_S_MAX (26 * 3600) /* beyond any zone's: what a host answers is not believed blindly */

/* "UTC", "+02:00", or a zone that the host knows. */
static bool find_offset(struct cel_machine *m, struct span zone, int64_t unix_s, int32_t *out)
{
    bool is_utc = span_is_equal(zone, span_of_text("UTC")) || span_is_equal(zone, span_of_text("Z"));
    *out = 0;
    if (is_utc || cel_offset_read(zone, out))
        return true;
    return m->host->offset != NULL && cel_spend(m, 8) && m->host->offset(m->host->self, zone, unix_s, out) &&
           *out > -OFFSET_S_MAX && *out < OFFSET_S_MAX;
}

static struct cel_value part_of(struct cel_machine *m, const struct cel_value *arguments, uint32_t count,
                                enum cel_part part)
{
    int32_t offset_s = 0;
    struct cel_moment moment = {arguments[0].integer, arguments[0].count};
    if (arguments[0].kind == CEL_DURATION && count == 1 && part >= CEL_PART_HOURS)
        return cel_int(cel_duration_part(arguments[0].integer, part));
    if (arguments[0].kind != CEL_TIMESTAMP || (count == 2 && arguments[1].kind != CEL_STRING))
        return cel_fail(CEL_NO_OVERLOAD);
    if (!cel_moment_is_valid(moment))
        return cel_fail(CEL_OUT_OF_RANGE);
    if (count == 2 && !find_offset(m, cel_text_of(&arguments[1]), moment.unix_s, &offset_s))
        return cel_failed(m, CEL_BAD_ZONE);
    return cel_int(cel_moment_part(moment, offset_s, part));
}

CEL_FUNCTION(cel_fn_year)
{
    return part_of(m, arguments, count, CEL_PART_YEAR);
}

CEL_FUNCTION(cel_fn_month)
{
    return part_of(m, arguments, count, CEL_PART_MONTH);
}

CEL_FUNCTION(cel_fn_day_of_year)
{
    return part_of(m, arguments, count, CEL_PART_DAY_OF_YEAR);
}

CEL_FUNCTION(cel_fn_day_of_month)
{
    return part_of(m, arguments, count, CEL_PART_DAY_OF_MONTH);
}

CEL_FUNCTION(cel_fn_date)
{
    return part_of(m, arguments, count, CEL_PART_DATE);
}

CEL_FUNCTION(cel_fn_day_of_week)
{
    return part_of(m, arguments, count, CEL_PART_DAY_OF_WEEK);
}

CEL_FUNCTION(cel_fn_hours)
{
    return part_of(m, arguments, count, CEL_PART_HOURS);
}

CEL_FUNCTION(cel_fn_minutes)
{
    return part_of(m, arguments, count, CEL_PART_MINUTES);
}

CEL_FUNCTION(cel_fn_seconds)
{
    return part_of(m, arguments, count, CEL_PART_SECONDS);
}

CEL_FUNCTION(cel_fn_milliseconds)
{
    return part_of(m, arguments, count, CEL_PART_MILLISECONDS);
}
