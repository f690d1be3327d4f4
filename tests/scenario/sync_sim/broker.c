/* SPDX-License-Identifier: Apache-2.0 */
/* broker.c - a relay that loses, doubles, delays, overtakes, forgets, refuses and lies: all that SYNC.md expects. */
#include "scenario/sync_sim/world.h"

#include "wire/topic.h"

static bool is_alive(const struct line *line)
{
    return line->is_up && !*line->is_dead;
}

static void enqueue(struct world *world, struct line *to, const char *topic, struct span payload)
{
    struct network *network = &world->network;
    if (network->message_count == MESSAGES_MAX) { /* a full queue is emptied by nobody's leave */
        network->forgotten++;
        return;
    }
    network->messages[network->message_count++] =
        (struct message){.due_ms = world->now_ms + 1 + chance(world, network->delay_ms_max),
                         .to = to,
                         .epoch = to->epoch,
                         .topic = topic,
                         .payload = payload};
}

static void send_to(struct world *world, struct line *to, const char *topic, struct span payload)
{
    struct network *network = &world->network;
    if (!to->is_up)
        return;
    if (happens(world, network->loss_percent)) {
        network->lost++;
        return;
    }
    enqueue(world, to, topic, payload);
    if (happens(world, network->double_percent)) {
        network->doubled++;
        enqueue(world, to, topic, payload);
    }
}

static struct span keep(struct world *world, const void *bytes, size_t size)
{
    uint8_t *copy = memory_shelf_take(world->shelf, size + 1);
    memcpy(copy, bytes, size);
    return span_of(copy, size);
}

static void route(struct world *world, const char *topic, struct span payload)
{
    enum topic kind;
    struct topic_parts parts;
    KASSA_ASSERT(topic_read(span_of_text(topic), &kind, &parts) == ERR_OK);
    bool is_to_hub = kind == TOPIC_UP || kind == TOPIC_STATE || kind == TOPIC_REQUEST;
    const char *own_topic = (const char *)keep(world, topic, strlen(topic) + 1).bytes;
    struct span own = keep(world, payload.bytes, payload.size);
    for (size_t i = 0; is_to_hub && i < HUBS_MAX; i++) {
        if (world->hubs[i].is_there)
            send_to(world, &world->hubs[i].line, own_topic, own);
    }
    for (size_t i = 0; !is_to_hub && i < TILLS_MAX; i++) {
        struct till *till = &world->tills[i];
        if (till->is_there && strcmp(till->line.client, parts.till) == 0)
            send_to(world, &till->line, own_topic, own);
    }
}

/* ---- the seam */

static void op_bind(void *self, const struct transport_handler *handler)
{
    struct line *line = self;
    line->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    struct line *line = self;
    if (line->is_up || line->is_trying)
        return ERR_STATE;
    if (*line->is_dead)
        return ERR_IO;
    line->is_trying = true;
    line->connect_due_ms = line->world->now_ms + 1 + chance(line->world, line->world->network.delay_ms_max);
    line->will_size = 0;
    if (will != NULL) {
        KASSA_ASSERT(will->payload.size <= sizeof(line->will));
        memcpy(line->will, will->payload.bytes, will->payload.size);
        memcpy(line->will_topic, will->topic, strlen(will->topic) + 1);
        line->will_size = will->payload.size;
    }
    return ERR_OK;
}

static void hang_up(struct line *line)
{
    line->is_up = false;
    line->is_trying = false;
    line->refused_due_ms = NEVER;
    line->epoch++;
}

static void op_disconnect(void *self)
{
    struct line *line = self;
    if (*line->is_dead) /* a machine without power says no goodbye: line_drop does */
        return;
    hang_up(line);
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct line *line = self;
    struct world *world = line->world;
    if (!is_alive(line))
        return ERR_CLOSED;
    if (happens(world, world->network.full_percent))
        return ERR_FULL;
    if (!line->is_muted)
        route(world, topic, payload);
    else if (line->tells_muted && line->refused_due_ms == NEVER)
        line->refused_due_ms = world->now_ms + 1;
    return ERR_OK; /* acknowledged, whatever becomes of it */
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter; /* who hears what goes by the table of topics */
    const struct line *line = self;
    return is_alive(line) ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0;
}

struct transport line_as_transport(struct line *line)
{
    static const struct transport_ops ops = {.bind = op_bind,
                                             .connect = op_connect,
                                             .disconnect = op_disconnect,
                                             .publish = op_publish,
                                             .subscribe = op_subscribe,
                                             .in_flight = op_in_flight};
    return (struct transport){&ops, line};
}

void line_init(struct line *line, struct world *world, const char *client, const bool *is_dead)
{
    *line = (struct line){
        .world = world, .refused_due_ms = NEVER, .is_hub = client[0] == '#', .is_dead = is_dead};
    memcpy(line->client, client, strlen(client) + 1);
}

/* ---- connections */

static void publish_will(struct line *line)
{
    if (line->will_size > 0)
        route(line->world, line->will_topic, span_of(line->will, line->will_size));
}

void line_drop(struct line *line)
{
    bool was_up = line->is_up;
    hang_up(line);
    if (was_up)
        publish_will(line);
}

static void wake(struct world *world, const struct line *line)
{
    for (size_t i = 0; i < TILLS_MAX; i++) {
        if (&world->tills[i].line == line)
            world->tills[i].run_due_ms = world->now_ms;
    }
    for (size_t i = 0; i < HUBS_MAX; i++) {
        if (&world->hubs[i].line == line && world->hubs[i].run_due_ms > world->now_ms + 5)
            world->hubs[i].run_due_ms = world->now_ms + chance(world, 4);
    }
}

static void end_line(struct line *line, enum err reason)
{
    if (!line->is_up && !line->is_trying)
        return;
    line_drop(line);
    if (*line->is_dead)
        return;
    line->handler.disconnected(line->handler.context, reason);
    wake(line->world, line);
}

void line_cut(struct line *line)
{
    end_line(line, ERR_CLOSED);
}

/* A second one with the same client id throws the first one out. */
static void throw_out_others(struct world *world, const struct line *line)
{
    for (size_t i = 0; i < TILLS_MAX; i++) {
        struct line *other = &world->tills[i].line;
        if (world->tills[i].is_there && other != line && other->is_up &&
            strcmp(other->client, line->client) == 0)
            line_cut(other);
    }
}

static void finish_connect(struct line *line)
{
    struct world *world = line->world;
    line->is_trying = false;
    if (line->is_cut_off || line->is_refused) {
        line->is_trying = true;
        end_line(line, line->is_refused ? ERR_STATE : ERR_CLOSED);
        return;
    }
    throw_out_others(world, line);
    line->is_up = true;
    line->epoch++;
    line->handler.connected(line->handler.context);
    wake(world, line);
}

/* ---- time */

static struct line *line_at(struct world *world, size_t i)
{
    if (i < TILLS_MAX)
        return world->tills[i].is_there && world->tills[i].is_on ? &world->tills[i].line : NULL;
    const struct hub_machine *hub = &world->hubs[i - TILLS_MAX];
    return hub->is_there && hub->is_on ? &world->hubs[i - TILLS_MAX].line : NULL;
}

uint64_t network_due_ms(const struct world *world)
{
    uint64_t due = NEVER;
    for (size_t i = 0; i < world->network.message_count; i++) {
        if (world->network.messages[i].due_ms < due)
            due = world->network.messages[i].due_ms;
    }
    for (size_t i = 0; i < TILLS_MAX + HUBS_MAX; i++) {
        const struct line *line = line_at((struct world *)(uintptr_t)world, i);
        if (line != NULL && line->is_trying && line->connect_due_ms < due)
            due = line->connect_due_ms;
        if (line != NULL && line->refused_due_ms < due)
            due = line->refused_due_ms;
    }
    return due;
}

static void deliver(struct world *world, const struct message *message)
{
    struct line *to = message->to;
    if (to->epoch != message->epoch || !is_alive(to))
        return;
    world->network.delivered++;
    to->handler.message(to->handler.context, span_of_text(message->topic), message->payload);
    wake(world, to);
}

void network_run(struct world *world)
{
    struct network *network = &world->network;
    for (size_t i = 0; i < TILLS_MAX + HUBS_MAX; i++) {
        struct line *line = line_at(world, i);
        if (line != NULL && line->is_trying && line->connect_due_ms <= world->now_ms) {
            finish_connect(line);
            return;
        }
        if (line != NULL && line->refused_due_ms <= world->now_ms) {
            line->refused_due_ms = NEVER;
            line->handler.refused(line->handler.context);
            wake(world, line);
            return;
        }
    }
    for (size_t i = 0; i < network->message_count; i++) {
        if (network->messages[i].due_ms > world->now_ms)
            continue;
        struct message message = network->messages[i]; /* handlers may add more */
        network->messages[i] = network->messages[--network->message_count];
        deliver(world, &message);
        return;
    }
}

void network_forget(struct world *world)
{
    world->network.forgotten += world->network.message_count;
    world->network.message_count = 0;
}
