/* SPDX-License-Identifier: Apache-2.0 */
/* Who, when, where and with which coupon: what can be said of an offer without looking at the lines. */
#include "base/civil.h"
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

/* The symbol of the member's id, in small hex digits. */
static uint32_t member_symbol(const struct book *book, const struct offers_member *member)
{
    static const uint8_t digits[] = "0123456789abcdef";
    uint8_t text[BOOK_MEMBER_TEXT_SIZE];
    _Static_assert(BOOK_MEMBER_TEXT_SIZE == 2 * MEMBER_SIZE, "two digits a byte");
    for (size_t i = 0; i < MEMBER_SIZE; i++) {
        text[2 * i] = digits[member->id[i] >> 4];
        text[2 * i + 1] = digits[member->id[i] & 15];
    }
    return book_find_symbol(book, BOOK_SYMBOL_MEMBER, span_of(text, sizeof(text)));
}

struct audience offers_audience_of(const struct book *book, const struct offers_member *member,
                                   const struct offers_moment *moment)
{
    struct span channel = moment->channel.size > 0 ? moment->channel : span_of_text("till");
    struct audience audience = {.is_known = member != NULL && member->known,
                                .tier = BOOK_NONE,
                                .member = BOOK_NONE,
                                .store = book_find_symbol(book, BOOK_SYMBOL_STORE, moment->store),
                                .channel = book_find_symbol(book, BOOK_SYMBOL_CHANNEL, channel)};
    if (!audience.is_known)
        return audience;
    KASSA_ASSERT(member->segment_count <= SEGMENTS_MAX);
    audience.facts = member;
    audience.member = member_symbol(book, member);
    audience.tier = book_find_symbol(book, BOOK_SYMBOL_TIER, member->tier);
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

/* FNV-1a, 64 bits, then mixed: tens of thousands of members fall evenly on ten thousand places. */
bool offers_is_held_out(struct span experiment, const uint8_t member[MEMBER_SIZE], uint32_t holdout_bp)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < experiment.size; i++)
        hash = (hash ^ experiment.bytes[i]) * UINT64_C(1099511628211);
    hash = (hash ^ 0) * UINT64_C(1099511628211); /* between the two */
    for (size_t i = 0; i < MEMBER_SIZE; i++)
        hash = (hash ^ member[i]) * UINT64_C(1099511628211);
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (hash ^ hash >> 33) % 10000 < holdout_bp;
}

static bool has_consent(const struct audience *audience, uint8_t consent)
{
    return audience->facts != NULL && (audience->facts->consents >> consent & 1) != 0;
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
    if (offer->consent != BOOK_NO_CONSENT && !has_consent(audience, offer->consent))
        return OFFERS_NO_CONSENT;
    if (offer->holdout_bp > 0 && audience->is_known &&
        offers_is_held_out(offer->experiment, audience->facts->id, offer->holdout_bp))
        return OFFERS_HELD_OUT;
    return OFFERS_GIVEN;
}

/* ---- coupons: they unlock offers, and that is all */

void offers_read_coupons(struct engine *e)
{
    for (uint32_t i = 0; i < e->basket->coupon_count; i++)
        e->coupons[i] = (struct presented){
            .series = book_find_symbol(e->book, BOOK_SYMBOL_COUPON, e->basket->coupons[i].code)};
}

static enum offers_reason reason_of_state(enum offers_coupon_state state)
{
    switch (state) {
    case OFFERS_COUPON_FRESH:
        return OFFERS_GIVEN;
    case OFFERS_COUPON_USED:
        return OFFERS_COUPON_IS_USED;
    case OFFERS_COUPON_EXPIRED:
        return OFFERS_COUPON_IS_EXPIRED;
    case OFFERS_COUPON_NOT_YET:
        return OFFERS_NOT_YET_VALID;
    case OFFERS_COUPON_WRONG_STORE:
        return OFFERS_COUPON_OF_STORE;
    case OFFERS_COUPON_FORGED:
        return OFFERS_COUPON_IS_FORGED;
    }
    return OFFERS_COUPON_IS_FORGED;
}

enum offers_reason offers_check_coupon(const struct engine *e, const struct book_offer *offer,
                                       uint32_t *out_coupon)
{
    enum offers_reason reason = OFFERS_COUPON_MISSING;
    *out_coupon = BOOK_NONE;
    for (uint32_t i = 0; i < e->basket->coupon_count && offer->coupons.count > 0; i++) {
        if (!names(e->book, offer->coupons, e->coupons[i].series))
            continue;
        enum offers_reason state = reason_of_state(e->basket->coupons[i].state);
        if (state == OFFERS_GIVEN) {
            *out_coupon = i;
            return OFFERS_GIVEN;
        }
        reason = reason == OFFERS_COUPON_MISSING ? state : reason;
    }
    return offer->coupons.count == 0 ? OFFERS_GIVEN : reason;
}

enum offers_reason offers_check_static(const struct book *book, const struct book_offer *offer,
                                       const struct audience *audience, const struct offers_moment *moment)
{
    if (offers_kind_of(offer->kind) == NULL || !book_knows_programs(book, offer))
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
    if (offer->channels.count > 0 && !names(book, offer->channels, audience->channel))
        return OFFERS_WRONG_CHANNEL;
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
    if (reason == OFFERS_GIVEN && row.coupons.count > 0)
        reason = OFFERS_COUPON_MISSING; /* one of its coupons would have woken it */
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
