/* SPDX-License-Identifier: Apache-2.0 */
/* smart_tap.h - passes in Google Wallet, as a terminal asks for them: Smart Tap 2.1 (developers.google.com/wallet/smart-tap).
 *
 * LEGAL NOTE Google asks for certification of terminals that use the protocol in production, and gives a collector id to
 *            those who take part. So it is off unless the programme switches it on.
 * Dialogue   select the wallet, agree on a version, negotiate a session (the terminal signs both nonces with the
 *            collector's key), get the data. What comes is encrypted and authenticated under a key that both agreed on
 *            in this session: it cannot be played again.
 * Trust      It proves that the answer is fresh and was not changed on its way, and keeps the member's number from
 *            everybody without the collector's key. It is no proof against a forged phone of somebody who knows that
 *            number: phones have no key of their own here.
 * Memory     some 130 KiB of the stack within a call, and what vault allocates. Threads: one (vault's). */
#ifndef KASSA_CARD_SMART_TAP_H
#define KASSA_CARD_SMART_TAP_H

#include "card/card.h"
#include "card/tech/ose.h"
#include "iface/random.h"
#include "vault/agree.h"

#define CARD_SMART_TAP_TYPES_MAX      8
#define CARD_SMART_TAP_NONCE_SIZE     32
#define CARD_SMART_TAP_COLLECTOR_SIZE 4
#define CARD_SMART_TAP_SESSION_SIZE   8
#define CARD_SMART_TAP_ANSWER_MAX                                                                            \
    16384 /* of GET DATA, over all its parts; a redemption value has some 1,200 bytes */
#define CARD_SMART_TAP_CONTENT_MAX 65536 /* of it, unpacked */
#define CARD_SMART_TAP_SIGNED_SIZE                                                                           \
    (2 * CARD_SMART_TAP_NONCE_SIZE + CARD_SMART_TAP_COLLECTOR_SIZE + VAULT_POINT_SIZE)

/* What may be asked for. */
enum card_smart_tap_type {
    CARD_SMART_TAP_ALL = 0x00,
    CARD_SMART_TAP_LOYALTY = 0x03,
    CARD_SMART_TAP_OFFER = 0x04,
    CARD_SMART_TAP_GIFT_CARD = 0x05,
    CARD_SMART_TAP_PRIVATE_LABEL = 0x06,
    CARD_SMART_TAP_EVENT = 0x07,
    CARD_SMART_TAP_FLIGHT = 0x08,
    CARD_SMART_TAP_TRANSIT = 0x09,
    CARD_SMART_TAP_GENERIC = 0x12,
    CARD_SMART_TAP_CUSTOMER = 0x40
};

/* Zeroed: off. Plain memory, with a key in it: whoever holds it wipes it. */
struct card_smart_tap_settings {
    bool is_on;
    bool
        is_presigned; /* the signature leaves the phone's nonce out, so that it could be made elsewhere beforehand */
    uint64_t collector_id;
    uint32_t key_version;
    uint8_t private_key[VAULT_PRIVATE_SIZE]; /* the collector's */
    size_t type_count;
    uint8_t types[CARD_SMART_TAP_TYPES_MAX]; /* enum card_smart_tap_type; none: loyalty */
};

/* Every count is within its bounds. ERR_SYNTAX. */
NODISCARD
enum err card_smart_tap_check(const struct card_smart_tap_settings *settings);

/* One session as both sides know it. */
struct card_smart_tap_session {
    uint8_t id[CARD_SMART_TAP_SESSION_SIZE];
    uint8_t sequence; /* of the last answer */
    uint8_t phone_nonce[CARD_SMART_TAP_NONCE_SIZE];
    struct vault_key_pair own; /* drawn for this session */
    uint8_t
        signed_text[CARD_SMART_TAP_SIGNED_SIZE]; /* own nonce | phone's or zeros | collector | own point */
    uint8_t signature[VAULT_DER_SIZE_MAX];
    size_t signature_size;
    uint8_t peer[VAULT_POINT_SIZE];
};

/* Draws nonce, session id and key, in this order, and signs. phone_nonce is set before. ERR_IO: no random bytes.
 * ERR_STATE: the collector's key is none. */
NODISCARD
enum err card_smart_tap_begin(const struct card_smart_tap_settings *settings, struct random random,
                              struct card_smart_tap_session *session);

/* Opens what a record bundle (reb) holds: flags | [nonce (12)] | bytes | [MAC (32)], MAC first. bundle is overwritten.
 * *out_content is a span of bundle or of unpacked. ERR_SIGNATURE: the MAC is another, or it is in clear, which anyone
 * could have made. ERR_TRUNCATED, ERR_SYNTAX, ERR_TOO_LONG: as card_inflate, or no bundle. */
NODISCARD
enum err card_smart_tap_open(const struct card_smart_tap_session *session, uint8_t *bundle,
                             size_t bundle_size, uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX],
                             struct span *out_content);

struct card_smart_tap_pass {
    char text[CARD_TEXT_MAX]; /* canonical */
    size_t object_count;      /* that the phone gave, of all kinds */
};

/* Finds in the content of a bundle whom it is about: the first loyalty object's number where loyalty is asked for, else
 * the first object's that has a number, else the customer's id where customers are asked for. ERR_NOT_FOUND: nobody.
 * ERR_EXISTS: nobody, but the number of a payment card. ERR_TRUNCATED, ERR_SYNTAX: not sound. */
NODISCARD
enum err card_smart_tap_find(const struct card_smart_tap_settings *settings, struct span content,
                             struct card_smart_tap_pass *out);

/* The whole dialogue.
 * ERR_NOT_FOUND: no Google Wallet, or no pass in it. ERR_PENDING: the phone waits for its holder, who has to unlock it
 * or choose. ERR_IO: an answer was lost, or the phone asks to begin again. ERR_STATE: the phone refuses this terminal:
 * its collector id, key or version of the key. ERR_VERSION: it speaks no version that is known here. ERR_SIGNATURE,
 * ERR_SYNTAX, ERR_TRUNCATED, ERR_TOO_LONG: an answer that is not to be believed. Others as card_apdu_transmit. */
NODISCARD
enum err card_smart_tap_ask(const struct tag *tag, struct card_ose *ose,
                            const struct card_smart_tap_settings *settings, struct random random,
                            struct card_smart_tap_pass *out);

#endif
