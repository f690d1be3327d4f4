/* SPDX-License-Identifier: Apache-2.0 */
/* What a broker can do to us: die with what it has acknowledged, drop what it has acknowledged, throw us out for
 * another of the same name. Nothing is lost, and what somebody has to mend is told at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "harness/ok.h"
#include "live_shop.h"

#define RECORDS      1000
#define ALARM_MS_MAX 1000

static void lose_broker(struct shop *shop)
{
    (void)process_end(&shop->broker, SIGKILL);
}

static size_t in_flight(const struct shop *shop)
{
    struct transport line = mosquitto_transport_as_transport(shop->line);
    return line.ops->in_flight(line.self);
}

/* The till has sent all that it may, and the broker has acknowledged it. */
static void turn_until_acknowledged_by_broker(struct shop *shop, uint64_t batches_before)
{
    struct sync_status status;
    uint64_t deadline = shop_now_ms() + DEADLINE_MS;
    do {
        shop_turn(shop);
        sync_get_status(shop->till.sync, &status);
    } while ((status.batches_sent == batches_before || in_flight(shop) > 0) && shop_now_ms() < deadline);
    assert_true(status.batches_sent > batches_before);
}

static void sync_broker__that_dies_with_what_it_acknowledged_loses_nothing(void **state)
{
    struct shop *shop = *state;
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    for (unsigned i = 0; i < 10; i++) {
        struct sync_status status;
        sync_get_status(shop->till.sync, &status);
        assert_int_equal(kill(shop->hub.pid, SIGSTOP), 0); /* it hears nothing of what follows */
        sync_till_append(&shop->till, RECORDS / 10);
        turn_until_acknowledged_by_broker(shop, status.batches_sent);
        assert_true(sync_till_backlog(&shop->till) >= RECORDS / 10);
        lose_broker(shop);
        assert_int_equal(kill(shop->hub.pid, SIGCONT), 0);
        shop->broker = process_start_broker(&shop->folder, shop->port);
        shop_turn_until_empty(shop);
    }
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, RECORDS + 1);
}

static const char all[] = "topic readwrite #\n";
static const char nothing_up[] = "topic readwrite kassa/1/st/#\ntopic readwrite kassa/1/dn/#\n"
                                 "topic read kassa/1/up/#\ntopic read kassa/1/book/#\n";

static void write_list(const struct shop *shop, const char *list)
{
    char path[128];
    folder_join(&shop->folder, "acl", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(list, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void flip_list(const struct shop *shop, const char *list)
{
    write_list(shop, list);
    assert_int_equal(kill(shop->broker.pid, SIGHUP), 0);
    shop_turn_for((struct shop *)(uintptr_t)shop,
                  300); /* the broker takes it up in its loop, and tells nobody */
}

static void start_broker_with_list(struct shop *shop)
{
    char path[128], settings[192];
    write_list(shop, all);
    folder_join(&shop->folder, "acl", path);
    (void)snprintf(settings, sizeof(settings), "user root\nallow_anonymous true\nacl_file %s", path);
    shop->broker = process_start_broker_with(&shop->folder, shop->port, settings);
}

static void sync_broker__that_drops_what_it_acknowledges_is_told_of_within_a_second(void **state)
{
    struct shop *shop = *state;
    lose_broker(shop);
    start_broker_with_list(shop);
    sync_till_append(&shop->till, 1);
    shop_turn_until_empty(shop);
    flip_list(shop, nothing_up);
    sync_till_append(&shop->till, RECORDS);
    uint64_t begin = shop_now_ms();
    while (shop->till.faults[SYNC_FAULT_DENIED] == 0 && shop_now_ms() < begin + DEADLINE_MS)
        shop_turn(shop);
    uint64_t alarm_ms = shop_now_ms() - begin;
    print_message("told after %llu ms\n", (unsigned long long)alarm_ms);
    assert_int_equal(shop->till.faults[SYNC_FAULT_DENIED], 1);
    assert_true(alarm_ms <= ALARM_MS_MAX);
    assert_int_equal(sync_till_backlog(&shop->till), RECORDS);
    flip_list(shop, all);
    shop_turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, RECORDS + 1);
}

/* ---- another one with our client id */

struct intruder {
    struct mosquitto_transport *line;
    bool is_up;
};

static void intruder_connected(void *context)
{
    struct intruder *intruder = context;
    intruder->is_up = true;
}

static void intruder_disconnected(void *context, enum err reason)
{
    (void)reason;
    struct intruder *intruder = context;
    intruder->is_up = false;
}

static void intruder_message(void *context, struct span topic, struct span payload)
{
    (void)context;
    (void)topic;
    (void)payload;
}

static void intrude(struct shop *shop, struct intruder *intruder)
{
    struct transport transport = mosquitto_transport_as_transport(intruder->line);
    ok(transport.ops->connect(transport.self, NULL));
    uint64_t deadline = shop_now_ms() + DEADLINE_MS;
    while (!intruder->is_up && shop_now_ms() < deadline) {
        int fd = mosquitto_transport_descriptor(intruder->line);
        struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT};
        if (fd >= 0 && poll(&ready, 1, 5) > 0)
            mosquitto_transport_step(intruder->line, (ready.revents & ~POLLOUT) != 0,
                                     (ready.revents & POLLOUT) != 0);
        shop_turn(shop);
    }
    assert_true(intruder->is_up);
    transport.ops->disconnect(transport.self);
    intruder->is_up = false;
}

static void sync_broker__that_lets_another_in_under_our_name_loses_nothing(void **state)
{
    struct shop *shop = *state;
    struct mosquitto_settings settings = {
        .host = "127.0.0.1", .port = shop->port, .client_id = "till-1", .keepalive_s = 30};
    struct intruder intruder = {.line = NULL};
    ok(mosquitto_transport_open(&settings, &intruder.line));
    struct transport transport = mosquitto_transport_as_transport(intruder.line);
    struct transport_handler handler = {.connected = intruder_connected,
                                        .disconnected = intruder_disconnected,
                                        .message = intruder_message,
                                        .context = &intruder};
    transport.ops->bind(transport.self, &handler);
    for (unsigned i = 0; i < 10; i++) {
        sync_till_append(&shop->till, RECORDS / 10);
        shop_turn_for(shop, 30);
        intrude(shop, &intruder);
    }
    mosquitto_transport_close(intruder.line);
    shop_turn_until_empty(shop);
    assert_int_equal(process_end(&shop->hub, SIGTERM), 0);
    shop_expect_all_kept_once(shop, RECORDS);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, shop_set_up, shop_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(sync_broker__that_dies_with_what_it_acknowledged_loses_nothing),
        CASE(sync_broker__that_drops_what_it_acknowledges_is_told_of_within_a_second),
        CASE(sync_broker__that_lets_another_in_under_our_name_loses_nothing),
    };
#undef CASE
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0)
        printf(
            "P12: 3 x %d records past a killed broker, an access list and a double of the client id, 0 lost; "
            "refusal told within %d ms\n",
            RECORDS, ALARM_MS_MAX);
    return failed;
}
