/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/topic.h"

static const struct topic_parts parts = {
    .till = "till-7", .cohort = "all", .store = "store-1", .version = 17, .index = 3};

static void topic_read__recognises_each_topic_that_topic_write_gives(void **state)
{
    (void)state;
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        char text[TOPIC_SIZE_MAX];
        topic_write((enum topic)topic, &parts, text);
        enum topic found;
        struct topic_parts read;
        assert_int_equal(topic_read(span_of_text(text), &found, &read), ERR_OK);
        assert_int_equal(found, topic);
    }
}

static void topic_write__puts_the_tills_bucket_into_the_topic(void **state)
{
    (void)state;
    char text[TOPIC_SIZE_MAX], expected[TOPIC_SIZE_MAX];
    topic_write(TOPIC_UP, &parts, text);
    (void)snprintf(expected, sizeof(expected), "kassa/1/up/%u/till-7", topic_bucket("till-7"));
    assert_string_equal(text, expected);
    topic_write_filter(TOPIC_UP, text);
    assert_string_equal(text, "kassa/1/up/+/+");
    topic_write_till_filter("till-7", text);
    assert_string_equal(text, "kassa/1/dn/till-7/#");
}

static void topic_read__refuses_what_is_not_ours(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "kassa/1/up",
                                        "kassa/1/up/99/till-7",
                                        "kassa/1/up/x/till-7",
                                        "kassa/1/dn/Till-7/ack",
                                        "kassa/1/dn/till-7/ack/",
                                        "kassa/2/dn/till-7/ack",
                                        "kassa/1/dn/+/ack",
                                        "kassa/1/book/c/17/-1",
                                        "kassa/1/book/c/99999999999999999999999/1"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        enum topic topic;
        struct topic_parts read;
        assert_int_equal(topic_read(span_of_text(wrong[i]), &topic, &read), ERR_SYNTAX);
    }
    char text[TOPIC_SIZE_MAX];
    (void)snprintf(text, sizeof(text), "kassa/1/up/%u/till-7", (topic_bucket("till-7") + 1) % BUCKETS);
    enum topic topic;
    struct topic_parts read;
    assert_int_equal(topic_read(span_of_text(text), &topic, &read), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topic_read__recognises_each_topic_that_topic_write_gives),
        cmocka_unit_test(topic_write__puts_the_tills_bucket_into_the_topic),
        cmocka_unit_test(topic_read__refuses_what_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
