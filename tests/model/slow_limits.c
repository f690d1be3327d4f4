/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: what an offer gives is cut to them, or not given at all. */
#include "model/slow_state.h"

static int64_t used_before(const struct slow *s, const struct slow_offer *offer, uint32_t limit)
{
    for (uint32_t i = 0; i < s->basket->counter_count; i++) {
        const struct offers_counter *counter = &s->basket->counters[i];
        if (counter->offer == offer->number && counter->limit == limit &&
            offer->in->limits[limit].per >= BOOK_PER_MEMBER)
            return counter->used > 0 ? counter->used : 0;
    }
    return 0;
}

static int64_t pass(const struct book_limit *limit, int64_t used, int64_t wanted)
{
    int64_t left = limit->value > used ? limit->value - used : 0;
    if (wanted <= left)
        return wanted;
    return limit->partial ? left : 0;
}

/* A limit that is used up shuts the offer out before anything is worked out. */
const char *slow_limit_uses(const struct slow *s, const struct slow_offer *offer)
{
    for (uint32_t i = 0; i < offer->in->limit_count; i++) {
        if (offer->in->limits[i].per == BOOK_PER_MEMBER && !s->member->known)
            return "limit of members";
        if (used_before(s, offer, i) >= offer->in->limits[i].value)
            return "limit used up";
    }
    return NULL;
}

static int64_t units_of(const struct slow *s, const struct slow_take *take, uint32_t line)
{
    if (take->discounted[line] > 0)
        return take->discounted[line];
    return take->units[line] > 0 ? take->units[line] : s->lines[line].units;
}

static void keep_units(const struct slow *s, struct slow_take *take, uint32_t line, int64_t units)
{
    int64_t all = units_of(s, take, line);
    if (units >= all)
        return;
    take->off[line] = slow_part_of_first(take->off[line], all, units);
    take->discounted[line] = units;
}

static void limit_line(const struct slow *s, const struct book_limit *limit, struct slow_take *take,
                       uint32_t line)
{
    if (limit->what == BOOK_LIMIT_AMOUNT)
        take->off[line] = pass(limit, 0, take->off[line]);
    else if (limit->what == BOOK_LIMIT_UNITS)
        keep_units(s, take, line, pass(limit, 0, units_of(s, take, line) * 1000) / 1000);
}

/* A shared sum is one adjustment, cut as a whole; else each line is one. */
static void limit_amount(const struct slow *s, const struct book_limit *limit, int64_t used,
                         struct slow_take *take)
{
    int64_t sum = slow_take_total(s, take), cut = pass(limit, used, sum), before[SLOW_LINES];
    memcpy(before, take->off, sizeof(before));
    if (take->is_together && cut < sum)
        slow_share_capped(s->source->sharing, cut, before, before, s->line_count, take->off);
    for (uint32_t k = 0; k < take->order_count && !take->is_together; k++) {
        int64_t *off = &take->off[take->order[k]];
        *off = pass(limit, used, *off);
        used += *off;
    }
}

static void limit_units(const struct slow *s, const struct book_limit *limit, int64_t used,
                        struct slow_take *take)
{
    int64_t all = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        all += take->off[i] > 0 ? units_of(s, take, i) : 0;
    int64_t left = pass(limit, used, all * 1000) / 1000;
    for (uint32_t k = 0; k < take->order_count; k++) {
        uint32_t i = take->order[k];
        if (take->off[i] == 0)
            continue;
        int64_t units = units_of(s, take, i) < left ? units_of(s, take, i) : left;
        keep_units(s, take, i, units);
        left -= units;
    }
}

/* A price is new for all of a line or for none of it. */
static void keep_whole_prices(const struct slow *s, const int64_t *before, struct slow_take *take)
{
    for (uint32_t i = 0; i < s->line_count; i++)
        take->off[i] = take->off[i] < before[i] ? 0 : take->off[i];
}

void slow_limit_take(const struct slow *s, const struct slow_offer *offer, struct slow_take *take)
{
    int64_t before[SLOW_LINES];
    memcpy(before, take->off, sizeof(before));
    for (uint32_t i = 0; i < offer->in->limit_count && take->why == NULL; i++) {
        const struct book_limit *limit = &offer->in->limits[i];
        for (uint32_t line = 0; line < s->line_count && limit->per == BOOK_PER_LINE; line++) {
            if (take->off[line] > 0)
                limit_line(s, limit, take, line);
        }
        if (limit->per != BOOK_PER_LINE && limit->what == BOOK_LIMIT_AMOUNT)
            limit_amount(s, limit, used_before(s, offer, i), take);
        if (limit->per != BOOK_PER_LINE && limit->what == BOOK_LIMIT_UNITS)
            limit_units(s, limit, used_before(s, offer, i), take);
        if (slow_take_total(s, take) == 0)
            take->why = "limit";
    }
    if (offer->step == BOOK_STEP_PRICE)
        keep_whole_prices(s, before, take);
    if (take->why == NULL && slow_take_total(s, take) == 0)
        take->why = "limit";
}

bool slow_limit_is_close(const struct slow *s, const struct slow_offer *offer, const struct slow_take *take,
                         uint32_t line, uint32_t lines)
{
    slow_wide most = (slow_wide)slow_take_total(s, take) + lines;
    for (uint32_t i = 0; i < offer->in->limit_count; i++) {
        const struct book_limit *limit = &offer->in->limits[i];
        if (limit->what != BOOK_LIMIT_AMOUNT)
            continue;
        if (limit->per == BOOK_PER_LINE ? take->off[line] + 1 > limit->value
                                        : used_before(s, offer, i) + most > limit->value)
            return true;
    }
    return false;
}

int64_t slow_limit_count(const struct slow *s, const struct slow_offer *offer, enum book_limit_what what,
                         int64_t wanted)
{
    for (uint32_t i = 0; i < offer->in->limit_count; i++) {
        if (offer->in->limits[i].what == what)
            wanted = pass(&offer->in->limits[i], used_before(s, offer, i), wanted);
    }
    return wanted;
}

void slow_limit_earning(const struct slow *s, const struct slow_offer *offer, struct slow_earning *earning)
{
    int64_t points = slow_limit_count(s, offer, BOOK_LIMIT_POINTS, earning->points), before[SLOW_LINES];
    if (earning->why != NULL || points == earning->points)
        return;
    memcpy(before, earning->of_line, sizeof(before));
    slow_share(BOOK_LARGEST_REMAINDER, points, before, s->line_count, earning->of_line);
    earning->points = points;
    earning->why = points == 0 ? "limit" : NULL;
}
