/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/ok.h"
#include "harness/process.h"
#include "line.h"

static void mosquitto_transport__carries_messages_and_tells_when_the_broker_dies(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    uint16_t port = process_free_port();
    struct process broker = process_start_broker(&folder, port);
    struct line line;
    line_open(&line, port, "one");
    assert_int_equal(line_publish(&line, "a", span_of_text("x")), ERR_CLOSED);
    ok(line.transport.ops->connect(line.transport.self, NULL));
    assert_int_equal(line.transport.ops->connect(line.transport.self, NULL), ERR_STATE);
    line_turn_until(&line, line.heard.connected == 1);
    ok(line.transport.ops->subscribe(line.transport.self, "a/+"));
    ok(line_publish(&line, "a/b", span_of_text("hello")));
    line_turn_until(&line, line.heard.messages == 1);
    assert_int_equal(line.heard.last_size, 5);
    line_turn_until(&line, line.transport.ops->in_flight(line.transport.self) == 0);
    (void)process_end(&broker, SIGKILL);
    line_turn_until(&line, line.heard.disconnected == 1);
    assert_int_equal(line.heard.reason, ERR_CLOSED);
    mosquitto_transport_close(line.mosquitto);
    folder_remove(&folder);
}

static void mosquitto_transport__takes_no_more_than_its_window(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    uint16_t port = process_free_port();
    struct process broker = process_start_broker(&folder, port);
    struct line line;
    line_open(&line, port, "one");
    ok(line.transport.ops->connect(line.transport.self, NULL));
    line_turn_until(&line, line.heard.connected == 1);
    for (unsigned i = 0; i < TRANSPORT_WINDOW; i++)
        ok(line_publish(&line, "a", span_of_text("x")));
    assert_int_equal(line_publish(&line, "a", span_of_text("x")), ERR_FULL);
    line_turn_until(&line, line.transport.ops->in_flight(line.transport.self) == 0);
    ok(line_publish(&line, "a", span_of_text("x")));
    mosquitto_transport_close(line.mosquitto);
    (void)process_end(&broker, SIGTERM);
    folder_remove(&folder);
}

static void
mosquitto_transport__publishes_the_will_when_the_line_breaks_and_not_at_an_orderly_end(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    uint16_t port = process_free_port();
    struct process broker = process_start_broker(&folder, port);
    struct line watcher, orderly, broken;
    line_open(&watcher, port, "watcher");
    line_open(&orderly, port, "orderly");
    line_open(&broken, port, "broken");
    struct transport_will will = {"will", {(const uint8_t *)"gone", 4}};
    ok(watcher.transport.ops->connect(watcher.transport.self, NULL));
    line_turn_until(&watcher, watcher.heard.connected == 1);
    ok(watcher.transport.ops->subscribe(watcher.transport.self, "will"));
    ok(orderly.transport.ops->connect(orderly.transport.self, &will));
    line_turn_until(&orderly, orderly.heard.connected == 1);
    ok(broken.transport.ops->connect(broken.transport.self, &will));
    line_turn_until(&broken, broken.heard.connected == 1);
    orderly.transport.ops->disconnect(orderly.transport.self);
    (void)shutdown(mosquitto_transport_descriptor(broken.mosquitto), SHUT_RDWR);
    line_turn_until(&broken, broken.heard.disconnected == 1);
    line_turn_until(&watcher, watcher.heard.messages == 1);
    for (unsigned i = 0; i < 5; i++)
        line_turn(&watcher);
    assert_int_equal(watcher.heard.messages, 1);
    assert_int_equal(orderly.heard.disconnected, 0);
    mosquitto_transport_close(watcher.mosquitto);
    mosquitto_transport_close(orderly.mosquitto);
    mosquitto_transport_close(broken.mosquitto);
    (void)process_end(&broker, SIGTERM);
    folder_remove(&folder);
}

static void mosquitto_transport__looks_no_names_up(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost", "", "127.0.0.1.", "broker.example"};
    struct mosquitto_transport *transport = NULL;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct mosquitto_settings settings = {
            .host = hosts[i], .port = 1883, .client_id = "till-1", .keepalive_s = 30};
        assert_int_equal(mosquitto_transport_open(&settings, &transport), ERR_ARGUMENT);
        assert_null(transport);
    }
    struct mosquitto_settings settings = {
        .host = "::1", .port = 1883, .client_id = "till-1", .keepalive_s = 30};
    ok(mosquitto_transport_open(&settings, &transport));
    mosquitto_transport_close(transport);
}

static void mosquitto_transport__says_so_when_nobody_listens(void **state)
{
    (void)state;
    struct line line;
    line_open(&line, process_free_port(), "one");
    if (line.transport.ops->connect(line.transport.self, NULL) == ERR_OK)
        line_turn_until(&line, line.heard.disconnected == 1);
    assert_int_equal(line.heard.connected, 0);
    mosquitto_transport_close(line.mosquitto);
}

/* An old broker: reads CONNECT (MQTT 3.1.1 3.1.2.2: the ninth byte is the protocol's level), closes without a
 * word on any level but 4. */
static int listen_as_old_broker(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *out_port = ntohs(address.sin_port);
    return listener;
}

static int serve_as_old_broker(struct line *line, int listener)
{
    uint8_t packet[64] = {0};
    for (unsigned i = 0; i < 5; i++)
        line_turn(line);
    int peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    assert_true(read(peer, packet, sizeof(packet)) > 9);
    if (packet[8] == 4) {
        assert_int_equal(write(peer, "\x20\x02\x00\x00", 4), 4); /* CONNACK, accepted */
        return peer;
    }
    assert_int_equal(packet[8], 5);
    (void)close(peer);
    return -1;
}

static void mosquitto_transport__falls_back_to_the_older_protocol(void **state)
{
    (void)state;
    uint16_t port;
    int listener = listen_as_old_broker(&port);
    struct line line;
    line_open(&line, port, "one");
    ok(line.transport.ops->connect(line.transport.self, NULL));
    assert_int_equal(serve_as_old_broker(&line, listener), -1);
    line_turn_until(&line, line.heard.disconnected == 1);
    ok(line.transport.ops->connect(line.transport.self, NULL));
    int peer = serve_as_old_broker(&line, listener);
    assert_true(peer >= 0);
    line_turn_until(&line, line.heard.connected == 1);
    mosquitto_transport_close(line.mosquitto);
    (void)close(peer);
    (void)close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mosquitto_transport__carries_messages_and_tells_when_the_broker_dies),
        cmocka_unit_test(mosquitto_transport__takes_no_more_than_its_window),
        cmocka_unit_test(
            mosquitto_transport__publishes_the_will_when_the_line_breaks_and_not_at_an_orderly_end),
        cmocka_unit_test(mosquitto_transport__looks_no_names_up),
        cmocka_unit_test(mosquitto_transport__says_so_when_nobody_listens),
        cmocka_unit_test(mosquitto_transport__falls_back_to_the_older_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
