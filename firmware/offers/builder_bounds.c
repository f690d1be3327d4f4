/* SPDX-License-Identifier: Apache-2.0 */
/* Upper bounds of each section, so that the builder never asks for memory twice. */
#include "offers/builder.h"

static uint64_t size_of_texts(const struct span *texts, uint32_t count)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += texts[i].size;
    return size;
}

static void bound_names(struct bounds *bounds, const struct span *texts, uint32_t count)
{
    bounds->count[SECTION_REFERENCES] += count;
    bounds->count[SECTION_POSTINGS] += count;
    bounds->symbols += count;
    bounds->count[SECTION_POOL] += size_of_texts(texts, count);
}

static void bound_selector(struct bounds *bounds, const struct book_source_selector *selector)
{
    bounds->count[SECTION_SELECTORS]++;
    bounds->count[SECTION_PAIRS] += selector->has_price_min || selector->has_price_max ? 1 : 0;
    bound_names(bounds, selector->items, selector->item_count);
    bound_names(bounds, selector->categories, selector->category_count);
    bound_names(bounds, selector->excluded_items, selector->excluded_item_count);
    bound_names(bounds, selector->excluded_categories, selector->excluded_category_count);
}

static void bound_conditions(struct bounds *bounds, const struct book_source_offer *offer)
{
    bounds->count[SECTION_CONDITIONS] += offer->condition_count;
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        bound_selector(bounds, &offer->conditions[i].of);
        bound_names(bounds, &offer->conditions[i].segment, offer->conditions[i].segment.size > 0 ? 1 : 0);
    }
}

static void bound_texts(struct bounds *bounds, const struct book_source_offer *offer)
{
    uint64_t size = offer->id.size + offer->experiment.size + offer->give.item.size + offer->give.card.size +
                    offer->give.reward.size;
    for (uint32_t i = 0; i < offer->text_count; i++)
        size += offer->texts[i].language.size + offer->texts[i].text.size;
    bounds->count[SECTION_TEXTS] += offer->text_count;
    bounds->count[SECTION_POOL] += size;
}

static bool has_give_extra(const struct book_give *give)
{
    return give->tier_by != 0 || give->tier_base != 0 || give->price_mode != 0 || give->mix_mode != 0 ||
           give->earn_by != 0 || give->line_rounding != 0 || give->max_units != 0 || give->cap_units != 0 ||
           give->min_units != 0 || give->group_units != 0 || give->days != 0 || give->card_size != 0 ||
           give->excluded_tenders != 0 || give->more_minor != 0 || give->prior_price_minor != 0 ||
           give->unit_minor != 0 || give->charged_minor != 0 || give->item.size > 0 || give->card.size > 0 ||
           give->reward.size > 0;
}

/* That an offer is excluded by another one is known only later: each that is named may get a row. */
bool offers_builder_has_extra(const struct book_source_offer *offer)
{
    return offer->group_count > 0 || offer->group_scope != 0 || offer->coupon_count > 0 ||
           offer->channel_count > 0 || offer->limit_count > 0 || offer->condition.size > 0 ||
           offer->line_condition.size > 0 || offer->experiment.size > 0 || offer->consent != 0 ||
           offer->step_count > 0 || offer->part_count > 0 || has_give_extra(&offer->give);
}

static void bound_offer(struct bounds *bounds, const struct book_source_offer *offer)
{
    bound_selector(bounds, &offer->target);
    bound_selector(bounds, &offer->get);
    bound_conditions(bounds, offer);
    bound_texts(bounds, offer);
    bound_names(bounds, offer->who, offer->who_count);
    bound_names(bounds, offer->stores, offer->store_count);
    bound_names(bounds, offer->groups, offer->group_count);
    bound_names(bounds, offer->coupons, offer->coupon_count);
    bound_names(bounds, offer->channels, offer->channel_count);
    for (uint32_t i = 0; i < offer->part_count; i++)
        bound_selector(bounds, &offer->parts[i].of);
    bounds->count[SECTION_EXTRAS] +=
        (offers_builder_has_extra(offer) ? 1 : 0) + 2 * (uint64_t)offer->excluded_with_count;
    bounds->count[SECTION_HOURS] += offer->hour_count;
    bounds->count[SECTION_LIMITS] += offer->limit_count;
    bounds->count[SECTION_PAIRS] += offer->step_count;
    bounds->count[SECTION_PARTS] += offer->part_count;
    bounds->count[SECTION_PROGRAMS] += offer->condition.size + offer->line_condition.size;
    bounds->exclusions += 2 * (uint64_t)offer->excluded_with_count;
    /* One posting in the list for any basket, one in that for any member, and one more a member's name. */
    bounds->count[SECTION_POSTINGS] += 2 + (uint64_t)offer->who_count;
}

struct bounds offers_builder_bounds(const struct book_source *source)
{
    struct bounds bounds = {0};
    bounds.count[SECTION_OFFERS] = bounds.count[SECTION_IDS] = source->offer_count;
    bounds.count[SECTION_LANES] = source->lane_count;
    bounds.count[SECTION_SELECTORS] = 1; /* everything */
    bounds.count[SECTION_TIERS] = source->tier_count;
    bounds.count[SECTION_POOL] = source->programme.size;
    bound_names(&bounds, source->stores, source->store_count);
    for (uint32_t i = 0; i < source->tier_count; i++)
        bound_names(&bounds, &source->tiers[i].tier, 1);
    for (uint32_t i = 0; i < source->lane_count; i++)
        bounds.count[SECTION_POOL] += source->lanes[i].name.size;
    for (uint32_t i = 0; i < source->offer_count; i++)
        bound_offer(&bounds, &source->offers[i]);
    bounds.count[SECTION_POSTINGS] += bounds.exclusions;
    bounds.count[SECTION_SYMBOLS] = bounds.symbols;
    bounds.count[SECTION_SLOTS] = 16 * bounds.symbols + 16; /* room to grow if many collide */
    return bounds;
}
