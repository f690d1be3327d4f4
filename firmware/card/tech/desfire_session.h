/* SPDX-License-Identifier: Apache-2.0 */
/* desfire_session.h - what is said to a DESFire card: frames, the proof of a key, and commands within the session that
 * comes of it. Inside card/, for desfire.c, tests and the fuzzer. */
#ifndef KASSA_CARD_DESFIRE_SESSION_H
#define KASSA_CARD_DESFIRE_SESSION_H

#include "card/apdu.h"
#include "card/tech/desfire.h"

#define CARD_DESFIRE_ANSWER_MAX 160 /* a number's place, enciphered and with a MAC, is 88 bytes */
#define CARD_DESFIRE_PARTS_MAX  16
#define CARD_DESFIRE_MAC_SIZE   8

/* Status bytes behind 91. */
enum card_desfire_status {
    CARD_DESFIRE_OK = 0x00,
    CARD_DESFIRE_UNKNOWN = 0x1C, /* command */
    CARD_DESFIRE_NO_INTEGRITY = 0x1E,
    CARD_DESFIRE_NO_KEY = 0x40,
    CARD_DESFIRE_REFUSED = 0x9D, /* not with the rights of this session */
    CARD_DESFIRE_DELAYED = 0xAD, /* EV2 and later, after many wrong keys: ask again a little later */
    CARD_DESFIRE_NOT_PROVEN = 0xAE,
    CARD_DESFIRE_MORE = 0xAF,
    CARD_DESFIRE_NO_PLACE = 0xBE, /* the file ends before */
    CARD_DESFIRE_ABORTED = 0xCA,
    CARD_DESFIRE_NO_FILE = 0xF0
};

struct card_desfire_command {
    uint8_t code;
    uint8_t mode;       /* enum card_desfire_mode of the answer, not AS_SET */
    struct span header; /* its parameters */
    size_t answer_size; /* what the answer has; 0: the card decides (never where it is enciphered) */
};

struct card_desfire_answer {
    uint8_t status;
    size_t size;
    uint8_t bytes[CARD_DESFIRE_ANSWER_MAX];
};

/* Zeroed: none, commands go in plain. Holds keys: wiped by card_desfire_forget. */
struct card_desfire_session {
    uint8_t scheme; /* enum card_desfire_scheme: EV1 or EV2; ANY: no session */
    uint8_t key_number;
    uint8_t key[VAULT_AES_SIZE];     /* EV1: the only one. EV2: that enciphers */
    uint8_t mac_key[VAULT_AES_SIZE]; /* EV2 */
    uint8_t chain[VAULT_AES_SIZE];   /* EV1: what the next MAC or CBC starts from */
    uint8_t transaction[4];          /* EV2 */
    uint16_t counter;                /* EV2: commands in this session */
};

void card_desfire_forget(struct card_desfire_session *session); /* for CLEANUP */

/* Sends one frame. ERR_UNSUPPORTED: a status word that is no DESFire's. Others as card_apdu_transmit, ERR_TOO_LONG:
 * more than an answer may have. */
NODISCARD
enum err card_desfire_send(const struct tag *tag, uint8_t code, struct span data,
                           struct card_desfire_answer *out);

struct card_desfire_proof {
    uint8_t scheme; /* EV1 or EV2 */
    uint8_t key_number;
    const uint8_t *key; /* VAULT_AES_SIZE */
    struct random random;
};

/* Card and reader prove to each other that they hold the key, and begin a session.
 * ERR_SIGNATURE: one of them does not. ERR_UNSUPPORTED: the card does not begin in this way. ERR_IO: no random bytes, the
 * card wants to be asked later, or as card_apdu_transmit. */
NODISCARD
enum err card_desfire_prove(const struct tag *tag, const struct card_desfire_proof *proof,
                            struct card_desfire_session *out);

/* The keys of a session of EV2: of the card's key and what both drew. */
struct card_desfire_drawn {
    uint8_t reader[VAULT_AES_SIZE];
    uint8_t card[VAULT_AES_SIZE];
};
NODISCARD
enum err card_desfire_ev2_keys(const uint8_t key[VAULT_AES_SIZE], const struct card_desfire_drawn *drawn,
                               struct card_desfire_session *out);

/* A command within the session, and its answer in clear.
 * ERR_SIGNATURE: its MAC or its checksum is wrong. ERR_STATE: the card refuses it; out->status says why. ERR_IO: the
 * card stopped in the middle, or as card_apdu_transmit. Others as card_desfire_send. After a failure the session is
 * over. */
NODISCARD
enum err card_desfire_ask(const struct tag *tag, struct card_desfire_session *session,
                          const struct card_desfire_command *command, struct card_desfire_answer *out);

#endif
