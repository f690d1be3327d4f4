/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - who may ask at all, and the way of a request through libmicrohttpd: the only file that knows
 * HTTP's frame. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/pan.h"
#include "faces/api/answers.h"
#include "faces/api/fields.h"
#include "faces/api/internal.h"
#include "faces/api/requests.h"
#include "faces/pages/pages.h"

/* What libmicrohttpd may take for one connection: headers and a block of a stream. */
#define CONNECTION_MEMORY  (32 * 1024)
#define CONTENT_SIZE_FIRST 4096

static const char plain_policy[] = "default-src 'none'; frame-ancestors 'none'";

/* A request while its body comes in. */
struct incoming {
    char *body;
    size_t size;
    size_t capacity;
    bool is_too_long;
    bool is_too_much; /* with those of others */
};

/* ------------------------------------------------------------------------------------------------- status */

static const unsigned status_of_error[ERR_COUNT] = {
    [ERR_OK] = MHD_HTTP_OK,
    [ERR_ARGUMENT] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_STATE] = MHD_HTTP_CONFLICT,
    [ERR_FOLDER] = MHD_HTTP_INTERNAL_SERVER_ERROR,
    [ERR_CONFLICT] = MHD_HTTP_CONFLICT,
    [ERR_RANGE] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_THROTTLED] = 429,
    [ERR_UNBALANCED] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_SYNTAX] = MHD_HTTP_BAD_REQUEST,
    [ERR_TRUNCATED] = MHD_HTTP_BAD_REQUEST,
    [ERR_TOO_LONG] = 413,
    [ERR_CHECKSUM] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_SIGNATURE] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_VERSION] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_UNSUPPORTED] = MHD_HTTP_UNPROCESSABLE_CONTENT,
    [ERR_FORK] = MHD_HTTP_CONFLICT,
    [ERR_GAP] = MHD_HTTP_CONFLICT,
    [ERR_FULL] = MHD_HTTP_INSUFFICIENT_STORAGE,
    [ERR_IO] = MHD_HTTP_INTERNAL_SERVER_ERROR,
    [ERR_MEMORY] = MHD_HTTP_SERVICE_UNAVAILABLE,
    [ERR_CORRUPT] = MHD_HTTP_INTERNAL_SERVER_ERROR,
    [ERR_BUSY] = MHD_HTTP_SERVICE_UNAVAILABLE,
    [ERR_NOT_FOUND] = MHD_HTTP_NOT_FOUND,
    [ERR_EXISTS] = MHD_HTTP_CONFLICT,
    [ERR_TIMEOUT] = MHD_HTTP_GATEWAY_TIMEOUT,
    [ERR_CLOSED] = MHD_HTTP_SERVICE_UNAVAILABLE,
    [ERR_PENDING] = MHD_HTTP_SERVICE_UNAVAILABLE,
};

/* ---------------------------------------------------------------------------------------------- answering */

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool is_foreign(const struct api *api, const char *origin)
{
    for (size_t i = 0; i < api->settings.origin_count; i++) {
        if (strcmp(origin, api->settings.origins[i]) == 0)
            return true;
    }
    return false;
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value); /* no memory: the answer goes without */
}

static uint64_t now_us(const struct api *api)
{
    const struct api_world *world = &api->settings.world;
    return world->mono_us(world->self);
}

static struct gate_guest *guest_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* A foreign page that is allowed must be told so by each answer (Fetch standard, 3.2). */
static void allow_origin(const struct api *api, struct MHD_Connection *connection,
                         struct MHD_Response *response)
{
    const char *origin = header_of(connection, "Origin");
    if (origin == NULL || !is_foreign(api, origin))
        return;
    add(response, "Access-Control-Allow-Origin", origin);
    add(response, "Access-Control-Allow-Methods", "GET, PUT, POST, DELETE");
    add(response, "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, Last-Event-ID");
    add(response, "Access-Control-Allow-Private-Network", "true");
    add(response, "Vary", "Origin");
}

static enum MHD_Result send_response(const struct api *api, struct MHD_Connection *connection,
                                     unsigned status, struct MHD_Response *response, const char *policy)
{
    if (response == NULL)
        return MHD_NO;
    add(response, "Content-Security-Policy", policy);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "X-Frame-Options", "DENY");
    add(response, "Referrer-Policy", "no-referrer");
    add(response, "Cross-Origin-Resource-Policy", "same-origin");
    add(response, "Cross-Origin-Opener-Policy", "same-origin");
    add(response, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    allow_origin(api, connection, response);
    gate_set_phase(guest_of(connection), GATE_ANSWER, now_us(api));
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* What a program should know of a refusal beyond its text. */
static void add_advice(struct MHD_Response *response, unsigned status)
{
    if (status == MHD_HTTP_UNAUTHORIZED)
        add(response, "WWW-Authenticate", "Bearer");
    if (status == MHD_HTTP_TOO_MANY_REQUESTS || status == MHD_HTTP_SERVICE_UNAVAILABLE)
        add(response, "Retry-After", "1");
}

static enum MHD_Result send_json(struct api *api, struct MHD_Connection *connection, unsigned status,
                                 const struct emitter *json)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(json->used, json->text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    add(response, "Content-Type", "application/json");
    add(response, "Cache-Control", "no-store");
    add_advice(response, status);
    return send_response(api, connection, status, response, plain_policy);
}

/* Every refusal is a line in the log, unless they come in floods; of what was sent it holds only where it was
 * wrong. */
static void log_refusal(struct api *api, unsigned status, const char *error, const char *message,
                        const char *field)
{
    bool is_ours = status >= MHD_HTTP_INTERNAL_SERVER_ERROR;
    uint64_t silenced = 0;
    if (!gate_may_log(&api->gate, now_us(api), &silenced))
        return;
    if (silenced > 0)
        log_event(LOG_LEVEL_NOTICE, "api.silenced", "refusals=%llu", (unsigned long long)silenced);
    bool is_strange = strncmp(message, FIELDS_STRANGE, strlen(FIELDS_STRANGE)) == 0;
    log_event(is_ours ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, "api.refused",
              "status=%u error=%s field=%s message=\"%s\"", status, error,
              field == NULL || is_strange ? "" : field, message);
}

static enum MHD_Result refuse(struct api *api, struct MHD_Connection *connection, unsigned status,
                              const char *error, const char *message, const char *field)
{
    struct emitter json = emitter_of(api->answer, ANSWER_SIZE_MAX);
    log_refusal(api, status, error, message, field);
    answer_error(&json, error, message, field, /* code= */ NULL);
    return send_json(api, connection, status, &json);
}

/* ------------------------------------------------------------------------------------- who may ask at all */

static bool is_one_of(const char *value, const char *texts, size_t text_size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, texts + i * text_size) == 0)
            return true;
    }
    return false;
}

static bool is_unix(const struct api *api, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    return info != NULL && info->daemon == api->daemons[1];
}

static bool is_peer_allowed(const struct api *api, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct api_world *world = &api->settings.world;
    return info != NULL && world->is_peer_allowed(world->self, info->connect_fd);
}

static bool is_own_host(const struct api *api, const char *host)
{
    return host != NULL && is_one_of(host, api->hosts[0], sizeof api->hosts[0], COUNT_OF(api->hosts));
}

/* Images and scripts that a foreign page pulls in come without an Origin; browsers say what they are in Sec-Fetch-Site
 * (W3C Fetch Metadata). Programs send neither. */
static bool is_origin_allowed(const struct api *api, const char *origin, const char *fetch_site)
{
    if (origin == NULL)
        return fetch_site == NULL || strcmp(fetch_site, "same-origin") == 0 ||
               strcmp(fetch_site, "none") == 0;
    return is_foreign(api, origin) ||
           is_one_of(origin, api->origins[0], sizeof api->origins[0], COUNT_OF(api->origins));
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    const char *rest = type + sizeof json - 1;
    return *rest == '\0' || *rest == ';' || *rest == ' ';
}

/* A length that is stated and too large is refused before it is read; one that is not is counted. */
static bool is_too_long(struct MHD_Connection *connection)
{
    const char *length = header_of(connection, "Content-Length");
    return length != NULL && strtoull(length, NULL, 10) > API_BODY_SIZE_MAX;
}

/* Of one header, while libmicrohttpd names them all. */
struct header_count {
    const char *name;
    unsigned count;
};

static enum MHD_Result count_one(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct header_count *header = context;
    (void)kind;
    (void)value;
    header->count += strcasecmp(name, header->name) == 0 ? 1 : 0;
    return MHD_YES;
}

static unsigned count_of(struct MHD_Connection *connection, const char *name)
{
    struct header_count header = {name, 0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_one, &header);
    return header.count;
}

/* A reason why this connection gets no answer to its question, whatever it is; MHD_HTTP_OK: none. */
static unsigned check_caller(const struct api *api, struct MHD_Connection *connection, const char **out_error,
                             const char **out_message)
{
    *out_error = err_name(ERR_ARGUMENT);
    if (is_unix(api, connection)) {
        *out_message = "this user may not use the socket";
        if (!is_peer_allowed(api, connection))
            return MHD_HTTP_FORBIDDEN;
    } else {
        *out_message = "this is not that host";
        /* Two Hosts are two opinions of whose page this is (RFC 9112 3.2). */
        if (count_of(connection, "Host") != 1 || !is_own_host(api, header_of(connection, "Host")))
            return 421; /* RFC 9110 15.5.20 */
    }
    *out_message = "pages of that origin may not call";
    bool is_allowed =
        is_origin_allowed(api, header_of(connection, "Origin"), header_of(connection, "Sec-Fetch-Site"));
    return is_allowed ? MHD_HTTP_OK : MHD_HTTP_FORBIDDEN;
}

/* ------------------------------------------------------------------------------------- files of the pages */

static enum MHD_Result send_file(const struct api *api, struct MHD_Connection *connection,
                                 const struct pages_file *file)
{
    const char *known = header_of(connection, "If-None-Match");
    bool is_known = known != NULL && strcmp(known, file->etag) == 0;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        is_known ? 0 : file->size, (void *)(uintptr_t)file->bytes, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    add(response, "Content-Type", file->content_type);
    add(response, "ETag", file->etag);
    add(response, "Cache-Control", "no-cache");
    if (!is_known)
        add(response, "Content-Encoding", "gzip");
    return send_response(api, connection, is_known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response,
                         PAGES_SECURITY_POLICY);
}

static enum MHD_Result send_openapi(const struct api *api, struct MHD_Connection *connection)
{
    struct span document = openapi_document();
    struct MHD_Response *response = MHD_create_response_from_buffer(
        document.size, (void *)(uintptr_t)document.bytes, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    add(response, "Content-Type", "application/vnd.oai.openapi+json;version=3.1");
    add(response, "Cache-Control", "no-cache");
    return send_response(api, connection, MHD_HTTP_OK, response, plain_policy);
}

/* --------------------------------------------------------------------------------------------- the routes */

/* Method, path and body in one form, so that spaces and the order of names do not make another request
 * of it. */
static char *write_content(const struct call *call)
{
    char *json = call->json == NULL ? NULL : json_dumps(call->json, JSON_SORT_KEYS | JSON_COMPACT);
    const char *body = json == NULL ? "" : json;
    size_t size = strlen(call->method) + strlen(call->path) + strlen(body) + 3;
    char *content = malloc(size);
    if (content != NULL)
        (void)snprintf(content, size, "%s %s\n%s", call->method, call->path, body);
    free(json);
    return content;
}

static void free_text(char **text)
{
    free(*text);
}

/* Whether a write was lost is said only where it is known. */
static const char *fate_of(const struct call *call, enum err error)
{
    struct till_outcome outcome;
    if (call->json == NULL || (error != ERR_FULL && error != ERR_IO))
        return "";
    if (error == ERR_FULL ||
        (call->key != NULL &&
         till_find_outcome(call->api->settings.till, span_of_text(call->key), &outcome) == ERR_NOT_FOUND))
        return "not recorded: ";
    return "perhaps recorded, send it again with its key: ";
}

static enum MHD_Result send_error(struct call *call, enum err error)
{
    const char *reason = call->refusal.reason[0] != '\0' ? call->refusal.reason : err_sentence(error);
    char message[TILL_REASON_MAX + 64];
    struct emitter json = emitter_of(call->api->answer, ANSWER_SIZE_MAX);
    (void)snprintf(message, sizeof message, "%s%s", fate_of(call, error), reason);
    log_refusal(call->api, status_of_error[error], err_name(error), message, call->refusal.field);
    answer_error(&json, err_name(error), message, call->refusal.field, call->refusal.code);
    return send_json(call->api, call->connection, status_of_error[error], &json);
}

static enum MHD_Result send_stream(struct call *call)
{
    struct MHD_Response *response = NULL;
    enum err error = stream_begin(call, &response);
    if (error != ERR_OK)
        return send_error(call, error);
    add(response, "Cache-Control", "no-store");
    enum MHD_Result result = send_response(call->api, call->connection, MHD_HTTP_OK, response, plain_policy);
    gate_set_phase(guest_of(call->connection), GATE_STREAM, now_us(call->api));
    return result;
}

/* libmicrohttpd calls again, with the same request, when the connection is resumed. */
static bool wait_for_answer(struct api *api, struct MHD_Connection *connection)
{
    if (api->is_closing || api->waiting_count == API_CONNECTIONS_MAX)
        return false;
    MHD_suspend_connection(connection);
    api->waiting[api->waiting_count++] = connection;
    return true;
}

void server_wake_waiting(struct api *api)
{
    size_t count = api->waiting_count;
    api->waiting_count = 0;
    for (size_t i = 0; i < count; i++)
        MHD_resume_connection(api->waiting[i]);
}

static enum MHD_Result refuse_much(struct api *api, struct MHD_Connection *connection)
{
    return refuse(api, connection, MHD_HTTP_SERVICE_UNAVAILABLE, err_name(ERR_BUSY),
                  "too much at once: ask again", NULL);
}

static enum MHD_Result run_route(const struct route *route, struct call *call)
{
    json_t *json CLEANUP(request_releasep) = NULL;
    char *content CLEANUP(free_text) = NULL;
    if (route->has_body) {
        enum err error = request_parse(call->body, &json, &call->refusal);
        if (error != ERR_OK)
            return send_error(call, error);
        error = request_hide_payment_cards(json, &call->api->settings.world, &call->refusal);
        if (error != ERR_OK)
            return send_error(call, error);
        call->json = json;
        content = write_content(call);
        if (content == NULL)
            return send_error(call, ERR_MEMORY);
        call->content = span_of_text(content);
    }
    enum err error = route->handle(call);
    if (error == ERR_PENDING && wait_for_answer(call->api, call->connection))
        return MHD_YES;
    if (error != ERR_OK)
        return send_error(call, error);
    if (call->is_stream)
        return send_stream(call);
    if (call->out.is_full)
        return send_error(call, ERR_TOO_LONG);
    if (!gate_hold(&call->api->gate, guest_of(call->connection), call->out.used))
        return refuse_much(call->api, call->connection);
    return send_json(call->api, call->connection, call->status, &call->out);
}

/* Whom the request's token names; API_ROLE_COUNT: nobody. */
static enum api_role role_of(const struct api *api, struct MHD_Connection *connection)
{
    if (!api->settings.needs_token || is_unix(api, connection))
        return API_ROLE_POS;
    return gate_role_of(&api->settings, header_of(connection, "Authorization"));
}

/* Refuses who may not ask that, or not so often; *out_is_done: it was answered. */
static enum MHD_Result check_role(struct api *api, struct MHD_Connection *connection,
                                  const struct route *route, bool *out_is_done)
{
    enum api_role role = role_of(api, connection);
    struct gate_guest *guest = guest_of(connection);
    *out_is_done = true;
    if (role == API_ROLE_COUNT) {
        api->gate.counts.unauthorized++;
        return refuse(api, connection, MHD_HTTP_UNAUTHORIZED, err_name(ERR_ARGUMENT),
                      "this till wants a token: Authorization: Bearer and its digits", "Authorization");
    }
    if ((route->roles & 1U << role) == 0)
        return refuse(api, connection, MHD_HTTP_FORBIDDEN, err_name(ERR_ARGUMENT),
                      "this token's role may not do that", "Authorization");
    if (!gate_may_ask(&api->gate, role, now_us(api)))
        return refuse(api, connection, MHD_HTTP_TOO_MANY_REQUESTS, err_name(ERR_THROTTLED),
                      "too many requests of this role", NULL);
    if (route->is_typed && role == API_ROLE_KIOSK && !gate_may_type(&api->gate, now_us(api)))
        return refuse(api, connection, MHD_HTTP_TOO_MANY_REQUESTS, err_name(ERR_THROTTLED),
                      "too many numbers were tried here: wait a little", NULL);
    if (guest != NULL)
        guest->has_token = api->settings.needs_token;
    *out_is_done = false;
    return MHD_YES;
}

/* Refuses what can be refused by its head alone; *out_is_done: it was answered. */
static enum MHD_Result check_head(struct api *api, struct MHD_Connection *connection,
                                  const struct route *route, bool *out_is_done)
{
    *out_is_done = true;
    if (route->needs_key && header_of(connection, "Idempotency-Key") == NULL)
        return refuse(api, connection, MHD_HTTP_BAD_REQUEST, err_name(ERR_ARGUMENT),
                      "a write needs a key of its own, so that it can be sent again", "Idempotency-Key");
    if (route->has_body && !is_json(header_of(connection, "Content-Type")))
        return refuse(api, connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, err_name(ERR_UNSUPPORTED),
                      "send application/json", "Content-Type");
    if (count_of(connection, "Content-Length") + count_of(connection, "Transfer-Encoding") > 1)
        return refuse(api, connection, MHD_HTTP_BAD_REQUEST, err_name(ERR_SYNTAX),
                      "a body has one length: Content-Length or Transfer-Encoding", "Content-Length");
    if (is_too_long(connection))
        return refuse(api, connection, 413, err_name(ERR_TOO_LONG), "a body is at most 1 MiB", NULL);
    *out_is_done = false;
    return MHD_YES;
}

static enum MHD_Result refuse_path(struct api *api, struct MHD_Connection *connection, bool is_path)
{
    return is_path
               ? refuse(api, connection, MHD_HTTP_METHOD_NOT_ALLOWED, err_name(ERR_UNSUPPORTED),
                        "that path knows other methods", NULL)
               : refuse(api, connection, MHD_HTTP_NOT_FOUND, err_name(ERR_NOT_FOUND), "no such path", NULL);
}

/* What needs no route: pages, the document, the question of a foreign page whether it may ask. */
static bool answer_static(const struct api *api, struct MHD_Connection *connection, const char *method,
                          const char *path, enum MHD_Result *out)
{
    if (strcmp(method, "OPTIONS") == 0) {
        *out = send_response(api, connection, MHD_HTTP_NO_CONTENT,
                             MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), plain_policy);
        return true;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return false;
    const struct pages_file *file = pages_find(span_of_text(path));
    if (file != NULL)
        *out = send_file(api, connection, file);
    else if (strcmp(path, "/openapi.json") == 0)
        *out = send_openapi(api, connection);
    return file != NULL || strcmp(path, "/openapi.json") == 0;
}

/* ---------------------------------------------------------------------------------- libmicrohttpd's calls */

static enum MHD_Result keep_body(struct api *api, struct gate_guest *guest, struct incoming *incoming,
                                 const char *data, size_t size)
{
    if (incoming->is_too_much)
        return MHD_YES;
    if (incoming->is_too_long || size > API_BODY_SIZE_MAX - incoming->size) {
        incoming->is_too_long = true;
        return MHD_YES;
    }
    if (incoming->size + size > incoming->capacity) {
        size_t capacity = incoming->capacity == 0 ? CONTENT_SIZE_FIRST : incoming->capacity;
        while (capacity < incoming->size + size)
            capacity *= 2;
        incoming->is_too_much = !gate_hold(&api->gate, guest, capacity - incoming->capacity);
        if (incoming->is_too_much)
            return MHD_YES;
        char *body = realloc(incoming->body, capacity);
        if (body == NULL)
            return MHD_NO;
        incoming->body = body;
        incoming->capacity = capacity;
    }
    memcpy(incoming->body + incoming->size, data, size);
    incoming->size += size;
    return MHD_YES;
}

static enum MHD_Result begin(struct api *api, struct MHD_Connection *connection, const char *path,
                             const char *method, void **state)
{
    const char *error;
    const char *message;
    bool is_path = false;
    bool is_done = false;
    enum MHD_Result result = MHD_YES;
    unsigned status =
        api->is_closing ? MHD_HTTP_SERVICE_UNAVAILABLE : check_caller(api, connection, &error, &message);
    if (api->is_closing)
        return refuse(api, connection, status, err_name(ERR_CLOSED), "the till is being stopped", NULL);
    if (status != MHD_HTTP_OK)
        return refuse(api, connection, status, error, message, NULL);
    if (answer_static(api, connection, method, path, &result))
        return result;
    const struct route *route = route_find(method, path, &is_path);
    if (route == NULL)
        return refuse_path(api, connection, is_path);
    result = check_role(api, connection, route, &is_done);
    if (is_done)
        return result;
    gate_set_phase(guest_of(connection), GATE_BODY, now_us(api));
    result = check_head(api, connection, route, &is_done);
    if (is_done)
        return result;
    *state = calloc(1, sizeof(struct incoming));
    return *state == NULL ? MHD_NO : MHD_YES;
}

/* What is longer names nothing that the till has, and is not kept. */
#define PATH_SIZE_MAX 512

/* The text, or its new name where it holds a payment card's number. */
static enum err without_payment_card(const struct api *api, const char *text, char own[API_NAME_SIZE],
                                     const char **out)
{
    char masked[PATH_SIZE_MAX];
    size_t size = text == NULL ? 0 : strlen(text);
    *out = text;
    if (size == 0 || size >= sizeof masked)
        return ERR_OK;
    memcpy(masked, text, size + 1);
    if (!pan_mask(masked, size))
        return ERR_OK;
    *out = own;
    return api->settings.world.name_anew(api->settings.world.self, span_of(text, size), own);
}

static enum MHD_Result finish(struct api *api, struct MHD_Connection *connection, const char *path,
                              const char *method, const struct incoming *incoming)
{
    bool is_path;
    if (incoming->is_too_long)
        return refuse(api, connection, 413, err_name(ERR_TOO_LONG), "a body is at most 1 MiB", NULL);
    if (incoming->is_too_much)
        return refuse_much(api, connection);
    gate_set_phase(guest_of(connection), GATE_WAIT, now_us(api));
    char rest[API_NAME_SIZE], key[API_NAME_SIZE];
    const struct route *route = route_find(method, path, &is_path);
    struct call call = {.api = api,
                        .connection = connection,
                        .method = method,
                        .path = route->path,
                        .role = role_of(api, connection),
                        .body = span_of(incoming->body == NULL ? "" : incoming->body, incoming->size),
                        .out = emitter_of(api->answer, ANSWER_SIZE_MAX),
                        .status = MHD_HTTP_OK};
    enum err error = without_payment_card(api, path + strlen(route->path), rest, &call.rest);
    if (error == ERR_OK)
        error = without_payment_card(api, header_of(connection, "Idempotency-Key"), key, &call.key);
    return error == ERR_OK ? run_route(route, &call) : send_error(&call, error);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    struct api *api = context;
    if (*state == NULL)
        return begin(api, connection, path, method, state);
    if (*size == 0)
        return finish(api, connection, path, method, *state);
    enum MHD_Result result = keep_body(api, guest_of(connection), *state, data, *size);
    *size = 0;
    return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct api *api = context;
    struct gate_guest *guest = guest_of(connection);
    struct incoming *incoming = *state;
    gate_set_phase(guest, GATE_IDLE, now_us(api));
    if (guest != NULL) {
        gate_release(&api->gate, guest);
        guest->has_asked |= incoming != NULL && code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    }
    if (incoming != NULL)
        free(incoming->body);
    free(incoming);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **guest,
                          enum MHD_ConnectionNotificationCode code)
{
    struct api *api = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        gate_leave(&api->gate, *guest);
        api->has_place = true;
        *guest = NULL;
        return;
    }
    if (info != NULL)
        *guest = gate_enter(&api->gate, is_unix(api, connection) ? 1 : 0, info->connect_fd, now_us(api));
}

/* ----------------------------------------------------------------------------------------- the api's life */

static void name_hosts(struct api *api)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(api->hosts[i], sizeof api->hosts[i], "%s:%u", names[i], api->settings.port);
        (void)snprintf(api->origins[i], sizeof api->origins[i], "http://%s:%u", names[i], api->settings.port);
    }
}

static enum err start_daemon(struct api *api, size_t i, int listen_fd)
{
    api->fds[i] = -1;
    if (listen_fd < 0)
        return ERR_OK;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    api->daemons[i] = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, api, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)API_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(GATE_IDLE_MS / 1000),
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, api, MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (api->daemons[i] == NULL)
        return ERR_IO;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->daemons[i], MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL)
        return ERR_IO;
    api->fds[i] = info->epoll_fd;
    return ERR_OK;
}

static void api_closep(struct api **api)
{
    api_close(*api);
}

enum err api_open(const struct api_settings *settings, struct api **out_api)
{
    struct api *api CLEANUP(api_closep) = calloc(1, sizeof *api);
    if (api == NULL)
        return ERR_MEMORY;
    api->settings = *settings;
    gate_init(&api->gate);
    api->answer = malloc(ANSWER_SIZE_MAX);
    uint8_t *ring = malloc(RING_SIZE);
    ring_init(&api->ring, ring, RING_SIZE);
    if (api->answer == NULL || ring == NULL)
        return ERR_MEMORY;
    struct till_status status;
    till_get_status(settings->till, &status);
    api->boot_id = status.boot_id;
    name_hosts(api);
    TRY(start_daemon(api, 0, settings->tcp_fd));
    TRY(start_daemon(api, 1, settings->unix_fd));
    *out_api = TAKE(api);
    return ERR_OK;
}

static void run_daemons(const struct api *api)
{
    for (size_t i = 0; i < API_FDS; i++) {
        if (api->daemons[i] != NULL)
            (void)MHD_run(api->daemons[i]);
    }
}

#define CLOSING_ROUNDS 8

void api_forget(struct api *api)
{
    ring_wipe(&api->ring);
    bytes_clear((uint8_t *)api->answer, ANSWER_SIZE_MAX);
}

void api_close(struct api *api)
{
    if (api == NULL)
        return;
    api->is_closing = true;
    server_wake_waiting(api);
    stream_end_all(api);
    for (unsigned round = 0; round < CLOSING_ROUNDS; round++)
        run_daemons(api);
    for (size_t i = 0; i < API_FDS; i++) {
        if (api->daemons[i] != NULL)
            MHD_stop_daemon(api->daemons[i]);
    }
    free(api->ring.bytes);
    free(api->answer);
    free(api);
}

void api_fds(const struct api *api, int out_fds[API_FDS])
{
    memcpy(out_fds, api->fds, sizeof api->fds);
}

static uint32_t next_timeout(const struct api *api)
{
    uint32_t next_ms = UINT32_MAX;
    for (size_t i = 0; i < API_FDS; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 0;
        if (api->daemons[i] == NULL || MHD_get_timeout(api->daemons[i], &wait_ms) != MHD_YES)
            continue;
        next_ms = wait_ms < next_ms ? (uint32_t)wait_ms : next_ms;
    }
    return next_ms;
}

/* With epoll outside, a resumed connection is taken up by one round, written by the next, and its end seen by
 * a third; what one round leaves ready shows as a timeout of 0. */
#define ROUNDS_MAX 8

/* A daemon whose places were all taken looks at who waits at the door at the start of a round: it does not say that
 * it wants one for that, and whoever waits would do so until the next connection's deadline. */
static bool wants_round(const struct api *api)
{
    return api->has_place || next_timeout(api) == 0;
}

uint32_t api_run(struct api *api)
{
    stream_keep_alive(api);
    run_daemons(api);
    for (unsigned round = 0; round < ROUNDS_MAX && wants_round(api); round++) {
        api->has_place = false;
        run_daemons(api);
    }
    uint32_t gate_ms = gate_run(&api->gate, now_us(api));
    uint32_t next_ms = wants_round(api) ? 0 : next_timeout(api);
    next_ms = gate_ms < next_ms ? gate_ms : next_ms;
    return next_ms < KEEP_ALIVE_MS ? next_ms : KEEP_ALIVE_MS;
}
