/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/lrp.h"

static const uint8_t zeros[PN532_AES_SIZE];

static void encrypt_block(const uint8_t key[PN532_AES_SIZE], uint8_t block[PN532_AES_SIZE])
{
    pn532_aes_encrypt(key, zeros, block, PN532_AES_SIZE);
}

/* The key's successor, or what it gives out: AES of 55.. and of AA.. . */
static void derive(const uint8_t key[PN532_AES_SIZE], uint8_t byte, uint8_t out[PN532_AES_SIZE])
{
    uint8_t block[PN532_AES_SIZE];
    memset(block, byte, sizeof(block));
    encrypt_block(key, block);
    memcpy(out, block, sizeof(block));
}

void pn532_lrp_make(const uint8_t key[PN532_AES_SIZE], int index, struct pn532_lrp *out)
{
    uint8_t left[PN532_AES_SIZE];
    uint8_t right[PN532_AES_SIZE];
    derive(key, 0x55, left);
    derive(key, 0xAA, right);
    for (size_t i = 0; i < 16; i++) {
        derive(left, 0xAA, out->table[i]);
        derive(left, 0x55, left);
    }
    for (int i = 0; i < index; i++)
        derive(right, 0x55, right);
    derive(right, 0xAA, out->key);
}

static void evaluate(const struct pn532_lrp *lrp, const uint8_t *input, size_t size,
                     uint8_t out[PN532_AES_SIZE])
{
    uint8_t state[PN532_AES_SIZE];
    memcpy(state, lrp->key, sizeof(state));
    for (size_t i = 0; i < 2 * size; i++) {
        uint8_t digit = i % 2 == 0 ? input[i / 2] >> 4 : input[i / 2] & 0x0F;
        uint8_t block[PN532_AES_SIZE];
        memcpy(block, lrp->table[digit], sizeof(block));
        encrypt_block(state, block);
        memcpy(state, block, sizeof(state));
    }
    derive(state, 0x00, out);
}

static void double_it(uint8_t block[PN532_AES_SIZE])
{
    unsigned carry = block[0] >> 7;
    for (size_t i = 0; i + 1 < PN532_AES_SIZE; i++)
        block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
    block[PN532_AES_SIZE - 1] = (uint8_t)(block[PN532_AES_SIZE - 1] << 1 ^ (carry != 0 ? 0x87 : 0));
}

void pn532_lrp_cmac(const struct pn532_lrp *lrp, struct span bytes, uint8_t out[PN532_AES_SIZE])
{
    uint8_t subkey[PN532_AES_SIZE];
    uint8_t state[PN532_AES_SIZE] = {0};
    size_t at = 0;
    for (; bytes.size - at > PN532_AES_SIZE; at += PN532_AES_SIZE) {
        for (size_t i = 0; i < PN532_AES_SIZE; i++)
            state[i] ^= bytes.bytes[at + i];
        evaluate(lrp, state, sizeof(state), state);
    }
    evaluate(lrp, zeros, sizeof(zeros), subkey);
    double_it(subkey);
    size_t left = bytes.size - at;
    for (size_t i = 0; i < left; i++)
        state[i] ^= bytes.bytes[at + i];
    if (left < PN532_AES_SIZE) {
        double_it(subkey);
        state[left] ^= 0x80;
    }
    for (size_t i = 0; i < PN532_AES_SIZE; i++)
        state[i] ^= subkey[i];
    evaluate(lrp, state, sizeof(state), out);
}

void pn532_lrp_encrypt(const struct pn532_lrp *lrp, const uint8_t *counter, size_t counter_size,
                       uint8_t *bytes, size_t size)
{
    uint8_t count[PN532_AES_SIZE];
    memcpy(count, counter, counter_size);
    for (size_t at = 0; at < size; at += PN532_AES_SIZE) {
        uint8_t key[PN532_AES_SIZE];
        evaluate(lrp, count, counter_size, key);
        encrypt_block(key, bytes + at);
        for (size_t i = counter_size; i > 0 && ++count[i - 1] == 0; i--)
            ;
    }
}
