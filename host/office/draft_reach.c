/* SPDX-License-Identifier: Apache-2.0 */
/* Offers that another one always keeps from being given, or always outdoes. Only what is plain is found: the
 * other one asks nothing that this one does not ask too, and shuts it out by being exclusive, by the mode of
 * their lane, or by a group that both are in. */
#include <stdlib.h>

#include "office/draft_sense.h"

#define RUN_MAX 500 /* offers on the same lines of one lane that are held against one another */

/* ---- whether whoever gets b could have got a */

static bool has_all(struct form_texts many, struct form_texts few)
{
    for (uint32_t i = 0; i < few.count; i++) {
        bool is_there = false;
        for (uint32_t j = 0; j < many.count && !is_there; j++)
            is_there = span_is_equal(many.rows[j], few.rows[i]);
        if (!is_there)
            return false;
    }
    return true;
}

static bool is_same(struct form_texts a, struct form_texts b)
{
    return a.count == b.count && has_all(a, b);
}

static bool covers_shoppers(const struct draft_offer *a, const struct draft_offer *b)
{
    bool is_plain = a->consent == BOOK_NO_CONSENT && a->holdout_bp == 0;
    if (!is_plain)
        return false;
    if (a->audience == BOOK_ANYONE || (a->audience == BOOK_ANY_MEMBER && b->audience != BOOK_ANYONE))
        return true;
    return a->audience == b->audience && has_all(a->who, b->who);
}

static bool covers_time(const struct draft_sense *sense, const struct draft_offer *a,
                        const struct draft_offer *b)
{
    int64_t valid = sense->book->valid_from_day;
    int64_t from = b->from_day > valid ? b->from_day : valid;
    return a->from_day <= from && a->until_day >= b->until_day && (b->weekdays & ~a->weekdays) == 0 &&
           a->hour_count == 0;
}

static bool covers_place(const struct draft_offer *a, const struct draft_offer *b)
{
    return (a->stores.count == 0 || (b->stores.count > 0 && has_all(a->stores, b->stores))) &&
           (a->channels.count == 0 || (b->channels.count > 0 && has_all(a->channels, b->channels)));
}

static bool asks_nothing(const struct draft_selector *what)
{
    return what->min_quantity_milli == DRAFT_ABSENT && what->max_quantity_milli == DRAFT_ABSENT &&
           what->min_line_quantity_milli == DRAFT_ABSENT && what->min_amount_minor == DRAFT_ABSENT &&
           what->max_amount_minor == DRAFT_ABSENT && what->contains == 0 && what->condition.text.size == 0 &&
           what->price_from_minor == DRAFT_ABSENT && what->price_until_minor == DRAFT_ABSENT &&
           what->not_reduced == 0;
}

static bool is_whole_basket(const struct draft_selector *what)
{
    return what->basket != 0 && what->except.items.count == 0 && what->except.categories.count == 0;
}

static bool covers_lines(const struct draft_selector *a, const struct draft_selector *b)
{
    if (!asks_nothing(a))
        return false;
    return is_whole_basket(a) ||
           (a->basket == b->basket && is_same(a->of.items, b->of.items) &&
            is_same(a->of.categories, b->of.categories) && is_same(a->except.items, b->except.items) &&
            is_same(a->except.categories, b->except.categories));
}

static bool is_conditional(const struct draft_offer *offer)
{
    return offer->need_count > 0 || offer->coupons.count > 0 || offer->limit_count > 0 ||
           offer->condition.text.size > 0 || offer->excluded_with.count > 0;
}

static bool covers(const struct draft_sense *sense, const struct draft_offer *a, const struct draft_offer *b)
{
    return !is_conditional(a) && covers_shoppers(a, b) && covers_time(sense, a, b) && covers_place(a, b) &&
           covers_lines(&a->what, &b->what);
}

/* Something is given, whenever the lines are there. */
static bool gives_always(const struct draft_offer *offer)
{
    return offer->give.kind == BOOK_PERCENT_OFF || offer->give.kind == BOOK_AMOUNT_OFF;
}

/* ---- whether a, which covers b, shuts it out */

/* The order of evaluation within a step (offers/book.h). */
static bool is_before(const struct draft_offer *a, const struct draft_offer *b)
{
    if (a->lane_index != b->lane_index)
        return a->lane_index < b->lane_index;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return form_compare_spans(&a->id, &b->id) < 0;
}

static bool is_same_step(const struct draft_offer *a, const struct draft_offer *b)
{
    return draft_step_of(a) == draft_step_of(b);
}

static bool is_bounded(const struct draft_give *give)
{
    return give->max_amount_minor > 0 || give->max_units > 0;
}

/* Line by line a takes off at least as much as b. */
static bool outdoes(const struct draft_offer *a, const struct draft_offer *b)
{
    bool is_alike = a->give.kind == b->give.kind && draft_scope_of(a) == draft_scope_of(b) &&
                    a->give.percent_of == b->give.percent_of && !is_bounded(&a->give);
    if (!is_alike || draft_scope_of(a) == BOOK_TOGETHER)
        return false;
    int64_t of_a = a->give.kind == BOOK_PERCENT_OFF ? a->give.percent_bp : a->give.amount_minor;
    int64_t of_b = b->give.kind == BOOK_PERCENT_OFF ? b->give.percent_bp : b->give.amount_minor;
    return gives_always(a) && (of_a > of_b || (of_a == of_b && is_before(a, b)));
}

static bool shuts_out_by_lane(const struct draft_sense *sense, const struct draft_offer *a,
                              const struct draft_offer *b)
{
    enum book_lane_mode mode = sense->book->lanes[a->lane_index].mode;
    if (a->lane_index != b->lane_index || !is_same_step(a, b) || !gives_always(a))
        return false;
    if (mode == BOOK_LANE_BEST_PER_LINE)
        return outdoes(a, b);
    if (mode == BOOK_LANE_EXCLUSIVE)
        return is_before(a, b);
    return mode == BOOK_LANE_HIGHEST_PRIORITY && a->priority > b->priority;
}

static bool shuts_out_alone(const struct draft_offer *a, const struct draft_offer *b)
{
    bool is_discount = draft_step_of(b) > BOOK_STEP_PRICE && draft_step_of(b) < BOOK_STEP_EARN;
    bool in_reach = a->exclusive == BOOK_EXCLUSIVE_IN_BASKET
                        ? is_discount
                        : a->exclusive == BOOK_EXCLUSIVE_IN_STEP && is_same_step(a, b);
    return in_reach && (b->exclusive == BOOK_NOT_EXCLUSIVE || (is_same_step(a, b) && is_before(a, b)));
}

static bool shuts_out_by_group(const struct draft_offer *a, const struct draft_offer *b)
{
    if (a->group_scope != BOOK_GROUP_PER_BASKET || !is_same_step(a, b) || !is_before(a, b) ||
        !gives_always(a))
        return false;
    for (uint32_t i = 0; i < a->groups.count; i++)
        for (uint32_t j = 0; j < b->groups.count; j++)
            if (span_is_equal(a->groups.rows[i], b->groups.rows[j]))
                return true;
    return false;
}

static bool is_shut_out(const struct draft_sense *sense, const struct draft_offer *a,
                        const struct draft_offer *b)
{
    return covers(sense, a, b) &&
           (shuts_out_by_lane(sense, a, b) || shuts_out_alone(a, b) || shuts_out_by_group(a, b));
}

/* ---- which are held against one another */

static void warn_of(const struct draft_sense *sense, uint32_t index, const struct draft_offer *a)
{
    struct draft_path path;
    draft_path_of_offer(sense->root, index, &path);
    bool is_everywhere = is_whole_basket(&a->what) && a->audience == BOOK_ANYONE;
    form_warn(sense->form, &path.offer, "give that one a condition, or take its precedence away",
              "nobody can get it: \"%.*s\" %s", (int)a->id.size, (const char *)a->id.bytes,
              is_everywhere ? "is given on every basket and shuts it out"
                            : "is given whenever this one could be, and shuts it out");
}

/* Offers sorted so that those of one lane on the same lines stand together. */
struct placed {
    uint32_t lane, offer;
    struct span first; /* the first name of its target; empty: the basket */
};

static int compare_placed(const void *left, const void *right)
{
    const struct placed *a = left;
    const struct placed *b = right;
    if (a->lane != b->lane)
        return a->lane < b->lane ? -1 : 1;
    int order = form_compare_spans(&a->first, &b->first);
    return order != 0 ? order : (a->offer > b->offer) - (a->offer < b->offer);
}

static struct span first_name_of(const struct draft_selector *what)
{
    if (what->of.items.count > 0)
        return what->of.items.rows[0];
    return what->of.categories.count > 0 ? what->of.categories.rows[0] : span_of("", 0);
}

/* Against the others of its run; marks what was found, so that nothing is said twice. */
static void check_run(const struct draft_sense *sense, const struct placed *run, size_t count, bool *marks)
{
    size_t checked = count < RUN_MAX ? count : RUN_MAX;
    for (size_t i = 0; i < checked; i++)
        for (size_t j = 0; j < checked && !marks[run[i].offer]; j++)
            if (i != j &&
                is_shut_out(sense, &sense->book->offers[run[j].offer], &sense->book->offers[run[i].offer])) {
                warn_of(sense, run[i].offer, &sense->book->offers[run[j].offer]);
                marks[run[i].offer] = true;
            }
}

static void check_runs(struct draft_sense *sense, bool *marks)
{
    const struct draft_book *book = sense->book;
    struct placed *rows = form_take(sense->form, book->offer_count, sizeof(*rows));
    if (rows == NULL || book->offer_count == 0)
        return;
    for (uint32_t i = 0; i < book->offer_count; i++)
        rows[i] = (struct placed){book->offers[i].lane_index, i, first_name_of(&book->offers[i].what)};
    qsort(rows, book->offer_count, sizeof(*rows), compare_placed);
    for (size_t first = 0, i = 1; i <= book->offer_count; i++) {
        bool is_end = i == book->offer_count || rows[i].lane != rows[first].lane ||
                      !span_is_equal(rows[i].first, rows[first].first);
        if (!is_end)
            continue;
        check_run(sense, rows + first, i - first, marks);
        first = i;
    }
}

/* An offer on every basket can shut out whatever there is: it is held against all of them. */
static void check_basket_wide(struct draft_sense *sense, bool *marks)
{
    const struct draft_book *book = sense->book;
    uint32_t held = 0;
    for (uint32_t i = 0; i < book->offer_count && held < RUN_MAX; i++) {
        const struct draft_offer *a = &book->offers[i];
        bool is_alone = a->exclusive != BOOK_NOT_EXCLUSIVE ||
                        book->lanes[a->lane_index].mode != BOOK_LANE_ALL || a->groups.count > 0;
        if (!is_alone || !is_whole_basket(&a->what))
            continue;
        held++;
        for (uint32_t j = 0; j < book->offer_count; j++) {
            if (j == i || marks[j] || !is_shut_out(sense, a, &book->offers[j]))
                continue;
            warn_of(sense, j, a);
            marks[j] = true;
        }
    }
}

void draft_check_reach(struct draft_sense *sense)
{
    bool *marks = form_take(sense->form, sense->book->offer_count, sizeof(*marks));
    if (marks == NULL || sense->book->lane_count == 0)
        return;
    check_basket_wide(sense, marks);
    check_runs(sense, marks);
}
