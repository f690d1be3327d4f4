/* SPDX-License-Identifier: Apache-2.0 */
/* Which symbol wakes which offers: the lists through which a basket finds the few offers that can concern it
 * among a hundred thousand (SPEC.md, "What wakes an offer"). */
#include "offers/builder.h"

/* One list a symbol, filled in two passes: the first counts, the second writes. */
struct lists {
    uint32_t *last;   /* the last offer of each symbol, so that none is counted twice */
    uint32_t *cursor; /* first pass: counts; second: where the next posting of a symbol goes */
};

struct posting_walk {
    struct builder *b;
    struct lists triggers, personal;
    uint32_t basket_wide, any_member; /* as a cursor */
    bool writes;
};

static void post(struct posting_walk *walk, uint32_t *cursor, uint32_t offer)
{
    if (walk->writes)
        store_u32(walk->b->section[SECTION_POSTINGS].bytes + (size_t)*cursor * 4, offer);
    ++*cursor;
}

static void post_symbol(struct posting_walk *walk, struct lists *lists, uint32_t symbol, uint32_t offer)
{
    if (lists->last[symbol] == offer)
        return;
    lists->last[symbol] = offer;
    post(walk, &lists->cursor[symbol], offer);
}

/* false: there are none. */
static bool post_references(struct posting_walk *walk, struct lists *lists, struct book_range range,
                            uint32_t offer)
{
    for (uint32_t i = 0; i < range.count; i++)
        post_symbol(walk, lists,
                    load_u32(walk->b->section[SECTION_REFERENCES].bytes + (size_t)(range.first + i) * 4),
                    offer);
    return range.count > 0;
}

static const uint8_t *built_row(const struct builder *b, enum section_id section, uint32_t index)
{
    return b->section[section].bytes + (size_t)index * section_row_size[section];
}

static struct book_range included_by(const struct builder *b, uint32_t selector)
{
    if (selector == BOOK_NONE)
        return (struct book_range){0, 0};
    return load_range(built_row(b, SECTION_SELECTORS, selector) + SELECTOR_INCLUDE);
}

/* Whether the basket must hold something of the condition's selector, or the offer is not given. */
static bool is_needed(const uint8_t *condition)
{
    uint8_t kind = condition[CONDITION_KIND];
    if (kind == BOOK_CONTAINS)
        return true;
    return (kind == BOOK_MIN_QUANTITY || kind == BOOK_MIN_AMOUNT || kind == BOOK_MIN_LINE_QUANTITY) &&
           load_u64(condition + CONDITION_VALUE) > 0;
}

/* An offer under its items and categories: those of its target, of what is got, of its parts and of the
 * conditions that need something in the basket. false: it names none of which one must be there. */
static bool post_goods(struct posting_walk *walk, const uint8_t *row, uint32_t offer)
{
    const struct builder *b = walk->b;
    struct lists *lists = &walk->triggers;
    bool any = post_references(walk, lists, included_by(b, load_u32(row + OFFER_TARGET)), offer);
    any |= post_references(walk, lists, included_by(b, load_u32(row + OFFER_GET)), offer);
    struct book_range conditions = load_range(row + OFFER_CONDITIONS);
    for (uint32_t i = 0; i < conditions.count; i++) {
        const uint8_t *condition = built_row(b, SECTION_CONDITIONS, conditions.first + i);
        if (is_needed(condition))
            any |=
                post_references(walk, lists, included_by(b, load_u32(condition + CONDITION_SELECTOR)), offer);
    }
    uint32_t extra = load_u32(row + OFFER_EXTRA);
    struct book_range parts = {0, 0};
    if (extra != BOOK_NONE)
        parts = load_range(built_row(b, SECTION_EXTRAS, extra) + EXTRA_PARTS);
    for (uint32_t i = 0; i < parts.count; i++) {
        const uint8_t *part = built_row(b, SECTION_PARTS, parts.first + i);
        any |= post_references(walk, lists, included_by(b, load_u32(part + PART_SELECTOR)), offer);
    }
    return any;
}

static bool post_segment_conditions(struct posting_walk *walk, const uint8_t *row, uint32_t offer)
{
    struct book_range conditions = load_range(row + OFFER_CONDITIONS);
    for (uint32_t i = 0; i < conditions.count; i++) {
        uint32_t symbol =
            load_u32(built_row(walk->b, SECTION_CONDITIONS, conditions.first + i) + CONDITION_SYMBOL);
        if (symbol == BOOK_NONE)
            continue;
        post_symbol(walk, &walk->triggers, symbol, offer);
        return true;
    }
    return false;
}

/* The rarest thing first: a coupon, a member, goods, a segment or tier, a store. */
static void post_trigger(struct posting_walk *walk, const uint8_t *row, uint32_t offer)
{
    struct lists *lists = &walk->triggers;
    uint32_t extra = load_u32(row + OFFER_EXTRA);
    struct book_range coupons = {0, 0}, who = load_range(row + OFFER_WHO);
    if (extra != BOOK_NONE)
        coupons = load_range(built_row(walk->b, SECTION_EXTRAS, extra) + EXTRA_COUPONS);
    if (post_references(walk, lists, coupons, offer))
        return;
    if (row[OFFER_AUDIENCE] == BOOK_LISTED && post_references(walk, lists, who, offer))
        return;
    if (post_goods(walk, row, offer) || post_references(walk, lists, who, offer) ||
        post_segment_conditions(walk, row, offer) ||
        post_references(walk, lists, load_range(row + OFFER_STORES), offer))
        return;
    post(walk, &walk->basket_wide, offer);
}

static void walk_offers(struct posting_walk *walk)
{
    size_t size = (size_t)walk->b->symbol_count * sizeof(uint32_t);
    memset(walk->triggers.last, 0xff, size);
    memset(walk->personal.last, 0xff, size);
    for (uint32_t i = 0; i < walk->b->source->offer_count; i++) {
        const uint8_t *row = built_row(walk->b, SECTION_OFFERS, i);
        post_trigger(walk, row, i);
        (void)post_references(walk, &walk->personal, load_range(row + OFFER_WHO), i);
        if (row[OFFER_AUDIENCE] == BOOK_ANY_MEMBER)
            post(walk, &walk->any_member, i);
    }
}

/* Turns a count into the range that begins at *at; the count becomes its beginning. */
static struct book_range place(uint32_t *at, uint32_t *count)
{
    struct book_range range = {*at, *count};
    *count = *at;
    *at += range.count;
    return range;
}

static bool take_lists(struct builder *b, struct lists *lists)
{
    lists->last = arena_take(b->arena, b->symbol_count, sizeof(uint32_t));
    lists->cursor = arena_take(b->arena, b->symbol_count, sizeof(uint32_t));
    return lists->last != NULL && lists->cursor != NULL;
}

enum err offers_builder_postings(struct builder *b)
{
    struct posting_walk walk = {.b = b};
    if (!take_lists(b, &walk.triggers) || !take_lists(b, &walk.personal))
        return ERR_FULL;
    walk_offers(&walk);
    struct section_buffer *postings = &b->section[SECTION_POSTINGS];
    uint32_t at = postings->count; /* the offers' exclusions stand before */
    for (uint32_t i = 0; i < b->symbol_count; i++) {
        uint8_t *row = b->section[SECTION_SYMBOLS].bytes + (size_t)i * section_row_size[SECTION_SYMBOLS];
        store_range(row + SYMBOL_OFFERS, place(&at, &walk.personal.cursor[i]));
        store_range(row + SYMBOL_TRIGGERS, place(&at, &walk.triggers.cursor[i]));
    }
    b->basket_wide = place(&at, &walk.basket_wide);
    b->any_member = place(&at, &walk.any_member);
    KASSA_ASSERT(at <= postings->capacity);
    postings->count = at;
    walk.writes = true;
    walk_offers(&walk);
    return ERR_OK;
}
