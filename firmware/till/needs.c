/* SPDX-License-Identifier: Apache-2.0 */
/* needs.c - what the coupons stand on that a sale gave for next time (CouponNeed in kassa.proto), written with the sale
 * and read when goods of it come back. */
#include "base/money.h"
#include "base/wide.h"
#include "till/internal.h"
#include "till/tax.h"

#define MILLI 1000

/* ------------------------------------------------------------------------------------------------- measuring */

static bool is_one_unit(const kassa_Line *sold)
{
    return sold->weighed || sold->quantity_milli % MILLI != 0;
}

static enum err amount_left(const struct wire_receipt *receipt, const kassa_Line *sold,
                            const kassa_CouponNeed *need, int64_t gone_milli, int64_t *out)
{
    int64_t figure = sold->amount_minor;
    int64_t tax = 0;
    if (need->measure == kassa_NeedMeasure_NEED_NET)
        figure -= sold->discount_minor;
    TRY(back_left(sold, figure, gone_milli, &figure));
    if (need->untaxed && receipt->head.price_mode == kassa_PriceMode_PRICE_GROSS)
        TRY(tax_of(receipt->head.price_mode, figure, sold->tax_rate_bp, &tax));
    *out = figure - tax;
    return ERR_OK;
}

static enum err line_left(const struct wire_receipt *receipt, const kassa_Line *sold,
                          const kassa_CouponNeed *need, int64_t gone_milli, int64_t *out)
{
    int64_t left = sold->quantity_milli - gone_milli;
    switch (need->measure) {
    case kassa_NeedMeasure_NEED_UNITS:
        *out = !is_one_unit(sold) ? left : left > 0 ? MILLI : 0;
        return ERR_OK;
    case kassa_NeedMeasure_NEED_LINE:
        *out = left;
        return ERR_OK;
    case kassa_NeedMeasure_NEED_AMOUNT:
    case kassa_NeedMeasure_NEED_NET:
        return amount_left(receipt, sold, need, gone_milli, out);
    case kassa_NeedMeasure_NEED_STAMPS:
        break;
    }
    *out = 0;
    return ERR_OK;
}

/* What is left of it where that much of each line came back; NULL: nothing did. */
static enum err measure(const struct wire_receipt *receipt, uint32_t index, const int64_t *gone_milli,
                        int64_t *out)
{
    const kassa_CouponNeed *need = &receipt->head.loyalty.needs[index];
    int64_t sum = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *sold = &receipt->lines[i];
        int64_t left = 0;
        if ((sold->needs >> index & 1) == 0 || sold->quantity_milli <= 0)
            continue;
        TRY(line_left(receipt, sold, need, gone_milli == NULL ? 0 : gone_milli[i], &left));
        if (need->measure == kassa_NeedMeasure_NEED_LINE)
            sum = left > sum ? left : sum;
        else
            TRY(money_add(sum, left, &sum));
    }
    *out = sum;
    return ERR_OK;
}

static int64_t stamps_of(const kassa_Loyalty *loyalty, const char *offer)
{
    int64_t sum = 0;
    for (pb_size_t i = 0; i < loyalty->stamps_count; i++) {
        if (loyalty->stamps[i].count > 0 && strcmp(loyalty->stamps[i].offer, offer) == 0)
            sum += loyalty->stamps[i].count; /* a few rows of 32 bits each */
    }
    return sum;
}

/* ------------------------------------------------------------------------------------------------ with a sale */

static bool has_issued(const kassa_Loyalty *loyalty, const char *offer)
{
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++) {
        if (loyalty->coupons[i].event == kassa_CouponEvent_COUPON_ISSUED &&
            strcmp(loyalty->coupons[i].offer, offer) == 0)
            return true;
    }
    return false;
}

static void mark_lines(struct wire_receipt *receipt, const struct offers_need *need, size_t line_count,
                       uint32_t index)
{
    for (size_t i = 0; i < line_count; i++) {
        if ((need->lines[i / 64] >> i % 64 & 1) != 0)
            receipt->lines[i].needs |= UINT32_C(1) << index;
    }
}

/* amount x factor / divisor, rounded down: so that as many of the parts as made the whole still fit into it. */
static enum err scale_down(int64_t amount, int64_t factor, int64_t divisor, int64_t *out)
{
    uint64_t quotient = 0;
    uint64_t rest = 0;
    if (amount < 0 || factor < 0)
        return money_scale(amount, factor, divisor, out);
    TRY(wide_divide(wide_multiply((uint64_t)amount, (uint64_t)factor), (uint64_t)divisor, &quotient, &rest));
    if (quotient > INT64_MAX)
        return ERR_RANGE;
    *out = (int64_t)quotient;
    return ERR_OK;
}

/* What the engine counted may be less than what the lines come to, where some was paid by what earns nothing: then
 * the need is told in terms of the lines. */
static enum err tell_by_lines(const struct offers_need *need, int64_t whole, kassa_CouponNeed *row)
{
    if (need->has <= 0 || whole == need->has)
        return ERR_OK;
    TRY(scale_down(row->least, whole, need->has, &row->least));
    return scale_down(row->each, whole, need->has, &row->each);
}

static enum err add_need(struct wire_receipt *receipt, const struct offers_need *need,
                         const struct offers_award *award, size_t line_count)
{
    static const kassa_NeedMeasure measures[] = {[OFFERS_BY_UNITS] = kassa_NeedMeasure_NEED_UNITS,
                                                 [OFFERS_BY_LINE] = kassa_NeedMeasure_NEED_LINE,
                                                 [OFFERS_BY_AMOUNT] = kassa_NeedMeasure_NEED_AMOUNT,
                                                 [OFFERS_BY_NET] = kassa_NeedMeasure_NEED_NET};
    kassa_Loyalty *loyalty = &receipt->head.loyalty;
    kassa_CouponNeed row = {.measure = measures[need->measure],
                            .untaxed = need->untaxed,
                            .least = need->least,
                            .each = need->each,
                            .coupons = need->coupons};
    int64_t whole = 0;
    memcpy(row.offer, award->id.bytes, award->id.size < OFFER_ID_MAX ? award->id.size : OFFER_ID_MAX);
    if (loyalty->needs_count == COUPON_NEEDS_MAX || !has_issued(loyalty, row.offer))
        return ERR_OK;
    uint32_t index = loyalty->needs_count++;
    loyalty->needs[index] = row;
    mark_lines(receipt, need, line_count, index);
    TRY(measure(receipt, index, NULL, &whole));
    return tell_by_lines(need, whole, &loyalty->needs[index]);
}

enum err till_fill_needs(const struct till *till, struct wire_receipt *receipt)
{
    const struct offers_result *result = &till->result;
    size_t line_count = till_basket_of(till)->line_count;
    for (size_t i = 0; i < line_count; i++)
        receipt->lines[i].needs = 0;
    for (uint32_t i = 0; i < result->need_count; i++)
        TRY(add_need(receipt, &result->needs[i], &result->awards[result->needs[i].award], line_count));
    return ERR_OK;
}

/* ----------------------------------------------------------------------------------------------- with a return */

/* As stamps go back themselves: by what was paid for the goods. */
static enum err stamps_left(const struct back_progress *net, bool is_before, const kassa_Loyalty *loyalty,
                            const char *offer, int64_t *out)
{
    int64_t whole = stamps_of(loyalty, offer);
    int64_t gone = 0;
    if (net->whole > 0)
        TRY(money_scale(whole, is_before ? net->before : net->after, net->whole, &gone));
    *out = whole - gone;
    return ERR_OK;
}

/* How many coupons of its offer stand before it in the receipt. */
static uint32_t place_of(const kassa_Loyalty *loyalty, pb_size_t coupon)
{
    uint32_t place = 0;
    for (pb_size_t i = 0; i < coupon; i++)
        place += loyalty->coupons[i].event == kassa_CouponEvent_COUPON_ISSUED &&
                 strcmp(loyalty->coupons[i].offer, loyalty->coupons[coupon].offer) == 0;
    return place;
}

struct moment {
    const struct wire_receipt *original;
    const struct back_progress *net;
    const int64_t *gone_milli; /* of each line */
    bool is_before;
};

static enum err does_stand(const struct moment *moment, pb_size_t coupon, bool *out_stands)
{
    const kassa_Loyalty *loyalty = &moment->original->head.loyalty;
    const char *offer = loyalty->coupons[coupon].offer;
    uint32_t place = place_of(loyalty, coupon);
    *out_stands = !back_is_whole(moment->original, moment->gone_milli);
    for (pb_size_t i = 0; i < loyalty->needs_count && *out_stands; i++) {
        const kassa_CouponNeed *need = &loyalty->needs[i];
        int64_t left = 0;
        int64_t more = 0;
        if (strcmp(need->offer, offer) != 0)
            continue;
        if (need->measure == kassa_NeedMeasure_NEED_STAMPS)
            TRY(stamps_left(moment->net, moment->is_before, loyalty, offer, &left));
        else
            TRY(measure(moment->original, i, moment->gone_milli, &left));
        if (__builtin_mul_overflow(need->each, (int64_t)(place / (need->coupons > 0 ? need->coupons : 1)),
                                   &more) ||
            __builtin_add_overflow(more, need->least, &more))
            return ERR_RANGE;
        *out_stands = left >= more;
    }
    return ERR_OK;
}

enum err till_loses_coupon(const struct till *till, const struct back_progress *net, pb_size_t coupon,
                           bool *out_is_lost)
{
    const struct back *back = &till->so_far;
    const struct moment before = {back->original, net, till->from_milli, /* is_before= */ true};
    const struct moment after = {back->original, net, back->before_milli, /* is_before= */ false};
    bool stood = false;
    bool stands = false;
    TRY(does_stand(&before, coupon, &stood));
    TRY(does_stand(&after, coupon, &stands));
    *out_is_lost = stood && !stands;
    return ERR_OK;
}
