/* SPDX-License-Identifier: Apache-2.0 */
/* programme.h - what a chain's loyalty programme takes for a card: which technologies, in which order, by which keys,
 * and how sure the till must be before value is taken out.
 *
 * Form       plain memory of one size without pointers, so that the agent can hand it to kassa-reader as it is.
 *            platform/programme reads it from a file. It holds keys: whoever holds it wipes it.
 * Zeroed     no technology: nobody is identified. */
#ifndef KASSA_CARD_PROGRAMME_H
#define KASSA_CARD_PROGRAMME_H

#include "card/card.h"
#include "card/code.h"
#include "card/tech/desfire.h"
#include "card/tech/mad.h"
#include "card/tech/smart_tap.h"
#include "card/tech/sun.h"
#include "card/tech/vas.h"

/* NTAG21x and Ultralight EV1: PWD_AUTH before the data is read. The password goes over the air in clear. */
struct card_type2_settings {
    bool has_password;
    bool has_pack; /* the tag must answer with this, or it is somebody else's */
    uint8_t password[4];
    uint8_t pack[2];
};

enum card_originality_identity {
    CARD_ORIGINALITY_BY_UID,    /* the member is known by the UID that the maker signed */
    CARD_ORIGINALITY_BY_NUMBER, /* by the number on the tag: the signature says nothing about that */
    CARD_ORIGINALITY_BY_COUNT
};

/* A tag whose maker signed its UID. */
struct card_originality_settings {
    uint8_t identity; /* enum card_originality_identity */
};

struct card_programme {
    char name[64]; /* for people */
    uint8_t order_count;
    uint8_t
        order[READER_TECHNOLOGY_COUNT]; /* enum reader_technology: tried in this order, others not at all */
    uint8_t redeem_from;                /* enum card_trust: the least that points, coupons, gift value want */
    struct card_links links;
    struct card_type2_settings type2;
    struct card_originality_settings originality;
    struct card_mad_settings mad;
    struct card_sun_settings sun;
    struct card_desfire_settings desfire;
    struct card_vas_settings vas;
    struct card_smart_tap_settings smart_tap;
    struct card_code_settings codes; /* the agent's own: kassa-reader is not told */
};

/* What a till without a programme's file takes: NDEF on Type 2 and Type 4 tags, MIFARE Classic and UID, and lets each of them redeem. No links. */
struct card_programme card_programme_default(void);

/* A card that has nothing but a UID names nobody. */
void card_programme_refuse_uid(struct card_programme *programme);

/* Every text ends, every number is one that there is. ERR_SYNTAX. */
NODISCARD
enum err card_programme_check(const struct card_programme *programme);

bool card_programme_takes(const struct card_programme *programme, enum reader_technology technology);

void card_programme_wipe(struct card_programme *programme); /* for CLEANUP */

/* How the agent sends it to kassa-reader: the first datagram, of this size. */
struct card_programme_message {
    uint16_t protocol; /* READER_PROTOCOL */
    uint8_t event;     /* READER_PROGRAMME */
    uint8_t reserved;
    uint32_t crc; /* CRC-32C of the programme */
    struct card_programme programme;
};

/* Leaves out what only the agent uses. */
void card_programme_pack(const struct card_programme *programme, struct card_programme_message *out);
/* ERR_TRUNCATED, ERR_TOO_LONG: another size. ERR_VERSION, ERR_UNSUPPORTED (another event), ERR_CHECKSUM, ERR_SYNTAX. */
NODISCARD
enum err card_programme_unpack(struct span datagram, struct card_programme *out);

#endif
