/* SPDX-License-Identifier: Apache-2.0 */
/* iface/tag.h by the real libnfc, against a simulated chip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "platform/nfc/nfc_reader.h"
#include "unit/minder/sim.h"

struct bench {
    struct sim sim;
    struct nfc_reader *nfc;
    struct tag_reader reader;
    struct tag_target target;
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t rx_size;
};

static int set_up(void **state)
{
    static struct bench bench;
    bench = (struct bench){.nfc = NULL};
    sim_start(&bench.sim);
    assert_int_equal(nfc_reader_open(bench.sim.device, &bench.nfc), ERR_OK);
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

static enum err select_card(struct bench *bench)
{
    return bench->reader.ops->select(bench->reader.self, &bench->target);
}

typedef enum err (*sender)(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);

static enum err send_hex(struct bench *bench, sender send, const char *hex)
{
    uint8_t tx[TAG_APDU_SIZE_MAX];
    assert_int_equal(hex_read(span_of_text(hex), tx, strlen(hex) / 2), ERR_OK);
    bench->rx_size = 0;
    return send(bench->reader.self, span_of(tx, strlen(hex) / 2), bench->rx, sizeof bench->rx,
                &bench->rx_size);
}

static void expect_answer(struct bench *bench, sender send, const char *hex, const char *answer)
{
    char text[2 * TAG_ANSWER_SIZE_MAX + 1];
    assert_int_equal(send_hex(bench, send, hex), ERR_OK);
    hex_write(span_of(bench->rx, bench->rx_size), text);
    assert_string_equal(text, answer);
}

static void transmit__asks_for_the_ats_when_the_first_apdu_comes(void **state)
{
    struct bench *bench = *state;
    const struct tag_ops *tag = &bench->reader.ops->tag;
    sim_tell(&bench->sim, "present 0 type4 uri https://loyalty.example/c/1234567");
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_equal(bench->target.sak, 0x20);
    assert_int_equal(bench->target.ats_size, 0);
    expect_answer(bench, tag->transmit, "00a4040007d276000085010100", "9000");
    expect_answer(bench, tag->transmit, "00a4000c02e103", "9000");
    expect_answer(bench, tag->transmit, "00b000000f", "000f20010000ff0406e104020000ff9000");
    assert_int_equal(bench->reader.ops->check_presence(bench->reader.self), ERR_OK);
    expect_answer(bench, tag->transmit, "00a4000c02e104", "9000");
    assert_int_equal(send_hex(bench, tag->transmit, "00b0000000"), ERR_OK);
    assert_int_equal(bench->rx_size, 258);

    sim_tell(&bench->sim, "swap 0 type4 uid 04112233445566");
    assert_int_equal(bench->reader.ops->check_presence(bench->reader.self), ERR_NOT_FOUND);
    assert_int_equal(select_card(bench), ERR_OK);
    const uint8_t ats[] = {0x77, 0x77, 0x71, 0x02, 0x80};
    assert_int_equal(bench->target.ats_size, sizeof ats);
    assert_memory_equal(bench->target.ats, ats, sizeof ats);
    expect_answer(bench, tag->transmit, "00a4040007d276000085010100", "9000");
}

static void transmit__refuses_what_no_reader_can_send(void **state)
{
    struct bench *bench = *state;
    const struct tag_ops *tag = &bench->reader.ops->tag;
    static const uint8_t long_apdu[TAG_APDU_SIZE_MAX + 1];
    sim_tell(&bench->sim, "present 0 type4");
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_equal(tag->transmit(bench->reader.self, span_of(long_apdu, sizeof long_apdu), bench->rx,
                                   sizeof bench->rx, &bench->rx_size),
                     ERR_ARGUMENT);
    assert_int_equal(tag->transmit(bench->reader.self, span_of(long_apdu, 0), bench->rx, sizeof bench->rx,
                                   &bench->rx_size),
                     ERR_ARGUMENT);
    sim_tell(&bench->sim, "swap 0 ntag213");
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_equal(send_hex(bench, tag->transmit, "00a4040007d276000085010100"), ERR_UNSUPPORTED);
    assert_int_equal(send_hex(bench, tag->exchange, "3003"), ERR_OK);
    assert_int_equal(bench->rx_size, 16);
}

/* Of two chips each lets but one way through to a Type 2 tag. */
static void exchange__reads_by_the_other_way_after_a_failure(void **state)
{
    struct bench *bench = *state;
    const struct tag_ops *tag = &bench->reader.ops->tag;
    static const char *const deaf[] = {"fault status 01 of InDataExchange",
                                       "fault status 01 of InCommunicateThru"};
    sim_tell(&bench->sim, "present 0 ntag213");
    for (size_t i = 0; i < COUNT_OF(deaf); i++) {
        sim_tell(&bench->sim, deaf[i]);
        assert_int_equal(select_card(bench), ERR_OK);
        assert_int_equal(send_hex(bench, tag->exchange, "3003"), ERR_IO);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(select_card(bench), ERR_OK);
            assert_int_equal(send_hex(bench, tag->exchange, "3003"), ERR_OK);
            assert_int_equal(bench->rx_size, 16);
        }
        sim_tell(&bench->sim, "fault off");
    }
}

static void transmit__starts_anew_after_an_answer_that_is_too_long(void **state)
{
    struct bench *bench = *state;
    const struct tag_ops *tag = &bench->reader.ops->tag;
    sim_tell(&bench->sim, "present 0 type4 uri https://loyalty.example/c/1234567");
    assert_int_equal(select_card(bench), ERR_OK);
    expect_answer(bench, tag->transmit, "00a4040007d276000085010100", "9000");
    expect_answer(bench, tag->transmit, "00a4000c02e104", "9000");
    const uint8_t read_all[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
    assert_int_equal(
        tag->transmit(bench->reader.self, span_of(read_all, sizeof read_all), bench->rx, 16, &bench->rx_size),
        ERR_TOO_LONG);
    expect_answer(bench, tag->transmit, "00a4040007d276000085010100", "9000");
}

static void authenticate__opens_a_classic_with_its_key_alone(void **state)
{
    struct bench *bench = *state;
    const struct tag_ops *tag = &bench->reader.ops->tag;
    static const uint8_t wrong[TAG_KEY_SIZE] = {1, 2, 3, 4, 5, 6};
    static const uint8_t right[TAG_KEY_SIZE] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    sim_tell(&bench->sim, "present 0 classic1k block4 00112233445566778899aabbccddeeff");
    assert_int_equal(select_card(bench), ERR_OK);
    const struct tag_key none = {.block = 4, .kind = TAG_KEY_A, .bytes = wrong};
    assert_int_equal(tag->authenticate(bench->reader.self, &none), ERR_SIGNATURE);
    assert_int_equal(tag->select_again(bench->reader.self), ERR_OK);
    const struct tag_key key = {.block = 4, .kind = TAG_KEY_A, .bytes = right};
    assert_int_equal(tag->authenticate(bench->reader.self, &key), ERR_OK);
    expect_answer(bench, tag->exchange, "3004", "00112233445566778899aabbccddeeff");
    assert_int_equal(send_hex(bench, tag->exchange, "3008"), ERR_IO); /* another sector */
    sim_tell(&bench->sim, "swap 0 ntag213");
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_equal(tag->authenticate(bench->reader.self, &key), ERR_UNSUPPORTED);
}

static void announce__leaves_the_reader_as_it_was(void **state)
{
    struct bench *bench = *state;
    static const uint8_t frame[] = {0x6A, 0x01, 0x00, 0x00, 0x02};
    static const uint8_t long_frame[TAG_ANNOUNCE_MAX + 1];
    const struct tag_reader_ops *ops = bench->reader.ops;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(select_card(bench), ERR_NOT_FOUND);
        assert_int_equal(ops->announce(bench->reader.self, span_of(frame, sizeof frame)), ERR_OK);
    }
    assert_int_equal(ops->announce(bench->reader.self, span_of(long_frame, sizeof long_frame)), ERR_ARGUMENT);
    assert_int_equal(ops->announce(bench->reader.self, span_of(frame, 0)), ERR_ARGUMENT);
    sim_tell(&bench->sim, "present 0 ntag213");
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_equal(send_hex(bench, ops->tag.exchange, "60"), ERR_OK);
    assert_int_equal(bench->rx_size, 8);
}

/* A tag that lost the field must be found anew, in whatever state it was. */
static void release__lets_a_tag_go_until_the_next_look(void **state)
{
    struct bench *bench = *state;
    const struct tag_reader_ops *ops = bench->reader.ops;
    sim_tell(&bench->sim, "present 0 type4");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(select_card(bench), ERR_OK);
        expect_answer(bench, ops->tag.transmit, "00a4040007d276000085010100", "9000");
        assert_int_equal(ops->tag.release(bench->reader.self), ERR_OK);
        assert_int_equal(ops->check_presence(bench->reader.self), ERR_NOT_FOUND); /* it is to be selected */
        assert_int_equal(select_card(bench), ERR_OK);
        assert_int_equal(ops->rest(bench->reader.self), ERR_OK);
    }
    assert_int_equal(send_hex(bench, ops->tag.transmit, "00a4040007d276000085010100"), ERR_OK);
    assert_int_equal(ops->refresh(bench->reader.self), ERR_OK);
    assert_int_equal(select_card(bench), ERR_OK);
    assert_int_not_equal(bench->target.ats_size, 0);
}

static void select_again__finds_no_other_card_however_often_it_is_asked(void **state)
{
    struct bench *bench = *state;
    struct tag_target target;
    sim_tell(&bench->sim, "present 0 classic1k uid 11223344");
    assert_int_equal(bench->reader.ops->select(bench->reader.self, &target), ERR_OK);
    sim_tell(&bench->sim, "swap 0 ntag213");
    for (int i = 0; i < 3; i++)
        assert_int_equal(bench->reader.ops->tag.select_again(bench->reader.self), ERR_NOT_FOUND);
    assert_int_equal(bench->reader.ops->check_presence(bench->reader.self), ERR_NOT_FOUND);
    assert_int_equal(bench->reader.ops->select(bench->reader.self, &target), ERR_OK);
    assert_int_equal(target.uid_size, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(select_again__finds_no_other_card_however_often_it_is_asked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(transmit__asks_for_the_ats_when_the_first_apdu_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(transmit__refuses_what_no_reader_can_send, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exchange__reads_by_the_other_way_after_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transmit__starts_anew_after_an_answer_that_is_too_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(authenticate__opens_a_classic_with_its_key_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(announce__leaves_the_reader_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(release__lets_a_tag_go_until_the_next_look, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
