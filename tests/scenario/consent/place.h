/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - a store of two tills and its head office, the product's own objects on disks in memory, with a broker between them that
 * only carries: a till is online while somebody lets it sync, and offline otherwise. */
#ifndef KASSA_CONSENT_PLACE_H
#define KASSA_CONSENT_PLACE_H

#include "harness/memory_storage.h"
#include "harness/seed.h"
#include "hub/hub.h"
#include "store/keyed/store_keyed.h"
#include "sync/sync.h"
#include "till/till.h"

#define TILLS        2
#define MESSAGES_MAX 256

struct place;

struct wire_end {
    struct place *place;
    const char *client; /* a till's name; NULL: the hub's */
    struct transport_handler handler;
    bool is_trying;
    bool is_up;
    bool is_online;
};

struct counter { /* where a till stands */
    struct place *place;
    const char *name;
    struct memory_storage journal_disk, cache_disk;
    struct journal *journal;
    struct members *members;
    struct bookcase *bookcase;
    struct till *till;
    struct sync *sync;
    struct wire_end end;
};

struct parcel {
    struct wire_end *to;
    const char *topic;
    struct span payload;
};

struct place {
    struct memory_shelf shelf;
    struct seed seed;
    uint64_t now_ms;
    const struct book *book;
    struct counter counters[TILLS];
    struct memory_storage hub_disk;
    struct store_keyed keyed;
    struct hub *hub;
    struct wire_end hub_end;
    struct parcel parcels[MESSAGES_MAX];
    size_t parcel_first, parcel_count;
    /* Sees all that the broker carries. */
    void (*look)(void *context, const char *topic, struct span payload);
    void *context;
};

void place_open(struct place *place, uint64_t seed, const struct book *book);
void place_close(struct place *place);

/* A till is started again, with what is on its disks. */
void place_restart(struct place *place, unsigned number);

/* These tills are online until nothing is left to be said. False: it did not come to an end. */
bool place_sync(struct place *place, bool first, bool second);

int64_t place_wall_ms(const struct place *place);
struct store place_store(struct place *place);

#endif
