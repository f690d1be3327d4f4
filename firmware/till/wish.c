/* SPDX-License-Identifier: Apache-2.0 */
/* wish.c - what the customer brings besides his goods: coupons that he shows, points that he wants to burn; and
 * how much of that, and of what is limited, this till may promise. */
#include <stdio.h>

#include "ledger/dates.h"
#include "till/internal.h"
#include "vault/vault.h"
#include "wire/coupon.h"

bool till_is_line_up(const struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    return hub->reserve != NULL && hub->is_connected != NULL && hub->is_connected(hub->self) &&
           till_read_clock(till).mono_ms >= till->hub_silent_until_mono_ms;
}

bool till_is_store_there(const struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    return hub->claim != NULL && hub->is_store_there(hub->self) &&
           till_read_clock(till).mono_ms >= till->store_silent_until_mono_ms;
}

bool till_is_cut_off(const struct till *till)
{
    if (till->hold.state == HOLD_GRANTED) /* what was set aside is this basket's, line or no line */
        return till->hold.is_by_store;
    return !till_is_line_up(till) || till->hold.state == HOLD_SILENT;
}

bool till_shares_limits(const struct till *till)
{
    if (till->hold.state == HOLD_GRANTED)
        return till->hold.has_claim;
    return till_is_store_there(till) && (till->hold.state != HOLD_SILENT || till->hold.is_at_hub);
}

/* ------------------------------------------------------------------------------------------------- coupons */

static bool is_signed(const struct till *till, const struct wire_coupon *coupon)
{
    uint8_t statement[WIRE_COUPON_STATEMENT_MAX];
    uint8_t id[VAULT_KEY_ID_SIZE];
    size_t size = 0;
    if (wire_coupon_statement(coupon, statement, &size) != ERR_OK)
        return false;
    for (size_t i = 0; i < till->settings.coupon_key_count; i++) {
        const uint8_t *key = till->settings.coupon_keys[i];
        if (vault_key_id(key, id) == ERR_OK && memcmp(id, coupon->key_id, sizeof id) == 0)
            return vault_verify(key, span_of(statement, size), coupon->signature) == ERR_OK;
    }
    return false;
}

static void read_token(const struct till *till, struct presented *out)
{
    struct wire_coupon coupon;
    if (wire_coupon_read(span_of_text(out->code), &coupon) != ERR_OK) {
        out->found = TILL_COUPON_FORGED;
        return;
    }
    memcpy(out->series, coupon.series, sizeof out->series);
    memcpy(out->serial, coupon.serial, sizeof out->serial);
    memcpy(out->store, coupon.store, sizeof out->store);
    out->from_day = coupon.valid_from_day;
    out->until_day = coupon.valid_until_day;
    out->is_signed = is_signed(till, &coupon);
    out->is_safe = out->is_signed;
    out->found = out->is_signed ? TILL_COUPON_FRESH : TILL_COUPON_FORGED;
}

static bool find_held(const struct till *till, struct presented *out)
{
    const kassa_Member *member = &till->customer.member;
    if (!till->has_customer || !till->customer.is_known)
        return false;
    for (pb_size_t i = 0; i < member->coupons_count; i++) {
        const kassa_CouponHeld *held = &member->coupons[i];
        if (strcmp(held->serial, out->code) != 0)
            continue;
        memcpy(out->series, held->series, sizeof out->series);
        memcpy(out->serial, held->serial, sizeof out->serial);
        memcpy(out->store, held->store, sizeof out->store);
        out->from_day = held->valid_from_day;
        out->until_day = held->valid_until_day;
        out->is_safe = held->store[0] != '\0';
        out->found = TILL_COUPON_FRESH;
        return true;
    }
    return false;
}

static bool is_series(const struct till *till, struct span text)
{
    return till->book != NULL && text.size > 0 && text.size <= COUPON_SERIES_MAX &&
           book_find_symbol(till->book, BOOK_SYMBOL_COUPON, text) != BOOK_NONE;
}

/* "spring" is a code of many uses; "spring/000123" a numbered one, which only head office can know. */
static void read_plain(const struct till *till, struct presented *out)
{
    const char *slash = strchr(out->code, '/');
    size_t size = slash == NULL ? strlen(out->code) : (size_t)(slash - out->code);
    out->found = TILL_COUPON_UNKNOWN;
    if (!is_series(till, span_of(out->code, size)) ||
        (slash != NULL && (slash[1] == '\0' || strlen(slash + 1) > COUPON_SERIAL_MAX)))
        return;
    memcpy(out->series, out->code, size);
    if (slash != NULL)
        memcpy(out->serial, slash + 1, strlen(slash + 1));
    out->is_safe = slash == NULL;
    out->found = TILL_COUPON_FRESH;
}

/* What a code is does not change but with the member and the book; a signature is verified once. */
static void find_coupon(const struct till *till, struct presented *out)
{
    bool is_token = wire_coupon_is_token(span_of_text(out->code));
    if (is_token && out->series[0] != '\0' && out->is_signed)
        return;
    struct presented found = {.refused = out->refused, .is_anothers = out->is_anothers};
    memcpy(found.code, out->code, sizeof found.code);
    memcpy(found.refused_member, out->refused_member, sizeof found.refused_member);
    if (is_token)
        read_token(till, &found);
    else if (!find_held(till, &found))
        read_plain(till, &found);
    *out = found;
}

void till_get_member_id(const struct till *till, uint8_t out[MEMBER_SIZE])
{
    memset(out, 0, MEMBER_SIZE);
    if (till->has_customer && till->customer.is_known)
        memcpy(out, till->customer.member.id.bytes, MEMBER_SIZE);
}

/* That it is another's holds for the member who was here, and not for who came after him. */
static bool is_refused(const struct till *till, const struct presented *coupon)
{
    uint8_t here[MEMBER_SIZE];
    if (coupon->refused == TILL_COUPON_FRESH || !coupon->is_anothers)
        return coupon->refused != TILL_COUPON_FRESH;
    till_get_member_id(till, here);
    return memcmp(here, coupon->refused_member, MEMBER_SIZE) == 0;
}

/* One of those that head office says are his, however its code was written: a copied card shows them to anybody. A signed
 * one it does not show, and whoever has that has been given it. */
static bool is_his(const struct till *till, const struct presented *coupon)
{
    const kassa_Member *member = &till->customer.member;
    bool can_be = till->has_customer && till->customer.is_known && !coupon->is_signed;
    for (pb_size_t i = 0; i < member->coupons_count && can_be; i++) {
        if (strcmp(member->coupons[i].serial, coupon->serial) == 0 &&
            strcmp(member->coupons[i].series, coupon->series) == 0)
            return true;
    }
    return false;
}

static enum till_coupon_state state_of(const struct till *till, const struct presented *coupon)
{
    int32_t today = till->priced_at.day;
    if (coupon->found != TILL_COUPON_FRESH)
        return coupon->found;
    if (is_refused(till, coupon))
        return coupon->refused;
    if (!till_may_redeem(till) && is_his(till, coupon))
        return TILL_COUPON_BY_CARD;
    if (coupon->serial[0] != '\0' && tally_is_used(&till->tally, coupon->series, coupon->serial))
        return TILL_COUPON_USED;
    if (coupon->store[0] != '\0' && strcmp(coupon->store, till->settings.store) != 0)
        return TILL_COUPON_WRONG_STORE;
    if (today < coupon->from_day)
        return TILL_COUPON_NOT_YET;
    if (coupon->until_day != 0 && today > coupon->until_day)
        return TILL_COUPON_EXPIRED;
    bool is_counted = coupon->serial[0] == '\0' || (till->has_tally && !till->tally.is_short);
    if (till_is_cut_off(till) && (!coupon->is_safe || !is_counted))
        return TILL_COUPON_UNCERTAIN;
    return TILL_COUPON_FRESH;
}

static const enum offers_coupon_state engine_states[TILL_COUPON_STATE_COUNT] = {
    [TILL_COUPON_FRESH] = OFFERS_COUPON_FRESH,       [TILL_COUPON_USED] = OFFERS_COUPON_USED,
    [TILL_COUPON_EXPIRED] = OFFERS_COUPON_EXPIRED,   [TILL_COUPON_WRONG_STORE] = OFFERS_COUPON_WRONG_STORE,
    [TILL_COUPON_FORGED] = OFFERS_COUPON_FORGED,     [TILL_COUPON_UNKNOWN] = OFFERS_COUPON_FORGED,
    [TILL_COUPON_UNCERTAIN] = OFFERS_COUPON_EXPIRED, [TILL_COUPON_NOT_YET] = OFFERS_COUPON_NOT_YET,
    [TILL_COUPON_BY_CARD] = OFFERS_COUPON_EXPIRED,
};

/* A series that nobody could read is told to nobody; the same coupon twice is one. */
static void fill_coupons(struct till *till, struct offers_basket *out)
{
    till->offer_coupon_count = 0;
    for (size_t i = 0; i < till->wishes.presented_count; i++) {
        struct presented *coupon = &till->wishes.presented[i];
        find_coupon(till, coupon);
        coupon->state = state_of(till, coupon);
        if (coupon->series[0] == '\0' || coupon->state == TILL_COUPON_UNCERTAIN)
            continue;
        till->coupon_places[till->offer_coupon_count] = (uint8_t)i;
        till->offer_coupons[till->offer_coupon_count++] =
            (struct offers_coupon){.code = span_of_text(coupon->series),
                                   .serial = span_of_text(coupon->serial),
                                   .state = engine_states[coupon->state]};
    }
    out->coupons = till->offer_coupons;
    out->coupon_count = till->offer_coupon_count;
}

const struct presented *till_presented_at(const struct till *till, uint32_t index)
{
    return &till->wishes.presented[till->coupon_places[index]];
}

static struct presented *find_presented(struct till *till, const char *code)
{
    for (size_t i = 0; i < till->wishes.presented_count; i++) {
        struct presented *coupon = &till->wishes.presented[i];
        if (strcmp(coupon->code, code) == 0 ||
            (coupon->serial[0] != '\0' && strcmp(coupon->serial, code) == 0))
            return coupon;
    }
    return NULL;
}

enum err till_add_presented(struct till *till, const char *code, struct till_refusal *out_refusal)
{
    size_t size = strnlen(code, COUPON_CODE_MAX + 1);
    if (size == 0 || size > COUPON_CODE_MAX) {
        till_refuse(out_refusal, "must be a coupon's code: 1 to 320 characters", "code");
        return ERR_RANGE;
    }
    if (find_presented(till, code) != NULL)
        return ERR_OK;
    if (till->wishes.presented_count == TILL_COUPONS_MAX) {
        till_refuse(out_refusal, "at most sixteen coupons", "code");
        return ERR_TOO_LONG;
    }
    struct presented *coupon = &till->wishes.presented[till->wishes.presented_count++];
    *coupon = (struct presented){0};
    memcpy(coupon->code, code, size);
    return ERR_OK;
}

void till_keep_presented(struct till *till, char (*codes)[COUPON_CODE_MAX + 1], size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < till->wishes.presented_count; i++) {
        bool is_meant = false;
        for (size_t k = 0; k < count; k++)
            is_meant = is_meant || strcmp(codes[k], till->wishes.presented[i].code) == 0;
        if (is_meant)
            till->wishes.presented[kept++] = till->wishes.presented[i];
    }
    till->wishes.presented_count = kept;
}

void till_get_burn(const struct till *till, struct till_burn *out)
{
    *out = till->burn;
}

void till_forget_wishes(struct till *till)
{
    till->wishes = (struct wishes){0};
}

enum err till_present_coupon(struct till *till, const char *code, struct till_refusal *out_refusal)
{
    TRY(till_add_presented(till, code, out_refusal));
    till_price_again(till);
    return ERR_OK;
}

enum err till_withdraw_coupon(struct till *till, const char *code)
{
    struct presented *coupon = find_presented(till, code);
    if (coupon == NULL)
        return ERR_NOT_FOUND;
    struct presented *end = &till->wishes.presented[till->wishes.presented_count];
    memmove(coupon, coupon + 1, (size_t)(end - (coupon + 1)) * sizeof *coupon);
    till->wishes.presented_count--;
    till_price_again(till);
    return ERR_OK;
}

static bool is_redeemed(const struct till *till, size_t place)
{
    for (uint32_t i = 0; i < till->result.coupon_used_count; i++) {
        if (till->coupon_places[till->result.coupons_used[i]] == place)
            return true;
    }
    return false;
}

size_t till_list_coupons(const struct till *till, struct till_coupon *out, size_t capacity)
{
    size_t count = 0;
    for (; count < till->wishes.presented_count && count < capacity; count++) {
        const struct presented *coupon = &till->wishes.presented[count];
        out[count] = (struct till_coupon){coupon->code, coupon->series, coupon->serial, coupon->state,
                                          is_redeemed(till, count)};
    }
    return count;
}

/* -------------------------------------------------------------------------------------------------- points */

enum err till_set_burn(struct till *till, int64_t points, struct till_refusal *out_refusal)
{
    if (points < 0) {
        till_refuse(out_refusal, "must be how many points: 0 or more", "points");
        return ERR_RANGE;
    }
    till->wishes.burn_points = points;
    till->wishes.is_burn_refused = false;
    till_price_again(till);
    return ERR_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t till_allowance_of_day(const struct till *till)
{
    const struct book_programme *programme = &till->book->header.programme_rules;
    return least(till->customer.member.allowance_points, programme->offline_card_day_points);
}

/* What of a member's points may be spent without a line: the allowance that came with his snapshot and the
 * programme's caps, a card a day and the till a day, less what was spent so here today. */
static int64_t allowance(const struct till *till, int64_t spendable)
{
    const struct book_programme *programme = &till->book->header.programme_rules;
    const kassa_Member *member = &till->customer.member;
    int32_t today = till->priced_at.day;
    int64_t of_card = till_allowance_of_day(till);
    int64_t of_till = least(member->till_allowance_points, programme->offline_till_day_points);
    int64_t left = least(of_card - tally_burned(&till->tally, member->id.bytes, today),
                         of_till - tally_burned_all(&till->tally, today));
    left = least(left, spendable);
    return left < 0 || till->tally.is_short ? 0 : left;
}

int64_t till_burnable(const struct till *till)
{
    const struct till_member *customer = &till->customer;
    bool can_burn = till->book != NULL && till->has_customer && customer->is_known &&
                    till->book->header.programme_rules.burn_points > 0;
    if (!can_burn || customer->points <= 0 || !till_may_redeem(till))
        return 0;
    return till_is_cut_off(till) ? allowance(till, customer->points) : customer->points;
}

/* A wish that cannot be met is refused whole, and said so: nobody's points are burned in part by surprise. */
static void fill_burn(struct till *till, struct offers_basket *basket, struct offers_member *member)
{
    struct till_burn *burn = &till->burn;
    *burn = (struct till_burn){.wanted = till->wishes.burn_points, .available = till_burnable(till)};
    member->points =
        till_may_redeem(till) ? burn->available : till->customer.points; /* offers ask for them, too */
    if (burn->wanted == 0)
        return;
    if (till->book == NULL || till->book->header.programme_rules.burn_points == 0)
        burn->refused = TILL_BURN_NOT_IN_PROGRAMME;
    else if (!member->known)
        burn->refused = TILL_BURN_NO_MEMBER;
    else if (!till_may_redeem(till))
        burn->refused = TILL_BURN_BY_CARD;
    else if (burn->wanted > till->customer.points)
        burn->refused = TILL_BURN_BEYOND_BALANCE;
    else if (burn->wanted > burn->available)
        burn->refused = TILL_BURN_BEYOND_ALLOWANCE;
    else if (till->wishes.is_burn_refused)
        burn->refused = TILL_BURN_BY_HEAD_OFFICE;
    else
        basket->burn_points = burn->wanted;
}

/* -------------------------------------------------------------------------------------------------- limits */

static int32_t period_start(const struct till *till, uint8_t period)
{
    return ledger_period_start((enum ledger_period)period, till->priced_at.day);
}

void till_list_limited(struct till *till)
{
    till->limited_count = 0;
    for (size_t i = 0; i < EXHAUSTED_MAX; i++) /* indexes of the book before */
        till->exhausted[i] = (struct exhausted){.offer = BOOK_NONE};
    uint32_t count = till->book == NULL ? 0 : book_offer_count(till->book);
    for (uint32_t i = 0; i < count; i++) {
        struct book_offer offer;
        book_offer_at(till->book, i, &offer);
        for (uint32_t k = 0; k < offer.limits.count; k++) {
            struct book_limit limit = book_limit_at(till->book, &offer, k);
            if (limit.per < BOOK_PER_TILL)
                continue;
            if (till->limited_count < LIMITED_MAX)
                till->limited[till->limited_count++] = (struct limited){.offer = i, .index = k};
        }
    }
}

/* How many tills share the limit: without a line each has its part, so that together they never pass it. */
static uint32_t sharers_of(const struct till *till, uint8_t per)
{
    return per == BOOK_PER_CHAIN ? till->settings.chain_tills : till->settings.store_tills;
}

static int64_t used_of(const struct till *till, const struct limited *limited, const struct book_offer *offer,
                       const struct book_limit *limit)
{
    char id[OFFER_ID_MAX + 1] = {0};
    int32_t since_day = period_start(till, limit->period);
    memcpy(id, offer->id.bytes, offer->id.size < OFFER_ID_MAX ? offer->id.size : OFFER_ID_MAX);
    if (limited->is_exhausted && limited->since_day == since_day)
        return limit->value;
    bool is_shared = limit->per == BOOK_PER_STORE && till_shares_limits(till);
    bool is_ours = limit->per == BOOK_PER_TILL || (till_is_cut_off(till) && !is_shared);
    bool is_read = till->has_tally || limit->period == BOOK_DAY; /* the tail holds the whole day */
    if (is_ours && !is_read)
        return limit->value;
    if (is_ours && !tally_knows(&till->tally, id, limited->index, (kassa_LimitPer)limit->per, since_day))
        return limit->value; /* rather not given than given too often */
    int64_t own = tally_own(&till->tally, id, limited->index, (kassa_LimitPer)limit->per, since_day);
    if (limit->per == BOOK_PER_TILL || !is_ours)
        return own;
    uint32_t sharers = sharers_of(till, limit->per);
    int64_t share = sharers == 0 ? 0 : limit->value / sharers;
    int64_t left = share > own ? share - own : 0;
    return limit->value - left;
}

/* Those of till, store and chain: counted anew only when something of them has moved. */
static void refresh_counters(struct till *till)
{
    bool is_cut_off = till_is_cut_off(till);
    bool is_fresh = till->has_counters && till->counters_day == till->priced_at.day &&
                    till->counters_cut_off == is_cut_off && till->counters_shared == till_shares_limits(till);
    if (is_fresh)
        return;
    till->base_counter_count = 0;
    for (size_t i = 0; i < till->limited_count; i++) {
        const struct limited *limited = &till->limited[i];
        struct book_offer offer;
        book_offer_at(till->book, limited->offer, &offer);
        struct book_limit limit = book_limit_at(till->book, &offer, limited->index);
        int64_t used = used_of(till, limited, &offer, &limit);
        if (used > 0)
            till->counters[till->base_counter_count++] =
                (struct offers_counter){.offer = limited->offer, .limit = limited->index, .used = used};
    }
    till->has_counters = true;
    till->counters_day = till->priced_at.day;
    till->counters_cut_off = is_cut_off;
    till->counters_shared = till_shares_limits(till);
}

/* The base stands in counters[0 .. base), what is the member's is put into a copy behind it. */
static void put_counter(struct till *till, uint32_t offer, uint32_t limit, int64_t used)
{
    struct offers_counter *counters = till->member_counters;
    uint32_t at = till->member_counter_count;
    while (at > 0 && (counters[at - 1].offer > offer ||
                      (counters[at - 1].offer == offer && counters[at - 1].limit >= limit)))
        at--;
    bool is_there =
        at < till->member_counter_count && counters[at].offer == offer && counters[at].limit == limit;
    if (is_there) {
        counters[at].used += used;
        return;
    }
    if (till->member_counter_count == MEMBER_COUNTERS_MAX)
        return;
    memmove(&counters[at + 1], &counters[at], (till->member_counter_count - at) * sizeof *counters);
    counters[at] = (struct offers_counter){.offer = offer, .limit = limit, .used = used};
    till->member_counter_count++;
}

/* The member's limit of that number, if it still is what was counted. */
static uint32_t find_member_limit(const struct till *till, const char *id, uint32_t index, int32_t since_day)
{
    uint32_t at = book_find_offer(till->book, span_of_text(id));
    struct book_offer offer;
    if (at == BOOK_NONE)
        return BOOK_NONE;
    book_offer_at(till->book, at, &offer);
    if (index >= offer.limits.count)
        return BOOK_NONE;
    struct book_limit limit = book_limit_at(till->book, &offer, index);
    bool is_it = limit.per == BOOK_PER_MEMBER && since_day == period_start(till, limit.period);
    return is_it ? at : BOOK_NONE;
}

void till_exhaust_member(struct till *till, uint32_t offer, const kassa_OfferUse *row)
{
    struct exhausted *out = &till->exhausted[till->exhausted_next];
    till->exhausted_next = (till->exhausted_next + 1) % EXHAUSTED_MAX;
    *out = (struct exhausted){.offer = offer, .index = row->limit, .since_day = row->since_day};
    memcpy(out->member, till->hold.asked.member.bytes, MEMBER_SIZE);
}

/* His limits that head office said are reached: his snapshot does not say so yet. */
static void count_exhausted(struct till *till)
{
    for (size_t i = 0; i < EXHAUSTED_MAX; i++) {
        const struct exhausted *row = &till->exhausted[i];
        struct book_offer offer;
        if (row->offer >= book_offer_count(till->book) ||
            memcmp(row->member, till->customer.member.id.bytes, MEMBER_SIZE) != 0)
            continue;
        book_offer_at(till->book, row->offer, &offer);
        struct book_limit limit = book_limit_at(till->book, &offer, row->index);
        if (row->since_day == period_start(till, limit.period))
            put_counter(till, row->offer, row->index, limit.value);
    }
}

static void count_member(struct till *till)
{
    const kassa_Member *member = &till->customer.member;
    const struct tally_use *use;
    uint32_t at = 0;
    uint64_t acknowledged = till_acknowledged_seq(till);
    for (pb_size_t i = 0; i < member->counters_count; i++) {
        const kassa_LimitCounter *row = &member->counters[i];
        uint32_t offer = find_member_limit(till, row->offer, row->limit, row->since_day);
        if (offer != BOOK_NONE)
            put_counter(till, offer, row->limit, row->used);
    }
    while ((use = tally_next_waiting(&till->tally, member->id.bytes, member->points_as_of_unix_ms,
                                     acknowledged, &at)) != NULL) {
        uint32_t offer = find_member_limit(till, use->offer, use->limit, use->since_day);
        if (offer != BOOK_NONE)
            put_counter(till, offer, use->limit, use->amount);
    }
    count_exhausted(till);
}

/* Merges from the end, where there is room. */
static uint32_t merge_counters(struct till *till)
{
    struct offers_counter *all = till->counters;
    uint32_t base = till->base_counter_count;
    uint32_t own = till->member_counter_count;
    uint32_t total = base + own;
    memmove(all + LIMITED_MAX + MEMBER_COUNTERS_MAX, all, base * sizeof *all); /* the base stays as it is */
    struct offers_counter *out = all + LIMITED_MAX + MEMBER_COUNTERS_MAX;
    for (uint32_t at = total; own > 0; at--) {
        const struct offers_counter *mine = &till->member_counters[own - 1];
        bool is_base_last =
            base > 0 && (out[base - 1].offer > mine->offer ||
                         (out[base - 1].offer == mine->offer && out[base - 1].limit > mine->limit));
        out[at - 1] = is_base_last ? out[base - 1] : *mine;
        base -= is_base_last;
        own -= !is_base_last;
    }
    return total;
}

static void fill_counters(struct till *till, struct offers_basket *out)
{
    if (till->book == NULL)
        return;
    refresh_counters(till);
    till->member_counter_count = 0;
    if (till->has_customer && till->customer.is_known)
        count_member(till);
    out->counter_count = merge_counters(till);
    out->counters = till->counters + LIMITED_MAX + MEMBER_COUNTERS_MAX;
}

void till_fill_wishes(struct till *till, struct offers_basket *basket, struct offers_member *member)
{
    fill_coupons(till, basket);
    fill_counters(till, basket);
    fill_burn(till, basket, member);
}
