/* SPDX-License-Identifier: Apache-2.0 */
/* desfire.h - the cryptography of a simulated DESFire's session, through OpenSSL: another hand than the reader's.
 * Inside cards/. */
#ifndef KASSA_PN532_CARDS_DESFIRE_H
#define KASSA_PN532_CARDS_DESFIRE_H

#include "pn532-sim/card.h"
#include "pn532-sim/cards/aes.h"

enum pn532_desfire_mode { PN532_DESFIRE_PLAIN = 0, PN532_DESFIRE_MACED = 1, PN532_DESFIRE_ENCIPHERED = 3 };
enum pn532_desfire_scheme { PN532_DESFIRE_NONE = 0, PN532_DESFIRE_EV1 = 1, PN532_DESFIRE_EV2 = 2 };

#define PN532_DESFIRE_MAC_SIZE 8u

/* One command in the session, and what is answered. */
struct pn532_desfire_command {
    uint8_t code;
    uint8_t mode;       /* enum pn532_desfire_mode */
    bool has_open_size; /* the reader asked for all that there is */
    struct span header; /* without its MAC */
    uint8_t answer[PN532_DESFIRE_ANSWER_MAX];
    size_t answer_size;
};

/* The first frame of a proof: draws a number into chain, and writes it enciphered to out. */
void pn532_desfire_challenge(struct pn532_card *card, uint8_t out[PN532_AES_SIZE]);

/* The second: token is what the reader sent (32 bytes). Writes the answer, 16 or 32 bytes, and begins the session; false:
 * the reader does not hold the key. */
bool pn532_desfire_prove(struct pn532_card *card, const uint8_t *token, uint8_t *out, size_t *out_size);

/* Takes the MAC off a command's parameters and checks it, as the session wants it. False: it is wrong. */
bool pn532_desfire_open(struct pn532_card *card, uint8_t code, uint8_t mode, struct span *header);

/* Makes the answer what goes over the air: with a MAC or enciphered, as session and mode say. */
void pn532_desfire_close(struct pn532_card *card, struct pn532_desfire_command *command);

#endif
