/* SPDX-License-Identifier: Apache-2.0 */
/* DER as text (RFC 7468). A private key is among what is read: no table is looked up by its characters. */
#include <stdio.h>

#include "vault/der.h"

#define LABEL_SIZE_MAX 64
#define LINE_CHARS     64 /* RFC 7468 2: of every line but the last */
#define LINE_BYTES     (LINE_CHARS / 4 * 3)

static const char oid_p256[] = "\x2a\x86\x48\xce\x3d\x03\x01\x07"; /* RFC 5480 2.1.1.1 */

static struct span write_mark(char out[LABEL_SIZE_MAX], const char *what, const char *label)
{
    int size = snprintf(out, LABEL_SIZE_MAX, "-----%s %s-----", what, label);
    KASSA_ASSERT(size > 0 && size < LABEL_SIZE_MAX);
    return span_of(out, (size_t)size);
}

/* ---- base64 (RFC 4648 4) */

/* All ones where first <= c <= last, else zero. */
static uint32_t mask_within(uint32_t c, uint32_t first, uint32_t last)
{
    return 0U - (~((c - first) | (last - c)) >> 31);
}

/* 0 to 63; 64: c is no digit. */
static uint32_t digit_of(uint32_t c)
{
    uint32_t found = mask_within(c, 'A', 'Z') & (c - 'A' + 1);
    found |= mask_within(c, 'a', 'z') & (c - 'a' + 27);
    found |= mask_within(c, '0', '9') & (c - '0' + 53);
    found |= mask_within(c, '+', '+') & 63;
    found |= mask_within(c, '/', '/') & 64;
    return found + (mask_within(found, 0, 0) & 65) - 1;
}

static char char_of(uint32_t digit)
{
    uint32_t found = mask_within(digit, 0, 25) & (digit + 'A');
    found |= mask_within(digit, 26, 51) & (digit - 26 + 'a');
    found |= mask_within(digit, 52, 61) & (digit - 52 + '0');
    found |= mask_within(digit, 62, 62) & '+';
    found |= mask_within(digit, 63, 63) & '/';
    return (char)found;
}

/* One to three bytes as four characters. */
static void encode_group(const uint8_t *bytes, size_t size, char out[4])
{
    uint32_t word = (uint32_t)bytes[0] << 16;
    word |= size > 1 ? (uint32_t)bytes[1] << 8 : 0;
    word |= size > 2 ? bytes[2] : 0;
    for (size_t i = 0; i < 4; i++)
        out[i] = i > size ? '=' : char_of(word >> (18 - 6 * i) & 63);
}

/* Lines of text: what they hold, four characters at a time. */
struct decoder {
    uint8_t *out;
    size_t capacity, size;
    uint32_t word;
    unsigned count; /* of characters in the word */
    unsigned fill;  /* of them '=' */
};

static enum err end_group(struct decoder *decoder)
{
    size_t size = 3 - decoder->fill;
    if (decoder->fill > 2 || (decoder->word & ((1U << 8 * decoder->fill) - 1)) != 0)
        return ERR_SYNTAX; /* RFC 4648 3.5: bits that are left over are zero */
    if (decoder->capacity - decoder->size < size)
        return ERR_FULL;
    for (size_t i = 0; i < size; i++)
        decoder->out[decoder->size++] = (uint8_t)(decoder->word >> (16 - 8 * i));
    decoder->word = 0;
    decoder->count = 0;
    return ERR_OK;
}

static enum err decode_char(struct decoder *decoder, uint8_t c)
{
    uint32_t digit = c == '=' ? 0 : digit_of(c);
    bool is_over = decoder->fill > 0 && (c != '=' || decoder->count == 0);
    if (digit > 63 || is_over)
        return ERR_SYNTAX;
    decoder->fill += c == '=';
    decoder->word = decoder->word << 6 | digit;
    decoder->count++;
    return decoder->count == 4 ? end_group(decoder) : ERR_OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum err decode(struct span text, struct vault_buffer *out)
{
    struct decoder decoder = {.out = out->bytes, .capacity = out->capacity};
    for (size_t i = 0; i < text.size; i++) {
        if (!is_blank(text.bytes[i]))
            TRY(decode_char(&decoder, text.bytes[i]));
    }
    if (decoder.count != 0 || decoder.size == 0)
        return ERR_SYNTAX;
    out->size = decoder.size;
    return ERR_OK;
}

/* ---- blocks */

static void add(struct vault_buffer *out, struct span bytes)
{
    memcpy(out->bytes + out->size, bytes.bytes, bytes.size);
    out->size += bytes.size;
}

enum err vault_pem_write(const char *label, struct span der, struct vault_buffer *out)
{
    char mark[LABEL_SIZE_MAX], group[4];
    struct vault_buffer written = {out->bytes, out->capacity, 0};
    size_t lines = (der.size + LINE_BYTES - 1) / LINE_BYTES;
    size_t marks = write_mark(mark, "BEGIN", label).size + write_mark(mark, "END", label).size + 2;
    if (out->capacity < marks + (der.size + 2) / 3 * 4 + lines + 1)
        return ERR_FULL;
    add(&written, write_mark(mark, "BEGIN", label));
    for (size_t at = 0; at < der.size; at += 3) {
        if (at % LINE_BYTES == 0)
            add(&written, span_of("\n", 1));
        size_t left = der.size - at;
        encode_group(der.bytes + at, left < 3 ? left : 3, group);
        add(&written, span_of(group, sizeof(group)));
    }
    add(&written, span_of("\n", 1));
    add(&written, write_mark(mark, "END", label));
    add(&written, span_of("\n", 2)); /* with the zero */
    out->size = written.size - 1;
    return ERR_OK;
}

/* What stands behind the mark; empty: it is not there. */
static struct span find_after(struct span text, struct span mark)
{
    const uint8_t *found = text.size == 0 ? NULL : memmem(text.bytes, text.size, mark.bytes, mark.size);
    if (found == NULL)
        return span_of(NULL, 0);
    return span_of(found + mark.size, (size_t)(text.bytes + text.size - found) - mark.size);
}

enum err vault_pem_read(const char *label, struct span text, struct vault_buffer *out)
{
    char mark[LABEL_SIZE_MAX];
    if (text.size > VAULT_PEM_TEXT_MAX)
        return ERR_TOO_LONG;
    struct span inside = find_after(text, write_mark(mark, "BEGIN", label));
    struct span end = write_mark(mark, "END", label);
    struct span behind = find_after(inside, end);
    if (behind.bytes == NULL)
        return ERR_NOT_FOUND;
    inside.size -= end.size + behind.size;
    return decode(inside, out);
}

/* RFC 5915 3: ECPrivateKey { 1, key, [0] curve, [1] public key }. */
enum err vault_key_write(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct vault_buffer *out_pem)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], bytes[160];
    static const uint8_t unused_bits = 0;
    TRY(vault_public_key_of(private_key, public_key));
    struct der der = der_begin(bytes, sizeof(bytes));
    const uint8_t *end = der.at;
    der_bytes(&der, span_of(public_key, sizeof(public_key)));
    der_bytes(&der, span_of(&unused_bits, 1));
    der_wrap(&der, end, DER_BIT_STRING);
    der_wrap(&der, end, DER_INSIDE + 1);
    const uint8_t *curve_end = der.at;
    der_oid(&der, oid_p256, sizeof(oid_p256) - 1);
    der_wrap(&der, curve_end, DER_INSIDE + 0);
    der_value(&der, DER_OCTET_STRING, span_of(private_key, VAULT_PRIVATE_SIZE));
    der_small(&der, 1);
    der_wrap(&der, end, DER_SEQUENCE);
    enum err error = vault_pem_write(VAULT_PEM_KEY, span_of(der.at, der_size(&der)), out_pem);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

/* The key stands behind SEQUENCE (2 bytes), version (3) and the head of an OCTET STRING of 32 bytes. */
enum err vault_key_read(struct span pem, uint8_t out_private_key[VAULT_PRIVATE_SIZE])
{
    static const uint8_t head[] = {0x02, 0x01, 0x01, 0x04, VAULT_PRIVATE_SIZE};
    uint8_t bytes[256], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    TRY(vault_pem_read(VAULT_PEM_KEY, pem, &der));
    bool is_ours =
        der.size >= 2 + sizeof(head) + VAULT_PRIVATE_SIZE && memcmp(bytes + 2, head, sizeof(head)) == 0;
    enum err error = is_ours ? vault_public_key_of(bytes + 2 + sizeof(head), public_key) : ERR_UNSUPPORTED;
    if (error == ERR_OK)
        memcpy(out_private_key, bytes + 2 + sizeof(head), VAULT_PRIVATE_SIZE);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

bool vault_key_is_sealed(struct span pem)
{
    uint8_t bytes[SEALER_SEALED_MAX];
    struct vault_buffer sealed = {bytes, sizeof(bytes), 0};
    return vault_pem_read(VAULT_PEM_SEALED_KEY, pem, &sealed) == ERR_OK;
}

enum err vault_kept_key_write(struct sealer sealer, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                              struct vault_buffer *out_pem)
{
    uint8_t bytes[SEALER_SEALED_MAX];
    size_t size;
    if (!sealer_is_there(sealer))
        return vault_key_write(private_key, out_pem);
    TRY(sealer.seal(sealer.self, span_of(private_key, VAULT_PRIVATE_SIZE), bytes, sizeof(bytes), &size));
    return vault_pem_write(VAULT_PEM_SEALED_KEY, span_of(bytes, size), out_pem);
}

enum err vault_kept_key_read(struct sealer sealer, struct span pem,
                             uint8_t out_private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t bytes[SEALER_SEALED_MAX], key[SEALER_SECRET_MAX], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer sealed = {bytes, sizeof(bytes), 0};
    size_t size;
    enum err error = vault_pem_read(VAULT_PEM_SEALED_KEY, pem, &sealed);
    if (error == ERR_NOT_FOUND)
        return vault_key_read(pem, out_private_key);
    TRY(error);
    if (!sealer_is_there(sealer))
        return ERR_UNSUPPORTED;
    TRY(sealer.unseal(sealer.self, span_of(bytes, sealed.size), key, sizeof(key), &size));
    error = size == VAULT_PRIVATE_SIZE ? vault_public_key_of(key, public_key) : ERR_UNSUPPORTED;
    if (error == ERR_OK)
        memcpy(out_private_key, key, VAULT_PRIVATE_SIZE);
    vault_wipe(key, sizeof(key));
    return error;
}
