/* SPDX-License-Identifier: Apache-2.0 */
/* wishes.c - what a basket has besides goods and prices, as JSON: points to burn, coupons, awards. */
#include "base/civil.h"
#include "faces/api/answers.h"

/* ------------------------------------------------------------------------------------------------- points */

static const char *const refusals[TILL_BURN_REFUSAL_COUNT] = {
    [TILL_BURN_FITS] = "",
    [TILL_BURN_NOT_IN_PROGRAMME] = "programme",
    [TILL_BURN_NO_MEMBER] = "member",
    [TILL_BURN_BEYOND_BALANCE] = "points",
    [TILL_BURN_BEYOND_ALLOWANCE] = "allowance",
    [TILL_BURN_BY_HEAD_OFFICE] = "head_office",
    [TILL_BURN_BY_CARD] = "card",
};

/* What could be burned of this basket now, in whole steps. */
static int64_t burnable(const struct till_priced *priced, const struct till_burn *burn)
{
    const struct book_programme *programme = &priced->book->header.programme_rules;
    const struct offers_burned *burned = &priced->result->burned;
    int64_t payable =
        priced->result->payable_minor; /* with the tax of net prices, which no discount takes off */
    struct offers_burned most;
    if (programme->burn_as == BOOK_BURN_AS_DISCOUNT)
        payable = priced->result->total_minor + burned->value_minor;
    offers_burn(programme, burn->available, burn->available, payable, &most);
    return most.points;
}

void answer_burn(struct emitter *out, const struct till *till, const struct till_priced *priced)
{
    struct till_burn burn;
    till_get_burn(till, &burn);
    if (priced->book == NULL || priced->book->header.programme_rules.burn_points == 0) {
        emit_null(out, "burn");
        return;
    }
    const struct book_programme *programme = &priced->book->header.programme_rules;
    emit_open(out, "burn", '{');
    emit_uint(out, "step_points", programme->burn_points);
    emit_int(out, "step_value_minor", programme->burn_value_minor);
    emit_string(out, "as", programme->burn_as == BOOK_BURN_AS_TENDER ? "tender" : "discount");
    emit_int(out, "available_points", burnable(priced, &burn));
    emit_int(out, "wanted_points", burn.wanted);
    emit_int(out, "points", priced->result->burned.points);
    emit_int(out, "value_minor", priced->result->burned.value_minor);
    if (burn.refused != TILL_BURN_FITS)
        emit_string(out, "refused", refusals[burn.refused]);
    emit_close(out, '}');
}

/* ------------------------------------------------------------------------------------------------- coupons */

/* The offers of the book that a series unlocks. */
static struct book_range offers_of(const struct book *book, const char *series)
{
    uint32_t symbol =
        book == NULL ? BOOK_NONE : book_find_symbol(book, BOOK_SYMBOL_COUPON, span_of_text(series));
    return symbol == BOOK_NONE ? (struct book_range){0, 0} : book_symbol_triggers(book, symbol);
}

bool answer_has_coupon_by_card(const struct till *till, const struct book *book, uint32_t offer)
{
    struct till_coupon coupons[TILL_COUPONS_MAX];
    size_t count = till_list_coupons(till, coupons, TILL_COUPONS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct book_range offers = offers_of(book, coupons[i].series);
        for (uint32_t k = 0; k < offers.count && coupons[i].state == TILL_COUPON_BY_CARD; k++)
            if (book_posting_at(book, offers.first + k) == offer)
                return true;
    }
    return false;
}

/* What a coupon is called: by the first offer of the book that its series unlocks. */
static void write_series_names(struct emitter *out, const struct book *book, const char *series)
{
    struct book_range offers = offers_of(book, series);
    if (offers.count > 0) {
        struct book_offer offer;
        book_offer_at(book, book_posting_at(book, offers.first), &offer);
        answer_texts(out, "names", book, &offer, BOOK_NAME);
        return;
    }
    emit_open(out, "names", '{');
    emit_close(out, '}');
}

static const char *const coupon_states[TILL_COUPON_STATE_COUNT] = {
    [TILL_COUPON_FRESH] = "fresh",       [TILL_COUPON_USED] = "used",
    [TILL_COUPON_EXPIRED] = "expired",   [TILL_COUPON_WRONG_STORE] = "wrong_store",
    [TILL_COUPON_FORGED] = "forged",     [TILL_COUPON_UNKNOWN] = "unknown",
    [TILL_COUPON_UNCERTAIN] = "offline", [TILL_COUPON_NOT_YET] = "not_yet",
    [TILL_COUPON_BY_CARD] = "card",
};

void answer_coupons(struct emitter *out, const struct till *till)
{
    struct till_coupon coupons[TILL_COUPONS_MAX];
    size_t count = till_list_coupons(till, coupons, TILL_COUPONS_MAX);
    emit_open(out, "coupons", '[');
    for (size_t i = 0; i < count; i++) {
        const struct till_coupon *coupon = &coupons[i];
        emit_open(out, NULL, '{');
        emit_string(out, "code", coupon->series[0] != '\0' ? coupon->series : coupon->code);
        emit_string(out, "serial", coupon->serial);
        emit_string(out, "state", coupon_states[coupon->state]);
        emit_bool(out, "redeemed", coupon->is_redeemed);
        write_series_names(out, till_get_book(till), coupon->series);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

/* -------------------------------------------------------------------------------------------------- awards */

/* Answers stand in the book one after the other, a language each: the n-th of each language is one answer. */
static bool write_answer(struct emitter *out, const struct book *book, const struct book_offer *offer,
                         uint32_t wanted)
{
    bool has_any = false;
    for (uint32_t i = 0; i < offer->texts.count; i++) {
        struct book_text text = book_text_at(book, offer, i);
        uint32_t before = 0;
        for (uint32_t k = 0; k < i && text.role == BOOK_ANSWER; k++) {
            struct book_text earlier = book_text_at(book, offer, k);
            before += earlier.role == BOOK_ANSWER && span_is_equal(earlier.language, text.language);
        }
        if (text.role != BOOK_ANSWER || before != wanted)
            continue;
        if (!has_any)
            emit_open(out, NULL, '{');
        has_any = true;
        emit_named_text(out, text.language, text.text);
    }
    if (has_any)
        emit_close(out, '}');
    return has_any;
}

static void write_answers(struct emitter *out, const struct book *book, const struct book_offer *offer)
{
    emit_open(out, "answers", '[');
    for (uint32_t i = 0; write_answer(out, book, offer, i); i++)
        continue;
    emit_close(out, ']');
}

static void write_award(struct emitter *out, const struct book *book, const struct offers_award *award)
{
    struct book_offer offer;
    const char *kind = book_kind_name(award->kind);
    book_offer_at(book, award->offer, &offer);
    emit_open(out, NULL, '{');
    answer_offer_names(out, book, award->offer, /* has_messages= */ true);
    emit_string(out, "kind", kind == NULL ? "unknown" : kind);
    emit_text(out, "item", award->item);
    emit_int(out, "count", award->count);
    emit_int(out, "unit_price_minor", award->unit_price_minor);
    emit_int(out, "charged_minor", award->charged_minor);
    emit_text(out, "card", award->card);
    write_answers(out, book, &offer);
    emit_close(out, '}');
}

void answer_awards(struct emitter *out, const struct till_priced *priced)
{
    emit_open(out, "awards", '[');
    for (uint32_t i = 0; priced->book != NULL && i < priced->result->award_count; i++)
        write_award(out, priced->book, &priced->result->awards[i]);
    emit_close(out, ']');
}

/* ------------------------------------------------------------------------------------------------- reserving */

void answer_gift(struct emitter *out, const struct till_gift_balance *balance)
{
    emit_open(out, NULL, '{');
    emit_int(out, "available_minor", balance->available_minor);
    emit_open(out, "currency", '{');
    emit_string(out, "code", balance->currency);
    emit_uint(out, "exponent", balance->exponent);
    emit_close(out, '}');
    emit_close(out, '}');
}

void answer_reservation(struct emitter *out, const struct till *till)
{
    struct till_reservation reservation;
    till_get_reservation(till, &reservation);
    emit_open(out, NULL, '{');
    emit_bool(out, "reserved", true);
    emit_string(out, "by",
                reservation.is_by_store  ? "store"
                : reservation.is_granted ? "head_office"
                                         : "till");
    emit_bool(out, "offline", reservation.is_cut_off);
    emit_string(out, "key", reservation.key);
    emit_close(out, '}');
}

/* ---------------------------------------------------------------------------------------------- the member's own */

static void write_day(struct emitter *out, const char *name, int32_t day)
{
    char text[11];
    civil_format_day(day, text);
    if (day == 0)
        emit_null(out, name);
    else
        emit_string(out, name, text);
}

static void write_held(struct emitter *out, const struct book *book, const kassa_Member *member)
{
    emit_open(out, "coupons", '[');
    for (pb_size_t i = 0; i < member->coupons_count; i++) {
        const kassa_CouponHeld *held = &member->coupons[i];
        emit_open(out, NULL, '{');
        emit_string(out, "series", held->series);
        emit_string(out, "serial", held->serial);
        write_day(out, "valid_until", held->valid_until_day);
        write_series_names(out, book, held->series);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_open(out, "stamps", '[');
    for (pb_size_t i = 0; i < member->stamps_count; i++) {
        emit_open(out, NULL, '{');
        emit_string(out, "card", member->stamps[i].card);
        emit_uint(out, "count", member->stamps[i].count);
        emit_uint(out, "size", member->stamps[i].card_size);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

void answer_holdings(struct emitter *out, const struct book *book, const struct till_member *member)
{
    const kassa_Member *known = &member->member;
    emit_int(out, "points_pending", member->points_pending);
    if (known->expiring_points > 0) {
        emit_open(out, "expiring", '{');
        emit_int(out, "points", known->expiring_points);
        write_day(out, "day", known->expires_day);
        emit_close(out, '}');
    } else {
        emit_null(out, "expiring");
    }
    emit_int(out, "allowance_points", known->allowance_points);
    write_held(out, book, known);
}
