/* SPDX-License-Identifier: Apache-2.0 */
/* The builder: from a source to the bytes of a book, in the caller's memory.
 *
 * Each section grows in a buffer of its own, sized by an upper bound; at the end they are laid one after
 * another. The order of everything depends on the source's content alone, so that the same source gives the
 * same bytes. */
#include "base/arena.h"
#include "offers/book.h"
#include "offers/book_layout.h"
#include "offers/kinds/kinds.h"
#include "offers/sort.h"

#define LANGUAGES_KEPT 32 /* language tags that are stored once; further ones are stored again */

struct symbol {
    struct span text;
    uint8_t kind;
};

struct section_buffer {
    uint8_t *bytes;
    uint32_t count, capacity;
};

struct builder {
    const struct book_source *source;
    struct arena *arena;
    struct section_buffer section[BOOK_SECTIONS];
    struct symbol *named; /* every mention, then sorted and each once */
    uint32_t symbol_count;
    uint32_t *order; /* the source's offers in the order of evaluation */
    struct {
        struct span tag;
        uint32_t offset;
    } languages[LANGUAGES_KEPT];
    uint32_t language_count;
    struct book_range stores, basket_wide, any_member;
};

/* ---------------------------------------------------------------------------------------------- sorting */

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
    struct book_offer key_a = order_key(context, a), key_b = order_key(context, b);
    return offer_order(&key_a, &key_b);
}

static int compare_ids(const void *context, uint32_t a, uint32_t b)
{
    const struct builder *builder = context;
    return span_compare(builder->source->offers[builder->order[a]].id,
                        builder->source->offers[builder->order[b]].id);
}

/* ---------------------------------------------------------------------------------------------- sizes */

struct bounds {
    uint64_t count[BOOK_SECTIONS];
    uint64_t symbols;
};

static void bound_selector(struct bounds *bounds, const struct book_source_selector *selector)
{
    uint64_t names = (uint64_t)selector->item_count + selector->category_count +
                     selector->excluded_item_count + selector->excluded_category_count;
    bounds->count[SECTION_SELECTORS]++;
    bounds->count[SECTION_REFERENCES] += names;
    bounds->symbols += names;
}

static uint64_t size_of_texts(const struct span *texts, uint32_t count)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += texts[i].size;
    return size;
}

static uint64_t size_of_selector(const struct book_source_selector *selector)
{
    return size_of_texts(selector->items, selector->item_count) +
           size_of_texts(selector->categories, selector->category_count) +
           size_of_texts(selector->excluded_items, selector->excluded_item_count) +
           size_of_texts(selector->excluded_categories, selector->excluded_category_count);
}

static void bound_offer(struct bounds *bounds, const struct book_source_offer *offer)
{
    uint64_t pool = offer->id.size + size_of_texts(offer->who, offer->who_count) +
                    size_of_texts(offer->stores, offer->store_count) + size_of_selector(&offer->target) +
                    size_of_selector(&offer->get);
    bound_selector(bounds, &offer->target);
    bound_selector(bounds, &offer->get);
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        bound_selector(bounds, &offer->conditions[i].of);
        pool += size_of_selector(&offer->conditions[i].of);
    }
    for (uint32_t i = 0; i < offer->text_count; i++)
        pool += offer->texts[i].language.size + offer->texts[i].text.size;
    uint64_t names = (uint64_t)offer->who_count + offer->store_count;
    bounds->count[SECTION_REFERENCES] += names;
    bounds->symbols += names;
    bounds->count[SECTION_CONDITIONS] += offer->condition_count;
    bounds->count[SECTION_HOURS] += offer->hour_count;
    bounds->count[SECTION_TEXTS] += offer->text_count;
    bounds->count[SECTION_POOL] += pool;
}

static struct bounds bounds_of(const struct book_source *source)
{
    struct bounds bounds = {0};
    bounds.count[SECTION_OFFERS] = bounds.count[SECTION_IDS] = source->offer_count;
    bounds.count[SECTION_LANES] = source->lane_count;
    bounds.count[SECTION_SELECTORS] = 1; /* everything */
    bounds.count[SECTION_REFERENCES] = bounds.symbols = source->store_count;
    bounds.count[SECTION_POOL] = source->programme.size + size_of_texts(source->stores, source->store_count);
    for (uint32_t i = 0; i < source->lane_count; i++)
        bounds.count[SECTION_POOL] += source->lanes[i].name.size;
    for (uint32_t i = 0; i < source->offer_count; i++)
        bound_offer(&bounds, &source->offers[i]);
    bounds.count[SECTION_SYMBOLS] = bounds.symbols;
    bounds.count[SECTION_SLOTS] = 16 * bounds.symbols + 16; /* room to grow if many collide */
    /* One posting a reference, and one an offer that any basket or any member concerns. */
    bounds.count[SECTION_POSTINGS] = bounds.count[SECTION_REFERENCES] + 2 * (uint64_t)source->offer_count;
    return bounds;
}

static uint64_t output_size_max(const struct bounds *bounds)
{
    uint64_t size = HEADER_SIZE + BOOK_SECTIONS * SECTION_ALIGNMENT;
    for (unsigned i = 0; i < BOOK_SECTIONS; i++)
        size += bounds->count[i] * section_row_size[i];
    return size;
}

size_t book_builder_memory_size(const struct book_source *source)
{
    struct bounds bounds = bounds_of(source);
    uint64_t size = 2 * output_size_max(&bounds); /* buffers and output */
    size +=
        bounds.symbols * (2 * sizeof(struct symbol) + 3 * sizeof(uint32_t)); /* named; sorting; counting */
    size += (uint64_t)source->offer_count * 2 * sizeof(uint32_t);            /* order, ids */
    size += 4096;                                                            /* alignment of each piece */
    return (size_t)size;
}

/* ---------------------------------------------------------------------------------------------- pieces */

/* The next row of a section, zeroed. The bounds make it impossible that there is none. */
static uint8_t *add_row(struct builder *b, enum section_id section)
{
    struct section_buffer *buffer = &b->section[section];
    KASSA_ASSERT(buffer->count < buffer->capacity);
    return buffer->bytes + (size_t)buffer->count++ * section_row_size[section];
}

static uint32_t add_text(struct builder *b, struct span text)
{
    struct section_buffer *pool = &b->section[SECTION_POOL];
    uint32_t offset = pool->count;
    KASSA_ASSERT(text.size <= pool->capacity - pool->count);
    if (text.size > 0)
        memcpy(pool->bytes + offset, text.bytes, text.size);
    pool->count += (uint32_t)text.size;
    return offset;
}

static void store_short_text(struct builder *b, uint8_t *at, struct span text)
{
    store_u32(at, add_text(b, text));
    store_u16(at + 4, (uint16_t)text.size);
}

static void store_long_text(struct builder *b, uint8_t *at, struct span text)
{
    store_u32(at, add_text(b, text));
    store_u32(at + 4, (uint32_t)text.size);
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
    uint32_t offset = add_text(b, tag);
    store_u32(at, offset);
    if (b->language_count < LANGUAGES_KEPT) {
        b->languages[b->language_count].tag = tag;
        b->languages[b->language_count++].offset = offset;
    }
}

static uint32_t find_symbol(const struct builder *b, enum book_symbol_kind kind, struct span text)
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

/* A list of names that is being collected as references. */
struct names {
    enum book_symbol_kind kind;
    const struct span *texts;
    uint32_t count;
};

/* Appends the names of both lists, ascending and each once. */
static struct book_range add_references(struct builder *b, struct names first, struct names second)
{
    struct section_buffer *references = &b->section[SECTION_REFERENCES];
    uint32_t start = references->count, total = first.count + second.count;
    KASSA_ASSERT(total <= references->capacity - start);
    uint32_t *symbols = (uint32_t *)(void *)references->bytes + start; /* aligned by the arena */
    for (uint32_t i = 0; i < first.count; i++)
        symbols[i] = find_symbol(b, first.kind, first.texts[i]);
    for (uint32_t i = 0; i < second.count; i++)
        symbols[first.count + i] = find_symbol(b, second.kind, second.texts[i]);
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

static uint32_t add_selector(struct builder *b, const struct book_source_selector *selector)
{
    bool has_exclusions = selector->excluded_item_count > 0 || selector->excluded_category_count > 0;
    if (selector->everything && !has_exclusions)
        return 0;
    uint32_t index = b->section[SECTION_SELECTORS].count;
    uint8_t *row = add_row(b, SECTION_SELECTORS);
    store_range(
        row + SELECTOR_INCLUDE,
        add_references(b, (struct names){BOOK_SYMBOL_ITEM, selector->items, selector->item_count},
                       (struct names){BOOK_SYMBOL_CATEGORY, selector->categories, selector->category_count}));
    store_range(row + SELECTOR_EXCLUDE,
                add_references(
                    b,
                    (struct names){BOOK_SYMBOL_ITEM, selector->excluded_items, selector->excluded_item_count},
                    (struct names){BOOK_SYMBOL_CATEGORY, selector->excluded_categories,
                                   selector->excluded_category_count}));
    store_u32(row + SELECTOR_EVERYTHING, selector->everything ? 1 : 0);
    return index;
}

/* ---------------------------------------------------------------------------------------------- symbols */

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

static void name_everything(struct builder *b)
{
    const struct book_source *source = b->source;
    name_all(b, BOOK_SYMBOL_STORE, source->stores, source->store_count);
    for (uint32_t i = 0; i < source->offer_count; i++) {
        const struct book_source_offer *offer = &source->offers[i];
        name_selector(b, &offer->target);
        name_selector(b, &offer->get);
        for (uint32_t k = 0; k < offer->condition_count; k++)
            name_selector(b, &offer->conditions[k].of);
        name_all(b, offer->audience == BOOK_TIER ? BOOK_SYMBOL_TIER : BOOK_SYMBOL_SEGMENT, offer->who,
                 offer->who_count);
        name_all(b, BOOK_SYMBOL_STORE, offer->stores, offer->store_count);
    }
}

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
    while (slot_count < 2 * (uint64_t)b->symbol_count)
        slot_count *= 2;
    for (; slot_count <= b->section[SECTION_SLOTS].capacity; slot_count *= 2) {
        if (fill_slots(b, (uint32_t)slot_count))
            return ERR_OK;
    }
    return ERR_ARGUMENT;
}

static enum err add_symbols(struct builder *b, struct book_fault *out_fault)
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
        uint8_t *row = add_row(b, SECTION_SYMBOLS);
        store_short_text(b, row + SYMBOL_TEXT, sorted[i].text);
        row[SYMBOL_KIND] = sorted[i].kind;
    }
    if (add_slots(b) == ERR_OK)
        return ERR_OK;
    *out_fault = (struct book_fault){BOOK_NONE, "offers", "name items that cannot be told apart by hash"};
    return ERR_ARGUMENT;
}

/* ---------------------------------------------------------------------------------------------- offers */

static struct book_range add_conditions(struct builder *b, const struct book_source_offer *offer,
                                        uint32_t target)
{
    struct book_range range = {b->section[SECTION_CONDITIONS].count, offer->condition_count};
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        const struct book_source_condition *condition = &offer->conditions[i];
        uint8_t *row = add_row(b, SECTION_CONDITIONS);
        row[CONDITION_KIND] = (uint8_t)condition->kind;
        row[CONDITION_BASE] = (uint8_t)condition->base;
        store_u32(row + CONDITION_SELECTOR,
                  selector_is_given(&condition->of) ? add_selector(b, &condition->of) : target);
        store_u64(row + CONDITION_VALUE, (uint64_t)condition->value);
    }
    return range;
}

static struct book_range add_hours(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_HOURS].count, offer->hour_count};
    for (uint32_t i = 0; i < offer->hour_count; i++) {
        uint8_t *row = add_row(b, SECTION_HOURS);
        store_u16(row + HOURS_FROM, offer->hours[i].from_minute);
        store_u16(row + HOURS_UNTIL, offer->hours[i].until_minute);
    }
    return range;
}

static struct book_range add_offer_texts(struct builder *b, const struct book_source_offer *offer)
{
    struct book_range range = {b->section[SECTION_TEXTS].count, offer->text_count};
    for (uint32_t i = 0; i < offer->text_count; i++) {
        uint8_t *row = add_row(b, SECTION_TEXTS);
        store_language(b, row + TEXT_LANGUAGE, offer->texts[i].language);
        row[TEXT_ROLE] = (uint8_t)offer->texts[i].role;
        store_long_text(b, row + TEXT_TEXT, offer->texts[i].text);
    }
    return range;
}

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

static void add_offer(struct builder *b, const struct book_source_offer *offer)
{
    uint8_t *row = add_row(b, SECTION_OFFERS);
    store_short_text(b, row + OFFER_ID, offer->id);
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
    uint32_t target = add_selector(b, &offer->target), get = BOOK_NONE;
    if (offers_kind_of(offer->kind)->has_get)
        get = selector_is_given(&offer->get) ? add_selector(b, &offer->get) : target;
    store_u32(row + OFFER_TARGET, target);
    const struct names none = {BOOK_SYMBOL_ITEM, NULL, 0};
    store_range(
        row + OFFER_WHO,
        add_references(b,
                       (struct names){offer->audience == BOOK_TIER ? BOOK_SYMBOL_TIER : BOOK_SYMBOL_SEGMENT,
                                      offer->who, offer->who_count},
                       none));
    store_range(
        row + OFFER_STORES,
        add_references(b, (struct names){BOOK_SYMBOL_STORE, offer->stores, offer->store_count}, none));
    store_range(row + OFFER_HOURS, add_hours(b, offer));
    store_range(row + OFFER_CONDITIONS, add_conditions(b, offer, target));
    store_range(row + OFFER_TEXTS, add_offer_texts(b, offer));
    store_give(row, &offer->give, get);
}

/* Sorts the offers, finds ids that occur twice, and writes the rows of both sections. */
static enum err add_offers(struct builder *b, struct book_fault *out_fault)
{
    uint32_t count = b->source->offer_count;
    b->order = arena_take(b->arena, count, sizeof(*b->order));
    uint32_t *ids = arena_take(b->arena, count, sizeof(*ids));
    if (b->order == NULL || ids == NULL)
        return ERR_FULL;
    for (uint32_t i = 0; i < count; i++)
        b->order[i] = ids[i] = i;
    offers_sort(b->order, count, compare_offers, b);
    offers_sort(ids, count, compare_ids, b);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && compare_ids(b, ids[i - 1], ids[i]) == 0) {
            *out_fault = (struct book_fault){b->order[ids[i]], "id", "occurs twice"};
            return ERR_ARGUMENT;
        }
        store_u32(add_row(b, SECTION_IDS), ids[i]);
        add_offer(b, &b->source->offers[b->order[i]]);
    }
    return ERR_OK;
}

/* ---------------------------------------------------------------------------------------------- postings */

/* What the walk over all triggers does with each (symbol, offer); symbol BOOK_NONE: any basket. */
struct posting_walk {
    struct builder *b;
    uint32_t *last;   /* the last offer of each symbol, so that none is counted twice */
    uint32_t *cursor; /* first pass: counts; second: where the next posting of a symbol goes */
    uint32_t basket_wide, any_member; /* likewise */
    bool writes;
};

static void post(struct posting_walk *walk, uint32_t *cursor, uint32_t offer)
{
    if (walk->writes)
        store_u32(walk->b->section[SECTION_POSTINGS].bytes + (size_t)*cursor * 4, offer);
    ++*cursor;
}

static void post_references(struct posting_walk *walk, struct book_range range, uint32_t offer)
{
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t symbol =
            load_u32(walk->b->section[SECTION_REFERENCES].bytes + (size_t)(range.first + i) * 4);
        if (walk->last[symbol] == offer)
            continue;
        walk->last[symbol] = offer;
        post(walk, &walk->cursor[symbol], offer);
    }
}

/* The items and categories that the selector includes trigger the offer; false: everything does. */
static bool post_selector(struct posting_walk *walk, uint32_t selector, uint32_t offer)
{
    if (selector == BOOK_NONE)
        return false;
    const uint8_t *row =
        walk->b->section[SECTION_SELECTORS].bytes + (size_t)selector * section_row_size[SECTION_SELECTORS];
    struct book_range include = load_range(row + SELECTOR_INCLUDE);
    post_references(walk, include, offer);
    return include.count > 0;
}

static void post_offer(struct posting_walk *walk, uint32_t index)
{
    const uint8_t *row =
        walk->b->section[SECTION_OFFERS].bytes + (size_t)index * section_row_size[SECTION_OFFERS];
    bool is_specific = post_selector(walk, load_u32(row + OFFER_TARGET), index);
    is_specific |= post_selector(walk, load_u32(row + OFFER_GET), index);
    struct book_range conditions = load_range(row + OFFER_CONDITIONS);
    for (uint32_t i = 0; i < conditions.count; i++) {
        const uint8_t *condition = walk->b->section[SECTION_CONDITIONS].bytes +
                                   (size_t)(conditions.first + i) * section_row_size[SECTION_CONDITIONS];
        is_specific |= post_selector(walk, load_u32(condition + CONDITION_SELECTOR), index);
    }
    if (!is_specific)
        post(walk, &walk->basket_wide, index);
    if (row[OFFER_AUDIENCE] == BOOK_ANY_MEMBER)
        post(walk, &walk->any_member, index);
    post_references(walk, load_range(row + OFFER_WHO), index);
}

static void walk_offers(struct posting_walk *walk)
{
    memset(walk->last, 0xff, (size_t)walk->b->symbol_count * sizeof(*walk->last));
    for (uint32_t i = 0; i < walk->b->source->offer_count; i++)
        post_offer(walk, i);
}

/* Turns a count into the range that begins at *at; the count becomes its beginning. */
static struct book_range place(uint32_t *at, uint32_t *count)
{
    struct book_range range = {*at, *count};
    *count = *at;
    *at += range.count;
    return range;
}

static enum err add_postings(struct builder *b)
{
    struct posting_walk walk = {.b = b,
                                .last = arena_take(b->arena, b->symbol_count, sizeof(uint32_t)),
                                .cursor = arena_take(b->arena, b->symbol_count, sizeof(uint32_t))};
    if (walk.last == NULL || walk.cursor == NULL)
        return ERR_FULL;
    walk_offers(&walk);
    uint32_t at = 0;
    for (uint32_t i = 0; i < b->symbol_count; i++)
        store_range(b->section[SECTION_SYMBOLS].bytes + (size_t)i * section_row_size[SECTION_SYMBOLS] +
                        SYMBOL_OFFERS,
                    place(&at, &walk.cursor[i]));
    b->basket_wide = place(&at, &walk.basket_wide);
    b->any_member = place(&at, &walk.any_member);
    KASSA_ASSERT(at <= b->section[SECTION_POSTINGS].capacity);
    b->section[SECTION_POSTINGS].count = at;
    walk.writes = true;
    walk_offers(&walk);
    return ERR_OK;
}

/* ---------------------------------------------------------------------------------------------- the whole */

static uint64_t align(uint64_t offset)
{
    return (offset + SECTION_ALIGNMENT - 1) / SECTION_ALIGNMENT * SECTION_ALIGNMENT;
}

static uint64_t finished_size(const struct builder *b)
{
    uint64_t end = HEADER_SIZE;
    for (unsigned i = 0; i < BOOK_SECTIONS; i++)
        end = align(end) + (uint64_t)b->section[i].count * section_row_size[i];
    return end;
}

static void write_header(struct builder *b, uint8_t *out, uint32_t size)
{
    const struct book_source *source = b->source;
    memcpy(out, book_magic, sizeof(book_magic));
    store_u16(out + HEADER_FORMAT, BOOK_FORMAT_VERSION);
    store_u16(out + HEADER_SIZE_FIELD, HEADER_SIZE);
    store_u32(out + HEADER_TOTAL_SIZE, size);
    store_u64(out + HEADER_VERSION, source->version);
    store_u64(out + HEADER_CREATED, (uint64_t)source->created_unix_ms);
    store_u32(out + HEADER_VALID_FROM, (uint32_t)source->valid_from_day);
    memcpy(out + HEADER_CURRENCY, source->currency.bytes, 3);
    out[HEADER_EXPONENT] = source->exponent;
    store_long_text(b, out + HEADER_PROGRAMME, source->programme);
    store_range(out + HEADER_STORES, b->stores);
    store_range(out + HEADER_BASKET_WIDE, b->basket_wide);
    store_range(out + HEADER_ANY_MEMBER, b->any_member);
}

static enum err write_out(struct builder *b, struct span *out_book)
{
    uint64_t size = finished_size(b) + b->source->programme.size;
    if (size > BOOK_SIZE_MAX)
        return ERR_TOO_LONG;
    uint8_t *out = arena_take(b->arena, (size_t)size, 1);
    if (out == NULL)
        return ERR_FULL;
    write_header(b, out, (uint32_t)size); /* adds the last text to the pool */
    uint64_t end = HEADER_SIZE;
    for (unsigned i = 0; i < BOOK_SECTIONS; i++) {
        uint64_t offset = align(end), length = (uint64_t)b->section[i].count * section_row_size[i];
        store_u32(out + HEADER_SECTIONS + 8 * i, (uint32_t)offset);
        store_u32(out + HEADER_SECTIONS + 8 * i + 4, b->section[i].count);
        if (length > 0)
            memcpy(out + offset, b->section[i].bytes, (size_t)length);
        end = offset + length;
    }
    KASSA_ASSERT(end == size);
    *out_book = span_of(out, (size_t)size);
    return ERR_OK;
}

static enum err take_buffers(struct builder *b, const struct bounds *bounds)
{
    for (unsigned i = 0; i < BOOK_SECTIONS; i++) {
        if (bounds->count[i] > UINT32_MAX)
            return ERR_TOO_LONG;
        b->section[i].capacity = (uint32_t)bounds->count[i];
        b->section[i].bytes = arena_take(b->arena, (size_t)bounds->count[i], section_row_size[i]);
        if (b->section[i].bytes == NULL)
            return ERR_FULL;
    }
    return ERR_OK;
}

static enum err check(const struct book_source *source, struct book_fault *out_fault)
{
    struct offers_fault fault = offers_check_source(source);
    uint32_t at = BOOK_NONE;
    for (uint32_t i = 0; fault.field == NULL && i < source->offer_count; i++) {
        fault = offers_check_source_offer(source, i);
        at = i;
    }
    if (fault.field == NULL)
        return ERR_OK;
    *out_fault = (struct book_fault){at, fault.field, fault.what};
    return ERR_ARGUMENT;
}

enum err book_builder_write(const struct book_source *source, void *memory, size_t memory_size,
                            struct span *out_book, struct book_fault *out_fault)
{
    TRY(check(source, out_fault));
    struct arena arena = arena_of(memory, memory_size);
    struct bounds bounds = bounds_of(source);
    struct builder b = {.source = source, .arena = &arena};
    TRY(take_buffers(&b, &bounds));
    TRY(add_symbols(&b, out_fault));
    store_u32(add_row(&b, SECTION_SELECTORS) + SELECTOR_EVERYTHING, 1);
    for (uint32_t i = 0; i < source->lane_count; i++) {
        uint8_t *row = add_row(&b, SECTION_LANES);
        store_long_text(&b, row + LANE_NAME, source->lanes[i].name);
        row[LANE_MODE] = (uint8_t)source->lanes[i].mode;
    }
    b.stores = add_references(&b, (struct names){BOOK_SYMBOL_STORE, source->stores, source->store_count},
                              (struct names){BOOK_SYMBOL_STORE, NULL, 0});
    TRY(add_offers(&b, out_fault));
    TRY(add_postings(&b));
    struct span written;
    TRY(write_out(&b, &written));
    struct book opened;
    KASSA_ASSERT(book_open(written, &opened) == ERR_OK);
    *out_book = written;
    return ERR_OK;
}
