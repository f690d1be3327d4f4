/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/offers.h"

#include <stdalign.h>

#include "offers/engine.h"

size_t offers_workspace_size(void)
{
    return sizeof(struct offers_workspace);
}

struct offers_workspace *offers_workspace_init(void *memory, size_t size)
{
    KASSA_ASSERT(size >= sizeof(struct offers_workspace));
    KASSA_ASSERT((uintptr_t)memory % alignof(struct offers_workspace) == 0);
    struct engine *e = &((struct offers_workspace *)memory)->engine;
    memset(e->touched, 0, sizeof(e->touched));
    memset(e->touched_summary, 0, sizeof(e->touched_summary));
    return memory;
}

/* Only what a basket of this size needs is cleared: the workspace is large, most baskets are small. */
static void begin(struct engine *e, const struct book *book, const struct offers_basket *basket,
                  const struct offers_moment *moment)
{
    e->book = book;
    e->basket = basket;
    e->moment = moment;
    e->line_count = basket->line_count;
    e->word_count = (basket->line_count + 63) / 64;
    memset(&e->discountable, 0, sizeof(e->discountable));
    memset(&e->earnable, 0, sizeof(e->earnable));
    memset(e->line_points, 0, basket->line_count * sizeof(e->line_points[0]));
    e->mention_count = e->basket_symbol_count = 0;
    e->exclusive_in_basket = e->exclusive_in_step = BOOK_NONE;
    e->prorate_count = e->discount_count = e->earn_count = 0;
    e->explanation_count = e->near_miss_count = 0;
}

static void write_result(struct engine *e, struct offers_result *out_result)
{
    struct offers_result result = {.lines = e->results,
                                   .discounts = e->discounts,
                                   .discount_count = e->discount_count,
                                   .earns = e->earns,
                                   .earn_count = e->earn_count,
                                   .explanations = e->explanations,
                                   .explanation_count = e->explanation_count,
                                   .near_misses = e->near_misses,
                                   .near_miss_count = e->near_miss_count};
    for (uint32_t i = 0; i < e->line_count; i++) {
        const struct line_state *line = &e->lines[i];
        e->results[i] = (struct offers_line_result){line->gross, line->gross - line->running, line->running,
                                                    e->line_points[i]};
        result.gross_minor += line->gross; /* offers_read_basket has checked the sum of magnitudes */
        result.total_minor += line->running;
        result.points += e->line_points[i];
    }
    result.discount_minor = result.gross_minor - result.total_minor;
    *out_result = result;
}

enum err offers_price(const struct book *book, const struct offers_basket *basket,
                      const struct offers_member *member, const struct offers_moment *moment,
                      struct offers_workspace *workspace, struct offers_result *out_result)
{
    if (basket->line_count > LINES_MAX || basket->exponent > MONEY_EXPONENT_MAX ||
        (book != NULL && basket->exponent != book->header.exponent))
        return ERR_ARGUMENT;
    struct engine *e = &workspace->engine;
    begin(e, book, basket, moment);
    TRY(offers_read_basket(e));
    if (book != NULL) {
        e->audience = offers_audience_of(book, member, moment);
        offers_touch(e);
        offers_run_pipeline(e);
    }
    write_result(e, out_result);
    return ERR_OK;
}
