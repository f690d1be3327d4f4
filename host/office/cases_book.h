/* SPDX-License-Identifier: Apache-2.0 */
/* cases_book.h - a case's rules as a book, its lines as a basket, and what the engine makes of both. Private to
 * the cases*.c files.
 *
 *   cases_book.c       offers are added, the book is built and opened, the basket is priced
 *   cases_match.c      which lines are meant; conditions
 *   cases_coupon.c     coupons, limits and how much of them is used up
 *   cases_rule.c       rules -> offers: one row a type
 *   cases_rule_deal.c  the types that are about groups of units, sets, free units and gifts
 *   cases_earn.c       points
 *   cases_basket.c     the kind "basket"
 *   cases_expect.c     what is expected of it
 *
 * A rule's id in the book is made of its place ("r00007"), so that rules of equal priority run in the order in
 * which the case lists them. */
#ifndef KASSA_OFFICE_CASES_BOOK_H
#define KASSA_OFFICE_CASES_BOOK_H

#include "offers/offers.h"
#include "office/cases_kit.h"

#define CASE_OFFERS_MAX     128
#define CASE_CONDITIONS_MAX 16 /* of one rule */
#define CASE_LIMITS_MAX     8
#define CASE_NAMES_MAX      64 /* of one match */
#define CASE_USES_MAX       (CASE_OFFERS_MAX * CASE_LIMITS_MAX)
#define CASE_DAY_DEFAULT    "2026-11-21" /* of a case that tells none */

/* The lanes of a case's book: prices and points never compete with the rules. */
enum { CASE_LANE_PRICES, CASE_LANE_RULES, CASE_LANE_POINTS, CASE_LANES };
#define CASE_LANES_MAX 16 /* with those that rules name */

/* How the rules are to be evaluated. */
struct case_modes {
    bool is_by_priority; /* else as they are listed */
    bool is_ascending;   /* the smallest priority first */
    enum book_base conditions_on, percent_of;
    enum book_exclusive exclusive; /* what an exclusive rule does */
};

/* How much of an offer's limit is used up. */
struct case_use {
    uint32_t offer, limit; /* places in the source */
    int64_t used;
};

struct case_book {
    struct case_run *run;
    struct case_modes modes;
    struct book_source source;
    struct book_source_lane lanes[CASE_LANES_MAX];
    struct book_source_offer offers[CASE_OFFERS_MAX];
    const char *names[CASE_OFFERS_MAX];           /* as the case calls them; NULL: it does not */
    const json_t *excluded_with[CASE_OFFERS_MAX]; /* names of the rules that a rule never meets */
    struct case_use uses[CASE_USES_MAX];
    uint32_t use_count;

    /* the question */
    struct offers_basket basket;
    struct offers_member member;
    struct offers_moment moment;

    /* the answer */
    struct book book;
    struct offers_counter counters[CASE_USES_MAX];
    struct offers_result result;
};

/* ---- cases_book.c */

/* An empty book and basket; NULL: no memory, which is said. */
struct case_book *case_book_new(struct case_run *run, int64_t minor_digits);
/* An offer on everything, for anyone, at any time; NULL: too many, which is said. name may be NULL. */
struct book_source_offer *case_add_offer(struct case_book *book, const char *name, enum book_kind kind,
                                         enum book_scope scope, uint32_t lane);
/* The lane that rules call so: named lanes run in the order in which rules name them first, after those without a
 * name, and each is evaluated as the case's rules are. */
uint32_t case_lane(struct case_book *book, const char *name);
/* Conditions and limits of an offer: room for them is taken with the first. */
void case_add_condition(struct case_book *book, struct book_source_offer *offer,
                        const struct book_source_condition *condition);
void case_add_limit(struct case_book *book, struct book_source_offer *offer, const struct book_limit *limit,
                    int64_t used);
/* A list of one text. */
const struct span *case_one_name(struct case_run *run, const char *name);
/* Minor units as a unit price in hundred-thousandths. */
int64_t case_price_e5(struct case_book *book, int64_t minor);
/* Builds the book, opens it, prices the basket: book->result. Whether all of it succeeded. */
bool case_price(struct case_book *book);
/* Where offer i of the source stands in the open book. */
uint32_t case_offer_index(const struct case_book *book, uint32_t i);

/* ---- cases_share.c */

/* The method of that name; NULL: the default. */
enum book_sharing case_sharing(struct case_run *run, const char *name);

/* ---- cases_match.c */

/* {"sku", "category", "unit_price_min", ..., "any": [...]}; NULL: everything. */
struct book_source_selector case_selector(struct case_run *run, const char *where, const json_t *match);
/* What a rule is for. */
void case_target(struct case_book *book, const char *where, const json_t *match,
                 struct book_source_offer *offer);
void case_conditions(struct case_book *book, const char *where, const json_t *list,
                     struct book_source_offer *offer);
/* Only for members of the group, or of one of the groups. */
void case_groups(struct case_book *book, const char *where, const json_t *groups,
                 struct book_source_offer *offer);

/* ---- cases_coupon.c */

struct case_use_words {
    int64_t usage_limit, used, cancelled_uses, release_on_cancel, per_customer_limit, used_by_customer,
        cancelled_by_customer;
};
/* Limits of uses, all in all and of this customer. */
void case_limit_uses(struct case_book *book, struct book_source_offer *offer,
                     const struct case_use_words *words);
/* {"code", "valid_from", ...} or the code alone; NULL: none is needed. */
void case_coupon(struct case_book *book, const char *where, const json_t *json,
                 struct book_source_offer *offer);
/* What the basket must be at the least, of all its lines; CASE_ABSENT: nothing is asked. */
void case_minimum(struct case_book *book, struct book_source_offer *offer, enum book_condition_kind kind,
                  int64_t value);
/* {"type": "spend", "limit", "used"}. */
void case_budget(struct case_book *book, const char *where, const json_t *json,
                 struct book_source_offer *offer);

/* ---- cases_rule.c, cases_rule_deal.c */

struct case_rule;
void case_add_rules(struct case_book *book, const json_t *rules);
void case_add_price_rules(struct case_book *book, const json_t *rules);

/* ---- cases_earn.c */

void case_add_earn_rules(struct case_book *book, const json_t *rules);
/* What is paid how. */
void case_add_tenders(struct case_book *book, const json_t *tenders);

/* ---- cases_expect.c */

void case_expect(struct case_book *book, const json_t *expected);

#endif
