/* SPDX-License-Identifier: Apache-2.0 */
/* techs.h - what the files of this folder offer to the table of technologies; see card.h for each function's
 * contract. */
#ifndef KASSA_PN532_CARDS_TECHS_H
#define KASSA_PN532_CARDS_TECHS_H

#include "pn532-sim/card.h"

/* uid.c: a card of which only the UID is of use. */
bool pn532_uid_make(struct pn532_card *card);
enum err pn532_uid_set(struct pn532_card *card, const struct pn532_option *option);
enum pn532_air pn532_uid_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer);
enum pn532_air pn532_uid_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);

/* ntag21x.c: NXP NTAG213, NTAG215, NTAG216 (data sheet NTAG213_215_216 rev. 3.2), MIFARE Ultralight (MF0ICU1) and
 * Ultralight EV1 (MF0ULX1). */
struct pn532_ntag_model {
    uint8_t version[3]; /* GET_VERSION: product type, subtype, storage size */
    uint8_t page_count;
    uint8_t user_page_last; /* user pages begin at 4 */
    uint8_t cc[3];          /* the capability container as delivered: E1, version, size in units of 8 bytes */
    uint8_t
        lock_pages;  /* user pages that one dynamic lock bit covers, from page 16 on; 0: no dynamic locks */
    bool has_config; /* CFG0, CFG1, PWD, PACK, and the commands that came with them */
    uint8_t factory[8]; /* pages 4 and 5 as delivered */
};
extern const struct pn532_ntag_model pn532_ntag213;
extern const struct pn532_ntag_model pn532_ntag215;
extern const struct pn532_ntag_model pn532_ntag216;
extern const struct pn532_ntag_model pn532_ultralight;
extern const struct pn532_ntag_model pn532_ultralight_ev1_11;
extern const struct pn532_ntag_model pn532_ultralight_ev1_21;
#define PN532_NTAG_HELP                                                                                      \
    "[uri <uri> | text <text> | ndef <hex>] [uid <hex>] [sig <hex 32>] [counter <n>] [memory <hex>]"
bool pn532_ntag_make(struct pn532_card *card);
enum err pn532_ntag_set(struct pn532_card *card, const struct pn532_option *option);
void pn532_ntag_power_off(struct pn532_card *card);
enum pn532_air pn532_ntag_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer);

/* type4.c: an NFC Forum Type 4 tag: capability container E103 and NDEF file E104. */
#define PN532_TYPE4_HELP "[uri <uri> | text <text> | ndef <hex>] [uid <hex>]"
bool pn532_type4_make(struct pn532_card *card);
enum err pn532_type4_set(struct pn532_card *card, const struct pn532_option *option);
void pn532_type4_power_off(struct pn532_card *card);
enum pn532_air pn532_type4_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);
struct span pn532_type4_file(const struct pn532_card *card); /* NLEN and message */
bool pn532_type4_is_ndef_selected(const struct pn532_card *card);

/* ntag424.c: a Type 4 tag that signs its link. */
#define PN532_NTAG424_HELP                                                                                   \
    "uri <uri with zeros for picc_data, uid, ctr, enc, cmac> [lrp 1] [meta <hex 16>] [key <hex 16>] "        \
    "[counter <n>] "                                                                                         \
    "[file <text>] [sig <hex 56>] [uid <hex>]"
enum err pn532_ntag424_set(struct pn532_card *card, const struct pn532_option *option);
enum pn532_air pn532_ntag424_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);

/* iphone.c, android.c: phones with a pass in their wallet; phone.c has what both share. */
#define PN532_IPHONE_HELP                                                                                    \
    "pass <pass type> message <text> [reader <public key, hex>] [method 1|2] [ecp <frames>] "                \
    "[status <hex>,...] [time <unix s>] [uid <hex 4>]"
#define PN532_ANDROID_HELP                                                                                   \
    "collector <id> public <key, hex> value <text> [compress 1] [skip 1] [customer 1] [part <bytes>] "       \
    "[status <hex>,...] [uid <hex 4>]"
bool pn532_phone_make(struct pn532_card *card);
void pn532_phone_power_off(struct pn532_card *card);
void pn532_phone_hear(struct pn532_card *card, struct span frame);
enum err pn532_iphone_set(struct pn532_card *card, const struct pn532_option *option);
enum pn532_air pn532_iphone_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);
enum err pn532_android_set(struct pn532_card *card, const struct pn532_option *option);
enum pn532_air pn532_android_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);

/* desfire.c: MIFARE DESFire EV1, EV2 or Light with one application; desfire_session.c has its cryptography. */
#define PN532_DESFIRE_HELP                                                                                   \
    "[aid <hex 3>] [name <hex 5 to 16>] [key<n> <hex 16>]... "                                               \
    "[file<n> plain|maced|enciphered:<key's number|free>:<text|0x and hex>]... "                             \
    "[generation 1|2|light] [random 1] [part <bytes>] [drawn <hex 16>] [uid <hex 7>]"
bool pn532_desfire_make(struct pn532_card *card);
enum err pn532_desfire_set(struct pn532_card *card, const struct pn532_option *option);
void pn532_desfire_power_off(struct pn532_card *card);
enum pn532_air pn532_desfire_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);

/* classic.c: NXP MIFARE Classic EV1 1K and 4K (data sheets MF1S50YYX_V1, MF1S70YYX_V1). */
struct pn532_classic_model {
    size_t sector_count;
    size_t block_count;
};
extern const struct pn532_classic_model pn532_classic_1k;
extern const struct pn532_classic_model pn532_classic_4k;
#define PN532_CLASSIC_HELP                                                                                   \
    "[uid <hex>] [block<n> <hex 16>]... [aid<sector> <hex 2>]... [keya<sector> | keyb<sector> <hex 6>]... "  \
    "[access<sector> <hex 4>]... [uri <uri> | text <text> | ndef <hex>] [memory <hex>]"
bool pn532_classic_make(struct pn532_card *card);
enum err pn532_classic_set(struct pn532_card *card, const struct pn532_option *option);
void pn532_classic_power_off(struct pn532_card *card);
enum pn532_air pn532_classic_exchange(struct pn532_card *card, struct span frame,
                                      struct pn532_answer *answer);
bool pn532_classic_authenticate(struct pn532_card *card, struct span frame);

#endif
