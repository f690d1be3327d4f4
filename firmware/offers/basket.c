/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "offers/engine.h"

static enum err read_line(struct engine *e, uint32_t index, int64_t *sum, int64_t *quantity_sum)
{
    const struct offers_line *line = &e->basket->lines[index];
    struct line_state *state = &e->lines[index];
    *state = (struct line_state){.floor = line->floor_minor > 0 ? line->floor_minor : 0,
                                 .quantity_milli = line->quantity_milli,
                                 .unit_price_e5 = line->unit_price_e5,
                                 .list_price_e5 =
                                     line->list_price_e5 > 0 ? line->list_price_e5 : line->unit_price_e5,
                                 .price_offer = BOOK_NONE,
                                 .tax_rate_bp = line->tax_rate_bp,
                                 .is_reduced = line->is_reduced,
                                 .units = 1};
    TRY(money_extend(line->unit_price_e5, line->quantity_milli, e->basket->exponent, &state->gross));
    state->running = state->gross;
    state->is_measured = line->weighed || line->quantity_milli % 1000 != 0;
    bool is_sale = line->quantity_milli > 0 && state->gross >= 0;
    if (is_sale && !state->is_measured)
        state->units = line->quantity_milli / 1000;
    /* Sums of these never overflow later: neither of all lines nor of some. */
    if (state->gross == INT64_MIN || line->quantity_milli == INT64_MIN ||
        line->category_count > CATEGORIES_PER_LINE_MAX)
        return ERR_RANGE;
    TRY(money_add(*sum, state->gross < 0 ? -state->gross : state->gross, sum));
    TRY(money_add(*quantity_sum, is_sale ? state->units : 0, quantity_sum));
    if (is_sale && !line->no_discount)
        line_set_add(&e->discountable, index);
    if (is_sale && !line->no_points)
        line_set_add(&e->earnable, index);
    return ERR_OK;
}

enum err offers_read_basket(struct engine *e)
{
    int64_t sum = 0, unit_sum = 0;
    for (uint32_t i = 0; i < e->line_count; i++)
        TRY(read_line(e, i, &sum, &unit_sum));
    /* A unit's price is counted one up here and there, a quantity in thousandths. */
    return sum < INT64_MAX && unit_sum <= INT64_MAX / 1000 ? ERR_OK : ERR_RANGE;
}

struct symbol_slot *offers_symbol_slot(struct engine *e, uint32_t symbol)
{
    uint32_t at = (symbol * 2654435761u >> 8) & e->slot_mask;
    while (e->slots[at].symbol != symbol && e->slots[at].symbol != BOOK_NONE)
        at = (at + 1) & e->slot_mask;
    return &e->slots[at];
}

static void touch_range(struct engine *e, struct book_range range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t offer = book_posting_at(e->book, range.first + i);
        e->touched[offer / 64] |= UINT64_C(1) << (offer % 64);
        e->touched_summary[offer / 4096] |= UINT64_C(1) << (offer / 64 % 64);
    }
}

static void touch_symbol(struct engine *e, uint32_t symbol)
{
    if (symbol != BOOK_NONE)
        touch_range(e, book_symbol_triggers(e->book, symbol));
}

static void mention(struct engine *e, uint32_t line, enum book_symbol_kind kind, struct span text)
{
    uint32_t symbol = book_find_symbol(e->book, kind, text);
    if (symbol == BOOK_NONE)
        return;
    struct symbol_slot *slot = offers_symbol_slot(e, symbol);
    if (slot->symbol == BOOK_NONE) {
        *slot = (struct symbol_slot){symbol, BOOK_NONE};
        e->basket_symbols[e->basket_symbol_count++] = symbol;
        touch_symbol(e, symbol);
    }
    e->mentions[e->mention_count] = (struct mention){line, slot->head};
    slot->head = e->mention_count++;
}

/* As many slots as keep the table at most half full. */
static void clear_slots(struct engine *e)
{
    uint32_t count = SYMBOL_SLOTS_MIN;
    while (count < 2 * e->line_count * (1 + CATEGORIES_PER_LINE_MAX))
        count *= 2;
    e->slot_mask = count - 1;
    memset(e->slots, 0xff, count * sizeof(e->slots[0]));
}

/* Forgets what the basket before touched. */
static void clear_touched(struct engine *e)
{
    for (uint32_t i = 0; i < OFFER_SUMMARY; i++) {
        for (uint64_t bits = e->touched_summary[i]; bits != 0; bits &= bits - 1)
            e->touched[i * 64 + (uint32_t)__builtin_ctzll(bits)] = 0;
        e->touched_summary[i] = 0;
    }
}

static void touch_by_audience(struct engine *e)
{
    for (uint32_t i = 0; i < e->basket->coupon_count; i++)
        touch_symbol(e, e->coupons[i].series);
    const struct audience *audience = &e->audience;
    touch_symbol(e, audience->store);
    touch_symbol(e, audience->tier);
    touch_symbol(e, audience->member);
    for (uint32_t i = 0; i < audience->segment_count; i++)
        touch_symbol(e, audience->segments[i]);
}

void offers_touch(struct engine *e)
{
    clear_touched(e);
    if (e->line_count == 0)
        return;
    clear_slots(e);
    for (uint32_t i = 0; i < e->line_count; i++) {
        const struct offers_line *line = &e->basket->lines[i];
        mention(e, i, BOOK_SYMBOL_ITEM, line->sku);
        for (uint32_t k = 0; k < line->category_count; k++)
            mention(e, i, BOOK_SYMBOL_CATEGORY, line->categories[k]);
    }
    touch_by_audience(e);
    touch_range(e, book_basket_wide_offers(e->book));
}

/* The first bit at or after `from`; BOOK_NONE if there is none. */
static uint32_t next_bit(const uint64_t *words, uint32_t word_count, uint32_t from)
{
    for (uint32_t word = from / 64; word < word_count; word++) {
        uint64_t bits = words[word];
        if (word == from / 64)
            bits &= ~UINT64_C(0) << (from % 64);
        if (bits != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(bits);
    }
    return BOOK_NONE;
}

uint32_t offers_next_touched(const struct engine *e, uint32_t from)
{
    if (from >= BOOK_OFFERS_MAX)
        return BOOK_NONE;
    uint32_t found = next_bit(e->touched, from / 64 + 1, from); /* in its own word */
    if (found != BOOK_NONE)
        return found;
    uint32_t word = next_bit(e->touched_summary, OFFER_SUMMARY, from / 64 + 1);
    return word != BOOK_NONE ? word * 64 + (uint32_t)__builtin_ctzll(e->touched[word]) : BOOK_NONE;
}
