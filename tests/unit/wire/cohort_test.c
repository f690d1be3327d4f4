/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/cohort.h"

#define TILLS 10000

static uint32_t place_of(uint8_t book, unsigned till)
{
    uint8_t hash[HASH_SIZE];
    char name[TILL_ID_MAX + 1];
    memset(hash, book, sizeof(hash));
    (void)snprintf(name, sizeof(name), "store-%u-till-%u", till / 8, till % 8);
    return wire_cohort_place(hash, name);
}

static unsigned count_within(uint8_t book, uint32_t share_bp)
{
    unsigned count = 0;
    for (unsigned till = 0; till < TILLS; till++)
        count += place_of(book, till) < share_bp ? 1 : 0;
    return count;
}

/* A binomial of 10,000: five standard deviations. */
static void cohort__takes_about_its_share_of_the_tills(void **state)
{
    (void)state;
    for (uint8_t book = 0; book < 20; book++) {
        assert_in_range(count_within(book, 100), 50, 150);
        assert_in_range(count_within(book, 1000), 850, 1150);
        assert_in_range(count_within(book, 5000), 4750, 5250);
    }
}

static void cohort__has_no_till_at_nothing_and_every_till_at_all(void **state)
{
    (void)state;
    assert_int_equal(count_within(7, 0), 0);
    assert_int_equal(count_within(7, COHORT_ALL), TILLS);
}

static void cohort__begins_with_other_tills_for_another_book(void **state)
{
    (void)state;
    unsigned both = 0;
    for (unsigned till = 0; till < TILLS; till++)
        both += place_of(1, till) < 1000 && place_of(2, till) < 1000 ? 1 : 0;
    assert_in_range(both, 50, 150); /* 10 % of 10 % */
}

/* Places are told in signed messages to tills of other versions: they never change. */
static void cohort__gives_the_places_of_the_spec(void **state)
{
    (void)state;
    uint8_t hash[HASH_SIZE];
    for (size_t i = 0; i < HASH_SIZE; i++)
        hash[i] = (uint8_t)i;
    assert_int_equal(wire_cohort_place(hash, "till-1"), 2466);
    assert_int_equal(wire_cohort_place(hash, "till-2"), 3695);
    assert_int_equal(wire_cohort_place(hash, "till-3"), 9020);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cohort__takes_about_its_share_of_the_tills),
        cmocka_unit_test(cohort__has_no_till_at_nothing_and_every_till_at_all),
        cmocka_unit_test(cohort__begins_with_other_tills_for_another_book),
        cmocka_unit_test(cohort__gives_the_places_of_the_spec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
