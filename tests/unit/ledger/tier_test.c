/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
#include "harness/ok.h"
#include "ledger/tier.h"

static const struct ledger_tier_rule by_year[] = {{0, 0, 0}, {50000, 30000, 0}, {100000, 0, 0}};

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    ok(civil_parse_day(span_of_text(text), &day));
    return day;
}

static void spend(struct ledger_account *account, const char *day, int64_t spent_minor)
{
    ok(ledger_spend(account, day_of(day), spent_minor));
}

static int tier_on(const struct ledger_account *account, const char *day)
{
    return ledger_tier_at(account, by_year, COUNT_OF(by_year), day_of(day)).index;
}

static void ledger_tier_of_spend__is_the_highest_that_is_reached(void **state)
{
    (void)state;
    static const struct ledger_tier_rule rules[] = {{0, 0, 0}, {10000, 0, 0}, {20000, 0, 0}};
    assert_int_equal(ledger_tier_of_spend(rules, 3, 6000), 0);
    assert_int_equal(ledger_tier_of_spend(rules, 3, 10000), 1);
    assert_int_equal(ledger_tier_of_spend(rules, 3, 25000), 2);
    assert_int_equal(ledger_tier_of_spend(rules, 3, -1), 0);
    assert_int_equal(ledger_tier_of_spend(rules + 1, 2, 9999), LEDGER_NO_TIER);
}

static void ledger_tier_at__holds_a_years_tier_to_the_end_of_the_next(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    spend(&account, "2026-03-01", 40000);
    assert_int_equal(tier_on(&account, "2026-03-01"), 0);
    spend(&account, "2026-05-01", 10000);
    assert_int_equal(tier_on(&account, "2026-05-01"), 1);
    assert_int_equal(tier_on(&account, "2027-12-31"), 1);
    assert_int_equal(tier_on(&account, "2028-01-01"), 0);
    struct ledger_tier tier = ledger_tier_at(&account, by_year, 3, day_of("2026-06-01"));
    assert_int_equal(tier.until_day, day_of("2027-12-31"));
    assert_int_equal(tier.spent_minor, 50000);
    assert_int_equal(tier.next_minor, 50000);
}

static void ledger_tier_at__keeps_a_years_tier_for_less_than_gains_it(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    spend(&account, "2026-03-01", 50000);
    spend(&account, "2027-03-01", 30000); /* enough to keep, not to gain */
    assert_int_equal(tier_on(&account, "2028-12-31"), 1);
    assert_int_equal(tier_on(&account, "2029-01-01"), 0);
    struct ledger_account other = {0};
    spend(&other, "2027-03-01", 30000);
    assert_int_equal(tier_on(&other, "2027-12-31"), 0);
}

static void ledger_tier_at__takes_a_years_tier_away_with_what_came_back(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    spend(&account, "2026-03-01", 120000);
    assert_int_equal(tier_on(&account, "2026-03-02"), 2);
    spend(&account, "2026-03-03", -120000);
    assert_int_equal(tier_on(&account, "2026-03-03"), 0);
}

static void ledger_tier_at__rolls_with_the_window(void **state)
{
    (void)state;
    static const struct ledger_tier_rule rolling[] = {{50000, 30000, 365}};
    struct ledger_account account = {0};
    spend(&account, "2026-01-10", 20000);
    spend(&account, "2026-07-10", 30000);
    struct ledger_tier tier = ledger_tier_at(&account, rolling, 1, day_of("2026-07-09"));
    assert_int_equal(tier.index, LEDGER_NO_TIER);
    assert_int_equal(tier.next_minor, 30000);
    tier = ledger_tier_at(&account, rolling, 1, day_of("2026-07-10"));
    assert_int_equal(tier.index, 0);
    assert_int_equal(tier.until_day, day_of("2027-07-09")); /* 300.00 keeps it until they go out too */
    assert_int_equal(ledger_tier_at(&account, rolling, 1, day_of("2027-01-10")).index, 0);
    assert_int_equal(ledger_tier_at(&account, rolling, 1, day_of("2027-07-09")).index, 0);
    assert_int_equal(ledger_tier_at(&account, rolling, 1, day_of("2027-07-10")).index, LEDGER_NO_TIER);
}

static void ledger_tier_at__joins_the_oldest_days_when_there_are_too_many(void **state)
{
    (void)state;
    static const struct ledger_tier_rule rolling[] = {{365 * 100, 0, 365}};
    struct ledger_account account = {0};
    for (int32_t day = 0; day < 3000; day++)
        ok(ledger_spend(&account, 10000 + day, 100));
    assert_int_equal(account.spend_count, LEDGER_SPENDS_MAX);
    assert_int_equal(ledger_tier_at(&account, rolling, 1, 12999).index, 0);
    assert_int_equal(ledger_tier_at(&account, rolling, 1, 12999).spent_minor, 36500);
    assert_int_equal(ledger_tier_at(&account, rolling, 1, 13000).index, LEDGER_NO_TIER);
}

static void ledger_spend__adds_up_a_day_and_takes_what_comes_late(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    spend(&account, "2026-03-01", 5);
    spend(&account, "2025-12-31", 7);
    spend(&account, "2026-03-01", 6);
    assert_int_equal(account.spend_count, 2);
    assert_int_equal(account.spends[0].spent_minor, 7);
    assert_int_equal(account.spends[1].spent_minor, 11);
    assert_int_equal(account.year_count, 2);
    assert_int_equal(ledger_spend(&account, 20000, INT64_MAX), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_tier_of_spend__is_the_highest_that_is_reached),
        cmocka_unit_test(ledger_tier_at__holds_a_years_tier_to_the_end_of_the_next),
        cmocka_unit_test(ledger_tier_at__keeps_a_years_tier_for_less_than_gains_it),
        cmocka_unit_test(ledger_tier_at__takes_a_years_tier_away_with_what_came_back),
        cmocka_unit_test(ledger_tier_at__rolls_with_the_window),
        cmocka_unit_test(ledger_tier_at__joins_the_oldest_days_when_there_are_too_many),
        cmocka_unit_test(ledger_spend__adds_up_a_day_and_takes_what_comes_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
