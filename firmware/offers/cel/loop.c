/* SPDX-License-Identifier: Apache-2.0 */
/* all, exists, map and the other macros that go over a list or a map. */
#include "base/bytes.h"
#include "offers/cel/eval.h"

struct loop {
    enum cel_loop kind;
    uint8_t slot, variables;
    struct cel_value range;
    const uint8_t *bodies[2];
    const uint8_t *end;
    struct cel_value key;     /* of the turn: the map's, or the list's index */
    struct cel_value verdict; /* of all and exists; an error that ends the others */
    uint32_t match_count;
    struct cel_builder made;
};

/* What a turn makes of its body's value; false: the loop ends. */
struct loop_row {
    bool (*turn)(struct cel_machine *m, struct loop *loop, struct cel_value value);
    struct cel_value (*result)(struct cel_machine *m, const struct loop *loop);
};

static bool end_with(struct loop *loop, struct cel_value value)
{
    loop->verdict = value.kind == CEL_ERROR ? value : cel_fail(CEL_NO_OVERLOAD);
    return false;
}

/* ---- all, exists: as && and || over the turns */

static bool turn_logic(struct loop *loop, struct cel_value value, bool deciding)
{
    if (value.kind == CEL_BOOL && value.truth == deciding) {
        loop->verdict = value;
        return false;
    }
    if (value.kind != CEL_BOOL && loop->verdict.kind != CEL_ERROR)
        (void)end_with(loop, value);
    return true;
}

static bool turn_all(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    (void)m;
    return turn_logic(loop, value, false);
}

static bool turn_exists(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    (void)m;
    return turn_logic(loop, value, true);
}

static struct cel_value result_all(struct cel_machine *m, const struct loop *loop)
{
    (void)m;
    return loop->verdict.kind == CEL_NULL ? cel_bool(true) : loop->verdict;
}

static struct cel_value result_exists(struct cel_machine *m, const struct loop *loop)
{
    (void)m;
    return loop->verdict.kind == CEL_NULL ? cel_bool(false) : loop->verdict;
}

/* ---- exists_one */

static bool turn_one(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    (void)m;
    if (value.kind != CEL_BOOL)
        return end_with(loop, value);
    loop->match_count += value.truth ? 1 : 0;
    return true;
}

static struct cel_value result_one(struct cel_machine *m, const struct loop *loop)
{
    (void)m;
    return cel_bool(loop->match_count == 1);
}

/* ---- lists */

static bool turn_filter(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    if (value.kind != CEL_BOOL)
        return end_with(loop, value);
    return !value.truth || cel_push(m, &loop->made, m->slots[loop->slot]);
}

static bool turn_list(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    if (value.kind == CEL_ERROR)
        return end_with(loop, value);
    return cel_push(m, &loop->made, value);
}

static struct cel_value result_list(struct cel_machine *m, const struct loop *loop)
{
    (void)m;
    return cel_list(loop->made.values, loop->made.count);
}

/* ---- maps */

static bool turn_map(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    if (value.kind == CEL_ERROR)
        return end_with(loop, value);
    return cel_push(m, &loop->made, loop->key) && cel_push(m, &loop->made, value);
}

static struct cel_value result_map(struct cel_machine *m, const struct loop *loop)
{
    (void)m;
    return cel_map(loop->made.values, loop->made.count / 2);
}

static bool turn_entries(struct cel_machine *m, struct loop *loop, struct cel_value value)
{
    if (value.kind != CEL_MAP)
        return end_with(loop, value);
    for (uint32_t i = 0; i < value.count; i++) {
        struct cel_value made = result_map(m, loop);
        if (cel_find_key(m, &made, &value.items[2 * i]) != NULL)
            return end_with(loop, cel_fail(CEL_REPEATED_KEY));
        if (!cel_push(m, &loop->made, value.items[2 * i]) ||
            !cel_push(m, &loop->made, value.items[2 * i + 1]))
            return false;
    }
    return true;
}

static const struct loop_row rows[LOOP_COUNT] = {
    [LOOP_ALL] = {turn_all, result_all},         [LOOP_EXISTS] = {turn_exists, result_exists},
    [LOOP_ONE] = {turn_one, result_one},         [LOOP_FILTER] = {turn_filter, result_list},
    [LOOP_LIST] = {turn_list, result_list},      [LOOP_LIST_WHERE] = {turn_list, result_list},
    [LOOP_MAP] = {turn_map, result_map},         [LOOP_MAP_WHERE] = {turn_map, result_map},
    [LOOP_ENTRIES] = {turn_entries, result_map}, [LOOP_ENTRIES_WHERE] = {turn_entries, result_map},
};

/* ---- the turns */

/* Sets the variables; false: the host has no such item, and the loop ends with its error. */
static bool set_variables(struct cel_machine *m, struct loop *loop, uint32_t index)
{
    struct cel_value value;
    bool is_map = loop->range.kind == CEL_MAP;
    loop->key = is_map ? loop->range.items[2 * index] : cel_int(index);
    if (is_map)
        value = loop->range.items[2 * index + 1];
    else
        value = cel_item(m, &loop->range, index);
    if (value.kind == CEL_ERROR)
        return end_with(loop, value);
    bool has_key_first = is_map || loop->variables == 2;
    m->slots[loop->slot] = has_key_first ? loop->key : value;
    if (loop->variables == 2)
        m->slots[loop->slot + 1] = value;
    return true;
}

static struct cel_value run_body(struct cel_machine *m, const struct loop *loop, uint32_t body)
{
    m->at = loop->bodies[body];
    return cel_evaluate(m);
}

static bool take_turn(struct cel_machine *m, struct loop *loop, uint32_t index)
{
    if (!cel_spend(m, 1) || !set_variables(m, loop, index))
        return false;
    struct cel_value value = run_body(m, loop, 0);
    if (cel_loop_bodies(loop->kind) == 2) {
        if (value.kind != CEL_BOOL)
            return end_with(loop, value);
        if (!value.truth)
            return true;
        value = run_body(m, loop, 1);
    }
    return rows[loop->kind].turn(m, loop, value);
}

static struct cel_value run_loop(struct cel_machine *m, struct loop *loop)
{
    if (loop->range.kind == CEL_ERROR)
        return loop->range;
    if (loop->range.kind != CEL_LIST && loop->range.kind != CEL_MAP)
        return cel_fail(CEL_NO_OVERLOAD);
    for (uint32_t i = 0; i < loop->range.count; i++) {
        if (!take_turn(m, loop, i))
            break;
    }
    if (m->halted != CEL_NO_ERROR)
        return cel_fail(m->halted);
    bool is_over = loop->kind == LOOP_ALL || loop->kind == LOOP_EXISTS || loop->verdict.kind != CEL_ERROR;
    return is_over ? rows[loop->kind].result(m, loop) : loop->verdict;
}

struct cel_value cel_evaluate_loop(struct cel_machine *m)
{
    struct loop loop = {
        .kind = (enum cel_loop)m->at[0], .slot = m->at[1], .variables = m->at[2], .verdict = cel_null()};
    m->at += 3;
    loop.range = cel_evaluate(m);
    if (m->halted != CEL_NO_ERROR)
        return cel_fail(m->halted);
    for (uint32_t i = 0; i < cel_loop_bodies(loop.kind); i++) {
        loop.bodies[i] = m->at + 2;
        m->at += 2 + bytes_get_le(m->at, 2);
    }
    loop.end = m->at;
    struct cel_value result = run_loop(m, &loop);
    m->at = loop.end;
    return result;
}
