/* SPDX-License-Identifier: Apache-2.0 */
/* aes.h - AES-128 of the simulated cards, through OpenSSL: another hand than the reader's. */
#ifndef KASSA_PN532_CARDS_AES_H
#define KASSA_PN532_CARDS_AES_H

#include "base/base.h"

#define PN532_AES_SIZE 16u

/* CBC over whole blocks, in place. */
void pn532_aes_encrypt(const uint8_t key[PN532_AES_SIZE], const uint8_t iv[PN532_AES_SIZE], uint8_t *bytes,
                       size_t size);
void pn532_aes_decrypt(const uint8_t key[PN532_AES_SIZE], const uint8_t iv[PN532_AES_SIZE], uint8_t *bytes,
                       size_t size);
void pn532_cmac(const uint8_t key[PN532_AES_SIZE], struct span bytes, uint8_t out[PN532_AES_SIZE]);

#endif
