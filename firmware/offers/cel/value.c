/* SPDX-License-Identifier: Apache-2.0 */
/* Equality and order of values. */
#include "offers/cel/decimal.h"
#include "offers/cel/machine.h"

static enum cel_order order_of(bool is_less, bool is_more)
{
    return is_less ? CEL_LESS : is_more ? CEL_MORE : CEL_SAME;
}

static enum cel_order compare_doubles(double a, double b)
{
    if (cel_double_class_of(a) == CEL_DOUBLE_NAN || cel_double_class_of(b) == CEL_DOUBLE_NAN)
        return CEL_UNORDERED;
    return order_of(a<b, a> b);
}

static enum cel_order compare_int_uint(int64_t a, uint64_t b)
{
    return order_of(a < 0 || (uint64_t)a < b, a >= 0 && (uint64_t)a > b);
}

/* Whole numbers meet doubles as doubles, as the language's reference does, once they are known to be in range. */
static double as_double(const struct cel_value *value)
{
    if (value->kind == CEL_INT)
        return (double)value->integer;
    return value->kind == CEL_UINT ? (double)value->natural : value->real;
}

static enum cel_order reversed(enum cel_order order)
{
    return order == CEL_LESS ? CEL_MORE : order == CEL_MORE ? CEL_LESS : order;
}

static enum cel_order compare_numbers(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind == CEL_DOUBLE || b->kind == CEL_DOUBLE)
        return compare_doubles(as_double(a), as_double(b));
    if (a->kind != b->kind && a->kind == CEL_INT)
        return compare_int_uint(a->integer, b->natural);
    if (a->kind != b->kind)
        return reversed(compare_int_uint(b->integer, a->natural));
    if (a->kind == CEL_INT)
        return order_of(a->integer<b->integer, a->integer> b->integer);
    return order_of(a->natural<b->natural, a->natural> b->natural);
}

/* UTF-8 orders as its code points do. */
static enum cel_order compare_bytes(struct span a, struct span b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.bytes, b.bytes, size) : 0;
    if (order == 0)
        return order_of(a.size<b.size, a.size> b.size);
    return order < 0 ? CEL_LESS : CEL_MORE;
}

static enum cel_order compare_moments(const struct cel_value *a, const struct cel_value *b)
{
    if (a->integer != b->integer)
        return order_of(a->integer<b->integer, a->integer> b->integer);
    return order_of(a->count<b->count, a->count> b->count);
}

enum cel_order cel_compare(const struct cel_value *a, const struct cel_value *b)
{
    if (cel_is_number(a) && cel_is_number(b))
        return compare_numbers(a, b);
    if (a->kind != b->kind)
        return CEL_NO_ORDER;
    switch ((int)a->kind) {
    case CEL_BOOL:
        return order_of(!a->truth && b->truth, a->truth && !b->truth);
    case CEL_STRING:
    case CEL_BYTES:
        return compare_bytes(cel_text_of(a), cel_text_of(b));
    case CEL_TIMESTAMP:
        return compare_moments(a, b);
    case CEL_DURATION:
        return order_of(a->integer<b->integer, a->integer> b->integer);
    default:
        return CEL_NO_ORDER;
    }
}

/* ---- equality */

struct comparison {
    struct cel_machine *m; /* may be NULL */
    uint32_t depth;
};

static bool are_equal(struct comparison *c, const struct cel_value *a, const struct cel_value *b);

static bool charge(struct comparison *c, uint64_t steps)
{
    return c->m == NULL || cel_spend(c->m, steps);
}

static bool get_item(struct comparison *c, const struct cel_value *list, uint32_t index,
                     struct cel_value *out)
{
    if (list->is_hosted && c->m == NULL)
        return false;
    *out = list->is_hosted ? cel_item(c->m, list, index) : list->items[index];
    return true;
}

static bool lists_are_equal(struct comparison *c, const struct cel_value *a, const struct cel_value *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        struct cel_value left, right;
        if (!get_item(c, a, i, &left) || !get_item(c, b, i, &right) || !are_equal(c, &left, &right))
            return false;
    }
    return true;
}

static const struct cel_value *find(struct comparison *c, const struct cel_value *map,
                                    const struct cel_value *key)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (are_equal(c, &map->items[2 * i], key))
            return &map->items[2 * i + 1];
    }
    return NULL;
}

static bool maps_are_equal(struct comparison *c, const struct cel_value *a, const struct cel_value *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct cel_value *other = find(c, b, &a->items[2 * i]);
        if (other == NULL || !are_equal(c, &a->items[2 * i + 1], other))
            return false;
    }
    return true;
}

static bool aggregates_are_equal(struct comparison *c, const struct cel_value *a, const struct cel_value *b)
{
    if (c->depth >= CEL_NESTING_MAX) {
        if (c->m != NULL)
            (void)cel_halt(c->m, CEL_TOO_DEEP);
        return false;
    }
    c->depth++;
    bool is_equal = a->kind == CEL_LIST ? lists_are_equal(c, a, b) : maps_are_equal(c, a, b);
    c->depth--;
    return is_equal;
}

static bool are_equal(struct comparison *c, const struct cel_value *a, const struct cel_value *b)
{
    if (!charge(c, 1))
        return false;
    if (cel_is_number(a) && cel_is_number(b))
        return compare_numbers(a, b) == CEL_SAME;
    if (a->kind != b->kind)
        return false;
    switch ((int)a->kind) {
    case CEL_NULL:
        return true;
    case CEL_STRING:
    case CEL_BYTES:
        return charge(c, cel_steps_of_bytes(a->count)) && span_is_equal(cel_text_of(a), cel_text_of(b));
    case CEL_LIST:
    case CEL_MAP:
        return aggregates_are_equal(c, a, b);
    case CEL_TYPE:
        return a->count == b->count && a->object == b->object;
    case CEL_OBJECT:
        return a->object == b->object && a->handle == b->handle;
    default:
        return cel_compare(a, b) == CEL_SAME;
    }
}

bool cel_equal(struct cel_machine *m, const struct cel_value *a, const struct cel_value *b)
{
    struct comparison comparison = {m, 0};
    return are_equal(&comparison, a, b);
}

bool cel_value_is_equal(struct cel_value a, struct cel_value b)
{
    return cel_equal(NULL, &a, &b);
}
