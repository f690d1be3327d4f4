/* SPDX-License-Identifier: Apache-2.0 */
/* compiler.h - from text to tree (lexer.c, literal.c, parser.c, macros.c), names and types found (resolve.c, check.c,
 * types.c), tree to program (emit.c). Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_COMPILER_H
#define KASSA_OFFERS_CEL_COMPILER_H

#include "offers/cel/cel.h"
#include "offers/cel/functions.h"
#include "offers/cel/program.h"

#define NAME_SIZE_MAX 256 /* of a dotted name, with its container */

/* ---- tokens */

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_QUOTED, /* `a-b` */
    TOKEN_LITERAL,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_IN,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_TIMES,
    TOKEN_DIVIDE,
    TOKEN_MODULO,
    TOKEN_NOT,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_LIST,
    TOKEN_CLOSE_LIST,
    TOKEN_OPEN_MAP,
    TOKEN_CLOSE_MAP
};

struct token {
    enum token_kind kind;
    uint32_t at;
    struct span text;         /* of a quoted name without its quotes */
    struct cel_value literal; /* an unsigned number above INT64_MAX without u: is_large */
    bool is_large;            /* 2^63, which a minus makes an int */
};

/* ---- types while they are found */

#define TYPE_VARIABLE ((uint8_t)(CEL_DYN + 1))

struct typ {
    uint8_t kind; /* enum cel_kind, CEL_DYN, TYPE_VARIABLE */
    uint16_t object;
    uint32_t count_max; /* as declared */
    struct typ *element, *key;
    struct typ *bound;  /* of a type variable: what it stands for; NULL: free */
    struct typ *before; /* bound before this one */
};

/* ---- the tree */

enum node_kind {
    NODE_LITERAL, /* also types and errors, once found */
    NODE_NAME,
    NODE_SELECT, /* operand.name */
    NODE_HAS,
    NODE_CALL, /* name(children); of a method the first child is what it is called on */
    NODE_LIST,
    NODE_MAP, /* children: key, value, ... */
    NODE_AND,
    NODE_OR,
    NODE_CHOOSE,
    NODE_LOOP, /* range, bodies */
    NODE_BIND, /* value, body */
    /* what names turn out to be */
    NODE_VARIABLE,
    NODE_LOCAL,
    NODE_FIELD,
    NODE_HAS_FIELD,
    NODE_BUILTIN,
    NODE_HOST_CALL
};

struct node {
    uint8_t kind;
    uint8_t loop; /* enum cel_loop */
    uint8_t slot, variable_count;
    bool is_absolute; /* .name */
    bool is_quoted;   /* of a selection: `name`, which is never part of a dotted name */
    bool is_closed;   /* in parentheses: no part of a longer dotted name */
    bool is_method;
    uint16_t depth;
    uint16_t number, object; /* variable, field, function */
    uint32_t at;             /* byte in the text */
    uint32_t count;          /* of children */
    struct span name, second_name;
    struct cel_value literal;
    struct node *first, *last, *next;
    struct typ *type;
};

struct scope_row {
    struct span name;
    struct typ *type;
};

struct compiler {
    const struct cel_source *source;
    const struct cel_declarations *declarations;
    struct arena *memory;
    struct cel_faults *faults;
    struct token token; /* the next one */
    uint32_t at;        /* behind it */
    uint32_t depth;
    bool is_out_of_memory;
    bool is_too_long;
    struct node spare_node; /* handed out when there is no memory: nothing is made of the tree then */
    struct typ spare_type;
    struct typ plain[CEL_DYN + 1];
    struct typ *bound; /* the last type variable that was bound */
    struct scope_row scope[CEL_SLOTS_MAX];
    uint32_t scope_count, slot_count;
    uint8_t *out; /* the program */
    size_t out_size;
};

/* ---- faults.c */

/* Notes a fault at that byte; each % of the format is replaced by the next argument. */
void cel_report(struct compiler *c, uint32_t at, const char *format, struct span first, struct span second);
static inline void cel_report_plain(struct compiler *c, uint32_t at, const char *sentence)
{
    cel_report(c, at, sentence, (struct span){NULL, 0}, (struct span){NULL, 0});
}
static inline bool cel_is_faulty(const struct compiler *c)
{
    return c->faults->count > 0 || c->is_out_of_memory;
}

/* ---- lexer.c, literal.c */

/* Reads the next token into c->token. After a fault it is TOKEN_END. */
void cel_lex(struct compiler *c);
/* "0x1f", "1u", "1.5e3" at c->at: the token's kind, text and value. */
void cel_lex_number(struct compiler *c);
/* A text with its prefixes at c->at, of which the quotes begin `prefix` bytes on. */
void cel_lex_text(struct compiler *c, uint32_t prefix);

/* ---- parser.c, macros.c */

struct node *cel_parse(struct compiler *c);
struct node *cel_node_new(struct compiler *c, enum node_kind kind, uint32_t at);
void cel_node_add(struct compiler *c, struct node *parent, struct node *child);
/* The call itself, or what a macro of that name makes of it. */
struct node *cel_expand(struct compiler *c, struct node *call);

/* ---- types.c */

struct typ *cel_typ_new(struct compiler *c, uint8_t kind);
struct typ *cel_typ_list(struct compiler *c, struct typ *element);
struct typ *cel_typ_map(struct compiler *c, struct typ *key, struct typ *element);
struct typ *cel_typ_declared(struct compiler *c, const struct cel_type *type);
/* What a type variable stands for; dyn if it is free. */
struct typ *cel_typ_known(struct compiler *c, struct typ *type);
bool cel_typ_unify(struct compiler *c, struct typ *a, struct typ *b);
/* Frees again the variables that were bound since. */
void cel_typ_undo(struct compiler *c, struct typ *mark);
/* The type of either: dyn if they have nothing in common. */
struct typ *cel_typ_join(struct compiler *c, struct typ *a, struct typ *b);
/* In the arena, to stay; free variables are dyn. NULL: no memory. */
const struct cel_type *cel_typ_final(struct compiler *c, struct typ *type);
struct span cel_typ_print(struct compiler *c, struct typ *type, uint8_t *out, size_t size);

/* ---- resolve.c */

/* Whether a chain of names (a, a.b, a.b.c) is a variable or a type: then the node becomes that. */
bool cel_resolve_name(struct compiler *c, struct node *node);
/* The dotted name of a chain of names; size 0: it is none, or begins with a local variable. */
struct span cel_dotted(struct compiler *c, const struct node *node, uint8_t out[NAME_SIZE_MAX]);
/* Whether a chain of names, or what it begins with, is declared. */
bool cel_is_declared(struct compiler *c, const struct node *node);
void cel_report_unknown_name(struct compiler *c, const struct node *node);
void cel_report_unknown_function(struct compiler *c, const struct node *node, struct span name);
void cel_report_unknown_field(struct compiler *c, const struct node *node, const struct cel_object *object);

/* ---- check.c, check_call.c */

void cel_check(struct compiler *c, struct node *node);
void cel_check_call(struct compiler *c, struct node *node);
/* A type fault: counts only where types are checked. */
void cel_report_type(struct compiler *c, uint32_t at, const char *format, struct span first,
                     struct span second);
void cel_make_error(struct compiler *c, struct node *node, enum cel_error error);

/* ---- emit.c, cost.c */

void cel_emit(struct compiler *c, const struct node *root);
uint64_t cel_cost(const struct compiler *c, const struct node *root);

#endif
