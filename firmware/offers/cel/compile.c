/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/utf8.h"
#include "offers/cel/compiler.h"

static enum err refuse(struct compiler *c, enum err error, const char *sentence)
{
    cel_report_plain(c, 0, sentence);
    return error;
}

static void check_result(struct compiler *c, const struct node *root)
{
    uint8_t wanted[64], found[64];
    const struct cel_source *source = c->source;
    if (source->wanted == NULL || source->is_unchecked)
        return;
    struct typ *type = cel_typ_declared(c, source->wanted);
    if (!cel_typ_unify(c, type, root->type))
        cel_report(c, root->at, "the expression must give a value of type %, and gives %",
                   cel_typ_print(c, type, wanted, sizeof wanted),
                   cel_typ_print(c, root->type, found, sizeof found));
}

static enum err write_program(struct compiler *c, const struct node *root, struct cel_program *out)
{
    static const uint8_t magic[4] = {'C', 'E', 'L', CEL_PROGRAM_VERSION};
    const struct cel_type *type = cel_typ_final(c, root->type);
    c->out = arena_take(c->memory, CEL_PROGRAM_MAX, 1);
    if (c->out == NULL || c->is_out_of_memory)
        return ERR_MEMORY;
    c->out_size = CEL_PROGRAM_HEADER_SIZE;
    cel_emit(c, root);
    if (c->is_too_long)
        return refuse(c, ERR_TOO_LONG, "what comes of the expression is too large for a program");
    memcpy(c->out, magic, sizeof magic);
    bytes_put_le(c->out + 4, c->out_size - CEL_PROGRAM_HEADER_SIZE, 2);
    c->out[6] = (uint8_t)c->slot_count;
    *out = (struct cel_program){span_of(c->out, c->out_size), type, cel_cost(c, root)};
    return ERR_OK;
}

enum err cel_compile(const struct cel_source *source, struct arena *memory, struct cel_program *out_program,
                     struct cel_faults *out_faults)
{
    struct compiler *c = arena_take(memory, 1, sizeof *c);
    out_faults->count = 0;
    if (c == NULL)
        return ERR_MEMORY;
    c->source = source;
    c->declarations = source->declarations;
    c->memory = memory;
    c->faults = out_faults;
    for (uint8_t kind = 0; kind <= CEL_DYN; kind++)
        c->plain[kind].kind = kind;
    if (source->text.size > CEL_TEXT_MAX)
        return refuse(c, ERR_TOO_LONG, "the expression is too long");
    if (!utf8_is_valid(source->text))
        return refuse(c, ERR_SYNTAX, "the expression is not UTF-8 text");
    struct node *root = cel_parse(c);
    if (out_faults->count > 0)
        return ERR_SYNTAX;
    if (c->is_out_of_memory)
        return ERR_MEMORY;
    cel_check(c, root);
    check_result(c, root);
    if (out_faults->count > 0)
        return ERR_SYNTAX;
    return write_program(c, root, out_program);
}
