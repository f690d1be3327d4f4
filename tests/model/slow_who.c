/* SPDX-License-Identifier: Apache-2.0 */
/* Who, when and where: what can be said of an offer without looking at the basket's lines. */
#include "model/slow_state.h"

static bool names(const struct span *list, uint32_t count, struct span text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (span_is_equal(list[i], text))
            return true;
    }
    return false;
}

/* 1970-01-01 was a Thursday; 0 is Monday. */
static int weekday_of(int32_t day)
{
    int64_t weekday = ((int64_t)day + 3) % 7;
    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

static bool is_within(const struct book_hours *hours, uint32_t minute)
{
    if (hours->from_minute < hours->until_minute)
        return minute >= hours->from_minute && minute < hours->until_minute;
    return minute >= hours->from_minute || minute < hours->until_minute;
}

static bool is_within_hours(const struct book_source_offer *offer, uint32_t minute)
{
    for (uint32_t i = 0; i < offer->hour_count; i++) {
        if (is_within(&offer->hours[i], minute))
            return true;
    }
    return offer->hour_count == 0;
}

static bool is_in_segment(const struct slow *s, const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < s->member->segment_count; i++) {
        if (names(offer->who, offer->who_count, s->member->segments[i]))
            return true;
    }
    return false;
}

static bool is_listed(const struct slow *s, const struct book_source_offer *offer)
{
    char text[2 * MEMBER_SIZE + 1];
    for (size_t i = 0; i < MEMBER_SIZE; i++) {
        text[2 * i] = "0123456789abcdef"[s->member->id[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[s->member->id[i] & 15];
    }
    return names(offer->who, offer->who_count, span_of(text, 2 * MEMBER_SIZE));
}

static const char *check_who(const struct slow *s, const struct book_source_offer *offer)
{
    if (offer->audience != BOOK_ANYONE && !s->member->known)
        return "members only";
    if (offer->audience == BOOK_SEGMENT && !is_in_segment(s, offer))
        return "segment";
    if (offer->audience == BOOK_TIER && !names(offer->who, offer->who_count, s->member->tier))
        return "tier";
    if (offer->audience == BOOK_LISTED && !is_listed(s, offer))
        return "not listed";
    return NULL;
}

/* Consent and experiments are about persons: who is not known has agreed to nothing. */
static const char *check_person(const struct slow *s, const struct book_source_offer *offer)
{
    if (offer->consent != BOOK_NO_CONSENT &&
        (!s->member->known || !(s->member->consents >> offer->consent & 1)))
        return "consent";
    if (offer->holdout_bp > 0 && s->member->known &&
        offers_is_held_out(offer->experiment, s->member->id, offer->holdout_bp))
        return "held out";
    return NULL;
}

/* One of its series must have been presented in a state that counts. */
static const char *check_coupon(const struct slow *s, const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < s->basket->coupon_count; i++) {
        if (s->basket->coupons[i].state == OFFERS_COUPON_FRESH &&
            names(offer->coupons, offer->coupon_count, s->basket->coupons[i].code))
            return NULL;
    }
    return offer->coupon_count == 0 ? NULL : "coupon";
}

const char *slow_check_static(const struct slow *s, const struct book_source_offer *offer)
{
    const struct offers_moment *now = s->moment;
    struct span channel = now->channel.size > 0 ? now->channel : span_of_text("till");
    if (slow_step_of(offer->kind, offer->scope) == 0)
        return "kind";
    if (now->day < s->source->valid_from_day || now->day < offer->from_day)
        return "not yet";
    if (now->day > offer->until_day)
        return "expired";
    if (!(offer->weekdays >> weekday_of(now->day) & 1))
        return "weekday";
    if (!is_within_hours(offer, now->minute_of_day))
        return "hours";
    if (s->source->store_count > 0 && !names(s->source->stores, s->source->store_count, now->store))
        return "store of the book";
    if (offer->store_count > 0 && !names(offer->stores, offer->store_count, now->store))
        return "store";
    if (offer->channel_count > 0 && !names(offer->channels, offer->channel_count, channel))
        return "channel";
    const char *why = check_who(s, offer);
    if (why == NULL)
        why = check_person(s, offer);
    return why != NULL ? why : check_coupon(s, offer);
}
