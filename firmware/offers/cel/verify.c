/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a program as the evaluator does, and refuses what that could not bear. */
#include "base/bytes.h"
#include "base/utf8.h"
#include "offers/cel/functions.h"
#include "offers/cel/program.h"

struct walk {
    const uint8_t *bytes;
    size_t at, end;
    uint32_t depth, slot_count;
    const struct cel_declarations *declarations;
};

static enum err walk_node(struct walk *w);

static enum err read_number(struct walk *w, size_t size, uint64_t *out)
{
    if (size > w->end - w->at)
        return ERR_CORRUPT;
    *out = bytes_get_le(w->bytes + w->at, size);
    w->at += size;
    return ERR_OK;
}

static enum err skip(struct walk *w, size_t size)
{
    if (size > w->end - w->at)
        return ERR_CORRUPT;
    w->at += size;
    return ERR_OK;
}

static enum err walk_nodes(struct walk *w, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        TRY(walk_node(w));
    return ERR_OK;
}

/* A tree of exactly the size that stands before it. */
static enum err walk_sized(struct walk *w)
{
    uint64_t size;
    TRY(read_number(w, 2, &size));
    if (size > w->end - w->at)
        return ERR_CORRUPT;
    struct walk inner = *w;
    inner.end = w->at + size;
    TRY(walk_node(&inner));
    if (inner.at != inner.end)
        return ERR_CORRUPT;
    w->at = inner.end;
    return ERR_OK;
}

static enum err walk_text(struct walk *w)
{
    uint64_t size;
    TRY(read_number(w, 2, &size));
    size_t begin = w->at;
    TRY(skip(w, size));
    return utf8_is_valid(span_of(w->bytes + begin, size)) ? ERR_OK : ERR_CORRUPT;
}

static enum err walk_slot(struct walk *w, uint64_t count)
{
    uint64_t slot;
    TRY(read_number(w, 1, &slot));
    return slot + count <= w->slot_count ? ERR_OK : ERR_CORRUPT;
}

/* ---- by code */

static enum err walk_empty(struct walk *w)
{
    (void)w;
    return ERR_OK;
}

static enum err walk_1(struct walk *w)
{
    return skip(w, 1);
}

static enum err walk_8(struct walk *w)
{
    return skip(w, 8);
}

static enum err walk_bytes(struct walk *w)
{
    uint64_t size;
    TRY(read_number(w, 2, &size));
    return skip(w, size);
}

static enum err walk_type(struct walk *w)
{
    uint64_t kind, object;
    TRY(read_number(w, 1, &kind));
    TRY(read_number(w, 2, &object));
    if (kind > CEL_OBJECT)
        return ERR_UNSUPPORTED;
    return kind == CEL_OBJECT && object >= w->declarations->object_count ? ERR_UNSUPPORTED : ERR_OK;
}

static enum err walk_error(struct walk *w)
{
    uint64_t error;
    TRY(read_number(w, 1, &error));
    return error == CEL_NO_ERROR || error >= CEL_ERROR_COUNT ? ERR_UNSUPPORTED : ERR_OK;
}

static enum err walk_variable(struct walk *w)
{
    uint64_t number;
    TRY(read_number(w, 2, &number));
    return number < w->declarations->variable_count ? ERR_OK : ERR_UNSUPPORTED;
}

static enum err walk_local(struct walk *w)
{
    return walk_slot(w, 1);
}

static enum err walk_field(struct walk *w)
{
    uint64_t object, field;
    TRY(read_number(w, 2, &object));
    TRY(read_number(w, 2, &field));
    if (object >= w->declarations->object_count || field >= w->declarations->objects[object].field_count)
        return ERR_UNSUPPORTED;
    return walk_node(w);
}

static enum err walk_select(struct walk *w)
{
    TRY(walk_text(w));
    return walk_node(w);
}

static enum err walk_list(struct walk *w)
{
    uint64_t count;
    TRY(read_number(w, 2, &count));
    return walk_nodes(w, count);
}

static enum err walk_map(struct walk *w)
{
    uint64_t count;
    TRY(read_number(w, 2, &count));
    return walk_nodes(w, 2 * count);
}

static enum err walk_logic(struct walk *w)
{
    uint64_t count;
    TRY(read_number(w, 2, &count));
    if (count == 0)
        return ERR_CORRUPT;
    for (uint64_t i = 0; i < count; i++)
        TRY(walk_sized(w));
    return ERR_OK;
}

static enum err walk_choose(struct walk *w)
{
    TRY(walk_node(w));
    TRY(walk_sized(w));
    return walk_sized(w);
}

static enum err walk_call(struct walk *w)
{
    uint64_t number, count;
    TRY(read_number(w, 1, &number));
    TRY(read_number(w, 1, &count));
    if (number >= cel_function_count())
        return ERR_UNSUPPORTED;
    const struct cel_function_row *row = cel_function_at((uint32_t)number);
    if (count < row->least || count > row->most)
        return ERR_UNSUPPORTED;
    return walk_nodes(w, count);
}

static enum err walk_host_call(struct walk *w)
{
    uint64_t number, count;
    TRY(read_number(w, 2, &number));
    TRY(read_number(w, 1, &count));
    if (number >= w->declarations->function_count)
        return ERR_UNSUPPORTED;
    if (count != w->declarations->functions[number].parameter_count)
        return ERR_UNSUPPORTED;
    return walk_nodes(w, count);
}

static enum err walk_loop(struct walk *w)
{
    uint64_t loop, slot, variables;
    TRY(read_number(w, 1, &loop));
    TRY(read_number(w, 1, &slot));
    TRY(read_number(w, 1, &variables));
    if (loop >= LOOP_COUNT)
        return ERR_UNSUPPORTED;
    if (variables < 1 || variables > 2 || slot + variables > w->slot_count)
        return ERR_CORRUPT;
    TRY(walk_node(w));
    for (uint32_t i = 0; i < cel_loop_bodies((enum cel_loop)loop); i++)
        TRY(walk_sized(w));
    return ERR_OK;
}

static enum err walk_bind(struct walk *w)
{
    TRY(walk_slot(w, 1));
    return walk_nodes(w, 2);
}

static enum err (*const walkers[CODE_COUNT])(struct walk *w) = {
    [CODE_NULL] = walk_empty,    [CODE_FALSE] = walk_empty, [CODE_TRUE] = walk_empty,
    [CODE_INT1] = walk_1,        [CODE_INT8] = walk_8,      [CODE_UINT8] = walk_8,
    [CODE_DOUBLE8] = walk_8,     [CODE_STRING] = walk_text, [CODE_BYTES] = walk_bytes,
    [CODE_TYPE] = walk_type,     [CODE_ERROR] = walk_error, [CODE_VARIABLE] = walk_variable,
    [CODE_LOCAL] = walk_local,   [CODE_FIELD] = walk_field, [CODE_HAS_FIELD] = walk_field,
    [CODE_SELECT] = walk_select, [CODE_HAS] = walk_select,  [CODE_LIST] = walk_list,
    [CODE_MAP] = walk_map,       [CODE_AND] = walk_logic,   [CODE_OR] = walk_logic,
    [CODE_CHOOSE] = walk_choose, [CODE_CALL] = walk_call,   [CODE_HOST_CALL] = walk_host_call,
    [CODE_LOOP] = walk_loop,     [CODE_BIND] = walk_bind,
};

static enum err walk_node(struct walk *w)
{
    uint64_t code;
    TRY(read_number(w, 1, &code));
    if (code == 0)
        return ERR_CORRUPT;
    if (code >= CODE_COUNT)
        return ERR_UNSUPPORTED;
    if (w->depth >= CEL_DEPTH_MAX)
        return ERR_UNSUPPORTED;
    w->depth++;
    enum err error = walkers[code](w);
    w->depth--;
    return error;
}

enum err cel_verify(struct span program, const struct cel_declarations *declarations)
{
    if (program.size < CEL_PROGRAM_HEADER_SIZE)
        return ERR_TRUNCATED;
    if (memcmp(program.bytes, "CEL", 3) != 0)
        return ERR_CORRUPT;
    if (program.bytes[3] != CEL_PROGRAM_VERSION)
        return ERR_VERSION;
    size_t size = (size_t)bytes_get_le(program.bytes + 4, 2);
    if (program.size < CEL_PROGRAM_HEADER_SIZE + size)
        return ERR_TRUNCATED;
    if (program.size > CEL_PROGRAM_HEADER_SIZE + size || program.bytes[7] != 0 ||
        program.bytes[6] > CEL_SLOTS_MAX)
        return ERR_CORRUPT;
    struct walk walk = {.bytes = program.bytes,
                        .at = CEL_PROGRAM_HEADER_SIZE,
                        .end = program.size,
                        .slot_count = program.bytes[6],
                        .declarations = declarations};
    TRY(walk_node(&walk));
    return walk.at == walk.end ? ERR_OK : ERR_CORRUPT;
}
