/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, and offers that never meet. */
#include "model/slow_state.h"

static bool names(const struct span *list, uint32_t count, struct span text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (span_is_equal(list[i], text))
            return true;
    }
    return false;
}

/* Naming it from one side is enough. */
static bool is_excluded_with(const struct book_source_offer *a, const struct book_source_offer *b)
{
    return names(a->excluded_with, a->excluded_with_count, b->id) ||
           names(b->excluded_with, b->excluded_with_count, a->id);
}

static bool share_group(const struct book_source_offer *a, const struct book_source_offer *b)
{
    for (uint32_t i = 0; i < a->group_count; i++) {
        if (names(b->groups, b->group_count, a->groups[i]))
            return true;
    }
    return false;
}

/* On different lines they may both be, where both say so. */
static bool is_per_line(const struct book_source_offer *a, const struct book_source_offer *b)
{
    return a->group_scope == BOOK_GROUP_PER_LINE && b->group_scope == BOOK_GROUP_PER_LINE;
}

bool slow_share_group(const struct slow_offer *a, const struct slow_offer *b)
{
    return share_group(a->in, b->in);
}

bool slow_never_meet(const struct slow_offer *a, const struct slow_offer *b)
{
    return is_excluded_with(a->in, b->in) || (share_group(a->in, b->in) && !is_per_line(a->in, b->in));
}

const char *slow_check_stacking(const struct slow *s, const struct slow_offer *offer,
                                struct slow_set *matched)
{
    bool is_left = false;
    for (uint32_t i = 0; i < s->offer_count; i++) {
        const struct slow_offer *other = &s->offers[i];
        if (other == offer || !s->result.offers[other->number].is_given)
            continue;
        if (slow_never_meet(offer, other))
            return "never meets one that was given";
        for (uint32_t line = 0; line < s->line_count && share_group(offer->in, other->in); line++)
            matched->is_barred[line] = matched->is_barred[line] || s->lines[line].touched_by[other->number];
    }
    for (uint32_t line = 0; line < s->line_count; line++)
        matched->has[line] = matched->has[line] && !matched->is_barred[line];
    for (uint32_t line = 0; line < s->line_count; line++)
        is_left = is_left || matched->has[line];
    return is_left ? NULL : "all its lines have one of its group";
}
