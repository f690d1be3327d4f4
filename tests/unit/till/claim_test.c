/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's arbiter is told that there is: it counts what this till used and gave back by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"

#define SNAPSHOT 1000

static const uint8_t book_hash[HASH_SIZE] = {9};
static int64_t claimed_points;

static bool is_store_there(void *self)
{
    (void)self;
    return true;
}

/* No other till of the store could take any of it away. */
static enum err claim(void *self, const struct till_claim *claim)
{
    (void)self;
    claimed_points = claim->points;
    return ERR_NOT_FOUND;
}

static void forget_key(void *self, const char *key)
{
    (void)self;
    (void)key;
}

/* 100 points are worth 1.00, and none are earned. */
static struct shelf *open_shop(struct desk *desk)
{
    struct shelf *shelf = shelf_new();
    kassa_Member alice = kassa_Member_init_zero;
    shelf->source.programme_rules = (struct book_programme){.burn_points = 100,
                                                            .burn_value_minor = 100,
                                                            .burn_as = BOOK_BURN_AS_DISCOUNT,
                                                            .offline_card_day_points = 500,
                                                            .offline_till_day_points = 700};
    shelf_build(shelf);
    desk->settings.hub.is_store_there = is_store_there;
    desk->settings.hub.claim = claim;
    desk->settings.hub.unclaim = forget_key;
    desk->settings.hub.commit_claim = forget_key;
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    alice.id.size = MEMBER_SIZE;
    memset(alice.id.bytes, 0xA1, MEMBER_SIZE);
    alice.points = SNAPSHOT;
    alice.points_as_of_unix_ms = 2000;
    alice.allowance_points = 500;
    alice.till_allowance_points = 700;
    desk_tell_member(desk, DESK_ALICE, &alice);
    return shelf;
}

static void burn(struct desk *desk, const char *id, int64_t points)
{
    struct till_tenders tenders = {.count = 1, .rest = 0, .rows = {{.kind = kassa_TenderKind_TENDER_CARD}}};
    struct till_request request = desk_request(id, id);
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, id, 2000, 1);
    ok(till_set_burn(desk->till, points, &desk->refusal));
    claimed_points = -1;
    ok(till_commit(desk->till, &request, id, &tenders, &out, &desk->refusal));
    assert_int_equal(out.points_burned, points);
}

static void till_claim__has_the_snapshot_whatever_this_till_burned_since(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    burn(desk, "b1", 200);
    assert_int_equal(claimed_points, SNAPSHOT);
    burn(desk, "b2", 100);
    assert_int_equal(claimed_points, SNAPSHOT);
    shelf_delete(shelf);
}

static void till_claim__counts_what_a_void_gave_back_once(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk);
    struct till_request request = desk_request("v1", "v1");
    struct till_outcome out;
    burn(desk, "b1", 200);
    struct till_void what = {.original = desk_receipt(desk, 1)->body.receipt.head.id};
    ok(till_void_receipt(desk->till, &request, &what, &out, &desk->refusal));
    burn(desk, "b2", 100);
    assert_int_equal(claimed_points, SNAPSHOT);
    shelf_delete(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(till_claim__has_the_snapshot_whatever_this_till_burned_since,
                                        desk_setup, desk_teardown),
        cmocka_unit_test_setup_teardown(till_claim__counts_what_a_void_gave_back_once, desk_setup,
                                        desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
