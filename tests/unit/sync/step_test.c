/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/seed.h"
#include "sync/step.h"

static const struct step_settings settings = {.backoff_ms_max = 100, .ack_timeout_ms = 500};

struct rig {
    struct step_state s;
    struct step_outputs out;
    uint64_t now_ms;
};

static void take(struct rig *rig, struct step_event event)
{
    event.now_mono_ms = rig->now_ms;
    step_take(&rig->s, &event, &rig->out);
}

static bool asked(const struct rig *rig, enum step_output_kind kind, uint64_t number)
{
    for (size_t i = 0; i < rig->out.count; i++) {
        if (rig->out.items[i].kind == kind && (number == UINT64_MAX || rig->out.items[i].number == number))
            return true;
    }
    return false;
}

static kassa_Ack ack_of(const struct rig *rig, kassa_AckStatus status, uint64_t hw)
{
    kassa_Ack ack = {.incarnation = rig->s.incarnation, .status = status, .hw = hw, .credit = 1};
    ack.hash.size = HASH_SIZE;
    return ack;
}

static void answer(struct rig *rig, kassa_Ack ack, enum step_own own_hw, enum step_own own_through)
{
    take(rig, (struct step_event){
                  .kind = STEP_ANSWERED, .answer = &ack, .own_hw = own_hw, .own_through = own_through});
}

static void permit(struct rig *rig, uint64_t hw, enum step_own own)
{
    kassa_Ack ack = ack_of(rig, kassa_AckStatus_ACK_OK, hw);
    ack.birth = rig->s.birth;
    answer(rig, ack, own, STEP_OWN_UNKNOWN);
}

static void send_through(struct rig *rig, uint64_t last_seq)
{
    take(rig, (struct step_event){.kind = STEP_BATCHED, .last_seq = last_seq});
}

/* A till of 10 records, 4 of them acknowledged, that has sent its birth. */
static struct rig born(void)
{
    struct rig rig = {.now_ms = 1000};
    step_init(&rig.s, &settings, 77, 10, 4);
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_CONNECT, UINT64_MAX));
    take(&rig, (struct step_event){.kind = STEP_CONNECTED, .random = 5});
    assert_true(asked(&rig, STEP_BIRTH, 5));
    return rig;
}

static void step__sends_nothing_before_the_permit(void **state)
{
    (void)state;
    struct rig rig = born();
    take(&rig, (struct step_event){.kind = STEP_APPENDED, .last_seq = 11});
    assert_int_equal(rig.out.count, 0);
    kassa_Ack stale = ack_of(&rig, kassa_AckStatus_ACK_OK, 4);
    stale.birth = 4; /* the answer to an earlier birth */
    answer(&rig, stale, STEP_OWN_FITS, STEP_OWN_UNKNOWN);
    assert_int_equal(rig.s.state, SYNC_BORN);
    permit(&rig, 4, STEP_OWN_FITS);
    assert_true(asked(&rig, STEP_BATCH, 5));
}

static void step__repeats_the_birth_until_it_is_answered(void **state)
{
    (void)state;
    struct rig rig = born();
    rig.now_ms += 499;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_int_equal(rig.out.count, 0);
    rig.now_ms += 1;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_BIRTH, 5));
}

static void step__repeats_the_birth_at_once_when_it_hears_that_the_hub_is_back(void **state)
{
    (void)state;
    struct rig rig = born();
    rig.now_ms += 300;
    take(&rig, (struct step_event){.kind = STEP_HEARD, .random = STEP_HEARD_MS_MAX + 1}); /* no jitter */
    assert_int_equal(rig.out.count, 0);
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_BIRTH, 5));
    /* what comes right behind it does not repeat it again and again */
    take(&rig, (struct step_event){.kind = STEP_HEARD, .random = 0});
    rig.now_ms += STEP_HEARD_MS - 1;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_int_equal(rig.out.count, 0);
    permit(&rig, 4, STEP_OWN_FITS);
    uint64_t due = step_due_mono_ms(&rig.s);
    take(&rig, (struct step_event){.kind = STEP_HEARD, .random = 0}); /* and once it is answered, nothing */
    assert_true(step_due_mono_ms(&rig.s) == due);
}

static void step__keeps_one_batch_in_flight_unless_there_is_credit(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 4, STEP_OWN_FITS);
    send_through(&rig, 6);
    assert_int_equal(rig.out.count, 0);
    rig = born();
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_OK, 4);
    ack.birth = 5;
    ack.credit = 2;
    answer(&rig, ack, STEP_OWN_FITS, STEP_OWN_UNKNOWN);
    send_through(&rig, 6);
    assert_true(asked(&rig, STEP_BATCH, 7));
    send_through(&rig, 8);
    assert_int_equal(rig.out.count, 0);
}

static void step__moves_the_mark_only_where_the_hash_is_its_own(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 4, STEP_OWN_FITS);
    send_through(&rig, 10);
    answer(&rig, ack_of(&rig, kassa_AckStatus_ACK_OK, 10), STEP_OWN_DIFFERS, STEP_OWN_UNKNOWN);
    assert_false(asked(&rig, STEP_ACKNOWLEDGE, UINT64_MAX));
    assert_int_equal(rig.s.acked_seq, 4);
    answer(&rig, ack_of(&rig, kassa_AckStatus_ACK_OK, 10), STEP_OWN_FITS, STEP_OWN_UNKNOWN);
    assert_true(asked(&rig, STEP_ACKNOWLEDGE, 10));
}

static void step__sends_again_what_is_not_answered(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 4, STEP_OWN_FITS);
    send_through(&rig, 8);
    rig.now_ms += 500;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_BATCH, 5));
    assert_int_equal(rig.s.resends, 1);
}

static void step__goes_back_to_where_a_hub_from_a_backup_stands(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 2, STEP_OWN_FITS);
    assert_true(asked(&rig, STEP_BATCH, 3));
    assert_int_equal(rig.s.acked_seq, 4);
}

static void step__carries_what_it_has_when_the_hub_wants_what_is_trimmed(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 0, STEP_OWN_FITS);
    take(&rig, (struct step_event){.kind = STEP_BATCHED, .error = ERR_NOT_FOUND, .last_seq = 3});
    assert_true(asked(&rig, STEP_NEW_INCARNATION, 3));
}

static void step__of_an_old_image_sends_its_tail_before_it_takes_a_new_incarnation(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 25, STEP_OWN_BEYOND);
    assert_true(asked(&rig, STEP_BATCH, 5));
    send_through(&rig, 10);
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_OK, 25);
    ack.through = 10;
    answer(&rig, ack, STEP_OWN_BEYOND, STEP_OWN_FITS);
    assert_true(asked(&rig, STEP_ACKNOWLEDGE, 10));
    assert_true(asked(&rig, STEP_NEW_INCARNATION, 11)); /* what comes behind the last that is settled */
    take(&rig, (struct step_event){.kind = STEP_RENEWED, .incarnation = 78, .last_seq = 0});
    assert_int_equal(rig.s.incarnation, 78);
    assert_int_equal(rig.s.state, SYNC_OFFLINE);
}

static void step__carries_from_the_fork_on_where_that_is_sure(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 8, STEP_OWN_DIFFERS);
    send_through(&rig, 10);
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_FORK, 8);
    ack.expect_seq = 7;
    ack.through = 4; /* compared from 5 on */
    struct rig unsure = rig;
    answer(&rig, ack, STEP_OWN_DIFFERS, STEP_OWN_UNKNOWN);
    assert_true(asked(&rig, STEP_NEW_INCARNATION, 7));
    ack.through = 6; /* 5 and 6 were not looked at */
    answer(&unsure, ack, STEP_OWN_DIFFERS, STEP_OWN_UNKNOWN);
    assert_true(asked(&unsure, STEP_NEW_INCARNATION, 5));
}

static void step__believes_no_mark_that_it_cannot_compare(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 8, STEP_OWN_UNKNOWN); /* the disk did not answer just now */
    assert_true(asked(&rig, STEP_BATCH, 5));
}

static void step__ignores_the_fork_of_a_batch_that_is_not_on_its_way(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 4, STEP_OWN_FITS);
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_FORK, 9);
    ack.expect_seq = 7;
    ack.through = 6;
    answer(&rig, ack, STEP_OWN_UNKNOWN, STEP_OWN_UNKNOWN); /* none is */
    assert_int_equal(rig.out.count, 0);
    send_through(&rig, 10);
    ack.expect_seq = 3; /* a clone's: below what is sure no record of ours can differ */
    answer(&rig, ack, STEP_OWN_UNKNOWN, STEP_OWN_UNKNOWN);
    assert_int_equal(rig.out.count, 0);
    assert_int_equal(rig.s.state, SYNC_LIVE);
}

static void step__does_not_take_a_gap_of_a_foreign_chain_for_its_own(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 8, STEP_OWN_DIFFERS);
    send_through(&rig, 6);
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_GAP, 8);
    ack.expect_seq = 9;
    answer(&rig, ack, STEP_OWN_DIFFERS, STEP_OWN_UNKNOWN);
    assert_true(asked(&rig, STEP_BATCH, 5));
}

static void step__waits_when_asked_for_patience_and_is_born_again(void **state)
{
    (void)state;
    struct rig rig = born();
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_THROTTLE, 4);
    ack.birth = 5;
    ack.throttle_ms = 2000;
    answer(&rig, ack, STEP_OWN_FITS, STEP_OWN_UNKNOWN);
    assert_int_equal(rig.s.state, SYNC_WAITING);
    rig.now_ms += 2000;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_BIRTH, 5));
}

static void step__stays_away_when_fenced_and_tries_again_later(void **state)
{
    (void)state;
    struct rig rig = born();
    kassa_Ack ack = ack_of(&rig, kassa_AckStatus_ACK_FENCED, 0);
    ack.birth = 5;
    answer(&rig, ack, STEP_OWN_UNKNOWN, STEP_OWN_UNKNOWN);
    assert_true(asked(&rig, STEP_DISCONNECT, UINT64_MAX));
    take(&rig, (struct step_event){.kind = STEP_DISCONNECTED});
    assert_int_equal(rig.s.state, SYNC_FENCED);
    rig.now_ms += STEP_FENCED_MS;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_CONNECT, UINT64_MAX));
}

static void step__says_once_that_the_broker_drops_what_it_sends_and_has_patience(void **state)
{
    (void)state;
    struct rig rig = born();
    permit(&rig, 4, STEP_OWN_FITS);
    send_through(&rig, 10);
    take(&rig, (struct step_event){.kind = STEP_DENIED});
    assert_true(asked(&rig, STEP_FAULT, UINT64_MAX));
    assert_int_equal(rig.s.state, SYNC_WAITING);
    assert_int_equal(rig.s.acked_seq, 4);
    rig.now_ms += STEP_REFUSED_MS;
    take(&rig, (struct step_event){.kind = STEP_TIME});
    assert_true(asked(&rig, STEP_BIRTH, 5));
    take(&rig, (struct step_event){.kind = STEP_DENIED});
    assert_false(asked(&rig, STEP_FAULT, UINT64_MAX));
}

static void step__times_each_attempt_within_the_back_off(void **state)
{
    (void)state;
    struct rig rig = born();
    for (uint64_t random = 0; random < 1000; random += 7) {
        take(&rig, (struct step_event){.kind = STEP_DISCONNECTED, .random = random});
        assert_in_range(step_due_mono_ms(&rig.s), rig.now_ms, rig.now_ms + 100);
        rig.now_ms += 100;
        take(&rig, (struct step_event){.kind = STEP_TIME});
        assert_true(asked(&rig, STEP_CONNECT, UINT64_MAX));
    }
}

/* Whatever comes in whatever state: the numbers keep their order, the outputs stay within their bounds. */
static void step__keeps_its_invariants_under_any_sequence_of_events(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    struct rig rig = born();
    for (unsigned i = 0; i < 200000; i++) {
        kassa_Ack ack = ack_of(&rig, (kassa_AckStatus)seed_below(&seed, 7), seed_below(&seed, 30));
        ack.birth = seed_below(&seed, 2) == 0 ? rig.s.birth : 0;
        ack.expect_seq = seed_below(&seed, 30);
        ack.through = seed_below(&seed, 30);
        ack.credit = (uint32_t)seed_below(&seed, 20);
        struct step_event event = {.kind = (enum step_event_kind)seed_below(&seed, STEP_RENEWED + 1),
                                   .random = seed_next(&seed),
                                   .incarnation = 77,
                                   .last_seq = rig.s.last_seq,
                                   .answer = &ack,
                                   .own_hw = (enum step_own)seed_below(&seed, 4),
                                   .own_through = (enum step_own)seed_below(&seed, 4)};
        if (event.kind == STEP_BATCHED && !asked(&rig, STEP_BATCH, UINT64_MAX))
            continue; /* comes only when it was asked for */
        ack.hw = event.own_hw == STEP_OWN_FITS && ack.hw > rig.s.last_seq ? rig.s.last_seq : ack.hw;
        ack.through =
            event.own_through == STEP_OWN_FITS && ack.through > rig.s.last_seq ? rig.s.last_seq : ack.through;
        uint64_t acked_before = rig.s.acked_seq;
        rig.now_ms += seed_below(&seed, 400);
        take(&rig, event);
        assert_true(rig.s.acked_seq <= rig.s.last_seq);
        assert_true(rig.s.base_seq <= rig.s.sent_seq);
        assert_true(rig.s.in_flight_count <= STEP_CREDIT_MAX);
        assert_true(rig.s.acked_seq >= acked_before || event.kind == STEP_RENEWED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step__sends_nothing_before_the_permit),
        cmocka_unit_test(step__repeats_the_birth_until_it_is_answered),
        cmocka_unit_test(step__repeats_the_birth_at_once_when_it_hears_that_the_hub_is_back),
        cmocka_unit_test(step__keeps_one_batch_in_flight_unless_there_is_credit),
        cmocka_unit_test(step__moves_the_mark_only_where_the_hash_is_its_own),
        cmocka_unit_test(step__sends_again_what_is_not_answered),
        cmocka_unit_test(step__goes_back_to_where_a_hub_from_a_backup_stands),
        cmocka_unit_test(step__carries_what_it_has_when_the_hub_wants_what_is_trimmed),
        cmocka_unit_test(step__of_an_old_image_sends_its_tail_before_it_takes_a_new_incarnation),
        cmocka_unit_test(step__carries_from_the_fork_on_where_that_is_sure),
        cmocka_unit_test(step__believes_no_mark_that_it_cannot_compare),
        cmocka_unit_test(step__ignores_the_fork_of_a_batch_that_is_not_on_its_way),
        cmocka_unit_test(step__does_not_take_a_gap_of_a_foreign_chain_for_its_own),
        cmocka_unit_test(step__waits_when_asked_for_patience_and_is_born_again),
        cmocka_unit_test(step__stays_away_when_fenced_and_tries_again_later),
        cmocka_unit_test(step__says_once_that_the_broker_drops_what_it_sends_and_has_patience),
        cmocka_unit_test(step__times_each_attempt_within_the_back_off),
        cmocka_unit_test(step__keeps_its_invariants_under_any_sequence_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
