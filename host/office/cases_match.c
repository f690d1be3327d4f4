/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are meant, and conditions.
 *
 * A match names items or categories (or any of several), bounds of the unit price and "not_reduced"; all of them
 * hold together. A selector of the book has one list of names, any of which will do, and the bounds: what goes
 * beyond that (an item that is also of a category, alternatives with bounds of their own) becomes a condition in
 * CEL on the line. */
#include "office/cases_book.h"
#include "office/cases_cel.h"

#define UNIT_MILLI 1000

static const struct case_word match_words[] = {
    CASE_MAY("sku|skus|item|items", CASE_ANY, offsetof(struct case_match, sku)),
    CASE_MAY("category|categories", CASE_ANY, offsetof(struct case_match, category)),
    CASE_MAY("any|any_of|one_of", CASE_LIST, offsetof(struct case_match, any)),
    CASE_MAY("except|not|exclude", CASE_ANY, offsetof(struct case_match, except)),
    CASE_MAY("unit_price_min|min_unit_price", CASE_NUMBER, offsetof(struct case_match, price_min)),
    CASE_MAY("unit_price_max|max_unit_price", CASE_NUMBER, offsetof(struct case_match, price_max)),
    CASE_MAY("not_reduced", CASE_FLAG, offsetof(struct case_match, not_reduced)),
};

void case_read_match(struct case_run *run, const char *where, const json_t *json, struct case_match *out)
{
    case_read(run, where, json, match_words, COUNT_OF(match_words), out, NULL);
}

/* Names under way into a selector. */
struct names {
    struct span *rows;
    uint32_t count;
};

static void add_name(struct case_run *run, struct names *names, const json_t *json)
{
    if (!json_is_string(json))
        case_fault(run, "a match: a name is not a text");
    else if (names->count == CASE_NAMES_MAX)
        case_fault(run, "a match has more than %d names", CASE_NAMES_MAX);
    else if (names->rows != NULL)
        names->rows[names->count++] = span_of_text(json_string_value(json));
}

/* A text, or a list of texts. */
static void add_names(struct case_run *run, struct names *names, const json_t *json)
{
    size_t i;
    json_t *item;
    if (json == NULL)
        return;
    if (!json_is_array(json))
        add_name(run, names, json);
    else if (json_array_size(json) == 0)
        case_fault(run, "a match: a list of names is empty");
    json_array_foreach((json_t *)(uintptr_t)json, i, item) add_name(run, names, item);
}

static bool has_bounds(const struct case_match *match)
{
    return match->price_min != CASE_ABSENT || match->price_max != CASE_ABSENT || match->not_reduced == 1;
}

/* Names alone, as an alternative or an exception may be. */
static bool is_names_alone(const struct case_match *match)
{
    return !has_bounds(match) && match->any == NULL && match->except == NULL &&
           (match->sku == NULL) != (match->category == NULL);
}

static const json_t *alternatives_of(const struct case_match *match, size_t *out_count)
{
    *out_count = json_array_size(match->any);
    return match->any;
}

static bool is_simple(struct case_run *run, const struct case_match *match)
{
    size_t count;
    const json_t *any = alternatives_of(match, &count);
    if ((match->sku != NULL) + (match->category != NULL) + (any != NULL) > 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct case_match one;
        case_read_match(run, "any", json_array_get(any, i), &one);
        if (!is_names_alone(&one))
            return false;
    }
    struct case_match except;
    if (match->except != NULL)
        case_read_match(run, "except", match->except, &except);
    return match->except == NULL || is_names_alone(&except);
}

static void select_names(struct case_run *run, const struct case_match *match,
                         struct book_source_selector *out)
{
    struct names items = {.rows = case_take(run, CASE_NAMES_MAX, sizeof(struct span))};
    struct names categories = {.rows = case_take(run, CASE_NAMES_MAX, sizeof(struct span))};
    add_names(run, &items, match->sku);
    add_names(run, &categories, match->category);
    for (size_t i = 0; i < json_array_size(match->any); i++) {
        struct case_match one;
        case_read_match(run, "any", json_array_get(match->any, i), &one);
        add_names(run, &items, one.sku);
        add_names(run, &categories, one.category);
    }
    out->items = items.rows;
    out->item_count = items.count;
    out->categories = categories.rows;
    out->category_count = categories.count;
    out->everything = items.count + categories.count == 0;
}

static void except_names(struct case_run *run, const struct case_match *match,
                         struct book_source_selector *out)
{
    struct case_match except;
    if (match->except == NULL)
        return;
    struct names items = {.rows = case_take(run, CASE_NAMES_MAX, sizeof(struct span))};
    struct names categories = {.rows = case_take(run, CASE_NAMES_MAX, sizeof(struct span))};
    case_read_match(run, "except", match->except, &except);
    add_names(run, &items, except.sku);
    add_names(run, &categories, except.category);
    out->excluded_items = items.rows;
    out->excluded_item_count = items.count;
    out->excluded_categories = categories.rows;
    out->excluded_category_count = categories.count;
}

static void set_bounds(const struct case_match *match, struct book_source_selector *out)
{
    out->has_price_min = match->price_min != CASE_ABSENT;
    out->price_min_minor = case_or(match->price_min, 0);
    out->has_price_max = match->price_max != CASE_ABSENT;
    out->price_max_minor = case_or(match->price_max, 0);
    out->not_reduced = match->not_reduced == 1;
}

static bool select_simple(struct case_run *run, const char *where, const json_t *json,
                          struct book_source_selector *out)
{
    struct case_match match;
    *out = (struct book_source_selector){.everything = true};
    if (json == NULL)
        return true;
    case_read_match(run, where, json, &match);
    if (json_array_size(match.any) == 0 && match.any != NULL)
        case_fault(run, "%s: \"any\" is empty", where);
    if (!case_is_sound(run) || !is_simple(run, &match))
        return false;
    select_names(run, &match, out);
    except_names(run, &match, out);
    set_bounds(&match, out);
    return true;
}

struct book_source_selector case_selector(struct case_run *run, const char *where, const json_t *match)
{
    struct book_source_selector selector;
    if (!select_simple(run, where, match, &selector))
        case_fault(run, "%s: such a match can be a rule's own, but not here", where);
    return selector;
}

void case_target(struct case_book *book, const char *where, const json_t *match,
                 struct book_source_offer *offer)
{
    if (select_simple(book->run, where, match, &offer->target) || !case_is_sound(book->run))
        return;
    offer->target = (struct book_source_selector){.everything = true};
    offer->line_condition = case_line_program(book->run, match);
}

/* ---- conditions */

struct condition_words {
    int64_t min_qty, max_qty, min_line_qty, min_amount, max_amount, order_number, every_order, sale_only;
    const json_t *contains, *customer_group, *of;
    const char *on, *tax_mode, *tier, *channel;
};

static const struct case_word condition_words[] = {
    CASE_MAY("min_qty|min_quantity", CASE_QUANTITY, offsetof(struct condition_words, min_qty)),
    CASE_MAY("max_qty|max_quantity", CASE_QUANTITY, offsetof(struct condition_words, max_qty)),
    CASE_MAY("min_line_qty|min_line_quantity", CASE_QUANTITY, offsetof(struct condition_words, min_line_qty)),
    CASE_MAY("min_amount", CASE_NUMBER, offsetof(struct condition_words, min_amount)),
    CASE_MAY("max_amount", CASE_NUMBER, offsetof(struct condition_words, max_amount)),
    CASE_MAY("contains", CASE_OBJECT, offsetof(struct condition_words, contains)),
    CASE_MAY("customer_group|customer_groups|segment", CASE_ANY,
             offsetof(struct condition_words, customer_group)),
    CASE_MAY("order_number|nth_order", CASE_NUMBER, offsetof(struct condition_words, order_number)),
    CASE_MAY("every_nth_order|order_every", CASE_NUMBER, offsetof(struct condition_words, every_order)),
    CASE_MAY("sale_only", CASE_FLAG, offsetof(struct condition_words, sale_only)),
    CASE_MAY("of", CASE_OBJECT, offsetof(struct condition_words, of)),
    CASE_MAY("on", CASE_TEXT, offsetof(struct condition_words, on)),
    CASE_MAY("tax_mode", CASE_TEXT, offsetof(struct condition_words, tax_mode)),
};

static const struct case_choice bases[] = {{"running", BOOK_RUNNING}, {"initial", BOOK_INITIAL}};
static const struct case_choice tax_modes[] = {{"net_of_included_tax|net", true}, {"as_priced|gross", false}};

/* Of one condition object: what its numbers are compared with. */
static struct book_source_condition base_of(struct case_book *book, const char *where,
                                            const struct condition_words *words)
{
    struct case_run *run = book->run;
    /* "contains" and a bound side by side: the bound is of what is contained. */
    const json_t *of = words->of != NULL ? words->of : words->contains;
    return (struct book_source_condition){
        .base = (enum book_base)case_choose(run, "on", words->on, bases, COUNT_OF(bases),
                                            (int)book->modes.conditions_on),
        .amount_net_of_tax =
            case_choose(run, "tax_mode", words->tax_mode, tax_modes, COUNT_OF(tax_modes), false),
        .of = case_selector(run, where, of)};
}

static void add_bound(struct case_book *book, struct book_source_offer *offer,
                      const struct book_source_condition *base, enum book_condition_kind kind, int64_t value)
{
    struct book_source_condition condition = *base;
    condition.kind = kind;
    condition.value = value;
    if (value != CASE_ABSENT)
        case_add_condition(book, offer, &condition);
}

/* One group is a condition beside whatever audience there is; of several any will do, which is an audience. */
void case_groups(struct case_book *book, const char *where, const json_t *groups,
                 struct book_source_offer *offer)
{
    struct case_run *run = book->run;
    const json_t *one =
        json_is_array(groups) && json_array_size(groups) == 1 ? json_array_get(groups, 0) : groups;
    if (json_is_string(one)) {
        struct book_source_condition condition = {.kind = BOOK_IN_SEGMENT,
                                                  .of = {.everything = true},
                                                  .segment = span_of_text(json_string_value(one))};
        case_add_condition(book, offer, &condition);
        return;
    }
    struct names names = {.rows = case_take(run, CASE_NAMES_MAX, sizeof(struct span))};
    add_names(run, &names, groups);
    if (offer->audience != BOOK_ANYONE || names.count == 0)
        case_fault(run, "%s: only one list of groups can be asked for", where);
    offer->audience = BOOK_SEGMENT;
    offer->who = names.rows;
    offer->who_count = names.count;
}

/* Returned lines never count towards a condition: "sale_only" alone asks for one line that is sold. */
static void add_sale_only(struct case_book *book, const char *where, struct book_source_offer *offer,
                          const struct condition_words *words)
{
    struct book_source_condition any_sale = {
        .kind = BOOK_CONTAINS, .of = {.everything = true}, .value = UNIT_MILLI};
    if (words->sale_only == 0)
        case_fault(book->run, "%s: returned lines never count, \"sale_only\": false cannot be had", where);
    else if (words->sale_only == 1)
        case_add_condition(book, offer, &any_sale);
}

static void add_contains(struct case_book *book, const char *where, struct book_source_offer *offer,
                         const json_t *contains)
{
    struct book_source_condition condition = {.kind = BOOK_CONTAINS, .value = UNIT_MILLI};
    if (select_simple(book->run, where, contains, &condition.of))
        case_add_condition(book, offer, &condition);
    else if (case_is_sound(book->run) && offer->condition.size == 0)
        offer->condition = case_contains_program(book->run, contains);
    else
        case_fault(book->run, "%s: two such matches cannot be asked for", where);
}

static void add_condition(struct case_book *book, const char *where, const json_t *json,
                          struct book_source_offer *offer)
{
    struct condition_words words;
    case_read(book->run, where, json, condition_words, COUNT_OF(condition_words), &words, NULL);
    if (!case_is_sound(book->run))
        return;
    if (words.contains != NULL)
        add_contains(book, where, offer, words.contains);
    if (words.customer_group != NULL)
        case_groups(book, where, words.customer_group, offer);
    add_sale_only(book, where, offer, &words);
    struct book_source_condition base = {.of = {.everything = true}};
    bool has_bound = words.min_qty != CASE_ABSENT || words.max_qty != CASE_ABSENT ||
                     words.min_line_qty != CASE_ABSENT || words.min_amount != CASE_ABSENT ||
                     words.max_amount != CASE_ABSENT;
    if (has_bound)
        base = base_of(book, where, &words);
    else if (words.of != NULL || words.on != NULL || words.tax_mode != NULL)
        case_fault(book->run, "%s: it says of what, but not how much", where);
    add_bound(book, offer, &base, BOOK_MIN_QUANTITY, words.min_qty);
    add_bound(book, offer, &base, BOOK_MAX_QUANTITY, words.max_qty);
    add_bound(book, offer, &base, BOOK_MIN_LINE_QUANTITY, words.min_line_qty);
    add_bound(book, offer, &base, BOOK_MIN_AMOUNT, words.min_amount);
    add_bound(book, offer, &base, BOOK_MAX_AMOUNT, words.max_amount);
    add_bound(book, offer, &base, BOOK_VISIT_NUMBER, words.order_number);
    add_bound(book, offer, &base, BOOK_VISIT_EVERY, words.every_order);
}

void case_conditions(struct case_book *book, const char *where, const json_t *list,
                     struct book_source_offer *offer)
{
    size_t i;
    json_t *item;
    if (json_is_object(list)) {
        add_condition(book, where, list, offer);
        return;
    }
    json_array_foreach((json_t *)(uintptr_t)list, i, item) add_condition(book, where, item, offer);
}
