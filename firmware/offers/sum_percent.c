/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes whose offers add up: of each line the percents, all of its amount before discounts, are added, then the
 * amounts, and the sum is rounded and taken off once. Each offer's row is its part of that sum. */
#include "base/money.h"
#include "offers/engine.h"
#include "offers/share.h"

#define WHOLE_BP 10000
#define FINE_WEIGHT_MAX                                                                                      \
    INT64_C(100000000000) /* of a line's amount: its weights in ten-thousandths still add up */

/* What one offer wants off one line: percents of the whole line, or an amount. */
static void add_row(struct engine *e, uint32_t k, uint32_t percent_bp, const struct proposal_row *row)
{
    uint32_t at = e->sum_row_count++;
    e->sum_rows[at] = (struct sum_row){
        .explanation = k, .percent_bp = percent_bp, .next = e->sum_heads[row->line], .row = *row};
    e->sum_heads[row->line] = at;
}

/* Whether the offer's percents are of whole lines, so that they add up with others. */
static bool is_line_percent(const struct book_offer *offer)
{
    return offer->kind == BOOK_PERCENT_OFF && offer->scope != BOOK_TOGETHER && offer->give.max_units == 0 &&
           offer->give.max_amount_minor == 0;
}

static int64_t percent_of(int64_t amount, uint32_t percent_bp)
{
    int64_t percent = 0;
    enum err error = money_percent(amount, percent_bp < WHOLE_BP ? percent_bp : WHOLE_BP, &percent);
    KASSA_ASSERT(error == ERR_OK); /* at most all of it */
    return percent;
}

/* The offers that were taken into the lane so far let this one in. */
static enum offers_reason check_others(const struct engine *e, const struct lane *lane, uint32_t k,
                                       const struct book_offer *offer)
{
    uint32_t taken = 0;
    bool is_bound = offer->groups.count > 0 || offer->excluded_with.count > 0;
    for (uint32_t i = lane->explanation_first; i < k; i++) {
        if (e->explanations[i].reason != OFFERS_GIVEN)
            continue;
        taken++;
        if (is_bound && offers_never_meet(e, e->explanations[i].offer, e->explanations[k].offer))
            return offer->groups.count > 0 ? OFFERS_GROUP_TAKEN : OFFERS_EXCLUDED_WITH;
    }
    return taken < offers_lane_room(e, lane) ? OFFERS_GIVEN : OFFERS_LANE_FULL;
}

/* Percents of whole lines, however little they come to alone, in e->proposal; what the offer's limits cut is an amount
 * from then on. */
static enum offers_reason propose_percents(struct engine *e, const struct book_offer *offer, uint32_t index,
                                           const struct line_set *matched)
{
    struct proposal *proposal = &e->proposal;
    offers_begin_proposal(e, offer->give.percent_bp);
    FOR_EACH_LINE(e, matched, line)
    {
        int64_t takeable = line_takeable(&e->lines[line]);
        int64_t wanted = percent_of(e->lines[line].gross, offer->give.percent_bp);
        int64_t amount = wanted < takeable ? wanted : takeable;
        if (takeable == 0)
            continue;
        proposal->rows[proposal->count++] =
            (struct proposal_row){.line = line, .wanted = wanted, .amount = amount};
        proposal->total += amount;
    }
    return proposal->total > 0 ? offers_limit_proposal(e, offer, index) : OFFERS_GIVEN;
}

static enum offers_reason propose(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    struct line_set matched;
    enum offers_reason reason = offers_check_all(e, offer, index, &matched);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_stacking(e, offer, &matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    return is_line_percent(offer) ? propose_percents(e, offer, index, &matched)
                                  : offers_work_out_discount(e, offer, index, &matched);
}

/* Percents that add up with others may come to one minor unit more than alone (of huge lines to some more); where a
 * limit has no room for that, they are an amount. */
static bool is_near_limit(const struct engine *e, const struct book_offer *offer, uint32_t index,
                          const struct proposal_row *row)
{
    bool is_huge = e->lines[row->line].gross >= FINE_WEIGHT_MAX && offer->limits.count > 0;
    return is_huge || offers_limit_is_close(e, offer, index, row);
}

static enum offers_reason collect(struct engine *e, const struct lane *lane, uint32_t k)
{
    struct book_offer offer;
    book_offer_at(e->book, e->explanations[k].offer, &offer);
    enum offers_reason reason = check_others(e, lane, k, &offer);
    if (reason == OFFERS_GIVEN)
        reason = propose(e, &offer, e->explanations[k].offer);
    if (reason != OFFERS_GIVEN)
        return reason;
    if (e->proposal.count > DISCOUNTS_MAX - e->sum_row_count)
        return OFFERS_TOO_MANY_ROWS;
    for (uint32_t i = 0; i < e->proposal.count; i++) {
        const struct proposal_row *row = &e->proposal.rows[i];
        int64_t takeable = line_takeable(&e->lines[row->line]);
        bool is_whole = row->amount == (row->wanted < takeable ? row->wanted : takeable) &&
                        !is_near_limit(e, &offer, e->explanations[k].offer, row);
        add_row(e, k, is_line_percent(&offer) && is_whole ? offer.give.percent_bp : 0, row);
    }
    return OFFERS_GIVEN;
}

/* What a row weighs within the line's sum, in ten-thousandths of a minor unit where these fit. */
static int64_t weight_of(const struct sum_row *row, const struct line_state *line)
{
    bool is_fine = line->gross < FINE_WEIGHT_MAX;
    if (row->percent_bp > 0)
        return is_fine ? line->gross * row->percent_bp : percent_of(line->gross, row->percent_bp);
    return row->row.amount * (is_fine ? WHOLE_BP : 1);
}

/* The part of `total` that the first `part` of the weights has, floored. */
static int64_t floor_part(int64_t total, int64_t part, int64_t whole)
{
    uint64_t quotient, rest;
    enum err error =
        wide_divide(wide_multiply((uint64_t)total, (uint64_t)part), (uint64_t)whole, &quotient, &rest);
    KASSA_ASSERT(error == ERR_OK); /* part <= whole */
    return (int64_t)quotient;
}

/* Shares a sum over the line's rows, or over its percents alone: each has the difference between two floors, so they
 * add up exactly. */
static void share_line(struct engine *e, uint32_t index, int64_t total, bool is_of_percents)
{
    const struct line_state *line = &e->lines[index];
    int64_t whole = 0, part = 0, before = 0;
    for (uint32_t at = e->sum_heads[index]; at != BOOK_NONE; at = e->sum_rows[at].next)
        whole += is_of_percents && e->sum_rows[at].percent_bp == 0 ? 0 : weight_of(&e->sum_rows[at], line);
    if (whole == 0)
        return;
    if (line->gross >= FINE_WEIGHT_MAX && !is_of_percents && total > whole)
        total = whole; /* rounded weights: no row grows beyond its own */
    for (uint32_t at = e->sum_heads[index]; at != BOOK_NONE; at = e->sum_rows[at].next) {
        struct sum_row *row = &e->sum_rows[at];
        if (is_of_percents && row->percent_bp == 0)
            continue;
        part += weight_of(row, line);
        int64_t until = floor_part(total, part, whole);
        row->row.amount = until - before;
        if (row->row.wanted < row->row.amount)
            row->row.wanted = row->row.amount;
        before = until;
    }
}

static void sum_line(struct engine *e, uint32_t index)
{
    const struct line_state *line = &e->lines[index];
    int64_t amounts = 0, takeable = line_takeable(line);
    uint64_t percents = 0;
    bool fits = true;
    for (uint32_t at = e->sum_heads[index]; at != BOOK_NONE; at = e->sum_rows[at].next) {
        struct sum_row *row = &e->sum_rows[at];
        percents += row->percent_bp;
        if (row->percent_bp > 0)
            row->row.wanted = percent_of(line->gross, row->percent_bp);
        else if (amounts <= takeable - row->row.amount)
            amounts += row->row.amount;
        else
            fits = false;
    }
    int64_t percent = percent_of(line->gross, percents < WHOLE_BP ? (uint32_t)percents : WHOLE_BP);
    /* Where all of it can be taken, amounts are what they are: what is rounded is the percents' alone. */
    fits = fits && percent <= takeable - amounts;
    share_line(e, index, fits ? percent : takeable, fits);
}

/* The pool's rows stand by offer, in the order in which the offers were taken in. */
static void give_all(struct engine *e)
{
    for (uint32_t at = 0; at < e->sum_row_count;) {
        uint32_t k = e->sum_rows[at].explanation;
        struct offers_explanation *explanation = &e->explanations[k];
        struct book_offer offer;
        book_offer_at(e->book, explanation->offer, &offer);
        offers_begin_proposal(e, is_line_percent(&offer) ? offer.give.percent_bp : 0);
        e->proposal.is_together = offer.scope == BOOK_TOGETHER;
        for (; at < e->sum_row_count && e->sum_rows[at].explanation == k; at++) {
            e->proposal.rows[e->proposal.count++] = e->sum_rows[at].row;
            e->proposal.total += e->sum_rows[at].row.amount;
        }
        explanation->reason = e->proposal.total > 0 ? offers_give(e, &offer, explanation->offer, explanation)
                                                    : OFFERS_NOTHING_TO_GIVE;
    }
}

void offers_settle_sum_percent(struct engine *e, const struct lane *lane)
{
    e->sum_row_count = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        e->sum_heads[i] = BOOK_NONE;
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++) {
        enum offers_reason reason = e->explanations[k].reason;
        bool is_small = reason == OFFERS_NOTHING_TO_GIVE; /* alone: it may add up */
        bool is_large = reason == OFFERS_LIMIT_REACHED;   /* with the lines that others of its group have */
        if (reason == OFFERS_GIVEN || is_small || is_large)
            e->explanations[k].reason = collect(e, lane, k);
    }
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->sum_heads[i] != BOOK_NONE)
            sum_line(e, i);
    }
    give_all(e);
    e->sum_row_count = 0; /* nothing waits any more */
}
