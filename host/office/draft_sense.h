/* SPDX-License-Identifier: Apache-2.0 */
/* draft_sense.h - what no schema can say: the parts that look at a whole book. Inside office/ only. */
#ifndef KASSA_OFFICE_DRAFT_SENSE_H
#define KASSA_OFFICE_DRAFT_SENSE_H

#include "office/book_draft.h"

/* The lists that a book may give of what there is; sorted. Empty: everything is allowed. */
struct draft_known {
    struct form_texts categories, segments, tiers, stores, coupons, stamp_cards;
    struct form_texts items; /* of the catalogue */
    struct form_texts ids;   /* of the book's offers */
};

struct draft_sense {
    struct form *form;
    const struct form_node *root;
    struct draft_book *book;
    const struct draft_items *items; /* the catalogue: the book's own and what was given beside it */
    int32_t today;                   /* BOOK_DAY_FIRST: not told */
    struct draft_known known;
};

/* That what an offer names is there. */
void draft_check_names(struct draft_sense *sense, const struct form_node *node, struct draft_offer *offer);
/* That its parts do not contradict one another. */
void draft_check_conflicts(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_offer *offer);
/* The same of what is given. */
void draft_check_give(struct draft_sense *sense, const struct form_node *node,
                      const struct draft_offer *offer);
/* Texts in every language that the book asks for, and no two offers called the same. */
void draft_check_texts(struct draft_sense *sense, const struct form_node *node,
                       const struct draft_offer *offer);
void draft_check_same_names(struct draft_sense *sense);
/* Tiers, points: the book's own fields. */
void draft_check_programme(struct draft_sense *sense);
/* Offers that another one always keeps from being given, or always outdoes. */
void draft_check_reach(struct draft_sense *sense);
/* Offers that together take everything off, or sell below cost. */
void draft_check_stacking(struct draft_sense *sense);
/* Points that are worth more than what they are given for. */
void draft_check_points_worth(struct draft_sense *sense);

/* An article, or a category alone: what offers fall on. */
struct draft_good {
    struct span sku;
    struct form_texts categories;
    int64_t price_minor, cost_minor; /* DRAFT_ABSENT: not known */
};
bool draft_falls_on(const struct draft_selector *what, const struct draft_good *good);
struct draft_good draft_good_of(const struct draft_item *item);
/* How a sentence calls it. */
struct span draft_good_name(const struct draft_good *good);

/* One name of a target, and whose it is; sorted by name. */
struct draft_touch {
    struct span name;
    uint32_t offer;
};
struct draft_touches {
    struct draft_touch *rows;
    size_t count;
};
struct draft_index {
    struct draft_touches items, categories;
    uint32_t *wide; /* offers on the whole basket */
    size_t wide_count;
};
typedef bool draft_wanted(const struct draft_offer *offer);
typedef bool draft_visit(void *context, const struct draft_offer *offer); /* false: enough */

/* The wanted offers of the book, in the form's pool. */
void draft_index_build(const struct draft_sense *sense, draft_wanted *is_wanted, struct draft_index *out);
/* Those that fall on it; one that names it in two ways comes twice. */
void draft_index_visit(const struct draft_sense *sense, const struct draft_index *index,
                       const struct draft_good *good, draft_visit *visit, void *context);

/* Whether both can hold on one day, in one store, for one shopper: what cannot be told apart counts as yes. */
bool draft_may_meet(const struct draft_sense *sense, const struct draft_offer *a,
                    const struct draft_offer *b);

/* "12.50", and NUL. */
#define DRAFT_AMOUNT_SIZE 32
void draft_print_amount(const struct draft_sense *sense, int64_t minor, char out[DRAFT_AMOUNT_SIZE]);
/* "12.5", percent. */
void draft_print_percent(int64_t percent_bp, char out[DRAFT_AMOUNT_SIZE]);

#endif
