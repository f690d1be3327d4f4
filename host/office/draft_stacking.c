/* SPDX-License-Identifier: Apache-2.0 */
/* Offers that together take everything off an article, or sell it below cost.
 *
 * Each article of the catalogue is looked at, and each article and category that an offer names, with all offers
 * that can fall on it. Those that may be given together are searched for the combination that leaves least: a
 * search of a bounded number of steps, which on many offers is a good guess. Of a deal over
 * several pieces an article's part is what falls on one piece. What cannot be told from the book (what a
 * condition lets through, how many coupons somebody has) counts as possible: these are warnings. */
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "office/draft_sense.h"

#define TOUCHING_MAX     32 /* offers on one article that are weighed against one another */
#define SEARCH_NODES_MAX 2000
#define SEARCH_NODES_MIN 16     /* that each search may take, whatever the others took */
#define ALL_NODES_MAX    500000 /* of the whole check: some seconds */
#define WARNINGS_MAX     50
#define PRICE_ASSUMED    1000000 /* where no price is known, and percentages alone are looked at */

/* What an offer does to the price of one piece. */
enum effect_kind { EFFECT_NONE, EFFECT_PERCENT, EFFECT_PERCENT_OF_INITIAL, EFFECT_AMOUNT, EFFECT_PRICE };
struct effect {
    enum effect_kind kind;
    int64_t value; /* basis points, minor units */
};

/* A combination: bit i is the i-th touching offer. */
struct search {
    const struct draft_sense *sense;
    const struct draft_good *good;
    const struct draft_offer *offers[TOUCHING_MAX]; /* in the order of evaluation */
    struct effect effects[TOUCHING_MAX];
    bool is_price[TOUCHING_MAX], is_summed[TOUCHING_MAX]; /* a price rule; of a lane that sums percentages */
    uint32_t meets[TOUCHING_MAX];                         /* bit j: may be given together with offer j */
    unsigned count, nodes_left;
    int64_t best_left;
    uint32_t best;
};

struct stacking {
    struct draft_sense *sense;
    struct draft_index index;
    unsigned nodes_left;      /* of all searches together */
    char *told[WARNINGS_MAX]; /* what was said already */
    size_t told_count;
};

/* ---- what one offer does */

static struct effect percent_effect(int64_t percent_bp, int64_t percent_of)
{
    return (struct effect){percent_of == BOOK_INITIAL ? EFFECT_PERCENT_OF_INITIAL : EFFECT_PERCENT,
                           percent_bp};
}

static int64_t highest_step(const struct draft_give *give, int64_t base)
{
    int64_t highest = base;
    for (uint32_t i = 0; i < give->step_count; i++)
        highest = give->steps[i].value > highest ? give->steps[i].value : highest;
    return highest;
}

static struct effect price_effect(const struct draft_give *give)
{
    if (give->percent_bp > 0)
        return (struct effect){EFFECT_PERCENT, give->percent_bp};
    if (give->amount_minor > 0)
        return (struct effect){EFFECT_AMOUNT, give->amount_minor};
    return (struct effect){EFFECT_PRICE, give->price_minor};
}

/* Of a deal over a group: what falls on one of its pieces. */
static struct effect group_effect(const struct draft_give *give, int64_t group, int64_t got)
{
    if (group <= 0)
        return (struct effect){EFFECT_NONE, 0};
    if (give->percent_bp > 0)
        return (struct effect){EFFECT_PERCENT, give->percent_bp * got / group};
    if (give->amount_minor > 0)
        return (struct effect){EFFECT_AMOUNT, give->amount_minor / group};
    return give->price_minor != DRAFT_ABSENT
               ? (struct effect){EFFECT_PRICE, (give->price_minor + group - 1) / group}
               : (struct effect){EFFECT_NONE, 0};
}

static struct effect effect_of(const struct draft_offer *offer)
{
    const struct draft_give *give = &offer->give;
    bool is_alone = draft_scope_of(offer) != BOOK_TOGETHER;
    switch (give->kind) {
    case BOOK_PRICE:
        return price_effect(give);
    case BOOK_PERCENT_OFF:
        return percent_effect(give->percent_bp, give->percent_of);
    case BOOK_TIERED_PERCENT:
        return percent_effect(highest_step(give, give->percent_bp), BOOK_RUNNING);
    case BOOK_AMOUNT_OFF:
        return (struct effect){is_alone ? EFFECT_AMOUNT : EFFECT_NONE, give->amount_minor};
    case BOOK_FIRST_AND_MORE:
        return (struct effect){EFFECT_AMOUNT, give->amount_minor};
    case BOOK_FIXED_PRICE:
        return (struct effect){is_alone ? EFFECT_PRICE : EFFECT_NONE, give->price_minor};
    case BOOK_CHEAPEST_UNIT:
        return percent_effect(give->percent_bp, BOOK_RUNNING);
    case BOOK_QUANTITY_GROUP:
        return give->percent_bp > 0 ? percent_effect(give->percent_bp, BOOK_RUNNING)
                                    : (struct effect){EFFECT_AMOUNT, give->amount_minor};
    case BOOK_NTH_FREE:
        return group_effect(give, give->group, give->get);
    case BOOK_MIX:
        return group_effect(give, give->group, give->get > 0 ? give->get : give->group);
    case BOOK_BUY_GET: /* of other goods: what is got is meant to be for less */
        return give->of.is_there || give->percent_bp == 0
                   ? (struct effect){EFFECT_NONE, 0}
                   : group_effect(give, give->buy + give->get, give->get);
    default: /* of the numbers: all else takes nothing off a piece, or off several kinds at once */
        return (struct effect){EFFECT_NONE, 0};
    }
}

/* ---- the search */

static bool is_alone_in_lane(const struct draft_sense *sense, const struct draft_offer *a,
                             const struct draft_offer *b)
{
    if (a->lane_index != b->lane_index || draft_step_of(a) != draft_step_of(b))
        return false;
    switch (sense->book->lanes[a->lane_index].mode) {
    case BOOK_LANE_ALL:
    case BOOK_LANE_SUM_PERCENT:
        return false;
    case BOOK_LANE_HIGHEST_PRIORITY:
        return a->priority != b->priority;
    case BOOK_LANE_BEST_PER_LINE:
    case BOOK_LANE_EXCLUSIVE:
    case BOOK_LANE_BEST_COMBINATION:
        return true;
    }
    return true;
}

static bool is_exclusive_with(const struct draft_offer *a, const struct draft_offer *b)
{
    bool is_price = draft_step_of(a) == BOOK_STEP_PRICE || draft_step_of(b) == BOOK_STEP_PRICE;
    if (a->exclusive == BOOK_EXCLUSIVE_IN_STEP)
        return draft_step_of(a) == draft_step_of(b);
    return a->exclusive != BOOK_NOT_EXCLUSIVE && !is_price;
}

static bool may_stack(const struct draft_sense *sense, const struct draft_offer *a,
                      const struct draft_offer *b)
{
    return draft_may_meet(sense, a, b) && !is_alone_in_lane(sense, a, b) && !is_exclusive_with(a, b) &&
           !is_exclusive_with(b, a);
}

static int64_t percent_of(int64_t amount, int64_t percent_bp)
{
    int64_t percent = 0;
    return money_percent(amount, (uint32_t)percent_bp, &percent) == ERR_OK ? percent : 0;
}

/* What is left of the price of one piece. */
static int64_t left_by(const struct search *search, uint32_t combination)
{
    int64_t initial = search->good->price_minor != DRAFT_ABSENT ? search->good->price_minor : PRICE_ASSUMED;
    int64_t left = initial;
    for (unsigned i = 0; i < search->count; i++) {
        const struct effect *effect = &search->effects[i];
        if ((combination >> i & 1) == 0)
            continue;
        if (effect->kind == EFFECT_PERCENT)
            left -= percent_of(search->is_summed[i] ? initial : left, effect->value);
        else if (effect->kind == EFFECT_PERCENT_OF_INITIAL)
            left -= percent_of(initial, effect->value);
        else if (effect->kind == EFFECT_AMOUNT)
            left -= effect->value;
        else if (effect->kind == EFFECT_PRICE)
            left = effect->value < left ? effect->value : left;
        left = left > 0 ? left : 0;
        if (search->is_price[i])
            initial = left;
    }
    int64_t floor = initial - percent_of(initial, search->sense->book->line_discount_max_bp);
    return left > floor ? left : floor;
}

/* What is left at the most for the combination to be worth telling: nothing, or less than it costs. */
static int64_t worth_telling(const struct draft_good *good)
{
    bool has_cost = good->cost_minor != DRAFT_ABSENT && good->price_minor != DRAFT_ABSENT;
    return has_cost && good->cost_minor > 0 ? good->cost_minor - 1 : 0;
}

/* Takes offers in or leaves them out, one after the other. No combination leaves less than all that are still
 * allowed would together: where that is not worth telling, or no better, there is no need to look. */
static void search_on(struct search *search, unsigned from, uint32_t taken, uint32_t allowed)
{
    uint32_t behind = from < TOUCHING_MAX ? allowed & ~((UINT32_C(1) << from) - 1) : 0;
    int64_t least = left_by(search, taken | behind);
    if (search->nodes_left == 0 || least > worth_telling(search->good) || least >= search->best_left)
        return;
    search->nodes_left--;
    int64_t left = left_by(search, taken);
    if (left < search->best_left) {
        search->best_left = left;
        search->best = taken;
    }
    for (unsigned i = from; i < search->count; i++)
        if ((allowed >> i & 1) != 0)
            search_on(search, i + 1, taken | UINT32_C(1) << i, allowed & search->meets[i]);
}

/* ---- gathering */

static bool gives_something(const struct draft_offer *offer)
{
    return effect_of(offer).kind != EFFECT_NONE;
}

/* The order of evaluation: step, lane, priority, id. */
static bool is_before(const struct draft_offer *a, const struct draft_offer *b)
{
    if (draft_step_of(a) != draft_step_of(b))
        return draft_step_of(a) < draft_step_of(b);
    if (a->lane_index != b->lane_index)
        return a->lane_index < b->lane_index;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return form_compare_spans(&a->id, &b->id) < 0;
}

static bool take_in(void *context, const struct draft_offer *offer)
{
    struct search *search = context;
    for (unsigned i = 0; i < search->count; i++)
        if (search->offers[i] == offer)
            return true;
    unsigned at = search->count++;
    for (; at > 0 && is_before(offer, search->offers[at - 1]); at--)
        search->offers[at] = search->offers[at - 1];
    search->offers[at] = offer;
    return search->count < TOUCHING_MAX;
}

static void gather(const struct stacking *stacking, const struct draft_good *good, struct search *search)
{
    *search = (struct search){.sense = stacking->sense, .good = good, .best_left = INT64_MAX};
    draft_index_visit(stacking->sense, &stacking->index, good, take_in, search);
    for (unsigned i = 0; i < search->count; i++) {
        search->effects[i] = effect_of(search->offers[i]);
        bool is_money = search->effects[i].kind == EFFECT_AMOUNT || search->effects[i].kind == EFFECT_PRICE;
        if (is_money && good->price_minor == DRAFT_ABSENT)
            search->effects[i].kind = EFFECT_NONE; /* nobody knows of how much */
        search->is_price[i] = draft_step_of(search->offers[i]) == BOOK_STEP_PRICE;
        search->is_summed[i] =
            stacking->sense->book->lanes[search->offers[i]->lane_index].mode == BOOK_LANE_SUM_PERCENT;
    }
}

static void note_meetings(struct search *search)
{
    for (unsigned i = 0; i < search->count; i++)
        for (unsigned j = 0; j < search->count; j++)
            if (i != j && may_stack(search->sense, search->offers[i], search->offers[j]))
                search->meets[i] |= UINT32_C(1) << j;
}

/* ---- telling */

#define LIST_SIZE 320

/* "a", "b" and "c". */
static void list_offers(const struct search *search, uint32_t combination, char out[LIST_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < search->count && used < LIST_SIZE; i++) {
        if ((combination >> i & 1) == 0)
            continue;
        bool is_last = combination >> i == 1;
        const char *between = used == 0 ? "" : is_last ? " and " : ", ";
        int size = snprintf(out + used, LIST_SIZE - used, "%s\"%.*s\"", between,
                            (int)search->offers[i]->id.size, (const char *)search->offers[i]->id.bytes);
        used += size > 0 ? (size_t)size : 0;
    }
}

/* Each set of offers is told of once, with the first article that it falls on. */
static bool is_told(struct stacking *stacking, const char *prefix, const char *list)
{
    char text[LIST_SIZE + 16];
    snprintf(text, sizeof(text), "%s%s", prefix, list);
    for (size_t i = 0; i < stacking->told_count; i++)
        if (strcmp(stacking->told[i], text) == 0)
            return true;
    char *kept =
        stacking->told_count < WARNINGS_MAX ? form_take(stacking->sense->form, strlen(text) + 1, 1) : NULL;
    if (kept == NULL)
        return true; /* who has so many mends the first ones first */
    memcpy(kept, text, strlen(text) + 1);
    stacking->told[stacking->told_count++] = kept;
    return false;
}

/* The warning stands at the offer that comes last of them in the book. */
static void warn_at_last(const struct search *search, uint32_t combination, const char *hint,
                         const char *what)
{
    const struct draft_offer *last = NULL;
    for (unsigned i = 0; i < search->count; i++)
        if ((combination >> i & 1) != 0 && (last == NULL || search->offers[i] > last))
            last = search->offers[i];
    struct draft_path path;
    draft_path_of_offer(search->sense->root, (uint32_t)(last - search->sense->book->offers), &path);
    struct form_node give = form_member(&path.offer, "give");
    form_warn(search->sense->form, &give, hint, "%s", what);
}

static bool is_single(uint32_t combination)
{
    return (combination & (combination - 1)) == 0;
}

static bool takes_all_alone(const struct search *search, uint32_t combination)
{
    for (unsigned i = 0; i < search->count; i++)
        if ((combination >> i & 1) != 0 && left_by(search, UINT32_C(1) << i) == 0)
            return true;
    return false;
}

static void tell_of_nothing_left(struct stacking *stacking, const struct search *search)
{
    if (search->best_left > 0 || is_single(search->best) || takes_all_alone(search, search->best))
        return;
    char list[LIST_SIZE], what[LIST_SIZE + 128];
    list_offers(search, search->best, list);
    if (is_told(stacking, "all ", list))
        return;
    struct span name = draft_good_name(search->good);
    snprintf(what, sizeof(what), "%s together take 100 %% off %.*s", list, (int)name.size,
             (const char *)name.bytes);
    warn_at_last(search, search->best,
                 "let them exclude each other (\"group\", \"excluded_with\", a lane), or set the book's "
                 "\"line_discount_max\"",
                 what);
}

static void tell_of_loss(struct stacking *stacking, const struct search *search)
{
    const struct draft_good *good = search->good;
    if (good->cost_minor == DRAFT_ABSENT || good->price_minor == DRAFT_ABSENT ||
        search->best_left >= good->cost_minor || search->best == 0)
        return;
    char list[LIST_SIZE], what[LIST_SIZE + 200], left[DRAFT_AMOUNT_SIZE], cost[DRAFT_AMOUNT_SIZE];
    list_offers(search, search->best, list);
    if (is_told(stacking, "loss ", list))
        return;
    draft_print_amount(search->sense, search->best_left, left);
    draft_print_amount(search->sense, good->cost_minor, cost);
    struct span name = draft_good_name(good);
    snprintf(what, sizeof(what), "below cost: %s%s sell%s %.*s at %s, and it costs %s", list,
             is_single(search->best) ? "" : " together", is_single(search->best) ? "s" : "", (int)name.size,
             (const char *)name.bytes, left, cost);
    warn_at_last(search, search->best, "give less, or leave the article out with \"except\"", what);
}

/* ---- what goes over several articles at once */

static int64_t dearest_cost(const struct draft_sense *sense, const struct draft_selector *what)
{
    int64_t dearest = DRAFT_ABSENT;
    for (uint32_t i = 0; i < sense->items->count; i++) {
        const struct draft_item *item = &sense->items->rows[i];
        const struct draft_good good = draft_good_of(item);
        if (draft_falls_on(what, &good) && item->cost_minor > dearest)
            dearest = item->cost_minor;
    }
    return dearest;
}

static void check_bundle(struct stacking *stacking, uint32_t index)
{
    struct draft_sense *sense = stacking->sense;
    const struct draft_give *give = &sense->book->offers[index].give;
    int64_t cost = 0;
    for (uint32_t i = 0; i < give->part_count; i++) {
        int64_t of_part = dearest_cost(sense, &give->parts[i]);
        if (of_part == DRAFT_ABSENT || of_part > (BOOK_AMOUNT_MAX - cost) / give->parts[i].units)
            return;
        cost += of_part * give->parts[i].units;
    }
    if (give->part_count == 0 || cost <= give->price_minor)
        return;
    struct draft_path path;
    char price_text[DRAFT_AMOUNT_SIZE], cost_text[DRAFT_AMOUNT_SIZE];
    draft_path_of_offer(sense->root, index, &path);
    struct form_node at = form_member(&path.offer, "give");
    draft_print_amount(sense, give->price_minor, price_text);
    draft_print_amount(sense, cost, cost_text);
    form_warn(sense->form, &at, "raise the price, or leave the dearest articles out",
              "below cost: a set of the dearest articles costs %s, and is sold at %s", cost_text, price_text);
}

/* ---- all of it */

static void check_good(struct stacking *stacking, const struct draft_good *good)
{
    struct search search;
    gather(stacking, good, &search);
    uint32_t all = search.count < 32 ? (UINT32_C(1) << search.count) - 1 : UINT32_MAX;
    if (left_by(&search, all) > worth_telling(good))
        return;
    note_meetings(&search);
    unsigned nodes = stacking->nodes_left < SEARCH_NODES_MAX ? stacking->nodes_left : SEARCH_NODES_MAX;
    nodes = nodes > SEARCH_NODES_MIN ? nodes : SEARCH_NODES_MIN;
    search.nodes_left = nodes;
    search_on(&search, 0, 0, all);
    unsigned taken = nodes - search.nodes_left;
    stacking->nodes_left -= taken < stacking->nodes_left ? taken : stacking->nodes_left;
    if (search.best_left == INT64_MAX)
        return;
    tell_of_nothing_left(stacking, &search);
    tell_of_loss(stacking, &search);
}

static void check_names(struct stacking *stacking, const struct draft_touches *touches, bool is_item)
{
    for (size_t i = 0; i < touches->count; i++) {
        if (i > 0 && span_is_equal(touches->rows[i].name, touches->rows[i - 1].name))
            continue;
        struct draft_good good = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
        if (is_item)
            good.sku = touches->rows[i].name;
        else
            good.categories = (struct form_texts){&touches->rows[i].name, 1};
        check_good(stacking, &good);
    }
}

void draft_check_stacking(struct draft_sense *sense)
{
    struct stacking stacking = {.sense = sense, .nodes_left = ALL_NODES_MAX};
    draft_index_build(sense, gives_something, &stacking.index);
    if (sense->form->is_out_of_memory)
        return;
    const struct draft_good anything = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
    check_good(&stacking, &anything);
    for (uint32_t i = 0; i < sense->items->count; i++) {
        const struct draft_good good = draft_good_of(&sense->items->rows[i]);
        check_good(&stacking, &good);
    }
    check_names(&stacking, &stacking.index.items, true);
    check_names(&stacking, &stacking.index.categories, false);
    for (uint32_t i = 0; i < sense->book->offer_count; i++)
        if (sense->book->offers[i].give.kind == BOOK_BUNDLE)
            check_bundle(&stacking, i);
}
