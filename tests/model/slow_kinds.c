/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds that do not build groups take off: of each unit, each line, or the whole target together. */
#include "model/slow_state.h"

typedef int64_t off_line(const struct slow *s, const struct slow_line *line,
                         const struct book_source_offer *offer);

static int64_t units_up_to(const struct slow_line *line, uint32_t most)
{
    return most > 0 && most < line->units ? most : line->units;
}

/* Each line on its own. */
static void propose_lines(const struct slow *s, const struct slow_offer *offer,
                          const struct slow_set *matched, off_line *off, struct slow_take *out)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (!matched->has[i])
            continue;
        int64_t wanted = off(s, &s->lines[i], offer->in), room = slow_room(&s->lines[i]);
        out->off[i] = wanted < 0 ? 0 : wanted < room ? wanted : room;
        out->discounted[i] =
            units_up_to(&s->lines[i], offer->in->kind == BOOK_AMOUNT_OFF && offer->in->scope == BOOK_EACH_LINE
                                          ? offer->in->give.cap_units
                                          : offer->in->give.max_units);
    }
}

void slow_propose_together(const struct slow *s, const struct slow_set *matched, int64_t wanted,
                           struct slow_take *out)
{
    int64_t weights[SLOW_LINES], caps[SLOW_LINES], shares[SLOW_LINES];
    uint32_t lines[SLOW_LINES], count = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (!matched->has[i] || slow_room(&s->lines[i]) == 0)
            continue;
        weights[count] = s->lines[i].left;
        caps[count] = slow_room(&s->lines[i]);
        lines[count++] = i;
    }
    out->is_together = true;
    if (count == 0 || wanted <= 0)
        return;
    slow_share_capped(s->source->sharing, wanted, weights, caps, count, shares);
    for (uint32_t i = 0; i < count; i++)
        out->off[lines[i]] = shares[i];
}

/* ---- percent_off */

static int64_t percent_off_line(const struct slow *s, const struct slow_line *line,
                                const struct book_source_offer *offer)
{
    (void)s;
    int64_t amount = offer->give.percent_of == BOOK_INITIAL ? line->gross : line->left;
    int64_t units = units_up_to(line, offer->give.max_units), sum = 0;
    if (offer->scope == BOOK_EACH_LINE)
        return slow_percent(slow_part_of_first(amount, line->units, units), offer->give.percent_bp);
    for (int64_t i = 0; i < units; i++)
        sum += slow_percent(slow_part_of_unit(amount, line->units, i), offer->give.percent_bp);
    return sum;
}

/* No line above its share of the cap, which is shared over what the lines cost. */
static void cap_lines(const struct slow *s, const struct slow_set *matched, const struct book_give *give,
                      struct slow_take *out)
{
    int64_t weights[SLOW_LINES] = {0}, shares[SLOW_LINES] = {0};
    uint32_t at[SLOW_LINES], count = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (matched->has[i])
            weights[count] = give->percent_of == BOOK_INITIAL ? s->lines[i].gross : s->lines[i].left,
            at[count++] = i;
    }
    slow_share(s->source->sharing, give->max_amount_minor, weights, count, shares);
    for (uint32_t i = 0; i < count; i++) {
        if (out->off[at[i]] > shares[i])
            out->off[at[i]] = shares[i];
    }
}

static void percent_off(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                        struct slow_take *out)
{
    const struct book_give *give = &offer->in->give;
    if (offer->in->scope == BOOK_TOGETHER) {
        int64_t wanted = slow_percent(slow_sum(s, matched, give->percent_of), give->percent_bp);
        if (give->max_amount_minor > 0 && wanted > give->max_amount_minor)
            wanted = give->max_amount_minor;
        slow_propose_together(s, matched, wanted, out);
        return;
    }
    propose_lines(s, offer, matched, percent_off_line, out);
    if (give->max_amount_minor > 0)
        cap_lines(s, matched, give, out);
}

/* ---- amount_off */

static int64_t amount_off_line(const struct slow *s, const struct slow_line *line,
                               const struct book_source_offer *offer)
{
    (void)s;
    int64_t amount = offer->give.amount_minor;
    if (offer->scope == BOOK_EACH_UNIT && line->is_measured)
        return slow_divide_half_up((slow_wide)amount * line->in->quantity_milli, 1000);
    bool is_unit = offer->scope == BOOK_EACH_UNIT;
    int64_t units = units_up_to(line, is_unit ? offer->give.max_units : offer->give.cap_units);
    int64_t price = slow_part_of_first(line->left, line->units, units);
    if (is_unit && units == line->units)
        return slow_times(amount, units); /* more than the line costs is wanted, and cut */
    if (is_unit)
        amount = slow_times(amount, units);
    return amount < price ? amount : price;
}

static void amount_off(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                       struct slow_take *out)
{
    const struct book_give *give = &offer->in->give;
    int64_t times = give->per_minor > 0 ? slow_sum(s, matched, BOOK_RUNNING) / give->per_minor : 1;
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    if (offer->in->scope == BOOK_TOGETHER)
        slow_propose_together(s, matched, slow_times(give->amount_minor, times), out);
    else
        propose_lines(s, offer, matched, amount_off_line, out);
}

/* ---- fixed_price */

static int64_t fixed_price_line(const struct slow *s, const struct slow_line *line,
                                const struct book_source_offer *offer)
{
    (void)s;
    int64_t price = offer->give.amount_minor, sum = 0;
    if (offer->scope == BOOK_EACH_LINE)
        return line->left - price;
    if (line->is_measured) {
        slow_wide whole = ((slow_wide)price * line->in->quantity_milli * 2 + 1000) / 2000;
        return whole >= line->left ? 0 : line->left - (int64_t)whole;
    }
    for (int64_t i = 0; i < line->units; i++) {
        int64_t unit = slow_part_of_unit(line->left, line->units, i);
        sum += unit > price ? unit - price : 0;
    }
    return sum;
}

static void fixed_price(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                        struct slow_take *out)
{
    if (offer->in->scope == BOOK_TOGETHER)
        slow_propose_together(s, matched, slow_sum(s, matched, BOOK_RUNNING) - offer->in->give.amount_minor,
                              out);
    else
        propose_lines(s, offer, matched, fixed_price_line, out);
}

/* ---- tiers */

/* The value of the last step that is reached; `base` below the first. */
static int64_t value_of_steps(const struct slow *s, const struct slow_offer *offer,
                              const struct slow_set *matched, int64_t base)
{
    const struct book_give *give = &offer->in->give;
    struct slow_set all;
    for (uint32_t i = 0; i < s->line_count; i++)
        all.has[i] = s->lines[i].is_sale && !s->lines[i].in->no_discount;
    int64_t has = slow_units_of(s, matched) * 1000, value = base;
    if (give->tier_by != BOOK_TIER_MATCHED_QUANTITY)
        has = slow_sum(s, give->tier_by == BOOK_TIER_BASKET_AMOUNT ? &all : matched, give->tier_base);
    for (uint32_t i = 0; i < offer->in->step_count; i++) {
        if (has >= offer->in->steps[i].threshold)
            value = offer->in->steps[i].value;
    }
    return value;
}

/* A tier's percentage is that of percent_off, and its amount that of amount_off. */
static void tiered(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                   struct slow_take *out)
{
    bool is_percent = offer->in->kind == BOOK_TIERED_PERCENT;
    struct book_source_offer plain = *offer->in;
    struct slow_offer as = *offer;
    as.in = &plain;
    if (is_percent)
        plain.give.percent_bp = (uint32_t)value_of_steps(s, offer, matched, plain.give.percent_bp);
    else
        plain.give.amount_minor = value_of_steps(s, offer, matched, plain.give.amount_minor);
    (is_percent ? percent_off : amount_off)(s, &as, matched, out);
}

/* ---- first_and_more, price */

static int64_t first_and_more_line(const struct slow *s, const struct slow_line *line,
                                   const struct book_source_offer *offer)
{
    (void)s;
    int64_t units = units_up_to(line, offer->give.max_units), sum = 0;
    for (int64_t i = 0; i < units; i++)
        sum += i == 0 ? offer->give.amount_minor : offer->give.more_minor;
    int64_t price = slow_part_of_first(line->left, line->units, units);
    return sum < price ? sum : price;
}

static void first_and_more(const struct slow *s, const struct slow_offer *offer,
                           const struct slow_set *matched, struct slow_take *out)
{
    propose_lines(s, offer, matched, first_and_more_line, out);
}

/* The new price in minor units; it is what is rounded. */
static int64_t new_price(const struct slow *s, const struct slow_line *line, const struct book_give *give)
{
    int64_t e5 = slow_e5_of_minor(s);
    if (give->price_mode == BOOK_PRICE_PERCENT)
        return slow_divide_half_up((slow_wide)line->price_e5 * (10000 - give->percent_bp),
                                   (slow_wide)e5 * 10000);
    int64_t minor = slow_divide_half_up(line->price_e5, e5);
    if (give->price_mode == BOOK_PRICE_AMOUNT)
        return minor > give->amount_minor ? minor - give->amount_minor : 0;
    return give->amount_minor;
}

void slow_price_rule(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                     struct slow_take *out)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct slow_line *line = &s->lines[i];
        slow_wide e5 = slow_e5_of_minor(s), quantity = line->in->quantity_milli;
        if (!matched->has[i] || line->price_e5 < 0)
            continue;
        slow_wide minor = new_price(s, line, &offer->in->give);
        if (slow_extend(s, (int64_t)(minor * e5), (int64_t)quantity) < line->floor &&
            minor * e5 < line->price_e5)
            minor = ((slow_wide)line->floor * 1000 + quantity - 1) /
                    quantity; /* the least that is not below it */
        if (minor * e5 >= line->price_e5)
            continue;
        int64_t amount = slow_extend(s, (int64_t)(minor * e5), (int64_t)quantity);
        out->off[i] = line->gross > amount ? line->gross - amount : 0;
        out->price_e5[i] = (int64_t)(minor * e5);
    }
}

/* ---- the table */

static const struct {
    uint16_t kind;
    uint8_t step[BOOK_TOGETHER + 1];
    slow_proposer *propose;
} kinds[] = {
    {BOOK_PERCENT_OFF, {BOOK_STEP_ITEM, BOOK_STEP_ITEM, BOOK_STEP_BASKET}, percent_off},
    {BOOK_AMOUNT_OFF, {BOOK_STEP_ITEM, BOOK_STEP_ITEM, BOOK_STEP_BASKET}, amount_off},
    {BOOK_FIXED_PRICE, {BOOK_STEP_ITEM, BOOK_STEP_ITEM, BOOK_STEP_BASKET}, fixed_price},
    {BOOK_BUY_GET, {BOOK_STEP_GROUP, 0, 0}, slow_buy_get},
    {BOOK_POINTS_PER_SPEND, {0, 0, BOOK_STEP_EARN}, NULL},
    {BOOK_POINTS_MULTIPLIER, {0, 0, BOOK_STEP_MULTIPLY}, NULL},
    {BOOK_QUANTITY_GROUP, {BOOK_STEP_GROUP, 0, 0}, slow_quantity_group},
    {BOOK_TIERED_PERCENT, {0, BOOK_STEP_ITEM, BOOK_STEP_BASKET}, tiered},
    {BOOK_TIERED_AMOUNT, {0, 0, BOOK_STEP_BASKET}, tiered},
    {BOOK_FIRST_AND_MORE, {0, BOOK_STEP_ITEM, 0}, first_and_more},
    {BOOK_CHEAPEST_UNIT, {BOOK_STEP_GROUP, 0, 0}, slow_cheapest_unit},
    {BOOK_NTH_FREE, {BOOK_STEP_GROUP, 0, 0}, slow_nth_free},
    {BOOK_BUNDLE, {BOOK_STEP_GROUP, 0, 0}, slow_bundle},
    {BOOK_FREE_UNITS, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_GIFT_LINE, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_POINTS_PER_UNIT, {0, 0, BOOK_STEP_EARN}, NULL},
    {BOOK_POINTS_PER_VISIT, {0, 0, BOOK_STEP_EARN}, NULL},
    {BOOK_STAMPS, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_COUPON, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_MESSAGE_SHOWN, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_QUESTION, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_SUGGESTION, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_TICKET, {0, 0, BOOK_STEP_AWARD}, NULL},
    {BOOK_PRICE, {BOOK_STEP_PRICE, 0, 0}, slow_price_rule},
    {BOOK_MIX, {BOOK_STEP_GROUP, 0, 0}, slow_mix},
};

uint8_t slow_step_of(uint16_t kind, enum book_scope scope)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind == kind)
            return kinds[i].step[scope];
    }
    return 0;
}

int64_t slow_take_total(const struct slow *s, const struct slow_take *take)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        total += take->off[i];
    return total;
}

void slow_propose(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                  struct slow_take *out)
{
    *out = (struct slow_take){.why = NULL};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind == offer->in->kind)
            kinds[i].propose(s, offer, matched, out);
    }
    for (uint32_t i = 0; i < s->line_count && offer->in->kind != BOOK_QUANTITY_GROUP; i++)
        out->order[out->order_count++] = i;
    if (out->why == NULL && slow_take_total(s, out) == 0)
        out->why = "nothing to give";
}
