/* SPDX-License-Identifier: Apache-2.0 */
/* Two tills and a hub live through some minutes of bad days in simulated time; then calm comes, and every
 * record must be at the hub, once. The same object files as in the programs. Faults that are planted into the
 * surroundings must be found, or the whole proves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/ok.h"
#include "harness/sync_till.h"
#include "hub/hub.h"
#include "scenario/sync_sim/sim_net.h"
#include "scenario/sync_sim/sim_store.h"
#include "wire/record.h"

#define TILLS          2
#define STEPS          400
#define STEP_MS        25
#define CALM_STEPS_MAX 12000 /* a fenced till comes back after minutes */
#define RECORDS_MAX    8192
#define RUNS           12
#define RUNS_TO_FIND   5 /* a planted fault is found within so many seeds */

struct plants {
    bool broker_is_trusted;
    unsigned commits_lie_percent;
    bool nothing_is_deduped;
};

struct world {
    struct folder folder;
    struct seed seed;
    struct sim_net net;
    struct sim_store store;
    struct sim_end *hub_end;
    struct sim_end *ends[TILLS];
    struct hub *hub;
    struct sync_till tills[TILLS];
    bool must[TILLS][RECORDS_MAX];  /* this record is to be at the hub */
    uint64_t image_appended[TILLS]; /* records that the till's image holds; 0: there is none */
    uint8_t *images[TILLS];
    size_t image_sizes[TILLS];
};

static const char *const names[TILLS] = {"till-a", "till-b"};

static void open_hub(struct world *world)
{
    char path[128];
    folder_join(&world->folder, "hub.store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(256) << 20,
                                      .random = seed_as_random(&world->seed)};
    ok(store_open(&settings, &world->store.inner));
    world->store.is_crashed = false;
    struct hub_options options = {.burst_messages_max = 64,
                                  .burst_ms_max = 5,
                                  .credit = (uint32_t)(1 + seed_below(&world->seed, 3)),
                                  .drain_tills_max = 1,
                                  .tills_max = 100,
                                  .poll_ms = 100,
                                  .push_ms = 200,
                                  .backoff_ms_max = 200};
    struct hub_parts parts = {sim_end_as_transport(world->hub_end), sim_store_as_store(&world->store),
                              sim_net_as_clock(&world->net), seed_as_random(&world->seed)};
    ok(hub_open(&options, &parts, &world->hub));
}

static void crash_hub(struct world *world)
{
    world->store.is_crashed = true;
    hub_close(world->hub);
    store_close(&world->store.inner);
    open_hub(world);
}

static void open_till(struct world *world, unsigned i)
{
    struct sync_till_options options = {.id = names[i],
                                        .transport = sim_end_as_transport(world->ends[i]),
                                        .clock = sim_net_as_clock(&world->net),
                                        .random = seed_as_random(&world->seed),
                                        .backoff_ms_max = 200,
                                        .ack_timeout_ms = 300};
    sync_till_open(&world->tills[i], &world->folder, &options);
}

/* ---- images of a till's disk */

static void image_path(const struct world *world, unsigned i, const char *file, char out[128])
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s.journal/%s", names[i], file);
    folder_join(&world->folder, name, out);
}

static void take_image(struct world *world, unsigned i)
{
    char path[128];
    image_path(world, i, "data.mdb", path);
    sync_till_close(&world->tills[i]);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    free(world->images[i]);
    world->images[i] = malloc((size_t)size);
    assert_non_null(world->images[i]);
    world->image_sizes[i] = fread(world->images[i], 1, (size_t)size, file);
    assert_int_equal(fclose(file), 0);
    world->image_appended[i] = world->tills[i].appended;
    open_till(world, i);
}

/* The disk dies and an old image takes its place: what was written since is lost, unless the hub has it. */
static void restore_image(struct world *world, unsigned i)
{
    char path[128], lock[128];
    image_path(world, i, "data.mdb", path);
    image_path(world, i, "lock.mdb", lock);
    sim_end_cut(world->ends[i]);
    sync_till_crash(&world->tills[i]);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(world->images[i], 1, world->image_sizes[i], file), world->image_sizes[i]);
    assert_int_equal(fclose(file), 0);
    (void)unlink(lock);
    for (uint64_t id = world->image_appended[i]; id < world->tills[i].appended; id++)
        world->must[i][id] = false;
    open_till(world, i);
}

/* ---- bad days */

static void append(struct world *world, unsigned i, size_t count)
{
    struct sync_till *till = &world->tills[i];
    if (till->appended + count >= RECORDS_MAX)
        return;
    for (size_t k = 0; k < count; k++)
        world->must[i][till->appended + k] = true;
    sync_till_append(till, count);
}

static void misfortune(struct world *world)
{
    unsigned i = (unsigned)seed_below(&world->seed, TILLS);
    size_t trimmed;
    switch (seed_below(&world->seed, 40)) {
    case 0:
        crash_hub(world);
        return;
    case 1:
        sim_end_cut(world->ends[i]);
        sync_till_crash(&world->tills[i]);
        open_till(world, i);
        return;
    case 2:
        sim_end_cut(world->ends[i]);
        return;
    case 3:
        sim_end_cut(world->hub_end);
        return;
    case 4:
        take_image(world, i);
        return;
    case 5:
        if (world->image_appended[i] > 0 && seed_below(&world->seed, 3) == 0)
            restore_image(world, i);
        return;
    case 6:
    case 7:
        ok(journal_trim(world->tills[i].journal, INT64_MAX, 1000, &trimmed));
        return;
    default:
        if (seed_below(&world->seed, 3) == 0)
            append(world, i,
                   1 + (size_t)seed_below(&world->seed, seed_below(&world->seed, 10) == 0 ? 300 : 5));
        return;
    }
}

static void turn(struct world *world)
{
    sim_net_advance(&world->net, STEP_MS);
    for (unsigned i = 0; i < TILLS; i++)
        (void)sync_run(world->tills[i].sync);
    (void)hub_run(world->hub);
}

static bool is_calm(const struct world *world)
{
    for (unsigned i = 0; i < TILLS; i++) {
        struct sync_status status;
        sync_get_status(world->tills[i].sync, &status);
        if (status.state != SYNC_LIVE || status.backlog > 0)
            return false;
    }
    return true;
}

/* ---- the verdict */

struct verdict {
    const struct world *world;
    unsigned counts[TILLS][RECORDS_MAX];
    uint64_t kept;
    unsigned strange;
};

static bool count_record(void *context, const struct store_record_id *id, struct span record)
{
    struct verdict *verdict = context;
    unsigned i = strcmp(id->till, names[0]) == 0 ? 0 : 1;
    kassa_Record head;
    verdict->kept++;
    if (wire_record_peek(record, &head) != ERR_OK || head.mono_ms >= RECORDS_MAX)
        verdict->strange++;
    else
        verdict->counts[i][head.mono_ms]++;
    return true;
}

/* Faults found: records lost or doubled, or counted otherwise than kept. */
static unsigned judge(struct world *world)
{
    static struct verdict verdict;
    memset(&verdict, 0, sizeof(verdict));
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    struct store_record_id all = {.till = ""};
    crm_Totals totals;
    ok(store_begin(world->store.inner, STORE_READ, &txn));
    ok(store_scan_records(&txn, &all, count_record, &verdict));
    ok(crm_totals_get(&txn, &totals));
    unsigned lost = 0, doubled = 0;
    for (unsigned i = 0; i < TILLS; i++) {
        for (uint64_t id = 0; id < world->tills[i].appended; id++) {
            lost += world->must[i][id] && verdict.counts[i][id] == 0 ? 1 : 0;
            doubled += verdict.counts[i][id] > 1 ? 1 : 0;
        }
    }
    unsigned miscounted = totals.records != verdict.kept || totals.taps != verdict.kept ? 1 : 0;
    if (lost + doubled + miscounted + verdict.strange > 0)
        printf("  lost %u, doubled %u, miscounted %u, strange %u\n", lost, doubled, miscounted,
               verdict.strange);
    return lost + doubled + miscounted + verdict.strange;
}

static void begin_world(struct world *world, uint64_t seed, const struct plants *plants)
{
    memset(world, 0, sizeof(*world));
    world->folder = folder_make();
    world->seed = (struct seed){seed};
    sim_net_open(&world->net, &world->seed);
    world->net.loss_percent = 5;
    world->net.double_percent = 5;
    world->net.forges_acks = plants->broker_is_trusted;
    world->store = (struct sim_store){.seed = &world->seed,
                                      .lie_percent = plants->commits_lie_percent,
                                      .forgets_to_dedupe = plants->nothing_is_deduped};
    world->hub_end = sim_net_add(&world->net, "");
    open_hub(world);
    for (unsigned i = 0; i < TILLS; i++) {
        world->ends[i] = sim_net_add(&world->net, names[i]);
        open_till(world, i);
    }
}

static void end_world(struct world *world)
{
    for (unsigned i = 0; i < TILLS; i++) {
        sync_till_close(&world->tills[i]);
        free(world->images[i]);
    }
    hub_close(world->hub);
    store_close(&world->store.inner);
    sim_net_close(&world->net);
    folder_remove(&world->folder);
}

/* One run; answers how many faults were found. */
static unsigned live_through(uint64_t seed, const struct plants *plants)
{
    static struct world world;
    begin_world(&world, seed, plants);
    for (unsigned step = 0; step < STEPS; step++) {
        misfortune(&world);
        turn(&world);
    }
    world.net.loss_percent = 0;
    world.net.double_percent = 0;
    unsigned calm_steps = 0;
    while (!is_calm(&world) && ++calm_steps < CALM_STEPS_MAX)
        turn(&world);
    bool came_to_rest = is_calm(&world);
    if (!came_to_rest)
        printf("  seed %llu: no rest\n", (unsigned long long)seed);
    unsigned faults = judge(&world) + (came_to_rest ? 0 : 1);
    printf("  seed %llu: %llu delivered, %llu lost, %llu doubled, calm after %u ms\n",
           (unsigned long long)seed, (unsigned long long)world.net.delivered,
           (unsigned long long)world.net.lost, (unsigned long long)world.net.doubled, calm_steps * STEP_MS);
    end_world(&world);
    return faults;
}

static void sync_sim__every_record_reaches_the_hub_once(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    struct plants none = {.nothing_is_deduped = false};
    for (unsigned run = 0; run < RUNS; run++)
        assert_int_equal(live_through(seed.state + run, &none), 0);
}

static void expect_found(const struct plants *plants)
{
    unsigned faults = 0;
    for (uint64_t seed = 1; seed <= RUNS_TO_FIND && faults == 0; seed++)
        faults = live_through(seed, plants);
    assert_true(faults > 0);
}

static void sync_sim__finds_a_till_that_trusts_the_broker(void **state)
{
    (void)state;
    struct plants plants = {.broker_is_trusted = true};
    expect_found(&plants);
}

static void sync_sim__finds_a_hub_that_acknowledges_before_it_is_durable(void **state)
{
    (void)state;
    struct plants plants = {.commits_lie_percent = 5};
    expect_found(&plants);
}

static void sync_sim__finds_a_hub_that_does_not_dedupe(void **state)
{
    (void)state;
    struct plants plants = {.nothing_is_deduped = true};
    expect_found(&plants);
}

int main(void)
{
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) /* nothing here is about the disk */
        (void)setenv("TMPDIR", "/dev/shm", 0);
    if (vault_open() != ERR_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_sim__every_record_reaches_the_hub_once),
        cmocka_unit_test(sync_sim__finds_a_till_that_trusts_the_broker),
        cmocka_unit_test(sync_sim__finds_a_hub_that_acknowledges_before_it_is_durable),
        cmocka_unit_test(sync_sim__finds_a_hub_that_does_not_dedupe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
