/* SPDX-License-Identifier: Apache-2.0 */
/* Lines: what they cost, which ones a selector means, and the conditions over them. */
#include "base/civil.h"
#include "model/slow_state.h"

/* Hundred-thousandths of the major unit in one minor unit. */
int64_t slow_e5_of_minor(const struct slow *s)
{
    int64_t e5 = 100000;
    for (unsigned i = 0; i < s->source->exponent; i++)
        e5 /= 10;
    return e5;
}

/* Half-up is away from zero, so that a return mirrors its sale. */
int64_t slow_extend(const struct slow *s, int64_t price_e5, int64_t quantity_milli)
{
    slow_wide product = (slow_wide)price_e5 * quantity_milli;
    int64_t magnitude =
        slow_divide_half_up(product < 0 ? -product : product, (slow_wide)slow_e5_of_minor(s) * 1000);
    return product < 0 ? -magnitude : magnitude;
}

void slow_read_basket(struct slow *s)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct offers_line *in = &s->basket->lines[i];
        struct slow_line *line = &s->lines[i];
        *line = (struct slow_line){.in = in, .price_e5 = in->unit_price_e5, .units = 1};
        line->gross = line->left = slow_extend(s, in->unit_price_e5, in->quantity_milli);
        line->is_sale = in->quantity_milli > 0 && line->gross >= 0;
        line->is_measured = in->weighed || in->quantity_milli % 1000 != 0;
        if (line->is_sale && !line->is_measured)
            line->units = in->quantity_milli / 1000;
        line->list_e5 = in->list_price_e5 > 0 ? in->list_price_e5 : in->unit_price_e5;
        line->is_reduced = in->is_reduced;
        line->floor = in->floor_minor > 0 ? in->floor_minor : 0;
    }
}

static bool names(const struct span *list, uint32_t count, struct span text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (span_is_equal(list[i], text))
            return true;
    }
    return false;
}

static bool is_named(const struct offers_line *line, const struct span *items, uint32_t item_count,
                     const struct span *categories, uint32_t category_count)
{
    bool is_named = names(items, item_count, line->sku);
    for (uint32_t i = 0; i < line->category_count; i++)
        is_named = is_named || names(categories, category_count, line->categories[i]);
    return is_named;
}

static bool is_within_price(const struct slow *s, const struct slow_line *line,
                            const struct book_source_selector *selector)
{
    int64_t e5 = slow_e5_of_minor(s);
    if (selector->has_price_min && line->price_e5 < selector->price_min_minor * (slow_wide)e5)
        return false;
    return !selector->has_price_max || line->price_e5 <= selector->price_max_minor * (slow_wide)e5;
}

static bool is_meant(const struct slow *s, const struct slow_line *line,
                     const struct book_source_selector *selector)
{
    const struct offers_line *in = line->in;
    if (!selector->everything &&
        !is_named(in, selector->items, selector->item_count, selector->categories, selector->category_count))
        return false;
    if (is_named(in, selector->excluded_items, selector->excluded_item_count, selector->excluded_categories,
                 selector->excluded_category_count))
        return false;
    return is_within_price(s, line, selector) && !(selector->not_reduced && line->is_reduced);
}

struct slow_set slow_match(const struct slow *s, const struct book_source_selector *selector)
{
    struct slow_set set = {.has = {false}};
    for (uint32_t i = 0; i < s->line_count; i++)
        set.has[i] = is_meant(s, &s->lines[i], selector);
    return set;
}

int64_t slow_sum(const struct slow *s, const struct slow_set *lines, enum book_base base)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (lines->has[i])
            sum += base == BOOK_INITIAL ? s->lines[i].gross : s->lines[i].left;
    }
    return sum;
}

static bool counts(const struct slow_line *line, const struct slow_offer *offer)
{
    return line->is_sale && !(offer->step >= BOOK_STEP_EARN ? line->in->no_points : line->in->no_discount);
}

/* Leaves the lines that count for such an offer. */
static void keep_counting(const struct slow *s, const struct slow_offer *offer, struct slow_set *lines)
{
    for (uint32_t i = 0; i < s->line_count; i++)
        lines->has[i] = lines->has[i] && counts(&s->lines[i], offer);
}

struct slow_set slow_counting_lines(const struct slow *s, const struct slow_offer *offer)
{
    struct slow_set lines = {.has = {false}};
    for (uint32_t i = 0; i < s->line_count; i++)
        lines.has[i] = counts(&s->lines[i], offer);
    return lines;
}

static bool is_empty(const struct slow *s, const struct slow_set *lines)
{
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (lines->has[i])
            return false;
    }
    return true;
}

/* ---- conditions */

bool slow_is_no_selector(const struct book_source_selector *selector)
{
    return !selector->everything && selector->item_count == 0 && selector->category_count == 0;
}

int64_t slow_units_of(const struct slow *s, const struct slow_set *lines)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        sum += lines->has[i] ? s->lines[i].units : 0;
    return sum;
}

/* What the line that holds most holds, as it is measured. */
static int64_t most_of_a_line(const struct slow *s, const struct slow_set *lines)
{
    int64_t most = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (lines->has[i] && s->lines[i].in->quantity_milli > most)
            most = s->lines[i].in->quantity_milli;
    }
    return most;
}

/* With the tax that the prices include taken out of each line, where the condition wants it. */
static int64_t amount_of(const struct slow *s, const struct slow_set *lines,
                         const struct book_source_condition *condition)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (!lines->has[i])
            continue;
        int64_t amount = condition->base == BOOK_INITIAL ? s->lines[i].gross : s->lines[i].left;
        if (condition->amount_net_of_tax && s->basket->price_mode == OFFERS_GROSS_PRICES) {
            uint32_t rate = s->lines[i].in->tax_rate_bp;
            amount -= slow_divide_half_up((slow_wide)amount * rate, 10000 + (slow_wide)rate);
        }
        sum += amount;
    }
    return sum;
}

/* Whether the day is near the member's birthday of this, the last or the next year; 29 February is kept on the 28th
 * in a year that has none. */
static bool is_near_birthday(const struct slow *s, int64_t value)
{
    unsigned month = s->member->birth_month_day / 100u, day = s->member->birth_month_day % 100u;
    int32_t year = civil_date_of(s->moment->day).year;
    for (int32_t y = year - 1; y <= year + 1 && s->member->known && month > 0; y++) {
        bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        unsigned kept = month == 2 && day == 29 && !is_leap ? 28 : day;
        int64_t birthday = civil_day_of((struct civil_date){y, (uint8_t)month, (uint8_t)kept});
        int64_t before = value / BOOK_BIRTHDAY_FACTOR, after = value % BOOK_BIRTHDAY_FACTOR;
        if (s->moment->day >= birthday - before && s->moment->day <= birthday + after)
            return true;
    }
    return false;
}

static bool has_segment(const struct slow *s, struct span segment)
{
    return s->member->known && names(s->member->segments, s->member->segment_count, segment);
}

static bool holds(const struct slow *s, const struct slow_offer *offer,
                  const struct book_source_condition *condition)
{
    struct slow_set lines =
        slow_match(s, slow_is_no_selector(&condition->of) ? &offer->in->target : &condition->of);
    keep_counting(s, offer, &lines);
    int64_t visit = (int64_t)s->member->visits + 1;
    switch (condition->kind) {
    case BOOK_MIN_QUANTITY:
        return slow_units_of(s, &lines) * 1000 >= condition->value;
    case BOOK_MAX_QUANTITY:
        return slow_units_of(s, &lines) * 1000 <= condition->value;
    case BOOK_MIN_LINE_QUANTITY:
        return most_of_a_line(s, &lines) >= condition->value;
    case BOOK_MIN_AMOUNT:
        return amount_of(s, &lines, condition) >= condition->value;
    case BOOK_MAX_AMOUNT:
        return amount_of(s, &lines, condition) <= condition->value;
    case BOOK_CONTAINS:
        return slow_units_of(s, &lines) > 0;
    case BOOK_VISIT_NUMBER:
        return s->member->known && visit == condition->value;
    case BOOK_VISIT_EVERY:
        return s->member->known && condition->value > 0 && visit % condition->value == 0;
    case BOOK_BIRTHDAY:
        return is_near_birthday(s, condition->value);
    case BOOK_IN_SEGMENT:
        return has_segment(s, condition->segment);
    }
    return false;
}

const char *slow_check_offer(const struct slow *s, const struct slow_offer *offer,
                             struct slow_set *out_matched)
{
    const char *why = slow_check_static(s, offer->in);
    if (why != NULL)
        return why;
    *out_matched = slow_match(s, &offer->in->target);
    keep_counting(s, offer, out_matched);
    if (is_empty(s, out_matched))
        return "no line";
    for (uint32_t i = 0; i < offer->in->condition_count; i++) {
        if (!holds(s, offer, &offer->in->conditions[i]))
            return "condition";
    }
    return slow_check_terms(s, offer, out_matched);
}
