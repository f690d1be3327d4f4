/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/ring.h"

#include "base/bytes.h"

void ring_init(struct ring *ring, uint8_t *bytes, size_t size)
{
    *ring = (struct ring){.bytes = bytes, .size = size, .oldest = 1};
}

static struct ring_event *event_of(struct ring *ring, uint64_t number)
{
    return &ring->events[number % RING_EVENTS_MAX];
}

static bool overlaps(const struct ring_event *event, size_t at, size_t size)
{
    return event->at < at + size && at < event->at + event->size;
}

void ring_add(struct ring *ring, struct span text)
{
    uint64_t number = ++ring->newest;
    if (text.size > ring->size) {
        ring->oldest = number + 1;
        ring->next_at = 0;
        return;
    }
    bool is_wrapping = text.size > ring->size - ring->next_at;
    size_t at = is_wrapping ? 0 : ring->next_at;
    /* the oldest stand just after the newest: those in the way go, and all that were left beyond the wrap */
    while (ring->oldest < number && (number - ring->oldest >= RING_EVENTS_MAX ||
                                     overlaps(event_of(ring, ring->oldest), at, text.size) ||
                                     (is_wrapping && event_of(ring, ring->oldest)->at >= ring->next_at)))
        ring->oldest++;
    memcpy(ring->bytes + at, text.bytes, text.size);
    *event_of(ring, number) = (struct ring_event){at, text.size};
    ring->next_at = at + text.size;
}

struct span ring_get(const struct ring *ring, uint64_t number)
{
    if (number < ring->oldest || number > ring->newest)
        return (struct span){0};
    const struct ring_event *event = &ring->events[number % RING_EVENTS_MAX];
    return span_of(ring->bytes + event->at, event->size);
}

void ring_wipe(struct ring *ring)
{
    ring->oldest = ring->newest + 1;
    bytes_clear(ring->bytes, ring->size);
}
