/* SPDX-License-Identifier: Apache-2.0 */
/* slow_state.h - what the slow evaluator knows while it works. */
#ifndef KASSA_MODEL_SLOW_STATE_H
#define KASSA_MODEL_SLOW_STATE_H

#include "model/slow.h"

struct slow_line {
    const struct offers_line *in;
    bool is_sale;     /* neither its quantity nor its amount is negative */
    bool is_measured; /* one unit, whatever its quantity */
    bool is_reduced;
    int64_t units, price_e5, list_e5, prior_minor;
    int64_t gross, left, floor;
    int64_t basket_off; /* of its discounts: what offers of the basket step, and points, took */
    int64_t points;
    int64_t used;                 /* units that serve a deal of this lane ... */
    int64_t used_minor;           /* ... and what they still cost */
    bool touched_by[SLOW_OFFERS]; /* by number: offers that gave it a discount or its price */
};

struct slow_offer {
    const struct book_source_offer *in;
    uint32_t number; /* index into the source */
    uint8_t step;    /* its kind's own ... */
    uint8_t stage;   /* ... and the one that it runs in */
};

struct slow {
    const struct book_source *source;
    const struct terms *terms;
    const struct offers_basket *basket;
    const struct offers_member *member;
    const struct offers_moment *moment;
    uint32_t line_count, offer_count;
    struct slow_line lines[SLOW_LINES];
    struct slow_offer offers[SLOW_OFFERS]; /* in the order of evaluation */
    uint32_t lane_given[BOOK_LANES_MAX];
    const struct slow_offer *alone_in_basket, *alone_in_step;
    bool gives_way;              /* offers that are exclusive if better do not run */
    bool is_waived[SLOW_OFFERS]; /* by number: alone they were not given, so that they shut nobody out */
    struct slow_result result;
};

/* A set of lines. */
struct slow_set {
    bool has[SLOW_LINES];
    bool is_barred[SLOW_LINES]; /* of an offer's lines: those on which another one of its groups is */
};

/* What an offer would take off the lines as they stand (of a price rule: off their price). */
struct slow_take {
    const char *why;  /* NULL: it gives something */
    bool is_together; /* the lines' parts are shares of one sum */
    int64_t off[SLOW_LINES];
    int64_t units[SLOW_LINES];      /* that take part in its deals ... */
    int64_t minor[SLOW_LINES];      /* ... and what they cost before */
    int64_t discounted[SLOW_LINES]; /* units that get something; 0: all that take part, or all of the line */
    int64_t price_e5[SLOW_LINES];   /* of price rules: the new price */
    uint32_t order[SLOW_LINES]; /* the lines in the order in which they were counted; limits count them so */
    uint32_t order_count;
};

/* What an offer would earn. */
struct slow_earning {
    const char *why;
    int64_t points;
    int64_t of_line[SLOW_LINES];
};

/* ---- arithmetic */
int64_t slow_divide_half_up(slow_wide numerator, slow_wide denominator); /* both >= 0 */
/* The tax of a line as it stands. */
int64_t slow_tax_of(const struct slow *s, const struct slow_line *line);
int64_t slow_percent(int64_t amount, int64_t rate_bp); /* of an amount >= 0, half-up */
int64_t slow_times(int64_t a, int64_t b);              /* at most INT64_MAX; neither is negative */
int64_t slow_room(const struct slow_line *line);       /* what may still be taken off */
/* The i-th of `units` units' part of an amount, and what the first ones have together. */
int64_t slow_part_of_unit(int64_t amount, int64_t units, int64_t i);
int64_t slow_part_of_first(int64_t amount, int64_t units, int64_t first);
void slow_share(enum book_sharing method, int64_t amount, const int64_t *weights, uint32_t count,
                int64_t *out);
/* The same where share i is at most caps[i]; what does not fit goes to the others by the same method. */
void slow_share_capped(enum book_sharing method, int64_t amount, const int64_t *weights, const int64_t *caps,
                       uint32_t count, int64_t *out);
/* Hundred-thousandths of the major unit in one minor unit; what a line costs at a price. */
int64_t slow_e5_of_minor(const struct slow *s);
int64_t slow_extend(const struct slow *s, int64_t price_e5, int64_t quantity_milli);

/* ---- who, when, where; NULL: it fits */
const char *slow_check_static(const struct slow *s, const struct book_source_offer *offer);

/* ---- lines */
void slow_read_basket(struct slow *s);
struct slow_set slow_match(const struct slow *s, const struct book_source_selector *selector);
bool slow_is_no_selector(const struct book_source_selector *selector); /* {0} */
int64_t slow_sum(const struct slow *s, const struct slow_set *lines, enum book_base base);
int64_t slow_units_of(const struct slow *s, const struct slow_set *lines);
/* Whether the offer may be given as the lines stand; *out_matched are the lines of its target that count. */
const char *slow_check_offer(const struct slow *s, const struct slow_offer *offer,
                             struct slow_set *out_matched);

/* Takes the lines out for which the offer's line condition does not hold; false: none is left. */
bool slow_keep_lines_of_terms(const struct slow *s, const struct slow_offer *offer, struct slow_set *lines);
/* Its condition over the basket, then that. */
const char *slow_check_terms(const struct slow *s, const struct slow_offer *offer, struct slow_set *matched);
/* All lines that count for such an offer. */
struct slow_set slow_counting_lines(const struct slow *s, const struct slow_offer *offer);

/* ---- what kinds give */
uint8_t slow_step_of(uint16_t kind, enum book_scope scope);
typedef void slow_proposer(const struct slow *s, const struct slow_offer *offer,
                           const struct slow_set *matched, struct slow_take *out);
slow_proposer slow_propose; /* by the offer's kind */
slow_proposer slow_buy_get, slow_quantity_group, slow_cheapest_unit, slow_nth_free, slow_bundle, slow_mix,
    slow_price_rule;
void slow_propose_together(const struct slow *s, const struct slow_set *matched, int64_t wanted,
                           struct slow_take *out);
int64_t slow_take_total(const struct slow *s, const struct slow_take *take);
void slow_earn(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
               struct slow_earning *out);
/* What points are computed on: less the lines' share of what tenders pay that earn nothing. basis: enum book_basis. */
int64_t slow_earning_base(const struct slow *s, const struct slow_set *lines, const struct book_give *give,
                          uint8_t basis);
/* NULL: given. */
const char *slow_award(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                       struct slow_award *out);

/* ---- limits; NULL: there is room */
const char *slow_limit_uses(const struct slow *s, const struct slow_offer *offer);
void slow_limit_take(const struct slow *s, const struct slow_offer *offer, struct slow_take *take);
/* Whether the line, or that many lines together, could not have a minor unit more each for the offer's limits of
 * amount. */
bool slow_limit_is_close(const struct slow *s, const struct slow_offer *offer, const struct slow_take *take,
                         uint32_t line, uint32_t lines);
void slow_limit_earning(const struct slow *s, const struct slow_offer *offer, struct slow_earning *earning);
int64_t slow_limit_count(const struct slow *s, const struct slow_offer *offer, enum book_limit_what what,
                         int64_t wanted);

/* ---- which offers may stand beside which */
/* Takes the lines away that offers of its groups have. */
const char *slow_check_stacking(const struct slow *s, const struct slow_offer *offer,
                                struct slow_set *matched);
bool slow_share_group(const struct slow_offer *a, const struct slow_offer *b);
bool slow_never_meet(const struct slow_offer *a, const struct slow_offer *b);

/* ---- lanes */
/* All that can be said before and what the offer would give: as the lines stand, whatever its lane. */
void slow_try(const struct slow *s, const struct slow_offer *offer, struct slow_take *out);
void slow_give(struct slow *s, const struct slow_offer *offer, const struct slow_take *take);
/* Runs the offers from `first` on, `count` of them: neighbours of one stage and lane. */
void slow_run_lane(struct slow *s, uint32_t first, uint32_t count);
void slow_settle_sums(struct slow *s, const bool *runs, uint32_t room);

#endif
