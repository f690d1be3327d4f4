/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <poll.h>

static void on_connected(void *context)
{
    struct line_heard *heard = context;
    heard->connected++;
}

static void on_disconnected(void *context, enum err reason)
{
    struct line_heard *heard = context;
    heard->disconnected++;
    heard->reason = reason;
}

static void on_message(void *context, struct span topic, struct span payload)
{
    (void)topic;
    struct line_heard *heard = context;
    heard->messages++;
    heard->last_size = payload.size;
}

static void on_refused(void *context)
{
    struct line_heard *heard = context;
    heard->refusals++;
}

void line_open_with(struct line *line, const struct mosquitto_settings *settings)
{
    memset(line, 0, sizeof(*line));
    KASSA_ASSERT(mosquitto_transport_open(settings, &line->mosquitto) == ERR_OK);
    line->transport = mosquitto_transport_as_transport(line->mosquitto);
    struct transport_handler handler = {.connected = on_connected,
                                        .disconnected = on_disconnected,
                                        .message = on_message,
                                        .refused = on_refused,
                                        .context = &line->heard};
    line->transport.ops->bind(line->transport.self, &handler);
}

void line_open(struct line *line, uint16_t port, const char *id)
{
    struct mosquitto_settings settings = {
        .host = "127.0.0.1", .port = port, .client_id = id, .keepalive_s = 30};
    line_open_with(line, &settings);
}

void line_turn(struct line *line)
{
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(line->mosquitto), .events = POLLIN};
    if (mosquitto_transport_wants_write(line->mosquitto))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, 10) > 0)
        mosquitto_transport_step(line->mosquitto, (ready.revents & ~POLLOUT) != 0,
                                 (ready.revents & POLLOUT) != 0);
}

enum err line_publish(struct line *line, const char *topic, struct span payload)
{
    return line->transport.ops->publish(line->transport.self, topic, payload);
}
