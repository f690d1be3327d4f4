/* SPDX-License-Identifier: Apache-2.0 */
/* life.c - one seed from its first moment to the verdict. */
#include "scenario/sync_sim/world.h"

#include <stdarg.h>
#include <stdio.h>

#define STEPS_MAX   60000                   /* a world that is busier than this runs in a circle */
#define CALM_MS_MAX (UINT64_C(4) * 3600000) /* within which calm must come; patience is ten minutes at most */

uint64_t chance(struct world *world, uint64_t bound)
{
    return seed_below(&world->seed, bound);
}

bool happens(struct world *world, unsigned percent)
{
    return percent > 0 && chance(world, 100) < percent;
}

void tell(const struct world *world, const char *format, ...)
{
    if (!world->is_verbose)
        return;
    va_list list;
    va_start(list, format);
    (void)printf("%10llu ms  ", (unsigned long long)world->now_ms);
    (void)vprintf(format, list);
    (void)putchar('\n');
    va_end(list);
}

void violate(struct world *world, const char *what, const char *format, ...)
{
    if (world->violation != NULL)
        return;
    va_list list;
    va_start(list, format);
    (void)vsnprintf(world->detail, sizeof(world->detail), format, list);
    va_end(list);
    world->violation = what;
    tell(world, "VIOLATED: %s: %s", what, world->detail);
}

/* ---- one step: the earliest thing that is due */

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_due_ms(const struct world *world)
{
    uint64_t due = network_due_ms(world);
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        const struct till *till = &world->tills[i];
        due = earliest(due, till->is_on ? till->run_due_ms : till->start_due_ms);
    }
    for (size_t i = 0; i < HUBS_MAX && world->hubs[i].is_there; i++) {
        const struct hub_machine *hub = &world->hubs[i];
        due = earliest(due, hub->is_on ? hub->run_due_ms : hub->start_due_ms);
    }
    return due;
}

static void run_tills(struct world *world)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        struct till *till = &world->tills[i];
        if (!till->is_on && till->start_due_ms <= world->now_ms)
            till_start(till);
        else if (till->is_on && till->run_due_ms <= world->now_ms)
            till_run(till);
    }
}

static void run_hubs(struct world *world)
{
    for (size_t i = 0; i < HUBS_MAX && world->hubs[i].is_there; i++) {
        struct hub_machine *hub = &world->hubs[i];
        if (!hub->is_on && hub->start_due_ms <= world->now_ms)
            hub_start(hub);
        else if (hub->is_on && hub->run_due_ms <= world->now_ms)
            hub_machine_run(hub);
    }
}

/* Machines whose power went in the middle of what they did. */
static void bury(struct world *world)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        struct till *till = &world->tills[i];
        if (!till->is_on || !till->disk.is_dead)
            continue;
        till_crash(till);
        till->start_due_ms = world->now_ms + 1 + chance(world, 2000);
    }
    for (size_t i = 0; world->hub_disk.is_dead && i < HUBS_MAX && world->hubs[i].is_there; i++) {
        struct hub_machine *hub = &world->hubs[i];
        if (!hub->is_on)
            continue;
        hub_crash(hub);
        hub->start_due_ms = world->now_ms + 1 + chance(world, 2000);
    }
}

static void judge_step(struct world *world, uint64_t commits)
{
    bury(world);
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++)
        judge_till(&world->tills[i]);
    if (world->hub_disk.commits != commits)
        judge_hub(world);
}

static void step(struct world *world)
{
    uint64_t commits = world->hub_disk.commits;
    if (network_due_ms(world) <= world->now_ms)
        network_run(world);
    else {
        run_tills(world);
        run_hubs(world);
    }
    judge_step(world, commits);
    world->steps++;
}

/* Everything that is due before that moment. */
static void run_until(struct world *world, uint64_t until_ms)
{
    while (world->violation == NULL && world->steps < STEPS_MAX) {
        uint64_t due = next_due_ms(world);
        if (due > until_ms)
            break;
        if (due > world->now_ms)
            world->now_ms = due;
        step(world);
    }
    if (until_ms > world->now_ms)
        world->now_ms = until_ms;
}

/* ---- the days */

static void begin(struct world *world, uint64_t seed, bool is_verbose)
{
    static const unsigned percents[] = {0, 0, 5, 15, 30};
    static const uint64_t delays_ms[] = {2, 20, 200, 2000};
    static struct memory_shelf shelf;
    memory_shelf_empty(&shelf);
    memset(world, 0, sizeof(*world));
    world->seed_number = seed;
    world->seed = (struct seed){seed};
    world->is_verbose = is_verbose;
    world->shelf = &shelf;
    world->now_ms = 1000;
    world->network.loss_percent = percents[chance(world, COUNT_OF(percents))];
    world->network.double_percent = percents[chance(world, COUNT_OF(percents))];
    world->network.full_percent = percents[chance(world, 3)];
    world->network.delay_ms_max = delays_ms[chance(world, COUNT_OF(delays_ms))];
    world->ack_timeout_ms = 200 + (uint32_t)chance(world, 2000);
    world->backoff_ms_max = 500 + (uint32_t)chance(world, 10000);
    world->hub_options = (struct hub_options){.burst_messages_max = 1 + (uint32_t)chance(world, 8),
                                              .burst_ms_max = 1 + (uint32_t)chance(world, 5),
                                              .credit = 1 + (uint32_t)chance(world, 4),
                                              .drain_tills_max = 1,
                                              .tills_max = IDENTITIES_MAX,
                                              .poll_ms = 30000,
                                              .push_ms = 200,
                                              .backoff_ms_max = world->backoff_ms_max};
    memory_storage_init(&world->hub_disk, world->shelf, STORE_KEYED_TABLE_COUNT, UINT64_C(64) << 20);
    world->hubs[0] = (struct hub_machine){.world = world,
                                          .is_there = true,
                                          .start_due_ms = world->now_ms,
                                          .clock = {.world = world, .booted_ms = world->now_ms}};
    line_init(&world->hubs[0].line, world, "#hub", &world->hub_disk.is_dead);
    world->identity_count = 1 + (unsigned)chance(world, IDENTITIES_MAX);
    for (unsigned i = 0; i < world->identity_count; i++)
        till_add(world, i)->start_due_ms = world->now_ms + chance(world, 500);
}

static void bad_days(struct world *world, unsigned days)
{
    static const uint64_t gaps_ms[] = {2, 20, 200, 2000, 10000};
    unsigned count = (3 + (unsigned)chance(world, 18)) * days;
    for (unsigned i = 0; i < count && world->violation == NULL; i++) {
        run_until(world, world->now_ms + 1 + chance(world, gaps_ms[chance(world, COUNT_OF(gaps_ms))]));
        uint64_t commits = world->hub_disk.commits;
        fate_strike(world);
        judge_step(world, commits);
    }
}

static void mend(struct line *line)
{
    line->is_cut_off = false;
    line->is_refused = false;
    line->is_muted = false;
}

static void mend_all(struct world *world)
{
    tell(world, "calm begins");
    world->network.loss_percent = 0;
    world->network.double_percent = 0;
    world->network.full_percent = 0;
    world->hub_disk.fail_in = 0;
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        mend(&world->tills[i].line);
        world->tills[i].disk.fail_in = 0;
    }
    for (size_t i = 0; i < HUBS_MAX && world->hubs[i].is_there; i++) {
        mend(&world->hubs[i].line);
        if (!world->hubs[i].is_on)
            world->hubs[i].start_due_ms = world->now_ms;
    }
}

static bool is_calm(const struct world *world)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        struct sync_status status;
        if (!world->tills[i].is_on)
            continue;
        sync_get_status(world->tills[i].sync, &status);
        if (status.state != SYNC_LIVE || status.backlog > 0)
            return false;
    }
    return true;
}

/* Of two machines with one identity somebody switches one off: first the one, then the other. */
static void switch_tills(struct world *world, bool is_clones_turn)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        struct till *till = &world->tills[i];
        bool is_clone = i >= world->identity_count;
        bool has_clone = false;
        for (size_t k = world->identity_count; k < TILLS_MAX && world->tills[k].is_there; k++)
            has_clone = has_clone || world->tills[k].identity == till->identity;
        bool is_on = is_clones_turn ? is_clone || !has_clone : !is_clone;
        if (is_on && !till->is_on)
            till->start_due_ms = world->now_ms;
        if (is_on)
            continue;
        till_stop(till);
        till->start_due_ms = NEVER;
    }
}

static void find_calm(struct world *world)
{
    uint64_t end_ms = world->now_ms + CALM_MS_MAX;
    run_until(world, world->now_ms);
    while (world->violation == NULL && !is_calm(world)) {
        uint64_t due = next_due_ms(world);
        if (due > end_ms || world->steps >= STEPS_MAX) {
            violate(world, "no rest", "after %llu steps", (unsigned long long)world->steps);
            return;
        }
        run_until(world, due);
    }
}

static void end(struct world *world)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        world->tills[i].disk.is_dead = true;
        till_stop(&world->tills[i]);
    }
    for (size_t i = 0; i < HUBS_MAX && world->hubs[i].is_there; i++) {
        if (world->hubs[i].is_on)
            hub_crash(&world->hubs[i]);
    }
}

bool live(struct world *world, uint64_t seed, unsigned days, bool is_verbose)
{
    begin(world, seed, is_verbose);
    bad_days(world, days);
    if (world->violation == NULL) {
        mend_all(world);
        switch_tills(world, /* is_clones_turn= */ false);
        find_calm(world);
    }
    if (world->violation == NULL && world->tills[world->identity_count].is_there) {
        switch_tills(world, /* is_clones_turn= */ true);
        find_calm(world);
    }
    if (world->violation == NULL)
        judge_all(world);
    end(world);
    return world->violation == NULL;
}
