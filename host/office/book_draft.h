/* SPDX-License-Identifier: Apache-2.0 */
/* book_draft.h - a book between its JSON and its binary form: read, bounds held, not yet looked at as a
 * whole. Inside office/ only. All numbers are int64_t, as form.h reads them. */
#ifndef KASSA_OFFICE_BOOK_DRAFT_H
#define KASSA_OFFICE_BOOK_DRAFT_H

#include "offers/book.h"
#include "office/form.h"

#define DRAFT_ABSENT      (-1)
#define DRAFT_ITEMS_MAX   100000
#define DRAFT_NEEDS_MAX   16
#define DRAFT_HOURS_MAX   8
#define DRAFT_LISTS_MAX   10000 /* known categories, segments, tiers, stores */
#define DRAFT_EACH_AUTO   99
#define DRAFT_TEXTS_MAX   32 /* languages of a name or a message */
#define DRAFT_NAME_MAX    120
#define DRAFT_MESSAGE_MAX 400

struct draft_goods {
    struct form_texts items, categories;
};

/* Which lines, and how many of them there must be. */
struct draft_selector {
    bool is_there;
    int64_t basket; /* 1: every line */
    struct draft_goods of;
    struct draft_goods except;
    int64_t min_quantity_milli, max_quantity_milli, min_amount_minor; /* DRAFT_ABSENT */
    int64_t counted;                                                  /* enum book_base */
};

struct draft_give {
    int64_t kind; /* enum book_kind; 0: refused */
    int64_t each; /* enum book_scope, or DRAFT_EACH_AUTO */
    int64_t percent_bp, factor_bp, amount_minor, max_amount_minor, per_minor;
    int64_t points, buy, get, repeats_max, choose, placement, percent_of, basis;
    struct draft_selector of; /* of buy_get: what is got */
};

struct draft_texts {
    struct book_source_text *rows;
    uint32_t count;
};

struct draft_offer {
    struct span id;
    int64_t version, priority, exclusive, audience;
    struct span lane;    /* its name; empty: the first one */
    uint32_t lane_index; /* set by draft_check_sense */
    struct form_texts who;
    int64_t from_day, until_day, weekdays;
    struct book_hours *hours;
    uint32_t hour_count;
    struct form_texts stores;
    struct draft_selector what;
    struct draft_selector *needs;
    uint32_t need_count;
    struct draft_give give;
    struct draft_texts names, messages;
};

struct draft_book {
    int64_t format, version, valid_from_day, exponent;
    struct span currency, programme;
    struct form_texts stores, categories, segments, tiers, languages;
    struct book_source_lane *lanes;
    uint32_t lane_count;
    struct draft_offer *offers;
    uint32_t offer_count;
};

/* Reads the whole of it. What is refused stands in the form's findings. */
void draft_read(struct form *form, const struct form_node *root, struct draft_book *out);

/* Parts of it, for draft_read. */
form_read draft_read_what, draft_read_needs, draft_read_give, draft_read_audience, draft_read_when,
    draft_read_where, draft_read_names, draft_read_messages;

/* What reads well and makes no sense: contradictions, unknown names, offers that nobody can get. */
void draft_check_sense(struct form *form, const struct form_node *root, struct draft_book *book);

/* The scope that is meant where "each" is left out: items and categories a unit (percent: a line), the basket
 * together. Kinds without scopes have the one that the binary book wants. */
enum book_scope draft_scope_of(const struct draft_offer *offer);
/* enum book_step; 0: the kind was refused, or has no such scope. */
unsigned draft_step_of(const struct draft_offer *offer);

/* The node of an offer, and of the list that it stands in. */
struct draft_path {
    struct form_node list, offer;
};
void draft_path_of_offer(const struct form_node *root, uint32_t index, struct draft_path *out);

/* Offers that are always outdone by another one (draft_check_sense calls it). */
void draft_check_reach(struct form *form, const struct form_node *root, const struct draft_book *book);

#endif
