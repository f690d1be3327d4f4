/* SPDX-License-Identifier: Apache-2.0 */
#include "card/text.h"

#include "base/hex.h"
#include "base/pan.h"
#include "vault/vault.h"

#define HEAD_SIZE      4 /* "uid:" and "num:" */
#define PASS_HEAD_SIZE 5 /* "pass:" */
#define PASS_HASH_SIZE 16

_Static_assert(HEAD_SIZE + CARD_NUMBER_SIZE_MAX < CARD_TEXT_MAX, "a number fits");
_Static_assert(PASS_HEAD_SIZE + 2 * PASS_HASH_SIZE < CARD_TEXT_MAX, "a pass fits");
_Static_assert(HEAD_SIZE + 2 * TAG_UID_SIZE_MAX < CARD_TEXT_MAX, "a UID fits");

static bool uid_size_is_valid(size_t size)
{
    return size == 4 || size == 7 || size == 10; /* ISO/IEC 14443-3 6.5.4: single, double, triple */
}

enum err card_text_of_uid(struct span uid, char out_text[CARD_TEXT_MAX])
{
    if (!uid_size_is_valid(uid.size))
        return ERR_SYNTAX;
    memcpy(out_text, "uid:", HEAD_SIZE);
    hex_write(uid, out_text + HEAD_SIZE);
    return ERR_OK;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_all_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.bytes[i]))
            return false;
    return true;
}

/* Somebody's payment card, scanned, typed or written on a tag by mistake: it may not come near a loyalty journal. */
static bool is_payment_card(struct span number)
{
    return is_all_digits(number) && pan_is(number);
}

static enum err check_number(struct span number)
{
    if (number.size < CARD_NUMBER_SIZE_MIN)
        return ERR_TRUNCATED;
    if (number.size > CARD_NUMBER_SIZE_MAX)
        return ERR_TOO_LONG;
    bool has_digit = false;
    for (size_t i = 0; i < number.size; i++) {
        uint8_t c = number.bytes[i];
        has_digit = has_digit || is_digit(c);
        if (!is_digit(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
            return ERR_SYNTAX;
    }
    if (!has_digit)
        return ERR_SYNTAX;
    return is_payment_card(number) ? ERR_EXISTS : ERR_OK;
}

enum err card_text_of_number(struct span number, char out_text[CARD_TEXT_MAX])
{
    TRY(check_number(number));
    memcpy(out_text, "num:", HEAD_SIZE);
    for (size_t i = 0; i < number.size; i++) {
        uint8_t c = number.bytes[i];
        out_text[HEAD_SIZE + i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    out_text[HEAD_SIZE + number.size] = '\0';
    return ERR_OK;
}

enum err card_text_of_number_or(enum err otherwise, struct span number, char out_text[CARD_TEXT_MAX])
{
    enum err error = card_text_of_number(number, out_text);
    return error == ERR_OK || error == ERR_EXISTS ? error : otherwise;
}

static bool is_lower_hex(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.bytes[i]) && !(text.bytes[i] >= 'a' && text.bytes[i] <= 'f'))
            return false;
    return true;
}

static bool has_lower_case(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] >= 'a' && text.bytes[i] <= 'z')
            return true;
    return false;
}

enum err card_text_of_pass(struct span message, char out_text[CARD_TEXT_MAX])
{
    uint8_t hash[HASH_SIZE];
    enum err error = check_number(message);
    if (message.size == 0)
        return ERR_UNSUPPORTED;
    if (error == ERR_EXISTS)
        return error;
    if (error == ERR_OK && !has_lower_case(message))
        return card_text_of_number(message, out_text);
    TRY(vault_sha256(message, hash));
    memcpy(out_text, "pass:", PASS_HEAD_SIZE);
    hex_write(span_of(hash, PASS_HASH_SIZE), out_text + PASS_HEAD_SIZE);
    return ERR_OK;
}

static bool is_pass(struct span text)
{
    return text.size == PASS_HEAD_SIZE + 2 * PASS_HASH_SIZE &&
           memcmp(text.bytes, "pass:", PASS_HEAD_SIZE) == 0 &&
           is_lower_hex(span_of(text.bytes + PASS_HEAD_SIZE, 2 * PASS_HASH_SIZE));
}

bool card_text_is_valid(struct span text)
{
    if (is_pass(text))
        return true;
    if (text.size < HEAD_SIZE)
        return false;
    struct span head = {text.bytes, HEAD_SIZE};
    struct span body = {text.bytes + HEAD_SIZE, text.size - HEAD_SIZE};
    if (span_is_equal(head, span_of_text("uid:")))
        return body.size % 2 == 0 && uid_size_is_valid(body.size / 2) && is_lower_hex(body);
    if (span_is_equal(head, span_of_text("num:")))
        return check_number(body) == ERR_OK && !has_lower_case(body);
    return false;
}
