/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/enrol.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bucket.h"
#include "base/log.h"
#include "office/enrolment.h"
#include "wire/message.h"
#include "wire/topic.h"

#define CONNECT_MS_MAX   10000 /* an attempt without an answer is given up */
#define HEARD_MAX        128   /* since the last look */
#define HOLDERS_MAX      32    /* who have a token; one place an invitation */
#define OTHERS_MAX       8     /* who have none, and are told so as often as is good */
#define ANSWER_SIZE_MAX  (sizeof(kassa_EnrolAnswer) + 64)
#define REFUSALS_MAX     30 /* at once; each costs a transaction or tells a guesser something */
#define REFUSAL_MS       2000
#define REQUEST_SIZE_MAX 1024

struct waiting {
    char client[TILL_ID_MAX + 1]; /* whom the answer goes to */
    kassa_EnrolRequest request;
    enum enrolment_asker asker;
};

enum enrol_link { ENROL_DOWN, ENROL_TRYING, ENROL_UP };

struct hub_enrol_desk {
    struct hub_options options;
    struct hub_parts parts;
    enum enrol_link link;
    uint64_t connect_due_mono_ms;
    struct waiting heard[HEARD_MAX]; /* nobody has looked at them yet */
    size_t heard_count;
    struct waiting holders[HOLDERS_MAX];
    size_t holder_count;
    struct waiting others[OTHERS_MAX];
    size_t other_count;
    struct bucket refusals; /* of others */
    bool is_slow;           /* and the log has it */
    struct hub_enrol_counters counters;
    kassa_EnrolAnswer answer;
    uint8_t out[ANSWER_SIZE_MAX];
};

static uint64_t now_mono_ms(const struct hub_enrol_desk *desk)
{
    return desk->parts.clock.ops->mono_ms(desk->parts.clock.self);
}

/* ---- the line */

static void time_connect(struct hub_enrol_desk *desk)
{
    uint64_t chance = 0;
    if (desk->parts.random.fill(desk->parts.random.self, (uint8_t *)&chance, sizeof(chance)) != ERR_OK)
        chance = now_mono_ms(desk); /* worse jitter, nothing else */
    desk->connect_due_mono_ms = now_mono_ms(desk) + chance % ((uint64_t)desk->options.backoff_ms_max + 1);
}

static void on_connected(void *context)
{
    struct hub_enrol_desk *desk = context;
    char filter[TOPIC_SIZE_MAX];
    desk->link = ENROL_UP;
    desk->connect_due_mono_ms = UINT64_MAX;
    topic_write_filter(TOPIC_ENROL, filter);
    enum err error = desk->parts.transport.ops->subscribe(desk->parts.transport.self, filter);
    if (error != ERR_OK) /* the line is breaking; the next one subscribes again */
        log_event(LOG_LEVEL_WARNING, "enrol.subscribe", "filter=%s error=%s", filter, err_name(error));
    log_event(LOG_LEVEL_NOTICE, "enrol.open", "text=\"tills with an invitation are certified\"");
}

static void on_disconnected(void *context, enum err reason)
{
    struct hub_enrol_desk *desk = context;
    if (desk->link == ENROL_UP || reason == ERR_STATE)
        log_event(LOG_LEVEL_WARNING, "enrol.closed", "error=%s", err_name(reason));
    desk->link = ENROL_DOWN;
    desk->heard_count = desk->holder_count = desk->other_count =
        0; /* their line is gone as well: they ask again */
    time_connect(desk);
}

static void on_refused(void *context)
{
    (void)context;
    log_event(LOG_LEVEL_ERROR, "enrol.not_allowed",
              "text=\"the enrolment broker's access list keeps the hub from answering\"");
}

static void run_link(struct hub_enrol_desk *desk)
{
    struct transport transport = desk->parts.transport;
    if (desk->link == ENROL_UP || now_mono_ms(desk) < desk->connect_due_mono_ms)
        return;
    if (desk->link == ENROL_TRYING)
        transport.ops->disconnect(transport.self);
    desk->link = ENROL_TRYING;
    desk->connect_due_mono_ms = now_mono_ms(desk) + CONNECT_MS_MAX;
    if (transport.ops->connect(transport.self, /* will= */ NULL) != ERR_OK) {
        desk->link = ENROL_DOWN;
        time_connect(desk);
    }
}

/* ---- who asks */

static enum err take(struct hub_enrol_desk *desk, struct span topic, struct span payload)
{
    enum topic kind;
    struct topic_parts parts;
    kassa_EnrolRequest request = kassa_EnrolRequest_init_zero;
    TRY(topic_read(topic, &kind, &parts));
    if (kind != TOPIC_ENROL)
        return ERR_SYNTAX;
    if (payload.size > REQUEST_SIZE_MAX)
        return ERR_TOO_LONG;
    TRY(wire_decode(kassa_EnrolRequest_fields, payload, &request));
    if (desk->heard_count == HEARD_MAX)
        return ERR_THROTTLED;
    struct waiting *place = &desk->heard[desk->heard_count++];
    *place = (struct waiting){.request = request};
    memcpy(place->client, parts.till, sizeof(place->client));
    return ERR_OK;
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct hub_enrol_desk *desk = context;
    desk->counters.requests++;
    if (take(desk, topic, payload) != ERR_OK)
        desk->counters.dropped++;
}

/* ---- who has a token, and who has not */

static bool is_same_invitation(const struct waiting *a, const struct waiting *b)
{
    return a->request.invitation.size == b->request.invitation.size &&
           memcmp(a->request.invitation.bytes, b->request.invitation.bytes, a->request.invitation.size) == 0;
}

/* Who asks anew is answered to what he asks now. */
static bool wait_as_holder(struct hub_enrol_desk *desk, const struct waiting *one)
{
    size_t at = 0;
    while (at < desk->holder_count && !is_same_invitation(&desk->holders[at], one))
        at++;
    if (at == HOLDERS_MAX)
        return false;
    desk->holder_count += at == desk->holder_count ? 1 : 0;
    desk->holders[at] = *one;
    return true;
}

static bool wait_as_other(struct hub_enrol_desk *desk, const struct waiting *one)
{
    if (desk->other_count == OTHERS_MAX)
        return false;
    desk->others[desk->other_count++] = *one;
    return true;
}

static enum err look_at(struct hub_enrol_desk *desk, const struct store_txn *txn, struct waiting *one)
{
    TRY(enrolment_look(txn, &one->request, &one->asker));
    bool waits = one->asker == ENROLMENT_BY_HOLDER ? wait_as_holder(desk, one) : wait_as_other(desk, one);
    desk->counters.dropped += waits ? 0 : 1;
    return ERR_OK;
}

/* Reads alone: a stranger costs the store no write, and who has a token no place. */
static enum err sort(struct hub_enrol_desk *desk)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    if (desk->heard_count == 0)
        return ERR_OK;
    TRY(store_begin(desk->parts.store, STORE_READ, &txn));
    for (size_t i = 0; i < desk->heard_count; i++)
        TRY(look_at(desk, &txn, &desk->heard[i]));
    return ERR_OK;
}

static void sort_heard(struct hub_enrol_desk *desk)
{
    enum err error = sort(desk);
    if (error != ERR_OK) /* they ask again */
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=enrol error=%s", err_name(error));
    desk->heard_count = 0;
}

/* ---- answers */

static enum err decide(struct hub_enrol_desk *desk, const kassa_EnrolRequest *request,
                       struct enrolment_result *out)
{
    struct clock clock = desk->parts.clock;
    const struct enrolment enrolment = {desk->parts.authority, desk->parts.random,
                                        desk->options.certificate_days, clock.ops->wall_unix_ms(clock.self)};
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(desk->parts.store, STORE_WRITE, &txn));
    TRY(enrolment_take(&enrolment, &txn, request, &desk->answer, out));
    return store_commit(&txn);
}

static void publish(struct hub_enrol_desk *desk, const char *client)
{
    struct topic_parts parts = {.index = 0};
    char topic[TOPIC_SIZE_MAX];
    size_t size;
    memcpy(parts.till, client, sizeof(parts.till));
    topic_write(TOPIC_ENROLLED, &parts, topic);
    enum err error =
        wire_encode(kassa_EnrolAnswer_fields, &desk->answer, desk->out, sizeof(desk->out), &size);
    if (error == ERR_OK)
        error =
            desk->parts.transport.ops->publish(desk->parts.transport.self, topic, span_of(desk->out, size));
    if (error != ERR_OK) /* the till asks again */
        log_event(LOG_LEVEL_WARNING, "enrol.not_answered", "error=%s", err_name(error));
}

static void log_verdict(const struct enrolment_result *result)
{
    bool is_granted = result->verdict == ENROLMENT_CERTIFIED || result->verdict == ENROLMENT_TOLD_AGAIN;
    log_event(is_granted ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
              is_granted ? "till.enrolled" : "till.not_enrolled", "till=%s verdict=%s",
              result->till[0] != '\0' ? result->till : "-", enrolment_verdict_name(result->verdict));
}

/* Who has no token is told so as long as there are not many of them. */
static bool may_look(struct hub_enrol_desk *desk)
{
    bool may = bucket_take(&desk->refusals, now_mono_ms(desk));
    if (!may && !desk->is_slow)
        log_event(LOG_LEVEL_WARNING, "enrol.guessed",
                  "refused=%" PRIu64 " text=\"who has no token waits: too many were refused\"",
                  desk->counters.refused);
    desk->is_slow = !may;
    return may;
}

static void answer_refused(struct hub_enrol_desk *desk, const struct waiting *waiting)
{
    const struct enrolment_result nobody = {.verdict = ENROLMENT_UNKNOWN};
    desk->answer = (kassa_EnrolAnswer){.status = kassa_EnrolStatus_ENROL_REFUSED};
    desk->counters.refused++;
    log_verdict(&nobody);
    publish(desk, waiting->client);
}

static void answer(struct hub_enrol_desk *desk, const struct waiting *waiting)
{
    struct enrolment_result result;
    enum err error = decide(desk, &waiting->request, &result);
    if (error != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=enrol error=%s", err_name(error));
        desk->answer = (kassa_EnrolAnswer){.status = kassa_EnrolStatus_ENROL_BUSY};
        publish(desk, waiting->client);
        return;
    }
    desk->counters.certified += result.verdict == ENROLMENT_CERTIFIED ? 1 : 0;
    desk->counters.refused += desk->answer.status == kassa_EnrolStatus_ENROL_GRANTED ? 0 : 1;
    log_verdict(&result);
    publish(desk, waiting->client);
}

static bool has_room(const struct hub_enrol_desk *desk)
{
    struct transport transport = desk->parts.transport;
    return transport.ops->in_flight(transport.self) < TRANSPORT_WINDOW;
}

static struct waiting take_first(struct waiting *rows, size_t *count)
{
    struct waiting first = rows[0];
    memmove(rows, rows + 1, --*count * sizeof(rows[0]));
    return first;
}

uint64_t hub_enrol_run(struct hub_enrol_desk *desk)
{
    run_link(desk);
    sort_heard(desk);
    while (desk->holder_count > 0 && has_room(desk)) {
        struct waiting first = take_first(desk->holders, &desk->holder_count);
        answer(desk, &first);
    }
    while (desk->other_count > 0 && has_room(desk) && may_look(desk)) {
        struct waiting first = take_first(desk->others, &desk->other_count);
        if (first.asker == ENROLMENT_BY_GUESSER)
            answer(desk, &first);
        else
            answer_refused(desk, &first);
    }
    if (desk->holder_count + desk->other_count > 0)
        return now_mono_ms(desk) + bucket_wait_ms(&desk->refusals, now_mono_ms(desk)) + 1;
    return desk->connect_due_mono_ms;
}

void hub_enrol_get_counters(const struct hub_enrol_desk *desk, struct hub_enrol_counters *out)
{
    *out = desk->counters;
}

/* ---- opening and closing */

enum err hub_enrol_open(const struct hub_options *options, const struct hub_parts *parts,
                        struct hub_enrol_desk **out_desk)
{
    if (parts->authority == NULL)
        return ERR_ARGUMENT;
    struct hub_enrol_desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL)
        return ERR_MEMORY;
    desk->options = *options;
    desk->parts = *parts;
    desk->refusals = (struct bucket){.capacity = REFUSALS_MAX, .refill_ms = REFUSAL_MS};
    struct transport_handler own = {.connected = on_connected,
                                    .disconnected = on_disconnected,
                                    .message = on_message,
                                    .refused = on_refused,
                                    .context = desk};
    parts->transport.ops->bind(parts->transport.self, &own);
    *out_desk = desk;
    return ERR_OK;
}

void hub_enrol_close(struct hub_enrol_desk *desk)
{
    if (desk == NULL)
        return;
    desk->parts.transport.ops->disconnect(desk->parts.transport.self);
    free(desk);
}

void hub_enrol_closep(struct hub_enrol_desk **desk)
{
    hub_enrol_close(*desk);
}
