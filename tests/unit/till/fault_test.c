/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's disk fails at each of its operations in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

#define OPERATIONS_MAX 64 /* of one sale: far fewer */

/* Sells under `key` while operation `at` fails; then asks what became of it. */
static bool sell_on_a_bad_disk(struct desk *desk, const char *key, enum fault fault, uint64_t at)
{
    struct till_outcome out, found, again;
    uint64_t next = journal_next_receipt(desk->journal);
    desk_put_basket(desk, "b", 100, 1);
    ok(desk_tap(desk, DESK_ALICE));
    desk->disk.fault = fault;
    desk->disk.fail_at = desk->disk.count + at;
    uint64_t failures = desk->disk.failures;
    enum err error = desk_commit(desk, "b", key, 100, &out);
    desk->disk.fail_at = 0;
    bool has_failed = desk->disk.failures > failures;
    enum err asked = till_find_outcome(desk->till, span_of_text(key), &found);
    if (error == ERR_OK) {
        ok(asked);
        assert_int_equal(out.receipt.number, next);
        assert_int_equal(desk_state(desk), SALE_IDLE);
    } else {
        assert_true(error == ERR_IO || error == ERR_FULL);
        assert_int_equal(asked, ERR_NOT_FOUND);
        assert_int_equal(journal_next_receipt(desk->journal), next);
        assert_true(sale_has_basket(desk_state(desk)));
        ok(desk_commit(desk, "b", key, 100, &again));
        assert_int_equal(again.receipt.number, next);
    }
    return has_failed;
}

static void sweep(struct desk *desk, enum fault fault)
{
    bool has_failed = true;
    uint64_t sales = 0;
    for (uint64_t at = 1; has_failed && at < OPERATIONS_MAX; at++) {
        char key[24];
        (void)snprintf(key, sizeof key, "%d/%d", (int)fault, (int)at);
        has_failed = sell_on_a_bad_disk(desk, key, fault, at);
        sales++;
    }
    assert_false(has_failed); /* the sweep came to the end of a sale */
    assert_int_equal(journal_next_receipt(desk->journal), sales + 1);
    desk_restart(desk);
    assert_int_equal(desk_receipt(desk, sales)->body.receipt.head.id.number, sales);
}

static void till_commit__is_recorded_or_not_but_never_half_when_the_disk_fails(void **state)
{
    sweep(*state, FAULT_IO);
}

static void till_commit__tells_a_record_that_a_failed_commit_has_kept(void **state)
{
    sweep(*state, FAULT_IO_COMMITTED);
}

static void till_commit__is_recorded_or_not_but_never_half_when_the_disk_is_full(void **state)
{
    sweep(*state, FAULT_FULL);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__is_recorded_or_not_but_never_half_when_the_disk_fails),
        ON_DESK(till_commit__tells_a_record_that_a_failed_commit_has_kept),
        ON_DESK(till_commit__is_recorded_or_not_but_never_half_when_the_disk_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
