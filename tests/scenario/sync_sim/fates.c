/* SPDX-License-Identifier: Apache-2.0 */
/* fates.c - what may happen to tills, hub and broker: a row each, and how often. */
#include "scenario/sync_sim/world.h"

#include "wire/record.h"

static struct till *any_till(struct world *world)
{
    unsigned count = 0;
    while (count < TILLS_MAX && world->tills[count].is_there)
        count++;
    return &world->tills[chance(world, count)];
}

static struct hub_machine *any_hub(struct world *world)
{
    unsigned count = world->hubs[1].is_there ? 2 : 1;
    return &world->hubs[chance(world, count)];
}

/* From a moment to some minutes: what is short and what is long both matter. */
static uint64_t some_time_ms(struct world *world)
{
    static const uint64_t most[] = {5, 100, 1000, 10000, 100000};
    return 1 + chance(world, most[chance(world, COUNT_OF(most))]);
}

static void sell(struct world *world)
{
    till_sell(any_till(world), 1 + (unsigned)chance(world, 3));
}

static void sell_many(struct world *world)
{
    if (chance(world, 8) == 0)
        till_sell(any_till(world), 40 + (unsigned)chance(world, 300));
}

static void cut_till(struct world *world)
{
    line_cut(&any_till(world)->line);
}

static void cut_hub(struct world *world)
{
    line_cut(&any_hub(world)->line);
}

/* At one of the next operations of its disk: the middle of whatever it does then. */
static void fail_soon(struct world *world, struct memory_storage *disk, enum memory_fault fault)
{
    if (disk->is_dead)
        return;
    disk->fault = fault;
    disk->fail_in = 1 + chance(world, 40);
}

static void crash_till_at_a_step(struct world *world)
{
    fail_soon(world, &any_till(world)->disk,
              chance(world, 2) == 0 ? MEMORY_POWER_CUT : MEMORY_POWER_CUT_LATE);
}

static void crash_hub_at_a_step(struct world *world)
{
    fail_soon(world, &world->hub_disk, chance(world, 2) == 0 ? MEMORY_POWER_CUT : MEMORY_POWER_CUT_LATE);
}

static void crash_till_now(struct world *world)
{
    struct till *till = any_till(world);
    till_crash(till);
    if (till->start_due_ms == NEVER)
        till->start_due_ms = world->now_ms + some_time_ms(world);
}

static void disk_error(struct world *world)
{
    static const enum memory_fault faults[] = {MEMORY_IO, MEMORY_IO_COMMITTED, MEMORY_FULL};
    struct memory_storage *disk = chance(world, 2) == 0 ? &world->hub_disk : &any_till(world)->disk;
    fail_soon(world, disk, faults[chance(world, COUNT_OF(faults))]);
}

static void restart_broker(struct world *world)
{
    network_forget(world);
    for (size_t i = 0; i < TILLS_MAX; i++) {
        if (world->tills[i].is_there)
            line_cut(&world->tills[i].line);
    }
    for (size_t i = 0; i < HUBS_MAX; i++) {
        if (world->hubs[i].is_there)
            line_cut(&world->hubs[i].line);
    }
}

static void partition(struct world *world)
{
    struct line *line = chance(world, 4) == 0 ? &any_hub(world)->line : &any_till(world)->line;
    line->is_cut_off = !line->is_cut_off;
    if (line->is_cut_off)
        line_cut(line);
}

static void refuse(struct world *world)
{
    struct line *line = &any_till(world)->line;
    line->is_refused = !line->is_refused;
    if (line->is_refused)
        line_cut(line);
}

static void mute(struct world *world)
{
    struct line *line = chance(world, 4) == 0 ? &any_hub(world)->line : &any_till(world)->line;
    line->is_muted = !line->is_muted;
    line->tells_muted = chance(world, 2) == 0;
}

static void set_clock(struct world *world)
{
    static const int64_t jumps_ms[] = {-86400000, -3600000, -1000, 1000, 3600000, 86400000, -1795000000000};
    struct machine_clock *clock = chance(world, 4) == 0 ? &any_hub(world)->clock : &any_till(world)->clock;
    clock->wall_offset_ms = jumps_ms[chance(world, COUNT_OF(jumps_ms))];
}

static void trim(struct world *world)
{
    struct till *till = any_till(world);
    size_t trimmed = 0;
    if (!till->is_on || world->was_hub_restored)
        return;
    enum err error = journal_trim(till->journal, INT64_MAX, 1 + (size_t)chance(world, 50), &trimmed);
    if (error == ERR_OK && trimmed > 0)
        tell(world, "%s/%u trims %zu", identity_names[till->identity], till->number, trimmed);
}

static void take_image(struct world *world)
{
    struct till *till = any_till(world);
    struct image *image = &world->images[chance(world, IMAGES_MAX)];
    if (till->disk.is_dead)
        return;
    image->is_taken = true;
    image->identity = till->identity;
    memory_storage_copy(&image->disk, &till->disk);
    image->sales = till->sales;
    tell(world, "an image of %s/%u is taken", identity_names[till->identity], till->number);
}

static struct image *any_image(struct world *world)
{
    struct image *image = &world->images[chance(world, IMAGES_MAX)];
    return image->is_taken ? image : NULL;
}

static void put_disk(struct till *till, const struct image *image)
{
    memory_storage_copy(&till->disk, &image->disk);
    till->sales = image->sales;
    till->world->identities[till->identity].is_cloned = false; /* who sold what is not told apart any more */
}

static void restore(struct world *world)
{
    const struct image *image = any_image(world);
    struct till *till = any_till(world);
    if (image == NULL || image->identity != till->identity)
        return;
    tell(world, "%s/%u gets an old image", identity_names[till->identity], till->number);
    till_crash(till);
    put_disk(till, image);
    till->start_due_ms = world->now_ms + some_time_ms(world);
}

static void replace_disk(struct world *world)
{
    struct till *till = any_till(world);
    tell(world, "%s/%u gets an empty disk", identity_names[till->identity], till->number);
    till_crash(till);
    memory_storage_init(&till->disk, world->shelf, till->disk.table_count, till->disk.capacity_bytes);
    till->sales = (struct sales){.bits = {0}};
    world->identities[till->identity].is_cloned = false;
    till->start_due_ms = world->now_ms + some_time_ms(world);
}

/* What a till can send again: the records of its newest generation that are still there. */
static struct sales sales_kept(struct till *till)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct sales sales = {.bits = {0}};
    uint64_t fail_in = till->disk.fail_in; /* looking is no operation of the machine */
    till->disk.fail_in = 0;
    for (uint64_t seq = journal_next_seq(till->journal) - 1; seq > 0; seq--) {
        struct journal_record record;
        kassa_Record head;
        if (journal_read(till->journal, seq, buffer, sizeof(buffer), &record) != ERR_OK)
            break;
        KASSA_ASSERT(wire_record_peek(record.bytes, &head) == ERR_OK);
        sales_add(&sales, (uint32_t)head.mono_ms);
    }
    till->disk.fail_in = fail_in;
    return sales;
}

static void back_up_hub(struct world *world)
{
    if (world->hub_disk.is_dead)
        return;
    memory_storage_copy(&world->hub_backup, &world->hub_disk);
    world->has_backup = true;
}

/* Head office loses its disk and goes back to a backup: what the tills have trimmed since is lost, the rest must come
 * again: which takes days of keeping, and one machine an identity. Broker and hub start together, so that nothing is on its way that speaks of what was; tills that stay
 * connected would find out with their next sale. */
static void restore_hub(struct world *world)
{
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++) {
        if (!world->tills[i].is_on || world->tills[i].disk.is_dead)
            return;
    }
    if (!world->has_backup || world->hub_disk.is_dead || world->tills[world->identity_count].is_there)
        return;
    world->was_hub_restored = true;
    tell(world, "the hub gets its backup");
    for (size_t i = 0; i < HUBS_MAX && world->hubs[i].is_there; i++) {
        hub_crash(&world->hubs[i]);
        world->hubs[i].start_due_ms = world->now_ms + some_time_ms(world);
    }
    restart_broker(world);
    memory_storage_copy(&world->hub_disk, &world->hub_backup);
    for (size_t i = 0; i < TILLS_MAX && world->tills[i].is_there; i++)
        world->tills[i].sales = sales_kept(&world->tills[i]);
    for (size_t i = 0; i < IMAGES_MAX; i++)
        world->images[i].is_taken = false; /* what is on them was there, and is no more */
    for (size_t i = 0; i < IDENTITIES_MAX; i++)
        world->identities[i].is_cloned = false;
}

static bool has_two(const struct world *world, unsigned identity)
{
    unsigned count = 0;
    for (size_t i = 0; i < TILLS_MAX; i++)
        count += world->tills[i].is_there && world->tills[i].identity == identity ? 1 : 0;
    return count > 1;
}

/* A second machine with the same image: both live, and both sell. */
static void clone(struct world *world)
{
    struct till *original = &world->tills[chance(world, world->identity_count)];
    if (world->was_hub_restored || has_two(world, original->identity) || !original->is_on ||
        original->disk.is_dead)
        return;
    struct till *copy = till_add(world, original->identity);
    if (copy == NULL)
        return;
    tell(world, "%s/%u is cloned as %u", identity_names[original->identity], original->number, copy->number);
    memory_storage_copy(&copy->disk, &original->disk);
    copy->sales = original->sales;
    world->identities[original->identity] =
        (struct identity){.is_cloned = true, .cloned_incarnation = journal_incarnation(original->journal)};
    copy->start_due_ms = world->now_ms + some_time_ms(world);
}

static void forget(struct world *world)
{
    tell(world, "the broker forgets %zu messages", world->network.message_count);
    network_forget(world);
}

static const struct fate {
    unsigned weight;
    void (*strike)(struct world *world);
} fates[] = {
    {40, sell},
    {1, sell_many},
    {6, cut_till},
    {3, cut_hub},
    {6, crash_till_at_a_step},
    {5, crash_hub_at_a_step},
    {2, crash_till_now},
    {4, disk_error},
    {2, restart_broker},
    {3, forget},
    {3, partition},
    {2, refuse},
    {2, mute},
    {3, set_clock},
    {5, trim},
    {6, take_image},
    {6, restore},
    {1, replace_disk},
    {3, clone},
    {2, back_up_hub},
    {1, restore_hub},
};

void fate_strike(struct world *world)
{
    unsigned sum = 0;
    for (size_t i = 0; i < COUNT_OF(fates); i++)
        sum += fates[i].weight;
    uint64_t luck = chance(world, sum);
    size_t i = 0;
    while (luck >= fates[i].weight)
        luck -= fates[i++].weight;
    fates[i].strike(world);
}
