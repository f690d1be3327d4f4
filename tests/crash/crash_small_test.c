/* SPDX-License-Identifier: Apache-2.0 */
/* A few seconds of what kassa-crash does for minutes: enough to turn red when a commit, a name or a reopening is
 * no longer made durable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "crash/sweep.h"

static const struct cut_limits limits = {6, 12, 3};

static void expect_clean(struct sweep sweep)
{
    struct swept swept;
    sweep.run.subject = subjects[0];
    sweep.run.seed = 1;
    sweep.run.limits = limits;
    sweep.jobs = 1;
    sweep.links = 20;
    sweep_run(&sweep, &swept);
    if (!tally_is_clean(&swept.tally))
        fail_msg("%s, seed %lu, state %lu: %s", verdict_name(swept.tally.first_bad.kind),
                 (unsigned long)swept.tally.first_bad.seed, (unsigned long)swept.tally.first_bad.state,
                 swept.tally.first_bad.why);
    assert_true(swept.tally.states > 50);
}

static void crash__what_was_acknowledged_survives_a_power_cut(void **state)
{
    (void)state;
    expect_clean((struct sweep){.kind = SWEEP_CUT, .states = 6000, .run = {.operations = 12}});
}

static void crash__a_cut_during_the_first_start_leaves_nothing_that_cannot_be_opened(void **state)
{
    (void)state;
    expect_clean((struct sweep){.kind = SWEEP_CUT, .states = 1000, .run = {.operations = 1}});
}

static void crash__a_failed_sync_and_then_a_cut_harm_nothing(void **state)
{
    (void)state;
    expect_clean((struct sweep){
        .kind = SWEEP_FAULT, .only_kind = CRASH_FAULT_EIO_SYNC, .fault_stride = 3, .run = {.operations = 8}});
}

static void crash__a_disk_that_fails_for_good_and_then_a_cut_harm_nothing(void **state)
{
    (void)state;
    expect_clean((struct sweep){
        .kind = SWEEP_FAULT, .only_kind = CRASH_FAULT_STICKY, .fault_stride = 3, .run = {.operations = 8}});
}

static void crash__twenty_cuts_one_after_another_harm_nothing(void **state)
{
    (void)state;
    expect_clean((struct sweep){.kind = SWEEP_CHAIN, .states = 60, .run = {.operations = 6}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash__what_was_acknowledged_survives_a_power_cut),
        cmocka_unit_test(crash__a_cut_during_the_first_start_leaves_nothing_that_cannot_be_opened),
        cmocka_unit_test(crash__a_failed_sync_and_then_a_cut_harm_nothing),
        cmocka_unit_test(crash__a_disk_that_fails_for_good_and_then_a_cut_harm_nothing),
        cmocka_unit_test(crash__twenty_cuts_one_after_another_harm_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
