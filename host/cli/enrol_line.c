/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/enrol_line.h"

#include <poll.h>

#include "base/hex.h"
#include "platform/linux/linux_clock.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "wire/message.h"
#include "wire/topic.h"

#define AGAIN_MS     2000 /* until it asks again, or connects again */
#define TICK_MS      1000
#define KEEPALIVE_S  30
#define REQUEST_SIZE 1024

struct asking {
    struct mosquitto_transport *line;
    struct transport transport;
    struct clock clock;
    struct topic_parts parts; /* our client id */
    uint8_t request[REQUEST_SIZE];
    size_t request_size;
    uint64_t due_mono_ms; /* of the next attempt */
    bool is_up, had_line;
    bool is_answered;
    kassa_EnrolAnswer *answer;
};

static uint64_t now_mono_ms(const struct asking *asking)
{
    return asking->clock.ops->mono_ms(asking->clock.self);
}

static void ask(struct asking *asking)
{
    char topic[TOPIC_SIZE_MAX];
    topic_write(TOPIC_ENROL, &asking->parts, topic);
    /* Refused or lost: it is asked again. */
    (void)asking->transport.ops->publish(asking->transport.self, topic,
                                         span_of(asking->request, asking->request_size));
    asking->due_mono_ms = now_mono_ms(asking) + AGAIN_MS;
}

static void on_connected(void *context)
{
    struct asking *asking = context;
    char topic[TOPIC_SIZE_MAX];
    asking->is_up = asking->had_line = true;
    topic_write(TOPIC_ENROLLED, &asking->parts, topic);
    if (asking->transport.ops->subscribe(asking->transport.self, topic) == ERR_OK)
        ask(asking);
}

static void on_disconnected(void *context, enum err reason)
{
    struct asking *asking = context;
    (void)reason;
    asking->is_up = false;
    asking->due_mono_ms = now_mono_ms(asking) + AGAIN_MS;
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct asking *asking = context;
    enum topic kind;
    struct topic_parts parts;
    if (topic_read(topic, &kind, &parts) != ERR_OK || kind != TOPIC_ENROLLED ||
        strcmp(parts.till, asking->parts.till) != 0)
        return;
    kassa_EnrolAnswer answer = kassa_EnrolAnswer_init_zero;
    if (wire_decode(kassa_EnrolAnswer_fields, payload, &answer) != ERR_OK ||
        answer.status == kassa_EnrolStatus_ENROL_BUSY)
        return;
    *asking->answer = answer;
    asking->is_answered = true;
}

static void go_on(struct asking *asking)
{
    if (now_mono_ms(asking) < asking->due_mono_ms)
        return;
    asking->due_mono_ms = now_mono_ms(asking) + AGAIN_MS;
    if (asking->is_up)
        ask(asking);
    else
        (void)asking->transport.ops->connect(asking->transport.self,
                                             /* will= */ NULL); /* or it is on its way */
}

static void wait_for_news(struct asking *asking)
{
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(asking->line), .events = POLLIN};
    if (mosquitto_transport_wants_write(asking->line))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, TICK_MS / 10) > 0)
        mosquitto_transport_step(asking->line, (ready.revents & ~POLLOUT) != 0,
                                 (ready.revents & POLLOUT) != 0);
}

static enum err turn(struct asking *asking, unsigned seconds)
{
    uint64_t end = now_mono_ms(asking) + (uint64_t)seconds * 1000, tick_due = 0;
    while (!asking->is_answered && now_mono_ms(asking) < end) {
        go_on(asking);
        wait_for_news(asking);
        if (now_mono_ms(asking) >= tick_due) {
            mosquitto_transport_tick(asking->line);
            tick_due = now_mono_ms(asking) + TICK_MS;
        }
    }
    return asking->is_answered ? ERR_OK : ERR_TIMEOUT;
}

static enum err open_line(const struct enrol_question *question, struct asking *asking)
{
    const struct mosquitto_settings settings = {.host = question->invitation->host,
                                                .port = question->invitation->port,
                                                .client_id = asking->parts.till,
                                                .ca_file = question->ca_file,
                                                .keepalive_s = KEEPALIVE_S};
    const struct transport_handler handler = {
        .connected = on_connected, .disconnected = on_disconnected, .message = on_message, .context = asking};
    TRY(mosquitto_transport_open(&settings, &asking->line));
    asking->transport = mosquitto_transport_as_transport(asking->line);
    asking->transport.ops->bind(asking->transport.self, &handler);
    return ERR_OK;
}

static enum err write_request(const struct enrol_question *question, struct asking *asking)
{
    kassa_EnrolRequest request = kassa_EnrolRequest_init_zero;
    if (question->request_der.size > sizeof(request.request.bytes))
        return ERR_ARGUMENT;
    request.invitation.size = INVITATION_ID_SIZE;
    memcpy(request.invitation.bytes, question->keys->id, INVITATION_ID_SIZE);
    request.request.size = (pb_size_t)question->request_der.size;
    memcpy(request.request.bytes, question->request_der.bytes, question->request_der.size);
    request.proof.size = HASH_SIZE;
    TRY(invitation_prove_request(question->keys->proof, question->request_der, request.proof.bytes));
    return wire_encode(kassa_EnrolRequest_fields, &request, asking->request, sizeof(asking->request),
                       &asking->request_size);
}

/* A till's name would be taken from whoever uses it: the id is drawn anew each time. */
static enum err draw_id(struct asking *asking)
{
    static const char head[] = "enrol-";
    uint8_t chance[12];
    struct random random = linux_random();
    TRY(random.fill(random.self, chance, sizeof(chance)));
    memcpy(asking->parts.till, head, sizeof(head));
    hex_write(span_of(chance, sizeof(chance)), asking->parts.till + sizeof(head) - 1);
    return ERR_OK;
}

static enum err check_answer(const struct enrol_question *question, const kassa_EnrolAnswer *answer)
{
    uint8_t right[HASH_SIZE];
    if (answer->status != kassa_EnrolStatus_ENROL_GRANTED)
        return ERR_OK;
    TRY(invitation_prove_answer(question->keys->proof, answer, right));
    return invitation_is_proof(right, span_of(answer->proof.bytes, answer->proof.size)) ? ERR_OK
                                                                                        : ERR_SIGNATURE;
}

enum err enrol_line_ask(const struct enrol_question *question, kassa_EnrolAnswer *out, bool *out_has_line)
{
    struct asking asking = {.clock = linux_clock(), .answer = out};
    *out_has_line = false;
    TRY(write_request(question, &asking));
    TRY(draw_id(&asking));
    TRY(open_line(question, &asking));
    enum err error = turn(&asking, question->seconds);
    *out_has_line = asking.had_line;
    mosquitto_transport_close(asking.line);
    return error == ERR_OK ? check_answer(question, out) : error;
}
