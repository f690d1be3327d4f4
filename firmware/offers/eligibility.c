/* SPDX-License-Identifier: Apache-2.0 */
/* Who, when and where: what can be said of an offer without looking at the basket. */
#include "base/civil.h"
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

static uint32_t find_member(const struct book *book, const uint8_t id[MEMBER_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char text[BOOK_MEMBER_TEXT_SIZE];
    _Static_assert(BOOK_MEMBER_TEXT_SIZE == 2 * MEMBER_SIZE, "two digits a byte");
    for (size_t i = 0; i < MEMBER_SIZE; i++) {
        text[2 * i] = digits[id[i] >> 4];
        text[2 * i + 1] = digits[id[i] & 15];
    }
    return book_find_symbol(book, BOOK_SYMBOL_MEMBER, span_of(text, sizeof(text)));
}

struct audience offers_audience_of(const struct book *book, const struct offers_member *member,
                                   const struct offers_moment *moment)
{
    struct audience audience = {.is_known = member != NULL && member->known,
                                .tier = BOOK_NONE,
                                .member = BOOK_NONE,
                                .store = book_find_symbol(book, BOOK_SYMBOL_STORE, moment->store)};
    if (!audience.is_known)
        return audience;
    KASSA_ASSERT(member->segment_count <= SEGMENTS_MAX);
    audience.tier = book_find_symbol(book, BOOK_SYMBOL_TIER, member->tier);
    audience.member = find_member(book, member->id);
    for (uint32_t i = 0; i < member->segment_count; i++) {
        uint32_t symbol = book_find_symbol(book, BOOK_SYMBOL_SEGMENT, member->segments[i]);
        if (symbol != BOOK_NONE)
            audience.segments[audience.segment_count++] = symbol;
    }
    return audience;
}

static bool names(const struct book *book, struct book_range range, uint32_t symbol)
{
    return symbol != BOOK_NONE && offers_has_reference(book, range, symbol);
}

static bool names_segment(const struct book *book, const struct book_offer *offer,
                          const struct audience *audience)
{
    for (uint32_t i = 0; i < audience->segment_count; i++) {
        if (names(book, offer->who, audience->segments[i]))
            return true;
    }
    return false;
}

static enum offers_reason check_who(const struct book *book, const struct book_offer *offer,
                                    const struct audience *audience)
{
    if (offer->audience != BOOK_ANYONE && !audience->is_known)
        return OFFERS_MEMBERS_ONLY;
    if (offer->audience == BOOK_SEGMENT && !names_segment(book, offer, audience))
        return OFFERS_WRONG_SEGMENT;
    if (offer->audience == BOOK_TIER && !names(book, offer->who, audience->tier))
        return OFFERS_WRONG_TIER;
    if (offer->audience == BOOK_LISTED && !names(book, offer->who, audience->member))
        return OFFERS_NOT_LISTED;
    return OFFERS_GIVEN;
}

enum offers_reason offers_check_static(const struct book *book, const struct book_offer *offer,
                                       const struct audience *audience, const struct offers_moment *moment)
{
    if (offers_kind_of(offer->kind) == NULL)
        return OFFERS_UNKNOWN_KIND;
    if (moment->day < offer->from_day || moment->day < book->header.valid_from_day)
        return OFFERS_NOT_YET_VALID;
    if (moment->day > offer->until_day)
        return OFFERS_EXPIRED;
    if (!(offer->weekdays >> (civil_weekday_of(moment->day) - 1) & 1))
        return OFFERS_WRONG_WEEKDAY;
    if (!book_is_within_hours(book, offer, moment->minute_of_day))
        return OFFERS_WRONG_HOUR;
    struct book_range scope = book->header.stores;
    if ((scope.count > 0 && !names(book, scope, audience->store)) ||
        (offer->stores.count > 0 && !names(book, offer->stores, audience->store)))
        return OFFERS_WRONG_STORE;
    return check_who(book, offer, audience);
}

struct offers_explanation offers_explain(const struct book *book, const struct offers_member *member,
                                         const struct offers_moment *moment,
                                         const struct offers_result *result, uint32_t offer)
{
    uint32_t low = 0, high = result->explanation_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (result->explanations[middle].offer == offer)
            return result->explanations[middle];
        if (result->explanations[middle].offer < offer)
            low = middle + 1;
        else
            high = middle;
    }
    struct book_offer row;
    book_offer_at(book, offer, &row);
    struct audience audience = offers_audience_of(book, member, moment);
    enum offers_reason reason = offers_check_static(book, &row, &audience, moment);
    /* Nothing in the basket touches it. */
    return (struct offers_explanation){.offer = offer,
                                       .reason = reason == OFFERS_GIVEN ? OFFERS_NO_MATCHING_ITEM : reason};
}

/* ---- the offers that are open to a member */

struct open_list {
    const struct book *book;
    const struct audience *audience;
    const struct offers_moment *moment;
    uint32_t *offers;
    uint32_t capacity, count;
};

/* The order in which a member is shown them. */
static int shown_order(const struct book_offer *a, const struct book_offer *b)
{
    bool is_personal_a = a->audience >= BOOK_SEGMENT, is_personal_b = b->audience >= BOOK_SEGMENT;
    if (is_personal_a != is_personal_b)
        return is_personal_a ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return span_compare(a->id, b->id);
}

/* Puts the offer in its place, once; the last one falls off a full list. */
static void show(struct open_list *list, uint32_t index)
{
    struct book_offer offer, other;
    book_offer_at(list->book, index, &offer);
    if (offers_check_static(list->book, &offer, list->audience, list->moment) != OFFERS_GIVEN)
        return;
    uint32_t at = list->count;
    for (; at > 0; at--) {
        if (list->offers[at - 1] == index)
            return;
        book_offer_at(list->book, list->offers[at - 1], &other);
        if (shown_order(&other, &offer) < 0)
            break;
    }
    if (at == list->capacity)
        return;
    list->count += list->count < list->capacity ? 1 : 0;
    memmove(list->offers + at + 1, list->offers + at, (list->count - at - 1) * sizeof(list->offers[0]));
    list->offers[at] = index;
}

static void show_range(struct open_list *list, struct book_range range)
{
    for (uint32_t i = 0; i < range.count; i++)
        show(list, book_posting_at(list->book, range.first + i));
}

void offers_list_open(const struct book *book, const struct offers_member *member,
                      const struct offers_moment *moment, uint32_t *out_offers, uint32_t capacity,
                      uint32_t *out_count)
{
    struct audience audience = offers_audience_of(book, member, moment);
    struct open_list list = {book, &audience, moment, out_offers, capacity, 0};
    if (audience.is_known && capacity > 0) {
        for (uint32_t i = 0; i < audience.segment_count; i++)
            show_range(&list, book_symbol_offers(book, audience.segments[i]));
        if (audience.tier != BOOK_NONE)
            show_range(&list, book_symbol_offers(book, audience.tier));
        if (audience.member != BOOK_NONE)
            show_range(&list, book_symbol_offers(book, audience.member));
        show_range(&list, book_any_member_offers(book));
    }
    *out_count = list.count;
}
