/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "till/hold.h"

/* The whole product, written down a second time: a row a state, a column an event; capitals release the key. */
static const char states[HOLD_STATE_COUNT + 1] = "nagrs";
static const char *const expected[HOLD_STATE_COUNT] = {
    /* ask grant refuse silence lapse change drop commit */
    "a....nnn", /* none */
    ".grS.NN.", /* asked */
    "....NNNn", /* granted */
    "a....nn.", /* refused */
    "a....nnn", /* silent */
};

static void hold_step__is_as_written_for_every_state_and_event(void **state)
{
    (void)state;
    for (unsigned s = 0; s < HOLD_STATE_COUNT; s++) {
        assert_int_equal(strlen(expected[s]), HOLD_EVENT_COUNT);
        for (unsigned e = 0; e < HOLD_EVENT_COUNT; e++) {
            struct hold_step step = hold_step_of((enum hold_state)s, (enum hold_event)e);
            char next = step.is_allowed ? states[step.next] : '.';
            if (step.releases)
                next = (char)(next - 'a' + 'A');
            if (next != expected[s][e])
                fail_msg("%s + event %u -> %c, not %c", hold_state_name((enum hold_state)s), e, next,
                         expected[s][e]);
        }
    }
}

/* What head office may have set aside is either committed or given back; it never just goes. */
static void hold_step__never_loses_a_key_that_may_be_granted(void **state)
{
    (void)state;
    static const enum hold_event leaving[] = {HOLD_SILENCE, HOLD_LAPSE, HOLD_CHANGE, HOLD_DROP};
    for (size_t i = 0; i < COUNT_OF(leaving); i++) {
        for (unsigned s = HOLD_ASKED; s <= HOLD_GRANTED; s++) {
            struct hold_step step = hold_step_of((enum hold_state)s, leaving[i]);
            assert_true(!step.is_allowed || step.releases);
        }
    }
}

static void hold_step__answers_any_value(void **state)
{
    (void)state;
    assert_false(hold_step_of((enum hold_state)77, HOLD_ASK).is_allowed);
    assert_false(hold_step_of(HOLD_NONE, (enum hold_event)77).is_allowed);
    assert_string_equal(hold_state_name((enum hold_state)77), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_step__is_as_written_for_every_state_and_event),
        cmocka_unit_test(hold_step__never_loses_a_key_that_may_be_granted),
        cmocka_unit_test(hold_step__answers_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
