/* SPDX-License-Identifier: Apache-2.0 */
/* On which amounts points are earned, and which lines they belong to. */
#include "offers/engine.h"

static int64_t basis_of(const struct line_state *line, enum book_basis basis)
{
    switch (basis) {
    case BOOK_NET:
        return line->running;
    case BOOK_NET_BEFORE_BASKET:
        return line->before_basket;
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

/* What is left to pay of the lines that are sold. */
static int64_t payable(const struct engine *e)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        sum += e->lines[i].running > 0 ? e->lines[i].running : 0;
    return sum;
}

int64_t offers_earning_base(const struct engine *e, const struct line_set *lines, enum book_basis basis)
{
    int64_t base = sum_of_basis(e, lines, basis), all = payable(e), excluded = 0;
    int64_t not_earning = e->basket->not_earning_minor < all ? e->basket->not_earning_minor : all;
    if (not_earning > 0) {
        int64_t net = sum_of_basis(e, lines, BOOK_NET);
        enum err error = money_scale(not_earning, net, all, &excluded);
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
