/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "till/tally.h"

static kassa_Receipt using(unsigned offer, kassa_LimitPeriod period, int32_t day, int64_t amount)
{
    kassa_Receipt head = {.has_loyalty = true, .id = {.business_day = day}};
    kassa_OfferUse *use = &head.loyalty.uses[head.loyalty.uses_count++];
    *use = (kassa_OfferUse){.per = kassa_LimitPer_LIMIT_PER_TILL,
                            .period = period,
                            .since_day = period == kassa_LimitPeriod_LIMIT_DAY ? day : 0,
                            .amount = amount};
    (void)snprintf(use->offer, sizeof use->offer, "offer-%u", offer);
    return head;
}

static int64_t used(const struct tally *tally, unsigned offer, int32_t since_day)
{
    char id[OFFER_ID_MAX + 1];
    (void)snprintf(id, sizeof id, "offer-%u", offer);
    assert_true(tally_knows(tally, id, 0, kassa_LimitPer_LIMIT_PER_TILL, since_day));
    return tally_own(tally, id, 0, kassa_LimitPer_LIMIT_PER_TILL, since_day);
}

/* Some hundred limits of a day, over years, on a till that is never started anew. */
static void tally__has_room_for_limits_of_a_day_for_ever(void **state)
{
    (void)state;
    enum { OFFERS = 400, DAYS = 200, FIRST = 20000 };
    struct tally tally;
    ok(tally_open(&tally));
    uint64_t seq = 1;
    for (int32_t day = FIRST; day < FIRST + DAYS; day++) {
        kassa_Receipt kept = using(9999, kassa_LimitPeriod_LIMIT_EVER, day, 1);
        tally_add(&tally, &kept, seq++);
        for (unsigned offer = 0; offer < OFFERS; offer++) {
            kassa_Receipt head = using(offer, kassa_LimitPeriod_LIMIT_DAY, day, 1 + offer % 7);
            tally_add(&tally, &head, seq++);
        }
        for (unsigned offer = 0; offer < OFFERS; offer++)
            assert_int_equal(used(&tally, offer, day), 1 + offer % 7);
    }
    assert_false(tally.is_short);
    assert_int_equal(used(&tally, 9999, 0), DAYS);
    tally_done(&tally);
}

static void tally__says_so_when_there_are_more_limits_than_room(void **state)
{
    (void)state;
    struct tally tally;
    ok(tally_open(&tally));
    for (unsigned offer = 0; offer < TALLY_SUMS_MAX; offer++) {
        kassa_Receipt head = using(offer, kassa_LimitPeriod_LIMIT_EVER, 20000, 1);
        tally_add(&tally, &head, offer + 1);
    }
    assert_true(tally.is_short);
    assert_false(tally_knows(&tally, "offer-8191", 0, kassa_LimitPer_LIMIT_PER_TILL, 0));
    assert_int_equal(used(&tally, 0, 0), 1);
    tally_done(&tally);
}

static void tally__of_old_receipts_counts_limits_and_coupons_alone(void **state)
{
    (void)state;
    struct tally tally;
    ok(tally_open(&tally));
    kassa_Receipt head = using(1, kassa_LimitPeriod_LIMIT_EVER, 20000, 3);
    head.loyalty.allowance_used = 50;
    head.loyalty.member.size = MEMBER_SIZE;
    head.loyalty.coupons_count = 1;
    head.loyalty.coupons[0] =
        (kassa_CouponRow){.series = "s", .serial = "1", .event = kassa_CouponEvent_COUPON_REDEEMED};
    tally_add_old(&tally, &head, 1);
    assert_int_equal(used(&tally, 1, 0), 3);
    assert_true(tally_is_used(&tally, "s", "1"));
    assert_int_equal(tally_burned_all(&tally, 20000), 0);
    assert_int_equal(tally.use_count, 0);
    tally_add_old(&tally, &head, -1);
    assert_int_equal(used(&tally, 1, 0), 0);
    assert_false(tally_is_used(&tally, "s", "1"));
    tally_done(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tally__has_room_for_limits_of_a_day_for_ever),
        cmocka_unit_test(tally__says_so_when_there_are_more_limits_than_room),
        cmocka_unit_test(tally__of_old_receipts_counts_limits_and_coupons_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
