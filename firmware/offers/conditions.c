/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/money.h"
#include "offers/engine.h"

/* Without the tax that it includes, which is taken out half-up. */
static int64_t net_of_tax(const struct engine *e, const struct line_state *line, int64_t amount)
{
    int64_t tax = 0;
    if (e->basket->price_mode == OFFERS_NET_PRICES || line->tax_rate_bp == 0)
        return amount;
    enum err error = money_scale(amount, line->tax_rate_bp, (int64_t)line->tax_rate_bp + 10000, &tax);
    KASSA_ASSERT(error == ERR_OK); /* a part of the amount */
    return amount - tax;
}

/* Which lines a condition looks at. */
struct looked_at {
    uint32_t selector;
    enum offers_counting counting;
};

static void lines_of(struct engine *e, const struct looked_at *at, struct line_set *out_lines)
{
    offers_match(e, at->selector, out_lines);
    line_set_intersect(e, out_lines, offers_lines_that_count(e, at->counting));
}

static int64_t amount_of(struct engine *e, const struct looked_at *at, const struct book_condition *condition)
{
    if (!condition->amount_net_of_tax) {
        const struct counted_lines *counted = offers_count(e, at->selector, at->counting);
        return condition->base == BOOK_INITIAL ? counted->gross : counted->running;
    }
    int64_t sum = 0;
    struct line_set lines;
    lines_of(e, at, &lines);
    FOR_EACH_LINE(e, &lines, line)
    {
        const struct line_state *state = &e->lines[line];
        sum += net_of_tax(e, state, condition->base == BOOK_INITIAL ? state->gross : state->running);
    }
    return sum;
}

/* ---- one function a condition: OFFERS_GIVEN, or why it does not hold; e->figures.needs is the condition's value */

typedef enum offers_reason test_condition(struct engine *e, const struct book_condition *condition,
                                          const struct looked_at *at);

static enum offers_reason test_min_quantity(struct engine *e, const struct book_condition *condition,
                                            const struct looked_at *at)
{
    (void)condition;
    struct figures *figures = &e->figures;
    figures->has = offers_count(e, at->selector, at->counting)->units * 1000;
    if (figures->has >= figures->needs)
        return OFFERS_GIVEN;
    if (offers_is_near(figures->has, figures->needs, OFFERS_MILLI)) /* nobody asks for it otherwise */
        figures->effort_minor = multiply_saturating(offers_price_of_cheapest(e, at->selector, at->counting),
                                                    (figures->needs - figures->has - 1) / 1000 + 1);
    return OFFERS_QUANTITY_TOO_SMALL;
}

static enum offers_reason test_max_quantity(struct engine *e, const struct book_condition *condition,
                                            const struct looked_at *at)
{
    (void)condition;
    e->figures.has = offers_count(e, at->selector, at->counting)->units * 1000;
    return e->figures.has <= e->figures.needs ? OFFERS_GIVEN : OFFERS_QUANTITY_TOO_LARGE;
}

static enum offers_reason test_min_amount(struct engine *e, const struct book_condition *condition,
                                          const struct looked_at *at)
{
    struct figures *figures = &e->figures;
    figures->has = amount_of(e, at, condition);
    if (figures->has >= figures->needs)
        return OFFERS_GIVEN;
    figures->effort_minor = figures->needs - figures->has;
    return OFFERS_AMOUNT_TOO_SMALL;
}

static enum offers_reason test_max_amount(struct engine *e, const struct book_condition *condition,
                                          const struct looked_at *at)
{
    e->figures.has = amount_of(e, at, condition);
    return e->figures.has <= e->figures.needs ? OFFERS_GIVEN : OFFERS_AMOUNT_TOO_LARGE;
}

/* What a line holds is compared as it is measured: kilograms are not one unit here. */
static enum offers_reason test_min_line_quantity(struct engine *e, const struct book_condition *condition,
                                                 const struct looked_at *at)
{
    (void)condition;
    struct figures *figures = &e->figures;
    struct line_set lines;
    lines_of(e, at, &lines);
    FOR_EACH_LINE(e, &lines, line)
    {
        const struct line_state *state = &e->lines[line];
        if (state->quantity_milli <= figures->has)
            continue;
        figures->has = state->quantity_milli;
        int64_t missing = figures->needs > figures->has ? (figures->needs - figures->has - 1) / 1000 + 1 : 0;
        figures->effort_minor = multiply_saturating(state->running / state->units, missing);
    }
    return figures->has >= figures->needs ? OFFERS_GIVEN : OFFERS_LINE_TOO_SMALL;
}

static enum offers_reason test_visit_number(struct engine *e, const struct book_condition *condition,
                                            const struct looked_at *at)
{
    (void)at;
    if (!e->audience.is_known)
        return OFFERS_MEMBERS_ONLY;
    e->figures.has = (int64_t)e->member->visits + 1;
    return e->figures.has == condition->value ? OFFERS_GIVEN : OFFERS_WRONG_VISIT;
}

static enum offers_reason test_visit_every(struct engine *e, const struct book_condition *condition,
                                           const struct looked_at *at)
{
    (void)at;
    if (!e->audience.is_known)
        return OFFERS_MEMBERS_ONLY;
    e->figures.has = (int64_t)e->member->visits + 1;
    return e->figures.has % condition->value == 0 ? OFFERS_GIVEN : OFFERS_WRONG_VISIT;
}

/* The day in that year; who was born on 29 February has it on the 28th of other years. The date is a date of some
 * year. */
static int32_t birthday_in(int32_t year, uint16_t month_day)
{
    struct civil_date date = {year, (uint8_t)(month_day / 100), (uint8_t)(month_day % 100)};
    int32_t day = civil_day_of(date);
    return civil_date_of(day).day == date.day ? day : day - 1;
}

static bool is_month_day(uint16_t month_day)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned month = month_day / 100, day = month_day % 100;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static enum offers_reason test_birthday(struct engine *e, const struct book_condition *condition,
                                        const struct looked_at *at)
{
    (void)at;
    if (!e->audience.is_known)
        return OFFERS_MEMBERS_ONLY;
    int64_t before = condition->value / BOOK_BIRTHDAY_FACTOR, after = condition->value % BOOK_BIRTHDAY_FACTOR;
    int32_t today = e->moment->day;
    if (!is_month_day(e->member->birth_month_day) || !is_book_day(today, 0))
        return OFFERS_NOT_BIRTHDAY;
    int32_t year = civil_date_of(today).year;
    for (int32_t i = year - 1; i <= year + 1; i++) { /* a window may reach over the end of the year */
        int32_t day = birthday_in(i, e->member->birth_month_day);
        if (today >= day - before && today <= day + after)
            return OFFERS_GIVEN;
    }
    return OFFERS_NOT_BIRTHDAY;
}

static enum offers_reason test_segment(struct engine *e, const struct book_condition *condition,
                                       const struct looked_at *at)
{
    (void)at;
    if (!e->audience.is_known)
        return OFFERS_MEMBERS_ONLY;
    for (uint32_t i = 0; i < e->audience.segment_count; i++) {
        if (e->audience.segments[i] == condition->symbol)
            return OFFERS_GIVEN;
    }
    return OFFERS_WRONG_SEGMENT;
}

static enum offers_reason test_contains(struct engine *e, const struct book_condition *condition,
                                        const struct looked_at *at)
{
    (void)condition;
    if (offers_count(e, at->selector, at->counting)->units > 0)
        return OFFERS_GIVEN;
    e->figures.needs = 1000;
    return OFFERS_QUANTITY_TOO_SMALL;
}

static test_condition *const tests[BOOK_CONDITION_LAST + 1] = {
    [BOOK_MIN_QUANTITY] = test_min_quantity,
    [BOOK_MIN_AMOUNT] = test_min_amount,
    [BOOK_MAX_QUANTITY] = test_max_quantity,
    [BOOK_MAX_AMOUNT] = test_max_amount,
    [BOOK_MIN_LINE_QUANTITY] = test_min_line_quantity,
    [BOOK_VISIT_NUMBER] = test_visit_number,
    [BOOK_VISIT_EVERY] = test_visit_every,
    [BOOK_BIRTHDAY] = test_birthday,
    [BOOK_IN_SEGMENT] = test_segment,
    [BOOK_CONTAINS] = test_contains,
};

static enum offers_counting counting_of(const struct book_offer *offer)
{
    return offer->step >= BOOK_STEP_EARN ? OFFERS_COUNT_EARNABLE : OFFERS_COUNT_DISCOUNTABLE;
}

enum offers_reason offers_test_condition(struct engine *e, const struct book_offer *offer,
                                         const struct book_condition *condition)
{
    if (condition->kind >= COUNT_OF(tests) || tests[condition->kind] == NULL)
        return OFFERS_UNKNOWN_KIND; /* a newer program's condition */
    const struct looked_at at = {condition->selector, counting_of(offer)};
    e->figures = (struct figures){.needs = condition->value};
    return tests[condition->kind](e, condition, &at);
}

enum offers_reason offers_find_target(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched)
{
    offers_match(e, offer->target, out_matched);
    if (line_set_is_empty(e, out_matched))
        return OFFERS_NO_MATCHING_ITEM;
    line_set_intersect(e, out_matched, offers_lines_that_count(e, counting_of(offer)));
    return line_set_is_empty(e, out_matched) ? OFFERS_LINE_EXCLUDED : OFFERS_GIVEN;
}

enum offers_reason offers_check_offer(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched)
{
    e->figures = (struct figures){0};
    enum offers_reason reason = offers_check_static(e->book, offer, &e->audience, e->moment);
    if (reason != OFFERS_GIVEN)
        return reason;
    reason = offers_find_target(e, offer, out_matched);
    for (uint32_t i = 0; i < offer->conditions.count && reason == OFFERS_GIVEN; i++) {
        struct book_condition condition = book_condition_at(e->book, offer, i);
        reason = offers_test_condition(e, offer, &condition);
    }
    return reason;
}
