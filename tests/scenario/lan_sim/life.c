/* SPDX-License-Identifier: Apache-2.0 */
/* life.c - one seed: what happens, and that nothing is given twice. */
#include "scenario/lan_sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lan/arbiter.h"
#include "lan/items.h"
#include "wire/record.h"
#include "wire/topic.h"

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)
#define DISK_SIZE        (UINT64_C(32) << 20)
#define FATES            60
#define BALANCE          1000
#define LIMIT            3
#define STORE            "store-1"
#define DAY              20000

static const char *const names[TILLS_MAX] = {"till-0", "till-1", "till-2", "till-3", "till-4"};

static uint64_t chance(struct world *world, uint64_t bound)
{
    return seed_below(&world->seed, bound);
}

static bool happens(struct world *world, unsigned percent)
{
    return percent > 0 && chance(world, 100) < percent;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct world *world, const char *format, ...)
{
    if (!world->is_verbose)
        return;
    va_list list;
    va_start(list, format);
    (void)printf("%9" PRIu64 " ms  ", world->now_ms);
    (void)vprintf(format, list);
    (void)putchar('\n');
    va_end(list);
}

/* ---- the broker */

static void send_to(struct world *world, struct line *to, const char *topic, struct span payload)
{
    unsigned copies = happens(world, world->loss_percent) ? 0 : happens(world, world->double_percent) ? 2 : 1;
    for (unsigned i = 0; to->is_up && i < copies && world->message_count < MESSAGES_MAX; i++) {
        struct message *message = &world->messages[world->message_count++];
        uint8_t *bytes = memory_shelf_take(world->shelf, payload.size + 1);
        memcpy(bytes, payload.bytes, payload.size);
        *message = (struct message){.due_ms = world->now_ms + 1 + chance(world, world->delay_ms_max),
                                    .to = to,
                                    .epoch = to->epoch,
                                    .payload = span_of(bytes, payload.size)};
        memcpy(message->topic, topic, strlen(topic) + 1);
    }
}

/* Words go to the arbiter's agent, answers to the till; a clone that is thrown out hears nothing. */
static void route(struct world *world, const char *topic, struct span payload)
{
    enum topic kind;
    struct topic_parts parts;
    MUST(topic_read(span_of_text(topic), &kind, &parts));
    for (unsigned i = 0; i < world->till_count; i++) {
        struct till *till = &world->tills[i];
        bool is_meant = kind == TOPIC_LAN_WORD ? i == 0 : strcmp(parts.till, names[till->identity]) == 0;
        if (is_meant && till->is_on)
            send_to(world, &till->line, topic, payload);
    }
}

static struct till *owner_of(const struct line *line)
{
    return &line->world->tills[line->till];
}

static void op_bind(void *self, const struct transport_handler *handler)
{
    ((struct line *)self)->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    struct line *line = self;
    (void)will;
    line->is_trying = true;
    line->connect_due_ms = line->world->now_ms + 1 + chance(line->world, 50);
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    struct line *line = self;
    line->is_trying = false;
    line->is_up = false;
    line->epoch++;
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct line *line = self;
    if (!line->is_up || owner_of(line)->disk.is_dead)
        return ERR_CLOSED;
    route(line->world, topic, payload);
    return ERR_OK;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter;
    return ((struct line *)self)->is_up ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0;
}

static struct transport as_transport(struct line *line)
{
    static const struct transport_ops ops = {op_bind,    op_connect,   op_disconnect,
                                             op_publish, op_subscribe, op_in_flight};
    return (struct transport){&ops, line};
}

static void cut(struct till *till)
{
    bool was = till->line.is_up || till->line.is_trying;
    op_disconnect(&till->line);
    if (was && till->is_on)
        till->line.handler.disconnected(till->line.handler.context, ERR_CLOSED);
    till->run_due_ms = till->world->now_ms;
}

static void finish_connect(struct till *till)
{
    struct world *world = till->world;
    till->line.is_trying = false;
    if (till->line.is_cut_off) {
        till->line.handler.disconnected(till->line.handler.context, ERR_CLOSED);
        return;
    }
    for (unsigned i = 0; i < world->till_count; i++) {
        if (i != till->number && world->tills[i].identity == till->identity)
            cut(&world->tills[i]);
    }
    till->line.is_up = true;
    till->line.epoch++;
    till->line.handler.connected(till->line.handler.context);
    till->run_due_ms = world->now_ms;
}

/* ---- judging */

static const char *thing_name(size_t thing)
{
    return thing < COUPONS ? "coupon" : thing < COUPONS + MEMBERS ? "points" : "limit";
}

static int64_t most_of(size_t thing)
{
    return thing < COUPONS ? 1 : thing < COUPONS + MEMBERS ? BALANCE : LIMIT;
}

static bool is_new_id(struct world *world, const uint8_t *id)
{
    for (size_t i = 0; i < world->given_count; i++) {
        if (memcmp(world->given_ids[i], id, LAN_ITEM_SIZE) == 0)
            return false;
    }
    KASSA_ASSERT(world->given_count < GIVEN_MAX);
    memcpy(world->given_ids[world->given_count++], id, LAN_ITEM_SIZE);
    return true;
}

static void judge_given(struct world *world)
{
    for (size_t i = 0; i < THINGS && world->violation == NULL; i++) {
        if (world->given[i] <= most_of(i))
            continue;
        (void)snprintf(world->detail, sizeof(world->detail), "%s %zu: %" PRId64 " of %" PRId64, thing_name(i),
                       i, world->given[i], most_of(i));
        world->violation = "given twice";
        tell(world, "VIOLATED: %s", world->detail);
    }
}

static void count_receipt(struct world *world, const kassa_Receipt *receipt)
{
    const kassa_Loyalty *loyalty = &receipt->loyalty;
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++)
        world->given[loyalty->coupons[i].serial[0] - '0']++;
    if (loyalty->points_burned > 0)
        world->given[COUPONS + loyalty->member.bytes[0]] += loyalty->points_burned;
    for (pb_size_t i = 0; i < loyalty->uses_count; i++)
        world->given[COUPONS + MEMBERS] += loyalty->uses[i].amount;
}

/* What stands on a disk was given, even if the power went before anybody heard so; what a later image lacks, too. */
static void count_disk(struct till *till)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    static kassa_LanUse use;
    static kassa_Receipt receipt;
    uint64_t fail_in = till->disk.fail_in;
    till->disk.fail_in = 0;
    for (uint64_t seq = 1; seq < journal_next_seq(till->journal); seq++) {
        struct journal_record record;
        bool is_use = false;
        MUST(journal_read(till->journal, seq, buffer, sizeof(buffer), &record));
        MUST(lan_use_of_record(record.bytes, &use, &is_use));
        if (!is_use || !is_new_id(till->world, use.id.bytes))
            continue;
        MUST(wire_record_read_head(record.bytes, &receipt));
        count_receipt(till->world, &receipt);
    }
    till->disk.fail_in = fail_in;
    judge_given(till->world);
}

/* ---- selling */

static void fill_member(kassa_Reserve *reserve, unsigned member)
{
    reserve->member.size = MEMBER_SIZE;
    memset(reserve->member.bytes, 0, MEMBER_SIZE);
    reserve->member.bytes[0] = (uint8_t)member;
}

static void draw_wish(struct till *till)
{
    struct world *world = till->world;
    kassa_Reserve *reserve = &till->reserve;
    memset(reserve, 0, sizeof(*reserve));
    reserve->business_day = DAY;
    fill_member(reserve, (unsigned)chance(world, MEMBERS));
    if (chance(world, 2) == 0) {
        reserve->coupons_count = 1;
        memcpy(reserve->coupons[0].series, "spring", 7);
        reserve->coupons[0].serial[0] = (char)('0' + chance(world, COUPONS));
        reserve->coupons[0].event = kassa_CouponEvent_COUPON_REDEEMED;
    }
    if (chance(world, 2) == 0)
        reserve->points = (int64_t)(100 + chance(world, 700));
    if (chance(world, 3) == 0 || (reserve->points == 0 && reserve->coupons_count == 0)) {
        reserve->uses_count = 1;
        reserve->uses[0] = (kassa_OfferUse){
            .per = kassa_LimitPer_LIMIT_PER_STORE, .amount = 1, .most = LIMIT, .offer = "lamp"};
    }
}

static void begin_sale(struct till *till)
{
    static struct lan_claim_items items;
    const int64_t most[OFFER_USES_MAX] = {LIMIT};
    struct lan_wish wish = {&till->reserve, most, BALANCE, 1, -1};
    if (!till->is_on || till->sale != SALE_NONE)
        return;
    draw_wish(till);
    (void)snprintf(till->key, sizeof(till->key), "%s/%s/%" PRIu64, STORE, names[till->identity],
                   ++till->world->keys);
    lan_items_of_wish(&wish, &items);
    if (lan_claim(till->lan, till->key, &items) != ERR_OK)
        return;
    till->sale = SALE_CLAIMING;
    till->sale_due_ms = till->world->now_ms + 300 + chance(till->world, 1500);
    tell(till->world, "%u claims %s", till->number, till->key);
}

static void fill_receipt(struct till *till, struct wire_record *record)
{
    kassa_Receipt *head = &record->body.receipt.head;
    const kassa_Reserve *reserve = &till->reserve;
    memset(record, 0, sizeof(*record));
    record->head = (kassa_Record){.kind = kassa_RecordKind_RECORD_PURCHASE,
                                  .seq = journal_next_seq(till->journal),
                                  .mono_ms = till->world->now_ms,
                                  .boot_id = till->booted_ms + till->number};
    head->has_id = true;
    head->id.number = journal_next_receipt(till->journal);
    head->id.business_day = DAY;
    memcpy(head->id.till, names[till->identity], 7);
    memcpy(head->id.store, STORE, sizeof(STORE));
    head->kind = kassa_ReceiptKind_RECEIPT_SALE;
    head->has_loyalty = true;
    head->loyalty.points_burned = reserve->points;
    head->loyalty.member.size = MEMBER_SIZE;
    memcpy(head->loyalty.member.bytes, reserve->member.bytes, MEMBER_SIZE);
    memcpy(head->loyalty.reservation, till->key, sizeof(head->loyalty.reservation));
    head->loyalty.coupons_count = reserve->coupons_count;
    memcpy(head->loyalty.coupons, reserve->coupons, sizeof(reserve->coupons));
    head->loyalty.uses_count = reserve->uses_count;
    memcpy(head->loyalty.uses, reserve->uses, sizeof(reserve->uses));
}

static void commit_sale(struct till *till)
{
    static struct wire_record record;
    static uint8_t bytes[4096];
    struct journal_entry entry = {.takes_receipt = true};
    size_t size = 0;
    uint64_t seq;
    fill_receipt(till, &record);
    MUST(wire_record_encode(&record, bytes, sizeof(bytes), &size));
    entry.bytes = span_of(bytes, size);
    enum err error = journal_append(till->journal, &entry, 1, &seq);
    tell(till->world, "%u gives %s: %s", till->number, till->key, err_name(error));
    till->sold_ms = till->world->now_ms;
    if (error != ERR_OK) /* it is tried again, if the machine lives */
        return;
    till->sale = SALE_NONE;
    lan_appended(till->lan);
    lan_commit(till->lan, till->key);
    count_disk(till);
}

static void run_sale(struct till *till)
{
    if (till->sale == SALE_NONE || till->sale_due_ms > till->world->now_ms)
        return;
    bool is_granted = till->sale == SALE_GRANTED;
    till->sale_due_ms = till->world->now_ms + 100;
    if (is_granted && chance(till->world, 5) != 0) {
        commit_sale(till);
        return;
    }
    till->world->given_up++;
    till->sale = SALE_NONE;
    tell(till->world, "%u gives up %s", till->number, till->key);
    lan_release(till->lan, till->key);
}

static void on_judged(void *context, const struct lan_verdict *verdict)
{
    struct till *till = context;
    struct world *world = till->world;
    if (till->sale == SALE_NONE || strcmp(verdict->key, till->key) != 0)
        return;
    bool was_granted = till->sale == SALE_GRANTED;
    tell(world, "%u: %s is %s", till->number, till->key, verdict->is_granted ? "granted" : "refused");
    till->sale = verdict->is_granted ? SALE_GRANTED : SALE_NONE;
    world->granted += verdict->is_granted && !was_granted;
    world->refused += !verdict->is_granted;
    if (!was_granted)
        till->sale_due_ms = world->now_ms + chance(world, chance(world, 4) == 0 ? 5000 : 50);
}

/* ---- machines */

static int64_t wall_unix_ms(void *self)
{
    return 1795000000000 + (int64_t)((struct till *)self)->world->now_ms;
}

static uint64_t mono_ms(void *self)
{
    const struct till *till = self;
    return till->world->now_ms - till->booted_ms + 1;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 0;
}

static struct clock clock_of(struct till *till)
{
    static const struct clock_ops ops = {wall_unix_ms, mono_ms, utc_offset_min};
    return (struct clock){&ops, till};
}

static void append_start(struct till *till)
{
    static struct wire_record record;
    uint8_t bytes[256];
    size_t size = 0;
    uint64_t seq;
    memset(&record, 0, sizeof(record));
    record.head = (kassa_Record){.kind = kassa_RecordKind_RECORD_TILL_STARTED,
                                 .seq = journal_next_seq(till->journal),
                                 .boot_id = till->booted_ms * TILLS_MAX + till->number};
    MUST(wire_record_encode(&record, bytes, sizeof(bytes), &size));
    struct journal_entry entry = {.bytes = span_of(bytes, size)};
    KASSA_ASSERT(journal_append(till->journal, &entry, 1, &seq) == ERR_OK || till->disk.failures > 0);
}

static void open_court(struct till *till)
{
    struct world *world = till->world;
    memory_storage_revive(&world->court_disk);
    struct court_parts parts = {memory_storage_as_storage(&world->court_disk), clock_of(till),
                                seed_as_random(&world->seed)};
    MUST(court_open(&parts, &world->court));
}

static void start(struct till *till)
{
    struct world *world = till->world;
    memory_storage_revive(&till->disk);
    till->start_due_ms = NEVER;
    till->booted_ms = world->now_ms;
    struct journal_settings own = {.random = seed_as_random(&world->seed)};
    MUST(journal_open(memory_storage_as_storage(&till->disk), &own, &till->journal));
    append_start(till);
    count_disk(till);
    if (till->number == 0)
        open_court(till);
    struct lan_settings settings = {names[till->identity], STORE, 1500, 200};
    struct lan_parts parts = {as_transport(&till->line), clock_of(till), seed_as_random(&world->seed),
                              till->journal, till->number == 0 ? world->court : NULL};
    struct lan_handler handler = {.on_judged = on_judged, .context = till};
    MUST(lan_open(&settings, &parts, &handler, &till->lan));
    till->is_on = true;
    till->run_due_ms = world->now_ms;
    tell(world, "%u starts", till->number);
}

static void crash(struct till *till)
{
    if (!till->is_on)
        return;
    tell(till->world, "%u loses its power", till->number);
    till->disk.is_dead = true;
    if (till->number == 0) {
        till->world->court_disk.is_dead = true;
        court_close(till->world->court);
        till->world->court = NULL;
    }
    till->is_on = false;
    till->run_due_ms = NEVER;
    till->sale = SALE_NONE;
    lan_close(till->lan);
    journal_close(till->journal);
}

static void run_till(struct till *till)
{
    run_sale(till);
    if (till->disk.is_dead)
        return;
    uint64_t due = lan_run(till->lan);
    till->run_due_ms = due == UINT64_MAX ? NEVER : due + till->booted_ms - 1;
    if (till->sale != SALE_NONE && till->sale_due_ms < till->run_due_ms)
        till->run_due_ms = till->sale_due_ms;
    if (till->run_due_ms <= till->world->now_ms)
        till->run_due_ms = till->world->now_ms + 1;
}

/* ---- time */

static void deliver(struct world *world, size_t index)
{
    struct message message = world->messages[index];
    struct till *to = owner_of(message.to);
    world->messages[index] = world->messages[--world->message_count];
    if (message.to->epoch != message.epoch || !message.to->is_up || !to->is_on || to->disk.is_dead)
        return;
    message.to->handler.message(message.to->handler.context, span_of_text(message.topic), message.payload);
    to->run_due_ms = world->now_ms;
}

static uint64_t due_of(const struct till *till)
{
    uint64_t due = till->is_on ? till->run_due_ms : till->start_due_ms;
    return till->is_on && till->line.is_trying && till->line.connect_due_ms < due ? till->line.connect_due_ms
                                                                                  : due;
}

static uint64_t next_due_ms(const struct world *world)
{
    uint64_t due = NEVER;
    for (size_t i = 0; i < world->message_count; i++)
        due = world->messages[i].due_ms < due ? world->messages[i].due_ms : due;
    for (unsigned i = 0; i < world->till_count; i++)
        due = due_of(&world->tills[i]) < due ? due_of(&world->tills[i]) : due;
    return due;
}

static void step_till(struct till *till)
{
    uint64_t now_ms = till->world->now_ms;
    if (due_of(till) > now_ms)
        return;
    if (!till->is_on)
        start(till);
    else if (till->line.is_trying && till->line.connect_due_ms <= now_ms)
        finish_connect(till);
    else
        run_till(till);
}

/* Machines whose power went in the middle of what they did. */
static void bury(struct world *world)
{
    for (unsigned i = 0; i < world->till_count; i++) {
        struct till *till = &world->tills[i];
        bool is_dead = till->disk.is_dead || (i == 0 && world->court_disk.is_dead);
        if (!till->is_on || !is_dead)
            continue;
        crash(till);
        till->start_due_ms = world->now_ms + 1 + chance(world, 3000);
    }
}

static void run_until(struct world *world, uint64_t until_ms)
{
    while (world->violation == NULL && next_due_ms(world) <= until_ms) {
        uint64_t due = next_due_ms(world);
        world->now_ms = due > world->now_ms ? due : world->now_ms;
        for (size_t i = 0; i < world->message_count; i++) {
            if (world->messages[i].due_ms <= world->now_ms) {
                deliver(world, i);
                break;
            }
        }
        for (unsigned i = 0; i < world->till_count; i++) {
            bury(world);
            step_till(&world->tills[i]);
        }
        bury(world);
        world->steps++;
    }
    world->now_ms = until_ms > world->now_ms ? until_ms : world->now_ms;
}

/* ---- fates */

static struct till *any_till(struct world *world)
{
    return &world->tills[chance(world, world->till_count)];
}

static void sell(struct world *world)
{
    begin_sale(any_till(world));
}

/* Two at the same moment want the same. */
static void race(struct world *world)
{
    for (unsigned i = 0; i < world->till_count; i++)
        begin_sale(&world->tills[i]);
}

static void cut_line(struct world *world)
{
    cut(any_till(world));
}

static void partition(struct world *world)
{
    struct till *till = any_till(world);
    if (world->has_clone)
        return;
    till->line.is_cut_off = !till->line.is_cut_off;
    if (till->line.is_cut_off)
        cut(till);
}

static void restart_broker(struct world *world)
{
    world->message_count = 0;
    for (unsigned i = 0; i < world->till_count; i++)
        cut(&world->tills[i]);
}

/* A clone of a till that dies before it told may give what its original gave: nobody else can know. */
static bool may_fall(const struct till *till)
{
    return !till->world->has_clone || till->number == 0;
}

static void crash_now(struct world *world)
{
    struct till *till = any_till(world);
    if (!till->is_on || !may_fall(till))
        return;
    crash(till);
    till->start_due_ms = world->now_ms + 1 + chance(world, chance(world, 3) == 0 ? 100000 : 2000);
}

static void fail_soon(struct world *world)
{
    static const enum memory_fault faults[] = {MEMORY_POWER_CUT, MEMORY_POWER_CUT_LATE, MEMORY_IO,
                                               MEMORY_IO_COMMITTED};
    struct till *till = any_till(world);
    struct memory_storage *disk = chance(world, 2) == 0 ? &world->court_disk : &till->disk;
    if (disk->is_dead || !may_fall(till))
        return;
    disk->fault = faults[chance(world, COUNT_OF(faults))];
    disk->fail_in = 1 + chance(world, 20);
}

static void take_image(struct world *world)
{
    struct till *till = any_till(world);
    if (!till->is_on || till->disk.is_dead)
        return;
    memory_storage_copy(&till->image, &till->disk);
    till->has_image = true;
}

/* An old image takes the disk's place; not within the moment in which it has sold and nobody was told. */
static void restore(struct world *world)
{
    struct till *till = any_till(world);
    if (!till->has_image || !till->is_on || till->sale != SALE_NONE ||
        lan_get_state(till->lan) != LAN_JOINED || world->now_ms < till->sold_ms + 20000 || !may_fall(till))
        return;
    crash(till);
    world->was_restored = true;
    world->has_court_image =
        false; /* what is told by nobody any more must not be forgotten by the arbiter too */
    tell(world, "%u gets an old image", till->number);
    memory_storage_copy(&till->disk, &till->image);
    till->start_due_ms = world->now_ms + 1 + chance(world, 2000);
}

static void take_court_image(struct world *world)
{
    if (world->court_disk.is_dead)
        return;
    memory_storage_copy(&world->court_image, &world->court_disk);
    world->has_court_image = true;
}

static bool are_all_joined(const struct world *world)
{
    bool are = !world->has_clone;
    for (unsigned i = 0; i < world->till_count; i++)
        are = are && world->tills[i].is_on && lan_get_state(world->tills[i].lan) == LAN_JOINED;
    return are;
}

/* Another till than the arbiter's goes, which has told all it gave and was heard of by the others; NULL: none can. */
static struct till *send_away(struct world *world)
{
    struct till *till = &world->tills[1 + chance(world, world->till_count - 1)];
    if (world->till_count < 3 || world->now_ms < till->sold_ms + 20000)
        return NULL;
    crash(till);
    till->start_due_ms = NEVER;
    return till;
}

/* The tills try to sell for a while, on a network that loses as much as one that works does; in the middle of it the
 * arbiter's machine falls once. */
static void live_in_doubt(struct world *world)
{
    unsigned loss_percent = world->loss_percent;
    uint64_t delay_ms_max = world->delay_ms_max;
    world->loss_percent = loss_percent < 15 ? loss_percent : 15;
    world->delay_ms_max = delay_ms_max < 200 ? delay_ms_max : 200;
    uint64_t falls = chance(world, 8);
    for (unsigned i = 0; i < 8 && world->violation == NULL; i++) {
        run_until(world, world->now_ms + 4000);
        race(world);
        if (i != falls || !world->tills[0].is_on)
            continue;
        crash(&world->tills[0]);
        world->tills[0].start_due_ms = world->now_ms + 1 + chance(world, 2000);
    }
    world->loss_percent = loss_percent;
    world->delay_ms_max = delay_ms_max;
}

/* The arbiter's disk is an old one, or an empty one: those who are there tell it, and it waits for who is not. */
static void set_court_back(struct world *world)
{
    struct till *till = &world->tills[0];
    if (!are_all_joined(world) || (world->was_restored && !world->has_court_image))
        return;
    struct till *away = send_away(world);
    crash(till);
    tell(world, "the arbiter gets %s%s", world->has_court_image ? "an old image" : "an empty disk",
         away != NULL ? ", and one is away" : "");
    if (world->has_court_image && (world->was_restored || chance(world, 4) != 0))
        memory_storage_copy(&world->court_disk, &world->court_image);
    else
        memory_storage_init(&world->court_disk, world->shelf, COURT_TABLE_COUNT, DISK_SIZE);
    till->start_due_ms = world->now_ms + 1;
    for (unsigned i = 0; i < world->till_count; i++)
        world->tills[i].disk.fail_in = 0;
    live_in_doubt(world);
    if (away != NULL)
        away->start_due_ms = world->now_ms + chance(world, 20000);
}

/* A second machine with the same disk: both live, and throw each other out. */
static void clone(struct world *world)
{
    struct till *original = any_till(world);
    if (world->has_clone || world->till_count == TILLS_MAX || original->number == 0 || !original->is_on ||
        original->disk.is_dead || original->line.is_cut_off)
        return;
    struct till *copy = &world->tills[world->till_count];
    *copy = (struct till){.world = world,
                          .number = world->till_count,
                          .identity = original->identity,
                          .is_there = true,
                          .start_due_ms = world->now_ms + chance(world, 1000),
                          .run_due_ms = NEVER,
                          .line = {.world = world, .till = world->till_count}};
    original->disk.fail_in = 0;
    memory_storage_copy(&copy->disk, &original->disk);
    world->till_count++;
    world->has_clone = true;
    tell(world, "%u is cloned as %u", original->number, copy->number);
}

static const struct fate {
    unsigned weight;
    void (*strike)(struct world *world);
} fates[] = {{40, sell},          {10, race},     {6, cut_line},   {4, partition}, {2, restart_broker},
             {5, crash_now},      {6, fail_soon}, {4, take_image}, {4, restore},   {3, take_court_image},
             {3, set_court_back}, {1, clone}};

static void strike(struct world *world)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(fates); i++)
        sum += fates[i].weight;
    uint64_t luck = chance(world, sum);
    size_t i = 0;
    while (luck >= fates[i].weight)
        luck -= fates[i++].weight;
    fates[i].strike(world);
}

/* ---- a life */

static void begin(struct world *world, uint64_t seed, bool is_verbose)
{
    static struct memory_shelf shelf;
    static const unsigned percents[] = {0, 5, 15, 30};
    static const uint64_t delays_ms[] = {2, 20, 200, 1000};
    memory_shelf_empty(&shelf);
    memset(world, 0, sizeof(*world));
    world->seed_number = seed;
    world->seed = (struct seed){seed};
    world->is_verbose = is_verbose;
    world->shelf = &shelf;
    world->now_ms = 1000;
    world->loss_percent = percents[chance(world, COUNT_OF(percents))];
    world->double_percent = percents[chance(world, COUNT_OF(percents))];
    world->delay_ms_max = delays_ms[chance(world, COUNT_OF(delays_ms))];
    world->till_count = 2 + (unsigned)chance(world, 3);
    memory_storage_init(&world->court_disk, world->shelf, COURT_TABLE_COUNT, DISK_SIZE);
    for (unsigned i = 0; i < world->till_count; i++) {
        struct till *till = &world->tills[i];
        *till = (struct till){.world = world,
                              .number = i,
                              .identity = i,
                              .is_there = true,
                              .start_due_ms =
                                  world->now_ms + chance(world, i > 1 ? 60000 : 200), /* some join late */
                              .run_due_ms = NEVER,
                              .line = {.world = world, .till = i}};
        memory_storage_init(&till->disk, world->shelf, JOURNAL_TABLE_COUNT, DISK_SIZE);
    }
}

static void end(struct world *world)
{
    for (unsigned i = 0; i < world->till_count; i++)
        crash(&world->tills[i]);
}

bool live(struct world *world, uint64_t seed, bool is_verbose)
{
    static const uint64_t gaps_ms[] = {2, 20, 200, 2000, 10000};
    begin(world, seed, is_verbose);
    for (unsigned i = 0; i < FATES && world->violation == NULL; i++) {
        run_until(world, world->now_ms + 1 + chance(world, gaps_ms[chance(world, COUNT_OF(gaps_ms))]));
        strike(world);
        bury(world);
    }
    run_until(world, world->now_ms + 60000);
    end(world);
    return world->violation == NULL;
}
