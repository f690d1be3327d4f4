/* SPDX-License-Identifier: Apache-2.0 */
/* Tree -> program. */
#include "base/bytes.h"
#include "offers/cel/compiler.h"
#include "offers/cel/decimal.h"

static void put(struct compiler *c, const void *bytes, size_t size)
{
    if (c->is_too_long || size > CEL_PROGRAM_MAX - c->out_size) {
        c->is_too_long = true;
        return;
    }
    if (size > 0)
        memcpy(c->out + c->out_size, bytes, size);
    c->out_size += size;
}

static void put_number(struct compiler *c, uint64_t number, size_t size)
{
    uint8_t bytes[8];
    bytes_put_le(bytes, number, size);
    put(c, bytes, size);
}

static void put_code(struct compiler *c, enum cel_code code)
{
    put_number(c, (uint64_t)code, 1);
}

static void put_text(struct compiler *c, enum cel_code code, struct span text)
{
    put_code(c, code);
    put_number(c, text.size, 2);
    if (text.size > UINT16_MAX)
        c->is_too_long = true;
    put(c, text.bytes, text.size);
}

static void put_sized(struct compiler *c, const struct node *node)
{
    size_t at = c->out_size;
    put_number(c, 0, 2);
    cel_emit(c, node);
    if (!c->is_too_long)
        bytes_put_le(c->out + at, c->out_size - at - 2, 2);
}

static void put_children(struct compiler *c, const struct node *node)
{
    for (const struct node *child = node->first; child != NULL; child = child->next)
        cel_emit(c, child);
}

/* ---- each kind of node */

static void emit_int(struct compiler *c, int64_t number)
{
    bool is_small = number >= INT8_MIN && number <= INT8_MAX;
    put_code(c, is_small ? CODE_INT1 : CODE_INT8);
    put_number(c, (uint64_t)number, is_small ? 1 : 8);
}

static void emit_type(struct compiler *c, const struct cel_value *type)
{
    put_code(c, CODE_TYPE);
    put_number(c, type->count, 1);
    put_number(c, type->object, 2);
}

static void emit_literal(struct compiler *c, const struct node *node)
{
    const struct cel_value *value = &node->literal;
    switch ((int)value->kind) {
    case CEL_BOOL:
        put_code(c, value->truth ? CODE_TRUE : CODE_FALSE);
        break;
    case CEL_INT:
        emit_int(c, value->integer);
        break;
    case CEL_UINT:
        put_code(c, CODE_UINT8);
        put_number(c, value->natural, 8);
        break;
    case CEL_DOUBLE:
        put_code(c, CODE_DOUBLE8);
        put_number(c, cel_double_bits(value->real), 8);
        break;
    case CEL_STRING:
    case CEL_BYTES:
        put_text(c, value->kind == CEL_STRING ? CODE_STRING : CODE_BYTES, cel_text_of(value));
        break;
    case CEL_TYPE:
        emit_type(c, value);
        break;
    case CEL_ERROR:
        put_code(c, CODE_ERROR);
        put_number(c, value->count, 1);
        break;
    default:
        put_code(c, CODE_NULL);
        break;
    }
}

static void emit_variable(struct compiler *c, const struct node *node)
{
    put_code(c, CODE_VARIABLE);
    put_number(c, node->number, 2);
}

static void emit_local(struct compiler *c, const struct node *node)
{
    put_code(c, CODE_LOCAL);
    put_number(c, node->slot, 1);
}

static void emit_field(struct compiler *c, const struct node *node)
{
    put_code(c, node->kind == NODE_FIELD ? CODE_FIELD : CODE_HAS_FIELD);
    put_number(c, node->object, 2);
    put_number(c, node->number, 2);
    cel_emit(c, node->first);
}

static void emit_select(struct compiler *c, const struct node *node)
{
    put_text(c, node->kind == NODE_SELECT ? CODE_SELECT : CODE_HAS, node->name);
    cel_emit(c, node->first);
}

static void emit_aggregate(struct compiler *c, const struct node *node)
{
    bool is_map = node->kind == NODE_MAP;
    put_code(c, is_map ? CODE_MAP : CODE_LIST);
    put_number(c, is_map ? node->count / 2 : node->count, 2);
    put_children(c, node);
}

static void emit_logic(struct compiler *c, const struct node *node)
{
    put_code(c, node->kind == NODE_AND ? CODE_AND : CODE_OR);
    put_number(c, node->count, 2);
    for (const struct node *child = node->first; child != NULL; child = child->next)
        put_sized(c, child);
}

static void emit_choose(struct compiler *c, const struct node *node)
{
    put_code(c, CODE_CHOOSE);
    cel_emit(c, node->first);
    put_sized(c, node->first->next);
    put_sized(c, node->last);
}

static void emit_call(struct compiler *c, const struct node *node)
{
    bool is_builtin = node->kind == NODE_BUILTIN;
    put_code(c, is_builtin ? CODE_CALL : CODE_HOST_CALL);
    put_number(c, node->number, is_builtin ? 1 : 2);
    put_number(c, node->count, 1);
    put_children(c, node);
}

static void emit_loop(struct compiler *c, const struct node *node)
{
    put_code(c, CODE_LOOP);
    put_number(c, node->loop, 1);
    put_number(c, node->slot, 1);
    put_number(c, node->variable_count, 1);
    cel_emit(c, node->first);
    for (const struct node *body = node->first->next; body != NULL; body = body->next)
        put_sized(c, body);
}

static void emit_bind(struct compiler *c, const struct node *node)
{
    put_code(c, CODE_BIND);
    put_number(c, node->slot, 1);
    put_children(c, node);
}

static void (*const emitters[])(struct compiler *c, const struct node *node) = {
    [NODE_LITERAL] = emit_literal, [NODE_SELECT] = emit_select,     [NODE_HAS] = emit_select,
    [NODE_LIST] = emit_aggregate,  [NODE_MAP] = emit_aggregate,     [NODE_AND] = emit_logic,
    [NODE_OR] = emit_logic,        [NODE_CHOOSE] = emit_choose,     [NODE_LOOP] = emit_loop,
    [NODE_BIND] = emit_bind,       [NODE_VARIABLE] = emit_variable, [NODE_LOCAL] = emit_local,
    [NODE_FIELD] = emit_field,     [NODE_HAS_FIELD] = emit_field,   [NODE_BUILTIN] = emit_call,
    [NODE_HOST_CALL] = emit_call,
};

void cel_emit(struct compiler *c, const struct node *node)
{
    emitters[node->kind](c, node);
}
