/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

static size_t waiting(struct desk *desk, struct till_suspended *out)
{
    return till_list_suspended(desk->till, out, TILL_SUSPENDED_MAX);
}

static void till_resume__brings_basket_member_and_price_back_after_a_power_cut(void **state)
{
    struct desk *desk = *state;
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 255, 3);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    assert_int_equal(desk_state(desk), SALE_IDLE);
    assert_null(till_get_member(desk->till));
    desk_restart(desk);
    assert_int_equal(waiting(desk, rows), 1);
    assert_string_equal(rows[0].basket, "b1");
    assert_int_equal(rows[0].total_minor, 765);
    assert_true(rows[0].has_card);
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_int_equal(desk_state(desk), SALE_OPEN_IDENTIFIED);
    assert_int_equal(desk_total(desk), 765);
    assert_int_equal(waiting(desk, rows), 0);
    ok(desk_commit(desk, "b1", "k1", 765, &out));
    assert_true(desk_receipt(desk, 1)->body.receipt.head.suspended_before);
    assert_true(out.has_member);
}

static void till_resume__never_offers_a_basket_again_that_was_paid(void **state)
{
    struct desk *desk = *state;
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    struct till_outcome out;
    desk_put_basket(desk, "b1", 255, 1);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    desk_put_basket(desk, "b2", 100, 1);
    ok(till_suspend(desk->till, "b2", &desk->refusal));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    ok(desk_commit(desk, "b1", "k1", 255, &out));
    desk_restart(desk); /* before any flush */
    assert_int_equal(waiting(desk, rows), 1);
    assert_string_equal(rows[0].basket, "b2");
    assert_int_equal(till_resume(desk->till, "b1", &desk->refusal), ERR_NOT_FOUND);
    ok(till_flush(desk->till));
    desk_restart(desk);
    assert_int_equal(waiting(desk, rows), 1);
}

static void till_resume__leaves_the_basket_suspended_when_power_is_cut_before_it_is_paid(void **state)
{
    struct desk *desk = *state;
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    desk_put_basket(desk, "b1", 255, 1);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    desk_restart(desk);
    assert_int_equal(waiting(desk, rows), 1);
}

static void till_suspend__answers_the_same_when_it_is_asked_again(void **state)
{
    struct desk *desk = *state;
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    assert_int_equal(till_suspend(desk->till, "b1", &desk->refusal), ERR_STATE);
    desk_put_basket(desk, "b1", 255, 1);
    assert_int_equal(till_suspend(desk->till, "other", &desk->refusal), ERR_STATE);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    assert_int_equal(waiting(desk, rows), 1);
    desk_put_basket(desk, "b2", 100, 1);
    assert_int_equal(till_resume(desk->till, "b1", &desk->refusal), ERR_STATE);
    ok(till_drop_basket(desk->till));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_int_equal(till_forget_suspended(desk->till, "b1"), ERR_STATE);
    ok(till_drop_basket(desk->till));
    assert_int_equal(waiting(desk, rows), 0);
    assert_int_equal(till_forget_suspended(desk->till, "b1"), ERR_NOT_FOUND);
}

static void till_suspend__keeps_the_basket_open_when_there_is_no_room(void **state)
{
    struct desk *desk = *state;
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    char id[16];
    for (int i = 0; i < TILL_SUSPENDED_MAX; i++) {
        (void)snprintf(id, sizeof id, "b%d", i);
        desk_put_basket(desk, id, 100, 1);
        ok(till_suspend(desk->till, id, &desk->refusal));
    }
    desk_put_basket(desk, "more", 100, 1);
    assert_int_equal(till_suspend(desk->till, "more", &desk->refusal), ERR_FULL);
    assert_int_equal(desk_state(desk), SALE_OPEN);
    ok(till_forget_suspended(desk->till, "b7"));
    ok(till_suspend(desk->till, "more", &desk->refusal));
    assert_int_equal(waiting(desk, rows), TILL_SUSPENDED_MAX);
    desk_restart(desk);
    assert_int_equal(waiting(desk, rows), TILL_SUSPENDED_MAX);
}

static void till_suspend__keeps_the_basket_open_when_the_disk_fails(void **state)
{
    struct desk *desk = *state;
    desk_put_basket(desk, "b1", 255, 1);
    desk->disk.is_sticky = true;
    desk->disk.fail_at = desk->disk.count + 1;
    assert_int_equal(till_suspend(desk->till, "b1", &desk->refusal), ERR_IO);
    assert_int_equal(desk_state(desk), SALE_OPEN);
    desk->disk.fail_at = 0;
    ok(till_suspend(desk->till, "b1", &desk->refusal));
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_resume__brings_basket_member_and_price_back_after_a_power_cut),
        ON_DESK(till_resume__never_offers_a_basket_again_that_was_paid),
        ON_DESK(till_resume__leaves_the_basket_suspended_when_power_is_cut_before_it_is_paid),
        ON_DESK(till_suspend__answers_the_same_when_it_is_asked_again),
        ON_DESK(till_suspend__keeps_the_basket_open_when_there_is_no_room),
        ON_DESK(till_suspend__keeps_the_basket_open_when_the_disk_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
