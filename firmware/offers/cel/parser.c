/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens -> tree. The parser goes down by calls, CEL_DEPTH_MAX deep at most. */
#include "offers/cel/compiler.h"
#include "offers/cel/text.h"

static struct node *expression(struct compiler *c);

/* ---- nodes */

struct node *cel_node_new(struct compiler *c, enum node_kind kind, uint32_t at)
{
    struct node *node = arena_take(c->memory, 1, sizeof *node);
    if (node == NULL) {
        c->is_out_of_memory = true;
        node = &c->spare_node;
        memset(node, 0, sizeof *node);
    }
    node->kind = (uint8_t)kind;
    node->at = at;
    node->depth = 1;
    return node;
}

void cel_node_add(struct compiler *c, struct node *parent, struct node *child)
{
    if (c->is_out_of_memory)
        return;
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
    if (child->depth >= parent->depth)
        parent->depth = (uint16_t)(child->depth + 1);
    if (parent->depth > CEL_DEPTH_MAX && c->faults->count == 0)
        cel_report_plain(c, parent->at, "the expression is nested too deeply");
    if (parent->count > UINT16_MAX && c->faults->count == 0)
        cel_report_plain(c, parent->at, "there are too many of these");
}

static struct node *operation(struct compiler *c, const char *name, uint32_t at)
{
    struct node *node = cel_node_new(c, NODE_CALL, at);
    node->name = span_of_text(name);
    return node;
}

/* ---- tokens */

/* What other languages write, and what is meant by it here. */
struct slip_row {
    const char *word, *sentence;
};
static const struct slip_row slips[] = {
    {"and", "write && where both must be true"},
    {"AND", "write && where both must be true"},
    {"or", "write || where either must be true"},
    {"OR", "write || where either must be true"},
    {"?", "optional values do not exist here: ask with has() or in, then take the value"},
};

static bool is_slip(struct compiler *c, const struct token *token)
{
    for (size_t i = 0; i < COUNT_OF(slips); i++) {
        if (token->kind != TOKEN_END && span_is_equal(token->text, span_of_text(slips[i].word))) {
            cel_report_plain(c, token->at, slips[i].sentence);
            return true;
        }
    }
    return false;
}

static void expected(struct compiler *c, const char *what)
{
    struct token found = c->token;
    c->token.kind = TOKEN_END;
    if (!cel_is_faulty(c) && !is_slip(c, &found))
        cel_report(c, found.at, "% is missing before %", span_of_text(what),
                   found.kind == TOKEN_END ? span_of_text("the end") : found.text);
}

static bool accept(struct compiler *c, enum token_kind kind)
{
    if (c->token.kind != kind)
        return false;
    cel_lex(c);
    return true;
}

static void expect(struct compiler *c, enum token_kind kind, const char *what)
{
    if (!accept(c, kind))
        expected(c, what);
}

/* ---- primaries */

static const char *const reserved[] = {"as",        "break",  "const",  "continue", "else", "for",
                                       "function",  "if",     "import", "let",      "loop", "package",
                                       "namespace", "return", "var",    "void",     "while"};

static void refuse_reserved(struct compiler *c, const struct token *token)
{
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (token->kind == TOKEN_NAME && span_is_equal(token->text, span_of_text(reserved[i])))
            cel_report(c, token->at, "% is a reserved word: no variable can have that name", token->text,
                       (struct span){NULL, 0});
    }
}

/* What stands between brackets, a comma after the last one allowed. */
static void expressions(struct compiler *c, struct node *parent, enum token_kind closing, const char *what)
{
    while (c->token.kind != closing && !cel_is_faulty(c)) {
        cel_node_add(c, parent, expression(c));
        if (!accept(c, TOKEN_COMMA))
            break;
    }
    expect(c, closing, what);
}

static struct node *name_or_call(struct compiler *c, bool is_absolute)
{
    struct token token = c->token;
    refuse_reserved(c, &token);
    cel_lex(c);
    bool is_call = c->token.kind == TOKEN_OPEN;
    struct node *node = cel_node_new(c, is_call ? NODE_CALL : NODE_NAME, token.at);
    node->name = token.text;
    node->is_absolute = is_absolute;
    if (!accept(c, TOKEN_OPEN))
        return node;
    expressions(c, node, TOKEN_CLOSE, ")");
    return cel_expand(c, node);
}

static struct node *map_literal(struct compiler *c)
{
    struct node *node = cel_node_new(c, NODE_MAP, c->token.at);
    cel_lex(c);
    while (c->token.kind != TOKEN_CLOSE_MAP && !cel_is_faulty(c)) {
        cel_node_add(c, node, expression(c));
        expect(c, TOKEN_COLON, ":");
        cel_node_add(c, node, expression(c));
        if (!accept(c, TOKEN_COMMA))
            break;
    }
    expect(c, TOKEN_CLOSE_MAP, "}");
    return node;
}

static struct node *list_literal(struct compiler *c)
{
    struct node *node = cel_node_new(c, NODE_LIST, c->token.at);
    cel_lex(c);
    expressions(c, node, TOKEN_CLOSE_LIST, "]");
    return node;
}

static struct node *literal(struct compiler *c, bool is_negative)
{
    struct node *node = cel_node_new(c, NODE_LITERAL, c->token.at);
    node->literal = c->token.literal;
    bool is_int = node->literal.kind == CEL_INT;
    if (c->token.is_large && !is_negative)
        cel_report(c, c->token.at, "the number % is too large for an int; append u for a uint", c->token.text,
                   (struct span){NULL, 0});
    if (is_negative && is_int)
        node->literal.integer = (int64_t)(UINT64_C(0) - (uint64_t)node->literal.integer);
    else if (is_negative)
        node->literal.real = -node->literal.real;
    cel_lex(c);
    return node;
}

static struct node *primary(struct compiler *c)
{
    switch ((int)c->token.kind) {
    case TOKEN_LITERAL:
        return literal(c, false);
    case TOKEN_NAME:
        return name_or_call(c, false);
    case TOKEN_OPEN_LIST:
        return list_literal(c);
    case TOKEN_OPEN_MAP:
        return map_literal(c);
    case TOKEN_DOT:
        cel_lex(c);
        if (c->token.kind == TOKEN_NAME)
            return name_or_call(c, true);
        break;
    case TOKEN_OPEN: {
        cel_lex(c);
        struct node *node = expression(c);
        expect(c, TOKEN_CLOSE, ")");
        node->is_closed = true;
        return node;
    }
    default:
        break;
    }
    expected(c, "a value");
    return cel_node_new(c, NODE_LITERAL, c->token.at);
}

/* ---- what follows a primary: .name, .name(...), [index] */

static struct node *select_or_call(struct compiler *c, struct node *operand)
{
    struct token token = c->token;
    if (token.kind != TOKEN_NAME && token.kind != TOKEN_QUOTED) {
        expected(c, "a name");
        return operand;
    }
    cel_lex(c);
    bool is_call = c->token.kind == TOKEN_OPEN && token.kind == TOKEN_NAME;
    struct node *node = cel_node_new(c, is_call ? NODE_CALL : NODE_SELECT, token.at);
    node->name = token.text;
    node->is_quoted = token.kind == TOKEN_QUOTED;
    node->is_method = is_call;
    cel_node_add(c, node, operand);
    if (!is_call)
        return node;
    cel_lex(c);
    expressions(c, node, TOKEN_CLOSE, ")");
    return cel_expand(c, node);
}

static struct node *member(struct compiler *c, struct node *node)
{
    while (!cel_is_faulty(c)) {
        uint32_t at = c->token.at;
        if (accept(c, TOKEN_DOT)) {
            node = select_or_call(c, node);
        } else if (accept(c, TOKEN_OPEN_LIST)) {
            struct node *index = operation(c, "_[_]", at);
            cel_node_add(c, index, node);
            cel_node_add(c, index, expression(c));
            expect(c, TOKEN_CLOSE_LIST, "]");
            node = index;
        } else {
            if (c->token.kind == TOKEN_OPEN_MAP)
                cel_report_plain(c, at, "messages cannot be made here: a { can only begin a map");
            break;
        }
    }
    return node;
}

static bool is_number(const struct token *token)
{
    return token->kind == TOKEN_LITERAL &&
           (token->literal.kind == CEL_INT || token->literal.kind == CEL_DOUBLE);
}

/* -x, --x, !x: a minus before a number is part of it. */
static struct node *unary(struct compiler *c)
{
    struct token token = c->token;
    if (token.kind != TOKEN_MINUS && token.kind != TOKEN_NOT)
        return member(c, primary(c));
    cel_lex(c);
    if (token.kind == TOKEN_MINUS && is_number(&c->token)) {
        struct node *number = literal(c, true);
        number->at = token.at;
        return member(c, number);
    }
    struct node *node = operation(c, token.kind == TOKEN_MINUS ? "-_" : "!_", token.at);
    if (++c->depth > CEL_DEPTH_MAX)
        cel_report_plain(c, token.at, "the expression is nested too deeply");
    else
        cel_node_add(c, node, unary(c));
    c->depth--;
    return node;
}

/* ---- operators by level: the higher, the tighter */

struct operator_row {
    uint8_t token, level;
    const char *name; /* NULL: && and ||, which take any number of operands */
};

static const struct operator_row operators[] = {
    {TOKEN_OR, 1, NULL},       {TOKEN_AND, 2, NULL},
    {TOKEN_EQUAL, 3, "_==_"},  {TOKEN_NOT_EQUAL, 3, "_!=_"},
    {TOKEN_LESS, 3, "_<_"},    {TOKEN_LESS_EQUAL, 3, "_<=_"},
    {TOKEN_GREATER, 3, "_>_"}, {TOKEN_GREATER_EQUAL, 3, "_>=_"},
    {TOKEN_IN, 3, "@in"},      {TOKEN_PLUS, 4, "_+_"},
    {TOKEN_MINUS, 4, "_-_"},   {TOKEN_TIMES, 5, "_*_"},
    {TOKEN_DIVIDE, 5, "_/_"},  {TOKEN_MODULO, 5, "_%_"},
};

static const struct operator_row *operator_of(const struct compiler *c)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (operators[i].token == (uint8_t)c->token.kind)
            return &operators[i];
    }
    return NULL;
}

static struct node *combine(struct compiler *c, const struct operator_row *row, uint32_t at,
                            struct node *left, struct node *right)
{
    enum node_kind logic = row->token == TOKEN_AND ? NODE_AND : NODE_OR;
    if (row->name == NULL && left->kind == (uint8_t)logic) {
        cel_node_add(c, left, right);
        return left;
    }
    struct node *node = row->name == NULL ? cel_node_new(c, logic, at) : operation(c, row->name, at);
    cel_node_add(c, node, left);
    cel_node_add(c, node, right);
    return node;
}

static struct node *binary(struct compiler *c, uint32_t level)
{
    struct node *left = unary(c);
    for (;;) {
        const struct operator_row *row = operator_of(c);
        if (row == NULL || row->level < level || cel_is_faulty(c))
            return left;
        uint32_t at = c->token.at;
        cel_lex(c);
        left = combine(c, row, at, left, binary(c, row->level + 1u));
    }
}

static struct node *expression(struct compiler *c)
{
    if (++c->depth > CEL_DEPTH_MAX) {
        cel_report_plain(c, c->token.at, "the expression is nested too deeply");
        c->token.kind = TOKEN_END;
        c->depth--;
        return cel_node_new(c, NODE_LITERAL, c->token.at);
    }
    struct node *node = binary(c, 1);
    uint32_t at = c->token.at;
    if (accept(c, TOKEN_QUESTION)) {
        struct node *choose = cel_node_new(c, NODE_CHOOSE, at);
        cel_node_add(c, choose, node);
        cel_node_add(c, choose, binary(c, 1));
        expect(c, TOKEN_COLON, ":");
        cel_node_add(c, choose, expression(c));
        node = choose;
    }
    c->depth--;
    return node;
}

struct node *cel_parse(struct compiler *c)
{
    cel_lex(c);
    struct node *root = expression(c);
    if (c->token.kind != TOKEN_END && !cel_is_faulty(c) && !is_slip(c, &c->token))
        cel_report(c, c->token.at, "the expression ends before %", c->token.text, (struct span){NULL, 0});
    return root;
}
