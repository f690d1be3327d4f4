/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are programs: run over the workspace. */
#include "offers/programs.h"

/* Scratch is given back with the call: what a program answers here is true or false. */
static struct cel_value run(struct program_view *view, struct span program, uint64_t *budget)
{
    struct engine *e = view->e;
    struct cel_host host = program_host(view);
    struct cel_run limits = {
        .scratch = e->program_scratch, .scratch_size = sizeof e->program_scratch, .budget = *budget};
    struct cel_value value = cel_eval(program, &host, &limits);
    *budget = limits.budget;
    return value;
}

/* OFFERS_GIVEN: true. */
static enum offers_reason reason_of(struct engine *e, struct cel_value value)
{
    enum cel_error error = value.kind == CEL_ERROR ? (enum cel_error)value.count : CEL_NO_OVERLOAD;
    if (value.kind == CEL_BOOL)
        return value.truth ? OFFERS_GIVEN : OFFERS_CONDITION_FALSE;
    e->figures.detail = cel_error_row(error)->sentence;
    return OFFERS_CONDITION_ERROR;
}

/* The lines that count for the offer, as for its other conditions. */
static struct program_view view_of(struct engine *e, const struct book_offer *offer)
{
    const struct line_set *lines = offer->step >= BOOK_STEP_EARN ? &e->earnable : &e->discountable;
    return (struct program_view){.e = e, .lines = lines, .line = BOOK_NONE};
}

enum offers_reason offers_check_condition_program(struct engine *e, const struct book_offer *offer)
{
    uint64_t budget = CEL_BUDGET_DEFAULT;
    if (offer->condition.size == 0)
        return OFFERS_GIVEN;
    struct program_view view = view_of(e, offer);
    return reason_of(e, run(&view, offer->condition, &budget));
}

enum offers_reason offers_check_line_program(struct engine *e, const struct book_offer *offer,
                                             struct line_set *matched)
{
    uint64_t budget = CEL_BUDGET_DEFAULT; /* for all its lines together */
    if (offer->line_condition.size == 0)
        return OFFERS_GIVEN;
    struct program_view view = view_of(e, offer);
    FOR_EACH_LINE(e, matched, line)
    {
        view.line = line;
        enum offers_reason reason = reason_of(e, run(&view, offer->line_condition, &budget));
        if (reason == OFFERS_CONDITION_FALSE)
            line_set_remove(matched, line);
        else if (reason != OFFERS_GIVEN)
            return reason;
    }
    return line_set_is_empty(e, matched) ? OFFERS_NO_MATCHING_ITEM : OFFERS_GIVEN;
}
