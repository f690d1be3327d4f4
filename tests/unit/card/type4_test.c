/* SPDX-License-Identifier: Apache-2.0 */
/* Type 4 tags, dialogues byte by byte: no more is read than the message has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "card/tech/type4.h"
#include "harness/ok.h"
#include "unit/card/script_tag.h"

#define SELECT_NDEF   "00a4040007d276000085010100"
#define SELECT_NDEF_1 "00a4040007d276000085010000" /* version 1.0 */
#define SELECT_FILE   "00a4000c02e104"
#define SELECT_CC     "00a4000c02e103"

static struct card_type4 type4;

/* Speaks that dialogue, whole. */
static enum err read_by(const struct script_row *rows, size_t count, struct span *out_message)
{
    struct script_tag script = {.rows = rows, .row_count = count};
    struct tag tag = script_tag_as_tag(&script);
    type4 = (struct card_type4){.is_read = false};
    enum err error = card_type4_message(&tag, &type4, out_message);
    assert_int_equal(script.transmit_count, count);
    return error;
}

static void type4__reads_the_length_and_exactly_that_much(void **state)
{
    (void)state;
    static const struct script_row rows[] = {{SELECT_NDEF, "9000", ERR_OK},
                                             {SELECT_FILE, "9000", ERR_OK},
                                             {"00b0000002", "00059000", ERR_OK},
                                             {"00b0000205", "d10101540a9000", ERR_OK}};
    struct span message;
    ok(read_by(rows, COUNT_OF(rows), &message));
    assert_int_equal(message.size, 5);
    assert_memory_equal(message.bytes, "\xd1\x01\x01\x54\x0a", 5);
}

static void type4__reads_a_long_message_in_parts(void **state)
{
    (void)state;
    static char first[2 * 251 + 5], second[2 * 49 + 5];
    memset(first, '1', 2 * 251);
    memcpy(first + 2 * 251, "9000", 5);
    memset(second, '2', 2 * 49);
    memcpy(second + 2 * 49, "9000", 5);
    const struct script_row rows[] = {{SELECT_NDEF, "9000", ERR_OK},
                                      {SELECT_FILE, "9000", ERR_OK},
                                      {"00b0000002", "012c9000", ERR_OK},
                                      {"00b00002fb", first, ERR_OK},
                                      {"00b000fd31", second, ERR_OK}};
    struct span message;
    ok(read_by(rows, COUNT_OF(rows), &message));
    assert_int_equal(message.size, 300);
    assert_int_equal(message.bytes[250], 0x11);
    assert_int_equal(message.bytes[251], 0x22);
}

static void type4__follows_the_container_where_the_usual_way_is_refused(void **state)
{
    (void)state;
    static const struct script_row rows[] = {{SELECT_NDEF, "9000", ERR_OK},
                                             {SELECT_FILE, "9000", ERR_OK},
                                             {"00b0000002", "00059000", ERR_OK},
                                             {"00b0000205", "6700", ERR_OK}, /* more than it gives at once */
                                             {SELECT_CC, "9000", ERR_OK},
                                             {"00b000000f",
                                              "000f20000300340406e1050080000"
                                              "09000",
                                              ERR_OK},
                                             {"00a4000c02e105", "9000", ERR_OK},
                                             {"00b0000002", "00059000", ERR_OK},
                                             {"00b0000203", "d101019000", ERR_OK},
                                             {"00b0000502", "540a9000", ERR_OK}};
    struct span message;
    ok(read_by(rows, COUNT_OF(rows), &message));
    assert_memory_equal(message.bytes, "\xd1\x01\x01\x54\x0a", 5);
}

/* The rest of a dialogue that ends with the same message, in parts of at most 255 bytes. */
#define THE_MESSAGE(at)                                                                                      \
    {                                                                                                        \
        "00b0000" at "05", "d10101540a9000", ERR_OK                                                          \
    }

static const struct dialogue {
    struct script_row rows[10];
} DIALOGUES[] = {
    /* version 1.0: its name ends with 00, and its files are selected by P2 = 00 */
    {{{SELECT_NDEF, "6a82", ERR_OK},
      {SELECT_NDEF_1, "9000", ERR_OK},
      {SELECT_FILE, "6a86", ERR_OK},
      {"00a4000002e104",
       "6f00"
       "9000",
       ERR_OK},
      {"00b0000002", "00059000", ERR_OK},
      THE_MESSAGE("2")}},
    /* a selection that is done, with more to fetch */
    {{{SELECT_NDEF, "610b", ERR_OK},
      {SELECT_FILE, "6112", ERR_OK},
      {"00b0000002", "00059000", ERR_OK},
      THE_MESSAGE("2")}},
    /* nothing at E104: what counts is where the container says, behind a block of another kind */
    {{{SELECT_NDEF, "9000", ERR_OK},
      {SELECT_FILE, "9000", ERR_OK},
      {"00b0000002", "00009000", ERR_OK},
      {SELECT_CC, "9000", ERR_OK},
      {"00b000000f",
       "00172000ff00ff0506e1040080008"
       "29000",
       ERR_OK},
      {"00b0000f08", "0406e106008000009000", ERR_OK},
      {"00a4000c02e106", "9000", ERR_OK},
      {"00b0000002", "00059000", ERR_OK},
      THE_MESSAGE("2")}},
    /* an NTAG 424's container, whose first block says all: the rest of it is not asked for */
    {{{SELECT_NDEF, "9000", ERR_OK},
      {SELECT_FILE, "6a82", ERR_OK},
      {SELECT_CC, "9000", ERR_OK},
      {"00b000000f", "00172000ff00ff0406e107008000009000", ERR_OK},
      {"00a4000c02e107", "9000", ERR_OK},
      {"00b0000002", "00059000", ERR_OK},
      THE_MESSAGE("2")}},
    /* version 3.0: an extended file, whose length has four bytes */
    {{{SELECT_NDEF, "9000", ERR_OK},
      {SELECT_FILE, "9000", ERR_OK},
      {"00b0000002", "00009000", ERR_OK},
      {SELECT_CC, "9000", ERR_OK},
      {"00b000000f", "00113000ff00ff0608e104000100009000", ERR_OK},
      {"00b0000f02", "00ff9000", ERR_OK},
      {SELECT_FILE, "9000", ERR_OK},
      {"00b0000004", "000000059000", ERR_OK},
      THE_MESSAGE("4")}},
};

static void type4__reads_tags_of_each_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(DIALOGUES); i++) {
        struct span message;
        size_t count = 0;
        while (DIALOGUES[i].rows[count].command != NULL)
            count++;
        ok(read_by(DIALOGUES[i].rows, count, &message));
        assert_int_equal(message.size, 5);
        assert_memory_equal(message.bytes, "\xd1\x01\x01\x54\x0a", 5);
    }
}

static void type4__is_nobody_where_nothing_stands(void **state)
{
    (void)state;
    static const struct script_row no_application[] = {{SELECT_NDEF, "6a82", ERR_OK},
                                                       {SELECT_NDEF_1, "6a82", ERR_OK}};
    static const struct script_row empty[] = {{SELECT_NDEF, "9000", ERR_OK},
                                              {SELECT_FILE, "9000", ERR_OK},
                                              {"00b0000002", "00009000", ERR_OK},
                                              {SELECT_CC, "9000", ERR_OK},
                                              {"00b000000f",
                                               "000f2000fb00340406e10400800000"
                                               "9000",
                                               ERR_OK}}; /* the same file: it is not read twice */
    static const struct script_row locked[] = {{SELECT_NDEF, "9000", ERR_OK},
                                               {SELECT_FILE, "6a82", ERR_OK},
                                               {SELECT_CC, "9000", ERR_OK},
                                               {"00b000000f",
                                                "000f2000fb00340406e10400808000"
                                                "9000",
                                                ERR_OK}}; /* who may read: not everybody */
    static const struct script_row too_long[] = {{SELECT_NDEF, "9000", ERR_OK},
                                                 {SELECT_FILE, "9000", ERR_OK},
                                                 {"00b0000002", "fffe9000", ERR_OK},
                                                 {SELECT_CC, "6a82", ERR_OK}};
    static const struct script_row gone[] = {{SELECT_NDEF, "9000", ERR_OK}, {SELECT_FILE, NULL, ERR_IO}};
    struct span message;
    assert_int_equal(read_by(no_application, COUNT_OF(no_application), &message), ERR_NOT_FOUND);
    assert_int_equal(read_by(empty, COUNT_OF(empty), &message), ERR_NOT_FOUND);
    assert_int_equal(read_by(locked, COUNT_OF(locked), &message), ERR_NOT_FOUND);
    assert_int_equal(read_by(too_long, COUNT_OF(too_long), &message), ERR_NOT_FOUND);
    assert_int_equal(read_by(gone, COUNT_OF(gone), &message), ERR_IO);
}

/* Where the tag answers so to the first, second or third command, and to the one after where it is asked further. */
static enum err refused_at(size_t at, const char *status)
{
    const struct script_row sound[] = {{SELECT_NDEF, "9000", ERR_OK}, {SELECT_FILE, "9000", ERR_OK}};
    struct script_row rows[6] = {sound[0], sound[1]};
    rows[at] = (struct script_row){NULL, status, ERR_OK};
    for (size_t i = at + 1; i < COUNT_OF(rows); i++)
        rows[i] = (struct script_row){NULL, "6a82", ERR_OK};
    struct script_tag script = {.rows = rows, .row_count = COUNT_OF(rows)};
    struct tag tag = script_tag_as_tag(&script);
    struct span message;
    type4 = (struct card_type4){.is_read = false};
    return card_type4_message(&tag, &type4, &message);
}

/* Whoever names nobody is known by his UID: only a word that stands on the tag may say so. */
static void type4__is_asked_again_where_a_status_may_pass(void **state)
{
    (void)state;
    static const char *const lasting[] = {"6a81", "6a82", "6a86", "6982", "6985", "6986", "6999",
                                          "6700", "6b00", "6c02", "6d00", "6d11", "6e00", "6283",
                                          "6881", "911c", "917e", "919d", "91a0"};
    static const char *const passing[] = {"6f00", "6400", "6581", "6200", "6300", "6a84",
                                          "6988", "9100", "91ca", "91ae", "0000"};
    for (size_t at = 0; at < 3; at++) {
        for (size_t i = 0; i < COUNT_OF(lasting); i++)
            assert_int_equal(refused_at(at, lasting[i]), ERR_NOT_FOUND);
        for (size_t i = 0; i < COUNT_OF(passing); i++)
            assert_int_equal(refused_at(at, passing[i]), ERR_IO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type4__reads_the_length_and_exactly_that_much),
        cmocka_unit_test(type4__reads_a_long_message_in_parts),
        cmocka_unit_test(type4__follows_the_container_where_the_usual_way_is_refused),
        cmocka_unit_test(type4__reads_tags_of_each_version),
        cmocka_unit_test(type4__is_nobody_where_nothing_stands),
        cmocka_unit_test(type4__is_asked_again_where_a_status_may_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
