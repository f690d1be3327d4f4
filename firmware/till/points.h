/* SPDX-License-Identifier: Apache-2.0 */
/* points.h - points that this till moved and head office's snapshot of the member does not hold yet: inside
 * till/ only. A fold of the journal, kept in memory.
 *
 * A move is in the snapshot once head office has acknowledged its record and has sent another snapshot than
 * the one that the record was written on. Both are known without any clock: the mark of acknowledgement, and
 * the snapshot's own as-of, which the record repeats.
 *
 *   heads[hash of the member] -> newest move -> older -> ...        slots are a ring: the oldest gives way
 */
#ifndef KASSA_TILL_POINTS_H
#define KASSA_TILL_POINTS_H

#include "base/base.h"
#include "kassa/limits.h"

#define POINTS_MOVES_MAX 32768 /* sales of members that a till can have waiting: two weeks of a busy one */
#define POINTS_HEADS     4096

struct points_move {
    uint8_t member[MEMBER_SIZE];
    uint64_t seq;
    int64_t points;        /* to spend at once: earned less burned */
    int64_t pending;       /* earned, and not to be spent yet */
    int64_t burned;        /* of `points` */
    int64_t as_of_unix_ms; /* of the snapshot that it was written on */
    uint32_t older;        /* place + 1; 0: none */
};

struct points_fold {
    struct points_move *moves;
    uint32_t heads[POINTS_HEADS]; /* place + 1; 0: none */
    uint32_t next;                /* where the next move goes */
    uint32_t count;
};

/* ERR_MEMORY. */
NODISCARD
enum err points_open(struct points_fold *fold);
void points_done(struct points_fold *fold);

void points_add(struct points_fold *fold, const struct points_move *move);

struct points_sum {
    int64_t points;
    int64_t pending;
    int64_t burned; /* is in points already, negative there; what was given back counts against it */
};

/* What is to be added to a snapshot as of that moment, when records up to acknowledged_seq are confirmed. */
struct points_sum points_waiting(const struct points_fold *fold, const uint8_t member[MEMBER_SIZE],
                                 int64_t as_of_unix_ms, uint64_t acknowledged_seq);

/* The journal began a new incarnation, where seq starts at 1 again: nothing of before is confirmed. */
void points_forget(struct points_fold *fold);

#endif
