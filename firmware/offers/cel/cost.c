/* SPDX-License-Identifier: Apache-2.0 */
/* How many steps an evaluation takes at most, when the host's lists have list_max items and texts are of usual length. */
#include "offers/cel/compiler.h"

#define UNKNOWN UINT64_MAX

struct estimate {
    uint64_t cost;
    uint64_t items; /* of the value, if it is a list or a map */
};

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UNKNOWN : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UNKNOWN : product;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct estimate estimate_of(const struct compiler *c, const struct node *node);

/* Items of what the host gives there. */
static uint64_t list_max(const struct compiler *c, const struct node *node)
{
    if (node->type->kind == CEL_LIST && node->type->count_max > 0)
        return node->type->count_max;
    return c->declarations->list_max > 0 ? c->declarations->list_max : UNKNOWN;
}

static struct estimate sum_of_children(const struct compiler *c, const struct node *node)
{
    struct estimate sum = {1, 0};
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        struct estimate each = estimate_of(c, child);
        sum.cost = add(sum.cost, each.cost);
        sum.items = larger(sum.items, each.items);
    }
    return sum;
}

static struct estimate estimate_loop(const struct compiler *c, const struct node *node)
{
    struct estimate range = estimate_of(c, node->first);
    uint64_t body = 2;
    for (const struct node *child = node->first->next; child != NULL; child = child->next)
        body = add(body, estimate_of(c, child).cost);
    return (struct estimate){add(add(range.cost, 1), multiply(range.items, body)), range.items};
}

/* Operators that look at each item of a list. */
static bool is_over_items(const struct cel_function_row *row)
{
    return row->run == cel_fn_in || row->run == cel_fn_equal || row->run == cel_fn_not_equal ||
           row->run == cel_fn_add || row->run == cel_fn_join || row->run == cel_fn_format;
}

static struct estimate estimate_builtin(const struct compiler *c, const struct node *node)
{
    const struct cel_function_row *row = cel_function_at(node->number);
    struct estimate sum = sum_of_children(c, node);
    sum.cost = add(sum.cost, row->cost);
    if (is_over_items(row))
        sum.cost = add(sum.cost, multiply(sum.items, 2));
    bool is_sum = row->run == cel_fn_add;
    sum.items = is_sum ? multiply(sum.items, 2) : sum.items;
    return sum;
}

static struct estimate estimate_node(const struct compiler *c, const struct node *node)
{
    struct estimate estimate;
    switch ((int)node->kind) {
    case NODE_LOOP:
        return estimate_loop(c, node);
    case NODE_BUILTIN:
        return estimate_builtin(c, node);
    case NODE_LIST:
    case NODE_MAP:
        estimate = sum_of_children(c, node);
        estimate.items = larger(estimate.items, node->count);
        return estimate;
    case NODE_HOST_CALL:
        estimate = sum_of_children(c, node);
        return (struct estimate){add(estimate.cost, c->declarations->functions[node->number].cost),
                                 list_max(c, node)};
    case NODE_VARIABLE:
    case NODE_FIELD:
    case NODE_SELECT:
    case NODE_LOCAL:
        return (struct estimate){sum_of_children(c, node).cost, list_max(c, node)};
    default:
        return sum_of_children(c, node);
    }
}

/* Only lists and maps have items, and what may be one. */
static struct estimate estimate_of(const struct compiler *c, const struct node *node)
{
    struct estimate estimate = estimate_node(c, node);
    const struct typ *type = node->type;
    while (type->kind == TYPE_VARIABLE && type->bound != NULL)
        type = type->bound;
    bool has_items = type->kind == CEL_LIST || type->kind == CEL_MAP || type->kind == CEL_DYN;
    return (struct estimate){estimate.cost, has_items ? estimate.items : 0};
}

uint64_t cel_cost(const struct compiler *c, const struct node *root)
{
    return estimate_of(c, root).cost;
}
