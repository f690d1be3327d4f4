/* SPDX-License-Identifier: Apache-2.0 */
/* Names become symbols: each once, sorted, and found through a hash table. */
#include "offers/builder.h"
#include "offers/sort.h"

static int compare_numbers(const void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return (a > b) - (a < b);
}

static int compare_symbols(const struct symbol *a, const struct symbol *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : span_compare(a->text, b->text);
}

static int compare_named(const void *context, uint32_t a, uint32_t b)
{
    const struct builder *builder = context;
    return compare_symbols(&builder->named[a], &builder->named[b]);
}

/* ---- collecting */

static void name_all(struct builder *b, enum book_symbol_kind kind, const struct span *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        b->named[b->symbol_count++] = (struct symbol){texts[i], (uint8_t)kind};
}

static void name_selector(struct builder *b, const struct book_source_selector *selector)
{
    name_all(b, BOOK_SYMBOL_ITEM, selector->items, selector->item_count);
    name_all(b, BOOK_SYMBOL_CATEGORY, selector->categories, selector->category_count);
    name_all(b, BOOK_SYMBOL_ITEM, selector->excluded_items, selector->excluded_item_count);
    name_all(b, BOOK_SYMBOL_CATEGORY, selector->excluded_categories, selector->excluded_category_count);
}

enum book_symbol_kind offers_builder_who_kind(const struct book_source_offer *offer)
{
    if (offer->audience == BOOK_LISTED)
        return BOOK_SYMBOL_MEMBER;
    return offer->audience == BOOK_TIER ? BOOK_SYMBOL_TIER : BOOK_SYMBOL_SEGMENT;
}

static void name_offer(struct builder *b, const struct book_source_offer *offer)
{
    name_selector(b, &offer->target);
    name_selector(b, &offer->get);
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        const struct book_source_condition *condition = &offer->conditions[i];
        name_selector(b, &condition->of);
        name_all(b, BOOK_SYMBOL_SEGMENT, &condition->segment, condition->segment.size > 0 ? 1 : 0);
    }
    for (uint32_t i = 0; i < offer->part_count; i++)
        name_selector(b, &offer->parts[i].of);
    name_all(b, offers_builder_who_kind(offer), offer->who, offer->who_count);
    name_all(b, BOOK_SYMBOL_STORE, offer->stores, offer->store_count);
    name_all(b, BOOK_SYMBOL_GROUP, offer->groups, offer->group_count);
    name_all(b, BOOK_SYMBOL_COUPON, offer->coupons, offer->coupon_count);
    name_all(b, BOOK_SYMBOL_CHANNEL, offer->channels, offer->channel_count);
}

static void name_everything(struct builder *b)
{
    const struct book_source *source = b->source;
    name_all(b, BOOK_SYMBOL_STORE, source->stores, source->store_count);
    for (uint32_t i = 0; i < source->tier_count; i++)
        name_all(b, BOOK_SYMBOL_TIER, &source->tiers[i].tier, 1);
    for (uint32_t i = 0; i < source->offer_count; i++)
        name_offer(b, &source->offers[i]);
}

/* ---- the hash table */

/* Puts each slot's symbol in, in a table of that many slots; false: a look-up would take too many probes. */
static bool fill_slots(struct builder *b, uint32_t slot_count)
{
    uint8_t *slots = b->section[SECTION_SLOTS].bytes;
    memset(slots, 0xff, (size_t)slot_count * 4);
    for (uint32_t i = 0; i < b->symbol_count; i++) {
        uint32_t slot =
            symbol_hash((enum book_symbol_kind)b->named[i].kind, b->named[i].text) & (slot_count - 1);
        uint32_t probe = 0;
        for (; load_u32(slots + (size_t)slot * 4) != BOOK_NONE; probe++)
            slot = (slot + 1) & (slot_count - 1);
        if (probe > PROBES_MAX)
            return false;
        store_u32(slots + (size_t)slot * 4, i);
    }
    b->section[SECTION_SLOTS].count = slot_count;
    return true;
}

static enum err add_slots(struct builder *b)
{
    uint64_t slot_count = 2;
    while (2 * slot_count < 3 * (uint64_t)b->symbol_count)
        slot_count *= 2;
    for (; slot_count <= b->section[SECTION_SLOTS].capacity; slot_count *= 2) {
        if (fill_slots(b, (uint32_t)slot_count))
            return ERR_OK;
    }
    return ERR_ARGUMENT;
}

enum err offers_builder_symbols(struct builder *b, struct book_fault *out_fault)
{
    uint32_t mentions = b->section[SECTION_SYMBOLS].capacity;
    uint32_t *order = arena_take(b->arena, mentions, sizeof(*order));
    struct symbol *sorted = arena_take(b->arena, mentions, sizeof(*sorted));
    b->named = arena_take(b->arena, mentions, sizeof(*b->named));
    if (order == NULL || sorted == NULL || b->named == NULL)
        return ERR_FULL;
    name_everything(b);
    KASSA_ASSERT(b->symbol_count == mentions);
    for (uint32_t i = 0; i < mentions; i++)
        order[i] = i;
    offers_sort(order, mentions, compare_named, b);
    uint32_t count = 0;
    for (uint32_t i = 0; i < mentions; i++) {
        const struct symbol *symbol = &b->named[order[i]];
        if (count == 0 || compare_symbols(&sorted[count - 1], symbol) != 0)
            sorted[count++] = *symbol;
    }
    b->named = sorted;
    b->symbol_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *row = offers_builder_row(b, SECTION_SYMBOLS);
        offers_builder_short_text(b, row + SYMBOL_TEXT, sorted[i].text);
        row[SYMBOL_KIND] = sorted[i].kind;
    }
    if (add_slots(b) == ERR_OK)
        return ERR_OK;
    *out_fault = (struct book_fault){BOOK_NONE, "offers", "name items that cannot be told apart by hash"};
    return ERR_ARGUMENT;
}

uint32_t offers_builder_find_symbol(const struct builder *b, enum book_symbol_kind kind, struct span text)
{
    struct symbol wanted = {text, (uint8_t)kind};
    uint32_t low = 0, high = b->symbol_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_symbols(&b->named[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    KASSA_ASSERT(low < b->symbol_count && compare_symbols(&b->named[low], &wanted) == 0);
    return low;
}

/* ---- lists and selectors */

struct book_range offers_builder_references(struct builder *b, struct names first, struct names second)
{
    struct section_buffer *references = &b->section[SECTION_REFERENCES];
    uint32_t start = references->count, total = first.count + second.count;
    KASSA_ASSERT(total <= references->capacity - start);
    uint32_t *symbols = (uint32_t *)(void *)references->bytes + start; /* aligned by the arena */
    for (uint32_t i = 0; i < first.count; i++)
        symbols[i] = offers_builder_find_symbol(b, first.kind, first.texts[i]);
    for (uint32_t i = 0; i < second.count; i++)
        symbols[first.count + i] = offers_builder_find_symbol(b, second.kind, second.texts[i]);
    offers_sort(symbols, total, compare_numbers, NULL);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < total; i++) {
        uint32_t symbol = symbols[i];
        if (kept == 0 || load_u32((const uint8_t *)&symbols[kept - 1]) != symbol)
            store_u32((uint8_t *)&symbols[kept++], symbol);
    }
    references->count += kept;
    return (struct book_range){start, kept};
}

/* The index of a pair of price bounds; BOOK_NONE: none. */
static uint32_t add_price_bounds(struct builder *b, const struct book_source_selector *selector)
{
    if (!selector->has_price_min && !selector->has_price_max)
        return BOOK_NONE;
    uint32_t index = b->section[SECTION_PAIRS].count;
    uint8_t *row = offers_builder_row(b, SECTION_PAIRS);
    store_u64(row + PAIR_FIRST, (uint64_t)(selector->has_price_min ? selector->price_min_minor : -1));
    store_u64(row + PAIR_SECOND, (uint64_t)(selector->has_price_max ? selector->price_max_minor : -1));
    return index;
}

uint64_t offers_builder_selector_slots(uint64_t selector_count)
{
    uint64_t slots = 2;
    while (slots < 2 * selector_count)
        slots *= 2;
    return slots;
}

static uint32_t add_selector(struct builder *b, const struct book_source_selector *selector)
{
    uint32_t index = b->section[SECTION_SELECTORS].count;
    uint8_t *row = offers_builder_row(b, SECTION_SELECTORS);
    struct names items = {BOOK_SYMBOL_ITEM, selector->items, selector->item_count};
    struct names categories = {BOOK_SYMBOL_CATEGORY, selector->categories, selector->category_count};
    store_range(row + SELECTOR_INCLUDE, offers_builder_references(b, items, categories));
    items = (struct names){BOOK_SYMBOL_ITEM, selector->excluded_items, selector->excluded_item_count};
    categories = (struct names){BOOK_SYMBOL_CATEGORY, selector->excluded_categories,
                                selector->excluded_category_count};
    store_range(row + SELECTOR_EXCLUDE, offers_builder_references(b, items, categories));
    row[SELECTOR_EVERYTHING] = selector->everything ? 1 : 0;
    row[SELECTOR_NOT_REDUCED] = selector->not_reduced ? 1 : 0;
    store_u32(row + SELECTOR_PRICES, add_price_bounds(b, selector));
    return index;
}

/* What a row of a selector says, however it is stored. */
struct meaning {
    struct span include, exclude, prices;
    uint8_t flags;
};

static struct span references_of(const struct builder *b, const uint8_t *at)
{
    struct book_range range = load_range(at);
    return span_of(b->section[SECTION_REFERENCES].bytes + (size_t)range.first * 4, (size_t)range.count * 4);
}

static struct meaning meaning_of(const struct builder *b, uint32_t index)
{
    const uint8_t *row =
        b->section[SECTION_SELECTORS].bytes + (size_t)index * section_row_size[SECTION_SELECTORS];
    uint32_t prices = load_u32(row + SELECTOR_PRICES), size = section_row_size[SECTION_PAIRS];
    struct meaning meaning = {.include = references_of(b, row + SELECTOR_INCLUDE),
                              .exclude = references_of(b, row + SELECTOR_EXCLUDE),
                              .flags = (uint8_t)(row[SELECTOR_EVERYTHING] | row[SELECTOR_NOT_REDUCED] << 1)};
    if (prices != BOOK_NONE)
        meaning.prices = span_of(b->section[SECTION_PAIRS].bytes + (size_t)prices * size, size);
    return meaning;
}

static uint32_t hash_of(const struct meaning *meaning)
{
    const struct span parts[] = {meaning->include, meaning->exclude, meaning->prices};
    uint32_t hash = (2166136261u ^ meaning->flags) * 16777619u;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (size_t k = 0; k < parts[i].size; k++)
            hash = (hash ^ parts[i].bytes[k]) * 16777619u;
        hash = (hash ^ 0xff) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static bool means_same(const struct meaning *a, const struct meaning *b)
{
    return a->flags == b->flags && span_is_equal(a->include, b->include) &&
           span_is_equal(a->exclude, b->exclude) && span_is_equal(a->prices, b->prices);
}

/* Takes the last row back, which began when the sections had these counts. */
static void take_back(struct builder *b, uint32_t selectors, uint32_t references, uint32_t pairs)
{
    uint32_t size = section_row_size[SECTION_SELECTORS];
    memset(b->section[SECTION_SELECTORS].bytes + (size_t)selectors * size, 0, size);
    b->section[SECTION_SELECTORS].count = selectors;
    b->section[SECTION_REFERENCES].count = references;
    b->section[SECTION_PAIRS].count = pairs;
}

uint32_t offers_builder_selector(struct builder *b, const struct book_source_selector *selector)
{
    bool has_exclusions = selector->excluded_item_count > 0 || selector->excluded_category_count > 0;
    if (selector->everything && !has_exclusions && !selector_is_restricted(selector))
        return 0;
    uint32_t references = b->section[SECTION_REFERENCES].count, pairs = b->section[SECTION_PAIRS].count;
    uint32_t index = add_selector(b, selector);
    struct meaning meaning = meaning_of(b, index);
    for (uint32_t slot = hash_of(&meaning) & b->selector_mask;; slot = (slot + 1) & b->selector_mask) {
        uint32_t other = b->selector_slots[slot];
        if (other == BOOK_NONE) {
            b->selector_slots[slot] = index;
            return index;
        }
        struct meaning known = meaning_of(b, other);
        if (!means_same(&known, &meaning))
            continue;
        take_back(b, index, references, pairs);
        return other;
    }
}
