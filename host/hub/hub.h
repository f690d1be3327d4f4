/* SPDX-License-Identifier: Apache-2.0 */
/* hub.h - the hub without its main: what tills send goes into the store, a burst a transaction; what the
 * store holds for them goes out. It works on a transport and a store, and asks the clock for the time.
 *
 * Order      an acknowledgement is sent only after the commit of the transaction that it speaks of.
 * Trust      tills are hostile: a topic that is not ours, a message that cannot be read, or one whose till is
 *            not its topic's is counted and dropped.
 * Memory     a session a till, on the heap, up to hub_options.tills_max; CRM_ARENA_SIZE of scratch at opening.
 * Threads    one.
 */
#ifndef KASSA_HUB_H
#define KASSA_HUB_H

#include "crm/crm.h"
#include "iface/clock.h"
#include "iface/random.h"
#include "iface/transport.h"

struct authority; /* office/authority.h */
struct hub;       /* opaque */

struct hub_options {
    uint32_t burst_messages_max; /* 1 to HUB_BURST_MAX */
    uint32_t burst_ms_max;
    uint32_t credit;
    uint32_t drain_tills_max;
    uint32_t tills_max;
    uint32_t poll_ms;
    uint32_t push_ms;
    uint32_t backoff_ms_max;
    struct crm_fraud fraud;    /* from how many on a signal is one */
    bool wants_certificates;   /* of each till, as the store knows them: crm_certificate_is_in_force */
    uint32_t certificate_days; /* how long one lasts that is renewed */
    uint32_t
        halt_percent; /* of a rollout's tills that halt it when they refuse it or have faults; 0: never */
    uint32_t timestamp_hours; /* how long a timestamp lasts: 1 to 168; renewed after half of it */
};
#define HUB_BURST_MAX 512

/* Who would take a hub that is silent for long for a dead one. ask: so long from now on; 0: as long as ever. */
struct patience {
    void *self;
    void (*ask)(void *self, uint64_t ms); /* NULL: nobody watches */
};

struct hub_parts {
    struct transport transport;
    struct store store;
    struct clock clock;
    struct random random;
    const struct authority *authority; /* renews certificates of tills; NULL: nobody does */
    const uint8_t
        *timestamp_key;       /* VAULT_PRIVATE_SIZE bytes, needed where the store has a root; NULL: none */
    struct patience patience; /* asked for before the store's file is rewritten */
};

struct hub_counters {
    uint64_t messages;
    uint64_t bad_messages; /* dropped: not ours, not readable, not its sender's */
    uint64_t batches;
    uint64_t commits;
    uint64_t failed_commits;
    uint64_t acks;
    uint64_t refused; /* publishes that the broker's access list dropped */
    uint64_t member_updates;
    uint64_t chunks;
    uint64_t reservations; /* reserves and releases that were asked for */
    uint64_t renewals;     /* certificates */
    uint64_t tills;        /* sessions */
};

/* Binds the transport; sends nothing before hub_run. ERR_ARGUMENT, ERR_MEMORY, errors of the store. */
NODISCARD
enum err hub_open(const struct hub_options *options, const struct hub_parts *parts, struct hub **out_hub);
void hub_close(struct hub *hub); /* commits what was taken; NULL is allowed */
void hub_closep(struct hub **hub);

/* Whether messages were taken that wait for hub_flush, and since when. Messages come through the transport's
 * handler; a full burst flushes itself. */
bool hub_has_burst(const struct hub *hub);
bool hub_is_burst_due(const struct hub *hub);

/* Commits the burst and sends its acknowledgements. */
void hub_flush(struct hub *hub);

/* Connects when that is due, looks what changed in the store, sends what there is room for. Answers when it
 * wants to be called again at the latest (mono_ms). Flushes a burst first. */
uint64_t hub_run(struct hub *hub);

bool hub_is_connected(const struct hub *hub);
void hub_get_counters(const struct hub *hub, struct hub_counters *out);

#endif
