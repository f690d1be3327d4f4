/* SPDX-License-Identifier: Apache-2.0 */
/* Awards: what is neither a discount nor points. */
#include "model/slow_state.h"

/* How often: once a receipt, for each so many units, or for each full amount. */
static int64_t times_of(const struct slow *s, const struct book_give *give, const struct slow_set *matched)
{
    int64_t times = 1;
    if (give->earn_by == BOOK_EARN_PER_UNIT)
        times = slow_units_of(s, matched) / (give->buy_units > 0 ? give->buy_units : 1);
    if (give->earn_by == BOOK_EARN_PER_SPEND)
        times = slow_earning_base(s, matched, give, give->basis) / give->per_minor;
    return give->repeats_max > 0 && times > give->repeats_max ? give->repeats_max : times;
}

static int64_t free_units(const struct slow *s, const struct book_give *give, const struct slow_set *matched)
{
    int64_t units = slow_units_of(s, matched), times = units / give->buy_units;
    if (units < give->min_units || (give->max_units > 0 && units > give->max_units))
        return 0;
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    return times * give->get_units;
}

/* An item is suggested that is not there yet. */
static int64_t suggestion(const struct slow *s, const struct book_give *give)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (s->lines[i].is_sale && give->item.size > 0 && span_is_equal(s->lines[i].in->sku, give->item))
            return 0;
    }
    return 1;
}

static int64_t count_of(const struct slow *s, const struct book_source_offer *offer,
                        const struct slow_set *matched)
{
    const struct book_give *give = &offer->give;
    switch (offer->kind) {
    case BOOK_FREE_UNITS:
        return free_units(s, give, matched);
    case BOOK_GIFT_LINE:
        return give->get_units;
    case BOOK_STAMPS:
        return slow_times(times_of(s, give, matched), give->points);
    case BOOK_COUPON:
    case BOOK_TICKET:
        return slow_times(times_of(s, give, matched), give->get_units);
    case BOOK_SUGGESTION:
        return suggestion(s, give);
    default: /* a message, a question */
        return 1;
    }
}

const char *slow_award(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                       struct slow_award *out)
{
    bool is_gift = offer->in->kind == BOOK_GIFT_LINE;
    out->count = count_of(s, offer->in, matched);
    out->charged_minor = is_gift ? offer->in->give.charged_minor : 0;
    out->unit_price_minor = is_gift ? offer->in->give.unit_minor : 0;
    if (out->count == 0)
        return "nothing to give";
    out->count = slow_limit_count(s, offer, BOOK_LIMIT_UNITS, slow_times(out->count, 1000)) / 1000;
    if (offer->in->kind == BOOK_STAMPS)
        out->count = slow_limit_count(s, offer, BOOK_LIMIT_POINTS, out->count);
    return out->count == 0 ? "limit" : NULL;
}
