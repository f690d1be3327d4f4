/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card/message.h"
#include "card/programme.h"

static enum err read_back(const struct reader_message *message, enum card_message_source source)
{
    struct reader_message out;
    return card_message_read(span_of(message, sizeof *message), source, &out);
}

static struct reader_message card_message(void)
{
    struct reader_message message = card_message_of(READER_CARD, "uid:04a1b2c3d4e5f6");
    message.technology = READER_UID;
    return message;
}

static void card_message_read__takes_what_each_side_may_say(void **state)
{
    (void)state;
    static const struct {
        enum reader_event event;
        const char *text;
        enum card_message_source source;
    } cases[] = {
        {READER_HELLO, "a reader", CARD_MESSAGE_OF_READER}, {READER_TICK, NULL, CARD_MESSAGE_OF_READER},
        {READER_GONE, "num:1234", CARD_MESSAGE_OF_READER},  {READER_UNKNOWN, "why", CARD_MESSAGE_OF_READER},
        {READER_ERROR, "what", CARD_MESSAGE_OF_READER},     {READER_HASTEN, NULL, CARD_MESSAGE_OF_AGENT},
        {READER_REST, NULL, CARD_MESSAGE_OF_AGENT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reader_message message = card_message_of(cases[i].event, cases[i].text);
        assert_int_equal(read_back(&message, cases[i].source), ERR_OK);
        enum card_message_source other =
            cases[i].source == CARD_MESSAGE_OF_AGENT ? CARD_MESSAGE_OF_READER : CARD_MESSAGE_OF_AGENT;
        assert_int_equal(read_back(&message, other), ERR_UNSUPPORTED);
    }
    struct reader_message card = card_message();
    assert_int_equal(read_back(&card, CARD_MESSAGE_OF_READER), ERR_OK);
}

static void card_message_read__takes_freshness_with_a_card_alone(void **state)
{
    (void)state;
    struct reader_message card = card_message();
    card.technology = READER_SUN;
    card.freshness = (struct reader_freshness){.kind = READER_FRESH_COUNTER, .value = 7, .about = {1, 2}};
    struct reader_message out;
    assert_int_equal(card_message_read(span_of(&card, sizeof card), CARD_MESSAGE_OF_READER, &out), ERR_OK);
    assert_int_equal(out.freshness.value, 7);
    card.freshness.kind = READER_FRESH_TIME + 1;
    assert_int_equal(read_back(&card, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    card.freshness.kind = READER_FRESH_NONE; /* a value without a kind */
    assert_int_equal(read_back(&card, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    card.freshness = (struct reader_freshness){.kind = READER_FRESH_TIME, .reserved = {1}};
    assert_int_equal(read_back(&card, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    struct reader_message gone = card_message_of(READER_GONE, "num:1234");
    gone.freshness.kind = READER_FRESH_COUNTER;
    assert_int_equal(read_back(&gone, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
}

static void card_programme__travels_whole_or_not_at_all(void **state)
{
    (void)state;
    struct card_programme programme = card_programme_default();
    struct card_programme out;
    struct card_programme_message message;
    assert_int_equal(card_links_add(&programme.links, span_of_text("loyalty.example/c/")), ERR_OK);
    card_programme_pack(&programme, &message);
    for (size_t size = 0; size < sizeof message; size++)
        assert_int_equal(card_programme_unpack(span_of(&message, size), &out), ERR_TRUNCATED);
    assert_int_equal(card_programme_unpack(span_of(&message, sizeof message), &out), ERR_OK);
    assert_memory_equal(&out, &message.programme, sizeof out);
    assert_string_equal(out.links.heads[0], "loyalty.example/c/");
    message.programme.order[0] ^= 1;
    assert_int_equal(card_programme_unpack(span_of(&message, sizeof message), &out), ERR_CHECKSUM);
    message.protocol--;
    assert_int_equal(card_programme_unpack(span_of(&message, sizeof message), &out), ERR_VERSION);
    programme.order[0] = READER_TECHNOLOGY_COUNT;
    card_programme_pack(&programme, &message);
    assert_int_equal(card_programme_unpack(span_of(&message, sizeof message), &out), ERR_SYNTAX);
    programme = card_programme_default();
    programme.links.count = CARD_LINKS_MAX + 1;
    card_programme_pack(&programme, &message);
    assert_int_equal(card_programme_unpack(span_of(&message, sizeof message), &out), ERR_SYNTAX);
}

static void card_links_add__takes_hosts_with_a_path(void **state)
{
    (void)state;
    struct card_links links = {.count = 0};
    static const char *const wrong[] = {"",
                                        "/path",
                                        "host",
                                        "ftp://host/",
                                        "https://host",
                                        "https:///path",
                                        "0123456789012345678901234567890123456789012345678901234567890123/"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(card_links_add(&links, span_of_text(wrong[i])), ERR_SYNTAX);
    assert_int_equal(links.count, 0);
    assert_int_equal(card_links_add(&links, span_of_text("HTTPS://Host/c/")), ERR_OK);
    assert_string_equal(links.heads[0], "Host/c/");
    for (size_t i = 1; i < CARD_LINKS_MAX; i++)
        assert_int_equal(card_links_add(&links, span_of_text("loyalty.example/c/")), ERR_OK);
    assert_int_equal(card_links_add(&links, span_of_text("loyalty.example/c/")), ERR_FULL);
}

static void card_message_read__refuses_every_other_size(void **state)
{
    (void)state;
    struct {
        struct reader_message message;
        uint8_t more[4];
    } datagram = {.message = card_message_of(READER_TICK, NULL)};
    struct reader_message out;
    for (size_t size = 0; size < sizeof datagram; size++) {
        enum err expected = size < sizeof out ? ERR_TRUNCATED : size == sizeof out ? ERR_OK : ERR_TOO_LONG;
        assert_int_equal(card_message_read(span_of(&datagram, size), CARD_MESSAGE_OF_READER, &out), expected);
    }
}

static void card_message_read__refuses_what_a_taken_over_child_might_say(void **state)
{
    (void)state;
    struct reader_message message = card_message();
    message.protocol++;
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_VERSION);
    message = card_message();
    message.event = 0;
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_UNSUPPORTED);
    message.event = 255;
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_UNSUPPORTED);
    static const uint8_t technologies[] = {0, READER_BARCODE, READER_TECHNOLOGY_COUNT, 255};
    for (size_t i = 0; i < COUNT_OF(technologies); i++) {
        message = card_message();
        message.technology = technologies[i];
        assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    }
    message = card_message_of(READER_TICK, NULL);
    message.technology = READER_UID;
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    static const char *const texts[] = {
        "",       "?",        "uid:",      "uid:04A1B2C3", "uid:04a1b2c", "uid:04a1b2c3d4",
        "num:12", "num:ab12", "num:1234 ", "tok:1234",     "num:"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        message = card_message_of(READER_CARD, texts[i]);
        message.technology = READER_UID;
        assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    }
    message = card_message_of(READER_ERROR, "a");
    memset(message.text, 'a', sizeof message.text);
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    message = card_message_of(READER_ERROR, "a\nb");
    assert_string_equal(message.text, "a?b");
    message.text[1] = '\n';
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
    message = card_message_of(READER_ERROR, "a");
    message.text[sizeof message.text - 1] = 'x'; /* behind the NUL */
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_SYNTAX);
}

static void card_message_of__cuts_a_long_text(void **state)
{
    (void)state;
    char text[500];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct reader_message message = card_message_of(READER_ERROR, text);
    assert_int_equal(strlen(message.text), READER_TEXT_MAX - 1);
    assert_int_equal(read_back(&message, CARD_MESSAGE_OF_READER), ERR_OK);
}

static void card_message_read__takes_no_more_trust_than_the_technology_has(void **state)
{
    (void)state;
    struct reader_message message = card_message_of(READER_CARD, "num:2900000012345");
    struct reader_message out;
    message.technology = READER_SUN;
    for (uint8_t trust = CARD_TRUST_NONE; trust <= CARD_TRUST_PROVEN; trust++) { /* a tag may say less */
        message.trust = trust;
        assert_int_equal(card_message_read(span_of(&message, sizeof message), CARD_MESSAGE_OF_READER, &out),
                         ERR_OK);
        assert_int_equal(out.trust, trust);
    }
    message.technology = READER_NDEF;
    message.trust = CARD_TRUST_GENUINE;
    assert_int_equal(card_message_read(span_of(&message, sizeof message), CARD_MESSAGE_OF_READER, &out),
                     ERR_SYNTAX);
    message = card_message_of(READER_TICK, NULL);
    message.trust = CARD_TRUST_IDENTIFY;
    assert_int_equal(card_message_read(span_of(&message, sizeof message), CARD_MESSAGE_OF_READER, &out),
                     ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_message_read__takes_what_each_side_may_say),
        cmocka_unit_test(card_message_read__takes_freshness_with_a_card_alone),
        cmocka_unit_test(card_programme__travels_whole_or_not_at_all),
        cmocka_unit_test(card_links_add__takes_hosts_with_a_path),
        cmocka_unit_test(card_message_read__refuses_every_other_size),
        cmocka_unit_test(card_message_read__refuses_what_a_taken_over_child_might_say),
        cmocka_unit_test(card_message_of__cuts_a_long_text),
        cmocka_unit_test(card_message_read__takes_no_more_trust_than_the_technology_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
