/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "till/sale.h"

/* The whole product, written down a second time: a row a state, a column an event, a letter the next state
 * (idle, asking, member, stranger; capitals with a basket; O open); a dot where it is not allowed. */
static const char states[SALE_STATE_COUNT + 1] = "iamsOAMS";
static const char *const expected[SALE_STATE_COUNT] = {
    /* known asked unknown | answered absent left expired | put dropped suspended resumed committed | returned
     * voided enrolled | consent offer question */
    "mas....O..O.iim..i", /* idle */
    "masmsiiA..A.iim..a", /* asking */
    "masm.iiM..M.ii.mmm", /* identified */
    "masm.iiS..S.iim..s", /* stranger */
    "MAS....Oii.i..M..O", /* open */
    "MASMSO.Aai.i..M..A", /* open, asking */
    "MASM.O.Mmi.i...MMM", /* open, identified */
    "MASM.O.Ssi.i..M..S", /* open, stranger */
};

static void sale_step__is_as_written_for_every_state_and_event(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SALE_STATE_COUNT; s++) {
        assert_int_equal(strlen(expected[s]), SALE_EVENT_COUNT);
        for (unsigned e = 0; e < SALE_EVENT_COUNT; e++) {
            struct sale_step step = sale_step_of((enum sale_state)s, (enum sale_event)e);
            char next = step.is_allowed ? states[step.next] : '.';
            if (next != expected[s][e])
                fail_msg("%s + %s -> %c, not %c", sale_state_name((enum sale_state)s),
                         sale_event_name((enum sale_event)e), next, expected[s][e]);
            if (!step.is_allowed)
                assert_int_equal(step.next, s);
        }
    }
}

static void sale_step__clears_the_basket_whenever_it_leaves_one(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SALE_STATE_COUNT; s++) {
        for (unsigned e = 0; e < SALE_EVENT_COUNT; e++) {
            struct sale_step step = sale_step_of((enum sale_state)s, (enum sale_event)e);
            bool loses_basket = sale_has_basket((enum sale_state)s) && !sale_has_basket(step.next);
            bool clears = step.action == SALE_DO_CLEAR || step.action == SALE_DO_FINISH;
            if (loses_basket)
                assert_true(clears);
        }
    }
}

static void sale_step__greets_whenever_a_member_comes(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SALE_STATE_COUNT; s++) {
        for (unsigned e = 0; e < SALE_EVENT_COUNT; e++) {
            struct sale_step step = sale_step_of((enum sale_state)s, (enum sale_event)e);
            bool comes = sale_has_member(step.next) && !sale_has_member((enum sale_state)s);
            if (comes)
                assert_int_equal(step.action, SALE_DO_GREET);
        }
    }
}

static void sale_names__answer_any_value(void **state)
{
    (void)state;
    assert_string_equal(sale_state_name(SALE_OPEN_ASKING), "open_asking");
    assert_string_equal(sale_state_name((enum sale_state)77), "?");
    assert_string_equal(sale_event_name((enum sale_event)77), "?");
    assert_false(sale_step_of((enum sale_state)77, SALE_CARD_KNOWN).is_allowed);
    assert_false(sale_step_of(SALE_IDLE, (enum sale_event)77).is_allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sale_step__is_as_written_for_every_state_and_event),
        cmocka_unit_test(sale_step__clears_the_basket_whenever_it_leaves_one),
        cmocka_unit_test(sale_step__greets_whenever_a_member_comes),
        cmocka_unit_test(sale_names__answer_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
