/* SPDX-License-Identifier: Apache-2.0 */
/* One table a struct: what is printed of a case, and what the shrinker tries to make plain. */
#include "model/shop.h"

#define IS_SIGNED(type, member) ((__typeof__(((type *)0)->member))-1 < (__typeof__(((type *)0)->member))1)
#define FIELD(type, member, plain)                                                                           \
    {                                                                                                        \
#member, (uint16_t)offsetof(type, member), (uint16_t)sizeof(((type *)0)->member),                    \
            IS_SIGNED(type, member), plain                                                                   \
    }

#define O(member, plain) FIELD(struct shop_offer, member, plain)
static const struct shop_field offer_fields[] = {
    O(kind, -1), /* -1 in a small field: never made plain, it is what the case is about */
    O(number, -1),
    O(scope, -1),
    O(lane, 0),
    O(priority, 0),
    O(exclusive, 0),
    O(audience, 0),
    O(who, 0),
    O(weekdays, BOOK_WEEKDAYS_ALL),
    O(stores, 0),
    O(from_day, BOOK_DAY_FIRST),
    O(until_day, BOOK_DAY_LAST),
    O(from_minute, 0),
    O(until_minute, 0),
    O(groups, 0),
    O(group_scope, 0),
    O(excluded_with, 0),
    O(coupons, 0),
    O(channels, 0),
    O(consent, 0),
    O(holdout_bp, 0),
    O(has_get, 0),
    O(give.percent_bp, 0),
    O(give.factor_bp, 0),
    O(give.amount_minor, 0),
    O(give.max_amount_minor, 0),
    O(give.per_minor, 0),
    O(give.points, 0),
    O(give.buy_units, 0),
    O(give.get_units, 0),
    O(give.repeats_max, 0),
    O(give.choose, 0),
    O(give.placement, 0),
    O(give.percent_of, 0),
    O(give.basis, 0),
    O(give.tier_by, 0),
    O(give.tier_base, 0),
    O(give.price_mode, 0),
    O(give.mix_mode, 0),
    O(give.earn_by, 0),
    O(give.line_rounding, 0),
    O(give.max_units, 0),
    O(give.cap_units, 0),
    O(give.min_units, 0),
    O(give.group_units, 0),
    O(give.days, 0),
    O(give.card_size, 0),
    O(give.excluded_tenders, 0),
    O(give.more_minor, 0),
    O(give.prior_price_minor, 0),
    O(give.unit_minor, 0),
    O(give.charged_minor, 0),
};

#define L(member, plain) FIELD(struct shop_line, member, plain)
static const struct shop_field line_fields[] = {
    L(item, 0),          L(categories, 0),  L(quantity_milli, 1000), L(unit_price_e5, 0),
    L(list_price_e5, 0), L(floor_minor, 0), L(weighed, 0),           L(no_discount, 0),
    L(no_points, 0),     L(is_reduced, 0),  L(tax_rate_bp, 0),
};

#define S(member, plain) FIELD(struct shop_selector, member, plain)
static const struct shop_field selector_fields[] = {
    S(everything, 1),          S(items, 0),         S(categories, 0),    S(excluded_items, 0),
    S(excluded_categories, 0), S(has_price_min, 0), S(has_price_max, 0), S(price_min_minor, 0),
    S(price_max_minor, 0),     S(not_reduced, 0),
};

#define C(member, plain) FIELD(struct shop_condition, member, plain)
static const struct shop_field condition_fields[] = {
    C(kind, 0), C(base, 0), C(value, 0), C(segment, 0), C(amount_net_of_tax, 0), C(of_target, 1),
};

static const struct shop_field limit_fields[] = {
    FIELD(struct book_limit, what, 0),   FIELD(struct book_limit, per, 0),
    FIELD(struct book_limit, period, 0), FIELD(struct book_limit, partial, 0),
    FIELD(struct book_limit, value, 0),
};
static const struct shop_field step_fields[] = {
    FIELD(struct book_step_row, threshold, 0),
    FIELD(struct book_step_row, value, 0),
};
static const struct shop_field part_fields[] = {FIELD(struct shop_part, units, 1)};
static const struct shop_field lane_fields[] = {FIELD(struct shop_lane, mode, 0),
                                                FIELD(struct shop_lane, offers_max, 0)};
static const struct shop_field term_fields[] = {
    FIELD(struct term, what, -1),  FIELD(struct term, compare, 0),    FIELD(struct term, name, 0),
    FIELD(struct term, modulo, 0), FIELD(struct term, is_not, 0),     FIELD(struct term, is_or, 0),
    FIELD(struct term, value, 0),  FIELD(struct term, is_category, 0)};
static const struct shop_field coupon_fields[] = {FIELD(struct shop_coupon, series, 0),
                                                  FIELD(struct shop_coupon, state, 0)};
static const struct shop_field counter_fields[] = {FIELD(struct shop_counter, offer, -1),
                                                   FIELD(struct shop_counter, limit, 0),
                                                   FIELD(struct shop_counter, used, 0)};
static const struct shop_field tender_fields[] = {FIELD(struct shop_tender, kind, 0),
                                                  FIELD(struct shop_tender, amount_minor, 0)};

#define P(member, plain) FIELD(struct shop, member, plain)
static const struct shop_field shop_own_fields[] = {
    P(exponent, 2),
    P(order, 0),
    P(sharing, 0),
    P(stores, 0),
    P(price_mode, 0),
    P(valid_from_day, BOOK_DAY_FIRST),
    P(search_states_max, 0),
    P(line_discount_max_bp, 0),
    P(programme.burn_points, 0),
    P(programme.burn_value_minor, 0),
    P(programme.burn_min_points, 0),
    P(programme.burn_share_max_bp, 0),
    P(programme.burn_as, 0),
    P(programme.burn_same_sale, 0),
    P(programme.excluded_tenders, 0),
    P(not_earning_minor, 0),
    P(burn_points, 0),
    P(member_known, 0),
    P(member, 0),
    P(tier, 0),
    P(segments, 0),
    P(visits, 0),
    P(consents, 0),
    P(birth_month_day, 0),
    P(points, 0),
    P(day, SHOP_DAY),
    P(minute, 720),
    P(store, 0),
    P(channel, 0),
};

#define FIELDS_OF(name, table)                                                                               \
    struct shop_fields shop_fields_of_##name(void)                                                           \
    {                                                                                                        \
        return (struct shop_fields){table, COUNT_OF(table)};                                                 \
    }
FIELDS_OF(shop, shop_own_fields)
FIELDS_OF(offer, offer_fields)
FIELDS_OF(line, line_fields)
FIELDS_OF(selector, selector_fields)
FIELDS_OF(condition, condition_fields)
FIELDS_OF(limit, limit_fields)
FIELDS_OF(step, step_fields)
FIELDS_OF(part, part_fields)
FIELDS_OF(lane, lane_fields)
FIELDS_OF(term, term_fields)
FIELDS_OF(coupon, coupon_fields)
FIELDS_OF(counter, counter_fields)
FIELDS_OF(tender, tender_fields)

int64_t shop_field_get(const struct shop_field *field, const void *object)
{
    const uint8_t *at = (const uint8_t *)object + field->offset;
    uint64_t value = 0;
    for (uint16_t i = 0; i < field->size; i++) /* little-endian: every machine that this runs on */
        value |= (uint64_t)at[i] << (8 * i);
    unsigned unused_bits = 64 - 8u * field->size;
    if (field->is_signed && unused_bits > 0)
        return (int64_t)(value << unused_bits) >> unused_bits;
    return (int64_t)value;
}

void shop_field_set(const struct shop_field *field, void *object, int64_t value)
{
    uint8_t *at = (uint8_t *)object + field->offset;
    for (uint16_t i = 0; i < field->size; i++)
        at[i] = (uint8_t)((uint64_t)value >> (8 * i));
}
