/* SPDX-License-Identifier: Apache-2.0 */
/* How sums fall on lines and units: the five methods, by example and at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "offers/share.h"

#define ROUNDS 4000

static const struct row {
    enum book_sharing method;
    int64_t amount;
    int64_t weights[8];
    uint32_t count;
    int64_t shares[8];
} rows[] = {
    {BOOK_LARGEST_REMAINDER, 299, {1000, 1000, 1000}, 3, {100, 100, 99}},
    {BOOK_LARGEST_REMAINDER, 95, {10, 20, 10, 30, 50, 20, 10, 40}, 8, {5, 10, 5, 15, 25, 10, 5, 20}},
    {BOOK_LARGEST_REMAINDER, 100, {1, 1, 4}, 3, {17, 17, 66}},
    {BOOK_LARGEST_REMAINDER, 40, {10, 0}, 2, {40, 0}},
    {BOOK_FLOOR_IN_ORDER, 5000, {1800, 3450, 4500}, 3, {924, 1769, 2307}},
    {BOOK_FLOOR_IN_ORDER, 1500, {15000, 5000, 10000}, 3, {750, 250, 500}},
    {BOOK_FLOOR_IN_ORDER, 2, {0, 1, 1, 1}, 4, {0, 1, 1, 0}},
    {BOOK_HALF_DOWN_IN_ORDER, -299, {4300, 1400, 2300}, 3, {-161, -52, -86}},
    {BOOK_HALF_DOWN_IN_ORDER, 1, {1, 1}, 2, {1, 0}}, /* two halves down, the missing one to the first */
    {BOOK_HALF_DOWN_IN_ORDER,
     4,
     {1, 1, 1, 1, 1, 1},
     6,
     {0, 0, 1, 1, 1, 1}},                                           /* two too many, from the first on */
    {BOOK_HALF_DOWN_IN_ORDER, 2, {1, 10, 10, 10}, 4, {0, 0, 1, 1}}, /* none below zero */
    {BOOK_HALF_EVEN_LAST, 1377, {3000, 1000}, 2, {1033, 344}},
    {BOOK_HALF_EVEN_LAST, 2000, {3000, 1000}, 2, {1500, 500}},
    {BOOK_HALF_EVEN_LAST, 1, {1, 1}, 2, {0, 1}}, /* a half to the even */
    {BOOK_HALF_EVEN_LAST, 3, {1, 1}, 2, {2, 1}},
    {BOOK_HALF_EVEN_LAST, 4, {1, 1, 1, 1, 1, 1}, 6, {1, 1, 1, 1, 0, 0}}, /* never more than is left */
    {BOOK_HALF_EVEN_LAST, 3, {1, 1, 0}, 3, {2, 1, 0}},                   /* the last that weighs something */
    {BOOK_EQUAL_IF_ZERO, 41, {0, 0}, 2, {21, 20}},
    {BOOK_EQUAL_IF_ZERO, -41, {0, 0}, 2, {-21, -20}},
    {BOOK_LARGEST_REMAINDER, 5, {0, 0, 0}, 3, {2, 2, 1}},
    {BOOK_FLOOR_IN_ORDER, 0, {1, 2}, 2, {0, 0}},
};

static void offers_share__shares_by_each_method(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t shares[8];
        ok(offers_share(rows[i].method, rows[i].amount, rows[i].weights, rows[i].count, shares));
        for (uint32_t k = 0; k < rows[i].count; k++) {
            if (shares[k] != rows[i].shares[k])
                fail_msg("row %zu share %u: %lld", i, k, (long long)shares[k]);
        }
    }
}

static void offers_share__sums_exactly_and_mirrors_negative_amounts(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (int round = 0; round < ROUNDS; round++) {
        enum book_sharing method = (enum book_sharing)seed_below(&seed, BOOK_SHARING_LAST + 1);
        uint32_t count = 1 + (uint32_t)seed_below(&seed, 40);
        uint64_t bound = seed_below(&seed, 5) == 0 ? INT64_MAX / 64 : 1 + seed_below(&seed, 3000);
        int64_t weights[40], shares[40], mirrored[40], sum = 0, weight_sum = 0;
        for (uint32_t i = 0; i < count; i++) {
            weights[i] = seed_below(&seed, 4) == 0 ? 0 : (int64_t)seed_below(&seed, bound);
            weight_sum += weights[i];
        }
        int64_t amount = (int64_t)seed_below(&seed, seed_below(&seed, 2) == 0 ? 50 : INT64_MAX / 2);
        ok(offers_share(method, amount, weights, count, shares));
        ok(offers_share(method, -amount, weights, count, mirrored));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(shares[i] >= 0);
            assert_int_equal(shares[i], -mirrored[i]);
            assert_true(weights[i] > 0 || weight_sum == 0 || shares[i] == 0);
            sum += shares[i];
        }
        assert_int_equal(sum, amount);
    }
}

static void offers_share__refuses_what_it_cannot_share(void **state)
{
    (void)state;
    static int64_t weights[SHARE_COUNT_MAX + 1], shares[SHARE_COUNT_MAX + 1];
    const int64_t negative[] = {1, -1}, large[] = {INT64_MAX, 1};
    assert_int_equal(offers_share(BOOK_LARGEST_REMAINDER, 1, weights, 0, shares), ERR_ARGUMENT);
    assert_int_equal(offers_share(BOOK_LARGEST_REMAINDER, 1, weights, SHARE_COUNT_MAX + 1, shares),
                     ERR_ARGUMENT);
    assert_int_equal(offers_share((enum book_sharing)(BOOK_SHARING_LAST + 1), 1, weights, 1, shares),
                     ERR_ARGUMENT);
    assert_int_equal(offers_share(BOOK_LARGEST_REMAINDER, 1, negative, 2, shares), ERR_ARGUMENT);
    assert_int_equal(offers_share(BOOK_LARGEST_REMAINDER, 1, large, 2, shares), ERR_RANGE);
    assert_int_equal(offers_share(BOOK_LARGEST_REMAINDER, INT64_MIN, weights, 1, shares), ERR_RANGE);
    ok(offers_share(BOOK_FLOOR_IN_ORDER, INT64_MAX, large, 1, shares));
    assert_int_equal(shares[0], INT64_MAX);
}

static void offers_unit_split__gives_the_first_units_one_more(void **state)
{
    (void)state;
    int64_t shares[4];
    ok(offers_unit_split(1000, 3, shares));
    assert_int_equal(shares[0], 334);
    assert_int_equal(shares[1], 333);
    assert_int_equal(shares[2], 333);
    ok(offers_unit_split(-5, 4, shares));
    assert_int_equal(shares[0], -2);
    assert_int_equal(shares[3], -1);
    assert_int_equal(offers_unit_split(5, 0, shares), ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_share__shares_by_each_method),
        cmocka_unit_test(offers_share__sums_exactly_and_mirrors_negative_amounts),
        cmocka_unit_test(offers_share__refuses_what_it_cannot_share),
        cmocka_unit_test(offers_unit_split__gives_the_first_units_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
