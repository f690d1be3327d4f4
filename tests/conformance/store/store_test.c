/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/batch_maker.h"
#include "harness/folder.h"
#include "harness/memory_storage.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "store/keyed/store_keyed.h"
#include "vault/vault.h"

/* Where the stores live: the rows of store/table.c, and the one of simulations, in memory. */
enum kind { KIND_LMDB, KIND_MEMORY };

struct room {
    enum kind kind;
    struct memory_shelf shelf;
    struct memory_storage memory;
    struct store_keyed keyed;
    struct folder folder;
    struct seed seed;
    struct store store;
    struct batch_maker maker;
};

static void forget_keyed(struct store_keyed *keyed)
{
    keyed->txn.handle = NULL;
}

static void open_room_store(struct room *room)
{
    if (room->kind == KIND_MEMORY) {
        room->keyed =
            (struct store_keyed){.storage = memory_storage_as_storage(&room->memory), .close = forget_keyed};
        room->store = store_keyed_as_store(&room->keyed);
        return;
    }
    char path[128];
    folder_join(&room->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(64) << 20,
                                      .random = seed_as_random(&room->seed)};
    ok(store_open(&settings, &room->store));
}

static int set_up_kind(void **state, enum kind kind)
{
    struct room *room = calloc(1, sizeof(*room));
    assert_non_null(room);
    room->kind = kind;
    memory_storage_init(&room->memory, &room->shelf, STORE_KEYED_TABLE_COUNT, UINT64_C(64) << 20);
    ok(vault_open());
    room->folder = folder_make();
    room->seed = (struct seed){7};
    open_room_store(room);
    batch_maker_init(&room->maker, "till-1", 11);
    *state = room;
    return 0;
}

static int set_up_lmdb(void **state)
{
    return set_up_kind(state, KIND_LMDB);
}

static int set_up_memory(void **state)
{
    return set_up_kind(state, KIND_MEMORY);
}

static int tear_down(void **state)
{
    struct room *room = *state;
    store_close(&room->store);
    folder_remove(&room->folder);
    memory_shelf_close(&room->shelf);
    free(room);
    return 0;
}

/* Appends in a transaction of its own, committed if that went well. */
static enum err append(struct room *room, const struct wire_batch *batch, struct store_appended *out)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(room->store, STORE_WRITE, &txn));
    TRY(store_append(&txn, batch, out));
    return store_commit(&txn);
}

static void store_append__keeps_records_and_moves_the_mark(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    ok(append(room, batch_maker_taps(&room->maker, 3), &appended));
    assert_int_equal(appended.mark.hw, 3);
    assert_int_equal(appended.first_new, 0);
    assert_memory_equal(appended.mark.hash, room->maker.hash, HASH_SIZE);
    ok(append(room, batch_maker_taps(&room->maker, 2), &appended));
    assert_int_equal(appended.mark.hw, 5);
}

static void store_append__takes_the_same_batch_twice_as_once(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    const struct wire_batch *batch = batch_maker_taps(&room->maker, 3);
    ok(append(room, batch, &appended));
    ok(append(room, batch, &appended));
    assert_int_equal(appended.mark.hw, 3);
    assert_int_equal(appended.first_new, 3);
    assert_memory_equal(appended.hash, room->maker.hash, HASH_SIZE);
}

static void store_append__skips_the_known_part_of_an_overlapping_batch(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    struct batch_maker whole;
    batch_maker_init(&whole, "till-1", 11);
    ok(append(room, batch_maker_taps(&room->maker, 2), &appended));
    ok(append(room, batch_maker_taps(&whole, 5), &appended));
    assert_int_equal(appended.mark.hw, 5);
    assert_int_equal(appended.first_new, 2);
}

static void store_append__refuses_a_gap_and_keeps_nothing(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    (void)batch_maker_taps(&room->maker, 2);
    assert_int_equal(append(room, batch_maker_taps(&room->maker, 1), &appended), ERR_GAP);
    assert_int_equal(appended.mark.hw, 0);
}

static void store_append__names_the_first_record_that_differs(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    struct batch_maker other;
    batch_maker_init(&other, "till-1", 11);
    ok(append(room, batch_maker_taps(&room->maker, 4), &appended));
    batch_maker_begin(&other);
    batch_maker_add_raw(&other, room->maker.records[0]);
    batch_maker_add_raw(&other, span_of("other", 5));
    batch_maker_add_raw(&other, span_of("more", 4));
    assert_int_equal(append(room, batch_maker_end(&other), &appended), ERR_FORK);
    assert_int_equal(appended.fork_seq, 2);
    assert_int_equal(appended.mark.hw, 4);
}

static void store_append__calls_a_chain_that_does_not_fit_a_fork(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    ok(append(room, batch_maker_taps(&room->maker, 2), &appended));
    room->maker.hash[0] ^= 1;
    assert_int_equal(append(room, batch_maker_taps(&room->maker, 1), &appended), ERR_FORK);
    assert_int_equal(appended.fork_seq, 3);
}

static void store_append__refuses_numbers_that_cannot_be(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    struct wire_batch batch = *batch_maker_taps(&room->maker, 2);
    batch.head.first_seq = 0;
    assert_int_equal(append(room, &batch, &appended), ERR_ARGUMENT);
    batch.head.first_seq = UINT64_MAX;
    assert_int_equal(append(room, &batch, &appended), ERR_ARGUMENT);
}

static void store_end__leaves_no_trace_of_an_abort(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    struct store_mark mark;
    struct store_txn txn;
    ok(store_begin(room->store, STORE_WRITE, &txn));
    ok(store_append(&txn, batch_maker_taps(&room->maker, 2), &appended));
    ok(store_put(&txn, STORE_META, span_of_text("a"), span_of_text("b")));
    store_abort(&txn);
    ok(store_begin(room->store, STORE_READ, &txn));
    struct span body;
    assert_int_equal(store_get_mark(&txn, "till-1", 11, &mark), ERR_NOT_FOUND);
    assert_int_equal(store_get(&txn, STORE_META, span_of_text("a"), &body), ERR_NOT_FOUND);
    store_abort(&txn);
}

static void store_open__finds_again_what_was_committed(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    ok(append(room, batch_maker_taps(&room->maker, 2), &appended));
    store_close(&room->store);
    open_room_store(room);
    struct store_txn txn;
    struct store_mark mark;
    ok(store_begin(room->store, STORE_READ, &txn));
    ok(store_get_mark(&txn, "till-1", 11, &mark));
    store_abort(&txn);
    assert_int_equal(mark.hw, 2);
}

struct seen {
    unsigned count;
    uint64_t last_seq;
    char last_till[TILL_ID_MAX + 1];
    bool is_ordered;
};

static bool see(void *context, const struct store_record_id *id, struct span record)
{
    struct seen *seen = context;
    (void)record;
    int order = strcmp(seen->last_till, id->till);
    seen->is_ordered = seen->is_ordered && (order < 0 || (order == 0 && id->seq == seen->last_seq + 1));
    memcpy(seen->last_till, id->till, sizeof(seen->last_till));
    seen->last_seq = id->seq;
    seen->count++;
    return true;
}

static void store_scan_records__visits_tills_and_numbers_in_order(void **state)
{
    struct room *room = *state;
    struct store_appended appended;
    struct batch_maker other;
    batch_maker_init(&other, "till", 12); /* the other's id without its end */
    ok(append(room, batch_maker_taps(&room->maker, 10), &appended));
    ok(append(room, batch_maker_taps(&other, 5), &appended));
    struct store_txn txn;
    struct seen seen = {.is_ordered = true};
    struct store_record_id all = {.till = ""};
    ok(store_begin(room->store, STORE_READ, &txn));
    ok(store_scan_records(&txn, &all, see, &seen));
    assert_int_equal(seen.count, 15);
    assert_true(seen.is_ordered);
    struct store_record_id from = {.till = "till-1", .incarnation = 11, .seq = 8};
    seen = (struct seen){.is_ordered = true, .last_seq = 7};
    ok(store_scan_records(&txn, &from, see, &seen));
    assert_int_equal(seen.count, 3);
    store_abort(&txn);
}

static bool count_document(void *context, struct span key, struct span body)
{
    (void)key;
    (void)body;
    unsigned *count = context;
    return ++*count < 2;
}

static void store_documents__are_put_replaced_scanned_and_removed(void **state)
{
    struct room *room = *state;
    struct store_txn txn;
    struct span body;
    unsigned count = 0;
    ok(store_begin(room->store, STORE_WRITE, &txn));
    ok(store_put(&txn, STORE_TILLS, span_of_text("a"), span_of_text("one")));
    ok(store_put(&txn, STORE_TILLS, span_of_text("b"), span_of_text("two")));
    ok(store_put(&txn, STORE_TILLS, span_of_text("c"), span_of("", 0)));
    ok(store_put(&txn, STORE_TILLS, span_of_text("a"), span_of_text("three")));
    ok(store_get(&txn, STORE_TILLS, span_of_text("a"), &body));
    assert_true(span_is_equal(body, span_of_text("three")));
    ok(store_scan(&txn, STORE_TILLS, span_of(NULL, 0), count_document, &count));
    assert_int_equal(count, 2); /* stopped by the visitor */
    ok(store_put(&txn, STORE_TILLS, span_of_text("a"), span_of(NULL, 0)));
    ok(store_put(&txn, STORE_TILLS, span_of_text("a"), span_of(NULL, 0)));
    assert_int_equal(store_get(&txn, STORE_TILLS, span_of_text("a"), &body), ERR_NOT_FOUND);
    ok(store_get(&txn, STORE_TILLS, span_of_text("c"), &body));
    assert_int_equal(body.size, 0);
    ok(store_commit(&txn));
}

static void store_open__refuses_a_kind_that_is_not_there(void **state)
{
    (void)state;
    struct store_settings settings = {.kind = "clay tablets"};
    struct store store;
    assert_int_equal(store_open(&settings, &store), ERR_UNSUPPORTED);
}

#define CASE(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, set_up_lmdb, tear_down),                                           \
        cmocka_unit_test_setup_teardown(name, set_up_memory, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(store_append__keeps_records_and_moves_the_mark),
        CASE(store_append__takes_the_same_batch_twice_as_once),
        CASE(store_append__skips_the_known_part_of_an_overlapping_batch),
        CASE(store_append__refuses_a_gap_and_keeps_nothing),
        CASE(store_append__names_the_first_record_that_differs),
        CASE(store_append__calls_a_chain_that_does_not_fit_a_fork),
        CASE(store_append__refuses_numbers_that_cannot_be),
        CASE(store_end__leaves_no_trace_of_an_abort),
        CASE(store_open__finds_again_what_was_committed),
        CASE(store_scan_records__visits_tills_and_numbers_in_order),
        CASE(store_documents__are_put_replaced_scanned_and_removed),
        cmocka_unit_test(store_open__refuses_a_kind_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
