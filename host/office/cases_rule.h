/* SPDX-License-Identifier: Apache-2.0 */
/* cases_rule.h - a rule as it is written: the words of all types in one row, and which of them a type takes.
 * Private to the cases*.c files. */
#ifndef KASSA_OFFICE_CASES_RULE_H
#define KASSA_OFFICE_CASES_RULE_H

#include "office/cases_book.h"

/* In the order of the table of words. */
enum rule_word {
    RULE_TYPE,
    RULE_ID,
    RULE_NOTE,
    RULE_PRIORITY,
    RULE_EXCLUSIVE,
    RULE_MATCH,
    RULE_CONDITIONS,
    RULE_COUPON,
    RULE_CHANNELS,
    RULE_GROUP,
    RULE_LANE,
    RULE_EXCLUDED_WITH,
    RULE_VALID_FROM,
    RULE_VALID_TO,
    RULE_USAGE_LIMIT,
    RULE_USED,
    RULE_CANCELLED_USES,
    RULE_RELEASE_ON_CANCEL,
    RULE_PER_CUSTOMER_LIMIT,
    RULE_USED_BY_CUSTOMER,
    RULE_BUDGET,
    RULE_CUSTOMER_GROUP,
    RULE_MIN_QTY,
    RULE_MAX_QTY,
    RULE_MIN_AMOUNT,
    RULE_AMOUNT,
    RULE_PERCENT,
    RULE_TOTAL,
    RULE_PRICE,
    RULE_MAX_AMOUNT,
    RULE_MAX_UNITS,
    RULE_CAP_UNITS,
    RULE_GROUP_SIZE,
    RULE_SCOPE,
    RULE_TIERS,
    RULE_TIER_BY,
    RULE_BASE_PERCENT,
    RULE_BASE_AMOUNT,
    RULE_FIRST,
    RULE_ADDITIONAL,
    RULE_BUY,
    RULE_BUY_QTY,
    RULE_GET,
    RULE_GET_QTY,
    RULE_CHOOSE,
    RULE_REPEAT,
    RULE_REPEATS_MAX,
    RULE_MAX_GET,
    RULE_PLACEMENT,
    RULE_FREE,
    RULE_ITEMS,
    RULE_SKU,
    RULE_PER_QTY,
    RULE_FREE_QTY,
    RULE_QTY,
    RULE_UNIT_PRICE,
    RULE_CHARGED,
    RULE_STEP,
    RULE_PERCENT_OF,
    RULE_WORDS
};
_Static_assert(RULE_WORDS <= 64, "the words of a rule are a set of bits");

struct case_rule {
    const char *type, *id, *scope, *tier_by, *choose, *placement, *group, *lane, *sku, *percent_of;
    const char *where; /* "rule R1" */
    uint64_t present;  /* bits of enum rule_word */
    const json_t *match, *conditions, *coupon, *channels, *budget, *customer_group, *exclusive,
        *excluded_with, *tiers, *buy, *get, *items, *repeat;
    int64_t priority, valid_from, valid_to, amount, percent, total, price, max_amount, max_units, cap_units,
        group_size, base_percent, base_amount, first, additional, buy_qty, get_qty, repeats_max, max_get,
        free, per_qty, free_qty, min_qty, max_qty, min_amount, qty, unit_price, charged, step;
    struct case_use_words uses;
};

/* What a type of rule becomes. */
struct rule_type {
    const char *name;
    enum book_kind kind;
    enum book_scope scope;
    uint64_t takes; /* words of its own, beside the common ones */
    uint64_t needs; /* those of them that must be there; of a group of `either` one */
    uint64_t either;
    void (*fill)(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer);
};

#define RULE_BIT(word) (UINT64_C(1) << (word))

static inline bool rule_has(const struct case_rule *rule, enum rule_word word)
{
    return (rule->present & RULE_BIT(word)) != 0;
}

/* A count of units that the book holds as uint32_t; a fault if it is not one. otherwise: if it is not said. */
uint32_t case_units(struct case_book *book, const struct case_rule *rule, const char *word, int64_t value,
                    uint32_t otherwise);
/* An amount that must be there in basis points; a fault if it is negative. */
uint32_t case_rate(struct case_book *book, const struct case_rule *rule, int64_t basis_points);
/* How often, as the book counts it (0: as often as it fits): "repeat" is true, false or a number, "repeats_max" is one;
 * if neither is said: as often as it fits, or once, by `otherwise`. */
uint32_t case_repeats(struct case_book *book, const struct case_rule *rule, bool otherwise);

/* cases_rule_deal.c */
extern const struct rule_type case_deal_types[];
extern const size_t case_deal_type_count;

#endif
