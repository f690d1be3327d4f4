/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from scanners and keyboards. See card.h. */
#include "base/pan.h"
#include "card/check_digit.h"
#include "card/text.h"

#define EAN13_SIZE 13
#define UPCA_SIZE  12
#define GSRN_SIZE  18 /* GS1 application identifier 8018: N18 with check digit */

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

typedef enum err (*symbology_reader)(const struct compact *compact, const struct card_number_rules *rules,
                                     char out_text[CARD_TEXT_MAX]);

static bool is_framing(uint8_t c)
{
    return c == '\r' || c == '\n' || c == 0x02 || c == 0x03 || c == ' ' || c == '\t'; /* STX, ETX */
}

static struct span strip_framing(struct span read)
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

/* Somebody's payment card, scanned or typed by mistake: it may not come near a loyalty journal. */
static bool is_payment_card(struct span text)
{
    return is_all_digits(text) && pan_is(text);
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
    if (is_payment_card(text))
        return ERR_RANGE;
    TRY(check_scheme(text, rules->check));
    memcpy(out_text, made, sizeof made);
    return ERR_OK;
}

static enum err read_ean13(const struct compact *compact, const struct card_number_rules *rules,
                           char out_text[CARD_TEXT_MAX])
{
    if (!is_all_digits(span_of_compact(compact)))
        return ERR_SYNTAX;
    if (compact->size < UPCA_SIZE)
        return ERR_TRUNCATED;
    if (compact->size > EAN13_SIZE)
        return ERR_TOO_LONG;
    uint8_t padded[EAN13_SIZE]; /* a UPC-A is the EAN-13 with a leading zero */
    padded[0] = '0';
    memcpy(padded + EAN13_SIZE - compact->size, compact->bytes, compact->size);
    struct span digits = span_of(padded, sizeof padded);
    if (!card_check_gs1_holds(digits))
        return ERR_CHECKSUM;
    for (size_t i = 0; i < rules->prefix_count; i++)
        if (starts_with(digits, rules->prefixes[i]))
            return card_text_of_number(digits, out_text);
    return ERR_UNSUPPORTED; /* goods */
}

static bool has_gsrn(const struct compact *compact)
{
    struct span text = span_of_compact(compact);
    return text.size == 4 + GSRN_SIZE && starts_with(text, "8018") && is_all_digits(text);
}

static enum err read_gs1_128(const struct compact *compact, const struct card_number_rules *rules,
                             char out_text[CARD_TEXT_MAX])
{
    if (!has_gsrn(compact))
        return read_code128(compact, rules, out_text);
    struct span gsrn = span_of(compact->bytes + 4, GSRN_SIZE);
    return card_check_gs1_holds(gsrn) ? card_text_of_number(gsrn, out_text) : ERR_CHECKSUM;
}

/* Typed, or scanned without an identifier in front: thirteen digits are always taken for an EAN-13, so that
 * whether a number is accepted never hangs on a check digit that fits by chance. */
static enum err read_plain(const struct compact *compact, const struct card_number_rules *rules,
                           char out_text[CARD_TEXT_MAX])
{
    if (compact->size == EAN13_SIZE && is_all_digits(span_of_compact(compact)))
        return read_ean13(compact, rules, out_text);
    return read_gs1_128(compact, rules, out_text);
}

/* ISO/IEC 15424 symbology identifiers: "]", a letter for the symbology, a modifier. */
static const struct aim_row {
    const char *identifier;
    symbology_reader read;
} AIM_TABLE[] = {
    {"]E0", read_ean13},   /* EAN-13, UPC-A, UPC-E in full */
    {"]C0", read_code128}, /* Code 128 */
    {"]C1", read_gs1_128}, /* GS1-128: Code 128 with FNC1 first */
};

static enum err find_symbology(struct span *read, symbology_reader *out_reader)
{
    if (read->bytes[0] != ']') {
        *out_reader = read_plain;
        return ERR_OK;
    }
    for (size_t i = 0; i < COUNT_OF(AIM_TABLE); i++) {
        if (starts_with(*read, AIM_TABLE[i].identifier)) {
            *out_reader = AIM_TABLE[i].read;
            *read = span_of(read->bytes + 3, read->size - 3);
            return ERR_OK;
        }
    }
    return ERR_UNSUPPORTED;
}

enum err card_read_number(struct span read, const struct card_number_rules *rules,
                          char out_text[CARD_TEXT_MAX])
{
    read = strip_framing(read);
    if (read.size == 0)
        return ERR_TRUNCATED;
    if (read.size > CARD_READ_SIZE_MAX)
        return ERR_TOO_LONG;
    symbology_reader reader = NULL;
    TRY(find_symbology(&read, &reader));
    struct compact compact;
    TRY(compact_of(read, &compact));
    return reader(&compact, rules, out_text);
}
