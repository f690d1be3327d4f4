/* SPDX-License-Identifier: Apache-2.0 */
/* best.h - the best for the customer (OFFERS.md B4): of offers that contest the same units, the deals that give most
 * together. Private to this module.
 *
 *   best_terms.c    what one deal of an offer is
 *   best.c          the lane: who contests what, and what is given in the end
 *   best_deal.c     what a deal of given units is worth
 *   best_rank.c     the ranking by marginal value, and deals taken one offer after the other
 *   best_improve.c  a few deals at a time taken apart and put together better
 *   best_search.c   the search through all combinations of a few units
 *   best_choice.c   offers that never meet, and lanes that are full
 *
 * Every unit serves one offer of the lane. Offers are of three sorts:
 *
 *   deals           units of its parts, for one price or saving: mix, bundle, buy-get ... (struct deal_terms)
 *   blocks          a sum off all lines of its target: they serve it whole, or not at all
 *   alternatives    what an offer gives each line by itself: units that serve no deal take the line's best one, each
 *                   with its part of it (the unit split)
 *
 * Sums are exact, in ten-thousandths of a minor unit (_bp), until all is chosen: then what each offer gives is
 * rounded half-up, once. */
#ifndef KASSA_OFFERS_BEST_H
#define KASSA_OFFERS_BEST_H

#include "offers/engine.h"

#define BEST_OFFERS_MAX     128 /* deals and blocks of one lane; those behind are not looked at */
#define BEST_PARTS_MAX      256 /* of all of them */
#define BEST_WORDS          (BEST_PARTS_MAX / 64)
#define BEST_RUNS_MAX       (2 * LINES_MAX)
#define BEST_DEALS_MAX      8192
#define BEST_MEMBERS_MAX    16384
#define BEST_ITEMS_MAX      (BEST_DEALS_MAX + BEST_RUNS_MAX)
#define BEST_BLOCK_ROWS_MAX (4 * LINES_MAX)
#define BEST_UNITS_MAX      256 /* contested together: more are never searched through as one */
#define BEST_STEPS          16  /* of the search, for each of the book's states: a unit that it tries ... */
#define BEST_LOOKS          8   /* ... or so many places that it only looks at ... */
#define BEST_MOVES          4   /* ... or so many members of a whole deal */
#define BEST_WINDOW_UNITS   16  /* taken apart and put together anew at once */
#define BEST_WINDOW_LOOSE   4   /* units of one run that serve nothing, at most */
#define BEST_WINDOW_STATES  64
#define BEST_PASSES_MAX     64 /* of windows over all deals of a group */
#define BEST_SEEN_SLOTS     8192
#define BEST_CHOICES_MAX    16 /* whole searches for the sake of offers that never meet ... */
#define BEST_SOLVES_MAX     (BEST_CHOICES_MAX + 4) /* ... and what is added in the end */
#define BEST_WORK_MAX       40000 /* units moved while ranking, after which no more ways are tried */
#define BEST_BOUND_MAX      512   /* offers with a group or an exclusion that give something at once */
#define BEST_WHOLE_BP       10000
#define BEST_MINOR_MAX      INT64_C(400000000000000) /* a lane's amounts: their ten-thousandths stay in 64 bits */

enum deal_mode {
    DEAL_PERCENT,    /* percent_bp off the counted units */
    DEAL_EACH,       /* amount_minor off each counted unit */
    DEAL_UNIT_PRICE, /* each counted unit costs amount_minor */
    DEAL_SUM,        /* amount_minor off the deal */
    DEAL_PRICE       /* the deal costs amount_minor */
};

struct deal_part {
    struct line_set lines;
    uint32_t units;
    bool counts;
    bool is_cheapest; /* its units are always the cheapest that are left */
};

/* One deal of an offer. */
struct deal_terms {
    enum deal_mode mode;
    uint32_t percent_bp;
    int64_t amount_minor;
    uint32_t some_units; /* only that many of the counted units; 0: all of them */
    bool is_dearest;     /* ... the dearest of them, else the cheapest */
    bool is_on_given;    /* the discount sits on these, else it is spread over the deal by price */
    int64_t repeats_max; /* 0: as often as it fits */
    uint32_t part_count;
    struct deal_part parts[BOOK_PARTS_MAX];
};

struct best_part {
    uint32_t offer; /* index into offers, below */
    uint32_t units;
    bool counts, is_cheapest;
};

struct best_offer {
    uint32_t explanation;
    int32_t priority;
    bool is_block;
    bool is_shut; /* its limits leave it no deal */
    enum deal_mode mode;
    uint32_t percent_bp, some_units, units; /* units: of a deal */
    bool is_dearest, is_on_given;
    int64_t amount_minor, repeats_max;
    int64_t most_bp; /* that its limits leave it; INT64_MAX: no bound */
    bool may_cut;    /* the deal that would pass that gives what is left; else it is not made */
    uint32_t part_first, part_count;
    uint32_t row_first, row_count; /* of a block: in block_rows */
    int64_t block_minor;
    uint32_t percent_shown_bp; /* of a block: what its rows say */
    uint32_t group;   /* an offer that stands for all that contest units with one another, itself included */
    int64_t used;     /* deals so far ... */
    int64_t given_bp; /* ... and what they give */
    int64_t full_bp, rest_bp, shared_units; /* what it gains alone, and on units that nobody else wants */
};

/* Units of one price on one line. */
struct best_run {
    uint32_t line, class;           /* runs of one class are alike to every offer */
    int64_t price, takeable, units; /* takeable: what may be taken off a unit */
    uint64_t parts[BEST_WORDS];     /* that they may serve */
    int64_t left;
    int64_t in_deal; /* units that the deal at hand takes of it */
    int64_t gain_bp; /* what a unit can add at most, beyond its alternative */
    int64_t hidden;  /* units that take no part in the window at hand */
    bool is_in_window;
    bool is_shared; /* several offers want it */
};

struct best_member {
    uint32_t run, part;
    int64_t units; /* in one deal */
};

struct best_deal {
    uint32_t offer;
    uint32_t member_first, member_count;
    int64_t times;
    int64_t value_bp; /* of one */
};

/* Deals that do not share a unit. */
struct best_solution {
    struct best_deal deals[BEST_DEALS_MAX];
    struct best_member members[BEST_MEMBERS_MAX];
    uint32_t deal_count, member_count;
    bool has_block[BEST_OFFERS_MAX];
};

/* The same units left with at least as much given: nothing better comes of it. */
struct best_seen {
    uint64_t key;
    int64_t total_bp;
    uint32_t search; /* by which search it was written */
};

/* What windows are made of: a deal, or a run with units that serve nothing. */
struct best_item {
    uint64_t key;       /* they stand by it */
    uint32_t deal, run; /* one of them is BOOK_NONE */
};

struct best_workspace {
    struct best_offer offers[BEST_OFFERS_MAX];
    struct best_part parts[BEST_PARTS_MAX];
    struct best_run runs[BEST_RUNS_MAX]; /* dearest first, then the earlier line */
    uint32_t offer_count, part_count, run_count;
    struct proposal_row block_rows[BEST_BLOCK_ROWS_MAX];
    uint32_t block_row_count;
    uint64_t line_parts[LINES_MAX][BEST_WORDS]; /* that units of the line may serve */
    uint32_t line_block[LINES_MAX];             /* the first block that wants the line; BOOK_NONE: none */
    int64_t line_left[LINES_MAX];               /* units that serve neither a deal nor a block */
    uint32_t line_row[LINES_MAX];               /* in e->proposal; BOOK_NONE: none */

    struct best_solution solution, found;
    uint32_t order[SHARE_COUNT_MAX]; /* places of counted members, or others to be sorted for a moment */
    uint32_t local[BEST_RUNS_MAX];   /* runs of the group that is worked on */
    uint32_t local_count;
    uint32_t all[BEST_RUNS_MAX]; /* ... while local has those of a window of it */
    uint32_t all_count;
    struct best_item items[BEST_ITEMS_MAX]; /* of a pass of windows */
    uint32_t item_count, item_order[BEST_ITEMS_MAX];
    uint32_t rank[BEST_OFFERS_MAX];
    struct best_seen seen[BEST_SEEN_SLOTS];
    uint32_t search;     /* number of the last one */
    uint32_t states;     /* of the lane at hand */
    uint32_t states_end; /* how far this solution may count ... */
    uint64_t steps_left; /* ... and what units it may still try */
    uint64_t out[OFFER_WORDS], best_out[OFFER_WORDS],
        kept_out[OFFER_WORDS]; /* of explanations: who had to leave */
    bool is_bound; /* some of the offers may not stand beside others, or the lane has room for so many */
    uint64_t work; /* units moved while ranking, of the lane at hand */
    bool is_bounded;
};

struct offers_workspace {
    struct engine engine;
    struct best_workspace best;
};

/* ---- best_deal.c */

static inline bool best_may_serve(const struct best_run *run, uint32_t part)
{
    return (run->parts[part / 64] >> (part % 64) & 1) != 0;
}

/* What one deal of those members is worth; 0: nothing. */
int64_t offers_best_value_of(struct best_workspace *w, const struct best_offer *offer,
                             const struct best_member *members, uint32_t count);
/* What of a deal's worth the offer's limits leave, after what it gives already. */
int64_t offers_best_within_limits(const struct best_offer *offer, int64_t value_bp);
/* The counted members, in the order in which some_units of them count, into w->order; how many they are. */
uint32_t offers_best_order_counted(struct best_workspace *w, const struct best_offer *offer,
                                   const struct best_member *members, uint32_t count);
/* What a unit of that price can add to a deal as a member of the part, at most. */
int64_t offers_best_gain_of(const struct best_offer *offer, const struct best_part *part, int64_t price);
/* What `units` of a line have of its alternative. */
int64_t offers_best_alternative(const struct engine *e, uint32_t line, int64_t units);
/* Takes that many units of the deal's members, so many times, from what is left (or gives them back: times < 0);
 * what their lines' alternatives lose by it. */
int64_t offers_best_move_units(struct engine *e, const struct best_deal *deal, int64_t times);
/* Gives the deals of the solution back that were added since there were so many; what the alternatives gain by it. */
int64_t offers_best_give_back(struct engine *e, uint32_t deal_count);
/* Whether nothing serves the lines of a block yet; taking it, and what that gains beyond the alternatives. */
bool offers_best_block_is_free(const struct engine *e, uint32_t offer);
int64_t offers_best_take_block(struct engine *e, uint32_t offer);
void offers_best_give_back_block(struct engine *e, uint32_t offer);

/* ---- best_give.c */

/* Gives what the solution has, offer by offer. */
void offers_best_give(struct engine *e, const struct lane *lane);

/* ---- best_rank.c */

/* Ranks the group's offers by marginal value (w->rank, *out_count) and takes the deals of one after the other: adds
 * them to the solution. What all of it gains beyond the alternatives. */
int64_t offers_best_take_by_rank(struct engine *e, uint32_t group, uint32_t *out_count);

/* ---- best_search.c */

/* What a search may cost. */
struct best_bounds {
    uint32_t states;
    uint64_t steps;
};

/* Looks for more than the gained_bp that the ranked offers gained with the deals since deal_count, among the units of
 * w->local; the solution has the better of both. false: it was cut short. */
bool offers_best_search(struct engine *e, uint32_t rank_count, uint32_t deal_count, int64_t gained_bp,
                        const struct best_bounds *bounds);
/* The same for deals alone: of those since deal_count and the units that are left in w->local; how much more it is. */
int64_t offers_best_search_deals(struct engine *e, uint32_t rank_count, uint32_t deal_count,
                                 const struct best_bounds *bounds);

/* ---- best_improve.c */

/* Takes the group's deals, those since deal_count, apart a few at a time, and keeps what is better; how much better
 * all of it is. */
int64_t offers_best_improve(struct engine *e, uint32_t rank_count, uint32_t deal_count,
                            const struct best_bounds *bounds);

/* ---- best.c */

/* Solves the lane for the offers whose explanations say that they are given; the sum of what that gives. */
int64_t offers_best_solve(struct engine *e, const struct lane *lane);
/* What each offer of the lane gives in the solution, into its explanation's amount, in ten-thousandths of a minor unit:
 * for as long as the choice is made. */
void offers_best_sum_each(struct engine *e, const struct lane *lane);
static inline bool offers_best_is_out(const struct best_workspace *w, uint32_t k)
{
    return (w->out[k / 64] >> (k % 64) & 1) != 0;
}

/* ---- best_choice.c */

/* Solves the lane so that the offers of the solution may stand together and the lane has room for them. */
void offers_best_choose(struct engine *e, const struct lane *lane);

#endif
