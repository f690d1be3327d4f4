/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a small chain in simulated time: tills and a hub as they are in the product (firmware/sync, journal, wire;
 * host/hub, crm, store: the same object files), on disks in memory, around a broker that keeps no promise.
 *
 * A life is decided by its seed alone. Bad days come first: fates.c has what may happen. Then calm comes: everything
 * is mended, whatever was sold must be at the hub, once. judge.c says what must hold on the way and at the end. */
#ifndef KASSA_SYNC_SIM_WORLD_H
#define KASSA_SYNC_SIM_WORLD_H

#include "bookcase/bookcase.h"
#include "harness/memory_storage.h"
#include "harness/seed.h"
#include "hub/hub.h"
#include "iface/clock.h"
#include "iface/transport.h"
#include "store/keyed/store_keyed.h"
#include "sync/sync.h"

#define IDENTITIES_MAX 3
#define TILLS_MAX      6 /* machines: an identity may have two, a till and its clone */
#define HUBS_MAX       2 /* processes on one store: the second is the one that everybody took for dead */
#define SALES_MAX      1024
#define MESSAGES_MAX   512
#define IMAGES_MAX     4
#define NEVER          UINT64_MAX

struct world;

/* ---- the broker and the lines to it */

struct line {
    struct world *world;
    char client[TILL_ID_MAX + 1]; /* its client id; a hub's begins with '#' */
    bool is_hub;
    const bool *is_dead; /* the power of the machine is gone: nothing leaves it any more */
    struct transport_handler handler;
    bool is_trying;
    bool is_up;
    bool is_cut_off;  /* a partition: it cannot reach the broker */
    bool is_refused;  /* the broker does not let it in */
    bool is_muted;    /* what it publishes is taken, and dropped: an access list under MQTT 3.1.1 */
    bool tells_muted; /* the same under MQTT 5, which says so */
    uint64_t refused_due_ms;
    unsigned epoch; /* of the connection: what was on its way to the last one is gone */
    uint64_t connect_due_ms;
    char will_topic[96];
    uint8_t will[512];
    size_t will_size;
};

struct message {
    uint64_t due_ms;
    struct line *to;
    unsigned epoch;
    const char *topic;
    struct span payload;
};

struct network {
    unsigned loss_percent;
    unsigned double_percent;
    unsigned full_percent; /* a publish finds the window full */
    uint64_t delay_ms_max;
    struct message messages[MESSAGES_MAX];
    size_t message_count;
    uint64_t delivered, lost, doubled, forgotten;
};

void line_init(struct line *line, struct world *world, const char *client, const bool *is_dead);
struct transport line_as_transport(struct line *line);
void line_cut(struct line *line);  /* it breaks: the will is published, the handler is told */
void line_drop(struct line *line); /* its machine is gone: the same, and nobody is told */
uint64_t network_due_ms(const struct world *world);
void network_run(struct world *world);    /* one thing that is due */
void network_forget(struct world *world); /* the broker loses what it held */

/* ---- machines */

struct machine_clock {
    const struct world *world;
    int64_t wall_offset_ms;
    uint64_t booted_ms;
};

struct sales { /* a set of their numbers */
    uint64_t bits[SALES_MAX / 64];
};

struct till {
    struct world *world;
    unsigned identity;
    unsigned number;
    bool is_there; /* false: no such machine */
    bool is_on;
    uint64_t start_due_ms; /* NEVER: somebody has to switch it on */
    struct memory_storage disk;
    struct journal *journal;
    struct sync *sync;
    struct line line;
    struct machine_clock clock;
    uint64_t run_due_ms;
    struct sales sales;           /* on its disk, or trimmed there */
    uint64_t checked_incarnation; /* what the judge has looked at */
    uint64_t checked_seq;
    unsigned faults[SYNC_FAULT_COUNT];
};

struct hub_machine {
    struct world *world;
    bool is_there;
    bool is_on;
    uint64_t start_due_ms;
    uint64_t
        stuck_until_ms; /* it stands still: a machine that swaps, a debugger, a virtual machine on its way */
    struct store_keyed keyed;
    struct hub *hub;
    struct line line;
    struct machine_clock clock;
    uint64_t run_due_ms;
};

struct image {
    bool is_taken;
    unsigned identity;
    struct memory_storage disk;
    struct sales sales;
};

struct sale {
    uint8_t identity;
    uint8_t kind; /* a row of sales' kinds, world.c */
    int32_t amount_minor;
};

struct identity {
    bool is_cloned;
    uint64_t cloned_incarnation;
    uint64_t sold[2]; /* since then and under that incarnation, by either of the two */
};

struct world {
    uint64_t seed_number;
    struct seed seed;
    uint64_t now_ms;
    struct memory_shelf *shelf;
    struct network network;
    unsigned identity_count;
    struct identity identities[IDENTITIES_MAX];
    struct till tills[TILLS_MAX];
    struct memory_storage hub_disk;
    struct memory_storage hub_backup;
    bool has_backup;
    bool was_hub_restored;
    struct hub_machine hubs[HUBS_MAX];
    struct hub_options hub_options;
    uint32_t ack_timeout_ms;
    uint32_t backoff_ms_max;
    struct image images[IMAGES_MAX];
    struct sale sales[SALES_MAX];
    uint32_t sale_count;
    uint64_t steps;
    bool is_verbose;
    const char *violation; /* NULL: none yet */
    char detail[160];
};

uint64_t chance(struct world *world, uint64_t bound);
bool happens(struct world *world, unsigned percent);
/* What happens, for a life that is told. */
void tell(const struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void violate(struct world *world, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

extern const char *const identity_names[IDENTITIES_MAX];

/* machines.c. Tills share their members and books, of which there are none. */
struct shared_cache {
    struct memory_shelf shelf;
    struct memory_storage storage;
    struct members *members;
    struct bookcase *bookcase;
};
struct shared_cache *shared_cache(void);
struct till *till_add(struct world *world, unsigned identity);
void till_start(struct till *till);
void till_stop(struct till *till);  /* in order */
void till_crash(struct till *till); /* the power goes */
void till_run(struct till *till);
void till_sell(struct till *till, unsigned count);
void hub_start(struct hub_machine *machine);
void hub_crash(struct hub_machine *machine);
void hub_machine_run(struct hub_machine *machine);
struct clock machine_clock_of(struct machine_clock *clock);

/* fates.c */
void fate_strike(struct world *world);

/* judge.c */
void judge_till(struct till *till); /* after it has done something */
void judge_hub(struct world *world);
void judge_all(struct world *world); /* at the end */

static inline void sales_add(struct sales *sales, uint32_t number)
{
    sales->bits[number / 64] |= UINT64_C(1) << (number % 64);
}

static inline bool sales_has(const struct sales *sales, uint32_t number)
{
    return (sales->bits[number / 64] >> (number % 64) & 1) != 0;
}

/* quiet.c: whether the hub's log is printed */
void log_is_told(bool is);

/* life.c: lives through one seed, with so many bad days; answers whether nothing was violated. The world is left for
 * reading. */
bool live(struct world *world, uint64_t seed, unsigned days, bool is_verbose);

#endif
