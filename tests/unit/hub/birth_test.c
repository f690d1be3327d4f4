/* SPDX-License-Identifier: Apache-2.0 */
/* What a birth decides: whose turn it is to send a long backlog, and whether the till's clock is off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/internal.h"

static uint64_t now;

static uint64_t mono_ms(void *self)
{
    (void)self;
    return now;
}

static struct session sessions[HUB_WAITING_MAX + 4];

static struct hub *fresh_hub(uint32_t drain_tills_max)
{
    static const struct clock_ops ops = {NULL, mono_ms, NULL};
    static struct hub hub;
    memset(&hub, 0, sizeof(hub));
    memset(sessions, 0, sizeof(sessions));
    hub.parts.clock = (struct clock){&ops, NULL};
    hub.options.drain_tills_max = drain_tills_max;
    now = 1000;
    return &hub;
}

static bool is_permitted(struct hub *hub, size_t till, uint64_t backlog)
{
    kassa_TillState state = {.last_seq = backlog};
    kassa_Ack ack = {.status = kassa_AckStatus_ACK_OK};
    hub_permit(hub, &sessions[till], &state, &ack);
    assert_true(ack.status == kassa_AckStatus_ACK_OK || ack.throttle_ms > 0);
    return ack.status == kassa_AckStatus_ACK_OK;
}

static void hub_permit__lets_the_smallest_of_the_long_backlogs_go_next(void **state)
{
    (void)state;
    struct hub *hub = fresh_hub(1);
    assert_true(is_permitted(hub, 0, 5000));
    assert_false(is_permitted(hub, 1, 100000));
    assert_false(is_permitted(hub, 2, 3000));
    assert_true(is_permitted(hub, 3, 10)); /* a small one at once */
    hub_set_draining(hub, &sessions[0], false);
    assert_false(is_permitted(hub, 1, 100000)); /* it comes first, and it is not its turn */
    assert_true(is_permitted(hub, 2, 3000));
    hub_set_draining(hub, &sessions[2], false);
    assert_true(is_permitted(hub, 1, 100000));
}

static void hub_permit__does_not_wait_for_who_has_not_asked_again(void **state)
{
    (void)state;
    struct hub *hub = fresh_hub(1);
    assert_true(is_permitted(hub, 0, 5000));
    assert_false(is_permitted(hub, 2, 3000));
    hub_set_draining(hub, &sessions[0], false);
    now += 5000;
    assert_true(is_permitted(hub, 1, 100000));
}

static void hub_permit__remembers_the_smallest_of_more_than_it_has_room_for(void **state)
{
    (void)state;
    struct hub *hub = fresh_hub(1);
    assert_true(is_permitted(hub, 0, 5000));
    for (size_t i = 1; i <= HUB_WAITING_MAX; i++)
        assert_false(is_permitted(hub, i, 50000 + i));
    assert_false(is_permitted(hub, HUB_WAITING_MAX + 1, 4000));
    hub_set_draining(hub, &sessions[0], false);
    assert_false(is_permitted(hub, 1, 50001));
    assert_true(is_permitted(hub, HUB_WAITING_MAX + 1, 4000));
}

static void crm_till_is_clock_off__begins_beyond_two_minutes(void **state)
{
    (void)state;
    static const struct {
        int64_t till_unix_ms;
        bool is_off;
    } cases[] = {{1000000, false}, {1120000, false},  {1120001, true},  {880000, false},
                 {879999, true},   {INT64_MAX, true}, {INT64_MIN, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        crm_Till row = {.skew_ms = crm_skew_ms(cases[i].till_unix_ms, 1000000)};
        assert_int_equal(crm_till_is_clock_off(&row), cases[i].is_off);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hub_permit__lets_the_smallest_of_the_long_backlogs_go_next),
        cmocka_unit_test(hub_permit__does_not_wait_for_who_has_not_asked_again),
        cmocka_unit_test(hub_permit__remembers_the_smallest_of_more_than_it_has_room_for),
        cmocka_unit_test(crm_till_is_clock_off__begins_beyond_two_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
