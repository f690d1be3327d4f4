/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-ingest - what the hub takes in, beside what its broker passes to a subscriber that only counts.
 *
 * Rounds of two turns with the same messages: first to the counter, published as fast as the broker takes
 * them; then to the hub, as tills send them: a birth, the permit, as many batches in flight as the hub
 * allows, the next after the answer, which comes after the hub's commit. Broker and hub run already; the
 * publisher is one connection for all tills, so that the broker does the same work in both turns. */
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "benchmarks/ingest_load.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "vault/vault.h"

#define COUNT_TOPIC  "bench/batches"
#define PROBE_MS     20
#define ROUNDS_MAX   100
#define REBIRTH_S    0.5
#define PATIENCE_S   120
#define TOPIC_DN_ALL "kassa/1/dn/+/ack"

struct options {
    struct ingest_load_options load;
    unsigned rounds;
    uint16_t port;
};

/* A connection to the broker and who hears on it. */
struct line {
    struct mosquitto_transport *own;
    struct transport transport;
    const char *filter; /* that is subscribed once connected */
    struct ingest_load *load;
    atomic_bool is_connected;
};

struct counter {
    struct line line;
    atomic_size_t messages;
    atomic_bool is_subscribed;
    atomic_bool is_stopping;
    pthread_t thread;
};

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- lines */

static void turn(struct line *line, int timeout_ms)
{
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(line->own), .events = POLLIN};
    if (mosquitto_transport_wants_write(line->own))
        ready.events |= POLLOUT;
    if (poll(&ready, ready.fd >= 0 ? 1 : 0, timeout_ms) > 0)
        mosquitto_transport_step(line->own, (ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0);
}

static void on_connected(void *context)
{
    struct line *line = context;
    ingest_must(line->transport.ops->subscribe(line->transport.self, line->filter), "subscribe");
    line->is_connected = true;
}

static void on_disconnected(void *context, enum err reason)
{
    (void)context;
    ingest_die("the broker", err_sentence(reason));
}

static void open_line(struct line *line, const struct options *options, const char *client_id,
                      void (*on_message)(void *context, struct span topic, struct span payload))
{
    struct mosquitto_settings settings = {
        .host = "127.0.0.1", .port = options->port, .client_id = client_id, .keepalive_s = 60};
    ingest_must(mosquitto_transport_open(&settings, &line->own), "transport");
    line->transport = mosquitto_transport_as_transport(line->own);
    const struct transport_handler handler = {
        .connected = on_connected, .disconnected = on_disconnected, .message = on_message, .context = line};
    line->transport.ops->bind(line->transport.self, &handler);
    ingest_must(line->transport.ops->connect(line->transport.self, NULL), "connect");
    double until = now_s() + PATIENCE_S;
    while (!line->is_connected && now_s() < until)
        turn(line, PROBE_MS);
}

/* False: the broker has as many as it may have unanswered. */
static bool publish(struct line *line, const char *topic, struct span payload)
{
    enum err error = line->transport.ops->publish(line->transport.self, topic, payload);
    if (error != ERR_FULL)
        ingest_must(error, topic);
    return error == ERR_OK;
}

/* ---- the counter */

static void on_counted(void *context, struct span topic, struct span payload)
{
    struct counter *counter = context; /* its line stands first */
    (void)topic;
    if (payload.size == 0)
        counter->is_subscribed = true;
    else
        counter->messages++;
}
_Static_assert(offsetof(struct counter, line) == 0, "a counter's line is the counter");

static void *count(void *context)
{
    struct counter *counter = context;
    while (!counter->is_stopping)
        turn(&counter->line, PROBE_MS);
    return NULL;
}

static void start_counter(struct counter *counter, const struct options *options, struct line *publisher)
{
    counter->line.filter = COUNT_TOPIC;
    open_line(&counter->line, options, "bench-counter", on_counted);
    if (pthread_create(&counter->thread, NULL, count, counter) != 0)
        ingest_die("thread", "cannot be started");
    while (!counter->is_subscribed) {
        (void)publish(publisher, COUNT_TOPIC, (struct span){0});
        turn(publisher, PROBE_MS);
    }
}

static void stop_counter(struct counter *counter)
{
    counter->is_stopping = true;
    (void)pthread_join(counter->thread, NULL);
    mosquitto_transport_close(counter->line.own);
}

static double time_counter(struct counter *counter, struct line *publisher, const struct ingest_load *load)
{
    double begin = now_s();
    counter->messages = 0;
    for (size_t i = 0; i < load->till_count; i++) {
        const struct ingest_till *till = &load->tills[i];
        for (size_t k = 0; k < till->message_count;) {
            if (publish(publisher, COUNT_TOPIC, span_of(till->messages[k].bytes, till->messages[k].size)))
                k++;
            else
                turn(publisher, PROBE_MS);
        }
    }
    while (counter->messages < load->message_count) {
        if (now_s() > begin + PATIENCE_S)
            ingest_die("the counter", "did not get all messages");
        turn(publisher, 1);
    }
    return now_s() - begin;
}

/* ---- the hub */

static void on_answer(void *context, struct span topic, struct span payload)
{
    struct line *line = context;
    struct topic_parts parts;
    enum topic kind;
    kassa_Ack ack;
    if (topic_read(topic, &kind, &parts) != ERR_OK || kind != TOPIC_ACK)
        return;
    struct ingest_till *till = ingest_load_find(line->load, parts.till);
    if (till == NULL)
        return;
    ingest_must(wire_decode(kassa_Ack_fields, payload, &ack), "acknowledgement");
    if (ack.status != kassa_AckStatus_ACK_OK || ack.quarantined_count > 0)
        ingest_die(till->id, "the hub did not take a batch");
    till->is_permitted = true;
    till->credit = ack.credit;
    while (till->acked < till->sent && till->messages[till->acked].last_seq <= ack.hw)
        till->acked++;
}

static void be_born(struct line *line, const struct ingest_till *till)
{
    uint8_t bytes[1024];
    size_t size = 0;
    char topic[TOPIC_SIZE_MAX];
    struct topic_parts parts = {.till = ""};
    kassa_TillState state = {.store = INGEST_STORE,
                             .tenant = "bench",
                             .online = true,
                             .incarnation = till->incarnation,
                             .last_seq = till->last_seq,
                             .software = "bench",
                             .birth = till->incarnation,
                             .schema = 1};
    memcpy(state.till, till->id, sizeof(state.till));
    memcpy(parts.till, till->id, sizeof(parts.till));
    topic_write(TOPIC_STATE, &parts, topic);
    ingest_must(wire_encode(kassa_TillState_fields, &state, bytes, sizeof(bytes), &size), "birth");
    while (!publish(line, topic, span_of(bytes, size)))
        turn(line, PROBE_MS);
}

static bool are_permitted(const struct ingest_load *load)
{
    for (size_t i = 0; i < load->till_count; i++) {
        if (!load->tills[i].is_permitted)
            return false;
    }
    return true;
}

static void bear_unpermitted(struct line *line, const struct ingest_load *load)
{
    for (size_t i = 0; i < load->till_count; i++) {
        if (!load->tills[i].is_permitted)
            be_born(line, &load->tills[i]);
    }
}

/* A birth that comes before the hub has subscribed is lost: as a till does, it is told again until it is answered. */
static void be_permitted(struct line *line, const struct ingest_load *load)
{
    double begin = now_s(), next = begin;
    while (!are_permitted(load)) {
        if (now_s() >= next) {
            bear_unpermitted(line, load);
            next = now_s() + REBIRTH_S;
        }
        turn(line, PROBE_MS);
        if (now_s() > begin + PATIENCE_S)
            ingest_die("the hub", "did not answer the births");
    }
}

/* Sends what each till may; answers whether something is still to be answered. */
static bool send_more(struct line *line, struct ingest_load *load)
{
    bool is_busy = false;
    for (size_t i = 0; i < load->till_count; i++) {
        struct ingest_till *till = &load->tills[i];
        while (till->sent < till->message_count && till->sent - till->acked < till->credit) {
            const struct ingest_message *message = &till->messages[till->sent];
            if (!publish(line, till->topic, span_of(message->bytes, message->size)))
                break;
            till->sent++;
        }
        is_busy = is_busy || till->acked < till->message_count;
    }
    return is_busy;
}

static double time_hub(struct line *line, struct ingest_load *load)
{
    line->load = load;
    be_permitted(line, load);
    double begin = now_s();
    while (send_more(line, load)) {
        turn(line, PROBE_MS);
        if (now_s() > begin + PATIENCE_S)
            ingest_die("the hub", "did not answer all batches");
    }
    return now_s() - begin;
}

/* ---- figures */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

static void measure(const struct options *options, struct line *publisher, struct counter *counter)
{
    double hub[ROUNDS_MAX], counted[ROUNDS_MAX], share[ROUNDS_MAX];
    struct ingest_load load = {.tills = NULL};
    for (unsigned round = 0; round < options->rounds; round++) {
        struct ingest_load_options now = options->load;
        now.round = round;
        ingest_load_free(&load);
        ingest_load_make(&now, &load);
        counted[round] = (double)load.record_count / time_counter(counter, publisher, &load);
        hub[round] = (double)load.record_count / time_hub(publisher, &load);
        share[round] = hub[round] / counted[round];
    }
    printf("{\"bench\":\"ingest\",\"rounds\":%u,\"tills\":%zu,\"batches\":%zu,\"records\":%zu,\"bytes\":%zu,"
           "\"hub_records_per_s\":%.0f,\"counter_records_per_s\":%.0f,\"share\":%.4f}\n",
           options->rounds, load.till_count, load.message_count, load.record_count, load.byte_count,
           median(hub, options->rounds), median(counted, options->rounds), median(share, options->rounds));
    ingest_load_free(&load);
}

static size_t number_of(const char *text, unsigned long max)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > max)
        ingest_die(text, "not a number within bounds");
    return value;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},    {"tills", required_argument, NULL, 't'},
        {"records", required_argument, NULL, 'n'}, {"batch", required_argument, NULL, 'b'},
        {"rounds", required_argument, NULL, 'r'},  {NULL, 0, NULL, 0}};
    struct options options = {.rounds = 5, .load = {0, 32, 1000, BATCH_RECORDS_MAX}};
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option == 'p')
            options.port = (uint16_t)number_of(optarg, UINT16_MAX);
        else if (option == 't')
            options.load.till_count = number_of(optarg, 1000);
        else if (option == 'n')
            options.load.records_a_till = number_of(optarg, 100000);
        else if (option == 'b')
            options.load.records_a_batch = number_of(optarg, BATCH_RECORDS_MAX);
        else if (option == 'r')
            options.rounds = (unsigned)number_of(optarg, ROUNDS_MAX);
        else
            options.port = 0;
    }
    return options;
}

int main(int argc, char **argv)
{
    static const char usage[] = "usage: kassa-bench-ingest --port BROKER [--tills N] [--records N-A-TILL] "
                                "[--batch RECORDS] [--rounds N]\n";
    struct options options = read_options(argc, argv);
    if (options.port == 0) {
        (void)fputs(usage, stderr);
        return 2;
    }
    struct line publisher = {.filter = TOPIC_DN_ALL, .load = &(struct ingest_load){.tills = NULL}};
    struct counter counter = {.line = {.filter = NULL}};
    ingest_must(vault_open(), "vault");
    open_line(&publisher, &options, "bench-tills", on_answer);
    start_counter(&counter, &options, &publisher);
    measure(&options, &publisher, &counter);
    stop_counter(&counter);
    mosquitto_transport_close(publisher.own);
    return 0;
}
