/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees of a dialogue with a card, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"
#include "reader/trace.h"

/* A reader that answers everything with the same bytes. */
struct world {
    struct tag_target card;
    uint8_t answer[TAG_ANSWER_SIZE_MAX];
    size_t answer_size;
    enum err failure;
    uint64_t now_us;
    unsigned call_count;
    char seen[4096];
    struct trace trace;
};

static enum err world_select(void *self, struct tag_target *out)
{
    struct world *world = self;
    *out = world->card;
    world->now_us += 10;
    return world->failure;
}

static enum err world_frame(void *self, struct span frame)
{
    struct world *world = self;
    world->call_count++;
    return frame.size > 0 ? world->failure : ERR_ARGUMENT;
}

static enum err world_do(void *self)
{
    struct world *world = self;
    world->call_count++;
    return world->failure;
}

static enum err world_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                               size_t *out_rx_size)
{
    struct world *world = self;
    assert_true(tx.size > 0 && world->answer_size <= rx_capacity);
    world->now_us += 1000;
    if (world->failure != ERR_OK)
        return world->failure;
    memcpy(rx, world->answer, world->answer_size);
    *out_rx_size = world->answer_size;
    return ERR_OK;
}

static enum err world_authenticate(void *self, const struct tag_key *key)
{
    struct world *world = self;
    assert_non_null(key->bytes);
    return world->failure;
}

static const struct tag_reader_ops WORLD_OPS = {
    .select = world_select,
    .announce = world_frame,
    .check_presence = world_do,
    .refresh = world_do,
    .rest = world_do,
    .tag = {world_exchange, world_exchange, world_authenticate, world_do, world_do},
};

static uint64_t now_us(void *self)
{
    return ((const struct world *)self)->now_us;
}

static void see(void *self, const char *line)
{
    struct world *world = self;
    assert_true(strlen(world->seen) + strlen(line) < sizeof world->seen);
    strcat(world->seen, line);
}

static struct tag_reader listen_to(struct world *world, const struct tag_reader_ops *ops)
{
    const struct tag_reader reader = {ops, world};
    world->trace = (struct trace){.now_us = now_us, .say = see, .self = world};
    trace_init(&world->trace, &reader);
    return trace_as_tag_reader(&world->trace);
}

static void answer_with(struct world *world, const char *hex)
{
    world->answer_size = strlen(hex) / 2;
    ok(hex_read(span_of_text(hex), world->answer, world->answer_size));
}

/* Sends it as one frame; what was seen of it is in world->seen. */
static void exchange(struct world *world, const struct tag_reader *reader, const char *hex)
{
    uint8_t command[64], rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    world->seen[0] = '\0';
    ok(hex_read(span_of_text(hex), command, strlen(hex) / 2));
    ok(reader->ops->tag.exchange(reader->self, span_of(command, strlen(hex) / 2), rx, sizeof rx, &size));
    assert_int_equal(size, world->answer_size);
    assert_memory_equal(rx, world->answer, size);
}

static void each_frame__is_a_line_with_its_time(void **state)
{
    (void)state;
    static struct world world = {.card = {{0x04, 0xA1, 0xB2, 0xC3}, 4, 0x20, 0x0344, {0}, 0}, .now_us = 5000};
    struct tag_reader reader = listen_to(&world, &WORLD_OPS);
    struct tag_target target;
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    ok(reader.ops->select(reader.self, &target));
    assert_int_equal(target.uid_size, 4);
    answer_with(&world, "9000");
    ok(reader.ops->tag.transmit(reader.self, span_of("\x00\xA4", 2), rx, sizeof rx, &size));
    assert_int_equal(size, 2);
    world.trace.card.say(world.trace.card.self, "sun: this is who it is");
    assert_string_equal(world.seen, "10\tfound\tATQA 0344, SAK 20, UID 04a1b2c3\n"
                                    "10\tsend\t00a4\n1010\tgot\t9000\n"
                                    "1010\tstep\tsun: this is who it is\n");
}

static void a_failure__is_told_and_handed_on(void **state)
{
    (void)state;
    static struct world world = {.failure = ERR_IO};
    struct tag_reader reader = listen_to(&world, &WORLD_OPS);
    struct tag_target target;
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 77;
    assert_int_equal(reader.ops->select(reader.self, &target), ERR_IO);
    assert_string_equal(world.seen, "");
    assert_int_equal(reader.ops->tag.exchange(reader.self, span_of("\x30\x03", 2), rx, sizeof rx, &size),
                     ERR_IO);
    assert_int_equal(size, 77);
    assert_non_null(strstr(world.seen, "\tfail\t"));
    assert_int_equal(reader.ops->tag.select_again(reader.self), ERR_IO);
    assert_int_equal(reader.ops->tag.release(reader.self), ERR_IO);
    assert_int_equal(reader.ops->check_presence(reader.self), ERR_IO);
    assert_int_equal(reader.ops->refresh(reader.self), ERR_IO);
    assert_int_equal(reader.ops->rest(reader.self), ERR_IO);
    assert_int_equal(world.call_count, 5);
}

static void a_password__is_stars_and_so_is_its_answer(void **state)
{
    (void)state;
    static struct world world = {.card = {.atqa = 0x0044}};
    struct tag_reader reader = listen_to(&world, &WORLD_OPS);
    answer_with(&world, "beef");
    exchange(&world, &reader, "1b01020304");
    assert_non_null(strstr(world.seen, "\tsend\t1b********\n"));
    assert_non_null(strstr(world.seen, "\tgot\t****\n"));
}

static void keys_of_a_classic__are_stars(void **state)
{
    (void)state;
    static struct world world = {.card = {.sak = 0x18}};
    struct tag_reader reader = listen_to(&world, &WORLD_OPS);
    static const uint8_t bytes[TAG_KEY_SIZE] = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5};
    const struct tag_key key = {3, TAG_KEY_B, bytes};
    struct tag_target target;
    ok(reader.ops->select(reader.self, &target));
    ok(reader.ops->tag.authenticate(reader.self, &key));
    assert_non_null(strstr(world.seen, "block 3, key B ************\n"));
    assert_null(strstr(world.seen, "a0a1"));
    answer_with(&world, "a0a1a2a3a4a578778869b0b1b2b3b4b5");
    static const char *const trailers[] = {"3003", "303f", "308f", "30ff"};
    for (size_t i = 0; i < COUNT_OF(trailers); i++) {
        exchange(&world, &reader, trailers[i]);
        assert_non_null(strstr(world.seen, "\tgot\t************78778869************\n"));
    }
    exchange(&world, &reader, "3004");
    assert_non_null(strstr(world.seen, "a0a1a2a3a4a578778869b0b1b2b3b4b5"));
    exchange(&world, &reader, "3083"); /* a data block of a large sector */
    assert_non_null(strstr(world.seen, "a0a1a2a3a4a578778869b0b1b2b3b4b5"));
    world.card.sak = 0; /* a page of a Type 2 tag is none */
    ok(reader.ops->select(reader.self, &target));
    exchange(&world, &reader, "3003");
    assert_non_null(strstr(world.seen, "a0a1a2a3a4a578778869b0b1b2b3b4b5"));
}

static void the_longest_answer__is_whole_and_a_wallets_call_is_told_of_once(void **state)
{
    (void)state;
    static struct world world;
    struct tag_reader reader = listen_to(&world, &WORLD_OPS);
    memset(world.answer, 0xAB, sizeof world.answer);
    world.answer_size = sizeof world.answer;
    exchange(&world, &reader, "30");
    assert_non_null(strstr(world.seen, "abab\n"));
    assert_true(strlen(world.seen) > 2 * sizeof world.answer);
    world.seen[0] = '\0';
    ok(reader.ops->announce(reader.self, span_of("\x6A\x01", 2)));
    ok(reader.ops->announce(reader.self, span_of("\x6A\x01", 2)));
    assert_non_null(strstr(world.seen, "\tcall\t6a01\n"));
    assert_ptr_equal(strstr(world.seen, "call"), strrchr(world.seen, 'c'));
}

static void what_the_reader_cannot__it_cannot_with_an_ear_either(void **state)
{
    (void)state;
    static struct world world;
    static const struct tag_reader_ops poor = {.select = world_select,
                                               .check_presence = world_do,
                                               .refresh = world_do,
                                               .tag = {.exchange = world_exchange, .select_again = world_do}};
    struct tag_reader reader = listen_to(&world, &poor);
    assert_true(reader.ops->announce == NULL && reader.ops->rest == NULL);
    assert_true(reader.ops->tag.transmit == NULL && reader.ops->tag.authenticate == NULL);
    assert_true(reader.ops->tag.release == NULL && reader.ops->tag.exchange != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame__is_a_line_with_its_time),
        cmocka_unit_test(a_failure__is_told_and_handed_on),
        cmocka_unit_test(a_password__is_stars_and_so_is_its_answer),
        cmocka_unit_test(keys_of_a_classic__are_stars),
        cmocka_unit_test(the_longest_answer__is_whole_and_a_wallets_call_is_told_of_once),
        cmocka_unit_test(what_the_reader_cannot__it_cannot_with_an_ear_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
