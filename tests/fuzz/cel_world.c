/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/cel_world.h"

#include <stdlib.h>

static uint64_t next(struct cel_world *world)
{
    world->state = world->state * 6364136223846793005u + 1442695040888963407u;
    return world->state >> 33;
}

static struct cel_value some_text(struct cel_world *world)
{
    static const char *const texts[] = {"",         "a",          "i3",  "coffee", "Europe/Vilnius",
                                        "\xc5\xa1", "2026-11-21", "till"};
    return cel_string(span_of_text(texts[next(world) % COUNT_OF(texts)]));
}

static struct cel_value some_int(struct cel_world *world)
{
    static const int64_t numbers[] = {0, 1, -1, 7, 1000, 99999, INT64_MAX, INT64_MIN, 3600, 10000};
    return cel_int(numbers[next(world) % COUNT_OF(numbers)]);
}

static struct cel_value some_value(struct cel_world *world, const struct cel_type *type)
{
    switch (type->kind) {
    case CEL_BOOL:
        return cel_bool(next(world) % 2 == 0);
    case CEL_INT:
        return some_int(world);
    case CEL_UINT:
        return cel_uint(next(world));
    case CEL_DOUBLE:
        return cel_double((double)next(world) / 7);
    case CEL_STRING:
        return some_text(world);
    case CEL_LIST:
        return cel_hosted_list(type->element != NULL ? type->element->object : 0,
                               (uint64_t)(uintptr_t)type->element, (uint32_t)(next(world) % 4));
    case CEL_OBJECT:
        return cel_object(type->object, next(world));
    case CEL_TIMESTAMP:
        return cel_timestamp((int64_t)next(world), (uint32_t)(next(world) % 1000000000));
    case CEL_DURATION:
        return cel_duration((int64_t)next(world));
    default:
        return next(world) % 4 == 0 ? cel_fail(CEL_HOST_ERROR) : cel_null();
    }
}

static struct cel_value variable(void *self, uint32_t index)
{
    struct cel_world *world = self;
    KASSA_ASSERT(index < world->declarations->variable_count);
    return some_value(world, world->declarations->variables[index].type);
}

static struct cel_value field(void *self, const struct cel_value *object, uint32_t index)
{
    struct cel_world *world = self;
    KASSA_ASSERT(object->kind == CEL_OBJECT && object->object < world->declarations->object_count);
    const struct cel_object *row = &world->declarations->objects[object->object];
    KASSA_ASSERT(index < row->field_count);
    return some_value(world, row->fields[index].type);
}

static struct cel_value element(void *self, const struct cel_value *list, uint32_t index)
{
    struct cel_world *world = self;
    KASSA_ASSERT(index < list->count);
    const struct cel_type *type = (const struct cel_type *)(uintptr_t)list->handle;
    return type != NULL ? some_value(world, type) : cel_null();
}

static struct cel_value call(void *self, uint32_t function, const struct cel_value *arguments, uint32_t count)
{
    struct cel_world *world = self;
    KASSA_ASSERT(function < world->declarations->function_count);
    KASSA_ASSERT(count == world->declarations->functions[function].parameter_count);
    for (uint32_t i = 0; i < count; i++)
        KASSA_ASSERT(arguments[i].kind < CEL_KIND_COUNT);
    return some_value(world, world->declarations->functions[function].result);
}

static bool offset(void *self, struct span zone, int64_t unix_s, int32_t *out_offset_s)
{
    (void)self;
    (void)unix_s;
    *out_offset_s = 7200;
    return zone.size > 3;
}

/* Every byte that a value says it has can be read. */
static unsigned read_all(struct cel_value value, unsigned depth)
{
    unsigned sum = value.kind;
    if (value.kind == CEL_STRING || value.kind == CEL_BYTES) {
        for (uint32_t i = 0; i < value.count; i++)
            sum += value.bytes[i];
    }
    bool has_items = (value.kind == CEL_LIST && !value.is_hosted) || value.kind == CEL_MAP;
    uint32_t items = value.kind == CEL_MAP ? 2 * value.count : value.count;
    for (uint32_t i = 0; has_items && i < items && depth < 8; i++)
        sum += read_all(value.items[i], depth + 1);
    return sum;
}

void cel_world_run(const struct cel_world *world, struct span program, size_t scratch_size, uint64_t budget)
{
    struct cel_world own = *world;
    void *scratch =
        malloc(scratch_size > 0 ? scratch_size : 1); /* of exactly that size, for the sanitizers */
    KASSA_ASSERT(scratch != NULL);
    struct cel_host host = {.self = &own,
                            .declarations = own.declarations,
                            .variable = variable,
                            .field = field,
                            .element = element,
                            .call = call,
                            .offset = offset};
    struct cel_run run = {.scratch = scratch, .scratch_size = scratch_size, .budget = budget};
    struct cel_value value = cel_eval(program, &host, &run);
    KASSA_ASSERT(value.kind < CEL_KIND_COUNT && run.budget <= budget);
    (void)read_all(value, 0);
    free(scratch);
}
