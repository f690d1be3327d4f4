/* SPDX-License-Identifier: Apache-2.0 */
/* Offers that another one always keeps from being given. Only what is plain is found: an offer that anyone
 * gets, on all days, in all stores, on every basket, and that is exclusive, or alone in its lane by the
 * lane's mode. */
#include "office/book_draft.h"

struct reach {
    struct form *form;
    const struct form_node *root;
    const struct draft_book *book;
};

static bool is_whole_basket(const struct draft_selector *what)
{
    return what->basket != 0 && what->except.items.count == 0 && what->except.categories.count == 0 &&
           what->min_quantity_milli == DRAFT_ABSENT && what->max_quantity_milli == DRAFT_ABSENT &&
           what->min_amount_minor == DRAFT_ABSENT;
}

/* Every basket gets it, as long as its dates last. */
static bool is_for_all(const struct draft_offer *offer)
{
    bool is_always = offer->weekdays == BOOK_WEEKDAYS_ALL && offer->hour_count == 0;
    bool is_simple = offer->give.kind == BOOK_PERCENT_OFF || offer->give.kind == BOOK_AMOUNT_OFF ||
                     offer->give.kind == BOOK_POINTS_PER_SPEND;
    return offer->audience == BOOK_ANYONE && is_always && offer->stores.count == 0 &&
           offer->need_count == 0 && is_simple && is_whole_basket(&offer->what);
}

static bool outlasts(const struct reach *reach, const struct draft_offer *all,
                     const struct draft_offer *other)
{
    int64_t from =
        other->from_day > reach->book->valid_from_day ? other->from_day : reach->book->valid_from_day;
    return all->from_day <= from && all->until_day >= other->until_day;
}

/* The order of evaluation within a step (offers/book.h). */
static bool is_before(const struct draft_offer *a, const struct draft_offer *b)
{
    if (a->lane_index != b->lane_index)
        return a->lane_index < b->lane_index;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return form_compare_spans(&a->id, &b->id) < 0;
}

static bool shuts_out_by_lane(const struct reach *reach, const struct draft_offer *all,
                              const struct draft_offer *other)
{
    enum book_lane_mode mode = reach->book->lanes[all->lane_index].mode;
    if (all->lane_index != other->lane_index || draft_step_of(all) != draft_step_of(other))
        return false;
    if (mode == BOOK_LANE_EXCLUSIVE)
        return is_before(all, other);
    return mode == BOOK_LANE_HIGHEST_PRIORITY && all->priority > other->priority;
}

static bool shuts_out(const struct reach *reach, const struct draft_offer *all,
                      const struct draft_offer *other)
{
    if (!outlasts(reach, all, other))
        return false;
    if (shuts_out_by_lane(reach, all, other))
        return true;
    bool is_discount = draft_step_of(other) < BOOK_STEP_EARN;
    bool in_reach =
        all->exclusive == BOOK_EXCLUSIVE_IN_BASKET
            ? is_discount
            : all->exclusive == BOOK_EXCLUSIVE_IN_STEP && draft_step_of(all) == draft_step_of(other);
    return in_reach && (other->exclusive == BOOK_NOT_EXCLUSIVE ||
                        (draft_step_of(all) == draft_step_of(other) && is_before(all, other)));
}

static void warn_of(const struct reach *reach, uint32_t index, const struct draft_offer *all)
{
    struct draft_path path;
    draft_path_of_offer(reach->root, index, &path);
    form_warn(reach->form, &path.offer, "give that one a condition, or take its exclusivity away",
              "nobody can get it: \"%.*s\" is given on every basket and shuts it out", (int)all->id.size,
              (const char *)all->id.bytes);
}

void draft_check_reach(struct form *form, const struct form_node *root, const struct draft_book *book)
{
    const struct reach reach = {form, root, book};
    for (uint32_t i = 0; i < book->offer_count; i++) {
        const struct draft_offer *all = &book->offers[i];
        bool is_alone =
            all->exclusive != BOOK_NOT_EXCLUSIVE ||
            (book->lane_count > 0 && book->lanes[all->lane_index].mode >= BOOK_LANE_HIGHEST_PRIORITY);
        if (!is_alone || !is_for_all(all))
            continue;
        for (uint32_t j = 0; j < book->offer_count; j++)
            if (j != i && shuts_out(&reach, all, &book->offers[j]))
                warn_of(&reach, j, all);
    }
}
