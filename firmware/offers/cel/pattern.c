/* SPDX-License-Identifier: Apache-2.0 */
/* From a pattern's text to ops. Jumps are relative, so that a piece may be moved and repeated as it is. */
#include "offers/cel/pattern.h"

#include "offers/cel/text.h"

static void alternatives(struct cel_pattern_maker *m);

void cel_pattern_emit(struct cel_pattern_maker *m, struct cel_pattern_op op)
{
    if (m->op_count >= CEL_PATTERN_OPS_MAX) {
        m->fault = "the pattern is too large";
        return;
    }
    if (m->ops != NULL)
        m->ops[m->op_count] = op;
    m->op_count++;
    m->op_peak = m->op_count > m->op_peak ? m->op_count : m->op_peak;
}

static void insert(struct cel_pattern_maker *m, uint32_t at, struct cel_pattern_op op)
{
    cel_pattern_emit(m, op);
    if (m->fault != NULL || m->ops == NULL)
        return;
    memmove(m->ops + at + 1, m->ops + at, (m->op_count - 1 - at) * sizeof m->ops[0]);
    m->ops[at] = op;
}

static void repeat_ops(struct cel_pattern_maker *m, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i < end && m->fault == NULL; i++)
        cel_pattern_emit(m, m->ops != NULL ? m->ops[i] : (struct cel_pattern_op){0});
}

static struct cel_pattern_op split(uint32_t first, int32_t second)
{
    return (struct cel_pattern_op){.code = PATTERN_SPLIT, .first = (int32_t)first, .second = second};
}

/* ---- repetition of the piece from `begin` on */

static void make_optional(struct cel_pattern_maker *m, uint32_t begin)
{
    insert(m, begin, split(1, (int32_t)(m->op_count - begin) + 1));
}

static void make_star(struct cel_pattern_maker *m, uint32_t begin)
{
    int32_t size = (int32_t)(m->op_count - begin);
    insert(m, begin, split(1, size + 2));
    cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_JUMP, .first = -(size + 1)});
}

static void make_plus(struct cel_pattern_maker *m, uint32_t begin)
{
    cel_pattern_emit(m, split(1, -(int32_t)(m->op_count - begin)));
}

#define UNLIMITED UINT32_MAX

static void make_counted(struct cel_pattern_maker *m, uint32_t begin, uint32_t least, uint32_t most)
{
    uint32_t end = m->op_count;
    for (uint32_t i = 1; i < least && m->fault == NULL; i++)
        repeat_ops(m, begin, end);
    for (uint32_t i = least > 0 ? least : 1; most != UNLIMITED && i < most && m->fault == NULL; i++) {
        uint32_t copy = m->op_count;
        repeat_ops(m, begin, end);
        make_optional(m, copy);
    }
    uint32_t size = end - begin;
    if (most == 0)
        m->op_count = begin;
    else if (most == UNLIMITED && least == 0)
        make_star(m, begin);
    else if (most == UNLIMITED)
        make_plus(m, m->op_count - size);
    else if (least == 0 && m->fault == NULL)
        insert(m, begin, split(1, (int32_t)size + 1));
}

static bool read_count(struct cel_pattern_maker *m, size_t *ahead, uint32_t *out)
{
    uint32_t count = 0;
    size_t begin = *ahead;
    for (; cel_is_digit(cel_pattern_peek(m, *ahead)); (*ahead)++) {
        if (count <= CEL_PATTERN_REPEAT_MAX)
            count = count * 10 + (uint32_t)(cel_pattern_peek(m, *ahead) - '0');
    }
    *out = count;
    return *ahead > begin;
}

/* "{2,5}" ahead: its counts, and m->at behind it; false: it is no repetition but text. */
static bool read_counts(struct cel_pattern_maker *m, uint32_t *least, uint32_t *most)
{
    size_t ahead = 1;
    if (cel_pattern_peek(m, 0) != '{' || !read_count(m, &ahead, least))
        return false;
    *most = *least;
    if (cel_pattern_peek(m, ahead) == ',') {
        ahead++;
        if (cel_pattern_peek(m, ahead) == '}')
            *most = UNLIMITED;
        else if (!read_count(m, &ahead, most))
            return false;
    }
    if (cel_pattern_peek(m, ahead) != '}')
        return false;
    m->at += ahead + 1;
    bool is_too_many =
        *least > CEL_PATTERN_REPEAT_MAX || (*most != UNLIMITED && *most > CEL_PATTERN_REPEAT_MAX);
    if (is_too_many || *least > *most)
        m->fault = "a repetition count is not allowed";
    return true;
}

static bool repeat(struct cel_pattern_maker *m, uint32_t begin)
{
    uint32_t least, most;
    uint8_t c = cel_pattern_peek(m, 0);
    if (read_counts(m, &least, &most)) {
        if (m->fault == NULL)
            make_counted(m, begin, least, most);
        return true;
    }
    if (c == '*')
        make_star(m, begin);
    else if (c == '+')
        make_plus(m, begin);
    else if (c == '?')
        make_optional(m, begin);
    else
        return false;
    m->at++;
    return true;
}

static void repetitions(struct cel_pattern_maker *m, uint32_t begin)
{
    if (m->fault != NULL || !repeat(m, begin))
        return;
    if (cel_pattern_peek(m, 0) == '?')
        m->at++;
    uint32_t least, most;
    uint8_t c = cel_pattern_peek(m, 0);
    size_t at = m->at;
    if (m->fault == NULL && (c == '*' || c == '+' || c == '?' || read_counts(m, &least, &most)))
        m->fault = "two repetitions stand side by side";
    m->at = at;
}

/* ---- groups */

static bool read_name(struct cel_pattern_maker *m)
{
    size_t begin = m->at;
    while (cel_is_letter(cel_pattern_peek(m, 0)) || cel_is_digit(cel_pattern_peek(m, 0)))
        m->at++;
    if (m->at == begin || cel_pattern_peek(m, 0) != '>')
        return false;
    m->at++;
    return true;
}

/* "i", "-m", "s-i" up to ':' or ')'. */
static void read_flags(struct cel_pattern_maker *m)
{
    bool value = true;
    for (; cel_pattern_has(m, 0); m->at++) {
        uint8_t c = cel_pattern_peek(m, 0);
        if (c == ':' || c == ')')
            return;
        if (c == '-')
            value = false;
        else if (c == 'i')
            m->any_case = value;
        else if (c == 'm')
            m->many_lines = value;
        else if (c == 's')
            m->dot_all = value;
        else if (c != 'U')
            break;
    }
    m->fault = "there is no such group";
}

/* Behind "(?": true if a group's content follows. */
static bool open_special(struct cel_pattern_maker *m)
{
    if (cel_pattern_peek(m, 0) == 'P' && cel_pattern_peek(m, 1) == '<')
        m->at++;
    if (cel_pattern_peek(m, 0) == '<') {
        m->at++;
        if (!read_name(m))
            m->fault = "a group's name is not well-formed";
        return true;
    }
    read_flags(m);
    if (m->fault != NULL)
        return false;
    m->at++;
    return m->text.bytes[m->at - 1] == ':';
}

static void group(struct cel_pattern_maker *m)
{
    struct cel_pattern_maker before = *m;
    m->at++;
    if (cel_pattern_peek(m, 0) == '?') {
        m->at++;
        if (!open_special(m))
            return; /* flags for what follows, to the end of the enclosing group */
    }
    if (++m->depth > CEL_PATTERN_DEPTH_MAX)
        m->fault = "groups are nested too deeply";
    if (m->fault == NULL)
        alternatives(m);
    if (m->fault == NULL && cel_pattern_peek(m, 0) != ')')
        m->fault = "a closing parenthesis is missing";
    m->at++;
    m->depth = before.depth;
    m->any_case = before.any_case;
    m->many_lines = before.many_lines;
    m->dot_all = before.dot_all;
}

/* ---- single things */

static void emit_rune(struct cel_pattern_maker *m, uint32_t rune)
{
    cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_RUNE,
                                                .any_case = m->any_case,
                                                .first = (int32_t)rune,
                                                .second = (int32_t)rune});
}

static void emit_dot(struct cel_pattern_maker *m)
{
    uint32_t begin = m->range_count;
    if (!m->dot_all)
        cel_pattern_add_range(m, '\n', '\n');
    cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_CLASS,
                                                .is_negated = true,
                                                .first = (int32_t)begin,
                                                .second = (int32_t)(m->range_count - begin)});
}

struct edge_row {
    uint8_t letter;
    uint8_t code;
};
static const struct edge_row edges[] = {{'A', PATTERN_TEXT_BEGIN},
                                        {'z', PATTERN_TEXT_END},
                                        {'b', PATTERN_WORD_EDGE},
                                        {'B', PATTERN_NO_WORD_EDGE}};

/* "\Q...\E": text as it stands; the end of it, or of the pattern. */
static void quoted(struct cel_pattern_maker *m)
{
    m->at++;
    while (cel_pattern_has(m, 0) && m->fault == NULL) {
        if (cel_pattern_peek(m, 0) == '\\' && cel_pattern_peek(m, 1) == 'E') {
            m->at += 2;
            return;
        }
        emit_rune(m, cel_rune_next(m->text, &m->at));
    }
}

static void escaped(struct cel_pattern_maker *m)
{
    m->at++;
    uint8_t c = cel_pattern_peek(m, 0);
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        if (c == edges[i].letter) {
            m->at++;
            cel_pattern_emit(m, (struct cel_pattern_op){.code = edges[i].code});
            return;
        }
    }
    if (c == 'Q')
        quoted(m);
    else if (!cel_pattern_perl_class(m))
        emit_rune(m, cel_pattern_escape(m));
}

static void single(struct cel_pattern_maker *m)
{
    uint8_t c = cel_pattern_peek(m, 0);
    if (c == '(') {
        group(m);
    } else if (c == '[') {
        m->at++;
        cel_pattern_class(m);
    } else if (c == '\\') {
        escaped(m);
    } else if (c == '.') {
        m->at++;
        emit_dot(m);
    } else if (c == '^' || c == '$') {
        uint8_t at_text = c == '^' ? PATTERN_TEXT_BEGIN : PATTERN_TEXT_END;
        uint8_t at_line = c == '^' ? PATTERN_LINE_BEGIN : PATTERN_LINE_END;
        m->at++;
        cel_pattern_emit(m, (struct cel_pattern_op){.code = m->many_lines ? at_line : at_text});
    } else if (c == '*' || c == '+' || c == '?') {
        m->fault = "there is nothing to repeat";
    } else {
        emit_rune(m, cel_rune_next(m->text, &m->at));
    }
}

static void sequence(struct cel_pattern_maker *m)
{
    while (cel_pattern_has(m, 0) && m->fault == NULL) {
        uint8_t c = cel_pattern_peek(m, 0);
        if (c == '|' || c == ')')
            return;
        uint32_t begin = m->op_count;
        single(m);
        repetitions(m, begin);
    }
}

/* a|b|c as ((a|b)|c): what was read so far gets a split before it and a jump behind it. */
static void alternatives(struct cel_pattern_maker *m)
{
    uint32_t begin = m->op_count;
    sequence(m);
    while (m->fault == NULL && cel_pattern_peek(m, 0) == '|') {
        m->at++;
        insert(m, begin, split(1, (int32_t)(m->op_count - begin) + 2));
        uint32_t jump = m->op_count;
        cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_JUMP});
        sequence(m);
        if (m->fault == NULL && m->ops != NULL)
            m->ops[jump].first = (int32_t)(m->op_count - jump);
    }
}

static void make(struct cel_pattern_maker *m)
{
    alternatives(m);
    if (m->fault == NULL && cel_pattern_has(m, 0))
        m->fault = "a parenthesis is closed that was not opened";
    cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_MATCH});
}

enum err cel_pattern_compile(struct span text, struct arena *memory, struct cel_pattern *out,
                             const char **out_fault)
{
    struct cel_pattern_maker counting = {.text = text}, writing = {.text = text};
    make(&counting);
    if (counting.fault != NULL) {
        *out_fault = counting.fault;
        return ERR_SYNTAX;
    }
    writing.ops = arena_take(memory, counting.op_peak, sizeof writing.ops[0]);
    writing.ranges = arena_take(memory, (size_t)counting.range_count + 1, sizeof writing.ranges[0]);
    if (writing.ops == NULL || writing.ranges == NULL)
        return ERR_MEMORY;
    make(&writing);
    *out = (struct cel_pattern){writing.ops, writing.ranges, writing.op_count, writing.range_count};
    return ERR_OK;
}
