/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: what an offer would take off each line, never below a line's floor, nothing lost silently. */
#include "offers/engine.h"
#include "offers/share.h"

void offers_begin_proposal(struct engine *e, uint32_t percent_bp)
{
    e->proposal.count = 0;
    e->proposal.percent_bp = percent_bp;
    e->proposal.is_together = false;
    e->proposal.total = 0;
    e->proposal.sets = 0;
}

void offers_propose_line(struct engine *e, uint32_t line, int64_t wanted)
{
    int64_t takeable = line_takeable(&e->lines[line]);
    int64_t amount = wanted < takeable ? wanted : takeable;
    if (amount <= 0)
        return;
    e->proposal.rows[e->proposal.count++] =
        (struct proposal_row){.line = line, .wanted = wanted, .amount = amount};
    e->proposal.total += amount;
}

static void share(int64_t amount, const int64_t *weights, uint32_t count, struct engine *e)
{
    /* The weights are amounts of this basket, whose sum was checked. */
    enum err error =
        offers_share((enum book_sharing)e->book->header.sharing, amount, weights, count, e->shares);
    KASSA_ASSERT(error == ERR_OK);
}

/* Shares `amount` into e->shares by e->weights. Lines whose share exceeds their cap keep the cap, and what is
 * over goes to the others by the same rule; amount is at most the sum of the caps of those that weigh something. */
static void share_within_caps(struct engine *e, int64_t amount, uint32_t count)
{
    bool *is_full = e->is_full;
    memset(is_full, 0, count * sizeof(is_full[0]));
    for (bool any_full = true; any_full;) {
        share(amount, e->weights, count, e);
        any_full = false;
        for (uint32_t i = 0; i < count; i++) {
            if (is_full[i] || e->shares[i] <= e->caps[i])
                continue;
            is_full[i] = any_full = true;
            e->weights[i] = 0;
            amount -= e->caps[i];
        }
    }
    for (uint32_t i = 0; i < count; i++)
        e->shares[i] = is_full[i] ? e->caps[i] : e->shares[i];
}

/* What the lines can take that weigh something. */
static int64_t sum_caps(const struct engine *e, uint32_t count)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += e->weights[i] > 0 ? e->caps[i] : 0;
    return sum;
}

/* As e->shares stand; false: some line cannot take that much. */
static bool take_shares(struct engine *e)
{
    bool fits = true;
    for (uint32_t i = 0; i < e->proposal.count; i++) {
        e->proposal.rows[i].wanted = e->proposal.rows[i].amount = e->shares[i];
        fits = fits && e->shares[i] <= e->caps[i];
    }
    return fits;
}

void offers_share_rows(struct engine *e, int64_t wanted)
{
    struct proposal *proposal = &e->proposal;
    int64_t takeable = sum_caps(e, proposal->count);
    proposal->total = wanted < takeable ? wanted : takeable;
    if (proposal->total <= 0) {
        proposal->total = 0;
        proposal->count = 0;
        return;
    }
    share(wanted, e->weights, proposal->count, e);
    if (take_shares(e))
        return;
    share_within_caps(e, proposal->total, proposal->count);
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row *row = &proposal->rows[i];
        row->amount = e->shares[i];
        if (row->wanted < row->amount) /* another line's part was moved here */
            row->wanted = row->amount;
    }
}

void offers_cut_proposal(struct engine *e, int64_t total)
{
    struct proposal *proposal = &e->proposal;
    for (uint32_t i = 0; i < proposal->count; i++)
        e->weights[i] = e->caps[i] = proposal->rows[i].amount;
    proposal->total = total;
    share_within_caps(e, total, proposal->count);
    for (uint32_t i = 0; i < proposal->count; i++)
        proposal->rows[i].amount = e->shares[i];
}

void offers_propose_together(struct engine *e, const struct line_set *matched, int64_t wanted)
{
    struct proposal *proposal = &e->proposal;
    proposal->is_together = true;
    FOR_EACH_LINE(e, matched, line)
    {
        if (line_takeable(&e->lines[line]) == 0)
            continue;
        e->weights[proposal->count] = e->lines[line].running;
        e->caps[proposal->count] = line_takeable(&e->lines[line]);
        proposal->rows[proposal->count++] = (struct proposal_row){.line = line};
    }
    if (proposal->count > 0 && wanted > 0)
        offers_share_rows(e, wanted);
}

enum offers_reason offers_end_proposal(const struct engine *e, const struct line_set *matched)
{
    if (e->proposal.total > 0)
        return OFFERS_GIVEN;
    FOR_EACH_LINE(e, matched, line)
    {
        if (line_takeable(&e->lines[line]) > 0)
            return OFFERS_NOTHING_TO_GIVE;
    }
    return OFFERS_FLOOR_REACHED;
}

int64_t offers_sum(const struct engine *e, const struct line_set *lines, enum book_base base)
{
    int64_t sum = 0;
    FOR_EACH_LINE(e, lines, line)
    sum += base == BOOK_INITIAL ? e->lines[line].gross : e->lines[line].running;
    return sum;
}
