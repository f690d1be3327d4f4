/* SPDX-License-Identifier: Apache-2.0 */
/* Types while an expression is checked: lists and maps of types, and variables that stand for a type once one is met. */
#include "offers/cel/compiler.h"

struct typ *cel_typ_new(struct compiler *c, uint8_t kind)
{
    if (kind <= CEL_DYN && kind != CEL_LIST && kind != CEL_MAP && kind != CEL_OBJECT)
        return &c->plain[kind];
    struct typ *type = arena_take(c->memory, 1, sizeof *type);
    if (type == NULL) {
        c->is_out_of_memory = true;
        return &c->plain[CEL_DYN];
    }
    type->kind = kind;
    return type;
}

struct typ *cel_typ_list(struct compiler *c, struct typ *element)
{
    struct typ *type = cel_typ_new(c, CEL_LIST);
    if (type->kind == CEL_LIST)
        type->element = element;
    return type;
}

struct typ *cel_typ_map(struct compiler *c, struct typ *key, struct typ *element)
{
    struct typ *type = cel_typ_new(c, CEL_MAP);
    if (type->kind == CEL_MAP) {
        type->key = key;
        type->element = element;
    }
    return type;
}

struct typ *cel_typ_declared(struct compiler *c, const struct cel_type *type)
{
    struct typ *dyn = &c->plain[CEL_DYN];
    if (type == NULL)
        return dyn;
    if (type->kind == CEL_LIST) {
        struct typ *list = cel_typ_list(c, cel_typ_declared(c, type->element));
        list->count_max = type->count_max;
        return list;
    }
    if (type->kind == CEL_MAP)
        return cel_typ_map(c, cel_typ_declared(c, type->key), cel_typ_declared(c, type->element));
    struct typ *plain = cel_typ_new(c, type->kind <= CEL_DYN ? type->kind : (uint8_t)CEL_DYN);
    if (plain->kind == CEL_OBJECT)
        plain->object = type->object;
    return plain;
}

static struct typ *follow(struct typ *type)
{
    while (type->kind == TYPE_VARIABLE && type->bound != NULL)
        type = type->bound;
    return type;
}

struct typ *cel_typ_known(struct compiler *c, struct typ *type)
{
    struct typ *known = follow(type);
    return known->kind == TYPE_VARIABLE ? &c->plain[CEL_DYN] : known;
}

static bool contains(struct typ *type, const struct typ *variable)
{
    type = follow(type);
    if (type == variable)
        return true;
    bool in_key = type->kind == CEL_MAP && contains(type->key, variable);
    return in_key || ((type->kind == CEL_LIST || type->kind == CEL_MAP) && contains(type->element, variable));
}

static bool bind(struct compiler *c, struct typ *variable, struct typ *type)
{
    if (contains(type, variable))
        return false;
    variable->bound = type;
    variable->before = c->bound;
    c->bound = variable;
    return true;
}

void cel_typ_undo(struct compiler *c, struct typ *mark)
{
    while (c->bound != mark) {
        struct typ *variable = c->bound;
        c->bound = variable->before;
        variable->bound = NULL;
    }
}

/* null goes where a thing may be missing. */
static bool may_be_null(const struct typ *type)
{
    return type->kind == CEL_TIMESTAMP || type->kind == CEL_DURATION || type->kind == CEL_OBJECT;
}

bool cel_typ_unify(struct compiler *c, struct typ *a, struct typ *b)
{
    a = follow(a);
    b = follow(b);
    if (a == b || a->kind == CEL_DYN || b->kind == CEL_DYN)
        return true;
    if (a->kind == TYPE_VARIABLE)
        return bind(c, a, b);
    if (b->kind == TYPE_VARIABLE)
        return bind(c, b, a);
    if ((a->kind == CEL_NULL && may_be_null(b)) || (b->kind == CEL_NULL && may_be_null(a)))
        return true;
    if (a->kind != b->kind)
        return false;
    if (a->kind == CEL_OBJECT)
        return a->object == b->object;
    if (a->kind == CEL_MAP && !cel_typ_unify(c, a->key, b->key))
        return false;
    return (a->kind != CEL_LIST && a->kind != CEL_MAP) || cel_typ_unify(c, a->element, b->element);
}

/* Whether dyn stands anywhere in it. */
static bool is_vague(struct typ *type)
{
    type = follow(type);
    bool in_key = type->kind == CEL_MAP && is_vague(type->key);
    return type->kind == CEL_DYN || in_key ||
           ((type->kind == CEL_LIST || type->kind == CEL_MAP) && is_vague(type->element));
}

struct typ *cel_typ_join(struct compiler *c, struct typ *a, struct typ *b)
{
    struct typ *mark = c->bound;
    if (!cel_typ_unify(c, a, b)) {
        cel_typ_undo(c, mark);
        return &c->plain[CEL_DYN];
    }
    return follow(a)->kind == CEL_NULL || is_vague(b) ? b : a;
}

const struct cel_type *cel_typ_final(struct compiler *c, struct typ *type)
{
    struct cel_type *made = arena_take(c->memory, 1, sizeof *made);
    type = cel_typ_known(c, type);
    if (made == NULL) {
        c->is_out_of_memory = true;
        return NULL;
    }
    made->kind = type->kind;
    made->object = type->object;
    if (type->kind == CEL_LIST || type->kind == CEL_MAP)
        made->element = cel_typ_final(c, type->element);
    if (type->kind == CEL_MAP)
        made->key = cel_typ_final(c, type->key);
    return made;
}

/* ---- as text */

struct printer {
    char *out;
    size_t size, capacity;
};

static void print(struct printer *p, const char *text)
{
    for (; *text != '\0' && p->size + 1 < p->capacity; text++)
        p->out[p->size++] = *text;
}

static void print_type(struct printer *p, const struct cel_type *type,
                       const struct cel_declarations *declarations)
{
    if (type == NULL || type->kind == CEL_DYN) {
        print(p, "dyn");
        return;
    }
    struct cel_value value = cel_type_of_kind((enum cel_kind)type->kind);
    value.object = type->object;
    bool has_parts = type->kind == CEL_LIST || type->kind == CEL_MAP;
    print(p, type->kind == CEL_TIMESTAMP  ? "timestamp"
             : type->kind == CEL_DURATION ? "duration"
                                          : cel_type_name(value, declarations));
    print(p, has_parts ? "(" : "");
    if (type->kind == CEL_MAP) {
        print_type(p, type->key, declarations);
        print(p, ", ");
    }
    if (has_parts)
        print_type(p, type->element, declarations);
    print(p, has_parts ? ")" : "");
}

void cel_type_print(const struct cel_type *type, const struct cel_declarations *declarations, char *out,
                    size_t size)
{
    struct printer printer = {out, 0, size};
    if (size == 0)
        return;
    print_type(&printer, type, declarations);
    out[printer.size] = '\0';
}

struct span cel_typ_print(struct compiler *c, struct typ *type, uint8_t *out, size_t size)
{
    const struct cel_type *final = cel_typ_final(c, type);
    cel_type_print(final, c->declarations, (char *)out, size);
    return span_of(out, strlen((const char *)out));
}
