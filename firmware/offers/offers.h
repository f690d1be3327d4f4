/* SPDX-License-Identifier: Apache-2.0 */
/* offers.h - the engine: (member, basket, book, moment) -> priced basket, points, awards, and an explanation for
 * each offer.
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
#define OFFERS_COUPONS_MAX     32  /* presented with one basket */
#define OFFERS_USES_MAX        256 /* limited offers given on one receipt */
#define OFFERS_DEALS_MAX       DISCOUNTS_MAX
#define AWARDS_MAX             32 /* awards of one receipt that are neither discounts nor points */
#define OFFERS_NEEDS_MAX       32 /* what the coupons of one receipt stand on */

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
    bool is_reduced; /* the POS sells it below its list price already */
    uint32_t tax_rate_bp;
    int64_t list_price_e5; /* where the POS reduced it; 0: unit_price_e5 */
    int64_t cost_minor;    /* of a unit; 0: unknown. Head office's reports alone look at it */
};

enum offers_price_mode { OFFERS_GROSS_PRICES, OFFERS_NET_PRICES }; /* prices include the tax, or not */

enum offers_coupon_state {
    OFFERS_COUPON_FRESH,
    OFFERS_COUPON_USED,
    OFFERS_COUPON_EXPIRED,
    OFFERS_COUPON_NOT_YET,
    OFFERS_COUPON_WRONG_STORE,
    OFFERS_COUPON_FORGED
};

/* A coupon that was presented. Whether it may be used is for the till to find out: the engine believes it. */
struct offers_coupon {
    struct span code; /* the series, as the book names it */
    struct span serial;
    enum offers_coupon_state state;
};

/* How much of a limit is used already, before this basket. */
struct offers_counter {
    uint32_t offer; /* index into the book */
    uint32_t limit; /* index into the offer's limits */
    int64_t used;   /* uses, thousandths of a unit, minor units or points */
};

#define OFFERS_TENDER_POINTS 4 /* kassa_TenderKind */

/* What is paid with a tender, but for points that this basket burns: the engine knows of them. */
struct offers_tender {
    uint32_t kind; /* kassa_TenderKind */
    int64_t amount_minor;
};

struct offers_basket {
    const struct offers_line *lines;
    uint32_t line_count; /* 0 to LINES_MAX */
    uint8_t exponent;    /* decimals of the currency; the book's, if there is a book */
    uint8_t price_mode;  /* enum offers_price_mode */
    int64_t
        not_earning_minor; /* what is paid with tenders that earn nothing whatever the book says; else 0 */
    const struct offers_tender *tenders; /* those that are known; the book says which earn nothing */
    uint32_t tender_count;
    const struct offers_coupon *coupons;
    uint32_t coupon_count;                 /* 0 to OFFERS_COUPONS_MAX */
    int64_t burn_points;                   /* that the member wants to burn; 0: none */
    const struct offers_counter *counters; /* ascending by offer, then limit; what is not here is 0 */
    uint32_t counter_count;
    const uint32_t
        *dropped; /* offers that are not given, whatever the book says: they broke a limit of the till's */
    uint32_t dropped_count;
};

struct offers_member {
    bool known;
    uint8_t id[MEMBER_SIZE];
    struct span tier; /* empty: none */
    const struct span *segments;
    uint32_t segment_count;   /* 0 to SEGMENTS_MAX */
    uint32_t visits;          /* purchases so far */
    uint16_t birth_month_day; /* month * 100 + day; 0: unknown */
    int64_t points;           /* that may be burned now */
    uint32_t consents;        /* bit n: enum book_consent n was given */
    struct span language;     /* BCP 47; empty: unknown */
};

/* When and where, in the store's own time zone. */
struct offers_moment {
    int32_t day; /* civil.h */
    uint16_t minute_of_day;
    struct span store;
    struct span channel; /* "till", "kiosk", "receipt", "web"; empty: "till" */
    int64_t unix_ms;     /* the same moment; 0: unknown */
    int32_t utc_offset_min;
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
    OFFERS_WRONG_CHANNEL,
    OFFERS_NOT_LISTED,     /* for the members of a list */
    OFFERS_NO_CONSENT,     /* the member has not agreed to it */
    OFFERS_HELD_OUT,       /* the member is of an experiment's share that never gets it */
    OFFERS_COUPON_MISSING, /* none of its coupons was presented */
    OFFERS_COUPON_IS_USED, /* one was, but ... */
    OFFERS_COUPON_IS_EXPIRED,
    OFFERS_COUPON_OF_STORE, /* it is for another store */
    OFFERS_COUPON_IS_FORGED,
    OFFERS_CONDITION_FALSE,  /* the book's condition does not hold */
    OFFERS_CONDITION_ERROR,  /* it could not be worked out: explanation.detail says why */
    OFFERS_AMOUNT_TOO_LARGE, /* has and needs in minor units */
    OFFERS_LINE_TOO_SMALL,   /* no line has that many: thousandths */
    OFFERS_WRONG_VISIT,      /* has: which visit this is; needs: which it must be, or a multiple of it */
    OFFERS_NOT_BIRTHDAY,
    OFFERS_GROUP_TAKEN,   /* another offer of its group was given */
    OFFERS_EXCLUDED_WITH, /* an offer that it never meets was given */
    OFFERS_LIMIT_REACHED, /* has: used so far; needs: the limit, as book_limit.what counts it */
    OFFERS_NOT_BETTER,    /* it would be alone, and the others give more: minor units */
    OFFERS_LANE_FULL,     /* its lane gives no more offers */
    OFFERS_OVER_LIMIT,    /* it broke a limit of the till's: basket.dropped */
    OFFERS_REASON_COUNT
};

enum offers_figure { OFFERS_NO_FIGURE, OFFERS_MILLI, OFFERS_MINOR, OFFERS_COUNT };

struct offers_reason_row {
    const char *name;           /* "quantity_too_small" */
    const char *sentence;       /* "too few items" */
    enum offers_figure figures; /* what has and needs are */
};

/* Any value is answered. */
const struct offers_reason_row *offers_reason_row(enum offers_reason reason);

struct offers_line_result {
    int64_t amount_minor;   /* at the price that price rules left */
    int64_t discount_minor; /* 0 to amount_minor - floor; the sum of the line's rows */
    int64_t net_minor;
    int64_t points;            /* the line's share of all points of the receipt: they sum to result.points */
    int64_t unit_price_e5;     /* after price rules */
    int64_t prior_price_minor; /* of a unit, for the receipt, where the price is reduced; else 0 */
    uint32_t price_offer;      /* the price rule that set it; BOOK_NONE: none */
    int64_t tax_minor;         /* within net_minor (gross prices) or on top of it */
    int64_t tax_base_minor;    /* what the tax is of: without the tax */
};

enum offers_origin { OFFERS_BY_OFFER, OFFERS_BY_POINTS };

/* A discount on a line. */
struct offers_discount {
    uint32_t line;     /* index into basket.lines */
    uint32_t sequence; /* 1, 2, ... within the line */
    enum offers_origin origin;
    uint32_t offer; /* index into the book; BOOK_NONE: points */
    struct span id; /* empty: points */
    uint32_t version;
    uint32_t coupon;     /* index into basket.coupons of the one that unlocked it; BOOK_NONE: none */
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

/* What neither lowers the price nor is points: a gift, a stamp, a coupon for next time, a message ... What an
 * award is follows from its kind (SPEC.md); its texts are the offer's. */
struct offers_award {
    uint32_t offer;
    struct span id;
    uint32_t version;
    uint16_t kind;    /* enum book_kind */
    struct span item; /* a sku; empty: none, or the next of the member's list (a suggestion) */
    int64_t count;    /* units, stamps, coupons, tickets */
    int64_t charged_minor, unit_price_minor; /* of a unit of the item */
    struct span card;                        /* a stamp card, a coupon series, a lottery */
    uint32_t days;                           /* a coupon is valid; 0: for ever */
    uint32_t card_size;                      /* stamps that fill the card; 0: it has no end */
    struct span reward;                      /* the coupon series that a full card gives */
};

enum offers_measure {
    OFFERS_BY_UNITS,  /* thousandths of units */
    OFFERS_BY_LINE,   /* thousandths of what one line holds: kilograms of a weighed one */
    OFFERS_BY_AMOUNT, /* minor units before discounts */
    OFFERS_BY_NET     /* ... and after them */
};

/* What of the basket a coupon for next time was earned by: the offer's conditions on units and amounts, and what it
 * is counted by. The n-th coupon of the award (from 0) stands on least + n / coupons * each. So that a return can
 * tell whether what remains still earns it. */
struct offers_need {
    uint32_t award;              /* index into result.awards */
    enum offers_measure measure; /* of all the lines together, but for OFFERS_BY_LINE */
    bool untaxed;                /* without the tax that amounts include */
    int64_t least, each;
    uint32_t coupons;               /* never 0 */
    int64_t has;                    /* what the basket has of it, at least `least` */
    uint64_t lines[LINES_MAX / 64]; /* bit n: basket.lines[n] counts */
};

/* A line that takes part in a deal whose discount sits on the given units alone, so that the return of a paid
 * unit can charge it back. Deals that are spread over their units have none. */
struct offers_deal {
    uint32_t
        number; /* the same in all rows of one offer's deals: its discount rows' prorate_from, if they have one */
    uint32_t offer;
    uint32_t line;
    int64_t paid_milli, given_milli;
    uint32_t sets; /* deals that the offer made, in all */
};

/* What an offer that was given uses up, for the counters of its limits. */
struct offers_use {
    uint32_t offer;
    struct span id;
    uint32_t version;
    int64_t uses; /* 1 */
    int64_t units_milli, amount_minor, points;
};

/* Points that were burned. */
struct offers_burned {
    int64_t points, value_minor;
    uint8_t as; /* enum book_burn_as: the discount is in the rows already, the tender is still to be booked */
};

struct offers_explanation {
    uint32_t offer;
    enum offers_reason reason;
    int64_t amount_minor;  /* given */
    int64_t points;        /* given */
    int64_t reduced_minor; /* by a price rule: what it took off the lines' amounts, which is no discount */
    int64_t has, needs;    /* by offers_reason_row(reason)->figures */
    const char *detail;    /* why a condition could not be worked out; else NULL */
};

struct offers_near_miss {
    uint32_t offer;
    enum offers_figure missing_is; /* OFFERS_MILLI, OFFERS_MINOR, or OFFERS_COUNT (stamps) */
    int64_t missing;
    int64_t value_minor;  /* what the shopper would get off, at the least, as the basket stands */
    int64_t effort_minor; /* what the missing part costs; 0: unknown */
};

enum offers_search {
    OFFERS_SEARCH_NONE, /* there was nothing to search */
    OFFERS_OPTIMAL,     /* no combination gives more */
    OFFERS_BOUNDED      /* the book's number of states did not suffice: the best that was found */
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
    int64_t tax_minor; /* of all lines: the sum of theirs */
    int64_t
        payable_minor; /* total, with the tax if prices are net; points as a tender are still to be taken off */
    struct offers_burned burned;
    const struct offers_award *awards;
    uint32_t award_count;
    const struct offers_need *needs; /* of awards that are coupons; one that has no room is left out */
    uint32_t need_count;
    const struct offers_deal *deals;
    uint32_t deal_count;
    const struct offers_use *uses; /* of offers that are limited beyond this receipt */
    uint32_t use_count;
    const uint32_t *coupons_used; /* indexes into basket.coupons, ascending */
    uint32_t coupon_used_count;
    enum offers_search search; /* of all best-combination lanes together */
    uint32_t search_states;
};

/* Prices the basket. book may be NULL: then there are amounts and nothing else. ERR_ARGUMENT: too many lines or
 * coupons, an unknown price mode, or an exponent that is not the book's; ERR_RANGE: an amount overflows.
 * *out_result is untouched on failure. */
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

/* Whether the member is of the share of an experiment that never gets its offers: the same answer on every till
 * and for ever, by a hash of both. holdout_bp: 0 to 10000. */
bool offers_is_held_out(struct span experiment, const uint8_t member[MEMBER_SIZE], uint32_t holdout_bp);

/* How a limit counts: what of `wanted` it lets pass after `used` (neither negative). All or nothing, or cut to
 * what is left where the limit is partial. Of BOOK_LIMIT_USES wanted is 1 a receipt. */
int64_t offers_counter_take(const struct book_limit *limit, int64_t used, int64_t wanted);

/* How many points can be burned, in whole steps of the programme: at most `wanted` and `available`, worth at most
 * the programme's share of payable_minor; none if that is less than the programme's least number. *out_burned is
 * zero where nothing can be burned. */
void offers_burn(const struct book_programme *programme, int64_t available, int64_t wanted,
                 int64_t payable_minor, struct offers_burned *out_burned);

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
