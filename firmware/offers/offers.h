/* SPDX-License-Identifier: Apache-2.0 */
/* offers.h - the engine: (member, basket, book, moment) -> priced basket, points, and an explanation for each
 * offer.
 *
 * Pure       no clock, no heap, no I/O; the same input gives the same output to the last cent, on the till,
 *            at the hub and at head office. Whether lines come in one order or another matters only where
 *            cents must fall on one of two equal lines: the earlier has it.
 * Cost       grows with the offers that touch the basket, not with the book.
 * Memory     a workspace of offers_workspace_size() bytes, the caller's, reused for every basket. A result
 *            points into the workspace and the book: it is valid until the next call with that workspace.
 * Threads    one thread a workspace; the book is only read. */
#ifndef KASSA_OFFERS_H
#define KASSA_OFFERS_H

#include "base/base.h"
#include "kassa/limits.h"
#include "offers/book.h"

#define OFFERS_NEAR_MISSES_MAX 8

struct offers_workspace; /* opaque */

size_t offers_workspace_size(void);

/* Makes memory of at least offers_workspace_size() bytes, aligned for any object, a workspace. */
struct offers_workspace *offers_workspace_init(void *memory, size_t size);

/* One line as it was rung up. Lines of a negative amount (returns, corrections) neither count towards a
 * condition nor take a discount nor earn. */
struct offers_line {
    struct span sku;
    struct span categories[CATEGORIES_PER_LINE_MAX];
    uint32_t category_count;
    int64_t quantity_milli;
    int64_t unit_price_e5;
    int64_t floor_minor; /* discounts leave at least this; 0 as a rule */
    bool weighed;        /* counts as one unit; so does any quantity that is not whole */
    bool no_discount;    /* takes none and counts towards none: deposits, fees, gift value */
    bool no_points;
};

struct offers_basket {
    const struct offers_line *lines;
    uint32_t line_count;       /* 0 to LINES_MAX */
    uint8_t exponent;          /* decimals of the currency; the book's, if there is a book */
    int64_t not_earning_minor; /* what is paid with tenders that earn nothing (points, gift value); else 0 */
};

struct offers_member {
    bool known;
    uint8_t id[MEMBER_SIZE];
    struct span tier; /* empty: none */
    const struct span *segments;
    uint32_t segment_count; /* 0 to SEGMENTS_MAX */
};

/* When and where, in the store's own time zone. */
struct offers_moment {
    int32_t day; /* civil.h */
    uint16_t minute_of_day;
    struct span store;
};

/* Why an offer was not given: the first reason, in the order of evaluation. offers_reason_row() has the
 * names. */
enum offers_reason {
    OFFERS_GIVEN = 0,
    OFFERS_NOT_YET_VALID,
    OFFERS_EXPIRED,
    OFFERS_WRONG_WEEKDAY,
    OFFERS_WRONG_HOUR,
    OFFERS_WRONG_STORE,
    OFFERS_MEMBERS_ONLY,
    OFFERS_WRONG_SEGMENT,
    OFFERS_WRONG_TIER,
    OFFERS_NO_MATCHING_ITEM,
    OFFERS_LINE_EXCLUDED,      /* all matching lines are excluded from discounts (or from points) */
    OFFERS_QUANTITY_TOO_SMALL, /* has and needs in thousandths */
    OFFERS_QUANTITY_TOO_LARGE,
    OFFERS_AMOUNT_TOO_SMALL, /* has and needs in minor units */
    OFFERS_EXCLUDED_BY_EXCLUSIVE,
    OFFERS_BEATEN_IN_LANE,
    OFFERS_FLOOR_REACHED,   /* nothing is left to take off */
    OFFERS_UNITS_USED,      /* the units serve another deal already */
    OFFERS_NOTHING_TO_GIVE, /* the price is lower already, or the share rounds to zero */
    OFFERS_NO_BASE_POINTS,  /* a multiplier, and nothing that it multiplies */
    OFFERS_TOO_MANY_ROWS,   /* it would exceed DISCOUNTS_MAX or EARN_ROWS_MAX */
    OFFERS_OUT_OF_RANGE,    /* the amounts overflow */
    OFFERS_UNKNOWN_KIND,    /* this program is older than the offer */
    OFFERS_NOT_LISTED,
    OFFERS_REASON_COUNT
};

enum offers_figure { OFFERS_NO_FIGURE, OFFERS_MILLI, OFFERS_MINOR };

struct offers_reason_row {
    const char *name;           /* "quantity_too_small" */
    const char *sentence;       /* "too few items" */
    enum offers_figure figures; /* what has and needs are */
};

/* Any value is answered. */
const struct offers_reason_row *offers_reason_row(enum offers_reason reason);

struct offers_line_result {
    int64_t amount_minor;
    int64_t discount_minor; /* 0 to amount_minor - floor; the sum of the line's rows */
    int64_t net_minor;
    int64_t points; /* the line's share of all points of the receipt: they sum to result.points */
};

/* A discount on a line. */
struct offers_discount {
    uint32_t line;     /* index into basket.lines */
    uint32_t sequence; /* 1, 2, ... within the line */
    uint32_t offer;    /* index into the book */
    struct span id;
    uint32_t version;
    uint32_t percent_bp; /* 0 if it is not a percentage */
    uint32_t
        prorate_from;   /* 0: the line's own; else the number of the basket-wide sum that it is a share of */
    int64_t base_minor; /* the line's amount before it */
    int64_t wanted_minor; /* what the offer would have taken off ... */
    int64_t amount_minor; /* ... and what it took, > 0 */
};

struct offers_earn {
    uint32_t offer;
    struct span id;
    uint32_t version;
    int64_t base_minor;
    int64_t points; /* > 0 */
};

struct offers_explanation {
    uint32_t offer;
    enum offers_reason reason;
    int64_t amount_minor; /* given */
    int64_t points;       /* given */
    int64_t has, needs;   /* by offers_reason_row(reason)->figures */
};

struct offers_near_miss {
    uint32_t offer;
    enum offers_figure missing_is; /* OFFERS_MILLI or OFFERS_MINOR */
    int64_t missing;
    int64_t value_minor;  /* what the shopper would get off, at the least, as the basket stands */
    int64_t effort_minor; /* what the missing part costs; 0: unknown */
};

struct offers_result {
    const struct offers_line_result *lines; /* basket.line_count of them */
    int64_t gross_minor, discount_minor, total_minor, points;
    const struct offers_discount *discounts; /* in the order in which they were given */
    uint32_t discount_count;
    const struct offers_earn *earns;
    uint32_t earn_count;
    /* Each offer whose trigger is in the basket, ascending by offer. */
    const struct offers_explanation *explanations;
    uint32_t explanation_count;
    const struct offers_near_miss *near_misses; /* best first: value for effort */
    uint32_t near_miss_count;
};

/* Prices the basket. book may be NULL: then there are amounts and nothing else. ERR_ARGUMENT: too many lines,
 * or an exponent that is not the book's; ERR_RANGE: an amount overflows. *out_result is untouched on failure.
 */
NODISCARD
enum err offers_price(const struct book *book, const struct offers_basket *basket,
                      const struct offers_member *member, const struct offers_moment *moment,
                      struct offers_workspace *workspace, struct offers_result *out_result);

/* The explanation of any offer of the book after offers_price with the same arguments: out of the result
 * where it is there, else why it could not concern this basket. */
struct offers_explanation offers_explain(const struct book *book, const struct offers_member *member,
                                         const struct offers_moment *moment,
                                         const struct offers_result *result, uint32_t offer);

/* The offers that are open to this member now, whatever is bought: the personal ones (segment, tier) first,
 * then those for any member, each by priority descending, then id. *out_count <= capacity. */
void offers_list_open(const struct book *book, const struct offers_member *member,
                      const struct offers_moment *moment, uint32_t *out_offers, uint32_t capacity,
                      uint32_t *out_count);

/* ---- returns (OFFERS.md B3) */

/* What part of an amount of a line goes back when `returned_milli` of its `sold_milli` come back after
 * `before_milli` came back earlier. Whole units: floor each, the first remainder units one more; a weighed
 * line, or a quantity that is not whole, by round_half_up of the share, cumulated. However a line comes back,
 * the parts sum to amount_minor exactly. ERR_RANGE: more comes back than was sold, part of a piece, or a
 * negative figure. */
NODISCARD
enum err offers_unit_share(int64_t amount_minor, int64_t sold_milli, int64_t before_milli,
                           int64_t returned_milli, bool weighed, int64_t *out_minor);

/* A line as it was sold, or the part of it that comes back. */
struct offers_sold {
    int64_t amount_minor;
    int64_t discount_minor; /* 0 to amount_minor */
    int64_t quantity_milli;
    bool weighed;
};

/* The amount and the discount of the part that comes back, neither negative, nor their difference: of whole
 * units the unit split of each; of a measured line the share of the discount and that of the net, and their
 * sum. Errors as offers_unit_share. */
NODISCARD
enum err offers_return_share(const struct offers_sold *sold, int64_t before_milli, int64_t returned_milli,
                             struct offers_sold *out_part);

#endif
