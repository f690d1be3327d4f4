/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card/fresh.h"
#include "harness/memory_storage.h"

#define NOW 1790000000

struct world {
    struct memory_shelf *shelf;
    struct memory_storage disk;
    struct storage storage;
};

static int set_up(void **state)
{
    static struct memory_shelf shelf;
    static struct world world;
    world = (struct world){.shelf = &shelf};
    memory_storage_init(&world.disk, world.shelf, CARD_FRESH_TABLE_COUNT, 1 << 20);
    world.storage = memory_storage_as_storage(&world.disk);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    memory_shelf_close(world->shelf);
    return 0;
}

static enum err judge(struct world *world, enum reader_freshness_kind kind, uint64_t value, uint8_t about)
{
    const struct reader_freshness freshness = {.kind = (uint8_t)kind, .value = value, .about = {about}};
    return card_fresh_judge(world->storage, 0, &freshness, NOW);
}

static void card_fresh__lets_a_counter_only_rise(void **state)
{
    struct world *world = *state;
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 5, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 5, 1), ERR_CONFLICT);
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 4, 1), ERR_CONFLICT);
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 4, 2), ERR_OK); /* another card */
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 6, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 0xFFFFFF, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_COUNTER, 6, 1), ERR_CONFLICT);
    assert_int_equal(judge(world, READER_FRESH_NONE, 0, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_NONE, 0, 1), ERR_OK);
}

static void card_fresh__takes_a_message_once(void **state)
{
    struct world *world = *state;
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - 10, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - 10, 1), ERR_CONFLICT);
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - 10, 2), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - 9, 1), ERR_OK);
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - CARD_FRESH_KEEP_S - 1, 3), ERR_RANGE);
    assert_int_equal(judge(world, READER_FRESH_TIME, NOW - CARD_FRESH_KEEP_S, 3), ERR_OK);
}

/* What is old goes as new ones come, and what was too old to be remembered is not believed again. */
static void card_fresh__forgets_old_messages_and_no_counter(void **state)
{
    struct world *world = *state;
    struct reader_freshness freshness = {.kind = READER_FRESH_COUNTER, .value = 9, .about = {7}};
    assert_int_equal(card_fresh_judge(world->storage, 0, &freshness, NOW), ERR_OK);
    for (uint64_t i = 0; i < 100; i++) {
        freshness = (struct reader_freshness){.kind = READER_FRESH_TIME, .value = NOW + i, .about = {1}};
        assert_int_equal(card_fresh_judge(world->storage, 0, &freshness, (int64_t)(NOW + i)), ERR_OK);
    }
    assert_int_equal(world->disk.tables[0].count, 101);
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t later = NOW + 10 * CARD_FRESH_KEEP_S + i;
        freshness = (struct reader_freshness){.kind = READER_FRESH_TIME, .value = later, .about = {1}};
        assert_int_equal(card_fresh_judge(world->storage, 0, &freshness, (int64_t)later), ERR_OK);
    }
    assert_int_equal(world->disk.tables[0].count, 21);
    freshness = (struct reader_freshness){.kind = READER_FRESH_TIME, .value = NOW + 5, .about = {1}};
    assert_int_equal(card_fresh_judge(world->storage, 0, &freshness, NOW + 10 * CARD_FRESH_KEEP_S),
                     ERR_RANGE);
    freshness = (struct reader_freshness){.kind = READER_FRESH_COUNTER, .value = 9, .about = {7}};
    assert_int_equal(card_fresh_judge(world->storage, 0, &freshness, NOW), ERR_CONFLICT);
}

static struct card_identity proof_of(enum reader_technology technology, uint64_t value)
{
    struct card_identity identity = {.technology = technology, .trust = card_trust_of(technology)};
    identity.freshness =
        (struct reader_freshness){.kind = READER_FRESH_COUNTER, .value = value, .about = {1}};
    return identity;
}

static void card_fresh_take__refuses_what_was_taken_and_not_what_is_still_here(void **state)
{
    struct world *world = *state;
    struct card_fresh fresh = {.storage = world->storage};
    struct card_identity one = proof_of(READER_SUN, 5), other = proof_of(READER_SUN, 6);
    enum err unknown = ERR_IO;
    assert_int_equal(card_fresh_take(&fresh, &one, NOW, &unknown), ERR_OK);
    assert_int_equal(unknown, ERR_OK);
    assert_int_equal(card_fresh_take(&fresh, &one, NOW, &unknown), ERR_OK); /* read twice */
    assert_int_equal(card_fresh_take(&fresh, &other, NOW, &unknown), ERR_OK);
    assert_int_equal(card_fresh_take(&fresh, &one, NOW, &unknown), ERR_CONFLICT);
    assert_int_equal(card_fresh_take(&fresh, &other, NOW, &unknown), ERR_OK); /* it is still here */
    card_fresh_pass(&fresh, &other.freshness);
    assert_int_equal(card_fresh_take(&fresh, &other, NOW, &unknown), ERR_OK); /* who came is who showed it */
    card_fresh_pass(&fresh, &one.freshness);
    assert_int_equal(card_fresh_take(&fresh, &other, NOW, &unknown), ERR_CONFLICT);
    assert_int_equal(other.trust, CARD_TRUST_PROVEN);
}

static void break_disk(struct world *world, enum memory_fault fault, uint64_t operations)
{
    world->disk.fault = fault;
    world->disk.fail_in = operations;
}

static void card_fresh_take__believes_no_more_than_a_copy_while_the_disk_fails(void **state)
{
    static const enum memory_fault faults[] = {MEMORY_IO, MEMORY_FULL};
    struct world *world = *state;
    struct card_fresh fresh = {.storage = world->storage};
    unsigned failed = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        for (uint32_t k = 0; k < 8; k++) {
            struct card_identity sun = proof_of(READER_SUN, 10 * i + k + 1);
            enum err unknown = ERR_OK;
            break_disk(world, faults[i], k + 1);
            assert_int_equal(card_fresh_take(&fresh, &sun, NOW, &unknown), ERR_OK);
            failed += unknown != ERR_OK;
            assert_int_equal(sun.trust, unknown == ERR_OK ? CARD_TRUST_PROVEN : CARD_TRUST_STATIC);
            world->disk.fail_in = 0;
            struct card_identity again = proof_of(READER_SUN, 10 * i + k + 1);
            enum err known = ERR_IO;
            assert_int_equal(card_fresh_take(&fresh, &again, NOW, &known), ERR_OK);
            assert_int_equal(again.trust, sun.trust); /* read twice, it is no surer */
        }
    }
    assert_true(failed >= 4);
    struct card_identity uid = proof_of(READER_UID, 100); /* what was less before does not become more */
    enum err unknown = ERR_OK;
    break_disk(world, MEMORY_IO, 1);
    assert_int_equal(card_fresh_take(&fresh, &uid, NOW, &unknown), ERR_OK);
    assert_int_equal(unknown, ERR_IO);
    assert_int_equal(uid.trust, CARD_TRUST_IDENTIFY);
}

static void card_fresh_is_news__tells_once_what_lies_before_a_scanner(void **state)
{
    (void)state;
    struct card_fresh fresh = {.table = 0};
    const struct reader_freshness one = proof_of(READER_SUN, 5).freshness;
    const struct reader_freshness other = proof_of(READER_SUN, 6).freshness;
    uint64_t now_ms = 1;
    assert_true(card_fresh_is_news(&fresh, &one, now_ms));
    for (unsigned i = 0; i < 100; i++)
        assert_false(card_fresh_is_news(&fresh, &one, now_ms += 59999)); /* it never went away */
    assert_true(card_fresh_is_news(&fresh, &other, now_ms));
    assert_true(card_fresh_is_news(&fresh, &one, now_ms));
    assert_true(card_fresh_is_news(&fresh, &one, now_ms + 60000)); /* it came again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(card_fresh__lets_a_counter_only_rise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(card_fresh__takes_a_message_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(card_fresh__forgets_old_messages_and_no_counter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(card_fresh_take__refuses_what_was_taken_and_not_what_is_still_here,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(card_fresh_take__believes_no_more_than_a_copy_while_the_disk_fails,
                                        set_up, tear_down),
        cmocka_unit_test(card_fresh_is_news__tells_once_what_lies_before_a_scanner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
