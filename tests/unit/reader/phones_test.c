/* SPDX-License-Identifier: Apache-2.0 */
/* Wallets in phones, by the real libnfc: the reader's side through Mbed TLS, the phone's (pn532-sim) through OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/tech/smart_tap.h"
#include "card/tech/vas.h"
#include "card/text.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "platform/nfc/nfc_reader.h"
#include "unit/minder/sim.h"

#define PASS_TYPE    "pass.example.club"
#define COLLECTOR_ID 12345678
#define HEX_KEY_SIZE (2 * VAULT_PUBLIC_SIZE + 1)

struct bench {
    struct sim sim;
    struct nfc_reader *nfc;
    struct tag_reader reader;
    struct seed seed;
    struct vault_key_pair key; /* the reader's, the collector's */
    char public_hex[HEX_KEY_SIZE];
    struct card_vas_settings vas;
    struct card_smart_tap_settings smart_tap;
    struct card_vas_pass apple;
    struct card_smart_tap_pass google;
    struct tag_target target;
};

static void use_key(struct bench *bench)
{
    ok(vault_draw_key_pair(seed_as_random(&bench->seed), &bench->key));
    hex_write(span_of(bench->key.public_key, VAULT_PUBLIC_SIZE), bench->public_hex);
    bench->vas = (struct card_vas_settings){
        .is_on = true,
        .mode = CARD_VAS_ONLY,
        .window_s = CARD_VAS_WINDOW_S,
        .want_count = 1,
        .wants = {{.pass_type_id = PASS_TYPE, .key_count = 1}},
    };
    ok(card_vas_key_make(bench->key.private_key, &bench->vas.wants[0].keys[0]));
    bench->smart_tap =
        (struct card_smart_tap_settings){.is_on = true, .collector_id = COLLECTOR_ID, .key_version = 1};
    memcpy(bench->smart_tap.private_key, bench->key.private_key, VAULT_PRIVATE_SIZE);
}

static int set_up(void **state)
{
    static struct bench bench;
    bench = (struct bench){.nfc = NULL, .seed = seed_of_environment()};
    ok(vault_open());
    use_key(&bench);
    sim_start(&bench.sim);
    sim_tell(&bench.sim, "list"); /* it answers once its line is there, too */
    ok(nfc_reader_open(bench.sim.device, &bench.nfc));
    bench.reader = nfc_reader_as_tag_reader(bench.nfc);
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    nfc_reader_close(bench->nfc);
    sim_stop(&bench->sim);
    return 0;
}

/* What follows goes into the slot: "%s" is the public key. */
static void lay_down(struct bench *bench, const char *format)
{
    char line[1400];
    char whole[1500];
    const char *mark = strstr(format, "%s");
    size_t head = mark != NULL ? (size_t)(mark - format) : strlen(format);
    (void)snprintf(line, sizeof line, "%.*s%s%s", (int)head, format, mark != NULL ? bench->public_hex : "",
                   mark != NULL ? mark + 2 : "");
    (void)snprintf(whole, sizeof whole, "swap 0 %s", line);
    sim_tell(&bench->sim, whole);
}

static enum err select_phone(struct bench *bench)
{
    return bench->reader.ops->select(bench->reader.self, &bench->target);
}

static enum err ask_apple(struct bench *bench)
{
    struct card_ose ose = {.is_asked = false};
    ok(select_phone(bench));
    const struct tag tag = {&bench->reader.ops->tag, bench->reader.self, bench->target};
    const struct card_vas_now now = {seed_as_random(&bench->seed), time(NULL)};
    enum err error = card_vas_ask(&tag, &ose, &bench->vas, &now, &bench->apple);
    card_ose_end(&tag, &ose, error);
    return error;
}

static enum err ask_google(struct bench *bench)
{
    struct card_ose ose = {.is_asked = false};
    ok(select_phone(bench));
    const struct tag tag = {&bench->reader.ops->tag, bench->reader.self, bench->target};
    enum err error =
        card_smart_tap_ask(&tag, &ose, &bench->smart_tap, seed_as_random(&bench->seed), &bench->google);
    card_ose_end(&tag, &ose, error);
    return error;
}

static void expect_ticks(struct bench *bench, const char *count)
{
    char answer[SIM_ANSWER_SIZE];
    sim_ask(&bench->sim, "dump 0", answer);
    assert_string_equal(answer, count);
}

static void an_iphone__gives_its_pass_and_shows_its_tick(void **state)
{
    struct bench *bench = *state;
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345 reader %s");
    ok(ask_apple(bench));
    assert_int_equal(bench->apple.message_size, 13);
    assert_memory_equal(bench->apple.message, "2900000012345", 13);
    assert_true(bench->apple.is_encrypted);
    expect_ticks(bench, "ok 01");
    struct tag_target first = bench->target;
    uint8_t about[CARD_VAS_ABOUT_SIZE];
    memcpy(about, bench->apple.about, sizeof about);
    ok(ask_apple(bench)); /* the same phone says another UID and another cryptogram */
    assert_memory_not_equal(first.uid, bench->target.uid, 4);
    assert_int_equal(bench->target.uid[0], 0x08);
    assert_memory_not_equal(about, bench->apple.about, sizeof about);
    expect_ticks(bench, "ok 02");
    lay_down(bench, "iphone pass " PASS_TYPE " message M reader %s method 2");
    ok(ask_apple(bench));
    assert_int_equal(bench->apple.message_size, 1);
}

static void an_iphone__wakes_for_the_frame_that_calls_wallets(void **state)
{
    struct bench *bench = *state;
    uint8_t frame[CARD_VAS_ECP_SIZE];
    card_vas_ecp_frame(CARD_VAS_ONLY, frame);
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345 reader %s ecp 2");
    for (int call = 0; call < 2; call++) {
        assert_int_equal(select_phone(bench), ERR_NOT_FOUND);
        ok(bench->reader.ops->announce(bench->reader.self, span_of(frame, sizeof frame)));
    }
    ok(ask_apple(bench));
    expect_ticks(bench, "ok 01");
    assert_int_equal(select_phone(bench), ERR_NOT_FOUND); /* and sleeps again */
    card_vas_ecp_frame(CARD_VAS_PAY_ONLY, frame);         /* a till that wants no pass wakes no pass */
    for (int call = 0; call < 4; call++) {
        ok(bench->reader.ops->announce(bench->reader.self, span_of(frame, sizeof frame)));
        assert_int_equal(select_phone(bench), ERR_NOT_FOUND);
    }
}

static void an_iphone__is_asked_again_while_it_is_locked(void **state)
{
    struct bench *bench = *state;
    lay_down(bench,
             "iphone pass " PASS_TYPE " message 2900000012345 reader %s status 6287,6984,6982,6a83,9000");
    for (int look = 0; look < 3; look++)
        assert_int_equal(ask_apple(bench), ERR_PENDING);
    assert_int_equal(ask_apple(bench), ERR_NOT_FOUND);
    expect_ticks(bench, "ok 00");
    ok(ask_apple(bench));
    expect_ticks(bench, "ok 01");
}

static void an_iphone__is_not_believed_when_anything_is_wrong(void **state)
{
    struct bench *bench = *state;
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345 reader %s time 1700000000");
    assert_int_equal(ask_apple(bench), ERR_RANGE); /* a pass of 2023 */
    lay_down(bench, "iphone pass pass.example.other message 2900000012345 reader %s");
    assert_int_equal(ask_apple(bench), ERR_NOT_FOUND);
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345");
    assert_int_equal(ask_apple(bench), ERR_SYNTAX); /* in clear */
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345 reader %s");
    use_key(bench);
    assert_int_equal(ask_apple(bench), ERR_SIGNATURE); /* for another reader's key */
    bench->vas.wants[0].key_count = 0;
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345");
    ok(ask_apple(bench));
    assert_false(bench->apple.is_encrypted);
}

static void an_android__gives_its_pass_in_every_shape(void **state)
{
    struct bench *bench = *state;
#define ANDROID "android collector 12345678 public %s value 2900000012345 "
    static const char *const shapes[] = {ANDROID, ANDROID "skip 1", ANDROID "compress 1", ANDROID "part 20",
                                         ANDROID "part 1 compress 1 skip 1 customer 1"};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        lay_down(bench, shapes[i]);
        ok(ask_google(bench));
        assert_string_equal(bench->google.text, "num:2900000012345");
        expect_ticks(bench, "ok 01");
    }
}

static void an_android__gives_a_pass_as_long_as_real_ones(void **state)
{
    struct bench *bench = *state;
    char value[701] = {0};
    char order[900];
    char text[CARD_TEXT_MAX];
    for (size_t i = 0; i + 1 < sizeof value; i++)
        value[i] = (char)('a' + i * i % 26);
    ok(card_text_of_pass(span_of_text(value), text));
    for (int compress = 0; compress < 2; compress++) {
        (void)snprintf(order, sizeof order, "android collector 12345678 public %%s value %s compress %d",
                       value, compress);
        lay_down(bench, order);
        ok(ask_google(bench));
        assert_string_equal(bench->google.text, text);
    }
}

static void an_android__refuses_a_terminal_that_is_not_its_collectors(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *order;
        enum err error;
    } rows[] = {
        {"android collector 12345679 public %s value 2900000012345", ERR_STATE},
        {ANDROID "status 9302", ERR_PENDING},
        {ANDROID "status 9000,9300", ERR_PENDING},
        {ANDROID "status 9406", ERR_STATE},
        {ANDROID "status 9201", ERR_IO},
        {ANDROID "status 9502", ERR_VERSION},
        {"android collector 12345678 public %s", ERR_NOT_FOUND}, /* no pass in it */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        lay_down(bench, rows[i].order);
        assert_int_equal(ask_google(bench), rows[i].error);
        expect_ticks(bench, "ok 00");
    }
    lay_down(bench, ANDROID);
    use_key(bench);
    assert_int_equal(ask_google(bench), ERR_STATE); /* a signature that is not the collector's */
}

static void an_android__gives_a_customers_id_where_it_is_asked_for(void **state)
{
    struct bench *bench = *state;
    bench->smart_tap.type_count = 1;
    bench->smart_tap.types[0] = CARD_SMART_TAP_CUSTOMER;
    lay_down(bench, ANDROID "customer 1");
    ok(ask_google(bench));
    assert_memory_equal(bench->google.text, "pass:", 5);
    assert_int_equal(bench->google.object_count, 1);
    lay_down(bench, ANDROID);
    assert_int_equal(ask_google(bench), ERR_NOT_FOUND);
}

/* Each wallet is asked for by both, and only one of them goes on. */
static void a_phone__is_no_other_phone(void **state)
{
    struct bench *bench = *state;
    lay_down(bench, ANDROID);
    assert_int_equal(ask_apple(bench), ERR_NOT_FOUND);
    lay_down(bench, "iphone pass " PASS_TYPE " message 2900000012345 reader %s");
    assert_int_equal(ask_google(bench), ERR_NOT_FOUND);
    lay_down(bench, "type4 uri https://loyalty.example/c/1234567");
    assert_int_equal(ask_apple(bench), ERR_NOT_FOUND);
    assert_int_equal(ask_google(bench), ERR_NOT_FOUND);
    lay_down(bench, "ntag213");
    assert_int_equal(ask_apple(bench), ERR_UNSUPPORTED);
}

#define PHONE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PHONE_TEST(an_iphone__gives_its_pass_and_shows_its_tick),
        PHONE_TEST(an_iphone__wakes_for_the_frame_that_calls_wallets),
        PHONE_TEST(an_iphone__is_asked_again_while_it_is_locked),
        PHONE_TEST(an_iphone__is_not_believed_when_anything_is_wrong),
        PHONE_TEST(an_android__gives_its_pass_in_every_shape),
        PHONE_TEST(an_android__gives_a_pass_as_long_as_real_ones),
        PHONE_TEST(an_android__refuses_a_terminal_that_is_not_its_collectors),
        PHONE_TEST(an_android__gives_a_customers_id_where_it_is_asked_for),
        PHONE_TEST(a_phone__is_no_other_phone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
