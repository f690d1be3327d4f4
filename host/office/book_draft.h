/* SPDX-License-Identifier: Apache-2.0 */
/* book_draft.h - a book between its JSON and its binary form: read, bounds held, not yet looked at as a
 * whole. Inside office/ only. All numbers are int64_t, as form.h reads them. */
#ifndef KASSA_OFFICE_BOOK_DRAFT_H
#define KASSA_OFFICE_BOOK_DRAFT_H

#include "offers/book.h"
#include "office/form.h"

#define DRAFT_ABSENT         (-1)
#define DRAFT_ITEMS_MAX      100000
#define DRAFT_NEEDS_MAX      16
#define DRAFT_HOURS_MAX      8
#define DRAFT_LISTS_MAX      10000 /* known categories, segments, tiers, stores; listed members */
#define DRAFT_LIMITS_MAX     16
#define DRAFT_STEPS_MAX      BOOK_STEPS_MAX /* tiers of one offer */
#define DRAFT_PARTS_MAX      BOOK_PARTS_MAX
#define DRAFT_ANSWERS_MAX    8
#define DRAFT_EACH_AUTO      99
#define DRAFT_TEXTS_MAX      32 /* languages of a name or a message */
#define DRAFT_NAME_MAX       120
#define DRAFT_MESSAGE_MAX    400
#define DRAFT_EXPRESSION_MAX 4000

struct draft_goods {
    struct form_texts items, categories;
};

/* An expression: its text, and its program once it is compiled. */
struct draft_expression {
    struct span text; /* empty: there is none */
    struct span program;
};

/* Which lines, and how many of them there must be; or, of a need, what must be so with the member. */
struct draft_selector {
    bool is_there;
    int64_t basket; /* 1: every line */
    struct draft_goods of;
    struct draft_goods except;
    int64_t price_from_minor, price_until_minor; /* DRAFT_ABSENT; so are all below */
    int64_t not_reduced;                         /* 1 */
    int64_t min_quantity_milli, max_quantity_milli, min_line_quantity_milli, min_amount_minor,
        max_amount_minor;
    int64_t contains;   /* 1 */
    int64_t net_of_tax; /* 1 */
    int64_t counted;    /* enum book_base */
    int64_t units;      /* of a bundle's part */
    struct draft_expression condition;
    bool is_of_member;
    int64_t visit_number, visit_every;                 /* 0: none */
    int64_t birthday_days_before, birthday_days_after; /* DRAFT_ABSENT: no matter of birthdays */
    struct span segment;
};

/* A row of "tiers" within "give". */
struct draft_step {
    int64_t threshold, value;
};

struct draft_texts {
    struct book_source_text *rows;
    uint32_t count;
};

/* All that any kind gives; a field that was not written is 0, the price DRAFT_ABSENT. */
struct draft_give {
    int64_t kind; /* enum book_kind; 0: refused */
    int64_t each; /* enum book_scope, or DRAFT_EACH_AUTO */
    int64_t percent_bp, factor_bp;
    int64_t amount_minor, more_amount_minor, price_minor, prior_price_minor, unit_price_minor, charged_minor;
    int64_t max_amount_minor, per_minor;
    int64_t points, buy, get, group, min_units, max_units, repeats_max, days, card_size;
    int64_t choose, placement, percent_of, basis, steps_of, tier_by, counted, not_earning, per,
        next_basket;          /* per: enum book_earn_by */
    struct draft_selector of; /* of buy_get: what is got */
    struct draft_step *steps;
    uint32_t step_count;
    struct draft_selector *parts;
    uint32_t part_count;
    struct draft_texts answers; /* one after the other, each in its languages */
    struct span item, card, reward;
};

struct draft_limit {
    int64_t what, per, period, most, partial;
};

struct draft_offer {
    struct span id;
    int64_t version, priority, exclusive, audience;
    struct span lane;    /* its name; empty: the first one */
    uint32_t lane_index; /* set by draft_check_sense */
    struct form_texts who;
    int64_t consent, holdout_bp;
    struct span experiment;
    int64_t from_day, until_day, weekdays;
    struct book_hours *hours;
    uint32_t hour_count;
    struct form_texts stores, coupons, groups, excluded_with, channels;
    int64_t group_scope;
    struct draft_limit *limits;
    uint32_t limit_count;
    struct draft_selector what;
    struct draft_selector *needs;
    uint32_t need_count;
    struct draft_expression condition;
    struct draft_give give;
    struct draft_texts names, messages, receipt_texts, cashier_texts;
};

/* A row of the book's "tiers". */
struct draft_tier {
    struct span name;
    int64_t from_minor, keep_minor, window_days; /* DRAFT_ABSENT, DRAFT_ABSENT, 0 */
};

/* A row of the book's "items", for the check alone. */
struct draft_item {
    struct span sku;
    struct form_texts categories;
    int64_t price_minor, cost_minor; /* DRAFT_ABSENT: not known */
};

struct draft_items {
    struct draft_item *rows;
    uint32_t count;
};

/* The book's "points". */
struct draft_points {
    bool is_there;
    int64_t burn_points, burn_value_minor, burn_as, burn_least, burn_most_bp;
    int64_t pending_days, lifetime, lifetime_unit, expire, return_policy, reinstate_days, burn_same_sale,
        not_earning, card_day, till_day;
};

struct draft_book {
    int64_t format, version, valid_from_day, exponent;
    struct span currency, programme;
    struct form_texts stores, categories, segments, tiers, languages, coupons, stamp_cards;
    struct draft_tier *tier_rows; /* one a name in tiers */
    struct draft_items items;
    struct draft_points points;
    int64_t order, sharing, search_states, line_discount_max_bp;
    struct book_source_lane *lanes;
    uint32_t lane_count;
    struct draft_offer *offers;
    uint32_t offer_count;
};

/* Reads the whole of it. What is refused stands in the form's findings. */
void draft_read(struct form *form, const struct form_node *root, struct draft_book *out);

/* Parts of it, for draft_read. */
form_read draft_read_what, draft_read_needs, draft_read_give, draft_read_audience, draft_read_when,
    draft_read_where, draft_read_names, draft_read_messages, draft_read_answers, draft_read_parts,
    draft_read_channels, draft_read_limits, draft_read_experiment, draft_read_expression, draft_read_tiers,
    draft_read_points, draft_read_items, draft_read_tenders;

/* Compiles all expressions; their programs go into the draft. */
void draft_compile_conditions(struct form *form, const struct form_node *root, struct draft_book *book);

/* What the check knows besides the book. */
struct draft_terms {
    const struct draft_items *items; /* the catalogue: the book's own, and what was given beside it */
    int32_t today;                   /* BOOK_DAY_FIRST: not told */
};

/* What reads well and makes no sense: contradictions, unknown names, offers that nobody can get. */
void draft_check_sense(struct form *form, const struct form_node *root, struct draft_book *book,
                       const struct draft_terms *terms);

/* The scope that is meant where "each" is left out: items and categories a unit (percent: a line), the basket
 * together. Kinds without scopes have the one that the binary book wants. */
enum book_scope draft_scope_of(const struct draft_offer *offer);
/* enum book_step; 0: the kind was refused, or has no such scope. */
unsigned draft_step_of(const struct draft_offer *offer);

/* The source that the builder takes; its lists are the form's. Only of a draft without errors. */
void draft_write_source(struct form *form, const struct draft_book *draft, struct book_source *out);

/* The node of an offer, and of the list that it stands in. */
struct draft_path {
    struct form_node list, offer;
};
void draft_path_of_offer(const struct form_node *root, uint32_t index, struct draft_path *out);

#endif
