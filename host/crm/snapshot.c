/* SPDX-License-Identifier: Apache-2.0 */
/* What tills are told of a member: all that the folds know of him, as of a day. */
#include "base/civil.h"
#include "crm/document.h"
#include "ledger/dates.h"
#include "ledger/tier.h"

struct snapshot {
    const struct store_txn *txn;
    kassa_Member *member;
    int32_t day;
    struct crm_account account;
    crm_Programme programme;
};

/* ---- points */

static kassa_PointsLot *find_place(kassa_Member *member, const struct ledger_lot *lot)
{
    for (size_t i = 0; i < member->lots_count; i++) {
        kassa_PointsLot *own = &member->lots[i];
        if (own->available_day == lot->available_day && own->expires_day == lot->expires_day)
            return own;
    }
    if (member->lots_count < COUNT_OF(member->lots)) {
        kassa_PointsLot *own = &member->lots[member->lots_count++];
        *own = (kassa_PointsLot){.available_day = lot->available_day, .expires_day = lot->expires_day};
        return own;
    }
    /* The last one takes the rest, and is as careful as all of them: a till lets nobody spend too early. */
    kassa_PointsLot *last = &member->lots[member->lots_count - 1];
    last->available_day = last->available_day > lot->available_day ? last->available_day : lot->available_day;
    return last;
}

static bool is_there(const struct ledger_lot *lot, int32_t day)
{
    return lot->left > 0 && (lot->expires_day == LEDGER_NEVER || lot->expires_day > day);
}

static bool ends_before(const struct ledger_lot *a, const struct ledger_lot *b)
{
    int64_t end_a = a->expires_day == LEDGER_NEVER ? INT32_MAX : a->expires_day;
    int64_t end_b = b->expires_day == LEDGER_NEVER ? INT32_MAX : b->expires_day;
    return end_a < end_b;
}

static void list_lots(struct snapshot *s)
{
    const struct ledger_account *account = &s->account.ledger;
    uint32_t order[LEDGER_LOTS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (!is_there(&account->lots[i], s->day))
            continue;
        uint32_t at = count++;
        for (; at > 0 && ends_before(&account->lots[i], &account->lots[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    s->member->lots_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_lot *lot = &account->lots[order[i]];
        find_place(s->member, lot)->points += lot->left;
    }
}

static void describe_points(struct snapshot *s)
{
    const struct ledger_account *account = &s->account.ledger;
    struct ledger_next next = ledger_next_expiry(account, s->day);
    s->member->points = ledger_available(account, s->day);
    s->member->points_pending = ledger_pending(account, s->day);
    s->member->points_owed = account->owed;
    s->member->expiring_points = next.points;
    s->member->expires_day = next.expires_day;
    s->member->visits = account->visits > 0 ? (uint32_t)account->visits : 0;
    list_lots(s);
}

/* What may be spent offline: what is there, up to what the programme risks on one card a day. */
static void describe_allowance(struct snapshot *s)
{
    if (s->programme.book_version == 0)
        return;
    int64_t points = s->member->points > 0 ? s->member->points : 0;
    int64_t cap = s->programme.offline_card_day_points;
    s->member->allowance_points = points < cap ? points : cap;
    s->member->till_allowance_points = s->programme.offline_till_day_points;
}

/* ---- tier and stamps */

_Static_assert(COUNT_OF(((crm_Programme *)0)->tiers) == LEDGER_TIERS_MAX, "crm.options");

static void describe_tier(struct snapshot *s)
{
    struct ledger_tier_rule rules[LEDGER_TIERS_MAX];
    const crm_Programme *programme = &s->programme;
    if (programme->tiers_count == 0) /* tiers are given by hand */
        return;
    for (size_t i = 0; i < programme->tiers_count; i++)
        rules[i] = (struct ledger_tier_rule){programme->tiers[i].from_minor, programme->tiers[i].keep_minor,
                                             (uint16_t)programme->tiers[i].window_days};
    struct ledger_tier tier = ledger_tier_at(&s->account.ledger, rules, programme->tiers_count, s->day);
    memset(s->member->tier, 0, sizeof(s->member->tier));
    s->member->tier_until_day = tier.until_day;
    if (tier.index != LEDGER_NO_TIER)
        memcpy(s->member->tier, programme->tiers[tier.index].name, sizeof(s->member->tier));
}

static void describe_stamps(struct snapshot *s)
{
    const struct ledger_account *account = &s->account.ledger;
    s->member->stamps_count = (pb_size_t)account->stamp_count;
    for (uint32_t i = 0; i < account->stamp_count; i++) {
        const struct ledger_stamps *card = &account->stamps[i];
        kassa_StampCard *own = &s->member->stamps[i];
        *own = (kassa_StampCard){.count = card->count > 0 ? (uint32_t)card->count : 0,
                                 .card_size = card->card_size,
                                 .filled = card->filled > 0 ? (uint32_t)card->filled : 0};
        memcpy(own->card, card->card, sizeof(own->card));
    }
}

/* ---- coupons: those that can still be used, the soonest to end */

static int64_t end_of(int32_t valid_until_day)
{
    return valid_until_day == 0 ? INT32_MAX : valid_until_day;
}

static bool add_coupon(void *context, const crm_Coupon *coupon)
{
    struct snapshot *s = context;
    struct ledger_coupon counts = crm_coupon_counts(coupon);
    enum ledger_coupon_state state = ledger_coupon_state(&counts, s->day);
    if (state != LEDGER_COUPON_FRESH && state != LEDGER_COUPON_NOT_YET)
        return true;
    size_t at = s->member->coupons_count;
    while (at > 0 && end_of(s->member->coupons[at - 1].valid_until_day) > end_of(coupon->valid_until_day))
        at--;
    if (at == COUNT_OF(s->member->coupons))
        return true;
    size_t moved = s->member->coupons_count - at;
    moved -= s->member->coupons_count == COUNT_OF(s->member->coupons) ? 1 : 0;
    memmove(&s->member->coupons[at + 1], &s->member->coupons[at], moved * sizeof(s->member->coupons[0]));
    kassa_CouponHeld *own = &s->member->coupons[at];
    *own = (kassa_CouponHeld){.valid_from_day = coupon->valid_from_day,
                              .valid_until_day = coupon->valid_until_day};
    memcpy(own->series, coupon->series, sizeof(own->series));
    memcpy(own->serial, coupon->serial, sizeof(own->serial));
    memcpy(own->offer, coupon->offer, sizeof(own->offer));
    memcpy(own->store, coupon->store, sizeof(own->store));
    s->member->coupons_count = (pb_size_t)(at + moved + 1);
    return true;
}

/* ---- limits: those of a period that is not over */

static bool add_counter(void *context, const crm_Counter *counter)
{
    struct snapshot *s = context;
    /* A day of grace: some store may still have yesterday. */
    int32_t start = ledger_period_start((enum ledger_period)counter->period, s->day - 1);
    if (counter->since_day < start || counter->used == 0 ||
        s->member->counters_count == COUNT_OF(s->member->counters))
        return true;
    kassa_LimitCounter *own = &s->member->counters[s->member->counters_count++];
    *own = (kassa_LimitCounter){.limit = counter->limit,
                                .what = counter->what,
                                .period = counter->period,
                                .since_day = counter->since_day,
                                .used = counter->used};
    memcpy(own->offer, counter->offer, sizeof(own->offer));
    return true;
}

enum err crm_member_describe(const struct store_txn *txn, kassa_Member *member, int64_t unix_ms)
{
    struct snapshot s = {.txn = txn, .member = member};
    TRY(crm_account_get(txn, member->id.bytes, &s.account));
    TRY(crm_programme_get(txn, &s.programme));
    int32_t clock_day = civil_moment_of(unix_ms, 0).day;
    s.day = clock_day > s.account.ledger.today ? clock_day : s.account.ledger.today;
    describe_points(&s);
    describe_allowance(&s);
    describe_tier(&s);
    describe_stamps(&s);
    member->coupons_count = 0;
    TRY(crm_coupon_scan(txn, member->id.bytes, add_coupon, &s));
    member->counters_count = 0;
    return crm_counter_scan(txn, member->id.bytes, add_counter, &s);
}
