/* SPDX-License-Identifier: Apache-2.0 */
/* The reader: every look-up trusts what book_open (book_check.c) has proved of the bytes. */
#include "offers/book.h"

#include "offers/book_layout.h"
#include "offers/conditions_cel.h"
#include "offers/kinds/kinds.h"

uint32_t book_offer_count(const struct book *book)
{
    return book->section[SECTION_OFFERS].count;
}

static void add_give(const uint8_t *row, struct book_give *give)
{
    give->percent_bp = load_u32(row + OFFER_PERCENT);
    give->factor_bp = load_u32(row + OFFER_FACTOR);
    give->amount_minor = (int64_t)load_u64(row + OFFER_AMOUNT);
    give->max_amount_minor = (int64_t)load_u64(row + OFFER_MAX_AMOUNT);
    give->per_minor = (int64_t)load_u64(row + OFFER_PER);
    give->points = load_u32(row + OFFER_POINTS);
    give->buy_units = load_u32(row + OFFER_BUY_UNITS);
    give->get_units = load_u32(row + OFFER_GET_UNITS);
    give->repeats_max = load_u32(row + OFFER_REPEATS);
    give->get = load_u32(row + OFFER_GET);
    give->choose = row[OFFER_CHOOSE];
    give->placement = row[OFFER_PLACEMENT];
    give->percent_of = row[OFFER_PERCENT_OF];
    give->basis = row[OFFER_BASIS];
}

static void add_give_extra(const struct book *book, const uint8_t *extra, struct book_give *give)
{
    give->tier_by = extra[EXTRA_TIER_BY];
    give->tier_base = extra[EXTRA_TIER_BASE];
    give->price_mode = extra[EXTRA_PRICE_MODE];
    give->mix_mode = extra[EXTRA_MIX_MODE];
    give->earn_by = extra[EXTRA_EARN_BY];
    give->line_rounding = extra[EXTRA_LINE_ROUNDING];
    give->max_units = load_u32(extra + EXTRA_MAX_UNITS);
    give->cap_units = load_u32(extra + EXTRA_CAP_UNITS);
    give->min_units = load_u32(extra + EXTRA_MIN_UNITS);
    give->group_units = load_u32(extra + EXTRA_GROUP_UNITS);
    give->days = load_u32(extra + EXTRA_DAYS);
    give->card_size = load_u32(extra + EXTRA_CARD_SIZE);
    give->excluded_tenders = load_u32(extra + EXTRA_TENDERS);
    give->more_minor = (int64_t)load_u64(extra + EXTRA_MORE);
    give->prior_price_minor = (int64_t)load_u64(extra + EXTRA_PRIOR_PRICE);
    give->unit_minor = (int64_t)load_u64(extra + EXTRA_UNIT);
    give->charged_minor = (int64_t)load_u64(extra + EXTRA_CHARGED);
    give->steps = load_range(extra + EXTRA_STEPS);
    give->parts = load_range(extra + EXTRA_PARTS);
    give->item = short_text_at(book, extra + EXTRA_ITEM);
    give->card = short_text_at(book, extra + EXTRA_CARD);
    give->reward = short_text_at(book, extra + EXTRA_REWARD);
}

static struct span program_at(const struct book *book, struct book_range range)
{
    return span_of(book->section[SECTION_PROGRAMS].bytes + range.first, range.count);
}

static void add_extra(const struct book *book, const uint8_t *extra, struct book_offer *offer)
{
    offer->groups = load_range(extra + EXTRA_GROUPS);
    offer->excluded_with = load_range(extra + EXTRA_EXCLUDED_WITH);
    offer->coupons = load_range(extra + EXTRA_COUPONS);
    offer->channels = load_range(extra + EXTRA_CHANNELS);
    offer->limits = load_range(extra + EXTRA_LIMITS);
    offer->condition = program_at(book, load_range(extra + EXTRA_CONDITION));
    offer->line_condition = program_at(book, load_range(extra + EXTRA_LINE_CONDITION));
    offer->experiment = short_text_at(book, extra + EXTRA_EXPERIMENT);
    offer->holdout_bp = load_u16(extra + EXTRA_HOLDOUT);
    offer->consent = extra[EXTRA_CONSENT];
    offer->group_scope = extra[EXTRA_GROUP_SCOPE];
}

static void add_no_extra(struct book_offer *offer)
{
    const struct book_range none = {0, 0};
    offer->groups = offer->excluded_with = offer->coupons = offer->channels = offer->limits = none;
    offer->condition = offer->line_condition = offer->experiment = span_of(NULL, 0);
    offer->holdout_bp = 0;
    offer->consent = BOOK_NO_CONSENT;
    offer->group_scope = BOOK_GROUP_PER_BASKET;
}

/* Field by field: this runs for every offer that a basket touches, and most are done with after it. */
void book_offer_head_at(const struct book *book, uint32_t index, struct book_offer *out_offer)
{
    const uint8_t *row = row_of(book, SECTION_OFFERS, index);
    uint32_t extra = load_u32(row + OFFER_EXTRA);
    out_offer->id = short_text_at(book, row + OFFER_ID);
    out_offer->version = load_u32(row + OFFER_VERSION);
    out_offer->kind = load_u16(row + OFFER_KIND);
    out_offer->scope = row[OFFER_SCOPE];
    out_offer->step = row[OFFER_STEP];
    out_offer->exclusive = row[OFFER_EXCLUSIVE];
    out_offer->audience = row[OFFER_AUDIENCE];
    out_offer->weekdays = row[OFFER_WEEKDAYS];
    out_offer->lane = row[OFFER_LANE];
    out_offer->priority = (int32_t)load_u32(row + OFFER_PRIORITY);
    out_offer->from_day = (int32_t)load_u32(row + OFFER_FROM_DAY);
    out_offer->until_day = (int32_t)load_u32(row + OFFER_UNTIL_DAY);
    out_offer->target = load_u32(row + OFFER_TARGET);
    out_offer->who = load_range(row + OFFER_WHO);
    out_offer->stores = load_range(row + OFFER_STORES);
    out_offer->hours = load_range(row + OFFER_HOURS);
    out_offer->conditions = load_range(row + OFFER_CONDITIONS);
    out_offer->texts = load_range(row + OFFER_TEXTS);
    if (extra != BOOK_NONE)
        add_extra(book, row_of(book, SECTION_EXTRAS, extra), out_offer);
    else
        add_no_extra(out_offer);
}

void book_offer_give_at(const struct book *book, uint32_t index, struct book_offer *offer)
{
    const uint8_t *row = row_of(book, SECTION_OFFERS, index);
    uint32_t extra = load_u32(row + OFFER_EXTRA);
    memset(&offer->give, 0, sizeof(offer->give));
    add_give(row, &offer->give);
    if (extra != BOOK_NONE)
        add_give_extra(book, row_of(book, SECTION_EXTRAS, extra), &offer->give);
}

void book_offer_at(const struct book *book, uint32_t index, struct book_offer *out_offer)
{
    book_offer_head_at(book, index, out_offer);
    book_offer_give_at(book, index, out_offer);
}

uint32_t book_find_offer(const struct book *book, struct span id)
{
    uint32_t low = 0, high = book->section[SECTION_IDS].count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t offer = load_u32(row_of(book, SECTION_IDS, middle));
        int order = span_compare(id, short_text_at(book, row_of(book, SECTION_OFFERS, offer) + OFFER_ID));
        if (order == 0)
            return offer;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return BOOK_NONE;
}

struct book_text book_text_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_TEXTS, offer->texts.first + i);
    return (struct book_text){short_text_at(book, row + TEXT_LANGUAGE), row[TEXT_ROLE],
                              long_text_at(book, row + TEXT_TEXT)};
}

/* How well a text's language answers the one that is asked for. */
static unsigned language_fit(struct span has, struct span asked)
{
    if (span_is_equal(has, asked))
        return 3;
    const uint8_t *dash = asked.size > 0 ? memchr(asked.bytes, '-', asked.size) : NULL;
    if (dash != NULL && span_is_equal(has, span_of(asked.bytes, (size_t)(dash - asked.bytes))))
        return 2;
    return 1;
}

struct span book_offer_text(const struct book *book, const struct book_offer *offer, enum book_text_role role,
                            struct span language)
{
    struct span best = {NULL, 0};
    unsigned best_fit = 0;
    for (uint32_t i = 0; i < offer->texts.count; i++) {
        struct book_text text = book_text_at(book, offer, i);
        unsigned fit = text.role == role ? language_fit(text.language, language) : 0;
        if (fit > best_fit) {
            best = text.text;
            best_fit = fit;
        }
    }
    return best;
}

uint32_t book_lane_count(const struct book *book)
{
    return book->section[SECTION_LANES].count;
}

struct book_lane book_lane_at(const struct book *book, uint32_t lane)
{
    const uint8_t *row = row_of(book, SECTION_LANES, lane);
    return (struct book_lane){long_text_at(book, row + LANE_NAME), row[LANE_MODE],
                              load_u16(row + LANE_OFFERS_MAX)};
}

struct book_condition book_condition_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_CONDITIONS, offer->conditions.first + i);
    return (struct book_condition){.kind = row[CONDITION_KIND],
                                   .base = row[CONDITION_BASE],
                                   .amount_net_of_tax = row[CONDITION_NET],
                                   .selector = load_u32(row + CONDITION_SELECTOR),
                                   .symbol = load_u32(row + CONDITION_SYMBOL),
                                   .value = (int64_t)load_u64(row + CONDITION_VALUE)};
}

static struct book_step_row pair_at(const struct book *book, uint32_t index)
{
    const uint8_t *row = row_of(book, SECTION_PAIRS, index);
    return (struct book_step_row){(int64_t)load_u64(row + PAIR_FIRST), (int64_t)load_u64(row + PAIR_SECOND)};
}

struct book_selector book_selector_at(const struct book *book, uint32_t selector)
{
    const uint8_t *row = row_of(book, SECTION_SELECTORS, selector);
    uint32_t prices = load_u32(row + SELECTOR_PRICES);
    struct book_step_row bounds = {-1, -1};
    if (prices != BOOK_NONE)
        bounds = pair_at(book, prices);
    return (struct book_selector){.everything = row[SELECTOR_EVERYTHING] != 0,
                                  .not_reduced = row[SELECTOR_NOT_REDUCED] != 0,
                                  .price_min_minor = bounds.threshold,
                                  .price_max_minor = bounds.value,
                                  .include = load_range(row + SELECTOR_INCLUDE),
                                  .exclude = load_range(row + SELECTOR_EXCLUDE)};
}

struct book_limit book_limit_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_LIMITS, offer->limits.first + i);
    return (struct book_limit){row[LIMIT_WHAT], row[LIMIT_PER], row[LIMIT_PERIOD], row[LIMIT_PARTIAL],
                               (int64_t)load_u64(row + LIMIT_VALUE)};
}

struct book_step_row book_step_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    return pair_at(book, offer->give.steps.first + i);
}

struct book_part book_part_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_PARTS, offer->give.parts.first + i);
    return (struct book_part){load_u32(row + PART_SELECTOR), load_u32(row + PART_UNITS)};
}

struct book_tier book_tier_at(const struct book *book, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_TIERS, book->header.programme_rules.tier_rules.first + i);
    return (struct book_tier){load_u32(row + TIER_SYMBOL), load_u16(row + TIER_WINDOW),
                              (int64_t)load_u64(row + TIER_FROM), (int64_t)load_u64(row + TIER_KEEP)};
}

bool book_knows_programs(const struct book *book, const struct book_offer *offer)
{
    if (!book->has_newer_programs)
        return true;
    const struct span programs[] = {offer->condition, offer->line_condition};
    for (unsigned i = 0; i < COUNT_OF(programs); i++) {
        if (programs[i].size > 0 && cel_verify(programs[i], conditions_cel_declarations(i == 1)) != ERR_OK)
            return false;
    }
    return true;
}

uint32_t book_excluded_with_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    return book_posting_at(book, offer->excluded_with.first + i);
}

uint32_t book_symbol_count(const struct book *book)
{
    return book->section[SECTION_SYMBOLS].count;
}

uint32_t book_find_symbol(const struct book *book, enum book_symbol_kind kind, struct span text)
{
    uint32_t mask = book->section[SECTION_SLOTS].count - 1; /* a power of two */
    uint32_t slot = symbol_hash(kind, text) & mask;
    for (uint32_t probe = 0; probe <= PROBES_MAX; probe++, slot = (slot + 1) & mask) {
        uint32_t symbol = load_u32(row_of(book, SECTION_SLOTS, slot));
        if (symbol == BOOK_NONE)
            break;
        const uint8_t *row = row_of(book, SECTION_SYMBOLS, symbol);
        if (row[SYMBOL_KIND] == kind && span_is_equal(short_text_at(book, row + SYMBOL_TEXT), text))
            return symbol;
    }
    return BOOK_NONE;
}

enum book_symbol_kind book_symbol_kind_of(const struct book *book, uint32_t symbol)
{
    return (enum book_symbol_kind)row_of(book, SECTION_SYMBOLS, symbol)[SYMBOL_KIND];
}

struct span book_symbol_text(const struct book *book, uint32_t symbol)
{
    return short_text_at(book, row_of(book, SECTION_SYMBOLS, symbol) + SYMBOL_TEXT);
}

uint32_t book_reference_at(const struct book *book, uint32_t at)
{
    return load_u32(row_of(book, SECTION_REFERENCES, at));
}

struct book_range book_symbol_offers(const struct book *book, uint32_t symbol)
{
    return load_range(row_of(book, SECTION_SYMBOLS, symbol) + SYMBOL_OFFERS);
}

struct book_range book_symbol_triggers(const struct book *book, uint32_t symbol)
{
    return load_range(row_of(book, SECTION_SYMBOLS, symbol) + SYMBOL_TRIGGERS);
}

struct book_range book_basket_wide_offers(const struct book *book)
{
    return load_range(book->bytes.bytes + HEADER_BASKET_WIDE);
}

struct book_range book_any_member_offers(const struct book *book)
{
    return load_range(book->bytes.bytes + HEADER_ANY_MEMBER);
}

uint32_t book_posting_at(const struct book *book, uint32_t at)
{
    return load_u32(row_of(book, SECTION_POSTINGS, at));
}

struct book_hours book_hours_at(const struct book *book, const struct book_offer *offer, uint32_t i)
{
    const uint8_t *row = row_of(book, SECTION_HOURS, offer->hours.first + i);
    return (struct book_hours){load_u16(row + HOURS_FROM), load_u16(row + HOURS_UNTIL)};
}

bool book_is_within_hours(const struct book *book, const struct book_offer *offer, uint16_t minute_of_day)
{
    for (uint32_t i = 0; i < offer->hours.count; i++) {
        const uint8_t *row = row_of(book, SECTION_HOURS, offer->hours.first + i);
        uint16_t from = load_u16(row + HOURS_FROM), until = load_u16(row + HOURS_UNTIL);
        bool after = minute_of_day >= from, before = minute_of_day < until;
        if (from < until ? after && before : after || before)
            return true;
    }
    return offer->hours.count == 0;
}

const char *book_kind_name(uint16_t kind)
{
    const struct offers_kind *row = offers_kind_of(kind);
    return row != NULL ? row->name : NULL;
}

uint16_t book_kind_of_name(struct span name)
{
    for (size_t i = 0; i < offers_kind_count(); i++) {
        const struct offers_kind *row = offers_kind_at(i);
        if (row != NULL && span_is_equal(span_of_text(row->name), name))
            return row->kind;
    }
    return 0;
}

uint8_t book_step_of(uint16_t kind, enum book_scope scope)
{
    const struct offers_kind *row = offers_kind_of(kind);
    return row != NULL && (unsigned)scope < COUNT_OF(row->step) ? row->step[scope] : 0;
}
