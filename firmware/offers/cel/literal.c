/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and bytes as they are written: quotes, prefixes, escapes. */
#include "offers/cel/compiler.h"
#include "offers/cel/text.h"

struct literal {
    struct compiler *c;
    struct span text; /* between the quotes */
    uint32_t begin;   /* where that is in the source */
    size_t at;
    bool is_bytes;
    uint8_t *out;
    uint32_t size;
};

static bool escape_fault(struct literal *l, const char *sentence)
{
    cel_report_plain(l->c, l->begin + (uint32_t)l->at, sentence);
    return false;
}

static void put_rune(struct literal *l, uint32_t rune)
{
    l->size += (uint32_t)cel_rune_write(rune, l->out + l->size);
}

struct letter_row {
    uint8_t letter, byte;
};
static const struct letter_row letters[] = {{'a', '\a'}, {'b', '\b'}, {'f', '\f'},  {'n', '\n'},
                                            {'r', '\r'}, {'t', '\t'}, {'v', '\v'},  {'\\', '\\'},
                                            {'?', '?'},  {'"', '"'},  {'\'', '\''}, {'`', '`'}};

static bool escape_letter(struct literal *l, uint8_t letter)
{
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        if (letters[i].letter == letter) {
            l->out[l->size++] = letters[i].byte;
            return true;
        }
    }
    return false;
}

/* So many digits `ahead` of the backslash. */
static bool read_code(const struct literal *l, size_t ahead, size_t count, unsigned base, uint32_t *out)
{
    uint64_t code;
    size_t begin = l->at + ahead;
    if (begin + count > l->text.size ||
        !cel_read_digits(cel_part(l->text, begin, begin + count), base, &code))
        return false;
    *out = code > UINT32_MAX ? UINT32_MAX : (uint32_t)code;
    return true;
}

static bool is_surrogate(uint32_t rune, uint32_t from)
{
    return rune >= from && rune < from + 0x400;
}

/* A second \uDC00 to \uDFFF makes one character of the two. */
static bool join_surrogates(struct literal *l, uint32_t *rune)
{
    uint32_t low;
    struct literal second = *l;
    second.at += 6;
    bool has_second = second.at + 1 < l->text.size && l->text.bytes[second.at] == '\\' &&
                      l->text.bytes[second.at + 1] == 'u' && read_code(&second, 2, 4, 16, &low) &&
                      is_surrogate(low, 0xdc00);
    if (!has_second)
        return false;
    *rune = 0x10000 + ((*rune - 0xd800) << 10) + (low - 0xdc00);
    l->at += 6;
    return true;
}

static bool escape_unicode(struct literal *l, size_t digits)
{
    uint32_t rune;
    if (l->is_bytes)
        return escape_fault(l, "\\u and \\U are for strings, not for bytes");
    if (!read_code(l, 2, digits, 16, &rune))
        return escape_fault(l, digits == 4 ? "\\u takes four hexadecimal digits"
                                           : "\\U takes eight hexadecimal digits");
    bool is_pair = digits == 4 && is_surrogate(rune, 0xd800) && join_surrogates(l, &rune);
    if (!is_pair && (rune > CEL_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff)))
        return escape_fault(l, "there is no such character");
    put_rune(l, rune);
    l->at += 2 + digits;
    return true;
}

/* \x41, \101: a byte, or in a string the character of that number. */
static bool escape_code(struct literal *l, size_t ahead, size_t digits, unsigned base)
{
    uint32_t code;
    if (!read_code(l, ahead, digits, base, &code) || code > 0xff)
        return escape_fault(l, base == 16 ? "\\x takes two hexadecimal digits"
                                          : "a backslash and a digit take three octal digits, at most 377");
    if (l->is_bytes)
        l->out[l->size++] = (uint8_t)code;
    else
        put_rune(l, code);
    l->at += ahead + digits;
    return true;
}

static bool escape(struct literal *l)
{
    uint8_t letter = l->at + 1 < l->text.size ? l->text.bytes[l->at + 1] : 0;
    if (letter == 'u' || letter == 'U')
        return escape_unicode(l, letter == 'u' ? 4 : 8);
    if (letter == 'x' || letter == 'X')
        return escape_code(l, 2, 2, 16);
    if (cel_is_digit(letter))
        return escape_code(l, 1, 3, 8);
    if (!escape_letter(l, letter))
        return escape_fault(l, "there is no such escape");
    l->at += 2;
    return true;
}

static bool unescape(struct literal *l, bool is_raw)
{
    while (l->at < l->text.size) {
        if (l->text.bytes[l->at] == '\\' && !is_raw) {
            if (!escape(l))
                return false;
        } else {
            l->out[l->size++] = l->text.bytes[l->at++];
        }
    }
    return true;
}

/* ---- where it ends */

static bool is_quote_at(struct span text, size_t at, uint8_t quote, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at + i >= text.size || text.bytes[at + i] != quote)
            return false;
    }
    return true;
}

/* The place of the closing quotes; SIZE_MAX: none. */
static size_t find_end(struct span text, size_t at, uint8_t quote, size_t quotes, bool is_raw)
{
    for (; at < text.size; at++) {
        if (is_quote_at(text, at, quote, quotes))
            return at;
        bool is_line_end = text.bytes[at] == '\n' || text.bytes[at] == '\r';
        if (is_line_end && quotes == 1)
            return SIZE_MAX;
        if (text.bytes[at] == '\\' && !is_raw)
            at++;
    }
    return SIZE_MAX;
}

void cel_lex_text(struct compiler *c, uint32_t prefix)
{
    struct span text = c->source->text;
    bool is_raw = prefix > 0 && cel_to_lower(text.bytes[c->at + prefix - 1]) == 'r';
    bool is_bytes = prefix > 0 && cel_to_lower(text.bytes[c->at]) == 'b';
    size_t begin = c->at + prefix;
    uint8_t quote = text.bytes[begin];
    size_t quotes = is_quote_at(text, begin, quote, 3) ? 3 : 1;
    size_t end = find_end(text, begin + quotes, quote, quotes, is_raw);
    if (end == SIZE_MAX) {
        cel_report_plain(c, c->at, "the closing quote of this text is missing");
        return;
    }
    struct span content = cel_part(text, begin + quotes, end);
    struct literal l = {.c = c, .text = content, .begin = (uint32_t)(begin + quotes), .is_bytes = is_bytes};
    l.out = arena_take(c->memory, content.size + 4, 1);
    if (l.out == NULL) {
        c->is_out_of_memory = true;
        return;
    }
    if (!unescape(&l, is_raw))
        return;
    struct span value = span_of(l.out, l.size);
    c->token.kind = TOKEN_LITERAL;
    c->token.literal = is_bytes ? cel_bytes(value) : cel_string(value);
    c->at = (uint32_t)(end + quotes);
    c->token.text = cel_part(text, c->token.at, c->at);
}
