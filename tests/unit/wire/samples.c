/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/wire/samples.h"

#include <stdio.h>

#define TEXT(field, text) ((void)snprintf((field), sizeof(field), "%s", (text)))

#define FILL_ID(field, first)                                                                                \
    do {                                                                                                     \
        (field).size = 16;                                                                                   \
        for (uint8_t fill_ = 0; fill_ < 16; fill_++)                                                         \
            (field).bytes[fill_] = (uint8_t)((first) + fill_);                                               \
    } while (0)

static kassa_ReceiptId receipt_id(uint64_t number)
{
    kassa_ReceiptId id = {.business_day = 20778, .number = number};
    TEXT(id.store, "vilnius-1");
    TEXT(id.till, "till-7");
    return id;
}

static void fill_lines(struct wire_receipt *receipt, bool is_return)
{
    static kassa_Line lines[2];
    lines[0] = (kassa_Line){.number = 1,
                            .quantity_milli = 2000,
                            .list_price_e5 = 249000,
                            .unit_price_e5 = 249000,
                            .amount_minor = 498,
                            .categories_count = 1,
                            .tax_rate_bp = 2100,
                            .tax_base_minor = 370,
                            .tax_minor = 78,
                            .discount_minor = 50};
    TEXT(lines[0].sku, "COFFEE-250");
    TEXT(lines[0].gtin, "5901234123457");
    TEXT(lines[0].department, "grocery");
    TEXT(lines[0].categories[0], "coffee");
    TEXT(lines[0].description, "Kava malta 250 g");
    TEXT(lines[0].unit, "pcs");
    lines[1] = (kassa_Line){.number = 2,
                            .quantity_milli = 350,
                            .weighed = true,
                            .tare_milli = 5,
                            .unit_price_e5 = 399000,
                            .amount_minor = 140,
                            .discount_excluded = true};
    TEXT(lines[1].sku, "APPLE");
    TEXT(lines[1].unit, "kg");
    if (is_return) {
        lines[0].kind = kassa_LineKind_LINE_RETURN;
        lines[0].quantity_milli = -1000;
        lines[0].amount_minor = -249;
        lines[0].discount_minor = -25;
        lines[0].has_original = true;
        lines[0].original = (kassa_Original){
            .has_receipt = true, .receipt = receipt_id(41), .line = 1, .quantity_milli = 2000};
        TEXT(lines[0].return_reason, "damaged");
    }
    receipt->lines = lines;
    receipt->line_count = is_return ? 1 : 2;
}

static void fill_discounts(struct wire_receipt *receipt, bool is_return)
{
    static kassa_Discount discounts[1];
    int64_t sign = is_return ? -1 : 1;
    discounts[0] = (kassa_Discount){.line = 1,
                                    .sequence = 1,
                                    .offer_version = 3,
                                    .percent_bp = 1000,
                                    .base_minor = sign * (is_return ? 249 : 498),
                                    .wanted_minor = sign * (is_return ? 25 : 50),
                                    .amount_minor = sign * (is_return ? 25 : 50)};
    TEXT(discounts[0].offer, "coffee-10");
    receipt->discounts = discounts;
    receipt->discount_count = 1;
}

static void fill_loyalty(kassa_Loyalty *loyalty, int64_t points)
{
    *loyalty = (kassa_Loyalty){.read = kassa_CardRead_READ_NFC,
                               .technology = kassa_CardTechnology_CARD_NDEF,
                               .earned_count = 1,
                               .points_earned = points,
                               .balance_shown = 120,
                               .balance_as_of_unix_ms = 1795266000000,
                               .offers_count = 1,
                               .consent_version = 1};
    FILL_ID(loyalty->member, 0x10);
    FILL_ID(loyalty->card_token, 0x30);
    TEXT(loyalty->programme, "kassa");
    loyalty->earned[0] = (kassa_EarnRow){.offer_version = 1, .base_minor = points * 100, .points = points};
    TEXT(loyalty->earned[0].offer, "points-1-per-eur");
    loyalty->offers[0] = (kassa_OfferNote){.offer_version = 3, .event = kassa_OfferEvent_OFFER_SHOWN_TO};
    TEXT(loyalty->offers[0].offer, "coffee-10");
}

static void fill_receipt(struct wire_receipt *receipt, bool is_return)
{
    kassa_Receipt *head = &receipt->head;
    *head =
        (kassa_Receipt){.has_id = true,
                        .id = receipt_id(is_return ? 42 : 41),
                        .begin_unix_ms = 1795266120000,
                        .end_unix_ms = 1795266180500,
                        .kind = is_return ? kassa_ReceiptKind_RECEIPT_RETURN : kassa_ReceiptKind_RECEIPT_SALE,
                        .exponent = 2,
                        .book_version = 17,
                        .tenders_count = 1,
                        .has_loyalty = true,
                        .gross_minor = is_return ? -249 : 638,
                        .discount_minor = is_return ? -25 : 50,
                        .total_minor = is_return ? -224 : 588,
                        .change_minor = is_return ? 0 : 412};
    TEXT(head->tenant, "kassa-demo");
    TEXT(head->operator, "anna");
    TEXT(head->currency, "EUR");
    TEXT(head->software, "0.1.0");
    TEXT(head->locale, "lt");
    TEXT(head->basket, is_return ? "r-9" : "b-9");
    head->book_hash.size = 32;
    memset(head->book_hash.bytes, 0xab, 32);
    head->tenders[0] =
        (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH, .amount_minor = is_return ? -224 : 1000};
    fill_lines(receipt, is_return);
    fill_discounts(receipt, is_return);
    fill_loyalty(&head->loyalty, is_return ? -2 : 5);
}

static void fill_void(kassa_Void *voided)
{
    *voided = (kassa_Void){.has_id = true,
                           .id = receipt_id(43),
                           .has_original = true,
                           .original = receipt_id(41),
                           .total_minor = 588,
                           .points_earned = 5,
                           .original_kind = kassa_RecordKind_RECORD_PURCHASE,
                           .exponent = 2};
    TEXT(voided->operator, "anna");
    TEXT(voided->reason, "wrong customer");
    TEXT(voided->currency, "EUR");
    FILL_ID(voided->member, 0x10);
}

static void fill_member_enrolled(kassa_MemberEnrolled *enrolled)
{
    *enrolled = (kassa_MemberEnrolled){.technology = kassa_CardTechnology_CARD_BARCODE, .consents_count = 1};
    FILL_ID(enrolled->member, 0x10);
    FILL_ID(enrolled->card_token, 0x30);
    enrolled->personal_count = 1;
    enrolled->personal[0].field = kassa_PersonalField_PERSONAL_FIRST_NAME;
    enrolled->personal[0].envelope.size = 52;
    for (uint8_t i = 0; i < 52; i++)
        enrolled->personal[0].envelope.bytes[i] = (uint8_t)(0x80 + i);
    TEXT(enrolled->language, "lt");
    enrolled->consents[0] = (kassa_Consent){.given = true, .version = 1};
    TEXT(enrolled->consents[0].purpose, "personal_offers");
}

static void fill_offers(struct wire_record *out)
{
    kassa_OfferNote note = {.offer_version = 3, .event = kassa_OfferEvent_OFFER_SHOWN_TO};
    TEXT(note.offer, "coffee-10");
    if (out->head.kind == kassa_RecordKind_RECORD_OFFER_SHOWN) {
        out->body.offer_shown = (kassa_OfferShown){.offers_count = 1, .offers = {note}};
        FILL_ID(out->body.offer_shown.member, 0x10);
        TEXT(out->body.offer_shown.place, "kiosk");
        return;
    }
    note.event = kassa_OfferEvent_OFFER_ACCEPTED;
    out->body.offer_answered = (kassa_OfferAnswered){.has_offer = true, .offer = note};
    FILL_ID(out->body.offer_answered.member, 0x10);
    TEXT(out->body.offer_answered.place, "kiosk");
}

static void fill_member_event(struct wire_record *out)
{
    if (out->head.kind == kassa_RecordKind_RECORD_CONSENT_CHANGED) {
        kassa_ConsentChanged *changed = &out->body.consent_changed;
        *changed = (kassa_ConsentChanged){.has_consent = true, .consent = {.version = 1}};
        FILL_ID(changed->member, 0x10);
        TEXT(changed->consent.purpose, "email");
        TEXT(changed->language, "lt");
    } else if (out->head.kind == kassa_RecordKind_RECORD_CARD_SEEN) {
        kassa_CardSeen *seen = &out->body.card_seen;
        *seen =
            (kassa_CardSeen){.read = kassa_CardRead_READ_NFC, .technology = kassa_CardTechnology_CARD_NDEF};
        FILL_ID(seen->card_token, 0x30);
        FILL_ID(seen->member, 0x10);
    } else {
        kassa_AnswerGiven *answer = &out->body.answer_given;
        *answer = (kassa_AnswerGiven){0};
        FILL_ID(answer->member, 0x10);
        TEXT(answer->question, "satisfaction");
        TEXT(answer->value, "9");
    }
}

static void fill_till_event(struct wire_record *out)
{
    if (out->head.kind == kassa_RecordKind_RECORD_TILL_STARTED) {
        out->body.till_started =
            (kassa_TillStarted){.incarnation = 0x1122334455667788, .clean = true, .book_version = 17};
        TEXT(out->body.till_started.software, "0.1.0");
    } else if (out->head.kind == kassa_RecordKind_RECORD_TILL_STOPPED) {
        TEXT(out->body.till_stopped.reason, "terminated");
    } else if (out->head.kind == kassa_RecordKind_RECORD_TILL_FAULT) {
        TEXT(out->body.till_fault.code, "reader.out");
        TEXT(out->body.till_fault.text, "no tick for 1500 ms");
    } else {
        out->body.book_activated = (kassa_BookActivated){.version = 17, .hash = {.size = 32}};
        memset(out->body.book_activated.hash.bytes, 0xab, 32);
    }
}

void sample_record(kassa_RecordKind kind, struct wire_record *out)
{
    memset(out, 0, sizeof(*out));
    out->head = (kassa_Record){.kind = kind,
                               .seq = 100 + (uint64_t)kind,
                               .wall_unix_ms = 1795266180500,
                               .mono_ms = 86400123,
                               .boot_id = 0x0102030405060708,
                               .utc_offset_min = 120};
    if (kind == kassa_RecordKind_RECORD_PURCHASE || kind == kassa_RecordKind_RECORD_RETURN) {
        TEXT(out->head.key, "pos-1/2026-11-21/41");
        fill_receipt(&out->body.receipt, kind == kassa_RecordKind_RECORD_RETURN);
    } else if (kind == kassa_RecordKind_RECORD_VOID) {
        fill_void(&out->body.voided);
    } else if (kind == kassa_RecordKind_RECORD_MEMBER_ENROLLED) {
        fill_member_enrolled(&out->body.member_enrolled);
    } else if (kind == kassa_RecordKind_RECORD_OFFER_SHOWN ||
               kind == kassa_RecordKind_RECORD_OFFER_ANSWERED) {
        fill_offers(out);
    } else if (kind == kassa_RecordKind_RECORD_MEMBER_ERASED) {
        FILL_ID(out->body.member_erased.member, 0x10);
    } else if (kind < kassa_RecordKind_RECORD_TILL_STARTED) {
        fill_member_event(out);
    } else {
        fill_till_event(out);
    }
}

static void fill_points(kassa_Loyalty *loyalty)
{
    loyalty->earned[0].available_day = 20792;
    loyalty->earned[0].expires_day = 21154;
    loyalty->earned[0].kind = 5;
    loyalty->burned_count = 1;
    loyalty->burned[0] =
        (kassa_BurnRow){.points = 100, .value_minor = 100, .as_tender = true, .allowance_points = 100};
    loyalty->points_burned = 100;
    loyalty->allowance_used = 100;
    loyalty->stamps_count = 1;
    loyalty->stamps[0] = (kassa_StampRow){.count = 2, .card_size = 10, .offer_version = 1};
    TEXT(loyalty->stamps[0].card, "coffee");
    TEXT(loyalty->stamps[0].offer, "coffee-card");
    loyalty->uses_count = 1;
    loyalty->uses[0] = (kassa_OfferUse){.offer_version = 3,
                                        .limit = 1,
                                        .what = kassa_LimitWhat_LIMIT_AMOUNT,
                                        .per = kassa_LimitPer_LIMIT_PER_MEMBER,
                                        .period = kassa_LimitPeriod_LIMIT_MONTH,
                                        .since_day = 20758,
                                        .amount = 50,
                                        .most = 500};
    TEXT(loyalty->uses[0].offer, "coffee-10");
    loyalty->gifts_count = 1;
    loyalty->gifts[0] = (kassa_GiftRow){.amount_minor = -88};
    FILL_ID(loyalty->gifts[0].account, 0x50);
}

static void fill_coupons(kassa_Loyalty *loyalty)
{
    loyalty->coupons_count = 2;
    loyalty->coupons[0] = (kassa_CouponRow){.event = kassa_CouponEvent_COUPON_REDEEMED, .offer_version = 3};
    TEXT(loyalty->coupons[0].series, "spring");
    TEXT(loyalty->coupons[0].serial, "K7Q2-44XA");
    TEXT(loyalty->coupons[0].offer, "coffee-10");
    loyalty->coupons[1] = (kassa_CouponRow){.event = kassa_CouponEvent_COUPON_ISSUED,
                                            .offer_version = 2,
                                            .valid_from_day = 20779,
                                            .valid_until_day = 20809};
    TEXT(loyalty->coupons[1].series, "come-back");
    TEXT(loyalty->coupons[1].serial, "vilnius-1.till-7.41.1");
    TEXT(loyalty->coupons[1].offer, "next-time");
    loyalty->awards_count = 1;
    loyalty->awards[0] =
        (kassa_AwardRow){.offer_version = 1, .kind = 15, .count = 1, .unit_price_minor = 199};
    TEXT(loyalty->awards[0].offer, "free-cup");
    TEXT(loyalty->awards[0].item, "CUP");
    TEXT(loyalty->tier_shown, "gold");
    TEXT(loyalty->reservation, "vilnius-1/till-7/20778/41");
}

/* All of it goes back. */
static void turn_points(kassa_Loyalty *loyalty)
{
    loyalty->earned[0] = (kassa_EarnRow){.offer_version = 1,
                                         .base_minor = -200,
                                         .points = -2,
                                         .kind = 5,
                                         .original_line = 1,
                                         .original_row = 1};
    TEXT(loyalty->earned[0].offer, "points-1-per-eur");
    loyalty->burned[0].points = -loyalty->burned[0].points;
    loyalty->burned[0].value_minor = -loyalty->burned[0].value_minor;
    loyalty->burned[0].allowance_points = 0;
    loyalty->burned[0].original_line = 1;
    loyalty->points_burned = -loyalty->points_burned;
    loyalty->allowance_used = 0;
    loyalty->stamps[0].count = -loyalty->stamps[0].count;
    loyalty->uses[0].amount = -loyalty->uses[0].amount;
    loyalty->gifts[0].amount_minor = -loyalty->gifts[0].amount_minor;
    loyalty->coupons[0].event = kassa_CouponEvent_COUPON_RETURNED;
    loyalty->coupons[1].event = kassa_CouponEvent_COUPON_WITHDRAWN;
    loyalty->awards[0].count = -1;
    loyalty->reservation[0] = '\0';
    loyalty->return_policy = kassa_ReturnPolicy_RETURN_WITHIN_BALANCE;
    loyalty->reinstate_days = 30;
}

const char *sample_points_record(int index, struct wire_record *out)
{
    bool is_return = index == 1;
    sample_record(is_return ? kassa_RecordKind_RECORD_RETURN : kassa_RecordKind_RECORD_PURCHASE, out);
    kassa_Loyalty *loyalty = &out->body.receipt.head.loyalty;
    fill_points(loyalty);
    fill_coupons(loyalty);
    if (is_return)
        turn_points(loyalty);
    return is_return ? "record/return.points" : "record/purchase.points";
}
