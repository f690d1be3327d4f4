/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pn532-sim/sim.h"
#include "pn532-sim/words.h"

static struct pn532_order parse(const char *line)
{
    struct pn532_order order;
    const char *why = "";
    assert_int_equal(pn532_order_parse(span_of_text(line), &order, &why), ERR_OK);
    return order;
}

/* Obeys a line and returns what it answers, or NULL if it waits. */
static const char *obey(struct pn532_sim *sim, const char *line, uint64_t now_mono_us)
{
    static struct pn532_text answer;
    struct pn532_wait wait;
    struct pn532_order order = parse(line);
    pn532_sim_obey(sim, &order, now_mono_us, &answer, &wait);
    return wait.is_on ? NULL : answer.text;
}

static bool begins(const char *text, const char *start)
{
    return text != NULL && strncmp(text, start, strlen(start)) == 0;
}

static void words__keep_blanks_in_quotes(void **state)
{
    (void)state;
    struct pn532_words words;
    assert_int_equal(pn532_words_split(span_of_text("  a \"b c\"\t\"say \\\"x\\\\\" d\"e f\"\r"), &words),
                     ERR_OK);
    assert_int_equal(words.count, 4);
    assert_string_equal(words.word[0], "a");
    assert_string_equal(words.word[1], "b c");
    assert_string_equal(words.word[2], "say \"x\\");
    assert_string_equal(words.word[3], "de f");
}

static void words__refuse_an_open_quote_a_nul_and_too_many(void **state)
{
    (void)state;
    struct pn532_words words;
    uint8_t line[PN532_LINE_SIZE_MAX + 1];
    assert_int_equal(pn532_words_split(span_of_text("a \"b"), &words), ERR_SYNTAX);
    assert_int_equal(pn532_words_split(span_of("a\0b", 3), &words), ERR_SYNTAX);
    for (size_t i = 0; i < sizeof(line); i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    assert_int_equal(pn532_words_split(span_of(line, sizeof(line)), &words), ERR_TOO_LONG);
    assert_int_equal(pn532_words_split(span_of(line, 2 * PN532_WORD_COUNT_MAX), &words), ERR_OK);
    assert_int_equal(pn532_words_split(span_of(line, 2 * PN532_WORD_COUNT_MAX + 1), &words), ERR_TOO_LONG);
}

static void order_parse__reads_each_command(void **state)
{
    (void)state;
    struct pn532_order order = parse("present 1 ntag215 uri https://a.example/1 uid 04010203040506");
    assert_int_equal(order.verb, PN532_VERB_PRESENT);
    assert_int_equal(order.slot, 1);
    assert_string_equal(order.card.tech->name, "ntag215");
    assert_memory_equal(order.card.uid, "\x04\x01\x02\x03\x04\x05\x06", 7);
    order = parse("swap 0 uid 01020304 atqa 0004 sak 20");
    assert_int_equal(order.verb, PN532_VERB_SWAP);
    assert_int_equal(order.card.sak, 0x20);
    assert_int_equal(parse("remove").verb, PN532_VERB_REMOVE_ALL);
    assert_int_equal(parse("remove 3").slot, 3);
    assert_int_equal(parse("mute").mute, PN532_MUTE_ALL);
    assert_int_equal(parse("mute after-ack").mute, PN532_MUTE_AFTER_ACK);
    assert_int_equal(parse("unmute").mute, PN532_MUTE_OFF);
    assert_int_equal(parse("garbage 7").fault.remaining, 7);
    assert_int_equal(parse("garbage status 80 2").fault.remaining, 2);
    assert_int_equal(parse("garbage reply 0102").fault.remaining, PN532_FOREVER);
    assert_int_equal(parse("garbage off").verb, PN532_VERB_FAULTS_OFF);
    assert_int_equal(parse("fault off").verb, PN532_VERB_FAULTS_OFF);
    assert_int_equal(parse("seed 7").count, 7);
}

static void order_parse__reads_for_which_replies_a_fault_is(void **state)
{
    (void)state;
    struct pn532_fault fault = parse("fault cut 7 of InDataExchange after 2 times 3").fault;
    assert_string_equal(fault.kind->name, "cut");
    assert_int_equal(fault.number, 7);
    assert_int_equal(fault.of, 0x40);
    assert_int_equal(fault.after, 2);
    assert_int_equal(fault.remaining, 3);
    fault = parse("fault data 91AF").fault;
    assert_int_equal(fault.size, 2);
    assert_int_equal(fault.of, PN532_ANY_COMMAND);
    assert_int_equal(fault.remaining, PN532_FOREVER);
}

static void order_parse__reads_what_waits(void **state)
{
    (void)state;
    assert_int_equal(parse("stats reset").verb, PN532_VERB_STATS_RESET);
    assert_int_equal(parse("wait-seen 2 1500").timeout_ms, 1500);
    assert_int_equal(parse("wait-poll 3 10").count, 3);
}

static void order_parse__refuses_with_a_sentence_and_touches_nothing(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "sing",
        "present",
        "present 0",
        "present 4 uid 01020304",
        "present x uid 01020304",
        "present 0 uid",
        "present 0 visa",
        "present 0 ntag213 uri",
        "present 0 ntag213 \"uri",
        "remove 4",
        "remove 0 1",
        "list all",
        "dump",
        "stats clear",
        "mute loudly",
        "garbage",
        "garbage reply",
        "garbage reply xyz",
        "garbage status 8080",
        "garbage status 80 many",
        "garbage checksum x",
        "garbage checksum 1 1",
        "fault",
        "fault singing",
        "fault cut",
        "fault cut 276",
        "fault cut 7 of",
        "fault cut 7 of Nothing",
        "fault cut 7 by 3",
        "fault lose times x",
        "fault code 4142",
        "seed 0",
        "wait-seen 0",
        "wait-seen 0 600001",
        "wait-poll x 10",
        "wait-seen 4 10",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct pn532_order order = {.slot = 77};
        const char *why = NULL;
        assert_int_not_equal(pn532_order_parse(span_of_text(lines[i]), &order, &why), ERR_OK);
        assert_non_null(why);
        assert_int_equal(order.slot, 77);
    }
}

static void sim_obey__keeps_slots_and_uids_apart(void **state)
{
    (void)state;
    static struct pn532_sim sim;
    pn532_sim_init(&sim, 0);
    assert_true(begins(obey(&sim, "present 0 uid 01020304", 1), "ok slot=0 card=uid uid=01020304 "));
    assert_true(begins(obey(&sim, "present 0 uid 05060708", 1), "error "));
    assert_true(begins(obey(&sim, "present 1 uid 01020304", 1), "error "));
    assert_true(begins(obey(&sim, "swap 0 uid 01020304", 1), "ok "));
    assert_true(begins(obey(&sim, "present 1 classic1k", 1), "ok "));
    assert_true(begins(obey(&sim, "list", 1), "ok plugged=1 field=0 cards=2 ; slot=0 "));
    assert_true(begins(obey(&sim, "dump 1", 1), "ok deadbeef22080400"));
    assert_string_equal(obey(&sim, "remove", 1), "ok removed=2");
    assert_true(begins(obey(&sim, "remove 0", 1), "error "));
    assert_true(begins(obey(&sim, "dump 0", 1), "error "));
    assert_true(begins(obey(&sim, "wait-seen 0 10", 1), "error "));
    assert_true(begins(obey(&sim, "plug", 1), "error "));
    assert_string_equal(obey(&sim, "unplug", 1), "ok");
    assert_true(begins(obey(&sim, "stats", 1), "ok commands=0 "));
    assert_true(begins(obey(&sim, "help", 1), "ok present "));
}

static void sim_wait__ends_by_time_or_when_the_card_is_gone(void **state)
{
    (void)state;
    static struct pn532_sim sim;
    struct pn532_text answer;
    struct pn532_wait wait;
    pn532_sim_init(&sim, 0);
    assert_true(begins(obey(&sim, "present 0 uid 01020304", 0), "ok "));
    struct pn532_order order = parse("wait-seen 0 10");
    pn532_sim_obey(&sim, &order, 1000, &answer, &wait);
    assert_true(wait.is_on);
    pn532_sim_wait_check(&sim, &wait, 10999, &answer);
    assert_true(wait.is_on);
    pn532_sim_wait_check(&sim, &wait, 11000, &answer);
    assert_false(wait.is_on);
    assert_string_equal(answer.text, "error timeout");
    pn532_sim_obey(&sim, &order, 1000, &answer, &wait);
    assert_true(begins(obey(&sim, "swap 0 uid 01020304", 0), "ok "));
    pn532_sim_wait_check(&sim, &wait, 1001, &answer);
    assert_false(wait.is_on);
    assert_true(begins(answer.text, "error the card was taken away"));
}

static void sim_plug__takes_the_chips_power_but_leaves_the_cards(void **state)
{
    (void)state;
    static struct pn532_sim sim;
    pn532_sim_init(&sim, 0);
    assert_true(begins(obey(&sim, "present 0 uid 01020304", 0), "ok "));
    pn532_chip_receive(&sim.chip, span_of("\x55", 1), 0);
    pn532_field_switch(&sim.field, true);
    assert_string_equal(obey(&sim, "unplug", 1), "ok");
    assert_true(
        begins(obey(&sim, "list", 1), "ok plugged=0 field=0 cards=1 ; slot=0 card=uid uid=01020304 "));
    assert_string_equal(obey(&sim, "plug", 1), "ok");
    assert_true(sim.chip.is_asleep);
    assert_false(sim.field.is_on);
}

/* The longest answers fit: four cards listed, all commands counted, a whole memory dumped. */
static void sim_obey__has_room_for_its_longest_answers(void **state)
{
    (void)state;
    static struct pn532_sim sim;
    static const char *const lines[] = {
        "present 0 uid 01020304050607080901", "present 1 uid 02020304050607080901",
        "present 2 uid 03020304050607080901", "present 3 classic1k uid 04020304050607"};
    pn532_sim_init(&sim, 0);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_true(begins(obey(&sim, lines[i], UINT64_MAX), "ok "));
        struct pn532_slot *slot = &sim.field.slots[i];
        slot->selected_mono_us = slot->busy_us = slot->select_busy_us = UINT64_MAX;
        slot->select_count = slot->exchange_count = UINT64_MAX;
    }
    memset(&sim.chip.stats, 0xFF, sizeof(sim.chip.stats));
    assert_true(begins(obey(&sim, "list", 0), "ok plugged=1 field=0 cards=4 ; "));
    assert_true(begins(obey(&sim, "stats", 0), "ok commands=18446744073709551615 "));
    assert_true(begins(obey(&sim, "dump 3", 0), "ok "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__keep_blanks_in_quotes),
        cmocka_unit_test(words__refuse_an_open_quote_a_nul_and_too_many),
        cmocka_unit_test(order_parse__reads_each_command),
        cmocka_unit_test(order_parse__reads_for_which_replies_a_fault_is),
        cmocka_unit_test(order_parse__reads_what_waits),
        cmocka_unit_test(order_parse__refuses_with_a_sentence_and_touches_nothing),
        cmocka_unit_test(sim_obey__keeps_slots_and_uids_apart),
        cmocka_unit_test(sim_wait__ends_by_time_or_when_the_card_is_gone),
        cmocka_unit_test(sim_plug__takes_the_chips_power_but_leaves_the_cards),
        cmocka_unit_test(sim_obey__has_room_for_its_longest_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
