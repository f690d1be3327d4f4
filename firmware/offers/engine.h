/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h - the workspace of one pricing and the pieces of the pipeline. Private to this module.
 *
 *   basket.c       lines -> amounts, symbols of the book, which offers they touch
 *   selectors.c    which lines a selector means, and what they come to
 *   eligibility.c  who, when, where, which coupon
 *   conditions.c   thresholds; programs.c, program_host.c: conditions that are programs
 *   kinds/         what an offer gives as the lines stand (a proposal)
 *   proposal.c     a sum over lines
 *   stacking.c     exclusive offers, groups, offers that never meet
 *   limits.c       what a proposal is cut to
 *   lanes.c        which offers of a lane are given; best_per_line.c, sum_percent.c, best*.c: modes that look at
 *                  all of them first
 *   giving.c       proposals made real: rows, uses, deals
 *   prices.c       price rules; burn.c: points that are burned; tax.c; earning.c: what points are computed on
 *   near_misses.c  what is missing for more; needs.c: what coupons for next time were earned by
 *   rewind.c       what was given is taken back
 *   pipeline.c     the steps */
#ifndef KASSA_OFFERS_ENGINE_H
#define KASSA_OFFERS_ENGINE_H

#include "base/base.h"
#include "base/money.h"
#include "base/wide.h"
#include "offers/book_layout.h"
#include "offers/cel/cel.h"
#include "offers/offers.h"
#include "offers/share.h"

#define LINE_WORDS       (LINES_MAX / 64)
#define MENTIONS_MAX     (LINES_MAX * (1 + CATEGORIES_PER_LINE_MAX))
#define SYMBOL_SLOTS_MAX 32768 /* at least 2 * MENTIONS_MAX, a power of two */
#define SYMBOL_SLOTS_MIN 64
#define FACTS_MAX        1024 /* selectors whose answers are kept; a power of two */
#define OFFER_WORDS      (BOOK_OFFERS_MAX / 64)
#define OFFER_SUMMARY    (OFFER_WORDS / 64)
#define EXCLUSIVE_TRIES  16 /* exclusive offers that are run alone in vain; then nobody is alone */
#define GIVEN_MAX        (2 * DISCOUNTS_MAX) /* every given discount has a row, every price rule a line */
_Static_assert(LINES_MAX % 64 == 0 && SYMBOL_SLOTS_MAX >= 2 * MENTIONS_MAX, "sets are whole words");

struct line_set {
    uint64_t words[LINE_WORDS];
};

struct line_state {
    int64_t gross, running, floor; /* gross: at the price that price rules left */
    int64_t basket_taken;          /* what offers of step 4 (and points) took */
    int64_t units;                 /* >= 1 */
    int64_t quantity_milli;
    int64_t unit_price_e5, list_price_e5; /* after and before price rules (and what the POS took off) */
    int64_t prior_price_minor;            /* that the receipt shows; 0: not reduced */
    uint32_t price_offer;                 /* BOOK_NONE: no price rule */
    uint32_t tax_rate_bp;
    bool is_measured;   /* weighed, or not a whole number of units: units is 1 */
    bool is_reduced;    /* by the POS or a price rule */
    uint32_t row_count; /* discounts so far */
    int64_t units_used; /* by the deals of this lane ... */
    int64_t used_minor; /* ... and what is left of their price */
};

/* What an offer would give one line. */
struct proposal_row {
    uint32_t line;
    int64_t wanted, amount;
    int64_t units, units_minor; /* that take part in a deal, and their price before it; else 0 */
    int64_t given_units;      /* of these, the ones that carry the discount, where it is not spread; else 0 */
    int64_t discounted_units; /* that the discount is of; 0: units, or all of the line where that is 0, too */
    int64_t price_e5;         /* of price rules: the new unit price */
};

struct proposal {
    uint32_t count;
    uint32_t percent_bp;
    bool is_together; /* its rows are shares of one sum */
    int64_t total;    /* sum of the amounts, > 0 */
    uint32_t sets;    /* deals, where given_units are set */
    struct proposal_row rows[LINES_MAX];
};

struct earning {
    int64_t base_minor, points;
    int64_t line_points[LINES_MAX]; /* sum to points */
};

/* The best offer for a line in a lane of that mode. */
struct best_row {
    uint32_t offer, explanation; /* BOOK_NONE: none */
    uint32_t percent_bp;
    bool is_together;
    struct proposal_row row;
};

/* What an offer wants of a line in a lane whose offers add up. */
struct sum_row {
    uint32_t explanation;
    uint32_t percent_bp; /* of the whole line; 0: an amount */
    uint32_t next;       /* the line's other rows; BOOK_NONE: none */
    struct proposal_row row;
};

/* Units of one price on one line, for deals. */
struct unit_run {
    int64_t price, left, bought, got;
    int64_t deal, deal_bought, deal_got; /* what the deal of that number (from 1) took of it */
    uint32_t line;
    uint32_t roles; /* what its units may serve as: bits of the kind's own */
};

/* Which lines count: those that may take a discount, or those that may earn. */
enum offers_counting { OFFERS_COUNT_DISCOUNTABLE, OFFERS_COUNT_EARNABLE };

/* What a selector's lines that count come to, as long as no amount changes. */
struct counted_lines {
    uint32_t epoch; /* 0: not counted */
    int64_t units, gross, running;
    int64_t cheapest; /* price of the cheapest unit that is not free; -1: not looked for */
};

/* What is known of a selector in this pricing. */
struct selector_facts {
    uint32_t selector, pricing;
    uint32_t prices; /* of those that mind unit prices: when they were looked at */
    bool minds_prices;
    struct line_set lines;
    struct counted_lines counted[2]; /* by enum offers_counting */
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
    uint32_t tier, store, channel, member; /* BOOK_NONE: the book does not name it */
    uint32_t segments[SEGMENTS_MAX];
    uint32_t segment_count;
    const struct offers_member *facts; /* NULL: nobody is known */
};

/* A coupon that was presented, in the book's symbols. */
struct presented {
    uint32_t series; /* BOOK_NONE: the book does not name it */
    bool is_used;    /* by an offer that was given */
};

/* A touched offer: what the pipeline asks before it reads the whole of it. */
struct candidate {
    uint32_t offer;
    uint8_t stage; /* its step; of steps that run as one, the first */
    uint8_t step, lane, exclusive;
    bool is_waived;      /* alone it was not given: it shuts nobody out */
    int64_t alone_minor; /* of BOOK_EXCLUSIVE_IF_BETTER: what it would give, alone in the basket */
};

/* A line whose price a rule has set, though another one may have lowered it since. */
struct priced {
    uint32_t line, offer;
};

/* Figures of the reason that was found last, and of what is missing. */
struct figures {
    int64_t has, needs;
    int64_t value_minor, effort_minor;
    enum offers_figure figure; /* of e->next */
    const char *detail;
};

struct engine {
    const struct book *book;
    const struct offers_basket *basket;
    const struct offers_moment *moment;
    const struct offers_member *member; /* never NULL */
    struct audience audience;
    struct presented coupons[OFFERS_COUPONS_MAX];
    uint32_t line_count, word_count;
    struct line_state lines[LINES_MAX];
    struct line_set discountable, earnable;

    uint32_t slot_mask, mention_count, basket_symbol_count;
    struct symbol_slot slots[SYMBOL_SLOTS_MAX];
    struct mention mentions[MENTIONS_MAX];
    uint32_t basket_symbols[MENTIONS_MAX]; /* each once */
    struct selector_facts facts[FACTS_MAX];
    uint32_t pricing; /* a number of this basket's; never 0 */
    uint32_t amounts_epoch,
        prices_epoch; /* count the changes of running amounts and of unit prices; never 0 */
    /* One bit an offer, and one bit a word of them that is not zero: neither clearing nor walking looks at the
     * whole book. */
    uint64_t touched[OFFER_WORDS], touched_summary[OFFER_SUMMARY];
    struct candidate candidates[BOOK_OFFERS_MAX]; /* the touched offers, in the order of evaluation */
    uint32_t candidate_count;

    struct figures figures;
    struct figures
        next; /* what would come on top of what a proposal gives; figure OFFERS_NO_FIGURE: nothing */
    struct proposal proposal;
    struct earning earning;
    struct best_row best[LINES_MAX];
    struct sum_row sum_rows[DISCOUNTS_MAX];
    uint32_t sum_row_count, sum_heads[LINES_MAX];
    struct unit_run runs[2 * LINES_MAX];
    uint32_t run_order[2 * LINES_MAX];
    int64_t weights[SHARE_COUNT_MAX], shares[SHARE_COUNT_MAX], caps[LINES_MAX], scratch[LINES_MAX];
    bool is_full[LINES_MAX]; /* shares that reached their cap */

    uint32_t exclusive_in_basket, exclusive_in_step; /* the offer that is alone, or BOOK_NONE */
    bool gives_way;                                  /* offers that are alone if better do not run */
    uint32_t waived_count;
    uint32_t prorate_count;
    uint32_t given[GIVEN_MAX]; /* offers, in the order in which they were given ... */
    uint32_t given_count;
    uint64_t given_bits[OFFER_WORDS];    /* ... and as a set, all 0 between two pricings */
    uint16_t lane_given[BOOK_LANES_MAX]; /* offers that each lane has given */
    struct best_workspace *contest;      /* best.h */
    struct {
        enum offers_search outcome;
        uint32_t states;
    } search; /* of the best-combination lanes so far */
    int64_t line_points[LINES_MAX];
    uint8_t program_scratch[CEL_SCRATCH_SIZE]; /* of one condition */

    struct offers_line_result results[LINES_MAX];
    struct offers_discount discounts[DISCOUNTS_MAX];
    uint32_t discount_count;
    struct priced
        priced[DISCOUNTS_MAX]; /* lines that price rules were given on; the last one's price stands */
    uint32_t priced_count;
    struct offers_earn earns[EARN_ROWS_MAX];
    uint32_t earn_count;
    struct offers_explanation explanations[BOOK_OFFERS_MAX];
    uint32_t explanation_count;
    struct offers_near_miss near_misses[OFFERS_NEAR_MISSES_MAX];
    uint32_t near_miss_count;
    struct offers_award award; /* that an offer proposes */
    struct offers_award awards[AWARDS_MAX];
    uint32_t award_count;
    struct offers_need needs[OFFERS_NEEDS_MAX];
    uint32_t need_count;
    struct offers_deal deals[OFFERS_DEALS_MAX];
    uint32_t deal_count;
    struct offers_use uses[OFFERS_USES_MAX];
    uint32_t use_count;
    uint32_t coupons_used[OFFERS_COUPONS_MAX];
    struct offers_burned burned;
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
/* Resolves the lines' items and categories and touches the offers that they concern. */
void offers_touch(struct engine *e);
/* The next touched offer at or after `from`; BOOK_NONE if there is none. */
uint32_t offers_next_touched(const struct engine *e, uint32_t from);
/* The slot of a symbol, or the free one where it belongs. */
struct symbol_slot *offers_symbol_slot(struct engine *e, uint32_t symbol);

/* ---- selectors.c */

/* Whether the ascending references name the symbol. */
bool offers_has_reference(const struct book *book, struct book_range range, uint32_t symbol);
void offers_match(struct engine *e, uint32_t selector, struct line_set *out_lines);
const struct line_set *offers_lines_that_count(const struct engine *e, enum offers_counting counting);
/* What those of the selector's lines come to that count; valid until an amount changes or another selector is asked
 * for. */
const struct counted_lines *offers_count(struct engine *e, uint32_t selector, enum offers_counting counting);
int64_t offers_price_of_cheapest(struct engine *e, uint32_t selector, enum offers_counting counting);

/* To be called by whoever changes a line's running amount, or its unit price. */
static inline void offers_amounts_changed(struct engine *e)
{
    e->amounts_epoch++;
}
static inline void offers_prices_changed(struct engine *e)
{
    e->amounts_epoch++;
    e->prices_epoch++;
}

/* ---- eligibility.c */

struct audience offers_audience_of(const struct book *book, const struct offers_member *member,
                                   const struct offers_moment *moment);
/* OFFERS_GIVEN: who, when and where fit. */
enum offers_reason offers_check_static(const struct book *book, const struct book_offer *offer,
                                       const struct audience *audience, const struct offers_moment *moment);
/* Looks the presented coupons up in the book. */
void offers_read_coupons(struct engine *e);
/* OFFERS_GIVEN: the offer needs none, or a fresh one was presented, whose index is *out_coupon (or BOOK_NONE). */
enum offers_reason offers_check_coupon(const struct engine *e, const struct book_offer *offer,
                                       uint32_t *out_coupon);

/* ---- conditions.c */

/* Whether the offer may be given as the lines stand, but for coupons, limits and its lane: OFFERS_GIVEN, and
 * *out_matched are the lines of its target. Otherwise e->figures belong to the reason. */
enum offers_reason offers_check_offer(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched);

/* OFFERS_GIVEN: it holds. */
enum offers_reason offers_test_condition(struct engine *e, const struct book_offer *offer,
                                         const struct book_condition *condition);
/* The lines of the offer's target that count, or why there are none. */
enum offers_reason offers_find_target(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched);

/* ---- needs.c */

/* To be called when nothing changes any more. */
void offers_list_needs(struct engine *e);

/* ---- stacking.c */

/* All that stands between an offer and its lane: offers_check_offer, its coupon, its limits. */
enum offers_reason offers_check_all(struct engine *e, const struct book_offer *offer, uint32_t index,
                                    struct line_set *out_matched);
/* The offer's proposal as the lines stand, cut to its limits; e->proposal is set if it answers OFFERS_GIVEN. */
enum offers_reason offers_work_out_discount(struct engine *e, const struct book_offer *offer, uint32_t index,
                                            const struct line_set *matched);
/* All of it, but for the lane: the checks, stacking, the proposal. */
enum offers_reason offers_try_discount(struct engine *e, const struct book_offer *offer, uint32_t index);
/* The exclusive offer of the candidates [first, last) that is alone: of those that are eligible as the lines stand
 * and would give something, the one of the highest priority, then the first. */
uint32_t offers_find_exclusive(struct engine *e, enum book_exclusive kind, uint32_t first, uint32_t last);
/* Whether it was given; BOOK_NONE: yes. */
bool offers_was_given(const struct engine *e, uint32_t offer);
/* The offer was to be alone among the candidates [first, last), and was not given: it shuts nobody out any more. */
void offers_waive_exclusive(struct engine *e, uint32_t offer, uint32_t first, uint32_t last);
/* Of those that are alone if they give more than the others: the one that gives most; *out_minor is that. */
uint32_t offers_find_alone(struct engine *e, uint32_t first, uint32_t last, int64_t *out_minor);
/* Whether an offer that was given keeps this one out; takes the lines out of *matched on which another offer of
 * one of its groups was given, where its groups are per line. */
enum offers_reason offers_check_stacking(struct engine *e, const struct book_offer *offer,
                                         struct line_set *matched);
/* Takes the lines out on which another offer of one of its groups is: for goods beside the target, as well. */
void offers_leave_lines_of_groups(const struct engine *e, const struct book_offer *offer,
                                  struct line_set *lines);
/* Whether two offers never meet on a receipt: excluded with one another, or of a group of which there is at most
 * one in the basket. */
bool offers_never_meet(const struct engine *e, uint32_t a, uint32_t b);
bool offers_share_group(const struct engine *e, const struct book_offer *offer, uint32_t other_index);
void offers_note_given(struct engine *e, const struct book_offer *offer, uint32_t index);

/* ---- limits.c */

/* Whether its limits leave the offer anything; e->figures are set if not. */
enum offers_reason offers_limit_uses(struct engine *e, const struct book_offer *offer, uint32_t index);
/* Cuts e->proposal to the offer's limits; the reason if nothing is left. */
enum offers_reason offers_limit_proposal(struct engine *e, const struct book_offer *offer, uint32_t index);
/* What the offer's limits of that sort leave it on this receipt, in their own unit, INT64_MAX if it has none: *out_cut
 * says whether what would pass that is cut. Limits per line are not looked at. */
int64_t offers_limit_left(const struct engine *e, const struct book_offer *offer, uint32_t index,
                          enum book_limit_what what, bool *out_cut);
/* Whether a minor unit more on the row (or on each row of e->proposal) would pass one of its limits of amount. */
bool offers_limit_is_close(const struct engine *e, const struct book_offer *offer, uint32_t index,
                           const struct proposal_row *row);
/* What its limits of that sort leave of `wanted`; e->figures are set where that is nothing. */
int64_t offers_limit_count(struct engine *e, const struct book_offer *offer, uint32_t index,
                           enum book_limit_what what, int64_t wanted);
bool offers_has_room_for_use(const struct engine *e, const struct book_offer *offer);
/* Writes the use down if the offer is limited beyond this receipt. */
void offers_note_use(struct engine *e, const struct book_offer *offer, const struct offers_use *use);
/* The units that e->proposal gives something to. */
int64_t offers_units_given(const struct engine *e);

/* ---- giving.c */

/* Makes rows of e->proposal: what is not of the line or the amount comes from *row. */
void offers_give_rows(struct engine *e, const struct offers_discount *row, uint8_t step);
/* Gives e->proposal, whose figures go into *explanation. */
enum offers_reason offers_give(struct engine *e, const struct book_offer *offer, uint32_t index,
                               struct offers_explanation *explanation);

/* ---- proposal.c */

void offers_begin_proposal(struct engine *e, uint32_t percent_bp);
/* Adds a row, unless there is nothing to take: what may be taken is at most what the line has left. */
void offers_propose_line(struct engine *e, uint32_t line, int64_t wanted);
/* Shares `wanted` over what the matched lines have left. */
void offers_propose_together(struct engine *e, const struct line_set *matched, int64_t wanted);
/* Shares `wanted` over the proposal's rows by e->weights, none above its e->caps; sets their figures and the
 * total. */
void offers_share_rows(struct engine *e, int64_t wanted);
/* Lowers the amounts of the proposal to that total, less than it is, in proportion. */
void offers_cut_proposal(struct engine *e, int64_t total);
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

/* ---- lanes.c */

/* A lane of a stage while it runs. */
struct lane {
    const struct lane_mode *mode;
    uint8_t stage, number;
    uint16_t offers_max; /* 0: any number */
    bool has_given;
    bool is_bound; /* some of its offers may not stand beside others */
    int32_t given_priority;
    uint32_t explanation_first;
};

/* Runs the candidates [first, last): they are of whole stages. */
void offers_run_candidates(struct engine *e, uint32_t first, uint32_t last);
/* How many more offers the lane may give. */
uint32_t offers_lane_room(const struct engine *e, const struct lane *lane);

/* Modes that look at all offers of the lane before they give any; those that have something to give are the
 * explanations since lane->explanation_first that say so. */
/* Each line of e->proposal keeps its row of it, of the k-th explanation, where that is better than what it has so
 * far (e->best); of equals the earlier offer stays. */
void offers_keep_best(struct engine *e, uint32_t k);
void offers_settle_best_per_line(struct engine *e, const struct lane *lane);
/* The same where no line has kept anything yet. */
void offers_settle_best_afresh(struct engine *e, const struct lane *lane);
void offers_settle_sum_percent(struct engine *e, const struct lane *lane);
void offers_settle_best_combination(struct engine *e, const struct lane *lane);
void offers_settle_lowest_price(struct engine *e, const struct lane *lane);
void offers_settle_best_earner(struct engine *e, const struct lane *lane);

/* ---- prices.c */

/* What price rules, points and awards do: as offers_work_out_discount, and as offers_give. */
enum offers_reason offers_work_out_price(struct engine *e, const struct book_offer *offer, uint32_t index,
                                         const struct line_set *matched);
enum offers_reason offers_give_price(struct engine *e, const struct book_offer *offer, uint32_t index,
                                     struct offers_explanation *explanation);
/* ---- earning.c */

enum offers_reason offers_work_out_earning(struct engine *e, const struct book_offer *offer, uint32_t index,
                                           const struct line_set *matched);
enum offers_reason offers_give_earning(struct engine *e, const struct book_offer *offer, uint32_t index,
                                       struct offers_explanation *explanation);
/* ---- awards.c */

enum offers_reason offers_work_out_award(struct engine *e, const struct book_offer *offer, uint32_t index,
                                         const struct line_set *matched);
enum offers_reason offers_give_award(struct engine *e, const struct book_offer *offer, uint32_t index,
                                     struct offers_explanation *explanation);

/* ---- near_misses.c */

/* Near is: half of it is there, or a single unit is missing. */
static inline bool offers_is_near(int64_t has, int64_t needs, enum offers_figure figure)
{
    return has >= needs - has || (figure == OFFERS_MILLI && needs - has <= 1000);
}

/* Notes among the near misses what the offer lacks, by the reason and e->figures, if it is near enough. Of *offer
 * the head is there; what it gives is read where it is needed. */
void offers_note_missing(struct engine *e, struct book_offer *offer, uint32_t index,
                         enum offers_reason reason);
/* ... or what would come on top of what it has just given: e->next, or one more deal. */
void offers_note_next(struct engine *e, const struct book_offer *offer, uint32_t index);

/* ---- burn.c */

/* Burns what the basket wants of `available` points. */
void offers_burn_points(struct engine *e, int64_t available);

/* ---- tax.c */

struct line_tax {
    enum err error;
    int64_t tax, base, on_top; /* on_top: what is to be paid beside the line's amount */
};

/* The tax of a line as it stands. */
struct line_tax offers_line_tax(const struct engine *e, uint32_t line);
NODISCARD
enum err offers_write_taxes(const struct engine *e, struct offers_line_result *lines, int64_t *out_tax,
                            int64_t *out_on_top);

/* ---- earning.c */

/* What the lines' points are computed on, less their share of what is paid with tenders that earn nothing: the
 * programme's, and those of the offer whose bits are given. */
int64_t offers_earning_base(const struct engine *e, const struct line_set *lines, enum book_basis basis,
                            uint32_t excluded_tenders);
/* Adds points to e->earning.line_points by what the lines cost in the end. */
void offers_share_points(struct engine *e, const struct line_set *lines, int64_t points);

/* ---- programs.c */

/* OFFERS_GIVEN: the offer has no condition, or it holds; else e->figures.detail may say more. */
enum offers_reason offers_check_condition_program(struct engine *e, const struct book_offer *offer);
/* Takes the lines out of *matched for which the offer's line condition does not hold. */
enum offers_reason offers_check_line_program(struct engine *e, const struct book_offer *offer,
                                             struct line_set *matched);

/* ---- rewind.c */

/* Where a part of the pipeline began, to run it again another way. */
struct offers_mark {
    uint32_t discount_count, explanation_count, earn_count, given_count, deal_count, use_count, prorate_count;
    uint32_t near_miss_count;
    struct offers_near_miss near_misses[OFFERS_NEAR_MISSES_MAX];
    struct presented coupons[OFFERS_COUPONS_MAX];
    enum offers_search search;
    uint32_t search_states;
};

struct offers_mark offers_take_mark(const struct engine *e);
/* As if nothing had been given since. Price rules and awards are not taken back. */
void offers_rewind(struct engine *e, const struct offers_mark *mark);

/* ---- pipeline.c */

void offers_run_pipeline(struct engine *e);

#endif
