/* SPDX-License-Identifier: Apache-2.0 */
/* book.h - the binary book of offers: the reader that the till uses and the builder that head office uses.
 * The bytes are described in SPEC.md. The signature is an envelope around these bytes and no concern of this
 * file.
 *
 * Invariant  book_open reads every byte that the other functions will ever follow; after it has answered
 *            ERR_OK nothing in the book can fail, and any other bytes are refused, whatever they are.
 * Owner      the caller owns the bytes and keeps them unchanged for as long as it uses the struct book; spans
 *            that are handed out point into them.
 * Memory     none is allocated; struct book is the caller's.
 * Threads    an open book is only read: any number of threads.
 *
 * Offers stand in the book in the order in which they are evaluated: step, lane, priority (descending), id.
 * Their index is their place in that order. */
#ifndef KASSA_OFFERS_BOOK_H
#define KASSA_OFFERS_BOOK_H

#include "base/base.h"
#include "kassa/limits.h"

#define BOOK_FORMAT_VERSION 1
#define BOOK_OFFERS_MAX     131072 /* the engine keeps one bit for each: 16 KiB */
#define BOOK_LANES_MAX      64
#define BOOK_DAY_FIRST      INT32_MIN /* no first day */
#define BOOK_DAY_LAST       INT32_MAX /* no last day */
#define BOOK_WEEKDAYS_ALL   0x7f      /* bit 0 is Monday, bit 6 Sunday */
#define BOOK_MINUTES_A_DAY  1440
#define BOOK_PERCENT_MAX_BP 10000
#define BOOK_FACTOR_MAX_BP  1000000 /* a hundredfold */
#define BOOK_POINTS_MAX     1000000 /* of one step */
#define BOOK_UNITS_MAX      1000000 /* of one group */
#define BOOK_AMOUNT_MAX                                                                                      \
    10000000000000 /* minor units: far beyond any basket, and no sum of such overflows                       \
                    */
#define BOOK_NONE UINT32_MAX

/* What an offer gives. A number that is not here is an offer of a newer program: it is kept, never given and
 * explained as OFFERS_UNKNOWN_KIND. */
enum book_kind {
    BOOK_PERCENT_OFF = 1, /* percent_bp off, a unit, a line or the whole target, at most max_amount_minor */
    BOOK_AMOUNT_OFF = 2,  /* amount_minor off, a unit, a line or once */
    BOOK_FIXED_PRICE = 3, /* amount_minor is the price of a unit, a line or the whole target, where lower */
    BOOK_BUY_GET = 4,     /* buy_units of the target, then percent_bp off get_units of `get` */
    BOOK_POINTS_PER_SPEND = 5, /* points for each full per_minor of the target, floored once a receipt */
    BOOK_POINTS_MULTIPLIER = 6 /* factor_bp times the points that the target earns (20000: double) */
};

/* What is rounded once: each unit, each line, or the whole target together (then shared over the lines by
 * largest remainder). */
enum book_scope { BOOK_EACH_UNIT = 0, BOOK_EACH_LINE = 1, BOOK_TOGETHER = 2 };

/* The steps of OFFERS.md B2 that hold offers. */
enum book_step {
    BOOK_STEP_ITEM = 2,
    BOOK_STEP_GROUP = 3,
    BOOK_STEP_BASKET = 4,
    BOOK_STEP_EARN = 8,
    BOOK_STEP_MULTIPLY = 9 /* the second half of step 8: multipliers of what the first half earned */
};

enum book_lane_mode {
    BOOK_LANE_ALL = 0,              /* every offer, on the amounts that the one before left */
    BOOK_LANE_BEST_PER_LINE = 1,    /* each line takes the offer that gives it most */
    BOOK_LANE_HIGHEST_PRIORITY = 2, /* only the offers of the highest priority that is eligible */
    BOOK_LANE_EXCLUSIVE = 3         /* only the first eligible offer */
};

enum book_exclusive {
    BOOK_NOT_EXCLUSIVE = 0,
    BOOK_EXCLUSIVE_IN_STEP = 1, /* if it is eligible, it is alone in its step */
    BOOK_EXCLUSIVE_IN_BASKET =
        2 /* if it is eligible, it is the only discount of the basket (points are not) */
};

enum book_audience {
    BOOK_ANYONE = 0,
    BOOK_ANY_MEMBER = 1,
    BOOK_SEGMENT = 2, /* a member of at least one of the segments */
    BOOK_TIER = 3     /* a member of one of the tiers */
};

enum book_base {
    BOOK_RUNNING = 0,
    BOOK_INITIAL = 1
}; /* what earlier offers left; before any offer (the list) */

enum book_choose { BOOK_CHEAPEST = 0, BOOK_DEAREST = 1 };
enum book_placement {
    BOOK_SPREAD = 0,
    BOOK_ON_GET = 1
}; /* over all units of the group by price; on the got ones */

/* On which amount points are earned. */
enum book_basis {
    BOOK_NET = 0,               /* after all discounts */
    BOOK_NET_BEFORE_BASKET = 1, /* after all discounts but those of step 4 */
    BOOK_GROSS = 2              /* before discounts */
};

enum book_condition_kind {
    BOOK_MIN_QUANTITY = 1, /* value in thousandths of a unit; a weighed line is one unit */
    BOOK_MIN_AMOUNT = 2,   /* value in minor units */
    BOOK_MAX_QUANTITY = 3
};

enum book_text_role {
    BOOK_NAME = 0,
    BOOK_MESSAGE = 1
}; /* what an offer is called; what the screen says of it */

/* What a symbol names. Symbols are the texts that baskets, members and tills are matched by. */
enum book_symbol_kind {
    BOOK_SYMBOL_ITEM = 0,
    BOOK_SYMBOL_CATEGORY = 1,
    BOOK_SYMBOL_SEGMENT = 2,
    BOOK_SYMBOL_TIER = 3,
    BOOK_SYMBOL_STORE = 4
};

/* A part of a list that stands elsewhere in the book. */
struct book_range {
    uint32_t first;
    uint32_t count;
};

/* What kind-specific numbers an offer has; those that its kind does not use are 0 (selector: BOOK_NONE). */
struct book_give {
    uint32_t percent_bp;
    uint32_t factor_bp;
    int64_t amount_minor;
    int64_t max_amount_minor; /* 0: no cap */
    int64_t per_minor;
    uint32_t points;
    uint32_t buy_units;
    uint32_t get_units;
    uint32_t repeats_max; /* 0: as often as it fits */
    uint32_t get;         /* selector */
    uint8_t choose;       /* enum book_choose */
    uint8_t placement;    /* enum book_placement */
    uint8_t percent_of;   /* enum book_base */
    uint8_t basis;        /* enum book_basis */
};

/* One offer as it stands in the book. */
struct book_offer {
    struct span id;
    uint32_t version;
    uint16_t kind;     /* enum book_kind, or unknown */
    uint8_t scope;     /* enum book_scope */
    uint8_t step;      /* enum book_step */
    uint8_t exclusive; /* enum book_exclusive */
    uint8_t audience;  /* enum book_audience */
    uint8_t weekdays;
    uint8_t lane;
    int32_t priority;
    int32_t from_day;              /* the first local day on which it is valid, or BOOK_DAY_FIRST */
    int32_t until_day;             /* the last one, or BOOK_DAY_LAST */
    uint32_t target;               /* selector */
    struct book_range who, stores; /* of symbol references; no stores: all of them */
    struct book_range hours;       /* no hours: the whole day */
    struct book_range conditions;
    struct book_range texts;
    struct book_give give;
};

struct book_condition {
    uint8_t kind; /* enum book_condition_kind */
    uint8_t base; /* enum book_base */
    uint32_t selector;
    int64_t value;
};

struct book_lane {
    struct span name;
    uint8_t mode; /* enum book_lane_mode */
};

struct book_text {
    struct span language; /* BCP 47 */
    uint8_t role;         /* enum book_text_role */
    struct span text;     /* UTF-8 */
};

/* Which lines are meant: everything, or the included items and categories, less the excluded ones. */
struct book_selector {
    bool everything;
    struct book_range include, exclude; /* of symbol references, ascending */
};

struct book_header {
    uint64_t version; /* of the book: grows with each that head office issues */
    int64_t created_unix_ms;
    int32_t valid_from_day; /* local day from which it may be used */
    char currency[4];       /* ISO 4217, NUL-terminated */
    uint8_t exponent;       /* decimals of the currency */
    struct span programme;
    struct book_range stores; /* symbol references: where the book is for; none: everywhere */
};

/* One list of the book. */
struct book_section {
    const uint8_t *bytes;
    uint32_t count;
};

enum { BOOK_SECTIONS = 12 };

/* An open book. The fields are read by this module alone, but for header. */
struct book {
    struct book_header header;
    struct span bytes;
    struct book_section section[BOOK_SECTIONS];
};

/* Checks all of the bytes. ERR_VERSION: a format that this program does not know; ERR_TRUNCATED, ERR_SYNTAX:
 * not a book; ERR_TOO_LONG: larger than BOOK_SIZE_MAX. *out_book is untouched on failure. */
NODISCARD
enum err book_open(struct span bytes, struct book *out_book);

uint32_t book_offer_count(const struct book *book);
/* index < book_offer_count. */
void book_offer_at(const struct book *book, uint32_t index, struct book_offer *out_offer);
/* The offer of that id; BOOK_NONE if there is none. */
uint32_t book_find_offer(const struct book *book, struct span id);

/* The text in that language, else in its primary language ("pt" for "pt-BR"), else in the offer's first one;
 * empty if it has none of that role. */
struct span book_offer_text(const struct book *book, const struct book_offer *offer, enum book_text_role role,
                            struct span language);
/* All texts of an offer one by one: i < offer->texts.count. */
struct book_text book_text_at(const struct book *book, const struct book_offer *offer, uint32_t i);

struct book_lane book_lane_at(const struct book *book, uint32_t lane);
uint32_t book_lane_count(const struct book *book);
struct book_condition book_condition_at(const struct book *book, const struct book_offer *offer, uint32_t i);
struct book_selector book_selector_at(const struct book *book, uint32_t selector);

uint32_t book_symbol_count(const struct book *book);
/* BOOK_NONE if the book does not name it. */
uint32_t book_find_symbol(const struct book *book, enum book_symbol_kind kind, struct span text);
enum book_symbol_kind book_symbol_kind_of(const struct book *book, uint32_t symbol);
struct span book_symbol_text(const struct book *book, uint32_t symbol);
/* The symbol that stands at `at` in the list of references (what struct book_range counts in). */
uint32_t book_reference_at(const struct book *book, uint32_t at);
/* The offers that an item or category of the basket, or a segment or tier of the member, can concern:
 * ascending. */
struct book_range book_symbol_offers(const struct book *book, uint32_t symbol);
/* The offers that any basket can concern; those for any member. */
struct book_range book_basket_wide_offers(const struct book *book);
struct book_range book_any_member_offers(const struct book *book);
uint32_t book_posting_at(const struct book *book, uint32_t at);

bool book_is_within_hours(const struct book *book, const struct book_offer *offer, uint16_t minute_of_day);

/* The kind's name as the JSON book spells it ("percent_off"), NULL if unknown; and back, 0 if unknown. */
const char *book_kind_name(uint16_t kind);
uint16_t book_kind_of_name(struct span name);

/* -------------------------------------------------------------------------------------------- the builder */

struct book_source_selector {
    bool everything; /* then items and categories are empty */
    const struct span *items, *categories;
    uint32_t item_count, category_count;
    const struct span *excluded_items, *excluded_categories;
    uint32_t excluded_item_count, excluded_category_count;
};

struct book_source_condition {
    enum book_condition_kind kind;
    enum book_base base;
    struct book_source_selector of; /* {0}: the offer's target */
    int64_t value;
};

/* from < until: [from, until); from > until: over midnight, counted to the day that it is then. */
struct book_hours {
    uint16_t from_minute, until_minute;
};

struct book_source_text {
    struct span language;
    enum book_text_role role;
    struct span text;
};

/* An offer as head office's compiler hands it over. Zero is the default of every field but version, kind,
 * weekdays, from_day, until_day and target. give.get is not read: the selector stands in `get`. */
struct book_source_offer {
    struct span id; /* 1 to OFFER_ID_MAX bytes, unique in the book */
    uint32_t version;
    uint16_t kind;
    enum book_scope scope;
    enum book_exclusive exclusive;
    enum book_audience audience;
    const struct span *who; /* segments or tiers */
    uint32_t who_count;
    uint8_t weekdays;
    int32_t from_day, until_day;
    const struct book_hours *hours;
    uint32_t hour_count;
    const struct span *stores;
    uint32_t store_count;
    uint32_t lane; /* index into lanes */
    int32_t priority;
    struct book_source_selector target;
    struct book_source_selector get; /* BOOK_BUY_GET only; {0}: the same as the target */
    const struct book_source_condition *conditions;
    uint32_t condition_count;
    const struct book_source_text *texts;
    uint32_t text_count;
    struct book_give give;
};

struct book_source_lane {
    struct span name;
    enum book_lane_mode mode;
};

struct book_source {
    uint64_t version;
    int64_t created_unix_ms;
    int32_t valid_from_day;
    struct span currency; /* three letters */
    uint8_t exponent;
    struct span programme;
    const struct span *stores;
    uint32_t store_count;
    const struct book_source_lane *lanes; /* in the order in which they run within each step; at least one */
    uint32_t lane_count;
    const struct book_source_offer *offers; /* in any order */
    uint32_t offer_count;
};

/* What the builder refused, for a message that names the place. */
struct book_fault {
    uint32_t offer;    /* index into source->offers, or BOOK_NONE: the book itself */
    const char *field; /* "give.percent_bp" */
    const char *what;  /* a sentence without a full stop */
};

/* How much memory book_builder_write wants for that source: scratch and the finished bytes together. */
size_t book_builder_memory_size(const struct book_source *source);

/* Writes the book into memory (any alignment); *out_book are its bytes, within memory. The same source gives
 * the same bytes. ERR_ARGUMENT: *out_fault says what is wrong with the source; ERR_FULL: memory is smaller
 * than book_builder_memory_size; ERR_TOO_LONG: the book would exceed BOOK_SIZE_MAX. */
NODISCARD
enum err book_builder_write(const struct book_source *source, void *memory, size_t memory_size,
                            struct span *out_book, struct book_fault *out_fault);

/* The step in which an offer of that kind and scope is evaluated; 0 if the kind is unknown or has no such
 * scope. */
uint8_t book_step_of(uint16_t kind, enum book_scope scope);

#endif
