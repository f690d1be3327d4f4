/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a loop with a minder on it, and what its listener heard. For tests. */
#ifndef KASSA_TESTS_MINDER_WORLD_H
#define KASSA_TESTS_MINDER_WORLD_H

#include "agent/minder.h"

#define WORLD_TEXT_SIZE 200

struct minder_world {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool is_expired;
    struct minder *minder;
    bool is_closed;
    unsigned card_count;
    unsigned gone_count;
    unsigned unknown_count;
    unsigned state_counts[MINDER_STATE_COUNT];
    enum minder_state state; /* the last told of */
    struct card_identity card;
    uint32_t read_us;
    char gone[WORLD_TEXT_SIZE];
    char unknown[WORLD_TEXT_SIZE];
    char what[WORLD_TEXT_SIZE];     /* of the last state */
    char last_end[WORLD_TEXT_SIZE]; /* how the last child died: the last `what` that begins with killed, died,
                                       ended */
};

/* Opens the minder; zero times in options are the usual ones. options->loop and ->listener are set here. */
void minder_world_open(struct minder_world *world, struct minder_options options);

/* Closes it, and sees to it that nothing is left: no handle on the loop, no child. */
void minder_world_close(struct minder_world *world);

/* Runs the loop until condition(world) holds; fails the test if that takes longer than within_ms. Returns how
 * long it took. */
uint64_t minder_world_run_until(struct minder_world *world,
                                bool (*condition)(const struct minder_world *world), uint32_t within_ms);

#endif
