/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/topic.h"

#define DISK_SIZE    (UINT64_C(64) << 20)
#define START_MS     (INT64_C(86400000) * 20778 + 10 * 3600 * 1000)
#define ROUND_MS     20
#define ROUNDS_MAX   2000
#define CALM_ROUNDS  12 /* longer than the hub's push_ms */
#define HUB_POLL_MS  60
#define PEPPER_FIRST 1

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)

static const char *const names[TILLS] = {"till-a", "till-b"};

/* ---- clock */

static int64_t wall_unix_ms(void *self)
{
    return place_wall_ms(self);
}

static uint64_t mono_ms(void *self)
{
    return ((struct place *)self)->now_ms;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 120;
}

static struct clock clock_of(struct place *place)
{
    static const struct clock_ops ops = {wall_unix_ms, mono_ms, utc_offset_min};
    return (struct clock){&ops, place};
}

int64_t place_wall_ms(const struct place *place)
{
    return START_MS + (int64_t)place->now_ms;
}

/* ---- the broker */

static struct span keep(struct place *place, const void *bytes, size_t size)
{
    uint8_t *copy = memory_shelf_take(&place->shelf, size + 1);
    memcpy(copy, bytes, size);
    return span_of(copy, size);
}

static void post(struct place *place, struct wire_end *to, const char *topic, struct span payload)
{
    if (!to->is_up)
        return;
    KASSA_ASSERT(place->parcel_count < MESSAGES_MAX);
    size_t at = (place->parcel_first + place->parcel_count++) % MESSAGES_MAX;
    place->parcels[at] = (struct parcel){to, (const char *)keep(place, topic, strlen(topic) + 1).bytes,
                                         keep(place, payload.bytes, payload.size)};
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct wire_end *end = self;
    struct place *place = end->place;
    enum topic kind;
    struct topic_parts parts;
    if (!end->is_up)
        return ERR_CLOSED;
    MUST(topic_read(span_of_text(topic), &kind, &parts));
    place->look(place->context, topic, payload);
    if (end->client != NULL) {
        post(place, &place->hub_end, topic, payload);
        return ERR_OK;
    }
    for (unsigned i = 0; i < TILLS; i++)
        if (strcmp(names[i], parts.till) == 0)
            post(place, &place->counters[i].end, topic, payload);
    return ERR_OK;
}

static void op_bind(void *self, const struct transport_handler *handler)
{
    ((struct wire_end *)self)->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    struct wire_end *end = self;
    (void)will;
    if (end->is_up || end->is_trying)
        return ERR_STATE;
    end->is_trying = true;
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    struct wire_end *end = self;
    end->is_up = false;
    end->is_trying = false;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter; /* who hears what goes by the topic's till */
    return ((struct wire_end *)self)->is_up ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0;
}

static struct transport transport_of(struct wire_end *end)
{
    static const struct transport_ops ops = {.bind = op_bind,
                                             .connect = op_connect,
                                             .disconnect = op_disconnect,
                                             .publish = op_publish,
                                             .subscribe = op_subscribe,
                                             .in_flight = op_in_flight};
    return (struct transport){&ops, end};
}

/* What an attempt comes to, and the end of a line that is no more. */
static void settle(struct wire_end *end)
{
    bool was_up = end->is_up;
    if (end->is_online && end->is_trying) {
        end->is_trying = false;
        end->is_up = true;
        end->handler.connected(end->handler.context);
    } else if (!end->is_online && (end->is_trying || was_up)) {
        end->is_trying = false;
        end->is_up = false;
        end->handler.disconnected(end->handler.context, ERR_CLOSED);
    }
}

static bool deliver_all(struct place *place)
{
    bool has_some = place->parcel_count > 0;
    while (place->parcel_count > 0) {
        struct parcel parcel = place->parcels[place->parcel_first];
        place->parcel_first = (place->parcel_first + 1) % MESSAGES_MAX;
        place->parcel_count--;
        if (parcel.to->is_up)
            parcel.to->handler.message(parcel.to->handler.context, span_of_text(parcel.topic),
                                       parcel.payload);
    }
    return has_some;
}

/* ---- tills */

static void on_members(void *context)
{
    till_hear_members(((struct counter *)context)->till);
}

static void notify(void *self, enum till_event event, const struct till_outcome *outcome)
{
    (void)self;
    (void)event;
    (void)outcome;
}

static void open_till(struct counter *counter)
{
    static const uint8_t pepper[VAULT_PEPPER_SIZE] = {0x5a};
    static const uint8_t book_hash[HASH_SIZE] = {1, 2, 3};
    struct place *place = counter->place;
    struct till_settings settings = {.tenant = "chain",
                                     .store = "s1",
                                     .software = "kassa-test",
                                     .currency = "EUR",
                                     .exponent = 2,
                                     .locale = "en",
                                     .numbers = card_number_rules_default(),
                                     .ask_ms = 300,
                                     .member_ms = 60000,
                                     .clock = clock_of(place),
                                     .random = seed_as_random(&place->seed),
                                     .listener = {counter, notify},
                                     .journal = counter->journal,
                                     .members = counter->members};
    (void)snprintf(settings.till, sizeof settings.till, "%s", counter->name);
    MUST(vault_pepper_add(&settings.peppers, PEPPER_FIRST, pepper));
    MUST(till_open(&settings, &counter->till));
    MUST(till_use_book(counter->till, place->book, book_hash));
}

static void open_counter(struct counter *counter)
{
    struct place *place = counter->place;
    struct journal_settings journal = {.random = seed_as_random(&place->seed)};
    MUST(journal_open(memory_storage_as_storage(&counter->journal_disk), &journal, &counter->journal));
    MUST(members_open(memory_storage_as_storage(&counter->cache_disk), 0, &counter->members));
    MUST(bookcase_open(memory_storage_as_storage(&counter->cache_disk), MEMBERS_TABLE_COUNT,
                       &counter->bookcase));
    open_till(counter);
    struct sync_settings settings = {.till = counter->name,
                                     .store = "s1",
                                     .tenant = "chain",
                                     .software = "kassa-test",
                                     .backoff_ms_max = 1,
                                     .ack_timeout_ms = 5000};
    struct sync_parts parts = {transport_of(&counter->end),
                               clock_of(place),
                               seed_as_random(&place->seed),
                               counter->journal,
                               counter->members,
                               counter->bookcase,
                               NULL};
    struct sync_handler handler = {.on_members = on_members, .context = counter};
    MUST(sync_open(&settings, &parts, &handler, &counter->sync));
}

static void close_counter(struct counter *counter)
{
    sync_close(counter->sync);
    till_close(counter->till, "restart");
    bookcase_close(counter->bookcase);
    members_close(counter->members);
    journal_close(counter->journal);
    counter->end = (struct wire_end){.place = counter->place, .client = counter->name};
}

void place_restart(struct place *place, unsigned number)
{
    close_counter(&place->counters[number]);
    open_counter(&place->counters[number]);
}

/* ---- the place */

static void leave_disk(struct store_keyed *keyed)
{
    storage_abort(&keyed->txn);
}

struct store place_store(struct place *place)
{
    return store_keyed_as_store(&place->keyed);
}

static void open_hub(struct place *place)
{
    static const struct hub_options options = {.burst_messages_max = 8,
                                               .burst_ms_max = 1,
                                               .credit = 4,
                                               .drain_tills_max = TILLS,
                                               .tills_max = TILLS,
                                               .poll_ms = HUB_POLL_MS,
                                               .push_ms = HUB_POLL_MS,
                                               .backoff_ms_max = 1};
    memory_storage_init(&place->hub_disk, &place->shelf, STORE_KEYED_TABLE_COUNT, DISK_SIZE);
    place->keyed =
        (struct store_keyed){.storage = memory_storage_as_storage(&place->hub_disk), .close = leave_disk};
    place->hub_end = (struct wire_end){.place = place, .is_online = true};
    struct hub_parts parts = {.transport = transport_of(&place->hub_end),
                              .store = store_keyed_as_store(&place->keyed),
                              .clock = clock_of(place),
                              .random = seed_as_random(&place->seed)};
    MUST(hub_open(&options, &parts, &place->hub));
}

void place_open(struct place *place, uint64_t seed, const struct book *book)
{
    place->seed = (struct seed){seed};
    place->now_ms = 1000;
    place->book = book;
    place->parcel_first = 0;
    place->parcel_count = 0;
    memory_shelf_empty(&place->shelf);
    open_hub(place);
    for (unsigned i = 0; i < TILLS; i++) {
        struct counter *counter = &place->counters[i];
        *counter =
            (struct counter){.place = place, .name = names[i], .end = {.place = place, .client = names[i]}};
        memory_storage_init(&counter->journal_disk, &place->shelf, JOURNAL_TABLE_COUNT, DISK_SIZE);
        memory_storage_init(&counter->cache_disk, &place->shelf, MEMBERS_TABLE_COUNT + BOOKCASE_TABLE_COUNT,
                            DISK_SIZE);
        open_counter(counter);
    }
}

void place_close(struct place *place)
{
    for (unsigned i = 0; i < TILLS; i++)
        close_counter(&place->counters[i]);
    hub_close(place->hub);
}

/* ---- time */

static bool is_through(const struct counter *counter)
{
    struct sync_status status;
    sync_get_status(counter->sync, &status);
    return !counter->end.is_online || (status.state == SYNC_LIVE && status.backlog == 0);
}

static bool run_round(struct place *place)
{
    bool is_busy = false;
    place->now_ms += ROUND_MS;
    settle(&place->hub_end);
    for (unsigned i = 0; i < TILLS; i++) {
        struct counter *counter = &place->counters[i];
        settle(&counter->end);
        if (counter->end.is_online || counter->end.is_up)
            (void)sync_run(counter->sync);
        is_busy = is_busy || !is_through(counter);
    }
    is_busy = deliver_all(place) || is_busy;
    hub_flush(place->hub);
    (void)hub_run(place->hub);
    return deliver_all(place) || is_busy;
}

bool place_sync(struct place *place, bool first, bool second)
{
    unsigned calm = 0;
    place->counters[0].end.is_online = first;
    place->counters[1].end.is_online = second;
    for (unsigned i = 0; i < TILLS; i++) {
        KASSA_ASSERT(till_flush(place->counters[i].till) == ERR_OK);
        sync_appended(place->counters[i].sync);
    }
    for (unsigned round = 0; round < ROUNDS_MAX && calm < CALM_ROUNDS; round++)
        calm = run_round(place) ? 0 : calm + 1;
    for (unsigned i = 0; i < TILLS; i++) {
        place->counters[i].end.is_online = false;
        settle(&place->counters[i].end);
    }
    return calm >= CALM_ROUNDS;
}
