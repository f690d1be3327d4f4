/* SPDX-License-Identifier: Apache-2.0 */
/* Points: what they are computed on, and which lines they belong to. */
#include "model/slow_state.h"

static int64_t basis_of(const struct slow_line *line, enum book_basis basis)
{
    switch (basis) {
    case BOOK_NET:
        return line->left;
    case BOOK_NET_BEFORE_BASKET:
        return line->left + line->basket_off;
    case BOOK_GROSS:
        return line->gross;
    }
    return 0;
}

static int64_t sum_of(const struct slow *s, const struct slow_set *lines, enum book_basis basis)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        sum += lines->has[i] ? basis_of(&s->lines[i], basis) : 0;
    return sum;
}

/* What tenders that earn nothing pay, at most all that is to pay of what is sold. */
static int64_t not_earning(const struct slow *s, const struct book_give *give, int64_t payable)
{
    int64_t sum = s->basket->not_earning_minor;
    uint32_t excluded = s->source->programme_rules.excluded_tenders | give->excluded_tenders;
    for (uint32_t i = 0; i < s->basket->tender_count; i++) {
        const struct offers_tender *tender = &s->basket->tenders[i];
        if (tender->kind < 32 && (excluded >> tender->kind & 1))
            sum += tender->amount_minor;
    }
    bool is_tender = s->source->programme_rules.burn_as == BOOK_BURN_AS_TENDER;
    if (is_tender && (excluded >> OFFERS_TENDER_POINTS & 1))
        sum += s->result.burned_minor;
    return sum < payable ? sum : payable;
}

int64_t slow_earning_base(const struct slow *s, const struct slow_set *lines, const struct book_give *give,
                          uint8_t basis)
{
    int64_t base = sum_of(s, lines, (enum book_basis)basis), excluded = 0;
    slow_wide all = 0; /* with the tax on top: tenders pay that, too */
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct slow_line *line = &s->lines[i];
        if (line->left > 0)
            all += line->left + (s->basket->price_mode == OFFERS_NET_PRICES ? slow_tax_of(s, line) : 0);
    }
    int64_t payable = all < INT64_MAX ? (int64_t)all : INT64_MAX;
    int64_t paid = not_earning(s, give, payable);
    if (paid > 0)
        excluded = slow_divide_half_up((slow_wide)paid * sum_of(s, lines, BOOK_NET), payable);
    return excluded < base ? base - excluded : 0;
}

/* By what the lines cost in the end, or by their units. */
static void share_points(const struct slow *s, const struct slow_set *lines, int64_t points, bool by_units,
                         struct slow_earning *out)
{
    int64_t weights[SLOW_LINES], shares[SLOW_LINES];
    uint32_t at[SLOW_LINES], count = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (lines->has[i])
            weights[count] = by_units ? s->lines[i].units : s->lines[i].left, at[count++] = i;
    }
    if (count == 0)
        return;
    slow_share(BOOK_LARGEST_REMAINDER, points, weights, count, shares);
    for (uint32_t i = 0; i < count; i++)
        out->of_line[at[i]] += shares[i];
}

/* One line after another, as long as steps are left. */
static void per_spend_by_line(const struct slow *s, const struct book_give *give,
                              const struct slow_set *lines, struct slow_earning *out)
{
    slow_wide steps_left = give->repeats_max > 0 ? (slow_wide)give->repeats_max : INT64_MAX, points = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        struct slow_set one = {.has = {false}};
        one.has[i] = lines->has[i];
        slow_wide steps = slow_earning_base(s, &one, give, give->basis) / give->per_minor;
        steps = steps < steps_left ? steps : steps_left;
        steps_left -= steps;
        points += steps * give->points;
        out->of_line[i] = (int64_t)(steps * give->points);
    }
    out->why = points > INT64_MAX ? "out of range" : NULL;
    out->points = (int64_t)points;
}

static void per_spend(const struct slow *s, const struct book_give *give, const struct slow_set *lines,
                      struct slow_earning *out)
{
    if (give->line_rounding == BOOK_FLOOR_PER_LINE) {
        per_spend_by_line(s, give, lines, out);
        return;
    }
    slow_wide steps = slow_earning_base(s, lines, give, give->basis) / give->per_minor;
    if (give->repeats_max > 0 && steps > give->repeats_max)
        steps = give->repeats_max;
    out->why = steps * give->points > INT64_MAX ? "out of range" : NULL;
    out->points = (int64_t)(steps * give->points);
    if (out->why == NULL)
        share_points(s, lines, out->points, false, out);
}

static void per_unit(const struct slow *s, const struct book_give *give, const struct slow_set *lines,
                     struct slow_earning *out)
{
    int64_t times = slow_units_of(s, lines) / (give->buy_units > 0 ? give->buy_units : 1);
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    out->points = times * give->points;
    share_points(s, lines, out->points, true, out);
}

static void earn_on(const struct slow *s, const struct book_source_offer *offer, const struct slow_set *lines,
                    struct slow_earning *out)
{
    *out = (struct slow_earning){.why = NULL};
    if (offer->kind == BOOK_POINTS_PER_SPEND)
        per_spend(s, &offer->give, lines, out);
    else if (offer->kind == BOOK_POINTS_PER_UNIT)
        per_unit(s, &offer->give, lines, out);
    else
        share_points(s, lines, out->points = offer->give.points, false, out);
    if (out->why == NULL && out->points == 0)
        out->why = "nothing to give";
}

/* What an offer earns on the lines of both, times the factor less one, floored. */
static const char *add_extra(const struct slow *s, const struct slow_offer *base,
                             const struct slow_offer *offer, const struct slow_set *matched,
                             slow_wide *points, struct slow_earning *out)
{
    struct slow_set lines = slow_match(s, &base->in->target);
    struct slow_earning once;
    for (uint32_t i = 0; i < s->line_count; i++)
        lines.has[i] = lines.has[i] && matched->has[i];
    if (!slow_keep_lines_of_terms(s, base, &lines))
        return NULL;
    earn_on(s, base->in, &lines, &once);
    int64_t given = s->result.offers[base->number].points;
    slow_wide extra =
        (slow_wide)(once.points < given ? once.points : given) * (offer->in->give.factor_bp - 10000) / 10000;
    *points += extra;
    if (once.why != NULL)
        return strcmp(once.why, "out of range") == 0 ? once.why : NULL;
    if (*points > INT64_MAX)
        return "out of range";
    int64_t shares[SLOW_LINES];
    slow_share(BOOK_LARGEST_REMAINDER, (int64_t)extra, once.of_line, s->line_count, shares);
    for (uint32_t i = 0; i < s->line_count && extra > 0; i++)
        out->of_line[i] += shares[i];
    return NULL;
}

static void multiply(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                     struct slow_earning *out)
{
    bool any = false;
    slow_wide points = 0;
    *out = (struct slow_earning){.why = NULL};
    for (uint32_t i = 0; i < s->offer_count && out->why == NULL; i++) {
        const struct slow_offer *base = &s->offers[i];
        if (base->step != BOOK_STEP_EARN || !s->result.offers[base->number].is_given)
            continue;
        any = true;
        out->why = add_extra(s, base, offer, matched, &points, out);
    }
    out->points = (int64_t)points;
    if (out->why == NULL && out->points == 0)
        out->why = any ? "nothing to give" : "no points to multiply";
}

void slow_earn(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
               struct slow_earning *out)
{
    if (offer->in->kind == BOOK_POINTS_MULTIPLIER)
        multiply(s, offer, matched, out);
    else
        earn_on(s, offer->in, matched, out);
}
