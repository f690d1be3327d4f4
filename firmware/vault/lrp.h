/* SPDX-License-Identifier: Apache-2.0 */
/* lrp.h - the Leakage Resilient Primitive (NXP AN12304): AES-128 whose keys serve for one block each. Chips are set to it for
 * good where an attacker may measure them; here, beside the reader, it only has to say the same.
 *
 * Threads    one; vault_open() first. A struct vault_lrp is as secret as the key that it was made of. */
#ifndef KASSA_VAULT_LRP_H
#define KASSA_VAULT_LRP_H

#include "vault/aes.h"

#define VAULT_LRP_PLAINTEXTS 16 /* one a digit of four bits */

struct vault_lrp {
    uint8_t plaintexts[VAULT_LRP_PLAINTEXTS][VAULT_AES_SIZE];
    uint8_t key[VAULT_AES_SIZE]; /* the updated one */
};

/* Algorithms 1 and 2; update: which of the updated keys, from 0. */
NODISCARD
enum err vault_lrp_make(const uint8_t key[VAULT_AES_SIZE], unsigned update, struct vault_lrp *out);
void vault_lrp_wipe(struct vault_lrp *lrp); /* for CLEANUP */

/* Algorithm 3: input is what is evaluated, digit by digit. */
NODISCARD
enum err vault_lrp_evaluate(const struct vault_lrp *lrp, struct span input, uint8_t out[VAULT_AES_SIZE]);

NODISCARD
enum err vault_lrp_cmac(const struct vault_lrp *lrp, struct span bytes, uint8_t out[VAULT_AES_SIZE]);

/* LRICB: counter_size bytes, the high one first, that are one more for each block. bytes: whole blocks, else
 * ERR_ARGUMENT. out has their size and may be where they are. ERR_ARGUMENT: a counter of more than a block. */
NODISCARD
enum err vault_lrp_decrypt(const struct vault_lrp *lrp, struct span counter, struct span bytes, uint8_t *out);

#endif
