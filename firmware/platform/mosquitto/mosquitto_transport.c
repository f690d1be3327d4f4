/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/mosquitto/mosquitto_transport.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#define HOST_SIZE       64
#define ID_SIZE         64
#define PATH_SIZE       512
#define PAYLOAD_MAX     (BATCH_SIZE_MAX + 65536) /* a batch with its head; the broker's limit stands above */
#define PACKETS_STEP    100                      /* written in one step, so that reading is not starved */
#define KEEPALIVE_S_MIN 5
#define KEEPALIVE_S_MAX 3600
#define QOS             1

enum line { LINE_NONE, LINE_TRYING, LINE_UP };

struct mosquitto_transport {
    struct mosquitto *client; /* a new one for each attempt: no queue of the last one lives on */
    struct transport_handler handler;
    enum line line;
    bool is_v5;          /* offered at the next attempt; 3.1.1 otherwise */
    bool is_established; /* this attempt reached the broker */
    enum err refusal;    /* what a CONNACK said */
    size_t in_flight;
    uint16_t port;
    uint16_t keepalive_s;
    char host[HOST_SIZE];
    char client_id[ID_SIZE];
    char ca_file[PATH_SIZE]; /* "": no TLS */
    char certificate_file[PATH_SIZE];
    char key_file[PATH_SIZE];
    void (*identify)(void *context, const char **out_certificate_file, const char **out_key_file);
    void *context;
};

static enum err err_of(int rc)
{
    switch (rc) {
    case MOSQ_ERR_SUCCESS:
        return ERR_OK;
    case MOSQ_ERR_NOMEM:
        return ERR_MEMORY;
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_MALFORMED_UTF8:
        return ERR_ARGUMENT;
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET:
        return ERR_TOO_LONG;
    case MOSQ_ERR_NO_CONN:
    case MOSQ_ERR_CONN_LOST:
        return ERR_CLOSED;
    default:
        return ERR_IO;
    }
}

/* MQTT 3.1.1 3.2.2.3: 1 = protocol level, 4 = password, 5 = not authorised; MQTT 5 3.2.2.2: 132 = protocol
 * version, 134 = password, 135 = not authorised, 138 = banned. */
static bool is_version_refusal(int code)
{
    return code == 1 || code == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION;
}

static bool is_identity_refusal(int code)
{
    return code == 4 || code == 5 || code == MQTT_RC_BAD_USERNAME_OR_PASSWORD ||
           code == MQTT_RC_NOT_AUTHORIZED || code == MQTT_RC_BANNED;
}

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)client;
    struct mosquitto_transport *t = context;
    if (code == 0) {
        t->line = LINE_UP;
        t->handler.connected(t->handler.context);
        return;
    }
    t->refusal = is_identity_refusal(code) ? ERR_STATE : ERR_CLOSED;
    if (is_version_refusal(code))
        t->is_v5 = !t->is_v5;
    t->is_established = false; /* answered: the closing that follows says nothing about the version */
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    (void)client;
    struct mosquitto_transport *t = context;
    size_t size = message->payloadlen > 0 ? (size_t)message->payloadlen : 0;
    t->handler.message(t->handler.context, span_of_text(message->topic), span_of(message->payload, size));
}

/* MQTT 5 3.4.2.1: codes from 128 on are failures (135 = not authorised). 3.1.1 has none. */
static void on_publish(struct mosquitto *client, void *context, int id, int code,
                       const mosquitto_property *properties)
{
    (void)client;
    (void)id;
    (void)properties;
    struct mosquitto_transport *t = context;
    t->in_flight -= t->in_flight > 0 ? 1 : 0;
    if (code >= 128 && t->handler.refused != NULL)
        t->handler.refused(t->handler.context);
}

static void free_client(struct mosquitto_transport *t)
{
    if (t->client != NULL)
        mosquitto_destroy(t->client);
    t->client = NULL;
    t->line = LINE_NONE;
    t->in_flight = 0;
}

/* The line broke. A broker that closes on MQTT 5 without a word gets the other version next; under TLS it may
 * have been the handshake that failed, and a broker has to say that it is the version. */
static void end_line(struct mosquitto_transport *t)
{
    if (t->line == LINE_NONE)
        return;
    if (t->line == LINE_TRYING && t->is_established && t->ca_file[0] == '\0')
        t->is_v5 = !t->is_v5;
    enum err reason = t->refusal != ERR_OK ? t->refusal : ERR_CLOSED;
    free_client(t);
    t->handler.disconnected(t->handler.context, reason);
}

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* The library asks for 1.2 or newer, and that the certificate names the address, by itself. */
static enum err configure_tls(const struct mosquitto_transport *t)
{
    if (t->ca_file[0] == '\0')
        return ERR_OK;
    return err_of(mosquitto_tls_set(t->client, t->ca_file, NULL, or_null(t->certificate_file),
                                    or_null(t->key_file), NULL));
}

static enum err configure(struct mosquitto_transport *t, const struct transport_will *will)
{
    struct mosquitto *client = t->client;
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_publish_v5_callback_set(client, on_publish);
    int version = t->is_v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311;
    TRY(err_of(mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version)));
    TRY(err_of(mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, TRANSPORT_WINDOW)));
    TRY(err_of(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)));
    TRY(configure_tls(t));
    if (will == NULL)
        return ERR_OK;
    return err_of(mosquitto_will_set(client, will->topic, (int)will->payload.size, will->payload.bytes, QOS,
                                     /* retain= */ false));
}

static bool copy_path(const char *path, char out[PATH_SIZE])
{
    size_t size = path != NULL ? strlen(path) : 0;
    if (size >= PATH_SIZE)
        return false;
    if (size > 0)
        memcpy(out, path, size);
    out[size] = '\0';
    return true;
}

static enum err identify(struct mosquitto_transport *t)
{
    const char *certificate_file = NULL, *key_file = NULL;
    if (t->identify == NULL)
        return ERR_OK;
    t->identify(t->context, &certificate_file, &key_file);
    bool is_kept = copy_path(certificate_file, t->certificate_file) && copy_path(key_file, t->key_file);
    return is_kept ? ERR_OK : ERR_ARGUMENT;
}

static enum err begin_attempt(struct mosquitto_transport *t, const struct transport_will *will)
{
    TRY(identify(t));
    t->client = mosquitto_new(t->client_id, /* clean_session= */ true, t);
    if (t->client == NULL)
        return ERR_MEMORY;
    TRY(configure(t, will));
    return err_of(mosquitto_connect_async(t->client, t->host, t->port, t->keepalive_s));
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    struct mosquitto_transport *t = self;
    if (t->line != LINE_NONE)
        return ERR_STATE;
    t->is_established = false;
    t->refusal = ERR_OK;
    if (begin_attempt(t, will) != ERR_OK) {
        free_client(t);
        return ERR_IO;
    }
    t->line = LINE_TRYING;
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    struct mosquitto_transport *t = self;
    if (t->line == LINE_UP) {
        (void)mosquitto_disconnect(t->client);
        (void)mosquitto_loop_write(t->client, PACKETS_STEP);
    }
    free_client(t);
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct mosquitto_transport *t = self;
    if (t->line != LINE_UP)
        return ERR_CLOSED;
    if (t->in_flight >= TRANSPORT_WINDOW)
        return ERR_FULL;
    if (payload.size > PAYLOAD_MAX)
        return ERR_TOO_LONG;
    /* Counted before: a loop inside the library may tell of the acknowledgement at once. A publish that fails
     * on a broken line is queued by the library all the same; that queue dies with this client. */
    t->in_flight++;
    int rc = mosquitto_publish(t->client, NULL, topic, (int)payload.size, payload.bytes, QOS,
                               /* retain= */ false);
    if (rc != MOSQ_ERR_SUCCESS)
        t->in_flight--;
    return err_of(rc);
}

static enum err op_subscribe(void *self, const char *filter)
{
    struct mosquitto_transport *t = self;
    if (t->line != LINE_UP)
        return ERR_CLOSED;
    return err_of(mosquitto_subscribe(t->client, NULL, filter, QOS));
}

static size_t op_in_flight(void *self)
{
    const struct mosquitto_transport *t = self;
    return t->in_flight;
}

static void op_bind(void *self, const struct transport_handler *handler)
{
    struct mosquitto_transport *t = self;
    t->handler = *handler;
}

static const struct transport_ops ops = {.bind = op_bind,
                                         .connect = op_connect,
                                         .disconnect = op_disconnect,
                                         .publish = op_publish,
                                         .subscribe = op_subscribe,
                                         .in_flight = op_in_flight};

/* A name would be looked up, which blocks for as long as the resolver likes. */
static bool is_numeric_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static bool is_line_possible(const struct mosquitto_settings *settings)
{
    return strlen(settings->host) < HOST_SIZE && is_numeric_address(settings->host) &&
           strlen(settings->client_id) < ID_SIZE && settings->client_id[0] != '\0' && settings->port != 0 &&
           settings->keepalive_s >= KEEPALIVE_S_MIN && settings->keepalive_s <= KEEPALIVE_S_MAX;
}

/* A certificate and its key go together, and are shown to nobody who is not certified himself. */
static bool take_tls_files(const struct mosquitto_settings *settings, struct mosquitto_transport *t)
{
    if (!copy_path(settings->ca_file, t->ca_file) ||
        !copy_path(settings->certificate_file, t->certificate_file) ||
        !copy_path(settings->key_file, t->key_file))
        return false;
    bool has_certificate = t->certificate_file[0] != '\0';
    return has_certificate == (t->key_file[0] != '\0') && (t->ca_file[0] != '\0' || !has_certificate);
}

enum err mosquitto_transport_open(const struct mosquitto_settings *settings,
                                  struct mosquitto_transport **out_transport)
{
    if (!is_line_possible(settings))
        return ERR_ARGUMENT;
    if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
        return ERR_MEMORY;
    struct mosquitto_transport *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        (void)mosquitto_lib_cleanup();
        return ERR_MEMORY;
    }
    if (!take_tls_files(settings, t)) {
        free(t);
        (void)mosquitto_lib_cleanup();
        return ERR_ARGUMENT;
    }
    memcpy(t->host, settings->host, strlen(settings->host));
    memcpy(t->client_id, settings->client_id, strlen(settings->client_id));
    t->port = settings->port;
    t->keepalive_s = settings->keepalive_s;
    t->identify = settings->identify;
    t->context = settings->context;
    t->is_v5 = true;
    *out_transport = t;
    return ERR_OK;
}

void mosquitto_transport_close(struct mosquitto_transport *transport)
{
    if (transport == NULL)
        return;
    op_disconnect(transport);
    free(transport);
    (void)mosquitto_lib_cleanup();
}

void mosquitto_transport_closep(struct mosquitto_transport **transport)
{
    mosquitto_transport_close(*transport);
}

struct transport mosquitto_transport_as_transport(struct mosquitto_transport *transport)
{
    return (struct transport){&ops, transport};
}

int mosquitto_transport_descriptor(const struct mosquitto_transport *transport)
{
    return transport->client == NULL ? -1 : mosquitto_socket(transport->client);
}

void mosquitto_transport_drop(struct mosquitto_transport *transport)
{
    bool had_line = transport->line != LINE_NONE;
    op_disconnect(transport);
    if (had_line)
        transport->handler.disconnected(transport->handler.context, ERR_CLOSED);
}

/* The library does not ask to write until its connection stands, and so would never begin a handshake. */
bool mosquitto_transport_wants_write(const struct mosquitto_transport *transport)
{
    return transport->client != NULL && (mosquitto_want_write(transport->client) ||
                                         (transport->line == LINE_TRYING && !transport->is_established));
}

static bool is_reached(int descriptor)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);
    return descriptor >= 0 && getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0;
}

/* A broker that leaves Nagle's algorithm on (mosquitto's default) holds a small message back until what it
 * sent before is acknowledged, which Linux delays by 40 ms: measured 45 ms a batch with it, 4 ms without. The
 * kernel forgets the option, so that it is set again before each read. */
static void acknowledge_quickly(int descriptor)
{
    int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on)); /* slower without, not wrong */
}

void mosquitto_transport_step(struct mosquitto_transport *transport, bool is_readable, bool is_writable)
{
    if (transport->line == LINE_NONE)
        return;
    if (transport->line == LINE_TRYING && transport->refusal == ERR_OK)
        transport->is_established = is_reached(mosquitto_socket(transport->client));
    /* While it connects a descriptor is silent: one that has news and no peer was refused, of which the library
     * takes no notice under TLS. */
    if (transport->refusal == ERR_OK && !transport->is_established && (is_readable || is_writable)) {
        end_line(transport);
        return;
    }
    int rc = MOSQ_ERR_SUCCESS;
    if (is_readable) {
        acknowledge_quickly(mosquitto_socket(transport->client));
        rc = mosquitto_loop_read(transport->client, 1);
    }
    if (rc == MOSQ_ERR_SUCCESS && (is_writable || mosquitto_want_write(transport->client)))
        rc = mosquitto_loop_write(transport->client, PACKETS_STEP);
    if (rc != MOSQ_ERR_SUCCESS || mosquitto_socket(transport->client) < 0)
        end_line(transport);
}

void mosquitto_transport_tick(struct mosquitto_transport *transport)
{
    if (transport->line == LINE_NONE)
        return;
    if (mosquitto_loop_misc(transport->client) != MOSQ_ERR_SUCCESS || mosquitto_socket(transport->client) < 0)
        end_line(transport);
}
