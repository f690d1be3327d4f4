/* SPDX-License-Identifier: Apache-2.0 */
/* What the solution of a lane gives, as proposals. */
#include "offers/best.h"
#include "offers/kinds/kinds.h"
#include "offers/share.h"

/* The row of a line in e->proposal; a new one if it has none yet. */
static struct proposal_row *row_of_line(struct engine *e, uint32_t line)
{
    uint32_t *at = &e->contest->line_row[line];
    if (*at == BOOK_NONE) {
        *at = e->proposal.count++;
        e->proposal.rows[*at] = (struct proposal_row){.line = line};
    }
    return &e->proposal.rows[*at];
}

/* ---- deals */

/* How many of each member's units carry the discount, into e->shares: of some counted units the cheapest (dearest);
 * else all that count. */
static void find_given(struct engine *e, const struct best_offer *offer, const struct best_member *members,
                       uint32_t count)
{
    struct best_workspace *w = e->contest;
    int64_t left = offer->some_units > 0 ? offer->some_units : INT64_MAX;
    for (uint32_t i = 0; i < count; i++)
        e->shares[i] = 0;
    uint32_t counted = offers_best_order_counted(w, offer, members, count);
    for (uint32_t i = 0; i < counted && left > 0; i++) {
        uint32_t at = w->order[i];
        e->shares[at] = members[at].units < left ? members[at].units : left;
        left -= e->shares[at];
    }
}

/* What each member of a deal weighs when what it gives is shared. */
static void weigh(struct engine *e, const struct best_offer *offer, const struct best_deal *deal)
{
    const struct best_workspace *w = e->contest;
    const struct best_member *members = &w->solution.members[deal->member_first];
    if (offer->is_on_given)
        find_given(e, offer, members, deal->member_count);
    for (uint32_t i = 0; i < deal->member_count; i++) {
        struct proposal_row *row = row_of_line(e, w->runs[members[i].run].line);
        int64_t units = offer->is_on_given ? e->shares[i] : members[i].units;
        e->weights[i] = units * deal->times * w->runs[members[i].run].price;
        row->given_units += offer->is_on_given ? units * deal->times : 0;
        row->discounted_units = row->given_units; /* 0: all that take part */
    }
}

/* Adds what a deal gives, all its repetitions together, to the rows of its members' lines. */
static void add_deal(struct engine *e, const struct best_offer *offer, const struct best_deal *deal,
                     int64_t amount)
{
    const struct best_workspace *w = e->contest;
    const struct best_member *members = &w->solution.members[deal->member_first];
    weigh(e, offer, deal);
    enum err error = offers_share((enum book_sharing)e->book->header.sharing, amount, e->weights,
                                  deal->member_count, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* prices of this basket, whose sum was checked */
    for (uint32_t i = 0; i < deal->member_count; i++) {
        const struct best_run *run = &w->runs[members[i].run];
        struct proposal_row *row = row_of_line(e, run->line);
        row->units += members[i].units * deal->times;
        row->units_minor += members[i].units * deal->times * run->price;
        row->wanted += e->shares[i];
    }
}

/* What the lines cannot bear moves to the deals' other lines. */
static void fit_rows(struct engine *e)
{
    struct proposal *proposal = &e->proposal;
    bool fits = true;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row *row = &proposal->rows[i];
        int64_t takeable = line_takeable(&e->lines[row->line]);
        e->weights[i] = row->wanted;
        e->caps[i] = takeable < row->units_minor ? takeable : row->units_minor;
        row->amount = row->wanted;
        proposal->total += row->wanted;
        fits = fits && row->amount <= e->caps[i];
    }
    if (!fits)
        offers_share_rows(e, proposal->total);
}

static void propose_deals(struct engine *e, uint32_t offer)
{
    const struct best_workspace *w = e->contest;
    const struct best_offer *terms = &w->offers[offer];
    int64_t sum_bp = 0, before = 0;
    for (uint32_t i = 0; i < w->solution.deal_count; i++) {
        const struct best_deal *deal = &w->solution.deals[i];
        if (deal->offer != offer)
            continue;
        sum_bp += deal->value_bp * deal->times;
        int64_t until = (sum_bp + BEST_WHOLE_BP / 2) / BEST_WHOLE_BP; /* half-up, of all deals so far */
        add_deal(e, terms, deal, until - before);
        before = until;
        e->proposal.sets += (uint32_t)deal->times;
    }
    e->proposal.percent_bp = terms->mode == DEAL_PERCENT ? terms->percent_bp : 0;
    e->proposal.is_together = true;
    fit_rows(e);
}

static void propose_block(struct engine *e, const struct best_offer *block)
{
    const struct best_workspace *w = e->contest;
    e->proposal.percent_bp = block->percent_shown_bp;
    e->proposal.is_together = true;
    for (uint32_t i = 0; i < block->row_count; i++) {
        e->proposal.rows[e->proposal.count++] = w->block_rows[block->row_first + i];
        e->proposal.total += w->block_rows[block->row_first + i].amount;
    }
}

/* ---- alternatives */

/* The part of the lines' alternatives that units have which serve nothing else. */
static void propose_alternatives(struct engine *e, uint32_t k)
{
    const struct best_workspace *w = e->contest;
    for (uint32_t i = 0; i < e->line_count; i++) {
        const struct best_row *best = &e->best[i];
        if (best->offer == BOOK_NONE || best->explanation != k || w->line_left[i] == 0)
            continue;
        struct proposal_row row = best->row;
        if (w->line_left[i] < e->lines[i].units) {
            int64_t takeable = line_takeable(&e->lines[i]); /* a deal's sum may have fallen on this line */
            row.amount = offers_best_alternative(e, i, w->line_left[i]) / BEST_WHOLE_BP;
            row.amount = row.amount < takeable ? row.amount : takeable;
            row.discounted_units = w->line_left[i];
        }
        e->proposal.percent_bp = best->percent_bp;
        e->proposal.is_together = best->is_together;
        e->proposal.rows[e->proposal.count++] = row;
        e->proposal.total += row.amount;
    }
}

/* What an offer's limits leave is shared out anew among the lines that it has: others had part of it while it was
 * chosen. Lines that serve deals as well keep what they were chosen for. */
static void propose_limited(struct engine *e, const struct book_offer *offer, uint32_t k)
{
    const struct best_workspace *w = e->contest;
    struct line_set lines = {.words = {0}};
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->best[i].offer == BOOK_NONE || e->best[i].explanation != k || w->line_left[i] == 0)
            continue;
        if (w->line_left[i] < e->lines[i].units)
            return;
        line_set_add(&lines, i);
    }
    if (offers_kind_of(offer->kind)->propose(e, offer, &lines) != OFFERS_GIVEN)
        propose_alternatives(e, k);
}

/* ---- giving */

/* The offer's place among the deals and blocks; w->offer_count: it is for each line by itself. */
static uint32_t place_of(const struct best_workspace *w, uint32_t k)
{
    uint32_t at = 0;
    while (at < w->offer_count && w->offers[at].explanation != k)
        at++;
    return at;
}

/* true: the proposal was made for the limits that the offer has. */
static bool propose_chosen(struct engine *e, const struct book_offer *offer, uint32_t k)
{
    struct best_workspace *w = e->contest;
    uint32_t at = place_of(w, k);
    for (uint32_t i = 0; i < e->line_count; i++)
        w->line_row[i] = BOOK_NONE;
    offers_begin_proposal(e, /* percent_bp= */ 0);
    if (at < w->offer_count && !w->offers[at].is_block)
        propose_deals(e, at);
    else if (at < w->offer_count && w->solution.has_block[at])
        propose_block(e, &w->offers[at]);
    if (at < w->offer_count)
        return true;
    propose_alternatives(e, k);
    if (offer->limits.count > 0 && e->proposal.total > 0)
        propose_limited(e, offer, k);
    return false;
}

static void give_offer(struct engine *e, uint32_t k)
{
    struct offers_explanation *explanation = &e->explanations[k];
    struct book_offer offer;
    book_offer_at(e->book, explanation->offer, &offer);
    bool is_within = propose_chosen(e, &offer, k);
    int64_t chosen = e->proposal.total;
    if (chosen == 0)
        return;
    explanation->reason = offers_limit_proposal(e, &offer, explanation->offer);
    if (is_within && e->proposal.total < chosen)
        e->search.outcome = OFFERS_BOUNDED; /* it was chosen for more than it may give */
    if (explanation->reason == OFFERS_GIVEN)
        explanation->reason = offers_give(e, &offer, explanation->offer, explanation);
    e->next.figure = OFFERS_NO_FIGURE;
    if (explanation->reason == OFFERS_GIVEN)
        offers_note_next(e, &offer, explanation->offer);
}

void offers_best_give(struct engine *e, const struct lane *lane)
{
    for (uint32_t k = lane->explanation_first; k < e->explanation_count; k++) {
        if (e->explanations[k].reason == OFFERS_GIVEN)
            give_offer(e, k);
    }
}
