/* SPDX-License-Identifier: Apache-2.0 */
#include "office/coupon_token.h"

#include "base/hex.h"
#include "base/utf8.h"

#define SERIAL_BYTES 10

static enum err copy(const char *text, char *out, size_t capacity)
{
    size_t size = strlen(text);
    if (size == 0 || size >= capacity || !utf8_is_printable(span_of(text, size)))
        return ERR_ARGUMENT;
    memcpy(out, text, size + 1);
    return ERR_OK;
}

static enum err fill_serial(const char *serial, struct random random, char out[COUPON_SERIAL_MAX + 1])
{
    uint8_t bytes[SERIAL_BYTES];
    if (serial != NULL)
        return copy(serial, out, COUPON_SERIAL_MAX + 1);
    TRY(random.fill(random.self, bytes, sizeof bytes));
    hex_write(span_of(bytes, sizeof bytes), out);
    out[2 * sizeof bytes] = '\0';
    return ERR_OK;
}

enum err coupon_token_sign(const struct coupon_token_terms *terms,
                           const uint8_t private_key[VAULT_PRIVATE_SIZE], struct random random,
                           char out[COUPON_CODE_MAX + 1])
{
    struct wire_coupon coupon = {.valid_from_day = terms->valid_from_day,
                                 .valid_until_day = terms->valid_until_day};
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    uint8_t statement[WIRE_COUPON_STATEMENT_MAX];
    size_t size = 0;
    if (terms->valid_until_day != 0 && terms->valid_until_day < terms->valid_from_day)
        return ERR_ARGUMENT;
    TRY(copy(terms->series, coupon.series, sizeof coupon.series));
    TRY(fill_serial(terms->serial, random, coupon.serial));
    if (terms->store != NULL)
        TRY(copy(terms->store, coupon.store, sizeof coupon.store));
    TRY(vault_public_key_of(private_key, public_key));
    TRY(vault_key_id(public_key, coupon.key_id));
    TRY(wire_coupon_statement(&coupon, statement, &size));
    TRY(vault_sign(private_key, span_of(statement, size), coupon.signature));
    return wire_coupon_write(&coupon, out);
}
