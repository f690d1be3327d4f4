/* SPDX-License-Identifier: Apache-2.0 */
/* book_layout.h - where things stand in the bytes of a book (SPEC.md), for the reader, the checker and the
 * builder. Private to this module. Numbers are little-endian and may stand at any address. */
#ifndef KASSA_OFFERS_BOOK_LAYOUT_H
#define KASSA_OFFERS_BOOK_LAYOUT_H

#include "base/base.h"
#include "offers/book.h"

/* What is wrong with a part of a source; field NULL: nothing. */
struct offers_fault {
    const char *field, *what;
};

/* The first fault of the book itself, of one lane or of one offer (book_source_check.c). */
struct offers_fault offers_check_source(const struct book_source *source);
struct offers_fault offers_check_source_offer(const struct book_source *source, uint32_t index);
/* The numbers as the kind sees them: steps and parts counted. */
struct book_give offers_source_give(const struct book_source_offer *offer);

/* What reader and builder refuse alike. */
struct offers_fault offers_check_programme(const struct book_programme *programme);
struct offers_fault offers_check_condition(uint8_t kind, int64_t value);
struct offers_fault offers_check_limit(const struct book_limit *limit);

static inline bool selector_is_given(const struct book_source_selector *selector)
{
    return selector->everything || selector->item_count > 0 || selector->category_count > 0;
}

static inline bool selector_is_restricted(const struct book_source_selector *selector)
{
    return selector->has_price_min || selector->has_price_max || selector->not_reduced;
}

enum section_id {
    SECTION_OFFERS,
    SECTION_EXTRAS,
    SECTION_IDS,
    SECTION_LANES,
    SECTION_SELECTORS,
    SECTION_CONDITIONS,
    SECTION_HOURS,
    SECTION_TEXTS,
    SECTION_LIMITS,
    SECTION_PAIRS,
    SECTION_PARTS,
    SECTION_TIERS,
    SECTION_REFERENCES,
    SECTION_SYMBOLS,
    SECTION_SLOTS,
    SECTION_POSTINGS,
    SECTION_PROGRAMS,
    SECTION_POOL
};
_Static_assert(SECTION_POOL + 1 == BOOK_SECTIONS, "book.h counts the sections");

/* The size of one row of each section. */
static const uint32_t section_row_size[BOOK_SECTIONS] = {
    [SECTION_OFFERS] = 136,   [SECTION_EXTRAS] = 168,    [SECTION_IDS] = 4,   [SECTION_LANES] = 12,
    [SECTION_SELECTORS] = 24, [SECTION_CONDITIONS] = 20, [SECTION_HOURS] = 4, [SECTION_TEXTS] = 16,
    [SECTION_LIMITS] = 12,    [SECTION_PAIRS] = 16,      [SECTION_PARTS] = 8, [SECTION_TIERS] = 24,
    [SECTION_REFERENCES] = 4, [SECTION_SYMBOLS] = 24,    [SECTION_SLOTS] = 4, [SECTION_POSTINGS] = 4,
    [SECTION_PROGRAMS] = 1,   [SECTION_POOL] = 1,
};

#define SECTION_ALIGNMENT 8
#define PROBES_MAX        256 /* of a look-up of a symbol: the builder makes the table large enough */

/* The header. */
enum {
    HEADER_MAGIC = 0,
    HEADER_FORMAT = 8,
    HEADER_SIZE_FIELD = 10,
    HEADER_TOTAL_SIZE = 12,
    HEADER_VERSION = 16,
    HEADER_CREATED = 24,
    HEADER_VALID_FROM = 32,
    HEADER_CURRENCY = 36,
    HEADER_EXPONENT = 39,
    HEADER_PROGRAMME = 40, /* text */
    HEADER_STORES = 48,    /* range */
    HEADER_BASKET_WIDE = 56,
    HEADER_ANY_MEMBER = 64,
    HEADER_ORDER = 72,
    HEADER_SHARING = 73,
    HEADER_STATES = 76,
    HEADER_LINE_MAX = 80,
    HEADER_BURN_POINTS = 84,
    HEADER_BURN_VALUE = 88,
    HEADER_BURN_MIN = 96,
    HEADER_BURN_SHARE = 100,
    HEADER_PENDING = 104,
    HEADER_LIFETIME = 108,
    HEADER_REINSTATE = 112,
    HEADER_TENDERS = 116,
    HEADER_OFFLINE_CARD = 120,
    HEADER_OFFLINE_TILL = 124,
    HEADER_BURN_AS = 128,
    HEADER_BURN_SAME_SALE = 129,
    HEADER_LIFETIME_UNIT = 130,
    HEADER_EXPIRY_ROUND = 131,
    HEADER_RETURN_POLICY = 132,
    HEADER_TIERS = 136,
    HEADER_SECTIONS = 144, /* offset, count of each */
    HEADER_SIZE = HEADER_SECTIONS + 8 * BOOK_SECTIONS
};

static const uint8_t book_magic[8] = {'K', 'A', 'S', 'S', 'A', 'B', 'K', 0};

/* A row of SECTION_OFFERS. */
enum {
    OFFER_ID = 0, /* text offset u32, size u16 */
    OFFER_KIND = 6,
    OFFER_VERSION = 8,
    OFFER_PRIORITY = 12,
    OFFER_FROM_DAY = 16,
    OFFER_UNTIL_DAY = 20,
    OFFER_SCOPE = 24,
    OFFER_STEP = 25,
    OFFER_EXCLUSIVE = 26,
    OFFER_AUDIENCE = 27,
    OFFER_WEEKDAYS = 28,
    OFFER_LANE = 29,
    OFFER_CHOOSE = 30,
    OFFER_PLACEMENT = 31,
    OFFER_PERCENT_OF = 32,
    OFFER_BASIS = 33,
    OFFER_TARGET = 36,
    OFFER_WHO = 40,
    OFFER_STORES = 48,
    OFFER_HOURS = 56,
    OFFER_CONDITIONS = 64,
    OFFER_TEXTS = 72,
    OFFER_PERCENT = 80,
    OFFER_FACTOR = 84,
    OFFER_AMOUNT = 88,
    OFFER_MAX_AMOUNT = 96,
    OFFER_PER = 104,
    OFFER_POINTS = 112,
    OFFER_BUY_UNITS = 116,
    OFFER_GET_UNITS = 120,
    OFFER_REPEATS = 124,
    OFFER_GET = 128,
    OFFER_EXTRA = 132 /* row of SECTION_EXTRAS, or BOOK_NONE: all of its fields are zero */
};

/* A row of SECTION_EXTRAS: what few offers have. Each belongs to one offer, in their order. */
enum {
    EXTRA_GROUPS = 0,
    EXTRA_EXCLUDED_WITH = 8,
    EXTRA_COUPONS = 16,
    EXTRA_CHANNELS = 24,
    EXTRA_LIMITS = 32,
    EXTRA_CONDITION = 40, /* range of SECTION_PROGRAMS */
    EXTRA_LINE_CONDITION = 48,
    EXTRA_STEPS = 56, /* range of SECTION_PAIRS */
    EXTRA_PARTS = 64,
    EXTRA_EXPERIMENT = 72, /* text offset u32, size u16 */
    EXTRA_HOLDOUT = 78,
    EXTRA_ITEM = 80, /* texts like that */
    EXTRA_CONSENT = 86,
    EXTRA_GROUP_SCOPE = 87,
    EXTRA_CARD = 88,
    EXTRA_TIER_BY = 94,
    EXTRA_PRICE_MODE = 95,
    EXTRA_REWARD = 96,
    EXTRA_MIX_MODE = 102,
    EXTRA_EARN_BY = 103,
    EXTRA_MORE = 104,
    EXTRA_PRIOR_PRICE = 112,
    EXTRA_UNIT = 120,
    EXTRA_CHARGED = 128,
    EXTRA_MAX_UNITS = 136,
    EXTRA_CAP_UNITS = 140,
    EXTRA_MIN_UNITS = 144,
    EXTRA_GROUP_UNITS = 148,
    EXTRA_DAYS = 152,
    EXTRA_CARD_SIZE = 156,
    EXTRA_TENDERS = 160,
    EXTRA_LINE_ROUNDING = 164,
    EXTRA_TIER_BASE = 165,
    EXTRA_SIZE = 168
};

enum { LANE_NAME = 0, LANE_MODE = 8, LANE_OFFERS_MAX = 10 };
enum {
    SELECTOR_INCLUDE = 0,
    SELECTOR_EXCLUDE = 8,
    SELECTOR_EVERYTHING = 16,
    SELECTOR_NOT_REDUCED = 17,
    SELECTOR_PRICES = 20 /* row of SECTION_PAIRS, or BOOK_NONE */
};
enum {
    CONDITION_KIND = 0,
    CONDITION_BASE = 1,
    CONDITION_NET = 2,
    CONDITION_SELECTOR = 4,
    CONDITION_VALUE = 8,
    CONDITION_SYMBOL = 16
};
enum { HOURS_FROM = 0, HOURS_UNTIL = 2 };
enum { TEXT_LANGUAGE = 0, TEXT_ROLE = 6, TEXT_TEXT = 8 };
enum { SYMBOL_TEXT = 0, SYMBOL_KIND = 6, SYMBOL_OFFERS = 8, SYMBOL_TRIGGERS = 16 };
enum { LIMIT_WHAT = 0, LIMIT_PER = 1, LIMIT_PERIOD = 2, LIMIT_PARTIAL = 3, LIMIT_VALUE = 4 };
enum { PAIR_FIRST = 0, PAIR_SECOND = 8 };
enum { PART_SELECTOR = 0, PART_UNITS = 4 };
enum { TIER_SYMBOL = 0, TIER_WINDOW = 4, TIER_FROM = 8, TIER_KEEP = 16 };

static inline uint16_t load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)load_u16(at) | (uint32_t)load_u16(at + 2) << 16;
}

static inline uint64_t load_u64(const uint8_t *at)
{
    return (uint64_t)load_u32(at) | (uint64_t)load_u32(at + 4) << 32;
}

static inline struct book_range load_range(const uint8_t *at)
{
    return (struct book_range){load_u32(at), load_u32(at + 4)};
}

static inline void store_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void store_u32(uint8_t *at, uint32_t value)
{
    store_u16(at, (uint16_t)value);
    store_u16(at + 2, (uint16_t)(value >> 16));
}

static inline void store_u64(uint8_t *at, uint64_t value)
{
    store_u32(at, (uint32_t)value);
    store_u32(at + 4, (uint32_t)(value >> 32));
}

static inline void store_range(uint8_t *at, struct book_range range)
{
    store_u32(at, range.first);
    store_u32(at + 4, range.count);
}

/* A day that can be written as a date (civil.h: years 0 to 9999), or the one that stands for none. */
static inline bool is_book_day(int32_t day, int32_t none)
{
    return day == none || (day >= -719528 && day <= 2932896);
}

static inline const uint8_t *row_of(const struct book *book, enum section_id section, uint32_t index)
{
    return book->section[section].bytes + (size_t)index * section_row_size[section];
}

/* The text whose offset stands in 4 bytes and whose size in the 2 after them. */
static inline struct span short_text_at(const struct book *book, const uint8_t *at)
{
    return span_of(book->section[SECTION_POOL].bytes + load_u32(at), load_u16(at + 4));
}

static inline struct span long_text_at(const struct book *book, const uint8_t *at)
{
    return span_of(book->section[SECTION_POOL].bytes + load_u32(at), load_u32(at + 4));
}

static inline int span_compare(struct span a, struct span b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* FNV-1a over the kind and the text, then mixed, since the table takes the low bits. */
static inline uint32_t symbol_hash(enum book_symbol_kind kind, struct span text)
{
    uint32_t hash = (2166136261u ^ (uint32_t)kind) * 16777619u;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.bytes[i]) * 16777619u;
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    return hash ^ hash >> 13;
}

/* UTF-8 without NUL. */
bool offers_is_utf8(struct span text);

/* The step that an offer runs in: in a book that goes by priority, steps 2 to 4 are one. */
static inline uint8_t running_step(enum book_order order, uint8_t step)
{
    bool is_joined = order == BOOK_BY_PRIORITY && step >= BOOK_STEP_ITEM && step <= BOOK_STEP_BASKET;
    return is_joined ? BOOK_STEP_ITEM : step;
}

/* The order of evaluation: running step, lane, priority descending, id. */
static inline int offer_order(enum book_order order, const struct book_offer *a, const struct book_offer *b)
{
    uint8_t step_a = running_step(order, a->step), step_b = running_step(order, b->step);
    if (step_a != step_b)
        return step_a < step_b ? -1 : 1;
    if (a->lane != b->lane)
        return a->lane < b->lane ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return span_compare(a->id, b->id);
}

#endif
