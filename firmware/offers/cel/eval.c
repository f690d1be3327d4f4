/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a verified program. A node that fails is still walked to its end, so that what follows is found; a halted machine
 * reads nothing more. */
#include "offers/cel/eval.h"
#include "base/bytes.h"
#include "offers/cel/decimal.h"
#include "offers/cel/functions.h"

static uint64_t read_number(struct cel_machine *m, size_t size)
{
    uint64_t number = bytes_get_le(m->at, size);
    m->at += size;
    return number;
}

static struct span read_text(struct cel_machine *m)
{
    size_t size = (size_t)read_number(m, 2);
    struct span text = span_of(m->at, size);
    m->at += size;
    return text;
}

/* ---- literals */

static struct cel_value eval_null(struct cel_machine *m)
{
    (void)m;
    return cel_null();
}

static struct cel_value eval_false(struct cel_machine *m)
{
    (void)m;
    return cel_bool(false);
}

static struct cel_value eval_true(struct cel_machine *m)
{
    (void)m;
    return cel_bool(true);
}

static struct cel_value eval_int1(struct cel_machine *m)
{
    return cel_int((int8_t)read_number(m, 1));
}

static struct cel_value eval_int8(struct cel_machine *m)
{
    return cel_int((int64_t)read_number(m, 8));
}

static struct cel_value eval_uint8(struct cel_machine *m)
{
    return cel_uint(read_number(m, 8));
}

static struct cel_value eval_double8(struct cel_machine *m)
{
    return cel_double(cel_double_of_bits(read_number(m, 8)));
}

static struct cel_value eval_string(struct cel_machine *m)
{
    return cel_string(read_text(m));
}

static struct cel_value eval_bytes(struct cel_machine *m)
{
    return cel_bytes(read_text(m));
}

static struct cel_value eval_type(struct cel_machine *m)
{
    struct cel_value type = cel_type_of_kind((enum cel_kind)read_number(m, 1));
    type.object = (uint16_t)read_number(m, 2);
    return type;
}

static struct cel_value eval_error(struct cel_machine *m)
{
    return cel_fail((enum cel_error)read_number(m, 1));
}

/* ---- names and fields */

static struct cel_value eval_variable(struct cel_machine *m)
{
    uint32_t number = (uint32_t)read_number(m, 2);
    return m->host->variable == NULL ? cel_fail(CEL_HOST_ERROR) : m->host->variable(m->host->self, number);
}

static struct cel_value eval_local(struct cel_machine *m)
{
    return m->slots[read_number(m, 1)];
}

static struct cel_value field_of(struct cel_machine *m, const struct cel_value *object, uint32_t field)
{
    return m->host->field == NULL ? cel_fail(CEL_HOST_ERROR) : m->host->field(m->host->self, object, field);
}

/* The field of an operand that ought to be an object of that kind; null if it is not set. */
static struct cel_value read_field(struct cel_machine *m)
{
    uint16_t object = (uint16_t)read_number(m, 2);
    uint32_t field = (uint32_t)read_number(m, 2);
    struct cel_value operand = cel_evaluate(m);
    if (operand.kind == CEL_ERROR)
        return operand;
    if (operand.kind != CEL_OBJECT || operand.object != object)
        return cel_fail(CEL_NO_SUCH_FIELD);
    return field_of(m, &operand, field);
}

static struct cel_value has(struct cel_value field)
{
    return field.kind == CEL_ERROR ? field : cel_bool(field.kind != CEL_NULL);
}

static struct cel_value eval_has_field(struct cel_machine *m)
{
    return has(read_field(m));
}

/* By name: of what turned out to be an object or a map only now. */
static struct cel_value named_field(struct cel_machine *m, const struct cel_value *operand, struct span name,
                                    bool *out_is_missing)
{
    const struct cel_declarations *declarations = m->host->declarations;
    *out_is_missing = false;
    if (operand->kind == CEL_MAP) {
        struct cel_value key = cel_string(name);
        const struct cel_value *value = cel_find_key(m, operand, &key);
        *out_is_missing = value == NULL && m->halted == CEL_NO_ERROR;
        return value != NULL ? *value : cel_failed(m, CEL_NO_SUCH_KEY);
    }
    if (operand->kind != CEL_OBJECT || operand->object >= declarations->object_count)
        return cel_fail(CEL_NO_SUCH_FIELD);
    const struct cel_object *object = &declarations->objects[operand->object];
    for (uint32_t i = 0; i < object->field_count; i++) {
        if (span_is_equal(name, span_of_text(object->fields[i].name)))
            return field_of(m, operand, i);
    }
    return cel_fail(CEL_NO_SUCH_FIELD);
}

static struct cel_value eval_select(struct cel_machine *m)
{
    bool is_missing;
    struct span name = read_text(m);
    struct cel_value operand = cel_evaluate(m);
    return operand.kind == CEL_ERROR ? operand : named_field(m, &operand, name, &is_missing);
}

static struct cel_value eval_has(struct cel_machine *m)
{
    bool is_missing;
    struct span name = read_text(m);
    struct cel_value operand = cel_evaluate(m);
    if (operand.kind == CEL_ERROR)
        return operand;
    struct cel_value field = named_field(m, &operand, name, &is_missing);
    if (operand.kind == CEL_MAP)
        return m->halted != CEL_NO_ERROR ? field : cel_bool(!is_missing);
    return has(field);
}

/* ---- aggregates */

/* The values of so many nodes; the first error among them goes to *out_error (else CEL_NULL). NULL: no scratch. */
static struct cel_value *read_values(struct cel_machine *m, uint32_t count, struct cel_value *room,
                                     uint32_t room_count, struct cel_value *out_error)
{
    struct cel_value *values = count <= room_count ? room : cel_take(m, count, sizeof *values);
    *out_error = cel_null();
    for (uint32_t i = 0; i < count && values != NULL; i++) {
        values[i] = cel_evaluate(m);
        if (values[i].kind == CEL_ERROR && out_error->kind == CEL_NULL)
            *out_error = values[i];
    }
    if (m->halted != CEL_NO_ERROR)
        *out_error = cel_fail(m->halted);
    return values;
}

static struct cel_value eval_list(struct cel_machine *m)
{
    struct cel_value error;
    uint32_t count = (uint32_t)read_number(m, 2);
    struct cel_value *values = read_values(m, count, NULL, 0, &error);
    return error.kind == CEL_ERROR ? error : cel_list(values, count);
}

static bool is_key(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_BOOL ||
           value->kind == CEL_STRING;
}

static struct cel_value eval_map(struct cel_machine *m)
{
    struct cel_value error;
    uint32_t count = (uint32_t)read_number(m, 2);
    struct cel_value *values = read_values(m, 2 * count, NULL, 0, &error);
    if (error.kind == CEL_ERROR)
        return error;
    struct cel_value map = cel_map(values, 0);
    for (; map.count < count; map.count++) {
        const struct cel_value *key = &values[(size_t)2 * map.count];
        if (!is_key(key))
            return cel_fail(CEL_BAD_KEY);
        if (cel_find_key(m, &map, key) != NULL)
            return cel_fail(CEL_REPEATED_KEY);
    }
    return m->halted != CEL_NO_ERROR ? cel_fail(m->halted) : map;
}

/* ---- && || ?: : an operand that decides alone makes errors of the others void */

static struct cel_value eval_logic(struct cel_machine *m, bool deciding)
{
    uint32_t count = (uint32_t)read_number(m, 2);
    struct cel_value result = cel_bool(!deciding);
    bool is_decided = false;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *end = m->at + 2 + bytes_get_le(m->at, 2);
        m->at += 2;
        struct cel_value operand = is_decided ? cel_null() : cel_evaluate(m);
        m->at = end;
        if (is_decided)
            continue;
        if (operand.kind == CEL_BOOL && operand.truth == deciding) {
            result = operand;
            is_decided = true;
        } else if (operand.kind != CEL_BOOL && result.kind == CEL_BOOL) {
            result = operand.kind == CEL_ERROR ? operand : cel_fail(CEL_NO_OVERLOAD);
        }
    }
    return result;
}

static struct cel_value eval_and(struct cel_machine *m)
{
    return eval_logic(m, false);
}

static struct cel_value eval_or(struct cel_machine *m)
{
    return eval_logic(m, true);
}

static struct cel_value eval_choose(struct cel_machine *m)
{
    struct cel_value condition = cel_evaluate(m);
    if (m->halted != CEL_NO_ERROR)
        return condition;
    const uint8_t *yes = m->at + 2, *no = yes + bytes_get_le(m->at, 2) + 2;
    const uint8_t *end = no + bytes_get_le(no - 2, 2);
    struct cel_value result = condition.kind == CEL_ERROR ? condition : cel_fail(CEL_NO_OVERLOAD);
    if (condition.kind == CEL_BOOL) {
        m->at = condition.truth ? yes : no;
        result = cel_evaluate(m);
    }
    m->at = end;
    return result;
}

/* ---- calls */

#define ROOM_COUNT 4

static struct cel_value eval_call(struct cel_machine *m)
{
    struct cel_value room[ROOM_COUNT], error;
    const struct cel_function_row *row = cel_function_at((uint32_t)read_number(m, 1));
    uint32_t count = (uint32_t)read_number(m, 1);
    const struct cel_value *values = read_values(m, count, room, ROOM_COUNT, &error);
    return error.kind == CEL_ERROR ? error : row->run(m, values, count);
}

static struct cel_value eval_host_call(struct cel_machine *m)
{
    struct cel_value room[ROOM_COUNT], error;
    uint32_t number = (uint32_t)read_number(m, 2), count = (uint32_t)read_number(m, 1);
    const struct cel_function *function = &m->host->declarations->functions[number];
    const struct cel_value *values = read_values(m, count, room, ROOM_COUNT, &error);
    if (error.kind == CEL_ERROR)
        return error;
    for (uint32_t i = 0; i < count; i++) {
        const struct cel_type *type = function->parameters[i];
        if (type->kind != CEL_DYN && type->kind != values[i].kind)
            return cel_fail(CEL_NO_OVERLOAD);
        if (type->kind == CEL_OBJECT && type->object != values[i].object)
            return cel_fail(CEL_NO_OVERLOAD);
    }
    if (m->host->call == NULL)
        return cel_fail(CEL_HOST_ERROR);
    if (!cel_spend(m, function->cost))
        return cel_fail(m->halted);
    return m->host->call(m->host->self, number, values, count);
}

static struct cel_value eval_bind(struct cel_machine *m)
{
    size_t slot = (size_t)read_number(m, 1);
    struct cel_value value = cel_evaluate(m), before = m->slots[slot];
    m->slots[slot] = value;
    struct cel_value result = cel_evaluate(m);
    m->slots[slot] = before;
    return result;
}

static struct cel_value (*const evaluators[CODE_COUNT])(struct cel_machine *m) = {
    [CODE_NULL] = eval_null,         [CODE_FALSE] = eval_false,   [CODE_TRUE] = eval_true,
    [CODE_INT1] = eval_int1,         [CODE_INT8] = eval_int8,     [CODE_UINT8] = eval_uint8,
    [CODE_DOUBLE8] = eval_double8,   [CODE_STRING] = eval_string, [CODE_BYTES] = eval_bytes,
    [CODE_TYPE] = eval_type,         [CODE_ERROR] = eval_error,   [CODE_VARIABLE] = eval_variable,
    [CODE_LOCAL] = eval_local,       [CODE_FIELD] = read_field,   [CODE_HAS_FIELD] = eval_has_field,
    [CODE_SELECT] = eval_select,     [CODE_HAS] = eval_has,       [CODE_LIST] = eval_list,
    [CODE_MAP] = eval_map,           [CODE_AND] = eval_and,       [CODE_OR] = eval_or,
    [CODE_CHOOSE] = eval_choose,     [CODE_CALL] = eval_call,     [CODE_HOST_CALL] = eval_host_call,
    [CODE_LOOP] = cel_evaluate_loop, [CODE_BIND] = eval_bind,
};

static bool has_memory(const struct cel_value *value)
{
    return value->kind == CEL_STRING || value->kind == CEL_BYTES || value->kind == CEL_LIST ||
           value->kind == CEL_MAP;
}

/* What was taken on the way to a value that needs none of it is given back: else a list that is written in a loop would
 * take memory at every turn. */
struct cel_value cel_evaluate(struct cel_machine *m)
{
    size_t used = m->scratch.used;
    if (!cel_spend(m, 1))
        return cel_fail(m->halted);
    struct cel_value value = evaluators[*m->at++](m);
    if (!has_memory(&value))
        m->scratch.used = used;
    return value;
}

struct cel_value cel_eval(struct span program, const struct cel_host *host, struct cel_run *run)
{
    struct cel_machine m;
    m.at = program.bytes + CEL_PROGRAM_HEADER_SIZE;
    m.host = host;
    m.scratch = arena_of(run->scratch, run->scratch_size);
    m.budget = run->budget;
    m.halted = CEL_NO_ERROR;
    for (uint32_t i = 0; i < program.bytes[6]; i++)
        m.slots[i] = cel_fail(CEL_UNKNOWN_NAME);
    struct cel_value value = cel_evaluate(&m);
    run->budget = m.budget;
    return m.halted != CEL_NO_ERROR ? cel_fail(m.halted) : value;
}
