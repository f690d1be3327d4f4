/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - the tills of one store and its own broker in simulated time: firmware/lan and journal as they are in the
 * product, on disks in memory, around a broker that loses, doubles, delays and overtakes. There is no head office.
 *
 * Judged   after each step, from outside: of each coupon, each member's points and the store's limit not more is
 *          given under the arbiter's grant than there is, whatever crashed, came late or was set back. */
#ifndef KASSA_LAN_SIM_WORLD_H
#define KASSA_LAN_SIM_WORLD_H

#include "harness/memory_storage.h"
#include "harness/seed.h"
#include "lan/lan.h"

#define TILLS_MAX    5
#define MESSAGES_MAX 512
#define COUPONS      4
#define MEMBERS      2
#define THINGS       (COUPONS + MEMBERS + 1) /* and a limit of the store */
#define GIVEN_MAX    512
#define NEVER        UINT64_MAX

struct world;

struct line {
    struct world *world;
    unsigned till; /* its identity: a clone has its original's */
    struct transport_handler handler;
    bool is_trying, is_up, is_cut_off;
    unsigned epoch;
    uint64_t connect_due_ms;
};

struct message {
    uint64_t due_ms;
    struct line *to;
    unsigned epoch;
    char topic[96];
    struct span payload;
};

enum sale_state { SALE_NONE, SALE_CLAIMING, SALE_GRANTED };

struct till {
    struct world *world;
    unsigned number, identity;
    bool is_there, is_on;
    uint64_t start_due_ms, run_due_ms, booted_ms, sold_ms;
    struct memory_storage disk;
    struct memory_storage image;
    bool has_image;
    struct journal *journal;
    struct lan *lan;
    struct line line;
    enum sale_state sale;
    uint64_t sale_due_ms;
    char key[KEY_MAX + 1];
    kassa_Reserve reserve;
};

struct world {
    struct seed seed;
    uint64_t seed_number, now_ms, steps, keys;
    struct memory_shelf *shelf;
    unsigned till_count, loss_percent, double_percent;
    uint64_t delay_ms_max;
    bool is_verbose;
    struct message messages[MESSAGES_MAX];
    size_t message_count;
    struct till tills[TILLS_MAX];
    struct memory_storage court_disk, court_image;
    bool has_court_image, was_restored;
    struct court *court; /* of the agent of till 0 */
    bool has_clone;
    uint8_t given_ids[GIVEN_MAX][LAN_ITEM_SIZE];
    size_t given_count;
    int64_t given[THINGS];
    uint64_t granted, refused, given_up;
    const char *violation;
    char detail[120];
};

/* Lives through one seed; answers whether nothing was violated. */
bool live(struct world *world, uint64_t seed, bool is_verbose);

#endif
