/* SPDX-License-Identifier: Apache-2.0 */
/* shop.h - a whole case for the engine in one flat struct: a book, a basket, a member, a moment. It holds no
 * pointers, so a case is copied by assignment, made smaller a field at a time and printed from one table of fields.
 *
 * Names are numbers: item 3 is "i3", category 1 is "c1"; lists of names are sets of bits. */
#ifndef KASSA_MODEL_SHOP_H
#define KASSA_MODEL_SHOP_H

#include <stdio.h>

#include "harness/seed.h"
#include "model/terms.h"
#include "offers/offers.h"

#define SHOP_OFFERS     10
#define SHOP_LINES      10
#define SHOP_LANES      4
#define SHOP_NAMES      8 /* of each sort */
#define SHOP_CONDITIONS 2
#define SHOP_LIMITS     2
#define SHOP_STEPS      3
#define SHOP_PARTS      3
#define SHOP_COUPONS    3
#define SHOP_COUNTERS   6
#define SHOP_TENDERS    2
#define SHOP_DAY        20778 /* 2026-11-21, a Saturday */

struct shop_selector {
    bool everything, not_reduced, has_price_min, has_price_max;
    uint8_t items, categories, excluded_items, excluded_categories;
    int64_t price_min_minor, price_max_minor;
};

struct shop_condition {
    uint8_t kind, base, segment;
    bool amount_net_of_tax, of_target; /* of_target: `of` is not read */
    struct shop_selector of;
    int64_t value;
};

struct shop_part {
    struct shop_selector of;
    uint32_t units;
};

struct shop_offer {
    uint8_t number; /* its id is "o<number>", whatever else is dropped */
    uint8_t scope, exclusive, audience, who, weekdays, stores, lane, groups, group_scope, coupons, channels,
        consent;
    uint16_t kind, holdout_bp, excluded_with; /* excluded_with: bit n is offer number n */
    uint16_t from_minute, until_minute;       /* equal: the whole day */
    int32_t from_day, until_day, priority;
    bool has_get;
    struct shop_selector target, get;
    uint32_t condition_count, limit_count, step_count, part_count;
    struct shop_condition conditions[SHOP_CONDITIONS];
    struct book_limit limits[SHOP_LIMITS];
    struct book_step_row steps[SHOP_STEPS];
    struct shop_part parts[SHOP_PARTS];
    struct book_give give;
    struct terms terms;
};

struct shop_line {
    uint8_t item, categories;
    bool weighed, no_discount, no_points, is_reduced;
    uint32_t tax_rate_bp;
    int64_t quantity_milli, unit_price_e5, list_price_e5, floor_minor;
};

struct shop_lane {
    uint8_t mode;
    uint16_t offers_max;
};

struct shop_coupon {
    uint8_t series, state;
};

struct shop_counter {
    uint8_t offer, limit; /* the offer's number */
    int64_t used;
};

struct shop_tender {
    uint32_t kind;
    int64_t amount_minor;
};

struct shop {
    uint64_t seed; /* that it was made from */
    uint8_t exponent, order, sharing, stores, price_mode;
    int32_t valid_from_day;
    uint32_t search_states_max, line_discount_max_bp;
    struct book_programme programme;
    uint32_t lane_count, offer_count, line_count, coupon_count, counter_count, tender_count;
    struct shop_lane lanes[SHOP_LANES];
    struct shop_offer offers[SHOP_OFFERS];
    struct shop_line lines[SHOP_LINES];
    struct shop_coupon coupons[SHOP_COUPONS];
    struct shop_counter counters[SHOP_COUNTERS];
    struct shop_tender tenders[SHOP_TENDERS];
    int64_t not_earning_minor, burn_points;
    bool member_known;
    uint8_t member, tier, segments; /* the member's id is that byte, repeated; tier: its number */
    uint32_t visits, consents;
    uint16_t birth_month_day;
    int64_t points;
    int32_t day;
    uint16_t minute;
    uint8_t store, channel;
};

/* What a shop stands for, in the shape that the builder and the engine take. Points into itself. */
struct shop_built;

struct shop_built *shop_open(const struct shop *shop);
void shop_close(struct shop_built *built);
const struct book_source *shop_source(const struct shop_built *built);
const struct offers_member *shop_member(const struct shop_built *built);
const struct offers_moment *shop_moment(const struct shop_built *built);
/* Counters carry the offers' indexes in the book where one is given, else those in the source. */
const struct offers_basket *shop_basket(struct shop_built *built, const struct book *book);

/* By offer, as in the source. */
const struct terms *shop_terms(const struct shop_built *built);

/* Compiles the terms as a condition (of lines) into `out`; empty: there are none. shop_programs.c */
struct span shop_compile(const struct term *terms, uint32_t count, bool has_line, uint8_t *out, size_t size);

/* What random cases may have. */
enum shop_feature {
    SHOP_WHO = 1 << 0,         /* audiences, stores, days, hours, channels, consent, experiments */
    SHOP_COUPON = 1 << 1,      /* offers that need one */
    SHOP_STACKING = 1 << 2,    /* exclusive offers, groups, offers that never meet */
    SHOP_IF_BETTER = 1 << 3,   /* exclusive if better */
    SHOP_LIMIT = 1 << 4,       /* limits and counters */
    SHOP_SEARCH = 1 << 5,      /* best-combination lanes */
    SHOP_SUMMED = 1 << 6,      /* sum-of-percent lanes */
    SHOP_LANE_LIMIT = 1 << 7,  /* lanes that give only so many offers */
    SHOP_BY_PRIORITY = 1 << 8, /* one step instead of steps 2 to 4 */
    SHOP_SHARING = 1 << 9,     /* all methods */
    SHOP_SELECTION = 1 << 10,  /* price bounds, not_reduced */
    SHOP_BOOK_FLOOR = 1 << 11, /* line_discount_max */
    SHOP_TAX = 1 << 12,        /* rates, net prices, thresholds without the tax */
    SHOP_BURN = 1 << 13,       /* points burned */
    SHOP_NASTY = 1 << 14,      /* huge amounts, negative lines, weighed ones, floors, zero prices */
    SHOP_CEL = 1 << 15,        /* conditions as programs */
    SHOP_ALL = (1 << 16) - 1
};
struct shop_mix {
    uint32_t kinds;    /* bit n allows kind n */
    uint32_t features; /* of enum shop_feature */
};

/* The case that the seed makes of that mix: the same one with the same compiler. */
void shop_random(struct shop *shop, uint64_t seed, struct shop_mix mix);

/* Writes the case field by field, without what is at its default. */
void shop_print(const struct shop *shop, FILE *out);

/* Makes the case as small as it gets while `fails` still says so; it says so of *shop at first. */
typedef bool shop_fails(void *self, const struct shop *shop);
void shop_shrink(struct shop *shop, shop_fails *fails, void *self);

/* The fields of each struct, for printing and shrinking. */
struct shop_field {
    const char *name;
    uint16_t offset, size;
    bool is_signed;
    int64_t plain; /* the value that says nothing */
};
struct shop_fields {
    const struct shop_field *fields;
    uint32_t count;
};
struct shop_fields shop_fields_of_shop(void), shop_fields_of_offer(void), shop_fields_of_line(void),
    shop_fields_of_selector(void), shop_fields_of_condition(void), shop_fields_of_limit(void),
    shop_fields_of_step(void), shop_fields_of_part(void), shop_fields_of_lane(void),
    shop_fields_of_term(void), shop_fields_of_coupon(void), shop_fields_of_counter(void),
    shop_fields_of_tender(void);
int64_t shop_field_get(const struct shop_field *field, const void *object);
void shop_field_set(const struct shop_field *field, void *object, int64_t value);

#endif
