/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that the engine has as programs, worked out from the rows that they were written from. */
#include "base/civil.h"
#include "model/slow_state.h"

/* What a term is about. */
struct about {
    const struct slow *s;
    const struct slow_set *lines; /* that count for the offer */
    const struct term *term;
    uint32_t line; /* in question */
};

static bool compare(const struct term *term, int64_t figure)
{
    int64_t has = term->modulo > 0 ? figure % term->modulo : figure;
    switch ((enum term_compare)term->compare) {
    case TERM_LESS:
        return has < term->value;
    case TERM_AT_MOST:
        return has <= term->value;
    case TERM_MORE:
        return has > term->value;
    case TERM_AT_LEAST:
        return has >= term->value;
    case TERM_SAME:
        return has == term->value;
    case TERM_OTHER:
    case TERM_COMPARES:
        break;
    }
    return has != term->value;
}

static bool is_name(struct span text, char sort, unsigned number)
{
    return text.size == 2 && text.bytes[0] == (uint8_t)sort && text.bytes[1] == (uint8_t)('0' + number);
}

static bool has_category(const struct offers_line *line, unsigned number)
{
    for (uint32_t i = 0; i < line->category_count; i++) {
        if (is_name(line->categories[i], 'c', number))
            return true;
    }
    return false;
}

static int64_t price_of(const struct about *a, uint32_t line)
{
    return slow_extend(a->s, a->s->lines[line].price_e5, 1000);
}

/* What of one line a term of the basket adds up, or compares. */
static int64_t part_of_line(const struct about *a, uint32_t line)
{
    const struct slow_line *row = &a->s->lines[line];
    bool is_of = a->term->is_category ? has_category(row->in, a->term->name)
                                      : is_name(row->in->sku, 'i', a->term->name);
    switch ((int)a->term->what) {
    case TERM_AMOUNT:
    case TERM_ANY_AMOUNT:
        return row->left;
    case TERM_INITIAL:
        return row->gross;
    case TERM_QUANTITY:
        return row->in->quantity_milli;
    case TERM_UNITS:
    case TERM_ALL_UNITS:
        return row->units;
    case TERM_LINES:
        return 1;
    case TERM_COUNT_OF:
        return is_of ? row->units : 0;
    case TERM_AMOUNT_OF:
        return is_of ? row->left : 0;
    default:
        return price_of(a, line);
    }
}

static bool holds_of_lines(const struct about *a)
{
    int64_t sum = 0;
    uint32_t lines = 0, holding = 0;
    for (uint32_t i = 0; i < a->s->line_count; i++) {
        if (!a->lines->has[i])
            continue;
        sum += part_of_line(a, i);
        lines++;
        holding += compare(a->term, part_of_line(a, i)) ? 1 : 0;
    }
    if (a->term->what == TERM_ANY_AMOUNT)
        return holding > 0;
    if (a->term->what == TERM_ALL_UNITS)
        return holding == lines;
    return a->term->what == TERM_FEW_PRICES ? holding == 1 : compare(a->term, sum);
}

static bool has_segment(const struct slow *s, unsigned number)
{
    for (uint32_t i = 0; i < s->member->segment_count && s->member->known; i++) {
        if (is_name(s->member->segments[i], 's', number))
            return true;
    }
    return false;
}

static bool holds_of_member(const struct about *a)
{
    const struct offers_member *member = a->s->member;
    const struct offers_moment *moment = a->s->moment;
    bool known = member->known;
    switch ((int)a->term->what) {
    case TERM_VISITS:
        return compare(a->term, known ? member->visits : 0);
    case TERM_POINTS:
        return compare(a->term, known ? member->points : 0);
    case TERM_SEGMENTS:
        return compare(a->term, known ? member->segment_count : 0);
    case TERM_HOUR:
        return compare(a->term, moment->minute_of_day / 60);
    case TERM_WEEKDAY:
        return compare(a->term, (moment->day + 3) % 7 + 1); /* day 0 was a Thursday */
    case TERM_KNOWN:
        return known;
    case TERM_TIER:
        return known && is_name(member->tier, 't', a->term->name);
    default:
        return has_segment(a->s, a->term->name);
    }
}

static bool holds_of_line(const struct about *a)
{
    const struct slow_line *line = &a->s->lines[a->line];
    switch ((int)a->term->what) {
    case TERM_LINE_AMOUNT:
        return compare(a->term, line->left);
    case TERM_LINE_INITIAL:
        return compare(a->term, line->gross);
    case TERM_LINE_QUANTITY:
        return compare(a->term, line->in->quantity_milli);
    case TERM_LINE_UNITS:
        return compare(a->term, line->units);
    case TERM_LINE_PRICE:
        return compare(a->term, price_of(a, a->line));
    case TERM_LINE_TAX:
        return compare(a->term, line->in->tax_rate_bp);
    case TERM_LINE_NUMBER:
        return compare(a->term, (int64_t)a->line + 1);
    case TERM_LINE_WEIGHED:
        return line->is_measured;
    case TERM_LINE_REDUCED:
        return line->is_reduced;
    case TERM_LINE_SKU:
        return is_name(line->in->sku, 'i', a->term->name);
    default:
        return has_category(line->in, a->term->name);
    }
}

static bool holds(const struct about *a)
{
    uint8_t what = a->term->what;
    bool is_of_lines = what <= TERM_AMOUNT_OF || (what >= TERM_ANY_AMOUNT && what <= TERM_FEW_PRICES);
    bool is_true = is_of_lines               ? holds_of_lines(a)
                   : what > TERM_BASKET_LAST ? holds_of_line(a)
                                             : holds_of_member(a);
    return is_true != a->term->is_not;
}

static bool hold(const struct slow *s, const struct slow_set *lines, const struct term *terms, uint32_t count,
                 uint32_t line)
{
    bool all = true;
    for (uint32_t i = 0; i < count; i++) {
        bool one = holds(&(struct about){s, lines, &terms[i], line});
        all = i == 0 ? one : terms[i].is_or ? all || one : all && one;
    }
    return all;
}

bool slow_keep_lines_of_terms(const struct slow *s, const struct slow_offer *offer, struct slow_set *lines)
{
    const struct terms *terms = s->terms != NULL ? &s->terms[offer->number] : NULL;
    struct slow_set counting = slow_counting_lines(s, offer);
    bool any = false;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (terms != NULL && !hold(s, &counting, terms->line_terms, terms->line_count, i))
            lines->has[i] = false;
        any = any || lines->has[i];
    }
    return any;
}

const char *slow_check_terms(const struct slow *s, const struct slow_offer *offer, struct slow_set *matched)
{
    const struct terms *terms = s->terms != NULL ? &s->terms[offer->number] : NULL;
    struct slow_set counting = slow_counting_lines(s, offer);
    if (terms != NULL && !hold(s, &counting, terms->terms, terms->count, 0))
        return "CEL condition";
    return slow_keep_lines_of_terms(s, offer, matched) ? NULL : "no line by CEL";
}
