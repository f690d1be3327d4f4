/* SPDX-License-Identifier: Apache-2.0 */
/* The builder: from a source to the bytes of a book, in the caller's memory.
 *
 * Each section grows in a buffer of its own, sized by an upper bound; at the end they are laid one after
 * another. The order of everything depends on the source's content alone, so that the same source gives the
 * same bytes. */
#include "offers/builder.h"

static uint64_t output_size_max(const struct bounds *bounds)
{
    uint64_t size = HEADER_SIZE + BOOK_SECTIONS * SECTION_ALIGNMENT;
    for (unsigned i = 0; i < BOOK_SECTIONS; i++)
        size += bounds->count[i] * section_row_size[i];
    return size;
}

size_t book_builder_memory_size(const struct book_source *source)
{
    struct bounds bounds = offers_builder_bounds(source);
    uint64_t size = 2 * output_size_max(&bounds);                                /* buffers and output */
    size += bounds.symbols * (2 * sizeof(struct symbol) + 5 * sizeof(uint32_t)); /* sorting; four lists */
    size += bounds.exclusions * (2 * sizeof(struct exclusion) + sizeof(uint32_t));
    size += (uint64_t)source->offer_count * 2 * sizeof(uint32_t); /* order, ids */
    size += offers_builder_selector_slots(bounds.count[SECTION_SELECTORS]) * sizeof(uint32_t);
    size += 4096; /* alignment of each piece */
    return (size_t)size;
}

uint8_t *offers_builder_row(struct builder *b, enum section_id section)
{
    struct section_buffer *buffer = &b->section[section];
    KASSA_ASSERT(buffer->count < buffer->capacity);
    return buffer->bytes + (size_t)buffer->count++ * section_row_size[section];
}

uint32_t offers_builder_bytes(struct builder *b, enum section_id section, struct span bytes)
{
    struct section_buffer *buffer = &b->section[section];
    uint32_t offset = buffer->count;
    KASSA_ASSERT(bytes.size <= buffer->capacity - buffer->count);
    if (bytes.size > 0)
        memcpy(buffer->bytes + offset, bytes.bytes, bytes.size);
    buffer->count += (uint32_t)bytes.size;
    return offset;
}

void offers_builder_short_text(struct builder *b, uint8_t *at, struct span text)
{
    store_u32(at, offers_builder_bytes(b, SECTION_POOL, text));
    store_u16(at + 4, (uint16_t)text.size);
}

void offers_builder_long_text(struct builder *b, uint8_t *at, struct span text)
{
    store_u32(at, offers_builder_bytes(b, SECTION_POOL, text));
    store_u32(at + 4, (uint32_t)text.size);
}

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

static void write_programme(const struct book_programme *programme, uint8_t *out)
{
    store_u32(out + HEADER_BURN_POINTS, programme->burn_points);
    store_u64(out + HEADER_BURN_VALUE, (uint64_t)programme->burn_value_minor);
    store_u32(out + HEADER_BURN_MIN, programme->burn_min_points);
    store_u32(out + HEADER_BURN_SHARE, programme->burn_share_max_bp);
    out[HEADER_BURN_AS] = programme->burn_as;
    out[HEADER_BURN_SAME_SALE] = programme->burn_same_sale;
    out[HEADER_LIFETIME_UNIT] = programme->lifetime_unit;
    out[HEADER_EXPIRY_ROUND] = programme->expiry_round;
    out[HEADER_RETURN_POLICY] = programme->return_policy;
    store_u32(out + HEADER_PENDING, programme->pending_days);
    store_u32(out + HEADER_LIFETIME, programme->lifetime);
    store_u32(out + HEADER_REINSTATE, programme->reinstate_days);
    store_u32(out + HEADER_TENDERS, programme->excluded_tenders);
    store_u32(out + HEADER_OFFLINE_CARD, programme->offline_card_day_points);
    store_u32(out + HEADER_OFFLINE_TILL, programme->offline_till_day_points);
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
    offers_builder_long_text(b, out + HEADER_PROGRAMME, source->programme);
    store_range(out + HEADER_STORES, b->stores);
    store_range(out + HEADER_BASKET_WIDE, b->basket_wide);
    store_range(out + HEADER_ANY_MEMBER, b->any_member);
    out[HEADER_ORDER] = (uint8_t)source->order;
    out[HEADER_SHARING] = (uint8_t)source->sharing;
    store_u32(out + HEADER_STATES,
              source->search_states_max > 0 ? source->search_states_max : BOOK_SEARCH_STATES_DEFAULT);
    store_u32(out + HEADER_LINE_MAX,
              source->line_discount_max_bp > 0 ? source->line_discount_max_bp : BOOK_PERCENT_MAX_BP);
    write_programme(&source->programme_rules, out);
    store_range(out + HEADER_TIERS, b->tiers);
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
    uint64_t slots = offers_builder_selector_slots(bounds->count[SECTION_SELECTORS]);
    if (slots > UINT32_MAX)
        return ERR_TOO_LONG;
    b->selector_slots = arena_take(b->arena, (size_t)slots, sizeof(*b->selector_slots));
    if (b->selector_slots == NULL)
        return ERR_FULL;
    memset(b->selector_slots, 0xff, (size_t)slots * sizeof(*b->selector_slots));
    b->selector_mask = (uint32_t)slots - 1;
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

static void add_everything(struct builder *b)
{
    uint8_t *row = offers_builder_row(b, SECTION_SELECTORS);
    row[SELECTOR_EVERYTHING] = 1;
    store_u32(row + SELECTOR_PRICES, BOOK_NONE);
}

static void add_lanes(struct builder *b)
{
    for (uint32_t i = 0; i < b->source->lane_count; i++) {
        const struct book_source_lane *lane = &b->source->lanes[i];
        uint8_t *row = offers_builder_row(b, SECTION_LANES);
        offers_builder_long_text(b, row + LANE_NAME, lane->name);
        row[LANE_MODE] = (uint8_t)lane->mode;
        store_u16(row + LANE_OFFERS_MAX, lane->offers_max);
    }
}

static void add_tiers(struct builder *b)
{
    for (uint32_t i = 0; i < b->source->tier_count; i++) {
        const struct book_source_tier *tier = &b->source->tiers[i];
        uint8_t *row = offers_builder_row(b, SECTION_TIERS);
        store_u32(row + TIER_SYMBOL, offers_builder_find_symbol(b, BOOK_SYMBOL_TIER, tier->tier));
        store_u16(row + TIER_WINDOW, tier->window_days);
        store_u64(row + TIER_FROM, (uint64_t)tier->from_minor);
        store_u64(row + TIER_KEEP, (uint64_t)tier->keep_minor);
    }
    b->tiers = (struct book_range){0, b->source->tier_count};
}

enum err book_builder_write(const struct book_source *source, void *memory, size_t memory_size,
                            struct span *out_book, struct book_fault *out_fault)
{
    TRY(check(source, out_fault));
    struct arena arena = arena_of(memory, memory_size);
    struct bounds bounds = offers_builder_bounds(source);
    struct builder b = {.source = source, .arena = &arena};
    TRY(take_buffers(&b, &bounds));
    TRY(offers_builder_symbols(&b, out_fault));
    add_everything(&b);
    add_lanes(&b);
    add_tiers(&b);
    b.stores =
        offers_builder_references(&b, (struct names){BOOK_SYMBOL_STORE, source->stores, source->store_count},
                                  (struct names){BOOK_SYMBOL_STORE, NULL, 0});
    TRY(offers_builder_offers(&b, out_fault));
    TRY(offers_builder_postings(&b));
    struct span written;
    TRY(write_out(&b, &written));
    struct book opened;
    KASSA_ASSERT(book_open(written, &opened) == ERR_OK);
    *out_book = written;
    return ERR_OK;
}
