/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds that build groups of units. Each unit is a struct; nothing is counted in runs. */
#include "model/slow_state.h"

struct unit {
    uint32_t line;
    int64_t price, off;
    bool may_buy, may_get, is_taken, is_got;
};

struct units {
    struct unit units[SLOW_UNITS];
    uint32_t count;
};

/* Units that serve no deal of the lane yet and cost something, dearest first, of equals in the order of the lines.
 * Those of a line cost what it has left, less what the serving ones cost, a cent more for the first ones. */
static void expand(const struct slow *s, const struct slow_set *buy, const struct slow_set *get,
                   struct units *u)
{
    u->count = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct slow_line *line = &s->lines[i];
        int64_t units = line->units - line->used;
        for (int64_t k = 0; k < units && (buy->has[i] || get->has[i]); k++) {
            int64_t price = slow_part_of_unit(line->left - line->used_minor, units, k);
            struct unit unit = {.line = i, .price = price, .may_buy = buy->has[i], .may_get = get->has[i]};
            uint32_t at = u->count;
            KASSA_ASSERT(u->count < SLOW_UNITS);
            if (price <= 0)
                continue;
            for (; at > 0 && u->units[at - 1].price < price; at--)
                u->units[at] = u->units[at - 1];
            u->units[at] = unit;
            u->count++;
        }
    }
}

/* ---- from units to lines */

/* The units that were taken, into the lines they are of. */
static void note_units(const struct units *u, struct slow_take *out)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const struct unit *unit = &u->units[i];
        out->units[unit->line] += unit->is_taken ? 1 : 0;
        out->minor[unit->line] += unit->is_taken ? unit->price : 0;
    }
}

/* A sum over the units of the deals by their price. */
static void spread(const struct slow *s, int64_t sum, struct slow_take *out)
{
    int64_t caps[SLOW_LINES];
    for (uint32_t i = 0; i < s->line_count; i++)
        caps[i] = out->units[i] > 0 ? slow_room(&s->lines[i]) : 0;
    out->is_together = true;
    slow_share_capped(s->source->sharing, sum, out->minor, caps, s->line_count, out->off);
}

/* What the got units of each line get: a percentage of them together, rounded once, or what each has. */
static void rate_lines(const struct slow *s, const struct units *u, const struct book_give *give,
                       int64_t *off)
{
    int64_t got[SLOW_LINES] = {0};
    memset(off, 0, SLOW_LINES * sizeof(off[0]));
    for (uint32_t i = 0; i < u->count; i++) {
        const struct unit *unit = &u->units[i];
        if (!unit->is_got)
            continue;
        int64_t fixed = unit->price > give->amount_minor ? unit->price - give->amount_minor : 0;
        int64_t amount = give->amount_minor < unit->price ? give->amount_minor : unit->price;
        got[unit->line] += unit->price;
        off[unit->line] += give->price_mode == BOOK_PRICE_FIXED ? fixed : amount;
    }
    for (uint32_t i = 0; i < s->line_count && give->price_mode == BOOK_PRICE_PERCENT; i++)
        off[i] = slow_percent(got[i], give->percent_bp);
}

/* On the got units' lines, or over all units of the deals. */
static void place(const struct slow *s, const struct units *u, const struct book_give *give,
                  uint8_t placement, struct slow_take *out)
{
    int64_t off[SLOW_LINES], sum = 0;
    rate_lines(s, u, give, off);
    note_units(u, out);
    for (uint32_t i = 0; i < s->line_count; i++) {
        sum += off[i];
        if (placement == BOOK_ON_GET)
            out->off[i] = off[i] < slow_room(&s->lines[i]) ? off[i] : slow_room(&s->lines[i]);
    }
    for (uint32_t i = 0; i < u->count && placement == BOOK_ON_GET; i++)
        out->discounted[u->units[i].line] += u->units[i].is_got ? 1 : 0;
    if (placement == BOOK_SPREAD)
        spread(s, sum, out);
}

/* ---- buy_get */

/* The dearest free unit to buy, the first of equals; the cheapest or dearest one to get, of equals one that cannot be
 * bought, then the first. */
static struct unit *pick(struct units *u, bool is_buying, bool cheapest)
{
    struct unit *found = NULL;
    for (uint32_t i = 0; i < u->count; i++) {
        struct unit *unit = &u->units[i];
        if (unit->is_taken || !(is_buying ? unit->may_buy : unit->may_get))
            continue;
        if (found == NULL || (cheapest && unit->price < found->price) ||
            (!is_buying && unit->price == found->price && found->may_buy && !unit->may_buy))
            found = unit;
    }
    return found;
}

/* One deal: `buy` units, then `get` units; false, and nothing is taken: there are too few. */
static bool take_deal(struct units *u, uint32_t buy, uint32_t get, bool cheapest)
{
    struct units before = *u;
    for (uint32_t i = 0; i < buy + get; i++) {
        bool is_buying = i < buy;
        struct unit *unit = pick(u, is_buying, !is_buying && cheapest);
        if (unit == NULL) {
            *u = before;
            return false;
        }
        unit->is_taken = true;
        unit->is_got = !is_buying;
    }
    return true;
}

static void take_deals(const struct slow *s, struct units *u, uint32_t buy, uint32_t get,
                       const struct book_give *give, struct slow_take *out)
{
    uint32_t deals = 0;
    while ((give->repeats_max == 0 || deals < give->repeats_max) &&
           take_deal(u, buy, get, give->choose == BOOK_CHEAPEST))
        deals++;
    if (deals == 0)
        out->why = "too few units";
    else
        place(s, u, give, give->placement, out);
}

void slow_buy_get(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                  struct slow_take *out)
{
    const struct book_source_selector *selector = &offer->in->get;
    struct slow_set get = slow_match(s, slow_is_no_selector(selector) ? &offer->in->target : selector);
    struct units u;
    for (uint32_t i = 0; i < s->line_count; i++)
        get.has[i] =
            get.has[i] && s->lines[i].is_sale && !s->lines[i].in->no_discount && !matched->is_barred[i];
    expand(s, matched, &get, &u);
    take_deals(s, &u, offer->in->give.buy_units, offer->in->give.get_units, &offer->in->give, out);
}

/* ---- nth_free: each group is paid for by the dearest units that are left, and gets the cheapest */

/* What the cheapest of all units cost, as many as were got: the groups together may not get dearer ones. */
static void check_cheapest(const struct units *u)
{
    int64_t got = 0, cheapest = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < u->count; i++) {
        count += u->units[i].is_got ? 1 : 0;
        got += u->units[i].is_got ? u->units[i].price : 0;
    }
    for (uint32_t i = u->count - count; i < u->count; i++)
        cheapest += u->units[i].price;
    KASSA_ASSERT(got == cheapest);
}

void slow_nth_free(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                   struct slow_take *out)
{
    const struct book_give *give = &offer->in->give;
    struct units u;
    expand(s, matched, matched, &u);
    take_deals(s, &u, give->group_units - give->get_units, give->get_units, give, out);
    if (give->choose == BOOK_CHEAPEST)
        check_cheapest(&u);
}

/* ---- mix */

static int64_t off_of_group(const struct book_give *give, int64_t price)
{
    if (give->mix_mode == BOOK_MIX_AMOUNT)
        return price < give->amount_minor ? price : give->amount_minor;
    return price > give->amount_minor ? price - give->amount_minor : 0;
}

/* Groups of neighbours in the row, dearest first, as long as a group gains something. */
void slow_mix(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
              struct slow_take *out)
{
    const struct book_give *give = &offer->in->give;
    uint32_t size = give->group_units, got = give->mix_mode == BOOK_MIX_PERCENT_SOME ? give->get_units : size;
    bool is_sum = give->mix_mode == BOOK_MIX_PRICE || give->mix_mode == BOOK_MIX_AMOUNT;
    int64_t sum = 0;
    struct units u;
    expand(s, matched, matched, &u);
    for (uint32_t group = 0; (group + 1) * size <= u.count; group++) {
        int64_t price = 0;
        for (uint32_t i = group * size; i < (group + 1) * size; i++)
            price += u.units[i].price;
        if ((give->repeats_max > 0 && group >= give->repeats_max) ||
            (is_sum && off_of_group(give, price) == 0))
            break;
        sum += is_sum ? off_of_group(give, price) : 0;
        for (uint32_t i = 0; i < size; i++) {
            u.units[group * size + i].is_taken = true;
            u.units[group * size + i].is_got = give->choose == BOOK_CHEAPEST ? i >= size - got : i < got;
        }
    }
    if (is_sum) {
        note_units(&u, out);
        spread(s, sum, out);
    } else {
        place(s, &u, give, give->placement, out);
    }
}

/* ---- cheapest_unit: of the line whose unit costs least; of equals the first */
void slow_cheapest_unit(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                        struct slow_take *out)
{
    struct unit *cheapest = NULL;
    struct units u;
    expand(s, matched, matched, &u);
    for (uint32_t i = 0; i < u.count; i++) {
        if (cheapest == NULL || u.units[i].price < cheapest->price)
            cheapest = &u.units[i];
    }
    if (cheapest == NULL)
        return;
    cheapest->is_taken = cheapest->is_got = true;
    place(s, &u, &offer->in->give, BOOK_ON_GET, out);
}

/* ---- quantity_group */

static int64_t free_units_of(const struct slow_line *line)
{
    return line->left - line->used_minor > 0 ? line->units - line->used : 0;
}

/* The line whose units are counted next: most units, of equals the first. */
static uint32_t next_line(const struct slow *s, const struct slow_set *lines)
{
    uint32_t best = SLOW_LINES;
    for (uint32_t i = 0; i < s->line_count; i++) {
        if (lines->has[i] && free_units_of(&s->lines[i]) > 0 &&
            (best == SLOW_LINES || free_units_of(&s->lines[i]) > free_units_of(&s->lines[best])))
            best = i;
    }
    return best;
}

void slow_quantity_group(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                         struct slow_take *out)
{
    const struct book_give *give = &offer->in->give;
    struct slow_set lines = *matched;
    int64_t units = 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        units += matched->has[i] ? free_units_of(&s->lines[i]) : 0;
    int64_t groups = units / give->group_units;
    if (give->repeats_max > 0 && groups > give->repeats_max)
        groups = give->repeats_max;
    for (int64_t left = groups * give->group_units; left > 0;) {
        uint32_t i = next_line(s, &lines);
        const struct slow_line *line = &s->lines[i];
        int64_t taken = free_units_of(line) < left ? free_units_of(line) : left;
        int64_t price = slow_part_of_first(line->left - line->used_minor, free_units_of(line), taken);
        int64_t off = give->percent_bp > 0 ? slow_percent(price, give->percent_bp)
                                           : slow_times(give->amount_minor, taken);
        off = off < price ? off : price;
        out->off[i] = off < slow_room(line) ? off : slow_room(line);
        out->units[i] = out->off[i] > 0 ? taken : 0;
        out->minor[i] = out->off[i] > 0 ? price : 0;
        lines.has[i] = false;
        left -= taken;
        out->order[out->order_count++] = i;
    }
}

/* ---- bundle */

struct sets {
    struct units u;
    struct slow_set parts[BOOK_PARTS_MAX];
    uint32_t part_units[BOOK_PARTS_MAX], part_count;
    uint32_t places, place_part[SLOW_UNITS]; /* the part of each place in all sets */
    uint32_t unit_at[SLOW_UNITS];            /* the unit in a place; SLOW_UNITS: none */
};

/* Puts the unit into a place that it may fill, moving others where that helps (an augmenting path). */
static bool fit(struct sets *sets, uint32_t unit, bool *tried)
{
    for (uint32_t place = 0; place < sets->places; place++) {
        if (tried[place] || !sets->parts[sets->place_part[place]].has[sets->u.units[unit].line])
            continue;
        tried[place] = true;
        if (sets->unit_at[place] == SLOW_UNITS || fit(sets, sets->unit_at[place], tried)) {
            sets->unit_at[place] = unit;
            return true;
        }
    }
    return false;
}

/* Fills that many sets, dearest units first; what they cost, or -1: they are not complete. */
static int64_t fill_sets(struct sets *sets, uint32_t count)
{
    int64_t price = 0;
    sets->places = 0;
    for (uint32_t k = 0; k < sets->part_count; k++) {
        for (uint32_t i = 0; i < count * sets->part_units[k]; i++) {
            KASSA_ASSERT(sets->places < SLOW_UNITS);
            sets->place_part[sets->places] = k;
            sets->unit_at[sets->places++] = SLOW_UNITS;
        }
    }
    uint32_t filled = 0;
    for (uint32_t i = 0; i < sets->u.count; i++) {
        bool tried[SLOW_UNITS] = {false};
        sets->u.units[i].is_taken = fit(sets, i, tried);
        filled += sets->u.units[i].is_taken ? 1 : 0;
        price += sets->u.units[i].is_taken ? sets->u.units[i].price : 0;
    }
    return filled == sets->places ? price : -1;
}

void slow_bundle(const struct slow *s, const struct slow_offer *offer, const struct slow_set *matched,
                 struct slow_take *out)
{
    static struct sets sets; /* large, and wholly set here */
    uint32_t best = 0, places = 0;
    int64_t best_saving = 0, price = offer->in->give.amount_minor;
    sets.part_count = offer->in->part_count;
    for (uint32_t k = 0; k < sets.part_count; k++) {
        sets.parts[k] = slow_match(s, &offer->in->parts[k].of);
        sets.part_units[k] = offer->in->parts[k].units;
        places += sets.part_units[k];
    }
    expand(s, matched, matched, &sets.u);
    for (uint32_t count = 1; count * places <= sets.u.count; count++) {
        int64_t costs = fill_sets(&sets, count);
        if (costs < 0 || (offer->in->give.repeats_max > 0 && count > offer->in->give.repeats_max))
            break;
        if (costs - count * (slow_wide)price > best_saving)
            best = count, best_saving = costs - count * price;
    }
    if (best == 0)
        return;
    (void)fill_sets(&sets, best);
    note_units(&sets.u, out);
    spread(s, best_saving, out);
}
