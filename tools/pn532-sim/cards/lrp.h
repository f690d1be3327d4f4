/* SPDX-License-Identifier: Apache-2.0 */
/* lrp.h - NXP's Leakage Resilient Primitive (AN12304) of the simulated cards, upon OpenSSL's AES: another hand than the
 * reader's. */
#ifndef KASSA_PN532_CARDS_LRP_H
#define KASSA_PN532_CARDS_LRP_H

#include "pn532-sim/cards/aes.h"

struct pn532_lrp {
    uint8_t table[16][PN532_AES_SIZE];
    uint8_t key[PN532_AES_SIZE];
};

/* index: of the updated key. */
void pn532_lrp_make(const uint8_t key[PN532_AES_SIZE], int index, struct pn532_lrp *out);
void pn532_lrp_cmac(const struct pn532_lrp *lrp, struct span bytes, uint8_t out[PN532_AES_SIZE]);
/* counter: the high byte first, one more for each block; size: whole blocks. */
void pn532_lrp_encrypt(const struct pn532_lrp *lrp, const uint8_t *counter, size_t counter_size,
                       uint8_t *bytes, size_t size);

#endif
