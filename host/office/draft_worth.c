/* SPDX-License-Identifier: Apache-2.0 */
/* What points are worth against what they are given for: all offers that can give some on one article, and all
 * that multiply them, taken together. */
#include "office/draft_sense.h"

#define RATE_MAX_BP 1000000       /* a hundredfold: beyond it no figure tells more */
#define WORTH_MAX   1000000000000 /* so that no product overflows */

#define OFFERS_MAX 64 /* on one article */

/* What the offers that fall on one article add up to. */
struct sum {
    const struct draft_sense *sense;
    const struct draft_good *good;
    const struct draft_offer *seen[OFFERS_MAX];
    size_t count;
    int64_t rate_bp, factor_bp;
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

static bool add(void *context, const struct draft_offer *offer)
{
    struct sum *sum = context;
    for (size_t i = 0; i < sum->count; i++)
        if (sum->seen[i] == offer)
            return true;
    int64_t per = 1;
    int64_t worth = is_multiplier(offer) ? 0 : worth_of(&sum->sense->book->points, offer, sum->good, &per);
    if (is_multiplier(offer))
        sum->factor_bp = capped(sum->factor_bp * offer->give.factor_bp / 10000);
    else
        sum->rate_bp = capped(sum->rate_bp + (worth < WORTH_MAX ? worth : WORTH_MAX) * 10000 / per);
    sum->seen[sum->count++] = offer;
    return sum->count < OFFERS_MAX;
}

/* The warning stands at the offer that comes last of them in the book. */
static bool warn_of(struct draft_sense *sense, const struct draft_index *index, const struct draft_good *good)
{
    struct sum sum = {.sense = sense, .good = good, .factor_bp = 10000};
    draft_index_visit(sense, index, good, add, &sum);
    int64_t back = sum.rate_bp * sum.factor_bp / 10000;
    if (back < BOOK_PERCENT_MAX_BP)
        return false;
    const struct draft_offer *last = sum.seen[0];
    for (size_t i = 1; i < sum.count; i++)
        last = sum.seen[i] > last ? sum.seen[i] : last;
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

static bool is_of_points(const struct draft_offer *offer)
{
    return offer->give.kind == BOOK_POINTS_PER_SPEND || offer->give.kind == BOOK_POINTS_PER_UNIT ||
           is_multiplier(offer);
}

static bool warn_of_named(struct draft_sense *sense, const struct draft_index *index,
                          const struct draft_touches *touches, bool is_item)
{
    for (size_t i = 0; i < touches->count; i++) {
        struct draft_good good = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
        if (i > 0 && span_is_equal(touches->rows[i].name, touches->rows[i - 1].name))
            continue;
        if (is_item)
            good.sku = touches->rows[i].name;
        else
            good.categories = (struct form_texts){&touches->rows[i].name, 1};
        if (warn_of(sense, index, &good))
            return true;
    }
    return false;
}

/* The first article is told of: who mends that one checks again. */
void draft_check_points_worth(struct draft_sense *sense)
{
    struct draft_index index;
    if (sense->book->points.burn_points == 0)
        return;
    draft_index_build(sense, is_of_points, &index);
    const struct draft_good anything = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
    if (sense->form->is_out_of_memory || warn_of(sense, &index, &anything))
        return;
    for (uint32_t i = 0; i < sense->items->count; i++) {
        const struct draft_good good = draft_good_of(&sense->items->rows[i]);
        if (warn_of(sense, &index, &good))
            return;
    }
    if (!warn_of_named(sense, &index, &index.items, true))
        (void)warn_of_named(sense, &index, &index.categories, false);
}
