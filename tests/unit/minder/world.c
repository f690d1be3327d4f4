/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/minder/world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

static void copy_text(char out[WORLD_TEXT_SIZE], const char *text)
{
    (void)snprintf(out, WORLD_TEXT_SIZE, "%s", text);
}

static void on_card(void *self, const struct card_identity *identity, uint32_t read_us)
{
    struct minder_world *world = self;
    world->card_count++;
    world->card = *identity;
    world->read_us = read_us;
}

static void on_gone(void *self, const char *text)
{
    struct minder_world *world = self;
    world->gone_count++;
    copy_text(world->gone, text);
}

static void on_unknown(void *self, const char *why)
{
    struct minder_world *world = self;
    world->unknown_count++;
    copy_text(world->unknown, why);
}

static bool starts_with(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

static void on_state(void *self, enum minder_state state, const char *what)
{
    struct minder_world *world = self;
    world->state = state;
    world->state_counts[state]++;
    copy_text(world->what, what);
    if (starts_with(what, "killed") || starts_with(what, "died") || starts_with(what, "ended"))
        copy_text(world->last_end, what);
}

static void on_expired(uv_timer_t *timer)
{
    ((struct minder_world *)timer->data)->is_expired = true;
}

void minder_world_open(struct minder_world *world, struct minder_options options)
{
    *world = (struct minder_world){.state = MINDER_STARTING};
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(uv_timer_init(&world->loop, &world->deadline), 0);
    world->deadline.data = world;
    options.loop = &world->loop;
    options.listener = (struct minder_listener){world, on_card, on_gone, on_unknown, on_state};
    assert_int_equal(minder_open(&options, &world->minder), ERR_OK);
}

uint64_t minder_world_run_until(struct minder_world *world,
                                bool (*condition)(const struct minder_world *world), uint32_t within_ms)
{
    uint64_t start_ns = uv_hrtime();
    world->is_expired = false;
    uv_update_time(&world->loop);
    assert_int_equal(uv_timer_start(&world->deadline, on_expired, within_ms, 0), 0);
    while (!condition(world)) {
        if (world->is_expired)
            fail_msg("not within %u ms; state %s (%s), %u cards, %u gone, last end: %s", within_ms,
                     minder_state_name(world->state), world->what, world->card_count, world->gone_count,
                     world->last_end);
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    (void)uv_timer_stop(&world->deadline);
    return (uv_hrtime() - start_ns) / 1000000U;
}

static void on_closed(void *self)
{
    ((struct minder_world *)self)->is_closed = true;
}

static bool is_closed(const struct minder_world *world)
{
    return world->is_closed;
}

void minder_world_close(struct minder_world *world)
{
    minder_close(world->minder, on_closed, world);
    (void)minder_world_run_until(world, is_closed, 10000);
    uv_close((uv_handle_t *)&world->deadline, NULL);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0); /* EBUSY: a handle was left */
}
