/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/sync_sim/sim_net.h"

#include <stdlib.h>

#include "vault/vault.h"
#include "wire/message.h"
#include "wire/record.h"
#include "wire/topic.h"

static bool happens(struct sim_net *net, unsigned percent)
{
    return seed_below(net->seed, 100) < percent;
}

static bool hears(const struct sim_end *end, enum topic topic, const struct topic_parts *parts)
{
    bool is_hub = end->till[0] == '\0';
    if (topic == TOPIC_UP || topic == TOPIC_STATE || topic == TOPIC_REQUEST)
        return is_hub;
    if (topic == TOPIC_MANIFEST || topic == TOPIC_CHUNK)
        return !is_hub;
    return !is_hub && strcmp(end->till, parts->till) == 0;
}

static void enqueue(struct sim_net *net, struct sim_end *to, const char *topic, struct span payload)
{
    if (net->message_count == net->message_capacity) {
        net->message_capacity = net->message_capacity == 0 ? 64 : 2 * net->message_capacity;
        struct sim_message *grown = realloc(net->messages, net->message_capacity * sizeof(*grown));
        KASSA_ASSERT(grown != NULL);
        net->messages = grown;
    }
    struct sim_message *message = &net->messages[net->message_count++];
    *message = (struct sim_message){.due_ms = net->now_ms + 1 + seed_below(net->seed, net->delay_ms_max),
                                    .to = to,
                                    .epoch = to->epoch,
                                    .size = payload.size};
    memcpy(message->topic, topic, strlen(topic) + 1);
    message->payload = malloc(payload.size + 1);
    KASSA_ASSERT(message->payload != NULL);
    memcpy(message->payload, payload.bytes, payload.size);
}

static void route(struct sim_net *net, const char *topic, struct span payload)
{
    enum topic kind;
    struct topic_parts parts;
    KASSA_ASSERT(topic_read(span_of_text(topic), &kind, &parts) == ERR_OK);
    for (size_t i = 0; i < net->end_count; i++) {
        struct sim_end *end = &net->ends[i];
        if (!end->is_up || !hears(end, kind, &parts))
            continue;
        if (happens(net, net->loss_percent)) {
            net->lost++;
            continue;
        }
        enqueue(net, end, topic, payload);
        if (happens(net, net->double_percent)) {
            net->doubled++;
            enqueue(net, end, topic, payload);
        }
    }
}

/* What a till that trusts the broker would make of a PUBACK: the hub's word, before the hub has heard
 * of it. */
static void forge_ack(struct sim_end *end, struct span payload)
{
    static uint8_t block[1 << 20];
    struct arena arena = arena_of(block, sizeof(block));
    struct wire_batch batch;
    uint8_t out[512];
    size_t size;
    KASSA_ASSERT(wire_batch_decode(payload, &arena, &batch) == ERR_OK);
    kassa_Ack ack = {.incarnation = batch.head.incarnation, .status = kassa_AckStatus_ACK_OK, .credit = 1};
    ack.hash.size = HASH_SIZE;
    memcpy(ack.hash.bytes, batch.head.hash_before.bytes, HASH_SIZE);
    for (size_t i = 0; i < batch.record_count; i++)
        KASSA_ASSERT(vault_sha256_two(span_of(ack.hash.bytes, HASH_SIZE), batch.records[i], ack.hash.bytes) ==
                     ERR_OK);
    ack.hw = batch.head.first_seq + batch.record_count - 1;
    KASSA_ASSERT(wire_encode(kassa_Ack_fields, &ack, out, sizeof(out), &size) == ERR_OK);
    struct topic_parts parts = {.index = 0};
    char topic[TOPIC_SIZE_MAX];
    memcpy(parts.till, end->till, sizeof(parts.till));
    topic_write(TOPIC_ACK, &parts, topic);
    enqueue(end->net, end, topic, span_of(out, size));
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct sim_end *end = self;
    if (!end->is_up)
        return ERR_CLOSED;
    enum topic kind;
    struct topic_parts parts;
    KASSA_ASSERT(topic_read(span_of_text(topic), &kind, &parts) == ERR_OK);
    if (end->net->forges_acks && kind == TOPIC_UP)
        forge_ack(end, payload);
    route(end->net, topic, payload);
    return ERR_OK;
}

static void op_bind(void *self, const struct transport_handler *handler)
{
    struct sim_end *end = self;
    end->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    struct sim_end *end = self;
    if (end->is_up || end->is_trying)
        return ERR_STATE;
    end->is_trying = true;
    end->connect_due_ms = end->net->now_ms + 1 + seed_below(end->net->seed, end->net->delay_ms_max);
    end->will_size = 0;
    if (will != NULL) {
        KASSA_ASSERT(will->payload.size <= sizeof(end->will));
        memcpy(end->will, will->payload.bytes, will->payload.size);
        memcpy(end->will_topic, will->topic, strlen(will->topic) + 1);
        end->will_size = will->payload.size;
    }
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    struct sim_end *end = self;
    end->is_up = false;
    end->is_trying = false;
    end->epoch++;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter; /* routing goes by the topic's table */
    struct sim_end *end = self;
    return end->is_up ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0; /* it acknowledges everything at once, whatever becomes of it */
}

static const struct transport_ops ops = {.bind = op_bind,
                                         .connect = op_connect,
                                         .disconnect = op_disconnect,
                                         .publish = op_publish,
                                         .subscribe = op_subscribe,
                                         .in_flight = op_in_flight};

struct transport sim_end_as_transport(struct sim_end *end)
{
    return (struct transport){&ops, end};
}

void sim_end_cut(struct sim_end *end)
{
    if (!end->is_up && !end->is_trying)
        return;
    bool had_will = end->is_up && end->will_size > 0;
    op_disconnect(end);
    if (had_will)
        route(end->net, end->will_topic, span_of(end->will, end->will_size));
    end->handler.disconnected(end->handler.context, ERR_CLOSED);
}

static void deliver(struct sim_net *net)
{
    for (size_t i = 0; i < net->message_count;) {
        if (net->messages[i].due_ms > net->now_ms) {
            i++;
            continue;
        }
        struct sim_message message = net->messages[i]; /* handlers may add more */
        net->messages[i] = net->messages[--net->message_count];
        if (message.to->is_up && message.to->epoch == message.epoch) {
            net->delivered++;
            message.to->handler.message(message.to->handler.context, span_of_text(message.topic),
                                        span_of(message.payload, message.size));
        }
        free(message.payload);
    }
}

void sim_net_advance(struct sim_net *net, uint64_t ms)
{
    net->now_ms += ms;
    for (size_t i = 0; i < net->end_count; i++) {
        struct sim_end *end = &net->ends[i];
        if (!end->is_trying || end->connect_due_ms > net->now_ms)
            continue;
        end->is_trying = false;
        end->is_up = true;
        end->epoch++;
        end->handler.connected(end->handler.context);
    }
    deliver(net);
}

void sim_net_open(struct sim_net *net, struct seed *seed)
{
    *net = (struct sim_net){.seed = seed, .now_ms = 1000000, .delay_ms_max = 30};
}

void sim_net_close(struct sim_net *net)
{
    for (size_t i = 0; i < net->message_count; i++)
        free(net->messages[i].payload);
    free(net->messages);
    net->messages = NULL;
}

struct sim_end *sim_net_add(struct sim_net *net, const char *till)
{
    KASSA_ASSERT(net->end_count < SIM_ENDS_MAX);
    struct sim_end *end = &net->ends[net->end_count++];
    *end = (struct sim_end){.net = net};
    memcpy(end->till, till, strlen(till));
    return end;
}

static int64_t wall_unix_ms(void *self)
{
    const struct sim_net *net = self;
    return (int64_t)net->now_ms;
}

static uint64_t mono_ms(void *self)
{
    const struct sim_net *net = self;
    return net->now_ms;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 0;
}

struct clock sim_net_as_clock(struct sim_net *net)
{
    static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, utc_offset_min};
    return (struct clock){&clock_ops, net};
}
