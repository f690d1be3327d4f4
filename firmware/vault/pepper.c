/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/pepper.h"

#include <stdio.h>

#include "base/hex.h"

static const char wrap_purpose[] = "kassa member key";

enum err vault_pepper_add(struct vault_peppers *peppers, uint8_t version,
                          const uint8_t bytes[VAULT_PEPPER_SIZE])
{
    size_t at = 0;
    if (version == 0)
        return ERR_ARGUMENT;
    if (vault_pepper_find(peppers, version) != NULL)
        return ERR_EXISTS;
    if (peppers->count == VAULT_PEPPERS_MAX)
        return ERR_TOO_LONG;
    struct vault_pepper row = {.version = version};
    memcpy(row.bytes, bytes, VAULT_PEPPER_SIZE);
    TRY(vault_keyed_hash(bytes, span_of_text(wrap_purpose), row.wrap));
    while (at < peppers->count && peppers->rows[at].version > version)
        at++;
    memmove(&peppers->rows[at + 1], &peppers->rows[at], (peppers->count - at) * sizeof(row));
    peppers->rows[at] = row;
    peppers->count++;
    vault_wipe(&row, sizeof(row));
    return ERR_OK;
}

/* "7 " in front of the digits. */
static enum err read_version(struct span *line, uint8_t *out)
{
    unsigned version = 0;
    size_t at = 0;
    *out = 1;
    if (line->size == 2 * VAULT_PEPPER_SIZE)
        return ERR_OK;
    for (; at < line->size && line->bytes[at] >= '0' && line->bytes[at] <= '9' && version <= UINT8_MAX; at++)
        version = version * 10 + (line->bytes[at] - '0');
    if (at == 0 || at == line->size || line->bytes[at] != ' ' || version == 0 || version > UINT8_MAX)
        return ERR_SYNTAX;
    *out = (uint8_t)version;
    *line = span_of(line->bytes + at + 1, line->size - at - 1);
    return ERR_OK;
}

static enum err read_line(struct span line, struct vault_peppers *out)
{
    uint8_t bytes[VAULT_PEPPER_SIZE];
    uint8_t version;
    if (line.size > 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    if (line.size == 0)
        return ERR_OK;
    TRY(read_version(&line, &version));
    TRY(hex_read(line, bytes, sizeof(bytes)));
    enum err error = vault_pepper_add(out, version, bytes);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

enum err vault_peppers_read(struct span text, struct vault_peppers *out)
{
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    size_t begin = 0;
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.bytes[i] != '\n')
            continue;
        TRY(read_line(span_of(text.bytes + begin, i - begin), &peppers));
        begin = i + 1;
    }
    if (peppers.count == 0)
        return ERR_SYNTAX;
    *out = peppers;
    return ERR_OK;
}

void vault_peppers_write(const struct vault_peppers *peppers, char out[VAULT_PEPPERS_TEXT_MAX])
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < peppers->count; i++) {
        char hex[2 * VAULT_PEPPER_SIZE + 1] = {0};
        hex_write(span_of(peppers->rows[i].bytes, VAULT_PEPPER_SIZE), hex);
        int length = snprintf(out + size, VAULT_PEPPERS_TEXT_MAX - size, "%u %s\n",
                              (unsigned)peppers->rows[i].version, hex);
        size += length > 0 ? (size_t)length : 0;
        vault_wipe(hex, sizeof(hex));
    }
}

void vault_peppers_wipe(struct vault_peppers *peppers)
{
    vault_wipe(peppers, sizeof(*peppers));
}

const struct vault_pepper *vault_pepper_find(const struct vault_peppers *peppers, uint8_t version)
{
    for (size_t i = 0; i < peppers->count; i++) {
        if (peppers->rows[i].version == version)
            return &peppers->rows[i];
    }
    return NULL;
}

enum err vault_card_token(const struct vault_pepper *pepper, const char *card_text, uint8_t out[TOKEN_SIZE])
{
    uint8_t hash[HASH_SIZE];
    TRY(vault_keyed_hash(pepper->bytes, span_of_text(card_text), hash));
    out[0] = pepper->version;
    memcpy(out + 1, hash, TOKEN_SIZE - 1);
    return ERR_OK;
}

enum err vault_card_tokens(const struct vault_peppers *peppers, const char *card_text,
                           struct vault_tokens *out)
{
    struct vault_tokens tokens = {.count = 0};
    if (peppers->count == 0)
        return ERR_STATE;
    for (size_t i = 0; i < peppers->count; i++)
        TRY(vault_card_token(&peppers->rows[i], card_text, tokens.rows[tokens.count++]));
    *out = tokens;
    return ERR_OK;
}

enum err vault_key_wrap(const struct vault_peppers *peppers, const uint8_t member[MEMBER_SIZE],
                        const uint8_t key[VAULT_KEY_SIZE], struct random random,
                        uint8_t out[VAULT_WRAPPED_SIZE])
{
    size_t size;
    if (peppers->count == 0)
        return ERR_STATE;
    TRY(vault_seal(peppers->rows[0].wrap, span_of(member, MEMBER_SIZE), span_of(key, VAULT_KEY_SIZE), random,
                   out + 1, VAULT_WRAPPED_SIZE - 1, &size));
    out[0] = peppers->rows[0].version;
    return ERR_OK;
}

enum err vault_key_unwrap(const struct vault_peppers *peppers, const uint8_t member[MEMBER_SIZE],
                          struct span wrapped, uint8_t out[VAULT_KEY_SIZE])
{
    size_t size;
    if (wrapped.size != VAULT_WRAPPED_SIZE)
        return ERR_SYNTAX;
    const struct vault_pepper *pepper = vault_pepper_find(peppers, wrapped.bytes[0]);
    if (pepper == NULL)
        return ERR_NOT_FOUND;
    return vault_unseal(pepper->wrap, span_of(member, MEMBER_SIZE),
                        span_of(wrapped.bytes + 1, VAULT_WRAPPED_SIZE - 1), out, VAULT_KEY_SIZE, &size);
}
