/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a card answers that has the application: an error, or an identity in canonical form that is believed only
 * behind a proof; no endless dialogue. The first byte chooses the settings, and whether the bytes are answers of a whole
 * dialogue (the keys are zero, and what the reader draws is known, so that some proofs hold) or of one command. */
#include "card/run.h"
#include "card/tech/desfire_session.h"
#include "fuzz/phone_tag.h"
#include "vault/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRANSMITS_MAX 64

enum {
    HOW_EV2 = 0x01,
    HOW_BY_UID = 0x02,
    HOW_MODE = 0x0C,
    HOW_WITHOUT_KEY = 0x10,
    HOW_HIDDEN = 0x20,
    HOW_WITHIN = 0x40, /* what follows is said within a session */
    HOW_BCD = 0x80
};

static struct card_programme programme_of(uint8_t how)
{
    struct card_programme programme = {.order_count = 1, .order = {READER_DESFIRE}};
    programme.desfire = (struct card_desfire_settings){
        .name_size = CARD_DESFIRE_AID_SIZE,
        .name = {0xF5, 0x88, 0x40},
        .scheme = (how & HOW_EV2) != 0 ? CARD_DESFIRE_EV2 : CARD_DESFIRE_ANY,
        .mode = (uint8_t)((how & HOW_MODE) >> 2),
        .identity = (how & HOW_BY_UID) != 0 ? CARD_DESFIRE_BY_UID : CARD_DESFIRE_BY_NUMBER,
        .place = {.size = 8, .form = (how & HOW_BCD) != 0 ? CARD_PLACE_BCD : CARD_PLACE_TEXT},
        .key_count = (how & HOW_WITHOUT_KEY) != 0 ? 0 : 2,
        .has_uid_key = true,
    };
    programme.desfire.keys[0].diversify =
        (how & HOW_HIDDEN) != 0 ? CARD_DIVERSIFY_AN10922 : CARD_DIVERSIFY_NONE;
    return programme;
}

static void try_dialogue(uint8_t how, struct span answers)
{
    struct phone_tag card = {.rest = answers};
    struct tag tag = phone_tag_as_tag(&card);
    size_t at;
    const struct card_programme programme = programme_of(how);
    const struct card_context context = {.random = phone_tag_random(&at)};
    const struct card_request request = {.programme = &programme, .context = &context};
    struct card_identity identity = {.text = "untouched"};
    tag.target.uid_size = (how & HOW_HIDDEN) != 0 ? 4 : 7;
    tag.target.uid[0] = (how & HOW_HIDDEN) != 0 ? 0x08 : 0x04;
    enum err error = card_identify(&tag, &request, &identity);
    phone_tag_expect(card.transmit_count < TRANSMITS_MAX);
    if (error == ERR_OK)
        phone_tag_expect(card_text_is_valid(span_of_text(identity.text)) &&
                         (programme.desfire.key_count > 0 || identity.trust < CARD_TRUST_PROVEN));
    else
        phone_tag_expect(strcmp(identity.text, "untouched") == 0);
}

static void try_session(uint8_t how, struct span answers)
{
    static const uint8_t header[] = {0x02, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00};
    struct phone_tag card = {.rest = answers};
    struct tag tag = phone_tag_as_tag(&card);
    struct card_desfire_session session = {.scheme =
                                               (how & HOW_EV2) != 0 ? CARD_DESFIRE_EV2 : CARD_DESFIRE_EV1};
    const struct card_desfire_command command = {
        .code = 0xBD,
        .mode = (how & HOW_MODE) == 0 ? CARD_DESFIRE_PLAIN : (uint8_t)((how & HOW_MODE) >> 2),
        .header = span_of(header, sizeof header),
        .answer_size = (how & HOW_WITHOUT_KEY) != 0 && (how & HOW_MODE) != HOW_MODE ? 0 : 8,
    };
    struct card_desfire_answer answer;
    enum err error = card_desfire_ask(&tag, &session, &command, &answer);
    phone_tag_expect(card.transmit_count <= CARD_DESFIRE_PARTS_MAX);
    if (error == ERR_OK)
        phone_tag_expect(answer.size <= sizeof answer.bytes &&
                         (command.answer_size == 0 || answer.size == command.answer_size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || vault_open() != ERR_OK)
        return 0;
    struct span answers = span_of(data + 1, size - 1);
    if ((data[0] & HOW_WITHIN) != 0)
        try_session(data[0], answers);
    else
        try_dialogue(data[0], answers);
    return 0;
}
