/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a failing case small: rows are dropped and fields made plain, one at a time, as long as the case still
 * fails; over and over until nothing more can go. */
#include "model/shop.h"

struct shrinking {
    struct shop *best;
    shop_fails *fails;
    void *self;
    bool progress;
};

/* Takes the candidate if it still fails. */
static bool try_smaller(struct shrinking *s, const struct shop *candidate)
{
    if (!s->fails(s->self, candidate))
        return false;
    *s->best = *candidate;
    s->progress = true;
    return true;
}

/* Drops the rows of a list one by one. `first` and `count` lie within *s->best, which changes underneath. */
static void drop_rows(struct shrinking *s, void *first, uint32_t *count, size_t row_size)
{
    size_t rows_at = (size_t)((uint8_t *)first - (uint8_t *)s->best);
    size_t count_at = (size_t)((uint8_t *)count - (uint8_t *)s->best);
    for (uint32_t i = *count; i > 0; i--) {
        struct shop candidate = *s->best;
        uint8_t *row = (uint8_t *)&candidate + rows_at + (i - 1) * row_size;
        uint32_t *left = (void *)((uint8_t *)&candidate + count_at);
        memmove(row, row + row_size, (*left - i) * row_size);
        (*left)--;
        (void)try_smaller(s, &candidate);
    }
}

static bool try_value(struct shrinking *s, const struct shop_field *field, size_t object_at, int64_t value)
{
    struct shop candidate = *s->best;
    void *object = (uint8_t *)&candidate + object_at;
    if (shop_field_get(field, object) == value)
        return false;
    shop_field_set(field, object, value);
    return try_smaller(s, &candidate);
}

static void shrink_field(struct shrinking *s, const struct shop_field *field, size_t object_at)
{
    const void *object = (const uint8_t *)s->best + object_at;
    int64_t value = shop_field_get(field, object);
    if (value == field->plain || try_value(s, field, object_at, field->plain) || field->size < 4)
        return;
    for (int64_t round = 1000000000000; round >= 10 && value > round; round /= 10)
        (void)try_value(s, field, object_at, value / round * round);
    while (shop_field_get(field, object) > 1 &&
           try_value(s, field, object_at, shop_field_get(field, object) / 2))
        ;
    while (shop_field_get(field, object) > 1 &&
           try_value(s, field, object_at, shop_field_get(field, object) - 1))
        ;
}

static void shrink_object(struct shrinking *s, struct shop_fields fields, void *object)
{
    size_t object_at = (size_t)((uint8_t *)object - (uint8_t *)s->best);
    for (uint32_t i = 0; i < fields.count; i++) {
        if (fields.fields[i].plain >= 0 || fields.fields[i].size >= 4)
            shrink_field(s, &fields.fields[i], object_at);
    }
}

static void shrink_offer(struct shrinking *s, struct shop_offer *offer)
{
    drop_rows(s, offer->conditions, &offer->condition_count, sizeof(offer->conditions[0]));
    drop_rows(s, offer->limits, &offer->limit_count, sizeof(offer->limits[0]));
    drop_rows(s, offer->steps, &offer->step_count, sizeof(offer->steps[0]));
    drop_rows(s, offer->parts, &offer->part_count, sizeof(offer->parts[0]));
    drop_rows(s, offer->terms.terms, &offer->terms.count, sizeof(offer->terms.terms[0]));
    drop_rows(s, offer->terms.line_terms, &offer->terms.line_count, sizeof(offer->terms.line_terms[0]));
    shrink_object(s, shop_fields_of_offer(), offer);
    shrink_object(s, shop_fields_of_selector(), &offer->target);
    shrink_object(s, shop_fields_of_selector(), &offer->get);
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        shrink_object(s, shop_fields_of_condition(), &offer->conditions[i]);
        shrink_object(s, shop_fields_of_selector(), &offer->conditions[i].of);
    }
    for (uint32_t i = 0; i < TERMS_MAX; i++) {
        shrink_object(s, shop_fields_of_term(), &offer->terms.terms[i]);
        shrink_object(s, shop_fields_of_term(), &offer->terms.line_terms[i]);
    }
    for (uint32_t i = 0; i < offer->limit_count; i++)
        shrink_object(s, shop_fields_of_limit(), &offer->limits[i]);
    for (uint32_t i = 0; i < offer->step_count; i++)
        shrink_object(s, shop_fields_of_step(), &offer->steps[i]);
    for (uint32_t i = 0; i < offer->part_count; i++) {
        shrink_object(s, shop_fields_of_part(), &offer->parts[i]);
        shrink_object(s, shop_fields_of_selector(), &offer->parts[i].of);
    }
}

/* The last lane, if nothing stands in it. */
static void drop_last_lane(struct shrinking *s)
{
    struct shop candidate = *s->best;
    if (candidate.lane_count <= 1)
        return;
    candidate.lane_count--;
    for (uint32_t i = 0; i < candidate.offer_count; i++) {
        if (candidate.offers[i].lane >= candidate.lane_count)
            candidate.offers[i].lane = (uint8_t)(candidate.lane_count - 1);
    }
    (void)try_smaller(s, &candidate);
}

static void shrink_once(struct shrinking *s)
{
    struct shop *shop = s->best;
    drop_rows(s, shop->offers, &shop->offer_count, sizeof(shop->offers[0]));
    drop_rows(s, shop->lines, &shop->line_count, sizeof(shop->lines[0]));
    drop_rows(s, shop->coupons, &shop->coupon_count, sizeof(shop->coupons[0]));
    drop_rows(s, shop->counters, &shop->counter_count, sizeof(shop->counters[0]));
    drop_rows(s, shop->tenders, &shop->tender_count, sizeof(shop->tenders[0]));
    drop_last_lane(s);
    shrink_object(s, shop_fields_of_shop(), shop);
    for (uint32_t i = 0; i < shop->lane_count; i++)
        shrink_object(s, shop_fields_of_lane(), &shop->lanes[i]);
    for (uint32_t i = 0; i < shop->offer_count; i++)
        shrink_offer(s, &shop->offers[i]);
    for (uint32_t i = 0; i < shop->line_count; i++)
        shrink_object(s, shop_fields_of_line(), &shop->lines[i]);
    for (uint32_t i = 0; i < shop->coupon_count; i++)
        shrink_object(s, shop_fields_of_coupon(), &shop->coupons[i]);
    for (uint32_t i = 0; i < shop->counter_count; i++)
        shrink_object(s, shop_fields_of_counter(), &shop->counters[i]);
    for (uint32_t i = 0; i < shop->tender_count; i++)
        shrink_object(s, shop_fields_of_tender(), &shop->tenders[i]);
}

void shop_shrink(struct shop *shop, shop_fails *fails, void *self)
{
    struct shrinking s = {.best = shop, .fails = fails, .self = self, .progress = true};
    while (s.progress) {
        s.progress = false;
        shrink_once(&s);
    }
}
