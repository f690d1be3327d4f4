/* SPDX-License-Identifier: Apache-2.0 */
#include "office/book_words.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/money.h"
#include "office/words_out.h"

/* ---- rows */

void words_done(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->rows[i].text);
    free(words->rows);
    *words = (struct words){0};
}

static void add_row(struct words *words, struct words_row row)
{
    if (words->count == words->capacity) {
        size_t capacity = words->capacity == 0 ? 32 : words->capacity * 2;
        struct words_row *rows = realloc(words->rows, capacity * sizeof(*rows));
        if (rows == NULL) {
            words->is_out_of_memory = true;
            free(row.text);
            return;
        }
        words->rows = rows;
        words->capacity = capacity;
    }
    words->rows[words->count++] = row;
}

void words_apply(const struct words_rule *rules, size_t count, const struct words_of *of, struct words *out)
{
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        if (stream == NULL) {
            out->is_out_of_memory = true;
            return;
        }
        rules[i].write(stream, of);
        if (fclose(stream) != 0)
            out->is_out_of_memory = true;
        if (size == 0) {
            free(text);
            continue;
        }
        struct words_row row = {.text = text, .is_list = rules[i].is_list};
        snprintf(row.label, sizeof(row.label), "%s", rules[i].label);
        add_row(out, row);
    }
}

const struct words_row *words_find(const struct words *words, const char *label)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->rows[i].label, label) == 0)
            return &words->rows[i];
    return NULL;
}

/* ---- pieces */

void words_span(FILE *out, struct span text)
{
    if (text.size > 0)
        (void)fwrite(text.bytes, 1, text.size, out);
}

void words_money(FILE *out, const struct book *book, int64_t minor)
{
    char text[32];
    (void)money_format_decimal(minor, book->header.exponent, book->header.exponent, text);
    fputs(text, out);
}

void words_decimal(FILE *out, int64_t value, unsigned decimals, const char *unit)
{
    char text[32];
    (void)money_format_decimal(value, decimals, 0, text);
    fprintf(out, "%s%s", text, unit);
}

void words_choice(FILE *out, const char *const *choices, size_t count, unsigned value)
{
    if (value < count && choices[value] != NULL)
        fputs(choices[value], out);
}

void words_references(FILE *out, const struct book *book, struct book_range range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        fputs(i > 0 ? ", " : "", out);
        words_span(out, book_symbol_text(book, book_reference_at(book, range.first + i)));
    }
}

void words_tenders(FILE *out, uint32_t bits)
{
    static const char *const names[] = {NULL,     "cash",     "card",         "gift value",
                                        "points", "vouchers", "other tenders"};
    const char *between = "";
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if ((bits >> i & 1) == 0 || names[i] == NULL)
            continue;
        fprintf(out, "%s%s", between, names[i]);
        between = ", ";
    }
}

/* "categories bakery, coffee" are told from "items X" by what each symbol is. */
static void write_symbols(FILE *out, const struct book *book, struct book_range range,
                          enum book_symbol_kind kind, const char *prefix)
{
    const char *between = prefix;
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t symbol = book_reference_at(book, range.first + i);
        if (book_symbol_kind_of(book, symbol) != kind)
            continue;
        fputs(between, out);
        words_span(out, book_symbol_text(book, symbol));
        between = ", ";
    }
}

void words_selector(FILE *out, const struct book *book, uint32_t index)
{
    if (index == BOOK_NONE)
        return;
    struct book_selector selector = book_selector_at(book, index);
    fputs(selector.everything ? "the whole basket" : "", out);
    write_symbols(out, book, selector.include, BOOK_SYMBOL_CATEGORY, "");
    write_symbols(out, book, selector.include, BOOK_SYMBOL_ITEM, "");
    if (selector.exclude.count > 0)
        fputs(" without ", out);
    write_symbols(out, book, selector.exclude, BOOK_SYMBOL_CATEGORY, "");
    write_symbols(out, book, selector.exclude, BOOK_SYMBOL_ITEM, "");
    if (selector.price_min_minor >= 0) {
        fputs(" from ", out);
        words_money(out, book, selector.price_min_minor);
        fputs(" a unit", out);
    }
    if (selector.price_max_minor >= 0) {
        fputs(" up to ", out);
        words_money(out, book, selector.price_max_minor);
        fputs(" a unit", out);
    }
    fputs(selector.not_reduced ? ", not reduced already" : "", out);
}

void words_day(FILE *out, int32_t day)
{
    char text[11];
    if (day == BOOK_DAY_FIRST || day == BOOK_DAY_LAST)
        return;
    civil_format_day(day, text);
    fputs(text, out);
}

/* ---- an offer: whom, when, where */

static void write_version(FILE *out, const struct words_of *of)
{
    fprintf(out, "%u", of->offer->version);
}

static void write_audience(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {[BOOK_ANYONE] = "anyone",
                                        [BOOK_ANY_MEMBER] = "members",
                                        [BOOK_SEGMENT] = "members in ",
                                        [BOOK_TIER] = "members of tier ",
                                        [BOOK_LISTED] = "the members "};
    words_choice(out, words, COUNT_OF(words), of->offer->audience);
    words_references(out, of->book, of->offer->who);
}

static void write_consent(FILE *out, const struct words_of *of)
{
    fputs(of->offer->consent == BOOK_CONSENT_PERSONAL_OFFERS ? "who agreed to personal offers" : "", out);
}

static void write_experiment(FILE *out, const struct words_of *of)
{
    if (of->offer->experiment.size == 0)
        return;
    words_span(out, of->offer->experiment);
    fputs(": ", out);
    words_decimal(out, of->offer->holdout_bp, 2, " % of the members held out");
}

static void write_from(FILE *out, const struct words_of *of)
{
    words_day(out, of->offer->from_day);
}

static void write_until(FILE *out, const struct words_of *of)
{
    words_day(out, of->offer->until_day);
}

static void write_weekdays(FILE *out, const struct words_of *of)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const char *between = "";
    for (unsigned i = 0; i < COUNT_OF(names) && of->offer->weekdays != BOOK_WEEKDAYS_ALL; i++) {
        if ((of->offer->weekdays >> i & 1) == 0)
            continue;
        fprintf(out, "%s%s", between, names[i]);
        between = ", ";
    }
}

static void write_hours(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < of->offer->hours.count; i++) {
        struct book_hours hours = book_hours_at(of->book, of->offer, i);
        fprintf(out, "%s%02u:%02u to %02u:%02u", i > 0 ? ", " : "", hours.from_minute / 60u,
                hours.from_minute % 60u, hours.until_minute / 60u, hours.until_minute % 60u);
    }
}

static void write_stores(FILE *out, const struct words_of *of)
{
    words_references(out, of->book, of->offer->stores);
}

static void write_channels(FILE *out, const struct words_of *of)
{
    words_references(out, of->book, of->offer->channels);
}

/* ---- what must be so */

static void write_target(FILE *out, const struct words_of *of)
{
    words_selector(out, of->book, of->offer->target);
}

/* A program in the words that it was compiled from, where they are known. */
static void write_program(FILE *out, struct span program, const json_t *expression)
{
    if (program.size == 0)
        return;
    if (json_is_string(expression)) {
        fputs(json_string_value(expression), out);
        return;
    }
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a: to tell two programs apart */
    for (size_t i = 0; i < program.size; i++)
        hash = (hash ^ program.bytes[i]) * UINT64_C(1099511628211);
    fprintf(out, "a program of %zu bytes (%08x)", program.size, (unsigned)(hash >> 32));
}

static void write_condition(FILE *out, const struct words_of *of)
{
    write_program(out, of->offer->condition, json_object_get(of->json, "condition"));
}

static void write_line_condition(FILE *out, const struct words_of *of)
{
    const json_t *what = json_object_get(of->json, "what");
    write_program(out, of->offer->line_condition, json_object_get(what, "condition"));
}

/* How the value of a condition is written. */
enum need_figure { NEED_MILLI, NEED_MONEY, NEED_COUNT, NEED_WINDOW, NEED_NOTHING };
static const struct {
    const char *before;
    enum need_figure figure;
    const char *after;
    bool has_lines;
} needs[BOOK_CONDITION_LAST + 1] = {
    [BOOK_MIN_QUANTITY] = {"at least ", NEED_MILLI, " of ", true},
    [BOOK_MIN_AMOUNT] = {"for at least ", NEED_MONEY, " of ", true},
    [BOOK_MAX_QUANTITY] = {"at most ", NEED_MILLI, " of ", true},
    [BOOK_MAX_AMOUNT] = {"for at most ", NEED_MONEY, " of ", true},
    [BOOK_MIN_LINE_QUANTITY] = {"a line with at least ", NEED_MILLI, " of ", true},
    [BOOK_VISIT_NUMBER] = {"the member's purchase number ", NEED_COUNT, "", false},
    [BOOK_VISIT_EVERY] = {"each purchase of the member that is a multiple of ", NEED_COUNT, "", false},
    [BOOK_BIRTHDAY] = {"from ", NEED_WINDOW, " after the birthday", false},
    [BOOK_IN_SEGMENT] = {"the member is in ", NEED_NOTHING, "", false},
    [BOOK_CONTAINS] = {"some ", NEED_NOTHING, "", true},
};

static void write_need(FILE *out, const struct words_of *of, const struct book_condition *need)
{
    if (need->kind > BOOK_CONDITION_LAST || needs[need->kind].before == NULL)
        return;
    fputs(needs[need->kind].before, out);
    switch (needs[need->kind].figure) {
    case NEED_MILLI:
        words_decimal(out, need->value, 3, "");
        break;
    case NEED_MONEY:
        words_money(out, of->book, need->value);
        break;
    case NEED_COUNT:
        words_decimal(out, need->value, 0, "");
        break;
    case NEED_WINDOW:
        words_decimal(out, need->value / BOOK_BIRTHDAY_FACTOR, 0, " days before to ");
        words_decimal(out, need->value % BOOK_BIRTHDAY_FACTOR, 0, " days");
        break;
    case NEED_NOTHING:
        break;
    }
    fputs(needs[need->kind].after, out);
    if (needs[need->kind].has_lines)
        words_selector(out, of->book, need->selector);
    if (need->symbol != BOOK_NONE)
        words_span(out, book_symbol_text(of->book, need->symbol));
    fputs(need->base == BOOK_INITIAL ? " before discounts" : "", out);
    fputs(need->amount_net_of_tax != 0 ? " without tax" : "", out);
}

static void write_needs(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < of->offer->conditions.count; i++) {
        struct book_condition need = book_condition_at(of->book, of->offer, i);
        fputs(i > 0 ? "; " : "", out);
        write_need(out, of, &need);
    }
}

static void write_coupons(FILE *out, const struct words_of *of)
{
    words_references(out, of->book, of->offer->coupons);
}

static void write_limits(FILE *out, const struct words_of *of)
{
    static const char *const whats[] = {" uses", " pieces", "", " points"};
    static const char *const pers[] = {" a line", " a basket", " a member",
                                       " a till", " a store",  " in the chain"};
    static const char *const periods[] = {"", " a day", " a week", " a month", " a year"};
    for (uint32_t i = 0; i < of->offer->limits.count; i++) {
        struct book_limit limit = book_limit_at(of->book, of->offer, i);
        fputs(i > 0 ? ", " : "", out);
        if (limit.what == BOOK_LIMIT_AMOUNT)
            words_money(out, of->book, limit.value);
        else
            words_decimal(out, limit.value, 0, "");
        words_choice(out, whats, COUNT_OF(whats), limit.what);
        words_choice(out, pers, COUNT_OF(pers), limit.per);
        words_choice(out, periods, COUNT_OF(periods), limit.period);
        fputs(limit.partial != 0 ? " (cut to what is left)" : "", out);
    }
}

/* ---- how it meets others */

static void write_lane(FILE *out, const struct words_of *of)
{
    words_span(out, book_lane_at(of->book, of->offer->lane).name);
}

static void write_priority(FILE *out, const struct words_of *of)
{
    fprintf(out, "%d", of->offer->priority);
}

static void write_exclusive(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {[BOOK_NOT_EXCLUSIVE] = NULL,
                                        [BOOK_EXCLUSIVE_IN_STEP] = "alone in its step",
                                        [BOOK_EXCLUSIVE_IN_BASKET] = "alone in the basket",
                                        [BOOK_EXCLUSIVE_IF_BETTER] =
                                            "alone in the basket, if it is worth more"};
    words_choice(out, words, COUNT_OF(words), of->offer->exclusive);
}

static void write_groups(FILE *out, const struct words_of *of)
{
    words_references(out, of->book, of->offer->groups);
    if (of->offer->groups.count > 0 && of->offer->group_scope == BOOK_GROUP_PER_LINE)
        fputs(", line by line", out);
}

static void write_excluded(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < of->offer->excluded_with.count; i++) {
        struct book_offer other;
        book_offer_at(of->book, book_excluded_with_at(of->book, of->offer, i), &other);
        fputs(i > 0 ? ", " : "", out);
        words_span(out, other.id);
    }
}

static const struct words_rule before_give[] = {
    {"version", write_version, false},  {"for", write_audience, false},
    {"consent", write_consent, false},  {"experiment", write_experiment, false},
    {"from", write_from, false},        {"until", write_until, false},
    {"weekdays", write_weekdays, true}, {"hours", write_hours, true},
    {"stores", write_stores, true},     {"channels", write_channels, true},
    {"on", write_target, true},         {"of these lines", write_line_condition, false},
    {"needs", write_needs, false},      {"condition", write_condition, false},
    {"coupon", write_coupons, true},
};
static const struct words_rule after_give[] = {
    {"limits", write_limits, true},      {"lane", write_lane, false},
    {"priority", write_priority, false}, {"exclusive", write_exclusive, false},
    {"group", write_groups, true},       {"never with", write_excluded, true},
};

/* A row a text: the texts of one language are changed together, and may hold commas. */
static void add_texts(const struct words_of *of, struct words *out)
{
    static const char *const roles[] = {[BOOK_NAME] = "name",
                                        [BOOK_MESSAGE] = "message",
                                        [BOOK_ANSWER] = "answer",
                                        [BOOK_RECEIPT_TEXT] = "receipt text",
                                        [BOOK_CASHIER_TEXT] = "cashier text"};
    unsigned answers = 0;
    for (uint32_t i = 0; i < of->offer->texts.count; i++) {
        struct book_text text = book_text_at(of->book, of->offer, i);
        const char *role = text.role < COUNT_OF(roles) ? roles[text.role] : "text";
        struct words_row row = {.text = strndup((const char *)text.text.bytes, text.text.size)};
        answers += text.role == BOOK_ANSWER;
        int size = snprintf(row.label, sizeof(row.label), "%s %.*s", role, (int)text.language.size,
                            (const char *)text.language.bytes);
        if (text.role == BOOK_ANSWER && size > 0 && (size_t)size < sizeof(row.label))
            snprintf(row.label + size, sizeof(row.label) - (size_t)size, " %u", answers);
        out->is_out_of_memory |= row.text == NULL;
        if (row.text != NULL)
            add_row(out, row);
    }
}

json_t *words_index(const json_t *book)
{
    json_t *index = json_object();
    const json_t *offers = json_object_get(book, "offers");
    for (size_t i = 0; i < json_array_size(offers); i++) {
        json_t *offer = json_array_get(offers, i);
        const char *id = json_string_value(json_object_get(offer, "id"));
        if (id != NULL)
            json_object_set(index, id, offer);
    }
    return index;
}

void words_of_offer(const struct words_source *source, const struct book_offer *offer, struct words *out)
{
    const struct words_of of = {
        source->book, offer, json_object_getn(source->by_id, (const char *)offer->id.bytes, offer->id.size)};
    words_apply(before_give, COUNT_OF(before_give), &of, out);
    words_add_give(&of, out);
    words_apply(after_give, COUNT_OF(after_give), &of, out);
    add_texts(&of, out);
}
