/* SPDX-License-Identifier: Apache-2.0 */
/* What a name means: a local variable, else the longest dotted name that is declared, in the container first. */
#include "base/likeness.h"
#include "offers/cel/compiler.h"

static const struct span none = {NULL, 0};

/* ---- dotted names */

static const struct scope_row *find_local(const struct compiler *c, struct span name, uint8_t *out_slot)
{
    for (uint32_t i = c->scope_count; i > 0; i--) {
        if (span_is_equal(c->scope[i - 1].name, name)) {
            *out_slot = (uint8_t)(i - 1);
            return &c->scope[i - 1];
        }
    }
    return NULL;
}

static const struct node *root_of(const struct node *node)
{
    while (node->kind == NODE_SELECT && !node->is_quoted && !node->first->is_closed)
        node = node->first;
    return node;
}

/* Adds the names from the root to the node; false: too long. */
static bool write_names(const struct node *node, const struct node *root, uint8_t out[NAME_SIZE_MAX],
                        size_t *size)
{
    size_t begin = NAME_SIZE_MAX;
    for (;; node = node->first) {
        if (node->name.size + 1 > begin)
            return false;
        begin -= node->name.size;
        memcpy(out + begin, node->name.bytes, node->name.size);
        if (node == root)
            break;
        out[--begin] = '.';
    }
    *size = NAME_SIZE_MAX - begin;
    memmove(out, out + begin, *size);
    return true;
}

struct span cel_dotted(struct compiler *c, const struct node *node, uint8_t out[NAME_SIZE_MAX])
{
    const struct node *root = root_of(node);
    uint8_t slot;
    size_t size;
    bool is_local = root->kind == NODE_NAME && !root->is_absolute && find_local(c, root->name, &slot) != NULL;
    if (root->kind != NODE_NAME || is_local || !write_names(node, root, out, &size))
        return none;
    return span_of(out, size);
}

/* ---- declared names */

static bool find_variable(const struct compiler *c, struct span name, uint16_t *out)
{
    for (uint32_t i = 0; i < c->declarations->variable_count; i++) {
        if (span_is_equal(name, span_of_text(c->declarations->variables[i].name))) {
            *out = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static bool find_type(const struct compiler *c, struct span name, struct cel_value *out)
{
    for (uint32_t kind = 0; kind < CEL_OBJECT; kind++) {
        *out = cel_type_of_kind((enum cel_kind)kind);
        if (span_is_equal(name, span_of_text(cel_type_name(*out, c->declarations))))
            return true;
    }
    for (uint32_t i = 0; i < c->declarations->object_count; i++) {
        *out = cel_type_of_kind(CEL_OBJECT);
        out->object = (uint16_t)i;
        if (span_is_equal(name, span_of_text(c->declarations->objects[i].name)))
            return true;
    }
    return false;
}

/* One name takes the place of the whole chain. */
static void become_leaf(struct node *node, enum node_kind kind)
{
    node->kind = (uint8_t)kind;
    node->first = node->last = NULL;
    node->count = 0;
}

static bool become_declared(struct compiler *c, struct node *node, struct span name)
{
    if (find_variable(c, name, &node->number)) {
        become_leaf(node, NODE_VARIABLE);
        node->type = cel_typ_declared(c, c->declarations->variables[node->number].type);
        return true;
    }
    if (find_type(c, name, &node->literal)) {
        become_leaf(node, NODE_LITERAL);
        node->type = cel_typ_new(c, CEL_TYPE);
        return true;
    }
    return false;
}

/* The container's first `size` bytes, a dot, the name. */
static struct span qualify(const char *container, size_t size, struct span name, uint8_t out[NAME_SIZE_MAX])
{
    if (size + 1 + name.size > NAME_SIZE_MAX)
        return none;
    memcpy(out, container, size);
    out[size] = '.';
    memcpy(out + size + 1, name.bytes, name.size);
    return span_of(out, size + 1 + name.size);
}

/* In container A.B: A.B.name, A.name, name. */
static bool become_contained(struct compiler *c, struct node *node, struct span name)
{
    const char *container = c->declarations->container;
    size_t size = container != NULL && !root_of(node)->is_absolute ? strlen(container) : 0;
    uint8_t qualified[NAME_SIZE_MAX];
    while (size > 0) {
        struct span whole = qualify(container, size, name, qualified);
        if (whole.size > 0 && become_declared(c, node, whole))
            return true;
        do {
            size--;
        } while (size > 0 && container[size] != '.');
    }
    return become_declared(c, node, name);
}

bool cel_resolve_name(struct compiler *c, struct node *node)
{
    uint8_t dotted[NAME_SIZE_MAX];
    const struct scope_row *local =
        node->kind == NODE_NAME && !node->is_absolute ? find_local(c, node->name, &node->slot) : NULL;
    if (local != NULL) {
        node->kind = NODE_LOCAL;
        node->type = local->type;
        return true;
    }
    struct span name = cel_dotted(c, node, dotted);
    return name.size > 0 && become_contained(c, node, name);
}

bool cel_is_declared(struct compiler *c, const struct node *node)
{
    for (;; node = node->first) {
        struct node tried = *node;
        if (cel_resolve_name(c, &tried))
            return true;
        if (node->kind != NODE_SELECT)
            return false;
    }
}

/* ---- names that mean nothing */

struct unknown_row {
    const char *plain, *with_guess;
};
static const struct unknown_row unknown_variable = {"there is no variable %",
                                                    "there is no variable %; did you mean %?"};
static const struct unknown_row unknown_function = {"there is no function %",
                                                    "there is no function %; did you mean %?"};
static const struct unknown_row unknown_field = {"there is no field %",
                                                 "there is no field %; did you mean %?"};

static void report_unknown(struct compiler *c, uint32_t at, const struct unknown_row *row,
                           const struct likeness *likeness)
{
    bool has_guess = likeness->best.size > 0;
    cel_report_type(c, at, has_guess ? row->with_guess : row->plain, likeness->typed, likeness->best);
}

void cel_report_unknown_name(struct compiler *c, const struct node *node)
{
    struct likeness likeness = likeness_of(node->name);
    for (uint32_t i = 0; i < c->declarations->variable_count; i++)
        likeness_try(&likeness, span_of_text(c->declarations->variables[i].name));
    for (uint32_t i = 0; i < c->scope_count; i++)
        likeness_try(&likeness, c->scope[i].name);
    report_unknown(c, node->at, &unknown_variable, &likeness);
}

void cel_report_unknown_function(struct compiler *c, const struct node *node, struct span name)
{
    static const char *const macros[] = {"all", "exists", "exists_one",    "filter",
                                         "map", "has",    "transformList", "transformMap"};
    struct likeness likeness = likeness_of(name);
    for (uint32_t i = 0; i < cel_function_count(); i++) {
        if (cel_function_at(i)->style != STYLE_OPERATOR)
            likeness_try(&likeness, span_of_text(cel_function_at(i)->name));
    }
    for (uint32_t i = 0; i < c->declarations->function_count; i++)
        likeness_try(&likeness, span_of_text(c->declarations->functions[i].name));
    for (size_t i = 0; i < COUNT_OF(macros); i++)
        likeness_try(&likeness, span_of_text(macros[i]));
    if (likeness.best.size > 0 && span_is_equal(likeness.best, name))
        cel_report_type(c, node->at,
                        node->is_method ? "% is not called on a value"
                                        : "% is called on a value, as in value.%()",
                        name, name);
    else
        report_unknown(c, node->at, &unknown_function, &likeness);
}

void cel_report_unknown_field(struct compiler *c, const struct node *node, const struct cel_object *object)
{
    struct likeness likeness = likeness_of(node->name);
    for (uint32_t i = 0; i < object->field_count; i++)
        likeness_try(&likeness, span_of_text(object->fields[i].name));
    report_unknown(c, node->at, &unknown_field, &likeness);
}
