/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/ok.h"
#include "harness/process.h"
#include "platform/mosquitto/mosquitto_transport.h"

#define TURNS_MAX 500 /* of 10 ms */

struct heard {
    unsigned connected;
    unsigned disconnected;
    unsigned messages;
    enum err reason;
    size_t last_size;
};

static void on_connected(void *context)
{
    struct heard *heard = context;
    heard->connected++;
}

static void on_disconnected(void *context, enum err reason)
{
    struct heard *heard = context;
    heard->disconnected++;
    heard->reason = reason;
}

static void on_message(void *context, struct span topic, struct span payload)
{
    (void)topic;
    struct heard *heard = context;
    heard->messages++;
    heard->last_size = payload.size;
}

struct line {
    struct mosquitto_transport *mosquitto;
    struct transport transport;
    struct heard heard;
};

static void open_line(struct line *line, uint16_t port, const char *id)
{
    memset(line, 0, sizeof(*line));
    struct mosquitto_settings settings = {"127.0.0.1", port, id, 30};
    ok(mosquitto_transport_open(&settings, &line->mosquitto));
    line->transport = mosquitto_transport_as_transport(line->mosquitto);
    struct transport_handler handler = {on_connected, on_disconnected, on_message, &line->heard};
    line->transport.ops->bind(line->transport.self, &handler);
}

static void turn(struct line *line)
{
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(line->mosquitto), .events = POLLIN};
    if (mosquitto_transport_wants_write(line->mosquitto))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, 10) > 0)
        mosquitto_transport_step(line->mosquitto, (ready.revents & ~POLLOUT) != 0,
                                 (ready.revents & POLLOUT) != 0);
}

#define turn_until(line, condition)                                                                          \
    do {                                                                                                     \
        for (unsigned turns_ = 0; !(condition) && turns_ < TURNS_MAX; turns_++)                              \
            turn(line);                                                                                      \
        assert_true(condition);                                                                              \
    } while (0)

static enum err publish(struct line *line, const char *topic, struct span payload)
{
    return line->transport.ops->publish(line->transport.self, topic, payload);
}

static void mosquitto_transport__carries_messages_and_tells_when_the_broker_dies(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    uint16_t port = process_free_port();
    struct process broker = process_start_broker(&folder, port);
    struct line line;
    open_line(&line, port, "one");
    assert_int_equal(publish(&line, "a", span_of_text("x")), ERR_CLOSED);
    ok(line.transport.ops->connect(line.transport.self, NULL));
    assert_int_equal(line.transport.ops->connect(line.transport.self, NULL), ERR_STATE);
    turn_until(&line, line.heard.connected == 1);
    ok(line.transport.ops->subscribe(line.transport.self, "a/+"));
    ok(publish(&line, "a/b", span_of_text("hello")));
    turn_until(&line, line.heard.messages == 1);
    assert_int_equal(line.heard.last_size, 5);
    turn_until(&line, line.transport.ops->in_flight(line.transport.self) == 0);
    (void)process_end(&broker, SIGKILL);
    turn_until(&line, line.heard.disconnected == 1);
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
    open_line(&line, port, "one");
    ok(line.transport.ops->connect(line.transport.self, NULL));
    turn_until(&line, line.heard.connected == 1);
    for (unsigned i = 0; i < TRANSPORT_WINDOW; i++)
        ok(publish(&line, "a", span_of_text("x")));
    assert_int_equal(publish(&line, "a", span_of_text("x")), ERR_FULL);
    turn_until(&line, line.transport.ops->in_flight(line.transport.self) == 0);
    ok(publish(&line, "a", span_of_text("x")));
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
    open_line(&watcher, port, "watcher");
    open_line(&orderly, port, "orderly");
    open_line(&broken, port, "broken");
    struct transport_will will = {"will", {(const uint8_t *)"gone", 4}};
    ok(watcher.transport.ops->connect(watcher.transport.self, NULL));
    turn_until(&watcher, watcher.heard.connected == 1);
    ok(watcher.transport.ops->subscribe(watcher.transport.self, "will"));
    ok(orderly.transport.ops->connect(orderly.transport.self, &will));
    turn_until(&orderly, orderly.heard.connected == 1);
    ok(broken.transport.ops->connect(broken.transport.self, &will));
    turn_until(&broken, broken.heard.connected == 1);
    orderly.transport.ops->disconnect(orderly.transport.self);
    (void)shutdown(mosquitto_transport_descriptor(broken.mosquitto), SHUT_RDWR);
    turn_until(&broken, broken.heard.disconnected == 1);
    turn_until(&watcher, watcher.heard.messages == 1);
    for (unsigned i = 0; i < 5; i++)
        turn(&watcher);
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
        struct mosquitto_settings settings = {hosts[i], 1883, "till-1", 30};
        assert_int_equal(mosquitto_transport_open(&settings, &transport), ERR_ARGUMENT);
        assert_null(transport);
    }
    struct mosquitto_settings settings = {"::1", 1883, "till-1", 30};
    ok(mosquitto_transport_open(&settings, &transport));
    mosquitto_transport_close(transport);
}

static void mosquitto_transport__says_so_when_nobody_listens(void **state)
{
    (void)state;
    struct line line;
    open_line(&line, process_free_port(), "one");
    if (line.transport.ops->connect(line.transport.self, NULL) == ERR_OK)
        turn_until(&line, line.heard.disconnected == 1);
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
        turn(line);
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
    open_line(&line, port, "one");
    ok(line.transport.ops->connect(line.transport.self, NULL));
    assert_int_equal(serve_as_old_broker(&line, listener), -1);
    turn_until(&line, line.heard.disconnected == 1);
    ok(line.transport.ops->connect(line.transport.self, NULL));
    int peer = serve_as_old_broker(&line, listener);
    assert_true(peer >= 0);
    turn_until(&line, line.heard.connected == 1);
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
