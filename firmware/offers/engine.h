/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h - the workspace of one pricing and the pieces of the pipeline. Private to this module.
 *
 *   basket.c       lines -> amounts, symbols of the book, which offers they touch, which lines a selector means
 *   eligibility.c  who, when, where
 *   conditions.c   thresholds, exclusivity, near misses
 *   kinds/         what an offer gives as the lines stand (a proposal)
 *   sharing.c      a sum over lines
 *   earning.c      what points are computed on
 *   pipeline.c     steps, lanes, and proposals made real */
#ifndef KASSA_OFFERS_ENGINE_H
#define KASSA_OFFERS_ENGINE_H

#include "base/base.h"
#include "base/money.h"
#include "offers/book_layout.h"
#include "offers/offers.h"

#define LINE_WORDS       (LINES_MAX / 64)
#define MENTIONS_MAX     (LINES_MAX * (1 + CATEGORIES_PER_LINE_MAX))
#define SYMBOL_SLOTS_MAX 32768 /* at least 2 * MENTIONS_MAX, a power of two */
#define SYMBOL_SLOTS_MIN 64
#define OFFER_WORDS      (BOOK_OFFERS_MAX / 64)
#define OFFER_SUMMARY    (OFFER_WORDS / 64)
_Static_assert(LINES_MAX % 64 == 0 && SYMBOL_SLOTS_MAX >= 2 * MENTIONS_MAX, "sets are whole words");

struct line_set {
    uint64_t words[LINE_WORDS];
};

struct line_state {
    int64_t gross, running, floor;
    int64_t before_basket; /* running after steps 2 and 3 */
    int64_t units;         /* >= 1 */
    int64_t quantity_milli;
    bool is_measured;   /* weighed, or not a whole number of units: units is 1 */
    uint32_t row_count; /* discounts so far */
    int64_t units_used; /* by the deals of this lane ... */
    int64_t used_minor; /* ... and what is left of their price */
};

/* What an offer would give one line. */
struct proposal_row {
    uint32_t line;
    int64_t wanted, amount;
    int64_t units, units_minor; /* that take part in a deal, and their price before it; else 0 */
};

struct proposal {
    uint32_t count;
    uint32_t percent_bp;
    bool is_together; /* its rows are shares of one sum */
    int64_t total;    /* sum of the amounts, > 0 */
    struct proposal_row rows[LINES_MAX];
};

struct earning {
    int64_t base_minor, points;
    int64_t line_points[LINES_MAX]; /* sum to points */
};

/* The best offer for a line in a lane of that mode. */
struct best_row {
    uint32_t offer, explanation; /* BOOK_NONE: none */
    uint32_t percent_bp, prorate_from;
    int64_t wanted, amount;
};

/* Units of one price on one line, for deals. */
struct unit_run {
    int64_t price, left, bought, got;
    int64_t deal, deal_bought, deal_got; /* what the deal of that number (from 1) took of it */
    uint32_t line;
    bool may_buy, may_get;
};

/* The lines that carry a symbol, as a list through `mentions`. */
struct symbol_slot {
    uint32_t symbol; /* BOOK_NONE: free */
    uint32_t head;
};

struct mention {
    uint32_t line, next;
};

/* Who is asking, in the book's symbols. */
struct audience {
    bool is_known;
    uint32_t tier, store, member; /* BOOK_NONE: the book does not name it */
    uint32_t segments[SEGMENTS_MAX];
    uint32_t segment_count;
};

/* Figures of the reason that was found last, and of what is missing. */
struct figures {
    int64_t has, needs;
    int64_t value_minor, effort_minor;
};

struct engine {
    const struct book *book;
    const struct offers_basket *basket;
    const struct offers_moment *moment;
    struct audience audience;
    uint32_t line_count, word_count;
    struct line_state lines[LINES_MAX];
    struct line_set discountable, earnable;

    uint32_t slot_mask, mention_count, basket_symbol_count;
    struct symbol_slot slots[SYMBOL_SLOTS_MAX];
    struct mention mentions[MENTIONS_MAX];
    uint32_t basket_symbols[MENTIONS_MAX]; /* each once */
    /* One bit an offer, and one bit a word of them that is not zero: neither clearing nor walking looks at the
     * whole book. */
    uint64_t touched[OFFER_WORDS], touched_summary[OFFER_SUMMARY];

    struct figures figures;
    struct proposal proposal;
    struct earning earning;
    struct best_row best[LINES_MAX];
    struct unit_run runs[2 * LINES_MAX];
    uint32_t run_order[2 * LINES_MAX];
    int64_t weights[LINES_MAX], caps[LINES_MAX], shares[LINES_MAX], scratch[LINES_MAX];

    uint32_t exclusive_in_basket, exclusive_in_step; /* the offer that is alone, or BOOK_NONE */
    uint32_t prorate_count;
    int64_t line_points[LINES_MAX];

    struct offers_line_result results[LINES_MAX];
    struct offers_discount discounts[DISCOUNTS_MAX];
    uint32_t discount_count;
    struct offers_earn earns[EARN_ROWS_MAX];
    uint32_t earn_count;
    struct offers_explanation explanations[BOOK_OFFERS_MAX];
    uint32_t explanation_count;
    struct offers_near_miss near_misses[OFFERS_NEAR_MISSES_MAX];
    uint32_t near_miss_count;
};

struct offers_workspace {
    struct engine engine;
};

/* ---- sets of lines */

static inline void line_set_add(struct line_set *set, uint32_t line)
{
    set->words[line / 64] |= UINT64_C(1) << (line % 64);
}

static inline void line_set_remove(struct line_set *set, uint32_t line)
{
    set->words[line / 64] &= ~(UINT64_C(1) << (line % 64));
}

static inline bool line_set_has(const struct line_set *set, uint32_t line)
{
    return (set->words[line / 64] >> (line % 64) & 1) != 0;
}

/* The first member at or after `from`; LINES_MAX if there is none. */
static inline uint32_t line_set_next(const struct line_set *set, uint32_t from, uint32_t word_count)
{
    for (uint32_t word = from / 64; word < word_count; word++) {
        uint64_t bits = set->words[word];
        if (word == from / 64)
            bits &= ~UINT64_C(0) << (from % 64);
        if (bits != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(bits);
    }
    return LINES_MAX;
}

#define FOR_EACH_LINE(e, set, line)                                                                          \
    for (uint32_t line = line_set_next((set), 0, (e)->word_count); line < LINES_MAX;                         \
         line = line_set_next((set), line + 1, (e)->word_count))

static inline bool line_set_is_empty(const struct engine *e, const struct line_set *set)
{
    return line_set_next(set, 0, e->word_count) == LINES_MAX;
}

static inline void line_set_intersect(const struct engine *e, struct line_set *set,
                                      const struct line_set *other)
{
    for (uint32_t i = 0; i < e->word_count; i++)
        set->words[i] &= other->words[i];
}

/* What may still be taken off a line. */
static inline int64_t line_takeable(const struct line_state *line)
{
    return line->running > line->floor ? line->running - line->floor : 0;
}

/* ---- basket.c */

NODISCARD
enum err offers_read_basket(struct engine *e);
/* Resolves the lines' items and categories and marks the offers that they touch. */
void offers_touch(struct engine *e);
/* The next touched offer at or after `from`; BOOK_NONE if there is none. */
uint32_t offers_next_touched(const struct engine *e, uint32_t from);
/* Whether the ascending references name the symbol. */
bool offers_has_reference(const struct book *book, struct book_range range, uint32_t symbol);
void offers_match(struct engine *e, uint32_t selector, struct line_set *out_lines);

/* ---- eligibility.c */

struct audience offers_audience_of(const struct book *book, const struct offers_member *member,
                                   const struct offers_moment *moment);
/* OFFERS_GIVEN: who, when and where fit. */
enum offers_reason offers_check_static(const struct book *book, const struct book_offer *offer,
                                       const struct audience *audience, const struct offers_moment *moment);

/* ---- conditions.c */

/* Whether the offer may be given as the lines stand, but for its lane: OFFERS_GIVEN, and *out_matched are the
 * lines of its target. Otherwise e->figures belong to the reason. */
enum offers_reason offers_check_offer(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched);
/* Notes the offer among the near misses, if e->figures are near enough. */
void offers_note_near_miss(struct engine *e, uint32_t index, enum offers_figure figure);
/* What would come of the offer if its first failing condition held: e->figures gets value and effort; false:
 * more than that one fails. */
bool offers_value_missing(struct engine *e, const struct book_offer *offer, enum offers_reason reason);

/* ---- sharing.c */

void offers_begin_proposal(struct engine *e, uint32_t percent_bp);
/* Adds a row, unless there is nothing to take: what may be taken is at most what the line has left. */
void offers_propose_line(struct engine *e, uint32_t line, int64_t wanted);
/* Shares `wanted` over what the matched lines have left. */
void offers_propose_together(struct engine *e, const struct line_set *matched, int64_t wanted);
/* Shares `wanted` over the proposal's rows by e->weights, none above its e->caps; sets their figures and the
 * total. */
void offers_share_rows(struct engine *e, int64_t wanted);
/* The proposal's reason: given, or why there is nothing in it. */
enum offers_reason offers_end_proposal(const struct engine *e, const struct line_set *matched);
/* Sum over the lines of what is left, or of what they were at first. */
int64_t offers_sum(const struct engine *e, const struct line_set *lines, enum book_base base);
/* An amount over units (OFFERS.md B3, unit split): high_count of them cost low + 1, the others low. */
struct unit_prices {
    int64_t low, high_count;
};
static inline struct unit_prices offers_unit_prices(int64_t amount_minor, int64_t units)
{
    return (struct unit_prices){amount_minor / units, amount_minor % units};
}
/* a x b, at most INT64_MAX: for what is only compared with what a line has left. */
static inline int64_t multiply_saturating(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* ---- earning.c */

/* What the lines' points are computed on, less their share of what is paid with tenders that earn nothing. */
int64_t offers_earning_base(const struct engine *e, const struct line_set *lines, enum book_basis basis);
/* Adds points to e->earning.line_points by what the lines cost in the end. */
void offers_share_points(struct engine *e, const struct line_set *lines, int64_t points);

/* ---- pipeline.c */

void offers_run_pipeline(struct engine *e);

#endif
