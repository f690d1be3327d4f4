/* SPDX-License-Identifier: Apache-2.0 */
/* book_open: proves of any bytes that every look-up of book.c stays within them, or refuses them.
 *
 * Lists that are walked are also charged to a budget (the size of the section that they stand in), so that
 * overlapping ranges cannot make the check slower than linear. */
#include "base/money.h"
#include "base/utf8.h"
#include "offers/book.h"
#include "offers/book_layout.h"
#include "offers/conditions_cel.h"
#include "offers/kinds/kinds.h"

/* What the walk over the rows has used up, by section. */
struct check {
    struct book book;
    uint64_t charged[BOOK_SECTIONS];
    uint32_t extra_count; /* that belong to the offers so far */
};

static bool is_in(const struct check *c, enum section_id section, struct book_range range)
{
    return (uint64_t)range.first + range.count <= c->book.section[section].count;
}

/* The range lies within the section, and all such ranges together are not longer than it. */
static bool charge(struct check *c, enum section_id section, struct book_range range)
{
    c->charged[section] += range.count;
    return is_in(c, section, range) && c->charged[section] <= c->book.section[section].count;
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

bool offers_is_utf8(struct span text)
{
    return utf8_is_valid(text) && (text.size == 0 || memchr(text.bytes, 0, text.size) == NULL);
}

/* The pool is UTF-8 as a whole, so a text is as soon as it cuts no character. */
static bool is_text(const struct check *c, uint32_t offset, uint32_t size)
{
    const struct book_section *pool = &c->book.section[SECTION_POOL];
    uint64_t end = (uint64_t)offset + size;
    if (end > pool->count)
        return false;
    return !(offset < pool->count && is_continuation(pool->bytes[offset])) &&
           !(end < pool->count && is_continuation(pool->bytes[end]));
}

static bool is_short_text(const struct check *c, const uint8_t *at, uint32_t size_max)
{
    uint16_t size = load_u16(at + 4);
    return size >= 1 && size <= size_max && is_text(c, load_u32(at), size);
}

static bool is_optional_text(const struct check *c, const uint8_t *at, uint32_t size_max)
{
    return load_u16(at + 4) <= size_max && is_text(c, load_u32(at), load_u16(at + 4));
}

static bool is_long_text(const struct check *c, const uint8_t *at)
{
    return is_text(c, load_u32(at), load_u32(at + 4));
}

/* References to symbols of one of the kinds (a bit each), ascending. */
static bool are_references(struct check *c, struct book_range range, unsigned kinds)
{
    if (!charge(c, SECTION_REFERENCES, range))
        return false;
    uint32_t count = book_symbol_count(&c->book);
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t symbol = book_reference_at(&c->book, range.first + i);
        if (symbol >= count || !(kinds >> book_symbol_kind_of(&c->book, symbol) & 1))
            return false;
        if (i > 0 && symbol <= book_reference_at(&c->book, range.first + i - 1))
            return false;
    }
    return true;
}

static bool are_postings(struct check *c, struct book_range range)
{
    if (!charge(c, SECTION_POSTINGS, range))
        return false;
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t offer = book_posting_at(&c->book, range.first + i);
        if (offer >= book_offer_count(&c->book))
            return false;
        if (i > 0 && offer <= book_posting_at(&c->book, range.first + i - 1))
            return false;
    }
    return true;
}

/* Sections follow one another in the order of their ids, each at the next multiple of SECTION_ALIGNMENT. */
static bool read_sections(struct check *c)
{
    const uint8_t *header = c->book.bytes.bytes;
    uint64_t end = HEADER_SIZE;
    for (unsigned i = 0; i < BOOK_SECTIONS; i++) {
        uint64_t offset = (end + SECTION_ALIGNMENT - 1) / SECTION_ALIGNMENT * SECTION_ALIGNMENT;
        uint32_t count = load_u32(header + HEADER_SECTIONS + 8 * i + 4);
        if (load_u32(header + HEADER_SECTIONS + 8 * i) != offset)
            return false;
        end = offset + (uint64_t)count * section_row_size[i];
        if (end > c->book.bytes.size)
            return false;
        c->book.section[i] = (struct book_section){header + offset, count};
    }
    return end == c->book.bytes.size;
}

static enum err read_header(struct check *c, struct span bytes)
{
    if (bytes.size > BOOK_SIZE_MAX)
        return ERR_TOO_LONG;
    if (bytes.size < HEADER_SIZE)
        return bytes.size >= sizeof(book_magic) && memcmp(bytes.bytes, book_magic, sizeof(book_magic)) != 0
                   ? ERR_SYNTAX
                   : ERR_TRUNCATED;
    const uint8_t *at = bytes.bytes;
    if (memcmp(at, book_magic, sizeof(book_magic)) != 0)
        return ERR_SYNTAX;
    if (load_u16(at + HEADER_FORMAT) != BOOK_FORMAT_VERSION)
        return ERR_VERSION;
    if (load_u16(at + HEADER_SIZE_FIELD) != HEADER_SIZE)
        return ERR_SYNTAX;
    if (load_u32(at + HEADER_TOTAL_SIZE) != bytes.size)
        return load_u32(at + HEADER_TOTAL_SIZE) > bytes.size ? ERR_TRUNCATED : ERR_SYNTAX;
    c->book.bytes = bytes;
    return read_sections(c) && at[HEADER_EXPONENT] <= MONEY_EXPONENT_MAX ? ERR_OK : ERR_SYNTAX;
}

static struct book_programme programme_at(const uint8_t *at)
{
    return (struct book_programme){
        .burn_points = load_u32(at + HEADER_BURN_POINTS),
        .burn_value_minor = (int64_t)load_u64(at + HEADER_BURN_VALUE),
        .burn_min_points = load_u32(at + HEADER_BURN_MIN),
        .burn_share_max_bp = load_u32(at + HEADER_BURN_SHARE),
        .burn_as = at[HEADER_BURN_AS],
        .burn_same_sale = at[HEADER_BURN_SAME_SALE],
        .lifetime_unit = at[HEADER_LIFETIME_UNIT],
        .expiry_round = at[HEADER_EXPIRY_ROUND],
        .return_policy = at[HEADER_RETURN_POLICY],
        .pending_days = load_u32(at + HEADER_PENDING),
        .lifetime = load_u32(at + HEADER_LIFETIME),
        .reinstate_days = load_u32(at + HEADER_REINSTATE),
        .excluded_tenders = load_u32(at + HEADER_TENDERS),
        .offline_card_day_points = load_u32(at + HEADER_OFFLINE_CARD),
        .offline_till_day_points = load_u32(at + HEADER_OFFLINE_TILL),
        .tier_rules = load_range(at + HEADER_TIERS),
    };
}

static bool is_rules(const struct check *c)
{
    const struct book_header *header = &c->book.header;
    return header->order <= BOOK_BY_PRIORITY && header->sharing <= BOOK_SHARING_LAST &&
           header->search_states_max >= 1 && header->search_states_max <= BOOK_SEARCH_STATES_MAX &&
           header->line_discount_max_bp <= BOOK_PERCENT_MAX_BP &&
           offers_check_programme(&header->programme_rules).field == NULL &&
           is_in(c, SECTION_TIERS, header->programme_rules.tier_rules);
}

/* The pool has been looked at. */
static bool read_rules(struct check *c)
{
    const uint8_t *at = c->book.bytes.bytes;
    struct book_header *header = &c->book.header;
    for (unsigned i = 0; i < 3; i++) {
        uint8_t letter = at[HEADER_CURRENCY + i];
        if (letter < 'A' || letter > 'Z')
            return false;
        header->currency[i] = (char)letter;
    }
    if (!is_long_text(c, at + HEADER_PROGRAMME) ||
        !is_book_day((int32_t)load_u32(at + HEADER_VALID_FROM), BOOK_DAY_FIRST))
        return false;
    header->version = load_u64(at + HEADER_VERSION);
    header->created_unix_ms = (int64_t)load_u64(at + HEADER_CREATED);
    header->valid_from_day = (int32_t)load_u32(at + HEADER_VALID_FROM);
    header->exponent = at[HEADER_EXPONENT];
    header->programme = long_text_at(&c->book, at + HEADER_PROGRAMME);
    header->stores = load_range(at + HEADER_STORES);
    header->order = at[HEADER_ORDER];
    header->sharing = at[HEADER_SHARING];
    header->search_states_max = load_u32(at + HEADER_STATES);
    header->line_discount_max_bp = load_u32(at + HEADER_LINE_MAX);
    header->programme_rules = programme_at(at);
    return is_rules(c);
}

static int symbol_order(const struct book *book, uint32_t a, uint32_t b)
{
    enum book_symbol_kind kind_a = book_symbol_kind_of(book, a), kind_b = book_symbol_kind_of(book, b);
    if (kind_a != kind_b)
        return kind_a < kind_b ? -1 : 1;
    return span_compare(book_symbol_text(book, a), book_symbol_text(book, b));
}

static bool are_symbols(struct check *c)
{
    for (uint32_t i = 0; i < book_symbol_count(&c->book); i++) {
        const uint8_t *row = row_of(&c->book, SECTION_SYMBOLS, i);
        if (row[SYMBOL_KIND] > BOOK_SYMBOL_LAST || !is_short_text(c, row + SYMBOL_TEXT, UINT16_MAX))
            return false;
        if (i > 0 && symbol_order(&c->book, i - 1, i) >= 0)
            return false;
        if (!are_postings(c, load_range(row + SYMBOL_OFFERS)) ||
            !are_postings(c, load_range(row + SYMBOL_TRIGGERS)))
            return false;
    }
    return true;
}

/* Each symbol is found where book_find_symbol looks for it. */
static bool are_slots(const struct check *c)
{
    const struct book *book = &c->book;
    uint32_t count = book->section[SECTION_SLOTS].count, symbol_count = book_symbol_count(book);
    if (count == 0 || (count & (count - 1)) != 0)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t symbol = load_u32(row_of(book, SECTION_SLOTS, i));
        if (symbol != BOOK_NONE && symbol >= symbol_count)
            return false;
    }
    for (uint32_t i = 0; i < symbol_count; i++) {
        uint32_t slot = symbol_hash(book_symbol_kind_of(book, i), book_symbol_text(book, i)) & (count - 1);
        uint32_t found = BOOK_NONE;
        for (uint32_t probe = 0; probe <= PROBES_MAX; probe++, slot = (slot + 1) & (count - 1)) {
            found = load_u32(row_of(book, SECTION_SLOTS, slot));
            if (found == i || found == BOOK_NONE)
                break;
        }
        if (found != i)
            return false;
    }
    return true;
}

static bool are_lanes(const struct check *c)
{
    for (uint32_t i = 0; i < book_lane_count(&c->book); i++) {
        const uint8_t *row = row_of(&c->book, SECTION_LANES, i);
        if (!is_long_text(c, row + LANE_NAME) || row[LANE_MODE] > BOOK_LANE_MODE_LAST)
            return false;
    }
    return book_lane_count(&c->book) >= 1 && book_lane_count(&c->book) <= BOOK_LANES_MAX;
}

/* The engine multiplies them. */
static bool are_price_bounds(const struct book *book, uint32_t index)
{
    if (index >= book->section[SECTION_PAIRS].count)
        return false;
    const uint8_t *row = row_of(book, SECTION_PAIRS, index);
    int64_t lowest = (int64_t)load_u64(row + PAIR_FIRST), highest = (int64_t)load_u64(row + PAIR_SECOND);
    return lowest >= -1 && lowest <= BOOK_AMOUNT_MAX && highest >= -1 && highest <= BOOK_AMOUNT_MAX;
}

static bool are_selectors(struct check *c)
{
    const unsigned goods = 1u << BOOK_SYMBOL_ITEM | 1u << BOOK_SYMBOL_CATEGORY;
    for (uint32_t i = 0; i < c->book.section[SECTION_SELECTORS].count; i++) {
        const uint8_t *row = row_of(&c->book, SECTION_SELECTORS, i);
        uint32_t prices = load_u32(row + SELECTOR_PRICES);
        struct book_range include = load_range(row + SELECTOR_INCLUDE);
        if (row[SELECTOR_EVERYTHING] > 1 || row[SELECTOR_NOT_REDUCED] > 1 ||
            (row[SELECTOR_EVERYTHING] == 1) != (include.count == 0) ||
            (prices != BOOK_NONE && !are_price_bounds(&c->book, prices)))
            return false;
        if (!are_references(c, include, goods) ||
            !are_references(c, load_range(row + SELECTOR_EXCLUDE), goods))
            return false;
    }
    return true;
}

static bool is_condition(const struct book *book, const uint8_t *row)
{
    struct book_condition condition = {.kind = row[CONDITION_KIND],
                                       .symbol = load_u32(row + CONDITION_SYMBOL),
                                       .value = (int64_t)load_u64(row + CONDITION_VALUE)};
    if (row[CONDITION_BASE] > BOOK_INITIAL || row[CONDITION_NET] > 1 ||
        load_u32(row + CONDITION_SELECTOR) >= book->section[SECTION_SELECTORS].count)
        return false;
    if (condition.symbol != BOOK_NONE && (condition.symbol >= book_symbol_count(book) ||
                                          book_symbol_kind_of(book, condition.symbol) != BOOK_SYMBOL_SEGMENT))
        return false;
    return (condition.kind == BOOK_IN_SEGMENT) == (condition.symbol != BOOK_NONE) &&
           offers_check_condition(condition.kind, condition.value).field == NULL;
}

static bool are_conditions(const struct book *book)
{
    for (uint32_t i = 0; i < book->section[SECTION_CONDITIONS].count; i++) {
        if (!is_condition(book, row_of(book, SECTION_CONDITIONS, i)))
            return false;
    }
    return true;
}

static bool are_hours(const struct book *book)
{
    for (uint32_t i = 0; i < book->section[SECTION_HOURS].count; i++) {
        const uint8_t *row = row_of(book, SECTION_HOURS, i);
        uint16_t from = load_u16(row + HOURS_FROM), until = load_u16(row + HOURS_UNTIL);
        if (from >= BOOK_MINUTES_A_DAY || until > BOOK_MINUTES_A_DAY || from == until)
            return false;
    }
    return true;
}

static bool are_texts(const struct check *c)
{
    for (uint32_t i = 0; i < c->book.section[SECTION_TEXTS].count; i++) {
        const uint8_t *row = row_of(&c->book, SECTION_TEXTS, i);
        if (!is_short_text(c, row + TEXT_LANGUAGE, LANGUAGE_MAX) || !is_long_text(c, row + TEXT_TEXT))
            return false;
    }
    return true;
}

static bool are_tiers(const struct book *book)
{
    int64_t earlier = -1;
    for (uint32_t i = 0; i < book->section[SECTION_TIERS].count; i++) {
        const uint8_t *row = row_of(book, SECTION_TIERS, i);
        uint32_t symbol = load_u32(row + TIER_SYMBOL);
        int64_t from = (int64_t)load_u64(row + TIER_FROM), keep = (int64_t)load_u64(row + TIER_KEEP);
        if (symbol >= book_symbol_count(book) || book_symbol_kind_of(book, symbol) != BOOK_SYMBOL_TIER ||
            from <= earlier || from > BOOK_AMOUNT_MAX || keep < 0 || keep > from)
            return false;
        earlier = from;
    }
    return true;
}

static bool are_parts(const struct book *book)
{
    for (uint32_t i = 0; i < book->section[SECTION_PARTS].count; i++) {
        const uint8_t *row = row_of(book, SECTION_PARTS, i);
        uint32_t units = load_u32(row + PART_UNITS);
        if (load_u32(row + PART_SELECTOR) >= book->section[SECTION_SELECTORS].count || units == 0 ||
            units > BOOK_UNITS_MAX)
            return false;
    }
    return true;
}

/* Ascending thresholds, and values that the kind can give. */
static bool are_steps(const struct book *book, const struct book_offer *offer, int64_t value_max)
{
    for (uint32_t i = 0; i < offer->give.steps.count; i++) {
        struct book_step_row step = book_step_at(book, offer, i);
        if (step.threshold < 0 || step.threshold > BOOK_AMOUNT_MAX || step.value < 0 ||
            step.value > value_max)
            return false;
        if (i > 0 && step.threshold <= book_step_at(book, offer, i - 1).threshold)
            return false;
    }
    return offer->give.steps.count <= BOOK_STEPS_MAX;
}

static bool is_give(const struct check *c, const struct book_offer *offer)
{
    const struct book_give *give = &offer->give;
    if (give->get != BOOK_NONE && give->get >= c->book.section[SECTION_SELECTORS].count)
        return false;
    const struct offers_kind *kind = offers_kind_of(offer->kind);
    if (kind == NULL) /* a newer program's: it is never evaluated */
        return offer->step != 0;
    if ((give->get != BOOK_NONE) != kind->has_get || give->parts.count > BOOK_PARTS_MAX ||
        (give->parts.count > 0) != kind->has_parts || (give->steps.count > 0 && kind->step_value_max == 0))
        return false;
    return offer->scope <= BOOK_TOGETHER && offer->step == kind->step[offer->scope] && offer->step != 0 &&
           are_steps(&c->book, offer, kind->step_value_max) &&
           offers_check_give(give, kind, (enum book_scope)offer->scope).field == NULL;
}

static bool is_audience(struct check *c, const struct book_offer *offer)
{
    static const unsigned kinds[] = {
        [BOOK_ANYONE] = 0,
        [BOOK_ANY_MEMBER] = 0,
        [BOOK_SEGMENT] = 1u << BOOK_SYMBOL_SEGMENT,
        [BOOK_TIER] = 1u << BOOK_SYMBOL_TIER,
        [BOOK_LISTED] = 1u << BOOK_SYMBOL_MEMBER,
    };
    if (offer->audience >= COUNT_OF(kinds) || (offer->who.count > 0) != (kinds[offer->audience] != 0))
        return false;
    return are_references(c, offer->who, kinds[offer->audience]) &&
           are_references(c, offer->stores, 1u << BOOK_SYMBOL_STORE);
}

static bool are_limits(struct check *c, const struct book_offer *offer)
{
    if (!charge(c, SECTION_LIMITS, offer->limits))
        return false;
    for (uint32_t i = 0; i < offer->limits.count; i++) {
        struct book_limit limit = book_limit_at(&c->book, offer, i);
        if (offers_check_limit(&limit).field != NULL)
            return false;
    }
    return true;
}

/* One that needs a newer evaluator is kept: its offer is explained as an unknown one. */
static bool is_program(struct check *c, const uint8_t *at, bool has_line)
{
    struct book_range range = load_range(at);
    if (range.count > BOOK_PROGRAM_MAX || !charge(c, SECTION_PROGRAMS, range))
        return false;
    if (range.count == 0)
        return true;
    struct span program = span_of(c->book.section[SECTION_PROGRAMS].bytes + range.first, range.count);
    enum err error = cel_verify(program, conditions_cel_declarations(has_line));
    bool is_newer = error == ERR_VERSION || error == ERR_UNSUPPORTED;
    c->book.has_newer_programs |= is_newer;
    return error == ERR_OK || is_newer;
}

/* Before the row is read as part of its offer: what book_offer_at follows. */
static bool is_extra_readable(struct check *c, uint32_t extra)
{
    if (extra == BOOK_NONE)
        return true;
    if (extra != c->extra_count || extra >= c->book.section[SECTION_EXTRAS].count)
        return false;
    c->extra_count++;
    const uint8_t *row = row_of(&c->book, SECTION_EXTRAS, extra);
    return is_program(c, row + EXTRA_CONDITION, false) && is_program(c, row + EXTRA_LINE_CONDITION, true) &&
           is_optional_text(c, row + EXTRA_EXPERIMENT, SEGMENT_MAX) &&
           is_optional_text(c, row + EXTRA_ITEM, SKU_MAX) &&
           is_optional_text(c, row + EXTRA_CARD, BOOK_CARD_MAX) &&
           is_optional_text(c, row + EXTRA_REWARD, BOOK_CARD_MAX);
}

static bool is_extra(struct check *c, const struct book_offer *offer)
{
    return are_references(c, offer->groups, 1u << BOOK_SYMBOL_GROUP) &&
           are_postings(c, offer->excluded_with) &&
           are_references(c, offer->coupons, 1u << BOOK_SYMBOL_COUPON) &&
           are_references(c, offer->channels, 1u << BOOK_SYMBOL_CHANNEL) && are_limits(c, offer) &&
           charge(c, SECTION_PAIRS, offer->give.steps) && charge(c, SECTION_PARTS, offer->give.parts) &&
           offer->holdout_bp <= BOOK_PERCENT_MAX_BP && offer->consent <= BOOK_CONSENT_LAST &&
           offer->group_scope <= BOOK_GROUP_PER_LINE;
}

static bool is_offer(struct check *c, uint32_t index)
{
    const uint8_t *row = row_of(&c->book, SECTION_OFFERS, index);
    if (!is_short_text(c, row + OFFER_ID, OFFER_ID_MAX) || !is_extra_readable(c, load_u32(row + OFFER_EXTRA)))
        return false;
    struct book_offer offer;
    book_offer_at(&c->book, index, &offer);
    bool plain = offer.lane < book_lane_count(&c->book) && offer.exclusive <= BOOK_EXCLUSIVE_LAST &&
                 offer.weekdays != 0 && offer.weekdays <= BOOK_WEEKDAYS_ALL &&
                 is_book_day(offer.from_day, BOOK_DAY_FIRST) && is_book_day(offer.until_day, BOOK_DAY_LAST) &&
                 offer.from_day <= offer.until_day && offer.target < c->book.section[SECTION_SELECTORS].count;
    return plain && is_extra(c, &offer) && is_give(c, &offer) && is_audience(c, &offer) &&
           charge(c, SECTION_HOURS, offer.hours) && charge(c, SECTION_CONDITIONS, offer.conditions) &&
           charge(c, SECTION_TEXTS, offer.texts);
}

static bool are_offers(struct check *c)
{
    if (book_offer_count(&c->book) > BOOK_OFFERS_MAX)
        return false;
    struct book_offer offer, earlier = {0};
    for (uint32_t i = 0; i < book_offer_count(&c->book); i++) {
        if (!is_offer(c, i))
            return false;
        book_offer_at(&c->book, i, &offer);
        if (i > 0 && offer_order((enum book_order)c->book.header.order, &earlier, &offer) >= 0)
            return false;
        earlier = offer;
    }
    return c->extra_count == c->book.section[SECTION_EXTRAS].count;
}

static bool are_ids(const struct check *c)
{
    const struct book *book = &c->book;
    struct span earlier = {NULL, 0};
    if (book->section[SECTION_IDS].count != book_offer_count(book))
        return false;
    for (uint32_t i = 0; i < book_offer_count(book); i++) {
        uint32_t offer = load_u32(row_of(book, SECTION_IDS, i));
        if (offer >= book_offer_count(book))
            return false;
        struct span id = short_text_at(book, row_of(book, SECTION_OFFERS, offer) + OFFER_ID);
        if (i > 0 && span_compare(earlier, id) >= 0)
            return false;
        earlier = id;
    }
    return true;
}

enum err book_open(struct span bytes, struct book *out_book)
{
    struct check c = {0};
    TRY(read_header(&c, bytes));
    const struct book_section *pool = &c.book.section[SECTION_POOL];
    if (!offers_is_utf8(span_of(pool->bytes, pool->count)))
        return ERR_SYNTAX;
    /* Symbols first: the checks after them look symbols up. */
    if (!read_rules(&c) || !are_symbols(&c) || !are_slots(&c) || !are_lanes(&c) || !are_selectors(&c) ||
        !are_conditions(&c.book) || !are_hours(&c.book) || !are_texts(&c) || !are_tiers(&c.book) ||
        !are_parts(&c.book) || !are_offers(&c) || !are_ids(&c))
        return ERR_SYNTAX;
    if (!are_references(&c, c.book.header.stores, 1u << BOOK_SYMBOL_STORE) ||
        !are_postings(&c, book_basket_wide_offers(&c.book)) ||
        !are_postings(&c, book_any_member_offers(&c.book)))
        return ERR_SYNTAX;
    *out_book = c.book;
    return ERR_OK;
}
