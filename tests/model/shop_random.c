/* SPDX-License-Identifier: Apache-2.0 */
/* Random cases. Numbers are small, so that offers meet, thresholds are just reached and cents are left over; now and
 * then one is nasty. */
#include "model/shop.h"

struct maker {
    struct seed seed;
    struct shop_mix mix;
    struct shop *shop;
};

static int64_t draw(struct maker *m, int64_t first, int64_t last)
{
    return first + (int64_t)seed_below(&m->seed, (uint64_t)(last - first) + 1);
}

/* True once in `times`. */
static bool once_in(struct maker *m, int64_t times)
{
    return draw(m, 1, times) == 1;
}

static bool may(const struct maker *m, enum shop_feature feature)
{
    return (m->mix.features & feature) != 0;
}

static uint8_t draw_bits(struct maker *m, unsigned names)
{
    return (uint8_t)draw(m, 1, (1 << names) - 1);
}

/* Round and crooked prices. */
static int64_t draw_amount(struct maker *m)
{
    static const int64_t favourites[] = {1, 2, 3, 5, 10, 33, 99, 100, 101, 250, 333, 500, 999, 1000, 1999};
    if (once_in(m, 3))
        return favourites[draw(m, 0, COUNT_OF(favourites) - 1)];
    return draw(m, 1, 3000);
}

static uint32_t draw_percent(struct maker *m)
{
    static const uint32_t favourites[] = {1, 50, 500, 1000, 1250, 2000, 2500, 3333, 5000, 7500, 9999, 10000};
    if (once_in(m, 4))
        return (uint32_t)draw(m, 1, 10000);
    return favourites[draw(m, 0, COUNT_OF(favourites) - 1)];
}

static struct shop_selector draw_selector(struct maker *m)
{
    struct shop_selector selector = {.everything = once_in(m, 3)};
    if (!selector.everything && once_in(m, 2))
        selector.items = draw_bits(m, 5);
    if (!selector.everything && (selector.items == 0 || once_in(m, 4)))
        selector.categories = draw_bits(m, 3);
    if (once_in(m, 6))
        selector.excluded_items = draw_bits(m, 3);
    if (once_in(m, 12))
        selector.excluded_categories = (uint8_t)(1 << draw(m, 0, 2));
    if (may(m, SHOP_SELECTION) && once_in(m, 8)) {
        selector.has_price_min = once_in(m, 2);
        selector.has_price_max = !selector.has_price_min || once_in(m, 2);
        selector.price_min_minor = selector.has_price_min ? draw(m, 0, 600) : 0;
        selector.price_max_minor = selector.has_price_max ? selector.price_min_minor + draw(m, 0, 1500) : 0;
    }
    selector.not_reduced = may(m, SHOP_SELECTION) && once_in(m, 10);
    return selector;
}

/* ---- what kinds give */

typedef void draw_give(struct maker *m, struct shop_offer *offer);

static void give_percent(struct maker *m, struct shop_offer *offer)
{
    offer->give.percent_bp = draw_percent(m);
    offer->give.percent_of = once_in(m, 3);
    if (offer->scope != BOOK_EACH_UNIT && once_in(m, 4))
        offer->give.max_amount_minor = draw_amount(m);
    if (offer->scope != BOOK_TOGETHER && once_in(m, 5))
        offer->give.max_units = (uint32_t)draw(m, 1, 4);
}

static void give_amount(struct maker *m, struct shop_offer *offer)
{
    offer->give.amount_minor = draw_amount(m);
    if (offer->scope == BOOK_EACH_LINE && once_in(m, 4))
        offer->give.cap_units = (uint32_t)draw(m, 1, 3);
    if (offer->scope == BOOK_EACH_UNIT && once_in(m, 5))
        offer->give.max_units = (uint32_t)draw(m, 1, 4);
    if (offer->scope == BOOK_TOGETHER && once_in(m, 4)) {
        offer->give.per_minor = draw_amount(m);
        offer->give.repeats_max = (uint32_t)draw(m, 0, 3);
    }
}

static void give_fixed(struct maker *m, struct shop_offer *offer)
{
    offer->give.amount_minor = once_in(m, 8) ? 0 : draw_amount(m);
}

static void give_buy_get(struct maker *m, struct shop_offer *offer)
{
    struct book_give *give = &offer->give;
    give->price_mode = once_in(m, 3) ? (uint8_t)draw(m, 0, 2) : 0;
    if (give->price_mode == BOOK_PRICE_PERCENT)
        give->percent_bp = draw_percent(m);
    else
        give->amount_minor = draw_amount(m);
    give->buy_units = (uint32_t)draw(m, 1, 3);
    give->get_units = (uint32_t)draw(m, 1, 2);
    give->repeats_max = (uint32_t)draw(m, 0, 2);
    give->choose = once_in(m, 2);
    give->placement = once_in(m, 2);
    offer->has_get = once_in(m, 2);
    if (offer->has_get)
        offer->get = draw_selector(m);
}

static void draw_earning(struct maker *m, struct shop_offer *offer)
{
    offer->give.points = (uint32_t)draw(m, 1, 5);
    offer->give.line_rounding = once_in(m, 3);
    if (once_in(m, 5))
        offer->give.excluded_tenders = (uint32_t)draw(m, 1, 7);
}

static void give_per_spend(struct maker *m, struct shop_offer *offer)
{
    draw_earning(m, offer);
    offer->give.per_minor = draw(m, 1, 500);
    offer->give.basis = (uint8_t)draw(m, 0, 2);
    if (once_in(m, 6))
        offer->give.repeats_max = (uint32_t)draw(m, 1, 10);
}

static void give_multiplier(struct maker *m, struct shop_offer *offer)
{
    offer->give.factor_bp = (uint32_t)draw(m, 10001, 40000);
}

static void give_quantity_group(struct maker *m, struct shop_offer *offer)
{
    offer->give.group_units = (uint32_t)draw(m, 1, 5);
    if (once_in(m, 2))
        offer->give.percent_bp = draw_percent(m);
    else
        offer->give.amount_minor = draw_amount(m);
}

static void draw_steps(struct maker *m, struct shop_offer *offer, bool is_percent)
{
    offer->give.tier_by = (uint8_t)draw(m, 0, 2);
    offer->give.tier_base = once_in(m, 3);
    offer->step_count = (uint32_t)draw(m, 1, SHOP_STEPS);
    int64_t threshold = 0;
    for (uint32_t i = 0; i < offer->step_count; i++) {
        threshold +=
            offer->give.tier_by == BOOK_TIER_MATCHED_QUANTITY ? draw(m, 1, 4) * 1000 : draw(m, 1, 2500);
        offer->steps[i] = (struct book_step_row){threshold, is_percent ? draw_percent(m) : draw_amount(m)};
    }
}

static void give_tiered_percent(struct maker *m, struct shop_offer *offer)
{
    draw_steps(m, offer, true);
    offer->give.percent_bp = once_in(m, 2) ? draw_percent(m) : 0;
    offer->give.percent_of = once_in(m, 4);
    if (offer->scope == BOOK_TOGETHER && once_in(m, 4))
        offer->give.max_amount_minor = draw_amount(m);
}

static void give_tiered_amount(struct maker *m, struct shop_offer *offer)
{
    draw_steps(m, offer, false);
    offer->give.amount_minor = once_in(m, 2) ? draw_amount(m) : 0;
}

static void give_first_and_more(struct maker *m, struct shop_offer *offer)
{
    offer->give.amount_minor = draw_amount(m);
    offer->give.more_minor = draw_amount(m);
    offer->give.max_units = (uint32_t)draw(m, 0, 4);
}

static void give_cheapest(struct maker *m, struct shop_offer *offer)
{
    offer->give.percent_bp = draw_percent(m);
}

static void give_nth_free(struct maker *m, struct shop_offer *offer)
{
    struct book_give *give = &offer->give;
    give->percent_bp = draw_percent(m);
    give->group_units = (uint32_t)draw(m, 2, 5);
    give->get_units = (uint32_t)draw(m, 1, give->group_units - 1);
    give->repeats_max = once_in(m, 3) ? (uint32_t)draw(m, 1, 3) : 0;
    give->choose = once_in(m, 3);
    give->placement = once_in(m, 2);
}

static void give_bundle(struct maker *m, struct shop_offer *offer)
{
    offer->give.amount_minor = once_in(m, 8) ? 0 : draw_amount(m);
    offer->give.repeats_max = once_in(m, 3) ? (uint32_t)draw(m, 1, 3) : 0;
    offer->part_count = (uint32_t)draw(m, 1, SHOP_PARTS);
    for (uint32_t i = 0; i < offer->part_count; i++)
        offer->parts[i] = (struct shop_part){draw_selector(m), (uint32_t)draw(m, 1, 2)};
}

static void give_mix(struct maker *m, struct shop_offer *offer)
{
    struct book_give *give = &offer->give;
    give->mix_mode = (uint8_t)draw(m, 0, BOOK_MIX_AMOUNT);
    give->group_units = (uint32_t)draw(m, 2, 4);
    give->repeats_max = once_in(m, 3) ? (uint32_t)draw(m, 1, 3) : 0;
    if (give->mix_mode <= BOOK_MIX_PERCENT_SOME)
        give->percent_bp = draw_percent(m);
    else
        give->amount_minor = draw_amount(m);
    if (give->mix_mode == BOOK_MIX_PERCENT_SOME) {
        give->get_units = (uint32_t)draw(m, 1, give->group_units - 1);
        give->choose = once_in(m, 3);
        give->placement = once_in(m, 2);
    }
}

static void give_free_units(struct maker *m, struct shop_offer *offer)
{
    offer->give.buy_units = (uint32_t)draw(m, 1, 3);
    offer->give.get_units = (uint32_t)draw(m, 1, 2);
    offer->give.min_units = once_in(m, 2) ? (uint32_t)draw(m, 1, 4) : 0;
    offer->give.max_units = once_in(m, 3) ? (uint32_t)draw(m, 4, 8) : 0;
    offer->give.repeats_max = once_in(m, 3) ? 1 : 0;
}

static void give_gift(struct maker *m, struct shop_offer *offer)
{
    offer->give.get_units = (uint32_t)draw(m, 1, 2);
    offer->give.unit_minor = draw_amount(m);
    offer->give.charged_minor = once_in(m, 2) ? draw(m, 0, offer->give.unit_minor) : 0;
}

static void give_points_per_unit(struct maker *m, struct shop_offer *offer)
{
    draw_earning(m, offer);
    offer->give.buy_units = (uint32_t)draw(m, 0, 3);
}

static void give_points_per_visit(struct maker *m, struct shop_offer *offer)
{
    offer->give.points = (uint32_t)draw(m, 1, 50);
}

static void draw_count(struct maker *m, struct shop_offer *offer)
{
    offer->give.earn_by = (uint8_t)draw(m, 0, 2);
    if (offer->give.earn_by == BOOK_EARN_PER_SPEND)
        offer->give.per_minor = draw(m, 1, 800);
    if (offer->give.earn_by == BOOK_EARN_PER_UNIT)
        offer->give.buy_units = (uint32_t)draw(m, 0, 3);
    offer->give.basis = once_in(m, 2) ? (uint8_t)draw(m, 0, 2) : 0;
    offer->give.repeats_max = once_in(m, 3) ? (uint32_t)draw(m, 1, 3) : 0;
}

static void give_stamps(struct maker *m, struct shop_offer *offer)
{
    offer->give.points = (uint32_t)draw(m, 1, 3);
    draw_count(m, offer);
    offer->give.card_size = once_in(m, 2) ? 10 : 0;
}

static void give_count(struct maker *m, struct shop_offer *offer)
{
    offer->give.get_units = (uint32_t)draw(m, 1, 3);
    draw_count(m, offer);
}

static void give_texts(struct maker *m, struct shop_offer *offer)
{
    (void)m;
    (void)offer;
}

static void give_price(struct maker *m, struct shop_offer *offer)
{
    offer->give.price_mode = (uint8_t)draw(m, 0, 2);
    if (offer->give.price_mode == BOOK_PRICE_PERCENT)
        offer->give.percent_bp = draw_percent(m);
    else
        offer->give.amount_minor = draw_amount(m);
    offer->give.prior_price_minor = once_in(m, 4) ? draw_amount(m) : 0;
}

static const struct kind_row {
    uint16_t kind;
    draw_give *draw;
} kind_rows[] = {
    {BOOK_PERCENT_OFF, give_percent},
    {BOOK_AMOUNT_OFF, give_amount},
    {BOOK_FIXED_PRICE, give_fixed},
    {BOOK_BUY_GET, give_buy_get},
    {BOOK_POINTS_PER_SPEND, give_per_spend},
    {BOOK_POINTS_MULTIPLIER, give_multiplier},
    {BOOK_QUANTITY_GROUP, give_quantity_group},
    {BOOK_TIERED_PERCENT, give_tiered_percent},
    {BOOK_TIERED_AMOUNT, give_tiered_amount},
    {BOOK_FIRST_AND_MORE, give_first_and_more},
    {BOOK_CHEAPEST_UNIT, give_cheapest},
    {BOOK_NTH_FREE, give_nth_free},
    {BOOK_BUNDLE, give_bundle},
    {BOOK_FREE_UNITS, give_free_units},
    {BOOK_GIFT_LINE, give_gift},
    {BOOK_POINTS_PER_UNIT, give_points_per_unit},
    {BOOK_POINTS_PER_VISIT, give_points_per_visit},
    {BOOK_STAMPS, give_stamps},
    {BOOK_COUPON, give_count},
    {BOOK_MESSAGE_SHOWN, give_texts},
    {BOOK_QUESTION, give_texts},
    {BOOK_SUGGESTION, give_texts},
    {BOOK_TICKET, give_count},
    {BOOK_PRICE, give_price},
    {BOOK_MIX, give_mix},
};

static const struct kind_row *draw_kind(struct maker *m)
{
    for (;;) {
        const struct kind_row *row = &kind_rows[draw(m, 0, COUNT_OF(kind_rows) - 1)];
        if (m->mix.kinds >> row->kind & 1)
            return row;
    }
}

/* ---- offers */

static void draw_conditions(struct maker *m, struct shop_offer *offer)
{
    if (!once_in(m, 3))
        return;
    offer->condition_count = once_in(m, 5) ? 2 : 1;
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        struct shop_condition *condition = &offer->conditions[i];
        *condition =
            (struct shop_condition){.kind = (uint8_t)draw(m, 1, once_in(m, 3) ? BOOK_CONDITION_LAST : 2),
                                    .base = once_in(m, 3),
                                    .of_target = once_in(m, 2)};
        if (!condition->of_target)
            condition->of = draw_selector(m);
        switch (condition->kind) {
        case BOOK_MIN_AMOUNT:
        case BOOK_MAX_AMOUNT:
            condition->value = draw(m, 0, 5000);
            condition->amount_net_of_tax = may(m, SHOP_TAX) && once_in(m, 4);
            break;
        case BOOK_VISIT_NUMBER:
        case BOOK_VISIT_EVERY:
            condition->value = draw(m, 1, 4);
            break;
        case BOOK_BIRTHDAY:
            condition->value = draw(m, 0, 40) * BOOK_BIRTHDAY_FACTOR + draw(m, 0, 40);
            break;
        case BOOK_IN_SEGMENT:
            condition->segment = (uint8_t)draw(m, 0, 2);
            break;
        case BOOK_CONTAINS:
            break;
        default:
            condition->value = draw(m, 0, 6) * 1000;
        }
    }
}

/* ---- conditions as programs */

/* Around what such a figure comes to; others are amounts. */
static int64_t draw_term_value(struct maker *m, uint8_t what)
{
    static const struct {
        int64_t last, times;
    } values[TERM_LAST + 1] = {
        [TERM_QUANTITY] = {20, 500},  [TERM_LINE_QUANTITY] = {20, 500}, [TERM_HOUR] = {23, 1},
        [TERM_LINE_TAX] = {1, 1900},  [TERM_UNITS] = {12, 1},           [TERM_LINES] = {8, 1},
        [TERM_COUNT_OF] = {5, 1},     [TERM_VISITS] = {8, 1},           [TERM_WEEKDAY] = {8, 1},
        [TERM_SEGMENTS] = {3, 1},     [TERM_ALL_UNITS] = {5, 1},        [TERM_LINE_UNITS] = {5, 1},
        [TERM_LINE_NUMBER] = {10, 1},
    };
    return values[what].last > 0 ? draw(m, 0, values[what].last) * values[what].times : draw(m, 0, 3000);
}

static struct term draw_term(struct maker *m, uint8_t first, uint8_t last)
{
    struct term term = {.what = (uint8_t)draw(m, first, last),
                        .compare = (uint8_t)draw(m, 0, TERM_COMPARES - 1),
                        .name = (uint8_t)draw(m, 0, 4),
                        .modulo = once_in(m, 6) ? (uint8_t)draw(m, 2, 9) : 0,
                        .is_not = once_in(m, 5),
                        .is_or = once_in(m, 2),
                        .is_category = once_in(m, 2)};
    term.value = term.modulo > 0 ? draw(m, 0, term.modulo - 1) : draw_term_value(m, term.what);
    return term;
}

static void draw_terms(struct maker *m, struct terms *terms)
{
    if (once_in(m, 4))
        terms->count = (uint32_t)draw(m, 1, TERMS_MAX);
    if (once_in(m, 4))
        terms->line_count = (uint32_t)draw(m, 1, TERMS_MAX);
    for (uint32_t i = 0; i < terms->count; i++)
        terms->terms[i] = draw_term(m, TERM_AMOUNT, TERM_BASKET_LAST);
    for (uint32_t i = 0; i < terms->line_count; i++)
        terms->line_terms[i] = draw_term(m, once_in(m, 4) ? TERM_AMOUNT : TERM_BASKET_LAST + 1, TERM_LAST);
}

static void draw_who(struct maker *m, struct shop_offer *offer)
{
    if (once_in(m, 4)) {
        offer->audience = (uint8_t)draw(m, BOOK_ANY_MEMBER, BOOK_AUDIENCE_LAST);
        offer->who = offer->audience >= BOOK_SEGMENT ? draw_bits(m, 3) & 6 : 0;
        if (offer->audience >= BOOK_SEGMENT && offer->who == 0)
            offer->who = 2;
    }
    if (once_in(m, 15))
        offer->weekdays = (uint8_t)draw(m, 1, 127);
    if (once_in(m, 15))
        offer->from_day = SHOP_DAY + (int32_t)draw(m, -1, 1);
    if (once_in(m, 15))
        offer->until_day =
            (offer->from_day > SHOP_DAY - 1 ? offer->from_day : SHOP_DAY - 1) + (int32_t)draw(m, 0, 1);
    if (once_in(m, 15)) {
        offer->from_minute = (uint16_t)draw(m, 715, 721);
        offer->until_minute = (uint16_t)draw(m, 719, 725);
    }
    if (once_in(m, 15))
        offer->stores = draw_bits(m, 2);
    if (once_in(m, 15))
        offer->channels = draw_bits(m, 3);
    if (once_in(m, 15))
        offer->consent = BOOK_CONSENT_PERSONAL_OFFERS;
    if (once_in(m, 15))
        offer->holdout_bp = (uint16_t)draw(m, 1, 10000);
}

static void draw_stacking(struct maker *m, struct shop_offer *offer)
{
    if (once_in(m, 12))
        offer->exclusive = (uint8_t)draw(m, 1, 2);
    if (once_in(m, 5)) {
        offer->groups = draw_bits(m, 2);
        offer->group_scope = once_in(m, 2);
    }
    if (once_in(m, 8))
        offer->excluded_with = (uint16_t)draw(m, 1, 255);
}

static void draw_limits(struct maker *m, struct shop_offer *offer)
{
    if (!once_in(m, 4))
        return;
    offer->limit_count = (uint32_t)draw(m, 1, SHOP_LIMITS);
    for (uint32_t i = 0; i < offer->limit_count; i++) {
        struct book_limit *limit = &offer->limits[i];
        *limit = (struct book_limit){.what = (uint8_t)draw(m, 0, 3),
                                     .per = (uint8_t)draw(m, 0, BOOK_LIMIT_PER_LAST),
                                     .partial = once_in(m, 2)};
        if (limit->per == BOOK_PER_LINE &&
            (limit->what == BOOK_LIMIT_USES || limit->what == BOOK_LIMIT_POINTS))
            limit->per = BOOK_PER_BASKET;
        if (limit->per >= BOOK_PER_MEMBER)
            limit->period = (uint8_t)draw(m, 0, BOOK_PERIOD_LAST);
        limit->value = limit->what == BOOK_LIMIT_USES     ? draw(m, 1, 3)
                       : limit->what == BOOK_LIMIT_UNITS  ? draw(m, 1, 5) * 1000
                       : limit->what == BOOK_LIMIT_AMOUNT ? draw(m, 1, 1500)
                                                          : draw(m, 1, 60);
    }
}

static void draw_offer(struct maker *m, uint32_t i)
{
    struct shop_offer *offer = &m->shop->offers[i];
    const struct kind_row *row = draw_kind(m);
    *offer = (struct shop_offer){.number = (uint8_t)i,
                                 .kind = row->kind,
                                 .weekdays = BOOK_WEEKDAYS_ALL,
                                 .from_day = BOOK_DAY_FIRST,
                                 .until_day = BOOK_DAY_LAST,
                                 .lane = (uint8_t)draw(m, 0, m->shop->lane_count - 1),
                                 .priority = (int32_t)draw(m, 0, 3),
                                 .target = draw_selector(m)};
    do
        offer->scope = (uint8_t)draw(m, BOOK_EACH_UNIT, BOOK_TOGETHER);
    while (book_step_of(offer->kind, (enum book_scope)offer->scope) == 0);
    draw_conditions(m, offer);
    row->draw(m, offer);
    if (may(m, SHOP_WHO) && once_in(m, 2))
        draw_who(m, offer);
    if (may(m, SHOP_COUPON) && once_in(m, 8))
        offer->coupons = draw_bits(m, 3);
    if (may(m, SHOP_STACKING))
        draw_stacking(m, offer);
    if (may(m, SHOP_IF_BETTER) && once_in(m, 15))
        offer->exclusive = BOOK_EXCLUSIVE_IF_BETTER;
    if (may(m, SHOP_LIMIT))
        draw_limits(m, offer);
    if (may(m, SHOP_CEL))
        draw_terms(m, &offer->terms);
}

static void draw_lanes(struct maker *m)
{
    m->shop->lane_count = (uint32_t)draw(m, 1, SHOP_LANES - 1);
    for (uint32_t i = 0; i < m->shop->lane_count; i++) {
        struct shop_lane *lane = &m->shop->lanes[i];
        lane->mode = once_in(m, 2) ? BOOK_LANE_ALL : (uint8_t)draw(m, 0, 3);
        if (may(m, SHOP_SUMMED) && once_in(m, 8))
            lane->mode = BOOK_LANE_SUM_PERCENT;
        if (may(m, SHOP_SEARCH) && once_in(m, 6))
            lane->mode = BOOK_LANE_BEST_COMBINATION;
        if (may(m, SHOP_LANE_LIMIT) && once_in(m, 6))
            lane->offers_max = (uint16_t)draw(m, 1, 3);
    }
}

/* ---- the basket */

static void make_nasty(struct maker *m, struct shop_line *line)
{
    static const int64_t huge[] = {99999999900000, 12345678912300, 100000000000000};
    switch (draw(m, 0, 11)) {
    case 0:
        line->quantity_milli = draw(m, 1, 3000);
        line->weighed = true;
        break;
    case 1:
        line->quantity_milli = draw(m, 1, 3000);
        break;
    case 2:
        line->quantity_milli = -line->quantity_milli;
        break;
    case 3:
        line->unit_price_e5 = -line->unit_price_e5;
        break;
    case 4:
        line->no_discount = true;
        break;
    case 5:
        line->no_points = true;
        break;
    case 6:
        line->floor_minor = draw(m, 1, 800);
        break;
    case 7:
        line->unit_price_e5 = 0;
        break;
    case 8:
        line->unit_price_e5 = huge[draw(m, 0, COUNT_OF(huge) - 1)];
        break;
    case 9:
        line->unit_price_e5 += draw(m, 1, 999); /* finer than a cent */
        break;
    case 10:
        line->quantity_milli = 1000 * draw(m, 7, 60);
        break;
    default:
        line->is_reduced = true;
        line->list_price_e5 = line->unit_price_e5 + 1000 * draw(m, 0, 500);
    }
}

static void draw_line(struct maker *m, uint32_t i)
{
    static const uint32_t rates[] = {0, 500, 700, 1900, 2100, 2500};
    struct shop_line *line = &m->shop->lines[i];
    *line = (struct shop_line){.item = (uint8_t)draw(m, 0, 5),
                               .categories = (uint8_t)(once_in(m, 8) ? 0 : 1 << draw(m, 0, 2)),
                               .quantity_milli = 1000 * draw(m, 1, once_in(m, 3) ? 6 : 2),
                               .unit_price_e5 = 1000 * draw_amount(m)};
    if (once_in(m, 6))
        line->categories = (uint8_t)(line->categories | 1 << draw(m, 0, 3));
    if (may(m, SHOP_TAX))
        line->tax_rate_bp = rates[draw(m, 0, COUNT_OF(rates) - 1)];
    if (may(m, SHOP_NASTY) && once_in(m, 5))
        make_nasty(m, line);
}

static void draw_basket(struct maker *m)
{
    struct shop *shop = m->shop;
    shop->line_count = (uint32_t)draw(m, once_in(m, 20) ? 0 : 1, once_in(m, 3) ? SHOP_LINES : 4);
    for (uint32_t i = 0; i < shop->line_count; i++)
        draw_line(m, i);
    shop->not_earning_minor = once_in(m, 5) ? draw(m, 0, 4000) : 0;
    shop->tender_count = (uint32_t)draw(m, 0, SHOP_TENDERS);
    for (uint32_t i = 0; i < shop->tender_count; i++)
        shop->tenders[i] = (struct shop_tender){(uint32_t)draw(m, 0, 4), draw(m, 0, 3000)};
    shop->price_mode = may(m, SHOP_TAX) && once_in(m, 3) ? OFFERS_NET_PRICES : OFFERS_GROSS_PRICES;
    if (!may(m, SHOP_COUPON))
        return;
    shop->coupon_count = (uint32_t)draw(m, 0, SHOP_COUPONS);
    for (uint32_t i = 0; i < shop->coupon_count; i++)
        shop->coupons[i] = (struct shop_coupon){(uint8_t)draw(m, 0, 3),
                                                once_in(m, 3) ? (uint8_t)draw(m, 0, OFFERS_COUPON_FORGED)
                                                              : OFFERS_COUPON_FRESH};
}

static void draw_counters(struct maker *m)
{
    struct shop *shop = m->shop;
    shop->counter_count = (uint32_t)draw(m, 0, SHOP_COUNTERS);
    for (uint32_t i = 0; i < shop->counter_count; i++)
        shop->counters[i] =
            (struct shop_counter){(uint8_t)draw(m, 0, SHOP_OFFERS - 1), (uint8_t)draw(m, 0, 1),
                                  once_in(m, 2) ? draw(m, 0, 3) : draw(m, 0, 2000)};
}

static void draw_member(struct maker *m)
{
    struct shop *shop = m->shop;
    shop->member_known = !once_in(m, 3);
    if (!shop->member_known)
        return;
    shop->member = (uint8_t)draw(m, 0, 7);
    shop->tier = (uint8_t)draw(m, 0, 2);
    shop->segments = (uint8_t)draw(m, 0, 7);
    shop->visits = (uint32_t)draw(m, 0, 5);
    shop->consents = once_in(m, 2) ? 1u << BOOK_CONSENT_PERSONAL_OFFERS : 0;
    shop->birth_month_day = once_in(m, 3)   ? 0
                            : once_in(m, 8) ? 229
                                            : (uint16_t)(draw(m, 1, 12) * 100 + draw(m, 1, 28));
    shop->points = draw(m, 0, 2000);
}

static void draw_book(struct maker *m)
{
    struct shop *shop = m->shop;
    shop->exponent = once_in(m, 8) ? (uint8_t)draw(m, 0, 3) : 2;
    shop->valid_from_day = once_in(m, 30) ? SHOP_DAY + 1 : BOOK_DAY_FIRST;
    shop->stores = may(m, SHOP_WHO) && once_in(m, 30) ? draw_bits(m, 2) : 0;
    if (may(m, SHOP_BY_PRIORITY) && once_in(m, 4))
        shop->order = BOOK_BY_PRIORITY;
    if (may(m, SHOP_SHARING) && once_in(m, 2))
        shop->sharing = (uint8_t)draw(m, 0, BOOK_SHARING_LAST);
    if (may(m, SHOP_BOOK_FLOOR) && once_in(m, 5))
        shop->line_discount_max_bp = (uint32_t)draw(m, 1, 10000);
    shop->programme.excluded_tenders = once_in(m, 3) ? (uint32_t)draw(m, 1, 31) : 0;
    if (!may(m, SHOP_BURN) || !once_in(m, 4))
        return;
    shop->programme.burn_points = (uint32_t)draw(m, 1, 100);
    shop->programme.burn_value_minor = draw(m, 1, 200);
    shop->programme.burn_as = once_in(m, 2);
    shop->programme.burn_min_points = once_in(m, 3) ? (uint32_t)draw(m, 1, 500) : 0;
    shop->programme.burn_share_max_bp = once_in(m, 2) ? (uint32_t)draw(m, 1, 10000) : 0;
    shop->burn_points = draw(m, 0, 2500);
}

void shop_random(struct shop *shop, uint64_t seed, struct shop_mix mix)
{
    *shop = (struct shop){.seed = seed, .day = SHOP_DAY, .minute = (uint16_t)720};
    struct maker m = {.seed = {seed}, .mix = mix, .shop = shop};
    draw_book(&m);
    draw_lanes(&m);
    shop->offer_count = (uint32_t)draw(&m, 1, once_in(&m, 3) ? SHOP_OFFERS : 4);
    for (uint32_t i = 0; i < shop->offer_count; i++)
        draw_offer(&m, i);
    draw_basket(&m);
    if (may(&m, SHOP_LIMIT))
        draw_counters(&m);
    draw_member(&m);
    shop->store = (uint8_t)draw(&m, 0, 1);
    shop->channel = once_in(&m, 4) ? (uint8_t)draw(&m, 0, 3) : 0;
}
