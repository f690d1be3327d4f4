/* SPDX-License-Identifier: Apache-2.0 */
#include "office/key_lock.h"

#include <stdio.h>

#include "base/hex.h"
#include "vault/seal.h"

#define SALT_SIZE   16
#define SEALED_SIZE (VAULT_PRIVATE_SIZE + VAULT_SEAL_SIZE)

static const char magic[] = "kassa-key-1";

bool key_lock_is_one(struct span text)
{
    return text.size > sizeof(magic) && memcmp(text.bytes, magic, sizeof(magic) - 1) == 0 &&
           text.bytes[sizeof(magic) - 1] == ' ';
}

static enum err stretch(struct span passphrase, const uint8_t salt[SALT_SIZE], uint32_t rounds,
                        uint8_t out[VAULT_KEY_SIZE])
{
    uint8_t key[HASH_SIZE], first[SALT_SIZE + 4] = {0}, mac[HASH_SIZE], sum[HASH_SIZE];
    TRY(vault_sha256(passphrase, key));
    memcpy(first, salt, SALT_SIZE);
    first[SALT_SIZE + 3] = 1; /* the number of the block */
    TRY(vault_keyed_hash(key, span_of(first, sizeof(first)), mac));
    memcpy(sum, mac, sizeof(sum));
    for (uint32_t i = 1; i < rounds; i++) {
        TRY(vault_keyed_hash(key, span_of(mac, sizeof(mac)), mac));
        for (size_t k = 0; k < sizeof(sum); k++)
            sum[k] ^= mac[k];
    }
    memcpy(out, sum, VAULT_KEY_SIZE);
    vault_wipe(key, sizeof(key));
    vault_wipe(sum, sizeof(sum));
    return ERR_OK;
}

static struct span bound(void)
{
    return span_of(magic, sizeof(magic) - 1);
}

enum err key_lock_close(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span passphrase,
                        uint32_t rounds, struct random random, char out[KEY_LOCK_TEXT_MAX])
{
    uint8_t salt[SALT_SIZE], key[VAULT_KEY_SIZE], sealed[SEALED_SIZE];
    char salt_text[2 * SALT_SIZE + 1], sealed_text[2 * SEALED_SIZE + 1];
    size_t size;
    if (rounds == 0)
        return ERR_ARGUMENT;
    TRY(random.fill(random.self, salt, sizeof(salt)));
    TRY(stretch(passphrase, salt, rounds, key));
    enum err error = vault_seal(key, bound(), span_of(private_key, VAULT_PRIVATE_SIZE), random, sealed,
                                sizeof(sealed), &size);
    vault_wipe(key, sizeof(key));
    TRY(error);
    hex_write(span_of(salt, sizeof(salt)), salt_text);
    hex_write(span_of(sealed, size), sealed_text);
    (void)snprintf(out, KEY_LOCK_TEXT_MAX, "%s %u %s %s\n", magic, rounds, salt_text, sealed_text);
    return ERR_OK;
}

/* The next word; an empty one at the end. */
static struct span next_word(struct span *rest)
{
    while (rest->size > 0 && rest->bytes[0] == ' ')
        *rest = span_of(rest->bytes + 1, rest->size - 1);
    size_t size = 0;
    while (size < rest->size && memchr(" \r\n", rest->bytes[size], 3) == NULL)
        size++;
    struct span word = span_of(rest->bytes, size);
    *rest = span_of(rest->bytes + size, rest->size - size);
    return word;
}

static bool read_rounds(struct span word, uint32_t *out)
{
    uint64_t rounds = 0;
    for (size_t i = 0; i < word.size && rounds <= KEY_LOCK_ROUNDS_MAX; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9')
            return false;
        rounds = rounds * 10 + (word.bytes[i] - '0');
    }
    *out = (uint32_t)rounds;
    return rounds >= 1 && rounds <= KEY_LOCK_ROUNDS_MAX;
}

enum err key_lock_open(struct span text, struct span passphrase, uint8_t out[VAULT_PRIVATE_SIZE])
{
    uint8_t salt[SALT_SIZE], key[VAULT_KEY_SIZE], sealed[SEALED_SIZE];
    uint32_t rounds;
    size_t size;
    struct span rest = text;
    if (!key_lock_is_one(text))
        return ERR_SYNTAX;
    (void)next_word(&rest);
    if (!read_rounds(next_word(&rest), &rounds))
        return ERR_SYNTAX;
    TRY(hex_read(next_word(&rest), salt, sizeof(salt)));
    TRY(hex_read(next_word(&rest), sealed, sizeof(sealed)));
    TRY(stretch(passphrase, salt, rounds, key));
    enum err error =
        vault_unseal(key, bound(), span_of(sealed, sizeof(sealed)), out, VAULT_PRIVATE_SIZE, &size);
    vault_wipe(key, sizeof(key));
    return error;
}
