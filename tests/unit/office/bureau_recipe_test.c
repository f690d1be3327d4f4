/* SPDX-License-Identifier: Apache-2.0 */
/* What a bureau is told to write is read back as a till reads it: by the technologies of card/, from a tag that does just
 * what its settings say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "harness/ok.h"
#include "office/bureau_recipe.h"
#include "unit/card/fake_tag.h"
#include "vault/vault.h"

#define NUMBER "2940000123454"
static const uint8_t UID[CARD_SUN_UID_SIZE] = {0x04, 0xDE, 0x5F, 0x1E, 0xAC, 0xC0, 0x40};

static struct card_programme programme_of(void)
{
    struct card_programme programme = card_programme_default();
    ok(card_links_add(&programme.links, span_of_text("loyalty.example/c/")));
    programme.sun = card_sun_settings_default();
    ok(card_links_add(&programme.sun.links, span_of_text("tap.example/s")));
    programme.sun.has_meta_key = true;
    memset(programme.sun.meta_key, 0x5A, sizeof programme.sun.meta_key);
    memset(programme.sun.file_key.bytes, 0xC3, sizeof programme.sun.file_key.bytes);
    return programme;
}

static struct bureau_card card_of(const char *number)
{
    struct bureau_card card = {.has_uid = true};
    memcpy(card.uid, UID, sizeof UID);
    (void)snprintf(card.number, sizeof card.number, "%s", number);
    return card;
}

static void make(const struct bureau_order *order, const char *number, struct bureau_recipe *out)
{
    const struct bureau_card card = card_of(number);
    const char *why = "";
    enum err error = bureau_recipe_make(order, &card, out, &why);
    if (error != ERR_OK)
        fail_msg("%s: %s", bureau_chip_name(order->chip), why);
}

static const struct bureau_write *find(const struct bureau_recipe *recipe, enum bureau_target target,
                                       unsigned index)
{
    for (size_t i = 0; i < recipe->count; i++)
        if (recipe->writes[i].target == target && recipe->writes[i].index == index)
            return &recipe->writes[i];
    fail_msg("no %s %x is written", bureau_target_name(target), index);
    abort();
}

/* ---- NTAG21x and Type 4 */

static void pages_of_a_tag__are_read_as_the_number(void **state)
{
    (void)state;
    static const struct {
        enum bureau_chip chip;
        size_t page_count;
    } rows[] = {{BUREAU_NTAG213, 45}, {BUREAU_NTAG215, 135}, {BUREAU_NTAG216, 231}};
    static const struct card_context context = {.now_unix_s = 1};
    static struct bureau_recipe recipe;
    const char *const numbers[] = {NUMBER, "A1B2", "12345678901234567890123456789012"};
    for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(numbers) * 2; i++) {
        struct card_programme programme = programme_of();
        const char *number = numbers[i / 2 % COUNT_OF(numbers)];
        struct fake_tag fake;
        struct card_identity identity;
        char expected[CARD_TEXT_MAX];
        if (i % 2 == 1) /* a chain without links */
            programme.links.count = 0;
        const struct bureau_order order = {.programme = &programme, .chip = rows[i / 6].chip};
        make(&order, number, &recipe);
        fake_tag_init(&fake, rows[i / 6].page_count, 0, span_of("", 0));
        for (size_t at = 0; at < recipe.count; at++) {
            assert_int_equal(recipe.writes[at].target, BUREAU_WRITE_PAGE);
            assert_int_equal(recipe.writes[at].size, 4);
            memcpy(fake.memory + recipe.writes[at].index * 4U, recipe.writes[at].bytes, 4);
        }
        struct tag tag = fake_tag_as_tag(&fake);
        const struct card_request request = {.programme = &programme, .context = &context};
        ok(card_identify(&tag, &request, &identity));
        (void)snprintf(expected, sizeof expected, "num:%s", number);
        assert_string_equal(identity.text, expected);
        assert_int_equal(identity.technology, READER_NDEF);
    }
}

/* The door is closed behind what stands inside: AUTH0 comes last, and the locks before it. */
static void a_password_and_locks__come_last(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    programme.type2 = (struct card_type2_settings){true, true, {1, 2, 3, 4}, {0xAA, 0xBB}};
    const struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG215, .is_locked = true};
    make(&order, NUMBER, &recipe);
    const struct bureau_write *last = &recipe.writes[recipe.count - 1];
    assert_int_equal(last->index, 0x83); /* CFG0 */
    assert_memory_equal(last->bytes, "\x04\x00\x00\x04", 4);
    assert_memory_equal(find(&recipe, BUREAU_WRITE_PAGE, 0x85)->bytes, "\x01\x02\x03\x04", 4);
    assert_memory_equal(find(&recipe, BUREAU_WRITE_PAGE, 0x86)->bytes, "\xAA\xBB\x00\x00", 4);
    assert_int_equal(find(&recipe, BUREAU_WRITE_PAGE, 0x84)->bytes[0], 0xC0);
    assert_memory_equal(find(&recipe, BUREAU_WRITE_PAGE, 3)->bytes, "\xE1\x10\x3E\x0F", 4);
    assert_memory_equal(find(&recipe, BUREAU_WRITE_PAGE, 2)->bytes + 2, "\xFF\xFF", 2);
    assert_memory_equal(find(&recipe, BUREAU_WRITE_PAGE, 0x82)->bytes, "\xFF\x00\x0F", 3); /* dynamic locks */
}

static void a_type_4_tag__has_its_file(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    const struct bureau_order order = {.programme = &programme, .chip = BUREAU_TYPE4_TAG};
    char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1];
    make(&order, "1234567", &recipe);
    assert_int_equal(recipe.count, 1);
    assert_int_equal(recipe.writes[0].index, 0xE104);
    hex_write(span_of(recipe.writes[0].bytes, recipe.writes[0].size), hex);
    assert_string_equal(hex, "001ed1011a55046c6f79616c74792e6578616d706c652f632f31323334353637");
    assert_string_equal(recipe.link, "https://loyalty.example/c/1234567");
}

/* ---- NTAG 424 DNA: a tag that mirrors by the bytes of its settings, NT4H2421Gx 9.3 */

struct sun_tag {
    uint8_t file[BUREAU_RECIPE_BYTES_MAX];
    size_t size;
    uint8_t keys[5][VAULT_AES_SIZE];
    const uint8_t *settings;
    size_t at; /* the next offset */
    struct card_sun_tap tap;
};

static size_t take_offset(struct sun_tag *tag)
{
    const uint8_t *bytes = tag->settings + tag->at;
    tag->at += 3;
    return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
}

static void put_digits(struct sun_tag *tag, size_t at, struct span bytes)
{
    char hex[2 * CARD_SUN_FILE_MAX + 1];
    hex_write(bytes, hex);
    assert_true(at + 2 * bytes.size <= tag->size);
    memcpy(tag->file + at, hex, 2 * bytes.size);
}

static void mirror_encrypted(struct sun_tag *tag, size_t at, unsigned key)
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    uint8_t data[VAULT_AES_SIZE] = {0xC7};
    memcpy(data + 1, tag->tap.uid, CARD_SUN_UID_SIZE);
    data[8] = (uint8_t)tag->tap.counter;
    ok(vault_aes_cbc_encrypt(tag->keys[key], zeros, span_of(data, sizeof data), data));
    put_digits(tag, at, span_of(data, sizeof data));
}

static void mirror_file(struct sun_tag *tag, size_t at, size_t digits, unsigned key)
{
    uint8_t session[VAULT_AES_SIZE], iv[VAULT_AES_SIZE] = {(uint8_t)tag->tap.counter};
    uint8_t data[CARD_SUN_FILE_MAX];
    ok(card_sun_session_key(tag->keys[key], CARD_SUN_FOR_FILE, &tag->tap, session));
    ok(vault_aes_block(session, iv, iv));
    ok(vault_aes_cbc_encrypt(session, iv, span_of(tag->file + at, digits / 2), data));
    put_digits(tag, at, span_of(data, digits / 2));
}

static void mirror_mac(struct sun_tag *tag, size_t from, size_t at, unsigned key)
{
    uint8_t session[VAULT_AES_SIZE], full[VAULT_AES_SIZE], odd[8];
    assert_true(from <= at);
    ok(card_sun_session_key(tag->keys[key], CARD_SUN_FOR_MAC, &tag->tap, session));
    ok(vault_cmac(session, span_of(tag->file + from, at - from), full));
    for (size_t i = 0; i < sizeof odd; i++)
        odd[i] = full[2 * i + 1];
    put_digits(tag, at, span_of(odd, sizeof odd));
}

static void tap(struct sun_tag *tag)
{
    const uint8_t *settings = tag->settings;
    unsigned meta = settings[5] >> 4, file = settings[5] & 0x0F;
    bool has_enc = (settings[3] & 0x10) != 0;
    size_t enc_at = 0, enc_size = 0;
    assert_int_equal(settings[0], 0x40);
    assert_int_equal(settings[3] & 0xC1, 0xC1);
    tag->at = 6;
    if (meta == 0xE) {
        const uint8_t counter[] = {0, 0, (uint8_t)tag->tap.counter};
        size_t uid_at = take_offset(tag);
        put_digits(tag, uid_at, span_of(tag->tap.uid, sizeof tag->tap.uid));
        put_digits(tag, take_offset(tag), span_of(counter, sizeof counter));
    } else {
        mirror_encrypted(tag, take_offset(tag), meta);
    }
    size_t mac_from = take_offset(tag);
    if (has_enc) {
        enc_at = take_offset(tag);
        enc_size = take_offset(tag);
        mirror_file(tag, enc_at, enc_size, file);
    }
    mirror_mac(tag, mac_from, take_offset(tag), file);
}

static void personalise(struct sun_tag *tag, const struct bureau_recipe *recipe)
{
    *tag = (struct sun_tag){.tap = {.counter = 7}};
    memcpy(tag->tap.uid, UID, sizeof UID);
    for (size_t i = 0; i < recipe->count; i++) {
        const struct bureau_write *write = &recipe->writes[i];
        if (write->target == BUREAU_WRITE_KEY)
            memcpy(tag->keys[write->index], write->bytes, VAULT_AES_SIZE);
        else if (write->target == BUREAU_WRITE_FILE)
            memcpy(tag->file, write->bytes, tag->size = write->size);
        else
            tag->settings = write->bytes;
    }
    assert_non_null(tag->settings);
}

static void identify(const struct card_programme *programme, const struct sun_tag *tag,
                     struct card_identity *out)
{
    struct card_link link;
    size_t size = (size_t)tag->file[0] << 8 | tag->file[1];
    assert_int_equal(size + 2, tag->size);
    assert_true(card_link_of_uri(span_of(tag->file + 6, size - 4), &link));
    ok(card_sun_identify(&programme->sun, &link, out));
}

static void a_signing_tag__is_believed_under_every_setting(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    static const char *const froms[] = {"", "*", "picc_data", "uid"};
    size_t tried = 0;
    for (unsigned i = 0; i < 2U * CARD_SUN_BY_COUNT * CARD_DIVERSIFY_COUNT * COUNT_OF(froms); i++) {
        struct card_programme programme = programme_of();
        struct card_sun_settings *sun = &programme.sun;
        struct card_identity identity;
        struct sun_tag tag;
        const char *from = froms[i / 2 / CARD_SUN_BY_COUNT / CARD_DIVERSIFY_COUNT];
        sun->has_meta_key = i % 2 == 1;
        sun->identity = (uint8_t)(i / 2 % CARD_SUN_BY_COUNT);
        sun->file_key.diversify = (uint8_t)(i / 2 / CARD_SUN_BY_COUNT % CARD_DIVERSIFY_COUNT);
        (void)snprintf(sun->mac_from, sizeof sun->mac_from, "%s", from);
        bool is_possible = (sun->identity != CARD_SUN_BY_LINK || strcmp(from, "*") == 0) &&
                           strcmp(from, sun->has_meta_key ? "uid" : "picc_data") != 0;
        if (!is_possible)
            continue;
        const struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG424};
        make(&order, NUMBER, &recipe);
        personalise(&tag, &recipe);
        tap(&tag);
        identify(&programme, &tag, &identity);
        assert_string_equal(identity.text,
                            sun->identity == CARD_SUN_BY_UID ? "uid:04de5f1eacc040" : "num:" NUMBER);
        assert_int_equal(identity.freshness.value, 7);
        tried++;
    }
    assert_int_equal(tried,
                     2 * 3 * (2 + 3 + 2)); /* by "", "*" and a parameter; the link's number by "*" alone */
}

/* A number of 17 to 32 characters takes two blocks. */
static void a_long_number_in_encrypted_data__is_whole(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    struct card_identity identity;
    struct sun_tag tag;
    programme.sun.identity = CARD_SUN_BY_FILE;
    const struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG424};
    make(&order, "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", &recipe);
    personalise(&tag, &recipe);
    tap(&tag);
    identify(&programme, &tag, &identity);
    assert_string_equal(identity.text, "num:ABCDEFGHIJKLMNOPQRSTUVWXYZ012345");
}

/* NXP AN12196, table 18: the same link has the same places. */
static void the_link_of_the_application_note__has_its_offsets(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    programme.sun.links.count = 0;
    ok(card_links_add(&programme.sun.links, span_of_text("choose.url.com/ntag424")));
    memcpy(programme.sun.picc_name, "e", 2);
    memcpy(programme.sun.mac_name, "c", 2);
    const struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG424};
    make(&order, "", &recipe);
    const struct bureau_write *settings = find(&recipe, BUREAU_WRITE_SETTINGS, 2);
    char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1];
    hex_write(span_of(settings->bytes, settings->size), hex);
    assert_string_equal(hex, "4000e0c1ff12200000430000430000");
    hex_write(span_of(recipe.writes[0].bytes, recipe.writes[0].size), hex);
    static const char head[] = "0051d1014d550463686f6f73652e75726c2e636f6d2f6e7461673432343f653d3030";
    assert_memory_equal(hex, head, sizeof head - 1);
}

/* AN10922 over the UID; key 0 opens the others, so it is changed last. */
static void keys_that_are_made_of_the_uid__are_the_cards_own(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    uint8_t expected[VAULT_AES_SIZE];
    ok(hex_read(span_of_text("00112233445566778899aabbccddeeff"), programme.sun.file_key.bytes,
                VAULT_AES_SIZE));
    programme.sun.file_key.diversify = CARD_DIVERSIFY_AN10922;
    programme.sun.file_key.input_size = 11;
    memcpy(programme.sun.file_key.input, "LOYALTY-SDM", 11);
    struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG424, .has_admin_key = true};
    memset(order.admin_key, 0x77, sizeof order.admin_key);
    make(&order, NUMBER, &recipe);
    ok(hex_read(span_of_text("1b3d545c53bb5c9d6dd2b0b2c6b16450"), expected, sizeof expected));
    assert_memory_equal(find(&recipe, BUREAU_WRITE_KEY, 2)->bytes, expected, sizeof expected);
    const struct bureau_write *last = &recipe.writes[recipe.count - 1];
    assert_true(last->target == BUREAU_WRITE_KEY && last->index == 0);
    assert_memory_not_equal(last->bytes, order.admin_key, VAULT_AES_SIZE);
}

static void expect_bytes(const struct bureau_write *write, const char *expected)
{
    char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1];
    hex_write(span_of(write->bytes, write->size), hex);
    assert_string_equal(hex, expected);
}

/* AID low byte first, five AES keys; the file: enciphered, written by key 0, read by key 4, 13 bytes. */
static void a_desfire__has_its_application_file_and_keys(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    programme.desfire = (struct card_desfire_settings){
        .name_size = 3, .name = {0xF5, 0x88, 0x40}, .file = 2, .key_number = 4, .key_count = 1};
    programme.desfire.place = (struct card_place){.offset = 3, .size = 10, .form = CARD_PLACE_TEXT};
    memset(programme.desfire.keys[0].bytes, 0x44, VAULT_AES_SIZE);
    struct bureau_order order = {.programme = &programme, .chip = BUREAU_DESFIRE};
    make(&order, "1234567", &recipe);
    expect_bytes(find(&recipe, BUREAU_WRITE_APPLICATION, 0), "4088f50985");
    expect_bytes(find(&recipe, BUREAU_WRITE_NEW_FILE, 2), "0300400d0000");
    expect_bytes(find(&recipe, BUREAU_WRITE_FILE, 2), "00000031323334353637000000");
    expect_bytes(find(&recipe, BUREAU_WRITE_KEY, 4), "44444444444444444444444444444444");
    order.is_locked = true;
    const struct bureau_card card = card_of("123456789");
    const char *why = "";
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "key 0")); /* the factory's, for ever */
    order.has_admin_key = true;
    programme.desfire.mode = CARD_DESFIRE_MACED;
    programme.desfire.place.form = CARD_PLACE_BCD;
    make(&order, "1234567", &recipe);
    expect_bytes(find(&recipe, BUREAU_WRITE_APPLICATION, 0), "4088f50985");
    expect_bytes(find(&recipe, BUREAU_WRITE_FILE, 2), "0000001234567fffffffffffff");
    expect_bytes(find(&recipe, BUREAU_WRITE_SETTINGS, 2), "01ff4f");
    programme.desfire.place = (struct card_place){.size = 4, .form = CARD_PLACE_HEX};
    make(&order, "1234ABCD", &recipe);
    expect_bytes(find(&recipe, BUREAU_WRITE_FILE, 2), "1234abcd");
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "desfire.length"));
    programme.desfire.key_number = 0;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "key 0"));
    programme.desfire.name_size = 5;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "name"));
    programme.desfire.name_size = 0;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "desfire.aid"));
}

/* A real card whose key settings say F0 answers every ChangeKey by 919D and keeps the factory's keys. Bit 0: the master key may
 * change; bit 3: so may the settings. */
static void a_locked_desfire__freezes_its_keys_after_they_are_written(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    const struct bureau_order order = {
        .programme = &programme, .chip = BUREAU_DESFIRE, .is_locked = true, .has_admin_key = true};
    programme.desfire = (struct card_desfire_settings){
        .name_size = 3, .file = 2, .key_number = 2, .key_count = 1, .has_uid_key = true, .uid_key_number = 1};
    programme.desfire.place = (struct card_place){.size = 10, .form = CARD_PLACE_TEXT};
    make(&order, "1234567", &recipe);
    uint8_t settings = find(&recipe, BUREAU_WRITE_APPLICATION, 0)->bytes[3];
    size_t key_count = 0;
    for (size_t i = 0; i < recipe.count; i++) {
        const struct bureau_write *write = &recipe.writes[i];
        if (write->target == BUREAU_WRITE_FREEZE) {
            assert_int_equal(settings & 0x08, 0x08);
            settings = write->bytes[0];
        }
        if (write->target != BUREAU_WRITE_KEY)
            continue;
        key_count++;
        assert_int_equal(settings >> 4, 0);
        assert_int_equal(settings & 0x01, 0x01);
    }
    assert_int_equal(key_count, 3);
    assert_int_equal(recipe.writes[recipe.count - 1].target, BUREAU_WRITE_FREEZE);
    expect_bytes(&recipe.writes[recipe.count - 1], "f0");
}

/* Neither the card's content nor the bureau's file gets anything else. */
static void no_chip__takes_what_is_no_member_number(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    static const char *const numbers[] = {"X",     "=CMD|X",           "AB,C1", "ABCD",
                                          "12 34", "4111111111111111", "12\"34"};
    struct card_programme programme = programme_of();
    programme.desfire = (struct card_desfire_settings){.name_size = 3, .place = {.size = 32}};
    for (unsigned i = 0; i < COUNT_OF(numbers) * BUREAU_CHIP_COUNT * CARD_SUN_BY_COUNT; i++) {
        const struct bureau_card card = card_of(numbers[i % COUNT_OF(numbers)]);
        const struct bureau_order order = {
            .programme = &programme, .chip = (enum bureau_chip)(i / COUNT_OF(numbers) % BUREAU_CHIP_COUNT)};
        const char *why = "";
        programme.sun.identity = (uint8_t)(i / COUNT_OF(numbers) / BUREAU_CHIP_COUNT);
        if (programme.sun.identity == CARD_SUN_BY_LINK)
            memcpy(programme.sun.mac_from, "*", 2);
        assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
        assert_non_null(strstr(why, "number"));
    }
}

static void what_is_missing__is_named(void **state)
{
    (void)state;
    static struct bureau_recipe recipe;
    struct card_programme programme = programme_of();
    struct bureau_card card = card_of("abcd");
    const char *why = "";
    struct bureau_order order = {.programme = &programme, .chip = BUREAU_NTAG213};
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "0-9 and A-Z"));
    card = card_of("");
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "number"));
    order.chip = BUREAU_NTAG424;
    programme.sun.file_key.diversify = CARD_DIVERSIFY_CMAC;
    card.has_uid = false;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "UID"));
    card = card_of("");
    programme.sun.identity = CARD_SUN_BY_FILE;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "number"));
    programme.sun.identity = CARD_SUN_BY_UID;
    memcpy(programme.sun.mac_from, "nix", 4);
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "mac_from"));
    programme.sun.links.count = 0;
    assert_int_equal(bureau_recipe_make(&order, &card, &recipe, &why), ERR_ARGUMENT);
    assert_non_null(strstr(why, "sun.links"));
    assert_int_equal(recipe.count, 0); /* nothing half made stays */
}

static int set_up(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_a_tag__are_read_as_the_number),
        cmocka_unit_test(a_password_and_locks__come_last),
        cmocka_unit_test(a_type_4_tag__has_its_file),
        cmocka_unit_test(a_signing_tag__is_believed_under_every_setting),
        cmocka_unit_test(a_long_number_in_encrypted_data__is_whole),
        cmocka_unit_test(the_link_of_the_application_note__has_its_offsets),
        cmocka_unit_test(keys_that_are_made_of_the_uid__are_the_cards_own),
        cmocka_unit_test(a_desfire__has_its_application_file_and_keys),
        cmocka_unit_test(a_locked_desfire__freezes_its_keys_after_they_are_written),
        cmocka_unit_test(no_chip__takes_what_is_no_member_number),
        cmocka_unit_test(what_is_missing__is_named),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
