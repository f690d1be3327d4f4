/* SPDX-License-Identifier: Apache-2.0 */
/* Offers that together take everything off an article, or sell it below cost.
 *
 * Each article of the catalogue is looked at, and each article and category that an offer names, with all offers
 * that can fall on it. Those that may be given together are searched for the combination that leaves least: a
 * search of at most SEARCH_NODES_MAX steps, which on more offers than that is a good guess. Of a deal over
 * several pieces an article's part is what falls on one piece. What cannot be told from the book (what a
 * condition lets through, how many coupons somebody has) counts as possible: these are warnings. */
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "office/draft_sense.h"

#define TOUCHING_MAX     32 /* offers on one article that are weighed against one another */
#define SEARCH_NODES_MAX 4000
#define WARNINGS_MAX     50
#define PRICE_ASSUMED    1000000 /* where no price is known, and percentages alone are looked at */

/* What an offer does to the price of one piece. */
enum effect_kind { EFFECT_NONE, EFFECT_PERCENT, EFFECT_PERCENT_OF_INITIAL, EFFECT_AMOUNT, EFFECT_PRICE };
struct effect {
    enum effect_kind kind;
    int64_t value; /* basis points, minor units */
};

/* One name of a target, and whose it is; sorted by name. */
struct touch {
    struct span name;
    uint32_t offer;
};

struct touches {
    struct touch *rows;
    size_t count;
};

/* A combination: bit i is the i-th touching offer. */
struct search {
    const struct draft_sense *sense;
    const struct draft_good *good;
    const struct draft_offer *offers[TOUCHING_MAX]; /* in the order of evaluation */
    struct effect effects[TOUCHING_MAX];
    uint32_t meets[TOUCHING_MAX]; /* bit j: may be given together with offer j */
    unsigned count, nodes;
    int64_t best_left;
    uint32_t best;
};

struct stacking {
    struct draft_sense *sense;
    struct touches items, categories;
    uint32_t *wide; /* offers on the whole basket */
    size_t wide_count;
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

/* ---- which offers fall on a good */

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
        bool is_summed =
            search->sense->book->lanes[search->offers[i]->lane_index].mode == BOOK_LANE_SUM_PERCENT;
        if (effect->kind == EFFECT_PERCENT)
            left -= percent_of(is_summed ? initial : left, effect->value);
        else if (effect->kind == EFFECT_PERCENT_OF_INITIAL)
            left -= percent_of(initial, effect->value);
        else if (effect->kind == EFFECT_AMOUNT)
            left -= effect->value;
        else if (effect->kind == EFFECT_PRICE)
            left = effect->value < left ? effect->value : left;
        left = left > 0 ? left : 0;
        if (draft_step_of(search->offers[i]) == BOOK_STEP_PRICE)
            initial = left;
    }
    int64_t floor = initial - percent_of(initial, search->sense->book->line_discount_max_bp);
    return left > floor ? left : floor;
}

/* Takes offers in or leaves them out, one after the other. */
static void search_on(struct search *search, unsigned from, uint32_t taken, uint32_t allowed)
{
    if (search->nodes++ >= SEARCH_NODES_MAX)
        return;
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

static int compare_touches(const void *left, const void *right)
{
    const struct touch *a = left;
    const struct touch *b = right;
    int order = form_compare_spans(&a->name, &b->name);
    return order != 0 ? order : (a->offer > b->offer) - (a->offer < b->offer);
}

static bool gives_something(const struct draft_offer *offer)
{
    return effect_of(offer).kind != EFFECT_NONE;
}

static void add_touches(const struct stacking *stacking, struct touches *out, bool is_item)
{
    const struct draft_book *book = stacking->sense->book;
    size_t count = 0;
    for (uint32_t i = 0; i < book->offer_count; i++) {
        const struct draft_goods *goods = &book->offers[i].what.of;
        count +=
            gives_something(&book->offers[i]) ? (is_item ? goods->items.count : goods->categories.count) : 0;
    }
    out->rows = form_take(stacking->sense->form, count, sizeof(*out->rows));
    for (uint32_t i = 0; out->rows != NULL && i < book->offer_count; i++) {
        const struct draft_goods *goods = &book->offers[i].what.of;
        struct form_texts names = is_item ? goods->items : goods->categories;
        for (uint32_t j = 0; gives_something(&book->offers[i]) && j < names.count; j++)
            out->rows[out->count++] = (struct touch){names.rows[j], i};
    }
    if (out->count > 1)
        qsort(out->rows, out->count, sizeof(*out->rows), compare_touches);
}

static void add_wide(struct stacking *stacking)
{
    const struct draft_book *book = stacking->sense->book;
    stacking->wide = form_take(stacking->sense->form, book->offer_count, sizeof(*stacking->wide));
    for (uint32_t i = 0; stacking->wide != NULL && i < book->offer_count; i++)
        if (book->offers[i].what.basket != 0 && gives_something(&book->offers[i]))
            stacking->wide[stacking->wide_count++] = i;
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

static void take_in(struct search *search, const struct draft_offer *offer)
{
    if (search->count == TOUCHING_MAX || !draft_falls_on(&offer->what, search->good))
        return;
    for (unsigned i = 0; i < search->count; i++)
        if (search->offers[i] == offer)
            return;
    unsigned at = search->count++;
    for (; at > 0 && is_before(offer, search->offers[at - 1]); at--)
        search->offers[at] = search->offers[at - 1];
    search->offers[at] = offer;
}

static size_t first_of(const struct touches *touches, struct span name)
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

static void take_in_named(const struct stacking *stacking, const struct touches *touches, struct span name,
                          struct search *search)
{
    for (size_t i = first_of(touches, name); i < touches->count && span_is_equal(touches->rows[i].name, name);
         i++)
        take_in(search, &stacking->sense->book->offers[touches->rows[i].offer]);
}

static void gather(const struct stacking *stacking, const struct draft_good *good, struct search *search)
{
    *search = (struct search){.sense = stacking->sense, .good = good, .best_left = INT64_MAX};
    if (good->sku.size > 0)
        take_in_named(stacking, &stacking->items, good->sku, search);
    for (uint32_t i = 0; i < good->categories.count; i++)
        take_in_named(stacking, &stacking->categories, good->categories.rows[i], search);
    for (size_t i = 0; i < stacking->wide_count; i++)
        take_in(search, &stacking->sense->book->offers[stacking->wide[i]]);
    for (unsigned i = 0; i < search->count; i++) {
        search->effects[i] = effect_of(search->offers[i]);
        bool is_money = search->effects[i].kind == EFFECT_AMOUNT || search->effects[i].kind == EFFECT_PRICE;
        if (is_money && good->price_minor == DRAFT_ABSENT)
            search->effects[i].kind = EFFECT_NONE; /* nobody knows of how much */
        for (unsigned j = 0; j < search->count; j++)
            if (i != j && may_stack(stacking->sense, search->offers[i], search->offers[j]))
                search->meets[i] |= UINT32_C(1) << j;
    }
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

struct span draft_good_name(const struct draft_good *good)
{
    if (good->sku.size > 0)
        return good->sku;
    return good->categories.count > 0 ? good->categories.rows[0] : span_of_text("anything");
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
        const struct draft_good good = {item->sku, item->categories, item->price_minor, item->cost_minor};
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
    search_on(&search, 0, 0, UINT32_MAX);
    tell_of_nothing_left(stacking, &search);
    tell_of_loss(stacking, &search);
}

static void check_names(struct stacking *stacking, const struct touches *touches, bool is_item)
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
    struct stacking stacking = {.sense = sense};
    add_touches(&stacking, &stacking.items, true);
    add_touches(&stacking, &stacking.categories, false);
    add_wide(&stacking);
    if (sense->form->is_out_of_memory)
        return;
    const struct draft_good anything = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
    check_good(&stacking, &anything);
    for (uint32_t i = 0; i < sense->items->count; i++) {
        const struct draft_item *item = &sense->items->rows[i];
        const struct draft_good good = {item->sku, item->categories, item->price_minor, item->cost_minor};
        check_good(&stacking, &good);
    }
    check_names(&stacking, &stacking.items, true);
    check_names(&stacking, &stacking.categories, false);
    for (uint32_t i = 0; i < sense->book->offer_count; i++)
        if (sense->book->offers[i].give.kind == BOOK_BUNDLE)
            check_bundle(&stacking, i);
}
