/* SPDX-License-Identifier: Apache-2.0 */
/* Apple's VAS: cryptograms of others and of OpenSSL's making, and dialogues byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/ber.h"
#include "card/run.h"
#include "card/tech/vas.h"
#include "card/text.h"
#include "harness/ok.h"
#include "pn532-sim/crc_a.h"
#include "unit/card/script_tag.h"

/* A demonstration key and pass type that their owner published. */
#define DEMO_KEY  "3d1547f23cd78ad052a58860f1219e8fb791ec4dfe33769f5b9bfa627a656ca1"
#define DEMO_PASS "pass.com.passkit.pksamples.nfcdemo"
#define DEMO_HASH "03b57cdb3eca0984ba9abdc2fb45d86626d87b39d33c5c6dbbc313a6347a3146"
#define AT_UNIX_S INT64_C(1688913590) /* 2023-07-09 14:39:50 UTC: when they all say that they were shown */

/* A real phone's, from a public tool's help text. */
#define REAL                                                                                                 \
    "c0b77375eae416b79449347f9fe838c05cdb57dc7470b97b93b806cb348771d9bfbe29d58538c7c7d7c3d015fa205b68bfccd7" \
    "26058a62f7f44085ac98dbf877120fd9059f1507b956e0a6d56d0a"
/* Made with Python's cryptography: "2900000012345", bound by additional data; 64 and 65 times M; a payment card's test
 * number; "x"; nothing. */
#define SECOND_METHOD                                                                                        \
    "c0b77375ed02bf2a9b1018de1acd988273bcb19a274230dab9be7d7f8ddf8a254ee6ba0845f62be5eed44eaffe9c6d367ecb5e" \
    "654824eb2ef53cfd7b13186564b432ab3e0b"
#define LONGEST                                                                                              \
    "c0b77375e15905211342d1e66a9cfd3a69d5aecae085789bbefad256d49eb0a0d7bc725961423a19948d3c1a4a1996a57188ad" \
    "f9b22ac3df6620844e68951714439382e1914dbb7418dd6d151ca0982ef141e2ee49f496289189c082d03e69d28c7d969f5451" \
    "897c3a55d4b4c0f0227c12732564fffb8d07"
#define TOO_LONG                                                                                             \
    "c0b77375cb4a56fa42232d9909b1ba4e8d7a2a9d90dcc2a52f0f370acf2cfb5509e1fca77cede31253c998693e36acec195166" \
    "026623df5ad4d174d551d730ead2d2da4252fffb835aaeb953260f63946bdb989b325ac72ef1a301dbc730699b463bec8bf705" \
    "5f0a06e56fc830edc3d6a0de8e7fa9ed79aef2"
#define PAYMENT_CARD                                                                                         \
    "c0b77375ae491f12d9fc6a6745b0351df18fd2e8c69236eacd3878992f3f43201998ec6f493f2daa619f0a788b96a81d142cdb" \
    "539846832524c3a0bafdb764e9fdf3240865e986bf"
#define ONE_LETTER                                                                                           \
    "c0b77375e9f12307512234b192781997ef603293bf08d8e998820802969b344c1c37b7aa07f4faa288ed26088b6d43c6630db8" \
    "4feaee82d799"
#define NOTHING                                                                                              \
    "c0b77375f2ceb8473b5d0077b71b11bcb8742dd336f32ec12e18111949b40ac4e9b991c04604858fdf633c02b6e07a910cfb3a" \
    "669da7b123"

#define CRYPTOGRAM_MAX 160

struct cryptogram {
    uint8_t bytes[CRYPTOGRAM_MAX];
    size_t size;
};

static struct cryptogram of_hex(const char *hex)
{
    struct cryptogram cryptogram = {.size = strlen(hex) / 2};
    assert_true(cryptogram.size <= CRYPTOGRAM_MAX);
    ok(hex_read(span_of_text(hex), cryptogram.bytes, cryptogram.size));
    return cryptogram;
}

static enum err open_hex(const struct card_vas_want *want, const char *hex, struct card_vas_pass *out)
{
    struct cryptogram cryptogram = of_hex(hex);
    return card_vas_open(want, span_of(cryptogram.bytes, cryptogram.size), AT_UNIX_S, out);
}

static struct card_vas_want demo_want(void)
{
    struct card_vas_want want = {.pass_type_id = DEMO_PASS, .key_count = 1};
    uint8_t key[VAULT_PRIVATE_SIZE];
    ok(hex_read(span_of_text(DEMO_KEY), key, sizeof key));
    ok(card_vas_key_make(key, &want.keys[0]));
    return want;
}

static void assert_message(const struct card_vas_pass *pass, const char *expected)
{
    assert_int_equal(pass->message_size, strlen(expected));
    assert_memory_equal(pass->message, expected, pass->message_size);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

static void vas_open__reads_a_real_phones_pass(void **state)
{
    (void)state;
    struct card_vas_want want = demo_want();
    struct card_vas_pass pass;
    static const uint8_t key_id[] = {0xC0, 0xB7, 0x73, 0x75};
    char about[2 * CARD_VAS_ABOUT_SIZE + 1];
    assert_memory_equal(want.keys[0].id, key_id, sizeof key_id);
    ok(open_hex(&want, REAL, &pass));
    assert_message(&pass, "499g3sYcKCp7WVI9qVogyT");
    assert_true(pass.is_encrypted);
    assert_int_equal(pass.at_unix_s, AT_UNIX_S);
    hex_write(span_of(pass.about, sizeof pass.about), about);
    assert_string_equal(about, "77658e2b17dd32f16b241108c3a2a2cf");
}

static void vas_open__knows_both_ways_of_binding_and_all_lengths_of_a_message(void **state)
{
    (void)state;
    struct card_vas_want want = demo_want();
    struct card_vas_pass pass;
    char longest[CARD_VAS_MESSAGE_MAX + 1] = {0};
    memset(longest, 'M', CARD_VAS_MESSAGE_MAX);
    ok(open_hex(&want, SECOND_METHOD, &pass));
    assert_message(&pass, "2900000012345");
    ok(open_hex(&want, LONGEST, &pass));
    assert_message(&pass, longest);
    ok(open_hex(&want, ONE_LETTER, &pass));
    assert_message(&pass, "x");
    assert_int_equal(open_hex(&want, TOO_LONG, &pass), ERR_SYNTAX);
    assert_int_equal(open_hex(&want, NOTHING, &pass), ERR_SYNTAX);
}

static void vas_open__refuses_each_changed_byte_and_each_cut(void **state)
{
    (void)state;
    struct card_vas_want want = demo_want();
    struct cryptogram real = of_hex(REAL);
    struct card_vas_pass pass = {.message_size = 77};
    for (size_t i = 0; i < real.size; i++) {
        real.bytes[i] ^= 0x01;
        enum err error = card_vas_open(&want, span_of(real.bytes, real.size), AT_UNIX_S, &pass);
        /* of X's values half are no point: that is found before the tag is */
        bool is_in_x = i >= CARD_VAS_KEY_ID_SIZE && i < CARD_VAS_CRYPTOGRAM_HEAD;
        assert_true(error == ERR_SIGNATURE || (is_in_x && error == ERR_SYNTAX));
        real.bytes[i] ^= 0x01;
    }
    for (size_t size = 0; size < real.size; size++) {
        enum err error = card_vas_open(&want, span_of(real.bytes, size), AT_UNIX_S, &pass);
        assert_true(error == ERR_SIGNATURE || error == ERR_SYNTAX);
    }
    want.pass_type_id[0] = 'P'; /* the same key, another pass */
    assert_int_equal(card_vas_open(&want, span_of(real.bytes, real.size), AT_UNIX_S, &pass), ERR_SIGNATURE);
    assert_int_equal(pass.message_size, 77);
}

static void vas_open__finds_the_key_that_the_pass_was_made_for(void **state)
{
    (void)state;
    struct card_vas_want want = demo_want();
    struct card_vas_pass pass;
    uint8_t other[VAULT_PRIVATE_SIZE] = {0};
    assert_int_equal(card_vas_key_make(other, &want.keys[1]), ERR_ARGUMENT);
    other[31] = 7;
    want.keys[1] = want.keys[0];
    want.key_count = 2;
    ok(card_vas_key_make(other, &want.keys[0])); /* the new key stands first */
    ok(open_hex(&want, REAL, &pass));
    want.key_count = 1;
    assert_int_equal(open_hex(&want, REAL, &pass), ERR_SIGNATURE);
}

static void vas_open__takes_a_message_in_clear_only_of_a_pass_without_keys(void **state)
{
    (void)state;
    struct card_vas_want want = demo_want();
    struct card_vas_pass pass;
    struct span message = span_of_text("2900000012345");
    assert_int_equal(card_vas_open(&want, message, AT_UNIX_S, &pass), ERR_SYNTAX);
    want.key_count = 0;
    ok(card_vas_open(&want, message, AT_UNIX_S, &pass));
    assert_message(&pass, "2900000012345");
    assert_false(pass.is_encrypted);
    assert_int_equal(pass.at_unix_s, 0);
    ok(open_hex(&want, "3030303032393030303030303132333435",
                &pass)); /* a text that might begin with a time, at another */
    assert_message(&pass, "0000"
                          "2900000012345");
    ok(card_vas_open(&want, span_of_text("00002900000012345"),
                     /* 0x30303030 s after 2001 */ INT64_C(1786771632), &pass));
    assert_message(&pass, "2900000012345");
    ok(open_hex(&want, "ff00000032393030303030303132333435", &pass)); /* no text has that in front */
    assert_message(&pass, "2900000012345");
    assert_int_equal(open_hex(&want, ONE_LETTER, &pass), ERR_SYNTAX); /* a cryptogram is no text */
    assert_int_equal(card_vas_open(&want, span_of(NULL, 0), AT_UNIX_S, &pass), ERR_SYNTAX);
}

static void card_text_of_pass__keeps_numbers_and_hashes_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *message, *text;
    } rows[] = {
        {"2900000012345", "num:2900000012345"},
        {"AB12", "num:AB12"},
        {"499g3sYcKCp7WVI9qVogyT", "pass:d5c8e95378d1abd542bbe86ae20b7f18"},
        {"ab12", "pass:59d937723564937cd1441370c7c7cd9f"},
    };
    char text[CARD_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ok(card_text_of_pass(span_of_text(rows[i].message), text));
        assert_true(card_text_is_valid(span_of_text(text)));
        assert_string_equal(text, rows[i].text);
    }
    assert_int_equal(card_text_of_pass(span_of_text("4111111111111111"), text), ERR_EXISTS);
    assert_int_equal(card_text_of_pass(span_of(NULL, 0), text), ERR_UNSUPPORTED);
    assert_false(card_text_is_valid(span_of_text("pass:d5c8e95378d1abd542bbe86ae20b7f1")));
    assert_false(card_text_is_valid(span_of_text("pass:D5C8e95378d1abd542bbe86ae20b7f18")));
}

/* ---- dialogues */

#define SELECT_OSE "00a404000a4f53452e5641532e303100"
#define APPLE_FCI                                                                                            \
    "6f1d50084170706c655061799f210201009f2404deadbeef9f23040000003a"                                         \
    "9000"
#define NONCE_1 "a1a2a3a4"
#define NONCE_2 "b1b2b3b4"
/* 9F22 version, 9F28 nonce, 9F26 capabilities, 9F25 SHA-256 of the pass type */
#define GET_HEAD(lc, p2, nonce, capabilities)                                                                \
    "80ca01" p2 lc "9f220201009f2804" nonce "9f2604008000" capabilities
#define GET_DEMO(nonce, capabilities) GET_HEAD("36", "01", nonce, capabilities) "9f2520" DEMO_HASH "00"
#define ANSWER_REAL                   "70549f2a009f274e" REAL "9000"

struct dialogue {
    struct script_tag script;
    struct script_random queue;
    struct card_ose ose;
    struct card_vas_settings settings;
    struct card_vas_pass pass;
    int64_t unix_s;
};

static struct dialogue dialogue_of(const struct script_row *rows, size_t count)
{
    struct dialogue dialogue = {
        .script = {.rows = rows, .row_count = count},
        .settings = {.is_on = true, .mode = CARD_VAS_ONLY, .window_s = CARD_VAS_WINDOW_S, .want_count = 1},
        .unix_s = AT_UNIX_S,
    };
    dialogue.settings.wants[0] = demo_want();
    return dialogue;
}

static enum err ask(struct dialogue *dialogue)
{
    struct tag tag = script_tag_as_tag(&dialogue->script);
    const struct card_vas_now now = {script_random_of(&dialogue->queue, NONCE_1 NONCE_2), dialogue->unix_s};
    enum err error = card_vas_ask(&tag, &dialogue->ose, &dialogue->settings, &now, &dialogue->pass);
    card_ose_end(&tag, &dialogue->ose, error);
    return error;
}

static void vas_ask__says_what_the_protocol_needs_and_lets_the_phone_go(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {GET_DEMO(NONCE_1, "02"), ANSWER_REAL, ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    ok(ask(&dialogue));
    assert_message(&dialogue.pass, "499g3sYcKCp7WVI9qVogyT");
    assert_int_equal(dialogue.script.transmit_count, 2);
    assert_int_equal(dialogue.script.release_count, 1);
    assert_int_equal(dialogue.script.released_after, 2);
}

static void vas_ask__judges_the_time_that_the_phone_says(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {NULL, ANSWER_REAL, ERR_OK},
    };
    static const struct {
        int64_t off_s;
        uint32_t window_s;
        enum err error;
    } times[] = {
        {600, 600, ERR_OK}, {601, 600, ERR_RANGE}, {-600, 600, ERR_OK},     {-601, 600, ERR_RANGE},
        {60, 60, ERR_OK},   {61, 60, ERR_RANGE},   {1000000000, 0, ERR_OK}, /* the window is off */
    };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
        dialogue.unix_s += times[i].off_s;
        dialogue.settings.window_s = times[i].window_s;
        assert_int_equal(ask(&dialogue), times[i].error);
        assert_int_equal(dialogue.script.release_count, 1);
    }
}

static void vas_ask__asks_for_all_passes_that_it_announced(void **state)
{
    (void)state;
    /* SHA-256 of "pass.example.b" */
    static const char second[] =
        GET_HEAD("36", "01", NONCE_2, "01") "9f2520"
                                            "afe24e4ab2d0862298a35d9338ff546751c8de72849f2287317d74b500dd3ed1"
                                            "00";
    static const struct script_row found_first[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {GET_DEMO(NONCE_1, "81"), ANSWER_REAL, ERR_OK},
        {second, "6a83", ERR_OK},
    };
    static const struct script_row found_second[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {GET_DEMO(NONCE_1, "81"), "6a83", ERR_OK},
        {second, "70109f270d323930303030303031323334359000", ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(found_first, COUNT_OF(found_first));
    const struct card_vas_want b = {.pass_type_id = "pass.example.b"};
    dialogue.settings.mode = CARD_VAS_AND_PAY;
    dialogue.settings.wants[1] = b;
    dialogue.settings.want_count = 2;
    ok(ask(&dialogue));
    assert_message(&dialogue.pass, "499g3sYcKCp7WVI9qVogyT");
    assert_int_equal(dialogue.script.released_after, 3);
    dialogue.script = (struct script_tag){.rows = found_second, .row_count = COUNT_OF(found_second)};
    memset(&dialogue.ose, 0, sizeof dialogue.ose);
    ok(ask(&dialogue));
    assert_message(&dialogue.pass, "2900000012345");
    assert_false(dialogue.pass.is_encrypted);
}

/* A pass that names somebody wins over one before it that was not to be believed. */
static void vas_ask__goes_on_after_a_pass_that_it_cannot_open(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {NULL, "70109f270d323930303030303031323334359000", ERR_OK}, /* in clear, though there is a key */
        {NULL, ANSWER_REAL, ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    dialogue.settings.wants[1] = dialogue.settings.wants[0];
    dialogue.settings.want_count = 2;
    ok(ask(&dialogue));
    assert_true(dialogue.pass.is_encrypted);
}

static void vas_ask__offers_a_url_with_a_pass_or_alone(void **state)
{
    (void)state;
    /* https://a.example/b */
#define URL "9f291368747470733a2f2f612e6578616d706c652f62"
    static const struct script_row with_pass[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {GET_HEAD("4c", "01", NONCE_1, "02") "9f2520" DEMO_HASH URL "00", "6a83", ERR_OK},
    };
    static const struct script_row alone[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {GET_HEAD("29", "00", NONCE_1, "02") URL "00", "9000", ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(with_pass, COUNT_OF(with_pass));
    memcpy(dialogue.settings.wants[0].url, "https://a.example/b", 20);
    assert_int_equal(ask(&dialogue), ERR_NOT_FOUND);
    assert_int_equal(dialogue.script.release_count, 1);
    dialogue.script = (struct script_tag){.rows = alone, .row_count = COUNT_OF(alone)};
    memset(&dialogue.ose, 0, sizeof dialogue.ose);
    dialogue.settings.wants[0].is_url_only = true;
    assert_int_equal(ask(&dialogue), ERR_NOT_FOUND);
    assert_int_equal(dialogue.script.transmit_count, 2);
    assert_int_equal(dialogue.script.release_count, 1);
}

static void vas_ask__has_a_rule_for_each_status_word(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum err error;
    } statuses[] = {
        {"6a83", ERR_NOT_FOUND},        {"6a82", ERR_NOT_FOUND},  {"6287", ERR_PENDING},
        {"6984", ERR_PENDING},          {"6982", ERR_PENDING},    {"6700", ERR_UNSUPPORTED},
        {"9000", ERR_SYNTAX},           {"70009000", ERR_SYNTAX}, {"70039f27009000", ERR_SYNTAX},
        {"70049f27009000", ERR_SYNTAX}, {"00", ERR_IO},
    };
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        const struct script_row rows[] = {{SELECT_OSE, APPLE_FCI, ERR_OK},
                                          {NULL, statuses[i].status, ERR_OK}};
        struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
        assert_int_equal(ask(&dialogue), statuses[i].error);
    }
}

/* In a payment a deselect in the middle would be taken for the end of it. */
static void vas_ask__leaves_a_phone_alone_whose_answer_was_lost(void **state)
{
    (void)state;
    static const struct script_row lost[] = {{SELECT_OSE, APPLE_FCI, ERR_OK}, {NULL, NULL, ERR_IO}};
    struct dialogue dialogue = dialogue_of(lost, COUNT_OF(lost));
    assert_int_equal(ask(&dialogue), ERR_IO);
    assert_int_equal(dialogue.script.release_count, 0);
    static const struct script_row gone[] = {{NULL, NULL, ERR_CLOSED}};
    dialogue = dialogue_of(gone, COUNT_OF(gone));
    assert_int_equal(ask(&dialogue), ERR_CLOSED);
    dialogue = dialogue_of(lost, COUNT_OF(lost)); /* no random bytes: nothing is said */
    struct tag tag = script_tag_as_tag(&dialogue.script);
    const struct card_vas_now now = {script_random_of(&dialogue.queue, ""), AT_UNIX_S};
    assert_int_equal(card_vas_ask(&tag, &dialogue.ose, &dialogue.settings, &now, &dialogue.pass), ERR_IO);
    assert_int_equal(dialogue.script.transmit_count, 1);
}

static void vas_ask__asks_nothing_of_another_wallet_or_when_it_is_off(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum err error;
    } wallets[] = {
        {"6f0c500a416e64726f69645061799000", ERR_NOT_FOUND}, /* AndroidPay */
        {"6a82", ERR_NOT_FOUND},
        {"6f009000", ERR_SYNTAX},
        {"9000", ERR_SYNTAX},
        {"6f0350084170706c655061799000", ERR_SYNTAX}, /* the label runs over its template */
    };
    for (size_t i = 0; i < COUNT_OF(wallets); i++) {
        const struct script_row rows[] = {{SELECT_OSE, wallets[i].answer, ERR_OK}};
        struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
        assert_int_equal(ask(&dialogue), wallets[i].error);
        assert_int_equal(ask(&dialogue), wallets[i].error); /* remembered: the wallet is asked for once */
        assert_int_equal(dialogue.script.transmit_count, 1);
        assert_int_equal(dialogue.script.release_count, 0);
    }
    struct dialogue off = dialogue_of(NULL, 0);
    off.settings.is_on = false;
    assert_int_equal(ask(&off), ERR_NOT_FOUND);
}

static void vas_ecp_frame__has_the_checksum_that_readers_send(void **state)
{
    (void)state;
    static const uint8_t crc[CARD_VAS_MODE_COUNT][2] = {
        {0xF6, 0xF1}, {0x7F, 0xE0}, {0xE4, 0xD2}, {0x6D, 0xC3}};
    for (int mode = 0; mode < CARD_VAS_MODE_COUNT; mode++) {
        uint8_t frame[CARD_VAS_ECP_SIZE];
        uint8_t sum[2];
        card_vas_ecp_frame((enum card_vas_mode)mode, frame);
        pn532_crc_a(span_of(frame, sizeof frame), sum);
        assert_memory_equal(sum, crc[mode], sizeof sum);
    }
}

static void card_ber__takes_long_tags_and_lengths_and_refuses_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum err error;
        uint32_t tag;
        size_t size;
    } rows[] = {
        {"500141", ERR_OK, 0x50, 1},        {"9f21020100", ERR_OK, 0x9F21, 2},
        {"bf0c00", ERR_OK, 0xBF0C, 0},      {"5fc10100", ERR_OK, 0x5FC101, 0},
        {"5081020102", ERR_OK, 0x50, 2},    {"508200010a", ERR_OK, 0x50, 1},
        {"", ERR_TRUNCATED, 0, 0},          {"9f", ERR_TRUNCATED, 0, 0},
        {"5fc1", ERR_TRUNCATED, 0, 0},      {"50", ERR_TRUNCATED, 0, 0},
        {"5081", ERR_TRUNCATED, 0, 0},      {"508201", ERR_TRUNCATED, 0, 0},
        {"500241", ERR_TRUNCATED, 0, 0},    {"5080", ERR_SYNTAX, 0, 0}, /* of no definite size */
        {"5083000001aa", ERR_SYNTAX, 0, 0},                             /* longer than any card's answer */
        {"5fc1818100", ERR_SYNTAX, 0, 0},                               /* a tag of four bytes */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cryptogram bytes = of_hex(rows[i].bytes);
        struct span rest = span_of(bytes.bytes, bytes.size);
        struct card_ber ber = {.tag = 77};
        assert_int_equal(card_ber_take(&rest, &ber), rows[i].error);
        assert_int_equal(ber.tag, rows[i].error == ERR_OK ? rows[i].tag : 77);
        assert_int_equal(rest.size, rows[i].error == ERR_OK ? 0 : bytes.size);
        if (rows[i].error == ERR_OK)
            assert_int_equal(ber.value.size, rows[i].size);
    }
    struct cryptogram nested = of_hex("6f07a505bf0c024141500142");
    static const uint32_t path[] = {0x6F, 0xA5, 0xBF0C}, missing[] = {0x6F, 0x50};
    struct span value;
    ok(card_ber_find(span_of(nested.bytes, nested.size), path, COUNT_OF(path), &value));
    assert_int_equal(value.size, 2);
    assert_int_equal(card_ber_find(span_of(nested.bytes, nested.size), missing, COUNT_OF(missing), &value),
                     ERR_NOT_FOUND);
}

/* ---- as a technology of a programme */

static enum err identify(const struct script_row *rows, size_t count, uint8_t key_count,
                         struct card_identity *out)
{
    struct dialogue dialogue = dialogue_of(rows, count);
    struct tag tag = script_tag_as_tag(&dialogue.script);
    struct card_programme programme = {.order = {READER_VAS}, .order_count = 1, .vas = dialogue.settings};
    programme.vas.wants[0].key_count = key_count;
    const struct card_context context = {script_random_of(&dialogue.queue, NONCE_1 NONCE_2), AT_UNIX_S};
    const struct card_request request = {&programme, &context, NULL};
    return card_identify(&tag, &request, out);
}

static void card_identify__names_whom_a_pass_names_and_how_fresh_it_is(void **state)
{
    (void)state;
    static const struct script_row sealed[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {NULL, ANSWER_REAL, ERR_OK},
    };
    static const struct script_row in_clear[] = {
        {SELECT_OSE, APPLE_FCI, ERR_OK},
        {NULL, "70109f270d323930303030303031323334359000", ERR_OK},
    };
    struct card_identity who = {0};
    char about[2 * READER_ABOUT_SIZE + 1];
    ok(identify(sealed, COUNT_OF(sealed), 1, &who));
    assert_int_equal(who.technology, READER_VAS);
    assert_string_equal(who.text, "pass:d5c8e95378d1abd542bbe86ae20b7f18");
    assert_int_equal(who.freshness.kind, READER_FRESH_TIME);
    assert_int_equal(who.freshness.value, AT_UNIX_S);
    hex_write(span_of(who.freshness.about, sizeof who.freshness.about), about);
    assert_string_equal(about, "77658e2b17dd32f16b241108c3a2a2cf");
    who = (struct card_identity){0};
    ok(identify(in_clear, COUNT_OF(in_clear), 0, &who));
    assert_string_equal(who.text, "num:2900000012345");
    assert_int_equal(who.trust, CARD_TRUST_STATIC);
    assert_int_equal(who.freshness.kind, READER_FRESH_NONE);
}

static void card_vas_check__refuses_settings_that_ask_for_nothing(void **state)
{
    (void)state;
    struct dialogue dialogue = dialogue_of(NULL, 0);
    const struct card_vas_settings sound = dialogue.settings;
    struct card_vas_settings bad[6] = {sound, sound, sound, sound, sound, sound};
    bad[0].mode = CARD_VAS_MODE_COUNT;
    bad[1].want_count = CARD_VAS_WANTS_MAX + 1;
    bad[2].wants[0].key_count = CARD_VAS_KEYS_MAX + 1;
    bad[3].wants[0].pass_type_id[0] = '\0';
    memset(bad[4].wants[0].url, 'u', sizeof bad[4].wants[0].url);
    bad[5].wants[0].is_url_only = true;
    ok(card_vas_check(&sound));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(card_vas_check(&bad[i]), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vas_open__reads_a_real_phones_pass),
        cmocka_unit_test(vas_open__knows_both_ways_of_binding_and_all_lengths_of_a_message),
        cmocka_unit_test(vas_open__refuses_each_changed_byte_and_each_cut),
        cmocka_unit_test(vas_open__finds_the_key_that_the_pass_was_made_for),
        cmocka_unit_test(vas_open__takes_a_message_in_clear_only_of_a_pass_without_keys),
        cmocka_unit_test(card_text_of_pass__keeps_numbers_and_hashes_everything_else),
        cmocka_unit_test(vas_ask__says_what_the_protocol_needs_and_lets_the_phone_go),
        cmocka_unit_test(vas_ask__judges_the_time_that_the_phone_says),
        cmocka_unit_test(vas_ask__asks_for_all_passes_that_it_announced),
        cmocka_unit_test(vas_ask__goes_on_after_a_pass_that_it_cannot_open),
        cmocka_unit_test(vas_ask__offers_a_url_with_a_pass_or_alone),
        cmocka_unit_test(vas_ask__has_a_rule_for_each_status_word),
        cmocka_unit_test(vas_ask__leaves_a_phone_alone_whose_answer_was_lost),
        cmocka_unit_test(vas_ask__asks_nothing_of_another_wallet_or_when_it_is_off),
        cmocka_unit_test(card_ber__takes_long_tags_and_lengths_and_refuses_the_rest),
        cmocka_unit_test(vas_ecp_frame__has_the_checksum_that_readers_send),
        cmocka_unit_test(card_identify__names_whom_a_pass_names_and_how_fresh_it_is),
        cmocka_unit_test(card_vas_check__refuses_settings_that_ask_for_nothing),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
