/* SPDX-License-Identifier: Apache-2.0 */
/* A programme's file: what it says, and what is said of it when it makes no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "platform/programme/programme_file.h"

#define KEY_1 "0000000000000000000000000000000000000000000000000000000000000007"
#define KEY_2 "0000000000000000000000000000000000000000000000000000000000000008"
#define KEY_3 "00112233445566778899aabbccddeeff"
#define KEY_4 "101112131415161718191a1b1c1d1e1f"
#define ZERO  "0000000000000000000000000000000000000000000000000000000000000000"

static struct folder folder;
static char path[128];

static int set_up(void **state)
{
    (void)state;
    folder = folder_make();
    folder_join(&folder, "programme.ini", path);
    return vault_open() == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static enum err read_text(const char *text, struct card_programme *out, struct settings_faults *faults)
{
    write_file(text);
    return programme_file_read(path, out, faults);
}

static void an_empty_file__is_a_till_without_a_programme_that_redeems_by_what_was_written(void **state)
{
    (void)state;
    struct card_programme programme;
    struct settings_faults faults;
    ok(read_text("", &programme, &faults));
    assert_int_equal(programme.order_count, 4);
    assert_int_equal(programme.order[0], READER_NDEF);
    assert_int_equal(programme.order[3], READER_UID);
    assert_int_equal(programme.redeem_from, CARD_TRUST_STATIC);
    assert_false(programme.vas.is_on);
    assert_false(programme.smart_tap.is_on);
    ok(card_programme_check(&programme));
}

static void expect_desfire(const struct card_desfire_settings *desfire)
{
    assert_int_equal(desfire->name_size, 3);
    assert_memory_equal(desfire->name, "\xf5\x88\x40", 3);
    assert_int_equal(desfire->identity, CARD_DESFIRE_BY_NUMBER);
    assert_int_equal(desfire->file, 3);
    assert_int_equal(desfire->place.offset, 8);
    assert_int_equal(desfire->place.size, 10);
    assert_int_equal(desfire->place.form, CARD_PLACE_BCD);
    assert_int_equal(desfire->key_number, 1);
    assert_int_equal(desfire->key_count, 2);
    assert_int_equal(desfire->scheme, CARD_DESFIRE_EV2);
    assert_int_equal(desfire->mode, CARD_DESFIRE_MACED);
    assert_true(desfire->has_uid_key);
    assert_int_equal(desfire->uid_key_number, 2);
    assert_int_equal(desfire->uid_key[15], 0x1f);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(desfire->keys[i].bytes[15], i == 0 ? 0xff : 0x1f);
        assert_int_equal(desfire->keys[i].diversify, CARD_DIVERSIFY_AN10922);
        assert_int_equal(desfire->keys[i].input_size, 3);
    }
}

static void a_whole_file__says_everything(void **state)
{
    (void)state;
    struct card_programme programme;
    struct settings_faults faults = {.count = 0};
    enum err error =
        read_text("[programme]\nname = Corner Club\norder = smart_tap vas,ndef uid\nredeem_from = proven\n"
                  "links = loyalty.example/c/, club.example/\n"
                  "[type2]\npassword = 01020304\npack = aabb\n"
                  "[vas]\napproved = yes\nmode = or_pay\nwindow_s = 60\n"
                  "pass1 = pass.example.a\nkey1 = " KEY_1 " " KEY_2 "\n"
                  "pass2 = pass.example.b\nurl2 = https://club.example/join\n"
                  "url4 = https://club.example/join\nurl_only4 = yes\n"
                  "[smart_tap]\napproved = yes\ncollector = 20180608\nkey_version = 3\n"
                  "key = " KEY_2 "\ntypes = customer, loyalty\n"
                  "[desfire]\naid = f58840\nfile = 3\noffset = 8\nlength = 10\nform = bcd\nkey_number = 1\n"
                  "key = " KEY_3 " " KEY_4 "\ndiversify = an10922\ndiversify_input = f58840\n"
                  "authenticate = ev2\nmode = maced\nuid_key_number = 2\nuid_key = " KEY_4 "\n",
                  &programme, &faults);
    assert_int_equal(faults.count, 0);
    ok(error);
    static const uint8_t order[] = {READER_SMART_TAP, READER_VAS, READER_NDEF, READER_UID};
    static const uint8_t types[] = {CARD_SMART_TAP_CUSTOMER, CARD_SMART_TAP_LOYALTY};
    assert_string_equal(programme.name, "Corner Club");
    assert_int_equal(programme.order_count, sizeof order);
    assert_memory_equal(programme.order, order, sizeof order);
    assert_int_equal(programme.redeem_from, CARD_TRUST_PROVEN);
    assert_int_equal(programme.links.count, 2);
    assert_string_equal(programme.links.heads[1], "club.example/");
    assert_true(programme.type2.has_password && programme.type2.has_pack);
    assert_int_equal(programme.type2.password[3], 4);
    assert_int_equal(programme.vas.mode, CARD_VAS_OR_PAY);
    assert_int_equal(programme.vas.window_s, 60);
    assert_int_equal(programme.vas.want_count, 3); /* a pass that is left out leaves no hole */
    assert_int_equal(programme.vas.wants[0].key_count, 2);
    assert_int_equal(programme.vas.wants[0].keys[1].private_key[31], 8);
    assert_int_equal(programme.vas.wants[1].key_count, 0);
    assert_true(programme.vas.wants[2].is_url_only);
    assert_int_equal(programme.smart_tap.collector_id, 20180608);
    assert_int_equal(programme.smart_tap.key_version, 3);
    assert_int_equal(programme.smart_tap.private_key[31], 8);
    assert_int_equal(programme.smart_tap.type_count, 2);
    assert_memory_equal(programme.smart_tap.types, types, sizeof types);
    expect_desfire(&programme.desfire);
    struct card_programme_message message;
    card_programme_pack(&programme, &message);
    ok(card_programme_unpack(span_of(&message, sizeof message), &programme));
}

/* As openssl, a chip's tool or a spreadsheet print them. */
static void a_key__is_taken_as_other_programs_print_it(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "00112233445566778899AABBCCDDEEFF",
        "0x00112233445566778899aabbccddeeff",
        "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
        "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
        "00112233-4455-6677-8899-aabbccddeeff",
        "\"00112233445566778899aabbccddeeff\"",
    };
    static const char *const wrong[] = {"0x0x112233445566778899aabbccddeeff",
                                        "00112233445566778899aabbccddeeff:00",
                                        "00_112233445566778899aabbccddeeff", ":", "0x"};
    for (size_t i = 0; i < COUNT_OF(keys) + COUNT_OF(wrong); i++) {
        struct card_programme programme = {.order_count = 0};
        struct settings_faults faults = {.count = 0};
        char text[200];
        bool is_right = i < COUNT_OF(keys);
        (void)snprintf(text, sizeof text, "[sun]\nfile_key = %s\n[desfire]\naid = f5:88:40\n",
                       is_right ? keys[i] : wrong[i - COUNT_OF(keys)]);
        assert_int_equal(read_text(text, &programme, &faults), is_right ? ERR_OK : ERR_SYNTAX);
        if (!is_right)
            continue;
        assert_int_equal(programme.sun.file_key.bytes[1], 0x11);
        assert_int_equal(programme.sun.file_key.bytes[15], 0xFF);
        assert_int_equal(programme.desfire.name_size, 3);
    }
}

static void what_makes_no_sense__is_named_with_what_would(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *named;
    } rows[] = {
        {"[programme]\norder = ndef magic\n", "programme.order"},
        {"[programme]\norder = ndef ndef\n", "programme.order"},
        {"[programme]\norder = barcode\n", "programme.order"}, /* a scanner's */
        {"[programme]\norder =\n", "programme.order"},
        {"[programme]\nredeem_from = sure\n", "programme.redeem_from"},
        {"[programme]\nlinks = ftp://loyalty.example/c/\n", "programme.links"},
        {"[type2]\npassword = 010203\n", "type2.password"},
        {"[type2]\npack = zz00\n", "type2.pack"},
        {"[vas]\nmode = pay_only\n", "vas.mode"},
        {"[vas]\npass1 = pass.example.a\nkey1 = " ZERO "\n", "vas.key1"},
        {"[vas]\npass1 = pass.example.a\nkey1 = " KEY_1 "00\n", "vas.key1"},
        {"[vas]\nkey2 = " KEY_1 "\n", "vas.pass2"}, /* a key of no pass */
        {"[vas]\npass3 = pass.example.a\nurl3 = http://club.example\n", "vas.url3"},
        {"[vas]\nurl_only1 = yes\n", "vas.url1"},
        {"[smart_tap]\nkey = " ZERO "\n", "smart_tap.key"},
        {"[smart_tap]\ntypes = loyalty everything\n", "smart_tap.types"},
        {"[programme]\norder = vas\n[vas]\npass1 = pass.example.a\n", "vas.approved"},
        {"[programme]\norder = vas\n[vas]\napproved = yes\n", "vas.pass1"},
        {"[programme]\norder = smart_tap\n[smart_tap]\nkey = " KEY_1 "\n", "smart_tap.approved"},
        {"[programme]\norder = smart_tap\n[smart_tap]\napproved = yes\n", "smart_tap.key"},
        {"[programme]\norder = smart_tap\n[smart_tap]\napproved = yes\nkey = " KEY_1 "\n",
         "smart_tap.collector"},
        {"[desfire]\naid = f588\n", "desfire.aid"},
        {"[desfire]\naid = f5884\n", "desfire.aid"},
        {"[desfire]\nkey = " KEY_3 " " KEY_3 " " KEY_3 "\n", "desfire.key"},
        {"[desfire]\nkey = " KEY_1 "\n", "desfire.key"},
        {"[desfire]\nfile = 32\n", "desfire.file"},
        {"[desfire]\nlength = 65\n", "desfire.length"},
        {"[desfire]\nform = utf8\n", "desfire.form"},
        {"[desfire]\nkey_number = 14\n", "desfire.key_number"},
        {"[desfire]\ndiversify = md5\n", "desfire.diversify"},
        {"[desfire]\ndiversify_input = " KEY_3 "00\n", "desfire.diversify_input"},
        {"[desfire]\nauthenticate = des\n", "desfire.authenticate"},
        {"[desfire]\nmode = full\n", "desfire.mode"},
        {"[desfire]\nidentity = name\n", "desfire.identity"},
        {"[desfire]\nuid_key = 00\n", "desfire.uid_key"},
        {"[programme]\norder = desfire\n", "desfire.aid"},
        {"[programme]\norder = desfire\n[desfire]\naid = f58840\n", "desfire.length"},
        {"[programme]\norder = desfire\n[desfire]\naid = f58840\nidentity = uid\n", "desfire.key"},
        {"[vas]\nwindow_s = 100000\n", "vas.window_s"},
        {"[vas]\nsecret = 1\n", "vas.secret"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct card_programme programme = {.order_count = 77};
        struct settings_faults faults = {.count = 0};
        assert_int_not_equal(read_text(rows[i].text, &programme, &faults), ERR_OK);
        assert_int_equal(programme.order_count, 77);
        assert_true(faults.count > 0);
        if (strstr(faults.rows[0].text, rows[i].named) == NULL)
            fail_msg("\"%s\" does not name %s", faults.rows[0].text, rows[i].named);
        assert_null(strstr(faults.rows[0].text, "00000007")); /* no key in a sentence */
    }
    struct card_programme programme;
    struct settings_faults faults;
    assert_int_equal(programme_file_read("/nowhere/programme.ini", &programme, &faults), ERR_NOT_FOUND);
}

static void a_fault__has_the_line_that_is_to_be_mended(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *named;
        int line;
    } rows[] = {
        {"[programme]\nname = Club\norder = ndef magic\n", "programme.order", 3},
        {"; a comment\n[sun]\nlinks = tap.example/s\n\nfile_key = 12\n", "sun.file_key", 5},
        {"[vas]\napproved = yes\npass1 = pass.example.a\nkey1 = 00\n", "vas.key1", 4},
        /* left out: where its section is ... */
        {"[programme]\norder = sun\n[sun]\nlinks = tap.example/s\n", "sun.file_key", 4},
        {"[vas]\n\nkey2 = " KEY_1 "\n", "vas.pass2", 3},
        /* ... or what wants it */
        {"[programme]\nname = Club\norder = sun\n", "sun.links", 3},
        {"[programme]\n\n\norder = vas\n", "vas.approved", 4},
        {"[codes]\nseparator = 5e\ntake = dynamic\n", "codes.key", 3},
        /* what is no setting, and what is out of bounds */
        {"[programme]\norder = uid\n[vas]\nsecret = 1\n", "vas.secret", 4},
        {"[vas]\nwindow_s = 100000\n", "vas.window_s", 2},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct card_programme programme;
        struct settings_faults faults = {.count = 0};
        assert_int_not_equal(read_text(rows[i].text, &programme, &faults), ERR_OK);
        if (strstr(faults.rows[0].text, rows[i].named) == NULL)
            fail_msg("\"%s\" does not name %s", faults.rows[0].text, rows[i].named);
        if (faults.rows[0].line != rows[i].line)
            fail_msg("%s: line %d, not %d", faults.rows[0].text, faults.rows[0].line, rows[i].line);
    }
}

static void append(void *context, const char *text)
{
    char *out = context;
    assert_true(strlen(out) + strlen(text) < 16384);
    strcat(out, text);
}

static void the_printed_file__is_a_programme_again(void **state)
{
    (void)state;
    static char text[16384];
    struct card_programme programme, empty;
    struct settings_faults faults;
    text[0] = '\0';
    programme_file_print(append, text);
    ok(read_text(text, &programme, &faults));
    ok(read_text("", &empty, &faults));
    assert_memory_equal(&programme, &empty, sizeof programme);
    assert_non_null(
        strstr(text, "Apple has approved")); /* the legal notes stand where they are switched on */
    assert_non_null(strstr(text, "Google has certified"));
}

#define SUN_KEY "00112233445566778899aabbccddeeff"

static void a_file_with_signed_links__says_how_they_are_checked(void **state)
{
    (void)state;
    struct card_programme programme;
    struct settings_faults faults = {.count = 0};
    ok(read_text("[programme]\norder = sun\n[sun]\nmode = lrp\nlinks = tap.example/s, "
                 "tap.example/t/\nmeta_key = " SUN_KEY "\nfile_key = " SUN_KEY
                 "\ndiversify = an10922\ndiversify_input = 4c4f59\nidentity = file\n"
                 "picc_name = e\nmac_name = c\nmac_from = *\n",
                 &programme, &faults));
    assert_int_equal(programme.sun.links.count, 2);
    assert_true(programme.sun.has_meta_key);
    assert_int_equal(programme.sun.mode, CARD_SUN_LRP);
    assert_int_equal(programme.sun.meta_key[15], 0xFF);
    assert_int_equal(programme.sun.file_key.bytes[1], 0x11);
    assert_int_equal(programme.sun.file_key.diversify, CARD_DIVERSIFY_AN10922);
    assert_int_equal(programme.sun.file_key.input_size, 3);
    assert_int_equal(programme.sun.identity, CARD_SUN_BY_FILE);
    assert_string_equal(programme.sun.picc_name, "e");
    assert_string_equal(programme.sun.enc_name, "enc");
    assert_string_equal(programme.sun.mac_from, "*");
    static const char *const wrong[] = {
        "[programme]\norder = sun\n",
        "[programme]\norder = sun\n[sun]\nlinks = tap.example/s\n",
        "[sun]\nlinks = ftp://tap.example/s\n",
        "[sun]\nmeta_key = 0011\n",
        "[sun]\nfile_key = zz112233445566778899aabbccddeeff\n",
        "[sun]\ndiversify = yes\n",
        "[sun]\ndiversify_input = 4c4f5\n",
        "[sun]\nidentity = name\n",
        "[sun]\nmode = LRP\n",
        "[sun]\nmac_name =\n",
        "[sun]\nenc_name = a&b\n",
        "[originality]\nidentity = file\n",
        "[programme]\norder = mad\n",
        "[programme]\norder = mad\n[mad]\naid = 4812\n",
        "[programme]\norder = mad\n[mad]\naid = 4812\nkey = 112233445566\nlength = 0\n",
        "[mad]\naid = 48\n",
        "[mad]\nkey = 11223344556\n",
        "[mad]\ndirectory_key =\n",
        "[mad]\nkey_kind = c\n",
        "[mad]\nform = number\n",
        "[programme]\norder = desfire\n",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        faults.count = 0;
        assert_int_equal(read_text(wrong[i], &programme, &faults), ERR_SYNTAX);
        assert_true(faults.count > 0);
    }
}

static void a_file_with_originality__says_whom_a_signed_tag_means(void **state)
{
    (void)state;
    struct card_programme programme;
    struct settings_faults faults = {.count = 0};
    ok(read_text("[programme]\norder = originality, ndef\n", &programme, &faults));
    assert_int_equal(programme.order[0], READER_ORIGINALITY);
    assert_int_equal(programme.originality.identity, CARD_ORIGINALITY_BY_UID);
    ok(read_text("[programme]\norder = originality\n[originality]\nidentity = number\n", &programme,
                 &faults));
    assert_int_equal(programme.originality.identity, CARD_ORIGINALITY_BY_NUMBER);
}

static void a_file_with_a_directory__says_where_the_number_stands(void **state)
{
    (void)state;
    struct card_programme programme;
    struct settings_faults faults = {.count = 0};
    ok(read_text("[programme]\norder = mad\n[mad]\naid = 4812\nkey = 112233445566\nkey_kind = b\nform = bcd\n"
                 "block = 3\noffset = 14\nlength = 4\n",
                 &programme, &faults));
    assert_memory_equal(programme.mad.aid, "\x48\x12", 2);
    assert_memory_equal(programme.mad.directory_key, "\xa0\xa1\xa2\xa3\xa4\xa5", 6);
    assert_memory_equal(programme.mad.key, "\x11\x22\x33\x44\x55\x66", 6);
    assert_int_equal(programme.mad.is_key_b, 1);
    assert_int_equal(programme.mad.is_ndef, 0);
    assert_int_equal(programme.mad.place.form, CARD_PLACE_BCD);
    assert_int_equal(programme.mad.place.offset, 62);
    assert_int_equal(programme.mad.place.size, 4);
    ok(read_text("[programme]\norder = mad\n[mad]\naid = 03e1\nkey = d3f7d3f7d3f7\nform = ndef\nlength = 0\n",
                 &programme, &faults));
    assert_int_equal(programme.mad.is_ndef, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file__is_a_till_without_a_programme_that_redeems_by_what_was_written),
        cmocka_unit_test(a_whole_file__says_everything),
        cmocka_unit_test(a_file_with_signed_links__says_how_they_are_checked),
        cmocka_unit_test(a_file_with_originality__says_whom_a_signed_tag_means),
        cmocka_unit_test(a_file_with_a_directory__says_where_the_number_stands),
        cmocka_unit_test(a_key__is_taken_as_other_programs_print_it),
        cmocka_unit_test(what_makes_no_sense__is_named_with_what_would),
        cmocka_unit_test(a_fault__has_the_line_that_is_to_be_mended),
        cmocka_unit_test(the_printed_file__is_a_programme_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
