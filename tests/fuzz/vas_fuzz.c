/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an Apple Wallet answers: an error, or a pass whose text is canonical; and whatever a cryptogram holds. The
 * first byte says how the programme is, the rest are answers, and once more one cryptogram. */
#include "card/ber.h"
#include "card/tech/vas.h"
#include "card/text.h"
#include "fuzz/phone_tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define AT_UNIX_S INT64_C(1688913590) /* when the demonstration's pass was shown */

static const uint8_t DEMO_KEY[VAULT_PRIVATE_SIZE] = {
    0x3d, 0x15, 0x47, 0xf2, 0x3c, 0xd7, 0x8a, 0xd0, 0x52, 0xa5, 0x88, 0x60, 0xf1, 0x21, 0x9e, 0x8f,
    0xb7, 0x91, 0xec, 0x4d, 0xfe, 0x33, 0x76, 0x9f, 0x5b, 0x9b, 0xfa, 0x62, 0x7a, 0x65, 0x6c, 0xa1};

static struct card_vas_settings settings_of(uint8_t how)
{
    static struct card_vas_key key;
    static bool is_made;
    if (!is_made)
        phone_tag_expect(vault_open() == ERR_OK && card_vas_key_make(DEMO_KEY, &key) == ERR_OK);
    is_made = true;
    struct card_vas_settings settings = {
        .is_on = true,
        .mode = (enum card_vas_mode)(how & 3),
        .window_s = (how & 4) != 0 ? CARD_VAS_WINDOW_S : 0,
        .want_count = 1 + (how >> 3 & 3),
    };
    for (size_t i = 0; i < settings.want_count; i++) {
        static const struct card_vas_want want = {.pass_type_id = "pass.com.passkit.pksamples.nfcdemo",
                                                  .url = "https://loyalty.example"};
        settings.wants[i] = want;
        settings.wants[i].keys[0] = key;
        settings.wants[i].key_count = (how >> 5 & 1) == 0 ? 1 : 0;
        settings.wants[i].is_url_only = (how >> 6 & 1) != 0 && i == 0;
    }
    return settings;
}

static void expect_text(const struct card_vas_pass *pass)
{
    char text[CARD_TEXT_MAX];
    phone_tag_expect(pass->message_size > 0 && pass->message_size <= CARD_VAS_MESSAGE_MAX);
    if (card_text_of_pass(span_of(pass->message, pass->message_size), text) == ERR_OK)
        phone_tag_expect(card_text_is_valid(span_of_text(text)));
}

static void try_dialogue(const struct card_vas_settings *settings, struct span answers)
{
    struct phone_tag phone = {.rest = answers};
    struct tag tag = phone_tag_as_tag(&phone);
    struct card_ose ose = {.is_asked = false};
    struct card_vas_pass pass = {.message_size = 77};
    size_t at;
    const struct card_vas_now now = {phone_tag_random(&at), AT_UNIX_S};
    enum err error = card_vas_ask(&tag, &ose, settings, &now, &pass);
    if (error == ERR_OK)
        expect_text(&pass);
    else
        phone_tag_expect(pass.message_size == 77 || settings->want_count > 1);
    card_ose_end(&tag, &ose, error);
    phone_tag_expect(phone.transmit_count <= 1 + settings->want_count);
}

static void try_cryptogram(const struct card_vas_settings *settings, struct span cryptogram)
{
    struct card_vas_pass pass;
    struct card_ber ber;
    if (card_vas_open(&settings->wants[0], cryptogram, /* now_unix_s= */ 1795000000, &pass) == ERR_OK)
        expect_text(&pass);
    while (cryptogram.size > 0 && card_ber_take(&cryptogram, &ber) == ERR_OK)
        phone_tag_expect(ber.value.size <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct card_vas_settings settings = settings_of(data[0]);
    struct span rest = span_of(data + 1, size - 1);
    try_dialogue(&settings, rest);
    try_cryptogram(&settings, rest);
    return 0;
}
