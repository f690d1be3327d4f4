/* SPDX-License-Identifier: Apache-2.0 */
/* The number of a payment card is no member's, whatever it stands on: nothing of it is kept, and the card's UID is not
 * taken instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "card/text.h"
#include "harness/ok.h"
#include "pn532-sim/card.h"
#include "unit/card/fake_tag.h"
#include "unit/card/script_tag.h"
#include "vault/vault.h"

#define PAN "4111111111111111"
/* d1 01 1d 55 04 "loyalty.example/c/" and the number; the same as a text of English */
#define LINK_HEX                                                                                             \
    "d101235504"                                                                                             \
    "6c6f79616c74792e6578616d706c652f632f"                                                                   \
    "34313131313131313131313131313131"
#define TEXT_HEX                                                                                             \
    "d101135402656e"                                                                                         \
    "34313131313131313131313131313131"
#define BOTH_HEX                                                                                             \
    "910113540265"                                                                                           \
    "6e"                                                                                                     \
    "34313131313131313131313131313131"                                                                       \
    "51010b5402656e3132333435363738"

static char said[1024];

static void say(void *self, const char *text)
{
    (void)self;
    size_t size = strlen(said);
    assert_true(size + strlen(text) + 2 < sizeof said);
    (void)snprintf(said + size, sizeof said - size, "%s\n", text);
}

static struct card_programme programme_of(enum reader_technology technology)
{
    struct card_programme programme = {.order_count = 2, .order = {(uint8_t)technology, READER_UID}};
    ok(card_links_add(&programme.links, span_of_text("loyalty.example/c/")));
    return programme;
}

static void expect_refused(struct tag *tag, const struct card_programme *programme)
{
    static const struct card_trace trace = {say, NULL};
    struct script_random queue;
    const struct card_context context = {script_random_of(&queue, "a1a2a3a4"), 0};
    const struct card_request request = {programme, &context, &trace};
    struct card_identity identity = {.text = "untouched"};
    said[0] = '\0';
    tag->target.uid_size = tag->target.uid_size > 0 ? tag->target.uid_size : 7;
    enum err error = card_identify(tag, &request, &identity);
    if (error != ERR_EXISTS || strcmp(identity.text, "untouched") != 0)
        fail_msg("%s, %s\n%s", err_name(error), identity.text, said);
    assert_non_null(strstr(said, "payment card"));
    assert_null(strstr(said, "4111"));
}

static void expect_script_refused(const struct card_programme *programme, const struct script_row *rows,
                                  size_t count, uint8_t sak)
{
    struct script_tag script = {.rows = rows, .row_count = count};
    struct tag tag = script_tag_as_tag(&script);
    tag.target.sak = sak;
    expect_refused(&tag, programme);
}

static void a_type_2_tag__names_nobody_by_it(void **state)
{
    (void)state;
    static const char *const messages[] = {LINK_HEX, TEXT_HEX, BOTH_HEX};
    const struct card_programme programme = programme_of(READER_NDEF);
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        uint8_t area[144] = {0x03, (uint8_t)(strlen(messages[i]) / 2)};
        struct fake_tag fake;
        ok(hex_read(span_of_text(messages[i]), area + 2, strlen(messages[i]) / 2));
        fake_tag_init(&fake, 45, 0x12, span_of(area, sizeof area));
        struct tag tag = fake_tag_as_tag(&fake);
        expect_refused(&tag, &programme);
    }
}

static void a_type_4_tag__names_nobody_by_it(void **state)
{
    (void)state;
    static const struct script_row link[] = {{NULL, "9000", ERR_OK},
                                             {NULL, "9000", ERR_OK},
                                             {NULL, "00279000", ERR_OK},
                                             {NULL, LINK_HEX "9000", ERR_OK}};
    static const struct script_row text[] = {{NULL, "9000", ERR_OK},
                                             {NULL, "9000", ERR_OK},
                                             {NULL, "00179000", ERR_OK},
                                             {NULL, TEXT_HEX "9000", ERR_OK}};
    const struct card_programme programme = programme_of(READER_TYPE4);
    expect_script_refused(&programme, link, COUNT_OF(link), TAG_SAK_ISO14443_4);
    expect_script_refused(&programme, text, COUNT_OF(text), TAG_SAK_ISO14443_4);
}

#define MAD                                                                                                  \
    {NULL, "", ERR_OK}, {NULL, "000000000000787788c1000000000000", ERR_OK},                                  \
        {NULL, "31010000481200000000481200000000", ERR_OK},                                                  \
        {NULL, "00000000000000000000000000000000", ERR_OK},                                                  \
    {                                                                                                        \
        NULL, "", ERR_OK                                                                                     \
    }

static void a_mifare_classic__names_nobody_by_it(void **state)
{
    (void)state;
    static const struct script_row place[] = {MAD, {NULL, "34313131313131313131313131313131", ERR_OK}};
    static const struct script_row message[] = {MAD,
                                                {NULL, "0327d1012355046c6f79616c74792e65", ERR_OK},
                                                {NULL, "78616d706c652f632f34313131313131", ERR_OK},
                                                {NULL, "313131313131313131fe000000000000", ERR_OK}};
    struct card_programme programme = programme_of(READER_MAD);
    programme.mad = (struct card_mad_settings){.aid = {0x48, 0x12}, .place = {.size = 16}};
    expect_script_refused(&programme, place, COUNT_OF(place), 0x08);
    programme.mad.is_ndef = 1;
    expect_script_refused(&programme, message, COUNT_OF(message), 0x08);
}

static void a_desfire__names_nobody_by_it(void **state)
{
    (void)state;
    static const struct script_row text[] = {{NULL, "9100", ERR_OK},
                                             {NULL, "343131313131313131313131313131319100", ERR_OK}};
    static const struct script_row bcd[] = {{NULL, "9100", ERR_OK}, {NULL, "41111111111111119100", ERR_OK}};
    struct card_programme programme = programme_of(READER_DESFIRE);
    programme.desfire = (struct card_desfire_settings){
        .name_size = CARD_DESFIRE_AID_SIZE, .name = {0xF5, 0x88, 0x40}, .place = {.size = 16}};
    expect_script_refused(&programme, text, COUNT_OF(text), TAG_SAK_ISO14443_4);
    programme.desfire.place = (struct card_place){.size = 8, .form = CARD_PLACE_BCD};
    expect_script_refused(&programme, bcd, COUNT_OF(bcd), TAG_SAK_ISO14443_4);
}

static enum err transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size)
{
    struct pn532_card *card = self;
    struct pn532_answer answer = {.size = 0};
    assert_int_equal(card->tech->transmit(card, tx, &answer), PN532_AIR_DATA);
    assert_true(answer.size <= rx_capacity);
    memcpy(rx, answer.bytes, answer.size);
    *out_rx_size = answer.size;
    return ERR_OK;
}

/* In its enciphered file; that of its link is sun_test.c's. */
static void a_tag_that_signs__names_nobody_by_it(void **state)
{
    (void)state;
    static const struct tag_ops ops = {.transmit = transmit};
    static const struct pn532_option options[] = {
        {"uid", "04DE5F1EACC040"},
        {"meta", "00000000000000000000000000000000"},
        {"key", "00000000000000000000000000000000"},
        {"file", PAN},
        {"uri", "https://tap.example/s?picc_data=00000000000000000000000000000000&enc="
                "00000000000000000000000000000000&cmac=0000000000000000"},
    };
    struct pn532_card card;
    const char *why = "";
    struct card_programme programme = programme_of(READER_SUN);
    programme.sun = card_sun_settings_default();
    programme.sun.has_meta_key = true;
    programme.sun.identity = CARD_SUN_BY_FILE;
    ok(card_links_add(&programme.sun.links, span_of_text("tap.example/s")));
    if (pn532_card_make(pn532_tech_find("ntag424"), options, COUNT_OF(options), &card, &why) != ERR_OK)
        fail_msg("%s", why);
    struct tag tag = {.ops = &ops, .self = &card, .target = {.sak = TAG_SAK_ISO14443_4}};
    expect_refused(&tag, &programme);
}

static void a_phones_pass__names_nobody_by_it(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {NULL, "6f1d50084170706c655061799f210201009f2404deadbeef9f23040000003a9000", ERR_OK},
        {NULL, "70139f2710343131313131313131313131313131319000", ERR_OK},
    };
    struct card_programme programme = programme_of(READER_VAS);
    programme.vas = (struct card_vas_settings){
        .is_on = true, .mode = CARD_VAS_ONLY, .want_count = 1, .wants = {{.pass_type_id = "pass.example"}}};
    expect_script_refused(&programme, rows, COUNT_OF(rows), TAG_SAK_ISO14443_4);
}

static void no_text_of_one__is_made_or_taken(void **state)
{
    (void)state;
    char text[CARD_TEXT_MAX] = "untouched";
    assert_int_equal(card_text_of_number(span_of_text(PAN), text), ERR_EXISTS);
    assert_int_equal(card_text_of_number_or(ERR_NOT_FOUND, span_of_text(PAN), text), ERR_EXISTS);
    assert_int_equal(card_text_of_number_or(ERR_NOT_FOUND, span_of_text("word"), text), ERR_NOT_FOUND);
    assert_int_equal(card_text_of_pass(span_of_text(PAN), text), ERR_EXISTS);
    assert_string_equal(text, "untouched");
    assert_false(card_text_is_valid(span_of_text("num:" PAN)));
    assert_true(card_text_is_valid(span_of_text("num:4111111111111112"))); /* its check digit is another */
    ok(card_text_of_number(span_of_text("A" PAN), text));
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_2_tag__names_nobody_by_it),
        cmocka_unit_test(a_type_4_tag__names_nobody_by_it),
        cmocka_unit_test(a_mifare_classic__names_nobody_by_it),
        cmocka_unit_test(a_desfire__names_nobody_by_it),
        cmocka_unit_test(a_tag_that_signs__names_nobody_by_it),
        cmocka_unit_test(a_phones_pass__names_nobody_by_it),
        cmocka_unit_test(no_text_of_one__is_made_or_taken),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
