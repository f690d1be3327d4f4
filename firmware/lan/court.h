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

/* A till that is gone for good, as somebody says who knows: what it had claimed is free, and it is waited for no more. Says
 * how many claims that were. ERR_BUSY: it spoke within half a minute, or had not the time to since the start. Errors as of
 * court_take: some are free. */
NODISCARD
enum err court_free_till(struct court *court, const char *till, size_t *out_freed);

#endif
