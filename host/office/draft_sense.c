/* SPDX-License-Identifier: Apache-2.0 */
/* What no schema can say: that the parts of a book agree with one another. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/likeness.h"
#include "office/book_draft.h"

/* The lists that a book may give of what there is; sorted. Empty: everything is allowed. */
struct known {
    struct form_texts categories, segments, tiers, stores;
};

struct sense {
    struct form *form;
    const struct form_node *root;
    struct draft_book *book;
    struct known known;
};

static struct form_texts sorted_copy(struct form *form, struct form_texts texts)
{
    struct span *rows = form_take(form, texts.count, sizeof(*rows));
    if (rows == NULL || texts.count == 0)
        return (struct form_texts){NULL, 0};
    memcpy(rows, texts.rows, texts.count * sizeof(*rows));
    qsort(rows, texts.count, sizeof(*rows), form_compare_spans);
    return (struct form_texts){rows, texts.count};
}

static bool is_known(struct form_texts known, struct span text)
{
    return known.count == 0 ||
           bsearch(&text, known.rows, known.count, sizeof(text), form_compare_spans) != NULL;
}

/* Complains of each text of the list at `node` that the book's list does not have. */
static void check_known(struct sense *sense, const struct form_node *node, struct form_texts texts,
                        struct form_texts known, const char *list)
{
    for (uint32_t i = 0; i < texts.count; i++) {
        if (is_known(known, texts.rows[i]))
            continue;
        struct likeness likeness = likeness_of(texts.rows[i]);
        for (uint32_t j = 0; j < known.count; j++)
            likeness_try(&likeness, known.rows[j]);
        char otherwise[FORM_HINT_SIZE], hint[FORM_HINT_SIZE];
        snprintf(otherwise, sizeof(otherwise), "add it to \"%s\" at the head of the book, if it is meant",
                 list);
        form_hint(&likeness, otherwise, hint);
        struct form_node item = form_item(node, i);
        form_complain(sense->form, &item, hint, "the book's \"%s\" have no \"%.*s\"", list,
                      (int)texts.rows[i].size, (const char *)texts.rows[i].bytes);
    }
}

static bool holds(struct form_texts texts, struct span text)
{
    for (uint32_t i = 0; i < texts.count; i++)
        if (span_is_equal(texts.rows[i], text))
            return true;
    return false;
}

/* No exception may name what is included by the same word: one of the two is a slip. */
static void check_both(struct sense *sense, const struct form_node *except, const char *key,
                       struct form_texts in, struct form_texts out)
{
    struct form_node list = form_member(except, key);
    for (uint32_t i = 0; i < out.count; i++) {
        if (!holds(in, out.rows[i]))
            continue;
        struct form_node item = form_item(&list, i);
        form_complain(sense->form, &item, "remove it from one of the two",
                      "\"%.*s\" is both included and excluded", (int)out.rows[i].size,
                      (const char *)out.rows[i].bytes);
    }
}

static void check_selector(struct sense *sense, const struct form_node *node,
                           const struct draft_selector *selector)
{
    if (!selector->is_there || !json_is_object(node->json))
        return;
    struct form_node categories = form_member(node, "categories");
    struct form_node except = form_member(node, "except");
    struct form_node except_categories = form_member(&except, "categories");
    check_known(sense, &categories, selector->of.categories, sense->known.categories, "categories");
    check_known(sense, &except_categories, selector->except.categories, sense->known.categories,
                "categories");
    check_both(sense, &except, "items", selector->of.items, selector->except.items);
    check_both(sense, &except, "categories", selector->of.categories, selector->except.categories);
    if (selector->max_quantity_milli != DRAFT_ABSENT &&
        selector->min_quantity_milli > selector->max_quantity_milli)
        form_complain(sense->form, node, "swap the two, or leave one out",
                      "\"min_quantity\" is above \"max_quantity\": no basket fits");
}

static void check_audience(struct sense *sense, const struct form_node *node, const struct draft_offer *offer)
{
    struct form_node audience = form_member(node, "audience");
    bool is_segment = offer->audience == BOOK_SEGMENT;
    const char *list = is_segment ? "segments" : "tiers";
    struct form_node names = form_member(&audience, list);
    if (offer->who.count > 0)
        check_known(sense, &names, offer->who, is_segment ? sense->known.segments : sense->known.tiers, list);
}

static void check_texts(struct sense *sense, const struct form_node *node, const char *key,
                        struct draft_texts texts)
{
    struct form_node member = form_member(node, key);
    for (uint32_t i = 0; texts.count > 0 && i < sense->book->languages.count; i++) {
        struct span language = sense->book->languages.rows[i];
        bool is_there = false;
        for (uint32_t j = 0; j < texts.count; j++)
            is_there |= span_is_equal(texts.rows[j].language, language);
        if (!is_there)
            form_complain(
                sense->form, &member, "the book's \"languages\" ask for it; a shopper would read another one",
                "\"%s\" has no text in \"%.*s\"", key, (int)language.size, (const char *)language.bytes);
    }
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

static void check_days(struct sense *sense, const struct form_node *node, const struct draft_offer *offer)
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
                  "nobody can get it: it ends before the book is in force");
    bool is_bounded = offer->from_day != BOOK_DAY_FIRST && offer->until_day != BOOK_DAY_LAST;
    if (is_bounded && !has_weekday(offer->from_day, offer->until_day, offer->weekdays))
        form_complain(sense->form, &when, "change the weekdays or the dates",
                      "nobody can get it: no day between its dates is one of its weekdays");
}

static void check_lane(struct sense *sense, const struct form_node *node, struct draft_offer *offer)
{
    if (offer->lane.size == 0)
        return;
    struct likeness likeness = likeness_of(offer->lane);
    for (uint32_t i = 0; i < sense->book->lane_count; i++) {
        offer->lane_index = i;
        if (span_is_equal(sense->book->lanes[i].name, offer->lane))
            return;
        likeness_try(&likeness, sense->book->lanes[i].name);
    }
    char hint[FORM_HINT_SIZE];
    form_hint(&likeness, "add it to \"lanes\" at the head of the book", hint);
    struct form_node lane = form_member(node, "lane");
    offer->lane_index = 0;
    form_complain(sense->form, &lane, hint, "there is no lane \"%.*s\"", (int)offer->lane.size,
                  (const char *)offer->lane.bytes);
}

static void check_give(struct sense *sense, const struct form_node *node, const struct draft_offer *offer)
{
    struct form_node give = form_member(node, "give");
    struct form_node max_amount = form_member(&give, "max_amount");
    if (offer->give.max_amount_minor > 0 && draft_scope_of(offer) != BOOK_TOGETHER)
        form_complain(
            sense->form, &max_amount, "add \"each\": \"together\" beside it",
            "\"max_amount\" bounds a discount on all matching lines together, and this one is given line by "
            "line");
}

static void check_offer(struct sense *sense, uint32_t index)
{
    struct draft_offer *offer = &sense->book->offers[index];
    struct draft_path path;
    draft_path_of_offer(sense->root, index, &path);
    const struct form_node *node = &path.offer;
    if (!json_is_object(node->json))
        return;
    struct form_node what = form_member(node, "what");
    struct form_node needs = form_member(node, "needs");
    struct form_node give = form_member(node, "give");
    struct form_node got = form_member(&give, "of");
    struct form_node where = form_member(node, "where");
    struct form_node stores = form_member(&where, "stores");
    check_selector(sense, &what, &offer->what);
    check_selector(sense, &got, &offer->give.of);
    for (uint32_t i = 0; i < offer->need_count; i++) {
        struct form_node need = form_item(&needs, i);
        check_selector(sense, &need, &offer->needs[i]);
    }
    check_known(sense, &stores, offer->stores, sense->known.stores, "stores");
    check_give(sense, node, offer);
    check_audience(sense, node, offer);
    check_texts(sense, node, "names", offer->names);
    check_texts(sense, node, "messages", offer->messages);
    check_days(sense, node, offer);
    check_lane(sense, node, offer);
}

struct numbered {
    struct span id;
    uint32_t index;
};

static int compare_numbered(const void *left, const void *right)
{
    const struct numbered *a = left;
    const struct numbered *b = right;
    int order = form_compare_spans(&a->id, &b->id);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static void check_ids(struct sense *sense)
{
    uint32_t count = sense->book->offer_count;
    struct numbered *ids = form_take(sense->form, count, sizeof(*ids));
    if (ids == NULL || count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        ids[i] = (struct numbered){sense->book->offers[i].id, i};
    qsort(ids, count, sizeof(*ids), compare_numbered);
    for (uint32_t i = 1; i < count; i++) {
        if (ids[i].id.size == 0 || !span_is_equal(ids[i].id, ids[i - 1].id))
            continue;
        struct draft_path first, second;
        draft_path_of_offer(sense->root, ids[i - 1].index, &first);
        draft_path_of_offer(sense->root, ids[i].index, &second);
        struct form_node id = form_member(&second.offer, "id");
        form_complain(sense->form, &id, "receipts name offers by their id: give this one another",
                      "\"%.*s\" is the id of offers[%u] already", (int)ids[i].id.size,
                      (const char *)ids[i].id.bytes, ids[i - 1].index);
    }
}

/* A multiplier needs something to multiply. */
static void check_multipliers(struct sense *sense)
{
    const struct draft_book *book = sense->book;
    for (uint32_t i = 0; i < book->offer_count; i++)
        if (book->offers[i].give.kind == BOOK_POINTS_PER_SPEND)
            return;
    for (uint32_t i = 0; i < book->offer_count; i++) {
        if (book->offers[i].give.kind != BOOK_POINTS_MULTIPLIER)
            continue;
        struct draft_path path;
        draft_path_of_offer(sense->root, i, &path);
        struct form_node give = form_member(&path.offer, "give");
        form_warn(sense->form, &give, "add an offer of kind points_per_spend",
                  "nobody can get it: no offer of this book gives points that it could multiply");
    }
}

void draft_check_sense(struct form *form, const struct form_node *root, struct draft_book *book)
{
    struct sense sense = {.form = form, .root = root, .book = book};
    sense.known = (struct known){.categories = sorted_copy(form, book->categories),
                                 .segments = sorted_copy(form, book->segments),
                                 .tiers = sorted_copy(form, book->tiers),
                                 .stores = sorted_copy(form, book->stores)};
    for (uint32_t i = 0; i < book->offer_count; i++)
        check_offer(&sense, i);
    check_ids(&sense);
    check_multipliers(&sense);
    draft_check_reach(form, root, book);
}
