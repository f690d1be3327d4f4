/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader/poller.h"

#define MESSAGES_MAX 64
#define AWAY_MS      1000
#define STEP_MS      50

/* A reader with at most one card, which is only a UID, on a clock that the test moves. */
struct world {
    struct tag_target card;
    bool has_card;
    struct tag_target other; /* that lies beside it */
    bool has_other;
    bool is_selected;
    enum err select_failure; /* ERR_OK: none */
    uint64_t now_us;
    struct reader_message messages[MESSAGES_MAX];
    size_t count;
    enum err refresh_failure;
    unsigned refresh_count;
    unsigned rest_count, announce_count;
    uint8_t announced[8];
    bool is_idle;          /* no card is expected */
    const uint8_t *memory; /* from page 3 on; NULL: the card cannot be read */
    uint16_t
        wallet_status; /* what a phone with Apple's wallet says of the pass "1234"; 0: it has no wallet */
    bool is_forged;    /* an application of ours is on it, and proves no key */
    unsigned exchange_count;
    uint64_t exchange_us; /* how long the card takes to answer */
    uint64_t select_us;   /* how long a look takes */
    uint32_t pace_us;     /* of the last tick that told one */
    uint64_t last_told_us;
    uint64_t silence_us_max;
    enum err tell_failure;
    struct poller poller;
};

static const struct card_programme PROGRAMME = {.order_count = 3,
                                                .order = {READER_NDEF, READER_CLASSIC, READER_UID}};

static enum err world_select(void *self, struct tag_target *out)
{
    struct world *world = self;
    world->now_us += world->select_us;
    if (world->select_failure != ERR_OK)
        return world->select_failure;
    if (!world->has_card)
        return ERR_NOT_FOUND;
    world->is_selected = true;
    *out = world->card;
    return ERR_OK;
}

static enum err world_select_other(void *self, struct tag_target *out)
{
    struct world *world = self;
    if (!world->has_other)
        return ERR_NOT_FOUND;
    *out = world->other;
    return ERR_OK;
}

static enum err world_check_presence(void *self)
{
    struct world *world = self;
    if (world->select_failure == ERR_CLOSED)
        return ERR_CLOSED;
    return world->has_card && world->is_selected ? ERR_OK : ERR_NOT_FOUND;
}

static enum err world_refresh(void *self)
{
    struct world *world = self;
    world->refresh_count++;
    return world->refresh_failure;
}

/* Every exchange fails, and what has to be read cannot be; or a Type 2 tag's memory answers READ. */
static enum err world_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                               size_t *out_rx_size)
{
    struct world *world = self;
    world->exchange_count++;
    world->now_us += world->exchange_us;
    if (world->memory == NULL || tx.size != 2 || tx.bytes[0] != 0x30 || rx_capacity < 16)
        return ERR_IO;
    memcpy(rx, world->memory + (size_t)(tx.bytes[1] - 3) * 4, 16);
    *out_rx_size = 16;
    return ERR_OK;
}

/* SELECT tells whose wallet it is, GET DATA what it makes of the pass. */
static enum err answer_as_wallet(const struct world *world, bool is_selection, uint8_t *rx, size_t capacity,
                                 size_t *out_rx_size)
{
    static const uint8_t wallet[] = {0x6F, 0x0A, 0x50, 0x08, 'A', 'p', 'p', 'l', 'e', 'P', 'a', 'y'};
    static const uint8_t pass[] = {0x70, 0x07, 0x9F, 0x27, 0x04, '1', '2', '3', '4'};
    uint16_t status = is_selection ? 0x9000 : world->wallet_status;
    size_t size = is_selection ? sizeof wallet : status == 0x9000 ? sizeof pass : 0;
    if (capacity < size + 2)
        return ERR_TOO_LONG;
    memcpy(rx, is_selection ? wallet : pass, size);
    rx[size] = (uint8_t)(status >> 8);
    rx[size + 1] = (uint8_t)status;
    *out_rx_size = size + 2;
    return ERR_OK;
}

/* SelectApplication is done, and the key is refused (AE). */
static enum err world_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                               size_t *out_rx_size)
{
    struct world *world = self;
    if (world->wallet_status != 0)
        return answer_as_wallet(world, tx.size > 1 && tx.bytes[1] == 0xA4, rx, rx_capacity, out_rx_size);
    bool is_selection = tx.size > 1 && tx.bytes[1] == 0x5A;
    if (!world->is_forged || rx_capacity < 2)
        return ERR_IO;
    rx[0] = 0x91;
    rx[1] = is_selection ? 0x00 : 0xAE;
    *out_rx_size = 2;
    return ERR_OK;
}

static enum err world_select_again(void *self)
{
    return ((struct world *)self)->memory != NULL ? ERR_OK : ERR_NOT_FOUND;
}

static enum err world_rest(void *self)
{
    ((struct world *)self)->rest_count++;
    return ERR_OK;
}

static enum err world_announce(void *self, struct span frame)
{
    struct world *world = self;
    assert_true(frame.size <= sizeof world->announced);
    memcpy(world->announced, frame.bytes, frame.size);
    world->announce_count++;
    return ERR_IO; /* a frame that was not sent is no fault of the reader */
}

static const struct tag_reader_ops WORLD_OPS = {
    .select = world_select,
    .select_other = world_select_other,
    .check_presence = world_check_presence,
    .refresh = world_refresh,
    .rest = world_rest,
    .announce = world_announce,
    .tag = {.exchange = world_exchange, .transmit = world_transmit, .select_again = world_select_again},
};

static uint64_t world_now_us(void *self)
{
    return ((struct world *)self)->now_us;
}

static enum err world_tell(void *self, const struct reader_message *message)
{
    struct world *world = self;
    if (world->tell_failure != ERR_OK)
        return world->tell_failure;
    uint64_t silence_us = world->now_us - world->last_told_us;
    world->silence_us_max = silence_us > world->silence_us_max ? silence_us : world->silence_us_max;
    world->last_told_us = world->now_us;
    if (message->event == READER_TICK) {
        world->pace_us = message->read_us != 0 ? message->read_us : world->pace_us;
        return ERR_OK;
    }
    assert_true(world->count < MESSAGES_MAX);
    world->messages[world->count++] = *message;
    return ERR_OK;
}

static void world_init(struct world *world, uint32_t away_ms, uint32_t refresh_ms)
{
    *world = (struct world){.now_us = 5000000, .last_told_us = 5000000};
    const struct poller_options options = {
        .reader = {&WORLD_OPS, world},
        .request = {.programme = &PROGRAMME},
        .poll_ms = 50,
        .wallet_ms = 125,
        .rest_ms = 250,
        .away_ms = away_ms,
        .refresh_ms = refresh_ms,
        .now_us = world_now_us,
        .tell = world_tell,
        .self = world,
    };
    poller_init(&world->poller, &options);
}

static void lay_down(struct world *world, uint8_t first, uint8_t sak, uint16_t atqa)
{
    world->card = (struct tag_target){.uid = {first, 2, 3, 4}, .uid_size = 4, .sak = sak, .atqa = atqa};
    world->has_card = true;
    world->is_selected = false;
}

static void take_away(struct world *world)
{
    world->has_card = false;
    world->is_selected = false;
}

static void step(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        world->now_us += STEP_MS * 1000;
        assert_int_equal(poller_step(&world->poller, !world->is_idle), ERR_OK);
    }
}

static void expect(const struct world *world, size_t index, enum reader_event event, const char *text)
{
    assert_true(index < world->count);
    assert_int_equal(world->messages[index].event, event);
    if (text != NULL)
        assert_string_equal(world->messages[index].text, text);
}

static void poller_step__tells_of_a_card_once_until_it_goes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    step(&world, 3);
    assert_int_equal(world.count, 0);
    lay_down(&world, 0x11, 0x08, 4);
    step(&world, 20);
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_CARD, "uid:11020304");
    assert_int_equal(world.messages[0].technology, READER_CLASSIC);
    take_away(&world);
    step(&world, 1);
    assert_int_equal(world.count, 1); /* one miss may be a flicker */
    step(&world, 1);
    expect(&world, 1, READER_GONE, "uid:11020304");
    step(&world, 10);
    assert_int_equal(world.count, 2);
}

static void poller_step__tells_of_a_swap_at_once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 1);
    lay_down(&world, 0x22, 0, 4);
    step(&world, 1);
    assert_int_equal(world.count, 3);
    expect(&world, 1, READER_GONE, "uid:11020304");
    expect(&world, 2, READER_CARD, "uid:22020304");
}

static void poller_step__is_silent_of_a_card_that_flickers_in_the_field(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    for (int flicker = 0; flicker < 10; flicker++) {
        lay_down(&world, 0x11, 0, 4);
        step(&world, 2);
        take_away(&world);
        step(&world, 3);
    }
    assert_int_equal(world.count, 2); /* CARD and GONE, once */
    step(&world, AWAY_MS / STEP_MS);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 1);
    expect(&world, 2, READER_CARD, "uid:11020304");
}

static void poller_step__keeps_a_card_that_misses_one_look(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x11, 0, 4);
    for (int i = 0; i < 5; i++) {
        step(&world, 2);
        take_away(&world);
        step(&world, 1);
        lay_down(&world, 0x11, 0, 4);
    }
    step(&world, 1);
    assert_int_equal(world.count, 1);
}

static void poller_step__tells_of_every_tap_when_away_is_zero(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 0, 0);
    for (size_t tap = 0; tap < 5; tap++) {
        lay_down(&world, 0x11, 0, 4);
        step(&world, 1);
        take_away(&world);
        step(&world, 2);
        assert_int_equal(world.count, 2 * (tap + 1));
    }
}

static void poller_step__tells_once_of_a_phone_with_random_uids(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    for (uint8_t i = 0; i < 20; i++) {
        lay_down(&world, 0x08, 0x20, 4);
        world.card.uid[3] = i; /* another UID at each selection */
        step(&world, 1);
    }
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_UNKNOWN, NULL);
    take_away(&world);
    step(&world, 5);
    assert_int_equal(world.count, 1); /* who was not told of does not go */
}

/* A phone with Apple's wallet that has no pass of ours (6A83), or whose holder is asked (6287). */
static void lay_down_wallet(struct world *world, uint8_t last, uint16_t status)
{
    lay_down(world, 0x08, 0x20, 4);
    world->card.uid[3] = last;
    world->wallet_status = status;
}

static enum err no_chance(void *self, uint8_t *out, size_t size)
{
    (void)self;
    memset(out, 0, size);
    return ERR_OK;
}

static const struct card_programme WALLETS = {
    .order_count = 1,
    .order = {READER_VAS},
    .vas = {.is_on = true, .mode = CARD_VAS_ONLY, .want_count = 1, .wants = {{.pass_type_id = "pass.x"}}}};
static const struct card_context CONTEXT = {.random = {no_chance, NULL}, .now_unix_s = 1};

static void open_wallet_world(struct world *world)
{
    world_init(world, 0, 0); /* no flicker is passed over: what lies there is told of once all the same */
    world->poller.options.request.programme = &WALLETS;
    world->poller.options.request.context = &CONTEXT;
}

static void poller_step__tells_once_of_a_phone_of_nobody_while_it_lies_there(void **state)
{
    (void)state;
    struct world world;
    open_wallet_world(&world);
    for (size_t tap = 1; tap <= 3; tap++) {
        for (uint8_t i = 0; i < 60; i++) { /* three seconds, each look under another UID */
            lay_down_wallet(&world, i, 0x6A83);
            step(&world, 1);
        }
        assert_int_equal(world.count, tap);
        expect(&world, tap - 1, READER_UNKNOWN, card_tag_refusal(ERR_NOT_FOUND));
        take_away(&world);
        step(&world, 3);
    }
    assert_int_equal(world.count, 3);
}

static void poller_step__tells_what_a_phone_of_nobody_becomes(void **state)
{
    (void)state;
    struct world world;
    open_wallet_world(&world);
    world.poller.options.away_ms = AWAY_MS;
    static const uint16_t statuses[] = {0x6A83, 0x6287, 0x6A83, 0x9000};
    for (uint8_t i = 0; i < 4 * 10; i++) { /* half a second each: less than a flicker */
        lay_down_wallet(&world, i, statuses[i / 10]);
        step(&world, 1);
    }
    assert_int_equal(world.count, 4);
    expect(&world, 0, READER_UNKNOWN, card_tag_refusal(ERR_NOT_FOUND));
    expect(&world, 1, READER_UNKNOWN, card_tag_refusal(ERR_PENDING));
    expect(&world, 2, READER_UNKNOWN, card_tag_refusal(ERR_NOT_FOUND));
    expect(&world, 3, READER_CARD, "num:1234");
}

/* "1234" and "5678" as texts in an NDEF message */
static const uint8_t MEMBER_1234[48] = {0xE1, 0x10, 0x12, 0x00, 0x03, 0x0B, 0xD1, 0x01, 0x07,
                                        'T',  0x02, 'e',  'n',  '1',  '2',  '3',  '4',  0xFE};
static const uint8_t MEMBER_5678[48] = {0xE1, 0x10, 0x12, 0x00, 0x03, 0x0B, 0xD1, 0x01, 0x07,
                                        'T',  0x02, 'e',  'n',  '5',  '6',  '7',  '8',  0xFE};

static void lay_down_phone(struct world *world, uint8_t last, const uint8_t *memory)
{
    lay_down(world, 0x08, 0x00, 0x0044);
    world->card.uid[3] = last;
    world->memory = memory;
}

static void lay_beside(struct world *world, uint8_t first)
{
    world->other = (struct tag_target){.uid = {first, 2, 3, 4}, .uid_size = 4, .sak = 0x08, .atqa = 4};
    world->has_other = true;
}

static void poller_step__takes_the_card_that_lies_behind_one_of_nobody(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x08, 0x20, 4);
    lay_beside(&world, 0x11);
    step(&world, 10);
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_CARD, "uid:11020304");
    take_away(&world);
    step(&world, 3);
    expect(&world, 1, READER_GONE, "uid:11020304");
}

static void poller_step__takes_the_card_that_lies_behind_a_forged_one(void **state)
{
    (void)state;
    static const struct card_programme programme = {
        .order_count = 2,
        .order = {READER_DESFIRE, READER_CLASSIC},

        .desfire = {.name_size = CARD_DESFIRE_AID_SIZE, .key_count = 1, .identity = CARD_DESFIRE_BY_UID}};
    static const struct card_context context = {.now_unix_s = 1}; /* the proof ends before it needs chance */
    struct world world;
    world_init(&world, AWAY_MS, 0);
    world.poller.options.request.programme = &programme;
    world.poller.options.request.context = &context;
    world.is_forged = true;
    lay_down(&world, 0x04, 0x20, 0x0344);
    step(&world, 5);
    expect(&world, 0, READER_UNKNOWN, card_tag_refusal(ERR_SIGNATURE));
    take_away(&world);
    step(&world, 5);
    world.count = 0;
    lay_down(&world, 0x04, 0x20, 0x0344);
    lay_beside(&world, 0x11);
    step(&world, 10);
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_CARD, "uid:11020304");
}

static void poller_step__finds_a_card_that_comes_to_one_of_nobody(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x08, 0x20, 4);
    step(&world, 5);
    expect(&world, 0, READER_UNKNOWN, NULL);
    lay_beside(&world, 0x11);
    step(&world, 1000 / STEP_MS);
    assert_int_equal(world.count, 2);
    expect(&world, 1, READER_CARD, "uid:11020304");
}

static void poller_step__keeps_the_first_of_two_cards(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x22, 0x08, 4);
    lay_beside(&world, 0x11);
    step(&world, 60);
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_CARD, "uid:22020304");
}

static void poller_step__reads_a_phone_again_once_a_second_and_keeps_it(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down_phone(&world, 0, MEMBER_1234);
    step(&world, 1);
    expect(&world, 0, READER_CARD, "num:1234");
    unsigned once = world.exchange_count;
    for (uint8_t i = 1; i <= 60; i++) { /* three seconds, each look under another UID */
        lay_down_phone(&world, i, MEMBER_1234);
        step(&world, 1);
    }
    assert_int_equal(world.count, 1);
    assert_int_equal(world.exchange_count, once * (1 + 60 * STEP_MS / 1000));
    take_away(&world);
    step(&world, 5);
    assert_int_equal(world.count, 2);
    expect(&world, 1, READER_GONE, "num:1234");
}

static void poller_step__tells_of_another_phone_that_took_the_place(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down_phone(&world, 0, MEMBER_1234);
    step(&world, 1);
    lay_down_phone(&world, 1, MEMBER_5678);
    step(&world, 25);
    assert_int_equal(world.count, 3);
    expect(&world, 1, READER_GONE, "num:1234");
    expect(&world, 2, READER_CARD, "num:5678");
}

/* 888 bytes of which each answer takes its time. */
static void poller_step__ends_a_dialogue_that_goes_on_and_on(void **state)
{
    (void)state;
    static uint8_t endless[4 + 888 + 16] = {0xE1, 0x10, 0x6D, 0x00, 0x03, 0xFF, 0x03, 0x60, 0xD1, 0x01};
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down_phone(&world, 0, endless);
    world.exchange_us = 150000;
    step(&world, 1);
    assert_in_range(world.exchange_count, 10, 15);
    assert_in_range(world.silence_us_max, 1, 300000); /* its parent heard of it all the while */
    assert_int_equal(world.count, 0);
    step(&world, 2);
    assert_int_equal(world.count, 1);
    expect(&world, 0, READER_UNKNOWN, card_tag_refusal(ERR_IO));
}

static void poller_step__blames_a_card_only_after_three_failures(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x04, 0, 0x44); /* looks like a Type 2 tag, and cannot be read */
    step(&world, 2);
    assert_int_equal(world.count, 0);
    step(&world, 1);
    expect(&world, 0, READER_UNKNOWN, card_tag_refusal(ERR_IO));
    step(&world, 10);
    assert_int_equal(world.count, 1);
}

static void poller_step__gives_up_a_reader_that_is_gone_or_silent(void **state)
{
    (void)state;
    static const enum err failures[] = {ERR_TIMEOUT, ERR_CLOSED};
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        struct world world;
        world_init(&world, AWAY_MS, 0);
        world.select_failure = failures[i];
        world.refresh_failure = failures[i];
        assert_int_equal(poller_step(&world.poller, true), failures[i]);
    }
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 1);
    world.select_failure = ERR_CLOSED;
    assert_int_equal(poller_step(&world.poller, true), ERR_CLOSED);
}

static void poller_step__forgives_an_answer_that_came_too_late(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 1);
    for (int i = 0; i < 5; i++) {
        world.is_selected = false;
        world.select_failure = ERR_TIMEOUT;
        step(&world, 1);
        world.select_failure = ERR_OK;
        step(&world, 2);
    }
    assert_int_equal(world.refresh_count, 5);
    assert_int_equal(world.count, 1); /* the card stayed */
    world.is_selected = false;
    world.select_failure = ERR_TIMEOUT;
    step(&world, 2);
    assert_int_equal(poller_step(&world.poller, true), ERR_TIMEOUT); /* not for ever */
}

static void poller_step__takes_two_bad_answers_but_not_three(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    world.select_failure = ERR_IO;
    step(&world, 2);
    world.select_failure = ERR_OK;
    step(&world, 1);
    world.select_failure = ERR_IO;
    step(&world, 2);
    assert_int_equal(poller_step(&world.poller, true), ERR_IO);
}

static void poller_step__refreshes_an_idle_reader_only(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 500);
    step(&world, 21);
    assert_int_equal(world.refresh_count, 2);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 40);
    assert_in_range(world.refresh_count, 2, 3);
}

static void poller_step__ticks_often_enough_at_every_pace(void **state)
{
    (void)state;
    static const uint64_t paces_ms[] = {1, 20, 50, 99, 100, 101, 150, 200, READER_TICK_MS_MAX};
    for (size_t i = 0; i < COUNT_OF(paces_ms); i++) {
        struct world world;
        world_init(&world, AWAY_MS, 0);
        for (int looks = 0; looks < 500; looks++) {
            if (looks % 7 == 0)
                lay_down(&world, 0x11, 0, 4);
            if (looks % 7 == 3)
                take_away(&world);
            world.now_us += paces_ms[i] * 1000;
            assert_int_equal(poller_step(&world.poller, true), ERR_OK);
            if (world.count == MESSAGES_MAX)
                world.count = 0;
        }
        assert_in_range(world.silence_us_max, 1, READER_TICK_MS_MAX * 1000);
    }
}

static void poller_step__takes_the_field_away_while_nobody_is_there_or_expected(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    step(&world, 5);
    assert_int_equal(world.rest_count, 0);
    assert_int_equal(poller_pause_ms(&world.poller, true), 50);
    world.is_idle = true;
    step(&world, 5);
    assert_int_equal(world.rest_count, 5);
    assert_int_equal(poller_pause_ms(&world.poller, false), 250);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 5); /* a card that lies there keeps its power, or it would be another one at each look */
    assert_int_equal(world.rest_count, 5);
    assert_int_equal(world.announce_count, 0);
    assert_int_equal(world.count, 1);
}

static void poller_step__calls_wallets_between_looks_that_found_nobody(void **state)
{
    (void)state;
    static const struct card_programme wallets = {
        .order_count = 2, .order = {READER_VAS, READER_UID}, .vas = {.is_on = true, .mode = CARD_VAS_ONLY}};
    struct world world;
    uint8_t frame[CARD_VAS_ECP_SIZE];
    world_init(&world, AWAY_MS, 0);
    world.poller.options.request.programme = &wallets;
    card_vas_ecp_frame(CARD_VAS_ONLY, frame);
    step(&world, 3);
    assert_int_equal(world.announce_count, 3);
    assert_memory_equal(world.announced, frame, sizeof frame);
    world.is_idle = true;
    step(&world, 3);
    assert_int_equal(world.announce_count, 6);
    assert_int_equal(world.rest_count, 0); /* no wallet hears without a field */
    assert_int_equal(poller_pause_ms(&world.poller, true), 50);
    assert_int_equal(poller_pause_ms(&world.poller, false), 125);
    lay_down(&world, 0x11, 0, 4);
    step(&world, 3);
    assert_int_equal(world.announce_count, 6);
}

/* As the child does it: a look, and the pause that is left. */
static void look_on(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(poller_step(&world->poller, !world->is_idle), ERR_OK);
        world->now_us += poller_pause_ms(&world->poller, !world->is_idle) * UINT64_C(1000);
    }
}

static void poller_step__keeps_its_paces_however_long_a_look_takes(void **state)
{
    (void)state;
    static const struct card_programme wallets = {
        .order_count = 2, .order = {READER_VAS, READER_UID}, .vas = {.is_on = true, .mode = CARD_VAS_ONLY}};
    static const struct {
        const struct card_programme *programme;
        bool is_idle;
        uint32_t pace_us;
    } cases[] = {{&PROGRAMME, false, 50000},
                 {&wallets, false, 50000},
                 {&wallets, true, 125000},
                 {&PROGRAMME, true, 250000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world world;
        world_init(&world, AWAY_MS, 0);
        world.poller.options.request.programme = cases[i].programme;
        world.is_idle = cases[i].is_idle;
        world.select_us = 17000;
        look_on(&world, 20);
        assert_int_equal(world.pace_us, cases[i].pace_us);
    }
}

static void poller_step__leaves_a_fifth_of_its_pace_to_others(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    world.select_us = 300000;
    look_on(&world, 20);
    assert_int_equal(world.pace_us, 310000);
    world.select_us = 45000;
    look_on(&world, 20);
    assert_int_equal(world.pace_us, 55000);
}

static void poller_step__ends_when_nobody_listens(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, AWAY_MS, 0);
    world.tell_failure = ERR_CLOSED;
    world.now_us += READER_TICK_MS_MAX * 1000;
    assert_int_equal(poller_step(&world.poller, true), ERR_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poller_step__tells_of_a_card_once_until_it_goes),
        cmocka_unit_test(poller_step__tells_of_a_swap_at_once),
        cmocka_unit_test(poller_step__is_silent_of_a_card_that_flickers_in_the_field),
        cmocka_unit_test(poller_step__keeps_a_card_that_misses_one_look),
        cmocka_unit_test(poller_step__tells_of_every_tap_when_away_is_zero),
        cmocka_unit_test(poller_step__tells_once_of_a_phone_with_random_uids),
        cmocka_unit_test(poller_step__tells_once_of_a_phone_of_nobody_while_it_lies_there),
        cmocka_unit_test(poller_step__tells_what_a_phone_of_nobody_becomes),
        cmocka_unit_test(poller_step__takes_the_card_that_lies_behind_one_of_nobody),
        cmocka_unit_test(poller_step__takes_the_card_that_lies_behind_a_forged_one),
        cmocka_unit_test(poller_step__finds_a_card_that_comes_to_one_of_nobody),
        cmocka_unit_test(poller_step__keeps_the_first_of_two_cards),
        cmocka_unit_test(poller_step__reads_a_phone_again_once_a_second_and_keeps_it),
        cmocka_unit_test(poller_step__tells_of_another_phone_that_took_the_place),
        cmocka_unit_test(poller_step__ends_a_dialogue_that_goes_on_and_on),
        cmocka_unit_test(poller_step__blames_a_card_only_after_three_failures),
        cmocka_unit_test(poller_step__gives_up_a_reader_that_is_gone_or_silent),
        cmocka_unit_test(poller_step__forgives_an_answer_that_came_too_late),
        cmocka_unit_test(poller_step__takes_two_bad_answers_but_not_three),
        cmocka_unit_test(poller_step__refreshes_an_idle_reader_only),
        cmocka_unit_test(poller_step__ticks_often_enough_at_every_pace),
        cmocka_unit_test(poller_step__takes_the_field_away_while_nobody_is_there_or_expected),
        cmocka_unit_test(poller_step__calls_wallets_between_looks_that_found_nobody),
        cmocka_unit_test(poller_step__keeps_its_paces_however_long_a_look_takes),
        cmocka_unit_test(poller_step__leaves_a_fifth_of_its_pace_to_others),
        cmocka_unit_test(poller_step__ends_when_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
