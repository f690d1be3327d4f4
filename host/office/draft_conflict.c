/* SPDX-License-Identifier: Apache-2.0 */
/* Contradictions within an offer: bounds that cross, days that never come, needs that no basket and no member
 * meets. What makes it impossible is an error where it can only be a slip, else a warning. */
#include "base/civil.h"
#include "office/draft_sense.h"

#define NOBODY "nobody can get it: "

static bool is_crossed(int64_t least, int64_t most)
{
    return least != DRAFT_ABSENT && most != DRAFT_ABSENT && least > most;
}

/* No exception may name what is included by the same word: one of the two is a slip. */
static void check_both(struct draft_sense *sense, const struct form_node *except, const char *key,
                       struct form_texts in, struct form_texts out)
{
    struct form_node list = form_member(except, key);
    for (uint32_t i = 0; i < out.count; i++) {
        bool is_in = false;
        for (uint32_t j = 0; j < in.count; j++)
            is_in |= span_is_equal(in.rows[j], out.rows[i]);
        if (!is_in)
            continue;
        struct form_node item = form_item(&list, i);
        form_complain(sense->form, &item, "remove it from one of the two",
                      "\"%.*s\" is both included and excluded", (int)out.rows[i].size,
                      (const char *)out.rows[i].bytes);
    }
}

static void check_selector(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_selector *selector)
{
    if (!selector->is_there || !json_is_object(node->json))
        return;
    struct form_node except = form_member(node, "except");
    struct form_node price = form_member(node, "price");
    check_both(sense, &except, "items", selector->of.items, selector->except.items);
    check_both(sense, &except, "categories", selector->of.categories, selector->except.categories);
    const struct {
        int64_t least, most;
        const struct form_node *at;
        const char *what;
    } rows[] = {
        {selector->min_quantity_milli, selector->max_quantity_milli, node,
         "\"min_quantity\" is above \"max_quantity\": no basket fits"},
        {selector->min_line_quantity_milli, selector->max_quantity_milli, node,
         "\"min_line_quantity\" is above \"max_quantity\": no basket fits"},
        {selector->min_amount_minor, selector->max_amount_minor, node,
         "\"min_amount\" is above \"max_amount\": no basket fits"},
        {selector->price_from_minor, selector->price_until_minor, &price,
         "\"from\" is above \"until\": no price fits"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (is_crossed(rows[i].least, rows[i].most))
            form_complain(sense->form, rows[i].at, "swap the two, or leave one out", "%s", rows[i].what);
}

/* Whether any day from..until is one of the weekdays. */
static bool has_weekday(int64_t from, int64_t until, int64_t weekdays)
{
    if (until - from >= 6)
        return true;
    for (int64_t day = from; day <= until; day++)
        if ((weekdays >> (civil_weekday_of((int32_t)day) - 1) & 1) != 0)
            return true;
    return false;
}

static void check_days(struct draft_sense *sense, const struct form_node *node,
                       const struct draft_offer *offer)
{
    struct form_node when = form_member(node, "when");
    if (when.json == NULL)
        return;
    if (offer->from_day > offer->until_day) {
        char from[11], until[11];
        civil_format_day((int32_t)offer->from_day, from);
        civil_format_day((int32_t)offer->until_day, until);
        form_complain(sense->form, &when, "swap the two", "it ends (%s) before it begins (%s)", until, from);
        return;
    }
    if (offer->until_day < sense->book->valid_from_day)
        form_warn(sense->form, &when, "remove the offer, or move its end",
                  NOBODY "it ends before the book is in force");
    else if (sense->today != BOOK_DAY_FIRST && offer->until_day < sense->today)
        form_warn(sense->form, &when, "remove the offer, or move its end", NOBODY "its last day is over");
    bool is_bounded = offer->from_day != BOOK_DAY_FIRST && offer->until_day != BOOK_DAY_LAST;
    if (is_bounded && !has_weekday(offer->from_day, offer->until_day, offer->weekdays))
        form_complain(sense->form, &when, "change the weekdays or the dates",
                      NOBODY "no day between its dates is one of its weekdays");
}

/* ---- needs against one another */

static bool is_same_list(struct form_texts a, struct form_texts b)
{
    if (a.count != b.count)
        return false;
    for (uint32_t i = 0; i < a.count; i++)
        if (!span_is_equal(a.rows[i], b.rows[i]))
            return false;
    return true;
}

static bool is_same_goods(const struct draft_selector *a, const struct draft_selector *b)
{
    return a->basket == b->basket && is_same_list(a->of.items, b->of.items) &&
           is_same_list(a->of.categories, b->of.categories) &&
           is_same_list(a->except.items, b->except.items) &&
           is_same_list(a->except.categories, b->except.categories) &&
           a->price_from_minor == b->price_from_minor && a->price_until_minor == b->price_until_minor &&
           a->not_reduced == b->not_reduced;
}

static bool is_same_counting(const struct draft_selector *a, const struct draft_selector *b)
{
    return a->counted == b->counted && a->net_of_tax == b->net_of_tax;
}

static bool contradicts(const struct draft_selector *a, const struct draft_selector *b)
{
    if (a->is_of_member != b->is_of_member)
        return false;
    if (a->is_of_member)
        return a->visit_number > 0 && ((b->visit_number > 0 && b->visit_number != a->visit_number) ||
                                       (b->visit_every > 0 && a->visit_number % b->visit_every != 0));
    if (!is_same_goods(a, b))
        return false;
    return is_crossed(a->min_quantity_milli, b->max_quantity_milli) ||
           is_crossed(a->min_line_quantity_milli, b->max_quantity_milli) ||
           (is_same_counting(a, b) && is_crossed(a->min_amount_minor, b->max_amount_minor));
}

static void check_needs(struct draft_sense *sense, const struct form_node *node,
                        const struct draft_offer *offer)
{
    struct form_node needs = form_member(node, "needs");
    for (uint32_t i = 0; i < offer->need_count; i++) {
        const struct draft_selector *need = &offer->needs[i];
        struct form_node item = form_item(&needs, i);
        check_selector(sense, &item, need);
        if (need->visit_number > 0 && need->visit_every > 0 && need->visit_number % need->visit_every != 0)
            form_complain(sense->form, &item, "leave one of the two out",
                          NOBODY "\"visit_number\" is no multiple of \"visit_every\"");
        if (!need->is_of_member && (contradicts(&offer->what, need) || contradicts(need, &offer->what)))
            form_complain(sense->form, &item, "it and \"what\" bound the same lines: change one of the two",
                          NOBODY "this need and \"what\" contradict each other");
        for (uint32_t j = 0; j < i; j++)
            if (contradicts(&offer->needs[j], need) || contradicts(need, &offer->needs[j]))
                form_complain(sense->form, &item, "change one of the two",
                              NOBODY "this need and needs[%u] contradict each other", j);
    }
}

/* ---- whom it is for */

static void check_audience(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_offer *offer)
{
    struct form_node audience = form_member(node, "audience");
    struct form_node experiment = form_member(node, "experiment");
    const char *because = NULL;
    if (offer->consent != BOOK_NO_CONSENT)
        because = "\"consent\"";
    else if (offer->experiment.size > 0)
        because = "\"experiment\"";
    for (uint32_t i = 0; i < offer->need_count; i++)
        because = offer->needs[i].is_of_member ? "a need of the member" : because;
    for (uint32_t i = 0; i < offer->limit_count; i++)
        because = offer->limits[i].per == BOOK_PER_MEMBER ? "a limit per member" : because;
    if (offer->audience == BOOK_ANYONE && because != NULL)
        form_warn(sense->form, &audience, "write \"member\"",
                  "it says anyone, and %s makes it one for members alone", because);
    if (offer->holdout_bp == BOOK_PERCENT_MAX_BP)
        form_warn(sense->form, &experiment, "hold out a part of the members: \"10\"",
                  NOBODY "the experiment holds out every member");
}

/* ---- limits */

static void check_limits(struct draft_sense *sense, const struct form_node *node,
                         const struct draft_offer *offer)
{
    struct form_node limits = form_member(node, "limits");
    for (uint32_t i = 0; i < offer->limit_count; i++) {
        const struct draft_limit *limit = &offer->limits[i];
        struct form_node item = form_item(&limits, i);
        if (limit->what == BOOK_LIMIT_USES && limit->per == BOOK_PER_LINE)
            form_complain(sense->form, &item, "count \"units\" or \"amount\", or write \"per\": \"basket\"",
                          "an offer is used once a receipt: uses cannot be counted line by line");
        for (uint32_t j = 0; j < i; j++)
            if (offer->limits[j].what == limit->what && offer->limits[j].per == limit->per &&
                offer->limits[j].period == limit->period)
                form_warn(sense->form, &item, "keep the smaller one", "limits[%u] bounds the same", j);
        bool is_once = limit->partial == 0 && limit->what == BOOK_LIMIT_AMOUNT &&
                       draft_scope_of(offer) == BOOK_TOGETHER && offer->give.kind == BOOK_AMOUNT_OFF;
        if (is_once && limit->most < offer->give.amount_minor)
            form_warn(sense->form, &item, "raise it, or add \"partial\": true",
                      NOBODY "what it takes off at once is above this limit");
    }
}

static void check_stacking_words(struct draft_sense *sense, const struct form_node *node,
                                 const struct draft_offer *offer)
{
    struct form_node scope = form_member(node, "group_scope");
    if (scope.json != NULL && offer->groups.count == 0)
        form_complain(sense->form, &scope, "add \"group\": [\"...\"]",
                      "\"group_scope\" says how far a group reaches, and no \"group\" is named");
}

void draft_check_conflicts(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_offer *offer)
{
    struct form_node what = form_member(node, "what");
    struct form_node give = form_member(node, "give");
    struct form_node of = form_member(&give, "of");
    struct form_node parts = form_member(&give, "parts");
    check_selector(sense, &what, &offer->what);
    check_selector(sense, &of, &offer->give.of);
    for (uint32_t i = 0; i < offer->give.part_count; i++) {
        struct form_node part = form_item(&parts, i);
        check_selector(sense, &part, &offer->give.parts[i]);
    }
    check_days(sense, node, offer);
    check_needs(sense, node, offer);
    check_audience(sense, node, offer);
    check_limits(sense, node, offer);
    check_stacking_words(sense, node, offer);
}
