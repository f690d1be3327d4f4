/* SPDX-License-Identifier: Apache-2.0 */
/* mosquitto_transport.h - iface/transport.h by libmosquitto, which only this room links. Its loop is the
 * caller's: poll the descriptor, call step.
 *
 * MQTT 5 is offered first; a broker that does not speak it gets 3.1.1 at the next attempt. Names are not
 * resolved (that would block): the host is an IPv4 or IPv6 address. Messages that are on their way when the
 * connection ends are dropped, here too: the journal is the outbox.
 *
 * Owner      mosquitto_transport_close ends it, orderly if it is connected.
 * Threads    one. Opening the first one sets SIGPIPE to be ignored (libmosquitto does).
 */
#ifndef KASSA_MOSQUITTO_TRANSPORT_H
#define KASSA_MOSQUITTO_TRANSPORT_H

#include "iface/transport.h"

struct mosquitto_transport; /* opaque */

struct mosquitto_settings {
    const char *host; /* a numeric address */
    uint16_t port;
    const char *client_id;
    uint16_t keepalive_s; /* 5 to 3600 */
    /* TLS 1.2 or newer, PEM files, read anew at each attempt so that a renewed certificate needs no restart. */
    const char *ca_file;          /* who may certify the broker, for its address; NULL or "": no TLS at all */
    const char *certificate_file; /* who we are; NULL or "": nobody (to enrol) */
    const char *key_file;         /* its private key */
    /* NULL, or asked before each attempt who we are this time, in place of those two; both or neither. */
    void (*identify)(void *context, const char **out_certificate_file, const char **out_key_file);
    void *context;
};

/* ERR_ARGUMENT: a setting outside its bounds, a host that is a name, a certificate without a key or an
 * authority; ERR_MEMORY. Connects to nothing yet, and opens no file. */
NODISCARD
enum err mosquitto_transport_open(const struct mosquitto_settings *settings,
                                  struct mosquitto_transport **out_transport);
void mosquitto_transport_close(struct mosquitto_transport *transport); /* NULL is allowed */
void mosquitto_transport_closep(struct mosquitto_transport **transport);

/* The seam to hand to whoever speaks. Valid until the close. */
struct transport mosquitto_transport_as_transport(struct mosquitto_transport *transport);

/* Ends the line in order, and tells the handler, who may connect again. Without a line it does nothing. */
void mosquitto_transport_drop(struct mosquitto_transport *transport);

/* The descriptor to poll, -1 if there is none. It changes with each connect: ask after every call of step and
 * of connect, and stop polling the old one first. */
int mosquitto_transport_descriptor(const struct mosquitto_transport *transport);
bool mosquitto_transport_wants_write(const struct mosquitto_transport *transport);

/* Reads and writes what is ready; calls the handler. */
void mosquitto_transport_step(struct mosquitto_transport *transport, bool is_readable, bool is_writable);

/* Keep-alive and repeats: once a second. */
void mosquitto_transport_tick(struct mosquitto_transport *transport);

#endif
