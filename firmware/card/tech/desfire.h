/* SPDX-License-Identifier: Apache-2.0 */
/* desfire.h - MIFARE DESFire: a file in an application of the chain's, behind an AES key.
 *
 * Commands go wrapped as ISO/IEC 7816-4 APDUs (90 INS 00 00 Lc data 00 -> data 91 status), and card and reader prove to
 * each other that they hold the key, in one of two ways:
 *
 *   EV1  AuthenticateAES (AA). One session key; a chaining value runs through the session, and each answer has a MAC.
 *   EV2  AuthenticateEV2First (71), of DESFire EV2, EV3, Light and NTAG 424 DNA. Two session keys, an identifier of the
 *        transaction, and a counter of commands; an answer in plain has no MAC.
 *
 * Trust      PROVEN where a key of the programme's vouches for what is taken: a file's content that came with a MAC or
 *            enciphered in a session, or the UID of a key made from it. Else somebody between card and reader could put
 *            another number in: STATIC.
 * Memory     nothing is allocated beyond what vault does within a call. Threads: one (vault's).
 * Sources    NXP AN12343, AN12196, AN10922, data sheets NT4H2421Gx and MF2DL; for EV1 the public implementations. */
#ifndef KASSA_CARD_DESFIRE_H
#define KASSA_CARD_DESFIRE_H

#include "card/place.h"
#include "card/tech/sun.h"
#include "iface/random.h"

#define CARD_DESFIRE_AID_SIZE  3
#define CARD_DESFIRE_NAME_MAX  16
#define CARD_DESFIRE_KEYS_MAX  2 /* a new key beside the old one, while cards are renewed */
#define CARD_DESFIRE_KEY_LAST  13
#define CARD_DESFIRE_FILE_LAST 31
#define CARD_DESFIRE_UID_SIZE  7

/* How card and reader prove that they hold the key. */
enum card_desfire_scheme {
    CARD_DESFIRE_ANY, /* EV1, and EV2 where the card knows no EV1 */
    CARD_DESFIRE_EV1,
    CARD_DESFIRE_EV2,
    CARD_DESFIRE_SCHEME_COUNT
};

/* How a file's content comes over the air. */
enum card_desfire_mode {
    CARD_DESFIRE_AS_SET, /* as the card says that the file is set */
    CARD_DESFIRE_PLAIN,
    CARD_DESFIRE_MACED,
    CARD_DESFIRE_ENCIPHERED,
    CARD_DESFIRE_MODE_COUNT
};

enum card_desfire_identity {
    CARD_DESFIRE_BY_NUMBER, /* the number in the file */
    CARD_DESFIRE_BY_UID,    /* the card's UID */
    CARD_DESFIRE_BY_COUNT
};

/* Zeroed: off, as there is no application. Plain memory, with keys in it: whoever holds it wipes it. */
struct card_desfire_settings {
    uint8_t
        name_size; /* 3: an application's identifier; 5 to 16: its name (ISO/IEC 7816-4 DF name); 0: off */
    uint8_t name[CARD_DESFIRE_NAME_MAX]; /* an identifier with its high byte first, as people write it */
    uint8_t scheme;                      /* enum card_desfire_scheme */
    uint8_t mode;                        /* enum card_desfire_mode */
    uint8_t identity;                    /* enum card_desfire_identity */
    uint8_t file;
    struct card_place place; /* of the number within it */
    uint8_t key_number;
    uint8_t key_count; /* 0: the file can be read by everybody */
    struct card_key keys[CARD_DESFIRE_KEYS_MAX];
    bool has_uid_key; /* for cards that hide their UID: the key that gets it, the same on all of them */
    uint8_t uid_key_number;
    uint8_t uid_key[VAULT_AES_SIZE];
};

/* Every number is within its bounds. ERR_SYNTAX. */
NODISCARD
enum err card_desfire_check(const struct card_desfire_settings *settings);

#endif
