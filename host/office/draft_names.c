/* SPDX-License-Identifier: Apache-2.0 */
/* That what an offer names is there: categories, segments, tiers, stores, coupons, stamp cards, articles, lanes,
 * other offers. Where the book gives no list of a kind, everything of that kind is taken. */
#include <stdio.h>
#include <stdlib.h>

#include "base/likeness.h"
#include "office/draft_sense.h"

static bool holds(struct form_texts sorted, struct span text)
{
    return bsearch(&text, sorted.rows, sorted.count, sizeof(text), form_compare_spans) != NULL;
}

static struct likeness likeness_among(struct form_texts known, struct span text)
{
    struct likeness likeness = likeness_of(text);
    for (uint32_t i = 0; i < known.count; i++)
        likeness_try(&likeness, known.rows[i]);
    return likeness;
}

/* Complains of the text at `item`, if the book gives a list that does not have it. */
static void check_one(struct draft_sense *sense, const struct form_node *item, struct span text,
                      struct form_texts known, const char *list)
{
    if (known.count == 0 || text.size == 0 || holds(known, text))
        return;
    struct likeness likeness = likeness_among(known, text);
    char otherwise[FORM_HINT_SIZE], hint[FORM_HINT_SIZE];
    snprintf(otherwise, sizeof(otherwise), "add it to \"%s\" at the head of the book, if it is meant", list);
    form_hint(&likeness, otherwise, hint);
    form_complain(sense->form, item, hint, "the book's \"%s\" have no \"%.*s\"", list, (int)text.size,
                  (const char *)text.bytes);
}

static void check_known(struct draft_sense *sense, const struct form_node *node, struct form_texts texts,
                        struct form_texts known, const char *list)
{
    for (uint32_t i = 0; i < texts.count; i++) {
        struct form_node item = form_item(node, i);
        check_one(sense, &item, texts.rows[i], known, list);
    }
}

/* The catalogue is a help, no law: what it lacks is warned of. */
static void check_sku(struct draft_sense *sense, const struct form_node *node, struct span sku)
{
    if (sense->known.items.count == 0 || sku.size == 0 || holds(sense->known.items, sku))
        return;
    struct likeness likeness = likeness_among(sense->known.items, sku);
    char hint[FORM_HINT_SIZE];
    form_hint(&likeness, "add it to the catalogue, if there is such an article", hint);
    form_warn(sense->form, node, hint, "the catalogue has no article \"%.*s\"", (int)sku.size,
              (const char *)sku.bytes);
}

static void check_goods(struct draft_sense *sense, const struct form_node *node,
                        const struct draft_goods *goods)
{
    struct form_node items = form_member(node, "items");
    struct form_node categories = form_member(node, "categories");
    check_known(sense, &categories, goods->categories, sense->known.categories, "categories");
    for (uint32_t i = 0; i < goods->items.count; i++) {
        struct form_node item = form_item(&items, i);
        check_sku(sense, &item, goods->items.rows[i]);
    }
}

static void check_selector(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_selector *selector)
{
    if (!selector->is_there || !json_is_object(node->json))
        return;
    struct form_node except = form_member(node, "except");
    struct form_node segment = form_member(node, "segment");
    check_goods(sense, node, &selector->of);
    check_goods(sense, &except, &selector->except);
    check_one(sense, &segment, selector->segment, sense->known.segments, "segments");
}

static void check_give(struct draft_sense *sense, const struct form_node *node, const struct draft_give *give)
{
    struct form_node of = form_member(node, "of");
    struct form_node parts = form_member(node, "parts");
    struct form_node item = form_member(node, "item");
    struct form_node card = form_member(node, "card");
    struct form_node series = form_member(node, "series");
    struct form_node reward = form_member(node, "reward");
    check_selector(sense, &of, &give->of);
    for (uint32_t i = 0; i < give->part_count; i++) {
        struct form_node part = form_item(&parts, i);
        check_selector(sense, &part, &give->parts[i]);
    }
    check_sku(sense, &item, give->item);
    if (give->kind == BOOK_STAMPS)
        check_one(sense, &card, give->card, sense->known.stamp_cards, "stamp_cards");
    if (give->kind == BOOK_COUPON)
        check_one(sense, &series, give->card, sense->known.coupons, "coupons");
    check_one(sense, &reward, give->reward, sense->known.coupons, "coupons");
}

static void check_audience(struct draft_sense *sense, const struct form_node *node,
                           const struct draft_offer *offer)
{
    struct form_node audience = form_member(node, "audience");
    struct form_node segments = form_member(&audience, "segments");
    struct form_node tiers = form_member(&audience, "tiers");
    if (offer->audience == BOOK_SEGMENT)
        check_known(sense, &segments, offer->who, sense->known.segments, "segments");
    if (offer->audience == BOOK_TIER)
        check_known(sense, &tiers, offer->who, sense->known.tiers, "tiers");
}

static void check_lane(struct draft_sense *sense, const struct form_node *node, struct draft_offer *offer)
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

static void check_excluded_with(struct draft_sense *sense, const struct form_node *node,
                                const struct draft_offer *offer)
{
    struct form_node list = form_member(node, "excluded_with");
    for (uint32_t i = 0; i < offer->excluded_with.count; i++) {
        struct span id = offer->excluded_with.rows[i];
        struct form_node item = form_item(&list, i);
        if (span_is_equal(id, offer->id))
            form_complain(sense->form, &item, "remove it: it names the offer itself",
                          "an offer cannot be excluded with itself");
        if (holds(sense->known.ids, id))
            continue;
        struct likeness likeness = likeness_among(sense->known.ids, id);
        char hint[FORM_HINT_SIZE];
        form_hint(&likeness, "name an offer of this book by its id", hint);
        form_complain(sense->form, &item, hint, "the book has no offer \"%.*s\"", (int)id.size,
                      (const char *)id.bytes);
    }
}

void draft_check_names(struct draft_sense *sense, const struct form_node *node, struct draft_offer *offer)
{
    struct form_node what = form_member(node, "what");
    struct form_node needs = form_member(node, "needs");
    struct form_node give = form_member(node, "give");
    struct form_node where = form_member(node, "where");
    struct form_node stores = form_member(&where, "stores");
    struct form_node coupon = form_member(node, "coupon");
    check_selector(sense, &what, &offer->what);
    for (uint32_t i = 0; i < offer->need_count; i++) {
        struct form_node need = form_item(&needs, i);
        check_selector(sense, &need, &offer->needs[i]);
    }
    check_give(sense, &give, &offer->give);
    check_known(sense, &stores, offer->stores, sense->known.stores, "stores");
    check_known(sense, &coupon, offer->coupons, sense->known.coupons, "coupons");
    check_audience(sense, node, offer);
    check_lane(sense, node, offer);
    check_excluded_with(sense, node, offer);
}
