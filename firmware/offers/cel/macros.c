/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are no functions: has, all, exists, map ... A loop of ours needs no accumulator that an author could see. */
#include "offers/cel/compiler.h"

struct macro_row {
    const char *name;
    uint8_t count; /* of arguments, what it is called on not counted */
    uint8_t variables;
    enum cel_loop loop;
};

static const struct macro_row macros[] = {
    {"all", 2, 1, LOOP_ALL},
    {"all", 3, 2, LOOP_ALL},
    {"exists", 2, 1, LOOP_EXISTS},
    {"exists", 3, 2, LOOP_EXISTS},
    {"exists_one", 2, 1, LOOP_ONE},
    {"exists_one", 3, 2, LOOP_ONE},
    {"existsOne", 2, 1, LOOP_ONE},
    {"existsOne", 3, 2, LOOP_ONE},
    {"filter", 2, 1, LOOP_FILTER},
    {"map", 2, 1, LOOP_LIST},
    {"map", 3, 1, LOOP_LIST_WHERE},
    {"transformList", 3, 2, LOOP_LIST},
    {"transformList", 4, 2, LOOP_LIST_WHERE},
    {"transformMap", 3, 2, LOOP_MAP},
    {"transformMap", 4, 2, LOOP_MAP_WHERE},
    {"transformMapEntry", 3, 2, LOOP_ENTRIES},
    {"transformMapEntry", 4, 2, LOOP_ENTRIES_WHERE},
};

static const struct span none = {NULL, 0};

/* The next argument as the name of a variable; false: it is none, and was reported. */
static bool take_name(struct compiler *c, const struct node *call, struct node **argument, struct span *out)
{
    struct node *node = *argument;
    *argument = node->next;
    if (node->kind != NODE_NAME || node->is_absolute) {
        cel_report(c, node->at, "%() takes the name of a variable here", call->name, none);
        return false;
    }
    *out = node->name;
    return true;
}

static void move_children(struct compiler *c, struct node *parent, struct node *first)
{
    while (first != NULL) {
        struct node *next = first->next;
        first->next = NULL;
        cel_node_add(c, parent, first);
        first = next;
    }
}

static struct node *make_loop(struct compiler *c, struct node *call, const struct macro_row *row)
{
    struct node *loop = cel_node_new(c, NODE_LOOP, call->at);
    struct node *range = call->first, *argument = range->next;
    loop->loop = (uint8_t)row->loop;
    loop->variable_count = row->variables;
    if (!take_name(c, call, &argument, &loop->name) ||
        (row->variables == 2 && !take_name(c, call, &argument, &loop->second_name)))
        return call;
    if (row->variables == 2 && span_is_equal(loop->name, loop->second_name))
        cel_report(c, call->at, "the two variables of %() have the same name", call->name, none);
    loop->second_name = row->variables == 2 ? loop->second_name : none;
    struct span name = call->name;
    range->next = NULL;
    move_children(c, loop, range);
    move_children(c, loop, argument);
    loop->literal = cel_string(name); /* what a fault calls it */
    return loop;
}

/* has(a.b) */
static struct node *make_has(struct compiler *c, struct node *call)
{
    struct node *field = call->first;
    if (field->kind != NODE_SELECT) {
        cel_report_plain(c, field->at, "has() takes a field, as in has(member.birth_day)");
        return call;
    }
    field->kind = NODE_HAS;
    return field;
}

/* cel.bind(name, value, expression) */
static struct node *make_bind(struct compiler *c, struct node *call)
{
    struct node *bind = cel_node_new(c, NODE_BIND, call->at), *argument = call->first->next;
    if (!take_name(c, call, &argument, &bind->name))
        return call;
    move_children(c, bind, argument);
    return bind;
}

static bool is_bind(const struct node *call)
{
    const struct node *on = call->first;
    return call->is_method && call->count == 4 && on->kind == NODE_NAME &&
           span_is_equal(on->name, span_of_text("cel")) && span_is_equal(call->name, span_of_text("bind"));
}

struct node *cel_expand(struct compiler *c, struct node *call)
{
    if (cel_is_faulty(c))
        return call;
    if (!call->is_method && call->count == 1 && span_is_equal(call->name, span_of_text("has")))
        return make_has(c, call);
    if (is_bind(call))
        return make_bind(c, call);
    for (size_t i = 0; call->is_method && i < COUNT_OF(macros); i++) {
        if (call->count == 1u + macros[i].count && span_is_equal(call->name, span_of_text(macros[i].name)))
            return make_loop(c, call, &macros[i]);
    }
    return call;
}
