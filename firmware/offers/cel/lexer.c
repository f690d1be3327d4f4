/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>

#include "offers/cel/compiler.h"
#include "offers/cel/decimal.h"
#include "offers/cel/text.h"

static uint8_t peek(const struct compiler *c, uint32_t ahead)
{
    struct span text = c->source->text;
    return (size_t)c->at + ahead < text.size ? text.bytes[c->at + ahead] : 0;
}

static bool is_at_end(const struct compiler *c)
{
    return c->at >= c->source->text.size;
}

static void skip_space(struct compiler *c)
{
    for (;;) {
        uint8_t byte = peek(c, 0);
        if (byte == '/' && peek(c, 1) == '/') {
            while (!is_at_end(c) && peek(c, 0) != '\n')
                c->at++;
        } else if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r') {
            c->at++;
        } else {
            return;
        }
    }
}

/* The token ends `size` bytes on. */
static void take(struct compiler *c, enum token_kind kind, uint32_t size)
{
    c->token.kind = kind;
    c->token.text = span_of(c->source->text.bytes + c->at, size);
    c->at += size;
}

/* ---- operators: the longer ones first */

struct mark_row {
    const char *text;
    enum token_kind kind;
};

static const struct mark_row marks[] = {
    {"||", TOKEN_OR},        {"&&", TOKEN_AND},        {"==", TOKEN_EQUAL},
    {"!=", TOKEN_NOT_EQUAL}, {"<=", TOKEN_LESS_EQUAL}, {">=", TOKEN_GREATER_EQUAL},
    {"<", TOKEN_LESS},       {">", TOKEN_GREATER},     {"+", TOKEN_PLUS},
    {"-", TOKEN_MINUS},      {"*", TOKEN_TIMES},       {"/", TOKEN_DIVIDE},
    {"%", TOKEN_MODULO},     {"!", TOKEN_NOT},         {".", TOKEN_DOT},
    {",", TOKEN_COMMA},      {"(", TOKEN_OPEN},        {")", TOKEN_CLOSE},
    {"[", TOKEN_OPEN_LIST},  {"]", TOKEN_CLOSE_LIST},  {"{", TOKEN_OPEN_MAP},
    {"}", TOKEN_CLOSE_MAP},  {"?", TOKEN_QUESTION},    {":", TOKEN_COLON},
};

static bool lex_mark(struct compiler *c)
{
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        uint32_t size = (uint32_t)strlen(marks[i].text);
        if (peek(c, 0) == (uint8_t)marks[i].text[0] &&
            (size == 1 || peek(c, 1) == (uint8_t)marks[i].text[1])) {
            take(c, marks[i].kind, size);
            return true;
        }
    }
    return false;
}

/* ---- names and words */

struct word_row {
    const char *text;
    enum token_kind kind;
    struct cel_value literal;
};

static const struct word_row words[] = {
    {"true", TOKEN_LITERAL, {.kind = CEL_BOOL, .truth = true}},
    {"false", TOKEN_LITERAL, {.kind = CEL_BOOL, .truth = false}},
    {"null", TOKEN_LITERAL, {.kind = CEL_NULL}},
    {"in", TOKEN_IN, {.kind = CEL_NULL}},
};

static void lex_name(struct compiler *c)
{
    uint32_t size = 0;
    while (cel_is_letter(peek(c, size)) || cel_is_digit(peek(c, size)))
        size++;
    take(c, TOKEN_NAME, size);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (span_is_equal(c->token.text, span_of_text(words[i].text))) {
            c->token.kind = words[i].kind;
            c->token.literal = words[i].literal;
        }
    }
}

static bool is_quotable(uint8_t byte)
{
    return cel_is_letter(byte) || cel_is_digit(byte) || byte == '.' || byte == '-' || byte == '/' ||
           byte == ' ';
}

static void lex_quoted(struct compiler *c)
{
    uint32_t size = 1;
    while (is_quotable(peek(c, size)))
        size++;
    if (size == 1 || peek(c, size) != '`') {
        cel_report_plain(c, c->at,
                         "a name in `` has letters, digits, _ . - / and spaces, and at least one of them");
        c->token.kind = TOKEN_END;
        return;
    }
    take(c, TOKEN_QUOTED, size + 1);
    c->token.text = cel_part(c->token.text, 1, size);
}

/* ---- numbers */

static void number_fault(struct compiler *c, const char *sentence)
{
    cel_report(c, c->token.at, sentence, c->token.text, (struct span){NULL, 0});
    c->token.kind = TOKEN_END;
}

static void read_double(struct compiler *c)
{
    double real = 0;
    (void)cel_decimal_read(c->token.text, &real); /* of digits, a point and an exponent: always a number */
    c->token.literal = cel_double(real);
    if (real > DBL_MAX)
        number_fault(c, "the number % is too large");
}

static void read_whole(struct compiler *c, struct span digits, unsigned base, bool is_unsigned)
{
    uint64_t number;
    if (!cel_read_digits(digits, base, &number)) {
        number_fault(c, "the number % is too large");
        return;
    }
    c->token.literal = is_unsigned ? cel_uint(number) : cel_int((int64_t)number);
    c->token.is_large = !is_unsigned && number == (uint64_t)INT64_MAX + 1;
    if (!is_unsigned && number > (uint64_t)INT64_MAX && !c->token.is_large)
        number_fault(c, "the number % is too large for an int; append u for a uint");
}

static uint32_t digits_from(const struct compiler *c, uint32_t ahead, unsigned base)
{
    while (cel_hex_digit(peek(c, ahead)) < base)
        ahead++;
    return ahead;
}

/* ".5" and "e-3" behind whole digits: where they end. */
static uint32_t fraction_from(const struct compiler *c, uint32_t ahead)
{
    if (peek(c, ahead) == '.' && cel_is_digit(peek(c, ahead + 1)))
        ahead = digits_from(c, ahead + 1, 10);
    if (cel_to_lower(peek(c, ahead)) == 'e') {
        bool has_sign = peek(c, ahead + 1) == '+' || peek(c, ahead + 1) == '-';
        uint32_t digits = ahead + (has_sign ? 2 : 1);
        if (cel_is_digit(peek(c, digits)))
            ahead = digits_from(c, digits, 10);
    }
    return ahead;
}

void cel_lex_number(struct compiler *c)
{
    bool is_hex = peek(c, 0) == '0' && cel_to_lower(peek(c, 1)) == 'x' && cel_hex_digit(peek(c, 2)) < 16;
    uint32_t begin = is_hex ? 2 : 0, whole = digits_from(c, begin, is_hex ? 16 : 10);
    uint32_t end = is_hex ? whole : fraction_from(c, whole);
    bool is_unsigned = end == whole && cel_to_lower(peek(c, end)) == 'u';
    struct span digits = span_of(c->source->text.bytes + c->at + begin, whole - begin);
    take(c, TOKEN_LITERAL, end + (is_unsigned ? 1 : 0));
    if (cel_is_letter(peek(c, 0)) || cel_is_digit(peek(c, 0)))
        number_fault(c, "the number % runs into a name");
    else if (end > whole)
        read_double(c);
    else
        read_whole(c, digits, is_hex ? 16 : 10, is_unsigned);
}

/* ---- all */

/* What other languages write, and what is meant by it here. */
struct slip_row {
    uint8_t byte;
    const char *sentence;
};
static const struct slip_row slips[] = {{'=', "write == for equal, >= for at least, <= for at most"},
                                        {'&', "write && where both must be true"},
                                        {'|', "write || where either must be true"}};

static void refuse_byte(struct compiler *c)
{
    size_t end = c->at;
    for (size_t i = 0; i < COUNT_OF(slips); i++) {
        if (slips[i].byte == peek(c, 0)) {
            cel_report_plain(c, c->at, slips[i].sentence);
            return;
        }
    }
    (void)cel_rune_next(c->source->text, &end);
    cel_report(c, c->at, "the character % has no meaning here", cel_part(c->source->text, c->at, end),
               (struct span){NULL, 0});
}

/* How many bytes of prefix (r, b, br) stand before a quote here; UINT32_MAX: this begins no text. */
static uint32_t text_prefix(const struct compiler *c)
{
    uint32_t size = cel_to_lower(peek(c, 0)) == 'b' ? 1 : 0;
    size += cel_to_lower(peek(c, size)) == 'r' ? 1 : 0;
    return peek(c, size) == '"' || peek(c, size) == '\'' ? size : UINT32_MAX;
}

void cel_lex(struct compiler *c)
{
    skip_space(c);
    c->token = (struct token){.kind = TOKEN_END, .at = c->at};
    if (is_at_end(c) || c->faults->count > 0)
        return;
    uint8_t byte = peek(c, 0);
    uint32_t prefix = text_prefix(c);
    if (prefix != UINT32_MAX)
        cel_lex_text(c, prefix);
    else if (cel_is_letter(byte))
        lex_name(c);
    else if (cel_is_digit(byte) || (byte == '.' && cel_is_digit(peek(c, 1))))
        cel_lex_number(c);
    else if (byte == '`')
        lex_quoted(c);
    else if (!lex_mark(c))
        refuse_byte(c);
}
