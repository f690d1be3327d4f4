/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines a selector means, and what they come to. Many offers ask for the same few selectors again and again,
 * so the answers are kept: the lines for one pricing, their sums until an amount changes. */
#include "offers/engine.h"

bool offers_has_reference(const struct book *book, struct book_range range, uint32_t symbol)
{
    uint32_t low = 0, high = range.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t found = book_reference_at(book, range.first + middle);
        if (found == symbol)
            return true;
        if (found < symbol)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

typedef void change_set(struct line_set *set, uint32_t line);

static void change_lines_of(struct engine *e, uint32_t symbol, change_set *change, struct line_set *lines)
{
    const struct symbol_slot *slot = offers_symbol_slot(e, symbol);
    if (slot->symbol == BOOK_NONE)
        return;
    for (uint32_t at = slot->head; at != BOOK_NONE; at = e->mentions[at].next)
        change(lines, e->mentions[at].line);
}

/* Walks the shorter side: the list's symbols or the basket's. */
static void change_lines_in(struct engine *e, struct book_range range, change_set *change,
                            struct line_set *lines)
{
    if (range.count <= e->basket_symbol_count) {
        for (uint32_t i = 0; i < range.count; i++)
            change_lines_of(e, book_reference_at(e->book, range.first + i), change, lines);
        return;
    }
    for (uint32_t i = 0; i < e->basket_symbol_count; i++) {
        if (offers_has_reference(e->book, range, e->basket_symbols[i]))
            change_lines_of(e, e->basket_symbols[i], change, lines);
    }
}

/* Takes the lines out whose unit price the selector does not mean. */
static void keep_prices(const struct engine *e, const struct book_selector *meant, struct line_set *lines)
{
    if (!meant->not_reduced && meant->price_min_minor < 0 && meant->price_max_minor < 0)
        return;
    int64_t minor_e5 = 100000; /* of the currency's smallest unit; bounds are at most BOOK_AMOUNT_MAX */
    for (unsigned i = 0; i < e->basket->exponent; i++)
        minor_e5 /= 10;
    FOR_EACH_LINE(e, lines, line)
    {
        const struct line_state *state = &e->lines[line];
        if ((meant->not_reduced && state->is_reduced) ||
            (meant->price_min_minor >= 0 && state->unit_price_e5 < meant->price_min_minor * minor_e5) ||
            (meant->price_max_minor >= 0 && state->unit_price_e5 > meant->price_max_minor * minor_e5))
            line_set_remove(lines, line);
    }
}

static void find_lines(struct engine *e, const struct book_selector *meant, struct line_set *out_lines)
{
    memset(out_lines->words, meant->everything ? 0xff : 0, e->word_count * sizeof(out_lines->words[0]));
    if (meant->everything && e->line_count % 64 != 0)
        out_lines->words[e->word_count - 1] = (UINT64_C(1) << (e->line_count % 64)) - 1;
    if (!meant->everything)
        change_lines_in(e, meant->include, line_set_add, out_lines);
    if (meant->exclude.count > 0)
        change_lines_in(e, meant->exclude, line_set_remove, out_lines);
    keep_prices(e, meant, out_lines);
}

static bool is_current(const struct engine *e, const struct selector_facts *facts, uint32_t selector)
{
    return facts->selector == selector && facts->pricing == e->pricing &&
           (!facts->minds_prices || facts->prices == e->prices_epoch);
}

/* Two selectors may want one place: then the later one has it. */
static struct selector_facts *facts_of(struct engine *e, uint32_t selector)
{
    struct selector_facts *facts = &e->facts[selector % FACTS_MAX];
    if (is_current(e, facts, selector))
        return facts;
    struct book_selector meant = book_selector_at(e->book, selector);
    facts->selector = selector;
    facts->pricing = e->pricing;
    facts->prices = e->prices_epoch;
    facts->minds_prices = meant.not_reduced || meant.price_min_minor >= 0 || meant.price_max_minor >= 0;
    facts->counted[0].epoch = facts->counted[1].epoch = 0;
    find_lines(e, &meant, &facts->lines);
    return facts;
}

void offers_match(struct engine *e, uint32_t selector, struct line_set *out_lines)
{
    const struct selector_facts *facts = facts_of(e, selector);
    for (uint32_t i = 0; i < e->word_count; i++)
        out_lines->words[i] = facts->lines.words[i];
}

const struct line_set *offers_lines_that_count(const struct engine *e, enum offers_counting counting)
{
    return counting == OFFERS_COUNT_EARNABLE ? &e->earnable : &e->discountable;
}

const struct counted_lines *offers_count(struct engine *e, uint32_t selector, enum offers_counting counting)
{
    struct selector_facts *facts = facts_of(e, selector);
    struct counted_lines *counted = &facts->counted[counting];
    if (counted->epoch == e->amounts_epoch)
        return counted;
    const struct line_set *those = offers_lines_that_count(e, counting);
    *counted = (struct counted_lines){.epoch = e->amounts_epoch, .cheapest = -1};
    for (uint32_t word = 0; word < e->word_count; word++) {
        for (uint64_t bits = facts->lines.words[word] & those->words[word]; bits != 0; bits &= bits - 1) {
            const struct line_state *line = &e->lines[word * 64 + (uint32_t)__builtin_ctzll(bits)];
            counted->units += line->units;
            counted->gross += line->gross;
            counted->running += line->running;
        }
    }
    return counted;
}

int64_t offers_price_of_cheapest(struct engine *e, uint32_t selector, enum offers_counting counting)
{
    (void)offers_count(e, selector, counting);
    struct selector_facts *facts = facts_of(e, selector);
    struct counted_lines *counted = &facts->counted[counting];
    if (counted->cheapest >= 0)
        return counted->cheapest;
    struct line_set lines = facts->lines;
    line_set_intersect(e, &lines, offers_lines_that_count(e, counting));
    counted->cheapest = 0;
    FOR_EACH_LINE(e, &lines, line)
    {
        int64_t price = e->lines[line].running / e->lines[line].units;
        if (price > 0 && (counted->cheapest == 0 || price < counted->cheapest))
            counted->cheapest = price;
    }
    return counted->cheapest;
}
