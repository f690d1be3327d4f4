/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/coupon.h"

#include "base/bytes.h"
#include "base/utf8.h"

#define VERSION     1
#define PREFIX_SIZE 3
#define HEAD_SIZE   (1 + WIRE_COUPON_KEY_ID_SIZE + 8)
#define PART_MAX    (HEAD_SIZE + 3 + COUPON_SERIES_MAX + COUPON_SERIAL_MAX + TILL_ID_MAX)
#define TOKEN_MAX   (PART_MAX + WIRE_COUPON_SIGNATURE_SIZE)

static const char purpose[] = "kassa-coupon-1"; /* signed with its NUL: no other signature fits */
_Static_assert(sizeof purpose + PART_MAX <= WIRE_COUPON_STATEMENT_MAX, "a statement always fits");
_Static_assert(PREFIX_SIZE + (TOKEN_MAX * 8 + 4) / 5 <= COUPON_CODE_MAX, "a token always fits");

bool wire_coupon_is_token(struct span text)
{
    return text.size > PREFIX_SIZE && (text.bytes[0] | 0x20) == 'k' && (text.bytes[1] | 0x20) == 'c' &&
           text.bytes[2] == '1';
}

/* ------------------------------------------------------------------------------- RFC 4648 6, without padding */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static void write_base32(const uint8_t *bytes, size_t size, char *out)
{
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < size; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = letters[held >> (bits - 5) & 31];
        held &= (1u << bits) - 1;
    }
    if (bits > 0)
        *out++ = letters[held << (5 - bits) & 31];
    *out = '\0';
}

static int value_of(uint8_t letter)
{
    if ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')
        return (letter | 0x20) - 'a';
    return letter >= '2' && letter <= '7' ? letter - '2' + 26 : -1;
}

static enum err read_base32(struct span text, uint8_t *out, size_t capacity, size_t *out_size)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = value_of(text.bytes[i]);
        if (value < 0)
            return ERR_SYNTAX;
        held = (held << 5 | (uint32_t)value) & 0xfff;
        bits += 5;
        if (bits < 8)
            continue;
        if (size == capacity)
            return ERR_SYNTAX;
        bits -= 8;
        out[size++] = (uint8_t)(held >> bits);
    }
    if (bits >= 5 || (held & ((1u << bits) - 1)) != 0) /* one token has one text */
        return ERR_SYNTAX;
    *out_size = size;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------- the parts */

static size_t put_text(uint8_t *out, const char *text)
{
    size_t size = strlen(text);
    out[0] = (uint8_t)size;
    memcpy(out + 1, text, size);
    return size + 1;
}

static enum err write_part(const struct wire_coupon *coupon, uint8_t out[PART_MAX], size_t *out_size)
{
    if (coupon->series[0] == '\0' || coupon->serial[0] == '\0')
        return ERR_ARGUMENT;
    out[0] = VERSION;
    memcpy(out + 1, coupon->key_id, WIRE_COUPON_KEY_ID_SIZE);
    bytes_put_le32(out + 9, (uint32_t)coupon->valid_from_day);
    bytes_put_le32(out + 13, (uint32_t)coupon->valid_until_day);
    size_t size = HEAD_SIZE;
    size += put_text(out + size, coupon->series);
    size += put_text(out + size, coupon->serial);
    size += put_text(out + size, coupon->store);
    *out_size = size;
    return ERR_OK;
}

enum err wire_coupon_statement(const struct wire_coupon *coupon, uint8_t out[WIRE_COUPON_STATEMENT_MAX],
                               size_t *out_size)
{
    size_t size = 0;
    TRY(write_part(coupon, out + sizeof purpose, &size));
    memcpy(out, purpose, sizeof purpose);
    *out_size = sizeof purpose + size;
    return ERR_OK;
}

enum err wire_coupon_write(const struct wire_coupon *coupon, char out[COUPON_CODE_MAX + 1])
{
    uint8_t bytes[TOKEN_MAX];
    size_t size = 0;
    TRY(write_part(coupon, bytes, &size));
    memcpy(bytes + size, coupon->signature, WIRE_COUPON_SIGNATURE_SIZE);
    memcpy(out, WIRE_COUPON_PREFIX, PREFIX_SIZE);
    write_base32(bytes, size + WIRE_COUPON_SIGNATURE_SIZE, out + PREFIX_SIZE);
    return ERR_OK;
}

/* A length, and that many bytes of text, into an array of capacity bytes with its NUL. */
static bool take_text(struct span *rest, char *out, size_t capacity)
{
    if (rest->size == 0 || rest->bytes[0] >= capacity || rest->size < 1u + rest->bytes[0])
        return false;
    struct span text = span_of(rest->bytes + 1, rest->bytes[0]);
    if (!utf8_is_printable(text))
        return false;
    memcpy(out, text.bytes, text.size);
    out[text.size] = '\0';
    *rest = span_of(text.bytes + text.size, rest->size - 1 - text.size);
    return true;
}

enum err wire_coupon_read(struct span text, struct wire_coupon *out)
{
    uint8_t bytes[TOKEN_MAX];
    size_t size = 0;
    struct wire_coupon coupon = {0};
    if (!wire_coupon_is_token(text) || text.size > COUPON_CODE_MAX)
        return ERR_SYNTAX;
    struct span code = span_of(text.bytes + PREFIX_SIZE, text.size - PREFIX_SIZE);
    TRY(read_base32(code, bytes, sizeof bytes, &size));
    if (size < HEAD_SIZE || bytes[0] != VERSION)
        return ERR_SYNTAX;
    memcpy(coupon.key_id, bytes + 1, WIRE_COUPON_KEY_ID_SIZE);
    coupon.valid_from_day = (int32_t)bytes_get_le32(bytes + 9);
    coupon.valid_until_day = (int32_t)bytes_get_le32(bytes + 13);
    struct span rest = span_of(bytes + HEAD_SIZE, size - HEAD_SIZE);
    bool is_whole = take_text(&rest, coupon.series, sizeof coupon.series) &&
                    take_text(&rest, coupon.serial, sizeof coupon.serial) &&
                    take_text(&rest, coupon.store, sizeof coupon.store) &&
                    rest.size == WIRE_COUPON_SIGNATURE_SIZE && coupon.series[0] != '\0' &&
                    coupon.serial[0] != '\0';
    if (!is_whole)
        return ERR_SYNTAX;
    memcpy(coupon.signature, rest.bytes, WIRE_COUPON_SIGNATURE_SIZE);
    *out = coupon;
    return ERR_OK;
}
