/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what each node means and of which type it is. Unchecked, a type that does not fit is dyn, and what means nothing
 * is an error of the evaluation. */
#include "offers/cel/compiler.h"

static const struct span none = {NULL, 0};

void cel_report_type(struct compiler *c, uint32_t at, const char *format, struct span first,
                     struct span second)
{
    if (!c->source->is_unchecked)
        cel_report(c, at, format, first, second);
}

void cel_make_error(struct compiler *c, struct node *node, enum cel_error error)
{
    node->kind = NODE_LITERAL;
    node->literal = cel_fail(error);
    node->type = cel_typ_new(c, CEL_DYN);
}

static void check_children(struct compiler *c, struct node *node)
{
    for (struct node *child = node->first; child != NULL; child = child->next)
        cel_check(c, child);
}

static void want(struct compiler *c, const struct node *node, struct typ *wanted, const char *what)
{
    uint8_t text[64];
    struct typ *mark = c->bound;
    if (cel_typ_unify(c, wanted, node->type))
        return;
    cel_typ_undo(c, mark);
    cel_report_type(c, node->at, "% must be true or false, not a value of type %", span_of_text(what),
                    cel_typ_print(c, node->type, text, sizeof text));
}

/* ---- each kind of node */

static void check_literal(struct compiler *c, struct node *node)
{
    if (node->type == NULL)
        node->type = cel_typ_new(c, node->literal.kind == CEL_ERROR ? (uint8_t)CEL_DYN : node->literal.kind);
}

static void check_name(struct compiler *c, struct node *node)
{
    if (cel_resolve_name(c, node))
        return;
    cel_report_unknown_name(c, node);
    cel_make_error(c, node, CEL_UNKNOWN_NAME);
}

static bool find_field(const struct cel_object *object, struct span name, uint16_t *out)
{
    for (uint32_t i = 0; i < object->field_count; i++) {
        if (span_is_equal(name, span_of_text(object->fields[i].name))) {
            *out = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static void check_field(struct compiler *c, struct node *node, uint16_t object_number)
{
    const struct cel_object *object = &c->declarations->objects[object_number];
    node->object = object_number;
    if (!find_field(object, node->name, &node->number)) {
        cel_report_unknown_field(c, node, object);
        node->type = cel_typ_new(c, CEL_DYN);
        return;
    }
    bool is_has = node->kind == NODE_HAS;
    node->kind = is_has ? NODE_HAS_FIELD : NODE_FIELD;
    node->type = is_has ? cel_typ_new(c, CEL_BOOL) : cel_typ_declared(c, object->fields[node->number].type);
}

static void check_select(struct compiler *c, struct node *node)
{
    uint8_t text[64];
    if (node->kind == NODE_SELECT && cel_resolve_name(c, node))
        return;
    cel_check(c, node->first);
    struct typ *operand = cel_typ_known(c, node->first->type), *dyn = cel_typ_new(c, CEL_DYN);
    node->type = node->kind == NODE_HAS ? cel_typ_new(c, CEL_BOOL) : dyn;
    if (operand->kind == CEL_OBJECT && operand->object < c->declarations->object_count)
        check_field(c, node, operand->object);
    else if (operand->kind == CEL_MAP && node->kind == NODE_SELECT)
        node->type = operand->element;
    else if (operand->kind != CEL_MAP && operand->kind != CEL_DYN)
        cel_report_type(c, node->at, "a value of type % has no field %",
                        cel_typ_print(c, operand, text, sizeof text), node->name);
}

static void check_list(struct compiler *c, struct node *node)
{
    struct typ *element = node->count == 0 ? cel_typ_new(c, TYPE_VARIABLE) : NULL;
    check_children(c, node);
    for (struct node *child = node->first; child != NULL; child = child->next)
        element = element == NULL ? child->type : cel_typ_join(c, element, child->type);
    node->type = cel_typ_list(c, element);
}

static void check_key(struct compiler *c, const struct node *key)
{
    uint8_t text[64];
    struct typ *type = cel_typ_known(c, key->type);
    bool is_key = type->kind == CEL_INT || type->kind == CEL_UINT || type->kind == CEL_BOOL ||
                  type->kind == CEL_STRING || type->kind == CEL_DYN;
    if (!is_key)
        cel_report_type(c, key->at,
                        "a map's key is an int, a uint, a bool or a string, not a value of type %",
                        cel_typ_print(c, type, text, sizeof text), none);
}

static void check_map(struct compiler *c, struct node *node)
{
    struct typ *key = node->count == 0 ? cel_typ_new(c, TYPE_VARIABLE) : NULL;
    struct typ *element = node->count == 0 ? cel_typ_new(c, TYPE_VARIABLE) : NULL;
    check_children(c, node);
    for (struct node *child = node->first; child != NULL && child->next != NULL; child = child->next->next) {
        check_key(c, child);
        key = key == NULL ? child->type : cel_typ_join(c, key, child->type);
        element = element == NULL ? child->next->type : cel_typ_join(c, element, child->next->type);
    }
    node->type = cel_typ_map(c, key, element);
}

static void check_logic(struct compiler *c, struct node *node)
{
    struct typ *truth = cel_typ_new(c, CEL_BOOL);
    check_children(c, node);
    for (struct node *child = node->first; child != NULL; child = child->next)
        want(c, child, truth, node->kind == NODE_AND ? "what && joins" : "what || joins");
    node->type = truth;
}

static void check_choose(struct compiler *c, struct node *node)
{
    uint8_t first[64], second[64];
    check_children(c, node);
    struct node *yes = node->first->next, *no = yes->next;
    struct typ *mark = c->bound;
    want(c, node->first, cel_typ_new(c, CEL_BOOL), "what stands before ?");
    if (!cel_typ_unify(c, yes->type, no->type)) {
        cel_typ_undo(c, mark);
        cel_report_type(c, node->at, "both sides of : must be of one type, but they are % and %",
                        cel_typ_print(c, yes->type, first, sizeof first),
                        cel_typ_print(c, no->type, second, sizeof second));
    }
    node->type = cel_typ_join(c, yes->type, no->type);
}

/* ---- variables of macros */

/* The slot of a new variable; its number, or CEL_SLOTS_MAX if there are too many. */
static uint8_t open_variable(struct compiler *c, const struct node *node, struct span name, struct typ *type)
{
    if (c->scope_count >= CEL_SLOTS_MAX) {
        cel_report_plain(c, node->at, "too many variables are in scope at once");
        return 0;
    }
    c->scope[c->scope_count] = (struct scope_row){name, type};
    uint8_t slot = (uint8_t)c->scope_count++;
    c->slot_count = c->scope_count > c->slot_count ? c->scope_count : c->slot_count;
    return slot;
}

struct ranged {
    struct typ *first, *second; /* of the variables */
    struct typ *key, *element;  /* of what goes on: a list's key is its index */
};

static struct ranged range_of(struct compiler *c, const struct node *loop)
{
    uint8_t text[64];
    struct typ *range = cel_typ_known(c, loop->first->type), *dyn = cel_typ_new(c, CEL_DYN);
    struct ranged types = {dyn, dyn, dyn, dyn};
    if (range->kind == CEL_LIST) {
        types.key = cel_typ_new(c, CEL_INT);
        types.element = cel_typ_known(c, range->element);
        types.first = loop->variable_count == 1 ? types.element : types.key;
    } else if (range->kind == CEL_MAP) {
        types.key = types.first = cel_typ_known(c, range->key);
        types.element = cel_typ_known(c, range->element);
    } else if (range->kind != CEL_DYN) {
        cel_report_type(c, loop->at, "%() goes over a list or a map, not over a value of type %",
                        cel_text_of(&loop->literal), cel_typ_print(c, range, text, sizeof text));
    }
    types.second = types.element;
    return types;
}

static struct typ *loop_type(struct compiler *c, const struct node *loop, const struct ranged *types)
{
    struct typ *body = loop->last->type;
    switch ((enum cel_loop)loop->loop) {
    case LOOP_ALL:
    case LOOP_EXISTS:
    case LOOP_ONE:
        return cel_typ_new(c, CEL_BOOL);
    case LOOP_FILTER:
        return cel_typ_list(c, types->first);
    case LOOP_LIST:
    case LOOP_LIST_WHERE:
        return cel_typ_list(c, body);
    case LOOP_MAP:
    case LOOP_MAP_WHERE:
        return cel_typ_map(c, types->key, body);
    case LOOP_ENTRIES:
    case LOOP_ENTRIES_WHERE:
        return cel_typ_known(c, body);
    case LOOP_COUNT:
        break;
    }
    return cel_typ_new(c, CEL_DYN);
}

static void check_loop(struct compiler *c, struct node *node)
{
    cel_check(c, node->first);
    struct ranged types = range_of(c, node);
    uint32_t scope = c->scope_count;
    node->slot = open_variable(c, node, node->name, types.first);
    if (node->variable_count == 2)
        (void)open_variable(c, node, node->second_name, types.second);
    for (struct node *body = node->first->next; body != NULL; body = body->next)
        cel_check(c, body);
    c->scope_count = scope;
    enum cel_loop loop = (enum cel_loop)node->loop;
    struct node *body = node->first->next;
    if (loop <= LOOP_FILTER || cel_loop_bodies(loop) == 2)
        want(c, body, cel_typ_new(c, CEL_BOOL), "the condition of this macro");
    node->type = loop_type(c, node, &types);
}

static void check_bind(struct compiler *c, struct node *node)
{
    struct node *value = node->first, *body = value->next;
    cel_check(c, value);
    uint32_t scope = c->scope_count;
    node->slot = open_variable(c, node, node->name, value->type);
    cel_check(c, body);
    c->scope_count = scope;
    node->type = body->type;
}

static void (*const checkers[])(struct compiler *c, struct node *node) = {
    [NODE_LITERAL] = check_literal, [NODE_NAME] = check_name,     [NODE_SELECT] = check_select,
    [NODE_HAS] = check_select,      [NODE_CALL] = cel_check_call, [NODE_LIST] = check_list,
    [NODE_MAP] = check_map,         [NODE_AND] = check_logic,     [NODE_OR] = check_logic,
    [NODE_CHOOSE] = check_choose,   [NODE_LOOP] = check_loop,     [NODE_BIND] = check_bind,
};

void cel_check(struct compiler *c, struct node *node)
{
    checkers[node->kind](c, node);
}
