/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: what an offer may give at most to a line, on a receipt, or over a period, whose counters come with the
 * basket. A proposal is cut to them before it is given. */
#include "offers/engine.h"
#include "offers/share.h"

#define MILLI 1000

int64_t offers_counter_take(const struct book_limit *limit, int64_t used, int64_t wanted)
{
    int64_t left = limit->value > used ? limit->value - used : 0;
    if (wanted <= left)
        return wanted;
    return limit->partial != 0 ? left : 0;
}

/* Counters stand ascending by offer, then limit. */
static int64_t used_before(const struct engine *e, uint32_t offer, uint32_t limit)
{
    uint32_t low = 0, high = e->basket->counter_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct offers_counter *counter = &e->basket->counters[middle];
        if (counter->offer == offer && counter->limit == limit)
            return counter->used > 0 ? counter->used : 0;
        if (counter->offer < offer || (counter->offer == offer && counter->limit < limit))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static enum offers_reason limit_reached(struct engine *e, const struct book_limit *limit, int64_t used)
{
    e->figures = (struct figures){.has = used, .needs = limit->value};
    return OFFERS_LIMIT_REACHED;
}

/* The units of a row that the offer gives something to. */
static int64_t units_of(const struct engine *e, const struct proposal_row *row)
{
    if (row->discounted_units > 0)
        return row->discounted_units;
    return row->units > 0 ? row->units : e->lines[row->line].units;
}

/* Of the row's units only so many keep their part of the discount. */
static void cut_units(const struct engine *e, struct proposal_row *row, int64_t units)
{
    int64_t all = units_of(e, row);
    if (units >= all)
        return;
    row->amount = units > 0 ? offers_first_units(row->amount, all, units) : 0;
    row->discounted_units = units;
    row->given_units = row->given_units < units ? row->given_units : units;
}

static void sum_rows(struct proposal *proposal)
{
    proposal->total = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        proposal->total += proposal->rows[i].amount;
}

/* Each line by itself. */
static void limit_each_line(struct engine *e, const struct book_limit *limit)
{
    for (uint32_t i = 0; i < e->proposal.count; i++) {
        struct proposal_row *row = &e->proposal.rows[i];
        if (limit->what == BOOK_LIMIT_AMOUNT)
            row->amount = offers_counter_take(limit, 0, row->amount);
        else if (limit->what == BOOK_LIMIT_UNITS)
            cut_units(e, row,
                      offers_counter_take(limit, 0, multiply_saturating(units_of(e, row), MILLI)) / MILLI);
        else if (limit->value == 0)
            row->amount = 0;
    }
    sum_rows(&e->proposal);
}

/* A sum that is shared over lines is one adjustment; of others each line is one, in the order of the lines. */
static void limit_amounts(struct engine *e, const struct book_limit *limit, int64_t used)
{
    struct proposal *proposal = &e->proposal;
    if (proposal->is_together) {
        int64_t total = offers_counter_take(limit, used, proposal->total);
        if (total < proposal->total)
            offers_cut_proposal(e, total);
        return;
    }
    for (uint32_t i = 0; i < proposal->count; i++) {
        int64_t amount = offers_counter_take(limit, used, proposal->rows[i].amount);
        proposal->rows[i].amount = amount;
        used += amount;
    }
    sum_rows(proposal);
}

static void limit_units(struct engine *e, const struct book_limit *limit, int64_t used)
{
    struct proposal *proposal = &e->proposal;
    int64_t all = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        all += units_of(e, &proposal->rows[i]) * (proposal->rows[i].amount > 0 ? 1 : 0);
    int64_t left = offers_counter_take(limit, used, multiply_saturating(all, MILLI)) / MILLI;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row *row = &proposal->rows[i];
        if (row->amount == 0)
            continue;
        int64_t units = units_of(e, row) < left ? units_of(e, row) : left;
        cut_units(e, row, units);
        left -= units;
    }
    sum_rows(proposal);
}

enum offers_reason offers_limit_uses(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    for (uint32_t i = 0; i < offer->limits.count; i++) {
        struct book_limit limit = book_limit_at(e->book, offer, i);
        if (limit.per == BOOK_PER_MEMBER && !e->member->known)
            return OFFERS_MEMBERS_ONLY; /* there is nobody to count it for */
        int64_t used = limit.per >= BOOK_PER_MEMBER ? used_before(e, index, i) : 0;
        int64_t least = limit.what == BOOK_LIMIT_USES || limit.partial == 0 ? 1 : 0;
        if (used >= limit.value || used + least > limit.value)
            return limit_reached(e, &limit, used);
    }
    return OFFERS_GIVEN;
}

enum offers_reason offers_limit_proposal(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    for (uint32_t i = 0; i < offer->limits.count && e->proposal.total > 0; i++) {
        struct book_limit limit = book_limit_at(e->book, offer, i);
        int64_t used = limit.per >= BOOK_PER_MEMBER ? used_before(e, index, i) : 0;
        if (limit.per == BOOK_PER_LINE)
            limit_each_line(e, &limit);
        else if (limit.what == BOOK_LIMIT_AMOUNT)
            limit_amounts(e, &limit, used);
        else if (limit.what == BOOK_LIMIT_UNITS)
            limit_units(e, &limit, used);
        if (e->proposal.total == 0)
            return limit_reached(e, &limit, used);
    }
    return OFFERS_GIVEN;
}

int64_t offers_limit_left(const struct engine *e, const struct book_offer *offer, uint32_t index,
                          enum book_limit_what what, bool *out_cut)
{
    int64_t least = INT64_MAX;
    *out_cut = true;
    for (uint32_t i = 0; i < offer->limits.count; i++) {
        struct book_limit limit = book_limit_at(e->book, offer, i);
        if (limit.what != what || limit.per == BOOK_PER_LINE)
            continue;
        int64_t used = limit.per >= BOOK_PER_MEMBER ? used_before(e, index, i) : 0;
        int64_t left = limit.value > used ? limit.value - used : 0;
        least = left < least ? left : least;
        *out_cut = *out_cut && limit.partial != 0;
    }
    return least;
}

bool offers_limit_is_close(const struct engine *e, const struct book_offer *offer, uint32_t index,
                           const struct proposal_row *row)
{
    for (uint32_t i = 0; i < offer->limits.count; i++) {
        struct book_limit limit = book_limit_at(e->book, offer, i);
        int64_t used = 0, most = e->proposal.total + e->proposal.count;
        if (limit.what != BOOK_LIMIT_AMOUNT)
            continue;
        if (limit.per == BOOK_PER_LINE)
            most = row->amount + 1;
        if (limit.per >= BOOK_PER_MEMBER)
            used = used_before(e, index, i);
        if (used >= limit.value || most > limit.value - used)
            return true;
    }
    return false;
}

int64_t offers_limit_count(struct engine *e, const struct book_offer *offer, uint32_t index,
                           enum book_limit_what what, int64_t wanted)
{
    for (uint32_t i = 0; i < offer->limits.count && wanted > 0; i++) {
        struct book_limit limit = book_limit_at(e->book, offer, i);
        if (limit.what != what)
            continue;
        int64_t used = limit.per >= BOOK_PER_MEMBER ? used_before(e, index, i) : 0;
        wanted = offers_counter_take(&limit, used, wanted);
        if (wanted == 0)
            (void)limit_reached(e, &limit, used);
    }
    return wanted;
}

/* ---- what was used */

static bool is_counted(const struct engine *e, const struct book_offer *offer)
{
    for (uint32_t i = 0; i < offer->limits.count; i++) {
        if (book_limit_at(e->book, offer, i).per >= BOOK_PER_MEMBER)
            return true;
    }
    return false;
}

bool offers_has_room_for_use(const struct engine *e, const struct book_offer *offer)
{
    return e->use_count < OFFERS_USES_MAX || !is_counted(e, offer);
}

void offers_note_use(struct engine *e, const struct book_offer *offer, const struct offers_use *use)
{
    if (is_counted(e, offer))
        e->uses[e->use_count++] = *use;
}

int64_t offers_units_given(const struct engine *e)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < e->proposal.count; i++)
        units += e->proposal.rows[i].amount > 0 ? units_of(e, &e->proposal.rows[i]) : 0;
    return units;
}
