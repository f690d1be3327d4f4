/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes whose offers add up: percents of the line before discounts, then amounts, rounded and taken off once. */
#include "model/slow_state.h"

#define HUGE_LINE 100000000000 /* from there on weights are rounded */

struct sums {
    bool is_in[SLOW_OFFERS];
    struct slow_take takes[SLOW_OFFERS];
    int64_t percent_bp[SLOW_OFFERS][SLOW_LINES]; /* 0: an amount, or nothing */
};

/* Percents of whole lines add up as percents. */
static bool is_line_percent(const struct book_source_offer *offer)
{
    return offer->kind == BOOK_PERCENT_OFF && offer->scope != BOOK_TOGETHER && offer->give.max_units == 0 &&
           offer->give.max_amount_minor == 0;
}

/* Those before it in the lane, that are in, let it in. */
static bool is_let_in(const struct slow *s, const struct sums *sums, uint32_t i, uint32_t room)
{
    uint32_t count = 0;
    for (uint32_t k = 0; k < i; k++) {
        if (sums->is_in[k] && slow_never_meet(&s->offers[k], &s->offers[i]))
            return false;
        count += sums->is_in[k] ? 1 : 0;
    }
    return count < room;
}

/* However little a percentage comes to alone; what a limit cuts is an amount, and what one could cut if its lines
 * came to a minor unit more. */
static bool enter_percents(const struct slow *s, struct sums *sums, uint32_t i,
                           const struct slow_set *matched)
{
    const struct slow_offer *offer = &s->offers[i];
    struct slow_take *take = &sums->takes[i];
    int64_t before[SLOW_LINES];
    uint32_t rows = 0;
    *take = (struct slow_take){.why = NULL};
    for (uint32_t line = 0; line < s->line_count; line++) {
        int64_t room = slow_room(&s->lines[line]);
        int64_t wanted = slow_percent(s->lines[line].gross, offer->in->give.percent_bp);
        take->order[take->order_count++] = line;
        if (!matched->has[line] || room == 0)
            continue;
        take->off[line] = wanted < room ? wanted : room;
        sums->percent_bp[i][line] = offer->in->give.percent_bp;
        rows++;
    }
    memcpy(before, take->off, sizeof(before));
    if (slow_take_total(s, take) > 0)
        slow_limit_take(s, offer, take);
    for (uint32_t line = 0; line < s->line_count; line++) {
        bool is_huge = s->lines[line].gross >= HUGE_LINE && offer->in->limit_count > 0;
        if (take->off[line] < before[line] || is_huge || slow_limit_is_close(s, offer, take, line, rows))
            sums->percent_bp[i][line] = 0;
    }
    return rows > 0 && take->why == NULL;
}

/* A line on which one of its group is in already is not for this one. false: no line is left. */
static bool leave_lines_of_groups(const struct slow *s, const struct sums *sums, uint32_t i,
                                  struct slow_set *matched)
{
    bool any = false;
    for (uint32_t line = 0; line < s->line_count; line++) {
        for (uint32_t k = 0; k < i; k++) {
            bool wants = sums->percent_bp[k][line] > 0 || sums->takes[k].off[line] > 0;
            if (sums->is_in[k] && wants && slow_share_group(&s->offers[k], &s->offers[i]))
                matched->is_barred[line] = true;
        }
        matched->has[line] = matched->has[line] && !matched->is_barred[line];
        any = any || matched->has[line];
    }
    return any;
}

static bool enter(const struct slow *s, struct sums *sums, uint32_t i)
{
    const struct slow_offer *offer = &s->offers[i];
    struct slow_set matched;
    if (slow_check_offer(s, offer, &matched) != NULL || slow_limit_uses(s, offer) != NULL ||
        slow_check_stacking(s, offer, &matched) != NULL)
        return false;
    if (!leave_lines_of_groups(s, sums, i, &matched))
        return false;
    if (is_line_percent(offer->in))
        return enter_percents(s, sums, i, &matched);
    sums->takes[i] = (struct slow_take){.why = NULL};
    slow_propose(s, offer, &matched, &sums->takes[i]);
    if (sums->takes[i].why == NULL)
        slow_limit_take(s, offer, &sums->takes[i]);
    return sums->takes[i].why == NULL;
}

/* What an offer weighs in the line's sum: its percentage or its amount, both in ten-thousandths; of huge lines in
 * whole minor units. */
static slow_wide weight_of(const struct slow *s, const struct sums *sums, uint32_t i, uint32_t line)
{
    int64_t bp = sums->percent_bp[i][line], gross = s->lines[line].gross;
    bool is_huge = gross >= HUGE_LINE;
    if (!sums->is_in[i])
        return 0;
    if (bp > 0)
        return is_huge ? slow_percent(gross, bp) : (slow_wide)gross * bp;
    return (slow_wide)sums->takes[i].off[line] * (is_huge ? 1 : 10000);
}

/* *out_fits: all of it can be taken. */
static int64_t sum_of_line(const struct slow *s, const struct sums *sums, uint32_t line, bool *out_fits)
{
    int64_t bp = 0, room = slow_room(&s->lines[line]);
    slow_wide amounts = 0;
    for (uint32_t i = 0; i < s->offer_count; i++) {
        if (!sums->is_in[i])
            continue;
        bp += sums->percent_bp[i][line];
        amounts += sums->percent_bp[i][line] > 0 ? 0 : sums->takes[i].off[line];
    }
    slow_wide sum = amounts + slow_percent(s->lines[line].gross, bp < 10000 ? bp : 10000);
    *out_fits = sum <= room;
    return sum < room ? (int64_t)sum : room;
}

/* Each offer's part of the line's sum: differences of floors, the last offer first, so that they add up. */
static void part_line(const struct slow *s, struct sums *sums, uint32_t line)
{
    bool fits;
    int64_t total = sum_of_line(s, sums, line, &fits), before = 0;
    slow_wide whole = 0, part = 0, weights[SLOW_OFFERS];
    for (uint32_t i = 0; i < s->offer_count; i++) {
        weights[i] = weight_of(s, sums, i, line);
        if (fits && sums->is_in[i] && sums->percent_bp[i][line] == 0) {
            total -= sums->takes[i].off[line]; /* an amount stays what it is */
            weights[i] = 0;
        }
        whole += weights[i];
    }
    if (s->lines[line].gross >= HUGE_LINE && !fits && total > whole)
        total = (int64_t)whole;
    for (uint32_t i = s->offer_count; i > 0 && whole > 0; i--) {
        if (fits && sums->percent_bp[i - 1][line] == 0)
            continue;
        part += weights[i - 1];
        int64_t until = (int64_t)(total * part / whole);
        sums->takes[i - 1].off[line] = until - before;
        before = until;
    }
}

void slow_settle_sums(struct slow *s, const bool *runs, uint32_t room)
{
    struct sums sums = {.is_in = {false}};
    for (uint32_t i = 0; i < s->offer_count; i++) {
        if (runs[i] && is_let_in(s, &sums, i, room))
            sums.is_in[i] = enter(s, &sums, i);
    }
    for (uint32_t line = 0; line < s->line_count; line++)
        part_line(s, &sums, line);
    for (uint32_t i = 0; i < s->offer_count; i++) {
        if (sums.is_in[i] && slow_take_total(s, &sums.takes[i]) > 0)
            slow_give(s, &s->offers[i], &sums.takes[i]);
    }
}
