/* SPDX-License-Identifier: Apache-2.0 */
#include "till/tally.h"

#include <stdlib.h>

#include "base/crc32c.h"
#include "ledger/dates.h"

enum err tally_open(struct tally *tally)
{
    *tally = (struct tally){0};
    tally->uses = calloc(TALLY_USES_MAX, sizeof *tally->uses);
    tally->sums = calloc(TALLY_SUMS_MAX, sizeof *tally->sums);
    tally->burns = calloc(TALLY_BURNS_MAX, sizeof *tally->burns);
    tally->serials = calloc(TALLY_SERIALS_MAX, sizeof *tally->serials);
    bool is_whole =
        tally->uses != NULL && tally->sums != NULL && tally->burns != NULL && tally->serials != NULL;
    return is_whole ? ERR_OK : ERR_MEMORY;
}

void tally_done(struct tally *tally)
{
    free(tally->uses);
    free(tally->sums);
    free(tally->burns);
    free(tally->serials);
    *tally = (struct tally){0};
}

void tally_forget(struct tally *tally)
{
    memset(tally->heads, 0, sizeof tally->heads);
    tally->next_use = 0;
    tally->use_count = 0;
    memset(tally->sums, 0, TALLY_SUMS_MAX * sizeof *tally->sums);
    tally->sum_count = 0;
    tally->newest_day = 0;
    tally->burn_count = 0;
    tally->burned_today = 0;
    tally->burn_day = 0;
    memset(tally->serials, 0, TALLY_SERIALS_MAX * sizeof *tally->serials);
    tally->serial_count = 0;
    tally->is_short = false;
}

/* --------------------------------------------------------------------------------------- uses of members */

/* Member ids are random: their first bytes are as good as any hash. */
static uint32_t head_of(const uint8_t member[MEMBER_SIZE])
{
    return (member[0] | (uint32_t)member[1] << 8) % TALLY_HEADS;
}

static void unlink_use(struct tally *tally, uint32_t place)
{
    uint32_t *link = &tally->heads[head_of(tally->uses[place].member)];
    while (*link != 0 && *link != place + 1)
        link = &tally->uses[*link - 1].older;
    if (*link != 0)
        *link = tally->uses[place].older;
}

static void add_use(struct tally *tally, const struct tally_use *use)
{
    uint32_t place = tally->next_use;
    if (tally->use_count == TALLY_USES_MAX)
        unlink_use(tally, place);
    else
        tally->use_count++;
    uint32_t *head = &tally->heads[head_of(use->member)];
    tally->uses[place] = *use;
    tally->uses[place].older = *head;
    *head = place + 1;
    tally->next_use = (place + 1) % TALLY_USES_MAX;
}

const struct tally_use *tally_next_waiting(const struct tally *tally, const uint8_t member[MEMBER_SIZE],
                                           int64_t as_of_unix_ms, uint64_t acknowledged_seq, uint32_t *at)
{
    uint32_t place = *at == 0 ? tally->heads[head_of(member)] : tally->uses[*at - 1].older;
    for (; place != 0; place = tally->uses[place - 1].older) {
        const struct tally_use *use = &tally->uses[place - 1];
        bool is_waiting = use->seq > acknowledged_seq || use->as_of_unix_ms == as_of_unix_ms;
        *at = place;
        if (is_waiting && memcmp(use->member, member, MEMBER_SIZE) == 0)
            return use;
    }
    return NULL;
}

int64_t tally_waiting(const struct tally *tally, const uint8_t member[MEMBER_SIZE], const char *offer,
                      uint32_t limit, int32_t since_day, int64_t as_of_unix_ms, uint64_t acknowledged_seq)
{
    int64_t sum = 0;
    uint32_t at = 0;
    const struct tally_use *use;
    while ((use = tally_next_waiting(tally, member, as_of_unix_ms, acknowledged_seq, &at)) != NULL) {
        if (use->limit == limit && use->since_day == since_day && strcmp(use->offer, offer) == 0)
            (void)__builtin_add_overflow(sum, use->amount, &sum);
    }
    return sum;
}

/* ------------------------------------------------------------------------------------------ sums of the till */

static uint32_t hash_sum(const char *offer, uint32_t limit, unsigned per, int32_t since_day)
{
    uint32_t rest[3] = {limit, per, (uint32_t)since_day};
    return crc32c(crc32c(0, span_of_text(offer)), span_of(rest, sizeof rest));
}

/* Its place, or the free one where it goes; NULL: there is no room. */
static struct tally_sum *find_sum(const struct tally *tally, const char *offer, uint32_t limit, unsigned per,
                                  int32_t since_day)
{
    uint32_t at = hash_sum(offer, limit, per, since_day) % TALLY_SUMS_MAX;
    for (uint32_t i = 0; i < TALLY_SUMS_MAX; i++) {
        struct tally_sum *sum = &tally->sums[(at + i) % TALLY_SUMS_MAX];
        bool is_it = sum->limit == limit && sum->per == per && sum->since_day == since_day &&
                     strcmp(sum->offer, offer) == 0;
        if (sum->per == 0 || is_it)
            return sum;
    }
    return NULL;
}

static bool has_ended(const struct tally *tally, uint8_t period, int32_t since_day)
{
    return since_day < ledger_period_start((enum ledger_period)period, tally->newest_day);
}

/* Takes a row out, and moves up those behind it that stand there because their own place was taken. */
static void remove_sum(struct tally *tally, uint32_t hole)
{
    for (uint32_t at = (hole + 1) % TALLY_SUMS_MAX; tally->sums[at].per != 0;
         at = (at + 1) % TALLY_SUMS_MAX) {
        const struct tally_sum *sum = &tally->sums[at];
        uint32_t home = hash_sum(sum->offer, sum->limit, sum->per, sum->since_day) % TALLY_SUMS_MAX;
        uint32_t from_home = (at - home) % TALLY_SUMS_MAX;
        uint32_t from_hole = (at - hole) % TALLY_SUMS_MAX;
        if (from_home < from_hole)
            continue;
        tally->sums[hole] = *sum;
        hole = at;
    }
    tally->sums[hole] = (struct tally_sum){0};
    tally->sum_count--;
}

/* A row that moves up across the end of the table is met again, or stays until the next time. */
static void remove_ended_sums(struct tally *tally)
{
    for (uint32_t i = 0; i < TALLY_SUMS_MAX;) {
        const struct tally_sum *sum = &tally->sums[i];
        if (sum->per != 0 && has_ended(tally, sum->period, sum->since_day))
            remove_sum(tally, i);
        else
            i++;
    }
}

static struct tally_sum *place_for_sum(struct tally *tally, const kassa_OfferUse *use)
{
    struct tally_sum *sum = find_sum(tally, use->offer, use->limit, use->per, use->since_day);
    return sum == NULL || (sum->per == 0 && tally->sum_count >= TALLY_SUMS_MAX / 4 * 3) ? NULL : sum;
}

static void add_sum(struct tally *tally, const kassa_OfferUse *use, int64_t amount)
{
    struct tally_sum *sum = place_for_sum(tally, use);
    if (sum == NULL && has_ended(tally, (uint8_t)use->period, use->since_day))
        return; /* nobody asks for it any more */
    if (sum == NULL) {
        remove_ended_sums(tally);
        sum = place_for_sum(tally, use);
    }
    if (sum == NULL) {
        tally->is_short = true;
        return;
    }
    if (sum->per == 0) {
        *sum = (struct tally_sum){.per = (uint8_t)use->per,
                                  .period = (uint8_t)use->period,
                                  .limit = use->limit,
                                  .since_day = use->since_day};
        memcpy(sum->offer, use->offer, sizeof sum->offer);
        tally->sum_count++;
    }
    (void)__builtin_add_overflow(sum->amount, amount, &sum->amount);
}

int64_t tally_own(const struct tally *tally, const char *offer, uint32_t limit, kassa_LimitPer per,
                  int32_t since_day)
{
    const struct tally_sum *sum = find_sum(tally, offer, limit, (unsigned)per, since_day);
    return sum == NULL || sum->per == 0 ? 0 : sum->amount;
}

bool tally_knows(const struct tally *tally, const char *offer, uint32_t limit, kassa_LimitPer per,
                 int32_t since_day)
{
    const struct tally_sum *sum = find_sum(tally, offer, limit, (unsigned)per, since_day);
    return !tally->is_short || (sum != NULL && sum->per != 0);
}

/* --------------------------------------------------------------------------------------------- burned offline */

static void add_burn(struct tally *tally, const kassa_Receipt *head, int32_t day, int sign)
{
    int64_t points = sign * head->loyalty.allowance_used;
    if (points == 0)
        return;
    if (day > tally->burn_day) {
        tally->burn_day = day;
        tally->burn_count = 0;
        tally->burned_today = 0;
    }
    tally->burned_today += points;
    for (uint32_t i = 0; i < tally->burn_count; i++) {
        if (memcmp(tally->burns[i].member, head->loyalty.member.bytes, MEMBER_SIZE) == 0) {
            tally->burns[i].points += points;
            return;
        }
    }
    if (tally->burn_count == TALLY_BURNS_MAX) {
        tally->is_short = true;
        return;
    }
    struct tally_burn *burn = &tally->burns[tally->burn_count++];
    memcpy(burn->member, head->loyalty.member.bytes, MEMBER_SIZE);
    burn->points = points;
}

int64_t tally_burned(const struct tally *tally, const uint8_t member[MEMBER_SIZE], int32_t day)
{
    for (uint32_t i = 0; day <= tally->burn_day && i < tally->burn_count; i++) {
        if (memcmp(tally->burns[i].member, member, MEMBER_SIZE) == 0)
            return tally->burns[i].points;
    }
    return 0;
}

int64_t tally_burned_all(const struct tally *tally, int32_t day)
{
    return day <= tally->burn_day ? tally->burned_today : 0;
}

/* ---------------------------------------------------------------------------------------------------- coupons */

static uint64_t hash_serial(const char *series, const char *serial)
{
    uint32_t a = crc32c(crc32c(0, span_of(series, strlen(series) + 1)), span_of_text(serial));
    uint32_t b = crc32c(crc32c(0xA5A5A5A5u, span_of_text(serial)), span_of(series, strlen(series) + 1));
    uint64_t hash = (uint64_t)a << 32 | b;
    return hash == 0 ? 1 : hash;
}

static struct tally_serial *find_serial(const struct tally *tally, uint64_t hash)
{
    for (uint32_t i = 0; i < TALLY_SERIALS_MAX; i++) {
        struct tally_serial *serial = &tally->serials[(hash + i) % TALLY_SERIALS_MAX];
        if (serial->hash == hash || serial->hash == 0)
            return serial;
    }
    return NULL;
}

static void add_coupon(struct tally *tally, const kassa_CouponRow *row, int sign)
{
    /* one that was withdrawn can be used as little as one that was */
    bool is_gone =
        row->event == kassa_CouponEvent_COUPON_REDEEMED || row->event == kassa_CouponEvent_COUPON_WITHDRAWN;
    if (row->serial[0] == '\0' || (!is_gone && row->event != kassa_CouponEvent_COUPON_RETURNED))
        return;
    uint64_t hash = hash_serial(row->series, row->serial);
    struct tally_serial *serial = find_serial(tally, hash);
    if (serial == NULL || (serial->hash == 0 && tally->serial_count > TALLY_SERIALS_MAX / 4 * 3)) {
        tally->is_short = true;
        return;
    }
    tally->serial_count += serial->hash == 0;
    serial->hash = hash;
    serial->count += is_gone ? sign : -sign;
}

bool tally_is_used(const struct tally *tally, const char *series, const char *serial)
{
    const struct tally_serial *found = find_serial(tally, hash_serial(series, serial));
    return found != NULL && found->hash != 0 && found->count > 0;
}

/* ---------------------------------------------------------------------------------------------------- receipts */

static void add_uses(struct tally *tally, const kassa_Receipt *head, uint64_t seq, int sign)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    for (pb_size_t i = 0; i < loyalty->uses_count; i++) {
        const kassa_OfferUse *row = &loyalty->uses[i];
        struct tally_use use = {.limit = row->limit,
                                .since_day = row->since_day,
                                .amount = sign * row->amount,
                                .seq = seq,
                                .as_of_unix_ms = loyalty->balance_as_of_unix_ms};
        if (row->per != kassa_LimitPer_LIMIT_PER_MEMBER) {
            add_sum(tally, row, sign * row->amount);
            continue;
        }
        memcpy(use.offer, row->offer, sizeof use.offer);
        memcpy(use.member, loyalty->member.bytes, MEMBER_SIZE);
        if (loyalty->member.size == MEMBER_SIZE)
            add_use(tally, &use);
    }
}

static void add_stamps(struct tally *tally, const kassa_Receipt *head, uint64_t seq, int sign)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    bool is_kept = loyalty->member.size == MEMBER_SIZE;
    for (pb_size_t i = 0; is_kept && i < loyalty->stamps_count; i++) {
        const kassa_StampRow *row = &loyalty->stamps[i];
        struct tally_use use = {.limit = TALLY_STAMP_CARD,
                                .amount = sign * row->count,
                                .seq = seq,
                                .as_of_unix_ms = loyalty->balance_as_of_unix_ms};
        _Static_assert(sizeof use.offer == sizeof row->card, "a card's name is as long as an offer's id");
        memcpy(use.offer, row->card, sizeof use.offer);
        memcpy(use.member, loyalty->member.bytes, MEMBER_SIZE);
        add_use(tally, &use);
    }
}

static void add_visit(struct tally *tally, const kassa_Receipt *head, uint64_t seq, int sign)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    if (loyalty->member.size != MEMBER_SIZE || head->kind == kassa_ReceiptKind_RECEIPT_RETURN)
        return;
    struct tally_use use = {
        .limit = TALLY_VISITS, .amount = sign, .seq = seq, .as_of_unix_ms = loyalty->balance_as_of_unix_ms};
    memcpy(use.member, loyalty->member.bytes, MEMBER_SIZE);
    add_use(tally, &use);
}

static void add_coupons(struct tally *tally, const kassa_Receipt *head, int sign)
{
    for (pb_size_t i = 0; i < head->loyalty.coupons_count; i++)
        add_coupon(tally, &head->loyalty.coupons[i], sign);
}

void tally_add(struct tally *tally, const kassa_Receipt *head, uint64_t seq)
{
    if (head->id.business_day > tally->newest_day)
        tally->newest_day = head->id.business_day;
    if (!head->has_loyalty || head->training)
        return;
    add_uses(tally, head, seq, 1);
    add_stamps(tally, head, seq, 1);
    add_visit(tally, head, seq, 1);
    add_burn(tally, head, head->id.business_day, 1);
    add_coupons(tally, head, 1);
}

void tally_add_old(struct tally *tally, const kassa_Receipt *head, int sign)
{
    if (!head->has_loyalty || head->training)
        return;
    for (pb_size_t i = 0; i < head->loyalty.uses_count; i++) {
        const kassa_OfferUse *row = &head->loyalty.uses[i];
        if (row->per != kassa_LimitPer_LIMIT_PER_MEMBER)
            add_sum(tally, row, sign * row->amount);
    }
    add_coupons(tally, head, sign);
}

void tally_add_void(struct tally *tally, const kassa_Receipt *original, uint64_t seq, int32_t today)
{
    if (!original->has_loyalty || original->training)
        return;
    add_uses(tally, original, seq, -1);
    add_stamps(tally, original, seq, -1);
    add_visit(tally, original, seq, -1);
    if (original->id.business_day == today && today == tally->burn_day)
        add_burn(tally, original, today, -1);
    add_coupons(tally, original, -1);
}

void tally_hear_day(struct tally *tally, int32_t day)
{
    tally->burn_day = tally->burn_day < day ? tally->burn_day : day;
    tally->newest_day = tally->newest_day < day ? tally->newest_day : day;
}
