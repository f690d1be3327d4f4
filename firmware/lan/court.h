/* SPDX-License-Identifier: Apache-2.0 */
/* court.h - the arbiter (arbiter.h) on its storage: what an answer stands on is durable before the answer is given.
 *
 * Memory   some 6 MiB, taken at opening.
 * Threads  one. court_take waits for the disk. */
#ifndef KASSA_LAN_COURT_H
#define KASSA_LAN_COURT_H

#include "base/base.h"
#include "iface/clock.h"
#include "iface/random.h"
#include "iface/storage.h"
#include "kassa.pb.h"

struct court; /* opaque */

/* For lmdb_options.tables. */
#define COURT_TABLE_COUNT 3
#define COURT_TABLES      "uses", "tills", "state"

struct court_parts {
    struct storage storage; /* outlives the court; COURT_TABLES stand from its first table on */
    struct clock clock;
    struct random random;
};

/* ERR_MEMORY, ERR_IO, ERR_CORRUPT, ERR_FULL: more is stored than the arbiter holds. */
NODISCARD
enum err court_open(const struct court_parts *parts, struct court **out_court);
void court_close(struct court *court); /* NULL is allowed */

/* Takes a word of that till; the answer is what to send. ERR_NOT_FOUND: there is nothing to say. ERR_IO, ERR_FULL,
 * ERR_CORRUPT: nothing was taken; the till says it again. */
NODISCARD
enum err court_take(struct court *court, const kassa_LanWord *word, kassa_LanAnswer *out_answer);

struct court_counters {
    uint64_t granted, refused, later;
    size_t uses, tills;
};
void court_get_counters(const struct court *court, struct court_counters *out);

#endif
