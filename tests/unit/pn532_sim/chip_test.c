/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "pn532-sim/chip.h"

/* A chip with its field, awake, and a clock that the test turns. */
struct bench {
    struct pn532_field field;
    struct pn532_chip chip;
    uint64_t now_mono_us;
};

static int set_up(void **state)
{
    static struct bench bench;
    bench = (struct bench){.now_mono_us = 1000000};
    pn532_chip_init(&bench.chip, &bench.field, 0);
    pn532_chip_receive(&bench.chip, span_of("\x55\x55\x00\x00", 4), bench.now_mono_us);
    *state = &bench;
    return 0;
}

static void lay(struct bench *bench, size_t slot, const char *tech, const char *uid)
{
    struct pn532_option option = {"uid", uid};
    struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find(tech), &option, 1, &card, &why), ERR_OK);
    assert_int_equal(pn532_field_present(&bench->field, slot, &card, bench->now_mono_us), ERR_OK);
    pn532_chip_tick(&bench->chip, bench->now_mono_us);
}

static void send(struct bench *bench, const char *hex)
{
    uint8_t data[PN532_DATA_SIZE_MAX] = {PN532_TFI_TO_CHIP};
    uint8_t frame[PN532_FRAME_SIZE_MAX];
    size_t size = strlen(hex) / 2;
    assert_int_equal(hex_read(span_of_text(hex), data + 1, size), ERR_OK);
    pn532_chip_receive(&bench->chip, span_of(frame, pn532_frame_build(span_of(data, size + 1), frame)),
                       bench->now_mono_us);
}

static bool take(struct bench *bench, struct pn532_output *output)
{
    if (!pn532_chip_take(&bench->chip, bench->now_mono_us, output))
        return false;
    pn532_chip_sent(&bench->chip, output, bench->now_mono_us);
    return true;
}

static void expect_ack(struct bench *bench)
{
    struct pn532_output output;
    assert_true(take(bench, &output));
    assert_true(span_is_equal(span_of(output.bytes, output.size), pn532_frame_ack()));
}

/* The data of the next frame after TFI, in hex; "" if none is due. */
static const char *next_reply(struct bench *bench)
{
    static char text[2 * PN532_DATA_SIZE_MAX + 1];
    struct pn532_output output;
    struct pn532_parser parser = {0};
    enum pn532_event event = PN532_EVENT_NONE;
    if (!take(bench, &output))
        return "";
    for (size_t i = 0; i < output.size && event == PN532_EVENT_NONE; i++)
        event = pn532_parser_feed(&parser, output.bytes[i]);
    if (event != PN532_EVENT_DATA)
        return "no frame";
    struct span data = pn532_parser_data(&parser);
    hex_write(span_of(data.bytes + 1, data.size - 1), text);
    return text;
}

static void expect(struct bench *bench, const char *command, const char *reply)
{
    send(bench, command);
    expect_ack(bench);
    assert_string_equal(next_reply(bench), reply);
    assert_string_equal(next_reply(bench), "");
}

static void chip__opens_as_libnfc_expects(void **state)
{
    struct bench *bench = *state;
    expect(bench, "1401", "15");
    expect(bench, "00006c69626e6663", "01006c69626e6663");
    expect(bench, "02", "0332010607");
    expect(bench, "1214", "13");
    expect(bench, "08630280630380", "09");
    expect(bench, "06630263036305", "07808000");
    expect(bench, "320100", "33");
    expect(bench, "3205000102", "33");
    expect(bench, "5200", "5300");
}

static void chip__sleeps_until_the_burst(void **state)
{
    struct bench *bench = *state;
    expect(bench, "16f0", "1700");
    send(bench, "02");
    assert_string_equal(next_reply(bench), "");
    pn532_chip_receive(&bench->chip, span_of("\x55\x55\x00\x00", 4), bench->now_mono_us);
    expect(bench, "02", "0332010607");
}

static void chip__answers_an_error_frame_to_what_it_does_not_know(void **state)
{
    struct bench *bench = *state;
    static const char *const commands[] = {"ff",   "4a03", "4a0300",   "4a0105",     "06",    "0663",
                                           "3205", "10ff", "4a0100ff", "3202000b11", "320200"};
    struct pn532_output output;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        send(bench, commands[i]);
        expect_ack(bench);
        assert_true(take(bench, &output));
        assert_true(span_is_equal(span_of(output.bytes, output.size), pn532_frame_error()));
    }
}

static void list__finds_nobody_at_once_when_retries_are_bounded(void **state)
{
    struct bench *bench = *state;
    expect(bench, "3205000102", "33");
    expect(bench, "4a0100", "4b00");
    expect(bench, "4a0103", "4b00");
    expect(bench, "6001012010", ""); /* InAutoPoll takes its time */
}

static void list__waits_for_a_card_when_retries_are_infinite(void **state)
{
    struct bench *bench = *state;
    expect(bench, "4a0100", "");
    assert_int_equal(pn532_chip_wake_mono_us(&bench->chip), PN532_NEVER);
    bench->now_mono_us += 3600000000;
    lay(bench, 0, "ntag215", "04A1B2C3D4E5F6");
    assert_string_equal(next_reply(bench), "4b01010044000704a1b2c3d4e5f6");
}

static void list__is_aborted_by_the_hosts_ack(void **state)
{
    struct bench *bench = *state;
    expect(bench, "4a0100", "");
    pn532_chip_receive(&bench->chip, pn532_frame_ack(), bench->now_mono_us);
    lay(bench, 0, "uid", "01020304");
    assert_string_equal(next_reply(bench), "");
    expect(bench, "02", "0332010607");
}

static void list__selects_the_card_of_the_uid_that_is_asked_for(void **state)
{
    struct bench *bench = *state;
    expect(bench, "3205000102", "33");
    lay(bench, 0, "uid", "01020304");
    lay(bench, 1, "uid", "04A1B2C3D4E5F6");
    expect(bench, "4a01008804a1b2c3d4e5f6", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "4a010001020304", "4b01010004000401020304");
    expect(bench, "4a010001020305", "4b00");
}

static void list__rotates_over_cards_that_were_deselected(void **state)
{
    struct bench *bench = *state;
    expect(bench, "3205000102", "33");
    lay(bench, 0, "uid", "01020304");
    lay(bench, 1, "uid", "05060708");
    expect(bench, "4a0100", "4b01010004000401020304");
    expect(bench, "4a0100", "4b01010004000401020304");
    expect(bench, "4400", "4500");
    expect(bench, "4a0100", "4b01010004000405060708");
    expect(bench, "4400", "4500");
    expect(bench, "4a0100", "4b01010004000401020304");
    expect(bench, "4a0200",
           "4b0201000400040102030402000400"
           "0405060708");
}

static void list__sends_the_ats_of_a_layer_4_card(void **state)
{
    struct bench *bench = *state;
    struct pn532_option options[] = {{"uid", "08123456"}, {"sak", "20"}, {"ats", "0578807000"}};
    struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find("uid"), options, 3, &card, &why), ERR_OK);
    assert_int_equal(pn532_field_present(&bench->field, 0, &card, 0), ERR_OK);
    expect(bench, "4a0100", "4b010100042004081234560578807000");
    expect(bench, "4400", "4500"); /* else it hears no request */
    expect(bench, "6001012010", "6101200e0100042004081234560578807000");
}

#define TYPE4_LISTED "4b01010344200704a1b2c3d4e544067777710280"

static void layer_4__hears_no_request_until_it_is_deselected(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "type4", "04A1B2C3D4E544");
    expect(bench, "3205000102", "33");
    expect(bench, "4a0100", TYPE4_LISTED);
    expect(bench, "4a0100", "4b00");
    expect(bench, "4a0100", "4b00");
    expect(bench, "320100", "33"); /* or the field is gone */
    expect(bench, "4a0100", TYPE4_LISTED);
    expect(bench, "4401", "4500");
    expect(bench, "4a0100", TYPE4_LISTED);
}

static void layer_4__answers_apdus(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "type4", "04A1B2C3D4E544");
    expect(bench, "4a0100", TYPE4_LISTED);
    expect(bench, "400100b000000f", "41006986");
    expect(bench, "400100a4040007d276000085010100", "41009000");
    expect(bench, "400100a4000c02e103", "41009000");
    expect(bench, "400100b000000f", "4100000f20010000ff0406e104020000ff9000");
    expect(bench, "400100a4000c02e105", "41006a82");
    expect(bench, "40016001", "41006700"); /* no MIFARE authentication in layer 4 */
}

/* The whole NDEF file in two reads of the most: 258 bytes of answer fit, and more would come in two replies. */
static void layer_4__gives_a_long_answer_out_whole(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "type4", "04A1B2C3D4E544");
    expect(bench, "4a0100", TYPE4_LISTED);
    expect(bench, "400100a4040007d276000085010100", "41009000");
    expect(bench, "400100a4000c02e104", "41009000");
    send(bench, "400100b0000000");
    expect_ack(bench);
    assert_int_equal(strlen(next_reply(bench)), 2 * (2 + 256 + 2));
}

static void layer_4__speaks_blocks_with_a_host_that_makes_them(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "type4", "04A1B2C3D4E544");
    expect(bench, "1204", "13"); /* no RATS by itself */
    expect(bench, "4a0100", "4b01010344200704a1b2c3d4e544");
    expect(bench, "42e020", "4300067777710280"); /* frames of 32 bytes */
    expect(bench, "420200a4040007d276000085010100", "4300029000");
    expect(bench, "42b2", "4300029000");     /* the same block again */
    expect(bench, "42b3", "4300a2");         /* is it there? */
    expect(bench, "421300a4000c", "4300a3"); /* a command in two blocks */
    expect(bench, "420202e103", "4300029000");
    expect(bench, "420300b000000f", "430003000f20010000ff0406e104020000ff9000");
    expect(bench, "420200a4000c02e104", "4300029000");
    expect(bench, "420300b000001e",
           "4300130000000000000000000000000000000000000000000000000000000000"); /* 29 bytes, more to come */
    expect(bench, "42a2", "430002009000");
    expect(bench, "42c2", "4300c2"); /* S(DESELECT) */
    expect(bench, "4a0100", "4b01010344200704a1b2c3d4e544");
}

static void auto_poll__replies_when_its_time_is_up(void **state)
{
    struct bench *bench = *state;
    expect(bench, "6002012010", "");
    assert_int_equal(pn532_chip_wake_mono_us(&bench->chip), bench->now_mono_us + 2 * 2 * 150000);
    bench->now_mono_us += 599999;
    pn532_chip_tick(&bench->chip, bench->now_mono_us);
    assert_string_equal(next_reply(bench), "");
    bench->now_mono_us += 1;
    pn532_chip_tick(&bench->chip, bench->now_mono_us);
    assert_string_equal(next_reply(bench), "6100");
}

static void exchange__reads_and_loses_a_card_that_is_taken_away(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    expect(bench, "40013000", "4127");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "40013000",
           "410004a1b29fc3d4e5f60448"
           "0000e1101200");
    assert_true(pn532_field_remove(&bench->field, 0));
    expect(bench, "40013000", "4101");
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6"); /* laid down again it is another tap */
    expect(bench, "40013000", "4101");
}

static void exchange__loses_a_card_that_refused_until_it_is_selected_again(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "400130ff", "4113");
    expect(bench, "40013000", "4101");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "40013003", "4100e11012000103a00c340300fe00000000");
}

static void release__makes_the_chip_forget_a_target_that_deselect_keeps(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "4401", "4500");
    expect(bench, "40013003", "4101"); /* halted */
    expect(bench, "5401", "5500");
    expect(bench, "40013003", "4100e11012000103a00c340300fe00000000");
    expect(bench, "5201", "5300");
    expect(bench, "40013003", "4127");
    expect(bench, "5401", "5527");
}

static void exchange__speaks_to_two_targets_in_turn(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    lay(bench, 1, "classic1k", "DEADBEEF");
    expect(bench, "4a0200",
           "4b02010044000704a1b2c3d4e5f602000408"
           "04deadbeef");
    expect(bench, "40026000ffffffffffffdeadbeef", "4100");
    expect(bench, "40013003", "4100e11012000103a00c340300fe00000000");
    expect(bench, "40023000", "4101"); /* woken again, the sector is closed */
}

static void exchange__runs_crypto1_and_halts_on_a_wrong_key(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "classic1k", "DEADBEEF");
    expect(bench, "4a0100", "4b010100040804deadbeef");
    expect(bench, "40016000000000000000deadbeef", "4114");
    expect(bench, "40016000ffffffffffffdeadbeef", "4101");
    expect(bench, "4a0100", "4b010100040804deadbeef");
    expect(bench, "40016000ffffffffffffdeadbeef", "4100");
    expect(bench, "40013000",
           "4100deadbeef22080400"
           "0000000000000000");
}

static void thru__sends_and_receives_the_crc_as_the_registers_say(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag215", "04A1B2C3D4E5F6");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "4260", "43000004040201001103");
    expect(bench, "08630200630300", "09");
    expect(bench, "4260", "4301"); /* no CRC: the card does not hear it */
    expect(bench, "4260f832", "43000004040201001103019e");
    expect(bench, "08630280630380", "09");
    expect(bench, "4277", "4302"); /* 4 bits of NAK hold no CRC */
    expect(bench, "4260", "4301"); /* and the card is gone until it is selected */
}

static void thru__reaches_no_type_a_card_in_type_b_framing(void **state)
{
    struct bench *bench = *state;
    lay(bench, 0, "ntag215", "04A1B2C3D4E5F6");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    expect(bench, "08630283630383", "09");
    expect(bench, "4260", "4301");
}

static void nack__repeats_the_last_reply(void **state)
{
    struct bench *bench = *state;
    static const uint8_t nack[] = {0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00};
    expect(bench, "02", "0332010607");
    pn532_chip_receive(&bench->chip, span_of(nack, sizeof(nack)), bench->now_mono_us);
    assert_string_equal(next_reply(bench), "0332010607");
}

static void baud__counts_the_time_of_line_and_air(void **state)
{
    struct bench *bench = *state;
    struct pn532_output output;
    bench->chip.baud = 115200;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    send(bench, "4a0100");
    assert_false(take(bench, &output));
    uint64_t ack_us = pn532_chip_wake_mono_us(&bench->chip) - bench->now_mono_us;
    assert_in_range(ack_us, 1300, 1500); /* 11 + 6 bytes of 86.8 us */
    bench->now_mono_us += ack_us;
    expect_ack(bench);
    uint64_t reply_us = pn532_chip_wake_mono_us(&bench->chip) - bench->now_mono_us;
    assert_in_range(reply_us, 6000, 9000); /* 22 bytes, and five frames over the air */
    bench->now_mono_us += reply_us;
    assert_string_equal(next_reply(bench), "4b01010044000704a1b2c3d4e5f6");
    assert_int_equal(bench->field.slots[0].select_busy_us, ack_us + reply_us);
    assert_int_equal(bench->chip.stats.tap_count, 1);
}

/* How long the chip takes for it, and the clock is then. */
static uint64_t spend(struct bench *bench, const char *hex)
{
    struct pn532_output output;
    uint64_t before_us = bench->now_mono_us;
    send(bench, hex);
    while (pn532_chip_wake_mono_us(&bench->chip) != PN532_NEVER) {
        bench->now_mono_us = pn532_chip_wake_mono_us(&bench->chip);
        while (take(bench, &output))
            continue;
    }
    return bench->now_mono_us - before_us;
}

/* What libnfc took for the same commands on a line of that speed; its own time and the system's are up to an eighth of it. */
static void baud__takes_as_long_as_it_was_measured(void **state)
{
    struct bench *bench = *state;
    bench->chip.baud = 115200;
    lay(bench, 0, "ntag216", "04A1B2C3D4E5F6");
    uint64_t select_us = spend(bench, "4a0100");
    assert_in_range(select_us, 9000, 10500);                                                    /* 10.5 ms */
    assert_in_range(select_us + spend(bench, "4260") + spend(bench, "423a043f"), 53000, 62000); /* 58.7 ms */
    uint64_t reads_us = select_us;
    for (unsigned page = 4; page < 4 + 56 * 4; page += 4) {
        char read[9];
        (void)snprintf(read, sizeof read, "4230%02x", page);
        reads_us += spend(bench, read);
    }
    assert_in_range(reads_us, 340000, 405000); /* 405 ms */
}

static void baud__counts_how_long_it_listens_to_silence(void **state)
{
    struct bench *bench = *state;
    bench->chip.baud = 115200;
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    (void)spend(bench, "4a0100");
    (void)pn532_field_remove(&bench->field, 0);
    assert_in_range(spend(bench, "423000"), 51200, 55000); /* as after reset */
    (void)spend(bench, "3202000b05");
    assert_in_range(spend(bench, "423000"), 1600, 5400);
    assert_in_range(spend(bench, "40013000"), 1600, 5600);
    (void)spend(bench, "3202000b00");
    assert_in_range(spend(bench, "423000"), 500, 4000);
}

static void traffic__is_counted_from_the_command_that_found_the_card(void **state)
{
    struct bench *bench = *state;
    expect(bench,
           "32050001"
           "02",
           "33");
    expect(bench, "4a0100", "4b00");
    lay(bench, 0, "ntag213", "04A1B2C3D4E5F6");
    expect(bench, "4a0100", "4b01010044000704a1b2c3d4e5f6");
    send(bench, "423003");
    (void)spend(bench, "02");
    const struct pn532_traffic *before = &bench->field.slots[0].before;
    const struct pn532_traffic *now = &bench->chip.traffic;
    assert_int_equal(now->commands - before->commands, 3);
    assert_int_equal(now->air_frames - before->air_frames, 10 + 2);
    assert_int_equal(now->air_bytes - before->air_bytes, 1 + 2 + 2 * (2 + 5 + 9 + 3) + 4 + 18);
    /* three frames of the host, three acknowledgements, three answers */
    size_t host = (4 + 7) + (4 + 7) + (2 + 7);
    size_t chip = (15 + 7) + (19 + 7) + (6 + 7);
    assert_int_equal(now->line_bytes - before->line_bytes, host + 3 * 6 + chip);
}

static void chip__survives_any_bytes(void **state)
{
    struct bench *bench = *state;
    const char *given = getenv("KASSA_SEED");
    uint32_t seed = given != NULL ? (uint32_t)strtoul(given, NULL, 10) : 20261121;
    print_message("KASSA_SEED=%u\n", seed);
    struct pn532_faults random = {.seed = seed != 0 ? seed : 1};
    struct pn532_fault fault = {
        .kind = pn532_fault_kind_find("random"), .of = PN532_ANY_COMMAND, .remaining = PN532_FOREVER};
    assert_int_equal(pn532_faults_add(&random, &fault), ERR_OK);
    static const uint8_t codes[] = {0x00, 0x04, 0x06, 0x08, 0x32, 0x40, 0x42, 0x44, 0x4A, 0x52, 0x54, 0x60};
    lay(bench, 0, "classic1k", "DEADBEEF");
    lay(bench, 1, "ntag216", "04A1B2C3D4E5F6");
    for (int round = 0; round < 20000; round++) {
        struct pn532_sent sent;
        uint8_t data[2] = {PN532_TFI_TO_CHIP, codes[(size_t)round % COUNT_OF(codes)]};
        struct pn532_output output;
        pn532_faults_frame(&random, span_of(data, sizeof(data)), &sent);
        pn532_chip_receive(&bench->chip, span_of(sent.bytes, sent.size), bench->now_mono_us);
        while (take(bench, &output))
            assert_in_range(output.size, 6, PN532_FRAME_SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(chip__opens_as_libnfc_expects, set_up),
        cmocka_unit_test_setup(chip__sleeps_until_the_burst, set_up),
        cmocka_unit_test_setup(chip__answers_an_error_frame_to_what_it_does_not_know, set_up),
        cmocka_unit_test_setup(list__finds_nobody_at_once_when_retries_are_bounded, set_up),
        cmocka_unit_test_setup(list__waits_for_a_card_when_retries_are_infinite, set_up),
        cmocka_unit_test_setup(list__is_aborted_by_the_hosts_ack, set_up),
        cmocka_unit_test_setup(list__selects_the_card_of_the_uid_that_is_asked_for, set_up),
        cmocka_unit_test_setup(list__rotates_over_cards_that_were_deselected, set_up),
        cmocka_unit_test_setup(list__sends_the_ats_of_a_layer_4_card, set_up),
        cmocka_unit_test_setup(layer_4__hears_no_request_until_it_is_deselected, set_up),
        cmocka_unit_test_setup(layer_4__answers_apdus, set_up),
        cmocka_unit_test_setup(layer_4__gives_a_long_answer_out_whole, set_up),
        cmocka_unit_test_setup(layer_4__speaks_blocks_with_a_host_that_makes_them, set_up),
        cmocka_unit_test_setup(auto_poll__replies_when_its_time_is_up, set_up),
        cmocka_unit_test_setup(exchange__reads_and_loses_a_card_that_is_taken_away, set_up),
        cmocka_unit_test_setup(exchange__loses_a_card_that_refused_until_it_is_selected_again, set_up),
        cmocka_unit_test_setup(release__makes_the_chip_forget_a_target_that_deselect_keeps, set_up),
        cmocka_unit_test_setup(exchange__speaks_to_two_targets_in_turn, set_up),
        cmocka_unit_test_setup(exchange__runs_crypto1_and_halts_on_a_wrong_key, set_up),
        cmocka_unit_test_setup(thru__sends_and_receives_the_crc_as_the_registers_say, set_up),
        cmocka_unit_test_setup(thru__reaches_no_type_a_card_in_type_b_framing, set_up),
        cmocka_unit_test_setup(nack__repeats_the_last_reply, set_up),
        cmocka_unit_test_setup(baud__counts_the_time_of_line_and_air, set_up),
        cmocka_unit_test_setup(baud__takes_as_long_as_it_was_measured, set_up),
        cmocka_unit_test_setup(baud__counts_how_long_it_listens_to_silence, set_up),
        cmocka_unit_test_setup(traffic__is_counted_from_the_command_that_found_the_card, set_up),
        cmocka_unit_test_setup(chip__survives_any_bytes, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
