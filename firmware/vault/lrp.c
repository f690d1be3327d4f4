/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/lrp.h"

#include "vault/vault.h"

/* AN12304 2.2: the byte that is repeated in the block which draws forth the next key, gives one out, ends. */
enum { NEXT = 0x55, GIVE = 0xAA, END = 0x00 };

/* key and out may be the same. */
static enum err step(const uint8_t key[VAULT_AES_SIZE], uint8_t byte, uint8_t out[VAULT_AES_SIZE])
{
    uint8_t block[VAULT_AES_SIZE];
    memset(block, byte, sizeof block);
    return vault_aes_block(key, block, out);
}

static enum err make(const uint8_t key[VAULT_AES_SIZE], unsigned update, struct vault_lrp *out)
{
    uint8_t chain[VAULT_AES_SIZE];
    TRY(step(key, NEXT, chain));
    for (size_t i = 0; i < VAULT_LRP_PLAINTEXTS; i++) {
        TRY(step(chain, GIVE, out->plaintexts[i]));
        TRY(step(chain, NEXT, chain));
    }
    TRY(step(key, GIVE, chain));
    for (unsigned i = 0; i < update; i++)
        TRY(step(chain, NEXT, chain));
    enum err error = step(chain, GIVE, out->key);
    vault_wipe(chain, sizeof chain);
    return error;
}

enum err vault_lrp_make(const uint8_t key[VAULT_AES_SIZE], unsigned update, struct vault_lrp *out)
{
    enum err error = make(key, update, out);
    if (error != ERR_OK)
        vault_lrp_wipe(out);
    return error;
}

void vault_lrp_wipe(struct vault_lrp *lrp)
{
    vault_wipe(lrp, sizeof *lrp);
}

enum err vault_lrp_evaluate(const struct vault_lrp *lrp, struct span input, uint8_t out[VAULT_AES_SIZE])
{
    memcpy(out, lrp->key, VAULT_AES_SIZE);
    for (size_t i = 0; i < input.size; i++) {
        TRY(vault_aes_block(out, lrp->plaintexts[input.bytes[i] >> 4], out));
        TRY(vault_aes_block(out, lrp->plaintexts[input.bytes[i] & 0x0F], out));
    }
    return step(out, END, out);
}

/* As NIST SP 800-38B has it, with this primitive for the cipher. */
static enum err make_last(const struct vault_lrp *lrp, struct span rest, uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    bool is_filled = rest.size < VAULT_AES_SIZE;
    TRY(vault_lrp_evaluate(lrp, span_of(zeros, sizeof zeros), out));
    vault_cmac_double(out);
    if (is_filled)
        vault_cmac_double(out);
    for (size_t i = 0; i < rest.size; i++)
        out[i] ^= rest.bytes[i];
    if (is_filled)
        out[rest.size] ^= 0x80;
    return ERR_OK;
}

static enum err chain(const struct vault_lrp *lrp, const uint8_t block[VAULT_AES_SIZE],
                      uint8_t state[VAULT_AES_SIZE])
{
    uint8_t input[VAULT_AES_SIZE];
    for (size_t i = 0; i < VAULT_AES_SIZE; i++)
        input[i] = state[i] ^ block[i];
    return vault_lrp_evaluate(lrp, span_of(input, sizeof input), state);
}

enum err vault_lrp_cmac(const struct vault_lrp *lrp, struct span bytes, uint8_t out[VAULT_AES_SIZE])
{
    uint8_t last[VAULT_AES_SIZE];
    uint8_t state[VAULT_AES_SIZE] = {0};
    size_t count = bytes.size == 0 ? 0 : (bytes.size - 1) / VAULT_AES_SIZE; /* blocks before the last */
    for (size_t i = 0; i < count; i++)
        TRY(chain(lrp, bytes.bytes + i * VAULT_AES_SIZE, state));
    size_t done = count * VAULT_AES_SIZE;
    struct span rest = span_of(bytes.size > 0 ? bytes.bytes + done : NULL, bytes.size - done);
    TRY(make_last(lrp, rest, last));
    TRY(chain(lrp, last, state));
    memcpy(out, state, sizeof state);
    return ERR_OK;
}

static void count_up(uint8_t *counter, size_t size)
{
    while (size > 0 && ++counter[size - 1] == 0)
        size--;
}

enum err vault_lrp_decrypt(const struct vault_lrp *lrp, struct span counter, struct span bytes, uint8_t *out)
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    uint8_t count[VAULT_AES_SIZE];
    uint8_t key[VAULT_AES_SIZE];
    if (bytes.size % VAULT_AES_SIZE != 0 || counter.size > sizeof count)
        return ERR_ARGUMENT;
    memcpy(count, counter.bytes, counter.size);
    for (size_t at = 0; at < bytes.size; at += VAULT_AES_SIZE) {
        TRY(vault_lrp_evaluate(lrp, span_of(count, counter.size), key));
        TRY(vault_aes_cbc_decrypt(key, zeros, span_of(bytes.bytes + at, VAULT_AES_SIZE), out + at));
        count_up(count, counter.size);
    }
    vault_wipe(key, sizeof key);
    return ERR_OK;
}
