/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from scanners and keyboards. See card.h. */
#include "card/number.h"
#include "card/check_digit.h"
#include "card/gs1.h"
#include "card/text.h"

#define EAN13_SIZE 13
#define UPCA_SIZE  12
#define EAN8_SIZE  8

struct card_number_rules card_number_rules_default(void)
{
    return (struct card_number_rules){.prefixes = {"29"}, .prefix_count = 1, .check = CARD_CHECK_LUHN};
}

enum err card_check_read(const char *text, enum card_check *out)
{
    static const char *const words[] = {
        [CARD_CHECK_NONE] = "none", [CARD_CHECK_LUHN] = "luhn", [CARD_CHECK_MOD97] = "mod97"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (enum card_check)i;
            return ERR_OK;
        }
    }
    return ERR_SYNTAX;
}

/* The characters that are left of what was read: 0-9, A-Z. */
struct compact {
    uint8_t bytes[CARD_READ_SIZE_MAX];
    size_t size;
};

static struct span span_of_compact(const struct compact *compact)
{
    return span_of(compact->bytes, compact->size);
}

static bool is_framing(uint8_t c)
{
    return c == '\r' || c == '\n' || c == 0x02 || c == 0x03 || c == ' ' || c == '\t'; /* STX, ETX */
}

struct span card_number_strip(struct span read)
{
    while (read.size > 0 && is_framing(read.bytes[0]))
        read = span_of(read.bytes + 1, read.size - 1);
    while (read.size > 0 && is_framing(read.bytes[read.size - 1]))
        read.size--;
    return read;
}

static enum err compact_of(struct span read, struct compact *out)
{
    out->size = 0;
    if (read.size > sizeof out->bytes)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < read.size; i++) {
        uint8_t c = read.bytes[i];
        if (c == ' ' || c == '-') /* how people group digits, and how cards print them */
            continue;
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 'A');
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
            return ERR_SYNTAX;
        out->bytes[out->size++] = c;
    }
    return out->size == 0 ? ERR_TRUNCATED : ERR_OK;
}

static bool is_all_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] > '9')
            return false;
    return true;
}

static bool starts_with(struct span text, const char *head)
{
    size_t size = strlen(head);
    return text.size >= size && memcmp(text.bytes, head, size) == 0;
}

static enum err check_scheme(struct span text, enum card_check check)
{
    switch (check) {
    case CARD_CHECK_NONE:
        return ERR_OK;
    case CARD_CHECK_LUHN:
        if (!is_all_digits(text))
            return ERR_SYNTAX;
        return card_check_luhn_holds(text) ? ERR_OK : ERR_CHECKSUM;
    case CARD_CHECK_MOD97:
        return card_check_mod97_holds(text) ? ERR_OK : ERR_CHECKSUM;
    }
    return ERR_ARGUMENT;
}

static enum err read_code128(const struct compact *compact, const struct card_number_rules *rules,
                             char out_text[CARD_TEXT_MAX])
{
    struct span text = span_of_compact(compact);
    char made[CARD_TEXT_MAX];
    TRY(card_text_of_number(text, made));
    TRY(check_scheme(text, rules->check));
    memcpy(out_text, made, sizeof made);
    return ERR_OK;
}

static bool has_member_prefix(struct span digits, const struct card_number_rules *rules)
{
    for (size_t i = 0; i < rules->prefix_count; i++)
        if (starts_with(digits, rules->prefixes[i]))
            return true;
    return false;
}

static enum err read_article(struct span digits, const struct card_number_rules *rules,
                             char out_text[CARD_TEXT_MAX])
{
    if (!card_check_gs1_holds(digits))
        return ERR_CHECKSUM;
    return has_member_prefix(digits, rules) ? card_text_of_number(digits, out_text)
                                            : ERR_UNSUPPORTED; /* goods */
}

/* A UPC-A is the EAN-13 with a leading zero: which of the two comes is up to the scanner. */
static void pad_upca(const struct compact *compact, uint8_t out[EAN13_SIZE])
{
    out[0] = '0';
    memcpy(out + EAN13_SIZE - compact->size, compact->bytes, compact->size);
}

static enum err check_digits_size(const struct compact *compact, size_t size_min, size_t size_max)
{
    if (!is_all_digits(span_of_compact(compact)))
        return ERR_SYNTAX;
    if (compact->size < size_min)
        return ERR_TRUNCATED;
    return compact->size > size_max ? ERR_TOO_LONG : ERR_OK;
}

static enum err read_ean13(const struct compact *compact, const struct card_number_rules *rules,
                           char out_text[CARD_TEXT_MAX])
{
    uint8_t padded[EAN13_SIZE];
    TRY(check_digits_size(compact, UPCA_SIZE, EAN13_SIZE));
    pad_upca(compact, padded);
    return read_article(span_of(padded, sizeof padded), rules, out_text);
}

static enum err read_ean8(const struct compact *compact, const struct card_number_rules *rules,
                          char out_text[CARD_TEXT_MAX])
{
    TRY(check_digits_size(compact, EAN8_SIZE, EAN8_SIZE));
    return read_article(span_of_compact(compact), rules, out_text);
}

static enum err read_gs1(struct span content, const struct card_number_rules *rules,
                         char out_text[CARD_TEXT_MAX], enum reader_technology *out_technology)
{
    char gsrn[CARD_GSRN_SIZE];
    TRY(card_gs1_find_member(content, rules->separator, gsrn));
    TRY(card_text_of_number(span_of(gsrn, sizeof gsrn), out_text));
    *out_technology = READER_GS1;
    return ERR_OK;
}

static bool holds_separator(struct span content, uint8_t separator)
{
    for (size_t i = 0; i < content.size; i++)
        if (content.bytes[i] == CARD_GS1_SEPARATOR || (separator != 0 && content.bytes[i] == separator))
            return true;
    return false;
}

/* A GSRN, perhaps with its instance, whose separators are lost or not needed. */
static bool looks_like_gsrn(struct span text)
{
    size_t size = 4 + CARD_GSRN_SIZE;
    return starts_with(text, "8018") && text.size >= size && is_all_digits(text) &&
           (text.size == size || starts_with(span_of(text.bytes + size, text.size - size), "8019"));
}

/* Thirteen digits are always taken for an EAN-13, and twelve for a UPC-A where those under the prefix are members, so that whether a
 * number is accepted never hangs on a check digit that fits by chance. */
static bool looks_like_ean13(const struct compact *compact, const struct card_number_rules *rules)
{
    uint8_t padded[EAN13_SIZE];
    if (!is_all_digits(span_of_compact(compact)) || compact->size < UPCA_SIZE || compact->size > EAN13_SIZE)
        return false;
    pad_upca(compact, padded);
    return compact->size == EAN13_SIZE || has_member_prefix(span_of(padded, sizeof padded), rules);
}

/* Typed, or scanned without an identifier in front. */
static enum err read_plain(const struct compact *compact, const struct card_number_rules *rules,
                           char out_text[CARD_TEXT_MAX], enum reader_technology *out_technology)
{
    if (looks_like_ean13(compact, rules))
        return read_ean13(compact, rules, out_text);
    if (looks_like_gsrn(span_of_compact(compact)))
        return read_gs1(span_of_compact(compact), rules, out_text, out_technology);
    return read_code128(compact, rules, out_text);
}

static bool is_gs1(const struct card_aim_code *code, const struct card_number_rules *rules)
{
    struct span rest = code->content;
    bool may_be = code->reading == CARD_READING_GS1 ||
                  (code->reading == CARD_READING_PLAIN && holds_separator(rest, rules->separator));
    while (rest.size > 0 && holds_separator(span_of(rest.bytes, 1), rules->separator))
        rest = span_of(rest.bytes + 1, rest.size - 1);
    return may_be && card_gs1_begins(rest);
}

enum err card_number_read_as(const struct card_aim_code *code, const struct card_number_rules *rules,
                             char out_text[CARD_TEXT_MAX], enum reader_technology *out_technology)
{
    struct compact compact;
    if (is_gs1(code, rules))
        return read_gs1(code->content, rules, out_text, out_technology);
    TRY(compact_of(code->content, &compact));
    *out_technology = READER_BARCODE;
    switch (code->reading) {
    case CARD_READING_EAN:
        return read_ean13(&compact, rules, out_text);
    case CARD_READING_EAN8:
        return read_ean8(&compact, rules, out_text);
    case CARD_READING_NUMBER:
        return read_code128(&compact, rules, out_text);
    case CARD_READING_GS1: /* FNC1 in front of a bare number */
    case CARD_READING_PLAIN:
    case CARD_READING_TEXT:
        return read_plain(&compact, rules, out_text, out_technology);
    }
    return ERR_ARGUMENT;
}

enum err card_read_number(struct span read, const struct card_number_rules *rules,
                          char out_text[CARD_TEXT_MAX])
{
    enum reader_technology technology = READER_BARCODE;
    struct card_aim_code code;
    read = card_number_strip(read);
    if (read.size > CARD_READ_SIZE_MAX)
        return ERR_TOO_LONG;
    TRY(card_aim_take(&read, &code));
    if (read.size > 0)
        return ERR_SYNTAX; /* more than one code is a scanner's way */
    if (code.reading == CARD_READING_TEXT)
        return ERR_UNSUPPORTED;
    return card_number_read_as(&code, rules, out_text, &technology);
}
