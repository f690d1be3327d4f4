/* SPDX-License-Identifier: Apache-2.0 */
/* Books that are signed and bad: their trial on sales of before, and limits of the till that none of them lifts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"
#include "offers/conditions_cel.h"

static const uint8_t book_hash[HASH_SIZE] = {9, 8, 7};
static const struct till_limits none;

static void limit(struct desk *desk, struct till_limits limits)
{
    ((struct till_settings *)(uintptr_t)till_get_settings(desk->till))->limits = limits;
}

static struct book_source_offer *percent(struct shelf *shelf, const char *id, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(shelf, id, BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = bp;
    return offer;
}

static void sell(struct desk *desk, int64_t price_minor, int64_t units)
{
    struct till_outcome out;
    char key[24];
    (void)snprintf(key, sizeof key, "s%d", (int)++desk->next_key);
    desk_put_basket(desk, key, price_minor, units);
    ok(desk_commit(desk, key, key, price_minor * units, &out));
}

static struct till_priced priced(const struct desk *desk)
{
    struct till_priced out;
    assert_true(till_get_basket(desk->till, &out));
    return out;
}

/* The newest fault of the journal, after a flush. */
static void expect_fault(struct desk *desk, const char *code, uint64_t version)
{
    struct till_status status;
    till_get_status(desk->till, &status);
    assert_string_equal(status.fault_code, code);
    ok(till_flush(desk->till));
    uint8_t bytes[4096];
    struct journal_record stored;
    static uint8_t memory[16384];
    struct arena arena = arena_of(memory, sizeof memory);
    struct wire_record record;
    for (uint64_t seq = desk_last_seq(desk); seq > 0; seq--) {
        if (desk_kind_at(desk, seq) != kassa_RecordKind_RECORD_TILL_FAULT)
            continue;
        ok(journal_read(desk->journal, seq, bytes, sizeof bytes, &stored));
        ok(wire_record_decode(stored.bytes, &arena, &record));
        assert_string_equal(record.body.till_fault.code, code);
        assert_int_equal(record.body.till_fault.book_version, version);
        return;
    }
    fail_msg("the journal has no fault");
}

/* ---- limits at each basket */

static void till_limits__leave_out_the_offer_that_takes_too_much_off(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    percent(shelf, "small", 1000);
    percent(shelf, "all", 10000); /* what an insider would sign for himself */
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(desk_total(desk), 0); /* the book as it is */
    limit(desk, (struct till_limits){.discount_bp_max = 5000});
    desk_forget_events(desk);
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(desk_total(desk), 900); /* the other one stands */
    assert_true(desk_heard(desk, TILL_FAULT));
    struct till_priced out = priced(desk);
    bool is_explained = false;
    for (uint32_t i = 0; i < out.result->explanation_count; i++)
        is_explained = is_explained || out.result->explanations[i].reason == OFFERS_OVER_LIMIT;
    assert_true(is_explained);
    expect_fault(desk, "book.limit", shelf->book.header.version);
    desk_forget_events(desk);
    desk_put_basket(desk, "b", 1100, 1); /* not at each basket again */
    assert_int_equal(desk_total(desk), 990);
    assert_false(desk_heard(desk, TILL_FAULT));
    limit(desk, (struct till_limits){.discount_bp_max = 999}); /* just below the small one */
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(desk_total(desk), 1000);
    limit(desk, (struct till_limits){.discount_bp_max = 1000}); /* at it */
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(desk_total(desk), 900);
    struct till_outcome sold;
    ok(desk_commit(desk, "b", "k", 900, &sold));
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static void till_limits__count_what_price_rules_take_off(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *price = shelf_offer(shelf, "one-cent", BOOK_FIXED_PRICE, BOOK_EACH_UNIT);
    price->give.amount_minor = 1;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b", 1000, 3);
    assert_int_equal(desk_total(desk), 3);
    limit(desk, (struct till_limits){.discount_bp_max = 9000});
    desk_put_basket(desk, "b", 1000, 3);
    assert_int_equal(desk_total(desk), 3000);
    limit(desk, (struct till_limits){.unit_price_minor_min = 5});
    desk_put_basket(desk, "b", 1000, 3);
    assert_int_equal(desk_total(desk), 3000);
    desk_put_basket(desk, "b", 4, 3); /* what is cheaper without any offer may be: but not made cheaper */
    assert_int_equal(desk_total(desk), 3);
    limit(desk, (struct till_limits){.unit_price_minor_min = 1});
    desk_put_basket(desk, "b", 1000, 3);
    assert_int_equal(desk_total(desk), 3);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

/* A line that burned points made cheap is no offer's, and says nothing of the next one. */
static void till_limits__look_at_each_line(void **state)
{
    struct desk *desk = *state;
    static const struct span free_item = {(const uint8_t *)"free", 4};
    struct shelf *shelf = shelf_new();
    shelf->source.programme_rules = (struct book_programme){.burn_points = 1,
                                                            .burn_value_minor = 1,
                                                            .burn_as = BOOK_BURN_AS_DISCOUNT,
                                                            .offline_card_day_points = 500,
                                                            .offline_till_day_points = 700};
    struct book_source_offer *price = shelf_offer(shelf, "one-cent", BOOK_FIXED_PRICE, BOOK_EACH_UNIT);
    price->target = shelf_item(&free_item);
    price->give.amount_minor = 1;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    limit(desk, (struct till_limits){.unit_price_minor_min = 50});
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b");
    (void)desk_ring_up(basket, "bread", 60, 1);
    (void)desk_ring_up(basket, "free", 1000, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(till_set_burn(desk->till, 40, &desk->refusal));
    struct till_priced out = priced(desk);
    assert_int_equal(out.gross_minor, 1060); /* the rule is left out ... */
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

/* By default: a free coffee, and a bonus for whoever comes in, are no robbery; a trolley is. */
static void till_limits__let_small_baskets_be_free(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    percent(shelf, "all", 10000);
    struct book_source_offer *bonus = shelf_offer(shelf, "bonus", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    bonus->give.points = 500;
    bonus->give.per_minor = 1;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    limit(desk, (struct till_limits){.discount_bp_max = 9000, .discount_lines_free = 2});
    for (unsigned lines = 1; lines <= 3; lines++) {
        struct till_basket *basket = till_stage_basket(desk->till);
        (void)snprintf(basket->id, sizeof basket->id, "b");
        for (unsigned i = 0; i < lines; i++)
            (void)desk_ring_up(basket, "coffee", 250, 1);
        ok(till_put_basket(desk->till, &desk->refusal));
        assert_int_equal(desk_total(desk), lines <= 2 ? 0 : 750);
    }
    const struct till_book_terms promised = {.limits = {.discount_bp_max = 9000}};
    till_set_book_terms(desk->till, &promised); /* what was signed holds for every basket */
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b", 250, 1);
    assert_int_equal(desk_total(desk), 250);
    ok(desk_tap(desk, DESK_ALICE));
    limit(desk, (struct till_limits){.points_per_unit_max = 1000, .points_free = 10000});
    desk_put_basket(desk, "b", 20, 1);
    assert_int_equal(priced(desk).result->points, 10000);
    desk_put_basket(desk, "b", 21, 1);
    assert_int_equal(priced(desk).result->points, 0);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static void till_limits__leave_out_points_that_are_too_many(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give.points = 1;
    points->give.per_minor = 100;
    struct book_source_offer *flood = shelf_offer(shelf, "flood", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    flood->give.points = 1000;
    flood->give.per_minor = 100;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(priced(desk).result->points, 10010);
    limit(desk, (struct till_limits){.points_per_unit_max = 2});
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(priced(desk).result->points, 10);
    limit(desk, none);
    struct till_book_terms terms = {
        .limits = {.points_per_unit_max = 2}}; /* what the signers promised holds too */
    till_set_book_terms(desk->till, &terms);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(priced(desk).result->points, 10);
    limit(desk, (struct till_limits){.points_per_unit_max = 5000}); /* and the stricter of both */
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(priced(desk).result->points, 10);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

/* ---- the trial */

static struct till_trial try_it(struct desk *desk, const struct shelf *shelf)
{
    struct till_trial trial = {.receipts = 999};
    bool is_done = false;
    ok(till_begin_trial(desk->till, &shelf->book, &none));
    while (!is_done)
        ok(till_go_on_trial(desk->till, /* slice_ms= */ 0, &is_done, &trial));
    return trial;
}

static void till_go_on_trial__prices_the_newest_hundred_sales_and_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    percent(shelf, "half", 5000);
    shelf_build(shelf);
    assert_int_equal(try_it(desk, shelf).receipts, 0);
    for (unsigned i = 0; i < 120; i++)
        sell(desk, 100 + i, 2);
    uint64_t seq = desk_last_seq(desk);
    desk_put_basket(desk, "open", 1000, 1);
    struct till_trial trial = try_it(desk, shelf);
    assert_int_equal(trial.receipts, TILL_TRIAL_RECEIPTS);
    assert_int_equal(trial.faults, 0);
    assert_int_equal(trial.over_limits, 0);
    assert_int_equal(desk_last_seq(desk), seq);
    assert_int_equal(desk_total(desk), 1000); /* the open basket is as it was */
    limit(desk, (struct till_limits){.discount_bp_max = 4999});
    trial = try_it(desk, shelf);
    assert_int_equal(trial.over_limits, TILL_TRIAL_RECEIPTS);
    assert_int_equal(trial.receipt, 120); /* the newest */
    shelf_delete(shelf);
}

static void till_go_on_trial__sells_between_two_slices(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_trial trial;
    bool is_done = false;
    unsigned slices = 0;
    percent(shelf, "half", 5000);
    shelf_build(shelf);
    for (unsigned i = 0; i < 30; i++)
        sell(desk, 100 + i, 2);
    ok(till_begin_trial(desk->till, &shelf->book, &none));
    for (; !is_done; slices++) {
        ok(till_go_on_trial(desk->till, /* slice_ms= */ 0, &is_done, &trial));
        desk_put_basket(desk, "between", 700, 1);
        assert_int_equal(desk_total(desk), 700); /* by the book in force: there is none */
        if (slices % 10 == 0)
            sell(desk, 1000, 1);
    }
    assert_in_range(slices, 30, 200);
    assert_int_equal(trial.receipts, 30); /* those that there were when it began */
    shelf_delete(shelf);
}

static void till_go_on_trial__refuses_a_slow_book_and_not_a_machine_that_stalled_once(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_trial trial;
    bool is_done = false;
    percent(shelf, "half", 5000);
    shelf_build(shelf);
    for (unsigned i = 0; i < 100; i++)
        sell(desk, 100, 1);
    ok(till_begin_trial(desk->till, &shelf->book, &none));
    desk->mono_each_ms = 60000; /* stopped for a minute */
    ok(till_go_on_trial(desk->till, /* slice_ms= */ 0, &is_done, &trial));
    desk->mono_each_ms = 0;
    while (!is_done)
        ok(till_go_on_trial(desk->till, /* slice_ms= */ 0, &is_done, &trial));
    assert_int_equal(trial.faults, 0);
    assert_int_equal(trial.receipts, TILL_TRIAL_RECEIPTS);
    desk->mono_each_ms = 40;
    assert_int_equal(try_it(desk, shelf).faults, 1);
    desk->mono_each_ms = 2000;
    assert_int_equal(try_it(desk, shelf).faults, 1);
    desk->mono_each_ms = 0;
    shelf_delete(shelf);
}

static void till_go_on_trial__finds_what_is_given_on_another_weekday(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    percent(shelf, "sunday", 9000)->weekdays = 1u << 6;
    shelf_build(shelf);
    for (unsigned i = 0; i < 14; i++)
        sell(desk, 100, 1);
    limit(desk, (struct till_limits){.discount_bp_max = 5000});
    assert_int_equal(try_it(desk, shelf).over_limits, 2); /* of fourteen days */
    shelf_delete(shelf);
}

/* A condition that takes more steps than an evaluation has: a loop, as far as there can be one. */
static const char runaway[] =
    "[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, [1,2,3,4,5,6,7,8].all(d,"
    "[1,2,3,4,5,6,7,8].all(e, [1,2,3,4,5,6,7,8].all(f, a + b + c + d + e + f > 0))))))";

static struct span compile(const char *text, void **memory)
{
    struct cel_source source = {.text = span_of_text(text),
                                .declarations = conditions_cel_declarations(false)};
    struct cel_program program;
    struct cel_faults faults;
    *memory = malloc(CEL_MEMORY_SIZE);
    assert_non_null(*memory);
    struct arena arena = arena_of(*memory, CEL_MEMORY_SIZE);
    ok(cel_compile(&source, &arena, &program, &faults));
    return program.bytes;
}

static struct shelf *runaway_shelf(void **memory)
{
    struct shelf *shelf = shelf_new();
    percent(shelf, "good", 1000);
    percent(shelf, "runaway", 2000)->condition = compile(runaway, memory);
    shelf_build(shelf);
    return shelf;
}

static void till_go_on_trial__finds_conditions_that_never_end(void **state)
{
    struct desk *desk = *state;
    void *memory = NULL;
    struct shelf *shelf = runaway_shelf(&memory);
    for (unsigned i = 0; i < 10; i++)
        sell(desk, 1000, 1);
    assert_int_equal(try_it(desk, shelf).faults, 10);
    shelf_delete(shelf);
    free(memory);
}

static void till_count_book_faults__counts_baskets_on_which_the_engine_failed_and_sells(void **state)
{
    struct desk *desk = *state;
    void *memory = NULL;
    struct till_outcome out;
    struct shelf *shelf = runaway_shelf(&memory);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(till_count_book_faults(desk->till), 0);
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(till_count_book_faults(desk->till), 1);
    desk_put_basket(desk, "b", 1000, 1);
    assert_int_equal(till_count_book_faults(desk->till), 1); /* a basket counts once */
    assert_int_equal(desk_total(desk), 900);                 /* without the offer that never ends */
    ok(desk_commit(desk, "b", "k", 900, &out));
    desk_put_basket(desk, "c", 1000, 1);
    assert_int_equal(till_count_book_faults(desk->till), 2);
    ok(till_drop_basket(desk->till));
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(till_count_book_faults(desk->till), 0); /* a book begins anew */
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
    free(memory);
}

static void till_get_book_witness__is_what_the_journal_says_after_a_restart(void **state)
{
    struct desk *desk = *state;
    struct till_book_witness witness;
    struct till_book_terms terms = {.root_version = 3, .signed_unix_ms = 1234567};
    struct shelf *shelf = shelf_new();
    percent(shelf, "small", 1000);
    shelf_build(shelf);
    till_get_book_witness(desk->till, &witness);
    assert_int_equal(witness.version, 0);
    till_set_book_terms(desk->till, &terms);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_restart(desk);
    till_get_book_witness(desk->till, &witness);
    assert_int_equal(witness.version, shelf->book.header.version);
    assert_memory_equal(witness.hash, book_hash, HASH_SIZE);
    assert_int_equal(witness.root_version, 3);
    assert_int_equal(witness.signed_unix_ms, 1234567);
    shelf_delete(shelf);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        CASE(till_limits__leave_out_the_offer_that_takes_too_much_off),
        CASE(till_limits__count_what_price_rules_take_off),
        CASE(till_limits__look_at_each_line),
        CASE(till_limits__let_small_baskets_be_free),
        CASE(till_limits__leave_out_points_that_are_too_many),
        CASE(till_go_on_trial__prices_the_newest_hundred_sales_and_changes_nothing),
        CASE(till_go_on_trial__sells_between_two_slices),
        CASE(till_go_on_trial__refuses_a_slow_book_and_not_a_machine_that_stalled_once),
        CASE(till_go_on_trial__finds_what_is_given_on_another_weekday),
        CASE(till_go_on_trial__finds_conditions_that_never_end),
        CASE(till_count_book_faults__counts_baskets_on_which_the_engine_failed_and_sells),
        CASE(till_get_book_witness__is_what_the_journal_says_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
