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

#define BOOK_FORMAT_VERSION        2
#define BOOK_OFFERS_MAX            131072 /* the engine keeps one bit for each: 16 KiB */
#define BOOK_LANES_MAX             64
#define BOOK_PARTS_MAX             8     /* of one bundle */
#define BOOK_STEPS_MAX             64    /* thresholds of one tiered offer */
#define BOOK_PROGRAM_MAX           16384 /* bytes of one condition */
#define BOOK_DAYS_MAX              36600 /* a hundred years */
#define BOOK_CARD_MAX              32    /* the name of a stamp card, a coupon series or a lottery */
#define BOOK_SEARCH_STATES_DEFAULT 4096  /* of a best-combination lane */
#define BOOK_SEARCH_STATES_MAX     1000000
#define BOOK_DAY_FIRST             INT32_MIN /* no first day */
#define BOOK_DAY_LAST              INT32_MAX /* no last day */
#define BOOK_WEEKDAYS_ALL          0x7f      /* bit 0 is Monday, bit 6 Sunday */
#define BOOK_MINUTES_A_DAY         1440
#define BOOK_PERCENT_MAX_BP        10000
#define BOOK_FACTOR_MAX_BP         1000000 /* a hundredfold */
#define BOOK_POINTS_MAX            1000000 /* of one step */
#define BOOK_UNITS_MAX             1000000 /* of one group */
#define BOOK_AMOUNT_MAX                                                                                      \
    10000000000000 /* minor units: far beyond any basket, and no sum of such overflows                       \
                    */
#define BOOK_NONE UINT32_MAX

/* What an offer gives. A number that is not here is an offer of a newer program: it is kept, never given and
 * explained as OFFERS_UNKNOWN_KIND. Kinds 1 to 4, 7 to 13 and 25 are discounts, 24 changes prices, 5, 6, 16 and
 * 17 give points; the others are awards. */
enum book_kind {
    BOOK_PERCENT_OFF = 1, /* percent_bp off, a unit, a line or the whole target, at most max_amount_minor (of
                             lines: each at most its share of it); a line: of at most max_units of it */
    BOOK_AMOUNT_OFF = 2,  /* amount_minor off, a unit, a line (at most the price of cap_units of it) or once,
                             or together for each full per_minor, at most repeats_max times */
    BOOK_FIXED_PRICE = 3, /* amount_minor is the price of a unit, a line or the whole target, where lower */
    BOOK_BUY_GET = 4, /* buy_units of the target, then percent_bp (or by price_mode) off get_units of `get` */
    BOOK_POINTS_PER_SPEND = 5,  /* points for each full per_minor of the target, floored by line_rounding */
    BOOK_POINTS_MULTIPLIER = 6, /* factor_bp times the points that the target earns (20000: double) */
    BOOK_QUANTITY_GROUP = 7,  /* percent_bp or amount_minor off each unit of complete groups of group_units */
    BOOK_TIERED_PERCENT = 8,  /* percent_bp, or that of the highest step reached by tier_by */
    BOOK_TIERED_AMOUNT = 9,   /* amount_minor, or that of the highest step, once off the target */
    BOOK_FIRST_AND_MORE = 10, /* amount_minor off a line's first unit, more_minor off each further one, of at
                                    most max_units */
    BOOK_CHEAPEST_UNIT = 11,  /* percent_bp off one unit of the lowest-priced matched line */
    BOOK_NTH_FREE = 12,       /* of each group_units, percent_bp off get_units of them by `choose` */
    BOOK_BUNDLE = 13,         /* a complete set of the parts costs amount_minor */
    BOOK_FREE_UNITS = 14,     /* get_units of `item` for each buy_units of the target, on top of the basket,
                                    if the quantity lies within min_units and max_units */
    BOOK_GIFT_LINE = 15,      /* get_units of `item`, worth unit_minor each, at charged_minor each */
    BOOK_POINTS_PER_UNIT = 16,  /* points for each buy_units (0: each unit) */
    BOOK_POINTS_PER_VISIT = 17, /* points for the receipt */
    BOOK_STAMPS = 18,           /* points are stamps on `card`, by earn_by; a full one gives `reward` */
    BOOK_COUPON = 19,           /* get_units coupons of the series `card` for next time, valid for `days` */
    BOOK_MESSAGE_SHOWN = 20,    /* its texts */
    BOOK_QUESTION = 21,         /* its texts; the answers are texts of the role BOOK_ANSWER */
    BOOK_SUGGESTION = 22,       /* `item`; empty: the next of the member's list */
    BOOK_TICKET = 23,           /* get_units tickets of the lottery `card` */
    BOOK_PRICE = 24, /* a new unit price, by price_mode, where lower; the price is what is rounded */
    BOOK_MIX = 25    /* group_units of the target, by mix_mode */
};
#define BOOK_KIND_LAST BOOK_MIX

/* What is rounded once: each unit, each line, or the whole target together (then shared over the lines by
 * largest remainder). */
enum book_scope { BOOK_EACH_UNIT = 0, BOOK_EACH_LINE = 1, BOOK_TOGETHER = 2 };

/* The steps of OFFERS.md B2 that hold offers. */
enum book_step {
    BOOK_STEP_PRICE = 1,
    BOOK_STEP_ITEM = 2,
    BOOK_STEP_GROUP = 3,
    BOOK_STEP_BASKET = 4,
    BOOK_STEP_EARN = 8,
    BOOK_STEP_MULTIPLY = 9, /* the second half of step 8: multipliers of what the first half earned */
    BOOK_STEP_AWARD = 10    /* what is neither a discount nor points */
};

/* In which order the steps 2 to 4 run. */
enum book_order {
    BOOK_BY_STEP = 0,
    BOOK_BY_PRIORITY = 1 /* they are one step: lane, priority, id */
};

/* How a sum falls on lines; what is left over after the shares are rounded. */
enum book_sharing {
    BOOK_LARGEST_REMAINDER = 0,  /* floor, then one to each of the largest fractions, ties to the earlier */
    BOOK_FLOOR_IN_ORDER = 1,     /* floor, then one to each from the first on */
    BOOK_HALF_DOWN_IN_ORDER = 2, /* half-down, then one more or less from the first on */
    BOOK_HALF_EVEN_LAST = 3,     /* half-even, the last takes the rest */
    BOOK_EQUAL_IF_ZERO = 4       /* largest remainder; equal shares where all weights are zero */
};
#define BOOK_SHARING_LAST BOOK_EQUAL_IF_ZERO

enum book_lane_mode {
    BOOK_LANE_ALL = 0,              /* every offer, on the amounts that the one before left */
    BOOK_LANE_BEST_PER_LINE = 1,    /* each line takes the offer that gives it most */
    BOOK_LANE_HIGHEST_PRIORITY = 2, /* only the offers of the highest priority that is eligible */
    BOOK_LANE_EXCLUSIVE = 3,        /* only the first eligible offer */
    BOOK_LANE_SUM_PERCENT = 4, /* percents of the initial amount and amounts add up, applied once a line */
    BOOK_LANE_BEST_COMBINATION = 5 /* the offers, and the units of each, that give most together */
};
#define BOOK_LANE_MODE_LAST BOOK_LANE_BEST_COMBINATION

enum book_exclusive {
    BOOK_NOT_EXCLUSIVE = 0,
    BOOK_EXCLUSIVE_IN_STEP = 1, /* if it is eligible, it is alone in its step */
    BOOK_EXCLUSIVE_IN_BASKET =
        2, /* if it is eligible, it is the only discount of the basket (points are not) */
    BOOK_EXCLUSIVE_IF_BETTER = 3 /* the same, if it gives more than all others together would */
};
#define BOOK_EXCLUSIVE_LAST BOOK_EXCLUSIVE_IF_BETTER

enum book_group_scope { BOOK_GROUP_PER_BASKET = 0, BOOK_GROUP_PER_LINE = 1 };

enum book_audience {
    BOOK_ANYONE = 0,
    BOOK_ANY_MEMBER = 1,
    BOOK_SEGMENT = 2, /* a member of at least one of the segments */
    BOOK_TIER = 3,    /* a member of one of the tiers */
    BOOK_LISTED = 4   /* one of the members, named by 32 small hex digits */
};
#define BOOK_AUDIENCE_LAST BOOK_LISTED

/* What the member must have agreed to. */
enum book_consent { BOOK_NO_CONSENT = 0, BOOK_CONSENT_PERSONAL_OFFERS = 1 };
#define BOOK_CONSENT_LAST BOOK_CONSENT_PERSONAL_OFFERS

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

enum book_tier_by {
    BOOK_TIER_BASKET_AMOUNT = 0,
    BOOK_TIER_MATCHED_AMOUNT = 1,
    BOOK_TIER_MATCHED_QUANTITY = 2
};
enum book_price_mode { BOOK_PRICE_PERCENT = 0, BOOK_PRICE_AMOUNT = 1, BOOK_PRICE_FIXED = 2 };
enum book_mix_mode {
    BOOK_MIX_PERCENT = 0,      /* percent_bp off all of the group */
    BOOK_MIX_PERCENT_SOME = 1, /* percent_bp off get_units of it, by `choose` */
    BOOK_MIX_PRICE = 2,        /* the group costs amount_minor */
    BOOK_MIX_AMOUNT = 3        /* amount_minor off the group */
};
/* What stamps, tickets and coupons are counted by: once a receipt; for each buy_units of the target (0: each
 * unit); for each full per_minor of it. */
enum book_earn_by { BOOK_EARN_PER_VISIT = 0, BOOK_EARN_PER_UNIT = 1, BOOK_EARN_PER_SPEND = 2 };
enum book_line_rounding { BOOK_FLOOR_PER_RECEIPT = 0, BOOK_FLOOR_PER_LINE = 1 };

/* The selector says which lines count. */
enum book_condition_kind {
    BOOK_MIN_QUANTITY = 1, /* value in thousandths of a unit; a weighed line is one unit */
    BOOK_MIN_AMOUNT = 2,   /* value in minor units */
    BOOK_MAX_QUANTITY = 3,
    BOOK_MAX_AMOUNT = 4,
    BOOK_MIN_LINE_QUANTITY = 5, /* one line has that many thousandths */
    BOOK_VISIT_NUMBER = 6,      /* this is the member's purchase of that number */
    BOOK_VISIT_EVERY = 7,       /* ... of a multiple of that number */
    BOOK_BIRTHDAY = 8,   /* value is days before * BOOK_BIRTHDAY_FACTOR + days after; either at most 180 */
    BOOK_IN_SEGMENT = 9, /* the member is in the segment `symbol` */
    BOOK_CONTAINS = 10   /* at least one unit */
};
#define BOOK_CONDITION_LAST      BOOK_CONTAINS
#define BOOK_BIRTHDAY_FACTOR     1000
#define BOOK_BIRTHDAY_WINDOW_MAX 180

enum book_text_role {
    BOOK_NAME = 0,    /* what an offer is called */
    BOOK_MESSAGE = 1, /* what the screen says of it */
    BOOK_ANSWER = 2,  /* of a question; several of one language stand in the order in which they are shown */
    BOOK_RECEIPT_TEXT = 3,
    BOOK_CASHIER_TEXT = 4
};
#define BOOK_TEXT_ROLE_LAST BOOK_CASHIER_TEXT

enum book_limit_what {
    BOOK_LIMIT_USES = 0, /* one a receipt on which the offer gives something */
    BOOK_LIMIT_UNITS = 1,
    BOOK_LIMIT_AMOUNT = 2, /* minor units */
    BOOK_LIMIT_POINTS = 3
};
#define BOOK_LIMIT_WHAT_LAST BOOK_LIMIT_POINTS
enum book_limit_per {
    BOOK_PER_LINE = 0,
    BOOK_PER_BASKET = 1,
    BOOK_PER_MEMBER = 2,
    BOOK_PER_TILL = 3,
    BOOK_PER_STORE = 4,
    BOOK_PER_CHAIN = 5
};
#define BOOK_LIMIT_PER_LAST BOOK_PER_CHAIN
enum book_period { BOOK_EVER = 0, BOOK_DAY = 1, BOOK_WEEK = 2, BOOK_MONTH = 3, BOOK_YEAR = 4 };
#define BOOK_PERIOD_LAST BOOK_YEAR

/* What a symbol names. Symbols are the texts that baskets, members and tills are matched by. */
enum book_symbol_kind {
    BOOK_SYMBOL_ITEM = 0,
    BOOK_SYMBOL_CATEGORY = 1,
    BOOK_SYMBOL_SEGMENT = 2,
    BOOK_SYMBOL_TIER = 3,
    BOOK_SYMBOL_STORE = 4,
    BOOK_SYMBOL_GROUP = 5,
    BOOK_SYMBOL_COUPON = 6, /* a series */
    BOOK_SYMBOL_CHANNEL = 7,
    BOOK_SYMBOL_MEMBER = 8
};
#define BOOK_SYMBOL_LAST      BOOK_SYMBOL_MEMBER
#define BOOK_MEMBER_TEXT_SIZE 32 /* a member id in small hex digits */

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
    uint32_t repeats_max;  /* 0: as often as it fits */
    uint32_t get;          /* selector */
    uint8_t choose;        /* enum book_choose */
    uint8_t placement;     /* enum book_placement */
    uint8_t percent_of;    /* enum book_base */
    uint8_t basis;         /* enum book_basis */
    uint8_t tier_by;       /* enum book_tier_by */
    uint8_t tier_base;     /* enum book_base: of the amounts that steps are reached by */
    uint8_t price_mode;    /* enum book_price_mode: of the price, or of a got unit of buy_get */
    uint8_t mix_mode;      /* enum book_mix_mode */
    uint8_t earn_by;       /* enum book_earn_by */
    uint8_t line_rounding; /* enum book_line_rounding */
    uint32_t max_units, cap_units, min_units; /* 0: no such bound */
    uint32_t group_units;
    uint32_t days;             /* how long a coupon is valid; 0: for ever */
    uint32_t card_size;        /* stamps that make a card full; 0: it never is */
    uint32_t excluded_tenders; /* bit n: kassa_TenderKind n earns nothing, beside the programme's */
    int64_t more_minor;
    int64_t prior_price_minor; /* shown as the earlier price; 0: the list price */
    int64_t unit_minor, charged_minor;
    struct book_range steps, parts; /* set by the builder from the source's lists */
    struct span item, card,
        reward; /* a sku; a stamp card, series or lottery; the series that a full card gives */
};

/* From `threshold` on (minor units, thousandths) the offer gives `value` (basis points, minor units). */
struct book_step_row {
    int64_t threshold, value;
};

struct book_part {
    uint32_t selector, units;
};

/* What an offer may give at most, over a line, a basket or a period of the store's calendar. */
struct book_limit {
    uint8_t what;    /* enum book_limit_what */
    uint8_t per;     /* enum book_limit_per */
    uint8_t period;  /* enum book_period; per line and basket: 0 */
    uint8_t partial; /* 0: what would pass the limit is not given at all; 1: it is cut to what is left */
    int64_t value;
};

/* A tier that is reached by what a member spent in the last window_days (0: in the calendar year). */
struct book_tier {
    uint32_t tier; /* symbol */
    uint16_t window_days;
    int64_t from_minor, keep_minor; /* reached by; kept by, at most that */
};

enum book_burn_as { BOOK_BURN_AS_DISCOUNT = 0, BOOK_BURN_AS_TENDER = 1 };
enum book_lifetime_unit { BOOK_DAYS = 0, BOOK_MONTHS = 1, BOOK_YEARS = 2 };
enum book_expiry_round {
    BOOK_EXPIRE_DAY = 0,
    BOOK_EXPIRE_MONTH_END = 1,
    BOOK_EXPIRE_QUARTER_END = 2,
    BOOK_EXPIRE_YEAR_END = 3
}; /* the first day on which a lot cannot be used is the day after that end */
enum book_return_policy {
    BOOK_RETURN_ONLY_PENDING = 0,
    BOOK_RETURN_WITHIN_BALANCE = 1,
    BOOK_RETURN_UNLIMITED = 2
};

/* How points are burned and how long they live. All 0: no burning, points at once and for ever. */
struct book_programme {
    uint32_t burn_points;     /* each whole step of that many points ... */
    int64_t burn_value_minor; /* ... is worth that; 0: points cannot be burned */
    uint32_t burn_min_points;
    uint32_t burn_share_max_bp; /* of what is to pay; 0 and 10000: all */
    uint8_t burn_as;            /* enum book_burn_as */
    uint8_t burn_same_sale;     /* 1: points that this sale earns may be burned in it */
    uint8_t lifetime_unit;      /* enum book_lifetime_unit */
    uint8_t expiry_round;       /* enum book_expiry_round */
    uint8_t return_policy;      /* enum book_return_policy */
    uint32_t pending_days;      /* until the return window closes */
    uint32_t lifetime;          /* 0: for ever */
    uint32_t reinstate_days;    /* grace of a burned lot that expired before its return */
    uint32_t excluded_tenders;  /* bit n: kassa_TenderKind n earns nothing */
    uint32_t offline_card_day_points, offline_till_day_points; /* 0: none may be burned offline */
    struct book_range tier_rules; /* of book_tier_at, ascending by from_minor; set by the builder */
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
    struct book_range groups;        /* of references: at most one offer of each is given */
    struct book_range excluded_with; /* of postings: offers that it never meets, either way round */
    struct book_range coupons;  /* of references: one of these series is presented; none: no coupon needed */
    struct book_range channels; /* of references; none: all */
    struct book_range limits;   /* of book_limit_at */
    struct span condition;      /* a program over basket, member, now and store; empty: none */
    struct span line_condition; /* a program over line as well: which lines of the target count */
    struct span experiment;
    uint16_t holdout_bp; /* that share of the members never gets it */
    uint8_t consent;     /* enum book_consent */
    uint8_t group_scope; /* enum book_group_scope */
    struct book_give give;
};

struct book_condition {
    uint8_t kind;              /* enum book_condition_kind */
    uint8_t base;              /* enum book_base */
    uint8_t amount_net_of_tax; /* 1: amounts are compared without the tax that they include */
    uint32_t selector;
    uint32_t symbol; /* of BOOK_IN_SEGMENT, else BOOK_NONE */
    int64_t value;
};

/* from < until: [from, until); from > until: over midnight, counted to the day that it is then. */
struct book_hours {
    uint16_t from_minute, until_minute;
};

struct book_lane {
    struct span name;
    uint8_t mode;        /* enum book_lane_mode */
    uint16_t offers_max; /* at most that many offers of the lane on a receipt; 0: any number */
};

struct book_text {
    struct span language; /* BCP 47 */
    uint8_t role;         /* enum book_text_role */
    struct span text;     /* UTF-8 */
};

/* Which lines are meant: everything, or the included items and categories, less the excluded ones; of these
 * the ones whose unit price after price rules lies within the bounds. */
struct book_selector {
    bool everything;
    bool not_reduced; /* only lines whose price neither a price rule nor the till has lowered */
    int64_t price_min_minor, price_max_minor; /* inclusive; -1: no bound */
    struct book_range include, exclude;       /* of symbol references, ascending */
};

struct book_header {
    uint64_t version; /* of the book: grows with each that head office issues */
    int64_t created_unix_ms;
    int32_t valid_from_day; /* local day from which it may be used */
    char currency[4];       /* ISO 4217, NUL-terminated */
    uint8_t exponent;       /* decimals of the currency */
    struct span programme;
    struct book_range stores;      /* symbol references: where the book is for; none: everywhere */
    uint8_t order;                 /* enum book_order */
    uint8_t sharing;               /* enum book_sharing */
    uint32_t search_states_max;    /* of best-combination lanes; never 0 in an open book */
    uint32_t line_discount_max_bp; /* what all discounts together may take off a line; 10000: all of it */
    struct book_programme programme_rules;
};

/* One list of the book. */
struct book_section {
    const uint8_t *bytes;
    uint32_t count;
};

enum { BOOK_SECTIONS = 18 };

/* An open book. The fields are read by this module alone, but for header. */
struct book {
    struct book_header header;
    struct span bytes;
    struct book_section section[BOOK_SECTIONS];
    bool has_newer_programs; /* conditions that this program cannot evaluate */
};

/* Checks all of the bytes. ERR_VERSION: a format that this program does not know; ERR_TRUNCATED, ERR_SYNTAX:
 * not a book; ERR_TOO_LONG: larger than BOOK_SIZE_MAX. *out_book is untouched on failure. */
NODISCARD
enum err book_open(struct span bytes, struct book *out_book);

uint32_t book_offer_count(const struct book *book);
/* index < book_offer_count. */
void book_offer_at(const struct book *book, uint32_t index, struct book_offer *out_offer);
/* The same in two parts: all but what it gives, whose numbers are not set; and these alone. */
void book_offer_head_at(const struct book *book, uint32_t index, struct book_offer *out_offer);
void book_offer_give_at(const struct book *book, uint32_t index, struct book_offer *offer);
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
struct book_limit book_limit_at(const struct book *book, const struct book_offer *offer, uint32_t i);
struct book_step_row book_step_at(const struct book *book, const struct book_offer *offer, uint32_t i);
struct book_part book_part_at(const struct book *book, const struct book_offer *offer, uint32_t i);
/* i < header.programme_rules.tier_rules.count. */
struct book_tier book_tier_at(const struct book *book, uint32_t i);
/* false: one of its conditions is of a newer program. */
bool book_knows_programs(const struct book *book, const struct book_offer *offer);
uint32_t book_excluded_with_at(const struct book *book, const struct book_offer *offer, uint32_t i);

uint32_t book_symbol_count(const struct book *book);
/* BOOK_NONE if the book does not name it. */
uint32_t book_find_symbol(const struct book *book, enum book_symbol_kind kind, struct span text);
enum book_symbol_kind book_symbol_kind_of(const struct book *book, uint32_t symbol);
struct span book_symbol_text(const struct book *book, uint32_t symbol);
/* The symbol that stands at `at` in the list of references (what struct book_range counts in). */
uint32_t book_reference_at(const struct book *book, uint32_t at);
/* The offers that this symbol wakes, ascending: an item or category in the basket, a segment or tier of the
 * member, the member, the store, a coupon that is presented. Each offer is woken by its rarest trigger alone
 * (SPEC.md), so that the work for a basket does not grow with the book. */
struct book_range book_symbol_triggers(const struct book *book, uint32_t symbol);
/* The offers for members of the segment or tier, or for the member, whatever is bought: ascending. */
struct book_range book_symbol_offers(const struct book *book, uint32_t symbol);
/* The offers that every basket wakes; those for any member. */
struct book_range book_basket_wide_offers(const struct book *book);
struct book_range book_any_member_offers(const struct book *book);
uint32_t book_posting_at(const struct book *book, uint32_t at);

struct book_hours book_hours_at(const struct book *book, const struct book_offer *offer, uint32_t i);
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
    bool has_price_min, has_price_max, not_reduced;
    int64_t price_min_minor, price_max_minor; /* of a unit, inclusive, where there is one */
};

struct book_source_condition {
    enum book_condition_kind kind;
    enum book_base base;
    bool amount_net_of_tax;
    struct book_source_selector of; /* {0}: the offer's target */
    struct span segment;            /* of BOOK_IN_SEGMENT */
    int64_t value;
};

struct book_source_part {
    struct book_source_selector of;
    uint32_t units;
};

struct book_source_tier {
    struct span tier;
    int64_t from_minor, keep_minor;
    uint16_t window_days;
};

struct book_source_text {
    struct span language;
    enum book_text_role role;
    struct span text;
};

/* An offer as head office's compiler hands it over. Zero is the default of every field but version, kind,
 * weekdays, from_day, until_day and target. Of `give` the fields get, steps and parts are not read: they stand
 * in the offer. */
struct book_source_offer {
    struct span id; /* 1 to OFFER_ID_MAX bytes, unique in the book */
    uint32_t version;
    uint16_t kind;
    enum book_scope scope;
    enum book_exclusive exclusive;
    enum book_audience audience;
    const struct span *who; /* segments, tiers or members (BOOK_LISTED) */
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
    const struct span *groups;
    uint32_t group_count;
    enum book_group_scope group_scope;
    const struct span *excluded_with; /* ids of offers of this book; naming it from one side is enough */
    uint32_t excluded_with_count;
    const struct span *coupons;
    uint32_t coupon_count;
    const struct span *channels;
    uint32_t channel_count;
    const struct book_limit *limits;
    uint32_t limit_count;
    struct span condition, line_condition; /* compiled */
    enum book_consent consent;
    struct span experiment;
    uint16_t holdout_bp;
    const struct book_step_row *steps; /* ascending by threshold */
    uint32_t step_count;
    const struct book_source_part *parts;
    uint32_t part_count;
    struct book_give give;
};

struct book_source_lane {
    struct span name;
    enum book_lane_mode mode;
    uint16_t offers_max;
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
    enum book_order order;
    enum book_sharing sharing;
    uint32_t search_states_max;            /* 0: BOOK_SEARCH_STATES_DEFAULT */
    uint32_t line_discount_max_bp;         /* 0: all, as 10000 */
    struct book_programme programme_rules; /* but for tier_rules */
    const struct book_source_tier *tiers;  /* ascending by from_minor */
    uint32_t tier_count;
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
