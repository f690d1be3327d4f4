/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/ledger.h"

static void ledger_share__of_all_parts_in_any_order_is_the_whole(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 2000; round++) {
        int64_t total = (int64_t)seed_below(&seed, 1000), whole = 1 + (int64_t)seed_below(&seed, 5000);
        int64_t before = 0, sum = 0;
        while (before < whole) {
            int64_t now = 1 + (int64_t)seed_below(&seed, (uint64_t)(whole - before)), share;
            ok(ledger_share(total, whole, before, now, &share));
            assert_true(share >= 0);
            before += now;
            sum += share;
        }
        assert_int_equal(sum, total);
    }
}

static void ledger_share__refuses_more_than_the_whole(void **state)
{
    (void)state;
    int64_t share = 7;
    assert_int_equal(ledger_share(10, 0, 0, 0, &share), ERR_RANGE);
    assert_int_equal(ledger_share(10, 5, 3, 3, &share), ERR_RANGE);
    assert_int_equal(ledger_share(10, 5, -1, 3, &share), ERR_RANGE);
    assert_int_equal(ledger_share(10, INT64_MAX, INT64_MAX, 1, &share), ERR_RANGE);
    assert_int_equal(share, 7);
}

static void ledger_take_back__takes_the_points_of_the_returned_share_and_ends_at_zero(void **state)
{
    (void)state;
    struct ledger_purchase purchase = {.points = 10, .base_minor = 1050};
    int64_t points;
    ok(ledger_take_back(&purchase, 350, &points));
    assert_int_equal(points, 3); /* 3.33 */
    ok(ledger_take_back(&purchase, 0, &points));
    assert_int_equal(points, 0);
    ok(ledger_take_back(&purchase, 350, &points));
    assert_int_equal(points, 4); /* 6.67 - 3 */
    ok(ledger_take_back(&purchase, 9999, &points));
    assert_int_equal(points, 3);
    ok(ledger_take_back(&purchase, 1, &points));
    assert_int_equal(points, 0);
    assert_int_equal(purchase.taken_back, 10);
    assert_int_equal(ledger_take_back(&purchase, -1, &points), ERR_RANGE);
}

static void ledger_void__undoes_what_returns_have_left(void **state)
{
    (void)state;
    struct ledger_purchase purchase = {.points = 10, .base_minor = 1000};
    int64_t points;
    ok(ledger_take_back(&purchase, 400, &points));
    assert_int_equal(ledger_void(&purchase), 6);
    assert_int_equal(ledger_void(&purchase), 0);
    ok(ledger_take_back(&purchase, 400, &points));
    assert_int_equal(points, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_share__of_all_parts_in_any_order_is_the_whole),
        cmocka_unit_test(ledger_share__refuses_more_than_the_whole),
        cmocka_unit_test(ledger_take_back__takes_the_points_of_the_returned_share_and_ends_at_zero),
        cmocka_unit_test(ledger_void__undoes_what_returns_have_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
