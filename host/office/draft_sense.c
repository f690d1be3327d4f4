/* SPDX-License-Identifier: Apache-2.0 */
/* What no schema can say: that the parts of a book agree with one another. */
#include "office/draft_sense.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"

void draft_print_amount(const struct draft_sense *sense, int64_t minor, char out[DRAFT_AMOUNT_SIZE])
{
    unsigned exponent = (unsigned)sense->book->exponent;
    (void)money_format_decimal(minor, exponent, exponent, out);
}

void draft_print_percent(int64_t percent_bp, char out[DRAFT_AMOUNT_SIZE])
{
    (void)money_format_decimal(percent_bp, 2, 0, out);
}

static struct form_texts sorted_copy(struct form *form, struct form_texts texts)
{
    struct span *rows = form_take(form, texts.count, sizeof(*rows));
    if (rows == NULL || texts.count == 0)
        return (struct form_texts){NULL, 0};
    memcpy(rows, texts.rows, texts.count * sizeof(*rows));
    qsort(rows, texts.count, sizeof(*rows), form_compare_spans);
    return (struct form_texts){rows, texts.count};
}

static struct form_texts sorted_skus(struct form *form, const struct draft_items *items)
{
    struct span *rows = form_take(form, items->count, sizeof(*rows));
    for (uint32_t i = 0; rows != NULL && i < items->count; i++)
        rows[i] = items->rows[i].sku;
    return rows == NULL ? (struct form_texts){NULL, 0}
                        : sorted_copy(form, (struct form_texts){rows, items->count});
}

static struct form_texts sorted_ids(struct form *form, const struct draft_book *book)
{
    struct span *rows = form_take(form, book->offer_count, sizeof(*rows));
    for (uint32_t i = 0; rows != NULL && i < book->offer_count; i++)
        rows[i] = book->offers[i].id;
    return rows == NULL ? (struct form_texts){NULL, 0}
                        : sorted_copy(form, (struct form_texts){rows, book->offer_count});
}

static void check_offer(struct draft_sense *sense, uint32_t index)
{
    struct draft_offer *offer = &sense->book->offers[index];
    struct draft_path path;
    draft_path_of_offer(sense->root, index, &path);
    if (!json_is_object(path.offer.json))
        return;
    draft_check_names(sense, &path.offer, offer);
    draft_check_conflicts(sense, &path.offer, offer);
    draft_check_give(sense, &path.offer, offer);
    draft_check_texts(sense, &path.offer, offer);
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

static void check_ids(struct draft_sense *sense)
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

static bool gives_points(const struct draft_offer *offer)
{
    return offer->give.kind == BOOK_POINTS_PER_SPEND || offer->give.kind == BOOK_POINTS_PER_UNIT ||
           offer->give.kind == BOOK_POINTS_PER_VISIT;
}

/* A multiplier needs something to multiply. */
static void check_multipliers(struct draft_sense *sense)
{
    const struct draft_book *book = sense->book;
    for (uint32_t i = 0; i < book->offer_count; i++)
        if (gives_points(&book->offers[i]))
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

void draft_check_sense(struct form *form, const struct form_node *root, struct draft_book *book,
                       const struct draft_terms *terms)
{
    struct draft_sense sense = {
        .form = form, .root = root, .book = book, .items = terms->items, .today = terms->today};
    sense.known = (struct draft_known){.categories = sorted_copy(form, book->categories),
                                       .segments = sorted_copy(form, book->segments),
                                       .tiers = sorted_copy(form, book->tiers),
                                       .stores = sorted_copy(form, book->stores),
                                       .coupons = sorted_copy(form, book->coupons),
                                       .stamp_cards = sorted_copy(form, book->stamp_cards),
                                       .items = sorted_skus(form, terms->items),
                                       .ids = sorted_ids(form, book)};
    if (form->is_out_of_memory)
        return;
    draft_check_programme(&sense);
    for (uint32_t i = 0; i < book->offer_count; i++)
        check_offer(&sense, i);
    check_ids(&sense);
    check_multipliers(&sense);
    draft_check_same_names(&sense);
    draft_check_reach(&sense);
    /* Sums are made of what was read without a fault. */
    if (form->findings->error_count > 0)
        return;
    draft_check_stacking(&sense);
    draft_check_points_worth(&sense);
}
