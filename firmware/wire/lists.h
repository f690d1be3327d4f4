/* SPDX-License-Identifier: Apache-2.0 */
/* lists.h - lists of a message that nanopb reads and writes piece by piece. Inside wire/ only. */
#ifndef KASSA_WIRE_LISTS_H
#define KASSA_WIRE_LISTS_H

#include <pb_decode.h>
#include <pb_encode.h>

#include "base/arena.h"

/* Encoding: count items of item_size bytes, each a message described by fields. */
struct list_source {
    const pb_msgdesc_t *fields;
    const void *items;
    size_t count;
    size_t item_size;
};
pb_callback_t list_write(struct list_source *source);

/* Decoding: items go to an array in the arena that doubles when it is full. */
struct list_sink {
    const pb_msgdesc_t *fields;
    struct arena *arena;
    void *items;
    size_t count;
    size_t capacity;
    size_t item_size;
    size_t count_max;
    enum err error; /* why decoding stopped, when it was the list */
};
pb_callback_t list_read(struct list_sink *sink);

/* The same for plain byte strings: items are struct span. */
pb_callback_t list_write_bytes(struct list_source *source);
pb_callback_t list_read_bytes(struct list_sink *sink);

/* One byte string without a bound of its own. */
pb_callback_t bytes_write(struct span *source);

/* Makes room for one more item and returns it, zeroed; NULL (and sink->error) if there is none. */
void *list_grow(struct list_sink *sink);

#endif
