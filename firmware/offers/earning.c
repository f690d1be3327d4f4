/* SPDX-License-Identifier: Apache-2.0 */
/* On which amounts points are earned, which lines they belong to, and how they are given (step 8). */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

static int64_t basis_of(const struct line_state *line, enum book_basis basis)
{
    switch (basis) {
    case BOOK_NET:
        return line->running;
    case BOOK_NET_BEFORE_BASKET:
        return line->running + line->basket_taken;
    case BOOK_GROSS:
        return line->gross;
    }
    return 0;
}

static int64_t sum_of_basis(const struct engine *e, const struct line_set *lines, enum book_basis basis)
{
    int64_t sum = 0;
    FOR_EACH_LINE(e, lines, line)
    sum += basis_of(&e->lines[line], basis);
    return sum;
}

/* What is left to pay of the lines that are sold, with the tax that comes on top: that is what tenders pay. */
static int64_t payable(const struct engine *e)
{
    bool has_tax_on_top = e->basket->price_mode == OFFERS_NET_PRICES;
    int64_t sum = 0, tax = 0;
    for (uint32_t i = 0; i < e->line_count; i++) {
        if (e->lines[i].running <= 0)
            continue;
        sum += e->lines[i].running;
        int64_t on_top = has_tax_on_top ? offers_line_tax(e, i).on_top : 0;
        tax = on_top < INT64_MAX - tax ? tax + on_top : INT64_MAX;
    }
    return tax < INT64_MAX - sum ? sum + tax : INT64_MAX;
}

/* What is paid with tenders that earn nothing, at most `all`. */
static int64_t not_earning(const struct engine *e, uint32_t excluded_tenders, int64_t all)
{
    uint32_t excluded = e->book->header.programme_rules.excluded_tenders | excluded_tenders;
    int64_t sum = e->basket->not_earning_minor > 0 ? e->basket->not_earning_minor : 0;
    if (e->burned.as == BOOK_BURN_AS_TENDER && (excluded >> OFFERS_TENDER_POINTS & 1) != 0)
        sum = sum < all - e->burned.value_minor ? sum + e->burned.value_minor : all;
    for (uint32_t i = 0; i < e->basket->tender_count; i++) {
        const struct offers_tender *tender = &e->basket->tenders[i];
        if (tender->kind >= 32 || (excluded >> tender->kind & 1) == 0 || tender->amount_minor <= 0)
            continue;
        sum = sum < all && tender->amount_minor < all - sum ? sum + tender->amount_minor : all;
    }
    return sum < all ? sum : all;
}

int64_t offers_earning_base(const struct engine *e, const struct line_set *lines, enum book_basis basis,
                            uint32_t excluded_tenders)
{
    int64_t base = sum_of_basis(e, lines, basis), all = payable(e), excluded = 0;
    int64_t unearning = not_earning(e, excluded_tenders, all);
    if (unearning > 0) {
        int64_t net = sum_of_basis(e, lines, BOOK_NET);
        enum err error = money_scale(unearning, net, all, &excluded);
        KASSA_ASSERT(error == ERR_OK); /* net is part of all */
    }
    return excluded < base ? base - excluded : 0;
}

void offers_share_points(struct engine *e, const struct line_set *lines, int64_t points)
{
    uint32_t count = 0;
    FOR_EACH_LINE(e, lines, line)
    e->weights[count++] = e->lines[line].running;
    if (count == 0)
        return;
    enum err error = money_allocate(points, e->weights, count, e->scratch, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* amounts of this basket, whose sum was checked */
    count = 0;
    FOR_EACH_LINE(e, lines, line)
    e->earning.line_points[line] += e->shares[count++];
}

/* ---- giving */

/* Fewer points than the offer proposes, each line in proportion. */
static void cut_points(struct engine *e, int64_t points)
{
    struct earning *earning = &e->earning;
    enum err error = money_allocate(points, earning->line_points, e->line_count, e->scratch, e->shares);
    KASSA_ASSERT(error == ERR_OK); /* their sum is the proposal's points */
    memcpy(earning->line_points, e->shares, e->line_count * sizeof(e->shares[0]));
    earning->points = points;
}

enum offers_reason offers_work_out_earning(struct engine *e, const struct book_offer *offer, uint32_t index,
                                           const struct line_set *matched)
{
    e->earning.base_minor = e->earning.points = 0;
    memset(e->earning.line_points, 0, e->line_count * sizeof(e->earning.line_points[0]));
    enum offers_reason reason = offers_kind_of(offer->kind)->earn(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    int64_t points = offers_limit_count(e, offer, index, BOOK_LIMIT_POINTS, e->earning.points);
    if (points == 0)
        return OFFERS_LIMIT_REACHED;
    if (points < e->earning.points)
        cut_points(e, points);
    return OFFERS_GIVEN;
}

enum offers_reason offers_give_earning(struct engine *e, const struct book_offer *offer, uint32_t index,
                                       struct offers_explanation *explanation)
{
    if (e->earn_count == EARN_ROWS_MAX || e->given_count == GIVEN_MAX || !offers_has_room_for_use(e, offer))
        return OFFERS_TOO_MANY_ROWS;
    int64_t points = e->earning.points, total = points;
    for (uint32_t i = 0; i < e->earn_count; i++) {
        if (__builtin_add_overflow(total, e->earns[i].points, &total))
            return OFFERS_OUT_OF_RANGE;
    }
    e->earns[e->earn_count++] = (struct offers_earn){.offer = index,
                                                     .id = offer->id,
                                                     .version = offer->version,
                                                     .base_minor = e->earning.base_minor,
                                                     .points = points};
    for (uint32_t i = 0; i < e->line_count; i++)
        e->line_points[i] += e->earning.line_points[i];
    offers_note_use(
        e, offer,
        &(struct offers_use){
            .offer = index, .id = offer->id, .version = offer->version, .uses = 1, .points = points});
    offers_note_given(e, offer, index);
    explanation->points = points;
    return OFFERS_GIVEN;
}
