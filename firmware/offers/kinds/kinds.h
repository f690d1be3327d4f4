/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.h - one row an offer kind: its name, where it runs in the pipeline, what it wants of its numbers, and
 * the function that proposes what it gives. A new kind is a file here, a row in table.c and a section in
 * SPEC.md. Private to this module. */
#ifndef KASSA_OFFERS_KINDS_H
#define KASSA_OFFERS_KINDS_H

#include "offers/book.h"
#include "offers/book_layout.h"
#include "offers/engine.h"

struct deal_terms; /* best.h */

struct offers_kind {
    uint16_t kind; /* enum book_kind */
    const char *name;
    uint8_t step[BOOK_TOGETHER + 1]; /* by scope; 0: the kind has no such scope */
    bool has_get;                    /* it has a second selector, `get` */
    bool has_parts;                  /* it has parts, one or more */
    int64_t step_value_max;          /* the largest value of one of its steps; 0: it has none */
    /* What is wrong with the numbers of such an offer; NULL field: nothing. */
    struct offers_fault (*check)(const struct book_give *give, enum book_scope scope);
    /* Discounts: writes into e->proposal what the offer gives as the lines stand now; it changes nothing
     * else. matched are the lines of the target that may take a discount, at least one. Anything but
     * OFFERS_GIVEN is the reason why there is nothing. NULL for kinds that earn. */
    enum offers_reason (*propose)(struct engine *e, const struct book_offer *offer,
                                  const struct line_set *matched);
    /* Points: the same into e->earning. NULL for discounts. */
    enum offers_reason (*earn)(struct engine *e, const struct book_offer *offer,
                               const struct line_set *matched);
    /* Price rules: rows of e->proposal with the new unit price of each line where it is lower (price_e5, rounded
     * half-up to whole minor units); the pipeline works the amounts out. NULL for others. */
    enum offers_reason (*price)(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched);
    /* Awards: fills in e->award, whose offer, id, version and kind are set. NULL for others. */
    enum offers_reason (*award)(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched);
    /* What one deal of the offer is, for lanes that search for the best combination. NULL: it takes no units
     * together. */
    bool (*deal)(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                 struct deal_terms *out_terms);
};

bool offers_deal_of_mix(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                        struct deal_terms *out_terms);
bool offers_deal_of_nth_free(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                             struct deal_terms *out_terms);
bool offers_deal_of_quantity_group(struct engine *e, const struct book_offer *offer,
                                   const struct line_set *matched, struct deal_terms *out_terms);
bool offers_deal_of_buy_get(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                            struct deal_terms *out_terms);
bool offers_deal_of_bundle(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                           struct deal_terms *out_terms);

/* The rows; some may be NULL. */
size_t offers_kind_count(void);
const struct offers_kind *offers_kind_at(size_t i);
/* The choices that every kind has, then its own numbers. */
struct offers_fault offers_check_give(const struct book_give *give, const struct offers_kind *kind,
                                      enum book_scope scope);
/* NULL: this program does not know that kind. */
const struct offers_kind *offers_kind_of(uint16_t kind);

extern const struct offers_kind offers_percent_off, offers_amount_off, offers_fixed_price, offers_buy_get,
    offers_points_per_spend, offers_points_multiplier, offers_quantity_group, offers_tiered_percent,
    offers_tiered_amount, offers_first_and_more, offers_cheapest_unit, offers_nth_free, offers_bundle,
    offers_free_units, offers_gift_line, offers_points_per_unit, offers_points_per_visit, offers_stamps,
    offers_coupon, offers_message, offers_question, offers_suggestion, offers_ticket, offers_price_rule,
    offers_mix;

#endif
