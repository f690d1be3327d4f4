/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/read_times.h"

static void read_times__are_nothing_before_the_first(void **state)
{
    (void)state;
    const struct read_times times = {.count = 0};
    assert_int_equal(read_times_quantile(&times, 50), 0);
    assert_int_equal(read_times_quantile(&times, 99), 0);
}

static void read_times__tell_a_single_time_as_it_is(void **state)
{
    (void)state;
    static const uint32_t all[] = {0, 1, 255, 256, 5000, 16777215, 16777216, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct read_times times = {.count = 0};
        read_times_add(&times, all[i]);
        assert_int_equal(read_times_quantile(&times, 50), all[i]);
        assert_int_equal(times.max_us, all[i]);
    }
}

/* Never less than the true one, and no more than a quarter above it. */
static void read_times__tell_quantiles_within_a_step(void **state)
{
    (void)state;
    struct read_times times = {.count = 0};
    for (uint32_t i = 1; i <= 1000; i++)
        read_times_add(&times, i * 100);
    assert_in_range(read_times_quantile(&times, 50), 50000, 62500);
    assert_in_range(read_times_quantile(&times, 99), 99000, 100000);
    assert_in_range(read_times_quantile(&times, 1), 1000, 1250);
    assert_int_equal(times.total_us / times.count, 50050);
}

static void read_times__keep_a_rare_slow_one_out_of_the_median(void **state)
{
    (void)state;
    struct read_times times = {.count = 0};
    for (unsigned i = 0; i < 99; i++)
        read_times_add(&times, 30000);
    read_times_add(&times, 900000);
    assert_in_range(read_times_quantile(&times, 50), 30000, 37500);
    assert_in_range(read_times_quantile(&times, 99), 30000, 37500);
    assert_int_equal(read_times_quantile(&times, 100), 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_times__are_nothing_before_the_first),
        cmocka_unit_test(read_times__tell_a_single_time_as_it_is),
        cmocka_unit_test(read_times__tell_quantiles_within_a_step),
        cmocka_unit_test(read_times__keep_a_rare_slow_one_out_of_the_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
