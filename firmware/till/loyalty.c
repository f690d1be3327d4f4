/* SPDX-License-Identifier: Apache-2.0 */
/* loyalty.c - what a sale does to more than money, as rows of its record: points, burned ones, stamps, coupons,
 * awards, limits. */
#include <stdio.h>

#include "ledger/dates.h"
#include "till/internal.h"

static void copy_id(struct span id, char out[OFFER_ID_MAX + 1])
{
    memcpy(out, id.bytes, id.size < OFFER_ID_MAX ? id.size : OFFER_ID_MAX);
}

/* The days of a lot that is opened today: from when it can be spent, and from when no more. */
static void fill_days(const struct till *till, int32_t today, kassa_EarnRow *row)
{
    const struct book_programme *programme = &till->book->header.programme_rules;
    struct ledger_lifetime lifetime = {programme->lifetime, (enum ledger_unit)programme->lifetime_unit,
                                       (enum ledger_rounding)programme->expiry_round};
    row->available_day = today + (int32_t)programme->pending_days;
    if (ledger_expiry_day(today, &lifetime, &row->expires_day) != ERR_OK)
        row->expires_day = LEDGER_NEVER;
}

static void fill_earned(const struct till *till, int32_t today, kassa_Loyalty *loyalty)
{
    const struct offers_result *result = &till->result;
    for (uint32_t i = 0; i < result->earn_count && i < EARN_ROWS_MAX; i++) {
        const struct offers_earn *earn = &result->earns[i];
        kassa_EarnRow *row = &loyalty->earned[loyalty->earned_count++];
        struct book_offer offer;
        book_offer_at(till->book, earn->offer, &offer);
        *row = (kassa_EarnRow){.offer_version = earn->version,
                               .base_minor = earn->base_minor,
                               .points = earn->points,
                               .kind = offer.kind};
        copy_id(earn->id, row->offer);
        fill_days(till, today, row);
        loyalty->points_earned += earn->points;
    }
}

static void fill_burned(const struct till *till, bool is_offline, kassa_Loyalty *loyalty)
{
    const struct offers_burned *burned = &till->result.burned;
    if (burned->points == 0)
        return;
    int64_t allowance = is_offline ? burned->points : 0;
    loyalty->burned[loyalty->burned_count++] = (kassa_BurnRow){.points = burned->points,
                                                               .value_minor = burned->value_minor,
                                                               .as_tender = burned->as == BOOK_BURN_AS_TENDER,
                                                               .allowance_points = allowance};
    loyalty->points_burned += burned->points;
    loyalty->allowance_used += allowance;
}

/* Unique in the chain: no two receipts are alike, nor two coupons of one. */
static void name_coupon(const kassa_ReceiptId *id, unsigned place, char out[COUPON_SERIAL_MAX + 1])
{
    uint32_t crc = till_place_of(id);
    (void)snprintf(out, COUPON_SERIAL_MAX + 1, "%08x-%d-%llu-%u", (unsigned)crc, (int)id->business_day,
                   (unsigned long long)id->number, place);
}

static void issue_coupons(const struct offers_award *award, const kassa_Receipt *head, kassa_Loyalty *loyalty)
{
    for (int64_t i = 0; i < award->count && loyalty->coupons_count < COUPON_ROWS_MAX; i++) {
        kassa_CouponRow *row = &loyalty->coupons[loyalty->coupons_count];
        int32_t today = head->id.business_day;
        *row = (kassa_CouponRow){.event = kassa_CouponEvent_COUPON_ISSUED,
                                 .offer_version = award->version,
                                 .valid_from_day = today, /* next time: another receipt */
                                 .valid_until_day = award->days == 0 ? 0 : today + (int32_t)award->days};
        copy_id(award->id, row->offer);
        copy_id(award->card, row->series);
        memcpy(row->store, head->id.store, sizeof row->store);
        name_coupon(&head->id, loyalty->coupons_count++, row->serial);
    }
}

static void add_stamps(const struct offers_award *award, kassa_Loyalty *loyalty)
{
    if (loyalty->stamps_count == STAMP_ROWS_MAX)
        return;
    kassa_StampRow *row = &loyalty->stamps[loyalty->stamps_count++];
    *row = (kassa_StampRow){
        .count = award->count, .card_size = award->card_size, .offer_version = award->version};
    copy_id(award->card, row->card);
    copy_id(award->id, row->offer);
}

/* As head office's snapshot has them, and what this till gave since. */
static int64_t stamps_before(const struct till *till, const struct offers_award *award)
{
    const kassa_Member *member = &till->customer.member;
    char card[STAMP_CARD_MAX + 1] = {0};
    copy_id(award->card, card);
    int64_t before = tally_waiting(&till->tally, member->id.bytes, card, TALLY_STAMP_CARD, 0,
                                   member->points_as_of_unix_ms, till_acknowledged_seq(till));
    for (pb_size_t i = 0; i < member->stamps_count; i++) {
        if (strcmp(member->stamps[i].card, card) == 0)
            before += member->stamps[i].count;
    }
    return before > 0 ? before : 0;
}

/* Cards that these stamps fill, and the coupon that each gives; which stands on the stamps that it took. */
static void reward_stamps(const struct till *till, const struct offers_award *award,
                          const kassa_Receipt *head, kassa_Loyalty *loyalty)
{
    struct offers_award reward = *award;
    if (award->card_size == 0 || award->reward.size == 0)
        return;
    int64_t before = stamps_before(till, award) % award->card_size;
    reward.card = award->reward;
    reward.count = (before + award->count) / award->card_size;
    if (reward.count == 0)
        return;
    issue_coupons(&reward, head, loyalty);
    if (loyalty->needs_count == COUPON_NEEDS_MAX)
        return;
    kassa_CouponNeed *need = &loyalty->needs[loyalty->needs_count++];
    *need = (kassa_CouponNeed){.measure = kassa_NeedMeasure_NEED_STAMPS,
                               .least = award->card_size - before,
                               .each = award->card_size,
                               .coupons = 1};
    copy_id(award->id, need->offer);
}

static void add_award(const struct till *till, const struct offers_award *award, const kassa_Receipt *head,
                      kassa_Loyalty *loyalty)
{
    if (award->kind == BOOK_STAMPS) {
        add_stamps(award, loyalty);
        reward_stamps(till, award, head, loyalty);
        return;
    }
    if (award->kind == BOOK_COUPON) {
        issue_coupons(award, head, loyalty);
        return;
    }
    if (loyalty->awards_count == AWARD_ROWS_MAX)
        return;
    kassa_AwardRow *row = &loyalty->awards[loyalty->awards_count++];
    *row = (kassa_AwardRow){.offer_version = award->version,
                            .kind = award->kind,
                            .count = award->count,
                            .unit_price_minor = award->unit_price_minor,
                            .charged_minor = award->charged_minor};
    struct span item = award->item.size > 0 ? award->item : award->card;
    copy_id(award->id, row->offer);
    memcpy(row->item, item.bytes == NULL ? (const uint8_t *)"" : item.bytes,
           item.size < sizeof row->item - 1 ? item.size : sizeof row->item - 1);
}

void till_name_customer(const struct till *till, kassa_Loyalty *loyalty)
{
    const struct till_member *customer = &till->customer;
    loyalty->card_token.size = TOKEN_SIZE;
    memcpy(loyalty->card_token.bytes, customer->card_token, TOKEN_SIZE);
    loyalty->read = customer->card.read;
    loyalty->technology = customer->card.technology;
    loyalty->trust = (kassa_CardTrust)customer->card.trust;
    if (!customer->is_known)
        return;
    loyalty->member.size = MEMBER_SIZE;
    memcpy(loyalty->member.bytes, customer->member.id.bytes, MEMBER_SIZE);
}

static void fill_moves(struct till *till, kassa_Receipt *head)
{
    kassa_Loyalty *loyalty = &head->loyalty;
    bool is_known = till->has_customer && till->customer.is_known;
    if (is_known)
        fill_earned(till, head->id.business_day, loyalty);
    if (is_known)
        fill_burned(till, till->hold.state != HOLD_GRANTED || till->hold.is_by_store, loyalty);
    loyalty->uses_count = (pb_size_t)till_fill_uses(till, loyalty->uses, OFFER_USES_MAX);
    loyalty->coupons_count = (pb_size_t)till_fill_redeemed(till, loyalty->coupons, COUPON_ROWS_MAX);
    for (uint32_t i = 0; i < till->result.award_count; i++)
        add_award(till, &till->result.awards[i], head, loyalty);
    if (till->hold.state == HOLD_GRANTED)
        memcpy(loyalty->reservation, till->hold.key, sizeof loyalty->reservation);
}

static bool says_anything(const kassa_Loyalty *loyalty)
{
    return loyalty->uses_count > 0 || loyalty->coupons_count > 0 || loyalty->awards_count > 0 ||
           loyalty->stamps_count > 0;
}

void till_fill_loyalty(struct till *till, kassa_Receipt *head)
{
    kassa_Loyalty *loyalty = &head->loyalty;
    if (!head->training && till->book != NULL) /* OFFERS.md E: training never reaches points */
        fill_moves(till, head);
    head->has_loyalty = till->has_customer || says_anything(loyalty);
    if (!head->has_loyalty)
        return;
    loyalty->offers_count = till->note_count;
    memcpy(loyalty->offers, till->notes, sizeof loyalty->offers);
    if (till->book != NULL) {
        struct span programme = till->book->header.programme;
        memcpy(loyalty->programme, programme.bytes, programme.size < 32 ? programme.size : 32);
    }
    if (till->has_customer)
        till_name_customer(till, loyalty);
    if (!till->has_customer || !till->customer.is_known)
        return;
    memcpy(loyalty->tier_shown, till->customer.member.tier, sizeof loyalty->tier_shown);
    till_refresh_points(till);
    loyalty->balance_shown = till->customer.points + loyalty->points_earned - loyalty->points_burned;
    loyalty->balance_as_of_unix_ms = till->customer.as_of_unix_ms;
}

/* Members of deals whose discount sits on the given units: for the day on which a paid one comes back. What
 * has no room goes back by the line's own share. */
void till_fill_deals(const struct till *till, kassa_Receipt *head)
{
    for (uint32_t i = 0; i < till->result.deal_count && head->deals_count < DEAL_ROWS_MAX; i++) {
        const struct offers_deal *deal = &till->result.deals[i];
        struct book_offer offer;
        book_offer_at(till->book, deal->offer, &offer);
        kassa_Deal *row = &head->deals[head->deals_count++];
        *row = (kassa_Deal){.number = deal->number,
                            .line = deal->line + 1,
                            .paid_milli = deal->paid_milli,
                            .given_milli = deal->given_milli,
                            .sets = deal->sets};
        copy_id(offer.id, row->offer);
    }
}
