/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a Google Wallet answers: an error, or a pass whose text is canonical. The first byte chooses: a dialogue of
 * answers, the content of a bundle, the same packed, or a bundle of the session that the tests know. */
#include "card/inflate.h"
#include "card/tech/smart_tap.h"
#include "fuzz/phone_tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t COLLECTOR_KEY[VAULT_PRIVATE_SIZE] = {
    0x82, 0x6d, 0x17, 0xe5, 0x07, 0x67, 0xb1, 0x65, 0xb0, 0xe4, 0xd9, 0xe3, 0x32, 0xf8, 0xd1, 0xd1,
    0xe2, 0x02, 0x24, 0x28, 0x4f, 0xb4, 0xda, 0xf1, 0xe5, 0x0a, 0x03, 0x24, 0x6e, 0x70, 0x79, 0x7d};
static const uint8_t PHONE_NONCE[CARD_SMART_TAP_NONCE_SIZE] = {
    0x0d, 0xb0, 0x1d, 0xc5, 0xe4, 0xcb, 0x88, 0x70, 0xb6, 0x84, 0x39, 0x28, 0x79, 0x1a, 0xbd, 0xab,
    0xf8, 0x22, 0xd5, 0x42, 0x4b, 0x58, 0xdd, 0x51, 0xc0, 0x1e, 0x20, 0x65, 0x41, 0xf5, 0x24, 0xd8};
static const uint8_t PHONE_POINT[VAULT_POINT_SIZE] = {
    0x02, 0xaa, 0x21, 0xdb, 0x03, 0xba, 0x23, 0xce, 0x0a, 0xf0, 0x96, 0xf9, 0x2d, 0xd2, 0xe7, 0x23, 0xf0,
    0x7b, 0xe2, 0x00, 0x8c, 0xff, 0x02, 0xf5, 0x38, 0x5a, 0xd0, 0xdd, 0xde, 0x06, 0x02, 0xb6, 0x27};

enum { WITH_DIALOGUE, WITH_CONTENT, WITH_PACKED, WITH_BUNDLE };

static struct card_smart_tap_settings settings_of(uint8_t how)
{
    static const uint8_t types[] = {CARD_SMART_TAP_LOYALTY, CARD_SMART_TAP_CUSTOMER, CARD_SMART_TAP_OFFER};
    struct card_smart_tap_settings settings = {.is_on = true, .collector_id = 20180608, .key_version = 1};
    memcpy(settings.private_key, COLLECTOR_KEY, sizeof COLLECTOR_KEY);
    settings.type_count = how >> 2 & 3;
    memcpy(settings.types, types + (settings.type_count == 1 ? how >> 4 & 1 : 0), settings.type_count);
    return settings;
}

static void expect_pass(enum err error, const struct card_smart_tap_pass *pass)
{
    if (error == ERR_OK)
        phone_tag_expect(card_text_is_valid(span_of_text(pass->text)) && pass->object_count > 0);
    else
        phone_tag_expect(strcmp(pass->text, "untouched") == 0);
}

static void try_dialogue(const struct card_smart_tap_settings *settings, struct span answers)
{
    struct phone_tag phone = {.rest = answers};
    struct tag tag = phone_tag_as_tag(&phone);
    struct card_ose ose = {.is_asked = false};
    struct card_smart_tap_pass pass = {.text = "untouched"};
    size_t at;
    enum err error = card_smart_tap_ask(&tag, &ose, settings, phone_tag_random(&at), &pass);
    expect_pass(error, &pass);
    card_ose_end(&tag, &ose, error);
}

static void try_content(const struct card_smart_tap_settings *settings, struct span content)
{
    struct card_smart_tap_pass pass = {.text = "untouched"};
    expect_pass(card_smart_tap_find(settings, content, &pass), &pass);
}

static const struct card_smart_tap_session *known_session(void)
{
    static struct card_smart_tap_session session;
    static bool is_made;
    struct card_smart_tap_settings settings = settings_of(0);
    size_t at;
    if (is_made)
        return &session;
    memcpy(session.phone_nonce, PHONE_NONCE, sizeof PHONE_NONCE);
    memcpy(session.peer, PHONE_POINT, sizeof PHONE_POINT);
    phone_tag_expect(card_smart_tap_begin(&settings, phone_tag_random(&at), &session) == ERR_OK);
    is_made = true;
    return &session;
}

static void try_bundle(const struct card_smart_tap_settings *settings, struct span bytes)
{
    static uint8_t bundle[CARD_SMART_TAP_ANSWER_MAX];
    static uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
    struct span content;
    if (bytes.size > sizeof bundle)
        return;
    if (bytes.size > 0)
        memcpy(bundle, bytes.bytes, bytes.size);
    if (card_smart_tap_open(known_session(), bundle, bytes.size, unpacked, &content) == ERR_OK)
        try_content(settings, content);
}

static void try_packed(const struct card_smart_tap_settings *settings, struct span packed)
{
    static uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
    size_t size = 0;
    if (card_inflate(packed, unpacked, sizeof unpacked, &size) == ERR_OK)
        try_content(settings, span_of(unpacked, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || vault_open() != ERR_OK)
        return 0;
    struct card_smart_tap_settings settings = settings_of(data[0]);
    struct span rest = span_of(data + 1, size - 1);
    switch (data[0] & 3) {
    case WITH_DIALOGUE:
        try_dialogue(&settings, rest);
        break;
    case WITH_CONTENT:
        try_content(&settings, rest);
        break;
    case WITH_PACKED:
        try_packed(&settings, rest);
        break;
    default: /* WITH_BUNDLE */
        try_bundle(&settings, rest);
        break;
    }
    return 0;
}
