/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - who is at the door and for how long: the connections, what each is doing, whom its token names, how much
 * memory and how many requests it may have.
 *
 * A connection is given up by shutting its socket down: libmicrohttpd sees the end and clears up by itself.
 *
 *   accepted -> HEAD -> BODY -> ANSWER -> IDLE -> BODY ...        WAIT: for head office; STREAM: of events
 *
 * Each phase but the last two has a deadline, which bytes that drip in do not move. When the house is nearly full a
 * newcomer takes the place of whoever is of least use: first who has asked nothing yet, then who asked
 * longest ago, those with a token last. Who is being answered is never sent away. */
#ifndef KASSA_FACES_GATE_H
#define KASSA_FACES_GATE_H

#include <microhttpd.h>

#include "base/bucket.h"
#include "faces/api/api.h"

#define GATE_HEAD_MS   5000   /* from accepting to the end of the first request's head */
#define GATE_BODY_MS   10000  /* from there to the end of its body */
#define GATE_ANSWER_MS 10000  /* from there until the client has taken the answer */
#define GATE_IDLE_MS   120000 /* until the end of the next head: a POS that keeps its connection */

#define GATE_SPARE_COUNT    8                  /* places kept free for newcomers */
#define GATE_HELD_BYTES_MAX (24 * 1024 * 1024) /* of bodies and answers of all connections together */

enum gate_phase { GATE_HEAD, GATE_BODY, GATE_ANSWER, GATE_IDLE, GATE_WAIT, GATE_STREAM, GATE_PHASE_COUNT };

struct gate_guest {
    int fd; /* -1: a free place */
    size_t door;
    enum gate_phase phase;
    uint64_t since_us;
    bool has_asked; /* a request of it was answered well */
    bool has_token;
    bool is_sent_away;
    size_t held_bytes;
};

struct gate {
    struct gate_guest guests[API_FDS * API_CONNECTIONS_MAX];
    size_t held_bytes;
    struct bucket role_buckets[API_ROLE_COUNT];
    struct bucket typed_bucket;
    struct bucket log_bucket;
    uint64_t silenced_count; /* refusals since the log's last one */
    struct api_gate_counts counts;
};

void gate_init(struct gate *gate);

/* A connection came to a door (an index of api_fds). NULL: no place, which libmicrohttpd's own limit rules out. */
struct gate_guest *gate_enter(struct gate *gate, size_t door, int fd, uint64_t now_us);
void gate_leave(struct gate *gate, struct gate_guest *guest);

void gate_set_phase(struct gate_guest *guest, enum gate_phase phase, uint64_t now_us);

/* Sends away whose deadline has passed. Answers in how many ms the next one passes. */
uint32_t gate_run(struct gate *gate, uint64_t now_us);

/* Memory for a guest's body or answer, until gate_release. false: there is no more for now. */
bool gate_hold(struct gate *gate, struct gate_guest *guest, size_t size);
void gate_release(struct gate *gate, struct gate_guest *guest);

/* Whom an Authorization header names; NULL: there was none. API_ROLE_COUNT: nobody. Takes the same time for each
 * wrong token. */
enum api_role gate_role_of(const struct api_settings *settings, const char *authorization);

/* Whether one of that role may ask once more now; with typed, type a number. */
bool gate_may_ask(struct gate *gate, enum api_role role, uint64_t now_us);
bool gate_may_type(struct gate *gate, uint64_t now_us);

/* Whether a refusal gets its line in the log; *out_silenced: how many did not before it. */
bool gate_may_log(struct gate *gate, uint64_t now_us, uint64_t *out_silenced);

#endif
