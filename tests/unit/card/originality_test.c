/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of chips of NXP, as public tools for them list them, asked for over the air. */
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

#define READ_SIG       "3c00"
#define READ_SIG_APDU  "903c0000010000"
#define SELECT_NDEF    "00a4040007d276000085010100"
#define READ_HEAD      "3003"
#define NTAG_UID       "04AB87F2CA1190"
#define NTAG_SIGNATURE "67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90"

static struct tag tag_of(struct script_tag *script, const char *uid, bool is_type2)
{
    struct tag tag = script_tag_as_tag(script);
    tag.target =
        (struct tag_target){.uid_size = 7, .sak = is_type2 ? 0x00 : 0x20, .atqa = is_type2 ? 0x0044 : 0x0344};
    ok(hex_read(span_of_text(uid), tag.target.uid, 7));
    return tag;
}

static struct card_programme programme_of(uint8_t identity)
{
    struct card_programme programme = {.order_count = 3,
                                       .order = {READER_ORIGINALITY, READER_NDEF, READER_UID},
                                       .originality = {.identity = identity}};
    ok(card_links_add(&programme.links, span_of_text("loyalty.example/c/")));
    return programme;
}

/* *out holds "none" where nobody is named. */
static enum err identify(struct script_tag *script, const char *uid, bool is_type2, struct card_identity *out)
{
    struct card_programme programme = programme_of(CARD_ORIGINALITY_BY_UID);
    const struct card_request request = {.programme = &programme};
    struct tag tag = tag_of(script, uid, is_type2);
    *out = (struct card_identity){.text = "none"};
    enum err error = card_identify(&tag, &request, out);
    assert_int_equal(script->transmit_count, script->row_count);
    return error;
}

static const struct vector {
    const char *uid;
    const char *signature;
    const char *status; /* NULL: a Type 2 tag */
} VECTORS[] = {
    {NTAG_UID, NTAG_SIGNATURE, NULL},
    {"04DB0BDA993C80", "6048EFD9417CD10F6B7F1818D471A7FE5B46868D2EABDC6307A1E0AAE139D8D0", NULL},
    /* Ultralight EV1 */
    {"04C1285A373080", "CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7", NULL},
    /* NTAG 424 DNA */
    {"0463474AA26A80",
     "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
     "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF08",
     "9190"},
    /* DESFire EV2, EV3, Light; NTAG 413 DNA */
    {"042A41CAE45380",
     "B2769F8DDB575AEA2A680ADCA8FFED4FAB81A1E9908E2B82FE0FABB6"
     "97BBD9B23835C416970E75768F12902ACA491349E94E6589EAF4F508",
     "9100"},
    {"04448BD2DB6B80",
     "5CBB5632795C8F15263FEFB095B51C7B541AFD914A1AE44EF6FB8AF6"
     "05EDF13DBFEE6C3A2DB372245E671DFE0D42CB1F0D0B8FE67A89D2F6",
     "9190"},
    {"0439556ACB6480",
     "D5BD0978106E1E38B513642335966AB21E9F950DCFCFAB45FF13D0DC"
     "3CA4C2AE7E0D671DF1240937D040DAC4601C5F66ED62C546EE03ED08",
     "9190"},
    {"042468222F5C80",
     "B9211E320F321BD1D0E158E10FF15109B389638BAE15D9909D7725BF"
     "1250ED236D66F1AF75C94D60330E4E92535F5E6997675281A5687173",
     "9190"},
};

static void card_originality__believes_a_chip_whose_maker_signed_its_uid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(VECTORS); i++) {
        bool is_type2 = VECTORS[i].status == NULL;
        char answer[128];
        char text[CARD_TEXT_MAX];
        uint8_t uid[7];
        (void)snprintf(answer, sizeof answer, "%s%s", VECTORS[i].signature,
                       is_type2 ? "" : VECTORS[i].status);
        const struct script_row rows[] = {{is_type2 ? READ_SIG : READ_SIG_APDU, answer, ERR_OK}};
        struct script_tag script = {.rows = rows, .row_count = 1};
        struct card_identity identity;
        assert_int_equal(identify(&script, VECTORS[i].uid, is_type2, &identity), ERR_OK);
        ok(hex_read(span_of_text(VECTORS[i].uid), uid, sizeof uid));
        memcpy(text, "uid:", 4);
        hex_write(span_of(uid, sizeof uid), text + 4);
        assert_string_equal(identity.text, text);
        assert_int_equal(identity.technology, READER_ORIGINALITY);
        assert_int_equal(identity.trust, CARD_TRUST_GENUINE);
    }
}

/* A signature of another tag, one that is none, or no signature at all: the order goes on, and what follows says it with
 * its own trust. */
static void card_originality__leaves_a_copy_to_what_follows(void **state)
{
    (void)state;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *uid;
        struct script_row rows[5];
        size_t row_count;
    } cases[] = {
        {"04AB87F2CA1191", {{READ_SIG, NTAG_SIGNATURE, ERR_OK}, {READ_HEAD, zeros + 32, ERR_OK}}, 2},
        {NTAG_UID, {{READ_SIG, zeros, ERR_OK}, {READ_HEAD, zeros + 32, ERR_OK}}, 2},
        {NTAG_UID, /* an Ultralight: refuses, and is there after each try */
         {{READ_SIG, NULL, ERR_IO}, {READ_SIG, NULL, ERR_IO}, {READ_HEAD, zeros + 32, ERR_OK}},
         3},
        {NTAG_UID, /* a reader that cannot send it */
         {{READ_SIG, NULL, ERR_UNSUPPORTED}, {READ_HEAD, zeros + 32, ERR_OK}},
         2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct script_tag script = {.rows = cases[i].rows, .row_count = cases[i].row_count};
        struct card_identity identity;
        assert_int_equal(identify(&script, cases[i].uid, true, &identity), ERR_OK);
        assert_int_equal(identity.technology, READER_UID);
        assert_int_equal(identity.trust, CARD_TRUST_IDENTIFY);
    }
    static const char *const layer_4_answers[] = {
        "911c",
        "6d00",
        "9190",
        "00009190",
        "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
        "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF089190",
        "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
        "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF0891AE"};
    for (size_t i = 0; i < COUNT_OF(layer_4_answers); i++) {
        const struct script_row rows[] = {{READ_SIG_APDU, layer_4_answers[i], ERR_OK}};
        struct script_tag script = {.rows = rows, .row_count = 1};
        struct card_identity identity;
        assert_int_equal(identify(&script, "0463474AA26A81", false, &identity), ERR_OK);
        assert_int_equal(identity.trust, CARD_TRUST_IDENTIFY);
    }
}

static void card_originality__takes_nobody_where_nothing_follows(void **state)
{
    (void)state;
    const struct card_programme programme = {.order_count = 1, .order = {READER_ORIGINALITY}};
    const struct card_request request = {.programme = &programme};
    const struct script_row rows[] = {{READ_SIG, NTAG_SIGNATURE, ERR_OK}};
    struct script_tag script = {.rows = rows, .row_count = 1};
    struct tag tag = tag_of(&script, "04AB87F2CA1191", true);
    struct card_identity identity = {.text = "none"};
    assert_int_equal(card_identify(&tag, &request, &identity), ERR_NOT_FOUND);
    tag.target.uid_size = 4; /* drawn at random, or not unique: not even asked */
    assert_int_equal(card_identify(&tag, &request, &identity), ERR_UNSUPPORTED);
    assert_string_equal(identity.text, "none");
}

static void card_originality__takes_a_lost_answer_for_no_refusal(void **state)
{
    (void)state;
    const struct script_row rows[] = {{READ_SIG, NULL, ERR_IO}, {READ_SIG, NTAG_SIGNATURE, ERR_OK}};
    struct script_tag script = {.rows = rows, .row_count = 2};
    struct card_identity identity;
    assert_int_equal(identify(&script, NTAG_UID, true, &identity), ERR_OK);
    assert_int_equal(identity.trust, CARD_TRUST_GENUINE);
    script = (struct script_tag){.rows = rows, .row_count = 1, .select_again_error = ERR_NOT_FOUND};
    assert_int_equal(identify(&script, NTAG_UID, true, &identity), ERR_IO); /* pulled away */
    assert_string_equal(identity.text, "none");
    static const enum err errors[] = {ERR_IO, ERR_TIMEOUT, ERR_CLOSED};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        const struct script_row lost[] = {{READ_SIG_APDU, NULL, errors[i]}};
        script = (struct script_tag){.rows = lost, .row_count = 1};
        assert_int_equal(identify(&script, "0463474AA26A80", false, &identity), errors[i]);
    }
}

/* A link with a number on a chip of the maker's: anyone can write one on a blank tag. */
static void card_originality__believes_a_number_no_more_than_without_a_signature(void **state)
{
    (void)state;
    const struct card_programme programme = programme_of(CARD_ORIGINALITY_BY_NUMBER);
    const struct card_request request = {.programme = &programme};
    const struct script_row rows[] = {
        {READ_SIG, NTAG_SIGNATURE, ERR_OK},
        {READ_HEAD,
         "e1101200"
         "031ed1011a55046c6f79616c",
         ERR_OK},
        {"3a070b", "74792e6578616d706c652f632f31323334353637", ERR_OK},
    };
    struct script_tag script = {.rows = rows, .row_count = COUNT_OF(rows)};
    struct tag tag = tag_of(&script, NTAG_UID, true);
    struct card_identity identity = {.text = "none"};
    assert_int_equal(card_identify(&tag, &request, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:1234567");
    assert_int_equal(identity.technology, READER_ORIGINALITY);
    assert_int_equal(identity.trust, CARD_TRUST_STATIC);

    const struct script_row layer_4_rows[] = {
        {READ_SIG_APDU,
         "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
         "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF089190",
         ERR_OK},
        {SELECT_NDEF, "9000", ERR_OK},
        {"00a4000c02e104", "9000", ERR_OK},
        {"00b0000002", "000f9000", ERR_OK},
        {"00b000020f", "d1010b5402656e31323334353637389000", ERR_OK},
    };
    script = (struct script_tag){.rows = layer_4_rows, .row_count = COUNT_OF(layer_4_rows)};
    tag = tag_of(&script, "0463474AA26A80", false);
    assert_int_equal(card_identify(&tag, &request, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:12345678");
    assert_int_equal(identity.trust, CARD_TRUST_STATIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_originality__believes_a_chip_whose_maker_signed_its_uid),
        cmocka_unit_test(card_originality__leaves_a_copy_to_what_follows),
        cmocka_unit_test(card_originality__takes_nobody_where_nothing_follows),
        cmocka_unit_test(card_originality__takes_a_lost_answer_for_no_refusal),
        cmocka_unit_test(card_originality__believes_a_number_no_more_than_without_a_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
