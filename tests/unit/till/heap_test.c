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
    ok(desk_commit(desk, "b", key, 100000000, &out));
    ok(till_flush(desk->till));
    (void)till_tick(desk->till);
}

static void till__takes_nothing_from_the_heap_from_tap_to_durable_record(void **state)
{
    static const uint8_t hash[HASH_SIZE] = {9};
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    shelf_offer(shelf, "ten-off", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, hash));
    unsigned long before = heap_count();
    serve(desk, "k1", 50);
    serve(desk, "k2", 1000);
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
