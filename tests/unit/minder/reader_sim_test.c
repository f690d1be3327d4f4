/* SPDX-License-Identifier: Apache-2.0 */
/* The minder, kassa-reader and the real libnfc against a PN532 on a pseudo-terminal: cards come and go, and
 * the reader falls silent, is pulled, and sends garbage. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/hex.h"
#include "unit/minder/sim.h"
#include "unit/minder/world.h"

#define WITHIN_MS 20000
#define BACK_MS   3000 /* the promise: back within three seconds of the device's return */
#define NTAG      "ntag213 uid 04a1b2c3d4e5f6 uri https://loyalty.example/c/1234567"

struct shop {
    struct sim sim;
    struct minder_world world;
    const char *arguments[12];
    struct card_programme programme; /* of those that give the child one */
    char public_hex[2 * VAULT_PUBLIC_SIZE + 1];
};

static int open_shop(void **state)
{
    static struct shop shop;
    shop = (struct shop){.arguments = {"--device", shop.sim.device, "--poll-ms", "20", "--away-ms", "0",
                                       "--link", "loyalty.example/c/", NULL}};
    sim_start(&shop.sim);
    minder_world_open(&shop.world, (struct minder_options){.program = KASSA_BINARY_DIR "/bin/kassa-reader",
                                                           .arguments = shop.arguments});
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    struct shop *shop = *state;
    minder_world_close(&shop->world);
    sim_stop(&shop->sim);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
    return 0;
}

static bool is_ready(const struct minder_world *world)
{
    return world->state == MINDER_READY;
}

static bool is_not_ready(const struct minder_world *world)
{
    return world->state != MINDER_READY;
}

static bool has_died(const struct minder_world *world)
{
    return minder_deaths(world->minder) > 0;
}

static bool has_died_often(const struct minder_world *world)
{
    return minder_deaths(world->minder) > 4;
}

static bool has_card(const struct minder_world *world)
{
    return world->card_count > world->gone_count;
}

/* Random bytes can make up a card of their own. */
static bool has_the_member(const struct minder_world *world)
{
    return has_card(world) && strcmp(world->card.text, "num:1234567") == 0;
}

static bool has_no_card(const struct minder_world *world)
{
    return world->card_count == world->gone_count;
}

static bool has_second_card(const struct minder_world *world)
{
    return world->card_count == 2;
}

static bool has_third_card(const struct minder_world *world)
{
    return world->card_count == 3;
}

static bool has_unknown(const struct minder_world *world)
{
    return world->unknown_count > 0;
}

static void wait_for(struct shop *shop, bool (*condition)(const struct minder_world *world))
{
    (void)minder_world_run_until(&shop->world, condition, WITHIN_MS);
}

static void reader__tells_of_cards_that_come_change_and_go(void **state)
{
    struct shop *shop = *state;
    struct minder_world *world = &shop->world;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "present 0 " NTAG);
    wait_for(shop, has_card);
    assert_string_equal(world->card.text, "num:1234567");
    assert_int_equal(world->card.technology, READER_NDEF);
    assert_in_range(world->read_us, 1, 1000000);
    sim_tell(&shop->sim, "swap 0 uid deadbeef sak 08 atqa 0004");
    wait_for(shop, has_second_card);
    assert_string_equal(world->gone, "num:1234567");
    assert_string_equal(world->card.text, "uid:deadbeef");
    assert_int_equal(world->card.technology, READER_CLASSIC);
    assert_int_equal(world->card.trust, CARD_TRUST_IDENTIFY);
    sim_tell(&shop->sim, "remove 0");
    wait_for(shop, has_no_card);
    assert_string_equal(world->gone, "uid:deadbeef");
    sim_tell(&shop->sim, "present 0 uid 08112233 sak 20 atqa 0004");
    wait_for(shop, has_unknown);
    assert_int_equal(world->card_count, 2);
    assert_int_equal(minder_deaths(world->minder), 0);
}

static void reader__reads_each_size_of_tag(void **state)
{
    struct shop *shop = *state;
    static const char *const cards[] = {
        "present 0 ntag213 uid 04000000000001 text 29400000001",
        "swap 0 ntag215 uid 04000000000002 text 29400000002",
        "swap 0 ntag216 uid 04000000000003 text 29400000003",
        "swap 0 ntag216 uid 04000000000004 uri https://loyalty.example/c/29400000004?"
        "utm="
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
        "9",
    };
    wait_for(shop, is_ready);
    for (size_t i = 0; i < COUNT_OF(cards); i++) {
        char expected[] = "num:2940000000x";
        expected[sizeof expected - 2] = (char)('1' + i);
        sim_tell(&shop->sim, cards[i]);
        while (shop->world.card_count <= i)
            wait_for(shop, has_card);
        assert_string_equal(shop->world.card.text, expected);
        sim_tell(&shop->sim, "remove 0");
        wait_for(shop, has_no_card);
        sim_tell(&shop->sim, "present 0 uid 08112233 sak 20 atqa 0004"); /* so that the next is a swap */
    }
}

/* A bank's card and ours in one purse; then two of ours. */
static void reader__reads_the_card_that_lies_behind_one_of_nobody(void **state)
{
    struct shop *shop = *state;
    struct minder_world *world = &shop->world;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "present 0 uid 08112233 sak 20 atqa 0004 ats 0578807102");
    wait_for(shop, has_unknown);
    sim_tell(&shop->sim, "present 1 ntag213 uid 04000000000001 text 29400000001");
    wait_for(shop, has_card);
    assert_string_equal(world->card.text, "num:29400000001");
    sim_tell(&shop->sim, "remove 1");
    wait_for(shop, has_no_card);
    sim_tell(&shop->sim, "remove");
    sim_tell(&shop->sim, "present 0 type4 uid 04000000000003 text 29400000003");
    wait_for(shop, has_second_card);
    sim_tell(&shop->sim, "present 1 type4 uid 04000000000004 text 29400000004");
    assert_string_equal(world->card.text, "num:29400000003"); /* the first one stays */
    sim_tell(&shop->sim, "remove 0");
    wait_for(shop, has_third_card);
    assert_string_equal(world->card.text, "num:29400000004");
}

static void reader__is_back_after_it_fell_silent(void **state)
{
    struct shop *shop = *state;
    static const char *const silences[] = {"mute", "mute after-ack"};
    for (size_t i = 0; i < COUNT_OF(silences); i++) {
        wait_for(shop, is_ready);
        sim_tell(&shop->sim, "present 0 " NTAG);
        wait_for(shop, has_card);
        sim_tell(&shop->sim, silences[i]);
        wait_for(shop, is_not_ready);
        wait_for(shop, has_no_card); /* a card on a dead reader is gone */
        wait_for(shop, has_died);
        sim_tell(&shop->sim, "unmute");
        (void)minder_world_run_until(&shop->world, is_ready, BACK_MS);
        wait_for(shop, has_card);
        sim_tell(&shop->sim, "remove 0");
        wait_for(shop, has_no_card);
    }
}

static void reader__is_back_after_it_was_pulled_and_plugged(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "present 0 " NTAG);
    wait_for(shop, has_card);
    for (int i = 0; i < 2; i++) {
        sim_tell(&shop->sim, "unplug");
        wait_for(shop, is_not_ready);
        wait_for(shop, has_no_card);
        sim_tell(&shop->sim, "plug");
        (void)minder_world_run_until(&shop->world, is_ready, BACK_MS);
        wait_for(shop, has_card);
        assert_string_equal(shop->world.card.text, "num:1234567");
    }
}

static void reader__waits_for_a_device_that_is_not_there_yet(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "unplug");
    wait_for(shop, is_not_ready);
    wait_for(shop, has_died);
    uint64_t deaths = minder_deaths(shop->world.minder);
    for (int i = 0; i < 8; i++) /* some of its tries, by its own ticks */
        (void)uv_run(&shop->world.loop, UV_RUN_ONCE);
    assert_true(minder_deaths(shop->world.minder) <= deaths + 1);
    sim_tell(&shop->sim, "plug");
    (void)minder_world_run_until(&shop->world, is_ready, BACK_MS);
}

/* Status 80 makes libnfc abort; what matters is that it is the child's life, and only that. */
static void reader__dies_of_an_answer_that_aborts_libnfc_and_is_back(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "garbage status 80");
    sim_tell(&shop->sim, "present 0 " NTAG);
    wait_for(shop, has_died_often); /* so that the back-off has grown */
    assert_string_equal(shop->world.last_end, "died of signal 6");
    sim_tell(&shop->sim, "garbage off");
    (void)minder_world_run_until(&shop->world, has_card, BACK_MS);
    assert_string_equal(shop->world.card.text, "num:1234567");
}

/* Status 40 promises more and never brings it: libnfc loops for ever, without a tick. */
static void reader__is_killed_when_libnfc_loops_for_ever(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    sim_tell(&shop->sim, "present 0 " NTAG);
    wait_for(shop, has_card);
    sim_tell(&shop->sim, "garbage status 40");
    wait_for(shop, has_died);
    assert_string_equal(shop->world.last_end, "killed: it said nothing for too long");
    sim_tell(&shop->sim, "garbage off");
    (void)minder_world_run_until(&shop->world, has_card, BACK_MS);
}

static void reader__survives_or_comes_back_from_garbage(void **state)
{
    struct shop *shop = *state;
    static const char *const garbage[] = {"garbage random 10", "garbage checksum 3", "garbage raw 0000ff00 3",
                                          "garbage reply 00 5", "garbage ats0 3"};
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        wait_for(shop, is_ready);
        sim_tell(&shop->sim, garbage[i]);
        sim_tell(&shop->sim, "present 0 " NTAG);
        wait_for(shop, has_the_member);
        sim_tell(&shop->sim, "garbage off");
        sim_tell(&shop->sim, "remove 0");
        wait_for(shop, has_no_card);
    }
}

/* ---- phones: the programme goes to the child over its socket, keys and all */

#define MEMBER "2900000012345"

static struct card_programme wallets_programme(char out_public_hex[2 * VAULT_PUBLIC_SIZE + 1])
{
    static const uint8_t key[VAULT_PRIVATE_SIZE] = {[VAULT_PRIVATE_SIZE - 1] = 7};
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    struct card_programme programme = {
        .order_count = 3,
        .order = {READER_VAS, READER_SMART_TAP, READER_NDEF},
        .vas = {.is_on = true,
                .mode = CARD_VAS_ONLY,
                .window_s = CARD_VAS_WINDOW_S,
                .want_count = 1,
                .wants = {{.pass_type_id = "pass.example.club", .key_count = 1}}},
        .smart_tap = {.is_on = true, .collector_id = 12345678, .key_version = 1},
    };
    memcpy(programme.smart_tap.private_key, key, sizeof key);
    assert_int_equal(vault_open(), ERR_OK);
    assert_int_equal(card_vas_key_make(key, &programme.vas.wants[0].keys[0]), ERR_OK);
    assert_int_equal(vault_public_key_of(key, public_key), ERR_OK);
    hex_write(span_of(public_key, sizeof public_key), out_public_hex);
    return programme;
}

static int open_wallet_shop(void **state)
{
    static struct shop shop;
    shop = (struct shop){
        .arguments = {"--device", shop.sim.device, "--poll-ms", "20", "--await-programme", NULL}};
    shop.programme = wallets_programme(shop.public_hex);
    sim_start(&shop.sim);
    minder_world_open(&shop.world, (struct minder_options){.program = KASSA_BINARY_DIR "/bin/kassa-reader",
                                                           .arguments = shop.arguments,
                                                           .programme = &shop.programme});
    *state = &shop;
    return 0;
}

static void lay_phone(struct shop *shop, const char *head, const char *tail)
{
    char line[512];
    (void)snprintf(line, sizeof line, "present 0 %s %s %s", head, shop->public_hex, tail);
    sim_tell(&shop->sim, line);
}

static bool has_the_phones_member(const struct minder_world *world)
{
    return world->card_count > 0 && strcmp(world->card.text, "num:" MEMBER) == 0;
}

static void reader__reads_the_pass_in_an_iphone(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    lay_phone(shop, "iphone pass pass.example.club message " MEMBER " reader", "");
    wait_for(shop, has_the_phones_member);
    assert_int_equal(shop->world.card.technology, READER_VAS);
    sim_tell(&shop->sim, "remove 0");
    wait_for(shop, has_no_card);
}

static void reader__reads_the_pass_in_an_android_phone(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    lay_phone(shop, "android collector 12345678 value " MEMBER " public", "compress 1");
    wait_for(shop, has_the_phones_member);
    assert_int_equal(shop->world.card.technology, READER_SMART_TAP);
    sim_tell(&shop->sim, "remove 0");
    wait_for(shop, has_no_card);
}

static void reader__wakes_the_wallet_of_an_iphone_that_waits_to_be_called(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    lay_phone(shop, "iphone pass pass.example.club message " MEMBER " reader", "ecp 2");
    wait_for(shop, has_the_phones_member);
}

static void reader__tells_once_of_a_phone_that_stays(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    lay_phone(shop, "iphone pass pass.example.club message " MEMBER " reader", "");
    wait_for(shop, has_the_phones_member);
    for (int i = 0; i < 15; i++) /* its reader's ticks, ten a second */
        (void)uv_run(&shop->world.loop, UV_RUN_ONCE);
    assert_int_equal(shop->world.gone_count, 0);
    sim_tell(&shop->sim, "remove 0");
    wait_for(shop, has_no_card);
    assert_int_equal(shop->world.card_count, 1);
    assert_int_equal(shop->world.gone_count, 1);
    assert_int_equal(shop->world.unknown_count, 0);
}

static void reader__says_that_a_phone_waits_for_its_holder(void **state)
{
    struct shop *shop = *state;
    wait_for(shop, is_ready);
    lay_phone(shop, "iphone pass pass.example.club message " MEMBER " reader", "status 6287,6287,9000");
    wait_for(shop, has_unknown);
    assert_string_equal(shop->world.unknown, card_tag_refusal(ERR_PENDING));
    assert_int_equal(shop->world.unknown_count, 1);
    wait_for(shop, has_the_phones_member); /* and it is looked at again without being taken away */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reader__tells_of_cards_that_come_change_and_go, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__reads_each_size_of_tag, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(reader__reads_the_pass_in_an_iphone, open_wallet_shop, close_shop),
        cmocka_unit_test_setup_teardown(reader__reads_the_pass_in_an_android_phone, open_wallet_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__wakes_the_wallet_of_an_iphone_that_waits_to_be_called,
                                        open_wallet_shop, close_shop),
        cmocka_unit_test_setup_teardown(reader__tells_once_of_a_phone_that_stays, open_wallet_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__says_that_a_phone_waits_for_its_holder, open_wallet_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__reads_the_card_that_lies_behind_one_of_nobody, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__is_back_after_it_fell_silent, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(reader__is_back_after_it_was_pulled_and_plugged, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__waits_for_a_device_that_is_not_there_yet, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__dies_of_an_answer_that_aborts_libnfc_and_is_back, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(reader__is_killed_when_libnfc_loops_for_ever, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(reader__survives_or_comes_back_from_garbage, open_shop, close_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
