/* SPDX-License-Identifier: Apache-2.0 */
/* Which function a call means, and the type of what it gives. */
#include "offers/cel/compiler.h"
#include "offers/cel/pattern.h"

static const struct span none = {NULL, 0};

/* ---- overloads as the table writes them */

struct letters {
    const char *at;
    struct typ *parameters[2]; /* A and B of this call */
};

static struct typ *read_letter(struct compiler *c, struct letters *l)
{
    static const char plain[] = "nbiudsytrT*";
    static const uint8_t kinds[] = {CEL_NULL,  CEL_BOOL,      CEL_INT,      CEL_UINT, CEL_DOUBLE, CEL_STRING,
                                    CEL_BYTES, CEL_TIMESTAMP, CEL_DURATION, CEL_TYPE, CEL_DYN};
    char letter = *l->at++;
    if (letter == 'A' || letter == 'B') {
        struct typ **parameter = &l->parameters[letter - 'A'];
        if (*parameter == NULL)
            *parameter = cel_typ_new(c, TYPE_VARIABLE);
        return *parameter;
    }
    if (letter == 'L')
        return cel_typ_list(c, read_letter(c, l));
    if (letter == 'M') {
        struct typ *key = read_letter(c, l);
        return cel_typ_map(c, key, read_letter(c, l));
    }
    const char *found = strchr(plain, letter);
    KASSA_ASSERT(letter != '\0' && found != NULL);
    return cel_typ_new(c, kinds[found - plain]);
}

/* Whether the call's arguments fit the overload at l->at; behind it then in any case. */
static bool try_overload(struct compiler *c, const struct node *call, struct letters *l,
                         struct typ **out_result)
{
    bool fits = true;
    struct node *argument = call->first;
    for (; *l->at != ':'; argument = argument == NULL ? NULL : argument->next) {
        struct typ *parameter = read_letter(c, l);
        fits = fits && argument != NULL && cel_typ_unify(c, parameter, argument->type);
    }
    l->at++;
    *out_result = read_letter(c, l);
    return fits && argument == NULL;
}

struct fitting {
    uint32_t count;
    struct typ *result; /* dyn if several fit, with other results */
};

static void note_fit(struct compiler *c, struct fitting *fitting, struct typ *result)
{
    bool is_same =
        fitting->count == 0 || cel_typ_known(c, fitting->result)->kind == cel_typ_known(c, result)->kind;
    fitting->result = is_same ? result : cel_typ_new(c, CEL_DYN);
    fitting->count++;
}

static void try_overloads(struct compiler *c, const struct node *call, const char *overloads,
                          struct fitting *fitting)
{
    struct letters l = {.at = overloads};
    while (*l.at != '\0') {
        l.at += *l.at == ' ' ? 1 : 0;
        l.parameters[0] = l.parameters[1] = NULL;
        struct typ *mark = c->bound, *result;
        if (try_overload(c, call, &l, &result))
            note_fit(c, fitting, result);
        else
            cel_typ_undo(c, mark);
    }
}

/* math.greatest and math.least: numbers, or a list of them. */
static bool is_number_type(const struct typ *type)
{
    return type->kind == CEL_INT || type->kind == CEL_UINT || type->kind == CEL_DOUBLE ||
           type->kind == CEL_DYN;
}

static void try_numbers(struct compiler *c, const struct node *call, struct fitting *fitting)
{
    struct typ *result = cel_typ_known(c, call->first->type);
    bool is_list = call->count == 1 && result->kind == CEL_LIST;
    if (is_list)
        result = cel_typ_known(c, result->element);
    bool are_numbers = is_number_type(result);
    for (const struct node *argument = call->first->next; argument != NULL; argument = argument->next) {
        struct typ *type = cel_typ_known(c, argument->type);
        are_numbers = are_numbers && is_number_type(type);
        if (type->kind != result->kind)
            result = cel_typ_new(c, CEL_DYN);
    }
    bool is_empty = is_list && call->first->kind == NODE_LIST && call->first->count == 0;
    if (are_numbers && !is_empty)
        note_fit(c, fitting, result);
}

/* ---- which rows */

static bool is_called_so(const struct cel_function_row *row, const struct node *call, struct span name)
{
    bool is_method = row->style == STYLE_METHOD;
    return is_method == call->is_method && span_is_equal(name, span_of_text(row->name));
}

/* The row of a built-in; NULL: there is none of that name that is called so. */
static const struct cel_function_row *find_builtin(const struct node *call, struct span name,
                                                   uint16_t *out_number)
{
    for (uint32_t i = 0; i < cel_function_count(); i++) {
        if (is_called_so(cel_function_at(i), call, name)) {
            *out_number = (uint16_t)i;
            return cel_function_at(i);
        }
    }
    return NULL;
}

static bool fits_declared(struct compiler *c, const struct node *call, const struct cel_function *function,
                          struct fitting *fitting)
{
    struct typ *mark = c->bound;
    const struct node *argument = call->first;
    uint32_t i = 0;
    for (; argument != NULL && i < function->parameter_count; argument = argument->next, i++) {
        if (!cel_typ_unify(c, cel_typ_declared(c, function->parameters[i]), argument->type))
            break;
    }
    if (argument != NULL || i < function->parameter_count) {
        cel_typ_undo(c, mark);
        return false;
    }
    note_fit(c, fitting, cel_typ_declared(c, function->result));
    return true;
}

/* Tries the host's functions of that name. */
static void try_declared(struct compiler *c, struct node *call, struct span name, struct fitting *fitting)
{
    for (uint32_t i = 0; i < c->declarations->function_count && fitting->count == 0; i++) {
        const struct cel_function *function = &c->declarations->functions[i];
        bool is_called_so =
            function->is_method == call->is_method && span_is_equal(name, span_of_text(function->name));
        if (is_called_so && fits_declared(c, call, function, fitting)) {
            call->kind = NODE_HOST_CALL;
            call->number = (uint16_t)i;
        }
    }
}

/* Whether there is a function of that name that is called as this one is. */
static bool is_function(const struct compiler *c, const struct node *call, struct span name)
{
    uint16_t number;
    if (find_builtin(call, name, &number) != NULL)
        return true;
    for (uint32_t i = 0; i < c->declarations->function_count; i++) {
        const struct cel_function *function = &c->declarations->functions[i];
        if (function->is_method == call->is_method && span_is_equal(name, span_of_text(function->name)))
            return true;
    }
    return false;
}

/* ---- namespaces: math.greatest(...) is no method of `math` */

static bool is_global(const struct compiler *c, const struct node *call, struct span name)
{
    struct node global = *call;
    global.is_method = false;
    return is_function(c, &global, name);
}

/* Neither the function is known nor the names that it is called on, as in lists.range(3). */
static bool is_unknown(struct compiler *c, const struct node *call)
{
    return !is_function(c, call, call->name) && !cel_is_declared(c, call->first);
}

/* The function's whole name; what it seemed to be called on is taken away if that is but a part of it. */
static struct span whole_name(struct compiler *c, struct node *call, uint8_t out[NAME_SIZE_MAX])
{
    if (!call->is_method)
        return call->name;
    struct node selection = {.kind = NODE_SELECT, .name = call->name, .first = call->first};
    struct span dotted = call->first->is_closed ? none : cel_dotted(c, &selection, out);
    if (dotted.size == 0 || (!is_global(c, call, dotted) && !is_unknown(c, call)))
        return call->name;
    call->is_method = false;
    call->first = call->first->next;
    call->last = call->first == NULL ? NULL : call->last;
    call->count--;
    return dotted;
}

/* ---- faults */

/* "_+_" is + for an author, "@in" in. */
static struct span shown_name(struct span name, const struct cel_function_row *row)
{
    if (row == NULL || row->style != STYLE_OPERATOR)
        return name;
    size_t begin = name.bytes[0] == '_' || name.bytes[0] == '@' ? 1 : 0;
    size_t end = name.size - (name.bytes[name.size - 1] == '_' ? 1 : 0);
    return span_of(name.bytes + begin, end - begin);
}

static void report_no_fit(struct compiler *c, const struct node *call, struct span shown)
{
    uint8_t text[160];
    size_t size = 0;
    for (const struct node *argument = call->first; argument != NULL; argument = argument->next) {
        if (size + 4 >= sizeof text)
            break;
        struct span type = cel_typ_print(c, argument->type, text + size, sizeof text - size - 3);
        size += type.size;
        if (argument->next != NULL) {
            text[size++] = ',';
            text[size++] = ' ';
        }
    }
    cel_report_type(c, call->at, "% does not take (%)", shown, span_of(text, size));
}

/* A pattern that is written out is read at once, so that its author hears of a fault. */
static void check_pattern(struct compiler *c, const struct node *call)
{
    const struct node *argument = call->last;
    struct arena left = *c->memory;
    struct cel_pattern pattern;
    const char *fault;
    if (argument->kind != NODE_LITERAL || argument->literal.kind != CEL_STRING)
        return;
    if (cel_pattern_compile(cel_text_of(&argument->literal), &left, &pattern, &fault) == ERR_SYNTAX)
        cel_report_type(c, argument->at, "the pattern is not well-formed: %", span_of_text(fault), none);
}

struct conversion_row {
    struct cel_value (*run)(struct cel_machine *m, const struct cel_value *arguments, uint32_t count);
    const char *sentence;
};
static const struct conversion_row conversions[] = {
    {cel_fn_timestamp, "this is no timestamp, as timestamp('2026-12-24T18:00:00Z') is"},
    {cel_fn_duration, "this is no duration, as duration('36h') and duration('1h30m') are"},
    {cel_fn_int, "this is no int"},
    {cel_fn_uint, "this is no uint"},
    {cel_fn_double, "this is no double"},
    {cel_fn_bool, "this is neither true nor false"}};

/* A text that is written out is converted at once, for the same reason. */
static void check_conversion(struct compiler *c, const struct node *call, const struct cel_function_row *row)
{
    const struct node *argument = call->first;
    struct cel_machine machine = {.budget = CEL_BUDGET_DEFAULT};
    bool is_text = argument->kind == NODE_LITERAL && argument->literal.kind == CEL_STRING;
    for (size_t i = 0; is_text && i < COUNT_OF(conversions); i++) {
        if (conversions[i].run == row->run && row->run(&machine, &argument->literal, 1).kind == CEL_ERROR)
            cel_report_type(c, argument->at, conversions[i].sentence, none, none);
    }
}

/* A zone that is written out, where the host knows none by name: getHours('Europe/Vilnius'). */
static void check_zone(struct compiler *c, const struct node *call, const struct cel_function_row *row)
{
    static const struct cel_host no_zones = {.self = NULL};
    struct cel_machine machine = {.host = &no_zones, .budget = CEL_BUDGET_DEFAULT};
    const struct node *zone = call->last;
    bool is_part = call->count == 2 && cel_typ_known(c, call->first->type)->kind == CEL_TIMESTAMP;
    if (c->declarations->has_zones || !is_part || zone->kind != NODE_LITERAL)
        return;
    struct cel_value given = row->run(&machine, (struct cel_value[]){cel_timestamp(0, 0), zone->literal}, 2);
    if (given.kind == CEL_ERROR)
        cel_report_type(c, zone->at,
                        "a till knows no zones by name: ask local.hour and its like, or give store.zone",
                        none, none);
}

static bool is_whole_type(const struct typ *type)
{
    return type->kind == CEL_INT || type->kind == CEL_UINT;
}

/* basket.amount > 49.99, the one way to mistake the unit of an amount that fits by its types. */
static void check_whole(struct compiler *c, const struct node *call)
{
    const struct typ *left = cel_typ_known(c, call->first->type), *right = cel_typ_known(c, call->last->type);
    bool is_mixed = (is_whole_type(left) && right->kind == CEL_DOUBLE) ||
                    (left->kind == CEL_DOUBLE && is_whole_type(right));
    if (c->declarations->is_whole && call->count == 2 && is_mixed)
        cel_report_type(
            c, call->at,
            "an int is not compared with a double here: amounts are whole minor units, 4999 for 49.99", none,
            none);
}

/* ---- the call */

static void check_builtin(struct compiler *c, struct node *call, const struct cel_function_row *row,
                          struct fitting *fitting)
{
    bool is_count_right = call->count >= row->least && call->count <= row->most;
    if (is_count_right && row->overloads == NULL)
        try_numbers(c, call, fitting);
    else if (is_count_right)
        try_overloads(c, call, row->overloads, fitting);
    if (is_count_right && (fitting->count > 0 || c->source->is_unchecked))
        call->kind = NODE_BUILTIN;
    if (call->kind == NODE_BUILTIN && row->run == cel_fn_matches)
        check_pattern(c, call);
    if (call->kind == NODE_BUILTIN && row->style == STYLE_GLOBAL)
        check_conversion(c, call, row);
    if (call->kind == NODE_BUILTIN && row->style == STYLE_METHOD)
        check_zone(c, call, row);
    if (call->kind == NODE_BUILTIN && row->style == STYLE_OPERATOR)
        check_whole(c, call);
}

void cel_check_call(struct compiler *c, struct node *call)
{
    uint8_t dotted[NAME_SIZE_MAX];
    struct fitting fitting = {0, NULL};
    struct span name = whole_name(c, call, dotted);
    bool is_known = is_function(c, call, name);
    if (!is_known)
        cel_report_unknown_function(c, call, name);
    for (struct node *argument = call->first; argument != NULL; argument = argument->next)
        cel_check(c, argument);
    try_declared(c, call, name, &fitting);
    const struct cel_function_row *row = fitting.count == 0 ? find_builtin(call, name, &call->number) : NULL;
    if (row != NULL)
        check_builtin(c, call, row, &fitting);
    call->type = fitting.count > 0 ? fitting.result : cel_typ_new(c, CEL_DYN);
    if (is_known && fitting.count == 0)
        report_no_fit(c, call, shown_name(name, row));
    if (call->kind == NODE_CALL)
        cel_make_error(c, call, is_known ? CEL_NO_OVERLOAD : CEL_UNKNOWN_FUNCTION);
}
