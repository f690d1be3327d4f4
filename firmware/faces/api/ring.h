/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h - the newest events, as the text that is sent: inside faces/api only.
 *
 * Events are numbered from 1 and stand one after the other in a ring of bytes; the oldest give way. A stream
 * that fell behind the oldest has lost some, and begins anew with the whole truth. */
#ifndef KASSA_FACES_API_RING_H
#define KASSA_FACES_API_RING_H

#include "base/base.h"

#define RING_EVENTS_MAX 512

struct ring_event {
    size_t at; /* in bytes */
    size_t size;
};

struct ring {
    uint8_t *bytes;
    size_t size;
    size_t next_at;
    uint64_t oldest;                           /* number of the oldest that is kept; newest + 1 if none is */
    uint64_t newest;                           /* 0: none yet */
    struct ring_event events[RING_EVENTS_MAX]; /* by number modulo RING_EVENTS_MAX */
};

/* bytes are the caller's. */
void ring_init(struct ring *ring, uint8_t *bytes, size_t size);

/* An event's text becomes the newest. One that is larger than the whole ring is not kept: *ring then counts
 * it, and holds none. */
void ring_add(struct ring *ring, struct span text);

/* All events are forgotten, and their bytes are zero. */
void ring_wipe(struct ring *ring);

/* {NULL, 0}: that event is not kept. */
struct span ring_get(const struct ring *ring, uint64_t number);

#endif
