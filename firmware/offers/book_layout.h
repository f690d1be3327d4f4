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

static inline bool selector_is_given(const struct book_source_selector *selector)
{
    return selector->everything || selector->item_count > 0 || selector->category_count > 0;
}

enum section_id {
    SECTION_OFFERS,
    SECTION_IDS,
    SECTION_LANES,
    SECTION_SELECTORS,
    SECTION_CONDITIONS,
    SECTION_HOURS,
    SECTION_TEXTS,
    SECTION_REFERENCES,
    SECTION_SYMBOLS,
    SECTION_SLOTS,
    SECTION_POSTINGS,
    SECTION_POOL
};
_Static_assert(SECTION_POOL + 1 == BOOK_SECTIONS, "book.h counts the sections");

/* The size of one row of each section. */
static const uint32_t section_row_size[BOOK_SECTIONS] = {
    [SECTION_OFFERS] = 136,    [SECTION_IDS] = 4,   [SECTION_LANES] = 12,   [SECTION_SELECTORS] = 20,
    [SECTION_CONDITIONS] = 16, [SECTION_HOURS] = 4, [SECTION_TEXTS] = 16,   [SECTION_REFERENCES] = 4,
    [SECTION_SYMBOLS] = 16,    [SECTION_SLOTS] = 4, [SECTION_POSTINGS] = 4, [SECTION_POOL] = 1,
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
    HEADER_SECTIONS = 72, /* offset, count of each */
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
    OFFER_GET = 128
};

enum { LANE_NAME = 0, LANE_MODE = 8 };
enum { SELECTOR_INCLUDE = 0, SELECTOR_EXCLUDE = 8, SELECTOR_EVERYTHING = 16 };
enum { CONDITION_KIND = 0, CONDITION_BASE = 1, CONDITION_SELECTOR = 4, CONDITION_VALUE = 8 };
enum { HOURS_FROM = 0, HOURS_UNTIL = 2 };
enum { TEXT_LANGUAGE = 0, TEXT_ROLE = 6, TEXT_TEXT = 8 };
enum { SYMBOL_TEXT = 0, SYMBOL_KIND = 6, SYMBOL_OFFERS = 8 };

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

/* The order of evaluation: step, lane, priority descending, id. */
static inline int offer_order(const struct book_offer *a, const struct book_offer *b)
{
    if (a->step != b->step)
        return a->step < b->step ? -1 : 1;
    if (a->lane != b->lane)
        return a->lane < b->lane ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return span_compare(a->id, b->id);
}

#endif
