/* SPDX-License-Identifier: Apache-2.0 */
/* lan.h - the tills of a store among themselves, over the store's own broker: what one of them gives that is limited
 * the others know of, line to head office or no line. Binds the till's step (step.h) to its journal and a transport;
 * in one agent of the store the arbiter (court.h) too.
 *
 * A claim    is judged by the arbiter, and stands until it is committed by a record or released.
 * Uses       are told from the journal, record by record, whether they were claimed before or not.
 * Without    an arbiter that answers nothing is granted: the till gives what it may give by itself.
 * Memory     taken in lan_open (300 KiB).
 * Threads    one, the event loop. */
#ifndef KASSA_LAN_H
#define KASSA_LAN_H

#include "iface/clock.h"
#include "iface/random.h"
#include "iface/transport.h"
#include "journal/journal.h"
#include "lan/court.h"
#include "lan/items.h"
#include "lan/step.h"

struct lan; /* opaque */

struct lan_settings {
    const char *till;
    const char *store;
    uint32_t backoff_ms_max; /* full jitter over 0 to this before each attempt */
    uint32_t answer_ms;      /* a word without an answer is said again after that */
};

struct lan_parts {
    struct transport transport; /* of the store's broker */
    struct clock clock;
    struct random random;
    struct journal *journal;
    struct court *court; /* NULL: the arbiter is elsewhere */
};

struct lan_verdict {
    const char *key;
    bool is_granted;
    struct lan_wish_place place; /* with a refusal: what did not fit ... */
    int64_t available;           /* ... how much of it there is ... */
    const char *till;            /* ... and who used it last; "": nobody */
};

/* None may call lan_run or lan_close. */
struct lan_handler {
    /* A claim was judged; one that had been granted may be refused later, by an arbiter that lost its memory. */
    void (*on_judged)(void *context, const struct lan_verdict *verdict);
    void (*on_state)(void *context, enum lan_state state);
    void *context;
};

/* ERR_ARGUMENT, ERR_MEMORY. Binds the transport. */
NODISCARD
enum err lan_open(const struct lan_settings *settings, const struct lan_parts *parts,
                  const struct lan_handler *handler, struct lan **out_lan);
void lan_close(struct lan *lan); /* NULL is allowed; the court stays open */

/* Does what is due. Answers when it wants to be called again at the latest (mono_ms; UINT64_MAX: not by itself). */
uint64_t lan_run(struct lan *lan);

/* The journal has grown, or began a new incarnation. */
void lan_appended(struct lan *lan);
/* Head office has all records up to seq, and said so at hub_unix_ms by its clock. */
void lan_settled(struct lan *lan, uint64_t seq, int64_t hub_unix_ms);

/* ERR_CLOSED: nobody would judge it now. ERR_BUSY: too many that are not given up yet. */
NODISCARD
enum err lan_claim(struct lan *lan, const char *key, const struct lan_claim_items *items);
void lan_release(struct lan *lan, const char *key); /* of none of ours: nothing */
void lan_commit(struct lan *lan, const char *key);  /* the journal has grown by the record that carries it */

bool lan_is_joined(const struct lan *lan);
enum lan_state lan_get_state(const struct lan *lan);
const char *lan_state_name(enum lan_state state);

#endif
