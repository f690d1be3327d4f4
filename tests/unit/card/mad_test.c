/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums of NXP AN10787's example and of public tools, and dialogues with cards block by block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "harness/ok.h"
#include "unit/card/script_tag.h"

#define DIRECTORY_KEY "a0a1a2a3a4a5"
#define KEY           "112233445566"
#define ZEROS         "00000000000000000000000000000000"
/* Trailers, as a card gives them out: no keys, access bits, general purpose byte. */
#define TRAILER_1  "000000000000787788c1000000000000"
#define TRAILER_2  "000000000000787788c2000000000000"
#define NO_TRAILER "000000000000ff078069ffffffffffff"
/* 4812 in sectors 2 and 5. */
#define DIRECTORY_A "31010000481200000000481200000000"
#define DIRECTORY_B ZEROS

static const struct crc_case {
    const char *bytes; /* info, applications */
    uint8_t crc;
} CRCS[] = {
    {"01010801080108"
     "00000000000004000310031002100210"
     "0000000000001130",
     0x89},
    {"0103e103e103e103e103e1"
     "0000000000000000000000000000000000000000",
     0xC4},
    {"0103e103e103e103e103e103e1"
     "000000000000000000000000000000000000",
     0xAB},
};

static void card_mad_crc__fits_its_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CRCS); i++) {
        uint8_t bytes[CARD_MAD_1_SIZE - 1];
        assert_int_equal(strlen(CRCS[i].bytes), 2 * sizeof bytes);
        ok(hex_read(span_of_text(CRCS[i].bytes), bytes, sizeof bytes));
        assert_int_equal(card_mad_crc(span_of(bytes, sizeof bytes)), CRCS[i].crc);
    }
}

static void card_mad_find__names_each_sector_of_an_application(void **state)
{
    (void)state;
    static const uint8_t forum[] = {0x03, 0xE1};
    static const uint8_t last[] = {0x11, 0x30};
    uint8_t directory[CARD_MAD_1_SIZE];
    for (size_t i = 0; i < COUNT_OF(CRCS); i++) {
        struct card_mad_sectors found = {.count = 0};
        directory[0] = CRCS[i].crc;
        ok(hex_read(span_of_text(CRCS[i].bytes), directory + 1, sizeof directory - 1));
        struct span whole = span_of(directory, sizeof directory);
        ok(card_mad_find(whole, i == 0 ? last : forum, &found));
        assert_int_equal(found.count, i == 0 ? 1 : 4 + i);
        assert_int_equal(found.sectors[0], i == 0 ? 15 : 1);
        for (size_t bit = 0; bit < 8 * sizeof directory; bit++) {
            found.count = 0;
            directory[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(card_mad_find(whole, forum, &found), ERR_CHECKSUM);
            directory[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(found.count, 0);
        assert_int_equal(card_mad_find(span_of(directory, 31), forum, &found), ERR_ARGUMENT);
    }
    uint8_t second[CARD_MAD_2_SIZE] = {0};
    struct card_mad_sectors found = {.count = 0};
    memcpy(second + 2, forum, 2);
    memcpy(second + 46, forum, 2);
    second[0] = card_mad_crc(span_of(second + 1, sizeof second - 1));
    ok(card_mad_find(span_of(second, sizeof second), forum, &found));
    assert_int_equal(found.count, 2);
    assert_int_equal(found.sectors[0], 17);
    assert_int_equal(found.sectors[1], 39);
}

static struct card_programme programme_of(uint16_t offset, uint8_t size, enum card_place_form form)
{
    struct card_programme programme = {.order_count = 2, .order = {READER_MAD, READER_CLASSIC}};
    programme.mad = (struct card_mad_settings){
        .aid = {0x48, 0x12}, .place = {.offset = offset, .size = size, .form = (uint8_t)form}};
    ok(hex_read(span_of_text(DIRECTORY_KEY), programme.mad.directory_key, TAG_KEY_SIZE));
    ok(hex_read(span_of_text(KEY), programme.mad.key, TAG_KEY_SIZE));
    ok(card_links_add(&programme.links, span_of_text("loyalty.example/c/")));
    ok(card_programme_check(&programme));
    return programme;
}

struct outcome {
    enum err error;
    struct card_identity identity;
    size_t select_again_count;
};

static char said[1024];

static void say(void *self, const char *text)
{
    (void)self;
    size_t size = strlen(said);
    (void)snprintf(said + size, sizeof said - size, "%s\n", text);
}

static struct outcome identify(const struct card_programme *programme, const struct script_row *rows,
                               size_t row_count, enum err select_again_error)
{
    static const struct card_trace trace = {say, NULL};
    const struct card_request request = {.programme = programme, .trace = &trace};
    struct script_tag script = {
        .rows = rows, .row_count = row_count, .select_again_error = select_again_error};
    struct tag tag = script_tag_as_tag(&script);
    struct outcome out = {.identity = {.text = "none"}};
    said[0] = '\0';
    tag.target =
        (struct tag_target){.uid = {0xDE, 0xAD, 0xBE, 0xEF}, .uid_size = 4, .sak = 0x08, .atqa = 0x0004};
    out.error = card_identify(&tag, &request, &out.identity);
    assert_int_equal(script.transmit_count, row_count);
    out.select_again_count = script.select_again_count;
    return out;
}

#define OPEN_DIRECTORY                                                                                       \
    {"6000" DIRECTORY_KEY, "", ERR_OK},                                                                      \
    {                                                                                                        \
        "3003", TRAILER_1, ERR_OK                                                                            \
    }
#define DIRECTORY                                                                                            \
    OPEN_DIRECTORY, {"3001", DIRECTORY_A, ERR_OK},                                                           \
    {                                                                                                        \
        "3002", DIRECTORY_B, ERR_OK                                                                          \
    }

static void card_mad__reads_a_number_wherever_the_application_has_it(void **state)
{
    (void)state;
    static const struct {
        uint16_t offset;
        uint8_t size;
        enum card_place_form form;
        struct script_row rows[10];
        size_t row_count;
        const char *text;
    } cases[] = {
        {3,
         10,
         CARD_PLACE_TEXT,
         {DIRECTORY, {"6008" KEY, "", ERR_OK}, {"3008", "00000032393030303031323334000000", ERR_OK}},
         6,
         "num:2900001234"},
        {16,
         5,
         CARD_PLACE_BCD,
         {DIRECTORY, {"6008" KEY, "", ERR_OK}, {"3009", "290001234fffffffffffffffffffffff", ERR_OK}},
         6,
         "num:290001234"},
        /* from the last block of the first sector into the first of the second, five sectors on */
        {46,
         4,
         CARD_PLACE_HEX,
         {DIRECTORY,
          {"6008" KEY, "", ERR_OK},
          {"300a",
           "0000000000000000000000000000"
           "a1b2",
           ERR_OK},
          {"6014" KEY, "", ERR_OK},
          {"3014",
           "c3d4"
           "0000000000000000000000000000",
           ERR_OK}},
         8,
         "num:A1B2C3D4"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct card_programme programme = programme_of(cases[i].offset, cases[i].size, cases[i].form);
        struct outcome got = identify(&programme, cases[i].rows, cases[i].row_count, ERR_OK);
        assert_int_equal(got.error, ERR_OK);
        assert_string_equal(got.identity.text, cases[i].text);
        assert_int_equal(got.identity.technology, READER_MAD);
        assert_int_equal(got.identity.trust, CARD_TRUST_STATIC);
        assert_int_equal(got.select_again_count, 0);
    }
}

static void card_mad__opens_by_key_b(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        DIRECTORY, {"6108" KEY, "", ERR_OK}, {"3008", "34373131343731310000000000000000", ERR_OK}};
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    programme.mad.is_key_b = 1;
    struct outcome got = identify(&programme, rows, COUNT_OF(rows), ERR_OK);
    assert_int_equal(got.error, ERR_OK);
    assert_string_equal(got.identity.text, "num:47114711");
}

/* Its directory opens by another key, says that it is none, is damaged, or does not have the application: known by its
 * UID, and by nothing that was read. */
static void card_mad__leaves_strangers_to_what_follows(void **state)
{
    (void)state;
    static const struct {
        struct script_row rows[8];
        size_t row_count;
    } cases[] = {
        {{{"6000" DIRECTORY_KEY, NULL, ERR_SIGNATURE}, {"6000" DIRECTORY_KEY, NULL, ERR_SIGNATURE}}, 2},
        {{{"6000" DIRECTORY_KEY, NULL, ERR_UNSUPPORTED}}, 1},
        {{{"6000" DIRECTORY_KEY, "", ERR_OK}, {"3003", NO_TRAILER, ERR_OK}}, 2},
        {{{"6000" DIRECTORY_KEY, "", ERR_OK}, {"3003", "000000000000787788c3000000000000", ERR_OK}},
         2},                                  /* version 3 */
        {{{"6000" DIRECTORY_KEY, "", ERR_OK}, /* its access conditions are not for key A */
          {"3003", NULL, ERR_IO},
          {"6000" DIRECTORY_KEY, "", ERR_OK},
          {"3003", NULL, ERR_IO}},
         4},
        {{OPEN_DIRECTORY,
          {"3001", "30010000481200000000481200000000", ERR_OK},
          {"3002", DIRECTORY_B, ERR_OK}},
         4},
        {{OPEN_DIRECTORY,
          {"3001",
           "c401"
           "03e103e103e103e103e1"
           "00000000",
           ERR_OK},
          {"3002", ZEROS, ERR_OK}},
         4},
    };
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct outcome got = identify(&programme, cases[i].rows, cases[i].row_count, ERR_OK);
        assert_int_equal(got.error, ERR_OK);
        assert_int_equal(got.identity.technology, READER_CLASSIC);
        assert_string_equal(got.identity.text, "uid:deadbeef");
    }
}

/* The directory says that it is the programme's: then its UID is not taken instead. */
static void card_mad__refuses_what_claims_to_be_ours(void **state)
{
    (void)state;
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    static const struct script_row other_key[] = {
        DIRECTORY, {"6008" KEY, NULL, ERR_SIGNATURE}, {"6008" KEY, NULL, ERR_SIGNATURE}};
    struct outcome got = identify(&programme, other_key, COUNT_OF(other_key), ERR_OK);
    assert_int_equal(got.error, ERR_SIGNATURE);
    assert_int_equal(got.select_again_count, 2); /* it stopped, and is awake again */
    assert_non_null(strstr(said, "mad: sector 2 does not open by key A (mad.key, mad.key_kind)\n"));
    static const struct script_row may_not_read[] = {DIRECTORY,
                                                     {"6008" KEY, "", ERR_OK},
                                                     {"3008", NULL, ERR_IO},
                                                     {"6008" KEY, "", ERR_OK},
                                                     {"3008", NULL, ERR_IO}};
    got = identify(&programme, may_not_read, COUNT_OF(may_not_read), ERR_OK);
    assert_int_equal(got.error, ERR_STATE);
    assert_string_equal(got.identity.text, "none");
    assert_non_null(strstr(said, "mad: sector 2 opens by key A (mad.key_kind), which may not read it\n"));
}

static void card_mad__says_which_application_the_directory_does_not_name(void **state)
{
    (void)state;
    static const struct script_row directory[] = {DIRECTORY};
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    programme.mad.aid[0] = 0x12;
    struct outcome got = identify(&programme, directory, COUNT_OF(directory), ERR_OK);
    assert_int_equal(got.error, ERR_OK);
    assert_string_equal(got.identity.text, "uid:deadbeef");
    assert_non_null(strstr(said, "mad: the card's directory has no application 1212 (mad.aid)\n"));
}

/* It has the application, and not what the settings say of it. */
static void card_mad__refuses_one_of_ours_without_a_number(void **state)
{
    (void)state;
    static const struct script_row directory[] = {DIRECTORY};
    static const struct {
        const char *content;
        enum card_place_form form;
    } cases[] = {
        {ZEROS, CARD_PLACE_TEXT},
        {"ffffffffffffffffffffffffffffffff", CARD_PLACE_TEXT},
        {"6e6f206d656d62657220686572650000", CARD_PLACE_TEXT},
        {"ffffffffffffffffffffffffffffffff", CARD_PLACE_BCD},
        {"0a000000000000000000000000000000", CARD_PLACE_BCD},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct script_row rows[] = {
            DIRECTORY, {"6008" KEY, "", ERR_OK}, {"3009", cases[i].content, ERR_OK}};
        struct card_programme programme = programme_of(16, 16, cases[i].form);
        struct outcome got = identify(&programme, rows, COUNT_OF(rows), ERR_OK);
        assert_int_equal(got.error, ERR_SIGNATURE);
        assert_string_equal(got.identity.text, "none");
        assert_non_null(strstr(said, "what stands in block 1 from byte 0 (mad.block, mad.offset, "));
    }
    struct card_programme beyond = programme_of(6 * 16, 16, CARD_PLACE_TEXT); /* it has two sectors */
    struct outcome got = identify(&beyond, directory, COUNT_OF(directory), ERR_OK);
    assert_int_equal(got.error, ERR_STATE);
    assert_string_equal(got.identity.text, "none");
    assert_non_null(strstr(said, "mad: block 6, where the number should stand (mad.block, "));
    assert_non_null(strstr(said, "is beyond the application's 6 blocks"));
}

/* What stands in the sectors of the NFC Forum may be anyone's; in those of the programme it is ours. */
static void card_mad__refuses_a_message_of_ours_that_names_nobody(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        DIRECTORY, {"6008" KEY, "", ERR_OK}, {"3008", "030cd101085402656e68656c6c6ffe00", ERR_OK}};
    static const struct script_row forum[] = {
        OPEN_DIRECTORY,
        {"3001",
         "c401"
         "03e103e103e103e103e1"
         "00000000",
         ERR_OK},
        {"3002", ZEROS, ERR_OK},
        {"6004" KEY, "", ERR_OK},
        {"3004", "030cd101085402656e68656c6c6ffe00", ERR_OK},
    };
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    programme.mad.is_ndef = 1;
    struct outcome got = identify(&programme, rows, COUNT_OF(rows), ERR_OK);
    assert_int_equal(got.error, ERR_STATE);
    assert_string_equal(got.identity.text, "none");
    assert_non_null(strstr(said, "(mad.form = ndef)"));
    memcpy(programme.mad.aid, ((const uint8_t[]){0x03, 0xE1}), 2);
    got = identify(&programme, forum, COUNT_OF(forum), ERR_OK);
    assert_int_equal(got.identity.technology, READER_CLASSIC);
}

static void card_mad__never_takes_the_uid_of_a_card_that_failed_to_be_read(void **state)
{
    (void)state;
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    static const struct script_row whole[] = {
        DIRECTORY, {"6008" KEY, "", ERR_OK}, {"3008", "34373131343731310000000000000000", ERR_OK}};
    static const enum err errors[] = {ERR_IO, ERR_TIMEOUT, ERR_CLOSED};
    for (size_t e = 0; e < COUNT_OF(errors); e++)
        for (size_t at = 0; at < COUNT_OF(whole); at++) {
            struct script_row rows[COUNT_OF(whole)];
            memcpy(rows, whole, sizeof rows);
            rows[at] = (struct script_row){whole[at].command, NULL, errors[e]};
            struct outcome got = identify(&programme, rows, at + 1, ERR_NOT_FOUND); /* pulled away */
            assert_int_equal(got.error, errors[e]);
            assert_string_equal(got.identity.text, "none");
        }
    /* a lost answer is made good: selected again, opened again, read again */
    static const struct script_row lost[] = {DIRECTORY,
                                             {"6008" KEY, "", ERR_OK},
                                             {"3008", NULL, ERR_IO},
                                             {"6008" KEY, "", ERR_OK},
                                             {"3008", "34373131343731310000000000000000", ERR_OK}};
    struct outcome got = identify(&programme, lost, COUNT_OF(lost), ERR_OK);
    assert_int_equal(got.error, ERR_OK);
    assert_string_equal(got.identity.text, "num:47114711");
    assert_int_equal(got.select_again_count, 1);
    /* and so is a byte that was lost while the key was shown */
    static const struct script_row noise[] = {{"6000" DIRECTORY_KEY, NULL, ERR_SIGNATURE},
                                              DIRECTORY,
                                              {"6008" KEY, NULL, ERR_SIGNATURE},
                                              {"6008" KEY, "", ERR_OK},
                                              {"3008", "34373131343731310000000000000000", ERR_OK}};
    got = identify(&programme, noise, COUNT_OF(noise), ERR_OK);
    assert_string_equal(got.identity.text, "num:47114711");
}

/* A 4K card: what the first directory lacks, the second has; in its last sectors a block's number is beyond 128. */
static void card_mad__looks_into_the_second_directory_where_it_must(void **state)
{
    (void)state;
    uint8_t second[CARD_MAD_2_SIZE] = {0};
    char hex[3][33];
    second[2 * (35 - 16)] = 0x48;
    second[2 * (35 - 16) + 1] = 0x12;
    second[0] = card_mad_crc(span_of(second + 1, sizeof second - 1));
    for (size_t i = 0; i < 3; i++)
        hex_write(span_of(second + 16 * i, 16), hex[i]);
    const struct script_row rows[] = {
        {"6000" DIRECTORY_KEY, "", ERR_OK},
        {"3003", TRAILER_2, ERR_OK},
        {"3001",
         "c401"
         "03e103e103e103e103e1"
         "00000000",
         ERR_OK},
        {"3002", ZEROS, ERR_OK},
        {"6040" DIRECTORY_KEY, "", ERR_OK},
        {"3040", hex[0], ERR_OK},
        {"3041", hex[1], ERR_OK},
        {"3042", hex[2], ERR_OK},
        {"60b0" KEY, "", ERR_OK},
        {"30be", "34373131343731310000000000000000", ERR_OK},
    };
    struct card_programme programme = programme_of(14 * 16, 16, CARD_PLACE_TEXT);
    struct outcome got = identify(&programme, rows, COUNT_OF(rows), ERR_OK);
    assert_int_equal(got.error, ERR_OK);
    assert_string_equal(got.identity.text, "num:47114711");
    /* one block more than it has */
    programme = programme_of(15 * 16, 16, CARD_PLACE_TEXT);
    got = identify(&programme, rows, 8, ERR_OK);
    assert_int_equal(got.error, ERR_STATE);
}

static void card_mad__reads_the_message_of_nfc_forum_sectors(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        OPEN_DIRECTORY,
        {"3001",
         "c401"
         "03e103e103e103e103e1"
         "00000000",
         ERR_OK},
        {"3002", ZEROS, ERR_OK},
        {"6004" KEY, "", ERR_OK},
        {"3004", "0000031ed1011a55046c6f79616c7479", ERR_OK},
        {"3005", "2e6578616d706c652f632f3132333435", ERR_OK},
        {"3006", "3637fe00000000000000000000000000", ERR_OK},
    };
    struct card_programme programme = programme_of(0, 16, CARD_PLACE_TEXT);
    programme.mad.is_ndef = 1;
    memcpy(programme.mad.aid, ((const uint8_t[]){0x03, 0xE1}), 2);
    struct outcome got = identify(&programme, rows, COUNT_OF(rows), ERR_OK);
    assert_int_equal(got.error, ERR_OK);
    assert_string_equal(got.identity.text, "num:1234567");
    assert_int_equal(got.identity.technology, READER_MAD);
    /* a length beyond all that the card has */
    static const struct script_row endless[] = {
        OPEN_DIRECTORY,
        {"3001", DIRECTORY_A, ERR_OK},
        {"3002", DIRECTORY_B, ERR_OK},
        {"6008" KEY, "", ERR_OK},
        {"3008", "03ff03f0d1011a55046c6f79616c7479", ERR_OK},
        {"3009", ZEROS, ERR_OK},
        {"300a", ZEROS, ERR_OK},
        {"6014" KEY, "", ERR_OK},
        {"3014", ZEROS, ERR_OK},
        {"3015", ZEROS, ERR_OK},
        {"3016", ZEROS, ERR_OK},
    };
    memcpy(programme.mad.aid, ((const uint8_t[]){0x48, 0x12}), 2);
    got = identify(&programme, endless, COUNT_OF(endless), ERR_OK);
    assert_int_equal(got.error, ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_mad_crc__fits_its_vectors),
        cmocka_unit_test(card_mad_find__names_each_sector_of_an_application),
        cmocka_unit_test(card_mad__reads_a_number_wherever_the_application_has_it),
        cmocka_unit_test(card_mad__opens_by_key_b),
        cmocka_unit_test(card_mad__leaves_strangers_to_what_follows),
        cmocka_unit_test(card_mad__refuses_what_claims_to_be_ours),
        cmocka_unit_test(card_mad__says_which_application_the_directory_does_not_name),
        cmocka_unit_test(card_mad__refuses_one_of_ours_without_a_number),
        cmocka_unit_test(card_mad__refuses_a_message_of_ours_that_names_nobody),
        cmocka_unit_test(card_mad__never_takes_the_uid_of_a_card_that_failed_to_be_read),
        cmocka_unit_test(card_mad__looks_into_the_second_directory_where_it_must),
        cmocka_unit_test(card_mad__reads_the_message_of_nfc_forum_sectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
