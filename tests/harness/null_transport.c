/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/null_transport.h"

static void op_bind(void *self, const struct transport_handler *handler)
{
    struct null_transport *line = self;
    line->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    (void)self;
    (void)will;
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    struct null_transport *line = self;
    line->is_up = false;
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    (void)topic;
    (void)payload;
    struct null_transport *line = self;
    line->published++;
    return line->is_up ? ERR_OK : ERR_CLOSED;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter;
    struct null_transport *line = self;
    return line->is_up ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0;
}

struct transport null_transport_as_transport(struct null_transport *line)
{
    static const struct transport_ops ops = {.bind = op_bind,
                                             .connect = op_connect,
                                             .disconnect = op_disconnect,
                                             .publish = op_publish,
                                             .subscribe = op_subscribe,
                                             .in_flight = op_in_flight};
    return (struct transport){&ops, line};
}

void null_transport_come_up(struct null_transport *line)
{
    line->is_up = true;
    line->handler.connected(line->handler.context);
}
