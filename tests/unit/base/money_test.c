/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/money.h"
#include "base/wide.h"
#include "harness/ok.h"
#include "harness/seed.h"

static void money_scale__rounds_a_half_away_from_zero_on_both_sides(void **state)
{
    (void)state;
    static const struct {
        int64_t amount, factor, divisor, expected;
    } cases[] = {{5, 1, 2, 3},
                 {-5, 1, 2, -3},
                 {5, -1, 2, -3},
                 {4, 1, 3, 1},
                 {-4, 1, 3, -1},
                 {5, 1, 3, 2},
                 {-5, 1, 3, -2},
                 {0, 5, 7, 0},
                 {7, 1, 1, 7},
                 {1, 1, 3, 0},
                 {-1, 1, 3, 0},
                 {1, 1, 2, 1},
                 {-1, 1, 2, -1},
                 {7, 7, 100, 0},
                 {10, 5, 100, 1},
                 {INT64_MAX, 1, 1, INT64_MAX},
                 {INT64_MIN, 1, 1, INT64_MIN},
                 {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
                 {INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN},
                 {INT64_MAX, 3, 6, INT64_MAX / 2 + 1},
                 {-INT64_MAX, 3, 6, -(INT64_MAX / 2) - 1},
                 {1000000000000000001, 10000, 20000, 500000000000000001},
                 {999999999999999999, 10000, 30000, 333333333333333333}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t scaled = 77;
        ok(money_scale(cases[i].amount, cases[i].factor, cases[i].divisor, &scaled));
        assert_int_equal(scaled, cases[i].expected);
    }
}

static void money_scale__refuses_what_does_not_fit(void **state)
{
    (void)state;
    int64_t scaled = 77;
    assert_int_equal(money_scale(INT64_MIN, INT64_MIN, 1, &scaled), ERR_RANGE);
    assert_int_equal(money_scale(INT64_MAX, 3, 2, &scaled), ERR_RANGE);
    assert_int_equal(money_scale(INT64_MIN, -1, 1, &scaled), ERR_RANGE);
    assert_int_equal(money_scale(INT64_MIN, INT64_MAX, INT64_MAX - 1, &scaled), ERR_RANGE);
    assert_int_equal(scaled, 77);
}

/* Halves of 32 bits: what the short path takes, the wide one must give alike. */
static void wide__multiplies_and_divides_as_64_bits_do_where_they_suffice(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 3000; round++) {
        uint64_t a = seed_below(&seed, UINT32_MAX), b = seed_below(&seed, UINT32_MAX);
        uint64_t divisor = 1 + seed_below(&seed, UINT32_MAX), quotient, rest;
        struct wide product = wide_multiply(a, b);
        assert_true(product.high == 0 && product.low == a * b);
        ok(wide_divide(product, divisor, &quotient, &rest));
        assert_true(quotient == a * b / divisor && rest == a * b % divisor);
    }
}

/* quotient x divisor + rest is the number again, whatever their sizes. */
static void wide_divide__is_undone_by_multiplying(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 3000; round++) {
        uint64_t factor = seed_below(&seed, UINT64_MAX), quotient, rest;
        uint64_t divisor = 1 + seed_below(&seed, (uint64_t)1 << 63);
        struct wide number = wide_multiply(factor, seed_below(&seed, divisor));
        ok(wide_divide(number, divisor, &quotient, &rest));
        struct wide again = wide_multiply(quotient, divisor);
        again.high += again.low + rest < rest ? 1 : 0;
        again.low += rest;
        assert_true(rest < divisor && wide_compare(again, number) == 0);
    }
    uint64_t untouched = 77;
    assert_int_equal(wide_divide((struct wide){5, 0}, 5, &untouched, &untouched), ERR_RANGE);
    assert_int_equal(untouched, 77);
}

static void wide_compare__looks_at_the_high_half_first(void **state)
{
    (void)state;
    assert_true(wide_compare((struct wide){1, 0}, (struct wide){0, UINT64_MAX}) > 0);
    assert_true(wide_compare((struct wide){1, 1}, (struct wide){1, 2}) < 0);
    struct wide largest = wide_multiply(UINT64_MAX, UINT64_MAX);
    assert_int_equal(wide_compare(largest, (struct wide){UINT64_MAX - 1, 1}), 0);
}

static void money_extend__rounds_once_in_any_currency(void **state)
{
    (void)state;
    static const struct {
        int64_t unit_price_e5, quantity_milli;
        unsigned exponent;
        int64_t amount;
    } cases[] = {
        {255000, 3000, 2, 765},   {199900, 350, 2, 70}, /* 0.69965 */
        {100500, 1000, 2, 101},                         /* 1.005 */
        {100500, -1000, 2, -101}, {10000000, 1500, 0, 150}, {123456, 1000, 3, 1235}, {123456, 1000, 4, 12346},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t amount;
        ok(money_extend(cases[i].unit_price_e5, cases[i].quantity_milli, cases[i].exponent, &amount));
        assert_int_equal(amount, cases[i].amount);
    }
    int64_t amount = 77;
    assert_int_equal(money_extend(1, 1, MONEY_EXPONENT_MAX + 1, &amount), ERR_ARGUMENT);
    assert_int_equal(money_extend(INT64_MAX, INT64_MAX, 2, &amount), ERR_RANGE);
    assert_int_equal(money_extend(INT64_MIN, INT64_MIN, 2, &amount), ERR_RANGE);
    assert_int_equal(amount, 77);
}

static void money_percent__rounds_once_and_mirrors_negative_amounts(void **state)
{
    (void)state;
    int64_t percent;
    ok(money_percent(1050, 1500, &percent));
    assert_int_equal(percent, 158);
    ok(money_percent(-1050, 1500, &percent));
    assert_int_equal(percent, -158);
    ok(money_percent(INT64_MAX, 10000, &percent));
    assert_int_equal(percent, INT64_MAX);
    assert_int_equal(money_percent(INT64_MAX, 10001, &percent), ERR_RANGE);
}

static void money_add__refuses_an_overflow(void **state)
{
    (void)state;
    int64_t sum = 77;
    assert_int_equal(money_add(INT64_MAX, 1, &sum), ERR_RANGE);
    assert_int_equal(money_add(INT64_MIN, -1, &sum), ERR_RANGE);
    assert_int_equal(sum, 77);
    ok(money_add(INT64_MAX, INT64_MIN, &sum));
    assert_int_equal(sum, -1);
}

static void
money_allocate__gives_the_odd_cents_to_the_largest_remainders_and_the_earlier_of_equals(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        size_t count;
        int64_t weights[8], shares[8];
    } cases[] = {
        {299, 3, {1000, 1000, 1000}, {100, 100, 99}},
        {95, 8, {10, 20, 10, 30, 50, 20, 10, 40}, {5, 10, 5, 15, 25, 10, 5, 20}},
        {40, 2, {10, 0}, {40, 0}},
        {10, 3, {1, 1, 4}, {2, 2, 6}}, /* 1.67 1.67 6.67: the first two of equal remainders */
        {2, 3, {0, 0, 0}, {1, 1, 0}},
        {0, 2, {5, 5}, {0, 0}},
        {1, 1, {0}, {1}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t scratch[8], shares[8];
        ok(money_allocate(cases[i].amount, cases[i].weights, cases[i].count, scratch, shares));
        for (size_t k = 0; k < cases[i].count; k++)
            assert_int_equal(shares[k], cases[i].shares[k]);
    }
}

static void money_allocate__refuses_negative_figures_and_weights_that_overflow(void **state)
{
    (void)state;
    int64_t scratch[2], shares[2] = {77, 77};
    assert_int_equal(money_allocate(-1, (const int64_t[]){1, 1}, 2, scratch, shares), ERR_ARGUMENT);
    assert_int_equal(money_allocate(1, (const int64_t[]){1, -1}, 2, scratch, shares), ERR_ARGUMENT);
    assert_int_equal(money_allocate(1, (const int64_t[]){INT64_MAX, 1}, 2, scratch, shares), ERR_RANGE);
    assert_int_equal(shares[0], 77);
}

/* Against the rule said literally: floor, then one at a time to the largest remainder that had none yet. */
static void money_allocate__agrees_with_the_rule_said_literally(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 3000; round++) {
        int64_t weights[20], scratch[20], shares[20], sum = 0, shared = 0;
        size_t count = 1 + (size_t)seed_below(&seed, 20);
        for (size_t i = 0; i < count; i++)
            sum += weights[i] = (int64_t)seed_below(&seed, seed_below(&seed, 3) == 0 ? 3 : 10000);
        if (sum == 0)
            continue;
        int64_t amount = (int64_t)seed_below(&seed, 20000), left = amount;
        int64_t expected[20], remainders[20];
        for (size_t i = 0; i < count; i++) {
            expected[i] = amount * weights[i] / sum;
            remainders[i] = amount * weights[i] % sum;
            left -= expected[i];
        }
        for (; left > 0; left--) {
            size_t best = 0;
            for (size_t i = 1; i < count; i++)
                best = remainders[i] > remainders[best] ? i : best;
            expected[best]++;
            remainders[best] = -1;
        }
        ok(money_allocate(amount, weights, count, scratch, shares));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(shares[i], expected[i]);
            shared += shares[i];
        }
        assert_int_equal(shared, amount);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_scale__rounds_a_half_away_from_zero_on_both_sides),
        cmocka_unit_test(money_scale__refuses_what_does_not_fit),
        cmocka_unit_test(wide__multiplies_and_divides_as_64_bits_do_where_they_suffice),
        cmocka_unit_test(wide_divide__is_undone_by_multiplying),
        cmocka_unit_test(wide_compare__looks_at_the_high_half_first),
        cmocka_unit_test(money_extend__rounds_once_in_any_currency),
        cmocka_unit_test(money_percent__rounds_once_and_mirrors_negative_amounts),
        cmocka_unit_test(money_add__refuses_an_overflow),
        cmocka_unit_test(
            money_allocate__gives_the_odd_cents_to_the_largest_remainders_and_the_earlier_of_equals),
        cmocka_unit_test(money_allocate__refuses_negative_figures_and_weights_that_overflow),
        cmocka_unit_test(money_allocate__agrees_with_the_rule_said_literally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
