/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/machine.h"

struct cel_value cel_halt(struct cel_machine *m, enum cel_error error)
{
    if (m->halted == CEL_NO_ERROR)
        m->halted = error;
    return cel_fail(m->halted);
}

struct cel_value cel_failed(const struct cel_machine *m, enum cel_error error)
{
    return cel_fail(m->halted != CEL_NO_ERROR ? m->halted : error);
}

bool cel_spend(struct cel_machine *m, uint64_t steps)
{
    if (m->halted != CEL_NO_ERROR)
        return false;
    if (m->budget < steps) {
        m->budget = 0;
        m->halted = CEL_NO_BUDGET;
        return false;
    }
    m->budget -= steps;
    return true;
}

void *cel_take(struct cel_machine *m, size_t count, size_t size)
{
    if (count > m->scratch.size) {
        (void)cel_halt(m, CEL_NO_SCRATCH);
        return NULL;
    }
    if (!cel_spend(m, cel_steps_of_bytes(count * size)))
        return NULL;
    void *piece = arena_take(&m->scratch, count, size);
    if (piece == NULL)
        (void)cel_halt(m, CEL_NO_SCRATCH);
    return piece;
}

#define BUILDER_CAPACITY 8

bool cel_push(struct cel_machine *m, struct cel_builder *builder, struct cel_value value)
{
    if (builder->count == builder->capacity) {
        uint32_t capacity = builder->capacity == 0 ? BUILDER_CAPACITY : 2 * builder->capacity;
        struct cel_value *values = cel_take(m, capacity, sizeof *values);
        if (values == NULL)
            return false;
        if (builder->count > 0)
            memcpy(values, builder->values, builder->count * sizeof *values);
        builder->values = values;
        builder->capacity = capacity;
    }
    builder->values[builder->count++] = value;
    return true;
}

#define WRITER_CAPACITY 32

bool cel_write(struct cel_machine *m, struct cel_writer *writer, struct span bytes)
{
    if (bytes.size > m->scratch.size)
        (void)cel_halt(m, CEL_NO_SCRATCH);
    if (!cel_spend(m, cel_steps_of_bytes(bytes.size)))
        return false;
    uint32_t needed = writer->size + (uint32_t)bytes.size;
    if (needed > writer->capacity) {
        uint32_t capacity = needed > 2 * writer->capacity ? needed : 2 * writer->capacity;
        capacity = capacity < WRITER_CAPACITY ? WRITER_CAPACITY : capacity;
        uint8_t *grown = cel_take(m, capacity, 1);
        if (grown == NULL)
            return false;
        if (writer->size > 0)
            memcpy(grown, writer->bytes, writer->size);
        writer->bytes = grown;
        writer->capacity = capacity;
    }
    if (bytes.size > 0)
        memcpy(writer->bytes + writer->size, bytes.bytes, bytes.size);
    writer->size = needed;
    return true;
}

struct cel_value cel_written(const struct cel_machine *m, const struct cel_writer *writer)
{
    if (m->halted != CEL_NO_ERROR)
        return cel_fail(m->halted);
    return cel_string(span_of(writer->bytes, writer->size));
}

struct cel_value cel_item(struct cel_machine *m, const struct cel_value *list, uint32_t index)
{
    if (!list->is_hosted)
        return list->items[index];
    if (!cel_spend(m, 1))
        return cel_fail(m->halted);
    return m->host->element == NULL ? cel_fail(CEL_HOST_ERROR) : m->host->element(m->host->self, list, index);
}

const struct cel_value *cel_find_key(struct cel_machine *m, const struct cel_value *map,
                                     const struct cel_value *key)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (!cel_spend(m, 1))
            return NULL;
        if (cel_equal(m, &map->items[2 * i], key))
            return &map->items[2 * i + 1];
    }
    return NULL;
}
