/* SPDX-License-Identifier: Apache-2.0 */
/* What a till goes back to: from a book that was withdrawn, and from a copy that is damaged; and a trial that does
 * not hold up the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../harness/book_stall.h"
#include "../../harness/ok.h"

#define HOUR_MS 3600000

static int set_up(void **state)
{
    *state = stall_new();
    return 0;
}

static int tear_down(void **state)
{
    stall_delete(*state);
    return 0;
}

/* A timestamp that names an offer's book for all, and withdraws a version. */
static void name_and_withdraw(struct stall *stall, struct stall_offer *offer, uint64_t withdrawn)
{
    stall->wall_unix_ms += 1000;
    offer->timestamp = stall_timestamp(stall, &offer->book, offer->manifest.version);
    offer->timestamp.withdrawn[offer->timestamp.withdrawn_count++] = withdrawn;
    stall_sign_timestamp(stall, &offer->timestamp, &offer->stamp);
}

/* What it asks for, once it is time. */
static kassa_BookPull next_pull(struct stall *stall)
{
    kassa_BookPull pull = kassa_BookPull_init_zero;
    uint64_t due = books_pull_due(stall->books);
    assert_true(due != BOOKS_NEVER);
    stall->mono_ms = due > stall->mono_ms ? due : stall->mono_ms;
    assert_true(books_next_pull(stall->books, &pull));
    return pull;
}

static void take(struct stall *stall, const struct stall_offer *offer)
{
    stall_tell(stall, NULL, &offer->stamp, &offer->book);
    stall_send_chunks(stall, offer->manifest.version);
}

static void books__withdrawn_without_an_earlier_one_go_and_the_one_that_stands_comes(void **state)
{
    struct stall *stall = *state;
    struct stall_offer earlier;
    stall_publish(stall, 6);
    stall_make_offer(stall, 5, &earlier);
    name_and_withdraw(stall, &earlier, 6);
    stall_tell(stall, NULL, &earlier.stamp, NULL);
    assert_true(stall_heard(stall, TRUST_NO_EARLIER));
    assert_int_equal(stall->in_force, 0); /* it is priced with no more ... */
    assert_false(books_may_use(stall->books));
    stall_restart(stall);
    assert_false(books_may_use(stall->books)); /* ... also after a restart */
    stall_tell(stall, NULL, &earlier.stamp, NULL);
    assert_int_equal(next_pull(stall).version, 5);
    take(stall, &earlier);
    assert_int_equal(stall_version(stall), 5);
    assert_int_equal(stall->in_force, 5);
    assert_true(books_may_use(stall->books));
    assert_int_equal(books_give_back(stall->books, TRUST_FAULTY, "faults"), ERR_NOT_FOUND);
    assert_int_equal(stall_version(stall), 5); /* the withdrawn one is nothing to go back to */
    stall_publish(stall, 7);
    assert_int_equal(stall_version(stall), 7);
}

static void books__withdrawn_give_way_to_the_one_that_stands_though_another_was_before(void **state)
{
    struct stall *stall = *state;
    struct stall_offer standing;
    stall_publish(stall, 3);
    stall_publish(stall, 6);
    stall_make_offer(stall, 5, &standing); /* of which this till never heard */
    name_and_withdraw(stall, &standing, 6);
    stall_tell(stall, NULL, &standing.stamp, NULL);
    assert_int_equal(stall_version(stall), 3);
    assert_int_equal(next_pull(stall).version, 5);
    take(stall, &standing);
    assert_int_equal(stall_version(stall), 5);
}

static void books__below_a_withdrawn_one_are_taken_only_where_they_stand(void **state)
{
    struct stall *stall = *state;
    struct stall_offer standing, older, withdrawn;
    stall_publish(stall, 3);
    stall_publish(stall, 6);
    stall_make_offer(stall, 5, &standing);
    stall_make_offer(stall, 4, &older);
    stall_make_offer(stall, 6, &withdrawn);
    name_and_withdraw(stall, &standing, 6);
    stall_tell(stall, NULL, &standing.stamp, NULL);
    stall_forget(stall);
    stall_tell(stall, NULL, NULL, &older.book); /* signed, and named by nobody any more */
    assert_true(stall_heard(stall, TRUST_ROLLBACK));
    stall_tell(stall, NULL, NULL, &withdrawn.book);
    stall_send_chunks(stall, 4);
    stall_send_chunks(stall, 6);
    assert_int_equal(stall_version(stall), 3);
    take(stall, &standing);
    assert_int_equal(stall_version(stall), 5);
    stall_forget(stall);
    stall->mono_ms += HOUR_MS; /* so that it is told again */
    stall_tell(stall, NULL, NULL, &older.book);
    assert_true(stall_heard(stall, TRUST_ROLLBACK)); /* 5 holds it now */
    name_and_withdraw(stall, &older, 6);             /* ... also against who has the timestamp's key */
    take(stall, &older);
    assert_int_equal(stall_version(stall), 5);
}

static void books__of_which_the_copy_is_damaged_come_again(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    stall_publish(stall, 5);
    stall_publish(stall, 6);
    ok(books_give_back(stall->books, TRUST_NOT_KEPT, "its copy here is damaged"));
    assert_int_equal(stall->in_force, 5);
    stall_restart(stall);
    stall_make_offer(stall, 6, &offer);
    stall_tell(stall, NULL, &offer.stamp, NULL);
    assert_int_equal(next_pull(stall).version, 6);
    take(stall, &offer);
    assert_int_equal(stall_version(stall), 6);
    assert_int_equal(stall->in_force, 6);
    assert_int_equal(bookcase_get(stall->bookcase, BOOKCASE_BEFORE).version, 5);
}

static void books__of_which_the_only_copy_is_damaged_come_again(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    stall_publish(stall, 6);
    assert_int_equal(books_give_back(stall->books, TRUST_NOT_KEPT, "damaged"), ERR_NOT_FOUND);
    stall_make_offer(stall, 6, &offer);
    offer.manifest.hash.bytes[0] ^= 1;
    stall_sign_and_name(stall, &offer, (const enum kit_key[]){KIT_RULES_ANA, KIT_RULES_BO, KIT_KEYS});
    stall_forget(stall);
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    assert_true(stall_heard(stall, TRUST_CONFLICT)); /* other bytes are none of it, whoever signs them */
    stall_make_offer(stall, 6, &offer);
    unsigned uses = stall->uses;
    take(stall, &offer);
    assert_int_equal(stall->uses, uses + 1);
    assert_int_equal(stall_version(stall), 6);
}

static void books__of_which_each_copy_is_damaged_come_once_an_hour(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    stall_publish(stall, 6);
    unsigned uses = stall->uses;
    for (unsigned minute = 0; minute < 180; minute++) {
        stall->mono_ms += HOUR_MS / 60;
        (void)!books_give_back(stall->books, TRUST_NOT_KEPT, "damaged");
        stall_make_offer(stall, 6, &offer);
        take(stall, &offer);
    }
    assert_in_range(stall->uses - uses, 3, 4);
}

static void books__are_tried_in_slices_and_given_up_when_halted_meanwhile(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    stall_publish(stall, 5);
    stall->slices = 4;
    stall_make_offer(stall, 6, &offer);
    take(stall, &offer); /* the first slice */
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(stall->in_force, 5);
        assert_true(books_run(stall->books) <= stall->mono_ms || i == 2);
    }
    assert_int_equal(stall->in_force, 6);
    stall_make_offer(stall, 7, &offer);
    take(stall, &offer);
    stall->wall_unix_ms += 1000;
    offer.timestamp = stall_timestamp(stall, &offer.book, 7);
    offer.timestamp.halted[offer.timestamp.halted_count++] = 7;
    stall_sign_timestamp(stall, &offer.timestamp, &offer.stamp);
    stall_tell(stall, NULL, &offer.stamp, NULL);
    for (unsigned i = 0; i < 10; i++)
        (void)books_run(stall->books);
    assert_int_equal(stall->in_force, 6);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(books__withdrawn_without_an_earlier_one_go_and_the_one_that_stands_comes),
        CASE(books__withdrawn_give_way_to_the_one_that_stands_though_another_was_before),
        CASE(books__below_a_withdrawn_one_are_taken_only_where_they_stand),
        CASE(books__of_which_the_copy_is_damaged_come_again),
        CASE(books__of_which_the_only_copy_is_damaged_come_again),
        CASE(books__of_which_each_copy_is_damaged_come_once_an_hour),
        CASE(books__are_tried_in_slices_and_given_up_when_halted_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
