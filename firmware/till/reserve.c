/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.c - what the open basket needs is set aside by head office before it is promised (hold.h); without a
 * line it is what this till may promise by itself. */
#include <stdio.h>

#include "base/hex.h"
#include "ledger/dates.h"
#include "till/internal.h"
#include "wire/message.h"

#define KEY_RANDOM_SIZE 6

/* --------------------------------------------------------------------------------------- what a basket needs */

static int64_t amount_of(const struct offers_use *use, uint8_t what)
{
    switch ((enum book_limit_what)what) {
    case BOOK_LIMIT_USES:
        return use->uses;
    case BOOK_LIMIT_UNITS:
        return use->units_milli;
    case BOOK_LIMIT_AMOUNT:
        return use->amount_minor;
    case BOOK_LIMIT_POINTS:
        return use->points;
    }
    return 0;
}

static void fill_use(const struct till *till, const struct offers_use *use, uint32_t index,
                     const struct book_limit *limit, kassa_OfferUse *out)
{
    *out = (kassa_OfferUse){.offer_version = use->version,
                            .limit = index,
                            .what = (kassa_LimitWhat)limit->what,
                            .per = (kassa_LimitPer)limit->per,
                            .period = (kassa_LimitPeriod)limit->period,
                            .since_day =
                                ledger_period_start((enum ledger_period)limit->period, till->priced_at.day),
                            .amount = amount_of(use, limit->what),
                            .most = limit->value};
    memcpy(out->offer, use->id.bytes, use->id.size < OFFER_ID_MAX ? use->id.size : OFFER_ID_MAX);
}

size_t till_fill_uses(const struct till *till, kassa_OfferUse *out, size_t capacity)
{
    size_t count = 0;
    for (uint32_t i = 0; till->book != NULL && i < till->result.use_count; i++) {
        const struct offers_use *use = &till->result.uses[i];
        struct book_offer offer;
        book_offer_at(till->book, use->offer, &offer);
        for (uint32_t k = 0; k < offer.limits.count && count < capacity; k++) {
            struct book_limit limit = book_limit_at(till->book, &offer, k);
            if (limit.per >= BOOK_PER_MEMBER && amount_of(use, limit.what) > 0)
                fill_use(till, use, k, &limit, &out[count++]);
        }
    }
    return count;
}

size_t till_fill_redeemed(const struct till *till, kassa_CouponRow *out, size_t capacity)
{
    size_t count = 0;
    for (uint32_t i = 0; i < till->result.coupon_used_count && count < capacity; i++) {
        const struct presented *coupon = till_presented_at(till, till->result.coupons_used[i]);
        kassa_CouponRow *row = &out[count++];
        *row = (kassa_CouponRow){.event = kassa_CouponEvent_COUPON_REDEEMED, .verified = coupon->is_signed};
        memcpy(row->series, coupon->series, sizeof row->series);
        memcpy(row->serial, coupon->serial, sizeof row->serial);
        if (coupon->is_signed) {
            row->valid_from_day = coupon->from_day;
            row->valid_until_day = coupon->until_day;
        }
    }
    return count;
}

/* Coupons of many uses, and limits of the till alone, are nobody else's. */
static void fill_reserve(const struct till *till, kassa_Reserve *out)
{
    *out = (kassa_Reserve)kassa_Reserve_init_zero;
    out->business_day = till->priced_at.day;
    out->hold_ms = RESERVE_HOLD_MS;
    out->points = till->result.burned.points;
    if (till->has_customer && till->customer.is_known) {
        out->member.size = MEMBER_SIZE;
        memcpy(out->member.bytes, till->customer.member.id.bytes, MEMBER_SIZE);
    }
    kassa_CouponRow rows[COUPON_ROWS_MAX];
    size_t count = till_fill_redeemed(till, rows, COUPON_ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].serial[0] != '\0')
            out->coupons[out->coupons_count++] = rows[i];
    }
    kassa_OfferUse uses[OFFER_USES_MAX];
    count = till_fill_uses(till, uses, OFFER_USES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (uses[i].per != kassa_LimitPer_LIMIT_PER_TILL)
            out->uses[out->uses_count++] = uses[i];
    }
    till_reserve_gifts(till, out);
}

static bool needs_anything(const kassa_Reserve *reserve)
{
    return reserve->points > 0 || reserve->coupons_count > 0 || reserve->uses_count > 0 ||
           reserve->gifts_count > 0;
}

/* The same needs have the same bytes. */
static enum err digest_of(const kassa_Reserve *reserve, uint8_t out[HASH_SIZE])
{
    uint8_t bytes[RESERVE_SIZE_MAX];
    size_t size = 0;
    TRY(wire_encode(kassa_Reserve_fields, reserve, bytes, sizeof bytes, &size));
    return vault_sha256(span_of(bytes, size), out);
}

/* --------------------------------------------------------------------------------------------------- the hold */

void till_drop_claim(struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    if (till->hold.has_claim)
        hub->unclaim(hub->self, till->hold.key);
    till->hold.has_claim = false;
}

static bool step(struct till *till, enum hold_event event)
{
    struct hold *hold = &till->hold;
    struct hold_step step = hold_step_of(hold->state, event);
    if (!step.is_allowed)
        return false;
    const struct till_hub *hub = &till->settings.hub;
    bool was_at_hub = hold->is_at_hub && !hold->is_by_store;
    if (step.releases && was_at_hub && hub->release != NULL)
        (void)hub->release(hub->self, hold->key); /* else it lapses by itself */
    hold->state = step.next;
    if (hold->state != HOLD_ASKED && hold->state != HOLD_GRANTED)
        till_drop_claim(till);
    return true;
}

void till_drop_hold(struct till *till)
{
    (void)step(till, HOLD_DROP);
    till->wishes.is_burn_refused = false;
    till->is_refusal_due = false;
}

static enum err draw_key(struct till *till)
{
    uint8_t bytes[KEY_RANDOM_SIZE];
    char text[2 * KEY_RANDOM_SIZE + 1] = {0};
    TRY(till->settings.random.fill(till->settings.random.self, bytes, sizeof bytes));
    hex_write(span_of(bytes, sizeof bytes), text);
    (void)snprintf(till->hold.key, sizeof till->hold.key, "%s/%s/%s", till->settings.store,
                   till->settings.till, text);
    return ERR_OK;
}

static const char other_total[] =
    "without a line to head office some offers cannot be given: the total is another";

static void note_refusal(struct till *till, const char *reason, const char *field)
{
    struct hold *hold = &till->hold;
    (void)snprintf(hold->reason, sizeof hold->reason, "%s", reason);
    (void)snprintf(hold->field, sizeof hold->field, "%s", field);
    till->is_refusal_due = true;
}

/* As without a line. Who waits for the answer was told another total: he hears of it once, and may go on. */
static void go_silent(struct till *till)
{
    int64_t total = till_total(till);
    (void)step(till, HOLD_SILENCE);
    till_price_again(till);
    if (till->burn.refused == TILL_BURN_FITS && total != till_total(till))
        note_refusal(till, other_total, "total_minor");
    else if (till->hold.asked.gifts_count > 0) /* nothing else takes the place of value that is on a card */
        note_refusal(till, GIFT_CUT_OFF, "tenders");
}

void till_begin_asking(struct till *till, bool is_at_hub)
{
    till->hold.is_at_hub = is_at_hub;
    till->hold.until_mono_ms = till_read_clock(till).mono_ms + till->settings.ask_ms;
}

/* Nobody can be asked after all: as without a line. */
static enum err ask_nobody(struct till *till)
{
    (void)step(till, HOLD_SILENCE);
    till_price_again(till);
    return ERR_OK;
}

static enum err ask_hub(struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    till_begin_asking(till, /* is_at_hub= */ true);
    if (hub->reserve(hub->self, &till->hold.asked) == ERR_OK)
        return ERR_PENDING;
    till_note_hub_silence(till); /* the line is breaking */
    return ask_nobody(till);
}

/* The store's arbiter first: what its tills gave without a line head office does not know yet. */
static enum err ask(struct till *till, kassa_Reserve *reserve, const uint8_t digest[HASH_SIZE])
{
    struct hold *hold = &till->hold;
    TRY(draw_key(till));
    memcpy(reserve->key, hold->key, sizeof reserve->key);
    memcpy(hold->digest, digest, HASH_SIZE);
    hold->asked = *reserve;
    hold->is_by_store = false;
    if (!step(till, HOLD_ASK))
        return ERR_STATE;
    if (till_is_store_there(till) && till_ask_store(till) == ERR_OK)
        return ERR_PENDING;
    return till_is_line_up(till) ? ask_hub(till) : ask_nobody(till);
}

static bool can_ask(const struct till *till)
{
    return till_is_line_up(till) || till_is_store_there(till);
}

static enum err check_hold(struct till *till, kassa_Reserve *reserve, const uint8_t digest[HASH_SIZE],
                           struct till_refusal *out)
{
    struct hold *hold = &till->hold;
    if (hold->state != HOLD_NONE && memcmp(hold->digest, digest, HASH_SIZE) != 0)
        (void)step(till, HOLD_CHANGE);
    bool is_over = hold->state == HOLD_REFUSED || hold->state == HOLD_SILENT;
    if (is_over && reserve->gifts_count > 0 &&
        till_is_line_up(till)) /* was told: the card may have value now */
        return ask(till, reserve, digest);
    if (hold->state == HOLD_GRANTED && till_read_clock(till).mono_ms >= hold->until_mono_ms)
        (void)step(till, HOLD_LAPSE);
    switch (hold->state) {
    case HOLD_NONE:
        return can_ask(till) ? ask(till, reserve, digest) : ERR_OK;
    case HOLD_ASKED:
        return ERR_PENDING;
    case HOLD_GRANTED:
        return ERR_OK;
    case HOLD_SILENT: /* head office was; the store's arbiter can still say yes */
        return hold->is_at_hub && till_is_store_there(till) ? ask(till, reserve, digest) : ERR_OK;
    case HOLD_REFUSED:
        till_refuse(out, hold->reason, "%s", hold->field);
        return ERR_STATE;
    case HOLD_STATE_COUNT:
        break;
    }
    return ERR_STATE;
}

static enum err hold_basket(struct till *till, struct till_refusal *out_refusal)
{
    kassa_Reserve reserve;
    uint8_t digest[HASH_SIZE];
    fill_reserve(till, &reserve);
    if (till_basket_of(till)->training || !needs_anything(&reserve)) {
        /* Silence stands for the whole basket: else what it took away would be promised and asked for again, and
         * the sale would never end. */
        if (till->hold.state != HOLD_SILENT)
            (void)step(till, HOLD_CHANGE);
        return ERR_OK;
    }
    TRY(digest_of(&reserve, digest));
    return check_hold(till, &reserve, digest, out_refusal);
}

/* -------------------------------------------------------------------------------------- head office's answers */

struct refusal_row {
    const char *reason;
    const char *field;
};

static const struct refusal_row refusals[] = {
    [kassa_ReserveReason_RESERVE_FITS] = {"head office refused it", ""},
    [kassa_ReserveReason_RESERVE_POINTS_SHORT] = {"the member has not so many points any more",
                                                  "burn_points"},
    [kassa_ReserveReason_RESERVE_COUPON_UNKNOWN] = {"head office knows no such coupon", "coupons"},
    [kassa_ReserveReason_RESERVE_COUPON_USED] = {"the coupon was used already", "coupons"},
    [kassa_ReserveReason_RESERVE_COUPON_EXPIRED] = {"the coupon has expired", "coupons"},
    [kassa_ReserveReason_RESERVE_COUPON_NOT_YET] = {"the coupon cannot be used yet", "coupons"},
    [kassa_ReserveReason_RESERVE_COUPON_OTHERS] = {"the coupon is another member's", "coupons"},
    [kassa_ReserveReason_RESERVE_LIMIT_REACHED] = {"the offer's limit is reached", "offers"},
    [kassa_ReserveReason_RESERVE_GIFT_SHORT] = {"there is not so much value on the card", "tenders"},
    [kassa_ReserveReason_RESERVE_MEMBER_UNKNOWN] = {"head office knows no such member", "card"},
    [kassa_ReserveReason_RESERVE_MALFORMED] = {"head office cannot read the question", ""},
};

/* Fresh: the reason is no coupon's. */
static const enum till_coupon_state coupon_states[] = {
    [kassa_ReserveReason_RESERVE_COUPON_UNKNOWN] = TILL_COUPON_UNKNOWN,
    [kassa_ReserveReason_RESERVE_COUPON_USED] = TILL_COUPON_USED,
    [kassa_ReserveReason_RESERVE_COUPON_EXPIRED] = TILL_COUPON_EXPIRED,
    [kassa_ReserveReason_RESERVE_COUPON_NOT_YET] = TILL_COUPON_NOT_YET,
    [kassa_ReserveReason_RESERVE_COUPON_OTHERS] = TILL_COUPON_UNKNOWN,
};

static void refuse_one(const struct till *till, struct presented *coupon, kassa_ReserveReason reason)
{
    const kassa_Reserve *asked = &till->hold.asked;
    coupon->refused = coupon_states[reason];
    coupon->is_anothers = reason == kassa_ReserveReason_RESERVE_COUPON_OTHERS;
    memset(coupon->refused_member, 0, MEMBER_SIZE);
    if (asked->member.size == MEMBER_SIZE)
        memcpy(coupon->refused_member, asked->member.bytes, MEMBER_SIZE);
}

static void refuse_coupon(struct till *till, const kassa_CouponRow *row, kassa_ReserveReason reason)
{
    for (size_t i = 0; i < till->wishes.presented_count; i++) {
        struct presented *coupon = &till->wishes.presented[i];
        if (strcmp(coupon->series, row->series) == 0 && strcmp(coupon->serial, row->serial) == 0)
            refuse_one(till, coupon, reason);
    }
}

/* Until its period is over: an offer that head office has none left of is not promised again. */
static void exhaust(struct till *till, const kassa_OfferUse *row)
{
    uint32_t offer = till->book == NULL ? BOOK_NONE : book_find_offer(till->book, span_of_text(row->offer));
    if (row->per == kassa_LimitPer_LIMIT_PER_MEMBER) {
        till_exhaust_member(till, offer, row);
        return;
    }
    for (size_t i = 0; i < till->limited_count; i++) {
        struct limited *limited = &till->limited[i];
        if (limited->offer != offer || limited->index != row->limit)
            continue;
        limited->is_exhausted = true;
        limited->since_day = row->since_day;
    }
    till->has_counters = false;
}

/* What did not fit is not offered again: the basket is priced without it. false: the answer does not say what
 * did not fit, so that asking again would be refused again. */
static bool learn(struct till *till, const kassa_Reservation *answer)
{
    const kassa_Reserve *asked = &till->hold.asked;
    kassa_ReserveReason reason = answer->reason;
    bool is_coupon = (size_t)reason < COUNT_OF(coupon_states) && coupon_states[reason] != TILL_COUPON_FRESH;
    bool is_known_coupon = is_coupon && answer->row < asked->coupons_count;
    bool is_known_use =
        reason == kassa_ReserveReason_RESERVE_LIMIT_REACHED && answer->row < asked->uses_count;
    bool is_burn = asked->points > 0 && (reason == kassa_ReserveReason_RESERVE_POINTS_SHORT ||
                                         reason == kassa_ReserveReason_RESERVE_MEMBER_UNKNOWN);
    bool is_gift = reason == kassa_ReserveReason_RESERVE_GIFT_SHORT && answer->row < asked->gifts_count;
    if (is_known_coupon)
        refuse_coupon(till, &asked->coupons[answer->row], reason);
    if (is_known_use)
        exhaust(till, &asked->uses[answer->row]);
    if (is_burn)
        till->wishes.is_burn_refused = true;
    return answer->status == kassa_ReserveStatus_RESERVE_REFUSED &&
           (is_known_coupon || is_known_use || is_burn || is_gift);
}

static void hear_refusal(struct till *till, const kassa_Reservation *answer, const char *by)
{
    size_t row = (size_t)answer->reason < COUNT_OF(refusals) ? (size_t)answer->reason : 0;
    char reason[TILL_REASON_MAX];
    if (!learn(till, answer)) {
        go_silent(till);
        return;
    }
    (void)step(till, HOLD_REFUSE);
    (void)snprintf(reason, sizeof reason, "%s%s%s", refusals[row].reason, by[0] == '\0' ? "" : ", at ", by);
    note_refusal(till, reason, refusals[row].field);
    if (answer->reason == kassa_ReserveReason_RESERVE_GIFT_SHORT)
        till_name_short_gift(till, answer, &till->hold);
    till_price_again(till);
}

static void be_granted(struct till *till)
{
    (void)step(till, HOLD_GRANT);
    till->hold.until_mono_ms = till_read_clock(till).mono_ms + RESERVE_HOLD_MS - HOLD_MARGIN_MS;
}

static bool is_asked(const struct till *till, const char *key, bool is_at_hub)
{
    return till->hold.state == HOLD_ASKED && till->hold.is_at_hub == is_at_hub &&
           strcmp(key, till->hold.key) == 0;
}

void till_hear_reservation(struct till *till, const kassa_Reservation *answer)
{
    if (!is_asked(till, answer->key, /* is_at_hub= */ true))
        return;
    if (answer->status == kassa_ReserveStatus_RESERVE_GRANTED)
        be_granted(till);
    else
        hear_refusal(till, answer, "");
    till_notify(till, TILL_ANSWERED, NULL);
}

/* One that had been granted is lost with the memory of the arbiter that did: it is asked for again. */
static void hear_loss(struct till *till, const struct till_claim_answer *answer)
{
    struct hold *hold = &till->hold;
    if (answer->is_granted || !hold->has_claim || strcmp(answer->key, hold->key) != 0)
        return;
    hold->has_claim = false;
    if (hold->state == HOLD_GRANTED)
        (void)step(till, HOLD_LAPSE);
}

void till_hear_claim(struct till *till, const struct till_claim_answer *answer)
{
    struct hold *hold = &till->hold;
    if (!is_asked(till, answer->key, /* is_at_hub= */ false)) {
        hear_loss(till, answer);
        return;
    }
    if (!answer->is_granted) {
        kassa_Reservation refusal = {.status = kassa_ReserveStatus_RESERVE_REFUSED,
                                     .reason = answer->reason,
                                     .row = answer->row,
                                     .available = answer->available};
        hold->has_claim = false;
        hear_refusal(till, &refusal, answer->by);
    } else if (till_is_line_up(till)) {
        if (ask_hub(till) == ERR_PENDING)
            return;
    } else {
        hold->is_by_store = true;
        be_granted(till);
    }
    till_notify(till, TILL_ANSWERED, NULL);
}

void till_expire_hold(struct till *till, uint64_t now_mono_ms)
{
    struct hold *hold = &till->hold;
    if (hold->state != HOLD_ASKED || hold->until_mono_ms > now_mono_ms)
        return;
    if (hold->is_at_hub) {
        till_note_hub_silence(till);
    } else {
        till_note_store_silence(till);
        till_drop_claim(till);
        if (till_is_line_up(till) && ask_hub(till) == ERR_PENDING)
            return;
    }
    if (hold->state == HOLD_ASKED)
        go_silent(till);
    till_notify(till, TILL_ANSWERED, NULL);
}

/* -------------------------------------------------------------------------------------------- the caller's side */

static enum err refuse_burn(const struct till *till, struct till_refusal *out)
{
    static const char *const reasons[] = {
        [TILL_BURN_FITS] = "",
        [TILL_BURN_NOT_IN_PROGRAMME] = "the programme does not let points be burned",
        [TILL_BURN_NO_MEMBER] = "no member is here whose points these are",
        [TILL_BURN_BEYOND_BALANCE] = "the member has not so many points",
        [TILL_BURN_BEYOND_ALLOWANCE] = "more than may be burned without a line to head office",
        [TILL_BURN_BY_HEAD_OFFICE] = "head office refused to set these points aside",
        [TILL_BURN_BY_CARD] = "this card may earn, and not pay: show one that is surer",
    };
    char reason[TILL_REASON_MAX];
    (void)snprintf(reason, sizeof reason, "%s: %lld of %lld can be burned", reasons[till->burn.refused],
                   (long long)till->burn.available, (long long)till->burn.wanted);
    till_refuse(out, reason, "burn_points");
    if (till->burn.refused == TILL_BURN_BY_CARD)
        out->code = TILL_CODE_CARD_TRUST;
    return ERR_RANGE;
}

enum err till_secure_basket(struct till *till, struct till_refusal *out_refusal)
{
    if (till->is_refusal_due) { /* head office's answer to the call that waits for it */
        till->is_refusal_due = false;
        till_refuse(out_refusal, till->hold.reason, "%s", till->hold.field);
        return ERR_STATE;
    }
    bool is_training = till_basket_of(till)->training;
    if (till->burn.refused != TILL_BURN_FITS && !is_training)
        return refuse_burn(till, out_refusal);
    int64_t total = till_total(till);
    enum err error = hold_basket(till, out_refusal);
    if (error == ERR_OK)
        error = till_check_spends(till, out_refusal);
    if (error != ERR_OK)
        return error;
    bool is_other_reach =
        till->counters_cut_off != till_is_cut_off(till) || till->counters_shared != till_shares_limits(till);
    if (is_other_reach && till->book != NULL)
        till_price_again(till);
    if (till->burn.refused != TILL_BURN_FITS && !is_training)
        return refuse_burn(till, out_refusal);
    if (total == till_total(till))
        return ERR_OK;
    till_refuse(out_refusal, other_total, "total_minor");
    return ERR_STATE;
}

enum err till_reserve(struct till *till, const char *basket, const struct till_tenders *tenders,
                      struct till_refusal *out_refusal)
{
    static const struct till_tenders none;
    if (!sale_has_basket(till->state) || strcmp(basket, till_basket_of(till)->id) != 0) {
        till_refuse(out_refusal, "that basket is not open", "basket");
        return ERR_STATE;
    }
    TRY(till_take_spends(till, tenders == NULL ? &none : tenders, out_refusal));
    return till_secure_basket(till, out_refusal);
}

void till_get_reservation(const struct till *till, struct till_reservation *out)
{
    *out =
        (struct till_reservation){.state = (int)till->hold.state,
                                  .is_granted = till->hold.state == HOLD_GRANTED,
                                  .is_cut_off = till_is_cut_off(till),
                                  .is_by_store = till->hold.state == HOLD_GRANTED && till->hold.is_by_store,
                                  .key = till->hold.state == HOLD_GRANTED ? till->hold.key : ""};
}

void till_commit_hold(struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    if (till->hold.state == HOLD_GRANTED && till->hold.has_claim) {
        till->hold.has_claim = false;
        hub->commit_claim(hub->self, till->hold.key);
    }
    (void)step(till, HOLD_COMMIT);
}
