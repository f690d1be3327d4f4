/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lan/step.h"

static struct lan_step step;
static struct lan_outputs out;
static uint64_t now;

static void take(struct lan_event event)
{
    event.now_mono_ms = now;
    lan_step_take(&step, &event, &out);
}

static bool has_output(enum lan_output_kind kind)
{
    for (size_t i = 0; i < out.count; i++) {
        if (out.items[i].kind == kind)
            return true;
    }
    return false;
}

static void answer(kassa_LanAnswer said, bool is_own)
{
    said.session = step.session;
    said.number = step.number;
    said.arbiter = 1;
    take((struct lan_event){.kind = LAN_ANSWERED, .answer = &said, .is_own = is_own});
}

static void welcome(uint64_t through, bool is_own)
{
    kassa_LanAnswer said = {.which_answer = kassa_LanAnswer_welcome_tag, .arbiter = 1};
    said.answer.welcome = (kassa_LanWelcome){step.nonce, 77, true, {.incarnation = 7, .through = through}};
    take((struct lan_event){.kind = LAN_ANSWERED, .answer = &said, .is_own = is_own});
}

static void found(uint64_t seq, bool is_use)
{
    take((struct lan_event){.kind = LAN_FOUND, .seq = seq, .is_use = is_use});
}

static void mark(uint64_t through)
{
    answer((kassa_LanAnswer){.which_answer = kassa_LanAnswer_mark_tag,
                             .answer.mark = {.incarnation = 7, .through = through}},
           false);
}

static void judge(kassa_LanVerdict verdict)
{
    answer(
        (kassa_LanAnswer){.which_answer = kassa_LanAnswer_judged_tag, .answer.judged = {.verdict = verdict}},
        false);
}

static void reach_joining(void)
{
    struct lan_step_settings settings = {1000, 150};
    now = 1;
    lan_step_init(&step, &settings, 7, /* last_seq= */ 5, 99);
    take((struct lan_event){.kind = LAN_TIME});
    assert_true(has_output(LAN_CONNECT));
    take((struct lan_event){.kind = LAN_CONNECTED});
    assert_true(has_output(LAN_JOIN));
}

static int setup(void **state)
{
    (void)state;
    reach_joining();
    welcome(5, true);
    assert_true(has_output(LAN_FIND));
    found(5, false);
    mark(5);
    assert_true(lan_step_is_joined(&step));
    return 0;
}

static void lan_step_take__tells_from_the_mark_that_is_its_own_and_else_from_the_first(void **state)
{
    (void)state;
    reach_joining();
    welcome(3, true);
    assert_int_equal(step.told_seq, 3);
    reach_joining();
    welcome(3, false); /* another chain's: an old image, or the arbiter is */
    assert_int_equal(step.told_seq, 0);
    reach_joining();
    welcome(6, true); /* beyond what there is */
    assert_int_equal(step.told_seq, 0);
}

static void lan_step_take__is_joined_only_when_all_is_told(void **state)
{
    (void)state;
    reach_joining();
    welcome(0, false);
    found(2, true);
    assert_int_equal(step.word, LAN_WORD_TOLD);
    mark(2);
    assert_false(lan_step_is_joined(&step));
    found(5, false);
    mark(5);
    assert_true(lan_step_is_joined(&step));
}

static void lan_step_take__claims_only_behind_what_it_used(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_APPENDED, .incarnation = 7, .seq = 7});
    assert_true(has_output(LAN_FIND));
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    found(6, true);
    assert_int_equal(step.word, LAN_WORD_TOLD);
    mark(6);
    assert_true(has_output(LAN_FIND)); /* there is another record */
    assert_int_equal(step.word, LAN_WORD_NONE);
    found(7, false);
    assert_int_equal(step.word, LAN_WORD_CLAIM);
    judge(kassa_LanVerdict_LAN_GRANTED);
    assert_true(has_output(LAN_JUDGED));
    assert_int_equal(step.claims[0].state, LAN_CLAIM_HELD);
}

static void lan_step_take__says_a_word_again_until_it_is_answered_with_the_same_number(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    uint32_t number = step.number;
    now += 150;
    take((struct lan_event){.kind = LAN_TIME});
    assert_true(has_output(LAN_SPEAK));
    assert_int_equal(step.number, number);
    now += LAN_SILENCE_MS;
    take((struct lan_event){.kind = LAN_TIME});
    assert_true(has_output(LAN_JOIN));
    assert_false(lan_step_is_joined(&step));
}

static void lan_step_take__tells_a_new_session_of_the_claims_that_stand_before_anything_else(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    judge(kassa_LanVerdict_LAN_GRANTED);
    take((struct lan_event){.kind = LAN_DISCONNECTED});
    now += 2000;
    take((struct lan_event){.kind = LAN_TIME});
    take((struct lan_event){.kind = LAN_CONNECTED});
    welcome(5, true);
    assert_int_equal(step.word, LAN_WORD_CLAIM);
    judge(kassa_LanVerdict_LAN_REFUSED); /* the arbiter lost its memory, and another till has it */
    assert_true(has_output(LAN_JUDGED));
    assert_int_equal(step.claims[0].state, LAN_CLAIM_FREE);
}

static void lan_step_take__releases_what_is_granted_too_late(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    take((struct lan_event){.kind = LAN_RELEASED, .slot = 0});
    judge(kassa_LanVerdict_LAN_GRANTED);
    assert_false(has_output(LAN_JUDGED));
    assert_int_equal(step.word, LAN_WORD_RELEASE);
    answer((kassa_LanAnswer){.which_answer = kassa_LanAnswer_done_tag, .answer.done = true}, false);
    assert_int_equal(step.claims[0].state, LAN_CLAIM_FREE);
}

static void lan_step_take__never_releases_what_a_record_carries(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    judge(kassa_LanVerdict_LAN_GRANTED);
    take((struct lan_event){.kind = LAN_DISCONNECTED});
    now += 2000;
    take((struct lan_event){.kind = LAN_TIME});
    take((struct lan_event){.kind = LAN_CONNECTED});
    welcome(5, true); /* the claim is being told again ... */
    take((struct lan_event){.kind = LAN_APPENDED, .incarnation = 7, .seq = 6});
    take((struct lan_event){.kind = LAN_COMMITTED, .slot = 0}); /* ... while its sale is recorded */
    judge(kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(step.word, LAN_WORD_NONE);
    assert_true(has_output(LAN_FIND));
    assert_int_equal(step.claims[0].state, LAN_CLAIM_FREE);
}

static void lan_step_take__believes_no_answer_of_another_session_or_word(void **state)
{
    (void)state;
    take((struct lan_event){.kind = LAN_CLAIMED, .slot = 0});
    kassa_LanAnswer said = {
        .session = step.session + 1, .number = step.number, .which_answer = kassa_LanAnswer_judged_tag};
    said.answer.judged.verdict = kassa_LanVerdict_LAN_GRANTED;
    take((struct lan_event){.kind = LAN_ANSWERED, .answer = &said});
    said.session = step.session;
    said.number = step.number - 1;
    take((struct lan_event){.kind = LAN_ANSWERED, .answer = &said});
    assert_int_equal(step.claims[0].state, LAN_CLAIM_NEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lan_step_take__tells_from_the_mark_that_is_its_own_and_else_from_the_first),
        cmocka_unit_test(lan_step_take__is_joined_only_when_all_is_told),
        cmocka_unit_test_setup(lan_step_take__claims_only_behind_what_it_used, setup),
        cmocka_unit_test_setup(lan_step_take__says_a_word_again_until_it_is_answered_with_the_same_number,
                               setup),
        cmocka_unit_test_setup(
            lan_step_take__tells_a_new_session_of_the_claims_that_stand_before_anything_else, setup),
        cmocka_unit_test_setup(lan_step_take__releases_what_is_granted_too_late, setup),
        cmocka_unit_test_setup(lan_step_take__never_releases_what_a_record_carries, setup),
        cmocka_unit_test_setup(lan_step_take__believes_no_answer_of_another_session_or_word, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
