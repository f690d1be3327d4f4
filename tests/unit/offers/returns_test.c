/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "offers/offers.h"

static int64_t share(int64_t amount, int64_t sold, int64_t before, int64_t returned, bool weighed)
{
    int64_t out = -1;
    ok(offers_unit_share(amount, sold, before, returned, weighed, &out));
    return out;
}

static void offers_unit_share__gives_the_first_units_the_odd_cents(void **state)
{
    (void)state;
    assert_int_equal(share(1000, 3000, 0, 1000, false), 334);
    assert_int_equal(share(1000, 3000, 1000, 1000, false), 333);
    assert_int_equal(share(1000, 3000, 2000, 1000, false), 333);
    assert_int_equal(share(8000, 20000, 0, 18000, false), 7200); /* 40 % of 20 units, two are kept */
}

static void offers_unit_share__of_a_weighed_line_rounds_the_share_and_the_last_takes_the_rest(void **state)
{
    (void)state;
    assert_int_equal(share(100, 350, 0, 117, true), 33);   /* 33.43 */
    assert_int_equal(share(100, 350, 117, 117, true), 34); /* 66.86 - 33 */
    assert_int_equal(share(100, 350, 234, 116, true), 33);
}

static void offers_unit_share__refuses_more_than_was_sold_and_part_of_a_piece(void **state)
{
    (void)state;
    int64_t out = 7;
    assert_int_equal(offers_unit_share(100, 2000, 1000, 2000, false, &out), ERR_RANGE);
    assert_int_equal(offers_unit_share(100, 2000, 0, 500, false, &out), ERR_RANGE);
    assert_int_equal(offers_unit_share(100, 0, 0, 0, false, &out), ERR_RANGE);
    assert_int_equal(offers_unit_share(-1, 1000, 0, 1000, false, &out), ERR_RANGE);
    assert_int_equal(offers_unit_share(100, 2000, INT64_MAX, 1, false, &out), ERR_RANGE);
    assert_int_equal(out, 7);
}

static void offers_return_share__splits_gross_and_discount_of_pieces_by_unit(void **state)
{
    (void)state;
    const struct offers_sold sold = {3000, 1000, 3000, false};
    struct offers_sold part;
    ok(offers_return_share(&sold, 0, 1000, &part));
    assert_int_equal(part.amount_minor, 1000);
    assert_int_equal(part.discount_minor, 334);
    ok(offers_return_share(&sold, 1000, 2000, &part));
    assert_int_equal(part.amount_minor, 2000);
    assert_int_equal(part.discount_minor, 666);
}

static void offers_return_share__of_a_weighed_line_is_never_negative(void **state)
{
    (void)state;
    const struct offers_sold sold = {100, 99, 333, true};
    int64_t amount = 0, discount = 0;
    for (int64_t before = 0; before < 333; before++) {
        struct offers_sold part;
        ok(offers_return_share(&sold, before, 1, &part));
        assert_true(part.discount_minor >= 0 && part.amount_minor >= part.discount_minor);
        amount += part.amount_minor;
        discount += part.discount_minor;
    }
    assert_int_equal(amount, 100);
    assert_int_equal(discount, 99);
    struct offers_sold part = {.amount_minor = 7};
    assert_int_equal(offers_return_share(&sold, 333, 1, &part), ERR_RANGE);
    assert_int_equal(part.amount_minor, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_unit_share__gives_the_first_units_the_odd_cents),
        cmocka_unit_test(offers_unit_share__of_a_weighed_line_rounds_the_share_and_the_last_takes_the_rest),
        cmocka_unit_test(offers_return_share__splits_gross_and_discount_of_pieces_by_unit),
        cmocka_unit_test(offers_return_share__of_a_weighed_line_is_never_negative),
        cmocka_unit_test(offers_unit_share__refuses_more_than_was_sold_and_part_of_a_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
