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

/* ---- phones */

#define APPLE         "6f0a50084170706c655061799000"
#define GOOGLE        "6f0c500a416e64726f69645061799000"
#define VAS_PASS      "pass.example.club"
#define CLEAR         "70109f270d323930303030303031323334359000" /* 2900000012345 */
#define SECRET        "c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2"
#define SMART_TAP_FCI "00000001d403216d646e04" SECRET "9000"

/* A phone that answers so. */
static void ask_phone(const struct card_programme *programme, const struct script_row *rows, size_t count,
                      enum err expected)
{
    struct script_random queue;
    struct script_tag script = {.rows = rows, .row_count = count};
    struct tag tag = script_tag_as_tag(&script);
    const struct card_context context = {script_random_of(&queue, SECRET SECRET SECRET), 1};
    const struct card_request request = {programme, &context, &TRACE};
    struct card_identity identity;
    said[0] = '\0';
    assert_int_equal(card_identify(&tag, &request, &identity), expected);
    assert_null(strstr(said, "c3c4"));
}

static void ask_for_pass(bool has_key, const char *answer, enum err expected)
{
    struct card_programme programme = programme_of(READER_VAS);
    const struct script_row rows[] = {{NULL, APPLE, ERR_OK}, {NULL, answer, ERR_OK}};
    uint8_t key[VAULT_PRIVATE_SIZE];
    programme.vas =
        (struct card_vas_settings){.is_on = true, .mode = CARD_VAS_ONLY, .window_s = 600, .want_count = 1};
    programme.vas.wants[0] = (struct card_vas_want){.pass_type_id = VAS_PASS, .key_count = has_key ? 1 : 0};
    ok(hex_read(span_of_text(SECRET), key, sizeof key));
    ok(card_vas_key_make(key, &programme.vas.wants[0].keys[0]));
    ask_phone(&programme, rows, COUNT_OF(rows), expected);
}

static void a_pass_that_counts_for_nobody__says_why(void **state)
{
    (void)state;
    char other[2 * 96] = "704f9f274c00000000"; /* for no key of ours */
    memset(other + 18, '1', 2 * 72);
    memcpy(other + 18 + 2 * 72, "9000", 5);
    ask_for_pass(true, "6a83", ERR_NOT_FOUND);
    expect_said("vas: the phone has no pass of " VAS_PASS " (6A83)\n");
    ask_for_pass(true, "6984", ERR_PENDING);
    expect_said("vas: the phone waits for its holder with the pass of " VAS_PASS " (6984)\n");
    ask_for_pass(true, "6f00", ERR_UNSUPPORTED);
    expect_said("vas: the phone does not give the pass of " VAS_PASS " (6F00)\n");
    ask_for_pass(true, CLEAR, ERR_SYNTAX);
    expect_said("vas: the pass of " VAS_PASS " came in clear, and its vas.key wants it encrypted\n");
    ask_for_pass(true, other, ERR_SIGNATURE);
    expect_said("vas: the pass of " VAS_PASS " is encrypted for another key than its vas.key\n");
    ask_for_pass(false, other, ERR_SYNTAX);
    expect_said("is no text: encrypted, and the programme has no vas.key for it\n");
    ask_for_pass(true, "70009000", ERR_SYNTAX);
    expect_said("vas: the pass of " VAS_PASS " came without anything in it\n");
    ask_for_pass(false, CLEAR, ERR_OK);
    assert_string_equal(said, "vas: this is who it is\n");
}

static struct card_programme smart_tap_programme(void)
{
    struct card_programme programme = programme_of(READER_SMART_TAP);
    programme.smart_tap = (struct card_smart_tap_settings){.is_on = true, .collector_id = 7};
    ok(hex_read(span_of_text(SECRET), programme.smart_tap.private_key, VAULT_PRIVATE_SIZE));
    return programme;
}

static void a_status_of_smart_tap__says_which_setting_it_is_about(void **state)
{
    (void)state;
    static const struct {
        const char *status, *words;
        enum err error;
    } rows[] = {
        {"9500", "status 9500: the phone refuses the signature: smart_tap.key or smart_tap.key_version",
         ERR_STATE},
        {"9407", "status 9407: the phone knows no merchant of smart_tap.collector", ERR_STATE},
        {"9400", "status 9400: the phone refuses this terminal: smart_tap.collector", ERR_STATE},
        {"9502", "status 9502: ", ERR_VERSION},
        {"9302", "status 9302: the phone waits for its holder", ERR_PENDING},
        {"9001", "status 9001: the phone has no pass for smart_tap.collector", ERR_NOT_FOUND},
        {"9201", "status 9201: ", ERR_IO},
        {"6700", "status 6700: ", ERR_UNSUPPORTED},
    };
    const struct card_programme programme = smart_tap_programme();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct script_row dialogue[] = {
            {NULL, GOOGLE, ERR_OK}, {NULL, SMART_TAP_FCI, ERR_OK}, {NULL, rows[i].status, ERR_OK}};
        ask_phone(&programme, dialogue, COUNT_OF(dialogue), rows[i].error);
        expect_said("smart_tap: status ");
        expect_said(rows[i].words);
    }
}

static void another_wallet__is_said_to_be_none(void **state)
{
    (void)state;
    static const struct script_row apple[] = {{NULL, APPLE, ERR_OK}}, none[] = {{NULL, "6a82", ERR_OK}};
    struct card_programme programme = smart_tap_programme();
    ask_phone(&programme, apple, 1, ERR_NOT_FOUND);
    expect_said("smart_tap: no Google Wallet answers\n");
    programme.order[0] = READER_VAS;
    programme.vas = (struct card_vas_settings){.is_on = true, .want_count = 1};
    ask_phone(&programme, none, 1, ERR_NOT_FOUND);
    expect_said("vas: no Apple Wallet answers\n");
}

/* ---- a password */

static void ask_with_password(const struct script_row *rows, size_t count, enum err expected)
{
    struct card_programme programme = programme_of(READER_NDEF);
    programme.type2 =
        (struct card_type2_settings){.has_password = true, .password = {0xC3, 0xC4}, .has_pack = true};
    struct script_tag script = {.rows = rows, .row_count = count};
    struct tag tag = script_tag_as_tag(&script);
    tag.target.sak = 0x00;
    tag.target.atqa = 0x0044;
    ask(&tag, &programme, expected);
    assert_null(strstr(said, "c3c4"));
}

static void a_password_that_a_tag_does_not_take__is_named(void **state)
{
    (void)state;
    static const struct script_row refused[] = {{NULL, NULL, ERR_IO}, {NULL, NULL, ERR_IO}};
    static const struct script_row another_pack[] = {{NULL, "beef", ERR_OK}};
    static const struct script_row unknown[] = {{NULL, NULL, ERR_UNSUPPORTED}};
    ask_with_password(refused, COUNT_OF(refused), ERR_NOT_FOUND);
    expect_said("ndef: the tag does not take type2.password");
    ask_with_password(another_pack, COUNT_OF(another_pack), ERR_NOT_FOUND);
    expect_said("answers another one than type2.pack");
    ask_with_password(unknown, COUNT_OF(unknown), ERR_STATE);
    expect_said("ndef: this reader cannot give a tag its password");
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
        cmocka_unit_test(a_pass_that_counts_for_nobody__says_why),
        cmocka_unit_test(a_status_of_smart_tap__says_which_setting_it_is_about),
        cmocka_unit_test(another_wallet__is_said_to_be_none),
        cmocka_unit_test(a_password_that_a_tag_does_not_take__is_named),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
