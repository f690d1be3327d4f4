/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "faces/api/gate.h"
#include "harness/ok.h"

#define US_PER_MS UINT64_C(1000)

/* Connections of which the test has the other ends. */
struct world {
    struct gate gate;
    int near[API_CONNECTIONS_MAX];
    int far[API_CONNECTIONS_MAX];
    struct gate_guest *guests[API_CONNECTIONS_MAX];
    size_t count;
};

static int set_up(void **state)
{
    static struct world world;
    world.count = 0;
    gate_init(&world.gate);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < world->count; i++) {
        (void)close(world->near[i]);
        (void)close(world->far[i]);
    }
    return 0;
}

static struct gate_guest *enter(struct world *world, uint64_t at_ms)
{
    int pair[2];
    assert_true(world->count < API_CONNECTIONS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    world->near[world->count] = pair[0];
    world->far[world->count] = pair[1];
    world->guests[world->count] = gate_enter(&world->gate, 0, pair[0], at_ms * US_PER_MS);
    assert_non_null(world->guests[world->count]);
    return world->guests[world->count++];
}

static bool is_ended(const struct world *world, size_t i)
{
    char byte;
    return recv(world->far[i], &byte, 1, MSG_DONTWAIT) == 0;
}

static void gate_run__sends_away_who_is_slow_in_each_phase(void **state)
{
    static const struct {
        enum gate_phase phase;
        uint64_t ms;
    } cases[] = {{GATE_HEAD, GATE_HEAD_MS},
                 {GATE_BODY, GATE_BODY_MS},
                 {GATE_ANSWER, GATE_ANSWER_MS},
                 {GATE_IDLE, GATE_IDLE_MS}};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct gate_guest *guest = enter(world, 0);
        gate_set_phase(guest, cases[i].phase, 7 * US_PER_MS);
        assert_int_equal(gate_run(&world->gate, (7 + cases[i].ms) * US_PER_MS - 1), 1);
        assert_false(is_ended(world, i));
        (void)gate_run(&world->gate, (7 + cases[i].ms) * US_PER_MS);
        assert_true(is_ended(world, i));
        assert_int_equal(world->gate.counts.timed_out, i + 1);
        gate_leave(&world->gate, guest);
    }
    assert_int_equal(world->gate.counts.connections, 0);
}

static void gate_run__leaves_who_waits_for_us(void **state)
{
    struct world *world = *state;
    gate_set_phase(enter(world, 0), GATE_WAIT, 0);
    gate_set_phase(enter(world, 0), GATE_STREAM, 0);
    assert_int_equal(gate_run(&world->gate, UINT64_C(1) << 50), UINT32_MAX);
    assert_false(is_ended(world, 0));
    assert_false(is_ended(world, 1));
}

/* Ever more come until one has to go. */
static size_t fill(struct world *world)
{
    while (world->gate.counts.displaced == 0)
        (void)enter(world, 1000);
    for (size_t i = 0; i < world->count; i++) {
        if (is_ended(world, i))
            return i;
    }
    return SIZE_MAX;
}

static void gate_enter__displaces_who_has_asked_nothing_yet(void **state)
{
    struct world *world = *state;
    struct gate_guest *pos = enter(world, 1), *page = enter(world, 2), *busy = enter(world, 0);
    gate_set_phase(busy, GATE_BODY, 0);
    gate_set_phase(pos, GATE_IDLE, 3 * US_PER_MS);
    gate_set_phase(page, GATE_IDLE, 900 * US_PER_MS);
    pos->has_asked = page->has_asked = true;
    (void)enter(world, 950);
    (void)enter(world, 940);
    assert_int_equal(fill(world), 4); /* the oldest of those without a request */
    assert_int_equal(world->count, API_CONNECTIONS_MAX - GATE_SPARE_COUNT + 1);
}

static void gate_enter__displaces_who_asked_longest_ago_and_tokens_last(void **state)
{
    struct world *world = *state;
    for (uint64_t i = 0; i + GATE_SPARE_COUNT < API_CONNECTIONS_MAX; i++) {
        struct gate_guest *guest = enter(world, 0);
        guest->has_asked = true;
        guest->has_token = i != 5 && i != 9;
        uint64_t since_ms = i == 0 ? 1 : i == 9 ? 50 : 100 + i; /* the oldest of all holds a token */
        gate_set_phase(guest, i == 2 ? GATE_ANSWER : GATE_IDLE, since_ms * US_PER_MS);
    }
    assert_int_equal(fill(world), 9);
}

static void gate_enter__never_displaces_who_is_served(void **state)
{
    struct world *world = *state;
    for (uint64_t i = 0; i < API_CONNECTIONS_MAX; i++)
        gate_set_phase(enter(world, 0), (enum gate_phase)(i % 2 == 0 ? GATE_STREAM : GATE_WAIT), 0);
    assert_int_equal(world->gate.counts.displaced, 0);
}

static void gate_hold__bounds_what_all_have_together(void **state)
{
    struct world *world = *state;
    struct gate_guest *one = enter(world, 0), *other = enter(world, 0);
    assert_true(gate_hold(&world->gate, one, GATE_HELD_BYTES_MAX - 10));
    assert_true(gate_hold(&world->gate, other, 10));
    assert_false(gate_hold(&world->gate, other, 1));
    assert_int_equal(world->gate.counts.throttled, 1);
    gate_release(&world->gate, one);
    assert_true(gate_hold(&world->gate, other, 1));
    gate_leave(&world->gate, other);
    assert_int_equal(world->gate.held_bytes, 0);
}

static void gate_role_of__knows_each_token_and_nothing_else(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    struct api_settings settings = {.needs_token = true};
    char text[8 + 2 * API_TOKEN_SIZE] = "Bearer ";
    for (size_t role = 0; role < API_ROLE_COUNT; role++)
        memset(settings.tokens[role], (int)(0x11 * (role + 1)), API_TOKEN_SIZE);
    for (size_t role = 0; role < API_ROLE_COUNT; role++) {
        memset(text + 7, digits[role + 1], (size_t)2 * API_TOKEN_SIZE);
        text[7 + 2 * API_TOKEN_SIZE] = '\0';
        assert_int_equal(gate_role_of(&settings, text), role);
        for (size_t i = 0; i < (size_t)2 * API_TOKEN_SIZE; i++) {
            text[7 + i] = 'f';
            assert_int_equal(gate_role_of(&settings, text), API_ROLE_COUNT);
            text[7 + i] = digits[role + 1];
        }
        text[6 + 2 * API_TOKEN_SIZE] = '\0';
        assert_int_equal(gate_role_of(&settings, text), API_ROLE_COUNT);
        assert_int_equal(gate_role_of(&settings, text + 7), API_ROLE_COUNT);
    }
    assert_int_equal(gate_role_of(&settings, NULL), API_ROLE_COUNT);
    assert_int_equal(gate_role_of(&settings, "Bearer "), API_ROLE_COUNT);
}

static void gate_may_ask__bounds_pages_and_not_a_pos(void **state)
{
    struct world *world = *state;
    unsigned kiosk = 0, pos = 0, typed = 0;
    for (unsigned i = 0; i < 5000; i++) {
        kiosk += gate_may_ask(&world->gate, API_ROLE_KIOSK, 1);
        pos += gate_may_ask(&world->gate, API_ROLE_POS, 1);
        typed += gate_may_type(&world->gate, 1);
    }
    assert_int_equal(kiosk, 100);
    assert_int_equal(pos, 5000);
    assert_int_equal(typed, 10);
    assert_true(gate_may_type(&world->gate, 6000 * US_PER_MS + 1));
    assert_false(gate_may_type(&world->gate, 6000 * US_PER_MS + 1));
}

static void gate_may_log__says_how_many_it_left_out(void **state)
{
    struct world *world = *state;
    unsigned lines = 0;
    uint64_t silenced = 0;
    for (unsigned i = 0; i < 1000; i++)
        lines += gate_may_log(&world->gate, 1, &silenced);
    assert_int_equal(lines, 50);
    assert_true(gate_may_log(&world->gate, 1000 * US_PER_MS, &silenced));
    assert_int_equal(silenced, 950);
    assert_int_equal(world->gate.counts.refused, 1001);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(gate_run__sends_away_who_is_slow_in_each_phase),
        CASE(gate_run__leaves_who_waits_for_us),
        CASE(gate_enter__displaces_who_has_asked_nothing_yet),
        CASE(gate_enter__displaces_who_asked_longest_ago_and_tokens_last),
        CASE(gate_enter__never_displaces_who_is_served),
        CASE(gate_hold__bounds_what_all_have_together),
        CASE(gate_role_of__knows_each_token_and_nothing_else),
        CASE(gate_may_ask__bounds_pages_and_not_a_pos),
        CASE(gate_may_log__says_how_many_it_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
