/* SPDX-License-Identifier: Apache-2.0 */
/* phone.h - what the two phones have in common: a UID drawn anew each time that they come into a field, sleep until a
 * wallet's frame wakes them, status words that a test puts in, and answers of ISO/IEC 7816-4. */
#ifndef KASSA_PN532_CARDS_PHONE_H
#define KASSA_PN532_CARDS_PHONE_H

#include "pn532-sim/card.h"

/* Options of both: ecp (frames of enhanced contactless polling), status, time. ERR_NOT_FOUND: none of them. */
NODISCARD
enum err pn532_phone_set(struct pn532_card *card, const struct pn532_option *option);

/* Takes the next status word of the script. False: there is none (9000 stands for "as usual"). */
bool pn532_phone_next_status(struct pn532_card *card, uint16_t *out_status);

/* A number of this session that no other has: seeds of keys and nonces. */
void pn532_phone_seed(const struct pn532_card *card, uint8_t out[16]);

enum pn532_air pn532_phone_answer_status(struct pn532_answer *answer, uint16_t status);
void pn532_phone_put(struct pn532_answer *answer, struct span bytes);

/* 00 A4 04 00 Lc name 00 */
bool pn532_phone_is_select(struct span apdu, struct span name);
extern const struct span pn532_phone_wallet; /* OSE.VAS.01 */

#endif
