/* SPDX-License-Identifier: Apache-2.0 */
/* line.h - a transport with somebody who listens to it, turned by hand. */
#ifndef KASSA_TEST_LINE_H
#define KASSA_TEST_LINE_H

#include "platform/mosquitto/mosquitto_transport.h"

#define LINE_TURNS_MAX 500 /* of 10 ms */

struct line_heard {
    unsigned connected;
    unsigned disconnected;
    unsigned messages;
    unsigned refusals;
    enum err reason;
    size_t last_size;
};

struct line {
    struct mosquitto_transport *mosquitto;
    struct transport transport;
    struct line_heard heard;
};

void line_open_with(struct line *line, const struct mosquitto_settings *settings);
void line_open(struct line *line, uint16_t port, const char *id); /* to 127.0.0.1, without TLS */
void line_turn(struct line *line);
enum err line_publish(struct line *line, const char *topic, struct span payload);

#define line_turn_until(line, condition)                                                                     \
    do {                                                                                                     \
        for (unsigned turns_ = 0; !(condition) && turns_ < LINE_TURNS_MAX; turns_++)                         \
            line_turn(line);                                                                                 \
        assert_true(condition);                                                                              \
    } while (0)

#endif
