/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of faces/api share. */
#ifndef KASSA_FACES_API_INTERNAL_H
#define KASSA_FACES_API_INTERNAL_H

#include <jansson.h>
#include <microhttpd.h>

#include "faces/api/api.h"
#include "faces/api/emit.h"
#include "faces/api/gate.h"
#include "faces/api/ring.h"

#define ANSWER_SIZE_MAX                                                                                      \
    (4 * 1024 * 1024) /* a basket of LINES_MAX lines, each with discounts, and its offers */
#define RING_SIZE     (2 * 1024 * 1024)
#define RETRY_MS      1000
#define KEEP_ALIVE_MS 15000

/* A page or a program that follows the events. */
struct stream {
    struct MHD_Connection *connection; /* NULL: a free place */
    bool is_suspended;
    bool is_ending;
    uint8_t *prelude; /* what it is told first: what it missed, and the whole truth; on the heap */
    size_t prelude_size;
    size_t prelude_sent;
    uint64_t number; /* of the event that is sent next */
    size_t sent;     /* bytes of it */
    struct api *api;
};

struct api {
    struct api_settings settings;
    struct MHD_Daemon *daemons[API_FDS];
    int fds[API_FDS];
    uint64_t boot_id;
    char *answer; /* ANSWER_SIZE_MAX: what is being written */
    struct ring ring;
    struct stream streams[API_STREAMS_MAX];
    struct MHD_Connection
        *waiting[API_CONNECTIONS_MAX]; /* suspended until head office has answered the till */
    size_t waiting_count;
    bool is_closing;
    bool has_place; /* a connection went since the last round */
    uint64_t kept_alive_us;
    struct gate gate;
    char hosts[3][32];   /* of ours, with the port */
    char origins[3][40]; /* of our own pages */
};

/* One request on its way. */
struct call {
    struct api *api;
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    enum api_role role;
    const char *key;     /* Idempotency-Key; NULL: none */
    struct span body;    /* as it came */
    const json_t *json;  /* NULL: no body */
    struct span content; /* method, path and body in one form */
    const char *rest;    /* what follows the route's path */
    struct emitter out;  /* the answer */
    struct till_refusal refusal;
    unsigned status; /* of an answer that is no error */
    bool is_stream;  /* answered by a stream */
};

typedef enum err route_handler(struct call *call);

struct route {
    const char *method;
    const char *path;
    bool has_rest; /* something follows the path */
    bool has_body;
    bool needs_key; /* an Idempotency-Key */
    unsigned roles; /* that may ask: bits by enum api_role */
    bool is_typed;  /* names what somebody could guess */
    route_handler *handle;
};

/* ---- server.c */
/* Those who wait for head office are answered now, or wait again. */
void server_wake_waiting(struct api *api);

/* ---- routes.c */
/* The route; NULL, and *out_is_path tells whether the path has others. */
const struct route *route_find(const char *method, const char *path, bool *out_is_path);

/* ---- stream.c */
/* Answers with a stream of events. ERR_FULL: too many. */
NODISCARD
enum err stream_begin(struct call *call, struct MHD_Response **out_response);
void stream_wake_all(struct api *api);
void stream_end_all(struct api *api);
/* A word for nobody now and then, so that a follower who is gone is found out. */
void stream_keep_alive(struct api *api);
/* Adds an event whose data is what `out` holds. */
void stream_add(struct api *api, const char *type, const struct emitter *data);

/* ---- openapi.c */
struct span openapi_document(void);

#endif
