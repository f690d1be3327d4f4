/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told of a card that names nobody, step by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "harness/ok.h"
#include "unit/card/fake_tag.h"
#include "unit/card/script_tag.h"
#include "vault/vault.h"

static char said[2048];

static void say(void *self, const char *text)
{
    (void)self;
    assert_true(strlen(said) + strlen(text) + 2 < sizeof said);
    strcat(said, text);
    strcat(said, "\n");
}

static const struct card_trace TRACE = {say, NULL};
static const struct card_context CONTEXT = {.now_unix_s = 1};

static void expect_said(const char *what)
{
    if (strstr(said, what) == NULL)
        fail_msg("nothing of \"%s\" in:\n%s", what, said);
}

static struct card_programme programme_of(enum reader_technology technology)
{
    struct card_programme programme = {.order_count = 1, .order = {(uint8_t)technology}};
    ok(card_links_add(&programme.links, span_of_text("loyalty.example/c/")));
    programme.sun = card_sun_settings_default();
    programme.sun.has_meta_key = true;
    ok(card_links_add(&programme.sun.links, span_of_text("tap.example/s")));
    return programme;
}

static void ask(struct tag *tag, const struct card_programme *programme, enum err expected)
{
    const struct card_request request = {programme, &CONTEXT, &TRACE};
    struct card_identity identity;
    said[0] = '\0';
    assert_int_equal(card_identify(tag, &request, &identity), expected);
}

/* A Type 2 tag with that NDEF message, in hex. */
static void ask_type2(const char *message)
{
    const struct card_programme programme = programme_of(READER_NDEF);
    uint8_t area[160] = {0x03, (uint8_t)(strlen(message) / 2)};
    struct fake_tag fake;
    ok(hex_read(span_of_text(message), area + 2, strlen(message) / 2));
    area[2 + strlen(message) / 2] = 0xFE;
    fake_tag_init(&fake, 45, 0x12, span_of(area, 144));
    struct tag tag = fake_tag_as_tag(&fake);
    ask(&tag, &programme, ERR_NOT_FOUND);
}

static void a_message_that_names_nobody__is_described(void **state)
{
    (void)state;
    ask_type2("d1010a5504782e6578616d706c65"); /* https://x.example */
    expect_said("ndef: it holds the link x.example\n");
    expect_said("ndef: the card names no member");
    ask_type2("d101085402656e68656c6c6f"); /* a text */
    expect_said("ndef: it holds a text of 8 bytes\n");
    ask_type2("9101055504612e62635101085402656e68656c6c6f"); /* both */
    expect_said("link a.bc\nndef: it holds a text of 8 bytes\n");
    ask_type2("d1010355056162"); /* tel: */
    expect_said("ndef: it holds something else of 3 bytes\n");
    ask_type2("d40301787978ff"); /* an external record */
    expect_said("ndef: it holds something else of 1 bytes\n");
    ask_type2("d101055504611b6262"); /* no terminal is told to do anything */
    expect_said("ndef: it holds the link a?bb\n");
}

static void a_long_link__is_cut(void **state)
{
    (void)state;
    char message[2 * 131 + 1] = "d1017e5504";
    memset(message + 10, '6', 2 * 125);
    message[260] = '\0';
    ask_type2(message);
    expect_said("fff...\n");
}

/* A Type 4 tag with one link. */
static void ask_type4(const struct card_programme *programme, const char *link, enum err expected)
{
    char length[32], file[2 * 255 + 64], text[2 * 240 + 1];
    size_t size = strlen(link) + 5;
    hex_write(span_of_text(link), text);
    (void)snprintf(length, sizeof length, "%04zx9000", size);
    (void)snprintf(file, sizeof file, "d101%02zx5504%s9000", size - 4, text);
    const struct script_row rows[] = {
        {.answer = "9000"}, {.answer = "9000"}, {.answer = length}, {.answer = file}};
    struct script_tag script = {.rows = rows, .row_count = COUNT_OF(rows)};
    struct tag tag = script_tag_as_tag(&script);
    tag.target.sak = TAG_SAK_ISO14443_4;
    ask(&tag, programme, expected);
}

static void a_link_of_a_type_4_tag__is_told(void **state)
{
    (void)state;
    const struct card_programme type4 = programme_of(READER_TYPE4), sun = programme_of(READER_SUN);
    ask_type4(&type4, "x.example/1", ERR_NOT_FOUND);
    expect_said("type4: it holds the link x.example/1\n");
    ask_type4(&sun, "x.example/1", ERR_NOT_FOUND);
    expect_said("sun: it holds the link x.example/1\n");
}

/* Vectors of AN12196, each broken at another step. */
static void a_signed_link_that_fails__says_at_which_step(void **state)
{
    (void)state;
    struct card_programme sun = programme_of(READER_SUN);
    ask_type4(&sun, "tap.example/s?picc_data=EF963FF7828658A599F3041510671E89&cmac=94EED9EE65337086",
              ERR_SIGNATURE);
    expect_said("sun: UID and counter of the link cannot be read");
    ask_type4(&sun, "tap.example/s?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337087",
              ERR_SIGNATURE);
    expect_said("sun: the link's MAC does not fit");
    ask_type4(&sun, "tap.example/s?picc_data=FD91EC264309878BE6345CBE53BADF40&cmac=ECC1E7F6C6C73BF6&enc=00",
              ERR_SYNTAX);
    expect_said("sun: ");
    sun.sun.identity = CARD_SUN_BY_FILE;
    ask_type4(&sun, "tap.example/s?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086",
              ERR_SYNTAX);
    expect_said("sun: the tag signed the link, but the number that identity asks for is not in it");
}

static void another_kind_of_card__is_said_to_be_none(void **state)
{
    (void)state;
    const struct card_programme programme = programme_of(READER_SUN);
    struct fake_tag fake;
    fake_tag_init(&fake, 45, 0x12, span_of("", 0));
    struct tag tag = fake_tag_as_tag(&fake);
    ask(&tag, &programme, ERR_UNSUPPORTED);
    assert_string_equal(said, "sun: this is no such card\n");
}

static int set_up(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_names_nobody__is_described),
        cmocka_unit_test(a_long_link__is_cut),
        cmocka_unit_test(a_link_of_a_type_4_tag__is_told),
        cmocka_unit_test(a_signed_link_that_fails__says_at_which_step),
        cmocka_unit_test(another_kind_of_card__is_said_to_be_none),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
