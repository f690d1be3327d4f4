/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c - what must hold, looked at from outside: on the disks, not in what the programs believe. */
#include "scenario/sync_sim/world.h"

#include <inttypes.h>

#include "crm/crm.h"
#include "wire/record.h"

/* Looking is no operation of the machine: it takes no part in faults, and a disk can be read without power. */
struct look {
    struct memory_storage *disk;
    uint64_t fail_in;
    bool is_dead;
};

static struct look look_begin(struct memory_storage *disk)
{
    struct look look = {disk, disk->fail_in, disk->is_dead};
    disk->fail_in = 0;
    disk->is_dead = false;
    return look;
}

static void look_end(const struct look *look)
{
    look->disk->fail_in = look->fail_in;
    look->disk->is_dead = look->is_dead;
}

static void no_close(struct store_keyed *keyed)
{
    (void)keyed;
}

/* ---- on the way */

struct one {
    uint64_t incarnation;
    uint64_t seq;
    struct span record;
};

static bool visit_one(void *context, const struct store_record_id *id, struct span record)
{
    struct one *one = context;
    if (id->incarnation == one->incarnation && id->seq == one->seq)
        one->record = record;
    return false;
}

static bool has_hub(const struct store_txn *txn, const struct till *till, uint64_t seq, struct span record)
{
    struct one one = {journal_incarnation(till->journal), seq, {NULL, 0}};
    struct store_record_id from = {.incarnation = one.incarnation, .seq = seq};
    memcpy(from.till, identity_names[till->identity], strlen(identity_names[till->identity]));
    return store_scan_records(txn, &from, visit_one, &one) == ERR_OK && one.record.bytes != NULL &&
           span_is_equal(one.record, record);
}

/* What the till takes for acknowledged is on the hub's disk, byte by byte: it may be trimmed from now on. */
static void judge_acknowledged(struct till *till, uint64_t from, uint64_t to)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct world *world = till->world;
    struct look own = look_begin(&till->disk), hubs = look_begin(&world->hub_disk);
    struct store_keyed keyed = {.storage = memory_storage_as_storage(&world->hub_disk), .close = no_close};
    struct store_txn txn;
    KASSA_ASSERT(store_begin(store_keyed_as_store(&keyed), STORE_READ, &txn) == ERR_OK);
    for (uint64_t seq = from; seq <= to && world->violation == NULL; seq++) {
        struct journal_record record;
        enum err error = journal_read(till->journal, seq, buffer, sizeof(buffer), &record);
        if (error != ERR_OK || !has_hub(&txn, till, seq, record.bytes))
            violate(world, "acknowledged, and not at the hub", "till %u seq %" PRIu64 " (%s)", till->number,
                    seq, err_name(error));
    }
    store_abort(&txn);
    look_end(&own);
    look_end(&hubs);
}

void judge_till(struct till *till)
{
    struct sync_status status;
    if (!till->is_on || till->disk.is_dead)
        return;
    sync_get_status(till->sync, &status);
    uint64_t incarnation = journal_incarnation(till->journal);
    if (incarnation != till->checked_incarnation)
        till->checked_seq = 0;
    till->checked_incarnation = incarnation;
    if (status.acknowledged_seq > till->checked_seq)
        judge_acknowledged(till, till->checked_seq + 1, status.acknowledged_seq);
    till->checked_seq = status.acknowledged_seq;
}

/* After each commit what is counted is what is kept: a transaction is whole. */
void judge_hub(struct world *world)
{
    struct look look = look_begin(&world->hub_disk);
    struct store_keyed keyed = {.storage = memory_storage_as_storage(&world->hub_disk), .close = no_close};
    struct store_txn txn;
    crm_Totals totals;
    KASSA_ASSERT(store_begin(store_keyed_as_store(&keyed), STORE_READ, &txn) == ERR_OK);
    KASSA_ASSERT(crm_totals_get(&txn, &totals) == ERR_OK);
    store_abort(&txn);
    uint64_t kept = world->hub_disk.tables[STORE_KEYED_RECORDS].count;
    if (totals.records != kept)
        violate(world, "counted otherwise than kept", "%" PRIu64 " counted, %" PRIu64 " kept", totals.records,
                kept);
    look_end(&look);
}

/* ---- at the end */

struct verdict {
    struct world *world;
    uint8_t counts[SALES_MAX];
    uint64_t kept, bad_order, strange;
    int64_t sum_minor;
    uint64_t purchases, taps, unreadable;
    struct store_record_id last;
};

static bool count_record(void *context, const struct store_record_id *id, struct span record)
{
    struct verdict *verdict = context;
    kassa_Record head;
    bool goes_on = strcmp(id->till, verdict->last.till) == 0 && id->incarnation == verdict->last.incarnation;
    verdict->bad_order += id->seq == (goes_on ? verdict->last.seq + 1 : 1) ? 0 : 1;
    verdict->last = *id;
    verdict->kept++;
    if (wire_record_peek(record, &head) != ERR_OK || head.mono_ms >= verdict->world->sale_count) {
        verdict->strange++;
        return true;
    }
    const struct sale *sale = &verdict->world->sales[head.mono_ms];
    if (verdict->counts[head.mono_ms] < UINT8_MAX)
        verdict->counts[head.mono_ms]++;
    verdict->taps += sale->kind == 0 ? 1 : 0;
    verdict->purchases += sale->kind == 1 ? 1 : 0;
    verdict->unreadable += sale->kind == 2 ? 1 : 0;
    verdict->sum_minor += sale->kind == 1 ? sale->amount_minor : 0;
    return true;
}

static bool must_be_there(const struct world *world, uint32_t number)
{
    for (size_t i = 0; i < TILLS_MAX; i++) {
        if (world->tills[i].is_there && sales_has(&world->tills[i].sales, number))
            return true;
    }
    return false;
}

static void judge_counts(struct world *world, const struct verdict *verdict)
{
    for (uint32_t i = 0; i < world->sale_count; i++) {
        if (verdict->counts[i] == 0 && must_be_there(world, i))
            violate(world, "a sale was lost", "sale %u of %s", i, identity_names[world->sales[i].identity]);
        if (verdict->counts[i] > 1)
            violate(world, "a sale was doubled", "sale %u of %s: %u times", i,
                    identity_names[world->sales[i].identity], verdict->counts[i]);
    }
}

static void judge_totals(struct world *world, const struct verdict *verdict, const crm_Totals *totals)
{
    int64_t sum = totals->currencies_count > 0 ? totals->currencies[0].sales_minor : 0;
    if (sum != verdict->sum_minor)
        violate(world, "the money is not the same", "%" PRId64 " at the hub, %" PRId64 " sold", sum,
                verdict->sum_minor);
    if (totals->records != verdict->kept || totals->purchases != verdict->purchases ||
        totals->taps != verdict->taps || totals->quarantined != verdict->unreadable)
        violate(world, "counted otherwise than kept", "%" PRIu64 " of %" PRIu64, totals->records,
                verdict->kept);
    if (verdict->bad_order != 0 || verdict->strange != 0)
        violate(world, "out of order", "%" PRIu64 " records, %" PRIu64 " strange", verdict->bad_order,
                verdict->strange);
}

static void judge_clones(struct world *world, const struct store_txn *txn)
{
    for (unsigned i = 0; i < world->identity_count; i++) {
        const struct identity *identity = &world->identities[i];
        crm_Till row;
        if (!identity->is_cloned || identity->sold[0] == 0 || identity->sold[1] == 0)
            continue;
        if (crm_till_get(txn, identity_names[i], &row) != ERR_OK ||
            row.fork_count + row.fenced_count + row.restored_count == 0)
            violate(world, "a clone was not noticed", "%s", identity_names[i]);
    }
}

void judge_all(struct world *world)
{
    static struct verdict verdict;
    memset(&verdict, 0, sizeof(verdict));
    verdict.world = world;
    struct store_keyed keyed = {.storage = memory_storage_as_storage(&world->hub_disk), .close = no_close};
    struct store_record_id all = {.till = ""};
    struct store_txn txn;
    crm_Totals totals;
    struct look look = look_begin(&world->hub_disk);
    KASSA_ASSERT(store_begin(store_keyed_as_store(&keyed), STORE_READ, &txn) == ERR_OK);
    KASSA_ASSERT(store_scan_records(&txn, &all, count_record, &verdict) == ERR_OK);
    KASSA_ASSERT(crm_totals_get(&txn, &totals) == ERR_OK);
    judge_counts(world, &verdict);
    judge_totals(world, &verdict, &totals);
    judge_clones(world, &txn);
    store_abort(&txn);
    look_end(&look);
}
