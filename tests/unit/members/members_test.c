/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "harness/faulty_storage.h"
#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "members/members.h"
#include "platform/lmdb/lmdb_storage.h"

#define FIRST_TABLE 1 /* the cache's environment holds other tables too */

struct fixture {
    struct folder folder;
    struct seed seed;
    struct lmdb_storage *lmdb;
    struct faulty_storage faulty;
    struct members *members;
};

static void open_members(struct fixture *fixture)
{
    static const char *const tables[] = {"other", MEMBERS_TABLES};
    char path[128];
    folder_join(&fixture->folder, "cache", path);
    struct lmdb_options options = {.path = path,
                                   .tables = tables,
                                   .table_count = 1 + MEMBERS_TABLE_COUNT,
                                   .map_size_bytes = 256 * 1024 * 1024,
                                   .random = seed_as_random(&fixture->seed)};
    ok(lmdb_storage_open(&options, &fixture->lmdb));
    fixture->faulty = (struct faulty_storage){.inner = lmdb_storage_as_storage(fixture->lmdb)};
    ok(members_open(faulty_storage_as_storage(&fixture->faulty), FIRST_TABLE, &fixture->members));
}

static void close_members(struct fixture *fixture)
{
    members_close(TAKE(fixture->members));
    lmdb_storage_close(TAKE(fixture->lmdb));
}

static void restart(struct fixture *fixture)
{
    close_members(fixture);
    open_members(fixture);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    fixture->folder = folder_make();
    fixture->seed = seed_of_environment();
    open_members(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close_members(fixture);
    folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

static void fill(uint8_t *out, size_t size, uint64_t n)
{
    struct seed seed = {n};
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)seed_next(&seed);
}

/* Member n with cards a and b (0: none) and a message of his own. */
static struct member_change change_of(uint64_t n, uint64_t card_a, uint64_t card_b, const char *message)
{
    struct member_change change = {.message = span_of_text(message)};
    const uint64_t cards[] = {card_a, card_b};
    fill(change.id, MEMBER_SIZE, n);
    for (size_t i = 0; i < COUNT_OF(cards); i++)
        if (cards[i] != 0)
            fill(change.tokens[change.token_count++], TOKEN_SIZE, 1000000 + cards[i]);
    return change;
}

static enum err apply(struct fixture *fixture, uint64_t from, uint64_t to,
                      const struct member_change *changes, size_t count)
{
    struct members_update update = {from, to, changes, count};
    return members_apply(fixture->members, &update);
}

static enum err find_card(struct fixture *fixture, uint64_t card, struct member_found *out)
{
    uint8_t token[TOKEN_SIZE];
    fill(token, TOKEN_SIZE, 1000000 + card);
    return members_find_token(fixture->members, token, out);
}

static void expect_card(struct fixture *fixture, uint64_t card, uint64_t member, const char *message)
{
    static struct member_found found;
    uint8_t id[MEMBER_SIZE];
    fill(id, MEMBER_SIZE, member);
    ok(find_card(fixture, card, &found));
    assert_memory_equal(found.id, id, MEMBER_SIZE);
    assert_true(span_is_equal(span_of(found.message, found.message_size), span_of_text(message)));
    ok(members_find_id(fixture->members, id, &found));
}

static void expect_no_card(struct fixture *fixture, uint64_t card)
{
    static struct member_found found;
    assert_int_equal(find_card(fixture, card, &found), ERR_NOT_FOUND);
}

static void members_find_token__finds_who_was_applied_also_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct member_change changes[] = {change_of(1, 11, 12, "anna"), change_of(2, 21, 0, "borys")};
    expect_no_card(fixture, 11);
    ok(apply(fixture, 0, 7, changes, 2));
    for (int round = 0; round < 2; round++) {
        expect_card(fixture, 11, 1, "anna");
        expect_card(fixture, 12, 1, "anna");
        expect_card(fixture, 21, 2, "borys");
        expect_no_card(fixture, 22);
        assert_int_equal(members_version(fixture->members), 7);
        assert_int_equal(members_count(fixture->members), 2);
        restart(fixture);
    }
}

static void members_apply__skips_the_old_and_refuses_a_gap(void **state)
{
    struct fixture *fixture = *state;
    struct member_change first = change_of(1, 11, 0, "new");
    struct member_change stale = change_of(1, 11, 0, "stale");
    ok(apply(fixture, 0, 7, &first, 1));
    ok(apply(fixture, 0, 7, &stale, 1));
    ok(apply(fixture, 2, 5, &stale, 1));
    assert_int_equal(apply(fixture, 8, 9, &stale, 1), ERR_GAP);
    assert_int_equal(apply(fixture, 9, 8, &stale, 1), ERR_ARGUMENT);
    expect_card(fixture, 11, 1, "new");
    ok(apply(fixture, 5, 9, &stale, 1)); /* it overlaps what stands and reaches beyond */
    expect_card(fixture, 11, 1, "stale");
    assert_int_equal(members_version(fixture->members), 9);
}

static void members_apply__takes_an_answer_whatever_stands(void **state)
{
    struct fixture *fixture = *state;
    struct member_change first = change_of(1, 11, 0, "anna");
    struct member_change answer = change_of(2, 21, 0, "borys");
    ok(apply(fixture, 0, 7, &first, 1));
    ok(apply(fixture, 0, 0, &answer, 1));
    expect_card(fixture, 21, 2, "borys");
    assert_int_equal(members_version(fixture->members), 7);
    assert_int_equal(members_count(fixture->members), 2);
}

static void members_apply__withdraws_cards_and_erases(void **state)
{
    struct fixture *fixture = *state;
    static struct member_found found;
    struct member_change both = change_of(1, 11, 12, "anna");
    struct member_change one = change_of(1, 12, 0, "anna");
    struct member_change gone = {.is_erased = true};
    memcpy(gone.id, both.id, MEMBER_SIZE);
    ok(apply(fixture, 0, 1, &both, 1));
    ok(apply(fixture, 1, 2, &one, 1));
    expect_no_card(fixture, 11);
    expect_card(fixture, 12, 1, "anna");
    ok(apply(fixture, 2, 3, &gone, 1));
    ok(apply(fixture, 3, 4, &gone, 1)); /* twice does no harm */
    expect_no_card(fixture, 12);
    assert_int_equal(members_find_id(fixture->members, gone.id, &found), ERR_NOT_FOUND);
    assert_int_equal(members_count(fixture->members), 0);
}

static void members_apply__moves_a_card_to_its_new_owner_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    struct member_change anna = change_of(1, 11, 0, "anna");
    struct member_change borys = change_of(2, 11, 0, "borys");
    struct member_change anna_after = change_of(1, 0, 0, "anna");
    ok(apply(fixture, 0, 1, &anna, 1));
    ok(apply(fixture, 1, 2, &borys, 1));
    expect_card(fixture, 11, 2, "borys");
    ok(apply(fixture, 2, 3, &anna_after, 1)); /* that she lost it is told later */
    expect_card(fixture, 11, 2, "borys");
}

static void members_apply__refuses_sizes_beyond_the_limits(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t large[MEMBER_RECORD_SIZE_MAX + 1];
    static struct member_found found;
    struct member_change change = change_of(1, 11, 0, "");
    change.message = span_of(large, sizeof large);
    assert_int_equal(apply(fixture, 0, 1, &change, 1), ERR_ARGUMENT);
    change.message.size--;
    ok(apply(fixture, 0, 1, &change, 1));
    ok(find_card(fixture, 11, &found));
    assert_int_equal(found.message_size, MEMBER_RECORD_SIZE_MAX);
    change.token_count = CARDS_PER_MEMBER + 1;
    assert_int_equal(apply(fixture, 1, 2, &change, 1), ERR_ARGUMENT);
}

/* Each operation fails once, in each way: the update is there whole or not at all, and the answer
 * says which. */
static void members_apply__is_whole_or_absent_at_each_fault(void **state)
{
    struct fixture *fixture = *state;
    const enum fault faults[] = {FAULT_IO, FAULT_IO_COMMITTED, FAULT_FULL};
    uint64_t version = 0;
    unsigned failures = 0;
    for (size_t kind = 0; kind < COUNT_OF(faults); kind++) {
        for (uint64_t k = 1; k <= 12; k++) {
            char message[32];
            (void)snprintf(message, sizeof message, "anna %" PRIu64, version + 1);
            struct member_change changes[] = {change_of(1, 11 + version % 2, 0, message),
                                              change_of(2, 21, 0, message)};
            fixture->faulty.fault = faults[kind];
            fixture->faulty.count = 0;
            fixture->faulty.fail_at = k;
            enum err error = apply(fixture, version, version + 1, changes, 2);
            fixture->faulty.fail_at = 0;
            restart(fixture);
            failures += error != ERR_OK ? 1 : 0;
            version += error == ERR_OK ? 1 : 0;
            assert_int_equal(members_version(fixture->members), version);
            if (error == ERR_OK) {
                expect_card(fixture, 11 + (version - 1) % 2, 1, message);
                expect_no_card(fixture, 11 + version % 2);
            }
        }
    }
    assert_true(failures > 15);
}

static void members_find__serves_no_damaged_row(void **state)
{
    struct fixture *fixture = *state;
    static struct member_found found;
    struct member_change anna = change_of(1, 11, 0, "anna");
    ok(apply(fixture, 0, 1, &anna, 1));
    struct storage storage = lmdb_storage_as_storage(fixture->lmdb);
    uint8_t original[256];
    struct span value;
    struct storage_txn txn = {0};
    struct span id = span_of(anna.id, MEMBER_SIZE);
    ok(storage_begin(storage, STORAGE_READ, &txn));
    ok(storage_get(&txn, FIRST_TABLE, id, &value));
    size_t size = value.size;
    memcpy(original, value.bytes, size);
    storage_abort(&txn);
    for (size_t bit = 0; bit < size * 8; bit++) {
        uint8_t damaged[256];
        memcpy(damaged, original, size);
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ok(storage_begin(storage, STORAGE_WRITE, &txn));
        ok(storage_put(&txn, FIRST_TABLE, id, span_of(damaged, size), STORAGE_REPLACE));
        ok(storage_commit(&txn));
        assert_int_equal(find_card(fixture, 11, &found), ERR_CORRUPT);
    }
    ok(apply(fixture, 1, 2, &anna, 1)); /* the hub sends it again: mended */
    expect_card(fixture, 11, 1, "anna");
}

static double now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void members_open__does_not_read_a_hundred_thousand_members(void **state)
{
    struct fixture *fixture = *state;
    static struct member_change changes[MEMBERS_CHANGES_MAX];
    static uint8_t message[300];
    uint64_t version = 0;
    for (uint64_t n = 0; n < 100000;) {
        size_t count = 0;
        for (; count < MEMBERS_CHANGES_MAX && n < 100000; count++, n++) {
            changes[count] = change_of(n, n + 1, 0, "");
            changes[count].message = span_of(message, sizeof message);
        }
        ok(apply(fixture, version, version + 1, changes, count));
        version++;
    }
    close_members(fixture);
    double start = now_ms();
    open_members(fixture);
    double opened = now_ms();
    static struct member_found found;
    for (uint64_t card = 1; card <= 100000; card += 10)
        ok(find_card(fixture, card, &found));
    printf("opened in %.2f ms, a card found in %.2f us\n", opened - start, (now_ms() - opened) / 10);
    assert_int_equal(members_count(fixture->members), 100000);
    /* Reads are counted, not time: opening asks the storage once, whatever the number of members. */
    struct members *again CLEANUP(members_closep) = NULL;
    fixture->faulty.count = 0;
    ok(members_open(faulty_storage_as_storage(&fixture->faulty), FIRST_TABLE, &again));
    assert_int_equal(fixture->faulty.count, /* begin, get */ 2);
}

static void members_apply__keeps_a_key_apart_and_destroys_it_with_its_member(void **state)
{
    struct fixture *fixture = *state;
    static struct member_found found;
    uint8_t key[MEMBER_KEY_SIZE] = {7}, read[MEMBER_KEY_SIZE], ids[4][MEMBER_SIZE];
    size_t count = 9;
    struct member_change change = change_of(1, 11, 0, "anna");
    change.key = span_of(key, sizeof key);
    ok(apply(fixture, 0, 1, &change, 1));
    ok(find_card(fixture, 11, &found));
    assert_int_equal(found.key_size, MEMBER_KEY_SIZE);
    assert_memory_equal(found.key, key, sizeof key);
    change.key = span_of(key, 5);
    assert_int_equal(apply(fixture, 1, 2, &change, 1), ERR_ARGUMENT);
    change.key = span_of(NULL, 0); /* his consent is gone, and the key with it */
    ok(apply(fixture, 1, 2, &change, 1));
    assert_int_equal(members_get_key(fixture->members, change.id, read), ERR_NOT_FOUND);
    ok(members_put_key(fixture->members, change.id, span_of(key, sizeof key)));
    ok(members_list_erased(fixture->members, ids, COUNT_OF(ids), &count));
    assert_int_equal(count, 0);
    change.is_erased = true;
    ok(apply(fixture, 2, 3, &change, 1));
    restart(fixture);
    assert_int_equal(members_get_key(fixture->members, change.id, read), ERR_NOT_FOUND);
    ok(members_list_erased(fixture->members, ids, COUNT_OF(ids), &count));
    assert_int_equal(count, 1);
    assert_memory_equal(ids[0], change.id, MEMBER_SIZE);
    ok(members_settle_erased(fixture->members, (const uint8_t(*)[MEMBER_SIZE])ids, 1));
    ok(members_list_erased(fixture->members, ids, COUNT_OF(ids), &count));
    assert_int_equal(count, 0);
    assert_int_equal(members_version(fixture->members), 3);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(members_find_token__finds_who_was_applied_also_after_a_restart),
        CASE(members_apply__skips_the_old_and_refuses_a_gap),
        CASE(members_apply__takes_an_answer_whatever_stands),
        CASE(members_apply__withdraws_cards_and_erases),
        CASE(members_apply__moves_a_card_to_its_new_owner_in_any_order),
        CASE(members_apply__refuses_sizes_beyond_the_limits),
        CASE(members_apply__is_whole_or_absent_at_each_fault),
        CASE(members_find__serves_no_damaged_row),
        CASE(members_apply__keeps_a_key_apart_and_destroys_it_with_its_member),
        CASE(members_open__does_not_read_a_hundred_thousand_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
