/* SPDX-License-Identifier: Apache-2.0 */
/* What points are worth against what they are given for: all offers that can give some on one article, and all
 * that multiply them, taken together. */
#include "office/draft_sense.h"

#define RATE_MAX_BP 1000000       /* a hundredfold: beyond it no figure tells more */
#define WORTH_MAX   1000000000000 /* so that no product overflows */

/* The offers that give points or multiply them. */
struct earning {
    const struct draft_offer **offers;
    size_t count;
};

static bool is_multiplier(const struct draft_offer *offer)
{
    return offer->give.kind == BOOK_POINTS_MULTIPLIER;
}

/* What the points of one offer are worth for each amount `out_per`; 0: it gives none on that article. */
static int64_t worth_of(const struct draft_points *rules, const struct draft_offer *offer,
                        const struct draft_good *good, int64_t *out_per)
{
    bool is_per_unit = offer->give.kind == BOOK_POINTS_PER_UNIT;
    if (is_per_unit && good->price_minor <= 0)
        return 0;
    *out_per = is_per_unit ? good->price_minor : offer->give.per_minor;
    int64_t value = rules->burn_value_minor < WORTH_MAX ? rules->burn_value_minor : WORTH_MAX;
    return offer->give.points * value / rules->burn_points;
}

static int64_t capped(int64_t rate_bp)
{
    return rate_bp < RATE_MAX_BP ? rate_bp : RATE_MAX_BP;
}

/* How much of what is spent on it comes back, in basis points; *out_last is the last offer that has a part. */
static int64_t back_bp(const struct draft_sense *sense, const struct earning *earning,
                       const struct draft_good *good, const struct draft_offer **out_last)
{
    int64_t rate_bp = 0;
    int64_t factor_bp = 10000;
    for (size_t i = 0; i < earning->count; i++) {
        const struct draft_offer *offer = earning->offers[i];
        if (!draft_falls_on(&offer->what, good))
            continue;
        int64_t per = 1;
        int64_t worth = is_multiplier(offer) ? 0 : worth_of(&sense->book->points, offer, good, &per);
        if (is_multiplier(offer))
            factor_bp = capped(factor_bp * offer->give.factor_bp / 10000);
        else
            rate_bp = capped(rate_bp + (worth < WORTH_MAX ? worth : WORTH_MAX) * 10000 / per);
        *out_last = offer;
    }
    return rate_bp * factor_bp / 10000;
}

static bool warn_of(struct draft_sense *sense, const struct earning *earning, const struct draft_good *good)
{
    const struct draft_offer *last = NULL;
    int64_t back = back_bp(sense, earning, good, &last);
    if (back < BOOK_PERCENT_MAX_BP || last == NULL)
        return false;
    char percent[DRAFT_AMOUNT_SIZE];
    draft_print_percent(back, percent);
    struct span name = draft_good_name(good);
    struct draft_path path;
    draft_path_of_offer(sense->root, (uint32_t)(last - sense->book->offers), &path);
    struct form_node give = form_member(&path.offer, "give");
    form_warn(sense->form, &give, "give fewer points, or make each worth less (\"points\": {\"burn\"})",
              "the points on %.*s are worth %s %% of its price", (int)name.size, (const char *)name.bytes,
              percent);
    return true;
}

static void gather(struct draft_sense *sense, struct earning *out)
{
    const struct draft_book *book = sense->book;
    out->offers = form_take(sense->form, book->offer_count, sizeof(*out->offers));
    for (uint32_t i = 0; out->offers != NULL && i < book->offer_count; i++) {
        const struct draft_offer *offer = &book->offers[i];
        if (offer->give.kind == BOOK_POINTS_PER_SPEND || offer->give.kind == BOOK_POINTS_PER_UNIT ||
            is_multiplier(offer))
            out->offers[out->count++] = offer;
    }
}

/* The first article is told of: who mends that one checks again. */
void draft_check_points_worth(struct draft_sense *sense)
{
    struct earning earning = {NULL, 0};
    if (sense->book->points.burn_points == 0)
        return;
    gather(sense, &earning);
    const struct draft_good anything = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
    if (earning.count == 0 || warn_of(sense, &earning, &anything))
        return;
    for (uint32_t i = 0; i < sense->items->count; i++) {
        const struct draft_item *item = &sense->items->rows[i];
        const struct draft_good good = {item->sku, item->categories, item->price_minor, item->cost_minor};
        if (warn_of(sense, &earning, &good))
            return;
    }
    for (size_t i = 0; i < earning.count; i++) {
        const struct draft_goods *of = &earning.offers[i]->what.of;
        struct draft_good good = anything;
        if (of->categories.count > 0)
            good.categories = (struct form_texts){of->categories.rows, 1};
        if (of->items.count > 0)
            good.sku = of->items.rows[0];
        if (warn_of(sense, &earning, &good))
            return;
    }
}
