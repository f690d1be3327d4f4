/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/ledger.h"

static struct ledger_event event_of(enum ledger_reason reason, int64_t points, uint64_t seq)
{
    return (struct ledger_event){.reason = reason,
                                 .member = {1, 2, 3},
                                 .source = {.till = "till-1", .incarnation = 1, .seq = seq},
                                 .business_day = 20778,
                                 .points = points};
}

static void ledger_post__makes_two_entries_that_sum_to_zero(void **state)
{
    (void)state;
    for (unsigned reason = 0; reason < LEDGER_REASON_COUNT; reason++) {
        struct ledger_event event = event_of((enum ledger_reason)reason, 30, 5);
        struct ledger_entry entries[2];
        ok(ledger_post(&event, entries));
        assert_int_equal(entries[0].points + entries[1].points, 0);
        assert_int_equal(entries[0].side, LEDGER_MEMBER);
        assert_int_equal(entries[1].side, LEDGER_PROGRAMME);
        assert_int_equal(entries[0].source.seq, 5);
        assert_memory_equal(entries[1].member, event.member, MEMBER_SIZE);
    }
}

static void ledger_post__refuses_negative_points_where_a_reason_has_none(void **state)
{
    (void)state;
    struct ledger_entry entries[2] = {{.points = 77}};
    struct ledger_event event = event_of(LEDGER_EARNED, -1, 1);
    assert_int_equal(ledger_post(&event, entries), ERR_ARGUMENT);
    event.reason = LEDGER_TAKEN_BACK;
    assert_int_equal(ledger_post(&event, entries), ERR_ARGUMENT);
    event = event_of(LEDGER_ADJUSTED, INT64_MIN, 1);
    assert_int_equal(ledger_post(&event, entries), ERR_RANGE);
    event.reason = LEDGER_REASON_COUNT;
    assert_int_equal(ledger_post(&event, entries), ERR_ARGUMENT);
    assert_int_equal(entries[0].points, 77);
}

static void ledger_fold__keeps_the_balance_by_reason(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    const struct ledger_event events[] = {
        event_of(LEDGER_EARNED, 100, 1), event_of(LEDGER_TAKEN_BACK, 30, 2), event_of(LEDGER_EARNED, 50, 3),
        event_of(LEDGER_VOIDED, 50, 4),  event_of(LEDGER_ADJUSTED, -20, 5),  event_of(LEDGER_VOIDED, -30, 6)};
    for (size_t i = 0; i < COUNT_OF(events); i++)
        ok(ledger_fold(&account, &events[i]));
    assert_int_equal(account.balance, 100 - 30 + 50 - 50 - 20 + 30);
    assert_int_equal(account.moved[LEDGER_EARNED], 150);
    assert_int_equal(account.moved[LEDGER_TAKEN_BACK], -30);
    assert_int_equal(account.moved[LEDGER_VOIDED], -20);
    assert_int_equal(account.entry_count, 6);
}

static void ledger_fold__of_the_same_records_in_another_order_gives_the_same_account(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    enum { COUNT = 200 };
    struct ledger_event events[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        events[i] = event_of((enum ledger_reason)seed_below(&seed, LEDGER_REASON_COUNT),
                             (int64_t)seed_below(&seed, 1000), i + 1);
    struct ledger_account first = {0}, second = {0}, half = {0};
    for (unsigned i = 0; i < COUNT; i++)
        ok(ledger_fold(&first, &events[i]));
    for (unsigned i = COUNT; i > 0; i--) {
        unsigned other = (unsigned)seed_below(&seed, i);
        struct ledger_event swap = events[i - 1];
        events[i - 1] = events[other];
        events[other] = swap;
    }
    for (unsigned i = 0; i < COUNT; i++)
        ok(ledger_fold(i < COUNT / 3 ? &half : &second, &events[i]));
    ok(ledger_merge(&second, &half));
    assert_memory_equal(&first, &second, sizeof(first));
}

static void ledger_fold__leaves_the_account_alone_when_it_would_overflow(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    struct ledger_event event = event_of(LEDGER_EARNED, INT64_MAX, 1);
    ok(ledger_fold(&account, &event));
    struct ledger_account before = account;
    assert_int_equal(ledger_fold(&account, &event), ERR_RANGE);
    struct ledger_account sum = account;
    assert_int_equal(ledger_merge(&sum, &account), ERR_RANGE);
    assert_memory_equal(&account, &before, sizeof(account));
    assert_memory_equal(&sum, &before, sizeof(sum));
}

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

static void ledger_reason_name__answers_any_value(void **state)
{
    (void)state;
    assert_string_equal(ledger_reason_name(LEDGER_TAKEN_BACK), "taken_back");
    assert_string_equal(ledger_reason_name(LEDGER_REASON_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_post__makes_two_entries_that_sum_to_zero),
        cmocka_unit_test(ledger_post__refuses_negative_points_where_a_reason_has_none),
        cmocka_unit_test(ledger_fold__keeps_the_balance_by_reason),
        cmocka_unit_test(ledger_fold__of_the_same_records_in_another_order_gives_the_same_account),
        cmocka_unit_test(ledger_fold__leaves_the_account_alone_when_it_would_overflow),
        cmocka_unit_test(ledger_share__of_all_parts_in_any_order_is_the_whole),
        cmocka_unit_test(ledger_share__refuses_more_than_the_whole),
        cmocka_unit_test(ledger_take_back__takes_the_points_of_the_returned_share_and_ends_at_zero),
        cmocka_unit_test(ledger_void__undoes_what_returns_have_left),
        cmocka_unit_test(ledger_reason_name__answers_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
