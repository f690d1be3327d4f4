/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/offers.h"

#include <stdalign.h>

#include "offers/best.h"
#include "offers/engine.h"

size_t offers_workspace_size(void)
{
    return sizeof(struct offers_workspace);
}

/* Two sets are the only things that must be clean between two pricings: each pricing clears what it used. */
struct offers_workspace *offers_workspace_init(void *memory, size_t size)
{
    KASSA_ASSERT(size >= sizeof(struct offers_workspace));
    KASSA_ASSERT((uintptr_t)memory % alignof(struct offers_workspace) == 0);
    struct engine *e = &((struct offers_workspace *)memory)->engine;
    memset(e->touched, 0, sizeof(e->touched));
    memset(e->touched_summary, 0, sizeof(e->touched_summary));
    memset(e->given_bits, 0, sizeof(e->given_bits));
    memset(e->facts, 0, sizeof(e->facts));
    e->pricing = 0;
    e->given_count = 0;
    e->contest = &((struct offers_workspace *)memory)->best;
    memset(e->contest->seen, 0, sizeof(e->contest->seen));
    e->contest->search = 0;
    return memory;
}

static const struct offers_member nobody = {.known = false};

/* Only what a basket of this size needs is cleared: the workspace is large, most baskets are small. */
/* What was known of selectors is of another basket. */
static void begin_facts(struct engine *e)
{
    if (++e->pricing == 0) { /* numbers begin anew: nothing may look like one of today's */
        memset(e->facts, 0, sizeof(e->facts));
        e->pricing = 1;
    }
    e->amounts_epoch = e->prices_epoch = 1;
}

static void begin(struct engine *e, const struct book *book, const struct offers_basket *basket,
                  const struct offers_member *member, const struct offers_moment *moment)
{
    while (e->given_count > 0)
        e->given_bits[e->given[--e->given_count] / 64] = 0;
    e->book = book;
    e->basket = basket;
    e->member = member != NULL && member->known ? member : &nobody;
    e->moment = moment;
    e->line_count = basket->line_count;
    e->word_count = (basket->line_count + 63) / 64;
    memset(&e->discountable, 0, sizeof(e->discountable));
    memset(&e->earnable, 0, sizeof(e->earnable));
    memset(e->line_points, 0, basket->line_count * sizeof(e->line_points[0]));
    memset(e->lane_given, 0, sizeof(e->lane_given));
    memset(e->coupons, 0, sizeof(e->coupons));
    e->mention_count = e->basket_symbol_count = 0;
    begin_facts(e);
    e->exclusive_in_basket = e->exclusive_in_step = BOOK_NONE;
    e->gives_way = false;
    e->waived_count = 0;
    e->prorate_count = e->discount_count = e->earn_count = e->award_count = e->deal_count = e->use_count = 0;
    e->need_count = 0;
    e->priced_count = e->sum_row_count = 0;
    e->explanation_count = e->near_miss_count = 0;
    e->burned = (struct offers_burned){0};
    e->search.outcome = OFFERS_SEARCH_NONE;
    e->search.states = 0;
}

static void write_line(struct engine *e, uint32_t index)
{
    const struct line_state *line = &e->lines[index];
    struct offers_line_result *out = &e->results[index];
    out->amount_minor = line->gross;
    out->discount_minor = line->gross - line->running;
    out->net_minor = line->running;
    out->points = e->line_points[index];
    out->unit_price_e5 = line->unit_price_e5;
    out->prior_price_minor = line->prior_price_minor;
    out->price_offer = line->price_offer;
}

static void write_lists(struct engine *e, struct offers_result *out)
{
    out->lines = e->results;
    out->discounts = e->discounts;
    out->discount_count = e->discount_count;
    out->earns = e->earns;
    out->earn_count = e->earn_count;
    out->explanations = e->explanations;
    out->explanation_count = e->explanation_count;
    out->near_misses = e->near_misses;
    out->near_miss_count = e->near_miss_count;
    out->awards = e->awards;
    out->award_count = e->award_count;
    out->needs = e->needs;
    out->need_count = e->need_count;
    out->deals = e->deals;
    out->deal_count = e->deal_count;
    out->uses = e->uses;
    out->use_count = e->use_count;
    out->coupons_used = e->coupons_used;
    for (uint32_t i = 0; i < e->basket->coupon_count; i++) {
        if (e->coupons[i].is_used)
            e->coupons_used[out->coupon_used_count++] = i;
    }
}

static enum err write_result(struct engine *e, struct offers_result *out_result)
{
    struct offers_result result = {
        .burned = e->burned, .search = e->search.outcome, .search_states = e->search.states};
    int64_t on_top;
    offers_list_needs(e);
    write_lists(e, &result);
    for (uint32_t i = 0; i < e->line_count; i++) {
        write_line(e, i);
        result.gross_minor +=
            e->results[i].amount_minor; /* offers_read_basket has checked the sum of magnitudes */
        result.total_minor += e->results[i].net_minor;
        result.points += e->results[i].points;
    }
    result.discount_minor = result.gross_minor - result.total_minor;
    TRY(offers_write_taxes(e, e->results, &result.tax_minor, &on_top));
    TRY(money_add(result.total_minor, on_top, &result.payable_minor));
    *out_result = result;
    return ERR_OK;
}

static bool is_sound(const struct book *book, const struct offers_basket *basket)
{
    return basket->line_count <= LINES_MAX && basket->coupon_count <= OFFERS_COUPONS_MAX &&
           basket->exponent <= MONEY_EXPONENT_MAX && basket->price_mode <= OFFERS_NET_PRICES &&
           (book == NULL || basket->exponent == book->header.exponent);
}

enum err offers_price(const struct book *book, const struct offers_basket *basket,
                      const struct offers_member *member, const struct offers_moment *moment,
                      struct offers_workspace *workspace, struct offers_result *out_result)
{
    if (!is_sound(book, basket))
        return ERR_ARGUMENT;
    struct engine *e = &workspace->engine;
    begin(e, book, basket, member, moment);
    TRY(offers_read_basket(e));
    if (book != NULL) {
        e->audience = offers_audience_of(book, member, moment);
        offers_read_coupons(e);
        offers_touch(e);
        offers_run_pipeline(e);
    }
    return write_result(e, out_result);
}
