/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of conditions, read off the workspace: conditions_cel.h says what they are. */
#include "base/civil.h"
#include "offers/programs.h"

#define MINUTES_PER_DAY 1440
#define ZONE_SIZE       6

/* What a hosted list is of. */
enum list { LIST_LINES, LIST_CATEGORIES, LIST_SEGMENTS, LIST_COUPONS };

/* ---- basket */

static uint32_t count_lines(const struct program_view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->e->word_count; i++)
        count += (uint32_t)__builtin_popcountll(view->lines->words[i]);
    return count;
}

/* The basket's index-th line that counts. */
static uint32_t line_at(struct program_view *view, uint32_t index)
{
    const struct engine *e = view->e;
    bool goes_on = view->has_cursor && view->cursor_index <= index;
    uint32_t at = goes_on ? view->cursor_index : 0;
    uint32_t line = goes_on ? view->cursor_line : line_set_next(view->lines, 0, e->word_count);
    for (; at < index && line < LINES_MAX; at++)
        line = line_set_next(view->lines, line + 1, e->word_count);
    view->cursor_index = index;
    view->cursor_line = line;
    view->has_cursor = true;
    return line;
}

static bool is_of(const struct offers_line *line, struct span name)
{
    for (uint32_t i = 0; i < line->category_count; i++) {
        if (span_is_equal(line->categories[i], name))
            return true;
    }
    return span_is_equal(line->sku, name);
}

static int64_t figure_of(const struct line_state *line, enum conditions_line_field field)
{
    return field == CONDITIONS_LINE_AMOUNT           ? line->running
           : field == CONDITIONS_LINE_INITIAL_AMOUNT ? line->gross
           : field == CONDITIONS_LINE_QUANTITY       ? line->quantity_milli
                                                     : line->units;
}

/* Sums a figure over the lines that count, or over those of an item or category (name not NULL). */
static struct cel_value sum(const struct program_view *view, enum conditions_line_field field,
                            const struct span *name)
{
    const struct engine *e = view->e;
    int64_t total = 0;
    FOR_EACH_LINE(e, view->lines, line)
    {
        if (name != NULL && !is_of(&e->basket->lines[line], *name))
            continue;
        if (__builtin_add_overflow(total, figure_of(&e->lines[line], field), &total))
            return cel_fail(CEL_OVERFLOW);
    }
    return cel_int(total);
}

static struct cel_value basket_field(struct program_view *view, uint32_t field)
{
    switch ((enum conditions_basket_field)field) {
    case CONDITIONS_BASKET_AMOUNT:
        return sum(view, CONDITIONS_LINE_AMOUNT, NULL);
    case CONDITIONS_BASKET_INITIAL_AMOUNT:
        return sum(view, CONDITIONS_LINE_INITIAL_AMOUNT, NULL);
    case CONDITIONS_BASKET_QUANTITY:
        return sum(view, CONDITIONS_LINE_QUANTITY, NULL);
    case CONDITIONS_BASKET_UNITS:
        return sum(view, CONDITIONS_LINE_UNITS, NULL);
    case CONDITIONS_BASKET_LINES:
        return cel_hosted_list(LIST_LINES, 0, count_lines(view));
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

/* ---- line */

static struct cel_value unit_price(const struct engine *e, const struct line_state *line)
{
    int64_t minor;
    enum err error =
        money_extend(line->unit_price_e5, /* quantity_milli= */ 1000, e->basket->exponent, &minor);
    return error == ERR_OK ? cel_int(minor) : cel_fail(CEL_OVERFLOW);
}

static struct cel_value line_field(const struct program_view *view, uint32_t line, uint32_t field)
{
    const struct offers_line *rung = &view->e->basket->lines[line];
    const struct line_state *state = &view->e->lines[line];
    switch ((enum conditions_line_field)field) {
    case CONDITIONS_LINE_SKU:
        return cel_string(rung->sku);
    case CONDITIONS_LINE_CATEGORIES:
        return cel_hosted_list(LIST_CATEGORIES, line, rung->category_count);
    case CONDITIONS_LINE_AMOUNT:
    case CONDITIONS_LINE_INITIAL_AMOUNT:
    case CONDITIONS_LINE_QUANTITY:
    case CONDITIONS_LINE_UNITS:
        return cel_int(figure_of(state, (enum conditions_line_field)field));
    case CONDITIONS_LINE_UNIT_PRICE:
        return unit_price(view->e, state);
    case CONDITIONS_LINE_WEIGHED:
        return cel_bool(state->is_measured);
    case CONDITIONS_LINE_REDUCED:
        return cel_bool(state->is_reduced);
    case CONDITIONS_LINE_TAX_RATE:
        return cel_int(state->tax_rate_bp);
    case CONDITIONS_LINE_NUMBER:
        return cel_int((int64_t)line + 1);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

/* ---- member */

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* On 28 February for those born on the 29th, where there is no such day. */
static bool is_birthday(const struct engine *e)
{
    struct civil_date today = civil_date_of(e->moment->day);
    uint32_t month_day = e->member->birth_month_day, now = today.month * 100u + today.day;
    return month_day != 0 && (month_day == now || (month_day == 229 && now == 228 && !is_leap(today.year)));
}

static struct cel_value part_of_birthday(const struct offers_member *member, bool is_month)
{
    uint32_t part = is_month ? member->birth_month_day / 100u : member->birth_month_day % 100u;
    return member->birth_month_day == 0 ? cel_null() : cel_int(part);
}

static struct cel_value member_field(const struct engine *e, uint32_t field)
{
    const struct offers_member *member = e->member;
    switch ((enum conditions_member_field)field) {
    case CONDITIONS_MEMBER_KNOWN:
        return cel_bool(member->known);
    case CONDITIONS_MEMBER_TIER:
        return cel_string(member->tier);
    case CONDITIONS_MEMBER_SEGMENTS:
        return cel_hosted_list(LIST_SEGMENTS, 0, member->segment_count);
    case CONDITIONS_MEMBER_VISITS:
        return cel_int(member->visits);
    case CONDITIONS_MEMBER_POINTS:
        return cel_int(member->points);
    case CONDITIONS_MEMBER_BIRTH_MONTH:
        return part_of_birthday(member, true);
    case CONDITIONS_MEMBER_BIRTH_DAY:
        return part_of_birthday(member, false);
    case CONDITIONS_MEMBER_IS_BIRTHDAY:
        return cel_bool(is_birthday(e));
    case CONDITIONS_MEMBER_LANGUAGE:
        return cel_string(member->language);
    case CONDITIONS_MEMBER_PERSONAL_OFFERS:
        return cel_bool((member->consents >> BOOK_CONSENT_PERSONAL_OFFERS & 1) != 0);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

/* ---- when and where */

static struct cel_value clock_field(const struct offers_moment *moment, uint32_t field)
{
    struct civil_date date = civil_date_of(moment->day);
    switch ((enum conditions_clock_field)field) {
    case CONDITIONS_CLOCK_YEAR:
        return cel_int(date.year);
    case CONDITIONS_CLOCK_MONTH:
        return cel_int(date.month);
    case CONDITIONS_CLOCK_DAY:
        return cel_int(date.day);
    case CONDITIONS_CLOCK_WEEKDAY:
        return cel_int(civil_weekday_of(moment->day));
    case CONDITIONS_CLOCK_HOUR:
        return cel_int(moment->minute_of_day / 60);
    case CONDITIONS_CLOCK_MINUTE:
        return cel_int(moment->minute_of_day % 60);
    case CONDITIONS_CLOCK_DAY_OF_YEAR:
        return cel_int(moment->day - civil_day_of((struct civil_date){date.year, 1, 1}) + 1);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

/* "+02:00" */
static struct cel_value zone(struct program_view *view)
{
    int32_t offset = view->e->moment->utc_offset_min;
    uint32_t minutes = (uint32_t)(offset < 0 ? -offset : offset) % MINUTES_PER_DAY;
    uint32_t digits[] = {minutes / 600, minutes / 60 % 10, 0, minutes % 60 / 10, minutes % 10};
    view->zone[0] = offset < 0 ? '-' : '+';
    for (size_t i = 0; i < COUNT_OF(digits); i++)
        view->zone[i + 1] = (uint8_t)('0' + digits[i]);
    view->zone[3] = ':';
    return cel_string(span_of(view->zone, ZONE_SIZE));
}

static struct cel_value store_field(struct program_view *view, uint32_t field)
{
    const struct offers_moment *moment = view->e->moment;
    switch ((enum conditions_store_field)field) {
    case CONDITIONS_STORE_ID:
        return cel_string(moment->store);
    case CONDITIONS_STORE_CHANNEL:
        return cel_string(moment->channel.size > 0 ? moment->channel : span_of_text("till"));
    case CONDITIONS_STORE_ZONE:
        return zone(view);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

/* Where nobody says which moment it is in UTC, the store's clock and its offset do. */
static struct cel_value now(const struct offers_moment *moment)
{
    int64_t unix_ms = moment->unix_ms;
    if (unix_ms == 0)
        unix_ms =
            ((int64_t)moment->day * MINUTES_PER_DAY + moment->minute_of_day - moment->utc_offset_min) * 60000;
    int64_t unix_s = unix_ms / 1000 - (unix_ms % 1000 < 0 ? 1 : 0);
    return cel_timestamp(unix_s, (uint32_t)(unix_ms - unix_s * 1000) * 1000000);
}

/* ---- coupons */

static bool is_fresh(const struct engine *e, uint32_t coupon)
{
    return e->basket->coupons[coupon].state == OFFERS_COUPON_FRESH;
}

static struct cel_value coupons(const struct engine *e)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->basket->coupon_count; i++)
        count += is_fresh(e, i) ? 1 : 0;
    return cel_hosted_list(LIST_COUPONS, 0, count);
}

static struct cel_value coupon_at(const struct engine *e, uint32_t index)
{
    for (uint32_t i = 0; i < e->basket->coupon_count; i++) {
        if (is_fresh(e, i) && index-- == 0)
            return cel_string(e->basket->coupons[i].code);
    }
    return cel_fail(CEL_BAD_INDEX);
}

/* ---- the host */

static struct cel_value give_variable(void *self, uint32_t variable)
{
    struct program_view *view = self;
    switch ((enum conditions_variable)variable) {
    case CONDITIONS_BASKET:
        return cel_object(CONDITIONS_OBJECT_BASKET, 0);
    case CONDITIONS_MEMBER:
        return cel_object(CONDITIONS_OBJECT_MEMBER, 0);
    case CONDITIONS_COUPONS:
        return coupons(view->e);
    case CONDITIONS_NOW:
        return now(view->e->moment);
    case CONDITIONS_LOCAL:
        return cel_object(CONDITIONS_OBJECT_CLOCK, 0);
    case CONDITIONS_STORE:
        return cel_object(CONDITIONS_OBJECT_STORE, 0);
    case CONDITIONS_LINE:
        return view->line == BOOK_NONE ? cel_fail(CEL_HOST_ERROR)
                                       : cel_object(CONDITIONS_OBJECT_LINE, view->line);
    }
    return cel_fail(CEL_UNKNOWN_NAME);
}

static struct cel_value give_field(void *self, const struct cel_value *object, uint32_t field)
{
    struct program_view *view = self;
    switch ((enum conditions_object)object->object) {
    case CONDITIONS_OBJECT_BASKET:
        return basket_field(view, field);
    case CONDITIONS_OBJECT_LINE:
        return line_field(view, (uint32_t)object->handle, field);
    case CONDITIONS_OBJECT_MEMBER:
        return member_field(view->e, field);
    case CONDITIONS_OBJECT_CLOCK:
        return clock_field(view->e->moment, field);
    case CONDITIONS_OBJECT_STORE:
        return store_field(view, field);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

static struct cel_value give_element(void *self, const struct cel_value *list, uint32_t index)
{
    struct program_view *view = self;
    switch ((enum list)list->object) {
    case LIST_LINES:
        return cel_object(CONDITIONS_OBJECT_LINE, line_at(view, index));
    case LIST_CATEGORIES:
        return cel_string(view->e->basket->lines[list->handle].categories[index]);
    case LIST_SEGMENTS:
        return cel_string(view->e->member->segments[index]);
    case LIST_COUPONS:
        return coupon_at(view->e, index);
    }
    return cel_fail(CEL_BAD_INDEX);
}

static struct cel_value call(void *self, uint32_t function, const struct cel_value *arguments, uint32_t count)
{
    (void)count;
    struct span name = span_of(arguments[1].bytes, arguments[1].count);
    switch ((enum conditions_function)function) {
    case CONDITIONS_COUNT_OF:
        return sum(self, CONDITIONS_LINE_UNITS, &name);
    case CONDITIONS_AMOUNT_OF:
        return sum(self, CONDITIONS_LINE_AMOUNT, &name);
    }
    return cel_fail(CEL_UNKNOWN_FUNCTION);
}

struct cel_host program_host(struct program_view *view)
{
    return (struct cel_host){.self = view,
                             .declarations = conditions_cel_declarations(view->line != BOOK_NONE),
                             .variable = give_variable,
                             .field = give_field,
                             .element = give_element,
                             .call = call};
}
