/* SPDX-License-Identifier: Apache-2.0 */
/* step.h - what the till's side of the protocol decides (SYNC.md 2), as a pure function of a state and an
 * event: no clock, no I/O, no heap. The driver (sync.c) and the simulator run the same object file.
 *
 *            connect              permit (birth's own number)           batch, batch, ...
 *   OFFLINE ---------> CONNECTING ---------> BORN --------------> LIVE <------------------ acknowledgements
 *      ^  lost, back-off with full jitter     | patience, refused   |
 *      +--------------------------------------+--> WAITING <--------+        FENCED: tried again later
 *
 * base_seq is where the hub stands as far as it was verified against our own chain; sent_seq runs ahead of it
 * by the batches in flight. */
#ifndef KASSA_SYNC_STEP_H
#define KASSA_SYNC_STEP_H

#include "sync/sync.h"

#define STEP_CREDIT_MAX      8      /* batches in flight that a till can remember */
#define STEP_OUTPUTS_MAX     4      /* of one event */
#define STEP_THROTTLE_MS_MAX 600000 /* more patience than this is not believed */
#define STEP_REFUSED_MS      5000   /* before the birth is tried again after a refusal */
#define STEP_CONNECT_MS      10000  /* an attempt without an answer is given up */
#define STEP_FENCED_MS       60000  /* before a fenced identity is tried again */
#define STEP_HEARD_MS        250    /* a birth stands so long before a word of the hub repeats it ... */
#define STEP_HEARD_MS_MAX    500    /* ... and within that, so that not all tills speak at once */
#define STEP_NEVER           UINT64_MAX

enum step_event_kind {
    STEP_TIME,         /* nothing but that time has passed */
    STEP_CONNECTED,    /* random: the birth's number */
    STEP_DISCONNECTED, /* random: for the jitter */
    STEP_APPENDED,     /* last_seq */
    STEP_BATCHED,      /* the batch that was asked for: error, last_seq (ERR_NOT_FOUND: first kept seq) */
    STEP_ANSWERED,     /* answer, own_hw, own_through */
    STEP_HEARD,        /* the hub said something, to whomever: it is there. random: for the jitter */
    STEP_DENIED,       /* the broker dropped what was published, and says so */
    STEP_RENEWED       /* a new incarnation was taken: incarnation, last_seq; random: for the jitter */
};

/* How a hash that the hub names compares with our own chain at that number. */
enum step_own {
    STEP_OWN_FITS,
    STEP_OWN_DIFFERS,
    STEP_OWN_BEYOND, /* we have no such record yet */
    STEP_OWN_UNKNOWN /* trimmed, or not named */
};

struct step_event {
    enum step_event_kind kind;
    uint64_t now_mono_ms;
    uint64_t random;
    uint64_t incarnation;
    uint64_t last_seq;
    enum err error;
    const kassa_Ack *answer;
    enum step_own own_hw;
    enum step_own own_through;
};

enum step_output_kind {
    STEP_CONNECT,
    STEP_DISCONNECT,
    STEP_BIRTH,           /* subscribe and send the birth, whose number is in `number` */
    STEP_BATCH,           /* send a batch from seq `number` on, then step with STEP_BATCHED */
    STEP_ACKNOWLEDGE,     /* the journal's mark to `number`, whose hash is the one that fitted */
    STEP_NEW_INCARNATION, /* carrying what is there from seq `number` on, then step with STEP_RENEWED */
    STEP_FAULT
};

struct step_output {
    enum step_output_kind kind;
    uint64_t number;
    enum sync_fault fault;
};

struct step_outputs {
    struct step_output items[STEP_OUTPUTS_MAX];
    size_t count;
};

struct step_settings {
    uint32_t backoff_ms_max;
    uint32_t ack_timeout_ms;
};

struct step_state {
    struct step_settings settings;
    enum sync_state state;
    uint64_t incarnation;
    uint64_t last_seq;  /* of the journal */
    uint64_t acked_seq; /* the journal's mark */
    uint64_t base_seq;
    uint64_t sent_seq;
    bool is_ahead; /* the hub has more than this journal, or another: settled once our tail is there */
    uint32_t credit;
    uint64_t in_flight[STEP_CREDIT_MAX]; /* last seq of each batch on its way, oldest first */
    uint32_t in_flight_count;
    bool is_stalled; /* the last batch could not be handed over */
    uint64_t birth;
    uint64_t birth_mono_ms; /* when it was sent last */
    uint64_t due_mono_ms;   /* when time itself makes a difference in this state */
    bool was_refused_told;  /* once a connection */
    bool was_denied_told;   /* the same */
    bool was_fenced_told;   /* once until it is live again: it may last for days */
    uint64_t batches_sent;
    uint64_t resends;
};

/* A journal that stands at these marks, offline, due at once. */
void step_init(struct step_state *s, const struct step_settings *settings, uint64_t incarnation,
               uint64_t last_seq, uint64_t acked_seq);

/* Any event in any state is decided; what does not fit is ignored. */
void step_take(struct step_state *s, const struct step_event *event, struct step_outputs *out);

/* When STEP_TIME is due at the latest; STEP_NEVER: not by time. */
uint64_t step_due_mono_ms(const struct step_state *s);

#endif
