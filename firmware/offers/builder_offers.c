/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the offers, in the order of evaluation, and of what belongs to them. */
#include "offers/builder.h"
#include "offers/kinds/kinds.h"
#include "offers/sort.h"

static struct book_offer order_key(const struct builder *b, uint32_t index)
{
    const struct book_source_offer *offer = &b->source->offers[index];
    return (struct book_offer){.id = offer->id,
                               .step = book_step_of(offer->kind, offer->scope),
                               .lane = (uint8_t)offer->lane,
                               .priority = offer->priority};
}

static int compare_offers(const void *context, uint32_t a, uint32_t b)
{
    const struct builder *builder = context;
    struct book_offer key_a = order_key(builder, a), key_b = order_key(builder, b);
    return offer_order(builder->source->order, &key_a, &key_b);
}

static struct span id_at(const struct builder *b, uint32_t place)
{
    return b->source->offers[b->order[place]].id;
}

static int compare_ids(const void *context, uint32_t a, uint32_t b)
{
    return span_compare(id_at(context, a), id_at(context, b));
}

/* ---- what belongs to an offer */

static struct book_range add_conditions(struct builder *b, const struct book_source_offer *offer,
                                        uint32_t target)
{
    struct book_range range = {b->section[SECTION_CONDITIONS].count, offer->condition_count};
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        const struct book_source_condition *condition = &offer->conditions[i];
        uint8_t *row = offers_builder_row(b, SECTION_CONDITIONS);
        row[CONDITION_KIND] = (uint8_t)condition->kind;
        row[CONDITION_BASE] = (uint8_t)condition->base;
        row[CONDITION_NET] = condition->amount_net_of_tax ? 1 : 0;
        store_u32(row + CONDITION_SELECTOR,
                  selector_is_given(&condition->of) ? offers_builder_selector(b, &condition->of) : target);
        store_u64(row + CONDITION_VALUE, (uint64_t)condition->value);
        store_u32(row + CONDITION_SYMBOL,
                  condition->segment.size > 0
                      ? offers_builder_find_symbol(b, BOOK_SYMBOL_SEGMENT, condition->segment)
                      : BOOK_NONE);
    }
    return range;
}

static struct book_range add_hours(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_HOURS].count, offer->hour_count};
    for (uint32_t i = 0; i < offer->hour_count; i++) {
        uint8_t *row = offers_builder_row(b, SECTION_HOURS);
        store_u16(row + HOURS_FROM, offer->hours[i].from_minute);
        store_u16(row + HOURS_UNTIL, offer->hours[i].until_minute);
    }
    return range;
}

static void store_language(struct builder *b, uint8_t *at, struct span tag)
{
    store_u16(at + 4, (uint16_t)tag.size);
    for (uint32_t i = 0; i < b->language_count; i++) {
        if (span_is_equal(b->languages[i].tag, tag)) {
            store_u32(at, b->languages[i].offset);
            return;
        }
    }
    uint32_t offset = offers_builder_bytes(b, SECTION_POOL, tag);
    store_u32(at, offset);
    if (b->language_count < LANGUAGES_KEPT) {
        b->languages[b->language_count].tag = tag;
        b->languages[b->language_count++].offset = offset;
    }
}

static struct book_range add_texts(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_TEXTS].count, offer->text_count};
    for (uint32_t i = 0; i < offer->text_count; i++) {
        uint8_t *row = offers_builder_row(b, SECTION_TEXTS);
        store_language(b, row + TEXT_LANGUAGE, offer->texts[i].language);
        row[TEXT_ROLE] = (uint8_t)offer->texts[i].role;
        offers_builder_long_text(b, row + TEXT_TEXT, offer->texts[i].text);
    }
    return range;
}

static struct book_range add_limits(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_LIMITS].count, offer->limit_count};
    for (uint32_t i = 0; i < offer->limit_count; i++) {
        const struct book_limit *limit = &offer->limits[i];
        uint8_t *row = offers_builder_row(b, SECTION_LIMITS);
        row[LIMIT_WHAT] = limit->what;
        row[LIMIT_PER] = limit->per;
        row[LIMIT_PERIOD] = limit->period;
        row[LIMIT_PARTIAL] = limit->partial;
        store_u64(row + LIMIT_VALUE, (uint64_t)limit->value);
    }
    return range;
}

static struct book_range add_steps(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_PAIRS].count, offer->step_count};
    for (uint32_t i = 0; i < offer->step_count; i++) {
        uint8_t *row = offers_builder_row(b, SECTION_PAIRS);
        store_u64(row + PAIR_FIRST, (uint64_t)offer->steps[i].threshold);
        store_u64(row + PAIR_SECOND, (uint64_t)offer->steps[i].value);
    }
    return range;
}

static struct book_range add_parts(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_PARTS].count, offer->part_count};
    for (uint32_t i = 0; i < offer->part_count; i++) {
        uint8_t *row = offers_builder_row(b, SECTION_PARTS);
        store_u32(row + PART_SELECTOR, offers_builder_selector(b, &offer->parts[i].of));
        store_u32(row + PART_UNITS, offer->parts[i].units);
    }
    return range;
}

static struct book_range add_names(struct builder *b, enum book_symbol_kind kind, const struct span *texts,
                                   uint32_t count)
{
    const struct names none = {kind, NULL, 0};
    return offers_builder_references(b, (struct names){kind, texts, count}, none);
}

static struct book_range add_program(struct builder *b, struct span program)
{
    return (struct book_range){offers_builder_bytes(b, SECTION_PROGRAMS, program), (uint32_t)program.size};
}

/* The exclusions of the offer at that place: they stand in the order of the places. */
static struct book_range add_excluded_with(struct builder *b, uint32_t place)
{
    struct book_range range = {b->section[SECTION_POSTINGS].count, 0};
    for (; b->exclusion_at < b->exclusion_count && b->exclusions[b->exclusion_at].offer == place;
         range.count++)
        store_u32(offers_builder_row(b, SECTION_POSTINGS), b->exclusions[b->exclusion_at++].other);
    return range;
}

/* ---- an offer */

static void store_give(uint8_t *row, const struct book_give *give, uint32_t get)
{
    row[OFFER_CHOOSE] = give->choose;
    row[OFFER_PLACEMENT] = give->placement;
    row[OFFER_PERCENT_OF] = give->percent_of;
    row[OFFER_BASIS] = give->basis;
    store_u32(row + OFFER_PERCENT, give->percent_bp);
    store_u32(row + OFFER_FACTOR, give->factor_bp);
    store_u64(row + OFFER_AMOUNT, (uint64_t)give->amount_minor);
    store_u64(row + OFFER_MAX_AMOUNT, (uint64_t)give->max_amount_minor);
    store_u64(row + OFFER_PER, (uint64_t)give->per_minor);
    store_u32(row + OFFER_POINTS, give->points);
    store_u32(row + OFFER_BUY_UNITS, give->buy_units);
    store_u32(row + OFFER_GET_UNITS, give->get_units);
    store_u32(row + OFFER_REPEATS, give->repeats_max);
    store_u32(row + OFFER_GET, get);
}

static void store_give_extra(struct builder *b, uint8_t *row, const struct book_give *give)
{
    row[EXTRA_TIER_BY] = give->tier_by;
    row[EXTRA_TIER_BASE] = give->tier_base;
    row[EXTRA_PRICE_MODE] = give->price_mode;
    row[EXTRA_MIX_MODE] = give->mix_mode;
    row[EXTRA_EARN_BY] = give->earn_by;
    row[EXTRA_LINE_ROUNDING] = give->line_rounding;
    store_u64(row + EXTRA_MORE, (uint64_t)give->more_minor);
    store_u64(row + EXTRA_PRIOR_PRICE, (uint64_t)give->prior_price_minor);
    store_u64(row + EXTRA_UNIT, (uint64_t)give->unit_minor);
    store_u64(row + EXTRA_CHARGED, (uint64_t)give->charged_minor);
    store_u32(row + EXTRA_MAX_UNITS, give->max_units);
    store_u32(row + EXTRA_CAP_UNITS, give->cap_units);
    store_u32(row + EXTRA_MIN_UNITS, give->min_units);
    store_u32(row + EXTRA_GROUP_UNITS, give->group_units);
    store_u32(row + EXTRA_DAYS, give->days);
    store_u32(row + EXTRA_CARD_SIZE, give->card_size);
    store_u32(row + EXTRA_TENDERS, give->excluded_tenders);
    offers_builder_short_text(b, row + EXTRA_ITEM, give->item);
    offers_builder_short_text(b, row + EXTRA_CARD, give->card);
    offers_builder_short_text(b, row + EXTRA_REWARD, give->reward);
}

static uint32_t add_extra(struct builder *b, const struct book_source_offer *offer, uint32_t place)
{
    struct book_range excluded = add_excluded_with(b, place);
    if (excluded.count == 0 && !offers_builder_has_extra(offer))
        return BOOK_NONE;
    uint32_t index = b->section[SECTION_EXTRAS].count;
    uint8_t *row = offers_builder_row(b, SECTION_EXTRAS);
    store_range(row + EXTRA_GROUPS, add_names(b, BOOK_SYMBOL_GROUP, offer->groups, offer->group_count));
    store_range(row + EXTRA_EXCLUDED_WITH, excluded);
    store_range(row + EXTRA_COUPONS, add_names(b, BOOK_SYMBOL_COUPON, offer->coupons, offer->coupon_count));
    store_range(row + EXTRA_CHANNELS,
                add_names(b, BOOK_SYMBOL_CHANNEL, offer->channels, offer->channel_count));
    store_range(row + EXTRA_LIMITS, add_limits(b, offer));
    store_range(row + EXTRA_CONDITION, add_program(b, offer->condition));
    store_range(row + EXTRA_LINE_CONDITION, add_program(b, offer->line_condition));
    store_range(row + EXTRA_STEPS, add_steps(b, offer));
    store_range(row + EXTRA_PARTS, add_parts(b, offer));
    offers_builder_short_text(b, row + EXTRA_EXPERIMENT, offer->experiment);
    store_u16(row + EXTRA_HOLDOUT, offer->holdout_bp);
    row[EXTRA_CONSENT] = (uint8_t)offer->consent;
    row[EXTRA_GROUP_SCOPE] = (uint8_t)offer->group_scope;
    store_give_extra(b, row, &offer->give);
    return index;
}

static void store_plain(struct builder *b, uint8_t *row, const struct book_source_offer *offer)
{
    offers_builder_short_text(b, row + OFFER_ID, offer->id);
    store_u16(row + OFFER_KIND, offer->kind);
    store_u32(row + OFFER_VERSION, offer->version);
    store_u32(row + OFFER_PRIORITY, (uint32_t)offer->priority);
    store_u32(row + OFFER_FROM_DAY, (uint32_t)offer->from_day);
    store_u32(row + OFFER_UNTIL_DAY, (uint32_t)offer->until_day);
    row[OFFER_SCOPE] = (uint8_t)offer->scope;
    row[OFFER_STEP] = book_step_of(offer->kind, offer->scope);
    row[OFFER_EXCLUSIVE] = (uint8_t)offer->exclusive;
    row[OFFER_AUDIENCE] = (uint8_t)offer->audience;
    row[OFFER_WEEKDAYS] = offer->weekdays;
    row[OFFER_LANE] = (uint8_t)offer->lane;
}

static void add_offer(struct builder *b, uint32_t place)
{
    const struct book_source_offer *offer = &b->source->offers[b->order[place]];
    uint8_t *row = offers_builder_row(b, SECTION_OFFERS);
    store_plain(b, row, offer);
    uint32_t target = offers_builder_selector(b, &offer->target), get = BOOK_NONE;
    if (offers_kind_of(offer->kind)->has_get)
        get = selector_is_given(&offer->get) ? offers_builder_selector(b, &offer->get) : target;
    store_u32(row + OFFER_TARGET, target);
    store_range(row + OFFER_WHO, add_names(b, offers_builder_who_kind(offer), offer->who, offer->who_count));
    store_range(row + OFFER_STORES, add_names(b, BOOK_SYMBOL_STORE, offer->stores, offer->store_count));
    store_range(row + OFFER_HOURS, add_hours(b, offer));
    store_range(row + OFFER_CONDITIONS, add_conditions(b, offer, target));
    store_range(row + OFFER_TEXTS, add_texts(b, offer));
    store_give(row, &offer->give, get);
    store_u32(row + OFFER_EXTRA, add_extra(b, offer, place));
}

/* ---- exclusions */

/* The place of the offer of that id; BOOK_NONE: there is none. */
static uint32_t find_place(const struct builder *b, struct span id)
{
    uint32_t low = 0, high = b->source->offer_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = span_compare(id, id_at(b, b->ids[middle]));
        if (order == 0)
            return b->ids[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return BOOK_NONE;
}

static int compare_exclusions(const void *context, uint32_t a, uint32_t b)
{
    const struct exclusion *all = context;
    if (all[a].offer != all[b].offer)
        return all[a].offer < all[b].offer ? -1 : 1;
    return (all[a].other > all[b].other) - (all[a].other < all[b].other);
}

/* Both ways round, in the order of the source. */
static enum err collect_exclusions(struct builder *b, struct exclusion *all, struct book_fault *out_fault)
{
    uint32_t count = 0;
    for (uint32_t place = 0; place < b->source->offer_count; place++) {
        const struct book_source_offer *offer = &b->source->offers[b->order[place]];
        for (uint32_t i = 0; i < offer->excluded_with_count; i++) {
            uint32_t other = find_place(b, offer->excluded_with[i]);
            if (other == BOOK_NONE || other == place) {
                *out_fault = (struct book_fault){b->order[place], "excluded_with",
                                                 other == place ? "names the offer itself"
                                                                : "names an offer that the book has not"};
                return ERR_ARGUMENT;
            }
            all[count++] = (struct exclusion){place, other};
            all[count++] = (struct exclusion){other, place};
        }
    }
    return ERR_OK;
}

static enum err find_exclusions(struct builder *b, struct book_fault *out_fault)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < b->source->offer_count; i++)
        total += 2 * (uint64_t)b->source->offers[i].excluded_with_count;
    struct exclusion *all = arena_take(b->arena, (size_t)total, sizeof(*all));
    uint32_t *order = arena_take(b->arena, (size_t)total, sizeof(*order));
    b->exclusions = arena_take(b->arena, (size_t)total, sizeof(*b->exclusions));
    if (all == NULL || order == NULL || b->exclusions == NULL)
        return ERR_FULL;
    TRY(collect_exclusions(b, all, out_fault));
    for (uint32_t i = 0; i < total; i++)
        order[i] = i;
    offers_sort(order, (uint32_t)total, compare_exclusions, all);
    for (uint32_t i = 0; i < total; i++) {
        if (i == 0 || compare_exclusions(all, order[i - 1], order[i]) != 0)
            b->exclusions[b->exclusion_count++] = all[order[i]];
    }
    return ERR_OK;
}

/* ---- all of them */

enum err offers_builder_offers(struct builder *b, struct book_fault *out_fault)
{
    uint32_t count = b->source->offer_count;
    b->order = arena_take(b->arena, count, sizeof(*b->order));
    b->ids = arena_take(b->arena, count, sizeof(*b->ids));
    if (b->order == NULL || b->ids == NULL)
        return ERR_FULL;
    for (uint32_t i = 0; i < count; i++)
        b->order[i] = b->ids[i] = i;
    offers_sort(b->order, count, compare_offers, b);
    offers_sort(b->ids, count, compare_ids, b);
    for (uint32_t i = 1; i < count; i++) {
        if (compare_ids(b, b->ids[i - 1], b->ids[i]) == 0) {
            *out_fault = (struct book_fault){b->order[b->ids[i]], "id", "occurs twice"};
            return ERR_ARGUMENT;
        }
    }
    TRY(find_exclusions(b, out_fault));
    for (uint32_t i = 0; i < count; i++) {
        store_u32(offers_builder_row(b, SECTION_IDS), b->ids[i]);
        add_offer(b, i);
    }
    return ERR_OK;
}
