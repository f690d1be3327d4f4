/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/lists.h"

#define FIRST_CAPACITY 16

static bool write_items(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct list_source *source = *argument;
    for (size_t i = 0; i < source->count; i++) {
        const uint8_t *item = (const uint8_t *)source->items + i * source->item_size;
        if (!pb_encode_tag_for_field(stream, field) || !pb_encode_submessage(stream, source->fields, item))
            return false;
    }
    return true;
}

static bool write_spans(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct list_source *source = *argument;
    const struct span *spans = source->items;
    for (size_t i = 0; i < source->count; i++) {
        if (!pb_encode_tag_for_field(stream, field) ||
            !pb_encode_string(stream, spans[i].bytes, spans[i].size))
            return false;
    }
    return true;
}

static bool write_span(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct span *bytes = *argument;
    return bytes->size == 0 ||
           (pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, bytes->bytes, bytes->size));
}

void *list_grow(struct list_sink *sink)
{
    if (sink->count == sink->count_max) {
        sink->error = ERR_TOO_LONG;
        return NULL;
    }
    if (sink->count == sink->capacity) {
        size_t capacity = sink->capacity == 0 ? FIRST_CAPACITY : 2 * sink->capacity;
        capacity = capacity < sink->count_max ? capacity : sink->count_max;
        void *items = arena_take(sink->arena, capacity, sink->item_size);
        if (items == NULL) {
            sink->error = ERR_MEMORY;
            return NULL;
        }
        if (sink->count > 0)
            memcpy(items, sink->items, sink->count * sink->item_size);
        sink->items = items;
        sink->capacity = capacity;
    }
    return (uint8_t *)sink->items + sink->item_size * sink->count++;
}

static bool read_item(pb_istream_t *stream, const pb_field_t *field, void **argument)
{
    (void)field;
    struct list_sink *sink = *argument;
    void *item = list_grow(sink);
    /* It is zeroed, as all defaults of proto3 are: nanopb's own initialising costs as much as decoding. */
    return item != NULL && pb_decode_ex(stream, sink->fields, item, PB_DECODE_NOINIT);
}

static bool read_span(pb_istream_t *stream, const pb_field_t *field, void **argument)
{
    (void)field;
    struct list_sink *sink = *argument;
    size_t size = stream->bytes_left;
    struct span *item = list_grow(sink);
    uint8_t *bytes = item == NULL ? NULL : arena_take(sink->arena, size, 1);
    if (bytes == NULL) {
        sink->error = sink->error != ERR_OK ? sink->error : ERR_MEMORY;
        return false;
    }
    *item = span_of(bytes, size);
    return pb_read(stream, bytes, size);
}

pb_callback_t list_write(struct list_source *source)
{
    return (pb_callback_t){.funcs.encode = write_items, .arg = source};
}

pb_callback_t list_read(struct list_sink *sink)
{
    return (pb_callback_t){.funcs.decode = read_item, .arg = sink};
}

pb_callback_t list_write_bytes(struct list_source *source)
{
    return (pb_callback_t){.funcs.encode = write_spans, .arg = source};
}

pb_callback_t list_read_bytes(struct list_sink *sink)
{
    return (pb_callback_t){.funcs.decode = read_span, .arg = sink};
}

pb_callback_t bytes_write(struct span *source)
{
    return (pb_callback_t){.funcs.encode = write_span, .arg = source};
}
