/* SPDX-License-Identifier: Apache-2.0 */
/* vas.h - passes in Apple Wallet, as a reader asks for them: Apple's Value Added Services (VAS), and the frame that wakes
 * a phone up for it (Enhanced Contactless Polling, ECP).
 *
 * LEGAL NOTE Apple publishes no reader's specification; what is here follows public descriptions by others. It is for
 *            use by programmes that Apple has approved: they need an NFC pass certificate, certified terminals and, for
 *            ECP, perhaps a licence. So it is off unless the programme switches it on.
 * Trust      A pass that is encrypted to the reader's key names its member to nobody else, and says when it was shown.
 *            Apple's cryptogram holds nothing of the reader's, so it can be played again: its time has to lie within
 *            window_s of now, and who keeps state refuses a cryptogram that came before (card_vas_pass.about).
 *            It is no proof against somebody who knows the member's number and the reader's public key.
 * Memory     nothing is allocated beyond what vault does within a call. Threads: one (vault's). */
#ifndef KASSA_CARD_VAS_H
#define KASSA_CARD_VAS_H

#include "card/tech/ose.h"
#include "iface/random.h"
#include "vault/vault.h"

#define CARD_VAS_WANTS_MAX       4
#define CARD_VAS_KEYS_MAX        2 /* of one pass: a new key beside the old one, while passes are renewed */
#define CARD_VAS_PASS_ID_MAX     127
#define CARD_VAS_URL_MAX         160 /* what is left of an APDU of 255 bytes is 198 */
#define CARD_VAS_MESSAGE_MAX     64
#define CARD_VAS_KEY_ID_SIZE     4
#define CARD_VAS_ABOUT_SIZE      16
#define CARD_VAS_WINDOW_S        600 /* a phone's clock is seldom further off */
#define CARD_VAS_ECP_SIZE        5   /* without its CRC */
#define CARD_VAS_CRYPTOGRAM_HEAD 36  /* key id, X of the phone's key */

/* What the terminal does, in ECP's frame and in GET VAS DATA. */
enum card_vas_mode {
    CARD_VAS_OR_PAY = 0,
    CARD_VAS_AND_PAY = 1,
    CARD_VAS_ONLY = 2,
    CARD_VAS_PAY_ONLY = 3,
    CARD_VAS_MODE_COUNT
};

struct card_vas_key {
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    uint8_t id[CARD_VAS_KEY_ID_SIZE]; /* SHA-256 of the public key's X, cut: card_vas_key_make */
};

/* One kind of pass to ask for. */
struct card_vas_want {
    char pass_type_id[CARD_VAS_PASS_ID_MAX + 1]; /* "pass.com.example.club" */
    char url[CARD_VAS_URL_MAX + 1];              /* where who has no such pass can get one; "": none */
    bool is_url_only;                            /* asks for nobody's pass, only offers the URL */
    size_t key_count;                            /* 0: the pass is not encrypted */
    struct card_vas_key keys[CARD_VAS_KEYS_MAX];
};

/* Zeroed: off. Plain memory, with keys in it: whoever holds it wipes it. */
struct card_vas_settings {
    bool is_on;
    enum card_vas_mode mode;
    uint32_t window_s; /* 0: the time in a pass is not judged */
    size_t want_count;
    struct card_vas_want wants[CARD_VAS_WANTS_MAX];
};

/* Every count is within its bounds, every text ends, every pass can be asked for. ERR_SYNTAX. */
NODISCARD
enum err card_vas_check(const struct card_vas_settings *settings);

/* ERR_ARGUMENT: no private key of P-256. */
NODISCARD
enum err card_vas_key_make(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct card_vas_key *out);

/* ECP's frame of version 1 for this mode, without its CRC. */
void card_vas_ecp_frame(enum card_vas_mode mode, uint8_t out[CARD_VAS_ECP_SIZE]);

struct card_vas_pass {
    char message[CARD_VAS_MESSAGE_MAX];
    size_t message_size;
    bool is_encrypted;
    int64_t at_unix_s;                  /* when the phone says that it was shown; 0 unless encrypted */
    uint8_t about[CARD_VAS_ABOUT_SIZE]; /* SHA-256 of the cryptogram, cut: the same again is a replay */
};

/* What a phone answered for a pass, opened. ERR_SYNTAX: too short, too long, an ephemeral key that is none. ERR_SIGNATURE:
 * for another key, changed, or not encrypted though the pass has keys. now_unix_s tells a message in clear from one behind its time. */
NODISCARD
enum err card_vas_open(const struct card_vas_want *want, struct span cryptogram, int64_t now_unix_s,
                       struct card_vas_pass *out);

struct card_vas_now {
    struct random random;
    int64_t unix_s;
};

/* Asks the phone for each pass; the first that names somebody counts.
 * ERR_NOT_FOUND: no Apple Wallet, or none of these passes in it. ERR_UNSUPPORTED: a status word that is not known, or no
 * APDUs. ERR_PENDING: the phone waits for its holder, who has to
 * unlock it or choose: look again soon. ERR_RANGE: a pass that was shown too long ago, or that will be. ERR_SIGNATURE,
 * ERR_SYNTAX as card_vas_open. Others as card_apdu_transmit: the dialogue was cut off. */
NODISCARD
enum err card_vas_ask(const struct tag *tag, struct card_ose *ose, const struct card_vas_settings *settings,
                      const struct card_vas_now *now, struct card_vas_pass *out);

#endif
