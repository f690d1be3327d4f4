/* SPDX-License-Identifier: Apache-2.0 */
/* sun.h - NTAG 424 DNA: a link that the tag signs anew at each tap (Secure Unique NFC, NXP AN12196).
 *
 *   https://tap.example/s?picc_data=<32>&enc=<32 n>&cmac=<16>      UID and counter encrypted
 *   https://tap.example/s?uid=<14>&ctr=<6>&cmac=<16>               UID and counter in clear
 *
 * In LRP mode picc_data has 48 digits: what the tag drew, then the encrypted data.
 *
 * The same check serves a link that somebody scanned as a QR code. It proves that the tag holds the key; that the link
 * is not an old one, only the counter tells, which the agent remembers. */
#ifndef KASSA_CARD_SUN_H
#define KASSA_CARD_SUN_H

#include "card/link.h"
#include "vault/aes.h"

#define CARD_SUN_UID_SIZE  7
#define CARD_SUN_NAME_MAX  15  /* of a parameter */
#define CARD_SUN_FILE_MAX  128 /* of encrypted file data */
#define CARD_KEY_INPUT_MAX 16

enum card_diversify {
    CARD_DIVERSIFY_NONE,    /* the same key for all cards */
    CARD_DIVERSIFY_AN10922, /* NXP AN10922: the card's key is made of the UID and what follows */
    CARD_DIVERSIFY_CMAC,    /* CMAC over 01 | the same, short inputs not filled up to 32 bytes */
    CARD_DIVERSIFY_COUNT
};

/* A key of cards: each has it, or its own made from it. */
struct card_key {
    uint8_t bytes[VAULT_AES_SIZE];
    uint8_t diversify;  /* enum card_diversify */
    uint8_t input_size; /* of what follows the UID */
    uint8_t input[CARD_KEY_INPUT_MAX];
};

/* The key of the card with that UID. ERR_ARGUMENT: diversify is none of its values. */
NODISCARD
enum err card_key_of(const struct card_key *key, struct span uid, uint8_t out[VAULT_AES_SIZE]);

enum card_sun_identity {
    CARD_SUN_BY_UID,  /* the member is known by the tag's UID */
    CARD_SUN_BY_FILE, /* by the number in the encrypted file data, which the MAC must cover */
    CARD_SUN_BY_LINK, /* by the number behind the link's head, where the MAC covers the whole link (mac_from *) */
    CARD_SUN_BY_COUNT
};

/* How the tag was set up, for good: its keys are AES keys, used by AES itself or by NXP's LRP (vault/lrp.h). */
enum card_sun_mode { CARD_SUN_AES, CARD_SUN_LRP, CARD_SUN_MODE_COUNT };

/* Zeroed: off, as there is no link. */
struct card_sun_settings {
    uint8_t mode;            /* enum card_sun_mode */
    struct card_links links; /* heads of links that are signed */
    bool has_meta_key;       /* else UID and counter must stand in clear */
    uint8_t meta_key[VAULT_AES_SIZE];
    struct card_key file_key;
    uint8_t identity; /* enum card_sun_identity */
    char picc_name[CARD_SUN_NAME_MAX + 1];
    char uid_name[CARD_SUN_NAME_MAX + 1];
    char counter_name[CARD_SUN_NAME_MAX + 1];
    char enc_name[CARD_SUN_NAME_MAX + 1];
    char mac_name[CARD_SUN_NAME_MAX + 1];
    char mac_from[CARD_SUN_NAME_MAX +
                  1]; /* the MAC covers the link from this parameter's value to its own; empty: from
                                             the encrypted data's if there is one, else nothing; "*": from the host */
};

struct card_sun_settings card_sun_settings_default(void); /* the names of AN12196; no link, no key */

struct card_sun_tap {
    uint8_t uid[CARD_SUN_UID_SIZE];
    uint32_t counter;
    size_t file_size;
    uint8_t file[CARD_SUN_FILE_MAX];
};

/* How long picc_data is in that mode, in bytes. */
size_t card_sun_picc_size(enum card_sun_mode mode);

/* In AES mode the tag's key for one tap: UID and counter of *tap go into it. */
enum card_sun_purpose { CARD_SUN_FOR_MAC, CARD_SUN_FOR_FILE };
NODISCARD
enum err card_sun_session_key(const uint8_t key[VAULT_AES_SIZE], enum card_sun_purpose purpose,
                              const struct card_sun_tap *tap, uint8_t out[VAULT_AES_SIZE]);

/* What is looked at, in this order. */
enum card_sun_step {
    CARD_SUN_STEP_HEAD, /* is it one of the programme's links? */
    CARD_SUN_STEP_TAG,  /* UID and counter */
    CARD_SUN_STEP_MAC,
    CARD_SUN_STEP_FILE, /* encrypted file data, if there is any */
    CARD_SUN_STEP_DONE
};

struct card_sun_exam {
    enum err error;          /* as of card_sun_verify */
    enum card_sun_step step; /* the one that failed */
    int head;                /* which of the links it begins with */
    bool is_encrypted;       /* UID and counter are */
    struct span mac_input;   /* what the MAC covers, within the link */
    struct card_sun_tap tap; /* behind STEP_TAG: whose it claims to be; behind STEP_MAC: whose it is */
};

/* For people: card_sun_verify, and how far the link came. */
void card_sun_examine(const struct card_sun_settings *settings, const struct card_link *link,
                      struct card_sun_exam *out);

/* ERR_NOT_FOUND: no link of the programme's. ERR_SYNTAX: it lacks a parameter, or one is not of its form.
 * ERR_SIGNATURE: the tag does not hold the key, or the link was changed. */
NODISCARD
enum err card_sun_verify(const struct card_sun_settings *settings, const struct card_link *link,
                         struct card_sun_tap *out);

/* The same, and whom it means: text and freshness of *out. */
NODISCARD
enum err card_sun_identify(const struct card_sun_settings *settings, const struct card_link *link,
                           struct card_identity *out);

#endif
