/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "pn532-sim/sim.h"

#define NTAG  "present 0 ntag213 uid 04A1B2C3D4E5F6"
#define FOUND "4b01010044000704a1b2c3d4e5f6"

/* A whole simulator, awake, with an NTAG before it. */
static int set_up(void **state)
{
    static struct pn532_sim sim;
    pn532_sim_init(&sim, 0);
    pn532_chip_receive(&sim.chip, span_of("\x55\x55\x00\x00", 4), 0);
    *state = &sim;
    return 0;
}

static void tell(struct pn532_sim *sim, const char *line)
{
    struct pn532_order order;
    struct pn532_text answer;
    struct pn532_wait wait;
    const char *why = "";
    assert_int_equal(pn532_order_parse(span_of_text(line), &order, &why), ERR_OK);
    pn532_sim_obey(sim, &order, 0, &answer, &wait);
    if (memcmp(answer.text, "ok", 2) != 0)
        fail_msg("%s: %s", line, answer.text);
}

/* Sends a command and gives back the bytes that come behind the ACK, in hex; "" if none are due. */
static const char *ask(struct pn532_sim *sim, const char *hex, struct pn532_output *out)
{
    static char text[2 * PN532_SENT_SIZE_MAX + 1];
    uint8_t data[PN532_DATA_SIZE_MAX] = {PN532_TFI_TO_CHIP}, frame[PN532_FRAME_SIZE_MAX];
    size_t size = strlen(hex) / 2;
    assert_int_equal(hex_read(span_of_text(hex), data + 1, size), ERR_OK);
    size = pn532_frame_build(span_of(data, size + 1), frame);
    pn532_chip_receive(&sim->chip, span_of(frame, size), 0);
    assert_true(pn532_chip_take(&sim->chip, 0, out));
    assert_true(span_is_equal(span_of(out->bytes, out->size), pn532_frame_ack()));
    if (!pn532_chip_take(&sim->chip, 0, out))
        return "";
    hex_write(span_of(out->bytes, out->size), text);
    return text;
}

/* What comes back is a frame around these bytes, D5 before them. */
static void expect(struct pn532_sim *sim, const char *command, const char *reply)
{
    struct pn532_output output;
    char text[2 * PN532_FRAME_SIZE_MAX + 1];
    uint8_t data[PN532_DATA_SIZE_MAX] = {PN532_TFI_TO_HOST}, frame[PN532_FRAME_SIZE_MAX];
    size_t size = strlen(reply) / 2;
    assert_int_equal(hex_read(span_of_text(reply), data + 1, size), ERR_OK);
    hex_write(span_of(frame, pn532_frame_build(span_of(data, size + 1), frame)), text);
    assert_string_equal(ask(sim, command, &output), text);
}

static void expect_bytes(struct pn532_sim *sim, const char *command, const char *bytes)
{
    struct pn532_output output;
    assert_string_equal(ask(sim, command, &output), bytes);
}

static void garbage__spoils_as_many_replies_as_told(void **state)
{
    struct pn532_sim *sim = *state;
    struct pn532_output output;
    tell(sim, NTAG);
    tell(sim, "garbage status 80 1");
    expect(sim, "320101", "33"); /* no exchange with a card, and it counts */
    expect(sim, "4a0100", FOUND);
    tell(sim, "garbage status 80 1");
    expect(sim, "40013000", "4180");
    expect(sim, "40013003", "4100e11012000103a00c340300fe00000000");
    tell(sim, "garbage ats0");
    expect(sim, "4a0100", "4b01010044200704a1b2c3d4e5f600");
    tell(sim, "garbage checksum 1");
    expect_bytes(sim, "02",
                 "0000ff06fad5033201060"
                 "7bd00");
    expect(sim, "02", "0332010607");
    tell(sim, "mute after-ack");
    assert_string_equal(ask(sim, "02", &output), "");
}

static void fault__spoils_the_replies_that_it_is_for(void **state)
{
    struct pn532_sim *sim = *state;
    tell(sim, NTAG);
    tell(sim, "fault data 91af of InDataExchange after 1 times 1");
    tell(sim, "fault status 01 of InListPassiveTarget");
    tell(sim, "fault code 77 of GetFirmwareVersion times 1");
    expect(sim, "320101", "33");
    expect(sim, "4a0100", FOUND); /* no exchange */
    expect(sim, "40013003", "4100e11012000103a00c340300fe00000000");
    expect(sim, "40013003", "410091af");
    expect(sim, "40013003", "4100e11012000103a00c340300fe00000000");
    expect(sim, "02", "7732010607");
    expect(sim, "02", "0332010607");
}

static void fault__gives_way_to_the_next_when_it_is_spent(void **state)
{
    struct pn532_sim *sim = *state;
    for (size_t i = 0; i < PN532_FAULT_COUNT_MAX; i++)
        tell(sim, "fault reply 0102 of GetFirmwareVersion times 1");
    struct pn532_fault one_more = {
        .kind = pn532_fault_kind_find("error"), .of = PN532_ANY_COMMAND, .remaining = 1};
    assert_int_equal(pn532_faults_add(&sim->chip.faults, &one_more), ERR_FULL);
    expect(sim, "02", "030102");
    assert_int_equal(pn532_faults_add(&sim->chip.faults, &one_more), ERR_OK);
    for (size_t i = 1; i < PN532_FAULT_COUNT_MAX; i++)
        expect(sim, "02", "030102");
    expect_bytes(sim, "02", "0000ff01ff7f8100");
    expect(sim, "02", "0332010607");
    assert_int_equal(sim->chip.stats.spoilt_count, PN532_FAULT_COUNT_MAX + 1);
}

/* 00 00 FF 06 FA D5 03 32 01 06 07 E8 00 is the frame as it should be. */
static void fault__spoils_the_frame(void **state)
{
    static const struct {
        const char *order;
        const char *bytes;
    } rows[] = {
        {"fault lcs times 1", "0000ff06afd50332010607e800"},
        {"fault checksum times 1", "0000ff06fad50332010607bd00"},
        {"fault length 255 times 1", "0000ffff01d50332010607e800"},
        {"fault extended times 1", "0000ffffff0006fad50332010607e800"},
        {"fault raw ffff times 1", "ffff"},
        {"fault error times 1", "0000ff01ff7f8100"},
        {"fault acks 2 times 1", "0000ff00ff000000ff00ff000000ff06fad50332010607e800"},
        {"fault tail 0000 times 1", "0000ff06fad50332010607e8000000"},
        {"fault twice times 1", "0000ff06fad50332010607e8000000ff06fad50332010607e800"},
        {"fault cut 5 times 1", "0000ff06fa"},
        {"fault cut 0 times 1", ""},
    };
    struct pn532_sim *sim = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tell(sim, rows[i].order);
        expect_bytes(sim, "02", rows[i].bytes);
        expect_bytes(sim, "02", "0000ff06fad50332010607e800");
    }
}

static void fault__flips_one_bit_that_the_seed_draws(void **state)
{
    struct pn532_sim *sim = *state;
    struct pn532_output first, second;
    tell(sim, "fault flip");
    tell(sim, "seed 5");
    (void)ask(sim, "02", &first);
    tell(sim, "seed 5");
    (void)ask(sim, "02", &second);
    assert_memory_equal(first.bytes, second.bytes, first.size);
    static const uint8_t right[] = {0x00, 0x00, 0xFF, 0x06, 0xFA, 0xD5, 0x03,
                                    0x32, 0x01, 0x06, 0x07, 0xE8, 0x00};
    int bits = 0;
    for (size_t i = 0; i < sizeof(right); i++)
        bits += __builtin_popcount((unsigned)(first.bytes[i] ^ right[i]));
    assert_int_equal(bits, 1);
}

static void fault__says_that_more_is_to_come(void **state)
{
    struct pn532_sim *sim = *state;
    tell(sim, NTAG);
    expect(sim, "320101", "33");
    expect(sim, "4a0100", FOUND);
    tell(sim, "fault more times 1");
    expect(sim, "40013003", "4140e11012000103a00c340300fe00000000");
}

static void fault__gives_a_found_card_an_ats(void **state)
{
    struct pn532_sim *sim = *state;
    tell(sim, NTAG);
    expect(sim, "320101", "33");
    tell(sim, "fault ats 0578807102 times 1");
    expect(sim, "4a0100", "4b01010044200704a1b2c3d4e5f60578807102");
}

static void fault__takes_the_card_away_with_the_reply(void **state)
{
    struct pn532_sim *sim = *state;
    tell(sim, NTAG);
    expect(sim, "320101", "33");
    expect(sim, "4a0100", FOUND);
    tell(sim, "fault lose times 1");
    expect(sim, "40013003", "4101");
    assert_false(sim->field.slots[0].is_taken);
    expect(sim, "40013003", "4101");
    tell(sim, NTAG);
    tell(sim, "fault lose of InListPassiveTarget times 1");
    expect(sim, "4a0100", FOUND);
    assert_false(sim->field.slots[0].is_taken);
}

static void fault__unplugs_the_reader_in_the_middle_of_a_frame(void **state)
{
    struct pn532_sim *sim = *state;
    struct pn532_output output;
    tell(sim, "fault pull 4");
    assert_string_equal(ask(sim, "02", &output), "0000ff06");
    assert_true(output.unplugs);
    pn532_sim_unplug(sim);
    assert_false(sim->is_plugged);
    assert_true(sim->chip.is_asleep);
}

static void fault__lets_a_reply_come_late(void **state)
{
    struct pn532_sim *sim = *state;
    struct pn532_output output;
    tell(sim, "fault late 250");
    assert_string_equal(ask(sim, "02", &output), "");
    assert_int_equal(pn532_chip_wake_mono_us(&sim->chip), 250000);
    assert_true(pn532_chip_take(&sim->chip, 250000, &output));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(garbage__spoils_as_many_replies_as_told, set_up),
        cmocka_unit_test_setup(fault__spoils_the_replies_that_it_is_for, set_up),
        cmocka_unit_test_setup(fault__gives_way_to_the_next_when_it_is_spent, set_up),
        cmocka_unit_test_setup(fault__spoils_the_frame, set_up),
        cmocka_unit_test_setup(fault__flips_one_bit_that_the_seed_draws, set_up),
        cmocka_unit_test_setup(fault__says_that_more_is_to_come, set_up),
        cmocka_unit_test_setup(fault__gives_a_found_card_an_ats, set_up),
        cmocka_unit_test_setup(fault__takes_the_card_away_with_the_reply, set_up),
        cmocka_unit_test_setup(fault__unplugs_the_reader_in_the_middle_of_a_frame, set_up),
        cmocka_unit_test_setup(fault__lets_a_reply_come_late, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
