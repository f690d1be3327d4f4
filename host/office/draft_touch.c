/* SPDX-License-Identifier: Apache-2.0 */
/* Which offers fall on an article, by the names in their targets: an index, so that a large catalogue against a
 * large book costs no product of the two. */
#include <stdlib.h>

#include "office/draft_sense.h"

static bool holds(struct form_texts texts, struct span text)
{
    for (uint32_t i = 0; i < texts.count; i++)
        if (span_is_equal(texts.rows[i], text))
            return true;
    return false;
}

static bool names_good(const struct draft_goods *goods, const struct draft_good *good)
{
    if (good->sku.size > 0 && holds(goods->items, good->sku))
        return true;
    for (uint32_t i = 0; i < good->categories.count; i++)
        if (holds(goods->categories, good->categories.rows[i]))
            return true;
    return false;
}

bool draft_falls_on(const struct draft_selector *what, const struct draft_good *good)
{
    if ((what->basket == 0 && !names_good(&what->of, good)) || names_good(&what->except, good))
        return false;
    if (good->price_minor == DRAFT_ABSENT)
        return true;
    return (what->price_from_minor == DRAFT_ABSENT || good->price_minor >= what->price_from_minor) &&
           (what->price_until_minor == DRAFT_ABSENT || good->price_minor <= what->price_until_minor);
}

struct span draft_good_name(const struct draft_good *good)
{
    if (good->sku.size > 0)
        return good->sku;
    return good->categories.count > 0 ? good->categories.rows[0] : span_of_text("anything");
}

struct draft_good draft_good_of(const struct draft_item *item)
{
    return (struct draft_good){item->sku, item->categories, item->price_minor, item->cost_minor};
}

/* ---- the index */

static int compare_touches(const void *left, const void *right)
{
    const struct draft_touch *a = left;
    const struct draft_touch *b = right;
    int order = form_compare_spans(&a->name, &b->name);
    return order != 0 ? order : (a->offer > b->offer) - (a->offer < b->offer);
}

static struct form_texts names_of(const struct draft_offer *offer, bool is_item)
{
    return is_item ? offer->what.of.items : offer->what.of.categories;
}

static void add_touches(const struct draft_sense *sense, draft_wanted *is_wanted, bool is_item,
                        struct draft_touches *out)
{
    const struct draft_book *book = sense->book;
    size_t count = 0;
    for (uint32_t i = 0; i < book->offer_count; i++)
        count += is_wanted(&book->offers[i]) ? names_of(&book->offers[i], is_item).count : 0;
    out->rows = form_take(sense->form, count, sizeof(*out->rows));
    for (uint32_t i = 0; out->rows != NULL && i < book->offer_count; i++) {
        struct form_texts names = names_of(&book->offers[i], is_item);
        for (uint32_t j = 0; is_wanted(&book->offers[i]) && j < names.count; j++)
            out->rows[out->count++] = (struct draft_touch){names.rows[j], i};
    }
    if (out->count > 1)
        qsort(out->rows, out->count, sizeof(*out->rows), compare_touches);
}

void draft_index_build(const struct draft_sense *sense, draft_wanted *is_wanted, struct draft_index *out)
{
    const struct draft_book *book = sense->book;
    *out = (struct draft_index){0};
    add_touches(sense, is_wanted, true, &out->items);
    add_touches(sense, is_wanted, false, &out->categories);
    out->wide = form_take(sense->form, book->offer_count, sizeof(*out->wide));
    for (uint32_t i = 0; out->wide != NULL && i < book->offer_count; i++)
        if (book->offers[i].what.basket != 0 && is_wanted(&book->offers[i]))
            out->wide[out->wide_count++] = i;
}

static size_t first_of(const struct draft_touches *touches, struct span name)
{
    size_t low = 0;
    size_t high = touches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (form_compare_spans(&touches->rows[middle].name, &name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool visit_named(const struct draft_sense *sense, const struct draft_touches *touches,
                        struct span name, const struct draft_good *good, draft_visit *visit, void *context)
{
    for (size_t i = first_of(touches, name); i < touches->count && span_is_equal(touches->rows[i].name, name);
         i++) {
        const struct draft_offer *offer = &sense->book->offers[touches->rows[i].offer];
        if (draft_falls_on(&offer->what, good) && !visit(context, offer))
            return false;
    }
    return true;
}

void draft_index_visit(const struct draft_sense *sense, const struct draft_index *index,
                       const struct draft_good *good, draft_visit *visit, void *context)
{
    if (good->sku.size > 0 && !visit_named(sense, &index->items, good->sku, good, visit, context))
        return;
    for (uint32_t i = 0; i < good->categories.count; i++)
        if (!visit_named(sense, &index->categories, good->categories.rows[i], good, visit, context))
            return;
    for (size_t i = 0; i < index->wide_count; i++) {
        const struct draft_offer *offer = &sense->book->offers[index->wide[i]];
        if (draft_falls_on(&offer->what, good) && !visit(context, offer))
            return;
    }
}
