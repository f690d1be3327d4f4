/* SPDX-License-Identifier: Apache-2.0 */
/* transport.h - a line to the MQTT broker, as somebody else keeps it.
 *
 * A relay that holds no truth: an accepted publish says nothing about delivery, messages may come doubled or
 * not at all, and a connection ends at any moment. Nothing here waits.
 *
 * Delivery   at least once while connected (QoS 1); each session starts clean, so that subscriptions are made
 *            again at every `connected`.
 * Owner      whoever publishes owns its bytes; they are copied before the call returns. The spans of
 *            `message` live until it returns.
 * Re-entry   handlers may publish and subscribe. `connect` and `disconnect` only outside of them.
 * Threads    one, the event loop. */
#ifndef KASSA_TRANSPORT_H
#define KASSA_TRANSPORT_H

#include "base/base.h"
#include "kassa/limits.h"

#define TRANSPORT_WINDOW 100 /* messages handed over and not acknowledged by the broker: measured optimum */

/* What the transport tells its user. */
struct transport_handler {
    void (*connected)(void *context); /* the broker accepted: subscribe anew */
    /* The connection or the attempt is over. ERR_CLOSED: lost or not to be had; ERR_STATE: the broker refuses
     * us (identity, password); the next attempt is the user's to time. */
    void (*disconnected)(void *context, enum err reason);
    void (*message)(void *context, struct span topic, struct span payload);
    /* The broker acknowledged a publish and says that it passes it on to nobody: an access list. Only MQTT 5 can
     * tell; under 3.1.1 it looks like success. May be NULL. */
    void (*refused)(void *context);
    void *context;
};

/* What the broker publishes for us when the connection breaks. */
struct transport_will {
    const char *topic;
    struct span payload;
};

struct transport_ops {
    void (*bind)(void *self, const struct transport_handler *handler); /* copied; once, before connect */
    /* Begins an attempt; its end is told to the handler. ERR_STATE: there is one already. ERR_IO, ERR_MEMORY:
     * it could not begin, and no handler is called. will may be NULL. */
    enum err (*connect)(void *self, const struct transport_will *will);
    void (*disconnect)(void *self); /* orderly: no will, and no handler is called */
    /* ERR_CLOSED: not connected, nothing was kept. ERR_FULL: TRANSPORT_WINDOW messages are under way.
     * ERR_TOO_LONG: above BATCH_SIZE_MAX and some. */
    enum err (*publish)(void *self, const char *topic, struct span payload);
    enum err (*subscribe)(void *self, const char *filter);
    size_t (*in_flight)(void *self); /* messages that the broker has not acknowledged yet */
};

struct transport {
    const struct transport_ops *ops;
    void *self;
};

#endif
