/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of characters and escapes in patterns. */
#include "offers/cel/pattern.h"
#include "offers/cel/text.h"

void cel_pattern_add_range(struct cel_pattern_maker *m, uint32_t first, uint32_t last)
{
    if (m->ranges != NULL)
        m->ranges[m->range_count] = (struct cel_pattern_range){first, last};
    m->range_count++;
}

/* ---- named classes: at most four ranges of ASCII each, ended by {1, 0} */

struct class_row {
    const char *name; /* of the POSIX class, or the letter of \d */
    struct cel_pattern_range ranges[5];
};

static const struct class_row posix[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {1, 0}}},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}, {1, 0}}},
    {"ascii", {{0, 0x7f}, {1, 0}}},
    {"blank", {{'\t', '\t'}, {' ', ' '}, {1, 0}}},
    {"cntrl", {{0, 0x1f}, {0x7f, 0x7f}, {1, 0}}},
    {"digit", {{'0', '9'}, {1, 0}}},
    {"graph", {{'!', '~'}, {1, 0}}},
    {"lower", {{'a', 'z'}, {1, 0}}},
    {"print", {{' ', '~'}, {1, 0}}},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}, {1, 0}}},
    {"space", {{'\t', '\r'}, {' ', ' '}, {1, 0}}},
    {"upper", {{'A', 'Z'}, {1, 0}}},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {1, 0}}},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}, {1, 0}}},
};

static const struct class_row perl[] = {
    {"d", {{'0', '9'}, {1, 0}}},
    {"s", {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}, {1, 0}}},
    {"w", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {1, 0}}},
};

/* The rows are in ascending order: what lies between them is the complement. */
static void add_row(struct cel_pattern_maker *m, const struct class_row *row, bool is_negated)
{
    uint32_t from = 0;
    for (const struct cel_pattern_range *range = row->ranges; range->first <= range->last; range++) {
        if (!is_negated)
            cel_pattern_add_range(m, range->first, range->last);
        else if (range->first > from)
            cel_pattern_add_range(m, from, range->first - 1);
        from = range->last + 1;
    }
    if (is_negated)
        cel_pattern_add_range(m, from, CEL_RUNE_MAX);
}

static const struct class_row *find_row(const struct class_row *rows, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is_equal(name, span_of_text(rows[i].name)))
            return &rows[i];
    }
    return NULL;
}

/* \d, \D ... with m->at behind the backslash: adds its ranges and moves on; false: something else. */
static bool add_perl(struct cel_pattern_maker *m)
{
    uint8_t c = cel_pattern_peek(m, 0), letter = cel_to_lower(c);
    const struct class_row *row = find_row(perl, COUNT_OF(perl), span_of(&letter, 1));
    if (row == NULL)
        return false;
    m->at++;
    add_row(m, row, letter != c);
    return true;
}

static void emit_class(struct cel_pattern_maker *m, uint32_t begin, bool is_negated)
{
    cel_pattern_emit(m, (struct cel_pattern_op){.code = PATTERN_CLASS,
                                                .is_negated = is_negated,
                                                .any_case = m->any_case,
                                                .first = (int32_t)begin,
                                                .second = (int32_t)(m->range_count - begin)});
}

bool cel_pattern_perl_class(struct cel_pattern_maker *m)
{
    uint32_t begin = m->range_count;
    if (!add_perl(m))
        return false;
    emit_class(m, begin, false);
    return true;
}

/* "[:alpha:]", "[:^alpha:]" with m->at at the bracket. */
static bool add_posix(struct cel_pattern_maker *m)
{
    static const uint8_t closing[] = {':', ']'};
    if (cel_pattern_peek(m, 0) != '[' || cel_pattern_peek(m, 1) != ':')
        return false;
    size_t end = cel_text_find(m->text, span_of(closing, 2), m->at + 2);
    if (end == SIZE_MAX)
        return false;
    bool is_negated = cel_pattern_peek(m, 2) == '^';
    struct span name = cel_part(m->text, m->at + 2 + (is_negated ? 1 : 0), end);
    const struct class_row *row = find_row(posix, COUNT_OF(posix), name);
    if (row == NULL)
        m->fault = "there is no such class";
    else
        add_row(m, row, is_negated);
    m->at = end + 2;
    return true;
}

/* ---- escapes */

struct escape_row {
    uint8_t letter;
    uint8_t rune;
};
static const struct escape_row escapes[] = {{'a', '\a'}, {'f', '\f'}, {'n', '\n'},
                                            {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};

static uint32_t escape_fault(struct cel_pattern_maker *m)
{
    m->fault = "there is no such escape";
    return 0;
}

/* \x41, \x{1f600}: m->at behind the x. */
static uint32_t escape_hex(struct cel_pattern_maker *m)
{
    bool has_braces = cel_pattern_peek(m, 0) == '{';
    size_t begin = m->at + (has_braces ? 1 : 0), end = begin;
    while (end < m->text.size && cel_hex_digit(m->text.bytes[end]) < 16 && (has_braces || end < begin + 2))
        end++;
    uint64_t rune;
    bool is_closed = has_braces ? end < m->text.size && m->text.bytes[end] == '}' : end == begin + 2;
    if (!is_closed || !cel_read_digits(cel_part(m->text, begin, end), 16, &rune) || rune > CEL_RUNE_MAX)
        return escape_fault(m);
    m->at = end + (has_braces ? 1 : 0);
    return (uint32_t)rune;
}

/* \0, \012, \123; \1 alone would refer back to a group, which this syntax has not. */
static uint32_t escape_octal(struct cel_pattern_maker *m)
{
    size_t begin = m->at, end = begin;
    while (end < m->text.size && end < begin + 3 && m->text.bytes[end] >= '0' && m->text.bytes[end] <= '7')
        end++;
    uint64_t rune;
    bool is_back_reference = m->text.bytes[begin] != '0' && end - begin < 2;
    if (is_back_reference || !cel_read_digits(cel_part(m->text, begin, end), 8, &rune))
        return escape_fault(m);
    m->at = end;
    return (uint32_t)rune;
}

uint32_t cel_pattern_escape(struct cel_pattern_maker *m)
{
    uint8_t c = cel_pattern_peek(m, 0);
    if (!cel_pattern_has(m, 0)) {
        m->fault = "a backslash stands at the end";
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        if (c == escapes[i].letter) {
            m->at++;
            return escapes[i].rune;
        }
    }
    if (c == 'x') {
        m->at++;
        return escape_hex(m);
    }
    if (c >= '0' && c <= '7')
        return escape_octal(m);
    if (c == 'p' || c == 'P')
        m->fault = "Unicode classes are not known here: write the letters' ranges";
    else if (c >= 0x80 || cel_is_digit(c) || (cel_is_letter(c) && c != '_'))
        return escape_fault(m);
    m->at++;
    return c;
}

/* ---- [...] */

static uint32_t class_rune(struct cel_pattern_maker *m)
{
    if (cel_pattern_peek(m, 0) != '\\')
        return cel_rune_next(m->text, &m->at);
    m->at++;
    return cel_pattern_escape(m);
}

static void class_item(struct cel_pattern_maker *m)
{
    if (cel_pattern_peek(m, 0) == '\\') {
        m->at++;
        if (add_perl(m))
            return;
        m->at--;
    }
    if (add_posix(m))
        return;
    uint32_t first = class_rune(m), last = first;
    if (cel_pattern_peek(m, 0) == '-' && cel_pattern_has(m, 1) && cel_pattern_peek(m, 1) != ']') {
        m->at++;
        last = class_rune(m);
    }
    if (m->fault == NULL && last < first)
        m->fault = "a range ends before it begins";
    cel_pattern_add_range(m, first, last);
}

void cel_pattern_class(struct cel_pattern_maker *m)
{
    uint32_t begin = m->range_count;
    bool is_negated = cel_pattern_peek(m, 0) == '^';
    m->at += is_negated ? 1 : 0;
    size_t first = m->at;
    while (m->fault == NULL && (cel_pattern_peek(m, 0) != ']' || m->at == first)) {
        if (!cel_pattern_has(m, 0))
            m->fault = "a closing bracket is missing";
        else
            class_item(m);
    }
    m->at++;
    emit_class(m, begin, is_negated);
}
