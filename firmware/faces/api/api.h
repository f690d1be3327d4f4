/* SPDX-License-Identifier: Apache-2.0 */
/* api.h - the till's face to programs and pages: HTTP and JSON on loopback and on a UNIX socket, and a stream
 * of events. openapi.json is the contract; it is served at /openapi.json.
 *
 * Loop       nothing here waits or has threads: the loop polls api_fds for reading and calls api_run, when
 *            one of them is readable, when the time that it answered has come, and when the till has told
 *            something.
 * Refused    a Host that is not ours (421: another name would let a foreign page in by its own DNS), an
 *            Origin that is not allowed (403), a peer of the UNIX socket that is not allowed (403), where tokens are
 *            needed a request without one (401) or with one whose role may not ask that (403) or asks too often
 *            (429), any content but JSON (415), a body above API_BODY_SIZE_MAX (413), more than memory is set
 *            aside for (503). Who is slow, or idle while others wait, loses his connection: gate.h.
 * Memory     answers and the ring of events are taken at opening; a request and its answer take from the heap
 *            while they last, as libmicrohttpd does.
 * Threads    one, the event loop. */
#ifndef KASSA_FACES_API_H
#define KASSA_FACES_API_H

#include "till/till.h"

#define API_BODY_SIZE_MAX   (1024 * 1024)
#define API_CONNECTIONS_MAX 128 /* of each door */
#define API_STREAMS_MAX     16  /* event streams among them */
#define API_ORIGINS_MAX     8
#define API_FDS             2 /* doors: loopback, the UNIX socket */
#define API_TOKEN_SIZE      32

struct api; /* opaque */

/* What the till does not know of itself. */
#define API_READERS_MAX      4
#define API_TECHNOLOGIES_MAX 16
#define API_REFUSALS_MAX     12

struct api_one_reader {
    uint8_t number;     /* from 1, as the settings have it */
    const char *state;  /* "ready" */
    const char *what;   /* a sentence, or the device's name */
    bool has_card;      /* a card lies there */
    uint64_t silent_ms; /* since it last told that it looks for cards */
    uint32_t pace_us;   /* from one look to the next, as it last told; 0: not yet */
};
/* How long it took to know whose card it is, of one technology, since the start. */
struct api_read_times {
    const char *technology;
    uint64_t count, mean_us;
    uint32_t p50_us, p99_us, max_us;
};
/* Cards that named nobody since the start, for one reason. */
struct api_refusals {
    const char *why; /* a sentence */
    uint64_t count;
};
struct api_reader_info {
    const char *state; /* of the one that is best off: "ready"; "none": there is none */
    const char *what;
    size_t count;
    struct api_one_reader all[API_READERS_MAX];
    size_t times_count;
    struct api_read_times times[API_TECHNOLOGIES_MAX];
    size_t refusals_count;
    struct api_refusals refusals[API_REFUSALS_MAX];
};
/* A card or code that named nobody here. */
struct api_card_refused {
    const char *reason; /* card_tag_reason; NULL: none of late, or a card was recognised since */
    const char *text;   /* a sentence, without what was read */
    uint8_t reader;     /* which of the till's readers saw it, from 1; 0: none of them */
    uint64_t ago_ms;
};
struct api_sync_info {
    bool is_connected;
    const char *state; /* "live" */
    uint64_t backlog;  /* records that head office has not acknowledged */
    const char *store; /* the store's own broker: "off", "joined", "arbiter" ... */
};

#define API_NAME_SIZE 33 /* with the NUL */

struct api_world {
    void *self;
    uint64_t (*mono_us)(void *self);
    struct api_reader_info (*get_reader)(void *self);
    struct api_sync_info (*get_sync)(void *self);
    /* Whose process is at the other end of a UNIX socket's connection? */
    bool (*is_peer_allowed)(void *self, int connection_fd);
    /* The name of a key or a basket that holds a payment card's number and so may not be kept: the same text has the
     * same name, also after a restart; another text has another, and none is found from its name. */
    enum err (*name_anew)(void *self, struct span text, char out[API_NAME_SIZE]);
    /* Frees what a till of the store that is gone for good has claimed at the store's arbiter. ERR_NOT_FOUND: the arbiter
     * is not here. ERR_BUSY: that till is there. */
    enum err (*free_claims)(void *self, const char *till, uint64_t *out_freed);
    /* Reads a code as the till's own scanner does: numbers, GS1, links, codes with a time. Errors as card_read_code. */
    enum err (*read_code)(void *self, struct span text, struct card_identity *out);
    /* Judges what makes a code another one than all before. ERR_CONFLICT, ERR_RANGE: it was shown before; where nobody can
     * say, its trust falls. The same again while who showed it is here is ERR_OK, and says no more of him. */
    enum err (*take_proof)(void *self, struct card_identity *identity);
    struct api_card_refused (*get_refused)(void *self);
};

/* Whom a token names, and so what it may ask: a column of routes.c. The UNIX socket's peers are API_ROLE_POS, and so is
 * everybody where no tokens are needed. */
enum api_role { API_ROLE_POS, API_ROLE_CASHIER, API_ROLE_KIOSK, API_ROLE_COUNT };

struct api_settings {
    int tcp_fd;    /* listens on loopback; -1: none. The api's from now on, as unix_fd */
    uint16_t port; /* that it listens on */
    int unix_fd;   /* listens; -1: none */
    const char *origins[API_ORIGINS_MAX]; /* foreign pages that may call, "https://pos.example": kept */
    size_t origin_count;
    bool needs_token;                               /* on loopback */
    uint8_t tokens[API_ROLE_COUNT][API_TOKEN_SIZE]; /* one a role */
    struct api_world world;
    struct till *till; /* outlives the api */
};

/* What happened at the doors since the start. */
struct api_gate_counts {
    uint64_t connections;  /* that there are now */
    uint64_t displaced;    /* gave way to others */
    uint64_t timed_out;    /* were too slow */
    uint64_t refused;      /* requests with an error for an answer */
    uint64_t unauthorized; /* among them: without a token, or with a wrong one */
    uint64_t throttled;    /* among them: too often, or too much at once */
};

/* ERR_IO: the server did not start. ERR_MEMORY. */
NODISCARD
enum err api_open(const struct api_settings *settings, struct api **out_api);

/* Ends the streams in order, then the server. NULL is allowed. */
void api_close(struct api *api);

/* -1 where there is none. They stay the same until api_close. */
void api_fds(const struct api *api, int out_fds[API_FDS]);

/* Does what is due. Returns in how many ms to call again at the latest. */
uint32_t api_run(struct api *api);

/* The till's listener hands on what it is told: each becomes an event of the stream. */
void api_tell(struct api *api, enum till_event event, const struct till_outcome *outcome);

/* The reader's state, or the line to head office, is another: the world is asked for it. */
void api_tell_reader(struct api *api);
void api_tell_sync(struct api *api);

/* So does a card that names nobody, and that it is past. */
void api_tell_refused(struct api *api);

/* How many event streams are open: a kiosk that is there has one. */
unsigned api_stream_count(const struct api *api);

/* Names of members went through answers and events: nothing of them stays in memory. Who follows the events begins
 * anew. */
void api_forget(struct api *api);

#endif
