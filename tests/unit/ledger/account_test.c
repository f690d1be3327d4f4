/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/account.h"
#include "ledger/dates.h"

static void earn(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points,
                 int32_t available_day, int32_t expires_day)
{
    struct ledger_earning earning = {receipt, 1, day, available_day, expires_day, points, LEDGER_EARNED};
    ok(ledger_earn(account, &earning));
}

static int64_t burn(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points)
{
    int64_t missing = -1;
    ok(ledger_burn(account, receipt, day, points, &missing));
    return missing;
}

static int64_t reverse(struct ledger_account *account, uint64_t original, int32_t day, int64_t points,
                       enum ledger_return_policy policy)
{
    struct ledger_reversal reversal = {
        .receipt = 900, .original = original, .day = day, .points = points, .policy = policy};
    reversal.reason = LEDGER_TAKEN_BACK;
    int64_t taken = -1;
    ok(ledger_reverse_earn(account, &reversal, &taken));
    return taken;
}

static void give_back(struct ledger_account *account, uint64_t original, int32_t day, int64_t points,
                      uint32_t reinstate_days)
{
    struct ledger_reversal reversal = {.receipt = 901,
                                       .original = original,
                                       .day = day,
                                       .points = points,
                                       .reinstate_days = reinstate_days,
                                       .reason = LEDGER_GIVEN_BACK};
    ok(ledger_give_back(account, &reversal));
}

static void assert_sums(const struct ledger_account *account)
{
    int64_t moved = 0, left = 0, owed = 0;
    for (size_t i = 0; i < LEDGER_REASON_COUNT; i++)
        moved += account->moved[i];
    for (uint32_t i = 0; i < account->lot_count; i++) {
        assert_true(account->lots[i].left >= 0);
        left += account->lots[i].left;
    }
    for (uint32_t i = 0; i < account->debt_count; i++)
        owed += account->debts[i].left;
    assert_int_equal(owed, account->owed);
    assert_int_equal(moved, account->balance);
    assert_int_equal(left - owed, account->balance);
}

static void ledger_burn__takes_the_soonest_to_expire_first(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 50, 100, LEDGER_NEVER);
    earn(&account, 2, 101, 50, 101, 300);
    earn(&account, 3, 102, 50, 102, 200);
    earn(&account, 4, 103, 50, 103, 200);
    assert_int_equal(burn(&account, 10, 110, 120), 0);
    assert_int_equal(account.lots[2].left, 0);
    assert_int_equal(account.lots[3].left, 0); /* the older of two that end alike went first */
    assert_int_equal(account.lots[1].left, 30);
    assert_int_equal(account.lots[0].left, 50);
    assert_int_equal(account.takes[0].lot_receipt, 3);
    assert_int_equal(account.balance, 80);
    assert_sums(&account);
}

static void ledger_burn__uses_up_a_lot_before_the_next_as_odoo_does(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 10, 575, 10, 100);
    assert_int_equal(burn(&account, 2, 10, 500), 0);
    earn(&account, 3, 10, 805, 10, 100);
    assert_int_equal(burn(&account, 4, 10, 500), 0);
    assert_int_equal(account.lots[0].left, 0);
    assert_int_equal(account.lots[1].left, 380);
    assert_int_equal(account.balance, 380);
    assert_int_equal(ledger_expire(&account, 99), 0);
    assert_int_equal(ledger_expire(&account, 101), 380);
    assert_int_equal(account.balance, 0);
    assert_sums(&account);
}

static void ledger_available__leaves_out_what_is_pending_or_expired(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 40, 114, 200);
    earn(&account, 2, 100, 7, 100, 130);
    assert_int_equal(ledger_available(&account, 113), 7);
    assert_int_equal(ledger_pending(&account, 113), 40);
    assert_int_equal(ledger_available(&account, 114), 47);
    assert_int_equal(ledger_available(&account, 129), 47);
    assert_int_equal(ledger_available(&account, 130), 40); /* the first day on which they are gone */
    assert_int_equal(ledger_available(&account, 200), 0);
    struct ledger_next next = ledger_next_expiry(&account, 113);
    assert_int_equal(next.points, 7);
    assert_int_equal(next.expires_day, 130);
    next = ledger_next_expiry(&account, 200);
    assert_int_equal(next.expires_day, LEDGER_NEVER);
}

static void ledger_burn__of_more_than_there_is_leaves_a_debt_that_later_points_pay(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 40, 100, LEDGER_NEVER);
    assert_int_equal(burn(&account, 2, 100, 60), 20);
    assert_int_equal(account.balance, -20);
    assert_int_equal(account.debts[0].points, 20);
    assert_int_equal(account.debts[0].reason, LEDGER_BURNED);
    earn(&account, 3, 101, 15, 101, LEDGER_NEVER);
    assert_int_equal(account.owed, 5);
    assert_int_equal(ledger_available(&account, 101), -5);
    earn(&account, 4, 102, 15, 102, LEDGER_NEVER);
    assert_int_equal(account.owed, 0);
    assert_int_equal(ledger_available(&account, 102), 10);
    assert_int_equal(account.debts[0].points, 20);
    assert_sums(&account);
}

static void ledger_burn_guarded__lets_one_of_two_pass(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 100, 100, LEDGER_NEVER);
    assert_int_equal(ledger_burn_guarded(&account, 2, 100, 60), ERR_OK);
    assert_int_equal(ledger_burn_guarded(&account, 3, 100, 60), ERR_NOT_FOUND);
    assert_int_equal(account.balance, 40);
    assert_int_equal(ledger_burn_guarded(&account, 4, 100, 40), ERR_OK);
    assert_int_equal(account.balance, 0);
    assert_sums(&account);
}

static void ledger_reverse_earn__only_pending_takes_nothing_that_could_be_spent(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 100, 114, LEDGER_NEVER);
    assert_int_equal(reverse(&account, 1, 110, 30, LEDGER_ONLY_PENDING), 30);
    assert_int_equal(account.balance, 70);
    assert_int_equal(reverse(&account, 1, 114, 30, LEDGER_ONLY_PENDING), 0);
    assert_int_equal(account.balance, 70);
    assert_int_equal(account.forgiven, 30);
    assert_sums(&account);
}

static void ledger_reverse_earn__within_balance_stops_at_zero(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 100, 100, LEDGER_NEVER);
    earn(&account, 2, 100, 10, 120, LEDGER_NEVER); /* pending is a balance too */
    assert_int_equal(burn(&account, 3, 101, 80), 0);
    assert_int_equal(reverse(&account, 1, 102, 100, LEDGER_WITHIN_BALANCE), 30);
    assert_int_equal(account.balance, 0);
    assert_int_equal(account.forgiven, 70);
    assert_sums(&account);
}

static void ledger_reverse_earn__unlimited_leaves_a_debt(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 100, 100, LEDGER_NEVER);
    assert_int_equal(burn(&account, 3, 101, 80), 0);
    assert_int_equal(reverse(&account, 1, 102, 100, LEDGER_UNLIMITED), 100);
    assert_int_equal(account.balance, -80);
    assert_int_equal(account.debts[0].reason, LEDGER_TAKEN_BACK);
    assert_sums(&account);
}

static void ledger_reverse_earn__does_not_take_a_second_time_what_has_expired(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 100, 100, 130);
    earn(&account, 2, 100, 50, 100, LEDGER_NEVER);
    assert_int_equal(reverse(&account, 1, 140, 100, LEDGER_UNLIMITED), 0);
    assert_int_equal(account.balance, 50);
    assert_sums(&account);
}

static void ledger_give_back__returns_points_to_the_lots_they_came_from(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 50, 100, 200);
    earn(&account, 2, 100, 50, 100, 300);
    assert_int_equal(burn(&account, 10, 110, 80), 0);
    give_back(&account, 10, 120, 40, 30);
    assert_int_equal(account.lots[1].left, 50); /* 30 of the second, which was taken from last ... */
    assert_int_equal(account.lots[0].left, 10); /* ... and 10 of the first */
    give_back(&account, 10, 121, 40, 30);
    assert_int_equal(account.lots[0].left, 50);
    assert_int_equal(account.lots[0].expires_day, 200);
    assert_int_equal(account.balance, 100);
    assert_int_equal(account.take_count, 0);
    assert_sums(&account);
}

static void ledger_give_back__reinstates_a_lot_that_has_expired_for_the_grace(void **state)
{
    (void)state;
    struct ledger_account account = {0}, without = {0};
    earn(&account, 1, 100, 50, 100, 200);
    assert_int_equal(burn(&account, 10, 110, 50), 0);
    without = account;
    give_back(&account, 10, 250, 50, 30);
    assert_int_equal(ledger_available(&account, 250), 50);
    assert_int_equal(ledger_available(&account, 279), 50);
    assert_int_equal(ledger_available(&account, 280), 0);
    give_back(&without, 10, 250, 50, 0);
    assert_int_equal(ledger_available(&without, 250), 0);
    assert_int_equal(without.moved[LEDGER_GIVEN_BACK], 50);
    assert_int_equal(without.moved[LEDGER_EXPIRED], -50);
    assert_sums(&account);
    assert_sums(&without);
}

static void ledger_give_back__pays_the_debt_of_its_own_burn_first(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 40, 100, LEDGER_NEVER);
    assert_int_equal(burn(&account, 10, 100, 60), 20);
    give_back(&account, 10, 101, 60, 0);
    assert_int_equal(account.owed, 0);
    assert_int_equal(account.balance, 40);
    assert_sums(&account);
}

static void ledger_void_receipt__undoes_what_it_earned_and_spent(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 40, 100, LEDGER_NEVER);
    assert_int_equal(burn(&account, 2, 101, 60), 20);
    earn(&account, 2, 101, 9, 120, LEDGER_NEVER);
    struct ledger_reversal voiding = {
        .receipt = 3, .original = 2, .day = 101, .points = 9, .reason = LEDGER_VOIDED};
    ok(ledger_void_receipt(&account, &voiding));
    assert_int_equal(account.balance, 40);
    assert_int_equal(account.owed, 0);
    assert_int_equal(ledger_available(&account, 101), 40);
    assert_sums(&account);
}

static void ledger_void_receipt__of_a_return_gives_back_what_the_policy_had_taken(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 40, 114, LEDGER_NEVER);
    assert_int_equal(reverse(&account, 1, 102, 25, LEDGER_ONLY_PENDING), 25);
    struct ledger_reversal voiding = {.receipt = 3, .original = 900, .day = 103, .reason = LEDGER_VOIDED};
    ok(ledger_void_receipt(&account, &voiding));
    assert_int_equal(account.balance, 40);
    assert_int_equal(account.lots[0].left, 40);
    assert_sums(&account);
}

/* ---- the bounds */

static void ledger_earn__at_the_bound_joins_lots_and_loses_no_point_and_no_day(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    for (int32_t i = 0; i < 3 * LEDGER_LOTS_MAX; i++)
        earn(&account, (uint64_t)i + 1, 100 + i / 100, 10, 100 + i / 100, 5000 + i);
    assert_int_equal(account.lot_count, LEDGER_LOTS_MAX);
    assert_int_equal(account.balance, 30 * LEDGER_LOTS_MAX);
    assert_int_equal(ledger_expire(&account, 5000), 0); /* the first to end was joined to a later one */
    assert_int_equal(ledger_available(&account, 5000 + 3 * LEDGER_LOTS_MAX), 0);
    assert_sums(&account);
}

static void ledger_earn__at_the_bound_joins_the_oldest_of_one_expiry_first(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 10, 100, 150);
    for (int32_t i = 1; i < LEDGER_LOTS_MAX; i++)
        earn(&account, (uint64_t)i + 1, 100, 10, 100, i < 3 ? 900 : 1000 + i);
    earn(&account, 9999, 100, 10, 100, 9999);
    assert_int_equal(account.lots[0].expires_day, 150);
    assert_int_equal(account.lots[1].points, 20);
    assert_int_equal(account.lots[1].expires_day, 900);
    assert_int_equal(account.lot_count, LEDGER_LOTS_MAX);
    assert_sums(&account);
}

static void ledger_burn__forgets_the_oldest_take_and_its_points_still_come_back(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    earn(&account, 1, 100, 1000, 100, 5000);
    for (uint64_t i = 0; i < LEDGER_TAKES_MAX + 1; i++)
        assert_int_equal(burn(&account, 10 + i, 101, 1), 0);
    assert_int_equal(account.take_count, LEDGER_TAKES_MAX);
    give_back(&account, 10, 102, 1, 30);
    assert_int_equal(account.balance, 1000 - LEDGER_TAKES_MAX);
    assert_int_equal(account.lots[account.lot_count - 1].expires_day, 132);
    assert_sums(&account);
}

static void ledger_owe__at_the_bound_keeps_the_sum(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    for (uint64_t i = 0; i < 3 * LEDGER_DEBTS_MAX; i++)
        assert_int_equal(burn(&account, i + 1, 100, 5), 5);
    assert_int_equal(account.debt_count, LEDGER_DEBTS_MAX);
    assert_int_equal(account.owed, 15 * LEDGER_DEBTS_MAX);
    assert_sums(&account);
}

static void ledger_earn__refuses_numbers_that_could_overflow(void **state)
{
    (void)state;
    struct ledger_account account = {0}, before = {0};
    struct ledger_earning earning = {1, 1, 100, 100, 0, LEDGER_POINTS_MAX + 1, LEDGER_EARNED};
    assert_int_equal(ledger_earn(&account, &earning), ERR_RANGE);
    earning.points = -1;
    assert_int_equal(ledger_earn(&account, &earning), ERR_RANGE);
    earning.points = 1;
    earning.reason = LEDGER_BURNED;
    assert_int_equal(ledger_earn(&account, &earning), ERR_ARGUMENT);
    int64_t missing = 7;
    assert_int_equal(ledger_burn(&account, 1, 100, -1, &missing), ERR_RANGE);
    assert_int_equal(missing, 7);
    assert_memory_equal(&account, &before, sizeof(account));
}

/* Whatever happens, the sums agree, and what was burned and given back whole leaves the balance as it was. */
static void ledger_account__keeps_its_sums_through_chance(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 50; round++) {
        struct ledger_account account = {0};
        for (uint64_t i = 0; i < 600; i++) {
            int32_t day = 100 + (int32_t)i / 4;
            int64_t points = (int64_t)seed_below(&seed, 200);
            uint64_t other = 1 + seed_below(&seed, i + 1);
            switch (seed_below(&seed, 5)) {
            case 0:
            case 1:
                earn(&account, i + 1, day, points, day + (int32_t)seed_below(&seed, 10),
                     seed_below(&seed, 2) == 0 ? 0 : day + (int32_t)seed_below(&seed, 60));
                break;
            case 2:
                (void)burn(&account, i + 1, day, points);
                break;
            case 3:
                (void)reverse(&account, other, day, points,
                              (enum ledger_return_policy)(1 + seed_below(&seed, 3)));
                break;
            default:
                give_back(&account, other, day, points, (uint32_t)seed_below(&seed, 3) * 10);
            }
            assert_sums(&account);
        }
    }
}

static void ledger_stamp__fills_cards_and_carries_over(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    struct ledger_stamping stamping = {.card = "coffee", .card_size = 10, .count = 7, .day = 100};
    int64_t filled = -1;
    ok(ledger_stamp(&account, &stamping, &filled));
    assert_int_equal(filled, 0);
    stamping.count = 16;
    ok(ledger_stamp(&account, &stamping, &filled));
    assert_int_equal(filled, 2);
    assert_int_equal(account.stamps[0].count, 3);
    stamping.count = -5;
    ok(ledger_stamp(&account, &stamping, &filled));
    assert_int_equal(filled, -1);
    assert_int_equal(account.stamps[0].count, 8);
    assert_int_equal(account.stamps[0].filled, 1);
    stamping.no_rollover = true;
    stamping.count = 9;
    ok(ledger_stamp(&account, &stamping, &filled));
    assert_int_equal(filled, 1);
    assert_int_equal(account.stamps[0].count, 0);
}

static void ledger_stamp__gives_a_new_card_the_place_of_the_one_untouched_longest(void **state)
{
    (void)state;
    struct ledger_account account = {0};
    int64_t filled;
    for (int i = 0; i < STAMP_CARDS_MAX + 1; i++) {
        char card[2] = {(char)('a' + i), '\0'};
        struct ledger_stamping stamping = {
            .card = card, .card_size = 5, .count = 1, .day = i == 0 ? 500 : 100 + i};
        ok(ledger_stamp(&account, &stamping, &filled));
    }
    assert_int_equal(account.stamp_count, STAMP_CARDS_MAX);
    assert_string_equal(account.stamps[0].card, "a");
    assert_string_equal(account.stamps[1].card, "i");
}

static void ledger_reason_name__answers_any_value(void **state)
{
    (void)state;
    assert_string_equal(ledger_reason_name(LEDGER_GIVEN_BACK), "given_back");
    assert_string_equal(ledger_reason_name(LEDGER_REASON_COUNT), "unknown");
}

static void ledger_receipt_of__tells_receipts_apart(void **state)
{
    (void)state;
    uint64_t id = ledger_receipt_of("s1", "till-1", 20778, 5);
    assert_true(id == ledger_receipt_of("s1", "till-1", 20778, 5));
    assert_true(id != ledger_receipt_of("s1", "till-1", 20778, 6));
    assert_true(id != ledger_receipt_of("s1", "till-1", 20779, 5));
    assert_true(id != ledger_receipt_of("s1t", "ill-1", 20778, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_burn__takes_the_soonest_to_expire_first),
        cmocka_unit_test(ledger_burn__uses_up_a_lot_before_the_next_as_odoo_does),
        cmocka_unit_test(ledger_available__leaves_out_what_is_pending_or_expired),
        cmocka_unit_test(ledger_burn__of_more_than_there_is_leaves_a_debt_that_later_points_pay),
        cmocka_unit_test(ledger_burn_guarded__lets_one_of_two_pass),
        cmocka_unit_test(ledger_reverse_earn__only_pending_takes_nothing_that_could_be_spent),
        cmocka_unit_test(ledger_reverse_earn__within_balance_stops_at_zero),
        cmocka_unit_test(ledger_reverse_earn__unlimited_leaves_a_debt),
        cmocka_unit_test(ledger_reverse_earn__does_not_take_a_second_time_what_has_expired),
        cmocka_unit_test(ledger_give_back__returns_points_to_the_lots_they_came_from),
        cmocka_unit_test(ledger_give_back__reinstates_a_lot_that_has_expired_for_the_grace),
        cmocka_unit_test(ledger_give_back__pays_the_debt_of_its_own_burn_first),
        cmocka_unit_test(ledger_void_receipt__undoes_what_it_earned_and_spent),
        cmocka_unit_test(ledger_void_receipt__of_a_return_gives_back_what_the_policy_had_taken),
        cmocka_unit_test(ledger_earn__at_the_bound_joins_lots_and_loses_no_point_and_no_day),
        cmocka_unit_test(ledger_earn__at_the_bound_joins_the_oldest_of_one_expiry_first),
        cmocka_unit_test(ledger_burn__forgets_the_oldest_take_and_its_points_still_come_back),
        cmocka_unit_test(ledger_owe__at_the_bound_keeps_the_sum),
        cmocka_unit_test(ledger_earn__refuses_numbers_that_could_overflow),
        cmocka_unit_test(ledger_account__keeps_its_sums_through_chance),
        cmocka_unit_test(ledger_stamp__fills_cards_and_carries_over),
        cmocka_unit_test(ledger_stamp__gives_a_new_card_the_place_of_the_one_untouched_longest),
        cmocka_unit_test(ledger_reason_name__answers_any_value),
        cmocka_unit_test(ledger_receipt_of__tells_receipts_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
