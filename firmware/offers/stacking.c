/* SPDX-License-Identifier: Apache-2.0 */
/* Which offers may stand beside which: exclusive ones, groups, pairs that never meet. */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

static bool is_dropped(const struct offers_basket *basket, uint32_t offer)
{
    for (uint32_t i = 0; i < basket->dropped_count; i++) {
        if (basket->dropped[i] == offer)
            return true;
    }
    return false;
}

enum offers_reason offers_check_all(struct engine *e, const struct book_offer *offer, uint32_t index,
                                    struct line_set *out_matched)
{
    uint32_t coupon;
    enum offers_reason reason = offers_check_offer(e, offer, out_matched);
    if (reason == OFFERS_GIVEN && is_dropped(e->basket, index))
        reason = OFFERS_OVER_LIMIT;
    if (reason == OFFERS_GIVEN)
        reason = offers_check_coupon(e, offer, &coupon);
    if (reason == OFFERS_GIVEN)
        reason = offers_limit_uses(e, offer, index);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_condition_program(e, offer);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_line_program(e, offer, out_matched);
    return reason;
}

enum offers_reason offers_work_out_discount(struct engine *e, const struct book_offer *offer, uint32_t index,
                                            const struct line_set *matched)
{
    enum offers_reason reason = offers_kind_of(offer->kind)->propose(e, offer, matched);
    return reason == OFFERS_GIVEN ? offers_limit_proposal(e, offer, index) : reason;
}

enum offers_reason offers_try_discount(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    struct line_set matched;
    enum offers_reason reason = offers_check_all(e, offer, index, &matched);
    if (reason == OFFERS_GIVEN)
        reason = offers_check_stacking(e, offer, &matched);
    return reason == OFFERS_GIVEN ? offers_work_out_discount(e, offer, index, &matched) : reason;
}

/* ---- exclusive offers */

bool offers_was_given(const struct engine *e, uint32_t offer)
{
    return offer == BOOK_NONE || (e->given_bits[offer / 64] >> (offer % 64) & 1) != 0;
}

/* Each try runs all of the candidates: their number is bounded. */
void offers_waive_exclusive(struct engine *e, uint32_t offer, uint32_t first, uint32_t last)
{
    bool is_last = ++e->waived_count >= EXCLUSIVE_TRIES;
    for (uint32_t i = first; i < last; i++) {
        struct candidate *candidate = &e->candidates[i];
        candidate->is_waived =
            candidate->is_waived || candidate->offer == offer || (is_last && candidate->exclusive != 0);
    }
}

/* Whether the candidate is of that kind and its lane has room for it, all others being shut out. */
static bool may_be_alone(const struct engine *e, const struct candidate *candidate, enum book_exclusive kind)
{
    uint16_t most = candidate->exclusive == kind ? book_lane_at(e->book, candidate->lane).offers_max : 0;
    return candidate->exclusive == kind && !candidate->is_waived &&
           (most == 0 || e->lane_given[candidate->lane] < most);
}

uint32_t offers_find_exclusive(struct engine *e, enum book_exclusive kind, uint32_t first, uint32_t last)
{
    uint32_t found = BOOK_NONE;
    int32_t found_priority = 0;
    for (uint32_t i = first; i < last; i++) {
        if (!may_be_alone(e, &e->candidates[i], kind))
            continue;
        struct book_offer offer;
        book_offer_at(e->book, e->candidates[i].offer, &offer);
        if (found != BOOK_NONE && offer.priority <= found_priority)
            continue;
        if (offers_try_discount(e, &offer, e->candidates[i].offer) == OFFERS_GIVEN) {
            found = e->candidates[i].offer;
            found_priority = offer.priority;
        }
    }
    return found;
}

uint32_t offers_find_alone(struct engine *e, uint32_t first, uint32_t last, int64_t *out_minor)
{
    uint32_t found = BOOK_NONE;
    int32_t found_priority = 0;
    int64_t best = 0;
    for (uint32_t i = first; i < last; i++) {
        struct candidate *candidate = &e->candidates[i];
        candidate->alone_minor = 0;
        if (!may_be_alone(e, candidate, BOOK_EXCLUSIVE_IF_BETTER))
            continue;
        struct book_offer offer;
        book_offer_at(e->book, candidate->offer, &offer);
        candidate->alone_minor =
            offers_try_discount(e, &offer, candidate->offer) == OFFERS_GIVEN ? e->proposal.total : 0;
        if (candidate->alone_minor < best || candidate->alone_minor == 0 ||
            (candidate->alone_minor == best && offer.priority <= found_priority))
            continue;
        found = candidate->offer;
        found_priority = offer.priority;
        best = candidate->alone_minor;
    }
    *out_minor = best;
    return found;
}

/* ---- groups, and offers that never meet */

/* Both lists are ascending. */
static bool share_group(const struct book *book, struct book_range a, struct book_range b)
{
    uint32_t i = 0, k = 0;
    while (i < a.count && k < b.count) {
        uint32_t group_a = book_reference_at(book, a.first + i),
                 group_b = book_reference_at(book, b.first + k);
        if (group_a == group_b)
            return true;
        if (group_a < group_b)
            i++;
        else
            k++;
    }
    return false;
}

static void remove_lines_of(const struct engine *e, uint32_t offer, struct line_set *lines)
{
    for (uint32_t i = 0; i < e->discount_count; i++) {
        if (e->discounts[i].offer == offer)
            line_set_remove(lines, e->discounts[i].line);
    }
    for (uint32_t i = 0; i < e->priced_count; i++) {
        if (e->priced[i].offer == offer)
            line_set_remove(lines, e->priced[i].line);
    }
}

/* Per line it is only where both say so that they may stand on different lines. */
static bool is_per_line(const struct book_offer *a, const struct book_offer *b)
{
    return a->group_scope == BOOK_GROUP_PER_LINE && b->group_scope == BOOK_GROUP_PER_LINE;
}

/* Of a lane whose offers add up: the lines that one of the offer's groups wants so far. */
static void remove_lines_of_sums(const struct engine *e, const struct book_offer *offer,
                                 struct line_set *lines)
{
    for (uint32_t at = 0; at < e->sum_row_count; at++) {
        const struct sum_row *row = &e->sum_rows[at];
        bool wants = row->percent_bp > 0 || row->row.amount > 0;
        if (wants && line_set_has(lines, row->row.line) &&
            offers_share_group(e, offer, e->explanations[row->explanation].offer))
            line_set_remove(lines, row->row.line);
    }
}

void offers_leave_lines_of_groups(const struct engine *e, const struct book_offer *offer,
                                  struct line_set *lines)
{
    for (uint32_t i = 0; i < e->given_count && offer->groups.count > 0; i++) {
        if (offers_share_group(e, offer, e->given[i]))
            remove_lines_of(e, e->given[i], lines);
    }
    if (offer->groups.count > 0)
        remove_lines_of_sums(e, offer, lines);
}

static enum offers_reason check_groups(const struct engine *e, const struct book_offer *offer,
                                       struct line_set *matched)
{
    for (uint32_t i = 0; i < e->given_count; i++) {
        struct book_offer other;
        book_offer_head_at(e->book, e->given[i], &other);
        if (share_group(e->book, offer->groups, other.groups) && !is_per_line(offer, &other))
            return OFFERS_GROUP_TAKEN;
    }
    offers_leave_lines_of_groups(e, offer, matched);
    return line_set_is_empty(e, matched) ? OFFERS_GROUP_TAKEN : OFFERS_GIVEN;
}

enum offers_reason offers_check_stacking(struct engine *e, const struct book_offer *offer,
                                         struct line_set *matched)
{
    for (uint32_t i = 0; i < offer->excluded_with.count; i++) {
        uint32_t other = book_excluded_with_at(e->book, offer, i);
        if ((e->given_bits[other / 64] >> (other % 64) & 1) != 0)
            return OFFERS_EXCLUDED_WITH;
    }
    return offer->groups.count > 0 ? check_groups(e, offer, matched) : OFFERS_GIVEN;
}

bool offers_never_meet(const struct engine *e, uint32_t a, uint32_t b)
{
    struct book_offer offer, other;
    book_offer_head_at(e->book, a, &offer);
    for (uint32_t i = 0; i < offer.excluded_with.count; i++) {
        if (book_excluded_with_at(e->book, &offer, i) == b)
            return true;
    }
    if (offer.groups.count == 0)
        return false;
    book_offer_head_at(e->book, b, &other);
    return !is_per_line(&offer, &other) && share_group(e->book, offer.groups, other.groups);
}

bool offers_share_group(const struct engine *e, const struct book_offer *offer, uint32_t other_index)
{
    struct book_offer other;
    book_offer_head_at(e->book, other_index, &other);
    return share_group(e->book, offer->groups, other.groups);
}

void offers_note_given(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    uint32_t coupon;
    e->given[e->given_count++] = index;
    e->given_bits[index / 64] |= UINT64_C(1) << (index % 64);
    e->lane_given[offer->lane]++;
    if (offers_check_coupon(e, offer, &coupon) == OFFERS_GIVEN && coupon != BOOK_NONE)
        e->coupons[coupon].is_used = true;
}
