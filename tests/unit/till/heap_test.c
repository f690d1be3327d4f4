/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with --wrap for the heap's functions: every call of them from Kassa's own objects is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/heap_count.h"
#include "harness/ok.h"

#include <stdio.h>
#include <stdlib.h>

static void serve(struct desk *desk, const char *key, size_t line_count)
{
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b");
    for (size_t i = 0; i < line_count; i++)
        (void)desk_ring_up(basket, "article", 255, 2);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(till_present_coupon(desk->till, "spring", &desk->refusal));
    ok(till_set_burn(desk->till, 100, &desk->refusal));
    ok(desk_commit(desk, "b", key, 100000000, &out));
    ok(till_flush(desk->till));
    (void)till_tick(desk->till);
}

static void till__takes_nothing_from_the_heap_from_tap_to_durable_record(void **state)
{
    static const uint8_t hash[HASH_SIZE] = {9};
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    static const struct span spring[] = {{(const uint8_t *)"spring", 6}};
    static const struct book_limit limit = {.per = BOOK_PER_TILL, .period = BOOK_DAY, .value = 5};
    struct book_source_offer *off = shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    off->give.percent_bp = 1000;
    off->coupons = spring;
    off->coupon_count = 1;
    off->limits = &limit;
    off->limit_count = 1;
    shelf->source.programme_rules = (struct book_programme){.burn_points = 10,
                                                            .burn_value_minor = 10,
                                                            .offline_card_day_points = 500,
                                                            .offline_till_day_points = 500};
    kassa_Member member = kassa_Member_init_zero;
    member.id.size = MEMBER_SIZE;
    memset(member.id.bytes, 0xA1, MEMBER_SIZE);
    member.points = 1000;
    member.allowance_points = 500;
    member.till_allowance_points = 500;
    desk_tell_member(desk, DESK_ALICE, &member);
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, hash));
    unsigned long before = heap_count();
    serve(desk, "k1", 50);
    serve(desk, "k2", 1000);
    assert_int_equal(desk->outcome.points_burned, 100);
    assert_int_equal(heap_count(), before);
    assert_true(before > 0); /* the counter counts */
    shelf_delete(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(till__takes_nothing_from_the_heap_from_tap_to_durable_record,
                                        desk_setup, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
