/* SPDX-License-Identifier: Apache-2.0 */
/* step.h - a till's side of what the tills of a store tell each other (SPEC.md "Within a store"), as a pure function
 * of a state and an event: no clock, no I/O, no heap. The driver (lan.c) and the simulator run the same object file.
 *
 *          connect            welcome           all is told
 *   AWAY ---------> JOINING ----------> TELLING -----------> JOINED
 *     ^  lost          ^                   |  stale, silence   |
 *     +----------------+-------------------+-------------------+
 *
 * One word at a time is on its way; it is said again until it is answered. In this order: claims that stand and must be
 * known to a new session, what is given up, what was used, new claims, what head office has. */
#ifndef KASSA_LAN_STEP_H
#define KASSA_LAN_STEP_H

#include "base/base.h"
#include "kassa.pb.h"

#define LAN_CLAIMS_MAX       4 /* of a till at once: the open basket's, and some that are being given up */
#define LAN_STEP_OUTPUTS_MAX 8
#define LAN_CONNECT_MS       10000
#define LAN_JOIN_MS          1000 /* a join is said again, with another nonce */
#define LAN_LATER_MS         500  /* before a claim that was put off is said again */
#define LAN_PING_MS          2000 /* a till that has nothing to say asks whether the arbiter is there */
#define LAN_SILENCE_MS       6000 /* an arbiter that has not answered for so long is not there */
#define LAN_STRIDE           256 /* records that used nothing, before the arbiter is told that there are none */
#define LAN_NEVER            UINT64_MAX

enum lan_state { LAN_AWAY, LAN_CONNECTING, LAN_JOINING, LAN_TELLING, LAN_JOINED, LAN_STATE_COUNT };

enum lan_claim_state {
    LAN_CLAIM_FREE,
    LAN_CLAIM_NEW,      /* to be said */
    LAN_CLAIM_AGAIN,    /* it was granted, and a new session must hear so */
    LAN_CLAIM_HELD,     /* granted */
    LAN_CLAIM_GIVEN_UP, /* to be released */
    LAN_CLAIM_DONE      /* a record commits it; a word of it is on its way still */
};

struct lan_claim_slot {
    enum lan_claim_state state;
    uint64_t due_mono_ms; /* not before */
    uint64_t order;
};

enum lan_word_kind {
    LAN_WORD_NONE,
    LAN_WORD_CLAIM,   /* slot */
    LAN_WORD_RELEASE, /* slot */
    LAN_WORD_TOLD,    /* through */
    LAN_WORD_SETTLED
};

enum lan_event_kind {
    LAN_TIME,
    LAN_CONNECTED,    /* random */
    LAN_DISCONNECTED, /* random */
    LAN_APPENDED,     /* incarnation, seq: of the last record */
    LAN_SETTLED,      /* seq: head office has all up to it, by hub_unix_ms */
    LAN_FOUND,        /* error; seq: looked at so far; is_use: and that one used something */
    LAN_ANSWERED,     /* answer; is_own: its mark is of our chain */
    LAN_CLAIMED,      /* slot: it was filled */
    LAN_RELEASED,     /* slot: it is not needed */
    LAN_COMMITTED     /* slot: a record carries its key */
};

struct lan_event {
    enum lan_event_kind kind;
    uint64_t now_mono_ms;
    uint64_t random;
    uint64_t incarnation;
    uint64_t seq;
    int64_t hub_unix_ms;
    const kassa_LanAnswer *answer;
    bool is_own;
    bool is_use;
    enum err error;
    unsigned slot;
};

enum lan_output_kind {
    LAN_CONNECT,
    LAN_DISCONNECT,
    LAN_JOIN,  /* subscribe and send a join with the state's nonce */
    LAN_FIND,  /* look for the next record behind `told` that used something; then LAN_FOUND */
    LAN_SPEAK, /* send the word that is on its way, by the state */
    LAN_JUDGED /* tell whose claim it is: slot, from the answer */
};

struct lan_output {
    enum lan_output_kind kind;
    unsigned slot;
};

struct lan_outputs {
    struct lan_output items[LAN_STEP_OUTPUTS_MAX];
    size_t count;
};

struct lan_step_settings {
    uint32_t backoff_ms_max;
    uint32_t answer_ms; /* a word is said again after that */
};

struct lan_step {
    struct lan_step_settings settings;
    enum lan_state state;
    uint64_t due_mono_ms;   /* of connecting and joining */
    uint64_t again_mono_ms; /* of the word on its way */
    uint64_t heard_mono_ms;
    uint64_t silent_mono_ms; /* since when nothing that was said was answered; LAN_NEVER */
    uint64_t nonce, session;
    uint64_t arbiter, changes; /* the newest that was seen ... */
    uint32_t tills;            /* ... and how many it knew then */
    uint32_t number;           /* of the last word */
    enum lan_word_kind word;   /* on its way */
    unsigned word_slot;
    uint64_t word_through;
    bool is_finding;
    uint64_t incarnation, last_seq;
    uint64_t told_seq; /* looked at, and told if there was anything to tell */
    uint64_t said_seq; /* that the arbiter knows of */
    bool has_told_all; /* in this session */
    uint64_t settled_seq, settled_said;
    int64_t settled_unix_ms;
    struct lan_claim_slot claims[LAN_CLAIMS_MAX];
    uint64_t claim_order;
    uint64_t random;
};

/* Away, due at once, with a journal that stands there. */
void lan_step_init(struct lan_step *s, const struct lan_step_settings *settings, uint64_t incarnation,
                   uint64_t last_seq, uint64_t random);
/* Any event in any state is decided; what does not fit is ignored. */
void lan_step_take(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out);
uint64_t lan_step_due_mono_ms(const struct lan_step *s);

/* Whether a claim would be judged now: the arbiter is there, and knows what this till used. */
bool lan_step_is_joined(const struct lan_step *s);

#endif
