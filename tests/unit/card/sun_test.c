/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of NXP AN12196 (4.4.4.2, p. 10, 14, 18), of public tools for it, and one of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/tech/sun.h"
#include "vault/vault.h"

#define HEAD "tap.example/s"
#define ZERO "00000000000000000000000000000000"

struct key_texts {
    const char *meta;
    const char *file;
    enum card_diversify diversify;
    const char *input;
};

static struct card_sun_settings settings_of(const struct key_texts *keys)
{
    struct card_sun_settings settings = card_sun_settings_default();
    assert_int_equal(card_links_add(&settings.links, span_of_text(HEAD "/")), ERR_OK);
    settings.has_meta_key = true;
    assert_int_equal(hex_read(span_of_text(keys->meta), settings.meta_key, VAULT_AES_SIZE), ERR_OK);
    assert_int_equal(hex_read(span_of_text(keys->file), settings.file_key.bytes, VAULT_AES_SIZE), ERR_OK);
    settings.file_key.diversify = (uint8_t)keys->diversify;
    settings.file_key.input_size = (uint8_t)strlen(keys->input);
    memcpy(settings.file_key.input, keys->input, strlen(keys->input));
    return settings;
}

static struct card_link link_of(const char *query)
{
    char url[CARD_LINK_TEXT_MAX];
    struct card_link link;
    assert_true(snprintf(url, sizeof url, "https://" HEAD "/%s", query) < (int)sizeof url);
    assert_true(card_link_of_text(span_of_text(url), &link));
    return link;
}

static const struct sun_case {
    const char *what;
    struct key_texts keys;
    const char *picc_name; /* NULL: the usual one */
    const char *mac_name;
    const char *query;
    const char *uid;
    uint32_t counter;
    const char *file;
    enum card_sun_mode mode;
} CASES[] = {
    {"AN12196 4.4.4.2",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     "e",
     "c",
     "?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086",
     "04DE5F1EACC040",
     61,
     "",
     CARD_SUN_AES},
    {"AN12196 p. 18: with file data",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6",
     "04958CAA5C5E80",
     8,
     "xxxxxxxxxxxxxxxx",
     CARD_SUN_AES},
    {"in small letters",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?picc_data=fd91ec264309878be6345cbe53badf40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ecc1e7f6c6c73bf6",
     "04958CAA5C5E80",
     8,
     "xxxxxxxxxxxxxxxx",
     CARD_SUN_AES},
    {"in clear",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3",
     "041E3C8A2D6B80",
     6,
     "",
     CARD_SUN_AES},
    {"diversified by AN10922",
     {"0F0E0D0C0B0A09080706050403020100", "00112233445566778899AABBCCDDEEFF", CARD_DIVERSIFY_AN10922,
      "LOYALTY-SDM"},
     NULL,
     NULL,
     "?picc_data=E731EF46A23E16B9E7DD8A3A5B565D3F&cmac=448BE4D6054B8D18",
     "04DE5F1EACC040",
     418,
     "",
     CARD_SUN_AES},
    {"LRP, of a public tool",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?picc_data=1FCBE61B3E4CAD980CBFDD333E7A4AC4A579569BAFD22C5F&cmac=4231608BA7B02BA9",
     "04940E2A2F7080",
     3,
     "",
     CARD_SUN_LRP},
    {"LRP with file data, of a public tool",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?picc_data=07D9CA2545881D4BFDD920BE1603268C0714420DD893A497&enc=D6E921C47DB4C17C56F979F81559BB83&"
     "cmac=F9481AC7D855BDB6",
     "049B112A2F7080",
     4,
     "NTXXb7dz3PsYYBlU",
     CARD_SUN_LRP},
    {"LRP, a tag that sees whether it was opened",
     {ZERO, ZERO, CARD_DIVERSIFY_NONE, ""},
     NULL,
     NULL,
     "?picc_data=8EE8E27DE3974FFE245F96C71087129B2E8449C9FF346F65&enc=48987A0D55638C017D1F4DC3D8ADD910&"
     "cmac=862E781E52244A75",
     "04940E2A2F7080",
     1,
     "OO--------------",
     CARD_SUN_LRP},
};

static struct card_sun_settings settings_of_case(const struct sun_case *row)
{
    struct card_sun_settings settings = settings_of(&row->keys);
    settings.mode = (uint8_t)row->mode;
    if (row->picc_name != NULL)
        (void)snprintf(settings.picc_name, sizeof settings.picc_name, "%s", row->picc_name);
    if (row->mac_name != NULL)
        (void)snprintf(settings.mac_name, sizeof settings.mac_name, "%s", row->mac_name);
    return settings;
}

static void card_sun_verify__fits_its_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct sun_case *row = &CASES[i];
        struct card_sun_settings settings = settings_of_case(row);
        struct card_link link = link_of(row->query);
        struct card_sun_tap tap;
        enum err error = card_sun_verify(&settings, &link, &tap);
        if (error != ERR_OK)
            fail_msg("%s: %s", row->what, err_name(error));
        uint8_t uid[CARD_SUN_UID_SIZE];
        assert_int_equal(hex_read(span_of_text(row->uid), uid, sizeof uid), ERR_OK);
        assert_memory_equal(tap.uid, uid, sizeof uid);
        assert_int_equal(tap.counter, row->counter);
        assert_int_equal(tap.file_size, strlen(row->file));
        if (tap.file_size > 0)
            assert_memory_equal(tap.file, row->file, tap.file_size);
    }
}

static void card_sun_verify__takes_a_link_of_its_own_mode_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct card_sun_settings settings = settings_of_case(&CASES[i]);
        struct card_link link = link_of(CASES[i].query);
        struct card_sun_tap tap;
        settings.mode = CASES[i].mode == CARD_SUN_AES ? CARD_SUN_LRP : CARD_SUN_AES;
        enum err error = card_sun_verify(&settings, &link, &tap);
        if (error != ERR_SYNTAX && error != ERR_SIGNATURE)
            fail_msg("%s: %s", CASES[i].what, err_name(error));
    }
    assert_int_equal(card_sun_picc_size(CARD_SUN_AES), 16);
    assert_int_equal(card_sun_picc_size(CARD_SUN_LRP), 24);
}

/* Every digit of every parameter counts. */
static void card_sun_verify__sees_each_changed_digit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct card_sun_settings settings = settings_of_case(&CASES[i]);
        size_t size = strlen(CASES[i].query);
        for (size_t at = 0; at < size; at++) {
            char query[256];
            (void)snprintf(query, sizeof query, "%s", CASES[i].query);
            bool is_digit = query[at] >= '0' && query[at] <= '9';
            if (!is_digit)
                continue;
            query[at] = query[at] == '9' ? '0' : (char)(query[at] + 1);
            struct card_link link = link_of(query);
            struct card_sun_tap tap;
            assert_int_equal(card_sun_verify(&settings, &link, &tap), ERR_SIGNATURE);
        }
    }
}

static void card_sun_verify__refuses_what_is_not_of_its_form(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "",
        "?",
        "?picc_data=EF963FF7828658A599F3041510671E88",
        "?cmac=94EED9EE65337086",
        "?picc_data=EF963FF7828658A599F3041510671E8&cmac=94EED9EE65337086",
        "?picc_data=EF963FF7828658A599F3041510671E8G&cmac=94EED9EE65337086",
        "?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE653370",
        "?uid=041E3C8A2D6B80&cmac=4B00064004B0B3D3",
        "?uid=041E3C8A2D6B80&ctr=06&cmac=4B00064004B0B3D3",
        "#?uid=041E3C8A2D6B80",
        "?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9&cmac=ECC1E7F6C6C73BF6",
        "?cmac=ECC1E7F6C6C73BF6&enc=CEE9A53E3E463EF1F459635736738962&uid=04958CAA5C5E80&ctr=000008",
    };
    struct card_sun_settings settings = settings_of_case(&CASES[1]);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct card_link link = link_of(queries[i]);
        struct card_sun_tap tap;
        enum err error = card_sun_verify(&settings, &link, &tap);
        if (error != ERR_SYNTAX && error != ERR_SIGNATURE)
            fail_msg("%s: %s", queries[i], err_name(error));
    }
    struct card_link strange;
    struct card_sun_tap tap;
    assert_true(card_link_of_text(span_of_text("https://other.example/s/?uid=041E3C8A2D6B80"), &strange));
    assert_int_equal(card_sun_verify(&settings, &strange, &tap), ERR_NOT_FOUND);
    settings.has_meta_key = false;
    struct card_link link = link_of(CASES[1].query);
    assert_int_equal(card_sun_verify(&settings, &link, &tap), ERR_SYNTAX);
}

/* The one key of a NXP AN10922 vector's tool, and what plain CMAC makes of it. */
static void card_key_of__makes_each_cards_own(void **state)
{
    (void)state;
    const uint8_t uid[] = {0x04, 0xDE, 0xAD, 0xBE, 0xEF, 0xFE, 0xED};
    struct card_key key = {.diversify = CARD_DIVERSIFY_NONE};
    uint8_t out[VAULT_AES_SIZE];
    char text[2 * VAULT_AES_SIZE + 1];
    assert_int_equal(hex_read(span_of_text("F3F9377698707B688EAF84ABE39E3791"), key.bytes, VAULT_AES_SIZE),
                     ERR_OK);
    static const char *const keys[] = {"f3f9377698707b688eaf84abe39e3791", "0bb408baff98b6ee9f2e1585777f6a51",
                                       "721e2c01e81af85d815633969cea2607"};
    for (uint8_t i = 0; i < CARD_DIVERSIFY_COUNT; i++) {
        key.diversify = i;
        assert_int_equal(card_key_of(&key, span_of(uid, sizeof uid), out), ERR_OK);
        hex_write(span_of(out, sizeof out), text);
        assert_string_equal(text, keys[i]);
    }
    key.diversify = CARD_DIVERSIFY_COUNT;
    assert_int_equal(card_key_of(&key, span_of(uid, sizeof uid), out), ERR_ARGUMENT);
}

static const struct session_case {
    const char *key;
    struct card_sun_tap tap;
    const char *for_mac;
    const char *for_file;
} SESSIONS[] = {
    {"5ACE7E50AB65D5D51FD5BF5A16B8205B", /* AN12196 p. 10 */
     {.uid = {0x04, 0xC7, 0x67, 0xF2, 0x06, 0x61, 0x80}, .counter = 1},
     "3a3e8110e05311f7a3fcf0d969bf2b48",
     "66da61797e23deca5d8eca13bbadf7a9"},
    {ZERO, /* 4.4.4.2 */
     {.uid = {0x04, 0xDE, 0x5F, 0x1E, 0xAC, 0xC0, 0x40}, .counter = 61},
     "3fb5f6e3a807a03d5e3570ace393776f",
     NULL},
    {ZERO, /* p. 14 */
     {.uid = {0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80}, .counter = 1},
     NULL,
     "8097d73344d53f963b09e23e03b62336"},
    {ZERO, /* p. 18 */
     {.uid = {0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80}, .counter = 8},
     "3ed0920e5e6a0320d823d5987feafbb1",
     "42132d669442ad43e072c8c0c9828a72"},
    {ZERO, /* a public tool's, in clear */
     {.uid = {0x04, 0x1E, 0x3C, 0x8A, 0x2D, 0x6B, 0x80}, .counter = 6},
     "c16f8eaa1a08e2736e718f1f1fdef0a2",
     NULL},
};

static void assert_session_key(const struct session_case *row, enum card_sun_purpose purpose,
                               const char *expected)
{
    uint8_t key[VAULT_AES_SIZE];
    char text[2 * VAULT_AES_SIZE + 1];
    if (expected == NULL)
        return;
    assert_int_equal(hex_read(span_of_text(row->key), key, sizeof key), ERR_OK);
    assert_int_equal(card_sun_session_key(key, purpose, &row->tap, key), ERR_OK);
    hex_write(span_of(key, sizeof key), text);
    assert_string_equal(text, expected);
}

static void card_sun_session_key__fits_its_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(SESSIONS); i++) {
        assert_session_key(&SESSIONS[i], CARD_SUN_FOR_MAC, SESSIONS[i].for_mac);
        assert_session_key(&SESSIONS[i], CARD_SUN_FOR_FILE, SESSIONS[i].for_file);
    }
}

static void card_sun_identify__knows_the_member_by_uid_file_or_link(void **state)
{
    (void)state;
    struct card_sun_settings settings = settings_of_case(&CASES[1]);
    struct card_link link = link_of(CASES[1].query);
    struct card_identity identity = {.technology = READER_SUN};
    assert_int_equal(card_sun_identify(&settings, &link, &identity), ERR_OK);
    assert_string_equal(identity.text, "uid:04958caa5c5e80");
    assert_int_equal(identity.freshness.kind, READER_FRESH_COUNTER);
    assert_int_equal(identity.freshness.value, 8);
    settings.identity = CARD_SUN_BY_FILE; /* sixteen letters are no number */
    assert_int_equal(card_sun_identify(&settings, &link, &identity), ERR_SYNTAX);
    settings.identity = CARD_SUN_BY_LINK;
    struct card_link numbered = link_of("123456?picc_data=FD91EC264309878BE6345CBE53BADF40&enc="
                                        "CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6");
    assert_int_equal(card_sun_identify(&settings, &numbered, &identity),
                     ERR_SYNTAX); /* the number is not signed */
}

/* File data of an NTAG 424 that was written over what a chip comes with. */
static void card_sun_identify__reads_a_number_that_is_filled_up(void **state)
{
    (void)state;
    struct card_sun_settings settings = settings_of_case(&CASES[1]);
    settings.identity = CARD_SUN_BY_FILE;
    struct card_link link = link_of("?picc_data=EF963FF7828658A599F3041510671E88&enc="
                                    "1D9434722F61E5C725688C401EC32BB8&cmac=EE7846C87B360F33");
    struct card_identity identity = {.technology = READER_SUN};
    assert_int_equal(card_sun_identify(&settings, &link, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:88001234");
}

/* A link under one's own number, signed as the tag signs from the host on; zero keys. */
static struct card_link signed_link_of(const struct card_sun_settings *settings, const char *number)
{
    static const char clear[] = "uid=04DE5F1EACC040&ctr=00003D&cmac=";
    const struct card_sun_tap tap = {.uid = {0x04, 0xDE, 0x5F, 0x1E, 0xAC, 0xC0, 0x40}, .counter = 61};
    char text[CARD_LINK_TEXT_MAX];
    char query[CARD_LINK_TEXT_MAX];
    char digits[2 * 8 + 1];
    uint8_t session[VAULT_AES_SIZE];
    uint8_t full[VAULT_AES_SIZE];
    uint8_t mac[8];
    assert_true(snprintf(text, sizeof text, HEAD "/%s?%s", number, clear) < (int)sizeof text);
    assert_int_equal(card_sun_session_key(settings->file_key.bytes, CARD_SUN_FOR_MAC, &tap, session), ERR_OK);
    assert_int_equal(vault_cmac(session, span_of_text(text), full), ERR_OK);
    for (size_t i = 0; i < sizeof mac; i++)
        mac[i] = full[2 * i + 1];
    hex_write(span_of(mac, sizeof mac), digits);
    assert_true(snprintf(query, sizeof query, "%s?%s%s", number, clear, digits) < (int)sizeof query);
    return link_of(query);
}

static void card_sun_identify__believes_a_links_number_only_if_all_of_the_link_is_signed(void **state)
{
    (void)state;
    struct card_sun_settings settings = settings_of_case(&CASES[1]);
    settings.identity = CARD_SUN_BY_LINK;
    (void)snprintf(settings.mac_from, sizeof settings.mac_from, "*");
    struct card_link own = signed_link_of(&settings, "123456");
    struct card_identity identity = {.technology = READER_SUN};
    assert_int_equal(card_sun_identify(&settings, &own, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:123456");
    struct card_link changed = own;
    uint8_t *digit = memchr(changed.bytes, '6', changed.size);
    assert_non_null(digit);
    *digit = '7';
    assert_int_equal(card_sun_identify(&settings, &changed, &identity), ERR_SIGNATURE);
    own = signed_link_of(&settings, "4111111111111111"); /* a payment card's: nobody's, whoever signed it */
    assert_int_equal(card_sun_identify(&settings, &own, &identity), ERR_EXISTS);
}

static void card_sun_identify__believes_no_file_that_the_mac_leaves_out(void **state)
{
    (void)state;
    struct card_sun_settings settings = settings_of_case(&CASES[0]);
    settings.identity = CARD_SUN_BY_FILE;
    (void)snprintf(settings.mac_from, sizeof settings.mac_from, "c");
    struct card_link link = link_of("?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086&enc="
                                    "CEE9A53E3E463EF1F459635736738962");
    struct card_identity identity = {.technology = READER_SUN};
    assert_int_equal(card_sun_identify(&settings, &link, &identity), ERR_SYNTAX);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_sun_verify__fits_its_vectors),
        cmocka_unit_test(card_sun_verify__takes_a_link_of_its_own_mode_alone),
        cmocka_unit_test(card_sun_verify__sees_each_changed_digit),
        cmocka_unit_test(card_sun_verify__refuses_what_is_not_of_its_form),
        cmocka_unit_test(card_sun_session_key__fits_its_vectors),
        cmocka_unit_test(card_key_of__makes_each_cards_own),
        cmocka_unit_test(card_sun_identify__knows_the_member_by_uid_file_or_link),
        cmocka_unit_test(card_sun_identify__believes_a_links_number_only_if_all_of_the_link_is_signed),
        cmocka_unit_test(card_sun_identify__reads_a_number_that_is_filled_up),
        cmocka_unit_test(card_sun_identify__believes_no_file_that_the_mac_leaves_out),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
