/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/dates.h"

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    ok(civil_parse_day(span_of_text(text), &day));
    return day;
}

static void assert_day(int32_t day, const char *expected)
{
    char text[11];
    civil_format_day(day, text);
    assert_string_equal(text, expected);
}

struct expiry_case {
    const char *earned;
    struct ledger_lifetime lifetime;
    const char *expires;
};

static void ledger_expiry_day__is_the_first_day_on_which_points_are_gone(void **state)
{
    (void)state;
    static const struct expiry_case cases[] = {
        {"2026-01-01", {90, LEDGER_DAYS, LEDGER_TO_DAY}, "2026-04-01"},
        {"2026-01-31", {1, LEDGER_MONTHS, LEDGER_TO_DAY}, "2026-02-28"},
        {"2024-01-31", {1, LEDGER_MONTHS, LEDGER_TO_DAY}, "2024-02-29"},
        {"2026-01-31", {2, LEDGER_MONTHS, LEDGER_TO_DAY}, "2026-03-31"},
        {"2024-02-29", {1, LEDGER_YEARS, LEDGER_TO_DAY}, "2025-02-28"},
        {"2024-02-29", {4, LEDGER_YEARS, LEDGER_TO_DAY}, "2028-02-29"},
        {"2026-03-15", {12, LEDGER_MONTHS, LEDGER_TO_MONTH_END}, "2027-04-01"},
        {"2026-03-01", {12, LEDGER_MONTHS, LEDGER_TO_MONTH_END}, "2027-04-01"},
        {"2026-03-31", {12, LEDGER_MONTHS, LEDGER_TO_MONTH_END}, "2027-04-01"},
        {"2026-03-31", {1, LEDGER_DAYS, LEDGER_TO_MONTH_END}, "2026-05-01"},
        {"2026-05-10", {3, LEDGER_MONTHS, LEDGER_TO_QUARTER_END}, "2026-10-01"},
        {"2026-11-21", {1, LEDGER_MONTHS, LEDGER_TO_QUARTER_END}, "2027-01-01"},
        {"2026-11-21", {1, LEDGER_YEARS, LEDGER_TO_YEAR_END}, "2028-01-01"},
        {"2026-12-31", {1, LEDGER_DAYS, LEDGER_TO_YEAR_END}, "2028-01-01"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int32_t day = 0;
        ok(ledger_expiry_day(day_of(cases[i].earned), &cases[i].lifetime, &day));
        assert_day(day, cases[i].expires);
    }
}

static void ledger_expiry_day__of_no_lifetime_is_never(void **state)
{
    (void)state;
    struct ledger_lifetime lifetime = {0, LEDGER_MONTHS, LEDGER_TO_YEAR_END};
    int32_t day = 5;
    ok(ledger_expiry_day(20778, &lifetime, &day));
    assert_int_equal(day, LEDGER_NEVER);
}

static void ledger_expiry_day__refuses_what_no_calendar_has(void **state)
{
    (void)state;
    int32_t day = 5;
    struct ledger_lifetime lifetime = {UINT32_MAX, LEDGER_YEARS, LEDGER_TO_DAY};
    assert_int_equal(ledger_expiry_day(20778, &lifetime, &day), ERR_RANGE);
    lifetime = (struct ledger_lifetime){UINT32_MAX, LEDGER_DAYS, LEDGER_TO_DAY};
    assert_int_equal(ledger_expiry_day(INT32_MAX, &lifetime, &day), ERR_RANGE);
    lifetime = (struct ledger_lifetime){1, LEDGER_UNIT_COUNT, LEDGER_TO_DAY};
    assert_int_equal(ledger_expiry_day(20778, &lifetime, &day), ERR_ARGUMENT);
    lifetime = (struct ledger_lifetime){1, LEDGER_DAYS, LEDGER_ROUNDING_COUNT};
    assert_int_equal(ledger_expiry_day(20778, &lifetime, &day), ERR_ARGUMENT);
    assert_int_equal(day, 5);
}

static void ledger_add_months__keeps_the_day_where_the_month_has_it(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 5000; round++) {
        int32_t from = (int32_t)seed_below(&seed, 60000), to = 0;
        int64_t months = (int64_t)seed_below(&seed, 400) - 200;
        ok(ledger_add_months(from, months, &to));
        struct civil_date a = civil_date_of(from), b = civil_date_of(to);
        assert_int_equal(b.year * 12 + b.month, a.year * 12 + a.month + months);
        if (b.day != a.day) {
            assert_true(b.day < a.day);
            assert_int_equal(civil_date_of(to + 1).day, 1);
        }
    }
}

static void ledger_period_start__is_the_stores_day_monday_month_or_year(void **state)
{
    (void)state;
    int32_t saturday = day_of("2026-11-21");
    assert_int_equal(ledger_period_start(LEDGER_EVER, saturday), 0);
    assert_int_equal(ledger_period_start(LEDGER_A_DAY, saturday), saturday);
    assert_day(ledger_period_start(LEDGER_A_WEEK, saturday), "2026-11-16");
    assert_day(ledger_period_start(LEDGER_A_WEEK, day_of("2026-11-16")), "2026-11-16");
    assert_day(ledger_period_start(LEDGER_A_MONTH, saturday), "2026-11-01");
    assert_day(ledger_period_start(LEDGER_A_YEAR, saturday), "2026-01-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_expiry_day__is_the_first_day_on_which_points_are_gone),
        cmocka_unit_test(ledger_expiry_day__of_no_lifetime_is_never),
        cmocka_unit_test(ledger_expiry_day__refuses_what_no_calendar_has),
        cmocka_unit_test(ledger_add_months__keeps_the_day_where_the_month_has_it),
        cmocka_unit_test(ledger_period_start__is_the_stores_day_monday_month_or_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
