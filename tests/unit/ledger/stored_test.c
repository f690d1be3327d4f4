/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "ledger/stored.h"

static void ledger_gift_move__counts_loads_and_spendings_apart(void **state)
{
    (void)state;
    struct ledger_gift gift = {0};
    ok(ledger_gift_move(&gift, 5000));
    ok(ledger_gift_move(&gift, -3000));
    assert_int_equal(ledger_gift_available(&gift), 2000);
    ok(ledger_gift_move(&gift, -3000));
    assert_int_equal(ledger_gift_available(&gift), 0);
    assert_int_equal(ledger_gift_owed(&gift), 1000);
    assert_int_equal(ledger_gift_move(&gift, INT64_MIN), ERR_RANGE);
    assert_int_equal(ledger_gift_move(&gift, INT64_MAX), ERR_RANGE);
    assert_int_equal(gift.loaded_minor, 5000);
}

static void ledger_coupon_state__follows_its_events_in_any_order(void **state)
{
    (void)state;
    struct ledger_coupon coupon = {.valid_from_day = 100, .valid_until_day = 130};
    assert_int_equal(ledger_coupon_state(&coupon, 110), LEDGER_COUPON_UNKNOWN);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_REDEEMED)); /* its till came first */
    assert_int_equal(ledger_coupon_state(&coupon, 110), LEDGER_COUPON_USED);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_ISSUED));
    assert_int_equal(ledger_coupon_state(&coupon, 110), LEDGER_COUPON_USED);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_RETURNED));
    assert_int_equal(ledger_coupon_state(&coupon, 99), LEDGER_COUPON_NOT_YET);
    assert_int_equal(ledger_coupon_state(&coupon, 100), LEDGER_COUPON_FRESH);
    assert_int_equal(ledger_coupon_state(&coupon, 130), LEDGER_COUPON_FRESH);
    assert_int_equal(ledger_coupon_state(&coupon, 131), LEDGER_COUPON_EXPIRED);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_WITHDRAWN));
    assert_int_equal(ledger_coupon_state(&coupon, 110), LEDGER_COUPON_GONE);
    assert_int_equal(ledger_coupon_add(&coupon, (enum ledger_coupon_event)5), ERR_ARGUMENT);
    assert_int_equal(ledger_coupon_add(&coupon, (enum ledger_coupon_event)0), ERR_ARGUMENT);
}

static void ledger_coupon_excess__counts_uses_beyond_the_one(void **state)
{
    (void)state;
    struct ledger_coupon coupon = {.issued = 1};
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_REDEEMED));
    assert_int_equal(ledger_coupon_excess(&coupon), 0);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_REDEEMED));
    assert_int_equal(ledger_coupon_excess(&coupon), 1);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_WITHDRAWN));
    assert_int_equal(ledger_coupon_excess(&coupon), 2);
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_RETURNED));
    ok(ledger_coupon_add(&coupon, LEDGER_COUPON_RETURNED));
    assert_int_equal(ledger_coupon_excess(&coupon), 0);
}

static void ledger_counter_take__gives_nothing_or_cuts_at_the_limit(void **state)
{
    (void)state;
    struct ledger_counter counter = {.most = 1000, .used = 900};
    int64_t taken = -1;
    ok(ledger_counter_take(&counter, 100, false, &taken));
    assert_int_equal(taken, 100);
    ok(ledger_counter_take(&counter, 100, false, &taken)); /* it would pass the limit: not registered */
    assert_int_equal(taken, 0);
    assert_int_equal(counter.used, 1000);
    counter.used = 950;
    ok(ledger_counter_take(&counter, 100, true, &taken));
    assert_int_equal(taken, 50);
    assert_int_equal(counter.used, 1000);
    assert_int_equal(ledger_counter_take(&counter, -1, true, &taken), ERR_RANGE);
    struct ledger_counter none = {.most = -1};
    ok(ledger_counter_take(&none, 5, false, &taken));
    assert_int_equal(taken, 5);
}

static void ledger_counter_add__tells_what_went_beyond(void **state)
{
    (void)state;
    struct ledger_counter counter = {.most = 10};
    ok(ledger_counter_add(&counter, 10));
    assert_int_equal(ledger_counter_excess(&counter), 0);
    ok(ledger_counter_add(&counter, 3));
    assert_int_equal(ledger_counter_excess(&counter), 3);
    ok(ledger_counter_add(&counter, -3));
    assert_int_equal(ledger_counter_excess(&counter), 0);
    assert_int_equal(ledger_counter_add(&counter, INT64_MAX), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_gift_move__counts_loads_and_spendings_apart),
        cmocka_unit_test(ledger_coupon_state__follows_its_events_in_any_order),
        cmocka_unit_test(ledger_coupon_excess__counts_uses_beyond_the_one),
        cmocka_unit_test(ledger_counter_take__gives_nothing_or_cuts_at_the_limit),
        cmocka_unit_test(ledger_counter_add__tells_what_went_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
