/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: in which order offers are asked, who is alone, what is burned, and the result. */
#include "model/slow_state.h"

/* ---- the order of evaluation */

/* By priority, steps 2 to 4 are one. */
static uint8_t stage_of(const struct slow *s, uint8_t step)
{
    bool is_discount = step >= BOOK_STEP_ITEM && step <= BOOK_STEP_BASKET;
    return s->source->order == BOOK_BY_PRIORITY && is_discount ? BOOK_STEP_ITEM : step;
}

static bool is_before(const struct slow_offer *a, const struct slow_offer *b)
{
    if (a->stage != b->stage)
        return a->stage < b->stage;
    if (a->in->lane != b->in->lane)
        return a->in->lane < b->in->lane;
    if (a->in->priority != b->in->priority)
        return a->in->priority > b->in->priority;
    size_t size = a->in->id.size < b->in->id.size ? a->in->id.size : b->in->id.size;
    int order = memcmp(a->in->id.bytes, b->in->id.bytes, size);
    return order != 0 ? order < 0 : a->in->id.size < b->in->id.size;
}

static void order_offers(struct slow *s)
{
    s->offer_count = s->source->offer_count;
    for (uint32_t i = 0; i < s->offer_count; i++) {
        const struct book_source_offer *in = &s->source->offers[i];
        uint8_t step = slow_step_of(in->kind, in->scope);
        struct slow_offer offer = {in, i, step, stage_of(s, step)};
        uint32_t at = i;
        for (; at > 0 && is_before(&offer, &s->offers[at - 1]); at--)
            s->offers[at] = s->offers[at - 1];
        s->offers[at] = offer;
    }
}

static const struct slow_offer *find_exclusive(const struct slow *s, enum book_exclusive kind, uint8_t stage);

/* Lane after lane. */
static void run_lanes(struct slow *s, uint8_t stage)
{
    for (uint32_t first = 0; first < s->offer_count;) {
        const struct slow_offer *offer = &s->offers[first];
        uint32_t count = 1;
        while (first + count < s->offer_count && s->offers[first + count].in->lane == offer->in->lane &&
               s->offers[first + count].stage == offer->stage)
            count++;
        if (offer->stage == stage)
            slow_run_lane(s, first, count);
        first += count;
    }
}

/* Who was to be alone and was not given shuts nobody out: then all of it once more. */
static bool was_in_vain(struct slow *s, const struct slow_offer *alone, const struct slow *before)
{
    if (alone == NULL || s->result.offers[alone->number].is_given)
        return false;
    *s = *before; /* the offers stand where they stood: `alone` points into them */
    s->is_waived[alone->number] = true;
    return true;
}

static void run_stage(struct slow *s, uint8_t stage)
{
    bool may_be_alone = stage >= BOOK_STEP_ITEM && stage <= BOOK_STEP_BASKET && s->alone_in_basket == NULL;
    struct slow before = *s;
    s->alone_in_step = may_be_alone ? find_exclusive(s, BOOK_EXCLUSIVE_IN_STEP, stage) : NULL;
    run_lanes(s, stage);
    if (was_in_vain(s, s->alone_in_step, &before))
        run_stage(s, stage);
    s->alone_in_step = NULL;
}

static void run_stages(struct slow *s, uint8_t first, uint8_t last)
{
    for (uint8_t stage = first; stage <= last; stage++)
        run_stage(s, stage);
}

/* ---- exclusivity */

/* The offer that is alone: of those that would give something as the lines stand, the one of the highest priority,
 * then the first. stage 0: of the whole basket. */
static const struct slow_offer *find_exclusive(const struct slow *s, enum book_exclusive kind, uint8_t stage)
{
    const struct slow_offer *best = NULL;
    for (uint32_t i = 0; i < s->offer_count; i++) {
        const struct slow_offer *offer = &s->offers[i];
        struct slow_take take;
        if (offer->in->exclusive != kind || s->is_waived[offer->number] || offer->stage < BOOK_STEP_ITEM ||
            offer->stage > BOOK_STEP_BASKET || (stage != 0 && offer->stage != stage))
            continue;
        slow_try(s, offer, &take);
        if (take.why == NULL && (best == NULL || offer->in->priority > best->in->priority))
            best = offer;
    }
    return best;
}

/* Of those that are exclusive if better the one that gives most alone; of equals the highest priority, the first. */
static const struct slow_offer *find_alone(const struct slow *s, int64_t *out_minor)
{
    const struct slow_offer *best = NULL;
    *out_minor = 0;
    for (uint32_t i = 0; i < s->offer_count; i++) {
        const struct slow_offer *offer = &s->offers[i];
        struct slow_take take;
        if (offer->in->exclusive != BOOK_EXCLUSIVE_IF_BETTER || s->is_waived[offer->number] ||
            offer->stage < BOOK_STEP_ITEM || offer->stage > BOOK_STEP_BASKET)
            continue;
        slow_try(s, offer, &take);
        int64_t total = take.why == NULL ? slow_take_total(s, &take) : 0;
        if (total > *out_minor ||
            (best != NULL && total == *out_minor && offer->in->priority > best->in->priority)) {
            *out_minor = total;
            best = offer;
        }
    }
    return best;
}

static int64_t discount_sum(const struct slow *s)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        sum += s->lines[i].gross - s->lines[i].left;
    return sum;
}

static void run_discounts(struct slow *s)
{
    int64_t alone_minor = 0;
    struct slow before = *s;
    s->alone_in_basket = find_exclusive(s, BOOK_EXCLUSIVE_IN_BASKET, 0);
    const struct slow_offer *alone = s->alone_in_basket == NULL ? find_alone(s, &alone_minor) : NULL;
    s->gives_way = alone != NULL;
    run_stages(s, BOOK_STEP_ITEM, BOOK_STEP_BASKET);
    s->gives_way = false;
    if (alone != NULL && alone_minor > discount_sum(s)) {
        *s = before;
        s->alone_in_basket = alone;
        run_stages(s, BOOK_STEP_ITEM, BOOK_STEP_BASKET);
    }
    if (was_in_vain(s, s->alone_in_basket, &before))
        run_discounts(s);
    s->alone_in_basket = NULL;
}

/* All discounts of a line together leave the book's share of it. */
static void raise_floors(struct slow *s)
{
    uint32_t most_bp = s->source->line_discount_max_bp;
    for (uint32_t i = 0; i < s->line_count && most_bp > 0; i++) {
        struct slow_line *line = &s->lines[i];
        if (line->gross <= 0)
            continue;
        int64_t least = line->gross - (int64_t)((slow_wide)line->gross * most_bp / 10000);
        line->floor = line->floor > least ? line->floor : least;
    }
}

/* ---- points */

int64_t slow_tax_of(const struct slow *s, const struct slow_line *line)
{
    int64_t rate = line->in->tax_rate_bp, magnitude = line->left < 0 ? -line->left : line->left;
    bool is_on_top = s->basket->price_mode == OFFERS_NET_PRICES;
    int64_t tax = slow_divide_half_up((slow_wide)magnitude * rate, is_on_top ? 10000 : 10000 + rate);
    return line->left < 0 ? -tax : tax;
}

/* What points may pay: as a discount what lines may still lose, as a tender all that is to pay. */
static int64_t burnable(const struct slow *s)
{
    slow_wide sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct slow_line *line = &s->lines[i];
        if (s->source->programme_rules.burn_as == BOOK_BURN_AS_TENDER)
            sum += line->left + (s->basket->price_mode == OFFERS_NET_PRICES ? slow_tax_of(s, line) : 0);
        else if (line->is_sale && !line->in->no_discount)
            sum += slow_room(line);
    }
    return (int64_t)sum;
}

/* As many whole steps as are wanted, there, and payable. */
static void burn(struct slow *s, int64_t available)
{
    const struct book_programme *rules = &s->source->programme_rules;
    int64_t payable = burnable(s),
            wanted = s->basket->burn_points < available ? s->basket->burn_points : available;
    s->result.burned_points = s->result.burned_minor = 0;
    if (rules->burn_points == 0 || rules->burn_value_minor == 0 || payable <= 0)
        return;
    if (rules->burn_share_max_bp > 0)
        payable = (int64_t)((slow_wide)payable * rules->burn_share_max_bp / 10000);
    int64_t points = 0, value = 0;
    while (points + rules->burn_points <= wanted && value + rules->burn_value_minor <= payable) {
        points += rules->burn_points;
        value += rules->burn_value_minor;
    }
    if (points == 0 || points < rules->burn_min_points)
        return;
    s->result.burned_points = points;
    s->result.burned_minor = value;
    struct slow_take take = {.why = NULL};
    struct slow_set lines;
    for (uint32_t i = 0; i < s->line_count; i++)
        lines.has[i] = s->lines[i].is_sale && !s->lines[i].in->no_discount;
    if (rules->burn_as == BOOK_BURN_AS_DISCOUNT)
        slow_propose_together(s, &lines, value, &take);
    for (uint32_t i = 0; i < s->line_count; i++) {
        s->lines[i].left -= take.off[i];
        s->lines[i].basket_off += take.off[i];
    }
}

static int64_t points_of(const struct slow *s)
{
    int64_t points = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        points += s->lines[i].points;
    return points;
}

static void burn_and_earn(struct slow *s)
{
    struct slow before = *s;
    int64_t points = s->member->known && s->member->points > 0 ? s->member->points : 0, available = points;
    bool may_use_own =
        s->source->programme_rules.burn_same_sale && s->member->known && s->basket->burn_points > points;
    if (may_use_own) {
        run_stages(s, BOOK_STEP_EARN, BOOK_STEP_MULTIPLY);
        available = points + points_of(s);
        *s = before;
    }
    burn(s, available);
    run_stages(s, BOOK_STEP_EARN, BOOK_STEP_MULTIPLY);
    if (!may_use_own || s->result.burned_points <= points + points_of(s))
        return;
    available = points + points_of(s);
    *s = before;
    burn(s, available);
    run_stages(s, BOOK_STEP_EARN, BOOK_STEP_MULTIPLY);
    if (s->result.burned_points <= points + points_of(s))
        return;
    *s = before; /* what the sale earns cannot be relied on */
    burn(s, points);
    run_stages(s, BOOK_STEP_EARN, BOOK_STEP_MULTIPLY);
}

static void write_result(struct slow *s)
{
    struct slow_result *result = &s->result;
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct slow_line *line = &s->lines[i];
        struct slow_line_result *out = &result->lines[i];
        out->amount_minor = line->gross;
        out->discount_minor = line->gross - line->left;
        out->points = line->points;
        out->unit_price_e5 = line->price_e5;
        out->prior_price_minor = line->prior_minor;
        out->tax_minor = slow_tax_of(s, line);
        out->tax_base_minor = line->left - (s->basket->price_mode == OFFERS_NET_PRICES ? 0 : out->tax_minor);
        result->gross_minor += line->gross;
        result->total_minor += line->left;
        result->points += line->points;
        result->tax_minor += out->tax_minor;
    }
    result->discount_minor = result->gross_minor - result->total_minor;
    result->payable_minor =
        result->total_minor + (s->basket->price_mode == OFFERS_NET_PRICES ? result->tax_minor : 0);
}

void slow_price(const struct book_source *source, const struct terms *terms,
                const struct offers_basket *basket, const struct offers_member *member,
                const struct offers_moment *moment, struct slow_result *out_result)
{
    KASSA_ASSERT(basket->line_count <= SLOW_LINES && source->offer_count <= SLOW_OFFERS);
    static struct slow s; /* large, and wholly set here */
    s = (struct slow){.source = source,
                      .terms = terms,
                      .basket = basket,
                      .member = member,
                      .moment = moment,
                      .line_count = basket->line_count};
    slow_read_basket(&s);
    order_offers(&s);
    run_stages(&s, BOOK_STEP_PRICE, BOOK_STEP_PRICE);
    raise_floors(&s);
    run_discounts(&s);
    burn_and_earn(&s);
    run_stages(&s, BOOK_STEP_AWARD, BOOK_STEP_AWARD);
    write_result(&s);
    *out_result = s.result;
}
