/* SPDX-License-Identifier: Apache-2.0 */
/* machines.c - tills and hubs: the product's objects on a disk, a clock and a line of this world. */
#include "scenario/sync_sim/world.h"

#include <stdlib.h>

#include "wire/record.h"

#define DISK_SIZE (UINT64_C(64) << 20)

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)

const char *const identity_names[IDENTITIES_MAX] = {"till-a", "till-b", "till-c"};

/* ---- clocks */

static int64_t wall_unix_ms(void *self)
{
    const struct machine_clock *clock = self;
    return 1795000000000 + (int64_t)clock->world->now_ms + clock->wall_offset_ms;
}

static uint64_t mono_ms(void *self)
{
    const struct machine_clock *clock = self;
    return clock->world->now_ms - clock->booted_ms + 1;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 0;
}

struct clock machine_clock_of(struct machine_clock *clock)
{
    static const struct clock_ops ops = {wall_unix_ms, mono_ms, utc_offset_min};
    return (struct clock){&ops, clock};
}

static uint64_t world_time(const struct machine_clock *clock, uint64_t due_mono_ms)
{
    return due_mono_ms == UINT64_MAX ? NEVER : due_mono_ms + clock->booted_ms - 1;
}

/* ---- tills */

struct shared_cache *shared_cache(void)
{
    static struct shared_cache cache;
    if (cache.members == NULL) {
        memory_storage_init(&cache.storage, &cache.shelf, MEMBERS_TABLE_COUNT + BOOKCASE_TABLE_COUNT,
                            DISK_SIZE);
        struct storage storage = memory_storage_as_storage(&cache.storage);
        MUST(members_open(storage, 0, &cache.members));
        MUST(bookcase_open(storage, MEMBERS_TABLE_COUNT, &cache.bookcase));
    }
    return &cache;
}

struct till *till_add(struct world *world, unsigned identity)
{
    for (unsigned i = 0; i < TILLS_MAX; i++) {
        struct till *till = &world->tills[i];
        if (till->is_there)
            continue;
        *till = (struct till){.world = world,
                              .identity = identity,
                              .number = i,
                              .is_there = true,
                              .start_due_ms = NEVER,
                              .run_due_ms = NEVER,
                              .clock = {.world = world, .booted_ms = world->now_ms}};
        memory_storage_init(&till->disk, world->shelf, JOURNAL_TABLE_COUNT, DISK_SIZE);
        line_init(&till->line, world, identity_names[identity], &till->disk.is_dead);
        return till;
    }
    return NULL;
}

enum { KIND_TAP, KIND_PURCHASE, KIND_UNREADABLE, KIND_COUNT };

/* A record that names its sale by the monotonic time, which the hub gives no meaning. */
static struct span encode_sale(struct till *till, uint32_t number, uint64_t seq, uint8_t *buffer, size_t size)
{
    const struct sale *sale = &till->world->sales[number];
    struct clock clock = machine_clock_of(&till->clock);
    static struct wire_record
        records[KIND_COUNT]; /* 43 KiB each, nearly all of it zero: written anew where it changes */
    struct wire_record *record = &records[sale->kind];
    kassa_Line line = {
        .number = 1, .sku = "bread", .quantity_milli = 1000, .amount_minor = sale->amount_minor};
    size_t used;
    record->head.seq = seq;
    record->head.wall_unix_ms = clock.ops->wall_unix_ms(clock.self);
    record->head.mono_ms = number;
    record->head.boot_id = till->clock.booted_ms + till->number;
    if (sale->kind == KIND_TAP) {
        record->head.kind = kassa_RecordKind_RECORD_CARD_SEEN;
        record->body.card_seen = (kassa_CardSeen){.card_token.size = TOKEN_SIZE};
    } else {
        record->head.kind = kassa_RecordKind_RECORD_PURCHASE;
        kassa_Receipt *head = &record->body.receipt.head;
        head->has_id = true;
        head->id.number = journal_next_receipt(till->journal);
        head->id.business_day = 20000;
        memcpy(head->id.till, identity_names[till->identity], 7);
        memcpy(head->id.store, "store-1", 8);
        head->kind = kassa_ReceiptKind_RECEIPT_SALE;
        if (sale->kind == KIND_PURCHASE)
            memcpy(head->currency, "EUR", 4);
        head->exponent = 2;
        head->gross_minor = sale->amount_minor;
        head->total_minor = sale->amount_minor;
        record->body.receipt.lines = &line;
        record->body.receipt.line_count = 1;
    }
    MUST(wire_record_encode(record, buffer, size, &used));
    return span_of(buffer, used);
}

static uint32_t draw_sale(struct till *till)
{
    struct world *world = till->world;
    uint32_t number = world->sale_count++;
    unsigned luck = (unsigned)chance(world, 100);
    world->sales[number] = (struct sale){.identity = (uint8_t)till->identity,
                                         .kind = luck < 3    ? KIND_UNREADABLE
                                                 : luck < 50 ? KIND_PURCHASE
                                                             : KIND_TAP,
                                         .amount_minor = (int32_t)(1 + chance(world, 10000))};
    return number;
}

static void note_sold(struct till *till)
{
    struct identity *identity = &till->world->identities[till->identity];
    if (identity->is_cloned && journal_incarnation(till->journal) == identity->cloned_incarnation)
        identity->sold[till->number >= till->world->identity_count ? 1 : 0]++;
}

/* Whatever the line does, a sale is recorded; only the disk itself may say no. */
static void append(struct till *till, unsigned count)
{
    static uint8_t buffers[JOURNAL_APPEND_MAX][512];
    struct world *world = till->world;
    struct journal_entry entries[JOURNAL_APPEND_MAX] = {{.unix_ms = 0}};
    uint32_t first = world->sale_count;
    bool has_receipt = false;
    for (unsigned i = 0; i < count; i++) {
        uint32_t number = draw_sale(till);
        if (has_receipt && world->sales[number].kind != KIND_TAP) /* one receipt a commit */
            world->sales[number].kind = KIND_TAP;
        entries[i].bytes =
            encode_sale(till, number, journal_next_seq(till->journal) + i, buffers[i], sizeof(buffers[i]));
        entries[i].takes_receipt = world->sales[number].kind != KIND_TAP;
        has_receipt = has_receipt || entries[i].takes_receipt;
    }
    uint64_t seq, failures = till->disk.failures;
    enum err error = journal_append(till->journal, entries, count, &seq);
    tell(world, "%s/%u sells %u (%u..), seq %llu: %s", identity_names[till->identity], till->number, count,
         first, error == ERR_OK ? (unsigned long long)seq : 0, err_name(error));
    if (error != ERR_OK) {
        if (till->disk.failures == failures && !till->disk.is_dead)
            violate(world, "a sale was blocked", "till %u: %s", till->number, err_name(error));
        return;
    }
    for (unsigned i = 0; i < count; i++)
        sales_add(&till->sales, first + i);
    note_sold(till);
    sync_appended(till->sync);
}

void till_sell(struct till *till, unsigned count)
{
    if (!till->is_on)
        return;
    while (count > 0 && !till->disk.is_dead && till->world->sale_count + JOURNAL_APPEND_MAX < SALES_MAX) {
        unsigned now = count < JOURNAL_APPEND_MAX ? count : JOURNAL_APPEND_MAX;
        append(till, now);
        count -= now;
    }
    till->run_due_ms = till->world->now_ms;
}

static void on_fault(void *context, enum sync_fault fault, const char *text)
{
    struct till *till = context;
    till->faults[fault]++;
    tell(till->world, "%s/%u says %s %s", identity_names[till->identity], till->number,
         sync_fault_code(fault), text);
    if (till->sync != NULL && till->world->sale_count + JOURNAL_APPEND_MAX < SALES_MAX)
        append(till, 1); /* the agent writes it into the journal */
}

static bool open_till(struct till *till)
{
    struct world *world = till->world;
    struct shared_cache *cache = shared_cache();
    struct journal_settings journal_settings = {.random = seed_as_random(&world->seed)};
    if (journal_open(memory_storage_as_storage(&till->disk), &journal_settings, &till->journal) != ERR_OK) {
        violate(world, "a journal does not open", "till %u", till->number);
        return false;
    }
    struct sync_settings settings = {.till = identity_names[till->identity],
                                     .store = "store-1",
                                     .tenant = "kassa",
                                     .software = "sim",
                                     .backoff_ms_max = world->backoff_ms_max,
                                     .ack_timeout_ms = world->ack_timeout_ms};
    struct sync_parts parts = {line_as_transport(&till->line),
                               machine_clock_of(&till->clock),
                               seed_as_random(&world->seed),
                               till->journal,
                               cache->members,
                               cache->bookcase,
                               NULL};
    struct sync_handler handler = {.on_fault = on_fault, .context = till};
    MUST(sync_open(&settings, &parts, &handler, &till->sync));
    return true;
}

void till_start(struct till *till)
{
    struct sync_status status;
    memory_storage_revive(&till->disk);
    till->start_due_ms = NEVER;
    till->clock.booted_ms = till->world->now_ms;
    if (!open_till(till))
        return;
    till->is_on = true;
    till->run_due_ms = till->world->now_ms;
    sync_get_status(till->sync, &status);
    till->checked_incarnation = journal_incarnation(till->journal);
    till->checked_seq = status.acknowledged_seq;
    tell(till->world, "%s/%u starts: incarnation %016llx, last %llu, acknowledged %llu",
         identity_names[till->identity], till->number, (unsigned long long)till->checked_incarnation,
         (unsigned long long)journal_next_seq(till->journal) - 1,
         (unsigned long long)status.acknowledged_seq);
}

void till_stop(struct till *till)
{
    if (!till->is_on)
        return;
    till->is_on = false;
    till->run_due_ms = NEVER;
    struct sync *sync = till->sync;
    till->sync = NULL;
    sync_close(sync);
    journal_close(till->journal);
    till->journal = NULL;
}

void till_crash(struct till *till)
{
    if (!till->is_on)
        return;
    tell(till->world, "%s/%u loses its power", identity_names[till->identity], till->number);
    till->disk.is_dead = true;
    till_stop(till);
    line_drop(&till->line);
}

void till_run(struct till *till)
{
    till->run_due_ms = world_time(&till->clock, sync_run(till->sync));
    if (till->run_due_ms <= till->world->now_ms)
        till->run_due_ms = till->world->now_ms + 1;
}

/* ---- hubs */

static void leave_disk(struct store_keyed *keyed)
{
    storage_abort(&keyed->txn);
}

void hub_start(struct hub_machine *machine)
{
    struct world *world = machine->world;
    memory_storage_revive(&world->hub_disk);
    machine->start_due_ms = NEVER;
    machine->clock.booted_ms = world->now_ms;
    machine->keyed =
        (struct store_keyed){.storage = memory_storage_as_storage(&world->hub_disk), .close = leave_disk};
    struct hub_parts parts = {.transport = line_as_transport(&machine->line),
                              .store = store_keyed_as_store(&machine->keyed),
                              .clock = machine_clock_of(&machine->clock),
                              .random = seed_as_random(&world->seed)};
    MUST(hub_open(&world->hub_options, &parts, &machine->hub));
    machine->is_on = true;
    machine->run_due_ms = world->now_ms;
    tell(world, "hub starts");
}

void hub_crash(struct hub_machine *machine)
{
    if (!machine->is_on)
        return;
    tell(machine->world, "hub loses its power");
    machine->world->hub_disk.is_dead = true;
    hub_close(machine->hub);
    machine->hub = NULL;
    machine->is_on = false;
    machine->run_due_ms = NEVER;
    line_drop(&machine->line);
}

void hub_machine_run(struct hub_machine *machine)
{
    machine->run_due_ms = world_time(&machine->clock, hub_run(machine->hub));
    if (machine->run_due_ms <= machine->world->now_ms)
        machine->run_due_ms = machine->world->now_ms + 1;
}
